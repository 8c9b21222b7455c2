/* Opening a recipe: records -> steps, keys, added tokens, model.
 *
 *     recipe --records--> normalizers, splitters (patterns compiled)
 *                    \--> keys: bytes by which the model finds an id
 *                     \-> added tokens: two tries, for raw and for
 *                         normalized text
 *                      \> model: merges by pair, scores, or ranks
 *
 * All that can be wrong with a recipe is found here, so that encoding a text
 * has no case of a damaged recipe: every id is below the number of tokens,
 * every payload is long enough for its step, every pattern compiles.
 *
 * An encoder is opened once and used for many texts; opening 128,000 tokens
 * takes some milliseconds, most of it for the table of keys.  It belongs to
 * one thread, because its buffers do. */
#include "vocab/encoder.h"

#define NONE UINT32_MAX

/* Readers write no such recipe; a pack from outside may hold one. */
static gram_status damaged(GrEncoder *e)
{
    return gr_fail(&e->env, GRAM_E_VOCAB, GR_NOWHERE,
                   "the tokenizer's recipe is damaged");
}

/* Payloads are checked once, here, so that running them needs no checks. */
static bool step_is_valid(const GrRecord *r)
{
    if (r->op == GR_OP_REPLACE || r->op == GR_OP_REPLACE_REGEX)
        return r->len >= 4 && gr_load_u32(r->p) > 0 &&
               gr_load_u32(r->p) <= r->len - 4;
    return r->op != GR_OP_CHARSMAP || gr_charsmap_is_valid(r);
}

/* Only patterns need compiling; other steps are run from their bytes. */
static gram_status compile(GrEncoder *e, const GrRecord *r, GrStep *s)
{
    const char *p = (const char *)r->p;
    *s = (GrStep){*r, NULL, NULL};
    if (r->op == GR_OP_SPLIT_REGEX && e->splitter.n > 0) {
        s->whole = gr_zalloc(&e->env, GR_WHOLE, sizeof *s->whole);
        if (s->whole == NULL) return GRAM_E_MEMORY;
    }
    if (r->op == GR_OP_SPLIT_REGEX)
        return gr_pattern_new(&e->env, p, r->len, r->flags, &s->pattern);
    if (r->op == GR_OP_REPLACE_REGEX)
        return gr_pattern_new(&e->env, p + 4, gr_load_u32(r->p), GR_SPLIT_LINES,
                              &s->pattern);
    return GRAM_OK;
}

static void clear_step(GrEncoder *e, GrStep *s)
{
    gr_pattern_free(&e->env, s->pattern);
    gr_free(&e->env, s->whole, s->whole ? GR_WHOLE * sizeof *s->whole : 0);
}

/* Room first: a pattern that cannot be stored would leak. */
static gram_status add_step(GrEncoder *e, const GrRecord *r)
{
    GrStep s;
    if (!step_is_valid(r)) return damaged(e);
    bool split = r->op >= GR_OP_SPLIT_REGEX;
    GR_TRY(split ? gr_vec_reserve(&e->env, &e->splitter, 1)
                 : gr_vec_reserve(&e->env, &e->normalizer, 1));
    gram_status status = compile(e, r, &s);
    if (status != GRAM_OK) clear_step(e, &s);
    GR_TRY(status);
    if (split)
        e->splitter.at[e->splitter.n++] = s;
    else
        e->normalizer.at[e->normalizer.n++] = s;
    return GRAM_OK;
}

/* Of models and tables there is one each; steps keep their order. */
static gram_status add_record(GrEncoder *e, const GrRecord *r)
{
    switch (r->op) {
    case GR_OP_RANKS:
    case GR_OP_MERGES:
    case GR_OP_SCORES:
    case GR_OP_UNIGRAM:
    case GR_OP_WORDPIECE:
    case GR_OP_GREEDY: e->model = *r; return GRAM_OK;
    case GR_OP_UNKNOWN:
        if (r->len != 4 || gr_load_u32(r->p) >= e->vocab->n_tokens)
            return damaged(e);
        e->unknown = gr_load_u32(r->p);
        return GRAM_OK;
    case GR_OP_KEYS: e->keys_record = *r; return GRAM_OK;
    case GR_OP_ADDED: e->added_record = *r; return GRAM_OK;
    case GR_OP_ENDS: return GRAM_OK; /* of decoding */
    case GR_OP_UNSUPPORTED:
        return gr_fail(&e->env, GRAM_E_UNSUPPORTED, GR_NOWHERE,
                       "this tokenizer's encoding is not known: %.*s",
                       (int)(r->len < 60 ? r->len : 60), (const char *)r->p);
    case GR_OP_END:
    case GR_OP_COUNT: return damaged(e);
    default: return add_step(e, r);
    }
}

