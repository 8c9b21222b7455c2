/* GGUF: tokens, types, scores and merges of the key-value area.
 *
 *     "GGUF" u32 version  u64 n_tensors  u64 n_keys
 *     n_keys times {string key, u32 type, value}
 *     string: u64 n, n bytes      array: u32 type, u64 n, n values
 *
 * In: a mapped file.  Out: a draft, and through gguf_recipe.c its recipe.
 * Two passes: over the keys, which only remembers where arrays lie, since
 * types may stand behind the tokens that they belong to; then over the tokens.
 * Cost: O(bytes of the area), 8 MB in 45 ms with 280,000 merges.
 *
 * Only this area is read, so that of a mapped model of 40 GB a few MB are
 * touched.  Every length is checked against what is left before it is used;
 * an array's count is bounded by the bytes that its elements must have.
 * Source: the GGUF specification of ggml; meaning of the tokenizer keys as
 * llama.cpp's vocabulary loader reads them. */
#include "vocab/gguf.h"

enum {
    T_U8,
    T_I8,
    T_U16,
    T_I16,
    T_U32,
    T_I32,
    T_F32,
    T_BOOL,
    T_STRING,
    T_ARRAY,
    T_U64,
    T_I64,
    T_F64,
    T_COUNT
};

static const uint8_t type_size[T_COUNT] = {
    [T_U8] = 1,  [T_I8] = 1,  [T_U16] = 2, [T_I16] = 2,
    [T_U32] = 4, [T_I32] = 4, [T_F32] = 4, [T_BOOL] = 1,
    [T_U64] = 8, [T_I64] = 8, [T_F64] = 8};

typedef struct Cursor {
    GrVocabDraft *d;
    const uint8_t *p;
    size_t n, at;
} Cursor;

/* The one error of most damaged files: a length that is too large. */
static gram_status cut(const Cursor *c)
{
    GrEnv *env = &c->d->env;
    return gr_fail(env, GRAM_E_VOCAB, c->at,
                   "GGUF: a value runs past the end of the file");
}

/* Compared without adding, so that no length can wrap. */
static gram_status take(Cursor *c, uint64_t n, const uint8_t **out)
{
    if (n > c->n - c->at) return cut(c);
    *out = c->p + c->at;
    c->at += (size_t)n;
    return GRAM_OK;
}

/* Little endian; n of 0 to 8 bytes. */
static uint64_t load(const uint8_t *p, uint32_t n)
{
    uint64_t x = 0;
    while (n > 0) x = x << 8 | p[--n];
    return x;
}

static gram_status take_int(Cursor *c, uint32_t size, uint64_t *out)
{
    const uint8_t *p = NULL;
    GR_TRY(take(c, size, &p));
    *out = load(p, size);
    return GRAM_OK;
}

static gram_status take_string(Cursor *c, GrBytes *out)
{
    if (c->n - c->at < 8) return cut(c);
    uint64_t n = gr_load_u64(c->p + c->at);
    c->at += 8;
    if (n > c->n - c->at) return cut(c);
    *out = (GrBytes){c->p + c->at, (size_t)n};
    c->at += (size_t)n;
    return GRAM_OK;
}

/* Half a million of them in a file, so position and end are kept at hand. */
static gram_status skip_strings(Cursor *c, uint64_t n)
{
    size_t left = c->n - c->at;
    for (; n > 0 && left >= 8; n--) {
        uint64_t len = gr_load_u64(c->p + (c->n - left));
        if (len > left - 8) break;
        left -= 8 + (size_t)len;
    }
    c->at = c->n - left;
    return n > 0 ? cut(c) : GRAM_OK;
}

/* Step over the elements of an array and remember where they lie. */
static gram_status take_array(Cursor *c, GrGgufArray *out)
{
    uint64_t type, n;
    const uint8_t *p;
    GR_TRY(take_int(c, 4, &type));
    GR_TRY(take_int(c, 8, &n));
    uint32_t least = type == T_STRING ? 8
                     : type < T_COUNT ? type_size[type]
                                      : 0;
    if (least == 0)
        return gr_fail(&c->d->env, GRAM_E_UNSUPPORTED, c->at,
                       "GGUF: an array of type %llu", (unsigned long long)type);
    if (n > (c->n - c->at) / least) return cut(c);
    *out = (GrGgufArray){c->p + c->at, n, (uint32_t)type, c->at, 0};
    if (type != T_STRING) GR_TRY(take(c, n * least, &p));
    if (type == T_STRING) GR_TRY(skip_strings(c, n));
    out->end = c->at;
    return GRAM_OK;
}

