/* Tokens that begin with a character that is odd in the first state of a chain.
 *
 *      center  courier  monospace  sans-serif      words of their own, or
 *      [a-zA-Z][a-zA-Z -]+                         what begins like them
 *
 * Behind the first character all letters do the same, and a space or a hyphen
 * too; before it "c", "m" and "s" lead elsewhere, and the latter two nowhere.
 * So the mask is that of the chain behind it, but for tokens that begin with
 * one of these: they are taken out, and those that may be alive are walked.
 *
 * Cost: a walk of what the odd characters begin that the state takes. */
#include "mask/chain.h"

enum { MANY_NODES = 8 }; /* a share of all nodes, that are cleared at once */

static uint32_t nodes_below(const GrVocab *v, uint32_t byte)
{
    uint32_t root = v->root[byte];
    return root == GR_TRIE_NONE ? 0 : v->node[root].next - root;
}

gram_status gr_odd_nodes(GrWork *w, StateId s, const uint32_t odd[4],
                         uint32_t *n)
{
    *n = 0;
    for (uint32_t b = 0; b < 128; b++) {
        Cell cell;
        if (!gr_bit_get(odd, b)) continue;
        GR_TRY(gr_cell_at(w, s, (uint8_t)b, &cell));
        if (cell.v != GR_CELL_DEAD) *n += nodes_below(w->m->v, b);
    }
    return GRAM_OK;
}

/* Of the tokens that begin with an odd character: where they are many they are
 * cleared at once, and the row is no patch then. */
static gram_status clear_odd(GrWork *w, const Chain *ch)
{
    uint32_t gone[8] = {0}, left[8] = {0}, nodes = 0;
    for (uint32_t b = 0; b < 256; b++) {
        bool odd = b < 128 && gr_bit_get(ch->odd, b);
        if (w->m->v->root[b] != GR_TRIE_NONE) gr_bit_set(odd ? gone : left, b);
        if (odd) nodes += nodes_below(w->m->v, b);
    }
    if (nodes > w->m->v->n_nodes / MANY_NODES)
        return gr_row_clear_roots(w, gone, left);
    for (uint32_t b = 0; b < 128; b++)
        if (gr_bit_get(gone, b))
            GR_TRY(gr_row_clear_below(w, w->m->v->root[b]));
    return GRAM_OK;
}

gram_status gr_odd_put(Walk *k, const Chain *ch, const GrConfig *c)
{
    uint32_t none[4] = {0}, bytes[8] = {0};
    if (memcmp(ch->odd, none, sizeof none) == 0) return GRAM_OK;
    GR_TRY(clear_odd(k->w, ch));
    for (uint32_t b = 0; b < 128; b++)
        if (gr_bit_get(ch->odd, b) && k->trie.root[b] != GR_TRIE_NONE)
            gr_bit_set(bytes, b);
    return gr_headed_walk(k, c, bytes);
}
