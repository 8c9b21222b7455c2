/* tokenize: cases for engines that have no tokenizer of their own.
 *
 *     tokenize [--vocab V] [--specials S] --schemas IN --out CASES
 *              --vocab-out FILE
 *
 * IN has cases as maskbench reads them.  CASES gets a line each:
 * {"id","schema_text":str,"tests":[{"valid":bool,"tokens":[ids]}]}; FILE the
 * tokens' bytes in the form that bench_lgv1 (bench_util.h) reads: maskbench
 * takes both. */
#include "bench/bench_util.h"
#include "bench/lib/case.h"

static void put_u32(FILE *f, uint32_t x)
{
    for (int i = 0; i < 4; i++) putc((int)(x >> 8 * i & 255), f);
}

static void write_vocab(const gram_vocab *v, const char *path)
{
    FILE *f = fopen(path, "wb");
    uint32_t n = gram_vocab_size(v);
    size_t n_ends, len;
    const uint32_t *ends = gram_vocab_end_ids(v, &n_ends);
    if (f == NULL) bench_die(path, "cannot be written");
    if (n_ends == 0) bench_die("--vocab", "it has no end of generation");
    fputs("LGV1", f);
    put_u32(f, n);
    put_u32(f, ends[0]);
    put_u32(f, 0);
    for (uint32_t i = 0; i < n; i++) {
        const char *bytes = gram_vocab_token(v, i, &len);
        putc(gram_vocab_kind(v, i) >= GRAM_TOKEN_SPECIAL, f);
        putc(0, f);
        putc((int)(len & 255), f);
        putc((int)(len >> 8), f);
        fwrite(bytes, 1, len, f);
    }
    if (fclose(f) != 0) bench_die(path, "cannot be written");
}

static cJSON *ids_json(const Bench *b)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < b->n_ids; i++)
        cJSON_AddItemToArray(list, cJSON_CreateNumber(b->ids[i]));
    return list;
}

static void write_case(Bench *b)
{
    const char *text;
    size_t len;
    bool valid;
    cJSON *j = cJSON_CreateObject(), *tests = cJSON_CreateArray();
    bench_case_schema(b, &text, &len);
    char *copy = bench_alloc(NULL, len + 1);
    memcpy(copy, text, len);
    copy[len] = 0;
    cJSON_AddStringToObject(j, "id", b->id);
    cJSON_AddStringToObject(j, "schema_text", copy);
    cJSON_AddItemToObject(j, "tests", tests);
    for (uint32_t i = 0; bench_case_tokens(b, i, &valid); i++) {
        cJSON *test = cJSON_CreateObject();
        cJSON_AddBoolToObject(test, "valid", valid);
        cJSON_AddItemToObject(test, "tokens", ids_json(b));
        cJSON_AddItemToArray(tests, test);
    }
    bench_case_print(b, j);
    free(copy);
}

int main(int argc, char **argv)
{
    Bench *b = bench_alloc(NULL, sizeof *b);
    const char *vocab = NULL, *specials = NULL, *schemas = NULL, *out = NULL;
    const char *vocab_out = NULL;
    const struct {
        const char *name, **to;
    } options[] = {{"--vocab", &vocab},
                   {"--specials", &specials},
                   {"--schemas", &schemas},
                   {"--out", &out},
                   {"--vocab-out", &vocab_out}};
    enum { N = sizeof options / sizeof *options };
    for (int i = 1; i < argc; i += 2) {
        int k = 0;
        while (k < N && strcmp(options[k].name, argv[i]) != 0) k++;
        if (k == N || i + 1 == argc) bench_die(argv[i], "not understood");
        *options[k].to = argv[i + 1];
    }
    if (!schemas || !out || !vocab_out) bench_die("tokenize", "see its head");
    BenchLines lines;
    bench_init(b);
    b->v = bench_vocab(vocab, specials);
    b->out = fopen(out, "wb");
    if (b->out == NULL) bench_die(out, "cannot be written");
    write_vocab(b->v, vocab_out);
    bench_open(&lines, schemas);
    while (bench_line(&lines)) {
        bench_case_read(b, lines.at, lines.n);
        write_case(b);
    }
    bool ok = bench_close(&lines);
    ok = bench_stop(b) && ok;
    free(b);
    return ok ? 0 : 5;
}
