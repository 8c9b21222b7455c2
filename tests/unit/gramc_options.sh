#!/bin/bash
# gramc, its promises one by one: exit codes, messages, kinds by extension,
# standard input, what each option changes, JSON output, samples.
set -u
repo=$PWD
gramc=$repo/${B:-build}/gramc
passed=0 failed=0 skipped=0
if [ ! -x "$gramc" ]; then
    echo "skipped: no $gramc"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

fine() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "gramc: $*"; }
# want STATUS ARGUMENT...: the exit status; out and err hold what it said
want() {
    local status=$1
    shift
    out=$("$gramc" "$@" 2>err </dev/null)
    local rc=$?
    [ $rc -eq "$status" ] && { fine; return; }
    bad "$*: status $rc, not $status: $out $(cat err)"
}
says() { # PATTERN: the last output matches
    grep -qE -- "$1" <<<"$out" && { fine; return; }
    bad "output lacks $1: ${out:0:300}"
}
errs() { # PATTERN: the last standard error matches
    grep -qE -- "$1" err && { fine; return; }
    bad "standard error lacks $1: $(head -c 300 err)"
}
# accepts|refuses GRAMMAR TEXT OPTION...
accepts() { want 0 check "$1" --text "$2" "${@:3}"; }
refuses() { want 1 check "$1" --text "$2" "${@:3}"; }
put() { printf '%s\n' "$2" >"$1"; }
# is_json SCHEMA: the last output is JSON of that shape, says gramc itself
is_json() {
    put shape.json "$1"
    printf %s "$out" >json.out
    if "$gramc" check shape.json --input json.out --exact >/dev/null 2>&1; then
        fine
    else
        bad "not such JSON: ${out:0:300}"
    fi
}

put any.json '{}'
put bad.json '{"type": "object",
 "properties": {"a": {"type": "strin"}}}'
put cut.json '{"a":'
put empty.json '{"type":"string","minLength":3,"maxLength":2}'
put yes.gbnf 'root ::= "yes" | "no"'

# --- exit codes and messages --------------------------------------------------
want 0 any.json
want 0 compile any.json
accepts any.json '[1]'
refuses any.json '[1}'
says '^refused at byte 2$'
refuses any.json '[1'
says '^incomplete at byte 2$'
want 2
want 2 compile
want 2 check any.json --text 1 --frobnicate
errs 'unknown option'
want 2 any.json cut.json
want 2 any.json --draft 5
want 2 any.json --count
want 2 any.json --json=1
want 2 sample any.json --count many
want 2 any.json --specials any.json
errs 'specials belong to a tokenizer file'
want 2 check any.json --text 1 --input any.json
errs 'text and --input'
want 3 bad.json
errs '^bad\.json:2:[0-9]+: \[/properties/a/type\] [a-z].*[^.]$'
want 3 cut.json
errs '^cut\.json:2:1: [a-z]'
printf 'root ::= missing\n' >ref.gbnf
want 3 ref.gbnf
errs '^ref\.gbnf:1:10: '
put macro.ebnf 'root ::= "a" Regex("b")'
want 3 macro.ebnf
errs '^macro\.ebnf:1:14: not taken: the macro Regex'
want 3 empty.json
errs '^empty\.json:1:[0-9]+: .*no value is valid'
refuses empty.json '""'
says '^refused at byte 0$'
want 4 any.json --max-steps 1
errs 'limit of 1 steps'
want 4 any.json --max-memory 1000
errs 'limit of 1000 bytes'
# a limit that a text meets is told with its byte
head -c 100001 /dev/zero | tr '\0' '[' >deep.txt
put deep.gbnf 'root ::= "[" root "]" | "a"'
want 4 check deep.gbnf --input deep.txt
errs 'at byte 100000$'
# each call has a limit of work, a text has none
{ printf '"'; head -c 21000000 /dev/zero | tr '\0' a; printf '"x'; } >long.txt
want 1 check any.json --input long.txt
says '^refused at byte 21000002$'
# a file without an end is too large (sanitizers need more address space)
if [ "${B:-build}" = build ]; then
    (ulimit -v 300000; exec "$gramc" /dev/zero) >/dev/null 2>err
    [ $? -eq 4 ] && fine || bad "/dev/zero: $(cat err)"
    errs '^/dev/zero: '
