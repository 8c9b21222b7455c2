/* A tuple of atoms with a goal -> two lines of classes.
 *
 * Method: collect the decimals that atoms compare with; in every region of
 * the line they cut, each comparison has one truth, so the goal restricts to
 * a function of divisors (and of being lexical).  That function is hash-
 * consed bottom up over the caller's diagram, then listed as cubes.  Cost:
 * O(regions * (atoms + nodes)), counted in steps; where all atoms are sets,
 * as of enums, O(log nodes) a point, because few of them hold at any. */
#include "schema/number_parts.h"

enum { NODE_WORDS = 3 };

/* A decimal, and the position of an atom that compares with it. */
typedef struct Mark {
    GrDecimal d;
    uint32_t atom;
} Mark;

/* One attempt to make a spec.  What it points to lies in one block, freed at
 * the end; what the spec keeps lies in the pool's arena. */
typedef struct Builder {
    GrNum *num;
    Spec *spec;
    uint32_t serial; /* of this attempt: keeps its classes apart */
    const GrNumNode *nodes;
    uint32_t n_nodes, root;
    uint32_t *value;  /* of each node in the region: function number */
    uint32_t *bits;   /* truth of the comparisons in the region */
    uint32_t *bit_of; /* atom position -> bit of masks, or NONE */
    uint32_t *far;    /* of each node, and how many lie below: see leap */
    uint32_t *depth;
    Mark *marks;     /* of one sign, by size */
    GrDecimal *all;  /* their decimals, each once */
    uint32_t *class; /* of 2 n + 1 regions: gap, point, gap, ... */
    uint32_t n_marks, n_all;
} Builder;

/* A region: the point at `base`, or the gap beyond it, away from 0. */
typedef struct Region {
    const GrDecimal *base;
    bool point, below; /* below: of the negative line */
} Region;

/* The i-th of the tuple, not of the pool. */
static const Atom *atom_of(const Builder *b, uint32_t i)
{
    return gr_store_at(&b->num->atoms, b->spec->atom[i]);
}

/* --- truth of atoms ------------------------------------------------------- */

/* A gap lies beyond its base, away from 0: there a comparison with the base
 * itself has the sign of the line, and no other decimal lies between. */
static int compare_region(const Region *r, const GrDecimal *d)
{
    int c = gr_decimal_compare(r->base, d);
    if (r->point) return c;
    return r->below ? (c <= 0 ? -1 : 1) : (c < 0 ? -1 : 1);
}

