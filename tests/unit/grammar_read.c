/* Reading grammars: every switch of the dialect table, errors with their
 * places, printing that reads back, and failing allocators. */
#include "grammar/grammar.h"
#include "grammar/rules.h"
#include "tests/t.h"

typedef struct World {
    GrEnv env;
    gram_error error;
    GrReport report;
    GrPda *pda;
} World;

static gram_status compile(World *w, gram_kind kind, const char *text)
{
    memset(w, 0, sizeof *w);
    gr_env_init(&w->env, NULL, 0, 0);
    w->env.error = &w->error;
    gram_status status = gr_pda_new(&w->env, &w->pda);
    if (status != GRAM_OK) return status;
    status = gr_grammar_compile(&w->env, kind, text, strlen(text), NULL, w->pda,
                                &w->report);
    gr_error_locate(&w->error, text, strlen(text));
    return status;
}

static void release(World *w)
{
    gr_pda_free(w->pda);
    gr_report_clear(&w->env, &w->report);
    T_EQ(w->env.used, 0);
}

static bool accepts(World *w, const char *text, size_t n)
{
    GrArena arena = {0};
    GrConfig c;
    GrRun run = {.pda = w->pda, .env = &w->env, .arena = &arena, .log = text};
    bool may = false;
    gram_status status = gr_run_start(&run, &c);
    for (size_t i = 0; i < n && status == GRAM_OK; i++) {
        run.log_len = i + 1;
        status = gr_run_byte(&run, &c, (uint8_t)text[i]);
    }
    if (status == GRAM_OK) status = gr_run_end(&run, &c, &may);
    gr_arena_clear(&w->env, &arena);
    return status == GRAM_OK && may;
}

/* --- languages ----------------------------------------------------------- */

typedef struct Language {
    gram_kind kind;
    const char *grammar;
    const char *yes; /* texts separated by | ; a lone _ is the empty one */
    const char *no;
} Language;

#define GBNF GRAM_KIND_GBNF
#define EBNF GRAM_KIND_EBNF

