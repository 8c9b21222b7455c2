/* A case: read, compile, run, report; see case.h. */
#include "bench/lib/case.h"

/* --- reading a case ------------------------------------------------------- */

static const GrJsonNode *node(const Bench *b, uint32_t i)
{
    return &b->json.node[i];
}

/* The value of a member if it has that type, or UINT32_MAX. */
static uint32_t member(const Bench *b, uint32_t object, const char *key,
                       GrJsonType type)
{
    uint32_t i = gr_json_member(&b->json, object, key, strlen(key));
    return i != UINT32_MAX && node(b, i)->type == type ? i : UINT32_MAX;
}

/* The text of a value as it stands in the line: up to where brackets and
 * quotes are closed again. */
static size_t value_len(const char *p)
{
    size_t n = 0;
    int depth = 0;
    bool quoted = false;
    do {
        char c = p[n++];
        if (quoted && c == '\\') n++;
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    } while (depth > 0 || quoted ||
             (p[0] != '{' && p[0] != '[' && p[0] != '"' && p[n] != 0 &&
              strchr(",} \t\r\n", p[n]) == NULL));
    return n;
}

void bench_case_schema(const Bench *b, const char **text, size_t *len)
{
    uint32_t i = member(b, 0, "schema_text", GR_JSON_STRING);
    if (i != UINT32_MAX) {
        *text = node(b, i)->text;
        *len = node(b, i)->n;
        return;
    }
    i = gr_json_member(&b->json, 0, "schema", 6);
    if (i == UINT32_MAX) bench_die("bench", "a case without a schema");
    *text = b->line + node(b, i)->at;
    *len = value_len(*text);
}

static void need_ids(Bench *b, size_t n)
{
    if (n <= b->cap) return;
    b->cap = n * 2;
    b->ids = bench_alloc(b->ids, b->cap * sizeof *b->ids);
}

/* Longest match from the left, for vocabularies that cannot encode. */
static bool encode_greedily(Bench *b, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t n,
            id = gr_vocab_longest_prefix(b->v->v, text + at, len - at, &n);
        if (id == UINT32_MAX) return false;
        need_ids(b, b->n_ids + 1);
        b->ids[b->n_ids++] = id;
        at += n;
    }
    return true;
}

/* The tokens of test i; how they came about, or NULL. */
static const char *read_tokens(Bench *b, uint32_t test)
{
    uint32_t i = member(b, test, "tokens", GR_JSON_ARRAY);
    b->n_ids = 0;
    if (i != UINT32_MAX) {
        need_ids(b, node(b, i)->n + 1);
        for (uint32_t k = i + 1; k < node(b, i)->next; k = node(b, k)->next)
            b->ids[b->n_ids++] = (uint32_t)strtoul(node(b, k)->text, NULL, 10);
        return "given";
    }
    i = member(b, test, "data_text", GR_JSON_STRING);
    if (i == UINT32_MAX) return NULL;
    const char *text = node(b, i)->text;
    size_t len = node(b, i)->n;
    if (gr_vocab_has_encoder(b->v->v)) {
        need_ids(b, len + 16);
        if (gram_vocab_encode(b->v, text, len, b->ids, b->cap, &b->n_ids,
                              NULL) == GRAM_OK)
            return "encoded";
    }
    b->n_ids = 0;
    return encode_greedily(b, text, len) ? "greedy" : NULL;
}

/* --- running an instance -------------------------------------------------- */

typedef struct Run {
    bool accepted;
    uint32_t at_token;
    uint64_t at_byte;
    char error[300]; /* "" where nothing but the verdict is to be told */
} Run;

static gram_status get_mask(Bench *b, gram_matcher *m, const uint32_t **row)
{
    if (!b->copy) return gram_matcher_mask_view(m, row, NULL);
    *row = b->row;
    return gram_matcher_mask(m, b->row, gram_vocab_mask_words(b->v));
}

static bool allowed(const Bench *b, const uint32_t *row, uint32_t token)
{
    return token / 32 < gram_vocab_mask_words(b->v) &&
           row[token >> 5] >> (token & 31) & 1;
}

static void note_error(Run *r, const char *what, const gram_matcher *m)
{
    snprintf(r->error, sizeof r->error, "%s: %s", what,
             gram_matcher_error(m)->message);
}

