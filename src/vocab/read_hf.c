/* Hugging Face tokenizer.json: tokens, kinds, merges, added tokens.
 *
 * The model's own tokens come first, their spelling turned into bytes by the
 * file's decoder; then merges are resolved against exactly these; then added
 * tokens are laid over them: special ones lose their bytes, others become user
 * tokens (and keep the key by which merges reach them).
 *
 *     model.vocab --decoder--> bytes, kinds       what masks are made of
 *          |                     |
 *          |                   keys <-- model.merges, by the same bytes
 *          |                     |
 *     added_tokens ----------> kinds, names; records KEYS and ADDED
 *
 * A token has thus up to three texts: its spelling in the file, the bytes that
 * it adds to a text, and the key by which the model finds it.  Of most tokens
 * the key is the bytes; where it is not it is written into the recipe.
 *
 * The lists are read an item at a time from the folded document (json.h), so
 * memory is that of the draft and of the table of tokens.
 *
 * Cost: every list is parsed twice, once for the outline; one hash table of
 * tokens, two look-ups a merge. */
#include "vocab/decoder.h"
#include "vocab/hf.h"

/* At a byte of the file: items of lists are parsed with their offset. */
gram_status gr_hf_bad_at(const GrHf *r, size_t at, const char *what)
{
    return gr_fail(r->env, GRAM_E_VOCAB, at, "%s", what);
}

gram_status gr_hf_bad(const GrHf *r, uint32_t node, const char *what)
{
    return gr_hf_bad_at(r, node < r->j.n ? r->j.node[node].at : 0, what);
}

gram_status gr_hf_each(GrHf *r, uint32_t node, GrJsonVisit *visit)
{
    return gr_js_each(r->d, r->file, &r->j, node, visit, r);
}

/* --- the model's vocabulary ----------------------------------------------- */

/* A token in the byte alphabet, decoded where it goes; *is: it was one. */
static gram_status take_letters(GrHf *r, uint64_t id, const GrJsonNode *t,
                                bool *is)
{
    size_t room = gr_hf_room(r, t->text, t->n), n;
    GrText *text = &r->d->text;
    *is = false;
    if (t->n == 0 || room > UINT32_MAX / 2 - text->n) return GRAM_OK;
    GR_TRY(gr_vec_reserve(r->env, text, room));
    *is = gr_bytelevel_run(t->text, t->n, room, text->at + text->n, &n) == t->n;
    if (!*is) return GRAM_OK;
    GR_TRY(gr_step(r->env, t->n / 8 + 1));
    return gr_draft_take(r->d, id, n, t->at);
}

/* An id given twice would leave one spelling without a token. */
static gram_status set_token(GrHf *r, uint64_t id, const GrJsonNode *node)
{
    GrBytes token = {node->text, node->n};
    size_t at = node->at;
    GrDecoded x;
    if (token.n > GR_LIMIT_TOKEN_BYTES)
        return gr_hf_bad_at(r, at, "a token is too long");
    if (id < r->d->kind.n && r->d->kind.at[id] != GR_TOKEN_GAP)
        return gr_fail(r->env, GRAM_E_VOCAB, at, "token id %llu twice",
                       (unsigned long long)id);
    bool is = false;
    if (gr_decoder_is_alphabet(&r->decoder))
        GR_TRY(take_letters(r, id, node, &is));
    if (is) return GRAM_OK;
    GR_TRY(gr_decoder_run(r->env, &r->decoder, token, &x));
    GR_TRY(gr_draft_set(r->d, id, x.is_byte ? GR_TOKEN_BYTE : GR_TOKEN_NORMAL,
                        x.bytes.p, x.bytes.n, at));
    return x.no_key ? gr_vec_push(r->env, &r->no_key, (uint32_t)id) : GRAM_OK;
}

/* "token": id */
static gram_status read_member(void *ctx, const GrJson *j)
{
    GrHf *r = ctx;
    uint64_t id;
    if (!gr_js_u64(j, 1, &id))
        return gr_hf_bad_at(r, j->node[1].at, "a token id is no whole number");
    return set_token(r, id, &j->node[0]);
}

