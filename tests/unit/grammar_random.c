/* 20,000 random small grammars against the naive recogniser.
 *
 * For every grammar all strings over its alphabet are walked as a tree, as
 * far as the recogniser calls the prefix live: at each node acceptance and
 * liveness must agree, and so must the promise about costs: 0 exactly where
 * the text may end, else some next byte lowers it.  Left recursion (direct,
 * indirect, hidden), nullable and unit cycles, unproductive rules and
 * ambiguity arise by themselves; how often is counted.  Near the root the
 * mask over a small vocabulary is compared with every token tried by itself.
 *
 * Half of the grammars use groups and repeats.  Each is generated twice, as
 * GBNF and as plain rules for the recogniser, where a repeat is written out;
 * some repeated parts also have an alternative of 900 bytes outside of the
 * alphabet, which makes the repeat too long to be written out by the library:
 * then powers are at work.  Most are compiled a second time: with automata as
 * they come (loose.c), as very large ones are, with sets of stacks as they
 * come (stacks.h, "Loose"), or both. */
#include "grammar/grammar.h"
#include "tests/oracle/earley.h"
#include "tests/oracle/mask_oracle.h"
#include "tests/t.h"

enum { GRAMMARS = 20000, DEPTH = 5, MASK_DEPTH = 2, MAX_RULES = 5 };

/* Counted over all grammars. */
typedef struct Counts {
    int empty, direct, indirect, hidden, unit, nullable, ambiguous, masks;
} Counts;

/* Every string of up to three letters, and some that no text holds. */
typedef struct Tokens {
    GrEnv env;
    GrVocab *v;
    GrTables *tables;
    char text[24][4];
} Tokens;

