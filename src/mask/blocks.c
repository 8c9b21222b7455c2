/* A walk that leaves out what is known of whole blocks of tokens.
 *
 * Numbers are where walks are widest: a vocabulary has a thousand tokens of
 * digits, and behind a digit nearly all that may follow a value may follow.
 *
 *     12   3 4 5 ...    digits: a row of the tables, while each of the ten
 *                       bytes leads where the others do
 *          . e E        walked
 *          , } ] white  the number ends, and the byte is run again in the
 *                       state below, of which the mask is known, or found
 *
 * Where the nine digits that may begin a number are one cell, and the ten of
 * the states behind it are one, too, tokens of digits are alive.  What goes on
 * behind digits otherwise, or has more of them, is walked.
 *
 * Where bytes do nothing but close the level, to be run again, tokens that
 * begin with them are those of the state reached.  It takes no others, or its
 * mask is of no use.  Its conditions and marks become those of the walk.
 *
 * Cost: twenty cells, and the tokens that are alive, without their nodes. */
#include "mask/mask_int.h"

enum { LEAST_TOKENS = 64 /* of digits: with less a walk is as fast */ };

static bool is_digit(uint32_t b)
{
    return b >= '0' && b <= '9';
}

/* --- the table ------------------------------------------------------------ */

typedef struct Finder {
    const GrVocab *v;
    uint32_t *row;
    DigitExit *exit; /* NULL: counted only */
    uint32_t n, longest;
} Finder;

/* The subtree of a digit that a number may begin with. */
static void find_below(Finder *f, uint32_t root)
{
    uint32_t ends[DIGITS_MOST + 1], depth = 1;
    ends[0] = f->v->node[root].next;
    for (uint32_t i = root; i < ends[0];) {
        const GrTrieNode *n = &f->v->node[i];
        while (depth > 1 && i >= ends[depth - 1]) depth--;
        if (!is_digit(gr_trie_byte(n)) || depth > DIGITS_MOST) {
            if (f->exit != NULL) f->exit[f->n] = (DigitExit){i, depth};
            f->n++;
            i = n->next;
            continue;
        }
        gr_node_bits(f->v, f->row, i);
        if (depth > f->longest) f->longest = depth;
        ends[depth++] = n->next;
        i++;
    }
}

static void find_all(Finder *f)
{
    f->n = 0;
    for (uint32_t b = '1'; b <= '9'; b++)
        if (f->v->root[b] != GR_TRIE_NONE) find_below(f, f->v->root[b]);
}

gram_status gr_digits_build(GrEnv *env, const GrVocab *v, GrArena *arena,
                            Base *row, Digits *out)
{
    size_t size = (size_t)v->mask_words * sizeof(uint32_t) + 1;
    Finder f = {.v = v, .row = gr_arena_take(env, arena, size)};
    if (f.row == NULL) return GRAM_E_MEMORY;
    memset(f.row, 0, size);
    find_all(&f);
    f.exit = gr_arena_take(env, arena, f.n * sizeof *f.exit + 1);
    if (f.exit == NULL) return GRAM_E_MEMORY;
    find_all(&f);
    *row = (Base){.row = f.row};
    gr_base_sum(row, v->mask_words);
    out->exit = f.exit;
    out->n_exits = f.n;
    out->longest = row->n < LEAST_TOKENS ? 0 : f.longest;
    return gr_step(env, v->mask_words);
}

/* --- digits --------------------------------------------------------------- */

/* A limit looks like a cell that is dead: the walk meets it again. */
static gram_status cell_at(GrWork *w, StateId s, uint32_t byte, Cell *out)
{
    gram_status status = gr_pda_cell(w->m->pda, s, (uint8_t)byte, out);
    if (status != GRAM_OK) out->v = GR_CELL_DEAD;
    return status == GRAM_E_MEMORY ? status : GRAM_OK;
}

/* The one cell of the digits from `first` on, or DEAD. */
static gram_status common_cell(GrWork *w, StateId s, uint32_t first, Cell *out)
{
    Cell cell;
    GR_TRY(cell_at(w, s, first, out));
    for (uint32_t b = first + 1; b <= '9' && out->v != GR_CELL_DEAD; b++) {
        GR_TRY(cell_at(w, s, b, &cell));
        if (cell.v != out->v) out->v = GR_CELL_DEAD;
    }
    return GRAM_OK;
}

