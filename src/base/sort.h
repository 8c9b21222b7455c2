/* sort.h: arrays in order, in place. */
#ifndef GR_BASE_SORT_H
#define GR_BASE_SORT_H

#include "base/base.h"

/* Sort at[0 .. n), elements of `size` bytes, ascending by `compare` (as of
 * qsort; elements that it takes for equal come in no particular order).
 *
 * For what may be as long as an input: qsort may ask the system for memory
 * that nobody has granted, and in some C libraries takes n^2 comparisons of a
 * bad order.  Here it is O(n log n) comparisons of any, without memory and
 * without recursion; of a good order, about twice those of a merge. */
void gr_sort(void *at, size_t n, size_t size,
             int (*compare)(const void *, const void *));

/* Sort at[0 .. n) by the first word (32 bits) of each element; equal ones stay
 * as they are.  `spare` has room for as many.  O(n) for each byte of the
 * largest word: where lists are long, a fraction of what comparing takes. */
void gr_sort_by_first(void *at, void *spare, size_t n, size_t size);

#endif
