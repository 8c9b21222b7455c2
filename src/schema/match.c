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
 * the step budget ends it.
 *
 * Where many are counted, an item for each is tried before any of this
 * (apart.c).
 *
 * Where all items must differ, or two be equal, it matters which position
 * has which vector: they are chosen one by one, backtracking, and each choice
 * that adds up is put to distinct.c.  Then no vector is left out because of
 * one that has only few values. */
#include "schema/layout.h"
#include "schema/want.h"

enum { BITS_MAX = DEMANDS_MAX, VECTORS_MAX = 1 << 12, STATES_MAX = 1 << 14 };
#define ENDLESS UINT32_MAX

typedef struct Vector {
    uint32_t bits;
    uint64_t cost;  /* of such an item and its comma */
    uint32_t count; /* of its values, where all differ: m->many at most */
} Vector;

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
    /* all differ, or some are equal, or all are to be told: */
    bool picky;
    uint32_t many;        /* more values than items that could be needed */
    GrVec(Vector) pool;   /* of all positions of the prefix */
    GrVec(uint32_t) from; /* their parts of it, and the end */
} Match;

/* --- demands -------------------------------------------------------------- */

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

/* What a "yes" is worth: 1 better, -1 worse than a "no", 0 it depends.  (A
 * demand with both bounds wants neither more nor less.) */
static int worth(const Demand *d)
{
    if (d->most == ENDLESS) return 1;
    return d->least == 0 ? -1 : 0;
}

/* --- vectors -------------------------------------------------------------- */

/* Some value at `place` that has the first n bits of the vector?  The goal is
 * the cube of these bits, with what all items must be as root 0.  Of a
 * universal the bit says that it is *broken*: hence `breaks`. */
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

/* Vectors that are taken need not be looked at for less than they offer;
 * values may run out, and equal ones may be wanted. */
static bool may_dominate(const Match *m, const Vector *v)
{
    return !m->picky || (m->s->want.unique && v->count >= m->many);
}

/* Would the vector's first n bits, and the best of all others, be dominated by
 * a vector that is there already?  Such a vector is at least as good in every
 * demand, so whatever an array needs can be done without the other. */
