/* Verdicts of masks on whole texts; see verdict.h. */
#include "tests/oracle/verdict.h"

#include <stdlib.h>
#include <string.h>

static bool is_set(const uint32_t *row, uint32_t token)
{
    return row[token >> 5] >> (token & 31) & 1;
}

/* One token: VERDICT_ACCEPTED to go on. */
static int step(gram_matcher *m, uint32_t token)
{
    const uint32_t *row;
    if (gram_matcher_mask_view(m, &row, NULL) != GRAM_OK) return VERDICT_ERROR;
    bool allowed = is_set(row, token);
    gram_status status = gram_matcher_accept(m, token);
    if (status == GRAM_OK && allowed) return VERDICT_ACCEPTED;
    return status == GRAM_E_REFUSED && !allowed ? VERDICT_REFUSED
                                                : VERDICT_ERROR;
}

/* May the text end here, as the mask has it? */
static int finish(gram_matcher *m, const gram_vocab *v)
{
    const uint32_t *row;
    size_t n;
    const uint32_t *ends = gram_vocab_end_ids(v, &n);
    bool may = gram_matcher_may_stop(m) == 1;
    if (gram_matcher_mask_view(m, &row, NULL) != GRAM_OK) return VERDICT_ERROR;
    for (size_t i = 0; i < n; i++)
        if (is_set(row, ends[i]) != may) return VERDICT_ERROR;
    return may ? VERDICT_ACCEPTED : VERDICT_REFUSED;
}

int verdict_text(gram_grammar *g, const char *text, size_t len)
{
    if (g == NULL) return VERDICT_REFUSED;
    gram_vocab *v = gram_grammar_vocab(g);
    uint32_t *ids = malloc((len + 1) * sizeof *ids);
    gram_matcher *m = NULL;
    size_t n = 0;
    int verdict = VERDICT_ERROR;
    if (ids != NULL && gram_matcher_new(g, &m, NULL) == GRAM_OK &&
        gram_vocab_encode(v, text, len, ids, len, &n, NULL) == GRAM_OK) {
        verdict = VERDICT_ACCEPTED;
        for (size_t i = 0; i < n && verdict == VERDICT_ACCEPTED; i++)
            verdict = step(m, ids[i]);
        if (verdict == VERDICT_ACCEPTED) verdict = finish(m, v);
    }
    gram_matcher_free(m);
    free(ids);
    return verdict;
}

gram_status verdict_compile(gram_vocab *v, const char *schema, size_t len,
                            const gram_options *opt, gram_grammar **out,
                            gram_error *error)
{
    *out = NULL;
    gram_status status = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema, len,
                                          opt, out, error);
    return status == GRAM_E_EMPTY ? GRAM_OK : status;
}

void verdict_suite_options(const char *id, gram_options *opt)
{
    opt->draft = cases_draft(id);
    opt->formats = strstr(id, "/optional/format/") != NULL
                       ? GRAM_FORMATS_ASSERT
                       : GRAM_FORMATS_ANNOTATE;
}
