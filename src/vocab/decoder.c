/* The decoders of Hugging Face tokenizer files, one token at a time.
 *
 * In: the member `decoder` of a file; then spellings of tokens.  Out: the
 * bytes that each adds to a text.
 *
 *     spelling     decoder            bytes
 *     Ġthe         ByteLevel          " the"     letters stand for bytes
 *     ▁the         Replace, Metaspace " the"     ▁ stands for a space
 *     <0x0A>       ByteFallback       "\n"       one byte
 *     ##ing        WordPiece          "ing"      no space before a rest
 *     the</w>      BPEDecoder         "the "     the end of a word
 *
 * The crate decodes lists; a mask has one token, wherever it will stand.  So
 * where a decoder depends on neighbours (WordPiece puts a space before a token
 * that is not the first), the token is taken to be neither first nor last;
 * what the first or the last lacks is then a step at the ends of the text,
 * which decode.c takes away.
 *
 * Cost: one pass over the token a step, two buffers for all of them; where the
 * byte alphabet is the only step, as in most files, none is copied.
 *
 * Source: the crate `tokenizers`, src/decoders, read for behaviour. */
#include "vocab/decoder.h"

void gr_decoder_clear(GrEnv *env, GrDecoder *x)
{
    gr_vec_clear(env, &x->a);
    gr_vec_clear(env, &x->b);
}

/* --- reading -------------------------------------------------------------- */

/* `absent` where the file has no such string. */
static GrBytes text_of(const GrJson *j, uint32_t i, const char *absent)
{
    if (!gr_js_is(j, i, GR_JSON_STRING))
        return (GrBytes){absent, strlen(absent)};
    return (GrBytes){j->node[i].text, j->node[i].n};
}

/* Known files have a handful; the bound keeps the struct flat. */
static gram_status add_step(GrEnv *env, GrDecoder *x, GrDecoderStep s,
                            size_t at)
{
    if (x->n == GR_DECODER_STEPS)
        return gr_fail(env, GRAM_E_UNSUPPORTED, at,
                       "a decoder of more than %d steps", GR_DECODER_STEPS);
    x->step[x->n++] = s;
    return GRAM_OK;
}

/* A replacement of ▁ by a space is remembered: then a token with a plain
 * space in its spelling is one that no text reaches. */
static gram_status read_replace(GrEnv *env, const GrJson *j, uint32_t i,
                                GrDecoder *x)
{
    uint32_t p = gr_js_get(j, gr_js_get(j, i, "pattern"), "String");
    GrDecoderStep s = {.op = GR_DECODE_REPLACE,
                       .from = text_of(j, p, ""),
                       .to = text_of(j, gr_js_get(j, i, "content"), "")};
    if (s.from.n == 0)
        return gr_fail(env, GRAM_E_UNSUPPORTED, j->node[i].at,
                       "a Replace decoder without a literal pattern");
    x->meta |= s.from.n == 3 && !memcmp(s.from.p, "\xE2\x96\x81", 3) &&
               s.to.n == 1 && !memcmp(s.to.p, " ", 1);
    return add_step(env, x, s, j->node[i].at);
}

/* One at the ends of the text: all known files have one character there. */
static gram_status add_ends(GrEnv *env, GrDecoder *x, GrDecoderStep s,
                            size_t at)
{
    if (x->ends.from.n > 0 && (x->ends.from.n != s.from.n ||
                               memcmp(x->ends.from.p, s.from.p, s.from.n) != 0))
        return gr_fail(env, GRAM_E_UNSUPPORTED, at,
                       "decoders that strip different characters");
    s.start += x->ends.start;
    s.stop += x->ends.stop;
    if (s.start > 255 || s.stop > 255)
        return gr_fail(env, GRAM_E_UNSUPPORTED, at,
                       "a decoder that strips more than 255 characters");
    x->ends = s;
    return GRAM_OK;
}

/* Cut short: far more than any file states, and for the ends of a text
 * add_ends refuses more than 255. */
static uint32_t count_of(const GrJson *j, uint32_t o, const char *key)
{
    uint64_t n = 0;
    gr_js_u64(j, gr_js_get(j, o, key), &n);
    return n < UINT16_MAX ? (uint32_t)n : UINT16_MAX;
}

