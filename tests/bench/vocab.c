/* vocab: what tokenizer files cost to read, to map and to encode with.
 *
 *     vocab [--specials S] [--runs N] [--text FILE] [--max-bytes N] FILE...
 *
 * JSON lines on stdout, for each FILE
 *
 *     {"what":"build", ...}   from the file: best and median time, the most
 *                             memory held, and what it may be: the file once
 *                             (mapped, it is counted already), four times
 *                             the bytes of the tokens and 8 bytes a node
 *     {"what":"map", ...}     the pack, its head checked
 *     {"what":"verify", ...}  the pack, everything checked
 *     {"what":"open", ...}    its encoder
 *     {"what":"encode", ...}  texts of growing length from FILE of --text
 *     {"what":"run", ...}     1 MB, 10 MB, ... of one character, of digits and
 *                             of words drawn from a list
 *
 * Times are wall time, and that of the processor (cpu_us) where others work
 * on the machine.  Encoding is checked: where decoding gives another text,
 * "same" is false (normalizers change texts; see the tokenizer's own rules). */
#include "bench/bench_util.h"
#include "vocab/vocab.h"

#include <unistd.h>

typedef struct Args {
    const char *text_path;
    char *text;
    size_t text_len, max_bytes;
    GrBytes specials;
    int runs;
} Args;

typedef struct Times {
    uint64_t ns[1000], cpu; /* cpu: the least */
    uint64_t from, cpu_from;
    int n;
} Times;

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int by_time(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void start(Times *t)
{
    t->from = bench_ns();
    t->cpu_from = cpu_ns();
}

static void stop(Times *t)
{
    uint64_t cpu = cpu_ns() - t->cpu_from;
    if (t->n == 0 || cpu < t->cpu) t->cpu = cpu;
    if (t->n < 1000) t->ns[t->n++] = bench_ns() - t->from;
}

/* "best_us", "median_us", "cpu_us" of what was timed. */
static void put_times(cJSON *j, Times *t)
{
    qsort(t->ns, (size_t)t->n, sizeof *t->ns, by_time);
    cJSON_AddNumberToObject(j, "best_us", (double)t->ns[0] / 1000);
    cJSON_AddNumberToObject(j, "median_us", (double)t->ns[t->n / 2] / 1000);
    cJSON_AddNumberToObject(j, "cpu_us", (double)t->cpu / 1000);
}

static cJSON *line(const char *what, const char *file)
{
    const char *slash = strrchr(file, '/');
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "what", what);
    cJSON_AddStringToObject(j, "file", slash ? slash + 1 : file);
    return j;
}

static void print(cJSON *j)
{
    char *text = cJSON_PrintUnformatted(j);
    puts(text ? text : "{}");
    fflush(stdout);
    cJSON_free(text);
    cJSON_Delete(j);
}

static size_t file_size(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) bench_die(path, "unreadable");
    long n = ftell(f);
    fclose(f);
    return (size_t)n;
}

/* --- building and mapping ------------------------------------------------- */

static GrVocab *load(const Args *a, const char *path, bool trust)
{
    GrVocab *v = NULL;
    gram_error error = {.code = GRAM_OK};
    GrVocabOptions o = {.trust_packs = trust};
    if (!trust) o.side[GR_SIDE_SPECIALS] = a->specials;
    if (gr_vocab_from_path(&o, path, &error, &v) != GRAM_OK)
        bench_die(path, error.message);
    return v;
}

static GrVocab *build(const Args *a, const char *path)
{
    Times t = {.n = 0};
    GrVocab *v = NULL;
    for (int i = 0; i < a->runs; i++) {
        gr_vocab_free(v);
        start(&t);
        v = load(a, path, false);
        stop(&t);
    }
    size_t file = file_size(path), text = v->off[v->n_tokens];
    cJSON *j = line("build", path);
    cJSON_AddNumberToObject(j, "bytes", (double)file);
    cJSON_AddNumberToObject(j, "tokens", v->n_tokens);
    put_times(j, &t);
    cJSON_AddNumberToObject(j, "peak_bytes", (double)v->env.peak);
    cJSON_AddNumberToObject(j, "may_bytes",
                            (double)(file + 4 * text + 8ul * v->n_nodes));
    cJSON_AddNumberToObject(j, "token_bytes", (double)text);
    cJSON_AddNumberToObject(j, "nodes", v->n_nodes);
    cJSON_AddNumberToObject(j, "pack_bytes", (double)v->block_len);
    print(j);
    return v;
}