/* By bisection: sets ascend. */
static bool in_set(const Atom *a, const GrDecimal *d)
{
    uint32_t lo = 0, hi = a->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int c = gr_decimal_compare(&a->d[mid], d);
        if (c == 0) return true;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

/* Of divisors only at points, where the value is one; *out stays false where an
 * atom has a bit of the mask instead. */
static gram_status truth(Builder *b, const Atom *a, const Region *r, bool *out)
{
    switch (a->kind) {
    case IN_LE: *out = compare_region(r, a->d) <= 0; break;
    case IN_LT: *out = compare_region(r, a->d) < 0; break;
    case IN_GE: *out = compare_region(r, a->d) >= 0; break;
    case IN_GT: *out = compare_region(r, a->d) > 0; break;
    case IN_SET: *out = r->point && in_set(a, r->base); break;
    case IN_MULTIPLE:
        if (r->point)
            return gr_decimal_divisible(b->num->env, r->base, a->d, out);
        break;
    case IN_LEXICAL: break;
    }
    return GRAM_OK;
}

/* --- functions and cubes -------------------------------------------------- */

/* The function "bit ? hi : lo": reduced and shared like the nodes of bdd.h,
 * with numbers 0 and 1 for the constants. */

static gram_status function(Builder *b, uint32_t bit, uint32_t lo, uint32_t hi,
                            uint32_t *out)
{
    *out = lo;
    if (lo == hi) return GRAM_OK;
    uint32_t key[NODE_WORDS] = {bit, lo, hi};
    GR_TRY(
        gr_intern(b->num->env, &b->num->functions, key, NODE_WORDS, out, NULL));
    *out += 2;
    return GRAM_OK;
}

/* The goal where the atoms without a bit, and at points the divisors too,
 * have the truths in b->bits.  One pass, children first, as check_goal has
 * made sure. */
static gram_status restrict_goal(Builder *b, bool point, uint32_t *out)
{
    for (uint32_t i = 0; i < b->n_nodes; i++) {
        const GrNumNode *n = &b->nodes[i];
        uint32_t lo = n->lo < 2 ? n->lo : b->value[n->lo - 2];
        uint32_t hi = n->hi < 2 ? n->hi : b->value[n->hi - 2];
        uint32_t bit = b->bit_of[n->var];
        bool open = bit != GR_NUM_NONE &&
                    (!point || b->spec->lexical >> bit & 1);
        if (open)
            GR_TRY(function(b, bit, lo, hi, &b->value[i]));
        else
            b->value[i] = gr_bit_get(b->bits, n->var) ? hi : lo;
    }
    *out = b->root < 2 ? b->root : b->value[b->root - 2];
    return GRAM_OK;
}

/* Can any value at all be a multiple of all `must` and of no `must_not`?  The
 * multiples of all `must` are those of the smallest one.  A cube that is not
 * would make a class look alive that is dead. */
static bool is_possible(const Spec *spec, Cube c)
{
    uint32_t must = c.must & ~spec->lexical;
    uint32_t not = c.must_not & ~spec->lexical;
    if ((c.must & c.must_not & spec->lexical) != 0) return false;
    if (must == 0) return true;
    int64_t place = INT64_MIN;
    for (uint32_t k = 0; k < spec->n_bits; k++)
        if (must >> k & 1 && spec->by[k].place > place)
            place = spec->by[k].place;
    uint64_t least = 1;
    for (uint32_t k = 0; k < spec->n_bits; k++)
        if (must >> k & 1)
            (void)gr_num_lcm(
                least, gr_num_reduced(&spec->by[k], place - spec->by[k].place),
                &least);
    for (uint32_t k = 0; k < spec->n_bits; k++)
        if (not >> k & 1 && gr_num_word_divides(&spec->by[k], least, place))
            return false;
    return true;
}

typedef GrVec(Cube) CubeVec;
typedef struct Path {
    uint32_t function;
    Cube cube;
} Path;
typedef GrVec(Path) PathVec;

/* All paths of f to 1, depth first with an explicit stack.  Paths differ in
 * some bit, so the cubes are disjoint: counts may be added. */
static gram_status walk_paths(Builder *b, PathVec *stack, CubeVec *out)
{
    while (stack->n > 0) {
        Path p = stack->at[--stack->n];
        if (p.function == 0) continue;
        if (p.function == 1) {
            if (!is_possible(b->spec, p.cube)) continue;
            if (out->n >= GR_NUM_CUBES)
                return gr_fail(b->num->env, GRAM_E_LIMIT, GR_NOWHERE,
                               "too many combinations of divisors");
            GR_TRY(gr_vec_push(b->num->env, out, p.cube));
            continue;
        }
        const uint32_t *n =
            gr_intern_get(&b->num->functions, p.function - 2, NULL);
        Path lo = {n[1], {p.cube.must, p.cube.must_not | 1u << n[0]}};
        Path hi = {n[2], {p.cube.must | 1u << n[0], p.cube.must_not}};
        GR_TRY(gr_step(b->num->env, 1));
        GR_TRY(gr_vec_push(b->num->env, stack, lo));
        GR_TRY(gr_vec_push(b->num->env, stack, hi));
    }
    return GRAM_OK;
}

/* c's cubes lie in the arena; none at all is a class that is dead. */
static gram_status list_cubes(Builder *b, uint32_t f, Class *c)
{
    GrEnv *env = b->num->env;
    PathVec stack = {0};
    CubeVec cubes = {0};
    Cube *copy = NULL;
    gram_status status = gr_vec_push(env, &stack, (Path){f, {0, 0}});
    if (status == GRAM_OK) status = walk_paths(b, &stack, &cubes);
    if (status == GRAM_OK && cubes.n > 0) {
        size_t bytes = (size_t)cubes.n * sizeof *copy;
        copy = gr_arena_take(env, &b->num->arena, bytes);
        if (copy == NULL)
            status = GRAM_E_MEMORY;
        else
            memcpy(copy, cubes.at, bytes);
    }
    c->cube = copy;
    c->n_cubes = cubes.n;
    gr_vec_clear(env, &stack);
    gr_vec_clear(env, &cubes);
    return status;
}

/* --- classes -------------------------------------------------------------- */

/* Intern (spec, function, truths); class ids and their store go together.  A
 * class without cubes is dead, but is kept under its key: it need not be listed
 * again.  The serial is in the key because a mask's bits mean other atoms in
 * another spec. */
static gram_status make_class(Builder *b, uint32_t f, uint32_t *id)
{
    GrNum *num = b->num;
    num->words.n = 0;
    GR_TRY(gr_vec_reserve(num->env, &num->words, b->spec->words + 2));
    num->words.at[0] = b->serial;
    num->words.at[1] = f;
    memcpy(num->words.at + 2, b->bits, b->spec->words * sizeof(uint32_t));
    uint32_t n = b->spec->words + 2, at, *words = num->words.at;
    *id = gr_intern_find(&num->class_ids, words, n);
    if (*id != GR_NUM_NONE) {
        if (class_at(num, *id)->n_cubes == 0) *id = 0;
        return GRAM_OK;
    }
    Class c = {0};
    GR_TRY(list_cubes(b, f, &c));
    if (num->classes.n <= num->class_ids.n)
        GR_TRY(gr_store_add(num->env, &num->classes, 1, &at));
    GR_TRY(gr_intern(num->env, &num->class_ids, words, n, id, NULL));
    c.bits = gr_intern_get(&num->class_ids, *id, NULL) + 2;
    *(Class *)gr_store_at(&num->classes, *id) = c;
    if (c.n_cubes == 0) *id = 0;
    return GRAM_OK;
}

/* Classes are told apart by function and comparisons, so that neighbouring
 * regions with one verdict can be merged (thin_out). */
static gram_status region_class(Builder *b, const Region *r, uint32_t *id)
{
    uint32_t f;
    GR_TRY(gr_step(b->num->env, 1 + (b->spec->n_atoms + b->n_nodes) / 4));
    memset(b->bits, 0, b->spec->words * sizeof *b->bits);
    for (uint32_t i = 0; i < b->spec->n_atoms; i++) {
        bool yes = false;
        GR_TRY(truth(b, atom_of(b, i), r, &yes));
        if (yes) gr_bit_set(b->bits, i);
    }
    GR_TRY(restrict_goal(b, r->point, &f));
    *id = 0;
    return f == 0 ? GRAM_OK : make_class(b, f, id);
}

/* --- lines ---------------------------------------------------------------- */

/* Away from 0: of the negative line that is descending by value. */
static int compare_marks(const Mark *a, const Mark *b)
{
    int c = gr_decimal_compare(&a->d, &b->d);
    if (a->d.negative) c = -c;
    return c != 0 ? c : (a->atom > b->atom) - (a->atom < b->atom);
}

static void sink_mark(Mark *a, uint32_t i, uint32_t n)
{
    for (uint32_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && compare_marks(&a[child], &a[child + 1]) < 0)
            child++;
        if (compare_marks(&a[i], &a[child]) >= 0) return;
        Mark t = a[i];
        a[i] = a[child];
        a[child] = t;
    }
}

