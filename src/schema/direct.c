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
 * Which members may still come does not depend on the bits.  So one completion
 * of the parent, all of whose variables are known, gives a function over the
 * bits: "these vectors are alive".  And what no completion can do, K, excludes
 * vectors.  The goal is found between the two:
 *
 *     goal := closing at once | all keys that are asked for, nothing broken
 *     most := any values of the open variables
 *     while some vectors are in `most` but not in `goal`:
 *         a completion that one of them can have?   its function joins `goal`
 *         none: they, and all that fail for the same reason, leave `most`
 *
 * (Abstraction refined by counterexamples; Clarke and others 2000.)  Mostly
 * `most` is the goal from the start.  It costs passes over the nodes, where
 * going down the bits (child_goal.c) takes a leaf for each vector, and n
 * conditions on one value have 3^n of these.
 *
 * Items of arrays are like members of objects, but where they are counted or
 * must differ: then what may come depends on what is there. */
#include "schema/want.h"

/* What becomes of an open variable. */
typedef enum Open {
    EITHER,    /* what it likes */
    AS_IT_IS,  /* nothing comes any more */
    ASKED_FOR, /* what comes breaks nothing, and is all that is asked for */
    AS_FOUND   /* what s.lits say; of others nothing is known */
} Open;

/* What is said of a bit. */
enum { FAILS, HOLDS, FREE };

typedef struct Direct {
    Search s;
    SmBit *bit_of;
    void *ctx;
    Bdd f;          /* the function, and */
    SmWords nodes;  /* its nodes, ascending: children first */
    SmWords images; /* the same places */
    SmWords stays;  /* variables that no member to come can make fall */
    SmWords facts;  /* literals that cannot come together: n, literals, ... */
    SmWords truth;  /* by bit: of the vectors looked at */
    SmWords set;    /* of the bits not free: bit << 1 | truth */
    SmWords fixed;  /* literals that the present case decides, ascending */
    uint32_t gaps;  /* that may still be looked at */
} Direct;

/* `TAGS` branches told apart by a key are worth to be looked at one by one. */
enum { GAPS_MAX = 256, TAGS = 8 };

static void clear(Direct *d)
{
    GrEnv *env = d->s.sm->env;
    sm_clear_search(&d->s);
    gr_vec_clear(env, &d->nodes);
    gr_vec_clear(env, &d->images);
    gr_vec_clear(env, &d->stays);
    gr_vec_clear(env, &d->facts);
    gr_vec_clear(env, &d->truth);
    gr_vec_clear(env, &d->set);
    gr_vec_clear(env, &d->fixed);
}

static Bdd image(const Direct *d, Bdd f)
{
    if (f.v < 2) return f;
    uint32_t at = sm_find_word(d->nodes.at, d->nodes.n, 1, f.v);
    return at != UINT32_MAX ? (Bdd){d->images.at[at]} : f;
}

static uint32_t var_at(const Direct *d, uint32_t i)
{
    return sm_var_of(d->s.sm, (Bdd){d->nodes.at[i]});
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
    if (sm_has_word(d->stays.at, d->stays.n, var)) return false;
    if (!is_universal(d, var) || d->s.u == NULL) return true;
    return !sm_is_of_key(sm, sm_atom_of(sm, var).a);
}

/* --- passes over the function --------------------------------------------- */

/* The literal of a variable in s.lits: its value, or FREE. */
static uint32_t found_truth(const Direct *d, uint32_t var)
{
    const SmWords *w = &d->s.lits;
    for (uint32_t i = 0; i < w->n; i++)
        if (w->at[i] >> 1 == var - ATOM_BASE) return w->at[i] & 1;
    return FREE;
}