fi
want 5 missing.json
errs '^missing\.json: '
want 5 check any.json --input missing.txt
want 5 any.json --vocab missing.vocab
want 5 .  # a folder
if [ -e /dev/full ]; then
    # an answer that is lost is none; and nobody works for a full disk
    for command in help "dump any.json" "check any.json --text x" \
        "sample any.json --max-tokens 0" \
        "sample any.json --count 100000000 --max-tokens 20"; do
        timeout 60 "$gramc" $command >/dev/full 2>err
        [ $? -eq 5 ] && fine || bad "$command: a full disk goes unnoticed"
        errs '^gramc: standard output: No space'
        [ "$(grep -c 'No space' err)" = 1 ] && fine || bad "said twice"
    done
fi
# lines of encode and decode: JSON to the letter, and errors with their line
line() { # STATUS COMMAND LINE...
    local status=$1 command=$2
    shift 2
    printf '%b\n' "$@" >lines.txt
    want "$status" "$command" --input lines.txt
}
line 0 encode '"a"' ' "\\\\t"\t'
says '^\[64\]$'
line 3 encode '"a"' '"a\tb"'
errs '^gramc: line 2: not a JSON string$'
line 3 encode '"a"' '""' '"\xff"'
errs '^gramc: line 3: the text is not UTF-8$'
line 0 decode '[64]' ' [ 64 ] '
says '^"a"$'
line 3 decode '[64]' '[64] x'
errs '^gramc: line 2: not an array of ids$'
# without graphviz, and a graph that no pipe holds: an answer, not a signal
out=$(PATH=/nowhere "$gramc" graph "$repo/grammars/comments.json" -o graph.svg 2>err)
[ $? -eq 5 ] && fine || bad "graph without dot: $(cat err)"
errs 'graphviz'
[ "$(wc -l <err)" -eq 1 ] && fine || bad "graph without dot says: $(cat err)"
[ ! -e graph.svg ] && fine || bad "graph without dot leaves a file"
echo before >graph.svg
PATH=/nowhere "$gramc" graph "$repo/grammars/comments.json" -o graph.svg 2>err
[ "$(cat graph.svg)" = before ] && fine || bad "graph without dot: another file"
# with something that is called dot
mkdir bin
printf '#!/bin/sh\necho "<svg>"\nsed "s/digraph/drawn/"\n' >bin/dot
chmod +x bin/dot
out=$(PATH=$PWD/bin:$PATH "$gramc" graph "$repo/grammars/comments.json" -o graph.svg)
[ $? -eq 0 ] && fine || bad "graph with dot"
[ -z "$out" ] && grep -q '^<svg>' graph.svg && grep -q drawn graph.svg &&
    fine || bad "graph with dot: $(head -c 300 graph.svg)"
printf '#!/bin/sh\necho of its own >&2\nexit 1\n' >bin/dot
PATH=$PWD/bin:$PATH "$gramc" graph any.json -o graph.svg 2>err
[ $? -eq 5 ] && fine || bad "graph with a dot that fails"
errs 'of its own'
printf '#!/bin/sh\ncat\n' >bin/dot
out=$(PATH=$PWD/bin:$PATH "$gramc" graph "$repo/grammars/comments.json" -o ./no/graph.svg 2>err)
[ $? -eq 5 ] && fine || bad "graph into a folder that is not there"
for word in help --help -h; do want 0 $word; says '^usage: gramc'; done
for word in version --version; do want 0 $word; says '^gramc [0-9]+\.[0-9]+'; done

