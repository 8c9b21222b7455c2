/* Masks of vocabularies that lack single bytes: see world.h.
 *
 * Beside the grammar stands another one of the same source, over a vocabulary
 * that has all bytes, and is asked by bytes alone: what it refuses is in no
 * mask; what is in a mask is brought to an end by budgets, and that is one to
 * it; and what is missing in a mask though bytes could go on so, some hundred
 * rows of tokens do not lead to an end. */
#include "oracle/world.h"

#include "vocab/vocab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOKS = 60,
    DEPTH = 4,
    SHORT = 12,
    AGAIN = 16,
    ASKED = 8,
    TEXT_MAX = 600
};

typedef struct Spelled {
    World *w;
    Gen *g;
    gram_vocab *v;
    const char *source;
    gram_grammar *tokens, *bytes;
    gram_matcher *m, *by_bytes;
    uint32_t *mask;
    uint32_t n, words, left;
    char text[TEXT_MAX + 64];
    size_t len;
    uint32_t row[DEPTH], n_row; /* that led to an end, the last one first */
} Spelled;

static bool bad(Spelled *k, const char *what, uint32_t token)
{
    size_t n;
    const char *b = gram_vocab_token(k->v, token, &n);
    snprintf(k->w->why, WORLD_WHY,
             "%.2500s\n    spelled: %s at `%.*s`, token %u `%.*s`", k->source,
             what, (int)k->len, k->text, token, (int)n, b ? b : "");
    while (k->n_row > 0) {
        size_t at = strlen(k->w->why);
        b = gram_vocab_token(k->v, k->row[--k->n_row], &n);
        snprintf(k->w->why + at, WORLD_WHY - at, ", `%.*s`", (int)n, b);
    }
    return false;
}

static bool has(const Spelled *k, uint32_t t)
{
    return k->mask[t >> 5] >> (t & 31) & 1;
}

/* The bytes of a text token, or NULL; none that is longer than those that are
 * looked for where bytes are missing. */
static const char *text_of(const Spelled *k, uint32_t t, size_t *n)
{
    bool is_text = gram_vocab_kind(k->v, t) <= GRAM_TOKEN_USER;
    const char *b = gram_vocab_token(k->v, t, n);
    return is_text && *n > 0 && *n <= GR_SPELL_MOST ? b : NULL;
}

static bool add_bytes(Spelled *k, uint32_t t)
{
    size_t n;
    const char *b = text_of(k, t, &n);
    return b != NULL &&
           gram_matcher_accept_bytes(k->by_bytes, b, n, NULL) == GRAM_OK;
}

/* Long tokens may lead where only a long search finds them. */
static bool is_short(const Spelled *k, uint32_t t)
{
    size_t n;
    return text_of(k, t, &n) != NULL && n <= SHORT;
}

/* Does a row of short tokens lead to an end?  Depth first, and not far. */
static bool ends_soon(Spelled *k, int depth)
{
    k->n_row = 0;
    if (gram_matcher_may_stop(k->by_bytes)) return true;
    for (uint32_t i = 0, from = gen_below(k->g, k->n);
         depth > 0 && i < k->n && k->left > 0; i++) {
        uint32_t t = (from + i) % k->n;
        if (!is_short(k, t) || !add_bytes(k, t)) continue;
        k->left--;
        bool ends = ends_soon(k, depth - 1);
        gram_matcher_rollback(k->by_bytes, 1);
        if (ends) k->row[k->n_row++] = t;
        if (ends) return true;
    }
    return false;
}

/* What keeps a fork that has taken the token from being brought to an end by
 * its bounds; NULL: nothing.  A bound that cannot be kept is asked for again:
 * ways that were searched for depend on what is known. */
static const char *stuck_at(Spelled *k, gram_matcher *m, uint32_t token)
{
    uint64_t left = 0;
    uint32_t asked = 0;
    if (gram_matcher_accept(m, token) != GRAM_OK || !add_bytes(k, token))
        return "not accepted";
    while (!gram_matcher_may_stop(m)) {
        uint32_t t = 0;
        if (left == 0 && (asked++ == AGAIN ||
                          gram_matcher_completion_bound(m, &left) != GRAM_OK))
            return "no bound";
        if (gram_matcher_mask_budget(m, --left, k->mask, k->words) != GRAM_OK)
            return "no mask for a budget";
        while (t < k->n && !has(k, t)) t++;
        if (t == k->n) left = 0;
        if (t == k->n) continue;
        if (gram_matcher_accept(m, t) != GRAM_OK || !add_bytes(k, t))
            return "a token that a budget allows";
    }
    return gram_matcher_may_stop(k->by_bytes) ? NULL : "no end";
}

