/* Masks under a budget, with a vocabulary of real size: at each of these
 * places, and some tokens further on, such a mask has exactly the tokens
 * behind which the bound is within the budget.  What is compared with is the
 * bound itself, asked for behind every STRIDE-th token.
 *
 *     build/unit/mask_budget 'SCHEMA' ['PREFIX']      one place */
#include "t.h"

#include <gram.h>
#include <stdbool.h>

#if defined(__SANITIZE_ADDRESS__)
enum { TURNS = 1, STRIDE = 64 };
#else
enum { TURNS = 2, STRIDE = 32 };
#endif

#define ITEMS(more)                                                            \
    "{\"type\":\"array\",\"uniqueItems\":true," more                           \
    ",\"items\":{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{"    \
    "\"a\":{\"type\":\"string\"}},\"additionalProperties\":false}}"

/* Some key with an `a` must have an "A", one with a `b` a "B". */
#define WITNESS(key, value)                                                    \
    "{\"not\":{\"patternProperties\":{\"" key "\":{\"not\":{\"type\":"         \
    "\"string\",\"pattern\":\"" value "\"}}}}}"
#define WITNESSES(more)                                                        \
    "{\"type\":\"object\",\"allOf\":[" WITNESS("a", "A") "," WITNESS(          \
        "b", "B") "]" more "}"
#define FOUR ",\"propertyNames\":{\"pattern\":\"^....$\"}"

/* Some key with a 1 breaks one thing, or some with a 2 another. */
#define BREAKS(key, what)                                                      \
    "{\"not\":{\"patternProperties\":{\"" key "\":" what "}}}"
#define EITHER(one, other) "{\"anyOf\":[" one "," other "]}"
#define FIRST                                                                  \
    EITHER(BREAKS("^1", "false"), BREAKS("^2", "{\"not\":{\"multipleOf\":7}"   \
                                               "}"))
#define SECOND EITHER(BREAKS("^3", "false"), BREAKS("4", "{\"multipleOf\":30}"))
#define BRANCHES                                                               \
    "{\"type\":\"object\",\"maxProperties\":2,\"allOf\":[" FIRST "," SECOND "]}"

#define MUST(more) "{\"required\":[\"shape\",\"dimensions\"]," more "}"

