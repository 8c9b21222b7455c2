/* Plans: how a text is completed, byte by byte, and how long that takes.
 *
 * A machine's estimates (cost, frame_cost) say about how far the end is.  A
 * plan follows them: from a configuration it takes the first byte that
 * lowers the estimate by one at least, or where none does the one with the
 * lowest, until the text may end.  Its length is what a matcher reports as
 * the bound, and because the next byte is a function of the configuration
 * alone, the bound behind that byte is one less:
 *
 *     plan(c) = b b' b'' ...   =>   plan(c b) = b' b'' ...
 *
 * So the bound can always be kept, however rough the estimates are, and a
 * token fits a budget iff the plan behind it does.  Machines whose estimates
 * are known to keep that promise themselves (`sure`) are taken at their word.
 *
 * Rejected: estimates that are exact.  What the members of an object still
 * need depends on each other (a witness that must fail, a key that must
 * differ from those used), and an estimate that weighs all ways is a search
 * over sets of keys; here a rough one costs some bytes, never the promise.
 *
 * Cost: a plan of n bytes asks for a few estimates a byte.  What is known of
 * a configuration on the stack that the plans began with is remembered; of
 * levels that a token opened itself nothing is, since they are recycled. */
#include "pda/pda.h"

enum { KNOWN = 2048 };

typedef struct Known {
    const GrNode *below;
    const GrSeen *seen;
    uint32_t reg[GR_REGS];
    uint32_t state, used;
    uint64_t bytes, most; /* UINT64_MAX: there is no plan of `most` bytes */
} Known;

struct GrPlan {
    GrRun run;
    GrArena arena;
    GrText log;
    uint64_t base; /* bytes of the log before `from` */
    GrConfig from;
    const GrNode **chain; /* frames of `from`, by depth */
    uint64_t *sum;        /* 1 + estimate from such a frame on; 0: unknown */
    Known *known;
    GrVec(Known) path;
    uint8_t first; /* byte of the plan followed last, or 0 */
    GrVec(const GrNode *) nodes;
};

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* --- life -------------------------------------------------------------------- */

static size_t tables_size(const GrPlan *p)
{
    return p->from.depth * (sizeof *p->chain + sizeof *p->sum) +
           KNOWN * sizeof *p->known;
}

static gram_status set_up(GrPlan *p, const GrRun *run)
{
    GR_TRY(gr_vec_reserve(run->env, &p->log, run->log_len + 1));
    if (run->log_len) memcpy(p->log.at, run->log, run->log_len);
    p->base = run->log_len;
    p->known = gr_zalloc(run->env, 1, tables_size(p));
    if (p->known == NULL) return GRAM_E_MEMORY;
    p->sum = (uint64_t *)(p->known + KNOWN);
    p->chain = (const GrNode **)(p->sum + p->from.depth);
    for (const GrNode *n = p->from.stack; n != NULL; n = n->below)
        p->chain[n->depth] = n;
    return GRAM_OK;
}

gram_status gr_plan_new(const GrRun *run, const GrConfig *from, GrPlan **out)
{
    GrPlan *p = gr_zalloc(run->env, 1, sizeof *p);
    if (p == NULL) return GRAM_E_MEMORY;
    p->run = (GrRun){.pda = run->pda, .env = run->env, .arena = &p->arena};
    p->from = *from;
    *out = p;
    return set_up(p, run);
}

void gr_plan_free(GrPlan *p)
{
    if (p == NULL) return;
    GrEnv *env = p->run.env;
    gr_free(env, p->known, p->known ? tables_size(p) : 0);
    gr_vec_clear(env, &p->log);
    gr_vec_clear(env, &p->path);
    gr_vec_clear(env, &p->nodes);
    gr_arena_clear(env, &p->arena);
    gr_free(env, p, sizeof *p);
}

/* --- estimates ------------------------------------------------------------------ */

static bool is_old(const GrPlan *p, const GrNode *n)
{
    return n != NULL && n->depth < p->from.depth && p->chain[n->depth] == n;
}

/* From a frame of `from` that resumes to the end. */
static gram_status tail(GrPlan *p, const GrNode *n, uint64_t *bytes)
{
    GrEnv *env = p->run.env;
    p->nodes.n = 0;
    while (n != NULL && p->sum[n->depth] == 0) {
        uint64_t own;
        GR_TRY(gr_step(env, 1));
        GR_TRY(gr_vec_push(env, &p->nodes, n));
        GR_TRY(gr_pda_frame_cost(p->run.pda, n, &own, &n));
        p->sum[p->nodes.at[p->nodes.n - 1]->depth] = add(own, 1);
    }
    *bytes = n ? p->sum[n->depth] - 1 : 0;
    while (p->nodes.n > 0) {
        uint64_t *sum = &p->sum[p->nodes.at[--p->nodes.n]->depth];
        *bytes = add(*bytes, *sum - 1);
        *sum = add(*bytes, 1);
    }
    return GRAM_OK;
}

