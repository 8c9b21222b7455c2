/* Words: a finite set of strings as one node, however many there are.
 *
 * A dict is an interned key, so equal lists are one list:
 *
 *     [ n | plain | offset 0..n | index 0..n-1 (unless plain) | bytes ... ]
 *
 * with the words sorted by bytes, which in UTF-8 is the order of code
 * points.  Words that share a prefix are neighbours; the residual after that
 * prefix is (dict, lo, hi, depth):
 *
 *     depth 2     c a|r         lo
 *                 c a|r t
 *                 c a|t         hi - 1
 *
 * A derivative narrows lo..hi by binary search on the next character.  Where
 * that leaves a few words, they become a list of their own: residuals that
 * are equal are then one node, whichever list they come from.
 * Compared to a trie there is nothing to build but the sort, O(n log n), and
 * nothing to store but the bytes.  A list whose words carry no numbers is
 * `plain`: its finished last word is eps, like every other. */
#include "regex/re_pool.h"

typedef GrVec(GrWord) Words;

typedef struct Dict {
    uint32_t n, plain;
    const uint32_t *offset; /* [n + 1] into bytes */
    const uint32_t *index;  /* [n], or NULL if plain */
    const char *bytes;
} Dict;

/* A view of the key, which never moves. */
static Dict dict_get(const GrRe *re, uint32_t id)
{
    const uint32_t *k = gr_intern_get(&re->dicts, id, NULL);
    Dict d = {k[0], k[1], k + 2, k + 3 + k[0], NULL};
    d.bytes = (const char *)(d.index + (d.plain ? 0 : d.n));
    if (d.plain) d.index = NULL;
    return d;
}

/* --- building ------------------------------------------------------------- */

/* One comparison of numbers decides most of sorting. */
static uint64_t prefix_of(const GrWord *w)
{
    uint64_t x = 0;
    for (uint32_t i = 0; i < 8; i++)
        x = x << 8 | (i < w->len ? (unsigned char)w->text[i] : 0);
    return x;
}

/* Order of bytes, then of numbers, so that of equal words the least number
 * comes first.  Words of equal prefixes have 8 bytes or more, or one goes on
 * with zeros where the other ends: then the length decides. */
static bool item_less(const ReItem *a, const ReItem *b)
{
    if (a->prefix != b->prefix) return a->prefix < b->prefix;
    uint32_t n = a->word.len < b->word.len ? a->word.len : b->word.len;
    int c = n ? memcmp(a->word.text, b->word.text, n) : 0;
    if (c != 0) return c < 0;
    if (a->word.len != b->word.len) return a->word.len < b->word.len;
    return a->word.index < b->word.index;
}

/* Stable, though equal words are told apart by number anyway. */
static void merge(const ReItem *from, ReItem *to, uint32_t lo, uint32_t mid,
                  uint32_t hi)
{
    uint32_t i = lo, j = mid;
    for (uint32_t k = lo; k < hi; k++) {
        bool left = i < mid && (j >= hi || !item_less(&from[j], &from[i]));
        to[k] = left ? from[i++] : from[j++];
    }
}

/* Sort n items; the array has room for 2 n.  Returns where they lie.  By
 * doubling runs, from one half of the array to the other: O(n log n) always, no
 * recursion. */
static ReItem *sort_items(ReItem *a, uint32_t n)
{
    ReItem *b = a + n;
    for (uint64_t w = 1; w < n; w *= 2) {
        for (uint64_t lo = 0; lo < n; lo += 2 * w) {
            uint64_t mid = lo + w < n ? lo + w : n;
            uint64_t hi = lo + 2 * w < n ? lo + 2 * w : n;
            merge(a, b, (uint32_t)lo, (uint32_t)mid, (uint32_t)hi);
        }
        ReItem *t = a;
        a = b;
        b = t;
    }
    return a;
}

static bool item_same(const ReItem *a, const ReItem *b)
{
    return a->word.len == b->word.len && a->prefix == b->prefix &&
           (a->word.len <= 8 ||
            memcmp(a->word.text, b->word.text, a->word.len) == 0);
}

/* Drop repeated words; returns how many are left and their bytes. */
static uint32_t unique_items(ReItem *a, uint32_t n, uint64_t *bytes)
{
    uint32_t kept = 0;
    *bytes = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (kept > 0 && item_same(&a[kept - 1], &a[i])) continue;
        a[kept++] = a[i];
        *bytes += a[i].word.len;
    }
    return kept;
}

