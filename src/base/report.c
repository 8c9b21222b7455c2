/* Entries of a report: see report.h.  Order and number are the front end's;
 * nothing is merged, since the same keyword at two places may fare
 * differently. */
#include "base/report.h"

/* Into the report's arena: sources and the front end's memory go before it. */
static gram_status copy(GrEnv *env, GrReport *report, const char *text,
                        const char **out)
{
    if (text == NULL) text = "";
    *out = gr_arena_copy(env, &report->arena, text, strlen(text));
    return *out != NULL ? GRAM_OK : GRAM_E_MEMORY;
}

/* A front end that was given no report (compiling again from a file) may call
 * all the same.  On failure the strings stay in the arena until the clear. */
gram_status gr_report_add(GrEnv *env, GrReport *report, gram_report_kind kind,
                          const char *keyword, const char *pointer,
                          const char *note)
{
    gram_report_entry e = {.kind = kind};
    if (report == NULL) return GRAM_OK;
    GR_TRY(copy(env, report, keyword, &e.keyword));
    GR_TRY(copy(env, report, pointer, &e.pointer));
    GR_TRY(copy(env, report, note, &e.note));
    return gr_vec_push(env, &report->entries, e);
}

void gr_report_clear(GrEnv *env, GrReport *report)
{
    gr_arena_clear(env, &report->arena);
    gr_vec_clear(env, &report->entries);
}
