/* Patterns: tests/cases/regex/patterns.txt, one group of lines a pattern:
 *
 *     /PATTERN/FLAGS     i s m v; without u or v the pattern needs Annex B
 *     + STRING           has a match (\uXXXX and \\ are escapes)
 *     - STRING           has none
 *     ! OFFSET [unsupported]   is refused there
 *
 * and what no line can hold: sizes, depth, budgets, failing allocations. */
#include "regex/regex.h"
#include "tests/t.h"
#include "tests/tools/alloc.h"
#include "tests/tools/bytes.h"

typedef struct Case {
    GrEnv env;
    GrRe *re;
    ReId a;
    gram_error error;
    gram_status status;
    bool annex_b;
    char name[256];
} Case;

static void start(Case *c, const char *pattern, size_t len, unsigned flags)
{
    memset(c, 0, sizeof *c);
    snprintf(c->name, sizeof c->name, "%.*s", (int)len, pattern);
    gr_env_init(&c->env, NULL, 0, 0);
    c->env.error = &c->error;
    c->status = gr_re_new(&c->env, &c->re);
    if (c->status == GRAM_OK) {
        c->status = gr_re_parse(c->re, pattern, len, flags, &c->a, &c->annex_b);
    }
}

static void stop(Case *c)
{
    if (c->re) gr_re_free(c->re);
    c->re = NULL;
    T_EQ(c->env.used, 0);
}

static bool accepts(Case *c, const char *s, size_t n)
{
    ReId a = c->a;
    for (size_t i = 0; i < n;) {
        uint32_t len, ch = gr_utf8_get(s + i, n - i, &len);
        if (gr_re_derive(c->re, a, ch, &a) != GRAM_OK) return false;
        i += len;
    }
    return gr_re_nullable(c->re, a);
}

static void start_line(Case *c, char *line)
{
    char *end = strrchr(line, '/');
    unsigned flags = 0;
    bool strict = false;
    for (const char *f = end + 1; *f; f++) {
        flags |= *f == 'i'   ? GR_RE_IGNORE_CASE
                 : *f == 's' ? GR_RE_DOT_ALL
                 : *f == 'm' ? GR_RE_MULTILINE
                 : *f == 'v' ? GR_RE_SETS
                             : 0;
        strict |= *f == 'u';
    }
    start(c, line + 1, (size_t)(end - line - 1),
          flags | (strict ? GR_RE_STRICT : 0));
    if (c->status != GRAM_OK) return;
    T_OK(c->annex_b == !(strict || flags & GR_RE_SETS), "%s: Annex B", c->name);
}

static void check_refusal(Case *c, const char *line)
{
    unsigned long at = strtoul(line + 2, NULL, 10);
    gram_status want = strstr(line, "unsupported") ? GRAM_E_UNSUPPORTED
                                                   : GRAM_E_SYNTAX;
    T_OK(c->status == want, "%s: status %d", c->name, c->status);
    T_OK(c->error.offset == at, "%s: refused at %zu", c->name, c->error.offset);
}

static void check_line(Case *c, char *line)
{
    if (line[0] == '/') {
        stop(c);
        start_line(c, line);
    } else if (line[0] == '!') {
        check_refusal(c, line);
    } else if (line[0] == '+' || line[0] == '-') {
        size_t n = bytes_unescape(line + 2, strlen(line + 2));
        T_OK(c->status == GRAM_OK &&
                 accepts(c, line + 2, n) == (line[0] == '+'),
             "%s: %c %s", c->name, line[0], line + 2);
    }
}

static void test_cases(const char *path)
{
    char line[1024];
    Case c = {0};
    FILE *f = fopen(path, "r");
    T_OK(f != NULL, "%s is missing", path);
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        check_line(&c, line);
    }
    if (f) fclose(f);
    stop(&c);
}

/* n times `part` between n times `before` and n times `after`. */
static char *repeat(const char *before, const char *part, const char *after,
                    size_t n, size_t *len)
{
    size_t a = strlen(before), b = strlen(part), c = strlen(after);
    char *s = malloc(n * (a + c) + b + 1), *p = s;
    for (size_t i = 0; i < n; i++, p += a) memcpy(p, before, a);
    memcpy(p, part, b);
    p += b;
    for (size_t i = 0; i < n; i++, p += c) memcpy(p, after, c);
    *len = (size_t)(p - s);
    return s;
}

/* Large patterns: an answer or a limit, within 64 MiB and a step budget that
 * is linear in the pattern. */
