/* Tokenizer files that end too early: one of each format, made of the same
 * 2,000 tokens, cut at 1,000 places.
 *
 * A cut file is refused with its place, or, where the format has no end of
 * its own (rank files, protobuf, lists of merges), gives the tokens that are
 * there.  It never takes more memory than twice the file and what the reader
 * needs for any file at all. */
#include "../t.h"
#include "../tools/alloc.h"
#include "../tools/bytes.h"
#include "vocab/vocab.h"

enum { TOKENS = 2000, PLACES = 1000, SMALL = 160 << 10 };

static void decimal(Bytes *b, const char *before, unsigned x, const char *after)
{
    char line[64];
    bytes_put(b, line,
              (size_t)snprintf(line, sizeof line, "%s%u%s", before, x, after));
}

/* --- the tokens, and how files spell them --------------------------------- */

static GrVocab *origin; /* whose first TOKENS they are */

static const char *token(uint32_t id, uint32_t *len)
{
    return gr_vocab_bytes(origin, id, len);
}

/* In the byte alphabet of GPT-2; in JSON, quotes and backslashes escaped. */
static void letters(Bytes *b, const char *p, uint32_t n, bool json)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = (uint8_t)p[i];
        char out[4];
        bool own = (c > 0x20 && c < 0x7F) || (c > 0xA0 && c != 0xAD);
        if (c <= 0x20)
            c += 0x100;
        else if (!own)
            c = c == 0xAD ? 0x143 : c - 0x7F + 0x121;
        if (json && (c == '"' || c == '\\')) bytes_put(b, "\\", 1);
        bytes_put(b, out, gr_utf8_put(c, out));
    }
}

static void base64(Bytes *b, const char *p, uint32_t n)
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (uint32_t i = 0; i < n; i += 3) {
        uint32_t x = 0, have = n - i < 3 ? n - i : 3;
        for (uint32_t k = 0; k < 3; k++)
            x = x << 8 | (k < have ? (uint8_t)p[i + k] : 0u);
        for (uint32_t k = 0; k < 4; k++)
            bytes_put(b, k <= have ? &digit[x >> (18 - 6 * k) & 63] : "=", 1);
    }
}

/* Two earlier tokens that make this one; false: it is a single byte. */
static bool halves(uint32_t id, uint32_t *left)
{
    uint32_t len;
    const char *p = token(id, &len);
    for (uint32_t k = 1; k < len; k++) {
        uint32_t a = gr_vocab_find(origin, p, k);
        uint32_t b = gr_vocab_find(origin, p + k, len - k);
        *left = k;
        if (a < id && b < id) return true;
    }
    return false;
}

/* Every merge as `before`, left, a space, right, `after`. */
static void merges(Bytes *b, const char *before, const char *after, bool json)
{
    bool first = true;
    for (uint32_t id = 0; id < TOKENS; id++) {
        uint32_t len, left;
        const char *p = token(id, &len);
        if (!halves(id, &left)) continue;
        if (json && !first) bytes_string(b, ",");
        first = false;
        bytes_string(b, before);
        letters(b, p, left, json);
        bytes_string(b, " ");
        letters(b, p + left, len - left, json);
        bytes_string(b, after);
    }
}

static void vocabulary(Bytes *b)
{
    bytes_string(b, "{");
    for (uint32_t id = 0; id < TOKENS; id++) {
        uint32_t len;
        const char *p = token(id, &len);
        bytes_string(b, id ? ",\n \"" : "\n \"");
        letters(b, p, len, true);
        decimal(b, "\":", id, "");
    }
    bytes_string(b, "}");
}

/* --- the files ------------------------------------------------------------ */

static void make_hf(Bytes *b)
{
    bytes_string(b, "{\"added_tokens\":[{\"id\":2000,\"content\":\"<e>\","
                    "\"special\":true}],\"decoder\":{\"type\":\"ByteLevel\"},"
                    "\"pre_tokenizer\":{\"type\":\"ByteLevel\"},"
                    "\"model\":{\"type\":\"BPE\",\"vocab\":");
    vocabulary(b);
    bytes_string(b, ",\"merges\":[");
    merges(b, "\n\"", "\"", true);
    bytes_string(b, "]}}");
}

static void make_tekken(Bytes *b)
{
    bytes_string(
        b, "{\"config\":{\"pattern\":\"\\\\s?\\\\S+\",\"default_vocab_size\":"
           "2003,\"default_num_special_tokens\":3},\"vocab\":[");
    for (uint32_t id = 0; id < TOKENS; id++) {
        uint32_t len;
        const char *p = token(id, &len);
        decimal(b, id ? ",\n{\"rank\":" : "\n{\"rank\":", id,
                ",\"token_bytes\":\"");
        base64(b, p, len);
        bytes_string(b, "\"}");
    }
    bytes_string(b, "]}");
}

