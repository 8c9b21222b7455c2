/* The goal of a child read off its parent's function, node by node.
 *
 * A bit stands for the variables that fall where its root fails.  Where it
 * holds they are open, as long as other keys may make them fall.  The others
 * are met already, or open: what comes of them is told by members to come.
 *
 *      if A then B          bits A, B: where REQ is met, the function itself,
 *      if C then REQ        with bits for variables, says which vectors keep
 *                           the parent alive
 *
 * Whatever the members to come are, no more than "some values of the open
 * ones" is possible, and all of what one possible completion gives: closing at
 * once, or all keys that are asked for with nothing broken.  Where the two are
 * one function, that is the goal.  It costs a few passes over the nodes, where
 * going down the bits (child_goal.c) takes a leaf for each vector, and n
 * conditions on one value have 3^n of these. */
#include "schema/want.h"

/* What becomes of an open variable. */
typedef enum Open { EITHER, AS_IT_IS, ASKED_FOR } Open;

typedef struct Direct {
    Search s;
    SmBit *bit_of;
    void *ctx;
    SmWords nodes;  /* of the function, ascending: children first */
    SmWords images; /* the same places */
} Direct;

static Bdd image(const Direct *d, Bdd f)
{
    if (f.v < 2) return f;
    uint32_t at = sm_find_word(d->nodes.at, d->nodes.n, 1, f.v);
    return at != UINT32_MAX ? (Bdd){d->images.at[at]} : f;
}

static bool is_universal(const Direct *d, uint32_t var)
{
    return sm_atom_of(d->s.sm, var).kind == ATOM_UNIV;
}

static bool is_required(const Direct *d, uint32_t var)
{
    return sm_atom_of(d->s.sm, var).kind == ATOM_REQ;
}

/* Of a variable on a bit: may it fall later, although the root holds?  What
 * speaks of this key alone is settled by it. */
static bool may_fall(const Direct *d, uint32_t var)
{
    const Sm *sm = d->s.sm;
    if (!is_universal(d, var)) return true;
    ObjectSpec spec = sm_object_spec(sm, sm_atom_of(sm, var).a);
    return spec.n_names != 1 || spec.n_patterns > 0 ||
           spec.additional.v != CONJ_TRUE ||
           spec.key_text.v != gr_re_all(sm->re).v;
}

/* A node's image from those of its sides. */
static gram_status map_node(Direct *d, BddNode n, Open open, Bdd *out)
{
    Bdds *b = &d->s.sm->bdd;
    Bdd lo = image(d, n.lo), hi = image(d, n.hi), bit;
    uint32_t at = d->bit_of(d->ctx, n.var);
    if (at != UINT32_MAX) {
        GR_TRY(gr_bdd_var(b, at, &bit));
        if (open == EITHER && may_fall(d, n.var))
            GR_TRY(gr_bdd_or(b, lo, hi, &hi));
        return gr_bdd_ite(b, bit, hi, lo, out);
    }
    bool met = sm_is_met(&d->s, n.var) ||
               (open != EITHER && is_universal(d, n.var)) ||
               (open == ASKED_FOR && is_required(d, n.var));
    *out = met ? hi : lo;
    return met || open != EITHER ? GRAM_OK : gr_bdd_or(b, lo, hi, out);
}

/* The function over the bits. */
static gram_status map_all(Direct *d, Open open, Bdd *out)
{
    Bdds *b = &d->s.sm->bdd;
    d->images.n = 0;
    for (uint32_t i = 0; i < d->nodes.n; i++) {
        BddNode n = gr_bdd_node(b, (Bdd){d->nodes.at[i]});
        GR_TRY(gr_step(d->s.sm->env, 1));
        GR_TRY(map_node(d, n, open, out));
        GR_TRY(gr_vec_push(d->s.sm->env, &d->images, out->v));
    }
    return GRAM_OK;
}

/* The literals of the open variables if all that is asked for comes. */
static gram_status ask_for_all(Direct *d)
{
    SmWords *lits = &d->s.lits;
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->nodes.n; i++) {
        uint32_t var = gr_bdd_node(&d->s.sm->bdd, (Bdd){d->nodes.at[i]}).var;
        bool yes = is_universal(d, var) || is_required(d, var);
        if (d->bit_of(d->ctx, var) != UINT32_MAX || sm_is_met(&d->s, var))
            continue;
        GR_TRY(gr_vec_push(d->s.sm->env, lits, (var - ATOM_BASE) << 1 | yes));
    }
    sm_sort_words(lits->at, lits->n);
    for (uint32_t i = 0; i < lits->n; i++)
        if (n == 0 || lits->at[n - 1] != lits->at[i])
            lits->at[n++] = lits->at[i];
    lits->n = n;
    return GRAM_OK;
}

static gram_status can_have_all(Direct *d, bool *yes)
{
    Search *s = &d->s;
    GR_TRY(ask_for_all(d));
    do {
        s->sm->live_needs.n = 0;
        s->blocked = false;
        GR_TRY(sm_want_check(s, s->lits.at, s->lits.n, yes));
        s->blocked &= *yes;
        if (s->blocked) GR_TRY(sm_decide_needs(s->sm));
    } while (s->blocked);
    return GRAM_OK;
}

static gram_status read_nodes(Direct *d, Bdd f)
{
    Bdds *b = &d->s.sm->bdd;
    GR_TRY(gr_bdd_reach(b, f));
    GR_TRY(gr_vec_reserve(d->s.sm->env, &d->nodes, b->reached.n));
    for (uint32_t i = 0; i < b->reached.n; i++)
        d->nodes.at[d->nodes.n++] = b->reached.at[i];
    return GRAM_OK;
}

static gram_status find_goal(Direct *d, Bdd f, Bdd *goal, bool *done)
{
    Bdd most, all;
    bool yes = false;
    GR_TRY(read_nodes(d, f));
    GR_TRY(map_all(d, EITHER, &most));
    GR_TRY(map_all(d, AS_IT_IS, goal));
    if (!gr_bdd_same(*goal, most)) GR_TRY(can_have_all(d, &yes));
    if (yes) {
        GR_TRY(map_all(d, ASKED_FOR, &all));
        GR_TRY(gr_bdd_or(&d->s.sm->bdd, *goal, all, goal));
    }
    *done = gr_bdd_same(*goal, most);
    return GRAM_OK;
}

gram_status sm_direct_goal(Sm *sm, TypedId id, const Regs *regs, SmBit *bit_of,
                           void *ctx, Bdd *goal, bool *done)
{
    Direct d = {.bit_of = bit_of, .ctx = ctx};
    d.s = (Search){.sm = sm, .typed = id, .regs = regs, .extra = SM_NO_KEY};
    const Typed *t = sm_typed_at(sm, id);
    *done = false;
    if (t->type != T_OBJECT || t->all.v < 2) return GRAM_OK;
    GR_TRY(sm_universe(sm, id, &d.s.u));
    gram_status status = find_goal(&d, t->all, goal, done);
    sm_clear_search(&d.s);
    gr_vec_clear(sm->env, &d.nodes);
    gr_vec_clear(sm->env, &d.images);
    return status;
}
