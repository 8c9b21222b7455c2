/* Compiled grammars on disk: what is loaded gives the masks of what was
 * saved, along walks that leave what the file holds; equal sources give equal
 * bytes; every damage is refused or harmless; a save that is cut short leaves
 * a whole file.
 *
 *     GRAM_SEED=7 GRAM_FLIPS=20000 GRAM_KILLS=200 build/unit/artifact_file
 *
 * Flips, half of them with sums that fit again, and kills are fewer by
 * default under the sanitizer. */
#include "api/api.h"
#include "t.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
enum { FLIPS = 1500, KILLS = 4, STEPS = 120 };
#else
enum { FLIPS = 20000, KILLS = 200, STEPS = 400 };
#endif
/* of masks in a file; damage is looked for in smaller ones */
enum { MASK_BYTES = 1 << 20, FEW_BYTES = 1 << 15 };

typedef struct Text {
    gram_kind kind;
    const char *text;
} Text;

static const Text sources[] = {
    {GRAM_KIND_JSON_SCHEMA, "{}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\","
     "\"maxLength\":9},\"id\":{\"type\":\"integer\",\"minimum\":3},\"tags\":{"
     "\"type\":\"array\",\"items\":{\"enum\":[\"a\",\"b\",7]},\"maxItems\":3}},"
     "\"required\":[\"id\",\"name\"],\"minProperties\":2}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"array\",\"items\":{\"type\":[\"integer\",\"null\"]},"
     "\"uniqueItems\":true,\"minItems\":2}"},
    {GRAM_KIND_JSON_SCHEMA,
     "{\"type\":\"string\",\"pattern\":\"^[a-f]{2,9}(x|y)*$\"}"},
    {GRAM_KIND_GBNF, "root ::= \"a\" root \"b\" | [x-z]+ | \"\""},
    {GRAM_KIND_EBNF, "root ::= e\ne ::= e \"+\" e | \"(\" e \")\" | [0-9]+\n"},
    {GRAM_KIND_REGEX, "(ab|ba)*c{2,70}"},
};
enum { N_SOURCES = sizeof sources / sizeof *sources };

static char path[64], other[64];

static gram_status save_with(gram_vocab *v, const Text *t, size_t mask_bytes,
                             const char *to)
{
    return gram_grammar_save(v, t->kind, t->text, strlen(t->text), NULL, to,
                             mask_bytes, NULL, NULL, NULL);
}

static gram_status save(gram_vocab *v, const Text *t, const char *to)
{
    return save_with(v, t, MASK_BYTES, to);
}

static gram_status save_small(gram_vocab *v, const Text *t, const char *to)
{
    return save_with(v, t, FEW_BYTES, to);
}

static char *read_all(const char *from, size_t *len)
{
    FILE *f = fopen(from, "rb");
    char *p = NULL;
    *len = 0;
    if (f == NULL) return NULL;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    if (n >= 0) p = malloc((size_t)n + 1);
    if (p != NULL) *len = fread(p, 1, (size_t)n, f);
    fclose(f);
    return p;
}

/* --- equal masks ---------------------------------------------------------- */

static uint32_t pick(const uint32_t *row, uint32_t n_tokens, uint64_t *seed)
{
    uint32_t at = (uint32_t)(t_random(seed) % n_tokens);
    for (uint32_t i = 0; i < n_tokens; i++, at = (at + 1) % n_tokens)
        if (row[at >> 5] >> (at & 31) & 1) return at;
    return UINT32_MAX;
}

