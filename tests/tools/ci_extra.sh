#!/bin/sh
# ci_extra.sh: what `make test` leaves out because it takes longer or needs
# more tools: the other compiler with warnings as errors, threads under TSan,
# the kernels of 64-bit ARM, the format check where clang-format came just
# now, planted faults, coverage, and a short run of every fuzz target.  Ends
# with `N passed, N failed`.
set -u
export JOBS="${JOBS:-$(nproc 2>/dev/null || echo 2)}"
log=build/ci_extra.log
mkdir -p build && : >"$log"
run() { ${MAKE:-make} --no-print-directory -j"$JOBS" "$@"; }
part() { # title command...
    echo "== $1"
    shift
    "$@" >build/part.log 2>&1
    rc=$?
    cat build/part.log >>"$log"
    failed=' passed, [1-9][0-9]* failed'
    # a part may count a failure and yet end well: both are told
    if [ $rc -ne 0 ] || grep -qE "$failed" build/part.log; then
        tail -n 60 build/part.log | grep -vE '^[0-9]+ passed, |^  (CC|AR|LD) ' >&2
        grep -qE "$failed" build/part.log || echo "0 passed, 1 failed"
    else
        grep -qE '^[0-9]+ passed, ' build/part.log || echo "1 passed, 0 failed"
    fi >>"$log"
}
# under TSan only the programs that start threads: the others would take long
# to show nothing
threads() {
    programs=$(grep -lE 'pthread_create|thrd_create' tests/unit/*.c |
        sed 's|tests/unit/\(.*\)\.c|build/tsan/unit/\1|')
    [ -n "$programs" ] || return 0
    # shellcheck disable=SC2086
    run VARIANT=tsan $programs && tests/tools/run_units.sh $programs
}
# without the cross compiler it is skipped, and says so
arm() {
    tests/tools/deps.sh arm
    tests/unit/mask_neon.sh
}
# what a grammar is compiled to does not depend on who compiled the compiler
artifacts() {
    run build/gramc || return 1
    for variant in debug o2 clang-o0 clang clang-o3; do
        run VARIANT=$variant build/$variant/gramc || return 1
    done
    tests/tools/same_artifacts.sh build/gramc build/debug/gramc \
        build/o2/gramc build/clang-o0/gramc build/clang/gramc \
        build/clang-o3/gramc
}
part "gcc, warnings are errors" run WERROR=1 VARIANT=debug all units
part "clang, warnings are errors" run WERROR=1 VARIANT=clang all units
part "threads, tsan" threads
part "artifacts, by other compilers" artifacts
part "64-bit ARM, emulated" arm
part "format" run format-check
part "planted faults" run fuzz-selftest
part "coverage" run coverage
part "fuzz" run -k -j1 fuzz TIME="${TIME:-20}"
echo "== log: $log"
tests/tools/sum.sh "$log"
