/* Lark: what each construct means, and mistakes with their places. */
#include "grammar/grammar.h"
#include "tests/t.h"

typedef struct World {
    GrEnv env;
    gram_error error;
    GrReport report;
    GrPda *pda;
} World;

static gram_status compile(World *w, const char *text)
{
    memset(w, 0, sizeof *w);
    gr_env_init(&w->env, NULL, 0, 0);
    w->env.error = &w->error;
    gram_status status = gr_pda_new(&w->env, &w->pda);
    if (status != GRAM_OK) return status;
    status = gr_grammar_compile(&w->env, GRAM_KIND_LARK, text, strlen(text),
                                NULL, w->pda, &w->report);
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
    const char *grammar;
    const char *yes, *no; /* texts separated by | ; a lone _ is the empty one */
} Language;

static const Language languages[] = {
    /* rules and lines */
    {"start: \"a\" b\nb: \"b\"", "ab", "a|b"},
    {"\n// c\n# d\n  ?start : \"a\" // e\n    | \"b\"\n\n    // f\n    | "
     "\"c\"\n"
     "!b: start",
     "a|b|c", "ab|_"},
    {"start:\n", "_", "a"},
    {"start: \"a\" |\n", "a|_", "aa"},
    {"start: \"a\" \\\n \"b\"", "ab", "a"},
    {"start: start \"a\" | \"b\"", "b|baa", "a"},
    {"start: (\"a\"\n | \"b\")~2", "ab|bb", "a|abb"},
    {"_s.2: \"x\"\nstart: _s -> one\n | \"y\" -> two", "x|y", "xy"},
    /* repeats and options */
    {"start: [\"a\"] \"b\"? [\"c\" | \"d\"]", "_|abd|c", "cd|ba"},
    {"start: \"a\"~2..3 \"b\" ~ 2", "aabb|aaabb", "abb|aab"},
    {"start: x{2,3}\nx: \"a\" | \"b\"", "ab|aba", "a|abab"},
    {"start: \"a\"{,2} \"b\"{1,}", "b|aabb", "aaab|aa"},
    {"start: \"a\"* \"b\"+ \"c\"{0}", "b|abb", "a|bc"},
    /* strings */
    {"start: \"a\\n\\t\\\"\\\\\\/\\u00e9\\x41\"",
     "a\n\t\"\\/\xc3\xa9"
     "A",
     "a"},
    {"start: \"aB\"i \"c\"", "abc|ABc|Abc", "abC"},
    {"start: \"\xc3\xa9\"i", "\xc3\xa9|\xc3\x89", "e"},
    {"start: \"a\"..\"c\" \"\xce\xb1\"..\"\xcf\x89\"", "a\xce\xb2",
     "d\xce\xb1|a"},
    {"start: \"\" \"a\"", "a", "_"},
    /* patterns */
    {"start: /a.c/ /x.y/s", "abcx\ny", "a\ncx\ny"},
    {"start: /(?i)ab/ /c/", "ABc|abc", "abC"},
    {"start: /(?s:.)./", "\na|ab", "a\n"},
    {"start: /a  b # c\n [ #]/x", "ab#|ab ", "ab"},
    {"start: /\\d\\D\\w\\W\\s/", "1aa- |\xd9\xa1-\xc3\xa9-\n", "a1a- "},
    {"start: /[\\w\\d]+[^\\d]/", "a1-", "a1"},
    {"start: /a\\/b[\\/]\\-\\\"\\_/", "a/b/-\"_", "a\\/b"},
    {"start: /a{,2}b{x}/", "b{x}|aab{x}", "aaab{x}"},
    {"start: /(?P<n>ab)+?c++/", "abc|ababcc", "c"},
    {"start: /[]a]+/", "]a|a]", "b"},
    {"start: /\\p{L}\\u{1F600}?\\U0001F600/", "a\xf0\x9f\x98\x80", "1"},
    {"start: /\\.|\\[/", ".|[", "a"},
    /* terminals are sub-grammars */
    {"start: A \"b\"\nA: /[ab]+/", "ab|abb", "b"},
    {"start: A\nA: B+ \"!\"\nB: \"x\" | /y/", "x!|xyx!", "!|x"},
    {"start: A\nA: /[a-c]+/ & /[b-d]+/", "b|cb", "a|d|_"},
    {"start: A\nA: /a/ /b/ & /.b/ | \"c\"", "ab|c", "b|a"},
    {"start: A\nA: /[a-c]+/ & ~/b+/", "a|bab", "b|bbb|_"},
    {"start: A\nA: ~(\"a\" | \"b\") & /[ab]*/", "_|ab", "a|b"},
    {"start: A \"x\"\nA: ~~\"a\"", "ax", "bx"},
    /* what is ignored: behind terminals of rules only */
    {"%ignore \" \"\nstart: A b\nA: \"x\" \"y\"\nb: \"z\"*", "xy|xy  z z ",
     " xy|x y"},
    {"%grammar_options {\"allow_initial_skip\": true}\n%import common.WS\n"
     "%ignore WS\n%ignore /#[^\\n]*/\nstart: \"a\"+",
     "a|# c\n a a #", "#|_"},
    {"start: (\"a\" | \"b\")~2\n%ignore /_/", "ab|a_b__", "_ab|a_"},
    /* imports */
    {"%import common.INT -> N\n%import common (CNAME, WS)\nstart: N WS CNAME",
     "12 a_1", "a 1|12a"},
    {"%import common.ESCAPED_STRING\nstart: ESCAPED_STRING",
     "\"\"|\"a\\\"b\"|\"\\\\\"", "\"\\\"|\"a\"b\"|a"},
    {"%import common.SIGNED_NUMBER\nstart: SIGNED_NUMBER", "1|-1.|+.5e-3|1E5",
     ".|1e|--1"},
    {"%import common.C_COMMENT\nstart: C_COMMENT", "/**/|/* * **/",
     "/*|/* */ */"},
    /* attributes */
    {"start: r \"z\"\nr[capture, stop_capture=\"m\", temperature=0.5]: \"a\"",
     "az", "a"},
    {"start: \"<\" r \">\"\nr[lazy]: \"ab\" | \"abc\"", "<ab>", "<abc>|<>"},
    {"start: r \"z\"\nr[suffix=\"!\"]: /.*/", "!z|ab!z", "z|a!b!z"},
    {"start: r \"z\"\nr[stop=END]: /[a-z]*/\nEND: /!!+/ | \"??\"", "!!z|ab??z",
     "!!!z|ab!z"},
    /* tokens are no text */
    {"start: <[1,3-5]> | <[^2]> | <[*]> | \"a\"", "a", "b|_"},
};

