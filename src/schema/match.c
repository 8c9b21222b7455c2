/* Arrays whose matching items are counted: which items may still come?
 *
 * Every demand on the items to come is one bit of an item's *sign vector*:
 *
 *     bit   an item matches a conj (contains)   least..most of them
 *           an item breaks a spec (a universal  1..
 *           that must fall)
 *
 * What an item at some position can be is the set of vectors that some value
 * has there, found by asking for them (a value with the demands as roots and
 * the vector as its goal).  Where a demand has no maximum a "yes" is as good
 * as a "no" or better, and where it has no minimum the other way round; so
 * vectors that another one dominates are left out, and usually one remains.
 *
 *     positions    count, ..., prefix - 1    prefix, prefix + 1, ...
 *     vectors      a set each                the same set for all
 *
 * Over the prefix the sums that can be reached are a set of states, position
 * by position, saturated where a sum matters no more.  Behind it only *how
 * many* items have which vector matters: numbers k1, k2, ... of them, taken
 * vector by vector and the last one by arithmetic, so that one `contains`
 * costs the same for 1 as for a million, and the length fills up with what
 * is left over.  With several that overlap this is integer programming, and
 * the step budget ends it. */
#include "schema/machine.h"

enum { BITS_MAX = 24, VECTORS_MAX = 1 << 12, STATES_MAX = 1 << 14 };
#define ENDLESS UINT32_MAX

typedef struct Vector {
    uint32_t bits;
    uint64_t cost; /* of such an item and its comma */
} Vector;

typedef struct Demand {
    uint32_t what; /* conj; or spec, if it is to be broken */
    bool breaks;
    uint32_t least, most;
} Demand;

/* Sums so far. */
typedef struct Sum {
    uint32_t at[BITS_MAX];
    uint64_t cost;
} Sum;

typedef struct Match {
    Search *s;
    Demand demand[BITS_MAX];
    uint32_t n;
    GrVec(Vector) vectors; /* of the present position */
    GrVec(Sum) sums, next;
} Match;

/* --- demands ---------------------------------------------------------------- */

static gram_status read_demands(Match *m)
{
    const Want *w = &m->s->want;
    if (w->match.n / 3 + w->fall.n > BITS_MAX)
        return gr_fail(m->s->sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than %d conditions that items are counted by",
                       BITS_MAX);
    for (uint32_t i = 0; i < w->match.n; i += 3)
        m->demand[m->n++] = (Demand){w->match.at[i], false, w->match.at[i + 1],
                                     w->match.at[i + 2]};
    for (uint32_t i = 0; i < w->fall.n; i++)
        m->demand[m->n++] = (Demand){w->fall.at[i], true, 1, ENDLESS};
    return GRAM_OK;
}

/* What a "yes" is worth: 1 better, -1 worse than a "no", 0 it depends. */
static int worth(const Demand *d)
{
    if (d->most == ENDLESS) return 1;
    return d->least == 0 ? -1 : 0;
}

/* --- vectors ----------------------------------------------------------------- */

/* Some value at `place` that has the first n bits of the vector? */
static gram_status has_vector(Match *m, uint32_t place, uint32_t bits,
                              uint32_t n, bool *yes, uint64_t *cost)
{
    Sm *sm = m->s->sm;
    ConjId root[BITS_MAX + 1];
    Bdd goal = {GR_BDD_TRUE}, no = {GR_BDD_FALSE};
    ValueId v;
    GR_TRY(sm_held_conj(m->s, place, &root[0]));
    for (uint32_t i = n; i-- > 0;) {
        const Demand *d = &m->demand[i];
        root[i + 1] = (ConjId){d->what};
        if (d->breaks)
            GR_TRY(sm_place_conj(m->s, d->what, place, &root[i + 1]));
        bool holds = (bits >> i & 1) != d->breaks;
        GR_TRY(gr_bdd_make(&sm->bdd, i + 1, holds ? no : goal,
                           holds ? goal : no, &goal));
    }
    GR_TRY(gr_bdd_make(&sm->bdd, 0, no, goal, &goal));
    GR_TRY(
        sm_value(sm, root, n + 1, goal, sm_room_inside(sm, m->s->typed), &v));
    return sm_child_check(m->s, v, yes, cost);
}

