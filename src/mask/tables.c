/* What is computed once for a vocabulary, and never changes.
 *
 *   plain, space, inside   classes that nearly every schema has: characters of
 *                          strings without escapes, JSON's white space, and all
 *                          that a string may hold
 *   prefixes               what tokens have before a rest, as a tree, so that
 *                          it is stepped once and not by each token
 *   closers                the texts up to a quote, by hash: which tokens close
 *                          a key that is known
 *   odd                    tokens that are not spaces and then one word
 *   crowd                  the first byte with most tokens (a space, mostly)
 *   signs                  what bytes the trie has where
 *   inner                  which tokens have a byte behind their first one
 *   common                 classes of formats and words (common.c)
 *   beyond                 who has a character beyond ASCII (beyond.c)
 *   before                 how far behind it a byte may be
 *   headed                 what tokens have behind a byte (headed.c)
 *   shapes                 tokens by what patterns tell apart (shapes.c)
 *   bases                  the rows that masks are patches of
 *
 * All of it is counted in the vocabulary's memory and shared by all grammars,
 * so it may cost milliseconds and megabytes that no schema could afford. */
#include "mask/mask_int.h"

#include <stdlib.h>

/* Neither quote nor backslash, nor a control character, which JSON escapes. */
static const uint32_t plain_ranges[] = {0x20, 0x21, 0x23, 0x5B, 0x5D, 0x10FFFF};
static const uint32_t space_ranges[] = {'\t', '\n', '\r', '\r', ' ', ' '};

/* What may follow white space in JSON. */
static const char structural[] = "{}[],:\"-0123456789tfn";

/* --- what closes a string ------------------------------------------------- */

/* Keys are compared by hash alone: a wrong match would need two texts in one
 * vocabulary with equal 64 bits. */
typedef struct Closer {
    uint64_t hash;
    uint32_t token;
} Closer;

typedef struct Closers {
    GrEnv *env;
    GrVec(Closer) at;
    GrText text;
    uint32_t longest;
} Closers;

/* Decode up to the first quote that no escape takes. */
static gram_status add_closer(Closers *c, const GrVocab *v, uint32_t token)
{
    uint32_t len;
    const char *p = gr_vocab_bytes(v, token, &len);
    GrUnescape u = {0};
    char out[4];
    c->text.n = 0;
    for (uint32_t i = 0; i < len; i++) {
        if (p[i] == '"' && gr_unescape_between(&u)) {
            if (c->text.n > c->longest) c->longest = c->text.n;
            Closer made = {gr_hash(c->text.at, c->text.n, 0), token};
            return gr_vec_push(c->env, &c->at, made);
        }
        uint32_t n = gr_unescape(&u, (uint8_t)p[i], out);
        if (n > sizeof out) return GRAM_OK;
        GR_TRY(gr_text_put(c->env, &c->text, out, n));
    }
    return GRAM_OK;
}

/* By token in the second place, so that the result depends on no qsort. */
static int compare(const void *x, const void *y)
{
    const Closer *a = x, *b = y;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return a->token < b->token ? -1 : a->token > b->token;
}

/* The row of the quote says which tokens have one at all: a few in a hundred.
 */
static gram_status find_closers(Closers *c, const GrVocab *v)
{
    const uint32_t *quoted = gr_vocab_signed(v, gr_sig_group('"'));
    for (uint32_t w = 0; w < v->mask_words; w++)
        for (uint32_t bits = quoted[w]; bits != 0; bits &= bits - 1)
            GR_TRY(add_closer(c, v, w * 32 + (uint32_t)__builtin_ctz(bits)));
    if (c->at.n > 1) qsort(c->at.at, c->at.n, sizeof *c->at.at, compare);
    return GRAM_OK;
}

/* Runs of equal hashes become one entry each: entry i has the tokens
 * closing[closing_at[i]] .. closing[closing_at[i + 1] - 1].  One bit of each
 * hash goes into a filter, since most texts asked about close nothing. */
