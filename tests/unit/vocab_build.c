/* Blocks and tries: against naive oracles, over random small worlds, damaged
 * packs and failing allocators. */
#include "../t.h"
#include "../tools/alloc.h"
#include "../tools/mend.h"
#include "vocab/draft.h"

#include <sys/stat.h>
#include <unistd.h>

/* --- SHA-256 -------------------------------------------------------------- */

static void hex(const uint8_t *p, char out[65])
{
    for (int i = 0; i < 32; i++) sprintf(out + 2 * i, "%02x", p[i]);
}

static void test_sha(void)
{
    static const struct {
        const char *text, *sum;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
             "55"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20"
                "015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"}};
    for (size_t i = 0; i < 3; i++) {
        for (size_t step = 1; step < 70; step += 7) {
            GrSha256 s;
            uint8_t sum[32];
            char text[65];
            size_t n = strlen(cases[i].text);
            gr_sha256_init(&s);
            for (size_t at = 0; at < n; at += step)
                gr_sha256_add(&s, cases[i].text + at,
                              n - at < step ? n - at : step);
            gr_sha256_end(&s, sum);
            hex(sum, text);
            T_STR(text, cases[i].sum);
        }
    }
}

/* --- signatures ----------------------------------------------------------- */

static void test_groups(void)
{
    T_EQ(gr_sig_first[0], 0);
    for (uint32_t g = 0; g + 1 < GR_SIG_GROUPS; g++)
        T(gr_sig_first[g] < gr_sig_first[g + 1]);
    for (uint32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 977) {
        uint32_t g = 0;
        while (g + 1 < GR_SIG_GROUPS && gr_sig_first[g + 1] <= c) g++;
        if (gr_sig_group(c) != g) T_EQ(gr_sig_group(c), g);
    }
}

typedef struct Facts {
    const char *bytes;
    uint32_t len;
    int flag, chars;
} Facts;

static void test_facts(void)
{
    static const Facts cases[] = {
        {"a", 1, 0, 1},
        {"\xC3\xA9", 2, 0, 1},
        {"\xA9", 1, GR_TOKEN_CUT_HEAD, 0},
        {"\xC3", 1, GR_TOKEN_CUT_TAIL, 1},
        {"x\xE2\x82", 3, GR_TOKEN_CUT_TAIL, 2},
        {"\x82\xAC"
         "a",
         3, GR_TOKEN_CUT_HEAD, 1},
        {"\x82\xAC\xF0\x9F\x98", 5, GR_TOKEN_CUT_HEAD | GR_TOKEN_CUT_TAIL, 1},
        {"\xFF", 1, GR_TOKEN_NOT_UTF8, 1},
        {"\xC0\x80", 2, GR_TOKEN_NOT_UTF8, 1},
        {"\xE0\x80", 2, GR_TOKEN_NOT_UTF8, 1},
        {"\xED\xA0", 2, GR_TOKEN_NOT_UTF8, 1},
        {"\xF4\x90", 2, GR_TOKEN_NOT_UTF8, 1},
        {"\xE2\x82"
         "a",
         3, GR_TOKEN_NOT_UTF8, 2},
        {"\x80\x80\x80\x80", 4, GR_TOKEN_CUT_HEAD | GR_TOKEN_NOT_UTF8, 0}};
    enum { N = sizeof cases / sizeof *cases };
    GrToken t[N];
    GrVocab *v;
    for (int i = 0; i < N; i++)
        t[i] = (GrToken){cases[i].bytes, cases[i].len, GR_TOKEN_NORMAL};
    T_EQ(gr_vocab_from_tokens(NULL, t, N, NULL, NULL, &v), GRAM_OK);
    for (int i = 0; i < N; i++) {
        T_OK((v->flag[i] & 7) == cases[i].flag, "case %d: flag %d", i,
             v->flag[i] & 7);
        T_OK(v->chars[i] == cases[i].chars, "case %d: %d chars", i,
             v->chars[i]);
        T_EQ(gr_bit_get(gr_vocab_signed(v, GR_SIG_CUT), i), cases[i].flag != 0);
    }
    for (uint32_t s = 0; s < GR_SIGS; s++)
        T_EQ(gr_bit_get(gr_vocab_signed(v, s), 0), s == gr_sig_group('a'));
    T(gr_vocab_is_valid(v));
    gr_vocab_free(v);
}

