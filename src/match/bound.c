/* What a completion costs, and masks that leave room for one.
 *
 * A plan (pda/plan.c) is one completion of what was written, spelled in tokens;
 * its length is the bound.  A mask for a budget has the tokens behind which
 * some plan still fits (mask/budget.c).  The plan is kept by the matcher, so
 * that the next call goes on with it.
 *
 * Both need a vocabulary in which each byte of UTF-8 is a token. */
#include "match/match_int.h"

/* Bytes of UTF-8 text: any text can be spelled where each has a token of its
 * own. */
static bool has_all_bytes(const GrVocab *v)
{
    for (uint32_t b = 0x20; b < 0xF5; b++)
        if (b != 0x7F && b != 0xC0 && b != 0xC1 && !gr_bit_get(v->alone, b))
            return false;
    return true;
}

/* Else a completion that is short in bytes might not be had in tokens. */
static gram_status need_all_bytes(GrMatcher *m)
{
    if (has_all_bytes(m->v)) return GRAM_OK;
    return gr_fail(&m->env, GRAM_E_UNSUPPORTED, GR_NOWHERE,
                   "a byte without a token of its own: no bound in tokens");
}

/* What plans ask of a vocabulary: which beginnings of a text are tokens. */
static uint32_t token_lengths(const void *ctx, const char *text, size_t len)
{
    return gr_vocab_prefixes(ctx, text, len);
}

/* Plans from the present configuration on. */
static gram_status begin_plan(GrMatcher *m)
{
    GR_TRY(need_all_bytes(m));
    if (m->plan == NULL)
        GR_TRY(gr_plan_new(m->run.pda, &m->env, token_lengths, m->v, &m->plan));
    GrRun run = m->run;
    run.log = m->log.at;
    run.log_len = m->log.n;
    return gr_plan_begin(m->plan, &run, gr_match_config(m));
}

/* A plan gives the length of one completion, which is the bound. */
static gram_status bound(GrMatcher *m, uint64_t *tokens)
{
    GR_TRY(begin_plan(m));
    GR_TRY(gr_plan_tokens(m->plan, &m->config, NULL, 0, UINT64_MAX, tokens));
    if (*tokens == UINT64_MAX)
        return gr_fail(&m->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "the completion is longer than can be counted");
    return GRAM_OK;
}

/* Behind an end token nothing is left to be written. */
gram_status gr_matcher_bound(GrMatcher *m, uint64_t *tokens)
{
    gr_match_begin(m);
    if (m->terminated) {
        *tokens = 0;
        return GRAM_OK;
    }
    return gr_match_end(m, bound(m, tokens));
}

/* Made afresh in each call: what a budget allows depends on the number. */
gram_status gr_matcher_mask_budget(GrMatcher *m, uint64_t budget, uint32_t *row)
{
    gr_match_begin(m);
    if (m->terminated) return gr_match_over(m);
    gram_status status = begin_plan(m);
    if (status == GRAM_OK)
        status = gr_mask_budget(m->masks, m->work, m->plan, gr_match_config(m),
                                &m->log, budget, row);
    return gr_match_end(m, status);
}
