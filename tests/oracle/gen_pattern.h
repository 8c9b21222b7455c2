/* gen_pattern: random ECMA-262 patterns, and texts to try them on.
 *
 * They stay where PCRE2 and ECMA-262 agree (pcre2_oracle.h): bodies of
 * lookbehinds have a fixed length, groups that are referred to stand outside
 * repeats, and the empty class stands in a group, because PCRE2 10.42 drops a
 * quantifier directly behind it ([]? never matches).  Nothing else is left
 * out. */
#ifndef ORACLE_GEN_PATTERN_H
#define ORACLE_GEN_PATTERN_H

#include "tests/oracle/gen.h"

enum { GEN_SUBJECT = 64 };

/* Append a pattern to g->text. */
void gen_pattern(Gen *g);
/* A text of a few characters; returns its bytes. */
size_t gen_subject(Gen *g, char out[GEN_SUBJECT]);

#endif
