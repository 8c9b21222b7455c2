/* Which prefixes are live, against hard partial matching by PCRE2: 20,000
 * (pattern, prefix) pairs.
 *
 * A prefix is live when some text goes on to a whole match; here that is a
 * derivative that is not empty, there a match that ran into the end of the
 * text.  The two agree where every part of the pattern can match something
 * and nothing looks around, so patterns with assertions, references and the
 * empty class are passed over; so is the empty prefix, which for PCRE2 is no
 * partial match. */
#include "regex/regex.h"
#include "tests/oracle/gen_pattern.h"
#include "tests/oracle/pcre2_oracle.h"
#include "tests/t.h"

enum { PAIRS = 20000, TEXTS = 8 };

static bool quiet; /* differences are wanted */

typedef struct Tally {
    long pairs, live, unknown, wrong;
} Tally;

static bool is_exact(const char *p)
{
    static const char *const marks[] = {"(?=", "(?!", "(?<", "\\b", "\\B",
                                        "$",   "(^",  "|^",  "[])"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strstr(p, marks[i]) != NULL) return false;
    for (size_t i = 0; p[i] != 0; i++) {
        if (p[i] == '^' && (i == 0 || p[i - 1] != '[')) return false;
        if (p[i] == '\\' && p[i + 1] > '0' && p[i + 1] <= '9') return false;
    }
    return true;
}

static void check(Pcre2Oracle *o, const char *pattern, const char *s, size_t n,
                  bool none, Tally *t)
{
    int want = pcre2_oracle_live(o, s, n);
    t->pairs++;
    t->live += want == ORACLE_YES;
    t->unknown += want == ORACLE_UNKNOWN;
    if (want == ORACLE_UNKNOWN || (want == ORACLE_NO) == none) return;
    if (t->wrong++ < 10 && !quiet)
        fprintf(stderr, "%s: \"%.*s\" is %s\n", pattern, (int)n, s,
                none ? "not live here" : "live here");
}

/* Every prefix of one text. */
static gram_status walk(GrRe *re, ReId a, Pcre2Oracle *o, const char *pattern,
                        const char *s, size_t n, Tally *t)
{
    for (size_t i = 0;;) {
        uint32_t len, c;
        bool none;
        GR_TRY(gr_re_is_none(re, a, &none));
        if (i > 0) check(o, pattern, s, i, none, t);
        if (i == n || none) return GRAM_OK;
        c = gr_utf8_get(s + i, n - i, &len);
        GR_TRY(gr_re_derive(re, a, c, &a));
        i += len;
    }
}

static void one_pattern(uint64_t *seed, bool fault, Tally *t)
{
    static Gen g;
    static char whole[GEN_MAX + 16];
    GrEnv env;
    GrRe *re = NULL;
    ReId a;
    g.seed = *seed;
    gen_clear(&g);
    gen_pattern(&g);
    *seed = g.seed;
    int len = snprintf(whole, sizeof whole, "(?:%.*s)\\z", (int)g.len, g.text);
    if (!is_exact(whole)) return;
    Pcre2Oracle *o = pcre2_oracle_new(whole, (size_t)len, 0, fault);
    gr_env_init(&env, NULL, 0, 3000000);
    gram_status s = o ? gr_re_new(&env, &re) : GRAM_E_UNSUPPORTED;
    if (s == GRAM_OK)
        s = gr_re_parse(re, g.text, g.len, GR_RE_WHOLE | GR_RE_STRICT, &a,
                        NULL);
    for (int i = 0; i < TEXTS && s == GRAM_OK; i++) {
        char text[GEN_SUBJECT];
        size_t n = gen_subject(&g, text);
        s = walk(re, a, o, whole, text, n, t);
    }
    *seed = g.seed;
    gr_re_free(re);
    pcre2_oracle_free(o);
}

int main(void)
{
    uint64_t seed = t_seed(), copy = seed;
    Tally t = {0}, broken = {0};
    while (t.pairs < PAIRS) one_pattern(&seed, false, &t);
    printf("%ld prefixes, %ld live, %ld unknown\n", t.pairs, t.live, t.unknown);
    T_EQ(t.wrong, 0);
    T_OK(t.unknown * 100 < t.pairs, "too many pairs went unknown");
    T_OK(t.live * 10 > t.pairs && t.live * 10 < t.pairs * 9,
         "the prefixes say little");
    quiet = true;
    while (broken.pairs < 100) one_pattern(&copy, true, &broken);
    T_OK(broken.wrong > 0, "an oracle that lies is not noticed");
    return t_done();
}