static void test_large(void)
{
    static const struct {
        const char *before, *part, *after;
        size_t n;
        gram_status want;
    } rows[] = {
        {"(", "a", ")", 100000, GRAM_OK},
        {"(?:", "a", ")*", 30000, GRAM_OK},
        {"(", "a", "", 100000, GRAM_E_SYNTAX},
        {"abcdefgh", "", "", 8192, GRAM_OK},
        {"[a-z0-9]", "", "", 8192, GRAM_OK},
        {"w|", "^x$", "", 30000, GRAM_OK},
        {"(?=a", "b", ")", 5000, GRAM_OK},
        {"(?!.*a)b", "", "", 2000, GRAM_OK},
        {"(?<=a", "b", ")", 300, GRAM_OK},
        {"[", "a", "]", 30000, GRAM_OK},
        {"(?:\\b", "a", "){0,9}", 6, GRAM_E_LIMIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Case c = {0};
        size_t len;
        char *p = repeat(rows[i].before, rows[i].part, rows[i].after, rows[i].n,
                         &len);
        gr_env_init(&c.env, NULL, 64 << 20, 200 * len + 200000);
        T_EQ(gr_re_new(&c.env, &c.re), GRAM_OK);
        gram_status s = gr_re_parse(
            c.re, p, len, p[0] == '[' && rows[i].n > 9000 ? GR_RE_SETS : 0,
            &c.a, NULL);
        T_OK(s == rows[i].want, "row %zu: status %d", i, s);
        stop(&c);
        free(p);
    }
}

static void test_not_utf8(void)
{
    Case c;
    start(&c, "ab\xff", 3, 0);
    T_EQ(c.status, GRAM_E_SYNTAX);
    T_EQ(c.error.offset, 2);
    stop(&c);
}

/* A whole match is not a search. */
static void test_whole(void)
{
    Case c;
    start(&c, "a|b\\b", 5, GR_RE_WHOLE);
    T_EQ(c.status, GRAM_OK);
    T(accepts(&c, "a", 1));
    T(accepts(&c, "b", 1));
    T(!accepts(&c, "ab", 2));
    T(!accepts(&c, "", 0));
    stop(&c);
}

static gram_status parse_with(TestAlloc *alloc, const char *pattern,
                              unsigned flags)
{
    gram_allocator g = test_alloc(alloc);
    gram_error error;
    GrEnv env;
    GrRe *re;
    ReId a;
    gr_env_init(&env, &g, 0, 0);
    env.error = &error;
    gram_status s = gr_re_new(&env, &re);
    if (s != GRAM_OK) return s;
    s = gr_re_parse(re, pattern, strlen(pattern), flags, &a, NULL);
    gr_re_free(re);
    return s;
}

/* Allocation k fails, for every k: no leak, no crash, GRAM_E_MEMORY. */
static void test_failing(const char *pattern, unsigned flags)
{
    for (unsigned long k = 1;; k++) {
        TestAlloc alloc = {.fail_at = k};
        gram_status s = parse_with(&alloc, pattern, flags);
        T_OK(alloc.live == 0 && alloc.wrong == 0, "%s: allocation %lu", pattern,
             k);
        if (alloc.calls < k) {
            T_OK(s == GRAM_OK, "%s: status %d", pattern, s);
            return;
        }
        T_OK(s == GRAM_E_MEMORY, "%s: allocation %lu gives %d", pattern, k, s);
    }
}

/* Can every beginning go on for ever? */
static void test_endless(void)
{
    static const struct {
        const char *pattern;
        bool endless;
    } cases[] = {
        {"^/?([^/]+/)*[^/]+/?$", true},
        {"a", true},
        {"^[ab]+$", true},
        {"^(a|bc)*$", true},
        {"^a*b$", false},
        {"^a?$", false},
        {"^(a+|b)$", false},
        {"^a*(?!b)$", true},
        {"^[a-z]{2,5}$", false},
        {"^(?!.*b)a+b$", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *pattern = cases[i].pattern;
        bool endless = false;
        Case c;
        start(&c, pattern, strlen(pattern), 0);
        T_EQ(c.status, GRAM_OK);
        T_EQ(gr_re_endless(c.re, c.a, &endless), GRAM_OK);
        T_OK(endless == cases[i].endless, "%s", pattern);
        stop(&c);
    }
}

/* Is a word left whatever is read?  A pattern that is looked for anywhere. */
static void test_endures(void)
{
    static const struct {
        const char *pattern;
        bool endures;
    } cases[] = {
        {"", true},       {"a", true},
        {"^a", false},    {"[0-9]{3}-b$", true},
        {"^a|b", true},   {"^(a|b)$", false},
        {"^.*a$", false}, {"a(?!.*b)", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *pattern = cases[i].pattern;
        GrEndures e = {false, 0};
        Case c;
        start(&c, pattern, strlen(pattern), 0);
        T_EQ(c.status, GRAM_OK);
        T_EQ(gr_re_endures(c.re, c.a, &e), GRAM_OK);
        T_OK(e.yes == cases[i].endures, "%s", pattern);
        T_EQ(gr_re_derive(c.re, c.a, 'a', &c.a), GRAM_OK);
        if (e.yes) T_EQ(gr_re_endures(c.re, c.a, &e), GRAM_OK);
        T_OK(e.yes == cases[i].endures, "%s behind a", pattern);
        stop(&c);
    }
}

/* Is what the pattern stands for the list of these words? */
static void same_as_words(const char *pattern, const char *const *word,
                          uint32_t n, bool anywhere)
{
    Case c;
    GrWord w[4];
    ReId list, all;
    start(&c, pattern, strlen(pattern), 0);
    for (uint32_t i = 0; i < n; i++)
        w[i] = (GrWord){word[i], (uint32_t)strlen(word[i]), GR_RE_UNNUMBERED};
    all = gr_re_all(c.re);
    T(gr_re_words(c.re, w, n, &list) == GRAM_OK);
    if (anywhere)
        T(gr_re_seq(c.re, (ReId[]){all, list, all}, 3, &list) == GRAM_OK);
    T_OK(c.status == GRAM_OK && c.a.v == list.v, "/%s/ is no list", pattern);
    stop(&c);
}

/* Alternatives that are texts are a list, however they are written: one step
 * looks for those that begin so instead of asking each. */
static void test_lists(void)
{
    static const char *const word[] = {"Red", "Blue", "Black 2", "Black"};
    same_as_words("^(Red|Blue|Black 2)$", word, 3, false);
    same_as_words("^Red$|^Black$|^(?:Blue|Black 2)$", word, 4, false);
    same_as_words("Red|Blue", word, 2, true);
    same_as_words("(Black|Black 2|Blue)|Red", word, 4, true);
}

/* Are two patterns one, term for term? */
static void same_terms(const char *pattern, const char *other)
{
    Case c;
    ReId b;
    start(&c, pattern, strlen(pattern), 0);
    T_EQ(c.status, GRAM_OK);
    T_EQ(gr_re_parse(c.re, other, strlen(other), 0, &b, NULL), GRAM_OK);
    T_OK(c.a.v == b.v, "/%s/ is not /%s/", pattern, other);
    stop(&c);
}

/* What an assertion cuts into pieces is one again behind it: a lookahead that
 * counts, in a loop, is a count; a lookbehind is no matter of what a colon
 * separates from it. */
static void test_pieces(void)
{
    same_terms("^(?:(?:a{1,5}|(?=[c-z]{1,6}-)[c-z]+)-)*$",
               "^(?:(?:a{1,5}|[c-z]{1,6})-)*$");
    same_terms("^(?:(?:b|(?=[^-]{1,6}(?:-|$))[c-z]+)(?:-|$))*$",
               "^(?:(?:b|[c-z]{1,6})(?:-(?:b|[c-z]{1,6}))*-?)?$");
    same_terms("^x(?:-(?:a|bb|(?=[^-]{1,6}(?:-|$))[c-z]+))*$",
               "^x(?:-(?:a|bb|[c-z]{1,6}))*$");
    same_terms("^(?:^[ab]*|[de]):(?:[ab]*(?<!ab)c)*$",
               "^(?:[ab]*:(?:[ab]*(?<!ab)c)*|[de]:(?:[ab]*(?<!ab)c)*)$");
}

int main(void)
{
    test_lists();
    test_pieces();
    test_cases("tests/cases/regex/patterns.txt");
    test_large();
    test_not_utf8();
    test_whole();
    test_endless();
    test_endures();
    test_failing("^(?<n>a|bc)[\\w-]\\p{Greek}?\\k<n>{2,}$", 0);
    test_failing("(?:\\b(a|b)+(?=x|\\1)|^.(?<!c(?=d).)y){2,}", 0);
    test_failing("[[\\q{ab|c}&&[\\p{L}\\q{ab}]]--k]", GR_RE_SETS);
    test_failing("[[a-z]&&[\\q{ab}k]]\\u{1F600}", GR_RE_SETS | 1);
    return t_done();
}
