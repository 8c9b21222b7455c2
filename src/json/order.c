/* Merge sort, bottom up: runs of 8 by insertion, then widths 8, 16, 32, ...
 * between the array and its spare.  A pass that finds two runs already in
 * order copies them, so sorted input costs n compares a pass. */
#include "json/order.h"

enum { RUN = 8 };

/* Must b come before a?  (Strictly, which keeps the sort stable.) */
static bool swapped(const GrOrdered *a, const GrOrdered *b,
                    const GrJsonNode *node)
{
    if (a->rank != b->rank) return b->rank < a->rank;
    if (node == NULL) return false;
    const GrJsonNode *s = &node[a->node], *t = &node[b->node];
    uint32_t n = s->n < t->n ? s->n : t->n;
    int c = n ? memcmp(t->text, s->text, n) : 0;
    return c != 0 ? c < 0 : t->n < s->n;
}

/* Short runs: a handful of moves beats a pass of merging. */
static void insertion(GrOrdered *a, uint32_t n, const GrJsonNode *node)
{
    for (uint32_t i = 1; i < n; i++) {
        GrOrdered x = a[i];
        uint32_t j = i;
        for (; j > 0 && swapped(&a[j - 1], &x, node); j--) a[j] = a[j - 1];
        a[j] = x;
    }
}

/* Merge from[0..mid) and from[mid..n) into `to`. */
static void merge(const GrOrdered *from, uint32_t mid, uint32_t n,
                  GrOrdered *to, const GrJsonNode *node)
{
    uint32_t i = 0, j = mid, k = 0;
    if (mid < n && swapped(&from[mid - 1], &from[mid], node))
        while (i < mid && j < n)
            to[k++] = swapped(&from[i], &from[j], node) ? from[j++] : from[i++];
    memcpy(to + k, from + i, (mid - i) * sizeof *to);
    k += mid - i;
    memcpy(to + k, from + j, (n - j) * sizeof *to);
}

/* The result is copied back where the passes were odd in number. */
void gr_order_sort(GrOrdered *a, GrOrdered *spare, uint32_t n,
                   const GrJsonNode *node)
{
    for (uint32_t i = 0; i < n; i += RUN)
        insertion(a + i, n - i < RUN ? n - i : RUN, node);
    GrOrdered *from = a, *to = spare;
    for (uint64_t width = RUN; width < n; width *= 2) {
        for (uint64_t i = 0; i < n; i += 2 * width) {
            uint64_t left = n - i, take = left < 2 * width ? left : 2 * width;
            uint64_t mid = width < take ? width : take;
            merge(from + i, (uint32_t)mid, (uint32_t)take, to + i, node);
        }
        GrOrdered *t = from;
        from = to;
        to = t;
    }
    if (from != a) memcpy(a, from, n * sizeof *a);
}

/* The group of a hash: its upper half scaled to 0 .. n-1. */
static uint32_t group_of(uint64_t rank, uint32_t n)
{
    return (uint32_t)((rank >> 32) * n >> 32);
}

/* Afterwards count[g] is where group g ends.  A counting sort is stable, and so
 * is the sort inside of a group. */
void gr_order_group(GrOrdered *a, GrOrdered *spare, uint32_t n, uint32_t *count,
                    const GrJsonNode *node)
{
    for (uint32_t i = 0; i < n; i++) count[group_of(a[i].rank, n) + 1]++;
    for (uint32_t g = 1; g <= n; g++) count[g] += count[g - 1];
    /* filling moves each start to the next group's start */
    for (uint32_t i = 0; i < n; i++)
        spare[count[group_of(a[i].rank, n)]++] = a[i];
    for (uint32_t g = 0, from = 0; g < n; from = count[g++])
        if (count[g] - from > 1)
            gr_order_sort(spare + from, a, count[g] - from, node);
}
