/* Characters, literals, classes, counts and token terminals.
 *
 * Everything here reads at p->at and leaves it behind what was read; errors
 * carry the offset of the character at fault.  Surrogates can be written by
 * escape but are no characters: a literal with one never matches, a class
 * drops them, and the report says so.  In Lark's strings, which its descendants
 * read as JSON, two halves in a row are the character of both.
 *
 * Which characters mean what is asked of the dialect's row; what is the same in
 * all of them (numbers, hexadecimal digits, UTF-8) is here once.  The text may
 * be anything: where the text ends gr_peek is -1, and no loop goes on without
 * p->at having moved. */
#include "grammar/facts.h"
#include "grammar/parse.h"

enum { MAX_CODE_POINT = 0x10FFFF };

static gram_status bad(Parser *p, size_t at, const char *what)
{
    return gr_fail(p->env, GRAM_E_SYNTAX, at, "%s", what);
}

/* Does the text go on with `word`? */
bool gr_scan_is(const Parser *p, const char *word)
{
    size_t n = strlen(word);
    return p->len - p->at >= n && memcmp(p->text + p->at, word, n) == 0;
}

/* C's: they do not nest. */
static gram_status skip_block_comment(Parser *p)
{
    size_t from = p->at;
    for (p->at += 2; p->at < p->len; p->at++) {
        if (!gr_scan_is(p, "*/")) continue;
        p->at += 2;
        return GRAM_OK;
    }
    return bad(p, from, "a comment that does not end");
}

/* [wfc: ...] and [vc: ...] name constraints that no grammar can express. */
static bool is_note(const Parser *p)
{
    static const char *const words[] = {"wfc:", "vc:"};
    size_t at = 1, k;
    if (!p->d->code_point || gr_peek(p, 0) != '[') return false;
    /* letters in either case */
    while (gr_peek(p, at) == ' ') at++;
    for (int w = 0; w < 2; w++) {
        for (k = 0; words[w][k] != 0; k++)
            if ((gr_peek(p, at + k) | 32) != (words[w][k] | 32)) break;
        if (words[w][k] == 0) return true;
    }
    return false;
}

/* As far as its bracket, over lines too. */
static gram_status skip_note(Parser *p)
{
    size_t from = p->at;
    while (p->at < p->len && p->text[p->at] != ']') p->at++;
    if (p->at == p->len) return bad(p, from, "a note that does not end");
    p->at++;
    return GRAM_OK;
}

/* # begins a comment, but in W3C's spelling a code point. */
gram_status gr_scan_space(Parser *p, bool newlines)
{
    for (;;) {
        int c = gr_peek(p, 0);
        if (c == ' ' || c == '\t') {
            p->at++;
        } else if ((c == '\n' || c == '\r') && newlines) {
            p->at++;
        } else if (c == '#' && !p->d->code_point) {
            while (gr_peek(p, 0) != '\n' && gr_peek(p, 0) != '\r' &&
                   p->at < p->len)
                p->at++;
        } else if (p->d->code_point && gr_scan_is(p, "/*")) {
            GR_TRY(skip_block_comment(p));
        } else if (is_note(p)) {
            GR_TRY(skip_note(p));
        } else {
            return GRAM_OK;
        }
    }
}

/* Of ASCII: no locale is asked. */
static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters of ASCII, and what the dialect's row adds. */
static bool is_name_char(int c, const char *more)
{
    return is_letter(c) || (c > 0 && strchr(more, c) != NULL);
}

/* Where the name begins may be ahead of p->at: rules look for the next head. */
size_t gr_scan_name(const Parser *p, size_t from)
{
    size_t i = from;
    if (i >= p->len || !is_name_char(p->text[i], p->d->name_first)) return 0;
    while (i < p->len && is_name_char(p->text[i], p->d->name_rest)) i++;
    return i - from;
}

