/* Questions to a finished vocabulary, and the proof that one is valid.
 *
 * Nothing here allocates, but for the checker's stack.  Lists are sorted, so
 * that every question is a binary search or a walk from the root; none of
 * these is on the way of a mask, which reads the arrays itself.
 *
 * The checker is the invariants of vocab.h as code.  It is what makes a pack
 * from outside safe to walk without tests at every step: offsets stay inside,
 * nodes nest, every id that a node names has the bytes of its path.  A pack
 * that passes it and lies about its checksums can only be another, valid
 * vocabulary.  Cost: O(bytes), some 30 ms for 128,000 tokens, hence
 * GR_PACK_TRUST for packs that a program wrote itself. */
#include "vocab/draft.h"

/* Is `id` in the sorted list? */
static bool find_sorted(const uint32_t *ids, uint32_t n, uint32_t id)
{
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (ids[mid] < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && ids[lo] == id;
}

bool gr_vocab_is_end(const GrVocab *v, uint32_t t)
{
    return find_sorted(v->end, v->n_end, t);
}

/* The child of a byte below a node; siblings ascend. */
static uint32_t child_of(const GrVocab *v, uint32_t node, uint8_t byte)
{
    uint32_t end = v->node[node].next, child = node + 1;
    while (child < end && gr_trie_byte(&v->node[child]) < byte)
        child = v->node[child].next;
    bool found = child < end && gr_trie_byte(&v->node[child]) == byte;
    return found ? child : GR_TRIE_NONE;
}

/* The node reached from the top by p[0..len), or GR_TRIE_NONE; *deepest is
 * the last node on the way that has a token, *depth its depth. */
static uint32_t descend(const GrVocab *v, const uint8_t *p, size_t len,
                        uint32_t *deepest, uint32_t *depth)
{
    uint32_t at = len ? v->root[p[0]] : GR_TRIE_NONE;
    for (uint32_t d = 1; at != GR_TRIE_NONE; d++) {
        if (v->node[at].info & GR_TRIE_HAS) {
            *deepest = at;
            *depth = d;
        }
        if (d == len) return at;
        at = child_of(v, at, p[d]);
    }
    return GR_TRIE_NONE;
}

uint32_t gr_vocab_node(const GrVocab *v, const void *p, size_t len)
{
    uint32_t deepest, depth;
    return descend(v, p, len, &deepest, &depth);
}

uint32_t gr_vocab_find(const GrVocab *v, const void *p, size_t len)
{
    uint32_t at = gr_vocab_node(v, p, len);
    return at == GR_TRIE_NONE ? UINT32_MAX : gr_trie_token(&v->node[at]);
}

/* One walk finds both the node and the last token on the way to it. */
uint32_t gr_vocab_longest_prefix(const GrVocab *v, const void *p, size_t len,
                                 uint32_t *token_len)
{
    uint32_t deepest = GR_TRIE_NONE, depth = 0;
    descend(v, p, len, &deepest, &depth);
    *token_len = depth;
    return deepest == GR_TRIE_NONE ? UINT32_MAX
                                   : gr_trie_token(&v->node[deepest]);
}

uint32_t gr_vocab_prefixes(const GrVocab *v, const void *p, size_t len)
{
    const uint8_t *text = p;
    uint32_t lengths = 0, node = len ? v->root[text[0]] : GR_TRIE_NONE;
    for (uint32_t i = 0; node != GR_TRIE_NONE && i < 32; i++) {
        if (v->node[node].info & GR_TRIE_HAS) lengths |= UINT32_C(1) << i;
        if (i + 1 >= len) break;
        node = child_of(v, node, text[i + 1]);
    }
    return lengths;
}

/* Nodes with several ids are few; they are found by the node's number. */
const uint32_t *gr_vocab_same(const GrVocab *v, uint32_t node, uint32_t *n)
{
    uint32_t lo = 0, hi = v->n_same;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (v->same[mid].node < node)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool found = lo < v->n_same && v->same[lo].node == node;
    *n = found ? v->same[lo].n : 0;
    return found ? v->same_ids + v->same[lo].start : NULL;
}

/* Unsigned, a prefix first: the order in which names are stored. */
static int compare_bytes(const char *a, size_t na, const char *b, size_t nb)
{
    int c = na && nb ? memcmp(a, b, na < nb ? na : nb) : 0;
    return c != 0 ? c : na < nb ? -1 : na > nb;
}

/* The first name that is not below the one asked for, if it is the same: of
 * several ids of one name the lowest, since equal names keep their order. */
uint32_t gr_vocab_named(const GrVocab *v, const char *name, size_t len)
{
    uint32_t lo = 0, hi = v->n_names;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (compare_bytes(v->name_text + v->name_off[mid],
                          v->name_off[mid + 1] - v->name_off[mid], name,
                          len) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == v->n_names) return UINT32_MAX;
    uint32_t n = v->name_off[lo + 1] - v->name_off[lo];
    return compare_bytes(v->name_text + v->name_off[lo], n, name, len) == 0
               ? v->name_id[lo]
               : UINT32_MAX;
}

/* For messages and the command only, so a scan will do. */
const char *gr_vocab_name(const GrVocab *v, uint32_t t, uint32_t *len)
{
    for (uint32_t i = 0; i < v->n_names; i++) {
        if (v->name_id[i] != t) continue;
        *len = v->name_off[i + 1] - v->name_off[i];
        return v->name_text + v->name_off[i];
    }
    *len = 0;
    return NULL;
}

/* The digest is defined over little-endian lengths, on every machine. */
static void put_le(uint8_t out[4], uint32_t x)
{
    for (int i = 0; i < 4; i++) out[i] = (uint8_t)(x >> 8 * i);
}

/* Lengths are hashed too, so that "a","b" and "ab","" differ. */
static void hash_tokens(const GrVocab *v, GrSha256 *s)
{
    uint8_t head[4];
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        uint32_t len, none = v->kind[t] > GR_TOKEN_USER;
        const char *p = gr_vocab_bytes(v, t, &len);
        put_le(head, none ? UINT32_MAX : len);
        gr_sha256_add(s, head, 4);
        if (!none) gr_sha256_add(s, p, len);
    }
}