static gram_status keep_closers(GrEnv *env, GrTables *t, const Closers *c)
{
    GrArena *arena = &t->arena;
    uint32_t all = c->at.n, n = 0;
    t->closer = gr_arena_take(env, arena, all * sizeof *t->closer + 1);
    t->closing = gr_arena_take(env, arena, all * sizeof *t->closing + 1);
    t->closing_at =
        gr_arena_take(env, arena, ((size_t)all + 1) * sizeof *t->closing_at);
    if (!t->closer || !t->closing || !t->closing_at) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < all; i++) {
        t->closing[i] = c->at.at[i].token;
        if (n > 0 && t->closer[n - 1] == c->at.at[i].hash) continue;
        t->closer[n] = c->at.at[i].hash;
        gr_bit_set(t->closer_bits, (uint32_t)t->closer[n] % CLOSER_BITS);
        t->closing_at[n++] = i;
    }
    t->closing_at[n] = t->n_closing = all;
    t->n_closers = n;
    t->longest_closer = c->longest;
    return GRAM_OK;
}

static gram_status make_closers(GrEnv *env, GrTables *t)
{
    Closers c = {.env = env};
    gram_status status = find_closers(&c, t->v);
    if (status == GRAM_OK) status = keep_closers(env, t, &c);
    gr_vec_clear(env, &c.at);
    gr_vec_clear(env, &c.text);
    return status;
}

const uint32_t *gr_tables_close(const GrTables *t, uint64_t hash, uint32_t *n)
{
    uint32_t lo = 0, hi = t->n_closers;
    if (!gr_tables_may_close(t, hash)) return NULL;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (t->closer[mid] < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == t->n_closers || t->closer[lo] != hash) return NULL;
    *n = t->closing_at[lo + 1] - t->closing_at[lo];
    return t->closing + t->closing_at[lo];
}

/* --- what comes before rests ---------------------------------------------- */

typedef struct Prefixes {
    GrEnv *env;
    GrVec(Prefix) at;
    GrMap next; /* (prefix, character) -> prefix */
} Prefixes;

/* *at and the character at p, which has `size` bytes. */
static gram_status add_prefix(Prefixes *p, const char *last, uint32_t size,
                              uint32_t code, uint32_t *at)
{
    uint64_t key = gr_pair(*at, code);
    Prefix next = {last, size, code, *at, p->at.at[*at].chars + 1};
    uint32_t *known = gr_map_find(&p->next, key);
    if (known != NULL) return *at = *known, GRAM_OK;
    *at = p->at.n;
    GR_TRY(gr_vec_push(p->env, &p->at, next));
    return gr_map_put(p->env, &p->next, key, *at);
}

/* Character by character from the root, which is the empty prefix 0. */
static gram_status prefix_of(Prefixes *p, const GrVocab *v, Exit *e)
{
    uint32_t len, size, code;
    const char *bytes = gr_vocab_bytes(v, e->token, &len);
    for (len -= e->len; len > 0; len -= size, bytes += size) {
        size = gr_inside_char(bytes, len, &code);
        GR_TRY(add_prefix(p, bytes, size, code, &e->prefix));
    }
    return GRAM_OK;
}

static gram_status find_prefixes(Prefixes *p, const GrVocab *v, Class *c)
{
    GR_TRY(gr_vec_push(p->env, &p->at, (Prefix){0}));
    for (uint32_t b = 0; b < 256; b++)
        for (uint32_t i = 0; i < c->rests[b].n; i++)
            GR_TRY(prefix_of(p, v, &c->rests[b].exit[i]));
    return GRAM_OK;
}

/* For a class whose characters are those of JSON strings. */
static gram_status make_prefixes(GrEnv *env, const GrVocab *v, Class *c)
{
    Prefixes p = {.env = env};
    gram_status status = find_prefixes(&p, v, c);
    size_t size = p.at.n * sizeof *c->prefix;
    if (status == GRAM_OK) {
        c->prefix = gr_arena_take(env, c->arena, size);
        if (c->prefix == NULL) status = GRAM_E_MEMORY;
    }
    if (c->prefix != NULL) memcpy(c->prefix, p.at.at, size);
    c->n_prefixes = p.at.n;
    gr_map_clear(env, &p.next);
    gr_vec_clear(env, &p.at);
    return status;
}

/* A counting sort by prefixes: prefix_end[p] moves on from the first exit of p
 * to that of the next. */
