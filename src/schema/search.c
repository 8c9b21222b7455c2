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
 * searches but those that tell costs: which way is found, of several, depends
 * on what was ruled out before, and so would they.
 *
 * Rejected: trying all paths.  A union of forty branches told apart by two
 * keys has more than 2^40 of them and a few hundred lemmas. */
#include "schema/layout.h"
#include "schema/want.h"

const Regs sm_no_regs;

/* --- paths ---------------------------------------------------------------- */

uint32_t sm_var_of(const Sm *sm, Bdd f)
{
    return f.v < 2 ? UINT32_MAX : gr_bdd_node(&sm->bdd, f).var;
}

static bool is_unfound(const Search *s, uint32_t key)
{
    uint32_t at = sm_name_index(s->u, key);
    return at != UINT32_MAX && !gr_bit_get(s->found, at);
}

/* Is a key of the set not yet among those that can come? */
static bool has_unfound(const Search *s, uint32_t set)
{
    uint32_t n, i = 0;
    const uint32_t *key = sm_set(s->sm, set, &n);
    while (i < n && !is_unfound(s, key[i])) i++;
    return i < n;
}

/* May one that it names come and break it? */
static bool names_unfound(const Search *s, uint32_t spec)
{
    ObjectSpec o = sm_object_spec(s->sm, spec);
    uint32_t i = 0;
    while (i < o.n_names && (!is_unfound(s, o.names[2 * i]) ||
                             sm_has_seen(s->regs, o.names[2 * i])))
        i++;
    return i < o.n_names;
}

/* Which side of a node that f does not decide: the one that asks for nothing;
 * where both do, with the atom, s->humble: without it; s->eager: what shows
 * more keys, with s->breaks by breaking what is said of them; where costs are
 * told, what needs no more members. */
static bool prefers(const Search *s, uint32_t var, bool up, bool down)
{
    Atom a = sm_atom_of(s->sm, var);
    if (s->sm->costing && up == down)
        return a.kind == ATOM_UNIV || a.kind == ATOM_UNIQUE;
    if (s->sm->costing) return !up;
    if (!s->eager || (a.kind != ATOM_REQ && a.kind != ATOM_UNIV))
        return s->humble ? down : !up;
    if (a.kind == ATOM_UNIV) return !s->breaks || !names_unfound(s, a.a);
    return s->found == NULL || has_unfound(s, a.a);
}

/* Is a key there, or does the search know that it must come? */
static bool will_be_there(const Search *s, uint32_t key)
{
    const SmWords *w = &s->assumed;
    return 2 * key == s->extra || sm_has_seen(s->regs, key) ||
           sm_has_word(w->at, w->n, key);
}

/* Does the atom hold whatever comes, by the keys that are there and those
 * that must come? */
bool sm_is_met(const Search *s, uint32_t var)
{
    Atom a = sm_atom_of(s->sm, var);
    uint32_t n, i = 0;
    if (a.kind == ATOM_COUNT) return s->regs->count >= a.b;
    if (a.kind != ATOM_REQ) return false;
    const uint32_t *key = sm_set(s->sm, a.a, &n);
    while (i < n && will_be_there(s, key[i])) i++;
    return i == n;
}

static bool is_dead(const Search *s, Bdd g)
{
    return s->careful ? !gr_bdd_has_hope(&s->sm->bdd, g) : gr_bdd_is(g, false);
}

/* One step down f and g, on the variable of the upper one.  f decides what
 * is asked for, g where the way goes; not asking is tried first, but where
 * s->eager, and what is met need not be asked for. */
