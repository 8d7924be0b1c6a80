#!/bin/sh
# Installs what creditd needs on Debian 12, and only what is missing. `dependencies.sh` is for building, running and
# testing; `dependencies.sh lint` adds the tools of `make lint` and `make fuzz`, `dependencies.sh bench` those of
# `make bench-instructions`.
# As root it needs no sudo; as another user it uses sudo, which may ask only on a terminal. Without sudo it names what is
# missing and exits 69.
set -eu

PACKAGES="gcc libc6-dev pkg-config make protobuf-compiler protobuf-c-compiler libprotobuf-c-dev libevent-dev libssl-dev
libpq-dev libsodium-dev libjansson-dev libutf8proc-dev libconfig-dev uthash-dev gettext tzdata postgresql-15
libcmocka-dev python3 python3-pytest python3-hypothesis python3-protobuf python3-psycopg2 openssl"
LINT="clang clang-tidy clang-format cppcheck universal-ctags libclang-rt-14-dev"
BENCH="valgrind"

[ "${1:-}" = lint ] && PACKAGES="$PACKAGES $LINT"
[ "${1:-}" = bench ] && PACKAGES="$PACKAGES $BENCH"

missing=
for package in $PACKAGES; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "creditd needs these packages, which are missing:$missing"
if [ "$(id -u)" -eq 0 ]; then
    sudo=
elif ! command -v sudo >/dev/null 2>&1; then
    echo "Run as root: apt-get install --no-install-recommends$missing" >&2
    exit 69
elif [ -t 0 ] || sudo -n true 2>/dev/null; then
    sudo=sudo
else
    echo "sudo would ask for a password and there is no terminal. Run as root: apt-get install --no-install-recommends$missing" >&2
    exit 69
fi

install() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o Dpkg::Options::=--force-confold "$@"
}

case "$missing" in
*postgresql-15*)
    # Debian's package would make and start a cluster of its own, which nobody asked for: it is told not to, for this
    # installation only.
    conf=/etc/postgresql-common/createcluster.conf
    install postgresql-common
    $sudo cp -p "$conf" "$conf.before-creditd"
    trap '$sudo mv "$conf.before-creditd" "$conf"' EXIT
    echo 'create_main_cluster = false' | $sudo tee -a "$conf" >/dev/null
    ;;
esac
# shellcheck disable=SC2086
install $missing
