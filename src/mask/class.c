/* A class of characters: which tokens are made of it alone.
 *
 * In: ranges of code points and a vocabulary.  Out: a row, and on demand the
 * tokens by number of characters.  Method: signs (vocab.h) settle nearly every
 * token by a union of rows; the others are decoded.
 *
 *     class [0-9a-e]          groups of code points, a row of tokens each
 *
 *     0-1 2-7 8-9             wholly in the class
 *     outside  g-z " Greek .. nothing of them in the class
 *     cut      a-f            tokens with these and none outside: decoded
 *
 *     "2024" is one    "day" is none    "bed", "feed" are decoded
 *
 * Where lengths are bounded (maxLength, {1,64}) members are sorted by their
 * number of characters: those of at most k are a stretch from the beginning,
 * and rows of the first few k are kept.
 *
 * A class of plain characters is not counted: what the plain class knows of
 * lengths holds for its members.
 *
 * Cost: a union of some 40 rows (16 KiB each for 128k tokens: 10 us). */
#include "mask/kernels.h"
#include "mask/mask_int.h"

/* --- ranges --------------------------------------------------------------- */

/* The i-th range without surrogates, where each of the n ranges given may
 * become two: pieces 2r and 2r + 1; empty ones are skipped by the callers. */
static bool piece(const uint32_t *ranges, uint32_t i, uint32_t *lo,
                  uint32_t *hi)
{
    *lo = ranges[i & ~1u];
    *hi = ranges[i | 1u];
    if (i & 1) {
        if (*lo < 0xE000) *lo = 0xE000;
    } else if (*hi > 0xD7FF) {
        *hi = 0xD7FF;
    }
    return *lo <= *hi;
}

/* Two classes are one if their ranges are, surrogates aside: those are no
 * characters of UTF-8, and front ends differ in what they say of them. */
bool gr_class_is(const uint32_t *own, uint32_t n_own, const uint32_t *ranges,
                 uint32_t n)
{
    uint32_t at = 0, lo, hi;
    for (uint32_t i = 0; i < 2 * n; i++) {
        if (!piece(ranges, i, &lo, &hi)) continue;
        if (at == n_own || own[2 * at] != lo || own[2 * at + 1] != hi)
            return false;
        at++;
    }
    return at == n_own;
}

uint32_t gr_class_ranges(const uint32_t *ranges, uint32_t n, uint32_t *out)
{
    uint32_t k = 0;
    for (uint32_t i = 0; i < 2 * n; i++)
        if (piece(ranges, i, &out[2 * k], &out[2 * k + 1])) k++;
    return k;
}

/* ASCII once more as bits: nearly all characters asked about are that. */
static gram_status copy_ranges(GrEnv *env, Class *c, const uint32_t *ranges,
                               uint32_t n)
{
    c->ranges = gr_arena_take(env, c->arena, (size_t)n * 4 * sizeof *ranges);
    if (c->ranges == NULL) return GRAM_E_MEMORY;
    c->n = gr_class_ranges(ranges, n, c->ranges);
    for (uint32_t i = 0; i < c->n && c->ranges[2 * i] < 128; i++) {
        uint32_t hi = c->ranges[2 * i + 1];
        gr_bit_fill(c->ascii, c->ranges[2 * i], hi < 127 ? hi + 1 : 128);
    }
    return GRAM_OK;
}

