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
 * asks.  Only values that can be made longer until their last byte need not
 * be told apart before it (late.c): most strings, open objects and arrays.
 * Objects and numbers that may still become more values than were seen are told
 * apart when that is no longer so (other.c, other_number.c).
 * Whether enough values remain for the items that must still come, or two can
 * still be equal, is decided in distinct.c. */
#include "schema/cells.h"

/* --- the values seen ------------------------------------------------------ */

/* In any root: under not and oneOf as well. */
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

/* The items of the array that was asked about last are kept by their places,
 * so that a question costs what is new. */
static bool is_recent(const Sm *sm, const GrSeen *s)
{
    if (s->count > sm->recent.n) return false;
    const SmItem *old = &sm->recent.at[s->count - 1];
    return s->serial != 0 && old->serial == s->serial;
}

/* recent_at has the first place of an element; places that a shorter array has
 * left behind are found out by looking. */
static gram_status read_item(Sm *sm, const GrSeen *s)
{
    SmItem new = {.serial = s->serial};
    bool known;
    GR_TRY(sm_read_constant(sm, s->text, s->len, &new.element, &known));
    if (!known) new.element = UINT32_MAX;
    const uint32_t *at = gr_map_find(&sm->recent_at, new.element);
    if (at == NULL || *at >= sm->recent.n ||
        sm->recent.at[*at].element != new.element)
        GR_TRY(gr_map_put(sm->env, &sm->recent_at, new.element, sm->recent.n));
    return gr_vec_push(sm->env, &sm->recent, new);
}

/* Make the items up to s the recent ones.  Levels that were made up to compute
 * masks ahead may have items without text: they count for none.  From the
 * newest back to one that is known, then forth in order. */
gram_status sm_recall_items(Sm *sm, const GrSeen *s)
{
    GrVec(const GrSeen *) todo = {0};
    gram_status status = GRAM_OK;
    for (; s != NULL && !is_recent(sm, s) && status == GRAM_OK; s = s->older)
        if (s->text != NULL && s->len > 0)
            status = gr_vec_push(sm->env, &todo, s);
    sm->recent.n = s ? s->count : 0;
    if (sm->recent.n < sm->n_posted) sm_forget_posts(sm);
    while (todo.n > 0 && status == GRAM_OK)
        status = read_item(sm, todo.at[--todo.n]);
    if (status != GRAM_OK) sm->recent.n = 0;
    gr_vec_clear(sm->env, &todo);
    return status;
}

gram_status sm_read_items(Sm *sm, const GrSeen *newest, SmWords *w)
{
    GR_TRY(sm_recall_items(sm, newest));
    GR_TRY(gr_vec_reserve(sm->env, w, sm->recent.n));
    for (uint32_t i = 0; i < sm->recent.n; i++)
        if (sm->recent.at[i].element != UINT32_MAX)
            w->at[w->n++] = sm->recent.at[i].element;
    return GRAM_OK;
}

/* --- behind an item ------------------------------------------------------- */

gram_status sm_twice_cell(Sm *sm, TypedId t, StateId next, Cell *out)
{
    uint32_t key[3] = {Q_TWICE, t.v, next.v}, id;
    GR_TRY(gr_intern(sm->env, &sm->questions, key, 3, &id, NULL));
    return gr_cell_ask(sm->pda, id, out);
}

/* Is the item that was just completed another one than all before it?  Where
 * its text is not known, whoever walks there asks again.  Most that are asked
 * about are only looked at, a thousand for a mask: they are not kept. */
static gram_status ask_twice(Sm *sm, const GrLevel *level, bool *differs)
{
    const GrSeen *s = level->seen;
    uint32_t element;
    *differs = true;
    if (s == NULL || s->text == NULL || s->older == NULL) return GRAM_OK;
    GR_TRY(sm_recall_items(sm, s->older));
    GR_TRY(sm_find_constant(sm, s->text, s->len, &element));
    if (element == UINT32_MAX) return GRAM_OK;
    const uint32_t *at = gr_map_find(&sm->recent_at, element);
    *differs = at == NULL || *at >= sm->recent.n ||
               sm->recent.at[*at].element != element;
    return GRAM_OK;
}

