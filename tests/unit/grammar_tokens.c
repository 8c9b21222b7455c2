/* Token terminals: random grammars over a vocabulary of ten tokens, along
 * every row of three tokens, against the naive recogniser.
 *
 * The tokens overlap in their bytes, so most of them have two meanings at
 * once; two are no text, one of which ends generations.  At every node the
 * mask, what accept says, whether the text may end and what the recogniser
 * calls a live prefix must be one; after rollback the mask is the same. */
#include "grammar/grammar.h"
#include "match/match.h"
#include "tests/oracle/earley.h"
#include "tests/t.h"

enum { GRAMMARS = 1500, DEPTH = 3, N_TOKENS = 10, END = 9, SPECIAL = 8 };

static const char *const spelling[N_TOKENS] = {"a",   "b", "ab",  "ba",  "aa",
                                               "aab", "b", "bbb", "<s>", "<e>"};

typedef struct World {
    GrEnv env;
    gram_error error;
    GrVocab *v;
    GrTables *tables;
    GrPda *pda;
    GrMasks *masks;
    GrMatcher *m;
    Cfg cfg;
    char text[CFG_TEXT + 1];
    size_t n;
    int row[DEPTH], n_row;
    const char *source;
    bool wrong;
} World;

static uint32_t pick(uint64_t *seed, uint32_t n)
{
    return (uint32_t)(t_random(seed) % n);
}

static void make_vocab(World *w)
{
    GrToken t[N_TOKENS];
    uint32_t end = END;
    GrVocabOptions o = {.end_ids = &end, .n_end_ids = 1};
    for (uint32_t i = 0; i < N_TOKENS; i++)
        t[i] = (GrToken){spelling[i], (uint32_t)strlen(spelling[i]),
                         i < SPECIAL ? 0 : GR_TOKEN_SPECIAL};
    T(gr_vocab_from_tokens(&o, t, N_TOKENS, NULL, &w->error, &w->v) == GRAM_OK);
    T(gr_tables_new(&w->env, w->v, &w->tables) == GRAM_OK);
}

/* --- names ---------------------------------------------------------------- */

static bool exists(const void *ctx, uint32_t id, bool *is_text)
{
    *is_text = gr_vocab_is_text(ctx, id);
    return id < N_TOKENS;
}

static gram_status find(const void *ctx, GrEnv *env, const char *text,
                        size_t len, uint32_t *id)
{
    (void)env;
    *id = gr_vocab_named(ctx, text, len);
    return GRAM_OK;
}

static gram_status compile(World *w, const char *source)
{
    GrReport report = {0};
    GrTokenNames names = {w->v, w->v->n_text, exists, find};
    T(gr_pda_new(&w->env, &w->pda) == GRAM_OK);
    gram_status status = gr_grammar_compile_for(&w->env, GRAM_KIND_GBNF, source,
                                                strlen(source), NULL, &names,
                                                w->pda, &report);
    gr_error_locate(&w->error, source, strlen(source));
    gr_report_clear(&w->env, &report);
    return status;
}

/* --- grammars ------------------------------------------------------------- */

static int put_symbol(char *out, uint64_t *seed, uint32_t rules)
{
    static const char *const names[] = {"root", "A", "B", "C"};
    uint32_t x = pick(seed, 16);
    if (x < 5) return sprintf(out, " \"%c\"", 'a' + (int)pick(seed, 2));
    if (x < 6) return sprintf(out, " \"\"");
    if (x < 9) return sprintf(out, " <[%u]>", pick(seed, N_TOKENS));
    if (x < 11) return sprintf(out, " !<[%u]>", pick(seed, N_TOKENS));
    return sprintf(out, " %s", names[pick(seed, rules)]);
}

static void random_grammar(char *out, uint64_t *seed)
{
    static const char *const names[] = {"root", "A", "B", "C"};
    uint32_t rules = 1 + pick(seed, 4);
    for (uint32_t r = 0; r < rules; r++) {
        uint32_t alts = 1 + pick(seed, 3);
        out += sprintf(out, "%s ::=", names[r]);
        for (uint32_t a = 0; a < alts; a++) {
            uint32_t n = 1 + pick(seed, 3);
            if (a > 0) out += sprintf(out, " |");
            for (uint32_t i = 0; i < n; i++)
                out += put_symbol(out, seed, rules);
        }
        out += sprintf(out, "\n");
    }
}

/* --- walking -------------------------------------------------------------- */

static void complain(World *w, int token, const char *what)
{
    char row[64] = "";
    for (int i = 0; i < w->n_row; i++)
        sprintf(row + strlen(row), "%d ", w->row[i]);
    if (!w->wrong)
        T_OK(false, "%s: token %d after %sin\n%s", what, token, row, w->source);
    w->wrong = true;
}

/* Append a token to the recogniser's text; the length before it. */
static size_t push_text(World *w, int token)
{
    size_t before = w->n, len = token < SPECIAL ? strlen(spelling[token]) : 1;
    w->cfg.token[before] = (CfgToken){(int)len, token, token < SPECIAL};
    memset(w->text + before, 0, len);
    if (token < SPECIAL) memcpy(w->text + before, spelling[token], len);
    w->n = before + len;
    return before;
}

static void pop_text(World *w, size_t before)
{
    w->cfg.token[before].len = 0;
    w->n = before;
}

static void walk(World *w);

