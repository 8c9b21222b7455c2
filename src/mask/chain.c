/* The mask of a state that counts characters by states.
 *
 *      s0 -[a-z0-9]-> s1 -[a-z0-9]-> s2 ... -[a-z0-9]-> s64
 *
 * The pattern [a-z0-9]{1,64} is no loop, but a chain of states that take the
 * same characters, and walking the trie from each of them costs as much as
 * the class is large.  As for a loop, the row is the slice of the class, by
 * length where the chain ends, and only the exits are walked: those behind n
 * characters from state sn.  Where the string's length is counted as well,
 * the chain ends where the count does.  States that no token reaches are not
 * asked for.
 *
 * What follows behind the characters is put by chain_rests.c.
 *
 * In: a state inside a string.  A chain is found by the cells of ASCII; other
 * characters are of its class where most of them do as it does
 * (chain_beyond.c).  All that differs on the way is an exit. */
#include "mask/chain.h"

enum {
    CHAIN_SHORT = 3,  /* characters left: a walk ends soon */
    CHAIN_LEAST = 24, /* characters of a class; for fewer a walk is fast */
    ODD_NODES = 8192  /* that are walked instead of having another class */
};

/* --- finding it ----------------------------------------------------------- */

/* Of the state's row.  A limit looks like a cell that is no step. */
static gram_status cell_of(GrWork *w, StateId s, const WalkLevel *at,
                           uint32_t cls, Cell *out)
{
    gram_status status = GRAM_OK;
    out->v = cls ? atomic_load_explicit(&at->row[cls], memory_order_acquire)
                 : GR_CELL_DEAD;
    if (GR_UNLIKELY(out->v == GR_CELL_EMPTY))
        status = gr_pda_cell_of(w->m->pda, s, cls, out);
    if (status != GRAM_OK) out->v = GR_CELL_EMPTY;
    return status == GRAM_E_MEMORY ? status : GRAM_OK;
}

/* EMPTY is neither dead nor a step: callers go on as if something were there,
 * and the walk that comes to the byte meets the limit again, and marks it. */
gram_status gr_cell_at(GrWork *w, StateId s, uint8_t byte, Cell *out)
{
    WalkLevel at;
    row_ref(w, s, &at);
    return cell_of(w, s, &at, at.map[byte], out);
}

/* The characters with the cell `to` in state s.  Each class of bytes is asked
 * for once: there are a dozen. */
gram_status gr_chain_gather(GrWork *w, Chain *ch, StateId s, Cell to,
                            uint32_t *n)
{
    uint32_t asked[8] = {0}, has[8] = {0};
    WalkLevel at;
    *n = 0;
    memset(ch->ascii, 0, sizeof ch->ascii);
    row_ref(w, s, &at);
    for (uint32_t b = 0; b < 128; b++) {
        uint32_t cls = at.map[b];
        Cell cell = {GR_CELL_EMPTY};
        if (!gr_bit_get(asked, cls)) GR_TRY(cell_of(w, s, &at, cls, &cell));
        gr_bit_set(asked, cls);
        if (cell.v == to.v) gr_bit_set(has, cls);
        if (!gr_bit_get(has, cls)) continue;
        gr_bit_set(ch->ascii, b);
        ++*n;
    }
    return GRAM_OK;
}

/* A class that has none of a small letter, a capital and a digit is of
 * punctuation or of other scripts, and has too few tokens to be worth it.  The
 * letters are among the most usual, so that a class of some letters is found by
 * them. */
static gram_status begin(GrWork *w, Chain *ch, bool *found)
{
    static const char tries[] = "eA5";
    *found = false;
    for (uint32_t i = 0; i + 1 < sizeof tries && !*found; i++) {
        Cell to;
        Step step;
        uint32_t n;
        GR_TRY(gr_cell_at(w, ch->state[0], (uint8_t)tries[i], &to));
        if (!gr_read_step(w->m->pda, to, &step)) continue;
        ch->reg = step.whole ? step.reg : GR_REGS;
        GR_TRY(gr_chain_gather(w, ch, ch->state[0], to, &n));
        *found = n >= CHAIN_LEAST;
    }
    return GRAM_OK;
}

/* The classes of a map that some of these bytes are of.  States of a chain
 * mostly share their map, so that this is asked once for many. */
