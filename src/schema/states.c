/* States and frames: words on one side, numbers of the waist on the other.
 *
 *     (kind, a, b)  --states-->  id  --state_of-->  StateId
 *     StateId       --state_key-->  id, or KEY_BIT | byte state
 *     frame words   --frames-->  id  --frame_of-->  FrameId, and back
 *
 * A state is interned words: what they mean is told beside StateKind.  The
 * waist gives out the numbers by which states and frames are known outside, so
 * there is a list from words to number and one back.  Here a state also gets
 * its row: which bytes are one class, and, inside of strings, which cells are
 * dead from the start. */
#include "schema/cells.h"

/* --- byte classes outside of strings -------------------------------------- */

/* The bytes that some state of a kind takes: one class a byte, the white space
 * bytes share one, the first.  Class 0 is dead, so that most of what follows
 * in tokens is dead without a question.  In a layout a line break is another
 * thing than a space: the last class. */
static const char *const bytes_of[] = {[S_VALUE] = " \"{[-0123456789tfn",
                                       [S_LITERAL] = " ruelas",
                                       [S_NUMBER] = " 0123456789-+.eE",
                                       [S_OPEN] = " \"}",
                                       [S_AFTER] = " ,}",
                                       [S_WAIT] = " \"",
                                       [S_COLON] = " :",
                                       [S_FIRST] = " ]\"{[-0123456789tfn",
                                       [S_NEXT] = " ,]",
                                       [S_DONE] = " "};

/* A number has no break inside: what ends it is retried behind it. */
static bool has_break(const Sm *sm, uint32_t kind)
{
    return sm->policy.layout && kind != S_NUMBER;
}

/* One map for each kind, whatever the state: rows of equal maps can be compared
 * and shared. */
static gram_status map_of(Sm *sm, uint32_t kind, uint32_t *out)
{
    uint8_t map[256] = {0};
    uint32_t n = 1;
    if (sm->map_of[kind] == 0) {
        for (const char *p = bytes_of[kind]; *p; p++)
            map[(uint8_t)*p] = (uint8_t)n++;
        if (has_break(sm, kind))
            map['\n'] = (uint8_t)n++;
        else
            map['\t'] = map['\n'] = map['\r'] = 1;
        /* these end a number as white space does */
        if (kind == S_NUMBER) map[','] = map['}'] = map[']'] = 1;
        GR_TRY(gr_pda_map(sm->pda, map, n, out));
        sm->map_of[kind] = *out + 1;
    }
    *out = sm->map_of[kind] - 1;
    return GRAM_OK;
}

uint8_t sm_byte_of(const Sm *sm, uint32_t kind, uint32_t cls)
{
    uint32_t n = (uint32_t)strlen(bytes_of[kind]);
    if (cls == n + 1 && has_break(sm, kind)) return '\n';
    return cls > n ? 0 : (uint8_t)bytes_of[kind][cls - 1];
}

/* --- states and frames ---------------------------------------------------- */

/* How the row of a state is laid out, and what kind of place it is in. */
static gram_status row_of(Sm *sm, uint32_t kind, uint32_t a, uint32_t *map,
                          uint32_t *flags)
{
    GrLexInfo info;
    *flags = 0;
    kind &= SPACE_BIT - 1;
    if (kind != S_TEXT && kind != S_KEY) return map_of(sm, kind, map);
    *flags = GR_STATE_QUOTED | (kind == S_KEY ? GR_STATE_KEY : 0);
    GR_TRY(gr_lex_info(sm->re, (LexId){a}, &info));
    return sm_lex_map(sm, &info, map);
}

/* No quote ends a new state inside a string whose expression must go on. */
static gram_status mark_dead(Sm *sm, uint32_t kind, uint32_t a, uint32_t b,
                             StateId s)
{
    GrLexInfo info;
    uint32_t by = 0;
    bool must = kind == S_KEY;
    if (kind == S_TEXT) GR_TRY(sm_text_must(sm, (TypedId){b}, &by, &must));
    if (!must) return GRAM_OK;
    GR_TRY(gr_lex_info(sm->re, (LexId){a}, &info));
    if (!info.boundary || !gr_re_nullable(sm->re, info.expr[by]))
        gr_pda_refuse(sm->pda, s, info.n_classes);
    return GRAM_OK;
}