/* What is left of an open variable's sides. */
static gram_status open_sides(Direct *d, uint32_t var, Open open, Bdd lo,
                              Bdd hi, Bdd *out)
{
    Bdds *b = &d->s.sm->bdd;
    uint32_t truth = FREE;
    if (open == AS_IT_IS) truth = is_universal(d, var);
    if (open == ASKED_FOR) truth = is_universal(d, var) || is_required(d, var);
    if (open == AS_FOUND) truth = found_truth(d, var);
    *out = truth ? hi : lo;
    if (truth != FREE) return GRAM_OK;
    return open == EITHER ? gr_bdd_or(b, lo, hi, out)
                          : gr_bdd_and(b, lo, hi, out);
}

/* A node's image from those of its sides: over the bits. */
static gram_status map_node(Direct *d, BddNode n, Open open, Bdd *out)
{
    Bdds *b = &d->s.sm->bdd;
    Bdd lo = image(d, n.lo), hi = image(d, n.hi), bit;
    uint32_t at = d->bit_of(d->ctx, n.var);
    bool is_open = at != UINT32_MAX ? may_fall(d, n.var)
                                    : !sm_is_met(&d->s, n.var);
    if (is_open) GR_TRY(open_sides(d, n.var, open, lo, hi, &hi));
    *out = hi;
    if (at == UINT32_MAX) return GRAM_OK;
    GR_TRY(gr_bdd_var(b, at, &bit));
    return gr_bdd_ite(b, bit, hi, lo, out);
}

/* The function over the bits. */
static gram_status map_all(Direct *d, Open open, Bdd *out)
{
    Bdds *b = &d->s.sm->bdd;
    d->images.n = 0;
    *out = d->f;
    for (uint32_t i = 0; i < d->nodes.n; i++) {
        BddNode n = gr_bdd_node(b, (Bdd){d->nodes.at[i]});
        GR_TRY(gr_step(d->s.sm->env, 1));
        GR_TRY(map_node(d, n, open, out));
        GR_TRY(gr_vec_push(d->s.sm->env, &d->images, out->v));
    }
    return GRAM_OK;
}

/* A node's image over the variables, for the vectors of d->truth: for one of
 * them, or for all, where bits are free. */
static gram_status keep_node(Direct *d, BddNode n, bool all, Bdd *out)
{
    Bdds *b = &d->s.sm->bdd;
    Bdd lo = image(d, n.lo), hi = image(d, n.hi);
    uint32_t at = d->bit_of(d->ctx, n.var);
    uint32_t truth = at != UINT32_MAX ? d->truth.at[at] : HOLDS;
    *out = truth == FAILS ? lo : hi;
    if (truth == FAILS || sm_is_met(&d->s, n.var)) return GRAM_OK;
    if (truth == FREE)
        GR_TRY(all ? gr_bdd_and(b, lo, hi, out) : gr_bdd_or(b, lo, hi, out));
    if (at != UINT32_MAX && !may_fall(d, n.var)) return GRAM_OK;
    return gr_bdd_make(b, n.var, lo, *out, out);
}

static gram_status residual(Direct *d, bool all, Bdd *out)
{
    Bdds *b = &d->s.sm->bdd;
    d->images.n = 0;
    *out = d->f;
    for (uint32_t i = 0; i < d->nodes.n; i++) {
        BddNode n = gr_bdd_node(b, (Bdd){d->nodes.at[i]});
        GR_TRY(gr_step(d->s.sm->env, 1));
        GR_TRY(keep_node(d, n, all, out));
        GR_TRY(gr_vec_push(d->s.sm->env, &d->images, out->v));
    }
    return GRAM_OK;
}

/* --- completions ---------------------------------------------------------- */

/* The literals of the case join those of a path. */
static gram_status add_fixed(Direct *d)
{
    SmWords *lits = &d->s.lits;
    for (uint32_t i = 0; i < d->fixed.n; i++)
        GR_TRY(gr_vec_push(d->s.sm->env, lits, d->fixed.at[i]));
    lits->n = sm_sort_unique(lits->at, lits->n);
    return gr_step(d->s.sm->env, 1 + lits->n / 8);
}