/* Behind a Fuse it works on the whole text, before on every token. */
static gram_status read_strip(GrEnv *env, const GrJson *j, uint32_t i,
                              GrDecoder *x)
{
    GrDecoderStep s = {.op = GR_DECODE_STRIP,
                       .from = text_of(j, gr_js_get(j, i, "content"), ""),
                       .start = count_of(j, i, "start"),
                       .stop = count_of(j, i, "stop")};
    uint32_t len = 0;
    if (s.from.n > 0) gr_utf8_get(s.from.p, s.from.n, &len);
    if (len == 0 || len != s.from.n)
        return gr_fail(env, GRAM_E_UNSUPPORTED, j->node[i].at,
                       "a Strip decoder without a character");
    return x->fused ? add_ends(env, x, s, j->node[i].at)
                    : add_step(env, x, s, j->node[i].at);
}

/* The dummy space of a decoder that leaves it out. */
static gram_status add_dummy(GrEnv *env, GrDecoder *x, bool at_end, size_t at)
{
    GrDecoderStep s = {.op = GR_DECODE_STRIP,
                       .from = {" ", 1},
                       .start = !at_end,
                       .stop = at_end};
    return add_ends(env, x, s, at);
}

/* Old files say add_prefix_space, new ones prepend_scheme. */
static gram_status read_metaspace(GrEnv *env, const GrJson *j, uint32_t i,
                                  GrDecoder *x)
{
    uint32_t r = gr_js_get(j, i, "replacement"), at = j->node[i].at;
    GrDecoderStep s = {.op = GR_DECODE_REPLACE,
                       .from = text_of(j, r, "\xE2\x96\x81"),
                       .to = {" ", 1}};
    x->meta = true;
    if (s.from.n > 0) GR_TRY(add_step(env, x, s, at));
    if (gr_js_equals(j, gr_js_get(j, i, "prepend_scheme"), "never") ||
        !gr_js_true(j, i, "add_prefix_space", true))
        return GRAM_OK;
    return add_dummy(env, x, false, at);
}

/* Clean-up is a step of its own, because it works on the result. */
static gram_status read_wordpiece(GrEnv *env, const GrJson *j, uint32_t i,
                                  GrDecoder *x)
{
    GrDecoderStep s = {GR_DECODE_WORDPIECE,
                       text_of(j, gr_js_get(j, i, "prefix"), "##"),
                       {"", 0},
                       0,
                       0};
    GR_TRY(add_step(env, x, s, j->node[i].at));
    GR_TRY(add_dummy(env, x, false, j->node[i].at));
    if (!gr_js_true(j, i, "cleanup", true)) return GRAM_OK;
    s.op = GR_DECODE_CLEANUP;
    return add_step(env, x, s, j->node[i].at);
}

/* A decoder that is not known would make the bytes wrong, which is worse than
 * refusing the file. */
static gram_status read_one(GrEnv *env, const GrJson *j, uint32_t i,
                            GrDecoder *x)
{
    uint32_t type = gr_js_get(j, i, "type"), at = j->node[i].at;
    if (gr_js_equals(j, type, "ByteLevel")) {
        x->bytelevel = true;
        return add_step(env, x, (GrDecoderStep){.op = GR_DECODE_BYTELEVEL}, at);
    }
    if (gr_js_equals(j, type, "ByteFallback")) {
        x->fallback = true;
        return add_step(env, x, (GrDecoderStep){.op = GR_DECODE_BYTES}, at);
    }
    if (gr_js_equals(j, type, "Metaspace")) return read_metaspace(env, j, i, x);
    if (gr_js_equals(j, type, "BPEDecoder")) {
        uint32_t r = gr_js_get(j, i, "suffix");
        GrDecoderStep s = {.op = GR_DECODE_REPLACE,
                           .from = text_of(j, r, "</w>"),
                           .to = {" ", 1}};
        if (s.from.n == 0) return GRAM_OK;
        GR_TRY(add_step(env, x, s, at));
        return add_dummy(env, x, true, at);
    }
    if (gr_js_equals(j, type, "Replace")) return read_replace(env, j, i, x);
    if (gr_js_equals(j, type, "WordPiece")) return read_wordpiece(env, j, i, x);
    if (gr_js_equals(j, type, "Strip")) return read_strip(env, j, i, x);
    if (gr_js_equals(j, type, "Fuse")) {
        x->fused = true;
        return GRAM_OK;
    }
    GrBytes name = text_of(j, type, "?");
    return gr_fail(env, GRAM_E_UNSUPPORTED, at,
                   "the decoder '%.*s' is not known",
                   (int)(name.n < 40 ? name.n : 40), (const char *)name.p);
}

