/* The encoder: a recipe is opened once and run on any number of texts.
 *
 *     text ------------------ added tokens, as they are written
 *       section ------------- normalizers, one after the other
 *         section ----------- added tokens, as normalized
 *           part ------------ splitters, each on what the one before left
 *             ids ----------- model
 *
 * Opening (encode_open.c) reads every record of the recipe with its lengths
 * checked, compiles patterns, and builds the tables that the model needs; it
 * costs milliseconds to tens of milliseconds.  Without a recipe, or where a
 * step is not known, the caller may still encode greedily.
 *
 * Two models are small enough to stand here, the longest match and WordPiece;
 * the others are bpe.c and unigram.c. */
#include "vocab/encoder.h"
#include "vocab/readers.h"

#define NONE UINT32_MAX

/* --- output --------------------------------------------------------------- */

gram_status gr_put_id(GrEncoder *e, uint32_t id)
{
    return gr_vec_push(&e->env, &e->out, id);
}

/* Byte fallback is all or nothing for a character: SentencePiece never mixes
 * byte tokens with the unknown id inside one. */
static bool all_bytes(const GrEncoder *e, const char *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (e->byte_id[(uint8_t)p[i]] == NONE) return false;
    return true;
}

/* Flags say what this tokenizer does: byte tokens, one unknown id for a run
 * of them, nothing at all, or the unknown id each time. */
gram_status gr_put_unknown(GrEncoder *e, const char *p, uint32_t n,
                           bool *was_unknown)
{
    uint32_t flags = e->model.flags;
    bool bytes = (flags & GR_BPE_FALLBACK) && all_bytes(e, p, n);
    bool fuse = *was_unknown && (flags & GR_BPE_FUSE_UNKNOWN);
    for (uint32_t i = 0; bytes && i < n; i++)
        GR_TRY(gr_put_id(e, e->byte_id[(uint8_t)p[i]]));
    *was_unknown = !bytes;
    if (bytes || fuse || (flags & GR_BPE_DROP_UNKNOWN)) return GRAM_OK;
    if (e->unknown != NONE) return gr_put_id(e, e->unknown);
    return gr_fail(&e->env, GRAM_E_VOCAB, GR_NOWHERE,
                   "the vocabulary has no token for a byte 0x%02X and no "
                   "unknown token",
                   (uint8_t)p[0]);
}

/* --- small models --------------------------------------------------------- */

/* Longest match of the vocabulary's own trie. */
static gram_status greedy_run(GrEncoder *e, const char *p, uint32_t n)
{
    bool unknown = false;
    for (uint32_t at = 0, len; at < n; at += len) {
        uint32_t id = gr_vocab_longest_prefix(e->vocab, p + at, n - at, &len);
        GR_TRY(gr_step(&e->env, e->vocab->longest / 64 + 1));
        if (id != NONE) {
            GR_TRY(gr_put_id(e, id));
            unknown = false;
            continue;
        }
        len = 1;
        GR_TRY(gr_put_unknown(e, p + at, 1, &unknown));
    }
    return GRAM_OK;
}

/* The longest key that goes on with p from node `from` of their trie, as the
 * length taken from p; it ends between characters. */
static gram_status longest_piece(GrEncoder *e, uint32_t from, const char *p,
                                 uint32_t n, uint32_t *len, uint32_t *id)
{
    const GrMatcher *m = &e->pieces;
    uint32_t at = from, d = 0;
    *id = NONE;
    *len = 0;
    while (d < n && at != GR_TRIE_NONE) {
        at = gr_matcher_step(m, at, (uint8_t)p[d++]);
        if (at == GR_TRIE_NONE || m->leaf[at] == NONE) continue;
        if (d < n && ((uint8_t)p[d] & 0xC0) == 0x80) continue;
        *len = d;
        *id = m->id[m->leaf[at]];
    }
    return gr_step(&e->env, d);
}

/* Limits on words are stated in characters. */
static uint32_t count_chars(const char *p, uint32_t n)
{
    uint32_t chars = 0;
    for (uint32_t i = 0; i < n; i++) chars += ((uint8_t)p[i] & 0xC0) != 0x80;
    return chars;
}

/* WordPiece: the longest key again and again, or the whole word unknown. */
static gram_status wordpiece_run(GrEncoder *e, const char *p, uint32_t n)
{
    uint32_t most = gr_load_u32(e->model.p), id, len, begun = e->out.n;
    bool unknown = count_chars(p, n) > most;
    for (uint32_t at = 0; at < n && !unknown; at += len) {
        GR_TRY(
            longest_piece(e, e->word_node[at > 0], p + at, n - at, &len, &id));
        unknown = id == NONE;
        if (!unknown) GR_TRY(gr_put_id(e, id));
    }
    if (!unknown) return GRAM_OK;
    e->out.n = begun;
    unknown = false;
    return gr_put_unknown(e, p, n, &unknown);
}

/* --- models --------------------------------------------------------------- */

