/* Tokens that are cut out of a text before anything else, and the matcher
 * that finds them.
 *
 * Two rules are in use: the leftmost longest match (Hugging Face), and all
 * occurrences of the longest token first, then of the next (llama.cpp).
 * They differ only where tokens overlap without nesting. */
#include "vocab/encoder.h"

void gr_matcher_clear(GrEnv *env, GrMatcher *m)
{
    gr_free(env, m->byte, m->n_nodes);
    gr_free(env, m->first, ((size_t)m->n_nodes + 1) * sizeof *m->first);
    gr_free(env, m->leaf, (size_t)m->n_nodes * sizeof *m->leaf);
    gr_free(env, m->id, (size_t)m->n * sizeof *m->id);
    gr_free(env, m->flags, (size_t)m->n * sizeof *m->flags);
    memset(m, 0, sizeof *m);
}

/* Append the siblings node[from], ... before `end`; `queue` remembers where
 * each came from. */
static uint32_t put_siblings(GrMatcher *m, const GrTrieNode *node,
                             uint32_t from, uint32_t end, uint32_t *queue,
                             uint32_t n)
{
    for (uint32_t i = from; i < end; i = node[i].next, n++) {
        m->byte[n] = gr_trie_byte(&node[i]);
        m->leaf[n] = gr_trie_token(&node[i]);
        queue[n] = i;
    }
    return n;
}

/* Depth-first to breadth-first: nodes are appended after their parents. */
static void put_nodes(GrMatcher *m, const GrTrieNode *node, uint32_t *queue)
{
    uint32_t n = put_siblings(m, node, 0, m->n_nodes, queue, 0);
    for (int b = 0; b < 256; b++) m->root[b] = GR_TRIE_NONE;
    for (uint32_t i = 0; i < n; i++) m->root[m->byte[i]] = i;
    for (uint32_t i = 0; i < m->n_nodes; i++) {
        m->first[i] = n;
        n = put_siblings(m, node, queue[i] + 1, node[queue[i]].next, queue, n);
    }
    m->first[m->n_nodes] = n;
}

/* The depth-first trie first; of groups of equal strings the first wins, so
 * they are scratch. */
static gram_status build(GrEnv *env, GrMatcher *m, const char *text,
                         const GrSpan *span, uint32_t *order, uint32_t n)
{
    GrTrieText t = {text, 0, span, order, n};
    GrTrieSize size;
    uint32_t longest = 1, root[256];
    for (uint32_t i = 0; i < n; i++) {
        GrSpan s = span[order[i]];
        if (s.len > longest) longest = s.len;
        if (s.at + (size_t)s.len > t.len) t.len = s.at + (size_t)s.len;
    }
    GR_TRY(gr_span_sort(env, text, span, order, n));
    GR_TRY(gr_trie_measure(env, &t, &size));
    /* one index a byte of the longest, later one a node */
    size_t open_n = longest > size.n_nodes ? longest : size.n_nodes;
    m->n_nodes = size.n_nodes;
    m->byte = gr_zalloc(env, size.n_nodes, 1);
    m->first = gr_zalloc(env, (size_t)size.n_nodes + 1, sizeof *m->first);
    m->leaf = gr_zalloc(env, size.n_nodes, sizeof *m->leaf);
    GrTrieNode *node = gr_zalloc(env, size.n_nodes, sizeof *node);
    uint32_t *open = gr_zalloc(env, open_n, sizeof *open);
    GrSame *same = gr_zalloc(env, size.n_same, sizeof *same);
    uint32_t *ids = gr_zalloc(env, size.n_same_ids, sizeof *ids);
    bool good = m->byte && m->first && m->leaf && node && open && same && ids;
    if (good) {
        gr_trie_build(&t, node, root, same, ids, open);
        put_nodes(m, node, open);
    }
    gr_free(env, node, (size_t)size.n_nodes * sizeof *node);
    gr_free(env, open, open_n * sizeof *open);
    gr_free(env, same, (size_t)size.n_same * sizeof *same);
    gr_free(env, ids, (size_t)size.n_same_ids * sizeof *ids);
    return good ? GRAM_OK : GRAM_E_MEMORY;
}

