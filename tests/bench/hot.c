/* hot: the hot paths one by one, for counting instructions.
 *
 *     hot CASES FILE...
 *
 * CASES as maskbench reads them, FILE a GBNF grammar; the embedded
 * vocabulary.  Each part runs inside hot_run, and its name is printed before
 * it: a profiler that counts in that function alone, and notes the count at
 * its end, gives one number a name (tests/tools/bench_check.sh).  Nothing
 * here depends on time, addresses or chance. */
#include "bench/bench_util.h"
#include "bench/lib/case.h"

#include <unistd.h>

typedef struct Hot {
    Bench b;
    gram_grammar *g;
    gram_matcher *m;
    const char *text; /* of a schema or grammar */
    size_t len;
    gram_kind kind;
    char path[64]; /* of a compiled grammar */
    uint32_t flags;
    void *logits;
    uint32_t *row;
    gram_logits type;
    gram_token *token;
    gram_vocab *v;
    const void *pack;
    size_t pack_len;
} Hot;

/* Counted: see the head of this file. */
void hot_run(void (*part)(Hot *), Hot *h);
__attribute__((noinline)) void hot_run(void (*part)(Hot *), Hot *h)
{
    part(h);
}

static void run(const char *name, const char *of, void (*part)(Hot *), Hot *h)
{
    /* known to the compiler, it would be copied for each part */
    void (*volatile counted)(void (*)(Hot *), Hot *) = hot_run;
    printf("%s%s%s\n", name, of[0] ? "/" : "", of);
    fflush(stdout);
    counted(part, h);
}

static void must(gram_status status, const char *what)
{
    if (status != GRAM_OK) bench_die(what, gram_status_text(status));
}

/* --- grammars ------------------------------------------------------------- */

static void compile(Hot *h)
{
    must(gram_grammar_new(h->b.v, h->kind, h->text, h->len, NULL, &h->g, NULL),
         "compile");
}

static void one_mask(Hot *h)
{
    const uint32_t *row;
    must(gram_matcher_mask_view(h->m, &row, NULL), "mask");
}

static void start(Hot *h)
{
    must(gram_matcher_new(h->g, &h->m, NULL), "matcher");
}

/* Masks and tokens of the instance. */
static void walk(Hot *h)
{
    for (size_t i = 0; i < h->b.n_ids; i++) {
        one_mask(h);
        must(gram_matcher_accept(h->m, h->b.ids[i]), "accept");
    }
    one_mask(h);
}

static void accept_all(Hot *h)
{
    for (size_t i = 0; i < h->b.n_ids; i++)
        must(gram_matcher_accept(h->m, h->b.ids[i]), "accept");
}

/* A schema, and one document of it again and again. */
static void schema(Hot *h)
{
    const char *id = h->b.id;
    h->kind = GRAM_KIND_JSON_SCHEMA;
    bench_case_schema(&h->b, &h->text, &h->len);
    if (!bench_case_valid(&h->b)) bench_die(id, "no valid instance");
    run("compile", id, compile, h);
    start(h);
    run("first_mask", id, one_mask, h);
    run("cold", id, walk, h);
    for (int i = 0; i < 3; i++) {
        gram_matcher_reset(h->m);
        walk(h);
    }
    gram_matcher_reset(h->m);
    run("warm", id, walk, h);
    gram_matcher_reset(h->m);
    run("accept", id, accept_all, h);
    gram_matcher_free(h->m);
    gram_grammar_free(h->g);
}

static void grammar(Hot *h, const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    char *text = (char *)bench_read(file, &h->len);
    h->kind = GRAM_KIND_GBNF;
    h->text = text;
    run("compile", name, compile, h);
    start(h);
    run("first_mask", name, one_mask, h);
    gram_matcher_free(h->m);
    gram_grammar_free(h->g);
    free(text);
}

/* --- compiled grammars, logits, vocabularies ------------------------------ */

static void load(Hot *h)
{
    must(gram_grammar_load(h->b.v, h->path, h->flags, NULL, &h->g, NULL),
         "load");
}

static void artifact(Hot *h)
{
    static const char text[] =
        "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
        "\"tags\":{\"type\":\"array\",\"items\":{\"enum\":[\"a\",\"b\"]}}},"
        "\"required\":[\"name\"]}";
    snprintf(h->path, sizeof h->path, "/tmp/gram-hot-%ld.gram", (long)getpid());
    must(gram_grammar_save(h->b.v, GRAM_KIND_JSON_SCHEMA, text, sizeof text - 1,
                           NULL, h->path, 1 << 20, NULL, NULL, NULL),
         "save");
    h->flags = GRAM_LOAD_FAST;
    run("load", "fast", load, h);
    gram_grammar_free(h->g);
    h->flags = 0;
    run("load", "verify", load, h);
    gram_grammar_free(h->g);
    remove(h->path);
}

static void apply(Hot *h)
{
    must(gram_apply_mask(h->logits, h->type, gram_vocab_size(h->b.v), 1, 0,
                         h->row, gram_vocab_mask_words(h->b.v)),
         "apply");
}

static void logits(Hot *h)
{
    uint32_t words = gram_vocab_mask_words(h->b.v);
    h->logits = bench_alloc(NULL, (size_t)words * 32 * 4);
    h->row = bench_alloc(NULL, words * sizeof *h->row);
    memset(h->logits, 0, (size_t)words * 32 * 4);
    for (uint32_t i = 0; i < words; i++) h->row[i] = i * 2654435761u;
    h->type = GRAM_LOGITS_F32;
    run("apply", "f32", apply, h);
    h->type = GRAM_LOGITS_BF16;
    run("apply", "bf16", apply, h);
    free(h->logits);
    free(h->row);
}

static void build(Hot *h)
{
    must(gram_vocab_new(h->token, gram_vocab_size(h->b.v), NULL, &h->v, NULL),
         "vocabulary");
}

static void open_pack(Hot *h)
{
    gram_vocab_options o = {.size = sizeof o, .trust_pack = 1};
    must(gram_vocab_load(h->pack, h->pack_len, &o, &h->v, NULL), "pack");
}

static void vocabulary(Hot *h)
{
    uint32_t n = gram_vocab_size(h->b.v);
    h->token = bench_alloc(NULL, n * sizeof *h->token);
    for (uint32_t i = 0; i < n; i++) {
        size_t len;
        h->token[i].bytes = gram_vocab_token(h->b.v, i, &len);
        h->token[i].len = (uint32_t)len;
        h->token[i].kind = gram_vocab_kind(h->b.v, i);
    }
    run("vocabulary", "build", build, h);
    gram_vocab_free(h->v);
    h->pack = gram_vocab_pack(h->b.v, &h->pack_len);
    run("vocabulary", "pack", open_pack, h);
    gram_vocab_free(h->v);
    free(h->token);
}

int main(int argc, char **argv)
{
    Hot *h = bench_alloc(NULL, sizeof *h);
    BenchLines lines;
    memset(h, 0, sizeof *h);
    if (argc < 2) bench_die("hot", "CASES is missing");
    bench_init(&h->b);
    h->b.out = fopen("/dev/null", "wb");
    bench_start(&h->b, NULL, NULL);
    vocabulary(h);
    logits(h);
    artifact(h);
    bench_open(&lines, argv[1]);
    while (bench_line(&lines)) {
        bench_case_read(&h->b, lines.at, lines.n);
        schema(h);
    }
    bench_close(&lines);
    for (int i = 2; i < argc; i++) grammar(h, argv[i]);
    bench_stop(&h->b);
    free(h);
    return 0;
}