static gram_status estimate(GrPlan *p, const GrConfig *c, uint64_t *bytes)
{
    const GrNode *n;
    uint64_t more;
    GR_TRY(gr_step(p->run.env, 1));
    GR_TRY(gr_pda_level_cost(p->run.pda, c, bytes, &n));
    for (; n != NULL && !is_old(p, n) && *bytes != UINT64_MAX;) {
        GR_TRY(gr_pda_frame_cost(p->run.pda, n, &more, &n));
        *bytes = add(*bytes, more);
    }
    if (n == NULL || *bytes == UINT64_MAX) return GRAM_OK;
    GR_TRY(tail(p, n, &more));
    *bytes = add(*bytes, more);
    return GRAM_OK;
}

/* --- what is known ------------------------------------------------------------------ */

/* Configurations whose stack and keys are those that the plans began with
 * can be told apart by their addresses; in a key the text counts too. */
static bool can_know(const GrPlan *p, const GrConfig *c)
{
    const GrLevel *l;
    if (c->depth > p->from.depth || !is_old(p, c->stack)) return false;
    if (gr_pda_get_state(p->run.pda, c->state)->flags & GR_STATE_KEY)
        return false;
    l = c->depth < p->from.depth ? &p->chain[c->depth]->level : &p->from.level;
    return c->level.seen == l->seen;
}

static Known key_of(const GrConfig *c)
{
    Known k;
    memset(&k, 0, sizeof k);
    k.below = c->stack;
    k.seen = c->level.seen;
    k.state = c->state.v;
    memcpy(k.reg, c->level.reg, sizeof k.reg);
    return k;
}

static Known *place_of(const GrPlan *p, const Known *k)
{
    uint64_t h = gr_hash(k->reg, sizeof k->reg, k->state + 1);
    return &p->known[(h ^ k->below->depth) % KNOWN];
}

/* *bytes of a plan, UINT64_MAX where none has `most`; false: not known. */
static bool find_known(const GrPlan *p, const Known *k, uint64_t most,
                       uint64_t *bytes)
{
    const Known *at = place_of(p, k);
    if (!at->used || at->state != k->state || at->below != k->below ||
        at->seen != k->seen || memcmp(at->reg, k->reg, sizeof k->reg) != 0)
        return false;
    *bytes = at->bytes;
    return at->bytes != UINT64_MAX || at->most >= most;
}

/* The plan of everything on the path, now that its end is known. */
static void keep_path(GrPlan *p, uint64_t bytes, uint64_t most)
{
    for (uint32_t i = 0; i < p->path.n; i++) {
        Known k = p->path.at[i];
        uint64_t gone = k.bytes; /* from the start of the plan to here */
        k.used = 1;
        k.bytes = bytes == UINT64_MAX ? bytes : bytes - gone;
        k.most = most - gone;
        *place_of(p, &k) = k;
    }
}

/* --- the next byte --------------------------------------------------------------------- */

/* What closes comes first, then what begins something, then characters;
 * white space is the last resort. */
static const char first_bytes[] = "\"}]:,0123456789tfn{[-.eE";

static uint8_t nth_byte(uint32_t i)
{
    uint32_t n = sizeof first_bytes - 1;
    if (i < n) return (uint8_t)first_bytes[i];
    return (uint8_t)(i - n < 223 ? 0x21 + (i - n) : 255 - (i - n));
}

enum { BYTES_TRIED = sizeof first_bytes - 1 + 256 };

/* Step `c` over a byte that the log ends with. */
static gram_status step(GrPlan *p, GrConfig *c, uint8_t byte, bool *dead)
{
    GR_TRY(gr_vec_push(p->run.env, &p->log, (char)byte));
    p->run.log = p->log.at;
    p->run.log_len = p->log.n;
    gram_status status = gr_run_byte(&p->run, c, byte);
    *dead = status == GRAM_E_REFUSED;
    if (status == GRAM_E_LIMIT && p->run.env->steps <= p->run.env->max_steps)
        *dead = true;
    return *dead ? GRAM_OK : status;
}

