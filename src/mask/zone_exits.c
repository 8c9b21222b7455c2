/* What is alive of the rests behind the slice of a zone: see zone_mask.c.
 *
 *     `name":`    characters, then a rest           prefix -> state, rest
 *
 * The rests are walked once from each state that some prefix leads to, into a
 * row of groups: bit g tells whether the tokens of group g are alive behind
 * that state.  States that the first byte of the rest takes to one place share
 * a row.  A token is then alive if the bit of its group is set in the row of
 * its prefix.
 *
 *   - Prefixes are a trie of 2,000 nodes, and states have few cells: where a
 *     cell leads is remembered by the cell.
 *   - Most first bytes begin a character beyond ASCII, and their rests are
 *     tokens that end inside it.  There bytes change the state alone, so that
 *     nothing is read that a leaf would depend on, and a look at each node of
 *     their trie takes less than the memo of rests does.
 *   - Groups that are alive behind all prefixes are set whole.  Where more than
 *     half of the prefixes lead to one state, so are the groups of that state,
 *     and what differs behind the others is put right one by one.
 *
 * Cost: 20 instructions a prefix, and for each state that is not like others
 * a walk of the rests. */
#include "mask/zone.h"

enum {
    MAPS_MOST = 8,  /* of bytes to classes, in the states before rests */
    N_HINTS = 128,  /* cells by which an end is found again */
    PLAIN_DEPTH = 4 /* bytes of a rest that begins inside a character */
};

/* A state and its row. */
typedef struct At {
    const _Atomic uint32_t *cells;
    const uint8_t *map;
    uint32_t state;
} At;

/* A state before rests. */
typedef struct End {
    At at;
    uint32_t limit; /* of the count, where all characters lead back to the
                       state; else NO_LOOP */
    uint32_t row;   /* of the state + 1; 0: the byte is dead */
    uint32_t chars; /* of the shortest prefix that leads to it */
    uint32_t near; /* the same, of those of which the zone promises something */
} End;

/* A character whose last byte has this cell leads to an end, if it leaves the
 * count at `hi` at most. */
typedef struct Hint {
    uint32_t cell; /* 0: none */
    uint32_t end;  /* index + 1; 0: nowhere */
    uint32_t whole, hi;
} Hint;

/* The states before rests, and which groups of the rests with one byte are
 * alive behind each.  Fifty states before a quote are mostly in one place
 * behind it: those with one cell of the byte share a row of groups. */
typedef struct Ends {
    uint32_t *of;    /* a prefix: index of its state + 1; 0: dead */
    End *end;        /* n of them */
    Cell *cell;      /* of the byte at hand: that of each row */
    uint32_t *first; /* the state that each row is walked from */
    bool *is_near;   /* is that nearer than `deep`? */
    uint32_t n, n_rows, words;
    const uint8_t *map[MAPS_MOST]; /* that the states have */
    uint32_t n_maps;               /* MAPS_MOST + 1: more */
    bool some_dead;                /* prefixes */
    uint8_t dealt;                 /* the byte for which `row` holds */
    bool is_dealt, is_barred;      /* it is dead in some states */
    /* All that the byte begins is alive in all states that are no farther than
     * `deep`, else 0; and characters that tokens have before it. */
    uint32_t deep, most;
    uint32_t *bits;      /* n_rows of `words`, at most n */
    uint32_t *any, *all; /* of those rows; all prefixes' */
    uint32_t *none;      /* no bits */
    bool met;            /* some state has some alive */
    Hint hint[N_HINTS];  /* by cell */
} Ends;

/* All states count in the zone's register, or none does: a limit of 0 is that
 * of no loop that a count has come into. */
enum { NO_LOOP = 0 };

/* --- the states before rests ---------------------------------------------- */

static At row_at(GrWork *w, StateId s)
{
    WalkLevel l;
    row_ref(w, s, &l);
    return (At){l.row, l.map, s.v};
}

