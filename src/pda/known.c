/* What plans remember: see plan.c.
 *
 * A configuration is a set of facts, each the hash of a place and a value:
 *
 *     state            register r of level d      frame d
 *     a named key of level d      one more other key of level d
 *     the k-th item of level d: its text
 *     the text of an other key; that of the outermost open item
 *
 * and the sum of the hashes stands for the set.  Sums of levels that lie
 * below where the plans began are made once, so a configuration costs what
 * lies above them.
 *
 * Texts are facts as far as a plan has read them:
 *
 *     PLAIN    what is no text
 *     BRIEF    it has looked for keys of a byte: texts of a byte at most
 *     KEYS     for longer ones, or what begins like them: the texts that are
 *              among those looked for
 *     TEXTS    for any: all texts of keys
 *     ITEMS    it has compared items, and one is open: its text
 *     PLACE    it was at a loss: how long all of the text is, and what a
 *              register holds that is idle (GrMachineOps.is_idle)
 *
 * Plans begin keys like "" and "!", so that BRIEF is nearly always enough, and
 * all longer keys are alike, those that are still open among them.  Where keys
 * must be longer (patterns), those that a plan makes up are few, whatever the
 * text has; all that plans have looked for so far is kept (GrSought), and only
 * texts that are among it, or an open key that may become one, are facts.  With
 * more looked for there are more facts: what was known under fewer of them
 * stays true, since what it has looked for was among these.  Whether
 * the open key itself can end is no question if no other key of the object
 * begins with it; if one does, its text is a fact at once.  So it is with a
 * string that is an item and those that it must differ from. */
#include "pda/plan_int.h"

/* Places in the table, a power of two: it grows while it fills.  What was
 * searched for is not to be lost: it has WAYS places that it may be in, and
 * more room. */
enum { KNOWN_LEAST = 1024, KNOWN_MOST = 32768, WAYS = 8, ROOM = 4 };

typedef enum Fact {
    STATE = 1,
    REGISTER,
    FRAME,
    NAMED_KEY,
    OTHER_KEY,
    OTHER_TEXT,
    ITEM,
    KEY_SO_FAR,
    ITEM_SO_FAR,
    ITEM_RIVAL,
    ITEM_FRESH,
    LENGTH
} Fact;

/* --- life ----------------------------------------------------------------- */

gram_status gr_plan_new(GrPda *pda, GrEnv *env, const GrPlanTokens *tokens,
                        GrPlan **out)
{
    GrPlan *p = gr_zalloc(env, 1, sizeof *p);
    if (p == NULL) return GRAM_E_MEMORY;
    p->run = (GrRun){.pda = pda,
                     .env = env,
                     .arena = &p->arena,
                     .plans = true,
                     .sought = &p->sought};
    p->tokens = *tokens;
    p->known = gr_zalloc(env, KNOWN_LEAST, sizeof *p->known);
    if (p->known == NULL) {
        gr_free(env, p, sizeof *p);
        return GRAM_E_MEMORY;
    }
    p->n_known = KNOWN_LEAST;
    *out = p;
    return GRAM_OK;
}

