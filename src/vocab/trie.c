/* The trie of sorted tokens, depth-first.
 *
 * In sorted order a token's new nodes are the bytes beyond what it shares
 * with the token before, and they follow one another; so the array grows at
 * its end and only the open path (one node index per byte of the token
 * before) is needed to close subtrees.  O(bytes). */
#include "vocab/draft.h"

static uint32_t shared_bytes(const char *text, GrSpan a, GrSpan b)
{
    uint32_t n = a.len < b.len ? a.len : b.len, i = 0;
    while (i < n && text[a.at + i] == text[b.at + i]) i++;
    return i;
}

gram_status gr_trie_measure(GrEnv *env, const char *text, const GrSpan *span,
                            const uint32_t *ids, uint32_t n, GrTrieSize *out)
{
    GrTrieSize s = {0, 0, 0};
    uint64_t nodes = 0;
    GrSpan before = {0, 0};
    bool in_run = false;
    for (uint32_t i = 0; i < n; i++) {
        GrSpan t = span[ids[i]];
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
    uint32_t n;
    uint32_t *open, depth; /* open[d]: the node of byte d of the last token */
} Builder;

/* Every open node from depth `to` on is complete. */
static void close_to(Builder *b, uint32_t to)
{
    while (b->depth > to) b->node[b->open[--b->depth]].next = b->n;
}

static void add_token(Builder *b, const uint8_t *p, uint32_t len, uint32_t id,
                      uint32_t *root)
{
    for (uint32_t d = b->depth; d < len; d++) {
        if (d == 0) root[p[0]] = b->n;
        b->node[b->n].info = p[d];
        b->open[b->depth++] = b->n++;
    }
    GrTrieNode *leaf = &b->node[b->n - 1];
    leaf->info |= id << GR_TRIE_TOKEN_SHIFT | GR_TRIE_HAS;
}

void gr_trie_build(const char *text, const GrSpan *span, const uint32_t *ids,
                   uint32_t n, GrTrieNode *node, uint32_t root[256],
                   GrSame *same, uint32_t *same_ids, uint32_t *open)
{
    Builder b = {node, 0, open, 0};
    uint32_t n_same = 0, n_ids = 0;
    for (int i = 0; i < 256; i++) root[i] = GR_TRIE_NONE;
    for (uint32_t i = 0, j; i < n; i = j) {
        GrSpan t = span[ids[i]];
        for (j = i + 1; j < n && span[ids[j]].len == t.len &&
                        !memcmp(text + span[ids[j]].at, text + t.at, t.len);)
            j++;
        close_to(&b, i ? shared_bytes(text, span[ids[i - 1]], t) : 0);
        add_token(&b, (const uint8_t *)text + t.at, t.len, ids[i], root);
        if (j - i == 1) continue;
        node[b.n - 1].info |= GR_TRIE_SHARED;
        same[n_same++] = (GrSame){b.n - 1, n_ids, j - i};
        for (uint32_t k = i; k < j; k++) same_ids[n_ids++] = ids[k];
    }
    close_to(&b, 0);
}
