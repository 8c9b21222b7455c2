/* Lists of keys as numbers, when there is no room for more of them.
 *
 * Objects with keys that nobody has seen are read until the numbers are used
 * up.  From then on lists get none, nothing is remembered about them, and
 * every mask has to be what it is for a grammar that is new: for lists that
 * have numbers, for others, and for those that begin like one that has. */
#include "api/api.h"
#include "pda/pda_int.h"
#include "t.h"

#include <stdlib.h>

enum { KEYS = 60, KEY_LEN = 180, OBJECTS_MOST = 4000, TOKENS = 200 };

/* What follows depends on which keys are there, and on how many. */
static const char schema[] =
    "{\"items\":{\"type\":\"object\",\"properties\":{\"a\":{},\"b\":{},\"c\":{"
    "\"type\":\"null\"}},\"dependentRequired\":{\"a\":[\"b\"]},"
    "\"minProperties\":3,\"patternProperties\":{\"^x\":{\"type\":\"integer\"}},"
    "\"maxProperties\":70}}";

/* Some tokens close keys such as `.` and `>`. */
static const char *const documents[] = {
    "[{\"a\":1,\"x\":2,\"b\":3}]",
    "[{\"c\":null,\"x\":2,\"x1\":3,\"x\\u0032\":4,\"a\":0,\"b\":[]}]",
    "[{\"new\":1,\"newer\":2,\"b\":{\"a\":1},\"a\":{}}, {\"b\":0,\"a\":1,"
    "\"zz\":2}]",
    "[{\"p1\":1,\"p2\":2,\"a\":3,\"b\":4,\"p3\":5}]",
    "[{\"c\":null,\"y\":1,\"b\":2},{\"c\":null,\"a\":1,\"b\":2}]",
    "[{\"c\":null,\".\":1,\">\":2},{\"c\":null,\">\":1,\".\":2,"
    "\"}\":3},{\"c\":null,\"}\":1,\"/\":2,\".\":0}]",
    "[{\"y\":1,\"c\":null,\"a\":1,\"b\":2}]",
};
enum { N_DOCUMENTS = sizeof documents / sizeof *documents };

static gram_grammar *compile(gram_vocab *v)
{
    gram_grammar *g = NULL;
    T(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema, sizeof schema - 1,
                       NULL, &g, NULL) == GRAM_OK);
    return g;
}

static gram_matcher *begin(gram_grammar *g)
{
    gram_matcher *m = NULL;
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    return m;
}

static bool put(gram_matcher *m, const char *text)
{
    return gram_matcher_accept_bytes(m, text, strlen(text), NULL) == GRAM_OK;
}

/* `"xxx...":1` with a key that is new. */
static bool put_key(gram_matcher *m, int len, uint64_t *seed)
{
    char text[KEY_LEN + 5] = "\"";
    for (int i = 1; i <= len; i++) text[i] = (char)('d' + t_random(seed) % 20);
    memcpy(text + 1 + len, "\":1", 4);
    return put(m, text);
}

/* Named keys come somewhere among the others. */
static bool put_object(gram_matcher *m, int len, uint64_t *seed)
{
    uint64_t a = t_random(seed) % KEYS, b = t_random(seed) % KEYS;
    bool ok = put(m, "{") && put_key(m, len, seed);
    for (uint64_t i = 0; i < KEYS && ok; i++) {
        if (i == a) ok = ok && put(m, ",\"a\":1");
        if (i == b) ok = ok && put(m, ",\"b\":1");
        ok = ok && put(m, ",") && put_key(m, len, seed);
    }
    return ok && put(m, "}");
}

/* Until no list gets a number any more: such with short texts are the last
 * ones that do. */
static void use_up(gram_grammar *g, uint64_t *seed)
{
    const GrLevels *l = &g->now->pda->levels;
    uint32_t n = 0, same = 0;
    for (int len = KEY_LEN; len > 3; len = same == 8 ? len / 2 : len) {
        gram_matcher *m = begin(g);
        uint32_t before = l->links.n;
        T(put(m, "[") && put_object(m, len, seed) && put(m, "]"));
        gram_matcher_free(m);
        same = l->links.n > before || same == 8 ? 0 : same + 1;
        if (++n == OBJECTS_MOST) break;
    }
    T_OK(n > 10 && n < OBJECTS_MOST, "%u objects", n);
}

/* Has the list of `{"c":null` no number? */
static void has_none(gram_grammar *g)
{
    gram_matcher *m = begin(g);
    T(put(m, "[{\"c\":null"));
    const GrSeen *seen = gr_matcher_config(m->m)->level.seen;
    T(seen != NULL && seen->names == 0 && seen->texts == 0);
    gram_matcher_free(m);
}

/* Every mask of a document by both. */
static bool same_masks(gram_vocab *v, gram_grammar *g, gram_grammar *fresh,
                       const char *text)
{
    uint32_t ids[TOKENS];
    size_t n = 0, k = 0;
    gram_matcher *a = begin(g), *b = begin(fresh);
    bool ok = gram_vocab_encode(v, text, strlen(text), ids, TOKENS, &n, NULL) ==
              GRAM_OK;
    for (; k <= n && ok; k++) {
        const uint32_t *x, *y;
        ok = gram_matcher_mask_view(a, &x, NULL) == GRAM_OK &&
             gram_matcher_mask_view(b, &y, NULL) == GRAM_OK &&
             memcmp(x, y, gram_vocab_mask_words(v) * sizeof *x) == 0;
        if (!ok || k == n) break;
        ok = gram_matcher_accept(a, ids[k]) == GRAM_OK &&
             gram_matcher_accept(b, ids[k]) == GRAM_OK;
    }
    gram_matcher_free(a);
    gram_matcher_free(b);
    T_OK(ok, "%s: differs behind %zu tokens", text, k);
    return ok;
}

/* Keys that are there are refused, with numbers or without. */
static void twice(gram_grammar *g)
{
    gram_matcher *m = begin(g);
    T(put(m, "[{\"never seen\":1,\"a\":1,\"b\":2"));
    gram_matcher *copy;
    T(gram_matcher_fork(m, &copy) == GRAM_OK);
    T(!put(m, ",\"never seen\":") && !put(m, ",\"a\"") && put(m, ",\"aa\":1"));
    T(put(copy, "}]") && gram_matcher_may_stop(copy));
    gram_matcher_free(m);
    gram_matcher_free(copy);
}

int main(void)
{
    uint64_t seed = t_seed();
    gram_vocab *v = NULL;
    T(gram_vocab_default(NULL, &v, NULL) == GRAM_OK);
    gram_grammar *g = compile(v);
    /* the first one has numbers, the others not */
    for (int i = 0; i < N_DOCUMENTS; i++) {
        gram_grammar *fresh = compile(v);
        same_masks(v, g, fresh, documents[i]);
        if (i == 0) use_up(g, &seed), has_none(g);
        same_masks(v, g, fresh, documents[i]);
        same_masks(v, g, fresh, documents[i]);
        gram_grammar_free(fresh);
    }
    twice(g);
    gram_grammar_free(g);
    gram_vocab_free(v);
    return t_done();
}
