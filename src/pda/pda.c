/* The tables of the waist: states, rows, operations, and filling them.
 *
 *     states  GrState[]   row, map, flags          by StateId
 *     cells   uint32_t[]  rows, one after another  atomic
 *     ops     GrOp[]      interned                 by cell
 *     rows    GrRow[]     where cells and map lie  by StateId, never written
 *     frames  Resumed[]   first verdict and cell   by FrameId
 *     more    map         further (frame, verdict) and (op, answer)
 *
 * Readers look at cells without a lock: a cell is stored with release order
 * after everything it refers to.  Only a miss takes the lock, asks the
 * machine, and stores the answer.  Most frames see one verdict and most
 * questions two answers, so those lie inline; the map behind them is read
 * under the lock. */
#include "pda/pda_int.h"

#include <stdio.h>

/* --- life ----------------------------------------------------------------- */

/* Stores and tables are of fixed addresses from here on: readers hold pointers
 * to rows without a lock.  The frame of the bottom is made first, so that its
 * id is 0 in every grammar. */
gram_status gr_pda_new(GrEnv *env, GrPda **out)
{
    GrPda *p = gr_zalloc(env, 1, sizeof *p);
    if (p == NULL) return GRAM_E_MEMORY;
    p->env = env;
    gr_store_init(&p->head.rows, sizeof(GrRow));
    gr_store_init(&p->states, sizeof(GrState));
    gr_store_init(&p->words, sizeof(_Atomic uint32_t));
    gr_store_init(&p->cells, sizeof(_Atomic uint32_t));
    gr_store_init(&p->frames, sizeof(Resumed));
    gr_store_init(&p->op, sizeof(GrOp));
    gr_intern_init(&p->op_ids);
    gr_intern_init(&p->maps);
    gr_intern_init(&p->calls);
    gr_intern_init(&p->asked);
    gr_levels_init(&p->levels);
    pthread_mutex_init(&p->lock, NULL);
    p->other_tokens = GR_NO_CLASS;
    FrameId bottom;
    uint32_t at;
    gram_status status = gr_store_add(env, &p->frames, 1, &at);
    bottom.v = at;
    if (status != GRAM_OK) {
        gr_pda_free(p);
        return status;
    }
    p->n_frames = bottom.v + 1;
    *out = p;
    return GRAM_OK;
}

/* The machine goes first: it may look at the tables while it is freed.  A table
 * half made by gr_pda_new is freed by the same lines. */
void gr_pda_free(GrPda *p)
{
    if (p == NULL) return;
    if (p->machine != NULL) p->ops->free(p->machine);
    gr_store_clear(p->env, &p->head.rows);
    gr_store_clear(p->env, &p->states);
    gr_store_clear(p->env, &p->words);
    gr_store_clear(p->env, &p->cells);
    gr_store_clear(p->env, &p->frames);
    gr_store_clear(p->env, &p->op);
    gr_intern_clear(p->env, &p->op_ids);
    gr_intern_clear(p->env, &p->maps);
    gr_map_clear(p->env, &p->more);
    gr_map_clear(p->env, &p->dear);
    gr_intern_clear(p->env, &p->calls);
    gr_intern_clear(p->env, &p->asked);
    gr_vec_clear(p->env, &p->results);
    gr_vec_clear(p->env, &p->key);
    gr_levels_clear(p->env, &p->levels);
    pthread_mutex_destroy(&p->lock);
    gr_free(p->env, p, sizeof *p);
}

/* Not a parameter of gr_pda_new: a machine makes its first states while it is
 * compiled, and needs the tables for that. */
void gr_pda_set_machine(GrPda *p, const GrMachineOps *ops, void *machine)
{
    p->ops = ops;
    p->machine = machine;
}

void *gr_pda_machine(const GrPda *p)
{
    return p->machine;
}
void gr_pda_set_start(GrPda *p, StateId start)
{
    p->start = start;
}
/* Where every text begins; a file has it, too, so that no machine is needed to
 * take the first byte. */
StateId gr_pda_start(const GrPda *p)
{
    return p->start;
}
GrEnv *gr_pda_env(GrPda *p)
{
    return p->env;
}
/* Numbers for loops over all states or frames.  They grow while others look:
 * what is counted here is complete, later ones may not be. */
