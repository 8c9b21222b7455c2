/* The mask of a state in a zone: the slice, odd tokens, and rests behind the
 * states that the characters before them lead to.  See zone.c.
 *
 *     " world"    spaces and a word of the class    the slice
 *     "a b"       an odd one                        stepped by itself
 *     `name":`    characters, then a rest           prefix -> state, rest
 *
 * The rests are walked once from each state that some prefix leads to, into a
 * row of groups: bit g tells whether the tokens of group g are alive behind
 * that state.  States that the first byte of the rest takes to one place share
 * a row.  A token is then alive if the bit of its group is set in the row of
 * its prefix.
 *
 * Where more than half of the prefixes lead to one state, the groups of that
 * state are set whole, and what differs behind the others is put right one by
 * one. */
#include "mask/zone.h"

enum {
    BETWEEN_MOST = 8192, /* tokens stepped because of their lengths */
    MAPS_MOST = 8        /* of bytes to classes, in the states before rests */
};

/* --- stepping tokens ------------------------------------------------------ */

/* Step over len bytes of characters; *dead where one of them is. */
static gram_status run(GrWork *w, StateId *s, uint32_t *count, const char *p,
                       uint32_t len, bool *dead)
{
    *dead = false;
    for (uint32_t i = 0; i < len && !*dead; i++) {
        Step step = {.reg = GR_REGS};
        bool is_step;
        WalkLevel at;
        row_ref(w, *s, &at);
        Cell cell = {atomic_load_explicit(&at.row[at.map[(uint8_t)p[i]]],
                                          memory_order_acquire)};
        if (GR_LIKELY(gr_cell_is_goto(cell))) {
            *s = gr_cell_state(cell);
            continue;
        }
        GR_TRY(gr_step_of(w, *s, (uint8_t)p[i], &step, &is_step));
        *count += step.whole;
        *dead = !is_step || (step.reg<GR_REGS && * count> step.hi);
        *s = step.to;
    }
    return gr_step(w->env, len);
}

/* Where nothing is counted all is as at 0. */
static uint32_t count_of(const Zone *z, const GrConfig *c)
{
    return z->reg < GR_REGS ? c->level.reg[z->reg] : 0;
}

/* One token by itself: for those that are no spaces and a word, or have
 * characters that were taken out of the class. */
gram_status gr_zone_decide(Walk *k, const Zone *z, const GrConfig *c,
                           uint32_t token)
{
    uint32_t len, count = count_of(z, c);
    bool dead;
    StateId s = c->state;
    const char *p = gr_vocab_bytes(k->w->m->v, token, &len);
    GR_TRY(run(k->w, &s, &count, p, len, &dead));
    return gr_row_put(k->w, token, !dead);
}

/* --- the slice ------------------------------------------------------------ */

/* The leaf holds for these values of the register. */
static void note_count(Walk *k, const Zone *z, uint32_t lo, uint32_t hi)
{
    gr_trace_note(k->run.trace, 1, z->reg, lo, hi);
}

/* Near the bound: all that is shorter than the least, and what is alive of
 * what is not longer than the greatest. */
static gram_status load_near(Walk *k, const Zone *z, const GrConfig *c,
                             ClassRef *r, bool *done)
{
    uint32_t now = count_of(z, c), longest = r->cls->longest;
    uint32_t least = now < z->least ? z->least - now : 0;
    uint32_t most = now < z->most ? z->most - now : 0;
    if (least > longest) least = longest;
    if (most > longest) most = longest;
    uint32_t i = r->cls->chars_at[least], end = r->cls->chars_at[most];
    *done = end - i <= BETWEEN_MOST;
    if (!*done) return GRAM_OK;
    note_count(k, z, now, now);
    GR_TRY(gr_load_few(k->w, r, least));
    for (; i < end; i++) GR_TRY(gr_zone_decide(k, z, c, r->cls->by_chars[i]));
    return GRAM_OK;
}

