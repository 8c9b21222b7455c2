/* The goal of a child as the union of the ways in which its parent can hold.
 *
 * The parent's function is gone through from the top, at each atom the side
 * first that does not ask for it; then what the other side has *more*:
 *
 *        REQ            the ways of `rest`, without a literal
 *       lo/ \hi
 *     rest   U1         then REQ U1, REQ U2 ..., up to where the way
 *           lo/ \hi     comes to `rest` again
 *          U2   TRUE
 *
 * so what branches share is gone through once.  A way found makes all others
 * pointless that differ from it only behind the last bit that it asks for.
 * Where that finds many more than the function has nodes, or too many are
 * refused, paths and clauses take turns, as in search.c; after some of them the
 * function itself is asked (direct.c). */
#include "schema/want.h"

enum { WAYS_MAX = 4096, WAYS_FEW = 64, FEW = 16 };

gram_status sm_settle_path(Search *s, Bdd *g, bool *alive)
{
    do {
        GR_TRY(sm_try_path(s, g, alive));
        if (*alive && s->blocked) GR_TRY(sm_decide_needs(s->sm));
    } while (*alive && s->blocked);
    return GRAM_OK;
}

#define NO_LIT UINT32_MAX

/* A function whose ways are still to be gone through. */
typedef struct Turn {
    Bdd f;
    Bdd stop;             /* known elsewhere; FALSE: nothing */
    uint32_t n_lits;      /* on the path to here, */
    uint32_t lit;         /* and one more, or NO_LIT */
    uint32_t bits;        /* literals of bits before that one */
    uint32_t least, most; /* members that those before ask for */
    bool open;            /* it was begun: `stop` is in force */
} Turn;

typedef struct Ways {
    Search *s;
    SmBit *bit_of;
    SmFound *found;
    void *ctx;
    GrVec(Turn) turns;
    SmWords path;
    GrMap stops;      /* function -> how often it is one */
    uint32_t n;       /* found so far */
    uint32_t refused; /* paths */
    uint32_t most;    /* ways of a union: not many more than it has nodes */
    uint32_t tries;   /* paths that may still be tried */
} Ways;

static bool is_bit(const Ways *w, uint32_t var)
{
    return var != UINT32_MAX && w->bit_of(w->ctx, var) != UINT32_MAX;
}

/* Any way that is left of g; without *more, there is none if g is FALSE. */
static gram_status next_way(Ways *w, Bdd f, Bdd *g, bool *more)
{
    Search *s = w->s;
    *more = false;
    while (!*more && !gr_bdd_is(*g, false) && w->tries > 0) {
        w->tries--;
        s->lits.n = 0;
        GR_TRY(sm_add_path(s, f, *g));
        GR_TRY(sm_settle_path(s, g, more));
    }
    return GRAM_OK;
}

/* --- what is gone through ------------------------------------------------- */

static bool is_stop(const Ways *w, Bdd f)
{
    const uint32_t *n = gr_map_find(&w->stops, f.v);
    return n != NULL && *n > 0;
}

static gram_status count_stop(Ways *w, Bdd f, bool more)
{
    const uint32_t *n = gr_map_find(&w->stops, f.v);
    uint32_t was = n ? *n : 0;
    if (f.v == GR_BDD_FALSE) return GRAM_OK;
    return gr_map_put(w->s->sm->env, &w->stops, f.v, more ? was + 1 : was - 1);
}

/* Over with the turn on top. */
static gram_status drop(Ways *w)
{
    Turn t = w->turns.at[--w->turns.n];
    return t.open ? count_stop(w, t.stop, false) : GRAM_OK;
}

/* The literal of a turn goes onto the path; *room: it leaves a number of
 * members that can be. */