static gram_status walk_down(Search *s, Bdd *f, Bdd *g)
{
    Sm *sm = s->sm;
    uint32_t vf = sm_var_of(sm, *f), vg = sm_var_of(sm, *g);
    bool up = true, down = true, met = vf <= vg && sm_is_met(s, vf);
    BddNode nf = {vf, *f, *f}, ng = {vg, *g, *g};
    if (vg <= vf) ng = gr_bdd_node(&sm->bdd, *g);
    if (vf <= vg) {
        nf = gr_bdd_node(&sm->bdd, *f);
        GR_TRY(gr_bdd_implies(&sm->bdd, nf.lo, nf.hi, &up));
        GR_TRY(gr_bdd_implies(&sm->bdd, nf.hi, nf.lo, &down));
    }
    bool hi = met || (vf <= vg && prefers(s, vf, up, down));
    if (is_dead(s, hi ? ng.hi : ng.lo)) hi = !hi;
    uint32_t lit = (vf - ATOM_BASE) << 1 | hi;
    *f = hi ? nf.hi : nf.lo;
    *g = hi ? ng.hi : ng.lo;
    return hi ? (down || met ? GRAM_OK : gr_vec_push(sm->env, &s->lits, lit))
              : (up ? GRAM_OK : gr_vec_push(sm->env, &s->lits, lit));
}

/* A path of g, which implies f: the literals that f needs along it. */
gram_status sm_add_path(Search *s, Bdd f, Bdd g)
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
    return sm_add_path(s, f, g);
}

/* g and not all of these literals (ascending by variable). */
gram_status sm_exclude(Sm *sm, const uint32_t *lits, uint32_t n, Bdd *g)
{
    Bdd clause = {GR_BDD_FALSE}, yes = {GR_BDD_TRUE};
    for (uint32_t i = n; i-- > 0;) {
        uint32_t var = (lits[i] >> 1) + ATOM_BASE;
        GR_TRY(lits[i] & 1 ? gr_bdd_make(&sm->bdd, var, yes, clause, &clause)
                           : gr_bdd_make(&sm->bdd, var, clause, yes, &clause));
    }
    return gr_bdd_and(&sm->bdd, *g, clause, g);
}

/* --- one search ----------------------------------------------------------- */

static gram_status rule_out(Search *s, const uint32_t *lits, uint32_t n,
                            bool lasting, Bdd *g)
{
    Typed *t = sm_typed_at(s->sm, s->typed);
    bool same = t->pruned.v == g->v;
    GR_TRY(sm_exclude(s->sm, lits, n, g));
    if (lasting && same) t->pruned = *g;
    return lasting && !same ? sm_exclude(s->sm, lits, n, &t->pruned) : GRAM_OK;
}

enum { LONG_PATH = 16 };

/* Is the path alive?  If not, it is ruled out of g. */
gram_status sm_try_path(Search *s, Bdd *g, bool *alive)
{
    Sm *sm = s->sm;
    uint32_t lemma = UINT32_MAX;
    bool lasting, before = sm->live_provisional;
    *alive = s->given_up = false;
    if (!sm->costing) GR_TRY(sm_find_lemma(s, &lemma));
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
    s->given_up = s->hasty && s->lits.n > LONG_PATH;
    if (s->given_up) sm->live_provisional |= before;
    if (s->given_up) return GRAM_OK;
    GR_TRY(sm_learn(s, &lasting));
    sm->live_provisional |= before;
    /* what is ruled out is a matter of facts: those come first */
    *alive = sm->costing && s->blocked;
    return rule_out(s, s->lits.at, s->lits.n, lasting, g);
}

static bool is_met(const void *ctx, uint32_t var)
{
    return sm_is_met(ctx, var);
}

/* A path of g that asks for nothing it need not, given what is met; *some is
 * false where there is none. */
static gram_status hopeful_path(Search *s, Bdd g, bool *some)
{
    GR_TRY(gr_bdd_hopes(&s->sm->bdd, g, is_met, s));
    *some = gr_bdd_has_hope(&s->sm->bdd, g);
    if (!*some) return GRAM_OK;
    s->careful = true;
    gram_status status = find_path(s, sm_typed_at(s->sm, s->typed)->all, g);
    s->careful = false;
    return status;
}

/* The keys that the path asks for are assumed to come.  *more: there are new
 * ones. */
