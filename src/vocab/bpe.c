/* Byte pairs: merge the best neighbouring pair until none can be merged.
 *
 * Symbols lie where they begin, in an array as long as the piece; the last
 * byte of a symbol holds its length too, so that both neighbours are found
 * by adding and subtracting.  Pairs that can merge wait in order of
 * (priority, position).  A megabyte of one letter has a million of them and
 * a handful of priorities, so they wait in lists: what comes behind the last
 * of its priority is appended, and a binary heap has only the heads.
 *
 *     a b a b a b c     heap   (ab, 0)        (bc, 5)
 *     0 1 2 3 4 5 6              0 -> 2 -> 4      5
 *
 * A pair that has lost one of its sides meanwhile is recognised by the length
 * that it spans.  Every merge adds at most two pairs, so a piece of n bytes
 * costs O(n log n), and O(n) where it repeats itself; rescanning all pairs
 * after each merge, which most tokenizers do, is quadratic.
 *
 * A piece may be a whole book (SentencePiece does not split).  It is cut
 * wherever two neighbouring bytes occur side by side in no token at all: no
 * merge can cross such a place, so the result is the same, and everything
 * stays in the cache.
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

/* Besides NONE, ids that are no token's: of a byte inside of a symbol, and of
 * a user token that merges with nothing. */
enum { ID_BITS = 22 };
#define INSIDE 0xFFFFFFFEu
#define FROZEN 0x40000000u

/* --- the queue ------------------------------------------------------------ */

static gram_status heap_push(GrEncoder *e, GrBpeHead x)
{
    GR_TRY(gr_vec_push(&e->env, &e->heap, x));
    GrBpeHead *h = e->heap.at;
    uint32_t i = e->heap.n - 1;
    for (; i > 0 && h[(i - 1) / 2].order > x.order; i = (i - 1) / 2)
        h[i] = h[(i - 1) / 2];
    h[i] = x;
    return GRAM_OK;
}

/* x in the place of the top. */
static void heap_replace(GrEncoder *e, GrBpeHead x)
{
    GrBpeHead *h = e->heap.at;
    uint32_t i = 0, n = e->heap.n;
    for (uint32_t k = 1; k < n; k = 2 * i + 1) {
        if (k + 1 < n && h[k + 1].order < h[k].order) k++;
        if (h[k].order >= x.order) break;
        h[i] = h[k];
        i = k;
    }
    h[i] = x;
}

/* What waits: the symbol at `at` and the one behind it, to become `id`. */
typedef struct Pair {
    uint32_t at, priority, id;
} Pair;

static gram_status new_list(GrEncoder *e, Pair x, uint32_t *out)
{
    GrBpeList list = {NONE, x.priority, x.id, 0, 1, {x.at}};
    if (e->free_list == NONE) {
        *out = e->list.n;
        return gr_vec_push(&e->env, &e->list, list);
    }
    *out = e->free_list;
    e->free_list = e->list.at[*out].next;
    e->list.at[*out] = list;
    return GRAM_OK;
}

/* No pair becomes NONE, so that nothing is appended to it any more. */
static void free_list(GrEncoder *e, uint32_t i)
{
    e->list.at[i].id = NONE;
    e->list.at[i].next = e->free_list;
    e->free_list = i;
}

/* x waits at the end of *tail if that is the end of a list, of the same token
 * and of places before x; else in a list of its own.  *tail may be a list of
 * long ago: all that is asked of it is checked. */
static gram_status wait(GrEncoder *e, Pair x, uint32_t *tail)
{
    uint32_t last = *tail;
    GrBpeList *t = last < e->list.n ? &e->list.at[last] : NULL;
    bool behind = t && t->id == x.id && t->priority == x.priority &&
                  t->next == NONE && t->at[t->n - 1] < x.at;
    if (behind && t->n < GR_WAITING) {
        t->at[t->n++] = x.at;
        return GRAM_OK;
    }
    GR_TRY(new_list(e, x, tail));
    if (!behind)
        return heap_push(e, (GrBpeHead){gr_pair(x.priority, x.at), *tail});
    e->list.at[last].next = *tail;
    return GRAM_OK;
}

/* Lists go through all of the piece, in strides that no processor guesses:
 * symbols are fetched a few places ahead. */