# --- kinds, standard input ---------------------------------------------------
printf 'root ::= "yes" | "no"\n' >yes.ebnf
printf 'yes|no\n' >yes.regex
put yes.json '{"enum":["yes","no"]}'
accepts yes.gbnf yes
accepts yes.ebnf no
accepts yes.regex yes
refuses yes.regex yesno
accepts yes.json '"no"'
cp yes.gbnf grammar.txt
accepts grammar.txt yes --kind gbnf
accepts grammar.txt yes --kind ebnf
cp yes.regex pattern.txt
accepts pattern.txt no --kind regex
accepts yes.json '"yes"' --kind=json-schema
want 3 check yes.gbnf --text '"yes"' --kind json-schema
want 3 check any.json --text x --kind gbnf
out=$(printf '{"const":1}' | "$gramc" check - --text 1 2>err) && fine ||
    bad "- for the schema"
out=$(printf 'root ::= "a"' | "$gramc" check - --kind gbnf --text a 2>err) &&
    fine || bad "- for a grammar"
out=$(printf '[1]' | "$gramc" check any.json 2>err) && fine ||
    bad "the text on standard input"
out=$(printf '[1]' | "$gramc" check any.json --input - 2>err) && fine ||
    bad "--input -"
printf '"a\0b"' >nul.txt
out=$("$gramc" check any.json --input nul.txt 2>err)
says '^refused at byte 2$'
want 2 check -

# --- policies: each changes an answer -----------------------------------------
put ones.json '{"type":"array","items":{"const":1}}'
accepts ones.json '[ 1]'
refuses ones.json '[ 1]' --whitespace none
accepts ones.json '[ 1]' --whitespace 1
refuses ones.json '[  1]' --whitespace 1
refuses ones.json ' [1] '
accepts ones.json ' [1] ' --whitespace any
want 2 check ones.json --text '[1]' --whitespace some
# what keeps values out is reported, defaults too
want 0 any.json --json
says '"restricted","keyword":"numbers","pointer":"","note":"[^"]*64'
says '"restricted","keyword":"max-depth","pointer":"","note":"[^"]*[1-9]'
if grep -q '"keyword":"max-string"' <<<"$out"; then
    bad "a restriction that nobody asked for"
fi
want 0 any.json --json --max-string 5 --max-items 6 --max-depth 7 --numbers 8
says '"restricted","keyword":"max-string","pointer":"","note":"[^"]* 5"'
says '"restricted","keyword":"max-items","pointer":"","note":"[^"]* 6"'
says '"restricted","keyword":"max-depth","pointer":"","note":"[^"]* 7"'
says '"restricted","keyword":"numbers","pointer":"","note":"[^"]* 8, '
says '"restricted","keyword":"whitespace","pointer":"","note":"[^"]* 32 '
want 0 any.json --json --whitespace indent=3 --escapes canonical
says '"restricted","keyword":"whitespace","pointer":"","note":"[^"]*3 spaces'
says '"restricted","keyword":"escapes","pointer":""'
want 0 any.json --json --whitespace any --numbers any
if grep -qE '"keyword":"(whitespace|numbers|escapes)"' <<<"$out"; then
    bad "a restriction that is none"
fi
accepts any.json '[[[1e9999]]] ' --exact
# and what else is asked for holds, before it and behind it
for order in '--exact --max-string 3' '--max-string 3 --exact'; do
    accepts any.json '[1e9999, "abc"] ' $order
    refuses any.json '["abcd"]' $order
done
refuses any.json ' 1' --whitespace none --exact
want 0 any.json --json --text --exact
says '"keyword":"whitespace"'
want 2 any.json --exact=1
want 0 any.json --exact
says '^restricted'
says '^  max-depth '
accepts any.json '"\u0061"'
refuses any.json '"\u0061"' --escapes canonical
accepts any.json '{"b":1,"a":1}'
put order.json '{"properties":{"a":{},"b":{}},"additionalProperties":false}'
accepts order.json '{"b":1,"a":2}' --key-order any
accepts order.json '{"a":1,"b":2}' --key-order schema
refuses order.json '{"b":1,"a":2}' --key-order schema
accepts ones.json $'[\n  1,\n  1\n]' --whitespace indent=2
refuses ones.json $'[\n  1,\n  1\n]' --whitespace indent=3
refuses ones.json '[1]' --whitespace indent=2
accepts ones.json $'[\n1\n]' --whitespace indent=0
accepts any.json $'{\n  "a": {\n    "b": []\n  }\n}' --whitespace indent=2
refuses any.json $'{\n  "a": {\n    "b": []}\n}' --whitespace indent=2
for indent in indent indent= indent=-1 indent=two indent=65; do
    want 2 any.json --whitespace $indent
