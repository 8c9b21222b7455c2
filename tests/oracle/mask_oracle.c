/* The mask oracle: see mask_oracle.h. */
#include "oracle/mask_oracle.h"

gram_status mask_oracle_init(MaskOracle *o, GrMasks *masks)
{
    memset(o, 0, sizeof *o);
    gr_env_init(&o->env, NULL, 0, 0);
    o->env.max_steps = UINT64_MAX;
    o->masks = masks;
    o->row = gr_zalloc(&o->env, gr_masks_vocab(masks)->mask_words + 1, 4);
    return o->row ? GRAM_OK : GRAM_E_MEMORY;
}

void mask_oracle_clear(MaskOracle *o)
{
    gr_free(&o->env, o->row,
            ((size_t)gr_masks_vocab(o->masks)->mask_words + 1) * 4);
    gr_vec_clear(&o->env, &o->log);
    gr_arena_clear(&o->env, &o->arena);
}

static bool allows(MaskOracle *o, const GrConfig *from, uint32_t len,
                   uint32_t token)
{
    uint32_t n;
    GrConfig c = *from;
    GrRun run = {
        .pda = gr_masks_pda(o->masks), .env = &o->env, .arena = &o->arena};
    const char *bytes = gr_vocab_bytes(gr_masks_vocab(o->masks), token, &n);
    o->log.n = len; /* before room for the token is asked for */
    gram_status status = gr_vec_reserve(&o->env, &o->log, n);
    run.log = o->log.at;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++) {
        o->log.at[o->log.n++] = bytes[i];
        run.log_len = o->log.n;
        status = gr_run_byte(&run, &c, (uint8_t)bytes[i]);
    }
    return status == GRAM_OK;
}

static void fill(MaskOracle *o, const GrConfig *c, const char *log, size_t len)
{
    const GrVocab *v = gr_masks_vocab(o->masks);
    GrRun run = {.pda = gr_masks_pda(o->masks),
                 .env = &o->env,
                 .arena = &o->arena,
                 .log = log,
                 .log_len = len};
    bool may = false;
    memset(o->row, 0, (size_t)v->mask_words * sizeof *o->row);
    o->log.n = 0;
    if (gr_vec_reserve(&o->env, &o->log, len + 1) != GRAM_OK) return;
    if (len > 0) memcpy(o->log.at, log, len);
    for (uint32_t t = 0; t < v->n_tokens; t++)
        if (gr_vocab_is_text(v, t) && allows(o, c, (uint32_t)len, t))
            gr_bit_set(o->row, t);
    gr_run_end(&run, c, &may);
    for (uint32_t i = 0; i < v->n_end && may; i++)
        gr_bit_set(o->row, v->end[i]);
    gr_arena_clear(&o->env, &o->arena);
}

uint32_t mask_oracle_compare(MaskOracle *o, const GrConfig *c, const char *log,
                             size_t len, const uint32_t *row, uint32_t *first)
{
    uint32_t wrong = 0, words = gr_masks_vocab(o->masks)->mask_words;
    fill(o, c, log, len);
    if (o->fault != 0)
        o->row[(o->fault - 1) >> 5] ^= 1u << ((o->fault - 1) & 31);
    for (uint32_t i = 0; i < words; i++) {
        uint32_t differ = o->row[i] ^ row[i];
        if (differ != 0 && wrong == 0 && first != NULL)
            *first = i * 32 + (uint32_t)__builtin_ctz(differ);
        wrong += gr_bit_count(&differ, 1);
    }
    return wrong;
}
