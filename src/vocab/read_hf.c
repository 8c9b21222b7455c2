/* Hugging Face tokenizer.json: tokens, kinds, merges, added tokens.
 *
 * The model's own tokens come first, their spelling turned into bytes by
 * the file's decoder; then merges are resolved against exactly these; then
 * added tokens are laid over them: special ones lose their bytes, others
 * become user tokens (and keep the key by which merges reach them).
 *
 * Cost: one JSON parse, one hash table of tokens, two look-ups a merge. */
#include "vocab/decoder.h"
#include "vocab/hf.h"

typedef struct Reader {
    GrVocabDraft *d;
    GrEnv *env;
    GrJson j;
    uint32_t model;
    GrDecoder decoder;
    GrSpan *key; /* by id of the model's vocabulary */
    uint32_t n_keys;
    GrKeys keys;
    GrBatch batch;
    GrVec(uint32_t) no_key; /* normal tokens that no text spells */
    uint32_t unknown;       /* id or UINT32_MAX */
} Reader;

static gram_status bad(const Reader *r, uint32_t node, const char *what)
{
    size_t at = node < r->j.n ? r->j.node[node].at : 0;
    return gr_fail(r->env, GRAM_E_VOCAB, at, "%s", what);
}

/* --- the model's vocabulary ----------------------------------------------- */

static gram_status set_token(Reader *r, uint64_t id, uint32_t node)
{
    GrBytes token = {r->j.node[node].text, r->j.node[node].n};
    size_t at = r->j.node[node].at;
    GrDecoded x;
    if (token.n > GR_LIMIT_TOKEN_BYTES)
        return bad(r, node, "a token is too long");
    if (id < r->d->kind.n && r->d->kind.at[id] != GR_TOKEN_GAP)
        return gr_fail(r->env, GRAM_E_VOCAB, at, "token id %llu twice",
                       (unsigned long long)id);
    GR_TRY(gr_decoder_run(r->env, &r->decoder, token, &x));
    GR_TRY(gr_draft_set(r->d, id, x.is_byte ? GR_TOKEN_BYTE : GR_TOKEN_NORMAL,
                        x.bytes.p, x.bytes.n, at));
    return x.no_key ? gr_vec_push(r->env, &r->no_key, (uint32_t)id) : GRAM_OK;
}

/* {"token": id, ...} */
static gram_status read_vocab_object(Reader *r, uint32_t o)
{
    for (uint32_t k = o + 1; k < r->j.node[o].next; k += 2) {
        uint64_t id;
        if (!gr_js_u64(&r->j, k + 1, &id))
            return bad(r, k + 1, "a token id is no whole number");
        GR_TRY(set_token(r, id, k));
    }
    return GRAM_OK;
}

/* [["token", score], ...] */
static gram_status read_vocab_array(Reader *r, uint32_t a)
{
    uint64_t id = 0;
    for (uint32_t k = a + 1; k < r->j.node[a].next; k = r->j.node[k].next) {
        if (!gr_js_is(&r->j, k, GR_JSON_ARRAY) || r->j.node[k].n != 2 ||
            !gr_js_is(&r->j, k + 1, GR_JSON_STRING) ||
            !gr_js_is(&r->j, k + 2, GR_JSON_NUMBER))
            return bad(r, k,
                       "an entry of the vocabulary is not "
                       "[token, score]");
        GR_TRY(set_token(r, id++, k + 1));
    }
    return GRAM_OK;
}

static gram_status read_vocab(Reader *r)
{
    uint32_t v = gr_js_get(&r->j, r->model, "vocab");
    if (gr_js_is(&r->j, v, GR_JSON_OBJECT)) return read_vocab_object(r, v);
    if (gr_js_is(&r->j, v, GR_JSON_ARRAY)) return read_vocab_array(r, v);
    return bad(r, r->model, "the model has no vocabulary");
}

