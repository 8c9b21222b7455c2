/* re_oracle: membership in a Boolean regular expression, obviously right.
 *
 * An expression is a tree over six characters, one for each length in UTF-8
 * and some with escapes of their own:
 *
 *     0 'a'   1 'b'   2 '"'   3 U+E9   4 U+20AC   5 U+1F600
 *
 * A string is at most 7 of them.  The meaning of a tree on a string is the
 * set of (i, j) such that it matches the part from i to j: one bit each of a
 * 64-bit word.  Concatenation composes relations, repetition composes with
 * itself, Boolean operators are bitwise.  No derivative, no normal form and
 * no automaton is involved.  Trees are small, so plain recursion serves. */
#ifndef RE_ORACLE_H
#define RE_ORACLE_H

#include "regex/regex.h"

enum { OR_CHARS = 6, OR_NODES = 64, OR_LENGTH = 7 };

typedef enum OrKind {
    OR_SET, /* lo: a mask of characters; hi: also all others? */
    OR_EPS,
    OR_NONE,
    OR_ALL,
    OR_WORDS, /* lo: seed of the words, hi: how many */
    OR_CAT,
    OR_UNION,
    OR_BOTH,
    OR_NOT,
    OR_REPEAT, /* lo..hi, GR_RE_INF for no bound */
    OR_TEXT    /* lo: seed */
} OrKind;

typedef struct OrNode {
    OrKind kind;
    uint32_t lo, hi;
    int a, b; /* operands, by index */
} OrNode;

typedef struct OrTree {
    OrNode node[OR_NODES];
    int n; /* the last is the root */
} OrTree;

typedef struct OrString {
    uint8_t at[OR_LENGTH];
    int n;
} OrString;

/* Makes the oracle forget a case (an empty first part of a concatenation),
 * so that a test can show that the comparison notices. */
extern bool re_oracle_fault;

extern const uint32_t re_oracle_char[OR_CHARS];

void re_oracle_random(uint64_t *seed, int size, OrTree *out);
bool re_oracle_match(const OrTree *t, const OrString *s);

/* The same tree as a term of the library. */
gram_status re_oracle_build(const OrTree *t, GrRe *re, ReId *out);

/* The k-th word of a OR_WORDS node (or the text of a OR_TEXT, k = 0). */
OrString re_oracle_word(const OrNode *n, uint32_t k);

/* The i-th string in order of length, then of characters; false past `max`
 * characters. */
bool re_oracle_string(uint32_t i, int max, OrString *out);

/* UTF-8 of the string; returns its length (at most 4 OR_LENGTH). */
uint32_t re_oracle_utf8(const OrString *s, char *out);

/* One random JSON spelling of code point c (at most 12 bytes). */
uint32_t re_oracle_spell(uint64_t *seed, uint32_t c, char *out);
/* The canonical one. */
uint32_t re_oracle_spell_canon(uint32_t c, char *out);

#endif
