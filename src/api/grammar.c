/* Grammar handles: arguments, life, facts.
 *
 * A handle is made in two steps, since front ends need something to pay with
 * and to write into: gr_grammar_begin makes it with one part (part.c) that has
 * no machine yet; then a front end or a file gives it one, and
 * gr_grammar_finish adds the masks and divides the memory.
 *
 *     lock       refs of parts, the list of parts, limits, report
 *     renewing   one thread at a time makes a part, or the report
 *
 * `renewing` is taken first, and the present part changes only under it. */
#include "api/api.h"

/* --- version -------------------------------------------------------------- */

#define SPELL(x)  #x
#define NUMBER(x) SPELL(x)

const char *gram_version(void)
{
    return NUMBER(GRAM_VERSION_MAJOR) "." NUMBER(GRAM_VERSION_MINOR) "." //
        NUMBER(GRAM_VERSION_PATCH);
}

/* --- options -------------------------------------------------------------- */

/* Only the choices in which a default is narrower than JSON Schema; whatever
 * else the caller has set stays. */
void gram_options_exact(gram_options *opt)
{
    opt->whitespace = GRAM_WHITESPACE_ANY;
    opt->numbers = GRAM_NUMBERS_ANY;
    opt->escapes = GRAM_ESCAPES_ANY;
    opt->key_order = GRAM_KEY_ORDER_ANY;
    opt->additional = GRAM_ADDITIONAL_OPEN;
    opt->max_string = opt->max_items = opt->max_depth = 0;
}

/* Arguments are checked before there is an env: one that only has a buffer,
 * possibly NULL, will do to write an error. */
gram_status gr_api_argument(gram_error *error, const char *why)
{
    GrEnv env = {.error = error};
    return gr_fail(&env, GRAM_E_ARGUMENT, GR_NOWHERE, "%s", why);
}

/* Options come from callers and from files, where any number may stand.  As
 * unsigned numbers, since an enum may be signed or not. */
static bool enums_fit(const gram_options *o)
{
    /* and two that tests of grammars set, which gram.h does not have */
    const uint32_t own = GR_GRAMMAR_LOOSE | GR_GRAMMAR_LISTS;
    const uint32_t flags = GRAM_REGEX_IGNORE_CASE | GRAM_REGEX_DOT_ALL |
                           GRAM_REGEX_MULTILINE | GRAM_REGEX_SETS |
                           GRAM_REGEX_STRICT | own;
    return (o->regex_flags & ~flags) == 0 &&
           (uint32_t)o->draft <= GRAM_DRAFT_2020_12 &&
           (uint32_t)o->whitespace <= GRAM_WHITESPACE_INDENT &&
           (uint32_t)o->key_order <= GRAM_KEY_ORDER_SCHEMA &&
           (uint32_t)o->escapes <= GRAM_ESCAPES_CANONICAL &&
           (uint32_t)o->formats <= GRAM_FORMATS_OPENAPI &&
           (uint32_t)o->unknown_format <= GRAM_UNKNOWN_ERROR &&
           (uint32_t)o->unknown_keyword <= GRAM_UNKNOWN_ERROR &&
           (uint32_t)o->additional <= GRAM_ADDITIONAL_CLOSED &&
           (uint32_t)o->numbers <= GRAM_NUMBERS_NO_EXPONENT;
}

static bool documents_fit(const gram_options *o)
{
    if (o->documents == NULL) return o->n_documents == 0;
    for (size_t i = 0; i < o->n_documents; i++) {
        const gram_document *d = &o->documents[i];
        if (d->uri == NULL || (d->text == NULL && d->len > 0)) return false;
    }
    return true;
}

/* Pointers stay the caller's, and are read only during the call. */
gram_status gr_api_options(const gram_options *opt, gram_error *error,
                           gram_options *to)
{
    memset(to, 0, sizeof *to);
    to->size = sizeof *to;
    if (opt == NULL) return GRAM_OK;
    if (!gr_struct_read(to, sizeof *to, opt))
        return gr_api_argument(error, "gram_options has an unknown size");
    if (!enums_fit(to))
        return gr_api_argument(error, "an option has an unknown value");
    if (to->whitespace == GRAM_WHITESPACE_INDENT && to->indent > 64)
        return gr_api_argument(error, "indent is more than 64");
    if (!documents_fit(to))
        return gr_api_argument(error,
                               "documents, a uri or a text in them is NULL");
    return GRAM_OK;
}

/* --- life ----------------------------------------------------------------- */

/* On success one owner, the caller.  g->env keeps `error` until
 * gr_grammar_finish, so a failure in between reaches the caller's buffer. */
