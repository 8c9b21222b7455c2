/* Counted repeats: register or stack, one language.
 *
 * A repeat whose end is plain is counted in a register; beside an ambiguous
 * twin, which adds nothing to the language, it is counted by the stack; and
 * the regex machine does it by derivatives.  All three must agree on texts
 * around the bounds, and the masks of the first along walks with every token
 * tried alone. */
#include "grammar/grammar.h"
#include "match/match.h"
#include "tests/oracle/mask_oracle.h"
#include "tests/t.h"

typedef struct Repeat {
    const char *item, *regex; /* the same, in both spellings; `c` is a rule */
    uint32_t lo, hi;          /* hi 0: no end */
    const char *words[6];     /* some words of the item; NULL ends */
} Repeat;

static const Repeat repeats[] = {
    {"[^\\\"]",
     "[^\"]",
     0,
     40,
     {"a", " ", "\xc3\xa9", "\xf0\x9f\x98\x80", "\n"}},
    {"[^\\\"]", "[^\"]", 9, 0, {"a", "-", "\xe2\x82\xac"}},
    {"[a-zA-Z0-9_ -]", "[a-zA-Z0-9_ -]", 3, 17, {"a", "Z", "-", "0"}},
    {"([^\\\"\\\\] | \"\\\\\" ([nt] | \"u\" [0-9]{4}))",
     "(?:[^\"\\\\]|\\\\(?:[nt]|u[0-9]{4}))",
     2,
     12,
     {"a", "\\n", "\\u0041", "\xc3\xa9"}},
    {"([\\u0400-\\u04FF] | \"ab\" | \"b\")",
     "(?:[\\u0400-\\u04FF]|ab|b)",
     20,
     20,
     {"\xd0\x90", "ab", "b"}},
    {"c",
     "(?:[^\"\\\\\\x7F\\x00-\\x1F]|\\\\(?:[\"\\\\bfnrt]|u[0-9a-fA-F]{4}))",
     1,
     100,
     {"a", "\\n", "\\u00Ff", "\xc3\xa9", "\\\""}},
    {"\"xyz\"", "(?:xyz)", 900, 1000, {"xyz"}},
    {"[^\\\"]", "[^\"]", 0, 2147483647, {"a", "\xc3\xa9"}},
};

/* A rule as programs write it that turn schemas into grammars. */
static const char rule_c[] =
    "c ::= [^\"\\\\\\x7F\\x00-\\x1F] | [\\\\] ([\"\\\\bfnrt] | "
    "\"u\" [0-9a-fA-F]{4})\n";

enum { WAYS = 3, LONGEST = 8192 };

typedef struct World {
    GrEnv env;
    gram_error error;
    GrReport report;
    GrPda *pda[WAYS]; /* register, stack, regex */
    GrVocab *v;
    GrTables *tables;
    uint64_t seed;
} World;

static uint32_t pick(World *w, uint32_t n)
{
    return (uint32_t)(t_random(&w->seed) % n);
}

/* --- grammars ------------------------------------------------------------- */

static void compile(World *w, int way, gram_kind kind, const char *text)
{
    T(gr_pda_new(&w->env, &w->pda[way]) == GRAM_OK);
    gram_status status = gr_grammar_compile(&w->env, kind, text, strlen(text),
                                            NULL, w->pda[way], &w->report);
    T_OK(status == GRAM_OK, "%s: %s", text, w->error.message);
}

static void compile_all(World *w, const Repeat *r)
{
    char counts[32], text[1024];
    if (r->hi)
        snprintf(counts, sizeof counts, "{%u,%u}", r->lo, r->hi);
    else
        snprintf(counts, sizeof counts, "{%u,}", r->lo);
    snprintf(text, sizeof text,
             "root ::= \"[\" (s \",\")* s? \"]\"\n"
             "s ::= \"\\\"\" %s%s \"\\\"\"\n%s",
             r->item, counts, rule_c);
    compile(w, 0, GRAM_KIND_GBNF, text);
    snprintf(
        text, sizeof text,
        "root ::= \"[\" (s \",\")* s? \"]\"\n"
        "s ::= \"\\\"\" %s%s \"\\\"\" | \"\\\"\" %s%s (\"\\\"\" | \"\\\"\" t)\n"
        "t ::= \"?\" t | \"\"\n%s",
        r->item, counts, r->item, counts, rule_c);
    /* the twin may add question marks: no text here has them */
    compile(w, 1, GRAM_KIND_GBNF, text);
    snprintf(text, sizeof text, "\\[(?:\"%s%s\",)*(?:\"%s%s\")?\\]", r->regex,
             counts, r->regex, counts);
    compile(w, 2, GRAM_KIND_REGEX, text);
}

static bool accepts(World *w, int way, const char *text, size_t n)
{
    GrArena arena = {0};
    GrConfig c;
    GrRun run = {
        .pda = w->pda[way], .env = &w->env, .arena = &arena, .log = text};
    bool may = false;
    gram_status status = gr_run_start(&run, &c);
    for (size_t i = 0; i < n && status == GRAM_OK; i++) {
        run.log_len = i + 1;
        status = gr_run_byte(&run, &c, (uint8_t)text[i]);
    }
    if (status == GRAM_OK) status = gr_run_end(&run, &c, &may);
    T_OK(status == GRAM_OK || status == GRAM_E_REFUSED, "status %d", status);
    gr_arena_clear(&w->env, &arena);
    return status == GRAM_OK && may;
}

/* --- texts ---------------------------------------------------------------- */