/* Behind n digits: `at`, with state[n] for its own. */
typedef struct Run {
    GrConfig at;
    StateId state[DIGITS_MOST + 1];
} Run;

/* Over the first digit; *found is false where more comes of it than can be
 * done once for nine. */
static gram_status first_digit(Walk *k, Run *r, Cell cell, bool *found)
{
    uint32_t marks = k->w->marks.n;
    bool dead = false;
    if (gr_cell_is_goto(cell))
        r->at.state = gr_cell_state(cell);
    else
        GR_TRY(gr_walk_step(k, &r->at, '1', GR_TRIE_NONE, 1, &dead));
    *found = !dead && k->w->marks.n == marks;
    k->w->marks.n = marks;
    r->state[1] = r->at.state;
    return GRAM_OK;
}

static gram_status find_digits(Walk *k, const GrConfig *c, Run *r, bool *found)
{
    GrWork *w = k->w;
    const Digits *d = &w->m->tables->digits;
    Cell cell;
    *found = d->longest > 0 && !(w->m->flags & GR_MASK_NO_CLASSES);
    if (!*found) return GRAM_OK;
    GR_TRY(common_cell(w, c->state, '1', &cell));
    *found = cell.v != GR_CELL_DEAD;
    r->at = *c;
    if (*found) GR_TRY(first_digit(k, r, cell, found));
    for (uint32_t n = 1; n < d->longest && *found; n++) {
        GR_TRY(common_cell(w, r->state[n], '0', &cell));
        *found = gr_cell_is_goto(cell);
        r->state[n + 1] = gr_cell_state(cell);
    }
    return gr_step(w->env, d->longest);
}

static gram_status walk_exits(Walk *k, Run *r)
{
    const Digits *d = &k->w->m->tables->digits;
    for (uint32_t i = 0; i < d->n_exits; i++) {
        const DigitExit *e = &d->exit[i];
        Cell cell;
        uint8_t byte = gr_trie_byte(&k->trie.node[e->node]);
        r->at.state = r->state[e->depth - 1];
        GR_TRY(cell_at(k->w, r->at.state, byte, &cell));
        if (cell.v != GR_CELL_DEAD)
            GR_TRY(gr_walk_node(k, &r->at, e->node, e->depth));
    }
    return gr_step(k->w->env, d->n_exits);
}

/* --- the state below ------------------------------------------------------ */

/* The bytes that only close the level, to be run again. */
static gram_status find_closing(GrWork *w, StateId s, uint32_t bytes[8],
                                uint8_t *byte)
{
    static const char tries[] = ",}] ";
    Cell pop = {GR_CELL_DEAD}, cell;
    *byte = 0;
    for (uint32_t i = 0; i + 1 < sizeof tries && *byte == 0; i++) {
        GR_TRY(cell_at(w, s, (uint8_t)tries[i], &pop));
        if (!gr_cell_is_op(pop)) continue;
        const GrOp *op = gr_pda_get_op(w->m->pda, pop);
        if (op->kind == GR_OP_POP && op->b) *byte = (uint8_t)tries[i];
    }
    for (uint32_t b = 0; b < 256 && *byte != 0; b++) {
        GR_TRY(cell_at(w, s, b, &cell));
        if (cell.v == pop.v) gr_bit_set(bytes, b);
    }
    return GRAM_OK;
}

/* Does the state take no other bytes, nor tokens by id? */
static gram_status takes_only(GrWork *w, StateId s, const uint32_t bytes[8],
                              bool *only)
{
    Cell cell;
    *only = !gr_state_takes(gr_pda_get_state(w->m->pda, s));
    for (uint32_t b = 0; b < 256 && *only; b++) {
        if (gr_bit_get(bytes, b)) continue;
        GR_TRY(cell_at(w, s, b, &cell));
        *only = cell.v == GR_CELL_DEAD;
    }
    return GRAM_OK;
}

/* Close the level; *done is false where that does more, which no trace holds
 * for all tokens at once. */
