/* Patterns of Lark in the spelling of the regex room.
 *
 * Lark's patterns are Python's, or Rust's in its descendants; the regex room
 * reads ECMA-262 with the u flag, strictly.  What differs in spelling only is
 * rewritten here:
 *
 *     .          [^\n]               ECMA's dot leaves out more
 *     \d \w      \p{Nd}, letters, marks, digits, connectors of all scripts
 *     \-  \"     \x2d, \x22          escapes of what needs none
 *     (?P<n>..)  (?<n>..)            and a leading (?i), (?s)
 *     a++  a*?   a+  a*              possessive and lazy: one language
 *     { } ]      escaped where they quantify or close nothing
 *     {,n}       {0,n}
 *     x flag     blanks and comments are left out
 *
 * Lookaround, \b and back references see beyond the terminal or are not
 * regular: they are refused, with their place.
 *
 * The output is never longer than a small multiple of the input, and means the
 * same or is refused: nothing is passed on in the hope that it does.  Places in
 * errors are those of the grammar's text. */
#include "grammar/lark.h"

#include <stdio.h>

typedef struct Rewriter {
    Lark *l;
    const char *text;
    size_t at, to;
    uint32_t *flags;
    bool verbose;
    bool dot_all;         /* here: the dot is any character */
    GrVec(uint8_t) outer; /* dot_all outside of each open group */
} Rewriter;

/* -1 behind the end, which is no character. */
static int peek(const Rewriter *w, size_t ahead)
{
    size_t i = w->at + ahead;
    return i < w->to ? (unsigned char)w->text[i] : -1;
}

static gram_status put(Rewriter *w, const char *s, size_t n)
{
    GrEnv *env = w->l->p->env;
    GR_TRY(gr_vec_reserve(env, &w->l->pattern, (uint32_t)n));
    memcpy(w->l->pattern.at + w->l->pattern.n, s, n);
    w->l->pattern.n += (uint32_t)n;
    return gr_step(env, 1);
}

static gram_status put_word(Rewriter *w, const char *s)
{
    return put(w, s, strlen(s));
}

/* Copy n bytes as they are. */
static gram_status copy(Rewriter *w, size_t n)
{
    if (n > w->to - w->at) n = w->to - w->at;
    w->at += n;
    return put(w, w->text + w->at - n, n);
}

static gram_status refuse(Rewriter *w, const char *what)
{
    return gr_lark_unsupported(w->l, w->at, what);
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* --- escapes -------------------------------------------------------------- */

/* \U0010FFFF of Python: eight digits.  Leading zeros are dropped, all but the
 * last digit: \u{...} takes up to six. */
static gram_status long_escape(Rewriter *w)
{
    size_t zeros = 2;
    while (zeros < 9 && peek(w, zeros) == '0') zeros++;
    GR_TRY(put_word(w, "\\u{"));
    w->at += zeros;
    GR_TRY(copy(w, 10 - zeros));
    return put_word(w, "}");
}

#define DIGITS "\\p{Nd}"
#define WORDS  "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}"

/* \d \D \w \W.  In a class what is meant is added to the members; all that is
 * no WORDS cannot be.  Of \W, which class() sees to, a member is left that no
 * text has (half of a surrogate pair), so that no range ends in it. */
static gram_status class_escape(Rewriter *w, int c, bool in_class)
{
    const char *alone = c == 'd'   ? "[" DIGITS "]"
                        : c == 'D' ? "[^" DIGITS "]"
                        : c == 'w' ? "[" WORDS "]"
                                   : "[^" WORDS "]";
    const char *member = c == 'd'   ? DIGITS
                         : c == 'D' ? "\\P{Nd}"
                         : c == 'w' ? WORDS
                                    : "\\p{Cs}";
    w->at += 2;
    return put_word(w, in_class ? member : alone);
}

/* Those of letters that mean something in both go on as they are; punctuation
 * becomes a number, since ECMA refuses escapes without need. */
static gram_status escape(Rewriter *w, bool in_class)
{
    char hex[12];
    int c = peek(w, 1);
    if (c == -1)
        return gr_lark_fail(w->l, w->at, "an escape that does not end");
    if (c == 'd' || c == 'D' || c == 'w' || c == 'W')
        return class_escape(w, c, in_class);
    if (c == 'b' && in_class) {
        w->at += 2;
        return put_word(w, "\\x08");
    }
    if (c == 'b' || c == 'B') return refuse(w, "a word boundary");
    if (c >= '1' && c <= '9') return refuse(w, "a back reference");
    if (c == 'a') {
        w->at += 2;
        return put_word(w, "\\x07");
    }
    if (c == 'U') return long_escape(w);
    /* \p{..}, \u{..}, and Rust's \x{..}: up to their brace as they are */
    if (peek(w, 2) == '{' && strchr("pPux", c) != NULL) {
        char name[3] = {'\\', (char)(c == 'x' ? 'u' : c), 0};
        GR_TRY(put_word(w, name));
        w->at += 2;
        while (peek(w, 0) != '}' && peek(w, 0) != -1) GR_TRY(copy(w, 1));
        return copy(w, 1);
    }
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || is_digit(c) || c > 126) return copy(w, 2);
    snprintf(hex, sizeof hex, "\\x%02x", (unsigned)c & 0xFF);
    w->at += 2;
    return put_word(w, hex);
}

