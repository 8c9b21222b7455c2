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
 * a key, each a different one.  They matter only as far as a plan reads them,
 * to find out whether a key is new (run.read), and it is remembered with no
 * more of them than that (known.c).
 *
 * A plan is a function of where it begins, whatever was planned before and
 * however much of it is remembered: the next byte is one of the configuration,
 * or, where nothing leads on, of how long the text is.
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

/* --- the next byte -------------------------------------------------------- */

/* What closes comes first, then what begins something, then characters, those
 * beyond ASCII too; white space is the last resort. */
static const char first_bytes[GR_PLAN_FIRST + 1] = "\"}]:,0123456789tfn{[-.eE";

/* Items that must differ begin with different characters, or each would be
 * longer than the one before: letters and digits turn with their number. */
uint32_t gr_plan_turn(const GrConfig *c)
{
    const GrSeen *s = c->level.seen;
    for (const GrNode *n = c->stack; n != NULL; n = n->below) {
        if (s != NULL && s->is_item) return s->count;
        s = n->level.seen;
    }
    return 0;
}

uint8_t gr_plan_nth_byte(uint32_t i, bool quoted, uint32_t turn)
{
    uint32_t n = quoted ? 1 : GR_PLAN_FIRST;
    uint32_t digits = 5, letters = 0x5E, beyond = 0x80;
    if (!quoted && i >= digits && i < digits + 10)
        return (uint8_t)('0' + (i - digits + turn) % 10);
    if (i < n) return (uint8_t)first_bytes[i];
    i -= n;
    if (i < letters) return (uint8_t)(0x21 + (i + turn) % letters);
    i -= letters;
    if (i < beyond) return (uint8_t)(0x80 + i);
    i -= beyond;
    return (uint8_t)(i == 0 ? 0x7F : 0x21 - i);
}

gram_status gr_plan_step(GrPlan *p, GrConfig *c, uint8_t byte, bool *dead)
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

/* Where a plan is, to come back to. */
typedef struct Place {
    GrArenaMark mark;
    uint32_t len;
} Place;

static Place place_of(GrPlan *p)
{
    return (Place){gr_arena_mark(&p->arena), p->log.n};
}

static void go_back(GrPlan *p, const Place *at)
{
    p->log.n = at->len;
    p->run.log_len = at->len;
    gr_arena_release(p->run.env, &p->arena, at->mark);
}

/* What the estimate is behind a byte; the configuration is given back. */
static gram_status look(GrPlan *p, const GrConfig *c, uint8_t byte, bool *dead,
                        uint64_t *bytes)
{
    GrConfig next = *c;
    Place back = place_of(p);
    gram_status status = gr_plan_step(p, &next, byte, dead);
    *bytes = UINT64_MAX;
    if (status == GRAM_OK && !*dead) status = gr_plan_estimate(p, &next, bytes);
    go_back(p, &back);
    return status;
}

/* Of the texts of keys and items: see GrRun. */
typedef struct Reads {
    uint8_t key, item;
} Reads;

static Reads take_reads(GrPlan *p)
{
    Reads r = {p->run.read_key, p->run.read_item};
    p->run.read_key = p->run.read_item = 0;
    return r;
}

static void add_reads(Reads *r, Reads more)
{
    r->key |= more.key;
    r->item |= more.item;
}

/* The bytes that have been looked at, and the best two of them; and one
 * that closes a string, array or object, 0: none does.
 *
 * What a quote read that is alive, but not the best, has decided nothing: dead
 * it would not be the best either. */
typedef struct Choice {
    uint64_t least, second, closed; /* estimates behind them */
    uint64_t tried[4];              /* classes */
    uint8_t best, other, close;
    /* By what decided; by the best, where that is a quote; by others. */
    Reads read, of_best, unused;
} Choice;

static void add_byte(Choice *x, uint8_t byte, uint64_t bytes)
{
    bool best = bytes < x->least;
    if (!best && bytes >= x->second) return;
    x->second = best ? x->least : bytes;
    x->other = best ? x->best : byte;
    if (!best) return;
    x->least = bytes;
    x->best = byte;
}

