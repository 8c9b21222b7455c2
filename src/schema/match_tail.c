/* Behind the prefix all positions are alike: how many items of each vector?
 * (match.c)
 *
 * In: what a sum over the prefix lacks, and the vectors.  Out: whether numbers
 * k1, k2, ... of items make it up, and what they cost.
 *
 *     need[i] <= sum of the kj whose vector has bit i <= room[i]
 *     least   <= sum of all kj                        <= most
 *
 * Vector by vector a range of numbers is left by what the later ones can
 * still give; the last one follows.  A search in whole numbers: one vector is
 * arithmetic, and many that overlap are ended by the step budget. */
#include "schema/match.h"

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
    uint32_t end; /* items before it */
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

/* How many items of vector `at` to try: at least what no later vector can give;
 * never more than some demand or the length can use.  An empty range says that
 * the choices so far lead nowhere. */
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
    int64_t wanted = greater(useful, greater(t->least, 0));
    if (m->s->want.twice) wanted = greater(wanted, 2);
    hi = lesser(hi, wanted);
    if (m->s->want.unique) hi = lesser(hi, m->vectors.at[at].count);
    useful = lesser(greater(useful, lo), hi);
    /* the last one is settled by its least number */
    if (at + 1 == m->vectors.n) {
        useful = lo;
        hi = lesser(hi, m->s->want.twice ? greater(lo, 2) : lo);
        if (lo > hi) hi = -1;
    }
    return (Level){lo, useful, hi, useful};
}

/* The next number of a level; false behind the last.  From the useful
 * number down first, as fewer items are cheaper, then up for the sake of
 * the length. */
static bool next_number(Level *l)
{
    if (l->k > l->useful)
        l->k++;
    else
        l->k = l->k == l->lo ? l->useful + 1 : l->k - 1;
    return l->k <= l->hi;
}

/* Signs of k items of a vector behind the prefix, as many as matter.  Those
 * of a vector with plenty of values need none, but where the way is explained:
 * all others have what the explanation takes listed by then. */
static gram_status add_signs(Tail *t, const Vector *v, int64_t k)
{
    Search *s = t->m->s;
    if (s->want.twice && !s->explain) k = lesser(k, 2);
    if (s->want.unique && v->count >= t->m->many && !s->explain) {
        s->others += (uint32_t)k;
        return GRAM_OK;
    }
    for (; k > 0; k--) {
        GR_TRY(gr_step(s->sm->env, 1));
        GR_TRY(gr_vec_push(s->sm->env, &s->sign, v->bits));
    }
    return GRAM_OK;
}

static gram_status tail_suits(Tail *t, bool *ok)
{
    Search *s = t->m->s;
    *ok = true;
    if (!t->m->picky) return GRAM_OK;
    s->sign.n = t->end - s->regs->count;
    s->others = 0;
    for (uint32_t i = 0; i < t->level.n; i++)
        GR_TRY(add_signs(t, &t->m->vectors.at[i], t->level.at[i].k));
    return sm_match_signs_suit(t->m, ok);
}

/* Numbers for all vectors: a walk over them.  Depth first; what a level has
 * taken is given back before its next number.  The last vector's number follows
 * from the others, so m vectors have m - 1 levels to search. */
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
            GR_TRY(gr_vec_push(env, &t->level, l));
            take_items(t, at, l.k);
            if (at + 1 == n) GR_TRY(tail_suits(t, ok));
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
    t->end = end;
    GR_TRY(choose_numbers(t, ok));
    *cost = sum->cost;
    for (uint32_t i = 0; i < t->level.n && *ok; i++)
        *cost = sm_add_cost(
            *cost, times(m->vectors.at[i].cost, (uint64_t)t->level.at[i].k));
    return GRAM_OK;
}

/* All sums are tried, for the cheapest. */
gram_status sm_match_tails(Match *m, uint32_t end, bool *ok, uint64_t *cost)
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

/* One sum, by itself. */
gram_status sm_match_tail(Match *m, const Sum *sum, uint32_t end, bool *ok,
                          uint64_t *cost)
{
    Tail t = {.m = m};
    gram_status status = fill_tail(&t, sum, end, ok, cost);
    gr_vec_clear(m->s->sm->env, &t.level);
    return status;
}