static void sort_exits(const Rests *r, Class *c)
{
    uint32_t *end = c->prefix_end, n = 0;
    memset(end, 0, c->n_prefixes * sizeof *end);
    for (uint32_t i = 0; i < r->n; i++) end[r->exit[i].prefix]++;
    for (uint32_t p = 0; p < c->n_prefixes; p++) {
        uint32_t here = end[p];
        end[p] = n;
        n += here;
    }
    for (uint32_t i = 0; i < r->n; i++)
        c->by_prefix[end[r->exit[i].prefix]++] = i;
}

/* Of the quote alone: the other rests are too few to be worth an order. */
static gram_status order_exits(GrEnv *env, Class *c)
{
    const Rests *r = &c->rests['"'];
    size_t n = r->n, m = c->n_prefixes;
    c->by_prefix = gr_arena_take(env, c->arena, n * sizeof(uint32_t) + 1);
    c->group_of = gr_arena_take(env, c->arena, n * sizeof(uint32_t) + 1);
    c->prefix_end = gr_arena_take(env, c->arena, m * sizeof(uint32_t) + 1);
    if (!c->by_prefix || !c->group_of || !c->prefix_end) return GRAM_E_MEMORY;
    sort_exits(r, c);
    for (uint32_t g = 0; g < r->n_groups; g++)
        for (uint32_t j = 0; j < r->group[g].n; j++)
            c->group_of[r->group[g].start + j] = g;
    return GRAM_OK;
}

/* --- odd tokens ----------------------------------------------------------- */

/* Spaces and then a word are all that a zone has to know of (zone.c); a token
 * with a space behind its word is tried by itself. */
static bool is_odd(const GrVocab *v, uint32_t token)
{
    uint32_t len, i = 0;
    const char *p = gr_vocab_bytes(v, token, &len);
    while (i < len && p[i] == ' ') i++;
    return i < len && memchr(p + i, ' ', len - i) != NULL;
}

/* Those of the plain class, into `to` if it is not NULL. */
static uint32_t find_odd(const GrTables *t, uint32_t *to)
{
    uint32_t n = 0;
    for (uint32_t w = 0; w < t->v->mask_words; w++)
        for (uint32_t bits = t->plain->all.row[w]; bits != 0;
             bits &= bits - 1) {
            uint32_t token = w * 32 + (uint32_t)__builtin_ctz(bits);
            if (!is_odd(t->v, token)) continue;
            if (to != NULL) to[n] = token;
            n++;
        }
    return n;
}

/* Found twice: once to know how many. */
static gram_status make_odd(GrEnv *env, GrTables *t)
{
    size_t n = find_odd(t, NULL);
    t->odd = gr_arena_take(env, &t->arena, n * sizeof *t->odd + 1);
    if (t->odd == NULL) return GRAM_E_MEMORY;
    t->n_odd = find_odd(t, t->odd);
    return GRAM_OK;
}

/* --- the crowd ------------------------------------------------------------ */

/* A space begins nearly half of all tokens.  Where that byte alone decides, one
 * row does instead of 60,000 nodes. */
static gram_status make_crowd(GrEnv *env, GrTables *t)
{
    const GrTrieNode *node = t->v->node;
    uint32_t most = 0, root = 0;
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t at = t->v->root[b];
        if (at == GR_TRIE_NONE || node[at].next - at <= most) continue;
        most = node[at].next - at;
        root = at;
    }
    size_t size = (size_t)t->v->mask_words * sizeof(uint32_t);
    t->crowd = root;
    t->crowd_row = gr_arena_take(env, &t->arena, size + 1);
    if (t->crowd_row == NULL) return GRAM_E_MEMORY;
    memset(t->crowd_row, 0, size);
    for (uint32_t i = root; i < root + most; i++) {
        uint32_t token = gr_trie_token(&node[i]), n = 0;
        if (token == GR_TRIE_NONE) continue;
        gr_bit_set(t->crowd_row, token);
        if (!(node[i].info & GR_TRIE_SHARED)) continue;
        const uint32_t *ids = gr_vocab_same(t->v, i, &n);
        while (n > 0) gr_bit_set(t->crowd_row, ids[--n]);
    }
    return GRAM_OK;
}