static bool is_tried(const Choice *x, uint8_t cls)
{
    return x->tried[cls >> 6] >> (cls & 63) & 1;
}

/* `alone`: bytes of its class are not all alike here.  What is dead in a key
 * may be so for the key's text, and behind a number for the byte's own sake:
 * only in strings the class is.  What begins a key that is taken says nothing
 * of the others. */
static gram_status try_byte(GrPlan *p, const GrConfig *c, uint8_t byte,
                            uint8_t cls, bool alone, Choice *x)
{
    uint64_t bytes;
    bool dead;
    if (cls == 0 || (is_tried(x, cls) && !alone)) return GRAM_OK;
    GR_TRY(look(p, c, byte, &dead, &bytes));
    Reads read = take_reads(p);
    bool is_quote = byte == '"' && !dead, is_best = bytes < x->least;
    if (!is_quote) add_reads(&x->read, read);
    if (is_quote && !is_best) add_reads(&x->unused, read);
    uint32_t flags = gr_pda_get_state(p->run.pda, c->state)->flags &
                     (GR_STATE_QUOTED | GR_STATE_KEY);
    bool as_all = dead ? flags == GR_STATE_QUOTED
                       : !gr_plan_begins_taken(p, c, byte);
    if (as_all) x->tried[cls >> 6] |= UINT64_C(1) << (cls & 63);
    bool closes = flags & GR_STATE_QUOTED ? byte == '"'
                                          : byte == ']' || byte == '}';
    if (dead) return GRAM_OK;
    if (closes && bytes != UINT64_MAX && x->close == 0) {
        x->close = byte;
        x->closed = bytes;
    }
    add_byte(x, byte, bytes);
    if (!is_best) return GRAM_OK;
    add_reads(&x->unused, x->of_best);
    x->of_best = is_quote ? read : (Reads){0, 0};
    return GRAM_OK;
}

/* What ends a number is run again behind it, so the first bytes stand for
 * themselves outside of strings. */
static gram_status choose(GrPlan *p, const GrConfig *c, uint64_t now, Choice *x)
{
    const uint8_t *map;
    GrHint hint;
    uint32_t turn = gr_plan_turn(c);
    bool quoted = gr_pda_get_state(p->run.pda, c->state)->flags &
                  GR_STATE_QUOTED;
    *x = (Choice){
        .least = UINT64_MAX, .second = UINT64_MAX, .read = take_reads(p)};
    gr_pda_row(p->run.pda, c->state, &map);
    GR_TRY(gr_pda_hint(p->run.pda, c, &hint));
    uint8_t hinted = hint.len ? (uint8_t)hint.text[0] : 0;
    if (hinted) GR_TRY(try_byte(p, c, hinted, map[hinted], true, x));
    for (uint32_t i = 0; i < GR_PLAN_TRIES && x->least >= now; i++) {
        uint8_t byte = gr_plan_nth_byte(i, quoted, turn);
        bool first = i < GR_PLAN_FIRST;
        bool space = byte <= ' ' || byte == 0x7F;
        if (space && x->least != UINT64_MAX) break;
        /* how much there is may decide: see GrMachineOps.is_idle */
        if (space && byte != 0x7F && !quoted && map[byte] != 0)
            p->run.read |= GR_READ_PLACE;
        GR_TRY(try_byte(p, c, byte, map[byte], first && !quoted, x));
    }
    add_reads(&x->read, x->of_best);
    /* what closes is the last resort */
    if (x->least >= now) add_reads(&x->read, x->unused);
    p->run.read_key = x->read.key;
    p->run.read_item = x->read.item;
    return GRAM_OK;
}

/* --- where nothing gets nearer -------------------------------------------- */

/* Estimates that promise too much can keep a plan where it is, at one more
 * digit or item for ever.  Where the best bytes get no nearer for PATIENCE of
 * them, what is open is closed, or not: as the length of the text says, so
 * that the next byte depends on nothing that the plan has done.  Closing and
 * not closing take turns along the text, for 8 bytes, for 16, 32, ... 1024,
 * and from the start again. */
enum { PATIENCE = 8, TURNS = 4096 };

