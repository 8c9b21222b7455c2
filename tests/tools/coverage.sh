#!/bin/sh
# coverage.sh: run the unit programs and the fuzz inputs of the cov variant,
# then ask gcov.  Counts src/*/*.c without the command and the generated
# tables.  Last line: `lines P % branches P %`; fails below the gate.
set -u
LINES_GATE=${LINES_GATE:-90}
BRANCHES_GATE=${BRANCHES_GATE:-75}
# random walks: what thousands check, hundreds reach; unoptimized they are slow
export GRAM_WALKS="${GRAM_WALKS:-200}" LIMIT="${LIMIT:-1200}"
find build/cov -name '*.gcda' -exec rm -f {} +
tests/tools/run_units.sh $(find build/cov/unit -type f -perm -u+x | sort) \
    >build/cov/units.log
tests/tools/fuzz_replay.sh $(find build/cov/fuzz -name '*-replay' 2>/dev/null) \
    >>build/cov/units.log
tests/tools/sum.sh build/cov/units.log || exit 1
find build/cov/obj/src -name '*.gcno' ! -path '*/gramc/*' | sort |
    xargs gcov -n -b -r -s "$PWD" 2>/dev/null |
    awk -v lines_gate="$LINES_GATE" -v branches_gate="$BRANCHES_GATE" '
    # "File src/x.c" is followed by "Lines executed:P% of N" and so on
    /^File / {
        file = $2
        gsub(/\047/, "", file)
        wanted = file ~ /^src\/[a-z]+\/.*\.c$/ && file !~ /default_vocab|\/tables\//
    }
    function share(text) { sub(/.*:/, "", text); return text / 100 }
    /^Lines executed/ && wanted {
        n = $NF; lines += n; hit += n * share($2)
        printf "%6.1f %% of %5d lines   %s\n", 100 * share($2), n, file
    }
    /^Taken at least once/ && wanted {
        branches += $NF; taken += $NF * share($4)
    }
    /^(Calls executed|No calls)/ {wanted = 0}
    END {
        l = lines ? 100 * hit / lines : 0
        b = branches ? 100 * taken / branches : 0
        printf "lines %.1f %% branches %.1f %%\n", l, b
        exit l < lines_gate || b < branches_gate
    }'
