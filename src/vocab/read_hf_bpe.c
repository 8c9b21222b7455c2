/* The byte-pair model of a tokenizer.json: its merges; see read_hf.c.
 *
 * A merge names two tokens of the model by their spelling, "left right" or
 * ["left", "right"].  Each side becomes the bytes that it stands for, and is
 * looked up by them: a vocabulary of 128,000 tokens has 280,000 merges, so that
 * nearly half of the time that reading such a file takes goes here.  Sides wait
 * in a batch, whose look-ups overlap their misses of the cache, and sides in
 * the byte alphabet are decoded where they go, without a text between.
 *
 * Cost: a look-up a side, eight bytes of the record a merge. */
#include "vocab/hf.h"

/* "left right" or ["left", "right"] */
static gram_status split_merge(GrHf *r, const GrJson *j, GrBytes side[2])
{
    const GrJsonNode *n = j->node;
    if (n->type == GR_JSON_ARRAY && n->n == 2 &&
        gr_js_is(j, 1, GR_JSON_STRING) && gr_js_is(j, 2, GR_JSON_STRING)) {
        side[0] = (GrBytes){n[1].text, n[1].n};
        side[1] = (GrBytes){n[2].text, n[2].n};
        return GRAM_OK;
    }
    const char *space = n->type == GR_JSON_STRING && n->n > 0
                            ? memchr(n->text, ' ', n->n)
                            : NULL;
    if (space == NULL)
        return gr_hf_bad_at(r, n->at, "a merge is not a pair of tokens");
    size_t left = (size_t)(space - n->text);
    side[0] = (GrBytes){n->text, left};
    side[1] = (GrBytes){space + 1, n->n - left - 1};
    return GRAM_OK;
}

/* The bytes of one side of a merge, appended to r->sides. */
static gram_status put_side(GrHf *r, GrBytes side)
{
    GrDecoded x = {{NULL, 0}, false, true};
    size_t n;
    if (side.n > GR_LIMIT_TOKEN_BYTES) return GRAM_OK;
    if (gr_decoder_is_alphabet(&r->decoder)) { /* decoded where it goes */
        size_t room = gr_hf_room(r, side.p, side.n);
        GR_TRY(gr_vec_reserve(r->env, &r->sides, room));
        char *to = r->sides.at + r->sides.n;
        if (side.n > 0 &&
            gr_bytelevel_run(side.p, side.n, room, to, &n) == side.n)
            r->sides.n += (uint32_t)n;
        return GRAM_OK;
    }
    GR_TRY(gr_decoder_run(r->env, &r->decoder, side, &x));
    if (x.is_byte || x.no_key) return GRAM_OK;
    return gr_text_put(r->env, &r->sides, x.bytes.p, x.bytes.n);
}

/* What has been put into r->sides behind `from` waits in the batch: a side of
 * the merge at byte `at`. */
static void push_side(GrHf *r, uint32_t at, uint32_t from)
{
    r->at[r->batch.n] = at;
    r->batch.span[r->batch.n++] = (GrSpan){from, r->sides.n - from};
}

static gram_status add_side(GrHf *r, GrBytes side, uint32_t at)
{
    uint32_t from = r->sides.n;
    GR_TRY(put_side(r, side));
    push_side(r, at, from);
    return GRAM_OK;
}

/* "left right" in the byte alphabet, to which a space does not belong: decoded
 * as it is read.  *is: both sides are such. */
static gram_status add_letters(GrHf *r, const GrJsonNode *m, bool *is)
{
    size_t room = gr_hf_room(r, m->text, m->n), put[2];
    *is = false;
    if (m->n == 0 || m->n > GR_LIMIT_TOKEN_BYTES) return GRAM_OK;
    GR_TRY(gr_vec_reserve(r->env, &r->sides, room));
    *is =
        gr_bytelevel_merge(m->text, m->n, room, r->sides.at + r->sides.n, put);
    if (!*is) return GRAM_OK;
    for (int i = 0; i < 2; i++) {
        uint32_t from = r->sides.n;
        r->sides.n += (uint32_t)put[i];
        push_side(r, m->at, from);
    }
    return GRAM_OK;
}

/* A merge of what is no token is an error: without it, texts would encode
 * otherwise than the model was trained on. */
static gram_status put_merges(GrHf *r)
{
    const GrBytes sides = {r->sides.at, r->sides.n};
    gr_batch_run(&r->keys, sides, &r->batch);
    for (uint32_t i = 0; i < r->batch.n; i++)
        if (r->batch.id[i] == UINT32_MAX)
            return gr_hf_bad_at(r, r->at[i], "a merge of what is no token");
    GR_TRY(gr_recipe_u32s(r->d, r->batch.id, r->batch.n));
    r->batch.n = r->sides.n = 0;
    return GRAM_OK;
}

static gram_status add_sides(GrHf *r, const GrJson *j)
{
    GrBytes side[2];
    GR_TRY(split_merge(r, j, side));
    GR_TRY(add_side(r, side[0], j->node[0].at));
    return add_side(r, side[1], j->node[0].at);
}

/* Both sides wait, since look-ups in a batch overlap (recipe.h). */
static gram_status read_merge(void *ctx, const GrJson *j)
{
    GrHf *r = ctx;
    bool is = false;
    if (j->node[0].type == GR_JSON_STRING &&
        gr_decoder_is_alphabet(&r->decoder))
        GR_TRY(add_letters(r, &j->node[0], &is));
    if (!is) GR_TRY(add_sides(r, j));
    return r->batch.n == GR_BATCH ? put_merges(r) : GRAM_OK;
}

static gram_status read_merges(GrHf *r, uint32_t a)
{
    GR_TRY(gr_hf_each(r, a, read_merge));
    return put_merges(r);
}

/* Absent and "" mean the same. */
static bool has_text(const GrHf *r, const char *member)
{
    uint32_t i = gr_js_get(&r->j, r->model, member);
    return gr_js_is(&r->j, i, GR_JSON_STRING) && r->j.node[i].n > 0;
}

/* Pieces with affixes would need keys that differ by the place in a word. */
gram_status gr_hf_bpe(GrHf *r)
{
    const GrJson *j = &r->j;
    uint32_t mark, flags = 0;
    uint32_t merges = gr_js_get(j, r->model, "merges");
    if (!gr_js_is(j, merges, GR_JSON_ARRAY))
        return gr_hf_bad(r, r->model, "the model has no merges");
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
