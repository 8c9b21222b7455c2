/* What plans remember: see plan.c.
 *
 * A configuration is a set of facts, each the hash of a place and a value:
 *
 *     state            register r of level d      frame d
 *     a named key of level d      one more other key of level d
 *     the k-th item of level d: its text
 *     the text of an other key; the whole text, where items are compared
 *
 * and the sum of the hashes stands for the set.  Sums of levels that lie
 * below where the plans began are made once, so a configuration costs what
 * lies above them.  Inside a key its text so far is a fact only if an other
 * key of the object begins with it: else no key can be met again, and the
 * state says all that matters. */
#include "pda/plan_int.h"

/* Places in the table, a power of two: it grows while it fills. */
enum { KNOWN_LEAST = 1024, KNOWN_MOST = 32768 };

typedef enum Fact {
    STATE = 1,
    REGISTER,
    FRAME,
    NAMED_KEY,
    OTHER_KEY,
    OTHER_TEXT,
    ITEM,
    KEY_SO_FAR,
    WHOLE_TEXT
} Fact;

/* --- life ----------------------------------------------------------------- */

gram_status gr_plan_new(GrPda *pda, GrEnv *env, GrTokenLengths *lengths,
                        const void *ctx, GrPlan **out)
{
    GrPlan *p = gr_zalloc(env, 1, sizeof *p);
    if (p == NULL) return GRAM_E_MEMORY;
    p->run = (GrRun){.pda = pda, .env = env, .arena = &p->arena};
    p->lengths = lengths;
    p->ctx = ctx;
    p->known = gr_zalloc(env, KNOWN_LEAST, sizeof *p->known);
    if (p->known != NULL) p->n_known = KNOWN_LEAST;
    *out = p;
    return p->known == NULL ? GRAM_E_MEMORY : GRAM_OK;
}

void gr_plan_free(GrPlan *p)
{
    if (p == NULL) return;
    GrEnv *env = p->run.env;
    if (p->known) gr_free(env, p->known, p->n_known * sizeof *p->known);
    gr_vec_clear(env, &p->log);
    gr_vec_clear(env, &p->olds);
    gr_vec_clear(env, &p->path);
    gr_vec_clear(env, &p->nodes);
    gr_arena_clear(env, &p->arena);
    gr_free(env, p, sizeof *p);
}

/* --- facts ---------------------------------------------------------------- */

static void put(Facts *f, Fact fact, uint32_t depth, uint64_t value)
{
    uint64_t x = gr_mix(value + gr_mix((uint64_t)fact << 32 | depth));
    f->a += x;
    f->b += gr_mix(x ^ UINT64_C(0x9E3779B97F4A7C15));
}

static void join(Facts *f, Facts more)
{
    f->a += more.a;
    f->b += more.b;
}

/* The old level at a depth: that of a node, or the running one. */
static const GrLevel *old_level(const GrPlan *p, uint32_t depth)
{
    if (depth > p->from.depth) return NULL;
    return depth == p->from.depth ? &p->from.level : &p->old[depth].node->level;
}

static void put_seen(const GrPlan *p, uint32_t depth, const GrSeen *seen,
                     Facts *plain, Facts *text)
{
    const GrLevel *old = old_level(p, depth);
    for (; seen != NULL; seen = seen->older) {
        if (old != NULL && seen == old->seen) {
            join(plain, p->old[depth].seen_plain);
            join(text, p->old[depth].seen_text);
            return;
        }
        if (seen->is_item) {
            put(plain, ITEM, depth, seen->hash + gr_mix(seen->count));
        } else if (seen->named != UINT32_MAX) {
            put(plain, NAMED_KEY, depth, seen->named);
        } else {
            put(plain, OTHER_KEY, depth, 0);
            put(text, OTHER_TEXT, depth, seen->hash);
        }
    }
}

static void put_level(const GrPlan *p, uint32_t depth, const GrLevel *l,
                      Facts *plain, Facts *text)
{
    for (uint32_t r = 0; r < GR_REGS; r++)
        if (l->reg[r])
            put(plain, REGISTER, depth, (uint64_t)l->reg[r] << 8 | r);
    put_seen(p, depth, l->seen, plain, text);
}

static void put_node(const GrPlan *p, const GrNode *n, Facts *plain,
                     Facts *text)
{
    put(plain, FRAME, n->depth, n->frame.v);
    put_level(p, n->depth, &n->level, plain, text);
}

/* Inside a key: what it may still become, as far as its text says. */
static void put_key(const GrPlan *p, const GrConfig *c, Facts *plain)
{
    const GrSeen *seen = c->stack ? c->stack->level.seen : NULL;
    const char *raw = p->log.at + c->key_at;
    size_t len = (size_t)(p->log.n - c->key_at);
    if (gr_seen_other(seen, raw, len))
        put(plain, KEY_SO_FAR, c->depth, gr_hash(raw, len, 0));
}

static uint64_t roll_on(uint64_t roll, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        roll = (roll + (uint8_t)text[i] + 1) * UINT64_C(0xd6e8feb86659fd93);
    return roll;
}

