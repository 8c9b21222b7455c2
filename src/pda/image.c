/* The tables as bytes, and back.
 *
 *     PdaHead | tokens | states words cells frames op | maps | more | log |
 *     asked | answers
 *
 * `log` is every call to the machine, each behind its length; `asked` and
 * `answers` are the questions among them with what came back, so that
 * ordinary use needs no machine.
 *
 * Invariant of a checked load: every id that a reader follows exists.  What
 * the ids mean is checked by making them again, see record.c. */
#include "pda/pda_int.h"

enum { MAP_WORDS = 65 }; /* see pda.c */

typedef struct PdaHead {
    uint32_t start, n_states, n_frames, op_size;
    uint32_t n_token_classes, other_tokens;
    uint64_t n_cells, steps;
} PdaHead;

/* --- writing -------------------------------------------------------------- */

/* Seven bits a byte, low ones first, the top bit on all but the last:
 * most words are small, and calls are most of a file. */
static gram_status put_varint(GrEnv *env, GrText *t, uint32_t x)
{
    char out[5];
    uint32_t n = 0;
    for (; x >= 0x80; x >>= 7) out[n++] = (char)(x | 0x80);
    out[n++] = (char)x;
    return gr_text_put(env, t, out, n);
}

/* All calls, each behind the number of its words. */
static gram_status put_calls(GrPda *p, GrEnv *env, GrText *log)
{
    for (uint32_t i = 0; i < p->calls.n; i++) {
        uint32_t n;
        const uint32_t *w = gr_intern_get(&p->calls, i, &n);
        GR_TRY(put_varint(env, log, n));
        for (uint32_t k = 0; k < n; k++) GR_TRY(put_varint(env, log, w[k]));
    }
    return GRAM_OK;
}

static gram_status put_log(GrPda *p, GrEnv *env, GrText *image)
{
    GrText log = {0};
    gram_status status = put_calls(p, env, &log);
    uint64_t len = log.n;
    if (status == GRAM_OK) status = gr_image_put(env, image, &len, sizeof len);
    if (status == GRAM_OK) status = gr_image_put(env, image, log.at, log.n);
    gr_vec_clear(env, &log);
    return status;
}

/* Only those with an answer; keyed by their words, as ids of calls are this
 * run's own. */
static gram_status put_questions(GrPda *p, GrEnv *env, GrText *image)
{
    GrIntern asked;
    Words answers = {0};
    gram_status status = GRAM_OK;
    gr_intern_init(&asked);
    for (uint32_t i = 0; i < p->calls.n && status == GRAM_OK; i++) {
        uint32_t n, id;
        const uint32_t *w = gr_intern_get(&p->calls, i, &n);
        if (w[0] != CALL_ASK || p->results.at[i] == UINT32_MAX) continue;
        status = gr_intern(env, &asked, w, n, &id, NULL);
        if (status == GRAM_OK)
            status = gr_vec_push(env, &answers, p->results.at[i]);
    }
    if (status == GRAM_OK) status = gr_image_put_intern(env, image, &asked);
    if (status == GRAM_OK)
        status = gr_image_put_words(env, image, answers.at, answers.n);
    gr_intern_clear(env, &asked);
    gr_vec_clear(env, &answers);
    return status;
}

/* In the order in which take reads them. */
static gram_status put(GrPda *p, GrEnv *env, GrText *image)
{
    PdaHead head = {
        p->start.v,         p->n_states,     p->n_frames, sizeof(GrOp),
        p->n_token_classes, p->other_tokens, p->n_cells,  p->steps};
    uint64_t n_tokens = p->n_tokens;
    GR_TRY(gr_image_put(env, image, &head, sizeof head));
    GR_TRY(gr_image_put(env, image, &n_tokens, sizeof n_tokens));
    GR_TRY(gr_image_put(env, image, p->token, p->n_tokens * sizeof *p->token));
    GR_TRY(gr_image_put_store(env, image, &p->states));
    GR_TRY(gr_image_put_store(env, image, &p->words));
    GR_TRY(gr_image_put_store(env, image, &p->cells));
    GR_TRY(gr_image_put_store(env, image, &p->frames));
    GR_TRY(gr_image_put_store(env, image, &p->op));
    GR_TRY(gr_image_put_intern(env, image, &p->maps));
    GR_TRY(gr_image_put_map(env, image, &p->more));
    GR_TRY(put_log(p, env, image));
    return put_questions(p, env, image);
}

/* Others may be filling cells: the lock makes what is written one moment. */
gram_status gr_pda_save(GrPda *p, GrEnv *env, GrText *image)
{
    pthread_mutex_lock(&p->lock);
    gram_status status = put(p, env, image);
    pthread_mutex_unlock(&p->lock);
    return status;
}

/* --- reading -------------------------------------------------------------- */