/* ["token", score] */
static gram_status read_entry(void *ctx, const GrJson *j)
{
    GrHf *r = ctx;
    if (!gr_js_is(j, 0, GR_JSON_ARRAY) || j->node[0].n != 2 ||
        !gr_js_is(j, 1, GR_JSON_STRING) || !gr_js_is(j, 2, GR_JSON_NUMBER))
        return gr_hf_bad_at(r, j->node[0].at,
                            "an entry of the vocabulary is not [token, score]");
    return set_token(r, r->next_id++, &j->node[1]);
}

/* Two forms: {"token": id} and, of Unigram models, [["token", score]]. */
static gram_status read_vocab(GrHf *r)
{
    uint32_t v = gr_js_get(&r->j, r->model, "vocab");
    if (gr_js_is(&r->j, v, GR_JSON_OBJECT))
        return gr_hf_each(r, v, read_member);
    if (gr_js_is(&r->j, v, GR_JSON_ARRAY)) return gr_hf_each(r, v, read_entry);
    return gr_hf_bad(r, r->model, "the model has no vocabulary");
}

/* Normal tokens are found by their bytes, byte tokens by nothing. */
static gram_status make_keys(GrHf *r)
{
    r->n_keys = r->d->span.n;
    r->key = gr_zalloc(r->env, r->n_keys, sizeof *r->key);
    if (r->key == NULL) return GRAM_E_MEMORY;
    for (uint32_t id = 0; id < r->n_keys; id++)
        if (r->d->kind.at[id] == GR_TOKEN_NORMAL)
            r->key[id] = r->d->span.at[id];
    for (uint32_t i = 0; i < r->no_key.n; i++) r->key[r->no_key.at[i]].len = 0;
    const GrBytes text = {r->d->text.at, r->d->text.n};
    return gr_keys_init(r->env, &r->keys, text, r->key, r->n_keys);
}

/* By the bytes that the spelling stands for, as texts are looked up. */
static gram_status find_token(GrHf *r, GrBytes spelled, uint32_t *id)
{
    GrDecoded x;
    *id = UINT32_MAX;
    if (spelled.n > GR_LIMIT_TOKEN_BYTES) return GRAM_OK;
    GR_TRY(gr_decoder_run(r->env, &r->decoder, spelled, &x));
    if (!x.is_byte && !x.no_key)
        *id = gr_keys_find(&r->keys, x.bytes.p, x.bytes.n);
    return GRAM_OK;
}

/* --- the other models ----------------------------------------------------- */

/* The entry has been seen to be [token, score]. */
static gram_status read_score(void *ctx, const GrJson *j)
{
    GrHf *r = ctx;
    double score;
    if (!gr_parse_double(j->node[2].text, j->node[2].n, &score))
        return gr_hf_bad_at(r, j->node[2].at, "a score is no number");
    return gr_recipe_bytes(r->d, &score, sizeof score);
}

/* The list has been read for its tokens; now for its scores. */
static gram_status read_unigram(GrHf *r)
{
    const GrJson *j = &r->j;
    uint32_t v = gr_js_get(j, r->model, "vocab"), mark, flags = GR_SCORE_F64;
    if (!gr_js_is(j, v, GR_JSON_ARRAY))
        return gr_hf_bad(r, r->model, "a Unigram model without scores");
    if (gr_js_true(j, r->model, "byte_fallback", false))
        flags |= GR_BPE_FALLBACK;
    if (r->decoder.meta) flags |= GR_BPE_META;
    GR_TRY(gr_recipe_begin(r->d, GR_OP_UNIGRAM, flags | GR_BPE_FUSE_UNKNOWN,
                           &mark));
    GR_TRY(gr_hf_each(r, v, read_score));
    gr_recipe_end(r->d, mark);
    return GRAM_OK;
}

/* --- WordPiece ------------------------------------------------------------ */

/* The defaults are those of the crate. */
static GrBytes continuing_prefix(const GrHf *r)
{
    uint32_t i = gr_js_get(&r->j, r->model, "continuing_subword_prefix");
    if (!gr_js_is(&r->j, i, GR_JSON_STRING)) return (GrBytes){"##", 2};
    return (GrBytes){r->j.node[i].text, r->j.node[i].n};
}

