/* Byte pairs: merge the best neighbouring pair until none can be merged.
 *
 * Symbols are a doubly linked list over the piece; candidate pairs wait in a
 * binary heap ordered by (priority, position), stale ones being recognised
 * when they come up by the length that they spanned.  Every merge adds at
 * most two candidates, so a piece of n bytes costs O(n log n), also when it
 * is one letter a million times.  Rescanning all pairs after each merge,
 * which most tokenizers do, is quadratic.
 *
 * A piece may be a whole book (SentencePiece does not split).  It is cut
 * wherever two neighbouring bytes occur side by side in no token at all: no
 * merge can cross such a place, so the result is the same, and the list and
 * the heap stay in the cache.
 *
 * Three kinds differ only in how a pair gets its priority:
 *
 *     ranks    the id of the token that both spell (tiktoken)
 *     merges   the rank of (left, right) in a list (Hugging Face, GPT-2)
 *     scores   the score of the token that both spell (SentencePiece)
 *
 * Sources: Sennrich et al., "Neural Machine Translation of Rare Words with
 * Subword Units" (2016), for the idea; the named tokenizers for ties. */
#include "vocab/encoder.h"

#define NONE UINT32_MAX

/* --- the heap ------------------------------------------------------------- */

static gram_status heap_push(GrEncoder *e, GrBpePair x)
{
    GR_TRY(gr_vec_push(&e->env, &e->heap, x));
    GrBpePair *h = e->heap.at;
    uint32_t i = e->heap.n - 1;
    for (; i > 0 && h[(i - 1) / 2].order > x.order; i = (i - 1) / 2)
        h[i] = h[(i - 1) / 2];
    h[i] = x;
    return GRAM_OK;
}

static GrBpePair heap_pop(GrEncoder *e)
{
    GrBpePair *h = e->heap.at, top = h[0], x = h[--e->heap.n];
    uint32_t i = 0, n = e->heap.n;
    for (uint32_t k = 1; k < n; k = 2 * i + 1) {
        if (k + 1 < n && h[k + 1].order < h[k].order) k++;
        if (h[k].order >= x.order) break;
        h[i] = h[k];
        i = k;
    }
    if (n > 0) h[i] = x;
    return top;
}

/* --- priorities ----------------------------------------------------------- */

/* Floats in descending order as ascending integers; NaN last. */
static uint32_t descending(float f)
{
    uint32_t u;
    if (f != f) return NONE;
    memcpy(&u, &f, sizeof u);
    if (u == 0x80000000u) u = 0; /* -0 is 0 */
    u = u >> 31 ? ~u : u | 0x80000000u;
    return ~u;
}

static uint32_t score_priority(const GrEncoder *e, uint32_t id)
{
    float f = 0;
    uint32_t bits = gr_load_u32(e->model.p + 4 * (size_t)id);
    memcpy(&f, &bits, sizeof f);
    return descending(f);
}

/* May the symbols a and b become one?  Then *x is filled. */
static bool pair_of(const GrEncoder *e, const char *p, uint32_t a, uint32_t b,
                    GrBpePair *x)
{
    const GrBpeSymbol *l = &e->symbol.at[a], *r = &e->symbol.at[b];
    uint32_t priority, id;
    x->len = l->len + r->len;
    if (e->model.op == GR_OP_MERGES) {
        if (l->id == NONE || r->id == NONE) return false;
        uint32_t *rank = gr_map_find(&e->pair, gr_pair(l->id, r->id));
        if (rank == NULL) return false;
        priority = *rank;
        id = e->merged[priority];
    } else {
        id = gr_keys_find(&e->keys, p + l->at, x->len);
        if (id == NONE) return false;
        if (e->model.op == GR_OP_SCORES && id >= e->n_scores) return false;
        priority = e->model.op == GR_OP_RANKS ? id : score_priority(e, id);
    }
    x->order = gr_pair(priority, a);
    x->id = id;
    return true;
}