void gr_plan_free(GrPlan *p)
{
    if (p == NULL) return;
    GrEnv *env = p->run.env;
    if (p->known) gr_free(env, p->known, p->n_known * sizeof *p->known);
    gr_map_clear(env, &p->sought.at);
    gr_plan_search_clear(p);
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

static void join_all(Facts *f, const Facts *more)
{
    for (uint32_t i = 0; i < ITEM_KINDS; i++) join(&f[i], more[i]);
}

/* `f`: what each kind adds to the ones before it. */
static void put_one(const GrPlan *p, uint32_t depth, const GrSeen *seen,
                    Facts *f)
{
    if (seen->is_item) {
        put(&f[PLAIN], ITEM, depth, seen->hash + gr_mix(seen->count));
    } else if (seen->named != UINT32_MAX) {
        put(&f[PLAIN], NAMED_KEY, depth, seen->named);
    } else {
        bool brief = seen->len <= GR_BRIEF;
        uint32_t kind = brief                             ? BRIEF
                        : gr_sought_has(&p->sought, seen) ? KEYS
                                                          : TEXTS;
        put(&f[PLAIN], OTHER_KEY, depth, 0);
        put(&f[kind], OTHER_TEXT, depth, seen->hash);
    }
}

static void put_seen(const GrPlan *p, uint32_t depth, const GrSeen *seen,
                     Facts *f)
{
    const GrLevel *old = old_level(p, depth);
    for (; seen != NULL; seen = seen->older) {
        if (old != NULL && seen == old->seen) {
            join_all(f, p->old[depth].seen);
            return;
        }
        put_one(p, depth, seen, f);
    }
}

static void put_scratch(uint32_t depth, const GrLevel *l, Facts *f)
{
    if (l->reg[0]) put(f, REGISTER, depth, (uint64_t)l->reg[0] << 8);
}

static void put_level(const GrPlan *p, uint32_t depth, const GrLevel *l,
                      Facts *f)
{
    for (uint32_t r = 1; r < GR_REGS; r++)
        if (l->reg[r] && r != l->item)
            put(&f[PLAIN], REGISTER, depth, (uint64_t)l->reg[r] << 8 | r);
    put_seen(p, depth, l->seen, f);
}

static void put_node(const GrPlan *p, const GrNode *n, Facts *f)
{
    put(&f[PLAIN], FRAME, n->depth, n->frame.v);
    if (!p->idles) put_scratch(n->depth, &n->level, &f[PLAIN]);
    put_level(p, n->depth, &n->level, f);
}

/* Inside a key: what it may still become, as far as its text says. */
static void put_key(const GrPlan *p, const GrConfig *c, PlanStep *out, Facts *f)
{
    const GrSeen *seen = c->stack ? c->stack->level.seen : NULL;
    const char *raw = p->log.at + c->key_at;
    size_t len = (size_t)(p->log.n - c->key_at);
    uint32_t kind = gr_sought_begins(&p->sought, raw, len) ? KEYS : TEXTS;
    out->in_key = true;
    out->rival = gr_seen_rival(seen, raw, len);
    out->is_long = !gr_key_is_brief(raw, len);
    if (out->rival)
        kind = PLAIN;
    else if (!out->is_long)
        kind = BRIEF;
    put(&f[kind], KEY_SO_FAR, c->depth, gr_hash(raw, len, 0));
}

static uint64_t roll_on(uint64_t roll, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        roll = (roll + (uint8_t)text[i] + 1) * UINT64_C(0xd6e8feb86659fd93);
    return roll;
}

/* Inside a string that is an item, which must differ from others. */
static void put_string(const GrConfig *c, const GrPlan *p, PlanStep *out,
                       Facts *f)
{
    const GrLevel *l = &c->stack->level;
    uint64_t at = l->reg[l->item] - 1;
    if (p->log.at[at] != '"') return;
    out->in_string = true;
    out->rival = gr_seen_string(l->seen, p->log.at + at, p->log.n - at);
    if (out->rival) put(&f[PLAIN], ITEM_RIVAL, c->depth, 0);
}

/* Where the item began that is open in a level; 0: none is. */
static uint64_t item_of(const GrLevel *l)
{
    return l->item ? l->reg[l->item] : 0;
}

/* The text of the outermost open item, which began at `from`, the number of a
 * byte; of all that are open before the plans began only one is the outermost
 * ever. */
static void put_item(const GrPlan *p, uint64_t from, Facts *f)
{
    uint64_t roll = 0, at = from - 1;
    if (from == 0) return;
    if (at < p->base) {
        roll = p->roll;
        at = p->base;
    }
    roll = roll_on(roll, p->log.at + at, p->log.n - at);
    put(&f[ITEMS], ITEM_SO_FAR, 0, roll);
    if (from == p->run.fresh) put(&f[PLAIN], ITEM_FRESH, 0, 0);
}

/* The sums of the sets: keys as far as they are read, then the same with the
 * open item, then everything. */
static void sum_up(const Facts *f, PlanStep *out)
{
    Facts sum = {0, 0}, *set = out->facts;
    for (uint32_t i = 0; i < ITEM_KINDS; i++) {
        join(&sum, f[i]);
        set[i] = set[SET_ITEMS + i] = sum;
        join(&set[SET_ITEMS + i], f[ITEMS]);
    }
    set[SET_PLACE] = set[SET_PLACE - 1];
    join(&set[SET_PLACE], f[PLACE]);
}

/* Behind a run of white space its length stays in the register, for the rest of
 * the object; a plan that does not look at it is one for all lengths. */
static gram_status put_top(const GrPlan *p, const GrConfig *c, Facts *f)
{
    bool idle = false;
    put(&f[PLAIN], STATE, c->depth, c->state.v);
    put_level(p, c->depth, &c->level, f);
    if (c->level.reg[0] == 0) return GRAM_OK;
    if (p->idles) GR_TRY(gr_pda_is_idle(p->run.pda, c->state, &idle));
    put_scratch(c->depth, &c->level, &f[idle ? PLACE : PLAIN]);
    return GRAM_OK;
}

gram_status gr_plan_facts(const GrPlan *p, const GrConfig *c, PlanStep *out)
{
    const GrNode *n = c->stack;
    Facts f[FACT_KINDS] = {{0, 0}};
    uint64_t item = item_of(&c->level);
    GR_TRY(put_top(p, c, f));
    for (; n != NULL && !gr_plan_is_old(p, n); n = n->below) {
        put_node(p, n, f);
        if (n->level.item) item = item_of(&n->level);
    }
    if (n != NULL) {
        join_all(f, p->old[n->depth].all);
        if (p->old[n->depth].item) item = p->old[n->depth].item;
    }
    uint32_t flags = gr_pda_get_state(p->run.pda, c->state)->flags;
    if (flags & GR_STATE_KEY)
        put_key(p, c, out, f);
    else if (flags & GR_STATE_QUOTED && c->stack && c->stack->level.item)
        put_string(c, p, out, f);
    out->in_item = item != 0;
    put_item(p, item, f);
    put(&f[PLACE], LENGTH, 0, p->log.n);
    sum_up(f, out);
    return gr_step(p->run.env, 1);
}

/* --- where plans begin ---------------------------------------------------- */

static void init_old(GrPlan *p, uint32_t depth)
{
    Old *o = &p->old[depth];
    const GrNode *n = o->node;
    const GrSeen *seen = n ? n->level.seen : p->from.level.seen;
    for (; seen != NULL; seen = seen->older) put_one(p, depth, seen, o->seen);
    if (n == NULL) return;
    put_node(p, n, o->all);
    o->item = item_of(&n->level);
    if (n->below == NULL) return;
    const Old *below = &p->old[n->below->depth];
    join_all(o->all, below->all);
    if (below->item) o->item = below->item;
}

static void start_roll(GrPlan *p, const GrRun *run)
{
    uint64_t item = item_of(&p->from.level);
    const GrNode *top = p->from.stack;
    if (top != NULL && p->old[top->depth].item) item = p->old[top->depth].item;
    p->roll = 0;
    if (item != 0)
        p->roll = roll_on(0, run->log + item - 1, run->log_len - (item - 1));
}

/* The outermost level with an open item, if that is an object or array; and
 * where that began. */
static const GrLevel *open_container(const GrPlan *p, uint64_t *from)
{
    for (uint32_t d = 0; d <= p->from.depth; d++) {
        const GrLevel *l = old_level(p, d);
        *from = item_of(l);
        if (*from == 0) continue;
        char first = p->log.at[*from - 1];
        return first == '{' || first == '[' ? l : NULL;
    }
    return NULL;
}

/* Has the item a string that is, or begins with, these bytes?  Escapes may
 * spell anything. */
static bool has_string(const GrSeen *item, const char *text, size_t len)
{
    const char *at = item->text, *end = at + item->len;
    if (at == NULL || memchr(at, '\\', item->len) != NULL) return true;
    while ((at = memchr(at, '"', (size_t)(end - at))) != NULL) {
        if (len <= (size_t)(end - at) && memcmp(at, text, len) == 0)
            return true;
        at++;
    }
    return false;
}

static bool is_new_string(GrPlan *p, const GrSeen *seen, const char *text,
                          size_t len)
{
    for (; seen != NULL; seen = seen->older) {
        p->looked += seen->len;
        if (has_string(seen, text, len)) return false;
    }
    return true;
}

/* A value with a string that no other one has is none of these, whatever may
 * follow: so it is told by the first such string, or by the beginning of one
 * that is not complete. */
static bool has_new_string(GrPlan *p, const GrSeen *seen, const char *text,
                           size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '"') continue;
        const char *end = memchr(text + i + 1, '"', n - i - 1);
        size_t len = end ? (size_t)(end - text) - i + 1 : n - i;
        if (memchr(text + i, '\\', len) != NULL) return false;
        if (is_new_string(p, seen, text + i, len)) return true;
        i += len - 1;
    }
    return false;
}

