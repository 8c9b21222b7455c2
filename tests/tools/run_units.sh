#!/bin/sh
# run_units.sh PROGRAM...: run test programs, JOBS at a time, each under a
# time limit.  Standard output: the sum line of each.  Standard error: skips,
# and the whole output of a program that fails.  A program that ends without
# a sum line, or badly in spite of it, counts as one failed test.
set -u

one() {
    log=build/log/$(echo "$1" | tr / -).log
    timeout "${LIMIT:-600}" "$1" >"$log" 2>&1
    rc=$?
    # LeakSanitizer needs /proc and ptrace, which some containers withhold;
    # the tests' own allocator counts what is not given back in any case
    if grep -q 'LeakSanitizer has encountered a fatal error' "$log"; then
        echo "$1: skipped: leak check, not possible on this machine" >&2
        ASAN_OPTIONS=detect_leaks=0 timeout "${LIMIT:-600}" "$1" >"$log" 2>&1
        rc=$?
    fi
    grep -h '^skipped: ' "$log" | sed "s|^|$1: |" >&2
    sum=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
    [ -z "$sum" ] || echo "$sum"
    [ $rc -ne 0 ] || [ -z "$sum" ] || return
    echo "FAILED $1 (status $rc); see $log" >&2
    grep -v ' passed, ' "$log" | tail -n 60 >&2
    case $sum in
    "" | *" 0 failed"*) echo "0 passed, 1 failed" ;;
    esac
}

if [ "${1:-}" = --one ]; then
    one "$2"
    exit 0
fi
mkdir -p build/log
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
[ $# -eq 0 ] || printf '%s\0' "$@" | xargs -0 -n 1 -P "${JOBS:-2}" "$0" --one
