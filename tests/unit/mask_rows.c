/* Rows: what a generation leaves to the next one, and which masks get one.
 *
 * A document is read by one matcher after the other.  The allocator counts
 * blocks that are as large as a matcher's rows: the first matcher needs some
 * for its masks, the next one begins with all that it needs, and what is kept
 * for it is a share of the grammar's memory.  Each mask has to be the one that
 * a grammar of its own gives. */
#include "api/api.h"
#include "mask/mask_int.h"
#include "t.h"

#include <stdlib.h>

enum { TOKENS = 96, MANY = 12, TIMES = 12, OFTEN = 600 };

/* More masks than a small grammar has rows for. */
static const char schema[] =
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
    "\"on\":{\"type\":\"boolean\"},"
    "\"side\":{\"enum\":[\"left\",\"right\",\"centre\"]},"
    "\"unit\":{\"const\":\"kilometres per hour\"},"
    "\"tags\":{\"items\":{\"enum\":[\"red\",\"green\",\"blue\"]}}},"
    "\"required\":[\"name\",\"on\",\"side\",\"unit\",\"tags\"],"
    "\"additionalProperties\":false}";
static const char document[] =
    "{\"name\": \"Ada\", \"on\": true, \"side\": \"centre\", "
    "\"unit\": \"kilometres per hour\", \"tags\": [\"red\", \"green\"]}";

typedef struct Counting {
    size_t row_bytes, rows; /* blocks of so many bytes */
} Counting;

static void *resize(void *ctx, void *p, size_t old_size, size_t new_size)
{
    Counting *c = ctx;
    (void)old_size;
    if (p == NULL) c->rows += new_size == c->row_bytes;
    if (new_size > 0) return realloc(p, new_size);
    free(p);
    return NULL;
}

typedef struct Table {
    gram_vocab *v;
    Counting counting;
    gram_allocator alloc;
    uint32_t ids[TOKENS];
    size_t n;
    uint32_t words, *kept; /* a mask before each token, and the last one */
} Table;

static gram_grammar *compile(Table *t)
{
    gram_grammar *g = NULL;
    gram_options o = {.size = sizeof o, .allocator = &t->alloc};
    T(gram_grammar_new(t->v, GRAM_KIND_JSON_SCHEMA, schema, sizeof schema - 1,
                       &o, &g, NULL) == GRAM_OK);
    return g;
}

static gram_matcher *matcher(gram_grammar *g)
{
    gram_matcher *m = NULL;
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    return m;
}

static uint64_t mask_bytes(gram_grammar *g)
{
    gram_grammar_stats s = {.size = sizeof s};
    T(gram_grammar_get_stats(g, &s) == GRAM_OK);
    return s.mask_bytes;
}

/* How many rows were allocated for the masks of the document. */
static size_t read_all(Table *t, gram_matcher *m)
{
    size_t before = t->counting.rows;
    const uint32_t *row;
    for (size_t k = 0; k <= t->n; k++) {
        T(gram_matcher_mask_view(m, &row, NULL) == GRAM_OK);
        T(memcmp(row, t->kept + k * t->words, t->words * sizeof *row) == 0);
        T(k == t->n || gram_matcher_accept(m, t->ids[k]) == GRAM_OK);
    }
    return t->counting.rows - before;
}

/* Each by a matcher, and a grammar, that has seen nothing. */
static void keep_masks(Table *t)
{
    for (size_t k = 0; k <= t->n; k++) {
        gram_grammar *g = compile(t);
        gram_matcher *m = matcher(g);
        for (size_t i = 0; i < k; i++)
            T(gram_matcher_accept(m, t->ids[i]) == GRAM_OK);
        T(gram_matcher_mask(m, t->kept + k * t->words, t->words) == GRAM_OK);
        gram_matcher_free(m);
        gram_grammar_free(g);
    }
}

static void next_text(Table *t)
{
    gram_grammar *g = compile(t);
    gram_matcher *m = matcher(g);
    T(read_all(t, m) > 1);
    gram_matcher_free(m);
    for (int i = 0; i < 3; i++) {
        m = matcher(g);
        T(read_all(t, m) == 0);
        /* going back leads to the same rows */
        T(gram_matcher_rollback(m, t->n) == GRAM_OK);
        T(read_all(t, m) == 0);
        gram_matcher_free(m);
    }
    gram_grammar_free(g);
}

/* Of what a matcher leaves little is kept: a quarter of the masks' memory. */
static void what_is_kept(Table *t)
{
    gram_grammar *g = compile(t);
    gram_matcher *m = matcher(g);
    const GrMasks *k = g->now->masks;
    read_all(t, m);
    gram_matcher_free(m);
    T(k->n_wanted > 1);
    T(k->n_spare * t->counting.row_bytes <= k->env.used / 4);
    gram_grammar_free(g);
}

/* Of many at a time each has few rows. */
static void many_at_a_time(Table *t)
{
    gram_grammar *g = compile(t);
    gram_matcher *m[MANY];
    for (int i = 0; i < MANY; i++) m[i] = matcher(g);
    for (int i = 0; i < MANY; i++) T(read_all(t, m[i]) <= MANY_HELD);
    for (int i = 0; i < MANY; i++) gram_matcher_free(m[i]);
    gram_grammar_free(g);
}

