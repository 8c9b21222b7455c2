/* Walks of nearly all tokens through a grammar's stack (dense.c): what a token
 * closes and begins on its way gives the states behind it another ground.
 *
 * Along texts of grammars and patterns in which that happens inside tokens,
 * each mask is compared with what the matcher itself takes, token by token.
 * One grammar does for all its texts, which come to one state with different
 * stacks, so that what a mask has read of them is asked for again. */
#include "each.h"

enum { TEXTS = 4 };

static const struct {
    gram_kind kind;
    const char *grammar, *text[TEXTS];
} source[] = {
    /* complete at some letters, and going on from there */
    {GRAM_KIND_REGEX, ".*a", {"banana", "a b c", "\xC3\xA9ta"}},
    {GRAM_KIND_REGEX, "[^a]+", {"the b", "\n\n  ", "\xE4\xB8\xAD"}},
    {GRAM_KIND_REGEX, "^[^b]*\\w{4}", {"the cat", "a bcde"}},
    {GRAM_KIND_REGEX, "a(.{3,})b", {"a the b", "abbb b"}},
    {GRAM_KIND_REGEX, ".{1,40}", {"one two three", "\xE2\x80\x94 x"}},
    {GRAM_KIND_REGEX, "(\\p{L}+[ .,])*!", {"we are so,", "na\xC3\xAFve !"}},
    /* behind a character that is no part of a loop all may be closed */
    {GRAM_KIND_REGEX, ".*\xC3\xA9t", {" dir", "\xC3\xA9"}},
    /* a loop of which the derivatives are new */
    {GRAM_KIND_REGEX,
     "xfor(?:(?:[a-zA-Z_]?|[0-9]{0,40})|[\xC3\xA0-\xC3\xBF]*)+",
     {"xfort"}},
    /* one token closes several rules, of which there are more or less */
    {GRAM_KIND_GBNF,
     "root ::= item+\nitem ::= word | \"(\" item* \")\" | \"[\" item* \"]\"\n"
     "word ::= [a-z ]+ | [0-9.]+ | [^a-z0-9 .()\\[\\]\"]+",
     {"a (b [c (d)]) e", "((((", "[[[[x]]", "([{"}},
    {GRAM_KIND_GBNF,
     "root ::= sum ws\nsum ::= sum \"+\" ws term | term\nterm ::= name ws | "
     "text ws | \"(\" ws sum \")\" ws\nname ::= [A-Za-z_]+\n"
     "text ::= \"\\\"\" [^\\\"]* \"\\\"\"\nws ::= [ \\t\\n]*",
     {"a + (b + (c", "(((d)", "\"it is\" + \"x", "((\"(\" +"}},
    {GRAM_KIND_LARK,
     "start: stmt*\nstmt: NAME \"=\" expr \";\" | \"{\" stmt* \"}\"\n"
     "expr: NAME | /\"[^\"]*\"/ | /[0-9]+/ | expr \"-\" expr | \"(\" expr "
     "\")\"\nNAME: /[a-z_]+/\n%ignore /[ \\n]+/\n%ignore /#[^\\n]*/",
     {"a = b - (c", "{ { x = 1; } y =", "{{{ # note", "s = \"the (\" -"}},
    /* names that begin like keywords, and letters of all scripts */
    {GRAM_KIND_LARK,
     "start: stmt+\nstmt: \"if\" NAME \"{\" stmt* \"}\" | \"func\" NAME "
     "\"()\" | \"for \" DIGIT \";\" | NAME \"=\" (NAME | \"nil\" DIGIT) \";\"\n"
     "NAME: /[a-z_\\u00e0-\\u00ff]\\w*/\nDIGIT: /[0-9]/\n%ignore /[ \\n]+/",
     {"if fu{ f=n", "func ni() fo", "for 1; \xC3\xA9t=nil", "nil=a; fun"}},
    /* one state on two grounds */
    {GRAM_KIND_GBNF,
     "root ::= ([a-m] w [A-Z] | [n-zA-Z ] w \"-\")*\nw ::= [a-z] w?",
     {"ok-ahE", ""}},
    /* what is beyond ASCII goes through the stack */
    {GRAM_KIND_LARK,
     "start: (foo | bar)* tail\ntail: TEXT\nfoo_head[lazy]: TEXT \"<foo>\"\n"
     "foo: foo_head /[a-z]+/ \"</foo>\"\nbar_head[lazy]: TEXT \"<bar>\"\n"
     "bar: bar_head /[0-9]+/ \"</bar>\"\nTEXT: /(\\n|.)*/",
     {"a <fo re", "<bar>1", "\xC3\xA9<foo>a"}},
    /* how often is counted, below what is pushed */
    {GRAM_KIND_GBNF,
     "root ::= \"<\" body \">\" root?\nbody ::= ([a-z] | \"(\" [^)]* \")\" )"
     "{3,20}",
     {"<abc><", "<ab(the x)c", "<(()abcdefghijklmnopqrs", "<xyz><"}},
};
enum { N_SOURCES = sizeof source / sizeof *source };

static void along(const gram_vocab *v, gram_grammar *g, const char *grammar,
                  const char *text)
{
    gram_matcher *m;
    gram_error e;
    T_EQ(gram_matcher_new(g, &m, &e), GRAM_OK);
    for (const char *p = text; *p != 0; p++) {
        each_compare(v, m, grammar, p);
        T_OK(gram_matcher_accept_bytes(m, p, 1, NULL) == GRAM_OK, "%s: %s",
             grammar, p);
    }
    each_compare(v, m, grammar, "the end");
    gram_matcher_free(m);
}

int main(void)
{
    gram_vocab *v;
    gram_error e;
    if (gram_vocab_default(NULL, &v, &e) != GRAM_OK) return 1;
    for (int i = 0; i < N_SOURCES; i++) {
        gram_grammar *g;
        const char *p = source[i].grammar;
        gram_status status =
            gram_grammar_new(v, source[i].kind, p, strlen(p), NULL, &g, &e);
        T_OK(status == GRAM_OK, "%s: %s", p, e.message);
        if (status != GRAM_OK) continue;
        for (int k = 0; k < TEXTS && source[i].text[k]; k++)
            along(v, g, p, source[i].text[k]);
        gram_grammar_free(g);
    }
    gram_vocab_free(v);
    return t_done();
}
