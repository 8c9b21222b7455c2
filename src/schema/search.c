/* Is there a way for an open container to hold?
 *
 * A container's function is a decision diagram over atoms; a path to TRUE
 * asks for some atoms and against others.  Where one branch of a node implies
 * the other the atom is not asked for at all (monotony), so ordinary schemas
 * have one path with no negative literal.  Whether the literals of a path can
 * hold together is another matter (want.c): keys exclude one another through
 * the values they allow.  So the two take turns, as in lazy SMT solving
 * (Nieuwenhuis, Oliveras, Tinelli 2006):
 *
 *     g := f
 *     while g has a path p:
 *         L := literals that f needs along p
 *         L can hold together?   yes: alive
 *         K := a small part of L that cannot
 *         g := g and not all of K
 *     dead
 *
 * A K found before anything is written, without use of provisional answers
 * and of a bound on depth, is a *lemma*: no complete container satisfies it,
 * so it holds for every residual over the same atoms, and is kept for all
 * searches.
 *
 * Rejected: trying all paths.  A union of forty branches told apart by two
 * keys has more than 2^40 of them and a few hundred lemmas. */
#include "schema/layout.h"
#include "schema/want.h"

enum { CUBES_MAX = 4096 };

static const Regs no_regs;

/* --- paths ---------------------------------------------------------------- */

static uint32_t var_of(const Sm *sm, Bdd f)
{
    return f.v < 2 ? UINT32_MAX : gr_bdd_node(&sm->bdd, f).var;
}

/* Is it about keys, which may come or what they are? */
static bool is_of_keys(const Sm *sm, uint32_t var)
{
    uint32_t kind = sm_atom_of(sm, var).kind;
    return kind == ATOM_REQ || kind == ATOM_UNIV;
}

/* One step down f and g, on the variable of the upper one.  f decides what
 * is asked for, g where the way goes; not asking is tried first, but where
 * s->eager. */
static gram_status walk_down(Search *s, Bdd *f, Bdd *g)
{
    Sm *sm = s->sm;
    uint32_t vf = var_of(sm, *f), vg = var_of(sm, *g);
    bool up = true, down = true;
    BddNode nf = {vf, *f, *f}, ng = {vg, *g, *g};
    if (vg <= vf) ng = gr_bdd_node(&sm->bdd, *g);
    if (vf <= vg) {
        nf = gr_bdd_node(&sm->bdd, *f);
        GR_TRY(gr_bdd_implies(&sm->bdd, nf.lo, nf.hi, &up));
        GR_TRY(gr_bdd_implies(&sm->bdd, nf.hi, nf.lo, &down));
    }
    bool hi = !up || (s->eager && vf <= vg && is_of_keys(sm, vf));
    if (gr_bdd_is(hi ? ng.hi : ng.lo, false)) hi = !hi;
    uint32_t lit = (vf - ATOM_BASE) << 1 | hi;
    *f = hi ? nf.hi : nf.lo;
    *g = hi ? ng.hi : ng.lo;
    return hi ? (down ? GRAM_OK : gr_vec_push(sm->env, &s->lits, lit))
              : (up ? GRAM_OK : gr_vec_push(sm->env, &s->lits, lit));
}

/* A path of g, which implies f: the literals that f needs along it. */
static gram_status add_path(Search *s, Bdd f, Bdd g)
{
    while (f.v >= 2 || g.v >= 2) {
        GR_TRY(gr_step(s->sm->env, 1));
        GR_TRY(walk_down(s, &f, &g));
    }
    return GRAM_OK;
}

static gram_status find_path(Search *s, Bdd f, Bdd g)
{
    s->lits.n = 0;
    return add_path(s, f, g);
}

/* g and not all of these literals (ascending by variable). */
static gram_status exclude(Sm *sm, const uint32_t *lits, uint32_t n, Bdd *g)
{
    Bdd clause = {GR_BDD_FALSE}, yes = {GR_BDD_TRUE};
    for (uint32_t i = n; i-- > 0;) {
        uint32_t var = (lits[i] >> 1) + ATOM_BASE;
        GR_TRY(lits[i] & 1 ? gr_bdd_make(&sm->bdd, var, yes, clause, &clause)
                           : gr_bdd_make(&sm->bdd, var, clause, yes, &clause));
    }
    return gr_bdd_and(&sm->bdd, *g, clause, g);
}

/* --- lemmas --------------------------------------------------------------- */

static uint32_t atom_number(uint32_t lit)
{
    return lit >> 1 & ((1u << ATOM_NUMBER_BITS) - 1);
}

