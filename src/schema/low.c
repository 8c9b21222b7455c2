/* The lowest instances of containers, and what they cost.
 *
 * That a container is alive is proved by the first instance that is found
 * (live.c), and which one that is depends on what was asked before: of
 *
 *     a: anyOf [{"required": ["b"]}, "long ..."]      b: the same with a
 *
 * the first one asked about counts as dead for the other.  Estimates must not
 * depend on that, so they are made of other instances:
 *
 *   low    the least number of containers one inside another, itself included,
 *          that an instance has: a fact, whatever was asked
 *   cost   the bytes of the way to hold that a search finds if only members
 *          lower than this one count as alive, each with its own cost
 *
 * Members of such a way are lower, and cost less: whoever goes on with them
 * comes to an end.
 *
 * "Is it at most h high?" asks the same of members with h - 1, so there are no
 * cycles.  Questions wait on an explicit stack.  Of a container that is alive
 * the first h is the height of its proof; then it goes down, by what each way
 * found says, until one h too small is met: three searches, nearly always.
 *
 * Rejected: the least cost, by Knuth's generalization of Dijkstra's algorithm
 * (1977).  A search finds some way, not the cheapest one, and of members all
 * but the cheapest would have to be known.
 *
 * Where depth is bounded, a container is as low as the same one without a
 * bound, if that fits. */
#include "schema/layout.h"
#include "schema/want.h"

/* Of what is alive for another reason than low members (values that must all
 * differ are counted without regard to how high they are): more than any
 * other. */
#define COST_UNTOLD (1 << 20)

static bool fits(const Sm *sm, const Typed *t)
{
    return (sm->live_low == 0 || t->low < sm->live_low) &&
           (sm->live_below == 0 || t->cost < sm->live_below);
}

/* The container to ask about: see settle in live.c. */
static gram_status ask_whom(Sm *sm, TypedId id, TypedId *who)
{
    Typed *t = sm_typed_at(sm, id);
    *who = id;
    if (t->room == ROOM_ANY || t->low > 0 || t->tight) return GRAM_OK;
    GR_TRY(sm_unbounded(sm, id, who));
    const Typed *f = sm_typed_at(sm, *who);
    if (f->low == 0) return GRAM_OK;
    *who = id;
    t->tight = f->low > t->room;
    if (t->tight) return GRAM_OK;
    t->low = f->low;
    t->cost = sm_cost_at(sm, f->cost, f->lines, id, 0);
    return GRAM_OK;
}

gram_status sm_low_check(Sm *sm, TypedId id, bool *alive, bool *unknown)
{
    *alive = *unknown = false;
    GR_TRY(ask_whom(sm, id, &id));
    const Typed *t = sm_typed_at(sm, id);
    if (t->low > 0) *alive = fits(sm, t);
    if (t->low > 0 || sm_known_dead(sm, id)) return GRAM_OK;
    if (sm->live_low > 0 && t->tried >= sm->live_low - 1) return GRAM_OK;
    *unknown = true;
    return gr_vec_push(sm->env, &sm->live_needs, id.v);
}

/* The line breaks of the instance just found, if it is laid out and may stand
 * at any depth: its cost counted another way. */
static gram_status count_lines(Sm *sm, TypedId id)
{
    Typed *t = sm_typed_at(sm, id);
    bool alive, blocked;
    uint64_t cost = 1; /* the bracket, where nothing is found */
    if (!sm->policy.layout || t->room != ROOM_ANY) return GRAM_OK;
    sm->count_lines = true;
    gram_status status = sm_search(sm, id, NULL, &alive, &blocked, &cost);
    sm->count_lines = false;
    t->lines = cost - 1; /* the bracket */
    return status;
}

/* A way was found whose members are lower than k.  If they are lower still, k
 * can be less, and the way asked for with that. */
static gram_status take_way(Sm *sm, TypedId id, uint32_t k, uint64_t cost)
{
    Typed *t = sm_typed_at(sm, id);
    uint32_t least = sm->height + 1;
    t->up = least < k ? least + 1 : k;
    t->cost = sm_add_cost(cost, 1);
    return count_lines(sm, id);
}

/* Is it at most k high?  What has to be known first goes on the stack. */
static gram_status search_below(Sm *sm, TypedId id, uint32_t k)
{
    Typed *t = sm_typed_at(sm, id);
    bool alive, blocked;
    uint64_t cost;
    sm->live_needs.n = 0;
    sm->live_low = k;
    GR_TRY(sm_search(sm, id, NULL, &alive, &blocked, &cost));
    for (uint32_t i = 0; blocked && i < sm->live_needs.n; i++) {
        SmLow need = {{sm->live_needs.at[i]}, k - 1};
        GR_TRY(gr_vec_push(sm->env, &sm->low_stack, need));
    }
    if (blocked) return GRAM_OK;
    if (alive) return take_way(sm, id, k, cost);
    t->tried = k;
    if (t->up > 0 || k < t->height) return GRAM_OK;
    t->up = k + 1;
    t->cost = COST_UNTOLD;
    return GRAM_OK;
}

/* One visit of the question on top of the stack. */
static gram_status visit(Sm *sm, SmLow ask)
{
    Typed *t = sm_typed_at(sm, ask.typed);
    bool alive;
    GR_TRY(sm_typed_live(sm, ask.typed, &alive));
    if (alive && t->up == t->tried + 1) t->low = t->up;
    if (!alive || t->low > 0 || t->tried >= ask.high) {
        sm->low_stack.n--;
        return GRAM_OK;
    }
    uint32_t k = t->up > 0 ? t->up - 1 : t->height;
    return search_below(sm, ask.typed, k < ask.high ? k : ask.high);
}

static gram_status answer_all(Sm *sm)
{
    while (sm->low_stack.n > 0) {
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(visit(sm, sm->low_stack.at[sm->low_stack.n - 1]));
    }
    return GRAM_OK;
}

gram_status sm_decide_low(Sm *sm)
{
    uint32_t low = sm->live_low;
    uint64_t below = sm->live_below;
    sm->low_stack.n = 0;
    for (uint32_t i = 0; i < sm->live_needs.n; i++) {
        SmLow need = {{sm->live_needs.at[i]}, UINT32_MAX};
        GR_TRY(gr_vec_push(sm->env, &sm->low_stack, need));
    }
    sm->live_below = 0;
    gram_status status = answer_all(sm);
    sm->live_low = low;
    sm->live_below = below;
    return status;
}

gram_status sm_low_cost(Sm *sm, TypedId t, uint64_t *cost)
{
    bool alive, unknown;
    gram_status status;
    sm->costing = true;
    do {
        sm->live_needs.n = 0;
        status = sm_low_check(sm, t, &alive, &unknown);
        if (status == GRAM_OK && unknown) status = sm_decide_low(sm);
    } while (status == GRAM_OK && unknown);
    sm->costing = false;
    *cost = alive ? sm_typed_at(sm, t)->cost : 0;
    return status;
}
