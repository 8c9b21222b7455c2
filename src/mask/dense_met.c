/* The tokens of the shapes that a walk has met: see dense_shapes.c.
 *
 * In: a bit for each shape.  Out: the bits of the row.  The tokens of a shape
 * are a list that is gone through; where a string takes most of a part of the
 * plain shapes (shapes.c), the row of that part is there already, and the lists
 * are those of what it does not take.
 *
 *     [^.]*     most of all parts: the lists of shapes with a dot
 *     \S+       none behind a space, most of the others
 *     [0-9a-f]  few: the lists of what was met
 *
 * Cost: 25 instructions a token on a list, five a shape. */
#include "mask/dense.h"

/* How long the lists of these shapes are. */
static uint32_t length_of(const Shapes *s, uint32_t word, uint32_t bits)
{
    uint32_t len = 0;
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = word * 32 + (uint32_t)__builtin_ctz(bits);
        len += s->node[i + 1].list - s->node[i].list;
    }
    return len;
}

/* Set or clear their tokens. */
static void put_lists(const Shapes *s, uint32_t *row, uint32_t word,
                      uint32_t bits, bool set)
{
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = word * 32 + (uint32_t)__builtin_ctz(bits);
        const uint8_t *list = s->list + s->node[i].list;
        const uint8_t *last = s->list + s->node[i + 1].list;
        for (uint32_t id = 0; list < last;) {
            id = gr_shape_token(&list, id);
            if (set)
                gr_bit_set(row, id);
            else
                gr_bit_clear(row, id);
        }
    }
}

/* Was most of a part met?  Then what was not is gone through, else what was. */
static gram_status is_most(Dense *d, const ShapePart *p, bool *most)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    uint32_t met = 0;
    for (uint32_t i = 0; i <= s->n_nodes / 32; i++)
        met += length_of(s, i, d->met[i] & p->nodes[i]);
    *most = met > p->len / 2;
    return gr_step(d->k->w->env, *most ? p->len - met : met);
}

/* A word of shapes; those that are in no part are few. */
static void put_word(const Dense *d, uint32_t i, const bool *most,
                     uint32_t *row)
{
    const Shapes *s = &d->k->w->m->tables->shapes;
    uint32_t met = d->met[i], set = met, clear = 0;
    for (uint32_t k = 0; k < SHAPES_PARTS; k++) {
        if (!most[k]) continue;
        set &= ~s->part[k].nodes[i];
        clear |= s->part[k].nodes[i] & ~met;
    }
    put_lists(s, row, i, clear, false);
    put_lists(s, row, i, set, true);
}

gram_status gr_dense_met(Dense *d)
{
    GrWork *w = d->k->w;
    const Shapes *s = &w->m->tables->shapes;
    const uint32_t *of[SHAPES_PARTS];
    bool most[SHAPES_PARTS];
    uint32_t words = w->m->v->mask_words, n = 0;
    uint32_t *row = gr_arena_take(w->env, &w->arena, row_bytes(w->m));
    if (row == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < SHAPES_PARTS; i++) {
        GR_TRY(is_most(d, &s->part[i], &most[i]));
        if (most[i]) of[n++] = s->part[i].row;
    }
    w->m->tables->kernels->unite(of, n, words, row);
    for (uint32_t i = 0; i <= s->n_nodes / 32; i++) put_word(d, i, most, row);
    for (uint32_t i = 0; i < words; i++) w->row[i] |= row[i];
    return gr_step(w->env, s->n_nodes / 32);
}
