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

/* The token that the merge of this rank makes, p[0..len) being its bytes;
 * looked up when first asked for, because texts need few of all merges. */
static uint32_t merged_id(GrEncoder *e, uint32_t rank, const char *p,
                          uint32_t len)
{
    uint32_t *id = &e->merges.id[rank];
    if (*id == 0) *id = gr_keys_find(&e->keys, p, len) + 1;
    return *id - 1;
}

/* May the symbols a and b become one?  Then *x is filled. */
static bool pair_of(GrEncoder *e, const char *p, uint32_t a, uint32_t b,
                    GrBpePair *x)
{
    const GrBpeSymbol *l = &e->symbol.at[a], *r = &e->symbol.at[b];
    uint32_t priority, id;
    x->len = l->len + r->len;
    if (e->model.op == GR_OP_MERGES) {
        bool first = (e->model.flags & GR_BPE_DROP_UNKNOWN) != 0;
        if (l->id == NONE || r->id == NONE) return false;
        priority = gr_merges_find(&e->merges, l->id, r->id, first);
        if (priority == NONE) return false;
        id = merged_id(e, priority, p + l->at, x->len);
        if (id == NONE) return false;
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
    if (id == NONE)
        id = len == 1 ? e->first_id[(uint8_t)p[at]]
                      : gr_keys_find(&e->keys, p + at, len);
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
        len = e->frozen ? gr_matcher_longest(&e->env, &e->added_raw, p + at,
                                             n - at, &id)
                        : 0;
        if (len == 0 && bytes)
            len = 1;
        else if (len == 0)
            gr_utf8_get(p + at, n - at, &len);
        GR_TRY(gr_step(&e->env, 1));
        GR_TRY(add_symbol(e, p, at, len, id));
    }
    e->symbol.at[e->symbol.n - 1].after = NONE;
    return GRAM_OK;
}

/* Frozen tokens merge with nothing. */
static bool is_frozen(GrEncoder *e, const char *p, uint32_t i)
{
    const GrBpeSymbol *s = &e->symbol.at[i];
    uint32_t id;
    return e->frozen && s->len > 0 && s->id != NONE &&
           e->vocab->kind[s->id] == GR_TOKEN_USER &&
           gr_matcher_longest(&e->env, &e->added_raw, p + s->at, s->len, &id) ==
               s->len;
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

/* --- pieces seen before --------------------------------------------------- */

/* Texts repeat their words.  A stretch without unknowns has the same ids
 * wherever it stands; a new one takes the place of what hashes alike. */
static GrSeen *seen_place(const GrEncoder *e, const char *p, uint32_t n)
{
    if (n > GR_SEEN_BYTES) return NULL;
    return &e->seen[gr_hash(p, n, 0) & (GR_SEEN - 1)];
}

static bool is_seen(const GrSeen *s, const char *p, uint32_t n)
{
    return s != NULL && s->len == n && memcmp(s->bytes, p, n) == 0;
}

/* The ids behind `from` in e->out are those of p[0..n). */
static void remember(const GrEncoder *e, GrSeen *s, const char *p, uint32_t n,
                     uint32_t from)
{
    uint32_t ids = e->out.n - from;
    if (s == NULL || ids > GR_SEEN_IDS) return;
    memcpy(s->bytes, p, n);
    memcpy(s->ids, e->out.at + from, ids * sizeof *s->ids);
    s->len = (uint8_t)n;
    s->n = ids;
}

static gram_status recall(GrEncoder *e, const GrSeen *s)
{
    GR_TRY(gr_vec_reserve(&e->env, &e->out, s->n));
    memcpy(e->out.at + e->out.n, s->ids, s->n * sizeof *s->ids);
    e->out.n += s->n;
    return GRAM_OK;
}

static bool has_unknown(const GrEncoder *e)
{
    for (uint32_t i = 0; i < e->symbol.n; i++)
        if (e->symbol.at[i].len > 0 && e->symbol.at[i].id == NONE) return true;
    return false;
}

/* A stretch that no token leaves. */
static gram_status run_stretch(GrEncoder *e, const char *p, uint32_t n,
                               bool *was_unknown)
{
    GrSeen *s = seen_place(e, p, n);
    if (is_seen(s, p, n)) {
        *was_unknown = false;
        return recall(e, s);
    }
    GR_TRY(add_symbols(e, p, n));
    GR_TRY(merge_all(e, p));
    uint32_t from = e->out.n;
    GR_TRY(put_symbols(e, p, was_unknown));
    if (!has_unknown(e)) remember(e, s, p, n, from);
    return GRAM_OK;
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
        GR_TRY(run_stretch(e, p + from, to - from, &unknown));
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

gram_status gr_bpe_open(GrEncoder *e)
{
    GR_TRY(gr_joined_open(e));
    e->seen = gr_zalloc(&e->env, GR_SEEN, sizeof *e->seen);
    if (e->seen == NULL) return GRAM_E_MEMORY;
    for (uint32_t b = 0; b < 256; b++) {
        char c = (char)(uint8_t)b;
        e->first_id[b] = gr_keys_find(&e->keys, &c, 1);
    }
    if (e->model.op != GR_OP_MERGES) return GRAM_OK;
    return gr_merges_init(e, &e->merges);
}
