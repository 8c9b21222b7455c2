/* Taking the tokens that begin with some bytes out of a row.
 *
 *      b's row:  cat  dog  .com  .org  -x  42      a may begin with a letter
 *      a's row:  cat  dog
 *
 * A state that is nearly a loop (near.c) often differs from it in how a string
 * may begin: no digit, no dot, no hyphen.  Below these bytes are 25,000 nodes
 * of a vocabulary's trie, and to look at each of them takes longer than all
 * that such a mask takes otherwise.
 *
 *   - Tokens of the root that has most of them are a row, and so are those that
 *     some other bytes head (headed.c), but for a few subtrees.
 *   - Where less is left than is taken away, what is left is kept instead.
 *   - Where the row has few tokens (one character may follow), each is looked
 *     at.
 *
 * Cost: a pass over the row, 2 ns a node where nothing is known. */
#include "mask/mask_int.h"

enum { FEW = 4 /* nodes that a look at a token is worth */ };

/* The rows of tables that a root has. */
static const Headed *headed_at(const GrTables *t, uint32_t root)
{
    for (uint32_t i = 0; i < t->n_headed; i++)
        if (t->headed[i].root == root) return &t->headed[i];
    return NULL;
}

static void join(uint32_t *bits, const uint32_t *row, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++) bits[i] |= row[i];
}

/* Nodes that are looked at, or what a row takes. */
static uint64_t cost_below(const GrWork *w, uint32_t root)
{
    const GrTables *t = w->m->tables;
    bool has_row = root == t->crowd || headed_at(t, root) != NULL;
    return has_row ? w->m->v->mask_words / 4 : w->m->v->node[root].next - root;
}

/* The tokens below a root. */
static void add_root(const GrWork *w, uint32_t *bits, uint32_t root)
{
    const GrTables *t = w->m->tables;
    const Headed *h = headed_at(t, root);
    if (root == t->crowd) {
        join(bits, t->crowd_row, w->m->v->mask_words);
    } else if (h == NULL) {
        gr_subtree_bits(w->m->v, bits, root, true);
    } else {
        join(bits, h->all.row, w->m->v->mask_words);
        for (uint32_t i = 0; i < h->n_exits; i++)
            gr_subtree_bits(w->m->v, bits, h->exit[i].node, true);
    }
}

static uint64_t cost_of(const GrWork *w, const uint32_t bytes[8])
{
    uint64_t cost = 0;
    for (uint32_t b = 0; b < 256; b++)
        if (gr_bit_get(bytes, b)) cost += cost_below(w, w->m->v->root[b]);
    return cost;
}

/* What no byte of a trie begins is in no row that is cleared. */
static gram_status clear_tokens(GrWork *w, const uint32_t gone[8])
{
    const GrVocab *v = w->m->v;
    uint32_t n = w->n;
    for (uint32_t i = 0; i < v->mask_words; i++)
        for (uint32_t bits = w->row[i]; bits != 0; bits &= bits - 1) {
            uint32_t token = i * 32 + (uint32_t)__builtin_ctz(bits), len;
            const char *p = gr_vocab_bytes(v, token, &len);
            if (len > 0 && gr_bit_get(gone, (uint8_t)*p))
                GR_TRY(gr_row_put(w, token, false));
        }
    return gr_step(w->env, n + v->mask_words / 16);
}

gram_status gr_row_clear_roots(GrWork *w, const uint32_t gone[8],
                               const uint32_t left[8])
{
    uint64_t cost = cost_of(w, gone), keep = cost_of(w, left);
    if (!w->loose && FEW * (uint64_t)w->n < cost && FEW * (uint64_t)w->n < keep)
        return clear_tokens(w, gone);
    const uint32_t *bytes = cost <= keep ? gone : left;
    uint32_t words = w->m->v->mask_words, flip = cost <= keep ? UINT32_MAX : 0;
    uint32_t *bits = gr_arena_take(w->env, &w->arena, words * sizeof *bits + 1);
    if (bits == NULL) return GRAM_E_MEMORY;
    memset(bits, 0, words * sizeof *bits);
    for (uint32_t b = 0; b < 256; b++)
        if (gr_bit_get(bytes, b)) add_root(w, bits, w->m->v->root[b]);
    gr_row_detach(w);
    for (uint32_t i = 0; i < words; i++) w->row[i] &= bits[i] ^ flip;
    return gr_step(w->env, (cost <= keep ? cost : keep) + words / 16);
}

gram_status gr_row_clear_below(GrWork *w, uint32_t node)
{
    const GrTrieNode *at = w->m->v->node;
    uint32_t end = at[node].next;
    for (uint32_t i = node; i < end; i++)
        if (at[i].info & GR_TRIE_HAS) GR_TRY(gr_row_put_node(w, i, false));
    return gr_step(w->env, end - node);
}
