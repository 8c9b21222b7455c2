/* Masks of strings that words are searched for in: where one must occur and no
 * other may, and where none may; and of strings that must be no URI, which all
 * texts may still become.  They are those of a walk through all tokens, and the
 * first of them looks at the states behind the first letters of the words
 * alone, not at the hundreds that lie behind these.
 *
 * And of strings that count by states, near their start, in the middle and
 * where they end. */
#include "api/api.h"
#include "mask/zone.h"
#include "tests/t.h"
#include "ways.h"

#define ONE_OF                                                                 \
    "{\"oneOf\":[{\"pattern\":\"customer\"},{\"pattern\":\"maker\"},"          \
    "{\"pattern\":\"operator\"},{\"pattern\":\"admin\"},"                      \
    "{\"pattern\":\"designer\"}],\"type\":\"string\"}"
#define NO_WORD                                                                \
    "{\"not\":{\"pattern\":\"internal server error|admin|root|shutdown\"},"    \
    "\"type\":\"string\"}"

#define NO_WORD_SHORT                                                          \
    "{\"not\":{\"pattern\":\"internal server error|admin|root|shutdown\"},"    \
    "\"type\":\"string\",\"maxLength\":61}"
#define NO_URI "{\"not\":{\"format\":\"uri\"},\"type\":\"string\"}"
/* Few tokens have a tilde: what lies behind it is not looked at, and what leads
 * there beyond ASCII is no part of the zone: "m\u00e9todo" is dead. */
#define NO_RARE                                                                \
    "{\"not\":{\"pattern\":\"[~\\u00e9]to|admin|root|shutdown\"},"             \
    "\"type\":\"string\"}"
#define LONG_NO_URI                                                            \
    "{\"not\":{\"anyOf\":[{\"format\":\"uri\"},{\"maxLength\":3}]},"           \
    "\"type\":\"string\",\"minLength\":8,\"pattern\":\"[a-z]$\"}"

static void same_mask(const GrVocab *v, Way way[2], const char *text)
{
    size_t at;
    for (int i = 0; i < 2; i++) {
        gr_matcher_free(way[i].m);
        T(gr_matcher_new(way[i].masks, NULL, 0, &way[i].error, &way[i].m) ==
          GRAM_OK);
        T(gr_matcher_accept_bytes(way[i].m, text, strlen(text), &at) ==
          GRAM_OK);
    }
    ways_compare(v, way, text);
}

/* States that are there behind the first mask, and that of a text. */
static uint32_t states_behind(const GrVocab *v, const GrTables *t,
                              const char *schema, const char *text)
{
    Way way;
    GrMaskView view;
    size_t at;
    way_start(&way, v, t, schema, 0);
    T(gr_matcher_accept_bytes(way.m, text, strlen(text), &at) == GRAM_OK);
    T(gr_matcher_mask(way.m, &view) == GRAM_OK);
    uint32_t n = gr_pda_n_states(gr_masks_pda(way.masks));
    way_stop(&way);
    return n;
}

/* Two letters with a mark between them: each mark is in few tokens, so that
 * what follows it need not be looked for, and all of them are in many. */
static gram_vocab *make_marked(void)
{
    static const char marks[] = "!#$%&()*+,-./:;<=>?@[]^_`{|}~";
    static gram_token at[256 + 26 * 8 * sizeof marks];
    static char text[26 * 8 * sizeof marks][3], bytes[256];
    gram_vocab_options o = {.size = sizeof o};
    gram_vocab *v = NULL;
    uint32_t n = 0;
    for (uint32_t b = 0; b < 256; b++) {
        bytes[b] = (char)b;
        at[n++] = (gram_token){
            .bytes = &bytes[b], .len = 1, .kind = GRAM_TOKEN_NORMAL};
    }
    for (uint32_t i = 0; i < 26 * 8 * (sizeof marks - 1); i++) {
        text[i][0] = (char)('a' + i % 26);
        text[i][1] = marks[i / (26 * 8)];
        text[i][2] = (char)('s' + i / 26 % 8);
        at[n++] =
            (gram_token){.bytes = text[i], .len = 3, .kind = GRAM_TOKEN_NORMAL};
    }
    T(gram_vocab_new(at, n, &o, &v, NULL) == GRAM_OK);
    return v;
}