/* Words begin with `first`, other pieces with `rest`. */
static gram_status put_wordpiece(GrHf *r, GrBytes first, GrBytes rest)
{
    uint64_t longest = 100;
    uint32_t mark;
    gr_js_u64(&r->j, gr_js_get(&r->j, r->model, "max_input_chars_per_word"),
              &longest);
    GR_TRY(gr_recipe_begin(r->d, GR_OP_WORDPIECE, 0, &mark));
    GR_TRY(gr_recipe_u32(r->d, longest < UINT32_MAX ? (uint32_t)longest
                                                    : UINT32_MAX));
    GR_TRY(gr_recipe_u32(r->d, (uint32_t)first.n));
    GR_TRY(gr_recipe_bytes(r->d, first.p, first.n));
    GR_TRY(gr_recipe_bytes(r->d, rest.p, rest.n));
    gr_recipe_end(r->d, mark);
    return gr_recipe_pad(r->d);
}

/* Ids have been checked when the tokens were set. */
static gram_status key_spelling(void *ctx, const GrJson *j)
{
    GrHf *r = ctx;
    uint64_t id = 0;
    gr_js_u64(j, 1, &id);
    return gr_recipe_key(r->d, (uint32_t)id, j->node[0].text, j->node[0].n);
}

/* Where tokens do not add what the model matches, every key is stated. */
static gram_status key_spellings(GrHf *r, uint32_t v)
{
    uint32_t mark;
    GR_TRY(gr_recipe_begin(r->d, GR_OP_KEYS, 0, &mark));
    GR_TRY(gr_hf_each(r, v, key_spelling));
    gr_recipe_end(r->d, mark);
    return put_wordpiece(r, (GrBytes){"", 0}, continuing_prefix(r));
}

/* The model matches what the token adds: a space and a word, or the rest of
 * one.  The few that the decoder cleaned up, and the unknown token, which
 * loses its bytes, are stated. */
static gram_status key_exception(void *ctx, const GrJson *j)
{
    GrHf *r = ctx;
    GrBytes prefix = continuing_prefix(r), s = {j->node[0].text, j->node[0].n};
    uint64_t id = 0;
    gr_js_u64(j, 1, &id);
    bool rest = s.n >= prefix.n && !memcmp(s.p, prefix.p, prefix.n);
    r->sides.n = 0;
    if (!rest) GR_TRY(gr_text_put(r->env, &r->sides, " ", 1));
    uint32_t skip = rest ? (uint32_t)prefix.n : 0;
    GR_TRY(
        gr_text_put(r->env, &r->sides, (const char *)s.p + skip, s.n - skip));
    /* such a piece would be taken for a word */
    r->ambiguous |= rest && r->sides.n > 0 && r->sides.at[0] == ' ';
    uint32_t unknown = gr_js_get(&r->j, r->model, "unk_token");
    GrSpan have = r->key[id];
    bool same = have.len == r->sides.n &&
                !memcmp(gr_draft_at(r->d, have), r->sides.at, have.len) &&
                !(gr_js_is(&r->j, unknown, GR_JSON_STRING) &&
                  r->j.node[unknown].n == s.n &&
                  !memcmp(r->j.node[unknown].text, s.p, s.n));
    if (same) return GRAM_OK;
    return gr_recipe_key(r->d, (uint32_t)id, r->sides.at, r->sides.n);
}

/* Added tokens lose their bytes or get others; the model still knows them. */
static gram_status key_added(void *ctx, const GrJson *j)
{
    GrHf *r = ctx;
    uint64_t id;
    if (!gr_js_u64(j, gr_js_get(j, 0, "id"), &id) || id >= r->n_keys)
        return GRAM_OK;
    GrSpan s = r->key[id];
    if (s.len == 0) return GRAM_OK;
    return gr_recipe_key(r->d, (uint32_t)id, gr_draft_at(r->d, s), s.len);
}

