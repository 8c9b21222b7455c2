#!/bin/sh
# run_tests.sh: `make test`.  Builds what the tests need, runs every check,
# adds up, and ends with the line `N passed, N failed`.
#
# The parts, in order: the unit programs on a 64 KiB stack; the same under
# ASan and UBSan; tests that are scripts; the checks of the house; the
# committed fuzz inputs.  One part failing stops no other.
set -u
export JOBS="${JOBS:-$(nproc 2>/dev/null || echo 2)}"
log=build/test.log
mkdir -p build && : >"$log"

part() { # title command...
    echo "== $1"
    shift
    "$@" >build/part.log 2>&1
    rc=$?
    # the sum lines are wanted in the total, everything else on the screen
    grep -vE '^[0-9]+ passed, |^  (CC|AR|LD) ' \
        build/part.log
    cat build/part.log >>"$log"
    if [ $rc -ne 0 ] && ! grep -qE ' passed, [1-9][0-9]* failed' build/part.log
    then
        echo "FAILED: $* (status $rc)" | tee -a "$log"
        echo "0 passed, 1 failed" >>"$log"
    fi
}
run() { ${MAKE:-make} --no-print-directory -j"$JOBS" "$@"; }
units() { # variant
    run -k VARIANT="$1" units # one that does not build counts as failed
    tests/tools/run_units.sh \
        $(find tests/unit -name '*.c' | sort |
            sed "s|tests/unit/\(.*\)\.c|build${1:+/$1}/unit/\1|")
}
scripts() {
    run all >/dev/null
    tests/tools/run_units.sh $(find tests/unit -name '*.sh' -perm -u+x | sort)
    if command -v python3 >/dev/null; then
        tests/tools/run_units.sh \
            $(find tests/unit -name '*.py' -perm -u+x | sort)
    else
        echo "skipped: no python3 for tests/unit/*.py"
        echo "0 passed, 0 failed, 1 skipped"
    fi
}

part "build" run all
part "unit tests, 64 KiB stack" units ""
part "unit tests, address and undefined-behaviour sanitizers" units asan
part "scripted tests" scripts
part "layers" run layers
part "layers: planted faults" tests/tools/check_layers.sh --selftest
part "symbols" run symbols
part "symbols: planted faults" \
    tests/tools/check_symbols.sh --selftest build/libgram.a
part "format" run format-check
part "README programs" run readme
part "install" tests/tools/check_install.sh
part "fuzz inputs" run fuzz-replay

echo "== log: $log"
tests/tools/sum.sh "$log"