static void drop_fixed(Direct *d)
{
    SmWords *lits = &d->s.lits;
    uint32_t n = 0;
    for (uint32_t i = 0; i < lits->n; i++)
        if (!sm_has_word(d->fixed.at, d->fixed.n, lits->at[i]))
            lits->at[n++] = lits->at[i];
    lits->n = n;
}

/* The literals of the open variables if all that is asked for comes and breaks
 * nothing, even of what hangs on bits. */
static gram_status ask_for_all(Direct *d)
{
    SmWords *lits = &d->s.lits;
    lits->n = 0;
    for (uint32_t i = 0; i < d->nodes.n; i++) {
        uint32_t var = var_at(d, i);
        bool yes = is_universal(d, var) || is_required(d, var);
        if (sm_is_met(&d->s, var)) continue;
        GR_TRY(gr_vec_push(d->s.sm->env, lits, (var - ATOM_BASE) << 1 | yes));
    }
    return add_fixed(d);
}

/* Can the literals in s.lits come together? */
static gram_status can_have(Direct *d, bool *yes)
{
    Search *s = &d->s;
    do {
        s->sm->live_needs.n = 0;
        s->blocked = false;
        GR_TRY(sm_want_check(s, s->lits.at, s->lits.n, yes));
        s->blocked &= *yes;
        if (s->blocked) GR_TRY(sm_decide_needs(s->sm));
    } while (s->blocked);
    return GRAM_OK;
}

static gram_status can_have_all(Direct *d, bool *yes)
{
    GR_TRY(ask_for_all(d));
    return can_have(d, yes);
}

/* What no member to come can make fall. */
static gram_status find_stays(Direct *d)
{
    GrEnv *env = d->s.sm->env;
    SmWords vars = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < d->nodes.n && status == GRAM_OK; i++)
        if (d->bit_of(d->ctx, var_at(d, i)) != UINT32_MAX)
            status = gr_vec_push(env, &vars, var_at(d, i));
    vars.n = sm_sort_unique(vars.at, vars.n);
    for (uint32_t i = 0; i < vars.n && status == GRAM_OK; i++) {
        bool yes = true;
        d->s.lits.n = 0;
        status = gr_vec_push(env, &d->s.lits, (vars.at[i] - ATOM_BASE) << 1);
        if (status == GRAM_OK && may_fall(d, vars.at[i]))
            status = can_have(d, &yes);
        if (status == GRAM_OK && !yes)
            status = gr_vec_push(env, &d->stays, vars.at[i]);
    }
    gr_vec_clear(env, &vars);
    return status;
}

static gram_status note_fact(Direct *d)
{
    GrEnv *env = d->s.sm->env;
    const SmWords *lits = &d->s.lits;
    GR_TRY(gr_vec_push(env, &d->facts, lits->n));
    for (uint32_t i = 0; i < lits->n; i++)
        GR_TRY(gr_vec_push(env, &d->facts, lits->at[i]));
    return GRAM_OK;
}

/* The refused literals in s.lits leave g; what the case decides is so. */
static gram_status learn(Direct *d, Bdd *g)
{
    drop_fixed(d);
    GR_TRY(note_fact(d));
    return sm_exclude(d->s.sm, d->s.lits.at, d->s.lits.n, g);
}

/* Has a function over the variables a completion?  What it needs is left in
 * s.lits. */
static gram_status can_hold(Direct *d, Bdd f, bool *yes)
{
    const SmWords *facts = &d->facts;
    Search *s = &d->s;
    Bdd g = f;
    s->lits.n = 0;
    *yes = gr_bdd_is(f, true) && d->fixed.n == 0;
    for (uint32_t i = 0; i < facts->n && !*yes; i += 1 + facts->at[i])
        GR_TRY(sm_exclude(s->sm, facts->at + i + 1, facts->at[i], &g));
    while (!*yes && !gr_bdd_is(g, false)) {
        Bdd any = {GR_BDD_TRUE};
        s->lits.n = 0;
        GR_TRY(sm_add_path(s, f, g));
        GR_TRY(add_fixed(d));
        GR_TRY(sm_settle_path(s, &any, yes));
        if (!*yes) GR_TRY(learn(d, &g));
    }
    return GRAM_OK;
}