static const Language languages[] = {
    /* escapes, and how far \x reads */
    {GBNF, "root ::= \"\\x41B\"", "AB", "\xd0\x9b|A"},
    {EBNF, "root ::= \"\\x41B\"", "\xd0\x9b", "AB"},
    {GBNF, "root ::= \"\\u00e9\\U0001F600\"", "\xc3\xa9\xf0\x9f\x98\x80", "e"},
    {EBNF, "root ::= \"\\e\\/\\?\\'\"", "\033/?'", "e"},
    {EBNF, "root ::= [\\$\\/\\.]", "$|/|.", "\\|a"},
    {GBNF, "root ::= \"\\t\\r\\n\\\\\\\"\\[\\]\\-\"", "\t\r\n\\\"[]-", "t"},
    {GBNF, "root ::= [\\x41-\\u0043\\U00000058\\t]", "A|B|C|X|\t", "D|x"},
    {EBNF, "root ::= \"\\n\\r\\t\\b\\f\\a\\v\\\"\\\\\"", "\n\r\t\b\f\a\v\"\\",
     "n"},
    {EBNF, "root ::= [\\^\\$\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\/\\-]",
     "^|$|.|*|+|?|(|)|[|]|{|}|/|-", "\\|a"},
    /* spaces, tabs, nothing */
    {GBNF, "root::=\"a\"*\"b\"", "b|aab", "a"},
    {GBNF, "root\t ::= \t\"a\" * \"b\" + \"c\" ? # x", "b|aabbc", "ac"},
    {GBNF, "\n\n  root ::= ( \"a\" ) {2}\r\n\r\n", "aa", "a"},
    {GBNF, "# only\n#\nroot ::= x\n\n# c\nx ::= \"a\"#", "a", "_"},
    {GBNF, "root ::= (\n# c\n\"a\" # d\n| # e\n\"b\"\n)*", "_|ab|ba", "c"},
    {EBNF, "root::=(\"a\"|\"b\"){2}#c", "ab|aa", "a"},
    {EBNF, "  root ::=\n\n\"a\"\n*\n\"b\"\n", "b|aab", "a"},
    {EBNF, "root ::= r.1-x _y\nr.1-x ::= \"a\"\n_y ::= \"b\"", "ab", "a"},
    /* newlines */
    {GBNF, "root ::= \"a\n\"", "a\n", "a"},
    {GBNF, "root ::= (\"a\"\n \"b\")\n# c\n", "ab", "a"},
    {GBNF, "root ::=\n  \"a\" |\n  \"b\"\n", "a|b", "_"},
    {GBNF, "root ::= \"a\"\n  | \"b\"\n", "a|b", "_"},
    {GBNF, "root ::= a\na ::=\nb ::= \"x\"", "_", "x"},
    {EBNF, "root ::= \"a\"\n\"b\"\n\n|\"c\"", "ab|c", "a"},
    {EBNF, "root\n ::= x\nx::=\"y\"", "y", "_"},
    /* empty alternatives, duplicates */
    {GBNF, "root ::= \"a\" | ", "a|_", "aa"},
    {GBNF, "root ::= ( | \"a\") \"b\"", "ab|b", "a"},
    {EBNF, "root ::= () \"a\" \"\"", "a", "_"},
    {GBNF, "root ::= a\na ::= \"x\"\na ::= \"y\"", "y", "x"},
    /* classes */
    {GBNF, "root ::= [^] | []", "_", "a"},
    {EBNF, "root ::= [^] | []", "a|\n|\xf0\x9f\x98\x80", "_"},
    {GBNF, "root ::= [-a-c-]", "-|a|b|c", "d"},
    {GBNF, "root ::= [^a-z\\]]", "A|\n", "]|a"},
    {GBNF, "root ::= [z-a] | \"q\"", "q", "z|a|m"},
    {GBNF, "root ::= .", "a|\n|\xe2\x82\xac", "ab|_|\x80"},
    {EBNF, "root ::= a.b\na.b ::= \"x\"", "x", "axb"},
    {GBNF, "root ::= \"\\ud83d\\ude00\" | \"x\"", "x", "\xf0\x9f\x98\x80"},
    /* repeats */
    {GBNF, "root ::= \"ab\"{ 2 , 3 }", "abab|ababab", "ab|abb"},
    {GBNF, "root ::= \"a\"{2}", "aa", "a|aaa"},
    {GBNF, "root ::= \"a\"{2,} \"b\"", "aab|aaaaab", "ab"},
    {GBNF, "root ::= \"a\"{,2}", "_|a|aa", "aaa"},
    {EBNF, "root ::= \"a\"{1,-1}", "a|aaaa", "_"},
    {GBNF, "root ::= \"a\"{0,0} \"b\"{0}", "_", "a|b"},
    {GBNF, "root ::= \"a\"+? \"b\"", "b|aab", "a"},
    {GBNF, "root ::= (\"a\"*)* (\"b\"+){2,3} ((\"c\"?)+)?", "bb|aabbbcc", "b"},
    {GBNF, "root ::= ((\"a\" | \"\"){3,5}){2}", "_|aaaaaaaaaa", "aaaaaaaaaaa"},
    /* tokens by id are no text, whatever their bytes */
    {GBNF, "root ::= (<[3]>|!<[3,4]>){2} \"b\" | \"a\"", "a", "b|aab|_"},
    /* comments, extensions */
    {GBNF, "# c\nroot ::= a_1 # d\na_1 ::= \"x\"", "x", "y"},
    {GBNF, "root ::= root \"a\" | \"b\"", "b|baaa", "a|ab"},
    {EBNF, "a ::= \"x\" (=\"c\")\nroot ::= a \"b\"", "xb", "xc"},
    /* W3C */
    {EBNF, "S ::= #x41 'b' /* c */ \"\\\"", "Ab\\", "A"},
    {EBNF, "[1] S ::= [#x30-#x39]+ T?\n[2a] T ::= [^#x30-#x39]", "12|1a",
     "ab|_"},
    {EBNF, "S ::= ([a-z]* - ([a-z]* 'xml' [a-z]*)) '.'", "abc.|xm.|.",
     "xml.|axmlb."},
    {EBNF, "S ::= D - 'b'\nD ::= [a-c]", "a|c", "b|d"},
    {EBNF, "S ::= '<' N '>' [WFC: Tags Nest]\n[ vc: One ]\nN ::= 'a' | \"b\"",
     "<a>|<b>", "a"},
    {EBNF,
     "Comment ::= '<!--' ((Char - '-') | ('-' (Char - '-')))* '-->'\n"
     "Char ::= #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD]\n"
     "  | [#x10000-#x10FFFF] /* any Unicode character */",
     "<!---->|<!--a-b \xc3\xa9-->", "<!--a--b-->|<!--->|<!--a"},
    {EBNF,
     "PI ::= '<?' PITarget (#x20+ (Char* - (Char* '?>' Char*)))? '?>'\n"
     "PITarget ::= [A-Za-z]+ - (('X' | 'x') ('M' | 'm') ('L' | 'l'))\n"
     "Char ::= [#x20-#x7E]",
     "<?a?>|<?xmlx y?z?>|<?xm  ?>", "<?xml?>|<?XmL a?>|<?a b?>?>"},
};

