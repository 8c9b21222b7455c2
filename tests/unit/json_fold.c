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

/* --- items at a glance ---------------------------------------------------- */

/* What the reader makes of a document unfolded, and where its item `which` of
 * the root begins there. */
typedef struct Same {
    const GrJson *whole;
    uint32_t which, at, now;
} Same;

static bool same_node(const GrJsonNode *a, const GrJsonNode *b)
{
    return a->type == b->type && a->at == b->at && a->n == b->n &&
           (a->type < GR_JSON_NUMBER || a->type > GR_JSON_STRING || a->n == 0 ||
            memcmp(a->text, b->text, a->n) == 0);
}

static gram_status compare(void *ctx, const GrJson *item)
{
    Same *s = ctx;
    if (s->now++ != s->which) return GRAM_OK;
    for (uint32_t i = 0; i < item->n; i++) {
        const GrJsonNode *want = &s->whole->node[s->at + i];
        T(same_node(&item->node[i], want));
        T_EQ(item->node[i].next - i, want->next - s->at - i);
    }
    return GRAM_OK;
}

/* A list or an object of more items than are kept, then `item`, then one. */
static gram_status glance(bool object, const char *item, size_t n)
{
    static const char *const filler[] = {"0 ,", "\"k\":0,"};
    const uint32_t fill = GR_JSON_FOLD_ITEMS + 8;
    size_t len = 0, one = strlen(filler[object]);
    text[len++] = object ? '{' : '[';
    for (uint32_t i = 0; i < fill; i++, len += one)
        memcpy(text + len, filler[object], one);
    memcpy(text + len, item, n);
    len += n;
    len += (size_t)sprintf(text + len, object ? ",\"z\":1}" : ", 1]");
    GrEnv env;
    GrArena arena = {NULL};
    GrJson folded, whole;
    gram_error e[2] = {{.code = GRAM_OK}, {.code = GRAM_OK}};
    gr_env_init(&env, NULL, 0, UINT64_MAX);
    env.error = &e[0];
    gram_status want = gr_json_read(&env, &arena, text, len, 0,
                                    GR_JSON_KEEP_DUPLICATES, &whole);
    env.error = &e[1];
    T_EQ(gr_json_read(&env, &arena, text, len, 0, GR_JSON_FOLD, &folded), want);
    T_EQ(e[0].offset, e[1].offset);
    T_STR(e[0].message, e[1].message);
    if (want == GRAM_OK) {
        Same s = {&whole, fill, 1 + fill * (1 + object), 0};
        T_EQ(folded.node[0].n, whole.node[0].n);
        T_EQ(gr_json_each(&env, text, len, 0, compare, &s), GRAM_OK);
        T_EQ(s.now, whole.node[0].n);
    }
    gr_arena_clear(&env, &arena);
    return want;
}

/* Every place in a string, also across blocks, for what may stand in one. */
static void test_strings_at_a_glance(void)
{
    static const struct {
        const char *text;
        bool valid;
    } part[] = {{"", true},
                {"\x01", false},
                {"\x1F", false},
                {" ", true},
                {"\x7F", true},
                {"\\\"", true},
                {"\x80", false},
                {"\xBF", false},
                {"\xC1\x80", false},
                {"\xC2\x80", true},
                {"\xC4", false},
                {"\xC4\xA0", true},
                {"\xC4\xA0\xA0", false},
                {"\xC4\xC4\xA0", false},
                {"\xDF\xBF\xC3\x97", true},
                {"\xE0\xA0", false},
                {"\xE4\xB8\xAD", true},
                {"\xED\xA0\x80", false},
                {"\xF0\x9F\x98\x80", true},
                {"\xFF", false},
                {"\\u0120", true},
                {"\\ud800", false},
                {"\\n", true}};
    char item[128];
    for (int len = 0; len < 36; len++)
        for (int at = 0; at <= len; at++)
            for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
                int n = sprintf(item, "\"%.*s%s%.*s\"", at,
                                "abcdefghijklmnopqrstuvwxyz0123456789",
                                part[i].text, len - at,
                                "zyxwvutsrqponmlkjihgfedcba9876543210");
                bool valid = glance(false, item, (size_t)n) == GRAM_OK;
                T_EQ(valid, part[i].valid);
            }
}

static void test_shapes_at_a_glance(void)
{
    static const char *const items[] = {"-0",
                                        "17",
                                        "-3.25",
                                        "01",
                                        "-",
                                        "1.",
                                        ".5",
                                        "1e5",
                                        "1.5E-2",
                                        "1e",
                                        "--1",
                                        "0.0",
                                        "true",
                                        "nul",
                                        "null",
                                        "\"a\"",
                                        "",
                                        "[]",
                                        "[1]",
                                        "[\"a\",\"b\"]",
                                        "[ \"a\" , -1.5 ]",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "[[1]]",
                                        "[1,[2]]",
                                        "{}",
                                        "{\"a\":1}",
                                        "[1,2,3,4,5,6,7,8,9]",
                                        "[\"a",
                                        "[1,2",
                                        "\"\\n\"",
                                        "[\"\\n\",1]",
                                        "1 1",
                                        "\"a\" \"b\"",
                                        "[1]]",
                                        "[1}",
                                        "\n\t 7 \r"};
    char item[64];
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        glance(false, items[i], strlen(items[i]));
        int n = sprintf(item, "\"k\" : %s", items[i]);
        glance(true, item, (size_t)n);
        n = sprintf(item, "\"\\u0041\":%s", items[i]);
        glance(true, item, (size_t)n);
        n = sprintf(item, "\"k\" %s", items[i]);
        glance(true, item, (size_t)n);
    }
}

/* What is between items, and between a key and its value: the same again, or
 * another that begins like it, of any length. */
static void test_spaces_at_a_glance(void)
{
    static const char *const space[] = {"",
                                        " ",
                                        "\n  ",
                                        "\n    ",
                                        "\n   \t",
                                        "\n   x",
                                        "\r\n \r\n",
                                        "\n    \n  ",
                                        "\n            ",
                                        "\n             ",
                                        "\n              ",
                                        "\n               ",
                                        "\n                ",
                                        "\x01"};
    enum { N = sizeof space / sizeof *space };
    char item[256];
    for (int k = 0; k < 4 * N * N; k++) {
        const char *a = space[k % N], *b = space[k / N % N];
        const char *mark = k / N / N % 2 ? "" : ",",
                   *colon = mark[0] ? ":" : "";
        const char *last = k / N / N / 2 ? a : "";
        int n = sprintf(item, "\"a\"%s,%s\"b\"%s,%s7%s%s%s\"c\"", last, a, last,
                        a, last, mark, b);
        glance(false, item, (size_t)n);
        n = sprintf(item, "[\"a\"%s,%s\"b\",%s-7%s%s%s\"c\"]", last, a, a, last,
                    mark, b);
        glance(false, item, (size_t)n);
        n = sprintf(item, "\"a\"%s:%s1%s,%s\"b\"%s:%s2,\"c\"%s%s%s3", last, a,
                    last, a, last, a, last, colon, b);
        glance(true, item, (size_t)n);
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
    test_strings_at_a_glance();
    test_shapes_at_a_glance();
    test_spaces_at_a_glance();
    return t_done();
}