/* --- the gap -------------------------------------------------------------- */

/* Some vectors of a function over the bits, all of those that a path of it
 * stands for, in d->truth and d->set. */
static gram_status pick(Direct *d, Bdd f)
{
    for (uint32_t i = 0; i < d->truth.n; i++) d->truth.at[i] = FREE;
    d->set.n = 0;
    while (f.v >= 2) {
        BddNode n = gr_bdd_node(&d->s.sm->bdd, f);
        bool holds = gr_bdd_is(n.lo, false);
        d->truth.at[n.var] = holds;
        GR_TRY(gr_vec_push(d->s.sm->env, &d->set, n.var << 1 | holds));
        f = holds ? n.hi : n.lo;
    }
    return GRAM_OK;
}

/* One of them. */
static gram_status pick_one(Direct *d)
{
    d->set.n = 0;
    for (uint32_t i = 0; i < d->truth.n; i++) {
        if (d->truth.at[i] == FREE) d->truth.at[i] = FAILS;
        GR_TRY(gr_vec_push(d->s.sm->env, &d->set, i << 1 | d->truth.at[i]));
    }
    return GRAM_OK;
}

/* The function of these vectors; d->set ascends. */
static gram_status picked(Direct *d, Bdd *out)
{
    Bdd no = gr_bdd_const(false);
    *out = gr_bdd_const(true);
    for (uint32_t i = d->set.n; i-- > 0;) {
        bool holds = d->set.at[i] & 1;
        GR_TRY(gr_bdd_make(&d->s.sm->bdd, d->set.at[i] >> 1, holds ? no : *out,
                           holds ? *out : no, out));
    }
    return GRAM_OK;
}

/* Has one of them a completion?  Has one completion all of them? */
static gram_status try_picked(Direct *d, bool all, bool *yes)
{
    Bdd f;
    GR_TRY(residual(d, all, &f));
    return can_hold(d, f, yes);
}

/* Free n bits of d->set, if they are alike still: all alive, or all dead. */
static gram_status try_free(Direct *d, uint32_t at, uint32_t n, bool alive,
                            bool *freed)
{
    uint32_t *set = d->set.at;
    for (uint32_t i = at; i < at + n; i++) d->truth.at[set[i] >> 1] = FREE;
    GR_TRY(try_picked(d, alive, freed));
    *freed = *freed == alive;
    for (uint32_t i = at; i < at + n && !*freed; i++)
        d->truth.at[set[i] >> 1] = set[i] & 1;
    if (!*freed) return GRAM_OK;
    memmove(set + at, set + at + n, (d->set.n - at - n) * sizeof *set);
    d->set.n -= n;
    return GRAM_OK;
}

/* The vectors picked, all alive or all dead, and as many more as are so for the
 * same reason.  All bits are freed, half of them, quarters, ... single ones. */
static gram_status widen(Direct *d, bool alive, Bdd *out)
{
    for (uint32_t size = d->set.n; size > 0;
         size = size > 1 ? (size + 1) / 2 : 0)
        for (uint32_t i = 0; i < d->set.n;) {
            uint32_t n = d->set.n - i < size ? d->set.n - i : size;
            bool freed;
            GR_TRY(try_free(d, i, n, alive, &freed));
            if (!freed) i += n;
        }
    return picked(d, out);
}

