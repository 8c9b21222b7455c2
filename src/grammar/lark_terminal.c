/* Strings, ranges of characters and regular expressions of Lark.
 *
 * A string with the flag i and every regular expression become expressions
 * of the regex room; plain strings stay literals.
 *
 * The hard part is where a token of Lark ends: a letter behind a string is a
 * flag or the next name, two dots make a range of it, and a slash in a pattern
 * may be escaped. */
#include "grammar/lark.h"

#include <stdio.h>

/* --- strings -------------------------------------------------------------- */

/* Is there a flag, and nothing that makes it a name?  "a"i is a flag, "a"item
 * an element and a name. */
static bool take_flag(Parser *p, int letter)
{
    int next = gr_peek(p, 1);
    bool name = next == '_' || (next >= '0' && next <= '9') ||
                (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    if (gr_peek(p, 0) != letter || name) return false;
    p->at++;
    return true;
}

/* The text read last, in whatever case.  As a pattern of escapes, which no
 * character can be mistaken in; the regex room knows which letters are one but
 * for their case.  *out stays what it is where it matches nothing. */
static gram_status fold_case(Lark *l, size_t at, PartId *out)
{
    Parser *p = l->p;
    ReId expr;
    l->pattern.n = 0;
    for (uint32_t i = 0, n; i < p->word.n; i += n) {
        char escape[16];
        uint32_t c = gr_utf8_get(p->word.at + i, p->word.n - i, &n);
        if (c == UINT32_MAX) return GRAM_OK; /* half of a surrogate pair */
        int len = snprintf(escape, sizeof escape, "\\u{%x}", c);
        GR_TRY(gr_vec_reserve(p->env, &l->pattern, (uint32_t)len));
        memcpy(l->pattern.at + l->pattern.n, escape, (size_t)len);
        l->pattern.n += (uint32_t)len;
    }
    GR_TRY(gr_re_parse(p->r->re, l->pattern.at, l->pattern.n,
                       GR_RE_WHOLE | GR_RE_STRICT | GR_RE_IGNORE_CASE, &expr,
                       NULL));
    return gr_part_regex(p->r, (uint32_t)at, expr, out);
}

/* The one code point that the string read last is, or an error.  p->word holds
 * it as UTF-8, escapes read. */
static gram_status only_char(Lark *l, size_t at, uint32_t *out)
{
    uint32_t n;
    GrText *word = &l->p->word;
    if (word->n > 0) {
        *out = gr_utf8_get(word->at, word->n, &n);
        if (n == word->n) return GRAM_OK;
    }
    return gr_lark_fail(l, at,
                        "one character is expected at an end of a range");
}

/* "a".."z" is a class.  The literals read for its ends remain as parts that
 * nothing refers to. */
static gram_status range(Lark *l, size_t from, PartId *out)
{
    Parser *p = l->p;
    uint32_t lo = 0, hi = 0;
    PartId unused;
    SetId set;
    GR_TRY(only_char(l, from, &lo));
    p->at += 2;
    GR_TRY(gr_lark_space(l));
    size_t at = p->at;
    if (gr_peek(p, 0) != '"')
        return gr_lark_fail(l, at, "the end of a range is missing");
    GR_TRY(gr_scan_literal(p, &unused));
    GR_TRY(only_char(l, at, &hi));
    if (lo > hi)
        return gr_lark_fail(l, from, "a range whose ends are reversed");
    if (gr_peek(p, 0) == 'i')
        return gr_lark_fail(l, p->at, "a flag on a range");
    GR_TRY(gr_set_make(p->r->re, &(GrRange){lo, hi}, 1, &set));
    return gr_part_set(p->r, (uint32_t)from, set, out);
}

/* A range is tried behind blanks; where it is none they are read again. */
gram_status gr_lark_string(Lark *l, PartId *out)
{
    Parser *p = l->p;
    size_t from = p->at;
    GR_TRY(gr_scan_literal(p, out));
    if (take_flag(p, 'i')) return fold_case(l, from, out);
    size_t here = p->at;
    GR_TRY(gr_lark_space(l));
    if (gr_scan_is(p, "..")) return range(l, from, out);
    p->at = here;
    return GRAM_OK;
}

/* --- regular expressions -------------------------------------------------- */

/* Its closing slash; one in a class has to be escaped, too. */
static gram_status find_end(Lark *l, size_t from, size_t *to)
{
    Parser *p = l->p;
    for (*to = from + 1; *to < p->len && p->text[*to] != '/'; ++*to)
        if (p->text[*to] == '\\') ++*to;
    if (*to < p->len) return GRAM_OK;
    return gr_lark_fail(l, from, "a regular expression that does not end");
}

/* One letter each, in any order; u is on in any case, l is of locales. */
static gram_status read_flags(Lark *l, uint32_t *flags, bool *verbose)
{
    Parser *p = l->p;
    *verbose = false;
    for (;; p->at++) {
        switch (gr_peek(p, 0)) {
        case 'i': *flags |= GR_RE_IGNORE_CASE; break;
        case 's': *flags |= GR_RE_DOT_ALL; break;
        case 'm': *flags |= GR_RE_MULTILINE; break;
        case 'x': *verbose = true; break;
        case 'u': break;
        case 'l':
            return gr_lark_unsupported(l, p->at, "the flag l of a pattern");
        default: return GRAM_OK;
        }
    }
}

/* Offsets of the regex room count from the rewritten pattern: an error is
 * placed where the pattern begins.  An empty language is "none", so that
 * facts.c sees it. */
static gram_status parse(Lark *l, size_t at, uint32_t flags, PartId *out)
{
    Parser *p = l->p;
    ReId expr;
    gram_status status =
        gr_re_parse(p->r->re, l->pattern.at, l->pattern.n, flags, &expr, NULL);
    if (status != GRAM_OK && p->env->error != NULL) p->env->error->offset = at;
    GR_TRY(status);
    bool none;
    GR_TRY(gr_re_is_none(p->r->re, expr, &none));
    if (none) expr = gr_re_none(p->r->re);
    return gr_part_regex(p->r, (uint32_t)at, expr, out);
}

/* /.../ and its flags; then the pattern in the other spelling. */
gram_status gr_lark_pattern(Lark *l, PartId *out)
{
    Parser *p = l->p;
    size_t from = p->at, to;
    uint32_t flags = GR_RE_WHOLE | GR_RE_STRICT;
    bool verbose;
    GR_TRY(find_end(l, from, &to));
    p->at = to + 1;
    GR_TRY(read_flags(l, &flags, &verbose));
    GR_TRY(gr_lark_rewrite(l, from + 1, to, verbose, &flags));
    return parse(l, from, flags, out);
}

/* --- %import common ------------------------------------------------------- */

/* Patterns of the table are in the regex room's spelling already. */
gram_status gr_lark_common(Lark *l, const char *name, size_t len, size_t at,
                           PartId *out, bool *found)
{
#define COMMON(name, pattern) {name, pattern},
    static const struct {
        const char *name, *pattern;
    } common[] = {
#include "grammar/lark_common.def"
    };
#undef COMMON
    *found = false;
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        if (strlen(common[i].name) != len ||
            memcmp(common[i].name, name, len) != 0)
            continue;
        *found = true;
        size_t n = strlen(common[i].pattern);
        l->pattern.n = 0;
        GR_TRY(gr_vec_reserve(l->p->env, &l->pattern, (uint32_t)n));
        memcpy(l->pattern.at, common[i].pattern, n);
        l->pattern.n = (uint32_t)n;
        return parse(l, at, GR_RE_WHOLE | GR_RE_STRICT, out);
    }
    return GRAM_OK;
}
