/* A function over the bits of verdict vectors: true for those that keep the
 * parent alive, false for the others that can come; of those that cannot it
 * may say what it likes.
 *
 * A range of vectors that agree in the first bits is parted by the next one,
 * in place, until all that are left are of one kind:
 *
 *     0 0 0    dead      bit 0: parts off the last one, alive: 1
 *     0 1 0    alive     bit 1: parts off the second one, alive: 01
 *     1 0 0    alive     what is left is dead: 00
 *
 * so that "just one of these n" is "one of them" where no two can come
 * together: n nodes, which ask for nothing to fail.  Or-ing vector after
 * vector makes a function of each beginning of the list, n^2 nodes.
 *
 * A single living vector is told in full: its parent is then the same
 * whatever comes (child_goal.c). */
#include "schema/want.h"

typedef struct Range {
    uint32_t from, to, mid, bit; /* zeros of the bit: from .. mid - 1 */
    uint32_t phase;              /* parts done */
    Bdd lo;
} Range;

typedef struct Cubes {
    Sm *sm;
    SmVector *vector;
    GrVec(Range) stack;
} Cubes;

/* Those with the bit 0 go to the front: the end of these. */
static uint32_t part(Cubes *c, const Range *r)
{
    uint32_t mid = r->from;
    for (uint32_t i = r->from; i < r->to; i++) {
        SmVector v = c->vector[i];
        if (gr_bit_get(v.bits, r->bit)) continue;
        c->vector[i] = c->vector[mid];
        c->vector[mid++] = v;
    }
    return mid;
}

static gram_status push(Cubes *c, uint32_t from, uint32_t to, uint32_t bit)
{
    Range r = {.from = from, .to = to, .bit = bit};
    return gr_vec_push(c->sm->env, &c->stack, r);
}

static bool all_alike(const Cubes *c, const Range *r)
{
    uint32_t i = r->from + 1;
    while (i < r->to && c->vector[i].alive == c->vector[r->from].alive) i++;
    return i >= r->to;
}

/* Part the range on top; where no vector has one of the values of the bit,
 * it does not matter. */
static gram_status begin(Cubes *c, Range *r)
{
    GR_TRY(gr_step(c->sm->env, 1 + (r->to - r->from) / 16));
    do {
        r->mid = part(c, r);
        r->bit++;
    } while (r->mid == r->from || r->mid == r->to);
    return push(c, r->from, r->mid, r->bit);
}

/* One step of the range on top.  *out: what the range on top of it was, and
 * what it is itself when it goes. */
static gram_status visit(Cubes *c, Bdd *out)
{
    Range *r = &c->stack.at[c->stack.n - 1];
    if (r->phase == 0 && all_alike(c, r)) {
        *out = gr_bdd_const(c->vector[r->from].alive);
        c->stack.n--;
        return GRAM_OK;
    }
    switch (r->phase++) {
    case 0: return begin(c, r);
    case 1: r->lo = *out; return push(c, r->mid, r->to, r->bit);
    default:
        c->stack.n--;
        return gr_bdd_make(&c->sm->bdd, r->bit - 1, r->lo, *out, out);
    }
}

static gram_status make_cube(Sm *sm, const uint32_t *bits, uint32_t n, Bdd *out)
{
    Bdd no = gr_bdd_const(false);
    *out = gr_bdd_const(true);
    for (uint32_t i = n; i-- > 0;)
        GR_TRY(gr_bit_get(bits, i) ? gr_bdd_make(&sm->bdd, i, no, *out, out)
                                   : gr_bdd_make(&sm->bdd, i, *out, no, out));
    return GRAM_OK;
}

static gram_status run(Cubes *c, uint32_t n, Bdd *out)
{
    *out = gr_bdd_const(false);
    if (n == 0) return GRAM_OK;
    GR_TRY(push(c, 0, n, 0));
    while (c->stack.n > 0) GR_TRY(visit(c, out));
    return GRAM_OK;
}

gram_status sm_cubes(Sm *sm, SmVector *vector, uint32_t n, uint32_t n_bits,
                     Bdd *out)
{
    Cubes c = {.sm = sm, .vector = vector};
    uint32_t n_alive = 0, last = 0;
    for (uint32_t i = 0; i < n; i++) {
        n_alive += vector[i].alive;
        if (vector[i].alive) last = i;
    }
    if (n_alive == 1) return make_cube(sm, vector[last].bits, n_bits, out);
    gram_status status = run(&c, n, out);
    gr_vec_clear(sm->env, &c.stack);
    return status;
}
