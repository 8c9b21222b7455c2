/* regex: what it takes to compile patterns and formats.
 *
 *     regex [--schemas FILE.jsonl[.xz]] [--out FILE.jsonl] [--repeat N]
 *
 * Input: any JSON, a value a line.  Every distinct `pattern` string and
 * `patternProperties` key in it is compiled afresh, N times (default 5; the
 * fastest counts), to the first usable state: parse, decide emptiness, byte
 * classes of the start.  The formats follow.  Without a file: formats alone.
 *
 * Output: a line for each pattern, {"pattern"|"format","status","ns",
 * "steps","bytes"}, status ok, annex-b, or the error; the last line has
 * counts and percentiles over the patterns. */
#include "bench/bench_util.h"
#include "json/json.h"
#include "regex/regex.h"

typedef struct Result {
    gram_status status;
    bool annex_b;
    uint64_t ns, steps;
    size_t bytes;
    gram_error error;
} Result;

typedef struct Patterns {
    char **at;
    size_t *len, n, cap;
} Patterns;

enum { MOST_STEPS = 50000000, MOST_MIB = 256 };

/* --- compiling ------------------------------------------------------------ */

static gram_status first_state(GrRe *re, const char *text, size_t len,
                               bool format, bool *annex_b)
{
    ReId a;
    bool none;
    LexId start;
    GrLexInfo info;
    GR_TRY(format ? gr_re_format(re, text, len, &a)
                  : gr_re_parse(re, text, len, 0, &a, annex_b));
    GR_TRY(gr_re_is_none(re, a, &none));
    GR_TRY(gr_lex_start(re, GR_LEX_JSON, GR_NEED_FIRST, &a, 1, &start));
    return gr_lex_info(re, start, &info);
}

static void run_once(const char *text, size_t len, bool format, Result *r)
{
    GrEnv env;
    GrRe *re = NULL;
    uint64_t start = bench_ns();
    gr_env_init(&env, NULL, (size_t)MOST_MIB << 20, MOST_STEPS);
    env.error = &r->error;
    r->status = gr_re_new(&env, &re);
    if (r->status == GRAM_OK)
        r->status = first_state(re, text, len, format, &r->annex_b);
    uint64_t ns = bench_ns() - start;
    if (ns < r->ns) r->ns = ns;
    r->steps = env.steps;
    r->bytes = env.used;
    gr_re_free(re);
}

static Result run(const char *text, size_t len, bool format, int repeat)
{
    Result r = {.ns = UINT64_MAX};
    while (repeat-- > 0) run_once(text, len, format, &r);
    return r;
}

static void print(FILE *out, const char *kind, const char *text,
                  const Result *r)
{
    cJSON *j = cJSON_CreateObject();
    const char *status = r->status == GRAM_OK && r->annex_b ? "annex-b"
                         : r->status == GRAM_OK             ? "ok"
                                                            : r->error.message;
    cJSON_AddStringToObject(j, kind, text);
    cJSON_AddStringToObject(j, "status", status);
    cJSON_AddNumberToObject(j, "ns", (double)r->ns);
    cJSON_AddNumberToObject(j, "steps", (double)r->steps);
    cJSON_AddNumberToObject(j, "bytes", (double)r->bytes);
    char *line = cJSON_PrintUnformatted(j);
    if (line == NULL) bench_die("regex", "out of memory");
    fprintf(out, "%s\n", line);
    free(line);
    cJSON_Delete(j);
}

/* --- patterns of schemas -------------------------------------------------- */

static void add(Patterns *p, const char *text, size_t len)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->len[i] == len && memcmp(p->at[i], text, len) == 0) return;
    if (p->n == p->cap) {
        p->cap = p->cap * 2 + 256;
        p->at = bench_alloc(p->at, p->cap * sizeof *p->at);
        p->len = bench_alloc(p->len, p->cap * sizeof *p->len);
    }
    p->at[p->n] = memcpy(bench_alloc(NULL, len + 1), text, len);
    p->at[p->n][len] = 0;
    p->len[p->n++] = len;
}