/* Heap sort, as in number.c. */
static void sort_marks(Mark *a, uint32_t n)
{
    for (uint32_t i = n / 2; i-- > 0;) sink_mark(a, i, n);
    for (uint32_t end = n; end-- > 1;) {
        Mark t = a[0];
        a[0] = a[end];
        a[end] = t;
        sink_mark(a, 0, end);
    }
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
    if (!sorted) sort_marks(b->marks, b->n_marks);
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

/* As region_class; the bits are all 0 before and after. */
static gram_status point_class(Builder *b, const Mark *m, uint32_t n,
                               uint32_t *id)
{
    *id = 0;
    GR_TRY(gr_step(b->num->env, 1 + n));
    if (!goal_of(b, m, n)) return GRAM_OK;
    for (uint32_t i = 0; i < n; i++) gr_bit_set(b->bits, m[i].atom);
    GR_TRY(gr_step(b->num->env, b->spec->words / 4));
    GR_TRY(make_class(b, 1, id));
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
        GR_TRY(region_class(b, &r, &b->class[k]));
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
static int compare_digits(const DigitString *a, const DigitString *b)
{
    int c = memcmp(a->at, b->at, a->n < b->n ? a->n : b->n);
    return c != 0 ? c : (a->n > b->n) - (a->n < b->n);
}

static void sink(DigitString *a, uint32_t i, uint32_t n)
{
    for (uint32_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && compare_digits(&a[child], &a[child + 1]) < 0)
            child++;
        if (compare_digits(&a[i], &a[child]) >= 0) return;
        DigitString t = a[i];
        a[i] = a[child];
        a[child] = t;
    }
}

/* Heap sort, as in number.c: an enum of any size and order. */
static uint32_t sort_digits(DigitString *a, uint32_t n)
{
    for (uint32_t i = n / 2; i-- > 0;) sink(a, i, n);
    for (uint32_t end = n; end-- > 1;) {
        DigitString t = a[0];
        a[0] = a[end];
        a[end] = t;
        sink(a, 0, end);
    }
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

/* By bisection over (decade, rank).  A lead that is not exact lies before the
 * point of its rank. */
void gr_num_region(const Line *line, int64_t exp, uint32_t rank, bool exact,
                   uint32_t *class)
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
    const Point *p = &line->point[lo];
    bool hit = exact && lo < line->n_points && p->exp == exp && p->rank == rank;
    *class = hit ? p->class : line->gap[lo];
}

/* --- the spec ------------------------------------------------------------- */

/* Give divisors and lexical atoms their bits, in the order of positions.
 * GR_NUM_DIVISORS fit a word with room to spare. */
static gram_status number_bits(Builder *b)
{
    Spec *spec = b->spec;
    for (uint32_t i = 0; i < spec->n_atoms; i++) {
        NumKind kind = atom_of(b, i)->kind;
        bool bit = kind == IN_MULTIPLE || kind == IN_LEXICAL;
        b->bit_of[i] = bit ? spec->n_bits++ : GR_NUM_NONE;
    }
    if (spec->n_bits <= GR_NUM_DIVISORS) return GRAM_OK;
    return gr_fail(b->num->env, GRAM_E_LIMIT, GR_NOWHERE,
                   "more than %d divisors on one number", GR_NUM_DIVISORS);
}

/* Remainders are kept modulo one number, from which each divisor's can be read:
 * their common multiple. */
static gram_status keep_divisors(Builder *b)
{
    Spec *spec = b->spec;
    GrArena *arena = &b->num->arena;
    GrEnv *env = b->num->env;
    spec->lcm = 1;
    spec->by = gr_arena_take(env, arena, spec->n_bits * sizeof *spec->by);
    spec->position =
        gr_arena_take(env, arena, spec->n_bits * sizeof *spec->position);
    if (!spec->by || !spec->position) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < spec->n_atoms; i++) {
        const Atom *a = atom_of(b, i);
        uint32_t bit = b->bit_of[i];
        if (bit == GR_NUM_NONE) continue;
        spec->position[bit] = i;
        spec->by[bit] = a->by;
        if (a->kind == IN_LEXICAL)
            spec->lexical |= 1u << bit;
        else if (!gr_num_lcm(spec->lcm, a->by.m, &spec->lcm))
            return gr_fail(env, GRAM_E_LIMIT, GR_NOWHERE,
                           "divisors whose common multiple is too large");
    }
    return GRAM_OK;
}

