/* sample: documents drawn from nothing but masks.
 *
 * Every step draws uniformly from the mask.  Once the tokens left are no
 * more than the completion bound plus the longest token, only tokens that
 * keep the bound within the budget are drawn from, so that a budget of at
 * least the bound at the start always suffices. */
#include "gramc.h"

#include <stdlib.h>
#include <string.h>

typedef struct Sampler {
    const Options *o;
    const gram_vocab *v;
    gram_matcher *m;
    uint32_t *mask;
    size_t words;
    uint64_t state; /* of the generator */
    size_t longest; /* token, bytes */
    uint32_t *ids;  /* of the document so far */
    Text text;
    size_t text_cap;
} Sampler;

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next_random(Sampler *s)
{
    uint64_t x = s->state += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Uniform below n, without bias. */
static uint64_t below(Sampler *s, uint64_t n)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % n, x;
    do x = next_random(s);
    while (x >= limit);
    return x % n;
}

static uint64_t count_mask(const Sampler *s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s->words; i++)
        n += (uint64_t)__builtin_popcount(s->mask[i]);
    return n;
}

/* The k-th token of the mask. */
static uint32_t nth_token(const Sampler *s, uint64_t k)
{
    for (size_t i = 0; i < s->words; i++) {
        uint32_t w = s->mask[i], n = (uint32_t)__builtin_popcount(w);
        if (k >= n) {
            k -= n;
            continue;
        }
        while (k-- > 0) w &= w - 1;
        return (uint32_t)(i * 32) + (uint32_t)__builtin_ctz(w);
    }
    return 0;
}

static bool is_end(const gram_vocab *v, uint32_t token)
{
    size_t n;
    const uint32_t *ends = gram_vocab_end_ids(v, &n);
    for (size_t i = 0; i < n; i++)
        if (ends[i] == token) return true;
    return false;
}

static bool add_text(Sampler *s, uint32_t token)
{
    size_t len;
    const char *bytes = gram_vocab_token(s->v, token, &len);
    while (s->text.len + len > s->text_cap) {
        size_t cap = s->text_cap ? s->text_cap * 2 : 4096;
        char *at = realloc(s->text.at, cap);
        if (at == NULL) return false;
        s->text.at = at;
        s->text_cap = cap;
    }
    if (len) memcpy(s->text.at + s->text.len, bytes, len);
    s->text.len += len;
    return true;
}

/* The tokens to draw from with `left` tokens to go; --bias structure ends
 * as soon as it can, and keeps the bound from growing half of the time. */
static gram_status allowed(Sampler *s, uint64_t left)
{
    uint64_t bound;
    gram_status st = gram_matcher_completion_bound(s->m, &bound);
    if (st != GRAM_OK) return st;
    bool tight = left <= bound || left - bound <= s->longest;
    if (!tight && s->o->bias && (next_random(s) & 1) && bound > 0) {
        st = gram_matcher_mask_budget(s->m, bound, s->mask, s->words);
        if (st != GRAM_OK || count_mask(s) > 0) return st;
    }
    return tight ? gram_matcher_mask_budget(s->m, left - 1, s->mask, s->words)
                 : gram_matcher_mask(s->m, s->mask, s->words);
}

static void print_document(const Sampler *s, size_t n, bool finished)
{
    printf("{\"text\":");
    if (!print_json_string(s->text.at, s->text.len)) {
        printf("null,\"hex\":");
        print_hex(s->text.at, s->text.len);
    }
    printf(",\"tokens\":[");
    for (size_t i = 0; i < n; i++) printf("%s%u", i ? "," : "", s->ids[i]);
    printf("],\"finished\":%s}\n", finished ? "true" : "false");
}

/* One document; REFUSED where the budget did not suffice. */
static int draw(Sampler *s)
{
    uint64_t max = s->o->max_tokens, n = 0;
    bool finished = false;
    s->text.len = 0;
    gram_matcher_reset(s->m);
    while (n < max && !finished) {
        gram_status st = allowed(s, max - n);
        uint64_t count = st == GRAM_OK ? count_mask(s) : 0;
        if (st != GRAM_OK)
            return report_error(s->o->file, st, gram_matcher_error(s->m));
        if (count == 0) break;
        uint32_t token = nth_token(s, below(s, count));
        st = gram_matcher_accept(s->m, token);
        if (st != GRAM_OK)
            return report_error(s->o->file, st, gram_matcher_error(s->m));
        finished = is_end(s->v, token);
        if (finished) break;
        s->ids[n++] = token;
        if (!add_text(s, token)) return LIMIT;
    }
    /* out of budget where the text may stop: it is complete */
    finished = finished || gram_matcher_may_stop(s->m);
    print_document(s, n, finished);
    return finished ? DONE : REFUSED;
}

static int draw_all(Sampler *s)
{
    uint64_t bound = 0;
    int rc = DONE;
    gram_status st = gram_matcher_completion_bound(s->m, &bound);
    if (st != GRAM_OK)
        return report_error(s->o->file, st, gram_matcher_error(s->m));
    if (bound > s->o->max_tokens) {
        fprintf(stderr,
                "%s: completing a document may take %llu tokens, more "
                "than --max-tokens %lu\n",
                s->o->file, (unsigned long long)bound, s->o->max_tokens);
        rc = REFUSED;
    }
    for (unsigned long i = 0; i < s->o->count; i++) {
        int one = draw(s);
        if (one > REFUSED) return one;
        if (one == REFUSED && rc == DONE)
            fprintf(stderr,
                    "%s: a document was not finished within %lu "
                    "tokens (bound %llu)\n",
                    s->o->file, s->o->max_tokens, (unsigned long long)bound);
        if (one == REFUSED) rc = REFUSED;
    }
    return rc;
}

int cmd_sample(const Options *o)
{
    gram_vocab *v;
    gram_grammar *g;
    gram_error e = {0};
    int rc = open_grammar(o, &v, &g);
    if (rc != DONE) return rc;
    Sampler s = {
        .o = o, .v = v, .state = o->seed, .words = gram_vocab_mask_words(v)};
    for (uint32_t t = 0; t < gram_vocab_size(v); t++) {
        size_t len;
        gram_vocab_token(v, t, &len);
        if (gram_vocab_kind(v, t) <= GRAM_TOKEN_USER && len > s.longest)
            s.longest = len;
    }
    s.mask = calloc(s.words + 1, sizeof *s.mask);
    s.ids = o->max_tokens < SIZE_MAX / 8
                ? calloc(o->max_tokens + 1, sizeof *s.ids)
                : NULL;
    gram_status st = gram_matcher_new(g, &s.m, &e);
    if (!s.mask || !s.ids)
        rc = LIMIT;
    else
        rc = st == GRAM_OK ? draw_all(&s) : report_error(o->file, st, &e);
    if (st == GRAM_OK) gram_matcher_free(s.m);
    free(s.mask);
    free(s.ids);
    free(s.text.at);
    gram_grammar_free(g);
    gram_vocab_free(v);
    return rc;
}