/* Normal tokens are found by their bytes, byte tokens by nothing. */
static gram_status make_keys(Reader *r)
{
    r->n_keys = r->d->span.n;
    r->key = gr_zalloc(r->env, r->n_keys, sizeof *r->key);
    if (r->key == NULL) return GRAM_E_MEMORY;
    for (uint32_t id = 0; id < r->n_keys; id++)
        if (r->d->kind.at[id] == GR_TOKEN_NORMAL)
            r->key[id] = r->d->span.at[id];
    for (uint32_t i = 0; i < r->no_key.n; i++) r->key[r->no_key.at[i]].len = 0;
    return gr_keys_init(r->env, &r->keys, r->d->text.at, r->key, r->n_keys);
}

static gram_status find_token(Reader *r, GrBytes spelled, uint32_t *id)
{
    GrDecoded x;
    *id = UINT32_MAX;
    if (spelled.n > GR_LIMIT_TOKEN_BYTES) return GRAM_OK;
    GR_TRY(gr_decoder_run(r->env, &r->decoder, spelled, &x));
    if (!x.is_byte && !x.no_key)
        *id = gr_keys_find(&r->keys, x.bytes.p, x.bytes.n);
    return GRAM_OK;
}

/* --- merges --------------------------------------------------------------- */

/* "left right" or ["left", "right"] */
static gram_status split_merge(Reader *r, uint32_t k, GrBytes side[2])
{
    const GrJsonNode *n = &r->j.node[k];
    if (n->type == GR_JSON_ARRAY && n->n == 2 &&
        gr_js_is(&r->j, k + 1, GR_JSON_STRING) &&
        gr_js_is(&r->j, k + 2, GR_JSON_STRING)) {
        side[0] = (GrBytes){n[1].text, n[1].n};
        side[1] = (GrBytes){n[2].text, n[2].n};
        return GRAM_OK;
    }
    const char *space = n->type == GR_JSON_STRING && n->n > 0
                            ? memchr(n->text, ' ', n->n)
                            : NULL;
    if (space == NULL) return bad(r, k, "a merge is not a pair of tokens");
    size_t left = (size_t)(space - n->text);
    side[0] = (GrBytes){n->text, left};
    side[1] = (GrBytes){space + 1, n->n - left - 1};
    return GRAM_OK;
}

/* Both sides of merge k wait in the batch. */
static gram_status add_side(Reader *r, GrBytes side, uint32_t k)
{
    GrDecoded x = {{NULL, 0}, false, true};
    if (side.n <= GR_LIMIT_TOKEN_BYTES)
        GR_TRY(gr_decoder_run(r->env, &r->decoder, side, &x));
    size_t n = x.is_byte || x.no_key ? 0 : x.bytes.n;
    return gr_batch_add(r->env, &r->batch, x.bytes.p, n, k);
}

static gram_status put_merges(Reader *r)
{
    gr_batch_run(&r->batch);
    for (uint32_t i = 0; i < r->batch.n; i++) {
        if (r->batch.id[i] == UINT32_MAX)
            return bad(r, r->batch.tag[i], "a merge of what is no token");
        GR_TRY(gr_recipe_u32(r->d, r->batch.id[i]));
    }
    gr_batch_reset(&r->batch);
    return GRAM_OK;
}

static gram_status read_merges(Reader *r, uint32_t a)
{
    r->batch.keys = &r->keys;
    for (uint32_t k = a + 1; k < r->j.node[a].next; k = r->j.node[k].next) {
        GrBytes side[2];
        GR_TRY(split_merge(r, k, side));
        GR_TRY(add_side(r, side[0], k));
        GR_TRY(add_side(r, side[1], k));
        if (r->batch.n == GR_BATCH) GR_TRY(put_merges(r));
    }
    return put_merges(r);
}

static bool has_text(const Reader *r, const char *member)
{
    uint32_t i = gr_js_get(&r->j, r->model, member);
    return gr_js_is(&r->j, i, GR_JSON_STRING) && r->j.node[i].n > 0;
}

