/* The mask of a state inside a string that no ordinary character can spoil.
 *
 *              [^0-9]           any
 *            +-------+        +-----+
 *            v       |        v     |
 *       -->  s0 -----+  0-9   s1 ---+        the pattern [0-9], searched for
 *                s0 --------> s1
 *                              "
 *
 * No class of characters loops in s0 but "no digit", and walking all tokens
 * with a digit costs milliseconds.  But wherever plain characters lead from
 * s0, none of them is ever dead.  Such a set of states is a *zone*.  All
 * tokens of plain characters are alive in it, which is the slice of the
 * vocabulary; only what follows a quote or a backslash depends on the state
 * that the characters before it have led to:
 *
 *   - a zone is found by walking the cells of all well-formed characters, by
 *     classes of bytes; it belongs to each of its states;
 *   - rests are walked once from each state of the zone.  Those alive behind
 *     all of them are set; for the others, tokens are stepped up to their
 *     rest, which is a load a byte.
 *
 * Where the string's length is counted, moves of a zone may end at different
 * counts (the digit is still to come): tokens shorter than the least are
 * alive, longer than the greatest are dead, and what lies between is stepped.
 *
 * Rejected: zones of other classes (they would need rests of their own, and
 * those are loops and chains nearly always).
 *
 * Cost: a zone some microseconds a state, in cells that are not filled yet;
 * a mask one walk of the rests a state. */
#include "mask/mask_int.h"

enum {
    ZONE_MOST = 48,    /* states at the end of a character */
    PLACES_MOST = 256, /* those inside one, too */
    LOOKS_MOST = 1024  /* cells */
};

/* What a well-formed character may go on with. */
typedef enum Phase { P_CHAR, P_1, P_2, P_3, P_E0, P_ED, P_F0, P_F4 } Phase;
static const uint8_t phase_bytes[][3] = {
    /* first, last, the next phase */
    [P_1] = {0x80, 0xBF, P_CHAR}, [P_2] = {0x80, 0xBF, P_1},
    [P_3] = {0x80, 0xBF, P_2},    [P_E0] = {0xA0, 0xBF, P_1},
    [P_ED] = {0x80, 0x9F, P_1},   [P_F0] = {0x90, 0xBF, P_2},
    [P_F4] = {0x80, 0x8F, P_2},
};
static const uint8_t lead_bytes[][3] = {
    {0x20, 0x21, P_CHAR}, {0x23, 0x5B, P_CHAR}, {0x5D, 0x7F, P_CHAR},
    {0xC2, 0xDF, P_1},    {0xE0, 0xE0, P_E0},   {0xE1, 0xEC, P_2},
    {0xED, 0xED, P_ED},   {0xEE, 0xEF, P_2},    {0xF0, 0xF0, P_F0},
    {0xF1, 0xF3, P_3},    {0xF4, 0xF4, P_F4},
};

/* A cell that goes on inside the string: add `whole` to the count, which
 * may then be hi at most. */
typedef struct Step {
    StateId to;
    uint32_t whole, hi, reg;
} Step;

typedef struct Place {
    uint32_t state;
    uint8_t phase;
} Place;

typedef struct Search {
    GrWork *w;
    Place place[PLACES_MOST];
    uint32_t n, looks;
    uint32_t chars, counted; /* moves that end a character; that count */
    Zone zone;               /* without its states */
    bool is_one;
} Search;

/* --- cells ------------------------------------------------------------------ */

/* Is the cell a step, with no condition but an upper bound of one count? */
static bool read_step(const GrPda *pda, Cell cell, Step *out)
{
    *out = (Step){.hi = UINT32_MAX, .reg = GR_REGS};
    if (gr_cell_is_op(cell)) {
        const GrOp *op = gr_pda_get_op(pda, cell);
        if (op->kind == GR_OP_ADD && op->b == 1) {
            *out = (Step){.whole = 1, .hi = UINT32_MAX, .reg = op->a};
            cell = op->yes;
        }
    }
    if (gr_cell_is_op(cell)) {
        const GrOp *op = gr_pda_get_op(pda, cell);
        if (op->kind != GR_OP_TEST || op->no.v != GR_CELL_DEAD) return false;
        if (out->whole && op->a != out->reg) return false;
        if (op->b > out->whole) return false;
        out->reg = op->a;
        out->hi = op->c;
        cell = op->yes;
    }
    out->to = gr_cell_state(cell);
    return gr_cell_is_goto(cell);
}

