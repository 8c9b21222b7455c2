/* The code points on which a set of stacks returns to itself.
 *
 * A mask over a class loop need not look at every token: whole characters of
 * the class leave the set as it is.  The set is walked over the bytes of all
 * code points at once: what six more bits can do from a set is `all` (every
 * continuation comes back to the start), `none` or `some`, and only `some`
 * is looked into.  Depth is at most three, the length of UTF-8. */
#include "grammar/machine.h"

enum { WORTH_POINTS = 64, WORTH_COUNTING = 20 };

typedef enum Share { SHARE_NONE, SHARE_SOME, SHARE_ALL } Share;

typedef struct Walk {
    MachineA *m;
    StackSet from, home; /* a whole character leads from one to the other */
    GrMap memo;          /* (set, bytes left) -> Share */
    GrVec(uint32_t) out; /* pairs lo, hi */
} Walk;

static gram_status add(Walk *w, uint32_t lo, uint32_t hi)
{
    if (w->out.n > 0 && w->out.at[w->out.n - 1] + 1 == lo) {
        w->out.at[w->out.n - 1] = hi;
        return GRAM_OK;
    }
    GR_TRY(gr_vec_push(w->m->env, &w->out, lo));
    return gr_vec_push(w->m->env, &w->out, hi);
}

/* A set that holds the hole has popped: what comes then depends on the frame
 * below.  Sets in between may be divided, which pushes and pops again. */
static bool pops(const Walk *w, StackSet x)
{
    uint32_t n;
    bool hole;
    gr_stacks_get(&w->m->stacks, x, &n, &hole);
    return hole;
}

/* What `left` continuation bytes can do from x. */
static gram_status share(Walk *w, StackSet x, uint32_t left, Share *out)
{
    *out = SHARE_NONE;
    if (left == 0) {
        if (x.v == w->home.v) *out = SHARE_ALL;
        return GRAM_OK;
    }
    uint32_t *known = gr_map_find(&w->memo, gr_pair(x.v, left));
    if (known != NULL) {
        *out = (Share)*known;
        return GRAM_OK;
    }
    bool is = x.v != STACKS_NONE && !pops(w, x);
    uint32_t n_all = 0, n_none = 0;
    for (uint32_t b = 0; is && b < 64; b++) {
        StackSet next;
        Share s;
        GR_TRY(gr_machine_move(w->m, x, (uint8_t)(0x80 | b), &next));
        GR_TRY(share(w, next, left - 1, &s));
        n_all += s == SHARE_ALL;
        n_none += s == SHARE_NONE;
    }
    if (is && n_none < 64) *out = n_all == 64 ? SHARE_ALL : SHARE_SOME;
    return gr_map_put(w->m->env, &w->memo, gr_pair(x.v, left), *out);
}

static gram_status list(Walk *w, StackSet x, uint32_t base, uint32_t left)
{
    Share s;
    GR_TRY(share(w, x, left, &s));
    if (s == SHARE_NONE) return GRAM_OK;
    if (s == SHARE_ALL) return add(w, base, base + (1u << 6 * left) - 1);
    for (uint32_t b = 0; b < 64; b++) {
        StackSet next;
        GR_TRY(gr_machine_move(w->m, x, (uint8_t)(0x80 | b), &next));
        GR_TRY(list(w, next, base | b << 6 * (left - 1), left - 1));
    }
    return GRAM_OK;
}

static gram_status list_all(Walk *w)
{
    for (uint32_t b = 0; b < 0xF5; b++) {
        StackSet x;
        if (b >= 0x80 && b < 0xC2) continue;
        uint32_t left = b < 0x80 ? 0 : b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
        uint32_t bits = left == 0 ? b : b & (0x3Fu >> left);
        GR_TRY(gr_machine_move(w->m, w->from, (uint8_t)b, &x));
        GR_TRY(list(w, x, bits << 6 * left, left));
    }
    return GRAM_OK;
}

