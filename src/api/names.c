/* What a grammar may ask about the tokens of its vocabulary. Grammars name
 * tokens by id, `<[7]>`, or by text, `<think>`.  The front ends know no
 * vocabulary: they are given these two functions (grammar.h). */
#include "api/api.h"

/* Past the width of the logits, or in a gap, no token can be drawn. */
static bool exists(const void *ctx, uint32_t id, bool *is_text)
{
    const GrVocab *v = ((const gram_vocab *)ctx)->v;
    *is_text = gr_vocab_is_text(v, id);
    return id < v->n_tokens && id < v->width && v->kind[id] != GR_TOKEN_GAP;
}

/* A special token by its name; else what the tokenizer makes of the text. Room
 * for two ids is enough to know that there is more than one: the encoder then
 * refuses for lack of room, and no token is found.  Only memory is an error. */
static gram_status find(const void *ctx, GrEnv *env, const char *text,
                        size_t len, uint32_t *id)
{
    const gram_vocab *h = ctx;
    uint32_t ids[2];
    size_t n = 0;
    gram_error own;
    bool is_text;
    *id = gr_vocab_named(h->v, text, len);
    if (*id == UINT32_MAX) {
        gram_status status = gram_vocab_encode(h, text, len, ids, 2, &n, &own);
        if (status == GRAM_E_MEMORY)
            return gr_fail(env, status, GR_NOWHERE, "%s", own.message);
        if (status == GRAM_OK && n == 1) *id = ids[0];
    }
    if (*id != UINT32_MAX && !exists(ctx, *id, &is_text)) *id = UINT32_MAX;
    return gr_step(env, len);
}

GrTokenNames gr_vocab_token_names(const gram_vocab *v)
{
    return (GrTokenNames){v, v->v->n_text, exists, find};
}