static void list_classes(const uint8_t *map, const uint32_t bytes[8],
                         ByteClasses *out)
{
    uint32_t found[8] = {0}, last = UINT32_MAX; /* neighbours are often alike */
    out->map = map;
    out->n = 0;
    for (uint32_t w = 0; w < 8; w++)
        for (uint32_t bits = bytes[w]; bits != 0; bits &= bits - 1) {
            uint8_t cls = map[w * 32 + (uint32_t)__builtin_ctz(bits)];
            if (cls == last) continue;
            last = cls;
            if (gr_bit_get(found, cls)) continue;
            gr_bit_set(found, cls);
            out->cls[out->n++] = cls;
        }
}

gram_status gr_chain_cell(GrWork *w, ByteClasses *own, const uint32_t bytes[8],
                          StateId s, Cell *out)
{
    WalkLevel at;
    row_ref(w, s, &at);
    if (at.map != own->map) list_classes(at.map, bytes, own);
    for (uint32_t i = 0; i < own->n; i++) {
        Cell cell;
        GR_TRY(cell_of(w, s, &at, own->cls[i], &cell));
        if (i > 0 && cell.v != out->v) cell.v = GR_CELL_EMPTY;
        *out = cell;
        if (cell.v == GR_CELL_EMPTY) break;
    }
    return gr_step(w->env, 1);
}

/* Inside a string, where bytes are the characters they stand for. */
static bool is_inside(GrWork *w, StateId s)
{
    return gr_pda_get_state(w->m->pda, s)->flags & GR_STATE_QUOTED;
}

/* Inside the same string: a key, or none. */
bool gr_chain_is_alike(GrWork *w, StateId s, StateId t)
{
    uint32_t a = gr_pda_get_state(w->m->pda, s)->flags;
    uint32_t b = gr_pda_get_state(w->m->pda, t)->flags;
    return ((a ^ b) & (GR_STATE_QUOTED | GR_STATE_KEY)) == 0;
}

/* May the n-th character be counted?  All of them are, or none. */
static bool count(Chain *ch, const Step *step, bool *fits)
{
    *fits = true;
    if (ch->reg == GR_REGS) return step->reg == GR_REGS;
    if (step->reg != ch->reg || !step->whole) return false;
    *fits = ch->n <= step->hi && ch->count <= step->hi - ch->n;
    if (*fits && step->hi < UINT32_MAX && step->hi - ch->n < ch->highest)
        ch->highest = step->hi - ch->n;
    return true;
}

gram_status gr_chain_follow(GrWork *w, Chain *ch, uint32_t most, bool *found)
{
    uint32_t bytes[8] = {0};
    memcpy(bytes, ch->ascii, sizeof ch->ascii);
    *found = false;
    ch->left = UINT32_MAX;
    for (; ch->n <= most; ch->n++) {
        Cell cell = {GR_CELL_DEAD};
        Step step;
        bool fits = false;
        GR_TRY(gr_chain_cell(w, &ch->own, bytes, ch->state[ch->n - 1], &cell));
        if (cell.v != GR_CELL_DEAD &&
            (!gr_read_step(w->m->pda, cell, &step) || !count(ch, &step, &fits)))
            return GRAM_OK;
        if (!fits) {
            if (cell.v != GR_CELL_DEAD) ch->highest = ch->count;
            ch->left = ch->n - 1;
            *found = true;
            return GRAM_OK;
        }
        if (!gr_chain_is_alike(w, step.to, ch->state[0])) return GRAM_OK;
        ch->state[ch->n] = step.to;
    }
    *found = true;
    return GRAM_OK;
}

gram_status gr_chain_widen(GrWork *w, const Chain *ch, Chain *wide,
                           uint32_t odd[4], bool *found)
{
    uint32_t b = 0, any = 0;
    Cell to;
    *wide = *ch;
    *found = true;
    if (wide->n < 2) GR_TRY(gr_chain_follow(w, wide, 1, found));
    *found = *found && wide->n > 1;
    if (!*found) return GRAM_OK;
    while (b < 127 && !gr_bit_get(ch->ascii, b)) b++;
    GR_TRY(gr_cell_at(w, wide->state[1], (uint8_t)b, &to));
    GR_TRY(gr_chain_gather(w, wide, wide->state[1], to, &any));
    wide->n = 2;
    wide->own.map = NULL;
    for (uint32_t i = any = 0; i < 4; i++)
        any |= odd[i] = wide->ascii[i] & ~ch->ascii[i];
    *found = any != 0 && gr_chain_has(wide->ascii, ch->ascii);
    return GRAM_OK;
}

