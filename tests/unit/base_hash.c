/* base: hash-consing, the map and the index against naive lists. */
#include "base/base.h"
#include "base/image.h"
#include "base/index.h"
#include "tests/t.h"
#include "tests/tools/alloc.h"

enum { KEYS = 3000, LONGEST = 9 };

typedef struct Key {
    uint32_t word[LONGEST], n;
} Key;

/* Keys with few different words and lengths from 0, so that prefixes and
 * equal keys are common. */
static Key random_key(uint64_t *seed)
{
    Key k = {{0}, (uint32_t)(t_random(seed) % (LONGEST + 1))};
    for (uint32_t i = 0; i < k.n; i++)
        k.word[i] = (uint32_t)(t_random(seed) % 3) * 0x55555555u;
    return k;
}

static bool equal(const Key *a, const Key *b)
{
    return a->n == b->n && memcmp(a->word, b->word, a->n * 4) == 0;
}

/* Ids are dense, in order of first appearance, equal exactly for equal keys,
 * and give the key back at an address that stays. */
static void intern_random(void)
{
    static Key seen[KEYS];
    static const uint32_t *address[KEYS];
    uint64_t seed = t_seed();
    GrEnv env;
    GrIntern t;
    gr_env_init(&env, NULL, 0, 0);
    gr_intern_init(&t);
    uint32_t n = 0;
    int wrong = 0;
    for (int i = 0; i < KEYS; i++) {
        Key k = random_key(&seed);
        uint32_t want = 0, id = 0;
        while (want < n && !equal(&seen[want], &k)) want++;
        bool is_new = false;
        wrong += gr_intern_find(&t, k.word, k.n) !=
                 (want < n ? want : UINT32_MAX);
        wrong += gr_intern(&env, &t, k.word, k.n, &id, &is_new) != GRAM_OK;
        wrong += id != want || is_new != (want == n);
        if (want < n) continue;
        address[n] = gr_intern_get(&t, id, NULL);
        seen[n++] = k;
    }
    for (uint32_t id = 0; id < n; id++) {
        uint32_t len = 99;
        const uint32_t *w = gr_intern_get(&t, id, &len);
        wrong += w != address[id] || len != seen[id].n;
        wrong += len && memcmp(w, seen[id].word, len * 4) != 0;
    }
    T_EQ(wrong, 0);
    T_EQ(t.n, n);
    T(n > 1000);
    gr_intern_clear(&env, &t);
    T_EQ(t.n, 0);
    T_EQ(env.used, 0);
}

static void intern_edges(void)
{
    GrEnv env;
    GrIntern t;
    gr_env_init(&env, NULL, 0, 0);
    gr_intern_init(&t);
    uint32_t id = 9, again = 9, len = 9, zero = 0;
    T_EQ(gr_intern_find(&t, NULL, 0), UINT32_MAX);
    T_EQ(gr_intern(&env, &t, NULL, 0, &id, NULL), GRAM_OK);
    T_EQ(gr_intern(&env, &t, &zero, 1, &again, NULL), GRAM_OK);
    T(id != again);
    T_EQ(gr_intern_find(&t, NULL, 0), id);
    T(gr_intern_get(&t, id, &len) == NULL || len == 0);
    T_EQ(len, 0);
    /* keys longer than the first chunks, and one made of the table itself */
    static uint32_t big[1000];
    for (uint32_t n = 60; n <= 1000; n += 47) {
        T_EQ(gr_intern(&env, &t, big, n, &id, NULL), GRAM_OK);
        const uint32_t *w = gr_intern_get(&t, id, &len);
        T_EQ(len, n);
        T_EQ(gr_intern(&env, &t, w, n, &again, NULL), GRAM_OK);
        T_EQ(again, id);
        T_EQ(gr_intern(&env, &t, w, n - 1, &again, NULL), GRAM_OK);
        T(again != id);
    }
    gr_intern_clear(&env, &t);
    T_EQ(env.used, 0);
}

/* A failed call changes no id: the next success continues the count. */
static void intern_sweep(void)
{
    unsigned long k = 1;
    for (;; k++) {
        TestAlloc a = {0};
        a.fail_at = k;
        gram_allocator g = test_alloc(&a);
        GrEnv env;
        GrIntern t;
        gr_env_init(&env, &g, 0, 0);
        gr_intern_init(&t);
        int wrong = 0;
        uint32_t made = 0;
        for (uint32_t i = 0; i < 500; i++) {
            uint32_t key[3] = {i, i * i, 7}, id;
            bool is_new;
            gram_status s = gr_intern(&env, &t, key, 3, &id, &is_new);
            wrong += s != GRAM_OK && s != GRAM_E_MEMORY;
            wrong += gr_intern_find(&t, key, 3) !=
                     (s == GRAM_OK ? made : UINT32_MAX);
            if (s != GRAM_OK) continue;
            wrong += !is_new || id != made;
            made++;
        }
        wrong += t.n != made;
        bool done = a.calls < k;
        T_EQ(wrong, 0);
        T_EQ(made == 500, done);
        gr_intern_clear(&env, &t);
        T_EQ(env.used + a.live + (size_t)a.wrong, 0);
        if (done) break;
    }
    T(k > 8);
}

