/* Values by their first byte, literals, and numbers.
 *
 * The first byte tells the type, and with it the functions of all other types
 * vanish.  Every value runs on a level of its own; a number ends at the byte
 * behind it, which is then run again in the state resumed.
 *
 * A cell that leads to a value that cannot be completed is dead here already:
 * liveness of the typed value is asked before anything is pushed. */
#include "schema/cells.h"

/* Of a boolean the only atom is "it is true"; null has none. */
static bool pick_true(void *ctx, const Atom *a)
{
    (void)a;
    return *(bool *)ctx;
}

const char *const sm_literals[3] = {"null", "false", "true"};

/* true, false or null behind its first letter.  Its verdict is known before it
 * is read, and is part of the state. */
static gram_status literal_start(Sm *sm, TypedId t, uint32_t word, FrameId f,
                                 Cell *out)
{
    bool is_true = word == 2, ok;
    Verdict v;
    StateId s;
    GR_TRY(sm_verdict(sm, t, pick_true, &is_true, &v, &ok));
    *out = gr_cell_dead();
    if (!ok) return GRAM_OK;
    GR_TRY(sm_state(sm, S_LITERAL, word << 8 | 1, v.v, &s));
    return gr_cell_push(sm->pda, f, s, out);
}

/* The last letter ends the level with the verdict that the state has
 * carried. */
gram_status sm_literal_fill(Sm *sm, uint32_t at, Verdict v, uint8_t byte,
                            Cell *out)
{
    const char *word = sm_literals[at >> 8];
    uint32_t pos = at & 255;
    StateId s;
    *out = gr_cell_dead();
    if ((uint8_t)word[pos] != byte) return GRAM_OK;
    if (word[pos + 1] == 0) return gr_cell_pop(sm->pda, v, false, out);
    GR_TRY(sm_state(sm, S_LITERAL, at + 1, v.v, &s));
    *out = gr_cell_goto(s);
    return GRAM_OK;
}

/* A policy on depth is part of the value (its room); beyond it only the
 * matcher's own limit remains. */
static gram_status container_start(Sm *sm, TypedId t, bool object, FrameId f,
                                   Cell *out)
{
    StateId s;
    bool bounded = sm_typed_at(sm, t)->room != ROOM_ANY;
    GR_TRY(sm_state(sm, object ? S_OPEN : S_FIRST, t.v, 0, &s));
    GR_TRY(gr_cell_push(sm->pda, f, s, out));
    if (bounded && sm->policy.max_depth < SM_MAX_DEPTH) return GRAM_OK;
    return gr_cell_test(sm->pda, GR_REG_DEPTH, 0, SM_MAX_DEPTH, *out,
                        gr_cell_dead(), out);
}

/* The byte itself is part of the number: "0", "-" and "7" lead to
 * other states. */
static gram_status number_start(Sm *sm, TypedId t, uint8_t byte, FrameId f,
                                Cell *out)
{
    StateId s;
    bool alive;
    GR_TRY(sm_number_first(sm, t, byte, &s, &alive));
    *out = gr_cell_dead();
    return alive ? gr_cell_push(sm->pda, f, s, out) : GRAM_OK;
}

uint32_t sm_type_of_byte(uint8_t byte)
{
    switch (byte) {
    case '"': return T_STRING;
    case '{': return T_OBJECT;
    case '[': return T_ARRAY;
    case 't':
    case 'f': return T_BOOL;
    case 'n': return T_NULL;
    case '-': return T_NUMBER;
    default: return byte >= '0' && byte <= '9' ? T_NUMBER : N_TYPES;
    }
}

static gram_status value_start(Sm *sm, ValueId v, FrameId f, uint8_t byte,
                               Cell *out)
{
    uint32_t type = sm_type_of_byte(byte);
    TypedId t;
    StateId s;
    bool alive;
    *out = gr_cell_dead();
    if (type == N_TYPES) return GRAM_OK;
    GR_TRY(sm_value_typed(sm, v, type, &t));
    GR_TRY(sm_typed_live(sm, t, &alive));
    if (!alive) return GRAM_OK;
    switch (type) {
    case T_STRING:
        GR_TRY(sm_text_start(sm, t, &s));
        return gr_cell_push(sm->pda, f, s, out);
    case T_NUMBER: return number_start(sm, t, byte, f, out);
    case T_OBJECT: return container_start(sm, t, true, f, out);
    case T_ARRAY: return container_start(sm, t, false, f, out);
    default:
        return literal_start(sm, t,
                             byte == 't'   ? 2
                             : byte == 'f' ? 1
                                           : 0,
                             f, out);
    }
}

/* Eleven of the seventeen bytes that begin a value begin a number. */
gram_status sm_value_alike(Sm *sm, ValueId v, uint8_t byte, const char **bytes)
{
    TypedId t;
    bool alive, other, even = false;
    *bytes = "";
    if (sm_type_of_byte(byte) != T_NUMBER) return GRAM_OK;
    GR_TRY(sm_value_typed(sm, v, T_NUMBER, &t));
    GR_TRY(sm_typed_live(sm, t, &alive));
    if (!alive) *bytes = "-0123456789";
    GR_TRY(sm_is_other(sm, t, &other));
    if (other) return GRAM_OK;
    if (alive && byte >= '1')
        GR_TRY(sm_number_is_even(sm, t, NUMBER_FIRST, &even));
    if (even) *bytes = "123456789";
    return GRAM_OK;
}

/* An item that later ones must differ from: where it begins is noted.  The
 * frame tells where the value will resume, and with it that it is an item. */
static gram_status is_compared(Sm *sm, FrameId f, bool *yes)
{
    uint32_t n;
    const uint32_t *w = sm_frame_key(sm, f, &n);
    *yes = false;
    if (w[0] != F_CONST && w[0] != F_VECTOR) return GRAM_OK;
    if (sm_typed_at(sm, (TypedId){w[1]})->type != T_ARRAY) return GRAM_OK;
    return sm_is_unique(sm, (TypedId){w[1]}, yes);
}

gram_status sm_value_fill(Sm *sm, ValueId v, FrameId f, uint8_t byte, Cell *out)
{
    bool compared, asks = false;
    if (sm_type_of_byte(byte) == T_NUMBER)
        GR_TRY(sm_first_cell(sm, v, f, byte, &asks, out));
    if (asks) return GRAM_OK;
    GR_TRY(value_start(sm, v, f, byte, out));
    if (out->v == GR_CELL_DEAD) return GRAM_OK;
    GR_TRY(is_compared(sm, f, &compared));
    return compared ? gr_cell_item(sm->pda, REG_ITEM, *out, out) : GRAM_OK;
}
