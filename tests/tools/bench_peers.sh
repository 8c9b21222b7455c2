#!/bin/sh
# bench_peers.sh: `make bench-peers`: libgram beside other engines on the same
# schemas, tokens and core, in one run (tests/bench/peers/compare.py).
#
# The engines come from PyPI into a virtual environment of their own, at
# build/peers/venv; xgrammar without its dependencies, of which only its
# binding is used (the rest would be gigabytes).  Settings, by environment:
#   DATA     cases as maskbench reads them (.jsonl, .jsonl.xz); by default the
#            16 schemas of the repository
#   VOCAB    a tokenizer file; by default the embedded vocabulary
#   SCHEMAS  how many of DATA, by a hash of their ids; 0: all (200)
#   ENGINES  llguidance xgrammar xgrammar-dynamic outlines-core
#   TIMEOUT, BUDGET  seconds for one schema (20), for an engine (180)
#   CORE     pin everything to this core
#   COPY=1   libgram copies each mask into the caller's buffer
# Results: build/peers/result.md, result.json, and the lines of each engine.
set -eu
dir=build/peers
data=${DATA:-$dir/grammars.jsonl}
engines=${ENGINES:-llguidance xgrammar xgrammar-dynamic outlines-core}
mkdir -p $dir
if [ ! -x $dir/venv/bin/python ]; then
    python3 -m venv $dir/venv || {
        echo "bench-peers: it takes python3 with venv (package python3-venv)" >&2
        exit 1
    }
fi
pip="$dir/venv/bin/python -m pip install -q --disable-pip-version-check"
$pip llguidance outlines-core numpy apache-tvm-ffi
$pip --no-deps xgrammar
[ -n "${DATA:-}" ] || tests/tools/bench_cases.sh >"$data"
case $data in *.xz) read="xz -dc" ;; *) read=cat ;; esac
$read "$data" | $dir/venv/bin/python -c '
import hashlib, json, sys
lines = [line for line in sys.stdin.buffer if line.strip()]
key = lambda line: hashlib.sha256(json.loads(line)["id"].encode()).digest()
n = int(sys.argv[1])
sys.stdout.buffer.writelines(sorted(lines, key=key)[:n or None])
' "${SCHEMAS:-200}" >$dir/sample.jsonl
build/bench/tokenize ${VOCAB:+--vocab "$VOCAB"} --schemas $dir/sample.jsonl \
    --out $dir/cases.jsonl --vocab-out $dir/tokens.vocab
case ${VOCAB:-} in *tokenizer.json) tokenizer=$VOCAB ;; *) tokenizer= ;; esac
# shellcheck disable=SC2086  # a list of names
exec $dir/venv/bin/python tests/bench/peers/compare.py --cases $dir/cases.jsonl \
    --vocab $dir/tokens.vocab ${tokenizer:+--tokenizer "$tokenizer"} \
    --out $dir --timeout "${TIMEOUT:-20}" --budget "${BUDGET:-180}" \
    ${CORE:+--core "$CORE"} ${COPY:+--copy} $engines
