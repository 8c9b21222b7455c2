#!/bin/sh
# bench.sh [DATA]: maskbench on a file of cases, by default on the schemas of
# grammars/ with their instances in tests/cases/grammars/.
set -eu
data=${1:-build/grammars.jsonl}
if [ ! -x build/bench/maskbench ]; then
    echo "bench: no build/bench/maskbench" >&2
    exit 1
fi
[ -n "${1:-}" ] || tests/tools/bench_cases.sh >"$data"
build/bench/maskbench --schemas "$data" --out build/maskbench.jsonl
echo "results: build/maskbench.jsonl"
