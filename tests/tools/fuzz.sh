#!/bin/sh
# fuzz.sh TARGET: run one libFuzzer target for TIME seconds.  Starts from the committed
# inputs; new ones are kept in build/corpus/<target>/, a finding in
# build/findings/ (commit it below fuzz/crashes/<target>/ with its fix, or, if
# it takes seconds here, below fuzz/slow/<target>/: that is replayed, but no
# start, which it would take most of the time).
set -u
target=$1
mkdir -p "build/corpus/$target" build/findings
set -- "build/corpus/$target"
for d in fuzz/seeds/$target fuzz/crashes/$target; do
    [ -d "$d" ] && set -- "$@" "$d"
done
[ -f "fuzz/$target.dict" ] && set -- "-dict=fuzz/$target.dict" "$@"
log=build/fuzz/$target.log
# leaks cannot be looked for where a container withholds ptrace
leaks=1
"build/fuzz/fuzz/$target" -runs=0 2>&1 |
    grep -q 'LeakSanitizer has encountered a fatal error' && leaks=0
export ASAN_OPTIONS="detect_leaks=$leaks"
# -timeout is wall time, which a busy machine stretches tenfold: it is for what
# never ends; what takes long is kept as slow-unit-* and told in the log
"build/fuzz/fuzz/$target" -detect_leaks=$leaks -max_total_time="${TIME:-60}" -entropic=0 \
    -timeout="${UNIT_TIME:-180}" -report_slow_units=20 -rss_limit_mb=2048 \
    -print_final_stats=1 \
    -artifact_prefix="build/findings/$target-" "$@" >"$log" 2>&1
rc=$?
runs=$(awk '/stat::number_of_executed_units/ {print $2}' "$log")
if [ $rc -eq 0 ]; then
    echo "fuzz $target: ${runs:-0} executions, nothing found"
    echo "1 passed, 0 failed"
else
    # what is wrong, where, and the input: short enough for the end of a log
    grep -vE '^(#[0-9]|stat::|INFO:|=+$|MS: )' "$log" | cut -c 1-300 | head -n 16
    grep '^Base64: ' "$log"
    echo "fuzz $target: a finding after ${runs:-some} executions; see $log"
    echo "0 passed, 1 failed"
fi
exit $rc