/* Tried with exceptions first, which are a handful; if a rest cannot be told
 * from a word, the record is written again with every key. */
static gram_status read_wordpiece(GrHf *r, uint32_t added)
{
    uint32_t v = gr_js_get(&r->j, r->model, "vocab"), mark;
    GrBytes prefix = continuing_prefix(r);
    if (!gr_js_is(&r->j, v, GR_JSON_OBJECT))
        return gr_hf_bad(r, r->model, "a WordPiece vocabulary is an object");
    if (!gr_decoder_is_wordpiece(&r->decoder, prefix) || prefix.n == 0)
        return key_spellings(r, v);
    GR_TRY(gr_recipe_begin(r->d, GR_OP_KEYS, 0, &mark));
    if (gr_js_is(&r->j, added, GR_JSON_ARRAY))
        GR_TRY(gr_hf_each(r, added, key_added));
    GR_TRY(gr_hf_each(r, v, key_exception));
    gr_recipe_end(r->d, mark);
    r->sides.n = 0;
    if (!r->ambiguous)
        return put_wordpiece(r, (GrBytes){" ", 1}, (GrBytes){"", 0});
    r->d->recipe.n = mark;
    return key_spellings(r, v);
}

typedef enum Model { BPE, UNIGRAM, WORDPIECE, WORDLEVEL } Model;

/* Old files state no type; their members tell. */
static gram_status model_type(GrHf *r, Model *out)
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
    if (type != UINT32_MAX) {
        const GrJsonNode *t = &r->j.node[type];
        bool named = t->type == GR_JSON_STRING;
        return gr_fail(
            r->env, GRAM_E_UNSUPPORTED, t->at, "the model '%.*s' is not known",
            named ? (int)(t->n < 40 ? t->n : 40) : 1, named ? t->text : "?");
    }
    uint32_t v = gr_js_get(&r->j, r->model, "vocab");
    *out = gr_js_get(&r->j, r->model, "merges") != UINT32_MAX ? BPE
           : gr_js_is(&r->j, v, GR_JSON_ARRAY)                ? UNIGRAM
                                                              : WORDPIECE;
    return GRAM_OK;
}

/* A word-level vocabulary has tokens, and masks work, but no encoder. */
static gram_status read_model(GrHf *r, Model model, uint32_t added)
{
    switch (model) {
    case BPE: return gr_hf_bpe(r);
    case UNIGRAM: return read_unigram(r);
    case WORDPIECE: return read_wordpiece(r, added);
    case WORDLEVEL: break;
    }
    return gr_recipe_add(r->d, GR_OP_UNSUPPORTED, 0, "a WordLevel model", 17);
}

/* --- unknown and added tokens --------------------------------------------- */

/* Its bytes go: what the model writes for the unknown is not text. */
static gram_status read_unknown(GrHf *r)
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

/* An added token that the model spells too is reached by the model's key. */
static gram_status write_key(void *ctx, const GrJson *j)
{
    GrHf *r = ctx;
    uint64_t id;
    if (gr_js_true(j, 0, "special", false)) return GRAM_OK;
    if (!gr_js_u64(j, gr_js_get(j, 0, "id"), &id) || id >= r->n_keys)
        return GRAM_OK;
    GrSpan s = r->key[id];
    if (s.len == 0) return GRAM_OK;
    return gr_recipe_key(r->d, (uint32_t)id, gr_draft_at(r->d, s), s.len);
}

/* What is matched by other bytes than it prints, or not at all: tokens that
 * no text spells, and user tokens that merges reach by the model's key. */
static gram_status write_keys(GrHf *r, uint32_t added)
{
    uint32_t mark;
    GR_TRY(gr_recipe_begin(r->d, GR_OP_KEYS, 0, &mark));
    for (uint32_t i = 0; i < r->no_key.n; i++)
        GR_TRY(gr_recipe_key(r->d, r->no_key.at[i], NULL, 0));
    if (gr_js_is(&r->j, added, GR_JSON_ARRAY))
        GR_TRY(gr_hf_each(r, added, write_key));
    gr_recipe_end(r->d, mark);
    return GRAM_OK;
}

