/* Property: whatever was done to a matcher before (accepting, being refused,
 * rolling back, forking, resetting, asking), it is the same as a fresh one
 * that reads the same tokens: same mask, same may-stop, same bound, same
 * answers.  The fresh one belongs to a second grammar made from the same
 * text, whose caches have seen nothing else.
 *
 * how: bit 0: a grammar, else a schema; bits 6 and 7: of schemas, the kind
 * (input.h).  The walk's seed draws the operations. */
#include "fuzz/driver.h"
#include "fuzz/input.h"
#include "fuzz/twin.h"
#include "oracle/world.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = 17, OPERATIONS = 60, FORKS = 4, HISTORY = 128, PIECE = 12 };
enum { STEPS = 20000000 };

/* A rollback too short; a fork that notices the original; a bit flipped. */
const int fuzz_faults = 3;
int fuzz_fault;

/* A token, or (id UINT32_MAX) bytes. */
typedef struct Accepted {
    uint32_t id;
    uint32_t len;
    char bytes[PIECE];
} Accepted;

typedef struct Hand { /* a matcher and what it has read */
    gram_matcher *m;
    Accepted past[HISTORY];
    uint32_t n, floor; /* it cannot go back behind `floor` */
} Hand;

typedef struct Table {
    Gen *g;
    const char *text;
    gram_vocab *v;
    gram_grammar *grammar, *other;
    Hand hand[FORKS];
    uint32_t n_hands, n_tokens, end;
    uint32_t id_of[64], row_of[64][WORDS], n_ids; /* masks by their ids */
} Table;

static bool limit(gram_status s)
{
    return s == GRAM_E_LIMIT || s == GRAM_E_MEMORY;
}

static bool has(const uint32_t *row, uint32_t t)
{
    return row[t >> 5] >> (t & 31) & 1;
}

/* --- replay --------------------------------------------------------------- */

static gram_status put_again(gram_matcher *m, const Accepted *a)
{
    return a->id == UINT32_MAX
               ? gram_matcher_accept_bytes(m, a->bytes, a->len, NULL)
               : gram_matcher_accept(m, a->id);
}

/* Rows and answers of both are equal. */
static void compare(Table *t, Hand *h, gram_matcher *fresh)
{
    uint32_t a[WORDS], b[WORDS];
    uint64_t x = 0, y = 0;
    gram_status s = gram_matcher_mask(h->m, a, WORDS);
    gram_status r = gram_matcher_mask(fresh, b, WORDS);
    if (limit(s) || limit(r)) return;
    fuzz_must(s == r, "mask: status %d, replayed %d\n%s", s, r, t->text);
    if (fuzz_fault == 3) a[0] ^= 2;
    fuzz_must(s != GRAM_OK || memcmp(a, b, sizeof a) == 0,
              "another mask when replayed\n%s", t->text);
    fuzz_must(gram_matcher_may_stop(h->m) == gram_matcher_may_stop(fresh) &&
                  gram_matcher_is_terminated(h->m) ==
                      gram_matcher_is_terminated(fresh),
              "stops otherwise when replayed\n%s", t->text);
    s = gram_matcher_completion_bound(h->m, &x);
    r = gram_matcher_completion_bound(fresh, &y);
    fuzz_must(limit(s) || limit(r) || (s == r && x == y),
              "bound %llu, replayed %llu\n%s", (unsigned long long)x,
              (unsigned long long)y, t->text);
}

static void replay(Table *t, Hand *h)
{
    gram_matcher *fresh;
    fuzz_must(gram_matcher_n_accepted(h->m) == h->n - h->floor,
              "%zu tokens accepted, not %u\n%s", gram_matcher_n_accepted(h->m),
              h->n - h->floor, t->text);
    if (gram_matcher_new(t->other, &fresh, NULL) != GRAM_OK) return;
    bool same = true;
    for (uint32_t i = 0; i < h->n && same; i++) {
        gram_status s = put_again(fresh, &h->past[i]);
        same = !limit(s);
        fuzz_must(s == GRAM_OK || !same,
                  "piece %u is refused when replayed\n%s", i, t->text);
    }
    if (same) compare(t, h, fresh);
    gram_matcher_free(fresh);
}

