/* Unicode normalizers, through utf8proc: the only file that includes it.
 *
 * utf8proc's own string functions allocate with malloc and sort combining
 * marks by exchange, which is quadratic on a long run of them.  So only its
 * tables are used, code point by code point, and marks are put in order by a
 * stable counting sort over the 255 combining classes: linear in all cases.
 * Sources: Unicode Standard Annex 15; the crates `tokenizers` and
 * `sentencepiece` for what their steps do, read for behaviour. */
#include "vocab/normalize.h"

#include <utf8proc.h>

static gram_status put_point(GrEnv *env, GrText *t, int32_t c)
{
    char b[4];
    uint32_t n = gr_utf8_put((uint32_t)c, b);
    return gr_text_put(env, t, b, n);
}

static int32_t next_point(GrBytes in, size_t *at)
{
    uint32_t len, c;
    c = gr_utf8_get((const char *)in.p + *at, in.n - *at, &len);
    *at += len;
    return (int32_t)c;
}

/* --- decomposition -------------------------------------------------------- */

/* 0: a starter, which marks do not cross. */
static int class_of(int32_t c)
{
    return utf8proc_get_property(c)->combining_class;
}

/* Order the marks p[0..n), none of them a starter: stable, by class. */
static gram_status sort_marks(GrEnv *env, int32_t *p, uint32_t n)
{
    if (n < 2) return GRAM_OK;
    if (n == 2) {
        if (class_of(p[0]) > class_of(p[1])) {
            int32_t t = p[0];
            p[0] = p[1];
            p[1] = t;
        }
        return GRAM_OK;
    }
    uint32_t start[257] = {0};
    int32_t *sorted = gr_zalloc(env, n, sizeof *sorted);
    if (sorted == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++) start[class_of(p[i]) + 1]++;
    for (int k = 1; k < 257; k++) start[k] += start[k - 1];
    for (uint32_t i = 0; i < n; i++) sorted[start[class_of(p[i])]++] = p[i];
    memcpy(p, sorted, n * sizeof *p);
    gr_free(env, sorted, n * sizeof *sorted);
    return GRAM_OK;
}

/* Runs end at starters; what is no mark is left where it is. */
static gram_status order_marks(GrEnv *env, GrPoints *s)
{
    for (uint32_t i = 0, j; i < s->n; i = j + 1) {
        for (j = i; j < s->n && class_of(s->at[j]) != 0;) j++;
        GR_TRY(sort_marks(env, s->at + i, j - i));
    }
    return GRAM_OK;
}

/* The code points of `in`, decomposed and ordered, in s. */
static gram_status decompose(GrEnv *env, GrBytes in, bool compat, GrPoints *s)
{
    utf8proc_option_t o = UTF8PROC_DECOMPOSE;
    int bound = 0;
    if (compat) o = (utf8proc_option_t)(o | UTF8PROC_COMPAT);
    s->n = 0;
    for (size_t at = 0; at < in.n;) {
        int32_t c = next_point(in, &at);
        GR_TRY(gr_vec_reserve(env, s, 32)); /* U+FDFA becomes 18 */
        utf8proc_ssize_t n = utf8proc_decompose_char(
            c, s->at + s->n, (utf8proc_ssize_t)(s->cap - s->n), o, &bound);
        s->n += n > 0 ? (uint32_t)n : 0;
    }
    return order_marks(env, s);
}

/* Back to UTF-8; every code point comes from valid text or the tables. */
static gram_status put_points(GrEnv *env, const GrPoints *s, GrText *out)
{
    for (uint32_t i = 0; i < s->n; i++) GR_TRY(put_point(env, out, s->at[i]));
    return GRAM_OK;
}

