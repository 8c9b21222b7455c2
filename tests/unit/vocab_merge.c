/* Byte pairs by merges and by scores, and user tokens that are cut out first,
 * against loops that are quadratic and obviously right, on random
 * vocabularies: ranks that grow or fall, ties, tokens that overlap. */
#include "../t.h"
#include "../tools/bytes.h"
#include "vocab/vocab.h"

enum { N = 40, USERS = 8, LETTERS = 3, LONGEST = 12, TEXT = 600 };

/* --- a random model ------------------------------------------------------- */

/* Letters, then joined pairs of tokens before; user tokens last. */
typedef struct Model {
    char text[N + USERS][LONGEST + 1];
    float score[N + USERS];
    uint32_t n_merges, left[200], right[200]; /* in order of rank */
} Model;

static uint32_t find(const Model *m, const char *p, size_t len)
{
    for (uint32_t i = 0; i < N; i++)
        if (strlen(m->text[i]) == len && !memcmp(m->text[i], p, len)) return i;
    return UINT32_MAX;
}

static void join(char *out, const char *l, const char *r)
{
    size_t n = strlen(l);
    memcpy(out, l, n);
    memcpy(out + n, r, strlen(r) + 1);
}

static void make_tokens(Model *m, uint64_t *seed)
{
    char both[2 * LONGEST + 1];
    for (uint32_t i = 0; i < N;) {
        if (i < LETTERS) {
            m->text[i][0] = (char)('a' + (int)i);
            m->text[i++][1] = 0;
            continue;
        }
        join(both, m->text[t_random(seed) % i], m->text[t_random(seed) % i]);
        if (strlen(both) > LONGEST) continue;
        m->text[i][0] = 0;
        if (find(m, both, strlen(both)) == UINT32_MAX)
            memcpy(m->text[i++], both, strlen(both) + 1);
    }
    for (uint32_t i = N; i < N + USERS; i++) {
        uint32_t n = 1 + (uint32_t)(t_random(seed) % 6);
        for (uint32_t k = 0; k < n; k++)
            m->text[i][k] = (char)('a' + (int)(t_random(seed) % LETTERS));
        m->text[i][n] = 0;
    }
}

/* Half of all pairs that make a token, shuffled: ranks have nothing to do
 * with lengths.  Scores are few, so that many are equal. */
static void make_model(Model *m, uint64_t *seed)
{
    char both[2 * LONGEST + 1];
    memset(m, 0, sizeof *m);
    make_tokens(m, seed);
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t k = 0; k < N && m->n_merges < 200; k++) {
            join(both, m->text[i], m->text[k]);
            if (find(m, both, strlen(both)) == UINT32_MAX) continue;
            if (t_random(seed) % 2) continue;
            uint32_t at = (uint32_t)(t_random(seed) % (m->n_merges + 1));
            m->left[m->n_merges] = m->left[at];
            m->right[m->n_merges++] = m->right[at];
            m->left[at] = i;
            m->right[at] = k;
        }
    for (uint32_t i = 0; i < N + USERS; i++)
        m->score[i] = -(float)(t_random(seed) % 9);
}

/* --- the loops ------------------------------------------------------------ */

/* How early the tokens at i and i + 1 merge; UINT32_MAX: never. */
typedef uint32_t Priority(const Model *m, uint32_t left, uint32_t right);

static uint32_t by_merges(const Model *m, uint32_t left, uint32_t right)
{
    for (uint32_t i = 0; i < m->n_merges; i++)
        if (m->left[i] == left && m->right[i] == right) return i;
    return UINT32_MAX;
}

static uint32_t by_scores(const Model *m, uint32_t left, uint32_t right)
{
    char both[2 * LONGEST + 1];
    join(both, m->text[left], m->text[right]);
    uint32_t id = find(m, both, strlen(both));
    return id == UINT32_MAX ? id : (uint32_t)-m->score[id];
}

static uint32_t merge(const Model *m, Priority *priority, const char *p,
                      uint32_t n, uint32_t *ids)
{
    char both[2 * LONGEST + 1];
    for (uint32_t i = 0; i < n; i++) ids[i] = (uint32_t)(p[i] - 'a');
    for (;;) {
        uint32_t best = UINT32_MAX, at = 0;
        for (uint32_t i = 0; i + 1 < n; i++) {
            uint32_t x = priority(m, ids[i], ids[i + 1]);
            if (x < best) best = x, at = i;
        }
        if (best == UINT32_MAX) return n;
        join(both, m->text[ids[at]], m->text[ids[at + 1]]);
        ids[at] = find(m, both, strlen(both));
        memmove(ids + at + 1, ids + at + 2, (--n - at - 1) * sizeof *ids);
    }
}

/* The longest user token first, from left to right; what is left is merged.
 * owner[i]: the user token that byte i belongs to, or 0. */
