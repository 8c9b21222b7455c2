/* The tokens after which a text can still end within a budget of bytes.
 *
 * An exact walk over the whole trie that asks for the completion cost where
 * a token ends.  No mask is memoized, since costs depend on registers, but
 * the parts of a cost are: frames that lay on the stack when the walk began
 * are added up once, and running levels that many tokens share (the same
 * state, registers and keys) are remembered in a small table. */
#include "mask/mask_int.h"

enum { LEVELS = 1024 };

typedef struct LevelCost {
    GrLevel level;
    const GrNode *below; /* in a key: whose level counts */
    uint64_t bytes;
    uint32_t state, frames, used;
} LevelCost;

typedef struct Budget {
    GrPda *pda;
    uint64_t bytes;
    const GrNode **chain; /* frames at the start, by depth */
    uint64_t *sum;        /* of the frames up to that depth */
    uint32_t depth;
    LevelCost *level;
} Budget;

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static gram_status level_cost(Budget *b, const GrConfig *c, uint64_t *bytes,
                              uint32_t *frames)
{
    uint64_t h = gr_hash(&c->level.reg, sizeof c->level.reg, c->state.v);
    LevelCost *l = &b->level[(h ^ (uintptr_t)c->level.seen) % LEVELS];
    bool same = l->used && l->state == c->state.v &&
                l->level.seen == c->level.seen && l->below == c->stack &&
                memcmp(l->level.reg, c->level.reg, sizeof l->level.reg) == 0;
    /* nodes of the walk are recycled: only those of the start are keys */
    bool stable = c->stack != NULL && c->stack->depth < b->depth &&
                  b->chain[c->stack->depth] == c->stack;
    if (!same || !stable) {
        GR_TRY(gr_pda_level_cost(b->pda, c, bytes, frames));
        if (stable)
            *l =
                (LevelCost){c->level, c->stack, *bytes, c->state.v, *frames, 1};
        return GRAM_OK;
    }
    *bytes = l->bytes;
    *frames = l->frames;
    return GRAM_OK;
}

static gram_status cost(Budget *b, const GrConfig *c, uint64_t *bytes)
{
    uint32_t frames;
    GR_TRY(level_cost(b, c, bytes, &frames));
    const GrNode *n = frames ? c->stack->below : c->stack;
    for (; n != NULL && *bytes <= b->bytes; n = n->below) {
        uint64_t more;
        if (n->depth < b->depth && b->chain[n->depth] == n) {
            *bytes = add(*bytes, b->sum[n->depth]);
            return GRAM_OK;
        }
        GR_TRY(gr_pda_frame_cost(b->pda, n, &more));
        *bytes = add(*bytes, more);
    }
    return GRAM_OK;
}

static gram_status put_if_cheap(Walk *k, uint32_t node, StateId s,
                                uint32_t base)
{
    Budget *b = k->ctx;
    GrConfig c = k->w->bases.at[base].config;
    uint64_t bytes;
    c.state = s;
    GR_TRY(cost(b, &c, &bytes));
    GR_TRY(gr_step(k->w->env, 1));
    return bytes <= b->bytes ? gr_row_put_node(k->w, node, true) : GRAM_OK;
}

static gram_status is_cheap(Walk *k, const GrConfig *c, bool *put)
{
    Budget *b = k->ctx;
    uint64_t bytes;
    GR_TRY(cost(b, c, &bytes));
    *put = bytes <= b->bytes;
    return GRAM_OK;
}

/* The frames below the start, and what they cost together from BOTTOM up. */
static gram_status sum_frames(Budget *b, const GrConfig *c)
{
    for (const GrNode *n = c->stack; n != NULL; n = n->below)
        b->chain[n->depth] = n;
    uint64_t total = 0, more;
    for (uint32_t d = 0; d < b->depth; d++) {
        GR_TRY(gr_pda_frame_cost(b->pda, b->chain[d], &more));
        total = add(total, more);
        b->sum[d] = total;
    }
    return GRAM_OK;
}

static gram_status walk(GrMasks *m, GrWork *w, const GrConfig *c, GrText *log,
                        Budget *b, uint32_t *row)
{
    Walk k;
    bool may;
    GR_TRY(sum_frames(b, c));
    GR_TRY(gr_walk_exact(&k, w, log));
    k.emit = put_if_cheap;
    k.ctx = b;
    GR_TRY(gr_row_load_base(w, BASE_EMPTY));
    GR_TRY(gr_walk_all(&k, c));
    k.run.log_len = log->n;
    GR_TRY(gr_run_end(&k.run, c, &may));
    GR_TRY(gr_row_put_ends(w, may));
    GR_TRY(gr_row_put_taken(&k, c, is_cheap));
    memcpy(row, w->row, (size_t)m->v->mask_words * sizeof *row);
    return GRAM_OK;
}

gram_status gr_mask_budget(GrMasks *m, GrWork *w, const GrConfig *c,
                           GrText *log, uint64_t budget, uint32_t *row)
{
    size_t n = c->depth, each = sizeof(GrNode *) + sizeof(uint64_t);
    Budget b = {.pda = m->pda, .bytes = budget, .depth = c->depth};
    size_t size = LEVELS * sizeof *b.level + n * each;
    b.level = gr_zalloc(w->env, 1, size);
    if (b.level == NULL) return GRAM_E_MEMORY;
    b.sum = (uint64_t *)(b.level + LEVELS);
    b.chain = (const GrNode **)(b.sum + n);
    gram_status status = walk(m, w, c, log, &b, row);
    gr_free(w->env, b.level, size);
    return status;
}