static gram_status read_bpe(Reader *r)
{
    const GrJson *j = &r->j;
    uint32_t mark, flags = 0;
    uint32_t merges = gr_js_get(j, r->model, "merges");
    if (!gr_js_is(j, merges, GR_JSON_ARRAY))
        return bad(r, r->model, "the model has no merges");
    if (r->decoder.bytelevel) flags |= GR_BPE_BYTES;
    if (gr_js_true(j, r->model, "byte_fallback", false))
        flags |= GR_BPE_FALLBACK;
    if (gr_js_true(j, r->model, "fuse_unk", false))
        flags |= GR_BPE_FUSE_UNKNOWN;
    if (gr_js_true(j, r->model, "ignore_merges", false)) flags |= GR_BPE_WHOLE;
    if (r->decoder.meta) flags |= GR_BPE_META;
    if (has_text(r, "continuing_subword_prefix") ||
        has_text(r, "end_of_word_suffix"))
        return gr_recipe_add(r->d, GR_OP_UNSUPPORTED, 0,
                             "byte pairs with affixes", 23);
    GR_TRY(gr_recipe_begin(r->d, GR_OP_MERGES, flags, &mark));
    GR_TRY(read_merges(r, merges));
    gr_recipe_end(r->d, mark);
    return GRAM_OK;
}

/* --- the other models ----------------------------------------------------- */

static gram_status read_unigram(Reader *r)
{
    const GrJson *j = &r->j;
    uint32_t v = gr_js_get(j, r->model, "vocab"), mark, flags = GR_SCORE_F64;
    if (!gr_js_is(j, v, GR_JSON_ARRAY))
        return bad(r, r->model, "a Unigram model without scores");
    if (gr_js_true(j, r->model, "byte_fallback", false))
        flags |= GR_BPE_FALLBACK;
    if (r->decoder.meta) flags |= GR_BPE_META;
    GR_TRY(gr_recipe_begin(r->d, GR_OP_UNIGRAM, flags | GR_BPE_FUSE_UNKNOWN,
                           &mark));
    for (uint32_t k = v + 1; k < j->node[v].next; k = j->node[k].next) {
        double score;
        if (!gr_parse_double(j->node[k + 2].text, j->node[k + 2].n, &score))
            return bad(r, k + 2, "a score is no number");
        GR_TRY(gr_recipe_bytes(r->d, &score, sizeof score));
    }
    gr_recipe_end(r->d, mark);
    return GRAM_OK;
}

static gram_status read_wordpiece(Reader *r)
{
    const GrJson *j = &r->j;
    uint64_t longest = 100;
    uint32_t mark, i = gr_js_get(j, r->model, "continuing_subword_prefix");
    gr_js_u64(j, gr_js_get(j, r->model, "max_input_chars_per_word"), &longest);
    GR_TRY(gr_recipe_begin(r->d, GR_OP_WORDPIECE, 0, &mark));
    GR_TRY(gr_recipe_u32(r->d, (uint32_t)longest));
    GR_TRY(gr_recipe_u32(r->d, 0)); /* words begin without a mark */
    if (gr_js_is(j, i, GR_JSON_STRING))
        GR_TRY(gr_recipe_bytes(r->d, j->node[i].text, j->node[i].n));
    else
        GR_TRY(gr_recipe_bytes(r->d, "##", 2));
    gr_recipe_end(r->d, mark);
    return gr_recipe_pad(r->d);
}

/* WordPiece matches the spelling, not the bytes: every key is stated. */
static gram_status key_spellings(Reader *r)
{
    uint32_t v = gr_js_get(&r->j, r->model, "vocab"), mark;
    if (!gr_js_is(&r->j, v, GR_JSON_OBJECT))
        return bad(r, r->model, "a WordPiece vocabulary is an object");
    GR_TRY(gr_recipe_begin(r->d, GR_OP_KEYS, 0, &mark));
    for (uint32_t k = v + 1; k < r->j.node[v].next; k += 2) {
        uint64_t id = 0;
        gr_js_u64(&r->j, k + 1, &id);
        GR_TRY(gr_recipe_key(r->d, (uint32_t)id, r->j.node[k].text,
                             r->j.node[k].n));
    }
    gr_recipe_end(r->d, mark);
    return GRAM_OK;
}