/* There are few states, nearly always two or three: looked for one by one. */
static gram_status add_state(GrWork *w, const Zone *z, Ends *e, StateId s,
                             uint32_t *at)
{
    LoopRef own;
    uint32_t i = 0;
    while (i < e->n && e->end[i].at.state != s.v) i++;
    *at = i + 1;
    if (i < e->n) return GRAM_OK;
    GR_TRY(gr_loop_of(w, s, &own));
    bool loops = own.cls == CLASS_INSIDE || own.cls == z->base;
    e->end[e->n++] = (End){row_at(w, s), loops ? own.limit : NO_LOOP, 0,
                           UINT32_MAX, UINT32_MAX};
    return GRAM_OK;
}

static gram_status make_hint(GrWork *w, const Zone *z, Ends *e, Cell cell,
                             Hint *out)
{
    Step step;
    Hint h = {.cell = cell.v};
    if (gr_cell_step(w, cell, &step)) {
        GR_TRY(add_state(w, z, e, step.to, &h.end));
        h.whole = step.whole;
        h.hi = step.hi;
    } else {
        w->met_other |= cell.v != GR_CELL_DEAD;
    }
    *out = h;
    return GRAM_OK;
}

/* The cell of the last byte of a character that begins at an end; DEAD if it
 * does not come so far. */
static gram_status last_cell(GrWork *w, const End *from, uint32_t count,
                             const Prefix *p, Cell *out)
{
    uint8_t last = (uint8_t)p->last[p->len - 1];
    StateId s = {from->at.state};
    bool dead = false;
    if (GR_LIKELY(p->len == 1)) {
        out->v = atomic_load_explicit(&from->at.cells[from->at.map[last]],
                                      memory_order_acquire);
        if (GR_LIKELY(out->v != GR_CELL_EMPTY)) return GRAM_OK;
    }
    GR_TRY(gr_zone_run(w, &s, &count, p->last, p->len - 1, &dead));
    out->v = GR_CELL_DEAD;
    return dead ? GRAM_OK : gr_cell_at(w, s, last, out);
}

/* The state behind prefix p, from the one before its last character. */
static gram_status find_end(GrWork *w, const Zone *z, uint32_t count,
                            const Prefix *p, Ends *e, uint32_t *at)
{
    Cell cell;
    uint32_t up = e->of[p->up];
    *at = 0;
    if (up == 0) return GRAM_OK;
    const End *from = &e->end[up - 1];
    if (from->limit != NO_LOOP) {
        if (count + p->chars <= from->limit) *at = up;
        return GRAM_OK;
    }
    count += p->chars - 1;
    GR_TRY(last_cell(w, from, count, p, &cell));
    if (cell.v == GR_CELL_EMPTY) return GRAM_OK;
    Hint *h = &e->hint[cell.v % N_HINTS];
    if (GR_UNLIKELY(h->cell != cell.v)) GR_TRY(make_hint(w, z, e, cell, h));
    if (count + (uint64_t)h->whole <= h->hi) *at = h->end;
    return GRAM_OK;
}

/* All prefixes but the empty one lead to what is one state at a quote. */
static gram_status find_past(GrWork *w, const Zone *z, uint32_t n,
                             StateId state, Ends *e)
{
    uint32_t at;
    GR_TRY(add_state(w, z, e, state, &at));
    if (e->end[at - 1].chars > 1) e->end[at - 1].chars = 1;
    for (uint32_t i = 1; i < n; i++) e->of[i] = at;
    return gr_step(w->env, 1);
}

/* Of a zone: is the prefix spaces and then a word, without characters that may
 * be taken out?  Of others a zone says nothing. */
enum { IS_TAME = 1, IS_SPACES = 2 };
static uint8_t tame_of(const Zone *z, const Prefix *p, uint8_t up)
{
    uint8_t first = (uint8_t)p->last[0];
    if (first == ' ') return up & IS_SPACES ? up : 0;
    return first >= 0x80 && z->parted >> (first & 63) & 1 ? 0 : up & IS_TAME;
}

