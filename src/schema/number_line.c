/* The two lines of a number: where they are cut, and what each part is.
 *
 *        gap     point   gap    point   gap
 *     0 ------- 2.5 ----------- 10 --------- ...      and the same below 0
 *
 * Method: the decimals that atoms compare with, away from 0; every part gets a
 * class (number_class.c); points that part nothing are dropped.  Where all
 * atoms are sets, as of enums of a thousand numbers, asking every atom at
 * every point would be their square: there only the point's own atoms hold,
 * and the goal is found by leaping over the rest, O(log nodes) a point,
 * because few of them hold at any. */
#include "base/sort.h"
#include "schema/number_build.h"

/* Away from 0: of the negative line that is descending by value. */
static int compare_marks(const void *x, const void *y)
{
    const Mark *a = x, *b = y;
    int c = gr_decimal_compare(&a->d, &b->d);
    if (a->d.negative) c = -c;
    return c != 0 ? c : (a->atom > b->atom) - (a->atom < b->atom);
}

/* The atom's decimals of one sign, away from 0: sets ascend by value, so that
 * of the negative line one is read from its end.  False where the marks are no
 * longer in order. */
static bool mark(Builder *b, uint32_t atom, bool negative)
{
    const Atom *a = atom_of(b, atom);
    bool sorted = true;
    for (uint32_t k = 0; k < a->n; k++) {
        const GrDecimal *d = &a->d[negative ? a->n - 1 - k : k];
        if (d->n == 0 || d->negative != negative) continue;
        Mark *m = &b->marks[b->n_marks++];
        *m = (Mark){*d, atom};
        sorted &= m == b->marks || compare_marks(m - 1, m) < 0;
    }
    return sorted;
}

/* The decimals of all comparisons and sets; divisors part the line nowhere. */
static gram_status collect(Builder *b, bool negative)
{
    bool sorted = true;
    b->n_marks = b->n_all = 0;
    for (uint32_t i = 0; i < b->spec->n_atoms; i++) {
        NumKind kind = atom_of(b, i)->kind;
        if (kind == IN_MULTIPLE || kind == IN_LEXICAL) continue;
        sorted &= mark(b, i, negative);
    }
    GR_TRY(gr_step(b->num->env, 1 + b->n_marks / (sorted ? 8 : 1)));
    if (!sorted) gr_sort(b->marks, b->n_marks, sizeof *b->marks, compare_marks);
    for (uint32_t i = 0; i < b->n_marks; i++)
        if (i == 0 ||
            gr_decimal_compare(&b->marks[i - 1].d, &b->marks[i].d) != 0)
            b->all[b->n_all++] = b->marks[i].d;
    return GRAM_OK;
}

/* --- points of sets ------------------------------------------------------- */

/* Are all atoms sets?  Then between two points none of them holds, and at a
 * point those that it is a mark of. */
static bool only_points(const Builder *b)
{
    uint32_t i = 0;
    while (i < b->spec->n_atoms && atom_of(b, i)->kind == IN_SET) i++;
    return i == b->spec->n_atoms;
}

static uint32_t depth_of(const Builder *b, uint32_t node)
{
    return node < 2 ? 0 : b->depth[node - 2];
}

static uint32_t far_of(const Builder *b, uint32_t node)
{
    return node < 2 ? node : b->far[node - 2];
}

/* Where all atoms fail is one way down from each node, so that the ways are a
 * tree.  Besides the next node each has one far down: that of the next one's,
 * where two spans of one length lie there end to end, which makes any search
 * along the way O(log n). */
static void set_far(Builder *b)
{
    for (uint32_t i = 0; i < b->n_nodes; i++) {
        uint32_t lo = b->nodes[i].lo, far = far_of(b, lo);
        uint32_t span = depth_of(b, lo) - depth_of(b, far);
        bool even = span == depth_of(b, far) - depth_of(b, far_of(b, far));
        b->depth[i] = depth_of(b, lo) + 1;
        b->far[i] = even ? far_of(b, far) : lo;
    }
}

/* The first node from here on, where all atoms fail, that asks about this
 * position or one behind it. */
static uint32_t leap(const Builder *b, uint32_t node, uint32_t atom)
{
    while (node >= 2 && b->nodes[node - 2].var < atom) {
        uint32_t far = far_of(b, node);
        bool before = far >= 2 && b->nodes[far - 2].var < atom;
        node = before ? far : b->nodes[node - 2].lo;
    }
    return node;
}

/* The goal where of all atoms, which are sets, just the marks' hold. */
static bool goal_of(const Builder *b, const Mark *m, uint32_t n)
{
    uint32_t node = b->root;
    for (uint32_t i = 0; i < n; i++) {
        node = leap(b, node, m[i].atom);
        if (node >= 2 && b->nodes[node - 2].var == m[i].atom)
            node = b->nodes[node - 2].hi;
    }
    return leap(b, node, UINT32_MAX) == 1;
}

/* As gr_num_region_class; the bits are all 0 before and after. */
static gram_status point_class(Builder *b, const Mark *m, uint32_t n,
                               uint32_t *id)
{
    *id = 0;
    GR_TRY(gr_step(b->num->env, 1 + n));
    if (!goal_of(b, m, n)) return GRAM_OK;
    for (uint32_t i = 0; i < n; i++) gr_bit_set(b->bits, m[i].atom);
    GR_TRY(gr_step(b->num->env, b->spec->words / 4));
    GR_TRY(gr_num_make_class(b, 1, id));
    for (uint32_t i = 0; i < n; i++) gr_bit_clear(b->bits, m[i].atom);
    return GRAM_OK;
}