/* Run the texts of a list; `_` is "". */
static void run_list(World *w, const Language *x, const char *list, bool yes)
{
    for (const char *s = list;; s++) {
        size_t n = strcspn(s, "|");
        bool empty = n == 1 && *s == '_';
        bool got = accepts(w, s, empty ? 0 : n);
        T_OK(got == yes, "%s: \"%.*s\" is %s", x->grammar, (int)n, s,
             got ? "accepted" : "refused");
        s += n;
        if (*s == 0) break;
    }
}

static void test_languages(void)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        World w;
        const Language *x = &languages[i];
        gram_status status = compile(&w, x->kind, x->grammar);
        T_OK(status == GRAM_OK, "%s: %s", x->grammar, w.error.message);
        if (status == GRAM_OK) {
            run_list(&w, x, x->yes, true);
            run_list(&w, x, x->no, false);
        }
        release(&w);
    }
}

/* --- errors -------------------------------------------------------------------- */

typedef struct Mistake {
    gram_kind kind;
    const char *grammar;
    gram_status code;
    uint32_t line, column;
} Mistake;

static const Mistake mistakes[] = {
    {GBNF, "", GRAM_E_REFERENCE, 1, 1},
    {GBNF, "foo ::= \"a\"", GRAM_E_REFERENCE, 1, 1},
    {GBNF, "root ::= a\nb ::= \"x\"", GRAM_E_REFERENCE, 1, 10},
    {GBNF, "root ::= (\"a\"", GRAM_E_SYNTAX, 1, 10},
    {GBNF, "root ::= \"a\")", GRAM_E_SYNTAX, 1, 13},
    {GBNF, "root ::= \"a", GRAM_E_SYNTAX, 1, 12},
    {GBNF, "root ::= [a", GRAM_E_SYNTAX, 1, 12},
    {GBNF, "root ::= \"\\d\"", GRAM_E_SYNTAX, 1, 11},
    {GBNF, "root ::= \"\\x4\"", GRAM_E_SYNTAX, 1, 11},
    {GBNF, "root ::= \"\\U00110000\"", GRAM_E_SYNTAX, 1, 11},
    {GBNF, "root ::= 'a'", GRAM_E_SYNTAX, 1, 10},
    {GBNF, "root ::= \"a\" ;", GRAM_E_SYNTAX, 1, 14},
    {GBNF, "root ::= a a ::= \"x\"", GRAM_E_SYNTAX, 1, 14},
    {GBNF, "root ::= a ::= \"x\"", GRAM_E_SYNTAX, 1, 12},
    {GBNF, "root ::= \"a\"\n\"b\"", GRAM_E_SYNTAX, 2, 1},
    {GBNF, "root ::= \"a\"{2,1}", GRAM_E_SYNTAX, 1, 13},
    {GBNF, "root ::= \"a\"{,}", GRAM_E_SYNTAX, 1, 13},
    {GBNF, "root ::= \"a\"{4294967295}", GRAM_E_LIMIT, 1, 14},
    {GBNF, "root ::= *", GRAM_E_SYNTAX, 1, 10},
    {GBNF, "root ::= \"a\" | *", GRAM_E_SYNTAX, 1, 16},
    {GBNF, "root = \"a\"", GRAM_E_SYNTAX, 1, 6},
    {GBNF, "root ::= \"\xff\"", GRAM_E_SYNTAX, 1, 11},
    {GBNF, "root ::= <think>", GRAM_E_UNSUPPORTED, 1, 10},
    {GBNF, "root ::= \"x\" root", GRAM_E_EMPTY, 1, 1},
    {EBNF, "root ::= \"a\" |", GRAM_E_SYNTAX, 1, 15},
    {EBNF, "root ::= ", GRAM_E_SYNTAX, 1, 10},
    {EBNF, "root ::= \"a\"\nroot ::= \"b\"", GRAM_E_SYNTAX, 2, 1},
    {EBNF, "root ::= \"a\nb\"", GRAM_E_SYNTAX, 1, 12},
    {EBNF, "root ::= [z-a]", GRAM_E_SYNTAX, 1, 11},
    {EBNF, "root ::= \"a\"+?", GRAM_E_SYNTAX, 1, 14},
    {EBNF, "root ::= \"\\-\"", GRAM_E_SYNTAX, 1, 11},
    {EBNF, "root ::= [\\d]", GRAM_E_SYNTAX, 1, 11},
    {EBNF, "root ::= true", GRAM_E_SYNTAX, 1, 10},
    {EBNF, "root ::= a a ::= \"x\"", GRAM_E_SYNTAX, 1, 12},
    {EBNF, "root ::= .", GRAM_E_REFERENCE, 1, 10},
    {EBNF, "root ::= (=\"a\") \"b\"", GRAM_E_SYNTAX, 1, 17},
    {EBNF, "root ::= TagDispatch((\"a\", b))", GRAM_E_UNSUPPORTED, 1, 10},
    {EBNF, "root ::= \"a\" Regex (\"a\")", GRAM_E_UNSUPPORTED, 1, 14},
    {EBNF, "root[lazy] ::= \"a\"", GRAM_E_UNSUPPORTED, 1, 5},
    {EBNF, "root ::= \"a\"\nb[max_tokens=3] ::= \"b\"", GRAM_E_UNSUPPORTED, 2,
     2},
    {EBNF, "S ::= 'a' /* b", GRAM_E_SYNTAX, 1, 11},
    {EBNF, "S ::= A - 'b'\nA ::= 'x' A | 'y'", GRAM_E_UNSUPPORTED, 2, 11},
    {EBNF, "S ::= 'a' [vc: b", GRAM_E_SYNTAX, 1, 11},
    {GBNF, "root ::= \"\\u12\"", GRAM_E_SYNTAX, 1, 11},
    {GBNF, "root ::= \"\\/\"", GRAM_E_SYNTAX, 1, 11},
    {GBNF, "root ::= [\\d]", GRAM_E_SYNTAX, 1, 11},
    {GBNF, "root ::= \"a\" - \"b\"", GRAM_E_REFERENCE, 1, 14},
    {GBNF, "root ::= \"a\" // c", GRAM_E_SYNTAX, 1, 14},
    {GBNF, "root ::= \"a\"{1", GRAM_E_SYNTAX, 1, 15},
    {GBNF, "root ::= \"a\"{x}", GRAM_E_SYNTAX, 1, 14},
    {GBNF, "root ::= \"a\"{1,2,3}", GRAM_E_SYNTAX, 1, 17},
    {GBNF, "root ::= [a\\", GRAM_E_SYNTAX, 1, 12},
    {GBNF, "root ::= ((\"a\")\nb ::= \"c\"", GRAM_E_SYNTAX, 2, 3},
    {GBNF, "::= \"a\"", GRAM_E_SYNTAX, 1, 1},
    {GBNF, "root \"a\"", GRAM_E_SYNTAX, 1, 6},
    {EBNF, "root ::= \"a\" | | \"b\"", GRAM_E_SYNTAX, 1, 16},
    {EBNF, "root ::= ( | \"b\")", GRAM_E_SYNTAX, 1, 12},
    {EBNF, "root ::= \"a\"{3}{2}", GRAM_E_SYNTAX, 1, 16},
    {EBNF, "root ::= [a\nb]", GRAM_E_SYNTAX, 1, 12},
    {EBNF, "root ::= \"\\x\"", GRAM_E_SYNTAX, 1, 11},
    {EBNF, "root ::= \"\\q\"", GRAM_E_SYNTAX, 1, 11},
    {EBNF, "root ::= \"a\" (=\"b\") (=\"c\")", GRAM_E_SYNTAX, 1, 21},
    {EBNF, "1a ::= \"x\"\nroot ::= \"y\"", GRAM_E_SYNTAX, 1, 1},
    {EBNF, "S ::= - 'b'", GRAM_E_SYNTAX, 1, 7},
    {EBNF, "S ::= 'b' -", GRAM_E_SYNTAX, 1, 12},
    {EBNF, "S = 'b' ;", GRAM_E_SYNTAX, 1, 3},
    {GRAM_KIND_STRUCTURAL_TAG, "{}", GRAM_E_UNSUPPORTED, 0, 0},
};

