/* The mask of a state in a zone: the slice, odd tokens, and rests behind the
 * states that the characters before them lead to (zone_exits.c).  See zone.c.
 *
 *     " world"    spaces and a word of the class    the slice
 *     "a b"       an odd one                        stepped by itself
 *
 * Where lengths are counted the slice ends at the bounds of the zone. */
#include "mask/zone.h"

enum {
    OTHERS_MOST = 2048 /* tokens stepped because they are not of the zone's
                          class, if these die: then a walk is soon done */
};

/* --- stepping tokens ------------------------------------------------------ */

/* Step over len bytes of characters; *dead where one of them is. */
gram_status gr_zone_run(GrWork *w, StateId *s, uint32_t *count, const char *p,
                        uint32_t len, bool *dead)
{
    *dead = false;
    for (uint32_t i = 0; i < len && !*dead; i++) {
        Step step;
        WalkLevel at;
        row_ref(w, *s, &at);
        Cell cell = {atomic_load_explicit(&at.row[at.map[(uint8_t)p[i]]],
                                          memory_order_acquire)};
        if (GR_LIKELY(gr_cell_is_goto(cell))) {
            *s = gr_cell_state(cell);
            continue;
        }
        if (cell.v == GR_CELL_EMPTY)
            GR_TRY(gr_cell_at(w, *s, (uint8_t)p[i], &cell));
        *dead = !gr_cell_step(w, cell, &step);
        w->met_other |= *dead && cell.v != GR_CELL_DEAD;
        *count += step.whole;
        *dead |= step.reg<GR_REGS && * count> step.hi;
        *s = step.to;
    }
    return gr_step(w->env, len);
}

/* One token by itself: for those that are no spaces and a word, or have
 * characters that were taken out of the class. */
gram_status gr_zone_decide(Walk *k, const Zone *z, const GrConfig *c,
                           uint32_t token)
{
    uint32_t len, count = gr_zone_count(z, c);
    bool dead;
    StateId s = c->state;
    const char *p = gr_vocab_bytes(k->w->m->v, token, &len);
    GR_TRY(gr_zone_run(k->w, &s, &count, p, len, &dead));
    return gr_row_put(k->w, token, !dead);
}

/* --- the slice ------------------------------------------------------------ */

/* The leaf holds for these values of the register. */
static void note_count(Walk *k, const Zone *z, uint32_t lo, uint32_t hi)
{
    gr_trace_note(k->run.trace, 1, z->reg, lo, hi);
}

/* Tokens of at most `least` characters are alive, those of more than `most` are
 * dead; each of the others is stepped. */
static gram_status load_between(Walk *k, const Zone *z, const GrConfig *c,
                                ClassRef *r, uint32_t least, uint32_t most)
{
    uint32_t i = r->cls->chars_at[least], end = r->cls->chars_at[most];
    GR_TRY(gr_load_few(k->w, r, least));
    for (; i < end; i++)
        if (gr_bit_get(r->cls->all.row, r->cls->by_chars[i]))
            GR_TRY(gr_zone_decide(k, z, c, r->cls->by_chars[i]));
    return GRAM_OK;
}

/* What the count says of lengths: far from the bound that holds for each count
 * from which the longest token still fits, one leaf for most lengths of a
 * string; near it, for the count at hand. */
static void find_bounds(Walk *k, const Zone *z, const GrConfig *c,
                        uint32_t longest, uint32_t *least, uint32_t *most)
{
    uint32_t now = gr_zone_count(z, c);
    *least = *most = longest;
    if (z->reg >= GR_REGS || z->least == UINT32_MAX) return;
    if (now <= z->least && z->least - now >= longest) {
        note_count(k, z, 0, z->least - longest);
        return;
    }
    note_count(k, z, now, now);
    *least = now < z->least ? z->least - now : 0;
    if (now + (uint64_t)longest > z->most)
        *most = now < z->most ? z->most - now : 0;
    if (*least > *most) *least = *most;
}

/* All of the slice, but for what lengths say, and what is longer than was
 * looked at. */
static gram_status load_base(Walk *k, const Zone *z, const GrConfig *c,
                             bool *done)
{
    ClassRef *r;
    uint32_t least, most;
    *done = true;
    GR_TRY(gr_class_ref(k->w->m, z->base, &r));
    if (z->reg >= GR_REGS && z->deep == UINT32_MAX)
        return gr_row_load_base(k->w, r->all);
    GR_TRY(gr_count_class(k->w->m, r));
    find_bounds(k, z, c, r->cls->longest, &least, &most);
    if (z->deep < least) least = z->deep;
    if (least >= r->cls->longest) return gr_row_load_base(k->w, r->all);
    *done = r->cls->chars_at[most] - r->cls->chars_at[least] <= GR_ZONE_BETWEEN;
    return *done ? load_between(k, z, c, r, least, most) : GRAM_OK;
}

/* The slice says nothing of odd tokens and of those that are not of the
 * zone's class. */
static gram_status load_slice(Walk *k, const Zone *z, const GrConfig *c,
                              bool *done)
{
    const GrMasks *m = k->w->m;
    const uint32_t *plain = m->tables->plain->all.row;
    ClassRef *own;
    GR_TRY(load_base(k, z, c, done));
    if (!*done || z->base == CLASS_INSIDE) return GRAM_OK;
    for (uint32_t i = 0; i < m->tables->n_odd; i++)
        GR_TRY(gr_zone_decide(k, z, c, m->tables->odd[i]));
    if (z->cls == CLASS_PLAIN) return GRAM_OK;
    GR_TRY(gr_class_ref(k->w->m, z->cls, &own));
    *done = z->alive ||
            m->tables->plain->all.n - own->cls->all.n <= OTHERS_MOST;
    for (uint32_t w = 0; w < m->v->mask_words && *done; w++)
        for (uint32_t bits = plain[w] & ~own->cls->all.row[w]; bits != 0;
             bits &= bits - 1)
            GR_TRY(gr_zone_decide(k, z, c,
                                  w * 32 + (uint32_t)__builtin_ctz(bits)));
    return gr_step(k->w->env, m->v->mask_words / 16);
}

/* --- the mask ------------------------------------------------------------- */

static gram_status put_exits(Walk *k, const Zone *z, const GrConfig *c)
{
    GrArenaMark mark = gr_arena_mark(&k->w->arena);
    gram_status status = gr_zone_exits(k, z, c);
    gr_arena_release(k->w->env, &k->w->arena, mark);
    return status;
}

/* Not done where lengths would have more tokens stepped than a walk looks at,
 * and where one was stepped over what is no step, as of two ranges of lengths:
 * no dead token, but one of which only a walk can tell. */
gram_status gr_zone_mask(Walk *k, const Zone *z, const GrConfig *c, bool *done)
{
    uint32_t marks = k->w->marks.n;
    k->w->met_other = false;
    GR_TRY(load_slice(k, z, c, done));
    if (*done && z->mortal != NULL) GR_TRY(gr_zone_clear(k, z, c, done));
    if (*done) GR_TRY(put_exits(k, z, c));
    *done &= !k->w->met_other;
    if (!*done) k->w->marks.n = marks;
    return GRAM_OK;
}
