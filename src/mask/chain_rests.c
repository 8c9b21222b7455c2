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

/* A chain may have two states behind n characters (chain_aside.c). */
enum { FAR, NEAR, SIDES };

static uint32_t sides_of(const Chain *ch)
{
    return ch->n_near > 0 ? SIDES : NEAR;
}

static uint32_t side_of(const GrWork *w, const Chain *ch, const Exit *e)
{
    return ch->n_near > 0 && gr_chain_is_near(w, ch, e->token, e->chars) ? NEAR
                                                                         : FAR;
}

static uint32_t states_of(const Chain *ch, uint32_t side)
{
    return side == NEAR ? ch->n_near : ch->n;
}

static StateId state_of(const Chain *ch, uint32_t side, uint32_t chars)
{
    return side == NEAR ? ch->at_near[chars] : ch->state[chars];
}

/* What has no characters before it is near. */
static uint32_t first_of(const Chain *ch, const Rests *r, uint32_t side)
{
    return r->whole && (side == NEAR || ch->n_near == 0) ? 0 : 1;
}

/* Exits one by one, each from the state behind its own characters: where the
 * byte leads on inside the string, walking all rests from each state of the
 * chain would ask for cells that no token needs. */
typedef struct Singly {
    const Chain *ch;
    const Rests *r;
    /* By characters before a rest, and side: of the group at hand; and whether
     * a rest does more there than change the state. */
    uint32_t known[SIDES][CHAIN_MAX / 32], alive[SIDES][CHAIN_MAX / 32];
    uint32_t more[SIDES][CHAIN_MAX / 32];
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

static gram_status run_rest(GrWork *w, Singly *one, const Exit *e,
                            uint32_t side)
{
    StateId s = state_of(one->ch, side, e->chars);
    gr_bit_set(one->known[side], e->chars);
    for (uint32_t i = 0; i < e->len; i++, one->bytes++) {
        Cell cell;
        GR_TRY(gr_cell_at(w, s, (uint8_t)e->rest[i], &cell));
        if (cell.v == GR_CELL_DEAD) return GRAM_OK;
        s = gr_cell_state(cell);
        if (gr_cell_is_goto(cell) || leads_on(w, cell, &s)) continue;
        gr_bit_set(one->more[side], e->chars);
        return GRAM_OK;
    }
    gr_bit_set(one->alive[side], e->chars);
    return GRAM_OK;
}

static gram_status put_group(GrWork *w, Singly *one, const Group *g)
{
    memset(one->known, 0, sizeof one->known);
    memset(one->alive, 0, sizeof one->alive);
    for (uint32_t j = g->start; j < g->start + g->n; j++) {
        const Exit *e = &one->r->exit[j];
        uint32_t side = side_of(w, one->ch, e);
        if (e->chars >= states_of(one->ch, side)) continue;
        if (!gr_bit_get(one->known[side], e->chars))
            GR_TRY(run_rest(w, one, e, side));
        if (gr_bit_get(one->alive[side], e->chars))
            GR_TRY(gr_row_put(w, e->token, true));
    }
    return GRAM_OK;
}

/* What is left are the rests behind so many characters as `more` has. */
static gram_status put_singly(Walk *k, const Chain *ch, const Rests *r,
                              uint32_t more[SIDES][CHAIN_MAX / 32])
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
    uint32_t first = r->whole ? 0 : 1;
    const GrState *at = gr_pda_get_state(k->w->m->pda, ch->state[0]);
    *may = first < ch->n && r->most_chars > 0 && !(at->flags & GR_STATE_KEY);
    for (uint32_t i = 0; i < sides_of(ch) && *may; i++) {
        Cell cell;
        StateId s;
        if (first >= states_of(ch, i)) continue;
        GR_TRY(gr_cell_at(k->w, state_of(ch, i, first), k->byte, &cell));
        *may = cell.v == GR_CELL_DEAD || gr_cell_is_goto(cell) ||
               leads_on(k->w, cell, &s);
    }
    return GRAM_OK;
}

/* The groups at hand, of the exits behind n characters on that side. */
static gram_status put_behind(Walk *k, const Chain *ch, const Rests *r,
                              uint32_t side, uint32_t n)
{
    GrWork *w = k->w;
    if (ch->n_near == 0) return gr_put_groups(k, r, n, n);
    for (uint32_t i = 0; i < w->groups.n; i++) {
        const Group *g = &r->group[w->groups.at[i]];
        const Exit *e = &r->exit[g->start];
        for (uint32_t j = 0; j < g->n; j++)
            if (e[j].chars == n && side_of(w, ch, &e[j]) == side)
                GR_TRY(gr_row_put(w, e[j].token, true));
    }
    return gr_step(w->env, w->groups.n);
}

/* Rests behind n characters are alive by what the n-th state does.  Behind a
 * byte that closes the string all states are in one place, mostly, and then the
 * groups of the state before hold for the next: only the exits of that length
 * are put. Marks of several states must not contradict each other: see
 * gr_marks_merge. */
typedef struct Behind {
    const Chain *ch;
    const Rests *r;
    const GrConfig *c;
    Cell last; /* whose rests are in w->groups */
    uint32_t first_mark;
    bool any, singly;
    uint32_t more[SIDES][CHAIN_MAX / 32];
} Behind;

static gram_status put_state(Walk *k, Behind *b, uint32_t side, uint32_t n)
{
    GrWork *w = k->w;
    const Chain *ch = b->ch;
    GrConfig moved = *b->c;
    uint32_t from = w->marks.n;
    Cell cell;
    moved.state = state_of(ch, side, n);
    if (ch->reg < GR_REGS) moved.level.reg[ch->reg] = ch->count + n;
    GR_TRY(gr_cell_at(w, moved.state, k->byte, &cell));
    if (cell.v == GR_CELL_DEAD) return GRAM_OK;
    if (cell.v != b->last.v || !is_one_place(k, ch, cell))
        GR_TRY(gr_rests_walk(k, b->r, &moved));
    b->last = cell;
    GR_TRY(put_behind(k, ch, b->r, side, n));
    if (w->groups.n == 0 && w->marks.n == from) return GRAM_OK;
    if (b->any) gr_marks_merge(w, b->first_mark, from);
    b->any = true;
    return GRAM_OK;
}

static gram_status put_rests(Walk *k, const Chain *ch, const Rests *r,
                             const GrConfig *c)
{
    Behind b = {.ch = ch, .r = r, .c = c, .last = {GR_CELL_DEAD}};
    b.first_mark = k->w->marks.n;
    GR_TRY(may_singly(k, ch, r, &b.singly));
    if (b.singly) GR_TRY(put_singly(k, ch, r, b.more));
    for (uint32_t i = 0; i < sides_of(ch); i++)
        for (uint32_t n = first_of(ch, r, i);
             n <= r->most_chars && n < states_of(ch, i); n++)
            if (!b.singly || gr_bit_get(b.more[i], n))
                GR_TRY(put_state(k, &b, i, n));
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
