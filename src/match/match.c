/* One generation: see match.h.  Copies of it are made in copy.c.
 *
 *     accept --> a place and a move that are known?   follow
 *                else an end token?                   accept_end
 *                else named by the grammar?           take_or_restore
 *                else its bytes, one by one           run_or_restore
 *
 * Whatever may fail is done between gr_match_start_token, which remembers, and
 * end_token, which keeps or restores: after a refusal, a limit or want of
 * memory everything is as before. */
#include "match/match_int.h"

/* --- calls ---------------------------------------------------------------- */

/* Every call has a step budget of its own; it has failed until it is said that
 * it has not. */
void gr_match_begin(GrMatcher *m)
{
    m->env.steps = 0;
    m->env.max_steps = GR_LIMIT_CALL_STEPS;
    m->error.code = GRAM_OK;
    m->failed = true;
}

/* Errors of lazily built cells were written elsewhere, and those of a file that
 * does not hold them, or is damaged. */
GR_APART static gram_status tell(GrMatcher *m, gram_status status)
{
    m->failed = true;
    if (m->error.code == status) return status;
    if (status == GRAM_E_LIMIT || status == GRAM_E_MEMORY ||
        status == GRAM_E_UNSUPPORTED || status == GRAM_E_ARTIFACT)
        gr_pda_last_error(gr_masks_pda(m->masks), &m->error);
    if (m->error.code != status)
        gr_fail(&m->env, status, GR_NOWHERE, "%s", gram_status_text(status));
    return status;
}

/* The end of a call that succeeds.  One that needs no budget is nothing more:
 * neither begun, nor has it to touch the error, where all was well before. */
static gram_status end_known(GrMatcher *m)
{
    if (GR_LIKELY(!m->failed)) return GRAM_OK;
    m->error.code = GRAM_OK;
    m->failed = false;
    return GRAM_OK;
}

gram_status gr_match_end(GrMatcher *m, gram_status status)
{
    if (GR_UNLIKELY(status != GRAM_OK)) return tell(m, status);
    return end_known(m);
}

/* Behind an end token there is nothing: all but asking is an error. */
gram_status gr_match_over(GrMatcher *m)
{
    return gr_fail(&m->env, GRAM_E_STATE, GR_NOWHERE,
                   "an end token has been accepted");
}

/* The present configuration, for all that does not go by places. */
GrConfig *gr_match_config(GrMatcher *m)
{
    if (!m->is_there) gr_place_config(m->masks, m->place, m->log.n, &m->config);
    m->is_there = true;
    return &m->config;
}

/* Find the place where the configuration was changed. */
void gr_match_find_place(GrMatcher *m)
{
    m->known = (GrMaskView){0};
    m->place = gr_place_of(m->masks, &m->config, &m->log);
}

/* --- life ----------------------------------------------------------------- */

/* Bytes and tokens for which there is room from the start: most texts never ask
 * for more, so that none of their tokens has to wait for it. */
enum { FIRST_LOG = 512, FIRST_TOKENS = 64 };

/* What a new matcher needs beside itself, and where a text begins.  Keys are
 * looked at once for a token, behind its last byte (keys_later). */
static gram_status set_up(GrMatcher *m)
{
    GR_TRY(gr_work_new(m->masks, &m->env, &m->work));
    GR_TRY(gr_vec_reserve(&m->env, &m->log, FIRST_LOG));
    GR_TRY(gr_vec_reserve(&m->env, &m->records, FIRST_TOKENS));
    m->run = (GrRun){
        .pda = gr_masks_pda(m->masks), .env = &m->env, .arena = &m->arena};
    m->run.keys_later = true;
    GR_TRY(gr_run_start(&m->run, &m->config));
    m->is_there = true;
    gr_match_find_place(m);
    m->start = (Saved){m->config, gr_arena_mark(&m->arena), 0};
    m->start_place = m->place;
    return GRAM_OK;
}

/* What it holds is paid for by an env of its own: one matcher cannot use up
 * what another one needs. */
gram_status gr_matcher_new(GrMasks *masks, const gram_allocator *alloc,
                           size_t max_memory, gram_error *error,
                           GrMatcher **out)
{
    GrEnv env;
    gr_env_init(&env, alloc, max_memory, 0);
    env.error = error;
    GrMatcher *m = gr_zalloc(&env, 1, sizeof *m);
    if (m == NULL) return GRAM_E_MEMORY;
    m->env = env;
    m->masks = masks;
    m->v = gr_masks_vocab(masks);
    m->spells = gr_masks_spell(masks);
    gram_status status = set_up(m);
    if (status != GRAM_OK) {
        gr_matcher_free(m);
        return status;
    }
    m->env.error = &m->error;
    *out = m;
    return GRAM_OK;
}