/* A limit is no step. */
static gram_status step_of(GrWork *w, StateId s, uint32_t cls, Step *out,
                           bool *is_step)
{
    Cell cell;
    gram_status status = gr_pda_cell_of(w->m->pda, s, cls, &cell);
    *is_step = status == GRAM_OK && read_step(w->m->pda, cell, out);
    return status == GRAM_E_MEMORY ? status : GRAM_OK;
}

/* --- finding a zone ---------------------------------------------------------- */

static void add_place(Search *s, uint32_t state, uint8_t phase)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (s->place[i].state == state && s->place[i].phase == phase) return;
    if (s->n == PLACES_MOST)
        s->is_one = false;
    else
        s->place[s->n++] = (Place){state, phase};
    s->zone.n += phase == P_CHAR;
    s->is_one &= s->zone.n <= ZONE_MOST;
}

/* Bounds are kept as those of the count behind the character. */
static void add_step(Search *s, const Step *step, uint8_t phase)
{
    Zone *z = &s->zone;
    uint32_t hi = step->hi;
    bool counts = step->reg < GR_REGS;
    if (counts && !step->whole && hi < UINT32_MAX) hi++;
    s->chars += phase == P_CHAR;
    s->counted += step->whole;
    s->is_one &= phase == P_CHAR || !step->whole;
    if (counts && z->reg == GR_REGS) z->reg = step->reg;
    s->is_one &= !counts || z->reg == step->reg;
    if (hi < z->least) z->least = hi;
    if (hi > z->most) z->most = hi;
    add_place(s, step->to.v, phase);
}

/* The classes of bytes first .. last of a place, each once. */
static gram_status try_bytes(Search *s, StateId at, const uint8_t row[3],
                             uint32_t done[8])
{
    const GrState *state = gr_pda_get_state(s->w->m->pda, at);
    uint32_t n;
    const uint8_t *map = gr_pda_get_map(s->w->m->pda, state->map, &n);
    for (uint32_t b = row[0]; b <= row[1] && s->is_one; b++) {
        Step step;
        if (map[b] != 0 && gr_bit_get(done, map[b])) continue;
        gr_bit_set(done, map[b]);
        s->is_one = map[b] != 0 && ++s->looks <= LOOKS_MOST;
        if (!s->is_one) break;
        GR_TRY(step_of(s->w, at, map[b], &step, &s->is_one));
        if (s->is_one) add_step(s, &step, row[2]);
    }
    return GRAM_OK;
}

static gram_status try_place(Search *s, Place p)
{
    uint32_t done[8] = {0};
    if (p.phase != P_CHAR)
        return try_bytes(s, (StateId){p.state}, phase_bytes[p.phase], done);
    for (uint32_t i = 0; i < sizeof lead_bytes / sizeof *lead_bytes; i++) {
        /* a class has bytes of one kind of character only, or is uniform */
        if (i > 2) memset(done, 0, sizeof done);
        GR_TRY(try_bytes(s, (StateId){p.state}, lead_bytes[i], done));
    }
    return GRAM_OK;
}

static gram_status search(Search *s, StateId from)
{
    s->is_one = true;
    s->zone = (Zone){.reg = GR_REGS, .least = UINT32_MAX};
    add_place(s, from.v, P_CHAR);
    for (uint32_t i = 0; i < s->n && s->is_one; i++)
        GR_TRY(try_place(s, s->place[i]));
    /* all characters are counted, or none of them */
    s->is_one &= s->counted == (s->zone.reg < GR_REGS ? s->chars : 0);
    return gr_step(s->w->env, s->looks);
}

/* --- keeping it -------------------------------------------------------------- */

/* Under the lock. */
static gram_status keep(GrMasks *m, const Search *s, StateId from,
                        uint32_t *index)
{
    uint32_t n = 0, first;
    *index = 0;
    if (!s->is_one) return gr_map_put(&m->env, &m->zone_of, from.v, 0);
    GR_TRY(gr_store_add(&m->env, &m->zone_states, s->zone.n, &first));
    GR_TRY(gr_store_add(&m->env, &m->zones, 1, index));
    Zone *z = gr_store_at(&m->zones, *index);
    *z = s->zone;
    z->first = first;
    uint32_t *state = gr_store_at(&m->zone_states, first);
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->place[i].phase != P_CHAR) continue;
        state[n++] = s->place[i].state;
        GR_TRY(gr_map_put(&m->env, &m->zone_of, s->place[i].state, *index));
    }
    return GRAM_OK;
}