void gr_vocab_digest(const GrVocab *v, uint8_t tokens[32], uint8_t kinds[32])
{
    GrSha256 s;
    gr_sha256_init(&s);
    hash_tokens(v, &s);
    gr_sha256_end(&s, tokens);
    gr_sha256_init(&s);
    gr_sha256_add(&s, v->kind, v->n_tokens);
    gr_sha256_end(&s, kinds);
}

/* --- the checker ---------------------------------------------------------- */

/* Rising from 0 to `end`: then every span lies inside. */
static bool offsets_are_valid(const uint32_t *off, uint32_t n, uint32_t end)
{
    if (off[0] != 0 || off[n] != end) return false;
    for (uint32_t i = 0; i < n; i++)
        if (off[i] > off[i + 1]) return false;
    return true;
}

/* Rising, below the limit: a list that binary search may trust. */
static bool ids_are_valid(const uint32_t *ids, uint32_t n, uint32_t limit)
{
    for (uint32_t i = 0; i < n; i++)
        if (ids[i] >= limit || (i > 0 && ids[i - 1] >= ids[i])) return false;
    return true;
}

/* Does an id have these signs?  That no id has others is told by how many
 * there are. */
static bool has_signs(const GrVocab *v, uint32_t id, uint64_t signs,
                      uint32_t *n)
{
    for (; signs != 0; signs &= signs - 1, ++*n) {
        uint32_t sign = (uint32_t)__builtin_ctzll(signs);
        if (!gr_bit_get(gr_vocab_signed(v, sign), id)) return false;
    }
    return true;
}