static const struct {
    const char *schema, *prefix;
} place[] = {
    /* any string, at its start, inside, behind half of an escape */
    {"{\"type\":\"string\"}", "\""},
    {"{\"type\":\"string\"}", "\"ab"},
    {"{\"type\":\"string\"}", "\"a\\"},
    {"{\"type\":\"string\"}", "\"a\xC3"},
    /* lengths */
    {"{\"type\":\"string\",\"maxLength\":9}", "\""},
    {"{\"type\":\"string\",\"maxLength\":9}", "\"abcd"},
    {"{\"type\":\"string\",\"minLength\":40}", "\"abcd"},
    {"{\"type\":\"string\",\"minLength\":7,\"maxLength\":60}", "\"ab"},
    {"{\"type\":\"string\",\"minLength\":3,\"pattern\":\"^[a-f]*$\"}", "\"a"},
    {"{\"type\":\"string\",\"pattern\":\"ab.*c\"}", "\"x"},
    {"{\"type\":\"string\",\"format\":\"date-time\"}", "\"20"},
    /* a character beyond ASCII that must come, whose escape is no shorter */
    {"{\"type\":\"string\",\"pattern\":\"\xF0\x9F\x98\x80\"}", "\""},
    /* characters that are dead among some that one byte begins, and lead on */
    {"{\"type\":\"string\",\"pattern\":\"^[^\\u00e0-\\u00ef]\"}", "\""},
    {"{\"type\":\"string\",\"pattern\":\"^[^\\u0430-\\u043f]\"}", "\""},
    /* keys: named ones, some seen, ones that begin alike */
    {"{\"properties\":{\"name\":{\"type\":\"string\"},\"north\":{\"type\":"
     "\"integer\"}},\"required\":[\"name\",\"north\"]}",
     "{\""},
    {"{\"properties\":{\"name\":{\"type\":\"string\"},\"north\":{\"type\":"
     "\"integer\"}},\"required\":[\"name\",\"north\"]}",
     "{\"name\":\"x\",\"n"},
    {"{\"type\":\"object\",\"required\":[\"a\",\"b\"]}",
     "{\"the\":1,\"them\":2,\"\":3,\""},
    {"{\"type\":\"object\",\"required\":[\"a\",\"b\"]}",
     "{\"the\":1,\"them\":2,\"t"},
    /* no room but for what must come; keys without a number that may be words
     * of what is left, and such that may not */
    {MUST("\"maxProperties\":3"), "{\"kara train"},
    {MUST("\"maxProperties\":3"), "{\"kara\":1,\"s"},
    {MUST("\"maxProperties\":4"), "{\"kara\":1,\"k"},
    {"{\"patternProperties\":{\"^(a|bb|cc)$\":{}},\"additionalProperties\":"
     "false,\"minProperties\":3}",
     "{\"bb\":1,\""},
    {"{\"anyOf\":[{\"required\":[\"n\"],\"maxProperties\":2,\"properties\":{"
     "\"xz\":{\"const\":1}}},{\"patternProperties\":{\"^[xy]z$\":{}},"
     "\"additionalProperties\":false,\"minProperties\":2}]}",
     "{\"xz\":2,\""},
    {"{\"anyOf\":[{\"required\":[\"n\"],\"maxProperties\":2},{"
     "\"patternProperties\":{\"^[xy]z$\":{}},\"additionalProperties\":false,"
     "\"minProperties\":2}]}",
     "{\"x"},
    /* behind white space, and in it */
    {MUST("\"minProperties\":3"), "{ \"kara\" :  1  ,"},
    {MUST("\"minProperties\":3"), "{\"shape\":1   ,    "},
    /* keys that a plan makes up, or their beginnings, may be there, or be open,
     * or be longer than those that may follow */
    {WITNESSES(""), "{\""},
    {WITNESSES(""), "{\"a\":0,\""},
    {WITNESSES(""), "{\"ab\":0,\"!"},
    {WITNESSES(""), "{\"!a\":0,\"!b\":0,\"\\u0061"},
    {WITNESSES(FOUR), "{\""},
    {WITNESSES(FOUR), "{\"more\":\"!!!a\",\"mor"},
    {WITNESSES(",\"maxProperties\":2"), "{\"xa"},
    {BRANCHES, "{\"x"},
    {BRANCHES, "{\"11\":0,\""},
    /* others must follow: short keys are what a plan begins with */
    {"{\"type\":\"object\",\"minProperties\":4}", "{\""},
    {"{\"type\":\"object\",\"minProperties\":4}", "{\"!\":1,\""},
    {"{\"type\":\"object\",\"minProperties\":3}", "{\"\":1,\"some"},
    {"{\"type\":\"object\",\"propertyNames\":{\"maxLength\":6},"
     "\"minProperties\":2}",
     "{\"ab"},
    {"{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
     "{\"ab\":\"x"},
    /* items that must differ, begun like others */
    {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
     "\"string\"}}",
     "[\"the\",\"then\",\""},
    {"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
     "\"string\"}}",
     "[\"the\",\"then\","},
    {"{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{\"type\":"
     "\"string\"}},\"uniqueItems\":true}",
     "[[\"x\"],[\"x"},
    /* items that are objects: one as before, one with a string of its own;
     * and one more has to follow */
    {ITEMS("\"minItems\":0"), "[{\"a\":\"x\"},{\"a\":\"x"},
    {ITEMS("\"minItems\":0"), "[{\"a\":\"x\"},{\"a\":\"other"},
    {ITEMS("\"minItems\":3"), "[{\"a\":\"x\"},{\"a\":\"other"},
    /* keys of one object, and those of another that are to come */
    {"{\"properties\":{\"a\":{\"type\":\"object\"},\"north\":{},\"note\":{}},"
     "\"required\":[\"north\",\"note\"],\"additionalProperties\":false}",
     "{\"a\":{\"the\":1,\"them"},
    {"{\"items\":{\"required\":[\"a\"],\"properties\":{\"b\":{}}}}",
     "[{\"b\":{\"the\":1,\"them"},
    /* between values */
    {"{\"type\":\"array\",\"minItems\":3}", "[1"},
    {"{}", ""},
};
enum { N_PLACES = sizeof place / sizeof *place };

