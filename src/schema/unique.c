/* uniqueItems: an item must differ from all before it.
 *
 * UNIQUE is an atom that falls when an item equals an earlier one.  At a
 * place it asks for one thing more of the item's value: "none of these
 * constants", the values of the finished items.  So an item is pushed with
 *
 *     its schemas  and  not const(v1)  and ...  and  not const(vn)
 *
 * as part of the value's formula, and everything else follows: a prefix is
 * alive iff it can still become a new value, however deep the difference
 * lies; under not and oneOf the verdict's bit tells whether the atom fell.
 *
 * The finished items are kept as text by the level (SEE_ITEM), so the comma
 * asks.  Whether enough values remain for the items that must still come is
 * decided by counting (Hall's condition): where every place has at least as
 * many values as there are items in the end, any choice can be completed.
 * Where places have few values and differ, a system of distinct
 * representatives would be needed: such a way to hold counts as none, and if
 * no other is found the answer is GRAM_E_UNSUPPORTED, not "dead". */
#include "schema/machine.h"

/* --- the values seen ---------------------------------------------------------- */

gram_status sm_is_unique(Sm *sm, TypedId id, bool *unique)
{
    Typed *t = sm_typed_at(sm, id);
    if (t->unique == 0) {
        bool found = false;
        for (uint32_t r = 0; r < t->n; r++) {
            GR_TRY(gr_bdd_reach(&sm->bdd, (Bdd){t->root[r]}));
            for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
                Bdd f = {sm->bdd.reached.at[i]};
                uint32_t var = gr_bdd_node(&sm->bdd, f).var;
                found |= sm_atom_of(sm, var).kind == ATOM_UNIQUE;
            }
        }
        t->unique = (uint8_t)(1 + found);
    }
    *unique = t->unique == 2;
    return GRAM_OK;
}

/* The constant of an item's text; *known is false where the text is none
 * (levels that were made up to compute masks ahead). */
static gram_status read_item(Sm *sm, const GrSeen *seen, uint32_t *element,
                             bool *known)
{
    uint32_t key;
    *known = seen->text != NULL && seen->len > 0;
    if (!*known) return GRAM_OK;
    GR_TRY(sm_key(sm, seen->text, seen->len, &key));
    const uint32_t *memo = gr_map_find(&sm->items, key);
    if (memo != NULL) {
        *element = *memo;
        return GRAM_OK;
    }
    GrJson *json = gr_arena_take(sm->env, &sm->arena, sizeof *json);
    if (json == NULL) return GRAM_E_MEMORY;
    const GrName *text = &sm->key.at[key];
    gram_status status = gr_json_read(sm->env, &sm->arena, text->text,
                                      text->len, GR_LIMIT_MATCH_DEPTH, 0, json);
    *known = status != GRAM_E_SYNTAX;
    if (!*known) return GRAM_OK;
    GR_TRY(status);
    GR_TRY(sm_constant(sm, json, 0, element));
    return gr_map_put(sm->env, &sm->items, key, *element);
}

/* "None of the values seen", as a conj. */
static gram_status unseen(Sm *sm, const GrLevel *level, ConjId *out)
{
    SmWords w = {0};
    gram_status status = GRAM_OK;
    for (const GrSeen *s = level->seen; s != NULL && status == GRAM_OK;
         s = s->older) {
        uint32_t element;
        bool known;
        status = read_item(sm, s, &element, &known);
        if (status == GRAM_OK && known)
            status = gr_vec_push(sm->env, &w, element);
    }
    if (status == GRAM_OK) status = sm_unseen(sm, w.at, w.n, out);
    gr_vec_clear(sm->env, &w);
    return status;
}

/* --- the comma ---------------------------------------------------------------- */

gram_status sm_item_cell(Sm *sm, TypedId t, uint32_t pos, Cell *out)
{
    uint32_t key[3] = {Q_ITEM, t.v, pos}, id;
    GR_TRY(gr_intern(sm->env, &sm->questions, key, 3, &id, NULL));
    return gr_cell_ask(sm->pda, id, out);
}

/* state + 1 of the item that may come, or 0. */
gram_status sm_item_ask(Sm *sm, uint32_t id, const GrLevel *level,
                        uint32_t *answer)
{
    const uint32_t *q = gr_intern_get(&sm->questions, id, NULL);
    TypedId t = {q[1]};
    uint32_t pos = q[2], at;
    bool counted;
    ConjId conj;
    GR_TRY(sm_is_counted(sm, t, &counted));
    GR_TRY(unseen(sm, level, &conj));
    uint32_t key[3] = {id, counted ? level->reg[REG_INDEX] : pos, conj.v};
    at = gr_intern_find(&sm->answers, key, 3);
    if (at != UINT32_MAX && at < sm->answer.n) {
        *answer = sm->answer.at[at];
        return GRAM_OK;
    }
    Outcome o;
    StateId s;
    *answer = 0;
    GR_TRY(sm_array_child(sm, t, pos, key[1], conj, &o));
    if (o.alive) {
        GR_TRY(sm_state(sm, S_VALUE, o.value.v, o.frame.v, &s));
        *answer = s.v + 1;
    }
    GR_TRY(gr_intern(sm->env, &sm->answers, key, 3, &at, NULL));
    while (sm->answer.n <= at) GR_TRY(gr_vec_push(sm->env, &sm->answer, 0));
    sm->answer.at[at] = *answer;
    return GRAM_OK;
}

