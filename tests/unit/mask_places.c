/* Places: a text that goes the way of another one.
 *
 * Documents are read once by a grammar of their own, and each mask is kept.
 * Then they are read again and again by one grammar, with tokens taken back
 * and refused in between, in forks and with little memory, and every mask has
 * to be the one that was kept.  Once they have been read, hardly a move is
 * new. */
#include "api/api.h"
#include "mask/mask_int.h"
#include "t.h"

#include <stdlib.h>

enum { TOKENS = 256, PASSES = 6 };

static const struct {
    const char *schema, *document;
    bool items; /* that must differ: then there are no places in the array */
} cases[] = {
    {"{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\"},"
     "\"name\":{\"type\":\"string\",\"maxLength\":40}},\"required\":[\"id\"]}",
     "{\"name\": \"Ada Lovelace\", \"idx\": {\"id\": [1, {\"id\": 2}]}, "
     "\"i\\u0064\": 12, \"other key\": [[\"id\", \"name\"], [], null]}",
     false},
    {"{\"type\":\"object\",\"properties\":{\"a\":{},\"ab\":{},\"abc\":{}},"
     "\"additionalProperties\":false,\"minProperties\":2}",
     "{\"ab\": {\"ab\": 1, \"a\": 2}, \"abc\": \"\", \"a\": {\"a\": -1.5e3}}",
     false},
    {"{\"type\":\"array\",\"minItems\":2,\"maxItems\":9,"
     "\"contains\":{\"const\":5},\"items\":{\"type\":[\"integer\",\"array\"],"
     "\"maxItems\":3}}",
     "[1, 22, 333, 5, [1, 2, 3], 5, [], -7]", false},
    {"{\"type\":\"object\",\"properties\":{\"tags\":{\"type\":\"array\","
     "\"uniqueItems\":true,\"items\":{\"type\":\"string\"}},"
     "\"more\":{\"type\":\"object\"}}}",
     "{\"more\": {\"x\": 1}, \"tags\": [\"red\", \"green\", \"re\", "
     "\"greens\"],"
     " \"rest\": {\"tags\": [\"red\", \"red\"], \"y\": \"z\"}}",
     true},
    {"{\"$ref\":\"#/$defs/t\",\"$defs\":{\"t\":{\"type\":\"array\","
     "\"items\":{\"$ref\":\"#/$defs/t\"}}}}",
     "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[],[]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
     "]]"
     "]]]]]]]]]]]]",
     false},
};

typedef struct Table {
    gram_vocab *v;
    uint32_t ids[TOKENS];
    size_t n;
    uint32_t *kept; /* a mask before each token, and the last one */
    uint32_t *row;
    uint32_t words;
} Table;

static gram_grammar *compile(const Table *t, size_t i, size_t max_memory)
{
    gram_grammar *g = NULL;
    gram_options o = {.size = sizeof o, .max_memory = max_memory};
    T(gram_grammar_new(t->v, GRAM_KIND_JSON_SCHEMA, cases[i].schema,
                       strlen(cases[i].schema), &o, &g, NULL) == GRAM_OK);
    return g;
}

static void keep_masks(Table *t, size_t i)
{
    gram_grammar *g = compile(t, i, 0);
    gram_matcher *m;
    T(gram_vocab_encode(t->v, cases[i].document, strlen(cases[i].document),
                        t->ids, TOKENS, &t->n, NULL) == GRAM_OK);
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    for (size_t k = 0; k <= t->n; k++) {
        T(gram_matcher_mask(m, t->kept + k * t->words, t->words) == GRAM_OK);
        T(k == t->n || gram_matcher_accept(m, t->ids[k]) == GRAM_OK);
    }
    gram_matcher_free(m);
    gram_grammar_free(g);
}

/* The mask behind k tokens. */
static bool same(Table *t, gram_matcher *m, size_t k)
{
    return gram_matcher_mask(m, t->row, t->words) == GRAM_OK &&
           memcmp(t->row, t->kept + k * t->words, t->words * 4) == 0;
}

/* A token that is refused leaves everything as it is. */
static bool refuses(Table *t, gram_matcher *m, size_t k, uint64_t *seed)
{
    uint32_t token = (uint32_t)(t_random(seed) % gram_vocab_size(t->v));
    bool may = gr_bit_get(t->kept + k * t->words, token);
    if ((gram_matcher_check(m, token) == GRAM_OK) != may) return false;
    if (may) return true;
    return gram_matcher_accept(m, token) == GRAM_E_REFUSED && same(t, m, k);
}

static void take_fork(gram_matcher **m)
{
    gram_matcher *copy;
    T(gram_matcher_fork(*m, &copy) == GRAM_OK);
    gram_matcher_free(*m);
    *m = copy;
}

