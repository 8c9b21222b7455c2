/* See input.h and driver.h. */
#include "fuzz/input.h"

#include "fuzz/driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void fuzz_must(int holds, const char *fmt, ...)
{
    va_list args;
    if (holds) return;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}

FuzzInput fuzz_input(const uint8_t *data, size_t size)
{
    FuzzInput in = {.rest = data, .n = size};
    if (in.n > 0) in.how = *in.rest++, in.n--;
    for (int i = 0; i < 4 && in.n > 0; i++)
        in.seed = in.seed << 8 | *in.rest++, in.n--;
    return in;
}

void fuzz_choose(Gen *g, const FuzzInput *in)
{
    static const uint8_t none[1];
    memset(g, 0, sizeof *g);
    g->data = in->n ? in->rest : none;
    g->n = in->n;
}

void fuzz_gen_schema(Gen *g, const FuzzInput *in)
{
    enum { WORDS_BITS = 0xC0 };
    if ((in->how & WORDS_BITS) == WORDS_BITS)
        gen_words(g);
    else
        gen_schema(g, (int)gen_below(g, 4));
}

void fuzz_walk(Gen *g, const FuzzInput *in)
{
    g->data = NULL;
    g->seed = in->seed;
}

/* --- memory --------------------------------------------------------------- */

static void *counted(void *ctx, void *p, size_t old_size, size_t new_size)
{
    FuzzMemory *m = ctx;
    void *fresh = NULL;
    if (new_size == 0) {
        free(p);
    } else {
        fresh = realloc(p, new_size);
        if (fresh == NULL) return NULL;
    }
    m->live = m->live - old_size + new_size;
    if (m->live > m->peak) m->peak = m->live;
    return fresh;
}

gram_allocator fuzz_memory(FuzzMemory *m)
{
    return (gram_allocator){counted, m};
}

/* --- errors --------------------------------------------------------------- */

void fuzz_check_error(gram_status s, const gram_error *e, size_t len)
{
    bool input = s >= GRAM_E_SYNTAX && s <= GRAM_E_EMPTY;
    fuzz_must(strcmp(gram_status_text(s), "unknown status") != 0,
              "status %d is none", s);
    if (s == GRAM_OK) return;
    fuzz_must(input || s == GRAM_E_LIMIT || s == GRAM_E_MEMORY,
              "status %d (%s) from a compilation", s, e->message);
    fuzz_must(e->code == s, "status %d, in the error %d", s, e->code);
    fuzz_must(e->message[0] != 0, "status %d without a sentence", s);
    fuzz_must(memchr(e->message, 0, sizeof e->message) != NULL &&
                  memchr(e->pointer, 0, sizeof e->pointer) != NULL,
              "an error that does not end");
    fuzz_must(e->offset <= len, "offset %zu of %zu bytes: %s", e->offset, len,
              e->message);
    fuzz_must(!input || s == GRAM_E_EMPTY || (e->line > 0 && e->column > 0),
              "no place: %s", e->message);
}

/* --- use ------------------------------------------------------------------ */

enum {
    WORDS = 64,
    FREE_TOKENS = 24,
    STEERED = 300,
    WORK = 64000000, /* steps of cells; some seconds, with sanitizers */
    TEXT_SHOWN = 512
};

typedef struct Use {
    gram_grammar *g;
    gram_matcher *m;
    const gram_vocab *v;
    Gen *choices;
    uint32_t n, words, mask[WORDS];
    const char *source; /* shown when something does not hold */
    int source_len, text_len;
    char text[TEXT_SHOWN]; /* so far, the first bytes */
} Use;

#define USE_MUST(u, holds, fmt, ...)                                           \
    fuzz_must((holds), fmt "\nafter `%.*s` by\n%.*s", __VA_ARGS__,             \
              (u)->text_len, (u)->text, (u)->source_len, (u)->source)

static bool is_end(const Use *u, uint32_t t)
{
    size_t n;
    const uint32_t *ends = gram_vocab_end_ids(u->v, &n);
    for (size_t i = 0; i < n; i++)
        if (ends[i] == t) return true;
    return false;
}

static uint32_t pick(Use *u)
{
    uint32_t from = gen_below(u->choices, u->n);
    for (uint32_t i = 0; i < u->n; i++) {
        uint32_t t = (from + i) % u->n;
        if (u->mask[t >> 5] >> (t & 31) & 1) return t;
    }
    return UINT32_MAX;
}

static void show(Use *u, uint32_t t)
{
    size_t n;
    const char *bytes = gram_vocab_token(u->v, t, &n);
    if (is_end(u, t) || n > (size_t)(TEXT_SHOWN - u->text_len)) return;
    memcpy(u->text + u->text_len, bytes, n);
    u->text_len += (int)n;
}

/* One token from the mask in u->mask; false where the text has ended. */
static bool take(Use *u, const char *which)
{
    uint32_t t = pick(u);
    USE_MUST(u, t != UINT32_MAX, "stuck: the %s allows nothing", which);
    gram_status s = gram_matcher_check(u->m, t);
    if (s == GRAM_OK) s = gram_matcher_accept(u->m, t);
    if (s == GRAM_E_LIMIT || s == GRAM_E_MEMORY) return false;
    USE_MUST(u, s == GRAM_OK, "token %u is in the %s; status %d", t, which, s);
    USE_MUST(u, !is_end(u, t) == !gram_matcher_is_terminated(u->m),
             "token %u: terminated or not", t);
    show(u, t);
    return !gram_matcher_is_terminated(u->m);
}

/* Many calls of little work each are work enough, too. */
static bool is_tired(const Use *u)
{
    gram_grammar_stats stats = {.size = sizeof stats};
    gram_grammar_get_stats(u->g, &stats);
    return stats.steps > WORK;
}

/* From here to an end within the bound. */
static void complete(Use *u)
{
    uint64_t left;
    gram_status s = gram_matcher_completion_bound(u->m, &left);
    if (s == GRAM_E_LIMIT || s == GRAM_E_MEMORY || left > STEERED) return;
    USE_MUST(u, s == GRAM_OK, "bound: status %d", s);
    while (left > 0) {
        s = gram_matcher_mask_budget(u->m, --left, u->mask, u->words);
        if (s == GRAM_E_LIMIT || s == GRAM_E_MEMORY) return;
        USE_MUST(u, s == GRAM_OK, "mask within a budget: status %d", s);
        if (!take(u, "mask within a budget") || is_tired(u)) return;
    }
    USE_MUST(u, gram_matcher_may_stop(u->m), "%s", "the bound was too low");
}

void fuzz_use(gram_grammar *g, Gen *choices, const char *source, size_t len)
{
    gram_error e;
    Use u = {.g = g, .v = gram_grammar_vocab(g), .choices = choices};
    u.source = source;
    u.source_len = (int)len;
    u.n = gram_vocab_size(u.v);
    u.words = gram_vocab_mask_words(u.v);
    fuzz_must(u.words <= WORDS, "too large a vocabulary for this");
    if (gram_matcher_new(g, &u.m, &e) != GRAM_OK) return;
    for (int i = 0; i < FREE_TOKENS && !is_tired(&u); i++) {
        gram_status s = gram_matcher_mask(u.m, u.mask, u.words);
        if (s == GRAM_E_LIMIT || s == GRAM_E_MEMORY) break;
        USE_MUST(&u, s == GRAM_OK, "mask: status %d", s);
        if (!take(&u, "mask")) break;
    }
    if (!gram_matcher_is_terminated(u.m)) complete(&u);
    gram_matcher_free(u.m);
}
