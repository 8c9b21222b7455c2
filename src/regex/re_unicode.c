/* Properties and case folding of code points, from a generated table.
 *
 * In: the name of a property, a set.  Out: sets.  The table is made by
 * tables/make_unicode.js, which states its layout; its first line states the
 * version of Unicode.
 *
 * utf8proc, which libgram uses elsewhere, was rejected here: it answers for
 * one code point at a time (1.1 million questions for one \p{L}, several
 * milliseconds), knows no scripts and no binary properties, and has full
 * folding where ECMA-262 asks for simple folding.  Two sources would also be
 * two versions of Unicode inside one pattern.
 *
 * Cost: a lookup is a binary search over 800 names; decoding is linear in
 * the ranges of the property (\p{L}: 680); closing a set under folding is
 * linear in its ranges plus the 2,900 entries of the folding table. */
#include "regex/re_ast.h"
#include "regex/tables/unicode.inc"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* ECMA-262 22.2.2.9: CharacterClassEscape, WhiteSpace, LineTerminator. */
static const GrRange DIGIT[] = {{'0', '9'}};
static const GrRange SPACE[] = {
    {9, 13},          {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680},
    {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F},
    {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
/* The last two fold to s and k; only i (with u) adds them. */
static const GrRange WORD[] = {{'0', '9'}, {'A', 'Z'},     {'_', '_'},
                               {'a', 'z'}, {0x17F, 0x17F}, {0x212A, 0x212A}};

gram_status gr_unicode_class(GrRe *re, char name, bool fold, SetId *out)
{
    uint32_t n_word = (uint32_t)COUNT(WORD) - (fold ? 0 : 2);
    switch (name) {
    case 'd': return gr_set_make(re, DIGIT, COUNT(DIGIT), out);
    case 's': return gr_set_make(re, SPACE, COUNT(SPACE), out);
    default: return gr_set_make(re, WORD, n_word, out);
    }
}

static uint32_t number(const uint8_t **p)
{
    uint32_t n = 0;
    for (int shift = 0;; shift += 7) {
        uint8_t byte = *(*p)++;
        n |= (uint32_t)(byte & 127) << shift;
        if (byte < 128) return n;
    }
}

static gram_status decode(GrRe *re, uint32_t at, uint32_t n, SetId *out)
{
    ReRanges r = {0};
    const uint8_t *p = CODED + at;
    gram_status s = gr_vec_reserve(re->env, &r, n);
    for (uint32_t i = 0, end = 0; s == GRAM_OK && i < n; i++) {
        uint32_t lo = end + number(&p), hi = lo + number(&p);
        r.at[r.n++] = (GrRange){lo, hi};
        end = hi + 1;
    }
    if (s == GRAM_OK) s = gr_set_make(re, r.at, r.n, out);
    gr_vec_clear(re->env, &r);
    return s;
}

/* The order of a name and a key, which may hold NUL. */
static int compare(const char *name, const char *key, size_t len)
{
    size_t n = strlen(name);
    int order = memcmp(name, key, n < len ? n : len);
    return order != 0 ? order : (n > len) - (n < len);
}

gram_status gr_unicode_property(GrRe *re, const char *key, size_t len,
                                bool *known, SetId *out)
{
    size_t lo = 0, hi = COUNT(NAMES);
    *known = false;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const char *name = NAMES[mid].key;
        int order = compare(name, key, len);
        if (order == 0) {
            *known = true;
            return decode(re, NAMES[mid].at, NAMES[mid].n, out);
        }
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return GRAM_OK;
}

/* The first entry of FOLDS whose code point is at least c. */
static size_t fold_at(uint32_t c)
{
    size_t lo = 0, hi = COUNT(FOLDS);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (FOLDS[mid].c < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint32_t gr_unicode_folds(uint32_t c, const uint32_t **members)
{
    size_t i = fold_at(c);
    uint32_t n = 0;
    if (i == COUNT(FOLDS) || FOLDS[i].c != c) return 1;
    *members = MEMBERS + FOLDS[i].at;
    while ((*members)[n] != 0) n++;
    return n;
}

/* Append the partners of all members of one range. */
static gram_status partners(GrEnv *env, GrRange range, ReRanges *out)
{
    for (size_t i = fold_at(range.lo);
         i < COUNT(FOLDS) && FOLDS[i].c <= range.hi; i++) {
        for (const uint32_t *m = MEMBERS + FOLDS[i].at; *m; m++) {
            GR_TRY(gr_vec_push(env, out, (GrRange){*m, *m}));
        }
    }
    return GRAM_OK;
}

gram_status gr_unicode_close(GrRe *re, SetId s, SetId *out)
{
    ReRanges r = {0};
    uint32_t n;
    const GrRange *range = gr_set_get(re, s, &n);
    gram_status st = GRAM_OK;
    for (uint32_t i = 0; st == GRAM_OK && i < n; i++) {
        st = gr_vec_push(re->env, &r, range[i]);
        if (st == GRAM_OK) st = partners(re->env, range[i], &r);
    }
    if (st == GRAM_OK) st = gr_set_make(re, r.at, r.n, out);
    gr_vec_clear(re->env, &r);
    return st;
}