gram_status gr_matcher_init(GrEnv *env, GrMatcher *m, const char *text,
                            const GrSpan *span, uint32_t *id, uint32_t *flags,
                            uint32_t n)
{
    uint32_t *order = gr_zalloc(env, n, sizeof *order), used = 0;
    *m = (GrMatcher){.id = id, .flags = flags, .n = n};
    if (order == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++)
        if (span[i].len > 0) order[used++] = i;
    gram_status s = build(env, m, text, span, order, used);
    gr_free(env, order, (size_t)n * sizeof *order);
    return s;
}

/* The index of the longest string that begins p, and its length.  The walk is
 * counted; callers look at the count where they can fail. */
static uint32_t longest(GrEnv *env, const GrMatcher *m, const char *p,
                        uint32_t n, uint32_t *len)
{
    uint32_t best = UINT32_MAX, at = n ? m->root[(uint8_t)p[0]] : GR_TRIE_NONE;
    *len = 0;
    for (uint32_t d = 1; at != GR_TRIE_NONE; d++, env->steps++) {
        if (m->leaf[at] != UINT32_MAX) {
            best = m->leaf[at];
            *len = d;
        }
        if (d == n) break;
        at = gr_matcher_child(m, at, (uint8_t)p[d]);
    }
    return best;
}

uint32_t gr_matcher_longest(GrEnv *env, const GrMatcher *m, const char *p,
                            uint32_t n, uint32_t *id)
{
    uint32_t len;
    if (m->n_nodes == 0) return 0;
    uint32_t i = longest(env, m, p, n, &len);
    if (i != UINT32_MAX) *id = m->id[i];
    return len;
}

/* --- options of a match --------------------------------------------------- */

static bool is_space_byte(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A letter, digit, underscore or any character beyond ASCII. */
static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (c >= 'a' && c <= 'z') || (c & 0x80) != 0;
}

static bool allowed(const char *p, uint32_t n, GrSpan s, uint32_t flags)
{
    uint32_t end = s.at + s.len;
    if (!(flags & GR_ADDED_WORD)) return true;
    return (s.at == 0 || !is_word_byte(p[s.at - 1])) &&
           (end == n || !is_word_byte(p[end]));
}

static gram_status push(GrEncoder *e, GrSpan s, uint32_t id)
{
    if (s.len == 0) return GRAM_OK;
    GR_TRY(gr_vec_push(&e->env, &e->section, s));
    return gr_vec_push(&e->env, &e->section_id, id);
}

/* The text before the match, then the match, stripped as its flags say. */
static gram_status push_match(GrEncoder *e, const char *p, uint32_t n,
                              uint32_t from, GrSpan s, uint32_t flags,
                              uint32_t id, uint32_t *next)
{
    uint32_t left = s.at, right = s.at + s.len;
    if (flags & GR_ADDED_LSTRIP)
        while (left > from && is_space_byte(p[left - 1])) left--;
    if (flags & GR_ADDED_RSTRIP)
        while (right < n && is_space_byte(p[right])) right++;
    GR_TRY(push(e, (GrSpan){from, left - from}, UINT32_MAX));
    *next = right;
    return push(e, (GrSpan){left, right - left}, id);
}

static gram_status leftmost(GrEncoder *e, const GrMatcher *m, const char *p,
                            uint32_t n)
{
    uint32_t from = 0, at = 0, len;
    while (at < n) {
        uint32_t i = longest(&e->env, m, p + at, n - at, &len);
        GR_TRY(gr_step(&e->env, 1));
        GrSpan s = {at, len};
        if (i == UINT32_MAX || !allowed(p, n, s, m->flags[i])) {
            at++;
            continue;
        }
        GR_TRY(push_match(e, p, n, from, s, m->flags[i], m->id[i], &at));
        from = at;
    }
    return push(e, (GrSpan){from, n - from}, UINT32_MAX);
}

/* --- longest token first -------------------------------------------------- */

typedef struct Hit {
    uint32_t at, len, index;
} Hit;

typedef GrVec(Hit) Hits;

/* Keep of all occurrences those that survive when longer tokens go first
 * and, among equals, lower positions: mark bytes as taken. */