/* Intern the dict of sorted, distinct words. */
static gram_status make_dict(GrRe *re, const ReItem *a, uint32_t n,
                             uint64_t bytes, bool plain, uint32_t *id)
{
    uint64_t head = 3 + (uint64_t)n * (plain ? 1 : 2);
    uint64_t words = head + (bytes + 3) / 4;
    if (words > INT32_MAX || bytes > UINT32_MAX)
        return gr_fail(re->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a list of words of more than 2^31 bytes");
    re->key.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->key, words));
    uint32_t *k = re->key.at, at = 0;
    char *text = (char *)(k + head);
    k[words - 1] = 0;
    k[0] = n;
    k[1] = plain;
    for (uint32_t i = 0; i < n; i++) {
        const GrWord *w = &a[i].word;
        k[2 + i] = at;
        if (!plain) k[3 + n + i] = w->index;
        if (w->len) memcpy(text + at, w->text, w->len);
        at += w->len;
    }
    k[2 + n] = at;
    GR_TRY(gr_step(re->env, words));
    return gr_intern(re->env, &re->dicts, k, (uint32_t)words, id, NULL);
}

/* Each word with its prefix; the upper half of the array is the sort's. */
static gram_status collect(GrRe *re, const GrWord *words, uint32_t n,
                           bool *plain)
{
    re->items.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->items, 2 * (uint64_t)n));
    *plain = true;
    for (uint32_t i = 0; i < n; i++) {
        if (gr_utf8_valid(words[i].text, words[i].len) != words[i].len)
            return gr_fail(re->env, GRAM_E_ARGUMENT, GR_NOWHERE,
                           "a word that is not valid UTF-8");
        re->items.at[i] = (ReItem){prefix_of(&words[i]), words[i]};
        *plain &= words[i].index == GR_RE_UNNUMBERED;
    }
    return gr_step(re->env, n);
}

/* Copied, sorted, each once: the caller's array is not needed afterwards. */
gram_status gr_re_words(GrRe *re, const GrWord *words, uint32_t n, ReId *out)
{
    *out = gr_re_none(re);
    if (n == 0) return GRAM_OK;
    bool plain;
    uint64_t bytes;
    uint32_t dict;
    GR_TRY(collect(re, words, n, &plain));
    ReItem *a = sort_items(re->items.at, n);
    n = unique_items(a, n, &bytes);
    GR_TRY(make_dict(re, a, n, bytes, plain, &dict));
    return gr_words_make(re, dict, 0, n, 0, out);
}

/* One character is a set, so that it is one however it was written: "a" and
 * [a]. */
