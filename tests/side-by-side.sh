#!/bin/sh
# The system tests on two cores: three runs of pytest side by side (each waits now and then), each with a database cluster
# of its own, copied from one that is made before. Each takes the next test file when it is free (harness/dealt.py), so
# that they end at about the same time. Then comes what is measured and wants the machine for itself (marked `alone`).
# PYTHON and CREDITD_BUILD as in the Makefile.
set -u
cd "$(dirname "$0")/.." || exit 1
python=${PYTHON:-/usr/bin/python3}
out=$(mktemp -d)
chmod 755 "$out" # the cluster's user copies from it
pids=''
trap 'kill $pids 2>/dev/null; rm -rf "$out"' EXIT
trap 'exit 130' INT TERM

mkdir "$out/base" "$out/deal"
PYTHONPATH=tests "$python" -m harness.prepare "$out/base" || exit 1
export CREDITD_TEST_BASE="$out/base"
for run in 1 2 3; do
    CREDITD_TEST_DEAL="$out/deal" "$python" -m pytest -q -o console_output_style=classic -p no:cacheprovider \
        -m 'not alone' tests/system >"$out/$run" 2>&1 &
    pids="$pids $!"
done
status=0
for pid in $pids; do
    wait "$pid" || status=1
done
pids=''
cat "$out/1" "$out/2" "$out/3"
"$python" -m pytest -q -p no:cacheprovider -m alone tests/system || status=1
exit $status
