/* Liveness: can a value, or an open container, still be completed?
 *
 * Scalars know at once.  Whether a container has a way to hold (search.c)
 * depends on the values of its members, so the whole is a least fixed point
 * over typed containers, run on an explicit stack:
 *
 *   - a container that is being decided counts as dead for its own children;
 *     a "no" that used this is provisional, kept for the round only;
 *   - rounds are repeated until one finds no new "yes": then all its "no"
 *     are final.  (Satisfiability is used positively only.)
 *   - children that are not known yet are assumed alive; a search that needs
 *     them reports them, they are decided first, and it is taken up again.
 *
 * Where the policy bounds the depth, a container is another one at each depth,
 * and a recursive schema has thousands of them.  So it asks the container
 * without a bound first, whose cycles are short:
 *
 *     without a bound   dead                            dead
 *                       alive, its instance fits        alive
 *                       alive, but that is too deep     a search of its own
 *
 * Work is counted in steps; too much of it is GRAM_E_LIMIT, never a guess. */
#include "schema/layout.h"
#include "schema/want.h"

enum { UNKNOWN, OPEN, YES, NO, MAYBE_NO };

/* --- children ------------------------------------------------------------- */

/* Cost of null and true is 4, of false 5; "" and 0 are what anything allows. */
static gram_status scalar_live(Sm *sm, TypedId id, bool *alive)
{
    Typed *t = sm_typed_at(sm, id);
    if (!t->known) {
        bool must_be_false = t->all.v >= 2 && t->type == T_BOOL &&
                             gr_bdd_is(gr_bdd_node(&sm->bdd, t->all).hi, false);
        t->cost = must_be_false ? 5 : 4;
        if (t->all.v < 2)
            *alive = t->all.v;
        else if (t->type == T_NUMBER)
            GR_TRY(sm_number_live(sm, id, alive, &t->cost));
        else if (t->type == T_STRING)
            GR_TRY(sm_text_live(sm, id, alive, &t->cost));
        else
            *alive = true; /* a function of "it is true" that is no const */
        if (*alive && t->all.v == GR_BDD_TRUE) {
            if (t->type == T_STRING) t->cost = 2;
            if (t->type == T_NUMBER) t->cost = 1;
        }
        t = sm_typed_at(sm, id);
        t->alive = *alive;
        t->known = true;
    }
    *alive = t->alive;
    return GRAM_OK;
}

/* The same container with room for anything.  What a container must be is the
 * same at each depth; only `room` is not. */
gram_status sm_unbounded(Sm *sm, TypedId id, TypedId *out)
{
    Typed *t = sm_typed_at(sm, id);
    if (t->free == 0) {
        Bdd *root = sm_take_roots(sm, id);
        if (root == NULL) return GRAM_E_MEMORY;
        gram_status status =
            sm_typed(sm, t->type, root, t->n, t->goal, ROOM_ANY, t->order, out);
        sm_drop_roots(sm, id, root);
        GR_TRY(status);
        sm_typed_at(sm, id)->free = out->v + 1;
    }
    out->v = sm_typed_at(sm, id)->free - 1;
    return GRAM_OK;
}

/* The container whose status says that of this one: itself, or the one without
 * a bound as long as that has none.  An instance of the unbounded one that is
 * too high proves nothing: a lower one may exist, so the bounded one is
 * searched by itself (`deep`). */
static gram_status settle(Sm *sm, TypedId id, TypedId *who)
{
    Typed *t = sm_typed_at(sm, id);
    *who = id;
    if (t->room == ROOM_ANY || t->deep || t->status == YES || t->status == NO)
        return GRAM_OK;
    GR_TRY(sm_unbounded(sm, id, who));
    const Typed *f = sm_typed_at(sm, *who);
    if (f->status != YES && f->status != NO) return GRAM_OK;
    *who = id;
    t->deep = f->status == YES && f->height > t->room;
    if (t->deep) return GRAM_OK;
    t->status = f->status;
    t->rank = f->rank;
    t->height = f->height;
    return GRAM_OK;
}

/* The status of a container for those above it in the search.  To explain
 * (live_limit), those proved before count as alive, and nothing else; to tell
 * what something costs, see low.c.  One that is open, or found dead in this
 * round, counts as dead; whatever is concluded from that is provisional. */