static bool is_closing(uint64_t len)
{
    uint64_t at = len % TURNS, turn = PATIENCE;
    for (; at >= 2 * turn; turn *= 2) at -= 2 * turn;
    return at >= turn;
}

/* What was read in looking ahead from a configuration: of the string that is
 * open there apart, and of others, which are behind it, for certain. */
typedef struct Onward {
    const GrConfig *from;
    Reads own;
    bool ended; /* that string has */
} Onward;

static void part_reads(GrPlan *p, Onward *o)
{
    Reads r = take_reads(p);
    if (o->ended)
        p->run.read |= r.key | r.item;
    else
        add_reads(&o->own, r);
}

static bool has_ended(const GrPlan *p, const GrConfig *from, const GrConfig *c)
{
    uint32_t flags = gr_pda_get_state(p->run.pda, c->state)->flags;
    return !(flags & GR_STATE_QUOTED) || c->depth != from->depth ||
           c->key_at != from->key_at;
}

static gram_status step_ahead(GrPlan *p, GrConfig *c, uint8_t byte, Onward *o,
                              bool *dead)
{
    gram_status status = gr_plan_step(p, c, byte, dead);
    part_reads(p, o);
    if (status == GRAM_OK && !*dead) o->ended |= has_ended(p, o->from, c);
    return status;
}

/* From c over the best byte, at most `left` bytes on: *nearer than `now`, or
 * at an end. */
static gram_status follow_best(GrPlan *p, GrConfig *c, uint8_t byte,
                               uint64_t now, Onward *o, bool *nearer)
{
    *nearer = false;
    for (uint32_t left = PATIENCE; left > 0 && byte != 0; left--) {
        Choice x;
        bool dead;
        uint64_t bytes;
        GR_TRY(step_ahead(p, c, byte, o, &dead));
        if (dead) return GRAM_OK;
        GR_TRY(gr_run_end(&p->run, c, nearer));
        if (*nearer) return GRAM_OK;
        GR_TRY(gr_plan_estimate(p, c, &bytes));
        *nearer = bytes < now;
        if (*nearer) return GRAM_OK;
        GR_TRY(choose(p, c, bytes, &x));
        part_reads(p, o);
        byte = x.best;
    }
    return GRAM_OK;
}

/* No byte gets nearer at once, and one closes what is open, or will do for
 * that. */
static gram_status be_patient(GrPlan *p, const GrConfig *c, uint64_t now,
                              Choice *x)
{
    bool nearer;
    GrConfig ahead = *c;
    Onward o = {.from = c, .own = take_reads(p), .ended = has_ended(p, c, c)};
    Place back = place_of(p);
    gram_status status = follow_best(p, &ahead, x->best, now, &o, &nearer);
    go_back(p, &back);
    GR_TRY(status);
    p->run.read_key = o.own.key;
    p->run.read_item = o.own.item;
    if (nearer) return GRAM_OK;
    p->run.read |= GR_READ_PLACE;
    if (!is_closing(p->log.n)) return GRAM_OK;
    x->best = x->close;
    x->least = x->closed;
    return GRAM_OK;
}

/* --- plans ---------------------------------------------------------------- */

/* One array in the other for ever is as bad as one more item: where nothing
 * closes, the next best byte is what takes turns with one that opens. */
static void need_close(Choice *x)
{
    if (x->close != 0 || (x->best != '[' && x->best != '{')) return;
    x->close = x->other;
    x->closed = x->second;
}

/* The byte of the plan that comes next, 0: there is none; *now becomes the
 * estimate behind it. */
static gram_status next_byte(GrPlan *p, const GrConfig *c, uint64_t *now,
                             uint8_t *byte)
{
    Choice x;
    if (*now == UINT64_MAX) GR_TRY(gr_plan_estimate(p, c, now));
    GR_TRY(choose(p, c, *now, &x));
    if (x.least >= *now) need_close(&x);
    if (x.least >= *now && x.close != 0) GR_TRY(be_patient(p, c, *now, &x));
    *now = x.least;
    *byte = x.best;
    return GRAM_OK;
}

/* Step over a byte that a hint is sure of; 0 where there is none, or it is
 * dead after all. */
