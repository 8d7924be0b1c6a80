#!/bin/sh
# Sizes and words: functions of at most 70 lines, files of at most 800, no banned calls, nothing left unfinished.
set -u
status=0
complain() {
    [ -n "$2" ] || return 0
    printf '%s:\n%s\n' "$1" "$2"
    status=1
}

sources=$(find common server client tests -name '*.[ch]')
complain 'functions of more than 70 lines' "$(printf '%s\n' "$sources" | grep '\.c$' |
    xargs ctags -x --kinds-C=f --fields=+ne --_xformat='%{end} %n %N %F' |
    awk '$1 != "" && $1 - $2 >= 70 { print $1 - $2 + 1, $3, $4 }')"
complain 'files of more than 800 lines' "$(find common server client tests deploy proto -name '*.[ch]' -o -name '*.py' \
    -o -name '*.sh' -o -name '*.proto' | xargs wc -l | awk '$2 != "total" && $1 > 800')"
complain 'banned calls' "$(printf '%s\n' "$sources" | xargs grep -nE \
    '(^|[^a-z_])(strcpy|strcat|sprintf|vsprintf|atoi|atol|atof|gets|rand|srand|strtok)[[:space:]]*\(')"
complain 'unfinished' "$(grep -rnE '\b(TODO|FIXME|XXX)\b' common server client proto deploy Makefile README.md \
    --include='*' 2>/dev/null)"
# Named exceptions: the one sleep of harness/process.py, and who may call it there: wait_until, the random moment of a
# fault, a client that was told to come again later.
complain 'sleeps in tests' "$(grep -rnE '\b(time\.|nano|u)?sleep([[:space:]]*\(| [0-9])|import sleep' tests \
    --include='*.py' --include='*.[ch]' --include='*.sh' --exclude-dir=lint |
    grep -v '^tests/harness/process\.py:.*time\.sleep(seconds)$')"
complain 'pauses in tests' "$(grep -rnE '(^|[^_[:alnum:]])pause[[:space:]]*\(' tests --include='*.py' |
    grep -vE '^tests/harness/(process|faults|load|creditproto)\.py:')"
exit $status