/* Bytes out of the class that no state is known to take, by the map of the
 * state at hand; and of their classes the characters that tokens have before
 * one, at most. */
typedef struct Others {
    uint32_t bytes[8];
    ByteClasses by;
    const uint32_t *most; /* by byte */
    uint32_t before[256]; /* by class */
} Others;

static void list_others(const uint8_t *map, Others *o)
{
    list_classes(map, o->bytes, &o->by);
    for (uint32_t i = 0; i < o->by.n; i++) o->before[o->by.cls[i]] = 0;
    for (uint32_t b = 0; b < 256; b++)
        if (gr_bit_get(o->bytes, b) && o->most[b] > o->before[map[b]])
            o->before[map[b]] = o->most[b];
}

/* All bytes of a class are taken: *bytes gets those that are left. */
static void take(Others *o, uint32_t i, uint32_t bytes[8])
{
    for (uint32_t b = 0; b < 256; b++) {
        if (o->by.map[b] != o->by.cls[i] || !gr_bit_get(o->bytes, b)) continue;
        gr_bit_set(bytes, b);
        gr_bit_clear(o->bytes, b);
    }
    o->by.cls[i] = o->by.cls[--o->by.n];
}

/* Of the n-th state.  Those that an earlier state takes are known to matter
 * already, and are not asked for again: which later states take them is only
 * asked where tokens get there (put_rests).  Nor are those that no token has
 * behind so many characters. */
static gram_status add_exits(GrWork *w, StateId s, uint32_t n, Others *o,
                             uint32_t bytes[8])
{
    WalkLevel at;
    row_ref(w, s, &at);
    if (at.map != o->by.map) list_others(at.map, o);
    for (uint32_t i = 0; i < o->by.n;) {
        Cell cell = {GR_CELL_DEAD};
        uint32_t cls = o->by.cls[i];
        if (n <= o->before[cls]) GR_TRY(cell_of(w, s, &at, cls, &cell));
        if (cell.v != GR_CELL_DEAD)
            take(o, i, bytes);
        else
            i++;
    }
    return GRAM_OK;
}

/* The bytes out of the class that some state takes where a token has one: a
 * chain may have 256 states. */
static gram_status find_exits(GrWork *w, const Chain *ch, uint32_t bytes[8])
{
    const GrTables *t = w->m->tables;
    uint32_t any[256];
    Others o;
    bool names = true;
    memset(any, 0xFF, sizeof any);
    for (uint32_t b = 0; b < 128; b++)
        names = names && (!gr_bit_get(ch->ascii, b) || gr_is_name(b));
    o.most = names ? t->before_names : t->before;
    if (ch->n_beyond > 0) o.most = any;
    o.by.map = NULL;
    memset(o.bytes, 0xFF, sizeof o.bytes);
    for (uint32_t i = 0; i < 4; i++) o.bytes[i] = ~ch->ascii[i];
    for (uint32_t n = 0; n < ch->n; n++)
        GR_TRY(add_exits(w, ch->state[n], n, &o, bytes));
    for (uint32_t n = 0; n < ch->n_near; n++)
        GR_TRY(add_exits(w, ch->at_near[n], n, &o, bytes));
    return GRAM_OK;
}

/* As ranges, because classes are kept by these: chains of one grammar mostly
 * share a class, and with it the rests that were found. */
static gram_status get_class(GrWork *w, Chain *ch)
{
    uint32_t ranges[128 + 2 * CHAIN_RANGES], n = 0;
    for (uint32_t b = 0; b < 128; b++)
        if (gr_bit_get(ch->ascii, b)) gr_range_put(ranges, &n, b, b);
    for (uint32_t i = 0; i < ch->n_beyond; i++)
        gr_range_put(ranges, &n, ch->beyond[2 * i], ch->beyond[2 * i + 1]);
    GrLoop loop = {.ranges = ranges, .n = n, .reg = GR_REGS};
    return gr_class_of(w->m, &loop, &ch->cls);
}

