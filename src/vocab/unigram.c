/* Unigram: the tokenization with the best sum of scores (Viterbi).
 *
 * From left to right, at every character all keys that begin there are found
 * in a trie of keys; each offers a path to where it ends, and the best path to
 * each place is kept.
 *
 *     text   h   e   l   l   o         path[to] = {score, from, id}
 *            |---he--|---llo-----|     the best way to each place;
 *            |------hell-----|-o-|     read backwards from the end
 *
 * A character that no key covers alone may always be unknown, ten below the
 * worst score.  O(n * longest key).
 *
 * Scores are added in the order and the precision of the original, since of
 * two paths that are equal on paper the last bit decides.
 *
 * Source: Kudo, "Subword Regularization" (2018); SentencePiece's
 * EncodeOptimized for the order of ties (the first of equals stays). */
#include "vocab/encoder.h"

#define NONE UINT32_MAX
static const double unknown_penalty = 10;

/* Floats of a model file or doubles of a tokenizer.json, as they lie in the
 * pack, at any address. */
static double score_of(const GrEncoder *e, uint32_t id)
{
    if (e->model.flags & GR_SCORE_F64) {
        double x;
        memcpy(&x, e->model.p + 8 * (size_t)id, sizeof x);
        return x;
    }
    float f;
    uint32_t bits = gr_load_u32(e->model.p + 4 * (size_t)id);
    memcpy(&f, &bits, sizeof f);
    return (double)f;
}

/* SentencePiece adds in single precision, the others in double. */
static double add(const GrEncoder *e, double a, double b)
{
    if (e->model.flags & GR_BPE_SENTENCEPIECE)
        return (double)((float)a + (float)b);
    return a + b;
}

/* For user tokens of a model file SentencePiece makes up a score, and
 * llama.cpp takes 0. */
static double key_score(const GrEncoder *e, uint32_t id, uint32_t len)
{
    bool stated = (e->model.flags & GR_SCORE_F64) != 0;
    if (stated || e->vocab->kind[id] != GR_TOKEN_USER) return score_of(e, id);
    /* user tokens win over whatever could spell them */
    if (e->model.flags & GR_BPE_SENTENCEPIECE)
        return (double)((float)len * (float)e->best_score - 0.1f);
    return 0;
}

/* Only a greater sum replaces: the first of equals stays. */
static void offer(GrEncoder *e, uint32_t from, uint32_t to, uint32_t id,
                  double score)
{
    GrPath *best = &e->path.at[to];
    double sum = add(e, e->path.at[from].score, score);
    if (best->from != NONE && !(sum > best->score)) return;
    *best = (GrPath){sum, from, id};
}

/* All keys that begin at p[at]; *single: one covers the character alone. */
static gram_status offer_keys(GrEncoder *e, const char *p, uint32_t n,
                              uint32_t at, uint32_t char_len, bool *single)
{
    const GrMatcher *m = &e->pieces;
    uint32_t node = m->root[(uint8_t)p[at]], d = 1;
    *single = false;
    for (; node != GR_TRIE_NONE; d++) {
        if (m->leaf[node] != UINT32_MAX) {
            uint32_t id = m->id[m->leaf[node]];
            offer(e, at, at + d, id, key_score(e, id, d));
            *single |= d == char_len;
        }
        if (at + d == n) break;
        node = gr_matcher_child(m, node, (uint8_t)p[at + d]);
    }
    return gr_step(&e->env, d);
}

/* `base`: the sum so far.  The end of every character can be reached, since
 * one that no key covers is offered as unknown. */
static gram_status forward(GrEncoder *e, const char *p, uint32_t n, double base)
{
    uint32_t len;
    e->path.n = 0;
    GR_TRY(gr_vec_reserve(&e->env, &e->path, (uint64_t)n + 1));
    for (uint32_t i = 0; i <= n; i++) e->path.at[i] = (GrPath){0, NONE, NONE};
    e->path.n = n + 1;
    e->path.at[0].score = base;
    for (uint32_t at = 0; at < n; at += len) {
        gr_utf8_get(p + at, n - at, &len);
        bool single;
        GR_TRY(offer_keys(e, p, n, at, len, &single));
        if (!single) offer(e, at, at + len, NONE, e->unknown_score);
    }
    return GRAM_OK;
}

/* Turn the best path round: from each place to the next. */
static void reverse(GrEncoder *e, uint32_t n)
{
    uint32_t to = n, id = NONE;
    for (uint32_t at = n;;) {
        GrPath here = e->path.at[at];
        e->path.at[at] = (GrPath){0, to, id};
        if (at == 0) return;
        to = at;
        id = here.id;
        at = here.from;
    }
}

/* Unknown characters side by side may become one id; *unknown goes on from one
 * stretch to the next. */
static gram_status put_path(GrEncoder *e, const char *p, uint32_t n,
                            bool *unknown)
{
    for (uint32_t at = 0; at < n;) {
        GrPath step = e->path.at[at];
        if (step.id == NONE) {
            GR_TRY(gr_put_unknown(e, p + at, step.from - at, unknown));
        } else {
            GR_TRY(gr_put_id(e, step.id));
            *unknown = false;
        }
        at = step.from;
    }
    return GRAM_OK;
}

/* Every path passes through a place that no key spans, so what lies between
 * two of them is solved alone; sums go on from where they were, because
 * their rounding decides between equal paths. */
gram_status gr_unigram_run(GrEncoder *e, const char *p, uint32_t n)
{
    bool unknown = false;
    double base = 0;
    for (uint32_t from = 0, to; from < n; from = to) {
        to = gr_joined_end(e, p, n, from);
        GR_TRY(forward(e, p + from, to - from, base));
        base = e->path.at[to - from].score;
        reverse(e, to - from);
        GR_TRY(put_path(e, p + from, to - from, &unknown));
    }
    return GRAM_OK;
}

/* The worst and the best score of normal tokens. */
static void find_bounds(GrEncoder *e)
{
    double worst = 0;
    bool any = false;
    for (uint32_t id = 0; id < e->n_scores; id++) {
        if (e->vocab->kind[id] != GR_TOKEN_NORMAL &&
            !(e->model.flags & GR_SCORE_F64))
            continue;
        double s = score_of(e, id);
        if (!any || s < worst) worst = s;
        if (!any || s > e->best_score) e->best_score = s;
        any = true;
    }
    e->unknown_score = add(e, worst, -unknown_penalty);
}

/* Keys of ids beyond the scores (added tokens) are no pieces. */
gram_status gr_unigram_open(GrEncoder *e)
{
    GR_TRY(gr_joined_open(e));
    find_bounds(e);
    uint32_t *id = gr_zalloc(&e->env, e->n_scores, sizeof *id);
    if (id == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < e->n_scores; i++) id[i] = i;
    return gr_matcher_init(&e->env, &e->pieces, e->keys.text, e->key, id, NULL,
                           e->n_scores);
}