/* Keys that are not ours are read too: the next one lies behind them. */
static gram_status take_value(Cursor *c, GrGgufValue *v)
{
    uint64_t type;
    GR_TRY(take_int(c, 4, &type));
    *v = (GrGgufValue){.type = (uint32_t)type};
    if (type == T_STRING) return take_string(c, &v->text);
    if (type == T_ARRAY) return take_array(c, &v->array);
    if (type >= T_COUNT)
        return gr_fail(&c->d->env, GRAM_E_VOCAB, c->at,
                       "GGUF: a value of unknown type %llu",
                       (unsigned long long)type);
    return take_int(c, type_size[type], &v->number);
}

static bool is_key(GrBytes key, const char *name)
{
    return key.n == strlen(name) && memcmp(key.p, name, key.n) == 0;
}

/* The width is under the name of the architecture: "llama.vocab_size". */
static bool ends_with(GrBytes key, const char *end)
{
    size_t n = strlen(end);
    return key.n >= n && memcmp((const char *)key.p + key.n - n, end, n) == 0;
}

/* Ids are written as any of these, by different tools. */
static bool is_integer(const GrGgufValue *v)
{
    return v->type <= T_I32 || v->type == T_U64 || v->type == T_I64;
}

/* Keys that hold one id each. */
static const struct {
    const char *key;
    size_t member;
} id_keys[] = {{"tokenizer.ggml.eos_token_id", offsetof(GrGguf, eos)},
               {"tokenizer.ggml.eot_token_id", offsetof(GrGguf, eot)},
               {"tokenizer.ggml.eom_token_id", offsetof(GrGguf, eom)},
               {"tokenizer.ggml.unknown_token_id", offsetof(GrGguf, unknown)},
               {"tokenizer.ggml.fim_pad_token_id", offsetof(GrGguf, fim_pad)},
               {"tokenizer.ggml.fim_rep_token_id", offsetof(GrGguf, fim_rep)},
               {"tokenizer.ggml.fim_sep_token_id", offsetof(GrGguf, fim_sep)}};

/* A key of the right name and the wrong type is left alone, as if absent. */
static void keep(GrGguf *g, GrBytes key, const GrGgufValue *v)
{
    for (size_t i = 0; i < sizeof id_keys / sizeof *id_keys; i++)
        if (is_integer(v) && is_key(key, id_keys[i].key))
            *(uint64_t *)((char *)g + id_keys[i].member) = v->number;
    bool is_array = v->type == T_ARRAY, is_text = v->type == T_STRING;
    if (is_text && is_key(key, "tokenizer.ggml.model")) g->model = v->text;
    if (is_text && is_key(key, "tokenizer.ggml.pre")) g->pre = v->text;
    if (is_array && is_key(key, "tokenizer.ggml.tokens")) g->tokens = v->array;
    if (is_array && is_key(key, "tokenizer.ggml.token_type"))
        g->types = v->array;
    if (is_array && is_key(key, "tokenizer.ggml.scores")) g->scores = v->array;
    if (is_array && is_key(key, "tokenizer.ggml.merges")) g->merges = v->array;
    if (is_array && is_key(key, "tokenizer.ggml.precompiled_charsmap"))
        g->charsmap = v->array;
    if (v->type == T_BOOL && is_key(key, "tokenizer.ggml.add_space_prefix"))
        g->add_space_prefix = (int)v->number;
    if (v->type == T_BOOL &&
        is_key(key, "tokenizer.ggml.remove_extra_whitespaces"))
        g->remove_extra_spaces = (int)v->number;
    if (v->type == T_BOOL && is_key(key, "tokenizer.ggml.normalizer.lowercase"))
        g->lowercase = v->number != 0;
    if (v->type == T_BOOL &&
        is_key(key, "tokenizer.ggml.normalizer.strip_accents"))
        g->strip_accents = (int)v->number;
    if (is_integer(v) && ends_with(key, ".vocab_size") && v->number > 0 &&
        v->number < GR_LIMIT_VOCAB_TOKENS)
        g->width = (uint32_t)v->number;
}