/* Far from the bound all of the slice is alive, and that holds for each count
 * from which the longest token still fits: one leaf for most lengths of a
 * string. */
static gram_status load_base(Walk *k, const Zone *z, const GrConfig *c,
                             bool *done)
{
    ClassRef *r;
    *done = true;
    GR_TRY(gr_class_ref(k->w->m, z->base, &r));
    if (z->reg >= GR_REGS) return gr_row_load_base(k->w, r->all);
    GR_TRY(gr_count_class(k->w->m, r));
    uint32_t now = count_of(z, c), longest = r->cls->longest;
    if (now > z->least || z->least - now < longest)
        return load_near(k, z, c, r, done);
    if (z->least < UINT32_MAX) note_count(k, z, 0, z->least - longest);
    return gr_row_load_base(k->w, r->all);
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
    for (uint32_t w = 0; w < m->v->mask_words; w++)
        for (uint32_t bits = plain[w] & ~own->cls->all.row[w]; bits != 0;
             bits &= bits - 1)
            GR_TRY(gr_zone_decide(k, z, c,
                                  w * 32 + (uint32_t)__builtin_ctz(bits)));
    return gr_step(k->w->env, m->v->mask_words / 16);
}

/* --- exits ---------------------------------------------------------------- */

/* The states before rests, and which groups of the rests with one byte are
 * alive behind each.  Fifty states before a quote are mostly in one place
 * behind it: those with one cell of the byte share a row of groups. */
typedef struct Ends {
    uint32_t *of;    /* a prefix: index of its state + 1; 0: dead */
    uint32_t *state; /* n of them */
    uint32_t *limit; /* of the count, where all characters lead back to the
                        state; else NO_LOOP */
    uint32_t *row;   /* of the state + 1; 0: the byte is dead */
    Cell *cell;      /* of the byte at hand: that of each row */
    uint32_t *first; /* the state that each row is walked from */
    uint32_t n, n_rows, words;
    const uint8_t *map[MAPS_MOST]; /* that the states have */
    uint32_t n_maps;               /* MAPS_MOST + 1: more */
    uint8_t dealt;                 /* the byte for which `row` holds */
    bool is_dealt;
    uint32_t *bits;     /* n_rows of `words`, at most n */
    uint32_t *any;      /* of those rows */
    uint32_t *none;     /* no bits */
    bool met;           /* some state has some alive */
    uint32_t hint[128]; /* by state: its index + 1, if that is its state */
} Ends;

/* All states count in the zone's register, or none does: a limit of 0 is that
 * of no loop that a count has come into. */
enum { NO_LOOP = 0 };

/* There are few states, nearly always two or three: looked for one by one. */
static gram_status add_state(GrWork *w, const Zone *z, Ends *e, uint32_t state,
                             uint32_t *at)
{
    LoopRef own;
    uint32_t i = 0, *hint = &e->hint[state % 128];
    *at = *hint;
    if (*at != 0 && e->state[*at - 1] == state) return GRAM_OK;
    while (i < e->n && e->state[i] != state) i++;
    *at = *hint = i + 1;
    if (i < e->n) return GRAM_OK;
    GR_TRY(gr_loop_of(w, (StateId){state}, &own));
    bool loops = own.cls == CLASS_INSIDE || own.cls == z->base;
    e->state[e->n] = state;
    e->limit[e->n++] = loops ? own.limit : NO_LOOP;
    return GRAM_OK;
}

/* The state behind prefix p, from the one before its last character. */
static gram_status find_end(GrWork *w, const Zone *z, uint32_t count,
                            const Prefix *p, Ends *e, uint32_t *at)
{
    bool dead;
    uint32_t up = e->of[p->up];
    *at = 0;
    if (up == 0) return GRAM_OK;
    if (e->limit[up - 1] != NO_LOOP) {
        if (count + p->chars <= e->limit[up - 1]) *at = up;
        return GRAM_OK;
    }
    StateId s = {e->state[up - 1]};
    count += p->chars - 1;
    GR_TRY(run(w, &s, &count, p->last, p->len, &dead));
    return dead ? GRAM_OK : add_state(w, z, e, s.v, at);
}