/* A count larger than the file is refused before it is multiplied. */
static void take_tokens(GrPda *p, GrImage *img, const PdaHead *head)
{
    const uint64_t *n = gr_image_take(img, sizeof *n);
    img->bad |= n != NULL && *n > img->len;
    p->n_tokens = n != NULL && !img->bad ? (uint32_t)*n : 0;
    p->token = gr_image_take(img, p->n_tokens * sizeof *p->token);
    p->n_token_classes = head->n_token_classes;
    p->other_tokens = head->other_tokens;
}

static gram_status take_tables(GrPda *p, GrImage *img)
{
    GrEnv *env = p->env;
    gr_store_clear(env, &p->frames); /* the bottom frame is among those read */
    GR_TRY(gr_image_take_store(env, img, &p->states));
    GR_TRY(gr_image_take_store(env, img, &p->words));
    GR_TRY(gr_image_take_store(env, img, &p->cells));
    GR_TRY(gr_image_take_store(env, img, &p->frames));
    GR_TRY(gr_image_take_store(env, img, &p->op));
    GR_TRY(gr_image_take_intern(env, img, &p->maps));
    GR_TRY(gr_image_take_map(img, &p->more));
    const uint64_t *log_len = gr_image_take(img, sizeof *log_len);
    p->log_len = log_len ? (size_t)*log_len : 0;
    p->log = gr_image_take(img, p->log_len);
    return gr_image_take_intern(env, img, &p->asked);
}

static gram_status take(GrPda *p, GrImage *img)
{
    uint32_t n_answers;
    const PdaHead *head = gr_image_take(img, sizeof *head);
    if (head == NULL) return GRAM_OK;
    take_tokens(p, img, head);
    GR_TRY(take_tables(p, img));
    p->answers = gr_image_take_words(img, &n_answers);
    p->start.v = head->start;
    p->n_states = head->n_states;
    p->n_frames = head->n_frames;
    p->n_cells = head->n_cells;
    p->steps = head->steps;
    img->bad |= n_answers != p->asked.n || head->op_size != sizeof(GrOp) ||
                head->n_states > p->states.n || head->n_frames > p->frames.n ||
                p->words.n < p->states.n || head->start >= head->n_states;
    return GRAM_OK;
}

/* --- checking ------------------------------------------------------------- */

/* An empty cell is valid: it is filled when somebody asks. */
static bool cell_is_valid(const GrPda *p, Cell c)
{
    if (gr_cell_is_goto(c)) return gr_cell_state(c).v < p->n_states;
    if (gr_cell_is_op(c)) return (c.v & 0x3FFFFFFF) < p->op.n;
    return c.v <= GR_CELL_DEAD;
}

/* Verdicts and questions are the machine's: it checks them itself. */
static bool op_is_valid(const GrPda *p, const GrOp *op)
{
    if (!cell_is_valid(p, op->yes) || !cell_is_valid(p, op->no)) return false;
    switch ((GrOpKind)op->kind) {
    case GR_OP_PUSH: return op->a < p->n_frames && op->b < p->n_states;
    case GR_OP_SET:
    case GR_OP_ADD:
    case GR_OP_ITEM:
    case GR_OP_SEE_ITEM:
    case GR_OP_PART: return op->a < GR_REGS;
    case GR_OP_TEST: return op->a < GR_REGS || op->a == GR_REG_DEPTH;
    case GR_OP_POP:
    case GR_OP_ASK:
    case GR_OP_KEY:
    case GR_OP_SEE:
    case GR_OP_ACCEPT:
    case GR_OP_LIMIT: return true;
    }
    return false;
}

static bool maps_are_valid(const GrPda *p)
{
    if (!gr_image_intern_is_valid(&p->maps) || p->maps.n > UINT16_MAX + 1u)
        return false;
    for (uint32_t i = 0; i < p->maps.n; i++) {
        uint32_t n, n_classes;
        gr_intern_get(&p->maps, i, &n);
        if (n != MAP_WORDS) return false;
        const uint8_t *map = gr_pda_get_map(p, i, &n_classes);
        if (n_classes == 0 || n_classes > 255) return false;
        for (uint32_t b = 0; b < 256; b++)
            if (map[b] >= n_classes) return false;
    }
    return true;
}

/* Classes are few: twice their number has to fit into a row. */
static bool tokens_are_valid(const GrPda *p)
{
    uint32_t n = p->n_token_classes;
    if (n > INT32_MAX / 2 ||
        (p->other_tokens >= n && p->other_tokens != GR_NO_CLASS))
        return false;
    for (uint32_t i = 0; i < p->n_tokens; i++)
        if (p->token[i].cls >= n ||
            (i > 0 && p->token[i].id <= p->token[i - 1].id))
            return false;
    return true;
}

