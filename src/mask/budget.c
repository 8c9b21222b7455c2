/* The tokens after which a text can still end within a budget of tokens.
 *
 * An exact walk that asks, where a token ends, for the length of the plan
 * from there (pda/plan.c).  No mask is memoized, since plans depend on
 * registers and keys; but tokens that land alike share one plan:
 *
 *     state, registers, and a stack that was there before  ->  answer
 *
 * What a token spells may count, too: a key or an item of a string that
 * begins like one which is there already, and keys of a byte.  Those are
 * asked about one by one.
 *
 * Inside a string nearly all tokens are plain characters, and lead back to
 * where they began.  They have one answer (budget_plain.c), and what is
 * walked is the trie of the others (rough.c).
 *
 * Cost: a walk over the living part of the trie, and a plan for every
 * landing that was not met before. */
#include "mask/budget.h"

static uint32_t flags_of(const Walk *k, const GrConfig *c)
{
    return gr_pda_get_state(k->run.pda, c->state)->flags;
}

/* --- texts ---------------------------------------------------------------- */

/* Plans look for keys that they make up, too. */
static bool is_rival_key(const Walk *k, const GrConfig *c, uint64_t to)
{
    const Budget *b = k->ctx;
    const char *raw = k->run.log + c->key_at;
    size_t len = (size_t)(to - c->key_at);
    return gr_seen_rival(c->stack->level.seen, raw, len) ||
           gr_plan_seeks(b->plan, raw, len);
}

bool gr_budget_rival(const Walk *k, const GrConfig *c, uint32_t len)
{
    const GrLevel *l = c->stack ? &c->stack->level : NULL;
    uint32_t flags = flags_of(k, c);
    uint64_t to = k->path_at + len, at = 0;
    if (l != NULL && flags & GR_STATE_KEY) return is_rival_key(k, c, to);
    if (l == NULL || l->seen == NULL) return false;
    if (!(flags & GR_STATE_QUOTED) || l->item == 0) return false;
    at = (uint64_t)l->reg[l->item] - 1;
    return at < to && k->run.log[at] == '"' &&
           gr_seen_string(l->seen, k->run.log + at, (size_t)(to - at));
}

bool gr_budget_brief(const Walk *k, const GrConfig *c, uint32_t len)
{
    uint64_t to = k->path_at + len, at = c->key_at;
    return (flags_of(k, c) & GR_STATE_KEY) &&
           gr_key_is_brief(k->run.log + at, (size_t)(to - at));
}

/* --- landings ------------------------------------------------------------- */

/* Pointers tell configurations apart only where nothing of them was made by
 * the walk. */
static bool is_old(const GrConfig *from, const GrConfig *c)
{
    const GrSeen *seen = from->level.seen;
    const GrNode *n = from->stack;
    for (; n != NULL && n->depth >= c->depth; n = n->below)
        seen = n->level.seen;
    return c->stack == n && c->level.seen == seen;
}

/* Did the plan read what two landings alike may differ in? */
static bool depends(const Walk *k, const GrConfig *c, uint8_t read)
{
    uint32_t text = GR_READ_ITEMS | GR_READ_PLACE;
    if (flags_of(k, c) & GR_STATE_KEY) text |= GR_READ_TEXTS;
    return read & text;
}

static Landing *landing_of(Budget *b, const GrConfig *c)
{
    uint32_t at = c->state.v ^ c->level.reg[0] << 3 ^ c->depth << 5;
    return &b->at[at % LANDINGS];
}

static bool is_same(const Landing *l, const GrConfig *c)
{
    return l->used && l->c.state.v == c->state.v && l->c.stack == c->stack &&
           l->c.level.item == c->level.item &&
           memcmp(l->c.level.reg, c->level.reg, sizeof c->level.reg) == 0;
}

/* The token's text is the path to it. */
gram_status gr_budget_ask(Walk *k, const GrConfig *c, uint32_t len, bool *cheap)
{
    Budget *b = k->ctx;
    uint64_t tokens;
    GR_TRY(gr_plan_tokens(b->plan, c, k->path, len, b->tokens, &tokens));
    *cheap = tokens <= b->tokens;
    return GRAM_OK;
}

gram_status gr_budget_answer(Walk *k, const GrConfig *c, uint32_t len,
                             bool *cheap, const Landing **kept)
{
    Budget *b = k->ctx;
    Landing *l = landing_of(b, c);
    bool brief = gr_budget_brief(k, c, len), same = is_same(l, c);
    *kept = NULL;
    if (!is_old(b->from, c) || gr_budget_rival(k, c, len) ||
        (same && brief && l->brief))
        return gr_budget_ask(k, c, len, cheap);
    if (!same) {
        GR_TRY(gr_budget_ask(k, c, len, cheap));
        uint8_t read = gr_plan_read(b->plan);
        if (depends(k, c, read) || gr_budget_rival(k, c, len)) return GRAM_OK;
        if (brief && read & GR_READ_BRIEF) return GRAM_OK;
        *l = (Landing){*c, true, *cheap, read & GR_READ_BRIEF};
    }
    *cheap = l->cheap;
    *kept = l;
    return GRAM_OK;
}

