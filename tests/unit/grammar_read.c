/* Reading grammars: every switch of the dialect table, errors with their
 * places, printing that reads back, and failing allocators. */
#include "grammar/grammar.h"
#include "grammar/rules.h"
#include "tests/oracle/language.h"
#include "tests/t.h"

#define GBNF GRAM_KIND_GBNF
#define EBNF GRAM_KIND_EBNF

static const LanguageCase languages[] = {
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
    {GBNF, "root ::= (\"a\"{2,3}){1,3}", "aa|aaa|aaaa|aaaaaaaaa",
     "_|a|aaaaaaaaaa"},
    {GBNF, "root ::= (\"a\"{3,4}){0,2}", "_|aaa|aaaa|aaaaaa|aaaaaaaa",
     "a|aa|aaaaa|aaaaaaaaa"},
    {GBNF, "root ::= (\"a\"{3}){2}", "aaaaaa", "_|aaa|aaaaa|aaaaaaa"},
    {GBNF, "root ::= (\"a\"{2,}){0,1} \"b\"", "b|aab|aaaab", "ab|a"},
    {GBNF, "root ::= (\"a\"{3,4}){2,} \"b\"", "aaaaaab|aaaaaaaab|aaaaaaaaab",
     "aaaaab|b|aaab"},
    {GBNF, "root ::= (\"a\"{5,6}){3,9} \"b\"", "aaaaaaaaaaaaaaaaaab",
     "aaaaaaaaaaaaaaaaaaab|b"},
    {GBNF, "root ::= ((\"a\"{0,2147483647}){0,2147483647}){2} \"b\"", "b|aaab",
     "a|ba"},
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

static void test_languages(void)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        const char *why = language_check(&languages[i]);
        T_OK(why == NULL, "%s", why);
    }
}

/* --- errors --------------------------------------------------------------- */

static const LanguageMistake mistakes[] = {
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
        const char *why = language_check_mistake(&mistakes[i]);
        T_OK(why == NULL, "%s", why);
    }
}

/* --- the report ----------------------------------------------------------- */

static void test_report(void)
{
    Language l;
    static const char text[] = "root ::= a | b \"y\"\na ::= \"x\"\n"
                               "b ::= \"z\" b\nc ::= \"w\"\na ::= \"v\"\n";
    T(language_open(&l, GBNF, text, sizeof text - 1) == GRAM_OK);
    T(language_reports(&l, "a", "defined twice"));
    T(language_reports(&l, "b", "derives no string"));
    T(language_reports(&l, "c", "not reachable"));
    T(!language_reports(&l, "root", ""));
    T(language_accepts(&l, "v", 1) && !language_accepts(&l, "x", 1) &&
      !language_accepts(&l, "z", 1));
    T(language_close(&l));
    T(language_open(&l, EBNF, "root ::= 'a'", 12) == GRAM_OK);
    T(language_reports(&l, "", "W3C EBNF"));
    T(language_close(&l));
    /* what never matches is told, though it is no mistake */
    static const char halves[] = "root ::= a | b | c | \"x\"\n"
                                 "a ::= \"\\ud83d\\ude00\"\n"
                                 "b ::= [y\\udc00]\nc ::= [z-a] | \"y\"\n";
    T(language_open(&l, GBNF, halves, sizeof halves - 1) == GRAM_OK);
    T(language_reports(&l, "a", "half of a surrogate pair: never matches"));
    T(language_reports(&l, "b", "half of a surrogate pair: left out"));
    T(language_reports(&l, "c", "ends are reversed: left out"));
    T(!language_reports(&l, "root", ""));
    T(language_accepts(&l, "y", 1) && !language_accepts(&l, "z", 1));
    T(language_close(&l));
}

/* --- printing ------------------------------------------------------------- */

/* Print, read what was printed, print again: both must be equal. */
static void check_print(Language *w, const char *grammar)
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
        Language l;
        GrText rtn = {0};
        const char *text = languages[i].grammar;
        if (language_open(&l, languages[i].kind, text, strlen(text)) ==
            GRAM_OK) {
            check_print(&l, text);
            T(gr_grammar_print(l.pda, "rtn", &rtn) == GRAM_OK && rtn.n > 0);
            T(gr_grammar_print(l.pda, "dot", &rtn) == GRAM_OK);
            T(gr_grammar_print(l.pda, "x", &rtn) == GRAM_E_ARGUMENT);
            gr_vec_clear(&l.env, &rtn);
        }
        T(language_close(&l));
    }
}

/* Every text that can be reached by changing one byte of a grammar compiles
 * or is refused; nothing else may happen. */
static void test_damaged(void)
{
    static const char text[] =
        "root ::= a{2,} | \"\\x41\" [^b-\\]]* (b | <[1]>)+?\na ::= 'x' - #x41\n"
        "b ::= root \"c\" /* d */ | \"\" # e\n";
    static const char poison[] = "\"[({|:\\\n#'<-\xff";
    const char *why = language_check_damaged(GBNF, text, poison);
    T_OK(why == NULL, "%s", why);
    why = language_check_damaged(EBNF, text, poison);
    T_OK(why == NULL, "%s", why);
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
        uint64_t n;
        const char *why = language_check_memory(cases[i].kind, cases[i].grammar,
                                                cases[i].text, &n);
        T_OK(why == NULL, "%s", why);
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
        Language w = {.pda = NULL};
        gr_env_init(&w.env, NULL, 0, n);
        w.env.error = &w.error;
        T(gr_pda_new(&w.env, &w.pda) == GRAM_OK);
        status = gr_grammar_compile(&w.env, GBNF, text, sizeof text - 1, NULL,
                                    w.pda, &w.report);
        T_OK(status == GRAM_OK || w.error.code == GRAM_E_LIMIT, "%s",
             w.error.message);
        T(language_close(&w));
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