static gram_status take_literal(Ways *w, Turn *t, bool *room)
{
    uint32_t var = t->lit >> 1 | ATOM_BASE;
    *room = true;
    w->path.n = t->n_lits;
    if (t->lit == NO_LIT) return GRAM_OK;
    Atom a = sm_atom_of(w->s->sm, var);
    t->n_lits++;
    t->bits += is_bit(w, var);
    if (a.kind == ATOM_COUNT) {
        if (t->lit & 1 && a.b > t->least) t->least = a.b;
        if (!(t->lit & 1) && a.b - 1 < t->most) t->most = a.b - 1;
        *room = t->least <= t->most;
    }
    return gr_vec_push(w->s->sm->env, &w->path, t->lit);
}

/* Small, and without any bit?  Each node looked at leaves one more to do. */
static bool is_bare(const Ways *w, Bdd f)
{
    enum { SMALL = 8 };
    uint32_t todo[SMALL + 1] = {f.v}, n = 1, seen = 0;
    while (n > 0) {
        Bdd top = {todo[--n]};
        if (top.v < 2) continue;
        if (seen++ == SMALL || is_bit(w, sm_var_of(w->s->sm, top)))
            return false;
        BddNode node = gr_bdd_node(&w->s->sm->bdd, top);
        todo[n++] = node.lo.v;
        todo[n++] = node.hi.v;
    }
    return true;
}

/* Both sides of a node; `t`: the way to it.  A bit with nearly nothing behind
 * it goes first, so that a union's branches come in order. */
static gram_status both_sides(Ways *w, const Turn *t)
{
    Sm *sm = w->s->sm;
    BddNode node = gr_bdd_node(&sm->bdd, t->f);
    uint32_t lit = (node.var - ATOM_BASE) << 1;
    bool up, down = false;
    if (sm_is_met(w->s, node.var)) {
        Turn on = *t;
        on.open = false;
        on.f = node.hi;
        on.stop = gr_bdd_const(false);
        on.lit = NO_LIT;
        return gr_vec_push(sm->env, &w->turns, on);
    }
    GR_TRY(gr_bdd_implies(&sm->bdd, node.lo, node.hi, &up));
    if (!up) GR_TRY(gr_bdd_implies(&sm->bdd, node.hi, node.lo, &down));
    Turn first = *t, second = *t;
    first.open = second.open = false;
    first.stop = gr_bdd_const(false);
    first.f = down ? node.hi : node.lo;
    first.lit = up || down ? NO_LIT : lit;
    second.f = down ? node.lo : node.hi;
    second.lit = down ? lit : lit | 1;
    second.stop = up || down ? first.f : first.stop;
    bool swap = is_bit(w, node.var) && is_bare(w, node.hi);
    GR_TRY(gr_vec_push(sm->env, &w->turns, swap ? first : second));
    return gr_vec_push(sm->env, &w->turns, swap ? second : first);
}

static gram_status put_path(Ways *w)
{
    SmWords *lits = &w->s->lits;
    lits->n = 0;
    for (uint32_t i = 0; i < w->path.n; i++)
        GR_TRY(gr_vec_push(w->s->sm->env, lits, w->path.at[i]));
    return GRAM_OK;
}

/* A whole path.  Where it is a way, what differs from it only behind its last
 * bit has nothing new to say. */
static gram_status try_leaf(Ways *w, uint32_t bits)
{
    Bdd any = gr_bdd_const(true);
    bool alive;
    GR_TRY(put_path(w));
    GR_TRY(sm_settle_path(w->s, &any, &alive));
    if (!alive) w->refused++;
    if (!alive) return GRAM_OK;
    w->n++;
    while (w->turns.n > 0 && w->turns.at[w->turns.n - 1].bits >= bits)
        GR_TRY(drop(w));
    return w->found(w->s, w->ctx);
}