static gram_status container_live(Sm *sm, TypedId id, bool *alive,
                                  bool *unknown)
{
    Typed *t = sm_typed_at(sm, id);
    *alive = *unknown = false;
    if (gr_bdd_is(t->all, false)) return GRAM_OK;
    if (sm->costing) return sm_low_check(sm, id, alive, unknown);
    GR_TRY(settle(sm, id, &id));
    t = sm_typed_at(sm, id);
    if (sm->live_limit > 0 || t->status == YES) {
        *alive = t->status == YES &&
                 (sm->live_limit == 0 || t->rank < sm->live_limit);
    } else if (t->status == OPEN ||
               (t->status == MAYBE_NO && t->round == sm->live_round)) {
        sm->live_provisional = true;
    } else if (t->status != NO) {
        *unknown = true;
        return gr_vec_push(sm->env, &sm->live_needs, id.v);
    }
    return GRAM_OK;
}

/* Of a value: the instance that made it alive. */
typedef struct Found {
    uint64_t cost, lines; /* where they are asked for */
    uint32_t height;
} Found;

/* As a member of a container.  What stands for itself at any depth is moved to
 * its place in the layout. */
static uint64_t child_cost(Search *s, const Value *v, const Found *f)
{
    if (s->sm->count_lines) return f->lines;
    return v->room == ROOM_ANY
               ? sm_cost_at(s->sm, f->cost, f->lines, s->typed, 1)
               : f->cost;
}

/* What was said of the value before, without a limit. */
static bool recall(const Sm *sm, const Value *v, Found *out)
{
    bool costs = sm->costing && sm->live_low == 0 && sm->live_below == 0;
    *out = (Found){.height = v->height};
    if (costs) *out = (Found){v->cost, v->lines, v->low};
    return v->status == YES && (costs ? v->costed : !sm_is_limited(sm));
}

static void remember(const Sm *sm, Value *v, const Found *f)
{
    if (!sm_is_limited(sm)) v->height = f->height;
    if (!sm->costing || sm->live_low > 0 || sm->live_below > 0) return;
    v->cost = f->cost;
    v->lines = f->lines;
    v->low = f->height;
    v->costed = true;
}

static void take_type(const Sm *sm, TypedId id, Found *out)
{
    const Typed *t = sm_typed_at(sm, id);
    *out = (Found){t->cost, t->lines, sm->costing ? t->low : t->height};
}

/* One type of a value.  *final: what it says is for good. */
static gram_status type_check(Sm *sm, TypedId t, bool *alive, bool *unknown,
                              bool *final)
{
    bool before = sm->live_provisional;
    *unknown = false;
    *final = true;
    if (sm_typed_at(sm, t)->type < T_ARRAY) return scalar_live(sm, t, alive);
    sm->live_provisional = false;
    GR_TRY(container_live(sm, t, alive, unknown));
    *final = !*unknown && !sm->live_provisional;
    sm->live_provisional |= before;
    return GRAM_OK;
}

/* Is the value alive, as far as is known?  Unknown children are noted in
 * live_needs and assumed alive: *unknown.  The first type that is alive will
 * do, so scalars come first; to tell costs, those before it have to be known.
 * A "no" is kept only if all types have said so for good. */
static gram_status value_check(Sm *sm, ValueId id, bool *alive, bool *unknown,
                               Found *out)
{
    Value *v = sm_value_at(sm, id);
    bool some = false, all_final = true;
    *unknown = *alive = false;
    if (v->status == NO) return GRAM_OK;
    *alive = recall(sm, v, out);
    if (*alive) return GRAM_OK;
    if (!sm->costing) GR_TRY(sm_is_evident(sm, id, &out->height, alive));
    for (uint32_t type = 0; type < N_TYPES && !*alive; type++) {
        TypedId t;
        bool open, final;
        GR_TRY(sm_value_typed(sm, id, type, &t));
        GR_TRY(type_check(sm, t, alive, &open, &final));
        some |= open;
        all_final = all_final && final;
        if (*alive) take_type(sm, t, out);
    }
    if (sm->costing && some) *unknown = *alive = true;
    if (*alive && !*unknown) remember(sm, v, out);
    if (sm_is_limited(sm)) return GRAM_OK;
    if (*alive || all_final)
        v->status = *alive ? YES : NO;
    else
        *unknown = *alive = some;
    return GRAM_OK;
}

