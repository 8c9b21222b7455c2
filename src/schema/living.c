/* The keys that can come next in an open object.
 *
 * A key lives iff some completion of the object has it, its value decided.  A
 * search for each key would be one for each name and class, at each comma:
 *
 *      1  one completion: all its keys live, and those that can be added to it
 *      2  more of them, with as many keys as can be, then with unfound ones
 *      3  where these show few of many: for each key one with little else, in
 *         what is left of the object behind it (behind.c)
 *      4  many left, nothing seen: all ways to hold, and what each can take
 *      5  the keys that are left, by a search each, of which the way that is
 *         found shows more
 *
 * 1 to 4 prove that keys live and never that they do not, but that 4, where it
 * comes to its end, has found them all.  Mostly 1 is enough: what else an
 * object may have seldom excludes anything. */
#include "schema/want.h"

/* A way for the open object to hold, its children decided.  *alive is final: no
 * child that it rests on is assumed. */
static gram_status find_way(Search *s, bool *alive)
{
    do {
        s->sm->live_needs.n = 0;
        s->blocked = false;
        GR_TRY(sm_try_paths(s, alive));
        s->blocked &= *alive;
        if (s->blocked) GR_TRY(sm_decide_needs(s->sm));
    } while (s->blocked);
    return GRAM_OK;
}

/* Names first, then classes, as for sm_key_conj. */
static uint32_t nth_key(const Universe *u, uint32_t i)
{
    return i < u->n_names ? 2 * u->names[i] : 2 * (i - u->n_names) + 1;
}

static bool was_seen(const Regs *regs, uint32_t key)
{
    return !(key & 1) && sm_has_seen(regs, key / 2);
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
            if (gr_bit_get(bits, i) || was_seen(s->regs, nth_key(s->u, i)))
                continue;
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

/* --- by ways -------------------------------------------------------------- */

typedef struct ByWays {
    const Search *s;
    uint32_t *bits;
} ByWays;

static uint32_t univ_bit(void *ctx, uint32_t var)
{
    const Sm *sm = ((const ByWays *)ctx)->s->sm;
    return sm_atom_of(sm, var).kind == ATOM_UNIV ? var - ATOM_BASE : UINT32_MAX;
}

/* One key of a way, unless its value has to be decided first, or it spoils the
 * guess that the way is of. */
static gram_status try_key(Search *s, const SmBehind *guess, uint32_t i,
                           uint32_t *bits)
{
    bool yes = false;
    if (gr_bit_get(bits, i)) return GRAM_OK;
    GR_TRY(gr_step(s->sm->env, 1));
    if (guess && sm_guess_excludes(s, guess, nth_key(s->u, i))) return GRAM_OK;
    GR_TRY(sm_want_spare(s, nth_key(s->u, i), &yes));
    if (yes && !s->blocked) gr_bit_set(bits, i);
    return GRAM_OK;
}

/* A spec that allows no key but those it names, if one must hold.  Then those
 * names are all that need be tried. */
static bool closing_spec(const Search *s, ObjectSpec *spec)
{
    bool closes = false;
    for (uint32_t i = 0; i < s->want.hold.n && !closes; i++) {
        *spec = sm_object_spec(s->sm, s->want.hold.at[i]);
        closes = spec->n_patterns == 0 && spec->additional.v == CONJ_FALSE;
    }
    return closes;
}

static gram_status keys_of_way(Search *s, const SmBehind *guess, uint32_t *bits)
{
    ObjectSpec spec;
    bool closed = closing_spec(s, &spec);
    if (guess && !closed) return GRAM_OK;
    uint32_t n = closed ? spec.n_names : s->u->n_names + s->u->n_classes;
    for (uint32_t i = 0; i < n && !s->blocked; i++) {
        uint32_t at = closed ? sm_name_index(s->u, spec.names[2 * i]) : i;
        GR_TRY(try_key(s, guess, at, bits));
    }
    return GRAM_OK;
}

/* Values that are not known yet are decided, and the way is taken again. */
static gram_status add_keys_of_way(Search *s, void *ctx)
{
    uint32_t *bits = ((ByWays *)ctx)->bits;
    GR_TRY(keys_of_way(s, NULL, bits));
    while (s->blocked) {
        bool alive;
        GR_TRY(sm_decide_needs(s->sm));
        s->blocked = false;
        GR_TRY(sm_want_check(s, s->lits.at, s->lits.n, &alive));
        GR_TRY(keys_of_way(s, NULL, bits));
    }
    return GRAM_OK;
}

/* Where an object is plain any key can be added to a way whose specs allow
 * it, and to no other: with all ways, all keys are known.  A union of closed
 * objects has a way and a few keys for each branch. */
static gram_status find_by_ways(Search *s, uint32_t *bits, uint32_t tries,
                                bool *all)
{
    ByWays w = {.s = s, .bits = bits};
    return sm_each_way(s, univ_bit, add_keys_of_way, &w, tries, all);
}

/* --- one by one ----------------------------------------------------------- */

/* Keys that are not found yet, and what is left of the object behind each. */
typedef struct Left {
    const Search *all;
    uint32_t *bits; /* of the keys that live */
    uint32_t *at;   /* indexes among the universe's */
    uint32_t *key;  /* and the keys */
    SmBehind behind;
} Left;

static void list_left(Left *l)
{
    const Search *all = l->all;
    for (uint32_t i = 0; i < all->u->n_names + all->u->n_classes; i++) {
        uint32_t key = nth_key(all->u, i);
        if (gr_bit_get(l->bits, i) || was_seen(all->regs, key)) continue;
        l->at[l->behind.n] = i;
        l->key[l->behind.n++] = key;
    }
}

/* In what is left of the object once the key has settled what it settles.
 * Where nothing can hold after that, no search is needed. */
static gram_status find_way_behind(Search *s, const Left *l, uint32_t i,
                                   bool *alive)
{
    s->extra = l->key[i];
    s->typed = sm_behind(&l->behind, i);
    *alive = false;
    if (gr_bdd_is(sm_typed_at(s->sm, s->typed)->all, false)) return GRAM_OK;
    return find_way(s, alive);
}

/* The way that is found shows other keys, too: those of one branch come
 * together.  An open way of a guess is not asked: it would be for all keys, and
 * has but one. */
static gram_status search_key(Search *s, Left *l, uint32_t i)
{
    SmBehind *guess = l->behind.known ? &l->behind : NULL;
    bool alive;
    s->brief = guess != NULL;
    GR_TRY(find_way_behind(s, l, i, &alive));
    if (alive && guess) GR_TRY(sm_guess_is_right(s, guess, &alive));
    if (!alive) return GRAM_OK;
    gr_bit_set(l->bits, l->at[i]);
    return keys_of_way(s, guess, l->bits);
}

/* A guess that has nothing to assume is left to the search. */
static gram_status search_left(Left *l)
{
    list_left(l);
    GR_TRY(sm_settle_behind(l->all, l->all->typed, &l->behind));
    if (l->behind.known && l->behind.sets.n == 0) return GRAM_OK;
    for (uint32_t i = 0; i < l->behind.n; i++) {
        Search s = {.sm = l->all->sm, .u = l->all->u, .regs = l->all->regs};
        if (gr_bit_get(l->bits, l->at[i])) continue;
        gram_status status = search_key(&s, l, i);
        sm_clear_search(&s);
        GR_TRY(status);
    }
    return GRAM_OK;
}

/* known: keys of a completion, for guesses; NULL: none is made. */
static gram_status search_keys(const Search *all, const SmWords *known,
                               uint32_t *bits)
{
    GrEnv *env = all->sm->env;
    Left l = {.all = all, .bits = bits};
    size_t n = (size_t)all->u->n_names + all->u->n_classes + 1;
    size_t size = 2 * n * sizeof(uint32_t);
    l.behind.key = l.key = gr_resize(env, NULL, 0, size);
    if (l.key == NULL) return GRAM_E_MEMORY;
    l.behind.known = known;
    l.at = l.key + n;
    gram_status status = search_left(&l);
    gr_free(env, l.key, size);
    sm_clear_behind(env, &l.behind);
    return status;
}

/* --- all together --------------------------------------------------------- */

enum { FEW = 8 };

static uint32_t count_left(const Search *s, const uint32_t *bits)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->u->n_names + s->u->n_classes; i++)
        n += !gr_bit_get(bits, i) && !was_seen(s->regs, nth_key(s->u, i));
    return n;
}