/* Walk both with the same tokens; false at the first difference. */
static bool same_walk(gram_vocab *v, gram_grammar *a, gram_grammar *b,
                      int steps, uint64_t *seed)
{
    gram_matcher *m = NULL, *n = NULL;
    uint32_t words = gram_vocab_mask_words(v);
    bool same = gram_matcher_new(a, &m, NULL) == GRAM_OK &&
                gram_matcher_new(b, &n, NULL) == GRAM_OK;
    for (int i = 0; i < steps && same; i++) {
        const uint32_t *x, *y;
        same = gram_matcher_mask_view(m, &x, NULL) == GRAM_OK &&
               gram_matcher_mask_view(n, &y, NULL) == GRAM_OK &&
               memcmp(x, y, words * sizeof *x) == 0;
        if (!same) break;
        uint32_t token = pick(x, gram_vocab_size(v), seed);
        if (token == UINT32_MAX) break;
        same = gram_matcher_accept(m, token) == GRAM_OK &&
               gram_matcher_accept(n, token) == GRAM_OK;
        if (!gram_matcher_is_terminated(m)) continue;
        gram_matcher_reset(m);
        gram_matcher_reset(n);
    }
    gram_matcher_free(m);
    gram_matcher_free(n);
    return same;
}

static void test_same_masks(gram_vocab *v, uint64_t *seed)
{
    for (int i = 0; i < N_SOURCES; i++) {
        const Text *t = &sources[i];
        gram_grammar *a = NULL, *b = NULL;
        gram_error e = {0};
        T(gram_grammar_new(v, t->kind, t->text, strlen(t->text), NULL, &a,
                           NULL) == GRAM_OK);
        T(save(v, t, path) == GRAM_OK);
        for (uint32_t flags = 0; flags <= GRAM_LOAD_FAST; flags++) {
            gram_status s = gram_grammar_load(v, path, flags, NULL, &b, &e);
            T_OK(s == GRAM_OK, "%s: %s", t->text, e.message);
            if (s != GRAM_OK) continue;
            T_OK(same_walk(v, a, b, STEPS, seed), "%s: masks differ", t->text);
            T_EQ(gram_grammar_report_size(a), gram_grammar_report_size(b));
            gram_grammar_free(b);
        }
        gram_grammar_free(a);
    }
}

/* What the file holds is used without compiling; what it does not is
 * compiled once and fits on to it. */
static void test_from_file_alone(gram_vocab *v)
{
    gram_grammar *g = NULL;
    gram_matcher *m = NULL;
    const uint32_t *row;
    T(save(v, &sources[1], path) == GRAM_OK);
    T(gram_grammar_load(v, path, 0, NULL, &g, NULL) == GRAM_OK);
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    T(gram_matcher_mask_view(m, &row, NULL) == GRAM_OK);
    T(gram_matcher_accept_bytes(m, "{\"id", 4, NULL) == GRAM_OK);
    T(gram_matcher_mask_view(m, &row, NULL) == GRAM_OK);
    T_OK(gr_pda_machine(g->now->pda) == NULL, "compiled for masks of the file");
    const char rest[] = "\":55,\"name\":\"\\u00e9\",\"zz\":[[{\"q\":-1e5}]]}";
    T(gram_matcher_accept_bytes(m, rest, sizeof rest - 1, NULL) == GRAM_OK);
    T(gram_matcher_may_stop(m));
    T(gr_pda_machine(g->now->pda) != NULL);
    gram_matcher_free(m);
    gram_grammar_free(g);
}

/* What was checked stays so, whatever becomes of the file. */
static void test_overwritten(gram_vocab *v, uint64_t *seed)
{
    const Text *t = &sources[1];
    gram_grammar *a = NULL, *b = NULL;
    T(gram_grammar_new(v, t->kind, t->text, strlen(t->text), NULL, &a, NULL) ==
      GRAM_OK);
    T(save(v, t, path) == GRAM_OK);
    T(gram_grammar_load(v, path, 0, NULL, &b, NULL) == GRAM_OK);
    T(truncate(path, 0) == 0);
    T_OK(same_walk(v, a, b, STEPS, seed), "cut short: masks differ");
    gram_grammar_free(a);
    gram_grammar_free(b);
}

/* --- equal bytes ---------------------------------------------------------- */

static void test_same_bytes(gram_vocab *v)
{
    for (int i = 0; i < N_SOURCES; i++) {
        size_t n, k;
        T(save(v, &sources[i], path) == GRAM_OK);
        T(save(v, &sources[i], other) == GRAM_OK);
        char *a = read_all(path, &n), *b = read_all(other, &k);
        T_OK(a && b && n == k && memcmp(a, b, n) == 0, "%s: other bytes",
             sources[i].text);
        free(a);
        free(b);
    }
}