/* The byte at which a token that is not allowed goes wrong. */
static void find_byte(Bench *b, gram_matcher *m, uint32_t token, Run *r)
{
    size_t len, at = 0;
    const char *bytes = gram_vocab_token(b->v, token, &len);
    if (bytes == NULL) return;
    if (gram_matcher_accept_bytes(m, bytes, len, &at) == GRAM_E_REFUSED)
        r->at_byte += at;
    else if (gram_vocab_kind(b->v, token) < GRAM_TOKEN_SPECIAL)
        snprintf(r->error, sizeof r->error,
                 "token %u is not in the mask, its bytes are accepted", token);
}

static bool run_token(Bench *b, gram_matcher *m, uint32_t test, uint32_t i,
                      Run *r)
{
    const uint32_t *row;
    uint32_t token = b->ids[i];
    size_t len;
    uint64_t t0 = bench_ns();
    gram_status status = get_mask(b, m, &row);
    uint64_t t1 = bench_ns();
    bench_hist_add(&b->mask, t1 - t0, test, i);
    if (status != GRAM_OK) {
        note_error(r, "mask", m);
        return false;
    }
    if (!allowed(b, row, token)) {
        find_byte(b, m, token, r);
        return false;
    }
    uint64_t t2 = bench_ns();
    status = gram_matcher_accept(m, token);
    uint64_t t3 = bench_ns();
    bench_hist_add(&b->accept, t3 - t2, test, i);
    bench_hist_add(&b->both, t1 - t0 + t3 - t2, test, i);
    if (status != GRAM_OK) note_error(r, "accept", m);
    gram_vocab_token(b->v, token, &len);
    r->at_byte += len;
    b->late |= b->deadline != 0 && t3 > b->deadline;
    return status == GRAM_OK && !b->late;
}

static void run_end(Bench *b, gram_matcher *m, uint32_t test, Run *r)
{
    const uint32_t *row;
    size_t n;
    const uint32_t *ends = gram_vocab_end_ids(b->v, &n);
    uint64_t t0 = bench_ns();
    gram_status status = get_mask(b, m, &row);
    bench_hist_add(&b->mask, bench_ns() - t0, test, r->at_token);
    if (status != GRAM_OK) {
        note_error(r, "mask", m);
        return;
    }
    for (size_t i = 0; i < n; i++) r->accepted |= allowed(b, row, ends[i]);
    if (n == 0) r->accepted = gram_matcher_may_stop(m);
}

static void run_test(Bench *b, gram_grammar *g, uint32_t test, Run *r)
{
    gram_matcher *m;
    *r = (Run){0};
    if (g == NULL) return;
    if (gram_matcher_new(g, &m, NULL) != GRAM_OK)
        bench_die("bench", "out of memory");
    while (r->at_token < b->n_ids && run_token(b, m, test, r->at_token, r))
        r->at_token++;
    if (r->at_token == b->n_ids) run_end(b, m, test, r);
    gram_matcher_free(m);
}

static cJSON *test_json(const Bench *b, uint32_t test, const Run *r)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddBoolToObject(j, "valid",
                          member(b, test, "valid", GR_JSON_TRUE) != UINT32_MAX);
    cJSON_AddBoolToObject(j, "accepted", r->accepted);
    cJSON_AddNumberToObject(j, "at_token", r->at_token);
    if (!r->accepted) cJSON_AddNumberToObject(j, "at_byte", (double)r->at_byte);
    if (r->error[0] != 0) cJSON_AddStringToObject(j, "error", r->error);
    return j;
}

/* All instances once; the verdicts, or NULL where they are not wanted. */
static cJSON *run_tests(Bench *b, gram_grammar *g, bool wanted,
                        const char **how)
{
    uint32_t tests = member(b, 0, "tests", GR_JSON_ARRAY), n = 0;
    cJSON *list = wanted ? cJSON_CreateArray() : NULL;
    if (tests == UINT32_MAX) return list;
    for (uint32_t i = tests + 1; i < node(b, tests)->next && !b->late;
         i = node(b, i)->next) {
        Run r = {0};
        const char *tokens = read_tokens(b, i);
        if (tokens != NULL)
            run_test(b, g, n++, &r);
        else
            snprintf(r.error, sizeof r.error, "the text has no tokens");
        if (tokens != NULL) *how = tokens;
        if (wanted) cJSON_AddItemToArray(list, test_json(b, i, &r));
    }
    return list;
}

