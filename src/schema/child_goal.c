/* Which verdicts of a child keep its parent alive?
 *
 * The goal is found by falling: for bit after bit, let the universals of a root
 * fall or what it counts go on, until the residual is FALSE (dead) or no longer
 * depends on the roots that are left (then: is it alive?).
 *
 *     residual X, roots r0 {A}, r1 {B, C}
 *
 *        r0 fails: X without A  -- dead
 *        r0 holds: X  -- r1 fails: X without B, C  -- alive?
 *                     \- r1 holds: X               -- alive?
 *
 * Where both sides of a bit are open, the child is asked whether it can have
 * the verdicts so far at all: a union told apart by one key has as many
 * vectors as branches, not two to their power.  Where these can be read off
 * the values (vectors.c), only they are looked at.  Where no root does any
 * good by failing, the goal is read off the ways to hold instead (search.c).
 *
 * Cost: two to the number of open bits at worst, counted in leaves, of which
 * there is a limit; the other ways exist because real unions come near it. */
#include "schema/child.h"

typedef SmWords Words;

/* --- the goal ------------------------------------------------------------- */

static gram_status residual_live(Child *c, TypedId id, bool *alive)
{
    uint64_t cost;
    if (gr_bdd_is(sm_typed_at(c->sm, id)->all, false)) {
        *alive = false;
        return GRAM_OK;
    }
    return c->plain || c->regs == &sm_no_regs
               ? sm_typed_live(c->sm, id, alive)
               : sm_open_live(c->sm, id, c->regs, alive, &cost);
}

typedef struct Fall {
    uint32_t bit;
    TypedId with, without; /* the residual after the root has held, failed */
    uint32_t phase;
    Bdd lo;
} Fall;

typedef struct Goal {
    Child *child;
    GrVec(Fall) stack;
    Words path;      /* bit << 1 | value, of the bits that matter */
    uint32_t leaves; /* vectors looked at */
    uint32_t asked;  /* whether the child can have them, and */
    uint32_t most;   /* how often, for a try */
    bool dead;       /* some of them, or some subtree, is dead */
    bool rising;     /* a root that holds does no harm */
} Goal;

enum { LEAVES_MAX = 20000 };

/* Can the child have the verdicts of the path? */
static gram_status achievable(Goal *g, bool *yes)
{
    Sm *sm = g->child->sm;
    uint32_t n = g->path.n;
    ValueId v;
    Bdd goal = {GR_BDD_TRUE}, bit;
    ConjId *root = gr_resize(sm->env, NULL, 0, n * sizeof *root);
    if (root == NULL) return GRAM_E_MEMORY;
    gram_status status = GRAM_OK;
    for (uint32_t i = n; i-- > 0 && status == GRAM_OK;) {
        root[i].v = g->child->roots.at[g->path.at[i] >> 1];
        bit = gr_bdd_const(false);
        status = g->path.at[i] & 1 ? gr_bdd_make(&sm->bdd, i, bit, goal, &goal)
                                   : gr_bdd_make(&sm->bdd, i, goal, bit, &goal);
    }
    if (status == GRAM_OK)
        status = sm_value(sm, root, n, goal,
                          sm_room_inside(sm, g->child->typed), &v);
    gr_free(sm->env, root, n * sizeof *root);
    GR_TRY(status);
    return sm_value_live(sm, v, yes);
}

static gram_status leaf(Goal *g, TypedId id, Bdd *out)
{
    bool alive;
    if (g->leaves++ == LEAVES_MAX)
        return gr_fail(g->child->sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than %d combinations of what one member may "
                       "satisfy",
                       LEAVES_MAX);
    GR_TRY(residual_live(g->child, id, &alive));
    *out = gr_bdd_const(alive);
    g->dead |= !alive;
    return GRAM_OK;
}

/* Where no root does any good by failing: is the parent alive although all
 * from `bit` on fail?  Then it is whatever they do. */
static gram_status alive_anyway(Goal *g, uint32_t bit, TypedId id, bool *alive)
{
    Child *c = g->child;
    *alive = false;
    if (!g->rising) return GRAM_OK;
    for (uint32_t i = bit; i < c->roots.n; i++) {
        const uint32_t *group = sm_group_of(c, i);
        GR_TRY(sm_settle(c->sm, id, group, false, &id));
    }
    return residual_live(c, id, alive);
}

