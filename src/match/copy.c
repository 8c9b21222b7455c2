/* Copies of a matcher: forks, and matchers that move to other tables.
 *
 * A fork shares the tables, so it needs no more than the configuration and what
 * that points to:
 *
 *     config --> node --> node --> node of a place, shared for ever
 *                  |        |
 *                seen     seen --> key of a place, shared likewise
 *
 * Lists are copied from their heads down to the first element that belongs to
 * the tables.  The text is copied as a whole: an open key is read again from
 * it, items are compared with it, and all of it is run when the copy moves.
 *
 * A matcher that moves cannot take numbers along, since states, frames and
 * places of other tables are others.  It runs its text again, token by token as
 * it was accepted, so that every roll-back is still possible.  (Running only
 * the bytes was rejected for that, and since a token taken by its id may have
 * none.)  Cost: of a fork, the text's length; of a move, accepting it. */
#include "match/match_int.h"

/* --- forking -------------------------------------------------------------- */

/* Copies keep the order of the list; `last` is the place to link the next
 * one to. */
static gram_status copy_seen(GrMatcher *to, const GrSeen *from,
                             const GrSeen **last)
{
    *last = NULL;
    for (; from != NULL; from = from->older) {
        if (from->shared) {
            *last = from;
            break;
        }
        GrSeen *s = gr_arena_take(&to->env, &to->arena, sizeof *s);
        if (s == NULL) return GRAM_E_MEMORY;
        *s = *from;
        s->older = NULL;
        s->text = gr_arena_copy(&to->env, &to->arena, from->text, from->len);
        if (s->text == NULL) return GRAM_E_MEMORY;
        *last = s;
        last = &s->older;
    }
    return GRAM_OK;
}

static gram_status copy_stack(GrMatcher *to, const GrNode *from,
                              const GrNode **last)
{
    *last = NULL;
    for (; from != NULL; from = from->below) {
        if (from->number != 0) {
            *last = from;
            break;
        }
        GrNode *n = gr_arena_take(&to->env, &to->arena, sizeof *n);
        if (n == NULL) return GRAM_E_MEMORY;
        *n = *from;
        n->below = NULL;
        *last = n;
        GR_TRY(copy_seen(to, from->level.seen, &n->level.seen));
        last = &n->below;
    }
    return GRAM_OK;
}

/* Of the text as a whole: the key that is open is read again, items may be,
 * and all of it when the copy moves. */
static gram_status copy_log(GrMatcher *to, const GrMatcher *from)
{
    uint32_t n = from->log.n, n_taken = from->taken.n;
    GR_TRY(gr_vec_reserve(&to->env, &to->log, n));
    GR_TRY(gr_vec_reserve(&to->env, &to->taken, n_taken));
    if (n > 0) memcpy(to->log.at, from->log.at, n);
    if (n_taken > 0)
        memcpy(to->taken.at, from->taken.at, n_taken * sizeof *to->taken.at);
    to->log.n = n;
    to->taken.n = n_taken;
    to->run.log = to->log.at;
    to->run.log_len = n;
    return GRAM_OK;
}

static gram_status copy_place(GrMatcher *to, const GrMatcher *from)
{
    to->config = from->config;
    to->place = from->place;
    to->is_there = from->is_there;
    to->terminated = from->terminated;
    if (!to->is_there) return copy_log(to, from);
    GR_TRY(copy_seen(to, from->config.level.seen, &to->config.level.seen));
    GR_TRY(copy_stack(to, from->config.stack, &to->config.stack));
    return copy_log(to, from);
}

gram_status gr_matcher_fork(GrMatcher *m, GrMatcher **out)
{
    GrMatcher *copy;
    gr_match_begin(m);
    gram_status status = gr_matcher_new(m->masks, &m->env.alloc,
                                        m->env.max_memory, &m->error, &copy);
    if (status != GRAM_OK) return gr_match_end(m, status);
    copy->env.error = &m->error;
    status = copy_place(copy, m);
    copy->env.error = &copy->error;
    if (status == GRAM_OK)
        *out = copy;
    else
        gr_matcher_free(copy);
    return gr_match_end(m, status);
}

/* --- moving --------------------------------------------------------------- */

static gram_status take_again(GrMatcher *m, uint32_t token)
{
    uint32_t len = 0, cls;
    bool is_text = gr_vocab_is_text(m->v, token);
    const char *bytes = is_text ? gr_vocab_bytes(m->v, token, &len) : NULL;
    GR_TRY(gr_match_class(m, token, is_text, &cls));
    if (cls == GR_NO_CLASS) return GRAM_E_REFUSED;
    return gr_match_take(m, token, cls, bytes, len);
}

/* From the log's end on as `from` went, up to these ends of its lists. */
static gram_status run_again(GrMatcher *m, const GrMatcher *from,
                             uint32_t log_len, uint32_t n_taken)
{
    size_t done;
    while (m->taken.n < n_taken) {
        Taken next = from->taken.at[m->taken.n];
        uint32_t at = m->log.n;
        GR_TRY(gr_match_bytes(m, from->log.at + at, next.at - at, true, &done));
        GR_TRY(take_again(m, next.token));
    }
    uint32_t at = m->log.n;
    if (at == log_len) return GRAM_OK;
    return gr_match_bytes(m, from->log.at + at, log_len - at, true, &done);
}

static gram_status move_records(GrMatcher *m, const GrMatcher *from)
{
    Before before;
    for (uint32_t i = 0; i < from->records.n; i++) {
        const Record *r = &from->records.at[i];
        GR_TRY(run_again(m, from, r->log_len, r->n_taken));
        gr_match_find_place(m);
        GR_TRY(gr_match_start_token(m, &before));
        m->saved.at[m->saved.n++] = before.saved;
        m->records.at[m->records.n++] = before.record;
    }
    GR_TRY(run_again(m, from, from->log.n, from->taken.n));
    gr_match_find_place(m);
    m->terminated = from->terminated;
    return GRAM_OK;
}

gram_status gr_matcher_moved(GrMatcher *m, GrMasks *to, GrMatcher **out)
{
    GrMatcher *moved;
    m->failed = true; /* until it is said that it has not */
    GR_TRY(gr_matcher_new(to, &m->env.alloc, m->env.max_memory, &m->error,
                          &moved));
    gr_match_begin(moved);
    moved->env.max_steps = UINT64_MAX; /* it was all counted before */
    gram_status status = gr_match_end(moved, move_records(moved, m));
    if (status != GRAM_OK) m->error = moved->error;
    gr_match_begin(moved);
    if (status == GRAM_OK)
        *out = moved;
    else
        gr_matcher_free(moved);
    return status;
}