static size_t put_words(World *w, const Repeat *r, char *text, uint32_t times)
{
    size_t n = 0;
    uint32_t n_words = 0;
    while (n_words < 6 && r->words[n_words]) n_words++;
    text[n++] = '"';
    for (uint32_t i = 0; i < times; i++) {
        const char *word = r->words[pick(w, n_words)];
        memcpy(text + n, word, strlen(word));
        n += strlen(word);
    }
    text[n++] = '"';
    return n;
}

/* A count near a bound, of which few are far from both. */
static uint32_t some_count(World *w, const Repeat *r)
{
    uint32_t at = pick(w, 2) || r->hi == 0 || r->hi > 1000 ? r->lo : r->hi;
    uint32_t delta = pick(w, 4);
    return pick(w, 2) || at < delta ? at + delta : at - delta;
}

static size_t make_text(World *w, const Repeat *r, char *text)
{
    size_t n = 0;
    text[n++] = '[';
    for (uint32_t i = pick(w, 3); i > 0; i--) {
        n += put_words(w, r, text + n, some_count(w, r));
        if (i > 1 || pick(w, 2)) text[n++] = ',';
    }
    text[n++] = ']';
    if (pick(w, 8) == 0) text[pick(w, (uint32_t)n)] = "\"],a\x80"[pick(w, 5)];
    return n;
}

static void check_texts(World *w, const Repeat *r, int n)
{
    static char text[LONGEST * 3];
    int n_yes = 0;
    for (int i = 0; i < n && t_failed < 10; i++) {
        size_t len = make_text(w, r, text);
        bool yes = accepts(w, 2, text, len);
        for (int way = 0; way < 2; way++)
            T_OK(accepts(w, way, text, len) == yes, "%s{%u,%u}: way %d: %.*s",
                 r->item, r->lo, r->hi, way, (int)len, text);
        n_yes += yes;
    }
    T_OK(n_yes > n / 20 && n_yes < n, "%d of %d", n_yes, n);
}

/* --- masks ---------------------------------------------------------------- */

static void check_mask(World *w, GrMatcher *m, MaskOracle *o, const char *text,
                       size_t n)
{
    GrMaskView view;
    uint32_t first = 0;
    uint64_t cost;
    bool may;
    T(gr_matcher_mask(m, &view) == GRAM_OK);
    uint32_t wrong =
        mask_oracle_compare(o, gr_matcher_config(m), text, n, view.row, &first);
    T_OK(wrong == 0, "after %.*s: %u tokens, the first is %u", (int)n, text,
         wrong, first);
    T(gr_matcher_may_stop(m, &may) == GRAM_OK);
    T(gr_pda_cost(w->pda[0], gr_matcher_config(m), &cost) == GRAM_OK);
    T_EQ(cost == 0, may);
}

/* Some byte lowers the bound of what is still needed. */
static void check_cost(World *w, const GrConfig *c)
{
    GrArena arena = {0};
    GrRun run = {.pda = w->pda[0], .env = &w->env, .arena = &arena};
    uint64_t cost, next;
    bool lower = false;
    T(gr_pda_cost(w->pda[0], c, &cost) == GRAM_OK);
    for (int b = 0; b < 256 && !lower; b++) {
        GrConfig to = *c;
        if (gr_run_byte(&run, &to, (uint8_t)b) != GRAM_OK) continue;
        lower = gr_pda_cost(w->pda[0], &to, &next) == GRAM_OK && next < cost;
    }
    T(lower || cost == 0);
    gr_arena_clear(&w->env, &arena);
}

static void check_walk(World *w, const Repeat *r)
{
    static char text[LONGEST * 3];
    GrMasks *masks;
    GrMatcher *m;
    MaskOracle o;
    size_t n = 0, len = make_text(w, r, text);
    T(gr_masks_new(w->pda[0], w->v, w->tables, NULL, &masks) == GRAM_OK);
    T(gr_matcher_new(masks, NULL, 0, &w->error, &m) == GRAM_OK);
    T(mask_oracle_init(&o, masks) == GRAM_OK);
    bool ok = true;
    while (ok && n < len && t_failed < 10) {
        size_t step = len > 200 ? 1 + pick(w, 97) : 1 + pick(w, 3);
        if (step > len - n) step = len - n;
        check_mask(w, m, &o, text, n);
        check_cost(w, gr_matcher_config(m));
        ok = gr_matcher_accept_bytes(m, text + n, step, NULL) == GRAM_OK;
        n += ok ? step : 0;
    }
    mask_oracle_clear(&o);
    gr_matcher_free(m);
    gr_masks_free(masks);
}

int main(void)
{
    World *w = calloc(1, sizeof *w);
    w->seed = t_seed();
    gr_env_init(&w->env, NULL, 0, 0);
    w->env.error = &w->error;
    w->env.max_steps = UINT64_MAX;
    T(gr_vocab_from_default(NULL, &w->error, &w->v) == GRAM_OK);
    T(gr_tables_new(&w->env, w->v, &w->tables) == GRAM_OK);
    for (size_t i = 0; i < sizeof repeats / sizeof *repeats; i++) {
        const Repeat *r = &repeats[i];
        compile_all(w, r);
        check_texts(w, r, r->lo > 100 ? 60 : 600);
        for (int k = 0; k < 3; k++) check_walk(w, r);
        for (int way = 0; way < WAYS; way++) gr_pda_free(w->pda[way]);
    }
    gr_report_clear(&w->env, &w->report);
    gr_tables_free(w->tables);
    gr_vocab_free(w->v);
    T_EQ(w->env.used, 0);
    free(w);
    return t_done();
}
