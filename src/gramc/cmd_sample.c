/* sample: documents drawn from nothing but masks.
 *
 * Every step draws uniformly from the mask.  Only when the tokens left are no
 * more than the completion bound and the longest token, or when a draw has
 * made the bound grow beyond what is left, the draw is limited to tokens that
 * leave enough; so a budget of at least the bound at the start always
 * suffices.  Where it is far above the budget, nothing is limited until the
 * text has come to something shorter.
 *
 *     tokens left   0         bound   + longest                       max
 *                   |-----------|---------|-----------------------------|
 *                      too few  |  steer  |  draw; undo what goes too far
 *
 * "Draw, undo, draw again" gives what drawing from the tokens that fit would
 * give, without asking for that mask, which takes the bound behind every token
 * of it.  A few tries are enough where most tokens fit; where few do, the mask
 * is asked for.
 *
 * The documents of a seed are the same on every machine: nothing here depends
 * on time, on addresses or on what earlier documents left in the grammar's
 * caches, since a mask has one value however it is found. */
#include "gramc/gramc.h"

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
    uint64_t first; /* completion bound of the empty text ... */
    uint64_t bound; /* ... and of the present one */
    uint32_t *ids;  /* of the document so far */
    size_t ids_cap;
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

/* Uniform below n, without bias.  The numbers from `limit` on are fewer than n
 * and would favour small rests. */
static uint64_t below(Sampler *s, uint64_t n)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % n, x;
    do x = next_random(s);
    while (x >= limit);
    return x % n;
}

/* By pairs, nibbles, bytes; the product adds up all bytes in the highest. */
static uint32_t count_bits(uint64_t x)
{
    const uint64_t ones = UINT64_MAX;
    x -= x >> 1 & ones / 3;
    x = (x & ones / 5) + (x >> 2 & ones / 5);
    return (uint32_t)(((x + (x >> 4)) & ones / 17) * (ones / 255) >> 56);
}

/* Only for masks of a budget; of others the matcher knows the number. */
static uint32_t count_mask(const Sampler *s, const uint32_t *mask)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->words; i++)
        if (mask[i] != 0) n += count_bits(mask[i]);
    return n;
}

/* The k-th token of the mask. */
static uint32_t nth_token(const Sampler *s, const uint32_t *mask, uint64_t k)
{
    for (size_t i = 0; i < s->words; i++) {
        uint32_t w = mask[i], n = w ? count_bits(w) : 0;
        if (k >= n) {
            k -= n;
            continue;
        }
        while (k-- > 0) w &= w - 1;
        return (uint32_t)(i * 32) + (uint32_t)__builtin_ctz(w);
    }
    return 0;
}

/* Uniform among the `count` tokens of the mask.  In one that has many a token
 * is found sooner by trying. */
static uint32_t any_token(Sampler *s, const uint32_t *mask, uint32_t count)
{
    uint32_t n = mask_ids(s->v), t;
    if (count < n / 8) return nth_token(s, mask, below(s, count));
    do t = (uint32_t)below(s, n);
    while (!(mask[t >> 5] >> (t & 31) & 1));
    return t;
}

/* Doubles the room: a document is written once and printed whole. */
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

/* As the n-th.  By doubling too: a budget may be any number, since most
 * documents are much shorter. */
static bool add_id(Sampler *s, uint32_t token, size_t n)
{
    if (n == s->ids_cap) {
        size_t cap = s->ids_cap ? s->ids_cap * 2 : 1024;
        uint32_t *ids = realloc(s->ids, cap * sizeof *ids);
        if (ids == NULL) return false;
        s->ids = ids;
        s->ids_cap = cap;
    }
    s->ids[n] = token;
    return true;
}

/* Draw from a mask and accept; GRAM_E_STATE where it is empty. */
static gram_status take(Sampler *s, const uint32_t *mask, uint32_t count,
                        uint32_t *token)
{
    if (count == 0) return GRAM_E_STATE;
    *token = any_token(s, mask, count);
    return gram_matcher_accept(s->m, *token);
}

/* The row is the grammar's own, and not copied. */
static gram_status take_any(Sampler *s, uint32_t *token)
{
    const uint32_t *mask;
    uint32_t count;
    gram_status st = gram_matcher_mask_view(s->m, &mask, NULL);
    gram_matcher_mask_facts(s->m, &count);
    return st == GRAM_OK ? take(s, mask, count, token) : st;
}

/* The bound behind what was just accepted; UINT64_MAX where it is too long to
 * be counted. */
static gram_status look(Sampler *s, uint64_t *bound)
{
    *bound = 0;
    if (gram_matcher_is_terminated(s->m)) return GRAM_OK;
    gram_status st = gram_matcher_completion_bound(s->m, bound);
    if (st == GRAM_E_LIMIT) *bound = UINT64_MAX;
    return st == GRAM_E_LIMIT ? GRAM_OK : st;
}

/* Draw from the whole mask; undone where more than `budget` would have to
 * follow. */