/* One class for all gaps. */
static gram_status classify_points(Builder *b)
{
    memset(b->bits, 0, b->spec->words * sizeof *b->bits);
    GR_TRY(point_class(b, b->marks, 0, &b->class[0]));
    for (uint32_t k = 0, i = 0, j; k < b->n_all; k++, i = j) {
        for (j = i + 1; j < b->n_marks; j++)
            if (gr_decimal_compare(&b->marks[j].d, &b->all[k]) != 0) break;
        GR_TRY(point_class(b, b->marks + i, j - i, &b->class[2 * k + 1]));
        b->class[2 * k + 2] = b->class[0];
    }
    return GRAM_OK;
}

/* --- both ----------------------------------------------------------------- */

/* Away from 0: gap, point, gap, ...  The first gap begins at 0, beyond which
 * the line of the other sign lies. */
static gram_status classify(Builder *b, bool negative)
{
    static const GrDecimal zero = {"", 0, false, 0};
    if (only_points(b)) return classify_points(b);
    for (uint32_t k = 0; k < 2 * b->n_all + 1; k++) {
        Region r = {k ? &b->all[(k - 1) / 2] : &zero, k % 2 == 1, negative};
        GR_TRY(gr_num_region_class(b, &r, &b->class[k]));
    }
    return GRAM_OK;
}

/* Drop the points that part nothing.  A point with the same class as the gaps
 * on both sides, as that of "not 5" where 5 is out of bounds anyway. */
static void thin_out(Builder *b)
{
    uint32_t n = 0, *c = b->class;
    for (uint32_t k = 0; k < b->n_all; k++) {
        uint32_t point = c[2 * k + 1], after = c[2 * k + 2];
        if (c[2 * n] == point && point == after) continue;
        b->all[n] = b->all[k];
        c[2 * n + 1] = point;
        c[2 * n + 2] = after;
        n++;
    }
    b->n_all = n;
}

/* As digits behind a point: a string before its continuations. */
static int compare_digits(const void *x, const void *y)
{
    const DigitString *a = x, *b = y;
    int c = memcmp(a->at, b->at, a->n < b->n ? a->n : b->n);
    return c != 0 ? c : (a->n > b->n) - (a->n < b->n);
}

/* In order, each once; an enum may have any size and order. */
static uint32_t sort_digits(DigitString *a, uint32_t n)
{
    gr_sort(a, n, sizeof *a, compare_digits);
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; i++)
        if (m == 0 || compare_digits(&a[m - 1], &a[i]) != 0) a[m++] = a[i];
    return m;
}

/* The string is one of the line's. */
static uint32_t rank_of(const Line *line, const DigitString *d)
{
    uint32_t lo = 0, hi = line->n_digits;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (compare_digits(&line->digits[mid], d) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Digit strings are shared by the points: 5, 50 and 0.5 have one.  A state
 * keeps its place among them, not among the points. */
static gram_status keep_line(Builder *b, Line *line)
{
    uint32_t n = b->n_all;
    GrArena *arena = &b->num->arena;
    GrEnv *env = b->num->env;
    line->gap = gr_arena_take(env, arena, (n + 1) * sizeof *line->gap);
    line->point = gr_arena_take(env, arena, n * sizeof *line->point);
    line->digits = gr_arena_take(env, arena, n * sizeof *line->digits);
    if (!line->gap || !line->point || !line->digits) return GRAM_E_MEMORY;
    line->n_points = n;
    for (uint32_t i = 0; i < n; i++)
        line->digits[i] = (DigitString){b->all[i].digits, b->all[i].n};
    line->n_digits = sort_digits(line->digits, n);
    for (uint32_t i = 0; i < n; i++) {
        DigitString d = {b->all[i].digits, b->all[i].n};
        line->gap[i] = b->class[2 * i];
        line->point[i] =
            (Point){b->all[i].exp, rank_of(line, &d), b->class[2 * i + 1]};
    }
    line->gap[n] = b->class[2 * n];
    return GRAM_OK;
}

/* Both signs, away from 0; 0 itself is a point of neither. */
gram_status gr_num_lines(Builder *b)
{
    if (only_points(b)) set_far(b);
    for (int negative = 0; negative < 2; negative++) {
        GR_TRY(collect(b, negative));
        GR_TRY(classify(b, negative));
        thin_out(b);
        GR_TRY(keep_line(b, &b->spec->line[negative]));
    }
    return GRAM_OK;
}

/* By bisection over (decade, rank). */
uint32_t gr_num_find_point(const Line *line, int64_t exp, uint32_t rank)
{
    uint32_t lo = 0, hi = line->n_points;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        const Point *p = &line->point[mid];
        if (p->exp < exp || (p->exp == exp && p->rank < rank))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* A lead that is not exact lies before the point of its rank. */
void gr_num_region(const Line *line, int64_t exp, uint32_t rank, bool exact,
                   uint32_t *class)
{
    uint32_t lo = gr_num_find_point(line, exp, rank);
    const Point *p = &line->point[lo];
    bool hit = exact && lo < line->n_points && p->exp == exp && p->rank == rank;
    *class = hit ? p->class : line->gap[lo];
}