static void run_list(World *w, const Language *x, const char *list, bool yes)
{
    for (const char *s = list;; s++) {
        size_t n = strcspn(s, "|");
        bool empty = n == 1 && *s == '_' && s[1] != '_';
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
        gram_status status = compile(&w, x->grammar);
        T_OK(status == GRAM_OK, "%s: %u:%u %s", x->grammar, w.error.line,
             w.error.column, w.error.message);
        if (status == GRAM_OK) {
            run_list(&w, x, x->yes, true);
            run_list(&w, x, x->no, false);
        }
        release(&w);
    }
}

/* --- mistakes -------------------------------------------------------------- */

typedef struct Mistake {
    const char *grammar;
    gram_status code;
    uint32_t line, column;
} Mistake;

static const Mistake mistakes[] = {
    {"", GRAM_E_REFERENCE, 1, 1},
    {"item: \"a\"", GRAM_E_REFERENCE, 1, 1},
    {"start: a", GRAM_E_REFERENCE, 1, 8},
    {"start: \"a\"\nstart: \"b\"", GRAM_E_SYNTAX, 2, 1},
    {"start: \"a\n\"", GRAM_E_SYNTAX, 1, 10},
    {"start: \"a", GRAM_E_SYNTAX, 1, 10},
    {"start: \"\\q\"", GRAM_E_SYNTAX, 1, 9},
    {"start: /a", GRAM_E_SYNTAX, 1, 8},
    {"start: /[a/", GRAM_E_SYNTAX, 1, 9},
    {"start: /[]/", GRAM_E_SYNTAX, 1, 9},
    {"start: /(a/", GRAM_E_SYNTAX, 1, 8},
    {"start: /a/l", GRAM_E_UNSUPPORTED, 1, 11},
    {"start: /a(?=b)/", GRAM_E_UNSUPPORTED, 1, 10},
    {"start: /\\ba/", GRAM_E_UNSUPPORTED, 1, 9},
    {"start: /(a)\\1/", GRAM_E_UNSUPPORTED, 1, 12},
    {"start: (\"a\"", GRAM_E_SYNTAX, 1, 8},
    {"start: [\"a\")", GRAM_E_SYNTAX, 1, 12},
    {"start: \"a\")", GRAM_E_SYNTAX, 1, 11},
    {"start: (\"a\"\n\"b\")", GRAM_E_SYNTAX, 1, 12},
    {"start: \"a\"\n\"b\"", GRAM_E_SYNTAX, 2, 1},
    {"start: \"a\"+?", GRAM_E_SYNTAX, 1, 12},
    {"start: *", GRAM_E_SYNTAX, 1, 8},
    {"start: \"a\"~3..2", GRAM_E_SYNTAX, 1, 11},
    {"start: \"b\"..\"a\"", GRAM_E_SYNTAX, 1, 8},
    {"start: \"a\"..\"bc\"", GRAM_E_SYNTAX, 1, 13},
    {"start: \"a\"..\"b\"i", GRAM_E_SYNTAX, 1, 16},
    {"start: \"a\" -> x \"b\"", GRAM_E_SYNTAX, 1, 17},
    {"start: (\"a\" -> x)", GRAM_E_SYNTAX, 1, 13},
    {"start: A\nA: b\nb: \"x\"", GRAM_E_SYNTAX, 2, 4},
    {"start: A\nA: \"x\" B\nB: A", GRAM_E_UNSUPPORTED, 2, 1},
    {"start: A\nA: <[1]>", GRAM_E_SYNTAX, 2, 4},
    {"start: /a/ & /b/", GRAM_E_UNSUPPORTED, 1, 12},
    {"start: ~\"a\"", GRAM_E_UNSUPPORTED, 1, 8},
    {"start: A\nA: & /b/", GRAM_E_SYNTAX, 2, 4},
    {"start: A\nA: /b/ &", GRAM_E_SYNTAX, 2, 9},
    {"start: %json {}", GRAM_E_UNSUPPORTED, 1, 8},
    {"start: @other", GRAM_E_UNSUPPORTED, 1, 8},
    {"start: a::1\na::_: \"x\"", GRAM_E_UNSUPPORTED, 1, 8},
    {"start: s{\"a\"}", GRAM_E_UNSUPPORTED, 1, 8},
    {"s{x}: x\nstart: \"a\"", GRAM_E_UNSUPPORTED, 1, 1},
    {"%declare X\nstart: X", GRAM_E_UNSUPPORTED, 1, 1},
    {"%unknown\nstart: \"a\"", GRAM_E_SYNTAX, 1, 1},
    {"%import common.NONE\nstart: NONE", GRAM_E_REFERENCE, 1, 16},
    {"%import python.NAME\nstart: NAME", GRAM_E_UNSUPPORTED, 1, 9},
    {"%import common INT\nstart: INT", GRAM_E_SYNTAX, 1, 16},
    {"%ignore\nstart: \"a\"", GRAM_E_SYNTAX, 1, 8},
    {"%ignore start\nstart: \"a\"", GRAM_E_SYNTAX, 1, 9},
    {"%ignore X\nstart: \"a\"", GRAM_E_REFERENCE, 1, 9},
    {"start: a\na[max_tokens=3]: \"a\"", GRAM_E_UNSUPPORTED, 2, 3},
    {"start: a\na[foo]: \"a\"", GRAM_E_SYNTAX, 2, 3},
    {"start: a\na[stop=\"x\", suffix=\"y\"]: /a/", GRAM_E_SYNTAX, 2, 13},
    {"start: a\na[stop=/x?/]: /a/", GRAM_E_UNSUPPORTED, 2, 8},
    {"start: a\na[lazy]: b\nb: \"x\"", GRAM_E_SYNTAX, 2, 10},
    {"start[temperature=-1]: \"a\"", GRAM_E_SYNTAX, 1, 19},
    {"start: A\nA[lazy]: \"a\"", GRAM_E_SYNTAX, 2, 2},
    {"start \"a\"", GRAM_E_SYNTAX, 1, 7},
    {"start: $", GRAM_E_SYNTAX, 1, 8},
    {"start: A\nA: /a/ & /b/", GRAM_E_EMPTY, 1, 1},
};

