/* The residual behind a verdict: what falls, and what counts go on.
 *
 * A child's roots each have a group of variables, laid out as n, variables, one
 * group after the other.  Where a root fails its universals fall; where it
 * holds its CONTAINS atoms count down.
 *
 *      roots     0             1            bits 1, 0
 *      group     2  17 23      1  40        -> 40 falls, and
 *                                              17, 23 count, if they are counts
 *
 * Only the functions change; goal, room and order of the container stay, so the
 * result is one more typed value, often one that is there already. */
#include "schema/want.h"

typedef GrVec(uint32_t) Words;

/* Some variables of n functions are false; they are sorted. */
static gram_status fall_in(Sm *sm, Bdd *root, uint32_t n, uint32_t *vars,
                           uint32_t n_vars)
{
    sm_sort_words(vars, n_vars);
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(gr_bdd_fall(&sm->bdd, root[i], vars, n_vars, &root[i]));
    return GRAM_OK;
}

/* The typed value with some variables false.  Their order is free: a copy is
 * sorted. */
static gram_status fall(Sm *sm, TypedId id, const uint32_t *vars, uint32_t n,
                        TypedId *out)
{
    *out = id;
    if (n == 0) return GRAM_OK;
    Bdd *root = sm_take_roots(sm, id);
    uint32_t *var = gr_resize(sm->env, NULL, 0, n * sizeof *var);
    gram_status status = root && var ? GRAM_OK : GRAM_E_MEMORY;
    if (status == GRAM_OK) {
        memcpy(var, vars, n * sizeof *var);
        status = fall_in(sm, root, sm_typed_at(sm, id)->n, var, n);
    }
    if (status == GRAM_OK) status = sm_with_roots(sm, id, root, out);
    gr_free(sm->env, var, n * sizeof *var);
    sm_drop_roots(sm, id, root);
    return status;
}

/* --- a verdict of one root ------------------------------------------------ */

/* The CONTAINS atom of the group with the least count above `least`. */
static bool next_contains(const Sm *sm, const uint32_t *group, uint32_t *least,
                          Atom *out)
{
    bool found = false;
    for (uint32_t i = 1; i <= group[0]; i++) {
        Atom a = sm_atom_of(sm, group[i]);
        if (a.kind != ATOM_CONTAINS || a.b <= *least) continue;
        if (found && a.b >= out->b) continue;
        *out = a;
        found = true;
    }
    if (found) *least = out->b;
    return found;
}

/* One item more was found: "n more" is "n - 1 more" now, from the least count
 * to the greatest, so that no count is taken down twice.  "1 more" of what was
 * found is true.  The new atom stands beside the old one in the order. */
static gram_status count_down(Sm *sm, const uint32_t *group, Bdd *f)
{
    uint32_t least = 0;
    Atom a = {0};
    while (next_contains(sm, group, &least, &a)) {
        Bdd var, less = {GR_BDD_TRUE}, hi, lo;
        GR_TRY(sm_atom(sm, ATOM_CONTAINS, a.type, a.a, a.b, &var));
        uint32_t v = gr_bdd_node(&sm->bdd, var).var;
        if (a.b > 1)
            GR_TRY(sm_atom_near(sm, ATOM_CONTAINS, a.type, a.a, a.b - 1, v,
                                &less));
        GR_TRY(gr_bdd_restrict(&sm->bdd, *f, v, true, &hi));
        GR_TRY(gr_bdd_restrict(&sm->bdd, *f, v, false, &lo));
        GR_TRY(gr_bdd_ite(&sm->bdd, less, hi, lo, f));
    }
    return GRAM_OK;
}

/* What `contains` counts goes on. */
static gram_status meet(Sm *sm, TypedId id, const uint32_t *group, TypedId *out)
{
    uint32_t n = sm_typed_at(sm, id)->n;
    Bdd *root = sm_take_roots(sm, id);
    gram_status status = root ? GRAM_OK : GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        status = count_down(sm, group, &root[i]);
    if (status == GRAM_OK) status = sm_with_roots(sm, id, root, out);
    sm_drop_roots(sm, id, root);
    return status;
}