typedef enum Model { BPE, UNIGRAM, WORDPIECE, WORDLEVEL } Model;

/* Old files state no type; their members tell. */
static gram_status model_type(Reader *r, Model *out)
{
    static const struct {
        const char *name;
        Model model;
    } names[] = {{"BPE", BPE},
                 {"Unigram", UNIGRAM},
                 {"WordPiece", WORDPIECE},
                 {"WordLevel", WORDLEVEL}};
    uint32_t type = gr_js_get(&r->j, r->model, "type");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        *out = names[i].model;
        if (gr_js_equals(&r->j, type, names[i].name)) return GRAM_OK;
    }
    if (type != UINT32_MAX)
        return gr_fail(r->env, GRAM_E_UNSUPPORTED, r->j.node[type].at,
                       "an unknown type of model");
    uint32_t v = gr_js_get(&r->j, r->model, "vocab");
    *out = gr_js_get(&r->j, r->model, "merges") != UINT32_MAX ? BPE
           : gr_js_is(&r->j, v, GR_JSON_ARRAY)                ? UNIGRAM
                                                              : WORDPIECE;
    return GRAM_OK;
}

static gram_status read_model(Reader *r, Model model)
{
    switch (model) {
    case BPE: return read_bpe(r);
    case UNIGRAM: return read_unigram(r);
    case WORDPIECE: GR_TRY(read_wordpiece(r)); return key_spellings(r);
    case WORDLEVEL: break;
    }
    return gr_recipe_add(r->d, GR_OP_UNSUPPORTED, 0, "a WordLevel model", 17);
}

/* --- unknown and added tokens --------------------------------------------- */

static gram_status read_unknown(Reader *r)
{
    uint32_t i = gr_js_get(&r->j, r->model, "unk_token");
    uint64_t id;
    r->unknown = UINT32_MAX;
    if (gr_js_is(&r->j, i, GR_JSON_STRING)) {
        GrBytes name = {r->j.node[i].text, r->j.node[i].n};
        GR_TRY(find_token(r, name, &r->unknown));
    } else if (gr_js_u64(&r->j, gr_js_get(&r->j, r->model, "unk_id"), &id) &&
               id < r->d->kind.n) {
        r->unknown = (uint32_t)id;
    }
    if (r->unknown == UINT32_MAX) return GRAM_OK;
    GrSpan s = r->d->span.at[r->unknown];
    if (gr_js_is(&r->j, i, GR_JSON_STRING))
        GR_TRY(
            gr_draft_name(r->d, r->unknown, r->j.node[i].text, r->j.node[i].n));
    else if (s.len > 0) {
        GrDraftName n = {s, r->unknown};
        GR_TRY(gr_vec_push(r->env, &r->d->name, n));
    }
    r->d->kind.at[r->unknown] = GR_TOKEN_UNKNOWN;
    r->d->span.at[r->unknown] = (GrSpan){0, 0};
    uint8_t le[4];
    for (int k = 0; k < 4; k++) le[k] = (uint8_t)(r->unknown >> 8 * k);
    return gr_recipe_add(r->d, GR_OP_UNKNOWN, 0, le, sizeof le);
}

/* What is matched by other bytes than it prints, or not at all: tokens that
 * no text spells, and user tokens that merges reach by the model's key. */
static gram_status write_keys(Reader *r, uint32_t added)
{
    const GrJson *j = &r->j;
    uint32_t mark;
    GR_TRY(gr_recipe_begin(r->d, GR_OP_KEYS, 0, &mark));
    for (uint32_t i = 0; i < r->no_key.n; i++)
        GR_TRY(gr_recipe_key(r->d, r->no_key.at[i], NULL, 0));
    uint32_t end = added < j->n ? j->node[added].next : 0;
    for (uint32_t k = added + 1; k < end; k = j->node[k].next) {
        uint64_t id;
        if (gr_js_true(j, k, "special", false)) continue;
        if (!gr_js_u64(j, gr_js_get(j, k, "id"), &id) || id >= r->n_keys)
            continue;
        GrSpan s = r->key[id];
        if (s.len == 0) continue;
        GR_TRY(gr_recipe_key(r->d, (uint32_t)id, gr_draft_at(r->d, s), s.len));
    }
    gr_recipe_end(r->d, mark);
    return GRAM_OK;
}

