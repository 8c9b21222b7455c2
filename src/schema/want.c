/* Can these atoms hold, and those fail, in one completed container?
 *
 * The literals of a path are gathered into what they ask for together:
 *
 *     T (specs that hold)  N (specs to be broken)  keys that must come,
 *     sets that must stay incomplete, least..most members
 *
 *          -> each key to come has a value that all of T allow?
 *             each of N has a witness: a member that breaks it?
 *             enough members, not too many?
 *
 * What may stand at a place is told in want_place.c, how keys are found for an
 * object in want_object.c; arrays, which have no keys to choose, are here. */
#include "schema/want.h"
#include "schema/layout.h"

uint64_t sm_add_cost(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* --- arrays --------------------------------------------------------------- */

/* The first position where no item can stand ends the array.  Beyond the
 * prefix one position stands for all.  Costs of items that must come are added
 * on the way. */
static gram_status find_wall(Search *s)
{
    uint32_t end = s->prefix > s->regs->count ? s->prefix : s->regs->count;
    uint64_t cost;
    bool alive = true;
    for (uint32_t p = s->regs->count; p <= end && p < s->want.most; p++) {
        GR_TRY(sm_place_live(s, p, NULL, 0, &alive, &cost));
        if (!alive) s->want.most = p;
        /* beyond the prefixes all items are alike */
        uint64_t times = 0;
        if (p < s->want.least) times = p < s->prefix ? 1 : s->want.least - p;
        cost = sm_add_cost(cost, sm_comma_cost(s->sm, s->typed));
        if (times > 0 && cost > UINT64_MAX / (times + 1))
            cost = UINT64_MAX / (times + 1);
        s->cost = sm_add_cost(s->cost, times * cost);
    }
    return GRAM_OK;
}

/* Cost 1 is the bracket.  Without counts of matching items only witnesses need
 * be placed; all other items may be the cheapest. */
static gram_status array_path(Search *s, bool *ok)
{
    Want *w = &s->want;
    s->cost = 1;
    s->placed.n = 0;
    GR_TRY(sm_array_prefix(s->sm, s->typed, &s->prefix));
    /* with counts of matching items all items are chosen together */
    if (w->match.n > 0) return sm_find_matches(s, ok);
    GR_TRY(find_wall(s));
    *ok = s->regs->count <= w->most && w->least <= w->most;
    if (!*ok) return GRAM_OK;
    return w->fall.n > 0 ? sm_find_witnesses(s, ok) : sm_items_fit(s, NULL, ok);
}

/* --- literals ------------------------------------------------------------- */

/* At least n items match the conj, or fewer. */
static gram_status want_matches(Search *s, uint32_t conj, uint32_t n,
                                bool value)
{
    SmWords *m = &s->want.match;
    uint32_t i = 0;
    while (i < m->n && m->at[i] != conj) i += 3;
    if (i == m->n) {
        GR_TRY(gr_vec_reserve(s->sm->env, m, 3));
        m->n += 3;
        m->at[i] = conj;
        m->at[i + 1] = 0;
        m->at[i + 2] = UINT32_MAX;
    }
    if (value && n > m->at[i + 1]) m->at[i + 1] = n;
    if (!value && n - 1 < m->at[i + 2]) m->at[i + 2] = n - 1;
    return GRAM_OK;
}

/* A COUNT that fails is a maximum: "fewer than b".  Atoms of scalars do
 * not occur. */
static gram_status read_literal(Search *s, const Atom *a, bool value)
{
    Want *w = &s->want;
    const uint32_t *key;
    uint32_t n;
    switch ((AtomKind)a->kind) {
    case ATOM_UNIV:
        return value ? sm_hold_spec(s, a->a)
                     : gr_vec_push(s->sm->env, &w->fall, a->a);
    case ATOM_UNIQUE:
        if (value)
            w->unique = true;
        else
            w->twice = true;
        return GRAM_OK;
    case ATOM_COUNT:
        if (value && a->b > w->least) w->least = a->b;
        if (!value && a->b - 1 < w->most) w->most = a->b - 1;
        return GRAM_OK;
    case ATOM_CONTAINS: return want_matches(s, a->a, a->b, value);
    case ATOM_REQ:
        if (!value) return gr_vec_push(s->sm->env, &w->open, a->a);
        key = sm_set(s->sm, a->a, &n);
        return sm_want_keys(s, key, n);
    default: return GRAM_OK;
    }
}

/* The stamp makes all marks of earlier checks void at once. */
gram_status sm_want_check(Search *s, const uint32_t *lits, uint32_t n, bool *ok)
{
    Want *w = &s->want;
    w->hold.n = w->fall.n = w->add.n = w->leave.n = w->open.n = 0;
    s->culprit = WANT_END;
    w->match.n = 0;
    s->sign.n = s->n_demands = 0;
    w->least = 0;
    w->most = UINT32_MAX;
    w->unique = w->twice = w->late = false;
    s->dearest = 0; /* what a refused path asked for depends on lemmas */
    s->stamp = ++s->sm->key_stamp;
    for (uint32_t i = 0; i < n; i++) {
        Atom a = sm_atom_of(s->sm, lits[i] >> 1 | ATOM_BASE);
        GR_TRY(gr_step(s->sm->env, 1));
        GR_TRY(read_literal(s, &a, lits[i] & 1));
    }
    GR_TRY(sm_want_keys(s, s->assumed.at, s->assumed.n));
    return s->u != NULL ? sm_object_path(s, ok) : array_path(s, ok);
}

/* Sufficient only: what is said "no" to may be part of another completion. */
gram_status sm_want_spare(Search *s, uint32_t key, bool *ok)
{
    uint64_t cost;
    *ok = !(key & 1) && sm_must_come(s, key / 2);
    for (uint32_t i = 0; i < s->placed.n && !*ok; i++)
        *ok = s->placed.at[i] == key;
    /* in an order, what may be added depends on what is added besides */
    if (sm_typed_at(s->sm, s->typed)->order != 0) *ok = false;
    if (*ok || sm_typed_at(s->sm, s->typed)->order != 0) return GRAM_OK;
    if (s->members >= s->want.most) return GRAM_OK;
    bool free = key & 1 ? sm_class_left(s, &s->u->classes[key / 2]) > 0
                        : sm_is_spare(s, key / 2);
    return free ? sm_place_live(s, key, NULL, 0, ok, &cost) : GRAM_OK;
}

void sm_want_clear(Search *s)
{
    GrEnv *env = s->sm->env;
    gr_vec_clear(env, &s->want.hold);
    gr_vec_clear(env, &s->want.fall);
    gr_vec_clear(env, &s->want.add);
    gr_vec_clear(env, &s->want.leave);
    gr_vec_clear(env, &s->want.open);
    gr_vec_clear(env, &s->want.match);
    gr_vec_clear(env, &s->assumed);
    gr_vec_clear(env, &s->placed);
    gr_vec_clear(env, &s->part);
    gr_vec_clear(env, &s->witness);
    gr_map_clear(env, &s->fall_at);
    gr_vec_clear(env, &s->sign);
}