/* No digit of the number counts for anything, but that there are so many. */
static bool is_plain(const Spec *spec)
{
    uint32_t all = (spec->n_bits ? UINT32_MAX >> (32 - spec->n_bits) : 0);
    return all == spec->lexical && spec->line[0].n_points == 0 &&
           spec->line[1].n_points == 0 && spec->line[0].gap[0] == spec->zero &&
           spec->line[1].gap[0] == spec->zero;
}

/* 0 is a point of no line; its region is the point "0". */
static gram_status build(Builder *b)
{
    static const GrDecimal zero = {"", 0, false, 0};
    Region r = {&zero, true, false};
    GR_TRY(number_bits(b));
    GR_TRY(keep_divisors(b));
    GR_TRY(region_class(b, &r, &b->spec->zero));
    if (only_points(b)) set_far(b);
    for (int negative = 0; negative < 2; negative++) {
        GR_TRY(collect(b, negative));
        GR_TRY(classify(b, negative));
        thin_out(b);
        GR_TRY(keep_line(b, &b->spec->line[negative]));
    }
    b->spec->plain = is_plain(b->spec);
    return GRAM_OK;
}

/* Scratch of the builder as one block: marks, decimals, then words.  n decimals
 * at most on one line: 2n + 1 regions. */
static gram_status build_in_block(Builder *b)
{
    size_t n = 0, atoms = b->spec->n_atoms;
    for (uint32_t i = 0; i < atoms; i++) n += atom_of(b, i)->n;
    size_t words = (2 * n + 1) + 3 * (size_t)b->n_nodes + b->spec->words +
                   atoms;
    size_t bytes = n * (sizeof(Mark) + sizeof(GrDecimal)) +
                   words * sizeof(uint32_t);
    char *block = gr_resize(b->num->env, NULL, 0, bytes);
    if (block == NULL) return GRAM_E_MEMORY;
    b->marks = (Mark *)(void *)block;
    b->all = (GrDecimal *)(void *)(b->marks + n);
    b->class = (uint32_t *)(void *)(b->all + n);
    b->value = b->class + 2 * n + 1;
    b->bits = b->value + b->n_nodes;
    b->bit_of = b->bits + b->spec->words;
    b->far = b->bit_of + atoms;
    b->depth = b->far + b->n_nodes;
    gram_status status = build(b);
    gr_free(b->num->env, block, bytes);
    return status;
}

