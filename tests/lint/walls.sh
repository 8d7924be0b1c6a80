#!/bin/sh
# The walls of the design, read off the #include lines of the tree in the current folder. Prints what crosses one and
# exits 1.
set -u
status=0

# crosses TEXT PATTERN FILES...: no line of the files may match.
crosses() {
    text=$1 pattern=$2
    shift 2
    found=$(find "$@" -name '*.[ch]' -exec grep -nE "$pattern" {} + 2>/dev/null)
    [ -n "$found" ] || return 0
    printf '%s:\n%s\n' "$text" "$found"
    status=1
}
include='^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]'

# What rules/ may include: itself, common/, and those headers of the C library that know no world outside.
pure='"(common|server/rules)/[^"]*"|<(assert|ctype|errno|inttypes|limits|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|string)\.h>'
found=$(find server/rules -name '*.[ch]' -o -name '*.def' | xargs grep -nE '^[[:space:]]*#[[:space:]]*include' |
    grep -vE "#[[:space:]]*include[[:space:]]*($pure)")
if [ -n "$found" ]; then
    printf 'rules/ reaches nothing outside common/ and itself:\n%s\n' "$found"
    status=1
fi
crosses 'rules/ asks no clock' '\b(clock_gettime|gettimeofday|time)[[:space:]]*\(' server/rules
crosses 'only store/ knows libpq' "${include}(libpq|postgres)" common client $(find server -mindepth 1 -maxdepth 1 ! -name store)
crosses 'only wire/ knows bufferevents' "${include}event2/(bufferevent|listener|buffer)" \
    common client $(find server -mindepth 1 -maxdepth 1 ! -name wire)
crosses 'only wire/, the maker of certificates and digests know OpenSSL' "${include}openssl/" \
    common $(find server -mindepth 1 -maxdepth 1 ! -name wire ! -name 'certificates.*' ! -name 'digest.*')
crosses 'client/ never includes server/, libevent or libpq' "${include}(server/|event2/|libpq)" client
crosses 'common/ includes neither side' "${include}(server/|client/|event2/|libpq|openssl/)" common
crosses 'commit/, store/ and watch/ know no protobuf' "${include}(protobuf|.*\.pb-c\.h)" \
    server/commit server/store server/watch
crosses 'SQL stands in store/ only' '"(SELECT|INSERT INTO|UPDATE|DELETE FROM) ' \
    common client $(find server -mindepth 1 -maxdepth 1 ! -name store)
exit $status