/* All prefixes but the empty one lead to what is one state at a quote. */
static gram_status find_past(GrWork *w, const Zone *z, uint32_t n,
                             uint32_t state, Ends *e)
{
    uint32_t at;
    GR_TRY(add_state(w, z, e, state, &at));
    for (uint32_t i = 1; i < n; i++) e->of[i] = at;
    return gr_step(w->env, 1);
}

/* Prefixes stand behind those that they extend, so that each takes one
 * character more.  Where they lead is no property of the zone: each state that
 * is asked for its mask begins elsewhere. */
static gram_status find_ends(Walk *k, const Zone *z, const GrConfig *c, Ends *e)
{
    GrWork *w = k->w;
    const Class *base = gr_table_class(w->m->tables, z->base);
    uint32_t n = base->n_prefixes;
    LoopRef own;
    uint32_t *at = gr_arena_take(w->env, &w->arena, 5 * n * sizeof *at);
    Cell *cell = gr_arena_take(w->env, &w->arena, n * sizeof *cell);
    if (at == NULL || cell == NULL) return GRAM_E_MEMORY;
    *e = (Ends){.of = at, .state = at + n, .limit = at + 2 * n};
    e->row = at + 3 * (size_t)n;
    e->first = at + 4 * (size_t)n;
    e->cell = cell;
    GR_TRY(add_state(w, z, e, c->state.v, &e->of[0]));
    GR_TRY(gr_loop_of(w, c->state, &own));
    if (own.past != c->state.v && z->base == CLASS_INSIDE)
        return find_past(w, z, n, own.past, e);
    for (uint32_t i = 1; i < n; i++)
        GR_TRY(find_end(w, z, count_of(z, c), &base->prefix[i], e, &e->of[i]));
    return gr_step(w->env, n / 4);
}

/* The maps that the states have: one, mostly. */
static void find_maps(GrWork *w, Ends *e)
{
    for (uint32_t i = 0; i < e->n && e->n_maps <= MAPS_MOST; i++) {
        WalkLevel at;
        uint32_t j = 0;
        row_ref(w, (StateId){e->state[i]}, &at);
        while (j < e->n_maps && e->map[j] != at.map) j++;
        if (j < e->n_maps) continue;
        if (j < MAPS_MOST) e->map[j] = at.map;
        e->n_maps++;
    }
}

/* Set the bytes of these classes. */
static void add_bytes(const uint8_t *map, const uint32_t alive[8],
                      uint32_t bytes[8])
{
    for (uint32_t b = 0; b < 256 && map != NULL; b++)
        if (map[b] != 0 && gr_bit_get(alive, map[b])) gr_bit_set(bytes, b);
}

/* The bytes that are not known to be dead in all states: by classes of bytes,
 * as states in a row mostly have the same. */
static void find_bytes(GrWork *w, const Ends *e, uint32_t bytes[8])
{
    const GrPda *pda = w->m->pda;
    const uint8_t *map = NULL;
    uint32_t alive[8] = {0};
    for (uint32_t i = 0; i < e->n; i++) {
        StateId s = {e->state[i]};
        uint32_t n;
        WalkLevel at;
        row_ref(w, s, &at);
        if (at.map != map) {
            add_bytes(map, alive, bytes);
            memset(alive, 0, sizeof alive);
            map = at.map;
        }
        gr_pda_get_map(pda, gr_pda_get_state(pda, s)->map, &n);
        for (uint32_t cls = 1; cls < n; cls++)
            if (atomic_load_explicit(&at.row[cls], memory_order_acquire) !=
                GR_CELL_DEAD)
                gr_bit_set(alive, cls);
    }
    add_bytes(map, alive, bytes);
}