typedef struct Check {
    gram_vocab *v;
    uint32_t stride, first;  /* tokens that are asked about */
    gram_matcher *m, *other; /* the same text: one for masks, one for bounds,
                                so that neither knows the other's plans */
    uint32_t *mask, words, n_tokens;
    uint64_t *behind;
    uint64_t asked;
} Check;

static const uint64_t REFUSED = UINT64_MAX, UNKNOWN = UINT64_MAX - 1;

static uint64_t behind(const Check *k, uint32_t token)
{
    uint64_t bound = UNKNOWN;
    if (gram_matcher_accept(k->other, token) != GRAM_OK) return REFUSED;
    if (gram_matcher_is_terminated(k->other))
        bound = 0;
    else if (gram_matcher_completion_bound(k->other, &bound) != GRAM_OK)
        bound = UNKNOWN;
    gram_matcher_rollback(k->other, 1);
    return bound;
}

static bool has_bit(const Check *k, uint32_t token)
{
    return k->mask[token >> 5] >> (token & 31) & 1;
}

/* The token that a mask under this budget is wrong about, or n_tokens. */
static uint32_t first_wrong(const Check *k, uint64_t budget)
{
    if (gram_matcher_mask_budget(k->m, budget, k->mask, k->words)) return 0;
    for (uint32_t t = 0; t < k->n_tokens; t++) {
        bool fits = k->behind[t] <= budget;
        if (k->behind[t] != UNKNOWN && has_bit(k, t) != fits) return t;
    }
    return k->n_tokens;
}

static void check_here(Check *k, const char *schema, const char *prefix)
{
    uint64_t bound = 0;
    T(gram_matcher_completion_bound(k->m, &bound) == GRAM_OK);
    for (uint32_t t = 0; t < k->n_tokens; t++) k->behind[t] = UNKNOWN;
    for (uint32_t t = k->first++ % k->stride; t < k->n_tokens; t += k->stride)
        k->behind[t] = behind(k, t);
    uint64_t budget[] = {bound - (bound > 0), bound, bound + 1, bound + 4};
    for (size_t i = 0; i < sizeof budget / sizeof *budget; i++) {
        uint32_t wrong = first_wrong(k, budget[i]);
        k->asked++;
        T_OK(wrong == k->n_tokens, "%s `%s` + %zu: token %u, budget %llu",
             schema, prefix, gram_matcher_n_accepted(k->m) - 1, wrong,
             (unsigned long long)budget[i]);
    }
}

/* A random token that may come next and leads to no end; false: none does. */
static bool go_on(Check *k, uint64_t *seed)
{
    uint32_t at = (uint32_t)(t_random(seed) % k->n_tokens);
    if (gram_matcher_mask(k->m, k->mask, k->words)) return false;
    for (uint32_t i = 0; i < k->n_tokens; i++, at = (at + 1) % k->n_tokens)
        if (has_bit(k, at) && gram_vocab_kind(k->v, at) == GRAM_TOKEN_NORMAL)
            return gram_matcher_accept(k->m, at) == GRAM_OK &&
                   gram_matcher_accept(k->other, at) == GRAM_OK;
    return false;
}

static void check_place(Check *k, const char *schema, const char *prefix,
                        uint64_t *seed)
{
    gram_grammar *g = NULL;
    size_t len = strlen(prefix);
    T(gram_grammar_new(k->v, GRAM_KIND_JSON_SCHEMA, schema, strlen(schema),
                       NULL, &g, NULL) == GRAM_OK);
    if (g == NULL) return;
    T(gram_matcher_new(g, &k->m, NULL) == GRAM_OK);
    T(gram_matcher_new(g, &k->other, NULL) == GRAM_OK);
    T(gram_matcher_accept_bytes(k->m, prefix, len, NULL) == GRAM_OK);
    T(gram_matcher_accept_bytes(k->other, prefix, len, NULL) == GRAM_OK);
    for (int i = 0; i < TURNS; i++) {
        check_here(k, schema, prefix);
        if (!go_on(k, seed)) break;
    }
    gram_matcher_free(k->other);
    gram_matcher_free(k->m);
    gram_grammar_free(g);
}

