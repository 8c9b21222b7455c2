/* order: the one sort of the room, for duplicate keys and canonical objects.
 *
 * Room-internal.  A hash table for duplicate keys was rejected: whoever knows
 * an unseeded hash can make it quadratic, and a seed would make work counts
 * depend on the run.  A merge sort that compares the first 8 bytes as one
 * integer is as fast up to 100,000 members and has no bad case: it does
 * O(n log n) integer compares, plus memcmp between keys whose first 8 bytes
 * agree. */
#ifndef GR_JSON_ORDER_H
#define GR_JSON_ORDER_H

#include "json/json.h"

typedef struct GrOrdered {
    uint64_t rank;   /* compared first */
    uint32_t node;   /* a string node: its text breaks ties */
} GrOrdered;

/* Sort a[0..n) by rank, then, where `node` is not NULL, by the text of the
 * string nodes; stable.  `spare` has room for n more.  No recursion. */
void gr_order_sort(GrOrdered *a, GrOrdered *spare, uint32_t n,
                   const GrJsonNode *node);

/* The first 8 bytes of a string as a big-endian integer, padded with 0. */
uint64_t gr_order_rank(const char *text, uint32_t n);

/* Do two string nodes hold the same bytes? */
static inline bool gr_order_same(const GrJsonNode *a, const GrJsonNode *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->text, b->text, a->n) == 0);
}

#endif