uint32_t gr_pda_n_states(const GrPda *p)
{
    return p->n_states;
}
uint32_t gr_pda_n_frames(const GrPda *p)
{
    return p->n_frames;
}

/* --- tokens by id --------------------------------------------------------- */

/* Before any state is made, since the number of classes is part of the length
 * of a row. */
void gr_pda_set_tokens(GrPda *p, const GrTokenClass *list, uint32_t n,
                       uint32_t n_classes, uint32_t other)
{
    p->token = list;
    p->n_tokens = n;
    p->n_token_classes = n_classes;
    p->other_tokens = other;
}

uint32_t gr_pda_n_token_classes(const GrPda *p)
{
    return p->n_token_classes;
}

const GrTokenClass *gr_pda_tokens(const GrPda *p, uint32_t *n, uint32_t *other)
{
    *n = p->n_tokens;
    *other = p->other_tokens;
    return p->token;
}

/* A binary search: grammars name some dozen tokens out of 128,000, so that a
 * class for each id would be mostly one value. */
uint32_t gr_pda_token_class(const GrPda *p, uint32_t id, bool is_text)
{
    uint32_t lo = 0, hi = p->n_tokens;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (p->token[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < p->n_tokens && p->token[lo].id == id) return p->token[lo].cls;
    return is_text ? p->other_tokens : GR_NO_CLASS;
}

/* Cells of tokens lie behind that of the end: see the picture in pda.h. */
gram_status gr_pda_take(GrPda *p, StateId s, GrTake how, uint32_t cls,
                        Cell *out)
{
    uint32_t n_classes;
    gr_pda_get_map(p, gr_pda_get_state(p, s)->map, &n_classes);
    if (how == GR_TAKE_END) cls = 0;
    if (how == GR_TAKE_BEGIN) cls += p->n_token_classes;
    return gr_pda_cell_of(p, s, n_classes + 1 + cls, out);
}

/* --- making --------------------------------------------------------------- */

enum { MAP_WORDS = 65 }; /* 256 classes as bytes, and their number */

/* Few maps serve thousands of states (all that expect one of two letters have
 * one), so that a state has a number of 16 bits and not 256 bytes. */
gram_status gr_pda_map(GrPda *p, const uint8_t classes[256], uint32_t n_classes,
                       uint32_t *map)
{
    uint32_t key[MAP_WORDS];
    memcpy(key, classes, 256);
    key[MAP_WORDS - 1] = n_classes;
    GR_TRY(gr_intern(p->env, &p->maps, key, MAP_WORDS, map, NULL));
    /* as many partitions of the bytes no real grammar has */
    if (*map > UINT16_MAX)
        return gr_fail(p->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than 65,536 partitions of the bytes");
    return GRAM_OK;
}

const uint8_t *gr_pda_get_map(const GrPda *p, uint32_t map, uint32_t *n_classes)
{
    const uint32_t *key = gr_intern_get(&p->maps, map, NULL);
    if (n_classes != NULL) *n_classes = key[MAP_WORDS - 1];
    return (const uint8_t *)key;
}

/* Behind the end cell there may be those of "Tokens by id". */
uint32_t gr_pda_row_cells(const GrPda *p, uint32_t map, uint32_t flags)
{
    uint32_t n;
    gr_pda_get_map(p, map, &n);
    if (flags & GR_STATE_INSIDE) return n + 2;
    return n + 1 + (flags & GR_STATE_TAKES ? 2 * p->n_token_classes : 0);
}

/* What a step needs of a state, in one place of 24 bytes: a cell is then two
 * loads away instead of four. */
static void set_row(GrPda *p, uint32_t state)
{
    const GrState *s = gr_store_at(&p->states, state);
    *(GrRow *)gr_store_at(&p->head.rows, state) =
        (GrRow){gr_store_at(&p->cells, s->row), gr_pda_get_map(p, s->map, NULL),
                s->flags, false};
}

/* Rows hold addresses, so they are no part of a file: they are made again from
 * the numbers beside them, which a damaged file may have wrong. */
gram_status gr_pda_set_rows(GrPda *p)
{
    while (p->head.rows.n < p->n_states) {
        uint32_t at;
        const GrState *s = gr_store_at(&p->states, p->head.rows.n);
        if (s->map >= p->maps.n || s->row >= p->cells.n) return GRAM_E_ARTIFACT;
        GR_TRY(gr_store_add(p->env, &p->head.rows, 1, &at));
        set_row(p, at);
    }
    return GRAM_OK;
}

/* Four stores grow together.  Where one of them finds no memory the others may
 * be ahead by one: the next state takes those places, cells aside. */
gram_status gr_pda_state(GrPda *p, uint32_t map, uint32_t flags, StateId *out)
{
    uint32_t row, id;
    GR_TRY(
        gr_store_add(p->env, &p->cells, gr_pda_row_cells(p, map, flags), &row));
    if (p->words.n == p->states.n) /* else left by a call that failed */
        GR_TRY(gr_store_add(p->env, &p->words, 1, &id));
    if (p->head.rows.n == p->states.n)
        GR_TRY(gr_store_add(p->env, &p->head.rows, 1, &id));
    GR_TRY(gr_store_add(p->env, &p->states, 1, &id));
    GrState *s = gr_store_at(&p->states, id);
    *s = (GrState){row, (uint16_t)map, (uint16_t)flags};
    set_row(p, id);
    p->n_states = id + 1;
    *out = (StateId){id};
    return GRAM_OK;
}

/* Rows never move, so this may be taken before the lock and used behind it. */
static _Atomic uint32_t *cell_at(const GrPda *p, StateId s, uint32_t cls)
{
    return gr_store_at(&p->cells, gr_pda_get_state(p, s)->row + cls);
}

/* A state of words has two live classes of twenty: to be told so at once is
 * cheaper than to be asked eighteen times.  Nobody can know the state yet,
 * hence no order is needed. */
void gr_pda_only(GrPda *p, StateId s, const uint32_t live[9])
{
    uint32_t n;
    gr_pda_get_map(p, gr_pda_get_state(p, s)->map, &n);
    for (uint32_t cls = 1; cls <= n; cls++)
        if (!gr_bit_get(live, cls))
            atomic_store_explicit(cell_at(p, s, cls), GR_CELL_DEAD,
                                  memory_order_relaxed);
}

/* Others read meanwhile, and take a cell for empty or dead: both are true. What
 * was dear to find out is told of the one cell alone, whose readers pay. */
void gr_pda_dead(GrPda *p, StateId s, const uint32_t dead[8])
{
    uint32_t n;
    if (gr_is_dear(p)) return;
    gr_pda_get_map(p, gr_pda_get_state(p, s)->map, &n);
    for (uint32_t cls = 1; cls < n; cls++)
        if (gr_bit_get(dead, cls))
            atomic_store_explicit(cell_at(p, s, cls), GR_CELL_DEAD,
                                  memory_order_relaxed);
}

/* What has met a limit stays so: a filled cell never changes. */
void gr_pda_alike(GrPda *p, StateId s, const uint32_t classes[8], Cell cell)
{
    uint32_t n;
    if (gr_is_dear(p)) return;
    gr_pda_get_map(p, gr_pda_get_state(p, s)->map, &n);
    for (uint32_t cls = 1; cls < n; cls++) {
        _Atomic uint32_t *at = cell_at(p, s, cls);
        if (gr_bit_get(classes, cls) &&
            atomic_load_explicit(at, memory_order_relaxed) == GR_CELL_EMPTY)
            atomic_store_explicit(at, cell.v, memory_order_release);
    }
}

const GrState *gr_pda_get_state(const GrPda *p, StateId s)
{
    return gr_store_at(&p->states, s.v);
}

/* A frame is a number and a place for its first answer; what it means only the
 * machine knows. */
gram_status gr_pda_frame(GrPda *p, FrameId *out)
{
    GR_TRY(gr_store_add(p->env, &p->frames, 1, &out->v));
    p->n_frames = out->v + 1;
    return GRAM_OK;
}

Cell gr_cell_dead(void)
{
    return (Cell){GR_CELL_DEAD};
}
/* The two upper bits tell what a cell is: 0 empty or dead, 2 a state, 3 an
 * operation.  A walk then tells a plain move by one compare. */
/* Operations are never written again once their cell is out. */
const GrOp *gr_pda_get_op(const GrPda *p, Cell c)
{
    return gr_store_at(&p->op, c.v & 0x3FFFFFFF);
}

/* Equal operations are one cell.  That is more than memory: walks and zones
 * take states with one cell for a byte to be in one place behind it. */
static gram_status make_op(GrPda *p, GrOp op, Cell *out)
{
    uint32_t key[6] = {op.kind, op.a, op.b, op.c, op.yes.v, op.no.v}, id, at;
    GR_TRY(gr_intern(p->env, &p->op_ids, key, 6, &id, NULL));
    /* ids may have been given whose operation had no room then */
    while (p->op.n <= id) GR_TRY(gr_store_add(p->env, &p->op, 1, &at));
    GrOp *to = gr_store_at(&p->op, id);
    if (to->kind == 0) *to = op;
    *out = (Cell){3u << 30 | id};
    return GRAM_OK;
}

gram_status gr_cell_push(GrPda *p, FrameId f, StateId s, Cell *out)
{
    return make_op(p, (GrOp){GR_OP_PUSH, f.v, s.v, 0, {0}, {0}}, out);
}

gram_status gr_cell_pop(GrPda *p, Verdict v, bool retry, Cell *out)
{
    return make_op(p, (GrOp){GR_OP_POP, v.v, retry, 0, {0}, {0}}, out);
}

gram_status gr_cell_set(GrPda *p, uint32_t reg, uint32_t value, Cell next,
                        Cell *out)
{
    return make_op(p, (GrOp){GR_OP_SET, reg, value, 0, next, {0}}, out);
}

gram_status gr_cell_add(GrPda *p, uint32_t reg, uint32_t value, Cell next,
                        Cell *out)
{
    return make_op(p, (GrOp){GR_OP_ADD, reg, value, 0, next, {0}}, out);
}

gram_status gr_cell_test(GrPda *p, uint32_t reg, uint32_t lo, uint32_t hi,
                         Cell yes, Cell no, Cell *out)
{
    return make_op(p, (GrOp){GR_OP_TEST, reg, lo, hi, yes, no}, out);
}

gram_status gr_cell_ask(GrPda *p, uint32_t question, Cell *out)
{
    return make_op(p, (GrOp){GR_OP_ASK, question, 0, 0, {0}, {0}}, out);
}

gram_status gr_cell_key(GrPda *p, Cell next, Cell *out)
{
    return make_op(p, (GrOp){GR_OP_KEY, 0, 0, 0, next, {0}}, out);
}

gram_status gr_cell_see(GrPda *p, uint32_t named, Cell next, Cell *out)
{
    return make_op(p, (GrOp){GR_OP_SEE, named, 0, 0, next, {0}}, out);
}

gram_status gr_cell_item(GrPda *p, uint32_t reg, Cell next, Cell *out)
{
    return make_op(p, (GrOp){GR_OP_ITEM, reg, 0, 0, next, {0}}, out);
}

gram_status gr_cell_see_item(GrPda *p, uint32_t reg, bool differ, Cell next,
                             Cell *out)
{
    return make_op(p, (GrOp){GR_OP_SEE_ITEM, reg, differ, 0, next, {0}}, out);
}

gram_status gr_cell_accept(GrPda *p, Cell *out)
{
    return make_op(p, (GrOp){GR_OP_ACCEPT, 0, 0, 0, {0}, {0}}, out);
}

/* --- filling -------------------------------------------------------------- */

/* Every question to the machine runs between these two, with a step budget
 * of its own, so that whether it is refused depends on nothing else. */
static void enter(GrPda *p)
{
    pthread_mutex_lock(&p->lock);
    p->env->error = &p->error;
    p->env->steps = 0;
    p->env->max_steps = GR_LIMIT_FILL_STEPS;
}

/* A budget is for one question, the count of steps for the report is over all.
 * Who watches the size of the tables is told here, the only way out. */
static gram_status leave(GrPda *p, gram_status status)
{
    if (GR_UNLIKELY(status == GRAM_E_MEMORY && p->full != NULL))
        atomic_store(p->full, true);
    p->steps += p->env->steps;
    p->env->error = NULL;
    pthread_mutex_unlock(&p->lock);
    return status;
}

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
    return status == GRAM_E_LIMIT
               ? make_op(p, (GrOp){GR_OP_LIMIT, 0, 0, 0, {0}, {0}}, out)
               : status;
}

/* Asked again under the lock: two readers may have missed the same cell, and
 * the machine is asked once.  The cell comes last, after what it refers to. */
static gram_status fill(GrPda *p, StateId s, uint32_t cls, Cell *out)
{
    enter(p);
    _Atomic uint32_t *at = cell_at(p, s, cls);
    out->v = atomic_load_explicit(at, memory_order_relaxed);
    if (out->v != GR_CELL_EMPTY) return leave(p, GRAM_OK);
    gram_status status = gr_call(p, CALL_FILL, s.v, cls, NULL, out);
    status = keep_limit(p, status, out);
    if (status == GRAM_OK) status = gr_dear_cell(p, s, cls);
    if (status == GRAM_OK) {
        atomic_store_explicit(at, out->v, memory_order_release);
        p->n_cells++;
    }
    return leave(p, status);
}

/* The usual case is a hit, and takes no lock. */
gram_status gr_pda_cell_of(GrPda *p, StateId s, uint32_t cls, Cell *out)
{
    out->v = atomic_load_explicit(cell_at(p, s, cls), memory_order_acquire);
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
    enter(p);
    uint32_t *known = gr_map_find(&p->more, frame_key(f, v));
    if (known != NULL) {
        out->v = *known;
        return leave(p, GRAM_OK);
    }
    Resumed *r = gr_store_at(&p->frames, f.v);
    gram_status status = gr_call(p, CALL_RESUME, f.v, v.v, NULL, out);
    status = keep_limit(p, status, out);
    if (status == GRAM_OK) status = gr_dear_pop(p, f, v);
    if (status == GRAM_OK)
        status = gr_map_put(p->env, &p->more, frame_key(f, v), out->v);
    if (status == GRAM_OK && atomic_load(&r->first) == 0)
        atomic_store(&r->first, gr_pair(v.v, out->v));
    return leave(p, status);
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
    enter(p);
    uint32_t *known = gr_map_find(&p->more, answer_key(ask, answer));
    if (known != NULL) {
        out->v = *known;
        return leave(p, GRAM_OK);
    }
    uint32_t question = gr_pda_get_op(p, ask)->a;
    gram_status status = gr_call(p, CALL_ANSWER, question, answer, NULL, out);
    status = keep_limit(p, status, out);
    if (status == GRAM_OK)
        status = gr_map_put(p->env, &p->more, answer_key(ask, answer), out->v);
    return leave(p, status);
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
    enter(p);
    gram_status status = gr_call(p, CALL_ASK, question, 0, level, answer);
    if (status == GRAM_OK) gr_answer_add(p, question, level, *answer);
    return leave(p, status);
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
    enter(p);
    GR_TRY(leave(p, gr_call(p, CALL_WORDS, s.v, 0, NULL, n)));
    kept = *n >= UINT32_MAX - 1 ? UINT32_MAX : *n + 1;
    atomic_store_explicit(known, kept, memory_order_relaxed);
    return GRAM_OK;
}

gram_status gr_pda_key_named(GrPda *p, StateId s, bool *named)
{
    *named = false;
    enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK && p->ops->key_named != NULL)
        status = p->ops->key_named(p->machine, s, named);
    return leave(p, status);
}