static bool known(GrMasks *m, StateId s, uint32_t *index)
{
    pthread_mutex_lock(&m->lock);
    const uint32_t *at = gr_map_find(&m->zone_of, s.v);
    if (at != NULL) *index = *at;
    pthread_mutex_unlock(&m->lock);
    return at != NULL;
}

/* Most states are none, which a letter or a space tells. */
static gram_status may_be_one(GrWork *w, StateId s, bool *may)
{
    static const uint8_t tries[] = "e 0";
    *may = !(w->m->flags & GR_MASK_NO_CLASSES);
    for (uint32_t i = 0; i + 1 < sizeof tries && *may; i++) {
        Step step;
        const uint8_t *map;
        gr_pda_row(w->m->pda, s, &map);
        *may = map[tries[i]] != 0;
        if (*may) GR_TRY(step_of(w, s, map[tries[i]], &step, may));
    }
    return GRAM_OK;
}

gram_status gr_zone_of(GrWork *w, StateId s, uint32_t *index)
{
    GrMasks *m = w->m;
    Search *search_at;
    bool may;
    uint32_t plain;
    *index = 0;
    GR_TRY(may_be_one(w, s, &may));
    if (!may || known(m, s, index)) return GRAM_OK;
    GR_TRY(gr_plain_of(m, &plain));
    if (plain == 0) return GRAM_OK;
    GrArenaMark mark = gr_arena_mark(&w->arena);
    search_at = gr_arena_take(w->env, &w->arena, sizeof *search_at);
    if (search_at == NULL) return GRAM_E_MEMORY;
    memset(search_at, 0, sizeof *search_at);
    search_at->w = w;
    gram_status status = search(search_at, s);
    if (status == GRAM_OK) {
        pthread_mutex_lock(&m->lock);
        /* no room for it: there is none */
        if (keep(m, search_at, s, index) != GRAM_OK) *index = 0;
        pthread_mutex_unlock(&m->lock);
    }
    gr_arena_release(w->env, &w->arena, mark);
    return status;
}

/* --- stepping tokens ----------------------------------------------------------- */

/* The state behind len bytes of p, none of which is dead but by the count;
 * *dead where it is. */
static gram_status run(GrWork *w, StateId *s, uint32_t count, const char *p,
                       uint32_t len, bool *dead)
{
    *dead = false;
    for (uint32_t i = 0; i < len && !*dead; i++) {
        WalkLevel at;
        Step step = {0};
        Cell cell = {GR_CELL_DEAD};
        bool is_step;
        row_ref(w, *s, &at);
        uint32_t cls = at.map[(uint8_t)p[i]];
        if (cls != 0)
            cell.v = atomic_load_explicit(&at.row[cls], memory_order_acquire);
        if (GR_LIKELY(cell.v != GR_CELL_EMPTY))
            is_step = read_step(w->m->pda, cell, &step);
        else
            GR_TRY(step_of(w, *s, cls, &step, &is_step));
        count += step.whole;
        *dead = !is_step || (step.reg < GR_REGS && count > step.hi);
        *s = step.to;
    }
    return GRAM_OK;
}

static gram_status put_if_alive(Walk *k, const Zone *z, const GrConfig *c,
                                uint32_t token)
{
    uint32_t len;
    bool dead;
    StateId s = c->state;
    const char *p = gr_vocab_bytes(k->w->m->v, token, &len);
    GR_TRY(run(k->w, &s, c->level.reg[z->reg], p, len, &dead));
    return dead ? GRAM_OK : gr_row_put(k->w, token, true);
}

/* --- the slice ------------------------------------------------------------------ */

static void note_count(Walk *k, const Zone *z, uint32_t lo, uint32_t hi)
{
    gr_trace_note(k->run.trace, 1, z->reg, lo, hi);
}

/* Near the bound: all that is shorter than the least, and what is alive of
 * what is not longer than the greatest. */