/* Letters of all scripts are hundreds of ranges. */
uint32_t gr_class_from(const Class *c, uint32_t code)
{
    uint32_t lo = 0, hi = c->n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (code > c->ranges[2 * mid + 1])
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void gr_range_put(uint32_t *to, uint32_t *n, uint32_t lo, uint32_t hi)
{
    if (*n > 0 && to[2 * *n - 1] + 1 == lo) {
        to[2 * *n - 1] = hi;
        return;
    }
    to[2 * *n] = lo;
    to[2 * *n + 1] = hi;
    ++*n;
}

/* UINT32_MAX is what no character decodes to. */
bool gr_class_has(const Class *c, uint32_t code)
{
    if (code < 128) return gr_bit_get(c->ascii, code);
    uint32_t i = gr_class_from(c, code);
    return i < c->n && code >= c->ranges[2 * i] && code != UINT32_MAX;
}

uint32_t gr_class_overlap(const Class *c, uint32_t lo, uint32_t hi)
{
    uint32_t n = 0, i = gr_class_from(c, lo);
    for (; i < c->n && c->ranges[2 * i] <= hi; i++) {
        uint32_t a = c->ranges[2 * i], b = c->ranges[2 * i + 1];
        if (a < lo) a = lo;
        if (b > hi) b = hi;
        if (a <= b) n += b - a + 1;
    }
    return n;
}

bool gr_lead_codes(uint8_t byte, uint32_t *lo, uint32_t *hi)
{
    *lo = *hi = byte;
    if (byte < 0x80) return true;
    if (byte < 0xC2 || byte > 0xF4) return false;
    uint32_t bits = byte < 0xE0 ? 6 : byte < 0xF0 ? 12 : 18;
    *lo = (byte & (0xFFu >> (bits / 6 + 2))) << bits;
    *hi = *lo + (1u << bits) - 1;
    if (byte == 0xE0) *lo = 0x800;
    if (byte == 0xED) *hi = 0xD7FF;
    if (byte == 0xF0) *lo = 0x10000;
    if (byte == 0xF4) *hi = 0x10FFFF;
    return true;
}

/* See vocab.h: groups that lie wholly outside of the class, and those that it
 * has a part of. */
static void set_groups(Class *c)
{
    c->outside = GR_SIG_BIT(GR_SIG_CUT) | GR_SIG_BIT(GR_SIG_NOT_TEXT);
    for (uint32_t g = 0; g < GR_SIG_GROUPS; g++) {
        uint32_t lo = gr_sig_first[g], hi = gr_sig_last(g);
        uint32_t size = hi - lo + 1, n = gr_class_overlap(c, lo, hi);
        if (lo <= 0xD800 && hi >= 0xDFFF) size -= 0x800;
        if (n == 0)
            c->outside |= GR_SIG_BIT(g);
        else if (n < size)
            c->cut |= GR_SIG_BIT(g);
    }
}

/* --- splitting a token ---------------------------------------------------- */

uint32_t gr_class_split(const Class *c, const char *p, uint32_t len,
                        uint32_t *chars)
{
    uint32_t at = 0, n = 0, size;
    for (; at < len; at += size, n++) {
        uint32_t code = (uint8_t)p[at];
        size = 1;
        if (code >= 128) code = gr_utf8_get(p + at, len - at, &size);
        if (!gr_class_has(c, code)) break;
    }
    *chars = n;
    return at;
}

/* --- slices --------------------------------------------------------------- */

/* Lives as long as the class. */
static uint32_t *new_row(GrEnv *env, const GrVocab *v, Class *c)
{
    size_t size = (size_t)v->mask_words * sizeof(uint32_t);
    return gr_arena_take(env, c->arena, size ? size : 1);
}

/* A sum over words, so that one bit more or less changes it at once
 * (tables_int.h). */
void gr_base_sum(const Kernels *k, Base *b, uint32_t words)
{
    b->sum = k->sum(b->row, words, &b->n);
}

/* The row of all tokens of the class.  `maybe` is scratch of that size. */
static gram_status make_row(GrEnv *env, const GrTables *t, Class *c,
                            uint32_t *maybe)
{
    const GrVocab *v = t->v;
    uint32_t *row = new_row(env, v, c);
    if (row == NULL) return GRAM_E_MEMORY;
    gr_class_members(t, c, row, maybe);
    c->all.row = row;
    gr_base_sum(c->kernels, &c->all, v->mask_words);
    return gr_step(env, v->mask_words);
}

/* The vocabulary keeps a byte for each; tokens of 255 characters or more are
 * runs of spaces and the like, few enough to be counted again. */
uint32_t gr_chars_of(const GrVocab *v, uint32_t token)
{
    uint32_t len, n = v->chars[token];
    if (n < 255) return n;
    const char *p = gr_vocab_bytes(v, token, &len);
    for (uint32_t i = n = 0; i < len; i++) n += ((uint8_t)p[i] & 0xC0) != 0x80;
    return n;
}

static void reach_by(const GrVocab *v, Class *c, uint32_t token)
{
    uint32_t len, chars;
    if (gr_chars_of(v, token) <= c->reach) return;
    const char *p = gr_vocab_bytes(v, token, &len);
    gr_class_split(c, p, len, &chars);
    if (chars > c->reach) c->reach = chars;
}

/* Characters beyond ASCII are taken together. */
static bool has_beyond(const Class *c)
{
    return c->n > 0 && c->ranges[2 * c->n - 1] >= 128;
}

uint64_t gr_begun(const GrVocab *v, const uint32_t ascii[4], bool beyond)
{
    uint64_t n = 0;
    for (uint32_t b = 0; b < 256; b++)
        if (v->root[b] != GR_TRIE_NONE &&
            (b < 128 ? gr_bit_get(ascii, b) : beyond))
            n += v->node[v->root[b]].next - v->root[b];
    return n;
}

/* What tokens begin with: the longest first, until they are too short; or, for
 * a class with which few begin (ten digits), those. */
static uint64_t find_reach(const GrVocab *v, const Class *plain, Class *c)
{
    uint32_t n = plain->chars_at[plain->longest], k = plain->longest, i = n;
    bool beyond = has_beyond(c);
    uint64_t few = gr_begun(v, c->ascii, beyond);
    if (few >= n / 4) {
        for (; k > c->reach; k--)
            while (i > plain->chars_at[k - 1])
                if (gr_bit_get(plain->all.row, plain->by_chars[--i]))
                    reach_by(v, c, plain->by_chars[i]);
        return n - i;
    }
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t at = v->root[b];
        if (at == GR_TRIE_NONE || !(b < 128 ? gr_bit_get(c->ascii, b) : beyond))
            continue;
        for (uint32_t end = v->node[at].next; at < end; at++) {
            uint32_t t = gr_trie_token(&v->node[at]);
            if (t != GR_TRIE_NONE && gr_bit_get(plain->all.row, t))
                reach_by(v, c, t);
        }
    }
    return few;
}

