/* A set of verdict vectors as a function over their bits.
 *
 * A range of vectors that agree in the first bits is parted by the next one,
 * in place, until one vector is left: a cube, whose end is nearly always the
 * same zeros.
 *
 *     0 0 1 0      bit 0: all zero
 *     0 0 0 1      bit 1: parts the last one off: 1, then zeros
 *     0 1 0 0      ...
 *
 * Or-ing cube after cube makes a function of each beginning of the list:
 * n vectors with one bit each are n^2 nodes that way, and 2n this way. */
#include "schema/want.h"

typedef struct Range {
    uint32_t from, to, mid, bit; /* zeros of the bit: from .. mid - 1 */
    uint32_t phase;              /* parts done */
    Bdd lo;
} Range;

typedef struct Cubes {
    Sm *sm;
    const uint32_t **vector;
    uint32_t n_bits;
    GrVec(Range) stack;
    SmWords zeros; /* by the number of bits that are zero */
} Cubes;

static gram_status make_zeros(Cubes *c)
{
    Bdd f = gr_bdd_const(true);
    GR_TRY(gr_vec_push(c->sm->env, &c->zeros, f.v));
    for (uint32_t bit = c->n_bits; bit-- > 0;) {
        GR_TRY(gr_bdd_make(&c->sm->bdd, bit, f, gr_bdd_const(false), &f));
        GR_TRY(gr_vec_push(c->sm->env, &c->zeros, f.v));
    }
    return GRAM_OK;
}

/* The bits of one vector from `bit` on. */
static gram_status make_cube(Cubes *c, const uint32_t *vector, uint32_t bit,
                             Bdd *out)
{
    uint32_t end = c->n_bits;
    Bdd no = gr_bdd_const(false);
    while (end > bit && !gr_bit_get(vector, end - 1)) end--;
    out->v = c->zeros.at[c->n_bits - end];
    while (end-- > bit)
        GR_TRY(gr_bit_get(vector, end)
                   ? gr_bdd_make(&c->sm->bdd, end, no, *out, out)
                   : gr_bdd_make(&c->sm->bdd, end, *out, no, out));
    return GRAM_OK;
}

/* Those with the bit 0 go to the front: the end of these. */
static uint32_t part(Cubes *c, const Range *r)
{
    uint32_t mid = r->from;
    for (uint32_t i = r->from; i < r->to; i++) {
        const uint32_t *v = c->vector[i];
        if (gr_bit_get(v, r->bit)) continue;
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

/* A range of one vector or none. */
static gram_status small(Cubes *c, const Range *r, Bdd *out)
{
    c->stack.n--;
    *out = gr_bdd_const(false);
    return r->from < r->to ? make_cube(c, c->vector[r->from], r->bit, out)
                           : GRAM_OK;
}

/* One step of the range on top.  *out: what the range on top of it was, and
 * what it is itself when it goes. */
static gram_status visit(Cubes *c, Bdd *out)
{
    Range *r = &c->stack.at[c->stack.n - 1];
    if (r->to - r->from < 2) return small(c, r, out);
    switch (r->phase++) {
    case 0:
        GR_TRY(gr_step(c->sm->env, 1 + (r->to - r->from) / 16));
        r->mid = part(c, r);
        return push(c, r->from, r->mid, r->bit + 1);
    case 1: r->lo = *out; return push(c, r->mid, r->to, r->bit + 1);
    default:
        c->stack.n--;
        return gr_bdd_make(&c->sm->bdd, r->bit, r->lo, *out, out);
    }
}

static gram_status run(Cubes *c, uint32_t n, Bdd *out)
{
    GR_TRY(make_zeros(c));
    GR_TRY(push(c, 0, n, 0));
    while (c->stack.n > 0) GR_TRY(visit(c, out));
    return GRAM_OK;
}

gram_status sm_cubes(Sm *sm, const uint32_t **vector, uint32_t n,
                     uint32_t n_bits, Bdd *out)
{
    Cubes c = {.sm = sm, .vector = vector, .n_bits = n_bits};
    gram_status status = run(&c, n, out);
    gr_vec_clear(sm->env, &c.stack);
    gr_vec_clear(sm->env, &c.zeros);
    return status;
}