/* The plain tokens of all other roots. */
static gram_status make_others(GrEnv *env, GrTables *t, Base *out)
{
    uint32_t words = t->v->mask_words;
    size_t size = (size_t)words * sizeof(uint32_t);
    uint32_t *row = gr_arena_take(env, &t->arena, size + 1);
    if (row == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < words; i++)
        row[i] = t->plain->all.row[i] & ~t->crowd_row[i];
    *out = (Base){.row = row};
    gr_base_sum(t->kernels, out, words);
    return GRAM_OK;
}

/* --- bases ---------------------------------------------------------------- */

/* All of a class, then those of few characters: rows for strings that are
 * nearly full. */
static void put_class(GrTables *t, uint32_t index)
{
    const Class *c = gr_table_class(t, index);
    t->all[index] = t->n_bases;
    t->base[t->n_bases++] = c->all;
    t->few[index] = t->n_bases;
    for (uint32_t k = 0; k < c->n_few; k++) t->base[t->n_bases++] = c->few[k];
}

/* Digits, and white space of at most as many characters as one of its last
 * rows has: nearly every number begins where that is allowed. */
static gram_status make_spaced(GrEnv *env, GrTables *t)
{
    const Class *space = t->space;
    uint32_t n = space->n_few < DIGITS_SPACED ? space->n_few : DIGITS_SPACED;
    uint32_t words = t->v->mask_words, first = space->n_few - n;
    t->digits.spaced = t->n_bases;
    t->digits.of = t->few[CLASS_SPACE] + first;
    t->digits.n_spaced = n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *row = gr_arena_take(env, &t->arena, words * sizeof *row + 1);
        if (row == NULL) return GRAM_E_MEMORY;
        for (uint32_t w = 0; w < words; w++)
            row[w] = space->few[first + i].row[w] |
                     t->base[t->digits.base].row[w];
        Base *b = &t->base[t->n_bases++];
        *b = (Base){.row = row};
        gr_base_sum(t->kernels, b, words);
    }
    return gr_step(env, words);
}

/* BASE_EMPTY is the first.  Images of caches name bases by number: another
 * order here needs another version there (image.c). */
static gram_status make_bases(GrEnv *env, GrTables *t)
{
    size_t most = 1 + (CLASS_OWN - CLASS_PLAIN) * (1 + (size_t)LENGTH_ROWS) +
                  GR_USUAL + 2 + DIGITS_SPACED; /* others, digits */
    t->base = gr_arena_take(env, &t->arena, most * sizeof *t->base);
    if (t->base == NULL) return GRAM_E_MEMORY;
    t->base[t->n_bases++] = (Base){0};
    for (uint32_t i = CLASS_PLAIN; i < CLASS_OWN; i++) put_class(t, i);
    t->usual = t->n_bases;
    GR_TRY(gr_usual_rows(env, t->v, t->inside, &t->base[t->n_bases]));
    t->n_bases += GR_USUAL;
    GR_TRY(make_others(env, t, &t->base[t->n_bases++]));
    t->digits.base = t->n_bases++;
    GR_TRY(gr_digits_build(env, t, &t->arena, &t->base[t->digits.base],
                           &t->digits));
    return make_spaced(env, t);
}

/* --- bytes behind the first ----------------------------------------------- */

/* Letters are in half of all tokens: to list those would take 2 MB. */
enum { OFTEN = 1024 };

enum { IS_PLAIN = 1, IS_NAME = 2 };

static void find_kinds(const GrTables *t, uint8_t kind[256])
{
    memset(kind, 0, 256);
    for (uint32_t b = 0; b < 128; b++)
        if (gr_bit_get(t->plain->ascii, b))
            kind[b] = gr_is_name(b) ? IS_PLAIN | IS_NAME : IS_PLAIN;
}

/* How often a byte is in a text, behind its first byte: those beyond ASCII each
 * time, others once; and how far from the start it is met.  What is not plain,
 * or beyond ASCII, ends that.  met[b] is one more than the last token with byte
 * b.  Hardly a branch depends on the bytes: all of the vocabulary passes. */