/* Keys 0 .. n-1 have the ids 0 .. n-1, and there are no others. */
static bool has_first(const GrIntern *t, uint32_t n)
{
    uint32_t len = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t key[2] = {i, i * i};
        const uint32_t *w = gr_intern_get(t, i, &len);
        if (gr_intern_find(t, key, 2) != i || len != 2 || w[1] != i * i)
            return false;
    }
    uint32_t next[2] = {n, n * n};
    return t->n == n && gr_intern_find(t, next, 2) == UINT32_MAX;
}

static uint32_t add_next(GrEnv *env, GrIntern *t)
{
    uint32_t key[2] = {t->n, t->n * t->n}, id = UINT32_MAX;
    return gr_intern(env, t, key, 2, &id, NULL) == GRAM_OK ? id : UINT32_MAX;
}

/* A table of n keys that lies in an image is read where it lies, and grows: the
 * image stays as it is. */
static void intern_image(uint32_t n)
{
    GrEnv env;
    GrIntern t, back;
    GrText text = {0}, again = {0};
    gr_env_init(&env, NULL, 0, 0);
    gr_intern_init(&t);
    gr_intern_init(&back);
    while (t.n < n && add_next(&env, &t) != UINT32_MAX) continue;
    T(gr_image_put_intern(&env, &text, &t) == GRAM_OK);
    gr_intern_clear(&env, &t);
    T(gr_text_put(&env, &again, text.at, text.n) == GRAM_OK);
    env.lent = again.at;
    env.lent_len = again.n;
    GrImage img = {again.at, again.n, 0, false};
    T(gr_image_take_intern(&env, &img, &back) == GRAM_OK && !img.bad);
    T(img.at == img.len && gr_image_intern_is_valid(&back));
    T(has_first(&back, n));
    for (uint32_t i = n; i < n + 40; i++) T_EQ(add_next(&env, &back), i);
    T(has_first(&back, n + 40));
    T(memcmp(text.at, again.at, text.n) == 0);
    gr_intern_clear(&env, &back);
    env.lent_len = 0;
    gr_vec_clear(&env, &text);
    gr_vec_clear(&env, &again);
    T_EQ(env.used, 0);
}

/* One bit of a word of the image changed: a word of a key is nobody's affair
 * here, but there is a span for each key, or it is refused. */
static void intern_damaged(void)
{
    GrEnv env;
    GrIntern t;
    GrText text = {0};
    int refused = 0;
    gr_env_init(&env, NULL, 0, 0);
    gr_intern_init(&t);
    while (t.n < 30 && add_next(&env, &t) != UINT32_MAX) continue;
    T(gr_image_put_intern(&env, &text, &t) == GRAM_OK);
    gr_intern_clear(&env, &t);
    env.lent = text.at;
    env.lent_len = text.n;
    for (uint32_t i = 0; i < text.n / 2; i++) {
        GrImage img = {text.at, text.n, 0, false};
        uint32_t *word = (uint32_t *)text.at + i / 2, was = *word;
        *word ^= i % 2 ? 1u : 1u << 31;
        T(gr_image_take_intern(&env, &img, &t) == GRAM_OK);
        refused += img.bad || !gr_image_intern_is_valid(&t);
        T(img.bad || t.room == t.n);
        gr_intern_clear(&env, &t);
        *word = was;
    }
    T(refused > 40);
    env.lent_len = 0;
    gr_vec_clear(&env, &text);
    T_EQ(env.used, 0);
}

static void map_random(void)
{
    static uint64_t key[KEYS];
    static uint32_t value[KEYS];
    uint64_t seed = t_seed();
    GrEnv env;
    gr_env_init(&env, NULL, 0, 0);
    GrMap m = {0};
    uint32_t n = 0;
    int wrong = 0;
    T(gr_map_find(&m, 0) == NULL);
    for (int i = 0; i < KEYS; i++) {
        uint64_t k = t_random(&seed) % 900;
        if (i & 1) k = gr_pair((uint32_t)k, 0); /* the high half counts */
        uint32_t v = (uint32_t)t_random(&seed), at = 0;
        while (at < n && key[at] != k) at++;
        uint32_t *found = gr_map_find(&m, k);
        wrong += at < n ? !found || *found != value[at] : found != NULL;
        wrong += gr_map_put(&env, &m, k, v) != GRAM_OK;
        key[at] = k;
        value[at] = v;
        n += at == n;
        wrong += m.n != n;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *found = gr_map_find(&m, key[i]);
        wrong += found == NULL || *found != value[i];
    }
    T_EQ(wrong, 0);
    gr_map_clear(&env, &m);
    T(gr_map_find(&m, key[0]) == NULL);
    gr_map_clear(&env, &m);
    T_EQ(env.used, 0);
}