/* Where keys begin that have the mark of a word's first piece, and that of the
 * others: the mark is walked once. */
static gram_status wordpiece_open(GrEncoder *e)
{
    uint32_t n = e->vocab->n_tokens, first = gr_load_u32(e->model.p + 4);
    uint32_t *id = gr_zalloc(&e->env, n, sizeof *id);
    if (id == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++) id[i] = i;
    GR_TRY(gr_matcher_init(&e->env, &e->pieces, e->keys.text, e->key, id, NULL,
                           n));
    for (uint32_t k = 0; k < 2; k++) {
        const uint8_t *p = e->model.p + 8 + (k ? first : 0);
        const uint8_t *end = k ? e->model.p + e->model.len : p + first;
        uint32_t at = GR_MATCHER_ROOT;
        while (p < end && at != GR_TRIE_NONE)
            at = gr_matcher_step(&e->pieces, at, *p++);
        e->word_node[k] = at;
    }
    return GRAM_OK;
}

/* Scores may be fewer than tokens: added tokens have none. */
gram_status gr_model_open(GrEncoder *e)
{
    uint32_t each = e->model.flags & GR_SCORE_F64 ? 8 : 4;
    e->n_scores = e->model.len / each;
    if (e->n_scores > e->vocab->n_tokens) e->n_scores = e->vocab->n_tokens;
    switch (e->model.op) {
    case GR_OP_RANKS:
    case GR_OP_MERGES:
    case GR_OP_SCORES: return gr_bpe_open(e);
    case GR_OP_UNIGRAM: return gr_unigram_open(e);
    case GR_OP_GREEDY: return GRAM_OK;
    case GR_OP_WORDPIECE:
        if (e->model.len >= 8 &&
            gr_load_u32(e->model.p + 4) <= e->model.len - 8)
            return wordpiece_open(e);
        break;
    default: break;
    }
    return gr_fail(&e->env, GRAM_E_VOCAB, GR_NOWHERE,
                   "the tokenizer's recipe is damaged");
}

/* Keys are bytes; a piece that was split at ▁ is turned back into bytes
 * before it is looked up. */
gram_status gr_model_run(GrEncoder *e, const char *p, uint32_t n)
{
    if (n == 0) return GRAM_OK;
    if (e->greedy) return greedy_run(e, p, n);
    if ((e->model.flags & GR_BPE_META) &&
        memchr(p, 0xE2, n) != NULL) { /* ▁ begins so */
        GR_TRY(gr_vec_reserve(&e->env, &e->spaced, n));
        n = (uint32_t)gr_metaspace_decode(p, n, e->spaced.at);
        p = e->spaced.at;
    }
    switch (e->model.op) {
    case GR_OP_UNIGRAM: return gr_unigram_run(e, p, n);
    case GR_OP_WORDPIECE: return wordpiece_run(e, p, n);
    case GR_OP_GREEDY: return greedy_run(e, p, n);
    default: return gr_bpe_run(e, p, n);
    }
}

/* --- one section ---------------------------------------------------------- */

/* The literal is not empty (step_is_valid), so every turn makes progress; a
 * pattern's match is not empty either. */
static gram_status replace(GrEncoder *e, const GrStep *s, GrBytes in)
{
    GrText *out = &e->text[1];
    const char *p = in.p;
    uint32_t n = gr_load_u32(s->r.p);
    GrBytes from = {s->r.p + 4, n};
    GrBytes to = {s->r.p + 4 + n, s->r.len - 4 - n};
    for (uint32_t at = 0; at < in.n;) {
        GrSpan m = {(uint32_t)in.n, 0};
        if (s->pattern != NULL)
            GR_TRY(gr_pattern_next(&e->env, s->pattern, p, (uint32_t)in.n, at,
                                   &m));
        else if (in.n - at >= from.n && !memcmp(p + at, from.p, from.n))
            m = (GrSpan){at, n};
        else
            m = (GrSpan){at + 1, 0};
        GR_TRY(gr_text_put(&e->env, out, p + at, m.at - at));
        if (m.len > 0) GR_TRY(gr_text_put(&e->env, out, to.p, to.n));
        at = m.at + m.len;
    }
    return GRAM_OK;
}

/* From `in`, which may be e->text[0], to e->text[1]. */
static gram_status normalize_step(GrEncoder *e, const GrStep *s, GrBytes in)
{
    const GrMatcher *users = e->frozen ? &e->added_raw : NULL;
    GrText *out = &e->text[1];
    switch (s->r.op) {
    case GR_OP_PREPEND:
        if (in.n > 0) GR_TRY(gr_text_put(&e->env, out, s->r.p, s->r.len));
        return gr_text_put(&e->env, out, in.p, in.n);
    case GR_OP_REPLACE:
    case GR_OP_REPLACE_REGEX: return replace(e, s, in);
    case GR_OP_CHARSMAP: return gr_charsmap_run(&e->env, &s->r, users, in, out);
    case GR_OP_SPACES: return gr_spaces_run(&e->env, s->r.flags, in, out);
    default: return gr_normalize(&e->env, &s->r, in, &e->points, out);
    }
}

