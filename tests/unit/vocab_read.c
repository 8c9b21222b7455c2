/* Readers on small files made here: right answers, positioned errors, every
 * truncation, random damage, and an allocator that fails at each place. */
#include "../t.h"
#include "../tools/alloc.h"
#include "vocab/vocab.h"

/* --- building binary files ------------------------------------------------ */

typedef struct File {
    uint8_t at[8192];
    size_t n;
} File;

static void put(File *f, const void *p, size_t n)
{
    memcpy(f->at + f->n, p, n);
    f->n += n;
}

static void put_int(File *f, uint64_t x, int n)
{
    for (int i = 0; i < n; i++) f->at[f->n++] = (uint8_t)(x >> 8 * i);
}

static void put_string(File *f, const char *s)
{
    put_int(f, strlen(s), 8);
    put(f, s, strlen(s));
}

static void gguf_key(File *f, const char *key, uint32_t type)
{
    put_string(f, key);
    put_int(f, type, 4);
}

static void gguf_strings(File *f, const char *key, const char *const *s,
                         uint32_t n)
{
    gguf_key(f, key, 9);
    put_int(f, 8, 4);
    put_int(f, n, 8);
    for (uint32_t i = 0; i < n; i++) put_string(f, s[i]);
}

static const char *const gguf_tokens[] = {"<s>",
                                          "a",
                                          "b",
                                          "\xC4\xA0",
                                          "ab",
                                          ("\xC4\xA0"
                                           "ab"),
                                          "<user>",
                                          "</s>"};

static void make_gguf(File *f)
{
    static const char *const merges[] = {"a b", "\xC4\xA0 ab"};
    static const uint32_t types[] = {3, 1, 1, 1, 1, 1, 4, 3};
    f->n = 0;
    put(f, "GGUF", 4);
    put_int(f, 3, 4);
    put_int(f, 0, 8);
    put_int(f, 6, 8);
    gguf_key(f, "tokenizer.ggml.model", 8);
    put_string(f, "gpt2");
    gguf_key(f, "tokenizer.ggml.pre", 8);
    put_string(f, "gpt-2");
    gguf_strings(f, "tokenizer.ggml.tokens", gguf_tokens, 8);
    gguf_key(f, "tokenizer.ggml.token_type", 9);
    put_int(f, 5, 4);
    put_int(f, 8, 8);
    for (int i = 0; i < 8; i++) put_int(f, types[i], 4);
    gguf_strings(f, "tokenizer.ggml.merges", merges, 2);
    gguf_key(f, "x.vocab_size", 4);
    put_int(f, 12, 4);
}

static void put_piece(File *f, const char *text, float score, int type)
{
    size_t n = strlen(text);
    put_int(f, 0x0A, 1);
    put_int(f, n + 9, 1);
    put_int(f, 0x0A, 1);
    put_int(f, n, 1);
    put(f, text, n);
    put_int(f, 0x15, 1);
    put(f, &score, 4);
    put_int(f, 0x18, 1);
    put_int(f, (uint64_t)type, 1);
}

/* Unigram or BPE over "ab", with <unk>, ▁ and a user piece. */
static void make_model(File *f, int model_type)
{
    f->n = 0;
    put_piece(f, "<unk>", 0, 2);
    put_piece(f, "<s>", 0, 3);
    put_piece(f, "</s>", 0, 3);
    put_piece(f, "\xE2\x96\x81", -2, 1);
    put_piece(f, "a", -3, 1);
    put_piece(f, "b", -3.5f, 1);
    put_piece(f, "ab", -1, 1);
    put_piece(f,
              "\xE2\x96\x81"
              "ab",
              -0.5f, 1);
    put_piece(f, "[U]", 0, 4);
    put(f, "\x12\x02\x18", 3); /* trainer_spec: model_type */
    put_int(f, (uint64_t)model_type, 1);
    put(f, "\x1A\x02\x18\x01", 4); /* normalizer_spec: add_dummy_prefix */
}

/* --- text files ----------------------------------------------------------- */

static const char hf_bpe[] =
    "{\"added_tokens\":[{\"id\":6,\"content\":\"<e>\",\"special\":true},"
    "{\"id\":7,\"content\":\"<u>\",\"special\":false,\"normalized\":false}],"
    "\"normalizer\":{\"type\":\"NFC\"},"
    "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},"
    "\"decoder\":{\"type\":\"ByteLevel\"},"
    "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"\\u0120\":2,"
    "\"ab\":3,\"\\u0120ab\":4,\"\\u2020\":5},"
    "\"merges\":[\"a b\",[\"\\u0120\",\"ab\"]]}}";