/* What is left is text and numbers: nothing points into tables any more. */
void gr_matcher_rest(GrMatcher *m)
{
    gr_plan_free(m->plan);
    gr_work_free(m->work);
    gr_arena_clear(&m->env, &m->arena);
    gr_vec_clear(&m->env, &m->saved);
    m->plan = NULL;
    m->work = NULL;
    m->masks = NULL;
    m->known = (GrMaskView){0};
}

/* Also of one that was never set up: all parts are zeros then. */
void gr_matcher_free(GrMatcher *m)
{
    if (m == NULL) return;
    gr_matcher_rest(m);
    gr_vec_clear(&m->env, &m->log);
    gr_vec_clear(&m->env, &m->taken);
    gr_vec_clear(&m->env, &m->records);
    GrEnv env = m->env;
    gr_free(&env, m, sizeof *m);
}

/* Back to where a token was taken, or tried: what came after it is given
 * back. */
static void restore(GrMatcher *m, const Record *r, const Saved *s)
{
    m->place = r->place;
    m->known = (GrMaskView){0};
    m->is_there = s != NULL;
    if (s != NULL) m->config = s->config;
    if (s != NULL) gr_arena_release(&m->env, &m->arena, s->mark);
    m->log.n = r->log_len;
    m->taken.n = r->n_taken;
    m->terminated = false;
}

/* Memory is kept for the next text.  One that rests has no tables to be reset,
 * and is woken by the next call that needs them. */
void gr_matcher_reset(GrMatcher *m)
{
    bool rests = m->masks == NULL;
    restore(m, &(Record){.place = m->start_place}, rests ? NULL : &m->start);
    m->records.n = m->saved.n = 0;
    if (rests) return;
    gr_work_forget(m->work);
    gr_rows_publish(m->work);
}

/* --- accepting ------------------------------------------------------------ */

/* A byte that does more than lead from state to state; it is the last one of
 * `log_len` in the log.  The configuration's own state is behind while bytes
 * are run: it is written back first, and read again. */
static gram_status step(GrMatcher *m, StateId *s, uint8_t byte,
                        uint64_t log_len)
{
    m->run.log_len = log_len;
    m->config.state = *s;
    GR_TRY(gr_run_byte(&m->run, &m->config, byte));
    *s = m->config.state;
    return GRAM_OK;
}

/* Can the key that is open be a new one?  Where no key of the object begins
 * like it, that is so.  A key that can only become one that is there is a dead
 * end, so it is refused where it becomes so. */
static gram_status check_key(GrMatcher *m)
{
    const GrConfig *c = &m->config;
    const GrSeen *seen = c->stack ? c->stack->level.seen : NULL;
    if (GR_LIKELY(seen == NULL) || gr_work_is_new_key(m->work, seen, c->key_at))
        return GRAM_OK;
    return gr_run_key(&m->run, c);
}

/* The bytes are in the log, behind `from` others.  Most lead from state to
 * state, and touch nothing but a row; the state is written back only where
 * something else looks at it. */
static gram_status run_log(GrMatcher *m, uint64_t from, size_t len,
                           bool keys_later, size_t *done)
{
    const uint8_t *bytes = (const uint8_t *)m->log.at + from;
    StateId s = m->config.state;
    for (size_t i = 0; i < len; i++) {
        const GrRow *row = gr_pda_row_at(m->run.pda, s);
        uint32_t cls = row->map[bytes[i]];
        Cell cell = {GR_CELL_DEAD};
        *done = i;
        if (cls != 0)
            cell.v =
                atomic_load_explicit(&row->cell[cls], memory_order_acquire);
        if (GR_LIKELY(gr_cell_is_goto(cell)))
            s = gr_cell_state(cell);
        else if (cell.v == GR_CELL_DEAD)
            return GRAM_E_REFUSED;
        else
            GR_TRY(step(m, &s, bytes[i], from + i + 1));
        if (keys_later && i + 1 < len) continue;
        m->config.state = s;
        m->run.log_len = from + i + 1;
        GR_TRY(check_key(m));
    }
    *done = len;
    return gr_step(&m->env, len);
}

/* Into the log first: keys and items are read from there. */
gram_status gr_match_bytes(GrMatcher *m, const char *bytes, size_t len,
                           bool keys_later, size_t *done)
{
    uint32_t from = m->log.n;
    *done = 0;
    GR_TRY(gr_vec_reserve(&m->env, &m->log, len));
    if (len > 0) memcpy(m->log.at + from, bytes, len);
    m->run.log = m->log.at;
    m->log.n += (uint32_t)len;
    return run_log(m, from, len, keys_later, done);
}

