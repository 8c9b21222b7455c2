/* Arrays whose matching items are counted, where the counts are many: an item
 * of its own for each.
 *
 *      at least 1 of A, 2 of B, at most 0 of C
 *
 *      the tail    A and not C,  B and not C,  B and not C
 *
 * Each demand is met by items that come behind the prefix, and no item meets a
 * demand that has a maximum but those that are for it.  That is one question
 * for each demand, where match.c asks what items can meet together; it finds no
 * cheapest way and misses some, so few demands, and those that are left, are
 * for match.c. */
#include "schema/layout.h"
#include "schema/want.h"

#define ENDLESS UINT32_MAX
#define NONE    UINT32_MAX

typedef GrVec(Demand) Demands;

typedef struct Apart {
    Search *s;
    Demands demand;
    SmWords roots; /* scratch */
    SmWords holds; /* of the roots: must it hold? */
    uint64_t items, cost;
} Apart;

static gram_status read_demands(Apart *a)
{
    GrEnv *env = a->s->sm->env;
    const Want *w = &a->s->want;
    for (uint32_t i = 0; i < w->match.n; i += 3)
        GR_TRY(gr_vec_push(env, &a->demand,
                           ((Demand){w->match.at[i], false, w->match.at[i + 1],
                                     w->match.at[i + 2]})));
    for (uint32_t i = 0; i < w->fall.n; i++)
        GR_TRY(gr_vec_push(env, &a->demand,
                           ((Demand){w->fall.at[i], true, 1, ENDLESS})));
    return GRAM_OK;
}

static gram_status add_root(Apart *a, uint32_t conj, bool holds)
{
    GR_TRY(gr_vec_push(a->s->sm->env, &a->roots, conj));
    return gr_vec_push(a->s->sm->env, &a->holds, holds);
}

/* What the place and one demand ask for (NONE: no demand), and nothing of the
 * others that have a maximum. */
static gram_status find_roots(Apart *a, uint32_t place, uint32_t which)
{
    ConjId conj;
    a->roots.n = a->holds.n = 0;
    GR_TRY(sm_held_conj(a->s, place, &conj));
    GR_TRY(add_root(a, conj.v, true));
    for (uint32_t i = 0; i < a->demand.n; i++) {
        const Demand *d = &a->demand.at[i];
        if (i != which && d->most == ENDLESS) continue;
        conj.v = d->what;
        if (d->breaks) GR_TRY(sm_place_conj(a->s, d->what, place, &conj));
        GR_TRY(add_root(a, conj.v, (i == which) != d->breaks));
    }
    return gr_step(a->s->sm->env, 1 + a->demand.n);
}

/* So many items of one kind, in a place. */
static gram_status take(Apart *a, uint32_t place, uint32_t which, uint64_t n,
                        bool *ok)
{
    Search *s = a->s;
    Bdds *b = &s->sm->bdd;
    Bdd goal = {GR_BDD_TRUE}, no = {GR_BDD_FALSE};
    ValueId v;
    uint64_t cost;
    if (!*ok || n == 0) return GRAM_OK;
    GR_TRY(find_roots(a, place, which));
    for (uint32_t i = a->roots.n; i-- > 0;)
        GR_TRY(a->holds.at[i] ? gr_bdd_make(b, i, no, goal, &goal)
                              : gr_bdd_make(b, i, goal, no, &goal));
    GR_TRY(sm_value(s->sm, (const ConjId *)a->roots.at, a->roots.n, goal,
                    sm_room_inside(s->sm, s->typed), &v));
    GR_TRY(sm_child_check(s, v, ok, &cost));
    if (!*ok) return GRAM_OK;
    cost = sm_add_cost(cost, sm_comma_cost(s->sm, s->typed));
    cost = cost > UINT64_MAX / n ? UINT64_MAX : cost * n;
    a->cost = sm_add_cost(a->cost, cost);
    a->items += n;
    return GRAM_OK;
}

static gram_status find_items(Apart *a, bool *ok)
{
    const Search *s = a->s;
    const Want *w = &s->want;
    uint32_t p = s->regs->count;
    for (uint32_t i = 0; i < a->demand.n; i++)
        if (a->demand.at[i].least > a->demand.at[i].most) *ok = false;
    for (; p < s->prefix && *ok; p++) GR_TRY(take(a, p, NONE, 1, ok));
    for (uint32_t i = 0; i < a->demand.n && *ok; i++)
        GR_TRY(take(a, p, i, a->demand.at[i].least, ok));
    uint64_t have = a->items + s->regs->count;
    if (have < w->least) GR_TRY(take(a, p, NONE, w->least - have, ok));
    *ok = *ok && a->items + s->regs->count <= w->most;
    return GRAM_OK;
}

gram_status sm_meet_apart(Search *s, bool *ok)
{
    enum { FEW = 4 };
    GrEnv *env = s->sm->env;
    Apart a = {.s = s};
    bool blocked = s->blocked;
    *ok = s->want.match.n / 3 + s->want.fall.n > FEW;
    if (!*ok) return GRAM_OK;
    gram_status status = read_demands(&a);
    if (status == GRAM_OK) status = find_items(&a, ok);
    if (*ok)
        s->cost = sm_add_cost(s->cost, a.cost);
    else
        s->blocked = blocked;
    gr_vec_clear(env, &a.demand);
    gr_vec_clear(env, &a.roots);
    gr_vec_clear(env, &a.holds);
    return status;
}