static const char hf_unigram[] =
    "{\"added_tokens\":[],\"normalizer\":null,"
    "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"prepend_scheme\":"
    "\"always\"},\"decoder\":{\"type\":\"Metaspace\"},"
    "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":"
    "[[\"<unk>\",0],[\"\xE2\x96\x81\",-2.5],[\"a\",-3],[\"b\",-3],"
    "[\"\xE2\x96\x81"
    "ab\",-1]]}}";
static const char hf_words[] =
    "{\"added_tokens\":[{\"id\":0,\"content\":\"[UNK]\",\"special\":true}],"
    "\"normalizer\":{\"type\":\"BertNormalizer\"},"
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
    "\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\","
    "\"cleanup\":true},\"model\":{\"type\":\"WordPiece\","
    "\"unk_token\":\"[UNK]\",\"vocab\":{\"[UNK]\":0,\"a\":1,\"##b\":2,"
    "\"!\":3,\"ab\":4}}}";
static const char tekken[] =
    "{\"config\":{\"pattern\":\"\\\\s?\\\\S+\",\"default_vocab_size\":5,"
    "\"default_num_special_tokens\":3},\"vocab\":["
    "{\"rank\":0,\"token_bytes\":\"YQ==\"},"
    "{\"rank\":1,\"token_bytes\":\"Yg==\"},"
    "{\"rank\":2,\"token_bytes\":\"YWI=\"}]}";
static const char ranks[] = "YQ== 0\nYg== 1\r\nYWI= 2\n\n= 3\n";
static const char specials[] = "{\"pattern\":\"[ab]+|[^ab]+\",\"eos_id\":5,"
                               "\"special_tokens\":{\"<end>\":5}}";
static const char vocab_json[] = "{\"a\":0,\"b\":1,\"ab\":2,\"model\":3}";
static const char merges_txt[] = "#version: 0.2\na b\n";
static const char flat[] = "LGV1\2\0\0\0\1\0\0\0\0\0\0\0"
                           "\0\0\1\0a\1\0\3\0<e>";

typedef struct Sample {
    const char *name;
    GrBytes file;
    const char *text; /* and its ids: */
    uint32_t n, ids[8];
} Sample;

static File gguf, bpe_model, unigram_model;
static GrBytes sides[GR_SIDE_COUNT];

#define FILE_OF(s)                                                             \
    {                                                                          \
        s, sizeof(s) - 1                                                       \
    }

static Sample samples[] = {
    {"hf_bpe", FILE_OF(hf_bpe), "ab ab<u>a", 4, {3, 4, 7, 0}},
    {"hf_unigram", FILE_OF(hf_unigram), "ab c", 3, {4, 1, 0}},
    {"hf_words", FILE_OF(hf_words), "Ab  a! zz", 4, {4, 1, 3, 0}},
    {"tekken", FILE_OF(tekken), "aba", 3, {3, 4, 3}},
    {"tiktoken", FILE_OF(ranks), "abab", 2, {2, 2}},
    {"vocab_json", FILE_OF(vocab_json), "aab", 2, {0, 2}},
    {"flat", FILE_OF(flat), "aa", 2, {0, 0}},
    {"gguf", {gguf.at, 0}, "ab ab<user>b", 4, {4, 5, 6, 2}},
    {"bpe", {bpe_model.at, 0}, "ab[U]ab ab", 4, {7, 8, 6, 7}},
    {"unigram", {unigram_model.at, 0}, "ab[U]aab", 4, {7, 8, 4, 6}}};
enum { N_SAMPLES = sizeof samples / sizeof *samples };

static GrVocabOptions options(const gram_allocator *a)
{
    GrVocabOptions o = {.alloc = a};
    memcpy(o.side, sides, sizeof sides);
    return o;
}

/* Only these files have side files. */
static bool needs_sides(const Sample *s)
{
    return s->file.p == ranks || s->file.p == vocab_json;
}

static gram_status load(const Sample *s, GrBytes file, const gram_allocator *a,
                        gram_error *e, GrVocab **v)
{
    GrVocabOptions o = options(a);
    if (!needs_sides(s)) memset(o.side, 0, sizeof o.side);
    return gr_vocab_from_memory(&o, file.p, file.n, e, v);
}

