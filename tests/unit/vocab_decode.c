/* Decoding: what goes at the ends of a whole text, what stays in a part of
 * one, and what the decoders of tokenizer.json do to single tokens. */
#include "../t.h"
#include "gram.h"
#include "vocab/vocab.h"

static gram_error error;

static GrVocab *load(const char *json)
{
    GrVocab *v = NULL;
    gram_status s = gr_vocab_from_memory(NULL, json, strlen(json), &error, &v);
    T_OK(s == GRAM_OK, "%s: %s", json, error.message);
    return v;
}

static void decodes(const GrVocab *v, uint32_t flags, const uint32_t *ids,
                    size_t n, const char *want)
{
    char text[64];
    size_t len = 0;
    gram_status s =
        gr_decode(v, ids, n, flags, text, sizeof text, &len, &error);
    T_OK(s == GRAM_OK && len == strlen(want) && !memcmp(text, want, len),
         "\"%.*s\", not \"%s\"", (int)len, text, want);
}

enum { BEFORE = GR_DECODE_BEFORE, AFTER = GR_DECODE_AFTER };

/* Prepend and Strip, as in the files of Llama 2 and Mistral. */
static void test_strip(void)
{
    static const char file[] =
        "{\"added_tokens\":[{\"id\":4,\"content\":\"<s>\",\"special\":true}],"
        "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":["
        "{\"type\":\"Prepend\",\"prepend\":\"\xE2\x96\x81\"},"
        "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},"
        "\"content\":\"\xE2\x96\x81\"}]},\"decoder\":{\"type\":\"Sequence\","
        "\"decoders\":[{\"type\":\"Replace\",\"pattern\":{\"String\":"
        "\"\xE2\x96\x81\"},\"content\":\" \"},{\"type\":\"ByteFallback\"},"
        "{\"type\":\"Fuse\"},{\"type\":\"Strip\",\"content\":\" \","
        "\"start\":1,\"stop\":0}]},\"model\":{\"type\":\"BPE\",\"vocab\":"
        "{\"a\":0,\"\xE2\x96\x81\":1,\"\xE2\x96\x81\xE2\x96\x81\":2,"
        "\"\xE2\x96\x81"
        "a\":3},\"merges\":[\"\xE2\x96\x81 \xE2\x96\x81\","
        "\"\xE2\x96\x81 a\"]}}";
    GrVocab *v = load(file);
    if (v == NULL) return;
    const uint32_t a[] = {3, 3}, bos[] = {4, 3}, spaces[] = {2, 3}, one[] = {1};
    decodes(v, 0, a, 2, "a a");
    decodes(v, AFTER, a, 2, "a a");
    decodes(v, BEFORE, a, 2, " a a");
    decodes(v, 0, bos, 2, "a");
    decodes(v, 0, spaces, 2, "  a"); /* one, of however many there are */
    decodes(v, 0, one, 1, "");
    decodes(v, BEFORE, one, 1, " ");
    decodes(v, 0, NULL, 0, "");
    decodes(v, 0, (const uint32_t[]){0, 1}, 2, "a ");
    /* texts come back, whatever they begin with */
    static const char *const texts[] = {"",   "a",    " ",      "  ",
                                        " a", "a  a", "   aa ", "aa"};
    GrEncoder *e;
    T_EQ(gr_encoder_new(v, 0, &error, &e), GRAM_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const uint32_t *ids;
        size_t n;
        T_EQ(gr_encode(e, texts[i], strlen(texts[i]), &error, &ids, &n),
             GRAM_OK);
        decodes(v, 0, ids, n, texts[i]);
    }
    gr_encoder_free(e);
    /* the pack knows it too, and a text that is too long for its place is
     * cut and its length told */
    GrVocab *w = NULL;
    T_EQ(gr_vocab_from_pack(NULL, v->block, v->block_len, 0, &error, &w),
         GRAM_OK);
    decodes(w, 0, a, 2, "a a");
    char text[3] = "..";
    size_t len;
    T_EQ(gr_decode(w, a, 2, 0, text, 2, &len, &error), GRAM_E_ARGUMENT);
    T(len == 3 && memcmp(text, "a \0", 3) == 0);
    gr_vocab_free(w);
    gr_vocab_free(v);
}

/* A vocabulary of a, ▁ and ##b under the decoder, and pipeline, given. */
static GrVocab *small(const char *rest)
{
    char file[1000];
    snprintf(file, sizeof file,
             "{%s,\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0,"
             "\"\xE2\x96\x81\":1,\"##b\":2,\"c</w>\":3,\"-d-\":4}}}",
             rest);
    return load(file);
}

static void test_decoders(void)
{
#define METASPACE                                                              \
    "\"decoder\":{\"type\":\"Metaspace\",\"replacement\":"                     \
    "\"\xE2\x96\x81\""
#define STRIP "{\"type\":\"Strip\",\"content\":\"-\",\"start\":1,\"stop\":2}"
    static const struct {
        const char *file;
        uint32_t ids[4];
        const char *whole, *part;
    } cases[] = {
        {METASPACE ",\"prepend_scheme\":\"always\"}",
         {1, 0, 1, 0},
         "a a",
         " a a"},
        {METASPACE ",\"prepend_scheme\":\"never\"}",
         {1, 0, 1, 0},
         " a a",
         " a a"},
        {METASPACE ",\"add_prefix_space\":false}",
         {1, 0, 1, 0},
         " a a",
         " a a"},
        /* no space before the first word */
        {"\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\"}",
         {0, 2, 0, 2},
         "ab ab",
         " ab ab"},
        /* none behind the last */
        {"\"decoder\":{\"type\":\"BPEDecoder\",\"suffix\":\"</w>\"}",
         {0, 3, 0, 3},
         "ac ac",
         "ac ac "},
        /* each token alone; behind a Fuse, the whole text */
        {"\"decoder\":" STRIP, {4, 0, 4, 4}, "dadd", "dadd"},
        {"\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Fuse\"}"
         "," STRIP "]}",
         {4, 0, 4, 4},
         "d-a-d--d",
         "-d-a-d--d-"},
        /* a pipeline that puts a space in front, whatever the decoder */
        {"\"decoder\":{\"type\":\"ByteLevel\"},\"pre_tokenizer\":{\"type\":"
         "\"ByteLevel\",\"add_prefix_space\":true}",
         {0, 0, 0, 0},
         "aaaa",
         "aaaa"},
        {"\"decoder\":{\"type\":\"Fuse\"}",
         {0, 4, 0, 4},
         "a-d-a-d-",
         "a-d-a-d-"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GrVocab *v = small(cases[i].file);
        if (v == NULL) continue;
        decodes(v, 0, cases[i].ids, 4, cases[i].whole);
        decodes(v, BEFORE | AFTER, cases[i].ids, 4, cases[i].part);
        gr_vocab_free(v);
    }
}

/* Refused by name: the bytes would be wrong. */
static void test_unknown(void)
{
    static const struct {
        const char *decoder, *what;
    } cases[] = {{"{\"type\":\"CTC\"}", "'CTC'"},
                 {"{\"type\":\"Strip\",\"content\":\"\",\"start\":1}", "Strip"},
                 {"{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a\"},"
                  "\"content\":\"\"}",
                  "Replace"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char file[300];
        GrVocab *v = NULL;
        int n = snprintf(file, sizeof file,
                         "{\"decoder\":%s,\"model\":{\"type\":\"BPE\","
                         "\"vocab\":{\"a\":0},\"merges\":[]}}",
                         cases[i].decoder);
        T_EQ(gr_vocab_from_memory(NULL, file, (size_t)n, &error, &v),
             GRAM_E_UNSUPPORTED);
        T_OK(strstr(error.message, cases[i].what) != NULL, "%s", error.message);
        T_EQ(error.offset, 11);
    }
}

/* What encoding needs and is not known is named when an encoder is asked for;
 * masks work without. */
static void test_components(void)
{
    static const struct {
        const char *rest, *what;
    } cases[] = {
        {"\"normalizer\":{\"type\":\"Mystery\"}", "normalizer 'Mystery'"},
        {"\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":"
         "\"NFC\"},{\"type\":\"Odd\"}]}",
         "normalizer 'Odd'"},
        {"\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"}",
         "pre-tokenizer 'UnicodeScripts'"},
        {"\"pre_tokenizer\":{\"type\":\"FixedLength\",\"length\":5}",
         "pre-tokenizer 'FixedLength'"},
        {"\"pre_tokenizer\":{}", "pre-tokenizer '?'"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        GrVocab *v = small(cases[i].rest);
        GrEncoder *e = NULL;
        if (v == NULL) continue;
        T(!gr_vocab_has_encoder(v) && v->n_text == 5);
        T_EQ(gr_encoder_new(v, 0, &error, &e), GRAM_E_UNSUPPORTED);
        T_OK(strstr(error.message, cases[i].what) != NULL, "%s", error.message);
        gr_vocab_free(v);
    }
    static const char odd[] = "{\"model\":{\"type\":\"Quux\",\"vocab\":{}}}";
    GrVocab *v = NULL;
    T_EQ(gr_vocab_from_memory(NULL, odd, sizeof odd - 1, &error, &v),
         GRAM_E_UNSUPPORTED);
    T(strstr(error.message, "'Quux'") != NULL && error.offset == 17);
}

/* Through gram.h: a length asked for first, and what it refuses. */
static void test_api(void)
{
    gram_vocab *v = NULL;
    uint32_t ids[16];
    char text[16];
    size_t n = 0, len = 0;
    T_EQ(gram_vocab_default(NULL, &v, &error), GRAM_OK);
    T_EQ(gram_vocab_encode(v, " a b ", 5, ids, 16, &n, &error), GRAM_OK);
    T_EQ(gram_vocab_decode(v, ids, n, 0, NULL, 0, &len, NULL), GRAM_E_ARGUMENT);
    T_EQ(len, 5);
    T_EQ(gram_vocab_decode(v, ids, n, 0, text, 5, &len, &error), GRAM_OK);
    T(len == 5 && memcmp(text, " a b ", 5) == 0);
    T_EQ(gram_vocab_decode(v, ids, n, 4, text, 16, &len, &error),
         GRAM_E_ARGUMENT);
    T_EQ(gram_vocab_decode(v, NULL, 1, 0, text, 16, &len, &error),
         GRAM_E_ARGUMENT);
    T_EQ(gram_vocab_decode(NULL, ids, n, 0, text, 16, &len, &error),
         GRAM_E_ARGUMENT);
    T_EQ(gram_vocab_decode(v, NULL, 0, 0, NULL, 0, NULL, NULL), GRAM_OK);
    T_EQ(gram_vocab_encode(v, "a\n \xFF", 4, ids, 16, &n, &error),
         GRAM_E_SYNTAX);
    T(error.offset == 3 && error.line == 2 && error.column == 2);
    gram_vocab_free(v);
}

int main(void)
{
    test_api();
    test_strip();
    test_decoders();
    test_unknown();
    test_components();
    return t_done();
}
