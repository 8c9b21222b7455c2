/* Self loops over whole characters, against stepping the characters.
 *
 * From every configuration along some texts, each of a few hundred code
 * points (all of ASCII, the ends of every encoded length, the surrogates'
 * neighbours, random ones) is stepped byte by byte.  If the loop of the state
 * names it, the walk must come back to the same state on the same level. */
#include "grammar/grammar.h"
#include "tests/t.h"

typedef struct World {
    GrEnv env;
    gram_error error;
    GrReport report;
    GrPda *pda;
    GrArena arena;
    GrRun run;
    uint64_t seed;
    uint32_t n_loops, n_missed, n_back;
} World;

static bool in_loop(const GrLoop *loop, uint32_t c)
{
    for (uint32_t i = 0; i < loop->n; i++)
        if (loop->ranges[2 * i] <= c && c <= loop->ranges[2 * i + 1])
            return true;
    return false;
}

/* Does c, spelled in UTF-8, lead back to where it began? */
static bool comes_back(World *w, const GrConfig *from, uint32_t c)
{
    char utf8[4];
    GrConfig to = *from;
    uint32_t n = gr_utf8_put(c, utf8);
    for (uint32_t i = 0; i < n; i++)
        if (gr_run_byte(&w->run, &to, (uint8_t)utf8[i]) != GRAM_OK)
            return false;
    return to.state.v == from->state.v && to.depth == from->depth;
}

static void check_one(World *w, const GrConfig *c, const GrLoop *loop,
                      uint32_t point)
{
    bool named = in_loop(loop, point), back = comes_back(w, c, point);
    if (point >= 0xD800 && point <= 0xDFFF) return;
    T_OK(!named || back, "U+%04X is no loop of state %u", point, c->state.v);
    w->n_loops += named;
    w->n_back += back && !named;
}

static void check_loop(World *w, const GrConfig *c)
{
    static const uint32_t ends[] = {
        0x80,   0x410,  0x7FF,   0x800,   0xFFF,   0x1000,  0xD7FF,  0xE000,
        0xFFFD, 0xFFFF, 0x10000, 0x3FFFF, 0x40000, 0xFFFFF, 0x10FFFF};
    GrLoop loop;
    T(gr_pda_loop(w->pda, c->state, &loop) == GRAM_OK);
    for (uint32_t i = 1; i < 2 * loop.n; i++)
        T(loop.ranges[i - 1] <= loop.ranges[i]);
    w->n_back = 0;
    for (uint32_t p = 0; p < 0x80; p++) check_one(w, c, &loop, p);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        check_one(w, c, &loop, ends[i]);
    for (int i = 0; i < 50; i++)
        check_one(w, c, &loop, (uint32_t)(t_random(&w->seed) % 0x110000));
    /* small loops are left to the walk: either all is named or little is */
    if (loop.n > 0 || w->n_back >= 64) w->n_missed += w->n_back;
}

static void check(gram_kind kind, const char *grammar, const char *text)
{
    World w = {.seed = 1};
    GrConfig c;
    gr_env_init(&w.env, NULL, 0, 0);
    w.env.error = &w.error;
    T(gr_pda_new(&w.env, &w.pda) == GRAM_OK);
    gram_status status = gr_grammar_compile(
        &w.env, kind, grammar, strlen(grammar), NULL, w.pda, &w.report);
    T_OK(status == GRAM_OK, "%s: %s", grammar, w.error.message);
    w.run =
        (GrRun){.pda = w.pda, .env = &w.env, .arena = &w.arena, .log = text};
    T(gr_run_start(&w.run, &c) == GRAM_OK);
    check_loop(&w, &c);
    for (size_t i = 0; text[i]; i++) {
        w.run.log_len = i + 1;
        T(gr_run_byte(&w.run, &c, (uint8_t)text[i]) == GRAM_OK);
        check_loop(&w, &c);
    }
    T_OK(w.n_loops > 0, "%s: no loop was found", grammar);
    T_OK(w.n_missed == 0, "%s: %u loops were missed", grammar, w.n_missed);
    gr_arena_clear(&w.env, &w.arena);
    gr_pda_free(w.pda);
    gr_report_clear(&w.env, &w.report);
    T_EQ(w.env.used, 0);
}

int main(void)
{
    check(GRAM_KIND_GBNF,
          "root ::= \"[\" (s (\",\" s)*)? \"]\"\n"
          "s ::= \"\\\"\" ([^\\\"\\\\\\x00-\\x1F] | \"\\\\\" [nt])* \"\\\"\"\n",
          "[\"a\xc3\xa9\\n\",\"\xf0\x9f\x98\x80\"]");
    check(GRAM_KIND_GBNF, "root ::= [A-Za-z0-9_-]+ [ \\t]* | root \"+\" root",
          "ab1+c +d");
    check(GRAM_KIND_GBNF, "root ::= ([\\u0400-\\u04FF] | \"x\"{2})* \"!\"",
          "\xd0\x90xx!");
    check(GRAM_KIND_GBNF, "root ::= ([^\\u20AC\\U00020000-\\U0002FFFF])*",
          "a\xc3\xa9\xf0\x9f\x98\x80");
    check(GRAM_KIND_REGEX, "\"([^\"\\\\]|\\\\.)*\"x+", "\"a\\n\"xx");
    return t_done();
}
