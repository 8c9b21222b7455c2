/* order: the one sort of the room, for duplicate keys and canonical objects.
 *
 * Room-internal.  Equal strings are found by grouping: a counting sort by
 * hash into as many groups as there are strings, then a merge sort inside
 * each group.  Ordinary groups hold one or two, so the whole is O(n); who
 * builds collisions gets one large group and O(n log n).  A hash table was
 * rejected: whoever knows an unseeded hash makes it quadratic, and a seed
 * would make work counts depend on the run. */
#ifndef GR_JSON_ORDER_H
#define GR_JSON_ORDER_H

#include "json/json.h"

typedef struct GrOrdered {
    uint64_t rank; /* compared first; for strings a hash */
    uint32_t node; /* a string node: its text breaks ties */
} GrOrdered;

/* Sort a[0..n) by rank, then, where `node` is not NULL, by the text of the
 * string nodes; stable.  `spare` has room for n more.  No recursion. */
void gr_order_sort(GrOrdered *a, GrOrdered *spare, uint32_t n,
                   const GrJsonNode *node);

/* Rearrange a[0..n), ranked by hash, so that equal strings are neighbours in
 * their old order; the result is in `spare`.  `count` is n + 1 zeros. */
void gr_order_group(GrOrdered *a, GrOrdered *spare, uint32_t n, uint32_t *count,
                    const GrJsonNode *node);

/* Do two string nodes hold the same bytes? */
static inline bool gr_order_same(const GrJsonNode *a, const GrJsonNode *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->text, b->text, a->n) == 0);
}

#endif