static uint32_t cut(const Model *m, const char *p, uint32_t n, uint32_t *ids)
{
    uint32_t owner[TEXT] = {0}, out = 0;
    for (uint32_t len = 6; len > 0; len--)
        for (uint32_t at = 0; at + len <= n; at++)
            for (uint32_t u = N; u < N + USERS; u++) {
                bool fits = strlen(m->text[u]) == len &&
                            !memcmp(m->text[u], p + at, len);
                for (uint32_t i = 0; i < len; i++) fits &= !owner[at + i];
                for (uint32_t i = 0; fits && i < len; i++) owner[at + i] = u;
            }
    for (uint32_t at = 0, end; at < n; at = end) {
        end = at;
        if (owner[at]) {
            ids[out++] = owner[at];
            end += (uint32_t)strlen(m->text[owner[at]]);
            continue;
        }
        while (end < n && !owner[end]) end++;
        out += merge(m, by_scores, p + at, end - at, ids + out);
    }
    return out;
}

/* --- the files ------------------------------------------------------------ */

static GrVocab *load(const Bytes *b)
{
    gram_error error = {0};
    GrVocab *v = NULL;
    gram_status s = gr_vocab_from_memory(NULL, b->at, b->n, &error, &v);
    T_OK(s == GRAM_OK, "%s", error.message);
    return v;
}

static GrVocab *merges_file(const Model *m)
{
    Bytes b = {0};
    char line[100];
    bytes_string(&b, "{\"model\":{\"type\":\"BPE\",\"vocab\":{");
    for (uint32_t i = 0; i < N; i++)
        bytes_put(&b, line,
                  (size_t)snprintf(line, sizeof line, "%s\"%s\":%u",
                                   i ? "," : "", m->text[i], i));
    bytes_string(&b, "},\"merges\":[");
    for (uint32_t i = 0; i < m->n_merges; i++)
        bytes_put(&b, line,
                  (size_t)snprintf(line, sizeof line, "%s\"%s %s\"",
                                   i ? "," : "", m->text[m->left[i]],
                                   m->text[m->right[i]]));
    bytes_string(&b, "]}}");
    GrVocab *v = load(&b);
    free(b.at);
    return v;
}

static void key(Bytes *b, const char *name, uint32_t type)
{
    bytes_counted(b, name);
    bytes_number(b, type, 4);
}

static void array(Bytes *b, const char *name, uint32_t type)
{
    key(b, name, 9);
    bytes_number(b, type, 4);
    bytes_number(b, N + USERS, 8);
}

/* llama.cpp's form of SentencePiece; no space in front. */
static GrVocab *scores_file(const Model *m)
{
    Bytes b = {0};
    bytes_put(&b, "GGUF\3\0\0\0", 8);
    bytes_number(&b, 0, 8);
    bytes_number(&b, 5, 8);
    key(&b, "tokenizer.ggml.model", 8);
    bytes_counted(&b, "llama");
    key(&b, "tokenizer.ggml.add_space_prefix", 7);
    bytes_number(&b, 0, 1);
    array(&b, "tokenizer.ggml.tokens", 8);
    for (uint32_t i = 0; i < N + USERS; i++) bytes_counted(&b, m->text[i]);
    array(&b, "tokenizer.ggml.scores", 6);
    bytes_put(&b, m->score, sizeof m->score);
    array(&b, "tokenizer.ggml.token_type", 5);
    for (uint32_t i = 0; i < N + USERS; i++) bytes_number(&b, i < N ? 1 : 4, 4);
    GrVocab *v = load(&b);
    free(b.at);
    return v;
}

/* Texts of few letters, some of one letter alone. */
static uint32_t make_text(char *p, uint64_t *seed)
{
    uint32_t n = 1 + (uint32_t)(t_random(seed) % TEXT);
    uint64_t letters = 1 + t_random(seed) % LETTERS;
    for (uint32_t i = 0; i < n; i++)
        p[i] = (char)('a' + (int)(t_random(seed) % letters));
    return n;
}

static void compare(const Model *m, GrVocab *v, bool users, uint64_t *seed)
{
    GrEncoder *e;
    T_EQ(gr_encoder_new(v, 0, NULL, &e), GRAM_OK);
    for (int k = 0; k < 8; k++) {
        char text[TEXT];
        uint32_t n = make_text(text, seed), want[TEXT];
        const uint32_t *ids;
        size_t got;
        T_EQ(gr_encode(e, text, n, NULL, &ids, &got), GRAM_OK);
        uint32_t all = users ? cut(m, text, n, want)
                             : merge(m, by_merges, text, n, want);
        T_OK(got == all && !memcmp(ids, want, all * sizeof *want),
             "%.*s: %zu ids, %u expected", (int)n, text, got, all);
    }
    gr_encoder_free(e);
}

int main(void)
{
    uint64_t seed = t_seed();
    static Model m;
    for (int round = 0; round < 60; round++) {
        make_model(&m, &seed);
        GrVocab *merges = merges_file(&m), *scores = scores_file(&m);
        if (merges != NULL) compare(&m, merges, false, &seed);
        if (scores != NULL) compare(&m, scores, true, &seed);
        gr_vocab_free(merges);
        gr_vocab_free(scores);
    }
    return t_done();
}
