/* A mask pays for the dear cells and pops that it needs, known or not.
 *
 * Texts of grammars that can be read in very many ways, and a vocabulary of
 * all words of "a" and "b" up to eight letters: the same mask is made with
 * nothing known behind the text, and again with everything known, without any
 * memory of masks.  Both count the same steps, and meet the same limit; and
 * where much was to be made, at least half of it is paid for. */
#include "grammar/grammar.h"
#include "mask/mask.h"
#include "tests/t.h"

enum { LONGEST = 8, WORDS = (2 << LONGEST) - 2, MIB = 256, MUCH = 1000000 };

typedef struct Tokens {
    GrEnv env;
    GrVocab *v;
    GrTables *tables;
    char text[WORDS][LONGEST];
} Tokens;

typedef struct World {
    GrEnv machine, env; /* as in the API: what pays is not what is paid for */
    gram_error error;
    GrReport report;
    GrPda *pda;
    GrMasks *masks;
    GrWork *work;
    GrArena arena;
    GrRun run;
    GrText log;
    GrConfig c;
} World;

static void make_tokens(Tokens *t)
{
    GrToken list[WORDS + 1];
    gram_error error;
    uint32_t n = 0, end = WORDS;
    for (uint32_t len = 1; len <= LONGEST; len++)
        for (uint32_t word = 0; word < 1u << len; word++) {
            for (uint32_t i = 0; i < len; i++)
                t->text[n][i] = (char)('a' + (word >> i & 1));
            list[n] = (GrToken){t->text[n], len, 0};
            n++;
        }
    list[n] = (GrToken){"<end>", 5, GR_TOKEN_SPECIAL};
    GrVocabOptions o = {.end_ids = &end, .n_end_ids = 1};
    gr_env_init(&t->env, NULL, 0, 0);
    T(gr_vocab_from_tokens(&o, list, n + 1, NULL, &error, &t->v) == GRAM_OK);
    T(gr_tables_new(&t->env, t->v, &t->tables) == GRAM_OK);
}

static void open_world(World *w, const Tokens *t, const char *grammar)
{
    GrMasksOptions o = {NULL, 0, GR_MASK_NO_MEMO, NULL};
    memset(w, 0, sizeof *w);
    gr_env_init(&w->machine, NULL, (size_t)MIB << 20, 0);
    gr_env_init(&w->env, NULL, 0, 0);
    w->machine.error = w->env.error = &w->error;
    T(gr_pda_new(&w->machine, &w->pda) == GRAM_OK);
    T(gr_grammar_compile(&w->machine, GRAM_KIND_GBNF, grammar, strlen(grammar),
                         NULL, w->pda, &w->report) == GRAM_OK);
    T(gr_masks_new(w->pda, t->v, t->tables, &o, &w->masks) == GRAM_OK);
    T(gr_work_new(w->masks, &w->env, &w->work) == GRAM_OK);
    w->run = (GrRun){.pda = w->pda, .env = &w->env, .arena = &w->arena};
    T(gr_run_start(&w->run, &w->c) == GRAM_OK);
}

static void close_world(World *w)
{
    gr_vec_clear(&w->env, &w->log);
    gr_work_free(w->work);
    gr_masks_free(w->masks);
    gr_arena_clear(&w->env, &w->arena);
    gr_pda_free(w->pda);
    gr_report_clear(&w->machine, &w->report);
    T_EQ(w->env.used, 0);
    T_EQ(w->machine.used, 0);
}

static void read_byte(World *w, char byte)
{
    T(gr_text_put(&w->env, &w->log, &byte, 1) == GRAM_OK);
    w->run.log = w->log.at;
    w->run.log_len = w->log.n;
    T(gr_run_byte(&w->run, &w->c, (uint8_t)byte) == GRAM_OK);
}

static gram_status mask(World *w, uint64_t most, uint64_t *steps)
{
    GrMaskView view;
    w->env.steps = 0;
    w->env.max_steps = most;
    gram_status status = gr_mask_get(w->masks, w->work, &w->c, &w->log, &view);
    *steps = w->env.steps;
    w->env.steps = 0;
    w->env.max_steps = UINT64_MAX;
    return status;
}

static uint64_t made(World *w)
{
    GrPdaStats stats;
    gr_pda_stats(w->pda, &stats);
    return stats.steps;
}

/* Cold and warm masks behind each byte of the text; how many differ from what
 * walking alone takes, that is, pay. */
static uint32_t count_paying(const Tokens *t, const char *grammar,
                             const char *text)
{
    uint32_t paying = 0;
    World w;
    open_world(&w, t, grammar);
    for (; *text; text++) {
        uint64_t cold, warm, less;
        read_byte(&w, *text);
        uint64_t before = made(&w), work;
        T(mask(&w, UINT64_MAX, &cold) == GRAM_OK);
        work = made(&w) - before;
        T_OK(work < MUCH || cold > work / 2, "%s: paid %llu of %llu", text,
             (unsigned long long)cold, (unsigned long long)work);
        T(mask(&w, UINT64_MAX, &warm) == GRAM_OK);
        /* once for all, tables of a class may be made */
        T_OK(warm <= cold && cold - warm < WORDS,
             "%s: cold %llu, warm %llu steps", text, (unsigned long long)cold,
             (unsigned long long)warm);
        T(mask(&w, warm, &less) == GRAM_OK);
        if (warm <= 4 * WORDS) continue;
        T(mask(&w, warm - 1, &less) == GRAM_E_LIMIT);
        paying++;
    }
    close_world(&w);
    return paying;
}

/* The limit that a warm mask meets is met by a cold one. */
static void check_cold_limit(const Tokens *t, const char *grammar,
                             const char *text)
{
    uint64_t steps, least = UINT64_MAX;
    for (int i = 0; i < 2; i++) {
        World w;
        open_world(&w, t, grammar);
        for (const char *at = text; *at; at++) read_byte(&w, *at);
        if (i == 0)
            T(mask(&w, UINT64_MAX, &least) == GRAM_OK && least > 4 * WORDS);
        else
            T(mask(&w, least - 1, &steps) == GRAM_E_LIMIT);
        close_world(&w);
    }
}

int main(void)
{
    static const char counts[] =
        "root ::= ( ( root [a] root | root ){2,5} ( [b] root ){0,3} [a]"
        " | [a] | [b\u00e9] root ( root | root root root | root )? ){2,5}"
        " \"b\\u00e9\" ( root | [b] root \"\" | root root ){2,5}"
        " | [b\u00e9] | [a\u00e9]";
    static const char lists[] =
        "root ::= A \"\" C | [a-b\u00e9] ( [a-b] A \"\" | ( root ){2,5} ){1,4}"
        " C\nA ::= B B [a]\nB ::= A root C | ( \"\" \"\" | \"\" )\nC ::= \"\"";
    static const char plain[] = "root ::= \"a\" root \"b\" | \"b\"+";
    static const char text[] = "abbabaabbabababbabaababbabaabbab";
    static const char pops[] = "aééééébééaéééa"
                               "ééééééaaaéééaé"
                               "éééébaéabééééébaba"
                               "ébaabaébaabaé";
    Tokens t;
    memset(&t, 0, sizeof t);
    make_tokens(&t);
    T(count_paying(&t, counts, text) > 0);
    T(count_paying(&t, lists, pops) > 0);
    T(count_paying(&t, plain, "aaaaaaaaaaabb") == 0);
    check_cold_limit(&t, counts, text);
    check_cold_limit(&t, lists, pops);
    gr_tables_free(t.tables);
    gr_vocab_free(t.v);
    T_EQ(t.env.used, 0);
    return t_done();
}
