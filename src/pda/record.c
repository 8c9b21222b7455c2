/* Calls to the machine: made, noted, and repeated.
 *
 * While recording, a call is words in `calls`, interned, so that each stands
 * there once and in the order in which the machine first met it:
 *
 *     kind | a | b | level: registers, keys seen oldest first
 *
 * A machine remembers what it has worked out, so a call that is made again
 * changes nothing, and leaving it out of the list is sound.  That is not so
 * for a call that met a limit half way; therefore such a call is not made
 * again while recording, and fails as it did.
 *
 * Of keys only their number matters (pda.h), of items the text. */
#include "pda/pda_int.h"

#define FAILED UINT32_MAX

/* --- calls as words ------------------------------------------------------- */

/* Padded with zeros: calls are compared as words. */
static gram_status put_text(GrPda *p, const char *text, uint32_t len)
{
    uint32_t words = len / 4 + (len % 4 != 0);
    GR_TRY(gr_vec_push(p->env, &p->key, len));
    GR_TRY(gr_vec_reserve(p->env, &p->key, words));
    memset(p->key.at + p->key.n, 0, (size_t)words * sizeof(uint32_t));
    if (len > 0) memcpy(p->key.at + p->key.n, text, len);
    p->key.n += words;
    return GRAM_OK;
}

/* `at`: word of the oldest key; the list is newest first. */
static gram_status put_seen(GrPda *p, const GrSeen *seen)
{
    uint32_t n = seen ? seen->count : 0, at;
    GR_TRY(gr_vec_push(p->env, &p->key, n));
    at = p->key.n;
    GR_TRY(gr_vec_reserve(p->env, &p->key, n));
    p->key.n += n;
    for (; seen != NULL; seen = seen->older)
        p->key.at[at + seen->count - 1] = seen->named;
    return GRAM_OK;
}

/* A machine reads what items say (a value must differ from those before it), so
 * their text is part of the question. */
static gram_status put_items(GrPda *p, const GrSeen *seen)
{
    for (; seen != NULL; seen = seen->older)
        if (seen->is_item)
            GR_TRY(put_text(p, seen->text, seen->text ? seen->len : 0));
    return GRAM_OK;
}

/* Register 0 is never asked about, but written: a level is read back as it
 * was. */
static gram_status put_level(GrPda *p, const GrLevel *l)
{
    for (uint32_t r = 0; r < GR_REGS; r++)
        GR_TRY(gr_vec_push(p->env, &p->key, l->reg[r]));
    bool items = l->seen != NULL && l->seen->is_item;
    GR_TRY(gr_vec_push(p->env, &p->key, items));
    GR_TRY(put_seen(p, l->seen));
    return items ? put_items(p, l->seen) : GRAM_OK;
}

static gram_status put_call(GrPda *p, CallKind kind, uint32_t a, uint32_t b,
                            const GrLevel *level)
{
    p->key.n = 0;
    GR_TRY(gr_vec_push(p->env, &p->key, kind));
    GR_TRY(gr_vec_push(p->env, &p->key, a));
    GR_TRY(gr_vec_push(p->env, &p->key, b));
    return level != NULL ? put_level(p, level) : GRAM_OK;
}

/* --- words as calls ------------------------------------------------------- */

typedef struct Reader {
    const uint32_t *w;
    uint32_t n, at;
} Reader;

/* Behind the end there are zeros: what is read is checked as a whole. */
static uint32_t get(Reader *r)
{
    return r->at < r->n ? r->w[r->at++] : 0;
}

static gram_status damaged(GrPda *p)
{
    return gr_fail(p->env, GRAM_E_ARTIFACT, GR_NOWHERE,
                   "the tables are not those that their source makes");
}

/* Items come newest first, behind all numbers. */
static gram_status get_items(GrPda *p, Reader *r, GrSeen *seen, uint32_t n)
{
    while (n-- > 0) {
        uint32_t len = get(r), words = len / 4 + (len % 4 != 0);
        if (words > r->n - r->at) return damaged(p);
        seen[n].is_item = true;
        seen[n].text = (const char *)(r->w + r->at);
        seen[n].len = len;
        seen[n].hash = gr_hash(seen[n].text, len, 0);
        r->at += words;
    }
    return GRAM_OK;
}

/* The list is made oldest first, in one piece; lengths that a damaged file has
 * are compared with what is left before anything is taken. */
static gram_status get_level(GrPda *p, Reader *r, GrArena *arena, GrLevel *out)
{
    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; i < GR_REGS; i++) out->reg[i] = get(r);
    bool items = get(r) != 0;
    uint32_t n = get(r);
    if (n > r->n - r->at) return damaged(p);
    if (n == 0) return GRAM_OK;
    GrSeen *seen = gr_arena_take(p->env, arena, (size_t)n * sizeof *seen);
    if (seen == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++)
        seen[i] = (GrSeen){
            .older = i ? &seen[i - 1] : NULL, .count = i + 1, .named = get(r)};
    out->seen = &seen[n - 1];
    return items ? get_items(p, r, seen, n) : GRAM_OK;
}