static void map(const Args *a, const char *path, const char *pack, bool trust)
{
    Times t = {.n = 0};
    for (int i = 0; i < (trust ? 20 * a->runs : a->runs); i++) {
        start(&t);
        GrVocab *v = load(a, pack, trust);
        stop(&t);
        gr_vocab_free(v);
    }
    cJSON *j = line(trust ? "map" : "verify", path);
    put_times(j, &t);
    print(j);
}

static void write_pack(const GrVocab *v, const char *path)
{
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(v->block, 1, v->block_len, f) == v->block_len;
    if (f == NULL || fclose(f) != 0 || !ok) bench_die(path, "not written");
}

/* --- encoding ------------------------------------------------------------- */

static bool is_same(const GrVocab *v, const uint32_t *ids, size_t n,
                    const char *text, size_t len)
{
    char *back = bench_alloc(NULL, len + 1);
    size_t got;
    bool same = gr_decode(v, ids, n, 0, back, len, &got, NULL) == GRAM_OK &&
                got == len && memcmp(back, text, len) == 0;
    free(back);
    return same;
}

/* Adds the figures of one text to `j` and prints it. */
static void encode(const Args *a, const GrVocab *v, GrEncoder *e,
                   const char *text, size_t len, cJSON *j)
{
    const uint32_t *ids = NULL;
    size_t n = 0;
    Times t = {.n = 0};
    gram_error error = {.code = GRAM_OK};
    gram_status s = GRAM_OK;
    int runs = len < 100000 ? 20 * a->runs : len > 2000000 ? 1 : a->runs;
    for (int i = 0; i < runs && s == GRAM_OK; i++) {
        start(&t);
        s = gr_encode(e, text, len, &error, &ids, &n);
        stop(&t);
    }
    cJSON_AddNumberToObject(j, "bytes", (double)len);
    if (s != GRAM_OK) {
        cJSON_AddStringToObject(j, "error", error.message);
    } else {
        put_times(j, &t);
        cJSON_AddNumberToObject(j, "mb_s", (double)len * 1e3 / (double)t.cpu);
        cJSON_AddNumberToObject(j, "ids", (double)n);
        cJSON_AddBoolToObject(j, "same", is_same(v, ids, n, text, len));
    }
    print(j);
}

static GrEncoder *open_encoder(const Args *a, GrVocab *v, const char *path)
{
    GrEncoder *e = NULL;
    Times t = {.n = 0};
    gram_error error = {.code = GRAM_OK};
    for (int i = 0; i < a->runs; i++) {
        gr_encoder_free(e);
        e = NULL;
        start(&t);
        if (gr_encoder_new(v, 0, &error, &e) != GRAM_OK) break;
        stop(&t);
    }
    cJSON *j = line("open", path);
    if (e == NULL)
        cJSON_AddStringToObject(j, "error", error.message);
    else
        put_times(j, &t);
    print(j);
    return e;
}

/* Characters that pre-tokenizers keep together, and some they do not; then
 * digits and words of several scripts in no order (but the same each time). */
static const char *const letters[] = {
    "a",  " ", "\n", "0", "-", "\xC3\xA9", "\xE4\xB8\x80", "\xF0\x9F\x98\x80",
    "ab", NULL};
static const char *const digits[] = {"0", "1", "2", "3", "4", "5",
                                     "6", "7", "8", "9", NULL};
static const char *const words[] = {
    "the ",
    "tokens ",
    "{\"name\": ",
    "null, ",
    "[1.5e-3, true]}\n",
    "if (x",
    " == NULL) return;\n",
    "    ",
    "\xC3\xA9t\xC3\xA9 ",
    "stra\xC3\x9F"
    "e. ",
    "\xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82 ",
    "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E",
    "\xEF\xBC\x8C",
    "\xF0\x9F\x9A\x80",
    "internationalization",
    "\t",
    "https://x.org/?q=1&r=",
    "20260728",
    "don't ",
    "_snake_case",
    "CamelCase",
    NULL};