gram_status gr_plan_facts(const GrPlan *p, const GrConfig *c, Facts facts[3])
{
    const GrNode *n = c->stack;
    Facts text = {0, 0}, *plain = &facts[0];
    *plain = (Facts){0, 0};
    put(plain, STATE, c->depth, c->state.v);
    put_level(p, c->depth, &c->level, plain, &text);
    for (; n != NULL && !gr_plan_is_old(p, n); n = n->below)
        put_node(p, n, plain, &text);
    if (n != NULL) {
        join(plain, p->old[n->depth].plain);
        join(&text, p->old[n->depth].text);
    }
    if (gr_pda_get_state(p->run.pda, c->state)->flags & GR_STATE_KEY)
        put_key(p, c, plain);
    join(&text, *plain);
    facts[1] = facts[2] = text;
    if (p->run.has_items)
        put(&facts[2], WHOLE_TEXT, 0,
            roll_on(p->roll, p->log.at + p->base, p->log.n - p->base));
    return gr_step(p->run.env, 1);
}

/* --- where plans begin ---------------------------------------------------- */

static void init_old(GrPlan *p, uint32_t depth)
{
    Old *o = &p->old[depth];
    const GrNode *n = o->node;
    const GrSeen *seen = n ? n->level.seen : p->from.level.seen;
    Facts plain = {0, 0}, text = {0, 0};
    for (; seen != NULL; seen = seen->older) {
        GrSeen one = *seen;
        one.older = NULL;
        put_seen(p, depth, &one, &plain, &text);
    }
    o->seen_plain = plain;
    o->seen_text = text;
    if (n == NULL) return;
    put_node(p, n, &o->plain, &o->text);
    if (n->below == NULL) return;
    join(&o->plain, p->old[n->below->depth].plain);
    join(&o->text, p->old[n->below->depth].text);
}

gram_status gr_plan_begin(GrPlan *p, const GrRun *run, const GrConfig *from)
{
    GrEnv *env = p->run.env;
    Old none = {0};
    p->from = *from;
    p->base = run->log_len;
    p->roll = run->has_items ? roll_on(0, run->log, run->log_len) : 0;
    p->has_items = run->has_items;
    p->log.n = p->olds.n = 0;
    for (uint32_t i = 0; i <= from->depth; i++)
        GR_TRY(gr_vec_push(env, &p->olds, none));
    p->old = p->olds.at;
    for (const GrNode *n = from->stack; n != NULL; n = n->below)
        p->old[n->depth].node = n;
    for (uint32_t i = 0; i <= from->depth; i++) init_old(p, i);
    GR_TRY(gr_vec_reserve(env, &p->log, run->log_len + 1));
    if (run->log_len) memcpy(p->log.at, run->log, run->log_len);
    return gr_step(env, from->depth);
}

gram_status gr_plan_text(GrPlan *p, const char *text, size_t len)
{
    p->log.n = (uint32_t)p->base;
    GR_TRY(gr_vec_reserve(p->run.env, &p->log, (uint64_t)len + 1));
    if (len) memcpy(p->log.at + p->base, text, len);
    p->log.n += (uint32_t)len;
    p->run.log = p->log.at;
    p->run.log_len = p->log.n;
    p->run.has_items = p->has_items;
    return GRAM_OK;
}

/* --- what is known -------------------------------------------------------- */

static Known *place_of(const GrPlan *p, Facts f)
{
    return &p->known[(f.a ^ f.a >> 32) & (p->n_known - 1)];
}

/* Which facts something is known under that has read these texts. */
static uint32_t kind_of(uint8_t read)
{
    return read & GR_READ_ITEMS ? 2 : read & GR_READ_KEYS ? 1 : 0;
}

static const Known *find(const GrPlan *p, Facts f, uint32_t kind, uint64_t most)
{
    const Known *k = place_of(p, f);
    if (!k->used || kind_of(k->read) != kind || k->facts.a != f.a ||
        k->facts.b != f.b)
        return NULL;
    return k->tokens != NO_PLAN || k->most >= most ? k : NULL;
}

const Known *gr_plan_find(const GrPlan *p, const PlanStep *at, uint64_t most)
{
    const Known *k = NULL;
    for (uint32_t i = 0; i < 3 && k == NULL; i++)
        k = find(p, at->facts[i], i, most);
    return k;
}

static void keep(GrPlan *p, const Known *k)
{
    Known *at = place_of(p, k->facts);
    p->n_used += !at->used;
    *at = *k;
}

/* Where there is no memory for it, the table stays as it is. */
static void grow(GrPlan *p)
{
    GrEnv *env = p->run.env;
    uint32_t n = p->n_known, more = n * 4;
    Known *old = p->known, *known = gr_zalloc(env, more, sizeof *known);
    if (known == NULL) return;
    p->known = known;
    p->n_known = more;
    p->n_used = 0;
    for (uint32_t i = 0; i < n; i++)
        if (old[i].used) keep(p, &old[i]);
    gr_free(env, old, n * sizeof *old);
}

void gr_plan_keep(GrPlan *p, uint64_t most)
{
    uint8_t read = 0;
    for (uint32_t i = p->path.n; i-- > 0;) {
        const PlanStep *at = &p->path.at[i];
        read |= at->read;
        if (at->known) continue;
        Known k = {.facts = at->facts[kind_of(read)],
                   .tokens = at->tokens,
                   .most = (uint32_t)(most - i),
                   .next = at->next,
                   .read = read,
                   .used = true};
        keep(p, &k);
    }
    if (p->n_used > p->n_known / 2 && p->n_known < KNOWN_MOST) grow(p);
}
