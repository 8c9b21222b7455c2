/* GPT-2's pair of files: vocab.json {"token": id} and merges.txt.
 *
 * In: {"token": id} and, as a side file, a merge a line, the lowest rank
 * first.  Out: a draft with merges as its model; without merges.txt texts
 * are encoded greedily, and masks do not mind.  Cost: O(bytes), a look-up
 * for each side of a merge.
 *
 * Both spell bytes in the byte alphabet.  Neither marks special tokens nor
 * states the pattern: the specials form may; the default pattern is GPT-2's
 * own. */
#include "vocab/readers.h"

typedef struct Reader {
    GrVocabDraft *d;
    GrText buffer;
    GrKeys keys;
} Reader;

/* Mostly another file of the model's folder, which is told what it should have
 * been. */
static gram_status fail_value(GrVocabDraft *d, uint32_t at)
{
    return gr_fail(&d->env, GRAM_E_VOCAB, at,
                   "a token id is no whole number: wanted is a tokenizer.json, "
                   "a tekken.json, or a vocab.json with an id for each token");
}

/* A key that is not wholly in the alphabet stands for its own bytes, as in
 * every decoder of such files. */
static gram_status set_token(void *ctx, const GrJson *j)
{
    Reader *r = ctx;
    GrVocabDraft *d = r->d;
    const GrJsonNode *n = &j->node[0];
    uint64_t id;
    size_t len = n->n;
    if (!gr_js_u64(j, 1, &id)) return fail_value(d, n[1].at);
    if (id < d->kind.n && d->kind.at[id] != GR_TOKEN_GAP)
        return gr_fail(&d->env, GRAM_E_VOCAB, n->at, "token id %llu twice",
                       (unsigned long long)id);
    GR_TRY(gr_vec_reserve(&d->env, &r->buffer, n->n));
    if (n->n == 0 || !gr_bytelevel_decode(n->text, n->n, r->buffer.at, &len))
        return gr_draft_set(d, id, GR_TOKEN_NORMAL, n->text, n->n, n->at);
    return gr_draft_set(d, id, GR_TOKEN_NORMAL, r->buffer.at, len, n->at);
}

/* The last of the JSON formats to be tried: what is no such object is none of
 * them. */
static gram_status set_tokens(Reader *r, const GrJson *j, GrBytes file)
{
    if (!gr_js_is(j, 0, GR_JSON_OBJECT) || j->node[0].n == 0)
        return gr_fail(&r->d->env, GRAM_E_VOCAB, 0,
                       "a JSON file of no known tokenizer format: wanted is a "
                       "tokenizer.json, a tekken.json or a vocab.json");
    return gr_js_each(r->d, file, j, 0, set_token, r);
}

/* One side of a merge: its id, or UINT32_MAX. */
static gram_status find_side(Reader *r, const char *p, size_t n, uint32_t *id)
{
    size_t len;
    *id = UINT32_MAX;
    GR_TRY(gr_vec_reserve(&r->d->env, &r->buffer, n + 1));
    if (n > 0 && gr_bytelevel_decode(p, n, r->buffer.at, &len))
        *id = gr_keys_find(&r->keys, r->buffer.at, len);
    return GRAM_OK;
}

/* The side file has no positions in the main one: the line is quoted. */
static gram_status read_merge(Reader *r, const char *p, size_t n)
{
    const char *space = memchr(p, ' ', n);
    size_t left = space ? (size_t)(space - p) : n;
    uint32_t id[2] = {UINT32_MAX, UINT32_MAX};
    if (space != NULL) {
        GR_TRY(find_side(r, p, left, &id[0]));
        GR_TRY(find_side(r, space + 1, n - left - 1, &id[1]));
    }
    if (id[0] == UINT32_MAX || id[1] == UINT32_MAX)
        return gr_fail(&r->d->env, GRAM_E_VOCAB, GR_NOWHERE,
                       "merges.txt: \"%.*s\" is not a pair of tokens",
                       (int)(n < 80 ? n : 80), p);
    GR_TRY(gr_recipe_u32(r->d, id[0]));
    return gr_recipe_u32(r->d, id[1]);
}

/* Lines may end as on Windows; the first may state a version. */
static gram_status read_merges(Reader *r)
{
    GrBytes f = r->d->options->side[GR_SIDE_MERGES];
    const char *p = f.p;
    for (size_t at = 0; at < f.n;) {
        const char *nl = memchr(p + at, '\n', f.n - at);
        size_t end = nl ? (size_t)(nl - p) : f.n, n = end - at;
        if (n > 0 && p[end - 1] == '\r') n--;
        bool version = at == 0 && n >= 8 && !memcmp(p, "#version", 8);
        if (n > 0 && !version) GR_TRY(read_merge(r, p + at, n));
        at = end + 1;
    }
    return GRAM_OK;
}

static gram_status read_all(Reader *r, const GrJson *j, GrBytes file)
{
    GrVocabDraft *d = r->d;
    GrSpan pattern;
    uint32_t mark;
    GR_TRY(set_tokens(r, j, file));
    bool merges = d->options->side[GR_SIDE_MERGES].p != NULL;
    if (!merges) return gr_read_specials(d, &pattern); /* greedy */
    const GrBytes text = {d->text.at, d->text.n};
    GR_TRY(gr_keys_init(&d->env, &r->keys, text, d->span.at, d->span.n));
    GR_TRY(gr_recipe_begin(d, GR_OP_MERGES, GR_BPE_BYTES, &mark));
    GR_TRY(read_merges(r));
    gr_recipe_end(d, mark);
    GR_TRY(gr_read_specials(d, &pattern));
    if (pattern.len == 0)
        return gr_recipe_add(d, GR_OP_SPLIT_REGEX, GR_SPLIT_ISOLATED,
                             gr_gpt2_pattern, strlen(gr_gpt2_pattern));
    return gr_recipe_add(d, GR_OP_SPLIT_REGEX, GR_SPLIT_ISOLATED,
                         gr_draft_at(d, pattern), pattern.len);
}

gram_status gr_read_vocab_json(GrVocabDraft *d, const GrJson *j, GrBytes file)
{
    Reader r = {.d = d};
    gram_status s = read_all(&r, j, file);
    gr_keys_clear(&d->env, &r.keys);
    gr_vec_clear(&d->env, &r.buffer);
    return s == GRAM_OK ? gr_read_side_ends(d, NULL) : s;
}