done
put date.json '{"format":"date"}'
refuses date.json '"x"'
accepts date.json '"x"' --formats annotate
put byte.json '{"type":"string","format":"byte"}'
accepts byte.json '"%"'
refuses byte.json '"%"' --formats openapi
put zzz.json '{"format":"zzz"}'
accepts zzz.json '"x"' --unknown-format annotate
want 3 zzz.json --unknown-format error
put key.json '{"zzz":1}'
accepts key.json 1 --unknown-keyword annotate
want 3 key.json --unknown-keyword error
put annex.json '{"pattern":"^\\-$"}'
accepts annex.json '"-"'
want 3 annex.json --strict-patterns
errs '^annex\.json:1:[0-9]+: \[/pattern\] '
want 2 annex.json --strict-patterns=yes
want 0 annex.json --json
says '"warning","keyword":"pattern","pointer":"/pattern"'
put open.json '{"properties":{"a":{}}}'
accepts open.json '{"b":1}' --additional open
refuses open.json '{"b":1}' --additional closed
long=$(printf '1%.0s' $(seq 80))
refuses any.json "$long"
accepts any.json "$long" --numbers any
accepts any.json 12 --numbers 2
refuses any.json 123 --numbers 2
accepts any.json 1e2
refuses any.json 1e2 --numbers no-exponent
want 2 any.json --numbers 0
accepts any.json '"ab"' --max-string 2
refuses any.json '"abc"' --max-string 2
accepts any.json '"abc"' --max-string any
accepts any.json '[1]' --max-items 1
refuses any.json '[1,1]' --max-items 1
accepts any.json '[1,1]' --max-items any
accepts any.json '[[1]]' --max-depth 2
refuses any.json '[[[1]]]' --max-depth 2
for bound in --max-string --max-items --max-depth; do
    want 2 any.json $bound 0
    want 2 any.json $bound -1
    want 0 any.json $bound any --mask-bytes 1
done
put null.json '{"type":"string","nullable":true}'
refuses null.json null
accepts null.json null --nullable
put int.json '{"type":"integer"}'
accepts int.json 1.0
refuses int.json 1.0 --draft 4
put dep.json '{"dependentRequired":{"a":["b"]}}'
refuses dep.json '{"a":1}' --draft 2019-09
accepts dep.json '{"a":1}' --draft 7
accepts dep.json '{"a":1}' --draft 6
refuses dep.json '{"a":1}' --draft 2020-12
refuses dep.json '{"a":1}' --draft auto
accepts any.json " $long " --exact
put inner.json '{"const":7}'
put outer.json '{"$ref":"http://example.com/inner"}'
want 3 outer.json
accepts outer.json 7 --document http://example.com/inner=inner.json
refuses outer.json 8 --document http://example.com/inner=inner.json
want 2 outer.json --document inner.json
want 5 outer.json --document http://example.com/inner=missing.json
accepts any.json 1 --threads 2
want 2 any.json --threads 0
printf 'root ::= "a"\nother ::= "b"\n' >start.gbnf
accepts start.gbnf a
accepts start.gbnf b --start other
want 3 start.gbnf --start nobody
# a schema and a regex have no rules
put start.regex 'ab'
for file in any.json start.regex; do
    want 2 check $file --text 1 --start other
    errs "^$file: --start is for a grammar with rules\$"
    want 2 $file --start other -o start.gram
done
# a file that nobody would read
want 2 keywords any.json
errs '^gramc: takes no file: any\.json '
want 2 version any.json
for command in vocab encode decode; do
    want 2 $command any.json --vocab any.json
    errs '^gramc: a FILE beside --vocab: any\.json '
