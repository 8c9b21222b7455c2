/* Property: the reader takes exactly the texts that a plain, strict checker
 * takes, finds the same values at the same places with the same strings and
 * numbers, refuses duplicate keys and nothing else beside, says the same
 * about items of folded containers, and gives equal values one canonical id
 * however they are spelled.
 *
 * how: bit 0: the rest is the text itself; else it chooses a value and its
 * spelling, of which a few bytes are then changed. */
#include "fuzz/driver.h"
#include "fuzz/input.h"
#include "fuzz/json_strict.h"
#include "json/json.h"

/* The checker takes a comma too many; lone surrogates; a value is moved; two
 * spellings of a value are called different. */
const int fuzz_faults = 4;
int fuzz_fault;

typedef struct Reading {
    GrEnv env;
    GrArena arena;
    gram_error error;
    GrJson json;
} Reading;

static gram_status read_json(Reading *r, const char *text, size_t len,
                             uint32_t flags)
{
    memset(r, 0, sizeof *r);
    gr_env_init(&r->env, NULL, 0, 0);
    r->env.error = &r->error;
    return gr_json_read(&r->env, &r->arena, text, len, STRICT_DEPTH, flags,
                        &r->json);
}

static void forget(Reading *r)
{
    gr_arena_clear(&r->env, &r->arena);
    fuzz_must(r->env.used == 0, "%zu bytes are not given back", r->env.used);
}

/* --- the same values ------------------------------------------------------ */

static void same_value(const Strict *s, const StrictValue *v,
                       const GrJsonNode *n)
{
    fuzz_must(v->at == n->at, "a value at %u, not at %zu", n->at, v->at);
    fuzz_must((uint32_t)v->kind == n->type, "at %zu: type %u, not %u", v->at,
              n->type, (unsigned)v->kind);
    if (v->kind == STRICT_STRING)
        fuzz_must(n->n == v->decoded_len &&
                      (n->n == 0 ||
                       memcmp(n->text, s->decoded + v->decoded, n->n) == 0),
                  "at %zu: another string", v->at);
    else if (v->kind == STRICT_NUMBER)
        fuzz_must(n->n == v->len && memcmp(n->text, s->text + v->at, n->n) == 0,
                  "at %zu: another number", v->at);
    else if (v->kind >= STRICT_ARRAY)
        fuzz_must(n->n == v->n, "at %zu: %u parts, not %u", v->at, n->n, v->n);
}

static bool has_duplicate(const GrJson *j, uint32_t object)
{
    uint32_t end = j->node[object].next;
    for (uint32_t a = object + 1; a < end; a = j->node[a + 1].next)
        for (uint32_t b = object + 1; b < a; b = j->node[b + 1].next)
            if (j->node[a].n == j->node[b].n &&
                (j->node[a].n == 0 ||
                 memcmp(j->node[a].text, j->node[b].text, j->node[a].n) == 0))
                return true;
    return false;
}

static bool has_duplicates(const GrJson *j)
{
    for (uint32_t i = 0; i < j->n; i++)
        if (j->node[i].type == GR_JSON_OBJECT && has_duplicate(j, i))
            return true;
    return false;
}

/* --- folded --------------------------------------------------------------- */

typedef struct Visit {
    const GrJson *whole;
    uint32_t next; /* node of the whole that the next item is */
} Visit;

static gram_status visit(void *ctx, const GrJson *item)
{
    Visit *v = ctx;
    for (uint32_t i = 0; i < item->n; i++) {
        const GrJsonNode *n = &v->whole->node[v->next + i];
        fuzz_must(item->node[i].at == n->at && item->node[i].type == n->type,
                  "an item at %u differs from the value there", n->at);
    }
    v->next += item->n;
    return GRAM_OK;
}

static void check_items(Reading *r, const char *text, size_t len)
{
    for (uint32_t i = 0; i < r->json.n; i++) {
        const GrJsonNode *n = &r->json.node[i];
        if (n->type < GR_JSON_ARRAY) continue;
        Visit v = {&r->json, i + 1};
        gram_status s = gr_json_each(&r->env, text, len, n->at, visit, &v);
        fuzz_must(s == GRAM_OK, "items at %u: status %d", n->at, s);
        fuzz_must(v.next == n->next, "items at %u: too few", n->at);
    }
}

/* --- one text ------------------------------------------------------------- */

static void check_values(const Strict *s, Reading *r)
{
    fuzz_must(r->json.n == s->n_values, "%u values, not %zu", r->json.n,
              s->n_values);
    for (uint32_t i = 0; i < r->json.n; i++)
        same_value(s, &s->value[i], &r->json.node[i]);
}

static void check_text(const char *text, size_t len)
{
    static Strict s;
    Reading r, once;
    bool want = strict_read(&s, (const uint8_t *)text, len, fuzz_fault);
    gram_status status = read_json(&r, text, len, GR_JSON_KEEP_DUPLICATES);
    if (s.too_deep) {
        fuzz_must(status != GRAM_OK, "taken, though too deep");
        forget(&r);
        return;
    }
    fuzz_must(status == (want ? GRAM_OK : GRAM_E_SYNTAX),
              "status %d, but this is %sJSON", status, want ? "" : "not ");
    fuzz_must(want || r.error.offset <= len, "an error outside of the text");
    if (want) {
        if (fuzz_fault == 3) s.value[s.n_values - 1].at++;
        check_values(&s, &r);
        check_items(&r, text, len);
        status = read_json(&once, text, len, 0);
        fuzz_must((status == GRAM_OK) == !has_duplicates(&r.json),
                  "duplicate keys: status %d", status);
        forget(&once);
    }
    forget(&r);
}

/* --- two spellings -------------------------------------------------------- */

static void check_equal(const char *a, size_t a_len, const char *b,
                        size_t b_len)
{
    Reading one, other;
    GrIntern pool = {0};
    uint32_t x = 0, y = 0;
    if (read_json(&one, a, a_len, 0) == GRAM_OK) {
        gr_intern_init(&pool);
        fuzz_must(read_json(&other, b, b_len, 0) == GRAM_OK,
                  "a spelling is refused: %.*s", (int)b_len, b);
        fuzz_must(gr_json_canon(&one.env, &pool, &one.json, 0, &x) == GRAM_OK &&
                      gr_json_canon(&one.env, &pool, &other.json, 0, &y) ==
                          GRAM_OK,
                  "no canonical form");
        fuzz_must((x == y) != (fuzz_fault == 4), "unequal: %.*s and %.*s",
                  (int)a_len, a, (int)b_len, b);
        gr_intern_clear(&one.env, &pool);
        forget(&other);
    }
    forget(&one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Gen g;
    FuzzInput in = fuzz_input(data, size);
    if (in.how & 1) {
        if (in.n <= STRICT_TEXT)
            check_text(in.n ? (const char *)in.rest : "", in.n);
        return 0;
    }
    fuzz_choose(&g, &in);
    gen_value(&g, 4);
    size_t n = g.len;
    gen_spell(&g, g.text, n);
    if (g.full || g.len > STRICT_TEXT) return 0;
    check_equal(g.text, n, g.text + n, g.len - n);
    for (uint32_t k = gen_below(&g, 4); k > 0; k--) gen_mutate(&g, n);
    check_text(g.text + n, g.len - n);
    return 0;
}