/* Composing is in place and linear, so there utf8proc does the work. */
static gram_status normal_run(GrEnv *env, GrOp op, GrBytes in, GrPoints *s,
                              GrText *out)
{
    bool compat = op == GR_OP_NFKC || op == GR_OP_NFKD;
    GR_TRY(decompose(env, in, compat, s));
    if (op == GR_OP_NFC || op == GR_OP_NFKC) {
        utf8proc_ssize_t n = utf8proc_normalize_utf32(
            s->at, (utf8proc_ssize_t)s->n,
            (utf8proc_option_t)(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
        s->n = n > 0 ? (uint32_t)n : 0;
    }
    return put_points(env, s, out);
}

/* The next character beyond ASCII at or behind `at`, or n; and the next
 * within. */
static size_t skip_ascii(const uint8_t *p, size_t n, size_t at)
{
    while (at < n && p[at] < 0x80) at++;
    return at;
}

/* Runs are cut only where ASCII begins again, so a mark stays with what it is
 * put on. */
static size_t skip_others(const uint8_t *p, size_t n, size_t at)
{
    while (at < n && p[at] >= 0x80) at++;
    return at;
}

/* ASCII stays as it is, but the character before others may take a mark; no
 * ASCII character is ever taken by what stands before it. */
static gram_status normal_form(GrEnv *env, GrOp op, GrBytes in, GrPoints *s,
                               GrText *out)
{
    const uint8_t *p = in.p;
    for (size_t at = 0, from, to; at < in.n; at = to) {
        from = to = skip_ascii(p, in.n, at);
        if (from < in.n) to = skip_others(p, in.n, from);
        if (from < in.n && from > at) from--;
        GR_TRY(gr_text_put(env, out, p + at, from - at));
        if (from < to)
            GR_TRY(normal_run(env, op, (GrBytes){p + from, to - from}, s, out));
    }
    return GRAM_OK;
}

/* --- single code points --------------------------------------------------- */

/* White space as Rust's char::is_whitespace has it. */
static bool is_space(int32_t c)
{
    return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Lower case; U+0130 alone becomes two code points. */
static gram_status put_lower(GrEnv *env, GrText *out, int32_t c)
{
    if (c == 0x130) return gr_text_put(env, out, "i\xCC\x87", 3);
    return put_point(env, out, utf8proc_tolower(c));
}

static bool is_mark(int32_t c, bool nonspacing_only)
{
    utf8proc_category_t k = utf8proc_category(c);
    return k == UTF8PROC_CATEGORY_MN ||
           (!nonspacing_only &&
            (k == UTF8PROC_CATEGORY_MC || k == UTF8PROC_CATEGORY_ME));
}

static bool is_control(int32_t c, bool llama)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS: return true;
    case UTF8PROC_CATEGORY_CO:
        /* the tables of the Rust crate list only the ends of the ranges */
        return llama || c == 0xE000 || c == 0xF8FF || c == 0xF0000 ||
               c == 0xFFFFD || c == 0x100000 || c == 0x10FFFD;
    default: return false;
    }
}

/* The blocks that BERT calls Chinese; one border is as its Rust code has
 * it. */
static bool is_chinese(int32_t c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
           (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

/* NMT: controls vanish, odd spaces become spaces. */
static int32_t nmt(int32_t c)
{
    if ((c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) ||
        c == 0x7F || c == 0x8F || c == 0x9F)
        return -1;
    if (c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 ||
        (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 ||
        c == 0x2581 || c == 0xFEFF || c == 0xFFFD)
        return ' ';
    return c;
}

/* --- steps ---------------------------------------------------------------- */

/* True if c vanishes in cleaning; *c may become a space. */
static bool bert_drops(uint32_t flags, int32_t *c)
{
    bool space = is_space(*c), llama = (flags & GR_BERT_LLAMA) != 0;
    bool kept = llama ? space : *c == '\t' || *c == '\n' || *c == '\r';
    if (!(flags & GR_BERT_CLEAN)) return false;
    if (*c == 0 || *c == 0xFFFD || (!kept && is_control(*c, llama)))
        return true;
    if (space) *c = ' ';
    return false;
}

/* What cleaning drops is gone before the other steps see it. */
static gram_status bert_point(GrEnv *env, uint32_t flags, int32_t c,
                              GrText *out)
{
    bool llama = (flags & GR_BERT_LLAMA) != 0;
    if (bert_drops(flags, &c)) return GRAM_OK;
    if ((flags & GR_BERT_ACCENTS) && is_mark(c, !llama)) return GRAM_OK;
    bool alone = (flags & GR_BERT_CHINESE) && is_chinese(c);
    if (alone) GR_TRY(gr_text_put(env, out, " ", 1));
    if ((flags & GR_BERT_LOWER) && llama)
        GR_TRY(put_point(env, out, utf8proc_tolower(c)));
    else if (flags & GR_BERT_LOWER)
        GR_TRY(put_lower(env, out, c));
    else
        GR_TRY(put_point(env, out, c));
    return alone ? gr_text_put(env, out, " ", 1) : GRAM_OK;
}

/* llama.cpp's decomposition keeps the first code point of each. */
static gram_status first_points(GrEnv *env, GrBytes in, GrPoints *s)
{
    int32_t d[32];
    int bound = 0;
    s->n = 0;
    for (size_t at = 0; at < in.n;) {
        int32_t c = next_point(in, &at);
        utf8proc_ssize_t n =
            utf8proc_decompose_char(c, d, 32, UTF8PROC_DECOMPOSE, &bound);
        GR_TRY(gr_vec_push(env, s, n > 0 ? d[0] : c));
    }
    return GRAM_OK;
}

/* The four steps in one pass: what decomposition makes of a character is
 * clean, Chinese or a space exactly if the character is. */
static gram_status bert(GrEnv *env, uint32_t flags, GrBytes in, GrPoints *s,
                        GrText *out)
{
    s->n = 0;
    if ((flags & GR_BERT_ACCENTS) && (flags & GR_BERT_LLAMA)) {
        GR_TRY(first_points(env, in, s));
    } else if (flags & GR_BERT_ACCENTS) {
        GR_TRY(decompose(env, in, false, s));
    } else {
        for (size_t at = 0; at < in.n;)
            GR_TRY(gr_vec_push(env, s, next_point(in, &at)));
    }
    for (uint32_t i = 0; i < s->n; i++)
        GR_TRY(bert_point(env, flags, s->at[i], out));
    return GRAM_OK;
}

/* Steps that look at one character at a time. */
static gram_status each_point(GrEnv *env, GrOp op, GrBytes in, GrText *out)
{
    for (size_t at = 0; at < in.n;) {
        int32_t c = next_point(in, &at);
        if (op == GR_OP_NMT) c = nmt(c);
        if (c < 0 || (op == GR_OP_STRIP_ACCENTS && is_mark(c, false))) continue;
        if (op == GR_OP_LOWER)
            GR_TRY(put_lower(env, out, c));
        else
            GR_TRY(put_point(env, out, c));
    }
    return GRAM_OK;
}

/* From the front up to the first character that is no space; at the end behind
 * the last such character. */
static gram_status strip(GrEnv *env, uint32_t flags, GrBytes in, GrText *out)
{
    const char *p = in.p;
    size_t from = 0, to = 0;
    for (size_t at = 0; (flags & 1) && at < in.n;) {
        if (!is_space(next_point(in, &at))) break;
        from = at;
    }
    if (!(flags & 2)) to = in.n;
    for (size_t at = from; (flags & 2) && at < in.n;)
        if (!is_space(next_point(in, &at))) to = at;
    return to > from ? gr_text_put(env, out, p + from, to - from) : GRAM_OK;
}

gram_status gr_normalize(GrEnv *env, const GrRecord *r, GrBytes in,
                         GrPoints *scratch, GrText *out)
{
    switch (r->op) {
    case GR_OP_NFC:
    case GR_OP_NFD:
    case GR_OP_NFKC:
    case GR_OP_NFKD: return normal_form(env, r->op, in, scratch, out);
    case GR_OP_STRIP: return strip(env, r->flags, in, out);
    case GR_OP_BERT: return bert(env, r->flags, in, scratch, out);
    default: return each_point(env, r->op, in, out);
    }
}

/* Boundaries depend on what came before (flags of countries, emoji), which is
 * utf8proc's `state`. */
uint32_t gr_grapheme_len(const char *p, size_t n)
{
    GrBytes in = {p, n};
    utf8proc_int32_t state = 0;
    size_t at = 0, end;
    int32_t before = next_point(in, &at);
    do {
        end = at;
        if (at >= n) break;
        int32_t c = next_point(in, &at);
        if (utf8proc_grapheme_break_stateful(before, c, &state)) break;
        before = c;
    } while (true);
    return (uint32_t)end;
}
