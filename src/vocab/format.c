/* Which reader?  Told by the first bytes, never by the name.
 *
 *     gramVOC\n         a pack                     pack.c
 *     GRd1              the embedded table         read_default.c
 *     LGV1              a flat benchmark file      read_flat.c
 *     GGUF              GGUF                       read_gguf.c
 *     { ...             JSON: tokenizer.json, tekken.json or vocab.json, by
 *                       the members of the object  read_hf.c and others
 *     BASE64 SP NUMBER  a tiktoken rank file       read_tiktoken.c
 *     protobuf          a SentencePiece model      read_sentencepiece.c
 */
#include "vocab/readers.h"

#include <stdio.h>

/* Longer than the file is no. */
static bool starts(GrBytes f, const char *with, size_t n)
{
    return f.n >= n && memcmp(f.p, with, n) == 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static char first_char(GrBytes f)
{
    const char *p = f.p;
    size_t i = 0;
    while (i < f.n && is_space(p[i])) i++;
    return i < f.n ? p[i] : 0;
}

/* Is the first line that is not empty "BASE64 NUMBER"? */
static bool is_ranks(GrBytes f)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    const char *p = f.p;
    size_t i = 0;
    while (i < f.n && (p[i] == '\n' || p[i] == '\r')) i++;
    size_t from = i;
    while (i < f.n && p[i] != 0 && strchr(digits, p[i])) i++;
    return i > from && i + 1 < f.n && p[i] == ' ' && p[i + 1] >= '0' &&
           p[i + 1] <= '9';
}

/* tokenizer.json has an object "model", tekken.json an array "vocab"; what
 * has neither can only be {"token": id}. */
static gram_status read_json(GrVocabDraft *d, GrBytes file)
{
    GrArena arena = {NULL};
    GrJson j;
    gram_status s =
        gr_json_read(&d->env, &arena, file.p, file.n, 0, GR_JSON_FOLD, &j);
    if (s == GRAM_OK) {
        if (gr_js_is(&j, gr_js_get(&j, 0, "model"), GR_JSON_OBJECT))
            s = gr_read_tokenizer_json(d, &j, file);
        else if (gr_js_is(&j, gr_js_get(&j, 0, "vocab"), GR_JSON_ARRAY))
            s = gr_read_tekken(d, &j, file);
        else
            s = gr_read_vocab_json(d, &j, file);
    }
    gr_arena_clear(&d->env, &arena);
    return s;
}

/* Lines and columns are for texts; in a binary file the byte is the place. */
void gr_error_in_bytes(gram_error *e)
{
    if (e == NULL || e->line == 0) return; /* it has no place */
    size_t n = strlen(e->message);
    snprintf(e->message + n, sizeof e->message - n, ", at byte %zu", e->offset);
    e->line = e->column = 0;
}

static void locate(gram_error *e, GrBytes f)
{
    if (first_char(f) == '{' || is_ranks(f))
        gr_error_locate(e, f.p, f.n);
    else
        gr_error_in_bytes(e);
}

static gram_status read_any(GrVocabDraft *d, GrBytes f)
{
    if (starts(f, "GRd1", 4)) return gr_read_default(d, f);
    if (starts(f, "LGV1", 4)) return gr_read_flat(d, f);
    if (starts(f, "GGUF", 4)) return gr_read_gguf(d, f);
    if (first_char(f) == '{') return read_json(d, f);
    if (is_ranks(f)) return gr_read_tiktoken(d, f);
    if (f.n > 0 && gr_is_sentencepiece(f)) return gr_read_sentencepiece(d, f);
    return gr_fail(&d->env, GRAM_E_VOCAB, 0,
                   "not a tokenizer file of a known format");
}

/* Copy a finished vocabulary back into a draft, so that options can change
 * it. */
static gram_status reopen(GrVocabDraft *d, const GrVocab *v)
{
    GrSpan pattern;
    d->id_limit = GR_LIMIT_VOCAB_TOKENS - 1;
    d->width = v->width;
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        uint32_t len;
        const char *p = gr_vocab_bytes(v, t, &len);
        GR_TRY(gr_draft_extend(d, t, 0));
        d->kind.at[t] = v->kind[t];
        GR_TRY(gr_draft_text(d, p, len, &d->span.at[t]));
    }
    for (uint32_t i = 0; i < v->n_names; i++)
        GR_TRY(gr_draft_name(d, v->name_id[i], v->name_text + v->name_off[i],
                             v->name_off[i + 1] - v->name_off[i]));
    for (uint32_t i = 0; i < v->n_end; i++) GR_TRY(gr_draft_end(d, v->end[i]));
    GR_TRY(gr_recipe_bytes(d, v->recipe, v->recipe_len));
    return gr_read_specials(d, &pattern);
}

/* A pack is complete; only these options add to it. */
static bool changes(const GrVocabOptions *o)
{
    return o && (o->n_end_ids > 0 || o->width > 0 ||
                 o->side[GR_SIDE_SPECIALS].p != NULL);
}

gram_status gr_vocab_reseal(const GrVocabOptions *o, GrVocab *v,
                            gram_error *error, GrVocab **out)
{
    if (!changes(o)) {
        *out = v;
        return GRAM_OK;
    }
    GrVocabDraft d;
    gr_draft_init(&d, o, 0, error);
    gram_status s = reopen(&d, v);
    gr_vocab_free(v);
    if (s == GRAM_OK) return gr_draft_seal(&d, out);
    gr_draft_clear(&d);
    return s;
}

gram_status gr_vocab_from_memory(const GrVocabOptions *o, const void *file,
                                 size_t len, gram_error *error, GrVocab **out)
{
    GrVocabDraft d;
    gram_status s;
    if (gr_pack_is(file, len)) {
        GrVocab *v;
        uint32_t flags = o && o->trust_packs ? GR_PACK_TRUST : 0;
        GR_TRY(gr_vocab_from_pack(o ? o->alloc : NULL, file, len, flags, error,
                                  &v));
        return gr_vocab_reseal(o, v, error, out);
    }
    gr_draft_init(&d, o, len, error);
    s = read_any(&d, (GrBytes){file, len});
    if (s == GRAM_OK)
        s = gr_draft_seal(&d, out);
    else
        gr_draft_clear(&d);
    if (s != GRAM_OK) locate(error, (GrBytes){file, len});
    return s;
}

gram_status gr_vocab_from_default(const GrVocabOptions *o, gram_error *error,
                                  GrVocab **out)
{
    return gr_vocab_from_memory(o, gr_default_vocab, gr_default_vocab_len,
                                error, out);
}