/* Behind it everything that `keep` needs is there. */
gram_status gr_match_start_token(GrMatcher *m, Before *b)
{
    GR_TRY(gr_vec_reserve(&m->env, &m->records, 1));
    GR_TRY(gr_vec_reserve(&m->env, &m->saved, 1));
    b->record = (Record){m->place, m->log.n, m->taken.n};
    b->saved =
        (Saved){*gr_match_config(m), gr_arena_mark(&m->arena), m->records.n};
    return GRAM_OK;
}

/* The token stays.  Its configuration is saved only where a number does not
 * stand for it; there is room for that since it was begun. */
static void keep(GrMatcher *m, const Before *b)
{
    gr_match_find_place(m);
    if (m->place.v != 0) /* it needs nothing of the arena */
        gr_arena_release(&m->env, &m->arena, b->saved.mark);
    if (m->place.v == 0 || b->record.place.v == 0)
        m->saved.at[m->saved.n++] = b->saved;
    m->records.at[m->records.n++] = b->record;
}

/* A token that was only tried leaves nothing behind, and neither does one that
 * was refused. */
static void end_token(GrMatcher *m, const Before *b, bool keeps)
{
    if (keeps)
        keep(m, b);
    else
        restore(m, &b->record, &b->saved);
}

/* Run bytes or nothing.  *done: see run_bytes. */
static gram_status run_or_restore(GrMatcher *m, const char *bytes, size_t len,
                                  bool keys_later, size_t *done, bool keeps)
{
    Before before;
    *done = 0;
    GR_TRY(gr_match_start_token(m, &before));
    gram_status status = gr_match_bytes(m, bytes, len, keys_later, done);
    if (status == GRAM_OK && keys_later) status = gr_match_alive(m);
    end_token(m, &before, status == GRAM_OK && keeps);
    return status;
}

/* The message of whatever happened inside is of no use: the answer is no. */
static gram_status refused(GrMatcher *m, uint32_t token)
{
    return gr_fail(&m->env, GRAM_E_REFUSED, GR_NOWHERE,
                   "token %u is not allowed here", token);
}

gram_status gr_match_may_end(GrMatcher *m, bool *may)
{
    /* a mask may have moved the log, and a roll-back cut it */
    m->run.log = m->log.at;
    m->run.log_len = m->log.n;
    return gr_run_end(&m->run, gr_match_config(m), may);
}

/* An end token has no bytes, and a record as others: roll-backs count it. */
static gram_status accept_end(GrMatcher *m, uint32_t token, bool keeps)
{
    bool may;
    Before before;
    GR_TRY(gr_match_may_end(m, &may));
    if (!may) return refused(m, token);
    if (!keeps) return GRAM_OK;
    GR_TRY(gr_match_start_token(m, &before));
    keep(m, &before);
    m->terminated = true;
    return GRAM_OK;
}

/* --- tokens taken by id --------------------------------------------------- */

/* The class by which the token can be taken here, or GR_NO_CLASS. */
gram_status gr_match_class(GrMatcher *m, uint32_t token, bool is_text,
                           uint32_t *cls)
{
    Cell cell;
    GrPda *pda = m->run.pda;
    *cls = GR_NO_CLASS;
    uint32_t flags = gr_pda_row_at(pda, gr_match_config(m)->state)->flags;
    if (GR_LIKELY(!(flags & GR_STATE_TAKES))) return GRAM_OK;
    if (token >= m->v->width) return GRAM_OK;
    uint32_t found = gr_pda_token_class(pda, token, is_text);
    if (found == GR_NO_CLASS) return GRAM_OK;
    GR_TRY(gr_pda_take(pda, m->config.state, GR_TAKE, found, &cell));
    if (cell.v != GR_CELL_DEAD) *cls = found;
    return GRAM_OK;
}

/* Text may be allowed for its bytes as well: both meanings go on. */
gram_status gr_match_take(GrMatcher *m, uint32_t token, uint32_t cls,
                          const char *bytes, uint32_t len)
{
    size_t done;
    GR_TRY(gr_vec_push(&m->env, &m->taken, (Taken){m->log.n, token}));
    if (len == 0) return gr_run_take(&m->run, &m->config, GR_TAKE, cls);
    GR_TRY(gr_run_take(&m->run, &m->config, GR_TAKE_BEGIN, cls));
    GR_TRY(gr_match_bytes(m, bytes, len, true, &done));
    return gr_run_take(&m->run, &m->config, GR_TAKE_END, cls);
}