/* Without a decoder a spelling is its bytes.  A Sequence within a Sequence is
 * not known to occur, and is refused by its name. */
gram_status gr_decoder_read(GrEnv *env, const GrJson *j, uint32_t i,
                            GrDecoder *out)
{
    if (!gr_js_is(j, i, GR_JSON_OBJECT)) return GRAM_OK;
    GR_TRY(gr_js_whole(env, j, i));
    if (!gr_js_equals(j, gr_js_get(j, i, "type"), "Sequence"))
        return read_one(env, j, i, out);
    uint32_t list = gr_js_get(j, i, "decoders");
    if (!gr_js_is(j, list, GR_JSON_ARRAY)) return GRAM_OK;
    for (uint32_t k = list + 1; k < j->node[list].next; k = j->node[k].next)
        GR_TRY(read_one(env, j, k, out));
    return GRAM_OK;
}

/* Strip may say ▁ or the space that it becomes. */
gram_status gr_decoder_put_ends(GrVocabDraft *d, const GrDecoder *x,
                                bool prefix)
{
    GrDecoderStep s = x->ends;
    bool mark = s.from.n == 3 && !memcmp(s.from.p, "\xE2\x96\x81", 3);
    if (s.from.n == 0 || (mark && x->meta)) s.from = (GrBytes){" ", 1};
    if (prefix && s.start == 0) s.start = 1;
    if (s.start == 0 && s.stop == 0) return GRAM_OK;
    return gr_recipe_add(d, GR_OP_ENDS, s.start | s.stop << 8, s.from.p,
                         s.from.n);
}

/* --- running -------------------------------------------------------------- */

/* A step that makes a new text makes it in b; then they change places, so that
 * the result is always in a. */
static void swap(GrDecoder *x)
{
    GrText t = x->a;
    x->a = x->b;
    x->b = t;
}

/* Where `from` next stands in the text, at i or behind; its end if nowhere. */
static uint32_t next_hit(const GrText *t, uint32_t i, GrBytes from)
{
    const char first = *(const char *)from.p;
    while (t->n - i >= from.n) {
        const char *p = memchr(t->at + i, first, t->n - i - from.n + 1);
        if (p == NULL) break;
        i = (uint32_t)(p - t->at);
        if (memcmp(p, from.p, from.n) == 0) return i;
        i++;
    }
    return t->n;
}

/* b = a with every `from` replaced by `to`; then they change places.  Most
 * tokens have none, and stay where they are. */
static gram_status replace(GrEnv *env, GrDecoder *x, GrBytes from, GrBytes to)
{
    uint32_t i = 0, hit = next_hit(&x->a, 0, from);
    if (hit == x->a.n) return GRAM_OK;
    for (x->b.n = 0; x->b.n <= GR_LIMIT_TOKEN_BYTES;) {
        GR_TRY(gr_text_put(env, &x->b, x->a.at + i, hit - i));
        if (hit == x->a.n) break;
        GR_TRY(gr_text_put(env, &x->b, to.p, to.n));
        i = hit + (uint32_t)from.n;
        hit = next_hit(&x->a, i, from);
    }
    swap(x);
    return GRAM_OK;
}

/* A token that is not wholly in the byte alphabet stands for itself. */
static gram_status run_bytelevel(GrEnv *env, GrDecoder *x, GrDecoded *out)
{
    size_t n;
    GR_TRY(gr_vec_reserve(env, &x->b, x->a.n));
    x->b.n = 0;
    if (x->a.n == 0) return GRAM_OK;
    if (!gr_bytelevel_decode(x->a.at, x->a.n, x->b.at, &n)) {
        out->no_key = true;
        return GRAM_OK;
    }
    x->b.n = (uint32_t)n;
    swap(x);
    return GRAM_OK;
}

