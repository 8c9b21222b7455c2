/* Objects that must all differ, of which few are left once one member is
 * written: what may follow, and what may not, as counted by hand.
 *
 *     GRAM_SEED=7 GRAM_WALKS=10000 build/unit/schema_other     longer
 *
 * An item has a string, one of two numbers, and a boolean or none, in any
 * order; there are few strings in use, so that their objects run out.  A text
 * is alive as long as the item that it ends in may become one that was not
 * seen: always, if the string is still to come. */
#include "oracle/world.h"
#include "t.h"

#include <stdbool.h>

static const char schema[] =
    "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"object\","
    "\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"enum\":[1,2]},\"c\":"
    "{\"type\":\"boolean\"}},\"required\":[\"a\",\"b\"],"
    "\"additionalProperties\":false}}";

enum { N_A = 3, N_B = 2, N_C = 3, WALKS = 300, ITEMS = 24, NONE = 9 };

/* Spellings of each value; the third c is none. */
static const char *const values[3][3][3] = {
    {{"\"\"", "\"\"", "\"\""},
     {"\"x\"", "\"\\u0078\"", "\"x\""},
     {"\"xy\"", "\"\\u0078y\"", "\"x\\u0079\""}},
    {{"1", "1.0", "10e-1"}, {"2", "2", "0.2e1"}},
    {{"true", "true", "true"}, {"false", "false", "false"}}};

typedef struct Walk {
    gram_matcher *m;
    uint64_t *seed;
    bool seen[N_A][N_B][N_C];
    uint32_t has[3]; /* of the open item: which value, NONE: not written */
} Walk;

static uint32_t any(Walk *w, uint32_t n)
{
    return (uint32_t)(t_random(w->seed) % n);
}

static bool accept(Walk *w, const char *text)
{
    return gram_matcher_accept_bytes(w->m, text, strlen(text), NULL) == GRAM_OK;
}

/* Items like the open one that were not seen; `more`: with another member. */
static bool is_alive(const Walk *w, bool more)
{
    if (w->has[0] == NONE) return true;
    for (uint32_t b = 0; b < N_B; b++)
        for (uint32_t c = 0; c < N_C; c++) {
            if (w->has[1] != NONE && w->has[1] != b) continue;
            if (w->has[2] != NONE && w->has[2] != c) continue;
            if (more && w->has[1] != NONE && (w->has[2] != NONE || c == 2))
                continue;
            if (!w->seen[w->has[0]][b][c]) return true;
        }
    return false;
}

/* A member that the item does not have, and whether it may be written. */
static bool put_member(Walk *w, uint32_t k, uint32_t value)
{
    char text[64];
    snprintf(text, sizeof text, "\"%c\"%s:%s%s", "abc"[k], any(w, 3) ? "" : " ",
             any(w, 3) ? "" : " ", values[k][value][any(w, 3)]);
    w->has[k] = value;
    bool alive = is_alive(w, false), taken = accept(w, text);
    T_OK(alive == taken, "%s: alive %d, taken %d", text, alive, taken);
    if (!taken) w->has[k] = NONE;
    return taken;
}

static bool is_open(const Walk *w, uint32_t k)
{
    return w->has[k] == NONE;
}

/* The item may be closed if it is complete and new, and go on if there is an
 * object with more members. */
static bool put_close(Walk *w)
{
    bool whole = !is_open(w, 0) && !is_open(w, 1), taken;
    uint32_t c = is_open(w, 2) ? 2 : w->has[2];
    bool fits = whole && !w->seen[w->has[0]][w->has[1]][c];
    taken = accept(w, "}");
    T_OK(taken == fits, "}: fits %d, taken %d", fits, taken);
    if (taken) w->seen[w->has[0]][w->has[1]][c] = true;
    return taken;
}

static bool put_comma(Walk *w)
{
    bool more = (is_open(w, 0) || is_open(w, 1) || is_open(w, 2)) &&
                is_alive(w, true);
    bool taken = accept(w, ",");
    T_OK(taken == more, ",: more %d, taken %d", more, taken);
    return taken;
}

/* Members at random until it can be closed; which always comes, as the text is
 * alive. */
static bool put_item(Walk *w)
{
    for (uint32_t k = 0; k < 3; k++) w->has[k] = NONE;
    if (!accept(w, "{")) return false;
    for (uint32_t tries = 0; tries < 200; tries++) {
        uint32_t k = any(w, 3), n = k == 0 ? N_A : 2;
        if (!is_open(w, k) || !put_member(w, k, any(w, n))) continue;
        if (any(w, 2) && put_close(w)) return true;
        if (!put_comma(w)) return put_close(w);
    }
    return false;
}

static void walk(gram_grammar *g, uint64_t *seed)
{
    Walk w = {.seed = seed};
    T(gram_matcher_new(g, &w.m, NULL) == GRAM_OK);
    T(accept(&w, "["));
    for (uint32_t i = 0; i < ITEMS && put_item(&w); i++)
        T(accept(&w, any(&w, 2) ? ", " : ","));
    gram_matcher_free(w.m);
}

/* --- numbers -------------------------------------------------------------- */

/* All integers of a range in some order, with more digits than are needed: each
 * can be had once, and none is left then. */
static void numbers(World *w, uint64_t *seed)
{
    enum { N = 200 };
    static const char range[] =
        "{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":"
        "\"integer\",\"minimum\":0,\"maximum\":199}}";
    static const char *const spelled[] = {"%u", "%u.0", "%u00e-2", "%ue0"};
    bool seen[N] = {false};
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    T(gram_grammar_new(w->vocab, GRAM_KIND_JSON_SCHEMA, range, strlen(range),
                       NULL, &g, NULL) == GRAM_OK);
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    T(gram_matcher_accept_bytes(m, "[", 1, NULL) == GRAM_OK);
    for (uint32_t left = N; left > 0;) {
        char text[32];
        uint32_t x = (uint32_t)(t_random(seed) % N);
        int n =
            snprintf(text, sizeof text, spelled[x ? t_random(seed) % 4 : 0], x);
        text[n++] = left == 1 ? ']' : ',';
        bool taken = gram_matcher_accept_bytes(m, text, (size_t)n, NULL) ==
                     GRAM_OK;
        T_OK(taken == !seen[x], "%.*s: seen %d", n, text, seen[x]);
        left -= taken;
        seen[x] = true;
    }
    gram_matcher_free(m);
    gram_grammar_free(g);
}

int main(void)
{
    World *w = calloc(1, sizeof *w);
    uint64_t seed = t_seed();
    gram_grammar *g = NULL;
    T(w != NULL && world_open(w));
    T(gram_grammar_new(w->vocab, GRAM_KIND_JSON_SCHEMA, schema,
                       sizeof schema - 1, NULL, &g, NULL) == GRAM_OK);
    for (long n = t_count("GRAM_WALKS", WALKS); n > 0; n--) walk(g, &seed);
    numbers(w, &seed);
    gram_grammar_free(g);
    world_close(w);
    free(w);
    return t_done();
}