/* Would the vector's first n bits, and the best of all others, be dominated
 * by a vector that is there already? */
static bool is_dominated(const Match *m, uint32_t bits, uint32_t n)
{
    for (uint32_t i = 0; i < m->vectors.n; i++) {
        uint32_t have = m->vectors.at[i].bits, j = 0;
        for (; j < m->n; j++) {
            int w = worth(&m->demand[j]);
            bool yes = j < n ? bits >> j & 1 : w > 0;
            if (j >= n && w == 0) break;
            if (yes == (have >> j & 1)) continue;
            if (w == 0 || (w > 0) == yes) break;
        }
        if (j == m->n) return true;
    }
    return false;
}

/* All vectors that are not dominated: a walk over their bits, the better
 * value of each bit first. */
static gram_status find_vectors(Match *m, uint32_t place)
{
    uint32_t bits = 0, n = 0, tried[BITS_MAX + 1] = {0};
    uint64_t cost;
    bool yes;
    m->vectors.n = 0;
    GR_TRY(has_vector(m, place, 0, 0, &yes, &cost));
    if (!yes) return GRAM_OK;
    for (;;) {
        GR_TRY(gr_step(m->s->sm->env, 1 + m->vectors.n));
        if (n == m->n) {
            if (m->vectors.n == VECTORS_MAX)
                return gr_fail(m->s->sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                               "more than %d kinds of items to choose from",
                               VECTORS_MAX);
            GR_TRY(gr_vec_push(m->s->sm->env, &m->vectors,
                               (Vector){bits, sm_add_cost(cost, 1)}));
            tried[n] = 2;
        }
        if (tried[n] == 2) {
            tried[n] = 0;
            if (n-- == 0) return GRAM_OK;
            continue;
        }
        bool bit = (tried[n]++ == 0) == (worth(&m->demand[n]) >= 0);
        bits = (bits & ~(1u << n)) | (uint32_t)bit << n;
        if (is_dominated(m, bits, n + 1)) continue;
        GR_TRY(has_vector(m, place, bits, n + 1, &yes, &cost));
        if (yes) n++;
    }
}

/* --- sums over the prefix ----------------------------------------------------- */

/* One item more: the sum, saturated; false where a maximum is passed. */
static bool add_vector(const Match *m, Sum *sum, const Vector *v)
{
    for (uint32_t i = 0; i < m->n; i++) {
        const Demand *d = &m->demand[i];
        if (!(v->bits >> i & 1)) continue;
        if (d->most != ENDLESS && sum->at[i] == d->most) return false;
        if (d->most != ENDLESS || sum->at[i] < d->least) sum->at[i]++;
    }
    sum->cost = sm_add_cost(sum->cost, v->cost);
    return true;
}

static gram_status put_sum(Match *m, const Sum *sum)
{
    size_t size = m->n * sizeof *sum->at;
    GR_TRY(gr_step(m->s->sm->env, 1 + m->next.n / 8));
    for (uint32_t i = 0; i < m->next.n; i++) {
        Sum *old = &m->next.at[i];
        if (memcmp(old->at, sum->at, size) != 0) continue;
        if (sum->cost < old->cost) old->cost = sum->cost;
        return GRAM_OK;
    }
    if (m->next.n == STATES_MAX)
        return gr_fail(m->s->sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than %d ways to count the items of a tuple",
                       STATES_MAX);
    return gr_vec_push(m->s->sm->env, &m->next, *sum);
}