/* The last member in the plain class's order; one of few by looking at each. */
static uint32_t find_longest(const GrVocab *v, const Class *plain,
                             const Class *c)
{
    const uint32_t *row = c->all.row;
    uint32_t i = plain->chars_at[plain->longest], longest = 0;
    if (c->all.n >= i / 8) {
        while (i > 0 && !gr_bit_get(row, plain->by_chars[i - 1])) i--;
        return i > 0 ? gr_chars_of(v, plain->by_chars[i - 1]) : 0;
    }
    for (uint32_t w = 0; w < v->mask_words; w++)
        for (uint32_t bits = row[w]; bits != 0; bits &= bits - 1) {
            uint32_t n = gr_chars_of(v, w * 32 + (uint32_t)__builtin_ctz(bits));
            if (n > longest) longest = n;
        }
    return longest;
}

/* What its tokens have, and what longer ones begin with. */
static uint64_t count_part(const GrVocab *v, const Class *plain, Class *c)
{
    c->longest = c->reach = find_longest(v, plain, c);
    for (uint32_t i = 0; i < plain->n_prefixes; i++)
        if (gr_bit_get(c->within, i) && plain->prefix[i].chars > c->reach)
            c->reach = plain->prefix[i].chars;
    return find_reach(v, plain, c);
}