/* --- a case --------------------------------------------------------------- */

static const char *status_name(gram_status status)
{
    if (status == GRAM_E_LIMIT || status == GRAM_E_MEMORY) return "limit";
    return "compile_error";
}

static void put_error(cJSON *j, const gram_error *e)
{
    char text[512];
    snprintf(text, sizeof text, "%u:%u: %s%s%s%s", e->line, e->column,
             e->pointer[0] ? "[" : "", e->pointer, e->pointer[0] ? "] " : "",
             e->message);
    cJSON_AddStringToObject(j, "error", text);
}

static double first_mask_us(Bench *b, gram_grammar *g, gram_status *status)
{
    gram_matcher *m;
    const uint32_t *row;
    if (gram_matcher_new(g, &m, NULL) != GRAM_OK)
        bench_die("bench", "out of memory");
    uint64_t t0 = bench_ns();
    *status = get_mask(b, m, &row);
    double us = (double)(bench_ns() - t0) / 1000;
    gram_matcher_free(m);
    return us;
}

static void put_memory(cJSON *j, gram_grammar *g)
{
    gram_grammar_stats s = {.size = sizeof s};
    if (gram_grammar_get_stats(g, &s) != GRAM_OK) return;
    cJSON_AddNumberToObject(j, "memory_bytes", (double)s.memory_bytes);
    cJSON_AddNumberToObject(j, "masks", (double)s.masks);
    cJSON_AddNumberToObject(j, "states", (double)s.states);
}

/* Grammar g (NULL: the empty language) has been compiled. */
static void run_compiled(Bench *b, gram_grammar *g, cJSON *j)
{
    const char *how = "given";
    gram_status status = GRAM_OK;
    double us = g ? first_mask_us(b, g, &status) : 0;
    cJSON_AddNumberToObject(j, "first_mask_us", us);
    if (status != GRAM_OK)
        cJSON_AddStringToObject(j, "error", gram_status_text(status));
    if (b->warm) cJSON_Delete(run_tests(b, g, false, &how));
    memset(&b->mask, 0, sizeof b->mask);
    memset(&b->accept, 0, sizeof b->accept);
    memset(&b->both, 0, sizeof b->both);
    cJSON_AddItemToObject(j, "tests", run_tests(b, g, true, &how));
    cJSON_AddItemToObject(j, "mask_ns", bench_hist_json(&b->mask));
    cJSON_AddItemToObject(j, "accept_ns", bench_hist_json(&b->accept));
    cJSON_AddItemToObject(j, "tbm_ns", bench_hist_json(&b->both));
    cJSON_AddStringToObject(j, "tokens", how);
    if (g != NULL) put_memory(j, g);
    cJSON_AddNumberToObject(j, "rss_kb", (double)bench_rss_kb());
}

static void run_case(Bench *b, cJSON *j)
{
    const char *text;
    size_t len;
    gram_grammar *g = NULL;
    gram_error error = {.code = GRAM_OK};
    bench_case_schema(b, &text, &len);
    uint64_t t0 = bench_ns();
    b->late = false;
    b->deadline = b->timeout_ns ? t0 + b->timeout_ns : 0;
    gram_status status =
        gram_grammar_new(b->v, b->kind, text, len, &b->opt, &g, &error);
    double us = (double)(bench_ns() - t0) / 1000;
    bool ok = status == GRAM_OK || status == GRAM_E_EMPTY;
    cJSON_AddStringToObject(j, "status", ok ? "ok" : status_name(status));
    cJSON_AddNumberToObject(j, "compile_us", us);
    if (status != GRAM_OK) put_error(j, &error);
    if (status == GRAM_E_EMPTY) cJSON_AddTrueToObject(j, "empty");
    if (ok)
        run_compiled(b, g, j);
    else
        cJSON_AddItemToObject(j, "tests", cJSON_CreateArray());
    if (b->late)
        cJSON_ReplaceItemInObject(j, "status", cJSON_CreateString("timeout"));
    gram_grammar_free(g);
}

