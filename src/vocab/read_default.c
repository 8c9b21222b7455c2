/* The embedded table of vocab.h ("GRd1"), and raw arrays.
 *
 * Both are byte-pair encodings whose ranks are their ids, so that neither
 * needs a list of merges: two pieces merge where what they make is a token,
 * the lowest id first.
 *
 * The table is written with shared beginnings left out, in the order of the
 * tokens' bytes, which makes it much smaller, and reading it is
 * one copy of the token before.  It comes with the library, but is read like
 * a file from outside: a fuzz target feeds this reader, and a table that a
 * user links in may be anything.
 *
 * In: the bytes of the table, or arrays of the caller.  Out: a draft.  Cost:
 * O(bytes). */
#include "vocab/readers.h"

/* A bounded reader of the table. */
typedef struct Cursor {
    const uint8_t *p;
    size_t n, at;
} Cursor;

static bool take(Cursor *c, size_t n, const uint8_t **out)
{
    if (n > c->n - c->at) return false;
    *out = c->p + c->at;
    c->at += n;
    return true;
}

static bool take_u32(Cursor *c, uint32_t *out)
{
    const uint8_t *p;
    if (!take(c, 4, &p)) return false;
    *out = gr_load_u32(p);
    return true;
}

static gram_status damaged(const GrVocabDraft *d, const Cursor *c)
{
    GrEnv env = d->env;
    return gr_fail(&env, GRAM_E_VOCAB, c->at,
                   "the embedded vocabulary is damaged");
}

static uint32_t u24(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

/* The ids follow all tokens, so tokens are walked twice: first to find
 * where ids begin, then with an id for each. */
static bool skip_tokens(Cursor *c, uint32_t n)
{
    const uint8_t *p;
    for (uint32_t i = 0; i < n; i++)
        if (!take(c, 2, &p) || !take(c, p[1], &p)) return false;
    return true;
}

/* A token shares at most all of the one before it; none is empty, and none
 * longer than a length of one byte can say. */
static gram_status read_tokens(GrVocabDraft *d, Cursor *c, uint32_t n,
                               const uint8_t *ids)
{
    char token[256];
    uint32_t len = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *p, *rest;
        if (!take(c, 2, &p) || !take(c, p[1], &rest)) return damaged(d, c);
        if (p[0] > len || p[0] + p[1] > 255 || p[0] + p[1] == 0)
            return damaged(d, c);
        if (p[1]) memcpy(token + p[0], rest, p[1]);
        len = (uint32_t)p[0] + p[1];
        GR_TRY(gr_draft_set(d, u24(ids + 3 * (size_t)i), GR_TOKEN_NORMAL, token,
                            len, c->at));
    }
    return GRAM_OK;
}

/* Their names are no text, so they take no part in merging. */
static gram_status read_specials(GrVocabDraft *d, Cursor *c, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *p, *name;
        if (!take(c, 5, &p) || !take(c, p[4], &name)) return damaged(d, c);
        GR_TRY(gr_draft_set(d, u24(p), GR_TOKEN_SPECIAL, name, p[4], c->at));
        if (p[3]) GR_TRY(gr_draft_end(d, u24(p)));
    }
    return GRAM_OK;
}

/* Every id once: as many tokens as ids and no gap among them. */
gram_status gr_read_default(GrVocabDraft *d, GrBytes file)
{
    Cursor c = {file.p, file.n, 0};
    const uint8_t *p, *pattern;
    uint32_t n, n_special, len;
    if (!take(&c, 4, &p) || !take_u32(&c, &n) || !take_u32(&c, &n_special) ||
        !take_u32(&c, &len) || !take(&c, len, &pattern))
        return damaged(d, &c);
    Cursor tokens = c;
    if (!skip_tokens(&c, n) || !take(&c, 3 * (size_t)n, &p))
        return damaged(d, &c);
    GR_TRY(read_tokens(d, &tokens, n, p));
    GR_TRY(read_specials(d, &c, n_special));
    if (c.at != c.n) return damaged(d, &c);
    for (uint32_t id = 0; id < d->kind.n; id++)
        if (d->kind.at[id] == GR_TOKEN_GAP) return damaged(d, &c);
    GR_TRY(
        gr_recipe_add(d, GR_OP_SPLIT_REGEX, GR_SPLIT_ISOLATED, pattern, len));
    return gr_recipe_add(d, GR_OP_RANKS, GR_BPE_WHOLE, NULL, 0);
}

/* --- raw arrays ----------------------------------------------------------- */

/* The caller's mistakes are misuse, not bad input: an argument error that
 * names the token. */
static gram_status set_all(GrVocabDraft *d, const GrToken *t, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (t[i].kind > GR_TOKEN_GAP)
            return gr_fail(&d->env, GRAM_E_ARGUMENT, GR_NOWHERE,
                           "token %u has no kind %u", i, t[i].kind);
        if (t[i].bytes == NULL && t[i].len > 0)
            return gr_fail(&d->env, GRAM_E_ARGUMENT, GR_NOWHERE,
                           "token %u has a length but no bytes", i);
        GR_TRY(gr_draft_set(d, i, (GrTokenKind)t[i].kind, t[i].bytes, t[i].len,
                            GR_NOWHERE));
    }
    return GRAM_OK;
}

/* Without a pattern, from the caller or a side file, texts are encoded
 * greedily: byte pairs over whole texts would be no model's encoding. */
static gram_status read_raw(GrVocabDraft *d, const GrToken *t, uint32_t n,
                            const char *pattern)
{
    GrSpan stated;
    if (n >= GR_LIMIT_VOCAB_TOKENS)
        return gr_fail(&d->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "%u tokens; at most %d", n, GR_LIMIT_VOCAB_TOKENS - 1);
    d->id_limit = n > d->id_limit ? n : d->id_limit;
    GR_TRY(set_all(d, t, n));
    GR_TRY(gr_read_specials(d, &stated));
    if (pattern == NULL && stated.len == 0) return GRAM_OK;
    const char *p = pattern ? pattern : gr_draft_at(d, stated);
    GR_TRY(gr_recipe_add(d, GR_OP_SPLIT_REGEX, GR_SPLIT_ISOLATED, p,
                         pattern ? strlen(pattern) : stated.len));
    return gr_recipe_add(d, GR_OP_RANKS, GR_BPE_WHOLE, NULL, 0);
}

gram_status gr_vocab_from_tokens(const GrVocabOptions *o, const GrToken *t,
                                 uint32_t n, const char *pattern,
                                 gram_error *error, GrVocab **out)
{
    GrVocabDraft d;
    gr_draft_init(&d, o, 0, error);
    gram_status s = read_raw(&d, t, n, pattern);
    if (s == GRAM_OK) return gr_draft_seal(&d, out);
    gr_draft_clear(&d);
    return s;
}
