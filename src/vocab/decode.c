/* Tokens -> text: the bytes of the ids, joined, and the ends put right.
 *
 * Many tokenizers put a space in front of every text before they cut it, so
 * that a word has one token wherever it stands; at the beginning of a whole
 * text, and only there, that space is not the text's own.  Readers write
 * which character that is, and how many of it, into the recipe (GR_OP_ENDS):
 * what the file's decoder strips, or what its normalizer adds.
 *
 * The bytes of a token do not depend on its place, so nothing else happens
 * here: no clean-up of spaces around punctuation, which some runtimes do and
 * which loses text.  Two passes over the ids, no allocation. */
#include "vocab/recipe.h"

typedef struct Ends {
    uint32_t start, stop; /* how many characters may go */
    GrBytes mark;         /* the character */
} Ends;

/* A damaged recipe has none; who wants to encode with it is told. */
static Ends ends_of(const GrVocab *v, uint32_t flags)
{
    Ends x = {0, 0, {NULL, 0}};
    GrRecord r;
    uint32_t at = 0;
    while (v->recipe && gr_recipe_next(v->recipe, v->recipe_len, &at, &r)) {
        if (r.op != GR_OP_ENDS || r.len == 0) continue;
        x = (Ends){r.flags & 0xFF, r.flags >> 8, {r.p, r.len}};
    }
    if (flags & GR_DECODE_BEFORE) x.start = 0;
    if (flags & GR_DECODE_AFTER) x.stop = 0;
    return x;
}

/* Is byte i of a run of marks c? */
static bool fits(GrBytes mark, size_t i, char c)
{
    return ((const char *)mark.p)[i % mark.n] == c;
}

/* How many bytes of the joined tokens are marks that go at the start. */
static size_t leading(const GrVocab *v, const uint32_t *ids, size_t n,
                      const Ends *x)
{
    size_t done = 0, most = x->start * x->mark.n;
    for (size_t i = 0; i < n && done < most; i++) {
        uint32_t len;
        const char *p = gr_vocab_bytes(v, ids[i], &len);
        for (uint32_t k = 0; k < len && done < most; k++, done++)
            if (!fits(x->mark, done, p[k])) return done - done % x->mark.n;
    }
    return most ? done - done % x->mark.n : 0;
}

/* The same at the end, of the `left` bytes that are still there. */
static size_t trailing(const GrVocab *v, const uint32_t *ids, size_t n,
                       const Ends *x, size_t left)
{
    size_t done = 0, most = x->stop * x->mark.n;
    if (most > left) most = left;
    for (size_t i = n; i > 0 && done < most; i--) {
        uint32_t len;
        const char *p = gr_vocab_bytes(v, ids[i - 1], &len);
        for (uint32_t k = len; k > 0 && done < most; k--, done++)
            if (!fits(x->mark, x->mark.n - 1 - done % x->mark.n, p[k - 1]))
                return done - done % x->mark.n;
    }
    return most ? done - done % x->mark.n : 0;
}

/* Bytes `from` .. `to` of the joined tokens, as many as fit. */
static void copy(const GrVocab *v, const uint32_t *ids, size_t from, size_t to,
                 char *text, size_t cap)
{
    size_t at = 0;
    if (to - from > cap) to = from + cap;
    for (size_t i = 0; at < to; i++) {
        uint32_t len;
        const char *p = gr_vocab_bytes(v, ids[i], &len);
        size_t skip = from > at ? from - at : 0;
        size_t end = to - at < len ? to - at : len;
        if (skip < end) memcpy(text + (at + skip - from), p + skip, end - skip);
        at += len;
    }
}

/* An index of ids is an offset, and no place in a text. */
static gram_status no_token(GrEnv *env, size_t i, uint32_t id)
{
    gr_fail(env, GRAM_E_ARGUMENT, GR_NOWHERE, "there is no token %u", id);
    if (env->error != NULL) env->error->offset = i;
    return GRAM_E_ARGUMENT;
}

gram_status gr_decode(const GrVocab *v, const uint32_t *ids, size_t n,
                      uint32_t flags, char *text, size_t cap, size_t *len,
                      gram_error *error)
{
    GrEnv env;
    size_t all = 0;
    gr_env_init(&env, &v->env.alloc, 0, UINT64_MAX);
    env.error = error;
    *len = 0;
    for (size_t i = 0; i < n; i++) {
        if (ids[i] >= v->n_tokens) return no_token(&env, i, ids[i]);
        uint32_t m = v->off[ids[i] + 1] - v->off[ids[i]];
        if (m > SIZE_MAX - all)
            return gr_fail(&env, GRAM_E_LIMIT, GR_NOWHERE,
                           "the text is too long");
        all += m;
    }
    Ends x = ends_of(v, flags);
    size_t from = leading(v, ids, n, &x);
    size_t to = all - trailing(v, ids, n, &x, all - from);
    copy(v, ids, from, to, text, cap);
    *len = to - from;
    if (to - from <= cap) return GRAM_OK;
    return gr_fail(&env, GRAM_E_ARGUMENT, GR_NOWHERE,
                   "the text is longer than its place");
}
