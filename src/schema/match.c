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
 * one that has only few values.
 *
 * Here are the demands, the sums over the prefix and the order of work; the
 * vectors are match_vectors.c's, the numbers behind the prefix match_tail.c's,
 * and the choice one by one is match_walk.c's. */
#include "schema/match.h"

enum { STATES_MAX = 1 << 14 };

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

/* --- sums over the prefix ------------------------------------------------- */

/* One item more: the sum, saturated; false where a maximum is passed. */
bool sm_match_add(const Match *m, Sum *sum, const Vector *v)
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
            if (!sm_match_add(m, &sum, &m->vectors.at[j])) continue;
            GR_TRY(put_sum(m, &sum));
        }
    m->sums.n = 0;
    for (uint32_t i = 0; i < m->next.n; i++)
        GR_TRY(gr_vec_push(m->s->sm->env, &m->sums, m->next.at[i]));
    return GRAM_OK;
}

bool sm_match_enough(const Match *m, const Sum *sum)
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
        if (!sm_match_enough(m, sum) || (found && sum->cost >= *cost)) continue;
        *cost = sum->cost;
        found = true;
    }
    return found;
}

/* Do the items with these signs differ, or not, as they must? */
gram_status sm_match_signs_suit(Match *m, bool *ok)
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
        GR_TRY(sm_match_vectors(m, p));
        if (m->vectors.n == 0) break;
        if (p >= s->prefix) {
            GR_TRY(sm_match_tails(m, p, ok, &cost));
            break;
        }
        GR_TRY(advance(m));
    }
    if (*ok) s->cost = sm_add_cost(s->cost, cost);
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
    m->many = plenty(m);
    *ok = false;
    if (s->regs->count > s->want.most || s->want.least > s->want.most)
        return GRAM_OK;
    for (uint32_t i = 0; i < m->n; i++)
        if (m->demand[i].least > m->demand[i].most) return GRAM_OK;
    GR_TRY(sm_match_walk(m, ok, &cost));
    if (*ok) s->cost = sm_add_cost(s->cost, cost);
    return GRAM_OK;
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
