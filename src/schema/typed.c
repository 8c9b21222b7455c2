/* Values, typed values, verdicts.
 *
 * A value is a list of conjs and a goal over their verdicts.  Its typed
 * version has one function over atoms per conj.  Where only one verdict
 * vector meets the goal, the functions are folded into one that must hold:
 *
 *     roots f g h, goal f & !g & h      ->      root (f & !g & h), must hold
 *
 * and the verdict is the same whatever happens, number 0.  Policies that
 * bound values (max_string, max_items) are one more conjunct of the goal,
 * never of a schema: under `not` they would widen the language. */
#include "schema/cells.h"

enum { FEW = 8 }; /* roots: so many are worth no allocation */

/* Of all tables here the record is made before its key gets an id: a call that
 * fails in between leaves no id without a record, or with that of the next. */
static gram_status add_value(Sm *sm, const uint32_t *key, uint32_t n,
                             uint32_t *id)
{
    uint32_t at;
    if (sm->value.n == sm->values.n)
        GR_TRY(gr_store_add(sm->env, &sm->value, 1, &at));
    GR_TRY(gr_intern(sm->env, &sm->values, key, n + 2, id, NULL));
    Value *v = gr_store_at(&sm->value, *id);
    v->n = n;
    v->root = gr_intern_get(&sm->values, *id, NULL);
    v->goal = (Bdd){key[n]};
    v->room = key[n + 1];
    return GRAM_OK;
}

/* The key is all that a value is: equal questions are one value, with one memo
 * of what is known about it. */
gram_status sm_value(Sm *sm, const ConjId *root, uint32_t n, Bdd goal,
                     uint32_t room, ValueId *out)
{
    uint32_t *key = gr_zalloc(sm->env, (size_t)n + 2, sizeof *key);
    if (key == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++) key[i] = root[i].v;
    key[n] = goal.v;
    key[n + 1] = room;
    gram_status status = GRAM_OK;
    out->v = gr_intern_find(&sm->values, key, n + 2);
    if (out->v == UINT32_MAX) status = add_value(sm, key, n, &out->v);
    gr_free(sm->env, key, ((size_t)n + 2) * sizeof *key);
    return status;
}

/* Of nothing required: no root, so that there is no verdict to tell. */
gram_status sm_value_of(Sm *sm, ConjId conj, uint32_t room, ValueId *out)
{
    Bdd goal = {GR_BDD_TRUE};
    if (conj.v == CONJ_TRUE) return sm_value(sm, NULL, 0, goal, room, out);
    GR_TRY(gr_bdd_var(&sm->bdd, 0, &goal));
    return sm_value(sm, &conj, 1, goal, room, out);
}

/* 0 stays 0: such a container is dead already (policy_form), but may
 * be asked. */
uint32_t sm_room_inside(const Sm *sm, TypedId t)
{
    uint32_t room = sm_typed_at(sm, t)->room;
    return room == ROOM_ANY || room == 0 ? room : room - 1;
}

Value *sm_value_at(const Sm *sm, ValueId v)
{
    return gr_store_at(&sm->value, v.v);
}

Typed *sm_typed_at(const Sm *sm, TypedId t)
{
    return gr_store_at(&sm->typed, t.v);
}

/* True iff the goal is a conjunction that names every root.  *vector, zeroed by
 * the caller, gets its bits; it is rubbish where the answer is no. */
bool sm_goal_is_cube(const Sm *sm, Bdd goal, uint32_t n, uint32_t *vector)
{
    uint32_t var = 0;
    for (; goal.v >= 2; var++) {
        BddNode node = gr_bdd_node(&sm->bdd, goal);
        bool hi = gr_bdd_is(node.lo, false), lo = gr_bdd_is(node.hi, false);
        if (node.var != var || (!hi && !lo)) return false;
        if (hi) gr_bit_set(vector, var);
        goal = hi ? node.hi : node.lo;
    }
    return var == n && gr_bdd_is(goal, true);
}