/* They join the goal with all that this completion keeps alive. */
static gram_status let_in(Direct *d, Bdd *goal)
{
    Bdds *b = &d->s.sm->bdd;
    Bdd these, others;
    bool yes;
    GR_TRY(widen(d, true, &these));
    GR_TRY(gr_bdd_or(b, *goal, these, goal));
    GR_TRY(try_picked(d, true, &yes));
    GR_TRY(map_all(d, AS_FOUND, &others));
    return gr_bdd_or(b, *goal, others, goal);
}

static gram_status leave_out(Direct *d, Bdd *most)
{
    Bdd dead;
    GR_TRY(widen(d, false, &dead));
    GR_TRY(gr_bdd_not(&d->s.sm->bdd, dead, &dead));
    return gr_bdd_and(&d->s.sm->bdd, *most, dead, most);
}

/* Vectors of the gap either join the goal or leave `most`: several at once
 * where they are alike, else one of them. */
static gram_status fill_gap(Direct *d, Bdd gap, Bdd *goal, Bdd *most)
{
    bool some, all;
    GR_TRY(pick(d, gap));
    GR_TRY(try_picked(d, true, &all));
    if (all) return let_in(d, goal);
    GR_TRY(try_picked(d, false, &some));
    if (!some) return leave_out(d, most);
    GR_TRY(pick_one(d));
    GR_TRY(try_picked(d, true, &all));
    return all ? let_in(d, goal) : leave_out(d, most);
}

static gram_status close_gap(Direct *d, Bdd most, Bdd *goal, bool *done)
{
    Bdds *b = &d->s.sm->bdd;
    Bdd gap;
    *done = false;
    while (!*done && d->gaps-- > 0) {
        GR_TRY(gr_bdd_not(b, *goal, &gap));
        GR_TRY(gr_bdd_and(b, most, gap, &gap));
        *done = gr_bdd_is(gap, false);
        if (!*done) GR_TRY(fill_gap(d, gap, goal, &most));
    }
    return GRAM_OK;
}

/* --- the goal ------------------------------------------------------------- */

/* *fit: no variable speaks of items that are counted or must differ, or of
 * being one. */
static gram_status read_nodes(Direct *d, Bdd f, bool *fit)
{
    Bdds *b = &d->s.sm->bdd;
    GrEnv *env = d->s.sm->env;
    *fit = true;
    d->f = f;
    d->nodes.n = 0;
    GR_TRY(gr_bdd_reach(b, f));
    GR_TRY(gr_vec_reserve(env, &d->nodes, b->reached.n));
    for (uint32_t i = 0; i < b->reached.n; i++) {
        d->nodes.at[d->nodes.n++] = b->reached.at[i];
        uint32_t kind = sm_atom_of(d->s.sm, var_at(d, i)).kind;
        uint32_t bit = d->bit_of(d->ctx, var_at(d, i));
        *fit = *fit && kind != ATOM_UNIQUE && kind != ATOM_CONTAINS &&
               kind != ATOM_OTHER;
        while (bit != UINT32_MAX && d->truth.n <= bit)
            GR_TRY(gr_vec_push(env, &d->truth, FREE));
    }
    return GRAM_OK;
}

/* Is something in `most` that is not in the goal? */
static gram_status has_gap(Direct *d, Bdd most, Bdd goal, bool *yes)
{
    GR_TRY(gr_bdd_implies(&d->s.sm->bdd, most, goal, yes));
    *yes = !*yes;
    return GRAM_OK;
}

/* Vectors that are alive for sure, without any search: closing at once, or all
 * that is asked for.  A case that asks for a member is not that of closing. */
static gram_status likely(Direct *d, bool may_close, Bdd most, Bdd *goal)
{
    Bdds *b = &d->s.sm->bdd;
    Bdd some;
    bool yes = may_close;
    if (may_close) GR_TRY(map_all(d, AS_IT_IS, &some));
    if (may_close) GR_TRY(gr_bdd_or(b, *goal, some, goal));
    GR_TRY(has_gap(d, most, *goal, &yes));
    if (yes) GR_TRY(can_have_all(d, &yes));
    if (!yes) return GRAM_OK;
    GR_TRY(map_all(d, ASKED_FOR, &some));
    return gr_bdd_or(b, *goal, some, goal);
}