static gram_status close_level(Walk *k, GrConfig *c, uint8_t byte, bool *done)
{
    GrTrace *t = k->run.trace;
    gram_status status = gr_run_once(&k->run, c, byte, done);
    *done &= status == GRAM_OK && !t->is_volatile && !t->key_entered &&
             t->n_items == 0;
    t->is_volatile = t->key_entered = false;
    t->n_items = 0;
    bool refused = status == GRAM_E_REFUSED || status == GRAM_E_LIMIT;
    return refused ? GRAM_OK : status;
}

/* What a mask of its own left behind is not of the walk. */
static gram_status mask_below(GrWork *w, const GrConfig *c, const Leaf **leaf)
{
    w->below = true;
    gram_status status = gr_mask_leaf(w, c, leaf);
    w->below = false;
    w->marks.n = w->over.n = 0;
    w->too_many = false;
    if (status == GRAM_OK && *leaf != NULL && (*leaf)->below != 0) *leaf = NULL;
    return status;
}

static gram_status inherit(Walk *k, const GrConfig *c, const Leaf *l, bool *fit)
{
    GrMasks *m = k->w->m;
    GrTrace *t = k->run.trace;
    gr_trace_inherit(t, c, l->frames, array_at(&m->boxes, l->boxes, l->n_boxes),
                     l->n_boxes, array_at(&m->asked, l->asked, l->n_asked),
                     l->n_asked);
    *fit = !t->is_volatile;
    t->is_volatile = false;
    return *fit ? gr_marks_carry(k->w, t, c, l) : GRAM_OK;
}

/* The leaf of the state below, or NULL; the bytes for which it answers. */
static gram_status find_leaf(Walk *k, const GrConfig *c, uint32_t bytes[8],
                             const Leaf **leaf)
{
    GrWork *w = k->w;
    GrConfig below = *c;
    uint8_t byte;
    bool fit;
    *leaf = NULL;
    if (w->below || w->marks.n > 0 || w->m->flags & GR_MASK_NO_PARTS)
        return GRAM_OK;
    GR_TRY(find_closing(w, c->state, bytes, &byte));
    if (byte == 0) return GRAM_OK;
    GR_TRY(close_level(k, &below, byte, &fit));
    if (fit) GR_TRY(takes_only(w, below.state, bytes, &fit));
    if (fit) GR_TRY(mask_below(w, &below, leaf));
    if (*leaf == NULL) return GRAM_OK;
    GR_TRY(inherit(k, &below, *leaf, &fit));
    if (!fit) *leaf = NULL;
    return GRAM_OK;
}

/* All tokens of a mask. */
static gram_status put_mask(GrWork *w, uint32_t id)
{
    const Mask *k = mask_at(w->m, id);
    if (k->base == BASE_NONE) return gr_row_join(w, k->row);
    const uint32_t *row = base_at(w->m, k->base)->row;
    const uint32_t *ids = array_at(&w->m->ids, k->ids, k->n_ids);
    if (row != NULL) GR_TRY(gr_row_join(w, row));
    for (uint32_t i = 0; i < k->n_ids; i++)
        GR_TRY(gr_row_put(w, ids[i], row == NULL || !gr_bit_get(row, ids[i])));
    return GRAM_OK;
}

/* --- the mask ------------------------------------------------------------- */

gram_status gr_blocks_mask(Walk *k, const GrConfig *c)
{
    GrWork *w = k->w;
    const Leaf *leaf;
    uint32_t skip[8] = {0};
    Run digits;
    bool found;
    GR_TRY(find_leaf(k, c, skip, &leaf));
    if (leaf == NULL) memset(skip, 0, sizeof skip);
    GR_TRY(find_digits(k, c, &digits, &found));
    if (found) gr_bit_fill(skip, '1', '9' + 1);
    if (leaf != NULL && !found) {
        GR_TRY(gr_row_load(w, leaf->mask));
    } else {
        uint32_t base = found ? w->m->tables->digits.base : BASE_EMPTY;
        GR_TRY(gr_row_load_base(w, base));
        if (leaf != NULL) GR_TRY(put_mask(w, leaf->mask));
    }
    GR_TRY(gr_walk_others(k, c, skip));
    return found ? walk_exits(k, &digits) : GRAM_OK;
}