gram_status gr_grammar_begin(gram_vocab *vocab, const gram_options *opt,
                             gram_error *error, gram_grammar **out)
{
    GrEnv env;
    gr_env_init(&env, opt->allocator, opt->max_memory, 0);
    env.error = error;
    gram_grammar *g = gr_zalloc(&env, 1, sizeof *g);
    if (g == NULL) return GRAM_E_MEMORY;
    g->env = env;
    g->vocab = gram_vocab_share(vocab);
    g->max_memory = opt->max_memory;
    g->budget = env.max_memory;
    g->max_steps = opt->max_steps;
    pthread_mutex_init(&g->lock, NULL);
    pthread_mutex_init(&g->renewing, NULL);
    atomic_store(&g->refs, 1);
    gram_status status = gr_part_new(g, g->budget, error, &g->now);
    g->parts = g->now;
    if (status == GRAM_OK)
        *out = g;
    else
        gram_grammar_free(g);
    return status;
}

/* The source and all that is kept beside the parts is paid for first. From here
 * on the budget is what all parts together may hold. */
gram_status gr_grammar_finish(gram_grammar *g, uint32_t mask_flags)
{
    g->env.error = NULL;
    g->budget -= g->env.used < g->budget ? g->env.used : g->budget;
    return gr_part_finish(g->now, g->budget, mask_flags);
}

gram_grammar *gram_grammar_share(gram_grammar *g)
{
    if (g != NULL) atomic_fetch_add(&g->refs, 1);
    return g;
}

/* The env lies in the block that is freed last, hence the copy. */
void gram_grammar_free(gram_grammar *g)
{
    if (g == NULL || atomic_fetch_sub(&g->refs, 1) != 1) return;
    gr_part_free(g->now); /* all matchers are gone, and older parts */
    gr_report_clear(&g->env, &g->report);
    gr_source_clear(&g->env, &g->source);
    gr_vec_clear(&g->env, &g->image);
    gr_artifact_close(&g->env, &g->file);
    gram_vocab_free(g->vocab);
    pthread_mutex_destroy(&g->lock);
    pthread_mutex_destroy(&g->renewing);
    GrEnv env = g->env;
    gr_free(&env, g, sizeof *g);
}

gram_vocab *gram_grammar_vocab(const gram_grammar *g)
{
    return g ? g->vocab : NULL;
}

/* --- compiling ------------------------------------------------------------ */

/* Of a source that was read from a file as well: all that may be asked before
 * its text is parsed. */
bool gr_source_is_valid(const GrSource *s)
{
    return s->kind >= GRAM_KIND_JSON_SCHEMA &&
           s->kind <= GRAM_KIND_STRUCTURAL_TAG && enums_fit(&s->options);
}

/* `error` is not NULL: callers pass one of their own if need be. */
gram_status gr_source_init(gram_vocab *vocab, gram_kind kind, const char *text,
                           size_t len, const gram_options *opt,
                           gram_error *error, GrSource *out)
{
    memset(error, 0, sizeof *error);
    memset(out, 0, sizeof *out);
    if (vocab == NULL || (text == NULL && len > 0))
        return gr_api_argument(error, "a pointer is NULL");
    GR_TRY(gr_api_options(opt, error, &out->options));
    out->kind = kind;
    out->text = text ? text : "";
    out->len = len;
    return gr_source_is_valid(out)
               ? GRAM_OK
               : gr_api_argument(error, "an unknown kind of grammar");
}

/* Front ends report byte offsets; lines are counted once, at the end. */
gram_status gr_api_located(gram_status status, gram_error *error,
                           const GrSource *s)
{
    if (status != GRAM_OK && error->offset <= s->len)
        gr_error_locate(error, s->text, s->len);
    return status;
}

/* --- facts ---------------------------------------------------------------- */

/* States, frames, cells and masks are those of the present part; memory is that
 * of all.  The size in `out` tells which version's struct it is. */
gram_status gram_grammar_get_stats(gram_grammar *g, gram_grammar_stats *out)
{
    GrPdaStats pda;
    GrMasksStats masks;
    if (g == NULL || out == NULL || out->size < sizeof out->size)
        return GRAM_E_ARGUMENT;
    gr_parts_stats(g, &pda, &masks);
    gram_grammar_stats s = {
        .size = out->size < sizeof s ? out->size : sizeof s,
        .states = pda.states,
        .frames = pda.frames,
        .cells = pda.cells,
        .masks = masks.masks,
        .mask_bytes = masks.mask_bytes,
        .memory_bytes = pda.memory + masks.memory,
        .steps = pda.steps + masks.steps,
    };
    memcpy(out, &s, s.size);
    return GRAM_OK;
}

/* What is lost for the vocabulary's sake. */
static gram_status report_vocab(gram_grammar *g)
{
    const GrVocab *v = g->vocab->v;
    if (v->spelling == NULL) return GRAM_OK;
    return gr_report_add(
        &g->env, &g->report, GRAM_REPORT_WARNING, "vocabulary", NULL,
        "it lacks tokens for single bytes: what its tokens cannot spell, or "
        "lead on to only by a long search, is not generated");
}

/* Under `renewing`: the present part stays.  The machine may have to work for
 * it, so `lock` is taken for the copy alone; g->report is written once and
 * never changed, which is why it can be read without a lock afterwards. */