/* Not kept here: masks remember what they make of it, and ask once a state. */
gram_status gr_pda_loop(GrPda *p, StateId s, GrLoop *out)
{
    enter(p);
    return leave(p, gr_call(p, CALL_LOOP, s.v, 0, NULL, out));
}

/* --- what only the machine knows ------------------------------------------ */

/* Dumps may be the first to need the machine of a file. */
gram_status gr_pda_print(GrPda *p, StateId s, GrText *out)
{
    enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK) status = p->ops->print(p->machine, s, out);
    return leave(p, status);
}

/* An unknown stage is the caller's mistake and gets a message; to have stages
 * is optional. */
gram_status gr_pda_print_stage(GrPda *p, const char *stage, GrText *out)
{
    enter(p);
    gram_status status = gr_call_machine(p);
    if (status != GRAM_OK) return leave(p, status);
    status = GRAM_E_ARGUMENT;
    if (p->ops->print_stage != NULL)
        status = p->ops->print_stage(p->machine, stage, out);
    if (status == GRAM_E_ARGUMENT)
        gr_fail(p->env, status, GR_NOWHERE, "there is no stage \"%.40s\"",
                stage);
    return leave(p, status);
}

/* All or nothing: half of a report would say that the other half is
 * enforced. */
gram_status gr_pda_report(GrPda *p, GrReport *report)
{
    gram_status status = GRAM_OK;
    enter(p);
    if (!report->complete && p->ops->report != NULL)
        status = p->ops->report(p->machine, report);
    report->complete = status == GRAM_OK;
    if (!report->complete) gr_report_clear(p->env, report);
    return leave(p, status);
}