static gram_status load_near(Walk *k, const Zone *z, const GrConfig *c,
                             const ClassRef *r)
{
    uint32_t now = c->level.reg[z->reg], longest = r->cls->longest;
    uint32_t least = now < z->least ? z->least - now : 0;
    uint32_t most = now < z->most ? z->most - now : 0;
    if (least > longest) least = longest;
    if (most > longest) most = longest;
    note_count(k, z, now, now);
    GR_TRY(gr_load_few(k->w, r, least));
    uint32_t i = r->cls->chars_at[least];
    for (; i < r->cls->chars_at[most]; i++)
        GR_TRY(put_if_alive(k, z, c, r->cls->by_chars[i]));
    return gr_step(k->w->env, most - least);
}

static gram_status load_slice(Walk *k, const Zone *z, const GrConfig *c)
{
    ClassRef *r;
    GR_TRY(gr_class_ref(k->w->m, CLASS_PLAIN, &r));
    if (z->reg >= GR_REGS) return gr_row_load_base(k->w, r->all);
    GR_TRY(gr_count_class(k->w->m, r));
    uint32_t now = c->level.reg[z->reg], longest = r->cls->longest;
    if (now > z->least || z->least - now < longest)
        return load_near(k, z, c, r);
    note_count(k, z, 0, z->least - longest);
    return gr_row_load_base(k->w, r->all);
}

/* --- exits ---------------------------------------------------------------------- */

/* Which groups of some rests are alive, behind each state of the zone. */
typedef struct Alive {
    const Rests *r;
    const uint32_t *state;
    uint32_t n, words;
    uint32_t *bits;      /* n rows of `words` */
    uint32_t *all, *any; /* of those rows */
    bool met;            /* some state has some alive */
} Alive;

static gram_status make_alive(GrWork *w, const Zone *z, const Rests *r,
                              Alive *a)
{
    *a = (Alive){.r = r, .n = z->n, .words = gr_bit_words(r->n_groups)};
    a->state = gr_store_at(&w->m->zone_states, z->first);
    size_t size = ((size_t)z->n + 2) * a->words * sizeof *a->bits;
    a->bits = gr_arena_take(w->env, &w->arena, size);
    if (a->bits == NULL) return GRAM_E_MEMORY;
    memset(a->bits, 0, size);
    a->all = a->bits + (size_t)a->n * a->words;
    a->any = a->all + a->words;
    return GRAM_OK;
}

static void sum_up(Alive *a)
{
    for (uint32_t j = 0; j < a->words; j++) {
        a->all[j] = UINT32_MAX;
        for (uint32_t i = 0; i < a->n; i++) {
            a->all[j] &= a->bits[(size_t)i * a->words + j];
            a->any[j] |= a->bits[(size_t)i * a->words + j];
        }
    }
}

/* Known to be dead, that is. */
static bool is_dead(GrWork *w, StateId s, uint8_t byte)
{
    WalkLevel at;
    row_ref(w, s, &at);
    uint32_t cls = at.map[byte];
    return cls == 0 || atomic_load_explicit(
                           &at.row[cls], memory_order_acquire) == GR_CELL_DEAD;
}

/* Walk the rests from each state, `chars` characters further; `first` is the
 * first mark that these rests have met. */
static gram_status walk_states(Walk *k, const Zone *z, Alive *a,
                               const GrConfig *c, uint32_t chars,
                               uint32_t first)
{
    GrWork *w = k->w;
    GrConfig moved = *c;
    if (z->reg < GR_REGS) moved.level.reg[z->reg] += chars;
    for (uint32_t i = 0; i < a->n; i++) {
        uint32_t from = w->marks.n, *bits = a->bits + (size_t)i * a->words;
        moved.state.v = a->state[i];
        memset(bits, 0, a->words * sizeof *bits);
        if (is_dead(w, moved.state, k->byte)) continue;
        GR_TRY(gr_rests_walk(k, a->r, &moved));
        for (uint32_t j = 0; j < w->groups.n; j++)
            gr_bit_set(bits, w->groups.at[j]);
        if (w->groups.n == 0 && w->marks.n == from) continue;
        if (a->met) gr_marks_merge(w, first, from);
        a->met = true;
    }
    sum_up(a);
    return GRAM_OK;
}