/* Along the high edges, with nothing but FALSE beside them. */
bool sm_is_cube(const Sm *sm, Bdd f)
{
    while (f.v >= 2) {
        BddNode n = gr_bdd_node(&sm->bdd, f);
        if (!gr_bdd_is(n.lo, false)) return false;
        f = n.hi;
    }
    return gr_bdd_is(f, true);
}

/* `all` is made at once, as nearly every question begins with it. */
static gram_status add_typed(Sm *sm, const uint32_t *key, const Bdd *root,
                             uint32_t n, uint32_t room, uint32_t *id)
{
    uint32_t at;
    Bdd all, goal = {key[n]};
    GR_TRY(gr_bdd_compose(&sm->bdd, goal, root, n, &all));
    if (sm->typed.n == sm->typeds.n)
        GR_TRY(gr_store_add(sm->env, &sm->typed, 1, &at));
    GR_TRY(gr_intern(sm->env, &sm->typeds, key, n + 4, id, NULL));
    Typed *t = gr_store_at(&sm->typed, *id);
    t->type = key[n + 1];
    t->n = n;
    t->root = gr_intern_get(&sm->typeds, *id, NULL);
    t->goal = goal;
    t->room = room;
    t->order = key[n + 3];
    t->all = t->pruned = all;
    return GRAM_OK;
}

/* Room counts for containers only: scalars of all depths are one. */
gram_status sm_typed(Sm *sm, uint32_t type, const Bdd *root, uint32_t n,
                     Bdd goal, uint32_t room, uint32_t order, TypedId *out)
{
    uint32_t few[FEW + 4], *key = few;
    if (n > FEW) key = gr_zalloc(sm->env, (size_t)n + 4, sizeof *key);
    if (key == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++) key[i] = root[i].v;
    key[n] = goal.v;
    key[n + 1] = type;
    key[n + 2] = type < T_ARRAY ? 0 : room;
    key[n + 3] = order;
    gram_status status = GRAM_OK;
    out->v = gr_intern_find(&sm->typeds, key, n + 4);
    if (out->v == UINT32_MAX)
        status = add_typed(sm, key, root, n, room, &out->v);
    if (key != few) gr_free(sm->env, key, ((size_t)n + 4) * sizeof *key);
    return status;
}

/* What the policies say about every value of a type.  A container without room
 * is dead.  A maximum of UINT32_MAX is none, and max + 1 would not fit. */
static gram_status policy_form(Sm *sm, uint32_t type, uint32_t room, Bdd *out)
{
    uint32_t max = type == T_STRING  ? sm->policy.max_string
                   : type == T_ARRAY ? sm->policy.max_items
                                     : 0;
    *out = gr_bdd_const(type < T_ARRAY || room > 0);
    if (out->v == 0 || max == 0 || max == UINT32_MAX) return GRAM_OK;
    GR_TRY(sm_atom(sm, ATOM_COUNT, type, 0, max + 1, out));
    return gr_bdd_not(&sm->bdd, *out, out);
}

/* All functions folded into the one that must hold. */
static gram_status make_folded(Sm *sm, uint32_t type, const Bdd *root,
                               const Value *v, Bdd policy, uint32_t order,
                               TypedId *out)
{
    Bdd f, goal;
    GR_TRY(gr_bdd_compose(&sm->bdd, v->goal, root, v->n, &f));
    GR_TRY(gr_bdd_and(&sm->bdd, f, policy, &f));
    GR_TRY(gr_bdd_var(&sm->bdd, 0, &goal));
    return sm_typed(sm, type, &f, 1, goal, v->room, order, out);
}

/* The policy is a root of its own where the goal has several vectors: its bit
 * must hold whatever the others do, and it is the last one, so that the bits of
 * the value's own roots keep their places. */
