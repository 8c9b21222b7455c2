/* twin: one random grammar in two notations, and what it takes to judge the
 * library by it.
 *
 *     text    GBNF or EBNF, with literals, classes, groups and repeats
 *     plain   the naive recogniser's: rules, single bytes, "" and |
 *             (oracle/earley.h); groups, classes and repeats written out
 *
 * Left recursion, nullable and unit cycles, unproductive rules and ambiguity
 * arise by themselves.  The alphabet is a, b and the two bytes of U+00E9, so
 * that tokens can end inside a character. */
#ifndef GR_FUZZ_TWIN_H
#define GR_FUZZ_TWIN_H

#include "oracle/earley.h"
#include "oracle/gen.h"

#include <gram.h>

enum { TWIN_TEXT = 8192, TWIN_TOKENS = 512, TWIN_WORDS = 17 };

typedef struct Twin {
    gram_kind kind;
    char text[TWIN_TEXT];
    size_t len;
    char plain[TWIN_TEXT];
    size_t plain_len;
    int n_groups;
    uint32_t n_rules;
    bool full;  /* too large to be used */
    bool loose; /* compile it as if it were very large (GR_GRAMMAR_LOOSE), */
    bool lists; /* or very ambiguous (GR_GRAMMAR_LISTS) */
    Cfg cfg;    /* plain, read */
} Twin;

/* false where the grammar came out too large. */
bool twin_make(Twin *t, Gen *g);

/* A vocabulary of fewer than `most` (256) strings of up to six symbols, then
 * all single bytes; the last token ends. */
gram_vocab *twin_vocab(Gen *g, uint32_t most);

/* Compile; NULL for the empty language (which must be one) and over limits.
 * Anything else aborts. */
gram_grammar *twin_compile(const Twin *t, gram_vocab *v);

/* A text on its way through a vocabulary of n tokens, the last of which,
 * `end`, ends. */
typedef struct TwinWalk {
    const Twin *t;
    Gen *g;
    gram_vocab *v;
    gram_matcher *m;
    uint32_t n, end, mask[TWIN_WORDS];
    char text[CFG_TEXT + 16];
    size_t len;
} TwinWalk;

/* A random token of w->mask; UINT32_MAX where it allows none. */
uint32_t twin_pick(TwinWalk *w);
/* Add its bytes to the text; false where they do not fit. */
bool twin_append(TwinWalk *w, uint32_t token);

/* The i-th string over the alphabet in order of length, at most n symbols;
 * its length in bytes, or SIZE_MAX past the end.  out holds 2 n bytes. */
size_t twin_string(size_t i, size_t n, char *out);

#endif
