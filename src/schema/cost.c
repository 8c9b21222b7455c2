/* Bounds of the bytes that complete a level, and one-line descriptions.
 *
 * The bound of a container is the cost of the witness that proves it alive
 * (live.c): every member that must still come, each with its own witness.
 * Shorter texts may exist; a longer one is never needed. */
#include "schema/machine.h"

#include <stdio.h>

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* The rest of an open container: everything up to its closing bracket. */
static gram_status open_cost(Sm *sm, TypedId t, uint32_t index,
                             const GrLevel *level, uint64_t *bytes)
{
    const Universe *u;
    Regs regs = {.count = index};
    bool alive;
    if (sm_typed_at(sm, t)->type == T_OBJECT) {
        GR_TRY(sm_universe(sm, t, &u));
        GR_TRY(sm_read_regs(sm, u, level, &regs));
        /* nested questions use the same scratch */
        size_t size = ((size_t)regs.n_seen + 1) * sizeof(uint32_t);
        uint32_t *copy = gr_resize(sm->env, NULL, 0, size);
        if (copy == NULL) return GRAM_E_MEMORY;
        if (regs.n_seen) memcpy(copy, regs.seen, size - sizeof *copy);
        regs.seen = copy;
        gram_status status = sm_open_live(sm, t, &regs, &alive, bytes);
        gr_free(sm->env, copy, size);
        GR_TRY(status);
    } else {
        GR_TRY(sm_open_live(sm, t, &regs, &alive, bytes));
    }
    if (!alive) *bytes = UINT64_MAX;
    return GRAM_OK;
}

static gram_status index_of(Sm *sm, TypedId t, uint32_t pos,
                            const GrLevel *level, uint32_t *index)
{
    bool counted;
    GR_TRY(sm_is_counted(sm, t, &counted));
    *index = counted ? level->reg[REG_INDEX] : pos;
    return GRAM_OK;
}

/* The dearest value among the keys that may come: what must follow a key
 * when it is not known which. */
static gram_status dearest_value(Sm *sm, TypedId id, uint64_t *bytes)
{
    Typed *t = sm_typed_at(sm, id);
    const Universe *u;
    bool plain;
    static const Regs empty;
    if (t->key_cost == 0) {
        uint64_t worst = 0, cost;
        GR_TRY(sm_universe(sm, id, &u));
        GR_TRY(sm_is_plain(sm, id, &plain));
        for (uint32_t i = 0; i < u->n_names + u->n_classes; i++) {
            uint32_t key = i < u->n_names ? 2 * u->names[i]
                                          : 2 * (i - u->n_names) + 1;
            Outcome o;
            GR_TRY(sm_object_child(sm, id, key, plain ? NULL : &empty, &o));
            if (!o.alive) continue;
            GR_TRY(sm_value_cost(sm, o.value, &cost));
            if (cost > worst) worst = cost;
        }
        sm_typed_at(sm, id)->key_cost = worst + 1;
    }
    *bytes = sm_typed_at(sm, id)->key_cost; /* the colon is the 1 */
    return GRAM_OK;
}

gram_status sm_frame_cost(Sm *sm, FrameId f, const GrLevel *level,
                          uint64_t *bytes)
{
    uint32_t n, index;
    *bytes = 0;
    if (f.v == GR_FRAME_BOTTOM) return GRAM_OK;
    const uint32_t *w = sm_frame_key(sm, f, &n);
    if (w[0] == F_DONE) return GRAM_OK;
    TypedId t = {w[1]};
    if (w[0] == F_KEY) {
        uint64_t rest;
        GR_TRY(dearest_value(sm, t, bytes));
        GR_TRY(open_cost(sm, t, 0, level, &rest));
        *bytes = add(*bytes, rest);
        return GRAM_OK;
    }
    GR_TRY(index_of(sm, t, w[2], level, &index));
    /* a counting level gets its item when the frame resumes */
    bool counted;
    GR_TRY(sm_is_counted(sm, t, &counted));
    return open_cost(sm, t, index + counted, level, bytes);
}

/* Behind a comma one more member must come. */
static gram_status wait_cost(Sm *sm, TypedId t, const GrLevel *level,
                             uint64_t *bytes)
{
    uint64_t rest;
    GR_TRY(dearest_value(sm, t, bytes));
    GR_TRY(open_cost(sm, t, 0, level, &rest));
    *bytes = add(add(*bytes, rest), 100); /* quotes and a shortest key */
    return GRAM_OK;
}