/* --- making them ---------------------------------------------------------- */

/* The one place where the machine's answers come from. */
static gram_status make_call(GrPda *p, CallKind kind, uint32_t a, uint32_t b,
                             const GrLevel *level, void *out)
{
    const GrMachineOps *o = p->ops;
    void *m = p->machine;
    switch (kind) {
    case CALL_FILL: return o->fill(m, (StateId){a}, b, out);
    case CALL_RESUME: return o->resume(m, (FrameId){a}, (Verdict){b}, out);
    case CALL_ANSWER: return o->answer(m, a, b, out);
    case CALL_WORDS: return o->key_words(m, (StateId){a}, out);
    case CALL_LOOP: return o->loop(m, (StateId){a}, out);
    case CALL_ASK: return o->ask(m, a, level, out);
    }
    return damaged(p);
}

/* Is the result one word, so that it can be kept? */
static bool is_word(CallKind kind)
{
    return kind != CALL_LOOP;
}

/* Noted before it is made: a call that fails half way has changed the machine,
 * too, and has to be repeated in its turn. */
static gram_status record(GrPda *p, CallKind kind, uint32_t a, uint32_t b,
                          const GrLevel *level, void *out)
{
    bool is_new;
    uint32_t id;
    GR_TRY(put_call(p, kind, a, b, level));
    GR_TRY(gr_intern(p->env, &p->calls, p->key.at, p->key.n, &id, &is_new));
    while (p->results.n <= id) GR_TRY(gr_vec_push(p->env, &p->results, FAILED));
    if (!is_new && p->results.at[id] == FAILED)
        return gr_fail(p->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "what has met a limit is not tried again");
    gram_status status = make_call(p, kind, a, b, level, out);
    uint32_t result = FAILED;
    if (status == GRAM_OK) {
        result = 0;
        if (is_word(kind)) memcpy(&result, out, sizeof result);
        if (result == FAILED) result--; /* a number that means "many" */
    }
    p->results.at[id] = result;
    return status;
}

/* The answer to a question that is among those of the file. */
static gram_status find_answer(GrPda *p, uint32_t question,
                               const GrLevel *level, bool *known,
                               uint32_t *answer)
{
    *known = false;
    GR_TRY(put_call(p, CALL_ASK, question, 0, level));
    uint32_t id = gr_intern_find(&p->asked, p->key.at, p->key.n);
    *known = id != UINT32_MAX;
    if (*known) *answer = p->answers[id];
    return GRAM_OK;
}

/* Does some cell of the tables ask, or pop, that? */
static bool has_op(const GrPda *p, GrOpKind kind, uint32_t a, uint32_t b)
{
    GrOp op = {kind, a, b, 0, {0}, {0}};
    uint32_t id;
    uint64_t key;
    return gr_op_find(p, &op, &id, &key);
}

/* Without a machine: what the file has answered is answered so, and all else
 * brings the machine to life first. */
gram_status gr_call(GrPda *p, CallKind kind, uint32_t a, uint32_t b,
                    const GrLevel *level, void *out)
{
    if (p->machine == NULL) {
        bool known = false;
        if (kind == CALL_ASK) GR_TRY(find_answer(p, a, level, &known, out));
        if (known) return GRAM_OK;
        GR_TRY(gr_call_machine(p));
    }
    /* masks of a file ask, too, and no table has been compared with theirs */
    if (kind == CALL_ASK && p->restore != NULL && !has_op(p, GR_OP_ASK, a, 0))
        return damaged(p);
    if (p->records) return record(p, kind, a, b, level, out);
    return make_call(p, kind, a, b, level, out);
}

void gr_pda_record(GrPda *p)
{
    p->records = true;
}

/* --- repeating them ------------------------------------------------------- */

/* Calls being made again to `p`; `given`: (question, answer) that occurred. */
typedef struct Repeat {
    GrPda *p;
    GrMap given;
} Repeat;

/* A machine trusts that states, frames, verdicts, questions and answers are
 * its own; a file can name any. */
static bool is_possible(const Repeat *r, CallKind kind, uint32_t a, uint32_t b)
{
    const GrPda *p = r->p;
    const GrState *s;
    switch (kind) {
    case CALL_FILL:
        if (a >= p->n_states) return false;
        s = gr_pda_get_state(p, (StateId){a});
        return b < gr_pda_row_cells(p, s->map, s->flags);
    case CALL_RESUME:
        return a < p->n_frames &&
               (has_op(p, GR_OP_POP, b, 0) || has_op(p, GR_OP_POP, b, 1));
    case CALL_WORDS: return p->ops->key_words != NULL && a < p->n_states;
    case CALL_LOOP: return a < p->n_states;
    case CALL_ASK: return has_op(p, GR_OP_ASK, a, 0);
    case CALL_ANSWER: return gr_map_find(&r->given, gr_pair(a, b)) != NULL;
    }
    return false;
}

