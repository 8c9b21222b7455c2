/* Loading compiled grammars.
 *
 *     bytes --check head, sums--> sections --> source, report   (g->env)
 *                                         \--> machine, masks   (g->now)
 *
 * The tables are used where they lie, so the env of the part treats the file as
 * lent (base.h).  What they do not hold is asked of the source, which is
 * compiled again when that first happens: a load costs no compilation. */
#include "api/api.h"

/* --- loading -------------------------------------------------------------- */

/* Absent from a library that only loads (libgram-run.a): then what a file
 * does not hold is GRAM_E_UNSUPPORTED. */
#if defined(__GNUC__)
#pragma weak gr_source_compile
#endif

/* Compile the source of the file again: see "keeping" in pda.h. The loader's
 * step limit governed the part so far; the repetition must get what the source
 * was compiled with, or it could fail where that did not.  The report is in the
 * file already, so a second one is thrown away. */
static gram_status restore(void *ctx, GrPda *pda)
{
    GrPart *p = ctx;
    const gram_grammar *g = p->g;
    GrReport none = {0};
    if (g->source.options.max_steps != 0)
        p->env.max_steps = g->source.options.max_steps;
    gram_status status =
        gr_source_compile(g->vocab, &p->env, &g->source, pda, &none);
    gr_report_clear(&p->env, &none);
    return status;
}

/* Sizes in the section do not fit each other: without its sum looked at (a fast
 * load), this is what a damaged section looks like. */
static gram_status damaged(gram_grammar *g)
{
    return gr_fail(&g->env, GRAM_E_ARTIFACT, GR_NOWHERE,
                   "the compiled grammar is damaged");
}

/* In the order of what needs what: the source is there before a machine that
 * may have to be made again from it, the machine before its masks. */
static gram_status take_sections(gram_grammar *g, bool verify,
                                 gram_error *error)
{
    GrImage source = gr_artifact_section(&g->file, GR_SECTION_SOURCE);
    GrImage report = gr_artifact_section(&g->file, GR_SECTION_REPORT);
    GrImage machine = gr_artifact_section(&g->file, GR_SECTION_MACHINE);
    GrImage masks = gr_artifact_section(&g->file, GR_SECTION_MASKS);
    GR_TRY(gr_source_take(&g->env, &source, &g->source));
    GR_TRY(gr_report_take(&g->env, &report, &g->report));
    if (source.bad || report.bad || !gr_source_is_valid(&g->source))
        return damaged(g);
    g->max_steps = g->source.options.max_steps;
    GR_TRY(gr_pda_load(g->now->pda, &machine, verify,
                       gr_source_compile ? restore : NULL, g->now));
    GR_TRY(gr_grammar_finish(g, 0));
    return gr_masks_load(g->now->masks, &masks, verify, error);
}

/* The fingerprint is compared here, since masks are sets of token ids.  On
 * failure the caller frees g, and the file with it. */
static gram_status open_file(gram_grammar *g, const char *path,
                             const void *bytes, size_t len, bool verify)
{
    if (path == NULL)
        GR_TRY(gr_artifact_copy(&g->env, bytes, len, &g->file));
    else if (verify)
        GR_TRY(gr_artifact_read(&g->env, path, &g->file));
    else
        GR_TRY(gr_artifact_map(&g->env, path, &g->file));
    GR_TRY(
        gr_artifact_check(&g->env, &g->file, g->vocab->v->fingerprint, verify));
    g->now->env.lent = g->file.block;
    g->now->env.lent_len = g->file.len;
    return take_sections(g, verify, g->env.error);
}

/* Either `path` or `bytes`.  *out is written on success only. */
static gram_status load(gram_vocab *vocab, const char *path, const void *bytes,
                        size_t len, uint32_t flags, const gram_options *opt,
                        gram_grammar **out, gram_error *error)
{
    gram_options o;
    gram_grammar *g;
    gram_error own;
    gram_error *to = error ? error : &own;
    memset(to, 0, sizeof *to);
    if (vocab == NULL || out == NULL || (bytes == NULL && len > 0))
        return gr_api_argument(to, "a pointer is NULL");
    if (flags & ~(uint32_t)GRAM_LOAD_FAST)
        return gr_api_argument(to, "unknown flags");
    GR_TRY(gr_api_options(opt, to, &o));
    GR_TRY(gr_grammar_begin(vocab, &o, to, &g));
    bool verify = !(flags & GRAM_LOAD_FAST);
    gram_status status = open_file(g, path, bytes, len, verify);
    if (status == GRAM_OK)
        *out = g;
    else
        gram_grammar_free(g);
    return status;
}

gram_status gram_grammar_load(gram_vocab *vocab, const char *path,
                              uint32_t flags, const gram_options *opt,
                              gram_grammar **out, gram_error *error)
{
    if (path == NULL) return gr_api_argument(error, "a pointer is NULL");
    return load(vocab, path, NULL, 0, flags, opt, out, error);
}

gram_status gram_grammar_load_memory(gram_vocab *vocab, const void *bytes,
                                     size_t len, uint32_t flags,
                                     const gram_options *opt,
                                     gram_grammar **out, gram_error *error)
{
    return load(vocab, NULL, bytes, len, flags, opt, out, error);
}
