/* Tokens that one byte heads, before characters of a class.
 *
 *      .com  .org  .example ...      a label behind the dot of a host name
 *      -bar  -based ...              and behind its hyphen
 *
 * Where a chain (chain.c) is left by a byte, tokens that begin with the byte
 * are not among its rests: they are a subtree of the trie, and that of a dot
 * has 18,000 nodes.  But behind the byte there is mostly a chain again.  For a
 * class and a byte the nodes made of class characters alone are the same for
 * each mask, and so are those where the class is left:
 *
 *      .  c o m        a row, where the chain behind the dot is long enough
 *              "       left: walked from the third state of that chain, unless
 *                      it does not take the byte
 *
 * so a mask sets the row and looks at the latter.  They are found once for a
 * grammar.  Classes have ASCII alone, as those of chains.
 *
 * Cost: 3 ns a node to find them; then 3 ns a token, 5 ns a node that leaves.
 * In memory a row, and 8 bytes for each such node. */
#include "mask/chain.h"

enum {
    HEADED_LEAST = 1024, /* nodes of a subtree; with fewer a walk is as fast */
    HEADED_MOST = 16     /* kept for one grammar */
};

/* --- finding them --------------------------------------------------------- */

typedef struct Finder {
    GrEnv *env;
    const GrVocab *v;
    const uint32_t *ascii;
    uint32_t *row;
    GrVec(HeadedExit) exit;
    uint32_t longest;
} Finder;

/* Nearly all have one token, or none. */
static inline void put_node(const Finder *f, uint32_t node)
{
    uint32_t info = f->v->node[node].info;
    if (info & GR_TRIE_SHARED)
        gr_node_bits(f->v, f->row, node);
    else if (info & GR_TRIE_HAS)
        gr_bit_set(f->row, info >> GR_TRIE_TOKEN_SHIFT);
}

/* ends[d]: the node behind the subtree of the node at depth d on the way. */
static gram_status find_below(Finder *f, uint32_t root)
{
    uint32_t ends[HEADED_CHARS + 2], depth = 1;
    put_node(f, root);
    ends[1] = f->v->node[root].next;
    for (uint32_t i = root + 1; i < ends[1];) {
        const GrTrieNode *n = &f->v->node[i];
        uint32_t byte = gr_trie_byte(n);
        while (i >= ends[depth]) depth--;
        bool in = byte < 128 && gr_bit_get(f->ascii, byte);
        if (!in || depth > HEADED_CHARS) {
            GR_TRY(gr_vec_push(f->env, &f->exit, (HeadedExit){i, depth + 1}));
            i = n->next;
            continue;
        }
        put_node(f, i);
        if (depth > f->longest) f->longest = depth;
        ends[++depth] = n->next;
        i++;
    }
    return gr_step(f->env, ends[1] - root);
}

/* Under the lock. */
static gram_status build(GrMasks *m, const uint32_t ascii[4], uint32_t root,
                         Headed *out)
{
    size_t size = (size_t)m->v->mask_words * sizeof(uint32_t) + 1;
    Finder f = {.env = &m->env, .v = m->v, .ascii = ascii};
    f.row = gr_arena_take(&m->env, &m->rests, size);
    if (f.row == NULL) return GRAM_E_MEMORY;
    memset(f.row, 0, size);
    gram_status status = find_below(&f, root);
    *out = (Headed){.root = root, .longest = f.longest, .row = f.row};
    out->n_exits = f.exit.n;
    memcpy(out->ascii, ascii, sizeof out->ascii);
    out->exit = (const HeadedExit *)gr_arena_copy(&m->env, &m->rests, f.exit.at,
                                                  f.exit.n * sizeof *f.exit.at);
    gr_vec_clear(&m->env, &f.exit);
    return status == GRAM_OK && out->exit == NULL ? GRAM_E_MEMORY : status;
}