/* The sums behind one more position, whose vectors are known. */
static gram_status advance(Match *m)
{
    m->next.n = 0;
    for (uint32_t i = 0; i < m->sums.n; i++)
        for (uint32_t j = 0; j < m->vectors.n; j++) {
            Sum sum = m->sums.at[i];
            if (!add_vector(m, &sum, &m->vectors.at[j])) continue;
            GR_TRY(put_sum(m, &sum));
        }
    m->sums.n = 0;
    for (uint32_t i = 0; i < m->next.n; i++)
        GR_TRY(gr_vec_push(m->s->sm->env, &m->sums, m->next.at[i]));
    return GRAM_OK;
}

/* May the array end with one of the sums?  With the cheapest of them. */
static bool can_end(Match *m, uint64_t *cost)
{
    bool found = false;
    for (uint32_t i = 0; i < m->sums.n; i++) {
        const Sum *sum = &m->sums.at[i];
        uint32_t j = 0;
        while (j < m->n && sum->at[j] >= m->demand[j].least) j++;
        if (j < m->n || (found && sum->cost >= *cost)) continue;
        *cost = sum->cost;
        found = true;
    }
    return found;
}

/* --- how many of each behind the prefix ---------------------------------------- */

/* The numbers of one vector that are tried: from `useful` down to `lo`, then
 * up to `hi`. */
typedef struct Level {
    int64_t lo, useful, hi, k;
} Level;

typedef struct Tail {
    Match *m;
    /* what is left, per demand and of the length; what is there beyond need
     * makes it negative */
    int64_t need[BITS_MAX], room[BITS_MAX], least, most;
    GrVec(Level) level;
} Tail;

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* k items of a vector are taken; -k: given back. */
static void take_items(Tail *t, uint32_t at, int64_t k)
{
    const Match *m = t->m;
    uint32_t bits = m->vectors.at[at].bits;
    for (uint32_t i = 0; i < m->n; i++) {
        if (!(bits >> i & 1)) continue;
        t->need[i] -= k;
        if (m->demand[i].most != ENDLESS) t->room[i] -= k;
    }
    t->least -= k;
    t->most -= k;
}

/* How many items of vector `at` to try: at least what no later vector can
 * give; never more than some demand or the length can use. */
static Level range_of(const Tail *t, uint32_t at)
{
    const Match *m = t->m;
    uint32_t bits = m->vectors.at[at].bits, later = 0;
    int64_t lo = 0, hi = t->most, useful = 0;
    for (uint32_t i = at + 1; i < m->vectors.n; i++)
        later |= m->vectors.at[i].bits;
    if (at + 1 == m->vectors.n) lo = greater(t->least, 0);
    for (uint32_t i = 0; i < m->n; i++) {
        bool here = bits >> i & 1, then = later >> i & 1;
        if (!here && !then && t->need[i] > 0) hi = -1; /* out of reach */
        if (!here) continue;
        if (!then) lo = greater(lo, t->need[i]);
        hi = lesser(hi, t->room[i]);
        useful = greater(useful, t->need[i]);
    }
    hi = lesser(hi, greater(useful, greater(t->least, 0)));
    useful = lesser(greater(useful, lo), hi);
    return (Level){lo, useful, hi, useful};
}

/* The next number of a level; false behind the last. */
static bool next_number(Level *l)
{
    if (l->k > l->useful)
        l->k++;
    else
        l->k = l->k == l->lo ? l->useful + 1 : l->k - 1;
    return l->k <= l->hi;
}

/* Numbers for all vectors: a walk over them. */
static gram_status choose_numbers(Tail *t, bool *ok)
{
    GrEnv *env = t->m->s->sm->env;
    uint32_t n = t->m->vectors.n;
    bool down = true;
    *ok = false;
    while (true) {
        GR_TRY(gr_step(env, 1));
        uint32_t at = t->level.n;
        if (down && at < n) {
            Level l = range_of(t, at);
            down = l.lo <= l.hi;
            if (!down) continue;
            /* the last one is settled by its least number */
            if (at + 1 == n) l.k = l.useful = l.hi = l.lo;
            GR_TRY(gr_vec_push(env, &t->level, l));
            take_items(t, at, l.k);
            *ok = at + 1 == n;
            if (*ok) return GRAM_OK;
            continue;
        }
        if (at == 0) return GRAM_OK;
        Level *l = &t->level.at[at - 1];
        take_items(t, at - 1, -l->k);
        down = next_number(l);
        if (down)
            take_items(t, at - 1, l->k);
        else
            t->level.n--;
    }
}

