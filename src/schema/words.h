/* words.h - private to src/schema: sorted lists of numbers.
 *
 * Keys, variables, nodes and places are numbers, and most questions about a
 * set of them want a sorted list: equal sets are then equal words, which can be
 * interned, and a member is found by bisection.  A list may be one of pairs,
 * sorted by what comes first. */
#ifndef GR_SCHEMA_WORDS_H
#define GR_SCHEMA_WORDS_H

#include "base/base.h"

/* Ascending; n is 0 where `at` is NULL. */
void sm_sort_words(uint32_t *at, uint32_t n);
/* The same, each once: how many are left. */
uint32_t sm_sort_unique(uint32_t *at, uint32_t n);
/* n pairs, by the first and then the second word. */
void sm_sort_pairs(uint32_t *at, uint32_t n);

/* The first of n entries, `stride` words each, that begins with x or more. */
static inline uint32_t sm_lower_word(const uint32_t *at, uint32_t n,
                                     uint32_t stride, uint32_t x)
{
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (at[(size_t)mid * stride] < x)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The first that begins with x; UINT32_MAX where none does. */
static inline uint32_t sm_find_word(const uint32_t *at, uint32_t n,
                                    uint32_t stride, uint32_t x)
{
    uint32_t i = sm_lower_word(at, n, stride, x);
    return i < n && at[(size_t)i * stride] == x ? i : UINT32_MAX;
}

static inline bool sm_has_word(const uint32_t *at, uint32_t n, uint32_t x)
{
    return sm_find_word(at, n, 1, x) != UINT32_MAX;
}

#endif
