/* One mask, many ways to it: by each set of kernels that runs here, with and
 * without memo, by walking alone, with hardly any memory.  Along random walks
 * over schemas and grammars every row is the same, bit for bit.
 *
 * (mask_permuted has the vocabulary in another order, mask_threads several
 * threads, path_masks judges by brute force.) */
#include "grammar/grammar.h"
#include "mask/kernels.h"
#include "match/match.h"
#include "schema/schema.h"
#include "t.h"

#include "api/api.h"

enum { STEPS = 120, MOST_WAYS = 16 };

static const struct {
    gram_kind kind;
    const char *text;
} source[] = {
    {GRAM_KIND_JSON_SCHEMA, "{}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\","
     "\"maxLength\":12},\"na\":{\"enum\":[\"x\",\"xy\",3]},\"id\":{\"pattern\":"
     "\"^[a-z0-9-]{4,20}$\"}},\"required\":[\"id\"],"
     "\"additionalProperties\":false}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"string\","
     "\"pattern\":\"^[a-zA-Z ]{2,40}$\"}}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"object\","
     "\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"]}}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"string\",\"pattern\":\"[^\\\\W_]é+\"}"},
    {GRAM_KIND_JSON_SCHEMA, "{\"type\":\"string\",\"format\":\"email\"}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"object\",\"patternProperties\":{\"^[a-c]+$\":{\"type\":"
     "\"number\"}},\"additionalProperties\":{\"type\":\"string\","
     "\"pattern\":\"^\\\\p{Lu}\\\\p{L}*$\"},\"maxProperties\":4}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"not\":{\"pattern\":"
     "\"admin|use?r|é[^a-z]| the \"}}}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\","
     "\"pattern\":\"^(?!.*(//|[<>]|\u20AC))[^:]+:.*x$\"},\"propertyNames\":"
     "{\"not\":{\"pattern\":\"/.|ing\"}}}"},
    {GRAM_KIND_REGEX, "(\\w{1,9}[,;] )*end\\.?"},
    {GRAM_KIND_REGEX, "[^\\x00-\\x7F]*x[A-Z\xC3\xA4-\xC3\xBC]{3,}"},
    {GRAM_KIND_GBNF,
     "root ::= (name \" = \" expr \";\\n\")*\nexpr ::= name | [0-9]+ | \"(\" "
     "expr \")\" | expr \"+\" expr\nname ::= [a-z_] [a-zA-Z0-9_]*\n"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"patternProperties\":{\"in|é|[0-9]x?\":{}},\"additionalProperties\":"
     "false}"},
    {GRAM_KIND_JSON_SCHEMA, /* see short_keys */
     "{\"properties\":{\"with\":{}},\"patternProperties\":{"
     "\"^[a-z]{1,3}-.*\":{}},\"additionalProperties\":false}"},
    {GRAM_KIND_JSON_SCHEMA, /* see open_keys */
     "{\"items\":{\"properties\":{\"description\":{\"type\":\"string\"},"
     "\"descriptive\":{\"type\":\"integer\"},\"n\\nm\":{\"type\":\"null\"},"
     "\"id\":{\"enum\":[1,[2]]},\"identification\":{\"type\":\"boolean\"},"
     "\"abcdefghij\":{\"type\":\"string\"},\"a\\\"s\":{\"type\":\"array\"},"
     "\"abcde\":false,\"iden\":{\"not\":{}},\"alpha\":{\"type\":\"string\"},"
     "\"alphabet\":{\"type\":\"string\"},\"href=\":{\"type\":\"object\"},"
     "\"call(\":{\"const\":[]}},"
     "\"required\":[\"alpha\"],"
     "\"additionalProperties\":{\"type\":\"number\"}}}"},
};
enum { N_SOURCES = sizeof source / sizeof *source, SHORT_KEYS = N_SOURCES - 2 };

typedef struct Way {
    const Kernels *kernels;
    uint32_t flags;
    size_t memory;
} Way;

typedef struct World {
    GrEnv env[MOST_WAYS];
    gram_error error;
    GrTables *tables[MOST_WAYS];
    GrPda *pda[MOST_WAYS];
    GrMasks *masks[MOST_WAYS];
    GrMatcher *m[MOST_WAYS];
    uint32_t n;
} World;