/* Something of this height and cost stands in the completion. */
static void note_child(Search *s, uint32_t height, uint64_t cost)
{
    if (height > s->height) s->height = height;
    if (height > 0 && cost > s->dearest) s->dearest = cost;
}

gram_status sm_child_check(Search *s, ValueId id, bool *alive, uint64_t *cost)
{
    bool unknown;
    Found f = {0};
    GR_TRY(value_check(s->sm, id, alive, &unknown, &f));
    s->blocked |= unknown;
    *cost = unknown || !*alive ? 0 : child_cost(s, sm_value_at(s->sm, id), &f);
    if (*alive && !unknown) note_child(s, f.height, f.cost);
    return GRAM_OK;
}

bool sm_known_alive(const Sm *sm, TypedId t)
{
    return sm_typed_at(sm, t)->status == YES;
}

bool sm_known_dead(const Sm *sm, TypedId t)
{
    return sm_typed_at(sm, t)->status == NO;
}

gram_status sm_container_check(Search *s, TypedId t, bool *alive)
{
    bool unknown;
    GR_TRY(container_live(s->sm, t, alive, &unknown));
    s->blocked |= unknown;
    const Typed *c = sm_typed_at(s->sm, t);
    if (*alive) note_child(s, s->sm->costing ? c->low : c->height, c->cost);
    *alive |= unknown;
    return GRAM_OK;
}

/* --- the fixed point ------------------------------------------------------ */

/* One visit of the container on top of the stack.  One that is blocked stays on
 * the stack below what it needs, OPEN: if one of these needs it in turn, it
 * counts as dead there. */
static gram_status visit(Sm *sm, TypedId id)
{
    Typed *t = sm_typed_at(sm, id);
    bool alive, blocked;
    uint64_t cost;
    if (t->status == YES || t->status == NO ||
        (t->status == MAYBE_NO && t->round == sm->live_round)) {
        sm->live_stack.n--;
        return GRAM_OK;
    }
    t->status = OPEN;
    sm->live_needs.n = 0;
    sm->live_provisional = false;
    GR_TRY(sm_search(sm, id, NULL, &alive, &blocked, &cost));
    if (blocked) {
        for (uint32_t i = 0; i < sm->live_needs.n; i++)
            GR_TRY(gr_vec_push(sm->env, &sm->live_stack, sm->live_needs.at[i]));
        return GRAM_OK;
    }
    t->height = 1 + sm->height;
    t->status = alive ? YES : sm->live_provisional ? MAYBE_NO : NO;
    t->round = sm->live_round;
    t->rank = ++sm->live_rank;
    if (alive) sm->live_changed = true;
    if (t->status == MAYBE_NO)
        GR_TRY(gr_vec_push(sm->env, &sm->live_maybe, id.v));
    sm->live_stack.n--;
    return GRAM_OK;
}

/* A failed search leaves containers open: they are unknown again.  (What has
 * been found stays: YES and NO are final.) */
static gram_status abandon(Sm *sm, gram_status status)
{
    for (uint32_t i = 0; i < sm->live_stack.n; i++) {
        Typed *t = sm_typed_at(sm, (TypedId){sm->live_stack.at[i]});
        if (t->status == OPEN) t->status = UNKNOWN;
    }
    sm->live_stack.n = 0;
    return status;
}

/* Rounds over one or more containers, until all of them are decided.  A round
 * that found no new "yes" has assumed nothing that would change: its
 * provisional "no" are the least fixed point.  Rounds end, as each but the last
 * finds one more container alive. */
