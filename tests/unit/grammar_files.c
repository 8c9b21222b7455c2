/* The grammars of grammars/ on their samples in tests/cases/grammar/.
 *
 * Every sample is also a probe of the waist: along an accepted text each
 * byte is taken from a copy of the configuration, so both must agree, and
 * the bound of the bytes still needed must be 0 exactly at the end. */
#include "grammar/grammar.h"
#include "tests/t.h"
#include "tests/tools/bytes.h"

typedef struct World {
    GrEnv env;
    gram_error error;
    GrReport report;
    GrPda *pda;
    const char *name;
} World;

static char *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) return NULL;
    char *text = malloc(1 << 20);
    *n = fread(text, 1, (1 << 20) - 1, f);
    text[*n] = 0;
    fclose(f);
    return text;
}

static bool accepts(World *w, const char *text, size_t n)
{
    GrArena arena = {0};
    GrConfig c;
    GrRun run = {.pda = w->pda, .env = &w->env, .arena = &arena, .log = text};
    bool may = false;
    uint64_t cost = 1;
    T(gr_run_start(&run, &c) == GRAM_OK);
    gram_status status = GRAM_OK;
    for (size_t i = 0; i < n && status == GRAM_OK; i++) {
        run.log_len = i + 1;
        status = gr_run_byte(&run, &c, (uint8_t)text[i]);
        if (status == GRAM_OK) T(gr_run_end(&run, &c, &may) == GRAM_OK);
        if (status == GRAM_OK) T(gr_pda_cost(w->pda, &c, &cost) == GRAM_OK);
        if (status == GRAM_OK) T_EQ(cost == 0, may);
    }
    T(status == GRAM_OK || status == GRAM_E_REFUSED);
    if (status == GRAM_OK) T(gr_run_end(&run, &c, &may) == GRAM_OK);
    gr_arena_clear(&w->env, &arena);
    return status == GRAM_OK && may;
}

static void run_samples(World *w)
{
    char path[256];
    size_t n;
    int counts[2] = {0, 0};
    snprintf(path, sizeof path, "tests/cases/grammar/%s.txt", w->name);
    char *text = read_file(path, &n), *line = text;
    T_OK(text != NULL, "%s is missing", path);
    for (; text != NULL && *line != 0; line += strcspn(line, "\n") + 1) {
        char copy[1024];
        size_t len = strcspn(line, "\n");
        bool yes = *line == '+';
        if (*line == '#' || len < 2 || len > sizeof copy) continue;
        memcpy(copy, line + 2, len - 2);
        len = bytes_unescape(copy, len - 2);
        T_OK(accepts(w, copy, len) == yes, "%s: %.*s", w->name,
             (int)strcspn(line, "\n"), line);
        counts[yes]++;
    }
    T_OK(counts[0] >= 4 && counts[1] >= 4, "%s: few samples", path);
    free(text);
}

static void run_grammar(const char *name, const char *ending, gram_kind kind)
{
    World w = {.name = name};
    char path[256];
    size_t n = 0;
    snprintf(path, sizeof path, "grammars/%s.%s", name, ending);
    char *text = read_file(path, &n);
    T_OK(text != NULL, "%s is missing", path);
    gr_env_init(&w.env, NULL, 0, 0);
    w.env.error = &w.error;
    T(gr_pda_new(&w.env, &w.pda) == GRAM_OK);
    gram_status status = gr_grammar_compile(&w.env, kind, text ? text : "", n,
                                            NULL, w.pda, &w.report);
    if (text != NULL) gr_error_locate(&w.error, text, n);
    T_OK(status == GRAM_OK, "%s:%u:%u: %s", path, w.error.line, w.error.column,
         w.error.message);
    if (status == GRAM_OK) run_samples(&w);
    for (uint32_t i = 0; i < w.report.entries.n; i++)
        T_OK(w.report.entries.at[i].kind != GRAM_REPORT_WARNING, "%s: %s %s",
             path, w.report.entries.at[i].pointer, w.report.entries.at[i].note);
    gr_pda_free(w.pda);
    gr_report_clear(&w.env, &w.report);
    T_EQ(w.env.used, 0);
    free(text);
}

int main(void)
{
    static const char *const gbnf[] = {"json",  "arithmetic", "csv",     "sql",
                                       "email", "sexp",       "literals"};
    static const char *const ebnf[] = {"date", "c_expression"};
    for (size_t i = 0; i < sizeof gbnf / sizeof *gbnf; i++)
        run_grammar(gbnf[i], "gbnf", GRAM_KIND_GBNF);
    for (size_t i = 0; i < sizeof ebnf / sizeof *ebnf; i++)
        run_grammar(ebnf[i], "ebnf", GRAM_KIND_EBNF);
    return t_done();
}
