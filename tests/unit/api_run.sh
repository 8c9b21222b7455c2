#!/bin/bash
# libgram-run.a: what a file holds is answered, what it does not hold is told as
# that, and nothing of the front end is needed to link it.
set -u
b=${B:-build}
passed=0 failed=0 skipped=0
if [ ! -e "$b/libgram-run.a" ] || [ "$b" != build ]; then
    echo "skipped: no plain $b/libgram-run.a"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
is() { # WHAT GOT WANTED
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "api_run: $1: $2, not $3"
    fi
}

cat >"$tmp/use.c" <<'C'
#include <gram.h>
#include <stdio.h>
#include <string.h>
/* use FILE TEXT: status and message of the call that failed, or "taken" */
int main(int argc, char **argv)
{
    static uint32_t row[1024];
    gram_vocab *v;
    gram_grammar *g;
    gram_matcher *m;
    gram_error e = {0};
    gram_status s = gram_vocab_default(NULL, &v, &e);
    if (argc == 3 && s == GRAM_OK)
        s = gram_grammar_load(v, argv[1], 0, NULL, &g, &e);
    if (s == GRAM_OK) s = gram_matcher_new(g, &m, &e);
    if (s != GRAM_OK) return printf("%d %s\n", s, e.message), 1;
    for (const char *p = argv[2]; s == GRAM_OK; p++) {
        s = gram_matcher_mask(m, row, 1024);
        if (s != GRAM_OK || *p == 0) break;
        s = gram_matcher_accept_bytes(m, p, 1, NULL);
    }
    e = *gram_matcher_error(m);
    if (s != GRAM_OK) printf("%d %s\n", s, e.message);
    else if (gram_matcher_may_stop(m)) puts("taken");
    gram_matcher_free(m);
    gram_grammar_free(g);
    gram_vocab_free(v);
    return 0;
}
C
${CC:-cc} -Iinclude "$tmp/use.c" "$b/libgram-run.a" -lpcre2-8 -lcjson \
    -lutf8proc -lpthread -lm -o "$tmp/use" || failed=1
printf '{"type":"array","items":{"enum":[true,"yes"]}}' >"$tmp/s.json"
"$b/gramc" "$tmp/s.json" -o "$tmp/all.gram" >/dev/null || failed=1
"$b/gramc" "$tmp/s.json" -o "$tmp/none.gram" --mask-bytes 0 >/dev/null ||
    failed=1
is "all masks" "$("$tmp/use" "$tmp/all.gram" '["yes",true]')" taken
missing='3 the compiled grammar does not hold what follows here'
missing="$missing, and nothing can compile it"
is "no masks" "$("$tmp/use" "$tmp/none.gram" '["yes",true]')" "$missing"
is "another text" "$("$tmp/use" "$tmp/all.gram" '[false]')" \
    '8 byte 0 is not allowed here'
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
