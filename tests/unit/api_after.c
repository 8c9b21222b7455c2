/* A call that found no memory leaves a grammar as good as new.
 *
 * A machine makes its parts while it is used.  Where a request fails in the
 * middle of that, and something else is asked for next, no part may be missing
 * or have the number of another: for each request
 *
 *     walk a text, until the request fails
 *     walk the others, and that one again     every mask is that of a grammar
 *                                             for which nothing ever failed */
#include "t.h"

#include "tests/tools/alloc.h"
#include "tests/tools/small_vocab.h"

#include <stdbool.h>

enum { TEXTS = 3, FIRST = 60, TRIES = 700, ROW = 16 };

static const struct {
    gram_kind kind;
    const char *source, *text[TEXTS];
} cases[] = {
    {GRAM_KIND_JSON_SCHEMA,
     "{\"properties\":{\"a\":{\"uniqueItems\":true,\"contains\":{\"const\":2},"
     "\"items\":{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1},"
     "{\"type\":\"string\",\"maxLength\":5}]}},\"b\":{\"pattern\":\"^(a|b)+c$"
     "\","
     "\"not\":{\"const\":\"ac\"}}},\"patternProperties\":{\"^x\":{\"type\":"
     "\"number\",\"multipleOf\":0.01}},\"required\":[\"a\"],\"oneOf\":"
     "[{\"required\":[\"b\"]},{\"required\":[\"xx\"]}],"
     "\"unevaluatedProperties\":{\"type\":\"null\"}}",
     {"{\"a\":[1,2,\"x\\n\"],\"xx\":1.25,\"q\":null}",
      "{\"b\":\"abc\",\"a\":[\"yz\",2]}", "{\"q\":null,\"xx\":0,\"a\":[2]}"}},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"items\":{\"required\":[\"k\"],\"properties\":{\"k\":{\"enum\":[1,2,"
     "[true]]},\"v\":{\"$ref\":\"#\"}},\"additionalProperties\":false},"
     "\"uniqueItems\":true,\"minItems\":1,\"type\":\"array\"}",
     {"[{\"k\":1},{\"k\":2,\"v\":[{\"k\":1}]}]",
      "[{\"v\":[{\"k\":2}],\"k\":1}]", "[{\"k\":[true]},{\"k\":2}]"}},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"unevaluatedItems\":false,\"prefixItems\":[true,{\"type\":\"string\"}],"
     "\"anyOf\":[{\"prefixItems\":[true,true,{\"format\":\"date\"}]},"
     "{\"dependentSchemas\":{\"a\":{\"maxProperties\":2}}}]}",
     {"[1,\"x\",\"2024-02-29\"]", "{\"a\":{\"b\":1},\"c\":[null]}",
      "[{},\"\"]"}},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"uniqueItems\":true,\"items\":{\"enum\":[10,11,12,13,14,\"a\",\"b\","
     "\"c\",\"d\",\"e\",{\"f\":0},{\"f\":1}]},\"minItems\":5}",
     {"[10,11,12,13,14,\"a\"]", "[\"b\",\"c\",{\"f\":1},\"e\",10]",
      "[{\"f\":0},14,\"e\",13,\"d\"]"}},
    {GRAM_KIND_GBNF,
     "root ::= expr\nexpr ::= term (\"+\" term)*\n"
     "term ::= [a-z]+ | \"(\" expr \")\" | [0-9]{1,5}\n",
     {"(a+b)+12+zz", "1+1", "((x))"}},
    {GRAM_KIND_LARK,
     "start: (KW | ID | INT)+\nKW.2: \"if\"i\nID: /[a-z_]\\w*/i\n"
     "INT: /\\d+/ & ~/0+/\n%ignore /\\s+/\n",
     {"if x 12 yy", "12 iff", "a1_ 10"}},
    {GRAM_KIND_REGEX,
     "^(?=.*a)(?!.*bb)[\\p{L}\\d]{3,9}(x|y(?<n>z))\\b",
     {"abcdx", "1a2yz",
      "\xC3\xA9"
      "babx"}},
};
enum { N_CASES = sizeof cases / sizeof *cases };

/* Single bytes, and tokens that cross what is made in pieces. */
static gram_vocab *new_vocab(void)
{
    static const char *const more[] = {"{\"", "\":", "],", "\",\"", "ab",
                                       "12",  "+(",  "if", "\":[1", "}]"};
    gram_vocab *v = NULL;
    T_EQ(small_vocab(more, sizeof more / sizeof *more, NULL, &v), GRAM_OK);
    return v;
}

/* What a server asks for at each step; the budget is the dear part. */
static gram_status ask(gram_matcher *m, bool budget, uint32_t *row)
{
    uint64_t bound;
    gram_status s = gram_matcher_completion_bound(m, &bound);
    if (s == GRAM_OK && budget)
        s = gram_matcher_mask_budget(m, bound + 1, row, ROW);
    return s == GRAM_OK ? gram_matcher_mask(m, row, ROW) : s;
}