/* Through the tables, so that they fill again. */
static gram_status repeat_call(Repeat *r, CallKind kind, uint32_t a, uint32_t b,
                               const GrLevel *level)
{
    GrPda *p = r->p;
    Cell cell;
    uint32_t n;
    GrLoop loop;
    switch (kind) {
    case CALL_FILL: return gr_pda_cell_of(p, (StateId){a}, b, &cell);
    case CALL_RESUME:
        return gr_pda_resume(p, (FrameId){a}, (Verdict){b}, &cell);
    case CALL_ANSWER:
        GR_TRY(gr_cell_ask(p, a, &cell));
        return gr_pda_answer(p, cell, b, &cell);
    case CALL_WORDS: return gr_pda_key_words(p, (StateId){a}, &n);
    case CALL_LOOP: return gr_pda_loop(p, (StateId){a}, &loop);
    case CALL_ASK:
        GR_TRY(gr_pda_ask(p, a, level, &n));
        return gr_map_put(p->env, &r->given, gr_pair(a, n), 1);
    }
    return damaged(p);
}

/* Each with the step budget that it had. */
static gram_status repeat(Repeat *r, const uint32_t *w, uint32_t n)
{
    Reader in = {w, n, 0};
    CallKind kind = (CallKind)get(&in);
    uint32_t a = get(&in), b = get(&in);
    GrPda *p = r->p;
    GrArena arena = {NULL};
    GrLevel level;
    if (!is_possible(r, kind, a, b)) return damaged(p);
    gram_status status = GRAM_OK;
    if (kind == CALL_ASK) status = get_level(p, &in, &arena, &level);
    p->env->steps = 0;
    if (status == GRAM_OK) status = repeat_call(r, kind, a, b, &level);
    gr_arena_clear(p->env, &arena);
    /* it met its limit when it was first made, too */
    return status == GRAM_E_LIMIT ? GRAM_OK : status;
}

/* False where the log ends inside of a number. */
static bool get_varint(const GrPda *p, size_t *at, uint32_t *x)
{
    uint32_t shift = 0;
    *x = 0;
    while (*at < p->log_len && shift < 35) {
        uint8_t b = p->log[(*at)++];
        *x |= (uint32_t)(b & 0x7F) << shift;
        if (b < 0x80) return true;
        shift += 7;
    }
    return false;
}

/* All calls that the file of p has. */
static gram_status repeat_calls(const GrPda *p, Repeat *r)
{
    GrPda *fresh = r->p;
    for (size_t at = 0; at < p->log_len;) {
        uint32_t n, x;
        if (!get_varint(p, &at, &n)) return damaged(fresh);
        /* `key` is not in use: nothing is recorded, and the machine is there */
        fresh->key.n = 0;
        while (n-- > 0) {
            if (!get_varint(p, &at, &x)) return damaged(fresh);
            GR_TRY(gr_vec_push(fresh->env, &fresh->key, x));
        }
        GR_TRY(repeat(r, fresh->key.at, fresh->key.n));
    }
    return GRAM_OK;
}

/* In the order of the file: a machine numbers what it makes as it is asked. */
static gram_status repeat_all(const GrPda *p, GrPda *fresh)
{
    Repeat r = {fresh, {NULL, 0, 0}};
    gram_status status = repeat_calls(p, &r);
    gr_map_clear(fresh->env, &r.given);
    return status;
}

/* The old tables are being read by others and stay; the machine moves in. */
static gram_status move_machine(GrPda *p, GrPda *from)
{
    if (!gr_pda_same_tables(p, from)) return damaged(p);
    GrMap ids = p->op_ids;
    p->op_ids = from->op_ids;
    from->op_ids = ids;
    p->ops = from->ops;
    p->machine = from->machine;
    from->machine = NULL;
    p->ops->rebind(p->machine, p);
    return GRAM_OK;
}

/* Compile, repeat, compare, move in.  Where any of these fails the tables stay
 * as they are, and whoever asked beyond them is told why. */
gram_status gr_call_machine(GrPda *p)
{
    GrPda *fresh;
    if (GR_LIKELY(p->machine != NULL)) return GRAM_OK;
    if (p->restore == NULL)
        return gr_fail(p->env, GRAM_E_UNSUPPORTED, GR_NOWHERE,
                       "the compiled grammar does not hold what follows here, "
                       "and nothing can compile it");
    GR_TRY(gr_pda_new(p->env, &fresh));
    p->env->max_steps = GR_LIMIT_COMPILE_STEPS;
    gram_status status = p->restore(p->restore_ctx, fresh);
    p->env->max_steps = GR_LIMIT_FILL_STEPS;
    if (status == GRAM_OK) status = repeat_all(p, fresh);
    if (status == GRAM_OK) status = move_machine(p, fresh);
    if (status != GRAM_OK && fresh->error.code == status)
        p->error = fresh->error;
    gr_pda_free(fresh);
    p->env->error = &p->error;
    p->env->steps = 0;
    return status;
}
