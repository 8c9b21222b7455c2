/* SentencePiece's normalizer: a map of byte strings, and spaces.
 *
 *     u32 n | n bytes of double array | strings, each ended by NUL
 *
 * The array is a trie in 32-bit units (Darts-clone): the child of the node
 * whose base is b for byte c is unit b ^ c; a unit holds
 *
 *     bits 0-7 label   8 has a value   9 offset is << 8   10-30 offset
 *     bit 31 with the value: the place of the replacement in the strings
 *
 * Every index is checked against the array.  Sources: SentencePiece,
 * src/normalizer.cc; Darts-clone; both read for behaviour. */
#include "vocab/normalize.h"

typedef struct Map {
    const uint8_t *unit;
    uint32_t n_units;
    const char *strings;
    uint32_t strings_len;
} Map;

static bool open_map(const GrRecord *r, Map *m)
{
    if (r->len < 4) return false;
    uint32_t n = gr_load_u32(r->p);
    if (n > r->len - 4 || n % 4 != 0) return false;
    *m = (Map){r->p + 4, n / 4, (const char *)r->p + 4 + n, r->len - 4 - n};
    /* every replacement ends inside the record */
    return m->strings_len == 0 || m->strings[m->strings_len - 1] == 0;
}

bool gr_charsmap_is_valid(const GrRecord *r)
{
    Map m;
    return open_map(r, &m);
}

static uint32_t offset_of(uint32_t unit)
{
    return (unit >> 10) << ((unit & 1u << 9) >> 6);
}

/* The longest (or the first, that is shortest) key that begins p: its
 * length, 0 where there is none, and its replacement. */
static uint32_t find(const Map *m, const char *p, size_t n, bool first,
                     const char **to)
{
    uint32_t best = 0;
    if (m->n_units == 0) return 0;
    uint32_t at = offset_of(gr_load_u32(m->unit));
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)p[i];
        at ^= c;
        if (c == 0 || at >= m->n_units) break;
        uint32_t unit = gr_load_u32(m->unit + 4 * (size_t)at);
        if ((unit & (1u << 31 | 0xFF)) != c) break;
        at ^= offset_of(unit);
        if (!(unit >> 8 & 1)) continue;
        if (at >= m->n_units) break;
        uint32_t place = gr_load_u32(m->unit + 4 * (size_t)at) & ~(1u << 31);
        if (place >= m->strings_len) break;
        best = (uint32_t)i + 1;
        *to = m->strings + place;
        if (first) break;
    }
    return best;
}

/* Hugging Face: one grapheme cluster at a time; short ones as a whole. */
static gram_status run_grapheme(GrEnv *env, const Map *m, const char *p,
                                uint32_t n, GrText *out)
{
    const char *to;
    uint32_t len;
    if (n < 6 && find(m, p, n, true, &to) > 0)
        return gr_text_put(env, out, to, strlen(to));
    for (uint32_t i = 0; i < n; i += len) {
        gr_utf8_get(p + i, n - i, &len);
        if (find(m, p + i, len, true, &to) > 0)
            GR_TRY(gr_text_put(env, out, to, strlen(to)));
        else
            GR_TRY(gr_text_put(env, out, p + i, len));
    }
    return GRAM_OK;
}

gram_status gr_charsmap_run(GrEnv *env, const GrRecord *r,
                            const GrMatcher *users, GrBytes in, GrText *out)
{
    Map m;
    const char *p = in.p, *to;
    uint32_t len, id;
    if (!open_map(r, &m)) return gr_text_put(env, out, in.p, in.n);
    for (size_t at = 0; at < in.n; at += len) {
        uint32_t left = (uint32_t)(in.n - at);
        GR_TRY(gr_step(env, 1));
        if (r->flags & 1) {
            len = gr_grapheme_len(p + at, left);
            GR_TRY(run_grapheme(env, &m, p + at, len, out));
            continue;
        }
        len = users ? gr_matcher_longest(env, users, p + at, left, &id) : 0;
        if (len == 0)
            len = find(&m, p + at, left, false, &to);
        else
            to = NULL;
        if (len > 0 && to != NULL) {
            GR_TRY(gr_text_put(env, out, to, strlen(to)));
            continue;
        }
        if (len == 0) gr_utf8_get(p + at, left, &len);
        GR_TRY(gr_text_put(env, out, p + at, len));
    }
    return GRAM_OK;
}

/* As llama.cpp: where runs are merged each word brings its space, and a
 * trailing run vanishes. */
static gram_status llama_spaces(GrEnv *env, uint32_t flags, GrBytes in,
                                GrText *out)
{
    const char *p = in.p;
    bool merge = (flags & GR_SPACES_COLLAPSE) != 0, word = false;
    bool prefix = (flags & GR_SPACES_PREFIX) != 0;
    for (size_t i = 0; i < in.n; i++) {
        if (p[i] == ' ') {
            word = false;
            if (!merge) GR_TRY(gr_text_put(env, out, " ", 1));
            continue;
        }
        if (!word && (prefix || merge)) GR_TRY(gr_text_put(env, out, " ", 1));
        if (!word) prefix = false;
        word = true;
        GR_TRY(gr_text_put(env, out, p + i, 1));
    }
    return GRAM_OK;
}

/* SentencePiece takes trailing spaces away after it has made them ▁, and
 * with them what was ▁ before. */
static void trim_end(GrText *out)
{
    while (out->n > 0) {
        if (out->at[out->n - 1] == ' ')
            out->n--;
        else if (out->n >= 3 &&
                 !memcmp(out->at + out->n - 3, "\xE2\x96\x81", 3))
            out->n -= 3;
        else
            return;
    }
}

gram_status gr_spaces_run(GrEnv *env, uint32_t flags, GrBytes in, GrText *out)
{
    const char *p = in.p;
    size_t from = 0, to = in.n;
    bool merge = (flags & GR_SPACES_COLLAPSE) != 0;
    if (flags & GR_SPACES_LLAMA) return llama_spaces(env, flags, in, out);
    while (merge && from < to && p[from] == ' ') from++;
    while (merge && to > from && p[to - 1] == ' ') to--;
    if (from == to) return GRAM_OK;
    bool prefix = (flags & GR_SPACES_PREFIX) != 0;
    bool suffix = (flags & GR_SPACES_SUFFIX) != 0;
    if (prefix && !suffix) GR_TRY(gr_text_put(env, out, " ", 1));
    for (size_t i = from; i < to; i++)
        if (!merge || p[i] != ' ' || p[i - 1] != ' ')
            GR_TRY(gr_text_put(env, out, p + i, 1));
    if (merge) trim_end(out);
    return prefix && suffix ? gr_text_put(env, out, " ", 1) : GRAM_OK;
}