static gram_status take_hits(GrEnv *env, const Hits *all, uint32_t n,
                             uint32_t longest_len, uint32_t *taken,
                             Hit *by_start)
{
    /* counting sort by length, longest first, stable in position */
    uint32_t *start = gr_zalloc(env, (size_t)longest_len + 2, sizeof *start);
    uint32_t *order = gr_zalloc(env, all->n, sizeof *order);
    gram_status s = start && order ? GRAM_OK : GRAM_E_MEMORY;
    for (uint32_t i = 0; s == GRAM_OK && i < all->n; i++)
        start[longest_len - all->at[i].len + 1]++;
    for (uint32_t k = 1; s == GRAM_OK && k <= longest_len; k++)
        start[k] += start[k - 1];
    for (uint32_t i = 0; s == GRAM_OK && i < all->n; i++)
        order[start[longest_len - all->at[i].len]++] = i;
    for (uint32_t i = 0; s == GRAM_OK && i < all->n; i++) {
        Hit h = all->at[order[i]];
        /* a longer or earlier hit that overlaps covers one of the ends */
        if (gr_bit_get(taken, h.at) || gr_bit_get(taken, h.at + h.len - 1))
            continue;
        gr_bit_fill(taken, h.at, h.at + h.len);
        by_start[h.at] = h;
    }
    gr_free(env, start, ((size_t)longest_len + 2) * sizeof *start);
    gr_free(env, order, (size_t)all->n * sizeof *order);
    (void)n;
    return s;
}

/* Every occurrence of every token. */
static gram_status find_hits(GrEnv *env, const GrMatcher *m, const char *p,
                             uint32_t n, Hits *out, uint32_t *longest_len)
{
    for (uint32_t at = 0; at < n; at++) {
        uint32_t node = m->root[(uint8_t)p[at]], d = 1;
        for (; node != GR_TRIE_NONE; d++) {
            uint32_t t = m->leaf[node];
            if (t != UINT32_MAX) {
                GR_TRY(gr_vec_push(env, out, (Hit){at, d, t}));
                if (d > *longest_len) *longest_len = d;
            }
            if (at + d == n) break;
            node = gr_matcher_child(m, node, (uint8_t)p[at + d]);
        }
        GR_TRY(gr_step(env, d));
    }
    return GRAM_OK;
}

static gram_status by_length(GrEncoder *e, const GrMatcher *m, const char *p,
                             uint32_t n)
{
    GrEnv *env = &e->env;
    Hits all = {0};
    uint32_t words = gr_bit_words(n), most = 0, from = 0;
    uint32_t *taken = gr_zalloc(env, words, sizeof *taken);
    Hit *by_start = NULL;
    gram_status s = taken ? GRAM_OK : GRAM_E_MEMORY;
    if (s == GRAM_OK) s = find_hits(env, m, p, n, &all, &most);
    if (s == GRAM_OK && all.n > 0) {
        by_start = gr_zalloc(env, n, sizeof *by_start);
        s = by_start ? take_hits(env, &all, n, most, taken, by_start)
                     : GRAM_E_MEMORY;
    }
    for (uint32_t at = 0; s == GRAM_OK && by_start && at < n; at++) {
        Hit h = by_start[at];
        if (h.len == 0) continue;
        s = push(e, (GrSpan){from, at - from}, UINT32_MAX);
        if (s == GRAM_OK) s = push(e, (GrSpan){at, h.len}, m->id[h.index]);
        from = at + h.len;
    }
    if (s == GRAM_OK) s = push(e, (GrSpan){from, n - from}, UINT32_MAX);
    gr_vec_clear(env, &all);
    gr_free(env, taken, words * sizeof *taken);
    gr_free(env, by_start, (size_t)n * sizeof *by_start);
    return s;
}

gram_status gr_added_split(GrEncoder *e, const GrMatcher *m, const char *p,
                           uint32_t n, bool longest_first)
{
    e->section.n = e->section_id.n = 0;
    if (m->n_nodes == 0) return push(e, (GrSpan){0, n}, UINT32_MAX);
    return longest_first ? by_length(e, m, p, n) : leftmost(e, m, p, n);
}