static char *take_text(cJSON *j)
{
    char *text = cJSON_PrintUnformatted(j);
    if (text == NULL) bench_die("bench", "out of memory");
    cJSON_Delete(j);
    return text;
}

void bench_print(FILE *out, char *line)
{
    fprintf(out, "%s\n", line);
    fflush(out);
    cJSON_free(line);
}

void bench_case_print(const Bench *b, cJSON *j)
{
    bench_print(b->out, take_text(j));
}

void bench_case_read(Bench *b, const char *line, size_t len)
{
    gr_arena_clear(&b->env, &b->arena);
    b->env.error = &b->error;
    b->env.steps = 0;
    b->line = line;
    if (gr_json_read(&b->env, &b->arena, line, len, 0, GR_JSON_KEEP_DUPLICATES,
                     &b->json) != GRAM_OK)
        bench_die("a line of the input", b->error.message);
    uint32_t id = member(b, 0, "id", GR_JSON_STRING);
    char *copy = gr_arena_copy(&b->env, &b->arena,
                               id != UINT32_MAX ? node(b, id)->text : "",
                               id != UINT32_MAX ? node(b, id)->n : 0);
    b->id = copy ? copy : "";
}

char *bench_case_line(Bench *b)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "id", b->id);
    run_case(b, j);
    return take_text(j);
}

void bench_case_run(Bench *b)
{
    bench_print(b->out, bench_case_line(b));
}

bool bench_case_tokens(Bench *b, uint32_t i, bool *valid)
{
    uint32_t tests = member(b, 0, "tests", GR_JSON_ARRAY);
    if (tests == UINT32_MAX || i >= node(b, tests)->n) return false;
    uint32_t at = tests + 1;
    while (i-- > 0) at = node(b, at)->next;
    *valid = member(b, at, "valid", GR_JSON_TRUE) != UINT32_MAX;
    if (read_tokens(b, at) == NULL) bench_die(b->id, "a text without tokens");
    return true;
}

bool bench_case_valid(Bench *b)
{
    bool valid = false;
    for (uint32_t i = 0; !valid && bench_case_tokens(b, i, &valid);) i++;
    return valid;
}

/* --- a run ---------------------------------------------------------------- */

void bench_init(Bench *b)
{
    memset(b, 0, sizeof *b);
    b->opt.size = sizeof b->opt;
    b->kind = GRAM_KIND_JSON_SCHEMA;
    b->out = stdout;
    gr_env_init(&b->env, NULL, 0, UINT64_MAX);
}

static void add_row(Bench *b)
{
    b->row = bench_alloc(NULL, (size_t)gram_vocab_mask_words(b->v) * 4);
}

void bench_share(Bench *b, const Bench *from)
{
    bench_init(b);
    b->v = gram_vocab_share(from->v);
    b->opt = from->opt;
    b->kind = from->kind;
    b->warm = from->warm;
    b->copy = from->copy;
    b->timeout_ns = from->timeout_ns;
    add_row(b);
}

void bench_start(Bench *b, const char *vocab, const char *specials)
{
    long before = bench_rss_kb();
    uint64_t t0 = bench_ns();
    b->v = bench_vocab(vocab, specials);
    double us = (double)(bench_ns() - t0) / 1000;
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "engine", "libgram");
    cJSON_AddStringToObject(j, "version", gram_version());
    cJSON_AddStringToObject(j, "clock", "wall");
    cJSON_AddNumberToObject(j, "n_vocab", gram_vocab_size(b->v));
    cJSON_AddNumberToObject(j, "vocab_load_us", us);
    cJSON_AddNumberToObject(j, "trie_us", 0);
    cJSON_AddNumberToObject(j, "vocab_bytes",
                            (double)(b->v->v->block_len + b->v->env.used));
    cJSON_AddNumberToObject(j, "rss_before_kb", (double)before);
    cJSON_AddNumberToObject(j, "rss_after_vocab_kb", (double)bench_rss_kb());
    bench_case_print(b, j);
    add_row(b);
}

bool bench_stop(Bench *b)
{
    gr_arena_clear(&b->env, &b->arena);
    gram_vocab_free(b->v);
    free(b->row);
    free(b->ids);
    return b->out == stdout || fclose(b->out) == 0;
}