/* Prefixes stand behind those that they extend, so that each takes one
 * character more.  Where they lead is no property of the zone: each state that
 * is asked for its mask begins elsewhere. */
static gram_status find_ends(Walk *k, const Zone *z, const GrConfig *c, Ends *e)
{
    GrWork *w = k->w;
    const Class *base = gr_table_class(w->m->tables, z->base);
    uint32_t n = base->n_prefixes, count = gr_zone_count(z, c);
    LoopRef own;
    *e = (Ends){0};
    e->of = gr_arena_take(w->env, &w->arena, n * sizeof *e->of);
    e->end = gr_arena_take(w->env, &w->arena, n * sizeof *e->end);
    e->cell = gr_arena_take(w->env, &w->arena, n * sizeof *e->cell);
    e->first = gr_arena_take(w->env, &w->arena, n * sizeof *e->first);
    e->is_near = gr_arena_take(w->env, &w->arena, n * sizeof *e->is_near);
    uint8_t *tame = gr_arena_take(w->env, &w->arena, n);
    if (!e->of || !e->end || !e->cell || !e->first || !e->is_near || !tame)
        return GRAM_E_MEMORY;
    GR_TRY(add_state(w, z, e, c->state, &e->of[0]));
    e->end[0].chars = e->end[0].near = 0;
    tame[0] = IS_TAME | IS_SPACES;
    GR_TRY(gr_loop_of(w, c->state, &own));
    if (own.past != c->state.v && z->base == CLASS_INSIDE)
        return find_past(w, z, n, (StateId){own.past}, e);
    for (uint32_t i = 1; i < n; i++) {
        GR_TRY(find_end(w, z, count, &base->prefix[i], e, &e->of[i]));
        e->some_dead |= e->of[i] == 0;
        tame[i] = tame_of(z, &base->prefix[i], tame[base->prefix[i].up]);
        if (e->of[i] == 0) continue;
        End *end = &e->end[e->of[i] - 1];
        uint32_t chars = base->prefix[i].chars;
        if (chars < end->chars) end->chars = chars;
        if (tame[i] & IS_TAME && chars < end->near) end->near = chars;
    }
    return gr_step(w->env, n / 4);
}

/* The maps that the states have: one, mostly. */
static void find_maps(Ends *e)
{
    for (uint32_t i = 0; i < e->n && e->n_maps <= MAPS_MOST; i++) {
        uint32_t j = 0;
        while (j < e->n_maps && e->map[j] != e->end[i].at.map) j++;
        if (j < e->n_maps) continue;
        if (j < MAPS_MOST) e->map[j] = e->end[i].at.map;
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
        const At *end = &e->end[i].at;
        uint32_t n;
        if (end->map != map) {
            add_bytes(map, alive, bytes);
            memset(alive, 0, sizeof alive);
            map = end->map;
        }
        gr_pda_map_of(pda, (StateId){end->state}, &n);
        for (uint32_t cls = 1; cls < n; cls++)
            if (atomic_load_explicit(&end->cells[cls], memory_order_acquire) !=
                GR_CELL_DEAD)
                gr_bit_set(alive, cls);
    }
    add_bytes(map, alive, bytes);
}

/* --- a row of groups for each --------------------------------------------- */

/* Nearly always the cell is filled. */
static gram_status cell_at(GrWork *w, const At *at, uint8_t byte, Cell *out)
{
    uint32_t cls = at->map[byte];
    out->v = GR_CELL_DEAD;
    if (cls == 0) return GRAM_OK;
    out->v = atomic_load_explicit(&at->cells[cls], memory_order_acquire);
    return GR_LIKELY(out->v != GR_CELL_EMPTY)
               ? GRAM_OK
               : gr_cell_at(w, (StateId){at->state}, byte, out);
}