/* The members in order of their characters: a counting sort. */
static gram_status sort_members(GrEnv *env, const GrVocab *v, Class *c)
{
    uint32_t longest = 0;
    const uint32_t *row = c->all.row;
    for (uint32_t w = 0; w < v->mask_words; w++)
        for (uint32_t bits = row[w]; bits != 0; bits &= bits - 1) {
            uint32_t n = gr_chars_of(v, w * 32 + (uint32_t)__builtin_ctz(bits));
            if (n > longest) longest = n;
        }
    size_t n = (size_t)longest + 2;
    uint32_t *at = gr_arena_take(env, c->arena, n * sizeof *at);
    c->by_chars =
        gr_arena_take(env, c->arena, (size_t)c->all.n * sizeof(uint32_t) + 1);
    if (at == NULL || c->by_chars == NULL) return GRAM_E_MEMORY;
    memset(at, 0, n * sizeof *at);
    for (uint32_t w = 0; w < v->mask_words; w++)
        for (uint32_t bits = row[w]; bits != 0; bits &= bits - 1)
            at[gr_chars_of(v, w * 32 + (uint32_t)__builtin_ctz(bits)) + 1]++;
    for (uint32_t k = 1; k <= longest + 1; k++) at[k] += at[k - 1];
    /* at[k] is now the first with k; filling makes it the first with more */
    for (uint32_t w = 0; w < v->mask_words; w++)
        for (uint32_t bits = row[w]; bits != 0; bits &= bits - 1) {
            uint32_t t = w * 32 + (uint32_t)__builtin_ctz(bits);
            c->by_chars[at[gr_chars_of(v, t)]++] = t;
        }
    c->longest = longest;
    c->chars_at = at;
    return gr_step(env, c->all.n);
}

void gr_class_order_as(Class *c, const Class *more)
{
    for (uint32_t k = more->longest; k > 0 && c->longest == 0; k--)
        for (uint32_t i = more->chars_at[k - 1]; i < more->chars_at[k]; i++)
            if (gr_bit_get(c->all.row, more->by_chars[i])) c->longest = k;
    c->by_chars = more->by_chars;
    c->chars_at = more->chars_at;
}

gram_status gr_class_count(GrEnv *env, const GrVocab *v, const Class *plain,
                           Class *c)
{
    if (c->chars_at != NULL) return GRAM_OK;
    if (!c->part) return sort_members(env, v, c);
    return gr_step(env, count_part(v, plain, c) / 8);
}

/* Row k is the one before and what has k characters. */
static gram_status next_row(GrEnv *env, const GrVocab *v, Class *c, uint32_t k,
                            const Base *before, Base *out)
{
    size_t size = (size_t)v->mask_words * sizeof(uint32_t);
    uint32_t *row = new_row(env, v, c);
    if (row == NULL) return GRAM_E_MEMORY;
    *out = (Base){.row = row};
    if (before != NULL) {
        memcpy(row, before->row, size);
        out->sum = before->sum;
        out->n = before->n;
    } else {
        memset(row, 0, size);
    }
    for (uint32_t i = before ? c->chars_at[k - 1] : 0; i < c->chars_at[k];
         i++) {
        uint32_t token = c->by_chars[i];
        if (!gr_bit_get(c->all.row, token)) continue;
        gr_bit_set(row, token);
        out->sum += token_hash(token);
        out->n++;
    }
    return GRAM_OK;
}

/* Rows of at most k characters, k from `first` on.  Near the bound of a string
 * a patch of the whole class would list most of it: a row for each of these
 * lengths is 16 KB, and made from the one before. */
