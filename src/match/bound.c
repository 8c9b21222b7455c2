/* What a completion costs, and masks that leave room for one.
 *
 * A plan (pda/plan.c) is one completion of what was written, spelled in tokens;
 * its length is the bound.  A mask for a budget has the tokens behind which
 * some plan still fits (mask/budget.c).  The plan is kept by the matcher, so
 * that the next call goes on with it.
 *
 * Where some byte is no token of its own, a text may be alive byte by byte and
 * still not be spelled by tokens.  Then all masks are of this kind, with room
 * for any plan, and a token is accepted if a plan is found behind it. */
#include "match/match_int.h"

/* What plans ask of a vocabulary. */
static uint32_t token_lengths(const void *ctx, const char *text, size_t len)
{
    return gr_vocab_prefixes(ctx, text, len);
}

static uint32_t spell(const void *ctx, uint32_t from, uint8_t byte, bool *ends)
{
    const GrVocab *v = ctx;
    return gr_spelling_step(v->spelling, from, byte, ends);
}

static bool token_text(const void *ctx, uint32_t id, const char **text,
                       uint32_t *len)
{
    const GrVocab *v = ctx;
    bool is_text = gr_vocab_is_text(v, id);
    *text = is_text ? gr_vocab_bytes(v, id, len) : NULL;
    if (!is_text) *len = 0;
    return id < v->width;
}

/* The matcher's own plans, or where bytes are missing those of all. */
static gram_status find_plan(GrMatcher *m, GrPlan **plan)
{
    const GrVocab *v = m->v;
    GrPlanTokens tokens = {.ctx = v,
                           .n = v->n_tokens,
                           .lengths = token_lengths,
                           .spell = m->spells ? spell : NULL,
                           .text = token_text};
    if (m->spells) return gr_masks_enter_plan(m->masks, &tokens, &m->env, plan);
    gram_status status = GRAM_OK;
    if (m->plan == NULL)
        status = gr_plan_new(m->run.pda, &m->env, &tokens, &m->plan);
    *plan = m->plan;
    return status;
}

static gram_status end_plan(GrMatcher *m, gram_status status)
{
    if (m->spells) gr_masks_leave_plan(m->masks, &m->env, status);
    return status;
}

/* Plans from the present configuration on; to be ended even where it fails. */
static gram_status begin_plan(GrMatcher *m, GrPlan **plan)
{
    GR_TRY(find_plan(m, plan));
    GrRun run = m->run;
    run.log = m->log.at;
    run.log_len = m->log.n;
    return gr_plan_begin(*plan, &run, gr_match_config(m));
}

/* A plan gives the length of one completion, which is the bound. */
static gram_status plan(GrMatcher *m, uint64_t *tokens)
{
    GrPlan *p;
    gram_status status = begin_plan(m, &p);
    if (status == GRAM_OK)
        status = gr_plan_tokens(p, &m->config, NULL, 0, UINT64_MAX, tokens);
    return end_plan(m, status);
}

gram_status gr_match_alive(GrMatcher *m)
{
    uint64_t tokens;
    if (!m->spells) return GRAM_OK;
    GR_TRY(plan(m, &tokens));
    return tokens == UINT64_MAX ? GRAM_E_REFUSED : GRAM_OK;
}

/* At the start, or where bytes were accepted that were no tokens. */
static gram_status stuck(GrMatcher *m)
{
    return gr_fail(&m->env, GRAM_E_EMPTY, GR_NOWHERE,
                   "no end was found that the tokens of the vocabulary, which "
                   "lacks single bytes, can spell");
}

gram_status gr_matcher_is_stuck(GrMatcher *m)
{
    gr_match_begin(m);
    gram_status status = gr_match_alive(m);
    return gr_match_end(m, status == GRAM_E_REFUSED ? stuck(m) : status);
}

static gram_status bound(GrMatcher *m, uint64_t *tokens)
{
    GR_TRY(plan(m, tokens));
    if (*tokens == UINT64_MAX && m->spells) return stuck(m);
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
    GrPlan *p;
    gram_status status = begin_plan(m, &p);
    if (status == GRAM_OK)
        status = gr_mask_budget(m->masks, m->work, p, gr_match_config(m),
                                &m->log, budget, row);
    return gr_match_end(m, end_plan(m, status));
}

gram_status gr_match_spelled(GrMatcher *m, GrMaskView *out)
{
    bool may;
    GrPlan *p;
    gram_status status = begin_plan(m, &p);
    if (status == GRAM_OK)
        status = gr_mask_spelled(m->masks, m->work, p, gr_match_config(m),
                                 &m->log, m->place.v != 0, out);
    GR_TRY(end_plan(m, status));
    if (out->n > 0) return GRAM_OK;
    GR_TRY(gr_match_may_end(m, &may));
    return may ? GRAM_OK : stuck(m);
}
