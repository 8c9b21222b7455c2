/* Cells of the schema machine: what a state does on a byte, and what follows
 * when an inner value is done.
 *
 * Asked for a cell, the machine turns the number of the state into words, and
 * the kind says who fills it:
 *
 *     S_TEXT, S_KEY   a class of the byte state        text.c, object.c
 *     S_NUMBER        a byte of a number's row         digits.c
 *     all others      a byte: white space first,       space.c, layout.c
 *                     then what begins with it         value.c, object.c,
 *                                                      array.c
 *
 * What is found out about one class and is true of others is told to the waist
 * at once (gr_pda_alike), so that it does not ask for them. */
#include "schema/layout.h"

/* What a cell is, those of all these bytes are. */
static void spread(Sm *sm, StateId s, const char *bytes, Cell cell)
{
    uint32_t alike[8] = {0};
    const uint8_t *map;
    gr_pda_row(sm->pda, s, &map);
    for (; *bytes != 0; bytes++) gr_bit_set(alike, map[(uint8_t)*bytes]);
    gr_pda_alike(sm->pda, s, alike, cell);
}

/* Digits that a number's residues cannot tell apart, and the two spellings of
 * an exponent, are asked about once. */
static gram_status number_cell(Sm *sm, StateId s, const StateKey *k,
                               uint32_t cls, Cell *out)
{
    uint8_t byte = sm_byte_of(sm, S_NUMBER, cls);
    TypedId t = {k->b};
    bool even = false;
    if (byte == ' ') byte = 0;
    GR_TRY(sm_number_fill(sm, k->a, t, byte, out));
    if (byte >= '1' && byte <= '9')
        GR_TRY(sm_number_is_even(sm, t, k->a, &even));
    if (even) spread(sm, s, "123456789", *out);
    if (byte == 'e' || byte == 'E') spread(sm, s, "eE", *out);
    return GRAM_OK;
}

gram_status sm_token_fill(Sm *sm, const StateKey *k, uint8_t byte, Cell *out)
{
    TypedId t = {k->a};
    *out = gr_cell_dead();
    switch (k->kind) {
    case S_VALUE:
        return sm_value_fill(sm, (ValueId){k->a}, (FrameId){k->b}, byte, out);
    case S_LITERAL:
        return sm_literal_fill(sm, k->a, (Verdict){k->b}, byte, out);
    case S_FIRST: return sm_array_fill(sm, true, t, 0, byte, out);
    case S_NEXT: return sm_array_fill(sm, false, t, k->b, byte, out);
    case S_DONE: return GRAM_OK;
    default: return sm_object_fill(sm, k->kind, k->a, k->b, byte, out);
    }
}

static gram_status value_alike(Sm *sm, StateId s, const StateKey *k,
                               uint8_t byte, Cell cell)
{
    const char *bytes;
    GR_TRY(sm_value_alike(sm, (ValueId){k->a}, byte, &bytes));
    if (*bytes != 0) spread(sm, s, bytes, cell);
    return GRAM_OK;
}

static gram_status struct_cell(Sm *sm, StateId s, const StateKey *k,
                               uint32_t cls, Cell *out)
{
    uint8_t byte = sm_byte_of(sm, k->kind, cls);
    *out = gr_cell_dead();
    if (byte == 0)
        return k->kind == S_DONE ? gr_cell_accept(sm->pda, out) : GRAM_OK;
    if (sm->policy.layout) return sm_layout_fill(sm, k, byte, out);
    if (byte == ' ') return sm_space_fill(sm, s, k, out);
    GR_TRY(sm_token_fill(sm, k, byte, out));
    return k->kind == S_VALUE ? value_alike(sm, s, k, byte, *out) : GRAM_OK;
}

/* Class 0 is the bytes that no state of this row takes. */
gram_status sm_fill(Sm *sm, StateId s, uint32_t cls, Cell *out)
{
    StateKey k = sm_state_key(sm, s);
    gr_bdd_begin(&sm->bdd);
    *out = gr_cell_dead();
    if (cls == 0) return GRAM_OK;
    switch (k.kind) {
    case S_TEXT:
        return sm_text_fill(sm, (LexId){k.a}, (TypedId){k.b}, cls, out);
    case S_KEY: return sm_key_fill(sm, (LexId){k.a}, cls, out);
    case S_NUMBER: return number_cell(sm, s, &k, cls, out);
    default: return struct_cell(sm, s, &k, cls, out);
    }
}

/* A key was read: remember it, go on behind it. */
static gram_status resume_key(Sm *sm, TypedId t, Verdict v, Cell *out)
{
    StateId s;
    uint32_t key;
    /* the verdict may come from a file (pda.h) */
    GR_TRY(sm_key_read(sm, t, v, &key));
    if (key == SM_NO_KEY)
        return gr_fail(sm->env, GRAM_E_ARTIFACT, GR_NOWHERE,
                       "a key that the object does not have");
    GR_TRY(sm_colon_state(sm, t, key, &s));
    return gr_cell_see(sm->pda, key & 1 ? UINT32_MAX : key >> 1,
                       gr_cell_goto(s), out);
}

/* Behind an item the registers say what is new: which item it was, where that
 * matters, and that there is one more. */
gram_status sm_resume(Sm *sm, FrameId f, Verdict v, Cell *out)
{
    uint32_t n, pos;
    const uint32_t *w = sm_frame_key(sm, f, &n);
    TypedId t;
    StateId s;
    bool counted, unique, differ, other;
    gr_bdd_begin(&sm->bdd);
    if (w[0] == F_KEY) return resume_key(sm, (TypedId){w[1]}, v, out);
    if (w[0] == F_DONE) {
        GR_TRY(sm_state(sm, S_DONE, 0, 0, &s));
        *out = gr_cell_goto(s);
        return GRAM_OK;
    }
    GR_TRY(sm_frame_after(sm, f, v, &t, &pos));
    bool object = sm_typed_at(sm, t)->type == T_OBJECT;
    GR_TRY(sm_state(sm, object ? S_AFTER : S_NEXT, t.v, pos, &s));
    *out = gr_cell_goto(s);
    if (object) {
        GR_TRY(sm_is_other(sm, t, &other));
        return other ? sm_after_member(sm, t, out) : GRAM_OK;
    }
    GR_TRY(sm_is_unique(sm, t, &unique));
    GR_TRY(sm_must_differ(sm, t, &differ));
    if (differ) GR_TRY(sm_twice_cell(sm, t, s, out));
    if (unique) GR_TRY(gr_cell_see_item(sm->pda, REG_ITEM, differ, *out, out));
    GR_TRY(sm_is_counted(sm, t, &counted));
    return counted ? gr_cell_add(sm->pda, REG_INDEX, 1, *out, out) : GRAM_OK;
}
