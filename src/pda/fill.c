/* Filling: who first asks for a cell asks the machine, and keeps the answer.
 *
 *     cell of a state ---- known ---------------------> the answer
 *            |                                            ^
 *            `--EMPTY--> lock, look again, gr_call --> store it
 *
 * Readers look at cells without a lock: a cell is stored with release order
 * after everything it refers to.  Only a miss takes the lock, asks the
 * machine, and stores the answer.  Most frames see one verdict and most
 * questions two answers, so those lie inline; the map behind them is read
 * under the lock. */
#include "pda/pda_int.h"

/* The message of a failed question lies here until somebody asks for it: a walk
 * meets limits that nobody has to hear of. */
void gr_pda_last_error(GrPda *p, gram_error *out)
{
    pthread_mutex_lock(&p->lock);
    *out = p->error;
    pthread_mutex_unlock(&p->lock);
}

void gr_pda_stats(GrPda *p, GrPdaStats *out)
{
    pthread_mutex_lock(&p->lock);
    *out = (GrPdaStats){p->n_states, p->n_frames, p->n_cells,
                        p->op.n,     p->steps,    p->env->used};
    pthread_mutex_unlock(&p->lock);
}

/* The tables of one grammar may be given more or less room while they are used;
 * what they hold already stays. */
void gr_pda_set_limit(GrPda *p, size_t max_memory)
{
    pthread_mutex_lock(&p->lock);
    p->env->max_memory = max_memory;
    pthread_mutex_unlock(&p->lock);
}

void gr_pda_set_full(GrPda *p, _Atomic bool *full)
{
    p->full = full;
}

/* What met a limit has a cell too, so that it is not tried again: it would
 * take as long, or, by what is known from other cells, end otherwise. */
static gram_status keep_limit(GrPda *p, gram_status status, Cell *out)
{
    return status == GRAM_E_LIMIT ? gr_cell_limit(p, out) : status;
}

/* Asked again under the lock: two readers may have missed the same cell, and
 * the machine is asked once.  The cell comes last, after what it refers to. */
static gram_status fill(GrPda *p, StateId s, uint32_t cls, Cell *out)
{
    gr_pda_enter(p);
    _Atomic uint32_t *at = gr_pda_cell_at(p, s, cls);
    out->v = atomic_load_explicit(at, memory_order_relaxed);
    if (out->v != GR_CELL_EMPTY) return gr_pda_leave(p, GRAM_OK);
    gram_status status = gr_call(p, CALL_FILL, s.v, cls, NULL, out);
    status = keep_limit(p, status, out);
    if (status == GRAM_OK) status = gr_dear_cell(p, s, cls);
    if (status == GRAM_OK) {
        atomic_store_explicit(at, out->v, memory_order_release);
        p->n_cells++;
    }
    return gr_pda_leave(p, status);
}

/* The usual case is a hit, and takes no lock. */
gram_status gr_pda_cell_of(GrPda *p, StateId s, uint32_t cls, Cell *out)
{
    out->v =
        atomic_load_explicit(gr_pda_cell_at(p, s, cls), memory_order_acquire);
    return GR_LIKELY(out->v != GR_CELL_EMPTY) ? GRAM_OK : fill(p, s, cls, out);
}

/* Keys of `more`: frames below 2^31, ops with the top bit set. */
static uint64_t frame_key(FrameId f, Verdict v)
{
    return gr_pair(f.v, v.v);
}
static uint64_t answer_key(Cell ask, uint32_t answer)
{
    return gr_pair(ask.v, answer);
}

/* The first verdict that a frame hears is kept beside it as well, in one word
 * with its cell, so that a reader sees both or none. */
static gram_status resume_slow(GrPda *p, FrameId f, Verdict v, Cell *out)
{
    gr_pda_enter(p);
    uint32_t *known = gr_map_find(&p->more, frame_key(f, v));
    if (known != NULL) {
        out->v = *known;
        return gr_pda_leave(p, GRAM_OK);
    }
    Resumed *r = gr_store_at(&p->frames, f.v);
    gram_status status = gr_call(p, CALL_RESUME, f.v, v.v, NULL, out);
    status = keep_limit(p, status, out);
    if (status == GRAM_OK) status = gr_dear_pop(p, f, v);
    if (status == GRAM_OK)
        status = gr_map_put(p->env, &p->more, frame_key(f, v), out->v);
    if (status == GRAM_OK && atomic_load(&r->first) == 0)
        atomic_store(&r->first, gr_pair(v.v, out->v));
    return gr_pda_leave(p, status);
}

/* Most frames hear one verdict only: then there is no lock and no map. */
gram_status gr_pda_resume(GrPda *p, FrameId f, Verdict v, Cell *out)
{
    Resumed *r = gr_store_at(&p->frames, f.v);
    uint64_t first = atomic_load_explicit(&r->first, memory_order_acquire);
    if (first != 0 && first >> 32 == v.v) {
        out->v = (uint32_t)first;
        return GRAM_OK;
    }
    return resume_slow(p, f, v, out);
}

/* As above, for what follows an answer; that is looked up once for each level
 * that is asked about (levels.c), so it may take the lock. */