/* What number.h asks of a goal's nodes; a bottom-up pass relies on it. */
static gram_status check_goal(GrNum *num, uint32_t n, const GrNumNode *nodes,
                              uint32_t n_nodes, uint32_t root)
{
    bool good = root < n_nodes + 2;
    for (uint32_t i = 0; i < n_nodes; i++)
        good &= nodes[i].var < n && nodes[i].lo < i + 2 && nodes[i].hi < i + 2;
    return good ? GRAM_OK
                : gr_fail(num->env, GRAM_E_ARGUMENT, GR_NOWHERE,
                          "a goal whose nodes are out of order");
}

/* Key: n, atoms, root, nodes. n in front, so that no tuple with its nodes can
 * be read as another. */
static gram_status spec_key(GrNum *num, const GrNumAtomId *atoms, uint32_t n,
                            const GrNumNode *nodes, uint32_t n_nodes,
                            uint32_t root)
{
    num->words.n = 0;
    uint64_t words = 2 + (uint64_t)n + 3 * (uint64_t)n_nodes;
    GR_TRY(gr_vec_reserve(num->env, &num->words, words));
    uint32_t *w = num->words.at;
    *w++ = n;
    for (uint32_t i = 0; i < n; i++) *w++ = atoms[i].v;
    *w++ = root;
    if (n_nodes != 0) memcpy(w, nodes, n_nodes * sizeof *nodes);
    num->words.n = (uint32_t)words;
    return GRAM_OK;
}

/* The key is made again after building, which uses the same words.  The id is
 * given out last: a build that fails leaves no half-made spec. */
static gram_status add_spec(GrNum *num, const GrNumAtomId *atoms, uint32_t n,
                            Builder *b, uint32_t *id)
{
    uint32_t *copy = gr_arena_take(num->env, &num->arena, n * sizeof *copy);
    uint32_t at;
    if (copy == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++) copy[i] = atoms[i].v;
    b->spec->atom = copy;
    b->spec->n_atoms = n;
    b->spec->words = gr_bit_words(n) + (n == 0);
    b->serial = num->builds++;
    GR_TRY(build_in_block(b));
    if (num->specs.n <= num->spec_ids.n)
        GR_TRY(gr_store_add(num->env, &num->specs, 1, &at));
    GR_TRY(spec_key(num, atoms, n, b->nodes, b->n_nodes, b->root));
    GR_TRY(gr_intern(num->env, &num->spec_ids, num->words.at, num->words.n, id,
                     NULL));
    *(Spec *)gr_store_at(&num->specs, *id) = *b->spec;
    return GRAM_OK;
}

/* Equal tuples with equal diagrams are one spec.  (Equal goals over another
 * order of atoms are not.) */
gram_status gr_num_spec(GrNum *num, const GrNumAtomId *atoms, uint32_t n,
                        const GrNumNode *nodes, uint32_t n_nodes, uint32_t root,
                        GrNumSpecId *spec)
{
    GR_TRY(check_goal(num, n, nodes, n_nodes, root));
    GR_TRY(spec_key(num, atoms, n, nodes, n_nodes, root));
    spec->v = gr_intern_find(&num->spec_ids, num->words.at, num->words.n);
    if (spec->v != GR_NUM_NONE) return GRAM_OK;
    Spec made = {0};
    Builder b = {.num = num,
                 .spec = &made,
                 .nodes = nodes,
                 .n_nodes = n_nodes,
                 .root = root};
    return add_spec(num, atoms, n, &b, &spec->v);
}
