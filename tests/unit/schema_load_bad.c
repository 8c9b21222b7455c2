/* Bad schemas: the status, line, column and JSON pointer of each, from
 * tests/cases/schema/bad/NAME.case:
 *
 *     E_SCHEMA 3:19 /properties/a/type
 *     option unknown-keyword=error        (any number of these)
 *
 *     ... the schema, from the line after the empty one ...
 *
 * Every case is also cut short at each byte: an error or a schema, never a
 * crash. */
#include "schema/load.h"
#include "tests/oracle/cases.h"
#include "tests/t.h"

#include <dirent.h>

static const char *const DIRECTORY = "tests/cases/schema/bad";

typedef struct Bad {
    char status[32], pointer[200];
    unsigned line, column;
    gram_options opt;
    const char *schema;
    size_t len;
} Bad;

static void read_option(const char *line, gram_options *opt)
{
    if (strncmp(line, "unknown-keyword=error", 21) == 0)
        opt->unknown_keyword = GRAM_UNKNOWN_ERROR;
    else if (strncmp(line, "unknown-format=error", 20) == 0)
        opt->unknown_format = GRAM_UNKNOWN_ERROR;
    else if (strncmp(line, "nullable", 8) == 0)
        opt->nullable = 1;
    else
        T_OK(0, "no such option: %s", line);
}

static bool parse(const char *text, size_t len, Bad *b)
{
    memset(b, 0, sizeof *b);
    const char *end = text + len, *p = memchr(text, '\n', len);
    int at = 0;
    if (p == NULL ||
        sscanf(text, "%31s %u:%u%n", b->status, &b->line, &b->column, &at) < 3)
        return false;
    if (text[at] == ' ') sscanf(text + at + 1, "%199[^\n]", b->pointer);
    for (p++; p < end && *p != '\n'; p = strchr(p, '\n') + 1)
        if (strncmp(p, "option ", 7) == 0) read_option(p + 7, &b->opt);
    b->schema = p + 1;
    b->len = (size_t)(end - p - 1);
    return true;
}

static const char *status_name(gram_status s)
{
    switch (s) {
#define NAME(name, number, text)                                               \
    case GRAM_##name: return #name;
        GRAM_STATUS_TABLE(NAME)
#undef NAME
    }
    return "?";
}

static gram_status load(const char *text, size_t len, const gram_options *opt,
                        gram_error *error)
{
    GrEnv env;
    GrArena arena = {0};
    GrRe *re = NULL;
    GrLoaded *l;
    gr_env_init(&env, NULL, 0, 0);
    memset(error, 0, sizeof *error);
    env.error = error;
    gram_status s = gr_re_new(&env, &re);
    if (s == GRAM_OK) s = gr_load_schema(&env, &arena, re, text, len, opt, &l);
    gr_error_locate(error, text, len);
    gr_re_free(re);
    gr_arena_clear(&env, &arena);
    T_EQ(env.used, 0);
    return s;
}

/* What the loader takes may still have no instance. */
static gram_status compile(const Bad *b, gram_error *e)
{
    gram_vocab *v;
    gram_grammar *g;
    gram_options opt = b->opt;
    opt.size = sizeof opt;
    T(gram_vocab_default(NULL, &v, NULL) == GRAM_OK);
    gram_status s = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, b->schema,
                                     b->len, &opt, &g, e);
    if (s == GRAM_OK) gram_grammar_free(g);
    gram_vocab_free(v);
    return s;
}

static void run_case(const char *name, const Bad *b)
{
    gram_error e;
    gram_status s = load(b->schema, b->len, &b->opt, &e);
    if (s == GRAM_OK) s = compile(b, &e);
    T_OK(strcmp(status_name(s), b->status) == 0, "%s: %s, not %s (%s)", name,
         status_name(s), b->status, e.message);
    T_OK(e.line == b->line && e.column == b->column, "%s: at %u:%u, not %u:%u",
         name, e.line, e.column, b->line, b->column);
    T_OK(b->pointer[0] == '?' || strcmp(e.pointer, b->pointer) == 0,
         "%s: pointer %s, not %s", name, e.pointer, b->pointer);
    T_OK(e.code == s && e.message[0] != 0, "%s: no message", name);
}

static void cut_short(const Bad *b)
{
    gram_error e;
    for (size_t n = 0; n < b->len; n++) {
        char *exact = malloc(n + 1); /* so that reading past it is seen */
        memcpy(exact, b->schema, n);
        load(exact, n, &b->opt, &e);
        free(exact);
    }
}

int main(void)
{
    DIR *d = opendir(DIRECTORY);
    int n = 0;
    T_OK(d != NULL, "%s: not there (run from the repository root)", DIRECTORY);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        char path[512];
        size_t len;
        Bad b;
        if (strstr(e->d_name, ".case") == NULL) continue;
        snprintf(path, sizeof path, "%s/%s", DIRECTORY, e->d_name);
        char *text = cases_read_file(path, &len);
        T_OK(text != NULL && parse(text, len, &b), "%s: no case", path);
        run_case(e->d_name, &b);
        cut_short(&b);
        free(text);
        n++;
    }
    if (d != NULL) closedir(d);
    T_OK(n >= 60, "only %d cases", n);
    return t_done();
}