/* Kind, flag, chars and signs of every id follow from its bytes. */
static bool tokens_are_valid(const GrVocab *v, uint32_t *n_text,
                             uint32_t *longest, uint32_t *n_empty)
{
    const uint64_t not_text = GR_SIG_BIT(GR_SIG_NOT_TEXT);
    uint32_t n_signs = 0;
    for (uint32_t t = v->n_tokens; t < v->mask_words * 32; t++)
        if (!has_signs(v, t, not_text, &n_signs)) return false;
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        uint32_t len;
        const char *p = gr_vocab_bytes(v, t, &len);
        GrTokenFacts f = gr_token_facts(p, len);
        bool low = v->kind[t] <= GR_TOKEN_USER && t < v->width;
        bool text = low && len > 0 && !gr_vocab_is_end(v, t);
        if (v->kind[t] > GR_TOKEN_GAP || len > GR_LIMIT_TOKEN_BYTES ||
            (v->kind[t] > GR_TOKEN_USER && len > 0))
            return false;
        if (v->flag[t] != (f.flag | (text ? GR_TOKEN_TEXT : 0)) ||
            v->chars[t] != f.chars)
            return false;
        if (t < v->mask_words * 32 &&
            !has_signs(v, t, text ? f.sig : not_text, &n_signs))
            return false;
        if (low && len == 0 &&
            (*n_empty == v->n_empty || v->empty[(*n_empty)++] != t))
            return false;
        *n_text += text;
        if (text && len > *longest) *longest = len;
    }
    return *n_empty == v->n_empty && *longest == v->longest &&
           *n_text == v->n_text &&
           gr_bit_count(v->sig, GR_SIGS * v->mask_words) == n_signs;
}

/* Sorted by name and then id, or a binary search would miss some. */
static bool names_are_valid(const GrVocab *v)
{
    uint32_t text_len = v->name_off[v->n_names];
    const GrPackHead *h = (const GrPackHead *)v->block;
    if (text_len != h->section[GR_PACK_NAME_TEXT].len ||
        !offsets_are_valid(v->name_off, v->n_names, text_len))
        return false;
    for (uint32_t i = 0; i < v->n_names; i++) {
        if (v->name_id[i] >= v->n_tokens) return false;
        if (i == 0) continue;
        const uint32_t *o = v->name_off + i;
        int c = compare_bytes(v->name_text + o[-1], o[0] - o[-1],
                              v->name_text + o[0], o[1] - o[0]);
        if (c > 0 || (c == 0 && v->name_id[i - 1] >= v->name_id[i]))
            return false;
    }
    return true;
}

/* A walk over the nodes with the path to the present one. */
typedef struct Walk {
    const GrVocab *v;
    uint32_t *open; /* node index of each byte of the path */
    uint8_t *path;
    uint32_t depth;
    uint32_t n_ids; /* text ids met */
    uint32_t n_same, n_same_ids;
    uint32_t n_roots;
} Walk;

/* Do the bytes of token t lead to where the walk is? */
static bool spells(const Walk *w, uint32_t t)
{
    uint32_t len;
    if (!gr_vocab_is_text(w->v, t)) return false;
    const char *p = gr_vocab_bytes(w->v, t, &len);
    return len == w->depth && memcmp(p, w->path, len) == 0;
}

/* The next group belongs to node i: sorted ids that all spell the path. */
static bool shared_is_valid(Walk *w, uint32_t i)
{
    const GrVocab *v = w->v;
    const GrPackHead *h = (const GrPackHead *)v->block;
    if (w->n_same == v->n_same) return false;
    GrSame s = v->same[w->n_same++];
    uint64_t ids = h->section[GR_PACK_SAME_IDS].len / 4;
    if (s.node != i || s.n < 2 || s.start != w->n_same_ids ||
        (uint64_t)s.start + s.n > ids)
        return false;
    const uint32_t *id = v->same_ids + s.start;
    if (id[0] != gr_trie_token(&v->node[i]) ||
        !ids_are_valid(id, s.n, v->n_tokens))
        return false;
    for (uint32_t k = 0; k < s.n; k++)
        if (!spells(w, id[k])) return false;
    w->n_same_ids += s.n;
    w->n_ids += s.n;
    return true;
}