/* Is the group of exit e alive in the state that its characters lead to? */
static gram_status put_exit(Walk *k, const Zone *z, const Alive *a,
                            const GrConfig *c, const Exit *e, uint32_t group)
{
    uint32_t len;
    bool dead;
    StateId s = c->state;
    const char *p = gr_vocab_bytes(k->w->m->v, e->token, &len);
    uint32_t count = z->reg < GR_REGS ? c->level.reg[z->reg] : 0;
    GR_TRY(run(k->w, &s, count, p, len - e->len, &dead));
    for (uint32_t i = 0; i < a->n && !dead; i++)
        if (a->state[i] == s.v) {
            dead = !gr_bit_get(a->bits + (size_t)i * a->words, group);
            return dead ? GRAM_OK : gr_row_put(k->w, e->token, true);
        }
    return GRAM_OK;
}

/* Exits with from .. to characters; they need no stepping where no state and
 * no count matters. */
static gram_status put_groups(Walk *k, const Zone *z, const Alive *a,
                              const GrConfig *c, uint32_t from, uint32_t to,
                              bool near)
{
    uint64_t steps = 0;
    for (uint32_t g = 0; g < a->r->n_groups; g++) {
        const Group *group = &a->r->group[g];
        if (!gr_bit_get(a->any, g)) continue;
        bool all = gr_bit_get(a->all, g) && !near;
        for (uint32_t j = group->start; j < group->start + group->n; j++) {
            const Exit *e = &a->r->exit[j];
            if (e->chars < from || e->chars > to) continue;
            if (all)
                GR_TRY(gr_row_put(k->w, e->token, true));
            else
                GR_TRY(put_exit(k, z, a, c, e, g));
            steps += all ? 0 : e->chars;
        }
    }
    return gr_step(k->w->env, a->r->n_groups / 16 + steps);
}

/* Rests may read the count too: then they are walked for each. */
static gram_status put_counted(Walk *k, const Zone *z, Alive *a,
                               const GrConfig *c)
{
    GrTrace *t = k->run.trace;
    uint32_t now = c->level.reg[z->reg], most = a->r->most_chars;
    uint32_t marks = k->w->marks.n, left = now < z->most ? z->most - now : 0;
    bool near = now > z->least || z->least - now < most;
    GR_TRY(walk_states(k, z, a, c, 0, marks));
    uint32_t hi = gr_trace_highest(t, z->reg);
    if (hi - now >= most && !near) {
        if (hi < UINT32_MAX) gr_trace_note(t, 1, z->reg, 0, hi - most);
        return put_groups(k, z, a, c, 0, UINT32_MAX, false);
    }
    gr_trace_note(t, 1, z->reg, now, now);
    for (uint32_t n = 0; n <= most && n <= left; n++) {
        GR_TRY(walk_states(k, z, a, c, n, marks));
        GR_TRY(put_groups(k, z, a, c, n, n, true));
    }
    return GRAM_OK;
}

static gram_status put_rests(Walk *k, const Zone *z, const Rests *r,
                             const GrConfig *c)
{
    Alive a;
    GR_TRY(make_alive(k->w, z, r, &a));
    if (z->reg < GR_REGS) return put_counted(k, z, &a, c);
    GR_TRY(walk_states(k, z, &a, c, 0, k->w->marks.n));
    return put_groups(k, z, &a, c, 0, UINT32_MAX, false);
}

static gram_status put_byte(Walk *k, const Zone *z, uint8_t byte,
                            const GrConfig *c)
{
    const Rests *r;
    GR_TRY(gr_rests_of(k->w, CLASS_PLAIN, byte, &r));
    if (r->n == 0) return GRAM_OK;
    Walk rests = *k;
    rests.trie.node = r->node;
    rests.cls = CLASS_PLAIN;
    rests.byte = byte;
    GrArenaMark mark = gr_arena_mark(&k->w->arena);
    gram_status status = put_rests(&rests, z, r, c);
    gr_arena_release(k->w->env, &k->w->arena, mark);
    return status;
}

/* --- the mask -------------------------------------------------------------------- */

gram_status gr_zone_mask(Walk *k, uint32_t index, const GrConfig *c)
{
    const Zone *z = gr_store_at(&k->w->m->zones, index);
    GR_TRY(load_slice(k, z, c));
    for (uint32_t b = 0; b < 256; b++) GR_TRY(put_byte(k, z, (uint8_t)b, c));
    return GRAM_OK;
}
