/* PCRE2 as an oracle for patterns that mean the same there and in ECMA-262.
 *
 * Where the two differ, the caller must not go: a lookbehind needs branches
 * of fixed length, captures are not undone at the start of an iteration, and
 * of the line terminators only \n counts.  JIT and the optimizations of the
 * start are off (PCRE2 10.42 finds no empty match of (?:aa|(?=b)c){0}), and
 * matching gives up at a limit instead of taking long. */
#ifndef PCRE2_ORACLE_H
#define PCRE2_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

enum { ORACLE_NO, ORACLE_YES, ORACLE_UNKNOWN };

typedef struct Pcre2Oracle Pcre2Oracle;

/* NULL if PCRE2 refuses the pattern, or if it has a ^ and a group of no
 * repeats: 10.42 takes (?:a|^){0}b for a pattern that is anchored.  Flags are
 * GR_RE_IGNORE_CASE, GR_RE_DOT_ALL and GR_RE_MULTILINE of regex.h.  `wrong`:
 * invert every answer, to prove that a test would notice. */
Pcre2Oracle *pcre2_oracle_new(const char *pattern, size_t len, unsigned flags,
                              bool wrong);
int pcre2_oracle_match(Pcre2Oracle *o, const char *text, size_t len,
                       bool whole);
/* Can the text be continued to a match?  By hard partial matching, which is
 * exact where nothing in the pattern is impossible by itself or looks
 * around. */
int pcre2_oracle_live(Pcre2Oracle *o, const char *text, size_t len);
void pcre2_oracle_free(Pcre2Oracle *o);

#endif