/* What the estimate is behind a byte; the configuration is given back. */
static gram_status look(GrPlan *p, const GrConfig *c, uint8_t byte, bool *dead,
                        uint64_t *bytes)
{
    GrConfig next = *c;
    GrArenaMark mark = gr_arena_mark(&p->arena);
    gram_status status = step(p, &next, byte, dead);
    *bytes = UINT64_MAX;
    if (status == GRAM_OK && !*dead) status = estimate(p, &next, bytes);
    p->log.n--;
    gr_arena_release(p->run.env, &p->arena, mark);
    return status;
}

/* Does another byte of its class stand for this one?  Not for keys that are
 * used, nor where a number ends: that byte is run again behind it. */
static bool is_tried(const uint64_t tried[4], uint8_t cls, bool quoted,
                     uint32_t i)
{
    bool own = !quoted && i < sizeof first_bytes - 1;
    return !own && (tried[cls >> 6] >> (cls & 63) & 1);
}

static gram_status choose(GrPlan *p, const GrConfig *c, uint64_t now,
                          uint8_t *best)
{
    uint64_t least = UINT64_MAX, tried[4] = {0};
    const uint8_t *map;
    bool quoted = gr_pda_get_state(p->run.pda, c->state)->flags &
                  GR_STATE_QUOTED;
    gr_pda_row(p->run.pda, c->state, &map);
    *best = 0;
    for (uint32_t i = 0; i < BYTES_TRIED && least >= now; i++) {
        uint8_t byte = nth_byte(i), cls = map[byte];
        uint64_t bytes;
        bool dead, space = byte <= ' ' || byte == 0x7F;
        if (cls == 0 || is_tried(tried, cls, quoted, i)) continue;
        if (space && least != UINT64_MAX) break;
        GR_TRY(look(p, c, byte, &dead, &bytes));
        if (dead) continue;
        tried[cls >> 6] |= UINT64_C(1) << (cls & 63);
        if (bytes >= least) continue;
        least = bytes;
        *best = byte;
    }
    return GRAM_OK;
}

/* --- plans ---------------------------------------------------------------------------------- */

static gram_status note(GrPlan *p, const GrConfig *c, uint64_t gone,
                        uint64_t most, uint64_t *bytes, bool *known)
{
    *known = false;
    if (!can_know(p, c)) return GRAM_OK;
    Known k = key_of(c);
    *known = find_known(p, &k, most - gone, bytes);
    k.bytes = gone;
    return *known ? GRAM_OK : gr_vec_push(p->run.env, &p->path, k);
}

/* Follow the plan from c: *bytes to its end, UINT64_MAX beyond `most`. */
static gram_status follow(GrPlan *p, GrConfig *c, uint64_t most,
                          uint64_t *bytes)
{
    uint64_t gone = 0, now, rest;
    uint8_t byte;
    bool known, may, dead;
    *bytes = UINT64_MAX;
    for (; gone <= most; gone++) {
        GR_TRY(note(p, c, gone, most, &rest, &known));
        if (known) {
            *bytes = add(gone, rest);
            return GRAM_OK;
        }
        GR_TRY(gr_run_end(&p->run, c, &may));
        if (may) {
            *bytes = gone;
            return GRAM_OK;
        }
        GR_TRY(estimate(p, c, &now));
        GR_TRY(choose(p, c, now, &byte));
        if (byte == 0) return GRAM_OK;
        if (gone == 0) p->first = byte;
        GR_TRY(step(p, c, byte, &dead));
        if (dead) return GRAM_OK;
    }
    return GRAM_OK;
}

uint8_t gr_plan_first(const GrPlan *p)
{
    return p->first;
}

gram_status gr_plan_bytes(GrPlan *p, const GrConfig *from, const char *text,
                          size_t len, uint64_t most, uint64_t *bytes)
{
    GrConfig c = *from;
    bool sure;
    GR_TRY(gr_pda_is_sure(p->run.pda, &sure));
    if (sure) return estimate(p, &c, bytes);
    GrArenaMark mark = gr_arena_mark(&p->arena);
    p->path.n = 0;
    p->log.n = (uint32_t)p->base;
    GR_TRY(gr_vec_reserve(p->run.env, &p->log, (uint64_t)len + 1));
    if (len) memcpy(p->log.at + p->base, text, len);
    p->log.n += (uint32_t)len;
    p->run.log = p->log.at;
    p->run.log_len = p->log.n;
    if (most > GR_PLAN_MOST) most = GR_PLAN_MOST;
    gram_status status = follow(p, &c, most, bytes);
    if (status == GRAM_OK && *bytes > most) *bytes = UINT64_MAX;
    if (status == GRAM_OK) keep_path(p, *bytes, most);
    gr_arena_release(p->run.env, &p->arena, mark);
    return status;
}
