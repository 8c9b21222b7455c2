/* Tokens that are cut out of a text before anything else, and the matcher that
 * finds them.
 *
 * Two rules are in use: the leftmost longest match (Hugging Face), and all
 * occurrences of the longest token first, then of the next (llama.cpp).  They
 * differ only where tokens overlap without nesting:
 *
 *     tokens  "ab"  "bcd"      text  a b c d
 *
 *     leftmost longest         [a b] c d
 *     longest token first      a [b c d]
 *
 * The second rule, done as it is worded, is a pass over the text for each
 * token.  Here every place has one hit, its longest token; hits are taken in
 * the order of their lengths, and one whose end is taken already is found
 * again with a shorter token: O(n log n) and what the walks in the trie take,
 * however many tokens there are.
 *
 * The matcher is a trie laid out breadth-first (encoder.h); it serves the
 * models that look for the longest key as well. */
#include "vocab/encoder.h"

/* Sizes follow from two counts, so that nothing else is kept of them; one that
 * was never made has nothing to give back. */
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

/* Depth-first to breadth-first: nodes are appended after their parents.  The
 * children of a node are one stretch, which begins where its parent's turn
 * finds the end of the list. */
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
    GrTrieText t = {.at = text, .span = span, .ids = order, .n = n};
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
    open_n += GR_TRIE_STRIDE;
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
        gr_trie_build(&t, &size, node, root, same, ids, open);
        put_nodes(m, node, open);
    }
    gr_free(env, node, (size_t)size.n_nodes * sizeof *node);
    gr_free(env, open, open_n * sizeof *open);
    gr_free(env, same, (size_t)size.n_same * sizeof *same);
    gr_free(env, ids, (size_t)size.n_same_ids * sizeof *ids);
    return good ? GRAM_OK : GRAM_E_MEMORY;
}

/* Takes over `id` and `flags`, which must have n entries; an empty string is
 * none that could be found. */
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

/* Tokens that strip eat ASCII white space only. */
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

/* A token that must be a whole word may touch no letter, digit or underscore
 * on either side. */
static bool allowed(const char *p, uint32_t n, GrSpan s, uint32_t flags)
{
    uint32_t end = s.at + s.len;
    if (!(flags & GR_ADDED_WORD)) return true;
    return (s.at == 0 || !is_word_byte(p[s.at - 1])) &&
           (end == n || !is_word_byte(p[end]));
}

/* Empty stretches are no sections: two tokens may touch. */
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

/* A match that is not allowed is none; the next may begin a byte on.  Shorter
 * tokens at the same place are not tried. */
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

/* One token at a place, the longest that may still be taken there. */
typedef struct Hit {
    uint32_t at, len, index;
} Hit;

typedef struct Taker {
    GrEncoder *e;
    const GrMatcher *m;
    const char *p;
    uint32_t n, longest;
    uint32_t *taken;         /* n bits */
    GrVec(Hit) hit;          /* ascending places */
    GrVec(uint64_t) again;   /* a heap: ~length << 32 | hit */
    uint32_t *order, *start; /* of the sort by length */
} Taker;

/* The longest token of fewer than `below` bytes at p[at]. */
static gram_status find_hit(Taker *t, uint32_t at, uint32_t below, Hit *out)
{
    const GrMatcher *m = t->m;
    uint32_t node = m->root[(uint8_t)t->p[at]], d = 1;
    *out = (Hit){at, 0, 0};
    for (; node != GR_TRIE_NONE && d < below; d++) {
        if (m->leaf[node] != UINT32_MAX) *out = (Hit){at, d, m->leaf[node]};
        if (at + d == t->n) break;
        node = gr_matcher_child(m, node, (uint8_t)t->p[at + d]);
    }
    return gr_step(&t->e->env, d);
}

/* Overlapping hits are all kept here; length decides which of them stay. */
static gram_status find_hits(Taker *t)
{
    Hit h;
    for (uint32_t at = 0; at < t->n; at++) {
        GR_TRY(find_hit(t, at, UINT32_MAX, &h));
        if (h.len == 0) continue;
        GR_TRY(gr_vec_push(&t->e->env, &t->hit, h));
        if (h.len > t->longest) t->longest = h.len;
    }
    return GRAM_OK;
}

/* By length, the longest first, keeping places in order: a counting sort. */
static gram_status sort_hits(Taker *t)
{
    GrEnv *env = &t->e->env;
    t->start = gr_zalloc(env, (size_t)t->longest + 2, sizeof *t->start);
    t->order = gr_zalloc(env, t->hit.n, sizeof *t->order);
    if (t->start == NULL || t->order == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < t->hit.n; i++)
        t->start[t->longest - t->hit.at[i].len + 1]++;
    for (uint32_t k = 1; k <= t->longest; k++) t->start[k] += t->start[k - 1];
    for (uint32_t i = 0; i < t->hit.n; i++)
        t->order[t->start[t->longest - t->hit.at[i].len]++] = i;
    return GRAM_OK;
}

