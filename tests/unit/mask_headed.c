/* Tokens that a space heads (headed.c), where they are so many that all of them
 * may be walked by shapes instead: 18,000 nodes of letters behind it, and
 * 17,000 of characters beyond ASCII.  A table of what leaves the letters is
 * made where that is little, and not where it is more than such a walk takes.
 * Rows are those of a walk through all tokens either way. */
#include "api/api.h"
#include "mask/mask_int.h"
#include "ways.h"

enum { MOST_TOKENS = 40000 };

static const struct {
    const char *schema, *text;
    bool table; /* is one made? */
} source[] = {
    {"{\"pattern\":\"^[a-z0-9]{1,40}( [a-z0-9]{1,30})*$\"}", "\"ab cd ef",
     true},
    {"{\"pattern\":\"^[a-z0-9]{1,40}( [a-z0-9]{1,30})*$\",\"maxLength\":20}",
     "\"ab cd ef", true},
    {"{\"pattern\":\"^[a-z0-9]{1,40}( [a-z0-9\\u0400-\\u04FF]{1,30})*$\"}",
     "\"ab cd ef", false},
    {"{\"not\":{\"pattern\":\"^.+ [A-Z0-9_]\"}}", "\"ab cd ef", false},
    {"{\"not\":{\"pattern\":\"^.+ [A-Z0-9_]\"},\"maxLength\":12}", "\"ab cd ef",
     false},
    /* letters: not right behind the space, but later */
    {"{\"pattern\":\"^[a-z]{1,9}( [a-m][a-m]{0,30}([n-z][a-z]{0,9})?)*$\"}",
     "\"ab cd em", false},
};
enum { N_SOURCES = sizeof source / sizeof *source };

/* --- the vocabulary ------------------------------------------------------- */

typedef struct Tokens {
    gram_token at[MOST_TOKENS];
    char text[MOST_TOKENS][8];
    uint32_t n;
} Tokens;

static void add(Tokens *t, const char *text)
{
    char *to = t->text[t->n];
    int len = snprintf(to, sizeof t->text[0], "%s", text);
    t->at[t->n++] = (gram_token){
        .bytes = to, .len = (uint32_t)len, .kind = GRAM_TOKEN_NORMAL};
}

static void add_letters(Tokens *t)
{
    for (char a = 'a'; a <= 'z'; a++)
        for (char b = 'a'; b <= 'z'; b++)
            for (char c = 'a'; c <= 'z'; c++)
                add(t, (char[5]){' ', a, b, c % 7 ? c : (char)(c - 32), 0});
}

/* Two characters of Cyrillic each. */
static void add_beyond(Tokens *t)
{
    for (uint32_t a = 0x80; a < 0x100; a++)
        for (uint32_t b = 0x80; b < 0x100; b++)
            add(t,
                (char[6]){' ', (char)(a < 0xC0 ? 0xD0 : 0xD1), (char)(a & 0xBF),
                          (char)(b < 0xC0 ? 0xD0 : 0xD1), (char)(b & 0xBF), 0});
}

static gram_vocab *make_vocab(void)
{
    Tokens *t = calloc(1, sizeof *t);
    gram_vocab_options o = {.size = sizeof o};
    uint32_t end = 0;
    gram_vocab *v = NULL;
    if (t == NULL) return NULL;
    add(t, "</s>");
    t->at[0].kind = GRAM_TOKEN_SPECIAL;
    for (int b = 1; b <= 0xFF; b++) add(t, (char[2]){(char)b, 0});
    add_letters(t);
    add_beyond(t);
    o.end_ids = &end;
    o.n_end_ids = 1;
    T(gram_vocab_new(t->at, t->n, &o, &v, NULL) == GRAM_OK);
    free(t);
    return v;
}

/* --- both ways ------------------------------------------------------------ */

static void compare(const GrVocab *v, const GrTables *t, int i)
{
    Way way[2];
    size_t at;
    way_start(&way[0], v, t, source[i].schema, 0);
    way_start(&way[1], v, t, source[i].schema, GR_MASK_NO_CLASSES);
    for (const char *p = source[i].text; *p != 0; p++) {
        ways_compare(v, way, p);
        for (int k = 0; k < 2; k++)
            T(gr_matcher_accept_bytes(way[k].m, p, 1, &at) == GRAM_OK);
    }
    ways_compare(v, way, "the end");
    T_OK((way[0].masks->headed.n > 0) == source[i].table, "%u tables: %s",
         way[0].masks->headed.n, source[i].schema);
    for (int k = 0; k < 2; k++) way_stop(&way[k]);
}

int main(void)
{
    gram_vocab *v = make_vocab();
    GrEnv env;
    GrTables *t;
    gr_env_init(&env, NULL, 0, 0);
    T(gr_tables_new(&env, v->v, &t) == GRAM_OK);
    uint32_t root = v->v->root[' '];
    T(v->v->node[root].next - root >= 1 << 15); /* else there is no choice */
    for (int i = 0; i < N_SOURCES; i++) compare(v->v, t, i);
    gr_tables_free(t);
    gram_vocab_free(v);
    return t_done();
}