/* --- the comma ------------------------------------------------------------ */

gram_status sm_item_cell(Sm *sm, TypedId t, uint32_t pos, Cell *out)
{
    uint32_t key[3] = {Q_ITEM, t.v, pos}, id;
    GR_TRY(gr_intern(sm->env, &sm->questions, key, 3, &id, NULL));
    return gr_cell_ask(sm->pda, id, out);
}

/* state + 1 of the item that may come, or 0. */
static gram_status item_state(Sm *sm, const Outcome *o, uint32_t *answer)
{
    StateId s;
    *answer = 0;
    if (!o->alive) return GRAM_OK;
    GR_TRY(sm_state(sm, S_VALUE, o->value.v, o->frame.v, &s));
    *answer = s.v + 1;
    return GRAM_OK;
}

/* Is it of a type that is late, or a string that is? */
static bool is_late_item(const Sm *sm, uint32_t late, uint32_t element)
{
    Constant c = sm->constants.at[element / 2];
    uint32_t type = sm_type_of_json(c.json, c.node);
    return late >> type & 1 ||
           (type == T_STRING && sm_late_string(late, c.json->node[c.node].n));
}

/* Late items are compared when they are complete: leaving their values out
 * keeps the conjunction short, and its states few. */
static gram_status unseen_of(Sm *sm, uint32_t late, const SmWords *items,
                             ConjId *out)
{
    SmWords early = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < items->n && status == GRAM_OK; i++)
        if (!is_late_item(sm, late, items->at[i]))
            status = gr_vec_push(sm->env, &early, items->at[i]);
    if (status == GRAM_OK) status = sm_unseen(sm, early.at, early.n, out);
    gr_vec_clear(sm->env, &early);
    return status;
}

static bool find_answer(const Sm *sm, const uint32_t *key, uint32_t n,
                        uint32_t *answer)
{
    uint32_t at = gr_intern_find(&sm->answers, key, n);
    if (at == UINT32_MAX) return false;
    *answer = sm->answer.at[at];
    return true;
}

/* What holds for n items seen and for some more, so that it need not be asked
 * for each number of them. */
static uint32_t bound_of(uint32_t n)
{
    uint32_t bound = 64;
    while (bound <= n && bound < 1u << 31) bound *= 2;
    return bound;
}

/* The types that are late, and the answer where the item is of them; n_items:
 * those before it.  Kept as two answers under one key, which differ in its
 * last word. */
static gram_status find_late(Sm *sm, TypedId t, uint32_t pos, uint32_t index,
                             uint32_t n_items, uint32_t *types,
                             uint32_t *answer)
{
    uint32_t blind = bound_of(n_items);
    uint32_t key[6] = {UINT32_MAX, t.v, pos, index, blind, 0};
    Outcome o;
    if (find_answer(sm, key, 6, types)) {
        key[5] = 1;
        if (find_answer(sm, key, 6, answer)) return GRAM_OK;
    }
    GR_TRY(sm_late_types(sm, t, pos, index, blind, types, &o));
    *answer = 0;
    if ((*types & LATE_ALL) == LATE_ALL) GR_TRY(item_state(sm, &o, answer));
    key[5] = 1;
    GR_TRY(sm_remember(sm, key, 6, *answer));
    key[5] = 0;
    return sm_remember(sm, key, 6, *types);
}

gram_status sm_all_late(Sm *sm, TypedId t, uint32_t pos, uint32_t count,
                        uint32_t n_items, bool *all)
{
    uint32_t types, answer, at;
    GR_TRY(sm_item_index(sm, t, pos, count, &at));
    GR_TRY(find_late(sm, t, pos, at, n_items, &types, &answer));
    *all = (types & LATE_ALL) == LATE_ALL;
    return GRAM_OK;
}