/* Nearly always the cell is filled. */
static gram_status cell_at(GrWork *w, StateId s, uint8_t byte, Cell *out)
{
    WalkLevel at;
    row_ref(w, s, &at);
    uint32_t cls = at.map[byte];
    out->v = GR_CELL_DEAD;
    if (cls == 0) return GRAM_OK;
    out->v = atomic_load_explicit(&at.row[cls], memory_order_acquire);
    return GR_LIKELY(out->v != GR_CELL_EMPTY) ? GRAM_OK
                                              : gr_cell_at(w, s, byte, out);
}

/* Walk the rests from a state into a row of its own. */
static gram_status walk_state(Walk *k, const Rests *r, Ends *e,
                              const GrConfig *c, uint32_t row, uint32_t first)
{
    GrWork *w = k->w;
    uint32_t from = w->marks.n, *bits = e->bits + row * (size_t)e->words;
    memset(bits, 0, e->words * sizeof *bits);
    GR_TRY(gr_rests_walk(k, r, c));
    for (uint32_t j = 0; j < w->groups.n; j++) {
        gr_bit_set(bits, w->groups.at[j]);
        gr_bit_set(e->any, w->groups.at[j]);
    }
    if (w->groups.n == 0 && w->marks.n == from) return GRAM_OK;
    if (e->met) gr_marks_merge(w, first, from);
    e->met = true;
    return GRAM_OK;
}

/* Is the byte of the same class as the one before, in all states? */
static bool is_dealt(const Ends *e, uint8_t byte)
{
    if (!e->is_dealt || e->n_maps > MAPS_MOST) return false;
    for (uint32_t i = 0; i < e->n_maps; i++)
        if (e->map[i][byte] != e->map[i][e->dealt]) return false;
    return true;
}

/* States with one cell of the byte share a row.  Bytes of one class have the
 * same cells: a hundred states are not asked again for each of the bytes that
 * characters beyond ASCII begin with. */
static gram_status deal_rows(GrWork *w, Ends *e, uint8_t byte)
{
    if (is_dealt(e, byte)) return GRAM_OK;
    e->n_rows = 0;
    for (uint32_t i = 0; i < e->n; i++) {
        Cell cell;
        uint32_t row = 0;
        GR_TRY(cell_at(w, (StateId){e->state[i]}, byte, &cell));
        e->row[i] = 0;
        if (cell.v == GR_CELL_DEAD) continue;
        while (row < e->n_rows &&
               (e->cell[row].v != cell.v || cell.v == GR_CELL_EMPTY))
            row++;
        e->row[i] = row + 1;
        if (row < e->n_rows) continue;
        e->cell[row] = cell;
        e->first[e->n_rows++] = e->state[i];
    }
    e->dealt = byte;
    e->is_dealt = true;
    return GRAM_OK;
}

/* Walk the rests from each state, `chars` characters further; `first` is the
 * first mark that these rests have met.  States with one cell of the byte are
 * in one place behind it. */
static gram_status walk_states(Walk *k, const Zone *z, const Rests *r, Ends *e,
                               const GrConfig *c, uint32_t chars,
                               uint32_t first)
{
    GrConfig moved = *c;
    if (z->reg < GR_REGS) moved.level.reg[z->reg] += chars;
    memset(e->any, 0, e->words * sizeof *e->any);
    GR_TRY(deal_rows(k->w, e, k->byte));
    for (uint32_t row = 0; row < e->n_rows; row++) {
        moved.state.v = e->first[row];
        GR_TRY(walk_state(k, r, e, &moved, row, first));
    }
    return GRAM_OK;
}

/* What is alive behind a state, its index + 1; 0: nothing. */
static const uint32_t *bits_of(const Ends *e, uint32_t end)
{
    uint32_t row = end ? e->row[end - 1] : 0;
    return row ? e->bits + (size_t)(row - 1) * e->words : e->none;
}