/* Most containers soon have a string of their own. */
static gram_status find_fresh(GrPlan *p)
{
    uint64_t from;
    const GrLevel *l = open_container(p, &from);
    p->run.fresh = p->looked = 0;
    if (l == NULL || l->seen == NULL) return GRAM_OK;
    size_t n = (size_t)(p->base - (from - 1));
    if (has_new_string(p, l->seen, p->log.at + (from - 1), n))
        p->run.fresh = from;
    return gr_step(p->run.env, (n + p->looked) / 256);
}

void gr_plan_retell(GrPlan *p)
{
    for (uint32_t i = 0; i <= p->from.depth; i++) {
        Old *o = &p->old[i];
        memset(o->seen, 0, sizeof o->seen);
        memset(o->all, 0, sizeof o->all);
        init_old(p, i);
    }
}

gram_status gr_plan_begin(GrPlan *p, const GrRun *run, const GrConfig *from)
{
    GrEnv *env = p->run.env;
    Old none = {0};
    GR_TRY(gr_pda_has_idle(p->run.pda, &p->idles));
    /* ways that are searched for may take white space, of which a run has an
     * end */
    p->idles &= p->tokens.spell == NULL;
    p->from = *from;
    p->base = run->log_len;
    p->log.n = p->olds.n = 0;
    for (uint32_t i = 0; i <= from->depth; i++)
        GR_TRY(gr_vec_push(env, &p->olds, none));
    p->old = p->olds.at;
    for (const GrNode *n = from->stack; n != NULL; n = n->below)
        p->old[n->depth].node = n;
    for (uint32_t i = 0; i <= from->depth; i++) init_old(p, i);
    start_roll(p, run);
    GR_TRY(gr_vec_reserve(env, &p->log, run->log_len + 1));
    if (run->log_len) memcpy(p->log.at, run->log, run->log_len);
    GR_TRY(find_fresh(p));
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
    return GRAM_OK;
}