/* Would its exits cost more than a walk does? */
static gram_status exits_are_dear(GrWork *w, const Chain *ch, uint32_t bytes[8],
                                  bool *dear)
{
    memset(bytes, 0, 8 * sizeof *bytes);
    GR_TRY(find_exits(w, ch, bytes));
    return gr_exits_are_dear(w, ch->cls, bytes, false, dear);
}

static bool is_built(const GrWork *w, uint32_t cls)
{
    return atomic_load_explicit(&class_at(w->m, cls)->cls,
                                memory_order_acquire) != NULL;
}

/* The chain as far as tokens of its class go.  A class without letters takes
 * as long to be built as a walk does: what is known of the exits by now tells
 * whether these are worth it. */
static gram_status reach_out(GrWork *w, Chain *ch, bool *found)
{
    ClassRef *r;
    uint32_t bytes[8];
    bool dear = false;
    GR_TRY(get_class(w, ch));
    *found = ch->cls != 0;
    if (*found && !gr_chain_has_words(ch->ascii) && !is_built(w, ch->cls)) {
        GR_TRY(exits_are_dear(w, ch, bytes, &dear));
        *found = !dear;
    }
    if (!*found) return GRAM_OK;
    GR_TRY(gr_class_ref(w->m, ch->cls, &r));
    GR_TRY(gr_count_class(w->m, r));
    *found = r->cls->part && r->cls->reach < CHAIN_MAX;
    if (!*found || ch->left != UINT32_MAX) return GRAM_OK;
    return gr_chain_follow(w, ch, r->cls->reach, found);
}

/* Where it turns out later that characters beyond ASCII do not go on like the
 * others the class has none. */
static gram_status extend(GrWork *w, Chain *ch, bool *found)
{
    bool changed;
    ch->spanned = 0;
    GR_TRY(gr_chain_beyond(w, ch, &changed));
    GR_TRY(reach_out(w, ch, found));
    if (ch->n_beyond == 0) return GRAM_OK;
    if (*found) GR_TRY(gr_chain_beyond(w, ch, &changed));
    if (*found && !changed) return GRAM_OK;
    gr_chain_ascii(ch);
    return reach_out(w, ch, found);
}

/* The first state may take more than those behind it, in one way (a dot, where
 * a label must have begun before it): what both take is a class. */
static gram_status narrow(GrWork *w, Chain *ch, bool *found)
{
    uint32_t b = 'e', n, had[4];
    Cell to;
    memcpy(had, ch->ascii, sizeof had);
    while (b < 127 && !gr_bit_get(had, b)) b++;
    GR_TRY(gr_cell_at(w, ch->state[1], (uint8_t)b, &to));
    if (to.v == GR_CELL_DEAD || to.v == GR_CELL_EMPTY) return GRAM_OK;
    GR_TRY(gr_chain_gather(w, ch, ch->state[1], to, &n));
    for (uint32_t i = 0; i < 4; i++) ch->ascii[i] &= had[i];
    if (gr_bit_count(ch->ascii, 4) < CHAIN_LEAST) return GRAM_OK;
    ch->own.map = NULL;
    return gr_chain_follow(w, ch, CHAIN_FIRST, found);
}

/* Only its first states: nearly all that is no chain shows soon. */
gram_status gr_chain_start(GrWork *w, StateId s, Chain *ch, bool *found)
{
    *found = false;
    ch->state[0] = s;
    ch->n = 1;
    ch->count = 0;
    ch->highest = ch->left = UINT32_MAX;
    ch->n_near = 0;
    ch->own.map = NULL;
    if (w->m->flags & GR_MASK_NO_CLASSES || !is_inside(w, s)) return GRAM_OK;
    GR_TRY(begin(w, ch, found));
    if (!*found || ch->reg < GR_REGS) return GRAM_OK;
    GR_TRY(gr_chain_follow(w, ch, CHAIN_FIRST, found));
    return *found || ch->n != 2 ? GRAM_OK : narrow(w, ch, found);
}

/* A class without a letter is dear: nearly all tokens have to be looked at, and
 * those with the letter are exits.  Where it is only the first state that lacks
 * it, because a word of its own may begin there, the tokens that begin with it
 * are walked. */
