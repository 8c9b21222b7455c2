/* Masks behind the quote that opens a key, where many names may follow and
 * every key must hold a digit: the key's loop is near, a zone far.  The mask is
 * that of a walk through all tokens, and looking for the zone takes no more
 * than walking on does. */
#include "api/api.h"
#include "ways.h"

enum { N_NAMES = 64, NAME = 24, LETTERS = 16, MOST_STEPS = 2000 };

/* --- the vocabulary ------------------------------------------------------- */

typedef struct Tokens {
    gram_token at[8192];
    char text[8192][8];
    uint32_t n;
} Tokens;

static void add(Tokens *t, const char *text, size_t len)
{
    char *to = t->text[t->n];
    memcpy(to, text, len);
    t->at[t->n++] = (gram_token){
        .bytes = to, .len = (uint32_t)len, .kind = GRAM_TOKEN_NORMAL};
}

/* All bytes of ASCII, and all words of two or three of the letters. */
static gram_vocab *make_vocab(void)
{
    Tokens *t = calloc(1, sizeof *t);
    gram_vocab_options o = {.size = sizeof o};
    uint32_t end = 0;
    gram_vocab *v = NULL;
    if (t == NULL) return NULL;
    add(t, "</s>", 4);
    t->at[0].kind = GRAM_TOKEN_SPECIAL;
    for (int c = ' '; c <= '~'; c++) add(t, (char[1]){(char)c}, 1);
    for (int i = 0; i < LETTERS * LETTERS * LETTERS; i++) {
        char word[3] = {(char)('a' + i / LETTERS / LETTERS),
                        (char)('a' + i / LETTERS % LETTERS),
                        (char)('a' + i % LETTERS)};
        add(t, word, 3);
        if (i % LETTERS == 0) add(t, word, 2);
    }
    o.end_ids = &end;
    o.n_end_ids = 1;
    T(gram_vocab_new(t->at, t->n, &o, &v, NULL) == GRAM_OK);
    free(t);
    return v;
}

/* Names of twenty letters that part early. */
static void make_schema(char *out)
{
    uint32_t x = 1;
    out += sprintf(out, "{\"propertyNames\":{\"pattern\":\"[0-9]\"},"
                        "\"properties\":{");
    for (int i = 0; i < N_NAMES; i++) {
        char name[NAME] = "";
        for (int k = 0; k < 20; k++) {
            x = x * 1103515245u + 12345u;
            name[k] = (char)('a' + (x >> 16) % LETTERS);
        }
        out += sprintf(out, "%s\"%s7\":{\"minLength\":%d,\"type\":\"string\"}",
                       i ? "," : "", name, i);
    }
    sprintf(out, "}}");
}

/* --- both ways ------------------------------------------------------------ */

int main(void)
{
    gram_vocab *v = make_vocab();
    static char schema[N_NAMES * 80 + 200];
    Way way[2];
    size_t at;
    make_schema(schema);
    way_start(&way[0], v->v, NULL, schema, 0);
    way_start(&way[1], v->v, NULL, schema,
              GR_MASK_NO_CLASSES | GR_MASK_NO_NEAR);
    for (int k = 0; k < 2; k++)
        T(gr_matcher_accept_bytes(way[k].m, "{\"", 2, &at) == GRAM_OK);
    ways_compare(v->v, way, "a name");
    T_OK(way_steps(&way[0]) < MOST_STEPS, "%lu steps",
         (unsigned long)way_steps(&way[0]));
    way_stop(&way[0]);
    way_stop(&way[1]);
    gram_vocab_free(v);
    return t_done();
}