typedef struct World {
    const Tokens *tokens;
    Counts *counts;
    GrMasks *masks;
    GrWork *work;
    MaskOracle oracle;
    bool ambiguous;
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

/* --- grammars ------------------------------------------------------------- */

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

/* --- grammars with groups and repeats ------------------------------------- */

/* The same grammar in two notations; rules X0, X1, ... of the plain one
 * stand for groups. */
typedef struct Twin {
    char *gbnf, *plain; /* where the next piece goes */
    char rules[8192];   /* the plain rules of groups */
    size_t rules_len;
    int n_groups;
    uint32_t n_rules;
    uint64_t *seed;
} Twin;

static void put(char **out, const char *s)
{
    size_t n = strlen(s);
    memcpy(*out, s, n + 1);
    *out += n;
}

static void put_rule(Twin *t, const char *rule)
{
    size_t n = strlen(rule);
    if (t->rules_len + n >= sizeof t->rules) return;
    memcpy(t->rules + t->rules_len, rule, n + 1);
    t->rules_len += n;
}

/* Name the plain rule for lo to hi times X<body>; hi < 0: no end. */
static int put_repeat(Twin *t, int body, int lo, int hi)
{
    char rule[512], *at = rule;
    int self = t->n_groups++;
    at += sprintf(at, "X%d ::=", self);
    for (int n = lo; n <= (hi < 0 ? lo : hi); n++) {
        at += sprintf(at, n > lo ? " | \"\"" : " \"\"");
        for (int i = 0; i < n; i++) at += sprintf(at, " X%d", body);
    }
    if (hi < 0) at += sprintf(at, " | X%d X%d", self, body);
    sprintf(at, "\n");
    put_rule(t, rule);
    return self;
}

static void put_alternatives(Twin *t, int depth);

/* ( ... ) with a postfix: X<body> is the group, then its repeat. */
static void put_group(Twin *t, int depth)
{
    static const struct {
        const char *postfix;
        int lo, hi;
    } kinds[] = {{"", 1, 1},      {"*", 0, -1},    {"+", 1, -1},
                 {"?", 0, 1},     {"{2}", 2, 2},   {"{0,3}", 0, 3},
                 {"{1,4}", 1, 4}, {"{3,}", 3, -1}, {"{2,5}", 2, 5}};
    char text[2048], *plain = t->plain, *outer = text;
    int body = t->n_groups++;
    outer += sprintf(outer, "X%d ::=", body);
    put(&t->gbnf, " (");
    t->plain = outer;
    put_alternatives(t, depth - 1);
    bool has_far = pick(t->seed, 4) == 0;
    sprintf(t->plain, has_far ? " | \"c\"\n" : "\n");
    t->plain = plain;
    put_rule(t, text);
    uint32_t k = pick(t->seed, sizeof kinds / sizeof *kinds);
    if (has_far) {
        static char far[901];
        memset(far, 'c', sizeof far - 1);
        put(&t->gbnf, " | \"");
        put(&t->gbnf, far);
        put(&t->gbnf, "\"");
    }
    put(&t->gbnf, ")");
    put(&t->gbnf, kinds[k].postfix);
    int name = put_repeat(t, body, kinds[k].lo, kinds[k].hi);
    t->plain += sprintf(t->plain, " X%d", name);
}

static void put_alternatives(Twin *t, int depth)
{
    uint32_t alts = 1 + pick(t->seed, 2);
    for (uint32_t a = 0; a < alts; a++) {
        uint32_t n = 1 + pick(t->seed, 2);
        if (a > 0) put(&t->gbnf, " |");
        if (a > 0) put(&t->plain, " |");
        for (uint32_t i = 0; i < n; i++) {
            char symbol[16];
            if (depth > 0 && t->n_groups < 14 && pick(t->seed, 3) == 0) {
                put_group(t, depth);
                continue;
            }
            put_symbol(symbol, t->seed, t->n_rules);
            put(&t->gbnf, symbol);
            put(&t->plain, symbol);
        }
    }
}

static void random_twin(char *gbnf, char *plain, uint64_t *seed)
{
    static const char *const names[] = {"root", "A", "B"};
    Twin t = {.gbnf = gbnf, .plain = plain, .seed = seed};
    t.n_rules = 1 + pick(seed, 3);
    for (uint32_t r = 0; r < t.n_rules; r++) {
        put(&t.gbnf, names[r]);
        put(&t.gbnf, " ::=");
        put(&t.plain, names[r]);
        put(&t.plain, " ::=");
        put_alternatives(&t, 2);
        put(&t.gbnf, "\n");
        put(&t.plain, "\n");
    }
    put(&t.plain, t.rules);
}

/* --- one grammar ---------------------------------------------------------- */

static void complain(World *w, size_t n, const char *what)
{
    if (!w->wrong)
        T_OK(false, "%s after \"%.*s\" in\n%s", what, (int)n, w->text,
             w->source);
    w->wrong = true;
}

static bool lowers_cost(World *w, const GrConfig *c, uint64_t cost)
{
    for (int b = 'a'; b <= 'c'; b++) {
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

/* The mask, against every token on its own. */
static void check_mask(World *w, const GrConfig *c, size_t n)
{
    GrMaskView view;
    GrText log = {0};
    uint32_t first;
    gram_status status = gr_text_put(&w->env, &log, w->text, n);
    if (status == GRAM_OK)
        status = gr_mask_get(w->masks, w->work, c, &log, &view);
    if (status != GRAM_OK)
        complain(w, n, "no mask");
    else if (mask_oracle_compare(&w->oracle, c, w->text, n, view.row, &first))
        complain(w, n, "a wrong mask");
    gr_vec_clear(&w->env, &log);
    w->counts->masks++;
}

/* Depth first over the live strings; at most DEPTH deep. */
static void walk(World *w, const GrConfig *c, size_t n)
{
    check_node(w, c, n);
    if (n <= MASK_DEPTH) check_mask(w, c, n);
    if (n <= MASK_DEPTH && !w->ambiguous)
        w->ambiguous = cfg_ways(&w->cfg, w->text, n) > 1;
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

static void count_shape(World *w, bool empty)
{
    uint32_t shape = cfg_shape(&w->cfg);
    Counts *n = w->counts;
    n->empty += empty;
    if (empty) return;
    n->direct += !!(shape & CFG_LEFT_DIRECT);
    n->indirect += !!(shape & CFG_LEFT_INDIRECT);
    n->hidden += !!(shape & CFG_LEFT_HIDDEN);
    n->unit += !!(shape & CFG_UNIT_CYCLE);
    n->nullable += !!(shape & CFG_NULLABLE_CYCLE);
    n->ambiguous += w->ambiguous;
}

static void walk_all(World *w)
{
    GrConfig start;
    w->run = (GrRun){
        .pda = w->pda, .env = &w->env, .arena = &w->arena, .log = w->text};
    T(gr_masks_new(w->pda, w->tokens->v, w->tokens->tables, NULL, &w->masks) ==
      GRAM_OK);
    T(gr_work_new(w->masks, &w->env, &w->work) == GRAM_OK);
    T(mask_oracle_init(&w->oracle, w->masks) == GRAM_OK);
    if (gr_run_start(&w->run, &start) == GRAM_OK) walk(w, &start, 0);
    mask_oracle_clear(&w->oracle);
    gr_work_free(w->work);
    gr_masks_free(w->masks);
}

/* Compile and walk a grammar; returns whether something was wrong. */
static bool run_grammar(const Tokens *tokens, Counts *counts,
                        const char *source, const char *plain, uint32_t flags,
                        bool fault)
{
    gram_options opt = {.size = sizeof opt, .regex_flags = flags};
    World *w = calloc(1, sizeof *w);
    GrReport report = {0};
    gram_error error;
    w->tokens = tokens;
    w->counts = counts;
    w->source = source;
    gr_env_init(&w->env, NULL, 0, 0);
    w->env.error = &error;
    T(cfg_read(&w->cfg, plain, "root"));
    w->cfg.fault = fault;
    T(gr_pda_new(&w->env, &w->pda) == GRAM_OK);
    gram_status status = gr_grammar_compile(
        &w->env, GRAM_KIND_GBNF, source, strlen(source), &opt, w->pda, &report);
    bool empty = !w->cfg.productive[0];
    if (status != (empty ? GRAM_E_EMPTY : GRAM_OK))
        complain(w, 0, "compiling is wrong");
    if (status == GRAM_OK) walk_all(w);
    count_shape(w, empty);
    bool wrong = w->wrong;
    gr_arena_clear(&w->env, &w->arena);
    gr_pda_free(w->pda);
    gr_report_clear(&w->env, &report);
    T_EQ(w->env.used, 0);
    free(w);
    return wrong;
}

/* --- tokens --------------------------------------------------------------- */

static void make_tokens(Tokens *t)
{
    GrToken list[24];
    uint32_t n = 0, end;
    gram_error error;
    for (uint32_t len = 1; len <= 3; len++)
        for (uint32_t bits = 0; bits < 1u << len; bits++, n++)
            for (uint32_t k = 0; k < len; k++)
                t->text[n][k] = (char)('a' + (bits >> k & 1));
    strcpy(t->text[n++], "c");
    strcpy(t->text[n++], "abx");
    strcpy(t->text[n++], "ccc");
    for (uint32_t i = 0; i < n; i++)
        list[i] = (GrToken){t->text[i], (uint32_t)strlen(t->text[i]), 0};
    list[n] = (GrToken){"<end>", 5, GR_TOKEN_SPECIAL};
    end = n;
    GrVocabOptions o = {.end_ids = &end, .n_end_ids = 1};
    gr_env_init(&t->env, NULL, 0, 0);
    T(gr_vocab_from_tokens(&o, list, n + 1, NULL, &error, &t->v) == GRAM_OK);
    T(gr_tables_new(&t->env, t->v, &t->tables) == GRAM_OK);
}

/* A recogniser that forgets nullable rules must be found out. */
static void test_fault(const Tokens *tokens)
{
    int failed = t_failed;
    Counts counts = {0};
    fprintf(stderr, "a fault is injected; one complaint must follow:\n");
    static const char text[] = "root ::= A \"a\"\nA ::= \"b\" | \"\"\n";
    bool wrong = run_grammar(tokens, &counts, text, text, 0, true);
    t_failed = failed;
    T_OK(wrong, "the injected fault was not noticed");
}

/* Each hard shape must have been met often enough to mean something. */
static void check_counts(const Counts *n)
{
    printf("%d grammars, %d empty; left recursion: %d direct, %d indirect, "
           "%d hidden; cycles: %d unit, %d nullable; %d ambiguous; "
           "%d masks\n",
           GRAMMARS, n->empty, n->direct, n->indirect, n->hidden, n->unit,
           n->nullable, n->ambiguous, n->masks);
    T(n->empty > 100 && n->empty < GRAMMARS / 2);
    T(n->direct > 1000 && n->indirect > 500 && n->hidden > 200);
    T(n->unit > 500 && n->nullable > 200 && n->ambiguous > 1000);
}

int main(void)
{
    static const uint32_t again[] = {GR_GRAMMAR_LOOSE, 0, GR_GRAMMAR_LISTS,
                                     GR_GRAMMAR_LOOSE | GR_GRAMMAR_LISTS};
    uint64_t seed = t_seed();
    Counts counts = {0}, loose = {0};
    Tokens tokens = {.v = NULL};
    static char source[65536], plain[65536];
    make_tokens(&tokens);
    for (int i = 0; i < GRAMMARS && t_failed < 5; i++) {
        bool twin = i % 2;
        if (twin)
            random_twin(source, plain, &seed);
        else
            random_grammar(source, &seed);
        const char *same = twin ? plain : source;
        run_grammar(&tokens, &counts, source, same, 0, false);
        if (again[i / 2 % 4] != 0)
            run_grammar(&tokens, &loose, source, same, again[i / 2 % 4], false);
    }
    check_counts(&counts);
    test_fault(&tokens);
    gr_tables_free(tokens.tables);
    gr_vocab_free(tokens.v);
    T_EQ(tokens.env.used, 0);
    return t_done();
}