static gram_status key_cost(Sm *sm, LexId lex, uint64_t *bytes)
{
    GrLexInfo info;
    const LexId *to = &lex;
    uint32_t n = 1, more, least = 0;
    GR_TRY(sm_lex_rest(sm, lex, &more));
    if (more > 0) GR_TRY(gr_lex_targets(sm->re, lex, &to, &n));
    for (uint32_t i = 0; i < n; i++) {
        GrLengths l;
        GR_TRY(gr_lex_info(sm->re, to[i], &info));
        GR_TRY(gr_re_lengths(sm->re, info.expr[0], &l));
        if (!l.none && l.least > least) least = l.least;
    }
    *bytes = (uint64_t)6 * least + more + 1;
    return GRAM_OK;
}

static gram_status value_state_cost(Sm *sm, ValueId v, FrameId f,
                                    const GrLevel *level, uint64_t *bytes)
{
    uint64_t rest;
    GR_TRY(sm_value_cost(sm, v, bytes));
    GR_TRY(sm_frame_cost(sm, f, level, &rest));
    *bytes = add(*bytes, rest);
    return GRAM_OK;
}

static gram_status colon_cost(Sm *sm, TypedId t, uint64_t *bytes,
                              const GrLevel *level)
{
    uint64_t rest;
    GR_TRY(dearest_value(sm, t, bytes));
    GR_TRY(open_cost(sm, t, 0, level, &rest));
    *bytes = add(*bytes, rest);
    return GRAM_OK;
}

gram_status sm_cost(Sm *sm, StateId s, const GrLevel *level, uint64_t *bytes)
{
    StateKey k = sm_state_key(sm, s);
    TypedId t = {k.a};
    uint32_t index;
    switch (k.kind) {
    case S_VALUE:
        return value_state_cost(sm, (ValueId){k.a}, (FrameId){k.b}, level,
                                bytes);
    case S_LITERAL: *bytes = 5 - (k.a & 255); return GRAM_OK;
    case S_TEXT:
        return sm_text_cost(sm, (LexId){k.a}, (TypedId){k.b}, level, bytes);
    case S_NUMBER: return sm_number_cost(sm, k.a, bytes);
    case S_KEY: return key_cost(sm, (LexId){k.a}, bytes);
    case S_COLON: return colon_cost(sm, t, bytes, level);
    case S_WAIT: return wait_cost(sm, t, level, bytes);
    case S_DONE: *bytes = 0; return GRAM_OK;
    case S_FIRST: return open_cost(sm, t, 0, level, bytes);
    case S_NEXT:
        GR_TRY(index_of(sm, t, k.b, level, &index));
        return open_cost(sm, t, index, level, bytes);
    default: return open_cost(sm, t, 0, level, bytes);
    }
}

/* --- dumps ------------------------------------------------------------------------ */

static const char *const state_names[] = {
    "value",       "literal",      "string",      "number",
    "object-open", "object-after", "object-wait", "key",
    "colon",       "array-first",  "array-next",  "done"};

static gram_status append(Sm *sm, GrText *out, const char *text)
{
    for (; *text; text++) GR_TRY(gr_vec_push(sm->env, out, *text));
    return GRAM_OK;
}

gram_status sm_print(Sm *sm, StateId s, GrText *out)
{
    StateKey k = sm_state_key(sm, s);
    char line[96];
    snprintf(line, sizeof line, "%s %u %u%s", state_names[k.kind], k.a, k.b,
             k.space ? " in white space" : "");
    return append(sm, out, line);
}

gram_status sm_print_frame(Sm *sm, FrameId f, GrText *out)
{
    static const char *const names[] = {"", "done", "key", "then", "verdict"};
    uint32_t n;
    const uint32_t *w = sm_frame_key(sm, f, &n);
    GR_TRY(append(sm, out, names[w[0]]));
    for (uint32_t i = 1; i < n; i++) {
        char word[16];
        snprintf(word, sizeof word, " %u", w[i]);
        GR_TRY(append(sm, out, word));
    }
    return GRAM_OK;
}