/* Go down to (bit, residual): *known and *out where the goal is decided at
 * once, otherwise one more fall on the stack.  Roots on which the residual
 * does not depend are skipped. */
static gram_status descend(Goal *g, uint32_t bit, TypedId id, Bdd *out,
                           bool *known)
{
    Child *c = g->child;
    Fall f = {0};
    *known = true;
    *out = gr_bdd_const(false);
    if (gr_bdd_is(sm_typed_at(c->sm, id)->all, false)) {
        g->dead = true;
        return GRAM_OK;
    }
    for (; bit < c->roots.n; bit++) {
        const uint32_t *group = sm_group_of(c, bit);
        GR_TRY(sm_settle(c->sm, id, group, false, &f.without));
        GR_TRY(sm_settle(c->sm, id, group, true, &f.with));
        if (f.without.v != f.with.v) break;
        id = f.with;
    }
    if (bit == c->roots.n) return leaf(g, id, out);
    GR_TRY(alive_anyway(g, bit, id, known));
    *out = gr_bdd_const(*known);
    if (*known) return GRAM_OK;
    f.bit = bit;
    return gr_vec_push(c->sm->env, &g->stack, f);
}

/* One side of the fall on top.  The child is asked only where both sides of
 * it are open: where one is dead, the other is the only hope. */
static gram_status side(Goal *g, Bdd *out, bool *known)
{
    Fall *f = &g->stack.at[g->stack.n - 1];
    GrEnv *env = g->child->sm->env;
    const Sm *sm = g->child->sm;
    bool open = !gr_bdd_is(sm_typed_at(sm, f->without)->all, false) &&
                !gr_bdd_is(sm_typed_at(sm, f->with)->all, false);
    bool yes = true;
    TypedId next = f->phase == 0 ? f->without : f->with;
    uint32_t bit = f->bit;
    GR_TRY(gr_vec_push(env, &g->path, bit << 1 | f->phase));
    g->asked += open;
    if (open) GR_TRY(achievable(g, &yes));
    *known = true;
    *out = gr_bdd_const(false);
    return yes ? descend(g, bit + 1, next, out, known) : GRAM_OK;
}

static gram_status run_goal(Goal *g, Bdd *out)
{
    bool known;
    g->leaves = g->asked = g->stack.n = g->path.n = 0;
    g->dead = false;
    GR_TRY(descend(g, 0, g->child->typed, out, &known));
    while (g->stack.n > 0 && g->asked < g->most) {
        GR_TRY(gr_step(g->child->sm->env, 1));
        GR_TRY(side(g, out, &known));
        /* results climb as long as a fall is complete */
        while (known && g->stack.n > 0) {
            Fall *f = &g->stack.at[g->stack.n - 1];
            g->path.n--;
            if (f->phase++ == 0) {
                f->lo = *out;
                break;
            }
            GR_TRY(gr_bdd_make(&g->child->sm->bdd, f->bit, f->lo, *out, out));
            g->stack.n--;
        }
    }
    return GRAM_OK;
}

/* --- the goal, from the vectors that can come ----------------------------- */

static gram_status goal_of(Child *c, const SmWords *vectors, SmVector *each,
                           Bdd *out)
{
    uint32_t k = c->roots.n, words = gr_bit_words(k), n = 0;
    for (uint32_t i = 0; i < vectors->n; i += words)
        each[n++].bits = vectors->at + i;
    GR_TRY(
        sm_settle_each(c->sm, c->typed, c->vars.at, c->starts.at, k, each, n));
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(residual_live(c, each[i].after, &each[i].alive));
    return sm_cubes(c->sm, each, n, k, out);
}

static gram_status vector_goal(Child *c, Bdd *out, bool *done)
{
    SmWords vectors = {0};
    gram_status status = sm_vectors(c->sm, (const ConjId *)c->roots.at,
                                    c->roots.n, &vectors, done);
    size_t size = ((size_t)vectors.n + 1) * sizeof(SmVector);
    if (status == GRAM_OK && *done) {
        SmVector *each = gr_resize(c->sm->env, NULL, 0, size);
        status = each ? goal_of(c, &vectors, each, out) : GRAM_E_MEMORY;
        gr_free(c->sm->env, each, size);
    }
    gr_vec_clear(c->sm->env, &vectors);
    return status;
}

