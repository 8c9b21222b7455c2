/* Files made to hurt: each is refused with a position, or gives the right
 * answer, within memory that the file and the answer account for. */
#include "../t.h"
#include "../tools/alloc.h"
#include "../tools/bytes.h"
#include "vocab/vocab.h"

static void again(Bytes *b, const char *s, size_t times)
{
    for (size_t i = 0; i < times; i++) bytes_put(b, s, strlen(s));
}

/* --- loading, and what it may hold ---------------------------------------- */

static TestAlloc counter;
static gram_error error;

/* NULL where it is refused.  Allowed are twice the file, the vocabulary's
 * own share, and 1 MiB: the tables of the 65,536 ids that any file may use. */
static GrVocab *load_with(const Bytes *b, GrSide side, const char *text)
{
    GrVocab *v = NULL;
    counter = (TestAlloc){0};
    gram_allocator a = test_alloc(&counter);
    GrVocabOptions o = {.alloc = &a};
    if (text != NULL) o.side[side] = (GrBytes){text, strlen(text)};
    memset(&error, 0, sizeof error);
    gram_status s = gr_vocab_from_memory(&o, b->at, b->n, &error, &v);
    size_t may = 2 * b->n + ((size_t)1 << 20);
    if (s == GRAM_OK)
        may += 4 * (size_t)v->off[v->n_tokens] + 8 * (size_t)v->n_nodes +
               24 * (size_t)v->n_tokens;
    T_OK(counter.peak <= may, "%zu bytes held, %zu allowed", counter.peak, may);
    T_EQ(counter.wrong, 0);
    if (s != GRAM_OK) {
        T_EQ(counter.live, 0);
        T(error.message[0] != 0);
        return NULL;
    }
    T(gr_vocab_is_valid(v));
    return v;
}

static GrVocab *load(const Bytes *b)
{
    return load_with(b, GR_SIDE_SPECIALS, NULL);
}

static void refused(const Bytes *b, gram_status code, size_t offset)
{
    GrVocab *v = load(b);
    T_OK(v == NULL && error.code == code, "status %d: %s", error.code,
         error.message);
    T_OK(error.offset == offset, "offset %zu, not %zu: %s", error.offset,
         offset, error.message);
    gr_vocab_free(v);
}

/* --- ids ------------------------------------------------------------------ */

static void test_ids(void)
{
    static const struct {
        const char *json;
        gram_status code;
        size_t at;
    } cases[] = {{"{\"a\":-1}", GRAM_E_VOCAB, 5},
                 {"{\"a\":1.5}", GRAM_E_VOCAB, 5},
                 {"{\"a\":1e3}", GRAM_E_VOCAB, 5},
                 {"{\"a\":\"1\"}", GRAM_E_VOCAB, 5},
                 {"{\"a\":4294967296}", GRAM_E_VOCAB, 1},
                 {"{\"a\":99999999999999999999}", GRAM_E_VOCAB, 5},
                 {"{\"a\":4194303}", GRAM_E_VOCAB, 1},
                 {"{\"a\":0,\"b\":1,\"c\":0}", GRAM_E_VOCAB, 13},
                 {"{\"a\":0,\"\xFF\":1}", GRAM_E_SYNTAX, 8},
                 {"{\"a\":0,\"\\ud800\":1}", GRAM_E_SYNTAX, 8}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Bytes b = {0};
        bytes_text(&b, "%s", cases[i].json);
        refused(&b, cases[i].code, cases[i].at);
        free(b.at);
    }
    /* one spelling for two ids is a right answer, as in real files */
    Bytes twice = {0};
    bytes_text(&twice, "{\"a\":0,\"a\":1,\"b\":2}");
    GrVocab *same = load(&twice);
    T(same != NULL && same->n_same == 1 && same->same[0].n == 2);
    gr_vocab_free(same);
    free(twice.at);
    /* a few tokens far apart are a right answer: gaps between them */
    Bytes b = {0};
    bytes_text(&b, "{\"a\":0,\"b\":65535,\"c\":30000}");
    GrVocab *v = load(&b);
    T(v != NULL && v->n_tokens == 65536 && v->n_text == 3);
    T(v != NULL && v->kind[1] == GR_TOKEN_GAP);
    gr_vocab_free(v);
    free(b.at);
}

/* --- rank files ----------------------------------------------------------- */