static void count_text(GrTables *t, uint32_t token, const uint8_t kind[256],
                       uint32_t met[256])
{
    uint32_t len, so_far;
    const uint8_t *p = (const uint8_t *)gr_vocab_bytes(t->v, token, &len);
    if (len == 0) return;
    met[p[0]] = token + 1;
    so_far = kind[p[0]];
    for (uint32_t i = 1; i < len; i++) {
        uint8_t b = p[i];
        bool is_first = met[b] != token + 1;
        met[b] = token + 1;
        t->inner[b] += is_first | b >> 7;
        if (i > t->before[b] && is_first && so_far & IS_PLAIN) t->before[b] = i;
        if (i > t->before_names[b] && is_first && so_far & IS_NAME)
            t->before_names[b] = i;
        so_far &= kind[b];
    }
}

/* How dear a byte is to exclude: each token with it has to be looked at. */
static void count_inner(GrTables *t)
{
    uint32_t met[256] = {0}, len;
    uint8_t kind[256];
    find_kinds(t, kind);
    for (uint32_t token = 0; token < t->v->n_tokens; token++) {
        if (gr_vocab_is_text(t->v, token)) {
            count_text(t, token, kind, met);
            continue;
        }
        const uint8_t *p = (const uint8_t *)gr_vocab_bytes(t->v, token, &len);
        for (uint32_t i = 1; i < len; i++) t->inner[p[i]] += p[i] >> 7;
    }
}

/* Is byte i of a token, not its first, met behind that for the first time?
 * met[b] is one more than the last token with byte b, or UINT32_MAX: it does
 * not count, as none beyond ASCII does. */
static inline bool is_first_inner(const uint8_t *p, uint32_t i, uint32_t token,
                                  uint32_t met[256])
{
    if (met[p[i]] > token || p[i] == p[0]) return false;
    met[p[i]] = token + 1;
    return true;
}

/* A counting sort: to[b] moves on from the first token of byte b to the next's,
 * which it was when it began. */
static void sort_first_inner(const GrVocab *v, Inner *in, uint32_t to[256])
{
    uint32_t met[256], len;
    memset(met, 0xFF, sizeof met);
    for (uint32_t b = 0; b < 128; b++)
        if (!gr_bit_get(in->often, b)) met[b] = 0;
    for (uint32_t token = 0; token < v->n_tokens; token++) {
        if (!gr_vocab_is_text(v, token)) continue;
        const uint8_t *p = (const uint8_t *)gr_vocab_bytes(v, token, &len);
        for (uint32_t i = 1; i < len; i++)
            if (is_first_inner(p, i, token, met)) in->token[to[p[i]]++] = token;
    }
}

/* By the bytes beyond ASCII that it has behind its first: `to` moves on, and it
 * goes to the list, if there is one. */
static void list_one(const GrVocab *v, uint32_t token, uint32_t *list,
                     uint32_t to[256], uint32_t met[256])
{
    uint32_t len;
    const uint8_t *p = (const uint8_t *)gr_vocab_bytes(v, token, &len);
    for (uint32_t i = 1; i < len; i++) {
        if (p[i] < 128 || met[p[i]] == token + 1) continue;
        met[p[i]] = token + 1;
        if (list != NULL) list[to[p[i]]] = token;
        to[p[i]]++;
    }
}

/* The tokens that are no whole characters. */
static void list_cut(const GrVocab *v, uint32_t *list, uint32_t to[256])
{
    uint32_t met[256] = {0};
    const uint32_t *row = gr_vocab_signed(v, GR_SIG_CUT);
    for (uint32_t w = 0; w < v->mask_words; w++)
        for (uint32_t bits = row[w]; bits != 0; bits &= bits - 1) {
            uint32_t token = w * 32 + (uint32_t)__builtin_ctz(bits);
            if (gr_vocab_is_text(v, token)) list_one(v, token, list, to, met);
        }
}

/* Lists by byte, in one array; bytes of ASCII that are too frequent have none,
 * and who needs them walks. */