static gram_status mark_lits(Search *s)
{
    Sm *sm = s->sm;
    sm->lit_stamp++;
    while (sm->lit_mark.n < sm->atom_at.n)
        GR_TRY(gr_vec_push(sm->env, &sm->lit_mark, 0));
    for (uint32_t i = 0; i < s->lits.n; i++)
        sm->lit_mark.at[atom_number(s->lits.at[i])] = sm->lit_stamp * 2 +
                                                      (s->lits.at[i] & 1);
    return GRAM_OK;
}

/* A lemma that the path violates: its place in sm->lemmas, or UINT32_MAX. */
static gram_status find_lemma(Search *s, uint32_t *at)
{
    Sm *sm = s->sm;
    GR_TRY(mark_lits(s));
    for (*at = 0; *at < sm->lemmas.n; *at += 1 + sm->lemmas.at[*at]) {
        const uint32_t *w = &sm->lemmas.at[*at];
        uint32_t i = 1;
        GR_TRY(gr_step(sm->env, 1));
        while (i <= w[0] && sm->lit_mark.at[atom_number(w[i])] ==
                                sm->lit_stamp * 2 + (w[i] & 1))
            i++;
        if (i > w[0]) return GRAM_OK;
    }
    *at = UINT32_MAX;
    return GRAM_OK;
}

static gram_status add_lemma(Search *s)
{
    Sm *sm = s->sm;
    GR_TRY(gr_vec_reserve(sm->env, &sm->lemmas, (uint64_t)s->lits.n + 1));
    sm->lemmas.at[sm->lemmas.n++] = s->lits.n;
    for (uint32_t i = 0; i < s->lits.n; i++)
        sm->lemmas.at[sm->lemmas.n++] = s->lits.at[i];
    return GRAM_OK;
}

/* Is what is left without [at, at + n) still refused, for certain?  Then
 * leave it out. */
static gram_status try_without(Search *s, uint32_t *rest, uint32_t at,
                               uint32_t n, bool *refused)
{
    bool ok, unsure = s->sm->live_unsure;
    uint32_t total = s->lits.n, *lits = s->lits.at;
    memcpy(rest, lits, at * sizeof *rest);
    memcpy(rest + at, lits + at + n, (total - at - n) * sizeof *rest);
    s->sm->live_unsure = false;
    GR_TRY(sm_want_check(s, rest, total - n, &ok));
    *refused = !ok && !s->sm->live_unsure;
    s->sm->live_unsure = unsure;
    if (!*refused) return GRAM_OK;
    memcpy(lits, rest, (total - n) * sizeof *rest);
    s->lits.n -= n;
    return GRAM_OK;
}

/* Reduce refused literals to a part of them that is refused, by leaving out
 * half of them, quarters, ... single ones. */
static gram_status minimise(Search *s, uint32_t *rest)
{
    for (uint32_t size = (s->lits.n + 1) / 2; size > 0;
         size = size > 1 ? (size + 1) / 2 : 0)
        for (uint32_t i = 0; i < s->lits.n;) {
            uint32_t n = s->lits.n - i < size ? s->lits.n - i : size;
            bool refused;
            GR_TRY(try_without(s, rest, i, n, &refused));
            if (!refused) i += n;
        }
    return GRAM_OK;
}

/* "Few matching items" speaks of those to come only (child.c counts down):
 * what it excludes in an empty array it need not in one half full. */
static bool counts_the_rest(const Search *s)
{
    bool some = false;
    for (uint32_t i = 0; i < s->lits.n && !some; i++)
        some = !(s->lits.at[i] & 1) &&
               sm_atom_of(s->sm, s->lits.at[i] >> 1 | ATOM_BASE).kind ==
                   ATOM_CONTAINS;
    return some;
}

/* The refused path in s->lits becomes a small part of it.  *lasting: it is a
 * lemma. */
static gram_status learn(Search *s, bool *lasting)
{
    Sm *sm = s->sm;
    size_t size = ((size_t)s->lits.n + 1) * sizeof(uint32_t);
    uint32_t *rest = gr_resize(sm->env, NULL, 0, size);
    if (rest == NULL) return GRAM_E_MEMORY;
    gram_status status = minimise(s, rest);
    gr_free(sm->env, rest, size);
    GR_TRY(status);
    *lasting = s->regs == &no_regs && s->extra == SM_NO_KEY &&
               sm->live_limit == 0 && !sm->live_provisional &&
               !sm->live_unsure &&
               sm_typed_at(sm, s->typed)->room == ROOM_ANY &&
               !counts_the_rest(s);
    return *lasting ? add_lemma(s) : GRAM_OK;
}

