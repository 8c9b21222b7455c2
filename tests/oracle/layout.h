/* layout: other spellings of a JSON text, to judge verdicts by: white space
 * alone is changed, or the order of members.  The text must be JSON; results
 * are zero-terminated and to be freed. */
#ifndef ORACLE_LAYOUT_H
#define ORACLE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What json.dumps(value, indent=N) writes, but for the spelling of strings
 * and numbers. */
char *layout_print(const char *text, size_t len, unsigned indent);
/* Is it laid out like that? */
bool layout_is(const char *text, size_t len, unsigned indent);

/* On one line; a space behind commas and colons where `spaced`. */
char *layout_line(const char *text, size_t len, bool spaced);

/* The members of every object in another order, and on one line. */
char *layout_shuffle(const char *text, size_t len, uint64_t *seed);

#endif
