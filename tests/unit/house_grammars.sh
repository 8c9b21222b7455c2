#!/bin/sh
# Every schema of grammars/ compiles, takes its valid documents and refuses
# the invalid ones (tests/cases/grammars/), and samples are accepted again.
set -u
gramc=${B:-build}/gramc
passed=0 failed=0
if [ ! -x "$gramc" ]; then
    echo "skipped: no $gramc"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
want() { # status what command...
    status=$1 what=$2
    shift 2
    out=$("$@" 2>&1)
    rc=$?
    [ $rc -eq "$status" ] && { passed=$((passed + 1)); return; }
    failed=$((failed + 1))
    echo "$what: status $rc, not $status: $out"
}
tmp=$(mktemp) && trap 'rm -f "$tmp"' EXIT
for schema in grammars/*.json; do
    name=$(basename "$schema" .json)
    want 0 "$schema compiles" "$gramc" compile "$schema"
    for verdict in valid:0 invalid:1; do
        cases=tests/cases/grammars/$name.${verdict%:*}.jsonl
        while IFS= read -r text; do
            want "${verdict#*:}" "$schema: $text" \
                "$gramc" check "$schema" --text "$text"
        done <"$cases"
    done
    want 0 "$schema: samples" sh -c "'$gramc' sample '$schema' --count 20 \
        --seed 3 --max-tokens 1500 >'$tmp' && [ \$(wc -l <'$tmp') -eq 20 ]"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