/* --- one search ----------------------------------------------------------- */

static gram_status rule_out(Search *s, const uint32_t *lits, uint32_t n,
                            bool lasting, Bdd *g)
{
    Typed *t = sm_typed_at(s->sm, s->typed);
    bool same = t->pruned.v == g->v;
    GR_TRY(exclude(s->sm, lits, n, g));
    if (lasting && same) t->pruned = *g;
    return lasting && !same ? exclude(s->sm, lits, n, &t->pruned) : GRAM_OK;
}

/* Is the path alive?  If not, it is ruled out of g. */
static gram_status try_path(Search *s, Bdd *g, bool *alive)
{
    Sm *sm = s->sm;
    uint32_t lemma;
    bool lasting, before = sm->live_provisional;
    *alive = false;
    GR_TRY(find_lemma(s, &lemma));
    if (lemma != UINT32_MAX)
        return rule_out(s, &sm->lemmas.at[lemma + 1], sm->lemmas.at[lemma],
                        true, g);
    s->blocked = sm->live_provisional = false;
    if (sm->live_limit == 0) sm->live_needs.n = 0;
    GR_TRY(sm_want_check(s, s->lits.at, s->lits.n, alive));
    if (*alive) {
        sm->live_provisional |= before;
        return GRAM_OK;
    }
    GR_TRY(learn(s, &lasting));
    sm->live_provisional |= before;
    return rule_out(s, s->lits.at, s->lits.n, lasting, g);
}

static gram_status try_paths(Search *s, bool *alive)
{
    const Typed *t = sm_typed_at(s->sm, s->typed);
    Bdd f = t->all, g = t->pruned;
    *alive = false;
    while (!*alive && !gr_bdd_is(g, false)) {
        GR_TRY(find_path(s, f, g));
        GR_TRY(try_path(s, &g, alive));
        if (s->eager) break;
    }
    return GRAM_OK;
}

static void clear_search(Search *s)
{
    sm_want_clear(s);
    gr_vec_clear(s->sm->env, &s->lits);
}

/* The key of the way found that may come first. */
static uint32_t wanted_key(const Search *s)
{
    uint32_t best = SM_NO_KEY;
    if (s->u == NULL) return best;
    for (uint32_t i = 0; i < s->want.add.n; i++) {
        uint32_t key = 2 * s->want.add.at[i];
        if (best == SM_NO_KEY ||
            sm_rank(s->sm, s->typed, key) < sm_rank(s->sm, s->typed, best))
            best = key;
    }
    return best == SM_NO_KEY && s->placed.n > 0 ? s->placed.at[0] : best;
}

/* Is there a member when the container closes, at this cost so far? */
static bool has_members(const Search *s, uint64_t cost)
{
    return cost > 1 || s->regs->begun || (s->u != NULL && s->regs->count > 0);
}

gram_status sm_search(Sm *sm, TypedId id, const Regs *regs, bool *alive,
                      bool *blocked, uint64_t *cost)
{
    Search s = {.sm = sm, .typed = id, .extra = SM_NO_KEY};
    s.regs = regs ? regs : &no_regs;
    Typed *t = sm_typed_at(sm, id);
    *blocked = false;
    *cost = 1;
    sm->wanted = SM_NO_KEY;
    sm->height = 0;
    *alive = gr_bdd_is(t->all, true);
    if (t->all.v < 2) return GRAM_OK;
    if (t->type == T_OBJECT) GR_TRY(sm_universe(sm, id, &s.u));
    bool before = sm->live_unsure;
    sm->live_unsure = false;
    gram_status status = try_paths(&s, alive);
    if (status == GRAM_OK && !*alive && sm->live_unsure)
        status = gr_fail(sm->env, GRAM_E_UNSUPPORTED, GR_NOWHERE,
                         "\"uniqueItems\" of values that hold themselves "
                         "and must differ, at each depth");
    sm->live_unsure = before;
    *blocked = *alive && s.blocked;
    *cost = s.cost;
    /* the way found need not be the shortest: closing at once is */
    bool may = false;
    if (status == GRAM_OK && *alive && !*blocked)
        status = sm_may_close(sm, id, s.regs, &may);
    if (may) *cost = 1;
    sm->height = may ? 0 : s.height;
    if (has_members(&s, *cost))
        *cost = sm_add_cost(*cost, sm_close_space(sm, id));
    sm->wanted = *alive && !may ? wanted_key(&s) : SM_NO_KEY;
    clear_search(&s);
    return status;
}