/* --- classes -------------------------------------------------------------- */

/* [[:alpha:]] and [a&&b] would be read as plain characters otherwise. */
static gram_status class_item(Rewriter *w)
{
    int c = peek(w, 0);
    if (c == '\\') return escape(w, true);
    if (c == '[' && peek(w, 1) == ':')
        return refuse(w, "a class named by its meaning, [[:...:]]");
    if ((c == '&' || c == '-' || c == '~') && peek(w, 1) == c)
        return refuse(w, "an operation between classes");
    return copy(w, 1);
}

/* A ] that comes first is a member.  If there is another behind it to close the
 * class: "[]" alone is an error in Python, and no empty class as in ECMA. */
static gram_status members(Rewriter *w, size_t from)
{
    if (peek(w, 0) == ']') {
        bool again = memchr(w->text + w->at + 1, ']', w->to - w->at - 1);
        if (!again) return gr_lark_fail(w->l, from, "a class without members");
        w->at++;
        GR_TRY(put_word(w, "\\]"));
    }
    while (peek(w, 0) != ']') {
        if (peek(w, 0) == -1)
            return gr_lark_fail(w->l, from, "a class that does not end");
        GR_TRY(class_item(w));
    }
    return copy(w, 1);
}

/* Is \W among the members from here on? */
static bool has_nonwords(const Rewriter *w)
{
    size_t i = peek(w, 0) == ']';
    for (; peek(w, i) != ']' && peek(w, i) != -1; i++)
        if (peek(w, i) == '\\' && peek(w, ++i) == 'W') return true;
    return false;
}

/* With \W a class is two: [\W_] is [^WORDS] or [_], and [^\W_], the way to
 * say "letter or digit", one of WORDS that is not [_]. */
static gram_status class(Rewriter *w)
{
    size_t from = w->at;
    bool negated = peek(w, 1) == '^', two;
    w->at += negated ? 2 : 1;
    two = has_nonwords(w);
    if (two) GR_TRY(put_word(w, negated ? "(?:(?!" : "(?:[^" WORDS "]|"));
    GR_TRY(put_word(w, negated && !two ? "[^" : "["));
    GR_TRY(members(w, from));
    if (two) GR_TRY(put_word(w, negated ? ")[" WORDS "])" : ")"));
    return GRAM_OK;
}

/* --- quantifiers and groups ----------------------------------------------- */

/* The length of {m}, {m,}, {,n} or {m,n} here; else 0. */
static size_t counts(const Rewriter *w)
{
    size_t i = 1, n_digits = 0;
    for (; is_digit(peek(w, i)); i++) n_digits++;
    if (peek(w, i) == ',')
        for (i++; is_digit(peek(w, i)); i++) n_digits++;
    return peek(w, i) == '}' && n_digits > 0 ? i + 1 : 0;
}

/* How much a quantifier prefers to take does not change what the whole can
 * match, a terminal being matched as a whole. */
static gram_status after_quantifier(Rewriter *w)
{
    if (peek(w, 0) == '+' || peek(w, 0) == '?') w->at++;
    return GRAM_OK;
}

/* A count is copied, with a 0 where Python leaves the least one out. */
static gram_status brace(Rewriter *w)
{
    size_t n = counts(w);
    if (n == 0) {
        w->at++;
        return put_word(w, "\\{");
    }
    if (peek(w, 1) == ',') {
        GR_TRY(put_word(w, "{0"));
        w->at++;
        n--;
    }
    GR_TRY(copy(w, n));
    return after_quantifier(w);
}

