#!/bin/sh
# demo.sh: the main job on a schema of grammars/, with the built-in vocabulary.
set -eu
gramc=build/gramc
schema=grammars/tool_call.json
say() { printf '\n\033[1m$ %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else
    sed 's/\x1b\[[0-9]*m//g'; fi; }

say "cat $schema" && head -n 12 $schema && echo "  ..."
say "gramc $schema"
$gramc $schema
for prefix in '' '{"' '{"name":"search","arguments":{'; do
    say "gramc mask $schema --prefix '$prefix'"
    $gramc mask $schema --prefix "$prefix"
done
plain="--whitespace none --escapes canonical"
say "gramc sample $schema --count 5 --seed 7 --max-tokens 200 $plain"
# shellcheck disable=SC2086
$gramc sample $schema --count 5 --seed 7 --max-tokens 200 $plain