/* --- what is known -------------------------------------------------------- */

static bool is_of(const Known *k, Facts f)
{
    return k->ahead.used && k->facts.a == f.a && k->facts.b == f.b;
}

/* The place of these facts; else a free one, or one that is given up. */
static Known *place_of(const GrPlan *p, Facts f)
{
    uint32_t ways = p->tokens.spell != NULL ? WAYS : 1;
    uint32_t first = (uint32_t)(f.a ^ f.a >> 32) & (p->n_known - ways);
    Known *k = &p->known[first], *at = &k[f.b % ways];
    for (uint32_t i = 0; i < ways; i++) {
        if (is_of(&k[i], f)) return &k[i];
        if (!k[i].ahead.used && at->ahead.used) at = &k[i];
    }
    return at;
}

/* Which facts something is known under that has read these texts. */
static uint32_t set_of(const PlanStep *at, uint8_t read)
{
    uint32_t items = at->in_item && read & GR_READ_ITEMS ? SET_ITEMS : 0;
    if (read & GR_READ_PLACE) return SET_PLACE;
    if (read & GR_READ_TEXTS) return items + TEXTS;
    if (read & GR_READ_KEYS) return items + KEYS;
    return items + (read & GR_READ_BRIEF ? BRIEF : PLAIN);
}

static const Ahead *find(const GrPlan *p, const PlanStep *at, uint32_t set,
                         uint64_t most)
{
    Facts f = at->facts[set];
    const Known *k = place_of(p, f);
    const Ahead *a = &k->ahead;
    if (!is_of(k, f) || set_of(at, a->read) != set) return NULL;
    return a->tokens != NO_PLAN || a->most >= most ? a : NULL;
}

