/* schema: what the machine says of the states inside keys holds.
 *
 * Where it says that a key is open, every character goes on from there on, and
 * a key ends as one does of which no name is left, but behind the texts that
 * are listed.  Every text of up to three characters is tried. */
#include "t.h"

#include "pda/pda.h"
#include "schema/schema.h"

#include <stdbool.h>
#include <string.h>

typedef struct Case {
    const char *schema, *text; /* up to a place inside of a key */
    bool open;
    uint32_t n_words; /* that are listed there */
} Case;

static const Case cases[] = {
    {"{\"properties\":{\"ab\":{},\"aca\":{}}}", "{\"a", true, 2},
    {"{\"properties\":{\"ab\":{},\"aca\":{}}}", "{\"b", true, 0},
    /* a name that may not come is one behind which no key ends */
    {"{\"properties\":{\"ab\":false,\"aca\":{}}}", "{\"", true, 2},
    {"{\"properties\":{\"ab\":false,\"aca\":{}}}", "{\"a", true, 2},
    {"{\"properties\":{\"ab\":false,\"aca\":false}}", "{\"ab", true, 1},
    {"{\"properties\":{\"a\\\"\":{\"enum\":[]},\"\":false}}", "{\"", true, 2},
    {"{\"properties\":{\"ab\":{\"not\":{}},\"b\":{}}}", "{\"ab", true, 1},
    /* the same once others are there */
    {"{\"properties\":{\"c\":{},\"ab\":{}},\"dependentSchemas\":{\"c\":"
     "{\"properties\":{\"ab\":false}}}}",
     "{\"c\":1,\"a", true, 1},
    /* what is searched for may still come, whatever was read */
    {"{\"patternProperties\":{\"ab|c\":{}},\"additionalProperties\":false}",
     "{\"", true, 0},
    {"{\"patternProperties\":{\"ab|c\":{}},\"additionalProperties\":false}",
     "{\"xa", true, 0},
    {"{\"patternProperties\":{\"^[ab]\":{}},\"additionalProperties\":false}",
     "{\"", false, 0},
    {"{\"propertyNames\":{\"allOf\":[{\"pattern\":\"ab\"},{\"pattern\":"
     "\"^a\"}]}}",
     "{\"", false, 0},
    {"{\"propertyNames\":{\"pattern\":\"x\",\"maxLength\":9}}", "{\"", false,
     0},
    /* but of others than names it is not told */
    {"{\"patternProperties\":{\"^a\":false}}", "{\"", false, 0},
    {"{\"properties\":{\"ab\":{}},\"additionalProperties\":false}", "{\"",
     false, 0},
    {"{\"properties\":{\"ab\":{}},\"propertyNames\":{\"minLength\":2}}", "{\"",
     true, 0},
    {"{\"properties\":{\"ab\":{}},\"propertyNames\":{\"maxLength\":2}}", "{\"",
     false, 0},
};

typedef struct World {
    GrEnv env;
    GrPda *pda;
    GrArena arena;
    GrRun run;
    GrConfig at;
    GrLoop loop;
} World;

static gram_status read_bytes(World *w, GrConfig *c, const char *text, size_t n)
{
    gram_status s = GRAM_OK;
    for (size_t i = 0; s == GRAM_OK && i < n; i++)
        s = gr_run_byte(&w->run, c, (uint8_t)text[i]);
    return s;
}

static bool start(World *w, const Case *c)
{
    size_t len = strlen(c->text);
    memset(w, 0, sizeof *w);
    gr_env_init(&w->env, NULL, 0, 0);
    gram_status s = gr_pda_new(&w->env, &w->pda);
    w->run = (GrRun){.pda = w->pda, .env = &w->env, .arena = &w->arena};
    w->run.log = c->text;
    if (s == GRAM_OK)
        s = gr_schema_compile(&w->env, c->schema, strlen(c->schema), NULL,
                              w->pda);
    if (s == GRAM_OK) s = gr_run_start(&w->run, &w->at);
    for (size_t i = 0; s == GRAM_OK && i < len; i++) {
        w->run.log_len = i + 1;
        s = gr_run_byte(&w->run, &w->at, (uint8_t)c->text[i]);
    }
    if (s == GRAM_OK) s = gr_pda_loop(w->pda, w->at.state, &w->loop);
    T_OK(s == GRAM_OK, "%s at %s: status %d", c->schema, c->text, s);
    return s == GRAM_OK;
}

static bool is_listed(const GrLoop *loop, const char *text, size_t n)
{
    uint32_t i = 0;
    while (i < loop->n_words &&
           (loop->word[i].len != n || memcmp(loop->word[i].text, text, n) != 0))
        i++;
    return i < loop->n_words;
}

/* A text of the key, as decoded and as spelled. */
static void check_text(World *w, const char *text, size_t n, const char *spell)
{
    GrConfig a = w->at, b = w->at;
    size_t len = strlen(spell);
    b.state = w->loop.like;
    T_OK(read_bytes(w, &a, spell, len) == GRAM_OK, "%s is refused", spell);
    if (w->loop.n_words == 0) return;
    T_OK(read_bytes(w, &b, spell, len) == GRAM_OK, "%s is refused", spell);
    bool ends = read_bytes(w, &a, "\"", 1) == GRAM_OK;
    bool like = read_bytes(w, &b, "\"", 1) == GRAM_OK;
    bool same = ends == like && (!ends || a.state.v == b.state.v);
    T_OK(same || is_listed(&w->loop, text, n), "%s ends otherwise", spell);
}

static void check_all(World *w)
{
    static const char letters[] = "abcx\"";
    enum { N = sizeof letters - 1 };
    for (uint32_t i = 0; i < (N + 1) * (N + 1) * (N + 1); i++) {
        uint32_t pick[3] = {i % (N + 1), i / (N + 1) % (N + 1),
                            i / (N + 1) / (N + 1)};
        char text[4] = {0}, spell[8] = {0};
        size_t n = 0, len = 0;
        for (uint32_t j = 0; j < 3 && pick[j] < N; j++) {
            text[n++] = letters[pick[j]];
            if (letters[pick[j]] == '"') spell[len++] = '\\';
            spell[len++] = letters[pick[j]];
        }
        check_text(w, text, n, spell);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        World w;
        if (start(&w, c)) {
            T_OK(w.loop.open == c->open && w.loop.n_words == c->n_words,
                 "%s at %s: open %d, %u words", c->schema, c->text, w.loop.open,
                 w.loop.n_words);
            if (w.loop.open) check_all(&w);
        }
        gr_arena_clear(&w.env, &w.arena);
        gr_pda_free(w.pda);
    }
    return t_done();
}