/* GR_RE_INF is no number: it means "no end". */
gram_status gr_scan_number(Parser *p, uint32_t *out)
{
    uint64_t n = 0;
    size_t from = p->at;
    for (; gr_peek(p, 0) >= '0' && gr_peek(p, 0) <= '9'; p->at++) {
        n = n * 10 + (uint64_t)(gr_peek(p, 0) - '0');
        if (n >= GR_RE_INF)
            return gr_fail(p->env, GRAM_E_LIMIT, from,
                           "a number of 2^32 - 1 or more");
    }
    *out = (uint32_t)n;
    return p->at > from ? GRAM_OK : bad(p, from, "a number is expected");
}

/* --- characters ----------------------------------------------------------- */

/* -1 for what is no digit, the end of the text among it. */
static int hex_value(int c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* `digits` hex digits, or all of them where digits is 0.  The limit is looked
 * at with each digit, so that nothing overflows. */
static gram_status hex(Parser *p, size_t from, uint32_t digits, uint32_t *out)
{
    uint32_t c = 0, n = 0;
    for (; (digits == 0 || n < digits) && hex_value(gr_peek(p, 0)) >= 0; n++) {
        c = c << 4 | (uint32_t)hex_value(gr_peek(p, 0));
        p->at++;
        if (c > MAX_CODE_POINT)
            return bad(p, from, "a code point beyond U+10FFFF");
    }
    if (n < (digits ? digits : 1))
        return bad(p, from, "an escape with too few hexadecimal digits");
    *out = c;
    return GRAM_OK;
}

/* One table for all dialects; which letters there are is in their rows. */
static uint32_t escape_value(int letter)
{
    switch (letter) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'a': return '\a';
    case 'v': return '\v';
    case 'e': return 27;
    case '0': return 0;
    default: return (uint32_t)letter;
    }
}

/* The second half of \ud83d\ude00, where *c is the first.  What is none is read
 * as a character of its own. */
static gram_status second_half(Parser *p, uint32_t *c)
{
    size_t from = p->at;
    uint32_t low;
    if (!p->d->lark || *c < 0xD800 || *c > 0xDBFF || !gr_scan_is(p, "\\u"))
        return GRAM_OK;
    p->at += 2;
    GR_TRY(hex(p, from, 4, &low));
    if (low >= 0xDC00 && low <= 0xDFFF)
        *c = 0x10000 + ((*c - 0xD800) << 10) + (low - 0xDC00);
    else
        p->at = from;
    return GRAM_OK;
}

/* \x, \u and \U are in all dialects that have escapes, with the number of
 * digits that each takes. */
static gram_status escape(Parser *p, bool in_class, uint32_t *out)
{
    size_t from = p->at;
    const Dialect *d = p->d;
    int letter = gr_peek(p, 1);
    if (letter == -1) return bad(p, from, "an escape that does not end");
    p->at += 2;
    if (letter == 'x') return hex(p, from, d->greedy_hex ? 0 : 2, out);
    if (letter == 'u') {
        GR_TRY(hex(p, from, 4, out));
        return second_half(p, out);
    }
    if (letter == 'U') return hex(p, from, 8, out);
    /* strchr would find the zero that ends its string */
    bool known = letter != 0 && (strchr(d->escapes, letter) != NULL ||
                                 (in_class && strchr(d->set_escapes, letter)));
    if (!known)
        return gr_fail(p->env, GRAM_E_SYNTAX, from,
                       "an escape that %s does not have", d->name);
    *out = escape_value(letter);
    return GRAM_OK;
}