/* A false count of keys ends where the file does: every key takes bytes. */
static gram_status read_keys(Cursor *c, GrGguf *g)
{
    uint64_t version, n_tensors, n_keys;
    const uint8_t *p;
    GR_TRY(take(c, 4, &p));
    GR_TRY(take_int(c, 4, &version));
    if (version != 2 && version != 3)
        return gr_fail(&c->d->env, GRAM_E_UNSUPPORTED, 4,
                       "GGUF version %llu (2 and 3 are read, little endian)",
                       (unsigned long long)version);
    GR_TRY(take_int(c, 8, &n_tensors));
    GR_TRY(take_int(c, 8, &n_keys));
    for (uint64_t i = 0; i < n_keys; i++) {
        GrBytes key;
        GrGgufValue v;
        GR_TRY(take_string(c, &key));
        GR_TRY(take_value(c, &v));
        keep(g, key, &v);
    }
    return GRAM_OK;
}

/* --- tokens --------------------------------------------------------------- */

/* The file's types: 1 normal, 2 unknown, 3 control, 4 user, 5 unused,
 * 6 byte; anything else is no text. */
static GrTokenKind kind_of(uint64_t type)
{
    static const GrTokenKind kinds[] = {
        GR_TOKEN_UNUSED, GR_TOKEN_NORMAL, GR_TOKEN_UNKNOWN, GR_TOKEN_SPECIAL,
        GR_TOKEN_USER,   GR_TOKEN_UNUSED, GR_TOKEN_BYTE};
    return type < 7 ? kinds[type] : GR_TOKEN_UNUSED;
}

/* \t, \n, \r, \xHH, and a backslash before anything else. */
static bool rwkv_decode(const char *p, size_t n, char *out, size_t *len)
{
    static const char from[] = "tnr", to[] = "\t\n\r";
    *len = 0;
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (c == '\\' && ++i < n) {
            const char *known = memchr(from, p[i], 3);
            c = known ? to[known - from] : p[i];
            if (p[i] == 'x') {
                char piece[6] = {'<', '0', 'x', 0, 0, '>'};
                if (n - i < 3) return false;
                memcpy(piece + 3, p + i + 1, 2);
                int byte = gr_byte_piece(piece, 6);
                if (byte < 0) return false;
                c = (char)(uint8_t)byte;
                i += 2;
            }
        }
        out[(*len)++] = c;
    }
    return true;
}

/* Only normal tokens are spelled; others stand as they are written. */
static gram_status set_token(GrVocabDraft *d, const GrGguf *g, uint64_t id,
                             GrBytes s, GrText *buffer)
{
    GrTokenKind kind = g->types.n ? kind_of(gr_load_u32(g->types.p + 4 * id))
                                  : GR_TOKEN_NORMAL;
    size_t n = s.n,
           at = (size_t)((const uint8_t *)s.p - (const uint8_t *)g->file.p);
    int byte = kind == GR_TOKEN_BYTE ? gr_byte_piece(s.p, s.n) : -1;
    if (kind == GR_TOKEN_BYTE && byte < 0)
        return gr_fail(&d->env, GRAM_E_VOCAB, at,
                       "GGUF: a byte token that is not <0xHH>");
    if (kind == GR_TOKEN_BYTE) {
        char b = (char)(uint8_t)byte;
        return gr_draft_set(d, id, kind, &b, 1, at);
    }
    if (kind != GR_TOKEN_NORMAL || s.n > GR_LIMIT_TOKEN_BYTES)
        return gr_draft_set(d, id, kind, s.p, s.n, at);
    GR_TRY(gr_vec_reserve(&d->env, buffer, s.n + 1));
    if (g->form == GR_GGUF_BYTES) {
        if (!gr_bytelevel_decode(s.p, s.n, buffer->at, &n))
            return gr_draft_set(d, id, kind, s.p, s.n, at);
    } else if (g->form != GR_GGUF_RWKV) {
        n = gr_metaspace_decode(s.p, s.n, buffer->at);
    } else if (!rwkv_decode(s.p, s.n, buffer->at, &n)) {
        return gr_fail(&d->env, GRAM_E_VOCAB, at,
                       "GGUF: \\x without two hexadecimal digits");
    }
    return gr_draft_set(d, id, kind, buffer->at, n, at);
}

