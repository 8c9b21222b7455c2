/* Reading data files line by line; see cases.h. */
#include "tests/oracle/cases.h"

#include <stdlib.h>

struct Cases {
    FILE *file;
    bool pipe;
    char *line;
    size_t cap;
    GrEnv env;
    GrArena arena;
};

const char *cases_path(const char *name)
{
    static char path[512];
    const char *data = getenv("GRAM_DATA");
    snprintf(path, sizeof path, "%s/%s", data ? data : "../shared/data", name);
    FILE *f = fopen(path, "rb");
    if (f == NULL) return NULL;
    fclose(f);
    return path;
}

Cases *cases_open(const char *path)
{
    Cases *c = calloc(1, sizeof *c);
    char command[640];
    size_t n = strlen(path);
    if (c == NULL) abort();
    c->pipe = n > 3 && strcmp(path + n - 3, ".xz") == 0;
    snprintf(command, sizeof command, "xz -dc '%s'", path);
    c->file = c->pipe ? popen(command, "r") : fopen(path, "rb");
    gr_env_init(&c->env, NULL, (size_t)4 << 30, UINT64_MAX);
    if (c->file != NULL) return c;
    free(c);
    return NULL;
}

/* Read up to the newline; -1 at the end. */
static long read_line(Cases *c)
{
    long n = (long)getline(&c->line, &c->cap, c->file);
    while (n > 0 && (c->line[n - 1] == '\n' || c->line[n - 1] == '\r')) n--;
    return n;
}

/* The end of the JSON value that begins at `at`. */
static size_t value_end(const char *text, size_t at, size_t len)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = at; i < len; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\') i++;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']' || c == ',') {
            if (depth == 0) return i;
            depth -= c != ',';
        }
        if (depth == 0 && !in_string && strchr("\"}]", c) != NULL)
            return i + 1;
    }
    return len;
}

static bool fill(Cases *c, const GrJson *j, size_t len, Case *out)
{
    uint32_t id = gr_json_member(j, 0, "id", 2);
    uint32_t schema = gr_json_member(j, 0, "schema", 6);
    uint32_t tests = gr_json_member(j, 0, "tests", 5);
    if (id == UINT32_MAX || schema == UINT32_MAX || tests == UINT32_MAX)
        return false;
    out->id = gr_arena_copy(&c->env, &c->arena, j->node[id].text,
                            j->node[id].n);
    size_t at = j->node[schema].at;
    out->schema = c->line + at;
    out->schema_len = value_end(c->line, at, len) - at;
    out->n_tests = j->node[tests].n;
    CaseTest *t = gr_arena_take(&c->env, &c->arena,
                                (out->n_tests + 1) * sizeof *t);
    if (t == NULL || out->id == NULL) abort();
    out->test = t;
    for (uint32_t i = tests + 1; i < j->node[tests].next;
         i = j->node[i].next, t++) {
        uint32_t valid = gr_json_member(j, i, "valid", 5);
        uint32_t text = gr_json_member(j, i, "data_text", 9);
        if (valid == UINT32_MAX || text == UINT32_MAX) return false;
        t->valid = j->node[valid].type == GR_JSON_TRUE;
        t->text = j->node[text].n ? j->node[text].text : "";
        t->len = j->node[text].n;
    }
    return true;
}

bool cases_next(Cases *c, Case *out)
{
    long n;
    do {
        n = read_line(c);
        if (n < 0) return false;
        GrJson j;
        gr_arena_clear(&c->env, &c->arena);
        if (n > 0 && gr_json_read(&c->env, &c->arena, c->line, (size_t)n, 0, 0,
                                  &j) == GRAM_OK &&
            fill(c, &j, (size_t)n, out))
            return true;
    } while (n >= 0);
    return false;
}

void cases_close(Cases *c)
{
    if (c->pipe)
        pclose(c->file);
    else
        fclose(c->file);
    gr_arena_clear(&c->env, &c->arena);
    free(c->line);
    free(c);
}

char *cases_read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) return NULL;
    char *text = NULL;
    size_t n = 0, cap = 0, got;
    do {
        if (cap - n < 4096) {
            cap = cap ? cap * 2 : 8192;
            text = realloc(text, cap);
            if (text == NULL) abort();
        }
        got = fread(text + n, 1, cap - n - 1, f);
        n += got;
    } while (got > 0);
    fclose(f);
    text[n] = 0;
    *len = n;
    return text;
}