/* --- work ----------------------------------------------------------------- */

/* Where plain tokens have one answer, or one for each length, such a mask costs
 * no plan for each of them. */
enum { MOST = 100000 };

static void check_steps(Check *k, const char *schema, const char *prefix,
                        uint64_t most)
{
    gram_grammar *g = NULL;
    gram_grammar_stats before = {.size = sizeof before}, after = before;
    T(gram_grammar_new(k->v, GRAM_KIND_JSON_SCHEMA, schema, strlen(schema),
                       NULL, &g, NULL) == GRAM_OK);
    T(gram_matcher_new(g, &k->m, NULL) == GRAM_OK);
    T(gram_matcher_accept_bytes(k->m, prefix, strlen(prefix), NULL) == GRAM_OK);
    T(gram_grammar_get_stats(g, &before) == GRAM_OK);
    T(gram_matcher_mask_budget(k->m, 30, k->mask, k->words) == GRAM_OK);
    T(gram_grammar_get_stats(g, &after) == GRAM_OK);
    T_OK(after.steps - before.steps < most, "%s `%s`: %llu steps", schema,
         prefix, (unsigned long long)(after.steps - before.steps));
    gram_matcher_free(k->m);
    gram_grammar_free(g);
}

static void work(Check *k)
{
    check_steps(k, ITEMS("\"minItems\":0"), "[{\"a\":\"x\"},{\"a\":\"other",
                MOST);
    check_steps(k,
                "{\"items\":{\"required\":[\"a\"],\"properties\":{\"b\":{}}}}",
                "[{\"b\":{\"the\":1,\"more", MOST);
    check_steps(k,
                "{\"properties\":{\"a\":{\"type\":\"object\"},\"north\":{},"
                "\"note\":{}},\"required\":[\"north\",\"note\"],"
                "\"additionalProperties\":false}",
                "{\"note\":1,\"a\":{\"the\":1,\"more", MOST);
    check_steps(k, MUST("\"maxProperties\":3"), "{\"kara train", MOST);
    /* what plans make up is not looked for among all that tokens spell */
    check_steps(k, WITNESSES(""), "{\"more", MOST);
    check_steps(k, WITNESSES(FOUR), "{\"mor", MOST);
    check_steps(k, WITNESSES(",\"maxProperties\":2"), "{\"mora", MOST);
    /* and what follows a key is searched for once */
    check_steps(k, BRANCHES, "{\"x", 60000);
    /* and one plan does for all lengths of a run of white space */
    check_steps(
        k,
        "{\"required\":[\"a1\",\"b2\",\"c3\",\"d4\",\"e5\",\"f6\",\"g7\","
        "\"h8\",\"i9\",\"j10\",\"k11\",\"l12\",\"m13\",\"n14\"]}",
        "{\"other\":1,", 7000);
}

int main(int argc, char **argv)
{
    gram_vocab *v = NULL;
    T(gram_vocab_default(NULL, &v, NULL) == GRAM_OK);
    Check k = {.v = v,
               .stride = argc > 1 ? 1 : STRIDE,
               .words = gram_vocab_mask_words(v),
               .n_tokens = gram_vocab_size(v)};
    uint64_t seed = t_seed();
    k.mask = calloc(k.words, sizeof *k.mask);
    k.behind = calloc(k.n_tokens, sizeof *k.behind);
    T(k.mask != NULL && k.behind != NULL);
    if (argc > 1)
        check_place(&k, argv[1], argc > 2 ? argv[2] : "", &seed);
    else
        for (int i = 0; i < N_PLACES; i++)
            check_place(&k, place[i].schema, place[i].prefix, &seed);
    if (argc == 1) work(&k);
    printf("%llu masks\n", (unsigned long long)k.asked);
    free(k.mask);
    free(k.behind);
    gram_vocab_free(v);
    return t_done();
}