static void test_ranks(void)
{
    static const struct {
        const char *line;
        size_t at;
    } bad[] = {{"Y 2", 7},      {"YQ=a 2", 7},    {"Y\xC3Q= 2", 7},
               {"YQ==\t2", 13}, {"YQ== 2 3", 11}, {"YQ== -2", 11},
               {"YQ== ", 11},   {" 2", 7}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Bytes b = {0};
        bytes_text(&b, "YQ== 0\n%s\n", bad[i].line);
        GrVocab *v = load(&b);
        /* " 2" is a token without bytes, as in a file of Whisper */
        bool empty = bad[i].line[0] == ' ';
        T_OK((v != NULL) == empty, "line \"%s\": %s", bad[i].line,
             error.message);
        if (!empty && v == NULL)
            T_OK(error.offset >= 7, "line \"%s\" at %zu", bad[i].line,
                 error.offset);
        gr_vocab_free(v);
        free(b.at);
    }
}

static void test_many(void)
{
    enum { N = 1000000 };
    Bytes b = {0};
    for (int i = 0; i < N; i++) bytes_text(&b, "YQ== %d\n", i);
    GrVocab *v = load(&b);
    T(v != NULL && v->n_nodes == 1 && v->n_same == 1 && v->same[0].n == N);
    gr_vocab_free(v);
    b.n = 0;
    for (int i = 0; i < 3000; i++) bytes_text(&b, "= %d\n", i);
    v = load(&b);
    T_OK(v != NULL && v->n_empty == 3000 && v->n_nodes == 0, "%s",
         error.message);
    gr_vocab_free(v);
    free(b.at);
}

/* 64 KiB is the longest token; one byte more is refused. */
static void test_long(void)
{
    for (int more = 0; more < 2; more++) {
        Bytes b = {0};
        bytes_text(&b, "{\"x\":0,\"");
        again(&b, "a", 65536 + (size_t)more);
        bytes_text(&b, "\":1}");
        if (more) {
            refused(&b, GRAM_E_VOCAB, 7);
        } else {
            GrVocab *v = load(&b);
            T(v != NULL && v->longest == 65536);
            gr_vocab_free(v);
        }
        free(b.at);
    }
}

static void gguf_string(Bytes *b, const char *s)
{
    bytes_number(b, strlen(s), 8);
    bytes_put(b, s, strlen(s));
}

static void gguf_head(Bytes *b, uint64_t n_keys)
{
    bytes_put(b, "GGUF\3\0\0\0", 8);
    bytes_number(b, 0, 8);
    bytes_number(b, n_keys, 8);
}

/* The protobuf spelling: seven bits a byte, the lowest first. */
static void varint(Bytes *b, uint64_t x)
{
    for (; x >= 0x80; x >>= 7) bytes_number(b, (x & 0x7F) | 0x80, 1);
    bytes_number(b, x, 1);
}

static size_t varint_len(uint64_t x)
{
    size_t n = 1;
    for (; x >= 0x80; x >>= 7) n++;
    return n;
}

/* The same in the other formats: n letters, 65,536 or one more. */
static void long_ranks(Bytes *b, size_t n)
{
    again(b, "YWFh", n / 3);
    bytes_text(b, n % 3 == 1 ? "YQ== 0\n" : "YWE= 0\n");
}

static void long_tekken(Bytes *b, size_t n)
{
    bytes_text(b, "{\"config\":{\"pattern\":\".\",\"default_vocab_size\":1,"
                  "\"default_num_special_tokens\":0},\"vocab\":[{\"rank\":0,"
                  "\"token_bytes\":\"");
    again(b, "YWFh", n / 3);
    bytes_text(b, n % 3 == 1 ? "YQ==\"}]}" : "YWE=\"}]}");
}

static void long_gguf(Bytes *b, size_t n)
{
    gguf_head(b, 2);
    gguf_string(b, "tokenizer.ggml.model");
    bytes_number(b, 8, 4);
    gguf_string(b, "gpt2");
    gguf_string(b, "tokenizer.ggml.tokens");
    bytes_number(b, 9, 4);
    bytes_number(b, 8, 4);
    bytes_number(b, 1, 8);
    bytes_number(b, n, 8);
    again(b, "a", n);
}

