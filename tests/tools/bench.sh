#!/bin/sh
# bench.sh [DATA]: the benchmark on a file of cases, by default the schemas of
# grammars/ and tests/bench/cases.jsonl with their documents.  VOCAB names a
# tokenizer file, by default the embedded vocabulary is used.
#
# Cold, warm, and cold by two threads; then a batch of 256 matchers by one
# and by two.  Results, a JSON line a case: build/bench-results/*.jsonl; as a
# table, with machine and commit: table.md there, and on the screen.
set -eu
dir=build/bench-results
data=${1:-$dir/grammars.jsonl}
if [ ! -x build/bench/maskbench ]; then
    echo "bench: no build/bench/maskbench" >&2
    exit 1
fi
mkdir -p $dir
[ -n "${1:-}" ] || tests/tools/bench_cases.sh >"$data"
run() { # result program options...
    out=$dir/$1.jsonl
    program=build/bench/$2
    shift 2
    $program ${VOCAB:+--vocab "$VOCAB"} --schemas "$data" --out "$out" "$@"
}
run cold maskbench
run warm maskbench --warm
run threads maskbench --threads 2
run batch batch
run batch2 batch --threads 2
if command -v python3 >/dev/null; then
    python3 tests/bench/table.py $dir | tee $dir/table.md
fi
echo "results: $dir"