/* A text of whole characters, one by one; behind it lies anything. */
static void check_text(const char *text, uint32_t n)
{
    uint64_t sig = 0;
    uint32_t chars = 0, len;
    for (uint32_t i = 0; i < n; i += len, chars++) {
        uint32_t c = gr_utf8_get(text + i, n - i, &len);
        sig |= GR_SIG_BIT(gr_sig_group(c));
        if (c >= 0x80) sig |= GR_SIG_BIT(GR_SIG_BEYOND);
    }
    GrTokenFacts f = gr_token_facts(text, n);
    T_EQ(f.sig, sig);
    T_EQ(f.flag, 0);
    T_EQ(f.chars, chars < 255 ? chars : 255);
}

/* Mostly ASCII, of each length, with a character or none beyond it. */
static void test_texts(uint64_t *seed)
{
    char text[320];
    for (uint32_t most = 1; most <= 300; most += most < 40 ? 1 : 26)
        for (int i = 0; i < 100; i++) {
            uint32_t n = 0,
                     at = (uint32_t)(t_random(seed) % (most + most / 4 + 1));
            while (n < most)
                if (n == at && most - n >= 4)
                    n += gr_utf8_put(0x80 + (uint32_t)(t_random(seed) % 0x700),
                                     text + n);
                else
                    text[n++] = (char)(t_random(seed) % 0x80);
            for (uint32_t k = 0; k < 8; k++)
                text[n + k] = (char)(uint8_t)t_random(seed);
            check_text(text, n);
        }
}

/* --- random small worlds against naive answers ---------------------------- */

typedef struct World {
    char text[64][8];
    GrToken token[64];
    uint32_t n, end[4], n_end, width;
} World;

static void make_world(World *w, uint64_t *seed)
{
    static const char letters[] = "ab\0\xC3\xA9\xFF \"";
    w->n = 1 + (uint32_t)(t_random(seed) % 60);
    for (uint32_t i = 0; i < w->n; i++) {
        uint32_t len = (uint32_t)(t_random(seed) % 6);
        for (uint32_t k = 0; k < len; k++)
            w->text[i][k] = letters[t_random(seed) % (2 + i % 7)];
        uint8_t kind = t_random(seed) % 4 ? 0 : (uint8_t)(t_random(seed) % 7);
        w->token[i] = (GrToken){w->text[i], len, kind};
    }
    w->width = t_random(seed) % 2 ? 0 : 1 + (uint32_t)(t_random(seed) % 99);
    uint32_t limit = w->width ? w->width : w->n;
    w->n_end = (uint32_t)(t_random(seed) % 4);
    for (uint32_t i = 0; i < w->n_end; i++)
        w->end[i] = (uint32_t)(t_random(seed) % limit);
}

static bool is_end(const World *w, uint32_t id)
{
    for (uint32_t i = 0; i < w->n_end; i++)
        if (w->end[i] == id) return true;
    return false;
}

static bool is_text(const World *w, uint32_t id)
{
    return id < w->n && w->token[id].kind <= GR_TOKEN_USER &&
           w->token[id].len > 0 && !is_end(w, id) &&
           (w->width == 0 || id < w->width);
}

