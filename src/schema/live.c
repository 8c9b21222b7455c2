/* Liveness: can a value, or an open container, still be completed?
 *
 * A container's function is a decision diagram over atoms.  A path to TRUE
 * asks for some UNIV atoms to stay true, some to fall (each needs a witness:
 * a key or item that breaks it), key sets to be complete or not, and counts
 * to lie in an interval.  Where one branch of a node implies the other, the
 * atom is not asked for at all (monotony), so ordinary schemas have one path
 * with no negative literal.
 *
 *     path -> T (must hold)  N (must fall)  keys to add, keys to leave out,
 *             least..most members
 *          -> each key to add has a value that all of T allow?
 *             each of N has a witness?  enough keys, not too many?
 *
 * Values of members are asked for recursively, so the whole is a least fixed
 * point over typed containers, run on an explicit stack:
 *
 *   - a container that is being decided counts as dead for its own children;
 *     a "no" that used this is provisional, kept for the round only;
 *   - rounds are repeated until one finds no new "yes": then all its "no"
 *     are final.  (Satisfiability is used positively only.)
 *   - children that are not known yet are assumed alive; a path that needs
 *     them reports them, they are decided first, and the search is taken up
 *     again.
 *
 * Work is counted per path and literal; a query over PATHS_MAX paths is a
 * GRAM_E_LIMIT, never a guess. */
#include "schema/machine.h"

enum { UNKNOWN, OPEN, YES, NO, MAYBE_NO };
enum { PATHS_MAX = 100000, PLAIN_PATHS_MAX = 4096 };

typedef GrVec(uint32_t) Words;

/* A path, decoded. */
typedef struct Want {
    Words hold, fall;     /* specs */
    Words add;            /* keys that must still come */
    Words leave;          /* keys that must not come */
    uint32_t least, most; /* members in the end */
} Want;

typedef struct Search {
    Sm *sm;
    TypedId typed;
    const Regs *regs;
    const Universe *u; /* objects */
    Want want;
    Words lits;   /* var << 1 | value, along the path */
    bool blocked; /* a child of unknown status was assumed alive */
    uint64_t cost;
} Search;

/* --- children ---------------------------------------------------------------- */

static gram_status scalar_live(Sm *sm, TypedId id, bool *alive)
{
    Typed *t = sm_typed_at(sm, id);
    if (!t->known) {
        t->cost = 5;
        if (t->all.v < 2)
            *alive = t->all.v;
        else if (t->type == T_NUMBER)
            GR_TRY(sm_number_live(sm, id, alive, &t->cost));
        else if (t->type == T_STRING)
            GR_TRY(sm_text_live(sm, id, alive, &t->cost));
        else
            *alive = true; /* a function of "it is true" that is no const */
        if (*alive && t->all.v == GR_BDD_TRUE) {
            if (t->type == T_STRING) t->cost = 2;
            if (t->type == T_NUMBER) t->cost = 1;
        }
        t = sm_typed_at(sm, id);
        t->alive = *alive;
        t->known = true;
    }
    *alive = t->alive;
    return GRAM_OK;
}

/* The status of a container for those above it in the search. */
static gram_status container_live(Sm *sm, TypedId id, bool *alive,
                                  bool *unknown)
{
    Typed *t = sm_typed_at(sm, id);
    *alive = *unknown = false;
    if (gr_bdd_is(t->all, false)) return GRAM_OK;
    if (t->status == YES) {
        *alive = true;
    } else if (t->status == OPEN ||
               (t->status == MAYBE_NO && t->round == sm->live_round)) {
        sm->live_provisional = true;
    } else if (t->status != NO) {
        *unknown = true;
        return gr_vec_push(sm->env, &sm->live_needs, id.v);
    }
    return GRAM_OK;
}

/* Is the value alive, as far as is known?  Unknown children are noted in
 * live_needs and assumed alive: *unknown. */