/* Exits with from .. to characters. */
static gram_status put_groups(Walk *k, const Rests *r, const Ends *e,
                              uint32_t from, uint32_t to)
{
    uint64_t steps = 0;
    for (uint32_t g = 0; g < r->n_groups; g++) {
        const Group *group = &r->group[g];
        if (!gr_bit_get(e->any, g)) continue;
        for (uint32_t j = group->start; j < group->start + group->n; j++) {
            const Exit *exit = &r->exit[j];
            if (exit->chars < from || exit->chars > to) continue;
            if (gr_bit_get(bits_of(e, e->of[exit->prefix]), g))
                GR_TRY(gr_row_put(k->w, exit->token, true));
        }
        steps += group->n;
    }
    return gr_step(k->w->env, steps);
}

/* The state that most prefixes lead to: index + 1. */
static uint32_t usual_end(GrWork *w, const Ends *e, uint32_t n_prefixes,
                          uint32_t *end)
{
    uint32_t *n = gr_arena_take(w->env, &w->arena, (e->n + 1) * sizeof *n);
    *end = 0;
    if (n == NULL) return 0;
    memset(n, 0, (e->n + 1) * sizeof *n);
    for (uint32_t i = 0; i < n_prefixes; i++) n[e->of[i]]++;
    for (uint32_t i = 1; i <= e->n; i++)
        if (n[i] > n[*end] || *end == 0) *end = i;
    return n[*end];
}

/* Exits behind one prefix, which have been set as if it led to `usual`. */
static gram_status put_prefix(Walk *k, const Class *base, const Rests *r,
                              const Ends *e, uint32_t prefix, uint32_t usual)
{
    const uint32_t *was = bits_of(e, usual), *is = bits_of(e, e->of[prefix]);
    uint32_t i = prefix ? base->prefix_end[prefix - 1] : 0;
    if (is == was || memcmp(was, is, e->words * sizeof *was) == 0)
        return GRAM_OK;
    for (; i < base->prefix_end[prefix]; i++) {
        uint32_t exit = base->by_prefix[i], g = base->group_of[exit];
        bool put = gr_bit_get(is, g);
        if (put != gr_bit_get(was, g))
            GR_TRY(gr_row_put(k->w, r->exit[exit].token, put));
    }
    return GRAM_OK;
}

/* Inside a key nearly all texts before a quote lead to one state, that of keys
 * without a name: its rests are set group by group, and only what differs
 * behind other texts is set one by one. */
static gram_status put_usual(Walk *k, const Class *base, const Rests *r,
                             const Ends *e, uint32_t usual)
{
    const uint32_t *bits = bits_of(e, usual);
    for (uint32_t w = 0; w < e->words; w++)
        for (uint32_t left = bits[w]; left != 0; left &= left - 1)
            GR_TRY(gr_row_put_group(k->w, r,
                                    w * 32 + (uint32_t)__builtin_ctz(left)));
    for (uint32_t p = 0; p < base->n_prefixes; p++)
        if (e->of[p] != usual) GR_TRY(put_prefix(k, base, r, e, p, usual));
    return gr_step(k->w->env, r->n_groups + base->n_prefixes / 4);
}

/* `inside` alone has its tokens by prefix (tables_int.h). */
static gram_status put_all(Walk *k, const Zone *z, const Rests *r,
                           const Ends *e)
{
    const Class *base = gr_table_class(k->w->m->tables, z->base);
    uint32_t end, n = 0;
    if (base->prefix_end != NULL)
        n = usual_end(k->w, e, base->n_prefixes, &end);
    return n > base->n_prefixes / 2 ? put_usual(k, base, r, e, end)
                                    : put_groups(k, r, e, 0, UINT32_MAX);
}