static void test_mistakes(void)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        World w;
        const Mistake *x = &mistakes[i];
        gram_status status = compile(&w, x->grammar);
        T_OK(status == x->code, "%s: status %d, not %d: %s", x->grammar, status,
             x->code, w.error.message);
        T_OK(w.error.line == x->line && w.error.column == x->column,
             "%s: at %u:%u, not %u:%u: %s", x->grammar, w.error.line,
             w.error.column, x->line, x->column, w.error.message);
        release(&w);
    }
}

/* Every byte of a grammar changed to every nasty one: compiled or refused. */
static void test_damaged(void)
{
    static const char text[] =
        "%import common (INT, WS)\n%ignore WS\n?start.2: a* -> x | [B] INT~2\n"
        "a[lazy, capture]: \"x\"i | /a{,2}(?i)[^\\d]/s\nB: ~/b+/ & "
        "\"c\"..\"d\"\n";
    static const char poison[] = "\"[({|:\\\n#'<-/~&%\xff";
    char copy[sizeof text];
    for (size_t i = 0; i < sizeof text - 1; i++)
        for (size_t k = 0; k < sizeof poison; k++) {
            World w;
            memcpy(copy, text, sizeof text);
            copy[i] = poison[k];
            gram_status status = compile(&w, copy);
            T(status == GRAM_OK || w.error.message[0] != 0);
            release(&w);
        }
}

