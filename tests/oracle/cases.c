/* Reading data files line by line; see cases.h. */
#include "tests/oracle/cases.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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
        if (depth == 0 && !in_string && strchr("\"}]", c) != NULL) return i + 1;
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
    out->id =
        gr_arena_copy(&c->env, &c->arena, j->node[id].text, j->node[id].n);
    size_t at = j->node[schema].at;
    out->schema = c->line + at;
    out->schema_len = value_end(c->line, at, len) - at;
    out->n_tests = j->node[tests].n;
    CaseTest *t =
        gr_arena_take(&c->env, &c->arena, (out->n_tests + 1) * sizeof *t);
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
        if (n > 0 &&
            gr_json_read(&c->env, &c->arena, c->line, (size_t)n, 0, 0, &j) ==
                GRAM_OK &&
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

/* --- documents ------------------------------------------------------------ */

static void add_file(CaseDocs *docs, const char *path, const char *uri)
{
    size_t len, n = strlen(uri) + 1;
    char *text = cases_read_file(path, &len), *copy = malloc(n);
    docs->at = realloc(docs->at, (docs->n + 1) * sizeof *docs->at);
    if (text == NULL || copy == NULL || docs->at == NULL) abort();
    memcpy(copy, uri, n);
    docs->at[docs->n++] = (gram_document){copy, text, len};
}

void cases_add_folder(CaseDocs *docs, const char *folder, const char *uri)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        char path[512], name[512];
        struct stat info;
        if (e->d_name[0] == '.') continue;
        if (snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= 512 ||
            snprintf(name, sizeof name, "%s/%s", uri, e->d_name) >= 512 ||
            stat(path, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            cases_add_folder(docs, path, name);
        else
            add_file(docs, path, name);
    }
    if (d != NULL) closedir(d);
}

static bool shell(const char *fmt, const char *a, const char *b)
{
    char command[1200];
    snprintf(command, sizeof command, fmt, a, b);
    FILE *p = popen(command, "r");
    return p != NULL && pclose(p) == 0;
}

bool cases_add_remotes(CaseDocs *docs, const char *path)
{
    char folder[] = "/tmp/gram-remotes-XXXXXX", inside[64];
    size_t before = docs->n;
    if (mkdtemp(folder) == NULL) return false;
    if (shell("xz -dc '%s' | tar -xf - -C '%s'", path, folder)) {
        snprintf(inside, sizeof inside, "%s/remotes", folder);
        cases_add_folder(docs, inside, "http://localhost:1234");
    }
    shell("rm -rf '%s%s'", folder, "");
    return docs->n > before;
}

void cases_add_metaschemas(CaseDocs *docs)
{
    size_t i = docs->n;
    cases_add_folder(docs, "src/schema/metaschemas", "file:");
    for (; i < docs->n; i++) {
        char uri[128] = {0};
        const char *id = strstr(docs->at[i].text, "id\": \"");
        if (id == NULL || sscanf(id + 6, "%127[^\"#]", uri) != 1) continue;
        free((void *)docs->at[i].uri);
        char *copy = malloc(sizeof uri);
        if (copy == NULL) abort();
        docs->at[i].uri = memcpy(copy, uri, sizeof uri);
    }
}

void cases_free_docs(CaseDocs *docs)
{
    for (size_t i = 0; i < docs->n; i++) {
        free((void *)docs->at[i].uri);
        free((void *)docs->at[i].text);
    }
    free(docs->at);
    *docs = (CaseDocs){NULL, 0};
}

gram_draft cases_draft(const char *id)
{
    if (strncmp(id, "draft4/", 7) == 0) return GRAM_DRAFT_4;
    if (strncmp(id, "draft6/", 7) == 0) return GRAM_DRAFT_6;
    if (strncmp(id, "draft7/", 7) == 0) return GRAM_DRAFT_7;
    if (strncmp(id, "draft2019-09/", 13) == 0) return GRAM_DRAFT_2019_09;
    return GRAM_DRAFT_2020_12;
}