/* {"id": 7, "content": "<a>", "special": true, ...} */
static gram_status read_added(Reader *r, uint32_t k)
{
    const GrJson *j = &r->j;
    uint32_t c = gr_js_get(j, k, "content");
    uint64_t id;
    GrDecoded x;
    if (!gr_js_u64(j, gr_js_get(j, k, "id"), &id) ||
        !gr_js_is(j, c, GR_JSON_STRING))
        return bad(r, k, "an added token without id or content");
    GrBytes text = {j->node[c].text, j->node[c].n};
    if (text.n > GR_LIMIT_TOKEN_BYTES) return bad(r, c, "a token is too long");
    if (gr_js_true(j, k, "special", false))
        return gr_draft_set(r->d, id, GR_TOKEN_SPECIAL, text.p, text.n,
                            j->node[k].at);
    GR_TRY(gr_decoder_run(r->env, &r->decoder, text, &x));
    GR_TRY(gr_draft_set(r->d, id, GR_TOKEN_USER, x.bytes.p, x.bytes.n,
                        j->node[k].at));
    GR_TRY(gr_draft_name(r->d, (uint32_t)id, text.p, text.n));
    uint32_t flags = 0;
    if (gr_js_true(j, k, "lstrip", false)) flags |= GR_ADDED_LSTRIP;
    if (gr_js_true(j, k, "rstrip", false)) flags |= GR_ADDED_RSTRIP;
    if (gr_js_true(j, k, "single_word", false)) flags |= GR_ADDED_WORD;
    if (gr_js_true(j, k, "normalized", true)) flags |= GR_ADDED_NORMALIZED;
    return gr_recipe_added(r->d, (uint32_t)id, flags, text.p, text.n);
}

static gram_status read_all_added(Reader *r, uint32_t added)
{
    uint32_t mark;
    if (!gr_js_is(&r->j, added, GR_JSON_ARRAY)) return GRAM_OK;
    GR_TRY(gr_recipe_begin(r->d, GR_OP_ADDED, 0, &mark));
    uint32_t end = r->j.node[added].next;
    for (uint32_t k = added + 1; k < end; k = r->j.node[k].next)
        GR_TRY(read_added(r, k));
    gr_recipe_end(r->d, mark);
    return GRAM_OK;
}

/* --- the whole file ------------------------------------------------------- */

static gram_status read_file(Reader *r)
{
    Model model;
    r->model = gr_js_get(&r->j, 0, "model");
    uint32_t added = gr_js_get(&r->j, 0, "added_tokens");
    GR_TRY(model_type(r, &model));
    GR_TRY(gr_decoder_read(r->env, &r->j, gr_js_get(&r->j, 0, "decoder"),
                           &r->decoder));
    GR_TRY(read_vocab(r));
    GR_TRY(make_keys(r));
    GR_TRY(gr_hf_pipeline(r->d, &r->j, &r->decoder.bytelevel));
    GR_TRY(read_model(r, model));
    if (model != WORDPIECE) GR_TRY(write_keys(r, added));
    GR_TRY(read_unknown(r));
    GR_TRY(read_all_added(r, added));
    return gr_read_side_ends(r->d, &r->keys);
}

gram_status gr_read_tokenizer_json(GrVocabDraft *d, const GrJson *j)
{
    Reader r = {.d = d, .env = &d->env, .j = *j};
    gram_status s = read_file(&r);
    gr_decoder_clear(r.env, &r.decoder);
    gr_keys_clear(r.env, &r.keys);
    gr_vec_clear(r.env, &r.batch.text);
    gr_free(r.env, r.key, (size_t)r.n_keys * sizeof *r.key);
    gr_vec_clear(r.env, &r.no_key);
    return s;
}