/* The same where it is the only step: from the file's text, without a copy. */
static gram_status run_alphabet(GrEnv *env, GrDecoder *x, GrBytes token,
                                GrDecoded *out)
{
    size_t n = 0;
    GR_TRY(gr_vec_reserve(env, &x->a, token.n));
    GR_TRY(gr_step(env, token.n / 8 + 1));
    if (token.n == 0) return GRAM_OK;
    out->no_key = !gr_bytelevel_decode(token.p, token.n, x->a.at, &n);
    out->bytes = out->no_key ? token : (GrBytes){x->a.at, n};
    return GRAM_OK;
}

/* The rest of a word loses its mark; anything else begins a word. */
static gram_status run_wordpiece(GrEnv *env, GrDecoder *x, GrBytes prefix)
{
    if (x->a.n >= prefix.n && !memcmp(x->a.at, prefix.p, prefix.n)) {
        memmove(x->a.at, x->a.at + prefix.n, x->a.n - prefix.n);
        x->a.n -= (uint32_t)prefix.n;
        return GRAM_OK;
    }
    GR_TRY(gr_text_put(env, &x->a, " ", 1));
    memmove(x->a.at + 1, x->a.at, x->a.n - 1);
    x->a.at[0] = ' ';
    return GRAM_OK;
}

/* As often as it stands there, but no more often than is stated. */
static void run_strip(GrDecoder *x, const GrDecoderStep *s)
{
    uint32_t from = 0, to = x->a.n, n = (uint32_t)s->from.n;
    for (uint32_t k = 0; k < s->start && to - from >= n; k++, from += n)
        if (memcmp(x->a.at + from, s->from.p, n) != 0) break;
    for (uint32_t k = 0; k < s->stop && to - from >= n; k++, to -= n)
        if (memcmp(x->a.at + to - n, s->from.p, n) != 0) break;
    if (from > 0) memmove(x->a.at, x->a.at + from, to - from);
    x->a.n = to - from;
}

/* The clean-up of English spacing that the WordPiece decoder does. */
static gram_status run_cleanup(GrEnv *env, GrDecoder *x)
{
    static const char *const pair[][2] = {
        {" .", "."},   {" ?", "?"},     {" !", "!"},    {" ,", ","},
        {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},  {" do not", " don't"},
        {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        GR_TRY(replace(env, x, (GrBytes){pair[i][0], strlen(pair[i][0])},
                       (GrBytes){pair[i][1], strlen(pair[i][1])}));
    return GRAM_OK;
}

/* Byte fallback is last here: only it ends in one byte. */
static gram_status run_step(GrEnv *env, GrDecoder *x, const GrDecoderStep *s,
                            GrDecoded *out)
{
    switch (s->op) {
    case GR_DECODE_BYTELEVEL: return run_bytelevel(env, x, out);
    case GR_DECODE_REPLACE: return replace(env, x, s->from, s->to);
    case GR_DECODE_WORDPIECE: return run_wordpiece(env, x, s->from);
    case GR_DECODE_CLEANUP: return run_cleanup(env, x);
    case GR_DECODE_STRIP: run_strip(x, s); return GRAM_OK;
    case GR_DECODE_BYTES: break;
    }
    int byte = gr_byte_piece(x->a.at, x->a.n);
    if (byte < 0) return GRAM_OK;
    out->is_byte = true;
    x->a.at[0] = (char)(uint8_t)byte;
    x->a.n = 1;
    return GRAM_OK;
}

/* A plain space in a spelling is refused as a key, not as a token: the model
 * was trained on texts in which every space had become ▁, so that no text
 * leads to it; it is a token all the same, for its bytes. */
gram_status gr_decoder_run(GrEnv *env, GrDecoder *x, GrBytes token,
                           GrDecoded *out)
{
    *out = (GrDecoded){{NULL, 0}, false, false};
    if (gr_decoder_is_alphabet(x)) return run_alphabet(env, x, token, out);
    if (x->meta && token.n > 0 && memchr(token.p, ' ', token.n))
        out->no_key = true;
    GR_TRY(gr_vec_reserve(env, &x->a, token.n));
    if (token.n > 0) memcpy(x->a.at, token.p, token.n);
    x->a.n = (uint32_t)token.n;
    for (uint32_t i = 0; i < x->n; i++) {
        GR_TRY(run_step(env, x, &x->step[i], out));
        GR_TRY(gr_step(env, x->a.n / 8 + 1));
    }
    out->bytes = (GrBytes){x->a.at, x->a.n};
    return GRAM_OK;
}
