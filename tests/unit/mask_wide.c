/* Masks by the state without large counts (wide.c): rows are those of a walk
 * through all tokens.
 *
 * Labels are runs of letters of some scripts, each with a count of its own, and
 * looked through for something, so that there is a wide state; texts go up to
 * their ends and over dots.  Tokens are up to nine characters of one script or
 * several, some of which end the string or are written as escapes; some are
 * hyphens alone. */
#include "api/api.h"
#include "mask/mask_int.h"
#include "ways.h"

enum { MOST_TOKENS = 6000, MOST_BYTES = 40 };

/* --- the vocabulary ------------------------------------------------------- */

typedef struct Tokens {
    gram_token at[MOST_TOKENS];
    char text[MOST_TOKENS][MOST_BYTES];
    uint32_t n;
} Tokens;

static void add(Tokens *t, const char *text)
{
    char *to = t->text[t->n];
    int len = snprintf(to, MOST_BYTES, "%s", text);
    t->at[t->n++] = (gram_token){
        .bytes = to, .len = (uint32_t)len, .kind = GRAM_TOKEN_NORMAL};
}

/* Of Latin, Greek, Cyrillic, Hebrew and Han; what leads on or ends besides, or
 * begins another key. */
static const char *const piece[] = {
    "a",       "b",      "e",           "l",      "\u00E9",      "\u00B7",
    "\u03B1",  "\u03BB", "-",           "\u0430", "\u0434",      "\u05D0",
    "\u05D1",  "\u4E2D", "\u6587",      ".",      "@",           "\\u00e9",
    "\\u4e2d", "\"",     "\",\"",       "\"}",    "1",           "\u0301",
    "\\\\",    "\",\"k", "\",\"k\":\"", "\",\"l", "\",\"l\":\"", "\":\""};
enum { PIECES = sizeof piece / sizeof *piece, LETTERS = 15 };

static void add_mixed(Tokens *t, uint64_t *seed)
{
    char text[MOST_BYTES] = "";
    uint32_t n = 1 + (uint32_t)(t_random(seed) % 9), script = 0;
    for (uint32_t i = 0; i < n && strlen(text) + 8 < MOST_BYTES; i++) {
        uint32_t x = (uint32_t)t_random(seed);
        if (x % 3 == 0) script = (x >> 8) % (x % 2 ? PIECES : LETTERS);
        strcat(text, piece[x % 5 == 0 ? (x >> 4) % 4 : script]);
    }
    add(t, text);
}

static gram_vocab *make_vocab(uint64_t *seed)
{
    Tokens *t = calloc(1, sizeof *t);
    gram_vocab_options o = {.size = sizeof o};
    uint32_t end = 0;
    gram_vocab *v = NULL;
    if (t == NULL) return NULL;
    add(t, "</s>");
    t->at[0].kind = GRAM_TOKEN_SPECIAL;
    for (int b = 1; b <= 0xFF; b++) add(t, (char[2]){(char)b, 0});
    for (int i = 2; i < 30; i++)
        add(t, &"------------------------------"[30 - i]);
    add(t, "\xCE"); /* the beginning of a character behind some */
    add(t, "aa\xD0");
    add(t, "\u4E2D\u6587\xE4\xB8");
    while (t->n < MOST_TOKENS) add_mixed(t, seed);
    o.end_ids = &end;
    o.n_end_ids = 1;
    T(gram_vocab_new(t->at, t->n, &o, &v, NULL) == GRAM_OK);
    free(t);
    return v;
}

/* --- schemas -------------------------------------------------------------- */

/* Labels with such counts, in front of `tail`. */
static void put_label(char *to, size_t size, uint64_t *seed, const char *tail)
{
    uint32_t n[5];
    for (uint32_t i = 0; i < 5; i++) n[i] = 4 + (uint32_t)(t_random(seed) % 22);
    snprintf(
        to, size,
        "(?:[abel\\\\-]{1,%u}|[a-z%s\\\\u00E9\\\\u03B1-\\\\u03C9\\\\u0430-"
        "\\\\u044F\\\\u05D0-\\\\u05EA\\\\u4E00-\\\\u9FFF\\\\-]{1,%u}"
        "|[a-z\\\\u03B1-\\\\u03C9\\\\-]{1,%u}|[a-z\\\\u0430-\\\\u044F\\\\-]"
        "{1,%u}|(?:[\\\\u4E00-\\\\u9FFF][abel\\\\-]*){1,3})%s",
        n[0], n[4] % 2 ? "\\\\\\\\" : "", 4 + n[1] % 7, n[2], n[3], tail);
}

