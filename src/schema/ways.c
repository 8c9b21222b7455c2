/* The goal of a child as the union of the ways in which its parent can hold. */
#include "schema/want.h"

enum { WAYS_MAX = 4096 };

/* The present path, once its children are decided. */
static gram_status settle_path(Search *s, Bdd *g, bool *alive)
{
    do {
        GR_TRY(sm_try_path(s, g, alive));
        if (*alive && s->blocked) GR_TRY(sm_decide_needs(s->sm));
    } while (*alive && s->blocked);
    return GRAM_OK;
}

typedef struct Ways {
    Search *s;
    SmBit *bit_of;
    SmFound *found;
    void *ctx;
    Bdd f, g;       /* as for find_path; without what `forced` says */
    SmWords forced; /* literals that all ways have */
    uint32_t n;     /* found so far */
    bool parted;    /* something was taken off f and g */
    bool stuck;     /* the ways are too many or too hard to find like this */
} Ways;

static bool is_bit(const Ways *w, uint32_t var)
{
    return var != UINT32_MAX && w->bit_of(w->ctx, var) != UINT32_MAX;
}

/* Small, and without any bit? */
static bool is_bare(const Ways *w, Bdd f)
{
    uint32_t todo[9] = {f.v}, n = 1;
    for (uint32_t seen = 0; n > 0; seen++) {
        Bdd top = {todo[--n]};
        if (top.v < 2) continue;
        if (seen == 8 || is_bit(w, sm_var_of(w->s->sm, top))) return false;
        BddNode node = gr_bdd_node(&w->s->sm->bdd, top);
        todo[n++] = node.lo.v;
        todo[n++] = node.hi.v;
    }
    return true;
}

/* A branch at the top of f and g: atoms that it asks for, one of them a bit,
 * and where they lead; without any of them f and g are the same two.  As no
 * way wants the bit to fail, none wants any of the others to. */
typedef struct Branch {
    SmWords *lits;
    Bdd f, g;
} Branch;

/* One atom more of a branch; *is: there is one. */
static gram_status next_atom(const Ways *w, Branch *b, Bdd rest_f, Bdd rest_g,
                             bool *bit, bool *is)
{
    const Sm *sm = w->s->sm;
    uint32_t var = sm_var_of(sm, b->f);
    *is = var != UINT32_MAX && var == sm_var_of(sm, b->g) &&
          !(*bit && is_bit(w, var));
    if (!*is) return GRAM_OK;
    BddNode f = gr_bdd_node(&sm->bdd, b->f), g = gr_bdd_node(&sm->bdd, b->g);
    *is = f.lo.v == rest_f.v && g.lo.v == rest_g.v && !gr_bdd_is(g.hi, false);
    if (!*is) return GRAM_OK;
    *bit = *bit || is_bit(w, var);
    b->f = f.hi;
    b->g = g.hi;
    return gr_vec_push(sm->env, b->lits, (var - ATOM_BASE) << 1 | 1);
}

/* Is f "these atoms and a little more, or what does not ask for them"? */
static gram_status find_branch(const Ways *w, Branch *b, bool *is)
{
    const Sm *sm = w->s->sm;
    b->f = w->f;
    b->g = w->g;
    *is = false;
    if (w->f.v < 2 || w->g.v < 2) return GRAM_OK;
    Bdd rest_f = gr_bdd_node(&sm->bdd, w->f).lo;
    Bdd rest_g = gr_bdd_node(&sm->bdd, w->g).lo;
    bool more = true, bit = false;
    while (more) GR_TRY(next_atom(w, b, rest_f, rest_g, &bit, &more));
    *is = bit && is_bare(w, b->f);
    return GRAM_OK;
}

/* What all ways ask for is taken off the top. */
static gram_status take_forced(Ways *w)
{
    const Sm *sm = w->s->sm;
    uint32_t var = sm_var_of(sm, w->f);
    while (var != UINT32_MAX && var == sm_var_of(sm, w->g) && !is_bit(w, var)) {
        BddNode f = gr_bdd_node(&sm->bdd, w->f);
        if (!gr_bdd_is(f.lo, false)) break;
        w->f = f.hi;
        w->g = gr_bdd_node(&sm->bdd, w->g).hi;
        uint32_t lit = (var - ATOM_BASE) << 1 | 1;
        GR_TRY(gr_vec_push(w->s->sm->env, &w->forced, lit));
        w->parted = true;
        var = sm_var_of(sm, w->f);
    }
    return GRAM_OK;
}

static gram_status put_forced(Ways *w)
{
    SmWords *lits = &w->s->lits;
    lits->n = 0;
    for (uint32_t i = 0; i < w->forced.n; i++)
        GR_TRY(gr_vec_push(w->s->sm->env, lits, w->forced.at[i]));
    return GRAM_OK;
}

/* The branches of a union one after the other, from the top: each goes off
 * in one step.  Not before a way was found in which the least is asked for:
 * it may ask for no bit at all.  *more: there was one, and it is alive. */
