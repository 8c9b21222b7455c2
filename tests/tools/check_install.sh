#!/bin/sh
# check_install.sh: install into an empty place, then compile, link and run a
# program with nothing but what lies there: shared and static.
set -u
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0
want() { # what command...
    what=$1
    shift
    if "$@" >"$tmp/log" 2>&1; then
        passed=$((passed + 1))
    else
        echo "install: $what"
        cat "$tmp/log"
        failed=$((failed + 1))
    fi
}
${MAKE:-make} --no-print-directory install DESTDIR="$tmp" PREFIX=/usr \
    >"$tmp/log" 2>&1 || cat "$tmp/log"
root=$tmp/usr
cat >"$tmp/use.c" <<'END'
#include <gram.h>
#include <stdio.h>
int main(void)
{
    return printf("%s\n", gram_version()) < 0;
}
END
cc=${CC:-cc}
libs='-lpcre2-8 -lcjson -lutf8proc -lpthread -lm'
want "the shared library links" $cc -I"$root/include" "$tmp/use.c" \
    -L"$root/lib" -lgram -o "$tmp/shared"
want "it runs" env LD_LIBRARY_PATH="$root/lib" "$tmp/shared"
want "its soname is libgram.so.0" sh -c "objdump -p '$root/lib/libgram.so' |
    grep -q 'SONAME *libgram.so.0'"
want "the static library links" $cc -I"$root/include" "$tmp/use.c" \
    "$root/lib/libgram.a" $libs -o "$tmp/static"
want "it runs" "$tmp/static"
want "the header compiles as C++" sh -c "! command -v c++ ||
    c++ -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c++ -I'$root/include' '$tmp/use.c'"
want "the header compiles alone as strict C11" $cc -std=c11 -Wall -Wextra \
    -Wpedantic -Werror -fsyntax-only -x c "$root/include/gram.h"
cat >"$tmp/run.c" <<'END'
#include <gram.h>
int main(int argc, char **argv)
{
    gram_vocab *v;
    gram_grammar *g;
    gram_matcher *m;
    const uint32_t *row;
    if (argc < 2 || gram_vocab_default(NULL, &v, NULL) != GRAM_OK ||
        gram_grammar_load(v, argv[1], 0, NULL, &g, NULL) != GRAM_OK ||
        gram_matcher_new(g, &m, NULL) != GRAM_OK)
        return 1;
    for (const char *p = "yes"; *p; p++)
        if (gram_matcher_mask_view(m, &row, NULL) != GRAM_OK ||
            gram_matcher_accept_bytes(m, p, 1, NULL) != GRAM_OK)
            return 2;
    int stop = gram_matcher_may_stop(m);
    gram_matcher_free(m);
    gram_grammar_free(g);
    gram_vocab_free(v);
    return !stop;
}
END
echo 'root ::= "yes" | "no"' >"$tmp/yes.gbnf"
want "gramc compiles to a file" "$root/bin/gramc" "$tmp/yes.gbnf" \
    -o "$tmp/yes.gram"
want "the library that only loads links" $cc -I"$root/include" "$tmp/run.c" \
    "$root/lib/libgram-run.a" $libs -o "$tmp/run"
want "it has no front end" sh -c "! nm '$root/lib/libgram-run.a' |
    grep -qE 'gr_(schema|grammar|re)_(compile|new)'"
want "it runs a compiled grammar" "$tmp/run" "$tmp/yes.gram"
version=$("$tmp/static" 2>/dev/null)
want "pkg-config file states version $version" \
    grep -qx "Version: $version" "$root/lib/pkgconfig/libgram.pc"
for page in man1/gramc.1 man3/libgram.3; do
    want "$page is there" test -s "$root/share/man/$page"
    want "$page reads without a complaint" sh -c "! command -v man ||
        ! LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l '$root/share/man/$page' \
          2>&1 >/dev/null | grep ."
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