/* The env counts without a lock of its own, so giving back takes that of the
 * tables. */
void gr_pda_text_clear(GrPda *p, GrText *text)
{
    enter(p);
    gr_vec_clear(p->env, text);
    leave(p, GRAM_OK);
}

/* Saturating sum: UINT64_MAX stands for "over a limit". */
static uint64_t add_cost(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* A machine that never reads items has no such question. */
static void note_read(GrPda *p, bool *has_read)
{
    if (p->machine == NULL || p->ops->has_read == NULL) return;
    *has_read |= p->ops->has_read(p->machine);
}

/* The running level, by itself: plans add up levels of which most have not
 * changed since the byte before. */
gram_status gr_pda_level_cost(GrPda *p, const GrConfig *c, uint64_t *bytes,
                              const GrNode **rest, bool *has_read)
{
    enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK) status = p->ops->cost(p->machine, c, bytes, rest);
    note_read(p, has_read);
    return leave(p, status);
}

gram_status gr_pda_frame_cost(GrPda *p, const GrNode *n, uint64_t *bytes,
                              const GrNode **rest, bool *has_read)
{
    enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK)
        status = p->ops->frame_cost(p->machine, n, bytes, rest);
    note_read(p, has_read);
    return leave(p, status);
}

/* The whole stack under one lock.  A machine may cover several frames with one
 * estimate, hence `n` moves by more than one. */