/* A text makes no mask wait for rows: those that it has asked for again and
 * again become rows where it ends, or begins anew. */
static void where_a_text_ends(Table *t)
{
    for (int by_reset = 0; by_reset < 2; by_reset++) {
        gram_grammar *g = compile(t);
        gram_matcher *m = matcher(g);
        read_all(t, m);
        uint64_t before = mask_bytes(g);
        for (int i = 0; i < TIMES; i++) {
            T(gram_matcher_rollback(m, t->n) == GRAM_OK);
            T(read_all(t, m) == 0);
        }
        T_EQ(mask_bytes(g), before);
        if (by_reset) gram_matcher_reset(m);
        if (by_reset) T(mask_bytes(g) > before);
        if (by_reset) read_all(t, m);
        gram_matcher_free(m);
        T(mask_bytes(g) > before);
        gram_grammar_free(g);
    }
}

/* While masks are asked for now and then rows are few; those that are asked for
 * all the time are rows in the end, and then nothing is written any more. */
static void much_asked(Table *t)
{
    gram_grammar *g = compile(t);
    const uint32_t *row, *first;
    size_t one_row = t->words * sizeof *row;
    uint64_t little = 0;
    for (int i = 0; i < OFTEN; i++) {
        gram_matcher *m = matcher(g);
        read_all(t, m);
        gram_matcher_free(m);
        if (i == MANY) little = mask_bytes(g);
    }
    T(mask_bytes(g) >= little + 2 * one_row);
    /* no text has come to patch one for long: none is made ready */
    T_EQ(g->now->masks->n_wanted, 0);
    gram_matcher *m[2] = {matcher(g), matcher(g)};
    for (size_t k = 0; k <= t->n; k++) {
        T(gram_matcher_mask_view(m[0], &first, NULL) == GRAM_OK);
        T(gram_matcher_mask_view(m[1], &row, NULL) == GRAM_OK);
        T(row == first);
        for (int i = 0; i < 2 && k < t->n; i++)
            T(gram_matcher_accept(m[i], t->ids[k]) == GRAM_OK);
    }
    for (int i = 0; i < 2; i++) gram_matcher_free(m[i]);
    gram_grammar_free(g);
}

/* A list of MANY words, each one of as many as come to some more tokens. */
static gram_grammar *compile_lists(Table *t)
{
    static char text[MANY * 2000];
    gram_grammar *g = NULL;
    char *p = text + sprintf(text, "{\"minItems\":%d,\"prefixItems\":[", MANY);
    for (int list = 0; list < MANY; list++) {
        p += sprintf(p, "{\"enum\":[");
        for (int i = 0; i < 70 + list * 7 % MANY * 8; i++)
            p += sprintf(p, "\"%c%c\",", 'a' + i / 26, 'a' + i % 26);
        p += sprintf(p - 1, "]},") - 1;
    }
    strcpy(p - 1, "]}");
    T(gram_grammar_new(t->v, GRAM_KIND_JSON_SCHEMA, text, strlen(text), NULL,
                       &g, NULL) == GRAM_OK);
    return g;
}

/* Patches that are long need not be asked for twice: where the text ends the
 * longest ones are rows, as many as there is room for. */
static void long_ones(Table *t)
{
    gram_grammar *g = compile_lists(t);
    gram_matcher *m = matcher(g);
    GrMasks *masks = g->now->masks;
    uint32_t least_row = UINT32_MAX, most_patch = 0, n_rows = 0;
    const uint32_t *row;
    for (int i = 0; i < MANY; i++)
        for (const char *c = i ? ",\"au\"" : "[\"au\""; *c; c++) {
            T(gram_matcher_mask_view(m, &row, NULL) == GRAM_OK);
            T(gram_matcher_accept_bytes(m, c, 1, NULL) == GRAM_OK);
        }
    gr_masks_set_limit(masks, masks->env.used + 4 * t->counting.row_bytes);
    gram_matcher_free(m);
    for (uint32_t i = 1; i < masks->masks.n; i++) {
        const Mask *k = mask_at(masks, i);
        bool is_row = atomic_load(&k->row) != NULL && !gr_mask_is_base(k);
        n_rows += is_row;
        if (is_row && k->n_ids < least_row) least_row = k->n_ids;
        if (!is_row && k->n_ids > most_patch) most_patch = k->n_ids;
    }
    T(n_rows > 1 && most_patch > 64);
    T(least_row >= most_patch);
    gram_grammar_free(g);
}

int main(void)
{
    static Table t;
    T(gram_vocab_default(NULL, &t.v, NULL) == GRAM_OK);
    T(gram_vocab_encode(t.v, document, strlen(document), t.ids, TOKENS, &t.n,
                        NULL) == GRAM_OK);
    t.words = gram_vocab_mask_words(t.v);
    t.counting.row_bytes = (t.words + 1) * sizeof *t.kept;
    t.alloc = (gram_allocator){resize, &t.counting};
    t.kept = malloc((TOKENS + 1) * t.words * sizeof *t.kept);
    keep_masks(&t);
    next_text(&t);
    what_is_kept(&t);
    many_at_a_time(&t);
    where_a_text_ends(&t);
    much_asked(&t);
    long_ones(&t);
    free(t.kept);
    gram_vocab_free(t.v);
    return t_done();
}