gram_status gr_re_text(GrRe *re, const char *text, size_t len, ReId *out)
{
    uint32_t n = 0;
    if (len > INT32_MAX)
        return gr_fail(re->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a literal of more than 2^31 bytes");
    uint32_t c = len ? gr_utf8_get(text, len, &n) : 0;
    if (n == len && len > 0 && c != UINT32_MAX) {
        SetId s;
        GR_TRY(gr_set_make(re, &(GrRange){c, c}, 1, &s));
        return gr_re_set(re, s, out);
    }
    GrWord w = {text, (uint32_t)len, GR_RE_UNNUMBERED};
    return gr_re_words(re, &w, 1, out);
}

/* A text, or a list of texts, without numbers? */
static bool is_texts(const GrRe *re, const ReNode *n)
{
    return n->kind == RE_WORDS && dict_get(re, n->a).plain;
}

/* What is left of each. */
static gram_status add_texts(GrRe *re, const ReNode *n, Words *out)
{
    GR_TRY(gr_vec_reserve(re->env, out, n->hi - n->lo));
    for (uint32_t i = n->lo; i < n->hi; i++) {
        GrWord *w = &out->at[out->n++];
        w->index = GR_RE_UNNUMBERED;
        w->text = gr_words_text(re, n, i, &w->len);
    }
    return gr_step(re->env, n->hi - n->lo);
}

static gram_status join_texts(GrRe *re, ReId *a, uint32_t *n)
{
    Words words = {0};
    uint32_t others = 0;
    gram_status st = GRAM_OK;
    for (uint32_t i = 0; i < *n && st == GRAM_OK; i++) {
        const ReNode *node = gr_re_node(re, a[i]);
        if (is_texts(re, node))
            st = add_texts(re, node, &words);
        else
            a[others++] = a[i];
    }
    if (st == GRAM_OK) st = gr_re_words(re, words.at, words.n, &a[others++]);
    gr_vec_clear(re->env, &words);
    *n = others;
    return st;
}

/* As alternatives each text would be asked at each step; in a list, those that
 * begin so are a range of it. */
gram_status gr_re_or_texts(GrRe *re, ReId *a, uint32_t n, ReId *out)
{
    uint32_t texts = 0;
    for (uint32_t i = 0; i < n; i++)
        texts += is_texts(re, gr_re_node(re, a[i]));
    if (texts > 1) GR_TRY(join_texts(re, a, &n));
    return gr_re_or(re, a, n, out);
}

/* --- residuals ------------------------------------------------------------ */

static uint32_t word_len(const Dict *d, uint32_t i)
{
    return d->offset[i + 1] - d->offset[i];
}

gram_status gr_words_make(GrRe *re, uint32_t dict, uint32_t lo, uint32_t hi,
                          uint32_t depth, ReId *out)
{
    Dict d = dict_get(re, dict);
    if (d.plain && hi - lo == 1 && word_len(&d, lo) == depth)
        return *out = gr_re_eps(re), GRAM_OK;
    return gr_re_make(re, RE_WORDS, dict, depth, lo, hi, out);
}

/* What the node still has of it: from its depth on. */
const char *gr_words_text(const GrRe *re, const ReNode *node, uint32_t i,
                          uint32_t *len)
{
    Dict d = dict_get(re, node->a);
    *len = word_len(&d, i) - node->b;
    return d.bytes + d.offset[i] + node->b;
}

/* The shortest comes first among words with a common beginning. */
bool gr_words_nullable(const GrRe *re, const ReNode *node)
{
    Dict d = dict_get(re, node->a);
    return word_len(&d, node->lo) == node->b;
}

bool gr_words_done(const GrRe *re, ReId a)
{
    const ReNode *n = gr_re_node(re, a);
    return n->kind == RE_WORDS && n->hi - n->lo == 1 && n->nullable;
}

/* The empty string is a list of one. */
uint32_t gr_re_n_words(const GrRe *re, ReId a)
{
    const ReNode *n = gr_re_node(re, a);
    return n->kind == RE_WORDS ? n->hi - n->lo : n->kind == RE_EPS;
}

const char *gr_re_word_text(const GrRe *re, ReId a, uint32_t i, uint32_t *len)
{
    const ReNode *n = gr_re_node(re, a);
    *len = 0;
    return n->kind == RE_WORDS ? gr_words_text(re, n, n->lo + i, len) : "";
}

uint32_t gr_re_word(const GrRe *re, ReId a)
{
    const ReNode *n = gr_re_node(re, a);
    if (n->kind != RE_WORDS || !n->nullable) return UINT32_MAX;
    Dict d = dict_get(re, n->a);
    return d.plain ? UINT32_MAX : d.index[n->lo];
}

/* How the rest of word i begins, compared with the n bytes at p: -1 before
 * them, 0 with them, 1 after them. */
static int starts(const Dict *d, uint32_t depth, uint32_t i, const char *p,
                  uint32_t n)
{
    uint32_t len = word_len(d, i) - depth, least = len < n ? len : n;
    int c = least ? memcmp(d->bytes + d->offset[i] + depth, p, least) : 0;
    return c ? c : len < n ? -1 : 0;
}

/* The first of lo..hi that comes after what starts with p (or: not before). */
static uint32_t bound(const Dict *d, uint32_t depth, uint32_t lo, uint32_t hi,
                      const char *p, uint32_t n, bool after)
{
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (starts(d, depth, mid, p, n) < (after ? 1 : 0))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* As bound(..., true), by doubling steps from lo: the cost is the logarithm
 * of what is skipped, so that walking all first characters is linear in
 * them. */
static uint32_t gallop(const Dict *d, uint32_t depth, uint32_t lo, uint32_t hi,
                       const char *p, uint32_t n)
{
    uint32_t step = 1;
    while (hi - lo > step && starts(d, depth, lo + step, p, n) == 0) {
        lo += step;
        step *= 2;
    }
    if (hi - lo > step) hi = lo + step;
    return bound(d, depth, lo, hi, p, n, true);
}

/* Put what is left of a word behind the items. */
static gram_status keep_word(GrRe *re, const Dict *d, uint32_t i,
                             uint32_t depth)
{
    GrWord w = {.index = d->plain ? GR_RE_UNNUMBERED : d->index[i]};
    w.text = d->bytes + d->offset[i] + depth;
    w.len = word_len(d, i) - depth;
    return gr_vec_push(re->env, &re->items, (ReItem){0, w});
}

/* The residual of words that have just parted from others.  A few become a
 * list of their own, by what is left of them, so that lists which differ in
 * other words (those of an enum that an array has not yet, say) have equal
 * residuals from here on. */
static gram_status parted(GrRe *re, uint32_t dict, uint32_t lo, uint32_t hi,
                          uint32_t depth, ReId *out)
{
    enum { FEW_WORDS = 16, FEW_BYTES = 256 };
    Dict d = dict_get(re, dict);
    uint32_t n = hi - lo, bytes = d.offset[hi] - d.offset[lo] - n * depth;
    if (n > FEW_WORDS || bytes > FEW_BYTES)
        return gr_words_make(re, dict, lo, hi, depth, out);
    re->items.n = 0;
    for (uint32_t i = lo; i < hi; i++) GR_TRY(keep_word(re, &d, i, depth));
    GR_TRY(make_dict(re, re->items.at, n, bytes, d.plain, &dict));
    return gr_words_make(re, dict, 0, n, 0, out);
}

/* All words from lo on share depth bytes, so comparing what follows is enough.
 * One word: no search. */
gram_status gr_words_derive(GrRe *re, ReId a, uint32_t c, ReId *out)
{
    const ReNode *node = gr_re_node(re, a);
    Dict d = dict_get(re, node->a);
    char p[4];
    uint32_t n = gr_utf8_put(c, p), depth = node->b, lo = node->lo,
             hi = node->hi;
    if (hi - lo == 1) {
        if (starts(&d, depth, lo, p, n) != 0) hi = lo;
    } else {
        lo = bound(&d, depth, lo, hi, p, n, false);
        hi = bound(&d, depth, lo, hi, p, n, true);
    }
    if (lo == hi) return *out = gr_re_none(re), GRAM_OK;
    /* others were left behind: the rest may equal another list's */
    if (hi - lo < node->hi - node->lo)
        return parted(re, node->a, lo, hi, depth + n, out);
    return gr_words_make(re, node->a, lo, hi, depth + n, out);
}

/* Word i goes on with *c, and so do its neighbours up to where gallop stops. */
uint32_t gr_words_next(const GrRe *re, const ReNode *node, uint32_t i,
                       uint32_t *c)
{
    Dict d = dict_get(re, node->a);
    const char *p = d.bytes + d.offset[i] + node->b;
    uint32_t n;
    *c = gr_utf8_get(p, word_len(&d, i) - node->b, &n);
    return gallop(&d, node->b, i, node->hi, p, n);
}

/* Does the rest of the word consist of lo..hi members of set? */
static bool word_fits(const GrRe *re, const char *p, uint32_t len, SetId set,
                      uint32_t lo, uint32_t hi)
{
    uint32_t count = 0, n;
    for (; len > 0; p += n, len -= n, count++)
        if (!gr_set_has(re, set, gr_utf8_get(p, len, &n))) return false;
    return count >= lo && (hi == GR_RE_INF || count <= hi);
}

/* The words of a that were put into re->items, as a node. */
static gram_status keep_items(GrRe *re, ReId a, uint64_t bytes, ReId *out)
{
    const ReNode *node = gr_re_node(re, a);
    uint32_t dict;
    *out = a;
    if (re->items.n == node->hi - node->lo) return GRAM_OK;
    *out = gr_re_none(re);
    if (re->items.n == 0) return GRAM_OK;
    GR_TRY(make_dict(re, re->items.at, re->items.n, bytes,
                     dict_get(re, node->a).plain, &dict));
    return gr_words_make(re, dict, 0, re->items.n, 0, out);
}

/* The words keep their order and their numbers. */
gram_status gr_words_filter(GrRe *re, ReId a, SetId set, uint32_t lo,
                            uint32_t hi, ReId *out)
{
    const ReNode *node = gr_re_node(re, a);
    Dict d = dict_get(re, node->a);
    uint64_t bytes = 0;
    re->items.n = 0;
    for (uint32_t i = node->lo; i < node->hi; i++) {
        uint32_t len;
        const char *p = gr_words_text(re, node, i, &len);
        GR_TRY(gr_step(re->env, len + 1));
        if (!word_fits(re, p, len, set, lo, hi)) continue;
        bytes += len;
        GR_TRY(keep_word(re, &d, i, node->b));
    }
    return keep_items(re, a, bytes, out);
}

/* -1, 0, 1 as the word p of n bytes stands to the word q of m. */
static int compare(const char *p, uint32_t n, const char *q, uint32_t m)
{
    uint32_t least = n < m ? n : m;
    int c = least ? memcmp(p, q, least) : 0;
    return c ? c : (n > m) - (n < m);
}

/* Both lists are sorted: one pass over them. */
gram_status gr_words_minus(GrRe *re, ReId a, ReId b, ReId *out)
{
    const ReNode *x = gr_re_node(re, a), *y = gr_re_node(re, b);
    Dict d = dict_get(re, x->a);
    uint64_t bytes = 0;
    re->items.n = 0;
    for (uint32_t i = x->lo, j = y->lo; i < x->hi; i++) {
        uint32_t n, m = 0;
        const char *p = gr_words_text(re, x, i, &n), *q;
        int order = 1;
        while (j < y->hi) {
            q = gr_words_text(re, y, j, &m);
            order = compare(q, m, p, n);
            if (order >= 0) break;
            order = 1;
            j++;
            GR_TRY(gr_step(re->env, 1));
        }
        GR_TRY(gr_step(re->env, 1));
        if (order == 0) continue;
        bytes += n;
        GR_TRY(keep_word(re, &d, i, x->b));
    }
    return keep_items(re, a, bytes, out);
}