/* Of ways that were searched for the shortest, since those that lead there have
 * counted on it. */
const Ahead *gr_plan_find(const GrPlan *p, const PlanStep *at, uint64_t most)
{
    const Ahead *best = NULL;
    for (uint32_t i = 0; i < SETS; i++) {
        if (!at->in_item && i >= SET_ITEMS && i != SET_PLACE) continue;
        const Ahead *a = find(p, at, i, most);
        if (a != NULL && (best == NULL || a->tokens < best->tokens)) best = a;
        if (best != NULL && p->tokens.spell == NULL) break;
    }
    return best;
}

enum { READ_ALL = GR_READ_TEXTS | GR_READ_ITEMS };

const Ahead *gr_plan_find_text(const GrPlan *p, const PlanStep *at,
                               uint64_t most)
{
    return find(p, at, set_of(at, READ_ALL), most);
}

static void keep(GrPlan *p, const Known *k)
{
    Known *at = place_of(p, k->facts);
    if (p->tokens.spell != NULL && is_of(at, k->facts) &&
        at->ahead.tokens <= k->ahead.tokens)
        return;
    p->n_used += !at->ahead.used;
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
        if (old[i].ahead.used) keep(p, &old[i]);
    gr_free(env, old, n * sizeof *old);
}

/* What a step reads, and all behind it.  What the end of a key was compared
 * with is read before the key; inside of it only if there are rivals.  Of an
 * item nothing is, as the facts tell what others there are. */
static void add_read(PlanStep *at, const PlanStep *next)
{
    Ahead *a = &at->ahead;
    if (next != NULL) {
        a->read |= next->ahead.read;
        if (next->in_key && !at->in_key) a->read |= next->ahead.read_key;
        if (next->in_string && at->in_string)
            a->read_item |= next->ahead.read_item;
    }
    if (!at->in_key && !at->in_string) a->read_item = 0;
    if (at->rival) a->read |= a->read_key | a->read_item;
}

/* What is known of an open key may have been read for a shorter one.  Where a
 * path ends in a key, what that becomes was not looked for on it. */
static void add_read_key(PlanStep *at, const PlanStep *next)
{
    Ahead *a = &at->ahead;
    if (!at->in_key) return;
    if (next != NULL && next->in_key) a->read_key |= next->ahead.read_key;
    if (at->is_long && a->read_key != 0) a->read_key |= GR_READ_KEYS;
    if (next == NULL && at->known && a->read_key & GR_READ_KEYS)
        a->read_key |= GR_READ_TEXTS;
}

/* A way that was searched for is no function of where it begins: who goes along
 * it has to find it again, so it is kept by all texts as well. */
static void keep_exactly(GrPlan *p, const PlanStep *at)
{
    Known k = {.ahead = at->ahead};
    k.ahead.read |= READ_ALL;
    k.facts = at->facts[set_of(at, k.ahead.read)];
    keep(p, &k);
}

/* A step of a way that is inside of a token: no row of tokens that begins there
 * goes on so. */
static bool is_through(const GrPlan *p, const PlanStep *at)
{
    return p->tokens.spell != NULL && p->path.n > 1 &&
           at->ahead.tokens == NO_PLAN;
}

void gr_plan_keep(GrPlan *p, uint64_t most)
{
    const PlanStep *next = NULL;
    for (uint32_t i = p->path.n; i-- > 0;) {
        PlanStep *at = &p->path.at[i];
        add_read_key(at, next);
        if (!at->known && is_through(p, at)) {
            add_read(at, next);
        } else if (!at->known) {
            add_read(at, next);
            at->ahead.most = (uint32_t)(most - i);
            at->ahead.used = true;
            Known k = {at->facts[set_of(at, at->ahead.read)], at->ahead};
            keep(p, &k);
            if (p->tokens.spell != NULL) keep_exactly(p, at);
        }
        next = at;
    }
    uint32_t room = p->tokens.spell != NULL ? ROOM : 1;
    if (p->n_used > p->n_known / (2 * room) && p->n_known < KNOWN_MOST * room)
        grow(p);
}
