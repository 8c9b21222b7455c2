/* What is alive of the rests behind the characters of a chain.
 *
 *      s0 -[a-z]-> s1 -[a-z]-> s2 ...        "ab":    rest `":` behind s2
 *
 * The rests of the class that begin with a byte are the same for all states of
 * a chain; behind n characters they are alive by what the n-th state does.
 * Where the byte closes the string all states come to one place, mostly, so
 * that the rests are walked once; where it leads on inside the string each is
 * run from the state behind its own characters, which asks for no cell that no
 * token needs.
 *
 * Cost: a walk of the rests of a byte, or a few cells for each group of them
 * and length. */
#include "mask/chain.h"

/* Does the byte lead to one place from all states with this cell, whatever
 * was counted? */
static bool is_one_place(const Walk *k, const Chain *ch, Cell cell)
{
    if (cell.v == GR_CELL_EMPTY) return false;
    return ch->reg >= GR_REGS ||
           (gr_cell_is_op(cell) &&
            gr_pda_get_op(k->w->m->pda, cell)->kind == GR_OP_POP);
}

/* Exits one by one, each from the state behind its own characters: where the
 * byte leads on inside the string, walking all rests from each state of the
 * chain would ask for cells that no token needs. */
typedef struct Singly {
    const Chain *ch;
    const Rests *r;
    /* By characters before a rest: of the group at hand; and whether a rest
     * does more there than change the state. */
    uint32_t known[CHAIN_MAX / 32], alive[CHAIN_MAX / 32], more[CHAIN_MAX / 32];
    uint64_t bytes;
} Singly;

/* Counting without a bound is nothing that an exit depends on. */
static bool leads_on(GrWork *w, Cell cell, StateId *s)
{
    Step step;
    bool is_step = gr_read_step(w->m->pda, cell, &step);
    *s = step.to;
    return is_step && step.hi == UINT32_MAX;
}

static gram_status run_rest(GrWork *w, Singly *one, const Exit *e)
{
    StateId s = one->ch->state[e->chars];
    gr_bit_set(one->known, e->chars);
    for (uint32_t i = 0; i < e->len; i++, one->bytes++) {
        Cell cell;
        GR_TRY(gr_cell_at(w, s, (uint8_t)e->rest[i], &cell));
        if (cell.v == GR_CELL_DEAD) return GRAM_OK;
        s = gr_cell_state(cell);
        if (gr_cell_is_goto(cell) || leads_on(w, cell, &s)) continue;
        gr_bit_set(one->more, e->chars);
        return GRAM_OK;
    }
    gr_bit_set(one->alive, e->chars);
    return GRAM_OK;
}

static gram_status put_group(GrWork *w, Singly *one, const Group *g)
{
    memset(one->known, 0, sizeof one->known);
    memset(one->alive, 0, sizeof one->alive);
    for (uint32_t j = g->start; j < g->start + g->n; j++) {
        const Exit *e = &one->r->exit[j];
        if (e->chars >= one->ch->n) continue;
        if (!gr_bit_get(one->known, e->chars)) GR_TRY(run_rest(w, one, e));
        if (gr_bit_get(one->alive, e->chars))
            GR_TRY(gr_row_put(w, e->token, true));
    }
    return GRAM_OK;
}

/* What is left are the rests behind so many characters as `more` has. */
static gram_status put_singly(Walk *k, const Chain *ch, const Rests *r,
                              uint32_t more[CHAIN_MAX / 32])
{
    Singly one = {.ch = ch, .r = r};
    for (uint32_t g = 0; g < r->n_groups; g++)
        GR_TRY(put_group(k->w, &one, &r->group[g]));
    memcpy(more, one.more, sizeof one.more);
    return gr_step(k->w->env, one.bytes);
}

/* Not where the byte closes the string, and all is as behind any other; nor in
 * keys, where a move may depend on those that the object has.  Nor where no
 * exit has characters before it: then there is one state to walk from, and a
 * group that its walk puts may not have been put here (gr_put_groups). */
static gram_status may_singly(Walk *k, const Chain *ch, const Rests *r,
                              bool *may)
{
    Cell cell;
    StateId s;
    uint32_t first = r->whole ? 0 : 1;
    const GrState *at = gr_pda_get_state(k->w->m->pda, ch->state[0]);
    *may = first < ch->n && r->most_chars > 0 && !(at->flags & GR_STATE_KEY);
    if (!*may) return GRAM_OK;
    GR_TRY(gr_cell_at(k->w, ch->state[first], k->byte, &cell));
    *may = cell.v == GR_CELL_DEAD || gr_cell_is_goto(cell) ||
           leads_on(k->w, cell, &s);
    return GRAM_OK;
}

/* Rests behind n characters are alive by what the n-th state does.  Behind a
 * byte that closes the string all states are in one place, mostly, and then the
 * groups of the state before hold for the next: only the exits of that length
 * are put. Marks of several states must not contradict each other: see
 * gr_marks_merge. */
static gram_status put_rests(Walk *k, const Chain *ch, const Rests *r,
                             const GrConfig *c)
{
    GrWork *w = k->w;
    GrConfig moved = *c;
    uint32_t first = w->marks.n;
    Cell cell, last = {GR_CELL_DEAD}; /* whose rests are in w->groups */
    bool any = false, singly;
    uint32_t more[CHAIN_MAX / 32];
    GR_TRY(may_singly(k, ch, r, &singly));
    if (singly) GR_TRY(put_singly(k, ch, r, more));
    for (uint32_t n = r->whole ? 0 : 1; n <= r->most_chars && n < ch->n; n++) {
        uint32_t from = w->marks.n;
        if (singly && !gr_bit_get(more, n)) continue;
        moved.state = ch->state[n];
        if (ch->reg < GR_REGS) moved.level.reg[ch->reg] = ch->count + n;
        GR_TRY(gr_cell_at(w, moved.state, k->byte, &cell));
        if (cell.v == GR_CELL_DEAD) continue;
        if (cell.v != last.v || !is_one_place(k, ch, cell))
            GR_TRY(gr_rests_walk(k, r, &moved));
        last = cell;
        GR_TRY(gr_put_groups(k, r, n, n));
        if (w->groups.n == 0 && w->marks.n == from) continue;
        if (any) gr_marks_merge(w, first, from);
        any = true;
    }
    return GRAM_OK;
}

gram_status gr_chain_rests(Walk *k, const Chain *ch, uint8_t byte,
                           const GrConfig *c, uint32_t begin[8])
{
    const Rests *r;
    GR_TRY(gr_rests_of(k->w, ch->cls, byte, &r));
    if (!r->whole && k->trie.root[byte] != GR_TRIE_NONE)
        gr_bit_set(begin, byte);
    if (r->n == 0) return GRAM_OK;
    Walk rests = *k;
    rests.trie.node = r->node;
    rests.cls = ch->cls;
    rests.byte = byte;
    return put_rests(&rests, ch, r, c);
}
