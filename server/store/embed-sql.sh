#!/bin/sh
# Turns the statements DIR/NAME.sql into C: the list STATEMENTS(X) with X(NAME, "text") for each, on stdout. Comment
# lines are left out.
set -eu
export LC_ALL=C
echo "/* Made by embed-sql.sh from the .sql files. */"
printf '#define STATEMENTS(X)'
for file in "$1"/*.sql; do
    printf ' \\\n    X(%s,' "$(basename "$file" .sql)"
    awk '/^ *--/ { next } { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); printf " \\\n      \"%s\\n\"", $0 }' "$file"
    printf ')'
done
echo
