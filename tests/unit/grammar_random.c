/* 20,000 random small grammars against the naive recogniser.
 *
 * For every grammar all strings over its alphabet are walked as a tree, as
 * far as the recogniser calls the prefix live: at each node acceptance and
 * liveness must agree, and so must the promise about costs: 0 exactly where
 * the text may end, else some next byte lowers it.  Left recursion (direct,
 * indirect, hidden), nullable and unit cycles, unproductive rules and
 * ambiguity arise by themselves; the counts at the end say how often. */
#include "grammar/grammar.h"
#include "tests/oracle/earley.h"
#include "tests/t.h"

enum { GRAMMARS = 20000, DEPTH = 6, MAX_RULES = 5 };

typedef struct World {
    GrEnv env;
    GrPda *pda;
    GrArena arena;
    GrRun run;
    Cfg cfg;
    char text[DEPTH + 1];
    const char *source;
    bool wrong;
} World;

static uint32_t pick(uint64_t *seed, uint32_t n)
{
    return (uint32_t)(t_random(seed) % n);
}

/* --- grammars ----------------------------------------------------------------- */

static int put_symbol(char *out, uint64_t *seed, uint32_t rules)
{
    static const char *const names[] = {"root", "A", "B", "C", "D"};
    uint32_t x = pick(seed, 10);
    if (x < 4) return sprintf(out, " \"%c\"", 'a' + (int)pick(seed, 2));
    if (x < 5) return sprintf(out, " \"\"");
    return sprintf(out, " %s", names[pick(seed, rules)]);
}

static void random_grammar(char *out, uint64_t *seed)
{
    static const char *const names[] = {"root", "A", "B", "C", "D"};
    uint32_t rules = 1 + pick(seed, MAX_RULES);
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

/* --- one grammar ----------------------------------------------------------------- */

static void complain(World *w, size_t n, const char *what)
{
    if (!w->wrong)
        T_OK(false, "%s after \"%.*s\" in\n%s", what, (int)n, w->text,
             w->source);
    w->wrong = true;
}

static bool lowers_cost(World *w, const GrConfig *c, uint64_t cost)
{
    for (int b = 'a'; b <= 'b'; b++) {
        GrConfig next = *c;
        uint64_t bytes;
        if (gr_run_byte(&w->run, &next, (uint8_t)b) != GRAM_OK) continue;
        if (gr_pda_cost(w->pda, &next, &bytes) == GRAM_OK && bytes < cost)
            return true;
    }
    return false;
}

static void check_node(World *w, const GrConfig *c, size_t n)
{
    bool may;
    uint64_t cost;
    if (gr_run_end(&w->run, c, &may) != GRAM_OK ||
        gr_pda_cost(w->pda, c, &cost) != GRAM_OK) {
        complain(w, n, "a failure");
        return;
    }
    if (may != cfg_accepts(&w->cfg, w->text, n))
        complain(w, n, may ? "accepted wrongly" : "refused wrongly");
    if ((cost == 0) != may) complain(w, n, "a cost that is wrong at the end");
    if (cost > 0 && !lowers_cost(w, c, cost))
        complain(w, n, "a cost that no byte lowers");
}

/* Depth first over the live strings; at most DEPTH deep. */
static void walk(World *w, const GrConfig *c, size_t n)
{
    check_node(w, c, n);
    for (int b = 'a'; b <= 'b' && n < DEPTH && !w->wrong; b++) {
        GrConfig next = *c;
        w->text[n] = (char)b;
        gram_status status = gr_run_byte(&w->run, &next, (uint8_t)b);
        bool live = cfg_is_prefix(&w->cfg, w->text, n + 1);
        if (live != (status == GRAM_OK))
            complain(w, n + 1,
                     live ? "a live prefix is refused"
                          : "a dead prefix is let through");
        else if (live)
            walk(w, &next, n + 1);
    }
}

/* Returns what compiling said. */
static gram_status run_grammar(const char *source, bool fault, bool *wrong)
{
    World *w = calloc(1, sizeof *w);
    GrReport report = {{0}, {0}};
    gram_error error;
    GrConfig start;
    w->source = source;
    gr_env_init(&w->env, NULL, 0, 0);
    w->env.error = &error;
    T(cfg_read(&w->cfg, source, "root"));
    w->cfg.fault = fault;
    T(gr_pda_new(&w->env, &w->pda) == GRAM_OK);
    gram_status status = gr_grammar_compile(
        &w->env, GRAM_KIND_GBNF, source, strlen(source), NULL, w->pda, &report);
    bool empty = !w->cfg.productive[0];
    if (status != (empty ? GRAM_E_EMPTY : GRAM_OK))
        complain(w, 0, "compiling is wrong");
    w->run = (GrRun){
        .pda = w->pda, .env = &w->env, .arena = &w->arena, .log = w->text};
    if (status == GRAM_OK && gr_run_start(&w->run, &start) == GRAM_OK)
        walk(w, &start, 0);
    *wrong = w->wrong;
    gr_arena_clear(&w->env, &w->arena);
    gr_pda_free(w->pda);
    gr_report_clear(&w->env, &report);
    T_EQ(w->env.used, 0);
    free(w);
    return status;
}

/* A recogniser that forgets nullable rules must be found out. */
static void test_fault(void)
{
    int failed = t_failed;
    bool wrong = false;
    fprintf(stderr, "a fault is injected; one complaint must follow:\n");
    run_grammar("root ::= A \"a\"\nA ::= \"b\" | \"\"\n", true, &wrong);
    t_failed = failed;
    T_OK(wrong, "the injected fault was not noticed");
}

int main(void)
{
    uint64_t seed = t_seed();
    int n_empty = 0;
    char source[1024];
    for (int i = 0; i < GRAMMARS && t_failed < 5; i++) {
        bool wrong;
        random_grammar(source, &seed);
        n_empty += run_grammar(source, false, &wrong) == GRAM_E_EMPTY;
    }
    printf("%d grammars, %d empty\n", GRAMMARS, n_empty);
    T(n_empty > 100 && n_empty < GRAMMARS / 2);
    test_fault();
    return t_done();
}