/* Small is first: the longer, then the earlier. */
static uint64_t rank_of(const Taker *t, uint32_t i)
{
    return gr_pair(~t->hit.at[i].len, i);
}

/* A binary heap, since a hit that becomes shorter has to wait among those of
 * its new length, and among them in the order of places. */
static gram_status put_again(Taker *t, uint64_t x)
{
    GR_TRY(gr_vec_push(&t->e->env, &t->again, x));
    uint64_t *h = t->again.at;
    uint32_t i = t->again.n - 1;
    for (; i > 0 && h[(i - 1) / 2] > x; i = (i - 1) / 2) h[i] = h[(i - 1) / 2];
    h[i] = x;
    return GRAM_OK;
}

static uint64_t take_again(Taker *t)
{
    uint64_t *h = t->again.at, top = h[0], x = h[--t->again.n];
    uint32_t i = 0, n = t->again.n;
    for (uint32_t k = 1; k < n; k = 2 * i + 1) {
        if (k + 1 < n && h[k + 1] < h[k]) k++;
        if (h[k] >= x) break;
        h[i] = h[k];
        i = k;
    }
    if (n > 0) h[i] = x;
    return top;
}

/* The next hit of both: as sorted, and those that became shorter. */
static uint32_t next_hit(Taker *t, uint32_t *k)
{
    bool sorted = *k < t->hit.n;
    if (t->again.n == 0 ||
        (sorted && rank_of(t, t->order[*k]) < t->again.at[0]))
        return t->order[(*k)++];
    return (uint32_t)take_again(t);
}

/* Keep the hits that survive; of the others the length becomes 0.  A longer
 * or earlier one that overlaps covers one of the ends: if the first byte,
 * nothing can be taken here, if the last, something shorter may. */
static gram_status take_hits(Taker *t)
{
    for (uint32_t k = 0; k < t->hit.n || t->again.n > 0;) {
        uint32_t i = next_hit(t, &k);
        Hit *h = &t->hit.at[i];
        if (gr_bit_get(t->taken, h->at)) {
            h->len = 0;
        } else if (!gr_bit_get(t->taken, h->at + h->len - 1)) {
            gr_bit_fill(t->taken, h->at, h->at + h->len);
        } else {
            GR_TRY(find_hit(t, h->at, h->len, h));
            if (h->len > 0) GR_TRY(put_again(t, rank_of(t, i)));
        }
    }
    return GRAM_OK;
}

/* Places ascend, so the sections come out in the order of the text. */
static gram_status push_hits(Taker *t)
{
    uint32_t from = 0;
    for (uint32_t i = 0; i < t->hit.n; i++) {
        Hit h = t->hit.at[i];
        if (h.len == 0) continue;
        GR_TRY(push(t->e, (GrSpan){from, h.at - from}, UINT32_MAX));
        GR_TRY(push(t->e, (GrSpan){h.at, h.len}, t->m->id[h.index]));
        from = h.at + h.len;
    }
    return push(t->e, (GrSpan){from, t->n - from}, UINT32_MAX);
}

static gram_status run_taker(Taker *t)
{
    GR_TRY(find_hits(t));
    if (t->hit.n == 0) return push(t->e, (GrSpan){0, t->n}, UINT32_MAX);
    GR_TRY(sort_hits(t));
    t->taken = gr_zalloc(&t->e->env, gr_bit_words(t->n), sizeof *t->taken);
    if (t->taken == NULL) return GRAM_E_MEMORY;
    GR_TRY(take_hits(t));
    return push_hits(t);
}

static gram_status by_length(GrEncoder *e, const GrMatcher *m, const char *p,
                             uint32_t n)
{
    Taker t = {.e = e, .m = m, .p = p, .n = n};
    GrEnv *env = &e->env;
    gram_status s = run_taker(&t);
    gr_free(env, t.taken, gr_bit_words(n) * sizeof *t.taken);
    gr_free(env, t.start, ((size_t)t.longest + 2) * sizeof *t.start);
    gr_free(env, t.order, (size_t)t.hit.n * sizeof *t.order);
    gr_vec_clear(env, &t.hit);
    gr_vec_clear(env, &t.again);
    return s;
}

gram_status gr_added_split(GrEncoder *e, const GrMatcher *m, const char *p,
                           uint32_t n, bool longest_first)
{
    e->section.n = e->section_id.n = 0;
    if (m->n_nodes == 0) return push(e, (GrSpan){0, n}, UINT32_MAX);
    return longest_first ? by_length(e, m, p, n) : leftmost(e, m, p, n);
}
