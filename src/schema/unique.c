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
 * asks.  Whether enough values remain for the items that must still come, or
 * two can still be equal, is decided in distinct.c. */
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

/* The element of the item that is the count-th of its array.  The same items
 * are asked for again and again: those of the array asked about last are
 * kept by their place, and only compared. */
static gram_status read_item(Sm *sm, const GrSeen *seen, uint32_t *element,
                             bool *known)
{
    uint32_t at = seen->count - 1;
    if (at < sm->recent.n) {
        SmItem *old = &sm->recent.at[at];
        const GrName *text = &sm->key.at[old->key];
        *element = old->element;
        if (old->hash == seen->hash && text->len == seen->len &&
            memcmp(text->text, seen->text, seen->len) == 0)
            return GRAM_OK;
    }
    SmItem new = {.hash = seen->hash};
    GR_TRY(sm_read_constant(sm, seen->text, seen->len, element, known));
    GR_TRY(sm_key(sm, seen->text, seen->len, &new.key));
    new.element = *element;
    if (!*known) return GRAM_OK;
    if (at < sm->recent.n) sm->recent.at[at] = new;
    return at == sm->recent.n ? gr_vec_push(sm->env, &sm->recent, new)
                              : GRAM_OK;
}

/* The values of the items, the oldest first.  Levels that were made up to
 * compute masks ahead have items without text, which are none. */
gram_status sm_read_items(Sm *sm, const GrLevel *level, SmWords *w)
{
    uint32_t n = 0;
    for (const GrSeen *s = level->seen; s != NULL; s = s->older) n++;
    GR_TRY(gr_vec_reserve(sm->env, w, n));
    uint32_t at = n;
    for (const GrSeen *s = level->seen; s != NULL; s = s->older) {
        bool known = s->text != NULL && s->len > 0;
        if (known) GR_TRY(read_item(sm, s, &w->at[at - 1], &known));
        at -= known;
    }
    w->n = n - at;
    if (at > 0 && w->n > 0) memmove(w->at, w->at + at, w->n * sizeof *w->at);
    return GRAM_OK;
}

/* --- the comma ---------------------------------------------------------------- */

gram_status sm_item_cell(Sm *sm, TypedId t, uint32_t pos, Cell *out)
{
    uint32_t key[3] = {Q_ITEM, t.v, pos}, id;
    GR_TRY(gr_intern(sm->env, &sm->questions, key, 3, &id, NULL));
    return gr_cell_ask(sm->pda, id, out);
}

/* state + 1 of the item that may come, or 0. */
static gram_status find_item(Sm *sm, const uint32_t *q, uint32_t index,
                             ConjId unseen, const SmWords *items,
                             uint32_t *answer)
{
    Outcome o;
    StateId s;
    Regs regs = {.count = index, .unseen = unseen};
    regs.items = items->at;
    regs.n_items = items->n;
    *answer = 0;
    GR_TRY(sm_array_child(sm, (TypedId){q[1]}, q[2], &regs, &o));
    if (!o.alive) return GRAM_OK;
    GR_TRY(sm_state(sm, S_VALUE, o.value.v, o.frame.v, &s));
    *answer = s.v + 1;
    return GRAM_OK;
}

static gram_status ask_item(Sm *sm, uint32_t id, const GrLevel *level,
                            SmWords *items, uint32_t *answer)
{
    const uint32_t *q = gr_intern_get(&sm->questions, id, NULL);
    uint32_t at, index;
    ConjId unseen;
    GR_TRY(sm_item_index(sm, (TypedId){q[1]}, q[2], level, &index));
    GR_TRY(sm_read_items(sm, level, items));
    GR_TRY(sm_unseen(sm, items->at, items->n, &unseen));
    uint32_t key[3] = {id, index, unseen.v};
    at = gr_intern_find(&sm->answers, key, 3);
    if (at != UINT32_MAX && at < sm->answer.n) {
        *answer = sm->answer.at[at];
        return GRAM_OK;
    }
    GR_TRY(find_item(sm, q, key[1], unseen, items, answer));
    GR_TRY(gr_intern(sm->env, &sm->answers, key, 3, &at, NULL));
    while (sm->answer.n <= at) GR_TRY(gr_vec_push(sm->env, &sm->answer, 0));
    sm->answer.at[at] = *answer;
    return GRAM_OK;
}

gram_status sm_item_ask(Sm *sm, uint32_t id, const GrLevel *level,
                        uint32_t *answer)
{
    SmWords items = {0};
    gram_status status = ask_item(sm, id, level, &items, answer);
    gr_vec_clear(sm->env, &items);
    return status;
}
