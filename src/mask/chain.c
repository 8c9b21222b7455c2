/* The mask of a state that counts characters by states.
 *
 *      s0 -[a-z0-9]-> s1 -[a-z0-9]-> s2 ... -[a-z0-9]-> s64
 *
 * The pattern [a-z0-9]{1,64} is no loop, but a chain of states that take the
 * same characters, and walking the trie from each of them costs as much as
 * the class is large.  As for a loop, the row is the slice of the class, by
 * length where the chain ends, and only the exits are walked: those behind n
 * characters from state sn.
 *
 * In: a state inside a string, not a key.  A chain is found by the cells of
 * ASCII alone; all that differs on the way, other characters with it, is an
 * exit. */
#include "mask/mask_int.h"

enum {
    CHAIN_MAX = 256,
    CHAIN_LEAST = 24 /* characters of a class; for fewer a walk is fast */
};

typedef struct Chain {
    StateId state[CHAIN_MAX];
    uint32_t n;
    uint32_t left;     /* characters until the class is dead */
    uint32_t ascii[4]; /* the class */
    uint32_t cls;
} Chain;

/* --- finding it ------------------------------------------------------------- */

/* A limit looks like a cell that is no step. */
static gram_status cell_at(GrWork *w, StateId s, uint32_t byte, Cell *out)
{
    gram_status status = gr_pda_cell(w->m->pda, s, (uint8_t)byte, out);
    if (status != GRAM_OK) out->v = GR_CELL_EMPTY;
    return status == GRAM_E_MEMORY ? status : GRAM_OK;
}

/* The characters with the cell `to`. */
static gram_status gather(GrWork *w, Chain *ch, Cell to, uint32_t *n)
{
    *n = 0;
    memset(ch->ascii, 0, sizeof ch->ascii);
    for (uint32_t b = 0; b < 128; b++) {
        Cell cell;
        GR_TRY(cell_at(w, ch->state[0], b, &cell));
        if (cell.v != to.v) continue;
        gr_bit_set(ch->ascii, b);
        ++*n;
    }
    return GRAM_OK;
}

static gram_status begin(GrWork *w, Chain *ch, bool *found)
{
    static const char tries[] = "eA5";
    *found = false;
    for (uint32_t i = 0; i + 1 < sizeof tries && !*found; i++) {
        Cell to;
        uint32_t n;
        GR_TRY(cell_at(w, ch->state[0], (uint8_t)tries[i], &to));
        if (!gr_cell_is_goto(to)) continue;
        GR_TRY(gather(w, ch, to, &n));
        *found = n >= CHAIN_LEAST;
    }
    return GRAM_OK;
}

/* The one cell of all characters of the class, or EMPTY. */
static gram_status common_cell(GrWork *w, const Chain *ch, StateId s, Cell *out)
{
    bool any = false;
    for (uint32_t b = 0; b < 128; b++) {
        Cell cell;
        if (!gr_bit_get(ch->ascii, b)) continue;
        GR_TRY(cell_at(w, s, b, &cell));
        if (any && cell.v != out->v) cell.v = GR_CELL_EMPTY;
        *out = cell;
        any = true;
        if (cell.v == GR_CELL_EMPTY) break;
    }
    return gr_step(w->env, 1);
}

/* Inside a string, where bytes are the characters they stand for. */
static bool is_inside(GrWork *w, StateId s)
{
    uint32_t flags = gr_pda_get_state(w->m->pda, s)->flags;
    return (flags & GR_STATE_QUOTED) && !(flags & GR_STATE_KEY);
}

static gram_status follow(GrWork *w, Chain *ch, bool *found)
{
    *found = false;
    for (ch->n = 1;; ch->n++) {
        Cell cell = {GR_CELL_DEAD};
        StateId s = ch->state[ch->n - 1];
        GR_TRY(common_cell(w, ch, s, &cell));
        if (cell.v == GR_CELL_DEAD) {
            ch->left = ch->n - 1;
            *found = true;
            return GRAM_OK;
        }
        if (!gr_cell_is_goto(cell)) return GRAM_OK;
        if (ch->n == CHAIN_MAX) break;
        if (!is_inside(w, gr_cell_state(cell))) return GRAM_OK;
        ch->state[ch->n] = gr_cell_state(cell);
    }
    ch->left = UINT32_MAX;
    *found = true;
    return GRAM_OK;
}

