/* layout: a pretty printer that changes white space alone, to judge laid out
 * texts by: what json.dumps(value, indent=N) writes, but for the spelling of
 * strings and numbers. */
#ifndef ORACLE_LAYOUT_H
#define ORACLE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

/* The JSON text, laid out, zero-terminated; to be freed.  `text` must be
 * JSON. */
char *layout_print(const char *text, size_t len, unsigned indent);

/* Is it laid out like that? */
bool layout_is(const char *text, size_t len, unsigned indent);

#endif