gram_status sm_unseen_items(Sm *sm, TypedId t, uint32_t pos, uint32_t count,
                            const SmWords *items, ConjId *out)
{
    uint32_t types, answer, at;
    GR_TRY(sm_item_index(sm, t, pos, count, &at));
    GR_TRY(find_late(sm, t, pos, at, items->n, &types, &answer));
    return unseen_of(sm, types, items, out);
}

static gram_status find_item(Sm *sm, const uint32_t *q, uint32_t index,
                             ConjId unseen, uint32_t other,
                             const SmWords *items, uint32_t *answer)
{
    Outcome o;
    Regs regs = {.count = index, .unseen = unseen, .other = other};
    regs.items = items->at;
    regs.n_items = items->n;
    GR_TRY(sm_array_child(sm, (TypedId){q[1]}, q[2], &regs, &o));
    return item_state(sm, &o, answer);
}

/* Are all items there to be read? */
static bool has_texts(const GrSeen *s)
{
    for (; s != NULL; s = s->older)
        if (s->text == NULL || s->len == 0) return false;
    return true;
}

/* Late items are left out of what is unseen, and there are values enough
 * beside them (late.c); so the newest need not be read.  Most that are asked
 * about are tokens that a mask looks at, a hundred at each place of a string:
 * what is read is kept, and was the square of the string. */
static const GrSeen *to_be_read(const GrSeen *newest, uint32_t late)
{
    if (newest == NULL) return NULL;
    uint32_t type = sm_type_of_byte((uint8_t)newest->text[0]);
    bool skip = late >> type & 1 ||
                (type == T_STRING && sm_late_string(late, newest->len));
    return skip ? newest->older : newest;
}

/* Three answers, from cheap to dear: nothing seen matters; not known, as texts
 * are missing; or what follows these very values, remembered by their set. */
static gram_status ask_item(Sm *sm, uint32_t id, const GrLevel *level,
                            SmWords *items, uint32_t *answer)
{
    const uint32_t *q = gr_intern_get(&sm->questions, id, NULL);
    uint32_t index, types;
    ConjId unseen;
    GR_TRY(sm_item_index(sm, (TypedId){q[1]}, q[2], level->reg[REG_INDEX],
                         &index));
    uint32_t n_items = level->seen ? level->seen->count : 0;
    GR_TRY(
        find_late(sm, (TypedId){q[1]}, q[2], index, n_items, &types, answer));
    if ((types & LATE_ALL) == LATE_ALL) return GRAM_OK;
    if (!has_texts(level->seen)) return *answer = GR_ANSWER_UNKNOWN, GRAM_OK;
    GR_TRY(sm_read_items(sm, to_be_read(level->seen, types), items));
    GR_TRY(unseen_of(sm, types, items, &unseen));
    uint32_t other = sm_late_other(types);
    if (other != 0) other = sm_other_element(other, bound_of(n_items));
    uint32_t key[4] = {id, index, unseen.v, other};
    if (find_answer(sm, key, 4, answer)) return GRAM_OK;
    GR_TRY(find_item(sm, q, index, unseen, other, items, answer));
    return sm_remember(sm, key, 4, *answer);
}

gram_status sm_item_ask(Sm *sm, uint32_t id, const GrLevel *level,
                        uint32_t *answer)
{
    const uint32_t *q = gr_intern_get(&sm->questions, id, NULL);
    SmWords items = {0};
    bool differs = true;
    gram_status status;
    if (q[0] >= Q_REST) {
        status = sm_part_ask(sm, q, level, answer);
    } else if (q[0] == Q_TWICE) {
        status = ask_twice(sm, level, &differs);
        *answer = differs ? q[2] + 1 : 0;
    } else {
        status = ask_item(sm, id, level, &items, answer);
    }
    gr_vec_clear(sm->env, &items);
    return status;
}