static gram_status make_typed(Sm *sm, Value *v, uint32_t type, Bdd *root,
                              uint32_t *vector, TypedId *out)
{
    Bdd policy, goal = v->goal;
    uint32_t n = v->n, order = 0;
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(sm_form(sm, (ConjId){v->root[i]}, type, &root[i]));
    GR_TRY(policy_form(sm, type, v->room, &policy));
    if (type == T_OBJECT) GR_TRY(sm_order_of_roots(sm, root, n, &order));
    if (n == 0 || sm_goal_is_cube(sm, goal, n, vector))
        return make_folded(sm, type, root, v, policy, order, out);
    if (!gr_bdd_is(policy, true)) {
        Bdd bit;
        GR_TRY(gr_bdd_var(&sm->bdd, n, &bit));
        GR_TRY(gr_bdd_and(&sm->bdd, goal, bit, &goal));
        root[n++] = policy;
    }
    return sm_typed(sm, type, root, n, goal, v->room, order, out);
}

/* Room for one root more, the policy's, and for the bits of a vector behind. */
static gram_status new_typed(Sm *sm, Value *v, uint32_t type, TypedId *out)
{
    size_t size = ((size_t)v->n + 1) * sizeof(Bdd);
    size_t bits = (size_t)gr_bit_words(v->n + 1) * sizeof(uint32_t);
    Bdd few[FEW + 2] = {{0}}, *root = few;
    if (v->n > FEW) root = gr_zalloc(sm->env, 1, size + bits);
    if (root == NULL) return GRAM_E_MEMORY;
    gram_status status =
        make_typed(sm, v, type, root, (uint32_t *)(root + v->n + 1), out);
    if (root != few) gr_free(sm->env, root, size + bits);
    return status;
}

/* Most values are of one type, and in all others one and the same: nothing.
 * (An order of keys or a bound of the depth would be a part of it.) */
static bool is_never(const Sm *sm, const Value *v, uint32_t type)
{
    if (v->n != 1 || sm->policy.key_order || v->room != ROOM_ANY) return false;
    if (!sm_is_never(sm, (ConjId){v->root[0]}, type)) return false;
    uint32_t must = 0;
    return sm_goal_is_cube(sm, v->goal, 1, &must) && must == 1;
}

/* A typed value stays where it is, so that it can be read while another one is
 * made of it. */
static size_t roots_size(const Typed *t)
{
    return ((size_t)t->n + 1) * sizeof(Bdd);
}

Bdd *sm_take_roots(Sm *sm, TypedId id)
{
    const Typed *t = sm_typed_at(sm, id);
    Bdd *root = gr_resize(sm->env, NULL, 0, roots_size(t));
    for (uint32_t i = 0; root != NULL && i < t->n; i++) root[i].v = t->root[i];
    return root;
}

void sm_drop_roots(Sm *sm, TypedId id, Bdd *root)
{
    gr_free(sm->env, root, roots_size(sm_typed_at(sm, id)));
}

gram_status sm_with_roots(Sm *sm, TypedId id, const Bdd *root, TypedId *out)
{
    const Typed *t = sm_typed_at(sm, id);
    return sm_typed(sm, t->type, root, t->n, t->goal, t->room, t->order, out);
}

/* Kept by type in the value, one more than it is. */
gram_status sm_value_typed(Sm *sm, ValueId id, uint32_t type, TypedId *out)
{
    Value *v = sm_value_at(sm, id);
    TypedId *known = &v->typed[type];
    if (known->v != 0) return out->v = known->v - 1, GRAM_OK;
    TypedId *never = is_never(sm, v, type) ? &sm->never[type] : known;
    if (never->v == 0) {
        GR_TRY(new_typed(sm, v, type, out));
        never->v = out->v + 1;
    }
    *known = *never;
    out->v = known->v - 1;
    return GRAM_OK;
}

/* --- values that are alike ------------------------------------------------ */

/* One schema that must hold, of which all functions are there already. */
static bool is_simple(const Sm *sm, const Value *v)
{
    uint32_t n, must = 0;
    if (v->n != 1 || v->room != ROOM_ANY) return false;
    const uint32_t *element = gr_intern_get(&sm->conjs, v->root[0], &n);
    return n == 1 && !(element[0] & 1) && element[0] < ELEM_ANY &&
           sm_goal_is_cube(sm, v->goal, 1, &must) && must == 1;
}

