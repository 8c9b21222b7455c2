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

/* The registers of an object's level, copied: nested questions use the same
 * scratch.  Freed with drop_regs. */
static gram_status take_regs(Sm *sm, TypedId t, const GrLevel *level,
                             Regs *regs)
{
    const Universe *u;
    GR_TRY(sm_universe(sm, t, &u));
    GR_TRY(sm_read_regs(sm, u, level, regs));
    /* one more place: room for the key that a caller may add */
    uint32_t *copy = gr_zalloc(sm->env, (size_t)regs->n_seen + 1, sizeof *copy);
    if (copy == NULL) return GRAM_E_MEMORY;
    if (regs->n_seen) memcpy(copy, regs->seen, regs->n_seen * sizeof *copy);
    regs->seen = copy;
    return GRAM_OK;
}

static void drop_regs(Sm *sm, Regs *regs, uint32_t n_seen)
{
    gr_free(sm->env, (void *)regs->seen,
            ((size_t)n_seen + 1) * sizeof *regs->seen);
}

/* The rest of an open container: everything up to its closing bracket. */
static gram_status open_cost(Sm *sm, TypedId t, uint32_t index,
                             const GrLevel *level, uint64_t *bytes)
{
    Regs regs = {.count = index};
    bool alive, object = sm_typed_at(sm, t)->type == T_OBJECT;
    if (object) GR_TRY(take_regs(sm, t, level, &regs));
    gram_status status = sm_open_live(sm, t, &regs, &alive, bytes);
    if (object) drop_regs(sm, &regs, regs.n_seen);
    GR_TRY(status);
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

/* --- frames ---------------------------------------------------------------- */

static gram_status regs_cost(Sm *sm, TypedId t, const Regs *regs,
                             uint64_t *bytes)
{
    bool alive;
    GR_TRY(sm_open_live(sm, t, regs, &alive, bytes));
    if (!alive) *bytes = UINT64_MAX;
    return GRAM_OK;
}

/* The dearest residual behind a frame whose verdict is not known yet, among:
 * all roots hold, exactly one does ("all", "some" and "exactly one" are the
 * usual goals).  Dearest, because a value that is being written may already
 * be bound for it; a cheaper choice before that value shows as a bound that
 * rises once. */
static gram_status vector_cost(Sm *sm, FrameId f, uint32_t k, const Regs *regs,
                               uint64_t *bytes)
{
    uint32_t words = gr_bit_words(k);
    uint64_t one;
    *bytes = 0;
    for (uint32_t i = 0; i <= k; i++) {
        uint32_t pos, id;
        TypedId t;
        uint32_t *bits = gr_zalloc(sm->env, words, sizeof *bits);
        if (bits == NULL) return GRAM_E_MEMORY;
        if (i == 0)
            gr_bit_fill(bits, 0, k);
        else
            gr_bit_set(bits, i - 1);
        gram_status status =
            gr_intern(sm->env, &sm->verdicts, bits, words, &id, NULL);
        gr_free(sm->env, bits, words * sizeof *bits);
        GR_TRY(status);
        GR_TRY(sm_frame_after(sm, f, (Verdict){id + 1}, &t, &pos));
        GR_TRY(regs_cost(sm, t, regs, &one));
        if (one != UINT64_MAX && one > *bytes) *bytes = one;
    }
    if (*bytes == 0) *bytes = UINT64_MAX;
    return GRAM_OK;
}

/* What comes behind the value below a frame of a container. */
static gram_status resumed_cost(Sm *sm, const uint32_t *w, FrameId f,
                                const Regs *regs, uint64_t *bytes)
{
    return w[0] == F_CONST ? regs_cost(sm, (TypedId){w[1]}, regs, bytes)
                           : vector_cost(sm, f, w[3], regs, bytes);
}

gram_status sm_frame_cost(Sm *sm, FrameId f, const GrLevel *level,
                          uint64_t *bytes)
{
    uint32_t n;
    bool counted;
    Regs regs = {0};
    *bytes = 0;
    if (f.v == GR_FRAME_BOTTOM) return GRAM_OK;
    const uint32_t *w = sm_frame_key(sm, f, &n);
    if (w[0] == F_DONE) return GRAM_OK;
    TypedId t = {w[1]};
    if (w[0] == F_KEY) return open_cost(sm, t, 0, level, bytes);
    if (sm_typed_at(sm, t)->type == T_OBJECT) {
        GR_TRY(take_regs(sm, t, level, &regs));
        gram_status status = resumed_cost(sm, w, f, &regs, bytes);
        drop_regs(sm, &regs, regs.n_seen);
        return status;
    }
    GR_TRY(index_of(sm, t, w[2], level, &regs.count));
    /* a counting level gets its item when the frame resumes */
    GR_TRY(sm_is_counted(sm, t, &counted));
    regs.count += counted;
    return resumed_cost(sm, w, f, &regs, bytes);
}

/* --- the end of a character --------------------------------------------------- */

typedef GrVec(LexEnd) Ends;

static bool has_lex(const Ends *v, uint32_t from, LexId lex)
{
    for (uint32_t i = from; i < v->n; i++)
        if (v->at[i].lex.v == lex.v) return true;
    return false;
}

/* Breadth first over the bytes of one character: `open` grows level by level,
 * so the first time a state is met is the nearest. */
static gram_status find_ends(Sm *sm, LexId lex, Ends *open, Ends *out)
{
    GR_TRY(gr_vec_push(sm->env, open, (LexEnd){lex, 0}));
    for (uint32_t i = 0; i < open->n; i++) {
        LexEnd at = open->at[i];
        GrLexInfo info;
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(gr_lex_info(sm->re, at.lex, &info));
        if (info.boundary) {
            GR_TRY(gr_vec_push(sm->env, out, at));
            continue;
        }
        for (uint32_t c = 1; c < info.n_classes; c++) {
            LexEnd next = {at.lex, at.bytes + 1};
            bool whole;
            GR_TRY(gr_lex_move(sm->re, at.lex, c, &next.lex, &whole));
            if (!has_lex(open, 0, next.lex))
                GR_TRY(gr_vec_push(sm->env, open, next));
        }
    }
    return GRAM_OK;
}

gram_status sm_lex_ends(Sm *sm, LexId lex, const LexEnd **end, uint32_t *n)
{
    const uint32_t *memo = gr_map_find(&sm->lex_ends, lex.v);
    if (memo == NULL) {
        Ends open = {0}, out = {0};
        LexEnds e = {NULL, 0};
        gram_status status = find_ends(sm, lex, &open, &out);
        if (status == GRAM_OK) {
            e.n = out.n;
            e.at = (const LexEnd *)gr_arena_copy(sm->env, &sm->arena, out.at,
                                                 out.n * sizeof *out.at);
            if (e.at == NULL) status = GRAM_E_MEMORY;
        }
        gr_vec_clear(sm->env, &open);
        gr_vec_clear(sm->env, &out);
        GR_TRY(status);
        GR_TRY(gr_vec_push(sm->env, &sm->ends, e));
        GR_TRY(gr_map_put(sm->env, &sm->lex_ends, lex.v, sm->ends.n - 1));
        memo = gr_map_find(&sm->lex_ends, lex.v);
    }
    *end = sm->ends.at[*memo].at;
    *n = sm->ends.at[*memo].n;
    return GRAM_OK;
}

/* --- keys -------------------------------------------------------------------- */

/* What follows a key: its colon, its value, the rest of the object. */
static gram_status after_key(Sm *sm, TypedId t, uint32_t key, const Regs *regs,
                             uint64_t *bytes)
{
    Outcome o = {0};
    bool plain;
    uint64_t rest;
    Regs with = *regs;
    uint32_t *seen = (uint32_t *)regs->seen, at = regs->n_seen;
    *bytes = UINT64_MAX;
    with.count++;
    if (!(key & 1)) {
        for (; at > 0 && seen[at - 1] > key / 2; at--) seen[at] = seen[at - 1];
        seen[at] = key / 2;
        with.n_seen++;
    }
    gram_status status = sm_is_plain(sm, t, &plain);
    if (status == GRAM_OK)
        status = sm_object_child(sm, t, key, plain ? NULL : &with, &o);
    if (status == GRAM_OK && o.alive) {
        uint32_t n;
        const uint32_t *w = sm_frame_key(sm, o.frame, &n);
        status = sm_value_cost(sm, o.value, bytes);
        if (status == GRAM_OK)
            status = resumed_cost(sm, w, o.frame, &with, &rest);
        if (status == GRAM_OK) *bytes = add(add(*bytes, rest), 1);
    }
    if (!(key & 1))
        memmove(seen + at, seen + at + 1, (regs->n_seen - at) * sizeof *seen);
    return status;
}

/* The rest of a name's bytes, its quote included, if it can follow in the
 * residual `words`; 0 if it cannot. */
static gram_status name_rest(Sm *sm, ReId words, const GrName *name,
                             uint64_t *bytes)
{
    uint32_t len;
    *bytes = 0;
    for (uint32_t d = 0; d <= name->len && *bytes == 0; d += len) {
        ReId re = words;
        uint64_t n = 1;
        for (uint32_t i = d; i < name->len; i += len) {
            uint32_t c = gr_utf8_get(name->text + i, name->len - i, &len);
            n += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : len;
            GR_TRY(gr_re_derive(sm->re, re, c, &re));
        }
        if (gr_re_word(sm->re, re) == name->id) *bytes = n;
        if (d == name->len) break;
        gr_utf8_get(name->text + d, name->len - d, &len);
    }
    return GRAM_OK;
}

enum { NAMES_TRIED = 64 };

/* The cheapest key that a boundary can still become. */
static gram_status boundary_cost(Sm *sm, TypedId t, const GrLexInfo *info,
                                 const uint32_t *alive, const Regs *regs,
                                 uint64_t *bytes)
{
    const Universe *u;
    GrLengths l;
    uint32_t tried = 0;
    GR_TRY(sm_universe(sm, t, &u));
    *bytes = UINT64_MAX;
    for (uint32_t i = 0; i < u->n_names && tried < NAMES_TRIED; i++) {
        const GrName *name = &sm->key.at[u->names[i]];
        uint64_t rest, after;
        bool seen = false;
        for (uint32_t j = 0; j < regs->n_seen; j++)
            seen |= regs->seen[j] == name->id;
        if (seen || !gr_bit_get(alive, i)) continue;
        GR_TRY(name_rest(sm, info->expr[1], name, &rest));
        if (rest == 0) continue;
        GR_TRY(after_key(sm, t, 2 * name->id, regs, &after));
        if (add(rest, after) < *bytes) *bytes = add(rest, after);
        tried++;
    }
    if (*bytes != UINT64_MAX) return GRAM_OK;
    /* no name: a shortest other key, with the dearest of their values */
    uint64_t worst = 0, after;
    bool some = false;
    GR_TRY(gr_re_lengths(sm->re, info->expr[0], &l));
    if (l.none) return GRAM_OK;
    for (uint32_t i = 0; i < u->n_classes; i++) {
        if (!gr_bit_get(alive, u->n_names + i)) continue;
        GR_TRY(after_key(sm, t, 2 * i + 1, regs, &after));
        if (after > worst) worst = after;
        some = true;
    }
    if (some) *bytes = add(worst, (uint64_t)6 * (l.least + 1) + 1);
    return GRAM_OK;
}

/* A key state: the bound covers the object's level, whose level it is. */
static gram_status key_cost(Sm *sm, LexId lex, uint32_t language,
                            const GrLevel *level, uint64_t *bytes)
{
    GrLexInfo info;
    const LexEnd *end;
    const uint32_t *alive;
    uint32_t n;
    TypedId t;
    Regs regs;
    sm_language(sm, language, &t, &alive);
    GR_TRY(sm_lex_ends(sm, lex, &end, &n));
    GR_TRY(take_regs(sm, t, level, &regs));
    gram_status status = GRAM_OK;
    *bytes = UINT64_MAX;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++) {
        uint64_t one = UINT64_MAX;
        status = gr_lex_info(sm->re, end[i].lex, &info);
        if (status == GRAM_OK)
            status = boundary_cost(sm, t, &info, alive, &regs, &one);
        one = add(one, end[i].bytes);
        if (one < *bytes) *bytes = one;
    }
    drop_regs(sm, &regs, regs.n_seen);
    return status;
}