static void make_ranks(Bytes *b)
{
    for (uint32_t id = 0; id < TOKENS; id++) {
        uint32_t len;
        const char *p = token(id, &len);
        base64(b, p, len);
        decimal(b, " ", id, "\n");
    }
}

static void gguf_string(Bytes *b, const Bytes *s)
{
    bytes_number(b, s->n, 8);
    bytes_put(b, s->at, s->n);
}

static void gguf_key(Bytes *b, const char *key, uint32_t type)
{
    bytes_number(b, strlen(key), 8);
    bytes_string(b, key);
    bytes_number(b, type, 4);
}

static void gguf_strings(Bytes *b, const char *key, bool pairs)
{
    Bytes all = {0}, one = {0};
    uint64_t n = 0;
    for (uint32_t id = 0; id < TOKENS; id++) {
        uint32_t len, left = 0;
        const char *p = token(id, &len);
        if (pairs && !halves(id, &left)) continue;
        one.n = 0;
        letters(&one, p, left, false);
        if (pairs) bytes_string(&one, " ");
        letters(&one, p + left, len - left, false);
        gguf_string(&all, &one);
        n++;
    }
    gguf_key(b, key, 9);
    bytes_number(b, 8, 4);
    bytes_number(b, n, 8);
    bytes_put(b, all.at, all.n);
    free(all.at);
    free(one.at);
}

static void make_gguf(Bytes *b)
{
    bytes_put(b, "GGUF\3\0\0\0", 8);
    bytes_number(b, 0, 8);
    bytes_number(b, 4, 8);
    gguf_key(b, "tokenizer.ggml.model", 8);
    bytes_number(b, 4, 8);
    bytes_string(b, "gpt2");
    gguf_strings(b, "tokenizer.ggml.tokens", false);
    gguf_key(b, "tokenizer.ggml.token_type", 9);
    bytes_number(b, 5, 4);
    bytes_number(b, TOKENS, 8);
    for (uint32_t id = 0; id < TOKENS; id++) bytes_number(b, 1, 4);
    gguf_strings(b, "tokenizer.ggml.merges", true);
}

static void make_model(Bytes *b)
{
    float score = -1;
    bytes_put(b, "\x0A\x09\x0A\x05<unk>\x18\x02", 11);
    for (uint32_t id = 0; id < TOKENS; id++) {
        uint32_t len;
        const char *p = token(id, &len);
        if (gr_utf8_valid(p, len) < len || len > 100) continue;
        bytes_number(b, 0x0A, 1);
        bytes_number(b, len + 7, 1);
        bytes_number(b, 0x0A, 1);
        bytes_number(b, len, 1);
        bytes_put(b, p, len);
        bytes_number(b, 0x15, 1);
        bytes_put(b, &score, 4);
        score -= 1;
    }
    bytes_put(b, "\x12\x02\x18\x02", 4);
}

static void make_flat(Bytes *b)
{
    bytes_put(b, "LGV1", 4);
    bytes_number(b, TOKENS, 4);
    bytes_number(b, 0, 8);
    for (uint32_t id = 0; id < TOKENS; id++) {
        uint32_t len;
        const char *p = token(id, &len);
        bytes_number(b, 0, 2);
        bytes_number(b, len, 2);
        bytes_put(b, p, len);
    }
}

static void make_pack(Bytes *b)
{
    Bytes ranks = {0};
    GrVocab *v = NULL;
    make_ranks(&ranks);
    T_EQ(gr_vocab_from_memory(NULL, ranks.at, ranks.n, NULL, &v), GRAM_OK);
    if (v != NULL) bytes_put(b, v->block, v->block_len);
    gr_vocab_free(v);
    free(ranks.at);
}

static void make_vocab_json(Bytes *b)
{
    vocabulary(b);
}

static void make_merges(Bytes *b)
{
    bytes_string(b, "#version: 0.2\n");
    merges(b, "", "\n", false);
}

/* --- cutting -------------------------------------------------------------- */

typedef struct Format {
    const char *name;
    void (*make)(Bytes *b);
    bool binary, open; /* open: what is there may stand without the rest */
    GrSide side;       /* GR_SIDE_COUNT: it is the main file */
} Format;

static const Format FORMATS[] = {
    {"tokenizer.json", make_hf, false, false, GR_SIDE_COUNT},
    {"vocab.json", make_vocab_json, false, false, GR_SIDE_COUNT},
    {"merges.txt", make_merges, false, true, GR_SIDE_MERGES},
    {"tekken.json", make_tekken, false, false, GR_SIDE_COUNT},
    {"tiktoken", make_ranks, false, true, GR_SIDE_COUNT},
    {"gguf", make_gguf, true, false, GR_SIDE_COUNT},
    {"sentencepiece", make_model, true, true, GR_SIDE_COUNT},
    {"flat", make_flat, true, false, GR_SIDE_COUNT},
    {"pack", make_pack, true, false, GR_SIDE_COUNT}};