/* The groups that are alive behind a cell of the first byte; *plain is false
 * where bytes do more than change the state, or have to be paid for. */
static gram_status walk_plain(GrWork *w, const Rests *r, Cell cell,
                              uint32_t *bits, bool *plain)
{
    At at[PLAIN_DEPTH];
    uint32_t end[PLAIN_DEPTH], n = 0, i = 0;
    *plain = true;
    while (i < r->n_nodes && *plain) {
        const GrTrieNode *node = &r->node[i];
        while (n > 0 && i >= end[n - 1]) n--;
        if (i > 0) GR_TRY(cell_at(w, &at[n - 1], gr_trie_byte(node), &cell));
        i = cell.v == GR_CELL_DEAD ? node->next : i + 1;
        if (cell.v == GR_CELL_DEAD) continue;
        if (node->info & GR_TRIE_HAS) gr_bit_set(bits, gr_trie_token(node));
        *plain = gr_cell_is_goto(cell) && (i == node->next || n < PLAIN_DEPTH);
        if (!*plain || i == node->next) continue;
        at[n] = row_at(w, gr_cell_state(cell));
        end[n++] = node->next;
    }
    *plain &= !gr_pda_is_dear(w->m->pda);
    return gr_step(w->env, i);
}

/* The same whatever bytes do. */
static gram_status walk_any(Walk *k, const Rests *r, const GrConfig *c,
                            uint32_t *bits, uint32_t words)
{
    memset(bits, 0, words * sizeof *bits);
    GR_TRY(gr_rests_walk(k, r, c));
    for (uint32_t j = 0; j < k->w->groups.n; j++)
        gr_bit_set(bits, k->w->groups.at[j]);
    return GRAM_OK;
}