/* True once, where memory failed: there is some again. */
static bool mend(TestAlloc *a, gram_status s)
{
    bool failed = a != NULL && a->fail_at != 0 && s == GRAM_E_MEMORY;
    if (failed) a->fail_at = 0;
    return failed;
}

/* Of the matcher that failed, too, each call is made again. */
static gram_status walk(gram_grammar *g, TestAlloc *a, const char *text,
                        uint64_t *sum)
{
    gram_matcher *m;
    uint32_t row[ROW];
    gram_status s = gram_matcher_new(g, &m, NULL);
    if (mend(a, s)) s = gram_matcher_new(g, &m, NULL);
    if (s != GRAM_OK) return s;
    *sum = 0;
    for (size_t i = 0; s == GRAM_OK; i++) {
        bool budget = a != NULL && i % 8 == 1;
        s = ask(m, budget, row);
        if (mend(a, s)) s = ask(m, budget, row);
        for (int w = 0; w < ROW; w++) *sum = (*sum ^ row[w]) * 1099511628211u;
        if (text[i] == 0 || s != GRAM_OK) break;
        s = gram_matcher_accept_bytes(m, text + i, 1, NULL);
        if (mend(a, s)) s = gram_matcher_accept_bytes(m, text + i, 1, NULL);
    }
    gram_matcher_free(m);
    return s;
}

/* Without a mask on the way: other things are asked for, in another order. */
static bool takes(gram_grammar *g, const char *text)
{
    gram_matcher *m;
    if (gram_matcher_new(g, &m, NULL) != GRAM_OK) return false;
    bool ok = gram_matcher_accept_bytes(m, text, strlen(text), NULL) == GRAM_OK;
    ok = ok && gram_matcher_may_stop(m);
    gram_matcher_free(m);
    return ok;
}

/* The sums of all texts, from the `first` on; false where one is not taken. */
static bool walk_all(gram_grammar *g, int which, int first, uint64_t sum[TEXTS])
{
    bool ok = true;
    for (int i = 0; i < TEXTS; i++) {
        int at = (first + i) % TEXTS;
        ok &= walk(g, NULL, cases[which].text[at], &sum[at]) == GRAM_OK;
    }
    return ok;
}

static gram_grammar *compile(gram_vocab *v, int which,
                             const gram_allocator *alloc)
{
    gram_options o = {.size = sizeof o, .allocator = alloc};
    const char *source = cases[which].source;
    gram_grammar *g = NULL;
    T_EQ(gram_grammar_new(v, cases[which].kind, source, strlen(source), &o, &g,
                          NULL),
         GRAM_OK);
    return g;
}

/* The k-th request behind the compilation fails, and all behind it until the
 * call has failed; `again`: that matcher goes on, else it is given up.  False:
 * there are fewer requests. */
static bool fail_once(gram_vocab *v, int which, unsigned long k, bool again,
                      const uint64_t good[TEXTS])
{
    TestAlloc a = {0};
    gram_allocator alloc = test_alloc(&a);
    gram_grammar *g = compile(v, which, &alloc);
    uint64_t sum[TEXTS];
    if (g == NULL) return false;
    a.calls = 0;
    a.fail_at = k;
    a.fail_on = 1;
    gram_status s = GRAM_OK;
    for (int i = 0; i < TEXTS && s == GRAM_OK; i++)
        s = walk(g, again ? &a : NULL, cases[which].text[i], &sum[i]);
    T(s == GRAM_OK || (s == GRAM_E_MEMORY && !again));
    T(s != GRAM_OK || memcmp(sum, good, sizeof sum) == 0);
    bool met = a.calls >= k;
    a.fail_at = 0;
    a.fail_on = 0;
    for (int i = TEXTS; i > 0; i--)
        T_OK(takes(g, cases[which].text[(k + i) % TEXTS]),
             "case %d, request %lu, text %d", which, k, i);
    T_OK(walk_all(g, which, (int)(k % TEXTS), sum) &&
             memcmp(sum, good, sizeof sum) == 0,
         "case %d, request %lu", which, k);
    gram_grammar_free(g);
    T_EQ(a.live, 0);
    T_EQ(a.wrong, 0);
    return met;
}

/* Each of the first ones, where tables begin, both ways; then some TRIES from
 * everywhere, few of them with budgets. */
static void test_case(gram_vocab *v, int which)
{
    TestAlloc a = {0};
    gram_allocator alloc = test_alloc(&a);
    gram_grammar *g = compile(v, which, &alloc);
    uint64_t good[TEXTS];
    if (g == NULL) return;
    a.calls = 0;
    T(walk_all(g, which, 0, good));
    unsigned long every = a.calls / TRIES + 1;
    gram_grammar_free(g);
    for (unsigned long k = 1; k <= FIRST; k++)
        fail_once(v, which, k, true, good);
    for (unsigned long k = 1, n = 0; fail_once(v, which, k, n % 16 == 15, good);
         n++)
        k += k < FIRST ? 1 : every;
}

int main(void)
{
    gram_vocab *v = new_vocab();
    for (int i = 0; i < N_CASES && v != NULL; i++) test_case(v, i);
    gram_vocab_free(v);
    return t_done();
}