static uint32_t count_of(const char *const *list)
{
    uint32_t n = 0;
    while (list[n] != NULL) n++;
    return n;
}

/* `len` bytes or a few less of the words of a list, drawn. */
static size_t draw(const char *const *list, char *text, size_t len)
{
    uint64_t seed = 1;
    size_t at = 0;
    uint32_t n = count_of(list);
    for (;;) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const char *word = list[(seed >> 33) % n];
        if (at + strlen(word) > len) return at;
        memcpy(text + at, word, strlen(word));
        at += strlen(word);
    }
}

static void encode_run(const Args *a, const GrVocab *v, GrEncoder *e,
                       const char *path, const char *of, const char *text,
                       size_t len)
{
    cJSON *j = line("run", path);
    cJSON_AddStringToObject(j, "of", of);
    encode(a, v, e, text, len, j);
}

static void encode_runs(const Args *a, const GrVocab *v, GrEncoder *e,
                        const char *path, size_t len)
{
    char *text = bench_alloc(NULL, len);
    for (const char *const *of = letters; *of; of++) {
        const char *const one[] = {*of, NULL};
        encode_run(a, v, e, path, *of, text, draw(one, text, len));
    }
    encode_run(a, v, e, path, "digits", text, draw(digits, text, len));
    encode_run(a, v, e, path, "words", text, draw(words, text, len));
    free(text);
}

/* The longest beginning of the text that ends between characters. */
static size_t cut(const Args *a, size_t len)
{
    while (len < a->text_len && ((uint8_t)a->text[len] & 0xC0) == 0x80) len--;
    return len;
}

static void encode_all(const Args *a, GrVocab *v, const char *path)
{
    GrEncoder *e = open_encoder(a, v, path);
    if (e == NULL) return;
    for (size_t len = 1000; a->text && len <= a->max_bytes; len *= 10) {
        if (len > a->text_len) break;
        cJSON *j = line("encode", path);
        encode(a, v, e, a->text, cut(a, len), j);
    }
    for (size_t len = 1000000; len <= a->max_bytes; len *= 10)
        encode_runs(a, v, e, path, len);
    gr_encoder_free(e);
}

/* --- the whole ------------------------------------------------------------ */

static void run(const Args *a, const char *path)
{
    char pack[64];
    snprintf(pack, sizeof pack, "/tmp/gram-bench-%ld.pack", (long)getpid());
    GrVocab *v = build(a, path);
    write_pack(v, pack);
    map(a, path, pack, true);
    map(a, path, pack, false);
    unlink(pack);
    encode_all(a, v, path);
    gr_vocab_free(v);
}

/* A short text is repeated up to the longest that is asked for. */
static void read_text(Args *a)
{
    size_t len;
    unsigned char *text = bench_read(a->text_path, &len);
    if (len == 0) bench_die(a->text_path, "empty");
    a->text_len = len < a->max_bytes ? a->max_bytes : len;
    a->text = bench_alloc(NULL, a->text_len);
    for (size_t at = 0; at < a->text_len; at += len)
        memcpy(a->text + at, text,
               a->text_len - at < len ? a->text_len - at : len);
    free(text);
}

int main(int argc, char **argv)
{
    Args a = {.runs = 15, .max_bytes = 10000000};
    int first = argc;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            first = i;
            break;
        }
        if (i + 1 == argc) bench_die(argv[i], "a value is missing");
        const char *name = argv[i], *value = argv[++i];
        if (strcmp(name, "--specials") == 0)
            a.specials.p = bench_read(value, &a.specials.n);
        else if (strcmp(name, "--text") == 0)
            a.text_path = value;
        else if (strcmp(name, "--runs") == 0 && atoi(value) > 0)
            a.runs = atoi(value) < 50 ? atoi(value) : 50;
        else if (strcmp(name, "--max-bytes") == 0)
            a.max_bytes = strtoull(value, NULL, 10);
        else
            bench_die(name, "unknown option, or a bad value");
    }
    if (first == argc) bench_die("vocab", "no tokenizer file is given");
    if (a.text_path) read_text(&a);
    for (int i = first; i < argc; i++) run(&a, argv[i]);
    free(a.text);
    return 0;
}
