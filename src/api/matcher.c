/* Matcher handles. */
#include "api/api.h"

gram_status gram_matcher_new(gram_grammar *g, gram_matcher **out,
                             gram_error *error)
{
    GrEnv env = {.error = error};
    if (g == NULL || out == NULL)
        return gr_fail(&env, GRAM_E_ARGUMENT, GR_NOWHERE, "a pointer is NULL");
    gr_env_init(&env, &g->env.alloc, g->max_memory, 0);
    env.error = error;
    gram_matcher *h = gr_zalloc(&env, 1, sizeof *h);
    if (h == NULL) return GRAM_E_MEMORY;
    gram_status status =
        gr_matcher_new(g->masks, &env.alloc, g->max_memory, error, &h->m);
    if (status != GRAM_OK) {
        gr_free(&env, h, sizeof *h);
        return status;
    }
    h->g = gram_grammar_share(g);
    *out = h;
    return GRAM_OK;
}

void gram_matcher_free(gram_matcher *h)
{
    if (h == NULL) return;
    gram_grammar *g = h->g;
    gr_matcher_free(h->m);
    g->env.alloc.resize(g->env.alloc.ctx, h, sizeof *h, 0);
    gram_grammar_free(g);
}

void gram_matcher_reset(gram_matcher *h)
{
    if (h != NULL) gr_matcher_reset(h->m);
}

gram_status gram_matcher_fork(const gram_matcher *h, gram_matcher **out)
{
    if (h == NULL || out == NULL) return GRAM_E_ARGUMENT;
    gram_allocator *alloc = &h->g->env.alloc;
    gram_matcher *copy = alloc->resize(alloc->ctx, NULL, 0, sizeof *copy);
    if (copy == NULL) return GRAM_E_MEMORY;
    *copy = (gram_matcher){.g = h->g};
    gram_status status = gr_matcher_fork(h->m, &copy->m);
    if (status != GRAM_OK) {
        alloc->resize(alloc->ctx, copy, sizeof *copy, 0);
        return status;
    }
    gram_grammar_share(copy->g);
    *out = copy;
    return GRAM_OK;
}

/* --- masks ---------------------------------------------------------------- */

static size_t row_words(const gram_matcher *h)
{
    return h->g->vocab->v->mask_words;
}

/* Masks without an id are taken for new. */
static gram_status get_mask(gram_matcher *h)
{
    uint32_t before = h->view.id;
    h->view = (GrMaskView){0};
    h->unchanged = false;
    gram_status status = gr_matcher_mask(h->m, &h->view);
    if (status != GRAM_OK)
        h->view = (GrMaskView){0};
    else
        h->unchanged = before != 0 && h->view.id == before;
    return status;
}

gram_status gram_matcher_mask(gram_matcher *h, uint32_t *mask, size_t words)
{
    if (h == NULL || mask == NULL || words < row_words(h))
        return GRAM_E_ARGUMENT;
    GR_TRY(get_mask(h));
    memcpy(mask, h->view.row, row_words(h) * sizeof *mask);
    memset(mask + row_words(h), 0, (words - row_words(h)) * sizeof *mask);
    return GRAM_OK;
}

gram_status gram_matcher_mask_view(gram_matcher *h, const uint32_t **row,
                                   uint32_t *id)
{
    if (h == NULL || row == NULL) return GRAM_E_ARGUMENT;
    GR_TRY(get_mask(h));
    *row = h->view.row;
    if (id != NULL) *id = h->view.id;
    return GRAM_OK;
}

uint32_t gram_matcher_mask_facts(const gram_matcher *h, uint32_t *count)
{
    bool known = h != NULL && h->view.row != NULL;
    if (count != NULL) *count = known ? h->view.n : 0;
    if (!known) return 0;
    uint32_t facts = h->unchanged ? GRAM_MASK_UNCHANGED : 0;
    if (h->view.n == h->g->vocab->v->n_tokens) facts |= GRAM_MASK_ALL;
    return facts;
}

gram_status gram_matcher_mask_budget(gram_matcher *h, uint64_t budget,
                                     uint32_t *mask, size_t words)
{
    if (h == NULL || mask == NULL || words < row_words(h))
        return GRAM_E_ARGUMENT;
    GR_TRY(gr_matcher_mask_budget(h->m, budget, mask));
    memset(mask + row_words(h), 0, (words - row_words(h)) * sizeof *mask);
    return GRAM_OK;
}

gram_status gram_apply_mask(void *logits, gram_logits type, size_t width,
                            size_t rows, size_t stride, const uint32_t *masks,
                            size_t words)
{
    size_t each = type == GRAM_LOGITS_F32 ? 4 : 2;
    if (stride == 0) stride = width;
    if (rows == 0 || width == 0) return GRAM_OK;
    if (logits == NULL || (masks == NULL && words > 0) || stride < width ||
        (uint32_t)type > GRAM_LOGITS_BF16 || words > UINT32_MAX)
        return GRAM_E_ARGUMENT;
    for (size_t r = 0; r < rows; r++)
        gr_mask_apply(NULL, (char *)logits + r * stride * each, type, width,
                      words ? masks + r * words : masks, (uint32_t)words);
    return GRAM_OK;
}

/* --- accepting ------------------------------------------------------------ */

gram_status gram_matcher_accept(gram_matcher *h, uint32_t token)
{
    return h ? gr_matcher_accept(h->m, token) : GRAM_E_ARGUMENT;
}

gram_status gram_matcher_check(gram_matcher *h, uint32_t token)
{
    return h ? gr_matcher_check(h->m, token) : GRAM_E_ARGUMENT;
}

gram_status gram_matcher_accept_bytes(gram_matcher *h, const char *bytes,
                                      size_t len, size_t *refused_at)
{
    if (h == NULL || (bytes == NULL && len > 0) || len > UINT32_MAX / 2)
        return GRAM_E_ARGUMENT;
    return gr_matcher_accept_bytes(h->m, bytes ? bytes : "", len, refused_at);
}

int gram_matcher_may_stop(gram_matcher *h)
{
    bool may;
    return h != NULL && gr_matcher_may_stop(h->m, &may) == GRAM_OK && may;
}

int gram_matcher_is_terminated(const gram_matcher *h)
{
    return h != NULL && gr_matcher_is_terminated(h->m);
}

gram_status gram_matcher_rollback(gram_matcher *h, size_t n)
{
    return h ? gr_matcher_rollback(h->m, n) : GRAM_E_ARGUMENT;
}

size_t gram_matcher_n_accepted(const gram_matcher *h)
{
    return h ? gr_matcher_n_accepted(h->m) : 0;
}

gram_status gram_matcher_completion_bound(gram_matcher *h, uint64_t *tokens)
{
    if (h == NULL || tokens == NULL) return GRAM_E_ARGUMENT;
    return gr_matcher_bound(h->m, tokens);
}

const gram_error *gram_matcher_error(const gram_matcher *h)
{
    return h ? gr_matcher_error(h->m) : NULL;
}
