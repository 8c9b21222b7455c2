/* Random patterns against PCRE2: 50,000 (pattern, string) pairs, each as a
 * whole match or as a search.
 *
 * The generator stays where PCRE2 and ECMA-262 agree (pcre2_oracle.h): bodies
 * of lookbehinds have a fixed length, groups that are referred to stand
 * outside repeats, and the empty class stands in a group, because PCRE2
 * 10.42 drops a quantifier directly behind it ([]? never matches).  Nothing
 * else is left out: the list of differences is empty. */
#include "tests/oracle/pcre2_oracle.h"
#include "tests/t.h"
#include "regex/regex.h"

enum { PAIRS = 50000, STRINGS = 8 };

static bool quiet; /* differences are wanted */

typedef struct Gen {
    char text[4096];
    size_t n;
    uint64_t *seed;
    int groups; /* capturing ones so far, outside repeats */
    int open;   /* groups being written */
    int depth;
} Gen;

static uint32_t below(Gen *g, uint32_t n)
{
    return (uint32_t)(t_random(g->seed) % n);
}

static void put(Gen *g, const char *s)
{
    size_t n = strlen(s);
    if (g->n + n >= sizeof g->text) return;
    memcpy(g->text + g->n, s, n);
    g->n += n;
}

static void put_one(Gen *g)
{
    static const char *const ones[] = {
        "a",      "b",       "c",        "a",
        "b",      "1",       "_",        "-",
        " ",      "\\n",     "\xc3\xa9", "\xf0\x9f\x98\x80",
        "[ab]",   "[^a]",    "[a-c1]",   "[^\\w]",
        "[\\d_]", "[^\\n-]", "\\w",      "\\W",
        "\\d",    "\\D",     "[\\s\\S]", ".",
        ".",      "\\u0061", "\\x62",    "\\u{e9}",
        "A",      "[A-C]",   "(?:[])",   "[^]"};
    put(g, ones[below(g, sizeof ones / sizeof ones[0])]);
}

static void alternatives(Gen *g, bool in_repeat);

static void fixed(Gen *g)
{
    static const char *const places[] = {"\\b", "\\B", "^", "$"};
    uint32_t n = below(g, 4);
    while (n-- > 0) {
        if (below(g, 6) == 0) put(g, places[below(g, 4)]);
        put_one(g);
    }
}

static void lookaround(Gen *g)
{
    if (below(g, 2)) {
        put(g, below(g, 2) ? "(?=" : "(?!");
        alternatives(g, true);
    } else {
        put(g, below(g, 2) ? "(?<=" : "(?<!");
        fixed(g);
        if (below(g, 3) == 0) {
            put(g, below(g, 2) ? "(?=" : "(?!");
            fixed(g);
            put(g, ")");
            fixed(g);
        }
        while (below(g, 3) == 0) {
            put(g, "|");
            fixed(g);
        }
    }
    put(g, ")");
}

static void quantifier(Gen *g)
{
    static const char *const all[] = {"*",     "+",     "?",    "{2}",
                                      "{0,2}", "{1,3}", "{2,}", "{0}"};
    put(g, all[below(g, 8)]);
    if (below(g, 4) == 0) put(g, "?");
}

/* A group that a later \N may name: outside repeats, finite. */
static void capture(Gen *g)
{
    char back[16];
    static const char *const contents[] = {
        "(a)",      "(ab|a)", "([ab]1?)",     "(\\d|_)",     "(|a)",
        "(\\w\\b)", "(^a|b)", "((?=a)[a-c])", "((?:a|b)c?)", "(A|\xc3\xa9)"};
    put(g, contents[below(g, sizeof contents / sizeof contents[0])]);
    g->groups++;
    if (below(g, 3) == 0) put(g, "?");
    if (below(g, 2)) put_one(g);
    if (g->groups > 9) return;
    snprintf(back, sizeof back, "\\%u", 1 + below(g, (uint32_t)g->groups));
    put(g, "(?:");
    put(g, back);
    put(g, below(g, 2) ? ")" : ")?");
}

static void term(Gen *g, bool in_repeat)
{
    static const char *const places[] = {"\\b", "\\B", "^", "$"};
    uint32_t kind = below(g, 20);
    if (kind < 9 || g->depth > 3) {
        put_one(g);
        if (below(g, 3) == 0) quantifier(g);
    } else if (kind < 12) {
        put(g, places[below(g, 4)]);
    } else if (kind < 14) {
        lookaround(g);
    } else if (kind == 14 && !in_repeat) {
        capture(g);
    } else {
        bool repeat = below(g, 2);
        put(g, "(?:");
        alternatives(g, in_repeat || repeat);
        put(g, ")");
        if (repeat) quantifier(g);
    }
}