static gram_status find_like(Sm *sm, ValueId id, ValueId *out)
{
    uint32_t form[N_TYPES], shape;
    ConjId conj = {sm_value_at(sm, id)->root[0]};
    for (uint32_t type = 0; type < N_TYPES; type++) {
        Bdd f;
        GR_TRY(sm_form(sm, conj, type, &f));
        form[type] = f.v;
    }
    GR_TRY(gr_intern(sm->env, &sm->shapes, form, N_TYPES, &shape, NULL));
    while (sm->like.n <= shape) GR_TRY(gr_vec_push(sm->env, &sm->like, 0));
    if (sm->like.at[shape] == 0) sm->like.at[shape] = id.v + 1;
    out->v = sm->like.at[shape] - 1;
    return GRAM_OK;
}

/* Schemas that differ in what they are called and where they stand, or in what
 * is no assertion: members of objects are mostly such. */
gram_status sm_value_like(Sm *sm, ValueId id, ValueId *out)
{
    Value *v = sm_value_at(sm, id);
    if (v->like == 0) {
        *out = id;
        if (is_simple(sm, v)) GR_TRY(find_like(sm, id, out));
        v->like = out->v + 1;
    }
    out->v = v->like - 1;
    return GRAM_OK;
}

/* --- verdicts ------------------------------------------------------------- */

/* One path down: pick is asked once for each variable on it. */
static bool evaluate(const Sm *sm, Bdd f, SmPick *pick, void *ctx)
{
    while (f.v >= 2) {
        BddNode node = gr_bdd_node(&sm->bdd, f);
        Atom atom = sm_atom_of(sm, node.var);
        f = pick(ctx, &atom) ? node.hi : node.lo;
    }
    return f.v == GR_BDD_TRUE;
}

/* The goal's variables are numbers of bits. */
static bool meets(const Sm *sm, Bdd goal, const uint32_t *vector)
{
    while (goal.v >= 2) {
        BddNode node = gr_bdd_node(&sm->bdd, goal);
        goal = gr_bit_get(vector, node.var) ? node.hi : node.lo;
    }
    return goal.v == GR_BDD_TRUE;
}

/* The goal "the only root must hold": its verdict says nothing. */
static bool must_hold(const Sm *sm, const Typed *t)
{
    if (t->n != 1 || t->goal.v < 2) return false;
    BddNode n = gr_bdd_node(&sm->bdd, t->goal);
    return gr_bdd_is(n.lo, false) && gr_bdd_is(n.hi, true);
}

/* Verdict 0 is "as it must be"; others are the vector's interned id, + 1. */
gram_status sm_verdict_of(Sm *sm, const Typed *t, const uint32_t *vector,
                          Verdict *out, bool *ok)
{
    *ok = meets(sm, t->goal, vector);
    *out = (Verdict){0};
    if (must_hold(sm, t)) return GRAM_OK;
    GR_TRY(gr_intern(sm->env, &sm->verdicts, vector, gr_bit_words(t->n),
                     &out->v, NULL));
    out->v++;
    return GRAM_OK;
}

/* One bit for each root, from one truth for each atom. */
gram_status sm_verdict(Sm *sm, TypedId id, SmPick *pick, void *ctx,
                       Verdict *out, bool *ok)
{
    const Typed *t = sm_typed_at(sm, id);
    uint32_t words = gr_bit_words(t->n);
    uint32_t *vector = gr_zalloc(sm->env, words, sizeof *vector);
    if (vector == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < t->n; i++)
        if (evaluate(sm, (Bdd){t->root[i]}, pick, ctx)) gr_bit_set(vector, i);
    gram_status status = sm_verdict_of(sm, t, vector, out, ok);
    gr_free(sm->env, vector, words * sizeof *vector);
    return status;
}

/* Of verdict 0 every bit counts as held: its only root must. */
bool sm_verdict_bit(const Sm *sm, Verdict v, uint32_t bit)
{
    uint32_t n;
    if (v.v == 0) return true;
    const uint32_t *w = gr_intern_get(&sm->verdicts, v.v - 1, &n);
    return bit / 32 < n && gr_bit_get(w, bit);
}
