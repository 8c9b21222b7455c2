/* PCRE2 as an oracle for patterns that mean the same there and in ECMA-262.
 *
 * Where the two differ, the caller must not go: a lookbehind needs branches
 * of fixed length, captures are not undone at the start of an iteration, and
 * of the line terminators only \n counts.  JIT is off, and matching gives up
 * at a limit instead of taking long. */
#ifndef PCRE2_ORACLE_H
#define PCRE2_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

enum { ORACLE_NO, ORACLE_YES, ORACLE_UNKNOWN };

typedef struct Pcre2Oracle Pcre2Oracle;

/* NULL if PCRE2 refuses the pattern.  Flags are GR_RE_IGNORE_CASE,
 * GR_RE_DOT_ALL and GR_RE_MULTILINE of regex.h.  `wrong`: invert every
 * answer, to prove that a test would notice. */
Pcre2Oracle *pcre2_oracle_new(const char *pattern, size_t len, unsigned flags,
                              bool wrong);
int pcre2_oracle_match(Pcre2Oracle *o, const char *text, size_t len,
                       bool whole);
void pcre2_oracle_free(Pcre2Oracle *o);

#endif
