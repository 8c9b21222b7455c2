/* Vocabulary handles.
 *
 * A handle is a vocabulary (which has an env of its own), the tables that masks
 * need of it, and an encoder that is made when first used.  It never changes
 * after it has been made, but for the encoder, so that any number of grammars
 * and threads may read it; the last owner frees it. */
#include "api/api.h"

/* Structs grow at their end, and 0 is each new field's default.  So a longer
 * one of a newer caller is taken as long as it asks for nothing unknown.  By
 * memcpy, since `from` may be shorter than this version's type. */
bool gr_struct_read(void *to, size_t size, const void *from)
{
    size_t given;
    memcpy(&given, from, sizeof given);
    if (given < sizeof given) return false;
    const unsigned char *bytes = from;
    for (size_t i = size; i < given; i++)
        if (bytes[i] != 0) return false;
    memset(to, 0, size);
    memcpy(to, from, given < size ? given : size);
    memcpy(to, &size, sizeof size);
    return true;
}

/* --- options -------------------------------------------------------------- */

/* Errors before there is an env. */
static gram_status fail(gram_error *error, gram_status code, const char *why)
{
    GrEnv env = {.error = error};
    return gr_fail(&env, code, GR_NOWHERE, "%s", why);
}

/* Bytes and ids stay the caller's, and are read only during the call. */
static gram_status read_options(const gram_vocab_options *opt,
                                gram_error *error, GrVocabOptions *to)
{
    gram_vocab_options o = {0};
    *to = (GrVocabOptions){0};
    if (opt != NULL && !gr_struct_read(&o, sizeof o, opt))
        return fail(error, GRAM_E_ARGUMENT,
                    "gram_vocab_options has an unknown size");
    if (o.n_end_ids > UINT32_MAX || (o.end_ids == NULL && o.n_end_ids > 0))
        return fail(error, GRAM_E_ARGUMENT, "end_ids is out of range");
    if (o.specials == NULL && o.specials_len > 0)
        return fail(error, GRAM_E_ARGUMENT, "specials is out of range");
    to->alloc = o.allocator;
    to->max_memory = o.max_memory;
    to->end_ids = o.end_ids;
    to->n_end_ids = (uint32_t)o.n_end_ids;
    to->width = o.width;
    to->trust_packs = o.trust_pack != 0;
    to->side[GR_SIDE_SPECIALS] = (GrBytes){o.specials, o.specials_len};
    return GRAM_OK;
}

/* --- making --------------------------------------------------------------- */

/* Takes v over, whatever happens. v has been paid for by its own env; the
 * handle and the tables get a second one of the same limit. */
static gram_status wrap(GrVocab *v, const GrVocabOptions *o, gram_error *error,
                        gram_vocab **out)
{
    GrEnv env;
    gr_env_init(&env, o->alloc, o->max_memory, 0);
    env.error = error;
    gram_vocab *h = gr_zalloc(&env, 1, sizeof *h);
    if (h == NULL) {
        gr_vocab_free(v);
        return GRAM_E_MEMORY;
    }
    h->env = env;
    h->v = v;
    atomic_store(&h->refs, 1);
    pthread_mutex_init(&h->lock, NULL);
    gram_status status = gr_tables_new(&h->env, v, &h->tables);
    /* the caller's buffer ends with the call */
    h->env.error = NULL;
    if (status == GRAM_OK)
        *out = h;
    else
        gram_vocab_free(h);
    return status;
}

/* From memory, a file, the embedded table, or a caller's list: the same four
 * lines, each with its own check. */
gram_status gram_vocab_load(const void *data, size_t len,
                            const gram_vocab_options *opt, gram_vocab **out,
                            gram_error *error)
{
    GrVocabOptions o;
    GrVocab *v;
    if (out == NULL || (data == NULL && len > 0))
        return fail(error, GRAM_E_ARGUMENT, "a pointer is NULL");
    GR_TRY(read_options(opt, error, &o));
    GR_TRY(gr_vocab_from_memory(&o, data, len, error, &v));
    return wrap(v, &o, error, out);
}