static gram_status make_inner(GrEnv *env, GrTables *t)
{
    Inner *in = &t->first_inner;
    uint32_t to[256] = {0};
    in->at = gr_arena_take(env, &t->arena, 257 * sizeof *in->at);
    if (in->at == NULL) return GRAM_E_MEMORY;
    in->at[0] = 0;
    count_inner(t);
    list_cut(t->v, NULL, to);
    for (uint32_t b = 0; b < 256; b++) {
        bool often = b < 128 && t->inner[b] > OFTEN;
        if (often) gr_bit_set(in->often, b);
        if (b < 128) to[b] = often ? 0 : t->inner[b];
        in->at[b + 1] = in->at[b] + to[b];
    }
    size_t n = (size_t)in->at[256] + 1;
    in->token = gr_arena_take(env, &t->arena, n * sizeof *in->token);
    if (in->token == NULL) return GRAM_E_MEMORY;
    memcpy(to, in->at, sizeof to);
    sort_first_inner(t->v, in, to);
    list_cut(t->v, in->token, to);
    return gr_step(env, n);
}

static gram_status make_signs(GrEnv *env, GrTables *t)
{
    const GrVocab *v = t->v;
    uint64_t sign[256];
    size_t n = v->n_nodes / SIGN_NODES + 1;
    t->signs = gr_arena_take(env, &t->arena, n * sizeof *t->signs);
    if (t->signs == NULL) return GRAM_E_MEMORY;
    memset(t->signs, 0, n * sizeof *t->signs);
    for (uint32_t b = 0; b < 256; b++) sign[b] = gr_byte_sign((uint8_t)b);
    for (uint32_t i = 0; i < v->n_nodes; i++)
        t->signs[i / SIGN_NODES] |= sign[gr_trie_byte(&v->node[i])];
    return gr_step(env, v->n_nodes);
}

/* --- making and freeing --------------------------------------------------- */

/* Classes come first: what follows is made of their rows and rests. */
static gram_status make(GrEnv *env, GrTables *t)
{
    uint32_t all[8], some[8] = {0};
    memset(all, 0xFF, sizeof all);
    for (const char *p = structural; *p != 0; p++)
        gr_bit_set(some, (uint8_t)*p);
    GR_TRY(gr_beyond_build(env, t));
    GR_TRY(gr_class_build(env, t, &t->arena, plain_ranges, 3, &t->plain));
    GR_TRY(gr_inside_build(env, t->v, &t->arena, t->plain, &t->inside));
    gr_class_order_as(t->plain, t->inside);
    GR_TRY(gr_class_complete(env, t->v, t->plain, all, 0, LENGTH_ROWS_OF_TEXT));
    GR_TRY(gr_class_build(env, t, &t->arena, space_ranges, 3, &t->space));
    GR_TRY(gr_class_complete(env, t->v, t->space, some, LENGTH_ROWS_FROM,
                             LENGTH_ROWS));
    GR_TRY(make_prefixes(env, t->v, t->plain));
    GR_TRY(make_prefixes(env, t->v, t->inside));
    GR_TRY(order_exits(env, t->inside));
    GR_TRY(make_odd(env, t));
    GR_TRY(gr_rough_build(env, &t->arena, t->v, t->plain->all.row, &t->rough));
    GR_TRY(gr_shapes_build(env, t->v, &t->arena, &t->shapes));
    GR_TRY(make_inner(env, t));
    GR_TRY(gr_common_build(env, t));
    GR_TRY(make_crowd(env, t));
    GR_TRY(make_signs(env, t));
    GR_TRY(gr_headed_tables(env, t));
    GR_TRY(make_bases(env, t));
    return make_closers(env, t);
}

gram_status gr_tables_new(GrEnv *env, const GrVocab *v, GrTables **out)
{
    return gr_tables_new_by(env, v, gr_kernels_best(), out);
}

gram_status gr_tables_new_by(GrEnv *env, const GrVocab *v,
                             const struct Kernels *k, GrTables **out)
{
    GrTables *t = gr_zalloc(env, 1, sizeof *t);
    if (t == NULL) return GRAM_E_MEMORY;
    t->env = env;
    t->v = v;
    t->kernels = k;
    gram_status status = make(env, t);
    if (status == GRAM_OK)
        *out = t;
    else
        gr_tables_free(t);
    return status;
}

void gr_tables_free(GrTables *t)
{
    if (t == NULL) return;
    gr_class_free(t->env, t->plain);
    gr_class_free(t->env, t->space);
    gr_class_free(t->env, t->inside);
    for (uint32_t i = 0; i < GR_COMMON; i++)
        gr_class_free(t->env, t->common[i]);
    gr_arena_clear(t->env, &t->arena);
    gr_free(t->env, t, sizeof *t);
}