static void alternatives(Gen *g, bool in_repeat)
{
    g->depth++;
    do {
        uint32_t n = below(g, 4);
        while (n-- > 0) term(g, in_repeat);
    } while (below(g, 3) == 0 && (put(g, "|"), true));
    g->depth--;
}

static size_t subject(Gen *g, char *out)
{
    static const char *const parts[] = {
        "a", "b",  "c",        "a",        "b",
        "1", "_",  "-",        " ",        "A",
        "B", "\n", "\xc3\xa9", "\xc3\x89", "\xf0\x9f\x98\x80"};
    size_t n = 0;
    for (uint32_t k = below(g, 7); k > 0; k--) {
        const char *p = parts[below(g, 15)];
        memcpy(out + n, p, strlen(p));
        n += strlen(p);
    }
    return n;
}

static gram_status ours(GrRe *re, ReId a, const char *s, size_t n, int *out)
{
    for (size_t i = 0; i < n;) {
        uint32_t len, c = gr_utf8_get(s + i, n - i, &len);
        GR_TRY(gr_re_derive(re, a, c, &a));
        i += len;
    }
    *out = gr_re_nullable(re, a) ? ORACLE_YES : ORACLE_NO;
    return GRAM_OK;
}

typedef struct Tally {
    long pairs, unknown, refused, limits, wrong, yes;
} Tally;

static void compare(Gen *g, GrRe *re, Pcre2Oracle *o, ReId a, bool whole,
                    unsigned flags, Tally *t)
{
    for (int i = 0; i < STRINGS; i++) {
        char s[64];
        size_t n = subject(g, s);
        int want = pcre2_oracle_match(o, s, n, whole), got = ORACLE_UNKNOWN;
        t->pairs++;
        if (want == ORACLE_UNKNOWN || ours(re, a, s, n, &got) != GRAM_OK) {
            t->unknown++;
        } else if (want != got) {
            if (t->wrong++ < 10 && !quiet) {
                fprintf(stderr, "%.*s flags %u whole %d on \"%.*s\": %d\n",
                        (int)g->n, g->text, flags, whole, (int)n, s, got);
            }
        }
        t->yes += want == ORACLE_YES;
    }
}

static void one_pattern(uint64_t *seed, bool fault, Tally *t)
{
    Gen g = {.seed = seed};
    GrEnv env;
    GrRe *re;
    ReId a;
    gram_error error = {0};
    alternatives(&g, false);
    unsigned flags = below(&g, 8); /* i, s, m */
    bool whole = below(&g, 2);
    Pcre2Oracle *o = pcre2_oracle_new(g.text, g.n, flags, fault);
    gr_env_init(&env, NULL, 0, 3000000);
    env.error = &error;
    if (o && gr_re_new(&env, &re) == GRAM_OK) {
        gram_status s = gr_re_parse(
            re, g.text, g.n, flags | (whole ? GR_RE_WHOLE : 0) | GR_RE_STRICT,
            &a, NULL);
        if (s == GRAM_OK) {
            compare(&g, re, o, a, whole, flags, t);
        } else if (s == GRAM_E_LIMIT) {
            t->limits++;
        } else {
            t->wrong++;
            fprintf(stderr, "%.*s: %s\n", (int)g.n, g.text, error.message);
        }
        gr_re_free(re);
    } else {
        t->refused++;
    }
    pcre2_oracle_free(o);
}

int main(void)
{
    uint64_t seed = t_seed(), copy = seed;
    const char *more = getenv("GRAM_PAIRS");
    long pairs = more ? strtol(more, NULL, 10) : PAIRS;
    Tally t = {0}, broken = {0};
    while (t.pairs < pairs) one_pattern(&seed, false, &t);
    printf("%ld pairs, %ld match, %ld unknown, %ld patterns that PCRE2 "
           "refuses, %ld over a limit\n",
           t.pairs, t.yes, t.unknown, t.refused, t.limits);
    T_EQ(t.wrong, 0);
    T_OK(t.unknown * 100 < t.pairs, "too many pairs went unknown");
    T_OK(t.limits * 8 * 100 < t.pairs, "too many patterns over a limit");
    T_OK(t.yes * 10 > t.pairs && t.yes * 10 < t.pairs * 9,
         "the strings say little");
    quiet = true;
    while (broken.pairs < 100) one_pattern(&copy, true, &broken);
    T_OK(broken.wrong > 0, "an oracle that lies is not noticed");
    return t_done();
}
