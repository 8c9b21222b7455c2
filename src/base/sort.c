/* Heap sort (Williams 1964, Floyd 1964).
 *
 *     [ heap: every parent >= its children | largest ones, in order ]
 *       0                                 end                      n
 *
 * The array is made a heap from its leaves up, O(n); then the largest element
 * changes places with the last of the heap, again and again. */
#include "base/sort.h"

typedef struct Heap {
    char *at;
    size_t size;
    int (*compare)(const void *, const void *);
} Heap;

static char *element(const Heap *h, size_t i)
{
    return h->at + i * h->size;
}

/* Through a buffer of fixed size: elements are as large as callers like. */
static void swap(const Heap *h, size_t i, size_t k)
{
    char *a = element(h, i), *b = element(h, k), spare[64];
    for (size_t left = h->size, n; left > 0; left -= n, a += n, b += n) {
        n = left < sizeof spare ? left : sizeof spare;
        memcpy(spare, a, n);
        memcpy(a, b, n);
        memcpy(b, spare, n);
    }
}

/* Element i to its place among the first n, where all below it is a heap. */
static void sink(const Heap *h, size_t i, size_t n)
{
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n &&
            h->compare(element(h, child), element(h, child + 1)) < 0)
            child++;
        if (h->compare(element(h, i), element(h, child)) >= 0) return;
        swap(h, i, child);
    }
}

void gr_sort(void *at, size_t n, size_t size,
             int (*compare)(const void *, const void *))
{
    Heap h = {at, size, compare};
    for (size_t i = n / 2; i-- > 0;) sink(&h, i, n);
    for (size_t end = n; end-- > 1;) {
        swap(&h, 0, end);
        sink(&h, 0, end);
    }
}
