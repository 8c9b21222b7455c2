/* Property: any bytes as a pattern are refused with a place and a sentence,
 * or give an automaton that can be used; within the limits on memory and
 * work, and all memory is given back.  A pattern from the part of the
 * language where ECMA-262 and PCRE2 agree matches what PCRE2 matches, whole
 * or somewhere in the text.
 *
 * how: bit 0: the rest is the pattern itself; else it chooses one.  Bits 1-4:
 * flags; bit 5: the whole text must match. */
#include "fuzz/driver.h"
#include "fuzz/input.h"
#include "oracle/world.h"
#include "regex/regex.h"
#include "tests/oracle/gen_pattern.h"
#include "tests/oracle/pcre2_oracle.h"

enum { MEMORY = 32 << 20, STEPS = 3000000, TEXT_MAX = 4096, SUBJECTS = 12 };

/* A leak; a limit overrun; an error that lies; PCRE2 says the contrary. */
const int fuzz_faults = 4;
int fuzz_fault;

/* --- any bytes ------------------------------------------------------------ */

static void check_bytes(Gen *g, const FuzzInput *in)
{
    static gram_vocab *vocab;
    FuzzMemory memory = {0};
    gram_allocator alloc = fuzz_memory(&memory);
    gram_options o = {.size = sizeof o, .allocator = &alloc};
    gram_grammar *grammar = NULL;
    gram_error e = {0};
    uint32_t n_first;
    if (in->n > TEXT_MAX) return;
    if (vocab == NULL) vocab = world_vocab(&n_first);
    o.max_memory = MEMORY;
    o.max_steps = STEPS;
    o.regex_flags = in->how >> 1 & (GRAM_REGEX_SETS * 2 - 1);
    if (in->how & 32) o.regex_flags |= GRAM_REGEX_STRICT;
    gram_status s = gram_grammar_new(vocab, GRAM_KIND_REGEX,
                                     (const char *)in->rest, in->n, &o,
                                     &grammar, &e);
    if (fuzz_fault == 3) e.offset = in->n + 1;
    fuzz_check_error(s, &e, in->n);
    if (s == GRAM_OK) {
        fuzz_walk(g, in);
        fuzz_use(grammar, g, (const char *)in->rest, in->n);
        gram_grammar_free(grammar);
    }
    if (fuzz_fault == 1) memory.live++;
    if (fuzz_fault == 2) memory.peak += 2 * MEMORY;
    fuzz_must(memory.live == 0, "%zu bytes are not given back", memory.live);
    fuzz_must(memory.peak <= 2 * MEMORY, "%zu bytes at once", memory.peak);
}

/* --- against PCRE2 -------------------------------------------------------- */

static gram_status matches(GrRe *re, ReId a, const char *s, size_t n, int *out)
{
    for (size_t i = 0; i < n;) {
        uint32_t len, c = gr_utf8_get(s + i, n - i, &len);
        GR_TRY(gr_re_derive(re, a, c, &a));
        i += len;
    }
    *out = gr_re_nullable(re, a) ? ORACLE_YES : ORACLE_NO;
    return GRAM_OK;
}

static void compare(Gen *g, GrRe *re, ReId a, Pcre2Oracle *o, bool whole)
{
    for (int i = 0; i < SUBJECTS; i++) {
        char s[GEN_SUBJECT];
        int got;
        size_t n = gen_subject(g, s);
        int want = pcre2_oracle_match(o, s, n, whole);
        if (want == ORACLE_UNKNOWN) continue;
        if (matches(re, a, s, n, &got) != GRAM_OK) return;
        fuzz_must(got == want, "`%s` on `%.*s`: %d, PCRE2 %d, whole %d",
                  g->text, (int)n, s, got, want, whole);
    }
}

static void check_pattern(Gen *g, const FuzzInput *in)
{
    GrEnv env;
    GrRe *re;
    ReId a;
    gram_error error = {0};
    unsigned flags = in->how >> 1 & 7;
    bool whole = in->how & 32;
    fuzz_choose(g, in);
    gen_pattern(g);
    fuzz_walk(g, in);
    if (g->full || g->len > TEXT_MAX) return;
    Pcre2Oracle *o = pcre2_oracle_new(g->text, g->len, flags, fuzz_fault == 4);
    if (o == NULL) return;
    gr_env_init(&env, NULL, 0, STEPS);
    env.error = &error;
    fuzz_must(gr_re_new(&env, &re) == GRAM_OK, "no pool");
    gram_status s =
        gr_re_parse(re, g->text, g->len,
                    flags | (whole ? GR_RE_WHOLE : 0) | GR_RE_STRICT, &a, NULL);
    fuzz_must(s == GRAM_OK || s == GRAM_E_LIMIT, "`%s`: %s", g->text,
              error.message);
    if (s == GRAM_OK) compare(g, re, a, o, whole);
    gr_re_free(re);
    pcre2_oracle_free(o);
    fuzz_must(env.used == 0, "%zu bytes are not given back", env.used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Gen g;
    FuzzInput in = fuzz_input(data, size);
    if (in.how & 1)
        check_bytes(&g, &in);
    else
        check_pattern(&g, &in);
    return 0;
}