static void test_mistakes(void)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        World w;
        const Mistake *x = &mistakes[i];
        gram_status status = compile(&w, x->kind, x->grammar);
        T_OK(status == x->code, "%s: status %d, not %d: %s", x->grammar, status,
             x->code, w.error.message);
        T_OK(w.error.line == x->line && w.error.column == x->column,
             "%s: at %u:%u, not %u:%u: %s", x->grammar, w.error.line,
             w.error.column, x->line, x->column, w.error.message);
        release(&w);
    }
}

/* --- the report --------------------------------------------------------------------- */

static bool reported(const World *w, const char *rule, const char *note)
{
    for (uint32_t i = 0; i < w->report.entries.n; i++) {
        const gram_report_entry *e = &w->report.entries.at[i];
        if (strcmp(e->pointer, rule) == 0 && strstr(e->note, note)) return true;
    }
    return false;
}

static void test_report(void)
{
    World w;
    T(compile(&w, GBNF,
              "root ::= a | b \"y\"\na ::= \"x\"\nb ::= \"z\" b\n"
              "c ::= \"w\"\na ::= \"v\"\n") == GRAM_OK);
    T(reported(&w, "a", "defined twice"));
    T(reported(&w, "b", "derives no string"));
    T(reported(&w, "c", "not reachable"));
    T(!reported(&w, "root", ""));
    T(accepts(&w, "v", 1) && !accepts(&w, "x", 1) && !accepts(&w, "z", 1));
    release(&w);
    T(compile(&w, EBNF, "root ::= 'a'") == GRAM_OK);
    T(reported(&w, "", "W3C EBNF"));
    release(&w);
}