static gram_status find_goal(Direct *d, Bdd f, Bdd *goal, bool *done)
{
    Bdd most;
    bool yes, fit;
    GR_TRY(read_nodes(d, f, &fit));
    if (!fit) return GRAM_OK;
    *goal = gr_bdd_const(false);
    GR_TRY(map_all(d, EITHER, &most));
    GR_TRY(likely(d, true, most, goal));
    GR_TRY(has_gap(d, most, *goal, &yes));
    *done = !yes;
    if (*done) return GRAM_OK;
    GR_TRY(find_stays(d));
    GR_TRY(map_all(d, EITHER, &most));
    return close_gap(d, most, goal, done);
}

/* --- case by case --------------------------------------------------------- */

static bool some_falls(const Direct *d)
{
    uint32_t i = 0;
    while (i < d->fixed.n && d->fixed.at[i] & 1) i++;
    return i < d->fixed.n;
}

/* The goal of one case joins that of the others. */
static gram_status add_case(Direct *d, Bdd f, Bdd *goal, bool *done)
{
    Bdds *b = &d->s.sm->bdd;
    Bdd most;
    bool yes, fit;
    d->facts.n = 0;
    GR_TRY(gr_bdd_assign(b, f, d->fixed.at, d->fixed.n, ATOM_BASE, &f));
    GR_TRY(read_nodes(d, f, &fit));
    GR_TRY(map_all(d, EITHER, &most));
    GR_TRY(has_gap(d, most, *goal, &yes));
    if (!yes) return GRAM_OK;
    GR_TRY(likely(d, !some_falls(d), most, goal));
    return close_gap(d, most, goal, done);
}

/* Each completion is of one of the cases. */
static gram_status find_by_cases(Direct *d, const SmCases *c, Bdd f, Bdd *goal,
                                 bool *done)
{
    bool fit;
    GR_TRY(read_nodes(d, f, &fit));
    if (!fit) return GRAM_OK;
    *goal = gr_bdd_const(false);
    *done = true;
    d->gaps += 2 * c->n;
    for (uint32_t i = 0; i < c->n && *done; i++) {
        GR_TRY(sm_case_lits(d->s.sm, c, i, &d->fixed));
        d->s.given = &d->fixed;
        GR_TRY(add_case(d, f, goal, done));
    }
    return GRAM_OK;
}

/* By a key that tells many branches apart; else all at once. */
static gram_status find(Direct *d, bool cases, Bdd *goal, bool *done)
{
    Sm *sm = d->s.sm;
    Bdd f = sm_typed_at(sm, d->s.typed)->all;
    SmCases c = {0};
    bool some = false;
    gram_status status = GRAM_OK;
    if (cases) status = sm_find_cases(&d->s, f, TAGS, &c, &some);
    if (status == GRAM_OK && some) status = find_by_cases(d, &c, f, goal, done);
    sm_clear_cases(sm, &c);
    return status == GRAM_OK && !cases ? find_goal(d, f, goal, done) : status;
}

gram_status sm_direct_goal(Sm *sm, TypedId id, const Regs *regs, SmBit *bit_of,
                           void *ctx, bool cases, Bdd *goal, bool *done)
{
    Direct d = {.bit_of = bit_of, .ctx = ctx, .gaps = GAPS_MAX};
    d.s = (Search){.sm = sm, .typed = id, .regs = regs, .extra = SM_NO_KEY};
    const Typed *t = sm_typed_at(sm, id);
    *done = false;
    if (t->all.v < 2) return GRAM_OK;
    if (t->type == T_OBJECT) GR_TRY(sm_universe(sm, id, &d.s.u));
    gram_status status = find(&d, cases, goal, done);
    clear(&d);
    return status;
}