static void map_sweep(void)
{
    unsigned long k = 1;
    for (;; k++) {
        TestAlloc a = {0};
        a.fail_at = k;
        gram_allocator g = test_alloc(&a);
        GrEnv env;
        gr_env_init(&env, &g, 0, 0);
        GrMap m = {0};
        int wrong = 0;
        uint32_t put = 0;
        for (uint32_t i = 0; i < 500; i++) {
            gram_status s = gr_map_put(&env, &m, i, i + 1);
            wrong += s != GRAM_OK && s != GRAM_E_MEMORY;
            put += s == GRAM_OK;
            uint32_t *v = gr_map_find(&m, i);
            wrong += s == GRAM_OK ? !v || *v != i + 1 : v != NULL;
        }
        bool done = a.calls < k;
        T_EQ(wrong, 0);
        T_EQ(m.n, put);
        T_EQ(put == 500, done);
        gr_map_clear(&env, &m);
        T_EQ(env.used + a.live + (size_t)a.wrong, 0);
        if (done) break;
    }
    T(k > 5);
}

/* --- index ---------------------------------------------------------------- */

typedef struct Values {
    uint64_t hash[3000];
} Values;

static uint64_t hash_at(const void *ctx, uint32_t i)
{
    return ((const Values *)ctx)->hash[i];
}

static bool has(const GrIndex *x, const Values *v, uint32_t want)
{
    GrProbe q = gr_index_probe(x, v->hash[want]);
    for (uint32_t i; gr_index_next(&q, &i);)
        if (i == want) return true;
    return false;
}

/* With good hashes nothing is lost; with bad ones elements are, but none is
 * found that was not added, and looks are few. */
static void index_random(void)
{
    uint64_t seed = t_seed();
    GrEnv env;
    Values *v = calloc(1, sizeof *v);
    GrIndex good = {.n = 0}, bad = {.n = 0};
    uint32_t lost = 0, found = 0;
    gr_env_init(&env, NULL, 0, 0);
    for (uint32_t i = 0; i < 3000; i++) v->hash[i] = t_random(&seed);
    for (uint32_t i = 0; i < 3000; i++) {
        found += has(&good, v, i);
        T(gr_index_add(&env, &good, v->hash[i], i, hash_at, v) == GRAM_OK);
    }
    T_EQ(found, 0);
    for (uint32_t i = 0; i < 3000; i++) lost += !has(&good, v, i);
    T_OK(lost < 30, "%u of 3000 are lost", lost);
    for (uint32_t i = 0; i < 3000; i++) v->hash[i] = 7;
    for (uint32_t i = found = 0; i < 3000; i++)
        T(gr_index_add(&env, &bad, 7, i, hash_at, v) == GRAM_OK);
    for (uint32_t i = 0; i < 3000; i++) found += has(&bad, v, i);
    T_EQ(found, GR_INDEX_LOOKS);
    gr_index_clear(&env, &good);
    gr_index_clear(&env, &bad);
    T_EQ(env.used, 0);
    free(v);
}

/* The same on every machine: ids in files depend on it.  And all bits of the
 * result depend on all of the input. */
static void hash_is_fixed(void)
{
    static const char text[] = "libgram hashes the same everywhere";
    T(gr_hash("", 0, 0) == gr_hash(NULL, 0, 0));
    T(gr_hash("a", 1, 0) != gr_hash("a\0", 2, 0));
    T(gr_hash("a", 1, 0) != gr_hash("a", 1, 1));
    T(gr_hash(text, 34, 7) == gr_hash(memcpy((char[35]){0}, text, 35), 34, 7));
    int flips = 0, trials = 0;
    for (size_t bit = 0; bit < 34 * 8; bit++) {
        char copy[34];
        memcpy(copy, text, 34);
        copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
        uint64_t d = gr_hash(copy, 34, 7) ^ gr_hash(text, 34, 7);
        flips += __builtin_popcountll(d);
        trials += 64;
    }
    T(flips > trials * 45 / 100 && flips < trials * 55 / 100);
    T_EQ(gr_mix(0), 0);
    T(gr_mix(1) != gr_mix(2));
    T(gr_pair(1, 2) == 0x100000002u);
}

int main(void)
{
    intern_random();
    intern_edges();
    intern_sweep();
    for (uint32_t n = 0; n < 60; n++) intern_image(n);
    intern_damaged();
    map_random();
    map_sweep();
    index_random();
    hash_is_fixed();
    return t_done();
}