/* Does a root that holds count anything? */
bool sm_counts(const Sm *sm, const uint32_t *group)
{
    bool some = false;
    for (uint32_t i = 1; i <= group[0] && !some; i++)
        some = sm_is_contains(sm, group[i]);
    return some;
}

/* The typed value behind a verdict of the root that a group hangs on:
 * universals fall where it fails, counts go on where it holds. */
gram_status sm_settle(Sm *sm, TypedId id, const uint32_t *group, bool bit,
                      TypedId *out)
{
    bool counted = sm_counts(sm, group);
    *out = id;
    if (bit) return counted ? meet(sm, id, group, out) : GRAM_OK;
    if (!counted) return fall(sm, id, group + 1, group[0], out);
    for (uint32_t i = 1; i <= group[0]; i++)
        if (!sm_is_contains(sm, group[i]))
            GR_TRY(fall(sm, *out, &group[i], 1, out));
    return GRAM_OK;
}

/* The same for the verdicts of all k groups: what falls does so at once, as
 * every residual on the way would be one more to keep.  `bit`: of group i. */
static gram_status all_that_fall(Sm *sm, const uint32_t *group, uint32_t k,
                                 SmBitOf *bit, const void *ctx, Words *out)
{
    for (uint32_t i = 0; i < k; i++, group += 1 + group[0])
        for (uint32_t j = 1; j <= group[0] && !bit(ctx, i); j++)
            if (!sm_is_contains(sm, group[j]))
                GR_TRY(gr_vec_push(sm->env, out, group[j]));
    return GRAM_OK;
}

gram_status sm_settle_all(Sm *sm, TypedId id, const uint32_t *group, uint32_t k,
                          SmBitOf *bit, const void *ctx, TypedId *out)
{
    Words vars = {0};
    gram_status status = all_that_fall(sm, group, k, bit, ctx, &vars);
    if (status == GRAM_OK) status = fall(sm, id, vars.at, vars.n, out);
    gr_vec_clear(sm->env, &vars);
    for (uint32_t i = 0; i < k && status == GRAM_OK; i++, group += 1 + group[0])
        if (bit(ctx, i)) status = sm_settle(sm, *out, group, true, out);
    return status;
}

/* --- many vectors --------------------------------------------------------- */

/* By halves.  A union of n branches that a tag tells apart has n vectors, and
 * behind each all branches but one fall: one after the other, that is n passes
 * over a function of n branches.  So what falls behind all vectors of a half
 * falls once for them, and quarters are passes over half of the function. */
enum { DEPTHS = 34 }; /* of halves of 2^32 vectors, and of all that is */

typedef struct Part {
    uint32_t from, to, depth;
} Part;

typedef struct Each {
    Sm *sm;
    TypedId id;
    const uint32_t *group, *start;
    uint32_t words, n_roots;
    SmVector *vector;
    uint32_t *some; /* by depth: which verdicts hold in some vector, */
    Bdd *root;      /* and the functions with what falls in all */
    Words lits;
    Part stack[DEPTHS + 1];
    uint32_t n_stack;
} Each;

/* What hangs on a verdict, and falls with it, or comes true: as a literal. */
static gram_status add_falling(Each *e, uint32_t bit)
{
    const uint32_t *group = e->group + e->start[bit];
    GR_TRY(gr_step(e->sm->env, 1));
    for (uint32_t i = 1; i <= group[0]; i++) {
        bool comes = group[i] & SM_COMES;
        uint32_t var = group[i] & ~SM_COMES;
        if (comes || !sm_is_contains(e->sm, var))
            GR_TRY(gr_vec_push(e->sm->env, &e->lits,
                               (var - ATOM_BASE) << 1 | comes));
    }
    return GRAM_OK;
}

/* What falls in all vectors of the part, and not in all of the larger one. */
static gram_status falls_of_part(Each *e, const Part *p)
{
    uint32_t *some = e->some + (size_t)p->depth * e->words;
    const uint32_t *above = some - e->words;
    e->lits.n = 0;
    for (uint32_t w = 0; w < e->words; w++) {
        some[w] = 0;
        for (uint32_t i = p->from; i < p->to; i++)
            some[w] |= e->vector[i].bits[w];
        for (uint32_t left = above[w] & ~some[w]; left; left &= left - 1)
            GR_TRY(add_falling(e, 32 * w + (uint32_t)__builtin_ctz(left)));
    }
    return gr_step(e->sm->env, p->to - p->from);
}