static gram_status value_check(Sm *sm, ValueId id, bool *alive, uint64_t *cost,
                               bool *unknown)
{
    Value *v = sm_value_at(sm, id);
    bool some = false;
    *unknown = false;
    *alive = v->status == YES;
    *cost = v->cost;
    if (v->status == YES || v->status == NO) return GRAM_OK;
    bool final = true;
    for (uint32_t type = 0; type < N_TYPES && !*alive; type++) {
        TypedId t;
        bool open = false;
        GR_TRY(sm_value_typed(sm, id, type, &t));
        if (type < T_ARRAY) {
            GR_TRY(scalar_live(sm, t, alive));
        } else {
            bool before = sm->live_provisional;
            sm->live_provisional = false;
            GR_TRY(container_live(sm, t, alive, &open));
            final = final && !open && !sm->live_provisional;
            sm->live_provisional |= before;
        }
        some |= open;
        *cost = sm_typed_at(sm, t)->cost;
    }
    if (*alive || final) {
        v->status = *alive ? YES : NO;
        v->cost = *cost;
    } else if (some) {
        *unknown = *alive = true;
        *cost = 0;
    }
    return GRAM_OK;
}

static gram_status child_check(Search *s, ValueId v, bool *alive,
                               uint64_t *cost)
{
    bool unknown;
    GR_TRY(value_check(s->sm, v, alive, cost, &unknown));
    s->blocked |= unknown;
    return GRAM_OK;
}

