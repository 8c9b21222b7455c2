/* The value below a key or an item, its goal, and the frame to resume in.
 *
 * Each UNIV atom says something else about the place, and each CONTAINS atom
 * counts something there; equal demands are one root.  The goal is found by
 * falling: for bit after bit, let the universals of a root fall or what it
 * counts go on, until the residual is FALSE (dead) or no longer depends on the
 * roots that are left (then: is it alive?).
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
 * A goal that one vector alone meets gives a constant frame; one that all
 * achievable vectors meet is free. */
#include "schema/want.h"

#include <stdlib.h>

typedef GrVec(uint32_t) Words;

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

typedef struct Child {
    Sm *sm;
    TypedId typed;    /* after what falls in any case */
    const Regs *regs; /* of the parent, once the child is done */
    bool plain;
    bool unique;  /* arrays: has a UNIQUE atom */
    Words roots;  /* conjs */
    Words vars;   /* k groups: n, variables */
    Words starts; /* where group i begins in vars */
    Words by_var; /* see index_vars */
} Child;

static void clear(Child *c)
{
    gr_vec_clear(c->sm->env, &c->roots);
    gr_vec_clear(c->sm->env, &c->vars);
    gr_vec_clear(c->sm->env, &c->starts);
    gr_vec_clear(c->sm->env, &c->by_var);
}

static bool vector_bit(const void *ctx, uint32_t i)
{
    return gr_bit_get(ctx, i);
}

/* What fails whatever the value is. */
static gram_status all_fall(Sm *sm, TypedId id, const Words *falling,
                            TypedId *out)
{
    *out = id;
    return falling->n ? sm_settle(sm, id, falling->at, false, out) : GRAM_OK;
}

/* --- roots ---------------------------------------------------------------- */

/* Group the variables by what their specs demand of the place.  falling: a
 * group of those that fall in any case. */
static gram_status add_demand(Child *c, Words *falling, uint32_t var,
                              ConjId conj)
{
    GrEnv *env = c->sm->env;
    if (conj.v == CONJ_TRUE) return GRAM_OK;
    if (conj.v == CONJ_FALSE) {
        if (falling->n == 0) GR_TRY(gr_vec_push(env, falling, 0));
        falling->at[0]++;
        return gr_vec_push(env, falling, var);
    }
    GR_TRY(gr_vec_push(env, &c->roots, conj.v));
    return gr_vec_push(env, &c->starts, var);
}

/* Which group each demand is of, in order of first appearance; their sizes
 * in c->vars for the time being. */
static gram_status number_groups(Child *c, GrMap *at, Words *of)
{
    GrEnv *env = c->sm->env;
    uint32_t n = c->roots.n;
    c->roots.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t conj = c->roots.at[i], k = c->roots.n;
        const uint32_t *known = gr_map_find(at, conj);
        GR_TRY(gr_vec_push(env, of, known ? *known : k));
        if (known == NULL) {
            GR_TRY(gr_map_put(env, at, conj, k));
            GR_TRY(gr_vec_push(env, &c->vars, 0));
            c->roots.at[c->roots.n++] = conj;
        }
        c->vars.at[of->at[i]]++;
    }
    return GRAM_OK;
}

/* c->vars holds the sizes of the groups; var[i] is of group of[i]. */
static gram_status fill_groups(Child *c, const Words *var, const Words *of)
{
    GrEnv *env = c->sm->env;
    uint32_t k = c->roots.n, end = 0;
    GR_TRY(gr_vec_reserve(env, &c->starts, k));
    for (uint32_t i = 0; i < k; i++) {
        c->starts.at[i] = end;
        end += 1 + c->vars.at[i];
    }
    c->starts.n = k;
    GR_TRY(gr_vec_reserve(env, &c->vars, end));
    memset(c->vars.at, 0, end * sizeof *c->vars.at);
    c->vars.n = end;
    for (uint32_t i = 0; i < of->n; i++) {
        uint32_t *group = &c->vars.at[c->starts.at[of->at[i]]];
        group[++group[0]] = var->at[i];
    }
    return GRAM_OK;
}