gram_status sm_prove(Search *s, bool *alive)
{
    Sm *sm = s->sm;
    const Typed *t = sm_typed_at(sm, s->typed);
    bool provisional = sm->live_provisional, unsure = sm->live_unsure;
    s->regs = &no_regs;
    s->extra = SM_NO_KEY;
    s->explain = true;
    if (t->type == T_OBJECT) GR_TRY(sm_universe(sm, s->typed, &s->u));
    sm->live_limit = t->rank;
    gram_status status = try_paths(s, alive);
    sm->live_limit = 0;
    sm->live_provisional = provisional;
    sm->live_unsure = unsure;
    return status;
}

/* --- living keys ---------------------------------------------------------- */

/* A way for the open object to hold, its children decided. */
static gram_status find_way(Search *s, bool *alive)
{
    do {
        s->sm->live_needs.n = 0;
        s->blocked = false;
        GR_TRY(try_paths(s, alive));
        s->blocked &= *alive;
        if (s->blocked) GR_TRY(sm_decide_needs(s->sm));
    } while (s->blocked);
    return GRAM_OK;
}

static uint32_t nth_key(const Universe *u, uint32_t i)
{
    return i < u->n_names ? 2 * u->names[i] : 2 * (i - u->n_names) + 1;
}

/* Most keys can be added to the first way that is found.  *n: how many are
 * not found after all. */
static gram_status spare_keys(Search *s, uint32_t *bits, uint32_t *n)
{
    bool alive, yes;
    do {
        GR_TRY(find_way(s, &alive));
        *n = 0;
        for (uint32_t i = 0; i < s->u->n_names + s->u->n_classes; i++) {
            if (gr_bit_get(bits, i)) continue;
            bool before = s->blocked;
            s->blocked = yes = false;
            GR_TRY(gr_step(s->sm->env, 1));
            if (alive) GR_TRY(sm_want_spare(s, nth_key(s->u, i), &yes));
            if (yes && !s->blocked) gr_bit_set(bits, i);
            *n += !yes;
            s->blocked |= before;
        }
        if (s->blocked) GR_TRY(sm_decide_needs(s->sm));
    } while (s->blocked);
    return GRAM_OK;
}

/* Then a way is tried that asks for as much as there is: where keys need
 * others, or something of their values, it has them all. */
static gram_status find_keys(Search *s, uint32_t *bits)
{
    uint32_t n;
    GR_TRY(spare_keys(s, bits, &n));
    s->eager = true;
    if (n > 1) GR_TRY(spare_keys(s, bits, &n));
    s->eager = false;
    return GRAM_OK;
}

/* The others are searched for one by one, in what is left of the object once
 * the key has refuted what it refutes. */
static gram_status search_key(Sm *sm, TypedId id, const Regs *regs,
                              uint32_t key, bool *alive)
{
    Search s = {.sm = sm, .regs = regs, .extra = key};
    GR_TRY(sm_universe(sm, id, &s.u));
    GR_TRY(sm_after_key(sm, id, key, &s.typed));
    *alive = !gr_bdd_is(sm_typed_at(sm, s.typed)->all, false);
    gram_status status = *alive ? find_way(&s, alive) : GRAM_OK;
    clear_search(&s);
    return status;
}

static gram_status living_keys(Search *s, uint32_t *bits)
{
    uint32_t n = s->u->n_names + s->u->n_classes;
    bool alive;
    GR_TRY(find_keys(s, bits));
    for (uint32_t i = 0; i < n; i++) {
        if (gr_bit_get(bits, i)) continue;
        GR_TRY(search_key(s->sm, s->typed, s->regs, nth_key(s->u, i), &alive));
        if (alive) gr_bit_set(bits, i);
    }
    return GRAM_OK;
}

gram_status sm_living_keys(Sm *sm, TypedId t, const Regs *regs, uint32_t *bits)
{
    Search s = {.sm = sm, .typed = t, .extra = SM_NO_KEY};
    s.regs = regs ? regs : &no_regs;
    GR_TRY(sm_universe(sm, t, &s.u));
    gram_status status = living_keys(&s, bits);
    clear_search(&s);
    return status;
}

/* --- goals ---------------------------------------------------------------- */

/* The bits that the path asks for: as a function, and their literals alone
 * left in s->lits. */
