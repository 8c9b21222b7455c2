#!/bin/sh
# bench_check.sh [--update]: `make bench-check`: instructions of the hot
# paths (tests/bench/hot.c), counted by callgrind and compared with the
# committed ones.  A busy machine does not disturb them.
#
# A part fails when it takes TOLERANCE percent (3) and 500 instructions more
# than the baseline says.  Counts depend on the compiler, the C library and
# the processor's vector units: where those are others than the baseline's,
# the table is printed and nothing fails.  --update writes the baseline, to
# be committed with the change that explains it.
# Exit 0: as before or better, or no valgrind; 1: a regression.
set -eu
base=tests/bench/baseline.txt
dir=build/bench-check
tolerance=${TOLERANCE:-3}
if ! command -v valgrind >/dev/null; then
    echo "skipped: no valgrind (package valgrind)"
    exit 0
fi

identity() {
    printf '%s; ' "$(${CC:-cc} --version | head -n 1)"
    printf '%s; ' "$(getconf GNU_LIBC_VERSION)"
    printf '%s %s\n' "$(uname -m)" "$(grep -qw avx2 /proc/cpuinfo && echo avx2)"
}
count() { # -> lines "name instructions"
    rm -rf $dir && mkdir -p $dir
    tests/tools/bench_cases.sh >$dir/cases.jsonl
    valgrind --tool=callgrind --callgrind-out-file=$dir/out \
        --collect-atstart=no --toggle-collect=hot_run --dump-after=hot_run \
        build/bench/hot $dir/cases.jsonl grammars/*.gbnf \
        >$dir/names 2>$dir/log || {
        tail -n 5 $dir/log >&2
        exit 2
    }
    n=0
    while read -r name; do
        n=$((n + 1))
        echo "$name $(sed -n 's/^totals: //p' $dir/out.$n)"
    done <$dir/names
}

count >$dir.txt
if [ "${1:-}" = --update ]; then
    {
        echo "# Instructions of the hot paths: make bench-check UPDATE=1"
        echo "# by: $(identity)"
        cat $dir.txt
    } >$base
    echo "written: $base"
    exit 0
fi
same=1
[ "# by: $(identity)" = "$(sed -n 2p $base)" ] || same=0
awk -v tolerance="$tolerance" -v same=$same '
    /^#/ { next }
    NR == FNR { was[$1] = $2; next }
    {
        group = $1
        sub("/.*", "", group)
        now[$1] = $2
        if (!($1 in was)) { print "new: " $1 " " $2; next }
        a[group] += was[$1]; b[group] += $2
        if ($2 > was[$1] * (1 + tolerance / 100) + 500) {
            printf "more: %s %d -> %d (%+.1f %%)\n", $1, was[$1], $2,
                   ($2 / was[$1] - 1) * 100
            worse++
        } else if ($2 < was[$1] * (1 - tolerance / 100) - 500) {
            printf "less: %s %d -> %d (%+.1f %%)\n", $1, was[$1], $2,
                   ($2 / was[$1] - 1) * 100
        }
    }
    END {
        for (name in was) if (!(name in now)) { print "gone: " name; worse++ }
        printf "%-12s %14s %14s\n", "", "baseline", "now"
        for (group in a)
            printf "%-12s %14d %14d %+6.1f %%\n", group, a[group], b[group],
                   (b[group] / a[group] - 1) * 100 | "sort"
        close("sort")
        if (!same) print "the baseline is of another compiler, library " \
                         "or processor: nothing fails"
        exit same && worse > 0
    }' $base $dir.txt