static gram_status answer_slow(GrPda *p, Cell ask, uint32_t answer, Cell *out)
{
    gr_pda_enter(p);
    uint32_t *known = gr_map_find(&p->more, answer_key(ask, answer));
    if (known != NULL) {
        out->v = *known;
        return gr_pda_leave(p, GRAM_OK);
    }
    uint32_t question = gr_pda_get_op(p, ask)->a;
    gram_status status = gr_call(p, CALL_ANSWER, question, answer, NULL, out);
    status = keep_limit(p, status, out);
    if (status == GRAM_OK)
        status = gr_map_put(p->env, &p->more, answer_key(ask, answer), out->v);
    return gr_pda_leave(p, status);
}

gram_status gr_pda_answer(GrPda *p, Cell ask, uint32_t answer, Cell *out)
{
    return answer_slow(p, ask, answer, out);
}

/* An answer is a function of the level, whoever asks: equal levels are found by
 * the numbers of their lists. */
gram_status gr_pda_ask(GrPda *p, uint32_t question, const GrLevel *level,
                       uint32_t *answer)
{
    _Atomic uint32_t *cell;
    if (GR_LIKELY(gr_answer_find(p, question, level, answer, &cell)))
        return GRAM_OK;
    gr_pda_enter(p);
    gram_status status = gr_call(p, CALL_ASK, question, 0, level, answer);
    if (status == GRAM_OK) gr_answer_add(p, question, level, *answer);
    return gr_pda_leave(p, status);
}

/* Beside a known answer lies its cell.  An answer that depends on a text that a
 * walk does not have is a refusal, which the walk tells from a dead byte. */
gram_status gr_pda_ask_cell(GrPda *p, Cell ask, const GrLevel *level,
                            uint32_t *answer, Cell *out)
{
    uint32_t question = gr_pda_get_op(p, ask)->a;
    _Atomic uint32_t *cell;
    if (!gr_answer_find(p, question, level, answer, &cell)) {
        GR_TRY(gr_pda_ask(p, question, level, answer));
        if (*answer == GR_ANSWER_UNKNOWN) return GRAM_E_REFUSED;
        return gr_pda_answer(p, ask, *answer, out);
    }
    out->v = atomic_load_explicit(cell, memory_order_acquire);
    if (out->v != GR_CELL_EMPTY) return GRAM_OK;
    if (*answer == GR_ANSWER_UNKNOWN) return GRAM_E_REFUSED;
    GR_TRY(gr_pda_answer(p, ask, *answer, out));
    atomic_store_explicit(cell, out->v, memory_order_release);
    return GRAM_OK;
}

/* From 1: 0 is that of an item whose text was never read. */
uint64_t gr_pda_serial(GrPda *p)
{
    return 1 + atomic_fetch_add_explicit(&p->serials, 1, memory_order_relaxed);
}

/* Asked for at every byte of a key: kept per state, as the number + 1, but
 * for "too many", which two numbers then stand for. */
gram_status gr_pda_key_words(GrPda *p, StateId s, uint32_t *n)
{
    _Atomic uint32_t *known = gr_store_at(&p->words, s.v);
    uint32_t kept = atomic_load_explicit(known, memory_order_relaxed);
    if (GR_LIKELY(kept != 0)) {
        *n = kept == UINT32_MAX ? kept : kept - 1;
        return GRAM_OK;
    }
    gr_pda_enter(p);
    GR_TRY(gr_pda_leave(p, gr_call(p, CALL_WORDS, s.v, 0, NULL, n)));
    kept = *n >= UINT32_MAX - 1 ? UINT32_MAX : *n + 1;
    atomic_store_explicit(known, kept, memory_order_relaxed);
    return GRAM_OK;
}

gram_status gr_pda_key_named(GrPda *p, StateId s, bool *named)
{
    *named = false;
    gr_pda_enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK && p->ops->key_named != NULL)
        status = p->ops->key_named(p->machine, s, named);
    return gr_pda_leave(p, status);
}

/* It makes nothing, so that it is no call to be recorded. */
gram_status gr_pda_beyond(GrPda *p, StateId s, uint8_t *ascii)
{
    *ascii = 0;
    gr_pda_enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK && p->ops->beyond != NULL)
        *ascii = p->ops->beyond(p->machine, s);
    return gr_pda_leave(p, status);
}

gram_status gr_pda_texts(GrPda *p, StateId s, GrWordRef *out, uint32_t room,
                         uint32_t *n)
{
    gram_status status = GRAM_OK;
    *n = 0;
    gr_pda_enter(p);
    if (p->machine != NULL && !p->records && p->ops->texts != NULL)
        status = p->ops->texts(p->machine, s, out, room, n);
    return gr_pda_leave(p, status);
}

gram_status gr_pda_span(GrPda *p, StateId s, StateId t, const uint32_t **ranges,
                        uint32_t *n)
{
    gram_status status = GRAM_OK;
    *n = 0;
    gr_pda_enter(p);
    if (p->machine != NULL && !p->records && p->ops->span != NULL)
        status = p->ops->span(p->machine, s, t, ranges, n);
    return gr_pda_leave(p, status);
}

/* Not kept here: masks remember what they make of it, and ask once a state. */
gram_status gr_pda_loop(GrPda *p, StateId s, GrLoop *out)
{
    gr_pda_enter(p);
    return gr_pda_leave(p, gr_call(p, CALL_LOOP, s.v, 0, NULL, out));
}
