/* Property: bit t of a mask is set exactly when token t may come next.  A
 * random schema or grammar, a random vocabulary of up to 512 tokens, a random
 * walk, every bit:
 *
 *   - every way to compute a mask gives the same, and stepping over each
 *     token byte by byte gives the same (oracle/world.h);
 *   - for grammars also the naive recogniser: the bit is set iff the text
 *     with the token is a prefix of a string of the language;
 *   - what is allowed can be completed: a token is taken, the text brought to
 *     an end by masks, and judged; where bytes are missing, too.
 *
 * how: bit 0: a grammar, else a schema; bit 1: single bytes are missing; bit 2:
 * the grammar is compiled as very large ones are; bits 6 and 7: of schemas, the
 * kind (input.h). */
#include "fuzz/driver.h"
#include "fuzz/input.h"
#include "fuzz/twin.h"
#include "oracle/world.h"

#include <string.h>

enum { STEPS = 12, GRAMMAR_STEPS = 5, SPELLED_STEPS = 2, SCHEMA_MAX = 3000 };
/* Texts that the recogniser is asked about: its cost is cubic. */
enum { SHORT = 18 };

/* A bit of a mask is flipped; the recogniser takes nullable rules for
 * others. */
const int fuzz_faults = 2;
int fuzz_fault;

/* --- schemas -------------------------------------------------------------- */

/* Every allowed token can be completed: fuzz_use takes some, and an end. */
static void use_schema(const char *schema, gram_vocab *v, Gen *g)
{
    gram_grammar *grammar;
    if (gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema, strlen(schema), NULL,
                         &grammar, NULL) != GRAM_OK)
        return;
    fuzz_use(grammar, g, schema, strlen(schema));
    gram_grammar_free(grammar);
}

static void check_schema(World *w, Gen *g, const FuzzInput *in)
{
    static char schema[SCHEMA_MAX + 1];
    bool sparse = in->how & 2;
    g->without = world_without(w);
    fuzz_gen_schema(g, in);
    if (g->full || g->len > SCHEMA_MAX) return;
    memcpy(schema, g->text, g->len + 1);
    fuzz_walk(g, in);
    gram_vocab *v = world_random_vocab(g, sparse);
    fuzz_must(v != NULL, "no vocabulary");
    w->kind = GRAM_KIND_JSON_SCHEMA;
    fuzz_must(world_masks(w, g, v, schema, STEPS), "%s", w->why);
    if (sparse)
        fuzz_must(world_spelled(w, g, v, schema, SPELLED_STEPS), "%s", w->why);
    else
        use_schema(schema, v, g);
    gram_vocab_free(v);
}

/* --- grammars ------------------------------------------------------------- */

/* May the token come next?  A byte outside of the alphabet never does. */
static bool wanted(TwinWalk *w, uint32_t token)
{
    size_t n;
    const char *b = gram_vocab_token(w->v, token, &n);
    if (token == w->end) return cfg_accepts(&w->t->cfg, w->text, w->len);
    for (size_t i = 0; i < n; i++)
        if (strchr("ab\xC3\xA9", b[i]) == NULL || b[i] == 0) return false;
    memcpy(w->text + w->len, b, n);
    return cfg_is_prefix(&w->t->cfg, w->text, w->len + n);
}

static void check_bits(TwinWalk *w)
{
    gram_status s = gram_matcher_mask(w->m, w->mask, TWIN_WORDS);
    fuzz_must(s == GRAM_OK, "mask: status %d\n%s", s, w->t->text);
    if (fuzz_fault == 1) w->mask[0] ^= 1;
    for (uint32_t t = 0; t < w->n; t++) {
        bool got = w->mask[t >> 5] >> (t & 31) & 1, want = wanted(w, t);
        fuzz_must(got == want, "token %u is %s after `%.*s`\n%s", t,
                  got ? "allowed" : "not allowed", (int)w->len, w->text,
                  w->t->text);
    }
}

/* false at the end of the text. */
static bool take(TwinWalk *w, gram_matcher *m)
{
    uint32_t t = twin_pick(w);
    fuzz_must(t != UINT32_MAX, "stuck after `%.*s`\n%s", (int)w->len, w->text,
              w->t->text);
    fuzz_must(gram_matcher_accept(m, t) == GRAM_OK,
              "token %u is refused after `%.*s`\n%s", t, (int)w->len, w->text,
              w->t->text);
    if (t == w->end) return false;
    return twin_append(w, t) && w->len <= SHORT;
}

/* In a fork: from here to an end, judged; w->text is left as it was. */
static void check_completion(TwinWalk *w)
{
    uint64_t left = 0;
    size_t len = w->len;
    gram_matcher *m;
    fuzz_must(gram_matcher_fork(w->m, &m) == GRAM_OK, "no fork");
    gram_status s = gram_matcher_completion_bound(m, &left);
    fuzz_must(s == GRAM_OK, "bound: status %d\n%s", s, w->t->text);
    for (bool more = true; more && left > 0;) {
        s = gram_matcher_mask_budget(m, --left, w->mask, TWIN_WORDS);
        fuzz_must(s == GRAM_OK, "budget: status %d\n%s", s, w->t->text);
        more = take(w, m);
    }
    fuzz_must(w->len > SHORT || cfg_accepts(&w->t->cfg, w->text, w->len),
              "completed to `%.*s`\n%s", (int)w->len, w->text, w->t->text);
    gram_matcher_free(m);
    w->len = len;
}

static void walk(TwinWalk *w)
{
    for (int i = 0; i < GRAMMAR_STEPS; i++) {
        check_bits(w);
        if (!take(w, w->m)) return;
        check_completion(w);
    }
}

static void check_grammar(World *w, Gen *g, const FuzzInput *in)
{
    static Twin t;
    if (!twin_make(&t, g)) return;
    t.cfg.fault = fuzz_fault == 2;
    t.loose = in->how & 4;
    fuzz_walk(g, in);
    TwinWalk k = {.t = &t, .g = g, .v = twin_vocab(g, 128)};
    gram_grammar *grammar = twin_compile(&t, k.v);
    k.n = gram_vocab_size(k.v);
    k.end = k.n - 1;
    if (grammar != NULL && gram_matcher_new(grammar, &k.m, NULL) == GRAM_OK) {
        walk(&k);
        gram_matcher_free(k.m);
    }
    w->kind = t.kind;
    fuzz_must(world_masks(w, g, k.v, t.text, STEPS), "%s", w->why);
    gram_grammar_free(grammar);
    gram_vocab_free(k.v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static World w;
    static Gen g;
    FuzzInput in = fuzz_input(data, size);
    if (w.vocab == NULL) fuzz_must(world_open(&w), "no vocabulary");
    w.fault = fuzz_fault == 1 ? WORLD_FAULT_MASK : 0;
    fuzz_choose(&g, &in);
    if (in.how & 1)
        check_grammar(&w, &g, &in);
    else
        check_schema(&w, &g, &in);
    return 0;
}
