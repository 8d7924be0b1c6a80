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

# room NAME PATTERN: what a room of server/ may include in quotes, as the table in server/README.md says: itself,
# common/, and headers that match.
rooms=''
room() {
    rooms="$rooms $1 "
    found=$(find "server/$1" \( -name '*.[ch]' -o -name '*.def' \) -exec grep -nE "${include}" {} + |
        grep -vE "include[[:space:]]*(<|\"(common/|server/$1/|$2))")
    [ -n "$found" ] || return 0
    printf '%s/ reaches what it may not:\n%s\n' "$1" "$found"
    status=1
}
none='$.'
room wire "$none"
room operations '[a-z]+\.pb-c\.h|server/(wire|rules|commit|password)/|server/store/store\.h|server/(digest|policy_file)\.h'
room rules "$none"
room commit 'server/rules/|server/store/store\.h|server/(digest|policy_file)\.h'
room store 'server/rules/|sql\.h'
room watch 'server/(rules|commit)/|server/store/store\.h'
room password "$none"
room embedded "$none"
room monitor "$none"
for folder in server/*/; do
    case $rooms in
    *" $(basename "$folder") "*) ;;
    *)
        echo "no list of what $folder may include"
        status=1
        ;;
    esac
done

# Of the C library rules/ may include what knows no world outside.
pure='(assert|ctype|errno|inttypes|limits|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|string)'
found=$(find server/rules \( -name '*.[ch]' -o -name '*.def' \) -exec grep -nE "${include}" {} + |
    grep -vE "include[[:space:]]*(\"|<$pure\.h>)")
if [ -n "$found" ]; then
    printf 'rules/ knows no world outside:\n%s\n' "$found"
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