/* Under the lock; NULL where no more are kept. */
static gram_status get(GrMasks *m, const uint32_t ascii[4], uint32_t root,
                       const Headed **out)
{
    Headed made;
    uint32_t at;
    for (uint32_t i = 0; i < m->headed.n; i++) {
        *out = gr_store_at(&m->headed, i);
        if ((*out)->root == root &&
            memcmp((*out)->ascii, ascii, sizeof made.ascii) == 0)
            return GRAM_OK;
    }
    *out = NULL;
    if (m->headed.n >= HEADED_MOST) return GRAM_OK;
    GR_TRY(build(m, ascii, root, &made));
    GR_TRY(gr_store_add(&m->env, &m->headed, 1, &at));
    *(Headed *)gr_store_at(&m->headed, at) = made;
    *out = gr_store_at(&m->headed, at);
    return GRAM_OK;
}

/* No room for them: a walk needs none. */
static const Headed *headed_of(GrMasks *m, const uint32_t ascii[4],
                               uint32_t root)
{
    const Headed *h = NULL;
    pthread_mutex_lock(&m->lock);
    gram_status status = get(m, ascii, root, &h);
    pthread_mutex_unlock(&m->lock);
    return status == GRAM_OK ? h : NULL;
}

/* --- the tokens ----------------------------------------------------------- */

/* Walk on where the class is left, each node from its own state and count. */
static gram_status walk_exits(Walk *k, const Headed *h, const Chain *ch,
                              const GrConfig *c)
{
    GrConfig at = *c;
    for (uint32_t i = 0; i < h->n_exits; i++) {
        const HeadedExit *e = &h->exit[i];
        uint32_t chars = e->depth - 2;
        Cell cell;
        at.state = ch->state[chars];
        if (ch->reg < GR_REGS) at.level.reg[ch->reg] = ch->count + chars;
        GR_TRY(gr_cell_at(k->w, at.state, gr_trie_byte(&k->trie.node[e->node]),
                          &cell));
        if (cell.v != GR_CELL_DEAD)
            GR_TRY(gr_walk_node(k, &at, e->node, e->depth));
    }
    return gr_step(k->w->env, h->n_exits);
}

/* The chain behind the byte: it counts if the byte is counted, and then one
 * more; *found is false, too, where there was room for less than that. */
static gram_status start_behind(Walk *k, const GrConfig *c, uint32_t root,
                                Chain *ch, bool *found)
{
    Cell cell;
    Step step;
    *found = false;
    GR_TRY(
        gr_cell_at(k->w, c->state, gr_trie_byte(&k->trie.node[root]), &cell));
    if (!gr_read_step(k->w->m->pda, cell, &step)) return GRAM_OK;
    GR_TRY(gr_chain_start(k->w, step.to, ch, found));
    *found = *found && step.reg == ch->reg;
    if (!*found || step.reg >= GR_REGS) return GRAM_OK;
    uint32_t count = c->level.reg[step.reg];
    *found = step.whole && count < step.hi;
    ch->count = count + 1;
    ch->highest = step.hi;
    return GRAM_OK;
}

/* As long as the tokens need it; one that ends before is left to the walk. */
static gram_status find_line(Walk *k, const GrConfig *c, uint32_t root,
                             Chain *ch, const Headed **h)
{
    bool found;
    *h = NULL;
    GR_TRY(start_behind(k, c, root, ch, &found));
    if (!found) return GRAM_OK;
    const Headed *all = headed_of(k->w->m, ch->ascii, root);
    if (all == NULL) return GRAM_OK;
    if (ch->left == UINT32_MAX)
        GR_TRY(gr_chain_follow(k->w, ch, all->longest, &found));
    if (found && ch->left >= all->longest) *h = all;
    return GRAM_OK;
}

gram_status gr_headed_walk(Walk *k, const GrConfig *c, uint32_t root)
{
    Chain ch;
    const Headed *h = NULL;
    if (k->trie.node[root].next - root >= HEADED_LEAST)
        GR_TRY(find_line(k, c, root, &ch, &h));
    if (h == NULL) return gr_walk_node(k, c, root, 1);
    if (ch.reg < GR_REGS && ch.highest < UINT32_MAX)
        gr_trace_note(k->run.trace, 1, ch.reg, 0, ch.highest - 1);
    GR_TRY(gr_row_add(k->w, h->row));
    return walk_exits(k, h, &ch, c);
}