static void check_ids(const Sample *s, GrVocab *v)
{
    GrEncoder *e;
    gram_error error = {0};
    const uint32_t *ids;
    size_t n;
    gram_status st = gr_encoder_new(v, 0, &error, &e);
    T_OK(st == GRAM_OK, "%s: %s", s->name, error.message);
    if (st != GRAM_OK) return;
    for (int round = 0; round < 2; round++) {
        st = gr_encode(e, s->text, strlen(s->text), &error, &ids, &n);
        T_OK(st == GRAM_OK, "%s: %s", s->name, error.message);
        if (st != GRAM_OK) break;
        T_OK(n == s->n, "%s: %zu ids", s->name, n);
        for (size_t i = 0; i < n && i < s->n; i++)
            T_OK(ids[i] == s->ids[i], "%s: id %zu is %u", s->name, i, ids[i]);
    }
    T_EQ(gr_encode(e, "\xFF", 1, &error, &ids, &n) != GRAM_OK, 1);
    gr_encoder_free(e);
}

static void test_samples(void)
{
    for (int i = 0; i < N_SAMPLES; i++) {
        gram_error e = {0};
        GrVocab *v;
        gram_status s = load(&samples[i], samples[i].file, NULL, &e, &v);
        T_OK(s == GRAM_OK, "%s: %s", samples[i].name, e.message);
        if (s != GRAM_OK) continue;
        T_OK(gr_vocab_is_valid(v), "%s", samples[i].name);
        check_ids(&samples[i], v);
        gr_vocab_free(v);
    }
}

static void test_facts(void)
{
    gram_error e;
    GrVocab *v;
    T_EQ(load(&samples[0], samples[0].file, NULL, &e, &v), GRAM_OK);
    T_EQ(v->n_tokens, 8);
    T_EQ(v->kind[6], GR_TOKEN_SPECIAL);
    T_EQ(v->kind[7], GR_TOKEN_USER);
    T_EQ(gr_vocab_find(v, " ab", 3), 4);
    T_EQ(gr_vocab_find(v, "\xE2\x80\xA0", 3), 5); /* not in the alphabet */
    T_EQ(gr_vocab_named(v, "<e>", 3), 6);
    gr_vocab_free(v);
    T_EQ(load(&samples[2], samples[2].file, NULL, &e, &v), GRAM_OK);
    T_EQ(gr_vocab_find(v, " a", 2), 1);
    T_EQ(gr_vocab_find(v, "b", 1), 2);
    T_EQ(gr_vocab_find(v, "!", 1), 3);
    gr_vocab_free(v);
    T_EQ(load(&samples[4], samples[4].file, NULL, &e, &v), GRAM_OK);
    T_EQ(v->n_tokens, 6);
    T_EQ(v->kind[4], GR_TOKEN_GAP);
    T_EQ(v->n_empty, 1);
    T(gr_vocab_is_end(v, 5) && v->n_end == 1);
    gr_vocab_free(v);
    T_EQ(load(&samples[7], samples[7].file, NULL, &e, &v), GRAM_OK);
    T_EQ(v->width, 12);
    T(gr_vocab_is_end(v, 7));
    gr_vocab_free(v);
}

/* --- errors --------------------------------------------------------------- */