static gram_status set_tokens(GrVocabDraft *d, const GrGguf *g)
{
    GrGgufArray a = g->tokens;
    GrText buffer = {0};
    GrBytes s;
    gram_status status = GRAM_OK;
    for (uint64_t id = 0; status == GRAM_OK && gr_gguf_string(&a, &s); id++)
        status = set_token(d, g, id, s, &buffer);
    gr_vec_clear(&d->env, &buffer);
    return status;
}

/* Arrays beside the tokens must have an element for each, or a look-up by id
 * would leave them. */
static gram_status check_arrays(GrVocabDraft *d, GrGguf *g)
{
    const char *what = NULL;
    if (g->tokens.p == NULL || g->tokens.type != T_STRING)
        what = "no list of tokens";
    else if (g->types.p && (g->types.n < g->tokens.n ||
                            (g->types.type != T_I32 && g->types.type != T_U32)))
        what = "token types do not fit the tokens";
    else if (g->scores.p &&
             (g->scores.n < g->tokens.n || g->scores.type != T_F32))
        what = "scores do not fit the tokens";
    else if (g->merges.p && g->merges.type != T_STRING)
        what = "merges are not strings";
    else if (g->charsmap.p && type_size[g->charsmap.type] != 1)
        what = "the character map is not bytes";
    if (what == NULL) return GRAM_OK;
    return gr_fail(&d->env, GRAM_E_VOCAB, g->tokens.at, "GGUF: %s", what);
}

/* --- ids that end a generation -------------------------------------------- */

/* llama.cpp, which runs these files, also stops at tokens spelled so,
 * whatever their type; text that contained one would end there. */
static const char *const end_names[] = {
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|flush|>",
    "<|calls|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "</s>",
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "<eos>",
    "<turn|>",
    "<|tool_response>",
    ("<\xEF\xBD\x9C"
     "end\xE2\x96\x81of\xE2\x96\x81sentence\xEF\xBD\x9C>"),
    "[e~["};
static const char *const pad_names[] = {"<|fim_pad|>", "<fim-pad>", "<fim_pad>",
                                        "<PAD>", "[PAD]"};
static const char *const repo_names[] = {"<|fim_repo|>", "<|repo_name|>",
                                         "<fim-repo>", "<REPO>", "<reponame>"};
static const char *const file_names[] = {"<|file_sep|>"};

/* Lists are short, and only spellings that begin like a mark are asked. */
static bool one_of(GrBytes s, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_key(s, names[i])) return true;
    return false;
}
#define ONE_OF(s, names) one_of((s), (names), sizeof(names) / sizeof *(names))

bool gr_gguf_is_end_name(GrBytes s)
{
    return ONE_OF(s, end_names) || ONE_OF(s, pad_names) ||
           ONE_OF(s, repo_names) || ONE_OF(s, file_names);
}

/* Ids that name no token are ignored, as by its runtime. */
static gram_status add_end(GrVocabDraft *d, const GrGguf *g, uint64_t id)
{
    return id < g->tokens.n ? gr_draft_end(d, (uint32_t)id) : GRAM_OK;
}

/* All that llama.cpp would stop at: ids of keys, and spellings; of two that
 * are spelled alike for the same role the first. */