/* A live token is accepted, its subtree walked, and taken back. */
static void try_token(World *w, int token, bool bit, const uint32_t *row)
{
    GrMaskView view;
    bool may = cfg_accepts(&w->cfg, w->text, w->n);
    size_t before = push_text(w, token);
    bool live = cfg_is_prefix(&w->cfg, w->text, w->n);
    bool ends = token == END && may;
    if (bit != (live || ends)) complain(w, token, "a wrong bit");
    gram_status check = gr_matcher_check(w->m, (uint32_t)token);
    gram_status status = gr_matcher_accept(w->m, (uint32_t)token);
    if ((status == GRAM_OK) != bit || check != status)
        complain(w, token, "mask and accept differ");
    if (status == GRAM_OK) {
        if (gr_matcher_is_terminated(w->m) != ends)
            complain(w, token, "a wrong end");
        w->row[w->n_row++] = token;
        if (!ends) walk(w);
        w->n_row--;
        T(gr_matcher_rollback(w->m, 1) == GRAM_OK);
    }
    pop_text(w, before);
    if (gr_matcher_mask(w->m, &view) != GRAM_OK || *view.row != *row)
        complain(w, token, "another mask after rollback");
}

static void walk(World *w)
{
    GrMaskView view;
    bool may;
    uint64_t bound;
    if (gr_matcher_mask(w->m, &view) != GRAM_OK ||
        gr_matcher_may_stop(w->m, &may) != GRAM_OK) {
        complain(w, -1, "a failure");
        return;
    }
    uint32_t row = *view.row;
    if (may != cfg_accepts(&w->cfg, w->text, w->n))
        complain(w, -1, "a wrong end of text");
    if (gr_pda_cost(w->pda, gr_matcher_config(w->m), &bound) != GRAM_OK ||
        (bound == 0) != may)
        complain(w, -1, "a wrong cost");
    for (int t = 0; t < N_TOKENS && w->n_row < DEPTH && !w->wrong; t++)
        try_token(w, t, row >> t & 1, &row);
}

/* Masks by every way to compute them, from the same matcher's start. */
static void check_ways(World *w)
{
    static const uint32_t ways[] = {GR_MASK_NO_MEMO, GR_MASK_NO_CLASSES,
                                    GR_MASK_NO_NEAR};
    GrMaskView view, other;
    if (gr_matcher_mask(w->m, &view) != GRAM_OK) return;
    for (int i = 0; i < 3; i++) {
        GrMasksOptions o = {NULL, 0, ways[i], NULL};
        GrMasks *masks;
        GrMatcher *m;
        T(gr_masks_new(w->pda, w->v, w->tables, &o, &masks) == GRAM_OK);
        T(gr_matcher_new(masks, NULL, 0, &w->error, &m) == GRAM_OK);
        T(gr_matcher_mask(m, &other) == GRAM_OK);
        if (*other.row != *view.row) complain(w, -1, "ways differ");
        gr_matcher_free(m);
        gr_masks_free(masks);
    }
}

static gram_status run_grammar(World *w, const char *source)
{
    w->source = source;
    w->n = 0;
    w->n_row = 0;
    T(cfg_read(&w->cfg, source, "root"));
    gram_status status = compile(w, source);
    if (status != (w->cfg.productive[0] ? GRAM_OK : GRAM_E_EMPTY))
        complain(w, -1, "compiling is wrong");
    if (status == GRAM_OK) {
        GrMasksOptions o = {NULL, 0, 0, NULL};
        T(gr_masks_new(w->pda, w->v, w->tables, &o, &w->masks) == GRAM_OK);
        T(gr_matcher_new(w->masks, NULL, 0, &w->error, &w->m) == GRAM_OK);
        check_ways(w);
        walk(w);
        gr_matcher_free(w->m);
        gr_masks_free(w->masks);
    }
    gr_pda_free(w->pda);
    return status;
}

/* --- meanings ------------------------------------------------------------- */

static void test_mistakes(World *w)
{
    static const struct {
        const char *grammar;
        gram_status code;
        uint32_t column;
    } cases[] = {
        {"root ::= <[10]>", GRAM_E_REFERENCE, 12},
        {"root ::= <[1,99]>", GRAM_E_REFERENCE, 14},
        {"root ::= <x>", GRAM_E_REFERENCE, 10},
        {"root ::= \"a\" !<[1]", GRAM_E_SYNTAX, 14},
        {"root ::= <s", GRAM_E_SYNTAX, 10},
        {"root ::= <[a]>", GRAM_E_SYNTAX, 12},
        {"root ::= <[]>", GRAM_E_SYNTAX, 12},
        {"root ::= !\"a\"", GRAM_E_SYNTAX, 10},
        {"root ::= !<[0,1,2,3,4,5,6,7]>", GRAM_E_EMPTY, 1},
        {"root ::= <s> <e> !<s>", GRAM_OK, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gram_status status = compile(w, cases[i].grammar);
        T_OK(status == cases[i].code, "%s: %d %s", cases[i].grammar, status,
             w->error.message);
        if (status != GRAM_OK)
            T_OK(w->error.column == cases[i].column, "%s: at %u",
                 cases[i].grammar, w->error.column);
        gr_pda_free(w->pda);
    }
}

int main(void)
{
    uint64_t seed = t_seed();
    static char source[4096];
    int n_empty = 0;
    World *w = calloc(1, sizeof *w);
    gr_env_init(&w->env, NULL, 0, 0);
    w->env.max_steps = UINT64_MAX;
    w->env.error = &w->error;
    make_vocab(w);
    test_mistakes(w);
    for (int i = 0; i < GRAMMARS && t_failed < 5; i++) {
        w->wrong = false;
        random_grammar(source, &seed);
        n_empty += run_grammar(w, source) == GRAM_E_EMPTY;
    }
    printf("%d grammars, %d empty\n", GRAMMARS, n_empty);
    T(n_empty < GRAMMARS / 2);
    gr_tables_free(w->tables);
    gr_vocab_free(w->v);
    T_EQ(w->env.used, 0);
    free(w);
    return t_done();
}