static gram_status copy_report(gram_grammar *g)
{
    if (g->report.complete) return GRAM_OK;
    GR_TRY(gr_pda_report(g->now->pda, &g->now->report));
    pthread_mutex_lock(&g->lock);
    gram_status status = report_vocab(g);
    if (status == GRAM_OK)
        status = gr_report_copy(&g->env, &g->now->report, &g->report);
    pthread_mutex_unlock(&g->lock);
    return status;
}

/* Completed on the first question: to the caller the grammar is the same. */
static gram_status complete_report(const gram_grammar *g)
{
    gram_grammar *own = (gram_grammar *)(uintptr_t)g;
    pthread_mutex_lock(&own->renewing);
    gram_status status = copy_report(own);
    pthread_mutex_unlock(&own->renewing);
    return status;
}

size_t gram_grammar_report_size(const gram_grammar *g)
{
    return g && complete_report(g) == GRAM_OK ? g->report.entries.n : 0;
}

gram_status gram_grammar_report_get(const gram_grammar *g, size_t i,
                                    gram_report_entry *out)
{
    if (g == NULL || out == NULL) return GRAM_E_ARGUMENT;
    GR_TRY(complete_report(g));
    if (i >= g->report.entries.n) return GRAM_E_ARGUMENT;
    *out = g->report.entries.at[i];
    return GRAM_OK;
}

/* --- masks ahead of time -------------------------------------------------- */

/* The part is owned meanwhile, so that another thread that replaces it does not
 * take it away.  *n is written on failure as well: those masks are kept. */
gram_status gram_grammar_precompute(gram_grammar *g, size_t max_bytes,
                                    int (*progress)(void *ctx, uint64_t masks,
                                                    uint64_t bytes),
                                    void *ctx, uint64_t *n, gram_error *error)
{
    GrEnv env;
    GrWork *w;
    uint64_t made = 0;
    if (g == NULL) return gr_api_argument(error, "a pointer is NULL");
    gr_env_init(&env, &g->env.alloc, g->max_memory, 0);
    env.error = error;
    GrPart *p = gr_part_use(g);
    gram_status status = gr_work_new(p->masks, &env, &w);
    if (status == GRAM_OK) {
        status =
            gr_masks_precompute(p->masks, w, max_bytes, progress, ctx, &made);
        gr_work_free(w);
    }
    gr_part_leave(p);
    if (n != NULL) *n = made;
    return status;
}

/* --- dumps ---------------------------------------------------------------- */

/* Memory that `text` gets belongs to the caller until gram_text_free.  There
 * is a zero behind it, for those who print it. */
static gram_status give_text(GrEnv *env, const GrText *from, char **text,
                             size_t *len)
{
    *text = gr_resize(env, NULL, 0, (size_t)from->n + 1);
    if (*text == NULL) return GRAM_E_MEMORY;
    if (from->n > 0) memcpy(*text, from->at, from->n);
    (*text)[from->n] = 0;
    *len = from->n;
    return GRAM_OK;
}

/* A stage that the machine knows, or the machine itself. "dot" is both: the
 * machine's own drawing where it has one (GRAM_E_ARGUMENT: it does not know the
 * stage), else that of the tables. */
static gram_status print_stage(GrPda *pda, GrEnv *env, const char *stage,
                               char **text, size_t *len)
{
    GrText out = {0};
    bool dot = strcmp(stage, "dot") == 0, tables = strcmp(stage, "pda") == 0;
    gram_status status = GRAM_E_ARGUMENT;
    if (!tables) {
        status = gr_pda_print_stage(pda, stage, &out);
        if (status == GRAM_OK) status = give_text(env, &out, text, len);
        gr_pda_text_clear(pda, &out);
    }
    if (tables || (dot && status == GRAM_E_ARGUMENT)) {
        status = gr_pda_dump(pda, env, dot, &out);
        if (status == GRAM_OK) status = give_text(env, &out, text, len);
        gr_vec_clear(env, &out);
    }
    return status;
}

gram_status gram_grammar_dump(gram_grammar *g, const char *stage, char **text,
                              size_t *len, gram_error *error)
{
    GrEnv env;
    gram_error own, *to = error ? error : &own;
    if (g == NULL || stage == NULL || text == NULL || len == NULL)
        return gr_api_argument(error, "a pointer is NULL");
    memset(to, 0, sizeof *to);
    gr_env_init(&env, &g->env.alloc, 0, 0);
    env.error = to;
    GrPart *p = gr_part_use(g);
    gram_status status = print_stage(p->pda, &env, stage, text, len);
    /* a stage that failed inside of the machine wrote there */
    if (status != GRAM_OK && to->code != status) gr_pda_last_error(p->pda, to);
    gr_part_leave(p);
    return status;
}

/* By the allocator alone: the env that counted it was that of one call. */
void gram_text_free(gram_grammar *g, char *text, size_t len)
{
    if (g == NULL || text == NULL) return;
    g->env.alloc.resize(g->env.alloc.ctx, text, len + 1, 0);
}