static gram_status take_hint(GrPlan *p, GrConfig *c, uint8_t *byte)
{
    bool dead;
    GrConfig next = *c;
    Place back = place_of(p);
    *byte = 0;
    if (p->hinted == p->hint.len) {
        p->hinted = 0;
        GR_TRY(gr_pda_hint(p->run.pda, c, &p->hint));
        if (!p->hint.sure) p->hint.len = 0;
    }
    if (p->hint.len == 0) return GRAM_OK;
    *byte = (uint8_t)p->hint.text[p->hinted++];
    GR_TRY(gr_plan_step(p, &next, *byte, &dead));
    if (!dead) {
        *c = next;
        return GRAM_OK;
    }
    p->hinted = p->hint.len = 0;
    *byte = 0;
    go_back(p, &back);
    return GRAM_OK;
}

/* One more byte of the plan: *end where the text may end instead. */
static gram_status go_on(GrPlan *p, GrConfig *c, uint64_t *now, bool *end)
{
    bool dead = false;
    uint8_t byte = 0;
    p->run.read = p->run.read_key = p->run.read_item = 0;
    GR_TRY(gr_run_end(&p->run, c, end));
    if (!*end) GR_TRY(take_hint(p, c, &byte));
    if (byte) {
        *now = UINT64_MAX;
    } else if (!*end) {
        GR_TRY(next_byte(p, c, now, &byte));
        if (byte) GR_TRY(gr_plan_step(p, c, byte, &dead));
    }
    p->path.at[p->path.n - 1].ahead = (Ahead){.tokens = *end ? 0 : NO_PLAN,
                                              .next = dead ? 0 : byte,
                                              .read = p->run.read,
                                              .read_key = p->run.read_key,
                                              .read_item = p->run.read_item};
    return GRAM_OK;
}

/* What is known of c joins the path. */
static gram_status meet(GrPlan *p, const GrConfig *c, uint64_t most)
{
    PlanStep at = {.ahead = {.tokens = NO_PLAN}};
    GR_TRY(gr_plan_facts(p, c, &at));
    const Ahead *ahead = gr_plan_find(p, &at, most - p->path.n);
    at.known = ahead != NULL;
    if (at.known) at.ahead = *ahead;
    return gr_vec_push(p->run.env, &p->path, at);
}

/* Follow the plan from c to its end, or to where enough of it is known;
 * *found is false beyond `most` bytes. */
static gram_status follow(GrPlan *p, GrConfig *c, uint64_t most, bool *found)
{
    uint64_t now = UINT64_MAX;
    uint32_t known = 0;
    *found = false;
    p->hinted = p->hint.len = 0;
    while (p->path.n <= most) {
        bool end = false, dead = false;
        GR_TRY(meet(p, c, most));
        const PlanStep *at = &p->path.at[p->path.n - 1];
        if (p->path.n == 1)
            p->run.own_key = at->in_key && !at->rival ? c->key_at + 1 : 0;
        const Ahead *a = &at->ahead;
        known = at->known ? known + 1 : 0;
        *found = at->known && a->tokens != NO_PLAN &&
                 p->path.n - 1 + a->bytes <= most;
        if (at->known && (!*found || a->next == 0)) return GRAM_OK;
        if (known == p->path.n || known > PLAN_TOKEN) return GRAM_OK;
        if (at->known) {
            GR_TRY(gr_plan_step(p, c, a->next, &dead));
            now = UINT64_MAX;
            p->hinted = p->hint.len = 0;
        } else {
            GR_TRY(go_on(p, c, &now, &end));
        }
        *found = end;
        if (dead || end || a->next == 0) return GRAM_OK;
    }
    *found = false;
    return GRAM_OK;
}

/* The fewest tokens that spell the path from its i-th step on; NO_PLAN where
 * none do.  Those behind it are settled; a token that is taken by its id is
 * one, and in no other. */
