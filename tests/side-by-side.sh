#!/bin/sh
# The system tests on two cores: three runs of pytest side by side (each waits now and then), each with a database cluster
# of its own, copied from one that is made before, and then what is measured and wants the machine for itself (marked
# `alone`). PYTHON and CREDITD_BUILD as in the Makefile.
set -u
cd "$(dirname "$0")/.." || exit 1
# About a third of the time each; every other file is in the third run.
first='client import invoices trades_cli translations'
second='access audit checker customer_file engine ledger people random_steps repeats standing_over_time workflow'
python=${PYTHON:-/usr/bin/python3}
out=$(mktemp -d)
chmod 755 "$out" # the cluster's user copies from it
pids=''
trap 'kill $pids 2>/dev/null; rm -rf "$out"' EXIT
trap 'exit 130' INT TERM

# run NAME ARGUMENTS...: in the background, its output in a file.
run() {
    name=$1
    shift
    "$python" -m pytest -q -p no:cacheprovider -m 'not alone' "$@" >"$out/$name" 2>&1 &
    pids="$pids $!"
}
files() {
    for name in $1; do echo "$2tests/system/test_$name.py"; done
}
mkdir "$out/base"
PYTHONPATH=tests "$python" -m harness.prepare "$out/base" || exit 1
export CREDITD_TEST_BASE="$out/base"
# shellcheck disable=SC2046
{
    run first $(files "$first" '')
    run second $(files "$second" '')
    run third $(files "$first $second" --ignore=) tests/system
}
status=0
for pid in $pids; do
    wait "$pid" || status=1
done
pids=''
cat "$out/first" "$out/second" "$out/third"
"$python" -m pytest -q -p no:cacheprovider -m alone tests/system || status=1
exit $status