static void test_refused(gram_vocab *v)
{
    static const gram_token few[] = {{"a", 1, GRAM_TOKEN_NORMAL}};
    gram_vocab *w = NULL;
    gram_grammar *g = NULL;
    gram_error e;
    T(save(v, &sources[0], path) == GRAM_OK);
    T(gram_vocab_new(few, 1, NULL, &w, NULL) == GRAM_OK);
    T(gram_grammar_load(w, path, 0, NULL, &g, &e) == GRAM_E_ARTIFACT);
    T(e.line == 0 && e.column == 0 && e.offset == 0);
    T(strstr(e.message, "another vocabulary") != NULL);
    T(gram_grammar_load(v, "/nowhere/x.gram", 0, NULL, &g, &e) == GRAM_E_IO);
    T(gram_grammar_load(v, path, 8, NULL, &g, &e) == GRAM_E_ARGUMENT);
    T(gram_grammar_load(v, NULL, 0, NULL, &g, &e) == GRAM_E_ARGUMENT);
    Text bad = {GRAM_KIND_JSON_SCHEMA, "{\"type\":7}"};
    T(save(v, &bad, path) == GRAM_E_SCHEMA);
    T(gram_grammar_save(v, GRAM_KIND_JSON_SCHEMA, "{}", 2, NULL,
                        "/nowhere/x.gram", 1, NULL, NULL, &e) == GRAM_E_IO);
    gram_vocab_free(w);
}

/* What is no file is neither replaced nor written to, whoever asks. */
static void test_no_file(gram_vocab *v)
{
    struct stat st;
    gram_grammar *g;
    gram_error e;
    unlink(path);
    T(mkfifo(path, 0600) == 0);
    T(save(v, &sources[0], path) == GRAM_E_IO);
    T(stat(path, &st) == 0 && S_ISFIFO(st.st_mode));
    T(unlink(path) == 0);
    T(mkfifo(path, 0600) == 0);
    for (uint32_t flags = 0; flags <= GRAM_LOAD_FAST; flags++)
        T(gram_grammar_load(v, path, flags, NULL, &g, &e) == GRAM_E_IO);
    T(unlink(path) == 0);
    T(save(v, &sources[0], ".") == GRAM_E_IO);
    T(gram_grammar_load(v, ".", 0, NULL, &g, &e) == GRAM_E_IO);
    T(strstr(e.message, "no regular file") != NULL);
}

/* A link stays a link, and where it leads there is the new file: through
 * another link, in another folder, whether there was a file or not; who may
 * read it does not change. */
static void test_links(gram_vocab *v)
{
    /* a -> b -> c/d, a file; e -> itself */
    char dir[] = "/tmp/gram-test-XXXXXX", a[40], b[40], c[40], d[40], e[40];
    struct stat st;
    gram_grammar *g;
    T(mkdtemp(dir) != NULL);
    snprintf(a, sizeof a, "%s/a", dir), snprintf(b, sizeof b, "%s/b", dir);
    snprintf(c, sizeof c, "%s/c", dir), snprintf(d, sizeof d, "%s/c/d", dir);
    snprintf(e, sizeof e, "%s/e", dir);
    T(symlink(b, a) == 0 && symlink("c/d", b) == 0 && mkdir(c, 0700) == 0);
    T(symlink("e", e) == 0);
    for (int i = 0; i < 2; i++) {
        T(save(v, &sources[i], a) == GRAM_OK);
        T(lstat(a, &st) == 0 && S_ISLNK(st.st_mode));
        T(lstat(b, &st) == 0 && S_ISLNK(st.st_mode));
        T(lstat(d, &st) == 0 && S_ISREG(st.st_mode));
        T(i == 0 || (st.st_mode & 0777) == 0600);
        T(chmod(d, 0600) == 0);
        T(gram_grammar_load(v, d, 0, NULL, &g, NULL) == GRAM_OK);
        gram_grammar_free(g);
    }
    T(save(v, &sources[0], e) == GRAM_E_IO);
    T(unlink(a) == 0 && unlink(b) == 0 && unlink(d) == 0 && unlink(e) == 0);
    T(rmdir(c) == 0 && rmdir(dir) == 0);
}