static bool is_key(const GrJsonNode *key, const char *name)
{
    return key->n == strlen(name) && memcmp(key->text, name, key->n) == 0;
}

/* Members of an object are key, value, key, value, ... */
static void visit_object(Patterns *p, const GrJson *json, uint32_t object)
{
    for (uint32_t k = object + 1; k < json->node[object].next;) {
        const GrJsonNode *key = &json->node[k], *value = key + 1;
        if (is_key(key, "pattern") && value->type == GR_JSON_STRING)
            add(p, value->text, value->n);
        if (is_key(key, "patternProperties") && value->type == GR_JSON_OBJECT)
            for (uint32_t i = k + 2; i < value->next;
                 i = json->node[i + 1].next)
                add(p, json->node[i].text, json->node[i].n);
        k = value->next;
    }
}

static void collect(Patterns *p, const char *path)
{
    BenchLines l;
    bench_open(&l, path);
    while (bench_line(&l)) {
        GrEnv env;
        GrArena arena = {0};
        GrJson json;
        gram_error error = {0};
        gr_env_init(&env, NULL, 0, 0);
        env.error = &error;
        if (gr_json_read(&env, &arena, l.at, l.n, 0, 0, &json) != GRAM_OK)
            bench_die(path, error.message);
        for (uint32_t i = 0; i < json.n; i++)
            if (json.node[i].type == GR_JSON_OBJECT) visit_object(p, &json, i);
        gr_arena_clear(&env, &arena);
    }
    if (!bench_close(&l)) bench_die(path, "cannot be read");
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void run_patterns(const Patterns *p, int repeat, FILE *out)
{
    uint64_t *ns = bench_alloc(NULL, (p->n + 1) * sizeof *ns);
    size_t refused = 0, annex_b = 0;
    for (size_t i = 0; i < p->n; i++) {
        Result r = run(p->at[i], p->len[i], false, repeat);
        ns[i] = r.ns;
        refused += r.status != GRAM_OK;
        annex_b += r.status == GRAM_OK && r.annex_b;
        print(out, "pattern", p->at[i], &r);
    }
    qsort(ns, p->n, sizeof *ns, by_size);
    if (p->n > 0)
        fprintf(out,
                "{\"patterns\":%zu,\"refused\":%zu,\"annex_b\":%zu,"
                "\"p50_us\":%.2f,\"p90_us\":%.2f,\"p99_us\":%.2f,"
                "\"max_us\":%.2f}\n",
                p->n, refused, annex_b, (double)ns[p->n / 2] / 1e3,
                (double)ns[p->n * 9 / 10] / 1e3,
                (double)ns[p->n * 99 / 100] / 1e3, (double)ns[p->n - 1] / 1e3);
    free(ns);
}

int main(int argc, char **argv)
{
    const char *schemas = NULL, *out = NULL;
    int repeat = 5;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--schemas") == 0) schemas = argv[i + 1];
        if (strcmp(argv[i], "--out") == 0) out = argv[i + 1];
        if (strcmp(argv[i], "--repeat") == 0) repeat = atoi(argv[i + 1]);
    }
    if (argc % 2 == 0 || repeat < 1)
        bench_die("regex", "[--schemas FILE] [--out FILE] [--repeat N]");
    FILE *f = out ? fopen(out, "wb") : stdout;
    if (f == NULL) bench_die(out, "cannot be written");
    Patterns p = {0};
    GrFormatKind kind;
    const char *name;
    if (schemas != NULL) collect(&p, schemas);
    for (uint32_t i = 0; (name = gr_format_name(i, &kind)) != NULL; i++) {
        if (kind == GR_FORMAT_NUMBER) continue;
        Result r = run(name, strlen(name), true, repeat);
        print(f, "format", name, &r);
    }
    run_patterns(&p, repeat, f);
    for (size_t i = 0; i < p.n; i++) free(p.at[i]);
    free(p.at);
    free(p.len);
    return out != NULL && fclose(f) != 0 ? 5 : 0;
}