/* A row lies in the cells as a whole; after that, all cells are alike. */
static bool states_are_valid(const GrPda *p)
{
    for (uint32_t i = 0; i < p->n_states; i++) {
        const GrState *s = gr_pda_get_state(p, (StateId){i});
        if (s->map >= p->maps.n) return false;
        uint32_t n = gr_pda_row_cells(p, s->map, s->flags);
        if (!gr_store_holds(&p->cells, s->row, n)) return false;
    }
    for (uint32_t i = 0; i < p->cells.n; i++)
        if (!cell_is_valid(p, *(const Cell *)gr_store_at(&p->cells, i)))
            return false;
    return true;
}

/* The lower word is the cell: a verdict that was heard has one. */
static bool resumes_are_valid(const GrPda *p)
{
    for (uint32_t i = 0; i < p->n_frames; i++) {
        const Resumed *r = gr_store_at(&p->frames, i);
        uint64_t first = atomic_load(&r->first);
        if (!cell_is_valid(p, (Cell){(uint32_t)first})) return false;
        if (first != 0 && (uint32_t)first == GR_CELL_EMPTY) return false;
    }
    for (uint32_t i = 0; i < p->more.cap; i++) {
        Cell c = {p->more.slot[i].value};
        if (!p->more.slot[i].used) continue;
        if (!cell_is_valid(p, c) || c.v == GR_CELL_EMPTY) return false;
    }
    return gr_image_map_is_valid(&p->more);
}

/* Maps first: states are checked by the size of their rows. */
static bool is_valid(const GrPda *p)
{
    if (!maps_are_valid(p) || !tokens_are_valid(p) || !states_are_valid(p))
        return false;
    for (uint32_t i = 0; i < p->op.n; i++)
        if (!op_is_valid(p, gr_store_at(&p->op, i))) return false;
    return resumes_are_valid(p) && gr_image_intern_is_valid(&p->asked);
}

/* Nothing is copied: the tables are read where the file lies, so it outlives
 * the pda. */
gram_status gr_pda_load(GrPda *p, GrImage *image, bool check,
                        GrPdaRestore *restore, void *ctx)
{
    GR_TRY(take(p, image));
    p->restore = restore;
    p->restore_ctx = ctx;
    gram_status status = GRAM_E_ARTIFACT;
    if (!image->bad && (!check || is_valid(p))) status = gr_pda_set_rows(p);
    if (status == GRAM_E_ARTIFACT)
        return gr_fail(p->env, GRAM_E_ARTIFACT, GR_NOWHERE,
                       "the tables of the machine are damaged");
    return status;
}

/* --- comparing ------------------------------------------------------------ */

/* Chunks that no element fell into are absent in one and zeros in the other. */
static bool same_store(const GrStore *a, const GrStore *b, uint32_t n)
{
    for (int k = 0; k < GR_STORE_CHUNKS && n > 0; k++) {
        uint32_t size = 1u << (GR_STORE_FIRST_LOG + k);
        uint32_t used = n < size ? n : size;
        if (a->chunk[k] != NULL && b->chunk[k] != NULL &&
            memcmp(a->chunk[k], b->chunk[k], (size_t)used * a->elem) != 0)
            return false;
        n -= used;
    }
    return true;
}

static bool same_maps(const GrPda *a, const GrPda *b)
{
    if (a->maps.n != b->maps.n) return false;
    for (uint32_t i = 0; i < a->maps.n; i++)
        if (memcmp(gr_pda_get_map(a, i, NULL), gr_pda_get_map(b, i, NULL),
                   MAP_WORDS * sizeof(uint32_t)) != 0)
            return false;
    return true;
}

static bool same_tokens(const GrPda *a, const GrPda *b)
{
    return a->n_tokens == b->n_tokens &&
           a->n_token_classes == b->n_token_classes &&
           a->other_tokens == b->other_tokens &&
           (a->n_tokens == 0 ||
            memcmp(a->token, b->token, a->n_tokens * sizeof *a->token) == 0);
}

/* By content: slots depend on the order in which entries came. */
static bool same_more(const GrPda *a, const GrPda *b)
{
    if (a->more.n != b->more.n) return false;
    for (uint32_t i = 0; i < a->more.cap; i++) {
        const GrMapSlot *s = &a->more.slot[i];
        const uint32_t *v = s->used ? gr_map_find(&b->more, s->key) : NULL;
        if (s->used && (v == NULL || *v != s->value)) return false;
    }
    return true;
}

/* Sizes first, or the stores could not be compared.  This is how a checked load
 * tells that the tables are what the calls make (record.c). */
bool gr_pda_same_tables(const GrPda *a, const GrPda *b)
{
    return a->start.v == b->start.v && a->n_states == b->n_states &&
           a->n_frames == b->n_frames && a->op.n == b->op.n &&
           a->cells.n == b->cells.n &&
           same_store(&a->states, &b->states, a->n_states) &&
           same_store(&a->frames, &b->frames, a->n_frames) &&
           same_store(&a->op, &b->op, a->op.n) &&
           same_store(&a->cells, &b->cells, a->cells.n) && same_maps(a, b) &&
           same_more(a, b) && same_tokens(a, b);
}
