/* Masks ahead of time, breadth-first from the start.
 *
 * The queue holds configurations; from each, one byte per class of its state
 * leads to the next ones.  A configuration is known by its state and the two
 * frames on top: that covers what masks mostly read, keeps the set finite
 * for recursive machines, and errs on the side of fewer masks, never of
 * wrong ones. */
#include "mask/mask_int.h"

enum { QUEUE_MAX = 1 << 20, TOP_FRAMES = 2, FAKE_KEY = 8 };

typedef struct Queue {
    GrWork *w;
    GrArena arena; /* nodes of the configurations queued */
    GrRun run;
    GrText log;
    GrVec(GrConfig) at;
    GrIntern known;
    uint32_t n_keys;
} Queue;

static gram_status add(Queue *q, const GrConfig *c)
{
    uint32_t key[1 + TOP_FRAMES] = {c->state.v}, id;
    const GrNode *n = c->stack;
    bool is_new;
    for (uint32_t i = 0; i < TOP_FRAMES && n != NULL; i++, n = n->below)
        key[1 + i] = n->frame.v + 1;
    GR_TRY(gr_intern(q->w->env, &q->known, key, 1 + TOP_FRAMES, &id, &is_new));
    if (!is_new || q->at.n >= QUEUE_MAX) return GRAM_OK;
    return gr_vec_push(q->w->env, &q->at, *c);
}

/* Step with a log in which every key is a number of its own, because which
 * keys are equal does not matter for which masks there are. */
static gram_status step(Queue *q, GrConfig *c, uint8_t byte)
{
    uint32_t key = q->n_keys++;
    for (uint32_t i = 0; i < FAKE_KEY; i++)
        q->log.at[i] = "0123456789abcdef"[key >> 4 * i & 15];
    q->log.at[FAKE_KEY] = (char)byte;
    c->key_at = 0;
    return gr_run_byte(&q->run, c, byte);
}

/* All configurations one byte behind c, one byte tried per class, or one
 * token that is taken by id. */
static gram_status add_next(Queue *q, uint32_t index)
{
    GrConfig from = q->at.at[index];
    const uint8_t *map;
    uint8_t done[256] = {0};
    gr_pda_row(q->run.pda, from.state, &map);
    for (uint32_t b = 0; b < 256; b++) {
        if (map[b] == 0 || done[map[b]]++) continue;
        GrConfig c = from;
        gram_status status = step(q, &c, (uint8_t)b);
        if (status == GRAM_E_MEMORY) return status;
        if (status == GRAM_OK) GR_TRY(add(q, &c));
    }
    for (uint32_t k = 0; k < gr_pda_n_token_classes(q->run.pda); k++) {
        GrConfig c = from;
        gram_status status = gr_run_take(&q->run, &c, GR_TAKE, k);
        if (status == GRAM_E_MEMORY) return status;
        if (status == GRAM_OK) GR_TRY(add(q, &c));
    }
    return gr_step(q->w->env, 256);
}

/* Masks and the cells that they took. */
static uint64_t memory_of(GrMasks *m)
{
    GrMasksStats s;
    GrPdaStats pda;
    gr_masks_stats(m, &s);
    gr_pda_stats(m->pda, &pda);
    return s.memory + pda.memory;
}

static uint64_t leaves_of(GrMasks *m)
{
    GrMasksStats s;
    gr_masks_stats(m, &s);
    return s.leaves;
}

static gram_status run(Queue *q, size_t max_bytes,
                       int (*progress)(void *, uint64_t, uint64_t), void *ctx)
{
    GrMasks *m = q->w->m;
    GrConfig start;
    uint64_t before = memory_of(m);
    GR_TRY(gr_vec_reserve(q->w->env, &q->log, FAKE_KEY + 1));
    q->run.log = q->log.at;
    q->run.log_len = FAKE_KEY + 1;
    GR_TRY(gr_run_start(&q->run, &start));
    GR_TRY(add(q, &start));
    for (uint32_t i = 0; i < q->at.n; i++) {
        const Leaf *leaf;
        GrMasksStats s;
        q->w->env->steps = 0; /* each mask has a budget of its own */
        gram_status status = gr_mask_leaf(q->w, &q->at.at[i], &leaf);
        if (status == GRAM_OK) status = add_next(q, i);
        if (status == GRAM_E_MEMORY) return status;
        /* a limit, or items whose texts, made up, no machine can read */
        if (status != GRAM_OK) continue;
        gr_masks_stats(m, &s);
        if (memory_of(m) - before >= max_bytes) break;
        if (progress != NULL && i % 64 == 0 &&
            !progress(ctx, s.masks, s.mask_bytes))
            break;
    }
    return GRAM_OK;
}

gram_status gr_masks_precompute(GrMasks *m, GrWork *w, size_t max_bytes,
                                int (*progress)(void *ctx, uint64_t masks,
                                                uint64_t bytes),
                                void *ctx, uint64_t *n)
{
    Queue q = {.w = w};
    uint64_t before = leaves_of(m);
    q.run = (GrRun){.pda = m->pda, .env = w->env, .arena = &q.arena};
    gr_intern_init(&q.known);
    gram_status status = run(&q, max_bytes, progress, ctx);
    *n = leaves_of(m) - before;
    gr_arena_clear(w->env, &q.arena);
    gr_vec_clear(w->env, &q.log);
    gr_vec_clear(w->env, &q.at);
    gr_intern_clear(w->env, &q.known);
    return status;
}
