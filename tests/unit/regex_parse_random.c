/* Random patterns against PCRE2: 50,000 (pattern, string) pairs, each as a
 * whole match or as a search.  The generator (oracle/gen_pattern.h) stays
 * where PCRE2 and ECMA-262 agree; the list of differences is empty. */
#include "tests/oracle/gen_pattern.h"
#include "tests/oracle/pcre2_oracle.h"
#include "tests/t.h"
#include "regex/regex.h"

enum { PAIRS = 50000, STRINGS = 8 };

static bool quiet; /* differences are wanted */

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
        char s[GEN_SUBJECT];
        size_t n = gen_subject(g, s);
        int want = pcre2_oracle_match(o, s, n, whole), got = ORACLE_UNKNOWN;
        t->pairs++;
        if (want == ORACLE_UNKNOWN || ours(re, a, s, n, &got) != GRAM_OK) {
            t->unknown++;
        } else if (want != got) {
            if (t->wrong++ < 10 && !quiet) {
                fprintf(stderr, "%.*s flags %u whole %d on \"%.*s\": %d\n",
                        (int)g->len, g->text, flags, whole, (int)n, s, got);
            }
        }
        t->yes += want == ORACLE_YES;
    }
}

static void one_pattern(uint64_t *seed, bool fault, Tally *t)
{
    static Gen g;
    GrEnv env;
    GrRe *re;
    ReId a;
    gram_error error = {0};
    g.seed = *seed;
    gen_clear(&g);
    gen_pattern(&g);
    unsigned flags = gen_below(&g, 8); /* i, s, m */
    bool whole = gen_below(&g, 2);
    Pcre2Oracle *o = pcre2_oracle_new(g.text, g.len, flags, fault);
    gr_env_init(&env, NULL, 0, 3000000);
    env.error = &error;
    if (o && gr_re_new(&env, &re) == GRAM_OK) {
        gram_status s = gr_re_parse(
            re, g.text, g.len, flags | (whole ? GR_RE_WHOLE : 0) | GR_RE_STRICT,
            &a, NULL);
        if (s == GRAM_OK) {
            compare(&g, re, o, a, whole, flags, t);
        } else if (s == GRAM_E_LIMIT) {
            t->limits++;
        } else {
            t->wrong++;
            fprintf(stderr, "%.*s: %s\n", (int)g.len, g.text, error.message);
        }
        gr_re_free(re);
    } else {
        t->refused++;
    }
    pcre2_oracle_free(o);
    *seed = g.seed;
}

int main(void)
{
    uint64_t seed = t_seed(), copy = seed;
    long pairs = t_count("GRAM_PAIRS", PAIRS);
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