/* A way that asks for keys not found yet, and one in which such keys come to
 * break what is said of them. */
static gram_status next_keys(Search *s, uint32_t *bits, uint32_t *n)
{
    s->breaks = false;
    if (*n > 1) GR_TRY(spare_keys(s, bits, n));
    s->breaks = true;
    return *n > 1 ? spare_keys(s, bits, n) : GRAM_OK;
}

/* After the first way one is tried that asks for as much as there is: where
 * keys need others, or something of their values, it has them all.  Then those
 * that ask for keys not found yet, as long as each shows some: where keys keep
 * others out, these are the others; of a union of which one branch holds, the
 * others must not, and each of their keys may come with a wrong value.  Where
 * they show few of many, each key is tried with nothing else but what the
 * first way has (`known`). */
static gram_status show_keys(Search *s, uint32_t *bits, SmWords *known,
                             uint32_t *n)
{
    uint32_t before;
    GR_TRY(spare_keys(s, bits, n));
    GR_TRY(sm_keys_of_way(s, known));
    s->eager = true;
    if (*n > 1) GR_TRY(spare_keys(s, bits, n));
    s->found = bits;
    do {
        before = *n;
        GR_TRY(next_keys(s, bits, n));
    } while (*n < before && (*n <= FEW || *n < before - before / 8));
    s->eager = s->breaks = false;
    if (*n > FEW) GR_TRY(search_keys(s, known, bits));
    if (*n > FEW) *n = count_left(s, bits);
    return GRAM_OK;
}

static gram_status find_keys(Search *s, uint32_t *bits, uint32_t *n)
{
    SmWords known = {0};
    gram_status status = show_keys(s, bits, &known, n);
    gr_vec_clear(s->sm->env, &known);
    return status;
}

static gram_status living_keys(Search *s, uint32_t *bits)
{
    uint32_t n_left;
    bool plain, all = false;
    GR_TRY(sm_is_plain(s->sm, s->typed, &plain));
    GR_TRY(find_keys(s, bits, &n_left));
    if (n_left == 0) return GRAM_OK;
    if (n_left > FEW && plain && s->regs == &sm_no_regs)
        GR_TRY(find_by_ways(s, bits, n_left, &all));
    return all ? GRAM_OK : search_keys(s, NULL, bits);
}

gram_status sm_living_keys(Sm *sm, TypedId t, const Regs *regs, uint32_t *bits)
{
    Search s = {.sm = sm, .typed = t, .extra = SM_NO_KEY};
    s.regs = regs ? regs : &sm_no_regs;
    GR_TRY(sm_universe(sm, t, &s.u));
    gram_status status = living_keys(&s, bits);
    sm_clear_search(&s);
    return status;
}