/* --- operations ----------------------------------------------------------- */

static void keep(Hand *h, uint32_t id, const char *bytes, uint32_t len)
{
    Accepted *a = &h->past[h->n++];
    a->id = id;
    a->len = len;
    if (len > 0) memcpy(a->bytes, bytes, len);
}

/* A token, allowed or not: check, mask and accept agree. */
static void accept_token(Table *t, Hand *h, bool allowed)
{
    uint32_t row[WORDS], token = gen_below(t->g, t->n_tokens);
    gram_status s = gram_matcher_mask(h->m, row, WORDS);
    if (limit(s) || h->n == HISTORY) return;
    if (s == GRAM_E_STATE) {
        fuzz_must(gram_matcher_is_terminated(h->m) &&
                      gram_matcher_accept(h->m, token) == GRAM_E_STATE,
                  "terminated, and goes on\n%s", t->text);
        return;
    }
    fuzz_must(s == GRAM_OK, "mask: %s\n%s", gram_matcher_error(h->m)->message,
              t->text);
    for (uint32_t i = 0; allowed && !has(row, token) && i < t->n_tokens; i++)
        token = (token + 1) % t->n_tokens;
    gram_status check = gram_matcher_check(h->m, token);
    s = gram_matcher_accept(h->m, token);
    if (limit(s) || limit(check)) return;
    fuzz_must(s == check && s == (has(row, token) ? GRAM_OK : GRAM_E_REFUSED),
              "token %u: bit %d, check %d, accept %d\n%s", token,
              has(row, token), check, s, t->text);
    if (s == GRAM_OK) keep(h, token, NULL, 0);
}

/* The bytes of a token, cut: all or none, and the place of the first one
 * that is not allowed. */
static void accept_bytes(Table *t, Hand *h)
{
    size_t n, at = SIZE_MAX;
    uint32_t token = gen_below(t->g, t->n_tokens);
    const char *b = gram_vocab_token(t->v, token, &n);
    if (n > PIECE) n = PIECE;
    n = gen_below(t->g, (uint32_t)n + 1);
    if (h->n == HISTORY) return;
    gram_status s = gram_matcher_accept_bytes(h->m, b, n, &at);
    if (limit(s) || s == GRAM_E_STATE) return;
    fuzz_must(s == GRAM_OK || s == GRAM_E_REFUSED, "bytes: status %d\n%s", s,
              t->text);
    if (s == GRAM_OK) {
        keep(h, UINT32_MAX, b, (uint32_t)n);
        return;
    }
    fuzz_must(at < n, "refused at %zu of %zu bytes\n%s", at, n, t->text);
    if (at == 0) return;
    s = gram_matcher_accept_bytes(h->m, b, at, NULL);
    fuzz_must(s == GRAM_OK || limit(s), "refused at %zu, and before\n%s", at,
              t->text);
    if (s == GRAM_OK) keep(h, UINT32_MAX, b, (uint32_t)at);
}

static void roll_back(Table *t, Hand *h)
{
    uint32_t most = h->n - h->floor, n = gen_below(t->g, most + 2);
    gram_status s = gram_matcher_rollback(h->m, n);
    fuzz_must(s == (n <= most ? GRAM_OK : GRAM_E_ARGUMENT),
              "rollback by %u of %u: status %d\n%s", n, most, s, t->text);
    if (s == GRAM_OK) h->n -= fuzz_fault == 1 && n > 0 ? n - 1 : n;
}

static void fork_hand(Table *t, Hand *h)
{
    if (t->n_hands == FORKS) {
        gram_matcher_free(t->hand[--t->n_hands].m);
        return;
    }
    Hand *copy = &t->hand[t->n_hands];
    *copy = *h;
    gram_status s = gram_matcher_fork(h->m, &copy->m);
    if (limit(s)) return;
    fuzz_must(s == GRAM_OK, "fork: status %d\n%s", s, t->text);
    copy->floor = copy->n;
    if (fuzz_fault == 2 && copy->n > 0) copy->n--;
    t->n_hands++;
}