static gram_status assume_keys(Search *s, bool *more)
{
    SmWords *w = &s->assumed;
    uint32_t was = w->n, n = 0;
    for (uint32_t i = 0; i < s->lits.n; i++) {
        Atom a = sm_atom_of(s->sm, s->lits.at[i] >> 1 | ATOM_BASE);
        uint32_t k;
        if (a.kind != ATOM_REQ || !(s->lits.at[i] & 1)) continue;
        const uint32_t *key = sm_set(s->sm, a.a, &k);
        GR_TRY(gr_step(s->sm->env, k));
        for (uint32_t j = 0; j < k; j++)
            GR_TRY(gr_vec_push(s->sm->env, w, key[j]));
    }
    sm_sort_words(w->at, w->n);
    for (uint32_t i = 0; i < w->n; i++)
        if (n == 0 || w->at[n - 1] != w->at[i]) w->at[n++] = w->at[i];
    w->n = n;
    *more = n > was;
    return GRAM_OK;
}

/* Must a set of keys stay incomplete although all of it is there? */
static bool breaks_set(const Search *s)
{
    bool broken = false;
    for (uint32_t i = 0; i < s->lits.n && !broken; i++) {
        uint32_t var = s->lits.at[i] >> 1 | ATOM_BASE;
        broken = !(s->lits.at[i] & 1) &&
                 sm_atom_of(s->sm, var).kind == ATOM_REQ && sm_is_met(s, var);
    }
    return broken;
}

/* The closure: a path is taken again with all keys that it asks for, which
 * bring others, until it asks for no more. */
static gram_status close_keys(Search *s, Bdd g, bool *alive)
{
    bool some = true, more = true, before = s->sm->live_provisional;
    while (some && more) {
        GR_TRY(hopeful_path(s, g, &some));
        if (some) GR_TRY(assume_keys(s, &more));
    }
    if (!some) return GRAM_OK;
    s->blocked = s->sm->live_provisional = false;
    if (s->sm->live_limit == 0) s->sm->live_needs.n = 0;
    GR_TRY(sm_want_check(s, s->lits.at, s->lits.n, alive));
    s->sm->live_provisional |= before;
    return GRAM_OK;
}

/* A path whose keys bring others gives way to its closure.  That is right where
 * keys only ask for keys, and takes a path for each round where clauses would
 * be one for each dependency; what it does not find is left to them. */
static gram_status try_closure(Search *s, Bdd g, bool *tried, bool *alive)
{
    bool more;
    gram_status status = assume_keys(s, &more);
    *tried = status == GRAM_OK && breaks_set(s);
    if (*tried) status = close_keys(s, g, alive);
    s->assumed.n = 0;
    return status;
}

enum { FEW_REFUSED = 6 };

static void note_refused(Search *s)
{
    Typed *t = sm_typed_at(s->sm, s->typed);
    if (t->refused < FEW_REFUSED) t->refused++;
}

/* Paths and clauses in turn, until one is alive or `most` were refused;
 * `first`: none was tried yet. */
static gram_status take_turns(Search *s, Bdd *g, uint32_t most, bool first,
                              bool *alive)
{
    bool careful = s->extra != SM_NO_KEY || !first;
    bool some = true, closed = false;
    first = first && s->u != NULL && !s->eager;
    for (uint32_t i = 0; i < most && !*alive && !gr_bdd_is(*g, false); i++) {
        Bdd f = sm_typed_at(s->sm, s->typed)->all;
        GR_TRY(careful ? hopeful_path(s, *g, &some) : find_path(s, f, *g));
        if (!some) *g = gr_bdd_const(false);
        if (!some) return GRAM_OK;
        careful = true;
        if (first) GR_TRY(try_closure(s, *g, &closed, alive));
        if (!first || !closed) GR_TRY(sm_try_path(s, g, alive));
        if (s->given_up) return GRAM_OK;
        if (!*alive) note_refused(s);
        s->humble = !s->humble;
        first = false;
        if (s->eager) break;
    }
    return GRAM_OK;
}

/* Case by case.  What is refused in one of them is not ruled out of g: the next
 * one rarely asks for it, and clauses are dear. */
