/* JSON twice: grammars/json.gbnf, a grammar, and the schema {}, under --exact.
 *
 * Both must accept the same texts, generated and mutated, and allow the same
 * tokens along random walks.  They may differ in one thing only: the schema
 * refuses duplicate keys.  So where it alone refuses, a duplicate is proved:
 * for a text by the JSON reader, for a token by a scanner of prefixes.
 *
 *     GRAM_SEED=7 build/unit/grammar_json 5     five times as much */
#include "gram.h"
#include "json/json.h"
#include "oracle/gen.h"
#include "pda/pda.h"
#include "t.h"

enum { TEXTS = 50000, WALKS = 2000, STEPS = 24, LONGEST = 400 };

typedef struct Pair {
    gram_vocab *v;
    gram_grammar *g[2]; /* the grammar, the schema */
    gram_matcher *m[2];
    uint32_t *row[2], words;
    uint32_t *structural, n_structural; /* tokens without letters */
    Gen gen;
    int n_accepted, n_duplicates, n_masks, n_equal;
} Pair;

static const char schema[] = "{}";

/* --- setting up ----------------------------------------------------------- */

static char *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    char *text = calloc(1, 1 << 16);
    *n = f ? fread(text, 1, (1 << 16) - 1, f) : 0;
    if (f) fclose(f);
    return text;
}

static void open_grammar(Pair *p, int i, gram_kind kind, const char *text,
                         size_t n)
{
    gram_options o = {.size = sizeof o};
    gram_error e;
    gram_options_exact(&o);
    T(gram_grammar_new(p->v, kind, text, n, &o, &p->g[i], &e) == GRAM_OK);
    T(gram_matcher_new(p->g[i], &p->m[i], &e) == GRAM_OK);
    p->row[i] = calloc(p->words, sizeof(uint32_t));
}

static bool is_structural(const char *s, size_t n)
{
    static const char some[] = "{}[]:,\"\\ \n\t0123456789-.eE";
    for (size_t i = 0; i < n; i++)
        if (s[i] == 0 || strchr(some, s[i]) == NULL) return false;
    return n > 0;
}

static void set_up(Pair *p)
{
    gram_error e;
    size_t n;
    char *text = read_file("grammars/json.gbnf", &n);
    T(gram_vocab_default(NULL, &p->v, &e) == GRAM_OK);
    p->words = gram_vocab_mask_words(p->v);
    p->structural = calloc(gram_vocab_size(p->v), sizeof(uint32_t));
    for (uint32_t t = 0; t < gram_vocab_size(p->v); t++) {
        size_t len;
        const char *bytes = gram_vocab_token(p->v, t, &len);
        if (gram_vocab_kind(p->v, t) < GRAM_TOKEN_SPECIAL &&
            is_structural(bytes, len))
            p->structural[p->n_structural++] = t;
    }
    open_grammar(p, 0, GRAM_KIND_GBNF, text, n);
    open_grammar(p, 1, GRAM_KIND_JSON_SCHEMA, schema, sizeof schema - 1);
    free(text);
}

static void tear_down(Pair *p)
{
    for (int i = 0; i < 2; i++) {
        gram_matcher_free(p->m[i]);
        gram_grammar_free(p->g[i]);
        free(p->row[i]);
    }
    gram_vocab_free(p->v);
    free(p->structural);
}

/* --- duplicates ----------------------------------------------------------- */

/* A whole text: is it JSON but for duplicate keys? */
static bool has_duplicates(const char *text, size_t n)
{
    GrEnv env;
    GrArena arena = {0};
    GrJson j;
    gr_env_init(&env, NULL, 0, 0);
    bool loose = gr_json_read(&env, &arena, text, n, 0, GR_JSON_KEEP_DUPLICATES,
                              &j) == GRAM_OK;
    bool strict = gr_json_read(&env, &arena, text, n, 0, 0, &j) == GRAM_OK;
    gr_arena_clear(&env, &arena);
    return loose && !strict;
}

