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
#include "schema/cells.h"

typedef GrVec(uint32_t) Words;

/* The typed value with some variables false.  The order of `vars` is free: a
 * copy is sorted for gr_bdd_fall. */
static gram_status fall(Sm *sm, TypedId id, const uint32_t *vars, uint32_t n,
                        TypedId *out)
{
    const Typed *t = sm_typed_at(sm, id);
    uint32_t n_roots = t->n, type = t->type, room = t->room;
    uint32_t order = t->order;
    Bdd goal = t->goal;
    *out = id;
    if (n == 0) return GRAM_OK;
    size_t roots = ((size_t)n_roots + 1) * sizeof(Bdd);
    size_t size = roots + n * sizeof *vars;
    Bdd *root = gr_resize(sm->env, NULL, 0, size);
    if (root == NULL) return GRAM_E_MEMORY;
    uint32_t *var = (uint32_t *)(root + n_roots + 1);
    memcpy(var, vars, n * sizeof *var);
    sm_sort_words(var, n);
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n_roots && status == GRAM_OK; i++)
        status = gr_bdd_fall(&sm->bdd, (Bdd){t->root[i]}, var, n, &root[i]);
    if (status == GRAM_OK)
        status = sm_typed(sm, type, root, n_roots, goal, room, order, out);
    gr_free(sm->env, root, size);
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
    const Typed *t = sm_typed_at(sm, id);
    uint32_t n_roots = t->n, type = t->type, room = t->room;
    uint32_t order = t->order;
    Bdd goal = t->goal;
    size_t size = ((size_t)n_roots + 1) * sizeof(Bdd);
    Bdd *root = gr_resize(sm->env, NULL, 0, size);
    if (root == NULL) return GRAM_E_MEMORY;
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n_roots; i++) root[i].v = t->root[i];
    for (uint32_t i = 0; i < n_roots && status == GRAM_OK; i++)
        status = count_down(sm, group, &root[i]);
    if (status == GRAM_OK)
        status = sm_typed(sm, type, root, n_roots, goal, room, order, out);
    gr_free(sm->env, root, size);
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
