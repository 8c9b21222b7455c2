/* Plans: how a text is completed, byte by byte, and how long that takes.
 *
 * A machine's estimates (cost, frame_cost) say about how far the end is.  A
 * plan follows them: from a configuration it takes the first byte that
 * lowers the estimate by one at least, or where none does one that closes
 * what is open, or the one with the lowest, until the text may end.  Its
 * length is what a matcher reports as the bound, and because the next byte is
 * a function of the configuration, one byte along it lowers the bound by one.
 *
 * What is known.  Every configuration on a plan is remembered with the bytes
 * to its end, so a plan runs only until it meets an older one: as soon as it
 * leaves the level it began on, nearly always.  Configurations are told apart
 * by what they hold, not where they lie: state, frames, registers, seen keys.
 * That makes one plan do for all tokens that land alike, in this text and in
 * the next ones.
 *
 * The texts of keys and items are the exception: a thousand tokens may close
 * a key, each a different one.  They matter only where a plan reads them, to
 * find out whether a key is new; so a plan that read none (run.read) is
 * remembered without them, and only the others with.
 *
 *     plain    state, frames, registers, named keys, how many others, items
 *     keys     plain + texts of the other keys
 *     whole    keys + the whole text, where items are compared
 *
 * Rejected: estimates that are exact.  What the members of an object still
 * need depends on each other (a witness that must fail, a key that must
 * differ from those used), and an estimate that weighs all ways is a search
 * over sets of keys; here a rough one costs some bytes, never the promise.
 *
 * Cost: looking up is a hash of the registers of the levels that differ from
 * where the plans began; a new plan of n bytes asks for an estimate or a few
 * for each byte.  What is known of is told apart by 128 bits of hash. */
#include "pda/plan_int.h"

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* --- estimates ------------------------------------------------------------ */

