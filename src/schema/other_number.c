/* Numbers that must differ from the items seen, told apart when few of them are
 * left to be written (see other.c).
 *
 *     [10, 17, 23, 1     may become 10, 17 and 99 others, if below 1000
 *     [10, 17, 23, 17    17 and 170 .. 179: rivals 17
 *
 * How many values a prefix may still have is known from its state, how many of
 * those seen begin with its digits from their posts.  As long as the first are
 * more than all items, digits lead from state to state; then each asks for the
 * rivals, and goes on as it was where these are fewer, or are none, or as "none
 * of these".  Values of which a prefix is a beginning are sought by their
 * digits alone, wherever the point is: an exponent may still move it. */
#include "schema/want.h"

gram_status sm_number_waits(Sm *sm, TypedId t, uint32_t need, bool *waits)
{
    enum { MANY = 1024 };
    uint32_t n, cap = need < MANY ? need : MANY;
    GR_TRY(sm_number_count(sm, t, cap, &n));
    *waits = n >= cap;
    return GRAM_OK;
}

gram_status sm_digit_cell(Sm *sm, TypedId t, GrNumStateId at, StateId next,
                          Cell *out)
{
    uint32_t var, n;
    StateId fresh;
    TypedId alone;
    *out = gr_cell_goto(next);
    GR_TRY(sm_other_var(sm, t, &var));
    if (var == UINT32_MAX) return GRAM_OK;
    uint32_t need = sm_atom_of(sm, var).b;
    GR_TRY(gr_num_left(sm->num, at, need, &n));
    if (n >= need) return GRAM_OK;
    GR_TRY(sm_put_other(sm, t, gr_bdd_const(true), &alone));
    GR_TRY(sm_state(sm, S_NUMBER, at.v, alone.v, &fresh));
    uint32_t q[5] = {Q_DIGITS, t.v, fresh.v, next.v, n};
    return sm_part_cell(sm, q, 5, out);
}

static gram_status with_rivals(Sm *sm, TypedId t, const GrSeen *s,
                               const SmDigits *d, SmWords *rivals,
                               uint32_t *answer)
{
    uint32_t state;
    StateId next;
    *answer = 0;
    GR_TRY(sm_rival_numbers(sm, d, rivals));
    GR_TRY(sm_put_rivals(sm, t, rivals, false, &t));
    GR_TRY(sm_number_replay(sm, t, s->text, s->len, &state));
    if (state == 0) return GRAM_OK;
    GR_TRY(sm_state(sm, S_NUMBER, state - 1, t.v, &next));
    *answer = next.v + 1;
    return GRAM_OK;
}

/* q: Q_DIGITS, typed, the state that follows where there is no rival, the one
 * where there are fewer than so many. */
static gram_status ask_digits(Sm *sm, const uint32_t *q, const GrSeen *s,
                              const GrSeen *older, uint32_t *answer)
{
    SmWords rivals = {0};
    uint32_t n, left = q[4];
    SmDigits d = sm_read_digits(s->text, s->len);
    GR_TRY(sm_count_numbers(sm, older, &d, left, &n));
    *answer = n == 0 ? q[2] + 1 : q[3] + 1;
    if (n == 0 || n < left) return GRAM_OK;
    gram_status status =
        with_rivals(sm, (TypedId){q[1]}, s, &d, &rivals, answer);
    gr_vec_clear(sm->env, &rivals);
    return status;
}

gram_status sm_digits_ask(Sm *sm, const uint32_t *q, const GrLevel *level,
                          uint32_t *answer)
{
    const GrSeen *s = level->seen;
    *answer = q[2] + 1;
    if (s->text == NULL || s->len == 0) return GRAM_OK;
    return ask_digits(sm, q, s, s->older, answer);
}

/* --- the first byte ------------------------------------------------------- */

/* It is asked about before the number's level is opened: the item is not open
 * yet, and all that is known of it is the byte. */
gram_status sm_first_ask(Sm *sm, const uint32_t *q, const GrLevel *level,
                         uint32_t *answer)
{
    char byte = (char)q[2];
    GrSeen s = {.text = &byte, .len = 1};
    uint32_t state, words[5] = {q[0], q[1], 0, 0, q[4]};
    StateId next;
    for (const GrSeen *i = level->seen; i != NULL; i = i->older)
        if (i->text == NULL) return *answer = GR_ANSWER_UNKNOWN, GRAM_OK;
    GR_TRY(sm_number_replay(sm, (TypedId){q[1]}, &byte, 1, &state));
    GR_TRY(sm_state(sm, S_NUMBER, state - 1, q[1], &next));
    words[2] = words[3] = next.v;
    return ask_digits(sm, words, &s, level->seen, answer);
}

gram_status sm_first_answer(Sm *sm, const uint32_t *q, uint32_t answer,
                            Cell *out)
{
    GR_TRY(gr_cell_push(sm->pda, (FrameId){q[3]}, (StateId){answer - 1}, out));
    return gr_cell_item(sm->pda, REG_ITEM, *out, out);
}

gram_status sm_first_cell(Sm *sm, ValueId v, FrameId f, uint8_t byte,
                          bool *asks, Cell *out)
{
    TypedId t;
    uint32_t var, state, left, id;
    char text = (char)byte;
    GR_TRY(sm_value_typed(sm, v, T_NUMBER, &t));
    GR_TRY(sm_other_var(sm, t, &var));
    *asks = var != UINT32_MAX;
    if (!*asks) return GRAM_OK;
    GR_TRY(sm_number_replay(sm, t, &text, 1, &state));
    *asks = state != 0;
    if (!*asks) return GRAM_OK;
    uint32_t need = sm_atom_of(sm, var).b;
    GR_TRY(gr_num_left(sm->num, (GrNumStateId){state - 1}, need, &left));
    *asks = left < need;
    if (!*asks) return GRAM_OK;
    uint32_t q[5] = {Q_FIRST, t.v, byte, f.v, left};
    GR_TRY(gr_intern(sm->env, &sm->questions, q, 5, &id, NULL));
    return gr_cell_ask(sm->pda, id, out);
}
