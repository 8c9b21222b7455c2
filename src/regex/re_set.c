/* Sets of code points: interned lists of disjoint, ascending ranges.
 *
 * Everything goes through `collect` and `finish`: gather ranges in the
 * pool's scratch, then sort, join neighbours, intern.  Surrogates are not
 * scalar values and are cut out on the way in, so the complement needs no
 * case of its own.  O(n log n) to make, O(n) for an operation on two sets,
 * whose results come sorted, O(log n) to ask.
 *
 * The sort serves the whole room: rows of words, by insertion (numbers: by
 * steps) when there are few, else by heap (Williams 1964): in place, no
 * recursion, O(n log n) on every input.  Ranges that are many go by where they
 * begin (base/sort.h). */
#include "regex/re_pool.h"

#include "base/sort.h"

enum { FEW = 12, SOME = 256 }; /* rows, numbers for which a heap is slower */

/* Words from left to right, as numbers. */
static bool row_less(const uint32_t *a, const uint32_t *b, uint32_t width)
{
    for (uint32_t i = 0; i + 1 < width; i++)
        if (a[i] != b[i]) return a[i] < b[i];
    return a[width - 1] < b[width - 1];
}

static void row_swap(uint32_t *a, uint32_t *b, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++) {
        uint32_t t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

/* Insertion; rows are swapped, since a row has no temporary of fixed size. */
static void sort_few(uint32_t *rows, uint32_t n, uint32_t w)
{
    for (uint32_t i = 1; i < n; i++) {
        uint32_t *at = rows + (size_t)i * w;
        for (; at > rows && row_less(at, at - w, w); at -= w)
            row_swap(at, at - w, w);
    }
}

/* Row i goes down until no kid is larger. */
static void sift(uint32_t *rows, uint32_t i, uint32_t n, uint32_t w)
{
    for (;;) {
        size_t kid = 2 * (size_t)i + 1;
        if (kid >= n) return;
        if (kid + 1 < n && row_less(rows + kid * w, rows + (kid + 1) * w, w))
            kid++;
        if (!row_less(rows + (size_t)i * w, rows + kid * w, w)) return;
        row_swap(rows + (size_t)i * w, rows + kid * w, w);
        i = (uint32_t)kid;
    }
}

/* Ranges often come in order: one look saves the heap. */
static bool is_sorted(const uint32_t *rows, uint32_t n, uint32_t w)
{
    for (uint32_t i = 1; i < n; i++)
        if (row_less(rows + (size_t)i * w, rows + (size_t)(i - 1) * w, w))
            return false;
    return true;
}

/* Numbers, which are most of what is sorted: insertion over shrinking steps
 * (Shell 1959, steps of Ciura 2001), for lists short enough that its worst
 * case is none. */
static void sort_numbers(uint32_t *a, uint32_t n)
{
    static const uint32_t steps[] = {57, 23, 10, 4, 1};
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
        for (uint32_t step = steps[k], i = step; i < n; i++) {
            uint32_t x = a[i], at = i;
            for (; at >= step && a[at - step] > x; at -= step)
                a[at] = a[at - step];
            a[at] = x;
        }
}

/* The three by what is cheapest: see the head. */
void gr_re_sort(uint32_t *rows, uint32_t n, uint32_t width)
{
    if (width == 1 && n <= SOME) {
        sort_numbers(rows, n);
        return;
    }
    if (n <= FEW) {
        sort_few(rows, n, width);
        return;
    }
    if (is_sorted(rows, n, width)) return;
    for (uint32_t i = n / 2; i-- > 0;) sift(rows, i, n, width);
    for (uint32_t end = n - 1; end > 0; end--) {
        row_swap(rows, rows + (size_t)end * width, width);
        sift(rows, 0, end, width);
    }
}

/* Empty ones are left out, which is how callers cut. */
static gram_status push(GrRe *re, uint32_t lo, uint32_t hi)
{
    if (lo > hi) return GRAM_OK;
    return gr_vec_push(re->env, &re->ranges, (GrRange){lo, hi});
}

/* Add lo..hi to the scratch, without what is no scalar value. */
static gram_status collect(GrRe *re, uint32_t lo, uint32_t hi)
{
    if (hi > RE_MAX_CHAR) hi = RE_MAX_CHAR;
    if (hi < RE_SURROGATES || lo >= RE_PAST) return push(re, lo, hi);
    GR_TRY(push(re, lo, RE_SURROGATES - 1));
    return push(re, RE_PAST, hi);
}

/* By where they begin, which is all that joining asks for.  Scripts are united
 * from thousands. */
static gram_status sort_ranges(GrRe *re)
{
    uint32_t n = re->ranges.n;
    if (n <= SOME) {
        gr_re_sort((uint32_t *)re->ranges.at, n, 2);
        return GRAM_OK;
    }
    GR_TRY(gr_vec_reserve(re->env, &re->ranges, n));
    GrRange *r = re->ranges.at;
    gr_sort_by_first(r, r + n, n, sizeof *r);
    return GRAM_OK;
}

/* Sorted, the ranges that touch become one: so equal sets have equal keys, and
 * a range that lies in the set lies in one range of it. */
static gram_status finish(GrRe *re, SetId *out)
{
    GR_TRY(sort_ranges(re));
    GrRange *r = re->ranges.at;
    uint32_t n = re->ranges.n, kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (kept > 0 && r[i].lo <= r[kept - 1].hi + 1) {
            if (r[i].hi > r[kept - 1].hi) r[kept - 1].hi = r[i].hi;
        } else {
            r[kept++] = r[i];
        }
    }
    GR_TRY(gr_step(re->env, n + 1));
    return gr_intern(re->env, &re->sets, (const uint32_t *)r, 2 * kept, &out->v,
                     NULL);
}