/* From a frame of `from` that resumes to the end. */
static gram_status tail(GrPlan *p, const GrNode *n, uint64_t *bytes)
{
    GrEnv *env = p->run.env;
    p->nodes.n = 0;
    while (n != NULL && p->old[n->depth].sum == 0) {
        uint64_t own;
        GR_TRY(gr_step(env, 1));
        GR_TRY(gr_vec_push(env, &p->nodes, n));
        GR_TRY(gr_pda_frame_cost(p->run.pda, n, &own, &n));
        p->old[p->nodes.at[p->nodes.n - 1]->depth].sum = add(own, 1);
    }
    *bytes = n ? p->old[n->depth].sum - 1 : 0;
    while (p->nodes.n > 0) {
        uint64_t *sum = &p->old[p->nodes.at[--p->nodes.n]->depth].sum;
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
    for (; n != NULL && !gr_plan_is_old(p, n) && *bytes != UINT64_MAX;) {
        GR_TRY(gr_pda_frame_cost(p->run.pda, n, &more, &n));
        *bytes = add(*bytes, more);
    }
    if (n == NULL || *bytes == UINT64_MAX) return GRAM_OK;
    GR_TRY(tail(p, n, &more));
    *bytes = add(*bytes, more);
    return GRAM_OK;
}

/* --- the next byte -------------------------------------------------------- */

/* What closes comes first, then what begins something, then characters;
 * white space is the last resort. */
static const char first_bytes[] = "\"}]:,0123456789tfn{[-.eE";

/* Items that must differ begin with different characters, or each would be
 * longer than the one before: letters and digits turn with their number. */
static uint32_t turn_of(const GrConfig *c)
{
    const GrSeen *s = c->level.seen;
    for (const GrNode *n = c->stack; n != NULL; n = n->below) {
        if (s != NULL && s->is_item) return s->count;
        s = n->level.seen;
    }
    return 0;
}

static uint8_t nth_byte(uint32_t i, bool quoted, uint32_t turn)
{
    uint32_t n = quoted ? 1 : sizeof first_bytes - 1;
    uint32_t digits = 5, letters = 0x5E;
    if (!quoted && i >= digits && i < digits + 10)
        return (uint8_t)('0' + (i - digits + turn) % 10);
    if (i < n) return (uint8_t)first_bytes[i];
    i -= n;
    if (i < letters) return (uint8_t)(0x21 + (i + turn) % letters);
    return (uint8_t)(i < 223 ? 0x21 + i : 255 - i);
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

/* The bytes that have been looked at, and the best of them; and one that
 * closes a string, array or object, 0: none does. */
typedef struct Choice {
    uint64_t least, closed; /* estimates behind them */
    uint64_t tried[4];      /* classes */
    uint8_t best, close;
} Choice;

static bool is_tried(const Choice *x, uint8_t cls)
{
    return x->tried[cls >> 6] >> (cls & 63) & 1;
}

/* `alone`: bytes of its class are not all alike here.  What is dead in a key
 * may be so for the key's text, and behind a number for the byte's own sake:
 * only in strings the class is. */
static gram_status try_byte(GrPlan *p, const GrConfig *c, uint8_t byte,
                            uint8_t cls, bool alone, Choice *x)
{
    uint64_t bytes;
    bool dead;
    if (cls == 0 || (is_tried(x, cls) && !alone)) return GRAM_OK;
    GR_TRY(look(p, c, byte, &dead, &bytes));
    uint32_t flags = gr_pda_get_state(p->run.pda, c->state)->flags &
                     (GR_STATE_QUOTED | GR_STATE_KEY);
    if (!dead || flags == GR_STATE_QUOTED)
        x->tried[cls >> 6] |= UINT64_C(1) << (cls & 63);
    bool closes = flags & GR_STATE_QUOTED ? byte == '"'
                                          : byte == ']' || byte == '}';
    if (dead) return GRAM_OK;
    if (closes && bytes != UINT64_MAX && x->close == 0) {
        x->close = byte;
        x->closed = bytes;
    }
    if (bytes >= x->least) return GRAM_OK;
    x->least = bytes;
    x->best = byte;
    return GRAM_OK;
}

/* What ends a number is run again behind it, so the first bytes stand for
 * themselves outside of strings. */
static gram_status choose(GrPlan *p, const GrConfig *c, uint64_t now,
                          bool closing, Choice *x)
{
    const uint8_t *map;
    uint8_t hint;
    uint32_t turn = turn_of(c);
    bool quoted = gr_pda_get_state(p->run.pda, c->state)->flags &
                  GR_STATE_QUOTED;
    *x = (Choice){.least = UINT64_MAX};
    gr_pda_row(p->run.pda, c->state, &map);
    GR_TRY(gr_pda_hint(p->run.pda, c, &hint));
    if (hint) GR_TRY(try_byte(p, c, hint, map[hint], true, x));
    for (uint32_t i = 0; i < BYTES_TRIED && x->least >= now; i++) {
        uint8_t byte = nth_byte(i, quoted, turn);
        bool first = i < sizeof first_bytes - 1;
        bool space = byte <= ' ' || byte == 0x7F;
        if (space && x->least != UINT64_MAX) break;
        GR_TRY(try_byte(p, c, byte, map[byte], first && !quoted, x));
    }
    if (closing && x->least >= now && x->close != 0) {
        x->best = x->close;
        x->least = x->closed;
    }
    return GRAM_OK;
}

/* --- plans ---------------------------------------------------------------- */

/* Estimates that promise too much can keep a plan where it is, at one more
 * digit or item for ever.  Where it has got no nearer for 8 bytes, it closes
 * what is open for the next 8, does not for the next 16, does for 32, ... */
enum { PATIENCE = 8 };

typedef struct Progress {
    uint64_t least; /* estimate so far */
    uint32_t bytes; /* since it was met */
} Progress;

static void note_progress(Progress *g, uint64_t now)
{
    g->bytes++;
    if (now >= g->least) return;
    g->least = now;
    g->bytes = 0;
}

static bool is_closing(const Progress *g)
{
    bool closing = false;
    for (uint32_t n = g->bytes / PATIENCE; n > 0; n /= 2) closing = !closing;
    return closing;
}

/* One more byte of the plan: *end where the text may end instead, and x->best
 * is 0 where there is none. */
static gram_status go_on(GrPlan *p, GrConfig *c, uint64_t *now, Progress *g,
                         bool *end)
{
    Choice x;
    bool dead = false;
    PlanStep *at = &p->path.at[p->path.n - 1];
    p->run.read = 0;
    GR_TRY(gr_run_end(&p->run, c, end));
    if (!*end) {
        if (*now == UINT64_MAX) GR_TRY(estimate(p, c, now));
        note_progress(g, *now);
        GR_TRY(choose(p, c, *now, is_closing(g), &x));
        *now = x.least;
        at->next = x.best;
        if (x.best) GR_TRY(step(p, c, x.best, &dead));
        if (dead) at->next = 0;
    }
    at->read = p->run.read;
    return GRAM_OK;
}

/* What is known of c joins the path. */
static gram_status meet(GrPlan *p, const GrConfig *c, uint64_t most)
{
    PlanStep at = {.tokens = NO_PLAN};
    GR_TRY(gr_plan_facts(p, c, at.facts));
    const Known *known = gr_plan_find(p, &at, most - p->path.n);
    if (known != NULL) {
        at.known = true;
        at.next = known->next;
        at.read = known->read;
        at.tokens = known->tokens;
    }
    return gr_vec_push(p->run.env, &p->path, at);
}

/* Follow the plan from c to its end, or to where enough of it is known;
 * *found is false beyond `most` bytes. */
static gram_status follow(GrPlan *p, GrConfig *c, uint64_t most, bool *found)
{
    uint64_t now = UINT64_MAX;
    Progress g = {.least = UINT64_MAX};
    uint32_t known = 0;
    *found = false;
    while (p->path.n <= most) {
        bool end = false, dead = false;
        GR_TRY(meet(p, c, most));
        PlanStep *at = &p->path.at[p->path.n - 1];
        known = at->known ? known + 1 : 0;
        *found = at->known && at->tokens != NO_PLAN;
        if (at->known && (!*found || at->next == 0)) return GRAM_OK;
        if (known == p->path.n || known > PLAN_TOKEN) return GRAM_OK;
        if (at->known) {
            GR_TRY(step(p, c, at->next, &dead));
            now = UINT64_MAX;
        } else {
            GR_TRY(go_on(p, c, &now, &g, &end));
            at->tokens = end ? 0 : NO_PLAN;
        }
        *found = end;
        if (dead || end || at->next == 0) return GRAM_OK;
    }
    return GRAM_OK;
}

/* The fewest tokens from every place of the path, from its end on. */
static gram_status count_tokens(GrPlan *p)
{
    const char *text = p->log.at + (p->log.n - (p->path.n - 1));
    uint32_t n = p->path.n - 1;
    for (uint32_t i = n; i-- > 0;) {
        PlanStep *at = &p->path.at[i];
        if (at->known) continue;
        uint32_t left = n - i < PLAN_TOKEN ? n - i : PLAN_TOKEN;
        uint32_t lengths = p->lengths(p->ctx, text + i, left), best = NO_PLAN;
        for (uint32_t k = 0; k < left; k++) {
            uint32_t tokens = p->path.at[i + 1 + k].tokens;
            if ((lengths >> k & 1) && tokens < best) best = tokens;
        }
        at->tokens = best == NO_PLAN ? NO_PLAN : best + 1;
    }
    return gr_step(p->run.env, n);
}

static gram_status plan(GrPlan *p, GrConfig *c, uint64_t most, uint64_t *tokens)
{
    bool found;
    uint64_t bytes = GR_PLAN_MOST;
    if (most < GR_PLAN_MOST / PLAN_TOKEN) bytes = most * PLAN_TOKEN;
    *tokens = UINT64_MAX;
    GR_TRY(follow(p, c, bytes, &found));
    if (found) GR_TRY(count_tokens(p));
    gr_plan_keep(p, bytes);
    if (found && p->path.at[0].tokens <= most) *tokens = p->path.at[0].tokens;
    return GRAM_OK;
}

uint8_t gr_plan_read(const GrPlan *p)
{
    uint8_t read = 0;
    for (uint32_t i = 0; i < p->path.n; i++) read |= p->path.at[i].read;
    return read;
}

gram_status gr_plan_tokens(GrPlan *p, const GrConfig *from, const char *text,
                           size_t len, uint64_t most, uint64_t *tokens)
{
    GrConfig c = *from;
    bool sure;
    p->path.n = 0;
    GR_TRY(gr_pda_is_sure(p->run.pda, &sure));
    if (sure) return estimate(p, &c, tokens);
    GrArenaMark mark = gr_arena_mark(&p->arena);
    GR_TRY(gr_plan_text(p, text, len));
    gram_status status = plan(p, &c, most, tokens);
    gr_arena_release(p->run.env, &p->arena, mark);
    return status;
}