/* One code point of a literal or class, escapes read. */
static gram_status character(Parser *p, bool in_class, uint32_t *out)
{
    const char *what = in_class ? "a class that does not end"
                                : "a string that does not end";
    int c = gr_peek(p, 0);
    if (c == -1) return bad(p, p->at, what);
    if (c == '\n' && !p->d->raw_newline)
        return bad(p, p->at, "a newline in a string or class");
    /* in a dialect without escapes a backslash is a character */
    if (c == '\\' && p->d->escapes != NULL) return escape(p, in_class, out);
    /* [#x9#xA] of W3C */
    if (c == '#' && in_class && p->d->code_point && gr_peek(p, 1) == 'x') {
        size_t from = p->at;
        p->at += 2;
        return hex(p, from, 0, out);
    }
    uint32_t n;
    *out = gr_utf8_get(p->text + p->at, p->len - p->at, &n);
    if (*out == UINT32_MAX) return bad(p, p->at, "a byte that is not UTF-8");
    p->at += n;
    return GRAM_OK;
}

/* --- elements ------------------------------------------------------------- */

static bool is_half(uint32_t c)
{
    return c >= 0xD800 && c <= 0xDFFF;
}

/* What can be written, and matches nothing: hardly what was meant. */
static gram_status warn(Parser *p, const char *what, const char *note)
{
    char name[100];
    return gr_report_add(p->env, p->r->report, GRAM_REPORT_WARNING, what,
                         gr_rules_spell(p->r, p->rule, name, sizeof name),
                         note);
}

/* The class of p->ranges. */
static gram_status set_part(Parser *p, size_t at, bool negated, PartId *out)
{
    SetId set;
    GR_TRY(gr_set_make(p->r->re, p->ranges.at, p->ranges.n, &set));
    if (negated) GR_TRY(gr_set_not(p->r->re, set, &set));
    return gr_part_set(p->r, (uint32_t)at, set, out);
}

/* The quote that opens it closes it.  Its characters are put as UTF-8 again, so
 * that literals are that, however they were written. */
gram_status gr_scan_literal(Parser *p, PartId *out)
{
    size_t from = p->at++;
    bool possible = true;
    p->word.n = 0;
    while (gr_peek(p, 0) != (unsigned char)p->text[from]) {
        uint32_t c, n;
        char utf8[4];
        GR_TRY(gr_step(p->env, 1));
        GR_TRY(character(p, false, &c));
        /* no UTF-8 text has it: the whole literal never matches */
        if (is_half(c)) possible = false;
        n = gr_utf8_put(c, utf8);
        GR_TRY(gr_text_put(p->env, &p->word, utf8, n));
    }
    p->at++;
    p->ranges.n = 0;
    if (!possible) {
        GR_TRY(warn(p, "string", "half of a surrogate pair: never matches"));
        return set_part(p, from, false, out);
    }
    return gr_part_text(p->r, (uint32_t)from, p->word.at, p->word.n, out);
}

/* A - at the end of a class stands for itself. */
static gram_status range(Parser *p)
{
    size_t from = p->at;
    uint32_t lo, hi;
    GR_TRY(gr_step(p->env, 1));
    GR_TRY(character(p, true, &lo));
    hi = lo;
    if (gr_peek(p, 0) == '-' && gr_peek(p, 1) != ']') {
        p->at++;
        GR_TRY(character(p, true, &hi));
    }
    if (is_half(lo) && is_half(hi))
        GR_TRY(warn(p, "class", "half of a surrogate pair: left out"));
    if (lo <= hi) return gr_vec_push(p->env, &p->ranges, (GrRange){lo, hi});
    if (p->d->reversed_range)
        return warn(p, "class", "a range whose ends are reversed: left out");
    return bad(p, from, "a range whose ends are reversed");
}

/* [] and [^] differ by dialect: the empty string, or no character and any. */
gram_status gr_scan_class(Parser *p, PartId *out)
{
    size_t from = p->at++;
    bool negated = gr_peek(p, 0) == '^';
    if (negated) p->at++;
    size_t first = p->at;
    p->ranges.n = 0;
    while (gr_peek(p, 0) != ']') GR_TRY(range(p));
    /* [^] is [^ and ], with nothing between */
    bool empty = p->at++ == first;
    if (empty && p->d->empty_class == EMPTY_IS_EPSILON)
        return gr_part_empty(p->r, (uint32_t)from, out);
    return set_part(p, from, negated, out);
}