static bool complete(Spelled *k, uint32_t token)
{
    gram_matcher *m;
    size_t before = gram_matcher_n_accepted(k->by_bytes);
    if (gram_matcher_fork(k->m, &m) != GRAM_OK) return bad(k, "fork", token);
    const char *why = stuck_at(k, m, token);
    if (gram_matcher_error(m)->code == GRAM_E_LIMIT) why = NULL;
    size_t taken = gram_matcher_n_accepted(k->by_bytes) - before;
    gram_matcher_rollback(k->by_bytes, taken);
    if (why != NULL) bad(k, why, token);
    gram_matcher_free(m);
    return why == NULL;
}

static bool check_token(Spelled *k, uint32_t t, bool is_in)
{
    size_t n;
    if (text_of(k, t, &n) == NULL) return true;
    gram_status s = gram_matcher_check(k->m, t);
    if (s == GRAM_E_LIMIT) return true;
    if ((s == GRAM_OK) != is_in) return bad(k, "check", t);
    if (is_in) return complete(k, t);
    if (!add_bytes(k, t)) return true;
    k->left = LOOKS;
    bool ends = ends_soon(k, DEPTH);
    gram_matcher_rollback(k->by_bytes, 1);
    return !ends || bad(k, "missing", t);
}

/* Some tokens, and one that is taken; *next: UINT32_MAX at an end. */
static bool check_mask(Spelled *k, uint32_t *next)
{
    bool in[ASKED];
    uint32_t t[ASKED], from = gen_below(k->g, k->n);
    *next = UINT32_MAX;
    gram_status s = gram_matcher_mask(k->m, k->mask, k->words);
    if (s == GRAM_E_LIMIT) return true;
    if (s != GRAM_OK) return bad(k, gram_matcher_error(k->m)->message, 0);
    for (uint32_t i = 0; i < k->n && *next == UINT32_MAX; i++) {
        size_t n;
        uint32_t u = (from + i) % k->n;
        if (has(k, u) && text_of(k, u, &n) != NULL) *next = u;
    }
    for (int i = 0; i < ASKED; i++) {
        t[i] = i == 0 && *next != UINT32_MAX ? *next : gen_below(k->g, k->n);
        in[i] = has(k, t[i]) != (k->w->fault == WORLD_FAULT_MASK);
    }
    for (int i = 0; i < ASKED; i++)
        if (!check_token(k, t[i], in[i])) return false;
    return *next != UINT32_MAX || gram_matcher_may_stop(k->m) ||
           bad(k, "stuck", 0);
}

static bool walk(Spelled *k, int steps)
{
    for (int i = 0; i < steps; i++) {
        size_t n;
        uint32_t t;
        if (!check_mask(k, &t)) return false;
        const char *b = t == UINT32_MAX ? NULL : text_of(k, t, &n);
        if (b == NULL || k->len + n > TEXT_MAX) return true;
        if (gram_matcher_accept(k->m, t) != GRAM_OK || !add_bytes(k, t))
            return bad(k, "refused", t);
        memcpy(k->text + k->len, b, n);
        k->len += n;
    }
    return true;
}

/* *made: there is something to walk along. */
static bool start(Spelled *k, bool *made)
{
    size_t len = strlen(k->source);
    gram_kind kind = k->w->kind ? k->w->kind : GRAM_KIND_JSON_SCHEMA;
    *made = false;
    if (gram_grammar_new(k->w->vocab, kind, k->source, len, k->w->options,
                         &k->bytes, NULL) != GRAM_OK ||
        gram_matcher_new(k->bytes, &k->by_bytes, NULL) != GRAM_OK)
        return true;
    gram_status s = gram_grammar_new(k->v, kind, k->source, len, k->w->options,
                                     &k->tokens, NULL);
    k->left = LOOKS;
    if (s == GRAM_E_EMPTY) return !ends_soon(k, DEPTH) || bad(k, "empty", 0);
    if (s == GRAM_E_LIMIT) return true;
    if (s != GRAM_OK || gram_matcher_new(k->tokens, &k->m, NULL) != GRAM_OK)
        return bad(k, "does not compile", 0);
    *made = true;
    return true;
}

bool world_spelled(World *w, Gen *g, gram_vocab *v, const char *source,
                   int steps)
{
    Spelled *k = calloc(1, sizeof *k);
    bool made = false;
    if (k == NULL) return false;
    k->w = w;
    k->g = g;
    k->v = v;
    k->source = source;
    k->n = gram_vocab_size(v);
    k->words = gram_vocab_mask_words(v);
    k->mask = calloc(k->words + 1u, sizeof *k->mask);
    bool ok = k->mask != NULL && start(k, &made);
    if (ok && made) ok = walk(k, steps);
    gram_matcher_free(k->m);
    gram_matcher_free(k->by_bytes);
    gram_grammar_free(k->tokens);
    gram_grammar_free(k->bytes);
    free(k->mask);
    free(k);
    return ok;
}
