/* Tokens of digits, which are a thousand of most vocabularies.
 *
 * In: a configuration.  Out: whether all tokens of digits that a number may be
 * written with are alive, as one row of the tables.
 *
 *     12   3 4 5 ...    digits: a row of the tables, while each of the ten
 *                       bytes leads where the others do
 *          . e E        walked, as are tokens of more digits
 *
 * Where the nine digits that may begin a number are one cell, and the ten of
 * the states behind it are one, too, tokens of digits are alive.
 *
 * Cost: a cell for each digit of the longest token, and the nodes of tokens
 * that are digits and something else. */
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

/* The one cell of the digits from `first` on, or DEAD. */
static gram_status common_cell(GrWork *w, StateId s, uint32_t first, Cell *out)
{
    Cell cell;
    GR_TRY(gr_cell_or_dead(w, s, first, out));
    for (uint32_t b = first + 1; b <= '9' && out->v != GR_CELL_DEAD; b++) {
        GR_TRY(gr_cell_or_dead(w, s, b, &cell));
        if (cell.v != out->v) out->v = GR_CELL_DEAD;
    }
    return GRAM_OK;
}

/* Over the first digit; *found is false where more comes of it than can be
 * done once for nine. */
static gram_status first_digit(Walk *k, DigitRun *r, Cell cell, bool *found)
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

gram_status gr_digits_find(Walk *k, const GrConfig *c, DigitRun *r, bool *found)
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

gram_status gr_digits_walk(Walk *k, DigitRun *r)
{
    const Digits *d = &k->w->m->tables->digits;
    for (uint32_t i = 0; i < d->n_exits; i++) {
        const DigitExit *e = &d->exit[i];
        Cell cell;
        uint8_t byte = gr_trie_byte(&k->trie.node[e->node]);
        r->at.state = r->state[e->depth - 1];
        GR_TRY(gr_cell_or_dead(k->w, r->at.state, byte, &cell));
        if (cell.v != GR_CELL_DEAD)
            GR_TRY(gr_walk_node(k, &r->at, e->node, e->depth));
    }
    return gr_step(k->w->env, d->n_exits);
}