static bool is_dominated(const Match *m, uint32_t bits, uint32_t n)
{
    for (uint32_t i = 0; i < m->vectors.n; i++) {
        uint32_t have = m->vectors.at[i].bits, j = 0;
        if (!may_dominate(m, &m->vectors.at[i])) continue;
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

/* How many unseen values have it?  Asked as distinct.c asks of any item, with
 * the vector as the place's sign. */
static gram_status count_vector(Match *m, uint32_t place, uint32_t bits,
                                uint32_t *n)
{
    Search *s = m->s;
    s->sign.n = 0;
    while (s->sign.n <= place - s->regs->count)
        GR_TRY(gr_vec_push(s->sm->env, &s->sign, bits));
    s->demand = m->demand;
    s->n_demands = m->n;
    gram_status status = sm_count_left(s, place, m->many, n);
    s->n_demands = 0;
    return status;
}

static gram_status add_kind(Match *m, uint32_t place, uint32_t bits,
                            uint64_t cost)
{
    Search *s = m->s;
    Vector v = {bits, sm_add_cost(cost, sm_comma_cost(s->sm, s->typed)), 0};
    if (m->vectors.n == VECTORS_MAX)
        return gr_fail(s->sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than %d kinds of items to choose from",
                       VECTORS_MAX);
    if (s->want.unique) GR_TRY(count_vector(m, place, bits, &v.count));
    return gr_vec_push(s->sm->env, &m->vectors, v);
}

/* All vectors that are not dominated: a walk over their bits, the better value
 * of each bit first.  A prefix of bits that no value has ends all that begin
 * with it: so the walk is as long as there are vectors, not 2^demands. */
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
            GR_TRY(add_kind(m, place, bits, cost));
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

/* --- sums over the prefix ------------------------------------------------- */

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

/* Of equal sums only the cheapest matters. */
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

static bool is_enough(const Match *m, const Sum *sum)
{
    uint32_t i = 0;
    while (i < m->n && sum->at[i] >= m->demand[i].least) i++;
    return i == m->n;
}

/* May the array end with one of the sums?  With the cheapest of them. */
static bool can_end(Match *m, uint64_t *cost)
{
    bool found = false;
    for (uint32_t i = 0; i < m->sums.n; i++) {
        const Sum *sum = &m->sums.at[i];
        if (!is_enough(m, sum) || (found && sum->cost >= *cost)) continue;
        *cost = sum->cost;
        found = true;
    }
    return found;
}

/* --- how many of each behind the prefix ----------------------------------- */

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

/* Do the items with these signs differ, or not, as they must? */
static gram_status signs_suit(Match *m, bool *ok)
{
    Search *s = m->s;
    gram_status status = GRAM_OK;
    s->demand = m->demand;
    s->n_demands = m->n;
    *ok = true;
    if (s->want.unique)
        status = sm_signs_differ(s, ok);
    else if (s->want.twice)
        status = sm_signs_equal(s, ok);
    if (status == GRAM_OK && *ok && s->explain)
        status = sm_note_items(s, s->regs->count + s->sign.n);
    s->n_demands = s->others = 0;
    return status;
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
    return signs_suit(t->m, ok);
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

/* --- the whole ------------------------------------------------------------ */

/* Position by position: where the array may end it does, as more items would
 * only cost more.  Behind the prefix the rest is done at once. */
static gram_status find_matches(Match *m, bool *ok)
{
    Search *s = m->s;
    const Want *w = &s->want;
    uint32_t p = s->regs->count;
    uint64_t cost = 0;
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

/* --- one by one ----------------------------------------------------------- */

/* A position's vector, and the sum before it. */
typedef struct Step {
    uint32_t next;
    Sum sum;
} Step;

typedef struct Walk {
    Match *m;
    GrVec(Step) step;
    Sum sum; /* of the steps */
} Walk;

/* The vectors of the prefix; m->vectors: of those behind it, or none.  A
 * position without any vector is a wall: the array ends before it. */
static gram_status fill_pool(Match *m)
{
    Search *s = m->s;
    uint32_t p = s->regs->count;
    for (; p < s->want.most; p++) {
        GR_TRY(find_vectors(m, p));
        if (m->vectors.n == 0) s->want.most = p;
        if (m->vectors.n == 0 || p >= s->prefix) break;
        GR_TRY(gr_vec_push(s->sm->env, &m->from, m->pool.n));
        for (uint32_t i = 0; i < m->vectors.n; i++)
            GR_TRY(gr_vec_push(s->sm->env, &m->pool, m->vectors.at[i]));
    }
    return gr_vec_push(s->sm->env, &m->from, m->pool.n);
}

static gram_status put_signs(Walk *w)
{
    Match *m = w->m;
    m->s->sign.n = 0;
    for (uint32_t i = 0; i < w->step.n; i++) {
        const Vector *v = &m->pool.at[m->from.at[i] + w->step.at[i].next - 1];
        GR_TRY(gr_vec_push(m->s->sm->env, &m->s->sign, v->bits));
    }
    return GRAM_OK;
}

/* May the array end here, or with more items behind the prefix? */
static gram_status try_end(Walk *w, bool *ok, uint64_t *cost)
{
    Match *m = w->m;
    const Want *want = &m->s->want;
    uint32_t end = m->s->regs->count + w->step.n;
    *cost = w->sum.cost;
    *ok = false;
    GR_TRY(put_signs(w));
    if (end >= want->least && is_enough(m, &w->sum)) GR_TRY(signs_suit(m, ok));
    if (*ok || end < m->s->prefix || end >= want->most) return GRAM_OK;
    Tail t = {.m = m};
    gram_status status = fill_tail(&t, &w->sum, end, ok, cost);
    gr_vec_clear(m->s->sm->env, &t.level);
    return status;
}

/* The next vector of the last position that has one left; *more is false
 * where none has. */
static gram_status next_step(Walk *w, bool *more)
{
    const Match *m = w->m;
    *more = false;
    while (w->step.n > 0 && !*more) {
        Step *last = &w->step.at[w->step.n - 1];
        const uint32_t *from = &m->from.at[w->step.n - 1];
        GR_TRY(gr_step(m->s->sm->env, 1));
        w->sum = last->sum;
        if (last->next == from[1] - from[0])
            w->step.n--;
        else
            *more = add_vector(m, &w->sum, &m->pool.at[from[0] + last->next++]);
    }
    return GRAM_OK;
}

/* Depth first: each array before those that go on from it. */
static gram_status walk_positions(Walk *w, bool *ok, uint64_t *cost)
{
    Match *m = w->m;
    bool more = true;
    while (more) {
        GR_TRY(try_end(w, ok, cost));
        if (*ok) return GRAM_OK;
        if (w->step.n + 1 < m->from.n)
            GR_TRY(gr_vec_push(m->s->sm->env, &w->step, ((Step){0, w->sum})));
        GR_TRY(next_step(w, &more));
    }
    return GRAM_OK;
}

/* At most so many items are needed for anything, and one value more is
 * plenty. */
static uint32_t plenty(const Match *m)
{
    uint64_t n = (uint64_t)m->s->prefix + m->s->want.least + 3;
    for (uint32_t i = 0; i < m->n; i++) n += m->demand[i].least;
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* A vector's values are counted up to `many`, beyond which there are always
 * enough: so that is set first. */
static gram_status find_picky(Match *m, bool *ok)
{
    Search *s = m->s;
    uint64_t cost;
    Walk w = {.m = m};
    m->many = plenty(m);
    *ok = false;
    if (s->regs->count > s->want.most || s->want.least > s->want.most)
        return GRAM_OK;
    for (uint32_t i = 0; i < m->n; i++)
        if (m->demand[i].least > m->demand[i].most) return GRAM_OK;
    GR_TRY(fill_pool(m));
    gram_status status = walk_positions(&w, ok, &cost);
    gr_vec_clear(s->sm->env, &w.step);
    if (status == GRAM_OK && *ok) s->cost = sm_add_cost(s->cost, cost);
    return status;
}

gram_status sm_find_matches(Search *s, bool *ok)
{
    GrEnv *env = s->sm->env;
    bool picky = s->want.unique || s->want.twice || s->explain;
    *ok = false;
    if (!picky) GR_TRY(sm_meet_apart(s, ok));
    if (*ok) return GRAM_OK;
    Match *m = gr_zalloc(env, 1, sizeof *m);
    if (m == NULL) return GRAM_E_MEMORY;
    m->s = s;
    gram_status status = read_demands(m);
    m->picky = picky;
    if (status == GRAM_OK)
        status = m->picky ? find_picky(m, ok) : find_matches(m, ok);
    s->sign.n = s->n_demands = 0;
    gr_vec_clear(env, &m->vectors);
    gr_vec_clear(env, &m->sums);
    gr_vec_clear(env, &m->next);
    gr_vec_clear(env, &m->pool);
    gr_vec_clear(env, &m->from);
    gr_free(env, m, sizeof *m);
    return status;
}