/* --- printing ------------------------------------------------------------------------ */

/* Print, read what was printed, print again: both must be equal. */
static void check_print(World *w, const char *grammar)
{
    GrText once = {0}, twice = {0};
    GrRules r;
    T(gr_grammar_print(w->pda, "rules", &once) == GRAM_OK);
    T(gr_rules_init(&w->env, &w->report, &r) == GRAM_OK);
    gram_status status =
        gr_rules_parse(&r, &gr_dialect_ir, once.at, once.n, NULL);
    T_OK(status == GRAM_OK, "%s: printed %.*s: %s", grammar, (int)once.n,
         once.at, w->error.message);
    if (status == GRAM_OK) {
        T(gr_rules_print(&r, &twice) == GRAM_OK);
        bool same = once.n == twice.n && !memcmp(once.at, twice.at, once.n);
        T_OK(same, "%s: %.*s is read as %.*s", grammar, (int)once.n, once.at,
             (int)twice.n, twice.at);
    }
    gr_rules_clear(&r);
    gr_vec_clear(&w->env, &once);
    gr_vec_clear(&w->env, &twice);
}

static void test_print(void)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        World w;
        GrText rtn = {0};
        if (compile(&w, languages[i].kind, languages[i].grammar) == GRAM_OK) {
            check_print(&w, languages[i].grammar);
            T(gr_grammar_print(w.pda, "rtn", &rtn) == GRAM_OK && rtn.n > 0);
            T(gr_grammar_print(w.pda, "dot", &rtn) == GRAM_OK);
            T(gr_grammar_print(w.pda, "x", &rtn) == GRAM_E_ARGUMENT);
            gr_vec_clear(&w.env, &rtn);
        }
        release(&w);
    }
}

/* Every text that can be reached by cutting or changing one byte of a
 * grammar compiles or is refused; nothing else may happen. */
static void test_damaged(void)
{
    static const char text[] =
        "root ::= a{2,} | \"\\x41\" [^b-\\]]* (b | <[1]>)+?\na ::= 'x' - #x41\n"
        "b ::= root \"c\" /* d */ | \"\" # e\n";
    char copy[sizeof text];
    static const char poison[] = "\"[({|:\\\n#'<-\xff";
    for (size_t i = 0; i < sizeof text - 1; i++)
        for (size_t k = 0; k < sizeof poison; k++) {
            World w;
            memcpy(copy, text, sizeof text);
            copy[i] = poison[k];
            gram_status gbnf = compile(&w, GBNF, copy);
            T(gbnf == GRAM_OK || w.error.message[0] != 0);
            release(&w);
            gram_status ebnf = compile(&w, EBNF, copy);
            T(ebnf == GRAM_OK || w.error.message[0] != 0);
            release(&w);
        }
}