static Bytes whole_vocab_json;

typedef struct Loaded {
    GrVocab *v;
    gram_status status;
    gram_error error;
    TestAlloc memory;
    gram_allocator alloc;
} Loaded;

static void load(Loaded *x, const Format *f, const char *p, size_t n)
{
    memset(x, 0, sizeof *x);
    x->alloc = test_alloc(&x->memory);
    GrVocabOptions o = {.alloc = &x->alloc};
    if (f->side < GR_SIDE_COUNT) {
        o.side[f->side] = (GrBytes){p, n};
        p = whole_vocab_json.at;
        n = whole_vocab_json.n;
    }
    x->status = gr_vocab_from_memory(&o, p, n, &x->error, &x->v);
}

/* What is there of a cut file has the bytes that it has in the whole one. */
static bool is_part(const GrVocab *v, const GrVocab *whole)
{
    if (v->n_tokens > whole->n_tokens || !gr_vocab_is_valid(v)) return false;
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        uint32_t n, m;
        const char *p = gr_vocab_bytes(v, t, &n);
        const char *q = gr_vocab_bytes(whole, t, &m);
        if (n != m || memcmp(p, q, n) != 0) return false;
    }
    return true;
}

/* NULL, or what is wrong with a refusal. */
static const char *flaw(const Format *f, const Loaded *x, size_t cut)
{
    const gram_error *e = &x->error;
    bool input = x->status == GRAM_E_VOCAB || x->status == GRAM_E_SYNTAX;
    if (!input || e->code != x->status) return "not an error of the input";
    if (e->message[0] == 0) return "no sentence";
    if (f->side < GR_SIDE_COUNT) return NULL; /* named in the sentence */
    if (e->offset > cut) return "a place behind the end";
    if (f->binary && cut > 8 && strstr(e->message, ", at byte ") == NULL)
        return "no byte in the sentence";
    if (f->binary != (e->line == 0) && cut > 8) return "a line, or none";
    return NULL;
}

static void cut_at(const Format *f, const Bytes *b, size_t cut,
                   const GrVocab *whole, long *refused)
{
    Loaded x;
    /* a copy of its own, so that a sanitizer sees an overrun */
    char *p = malloc(cut ? cut : 1);
    if (cut) memcpy(p, b->at, cut);
    load(&x, f, p, cut);
    size_t file = cut + (f->side < GR_SIDE_COUNT ? whole_vocab_json.n : 0);
    size_t may = 2 * file + SMALL;
    if (x.status == GRAM_OK) {
        T_OK(f->open && is_part(x.v, whole), "%s cut at %zu", f->name, cut);
        may += 4 * (size_t)x.v->off[x.v->n_tokens] + 8 * x.v->n_nodes;
    } else {
        const char *wrong = flaw(f, &x, cut);
        T_OK(wrong == NULL, "%s cut at %zu: %s: %d %s", f->name, cut, wrong,
             x.status, x.error.message);
        ++*refused;
    }
    gr_vocab_free(x.v);
    T_OK(x.memory.peak <= may, "%s cut at %zu: %zu bytes, %zu allowed", f->name,
         cut, x.memory.peak, may);
    T(x.memory.live == 0 && x.memory.wrong == 0);
    free(p);
}

static void run(const Format *f)
{
    Bytes b = {0};
    Loaded x;
    long refused = 0;
    f->make(&b);
    load(&x, f, b.at, b.n);
    T_OK(x.status == GRAM_OK, "%s: %s", f->name, x.error.message);
    T_OK(b.n > 5 * PLACES, "%s: %zu bytes", f->name, b.n);
    for (size_t k = 0; k < PLACES && x.v != NULL; k++)
        cut_at(f, &b, k * b.n / PLACES, x.v, &refused);
    /* and at the very end */
    for (size_t k = 1; k < 20 && x.v != NULL; k++)
        cut_at(f, &b, b.n - k, x.v, &refused);
    T_OK(refused > (f->open ? 200 : PLACES), "%s: %ld refused", f->name,
         refused);
    gr_vocab_free(x.v);
    free(b.at);
}

int main(void)
{
    T_EQ(gr_vocab_from_default(NULL, NULL, &origin), GRAM_OK);
    make_vocab_json(&whole_vocab_json);
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++)
        run(&FORMATS[i]);
    free(whole_vocab_json.at);
    gr_vocab_free(origin);
    return t_done();
}
