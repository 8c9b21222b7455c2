/* The trie of sorted tokens, depth-first.
 *
 * In sorted order a token's new nodes are the bytes beyond what it shares
 * with the token before, and they follow one another; so the array grows at
 * its end and only the open path (one node index per byte of the token
 * before) is needed to close subtrees.  O(bytes).
 *
 * Two passes: one counts nodes, so that the block can be allocated once and
 * in its final size, one writes them.  Both read the tokens in sorted order,
 * which is random in memory; what they wait for is that, and so it is
 * fetched ahead. */
#include "vocab/draft.h"

/* Neighbours differ at a place that no processor guesses: eight bytes are
 * compared at once and what lies behind a token does not count.  Only at the
 * end of the text there are no eight bytes to load. */
static inline uint32_t shared_bytes(const GrTrieText *t, GrSpan a, GrSpan b)
{
    uint32_t n = a.len < b.len ? a.len : b.len, i = 0;
    const uint32_t last = a.at > b.at ? a.at : b.at;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (uint64_t x, y; i < n && t->len - last - i >= 8; i += 8) {
        memcpy(&x, t->at + a.at + i, 8);
        memcpy(&y, t->at + b.at + i, 8);
        if (x == y) continue;
        i += (uint32_t)__builtin_ctzll(x ^ y) >> 3;
        return i < n ? i : n;
    }
#endif
    while (i < n && t->at[a.at + i] == t->at[b.at + i]) i++;
    return i < n ? i : n;
}

/* Sorted tokens lie anywhere in the text: fetch the ones that come, first
 * where they lie, then their bytes. */
static inline void look_ahead(const GrTrieText *t, uint32_t i)
{
#if defined(__GNUC__)
    if (i + 32 < t->n && t->span != NULL)
        __builtin_prefetch(&t->span[t->ids[i + 32]]);
    else if (i + 32 < t->n)
        __builtin_prefetch(&t->off[t->ids[i + 32]]);
    if (i + 16 < t->n)
        __builtin_prefetch(t->at + gr_trie_span(t, t->ids[i + 16]).at);
#else
    (void)t, (void)i;
#endif
}

gram_status gr_trie_measure(GrEnv *env, const GrTrieText *text, GrTrieSize *out)
{
    GrTrieSize s = {0, 0, 0};
    uint64_t nodes = 0;
    GrSpan before = {0, 0};
    bool in_run = false;
    for (uint32_t i = 0; i < text->n; i++) {
        look_ahead(text, i);
        GrSpan t = gr_trie_span(text, text->ids[i]);
        uint32_t shared = shared_bytes(text, before, t);
        bool equal = i > 0 && shared == t.len && before.len == t.len;
        nodes += t.len - shared;
        s.n_same += equal && !in_run;
        s.n_same_ids += equal ? (in_run ? 1u : 2u) : 0u;
        in_run = equal;
        before = t;
    }
    if (nodes >= GR_TRIE_NONE)
        return gr_fail(env, GRAM_E_LIMIT, GR_NOWHERE,
                       "the tokens have more than 2^32 distinct prefixes");
    s.n_nodes = (uint32_t)nodes;
    *out = s;
    return GRAM_OK;
}

typedef struct Builder {
    GrTrieNode *node;
    uint32_t n, n_nodes;   /* so far, and in the end */
    uint32_t *open, depth; /* open[d]: the node of byte d of the last token */
} Builder;

enum { STRIDE = GR_TRIE_STRIDE };

/* Every open node from depth `to` on is complete.  A few above may be told the
 * same, who are told again when they are: no processor guesses how many. */
static inline void close_to(Builder *b, uint32_t to)
{
    for (uint32_t d = b->depth; d > to;)
        for (int k = 0; k < STRIDE; k++) {
            d -= d > 0;
            b->node[b->open[d]].next = b->n;
        }
    b->depth = to;
}

static inline void open_node(Builder *b, uint32_t n, const uint8_t *p,
                             uint32_t d)
{
    b->node[n].info = p[d];
    b->open[d] = n;
}

/* A new node for each byte from d on.  `more`: there is room for a few behind
 * them, which the next token's are written over. */
static inline void open_nodes(Builder *b, const uint8_t *p, uint32_t d,
                              uint32_t len, bool more)
{
    const uint32_t first = b->n - d;
    b->n = first + len;
    if (GR_LIKELY(more && b->n_nodes - b->n >= STRIDE))
        for (; d < len; d += STRIDE)
            for (uint32_t k = d; k < d + STRIDE; k++)
                open_node(b, first + k, p, k);
    else
        for (; d < len; d++) open_node(b, first + d, p, d);
}

/* Behind the shared bytes every byte is a new node; tokens here are distinct,
 * so there is at least one, and the last carries the id. */
static void add_token(Builder *b, const GrTrieText *t, GrSpan s, uint32_t id,
                      uint32_t *root)
{
    const uint8_t *p = (const uint8_t *)t->at + s.at;
    if (b->depth == 0) root[p[0]] = b->n;
    open_nodes(b, p, b->depth, s.len, t->len - s.at >= s.len + STRIDE);
    b->depth = s.len;
    b->node[b->n - 1].info |= id << GR_TRIE_TOKEN_SHIFT | GR_TRIE_HAS;
}

/* Where the ids with the bytes of the i-th end; *shared is what the one
 * behind them shares with these. */
static uint32_t run_end(const GrTrieText *text, uint32_t i, uint32_t *shared)
{
    const GrSpan t = gr_trie_span(text, text->ids[i]);
    for (*shared = 0, i++; i < text->n; i++) {
        look_ahead(text, i);
        const GrSpan next = gr_trie_span(text, text->ids[i]);
        *shared = shared_bytes(text, t, next);
        if (*shared < t.len || next.len > t.len) break;
    }
    return i;
}

void gr_trie_build(const GrTrieText *text, const GrTrieSize *size,
                   GrTrieNode *node, uint32_t root[256], GrSame *same,
                   uint32_t *same_ids, uint32_t *open)
{
    Builder b = {node, 0, size->n_nodes, open, 0};
    uint32_t n_same = 0, n_ids = 0, shared = 0;
    for (int i = 0; i < 256; i++) root[i] = GR_TRIE_NONE;
    for (uint32_t i = 0, j; i < text->n; i = j) {
        uint32_t id = text->ids[i];
        GrSpan t = gr_trie_span(text, id);
        close_to(&b, shared);
        add_token(&b, text, t, id, root);
        j = run_end(text, i, &shared);
        if (j - i == 1) continue;
        node[b.n - 1].info |= GR_TRIE_SHARED;
        same[n_same++] = (GrSame){b.n - 1, n_ids, j - i};
        for (uint32_t k = i; k < j; k++) same_ids[n_ids++] = text->ids[k];
    }
    close_to(&b, 0);
}