static gram_status get_class(GrWork *w, Chain *ch)
{
    uint32_t ranges[128], n = 0;
    for (uint32_t b = 0; b < 128; b++) {
        if (!gr_bit_get(ch->ascii, b)) continue;
        if (n > 0 && ranges[2 * n - 1] + 1 == b) {
            ranges[2 * n - 1] = b;
            continue;
        }
        ranges[2 * n] = ranges[2 * n + 1] = b;
        n++;
    }
    GrLoop loop = {.ranges = ranges, .n = n, .reg = GR_REGS};
    return gr_class_of(w->m, &loop, &ch->cls);
}

static gram_status find(GrWork *w, StateId s, Chain *ch, bool *found)
{
    *found = false;
    ch->state[0] = s;
    if (w->m->flags & GR_MASK_NO_CLASSES || !is_inside(w, s)) return GRAM_OK;
    GR_TRY(begin(w, ch, found));
    if (*found) GR_TRY(follow(w, ch, found));
    if (!*found) return GRAM_OK;
    GR_TRY(get_class(w, ch));
    *found = ch->cls != 0;
    return GRAM_OK;
}

/* --- exits ---------------------------------------------------------------------- */

static gram_status put_rests(Walk *k, const Chain *ch, const Rests *r,
                             const GrConfig *c)
{
    GrWork *w = k->w;
    GrConfig moved = *c;
    uint32_t first = w->marks.n;
    bool any = false;
    for (uint32_t n = r->whole ? 0 : 1; n <= r->most_chars && n < ch->n; n++) {
        Cell cell;
        uint32_t from = w->marks.n;
        moved.state = ch->state[n];
        GR_TRY(cell_at(w, moved.state, k->byte, &cell));
        if (cell.v == GR_CELL_DEAD) continue;
        GR_TRY(gr_rests_walk(k, r, &moved));
        GR_TRY(gr_put_groups(k, r, n, n));
        if (w->groups.n == 0 && w->marks.n == from) continue;
        if (any) gr_marks_merge(w, first, from);
        any = true;
    }
    return GRAM_OK;
}

static gram_status put_byte(Walk *k, const Chain *ch, uint8_t byte,
                            const GrConfig *c)
{
    const Rests *r;
    bool alive = false;
    uint32_t node = k->trie.root[byte];
    if (byte < 128 && gr_bit_get(ch->ascii, byte)) return GRAM_OK;
    for (uint32_t i = 0; i < ch->n && !alive; i++) {
        Cell cell;
        GR_TRY(cell_at(k->w, ch->state[i], byte, &cell));
        alive = cell.v != GR_CELL_DEAD;
    }
    if (!alive) return GRAM_OK;
    GR_TRY(gr_rests_of(k->w, ch->cls, byte, &r));
    if (!r->whole && node != GR_TRIE_NONE) GR_TRY(gr_walk_node(k, c, node, 1));
    if (r->n == 0) return GRAM_OK;
    Walk rests = *k;
    rests.trie.node = r->node;
    rests.cls = ch->cls;
    rests.byte = byte;
    return put_rests(&rests, ch, r, c);
}

/* --- the mask -------------------------------------------------------------------- */

/* Is the chain as long as any token goes along it? */
static gram_status load_slice(GrWork *w, const Chain *ch, bool *fits)
{
    ClassRef *r;
    GR_TRY(gr_class_ref(w->m, ch->cls, &r));
    GR_TRY(gr_count_class(w->m, r));
    *fits = ch->left != UINT32_MAX || r->cls->longest < CHAIN_MAX;
    if (!*fits) return GRAM_OK;
    if (ch->left >= r->cls->longest) return gr_row_load_base(w, r->all);
    return gr_load_few(w, r, ch->left);
}

gram_status gr_chain_mask(Walk *k, const GrConfig *c, bool *done)
{
    Chain ch;
    GR_TRY(find(k->w, c->state, &ch, done));
    if (*done) GR_TRY(load_slice(k->w, &ch, done));
    for (uint32_t b = 0; b < 256 && *done; b++)
        GR_TRY(put_byte(k, &ch, (uint8_t)b, c));
    return GRAM_OK;
}