static void check_world(const World *w, const GrVocab *v, uint64_t *seed)
{
    for (uint32_t id = 0; id < w->n; id++) {
        T_EQ(gr_vocab_is_text(v, id), is_text(w, id));
        T_EQ(gr_vocab_is_end(v, id), is_end(w, id));
        if (!is_text(w, id)) continue;
        uint32_t lowest = UINT32_MAX, n = 0, got;
        for (uint32_t k = w->n; k-- > 0;)
            if (is_text(w, k) && w->token[k].len == w->token[id].len &&
                !memcmp(w->text[k], w->text[id], w->token[id].len)) {
                lowest = k;
                n++;
            }
        T_EQ(gr_vocab_find(v, w->text[id], w->token[id].len), lowest);
        uint32_t node = gr_vocab_node(v, w->text[id], w->token[id].len);
        const uint32_t *ids = gr_vocab_same(v, node, &got);
        T_EQ(got, n > 1 ? n : 0);
        T(n == 1 || ids[0] == lowest);
        T_EQ((v->node[node].info & GR_TRIE_SHARED) != 0, n > 1);
    }
    for (int round = 0; round < 20; round++) {
        char text[8];
        uint32_t len, best = UINT32_MAX, best_len = 0;
        for (int k = 0; k < 8; k++)
            text[k] = "ab\xC3\xA9 \""[t_random(seed) % 6];
        for (uint32_t id = 0; id < w->n; id++)
            if (is_text(w, id) && w->token[id].len > best_len &&
                !memcmp(text, w->text[id], w->token[id].len)) {
                best = id;
                best_len = w->token[id].len;
            }
        T_EQ(gr_vocab_longest_prefix(v, text, 8, &len), best);
        T_EQ(len, best_len);
    }
}

static void test_worlds(uint64_t *seed)
{
    for (int round = 0; round < 300; round++) {
        static World w;
        GrVocab *v, *again;
        gram_error e;
        make_world(&w, seed);
        GrVocabOptions o = {
            .end_ids = w.end, .n_end_ids = w.n_end, .width = w.width};
        T_EQ(gr_vocab_from_tokens(&o, w.token, w.n, NULL, &e, &v), GRAM_OK);
        T(gr_vocab_is_valid(v));
        check_world(&w, v, seed);
        T_EQ(gr_vocab_from_tokens(&o, w.token, w.n, NULL, &e, &again), GRAM_OK);
        T(again->block_len == v->block_len &&
          !memcmp(again->block, v->block, v->block_len));
        gr_vocab_free(again);
        T_EQ(gr_vocab_from_pack(NULL, v->block, v->block_len, 0, &e, &again),
             GRAM_OK);
        check_world(&w, again, seed);
        gr_vocab_free(again);
        gr_vocab_free(v);
    }
}

/* --- names, ends, widths -------------------------------------------------- */

static void test_names(void)
{
    const GrToken t[] = {{"a", 1, 0},   {"<s>", 3, 3}, {"<s>", 3, 3},
                         {"<u>", 3, 2}, {"", 0, 0},    {"<unk>", 5, 4}};
    const uint32_t ends[] = {7, 1, 7};
    GrVocabOptions o = {.end_ids = ends, .n_end_ids = 3, .width = 8};
    GrVocab *v;
    gram_error e;
    uint32_t len;
    T_EQ(gr_vocab_from_tokens(&o, t, 6, NULL, &e, &v), GRAM_OK);
    T_EQ(gr_vocab_named(v, "<s>", 3), 1);
    T_EQ(gr_vocab_named(v, "<u>", 3), 3);
    T_EQ(gr_vocab_named(v, "<unk>", 5), 5);
    T_EQ(gr_vocab_named(v, "a", 1), UINT32_MAX);
    T_EQ(gr_vocab_named(v, "", 0), UINT32_MAX);
    T(gr_vocab_name(v, 2, &len) != NULL && len == 3);
    T(gr_vocab_name(v, 0, &len) == NULL);
    T_EQ(v->n_end, 2);
    T_EQ(v->end[0], 1);
    T_EQ(v->end[1], 7);
    T_EQ(v->n_empty, 1);
    T_EQ(v->empty[0], 4);
    T_EQ(v->mask_words, 1);
    T(gr_bit_get(v->alone, 'a') && !gr_bit_get(v->alone, 'b'));
    gr_vocab_free(gr_vocab_ref(v));
    gr_vocab_free(v);

    o.width = 4;
    T_EQ(gr_vocab_from_tokens(&o, t, 6, NULL, &e, &v), GRAM_E_ARGUMENT);
    T_EQ(gr_vocab_from_tokens(NULL, t, 0, NULL, &e, &v), GRAM_E_VOCAB);
    const GrToken bad = {"x", 1, 9};
    T_EQ(gr_vocab_from_tokens(NULL, &bad, 1, NULL, &e, &v), GRAM_E_ARGUMENT);
    gr_vocab_free(NULL);
}

