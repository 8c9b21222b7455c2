/* Where items must all differ, or two be equal, it matters which position has
 * which vector: they are chosen one by one.  (match.c)
 *
 * Depth first over the positions of the prefix, with the sums so far; at each
 * depth the array may end, or go on behind the prefix by numbers
 * (match_tail.c).  A choice that adds up is put to distinct.c, which knows
 * whether so many different values are there.  Exponential in the prefix at
 * worst, and ended by the step budget. */
#include "schema/match.h"

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
        GR_TRY(sm_match_vectors(m, p));
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
    if (end >= want->least && sm_match_enough(m, &w->sum))
        GR_TRY(sm_match_signs_suit(m, ok));
    if (*ok || end < m->s->prefix || end >= want->most) return GRAM_OK;
    return sm_match_tail(m, &w->sum, end, ok, cost);
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
            *more =
                sm_match_add(m, &w->sum, &m->pool.at[from[0] + last->next++]);
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

gram_status sm_match_walk(Match *m, bool *ok, uint64_t *cost)
{
    Walk w = {.m = m};
    GR_TRY(fill_pool(m));
    gram_status status = walk_positions(&w, ok, cost);
    gr_vec_clear(m->s->sm->env, &w.step);
    return status;
}
