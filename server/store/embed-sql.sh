#!/bin/sh
# Turns the statements DIR/NAME.sql into C, on stdout: the list STATEMENTS(X) with X(NAME, CONNECTIONS, "text") for each.
# The first line of a file says on which connections it is prepared: "-- On: commit, read". Comment lines are left out.
set -eu
export LC_ALL=C
echo "/* Made by embed-sql.sh from the .sql files. */"
printf '#define STATEMENTS(X)'
for file in "$1"/*.sql; do
    on=$(sed -n '1s/^-- On: //p' "$file")
    case $on in
    '') echo "$file: the first line is not -- On: CONNECTIONS" >&2 && exit 1 ;;
    no\ *) on=0 ;;
    *) on=$(echo "$on" | tr 'a-z' 'A-Z' | sed 's/^/ON_/; s/, */ | ON_/g') ;;
    esac
    printf ' \\\n    X(%s, %s,' "$(basename "$file" .sql)" "$on"
    awk '/^ *--/ { next } { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); printf " \\\n      \"%s\\n\"", $0 }' "$file"
    printf ')'
done
echo