done
want 0 compile any.json --json --mask-bytes 1
few=$(sed 's/.*"masks":\([0-9]*\).*/\1/' <<<"$out")
want 0 compile any.json --json
[ "$(sed 's/.*"masks":\([0-9]*\).*/\1/' <<<"$out")" -gt "$few" ] && fine ||
    bad "--mask-bytes changes nothing"

# --- results ------------------------------------------------------------------
is_json '{"type":"object","required":["file","compile_us","first_mask_us",
    "states","frames","masks","memory_bytes","report"],"properties":{
    "file":{"const":"any.json"},"memory_bytes":{"minimum":1},
    "report":{"type":"array"}}}'
want 0 compile order.json
says '^enforced$'
says 'additionalProperties'
want 0 mask yes.gbnf --json
is_json '{"type":"object","required":["allowed","ids","accepting"],
    "additionalProperties":false,"properties":{
    "allowed":{"type":"integer","minimum":2},"ids":{"type":"array","minItems":2,
    "items":{"type":"integer","minimum":0}},"accepting":{"const":false}}}'
want 0 mask yes.gbnf --json --prefix yes
says '"accepting":true'
want 0 mask yes.gbnf --json --prefix=y
says '"ids":\['
want 1 mask yes.gbnf --prefix x
says '^refused at byte 0$'
want 0 mask yes.gbnf
says ' tokens allowed'
want 0 keywords
says '^additionalProperties '
want 0 keywords --json
is_json '{"type":"array","minItems":40,"items":{"type":"object",
    "required":["keyword","what"]}}'
want 0 bench any.json
says 'compile [0-9.]+ us, first mask [0-9.]+ us'

# --- samples --------------------------------------------------------------------
line='{"type":"object","required":["text","tokens","finished"],"properties":{
    "text":{"type":["string","null"]},"hex":{"pattern":"^([0-9a-f]{2})+$"},
    "tokens":{"type":"array","items":{"type":"integer"}},
    "finished":{"const":true}},"additionalProperties":false}'
sample="sample any.json --count 20 --max-tokens 60"
# shellcheck disable=SC2086
{
    want 0 $sample --seed 5
    first=$out
    want 0 $sample --seed 5
    [ "$out" = "$first" ] && fine || bad "one seed, two samples"
    want 0 $sample --seed 6
    [ "$out" != "$first" ] && fine || bad "two seeds, one sample"
    want 0 $sample --seed 5 --bias structure
    [ "$out" != "$first" ] && fine || bad "--bias changes nothing"
    want 2 $sample --bias nonsense
}
[ "$(wc -l <<<"$first")" -eq 20 ] && fine || bad "not 20 samples"
while IFS= read -r out; do
    is_json "$line"
    tokens=$(sed 's/.*"tokens":\[\([^]]*\)\].*/\1/' <<<"$out" | tr , '\n' |
        grep -c .)
    [ "$tokens" -le 60 ] && fine || bad "$tokens tokens of 60"
done <<<"$first"
# too small a budget: status 1 and the bound
put list.json '{"type":"array","minItems":30,"items":{"const":"x"}}'
want 1 sample list.json --max-tokens 5
errs '[0-9]+ tokens'
out=$("$gramc" sample list.json --max-tokens 5 2>/dev/null)
says '"finished":false'
# the bound that it states suffices
bound=$(grep -oE '[0-9]+ tokens' err | head -n 1 | cut -d' ' -f1)
want 0 sample list.json --max-tokens "$bound" --count 5 --seed 2
grep -q '"finished":false' <<<"$out" && bad "not finished within the bound" ||
    fine
# any budget will do
want 0 sample yes.gbnf --max-tokens 18446744073709551615
says '"finished":true'
want 0 sample any.json --max-tokens 3000 --seed 4 --count 50
# half a character goes into "hex"
for b in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
    for c in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
        printf '%s %d\n' "$(printf "\\x$b$c" | base64)" $((0x$b$c))
    done