static gram_status decide_all(Sm *sm, const uint32_t *ids, uint32_t n)
{
    bool again = true;
    while (again) {
        sm->live_round++;
        sm->live_changed = false;
        sm->live_stack.n = sm->live_maybe.n = 0;
        for (uint32_t i = 0; i < n; i++)
            GR_TRY(gr_vec_push(sm->env, &sm->live_stack, ids[i]));
        while (sm->live_stack.n > 0) {
            uint32_t top = sm->live_stack.at[sm->live_stack.n - 1];
            gram_status status = gr_step(sm->env, 1);
            if (status == GRAM_OK) status = visit(sm, (TypedId){top});
            if (status != GRAM_OK) return abandon(sm, status);
        }
        again = sm->live_changed && sm->live_maybe.n > 0;
        for (uint32_t i = 0; i < sm->live_maybe.n; i++)
            sm_typed_at(sm, (TypedId){sm->live_maybe.at[i]})->status =
                again ? UNKNOWN : NO;
    }
    return GRAM_OK;
}

/* For good, so without a limit. */
static gram_status decide(Sm *sm, const uint32_t *ids, uint32_t n)
{
    bool costing = sm->costing;
    sm->costing = false;
    gram_status status = decide_all(sm, ids, n);
    sm->costing = costing;
    return status;
}

/* The unbounded container first; where that does not settle it, itself. */
gram_status sm_typed_live(Sm *sm, TypedId id, bool *alive)
{
    Typed *t = sm_typed_at(sm, id);
    TypedId who;
    if (t->type < T_ARRAY) return scalar_live(sm, id, alive);
    GR_TRY(settle(sm, id, &who));
    if (who.v != id.v) {
        GR_TRY(decide(sm, &who.v, 1));
        GR_TRY(settle(sm, id, &who));
    }
    if (t->status != YES && t->status != NO) GR_TRY(decide(sm, &id.v, 1));
    *alive = sm_typed_at(sm, id)->status == YES;
    return GRAM_OK;
}

gram_status sm_value_live(Sm *sm, ValueId v, bool *alive)
{
    uint32_t height;
    *alive = sm_value_at(sm, v)->status == YES;
    if (!*alive) GR_TRY(sm_is_evident(sm, v, &height, alive));
    for (uint32_t type = 0; type < N_TYPES && !*alive; type++) {
        TypedId t;
        GR_TRY(sm_value_typed(sm, v, type, &t));
        GR_TRY(sm_typed_live(sm, t, alive));
    }
    return GRAM_OK;
}

/* Decide the children noted by a blocked search.  The list is copied, as
 * deciding uses it. */
gram_status sm_decide_needs(Sm *sm)
{
    size_t size = ((size_t)sm->live_needs.n + 1) * sizeof(uint32_t);
    if (sm->costing) return sm_decide_low(sm);
    uint32_t n = sm->live_needs.n, *ids = gr_resize(sm->env, NULL, 0, size);
    if (ids == NULL) return GRAM_E_MEMORY;
    if (n) memcpy(ids, sm->live_needs.at, n * sizeof *ids);
    gram_status status = decide(sm, ids, n);
    gr_free(sm->env, ids, size);
    return status;
}

/* Each turn decides the children that were assumed alive, so the search is
 * taken up with more known each time. */
gram_status sm_open_live(Sm *sm, TypedId id, const Regs *regs, bool *alive,
                         uint64_t *cost)
{
    bool blocked;
    do {
        sm->live_needs.n = 0;
        GR_TRY(sm_search(sm, id, regs, alive, &blocked, cost));
        if (blocked) GR_TRY(sm_decide_needs(sm));
    } while (blocked);
    return GRAM_OK;
}

/* Monotone iff at each node the low side implies the high one.  Then more truth
 * never harms, and an atom that may still be true can be taken as such. */
gram_status sm_is_plain(Sm *sm, TypedId id, bool *plain)
{
    Typed *t = sm_typed_at(sm, id);
    if (t->plain == 0) {
        bool up = t->order == 0;
        GR_TRY(gr_bdd_reach(&sm->bdd, t->all));
        for (uint32_t i = 0; i < sm->bdd.reached.n && up; i++) {
            BddNode n = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
            uint32_t kind = sm_atom_of(sm, n.var).kind;
            GR_TRY(gr_bdd_implies(&sm->bdd, n.lo, n.hi, &up));
            up = up &&
                 (kind == ATOM_UNIV || kind == ATOM_REQ || kind == ATOM_OTHER);
        }
        t->plain = (uint8_t)(1 + up);
    }
    *plain = t->plain == 2;
    return GRAM_OK;
}