/* Every kernel with all that is clever, and the best one without. */
static uint32_t list_ways(Way *way)
{
    static const Way others[] = {
        {NULL, GR_MASK_NO_MEMO, 0},
        {NULL, GR_MASK_NO_CLASSES, 0},
        {NULL, GR_MASK_NO_NEAR | GR_MASK_NO_PARTS, 0},
        {NULL, GR_MASK_NO_EXITS, 0},
        {NULL, 0, 40000},
        {NULL, 0, 400000},
    };
    size_t n_kernels;
    uint32_t n = 0;
    const Kernels *k = gr_kernels(&n_kernels);
    for (size_t i = 0; i < n_kernels; i++) {
        if (k[i].runs_here())
            way[n++] = (Way){&k[i], 0, 0};
        else
            T_SKIP("kernels %s: this processor lacks them", k[i].name);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        way[n] = others[i];
        way[n++].kernels = gr_kernels_best();
    }
    return n;
}

static gram_status compile(GrEnv *env, int i, GrPda *pda)
{
    size_t len = strlen(source[i].text);
    GrReport report = {0};
    if (source[i].kind == GRAM_KIND_JSON_SCHEMA)
        return gr_schema_compile(env, source[i].text, len, NULL, pda);
    gram_status s = gr_grammar_compile(env, source[i].kind, source[i].text, len,
                                       NULL, pda, &report);
    gr_report_clear(env, &report);
    return s;
}

static void start(World *w, const GrVocab *v, int i, const Way *way, uint32_t n)
{
    memset(w, 0, sizeof *w);
    w->n = n;
    for (uint32_t k = 0; k < n; k++) {
        GrMasksOptions mo = {NULL, way[k].memory, way[k].flags, NULL};
        gr_env_init(&w->env[k], NULL, 0, 0);
        T(gr_tables_new_by(&w->env[k], v, way[k].kernels, &w->tables[k]) ==
          GRAM_OK);
        T(gr_pda_new(&w->env[k], &w->pda[k]) == GRAM_OK);
        T_EQ(compile(&w->env[k], i, w->pda[k]), GRAM_OK);
        T(gr_masks_new(w->pda[k], v, w->tables[k], &mo, &w->masks[k]) ==
          GRAM_OK);
        T(gr_matcher_new(w->masks[k], NULL, 0, &w->error, &w->m[k]) == GRAM_OK);
    }
}

static void stop(World *w)
{
    for (uint32_t k = 0; k < w->n; k++) {
        gr_matcher_free(w->m[k]);
        gr_masks_free(w->masks[k]);
        gr_pda_free(w->pda[k]);
        gr_tables_free(w->tables[k]);
        T_EQ(w->env[k].used, 0);
    }
}

static uint32_t pick(const GrVocab *v, const uint32_t *row, uint64_t *seed)
{
    uint32_t at = (uint32_t)(t_random(seed) % v->n_tokens);
    for (uint32_t i = 0; i < v->n_tokens; i++, at = (at + 1) % v->n_tokens)
        if (gr_bit_get(row, at)) return at;
    return UINT32_MAX;
}

/* One mask of all; false where they differ. */
static bool same(World *w, const GrVocab *v, GrMaskView *out)
{
    GrMaskView first, other;
    if (gr_matcher_mask(w->m[0], &first) != GRAM_OK) return false;
    for (uint32_t k = 1; k < w->n; k++) {
        if (gr_matcher_mask(w->m[k], &other) != GRAM_OK) return false;
        if (other.n != first.n ||
            memcmp(other.row, first.row, (size_t)v->mask_words * 4) != 0) {
            fprintf(stderr, "way %u differs\n", k);
            return false;
        }
    }
    *out = first;
    return true;
}

/* And one token for all. */
static bool step(World *w, const GrVocab *v, uint64_t *seed)
{
    GrMaskView first;
    if (!same(w, v, &first)) return false;
    uint32_t token = pick(v, first.row, seed);
    bool back = t_random(seed) % 16 == 0;
    for (uint32_t k = 0; k < w->n; k++) {
        if (token == UINT32_MAX || gr_matcher_is_terminated(w->m[k])) {
            gr_matcher_reset(w->m[k]);
            continue;
        }
        if (gr_matcher_accept(w->m[k], token) != GRAM_OK) return false;
        if (gr_matcher_is_terminated(w->m[k]))
            gr_matcher_reset(w->m[k]);
        else if (back && gr_matcher_rollback(w->m[k], 1) != GRAM_OK)
            return false;
    }
    return true;
}