static uint64_t add_cost(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* --- the joint child: all of `hold`, and not those of `fall` in `mask` ---------- */

static gram_status joint_value(Search *s, ConjId hold, const ConjId *fall,
                               uint32_t n, ValueId *out)
{
    Sm *sm = s->sm;
    if (n == 0) return sm_value_of(sm, hold, out);
    Bdd goal, bit;
    size_t size = ((size_t)n + 1) * sizeof(ConjId);
    ConjId *root = gr_resize(sm->env, NULL, 0, size);
    if (root == NULL) return GRAM_E_MEMORY;
    root[0] = hold;
    memcpy(root + 1, fall, n * sizeof *root);
    gram_status status = gr_bdd_var(&sm->bdd, 0, &goal);
    for (uint32_t i = 1; i <= n && status == GRAM_OK; i++) {
        status = gr_bdd_var(&sm->bdd, i, &bit);
        if (status == GRAM_OK) status = gr_bdd_not(&sm->bdd, bit, &bit);
        if (status == GRAM_OK) status = gr_bdd_and(&sm->bdd, goal, bit, &goal);
    }
    if (status == GRAM_OK) status = sm_value(sm, root, n + 1, goal, out);
    gr_free(sm->env, root, size);
    return status;
}

/* What the specs of `hold` say together about a place: a key of the universe
 * or, for arrays, a position. */
static gram_status place_conj(Search *s, uint32_t spec, uint32_t place,
                              ConjId *out)
{
    uint32_t n;
    if (s->u != NULL) return sm_key_conj(s->sm, s->u, spec, place, out);
    const uint32_t *prefix = sm_array_spec(s->sm, spec, &n);
    *out = (ConjId){prefix[place < n ? place : n]};
    return GRAM_OK;
}

static gram_status held_conj(Search *s, uint32_t place, ConjId *out)
{
    *out = (ConjId){CONJ_TRUE};
    for (uint32_t i = 0; i < s->want.hold.n; i++) {
        ConjId one;
        GR_TRY(gr_step(s->sm->env, 1));
        GR_TRY(place_conj(s, s->want.hold.at[i], place, &one));
        GR_TRY(sm_conj_and(s->sm, *out, one, out));
    }
    return GRAM_OK;
}

/* Can a member stand at `place` that all of hold allow and that breaks the
 * specs fall[which[0..n)]? */
static gram_status place_live(Search *s, uint32_t place, const uint32_t *which,
                              uint32_t n, bool *alive, uint64_t *cost)
{
    ConjId hold, *fall = NULL;
    ValueId v;
    size_t size = n * sizeof *fall;
    GR_TRY(held_conj(s, place, &hold));
    if (n > 0) {
        fall = gr_resize(s->sm->env, NULL, 0, size);
        if (fall == NULL) return GRAM_E_MEMORY;
    }
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        status = place_conj(s, s->want.fall.at[which[i]], place, &fall[i]);
    if (status == GRAM_OK) status = joint_value(s, hold, fall, n, &v);
    if (n > 0) gr_free(s->sm->env, fall, size);
    GR_TRY(status);
    return child_check(s, v, alive, cost);
}

/* --- objects -------------------------------------------------------------------- */

static bool has(const uint32_t *at, uint32_t n, uint32_t x)
{
    for (uint32_t i = 0; i < n; i++)
        if (at[i] == x) return true;
    return false;
}

static bool has_sorted(const uint32_t *at, uint32_t n, uint32_t x)
{
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (at[mid] < x)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && at[lo] == x;
}

static bool is_seen(const Search *s, uint32_t key)
{
    return has_sorted(s->regs->seen, s->regs->n_seen, key);
}

/* Bytes that a member takes beside its value: quotes, colon, comma and the
 * key, at most six bytes a byte of it. */
static uint64_t key_cost(const Search *s, uint32_t place)
{
    if (place & 1) return 4 + 6 * 16;
    const GrName *k = &s->sm->key.at[place >> 1];
    uint64_t n = 4;
    for (uint32_t i = 0; i < k->len; i++) {
        unsigned char c = (unsigned char)k->text[i];
        n += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
    }
    return n;
}

/* A set that must not be complete: one of its keys stays away.  A key that
 * cannot come anyway is best, then one that nobody asks for. */
static gram_status leave_one(Search *s, uint32_t set, bool *ok)
{
    uint32_t n, best = UINT32_MAX;
    const uint32_t *key = sm_set(s->sm, set, &n);
    *ok = false;
    for (uint32_t i = 0; i < n; i++) {
        if (is_seen(s, key[i]) || has(s->want.add.at, s->want.add.n, key[i]))
            continue;
        *ok = true;
        if (has(s->want.leave.at, s->want.leave.n, key[i])) return GRAM_OK;
        if (best == UINT32_MAX) best = key[i];
    }
    return *ok ? gr_vec_push(s->sm->env, &s->want.leave, best) : GRAM_OK;
}

/* May this key of the universe still be added, beyond those that must? */
static bool is_spare(const Search *s, uint32_t key)
{
    return !is_seen(s, key) && !has(s->want.add.at, s->want.add.n, key) &&
           !has(s->want.leave.at, s->want.leave.n, key);
}

/* How many keys of a class are seen: at most all that have no name. */
static uint32_t class_left(const Search *s, const KeyClass *c)
{
    uint32_t others = s->regs->count - s->regs->n_seen;
    if (c->count == UINT32_MAX) return UINT32_MAX;
    return c->count > others ? c->count - others : 0;
}

/* `need` more keys, any: is there room?  Adds their cost. */
static gram_status spare_keys(Search *s, uint32_t need, bool *ok)
{
    const Universe *u = s->u;
    uint64_t cost;
    bool alive;
    for (uint32_t i = 0; i < u->n_names && need > 0; i++) {
        if (!is_spare(s, u->names[i])) continue;
        GR_TRY(place_live(s, 2 * u->names[i], NULL, 0, &alive, &cost));
        if (!alive) continue;
        need--;
        s->cost = add_cost(s->cost, cost + key_cost(s, 2 * u->names[i]));
    }
    for (uint32_t i = 0; i < u->n_classes && need > 0; i++) {
        uint32_t left = class_left(s, &u->classes[i]);
        if (left == 0) continue;
        GR_TRY(place_live(s, 2 * i + 1, NULL, 0, &alive, &cost));
        if (!alive) continue;
        uint32_t take = need < left ? need : left;
        need -= take;
        s->cost = add_cost(s->cost, take * (cost + key_cost(s, 2 * i + 1)));
    }
    *ok = need == 0;
    return GRAM_OK;
}

/* Places where a witness may stand: keys that must come, then other names,
 * then one key of each class.  UINT32_MAX past the end. */
static uint32_t witness_place(const Search *s, uint32_t i, bool *is_new)
{
    const Words *add = &s->want.add;
    const Universe *u = s->u;
    *is_new = i >= add->n;
    if (i < add->n) return 2 * add->at[i];
    i -= add->n;
    if (i < u->n_names)
        return is_spare(s, u->names[i]) ? 2 * u->names[i] : UINT32_MAX - 1;
    i -= u->n_names;
    if (i >= u->n_classes) return UINT32_MAX;
    return class_left(s, &u->classes[i]) ? 2 * i + 1 : UINT32_MAX - 1;
}

enum { WITNESSES_MAX = 64 };

/* The specs already to be broken at the same place, and this one. */
static uint32_t same_place(const uint32_t *place, uint32_t i, uint32_t *which)
{
    uint32_t n = 0;
    for (uint32_t j = 0; j < i; j++)
        if (place[j] == place[i]) which[n++] = j;
    which[n++] = i;
    return n;
}

/* Backtracking over witness places; tried in order, each place jointly with
 * the witnesses that already stand there. */
static gram_status find_witnesses(Search *s, uint32_t *n_new, bool *ok)
{
    uint32_t n = s->want.fall.n, i = 0, which[WITNESSES_MAX];
    uint32_t next[WITNESSES_MAX] = {0}, place[WITNESSES_MAX];
    bool fresh[WITNESSES_MAX], alive, is_new;
    uint64_t cost;
    *n_new = 0;
    *ok = n == 0;
    if (n > WITNESSES_MAX)
        return gr_fail(s->sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than %d constraints to be broken at once",
                       WITNESSES_MAX);
    while (!*ok) {
        GR_TRY(gr_step(s->sm->env, 1));
        place[i] = witness_place(s, next[i]++, &is_new);
        if (place[i] == UINT32_MAX) {
            if (i == 0) return GRAM_OK;
            *n_new -= fresh[--i];
            continue;
        }
        if (place[i] == UINT32_MAX - 1) continue;
        uint32_t m = same_place(place, i, which);
        fresh[i] = is_new && m == 1;
        if (s->regs->count + s->want.add.n + *n_new + fresh[i] > s->want.most)
            continue;
        GR_TRY(place_live(s, place[i], which, m, &alive, &cost));
        if (!alive) continue;
        *n_new += fresh[i];
        s->cost = add_cost(s->cost, cost + key_cost(s, place[i]));
        *ok = ++i == n;
        if (!*ok) next[i] = 0;
    }
    return GRAM_OK;
}

static gram_status object_path(Search *s, bool *ok)
{
    Want *w = &s->want;
    uint64_t cost;
    uint32_t n_new;
    *ok = false;
    s->cost = 1;
    if (s->regs->count + w->add.n > w->most) return GRAM_OK;
    for (uint32_t i = 0; i < w->add.n; i++) {
        GR_TRY(place_live(s, 2 * w->add.at[i], NULL, 0, ok, &cost));
        if (!*ok) return GRAM_OK;
        s->cost = add_cost(s->cost, cost + key_cost(s, 2 * w->add.at[i]));
    }
    GR_TRY(find_witnesses(s, &n_new, ok));
    if (!*ok) return GRAM_OK;
    uint32_t n = s->regs->count + w->add.n + n_new;
    return n < w->least ? spare_keys(s, w->least - n, ok) : GRAM_OK;
}

/* --- arrays ------------------------------------------------------------------------ */

/* The first position from `at` on where spec fall[i] can be broken. */
static gram_status array_witness(Search *s, uint32_t i, uint32_t *place,
                                 uint32_t prefix, bool *ok)
{
    uint32_t which[WITNESSES_MAX], end = s->regs->count;
    uint64_t cost;
    for (uint32_t j = 0; j < i; j++)
        if (place[j] >= end) end = place[j] + 1;
    if (end < prefix) end = prefix;
    *ok = false;
    for (uint32_t p = s->regs->count; p <= end && p < s->want.most; p++) {
        place[i] = p;
        uint32_t m = same_place(place, i, which);
        GR_TRY(place_live(s, p, which, m, ok, &cost));
        if (*ok) return GRAM_OK;
        GR_TRY(place_live(s, p, NULL, 0, ok, &cost));
        if (!*ok) return GRAM_OK; /* no item can stand here: a wall */
        *ok = false;
    }
    return GRAM_OK;
}

static gram_status array_path(Search *s, bool *ok)
{
    Want *w = &s->want;
    uint32_t prefix, place[WITNESSES_MAX], end = w->least;
    uint64_t cost;
    GR_TRY(sm_array_prefix(s->sm, s->typed, &prefix));
    *ok = s->regs->count <= w->most && w->least <= w->most;
    if (!*ok) return GRAM_OK;
    if (w->fall.n > WITNESSES_MAX)
        return gr_fail(s->sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than %d constraints to be broken at once",
                       WITNESSES_MAX);
    for (uint32_t i = 0; i < w->fall.n; i++) {
        GR_TRY(array_witness(s, i, place, prefix, ok));
        if (!*ok) return GRAM_OK;
        if (place[i] >= end) end = place[i] + 1;
    }
    s->cost = 1;
    for (uint32_t p = s->regs->count; p < end; p++) {
        GR_TRY(place_live(s, p, NULL, 0, ok, &cost));
        if (!*ok) return GRAM_OK;
        /* beyond the prefixes all items are alike */
        uint64_t times = p >= prefix ? end - p : 1;
        if (cost >= UINT64_MAX / (times + 1)) cost = UINT64_MAX / (times + 1);
        s->cost = add_cost(s->cost, times * (cost + 1));
        if (p >= prefix) break;
    }
    return GRAM_OK;
}

/* --- paths -------------------------------------------------------------------------- */

static gram_status want_keys(Search *s, uint32_t set)
{
    uint32_t n;
    const uint32_t *key = sm_set(s->sm, set, &n);
    for (uint32_t i = 0; i < n; i++)
        if (!is_seen(s, key[i]) && !has(s->want.add.at, s->want.add.n, key[i]))
            GR_TRY(gr_vec_push(s->sm->env, &s->want.add, key[i]));
    return GRAM_OK;
}

static gram_status read_literal(Search *s, const Atom *a, bool value)
{
    Want *w = &s->want;
    switch ((AtomKind)a->kind) {
    case ATOM_UNIV:
        return gr_vec_push(s->sm->env, value ? &w->hold : &w->fall, a->a);
    case ATOM_COUNT:
        if (value && a->b > w->least) w->least = a->b;
        if (!value && a->b - 1 < w->most) w->most = a->b - 1;
        return GRAM_OK;
    case ATOM_REQ: return value ? want_keys(s, a->a) : GRAM_OK;
    default: return GRAM_OK;
    }
}

static gram_status check_path(Search *s, bool *ok)
{
    Want *w = &s->want;
    w->hold.n = w->fall.n = w->add.n = w->leave.n = 0;
    w->least = 0;
    w->most = UINT32_MAX;
    for (uint32_t i = 0; i < s->lits.n; i++) {
        Atom a = sm_atom_of(s->sm, s->lits.at[i] >> 1 | ATOM_BASE);
        GR_TRY(gr_step(s->sm->env, 1));
        GR_TRY(read_literal(s, &a, s->lits.at[i] & 1));
    }
    *ok = true;
    for (uint32_t i = 0; i < s->lits.n && *ok; i++) {
        Atom a = sm_atom_of(s->sm, s->lits.at[i] >> 1 | ATOM_BASE);
        if (a.kind == ATOM_REQ && !(s->lits.at[i] & 1))
            GR_TRY(leave_one(s, a.a, ok));
    }
    if (!*ok) return GRAM_OK;
    return s->u != NULL ? object_path(s, ok) : array_path(s, ok);
}

typedef struct Turn {
    Bdd f;
    uint32_t n_lits; /* of the path up to here */
} Turn;

typedef GrVec(Turn) Turns;

static gram_status push_side(Search *s, Turns *stack, Bdd f, uint32_t lits,
                             uint32_t literal)
{
    if (gr_bdd_is(f, false)) return GRAM_OK;
    /* the literal is kept in the turn below its side */
    GR_TRY(gr_vec_push(s->sm->env, stack, (Turn){{literal}, lits}));
    return gr_vec_push(s->sm->env, stack, (Turn){f, lits});
}

enum { NO_LITERAL = UINT32_MAX };

static gram_status expand(Search *s, Turns *stack, Turn turn)
{
    BddNode n = gr_bdd_node(&s->sm->bdd, turn.f);
    bool up, down;
    GR_TRY(gr_bdd_implies(&s->sm->bdd, n.lo, n.hi, &up));
    GR_TRY(gr_bdd_implies(&s->sm->bdd, n.hi, n.lo, &down));
    uint32_t lit = (n.var & (ATOM_BASE - 1)) << 1;
    uint32_t yes = down ? NO_LITERAL : lit | 1, no = up ? NO_LITERAL : lit;
    if (up) {
        GR_TRY(push_side(s, stack, n.hi, s->lits.n, yes));
        return push_side(s, stack, n.lo, s->lits.n, no);
    }
    GR_TRY(push_side(s, stack, n.lo, s->lits.n, no));
    return push_side(s, stack, n.hi, s->lits.n, yes);
}

/* Move to the next path of the stack that ends in TRUE: its literals in
 * s->lits.  *found is false past the last one. */
static gram_status next_path(Search *s, Turns *stack, bool *found)
{
    *found = false;
    while (stack->n > 0 && !*found) {
        Turn turn = stack->at[--stack->n];
        uint32_t literal = stack->at[--stack->n].f.v;
        s->lits.n = turn.n_lits;
        if (literal != NO_LITERAL)
            GR_TRY(gr_vec_push(s->sm->env, &s->lits, literal));
        *found = turn.f.v < 2;
        if (!*found) GR_TRY(expand(s, stack, turn));
    }
    return GRAM_OK;
}

/* Try all paths of f; *alive at the first that works, s->blocked where it
 * works only if unknown children turn out to be alive. */
static gram_status try_paths(Search *s, Turns *stack, Bdd f, bool *alive)
{
    bool found;
    *alive = false;
    GR_TRY(push_side(s, stack, f, 0, NO_LITERAL));
    for (uint32_t paths = 0; !*alive; paths++) {
        GR_TRY(next_path(s, stack, &found));
        if (!found) return GRAM_OK;
        if (paths == PATHS_MAX)
            return gr_fail(s->sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                           "a residual with more than %d ways to hold",
                           PATHS_MAX);
        s->blocked = false;
        s->sm->live_needs.n = 0;
        GR_TRY(check_path(s, alive));
    }
    return GRAM_OK;
}

static void clear_search(Search *s)
{
    GrEnv *env = s->sm->env;
    gr_vec_clear(env, &s->want.hold);
    gr_vec_clear(env, &s->want.fall);
    gr_vec_clear(env, &s->want.add);
    gr_vec_clear(env, &s->want.leave);
    gr_vec_clear(env, &s->lits);
}

static const Regs no_regs;

/* Decide a container from the present state of knowledge. */
static gram_status search(Sm *sm, TypedId id, const Regs *regs, bool *alive,
                          bool *blocked, uint64_t *cost)
{
    Search s = {.sm = sm, .typed = id, .regs = regs ? regs : &no_regs};
    Turns stack = {0};
    Typed *t = sm_typed_at(sm, id);
    *blocked = false;
    *cost = 1;
    *alive = gr_bdd_is(t->all, true);
    if (t->all.v < 2) return GRAM_OK;
    Bdd f = t->all;
    if (t->type == T_OBJECT) GR_TRY(sm_universe(sm, id, &s.u));
    gram_status status = try_paths(&s, &stack, f, alive);
    *blocked = *alive && s.blocked;
    *cost = s.cost;
    gr_vec_clear(sm->env, &stack);
    clear_search(&s);
    return status;
}

/* --- the fixed point ------------------------------------------------------------------ */

/* One visit of the container on top of the stack. */
static gram_status visit(Sm *sm, TypedId id)
{
    Typed *t = sm_typed_at(sm, id);
    bool alive, blocked;
    uint64_t cost;
    if (t->status == YES || t->status == NO ||
        (t->status == MAYBE_NO && t->round == sm->live_round)) {
        sm->live_stack.n--;
        return GRAM_OK;
    }
    t->status = OPEN;
    sm->live_needs.n = 0;
    sm->live_provisional = false;
    GR_TRY(search(sm, id, NULL, &alive, &blocked, &cost));
    if (blocked) {
        for (uint32_t i = 0; i < sm->live_needs.n; i++)
            GR_TRY(gr_vec_push(sm->env, &sm->live_stack, sm->live_needs.at[i]));
        return GRAM_OK;
    }
    t = sm_typed_at(sm, id);
    t->status = alive ? YES : sm->live_provisional ? MAYBE_NO : NO;
    t->round = sm->live_round;
    t->cost = add_cost(cost, 1);
    if (alive) sm->live_changed = true;
    if (t->status == MAYBE_NO)
        GR_TRY(gr_vec_push(sm->env, &sm->live_maybe, id.v));
    sm->live_stack.n--;
    return GRAM_OK;
}

/* A failed search leaves containers open: they are unknown again. */
static gram_status abandon(Sm *sm, gram_status status)
{
    for (uint32_t i = 0; i < sm->live_stack.n; i++) {
        Typed *t = sm_typed_at(sm, (TypedId){sm->live_stack.at[i]});
        if (t->status == OPEN) t->status = UNKNOWN;
    }
    sm->live_stack.n = 0;
    return status;
}

/* Rounds over one or more containers, until all of them are decided. */
static gram_status decide(Sm *sm, const uint32_t *ids, uint32_t n)
{
    bool again = true;
    while (again) {
        sm->live_round++;
        sm->live_changed = false;
        sm->live_stack.n = sm->live_maybe.n = 0;
        for (uint32_t i = 0; i < n; i++)
            GR_TRY(gr_vec_push(sm->env, &sm->live_stack, ids[i]));
        while (sm->live_stack.n > 0) {
            uint32_t top = sm->live_stack.at[sm->live_stack.n - 1];
            gram_status status = gr_step(sm->env, 1);
            if (status == GRAM_OK) status = visit(sm, (TypedId){top});
            if (status != GRAM_OK) return abandon(sm, status);
        }
        again = sm->live_changed && sm->live_maybe.n > 0;
        for (uint32_t i = 0; i < sm->live_maybe.n; i++)
            sm_typed_at(sm, (TypedId){sm->live_maybe.at[i]})->status =
                again ? UNKNOWN : NO;
    }
    return GRAM_OK;
}

gram_status sm_typed_live(Sm *sm, TypedId id, bool *alive)
{
    Typed *t = sm_typed_at(sm, id);
    if (t->type < T_ARRAY) return scalar_live(sm, id, alive);
    if (t->status != YES && t->status != NO) GR_TRY(decide(sm, &id.v, 1));
    *alive = sm_typed_at(sm, id)->status == YES;
    return GRAM_OK;
}

gram_status sm_value_live(Sm *sm, ValueId v, bool *alive)
{
    *alive = sm_value_at(sm, v)->status == YES;
    for (uint32_t type = 0; type < N_TYPES && !*alive; type++) {
        TypedId t;
        GR_TRY(sm_value_typed(sm, v, type, &t));
        GR_TRY(sm_typed_live(sm, t, alive));
    }
    return GRAM_OK;
}

/* Decide the children noted by a blocked search. */
static gram_status decide_needs(Sm *sm)
{
    size_t size = ((size_t)sm->live_needs.n + 1) * sizeof(uint32_t);
    uint32_t n = sm->live_needs.n, *ids = gr_resize(sm->env, NULL, 0, size);
    if (ids == NULL) return GRAM_E_MEMORY;
    if (n) memcpy(ids, sm->live_needs.at, n * sizeof *ids);
    gram_status status = decide(sm, ids, n);
    gr_free(sm->env, ids, size);
    return status;
}

gram_status sm_open_live(Sm *sm, TypedId id, const Regs *regs, bool *alive,
                         uint64_t *cost)
{
    bool blocked;
    do {
        sm->live_needs.n = 0;
        GR_TRY(search(sm, id, regs, alive, &blocked, cost));
        if (blocked) GR_TRY(decide_needs(sm));
    } while (blocked);
    return GRAM_OK;
}

/* The bits that the path asks for, as a function. */
static gram_status path_cube(Search *s, SmBit *bit_of, void *ctx, Bdd *out)
{
    *out = gr_bdd_const(true);
    for (uint32_t i = 0; i < s->lits.n; i++) {
        uint32_t bit = bit_of(ctx, s->lits.at[i] >> 1 | ATOM_BASE);
        Bdd one;
        if (bit == UINT32_MAX) continue;
        GR_TRY(gr_bdd_var(&s->sm->bdd, bit, &one));
        GR_TRY(gr_bdd_and(&s->sm->bdd, *out, one, out));
    }
    return GRAM_OK;
}

static gram_status plain_goal(Search *s, Turns *stack, SmBit *bit_of, void *ctx,
                              Bdd *goal, bool *done)
{
    bool found = true, alive;
    Bdd cube;
    *goal = gr_bdd_const(false);
    *done = true;
    GR_TRY(
        push_side(s, stack, sm_typed_at(s->sm, s->typed)->all, 0, NO_LITERAL));
    for (uint32_t paths = 0; *done; paths++) {
        GR_TRY(next_path(s, stack, &found));
        if (!found) return GRAM_OK;
        *done = paths < PLAIN_PATHS_MAX;
        GR_TRY(path_cube(s, bit_of, ctx, &cube));
        do {
            s->blocked = false;
            s->sm->live_needs.n = 0;
            GR_TRY(check_path(s, &alive));
            if (alive && s->blocked) GR_TRY(decide_needs(s->sm));
        } while (alive && s->blocked);
        if (alive) GR_TRY(gr_bdd_or(&s->sm->bdd, *goal, cube, goal));
    }
    return GRAM_OK;
}

gram_status sm_plain_goal(Sm *sm, TypedId id, SmBit *bit_of, void *ctx,
                          Bdd *goal, bool *done)
{
    Search s = {.sm = sm, .typed = id, .regs = &no_regs};
    Turns stack = {0};
    *goal = sm_typed_at(sm, id)->all;
    *done = goal->v < 2;
    if (*done) return GRAM_OK;
    GR_TRY(sm_universe(sm, id, &s.u));
    gram_status status = plain_goal(&s, &stack, bit_of, ctx, goal, done);
    gr_vec_clear(sm->env, &stack);
    clear_search(&s);
    return status;
}

gram_status sm_value_cost(Sm *sm, ValueId id, uint64_t *cost)
{
    bool alive;
    *cost = UINT64_MAX;
    for (uint32_t type = 0; type < N_TYPES; type++) {
        TypedId t;
        GR_TRY(sm_value_typed(sm, id, type, &t));
        GR_TRY(sm_typed_live(sm, t, &alive));
        if (alive && sm_typed_at(sm, t)->cost < *cost)
            *cost = sm_typed_at(sm, t)->cost;
    }
    return GRAM_OK;
}

gram_status sm_is_plain(Sm *sm, TypedId id, bool *plain)
{
    Typed *t = sm_typed_at(sm, id);
    if (t->plain == 0) {
        bool up = true;
        GR_TRY(gr_bdd_reach(&sm->bdd, t->all));
        for (uint32_t i = 0; i < sm->bdd.reached.n && up; i++) {
            BddNode n = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
            uint32_t kind = sm_atom_of(sm, n.var).kind;
            GR_TRY(gr_bdd_implies(&sm->bdd, n.lo, n.hi, &up));
            up = up && (kind == ATOM_UNIV || kind == ATOM_REQ);
        }
        t->plain = (uint8_t)(1 + up);
    }
    *plain = t->plain == 2;
    return GRAM_OK;
}