static void long_model(Bytes *b, size_t n)
{
    bytes_number(b, 0x0A, 1);
    varint(b, 1 + varint_len(n) + n);
    bytes_number(b, 0x0A, 1);
    varint(b, n);
    again(b, "a", n);
}

static void long_hf(Bytes *b, size_t n)
{
    bytes_text(b, "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"");
    again(b, "a", n);
    bytes_text(b, "\":0},\"merges\":[]}}");
}

static void test_long_formats(void)
{
    void (*const make[])(Bytes *, size_t) = {long_ranks, long_tekken, long_gguf,
                                             long_model, long_hf};
    for (size_t i = 0; i < sizeof make / sizeof *make; i++)
        for (size_t n = 65536; n <= 65537; n++) {
            Bytes b = {0};
            make[i](&b, n);
            GrVocab *v = load(&b);
            T_OK(n > 65536 ? v == NULL && error.code == GRAM_E_VOCAB
                           : v != NULL && v->longest == n,
                 "format %zu, %zu bytes: %s", i, n, error.message);
            gr_vocab_free(v);
            free(b.at);
        }
}

/* Ids that side files and lists of added tokens name. */
static void test_named_ids(void)
{
    static const char *const ids[] = {
        "-1",     "1.5",  "1e3", "4294967296", "99999999999999999999",
        "\"x\"",  "null", "{}",  "[[0]]",      "true",
        "4194303"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        Bytes b = {0}, added = {0};
        char side[200];
        bytes_text(&b, "{\"a\":0,\"b\":1}");
        snprintf(side, sizeof side, "{\"eos_token_id\":[0,%s]}", ids[i]);
        GrVocab *v = load_with(&b, GR_SIDE_GENERATION_CONFIG, side);
        T_OK(v == NULL || (v->n_end == 1 && v->end[0] == 0), "%s: %u ends",
             ids[i], v ? v->n_end : 0);
        gr_vocab_free(v);
        snprintf(side, sizeof side,
                 "{\"eos_id\":%s,\"special_tokens\":{\"<s>\":%s}}", ids[i],
                 ids[i]);
        v = load_with(&b, GR_SIDE_SPECIALS, side);
        T_OK(v == NULL, "special token %s", ids[i]);
        gr_vocab_free(v);
        bytes_text(
            &added,
            "{\"added_tokens\":[{\"id\":%s,\"content\":\"<s>\",\"special\":"
            "true}],\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},"
            "\"merges\":[]}}",
            ids[i]);
        v = load(&added);
        T_OK(v == NULL && error.line == 1, "added token %s", ids[i]);
        gr_vocab_free(v);
        free(b.at);
        free(added.at);
    }
}

/* A member that is passed over would be a generation without an end. */
static void test_specials_types(void)
{
    static const struct {
        const char *text;
        bool right;
    } cases[] = {{"{\"eos_id\":\"1\"}", false},
                 {"{\"eos_id\":true}", false},
                 {"{\"eos_ids\":{\"1\":1}}", false},
                 {"{\"special_tokens\":[\"<s>\"]}", false},
                 {"{\"special_tokens\":2}", false},
                 {"{\"pattern\":5}", false},
                 {"{\"pattern\":[\"a\"]}", false},
                 {"{\"eos_id\":null,\"eos_ids\":null,\"pattern\":null,"
                  "\"special_tokens\":null}",
                  true},
                 {"{\"eos_id\":1,\"source\":{}}", true},
                 {"{}", true}};
    Bytes b = {0};
    bytes_text(&b, "{\"a\":0,\"b\":1}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GrVocab *v = load_with(&b, GR_SIDE_SPECIALS, cases[i].text);
        T_OK((v != NULL) == cases[i].right, "%s", cases[i].text);
        gr_vocab_free(v);
    }
    free(b.at);
}

/* Keys that all hash to one place: the mixing of keys.c turned round. */
static uint64_t unmix(uint64_t x)
{
    const uint64_t inverse = 0xcfee444d8b59a89bu; /* of 0xd6e8feb86659fd93 */
    x ^= x >> 32;
    x *= inverse;
    x ^= x >> 32;
    x *= inverse;
    return x ^ x >> 32;
}

static void test_collisions(void)
{
    enum { N = 20000 };
    char *bytes = malloc(8 * N);
    GrToken *t = calloc(N, sizeof *t);
    GrVocab *v = NULL;
    GrEncoder *e = NULL;
    bool alike = true;
    for (uint64_t i = 0; i < N; i++) {
        uint64_t key = unmix(i << 32) ^ (uint64_t)8 << 56;
        alike &= gr_mix(key ^ (uint64_t)8 << 56) == i << 32;
        memcpy(bytes + 8 * i, &key, 8);
        t[i] = (GrToken){bytes + 8 * i, 8, GR_TOKEN_NORMAL};
    }
    T(alike);
    T_EQ(gr_vocab_from_tokens(NULL, t, N, ".", &error, &v), GRAM_OK);
    gram_status s = gr_encoder_new(v, 0, &error, &e);
    T_OK(s == GRAM_OK || s == GRAM_E_LIMIT, "status %d: %s", s, error.message);
    gr_encoder_free(e);
    gr_vocab_free(v);
    free(t);
    free(bytes);
}

/* --- GGUF ----------------------------------------------------------------- */

static void test_gguf(void)
{
    static const uint64_t counts[] = {1ull << 63, UINT64_MAX, 1ull << 32,
                                      UINT64_MAX / 8, 1000000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (uint32_t type = 0; type < 14; type++) {
            Bytes b = {0};
            gguf_head(&b, 1);
            gguf_string(&b, "tokenizer.ggml.tokens");
            bytes_number(&b, 9, 4);
            bytes_number(&b, type, 4);
            bytes_number(&b, counts[i], 8);
            bytes_put(&b, "\1\0\0\0\0\0\0\0a", 9);
            GrVocab *v = load(&b);
            T_OK(v == NULL, "count %zu of type %u", i, type);
            T_OK(error.offset >= 24, "offset %zu", error.offset);
            gr_vocab_free(v);
            free(b.at);
        }
    Bytes b = {0};
    gguf_head(&b, UINT64_MAX);
    refused(&b, GRAM_E_VOCAB, 24);
    free(b.at);
}

/* `<0xGG>` of type 6 in GGUF and as a piece; in tokenizer.json it is text. */
static void test_byte_names(void)
{
    Bytes b = {0};
    gguf_head(&b, 3);
    gguf_string(&b, "tokenizer.ggml.model");
    bytes_number(&b, 8, 4);
    gguf_string(&b, "llama");
    gguf_string(&b, "tokenizer.ggml.token_type");
    bytes_number(&b, 9, 4);
    bytes_number(&b, 5, 4);
    bytes_number(&b, 1, 8);
    bytes_number(&b, 6, 4);
    gguf_string(&b, "tokenizer.ggml.tokens");
    bytes_number(&b, 9, 4);
    bytes_number(&b, 8, 4);
    bytes_number(&b, 1, 8);
    gguf_string(&b, "<0xGG>");
    refused(&b, GRAM_E_VOCAB, b.n - 6);
    free(b.at);
    b = (Bytes){0};
    bytes_put(&b, "\x0A\x0A\x0A\x06<0xGG>\x18\x06", 12);
    refused(&b, GRAM_E_VOCAB, 4);
    free(b.at);
    b = (Bytes){0};
    bytes_text(&b,
               "{\"decoder\":{\"type\":\"ByteFallback\"},\"model\":{\"type\":"
               "\"BPE\",\"vocab\":{\"<0xGG>\":0,\"<0x41>\":1},\"merges\":[]}}");
    GrVocab *v = load(&b);
    T(v != NULL && v->kind[0] == GR_TOKEN_NORMAL &&
      v->kind[1] == GR_TOKEN_BYTE && gr_vocab_find(v, "A", 1) == 1);
    gr_vocab_free(v);
    free(b.at);
}

/* --- merges --------------------------------------------------------------- */

/* Merges whose results are each other's parts, and one said twice. */
static void test_cyclic(void)
{
    Bytes b = {0};
    GrEncoder *e;
    const uint32_t *ids;
    size_t n;
    bytes_text(&b,
               "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,"
               "\"ab\":2,\"ba\":3,\"aba\":4,\"abab\":5},\"merges\":[\"ab a\","
               "\"a ba\",\"b a\",\"a b\",\"ab ab\",\"aba b\",\"a b\"]},"
               "\"decoder\":{\"type\":\"ByteLevel\"}}");
    GrVocab *v = load(&b);
    T_OK(v != NULL, "%s", error.message);
    if (v == NULL) return;
    T_EQ(gr_encoder_new(v, 0, &error, &e), GRAM_OK);
    /* b a (rank 2) first: a ba b, then a ba (1): aba b, then aba b (5) */
    T_EQ(gr_encode(e, "abab", 4, &error, &ids, &n), GRAM_OK);
    T(n == 1 && ids[0] == 5);
    gr_encoder_free(e);
    gr_vocab_free(v);
    free(b.at);
    b = (Bytes){0};
    bytes_text(&b, "{\"model\":{\"vocab\":{\"a\":0},\"merges\":[\"a a\"]}}");
    v = load(&b); /* what it makes is no token: it never merges */
    T(v != NULL);
    gr_vocab_free(v);
    free(b.at);
}

/* --- decoders that grow what they read ------------------------------------ */

static void test_growing(void)
{
    Bytes b = {0};
    bytes_text(&b, "{\"decoder\":{\"type\":\"Sequence\",\"decoders\":[");
    for (int i = 0; i < 2; i++) {
        bytes_text(&b,
                   "%s{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},"
                   "\"content\":\"",
                   i ? "," : "");
        again(&b, "a", 60000);
        bytes_text(&b, "\"}");
    }
    bytes_text(&b, "]},\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},"
                   "\"merges\":[]}}");
    GrVocab *v = load(&b);
    T_OK(v == NULL && error.code == GRAM_E_VOCAB, "%d %s", error.code,
         error.message);
    gr_vocab_free(v);
    free(b.at);
}

/* --- tekken --------------------------------------------------------------- */

static void test_tekken(void)
{
    static const struct {
        const char *size, *special, *vocab;
        gram_status code;
    } cases[] = {
        {"5", "3", "{\"rank\":0,\"token_bytes\":\"YQ==\"}", GRAM_OK},
        {"5", "3", "{\"rank\":0,\"token_bytes\":\"\"}", GRAM_OK},
        /* more ranks than are used, and a rank nobody reaches */
        {"4", "3",
         "{\"rank\":0,\"token_bytes\":\"YQ==\"},"
         "{\"rank\":999999999999,\"token_bytes\":\"YQ==\"}",
         GRAM_OK},
        {"5", "3", "{\"rank\":0,\"token_bytes\":\"Y!==\"}", GRAM_E_VOCAB},
        {"5", "3", "{\"rank\":0,\"token_bytes\":\"Y\"}", GRAM_E_VOCAB},
        {"5", "3", "{\"rank\":0,\"token_bytes\":\"YQ==YQ==\"}", GRAM_E_VOCAB},
        {"5", "3", "{\"rank\":-1,\"token_bytes\":\"YQ==\"}", GRAM_E_VOCAB},
        {"5", "3", "{\"rank\":0}", GRAM_E_VOCAB},
        {"5", "3", "{\"token_bytes\":\"YQ==\"}", GRAM_E_VOCAB},
        {"5", "3", "7", GRAM_E_VOCAB},
        {"5", "3",
         "{\"rank\":0,\"token_bytes\":\"YQ==\"},"
         "{\"rank\":0,\"token_bytes\":\"Yg==\"}",
         GRAM_E_VOCAB},
        {"3", "5", "{\"rank\":0,\"token_bytes\":\"YQ==\"}", GRAM_E_VOCAB},
        {"-5", "3", "", GRAM_E_VOCAB},
        {"5", "1e3", "", GRAM_E_VOCAB},
        {"999999999999999", "999999999999998", "", GRAM_E_VOCAB},
        {"999999999999999", "3", "{\"rank\":99999999,\"token_bytes\":\"YQ==\"}",
         GRAM_E_VOCAB}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Bytes b = {0};
        bytes_text(&b,
                   "{\"config\":{\"pattern\":\".\",\"default_vocab_size\":%s,"
                   "\"default_num_special_tokens\":%s},\"vocab\":[%s]}",
                   cases[i].size, cases[i].special, cases[i].vocab);
        GrVocab *v = load(&b);
        T_OK(error.code == cases[i].code, "tekken %zu: %d %s", i, error.code,
             error.message);
        T(v != NULL || error.line == 1);
        gr_vocab_free(v);
        free(b.at);
    }
}

/* --- every length and number of a binary file at its extremes ------------- */

static const uint64_t EXTREMES[] = {0,          1,          0x7F,
                                    0x7FFFFFFF, 0xFFFFFFFF, 1ull << 32,
                                    1ull << 63, UINT64_MAX, UINT64_MAX - 7};
enum { N_EXTREMES = sizeof EXTREMES / sizeof *EXTREMES };

static void test_varints(void)
{
    static const char model[] = "\x0A\x0E\x0A\x05<unk>\x15\0\0\0\0\x18\x02"
                                "\x0A\x0A\x0A\x01"
                                "a\x15\0\0\x80\xBF\x18\x01"
                                "\x0A\x0A\x0A\x01\xFF\x15\0\0\x80\xBF\x18\x01"
                                "\x12\x05\x18\x02\xC0\x02\x00"
                                "\x1A\x04\x12\x00\x18\x01";
    size_t n = sizeof model - 1, refusals = 0, answers = 0;
    for (size_t at = 0; at < n; at++)
        for (int k = 0; k < N_EXTREMES; k++) {
            Bytes b = {0};
            bytes_put(&b, model, at);
            varint(&b, EXTREMES[k]);
            bytes_put(&b, model + at + 1, n - at - 1);
            GrVocab *v = load(&b);
            refusals += v == NULL;
            answers += v != NULL;
            gr_vocab_free(v);
            free(b.at);
        }
    T(refusals > 100 && answers > 20);
}

/* Fixed-width formats: each place of a good file as a length of 2, 4 and 8
 * bytes. */
static void distort(const Bytes *good)
{
    for (size_t at = 4; at < good->n; at++)
        for (int width = 2; width <= 8; width *= 2)
            for (int k = 0; k < N_EXTREMES; k++) {
                Bytes b = {0};
                bytes_put(&b, good->at, at);
                bytes_number(&b, EXTREMES[k], width);
                if (b.n < good->n) bytes_put(&b, good->at + b.n, good->n - b.n);
                gr_vocab_free(load(&b));
                free(b.at);
            }
}

static void test_fixed(void)
{
    static const char flat[] = "LGV1\2\0\0\0\1\0\0\0\0\0\0\0"
                               "\0\0\1\0a\1\0\3\0<e>";
    Bytes b = {0}, gguf = {0};
    bytes_put(&b, flat, sizeof flat - 1);
    GrVocab *v = load(&b);
    T(v != NULL);
    distort(&b);
    b.n = 0;
    if (v != NULL)
        bytes_put(&b, v->block, v->block_len < 2048 ? v->block_len : 2048);
    for (size_t at = 8; at < b.n; at += 4) /* a pack: damaged, and seen */
        for (int k = 0; k < N_EXTREMES && v != NULL; k++) {
            Bytes pack = {0};
            bytes_put(&pack, v->block, v->block_len);
            uint32_t x = (uint32_t)EXTREMES[k], was;
            memcpy(&was, pack.at + at, 4);
            memcpy(pack.at + at, &x, 4);
            GrVocab *w = was == x ? NULL : load(&pack);
            if (w != NULL) T_EQ(w->fingerprint, v->fingerprint);
            gr_vocab_free(w);
            free(pack.at);
        }
    gr_vocab_free(v);
    gguf_head(&gguf, 2);
    gguf_string(&gguf, "tokenizer.ggml.model");
    bytes_number(&gguf, 8, 4);
    gguf_string(&gguf, "gpt2");
    gguf_string(&gguf, "tokenizer.ggml.tokens");
    bytes_number(&gguf, 9, 4);
    bytes_number(&gguf, 8, 4);
    bytes_number(&gguf, 2, 8);
    gguf_string(&gguf, "a");
    gguf_string(&gguf, "\xFF\xFE");
    v = load(&gguf);
    T(v != NULL && v->n_tokens == 2 && gr_vocab_find(v, "\xFF\xFE", 2) == 1);
    gr_vocab_free(v);
    distort(&gguf);
    free(gguf.at);
    free(b.at);
}

int main(void)
{
    test_tekken();
    test_varints();
    test_fixed();
    test_ids();
    test_ranks();
    test_many();
    test_long();
    test_long_formats();
    test_named_ids();
    test_specials_types();
    test_collisions();
    test_gguf();
    test_byte_names();
    test_cyclic();
    test_growing();
    return t_done();
}