static gram_status try_any(Sampler *s, uint64_t budget, uint32_t *token,
                           bool *ok)
{
    uint64_t bound = 0;
    gram_status st = take_any(s, token);
    if (st == GRAM_OK) st = look(s, &bound);
    *ok = st == GRAM_OK && bound <= budget;
    if (*ok) s->bound = bound;
    return st == GRAM_OK && !*ok ? gram_matcher_rollback(s->m, 1) : st;
}

/* Draw from what fits.  Where nothing does (the bound is above what is left
 * from the start) anything will do. */
static gram_status take_fitting(Sampler *s, uint64_t budget, uint32_t *token)
{
    gram_status st = gram_matcher_mask_budget(s->m, budget, s->mask, s->words);
    uint32_t count = st == GRAM_OK ? count_mask(s, s->mask) : 0;
    if (st == GRAM_OK)
        st = count ? take(s, s->mask, count, token) : take_any(s, token);
    return st == GRAM_OK ? look(s, &s->bound) : st;
}

/* Nothing fits: anything will do, and now and then the bound is looked at. */
static gram_status drift(Sampler *s, uint64_t left, uint32_t *token)
{
    enum { LOOK_EVERY = 16 };
    gram_status st = take_any(s, token);
    if (st != GRAM_OK || left % LOOK_EVERY != 0) return st;
    return look(s, &s->bound);
}

/* One token with `left` still to go, itself included.  Drawing again until
 * something fits is drawing uniformly from what fits; that mask is asked for
 * only when little seems to, or has to get nearer to the end.  --bias structure
 * keeps the bound from growing every other time.  `near` is the smaller of the
 * two limits: with it first, then with the budget alone, each a few times,
 * then by the mask of what fits. */
static gram_status step(Sampler *s, uint64_t left, uint32_t *token)
{
    enum { TRIES = 4 };
    uint64_t budget = left - 1, near = budget;
    bool ok = false, steer = left <= s->bound + s->longest;
    gram_status st = GRAM_OK;
    if (s->bound > left && s->bound - left > s->longest)
        return drift(s, left, token);
    if (s->o->bias && (next_random(s) & 1) && s->bound < near) near = s->bound;
    for (int i = 0; i < TRIES && st == GRAM_OK && !ok && s->bound <= near; i++)
        st = try_any(s, near, token, &ok);
    for (int i = 0; i < TRIES && st == GRAM_OK && !ok && !steer; i++)
        st = try_any(s, budget, token, &ok);
    if (st != GRAM_OK || ok) return st;
    return take_fitting(s, budget, token);
}

/* A text that is no UTF-8, as a regex of bytes may have it, goes to "hex". */
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

/* One document; REFUSED where the budget did not suffice.  The end token is no
 * part of the document. */
static int draw(Sampler *s)
{
    uint64_t max = s->o->max_tokens, n = 0;
    bool finished = false;
    s->text.len = 0;
    s->bound = s->first;
    gram_matcher_reset(s->m);
    while (n < max && !finished) {
        uint32_t token;
        gram_status st = step(s, max - n, &token);
        if (st == GRAM_E_STATE) break;
        if (st != GRAM_OK)
            return report_error(s->o->file, st, gram_matcher_error(s->m));
        finished = gram_matcher_is_terminated(s->m);
        if (finished) break;
        if (!add_id(s, token, n++) || !add_text(s, token)) return LIMIT;
    }
    /* out of budget where the text may stop: it is complete */
    finished = finished || gram_matcher_may_stop(s->m);
    print_document(s, n, finished);
    return finished ? DONE : REFUSED;
}

/* A budget below the bound is a warning, not the end: most documents are much
 * shorter than the bound of the empty text. */
static int draw_all(Sampler *s)
{
    int rc = DONE;
    gram_status st = gram_matcher_completion_bound(s->m, &s->first);
    uint64_t bound = s->first;
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
        if (ferror(stdout)) break; /* main says why */
        if (one == REFUSED && rc == DONE)
            fprintf(stderr,
                    "%s: a document was not finished within %lu "
                    "tokens (bound %llu)\n",
                    s->o->file, s->o->max_tokens, (unsigned long long)bound);
        if (one == REFUSED) rc = REFUSED;
    }
    return rc;
}

/* Steering begins where no more than this is left above the bound: about so
 * much may one token add to it, by what its bytes open. */
static void find_longest(Sampler *s)
{
    for (uint32_t t = gram_vocab_size(s->v); t-- > 0;) {
        size_t len;
        gram_vocab_token(s->v, t, &len);
        if (len > s->longest) s->longest = len;
    }
}

/* One matcher for all documents: what it has learnt stays in the grammar. */
int cmd_sample(const Options *o)
{
    gram_vocab *v;
    gram_grammar *g;
    gram_error e = {0};
    int rc = open_grammar(o, &v, &g);
    if (rc != DONE) return rc;
    Sampler s = {
        .o = o, .v = v, .state = o->seed, .words = gram_vocab_mask_words(v)};
    find_longest(&s);
    s.mask = calloc(s.words + 1, sizeof *s.mask);
    gram_status st = gram_matcher_new(g, &s.m, &e);
    if (!s.mask)
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