static gram_status try_cases(Search *s, const SmCases *c, Bdd g, bool *alive)
{
    SmWords lits = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < c->n && !*alive && status == GRAM_OK; i++) {
        Bdd cube;
        status = sm_case_lits(s->sm, c, i, &lits);
        if (status == GRAM_OK) status = sm_cube_of(s->sm, &lits, &cube);
        if (status == GRAM_OK) status = gr_bdd_and(&s->sm->bdd, cube, g, &cube);
        s->given = &lits;
        if (status == GRAM_OK)
            status = take_turns(s, &cube, UINT32_MAX, false, alive);
        s->given = NULL;
    }
    gr_vec_clear(s->sm->env, &lits);
    return status;
}

/* How many paths may still be refused before it is worth to look for cases.
 * Where costs are told nothing may depend on what was asked before. */
static uint32_t turns_left(const Search *s)
{
    return s->sm->costing ? FEW_REFUSED
                          : FEW_REFUSED - sm_typed_at(s->sm, s->typed)->refused;
}

/* *some: there are cases, each of which was tried. */
static gram_status find_cases(Search *s, uint32_t fewest, Bdd g, bool *some,
                              bool *alive)
{
    SmCases c;
    gram_status status = sm_find_cases(s, g, fewest, &c, some);
    if (status == GRAM_OK && *some) status = try_cases(s, &c, g, alive);
    sm_clear_cases(s->sm, &c);
    return status;
}

/* The reason why a long path is refused takes work to find, and is worth little
 * where a key tells many branches apart; a short one's is tried a few times. */
gram_status sm_try_paths(Search *s, bool *alive)
{
    enum { MANY = 8, SOME = 3 };
    const Typed *t = sm_typed_at(s->sm, s->typed);
    Bdd g = s->sm->costing ? t->all : t->pruned;
    uint32_t n = turns_left(s);
    bool some = false;
    *alive = s->humble = s->given_up = false;
    s->hasty = !s->eager;
    GR_TRY(take_turns(s, &g, s->eager ? 1 : n, true, alive));
    s->hasty = false;
    if (*alive || s->eager || s->brief || gr_bdd_is(g, false)) return GRAM_OK;
    GR_TRY(find_cases(s, s->given_up ? MANY : SOME, g, &some, alive));
    s->given_up = false;
    return some ? GRAM_OK : take_turns(s, &g, UINT32_MAX, n == 0, alive);
}

void sm_clear_search(Search *s)
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
    if (best == SM_NO_KEY && s->placed.n > 0) return s->placed.at[0];
    return best == SM_NO_KEY ? s->spare : best;
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
    s.regs = regs ? regs : &sm_no_regs;
    Typed *t = sm_typed_at(sm, id);
    *blocked = false;
    *cost = 1;
    sm->wanted = SM_NO_KEY;
    sm->height = 0;
    sm->dearest = 0;
    *alive = gr_bdd_is(t->all, true);
    if (t->all.v < 2) return GRAM_OK;
    if (t->type == T_OBJECT) GR_TRY(sm_universe(sm, id, &s.u));
    bool before = sm->live_unsure;
    sm->live_unsure = false;
    gram_status status = sm_try_paths(&s, alive);
    if (status == GRAM_OK && !*alive && sm->live_unsure && !sm_is_limited(sm))
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
    sm->dearest = may ? 0 : s.dearest;
    if (has_members(&s, *cost))
        *cost = sm_add_cost(*cost, sm_close_space(sm, id));
    sm->wanted = *alive && !may ? wanted_key(&s) : SM_NO_KEY;
    sm_clear_search(&s);
    return status;
}

gram_status sm_prove(Search *s, bool *alive)
{
    Sm *sm = s->sm;
    const Typed *t = sm_typed_at(sm, s->typed);
    bool provisional = sm->live_provisional, unsure = sm->live_unsure;
    bool costing = sm->costing;
    s->regs = &sm_no_regs;
    s->extra = SM_NO_KEY;
    s->explain = true;
    if (t->type == T_OBJECT) GR_TRY(sm_universe(sm, s->typed, &s->u));
    sm->live_limit = t->rank;
    sm->costing = false;
    gram_status status = sm_try_paths(s, alive);
    sm->costing = costing;
    sm->live_limit = 0;
    sm->live_provisional = provisional;
    sm->live_unsure = unsure;
    return status;
}