/* By variable, ascending: the bit that it hangs on. */
static gram_status index_vars(Child *c)
{
    GrEnv *env = c->sm->env;
    c->by_var.n = 0;
    for (uint32_t i = 0; i < c->roots.n; i++) {
        const uint32_t *group = sm_group_of(c, i);
        for (uint32_t j = 1; j <= group[0]; j++) {
            GR_TRY(gr_vec_push(env, &c->by_var, group[j]));
            GR_TRY(gr_vec_push(env, &c->by_var, i));
        }
    }
    sm_sort_pairs(c->by_var.at, c->by_var.n / 2);
    return GRAM_OK;
}

static uint32_t bit_of(void *ctx, uint32_t var)
{
    const Child *c = ctx;
    uint32_t i = sm_find_word(c->by_var.at, c->by_var.n / 2, 2, var);
    return i != UINT32_MAX ? c->by_var.at[2 * i + 1] : UINT32_MAX;
}

/* Does anything hang on a root that is counted? */
static bool some_counts(const Child *c)
{
    uint32_t i = 0;
    while (i < c->roots.n && !sm_counts(c->sm, sm_group_of(c, i))) i++;
    return i < c->roots.n;
}

/* Is there no variable of the groups whose fall, or fewer of whose matches,
 * could do any good? */
static gram_status only_ask(Child *c, bool *yes)
{
    Bdds *b = &c->sm->bdd;
    *yes = true;
    GR_TRY(gr_bdd_reach(b, sm_typed_at(c->sm, c->typed)->all));
    for (uint32_t i = 0; i < b->reached.n && *yes; i++) {
        BddNode node = gr_bdd_node(b, (Bdd){b->reached.at[i]});
        if (bit_of(c, node.var) != UINT32_MAX)
            GR_TRY(gr_bdd_implies(b, node.lo, node.hi, yes));
    }
    return GRAM_OK;
}

/* The goal from the ways to hold, where none of them wants a root to fail. */
static gram_status ways_goal(Child *c, bool rising, Bdd *out, bool *done)
{
    *done = false;
    if (!rising || some_counts(c)) return GRAM_OK;
    return sm_ways_goal(c->sm, c->typed, c->plain ? NULL : c->regs, bit_of, c,
                        out, done);
}

bool sm_all_must_hold(const Child *c)
{
    return sm_is_cube(c->sm, sm_typed_at(c->sm, c->typed)->all) &&
           !some_counts(c);
}

/* Vector by vector; where they are many, another way is tried first. */
static gram_status find_by_bits(Goal *g, Bdd *out)
{
    enum { FEW = 64 };
    Child *c = g->child;
    bool done = false;
    g->most = FEW;
    GR_TRY(run_goal(g, out));
    if (g->stack.n == 0) return GRAM_OK;
    if (c->by_var.n > 0 && !c->plain && !c->unique && !some_counts(c))
        GR_TRY(sm_direct_goal(c->sm, c->typed, c->regs, bit_of, c, false, out,
                              &done));
    if (done) return g->leaves = 0, GRAM_OK;
    g->most = UINT32_MAX;
    return run_goal(g, out);
}

gram_status sm_child_goal(Child *c, Bdd *out)
{
    Goal g = {.child = c};
    bool done, must = c->unique && sm_all_must_hold(c);
    if (c->roots.n > 1) GR_TRY(index_vars(c));
    g.rising = c->plain;
    if (c->roots.n > 1 && !c->plain) GR_TRY(only_ask(c, &g.rising));
    g.rising = g.rising && c->roots.n > 1 && !c->unique;
    *out = gr_bdd_const(true);
    if (g.rising && some_counts(c)) {
        GR_TRY(alive_anyway(&g, 0, c->typed, &done));
        if (done) return GRAM_OK;
    }
    GR_TRY(ways_goal(c, g.rising, out, &done));
    if (!done && !must && c->roots.n > 1) GR_TRY(vector_goal(c, out, &done));
    if (done) return GRAM_OK;
    gram_status status = find_by_bits(&g, out);
    /* every vector that the child can have keeps the parent alive */
    if (status == GRAM_OK && !g.dead && g.leaves > 1) *out = gr_bdd_const(true);
    gr_vec_clear(c->sm->env, &g.stack);
    gr_vec_clear(c->sm->env, &g.path);
    return status;
}