/* A recipe without a model cannot come from a reader. */
static gram_status read_records(GrEncoder *e)
{
    const GrVocab *v = e->vocab;
    GrRecord r;
    uint32_t at = 0;
    while (at < v->recipe_len) {
        if (!gr_recipe_next(v->recipe, v->recipe_len, &at, &r))
            return damaged(e);
        GR_TRY(add_record(e, &r));
    }
    return e->model.op == GR_OP_END ? damaged(e) : GRAM_OK;
}

/* --- keys ----------------------------------------------------------------- */

/* An entry of KEYS ({id, n, bytes}) or ADDED ({id, flags, n, bytes}). */
static bool next_entry(const GrRecord *r, uint32_t words, uint32_t *at,
                       uint32_t head[3], GrSpan *bytes)
{
    if (r->len - *at < 4 * words) return false;
    for (uint32_t i = 0; i < words; i++)
        head[i] = gr_load_u32(r->p + *at + 4 * i);
    uint32_t n = head[words - 1], left = r->len - *at - 4 * words;
    if (n > left) return false;
    *bytes = (GrSpan){*at + 4 * words, n};
    uint32_t step = n + (-n & 3);
    *at += 4 * words + (step < left ? step : left);
    return true;
}

/* Both live in the block, so keys are spans of one text. */
static gram_status override_keys(GrEncoder *e)
{
    const GrRecord *r = &e->keys_record;
    uint32_t base = r->p ? (uint32_t)(r->p - e->vocab->block) : 0;
    uint32_t head[3];
    GrSpan s;
    for (uint32_t at = 0; at < r->len;) {
        if (!next_entry(r, 2, &at, head, &s) || head[0] >= e->vocab->n_tokens)
            return damaged(e);
        e->key[head[0]] = (GrSpan){base + s.at, s.len};
    }
    return GRAM_OK;
}

/* Special and unknown ids have no key: no text ever becomes one of them. */
static gram_status make_keys(GrEncoder *e)
{
    const GrVocab *v = e->vocab;
    uint32_t base = (uint32_t)((const uint8_t *)v->bytes - v->block);
    e->key = gr_zalloc(&e->env, v->n_tokens, sizeof *e->key);
    if (e->key == NULL) return GRAM_E_MEMORY;
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        if (v->kind[t] == GR_TOKEN_NORMAL)
            e->key[t] = (GrSpan){base + v->off[t], v->off[t + 1] - v->off[t]};
        if (v->kind[t] == GR_TOKEN_BYTE && v->off[t + 1] - v->off[t] == 1) {
            uint8_t b = (uint8_t)v->bytes[v->off[t]];
            if (e->byte_id[b] == NONE) e->byte_id[b] = t;
        }
    }
    GR_TRY(override_keys(e));
    const GrBytes block = {v->block, v->block_len};
    return gr_keys_init(&e->env, &e->keys, block, e->key, v->n_tokens);
}

/* --- added tokens --------------------------------------------------------- */

/* Entries whose NORMALIZED flag is `normalized`, as a matcher.  There are
 * two, since Hugging Face cuts some added tokens out of the text as it
 * came and others out of what normalizers made of it. */
static gram_status make_matcher(GrEncoder *e, GrMatcher *m, bool normalized)
{
    const GrRecord *r = &e->added_record;
    GrSpans span = {0};
    GrVec(uint32_t) id = {0}, flags = {0};
    gram_status s = GRAM_OK;
    for (uint32_t at = 0; at < r->len && s == GRAM_OK;) {
        uint32_t head[3];
        GrSpan b;
        if (!next_entry(r, 3, &at, head, &b) || head[0] >= e->vocab->n_tokens) {
            s = damaged(e);
            break;
        }
        if (((head[1] & GR_ADDED_NORMALIZED) != 0) != normalized) continue;
        s = gr_vec_push(&e->env, &span, b);
        if (s == GRAM_OK) s = gr_vec_push(&e->env, &id, head[0]);
        if (s == GRAM_OK) s = gr_vec_push(&e->env, &flags, head[1]);
    }
    /* the matcher owns arrays of exactly n entries */
    uint32_t n = span.n, *ids = NULL, *marks = NULL;
    if (s == GRAM_OK && n > 0) {
        ids = gr_zalloc(&e->env, n, sizeof *ids);
        marks = gr_zalloc(&e->env, n, sizeof *marks);
        if (ids && marks) {
            memcpy(ids, id.at, n * sizeof *ids);
            memcpy(marks, flags.at, n * sizeof *marks);
            s = gr_matcher_init(&e->env, m, (const char *)r->p, span.at, ids,
                                marks, n);
        } else {
            s = GRAM_E_MEMORY;
            gr_free(&e->env, ids, n * sizeof *ids);
            gr_free(&e->env, marks, n * sizeof *marks);
        }
    }
    gr_vec_clear(&e->env, &span);
    gr_vec_clear(&e->env, &id);
    gr_vec_clear(&e->env, &flags);
    return s;
}

