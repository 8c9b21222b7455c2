/* Property: for a random grammar, texts drawn from masks alone are in the
 * language (as the naive recogniser says) and always come to an end, and of
 * all short strings exactly those of the language are accepted, as bytes and
 * through every tokenization tried.
 *
 * how: bit 0: the grammar is compiled as very large ones are; bit 1: as very
 * ambiguous ones are. */
#include "fuzz/driver.h"
#include "fuzz/input.h"
#include "fuzz/twin.h"

#include <string.h>

enum { SYMBOLS = 4, TEXTS = 3, SPELLINGS = 3 };

/* The recogniser takes nullable rules for others; a text loses a byte. */
const int fuzz_faults = 2;
int fuzz_fault;

/* --- texts from masks ----------------------------------------------------- */

/* The mask; once it is time to end, of what fits the bound. */
static void look(TwinWalk *w, uint32_t step, uint32_t steered, uint64_t *left)
{
    gram_status s;
    if (step == steered) {
        s = gram_matcher_completion_bound(w->m, left);
        fuzz_must(s == GRAM_OK, "bound: status %d\n%s", s, w->t->text);
        if (*left == 0) ++*left; /* the end token itself */
    }
    if (step < steered)
        s = gram_matcher_mask(w->m, w->mask, TWIN_WORDS);
    else
        s = gram_matcher_mask_budget(w->m, --*left, w->mask, TWIN_WORDS);
    fuzz_must(s == GRAM_OK, "mask at step %u: %s\nafter `%.*s` by\n%s", step,
              gram_matcher_error(w->m)->message, (int)w->len, w->text,
              w->t->text);
}

/* false where the text has ended, or has become too long to be judged. */
static bool take(TwinWalk *w)
{
    uint32_t token = twin_pick(w);
    fuzz_must(token != UINT32_MAX, "stuck after `%.*s`\n%s", (int)w->len,
              w->text, w->t->text);
    gram_status s = gram_matcher_accept(w->m, token);
    fuzz_must(s == GRAM_OK, "token %u after `%.*s`: status %d\n%s", token,
              (int)w->len, w->text, s, w->t->text);
    if (token == w->end) return false;
    return twin_append(w, token);
}

static void draw(TwinWalk *w)
{
    uint64_t left = 0;
    uint32_t steered = gen_below(w->g, 16);
    gram_matcher_reset(w->m);
    w->len = 0;
    for (uint32_t step = 0;; step++) {
        look(w, step, steered, &left);
        if (!take(w)) break;
    }
    if (w->len > 0 && fuzz_fault == 2) w->len--;
    if (!gram_matcher_is_terminated(w->m) || w->len > CFG_TEXT) return;
    fuzz_must(cfg_accepts(&w->t->cfg, w->text, w->len),
              "drawn, but not in the language: `%.*s`\n%s", (int)w->len,
              w->text, w->t->text);
}

/* --- strings -------------------------------------------------------------- */

static bool by_bytes(TwinWalk *w, const char *text, size_t len)
{
    gram_matcher_reset(w->m);
    return gram_matcher_accept_bytes(w->m, text, len, NULL) == GRAM_OK &&
           gram_matcher_may_stop(w->m);
}

/* Through random tokens that spell the text; single bytes always do. */
static bool by_tokens(TwinWalk *w, const char *text, size_t len)
{
    gram_matcher_reset(w->m);
    for (size_t at = 0, n; at < len; at += n) {
        uint32_t from = gen_below(w->g, w->n), t;
        for (uint32_t i = 0;; i++) {
            t = (from + i) % w->n;
            const char *b = gram_vocab_token(w->v, t, &n);
            if (t != w->end && n <= len - at && memcmp(b, text + at, n) == 0)
                break;
        }
        if (gram_matcher_accept(w->m, t) != GRAM_OK) return false;
    }
    return gram_matcher_accept(w->m, w->end) == GRAM_OK;
}

static void judge(TwinWalk *w, const char *text, size_t len)
{
    bool want = cfg_accepts(&w->t->cfg, text, len);
    fuzz_must(by_bytes(w, text, len) == want, "`%.*s`: should be %s\n%s",
              (int)len, text, want ? "accepted" : "refused", w->t->text);
    for (int i = 0; i < SPELLINGS; i++)
        fuzz_must(by_tokens(w, text, len) == want,
                  "`%.*s` by tokens: should be %s\n%s", (int)len, text,
                  want ? "accepted" : "refused", w->t->text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Gen g;
    static Twin t;
    char text[2 * SYMBOLS];
    FuzzInput in = fuzz_input(data, size);
    fuzz_choose(&g, &in);
    if (!twin_make(&t, &g)) return 0;
    t.cfg.fault = fuzz_fault == 1;
    t.loose = in.how & 1;
    t.lists = in.how & 2;
    fuzz_walk(&g, &in);
    TwinWalk w = {.t = &t, .g = &g, .v = twin_vocab(&g, 256)};
    gram_grammar *grammar = twin_compile(&t, w.v);
    w.n = gram_vocab_size(w.v);
    w.end = w.n - 1;
    if (grammar != NULL && gram_matcher_new(grammar, &w.m, NULL) == GRAM_OK) {
        size_t len;
        for (int i = 0; i < TEXTS; i++) draw(&w);
        for (size_t i = 0; (len = twin_string(i, SYMBOLS, text)) != SIZE_MAX;
             i++)
            judge(&w, text, len);
        gram_matcher_free(w.m);
    }
    gram_grammar_free(grammar);
    gram_vocab_free(w.v);
    return 0;
}