static void fetch(const GrEncoder *e, const GrBpeList *t)
{
    enum { AHEAD = 6 };
    const GrBpeList *next = t->next != NONE ? &e->list.at[t->next] : NULL;
    uint32_t k = t->from + AHEAD;
    if (t->from == 0 && next) __builtin_prefetch(next);
    if (k < t->n)
        __builtin_prefetch(&e->symbol.at[t->at[k]]);
    else if (next)
        __builtin_prefetch(&e->symbol.at[next->at[k - t->n]]);
}

/* The best pair of all. */
static Pair take(GrEncoder *e)
{
    uint32_t i = e->heap.at[0].list, next = i;
    GrBpeList *t = &e->list.at[i];
    Pair x = {t->at[t->from++], t->priority, t->id};
    if (t->from == t->n) {
        next = t->next;
        free_list(e, i);
    }
    if (next != NONE) {
        t = &e->list.at[next];
        fetch(e, t);
        heap_replace(e, (GrBpeHead){gr_pair(x.priority, t->at[t->from]), next});
    } else if (--e->heap.n > 0) {
        heap_replace(e, e->heap.at[e->heap.n]);
    }
    return x;
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

/* What the token ids left and right, in this order p[0..len), become; false
 * where they do not merge. */
static bool find_pair(GrEncoder *e, uint32_t left, uint32_t right,
                      const char *p, uint32_t len, uint32_t *priority,
                      uint32_t *id)
{
    if (e->model.op == GR_OP_MERGES) {
        bool first = (e->model.flags & GR_BPE_DROP_UNKNOWN) != 0;
        if (left == NONE || right == NONE) return false;
        *priority = gr_merges_find(&e->merges, left, right, first);
        if (*priority == NONE) return false;
        *id = merged_id(e, *priority, p, len);
        return *id != NONE;
    }
    *id = gr_keys_find(&e->keys, p, len);
    if (*id == NONE) return false;
    if (e->model.op == GR_OP_SCORES && *id >= e->n_scores) return false;
    *priority = e->model.op == GR_OP_RANKS ? *id : score_priority(e, *id);
    return true;
}

static GrBpePair *pair_place(const GrEncoder *e, uint32_t left, uint32_t right)
{
    uint32_t h = left * 0x9E3779B1u ^ right * 0x85EBCA6Bu;
    return &e->pair[(h ^ h >> 15) & (GR_PAIRS - 1)];
}

/* Texts repeat their pairs even more than their words. */
static GrBpePair *get_pair(GrEncoder *e, uint32_t left, uint32_t right,
                           const char *p, uint32_t len)
{
    GrBpePair *x = pair_place(e, left, right);
    if (x->left == left && x->right == right) return x;
    *x = (GrBpePair){left, right, NONE, NONE, NONE};
    if (!find_pair(e, left, right, p, len, &x->priority, &x->id)) x->id = NONE;
    return x;
}

/* One side is frozen, or has no token of its own: nothing to remember. */
static gram_status consider_odd(GrEncoder *e, const char *p, uint32_t at,
                                uint32_t left, uint32_t right, uint32_t len)
{
    Pair x = {at, NONE, NONE};
    uint32_t tail = NONE;
    if ((left != NONE && (left & FROZEN)) ||
        (right != NONE && (right & FROZEN)) ||
        !find_pair(e, left, right, p + at, len, &x.priority, &x.id))
        return GRAM_OK;
    return wait(e, x, &tail);
}

/* The symbol at `at` and the one behind it, if there is one. */
static gram_status consider(GrEncoder *e, const char *p, uint32_t at)
{
    const GrBpeSymbol *s = e->symbol.at, *l = &s[at];
    if (at + l->len >= e->symbol.n) return GRAM_OK;
    const GrBpeSymbol *r = l + l->len;
    uint32_t len = l->len + r->len;
    if ((l->id | r->id) >> ID_BITS)
        return consider_odd(e, p, at, l->id, r->id, len);
    GrBpePair *x = get_pair(e, l->id, r->id, p + at, len);
    if (x->id == NONE) return GRAM_OK;
    return wait(e, (Pair){at, x->priority, x->id}, &x->tail);
}

/* --- symbols -------------------------------------------------------------- */

/* Both ends of a symbol say how long it is. */
static void put_symbol(GrBpeSymbol *s, uint32_t id, uint32_t len)
{
    s[len - 1] = (GrBpeSymbol){INSIDE, len};
    s[0] = (GrBpeSymbol){id, len};
}

/* Piece by piece: a frozen user token, a character or a byte. */
static void add_characters(GrEncoder *e, const char *p, uint32_t n, bool bytes)
{
    uint32_t len, id;
    for (uint32_t at = 0; at < n; at += len) {
        len = e->frozen ? gr_matcher_longest(&e->env, &e->added_raw, p + at,
                                             n - at, &id)
                        : 0;
        if (len > 0) {
            id |= FROZEN;
        } else {
            len = 1;
            if (!bytes) gr_utf8_get(p + at, n - at, &len);
            id = len == 1 ? e->first_id[(uint8_t)p[at]]
                          : gr_keys_find(&e->keys, p + at, len);
        }
        for (uint32_t i = 1; i < len; i++) e->symbol.at[at + i].id = INSIDE;
        put_symbol(&e->symbol.at[at], id, len);
    }
}

static gram_status add_symbols(GrEncoder *e, const char *p, uint32_t n)
{
    bool bytes = (e->model.flags & GR_BPE_BYTES) != 0 ||
                 e->model.op == GR_OP_RANKS;
    e->symbol.n = 0;
    GR_TRY(gr_vec_reserve(&e->env, &e->symbol, n));
    GR_TRY(gr_step(&e->env, n));
    e->symbol.n = n;
    if (!bytes || e->frozen) {
        add_characters(e, p, n, bytes);
        return GRAM_OK;
    }
    for (uint32_t i = 0; i < n; i++)
        e->symbol.at[i] = (GrBpeSymbol){e->first_id[(uint8_t)p[i]], 1};
    return GRAM_OK;
}

/* A pair whose left side is gone or grown, or whose right side is, spans
 * another length: from one place, they only grow. */
static bool is_stale(const GrEncoder *e, const Pair *x)
{
    const GrBpeSymbol *l = &e->symbol.at[x->at];
    if (l->id == INSIDE || x->at + l->len >= e->symbol.n) return true;
    return l->len + l[l->len].len != e->key[x->id].len;
}

static gram_status merge_all(GrEncoder *e, const char *p)
{
    GrBpeSymbol *s = e->symbol.at;
    e->heap.n = e->list.n = 0;
    e->free_list = NONE;
    for (uint32_t at = 0; at < e->symbol.n; at += s[at].len)
        GR_TRY(consider(e, p, at));
    while (e->heap.n > 0) {
        Pair x = take(e);
        if (is_stale(e, &x)) continue;
        s[x.at + s[x.at].len].id = INSIDE;
        put_symbol(&s[x.at], x.id, e->key[x.id].len);
        if (x.at > 0) GR_TRY(consider(e, p, x.at - s[x.at - 1].len));
        GR_TRY(consider(e, p, x.at));
    }
    return GRAM_OK;
}

static gram_status put_symbols(GrEncoder *e, const char *p, bool *was_unknown)
{
    const GrBpeSymbol *s = e->symbol.at;
    for (uint32_t at = 0; at < e->symbol.n; at += s[at].len) {
        if (s[at].id == NONE) {
            GR_TRY(gr_put_unknown(e, p + at, s[at].len, was_unknown));
            continue;
        }
        GR_TRY(gr_put_id(e, s[at].id & ~FROZEN));
        *was_unknown = false;
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
        if (e->symbol.at[i].id == NONE) return true;
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
    e->pair = gr_zalloc(&e->env, GR_PAIRS, sizeof *e->pair);
    if (e->seen == NULL || e->pair == NULL) return GRAM_E_MEMORY;
    memset(e->pair, 0xFF, GR_PAIRS * sizeof *e->pair);
    for (uint32_t b = 0; b < 256; b++) {
        char c = (char)(uint8_t)b;
        e->first_id[b] = gr_keys_find(&e->keys, &c, 1);
    }
    if (e->model.op != GR_OP_MERGES) return GRAM_OK;
    return gr_merges_init(e, &e->merges);
}
