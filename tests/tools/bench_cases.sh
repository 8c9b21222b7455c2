#!/bin/sh
# bench_cases.sh: the schemas of grammars/ and their documents as benchmark
# cases: one line {"id", "schema", "tests": [{"valid", "data_text"}]} each;
# and those of tests/bench/cases.jsonl.  16 in all.
set -eu
for schema in grammars/*.json; do
    name=$(basename "$schema" .json)
    printf '{"id":"%s","schema":%s,"tests":[' "$name" "$(tr -d '\n' <"$schema")"
    comma=
    for verdict in valid:true invalid:false; do
        while IFS= read -r text; do
            quoted=$(printf %s "$text" | sed 's/[\\"]/\\&/g')
            printf '%s{"valid":%s,"data_text":"%s"}' "$comma" "${verdict#*:}" \
                "$quoted"
            comma=,
        done <"tests/cases/grammars/$name.${verdict%:*}.jsonl"
    done
    printf ']}\n'
done
cat tests/bench/cases.jsonl