static gram_status consider(GrEncoder *e, const char *p, uint32_t a, uint32_t b)
{
    GrBpePair x;
    if (a == NONE || b == NONE || !pair_of(e, p, a, b, &x)) return GRAM_OK;
    return heap_push(e, x);
}

/* --- symbols -------------------------------------------------------------- */

static gram_status add_symbol(GrEncoder *e, const char *p, uint32_t at,
                              uint32_t len, uint32_t id)
{
    uint32_t i = e->symbol.n;
    if (id == NONE) id = gr_keys_find(&e->keys, p + at, len);
    GrBpeSymbol s = {at, len, i ? i - 1 : NONE, i + 1, id};
    return gr_vec_push(&e->env, &e->symbol, s);
}

/* A frozen user token, a byte or a character. */
static gram_status add_symbols(GrEncoder *e, const char *p, uint32_t n)
{
    bool bytes = (e->model.flags & GR_BPE_BYTES) != 0 ||
                 e->model.op == GR_OP_RANKS;
    uint32_t len;
    e->symbol.n = 0;
    for (uint32_t at = 0; at < n; at += len) {
        uint32_t id = NONE;
        len = e->frozen ? gr_matcher_longest(&e->added_raw, p + at, n - at, &id)
                        : 0;
        if (len == 0 && bytes)
            len = 1;
        else if (len == 0)
            gr_utf8_get(p + at, n - at, &len);
        GR_TRY(add_symbol(e, p, at, len, id));
    }
    e->symbol.at[e->symbol.n - 1].after = NONE;
    return GRAM_OK;
}

/* Frozen tokens merge with nothing. */
static bool is_frozen(const GrEncoder *e, const char *p, uint32_t i)
{
    const GrBpeSymbol *s = &e->symbol.at[i];
    uint32_t id;
    return e->frozen && s->len > 0 && s->id != NONE &&
           e->vocab->kind[s->id] == GR_TOKEN_USER &&
           gr_matcher_longest(&e->added_raw, p + s->at, s->len, &id) == s->len;
}

static gram_status consider_free(GrEncoder *e, const char *p, uint32_t a,
                                 uint32_t b)
{
    if (a == NONE || b == NONE) return GRAM_OK;
    if (e->frozen && (is_frozen(e, p, a) || is_frozen(e, p, b))) return GRAM_OK;
    return consider(e, p, a, b);
}

static gram_status merge_all(GrEncoder *e, const char *p)
{
    e->heap.n = 0;
    for (uint32_t i = 1; i < e->symbol.n; i++)
        GR_TRY(consider_free(e, p, i - 1, i));
    while (e->heap.n > 0) {
        GrBpePair x = heap_pop(e);
        GrBpeSymbol *s = e->symbol.at, *l = &s[(uint32_t)x.order];
        if (l->len == 0 || l->after == NONE) continue;
        GrBpeSymbol *r = &s[l->after];
        if (l->len + r->len != x.len) continue;
        l->len = x.len;
        l->id = x.id;
        r->len = 0;
        l->after = r->after;
        uint32_t left = (uint32_t)x.order;
        if (l->after != NONE) s[l->after].before = left;
        GR_TRY(consider_free(e, p, l->before, left));
        GR_TRY(consider_free(e, p, left, l->after));
    }
    return GRAM_OK;
}

static gram_status put_symbols(GrEncoder *e, const char *p, bool *was_unknown)
{
    for (uint32_t i = 0; i < e->symbol.n; i++) {
        const GrBpeSymbol *s = &e->symbol.at[i];
        if (s->len == 0) continue;
        if (s->id != NONE) {
            GR_TRY(gr_put_id(e, s->id));
            *was_unknown = false;
        } else {
            GR_TRY(gr_put_unknown(e, p + s->at, s->len, was_unknown));
        }
    }
    return GRAM_OK;
}

static bool is_whole(const GrEncoder *e, const char *p, uint32_t n)
{
    if (e->model.flags & GR_BPE_WHOLE) return true;
    if (!(e->model.flags & GR_BPE_NEWLINES)) return false;
    for (uint32_t i = 0; i < n; i++)
        if (p[i] != '\n') return false;
    return true;
}