/* Rests may read the count too: then they are walked for each. */
static gram_status put_counted(Walk *k, const Zone *z, const Rests *r, Ends *e,
                               const GrConfig *c)
{
    GrTrace *t = k->run.trace;
    uint32_t now = count_of(z, c), most = r->most_chars;
    uint32_t marks = k->w->marks.n, left = now < z->most ? z->most - now : 0;
    bool near = now > z->least || z->least - now < most;
    GR_TRY(walk_states(k, z, r, e, c, 0, marks));
    uint32_t hi = gr_trace_highest(t, z->reg);
    if (hi - now >= most && !near) {
        if (hi < UINT32_MAX) gr_trace_note(t, 1, z->reg, 0, hi - most);
        return put_all(k, z, r, e);
    }
    gr_trace_note(t, 1, z->reg, now, now);
    for (uint32_t n = 0; n <= most && n <= left; n++) {
        GR_TRY(walk_states(k, z, r, e, c, n, marks));
        GR_TRY(put_groups(k, r, e, n, n));
    }
    return GRAM_OK;
}

/* Room for a row of each state, though few are used: how many differ is known
 * when they are walked. */
static gram_status put_rests(Walk *k, const Zone *z, const Rests *r, Ends *e,
                             const GrConfig *c)
{
    GrWork *w = k->w;
    e->words = gr_bit_words(r->n_groups);
    size_t size = ((size_t)e->n + 2) * e->words * sizeof *e->bits;
    e->bits = gr_arena_take(w->env, &w->arena, size);
    if (e->bits == NULL) return GRAM_E_MEMORY;
    e->any = e->bits + (size_t)e->n * e->words;
    e->none = memset(e->any + e->words, 0, e->words * sizeof *e->bits);
    e->met = false;
    if (z->reg < GR_REGS) return put_counted(k, z, r, e, c);
    GR_TRY(walk_states(k, z, r, e, c, 0, w->marks.n));
    return put_all(k, z, r, e);
}

/* A byte that is dead in all states has no rests worth to be built. */
static gram_status put_byte(Walk *k, const Zone *z, uint8_t byte, Ends *e,
                            const GrConfig *c)
{
    const Rests *r;
    GR_TRY(gr_rests_of(k->w, z->base, byte, &r));
    if (r->n == 0) return GRAM_OK;
    Walk rests = *k;
    rests.trie.node = r->node;
    rests.cls = z->base;
    rests.byte = byte;
    GrArenaMark mark = gr_arena_mark(&k->w->arena);
    gram_status status = put_rests(&rests, z, r, e, c);
    gr_arena_release(k->w->env, &k->w->arena, mark);
    return status;
}

/* What closes a string begins with a quote; other zones are left by any byte
 * that is alive somewhere. */
static gram_status put_exits(Walk *k, const Zone *z, const GrConfig *c)
{
    Ends e;
    uint32_t bytes[8] = {0};
    GR_TRY(find_ends(k, z, c, &e));
    find_maps(k->w, &e);
    if (z->base == CLASS_INSIDE) return put_byte(k, z, '"', &e, c);
    find_bytes(k->w, &e, bytes);
    for (uint32_t b = 0; b < 256; b++)
        if (gr_bit_get(bytes, b)) GR_TRY(put_byte(k, z, (uint8_t)b, &e, c));
    return GRAM_OK;
}

/* --- the mask ------------------------------------------------------------- */

/* Not done where lengths would have more tokens stepped than a walk looks at.
 * */
gram_status gr_zone_mask(Walk *k, const Zone *z, const GrConfig *c, bool *done)
{
    GR_TRY(load_slice(k, z, c, done));
    if (*done && z->grams != NULL) GR_TRY(gr_zone_clear(k, z, c, done));
    if (!*done) return GRAM_OK;
    GrArenaMark mark = gr_arena_mark(&k->w->arena);
    gram_status status = put_exits(k, z, c);
    gr_arena_release(k->w->env, &k->w->arena, mark);
    return status;
}