/* Buffers change places after each step, so that none is ever copied. */
static gram_status normalize(GrEncoder *e, GrBytes *text)
{
    for (uint32_t i = 0; i < e->normalizer.n; i++) {
        e->text[1].n = 0;
        GR_TRY(normalize_step(e, &e->normalizer.at[i], *text));
        GrText swap = e->text[0];
        e->text[0] = e->text[1];
        e->text[1] = swap;
        *text = (GrBytes){e->text[0].at, e->text[0].n};
    }
    return GRAM_OK;
}

/* Split and model a stretch of normalized text. */
static gram_status run_pieces(GrEncoder *e, GrBytes text, GrSpan part,
                              bool at_start)
{
    e->part[0].n = 0;
    GR_TRY(gr_vec_push(&e->env, &e->part[0], part));
    for (uint32_t i = 0; i < e->splitter.n; i++)
        GR_TRY(gr_split_parts(e, &e->splitter.at[i], &text, at_start));
    for (uint32_t i = 0; i < e->part[0].n; i++) {
        GrSpan s = e->part[0].at[i];
        GR_TRY(gr_model_run(e, (const char *)text.p + s.at, s.len));
    }
    return GRAM_OK;
}

/* Splitters may rewrite e->text[0], where the normalized text lies; so if
 * it is cut at added tokens, it moves to a place of its own. */
static gram_status run_section(GrEncoder *e, const char *p, uint32_t n,
                               bool at_start)
{
    GrBytes text = {p, n};
    GR_TRY(normalize(e, &text));
    if (e->added_normal.n_nodes == 0)
        return run_pieces(e, text, (GrSpan){0, (uint32_t)text.n}, at_start);
    e->decoded.n = 0;
    GR_TRY(gr_text_put(&e->env, &e->decoded, text.p, text.n));
    text.p = e->decoded.at;
    GR_TRY(
        gr_added_split(e, &e->added_normal, text.p, (uint32_t)text.n, false));
    for (uint32_t i = 0; i < e->section.n; i++) {
        GrSpan s = e->section.at[i];
        if (e->section_id.at[i] != NONE)
            GR_TRY(gr_put_id(e, e->section_id.at[i]));
        else
            GR_TRY(run_pieces(e, text, s, at_start && s.at == 0));
    }
    return GRAM_OK;
}

/* Frozen tokens are no cuts: the normalizer and the model keep them whole. */
static gram_status run_sections(GrEncoder *e, const char *text, uint32_t n)
{
    if (e->frozen || e->added_raw.n_nodes == 0)
        return run_section(e, text, n, true);
    GR_TRY(gr_added_split(e, &e->added_raw, text, n, e->by_length));
    e->outer.n = e->outer_id.n = 0;
    for (uint32_t i = 0; i < e->section.n; i++) {
        GR_TRY(gr_vec_push(&e->env, &e->outer, e->section.at[i]));
        GR_TRY(gr_vec_push(&e->env, &e->outer_id, e->section_id.at[i]));
    }
    for (uint32_t i = 0; i < e->outer.n; i++) {
        GrSpan s = e->outer.at[i];
        if (e->outer_id.at[i] != NONE)
            GR_TRY(gr_put_id(e, e->outer_id.at[i]));
        else
            GR_TRY(run_section(e, text + s.at, s.len, s.at == 0));
    }
    return GRAM_OK;
}

/* Work is bounded by a budget for each byte of text, because keys may be
 * 64 KiB long and a text may almost spell one at every place. */
static gram_status encode(GrEncoder *e, const char *text, size_t len)
{
    e->out.n = 0;
    if (len > INT32_MAX)
        return gr_fail(&e->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a text of more than 2 GiB");
    if (len == 0) return GRAM_OK;
    if (e->greedy) return greedy_run(e, text, (uint32_t)len);
    size_t valid = gr_utf8_valid(text, len);
    if (valid != len)
        return gr_fail(&e->env, GRAM_E_SYNTAX, valid, "the text is not UTF-8");
    return run_sections(e, text, (uint32_t)len);
}

/* The ids stay in the encoder: those of a long text are not copied out. */
gram_status gr_encode(GrEncoder *e, const char *text, size_t len,
                      gram_error *error, const uint32_t **ids, size_t *n)
{
    e->env.error = error;
    e->env.steps = 0;
    e->env.max_steps = (1 << 24) + (uint64_t)len * GR_LIMIT_ENCODE_STEPS;
    gram_status s = encode(e, text, len);
    e->env.error = NULL;
    if (s != GRAM_OK) gr_error_locate(error, text, len);
    if (s != GRAM_OK) return s;
    *ids = e->out.at;
    *n = e->out.n;
    return GRAM_OK;
}