static gram_status make_few(GrEnv *env, const GrVocab *v, Class *c,
                            uint32_t first, uint32_t end)
{
    if (end > c->longest) end = c->longest;
    uint32_t n = first < end ? end - first : 0;
    c->few = gr_arena_take(env, c->arena, n * sizeof *c->few + 1);
    if (c->few == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(next_row(env, v, c, first + i, i ? &c->few[i - 1] : NULL,
                        &c->few[i]));
    c->first_few = first;
    c->n_few = n;
    return GRAM_OK;
}

gram_status gr_class_rows(GrEnv *env, const GrVocab *v, Class *c)
{
    uint32_t *row = new_row(env, v, c), n = c->chars_at[c->longest];
    if (row == NULL) return GRAM_E_MEMORY;
    memset(row, 0, (size_t)v->mask_words * sizeof *row);
    for (uint32_t i = 0; i < n; i++) gr_bit_set(row, c->by_chars[i]);
    c->all.row = row;
    gr_base_sum(c->kernels, &c->all, v->mask_words);
    return make_few(env, v, c, 0, LENGTH_ROWS_OF_TEXT);
}

gram_status gr_class_rests(GrEnv *env, Class *c)
{
    c->rests = gr_arena_take(env, c->arena, 256 * sizeof *c->rests);
    if (c->rests == NULL) return GRAM_E_MEMORY;
    memset(c->rests, 0, 256 * sizeof *c->rests);
    return GRAM_OK;
}

/* --- tables --------------------------------------------------------------- */

gram_status gr_class_complete(GrEnv *env, const GrVocab *v, Class *c,
                              const uint32_t bytes[8], uint32_t first,
                              uint32_t end)
{
    GR_TRY(gr_class_count(env, v, NULL, c));
    GR_TRY(make_few(env, v, c, first, end));
    memcpy(c->complete, bytes, sizeof c->complete);
    GR_TRY(gr_class_rests(env, c));
    return gr_rests_build_all(env, v, c);
}

/* --- building ------------------------------------------------------------- */

/* Every range lies wholly in one of the plain class's. */
static bool is_part(const Class *c, const Class *plain)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n; i++)
        n += gr_class_overlap(plain, c->ranges[2 * i], c->ranges[2 * i + 1]) ==
             c->ranges[2 * i + 1] - c->ranges[2 * i] + 1;
    return n == c->n;
}

/* Which of the plain prefixes have characters of this class alone: each comes
 * behind the one that it extends. */
static gram_status find_within(GrEnv *env, const Class *plain, Class *c)
{
    size_t size = gr_bit_words(plain->n_prefixes) * sizeof *c->within;
    c->within = gr_arena_take(env, c->arena, size);
    if (c->within == NULL) return GRAM_E_MEMORY;
    memset(c->within, 0, size);
    gr_bit_set(c->within, 0);
    for (uint32_t i = 1; i < plain->n_prefixes; i++) {
        const Prefix *p = &plain->prefix[i];
        if (gr_bit_get(c->within, p->up) && gr_class_has(c, p->code))
            gr_bit_set(c->within, i);
    }
    return gr_step(env, plain->n_prefixes);
}

static gram_status build(GrEnv *env, const GrTables *t, const uint32_t *ranges,
                         uint32_t n, Class *c)
{
    size_t size = (size_t)t->v->mask_words * sizeof(uint32_t);
    GR_TRY(copy_ranges(env, c, ranges, n));
    c->part = t->plain != NULL && is_part(c, t->plain);
    if (c->part) GR_TRY(find_within(env, t->plain, c));
    set_groups(c);
    uint32_t *maybe = gr_resize(env, NULL, 0, size + 1);
    if (maybe == NULL) return GRAM_E_MEMORY;
    gram_status status = make_row(env, t, c, maybe);
    gr_free(env, maybe, size + 1);
    return status;
}

gram_status gr_class_build(GrEnv *env, const GrTables *t, GrArena *arena,
                           const uint32_t *ranges, uint32_t n, Class **out)
{
    Class *c = gr_zalloc(env, 1, sizeof *c);
    if (c == NULL) return GRAM_E_MEMORY;
    c->kernels = t->kernels;
    c->arena = arena ? arena : &c->own;
    gram_status status = build(env, t, ranges, n, c);
    if (status == GRAM_OK)
        *out = c;
    else
        gr_class_free(env, c);
    return status;
}

void gr_class_free(GrEnv *env, Class *c)
{
    if (c == NULL) return;
    gr_arena_clear(env, &c->own);
    gr_free(env, c, sizeof *c);
}
