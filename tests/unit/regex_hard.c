/* Patterns that make other engines explode: each answers, or refuses with a
 * limit, within a budget of steps (a step is far less than 100 ns, so that a
 * million are 100 ms) and 64 MiB, its automaton included.
 *
 * A row is compiled as a whole match, decided for emptiness, asked for the
 * length of a short word, and its text is run through the byte automaton,
 * `times` times repeated. */
#include "regex/regex.h"
#include "tests/t.h"

enum { STEPS = 1000000, MEMORY = 64 << 20 };

typedef enum Want { YES, NO, LIMIT, BAD } Want;

typedef struct Row {
    const char *before, *part, *after; /* n x before, part, n x after */
    size_t n;
    const char *text, *end; /* times x text, end */
    size_t times;
    Want want;
} Row;

static const Row ROWS[] = {
    {"", "(a+)+$", "", 1, "a", "b", 5000, NO},
    {"", "(a+)+$", "", 1, "a", "", 5000, YES},
    {"", "(a*)*b", "", 1, "a", "c", 5000, NO},
    {"", "(a|aa)+$", "", 1, "a", "", 5000, YES},
    {"", "(a|a?)+$", "", 1, "a", "b", 5000, NO},
    {"", "(.*a){20}", "", 1, "xa", "", 200, YES},
    {"", "(a|b)*a(a|b){24}", "", 1, "abbab", "", 100, YES},
    {"", "(a|b)*a(a|b){24}", "", 1, "b", "", 400, NO},
    {"", "[a-z]{1,1000000}", "", 1, "q", "", 5000, YES},
    {"", "[a-z]{1,1000000}", "", 1, "q", "1", 5000, NO},
    {"", "(\\S+\\s+){0,199}", "", 1, "word ", "", 199, YES},
    {"", "(\\S+\\s+){0,199}", "", 1, "word ", "", 200, NO},
    {"", "a{11111111111111111111}", "", 1, "a", "", 9, NO},
    {"", "(?:a{65536}b){65536}", "", 1, "a", "", 9, NO},
    {"", "a{5000}", "", 1, "a", "", 5000, YES},
    {"", "(?:ab){5000}", "", 1, "ab", "", 5000, YES},
    {"", "(?:ab|c){5000}", "", 1, "ab", "", 5000, YES},
    {"", "((a{0,99}){0,99}){0,99}", "", 1, "a", "", 3000, YES},
    {"", "(((ab?){1,50}){1,50}){1,50}", "", 1, "ab", "", 1000, YES},
    {"", "(((a|b{2}){2,9}){2,9}){2,9}", "", 1, "a", "", 500, YES},
    {"(", "a?", "){0,9}", 9, "a", "", 3000, YES},
    {"(", "a", "){9}", 9, "a", "", 3000, NO},
    {"", "(?:a?){50}a{50}", "", 1, "a", "", 50, YES},
    {"(a?", "", ")", 500, "a", "", 400, YES},
    {"(", "a", ")", 100000, "a", "", 1, YES},
    {"(?:", "a", ")*", 30000, "a", "", 9, YES},
    {"(", "a", "", 100000, "", "", 0, BAD},
    {"[a-z0-9]", "", "", 8192, "q", "", 8192, YES},
    {"abcdefgh", "", "", 8192, "abcdefgh", "", 8192, YES},
    {"ab|", "c", "", 21845, "ab", "", 1, YES},
    {"(?=.*a)", ".*", "", 5000, "a", "", 9, YES},
    {"(?!.*b)", ".*", "", 5000, "a", "b", 9, NO},
    {"", "(?=.*a)(?=.*b)(?=.*c)(?=.*d)(?=.*e)(?=.*f).*", "", 1, "fedcba", "", 9,
     YES},
    {"", "(?<!a{65535})x", "", 1, "", "x", 0, YES},
    {"", ".*(?<=a.{30})b", "", 1, "a", "b", 40, YES},
    {"(?:\\b", "a", "){0,9}", 6, "a", "", 1, LIMIT},
    {"", "(x+x+)+y", "", 1, "x", "", 3000, NO},
    {"", "(?:(?=a)a|(?=b)b|(?!a|b).)*", "", 1, "abc", "", 900, YES},
    {"", "(?:\\b\\w+\\b\\W*){1,100}", "", 1, "ab ", "", 100, YES},
    {"", "(?:(?<=a)b|a){1,40}", "", 1, "ab", "", 20, YES},
    {"", ".*(?<=a{1000})b", "", 1, "a", "b", 1000, YES},
    {"", ".*(?<!(?:ab){100})c", "", 1, "ab", "c", 100, NO},
    {"", "\\p{L}{1,1000}\\P{L}{1,1000}", "", 1, "a", "1", 1000, YES},
    {"", "[^]{3000}(?<=ab)", "", 1, "ab", "", 1500, YES},
    {"", "(?=.{0,5000}$)(?:a|bb)*", "", 1, "abb", "", 1500, YES},
    {"", "(?:.*a.*b.*c){9}", "", 1, "xabc", "", 90, YES},
    {"", "(.*),(.*),(.*),(.*),(.*),(.*)", "", 1, "a,", "", 900, YES},
    {"", "(?:(?!(?:(?!a).)*b).)*", "", 1, "a", "", 900, YES},
    {"", "(x|y|z)+\\1\\1\\1", "", 1, "xyz", "zzz", 90, YES},
    {"", "\\u{10FFFF}{0,99999}.", "", 1, "a", "", 1, YES},
};

