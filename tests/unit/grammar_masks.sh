#!/bin/sh
# grammar_masks.sh: the masks of the public grammar cases over the embedded
# vocabulary, each compared with what the matcher takes, token by token.
set -eu
cases="${GRAM_DATA:-../shared/data}/grammar-cases-public.jsonl.xz"
if [ ! -f "$cases" ]; then
    if [ "${CI:-}" = true ]; then
        echo "no $cases"
        echo "0 passed, 1 failed"
        exit 1
    fi
    echo "skipped: no $cases"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
out=$(build/bench/grammar --cases "$cases" --check yes) || true
echo "$out" | grep -E "tokens wrong" | head -n 20 || true
masks=$(echo "$out" | sed -n 's/^cold *n *\([0-9]*\) .*/\1/p')
wrong=$(echo "$out" | sed -n 's/^\([0-9]*\) masks wrong$/\1/p')
if [ "${masks:-0}" -lt 10000 ] || [ -z "$wrong" ]; then
    echo "too few masks: ${masks:-none}"
    echo "0 passed, 1 failed"
    exit 1
fi
echo "$((masks - wrong)) passed, $wrong failed"
[ "$wrong" -eq 0 ]