static gram_status next_branch(Ways *w, bool *more)
{
    Search *s = w->s;
    *more = false;
    GR_TRY(take_forced(w));
    GR_TRY(put_forced(w));
    Branch b = {.lits = &s->lits};
    GR_TRY(find_branch(w, &b, more));
    if (!*more) return GRAM_OK;
    Bdd rest = w->g;
    GR_TRY(sm_add_path(s, b.f, b.g));
    GR_TRY(settle_path(s, &rest, more));
    w->stuck = !*more;
    w->parted = true;
    w->f = gr_bdd_node(&s->sm->bdd, w->f).lo;
    w->g = gr_bdd_node(&s->sm->bdd, w->g).lo;
    return GRAM_OK;
}

/* Any way that is left.  A refused one is ruled out of g, unless g is only a
 * part of what the literals speak of. */
static gram_status next_way(Ways *w, bool *more)
{
    Search *s = w->s;
    *more = false;
    while (!*more && !w->stuck && !gr_bdd_is(w->g, false)) {
        GR_TRY(put_forced(w));
        GR_TRY(sm_add_path(s, w->f, w->g));
        GR_TRY(settle_path(s, &w->g, more));
        w->stuck = !*more && w->parted;
    }
    return GRAM_OK;
}

/* Only the literals of bits are left in s->lits. */
static void keep_bits(Ways *w)
{
    SmWords *lits = &w->s->lits;
    uint32_t n = 0;
    for (uint32_t i = 0; i < lits->n; i++)
        if (is_bit(w, lits->at[i] >> 1 | ATOM_BASE))
            lits->at[n++] = lits->at[i];
    lits->n = n;
}

/* The bits of a way found are ruled out like a refused path: what contains
 * them has nothing new to say. */
static gram_status find_ways(Ways *w)
{
    Search *s = w->s;
    bool more = true, branch = false;
    while (more && w->n < WAYS_MAX) {
        if (w->n > 0) GR_TRY(next_branch(w, &branch));
        more = branch;
        if (!branch) GR_TRY(next_way(w, &more));
        if (!more) return GRAM_OK;
        w->n++;
        GR_TRY(w->found(s, w->ctx));
        keep_bits(w);
        if (!branch) GR_TRY(sm_exclude(s->sm, s->lits.at, s->lits.n, &w->g));
    }
    w->stuck = true;
    return GRAM_OK;
}

gram_status sm_each_way(Search *s, SmBit *bit_of, SmFound *found, void *ctx,
                        bool *all)
{
    const Typed *t = sm_typed_at(s->sm, s->typed);
    Ways w = {.s = s, .bit_of = bit_of, .found = found, .ctx = ctx};
    w.f = t->all;
    w.g = t->pruned;
    gram_status status = find_ways(&w);
    *all = !w.stuck;
    gr_vec_clear(s->sm->env, &w.forced);
    return status;
}

/* --- goals ---------------------------------------------------------------- */

typedef struct Cubes {
    SmBit *bit_of;
    void *ctx;
    SmWords at;
} Cubes;

static uint32_t goal_bit(void *ctx, uint32_t var)
{
    const Cubes *c = ctx;
    return c->bit_of(c->ctx, var);
}

/* The bits that the way asks for. */
static gram_status add_cube(Search *s, void *ctx)
{
    Cubes *c = ctx;
    Bdd one, cube = gr_bdd_const(true);
    for (uint32_t i = 0; i < s->lits.n; i++) {
        uint32_t bit = goal_bit(c, s->lits.at[i] >> 1 | ATOM_BASE);
        if (bit == UINT32_MAX) continue;
        GR_TRY(gr_bdd_var(&s->sm->bdd, bit, &one));
        GR_TRY(gr_bdd_and(&s->sm->bdd, cube, one, &cube));
    }
    return gr_vec_push(s->sm->env, &c->at, cube.v);
}

static gram_status ways_goal(Search *s, SmBit *bit_of, void *ctx, Bdd *goal,
                             bool *done)
{
    Cubes c = {.bit_of = bit_of, .ctx = ctx};
    gram_status status = sm_each_way(s, goal_bit, add_cube, &c, done);
    if (status == GRAM_OK && *done)
        status = gr_bdd_any(&s->sm->bdd, (Bdd *)c.at.at, c.at.n, goal);
    gr_vec_clear(s->sm->env, &c.at);
    return status;
}

gram_status sm_ways_goal(Sm *sm, TypedId id, const Regs *regs, SmBit *bit_of,
                         void *ctx, Bdd *goal, bool *done)
{
    Search s = {.sm = sm, .typed = id, .extra = SM_NO_KEY};
    s.regs = regs ? regs : &sm_no_regs;
    *goal = sm_typed_at(sm, id)->all;
    *done = goal->v < 2;
    if (*done) return GRAM_OK;
    if (sm_typed_at(sm, id)->type == T_OBJECT)
        GR_TRY(sm_universe(sm, id, &s.u));
    gram_status status = ways_goal(&s, bit_of, ctx, goal, done);
    sm_clear_search(&s);
    return status;
}