static gram_status next_turn(Ways *w)
{
    Turn *top = &w->turns.at[w->turns.n - 1], t = *top;
    bool room;
    GR_TRY(gr_step(w->s->sm->env, 1));
    if (top->open) return drop(w);
    GR_TRY(count_stop(w, t.stop, true));
    top->open = true;
    if (is_stop(w, t.f) || gr_bdd_is(t.f, false)) return GRAM_OK;
    GR_TRY(take_literal(w, &t, &room));
    if (!room) return GRAM_OK;
    return gr_bdd_is(t.f, true) ? try_leaf(w, t.bits) : both_sides(w, &t);
}

static bool too_many(const Ways *w)
{
    return w->n >= w->most || w->refused > 2 * w->n + FEW;
}

/* All ways, one after the other; *all is false where too many were refused. */
static gram_status go_through(Ways *w, Bdd f, bool *all)
{
    Turn whole = {.f = f, .lit = NO_LIT, .least = w->s->regs->count};
    whole.most = UINT32_MAX;
    GR_TRY(gr_bdd_reach(&w->s->sm->bdd, f));
    w->most = w->s->sm->bdd.reached.n + FEW;
    GR_TRY(gr_vec_push(w->s->sm->env, &w->turns, whole));
    while (w->turns.n > 0 && !too_many(w)) GR_TRY(next_turn(w));
    *all = w->turns.n == 0;
    return GRAM_OK;
}

/* --- paths and clauses ---------------------------------------------------- */

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
static gram_status find_ways(Ways *w, Bdd f, Bdd g, bool *all)
{
    Search *s = w->s;
    bool more = true;
    while (more) {
        GR_TRY(next_way(w, f, &g, &more));
        if (!more) break;
        GR_TRY(w->found(s, w->ctx));
        keep_bits(w);
        GR_TRY(sm_exclude(s->sm, s->lits.at, s->lits.n, &g));
    }
    *all = gr_bdd_is(g, false);
    return GRAM_OK;
}

/* The way in which the least is asked for: where that is no bit at all, or
 * there is no way, there is nothing more to find (*all). */
static gram_status find_least(Ways *w, Bdd f, Bdd g, bool *all)
{
    bool more;
    w->tries = UINT32_MAX;
    GR_TRY(next_way(w, f, &g, &more));
    *all = true;
    if (!more) return GRAM_OK;
    GR_TRY(w->found(w->s, w->ctx));
    keep_bits(w);
    *all = w->s->lits.n == 0;
    return GRAM_OK;
}

gram_status sm_each_way(Search *s, SmBit *bit_of, SmFound *found, void *ctx,
                        uint32_t tries, bool *all)
{
    const Typed *t = sm_typed_at(s->sm, s->typed);
    Ways w = {.s = s, .bit_of = bit_of, .found = found, .ctx = ctx};
    gram_status status = find_least(&w, t->all, t->pruned, all);
    if (status == GRAM_OK && !*all) status = go_through(&w, t->all, all);
    w.tries = tries;
    if (status == GRAM_OK && !*all)
        status = find_ways(&w, t->all, t->pruned, all);
    gr_vec_clear(s->sm->env, &w.turns);
    gr_vec_clear(s->sm->env, &w.path);
    gr_map_clear(s->sm->env, &w.stops);
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

static gram_status ways_goal(Search *s, SmBit *bit_of, void *ctx,
                             uint32_t tries, Bdd *goal, bool *done)
{
    Cubes c = {.bit_of = bit_of, .ctx = ctx};
    gram_status status = sm_each_way(s, goal_bit, add_cube, &c, tries, done);
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
    gram_status status = GRAM_OK;
    if (regs != NULL)
        status = sm_direct_goal(sm, id, regs, bit_of, ctx, true, goal, done);
    if (status == GRAM_OK && !*done)
        status = ways_goal(&s, bit_of, ctx, WAYS_FEW, goal, done);
    if (status == GRAM_OK && !*done)
        status = sm_direct_goal(sm, id, s.regs, bit_of, ctx, false, goal, done);
    if (status == GRAM_OK && !*done)
        status = ways_goal(&s, bit_of, ctx, WAYS_MAX, goal, done);
    sm_clear_search(&s);
    return status;
}