static gram_status add_ends(GrVocabDraft *d, GrGguf *g)
{
    GrGgufArray a = g->tokens;
    GrBytes s;
    bool returns = false, calls = false, tools = false;
    uint64_t end = UINT64_MAX, s_end = UINT64_MAX;
    for (uint64_t id = 0; gr_gguf_string(&a, &s); id++) {
        char first = s.n > 0 && s.n <= 64 ? *(const char *)s.p : 0;
        if (first != '<' && first != '[' && first != '_') continue;
        if (g->fim_pad == UINT64_MAX && ONE_OF(s, pad_names)) g->fim_pad = id;
        if (g->fim_rep == UINT64_MAX && ONE_OF(s, repo_names)) g->fim_rep = id;
        if (g->fim_sep == UINT64_MAX && ONE_OF(s, file_names)) g->fim_sep = id;
        if (!ONE_OF(s, end_names)) continue;
        returns |= is_key(s, "<|return|>") || is_key(s, "<|flush|>");
        calls |= is_key(s, "<|call|>") || is_key(s, "<|calls|>");
        GR_TRY(gr_draft_name(d, (uint32_t)id, s.p, s.n));
        tools |= is_key(s, "<|tool_response>");
        if (is_key(s, "<|end|>"))
            end = id;
        else if (is_key(s, "</s>"))
            s_end = id;
        else
            GR_TRY(add_end(d, g, id));
    }
    /* where <|tool_response> is a token, </s> is a tag of HTML */
    if (!tools) GR_TRY(add_end(d, g, s_end));
    /* in the harmony format <|end|> ends a message, not the generation */
    if (!(returns && calls)) GR_TRY(add_end(d, g, end));
    GR_TRY(add_end(d, g, g->fim_pad));
    GR_TRY(add_end(d, g, g->fim_rep));
    GR_TRY(add_end(d, g, g->fim_sep));
    GR_TRY(add_end(d, g, g->eot));
    GR_TRY(add_end(d, g, g->eom));
    return add_end(d, g, g->eos);
}

/* --- the whole file ------------------------------------------------------- */

/* Files of model gpt2 may say by `pre` that their tokens are written as those
 * of gemma4: then they are no letters for bytes. */
static void choose_spaced(GrGguf *g)
{
    static const char *const names[] = {"gemma4", "granite-embed-multi-311m",
                                        "sarvam-moe"};
    g->newlines = g->form == GR_GGUF_MERGES || !is_key(g->pre, "sarvam-moe");
    if (g->form == GR_GGUF_BYTES && ONE_OF(g->pre, names))
        g->form = GR_GGUF_MERGES;
}

/* Defaults are those of the runtime for files that state no id. */
static gram_status choose_form(GrVocabDraft *d, GrGguf *g)
{
    static const struct {
        const char *model;
        GrGgufForm form;
        uint64_t eos, unknown;
    } models[] = {{"gpt2", GR_GGUF_BYTES, 11, UINT64_MAX},
                  {"llama", GR_GGUF_SCORES, 2, 0},
                  {"gemma4", GR_GGUF_MERGES, UINT64_MAX, UINT64_MAX},
                  {"t5", GR_GGUF_UNIGRAM, 1, 2},
                  {"bert", GR_GGUF_WORDS, UINT64_MAX, 100},
                  {"rwkv", GR_GGUF_RWKV, UINT64_MAX, 0}};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        if (!is_key(g->model, models[i].model)) continue;
        g->form = models[i].form;
        choose_spaced(g);
        if (g->eos == UINT64_MAX) g->eos = models[i].eos;
        if (g->unknown == UINT64_MAX) g->unknown = models[i].unknown;
        return GRAM_OK;
    }
    return gr_fail(&d->env, GRAM_E_UNSUPPORTED, g->tokens.at,
                   "GGUF: the tokenizer model '%.*s' is not known",
                   (int)(g->model.n < 40 ? g->model.n : 40),
                   g->model.n ? (const char *)g->model.p : "");
}

/* The recipe before the ends: it reads kinds as the file states them. */
gram_status gr_read_gguf(GrVocabDraft *d, GrBytes file)
{
    GrGguf g = {.file = file,
                .add_space_prefix = -1,
                .remove_extra_spaces = -1,
                .strip_accents = -1,
                .lowercase = true,
                .eos = UINT64_MAX,
                .eot = UINT64_MAX,
                .eom = UINT64_MAX,
                .unknown = UINT64_MAX,
                .fim_pad = UINT64_MAX,
                .fim_rep = UINT64_MAX,
                .fim_sep = UINT64_MAX};
    Cursor c = {d, file.p, file.n, 0};
    GrSpan pattern;
    GR_TRY(read_keys(&c, &g));
    GR_TRY(check_arrays(d, &g));
    GR_TRY(choose_form(d, &g));
    GR_TRY(set_tokens(d, &g));
    d->width = g.width;
    GR_TRY(gr_gguf_recipe(d, &g));
    GR_TRY(add_ends(d, &g));
    return gr_read_specials(d, &pattern);
}