/* A regex that runs alone knows its own loop. */
static gram_status lex_loop(Walk *w, uint32_t symbol)
{
    GrRe *re = w->m->rules.re;
    LexId lex = {symbol & ~GR_LEX_SYMBOL};
    GrLexInfo info;
    SetId set;
    uint32_t n;
    GR_TRY(gr_lex_info(re, lex, &info));
    if (!info.boundary) return GRAM_OK;
    GR_TRY(gr_lex_loop(re, lex, &set));
    const GrRange *range = gr_set_get(re, set, &n);
    for (uint32_t i = 0; i < n; i++) GR_TRY(add(w, range[i].lo, range[i].hi));
    return GRAM_OK;
}

static gram_status collect(Walk *w)
{
    uint32_t n;
    if (w->home.v != w->from.v) return list_all(w); /* of count.c */
    const StackTop *tops = gr_stacks_get(&w->m->stacks, w->home, &n, NULL);
    if (!w->m->rtn.has_regex) return list_all(w);
    /* END moves on nothing: beside it a regex still runs alone */
    if (n == 2 && tops[0].symbol == RTN_END) {
        tops++;
        n--;
    }
    if (n != 1 || !(tops[0].symbol & GR_LEX_SYMBOL)) return GRAM_OK;
    return lex_loop(w, tops[0].symbol);
}

/* A loop over a few characters (white space, digits) is walked in less time
 * than a mask needs to prepare for its class. */
static bool is_worth_it(const Walk *w)
{
    uint32_t points = 0;
    for (uint32_t i = 0; i < w->out.n; i += 2)
        points += w->out.at[i + 1] - w->out.at[i] + 1;
    /* where characters are counted there is a mask for each count */
    bool counts = w->home.v != w->from.v;
    return points >= (counts ? WORTH_COUNTING : WORTH_POINTS);
}

/* The ranges as the waist wants them: stable. */
static gram_status keep(Walk *w, Loop *out)
{
    if (!is_worth_it(w)) w->out.n = 0;
    size_t bytes = w->out.n * sizeof(uint32_t);
    out->n = w->out.n / 2;
    if (w->out.n == 0) return GRAM_OK;
    uint32_t *copy = gr_arena_take(w->m->env, &w->m->arena, bytes);
    if (copy == NULL) return GRAM_E_MEMORY;
    memcpy(copy, w->out.at, bytes);
    out->ranges = copy;
    return GRAM_OK;
}

/* Where to walk from and to; nowhere: there is no loop. */
static gram_status begin(Walk *w, StackSet x, Loop *loop)
{
    w->from = w->home = x;
    if (!(x.v & GR_COUNTER)) {
        /* a loose set seldom comes back to itself, and to find that out takes
         * some hundred moves, which no mask pays for */
        if (gr_stacks_fact(&w->m->stacks, x)->is_loose) w->from.v = STACKS_NONE;
        return GRAM_OK;
    }
    w->home.v = STACKS_HOLE;
    return gr_count_loop(w->m, x, &w->from, &loop->reg, &loop->limit);
}

static gram_status find(MachineA *m, StateId s, Loop *loop)
{
    Walk w = {.m = m};
    gram_status status = begin(&w, m->state_sets.at[s.v], loop);
    if (status == GRAM_OK && w.from.v != STACKS_NONE) status = collect(&w);
    if (status == GRAM_OK) status = keep(&w, loop);
    gr_map_clear(m->env, &w.memo);
    gr_vec_clear(m->env, &w.out);
    GR_TRY(status);
    /* room first: no id of a loop that is not there */
    GR_TRY(gr_vec_reserve(m->env, &m->loops, 1));
    GR_TRY(gr_map_put(m->env, &m->loop_ids, s.v, m->loops.n));
    m->loops.at[m->loops.n++] = *loop;
    return GRAM_OK;
}

gram_status gr_machine_loop(void *machine, StateId s, GrLoop *out)
{
    MachineA *m = machine;
    uint32_t *known = gr_map_find(&m->loop_ids, s.v);
    Loop loop = {NULL, 0, GR_REGS, UINT32_MAX};
    if (known != NULL)
        loop = m->loops.at[*known];
    else
        GR_TRY(find(m, s, &loop));
    *out = (GrLoop){.ranges = loop.ranges,
                    .n = loop.n,
                    .reg = loop.reg,
                    .limit = loop.limit};
    return GRAM_OK;
}
