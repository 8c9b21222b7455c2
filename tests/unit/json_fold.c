/* Folded reading: what leaves nodes, what is visited, what is refused. */
#include "../t.h"
#include "../tools/alloc.h"
#include "json/json.h"

typedef struct Seen {
    uint32_t n, keys, sum, stop;
    size_t last_at;
} Seen;

static gram_status count(void *ctx, const GrJson *item)
{
    Seen *s = ctx;
    bool member = item->n > 1 && item->node[0].type == GR_JSON_STRING;
    const GrJsonNode *value = &item->node[member];
    s->keys += member;
    s->last_at = item->node[0].at;
    if (value->type == GR_JSON_NUMBER)
        s->sum += (uint32_t)strtoul(value->text, NULL, 10);
    return ++s->n == s->stop ? GRAM_E_VOCAB : GRAM_OK;
}

/* {"a":[0,1,..n-1],"b":{"k0":0,..},"c":[["x\n",7]]} */
static size_t make(char *out, uint32_t n)
{
    char *p = out;
    p += sprintf(p, "{\"a\":[");
    for (uint32_t i = 0; i < n; i++) p += sprintf(p, "%s%u", i ? "," : "", i);
    p += sprintf(p, "], \"b\" : { ");
    for (uint32_t i = 0; i < n; i++)
        p += sprintf(p, "%s \"k\\u0041%u\": %u\n", i ? " , " : "", i, i);
    p += sprintf(p, "},\"c\":[[\"x\\n\",7]]}");
    return (size_t)(p - out);
}

static char text[1 << 20];

static void check(uint32_t n, bool folded)
{
    TestAlloc a = {0};
    gram_allocator g = test_alloc(&a);
    GrEnv env;
    GrArena arena = {NULL};
    GrJson j;
    size_t len = make(text, n);
    gr_env_init(&env, &g, 0, UINT64_MAX);
    T_EQ(gr_json_read(&env, &arena, text, len, 0, GR_JSON_FOLD, &j), GRAM_OK);
    uint32_t list = gr_json_member(&j, 0, "a", 1);
    uint32_t map = gr_json_member(&j, 0, "b", 1);
    T_EQ(j.node[list].n, n);
    T_EQ(j.node[map].n, n);
    T_EQ(j.node[list].next - list, folded || n == 0 ? 1 : n + 1);
    T_EQ(j.node[map].next - map, folded || n == 0 ? 1 : 2 * n + 1);
    T(gr_json_member(&j, 0, "c", 1) != UINT32_MAX);
    for (int i = 0; i < 2; i++) {
        Seen s = {0};
        uint32_t at = j.node[i ? map : list].at;
        T_EQ(gr_json_each(&env, text, len, at, count, &s), GRAM_OK);
        T_EQ(s.n, n);
        T_EQ(s.keys, i ? n : 0);
        T_EQ(s.sum, n ? n * (n - 1) / 2 : 0);
        if (n == 0) continue;
        uint32_t digit = n > 1000 ? (n - 1) / 1000 : n - 1; /* the first */
        T_EQ(text[s.last_at], i ? '"' : (char)('0' + digit));
    }
    gr_arena_clear(&env, &arena);
    T_EQ(a.live, 0);
    T_EQ(a.wrong, 0);
}

static gram_status keep_key(void *ctx, const GrJson *item)
{
    char *out = ctx;
    memcpy(out, item->node[0].text, item->node[0].n);
    out[item->node[0].n] = 0;
    return GRAM_OK;
}

/* Positions, decoded strings, a visitor that stops, and each limit. */
static void test_items(void)
{
    GrEnv env;
    gram_error e;
    Seen s = {.stop = 3};
    char key[16];
    gr_env_init(&env, NULL, 0, UINT64_MAX);
    env.error = &e;
    T_EQ(gr_json_each(&env, "  [1, 2,3 ,4]", 13, 2, count, &s), GRAM_E_VOCAB);
    T_EQ(s.n, 3);
    T_EQ(s.last_at, 8);
    static const char member[] = "{\"a\\n\\u00e9\":[1]}";
    T_EQ(gr_json_each(&env, member, sizeof member - 1, 0, keep_key, key),
         GRAM_OK);
    T_STR(key, "a\n\xC3\xA9");
    size_t n = 1;
    text[0] = '[';
    text[n++] = '[';
    for (int i = 0; i < 5000; i++, n += 2) memcpy(text + n, "1,", 2);
    memcpy(text + n, "1]]", 3);
    s = (Seen){0};
    T_EQ(gr_json_each(&env, text, n + 3, 0, count, &s), GRAM_E_LIMIT);
    T(e.offset > 4096 && e.offset < n);
}

/* Many small containers are no large one: the nodes are bounded. */
static void test_nodes(void)
{
    GrEnv env;
    GrArena arena = {NULL};
    GrJson j;
    gram_error e;
    size_t n = 0;
    gr_env_init(&env, NULL, 0, UINT64_MAX);
    env.error = &e;
    text[n++] = '[';
    for (int i = 0; i < 200; i++) {
        text[n++] = '[';
        for (int k = 0; k < 1000; k++, n += 2) memcpy(text + n, "1,", 2);
        memcpy(text + n, "1],", 3);
        n += 3;
    }
    text[n++] = '1';
    text[n++] = ']';
    T_EQ(gr_json_read(&env, &arena, text, n, 0, GR_JSON_FOLD, &j),
         GRAM_E_LIMIT);
    T(e.offset > 0 && e.offset < n);
    gr_arena_clear(&env, &arena);
}

static void test_failures(void)
{
    size_t len = make(text, 1100);
    for (unsigned long k = 1;; k++) {
        TestAlloc a = {.fail_at = k};
        gram_allocator g = test_alloc(&a);
        GrEnv env;
        GrArena arena = {NULL};
        GrJson j;
        Seen s = {0};
        gr_env_init(&env, &g, 0, UINT64_MAX);
        gram_status st =
            gr_json_read(&env, &arena, text, len, 0, GR_JSON_FOLD, &j);
        if (st == GRAM_OK)
            st = gr_json_each(&env, text, len,
                              j.node[gr_json_member(&j, 0, "b", 1)].at, count,
                              &s);
        gr_arena_clear(&env, &arena);
        T_EQ(a.live, 0);
        if (a.calls < k) {
            T_EQ(st, GRAM_OK);
            break;
        }
        T_EQ(st, GRAM_E_MEMORY);
    }
}

int main(void)
{
    static const uint32_t sizes[] = {0, 1, 2, 1023, 1024, 1025, 1026, 5000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check(sizes[i], sizes[i] > GR_JSON_FOLD_ITEMS);
    test_items();
    test_nodes();
    test_failures();
    return t_done();
}
