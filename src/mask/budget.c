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
 * In a key the token's text may count, too: keys of a byte, and those that
 * begin like one that the object has, are asked about one by one.
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
    bool key;       /* a key is open */
    bool has_rival; /* a key that was there begins like it */
    bool is_long;   /* it is no brief one, nor has it a rival */
    uint64_t tokens;
    Landing at[LANDINGS];
    /* The last of these, over the first base. */
    StateId last;
    bool is_last, last_cheap;
} Budget;

static bool in_key(const Walk *k, const GrConfig *c)
{
    return gr_pda_get_state(k->run.pda, c->state)->flags & GR_STATE_KEY;
}

/* May what the open key is matter, the log being `len` bytes long? */
static bool is_special(const Walk *k, const Budget *b, uint64_t len)
{
    const char *raw = k->run.log + b->from->key_at;
    size_t n = (size_t)(len - b->from->key_at);
    return gr_key_is_brief(raw, n) ||
           (b->has_rival && gr_seen_rival(b->from->stack->level.seen, raw, n));
}

/* Pointers tell configurations apart only where nothing of them was made by
 * the walk. */
static bool can_keep(const Walk *k, const Budget *b, const GrConfig *c,
                     uint32_t len)
{
    if (c->stack != b->from->stack || c->level.seen != b->from->level.seen)
        return false;
    return !b->key || b->is_long || !is_special(k, b, k->path_at + len);
}

static void look_at_key(const Walk *k, Budget *b, const GrText *log)
{
    const GrConfig *c = b->from;
    b->key = in_key(k, c) && c->stack != NULL;
    if (!b->key) return;
    b->has_rival = gr_seen_rival(c->stack->level.seen, log->at + c->key_at,
                                 (size_t)(log->n - c->key_at));
    b->is_long = !is_special(k, b, log->n);
}

/* Did the plan read what two landings alike may differ in? */
static bool depends(const Walk *k, const GrConfig *c, uint8_t read)
{
    uint32_t text = GR_READ_ITEMS | GR_READ_PLACE;
    if (in_key(k, c)) text |= GR_READ_KEYS;
    return read & text;
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

static gram_status ask(Walk *k, const char *text, uint32_t len,
                       const GrConfig *c, bool *cheap)
{
    Budget *b = k->ctx;
    uint64_t tokens;
    GR_TRY(gr_plan_tokens(b->plan, c, text, len, b->tokens, &tokens));
    *cheap = tokens <= b->tokens;
    return GRAM_OK;
}

/* Most tokens that stay inside a string come to one state, and change
 * nothing else. */
static bool is_last(const Walk *k, const Budget *b, StateId s, uint32_t base,
                    uint32_t len)
{
    if (base != 0 || !b->is_last || b->last.v != s.v) return false;
    return !b->key || b->is_long || !is_special(k, b, k->path_at + len);
}

/* The token's text is the path to it. */
static gram_status put_if_cheap(Walk *k, uint32_t node, StateId s,
                                uint32_t base)
{
    Budget *b = k->ctx;
    const char *text = k->path;
    uint32_t len = k->w->levels.n;
    if (is_last(k, b, s, base, len))
        return b->last_cheap ? gr_row_put_node(k->w, node, true) : GRAM_OK;
    GrConfig c = k->w->bases.at[base].config;
    c.state = s;
    if (!can_keep(k, b, &c, len)) {
        bool cheap;
        GR_TRY(ask(k, text, len, &c, &cheap));
        return cheap ? gr_row_put_node(k->w, node, true) : GRAM_OK;
    }
    Landing *l = landing_of(b, &c);
    if (!is_same(l, &c)) {
        l->used = false;
        GR_TRY(ask(k, text, len, &c, &l->cheap));
        l->c = c;
        l->used = !depends(k, &c, gr_plan_read(b->plan));
    }
    b->is_last = base == 0 && l->used;
    b->last = s;
    b->last_cheap = l->cheap;
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
    look_at_key(&k, &b, log);
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