static void test_extremes(void)
{
    enum { BIG = 65536, MANY = 100000 };
    char *big = calloc(1, BIG + 1);
    GrToken *t = calloc(MANY, sizeof *t);
    GrVocab *v;
    gram_error e;
    t[0] = (GrToken){big, BIG, 0};
    t[1] = (GrToken){big, BIG - 1, 0};
    T_EQ(gr_vocab_from_tokens(NULL, t, 2, NULL, &e, &v), GRAM_OK);
    T_EQ(v->longest, BIG);
    T(gr_vocab_is_valid(v));
    gr_vocab_free(v);
    t[0].len = BIG + 1;
    T_EQ(gr_vocab_from_tokens(NULL, t, 1, NULL, &e, &v), GRAM_E_VOCAB);
    for (int i = 0; i < MANY; i++) t[i] = (GrToken){"equal tokens", 12, 0};
    T_EQ(gr_vocab_from_tokens(NULL, t, MANY, NULL, &e, &v), GRAM_OK);
    T_EQ(v->n_same, 1);
    T_EQ(v->same[0].n, MANY);
    T_EQ(v->n_nodes, 12);
    T(gr_vocab_is_valid(v));
    gr_vocab_free(v);
    free(t);
    free(big);
}

/* --- packs ---------------------------------------------------------------- */

static const GrToken few[] = {{"a", 1, 0},   {"ab", 2, 0},   {"ab", 2, 0},
                              {"<s>", 3, 3}, {"\xC3", 1, 1}, {"", 0, 0}};

/* Checksums stop accidents; a pack made by an enemy has right checksums, so
 * the sums are mended after the damage, and then either the pack is refused
 * or it is valid. */

static void test_packs(uint64_t *seed)
{
    GrVocab *v, *x;
    gram_error e;
    const uint32_t end = 3;
    GrVocabOptions o = {.end_ids = &end, .n_end_ids = 1};
    T_EQ(gr_vocab_from_tokens(&o, few, 6, "a|b", &e, &v), GRAM_OK);
    size_t n = v->block_len;
    uint8_t *copy = aligned_alloc(64, (n + 63) / 64 * 64);
    memcpy(copy, v->block, n);
    T_EQ(gr_vocab_from_pack(NULL, copy, n, GR_PACK_BORROW, &e, &x), GRAM_OK);
    T(x->block == copy && x->fingerprint == v->fingerprint);
    gr_spelling_free(&x->env, x->spelling);
    x->spelling = NULL;
    T_EQ(x->env.used, sizeof *x);
    gr_vocab_free(x);
    T_EQ(gr_vocab_from_pack(NULL, copy, n, GR_PACK_BORROW | GR_PACK_TRUST, &e,
                            &x),
         GRAM_OK);
    gr_vocab_free(x);
    T_EQ(gr_vocab_from_pack(NULL, copy + 1, n - 1, GR_PACK_BORROW, &e, &x),
         GRAM_E_ARGUMENT);
    for (size_t cut = 0; cut < n; cut += 1 + cut / 50)
        T(gr_vocab_from_pack(NULL, copy, cut, 0, &e, &x) != GRAM_OK);
    int refused = 0, total = 0;
    for (size_t i = 0; i < n; i++, total++) {
        copy[i] ^= (uint8_t)(1u << t_random(seed) % 8);
        if (gr_vocab_from_pack(NULL, copy, n, 0, &e, &x) == GRAM_OK)
            gr_vocab_free(x);
        else
            refused++;
        memcpy(copy, v->block, n);
    }
    /* only padding between sections may change unseen */
    T_OK(refused > total / 2, "%d of %d", refused, total);
    for (size_t i = 0; i < n; i++) {
        copy[i] ^= (uint8_t)(1u << t_random(seed) % 8);
        mend(copy, n);
        if (gr_vocab_from_pack(NULL, copy, n, 0, &e, &x) == GRAM_OK) {
            T(gr_vocab_is_valid(x));
            gr_vocab_free(x);
        }
        memcpy(copy, v->block, n);
    }
    free(copy);
    gr_vocab_free(v);
}