/* As run_or_restore, for a token that the grammar names. */
static gram_status take_or_restore(GrMatcher *m, uint32_t token, uint32_t cls,
                                   bool is_text, bool keeps)
{
    uint32_t len = 0;
    const char *bytes = is_text ? gr_vocab_bytes(m->v, token, &len) : NULL;
    Before before;
    GR_TRY(gr_match_start_token(m, &before));
    gram_status status = gr_match_take(m, token, cls, bytes, len);
    if (status == GRAM_OK) status = gr_match_alive(m);
    end_token(m, &before, status == GRAM_OK && keeps);
    return status == GRAM_E_REFUSED ? refused(m, token) : status;
}

/* --- tokens that were taken there before ---------------------------------- */

/* Most tokens are short, and to copy some bytes more, which fall behind the end
 * of the log, takes less time than to look how many there are. */
static gram_status log_token(GrMatcher *m, uint32_t token)
{
    enum { SHORT = 16 };
    const GrVocab *v = m->v;
    uint32_t len;
    const char *bytes = gr_vocab_bytes(v, token, &len);
    GR_TRY(gr_vec_reserve(&m->env, &m->log, (uint64_t)len + SHORT));
    char *end = m->log.at + m->log.n;
    bool is_short = len <= SHORT;
    if (GR_LIKELY(is_short && v->off[token] + SHORT <= v->off[v->n_tokens]))
        memcpy(end, bytes, SHORT);
    else if (len > 0)
        memcpy(end, bytes, len);
    m->log.n += len;
    return GRAM_OK;
}

/* Text alone, so that only the log has to be told.  Its bytes lie far away, and
 * while they come the mask behind them is looked up. */
static gram_status follow(GrMatcher *m, uint32_t token, PlaceId to, bool keeps)
{
    if (!keeps) return GRAM_OK;
    GR_TRY(gr_vec_reserve(&m->env, &m->records, 1));
    Record before = {m->place, m->log.n, m->taken.n};
    GR_TRY(log_token(m, token));
    m->records.at[m->records.n++] = before;
    m->place = to;
    m->is_there = false;
    gr_place_look(m->masks, to, &m->known);
    return GRAM_OK;
}

/* An id that ends generations ends this one where the text may end, also if
 * the grammar names it there. */
GR_APART static gram_status try_new(GrMatcher *m, uint32_t token, bool keeps)
{
    uint32_t len, cls;
    size_t done;
    bool is_text = gr_vocab_is_text(m->v, token);
    GR_TRY(gr_match_class(m, token, is_text, &cls));
    if (!is_text && gr_vocab_is_end(m->v, token)) {
        gram_status status = accept_end(m, token, keeps);
        if (status != GRAM_E_REFUSED || cls == GR_NO_CLASS) return status;
    }
    if (cls != GR_NO_CLASS)
        return take_or_restore(m, token, cls, is_text, keeps);
    if (!is_text) return refused(m, token);
    PlaceId from = m->place;
    const char *bytes = gr_vocab_bytes(m->v, token, &len);
    gram_status status = run_or_restore(m, bytes, len, true, &done, keeps);
    if (status == GRAM_OK && keeps && from.v != 0 && m->place.v != 0)
        gr_place_note(m->masks, from, token, m->place);
    return status == GRAM_E_REFUSED ? refused(m, token) : status;
}

/* Here most tokens of a warm grammar end: one look-up, and a copy of bytes. */
static gram_status try_token(GrMatcher *m, uint32_t token, bool keeps)
{
    if (GR_LIKELY(m->place.v != 0 && !m->terminated)) {
        PlaceId to = gr_place_next(m->masks, m->place, token);
        if (GR_LIKELY(to.v != 0)) return follow(m, token, to, keeps);
    }
    gr_match_begin(m);
    if (GR_UNLIKELY(m->terminated)) return gr_match_over(m);
    return try_new(m, token, keeps);
}

/* Taken, if the status is GRAM_OK; else everything is as it was. */
gram_status gr_matcher_accept(GrMatcher *m, uint32_t token)
{
    return gr_match_end(m, try_token(m, token, true));
}

/* The same work, and then back: nothing that accepting does could tell
 * otherwise. */
gram_status gr_matcher_check(GrMatcher *m, uint32_t token)
{
    return gr_match_end(m, try_token(m, token, false));
}

/* Keys are looked at behind every byte here, not at the end: the caller is
 * told which byte it was. */
