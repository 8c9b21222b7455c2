#!/bin/sh
# gramc vocab, encode and decode on files made here: facts, digests, packs,
# widths, specials, side files by name, and the exit codes of bad ones.
set -u
gramc=${B:-build}/gramc
passed=0 failed=0
if [ ! -x "$gramc" ]; then
    echo "skipped: no $gramc"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
is() { # what wanted got
    [ "$2" = "$3" ] && { passed=$((passed + 1)); return; }
    failed=$((failed + 1))
    printf '%s:\n  wanted %s\n  got    %s\n' "$1" "$2" "$3"
}
has() { # what part whole
    case $3 in *"$2"*) passed=$((passed + 1)) ;; *) is "$1" "...$2..." "$3" ;; esac
}
json() { "$gramc" vocab "$@" --json; }

# a folder of a model: bare names, end ids named in three places
mkdir "$tmp/model"
cat >"$tmp/model/tokenizer.json" <<'END'
{"added_tokens":[{"id":5,"content":"<e>","special":true},
 {"id":6,"content":"<u>","special":false},
 {"id":7,"content":"<f>","special":true}],
 "decoder":{"type":"ByteLevel"},
 "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},
 "model":{"type":"BPE","vocab":{"a":0,"b":1,"\u0120":2,"ab":3,"\u00c3":4},
 "merges":["a b"]}}
END
echo '{"eos_token":{"content":"<e>"}}' >"$tmp/model/tokenizer_config.json"
echo '{"eos_token_id":[5,7]}' >"$tmp/model/generation_config.json"
echo '{"eos_token_id":3,"vocab_size":16}' >"$tmp/model/config.json"
got=$(json "$tmp/model")
has "ends of all places" '"end_ids":[3,5,7]' "$got"
has "kinds" '"normal":5,"byte":0,"user":1,"special":2' "$got"
has "specials" '{"id":6,"kind":"user","name":"<u>"}' "$got"
has "broken characters" '"not_utf8":1' "$got"
has "missing bytes" '"missing_bytes":[0,1,2' "$got"
has "the note" "note: what no tokens can spell" "$("$gramc" vocab "$tmp/model")"

# the same under a name of its own
for f in tokenizer.json tokenizer_config.json; do
    cp "$tmp/model/$f" "$tmp/my.$f"
done
has "NAME.tokenizer.json finds its config" '"end_ids":[5]' \
    "$(json "$tmp/my.tokenizer.json")"

# specials beside the file, and given
printf 'YQ== 0\nYg== 1\nYWI= 2\nYQ== 3\n' >"$tmp/x.tiktoken"
echo '{"pattern":"[ab]+|.","eos_id":6,"special_tokens":{"<s>":6}}' \
    >"$tmp/x.specials.json"
echo '{"pattern":"[ab]","eos_id":9,"special_tokens":{"<s>":9}}' >"$tmp/y.json"
has "X.tiktoken finds X.specials.json" '"end_ids":[6]' "$(json "$tmp/x.tiktoken")"
got=$(json "$tmp/x.tiktoken" --specials "$tmp/y.json")
has "--specials wins" '"end_ids":[9]' "$got"
has "gaps" '"gap":5' "$got"
has "twins" '"duplicates":{"groups":1,"ids":2}' "$got"
is "encode" '[2,0]' "$(echo '"aba"' | "$gramc" encode --vocab "$tmp/x.tiktoken")"
is "encode by the given pattern" '[0,1,0]' "$(echo '"aba"' |
    "$gramc" encode --vocab "$tmp/x.tiktoken" --specials "$tmp/y.json")"
is "decode" '"abab"' "$(echo '[2,0,6,1]' | "$gramc" decode --vocab "$tmp/x.tiktoken")"

printf 'YQ== 0\nYg== 1\n' >"$tmp/y.tiktoken"
# a pack says the same as its file, byte for byte on every build
"$gramc" vocab "$tmp/x.tiktoken" -o "$tmp/x.pack" >/dev/null
"$gramc" vocab "$tmp/x.pack" -o "$tmp/again.pack" >/dev/null
is "a pack of a pack" 0 "$(cmp "$tmp/x.pack" "$tmp/again.pack" >&2; echo $?)"
is "facts of a pack" "$(json "$tmp/x.tiktoken")" "$(json "$tmp/x.pack")"
is "digest of a pack" "$("$gramc" vocab "$tmp/x.tiktoken" --digest)" \
    "$("$gramc" vocab "$tmp/x.pack" --digest)"
# an old one is replaced, through a link, and not written into
ln -s x.pack "$tmp/link.pack"
ln "$tmp/x.pack" "$tmp/held.pack"
chmod 600 "$tmp/x.pack"
"$gramc" vocab "$tmp/y.tiktoken" -o "$tmp/link.pack" >/dev/null
is "what is held stays" "$(cat "$tmp/again.pack" | cksum)" "$(cksum <"$tmp/held.pack")"
is "the new one" "$(json "$tmp/y.tiktoken")" "$(json "$tmp/link.pack")"
is "a link stays" "x.pack" "$(readlink "$tmp/link.pack")"
is "its mode stays" "-rw-------" "$(ls -l "$tmp/x.pack" | cut -c1-10)"
"$gramc" vocab "$tmp/x.tiktoken" -o "$tmp/x.pack" >/dev/null
is "a pack encodes" '[2,0]' "$(echo '"aba"' | "$gramc" encode --vocab "$tmp/x.pack")"

