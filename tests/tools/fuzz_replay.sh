#!/bin/sh
# fuzz_replay.sh [--selftest] PROGRAM...: give each target its committed
# inputs: fuzz/seeds/<target>/, and fuzz/crashes/<target>/ and
# fuzz/slow/<target>/ (each once a crash).
set -u
mode=
[ "${1:-}" = --selftest ] && { mode=--selftest; shift; }
passed=0 failed=0
for program in "$@"; do
    target=$(basename "$program" -replay)
    inputs=
    for d in fuzz/seeds/$target fuzz/crashes/$target fuzz/slow/$target; do
        [ -d "$d" ] && inputs="$inputs $d"
    done
    # shellcheck disable=SC2086
    "$program" $mode $inputs >build/replay.log 2>&1
    rc=$?
    last=$(tail -n 1 build/replay.log)
    case $last in
    *" passed, "*) echo "$last" ;;
    *) echo "0 passed, 1 failed" ;;
    esac
    [ $rc -eq 0 ] || { echo "FAILED $program $mode $inputs (status $rc)"
        tail -n 30 build/replay.log | grep -v ' passed, '; failed=1; }
done
exit $failed
