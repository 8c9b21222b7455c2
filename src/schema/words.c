/* Sorting lists of numbers.
 *
 * Most lists come in order, as what they name was numbered in that order: one
 * look at the list is cheaper than a sort of it.  The others are short, or
 * nearly in order, or in the opposite one, and there are many of them: nodes of
 * a diagram, keys.  Shell's sort takes no memory and no function call for a
 * comparison; with these gaps (Sedgewick 1986) it is O(n^(4/3)) for every
 * list. */
#include "schema/words.h"

/* Gaps 4^k + 3 * 2^(k - 1) + 1, then 1. */
static uint64_t gap_of(uint32_t k)
{
    return k ? (UINT64_C(1) << 2 * k) + (UINT64_C(3) << (k - 1)) + 1 : 1;
}

/* Entries of `stride` words, 1 or 2; a constant where this is called. */
static inline void shell_sort(uint32_t *at, uint32_t n, uint32_t stride)
{
    uint32_t k = 0;
    while (gap_of(k + 1) < n) k++;
    for (k++; k-- > 0;) {
        size_t gap = (size_t)gap_of(k) * stride, end = (size_t)n * stride;
        for (size_t i = gap; i < end; i += stride) {
            uint32_t x = at[i], y = stride == 2 ? at[i + 1] : 0;
            size_t j = i;
            for (; j >= gap &&
                   (at[j - gap] > x ||
                    (stride == 2 && at[j - gap] == x && at[j - gap + 1] > y));
                 j -= gap) {
                at[j] = at[j - gap];
                if (stride == 2) at[j + 1] = at[j - gap + 1];
            }
            at[j] = x;
            if (stride == 2) at[j + 1] = y;
        }
    }
}

static bool is_sorted(const uint32_t *at, uint32_t n)
{
    uint32_t i = 1;
    while (i < n && at[i - 1] <= at[i]) i++;
    return i >= n;
}

void sm_sort_words(uint32_t *at, uint32_t n)
{
    if (!is_sorted(at, n)) shell_sort(at, n, 1);
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
    shell_sort(at, n, 2);
}