/* No zone is searched where only such marks lead out of a loop. */
static void rare_marks(void)
{
    enum { MOST_STATES = 32 };
    gram_vocab *v = make_marked();
    uint32_t n = states_behind(v->v, NULL, "{\"format\":\"regex\"}", "\"");
    T_OK(n < MOST_STATES, "%u states", n);
    gram_vocab_free(v);
}

static void fresh(Way *way)
{
    gr_matcher_free(way->m);
    T(gr_matcher_new(way->masks, NULL, 0, &way->error, &way->m) == GRAM_OK);
}

static void compare_at(WayVocab *v, const char *schema, const char *const *text,
                       size_t n)
{
    Way way[2];
    way_start(&way[0], v->v, v->t, schema, 0);
    way_start(&way[1], v->v, v->t, schema, GR_MASK_NO_CLASSES);
    for (size_t i = 0; i < n; i++) {
        size_t at, len = strlen(text[i]);
        fresh(&way[0]);
        if (gr_matcher_accept_bytes(way[0].m, text[i], len, &at) == GRAM_OK)
            same_mask(v->v, way, text[i]);
    }
    way_stop(&way[0]);
    way_stop(&way[1]);
}

/* The state behind the one that was asked for its mask was met for that. */
static void is_deep(WayVocab *v, const char *schema)
{
    Way way;
    GrMaskView view;
    size_t at;
    way_start(&way, v->v, v->t, schema, 0);
    T(gr_matcher_accept_bytes(way.m, "\"x", 2, &at) == GRAM_OK);
    T(gr_matcher_mask(way.m, &view) == GRAM_OK);
    T(gr_matcher_accept_bytes(way.m, "y", 1, &at) == GRAM_OK);
    T_OK(gr_zone_was_deep(way.masks, gr_matcher_config(way.m)->state), "%s",
         schema);
    way_stop(&way);
}

/* From a state that counts, what of it is near: masks do not look at its end.
 */
static void counted(WayVocab *v)
{
    static const char *const schemas[] = {
        "{\"type\":\"string\",\"pattern\":\"^\\\\S(?:.{0,198}\\\\S)?$\"}",
        "{\"type\":\"string\",\"pattern\":\"^(?!\\\\s)(?!.*\\\\s$).{1,100}$\"}",
        "{\"type\":\"string\",\"minLength\":7,"
        "\"pattern\":\"^\\\\S(?:.{0,60}\\\\S)?$\"}",
        "{\"type\":\"string\",\"pattern\":\"^[^]{0,80}[a-z\xC3\xA9]$\"}",
        "{\"type\":\"string\",\"pattern\":"
        "\"^(?:[^][^\\\\u2000-\\\\u203F]){0,60}[a-z]$\"}",
        "{\"type\":\"string\",\"pattern\":\"[0-9]\",\"maxLength\":61}",
        "{\"type\":\"string\",\"pattern\":\"^.*[0-9].*$\",\"maxLength\":61}"};
    static const uint32_t chars[] = {0,  1,  2,   40,  58, 61,
                                     90, 99, 180, 197, 199};
    enum { TEXTS = 2 * sizeof chars / sizeof *chars };
    static char room[TEXTS][256];
    const char *text[TEXTS];
    for (size_t k = 0; k < TEXTS; k++) {
        size_t n = chars[k / 2];
        memset(room[k], 'x', n + 1);
        room[k][0] = '"';
        if (n > 2) room[k][n - 2] = ' ';
        if (k % 2 && n > 0) room[k][n] = ' ';
        text[k] = room[k];
    }
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++)
        compare_at(v, schemas[i], text, TEXTS);
    compare_at(v, NO_WORD_SHORT, text, TEXTS);
    for (size_t i = 0; i < 2; i++) is_deep(v, schemas[i]);
}

/* Short strings that must not be of a length, or only with a mark: what is
 * still alive depends on how much room is left. */
