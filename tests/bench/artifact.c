/* artifact: what compiled grammars cost to save, to load and to use.
 *
 *     artifact [--vocab V] [--mask-bytes N] [policy options] FILE...
 *
 * FILE is a schema (.json) or a grammar (.ebnf, .gbnf, .lark, .regex).  One
 * JSON line each: bytes of the compiled file; microseconds to save it, to
 * load it (fast, and verified; the best of several), and for the first mask
 * behind a fast load; whether that mask was in the file. */
#include "api/api.h"
#include "bench/bench_options.h"
#include "bench/bench_util.h"

#include <sys/stat.h>
#include <unistd.h>

enum { RUNS = 20 };

static gram_kind kind_of(const char *file)
{
    static const struct {
        const char *end;
        gram_kind kind;
    } ends[] = {{".ebnf", GRAM_KIND_EBNF},
                {".gbnf", GRAM_KIND_GBNF},
                {".lark", GRAM_KIND_LARK},
                {".regex", GRAM_KIND_REGEX}};
    size_t n = strlen(file);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t m = strlen(ends[i].end);
        if (n >= m && strcmp(file + n - m, ends[i].end) == 0)
            return ends[i].kind;
    }
    return GRAM_KIND_JSON_SCHEMA;
}

/* The best of several loads, in microseconds; *first: its first mask. */
static double load_us(gram_vocab *v, const char *path, uint32_t flags,
                      double *first, bool *held)
{
    double best = 1e18;
    for (int i = 0; i < RUNS; i++) {
        gram_grammar *g;
        gram_matcher *m;
        const uint32_t *row;
        gram_error e;
        uint64_t start = bench_ns();
        if (gram_grammar_load(v, path, flags, NULL, &g, &e) != GRAM_OK)
            bench_die(path, e.message);
        uint64_t loaded = bench_ns();
        if (gram_matcher_new(g, &m, &e) != GRAM_OK ||
            gram_matcher_mask_view(m, &row, NULL) != GRAM_OK)
            bench_die(path, "no first mask");
        uint64_t end = bench_ns();
        if ((double)(loaded - start) / 1e3 < best) {
            best = (double)(loaded - start) / 1e3;
            *first = (double)(end - loaded) / 1e3;
        }
        *held = gr_pda_machine(g->now->pda) == NULL;
        gram_matcher_free(m);
        gram_grammar_free(g);
    }
    return best;
}

static void run(gram_vocab *v, const gram_options *opt, const char *file,
                size_t mask_bytes, const char *path)
{
    size_t len;
    gram_error e;
    struct stat st;
    bool held;
    double first, again;
    char *text = (char *)bench_read(file, &len);
    uint64_t start = bench_ns();
    if (gram_grammar_save(v, kind_of(file), text, len, opt, path, mask_bytes,
                          NULL, NULL, &e) != GRAM_OK)
        bench_die(file, e.message);
    double save = (double)(bench_ns() - start) / 1e3;
    if (stat(path, &st) != 0) bench_die(path, "is not there");
    double verify = load_us(v, path, 0, &again, &held);
    double fast = load_us(v, path, GRAM_LOAD_FAST, &first, &held);
    printf("{\"file\":\"%s\",\"bytes\":%lld,\"save_us\":%.0f,"
           "\"load_fast_us\":%.1f,\"load_verify_us\":%.1f,"
           "\"first_mask_us\":%.1f,\"mask_was_held\":%s}\n",
           file, (long long)st.st_size, save, fast, verify, first,
           held ? "true" : "false");
    remove(path);
    free(text);
}

int main(int argc, char **argv)
{
    const char *vocab = NULL;
    gram_options opt = {.size = sizeof opt};
    gram_vocab *v;
    uint64_t mask_bytes = 8u << 20;
    char path[64];
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i++) {
        if (bench_flag(&opt, argv[i]) == 1) continue;
        if (strcmp(argv[i], "--vocab") == 0)
            vocab = argv[++i];
        else if (strcmp(argv[i], "--mask-bytes") == 0) {
            if (!bench_number(argv[++i], SIZE_MAX, &mask_bytes))
                bench_die("--mask-bytes", "a bad value");
        } else if (bench_option(&opt, argv[i], argv[i + 1]) == 1)
            i++;
        else
            bench_die(argv[i], "unknown option, or a bad value");
    }
    if (i == argc) bench_die("FILE", "is missing");
    v = bench_vocab(vocab, NULL);
    snprintf(path, sizeof path, "/tmp/gram-bench-%ld.gram", (long)getpid());
    for (; i < argc; i++) run(v, &opt, argv[i], (size_t)mask_bytes, path);
    gram_vocab_free(v);
    return 0;
}
