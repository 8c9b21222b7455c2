/* See language.h. */
#include "tests/oracle/language.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gram_status language_open(Language *l, gram_kind kind, const char *text,
                          size_t len)
{
    memset(l, 0, sizeof *l);
    gr_env_init(&l->env, NULL, 0, 0);
    l->env.error = &l->error;
    gram_status status = gr_pda_new(&l->env, &l->pda);
    if (status != GRAM_OK) return status;
    status =
        gr_grammar_compile(&l->env, kind, text, len, NULL, l->pda, &l->report);
    gr_error_locate(&l->error, text, len);
    return status;
}

bool language_close(Language *l)
{
    gr_pda_free(l->pda);
    gr_report_clear(&l->env, &l->report);
    return l->env.used == 0;
}

bool language_accepts(Language *l, const char *text, size_t n)
{
    GrArena arena = {0};
    GrConfig c;
    GrRun run = {.pda = l->pda, .env = &l->env, .arena = &arena, .log = text};
    bool may = false;
    gram_status status = gr_run_start(&run, &c);
    for (size_t i = 0; i < n && status == GRAM_OK; i++) {
        run.log_len = i + 1;
        status = gr_run_byte(&run, &c, (uint8_t)text[i]);
    }
    if (status == GRAM_OK) status = gr_run_end(&run, &c, &may);
    gr_arena_clear(&l->env, &arena);
    return status == GRAM_OK && may;
}

bool language_reports(const Language *l, const char *rule, const char *note)
{
    for (uint32_t i = 0; i < l->report.entries.n; i++) {
        const gram_report_entry *e = &l->report.entries.at[i];
        if (strcmp(e->pointer, rule) == 0 && strstr(e->note, note)) return true;
    }
    return false;
}

/* --- whole cases ---------------------------------------------------------- */

static const char *say(const char *fmt, ...)
{
    static char text[1000];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return text;
}

static const char *check_list(Language *l, const LanguageCase *x, bool yes)
{
    for (const char *s = yes ? x->yes : x->no;; s++) {
        size_t n = strcspn(s, "|");
        bool empty = n == 1 && *s == '_';
        if (language_accepts(l, s, empty ? 0 : n) != yes)
            return say("%s: \"%.*s\" is %s", x->grammar, (int)n, s,
                       yes ? "refused" : "accepted");
        s += n;
        if (*s == 0) return NULL;
    }
}

const char *language_check(const LanguageCase *x)
{
    Language l;
    const char *why = NULL;
    gram_status status =
        language_open(&l, x->kind, x->grammar, strlen(x->grammar));
    if (status != GRAM_OK)
        why = say("%s: %s", x->grammar, l.error.message);
    else if ((why = check_list(&l, x, true)) == NULL)
        why = check_list(&l, x, false);
    if (!language_close(&l) && why == NULL) why = "memory is lost";
    return why;
}

const char *language_check_mistake(const LanguageMistake *x)
{
    Language l;
    const char *why = NULL;
    gram_status status =
        language_open(&l, x->kind, x->grammar, strlen(x->grammar));
    if (status != x->code || l.error.line != x->line ||
        l.error.column != x->column)
        why = say("%s: status %d at %u:%u, not %d at %u:%u: %s", x->grammar,
                  status, l.error.line, l.error.column, x->code, x->line,
                  x->column, l.error.message);
    if (!language_close(&l) && why == NULL) why = "memory is lost";
    return why;
}

const char *language_check_damaged(gram_kind kind, const char *text,
                                   const char *poison)
{
    size_t len = strlen(text);
    const char *why = NULL;
    char *copy = malloc(len + 1);
    if (copy == NULL) return "no memory";
    for (size_t i = 0; i < len * strlen(poison) && why == NULL; i++) {
        Language l;
        memcpy(copy, text, len + 1);
        copy[i % len] = poison[i / len];
        gram_status status = language_open(&l, kind, copy, len);
        if (status != GRAM_OK && l.error.message[0] == 0)
            why = say("status %d without a sentence: %s", status, copy);
        if (!language_close(&l) && why == NULL) why = "memory is lost";
    }
    free(copy);
    return why;
}

/* --- memory that fails ---------------------------------------------------- */

static void *failing_resize(void *ctx, void *p, size_t old_size,
                            size_t new_size)
{
    uint64_t *left = ctx;
    (void)old_size;
    if (new_size == 0) {
        free(p);
        return NULL;
    }
    if (*left == 0) return NULL;
    --*left;
    return realloc(p, new_size);
}

static gram_status walk(GrPda *pda, GrEnv *env, const char *text)
{
    GrArena arena = {0};
    GrConfig c;
    GrRun run = {.pda = pda, .env = env, .arena = &arena, .log = text};
    gram_status status = gr_run_start(&run, &c);
    for (size_t i = 0; text[i] && status == GRAM_OK; i++) {
        GrLoop loop;
        run.log_len = i + 1;
        status = gr_pda_loop(pda, c.state, &loop);
        if (status == GRAM_OK) status = gr_run_byte(&run, &c, (uint8_t)text[i]);
    }
    gr_arena_clear(env, &arena);
    return status;
}

static const char *try_memory(gram_kind kind, const char *grammar,
                              const char *sample, uint64_t *left)
{
    gram_allocator alloc = {failing_resize, left};
    gram_error error;
    GrReport report = {0};
    GrEnv env;
    GrPda *pda;
    gr_env_init(&env, &alloc, 0, 0);
    env.error = &error;
    gram_status status = gr_pda_new(&env, &pda);
    if (status != GRAM_OK) return NULL;
    status = gr_grammar_compile(&env, kind, grammar, strlen(grammar), NULL, pda,
                                &report);
    if (status == GRAM_OK) status = walk(pda, &env, sample);
    gr_pda_free(pda);
    gr_report_clear(&env, &report);
    if (status != GRAM_OK && status != GRAM_E_MEMORY)
        return say("%s: status %d, %s", grammar, status, error.message);
    return env.used == 0 ? NULL : "memory is lost";
}

const char *language_check_memory(gram_kind kind, const char *grammar,
                                  const char *sample, uint64_t *n)
{
    const char *why = NULL;
    uint64_t left = 0;
    for (*n = 0; left == 0 && why == NULL && *n < 100000; ++*n) {
        left = *n;
        why = try_memory(kind, grammar, sample, &left);
    }
    return why;
}