/* --- damage --------------------------------------------------------------- */

/* Every length, by a load that looks at the head alone, and some by one that
 * verifies. */
static void test_cut(gram_vocab *v)
{
    size_t n, loaded = 0;
    T(save_with(v, &sources[3], 1, path) == GRAM_OK);
    char *a = read_all(path, &n);
    for (size_t k = 0; a != NULL && k < n; k++) {
        gram_grammar *g;
        char *copy = malloc(k + 1);
        memcpy(copy, a, k);
        loaded += gram_grammar_load_memory(v, copy, k, GRAM_LOAD_FAST, NULL, &g,
                                           NULL) == GRAM_OK;
        if (k % 37 == 0)
            loaded += gram_grammar_load_memory(v, copy, k, 0, NULL, &g, NULL) ==
                      GRAM_OK;
        free(copy);
    }
    printf("%zu lengths\n", n);
    T_EQ(loaded, 0);
    free(a);
}

/* Any byte of the file: always found by a load that verifies. */
static void test_flips(gram_vocab *v, const Text *t, uint64_t *seed, long flips)
{
    size_t n, loaded = 0;
    T(save_small(v, t, path) == GRAM_OK);
    char *a = read_all(path, &n);
    for (long i = 0; a != NULL && i < flips; i++) {
        gram_grammar *g;
        size_t at = t_random(seed) % n;
        char bit = (char)(1 << t_random(seed) % 8);
        a[at] ^= bit;
        gram_status s = gram_grammar_load_memory(v, a, n, 0, NULL, &g, NULL);
        a[at] ^= bit;
        if (s != GRAM_OK) continue;
        gram_grammar_free(g);
        loaded++;
    }
    T_OK(loaded == 0, "%s: %zu flips were not found", t->text, loaded);
    free(a);
}

static void use(gram_vocab *v, gram_grammar *g, uint64_t *seed)
{
    gram_matcher *m;
    if (gram_matcher_new(g, &m, NULL) != GRAM_OK) return;
    for (int i = 0; i < 40; i++) {
        const uint32_t *row;
        if (gram_matcher_mask_view(m, &row, NULL) != GRAM_OK) break;
        uint32_t token = pick(row, gram_vocab_size(v), seed);
        if (token == UINT32_MAX) break;
        if (gram_matcher_accept(m, token) != GRAM_OK) break;
        if (gram_matcher_is_terminated(m)) gram_matcher_reset(m);
    }
    uint64_t bound;
    gram_matcher_completion_bound(m, &bound);
    gram_matcher_free(m);
}

/* Flips inside a section, with sums that fit again: whatever they lead to,
 * it is no crash. */
static void test_sealed(gram_vocab *v, const Text *t, uint64_t *seed,
                        long flips)
{
    GrEnv env;
    size_t n;
    long loaded = 0;
    gr_env_init(&env, NULL, 0, 0);
    T(save_small(v, t, path) == GRAM_OK);
    char *bytes = read_all(path, &n);
    GrArtifact file;
    T(bytes && gr_artifact_copy(&env, bytes, n, &file) == GRAM_OK);
    GrText section[GR_SECTIONS];
    for (int i = 0; i < GR_SECTIONS; i++) {
        GrImage img = gr_artifact_section(&file, (GrSection)i);
        section[i] = (GrText){img.p, (uint32_t)img.len, (uint32_t)img.len};
    }
    for (long i = 0; i < flips; i++) {
        GrText *s = &section[t_random(seed) % GR_SECTIONS], out = {0};
        if (i % 3 == 0) s = &section[GR_SECTION_MACHINE];
        size_t at = t_random(seed) % s->n;
        char old = s->at[at];
        uint64_t r = t_random(seed);
        s->at[at] = (char)(r % 2 ? old ^ 1 << r / 2 % 8 : (int)(r / 2 % 256));
        T(gr_artifact_build(&env, v->v->fingerprint, section, &out) == GRAM_OK);
        gram_grammar *g;
        if (gram_grammar_load_memory(v, out.at, out.n, 0, NULL, &g, NULL) ==
            GRAM_OK) {
            use(v, g, seed);
            gram_grammar_free(g);
            loaded++;
        }
        s->at[at] = old;
        gr_vec_clear(&env, &out);
    }
    printf("%ld of %ld damaged files load\n", loaded, flips);
    T(loaded < flips);
    gr_artifact_close(&env, &file);
    free(bytes);
}

