/* Tokens of digits, which are a thousand of most vocabularies.
 *
 * In: a configuration.  Out: whether all tokens of digits that a number may be
 * written with are alive, as one row of the tables.
 *
 *     12   3 4 5 ...    digits: a row of the tables
 *          . e E        walked, as are tokens of more digits
 *
 * They are if none is dead in the states that digits lead to, of which there
 * are few: an integer may end in noughts that an exponent takes away (10e-1),
 * a bounded one has equalled its bound so far, or not.
 *
 * Cost: ten cells for each such state, and the nodes of tokens that are digits
 * and something else. */
#include "mask/mask_int.h"

enum {
    LEAST_TOKENS = 64, /* of digits: with less a walk is as fast */
    DIGIT_STATES = 16  /* behind some digits; with more they are walked */
};

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
        gr_node_bits(f->v, f->row, i, true);
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

gram_status gr_digits_build(GrEnv *env, const GrTables *t, GrArena *arena,
                            Base *row, Digits *out)
{
    const GrVocab *v = t->v;
    size_t size = (size_t)v->mask_words * sizeof(uint32_t) + 1;
    Finder f = {.v = v, .row = gr_arena_take(env, arena, size)};
    if (f.row == NULL) return GRAM_E_MEMORY;
    memset(f.row, 0, size);
    find_all(&f);
    f.exit = gr_arena_take(env, arena, f.n * sizeof *f.exit + 1);
    if (f.exit == NULL) return GRAM_E_MEMORY;
    find_all(&f);
    *row = (Base){.row = f.row};
    gr_base_sum(t->kernels, row, v->mask_words);
    out->exit = f.exit;
    out->n_exits = f.n;
    out->longest = row->n < LEAST_TOKENS ? 0 : f.longest;
    return gr_step(env, v->mask_words);
}

/* --- digits --------------------------------------------------------------- */

/* The states that digits lead to. */
typedef struct Digested {
    StateId at[DIGIT_STATES];
    uint32_t n;
} Digested;

/* False where there are too many. */
static bool add_state(Digested *set, StateId s)
{
    uint32_t i = 0;
    while (i < set->n && set->at[i].v != s.v) i++;
    if (i == DIGIT_STATES) return false;
    set->at[i] = s;
    set->n += i == set->n;
    return true;
}

/* r->at becomes the place behind the first digit; *alive is false where it is
 * dead, or where more comes of it than can be done once for many tokens. */
static gram_status step_first(Walk *k, DigitRun *r, uint8_t digit, bool *alive)
{
    uint32_t marks = k->w->marks.n;
    bool dead = false;
    Cell cell;
    GR_TRY(gr_cell_or_dead(k->w, r->from.state, digit, &cell));
    *alive = cell.v != GR_CELL_DEAD;
    if (!*alive || (r->digit != 0 && cell.v == r->cell.v)) return GRAM_OK;
    r->at = r->from;
    r->digit = digit;
    r->cell = cell;
    if (gr_cell_is_goto(cell))
        r->at.state = gr_cell_state(cell);
    else
        GR_TRY(gr_walk_step(k, &r->at, digit, GR_TRIE_NONE, 1, &dead));
    *alive = !dead && k->w->marks.n == marks;
    k->w->marks.n = marks;
    return GRAM_OK;
}

static gram_status step_all(GrWork *w, const Digested *from, Digested *to,
                            bool *alive)
{
    Cell cell, last = {GR_CELL_EMPTY};
    to->n = 0;
    for (uint32_t i = 0; i < from->n && *alive; i++)
        for (uint32_t b = '0'; b <= '9' && *alive; b++, last = cell) {
            GR_TRY(gr_cell_or_dead(w, from->at[i], b, &cell));
            if (cell.v == last.v) continue;
            *alive = gr_cell_is_goto(cell) &&
                     add_state(to, gr_cell_state(cell));
        }
    return gr_step(w->env, from->n);
}

gram_status gr_digits_find(Walk *k, const GrConfig *c, DigitRun *r, bool *found)
{
    GrWork *w = k->w;
    const Digits *d = &w->m->tables->digits;
    Digested now = {.n = 0}, next;
    *r = (DigitRun){.from = *c};
    *found = d->longest > 0 && !(w->m->flags & GR_MASK_NO_CLASSES);
    for (uint32_t b = '1'; b <= '9' && *found; b++) {
        GR_TRY(step_first(k, r, (uint8_t)b, found));
        *found = *found && add_state(&now, r->at.state);
    }
    for (uint32_t n = 1; n < d->longest && *found; n++) {
        GR_TRY(step_all(w, &now, &next, found));
        now = next;
    }
    return gr_step(w->env, d->longest);
}

/* Over the digits before a node, which are alive; then the node, unless its own
 * byte is dead. */
static gram_status walk_exit(Walk *k, DigitRun *r, const DigitExit *e)
{
    bool alive;
    Cell cell;
    uint32_t token, len;
    const char *p = gr_walk_bytes(k, e->node, &token, &len);
    GR_TRY(step_first(k, r, (uint8_t)p[0], &alive));
    GrConfig at = r->at;
    for (uint32_t i = 1; i + 1 < e->depth; i++) {
        GR_TRY(gr_cell_or_dead(k->w, at.state, (uint8_t)p[i], &cell));
        at.state = gr_cell_state(cell);
    }
    uint8_t byte = gr_trie_byte(&k->trie.node[e->node]);
    GR_TRY(gr_cell_or_dead(k->w, at.state, byte, &cell));
    if (cell.v == GR_CELL_DEAD) return GRAM_OK;
    return gr_walk_node(k, &at, e->node, e->depth);
}

gram_status gr_digits_walk(Walk *k, DigitRun *r)
{
    const Digits *d = &k->w->m->tables->digits;
    for (uint32_t i = 0; i < d->n_exits; i++)
        GR_TRY(walk_exit(k, r, &d->exit[i]));
    return gr_step(k->w->env, d->n_exits);
}