/* {"id": 7, "content": "<a>", "special": true, ...} */
static gram_status read_added(void *ctx, const GrJson *j)
{
    GrHf *r = ctx;
    uint32_t c = gr_js_get(j, 0, "content");
    uint64_t id;
    GrDecoded x;
    if (!gr_js_u64(j, gr_js_get(j, 0, "id"), &id) ||
        !gr_js_is(j, c, GR_JSON_STRING))
        return gr_hf_bad_at(r, j->node[0].at,
                            "an added token without id or content");
    GrBytes text = {j->node[c].text, j->node[c].n};
    if (text.n > GR_LIMIT_TOKEN_BYTES)
        return gr_hf_bad_at(r, j->node[c].at, "a token is too long");
    if (gr_js_true(j, 0, "special", false))
        return gr_draft_set(r->d, id, GR_TOKEN_SPECIAL, text.p, text.n,
                            j->node[0].at);
    GR_TRY(gr_decoder_run(r->env, &r->decoder, text, &x));
    GR_TRY(gr_draft_set(r->d, id, GR_TOKEN_USER, x.bytes.p, x.bytes.n,
                        j->node[0].at));
    GR_TRY(gr_draft_name(r->d, (uint32_t)id, text.p, text.n));
    uint32_t flags = 0;
    if (gr_js_true(j, 0, "lstrip", false)) flags |= GR_ADDED_LSTRIP;
    if (gr_js_true(j, 0, "rstrip", false)) flags |= GR_ADDED_RSTRIP;
    if (gr_js_true(j, 0, "single_word", false)) flags |= GR_ADDED_WORD;
    if (gr_js_true(j, 0, "normalized", true)) flags |= GR_ADDED_NORMALIZED;
    return gr_recipe_added(r->d, (uint32_t)id, flags, text.p, text.n);
}

/* After the model: merges are resolved against its own tokens only. */
static gram_status read_all_added(GrHf *r, uint32_t added)
{
    uint32_t mark;
    if (!gr_js_is(&r->j, added, GR_JSON_ARRAY)) return GRAM_OK;
    GR_TRY(gr_recipe_begin(r->d, GR_OP_ADDED, 0, &mark));
    GR_TRY(gr_hf_each(r, added, read_added));
    gr_recipe_end(r->d, mark);
    return GRAM_OK;
}

/* --- the whole file ------------------------------------------------------- */

/* In the order in which each needs the one before; facts of the pipeline are
 * needed by the model. */
static gram_status read_file(GrHf *r)
{
    Model model;
    GrHfFacts facts = {false, false};
    r->model = gr_js_get(&r->j, 0, "model");
    uint32_t added = gr_js_get(&r->j, 0, "added_tokens");
    GR_TRY(model_type(r, &model));
    GR_TRY(gr_decoder_read(r->env, &r->j, gr_js_get(&r->j, 0, "decoder"),
                           &r->decoder));
    GR_TRY(read_vocab(r));
    GR_TRY(make_keys(r));
    GR_TRY(gr_hf_pipeline(r->d, &r->j, &facts));
    r->decoder.bytelevel |= facts.bytelevel;
    GR_TRY(gr_decoder_put_ends(r->d, &r->decoder, facts.prefix));
    GR_TRY(read_model(r, model, added));
    if (model != WORDPIECE) GR_TRY(write_keys(r, added));
    GR_TRY(read_unknown(r));
    GR_TRY(read_all_added(r, added));
    return gr_read_side_ends(r->d, &r->keys);
}

gram_status gr_read_tokenizer_json(GrVocabDraft *d, const GrJson *j,
                                   GrBytes file)
{
    GrHf r = {.d = d, .env = &d->env, .j = *j, .file = file};
    gram_status s = read_file(&r);
    gr_decoder_clear(r.env, &r.decoder);
    gr_keys_clear(r.env, &r.keys);
    gr_vec_clear(r.env, &r.sides);
    gr_free(r.env, r.key, (size_t)r.n_keys * sizeof *r.key);
    gr_vec_clear(r.env, &r.no_key);
    return s;
}