static uint64_t times(uint64_t cost, uint64_t n)
{
    return n > 0 && cost > UINT64_MAX / n ? UINT64_MAX : cost * n;
}

/* Can items behind the prefix make up what a sum lacks? */
static gram_status fill_tail(Tail *t, const Sum *sum, uint32_t end, bool *ok,
                             uint64_t *cost)
{
    const Match *m = t->m;
    const Want *w = &m->s->want;
    for (uint32_t i = 0; i < m->n; i++) {
        const Demand *d = &m->demand[i];
        t->need[i] = (int64_t)d->least - sum->at[i];
        t->room[i] = (int64_t)d->most - sum->at[i];
    }
    t->least = (int64_t)w->least - end;
    t->most = (int64_t)w->most - end;
    t->level.n = 0;
    GR_TRY(choose_numbers(t, ok));
    *cost = sum->cost;
    for (uint32_t i = 0; i < t->level.n && *ok; i++)
        *cost = sm_add_cost(
            *cost, times(m->vectors.at[i].cost, (uint64_t)t->level.at[i].k));
    return GRAM_OK;
}

static gram_status fill_tails(Match *m, uint32_t end, bool *ok, uint64_t *cost)
{
    Tail t = {.m = m};
    gram_status status = GRAM_OK;
    *cost = UINT64_MAX;
    for (uint32_t i = 0; i < m->sums.n && status == GRAM_OK; i++) {
        bool one;
        uint64_t its;
        status = fill_tail(&t, &m->sums.at[i], end, &one, &its);
        if (status != GRAM_OK || !one) continue;
        *ok = true;
        if (its < *cost) *cost = its;
    }
    gr_vec_clear(m->s->sm->env, &t.level);
    return status;
}

/* --- the whole ------------------------------------------------------------------- */

static gram_status find_matches(Match *m, bool *ok)
{
    Search *s = m->s;
    const Want *w = &s->want;
    uint32_t p = s->regs->count;
    uint64_t cost;
    Sum none = {{0}, 0};
    *ok = false;
    if (p > w->most || w->least > w->most) return GRAM_OK;
    for (uint32_t i = 0; i < m->n; i++)
        if (m->demand[i].least > m->demand[i].most) return GRAM_OK;
    GR_TRY(gr_vec_push(s->sm->env, &m->sums, none));
    for (;; p++) {
        *ok = p >= w->least && can_end(m, &cost);
        if (*ok || p >= w->most || m->sums.n == 0) break;
        GR_TRY(find_vectors(m, p));
        if (m->vectors.n == 0) break;
        if (p >= s->prefix) {
            GR_TRY(fill_tails(m, p, ok, &cost));
            break;
        }
        GR_TRY(advance(m));
    }
    if (*ok) s->cost = sm_add_cost(s->cost, cost);
    return GRAM_OK;
}

gram_status sm_find_matches(Search *s, bool *ok)
{
    GrEnv *env = s->sm->env;
    Match *m = gr_zalloc(env, 1, sizeof *m);
    if (m == NULL) return GRAM_E_MEMORY;
    m->s = s;
    gram_status status = read_demands(m);
    if (status == GRAM_OK) status = find_matches(m, ok);
    gr_vec_clear(env, &m->vectors);
    gr_vec_clear(env, &m->sums);
    gr_vec_clear(env, &m->next);
    gr_free(env, m, sizeof *m);
    return status;
}
