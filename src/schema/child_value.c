/* The goal of an item where it depends on which value the item is.
 *
 * Where items must all differ, a value that is used up may be the one that a
 * later place needs: what a verdict is worth then depends on the value.  Such
 * values (distinct.c notes them while the usual goal is found) become roots of
 * their own, "none of these", that no atom hangs on:
 *
 *     goal  =  bit of "not v" ? usual goal : goal once v is seen
 *
 * and a value that leaves what any other leaves needs none.  Without this the
 * item would have to be refused when it is complete, which is a dead end.  It
 * is apart from child_goal.c because it asks that file again and again, each
 * time with other registers. */
#include "schema/child.h"

typedef SmWords Words;

/* One more root that no atom hangs on: its bit is c->roots.n - 1. */
static gram_status add_root(Child *c, ConjId conj, Bdd *bit)
{
    GrEnv *env = c->sm->env;
    GR_TRY(gr_bdd_var(&c->sm->bdd, c->roots.n, bit));
    GR_TRY(gr_vec_push(env, &c->starts, c->vars.n));
    GR_TRY(gr_vec_push(env, &c->vars, 0));
    return gr_vec_push(env, &c->roots, conj.v);
}

/* The goal with other registers, by the roots that atoms hang on. */
static gram_status goal_with(Child *c, const Regs *regs, uint32_t n_roots,
                             Bdd *goal)
{
    const Regs *before = c->regs;
    uint32_t n = c->roots.n;
    c->regs = regs;
    c->roots.n = n_roots;
    gram_status status = sm_child_goal(c, goal);
    c->roots.n = n;
    c->regs = before;
    return status;
}

/* The goal where the item is this value; it is the last of `items`. */
static gram_status goal_of_value(Child *c, const Words *items, uint32_t n_roots,
                                 Bdd *goal)
{
    Regs with = *c->regs;
    with.items = items->at;
    with.n_items = items->n;
    with.current = false;
    GR_TRY(sm_unseen(c->sm, items->at, items->n, &with.unseen));
    return goal_with(c, &with, n_roots, goal);
}

/* The goal where the item could be a later one, too. */
static gram_status goal_of_same(Child *c, uint32_t same, uint32_t n_roots,
                                Bdd *goal)
{
    Regs with = *c->regs;
    with.same = same + 1;
    return goal_with(c, &with, n_roots, goal);
}

/* A root for each value that does not leave what the usual one does: "not
 * this one". */
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
    if (special->n == 0 || !sm_all_must_hold(c)) return GRAM_OK;
    GR_TRY(sm_all_specs(sm, c->typed, NULL, at, &conj));
    for (uint32_t i = 0; i < special->n; i++) {
        GR_TRY(sm_unseen(sm, &special->at[i], 1, &one));
        GR_TRY(sm_unseen_of(&s, conj, &one));
        if (one.v != CONJ_TRUE) special->at[n++] = special->at[i];
    }
    special->n = n;
    return GRAM_OK;
}

gram_status sm_refine_goal(Child *c, uint32_t at, Bdd *goal)
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

/* Where there are plenty, none need be looked for among those that were not
 * seen. */
gram_status sm_item_live(Child *c, uint32_t pos, ValueId v, bool *alive)
{
    static const Regs none;
    Search s = {.sm = c->sm, .typed = c->typed, .regs = &none};
    ConjId conj;
    *alive = false;
    if (c->unique && sm_all_must_hold(c)) {
        GR_TRY(sm_all_specs(c->sm, c->typed, NULL, pos, &conj));
        GR_TRY(sm_conj_plenty(&s, conj, c->regs->n_items + 1, alive));
    }
    return *alive ? GRAM_OK : sm_value_live(c->sm, v, alive);
}