static uint32_t fewest_tokens(const GrPlan *p, const char *text, uint32_t left)
{
    const GrPlanTokens *v = &p->tokens;
    const PlanStep *at = &p->path.at[p->path.n - 1 - left];
    uint32_t longest = v->spell != NULL ? SPELL_TOKEN : PLAN_TOKEN;
    uint32_t most = left < longest ? left : longest, best = NO_PLAN;
    uint32_t lengths = at->takes ? 1 : v->lengths(v->ctx, text, most);
    for (uint32_t k = 0; k < most && (k == 0 || !at[k].takes); k++) {
        uint32_t tokens = at[k + 1].ahead.tokens;
        if ((lengths >> k & 1) && tokens < best) best = tokens;
        if (at->takes) break;
    }
    return best == NO_PLAN ? NO_PLAN : best + 1;
}

/* From every place of the path, from its end on. */
static gram_status count_tokens(GrPlan *p)
{
    uint32_t n = p->path.n - 1;
    const char *end = p->log.at + p->log.n;
    for (uint32_t left = 1; left <= n; left++) {
        PlanStep *at = &p->path.at[n - left];
        if (at->known) continue;
        at->ahead.bytes = at[1].ahead.bytes + 1;
        at->ahead.tokens = fewest_tokens(p, end - left, left);
    }
    return gr_step(p->run.env, n);
}

/* Only a text that may end here needs no more. */
static gram_status plan_nothing(GrPlan *p, const GrConfig *c, uint64_t *tokens)
{
    bool end;
    p->run.read = p->run.read_key = p->run.read_item = 0;
    GR_TRY(gr_run_end(&p->run, c, &end));
    *tokens = end ? 0 : UINT64_MAX;
    GR_TRY(gr_vec_push(p->run.env, &p->path, (PlanStep){0}));
    p->path.at[0].ahead.read = p->run.read;
    return gr_step(p->run.env, 1);
}

/* What is looked for on the way is a fact from the beginning on: with more of
 * that the path is gone again, and told by it. */
static gram_status follow_all(GrPlan *p, const GrConfig *from, uint64_t most,
                              bool *found)
{
    Place start = place_of(p);
    uint32_t n_sought;
    do {
        GrConfig c = *from;
        n_sought = p->sought.n;
        go_back(p, &start);
        p->path.n = 0;
        GR_TRY(follow(p, &c, most, found));
        if (p->sought.n > n_sought) gr_plan_retell(p);
    } while (p->sought.n > n_sought);
    return GRAM_OK;
}

static gram_status plan(GrPlan *p, GrConfig *c, uint64_t most, uint64_t *tokens)
{
    bool found;
    uint64_t bytes = GR_PLAN_MOST;
    if (most == 0) return plan_nothing(p, c, tokens);
    uint32_t longest = p->tokens.spell != NULL ? SPELL_TOKEN : PLAN_TOKEN;
    if (most < GR_PLAN_MOST / longest) bytes = most * longest;
    *tokens = UINT64_MAX;
    if (p->tokens.spell != NULL)
        GR_TRY(gr_plan_search(p, c, bytes, &found));
    else
        GR_TRY(follow_all(p, c, bytes, &found));
    if (found) GR_TRY(count_tokens(p));
    gr_plan_keep(p, bytes);
    uint32_t n = p->path.at[0].ahead.tokens;
    if (found && n <= most) *tokens = n;
    return GRAM_OK;
}

bool gr_plan_seeks(const GrPlan *p, const char *raw, size_t len)
{
    return gr_sought_begins(&p->sought, raw, len);
}

uint8_t gr_plan_read(const GrPlan *p)
{
    return p->path.n > 0 ? p->path.at[0].ahead.read : 0;
}

gram_status gr_plan_tokens(GrPlan *p, const GrConfig *from, const char *text,
                           size_t len, uint64_t most, uint64_t *tokens)
{
    GrConfig c = *from;
    bool sure;
    p->path.n = 0;
    GR_TRY(gr_pda_is_sure(p->run.pda, &sure));
    if (sure && p->tokens.spell == NULL) return gr_plan_estimate(p, &c, tokens);
    GrArenaMark mark = gr_arena_mark(&p->arena);
    p->search.here = len == 0;
    GR_TRY(gr_plan_text(p, text, len));
    gram_status status = plan(p, &c, most, tokens);
    gr_arena_release(p->run.env, &p->arena, mark);
    return status;
}