/* --- cut short ------------------------------------------------------------ */

static bool same_file(const char *a, size_t n)
{
    size_t m;
    char *b = read_all(path, &m);
    bool same = b != NULL && m == n && memcmp(a, b, n) == 0;
    free(b);
    return same;
}

/* A child that saves may write so many bytes: then it is killed. */
static bool killed_at(gram_vocab *v, const Text *t, size_t bytes)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0}, most = {bytes, bytes};
        setrlimit(RLIMIT_CORE, &none);
        setrlimit(RLIMIT_FSIZE, &most);
        save(v, t, path);
        _exit(0);
    }
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status);
}

/* At so many points of a file being written, the old one stays. */
static void test_kills_at(gram_vocab *v, long kills)
{
    size_t n, m;
    T(save(v, &sources[1], path) == GRAM_OK);
    char *new = read_all(path, &n);
    T(save(v, &sources[0], path) == GRAM_OK);
    char *old = read_all(path, &m);
    for (long i = 0; i < kills; i++) {
        size_t at = n * (size_t)i / (size_t)kills;
        T_OK(killed_at(v, &sources[1], at), "not killed at byte %zu", at);
        T_OK(same_file(old, m), "killed at byte %zu: not the old file", at);
    }
    T(!killed_at(v, &sources[1], n) && same_file(new, n));
    free(new);
    free(old);
}

/* A child replaces the file again and again until it is killed, at any time:
 * one of the two is there. */
static void test_kills_any(gram_vocab *v, uint64_t *seed, long kills)
{
    T(save(v, &sources[0], path) == GRAM_OK);
    for (long i = 0; i < kills; i++) {
        pid_t child = fork();
        if (child == 0)
            for (long k = i;; k++) save(v, &sources[k % 2], path);
        struct timespec nap = {0, (long)(t_random(seed) % 20000000)};
        nanosleep(&nap, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        gram_grammar *g = NULL;
        gram_status s = gram_grammar_load(v, path, 0, NULL, &g, NULL);
        T_OK(s == GRAM_OK, "kill %ld left a file that is not whole", i);
        if (s == GRAM_OK) gram_grammar_free(g);
    }
}

static void remove_left_over(void)
{
    char command[160];
    snprintf(command, sizeof command, "rm -f %s.tmp-*", path);
    T(system(command) == 0);
}

int main(void)
{
    long flips = t_count("GRAM_FLIPS", FLIPS);
    long kills = t_count("GRAM_KILLS", KILLS);
    uint64_t seed = t_seed();
    gram_vocab *v = NULL;
    snprintf(path, sizeof path, "/tmp/gram-test-%ld.gram", (long)getpid());
    snprintf(other, sizeof other, "/tmp/gram-test-%ld-b.gram", (long)getpid());
    T(gram_vocab_default(NULL, &v, NULL) == GRAM_OK);
    test_same_masks(v, &seed);
    test_from_file_alone(v);
    test_overwritten(v, &seed);
    test_same_bytes(v);
    test_refused(v);
    test_no_file(v);
    test_links(v);
    test_cut(v);
    for (int i = 0; i < N_SOURCES; i++) {
        test_flips(v, &sources[i], &seed, flips / 2 / N_SOURCES);
        test_sealed(v, &sources[i], &seed, flips / 2 / N_SOURCES);
    }
    test_kills_at(v, kills);
    test_kills_any(v, &seed, kills / 4);
    remove_left_over();
    remove(path);
    remove(other);
    gram_vocab_free(v);
    return t_done();
}
