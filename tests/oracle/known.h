/* known: lists of expected failures, one line each:
 *
 *     ID <tab> REASON
 *
 * Lines that begin with # are comments.  A list is exact in both directions:
 * what is wrong must be listed, what is listed must be wrong. */
#ifndef ORACLE_KNOWN_H
#define ORACLE_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Known {
    char *text;      /* the file; tabs and line ends are zeroes */
    const char **id; /* [n] */
    size_t n;
} Known;

/* false where the file is missing, or a line has no reason. */
bool known_read(Known *k, const char *path);
bool known_has(const Known *k, const char *id);
void known_clear(Known *k);

#endif
