/* GGUF: what the names of `tokenizer.ggml.pre` make of a text, names that are
 * not known, and the models whose tokens are written in other ways. */
#include "../t.h"
#include "../tools/bytes.h"
#include "vocab/vocab.h"

static void strings(Bytes *b, const char *key, const char *const *list)
{
    uint64_t n = 0;
    while (list[n] != NULL) n++;
    bytes_counted(b, key);
    bytes_number(b, 9, 4);
    bytes_number(b, 8, 4);
    bytes_number(b, n, 8);
    for (uint64_t i = 0; i < n; i++) bytes_counted(b, list[i]);
}

static gram_error error;

static GrVocab *load(const char *model, const char *pre,
                     const char *const *tokens, const char *const *merges)
{
    Bytes b = {.n = 0};
    GrVocab *v = NULL;
    bytes_put(&b, "GGUF\3\0\0\0", 8);
    bytes_number(&b, 0, 8);
    bytes_number(&b, 4, 8);
    bytes_counted(&b, "tokenizer.ggml.model");
    bytes_number(&b, 8, 4);
    bytes_counted(&b, model);
    bytes_counted(&b, "tokenizer.ggml.pre");
    bytes_number(&b, 8, 4);
    bytes_counted(&b, pre);
    strings(&b, "tokenizer.ggml.tokens", tokens);
    strings(&b, "tokenizer.ggml.merges", merges);
    memset(&error, 0, sizeof error);
    gram_status s = gr_vocab_from_memory(NULL, b.at, b.n, &error, &v);
    T_OK(s == GRAM_OK || v == NULL, "%s", error.message);
    free(b.at);
    return v;
}

/* The pieces of a text with bars between them: its tokens, where whatever may
 * be merged is. */
static void pieces(const char *pre, const char *text, const char *want)
{
    static const char *const tokens[] = {"1",
                                         "2",
                                         "3",
                                         "4",
                                         "5",
                                         "12",
                                         "123",
                                         "1234",
                                         "12345",
                                         "23",
                                         "234",
                                         "2345",
                                         "34",
                                         "345",
                                         "45",
                                         "a",
                                         "b",
                                         "\xC4\xA0",
                                         "\xC4\xA0\xC4\xA0",
                                         "aa",
                                         "ab",
                                         "\xC4\xA0"
                                         "a",
                                         "'",
                                         "a'",
                                         "\xC4\x8A",
                                         "!",
                                         "!\xC4\x8A",
                                         NULL};
    static const char *const merges[] = {"1 2",
                                         "12 3",
                                         "123 4",
                                         "1234 5",
                                         "2 3",
                                         "23 4",
                                         "234 5",
                                         "3 4",
                                         "34 5",
                                         "4 5",
                                         "\xC4\xA0 \xC4\xA0",
                                         "a a",
                                         "a b",
                                         "\xC4\xA0 a",
                                         "a '",
                                         "! \xC4\x8A",
                                         NULL};
    GrVocab *v = load("gpt2", pre, tokens, merges);
    GrEncoder *e = NULL;
    const uint32_t *ids;
    size_t n, len = 0;
    char got[100] = "";
    if (v == NULL) return;
    T_OK(gr_encoder_new(v, 0, &error, &e) == GRAM_OK, "%s: %s", pre,
         error.message);
    if (e != NULL &&
        gr_encode(e, text, strlen(text), &error, &ids, &n) == GRAM_OK)
        for (size_t i = 0; i < n; i++) {
            uint32_t m;
            const char *p = gr_vocab_bytes(v, ids[i], &m);
            if (i > 0) got[len++] = '|';
            memcpy(got + len, p, m);
            len += m;
            got[len] = 0;
        }
    T_OK(strcmp(got, want) == 0, "%s: \"%s\" is \"%s\", not \"%s\"", pre, text,
         got, want);
    gr_encoder_free(e);
    gr_vocab_free(v);
}

