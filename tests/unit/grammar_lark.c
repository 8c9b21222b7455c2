/* Lark: what each construct means, and mistakes with their places. */
#include "tests/oracle/language.h"
#include "tests/t.h"

/* --- languages ------------------------------------------------------------ */

#define LARK GRAM_KIND_LARK

static const LanguageCase languages[] = {
    /* rules and lines */
    {LARK, "start: \"a\" b\nb: \"b\"", "ab", "a|b"},
    {LARK,
     "\n// c\n# d\n  ?start : \"a\" // e\n    | \"b\"\n\n    // f\n    | "
     "\"c\"\n"
     "!b: start",
     "a|b|c", "ab|_"},
    {LARK, "start:\n", "_", "a"},
    {LARK, "start: \"a\" |\n", "a|_", "aa"},
    {LARK, "start: \"a\" \\\n \"b\"", "ab", "a"},
    {LARK, "start: start \"a\" | \"b\"", "b|baa", "a"},
    {LARK, "start: (\"a\"\n | \"b\")~2", "ab|bb", "a|abb"},
    {LARK, "_s.2: \"x\"\nstart: _s -> one\n | \"y\" -> two", "x|y", "xy"},
    /* repeats and options */
    {LARK, "start: [\"a\"] \"b\"? [\"c\" | \"d\"]", "_|abd|c", "cd|ba"},
    {LARK, "start: \"a\"~2..3 \"b\" ~ 2", "aabb|aaabb", "abb|aab"},
    {LARK, "start: x{2,3}\nx: \"a\" | \"b\"", "ab|aba", "a|abab"},
    {LARK, "start: \"a\"{,2} \"b\"{1,}", "b|aabb", "aaab|aa"},
    {LARK, "start: \"a\"* \"b\"+ \"c\"{0}", "b|abb", "a|bc"},
    /* strings */
    {LARK, "start: \"a\\n\\t\\\"\\\\\\/\\u00e9\\x41\"",
     "a\n\t\"\\/\xc3\xa9"
     "A",
     "a"},
    {LARK, "start: \"aB\"i \"c\"", "abc|ABc|Abc", "abC"},
    {LARK, "start: \"\xc3\xa9\"i", "\xc3\xa9|\xc3\x89", "e"},
    {LARK, "start: \"a\"..\"c\" \"\xce\xb1\"..\"\xcf\x89\"", "a\xce\xb2",
     "d\xce\xb1|a"},
    {LARK, "start: \"\" \"a\"", "a", "_"},
    {LARK, "start: \"\\ud83d\\ude00\\u0061\" | \"\\uD83D\\uDE00B\"i",
     "\xf0\x9f\x98\x80"
     "a|\xf0\x9f\x98\x80"
     "b",
     "a|b"},
    {LARK, "start: \"\\ud83d\\u0061\" | \"\\ude00\\ud83d\"i | \"x\"", "x",
     "a|\xf0\x9f\x98\x80"},
    {LARK, "%ignore \"\\ud83d\"\nstart: \"\\ud83d\\ude00\"..\"\\ud83d\\ude05\"",
     "\xf0\x9f\x98\x81", "\xf0\x9f\x98\x86"},
    /* patterns */
    {LARK, "start: /a.c/ /x.y/s", "abcx\ny", "a\ncx\ny"},
    {LARK, "start: /(?i)ab/ /c/", "ABc|abc", "abC"},
    {LARK, "start: /(?s:.)./", "\na|ab", "a\n"},
    {LARK, "start: /a  b # c\n [ #]/x", "ab#|ab ", "ab"},
    {LARK, "start: /\\d\\D\\w\\W\\s/", "1aa- |\xd9\xa1-\xc3\xa9-\n", "a1a- "},
    {LARK, "start: /[\\w\\d]+[^\\d]/", "a1-", "a1"},
    {LARK, "start: /[^\\W\\d_]\\w*/", "a1|\xc3\xa9_", "1|_|-|_a"},
    {LARK, "start: /[\\W5]+/ /[^\\D5]/ /[^]\\W]?/", "-5 4|-4a|-4_",
     "a4|-5|-4]"},
    {LARK, "start: /[\\D\\d]{2}/ /[-\\W]/", "1--|aa-", "-- -|1-|1-a"},
    {LARK, "start: /[^\\W\\D]/i /[^\\WK]/i", "1a|1j", "aa|1k|1K"},
    {LARK, "start: /a\\/b[\\/]\\-\\\"\\_/", "a/b/-\"_", "a\\/b"},
    {LARK, "start: /a{,2}b{x}/", "b{x}|aab{x}", "aaab{x}"},
    {LARK, "start: /(?P<n>ab)+?c++/", "abc|ababcc", "c"},
    {LARK, "start: /[]a]+/", "]a|a]", "b"},
    {LARK, "start: /\\p{L}\\u{1F600}?\\U0001F600/", "a\xf0\x9f\x98\x80", "1"},
    {LARK, "start: /\\.|\\[/", ".|[", "a"},
    /* terminals are sub-grammars */
    {LARK, "start: A \"b\"\nA: /[ab]+/", "ab|abb", "b"},
    {LARK, "start: A\nA: B+ \"!\"\nB: \"x\" | /y/", "x!|xyx!", "!|x"},
    {LARK, "start: A\nA: /[a-c]+/ & /[b-d]+/", "b|cb", "a|d|_"},
    {LARK, "start: A\nA: /a/ /b/ & /.b/ | \"c\"", "ab|c", "b|a"},
    {LARK, "start: A\nA: /[a-c]+/ & ~/b+/", "a|bab", "b|bbb|_"},
    {LARK, "start: A\nA: ~(\"a\" | \"b\") & /[ab]*/", "_|ab", "a|b"},
    {LARK, "start: A \"x\"\nA: ~~\"a\"", "ax", "bx"},
    /* what is ignored: behind terminals of rules only */
    {LARK, "%ignore \" \"\nstart: A b\nA: \"x\" \"y\"\nb: \"z\"*",
     "xy|xy  z z ", " xy|x y"},
    {LARK,
     "%grammar_options {\"allow_initial_skip\": true}\n%import common.WS\n"
     "%ignore WS\n%ignore /#[^\\n]*/\nstart: \"a\"+",
     "a|# c\n a a #", "#|_"},
    {LARK, "start: (\"a\" | \"b\")~2\n%ignore /_/", "ab|a_b__", "_ab|a_"},
    /* imports */
    {LARK,
     "%import common.INT -> N\n%import common (CNAME, WS)\nstart: N WS CNAME",
     "12 a_1", "a 1|12a"},
    {LARK, "%import common.ESCAPED_STRING\nstart: ESCAPED_STRING",
     "\"\"|\"a\\\"b\"|\"\\\\\"", "\"\\\"|\"a\"b\"|a"},
    {LARK, "%import common.SIGNED_NUMBER\nstart: SIGNED_NUMBER",
     "1|-1.|+.5e-3|1E5", ".|1e|--1"},
    {LARK, "%import common.C_COMMENT\nstart: C_COMMENT", "/**/|/* * **/",
     "/*|/* */ */"},
    /* attributes */
    {LARK,
     "start: r \"z\"\nr[capture, stop_capture=\"m\", temperature=0.5]: \"a\"",
     "az", "a"},
    {LARK, "start: \"<\" r \">\"\nr[lazy]: \"ab\" | \"abc\"", "<ab>",
     "<abc>|<>"},
    {LARK, "start: r \"z\"\nr[suffix=\"!\"]: /.*/", "!z|ab!z", "z|a!b!z"},
    {LARK, "start: r \"z\"\nr[stop=END]: /[a-z]*/\nEND: /!!+/ | \"??\"",
     "!!z|ab??z", "!!!z|ab!z"},
    /* tokens are no text */
    {LARK, "start: <[1,3-5]> | <[^2]> | <[*]> | \"a\"", "a", "b|_"},
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
    {LARK, "", GRAM_E_REFERENCE, 1, 1},
    {LARK, "item: \"a\"", GRAM_E_REFERENCE, 1, 1},
    {LARK, "start: a", GRAM_E_REFERENCE, 1, 8},
    {LARK, "start: \"a\"\nstart: \"b\"", GRAM_E_SYNTAX, 2, 1},
    {LARK, "start: _a\n!?_a: \"b\"", GRAM_E_SYNTAX, 2, 3},
    {LARK, "start: \"a\n\"", GRAM_E_SYNTAX, 1, 10},
    {LARK, "start: \"a", GRAM_E_SYNTAX, 1, 10},
    {LARK, "start: \"\\q\"", GRAM_E_SYNTAX, 1, 9},
    {LARK, "start: /a", GRAM_E_SYNTAX, 1, 8},
    {LARK, "start: /[a/", GRAM_E_SYNTAX, 1, 9},
    {LARK, "start: /[]/", GRAM_E_SYNTAX, 1, 9},
    {LARK, "start: /(a/", GRAM_E_SYNTAX, 1, 8},
    {LARK, "start: /a/l", GRAM_E_UNSUPPORTED, 1, 11},
    {LARK, "start: /a(?=b)/", GRAM_E_UNSUPPORTED, 1, 10},
    {LARK, "start: /\\ba/", GRAM_E_UNSUPPORTED, 1, 9},
    {LARK, "start: /(a)\\1/", GRAM_E_UNSUPPORTED, 1, 12},
    {LARK, "start: /[a-\\W]/", GRAM_E_SYNTAX, 1, 8},
    {LARK, "start: /[^\\W-a]/", GRAM_E_SYNTAX, 1, 8},
    {LARK, "start: (\"a\"", GRAM_E_SYNTAX, 1, 8},
    {LARK, "start: [\"a\")", GRAM_E_SYNTAX, 1, 12},
    {LARK, "start: \"a\")", GRAM_E_SYNTAX, 1, 11},
    {LARK, "start: (\"a\"\n\"b\")", GRAM_E_SYNTAX, 1, 12},
    {LARK, "start: \"a\"\n\"b\"", GRAM_E_SYNTAX, 2, 1},
    {LARK, "start: \"a\"+?", GRAM_E_SYNTAX, 1, 12},
    {LARK, "start: *", GRAM_E_SYNTAX, 1, 8},
    {LARK, "start: \"a\"~3..2", GRAM_E_SYNTAX, 1, 11},
    {LARK, "start: \"b\"..\"a\"", GRAM_E_SYNTAX, 1, 8},
    {LARK, "start: \"a\"..\"bc\"", GRAM_E_SYNTAX, 1, 13},
    {LARK, "start: \"a\"..\"b\"i", GRAM_E_SYNTAX, 1, 16},
    {LARK, "start: \"a\" -> x \"b\"", GRAM_E_SYNTAX, 1, 17},
    {LARK, "start: (\"a\" -> x)", GRAM_E_SYNTAX, 1, 13},
    {LARK, "start: A\nA: b\nb: \"x\"", GRAM_E_SYNTAX, 2, 4},
    {LARK, "start: A\nA: \"x\" B\nB: A", GRAM_E_UNSUPPORTED, 2, 1},
    {LARK, "start: A\nA: <[1]>", GRAM_E_SYNTAX, 2, 4},
    {LARK, "start: /a/ & /b/", GRAM_E_UNSUPPORTED, 1, 12},
    {LARK, "start: ~\"a\"", GRAM_E_UNSUPPORTED, 1, 8},
    {LARK, "start: A\nA: & /b/", GRAM_E_SYNTAX, 2, 4},
    {LARK, "start: A\nA: /b/ &", GRAM_E_SYNTAX, 2, 9},
    {LARK, "start: %json {}", GRAM_E_UNSUPPORTED, 1, 8},
    {LARK, "start: @other", GRAM_E_UNSUPPORTED, 1, 8},
    {LARK, "start: a::1\na::_: \"x\"", GRAM_E_UNSUPPORTED, 1, 8},
    {LARK, "start: s{\"a\"}", GRAM_E_UNSUPPORTED, 1, 8},
    {LARK, "s{x}: x\nstart: \"a\"", GRAM_E_UNSUPPORTED, 1, 1},
    {LARK, "%declare X\nstart: X", GRAM_E_UNSUPPORTED, 1, 1},
    {LARK, "%unknown\nstart: \"a\"", GRAM_E_SYNTAX, 1, 1},
    {LARK, "%import common.NONE\nstart: NONE", GRAM_E_REFERENCE, 1, 16},
    {LARK, "%import python.NAME\nstart: NAME", GRAM_E_UNSUPPORTED, 1, 9},
    {LARK, "%import common INT\nstart: INT", GRAM_E_SYNTAX, 1, 16},
    {LARK, "%ignore\nstart: \"a\"", GRAM_E_SYNTAX, 1, 8},
    {LARK, "%ignore start\nstart: \"a\"", GRAM_E_SYNTAX, 1, 9},
    {LARK, "%ignore X\nstart: \"a\"", GRAM_E_REFERENCE, 1, 9},
    {LARK, "start: a\na[max_tokens=3]: \"a\"", GRAM_E_UNSUPPORTED, 2, 3},
    {LARK, "start: a\na[foo]: \"a\"", GRAM_E_SYNTAX, 2, 3},
    {LARK, "start: a\na[stop=\"x\", suffix=\"y\"]: /a/", GRAM_E_SYNTAX, 2, 13},
    {LARK, "start: a\na[stop=/x?/]: /a/", GRAM_E_UNSUPPORTED, 2, 8},
    {LARK, "start: a\na[lazy]: b\nb: \"x\"", GRAM_E_SYNTAX, 2, 10},
    {LARK, "start[temperature=-1]: \"a\"", GRAM_E_SYNTAX, 1, 19},
    {LARK, "start: A\nA[lazy]: \"a\"", GRAM_E_SYNTAX, 2, 2},
    {LARK, "start \"a\"", GRAM_E_SYNTAX, 1, 7},
    {LARK, "start: $", GRAM_E_SYNTAX, 1, 8},
    {LARK, "start: A\nA: /a/ & /b/", GRAM_E_EMPTY, 1, 1},
};

static void test_mistakes(void)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const char *why = language_check_mistake(&mistakes[i]);
        T_OK(why == NULL, "%s", why);
    }
}

static void test_damaged(void)
{
    static const char text[] =
        "%import common (INT, WS)\n%ignore WS\n?start.2: a* -> x | [B] INT~2\n"
        "a[lazy, capture]: \"x\"i | /a{,2}(?i)[^\\d]/s\nB: ~/b+/ & "
        "\"c\"..\"d\"\n";
    const char *why =
        language_check_damaged(LARK, text, "\"[({|:\\\n#'<-/~&%\xff");
    T_OK(why == NULL, "%s", why);
}

static void test_failing_allocators(void)
{
    static const char text[] =
        "%import common.WS\n%ignore WS\nstart: r \"b\"i+ [C]\n"
        "r[suffix=\"!\"]: /(?s:.)*x/\nC: ~\"c\" & /[a-d]/\n"
        "%grammar_options {\"allow_initial_skip\": true}\n";
    uint64_t n;
    const char *why = language_check_memory(LARK, text, "zx!b", &n);
    T_OK(why == NULL, "%s", why);
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