typedef struct Scan {
    char keys[LONGEST][LONGEST];
    uint32_t lens[LONGEST];
    int n_keys;
    int first[LONGEST]; /* of an open container's keys; -1: an array */
    int depth;
    bool at_key; /* the next string is one */
} Scan;

/* One more key of the innermost object; true if it is there already. */
static bool add_key(Scan *s, const char *raw, size_t n)
{
    GrUnescape u = {0};
    char *key = s->keys[s->n_keys];
    uint32_t len = 0;
    for (size_t i = 0; i < n; i++) {
        char out[4];
        uint32_t k = gr_unescape(&u, (uint8_t)raw[i], out);
        if (k > 4 || len > LONGEST - 4u) return false;
        memcpy(key + len, out, k);
        len += k;
    }
    for (int i = s->first[s->depth - 1]; i < s->n_keys; i++)
        if (s->lens[i] == len && memcmp(s->keys[i], key, len) == 0) return true;
    s->lens[s->n_keys++] = len;
    return false;
}

static void structure(Scan *s, char c)
{
    if (c == '{') s->first[s->depth++] = s->n_keys;
    if (c == '[') s->first[s->depth++] = -1;
    if ((c == '}' || c == ']') && s->depth > 0) {
        s->depth--;
        if (s->first[s->depth] >= 0) s->n_keys = s->first[s->depth];
    }
    bool object = s->depth > 0 && s->first[s->depth - 1] >= 0;
    if (c == '{' || c == ',') s->at_key = object;
    if (c == ':' || c == '[') s->at_key = false;
}

/* A prefix of a JSON text: is some key complete that its object has already? */
static bool repeats_key(const char *text, size_t n)
{
    static Scan s;
    s.n_keys = s.depth = 0;
    s.at_key = false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '"') {
            structure(&s, text[i]);
            continue;
        }
        size_t from = ++i;
        while (i < n && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
        if (i < n && s.at_key && add_key(&s, text + from, i - from))
            return true;
    }
    return false;
}

/* --- texts ---------------------------------------------------------------- */

static bool accepts(gram_matcher *m, const char *text, size_t n)
{
    gram_matcher_reset(m);
    gram_status status = gram_matcher_accept_bytes(m, text, n, NULL);
    T_OK(status == GRAM_OK || status == GRAM_E_REFUSED, "status %d", status);
    return status == GRAM_OK && gram_matcher_may_stop(m);
}

static void check_text(Pair *p, const char *text, size_t n)
{
    bool grammar = accepts(p->m[0], text, n);
    bool object = accepts(p->m[1], text, n);
    p->n_accepted += object;
    if (grammar == object) return;
    bool repeats = grammar && has_duplicates(text, n);
    T_OK(repeats, "%.*s: the grammar says %d, the schema %d", (int)n, text,
         grammar, object);
    p->n_duplicates += repeats;
}

static void make_text(Gen *g)
{
    char plain[GEN_MAX];
    gen_clear(g);
    gen_value(g, 1 + (int)gen_below(g, 3));
    size_t n = g->len;
    memcpy(plain, g->text, n);
    if (gen_below(g, 2) == 0) {
        gen_clear(g);
        gen_spell(g, plain, n);
    }
    for (uint32_t i = gen_below(g, 4); i-- > 0;) gen_mutate(g, 0);
}

static void check_texts(Pair *p, int n)
{
    for (int i = 0; i < n && t_failed < 10; i++) {
        make_text(&p->gen);
        check_text(p, p->gen.text, p->gen.len);
    }
    printf("%d texts, %d accepted, %d with duplicate keys\n", n, p->n_accepted,
           p->n_duplicates);
    T(p->n_accepted > n / 10 && p->n_accepted < n - n / 10);
}

/* --- walks ---------------------------------------------------------------- */