static void short_strings(WayVocab *v)
{
    static const char *const part[] = {
        "\"not\":{\"pattern\":\"^.{%d}$\"}",
        "\"not\":{\"pattern\":\"^[^]{%d}$\"}",
        "\"not\":{\"pattern\":\"^.{1,%d}$\"}",
        "\"not\":{\"pattern\":\"^(?:x*|.{%d})$\"}",
        "\"not\":{\"pattern\":\"^[a-z]{0,%d}$\"},\"pattern\":\"[0-9]\"",
        "\"anyOf\":[{\"pattern\":\"^x.{%d}\"},{\"pattern\":\"y\"}]"};
    static const char *const text[] = {"\"",       "\"x",     "\"xx",
                                       "\"x xx",   "\"xxxxx", "\"\xC3\xA9xxxxx",
                                       "\"xxxxxxx"};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        for (int k = 0; k < 24; k++) {
            char schema[200], is[100];
            snprintf(is, sizeof is, part[i], 1 + k / 3);
            snprintf(schema, sizeof schema,
                     "{\"type\":\"string\",\"maxLength\":%d,%s}",
                     1 + k / 3 + k % 3, is);
            compare_at(v, schema, text, sizeof text / sizeof *text);
        }
}

/* Strings that are alive up to a length and again from another one: a move
 * with two ranges of lengths is no step, and nothing is known by it. */
static void two_ranges(WayVocab *v)
{
    static const char *const text[] = {"\"",    "\"x",   "\"xx",
                                       "\"xxx", "\"xxy", "\"xxxxx"};
    for (int most = 3; most < 40; most += 4) {
        char schema[200];
        snprintf(schema, sizeof schema,
                 "{\"type\":\"string\",\"oneOf\":[{\"pattern\":"
                 "\"^x.{2}$\"},{\"maxLength\":%d}]}",
                 most);
        compare_at(v, schema, text, sizeof text / sizeof *text);
    }
}

/* What a string must not begin with lies behind a few states that nothing loops
 * in: no walk of all tokens. */
static void begins(WayVocab *v)
{
    static const char *const schemas[] = {
        "{\"not\":{\"pattern\":\"^..(?:foo|bar)[a-z]\"},\"type\":\"string\"}",
        ("{\"not\":{\"pattern\":\"^..(?:foo|bar)[a-z]\"},\"type\":\"string\","
         "\"minLength\":1,\"maxLength\":100}"),
        "{\"not\":{\"pattern\":\"^[^/].{2}x|y$\"},\"type\":\"string\"}",
        /* dead with the second byte, behind one first byte or two */
        "{\"not\":{\"pattern\":\"^(?:th|.?sh|..foo)\"},\"type\":\"string\"}"};
    static const char *const text[] = {"\"",    "\"x", "\"-xf", "\"xxfoo",
                                       "\"a b", "\"s", "\"zzf"};
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        Way way;
        GrMaskView view;
        size_t at;
        compare_at(v, schemas[i], text, sizeof text / sizeof *text);
        way_start(&way, v->v, v->t, schemas[i], 0);
        T(gr_matcher_accept_bytes(way.m, "\"", 1, &at) == GRAM_OK);
        T(gr_matcher_mask(way.m, &view) == GRAM_OK);
        uint64_t n = way_steps(&way);
        T_OK(n < v->v->n_nodes / 6, "%s: %lu steps", schemas[i],
             (unsigned long)n);
        way_stop(&way);
    }
}

/* States that count characters are in no zone, which shows soon. */
static void only_counts(WayVocab *v)
{
    enum { MOST_STATES = 890 };
    uint32_t n = states_behind(
        v->v, v->t, "{\"pattern\":\"^(.{1,63}[.]){1,99}[a-z0-9-]+$\"}",
        "\"example.com");
    T_OK(n < MOST_STATES, "%u states", n);
}

/* What is not ASCII leads to a state that characters of ASCII lead to later:
 * nearer to the end. */