/* #x41, as long as digits follow. */
gram_status gr_scan_code_point(Parser *p, PartId *out)
{
    size_t from = p->at;
    uint32_t c;
    p->at += 2;
    GR_TRY(hex(p, from, 0, &c));
    p->ranges.n = 0;
    GR_TRY(gr_vec_push(p->env, &p->ranges, (GrRange){c, c}));
    return set_part(p, from, false, out);
}

/* The complement of no range. */
gram_status gr_scan_any(Parser *p, PartId *out)
{
    p->ranges.n = 0;
    return set_part(p, p->at++, true, out);
}

/* --- token terminals ------------------------------------------------------ */

typedef GrVec(uint32_t) Ids;

/* Without a vocabulary every id is taken (grammar.h). */
static gram_status add_id(Parser *p, size_t at, uint32_t id, Ids *ids)
{
    const GrTokenNames *names = p->r->tokens;
    bool is_text;
    if (names != NULL && !names->exists(names->ctx, id, &is_text))
        return gr_fail(p->env, GRAM_E_REFERENCE, at,
                       "the vocabulary has no token %u", id);
    return gr_vec_push(p->env, ids, id);
}

/* lo, or lo-hi where the dialect has that.  A range costs a step an id, and has
 * no more than a vocabulary can. */
static gram_status token_range(Parser *p, Ids *ids)
{
    uint32_t lo = 0, hi;
    size_t at = p->at;
    GR_TRY(gr_scan_number(p, &lo));
    hi = lo;
    if (p->d->lark && gr_peek(p, 0) == '-') {
        p->at++;
        GR_TRY(gr_scan_number(p, &hi));
    }
    if (lo > hi) return bad(p, at, "a range whose ends are reversed");
    /* before a list of that many is made */
    if (hi - lo >= GR_LIMIT_VOCAB_TOKENS)
        return gr_fail(p->env, GRAM_E_LIMIT, at, "more than %d tokens",
                       GR_LIMIT_VOCAB_TOKENS);
    for (uint32_t id = lo; id <= hi; id++) GR_TRY(add_id(p, at, id, ids));
    return gr_step(p->env, hi - lo + 1);
}

/* [1] or [1,2]; the < lies before p->at.  Lark also has [^1] and [*].  In
 * Lark's brackets blanks and ranges are allowed, too. */
static gram_status listed_tokens(Parser *p, size_t from, Ids *ids,
                                 bool *negated)
{
    if (p->d->lark && gr_scan_is(p, "[*]>")) {
        *negated = true;
        p->at += 4;
        return GRAM_OK;
    }
    if (p->d->lark && gr_peek(p, 1) == '^') {
        *negated = true;
        p->at++;
    }
    do {
        p->at++;
        while (p->d->lark && gr_peek(p, 0) == ' ') p->at++;
        GR_TRY(token_range(p, ids));
    } while (gr_peek(p, 0) == ',');
    if (!gr_scan_is(p, "]>"))
        return bad(p, from, "a token that does not end with ]>");
    p->at += 2;
    return GRAM_OK;
}

/* <text>: the one token that spells it, with its brackets.  Whether the token
 * is text does not matter here: it is named. */
static gram_status spelled_token(Parser *p, size_t from, Ids *ids)
{
    const GrTokenNames *names = p->r->tokens;
    uint32_t id = UINT32_MAX;
    size_t at = p->at;
    while (gr_peek(p, 0) != '>' && p->at < p->len) p->at++;
    if (p->at == p->len)
        return bad(p, from, "a token that does not end with >");
    p->at++;
    const char *text = p->text + at - 1;
    size_t len = p->at + 1 - at;
    if (names == NULL)
        return gr_fail(p->env, GRAM_E_UNSUPPORTED, from,
                       "not taken: a token by its text, without a vocabulary");
    GR_TRY(names->find(names->ctx, p->env, text, len, &id));
    if (id != UINT32_MAX) return gr_vec_push(p->env, ids, id);
    return gr_fail(p->env, GRAM_E_REFERENCE, from,
                   "%.*s is not one token of the vocabulary",
                   (int)(len < 100 ? len : 100), text);
}