/* Through the document by detours. */
static bool read_again(Table *t, gram_matcher *m, uint64_t *seed)
{
    size_t at = 0;
    while (at < t->n) {
        if (!same(t, m, at) || !refuses(t, m, at, seed)) return false;
        if (at > 0 && t_random(seed) % 24 == 0) {
            size_t n = 1 + t_random(seed) % at;
            if (gram_matcher_rollback(m, n) != GRAM_OK) return false;
            at -= n;
            if (!same(t, m, at)) return false;
        }
        if (gram_matcher_accept(m, t->ids[at++]) != GRAM_OK) return false;
    }
    return same(t, m, at) && gram_matcher_may_stop(m);
}

static uint32_t n_moves(gram_grammar *g)
{
    return g->now->masks->places.n_moves;
}

static void read_often(Table *t, size_t i, size_t max_memory, uint64_t *seed)
{
    gram_grammar *g = compile(t, i, max_memory);
    gram_matcher *m;
    uint32_t before = 0;
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    for (int pass = 0; pass < PASSES; pass++) {
        T_OK(read_again(t, m, seed), "case %zu, pass %d", i, pass);
        if (pass == 0) before = n_moves(g);
        if (max_memory == 0 && !cases[i].items)
            T_OK(n_moves(g) <= before + before / 16,
                 "case %zu: %u moves, then %u", i, before, n_moves(g));
        gram_matcher_reset(m);
    }
    T(max_memory != 0 || before >= t->n / 2);
    gram_matcher_free(m);
    gram_grammar_free(g);
}

/* Two matchers that stand in one place; the first is gone before the other
 * goes on, in forks. */
static void forks(Table *t, size_t i)
{
    gram_grammar *g = compile(t, i, 0);
    gram_matcher *m[2];
    for (int k = 0; k < 2; k++) T(gram_matcher_new(g, &m[k], NULL) == GRAM_OK);
    for (size_t at = 0; at < t->n; at++) {
        T(gram_matcher_accept(m[0], t->ids[at]) == GRAM_OK);
        T(same(t, m[0], at + 1));
        if (at % 3 == 0) take_fork(&m[0]);
        T(gram_matcher_accept(m[1], t->ids[at]) == GRAM_OK);
        if (at % 5 == 0) T(same(t, m[1], at + 1));
    }
    gram_matcher_free(m[0]);
    T(same(t, m[1], t->n));
    for (size_t k = t->n; k > 0; k--) {
        T(gram_matcher_rollback(m[1], 1) == GRAM_OK);
        T(same(t, m[1], k - 1));
    }
    gram_matcher_free(m[1]);
    gram_grammar_free(g);
}

/* Places that differ in one thing alone: what may not be written again, how
 * far a character is, what was counted, what lies below. */
static void near_places(Table *t)
{
    static const char schema[] =
        "{\"items\":{\"type\":\"object\",\"maxProperties\":2,"
        "\"additionalProperties\":{\"type\":\"string\",\"maxLength\":3}}}";
    static const struct {
        const char *text, *next;
        bool may;
    } near[] = {
        {"[{\"ab\":\"\",\"cd", "\"", true},
        {"[{\"ab\":\"\",\"ab", "\"", false},
        {"[{\"cd\":\"\",\"cd", "\"", false},
        {"[{\"ab\":\"\",\"\\u0061", "b\"", false},
        {"[{\"ab\":\"\",\"\\u0062", "b\"", true},
        {"[{\"ab\":\"12\"", ",", true},
        {"[{\"ab\":\"12\",\"c\":\"\"", ",", false},
        {"[{\"ab\":\"12", "3", true},
        {"[{\"ab\":\"123", "3", false},
        {"[{\"ab\":\"12\"}", "]", true},
        {"{\"ab\":\"12\"}", "]", false},
    };
    gram_grammar *g = NULL;
    gram_matcher *m;
    T(gram_grammar_new(t->v, GRAM_KIND_JSON_SCHEMA, schema, sizeof schema - 1,
                       NULL, &g, NULL) == GRAM_OK);
    for (size_t i = 0; i < 3 * sizeof near / sizeof *near; i++) {
        size_t k = i % (sizeof near / sizeof *near);
        uint32_t id = gr_vocab_find(t->v->v, near[k].next, 1);
        T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
        T(gram_matcher_accept_bytes(m, near[k].text, strlen(near[k].text),
                                    NULL) == GRAM_OK);
        T(gram_matcher_mask(m, t->row, t->words) == GRAM_OK);
        if (near[k].next[1] == 0)
            T_OK(gr_bit_get(t->row, id) == near[k].may, "%s", near[k].text);
        gram_status s = gram_matcher_accept_bytes(m, near[k].next,
                                                  strlen(near[k].next), NULL);
        T_OK((s == GRAM_OK) == near[k].may, "%s", near[k].text);
        gram_matcher_free(m);
    }
    gram_grammar_free(g);
}

