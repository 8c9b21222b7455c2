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
    GrBytes file;
    uint64_t n_special, n_used;
    GrText buffer;
} Tekken;

/* At the node, or at the beginning of the file where there is none. */
static gram_status bad(const Tekken *t, const GrJson *j, uint32_t i,
                       const char *what)
{
    size_t at = i < j->n ? j->node[i].at : 0;
    return gr_fail(&t->d->env, GRAM_E_VOCAB, at, "tekken: %s", what);
}

/* The model needs no list of merges: the rank of a token is that of the merge
 * which makes it. */
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
        return bad(t, j, c, "the config lacks its sizes or its pattern");
    t->n_used = size - t->n_special;
    GR_TRY(gr_recipe_add(t->d, GR_OP_SPLIT_REGEX, GR_SPLIT_ISOLATED,
                         j->node[p].text, j->node[p].n));
    GR_TRY(gr_recipe_begin(t->d, GR_OP_RANKS, GR_BPE_WHOLE, &mark));
    gr_recipe_end(t->d, mark);
    return GRAM_OK;
}

/* Ranks that are not used are passed over without a look at their bytes: of
 * 150,000 entries 20,000 are such. */
static gram_status read_token(void *ctx, const GrJson *j)
{
    Tekken *t = ctx;
    uint32_t b = gr_js_get(j, 0, "token_bytes");
    uint64_t rank;
    size_t len;
    if (!gr_js_u64(j, gr_js_get(j, 0, "rank"), &rank) ||
        !gr_js_is(j, b, GR_JSON_STRING))
        return bad(t, j, 0, "a token without rank or bytes");
    if (rank >= t->n_used) return GRAM_OK;
    GR_TRY(gr_vec_reserve(&t->d->env, &t->buffer, j->node[b].n));
    if (!gr_base64_decode(j->node[b].text, j->node[b].n, t->buffer.at, &len))
        return bad(t, j, b, "bad base64");
    uint64_t id = rank + t->n_special;
    if (id < t->d->kind.n && t->d->kind.at[id] != GR_TOKEN_GAP)
        return bad(t, j, 0, "a rank is given twice");
    return gr_draft_set(t->d, id, GR_TOKEN_NORMAL, t->buffer.at, len,
                        j->node[0].at);
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

/* Every special id gets a name, since a grammar may ask for it by name. */
static gram_status name_specials(Tekken *t)
{
    size_t known = sizeof first_names / sizeof *first_names;
    if (t->n_special > t->d->id_limit)
        return bad(t, t->j, 0, "more special tokens than the file can hold");
    for (uint32_t id = 0; id < t->n_special; id++) {
        char text[32];
        int n = snprintf(text, sizeof text, "<SPECIAL_%u>", id);
        const char *name = id < known ? first_names[id] : text;
        GR_TRY(gr_draft_set(t->d, id, GR_TOKEN_SPECIAL, name,
                            id < known ? strlen(name) : (size_t)n, 0));
    }
    return GRAM_OK;
}

/* Newer files give the names themselves, and lay them over the list. */
static gram_status read_special(void *ctx, const GrJson *j)
{
    Tekken *t = ctx;
    uint32_t s = gr_js_get(j, 0, "token_str");
    uint64_t id;
    if (!gr_js_u64(j, gr_js_get(j, 0, "rank"), &id) ||
        !gr_js_is(j, s, GR_JSON_STRING) || id >= t->n_special)
        return bad(t, j, 0, "a special token without rank or name");
    GR_TRY(gr_draft_set(t->d, id, GR_TOKEN_SPECIAL, j->node[s].text,
                        j->node[s].n, j->node[0].at));
    if (!gr_js_equals(j, s, "</s>")) return GRAM_OK;
    return gr_draft_end(t->d, (uint32_t)id);
}

/* Files without the list are of a version in which id 2 is </s>. */
static gram_status read_specials(Tekken *t)
{
    uint32_t a = gr_js_get(t->j, 0, "special_tokens");
    GR_TRY(name_specials(t));
    if (!gr_js_is(t->j, a, GR_JSON_ARRAY)) return gr_draft_end(t->d, 2);
    return gr_js_each(t->d, t->file, t->j, a, read_special, t);
}

/* Special ids first: ranks are counted from behind them. */
gram_status gr_read_tekken(GrVocabDraft *d, const GrJson *j, GrBytes file)
{
    Tekken t = {.d = d, .j = j, .file = file};
    GrSpan pattern;
    GR_TRY(read_config(&t));
    GR_TRY(read_specials(&t));
    gram_status s =
        gr_js_each(d, file, j, gr_js_get(j, 0, "vocab"), read_token, &t);
    gr_vec_clear(&d->env, &t.buffer);
    return s == GRAM_OK ? gr_read_specials(d, &pattern) : s;
}