/* One demand or none. */
static gram_status only_group(Child *c)
{
    if (c->roots.n == 0) return GRAM_OK;
    GR_TRY(gr_vec_push(c->sm->env, &c->vars, 1));
    GR_TRY(gr_vec_push(c->sm->env, &c->vars, c->starts.at[0]));
    c->starts.at[0] = 0;
    return GRAM_OK;
}

/* roots and starts hold (conj, var) pairs: turn them into distinct roots with
 * groups of variables, in order of first appearance. */
static gram_status group(Child *c)
{
    GrEnv *env = c->sm->env;
    Words var = c->starts, of = {0};
    GrMap at = {0};
    if (c->roots.n < 2) return only_group(c);
    c->starts = (Words){0};
    gram_status status = number_groups(c, &at, &of);
    if (status == GRAM_OK) status = fill_groups(c, &var, &of);
    gr_vec_clear(env, &var);
    gr_vec_clear(env, &of);
    gr_map_clear(env, &at);
    return status;
}

/* --- the goal ------------------------------------------------------------- */

static gram_status residual_live(Child *c, TypedId id, bool *alive)
{
    uint64_t cost;
    if (gr_bdd_is(sm_typed_at(c->sm, id)->all, false)) {
        *alive = false;
        return GRAM_OK;
    }
    return c->plain ? sm_typed_live(c->sm, id, alive)
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
        const uint32_t *group = &c->vars.at[c->starts.at[i]];
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
        const uint32_t *group = &c->vars.at[c->starts.at[bit]];
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

/* Is the parent alive after this vector? */
static gram_status vector_live(Child *c, const uint32_t *vector, bool *alive)
{
    TypedId after;
    GR_TRY(sm_settle_all(c->sm, c->typed, c->vars.at, c->roots.n, vector_bit,
                         vector, &after));
    return residual_live(c, after, alive);
}

static gram_status goal_of(Child *c, const SmWords *vectors, SmVector *each,
                           Bdd *out)
{
    uint32_t words = gr_bit_words(c->roots.n), n = 0;
    for (uint32_t i = 0; i < vectors->n; i += words, n++) {
        each[n].bits = vectors->at + i;
        GR_TRY(vector_live(c, each[n].bits, &each[n].alive));
    }
    return sm_cubes(c->sm, each, n, c->roots.n, out);
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
        const uint32_t *group = &c->vars.at[c->starts.at[i]];
        for (uint32_t j = 1; j <= group[0]; j++) {
            GR_TRY(gr_vec_push(env, &c->by_var, group[j]));
            GR_TRY(gr_vec_push(env, &c->by_var, i));
        }
    }
    if (c->by_var.n > 2)
        qsort(c->by_var.at, c->by_var.n / 2, 2 * sizeof *c->by_var.at,
              ascending);
    return GRAM_OK;
}

static uint32_t bit_of(void *ctx, uint32_t var)
{
    const Child *c = ctx;
    const uint32_t *at = NULL;
    if (c->by_var.n > 0)
        at = bsearch(&var, c->by_var.at, c->by_var.n / 2, 2 * sizeof *at,
                     ascending);
    return at ? at[1] : UINT32_MAX;
}

/* Does anything hang on a root that is counted? */
static bool some_counts(const Child *c)
{
    uint32_t i = 0;
    while (i < c->roots.n && !sm_counts(c->sm, &c->vars.at[c->starts.at[i]]))
        i++;
    return i < c->roots.n;
}

/* Is there no variable of the groups whose fall, or fewer of whose matches,
 * could do any good? */