/* Nested intervals, siblings in order, and a token wherever one is named:
 * then no walk over this array can leave it or loop. */
static bool node_is_valid(Walk *w, uint32_t i)
{
    const GrVocab *v = w->v;
    const GrTrieNode *n = &v->node[i];
    uint8_t byte = gr_trie_byte(n);
    while (w->depth > 0 && v->node[w->open[w->depth - 1]].next <= i) w->depth--;
    uint32_t limit = w->depth ? v->node[w->open[w->depth - 1]].next
                              : v->n_nodes;
    if (n->next <= i || n->next > limit) return false;
    if (w->depth == 0) {
        w->n_roots++;
        if (v->root[byte] != i) return false;
    }
    /* an earlier sibling ends where this node begins */
    uint32_t parent = w->depth ? w->open[w->depth - 1] : UINT32_MAX;
    bool first = w->depth ? parent + 1 == i : i == 0;
    if (!first && w->path[w->depth] >= byte) return false;
    if (w->depth == v->longest) return false;
    w->open[w->depth] = i;
    w->path[w->depth++] = byte;
    uint32_t t = gr_trie_token(n);
    if (t == GR_TRIE_NONE) return n->next > i + 1 && n->info == byte;
    if (!spells(w, t)) return false;
    if (n->info & GR_TRIE_SHARED) return shared_is_valid(w, i);
    w->n_ids++;
    return true;
}

static bool trie_is_valid(Walk *w)
{
    const GrVocab *v = w->v;
    uint32_t n_roots = 0;
    for (int b = 0; b < 256; b++) n_roots += v->root[b] != GR_TRIE_NONE;
    for (uint32_t i = 0; i < v->n_nodes; i++)
        if (!node_is_valid(w, i)) return false;
    const GrPackHead *h = (const GrPackHead *)v->block;
    return w->n_ids == v->n_text && w->n_roots == n_roots &&
           w->n_same == v->n_same &&
           w->n_same_ids == h->section[GR_PACK_SAME_IDS].len / 4;
}

/* Memory for one path, as deep as the longest token. */
static bool walk_is_valid(const GrVocab *v)
{
    GrEnv env = v->env; /* a copy: the checker leaves v as it is */
    size_t open_size = (size_t)v->longest * sizeof(uint32_t);
    Walk w = {.v = v};
    w.open = gr_zalloc(&env, v->longest, sizeof *w.open);
    w.path = gr_zalloc(&env, (size_t)v->longest + 1, 1);
    bool valid = w.open != NULL && w.path != NULL && trie_is_valid(&w);
    gr_free(&env, w.open, open_size);
    gr_free(&env, w.path, (size_t)v->longest + 1);
    return valid;
}

bool gr_vocab_is_valid(const GrVocab *v)
{
    const GrPackHead *h = (const GrPackHead *)v->block;
    uint32_t n_text = 0, longest = 0, n_empty = 0;
    if (!offsets_are_valid(v->off, v->n_tokens,
                           h->section[GR_PACK_BYTES].len) ||
        !ids_are_valid(v->end, v->n_end, v->width) ||
        !tokens_are_valid(v, &n_text, &longest, &n_empty) ||
        !names_are_valid(v) || !walk_is_valid(v))
        return false;
    for (uint32_t b = 0; b < 256; b++) {
        char c = (char)b;
        bool alone = gr_vocab_find(v, &c, 1) != UINT32_MAX;
        if (alone != gr_bit_get(v->alone, b)) return false;
    }
    return true;
}