/* Does a negated list leave no text token?  Then it is no token at all, which
 * must be seen before automata are built: a terminal that nothing matches
 * derives nothing. */
static gram_status leaves_none(Parser *p, const Ids *ids, bool *none)
{
    const GrTokenNames *names = p->r->tokens;
    GrVec(uint64_t) sorted = {0};
    uint32_t n = 0;
    *none = false;
    if (names == NULL || ids->n < names->n_text) return GRAM_OK;
    gram_status status = gr_vec_reserve(p->env, &sorted, ids->n);
    for (uint32_t i = 0; i < ids->n && status == GRAM_OK; i++)
        sorted.at[sorted.n++] = ids->at[i];
    gr_sort_words(sorted.at, sorted.n);
    /* each id once, however often it was listed */
    for (uint32_t i = 0; i < sorted.n; i++) {
        bool is_text = false;
        if (i > 0 && sorted.at[i - 1] == sorted.at[i]) continue;
        names->exists(names->ctx, (uint32_t)sorted.at[i], &is_text);
        n += is_text;
    }
    gr_vec_clear(p->env, &sorted);
    *none = n >= names->n_text;
    return status;
}

/* <[1]>, <text>, and with ! before them every other token. */
gram_status gr_scan_tokens(Parser *p, PartId *out)
{
    size_t from = p->at;
    Ids ids = {0};
    bool negated = gr_peek(p, 0) == '!';
    p->at += negated ? 2 : 1;
    gram_status status = gr_peek(p, 0) == '['
                             ? listed_tokens(p, from, &ids, &negated)
                             : spelled_token(p, from, &ids);
    bool none = false;
    if (status == GRAM_OK && negated) status = leaves_none(p, &ids, &none);
    p->ranges.n = 0;
    if (status == GRAM_OK)
        status = none ? set_part(p, from, false, out)
                      : gr_part_tokens(p->r, (uint32_t)from, ids.at, ids.n,
                                       negated, out);
    gr_vec_clear(p->env, &ids);
    return status;
}

/* --- counts --------------------------------------------------------------- */

/* The upper end behind the comma: a number, -1 or nothing. */
static gram_status upper(Parser *p, uint32_t *hi)
{
    *hi = GR_RE_INF;
    if (gr_scan_is(p, "-1") && p->d->macros) {
        p->at += 2;
        return GRAM_OK;
    }
    return gr_peek(p, 0) == '}' ? GRAM_OK : gr_scan_number(p, hi);
}

/* With {,n} from 0 on; {,} says nothing and is refused. */
gram_status gr_scan_counts(Parser *p, uint32_t *lo, uint32_t *hi)
{
    size_t from = p->at++;
    bool newlines = !p->d->line_rules || p->groups.n > 1;
    *lo = 0;
    GR_TRY(gr_scan_space(p, newlines));
    bool open = gr_peek(p, 0) == ',';
    if (!open) GR_TRY(gr_scan_number(p, lo));
    *hi = *lo;
    GR_TRY(gr_scan_space(p, newlines));
    if (gr_peek(p, 0) == ',') {
        p->at++;
        GR_TRY(gr_scan_space(p, newlines));
        if (open && gr_peek(p, 0) == '}')
            return bad(p, from, "a repeat without a number");
        GR_TRY(upper(p, hi));
        GR_TRY(gr_scan_space(p, newlines));
    }
    if (gr_peek(p, 0) != '}') return bad(p, p->at, "a } is expected");
    p->at++;
    return *lo <= *hi ? GRAM_OK
                      : bad(p, from, "a repeat whose ends are reversed");
}