static gram_status only_ask(Child *c, bool *yes)
{
    Bdds *b = &c->sm->bdd;
    Words nodes = {0};
    *yes = true;
    GR_TRY(gr_bdd_reach(b, sm_typed_at(c->sm, c->typed)->all));
    gram_status status = gr_vec_reserve(c->sm->env, &nodes, b->reached.n);
    for (uint32_t i = 0; status == GRAM_OK && i < b->reached.n; i++)
        nodes.at[nodes.n++] = b->reached.at[i];
    for (uint32_t i = 0; status == GRAM_OK && i < nodes.n && *yes; i++) {
        BddNode node = gr_bdd_node(b, (Bdd){nodes.at[i]});
        if (bit_of(c, node.var) != UINT32_MAX)
            status = gr_bdd_implies(b, node.lo, node.hi, yes);
    }
    gr_vec_clear(c->sm->env, &nodes);
    return status;
}

/* The goal from the ways to hold, where none of them wants a root to fail. */
static gram_status ways_goal(Child *c, bool rising, Bdd *out, bool *done)
{
    *done = false;
    if (!rising || some_counts(c)) return GRAM_OK;
    return sm_ways_goal(c->sm, c->typed, c->plain ? NULL : c->regs, bit_of, c,
                        out, done);
}

/* Must no universal fall, and is nothing counted?  Then no bit is open, and
 * there is no need to ask which verdicts can come. */
static bool all_must_hold(const Child *c)
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
        GR_TRY(sm_direct_goal(c->sm, c->typed, c->regs, bit_of, c, out, &done));
    if (done) return g->leaves = 0, GRAM_OK;
    g->most = UINT32_MAX;
    return run_goal(g, out);
}