/* Behind a comma one more member must come: one that the rest needs anyway,
 * or the cheapest. */
static gram_status wait_cost(Sm *sm, TypedId t, const GrLevel *level,
                             uint64_t *bytes)
{
    const uint32_t *alive;
    uint32_t language;
    GrLexInfo info;
    LexId start;
    GR_TRY(open_cost(sm, t, 0, level, bytes));
    if (*bytes > 1) {
        --*bytes;
        return GRAM_OK;
    }
    Regs regs;
    GR_TRY(take_regs(sm, t, level, &regs));
    gram_status status = sm_find_language(sm, t, &regs, &language, &start);
    if (status == GRAM_OK) status = gr_lex_info(sm->re, start, &info);
    if (status == GRAM_OK) {
        sm_language(sm, language, &t, &alive);
        status = boundary_cost(sm, t, &info, alive, &regs, bytes);
    }
    drop_regs(sm, &regs, regs.n_seen);
    *bytes = add(*bytes, 1);
    return status;
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

/* The key itself is among the seen ones already. */
static gram_status colon_cost(Sm *sm, TypedId t, uint32_t key,
                              const GrLevel *level, uint64_t *bytes)
{
    Outcome o;
    Regs regs;
    bool plain;
    GR_TRY(take_regs(sm, t, level, &regs));
    gram_status status = sm_is_plain(sm, t, &plain);
    if (status == GRAM_OK)
        status = sm_object_child(sm, t, key, plain ? NULL : &regs, &o);
    drop_regs(sm, &regs, regs.n_seen);
    GR_TRY(status);
    *bytes = UINT64_MAX;
    if (!o.alive) return GRAM_OK;
    GR_TRY(value_state_cost(sm, o.value, o.frame, level, bytes));
    *bytes = add(*bytes, 1);
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
    case S_KEY: return key_cost(sm, (LexId){k.a}, k.b, level, bytes);
    case S_COLON: return colon_cost(sm, t, k.b, level, bytes);
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