static gram_status path_cube(Search *s, SmBit *bit_of, void *ctx, Bdd *out)
{
    uint32_t n = 0;
    *out = gr_bdd_const(true);
    for (uint32_t i = 0; i < s->lits.n; i++) {
        uint32_t bit = bit_of(ctx, s->lits.at[i] >> 1 | ATOM_BASE);
        Bdd one;
        if (bit == UINT32_MAX) continue;
        s->lits.at[n++] = s->lits.at[i];
        GR_TRY(gr_bdd_var(&s->sm->bdd, bit, &one));
        GR_TRY(gr_bdd_and(&s->sm->bdd, *out, one, out));
    }
    s->lits.n = n;
    return GRAM_OK;
}

/* The present path, once its children are decided. */
static gram_status settle_path(Search *s, Bdd *g, bool *alive)
{
    do {
        GR_TRY(try_path(s, g, alive));
        if (*alive && s->blocked) GR_TRY(sm_decide_needs(s->sm));
    } while (*alive && s->blocked);
    return GRAM_OK;
}

typedef struct Ways {
    Search *s;
    SmBit *bit_of;
    void *ctx;
    Bdd f, g;       /* as for find_path; without what `forced` says */
    SmWords forced; /* literals that all ways have */
    SmWords cubes;  /* found so far */
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
        if (seen == 8 || is_bit(w, var_of(w->s->sm, top))) return false;
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
    uint32_t var = var_of(sm, b->f);
    *is = var != UINT32_MAX && var == var_of(sm, b->g) &&
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
    uint32_t var = var_of(sm, w->f);
    while (var != UINT32_MAX && var == var_of(sm, w->g) && !is_bit(w, var)) {
        BddNode f = gr_bdd_node(&sm->bdd, w->f);
        if (!gr_bdd_is(f.lo, false)) break;
        w->f = f.hi;
        w->g = gr_bdd_node(&sm->bdd, w->g).hi;
        uint32_t lit = (var - ATOM_BASE) << 1 | 1;
        GR_TRY(gr_vec_push(w->s->sm->env, &w->forced, lit));
        w->parted = true;
        var = var_of(sm, w->f);
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
    GR_TRY(add_path(s, b.f, b.g));
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
        GR_TRY(add_path(s, w->f, w->g));
        GR_TRY(settle_path(s, &w->g, more));
        w->stuck = !*more && w->parted;
    }
    return GRAM_OK;
}

/* A cube found is ruled out like a refused path: what contains it has
 * nothing new to say. */
static gram_status find_ways(Ways *w)
{
    Search *s = w->s;
    bool more = true, branch = false;
    while (more && w->cubes.n < CUBES_MAX) {
        Bdd cube;
        if (w->cubes.n > 0) GR_TRY(next_branch(w, &branch));
        more = branch;
        if (!branch) GR_TRY(next_way(w, &more));
        if (!more) return GRAM_OK;
        GR_TRY(path_cube(s, w->bit_of, w->ctx, &cube));
        GR_TRY(gr_vec_push(s->sm->env, &w->cubes, cube.v));
        if (!branch) GR_TRY(exclude(s->sm, s->lits.at, s->lits.n, &w->g));
    }
    w->stuck = true;
    return GRAM_OK;
}

static gram_status ways_goal(Search *s, SmBit *bit_of, void *ctx, Bdd *goal,
                             bool *done)
{
    const Typed *t = sm_typed_at(s->sm, s->typed);
    Ways w = {.s = s, .bit_of = bit_of, .ctx = ctx, .f = t->all};
    w.g = t->pruned;
    gram_status status = find_ways(&w);
    *done = !w.stuck;
    if (status == GRAM_OK && *done)
        status = gr_bdd_any(&s->sm->bdd, (Bdd *)w.cubes.at, w.cubes.n, goal);
    gr_vec_clear(s->sm->env, &w.forced);
    gr_vec_clear(s->sm->env, &w.cubes);
    return status;
}

gram_status sm_ways_goal(Sm *sm, TypedId id, const Regs *regs, SmBit *bit_of,
                         void *ctx, Bdd *goal, bool *done)
{
    Search s = {.sm = sm, .typed = id, .extra = SM_NO_KEY};
    s.regs = regs ? regs : &no_regs;
    *goal = sm_typed_at(sm, id)->all;
    *done = goal->v < 2;
    if (*done) return GRAM_OK;
    if (sm_typed_at(sm, id)->type == T_OBJECT)
        GR_TRY(sm_universe(sm, id, &s.u));
    gram_status status = ways_goal(&s, bit_of, ctx, goal, done);
    clear_search(&s);
    return status;
}