static void test_pre(void)
{
    static const struct {
        const char *pre, *text, *want;
    } cases[] = {{"llama-bpe", "12345", "123|45"},
                 {"qwen2", "12345", "1|2|3|4|5"},
                 {"gpt-2", "12345", "12345"},
                 {"minicpm5", "12345", "123|45"},
                 {"viking", "12345", "1|2|3|4|5"},
                 {"viking", "aa aa", "aa| |aa"},
                 {"superbpe", "12345", "12|345"},
                 {"superbpe", "123", "123"},
                 {"tiny_aya", "12345", "12|345"},
                 {"cohere2moe", "12345!", "12|345|!"},
                 {"tiny_aya", "12345a", "123|45|a"},
                 {"seed-coder", "12!\n", "1|2|!|\n"},
                 {"llama3", "!\n", "!\n"},
                 {"ufakzeka", "a'a", "a|'|a"},
                 {"bailingmoe", "12", "1|2"},
                 {"llada-moe", "a aa", "a| |aa"},
                 {"jais-2", "a    a", "a|  | | a"},
                 {"llama3", "a    a", "a|  | | a"},
                 {"exaone-moe", "12", "1|2"},
                 {"youtu", "12", "1|2"},
                 {"spark2_5", "123", "1|2|3"},
                 {"spark2_5", "!\n", "!|\n"},
                 {"chameleon", "12 a", "1|2| a"},
                 {"granite-embed-multi-97m", "12345", "123|45"},
                 {"laguna", "12", "1|2"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        pieces(cases[i].pre, cases[i].text, cases[i].want);
}

/* Masks work, and the encoder says what it does not know. */
static void test_unknown(void)
{
    static const char *const tokens[] = {"a", NULL}, *const none[] = {NULL};
    GrVocab *v = load("gpt2", "kimi-k2", tokens, none);
    GrEncoder *e;
    if (v == NULL) return;
    T(!gr_vocab_has_encoder(v) && v->n_text == 1);
    T_EQ(gr_encoder_new(v, 0, &error, &e), GRAM_E_UNSUPPORTED);
    T_OK(strstr(error.message, "tokenizer.ggml.pre kimi-k2") != NULL, "%s",
         error.message);
    gr_vocab_free(v);
    T(load("plamo2", "", tokens, none) == NULL);
    T_OK(error.code == GRAM_E_UNSUPPORTED &&
             strstr(error.message, "'plamo2'") != NULL,
         "%s", error.message);
}

/* Tokens with a mark for spaces under the model's name gpt2. */
static void test_spaced(void)
{
    static const char *const names[] = {"gemma4", "granite-embed-multi-311m",
                                        "sarvam-moe"};
    static const char *const tokens[] = {"\xE2\x96\x81", "a",
                                         "\xE2\x96\x81"
                                         "a",
                                         NULL};
    static const char *const merges[] = {"\xE2\x96\x81 a", NULL};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        GrVocab *v = load("gpt2", names[i], tokens, merges);
        GrEncoder *e;
        const uint32_t *ids;
        size_t n = 0;
        if (v == NULL) continue;
        T_EQ(gr_vocab_find(v, " a", 2), 2);
        T_EQ(gr_encoder_new(v, 0, &error, &e), GRAM_OK);
        T_EQ(gr_encode(e, "a a", 3, &error, &ids, &n), GRAM_OK);
        T(n == 2 && ids[0] == 1 && ids[1] == 2);
        gr_encoder_free(e);
        gr_vocab_free(v);
    }
}

/* RWKV: escaped bytes, the longest token first. */
static void test_rwkv(void)
{
    static const char *const none[] = {NULL};
    static const char *const tokens[] = {
        "<s>", "a", "ab", "\\n\\t", "\\xff\\x0A", "\\\\x", "abc\\'", NULL};
    static const char *const bad[] = {"a", "\\x4", NULL};
    GrVocab *v = load("rwkv", "", tokens, none);
    GrEncoder *e;
    const uint32_t *ids;
    size_t n = 0;
    if (v == NULL) return;
    T_EQ(gr_vocab_find(v, "\n\t", 2), 3);
    T_EQ(gr_vocab_find(v, "\xFF\n", 2), 4);
    T_EQ(gr_vocab_find(v, "\\x", 2), 5);
    T_EQ(gr_vocab_find(v, "abc'", 4), 6);
    T(gr_vocab_has_encoder(v));
    T_EQ(gr_encoder_new(v, 0, &error, &e), GRAM_OK);
    T_EQ(gr_encode(e, "ababca\n\t?", 9, &error, &ids, &n), GRAM_OK);
    /* ab ab ? a \n\t ?: what no token begins is the unknown id */
    T(n == 6 && ids[0] == 2 && ids[1] == 2 && ids[2] == 0 && ids[3] == 1 &&
      ids[4] == 3 && ids[5] == 0);
    gr_encoder_free(e);
    gr_vocab_free(v);
    T(load("rwkv", "", bad, none) == NULL && error.code == GRAM_E_VOCAB);
}

int main(void)
{
    test_pre();
    test_unknown();
    test_spaced();
    test_rwkv();
    return t_done();
}