/* n times `a`, then b, then n times c. */
static char *repeat(const char *a, const char *b, const char *c, size_t n,
                    size_t *len)
{
    size_t la = strlen(a), lb = strlen(b), lc = strlen(c);
    char *s = malloc(n * (la + lc) + lb + 1), *p = s;
    for (size_t i = 0; i < n; i++, p += la) memcpy(p, a, la);
    memcpy(p, b, lb);
    p += lb;
    for (size_t i = 0; i < n; i++, p += lc) memcpy(p, c, lc);
    *len = (size_t)(p - s);
    return s;
}

/* Is the text in the language?  Byte by byte. */
static gram_status run(GrRe *re, ReId a, const char *s, size_t n, Want *got)
{
    LexId state;
    GrLexInfo info;
    bool whole;
    uint32_t least;
    GR_TRY(gr_re_least(re, a, &least));
    GR_TRY(gr_lex_start(re, GR_LEX_UTF8, GR_NEED_FIRST, &a, 1, &state));
    *got = NO;
    for (size_t i = 0; i < n; i++) {
        GR_TRY(gr_lex_info(re, state, &info));
        uint32_t cls = info.classes[(uint8_t)s[i]];
        if (cls == 0) return GRAM_OK;
        GR_TRY(gr_lex_move(re, state, cls, &state, &whole));
    }
    GR_TRY(gr_lex_info(re, state, &info));
    if (info.boundary && gr_re_nullable(re, info.expr[0])) *got = YES;
    return GRAM_OK;
}

static gram_status answer(GrEnv *env, GrRe **re, const Row *r, Want *got)
{
    size_t len, n;
    bool none;
    ReId a;
    char *pattern = repeat(r->before, r->part, r->after, r->n, &len);
    char *text = repeat(r->text, r->end, "", r->times, &n);
    gram_status s = gr_re_new(env, re);
    if (s == GRAM_OK) s = gr_re_parse(*re, pattern, len, GR_RE_WHOLE, &a, NULL);
    if (s == GRAM_OK) s = gr_re_is_none(*re, a, &none);
    if (s == GRAM_OK) s = run(*re, a, text, n, got);
    free(pattern);
    free(text);
    return s;
}

static void check(const Row *r)
{
    GrEnv env;
    GrRe *re = NULL;
    Want got = NO;
    gr_env_init(&env, NULL, MEMORY, STEPS);
    gram_status s = answer(&env, &re, r, &got);
    if (s == GRAM_E_LIMIT) got = LIMIT;
    if (s == GRAM_E_SYNTAX) got = BAD;
    T_OK(got == r->want && s != GRAM_E_MEMORY,
         "%s%s%s (%zu) on %s: %d, status %d", r->before, r->part, r->after,
         r->n, r->text, got, s);
    if (getenv("GRAM_SHOW"))
        printf("%9llu steps %9zu bytes  %.40s%.40s%.40s\n",
               (unsigned long long)env.steps, env.used, r->before, r->part,
               r->after);
    gr_re_free(re);
    T_EQ(env.used, 0);
}

int main(void)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) check(&ROWS[i]);
    return t_done();
}
