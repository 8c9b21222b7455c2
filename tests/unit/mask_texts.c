/* Masks where the rest of a string is one of some texts (texts.c).
 *
 * In: a vocabulary of all words of up to four letters, with quotes,
 * backslashes, controls and parts of characters in them and in front of them,
 * and lists of texts which begin like each other, are empty, or have what JSON
 * spells otherwise.  Each row is what the matcher says of one token after the
 * other; and no state is made for a text that is not begun. */
#include "ways.h"

enum { MOST = 40000, TEXT = 12, N_TEXTS = 60, N_LISTS = 24 };

typedef struct Words {
    GrToken token[MOST];
    char text[MOST][TEXT];
    uint32_t n;
} Words;

static const char *const letter[] = {"a",  "b",        "c",        " ", "\"",
                                     "\\", "\xC3\xA9", "\xC3\xA8", "\n"};
enum { LETTERS = sizeof letter / sizeof *letter };

static void add(Words *w, const char *word)
{
    size_t len = strlen(word);
    if (w->n == MOST || len >= TEXT) abort();
    memcpy(w->text[w->n], word, len + 1);
    w->token[w->n] = (GrToken){w->text[w->n], (uint32_t)len, 0};
    w->n++;
}

static void add_words(Words *w)
{
    static const char *const more[] = {"\xC3", "a\xC3", "\\u",  "u006",
                                       "1",    "a\\u",  "\",",  "\"}",
                                       ",",    "}",     "\"\n", "ab\","};
    uint32_t n = LETTERS + 1;
    for (uint32_t i = 1; i < n * n * n * n; i++) {
        char word[TEXT] = {0};
        uint32_t left = i;
        for (; left % n > 0; left /= n) strcat(word, letter[left % n - 1]);
        if (left == 0) add(w, word);
    }
    for (uint32_t i = 0; i < sizeof more / sizeof *more; i++) add(w, more[i]);
    for (char c = 'd'; c <= 'z'; c++) {
        add(w, (char[2]){c});
        for (char e = 'a'; e <= 'z'; e++) add(w, (char[3]){c, e});
        for (int i = 0; i < 26 * 26; i++)
            add(w, (char[4]){c, (char)('a' + i / 26), (char)('a' + i % 26)});
    }
}

/* --- lists ---------------------------------------------------------------- */

/* Texts of up to seven letters, in JSON spelling; most are of the first three
 * letters, so that they begin like each other. */
static char *put_list(uint64_t *seed, uint32_t texts, char *out)
{
    out += sprintf(out, "{\"enum\":[\"aab\"");
    for (uint32_t i = 0; i < texts; i++) {
        out += sprintf(out, ",\"");
        for (uint32_t n = t_random(seed) % 8; n > 0; n--) {
            uint32_t of = t_random(seed) % 6 ? 3 : LETTERS;
            const char *s = letter[t_random(seed) % of];
            if (*s == '\n')
                out += sprintf(out, "\\n");
            else
                out += sprintf(out, *s == '"' || *s == '\\' ? "\\%s" : "%s", s);
        }
        out += sprintf(out, "\"");
    }
    return out + sprintf(out, "]");
}

enum { PLAIN, SHORT, ITEMS, KINDS };

/* A list that must hold; one of which a length leaves some; and two of which
 * an item is to be told apart by. */
static void make_schema(uint64_t *seed, int kind, char *out)
{
    out += sprintf(out, "{\"properties\":{\"x\":%s",
                   kind == ITEMS ? "{\"type\":\"array\",\"contains\":" : "");
    out = put_list(seed, N_TEXTS, out);
    if (kind == SHORT) out += sprintf(out, ",\"maxLength\":4");
    if (kind == ITEMS) {
        out += sprintf(out, "},\"items\":");
        out = put_list(seed, N_TEXTS, out);
        out += sprintf(out, "}");
    }
    sprintf(out, "}},\"required\":[\"x\"],\"additionalProperties\":false}");
}

static void check(const GrVocab *v, const GrTables *t, uint64_t *seed, int kind)
{
    const char *open = kind == ITEMS ? "{\"x\":[\"" : "{\"x\":\"";
    Way way;
    size_t at;
    char schema[8192];
    make_schema(seed, kind, schema);
    way_start(&way, v, t, schema, 0);
    T(gr_matcher_accept_bytes(way.m, open, strlen(open), &at) == GRAM_OK);
    way_check(v, &way, schema);
    for (int i = 0; i < 4; i++) {
        const char *s = letter[t_random(seed) % LETTERS];
        if (gr_matcher_accept_bytes(way.m, s, strlen(s), &at) == GRAM_OK)
            way_check(v, &way, schema);
    }
    way_stop(&way);
}

/* --- states --------------------------------------------------------------- */

/* A thousand texts of two letters of the vocabulary and more. */
static void check_states(const GrVocab *v, const GrTables *t)
{
    static char schema[32768];
    GrMaskView view;
    Way way;
    size_t at;
    char *out = schema + sprintf(schema, "{\"enum\":[\"dd\"");
    for (char c = 'd'; c <= 'z'; c++)
        for (char e = 'a'; e <= 'z'; e++)
            out += sprintf(out, ",\"%c%c%c%c\"", c, e, e, c);
    sprintf(out, "]}");
    way_start(&way, v, t, schema, 0);
    T(gr_matcher_accept_bytes(way.m, "\"", 1, &at) == GRAM_OK);
    uint32_t before = gr_pda_n_states(way.pda);
    T(gr_matcher_mask(way.m, &view) == GRAM_OK);
    T_OK(gr_pda_n_states(way.pda) < before + 32, "%u states, not %u",
         gr_pda_n_states(way.pda), before);
    way_check(v, &way, "texts of four letters");
    way_stop(&way);
}

int main(void)
{
    Words *w = calloc(1, sizeof *w);
    uint64_t seed = t_seed();
    GrTables *t;
    GrVocab *v;
    GrEnv env;
    gram_error e;
    if (w == NULL) abort();
    add_words(w);
    T_EQ(gr_vocab_from_tokens(NULL, w->token, w->n, NULL, &e, &v), GRAM_OK);
    gr_env_init(&env, NULL, 0, 0);
    T_EQ(gr_tables_new(&env, v, &t), GRAM_OK);
    for (int i = 0; i < N_LISTS; i++) check(v, t, &seed, i % KINDS);
    check_states(v, t);
    gr_tables_free(t);
    gr_vocab_free(v);
    free(w);
    return t_done();
}
