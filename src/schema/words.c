/* Sorting lists of numbers.
 *
 * Most lists come in order, as what they name was numbered in that order: one
 * look at the list is cheaper than a sort of it.  No two entries that differ
 * compare as equal, so the result does not depend on the sort of the C
 * library, of which the standard promises nothing. */
#include "schema/words.h"

#include <stdlib.h>

static int by_word(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int by_pair(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    int first = by_word(x, y);
    return first ? first : by_word(x + 1, y + 1);
}

static bool is_sorted(const uint32_t *at, uint32_t n)
{
    uint32_t i = 1;
    while (i < n && at[i - 1] <= at[i]) i++;
    return i >= n;
}

void sm_sort_words(uint32_t *at, uint32_t n)
{
    if (!is_sorted(at, n)) qsort(at, n, sizeof *at, by_word);
}

uint32_t sm_sort_unique(uint32_t *at, uint32_t n)
{
    uint32_t m = 0;
    sm_sort_words(at, n);
    for (uint32_t i = 0; i < n; i++)
        if (m == 0 || at[m - 1] != at[i]) at[m++] = at[i];
    return m;
}

void sm_sort_pairs(uint32_t *at, uint32_t n)
{
    uint32_t i = 1;
    while (i < n && by_pair(at + 2 * i - 2, at + 2 * i) <= 0) i++;
    if (i < n) qsort(at, n, 2 * sizeof *at, by_pair);
}