static void test_errors(void)
{
    static const struct {
        const char *file;
        gram_status status;
        size_t offset;
    } cases[] = {{"", GRAM_E_VOCAB, 0},
                 {"hello world", GRAM_E_VOCAB, 0},
                 {"YQ== 0\nYg== x\n", GRAM_E_VOCAB, 11},
                 {"YQ== 0\nYg== 0\n", GRAM_E_VOCAB, 7},
                 {"YQ== 0\nY!== 1\n", GRAM_E_VOCAB, 7},
                 {"YQ== 0\nYg== 99999999\n", GRAM_E_VOCAB, 7},
                 {"YQ== 0\nYg== -1\n", GRAM_E_VOCAB, 11},
                 {"{\"a\":0", GRAM_E_SYNTAX, 6},
                 {"{\"a\":0,\"b\":-1}", GRAM_E_VOCAB, 11},
                 {"{\"a\":0,\"b\":0}", GRAM_E_VOCAB, 7},
                 {"{}", GRAM_E_VOCAB, 0},
                 {"{\"model\":{\"type\":\"X\"}}", GRAM_E_UNSUPPORTED, 17},
                 {"{\"model\":{\"type\":\"BPE\"}}", GRAM_E_VOCAB, 9},
                 {"{\"model\":{\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}",
                  GRAM_E_VOCAB, 36},
                 {"GGUF\1\0", GRAM_E_VOCAB, 4},
                 {"LGV1", GRAM_E_VOCAB, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gram_error e = {0};
        GrVocab *v;
        gram_status s = gr_vocab_from_memory(NULL, cases[i].file,
                                             strlen(cases[i].file), &e, &v);
        T_OK(s == cases[i].status, "case %zu: status %d: %s", i, s, e.message);
        T_OK(e.offset == cases[i].offset, "case %zu: offset %zu: %s", i,
             e.offset, e.message);
    }
}

/* Load whatever it is; if it loads, it must be valid and encode. */
static bool try_file(const Sample *s, GrBytes file)
{
    gram_error e;
    GrVocab *v;
    GrEncoder *x;
    const uint32_t *ids;
    size_t n;
    if (load(s, file, NULL, &e, &v) != GRAM_OK) return false;
    T(gr_vocab_is_valid(v));
    if (gr_encoder_new(v, 0, &e, &x) == GRAM_OK) {
        (void)gr_encode(x, s->text, strlen(s->text), &e, &ids, &n);
        gr_encoder_free(x);
    }
    gr_vocab_free(v);
    return true;
}

static void test_damage(uint64_t *seed)
{
    for (int i = 0; i < N_SAMPLES; i++) {
        const Sample *s = &samples[i];
        size_t n = s->file.n;
        for (size_t cut = 0; cut < n; cut++) {
            /* a copy of its own, so that a sanitizer sees an overrun */
            uint8_t *p = malloc(cut ? cut : 1);
            memcpy(p, s->file.p, cut);
            try_file(s, (GrBytes){p, cut});
            free(p);
        }
        for (int round = 0; round < 2000; round++) {
            uint8_t *p = malloc(n);
            memcpy(p, s->file.p, n);
            for (int k = 0; k <= round % 3; k++) {
                static const uint8_t odd[] = {0, 0xFF, 0x80, '0', '"', 0x7F};
                uint64_t r = t_random(seed);
                p[r % n] = r >> 40 & 1 ? odd[r >> 48 & 3] : (uint8_t)(r >> 32);
            }
            try_file(s, (GrBytes){p, n});
            free(p);
        }
    }
}

/* Every count and length of a GGUF file at its extremes. */
static void test_lengths(void)
{
    static const uint64_t odd[] = {
        0,          1,          0x7FFFFFFF, 0xFFFFFFFF,
        1ull << 32, 1ull << 63, UINT64_MAX, UINT64_MAX - 7};
    for (size_t at = 8; at + 8 <= gguf.n; at++)
        for (size_t k = 0; k < sizeof odd / sizeof *odd; k++) {
            File f = gguf;
            f.n = at;
            put_int(&f, odd[k], 8);
            try_file(&samples[7], (GrBytes){f.at, gguf.n});
        }
}

static void test_failures(void)
{
    for (int i = 0; i < N_SAMPLES; i++) {
        for (long k = 0;; k++) {
            TestAlloc f = {.fail_at = (unsigned long)k + 1, .fail_on = 1};
            gram_allocator a = test_alloc(&f);
            gram_error e;
            GrVocab *v;
            GrEncoder *x;
            const uint32_t *ids;
            size_t n;
            const char *text = samples[i].text;
            gram_status s = load(&samples[i], samples[i].file, &a, &e, &v);
            if (s == GRAM_OK) {
                s = gr_encoder_new(v, 0, &e, &x);
                if (s == GRAM_OK) {
                    s = gr_encode(x, text, strlen(text), &e, &ids, &n);
                    gr_encoder_free(x);
                }
                gr_vocab_free(v);
            }
            T_EQ(f.live, 0);
            if (s == GRAM_OK) break;
            T_OK(s == GRAM_E_MEMORY, "%s, allocation %ld: %d %s",
                 samples[i].name, k, s, e.message);
            if (s != GRAM_E_MEMORY) break;
        }
    }
}

int main(void)
{
    uint64_t seed = t_seed();
    make_gguf(&gguf);
    make_model(&bpe_model, 2);
    make_model(&unigram_model, 1);
    samples[7].file.n = gguf.n;
    samples[8].file.n = bpe_model.n;
    samples[9].file.n = unigram_model.n;
    sides[GR_SIDE_SPECIALS] = (GrBytes){specials, sizeof specials - 1};
    sides[GR_SIDE_MERGES] = (GrBytes){merges_txt, sizeof merges_txt - 1};
    test_samples();
    test_facts();
    test_errors();
    test_damage(&seed);
    test_lengths();
    test_failures();
    return t_done();
}