/* What was checked stays so, whatever becomes of the file; who trusts it has it
 * itself. */
static void test_pack_files(void)
{
    char path[64];
    GrVocab *v, *x;
    gram_error e;
    GrVocabOptions trusting = {.trust_packs = true};
    snprintf(path, sizeof path, "/tmp/gram-test-%ld.pack", (long)getpid());
    T_EQ(gr_vocab_from_tokens(NULL, few, 6, NULL, &e, &v), GRAM_OK);
    FILE *f = fopen(path, "wb");
    T(f != NULL && fwrite(v->block, v->block_len, 1, f) == 1);
    T(fclose(f) == 0);
    T_EQ(gr_vocab_from_path(&trusting, path, &e, &x), GRAM_OK);
    T(x->fingerprint == v->fingerprint && x->env.used < v->block_len);
    gr_vocab_free(x);
    T_EQ(gr_vocab_from_path(NULL, path, &e, &x), GRAM_OK);
    T(truncate(path, 0) == 0);
    T(memcmp(x->block, v->block, v->block_len) == 0);
    gr_vocab_free(x);
    gr_vocab_free(v);
    T(unlink(path) == 0 && mkfifo(path, 0600) == 0);
    T_EQ(gr_vocab_from_path(NULL, path, &e, &x), GRAM_E_IO);
    T(unlink(path) == 0);
}

/* --- failing allocators --------------------------------------------------- */

static void test_failures(void)
{
    const uint32_t end = 3;
    for (long k = 0;; k++) {
        TestAlloc f = {.fail_at = (unsigned long)k + 1, .fail_on = 1};
        gram_allocator a = test_alloc(&f);
        GrVocabOptions o = {.alloc = &a, .end_ids = &end, .n_end_ids = 1};
        gram_error e;
        GrVocab *v;
        gram_status s = gr_vocab_from_tokens(&o, few, 6, "a|b", &e, &v);
        if (s == GRAM_OK) {
            gr_vocab_free(v);
            T(k > 5);
            T_EQ(f.live, 0);
            break;
        }
        T_EQ(s, GRAM_E_MEMORY);
        T_EQ(f.live, 0);
    }
    GrVocabOptions o = {.max_memory = 2000};
    GrVocab *v;
    gram_error e;
    T_EQ(gr_vocab_from_tokens(&o, few, 6, NULL, &e, &v), GRAM_E_MEMORY);
}

/* Beside the block the order of the tokens is held, but neither they nor what
 * they were sorted with. */
static void test_memory(uint64_t *seed)
{
    enum { N = 4000, LEN = 12 };
    static char text[N][LEN];
    static GrToken t[N];
    GrVocab *v;
    for (uint32_t i = 0; i < N; i++) {
        for (uint32_t k = 0; k < LEN; k++)
            text[i][k] = (char)('a' + t_random(seed) % 26);
        if (i < 256) text[i][0] = (char)(uint8_t)i; /* each byte */
        t[i] = (GrToken){text[i], i < 256 ? 1 : LEN, GR_TOKEN_NORMAL};
    }
    T_EQ(gr_vocab_from_tokens(NULL, t, N, NULL, NULL, &v), GRAM_OK);
    T(v->env.peak <= v->block_len + N * sizeof(uint32_t) + 1024);
    gr_vocab_free(v);
}

int main(void)
{
    uint64_t seed = t_seed();
    test_sha();
    test_groups();
    test_facts();
    test_texts(&seed);
    test_worlds(&seed);
    test_names();
    test_extremes();
    test_packs(&seed);
    test_pack_files();
    test_failures();
    test_memory(&seed);
    return t_done();
}
