/* Mistral's tekken.json: ranks with base64 bytes, special ids first.
 *
 *     config  {pattern, num_vocab_tokens, default_vocab_size,
 *              default_num_special_tokens, version}
 *     vocab   [{rank, token_bytes, token_str}, ...]   more than are used
 *     special_tokens  [{rank, token_str, is_control}] newer files only
 *
 * Ids below default_num_special_tokens are special; rank r of the list is id
 * r + that number; of the list, as many are used as default_vocab_size
 * leaves room for.  Source: mistral-common, tokens/tokenizers/tekken.py, read
 * for behaviour. */
#include "vocab/readers.h"

#include <stdio.h>

typedef struct Tekken {
    GrVocabDraft *d;
    const GrJson *j;
    uint64_t n_special, n_used;
} Tekken;

static gram_status bad(const Tekken *t, uint32_t i, const char *what)
{
    size_t at = i < t->j->n ? t->j->node[i].at : 0;
    return gr_fail(&t->d->env, GRAM_E_VOCAB, at, "tekken: %s", what);
}

static gram_status read_config(Tekken *t)
{
    const GrJson *j = t->j;
    uint32_t c = gr_js_get(j, 0, "config"), mark;
    uint32_t p = gr_js_get(j, c, "pattern");
    uint64_t size;
    if (!gr_js_u64(j, gr_js_get(j, c, "default_num_special_tokens"),
                   &t->n_special) ||
        !gr_js_u64(j, gr_js_get(j, c, "default_vocab_size"), &size) ||
        size < t->n_special || !gr_js_is(j, p, GR_JSON_STRING))
        return bad(t, c, "the config lacks its sizes or its pattern");
    t->n_used = size - t->n_special;
    GR_TRY(gr_recipe_add(t->d, GR_OP_SPLIT_REGEX, GR_SPLIT_ISOLATED,
                         j->node[p].text, j->node[p].n));
    GR_TRY(gr_recipe_begin(t->d, GR_OP_RANKS, GR_BPE_WHOLE, &mark));
    gr_recipe_end(t->d, mark);
    return GRAM_OK;
}

static gram_status read_token(Tekken *t, uint32_t k, GrText *buffer)
{
    const GrJson *j = t->j;
    uint32_t b = gr_js_get(j, k, "token_bytes");
    uint64_t rank;
    size_t len;
    if (!gr_js_u64(j, gr_js_get(j, k, "rank"), &rank) ||
        !gr_js_is(j, b, GR_JSON_STRING))
        return bad(t, k, "a token without rank or bytes");
    if (rank >= t->n_used) return GRAM_OK;
    buffer->n = 0;
    GR_TRY(gr_vec_reserve(&t->d->env, buffer, j->node[b].n));
    if (!gr_base64_decode(j->node[b].text, j->node[b].n, buffer->at, &len))
        return bad(t, b, "bad base64");
    uint64_t id = rank + t->n_special;
    if (id < t->d->kind.n && t->d->kind.at[id] != GR_TOKEN_GAP)
        return bad(t, k, "a rank is given twice");
    return gr_draft_set(t->d, id, GR_TOKEN_NORMAL, buffer->at, len,
                        j->node[k].at);
}

/* Names that files without special_tokens mean (the version 3 list). */
static const char *const first_names[] = {"<unk>",
                                          "<s>",
                                          "</s>",
                                          "[INST]",
                                          "[/INST]",
                                          "[AVAILABLE_TOOLS]",
                                          "[/AVAILABLE_TOOLS]",
                                          "[TOOL_RESULTS]",
                                          "[/TOOL_RESULTS]",
                                          "[TOOL_CALLS]",
                                          "[IMG]",
                                          "<pad>",
                                          "[IMG_BREAK]",
                                          "[IMG_END]",
                                          "[PREFIX]",
                                          "[MIDDLE]",
                                          "[SUFFIX]",
                                          "[SYSTEM_PROMPT]",
                                          "[/SYSTEM_PROMPT]",
                                          "[TOOL_CONTENT]"};

static gram_status name_specials(Tekken *t)
{
    size_t known = sizeof first_names / sizeof *first_names;
    if (t->n_special > t->d->id_limit)
        return bad(t, 0, "more special tokens than the file can hold");
    for (uint32_t id = 0; id < t->n_special; id++) {
        char text[32];
        int n = snprintf(text, sizeof text, "<SPECIAL_%u>", id);
        const char *name = id < known ? first_names[id] : text;
        GR_TRY(gr_draft_set(t->d, id, GR_TOKEN_SPECIAL, name,
                            id < known ? strlen(name) : (size_t)n, 0));
    }
    return GRAM_OK;
}

static gram_status read_specials(Tekken *t)
{
    const GrJson *j = t->j;
    uint32_t a = gr_js_get(j, 0, "special_tokens");
    GR_TRY(name_specials(t));
    if (!gr_js_is(j, a, GR_JSON_ARRAY)) return gr_draft_end(t->d, 2);
    for (uint32_t k = a + 1; k < j->node[a].next; k = j->node[k].next) {
        uint32_t s = gr_js_get(j, k, "token_str");
        uint64_t id;
        if (!gr_js_u64(j, gr_js_get(j, k, "rank"), &id) ||
            !gr_js_is(j, s, GR_JSON_STRING) || id >= t->n_special)
            return bad(t, k, "a special token without rank or name");
        GR_TRY(gr_draft_set(t->d, id, GR_TOKEN_SPECIAL, j->node[s].text,
                            j->node[s].n, j->node[k].at));
        if (gr_js_equals(j, s, "</s>"))
            GR_TRY(gr_draft_end(t->d, (uint32_t)id));
    }
    return GRAM_OK;
}

gram_status gr_read_tekken(GrVocabDraft *d, const GrJson *j)
{
    Tekken t = {d, j, 0, 0};
    GrText buffer = {0};
    GrSpan pattern;
    uint32_t v = gr_js_get(j, 0, "vocab");
    GR_TRY(read_config(&t));
    GR_TRY(read_specials(&t));
    gram_status s = GRAM_OK;
    for (uint32_t k = v + 1; k < j->node[v].next && s == GRAM_OK;
         k = j->node[k].next)
        s = read_token(&t, k, &buffer);
    gr_vec_clear(&d->env, &buffer);
    return s == GRAM_OK ? gr_read_specials(d, &pattern) : s;
}