static bool has(const uint32_t *row, uint32_t t)
{
    return row[t >> 5] >> (t & 31) & 1;
}

/* A token that both allow: structure half of the time. */
static uint32_t pick(Pair *p)
{
    uint32_t n = gram_vocab_size(p->v);
    bool structure = gen_below(&p->gen, 4) > 0;
    uint32_t m = structure ? p->n_structural : n, from = gen_below(&p->gen, m);
    for (uint32_t i = 0; i < m; i++) {
        uint32_t k = (from + i) % m, t = structure ? p->structural[k] : k;
        if (has(p->row[1], t) && gram_vocab_kind(p->v, t) < GRAM_TOKEN_SPECIAL)
            return t;
    }
    return UINT32_MAX;
}

static bool is_excused(Pair *p, uint32_t t, const char *text, size_t n)
{
    char longer[LONGEST];
    size_t len;
    const char *bytes = gram_vocab_token(p->v, t, &len);
    if (has(p->row[1], t) || n + len > LONGEST) return false;
    memcpy(longer, text, n);
    memcpy(longer + n, bytes, len);
    return repeats_key(longer, n + len);
}

static bool check_masks(Pair *p, const char *text, size_t n)
{
    for (int i = 0; i < 2; i++)
        T(gram_matcher_mask(p->m[i], p->row[i], p->words) == GRAM_OK);
    p->n_masks++;
    if (memcmp(p->row[0], p->row[1], p->words * sizeof(uint32_t)) == 0) {
        p->n_equal++;
        return true;
    }
    for (uint32_t t = 0; t < gram_vocab_size(p->v); t++) {
        if (has(p->row[0], t) == has(p->row[1], t)) continue;
        bool excused = is_excused(p, t, text, n);
        T_OK(excused, "after %.*s: the masks differ in token %u", (int)n, text,
             t);
        if (!excused) return false;
    }
    return true;
}

static void walk(Pair *p)
{
    char text[LONGEST];
    size_t n = 0, len;
    for (int i = 0; i < 2; i++) gram_matcher_reset(p->m[i]);
    for (int step = 0; step < STEPS; step++) {
        if (!check_masks(p, text, n)) return;
        uint32_t t = pick(p);
        const char *bytes = gram_vocab_token(p->v, t, &len);
        if (t == UINT32_MAX || n + len + 64 > LONGEST) return;
        for (int i = 0; i < 2; i++)
            T(gram_matcher_accept(p->m[i], t) == GRAM_OK);
        memcpy(text + n, bytes, len);
        n += len;
    }
}

static void check_walks(Pair *p, int n)
{
    for (int i = 0; i < n && t_failed < 10; i++) walk(p);
    printf("%d walks, %d masks, %d of them equal in every bit\n", n, p->n_masks,
           p->n_equal);
    T(p->n_equal > p->n_masks / 2);
}

/* The scanner must see what it is for, and nothing else. */
static void test_scanner(void)
{
    static const struct {
        const char *text;
        bool repeats;
    } cases[] = {{"{\"a\":1,\"a\"", true},
                 {"{\"a\":1,\"\\u0061\"", true},
                 {"{\"a\":{\"a\":1},\"b\":\"a\",\"c\":[\"a\",\"a\"", false},
                 {"[{\"a\":1},{\"a\":[]},{\"b\":{},\"b\"", true},
                 {"{\"a\":1,\"a", false},
                 {"{\"\":1, \"\" ", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        T_EQ(repeats_key(cases[i].text, strlen(cases[i].text)),
             cases[i].repeats);
}

int main(int argc, char **argv)
{
    int scale = argc > 1 ? atoi(argv[1]) : 1;
    Pair *p = calloc(1, sizeof *p);
    p->gen.seed = t_seed();
    test_scanner();
    set_up(p);
    check_texts(p, TEXTS * scale);
    check_walks(p, WALKS * scale);
    tear_down(p);
    free(p);
    return t_done();
}
