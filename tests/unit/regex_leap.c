/* Leap seconds: of every minute the offsets that make it 23:59 of UTC, by
 * adding up; and what is told of such terms (how long, how short, which
 * characters go on) against what a search for it finds. */
#include "regex/regex.h"
#include "tests/t.h"

static GrEnv env;
static GrRe *re;
static ReId time_re;

static ReId after(ReId a, const char *text)
{
    for (; *text != 0; text++)
        T(gr_re_derive(re, a, (unsigned char)*text, &a) == GRAM_OK);
    return a;
}

/* The only word of a, or a word that is none. */
static const char *only_word(ReId a)
{
    static char word[16];
    GrText text = {0};
    uint32_t n;
    T(gr_re_count(re, a, 2, &n) == GRAM_OK);
    snprintf(word, sizeof word, "%u words", n);
    if (n == 1 && gr_re_shortest(re, a, &text) == GRAM_OK && text.n < 16)
        snprintf(word, sizeof word, "%.*s", (int)text.n, text.at);
    gr_vec_clear(&env, &text);
    return word;
}

/* Behind a sign one offset is left: local time less offset is 23:59. */
static void check_offset(ReId a, int local, char sign)
{
    char text[2] = {sign, 0};
    const char *word = only_word(after(a, text));
    int hour = -1, minute = -1;
    bool read = sscanf(word, "%2d:%2d", &hour, &minute) == 2;
    int by = hour * 60 + minute, utc = sign == '+' ? local - by : local + by;
    bool fits = hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
    T_OK(read && fits && strlen(word) == 5 && (utc + 1440) % 1440 == 1439,
         "%02d:%02d %c%s", local / 60, local % 60, sign, word);
}

static void test_offsets(void)
{
    static const char *const second[] = {":60", ":60.5", ":60.250"};
    for (int local = 0; local < 1440; local++) {
        char text[16];
        snprintf(text, sizeof text, "%02d:%02d", local / 60, local % 60);
        ReId a = after(time_re, text);
        for (int i = 0; i < 3; i++) {
            ReId b = after(a, second[i]);
            check_offset(b, local, '+');
            check_offset(b, local, '-');
            T(gr_re_nullable(re, after(b, "Z")) == (local == 1439));
            T(gr_re_nullable(re, after(b, "z")) == (local == 1439));
            T(!gr_re_nullable(re, b));
        }
    }
}

static void test_refused(void)
{
    static const char *const bad[] = {"24:00:60",   "23:60:60",   "23:59:61",
                                      "23:59:6:",   "23-59",      "2359",
                                      "23:59:60:",  "23:59:60..", "23:59:60.Z",
                                      "23:59:60.+", "23:59:60 "};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        T_OK(after(time_re, bad[i]).v == gr_re_none(re).v, "%s", bad[i]);
}

/* The same language as an intersection that changes nothing, and stays one to
 * its end: it has to be walked through. */
static ReId walked(ReId a)
{
    ReId part[2] = {a};
    T(gr_re_text(re, "x", 1, &part[1]) == GRAM_OK);
    T(gr_re_cat(re, gr_re_all(re), part[1], &part[1]) == GRAM_OK);
    T(gr_re_not(re, part[1], &part[1]) == GRAM_OK);
    T(gr_re_and(re, part, 2, &a) == GRAM_OK);
    return a;
}

static const char *const begun[] = {
    "2",        "23",        "23:",       "23:5",      "23:59",
    "23:59:6",  "22:59:6",   "23:59:60",  "23:59:60.", "23:59:60.7",
    "11:11:60", "11:11:60.", "11:11:60.7"};

static void test_lengths(void)
{
    for (size_t i = 0; i < sizeof begun / sizeof *begun; i++) {
        ReId a = after(time_re, begun[i]);
        GrLengths read, found;
        uint32_t least;
        T(gr_re_lengths(re, a, &read) == GRAM_OK);
        T(gr_re_lengths(re, walked(a), &found) == GRAM_OK);
        for (uint32_t n = 0; n < 40; n++)
            T_OK(gr_lengths_has(&read, n) == gr_lengths_has(&found, n),
                 "%s: %u more", begun[i], n);
        T(!read.none);
        T(gr_re_least_exact(re, a, &least) == GRAM_OK);
        T_EQ(least, found.least);
    }
}

/* Every character by which a word goes on, and no other, is in a class that is
 * not dead. */
static void test_classes(void)
{
    for (size_t i = 0; i < sizeof begun / sizeof *begun; i++) {
        ReId a = after(time_re, begun[i]), d;
        LexId s;
        GrLexInfo info;
        T(gr_lex_start(re, GR_LEX_UTF8, GR_NEED_FIRST, &a, 1, &s) == GRAM_OK);
        T(gr_lex_info(re, s, &info) == GRAM_OK);
        for (uint32_t c = 0; c < 128; c++) {
            T(gr_re_derive(re, a, c, &d) == GRAM_OK);
            T_OK((info.classes[c] != 0) == (d.v != gr_re_none(re).v), "%s %c",
                 begun[i], (char)c);
        }
    }
}

int main(void)
{
    gr_env_init(&env, NULL, 0, 0);
    T(gr_re_new(&env, &re) == GRAM_OK);
    T(gr_re_format(re, "time", 4, &time_re) == GRAM_OK);
    test_offsets();
    test_refused();
    test_lengths();
    test_classes();
    gr_re_free(re);
    T_EQ(env.used, 0);
    return t_done();
}