/* --- the walk ------------------------------------------------------------- */

static gram_status put(Walk *k, uint32_t node)
{
    const Budget *b = k->ctx;
    if (b->part == PART_ROUGH) node = k->w->m->tables->rough.from[node];
    return gr_row_put_node(k->w, node, true);
}

static bool is_part(const Walk *k, uint32_t node)
{
    const Budget *b = k->ctx;
    const uint32_t *plain = k->w->m->tables->plain->all.row;
    return b->part != PART_PLAIN ||
           gr_bit_get(plain, gr_trie_token(&k->trie.node[node]));
}

/* Most tokens that stay inside a string come to one state, and change nothing
 * else.  Can nothing that they spell count? */
static void note_last(Walk *k, const GrConfig *c, const Landing *l)
{
    Budget *b = k->ctx;
    b->is_last = !l->brief && (c->key_at <= k->path_at) &&
                 !gr_budget_rival(k, c, b->before);
    b->last = c->state;
    b->last_cheap = l->cheap;
}

static gram_status put_if_cheap(Walk *k, uint32_t node, StateId s,
                                uint32_t base)
{
    Budget *b = k->ctx;
    const Landing *kept;
    uint32_t len = b->before + k->w->levels.n;
    bool cheap = b->last_cheap;
    if (!is_part(k, node)) return GRAM_OK;
    if (base != 0 || !b->is_last || b->last.v != s.v) {
        GrConfig c = k->w->bases.at[base].config;
        c.state = s;
        GR_TRY(gr_budget_answer(k, &c, len, &cheap, &kept));
        b->is_last = false;
        if (base == 0 && kept != NULL) note_last(k, &c, kept);
    }
    return cheap ? put(k, node) : GRAM_OK;
}

static gram_status put_text(Walk *k, const GrConfig *c)
{
    Budget *b = k->ctx;
    const Rough *rough = &k->w->m->tables->rough;
    b->part = PART_ALL;
    if (flags_of(k, c) & (GR_STATE_KEY | GR_STATE_QUOTED)) {
        b->part = PART_PLAIN;
        GR_TRY(gr_budget_plain(k, c));
        b->part = PART_ROUGH;
        k->trie = (Trie){rough->node, rough->root};
    } else {
        GR_TRY(gr_row_load_base(k->w, BASE_EMPTY));
    }
    b->before = 0;
    b->is_last = false;
    return gr_walk_all(k, c);
}

static gram_status is_cheap(Walk *k, const GrConfig *c, bool *put)
{
    return gr_budget_ask(k, c, 0, put);
}

/* Into the row of the work space. */
static gram_status put_cheap(GrWork *w, GrPlan *plan, const GrConfig *c,
                             GrText *log, uint64_t budget)
{
    Budget b = {.plan = plan, .from = c, .tokens = budget};
    Walk k;
    bool may;
    gr_work_begin(w);
    GR_TRY(gr_walk_exact(&k, w, log));
    k.run.log_len = log->n;
    k.emit = put_if_cheap;
    k.ctx = &b;
    GR_TRY(put_text(&k, c));
    k.run.log_len = log->n;
    GR_TRY(gr_run_end(&k.run, c, &may));
    GR_TRY(gr_row_put_ends(w, may));
    GR_TRY(gr_row_put_taken(&k, c, is_cheap));
    if (w->n == 0 && w->limited)
        return gr_fail(w->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "every continuation meets a limit");
    return GRAM_OK;
}

gram_status gr_mask_budget(GrMasks *m, GrWork *w, GrPlan *plan,
                           const GrConfig *c, GrText *log, uint64_t budget,
                           uint32_t *row)
{
    GR_TRY(put_cheap(w, plan, c, log, budget));
    memcpy(row, w->row, (size_t)m->v->mask_words * sizeof *row);
    return GRAM_OK;
}

/* Any plan will do, but there has to be one. */
gram_status gr_mask_spelled(GrMasks *m, GrWork *w, GrPlan *plan,
                            const GrConfig *c, GrText *log, bool keep,
                            GrMaskView *out)
{
    GR_TRY(put_cheap(w, plan, c, log, UINT64_MAX - 1));
    gr_row_settle(w);
    *out = (GrMaskView){w->row, 0, w->n};
    if (!keep || m->flags & GR_MASK_NO_MEMO) return GRAM_OK;
    return gr_mask_keep_exact(w, out);
}
