#!/bin/sh
# The system tests on two cores: two runs of pytest side by side, each with a database cluster of its own, and then what is
# measured and wants the machine for itself (marked `alone`). PYTHON and CREDITD_BUILD as in the Makefile.
set -u
cd "$(dirname "$0")/.." || exit 1
# About half of the time; every other file is in the second run.
first='test_checker test_client test_engine test_import test_invoices test_workflow'
out=$(mktemp -d)
pids=''
trap 'kill $pids 2>/dev/null; rm -rf "$out"' EXIT
trap 'exit 130' INT TERM

run() {
    "${PYTHON:-/usr/bin/python3}" -m pytest -q -p no:cacheprovider "$@"
}
files='' others=''
for name in $first; do
    files="$files tests/system/$name.py"
    others="$others --ignore=tests/system/$name.py"
done
# shellcheck disable=SC2086
{
    run -m 'not alone' $files >"$out/first" 2>&1 &
    pids=$!
    run -m 'not alone' $others tests/system >"$out/second" 2>&1 &
    pids="$pids $!"
}
status=0
for pid in $pids; do
    wait "$pid" || status=1
done
pids=''
cat "$out/first" "$out/second"
run -m alone tests/system || status=1
exit $status