/* In state_key: the rest is a byte state, not an id of `states`. */
#define KEY_BIT 0x80000000u

static gram_status new_state(Sm *sm, uint32_t kind, uint32_t a, uint32_t b,
                             uint32_t id, StateId *out)
{
    uint32_t map, flags;
    GR_TRY(row_of(sm, kind, a, &map, &flags));
    GR_TRY(gr_vec_reserve(sm->env, &sm->state_key, 1));
    GR_TRY(gr_pda_state(sm->pda, map, flags, out));
    if (flags != 0) GR_TRY(mark_dead(sm, kind, a, b, *out));
    /* ids of the waist may skip numbers: keep the two in step */
    while (sm->state_key.n < out->v)
        GR_TRY(gr_vec_push(sm->env, &sm->state_key, 0));
    return gr_vec_push(sm->env, &sm->state_key, id);
}

/* Those inside keys are half of all, and have their byte state as a number. */
static gram_status key_state(Sm *sm, uint32_t lex, StateId *out)
{
    while (sm->key_state.n <= lex)
        GR_TRY(gr_vec_push(sm->env, &sm->key_state, 0));
    uint32_t *known = &sm->key_state.at[lex];
    if (*known == 0) {
        GR_TRY(new_state(sm, S_KEY, lex, 0, KEY_BIT | lex, out));
        *known = out->v + 1;
    }
    out->v = *known - 1;
    return GRAM_OK;
}

/* The words are interned first: making the row may need other states, but never
 * this one. */
gram_status sm_state(Sm *sm, uint32_t kind, uint32_t a, uint32_t b,
                     StateId *out)
{
    uint32_t key[3] = {kind, a, b}, id;
    if (kind == S_KEY) return key_state(sm, a, out);
    GR_TRY(gr_intern(sm->env, &sm->states, key, 3, &id, NULL));
    while (sm->state_of.n <= id) GR_TRY(gr_vec_push(sm->env, &sm->state_of, 0));
    if (sm->state_of.at[id] == 0) {
        GR_TRY(new_state(sm, kind, a, b, id, out));
        sm->state_of.at[id] = out->v + 1;
    }
    out->v = sm->state_of.at[id] - 1;
    return GRAM_OK;
}

StateKey sm_state_key(const Sm *sm, StateId s)
{
    uint32_t id = sm->state_key.at[s.v];
    if (id & KEY_BIT) return (StateKey){S_KEY, id - KEY_BIT, 0, 0};
    const uint32_t *key = gr_intern_get(&sm->states, id, NULL);
    return (StateKey){key[0] & (SPACE_BIT - 1), key[1], key[2],
                      key[0] & SPACE_BIT};
}

/* Frame 0 is the waist's own, so that 0 in frame_of is "none yet". */
gram_status sm_frame(Sm *sm, const uint32_t *words, uint32_t n, FrameId *out)
{
    uint32_t id;
    GR_TRY(gr_intern(sm->env, &sm->frames, words, n, &id, NULL));
    while (sm->frame_of.n <= id) GR_TRY(gr_vec_push(sm->env, &sm->frame_of, 0));
    if (sm->frame_of.at[id] != 0) {
        out->v = sm->frame_of.at[id];
        return GRAM_OK;
    }
    GR_TRY(gr_pda_frame(sm->pda, out));
    while (sm->frame_key.n <= out->v)
        GR_TRY(gr_vec_push(sm->env, &sm->frame_key, 0));
    sm->frame_key.at[out->v] = id;
    sm->frame_of.at[id] = out->v;
    return GRAM_OK;
}

const uint32_t *sm_frame_key(const Sm *sm, FrameId f, uint32_t *n)
{
    return gr_intern_get(&sm->frames, sm->frame_key.at[f.v], n);
}
