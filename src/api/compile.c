/* The compile driver: from a source to a grammar, or to a file of one.
 *
 * The only file of this room that knows the front ends; without it and
 * names.c the rest is a library that loads compiled grammars.
 *
 * A source must be complete before it is kept: a part that is full is replaced
 * by compiling it again (part.c), long after the caller's text, documents and
 * callbacks are gone.  So documents that a callback supplied are copied as they
 * are found, and the whole is then written as an image and read back from
 * it. */
#include "api/api.h"
#include "regex/regex.h"
#include "schema/schema.h"

/* A schema's machine is asked for its report later (gr_pda_report); the other
 * front ends fill `report` here. */
gram_status gr_source_compile(const gram_vocab *v, GrEnv *env,
                              const GrSource *s, GrPda *pda, GrReport *report)
{
    GrTokenNames names = gr_vocab_token_names(v);
    if (s->kind == GRAM_KIND_JSON_SCHEMA)
        GR_TRY(gr_schema_compile(env, s->text, s->len, &s->options, pda));
    else
        GR_TRY(gr_grammar_compile_for(env, s->kind, s->text, s->len,
                                      &s->options, &names, pda, report));
    gr_pda_count_compile(pda);
    return GRAM_OK;
}

/* Documents that the caller's function finds become part of the source, so
 * that it can be compiled again. */
typedef struct Finder {
    gram_find_document *find;
    void *ctx;
    GrEnv *env;
    GrArena arena;
    GrVec(gram_document) found; /* after those supplied */
    gram_status status;
} Finder;

/* The URI with its zero; a text may hold zeros. */
static gram_status keep_document(Finder *f, const char *uri, const char *text,
                                 size_t len)
{
    size_t n = strlen(uri) + 1;
    gram_document d = {gr_arena_copy(f->env, &f->arena, uri, n),
                       gr_arena_copy(f->env, &f->arena, text, len), len};
    if (d.uri == NULL || d.text == NULL) return GRAM_E_MEMORY;
    return gr_vec_push(f->env, &f->found, d);
}

/* Stands in for the caller's function.  A failure to copy cannot be told
 * through it, so it is noted, and found once the front end has returned. */
static const char *find_and_keep(void *ctx, const char *uri, size_t *len)
{
    Finder *f = ctx;
    const char *text = f->find(f->ctx, uri, len);
    if (text != NULL && f->status == GRAM_OK)
        f->status = keep_document(f, uri, text, *len);
    return text;
}

/* Compile; `source` then has the documents found, which f owns. */
static gram_status compile_and_keep(gram_grammar *g, GrSource *source,
                                    Finder *f)
{
    gram_options *o = &source->options;
    if (o->find_document != NULL) {
        f->find = o->find_document;
        f->ctx = o->find_ctx;
        o->find_document = find_and_keep;
        o->find_ctx = f;
        /* those supplied come first, as they did for the front end */
        for (size_t i = 0; i < o->n_documents; i++)
            GR_TRY(gr_vec_push(f->env, &f->found, o->documents[i]));
    }
    GR_TRY(gr_source_compile(g->vocab, &g->now->env, source, g->now->pda,
                             &g->now->report));
    if (f->find == NULL) return GRAM_OK;
    o->documents = f->found.at;
    o->n_documents = f->found.n;
    return f->status;
}

/* For the parts to come: the caller's texts need not stay. */
static gram_status keep_source(gram_grammar *g, const GrSource *source)
{
    GR_TRY(gr_source_put(&g->env, &g->image, source));
    /* give back what the vector grew too far; a refusal changes nothing */
    char *at = gr_resize(&g->env, g->image.at, g->image.cap, g->image.n);
    if (at != NULL) g->image.at = at, g->image.cap = g->image.n;
    GrImage image = {g->image.at, g->image.n, 0, false};
    return gr_source_take(&g->env, &image, &g->source);
}

/* Where the vocabulary lacks single bytes: can its tokens spell anything? */
static gram_status check_start(gram_grammar *g, gram_error *error)
{
    GrMatcher *m;
    if (g->vocab->v->spelling == NULL) return GRAM_OK;
    GR_TRY(
        gr_matcher_new(g->now->masks, &g->env.alloc, g->max_memory, error, &m));
    gram_status status = gr_matcher_is_stuck(m);
    if (status != GRAM_OK) *error = *gr_matcher_error(m);
    gr_matcher_free(m);
    return status;
}

/* The env of the Finder is one of its own and ends here: what it holds has been
 * copied into the image by then, which g->env pays for. */
gram_status gram_grammar_new(gram_vocab *vocab, gram_kind kind,
                             const char *text, size_t len,
                             const gram_options *opt, gram_grammar **out,
                             gram_error *error)
{
    GrSource source;
    gram_grammar *g;
    gram_error own; /* front ends may rely on having one */
    gram_error *to = error ? error : &own;
    GR_TRY(gr_source_init(vocab, kind, text, len, opt, to, &source));
    if (out == NULL) return gr_api_argument(to, "a pointer is NULL");
    GR_TRY(gr_grammar_begin(vocab, &source.options, to, &g));
    GrEnv env;
    gr_env_init(&env, &g->env.alloc, g->max_memory, UINT64_MAX);
    env.error = to;
    Finder f = {.env = &env};
    gram_status status = compile_and_keep(g, &source, &f);
    if (status == GRAM_OK) status = keep_source(g, &source);
    gr_vec_clear(&env, &f.found);
    gr_arena_clear(&env, &f.arena);
    if (status == GRAM_OK) status = gr_grammar_finish(g, 0);
    if (status == GRAM_OK) status = check_start(g, to);
    if (status == GRAM_OK)
        *out = g;
    else
        gram_grammar_free(g);
    return gr_api_located(status, to, &source);
}