static gram_status find_goal(Child *c, Bdd *out)
{
    Goal g = {.child = c};
    bool done, must = c->unique && all_must_hold(c);
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

/* --- goals that depend on which value it is ------------------------------- */

/* One more root that no atom hangs on: its bit is c->roots.n - 1. */
static gram_status add_root(Child *c, ConjId conj, Bdd *bit)
{
    GrEnv *env = c->sm->env;
    GR_TRY(gr_bdd_var(&c->sm->bdd, c->roots.n, bit));
    GR_TRY(gr_vec_push(env, &c->starts, c->vars.n));
    GR_TRY(gr_vec_push(env, &c->vars, 0));
    return gr_vec_push(env, &c->roots, conj.v);
}

/* The goal where the item is this value; it is the last of `items`. */
static gram_status goal_of_value(Child *c, const Words *items, uint32_t n_roots,
                                 Bdd *goal)
{
    Regs with = *c->regs;
    const Regs *before = c->regs;
    uint32_t n = c->roots.n;
    with.items = items->at;
    with.n_items = items->n;
    with.current = false;
    GR_TRY(sm_unseen(c->sm, items->at, items->n, &with.unseen));
    c->regs = &with;
    c->roots.n = n_roots;
    gram_status status = find_goal(c, goal);
    c->roots.n = n;
    c->regs = before;
    return status;
}

/* The goal where the item could be a later one, too. */
static gram_status goal_of_same(Child *c, uint32_t same, uint32_t n_roots,
                                Bdd *goal)
{
    Regs with = *c->regs;
    const Regs *before = c->regs;
    uint32_t n = c->roots.n;
    with.same = same + 1;
    c->regs = &with;
    c->roots.n = n_roots;
    gram_status status = find_goal(c, goal);
    c->roots.n = n;
    c->regs = before;
    return status;
}

/* Values alike in what they leave are one root: "none of these". */
static gram_status refine_values(Child *c, const Words *special, Words *items,
                                 uint32_t n_roots, Bdd usual, Bdd *goal)
{
    Sm *sm = c->sm;
    for (uint32_t i = 0; i < special->n; i++) {
        ConjId others;
        Bdd its, bit;
        GR_TRY(gr_vec_push(sm->env, items, special->at[i]));
        GR_TRY(goal_of_value(c, items, n_roots, &its));
        items->n--;
        if (its.v == usual.v) continue;
        GR_TRY(sm_unseen(sm, &special->at[i], 1, &others));
        GR_TRY(add_root(c, others, &bit));
        GR_TRY(gr_bdd_ite(&sm->bdd, bit, *goal, its, goal));
    }
    return GRAM_OK;
}

/* What the item is and what it is not, as in sm->sames. */
static gram_status add_same(Child *c, uint32_t same, Bdd *goal)
{
    uint32_t n;
    Sm *sm = c->sm;
    for (uint32_t i = 0; gr_intern_get(&sm->sames, same, &n), i < n; i++) {
        Bdd bit, no = gr_bdd_const(false);
        uint32_t conj = gr_intern_get(&sm->sames, same, &n)[i];
        if (i == 0 && conj == CONJ_TRUE) continue;
        GR_TRY(add_root(c, (ConjId){conj}, &bit));
        GR_TRY(gr_bdd_ite(&sm->bdd, bit, i == 0 ? *goal : no,
                          i == 0 ? no : *goal, goal));
    }
    return GRAM_OK;
}

static gram_status refine_sames(Child *c, const Words *same, uint32_t n_roots,
                                Bdd *goal)
{
    Sm *sm = c->sm;
    for (uint32_t i = 0; i < same->n; i++) {
        Bdd its;
        GR_TRY(goal_of_same(c, same->at[i], n_roots, &its));
        GR_TRY(add_same(c, same->at[i], &its));
        GR_TRY(gr_bdd_or(&sm->bdd, *goal, its, goal));
    }
    return GRAM_OK;
}

/* The list without repeats, and without what is in `not`. */
static gram_status distinct_words(GrEnv *env, const Words *from,
                                  const uint32_t * not, uint32_t n, Words *out)
{
    for (uint32_t i = 0; i < from->n; i++) {
        uint32_t j = 0, k = 0;
        while (j < out->n && out->at[j] != from->at[i]) j++;
        while (k < n && not [k] != from->at[i]) k++;
        if (j == out->n && k == n) GR_TRY(gr_vec_push(env, out, from->at[i]));
    }
    return GRAM_OK;
}

/* Without the values that the item at a place cannot have, where those that it
 * can have are all known. */
static gram_status drop_foreign(Child *c, uint32_t at, Words *special)
{
    Sm *sm = c->sm;
    Search s = {.sm = sm, .typed = c->typed};
    ConjId conj, one;
    uint32_t n = 0;
    if (special->n == 0 || !all_must_hold(c)) return GRAM_OK;
    GR_TRY(sm_all_specs(sm, c->typed, NULL, at, &conj));
    for (uint32_t i = 0; i < special->n; i++) {
        GR_TRY(sm_unseen(sm, &special->at[i], 1, &one));
        GR_TRY(sm_unseen_of(&s, conj, &one));
        if (one.v != CONJ_TRUE) special->at[n++] = special->at[i];
    }
    special->n = n;
    return GRAM_OK;
}

/* What is left for the items behind may depend on what this one is. */
static gram_status refine(Child *c, uint32_t at, Bdd *goal)
{
    Sm *sm = c->sm;
    const Regs *regs = c->regs;
    Words special = {0}, same = {0}, items = {0};
    uint32_t n_roots = c->roots.n;
    Words from = {.at = sm->special.at, .n = sm->special.n};
    gram_status status =
        distinct_words(sm->env, &from, regs->items, regs->n_items, &special);
    if (status == GRAM_OK) status = drop_foreign(c, at, &special);
    from = (Words){.at = sm->same.at, .n = sm->same.n};
    if (status == GRAM_OK)
        status = distinct_words(sm->env, &from, NULL, 0, &same);
    for (uint32_t i = 0; i < regs->n_items && special.n > 0; i++)
        if (status == GRAM_OK)
            status = gr_vec_push(sm->env, &items, regs->items[i]);
    Bdd usual = *goal;
    if (status == GRAM_OK) status = refine_sames(c, &same, n_roots, goal);
    if (status == GRAM_OK)
        status = refine_values(c, &special, &items, n_roots, usual, goal);
    gr_vec_clear(sm->env, &special);
    gr_vec_clear(sm->env, &same);
    gr_vec_clear(sm->env, &items);
    return status;
}

/* --- frames --------------------------------------------------------------- */

static gram_status const_frame(Child *c, const uint32_t *vector, uint32_t pos,
                               FrameId *out)
{
    TypedId after;
    GR_TRY(sm_settle_all(c->sm, c->typed, c->vars.at, c->roots.n, vector_bit,
                         vector, &after));
    uint32_t words[3] = {F_CONST, after.v, pos};
    return sm_frame(c->sm, words, 3, out);
}

static gram_status vector_frame(Child *c, uint32_t pos, FrameId *out)
{
    GrEnv *env = c->sm->env;
    Words w = {0};
    gram_status status = gr_vec_reserve(env, &w, 4 + c->vars.n);
    if (status == GRAM_OK) {
        uint32_t head[4] = {F_VECTOR, c->typed.v, pos, c->roots.n};
        memcpy(w.at, head, sizeof head);
        memcpy(w.at + 4, c->vars.at, c->vars.n * sizeof *w.at);
        status = sm_frame(c->sm, w.at, 4 + c->vars.n, out);
    }
    gr_vec_clear(env, &w);
    return status;
}

static gram_status make_frame(Child *c, Bdd goal, uint32_t pos, FrameId *out)
{
    uint32_t words = gr_bit_words(c->roots.n) + 1;
    uint32_t *vector = gr_zalloc(c->sm->env, words, sizeof *vector);
    if (vector == NULL) return GRAM_E_MEMORY;
    gram_status status = sm_goal_is_cube(c->sm, goal, c->roots.n, vector)
                             ? const_frame(c, vector, pos, out)
                             : vector_frame(c, pos, out);
    gr_free(c->sm->env, vector, words * sizeof *vector);
    return status;
}

/* Some value, whichever were seen: where there are plenty, none need be
 * looked for among those that are not. */
static gram_status item_live(Child *c, uint32_t pos, ValueId v, bool *alive)
{
    static const Regs none;
    Search s = {.sm = c->sm, .typed = c->typed, .regs = &none};
    ConjId conj;
    *alive = false;
    if (c->unique && all_must_hold(c)) {
        GR_TRY(sm_all_specs(c->sm, c->typed, NULL, pos, &conj));
        GR_TRY(sm_conj_plenty(&s, conj, c->regs->n_items + 1, alive));
    }
    return *alive ? GRAM_OK : sm_value_live(c->sm, v, alive);
}

/* at: place of an item; pos: of the next one. */
static gram_status finish(Child *c, const Words *falling, uint32_t at,
                          uint32_t pos, Outcome *out)
{
    Bdd goal;
    memset(out, 0, sizeof *out);
    GR_TRY(all_fall(c->sm, c->typed, falling, &c->typed));
    if (gr_bdd_is(sm_typed_at(c->sm, c->typed)->all, false)) return GRAM_OK;
    GR_TRY(group(c));
    sm_forget_values(c->sm);
    GR_TRY(find_goal(c, &goal));
    if (c->unique) GR_TRY(refine(c, at, &goal));
    if (gr_bdd_is(goal, false)) return GRAM_OK;
    GR_TRY(sm_value(c->sm, (const ConjId *)c->roots.at, c->roots.n, goal,
                    sm_room_inside(c->sm, c->typed), &out->value));
    GR_TRY(item_live(c, at, out->value, &out->alive));
    return out->alive ? make_frame(c, goal, pos, &out->frame) : GRAM_OK;
}

static gram_status object_demands(Child *c, uint32_t key, Words *falling)
{
    const Universe *u;
    GR_TRY(sm_universe(c->sm, c->typed, &u));
    SpecWalk w = sm_specs_of_key(u, key);
    for (uint32_t i; sm_next_spec(&w, &i);) {
        ConjId conj;
        GR_TRY(gr_step(c->sm->env, 1));
        GR_TRY(sm_key_conj(c->sm, u, u->specs[i], key, &conj));
        GR_TRY(add_demand(c, falling, u->vars[i], conj));
    }
    return GRAM_OK;
}

gram_status sm_after_key(Sm *sm, TypedId t, uint32_t key, TypedId *out)
{
    Child c = {.sm = sm, .typed = t};
    Words falling = {0};
    gram_status status = object_demands(&c, key, &falling);
    if (status == GRAM_OK) status = all_fall(sm, t, &falling, out);
    gr_vec_clear(sm->env, &falling);
    clear(&c);
    return status;
}

gram_status sm_object_child(Sm *sm, TypedId t, uint32_t key, const Regs *regs,
                            Outcome *out)
{
    Child c = {.sm = sm, .typed = t, .regs = regs, .plain = regs == NULL};
    Words falling = {0};
    gram_status status = object_demands(&c, key, &falling);
    if (status == GRAM_OK) status = finish(&c, &falling, 0, 0, out);
    gr_vec_clear(sm->env, &falling);
    clear(&c);
    return status;
}

/* The variables of an array's functions, ascending, each once. */
static gram_status array_vars(Sm *sm, TypedId id, Words *vars)
{
    const Typed *t = sm_typed_at(sm, id);
    Bdds *b = &sm->bdd;
    uint32_t n = 0;
    for (uint32_t r = 0; r < t->n; r++) {
        GR_TRY(gr_bdd_reach(b, (Bdd){t->root[r]}));
        GR_TRY(gr_step(sm->env, b->reached.n));
        GR_TRY(gr_vec_reserve(sm->env, vars, b->reached.n));
        for (uint32_t i = 0; i < b->reached.n; i++)
            vars->at[vars->n++] = gr_bdd_node(b, (Bdd){b->reached.at[i]}).var;
    }
    if (vars->n > 1) qsort(vars->at, vars->n, sizeof *vars->at, ascending);
    for (uint32_t i = 0; i < vars->n; i++)
        if (n == 0 || vars->at[n - 1] != vars->at[i])
            vars->at[n++] = vars->at[i];
    vars->n = n;
    return GRAM_OK;
}

/* What the atom of a variable demands of the item at a place. */
static gram_status array_demand(Child *c, uint32_t var, uint32_t pos,
                                Words *falling)
{
    Atom a = sm_atom_of(c->sm, var);
    ConjId conj = {a.a};
    uint32_t n;
    if (a.kind == ATOM_COUNT) return GRAM_OK;
    if (a.kind == ATOM_UNIQUE) conj = c->regs->unseen;
    if (a.kind == ATOM_UNIV) {
        const uint32_t *prefix = sm_array_spec(c->sm, a.a, &n);
        conj.v = prefix[pos < n ? pos : n];
    }
    return add_demand(c, falling, var, conj);
}

static gram_status array_demands(Child *c, uint32_t pos, Words *falling)
{
    Words vars = {0};
    gram_status status = array_vars(c->sm, c->typed, &vars);
    for (uint32_t i = 0; i < vars.n && status == GRAM_OK; i++)
        status = array_demand(c, vars.at[i], pos, falling);
    gr_vec_clear(c->sm->env, &vars);
    return status;
}

gram_status sm_array_child(Sm *sm, TypedId t, uint32_t pos, const Regs *before,
                           Outcome *out)
{
    uint32_t prefix;
    Regs regs = *before;
    GR_TRY(sm_array_prefix(sm, t, &prefix));
    Child c = {.sm = sm, .typed = t, .regs = &regs};
    GR_TRY(sm_is_unique(sm, t, &c.unique));
    regs.count++;
    regs.current = c.unique;
    Words falling = {0};
    gram_status status = array_demands(&c, pos, &falling);
    if (status == GRAM_OK)
        status =
            finish(&c, &falling, pos, pos < prefix ? pos + 1 : prefix, out);
    gr_vec_clear(sm->env, &falling);
    clear(&c);
    return status;
}