gram_status gram_vocab_load_file(const char *path,
                                 const gram_vocab_options *opt,
                                 gram_vocab **out, gram_error *error)
{
    GrVocabOptions o;
    GrVocab *v;
    if (out == NULL || path == NULL)
        return fail(error, GRAM_E_ARGUMENT, "a pointer is NULL");
    GR_TRY(read_options(opt, error, &o));
    GR_TRY(gr_vocab_from_path(&o, path, error, &v));
    return wrap(v, &o, error, out);
}

/* Special tokens are stated for a file that does not; elsewhere they would be
 * dropped without a word. */
static gram_status refuse_specials(const GrVocabOptions *o, gram_error *error)
{
    if (o->side[GR_SIDE_SPECIALS].p == NULL) return GRAM_OK;
    return fail(error, GRAM_E_ARGUMENT,
                "specials belong to a tokenizer file, and there is none");
}

gram_status gram_vocab_default(const gram_vocab_options *opt, gram_vocab **out,
                               gram_error *error)
{
    GrVocabOptions o;
    GrVocab *v;
    if (out == NULL) return fail(error, GRAM_E_ARGUMENT, "a pointer is NULL");
    GR_TRY(read_options(opt, error, &o));
    GR_TRY(refuse_specials(&o, error));
    GR_TRY(gr_vocab_from_default(&o, error, &v));
    return wrap(v, &o, error, out);
}

/* Into the rooms' own type; the bytes are not copied here. */
static gram_status copy_tokens(const gram_token *tokens, size_t n,
                               gram_error *error, GrToken *to)
{
    for (size_t i = 0; i < n; i++) {
        if (tokens[i].kind > GRAM_TOKEN_GAP ||
            (tokens[i].bytes == NULL && tokens[i].len > 0))
            return fail(error, GRAM_E_ARGUMENT,
                        "a token has an unknown kind or no bytes");
        to[i] =
            (GrToken){tokens[i].bytes, tokens[i].len, (uint8_t)tokens[i].kind};
    }
    return GRAM_OK;
}

/* The list is needed until gr_vocab_from_tokens has packed it. */
gram_status gram_vocab_new(const gram_token *tokens, size_t n,
                           const gram_vocab_options *opt, gram_vocab **out,
                           gram_error *error)
{
    GrVocabOptions o;
    GrVocab *v;
    GrEnv env;
    if (out == NULL || (tokens == NULL && n > 0))
        return fail(error, GRAM_E_ARGUMENT, "a pointer is NULL");
    /* before n + 1 is allocated */
    if (n >= GR_LIMIT_VOCAB_TOKENS)
        return fail(error, GRAM_E_LIMIT, "too many tokens");
    GR_TRY(read_options(opt, error, &o));
    GR_TRY(refuse_specials(&o, error));
    gr_env_init(&env, o.alloc, o.max_memory, 0);
    env.error = error;
    GrToken *copy = gr_zalloc(&env, n + 1, sizeof *copy);
    if (copy == NULL) return GRAM_E_MEMORY;
    gram_status status = copy_tokens(tokens, n, error, copy);
    if (status == GRAM_OK)
        status = gr_vocab_from_tokens(&o, copy, (uint32_t)n, NULL, error, &v);
    gr_free(&env, copy, (n + 1) * sizeof *copy);
    return status == GRAM_OK ? wrap(v, &o, error, out) : status;
}

gram_vocab *gram_vocab_share(gram_vocab *v)
{
    if (v != NULL) atomic_fetch_add(&v->refs, 1);
    return v;
}

/* Grammars are owners, too (api.h), so nothing that needs it is left. */
void gram_vocab_free(gram_vocab *h)
{
    if (h == NULL || atomic_fetch_sub(&h->refs, 1) != 1) return;
    gr_encoder_free(h->encoder);
    gr_tables_free(h->tables);
    gr_vocab_free(h->v);
    pthread_mutex_destroy(&h->lock);
    GrEnv env = h->env;
    gr_free(&env, h, sizeof *h);
}

/* --- asking --------------------------------------------------------------- */

/* NULL is an empty vocabulary. */
uint32_t gram_vocab_size(const gram_vocab *h)
{
    return h ? h->v->n_tokens : 0;
}

uint32_t gram_vocab_mask_words(const gram_vocab *h)
{
    return h ? h->v->mask_words : 0;
}

/* Bytes of what is text; of control tokens their names.  Not terminated by a
 * zero, so *len is the only end. */