gram_status gram_grammar_json(gram_vocab *vocab, const gram_options *opt,
                              gram_grammar **out, gram_error *error)
{
    return gram_grammar_new(vocab, GRAM_KIND_JSON_SCHEMA, "{}", 2, opt, out,
                            error);
}

/* --- saving --------------------------------------------------------------- */

/* Fill masks breadth-first from the start until they have grown by `max_bytes`
 * (mask.h); the working memory is gone before the masks are written. */
static gram_status precompute(gram_grammar *g, GrEnv *env, size_t max_bytes,
                              gram_progress *progress, void *ctx)
{
    GrWork *w;
    uint64_t n;
    GR_TRY(gr_work_new(g->now->masks, env, &w));
    gram_status status =
        gr_masks_precompute(g->now->masks, w, max_bytes, progress, ctx, &n);
    gr_work_free(w);
    return status;
}

/* Each section is a text of its own: their lengths stand in the head. */
static gram_status put_sections(gram_grammar *g, const GrSource *source,
                                GrEnv *env, GrText section[GR_SECTIONS])
{
    GR_TRY(gr_source_put(env, &section[GR_SECTION_SOURCE], source));
    GrPart *p = g->now;
    GR_TRY(gr_pda_report(p->pda, &p->report));
    GR_TRY(gr_report_put(env, &section[GR_SECTION_REPORT], &p->report));
    GR_TRY(gr_pda_save(p->pda, env, &section[GR_SECTION_MACHINE]));
    return gr_masks_save(p->masks, env, &section[GR_SECTION_MASKS]);
}

/* Sections and file are in memory together for a moment: twice the size. */
static gram_status write_file(gram_grammar *g, const GrSource *source,
                              GrEnv *env, const char *path)
{
    GrText section[GR_SECTIONS] = {{0}}, file = {0};
    gram_status status = put_sections(g, source, env, section);
    if (status == GRAM_OK)
        status =
            gr_artifact_build(env, g->vocab->v->fingerprint, section, &file);
    for (int i = 0; i < GR_SECTIONS; i++) gr_vec_clear(env, &section[i]);
    if (status == GRAM_OK) status = gr_artifact_write(env, path, &file);
    gr_vec_clear(env, &file);
    return status;
}

/* The grammar is made here and by this thread alone, so that the file does
 * not depend on what a grammar in use has been asked before. */
static gram_status save(gram_grammar *g, GrSource *source, Finder *f,
                        size_t mask_bytes, const char *path,
                        gram_progress *progress, void *ctx, gram_error *error)
{
    GrEnv env;
    gr_pda_record(g->now->pda);
    GR_TRY(compile_and_keep(g, source, f));
    GR_TRY(gr_grammar_finish(g, 0));
    GR_TRY(check_start(g, error));
    gr_env_init(&env, &g->env.alloc, g->max_memory, UINT64_MAX);
    env.error = error;
    GR_TRY(precompute(g, &env, mask_bytes, progress, ctx));
    return write_file(g, source, &env, path);
}

/* The grammar made here is thrown away: who wants to use it loads the file. */
gram_status gram_grammar_save(gram_vocab *vocab, gram_kind kind,
                              const char *text, size_t len,
                              const gram_options *opt, const char *path,
                              size_t mask_bytes, gram_progress *progress,
                              void *ctx, gram_error *error)
{
    GrSource source;
    gram_grammar *g;
    gram_error own;
    gram_error *to = error ? error : &own;
    GR_TRY(gr_source_init(vocab, kind, text, len, opt, to, &source));
    if (path == NULL) return gr_api_argument(to, "path is NULL");
    GR_TRY(gr_grammar_begin(vocab, &source.options, to, &g));
    Finder f = {.env = &g->env};
    gram_status status =
        save(g, &source, &f, mask_bytes, path, progress, ctx, to);
    gr_vec_clear(f.env, &f.found);
    gr_arena_clear(f.env, &f.arena);
    gram_grammar_free(g);
    return gr_api_located(status, to, &source);
}

/* --- what the front ends know --------------------------------------------- */

const char *gram_keyword(size_t i, uint32_t *drafts, const char **what)
{
    uint32_t own;
    const char *own_what;
    if (i > UINT32_MAX) return NULL;
    return gr_schema_keyword((uint32_t)i, drafts ? drafts : &own,
                             what ? what : &own_what);
}

const char *gram_format(size_t i, int *openapi)
{
    GrFormatKind kind;
    if (i > UINT32_MAX) return NULL;
    const char *name = gr_format_name((uint32_t)i, &kind);
    if (openapi != NULL && name != NULL)
        *openapi = kind != GR_FORMAT_JSON_SCHEMA;
    return name;
}