done >bytes.tiktoken
printf 'root ::= "\xC3\xA9"\n' >e.gbnf
want 1 sample e.gbnf --vocab bytes.tiktoken --max-tokens 1
says '"text":null,"hex":"c3","tokens":\[195\],"finished":false'
want 0 mask e.gbnf --vocab bytes.tiktoken --json
says '^\{"allowed":1,"ids":\[195\],"accepting":false\}$'
want 0 mask e.gbnf --vocab bytes.tiktoken --json --width 400
want 0 sample e.gbnf --vocab bytes.tiktoken
says '"tokens":\[195,169\],"finished":true'

# --- every option is described ------------------------------------------------------
want 0 help
for option in $(grep -oE '^  -[-a-z]+' <<<"$out"); do
    grep -q -- "\`$option" "$repo/README.md" && fine ||
        bad "README.md says nothing of $option"
    tr -d '\\' <"$repo/src/package/gramc.1" | grep -qE -- "^\.BI? $option( |\$)" &&
        fine || bad "gramc.1 says nothing of $option"
done

# --- files that end too early: an answer, never a crash ------------------------------
for file in "$repo"/grammars/*; do
    size=$(wc -c <"$file")
    for cut in $((size / 3)) $((size * 2 / 3)) $((size - 2)); do
        short=short.${file##*.}
        head -c "$cut" "$file" >"$short"
        "$gramc" "$short" >/dev/null 2>err
        rc=$?
        [ $rc -le 5 ] && [ $rc -ne 2 ] && fine || bad "$file cut at $cut: $rc"
    done
done

# --- compiled grammars -------------------------------------------------------------
want 0 compile order.json -o order.gram
says '^order\.gram'
accepts order.gram '{"b":1,"a":2}'
refuses order.gram '{"c":1}'
# nothing that is read is written over, whatever it is called
cp order.json source.json
ln -s source.json link.json
for to in source.json ./source.json link.json; do
    want 2 source.json -o $to
    errs "^gramc: -o is a file that is read: $to "
done
want 2 graph source.json -o source.json
cp bytes.tiktoken source.tiktoken
want 2 vocab source.tiktoken -o source.tiktoken
want 2 any.json --vocab source.tiktoken -o source.tiktoken
cmp order.json source.json && cmp bytes.tiktoken source.tiktoken && fine ||
    bad "a source was written over"
# what is written is read again: not from standard input
for command in compile graph vocab; do
    [ $command = vocab ] && file=bytes.tiktoken || file=order.json
    want 2 $command $file -o -
    errs '^gramc: -o is the name of a file: - '
    want 0 $command $file -o ./-
done
want 2 order.gram -o again.gram
errs '^order\.gram: compiled already'
# nothing of its source is left to choose; limits are
for option in --whitespace=none --exact --draft=7 --max-string=3 --nullable \
    --document=u:x=order.json --start=a --formats=annotate --strict-patterns; do
    want 2 check order.gram --text '{}' $option
    errs "^order\\.gram: compiled already: ${option%%=*} needs its source$"
done
accepts order.gram '{}' --max-memory 99999999 --max-steps 99999999 --threads 1
want 0 compile order.json -o order.gram --whitespace none
refuses order.gram '{ }'
accepts order.gram '{}' --mask-bytes 0
want 0 compile order.json -o order.gram
want 0 mask order.gram --json --prefix '{"'
masks=$out
want 0 mask order.json --json --prefix '{"'
[ "$out" = "$masks" ] && fine || bad "a compiled grammar has other masks"
want 0 yes.gbnf -o one.gram
want 0 yes.gbnf -o other.gram
cmp -s one.gram other.gram && fine || bad "two files of one grammar differ"
want 3 check one.gram --text yes --vocab bytes.tiktoken
errs '^one\.gram:.* vocabulary'
head -c 100 one.gram >half.gram
want 3 half.gram
{ head -c 200 one.gram; printf x; tail -c +202 one.gram; } >changed.gram
want 3 changed.gram
want 5 yes.gbnf -o missing/one.gram
want 3 bad.json -o bad.gram
[ ! -e bad.gram ] && fine || bad "a file of a grammar that does not compile"

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