/* Byte by byte along a text: names are no place where a random walk stays. */
static bool follow(World *w, const GrVocab *v, const char *text)
{
    GrMaskView first;
    size_t at;
    for (; *text != 0; text++) {
        if (!same(w, v, &first)) return false;
        for (uint32_t k = 0; k < w->n; k++)
            if (gr_matcher_accept_bytes(w->m[k], text, 1, &at) != GRAM_OK)
                return false;
    }
    return same(w, v, &first);
}

/* The vocabulary with tokens that end a key and go on behind it. */
static gram_vocab *with_closers(const gram_vocab *v)
{
    static const char *const more[] = {"e\":[",   "f=\":{", "=\":{\"",
                                       "l(\":[]", "(\":[",  "ij\":\"",
                                       "s\":[",   "m\":n",  "\":\"\"}"};
    enum { N_MORE = sizeof more / sizeof *more };
    uint32_t n = gram_vocab_size(v);
    gram_token *t = calloc(n + N_MORE, sizeof *t);
    size_t n_ends, len;
    gram_vocab_options o = {.size = sizeof o};
    gram_vocab *made = NULL;
    o.end_ids = gram_vocab_end_ids(v, &n_ends);
    o.n_end_ids = n_ends;
    for (uint32_t i = 0; i < n + N_MORE && t != NULL; i++) {
        t[i].bytes = i < n ? gram_vocab_token(v, i, &len) : more[i - n];
        t[i].len = (uint32_t)(i < n ? len : strlen(more[i - n]));
        t[i].kind = i < n ? gram_vocab_kind(v, i) : GRAM_TOKEN_NORMAL;
    }
    T(t != NULL && gram_vocab_new(t, n + N_MORE, &o, &made, NULL) == GRAM_OK);
    free(t);
    return made;
}

/* Names of which some end where tokens close a key, some are spelled with
 * escapes, and some are others and a few characters more. */
static void open_keys(World *w, const gram_vocab *from, const Way *way,
                      uint32_t n)
{
    const char *text =
        "[{\"alpha\":\"\",\"description\":\"\",\"descriptive\":1,\"n\\nm\":"
        "null,\"id\":1,"
        "\"identification\":true,\"a\\u0062cdefghij\":\"x\",\"de\":0},"
        "{\"identity\":2,\"alphabet\":\"\",\"alpha\":\"\",\"abcdefghij\":\"x\","
        "\"a\\\"s\":[],\"n\":3,"
        "\"href=\":{},\"call(\":[],\"href\":4}]";
    gram_vocab *v = with_closers(from);
    start(w, v->v, N_SOURCES - 1, way, n);
    T_OK(follow(w, v->v, text), "%s", text);
    stop(w);
    gram_vocab_free(v);
}

/* Behind the fourth letter of a name that was seen no key is left.  A few seen
 * keys are followed to find that; for many the keys are surveyed, of which
 * three letters are more than a survey looks at. */
static void short_keys(World *w, const gram_vocab *v, const Way *way,
                       uint32_t n)
{
    char text[256] = "{";
    size_t len = 1;
    start(w, v->v, SHORT_KEYS, way, n);
    T_OK(follow(w, v->v, "{\"with\":1,\"a"), "%s", source[SHORT_KEYS].text);
    for (uint32_t k = 0; k < w->n; k++) gr_matcher_reset(w->m[k]);
    for (int c = 'a'; c <= 't'; c++)
        len += (size_t)snprintf(text + len, sizeof text - len, "\"%c-\":1,", c);
    snprintf(text + len, sizeof text - len, "\"with\":1,\"a");
    T_OK(follow(w, v->v, text), "%s", text);
    stop(w);
}

int main(void)
{
    uint64_t seed = t_seed();
    Way way[MOST_WAYS];
    uint32_t n = list_ways(way);
    gram_vocab *v;
    World *w = malloc(sizeof *w);
    T(w != NULL && gram_vocab_default(NULL, &v, NULL) == GRAM_OK);
    for (int i = 0; i < N_SOURCES; i++) {
        bool ok = true;
        start(w, v->v, i, way, n);
        for (int k = 0; k < STEPS && ok; k++) ok = step(w, v->v, &seed);
        T_OK(ok, "%s", source[i].text);
        stop(w);
    }
    open_keys(w, v, way, n);
    short_keys(w, v, way, n);
    gram_vocab_free(v);
    free(w);
    return t_done();
}