/* The roots that hold count, each by itself; objects have no such. */
static gram_status settle_last(Each *e, const Bdd *root, SmVector *v)
{
    GR_TRY(sm_with_roots(e->sm, e->id, root, &v->after));
    if (sm_typed_at(e->sm, e->id)->type == T_OBJECT) return GRAM_OK;
    for (uint32_t w = 0; w < e->words; w++)
        for (uint32_t left = v->bits[w]; left; left &= left - 1) {
            uint32_t bit = 32 * w + (uint32_t)__builtin_ctz(left);
            GR_TRY(sm_settle(e->sm, v->after, e->group + e->start[bit], true,
                             &v->after));
        }
    return GRAM_OK;
}

static gram_status settle_part(Each *e, Part p)
{
    Bdd *root = e->root + (size_t)p.depth * e->n_roots;
    const Bdd *above = root - e->n_roots;
    uint32_t mid = p.from + (p.to - p.from) / 2;
    GR_TRY(falls_of_part(e, &p));
    sm_sort_words(e->lits.at, e->lits.n);
    for (uint32_t i = 0; i < e->n_roots; i++)
        GR_TRY(gr_bdd_assign(&e->sm->bdd, above[i], e->lits.at, e->lits.n,
                             ATOM_BASE, &root[i]));
    if (p.to - p.from == 1) return settle_last(e, root, &e->vector[p.from]);
    e->stack[e->n_stack++] = (Part){mid, p.to, p.depth + 1};
    e->stack[e->n_stack++] = (Part){p.from, mid, p.depth + 1};
    return GRAM_OK;
}

static gram_status settle_parts(Each *e, uint32_t k, uint32_t n)
{
    memset(e->some, 0, e->words * sizeof *e->some);
    gr_bit_fill(e->some, 0, k);
    const Typed *t = sm_typed_at(e->sm, e->id);
    for (uint32_t i = 0; i < t->n; i++) e->root[i].v = t->root[i];
    e->stack[e->n_stack++] = (Part){0, n, 1};
    while (e->n_stack > 0) GR_TRY(settle_part(e, e->stack[--e->n_stack]));
    return GRAM_OK;
}

/* Depth 0 is the container itself; the stack holds a half at most for each
 * depth, and the part in work. */
gram_status sm_settle_each(Sm *sm, TypedId id, const uint32_t *group,
                           const uint32_t *start, uint32_t k, SmVector *vector,
                           uint32_t n)
{
    Each e = {.sm = sm, .id = id, .group = group, .start = start};
    if (n == 0) return GRAM_OK;
    e.vector = vector;
    e.words = gr_bit_words(k);
    e.n_roots = sm_typed_at(sm, id)->n;
    size_t depths = 2;
    for (uint32_t left = n - 1; left > 0; left /= 2) depths++;
    size_t size = depths * (e.words + (size_t)e.n_roots) * sizeof(uint32_t);
    e.some = gr_resize(sm->env, NULL, 0, size);
    if (e.some == NULL) return GRAM_E_MEMORY;
    e.root = (Bdd *)(e.some + depths * e.words);
    gram_status status = settle_parts(&e, k, n);
    gr_free(sm->env, e.some, size);
    gr_vec_clear(sm->env, &e.lits);
    return status;
}

/* --- frames --------------------------------------------------------------- */

typedef struct VerdictBits {
    const Sm *sm;
    Verdict v;
} VerdictBits;

static bool verdict_bit(const void *ctx, uint32_t i)
{
    const VerdictBits *b = ctx;
    return sm_verdict_bit(b->sm, b->v, i);
}

gram_status sm_frame_after(Sm *sm, FrameId f, Verdict v, TypedId *t,
                           uint32_t *pos)
{
    uint32_t n;
    const uint32_t *w = sm_frame_key(sm, f, &n);
    *t = (TypedId){w[1]};
    *pos = w[2];
    if (w[0] == F_CONST) return GRAM_OK;
    VerdictBits ctx = {sm, v};
    return sm_settle_all(sm, *t, w + 4, w[3], verdict_bit, &ctx, t);
}