# a width below and above the vocabulary
mask() { printf '[ab]+' >"$tmp/p.regex"
    "$gramc" mask "$tmp/p.regex" --prefix '' --vocab "$tmp/x.tiktoken" "$@"; }
# nothing of JSON can be spelled by these, which is told
printf '{"type":"string"}' >"$tmp/p.json"
has "no quote" 'tokens of the vocabulary' \
    "$("$gramc" mask "$tmp/p.json" --vocab "$tmp/x.tiktoken" 2>&1)"
has "no width" '"ids":[0,1,2,3]' "$(mask --json)"
has "a narrow model" '"ids":[0,1]' "$(mask --json --width 2)"
has "a wide model" '"ids":[0,1,2,3]' "$(mask --json --width 4096)"
# and far below the embedded one: the same ids, as far as it goes
person() { "$gramc" mask grammars/person.json --prefix '{"' --json "$@" |
    sed 's/.*"ids":\[//; s/].*//' | tr , '\n'; }
person >"$tmp/all"
person --width 1000 >"$tmp/some"
is "a width of 1000" "$(awk '$1 < 1000' "$tmp/all")" "$(cat "$tmp/some")"
has "sampling by it" '"finished":true' \
    "$("$gramc" sample grammars/person.json --width 1000 --max-tokens 400)"

# the default vocabulary comes back from its own encoding
text='"caf\u00e9 {\"a\":[1,2]}\n\t \u4e00 \ud83d\ude00"'
is "decode of encode" '"café {\"a\":[1,2]}\u000a\u0009 一 😀"' \
    "$(printf '%s\n' "$text" | "$gramc" encode | "$gramc" decode)"

# a dummy space goes when the text comes back
cat >"$tmp/dummy.tokenizer.json" <<'END'
{"pre_tokenizer":{"type":"Metaspace","prepend_scheme":"always"},
 "decoder":{"type":"Metaspace","prepend_scheme":"always"},
 "model":{"type":"BPE","vocab":{"a":0,"\u2581":1,"\u2581a":2},
 "merges":["\u2581 a"]}}
END
v="--vocab $tmp/dummy.tokenizer.json"
is "the dummy space is encoded" '[2,2]' "$(echo '"a a"' | "$gramc" encode $v)"
is "the dummy space goes" '"a a"' "$(echo '[2,2]' | "$gramc" decode $v)"

# bad ones
bad() { # what status command...
    what=$1 status=$2
    shift 2
    "$@" >/dev/null 2>"$tmp/err"
    is "$what" "$status" $?
}
echo 'YQ== 0
Y 1' >"$tmp/bad.tiktoken"
bad "bad base64" 3 "$gramc" vocab "$tmp/bad.tiktoken"
has "its place" 'bad.tiktoken:2:1: bad base64' "$(cat "$tmp/err")"
# a neighbour of the file that was meant
bad "a side file" 3 "$gramc" vocab "$tmp/model/tokenizer_config.json"
has "the file that is wanted" 'wanted is a tokenizer.json' "$(cat "$tmp/err")"
echo '{}' >"$tmp/none.json"
bad "no tokens" 3 "$gramc" vocab "$tmp/none.json"
has "the file that is wanted" 'wanted is a tokenizer.json' "$(cat "$tmp/err")"
bad "no file" 5 "$gramc" vocab "$tmp/none"
bad "a width too large" 2 "$gramc" vocab --width 99999999999
bad "not a string" 3 sh -c "echo 1 | '$gramc' encode"
bad "an empty line" 3 sh -c "printf '\"a\"\n\n\"b\"\n' | '$gramc' encode"
bad "an empty line first" 3 sh -c "printf '\r\n[1]\n' | '$gramc' decode"
bad "a zero" 3 sh -c "printf '[1]\0[\n[1]\n' | '$gramc' decode"
is "lines for lines" 3 "$(printf '"a"\r\n""\n"b"\n\n\r\n' | "$gramc" encode | wc -l)"
is "no line" "" "$(printf '\n' | "$gramc" encode)"
for half in ud83d udc00 'ud83d\u0041'; do
    bad "half a character" 3 sh -c "printf '%s\\n' '\"\\$half\"' | '$gramc' encode"
done
bad "not ids" 3 sh -c "echo '[99999999]' | '$gramc' decode"
head -c 200 "$tmp/x.pack" >"$tmp/cut.pack"
bad "a cut pack" 3 "$gramc" vocab "$tmp/cut.pack"
has "its byte" ', at byte 0' "$(cat "$tmp/err")"
printf 'GGUF\3\0\0\0zz' >"$tmp/cut.gguf"
bad "a cut GGUF" 3 "$gramc" vocab "$tmp/cut.gguf"
has "its byte" 'cut.gguf: GGUF: a value runs past the end of the file, at byte 8' "$(cat "$tmp/err")"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
