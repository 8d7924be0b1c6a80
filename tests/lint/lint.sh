#!/bin/sh
# Everything `make lint` looks at. BUILD names the folder with generated headers.
set -u
cd "$(dirname "$0")/../.." || exit 1
gen=${BUILD:-build}/gen
status=0
step() {
    printf '%s ... ' "$1"
    shift
    if out=$("$@" 2>&1); then
        echo ok
    else
        echo FAILED
        printf '%s\n' "$out" | head -n 60
        status=1
    fi
}

format() {
    find common server client tests -name '*.[ch]' -exec clang-format --dry-run -Werror {} +
}
tidy() {
    # -D for what the Makefile gives; one process per core.
    find common server client -name '*.c' -print0 | xargs -0 -P "$(nproc)" -n 4 sh -c '
        gen=$0; clang-tidy --quiet "$@" -- -std=c17 -D_GNU_SOURCE -I. -I"$gen" $(pkg-config --cflags libpq) \
        -DCREDITD_VERSION="\"0\"" -DCREDITD_SYSCONF="\"/etc\"" 2>/dev/null' "$gen"
}
cppchecked() {
    cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --inline-suppr --std=c11 -j "$(nproc)" \
        --suppress=missingIncludeSystem --suppress=preprocessorErrorDirective --suppress=uninitvar --suppress=nullPointer:server/password/password.c \
        -D__GNUC__ -I. -I"$gen" common server client
}
shells() {
    for f in $(find deploy tests server .ci -name '*.sh') .ci/run; do sh -n "$f" || return 1; done
}
crossed_on_purpose() {
    # The check must fail when a wall is crossed: each line of `crossings` in a copy of the tree.
    here=$(pwd)
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    cp -r common server client "$copy"
    while IFS= read -r crossing; do
        file=${crossing%%:*}
        cp "$file" "$copy/$file"
        printf '%s\n' "${crossing#*:}" >>"$copy/$file"
        if (cd "$copy" && sh "$here/tests/lint/walls.sh" >/dev/null); then
            echo "not noticed: $crossing"
            return 1
        fi
        cp "$file" "$copy/$file"
    done <"$here/tests/lint/crossings"
    (cd "$copy" && sh "$here/tests/lint/walls.sh")
}

step 'walls' sh tests/lint/walls.sh
step 'walls crossed on purpose' crossed_on_purpose
step 'sizes and words' sh tests/lint/shape.sh
step 'shell scripts' shells
step 'translations' msgfmt --check -o /dev/null client/po/zh_CN.po
step 'released protocol' /usr/bin/python3 proto/check-compatible.py
step 'format' format
step 'cppcheck' cppchecked
step 'clang-tidy' tidy
exit $status