/* --- how many values ------------------------------------------------------ */

/* Scalars of a conj, up to cap. */
static gram_status scalar_count(Sm *sm, ValueId v, uint32_t cap, uint32_t *n)
{
    *n = 0;
    for (uint32_t type = 0; type < T_ARRAY && *n < cap; type++) {
        TypedId t;
        bool alive;
        uint32_t more = 1;
        GR_TRY(sm_value_typed(sm, v, type, &t));
        GR_TRY(sm_typed_live(sm, t, &alive));
        if (!alive) continue;
        if (type == T_BOOL && gr_bdd_is(sm_typed_at(sm, t)->all, true))
            more = 2;
        if (type == T_NUMBER) GR_TRY(sm_number_count(sm, t, cap, &more));
        if (type == T_STRING) GR_TRY(sm_text_count(sm, t, cap, &more));
        *n = more >= cap - *n ? cap : *n + more;
    }
    return GRAM_OK;
}

/* Must every atom of f come true? */
static bool is_positive_cube(const Sm *sm, Bdd f)
{
    while (f.v >= 2) {
        BddNode n = gr_bdd_node(&sm->bdd, f);
        if (!gr_bdd_is(n.lo, false)) return false;
        f = n.hi;
    }
    return gr_bdd_is(f, true);
}

/* What all specs of a container say about a place. */
static gram_status all_specs(Sm *sm, TypedId id, const Universe *u,
                             uint32_t place, ConjId *out)
{
    *out = (ConjId){CONJ_TRUE};
    for (Bdd f = sm_typed_at(sm, id)->all; f.v >= 2;) {
        BddNode node = gr_bdd_node(&sm->bdd, f);
        Atom a = sm_atom_of(sm, node.var);
        ConjId one;
        uint32_t n;
        f = node.hi;
        if (a.kind != ATOM_UNIV) continue;
        if (u != NULL) {
            GR_TRY(sm_key_conj(sm, u, a.a, place, &one));
        } else {
            const uint32_t *prefix = sm_array_spec(sm, a.a, &n);
            one = (ConjId){prefix[place < n ? place : n]};
        }
        GR_TRY(sm_conj_and(sm, *out, one, out));
    }
    return GRAM_OK;
}

/* Has a place of the container endlessly many scalars?  Then so has the
 * container values, where all its atoms only ask for more: any instance may
 * take another value there. */
static gram_status is_endless(Sm *sm, TypedId id, uint32_t cap, bool *endless)
{
    const Typed *t = sm_typed_at(sm, id);
    const Universe *u = NULL;
    uint32_t n = 0, places;
    ConjId conj;
    ValueId v;
    *endless = gr_bdd_is(t->all, true);
    if (*endless || !is_positive_cube(sm, t->all)) return GRAM_OK;
    if (t->type == T_OBJECT) GR_TRY(sm_universe(sm, id, &u));
    if (u == NULL) GR_TRY(sm_array_prefix(sm, id, &places));
    if (u != NULL) places = u->n_names + u->n_classes;
    for (uint32_t i = u ? 0 : places; i <= places && !*endless; i++) {
        uint32_t place = i;
        if (u != NULL && i == places) break;
        if (u != NULL)
            place = i < u->n_names ? 2 * u->names[i] : 2 * (i - u->n_names) + 1;
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(all_specs(sm, id, u, place, &conj));
        GR_TRY(sm_value_of(sm, conj, sm_room_inside(sm, id), &v));
        GR_TRY(scalar_count(sm, v, cap, &n));
        *endless = n >= cap;
    }
    return GRAM_OK;
}

/* Values of a conj: exact, or a lower bound. */
static gram_status value_count(Sm *sm, ValueId v, uint32_t cap, uint32_t *n,
                               bool *exact)
{
    *exact = true;
    GR_TRY(scalar_count(sm, v, cap, n));
    for (uint32_t type = T_ARRAY; type < N_TYPES && *n < cap; type++) {
        TypedId t;
        bool endless = false;
        GR_TRY(sm_value_typed(sm, v, type, &t));
        if (gr_bdd_is(sm_typed_at(sm, t)->all, false)) continue;
        *exact = false;
        if (!sm_is_known_alive(sm, t)) continue;
        GR_TRY(is_endless(sm, t, cap, &endless));
        *n = endless ? cap : *n + 1;
    }
    return GRAM_OK;
}

/* Where it cannot be told, *ok is false and sm->live_unsure is set. */
gram_status sm_enough_values(Search *s, ConjId place, uint32_t end, bool same,
                             bool *ok)
{
    Sm *sm = s->sm;
    ValueId v;
    uint32_t n;
    bool exact;
    GR_TRY(sm_value_of(sm, place, sm_room_inside(sm, s->typed), &v));
    GR_TRY(value_count(sm, v, end, &n, &exact));
    *ok = n >= end;
    if (!*ok && !(same && exact)) sm->live_unsure = true;
    return GRAM_OK;
}