const char *gram_vocab_token(const gram_vocab *h, uint32_t id, size_t *len)
{
    uint32_t n = 0;
    const char *bytes = NULL;
    if (h != NULL && id < h->v->n_tokens)
        bytes = h->v->kind[id] < GR_TOKEN_SPECIAL ? gr_vocab_bytes(h->v, id, &n)
                                                  : gr_vocab_name(h->v, id, &n);
    if (len != NULL) *len = bytes ? n : 0;
    return bytes;
}

gram_token_kind gram_vocab_kind(const gram_vocab *h, uint32_t id)
{
    if (h == NULL || id >= h->v->n_tokens) return GRAM_TOKEN_GAP;
    return (gram_token_kind)h->v->kind[id];
}

/* Lives as long as the handle. */
const uint32_t *gram_vocab_end_ids(const gram_vocab *h, size_t *n)
{
    if (n != NULL) *n = h ? h->v->n_end : 0;
    return h ? h->v->end : NULL;
}

/* It has no status to say so: of what is asked for, the one that has a place is
 * written. */
void gram_vocab_digest(const gram_vocab *h, uint8_t tokens[32],
                       uint8_t kinds[32])
{
    uint8_t hash[2][32] = {{0}};
    if (h != NULL) gr_vocab_digest(h->v, hash[0], hash[1]);
    if (tokens != NULL) memcpy(tokens, hash[0], 32);
    if (kinds != NULL) memcpy(kinds, hash[1], 32);
}

/* The block that the vocabulary is read from (pack.c), so this is no copy and
 * lives as long as the handle. */
const void *gram_vocab_pack(const gram_vocab *h, size_t *len)
{
    if (len != NULL) *len = h ? h->v->block_len : 0;
    return h ? h->v->block : NULL;
}

uint64_t gram_vocab_fingerprint(const gram_vocab *h)
{
    return h ? h->v->fingerprint : 0;
}

/* Under the lock: the encoder has scratch memory, and `found` lies in it until
 * the next call.  *n is written even where the ids do not fit, so that the
 * caller can ask again with room. */
static gram_status encode(gram_vocab *h, const char *text, size_t len,
                          uint32_t *ids, size_t cap, size_t *n,
                          gram_error *error)
{
    const uint32_t *found;
    size_t count;
    if (h->encoder == NULL) GR_TRY(gr_encoder_new(h->v, 0, error, &h->encoder));
    GR_TRY(gr_encode(h->encoder, text, len, error, &found, &count));
    if (n != NULL) *n = count;
    /* nothing is cut: half of a text's ids would be another text */
    if (count > cap)
        return fail(error, GRAM_E_ARGUMENT, "there are more ids than fit");
    if (count > 0) memcpy(ids, found, count * sizeof *ids);
    return GRAM_OK;
}

gram_status gram_vocab_encode(const gram_vocab *v, const char *text, size_t len,
                              uint32_t *ids, size_t cap, size_t *n,
                              gram_error *error)
{
    /* the encoder is a cache behind a lock, no part of the vocabulary */
    gram_vocab *h = (gram_vocab *)(uintptr_t)v;
    if (h == NULL || (text == NULL && len > 0) || (ids == NULL && cap > 0))
        return fail(error, GRAM_E_ARGUMENT, "a pointer is NULL");
    pthread_mutex_lock(&h->lock);
    gram_status status = encode(h, text ? text : "", len, ids, cap, n, error);
    pthread_mutex_unlock(&h->lock);
    return status;
}

/* Needs no lock: decoding has no scratch memory, it writes into the
 * caller's. */
gram_status gram_vocab_decode(const gram_vocab *h, const uint32_t *ids,
                              size_t n, uint32_t flags, char *text, size_t cap,
                              size_t *len, gram_error *error)
{
    size_t unused;
    if (h == NULL || (ids == NULL && n > 0) || (text == NULL && cap > 0))
        return fail(error, GRAM_E_ARGUMENT, "a pointer is NULL");
    if (flags & ~(uint32_t)(GRAM_DECODE_BEFORE | GRAM_DECODE_AFTER))
        return fail(error, GRAM_E_ARGUMENT, "an unknown flag");
    return gr_decode(h->v, ids, n, flags, text, cap, len ? len : &unused,
                     error);
}