/* Where no id ends a text nothing is allowed behind it, and that is a mask as
 * others are: it has an id, and is not made again. */
static void nothing_follows(void)
{
    static const gram_token tokens[] = {{"a", 1, GRAM_TOKEN_NORMAL},
                                        {"b", 1, GRAM_TOKEN_NORMAL}};
    gram_vocab *v = NULL;
    gram_grammar *g = NULL;
    gram_matcher *m;
    uint32_t id[3], count;
    const uint32_t *row;
    T(gram_vocab_new(tokens, 2, NULL, &v, NULL) == GRAM_OK);
    T(gram_grammar_new(v, GRAM_KIND_REGEX, "ab", 2, NULL, &g, NULL) == GRAM_OK);
    for (int i = 0; i < 3; i++) {
        T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
        T(gram_matcher_accept(m, 0) == GRAM_OK);
        T(gram_matcher_accept(m, 1) == GRAM_OK);
        T(gram_matcher_mask_view(m, &row, &id[i]) == GRAM_OK && row[0] == 0);
        gram_matcher_mask_facts(m, &count);
        T_EQ(count, 0);
        T(gram_matcher_may_stop(m) && id[i] != 0 && id[i] == id[0]);
        gram_matcher_free(m);
    }
    gram_grammar_free(g);
    gram_vocab_free(v);
}

/* A mask that one generation asks for lies in a row of its own; one that many
 * ask for becomes a row that they share. */
static void shared_row(Table *t)
{
    enum { MANY = 12 };
    static const char schema[] = "{\"type\":\"boolean\"}";
    gram_matcher *m[MANY];
    const uint32_t *row[MANY];
    gram_grammar *g = NULL;
    T(gram_grammar_new(t->v, GRAM_KIND_JSON_SCHEMA, schema, sizeof schema - 1,
                       NULL, &g, NULL) == GRAM_OK);
    for (int i = 0; i < MANY; i++) {
        T(gram_matcher_new(g, &m[i], NULL) == GRAM_OK);
        T(gram_matcher_mask_view(m[i], &row[i], NULL) == GRAM_OK);
        T(memcmp(row[i], row[0], t->words * 4) == 0);
    }
    T(row[0] != row[1] && row[MANY - 2] == row[MANY - 1]);
    for (int i = 0; i < MANY; i++) gram_matcher_free(m[i]);
    gram_grammar_free(g);
}

/* Of 22 bits, few of them twice. */
static uint32_t any_token(uint32_t i)
{
    return (uint32_t)(gr_mix(i) >> 42);
}

/* A table of moves is never so full that many have to be forgotten. */
static void most_moves(Table *t)
{
    enum { MOVES = 16000 };
    static const char schema[] = "{\"type\":\"boolean\"}";
    gram_grammar *g = NULL;
    gram_matcher *m;
    PlaceId one = {1};
    uint32_t known = 0;
    T(gram_grammar_new(t->v, GRAM_KIND_JSON_SCHEMA, schema, sizeof schema - 1,
                       NULL, &g, NULL) == GRAM_OK);
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    GrMasks *masks = m->part->masks;
    for (uint32_t i = 0; i < MOVES; i++)
        gr_place_note(masks, one, any_token(i), (PlaceId){1 + i});
    for (uint32_t i = 0; i < MOVES; i++)
        known += gr_place_next(masks, one, any_token(i)).v == 1 + i;
    T_OK(known > MOVES / 1000 * 995, "%u of %d moves are known", known, MOVES);
    gram_matcher_free(m);
    gram_grammar_free(g);
}

int main(void)
{
    uint64_t seed = t_seed();
    static Table t;
    nothing_follows();
    T(gram_vocab_default(NULL, &t.v, NULL) == GRAM_OK);
    t.words = gram_vocab_mask_words(t.v);
    t.kept = malloc((TOKENS + 1) * t.words * sizeof *t.kept);
    t.row = malloc(t.words * sizeof *t.row);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        keep_masks(&t, i);
        read_often(&t, i, 0, &seed);
        read_often(&t, i, 1 << 20, &seed);
        read_often(&t, i, 300000, &seed);
        forks(&t, i);
    }
    shared_row(&t);
    most_moves(&t);
    near_places(&t);
    free(t.kept);
    free(t.row);
    gram_vocab_free(t.v);
    return t_done();
}
