/* The dialects, a row each: this table is their whole difference.
 *
 * Sources: llama.cpp's grammars/README.md and grammar parser for GBNF,
 * XGrammar's EBNF documentation and lexer, the notation section of XML 1.0
 * (W3C) section 6.  Both engines were probed where their documents are silent.
 *
 * Extensions, taken because their meaning is plain: left recursion
 * everywhere; `_` in GBNF names; `{,n}`; counts beyond an engine's limit; in
 * GBNF a line that begins with `|` continues the rule, and a postfix may
 * follow "".  Refused although an engine takes it: {m,n} with m > n. */
#include "grammar/parse.h"

const Dialect gr_dialect_gbnf = {
    .name = "GBNF",
    .name_first = "-_0123456789",
    .name_rest = "-_0123456789",
    .start = "root",
    .escapes = "trn\\\"[]-",
    .set_escapes = "",
    .line_rules = true,
    .empty_alternative = true,
    .last_wins = true,
    .raw_newline = true,
    .reversed_range = true,
    .dot = true,
    .stacking = true,
    .tokens = true,
    .empty_class = EMPTY_IS_EPSILON,
};

const Dialect gr_dialect_xgrammar = {
    .name = "XGrammar EBNF",
    .name_first = "_.-",
    .name_rest = "_.-0123456789",
    .start = "root",
    .escapes = "nrtbfav0e\"'\\/?",
    .set_escapes = "^$.*+?()[]{}|-",
    .greedy_hex = true,
    .macros = true,
    .lookahead = true,
    .empty_class = EMPTY_IS_SET,
};

const Dialect gr_dialect_w3c = {
    .name = "W3C EBNF",
    .name_first = "_",
    .name_rest = "_-.0123456789",
    .quote = true,
    .code_point = true,
    .exception = true,
    .empty_class = EMPTY_IS_SET,
};

/* Strings and repeats of Lark; the rest is in lark.h. */
const Dialect gr_dialect_lark = {
    .name = "Lark",
    .start = "start",
    .escapes = "nrtbf\"\\/",
    .set_escapes = "",
    .line_rules = true,
    .empty_alternative = true,
    .tokens = true,
    .lark = true,
};

/* What gr_rules_print writes: the union of what the others can say. */
const Dialect gr_dialect_ir = {
    .name = "rules",
    .name_first = "_.-0123456789",
    .name_rest = "_.-0123456789",
    .escapes = "nrt\\\"[]-^",
    .set_escapes = "",
    .stacking = true,
    .tokens = true,
    .exception = true,
    .empty_class = EMPTY_IS_SET,
};

/* --- which EBNF ----------------------------------------------------------- */

/* Of ASCII only: the C library's depend on a locale. */
static bool is_hex(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

static bool is_word(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '_';
}

/* The length of "#x41" at s, 0 if it is none. */
static size_t code_point(const char *s, size_t n)
{
    size_t i = 2;
    if (n < 3 || s[0] != '#' || s[1] != 'x') return 0;
    while (i < n && is_hex(s[i])) i++;
    return i > 2 ? i : 0;
}

/* A class made of code points only, as [#x9#xA] or [^#x0-#x1F]. */
static bool is_w3c_class(const char *s, size_t n)
{
    size_t i = 1, k;
    if (i < n && s[i] == '^') i++;
    size_t first = i;
    while (i < n && (k = code_point(s + i, n - i)) > 0) {
        i += k;
        if (i < n && s[i] == '-') i++;
    }
    return i > first && i < n && s[i] == ']';
}

/* Skip a string or class with backslash escapes; stops at a newline. */
static size_t quoted(const char *s, size_t n, char close)
{
    size_t i = 1;
    while (i < n && s[i] != close && s[i] != '\n') i += s[i] == '\\' ? 2 : 1;
    return i < n ? i + 1 : n;
}

/* Of XGrammar; at least the # itself, so that the caller gets on. */
static size_t comment(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i] != '\n') i++;
    return i ? i : 1;
}

/* Outside of strings, classes and # comments only W3C's spelling has single
 * quotes, C comments and code points that are no part of a longer word.  Where
 * nothing tells, it is XGrammar's.  One pass. */
const Dialect *gr_dialect_of_ebnf(const char *text, size_t len)
{
    for (size_t i = 0, k; i < len;) {
        const char *s = text + i;
        size_t n = len - i;
        if (*s == '\'' || (n > 1 && s[0] == '/' && s[1] == '*'))
            return &gr_dialect_w3c;
        if (*s == '[' && is_w3c_class(s, n)) return &gr_dialect_w3c;
        if ((k = code_point(s, n)) > 0 && (k == n || !is_word(s[k])))
            return &gr_dialect_w3c;
        if (*s == '"')
            i += quoted(s, n, '"');
        else if (*s == '[')
            i += quoted(s, n, ']');
        else
            i += *s == '#' ? comment(s, n) : 1;
    }
    return &gr_dialect_xgrammar;
}