gram_status gr_set_make(GrRe *re, const GrRange *ranges, uint32_t n, SetId *out)
{
    re->ranges.n = 0;
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(collect(re, ranges[i].lo, ranges[i].hi));
    return finish(re, out);
}

/* Lives as long as the pool; NULL where n is 0. */
const GrRange *gr_set_get(const GrRe *re, SetId s, uint32_t *n)
{
    const GrRange *r = (const GrRange *)gr_intern_get(&re->sets, s.v, n);
    *n /= 2;
    return r;
}

/* What comes from a set has no surrogates. */
static gram_status collect_set(GrRe *re, SetId s)
{
    uint32_t n;
    const GrRange *r = gr_set_get(re, s, &n);
    GR_TRY(gr_vec_reserve(re->env, &re->ranges, n));
    if (n != 0) memcpy(re->ranges.at + re->ranges.n, r, n * sizeof *r);
    re->ranges.n += n;
    return GRAM_OK;
}

/* One sort for all of them. */
gram_status gr_set_or_all(GrRe *re, const SetId *sets, uint32_t n, SetId *out)
{
    re->ranges.n = 0;
    for (uint32_t i = 0; i < n; i++) GR_TRY(collect_set(re, sets[i]));
    return finish(re, out);
}

/* A merge: what finish sorts is sorted then.  `r` pointers stay, for interned
 * keys never move. */
gram_status gr_set_or(GrRe *re, SetId a, SetId b, SetId *out)
{
    uint32_t na, nb, i = 0, j = 0;
    const GrRange *ra = gr_set_get(re, a, &na), *rb = gr_set_get(re, b, &nb);
    re->ranges.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->ranges, (uint64_t)na + nb));
    while (i < na || j < nb) {
        bool first = j == nb || (i < na && ra[i].lo < rb[j].lo);
        re->ranges.at[re->ranges.n++] = first ? ra[i++] : rb[j++];
    }
    return finish(re, out);
}

/* Whichever range ends first cannot meet anything further on. */
gram_status gr_set_and(GrRe *re, SetId a, SetId b, SetId *out)
{
    uint32_t na, nb, i = 0, j = 0;
    const GrRange *ra = gr_set_get(re, a, &na), *rb = gr_set_get(re, b, &nb);
    re->ranges.n = 0;
    while (i < na && j < nb) {
        uint32_t lo = ra[i].lo > rb[j].lo ? ra[i].lo : rb[j].lo;
        uint32_t hi = ra[i].hi < rb[j].hi ? ra[i].hi : rb[j].hi;
        GR_TRY(push(re, lo, hi));
        if (ra[i].hi < rb[j].hi)
            i++;
        else
            j++;
    }
    return finish(re, out);
}

/* The gaps; where surrogates lie in one, collect takes them out. */
gram_status gr_set_not(GrRe *re, SetId a, SetId *out)
{
    uint32_t n, from = 0;
    const GrRange *r = gr_set_get(re, a, &n);
    re->ranges.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (r[i].lo > from) GR_TRY(collect(re, from, r[i].lo - 1));
        from = r[i].hi + 1;
    }
    if (from <= RE_MAX_CHAR) GR_TRY(collect(re, from, RE_MAX_CHAR));
    return finish(re, out);
}

/* By halves: the first range that does not end before c. */
bool gr_set_has(const GrRe *re, SetId s, uint32_t c)
{
    uint32_t n, lo = 0;
    const GrRange *r = gr_set_get(re, s, &n);
    for (uint32_t hi = n; lo < hi;) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (r[mid].hi < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && r[lo].lo <= c;
}

bool gr_set_meets(const GrRe *re, SetId a, SetId b)
{
    uint32_t na, nb, j = 0;
    const GrRange *ra = gr_set_get(re, a, &na), *rb = gr_set_get(re, b, &nb);
    for (uint32_t i = 0; i < na; i++) {
        while (j < nb && rb[j].hi < ra[i].lo) j++;
        if (j < nb && rb[j].lo <= ra[i].hi) return true;
    }
    return false;
}

/* Each range of a set lies in one range of what it is part of; the first that
 * does not ends it. */
bool gr_set_within(const GrRe *re, SetId a, SetId b)
{
    uint32_t na, nb, j = 0;
    const GrRange *ra = gr_set_get(re, a, &na), *rb = gr_set_get(re, b, &nb);
    if (a.v == b.v) return true;
    for (uint32_t i = 0; i < na; i++) {
        while (j < nb && rb[j].hi < ra[i].hi) j++;
        if (j == nb || rb[j].lo > ra[i].lo) return false;
    }
    return true;
}
