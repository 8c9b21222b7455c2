/* Texts that end too early: every file of grammars/ and tests/cases/, whole
 * and line by line, cut at every byte (of long texts at some), read as every
 * kind of grammar.  Each compiles, or is refused with a place and a sentence;
 * all memory is given back. */
#define _POSIX_C_SOURCE 200809L
#include "oracle/cases.h"
#include "t.h"
#include "tools/alloc.h"

#if defined(__SANITIZE_ADDRESS__)
enum { CUTS = 6 };
#else
enum { CUTS = 60 };
#endif
enum { STEPS = 2000000 };

typedef struct Tally {
    long texts, compiled, refused, limits;
    bool bad;
} Tally;

static gram_vocab *bytes_vocab(void)
{
    static char byte[256];
    gram_token t[257];
    gram_vocab *v = NULL;
    uint32_t end = 256;
    for (int b = 0; b < 256; b++) {
        byte[b] = (char)b;
        t[b] = (gram_token){&byte[b], 1, GRAM_TOKEN_NORMAL};
    }
    t[end] = (gram_token){"<end>", 5, GRAM_TOKEN_SPECIAL};
    gram_vocab_options o = {.size = sizeof o, .end_ids = &end, .n_end_ids = 1};
    return gram_vocab_new(t, end + 1, &o, &v, NULL) == GRAM_OK ? v : NULL;
}

/* What is wrong with an answer; NULL: nothing. */
static const char *flaw(gram_status s, const gram_error *e, size_t len)
{
    bool input = s >= GRAM_E_SYNTAX && s <= GRAM_E_REFERENCE;
    if (s == GRAM_OK || s == GRAM_E_EMPTY) return NULL;
    if (!input && s != GRAM_E_LIMIT && s != GRAM_E_MEMORY) return "status";
    if (e->code != s) return "another code in the error";
    if (e->message[0] == 0) return "no sentence";
    if (e->offset > len) return "a place behind the end";
    if (input && (e->line == 0 || e->column == 0)) return "no place";
    return NULL;
}

static void compile(gram_vocab *v, gram_kind kind, const char *text, size_t len,
                    Tally *t)
{
    TestAlloc memory = {0};
    gram_allocator a = test_alloc(&memory);
    gram_options o = {.size = sizeof o, .allocator = &a, .max_steps = STEPS};
    gram_grammar *g = NULL;
    gram_error e = {0};
    /* of exactly its length, so that a byte too far is seen */
    char *copy = malloc(len ? len : 1);
    if (copy == NULL) return;
    if (len) memcpy(copy, text, len);
    gram_status s = gram_grammar_new(v, kind, copy, len, &o, &g, &e);
    if (s == GRAM_OK) gram_grammar_free(g);
    const char *wrong = flaw(s, &e, len);
    if (wrong == NULL && (memory.live != 0 || memory.wrong != 0))
        wrong = "memory is not given back";
    t->bad |= wrong != NULL;
    if (wrong != NULL)
        fprintf(stderr, "%s: kind %d, status %d (%s): %.*s\n", wrong, kind, s,
                e.message, (int)len, text);
    t->compiled += s == GRAM_OK;
    t->limits += s == GRAM_E_LIMIT;
    t->refused += s != GRAM_OK && s != GRAM_E_LIMIT;
    free(copy);
}

static void cut(gram_vocab *v, const char *text, size_t len, Tally *t)
{
    static const gram_kind kinds[] = {GRAM_KIND_JSON_SCHEMA, GRAM_KIND_EBNF,
                                      GRAM_KIND_GBNF, GRAM_KIND_REGEX};
    size_t step = len / CUTS + 1;
    t->texts++;
    t->bad = false;
    for (size_t k = 0; k < 4; k++)
        for (size_t n = len;; n -= step) {
            compile(v, kinds[k], text, n, t);
            if (n < step) break;
        }
    T_OK(!t->bad, "a text that ends too early");
}

/* The file, and each of its lines without the mark of a verdict. */
static void run_file(gram_vocab *v, const char *path, Tally *t)
{
    size_t len;
    char *text = cases_read_file(path, &len);
    T_OK(text != NULL, "%s cannot be read", path);
    if (text == NULL) return;
    cut(v, text, len, t);
    bool lines = strstr(path, "tests/cases/") != NULL;
    for (size_t at = 0, n; lines && at < len; at += n + 1) {
        const char *end = memchr(text + at, '\n', len - at);
        n = end ? (size_t)(end - text) - at : len - at;
        size_t mark = n > 2 && strchr("+-", text[at]) && text[at + 1] == ' ';
        cut(v, text + at + 2 * mark, n - 2 * mark, t);
    }
    free(text);
}

int main(void)
{
    char path[1024];
    Tally t = {0};
    gram_vocab *v = bytes_vocab();
    FILE *list = popen("find grammars tests/cases -type f | sort", "r");
    T(v != NULL && list != NULL);
    while (v != NULL && list != NULL && fgets(path, sizeof path, list)) {
        path[strcspn(path, "\n")] = 0;
        run_file(v, path, &t);
    }
    if (list != NULL) pclose(list);
    gram_vocab_free(v);
    printf("%ld texts, %ld cuts compile, %ld are refused, %ld limits\n",
           t.texts, t.compiled, t.refused, t.limits);
    T(t.texts > 100 && t.compiled > 1000 && t.refused > 1000);
    return t_done();
}