gram_status gr_bpe_run(GrEncoder *e, const char *p, uint32_t n)
{
    if (is_whole(e, p, n)) {
        uint32_t id = gr_keys_find(&e->keys, p, n);
        if (id != NONE) return gr_put_id(e, id);
    }
    bool unknown = false;
    for (uint32_t from = 0, to; from < n; from = to) {
        to = gr_joined_end(e, p, n, from);
        GR_TRY(add_symbols(e, p + from, to - from));
        GR_TRY(merge_all(e, p + from));
        GR_TRY(put_symbols(e, p + from, &unknown));
    }
    return GRAM_OK;
}

/* --- places that no token spans ------------------------------------------- */

static void join(GrEncoder *e, const char *p, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        gr_bit_set(e->joined, (uint32_t)(uint8_t)p[i - 1] << 8 | (uint8_t)p[i]);
}

/* Continuation bytes are joined to whatever is before them, so that no
 * character is cut; so are user tokens. */
gram_status gr_joined_open(GrEncoder *e)
{
    const GrVocab *v = e->vocab;
    e->joined = gr_zalloc(&e->env, 65536 / 32, sizeof *e->joined);
    if (e->joined == NULL) return GRAM_E_MEMORY;
    for (uint32_t x = 0; x < 256; x++)
        gr_bit_fill(e->joined, x << 8 | 0x80, x << 8 | 0xC0);
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        uint32_t len;
        join(e, e->keys.text + e->key[t].at, e->key[t].len);
        if (v->kind[t] != GR_TOKEN_USER) continue;
        const char *p = gr_vocab_bytes(v, t, &len);
        join(e, p, len);
    }
    return GRAM_OK;
}

uint32_t gr_joined_end(const GrEncoder *e, const char *p, uint32_t n,
                       uint32_t from)
{
    uint32_t i = from + 1;
    while (i < n && gr_bit_get(e->joined, (uint32_t)(uint8_t)p[i - 1] << 8 |
                                              (uint8_t)p[i]))
        i++;
    return i;
}

/* --- preparing ------------------------------------------------------------ */

/* The token that left and right spell together. */
static gram_status spell_pair(GrEncoder *e, uint32_t l, uint32_t r,
                              uint32_t *id)
{
    const char *text = e->keys.text;
    GrSpan a = e->key[l], b = e->key[r];
    e->piece.n = 0;
    GR_TRY(gr_text_put(&e->env, &e->piece, text + a.at, a.len));
    GR_TRY(gr_text_put(&e->env, &e->piece, text + b.at, b.len));
    *id = gr_keys_find(&e->keys, e->piece.at, e->piece.n);
    return GRAM_OK;
}

static gram_status read_merges(GrEncoder *e, uint32_t n)
{
    uint32_t n_tokens = e->vocab->n_tokens, id;
    bool first_wins = (e->model.flags & GR_BPE_DROP_UNKNOWN) != 0;
    for (uint32_t rank = 0; rank < n; rank++) {
        uint32_t l = gr_load_u32(e->model.p + 8 * (size_t)rank);
        uint32_t r = gr_load_u32(e->model.p + 8 * (size_t)rank + 4);
        e->merged[rank] = NONE;
        if (l >= n_tokens || r >= n_tokens) continue;
        GR_TRY(spell_pair(e, l, r, &id));
        e->merged[rank] = id;
        if (id == NONE) continue;
        if (first_wins && gr_map_find(&e->pair, gr_pair(l, r))) continue;
        GR_TRY(gr_map_put(&e->env, &e->pair, gr_pair(l, r), rank));
    }
    return GRAM_OK;
}

gram_status gr_bpe_open(GrEncoder *e)
{
    uint32_t n = e->model.len / 8;
    GR_TRY(gr_joined_open(e));
    if (e->model.op != GR_OP_MERGES) return GRAM_OK;
    e->merged = gr_zalloc(&e->env, n, sizeof *e->merged);
    if (e->merged == NULL) return GRAM_E_MEMORY;
    return read_merges(e, n);
}