/* --- failing allocators ------------------------------------------------------ */

static void *failing_resize(void *ctx, void *p, size_t old_size,
                            size_t new_size)
{
    uint64_t *left = ctx;
    (void)old_size;
    if (new_size == 0) {
        free(p);
        return NULL;
    }
    if (*left == 0) return NULL;
    --*left;
    return realloc(p, new_size);
}

static void test_failing_allocators(void)
{
    static const char text[] =
        "%import common.WS\n%ignore WS\nstart: r \"b\"i+ [C]\n"
        "r[suffix=\"!\"]: /(?s:.)*x/\nC: ~\"c\" & /[a-d]/\n"
        "%grammar_options {\"allow_initial_skip\": true}\n";
    uint64_t left = 0, n = 0;
    do {
        gram_allocator alloc = {failing_resize, &left};
        GrReport report = {0};
        gram_error error;
        GrEnv env;
        GrPda *pda;
        left = n++;
        gr_env_init(&env, &alloc, 0, 0);
        env.error = &error;
        if (gr_pda_new(&env, &pda) != GRAM_OK) continue;
        gram_status status = gr_grammar_compile(
            &env, GRAM_KIND_LARK, text, sizeof text - 1, NULL, pda, &report);
        T_OK(status == GRAM_OK || status == GRAM_E_MEMORY, "%s", error.message);
        gr_pda_free(pda);
        gr_report_clear(&env, &report);
        T_EQ(env.used, 0);
    } while (left == 0 && n < 100000);
    T(n > 50);
}

int main(void)
{
    test_languages();
    test_mistakes();
    test_damaged();
    test_failing_allocators();
    return t_done();
}