static void farther(WayVocab *v)
{
    static const char *const text[] = {"\""};
    for (int n = 13; n < 60; n++) {
        char schema[160];
        snprintf(schema, sizeof schema,
                 "{\"type\":\"string\",\"pattern\":"
                 "\"^(?:[ -\\\\x7F][^]{0,%d}x|[^ -\\\\x7F][^]{0,%d}x)$\"}",
                 n, n - 12);
        compare_at(v, schema, text, 1);
    }
}

/* Two characters beyond ASCII leave the zone, and behind the first of them what
 * is alive is no step: of the lengths that may be come to some between others
 * are dead. */
static void past_steps(WayVocab *v)
{
    static const char *const text[] = {"\"", "\"0", "\"0\xC3\xB3\xC3\xA7"};
    compare_at(v,
               "{\"type\":\"string\",\"pattern\":"
               "\"(\\\\b.)+[\\u00e0-\\u00ff]{12}/$\","
               "\"minLength\":25,\"maxLength\":27}",
               text, 3);
}

/* A token with a space behind its word may leave the zone: what begins a
 * character is dead there, where it is alive in all of the zone. */
static void behind_words(void)
{
    static const char *const more[] = {"a \xE2\x82", "a \xE2\x80", "a\xE2\x82",
                                       " a\xE2\x82", "ab \xE2\x82"};
    static const char *const text[] = {"\"", "\"x"};
    gram_token at[256 + 5 + 26 * 26];
    static char pair[26 * 26][4], bytes[256];
    gram_vocab_options o = {.size = sizeof o};
    gram_vocab *v = NULL;
    uint32_t n = 0;
    for (uint32_t b = 0; b < 256; b++, n++) {
        bytes[b] = (char)b;
        at[n] = (gram_token){
            .bytes = &bytes[b], .len = 1, .kind = GRAM_TOKEN_NORMAL};
    }
    for (uint32_t i = 0; i < 5; i++)
        at[n++] = (gram_token){.bytes = more[i],
                               .len = (uint32_t)strlen(more[i]),
                               .kind = GRAM_TOKEN_NORMAL};
    for (uint32_t i = 0; i < 26 * 26; i++) {
        memset(pair[i], 'a', 4);
        pair[i][2] = (char)('a' + i / 26);
        pair[i][3] = (char)('a' + i % 26);
        at[n++] =
            (gram_token){.bytes = pair[i], .len = 4, .kind = GRAM_TOKEN_NORMAL};
    }
    T(gram_vocab_new(at, n, &o, &v, NULL) == GRAM_OK);
    WayVocab w = {.v = v->v};
    compare_at(&w,
               "{\"type\":\"string\",\"pattern\":"
               "\"^ *(?:[^ ]{2})*[^ ]?( [!-~\xE2\x80\x94]*)?$\"}",
               text, 2);
    gram_vocab_free(v);
}

int main(void)
{
    static const char *const text[] = {"\"",         "\"x",      "\"cust",
                                       "\"customer", "\"makers", "\"the ma",
                                       "\"http:",    "\"a:b c",  "\"\\u0041:"};
    static const char *const schemas[] = {ONE_OF,  NO_WORD, NO_WORD_SHORT,
                                          NO_RARE, NO_URI,  LONG_NO_URI};
    enum { MOST_STATES = 60 };
    WayVocab w;
    way_vocab_open(&w);
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        const char *schema = schemas[i];
        Way way[2];
        way_start(&way[0], w.v, w.t, schema, 0);
        way_start(&way[1], w.v, w.t, schema, GR_MASK_NO_CLASSES);
        for (size_t k = 0; k < sizeof text / sizeof *text; k++)
            same_mask(w.v, way, text[k]);
        way_stop(&way[0]);
        way_stop(&way[1]);
        uint32_t n = states_behind(w.v, w.t, schema, "\"");
        T_OK(n < MOST_STATES, "%s: %u states", schema, n);
    }
    counted(&w);
    short_strings(&w);
    two_ranges(&w);
    farther(&w);
    begins(&w);
    only_counts(&w);
    past_steps(&w);
    way_vocab_close(&w);
    rare_marks();
    behind_words();
    return t_done();
}
