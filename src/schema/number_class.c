/* A part of the number line -> its class.
 *
 * In a region that no comparison cuts, each comparison has one truth, so the
 * goal restricts to a function of divisors (and of being lexical).  That
 * function is hash-consed bottom up over the caller's diagram, then listed as
 * cubes, "a multiple of all these and of none of those", which is what counting
 * asks for (number_reach.c).  A class is the truths with the function: regions
 * of one class need not be told apart.
 *
 * Cost of a region: atoms and nodes, and the paths of its function, of which
 * there is a limit. */
#include "schema/number_build.h"

enum { NODE_WORDS = 3 };

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
gram_status gr_num_make_class(Builder *b, uint32_t f, uint32_t *id)
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
gram_status gr_num_region_class(Builder *b, const Region *r, uint32_t *id)
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
    return f == 0 ? GRAM_OK : gr_num_make_class(b, f, id);
}