gram_status gr_pda_cost(GrPda *p, const GrConfig *c, uint64_t *bytes)
{
    const GrNode *n = NULL;
    enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK) status = p->ops->cost(p->machine, c, bytes, &n);
    while (n != NULL && status == GRAM_OK) {
        uint64_t more;
        status = p->ops->frame_cost(p->machine, n, &more, &n);
        if (status == GRAM_OK) *bytes = add_cost(*bytes, more);
    }
    return leave(p, status);
}

/* No hint is an answer, too: a plan then searches. */
gram_status gr_pda_hint(GrPda *p, const GrConfig *c, GrHint *out)
{
    out->len = 0;
    out->sure = false;
    enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK && p->ops->hint != NULL)
        status = p->ops->hint(p->machine, c, out);
    return leave(p, status);
}

gram_status gr_pda_is_sure(GrPda *p, bool *sure)
{
    enter(p);
    gram_status status = gr_call_machine(p);
    *sure = status == GRAM_OK && p->ops->sure;
    return leave(p, status);
}

gram_status gr_pda_has_idle(GrPda *p, bool *has)
{
    enter(p);
    gram_status status = gr_call_machine(p);
    *has = status == GRAM_OK && p->ops->is_idle != NULL;
    return leave(p, status);
}

gram_status gr_pda_is_idle(GrPda *p, StateId s, bool *idle)
{
    enter(p);
    gram_status status = gr_call_machine(p);
    *idle = status == GRAM_OK && p->ops->is_idle(p->machine, s);
    return leave(p, status);
}