/* Walk the rests from a state into a row of its own. */
static gram_status walk_state(Walk *k, const Rests *r, Ends *e,
                              const GrConfig *c, uint32_t row, uint32_t first)
{
    GrWork *w = k->w;
    uint32_t from = w->marks.n, *bits = e->bits + row * (size_t)e->words;
    bool plain = false, alive = false;
    memset(bits, 0, e->words * sizeof *bits);
    if (k->byte >= 0x80) GR_TRY(walk_plain(w, r, e->cell[row], bits, &plain));
    if (!plain) GR_TRY(walk_any(k, r, c, bits, e->words));
    for (uint32_t j = 0; j < e->words; j++) {
        alive |= bits[j] != 0;
        e->any[j] |= bits[j];
        e->all[j] &= bits[j];
    }
    if (!alive && w->marks.n == from) return GRAM_OK;
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

/* The row of a state with this cell: that of another one with the same, or of
 * any that is near, where all of them take what the byte begins. */
static uint32_t row_of(const Ends *e, const End *end, Cell cell)
{
    uint32_t row = 0;
    while (row < e->n_rows &&
           (e->cell[row].v != cell.v || cell.v == GR_CELL_EMPTY) &&
           !(end->near < e->deep && e->is_near[row]))
        row++;
    return row;
}

/* States with one cell of the byte share a row.  Bytes of one class have the
 * same cells: a hundred states are not asked again for each of the bytes that
 * characters beyond ASCII begin with. */
static gram_status deal_rows(GrWork *w, Ends *e, uint8_t byte)
{
    if (is_dealt(e, byte)) return GRAM_OK;
    e->n_rows = 0;
    e->is_barred = false;
    for (uint32_t i = 0; i < e->n; i++) {
        Cell cell;
        End *end = &e->end[i];
        end->row = 0;
        if (end->chars > e->most) continue;
        GR_TRY(cell_at(w, &end->at, byte, &cell));
        e->is_barred |= cell.v == GR_CELL_DEAD;
        if (cell.v == GR_CELL_DEAD) continue;
        uint32_t row = row_of(e, end, cell);
        end->row = row + 1;
        if (row < e->n_rows) continue;
        e->cell[row] = cell;
        e->is_near[row] = end->near < e->deep;
        e->first[e->n_rows++] = end->at.state;
    }
    e->dealt = byte;
    e->is_dealt = true;
    return GRAM_OK;
}

/* What was dealt does for other bytes of which no more is asked. */
static void find_reach(Ends *e, uint32_t deep, uint32_t most)
{
    e->is_dealt &= e->deep == deep && e->most >= most;
    if (e->is_dealt) return;
    e->deep = deep;
    e->most = most;
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
    bool alike = z->reg >= GR_REGS && z->mortal == NULL && k->byte >= 0x80 &&
                 !(z->parted >> (k->byte & 63) & 1);
    find_reach(e, alike ? z->deep : 0, r->most_chars);
    GR_TRY(deal_rows(k->w, e, k->byte));
    memset(e->any, 0, e->words * sizeof *e->any);
    memset(e->all, e->some_dead || e->is_barred ? 0 : 0xFF,
           e->words * sizeof *e->all);
    for (uint32_t row = 0; row < e->n_rows; row++) {
        moved.state.v = e->first[row];
        GR_TRY(walk_state(k, r, e, &moved, row, first));
    }
    return GRAM_OK;
}

/* What is alive behind a state, its index + 1; 0: nothing. */
static const uint32_t *bits_of(const Ends *e, uint32_t end)
{
    uint32_t row = end ? e->end[end - 1].row : 0;
    return row ? e->bits + (size_t)(row - 1) * e->words : e->none;
}

/* --- tokens --------------------------------------------------------------- */

/* Exits of a group with from .. to characters. */
static gram_status put_group(Walk *k, const Rests *r, const Ends *e, uint32_t g,
                             uint32_t from, uint32_t to)
{
    const Exit *exit = &r->exit[r->group[g].start];
    for (uint32_t n = r->group[g].n; n > 0; n--, exit++) {
        if (exit->chars < from || exit->chars > to) continue;
        if (gr_bit_get(bits_of(e, e->of[exit->prefix]), g))
            GR_TRY(gr_row_put(k->w, exit->token, true));
    }
    return GRAM_OK;
}

static gram_status put_groups(Walk *k, const Rests *r, const Ends *e,
                              uint32_t from, uint32_t to)
{
    uint64_t steps = 0;
    bool whole = from == 0 && to >= r->most_chars;
    for (uint32_t g = 0; g < r->n_groups; g++) {
        if (!gr_bit_get(e->any, g)) continue;
        GR_TRY(whole && gr_bit_get(e->all, g)
                   ? gr_row_put_group(k->w, r, g)
                   : put_group(k, r, e, g, from, to));
        steps += r->group[g].n;
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
    uint32_t now = gr_zone_count(z, c), most = r->most_chars;
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
    size_t size = ((size_t)e->n + 3) * e->words * sizeof *e->bits;
    e->bits = gr_arena_take(w->env, &w->arena, size);
    if (e->bits == NULL) return GRAM_E_MEMORY;
    e->any = e->bits + (size_t)e->n * e->words;
    e->all = e->any + e->words;
    e->none = memset(e->all + e->words, 0, e->words * sizeof *e->bits);
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
gram_status gr_zone_exits(Walk *k, const Zone *z, const GrConfig *c)
{
    Ends e;
    uint32_t bytes[8] = {0};
    GR_TRY(find_ends(k, z, c, &e));
    find_maps(&e);
    if (z->base == CLASS_INSIDE) return put_byte(k, z, '"', &e, c);
    find_bytes(k->w, &e, bytes);
    for (uint32_t b = 0; b < 256; b++)
        if (gr_bit_get(bytes, b)) GR_TRY(put_byte(k, z, (uint8_t)b, &e, c));
    return GRAM_OK;
}
