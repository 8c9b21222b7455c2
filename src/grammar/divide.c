/* Dividing a set of stacks by what all of them pass through; printing.
 *
 * The nodes below x are opened from the tallest down.  When only one is left
 * unopened, all stacks pass through it; the first such node is the nearest.
 * Height orders the nodes so that a node is opened after everything that can
 * lead to it.  A stack that ends in the hole early ends the search: the only
 * common node is then the hole.  Cost: the nodes above d. */
#include "grammar/stacks.h"

enum { MOVED_PER_STEP = 64 }; /* nodes of the front moved for a step */

/* Put a node on the front: a list of height << 32 | node, shortest first. */
static gram_status add_front(GrStacks *s, uint32_t x)
{
    uint32_t height = gr_stacks_fact(s, (StackSet){x})->height;
    uint64_t key = gr_pair(height, x);
    uint32_t lo = 0, hi = s->front.n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->front.at[mid] < key)
            lo = mid + 1;
        else
            hi = mid;
    }
    uint32_t after = s->front.n - lo;
    GR_TRY(gr_step(s->env, 1 + after / MOVED_PER_STEP));
    GR_TRY(gr_vec_push(s->env, &s->front, key));
    uint64_t *at = s->front.at + lo;
    memmove(at + 1, at, after * sizeof *at);
    *at = key;
    return GRAM_OK;
}

/* *d: the nearest node below the tops of x that every stack passes through.
 *
 * Two nodes of one height cannot lead to each other, so the order among them
 * does not matter; a node is on the front once (stamps).  The first node opened
 * is x itself, which is why its own tops do not count. */
static gram_status find_common(GrStacks *s, StackSet x, StackSet *d)
{
    uint32_t n;
    bool hole;
    s->front.n = 0;
    GR_TRY(gr_stacks_walk(s));
    GR_TRY(gr_vec_push(s->env, &s->front, x.v));
    do {
        uint32_t y = (uint32_t)s->front.at[--s->front.n];
        const StackTop *tops = gr_stacks_get(s, (StackSet){y}, &n, &hole);
        d->v = STACKS_HOLE;
        /* a stack ends here: it passes through no other node */
        if (hole) return GRAM_OK;
        GR_TRY(gr_step(s->env, 1 + n / 8));
        for (uint32_t i = 0; i < n; i++)
            if (gr_stacks_is_new(s, tops[i].rest))
                GR_TRY(add_front(s, tops[i].rest));
    } while (s->front.n > 1);
    d->v = (uint32_t)s->front.at[0];
    return GRAM_OK;
}

/* --- division ------------------------------------------------------------- */

/* One division: u = x with d replaced by the hole, node by node. */
typedef struct Divider {
    GrStacks *s;
    uint32_t d;
    GrMap memo; /* node -> node above the hole, + 1 */
    GrVec(uint32_t) todo;
} Divider;

/* Of d itself the answer is the hole; nodes below d are never asked for. */
static bool known(Divider *v, uint32_t x, uint32_t *out)
{
    uint32_t *at = gr_map_find(&v->memo, x);
    *out = x == v->d ? STACKS_HOLE : at ? *at : 0;
    return x == v->d || at != NULL;
}

/* x over its divided rests, if these are all known; else they are put before
 * it. */
static gram_status try_divide(Divider *v, uint32_t x)
{
    GrStacks *s = v->s;
    uint32_t n, rest;
    bool complete = true;
    const StackTop *tops = gr_stacks_get(s, (StackSet){x}, &n, NULL);
    StackSet out;
    GR_TRY(gr_step(s->env, 1 + n));
    for (uint32_t i = 0; i < n; i++) {
        if (known(v, tops[i].rest, &rest)) continue;
        complete = false;
        GR_TRY(gr_vec_push(s->env, &v->todo, tops[i].rest));
    }
    if (!complete) return GRAM_OK;
    s->list.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        known(v, tops[i].rest, &rest);
        GR_TRY(gr_vec_push(s->env, &s->list, (StackTop){tops[i].symbol, rest}));
    }
    GR_TRY(gr_stacks_gather(s, &s->list, &out));
    v->todo.n--;
    return gr_map_put(s->env, &v->memo, x, out.v);
}

/* Each node above d is divided once; an explicit stack, since sets are as deep
 * as the text is nested. */
static gram_status divide_by(Divider *v, StackSet x, StackSet *u)
{
    gram_status status = gr_vec_push(v->s->env, &v->todo, x.v);
    while (status == GRAM_OK && v->todo.n > 0) {
        uint32_t y = v->todo.at[v->todo.n - 1];
        if (known(v, y, &u->v))
            v->todo.n--;
        else
            status = try_divide(v, y);
    }
    known(v, x.v, &u->v);
    gr_map_clear(v->s->env, &v->memo);
    gr_vec_clear(v->s->env, &v->todo);
    return status;
}

/* *u is x itself where there is no node to divide by. */
gram_status gr_stacks_divide(GrStacks *s, StackSet x, StackSet *u, StackSet *d)
{
    GR_TRY(find_common(s, x, d));
    *u = x;
    if (d->v == STACKS_HOLE) return GRAM_OK;
    Divider v = {.s = s, .d = d->v};
    return divide_by(&v, x, u);
}

/* --- printing ------------------------------------------------------------- */

enum { PRINT_NODES = 24 };

/* Rule and number of the state behind the rule's entry. */
static gram_status print_symbol(const GrStacks *s, const GrRules *r,
                                uint32_t symbol, GrText *out)
{
    char name[60];
    if (symbol == GR_ANY_SYMBOL) return gr_text_put(s->env, out, "any", 3);
    if (symbol & GR_LEX_SYMBOL)
        return gr_text_printf(s->env, out, "regex.%u", symbol & ~GR_LEX_SYMBOL);
    if (symbol == RTN_END) return gr_text_put(s->env, out, "END", 3);
    if (symbol == RTN_INSIDE) return gr_text_put(s->env, out, "INSIDE", 6);
    const RtnAuto *a = &s->t->automaton.at[s->t->state.at[symbol].owner];
    gr_rules_spell(r, a->rule, name, sizeof name);
    return gr_text_printf(s->env, out, "%s.%u", name, symbol - a->entry);
}

/* Nodes breadth-first, each as "n: top>node ...", up to PRINT_NODES. */
gram_status gr_stacks_print(const GrStacks *s, const GrRules *r, StackSet x,
                            GrText *out)
{
    uint32_t seen[PRINT_NODES] = {x.v}, n_seen = 1;
    for (uint32_t i = 0; i < n_seen; i++) {
        uint32_t n;
        bool hole;
        const StackTop *tops = gr_stacks_get(s, (StackSet){seen[i]}, &n, &hole);
        GR_TRY(gr_text_printf(s->env, out, i ? "; %u:" : "%u:", seen[i]));
        if (hole) GR_TRY(gr_text_put(s->env, out, " |", 2));
        for (uint32_t k = 0; k < n; k++) {
            GR_TRY(gr_text_put(s->env, out, " ", 1));
            GR_TRY(print_symbol(s, r, tops[k].symbol, out));
            GR_TRY(gr_text_printf(s->env, out, ">%u", tops[k].rest));
            uint32_t j = 0;
            while (j < n_seen && seen[j] != tops[k].rest) j++;
            if (j == n_seen && n_seen < PRINT_NODES)
                seen[n_seen++] = tops[k].rest;
        }
    }
    return GRAM_OK;
}
