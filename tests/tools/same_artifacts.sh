#!/bin/sh
# same_artifacts.sh GRAMC...: compiled grammars are the same bytes, whichever
# of these programs writes them.  The grammars are those of grammars/ and the
# schemas of the benchmark's cases.  A last one that is told to precompute
# less has to differ: the comparison sees something.
# Prints `N passed, N failed`.
set -eu
dir=build/same-artifacts
bytes=400000 # of masks: enough for every way to make one
passed=0
failed=0
rm -rf $dir && mkdir -p $dir/cases

# the schema of each case, by its number
awk -v dir=$dir/cases '{
    start = index($0, "\"schema\":") + 9
    end = index($0, ",\"tests\":")
    file = sprintf("%s/%03d.json", dir, NR)
    print substr($0, start, end - start) >file
    close(file)
}' tests/bench/cases.jsonl
first=$1
for file in grammars/* $dir/cases/*; do
    "$first" "$file" --mask-bytes $bytes -o $dir/first.gram >/dev/null
    for other in "$@"; do
        "$other" "$file" --mask-bytes $bytes -o $dir/other.gram >/dev/null
        if cmp $dir/first.gram $dir/other.gram >&2; then
            passed=$((passed + 1))
        else
            echo "$file: not the same by $first and $other" >&2
            failed=$((failed + 1))
        fi
    done
done
"$first" grammars/person.json -o $dir/first.gram >/dev/null
"$first" grammars/person.json --mask-bytes 1000 -o $dir/other.gram >/dev/null
if cmp -s $dir/first.gram $dir/other.gram; then
    echo "less is precomputed, and nothing differs" >&2
    failed=$((failed + 1))
else
    passed=$((passed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