static void reset(Hand *h)
{
    gram_matcher_reset(h->m);
    h->n = h->floor = 0;
}

/* Equal ids are equal masks; what a budget leaves is part of the mask. */
static void ask(Table *t, Hand *h)
{
    const uint32_t *row;
    uint32_t id, tight[WORDS], k = 0;
    gram_status s = gram_matcher_mask_budget(
        h->m, gen_below(t->g, 8) * gen_below(t->g, 8), tight, WORDS);
    if (gram_matcher_mask_view(h->m, &row, &id) != GRAM_OK) return;
    for (uint32_t i = 0; s == GRAM_OK && i <= t->end >> 5; i++)
        fuzz_must((tight[i] & ~row[i]) == 0, "a budget adds tokens\n%s",
                  t->text);
    while (k < t->n_ids && t->id_of[k] != id) k++;
    if (id == 0 || k == 64) return;
    size_t size = ((t->end >> 5) + 1) * sizeof *row;
    if (k == t->n_ids) {
        t->id_of[t->n_ids++] = id;
        memcpy(t->row_of[k], row, size);
    }
    fuzz_must(memcmp(t->row_of[k], row, size) == 0,
              "the mask with id %u has changed\n%s", id, t->text);
}

static void operate(Table *t)
{
    Hand *h = &t->hand[gen_below(t->g, t->n_hands)];
    switch (gen_below(t->g, 12)) {
    default: accept_token(t, h, true); break;
    case 1: accept_token(t, h, false); break;
    case 2: accept_bytes(t, h); break;
    case 3:
    case 4: roll_back(t, h); break;
    case 5: fork_hand(t, h); break;
    case 6: ask(t, h); break;
    case 7:
        if (gen_below(t->g, 4) == 0) reset(h);
        break;
    case 8: replay(t, h); break;
    }
}

static void run(Table *t)
{
    if (gram_matcher_new(t->grammar, &t->hand[0].m, NULL) != GRAM_OK) return;
    t->n_hands = 1;
    t->n_tokens = gram_vocab_size(t->v);
    t->end = t->n_tokens - 1;
    for (int i = 0; i < OPERATIONS; i++) operate(t);
    for (uint32_t i = 0; i < t->n_hands; i++) {
        replay(t, &t->hand[i]);
        gram_matcher_free(t->hand[i].m);
    }
}

/* --- what to walk over ---------------------------------------------------- */

/* A text over the default limit takes eight seconds to be refused, here and
 * once more; with sanitizers that is minutes. */
static gram_grammar *compile(gram_vocab *v, gram_kind kind, const char *text)
{
    gram_grammar *g = NULL;
    gram_options o = {.size = sizeof o, .max_steps = STEPS};
    gram_status s = gram_grammar_new(v, kind, text, strlen(text), &o, &g, NULL);
    return s == GRAM_OK ? g : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Gen g;
    static Twin twin;
    static Table t;
    static char text[GEN_MAX];
    FuzzInput in = fuzz_input(data, size);
    gram_kind kind = GRAM_KIND_JSON_SCHEMA;
    fuzz_choose(&g, &in);
    memset(&t, 0, sizeof t);
    if (in.how & 1) {
        if (!twin_make(&twin, &g)) return 0;
        kind = twin.kind;
        memcpy(text, twin.text, twin.len + 1);
    } else {
        fuzz_gen_schema(&g, &in);
        memcpy(text, g.text, g.len + 1);
    }
    fuzz_walk(&g, &in);
    t.g = &g;
    t.text = text;
    t.v = in.how & 1 ? twin_vocab(&g, 256) : world_random_vocab(&g, false);
    fuzz_must(t.v != NULL, "no vocabulary");
    t.grammar = compile(t.v, kind, text);
    t.other = compile(t.v, kind, text);
    if (t.grammar != NULL && t.other != NULL) run(&t);
    gram_grammar_free(t.grammar);
    gram_grammar_free(t.other);
    gram_vocab_free(t.v);
    return 0;
}