static gram_status widen(GrWork *w, Chain *ch)
{
    Chain wide;
    uint32_t nodes;
    bool found;
    memset(ch->odd, 0, sizeof ch->odd);
    if (gr_chain_has_words(ch->ascii)) return GRAM_OK;
    GR_TRY(gr_chain_widen(w, ch, &wide, wide.odd, &found));
    if (!found) return GRAM_OK;
    GR_TRY(gr_odd_nodes(w, ch->state[0], wide.odd, &nodes));
    if (nodes > ODD_NODES) return GRAM_OK;
    GR_TRY(gr_chain_follow(w, &wide, CHAIN_FIRST, &found));
    if (found && wide.left > CHAIN_SHORT) *ch = wide;
    return GRAM_OK;
}

/* The chain that other letters lead into, from there on. */
static gram_status extend_aside(GrWork *w, Chain *ch, bool *found)
{
    Chain wide;
    GR_TRY(gr_chain_aside(w, ch, &wide, found));
    *found = *found && wide.left > CHAIN_SHORT;
    if (*found) GR_TRY(extend(w, &wide, found));
    if (*found) GR_TRY(gr_chain_near(w, &wide, found));
    if (*found) *ch = wide;
    return GRAM_OK;
}

/* With one character left a walk sees that character and what may come behind
 * it: less than it takes to find the rests of a class. */
static gram_status find(GrWork *w, const GrConfig *c, Chain *ch, bool *found)
{
    bool aside = false;
    GR_TRY(gr_chain_start(w, c->state, ch, found));
    if (*found && ch->reg < GR_REGS) {
        ch->count = c->level.reg[ch->reg];
        GR_TRY(gr_chain_follow(w, ch, CHAIN_FIRST, found));
    }
    *found = *found && ch->left > CHAIN_SHORT;
    if (!*found) return GRAM_OK;
    GR_TRY(widen(w, ch));
    if (!gr_chain_has_words(ch->ascii)) {
        GR_TRY(extend_aside(w, ch, &aside));
        if (aside) return GRAM_OK;
    }
    return extend(w, ch, found);
}

/* --- the mask ------------------------------------------------------------- */

/* What the class has, as far as the chain goes. */
static gram_status load_slice(GrWork *w, const Chain *ch)
{
    ClassRef *r;
    GR_TRY(gr_class_ref(w->m, ch->cls, &r));
    if (ch->left >= r->cls->longest) return gr_row_load_base(w, r->all);
    GR_TRY(gr_load_few(w, r, ch->left));
    return gr_chain_put_longer(w, ch);
}

/* At the end of the count nothing holds for other counts; before it, rests
 * may say more. */
static void note_count(GrTrace *t, const Chain *ch)
{
    bool ends = ch->highest == ch->count && ch->left < UINT32_MAX;
    gr_trace_note(t, 1, ch->reg, ends ? ch->count : 0, ch->highest);
}

/* What tokens have where they leave the class, and those that begin there. */
static gram_status put_others(Walk *k, const Chain *ch, const GrConfig *c,
                              const uint32_t bytes[8])
{
    uint32_t begin[8] = {0};
    for (uint32_t b = 0; b < 256; b++) {
        bool done = !gr_bit_get(bytes, b);
        if (!done) GR_TRY(gr_chain_cut(k, ch, (uint8_t)b, &done));
        if (!done) GR_TRY(gr_chain_rests(k, ch, (uint8_t)b, c, begin));
    }
    for (uint32_t b = 128; b < 256; b++) {
        if (!gr_bit_get(begin, b) || !gr_chain_may_lead(k, ch, (uint8_t)b))
            continue;
        gr_bit_clear(begin, b);
        GR_TRY(gr_chain_lead(k, ch, c, (uint8_t)b));
    }
    GR_TRY(gr_headed_walk(k, c, begin));
    return gr_odd_put(k, ch, c);
}

gram_status gr_chain_mask(Walk *k, const GrConfig *c, bool *done)
{
    Chain ch;
    uint32_t bytes[8];
    bool dear = false;
    GR_TRY(find(k->w, c, &ch, done));
    if (*done) GR_TRY(exits_are_dear(k->w, &ch, bytes, &dear));
    *done = *done && !dear;
    if (*done) GR_TRY(load_slice(k->w, &ch));
    if (*done) GR_TRY(gr_rests_expect(k->w, ch.cls, bytes));
    if (*done && ch.reg < GR_REGS) note_count(k->run.trace, &ch);
    return *done ? put_others(k, &ch, c, bytes) : GRAM_OK;
}
