/* Which sign vectors can an item at some position have?  (match.c)
 *
 * In: a position and the demands.  Out: the vectors that some value has there,
 * without those that another one dominates: mostly one.
 *
 * The walk goes down the bits of a vector, the better value of each first:
 *
 *     bit 0      yes ------------------ no
 *     bit 1      yes ---- no            (dominated: not looked at)
 *                 |        |
 *               vector   no value has it: all below are left out
 *
 * Each question is whether a value with these first bits exists, which is the
 * satisfiability of a child with a goal (child.h), remembered there. */
#include "schema/layout.h"
#include "schema/match.h"

enum { VECTORS_MAX = 1 << 12 };

/* What a "yes" is worth: 1 better, -1 worse than a "no", 0 it depends.  (A
 * demand with both bounds wants neither more nor less.) */
static int worth(const Demand *d)
{
    if (d->most == ENDLESS) return 1;
    return d->least == 0 ? -1 : 0;
}

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
gram_status sm_match_vectors(Match *m, uint32_t place)
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
