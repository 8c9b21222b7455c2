/* The tables of the waist: states, rows, frames, operations.
 *
 *     states  GrState[]   row, map, flags          by StateId
 *     cells   uint32_t[]  rows, one after another  atomic
 *     ops     GrOp[]      interned                 by cell
 *     rows    GrRow[]     where cells and map lie  by StateId, never written
 *     frames  Resumed[]   first verdict and cell   by FrameId
 *     more    map         further (frame, verdict) and (op, answer)
 *
 * Here they are made, by machines, and read; fill.c fills cells when they are
 * asked for, and ask.c has the questions whose answers are not kept.
 *
 * What was made is never changed, but for cells that are EMPTY and answers
 * beside frames, which are atomic: readers need no lock for what they have an
 * id of. */
#include "pda/pda_int.h"

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
    gr_map_clear(p->env, &p->op_ids);
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

void gr_pda_count_compile(GrPda *p)
{
    p->steps += p->env->steps;
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
    gr_pda_map_of(p, s, &n_classes);
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
static GrRow row_of(const GrPda *p, const GrState *s, const uint8_t *map)
{
    return (GrRow){gr_store_at(&p->cells, s->row), map, s->flags, false};
}

static void set_row(GrPda *p, uint32_t state)
{
    const GrState *s = gr_store_at(&p->states, state);
    *(GrRow *)gr_store_at(&p->head.rows, state) =
        row_of(p, s, gr_pda_get_map(p, s->map, NULL));
}

/* The rows of n states from `first` on, all in one chunk. */
static gram_status set_some(GrPda *p, uint32_t n, const uint8_t *const *map)
{
    uint32_t first;
    GR_TRY(gr_store_add(p->env, &p->head.rows, n, &first));
    const GrState *s = gr_store_at(&p->states, first);
    GrRow *row = gr_store_at(&p->head.rows, first);
    for (uint32_t i = 0; i < n; i++) {
        if (s[i].map >= p->maps.n || s[i].row >= p->cells.n)
            return GRAM_E_ARTIFACT;
        row[i] = row_of(p, &s[i], map[s[i].map]);
    }
    return GRAM_OK;
}

/* Rows hold addresses, so they are no part of a file: they are made again from
 * the numbers beside them, which a damaged file may have wrong.  Of maps there
 * are few: each is looked up once. */
gram_status gr_pda_set_rows(GrPda *p)
{
    gram_status status = GRAM_OK;
    const uint8_t **map = gr_zalloc(p->env, p->maps.n, sizeof *map);
    if (map == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < p->maps.n; i++)
        map[i] = gr_pda_get_map(p, i, NULL);
    while (p->head.rows.n < p->n_states && status == GRAM_OK) {
        uint32_t at = p->head.rows.n, left = p->n_states - at;
        uint32_t room = gr_store_room(&p->head.rows);
        status = set_some(p, left < room ? left : room, map);
    }
    gr_free(p->env, map, p->maps.n * sizeof *map);
    return status;
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

/* To be told so at once is cheaper than to be asked.  Nobody can know the state
 * yet, hence no order is needed. */
void gr_pda_refuse(GrPda *p, StateId s, uint32_t cls)
{
    atomic_store_explicit(gr_pda_cell_at(p, s, cls), GR_CELL_DEAD,
                          memory_order_relaxed);
}

/* Others read meanwhile, and take a cell for empty or filled: both are true.
 * What was dear to find out is told of the one cell alone, whose readers pay.
 * What has met a limit stays so: a filled cell never changes. */
void gr_pda_alike(GrPda *p, StateId s, const uint32_t classes[8], Cell cell)
{
    uint32_t n;
    if (gr_is_dear(p)) return;
    gr_pda_map_of(p, s, &n);
    for (uint32_t cls = 1; cls < n; cls++) {
        _Atomic uint32_t *at = gr_pda_cell_at(p, s, cls);
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

/* By its hash; of others with the same one it is told by the next seed.  An id
 * past the last is one whose operation had no room. */
bool gr_op_find(const GrPda *p, const GrOp *op, uint32_t *id, uint64_t *key)
{
    for (uint64_t seed = 0;; seed++) {
        *key = gr_hash(op, sizeof *op, seed);
        const uint32_t *known = gr_map_find(&p->op_ids, *key);
        if (known == NULL || *known >= p->op.n) return false;
        *id = *known;
        if (memcmp(gr_store_at(&p->op, *id), op, sizeof *op) == 0) return true;
    }
}

/* Equal operations are one cell.  That is more than memory: walks and zones
 * take states with one cell for a byte to be in one place behind it. */
static gram_status make_op(GrPda *p, GrOp op, Cell *out)
{
    uint32_t id;
    uint64_t key;
    if (!gr_op_find(p, &op, &id, &key)) {
        GR_TRY(gr_map_put(p->env, &p->op_ids, key, p->op.n));
        GR_TRY(gr_store_add(p->env, &p->op, 1, &id));
        *(GrOp *)gr_store_at(&p->op, id) = op;
    }
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

gram_status gr_cell_part(GrPda *p, uint32_t reg, Cell ask, Cell *out)
{
    return make_op(p, (GrOp){GR_OP_PART, reg, 0, 0, ask, {0}}, out);
}

gram_status gr_cell_accept(GrPda *p, Cell *out)
{
    return make_op(p, (GrOp){GR_OP_ACCEPT, 0, 0, 0, {0}, {0}}, out);
}

gram_status gr_cell_limit(GrPda *p, Cell *out)
{
    return make_op(p, (GrOp){GR_OP_LIMIT, 0, 0, 0, {0}, {0}}, out);
}