/* Keys before added tokens before the model: each needs the one before. */
static gram_status open_recipe(GrEncoder *e)
{
    memset(e->byte_id, 0xFF, sizeof e->byte_id);
    e->unknown = NONE;
    e->greedy = e->vocab->recipe == NULL;
    if (e->greedy) return GRAM_OK;
    GR_TRY(read_records(e));
    GR_TRY(make_keys(e));
    e->by_length = (e->added_record.flags & GR_ADDED_BY_LENGTH) != 0;
    e->frozen = (e->added_record.flags & GR_ADDED_FROZEN) != 0 &&
                e->added_record.len > 0;
    GR_TRY(make_matcher(e, &e->added_raw, false));
    GR_TRY(make_matcher(e, &e->added_normal, true));
    return gr_model_open(e);
}

/* What encoding greedily needs beyond the vocabulary. */
static void open_greedy(GrEncoder *e)
{
    memset(e->byte_id, 0xFF, sizeof e->byte_id);
    e->unknown = NONE;
    e->greedy = true;
    for (uint32_t t = 0; t < e->vocab->n_tokens && e->unknown == NONE; t++)
        if (e->vocab->kind[t] == GR_TOKEN_UNKNOWN) e->unknown = t;
}

gram_status gr_encoder_new(GrVocab *v, uint32_t flags, gram_error *error,
                           GrEncoder **out)
{
    GrEnv env;
    gr_env_init(&env, &v->env.alloc, 0, UINT64_MAX);
    env.error = error;
    GrEncoder *e = gr_zalloc(&env, 1, sizeof *e);
    if (e == NULL) return GRAM_E_MEMORY;
    e->env = env;
    e->vocab = gr_vocab_ref(v);
    gram_status s = GRAM_OK;
    if (v->recipe == NULL || (flags & GR_ENCODER_GREEDY))
        open_greedy(e);
    else
        s = open_recipe(e);
    e->env.error = NULL;
    if (s == GRAM_OK)
        *out = e;
    else
        gr_encoder_free(e);
    return s;
}

/* Patterns are PCRE2's and know their own size. */
static void clear_steps(GrEncoder *e)
{
    for (uint32_t i = 0; i < e->normalizer.n; i++)
        clear_step(e, &e->normalizer.at[i]);
    for (uint32_t i = 0; i < e->splitter.n; i++)
        clear_step(e, &e->splitter.at[i]);
    gr_vec_clear(&e->env, &e->normalizer);
    gr_vec_clear(&e->env, &e->splitter);
}

/* Buffers stay between texts; this is the end of all of them. */
static void clear_buffers(GrEncoder *e)
{
    for (int i = 0; i < 2; i++) {
        gr_vec_clear(&e->env, &e->text[i]);
        gr_vec_clear(&e->env, &e->part[i]);
    }
    gr_vec_clear(&e->env, &e->section);
    gr_vec_clear(&e->env, &e->section_id);
    gr_vec_clear(&e->env, &e->outer);
    gr_vec_clear(&e->env, &e->outer_id);
    gr_vec_clear(&e->env, &e->points);
    gr_vec_clear(&e->env, &e->piece);
    gr_vec_clear(&e->env, &e->spaced);
    gr_vec_clear(&e->env, &e->symbol);
    gr_vec_clear(&e->env, &e->list);
    gr_vec_clear(&e->env, &e->heap);
    gr_vec_clear(&e->env, &e->path);
    gr_vec_clear(&e->env, &e->out);
    gr_vec_clear(&e->env, &e->decoded);
}

/* The vocabulary last but one: sizes of tables are read off it; the
 * environment last of all, in a copy, since it lies in what is freed. */
void gr_encoder_free(GrEncoder *e)
{
    if (e == NULL) return;
    clear_steps(e);
    clear_buffers(e);
    gr_matcher_clear(&e->env, &e->added_raw);
    gr_matcher_clear(&e->env, &e->added_normal);
    gr_matcher_clear(&e->env, &e->pieces);
    gr_keys_clear(&e->env, &e->keys);
    gr_free(&e->env, e->key, (size_t)e->vocab->n_tokens * sizeof *e->key);
    gr_merges_clear(&e->env, &e->merges);
    gr_free(&e->env, e->seen, GR_SEEN * sizeof *e->seen);
    gr_free(&e->env, e->pair, GR_PAIRS * sizeof *e->pair);
    gr_free(&e->env, e->joined, 65536 / 32 * sizeof *e->joined);
    gr_vocab_free(e->vocab);
    GrEnv env = e->env;
    gr_free(&env, e, sizeof *e);
}

/* Asked without opening one, which would cost milliseconds. */
bool gr_vocab_has_encoder(const GrVocab *v)
{
    GrRecord r;
    uint32_t at = 0;
    bool model = false;
    while (v->recipe && at < v->recipe_len) {
        if (!gr_recipe_next(v->recipe, v->recipe_len, &at, &r)) return false;
        if (r.op == GR_OP_UNSUPPORTED) return false;
        model |= r.op >= GR_OP_RANKS && r.op <= GR_OP_GREEDY;
    }
    return model;
}