/* --- failing allocators --------------------------------------------------------------- */

typedef struct Failing {
    uint64_t left; /* allocations until the first that fails */
} Failing;

static void *failing_resize(void *ctx, void *p, size_t old_size,
                            size_t new_size)
{
    Failing *f = ctx;
    (void)old_size;
    if (new_size == 0) {
        free(p);
        return NULL;
    }
    if (f->left == 0) return NULL;
    f->left--;
    return realloc(p, new_size);
}

static void run_some(GrPda *pda, GrEnv *env, const char *text)
{
    GrArena arena = {0};
    GrConfig c;
    GrRun run = {.pda = pda, .env = env, .arena = &arena, .log = text};
    gram_status status = gr_run_start(&run, &c);
    for (size_t i = 0; text[i] && status == GRAM_OK; i++) {
        GrLoop loop;
        run.log_len = i + 1;
        status = gr_pda_loop(pda, c.state, &loop);
        if (status == GRAM_OK) status = gr_run_byte(&run, &c, (uint8_t)text[i]);
    }
    T(status == GRAM_OK || status == GRAM_E_MEMORY);
    gr_arena_clear(env, &arena);
}

static bool try_allocations(gram_kind kind, const char *grammar,
                            const char *text, uint64_t left)
{
    Failing f = {left};
    gram_allocator alloc = {failing_resize, &f};
    GrEnv env;
    gram_error error;
    GrReport report = {0};
    GrPda *pda;
    gr_env_init(&env, &alloc, 0, 0);
    env.error = &error;
    gram_status status = gr_pda_new(&env, &pda);
    if (status != GRAM_OK) return false;
    status = gr_grammar_compile(&env, kind, grammar, strlen(grammar), NULL, pda,
                                &report);
    T_OK(status == GRAM_OK || status == GRAM_E_MEMORY, "%s", error.message);
    if (status == GRAM_OK) run_some(pda, &env, text);
    gr_pda_free(pda);
    gr_report_clear(&env, &report);
    T_EQ(env.used, 0);
    return f.left > 0;
}

static void test_failing_allocators(void)
{
    static const struct {
        gram_kind kind;
        const char *grammar, *text;
    } cases[] = {
        {GBNF,
         "root ::= e \".\" | [^a-z]{3000,9000}\ne ::= e \"+\" t | t\n"
         "t ::= \"(\" e \")\" | [0-9]+ | n e\nn ::= \"-\"?\nu ::= u\n",
         "(1+-2)+3."},
        {EBNF, "S ::= ([a-z]* - 'if') #x21 (S | '')\n", "ab!if"},
        {GRAM_KIND_REGEX, "(ab|c)*[^x]\\d{2,3}", "abcq12"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t n = 0;
        while (
            !try_allocations(cases[i].kind, cases[i].grammar, cases[i].text, n))
            n++;
        T_OK(n > 20, "only %llu allocations", (unsigned long long)n);
    }
}

/* Any step budget: the grammar compiles, or the limit is named. */
static void test_step_limits(void)
{
    static const char text[] = "root ::= e \".\"\ne ::= e \"+\" t | t\nt ::= "
                               "\"(\" e \")\" | [0-9]{5}\n";
    gram_status status = GRAM_E_LIMIT;
    uint64_t n = 1;
    for (; status == GRAM_E_LIMIT; n += 7) {
        World w = {.pda = NULL};
        gr_env_init(&w.env, NULL, 0, n);
        w.env.error = &w.error;
        T(gr_pda_new(&w.env, &w.pda) == GRAM_OK);
        status = gr_grammar_compile(&w.env, GBNF, text, sizeof text - 1, NULL,
                                    w.pda, &w.report);
        T_OK(status == GRAM_OK || w.error.code == GRAM_E_LIMIT, "%s",
             w.error.message);
        release(&w);
    }
    T(status == GRAM_OK && n > 500);
}

int main(void)
{
    test_languages();
    test_mistakes();
    test_report();
    test_print();
    test_damaged();
    test_failing_allocators();
    test_step_limits();
    return t_done();
}
