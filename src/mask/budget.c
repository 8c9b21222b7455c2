/* The tokens after which a text can still end within a budget of tokens.
 *
 * An exact walk over the whole trie that asks, where a token ends, for the
 * length of the plan from there (pda/plan.c).  No mask is memoized, since
 * plans depend on registers and keys; but tokens that land alike share one
 * plan, and most of them are told apart here already: all that stay inside a
 * string come to one state over the configuration that the walk began with.
 *
 *     state over a base that is as it was   ->  answer
 *
 * Cost: a walk over the living part of the trie, and a plan for every
 * landing that was not met before. */
#include "mask/mask_int.h"

enum { LANDINGS = 64 };

/* Where tokens have landed, their stack and keys being those of the start. */
typedef struct Landing {
    GrConfig c;
    bool used, cheap;
} Landing;

typedef struct Budget {
    GrPlan *plan;
    const GrConfig *from;
    bool has_rival; /* a key without a number begins like the open one */
    uint64_t tokens;
    Landing at[LANDINGS];
} Budget;

/* Pointers tell configurations apart only where nothing of them was made by
 * the walk; in a key the token's text may count, too. */
static bool can_keep(const Walk *k, const Budget *b, const GrConfig *c)
{
    bool key = gr_pda_get_state(k->run.pda, c->state)->flags & GR_STATE_KEY;
    return c->stack == b->from->stack && c->level.seen == b->from->level.seen &&
           !(key && b->has_rival);
}

static bool has_rival(const Walk *k, const GrConfig *c, const GrText *log)
{
    bool key = gr_pda_get_state(k->run.pda, c->state)->flags & GR_STATE_KEY;
    size_t at = key ? (size_t)c->key_at : log->n;
    return c->stack != NULL &&
           gr_seen_other(c->stack->level.seen, log->at + at, log->n - at);
}

static Landing *landing_of(Budget *b, const GrConfig *c)
{
    return &b->at[(c->state.v ^ c->level.reg[0] << 3) % LANDINGS];
}

static bool is_same(const Landing *l, const GrConfig *c)
{
    return l->used && l->c.state.v == c->state.v &&
           memcmp(l->c.level.reg, c->level.reg, sizeof c->level.reg) == 0;
}

static gram_status ask(Walk *k, uint32_t node, const GrConfig *c, bool *cheap)
{
    Budget *b = k->ctx;
    uint32_t token, len;
    uint64_t tokens;
    const char *text = gr_walk_bytes(k, node, &token, &len);
    GR_TRY(gr_plan_tokens(b->plan, c, text, len, b->tokens, &tokens));
    *cheap = tokens <= b->tokens;
    return GRAM_OK;
}

static gram_status put_if_cheap(Walk *k, uint32_t node, StateId s,
                                uint32_t base)
{
    Budget *b = k->ctx;
    GrConfig c = k->w->bases.at[base].config;
    c.state = s;
    if (!can_keep(k, b, &c)) {
        bool cheap;
        GR_TRY(ask(k, node, &c, &cheap));
        return cheap ? gr_row_put_node(k->w, node, true) : GRAM_OK;
    }
    Landing *l = landing_of(b, &c);
    if (!is_same(l, &c)) {
        l->used = false;
        GR_TRY(ask(k, node, &c, &l->cheap));
        l->c = c;
        l->used = !gr_plan_read(b->plan);
    }
    return l->cheap ? gr_row_put_node(k->w, node, true) : GRAM_OK;
}

static gram_status is_cheap(Walk *k, const GrConfig *c, bool *put)
{
    Budget *b = k->ctx;
    uint64_t tokens;
    GR_TRY(gr_plan_tokens(b->plan, c, NULL, 0, b->tokens, &tokens));
    *put = tokens <= b->tokens;
    return GRAM_OK;
}

gram_status gr_mask_budget(GrMasks *m, GrWork *w, GrPlan *plan,
                           const GrConfig *c, GrText *log, uint64_t budget,
                           uint32_t *row)
{
    Budget b = {.plan = plan, .from = c, .tokens = budget};
    Walk k;
    bool may;
    GR_TRY(gr_walk_exact(&k, w, log));
    b.has_rival = has_rival(&k, c, log);
    k.run.log_len = log->n;
    k.emit = put_if_cheap;
    k.ctx = &b;
    GR_TRY(gr_row_load_base(w, BASE_EMPTY));
    GR_TRY(gr_walk_all(&k, c));
    k.run.log_len = log->n;
    GR_TRY(gr_run_end(&k.run, c, &may));
    GR_TRY(gr_row_put_ends(w, may));
    GR_TRY(gr_row_put_taken(&k, c, is_cheap));
    memcpy(row, w->row, (size_t)m->v->mask_words * sizeof *row);
    return GRAM_OK;
}
