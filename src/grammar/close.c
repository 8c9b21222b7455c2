/* Filling the hole of a set of stacks, and closing it.
 *
 *     over(x, d)    x with d in the place of its hole
 *     close(x)      x with each top that is final replaced by what is below it
 *
 * Both are defined over the rests of x, and sets share their rests, so both are
 * remembered: for a set with its d, and for a set.  What would recurse is a
 * list of sets still to do, as in stacks.c: a set is looked at, puts the rests
 * that are not known yet on the list, and is looked at again when they are.  A
 * set is older than any that has it as a rest, so this ends.
 *
 * The list is shared: each call works above the place where it found its end,
 * and leaves it there also on failure. */
#include "grammar/stacks.h"

/* --- filling the hole ----------------------------------------------------- */

/* The hole becomes d, no stack at all stays none, and a hole in the place of a
 * hole changes nothing: these are known without a memo. */
static bool known_over(const GrStacks *s, uint32_t x, uint32_t d, uint32_t *out)
{
    *out = x == STACKS_HOLE ? d : x;
    if (x <= STACKS_HOLE || d == STACKS_HOLE) return true;
    uint32_t *known = gr_map_find(&s->over, gr_pair(x, d));
    if (known != NULL) *out = *known;
    return known != NULL;
}

/* The tops are read once to see what is missing and once more to put them
 * together: only then all rests are known. */
static gram_status try_over(GrStacks *s, uint32_t x, uint32_t d)
{
    uint32_t n, rest;
    bool hole, complete = true;
    const StackTop *tops = gr_stacks_get(s, (StackSet){x}, &n, &hole);
    StackSet sum;
    GR_TRY(gr_step(s->env, 1 + n));
    for (uint32_t i = 0; i < n; i++) {
        if (known_over(s, tops[i].rest, d, &rest)) continue;
        complete = false;
        GR_TRY(gr_vec_push(s->env, &s->todo, gr_pair(tops[i].rest, d)));
    }
    if (!complete) return GRAM_OK;
    s->list.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        known_over(s, tops[i].rest, d, &rest);
        GR_TRY(gr_vec_push(s->env, &s->list, (StackTop){tops[i].symbol, rest}));
    }
    GR_TRY(gr_stacks_gather(s, &s->list, &sum));
    StackSet below = {hole ? d : STACKS_NONE};
    GR_TRY(gr_stacks_union(s, sum, below, &sum));
    s->todo.n--;
    return gr_map_put(s->env, &s->over, gr_pair(x, d), sum.v);
}

gram_status gr_stacks_over(GrStacks *s, StackSet x, StackSet d, StackSet *out)
{
    uint32_t base = s->todo.n;
    if (known_over(s, x.v, d.v, &out->v)) return GRAM_OK;
    gram_status status = gr_vec_push(s->env, &s->todo, gr_pair(x.v, d.v));
    while (status == GRAM_OK && s->todo.n > base) {
        uint64_t pair = s->todo.at[s->todo.n - 1];
        uint32_t known;
        if (known_over(s, (uint32_t)(pair >> 32), d.v, &known))
            s->todo.n--;
        else
            status = try_over(s, (uint32_t)(pair >> 32), d.v);
    }
    s->todo.n = base;
    if (status == GRAM_OK) known_over(s, x.v, d.v, &out->v);
    return status;
}

/* --- closing -------------------------------------------------------------- */

static StackFact *fact(GrStacks *s, uint32_t x)
{
    return gr_store_at(&s->facts, x);
}

/* Tops that can go on stay as they are; those that are final are replaced by
 * their closed rests. */
static gram_status try_close(GrStacks *s, uint32_t x)
{
    uint32_t n;
    bool hole, complete = true;
    const StackTop *tops = gr_stacks_get(s, (StackSet){x}, &n, &hole);
    StackSet sum;
    GR_TRY(gr_step(s->env, 1 + n));
    for (uint32_t i = 0; i < n; i++) {
        StackSymbol q;
        GR_TRY(gr_stacks_look(s, tops[i].symbol, &q));
        if (!q.final || fact(s, tops[i].rest)->closed != 0) continue;
        complete = false;
        GR_TRY(gr_vec_push(s->env, &s->todo, tops[i].rest));
    }
    if (!complete) return GRAM_OK;
    s->row.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        StackSymbol q;
        GR_TRY(gr_stacks_look(s, tops[i].symbol, &q));
        if (q.open) GR_TRY(gr_vec_push(s->env, &s->row, tops[i]));
    }
    GR_TRY(gr_stacks_make(s, hole, s->row.at, s->row.n, &sum));
    s->sorted.n = 0;
    GR_TRY(gr_vec_push(s->env, &s->sorted, sum.v));
    for (uint32_t i = 0; i < n; i++) {
        StackSymbol q;
        GR_TRY(gr_stacks_look(s, tops[i].symbol, &q));
        if (!q.final) continue;
        uint32_t closed = fact(s, tops[i].rest)->closed - 1;
        GR_TRY(gr_vec_push(s->env, &s->sorted, closed));
    }
    GR_TRY(gr_stacks_join(s, s->sorted.at, s->sorted.n, &sum));
    fact(s, x)->closed = sum.v + 1;
    s->todo.n--;
    return GRAM_OK;
}

gram_status gr_stacks_close(GrStacks *s, StackSet x, StackSet *out)
{
    uint32_t base = s->todo.n;
    gram_status status = gr_vec_push(s->env, &s->todo, x.v);
    while (status == GRAM_OK && s->todo.n > base) {
        uint32_t y = (uint32_t)s->todo.at[s->todo.n - 1];
        if (fact(s, y)->closed != 0)
            s->todo.n--;
        else
            status = try_close(s, y);
    }
    s->todo.n = base;
    if (status == GRAM_OK) out->v = fact(s, x.v)->closed - 1;
    return status;
}