static void put_schema(char *to, size_t size, uint64_t *seed)
{
    static const char *const look[] = {"(?!.*--)", "(?=.*[ab])", "(?!.*-$)",
                                       "(?!.*\\\\u4E2D.*e)", "(?=.{0,14}$)"};
    /* the last one is far from its end behind a 1 */
    static const char *const tail[] = {"", "", "@a", "(?:1e{9})?"};
    char label[500], more[500];
    uint64_t x = t_random(seed);
    put_label(label, sizeof label, seed, "");
    put_label(more, sizeof more, seed, x & 1 ? "" : "(?=[.@]|$)");
    snprintf(to, size,
             "{\"$defs\":{\"p\":{\"type\":\"string\",\"pattern\":"
             "\"^%s%s%s(?:[.]%s)*%s$\"}},\"properties\":{\"k\":{\"$ref\":"
             "\"#/$defs/p\"},\"l\":{\"$ref\":\"#/$defs/p\"}},\"required\":"
             "[\"k\"],\"additionalProperties\":false,\"type\":\"object\"}",
             look[x % 5], look[x / 5 % 5], label, more, tail[x / 64 % 4]);
}

/* --- both ways ------------------------------------------------------------ */

static uint32_t n_wide, n_masks;

static void note_wide(Way *way)
{
    GrLoop loop;
    const GrConfig *c = gr_matcher_config(way->m);
    if (gr_pda_loop(way->pda, c->state, &loop) == GRAM_OK)
        n_wide += loop.wide != NULL;
    n_masks++;
}

/* A token that may follow, mostly one that stays in the string. */
static uint32_t choose(const GrVocab *v, const uint32_t *row, uint64_t *seed)
{
    uint32_t found = UINT32_MAX;
    for (uint32_t tries = 0; tries < 4000; tries++) {
        uint32_t len, t = (uint32_t)(t_random(seed) % v->n_tokens);
        if (t == 0 || !gr_bit_get(row, t)) continue; /* not the end */
        found = t;
        const char *p = gr_vocab_bytes(v, t, &len);
        if (memchr(p, '"', len) == NULL || tries > 1000) break;
    }
    return found;
}

static void go_along(const GrVocab *v, const GrTables *t, const char *schema,
                     uint64_t *seed)
{
    static const char start[] = "{\"k\":\"";
    Way way[2];
    size_t at;
    way_start(&way[0], v, t, schema, 0);
    way_start(&way[1], v, t, schema, GR_MASK_NO_CLASSES);
    for (int k = 0; k < 2; k++)
        T(gr_matcher_accept_bytes(way[k].m, start, sizeof start - 1, &at) ==
          GRAM_OK);
    for (uint32_t i = 0; i < 7; i++) {
        GrMaskView view;
        note_wide(&way[0]);
        ways_compare(v, way, schema);
        T(gr_matcher_mask(way[1].m, &view) == GRAM_OK);
        uint32_t token = choose(v, view.row, seed);
        if (token == UINT32_MAX) break;
        for (int k = 0; k < 2; k++)
            T(gr_matcher_accept(way[k].m, token) == GRAM_OK);
    }
    for (int k = 0; k < 2; k++) way_stop(&way[k]);
}

static const char *const format[] = {
    "{\"properties\":{\"k\":{\"format\":\"idn-email\"}},\"required\":[\"k\"]}",
    "{\"properties\":{\"k\":{\"format\":\"idn-hostname\"}},\"required\":[\"k\"]"
    ","
    "\"additionalProperties\":false}"};

int main(int argc, char **argv)
{
    uint64_t seed = t_seed();
    int cases = argc > 1 ? atoi(argv[1]) : 40;
    char schema[3000];
    gram_vocab *v = make_vocab(&seed);
    GrEnv env;
    GrTables *t;
    gr_env_init(&env, NULL, 0, 0);
    T(gr_tables_new(&env, v->v, &t) == GRAM_OK);
    for (int i = 0; i < cases; i++) {
        put_schema(schema, sizeof schema, &seed);
        go_along(v->v, t, schema, &seed);
        if (i % 4 == 0) go_along(v->v, t, format[i / 4 % 2], &seed);
    }
    T_OK(n_wide * 3 > n_masks, "%u of %u are wide", n_wide, n_masks);
    gr_tables_free(t);
    gram_vocab_free(v);
    return t_done();
}