/* Flags behind (? and where they end. */
static uint32_t inline_flags(const Rewriter *w, size_t *end)
{
    uint32_t flags = 0;
    size_t i = 2;
    for (;; i++) {
        int c = peek(w, i);
        if (c == 'i')
            flags |= GR_RE_IGNORE_CASE;
        else if (c == 's')
            flags |= GR_RE_DOT_ALL;
        else if (c == 'm')
            flags |= GR_RE_MULTILINE;
        else if (c != 'u')
            break;
    }
    *end = i;
    return flags;
}

/* (?s:...) has a dot of its own; (?i) at the very beginning is a flag of the
 * whole; other places of flags are refused. */
static gram_status flagged(Rewriter *w)
{
    size_t end;
    uint32_t flags = inline_flags(w, &end);
    bool scoped = peek(w, end) == ':';
    if (!scoped && (peek(w, end) != ')' || w->l->pattern.n > 0))
        return refuse(w, "a group of this kind");
    if (scoped && flags & ~(uint32_t)GR_RE_DOT_ALL)
        return refuse(w, "the flags i and m for a part of a pattern");
    if (scoped)
        GR_TRY(gr_vec_push(w->l->p->env, &w->outer, w->dot_all));
    else
        *w->flags |= flags;
    w->dot_all |= (flags & GR_RE_DOT_ALL) != 0;
    w->at += end + 1;
    return scoped ? put_word(w, "(?:") : GRAM_OK;
}

/* What (?s: changes ends with its group. */
static gram_status open_paren(Rewriter *w, size_t n)
{
    GR_TRY(gr_vec_push(w->l->p->env, &w->outer, w->dot_all));
    return copy(w, n);
}

static gram_status close_paren(Rewriter *w)
{
    if (w->outer.n > 0) w->dot_all = w->outer.at[--w->outer.n];
    return copy(w, 1);
}

/* Groups are named or not; nothing refers to them. */
static gram_status paren(Rewriter *w)
{
    int kind = peek(w, 2), next = peek(w, 3);
    if (peek(w, 1) != '?') return open_paren(w, 1);
    if (kind == '=' || kind == '!' ||
        (kind == '<' && (next == '=' || next == '!')))
        return refuse(w, "a lookaround: it sees beyond the terminal");
    if (kind == 'P' && next == '<') {
        GR_TRY(open_paren(w, 2));
        w->at++;
        return GRAM_OK;
    }
    if (kind == '#') {
        while (peek(w, 0) != ')' && peek(w, 0) != -1) w->at++;
        w->at += peek(w, 0) == ')';
        return GRAM_OK;
    }
    if (kind == ':' || kind == '<') return open_paren(w, 3);
    return flagged(w);
}

/* --- the whole ------------------------------------------------------------ */

/* With the x flag: is this a blank or a comment?  Skips it. */
static bool skip_verbose(Rewriter *w)
{
    int c = peek(w, 0);
    if (!w->verbose) return false;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        w->at++;
        return true;
    }
    if (c != '#') return false;
    while (peek(w, 0) != '\n' && peek(w, 0) != -1) w->at++;
    return true;
}

/* One piece of the pattern; what is spelled alike goes through. */
static gram_status step(Rewriter *w)
{
    if (skip_verbose(w)) return GRAM_OK;
    switch (peek(w, 0)) {
    case '\\': return escape(w, false);
    case '[': return class(w);
    case '(': return paren(w);
    case ')': return close_paren(w);
    case '{': return brace(w);
    case '}': w->at++; return put_word(w, "\\}");
    case ']': w->at++; return put_word(w, "\\]");
    case '.': w->at++; return put_word(w, w->dot_all ? "[^]" : "[^\\n]");
    case '*':
    case '+':
    case '?': GR_TRY(copy(w, 1)); return after_quantifier(w);
    default: return copy(w, 1);
    }
}

/* One pass from left to right, on an explicit list of open groups. */
gram_status gr_lark_rewrite(Lark *l, size_t from, size_t to, bool verbose,
                            uint32_t *flags)
{
    Rewriter w = {.l = l,
                  .text = l->p->text,
                  .at = from,
                  .to = to,
                  .flags = flags,
                  .verbose = verbose,
                  .dot_all = (*flags & GR_RE_DOT_ALL) != 0};
    gram_status status = GRAM_OK;
    l->pattern.n = 0;
    while (w.at < w.to && status == GRAM_OK) status = step(&w);
    gr_vec_clear(l->p->env, &w.outer);
    return status;
}
