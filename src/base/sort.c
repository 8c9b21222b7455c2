/* By comparing: heap sort (Williams 1964, Floyd 1964).
 *
 *     [ heap: every parent >= its children | largest ones, in order ]
 *       0                                 end                      n
 *
 * The array is made a heap from its leaves up, O(n); then the largest element
 * changes places with the last of the heap, again and again.
 *
 * By words: a pass for each byte of them, the lowest first, deals the elements
 * out by that byte and keeps those of one byte in order (Hollerith 1889). */
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

/* --- by the first word ---------------------------------------------------- */

static uint32_t first_of(const char *element)
{
    uint32_t word;
    memcpy(&word, element, sizeof word);
    return word;
}

/* Are they in order?  *most: the largest word. */
static bool in_order(const char *at, size_t n, size_t size, uint32_t *most)
{
    bool yes = true;
    *most = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t word = first_of(at + i * size);
        if (word < *most)
            yes = false;
        else
            *most = word;
    }
    return yes;
}

/* Deal out by one byte of the words. */
static inline void deal_by(const char *from, char *to, size_t n, size_t size,
                           int shift)
{
    size_t place[256] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++)
        place[first_of(from + i * size) >> shift & 255]++;
    for (int b = 0; b < 256; b++) {
        size_t count = place[b];
        place[b] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) {
        const char *element = from + i * size;
        size_t k = place[first_of(element) >> shift & 255]++;
        memcpy(to + k * size, element, size);
    }
}

/* Of most elements the size is told here, so that moving one is no call. */
static void deal(const char *from, char *to, size_t n, size_t size, int shift)
{
    if (size == 8)
        deal_by(from, to, n, 8, shift);
    else if (size == 12)
        deal_by(from, to, n, 12, shift);
    else
        deal_by(from, to, n, size, shift);
}

void gr_sort_by_first(void *at, void *spare, size_t n, size_t size)
{
    char *from = at, *to = spare, *t;
    uint32_t most;
    if (in_order(at, n, size, &most)) return;
    for (int shift = 0; shift < 32 && most >> shift != 0; shift += 8) {
        deal(from, to, n, size, shift);
        t = from;
        from = to;
        to = t;
    }
    if (from != at) memcpy(at, from, n * size);
}