gram_status gr_matcher_accept_bytes(GrMatcher *m, const char *bytes, size_t len,
                                    size_t *refused_at)
{
    size_t done;
    gr_match_begin(m);
    if (m->terminated) return gr_match_over(m);
    gram_status status = run_or_restore(m, bytes, len, false, &done, true);
    if (status != GRAM_OK && refused_at != NULL) *refused_at = done;
    if (status == GRAM_E_REFUSED)
        gr_fail(&m->env, status, GR_NOWHERE, "byte %zu is not allowed here",
                done);
    status = gr_match_end(m, status);
    if (status != GRAM_E_REFUSED && status != GRAM_E_LIMIT) return status;
    /* what a byte met says why, and nothing of where it is */
    m->error.offset = done;
    m->error.line = 1;
    gr_error_locate(&m->error, bytes, len);
    return status;
}

/* --- going back ----------------------------------------------------------- */

/* The configuration to go back to is a number, or was saved with the record;
 * what was saved behind it is dropped.  Marks of the arena ascend, so that the
 * lowest one dropped tells how much of the arena nobody needs now. */
gram_status gr_matcher_rollback(GrMatcher *m, size_t n)
{
    gr_match_begin(m);
    if (n > m->records.n)
        return gr_fail(&m->env, GRAM_E_ARGUMENT, GR_NOWHERE,
                       "only %u tokens have been accepted", m->records.n);
    if (n == 0) return GRAM_OK;
    m->records.n -= (uint32_t)n;
    const Saved *s = NULL, *own = NULL;
    while (m->saved.n > 0 && m->saved.at[m->saved.n - 1].record >= m->records.n)
        s = &m->saved.at[--m->saved.n];
    if (s != NULL && s->record == m->records.n) own = s;
    /* until that one was saved all that was in the arena is still needed */
    if (s != NULL) gr_arena_release(&m->env, &m->arena, s->mark);
    restore(m, &m->records.at[m->records.n], own);
    gr_work_forget(m->work);
    return GRAM_OK;
}

size_t gr_matcher_n_accepted(const GrMatcher *m)
{
    return m->records.n;
}
bool gr_matcher_is_terminated(const GrMatcher *m)
{
    return m->terminated;
}

/* --- asking --------------------------------------------------------------- */

/* Of a place that has none yet, or of no place: the mask room looks at what it
 * reads of the configuration (mask.h). */
GR_APART static gram_status new_mask(GrMatcher *m, GrMaskView *out)
{
    gram_status status =
        m->spells
            ? gr_match_spelled(m, out)
            : gr_mask_get(m->masks, m->work, gr_match_config(m), &m->log, out);
    GR_TRY(gr_match_end(m, status));
    if (m->place.v != 0) gr_place_set_mask(m->masks, m->place, out->id);
    return GRAM_OK;
}

/* Of a place that knows its mask.  The row it is shown as may since have become
 * one that all share: then the place is told, and the next look is shorter. */
static gram_status view_known(GrMatcher *m, GrMaskView *out)
{
    uint32_t id = m->known.id;
    GR_TRY(gr_mask_view(m->work, id, out));
    gr_place_set_row(m->masks, m->place, id);
    return GRAM_OK;
}

/* A place knows its mask once it has been made. */
gram_status gr_matcher_mask(GrMatcher *m, GrMaskView *out)
{
    if (GR_LIKELY(m->known.row != NULL)) {
        *out = m->known;
        return end_known(m);
    }
    gr_match_begin(m);
    if (GR_UNLIKELY(m->terminated)) return gr_match_over(m);
    if (m->known.id == 0 && m->place.v != 0)
        gr_place_look(m->masks, m->place, &m->known);
    if (GR_UNLIKELY(m->known.id == 0)) return new_mask(m, out);
    return gr_match_end(m, view_known(m, out));
}

/* Behind an end token the text has ended: there is nothing more to stop. */
gram_status gr_matcher_may_stop(GrMatcher *m, bool *may)
{
    gr_match_begin(m);
    *may = false;
    if (m->terminated) return GRAM_OK;
    return gr_match_end(m, gr_match_may_end(m, may));
}

const GrConfig *gr_matcher_config(GrMatcher *m)
{
    return gr_match_config(m);
}
const gram_error *gr_matcher_error(const GrMatcher *m)
{
    return &m->error;
}
gram_status gr_matcher_misused(GrMatcher *m)
{
    m->failed = true;
    return gr_fail(&m->env, GRAM_E_ARGUMENT, GR_NOWHERE, "%s",
                   gram_status_text(GRAM_E_ARGUMENT));
}
uint64_t gr_matcher_memory(const GrMatcher *m)
{
    return m->env.used;
}
