/* Policies: every question of how a schema is read and which texts may be
 * written, its default and each of its options, by gram_options alone.
 *
 * A row is a schema, options, a text and what becomes of it: accepted,
 * refused, or the status with which the schema fails.  What is reported is
 * looked for in the report: "kind keyword pointer", the note beginning with
 * what stands behind it. */
#include "t.h"

#include <gram.h>
#include <stdbool.h>
#include <stdlib.h>

enum { YES, NO, BAD }; /* accepted; refused; does not compile */

typedef struct Row {
    const char *what;
    gram_options opt;
    const char *schema, *text;
    int answer; /* YES, NO, or BAD + a status */
    const char *report;
} Row;

#define OPT(...)                                                               \
    {                                                                          \
        .size = sizeof(gram_options), __VA_ARGS__                              \
    }
#define DEFAULT                                                                \
    {                                                                          \
        .size = sizeof(gram_options)                                           \
    }
#define NINES  "9999999999999999999999999999999999999999"
#define ITEM   "{\"items\":{\"const\":1}}"
#define AB     "{\"properties\":{\"a\":{},\"b\":{}}}"
#define CLOSED "{\"properties\":{\"a\":{}},\"patternProperties\":{\"^c\":true}}"
#define VOCAB  "{\"$schema\":\"x:meta\",\"$id\":\"x:s\",\"format\":\"ipv4\"}"

static const gram_document documents[] = {
    {"http://example.com/seven", "{\"const\":7}", 11},
    {"x:meta",
     "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
     "\"$id\":\"x:meta\",\"$vocabulary\":{"
     "\"https://json-schema.org/draft/2020-12/vocab/core\":true,"
     "\"https://json-schema.org/draft/2020-12/vocab/format-assertion\":true}}",
     213}};

static const char *find(void *ctx, const char *uri, size_t *len)
{
    static const char text[] = "{\"$id\":\"x:found\",\"$ref\":\"x:other\"}";
    static const char other[] = "{\"const\":8}";
    ++*(int *)ctx;
    *len = strcmp(uri, "x:found") == 0 ? sizeof text - 1 : sizeof other - 1;
    if (strcmp(uri, "x:found") == 0) return text;
    return strcmp(uri, "x:other") == 0 ? other : NULL;
}

static int asked;

static const Row rows[] = {
    /* $schema absent */
    {"2020-12", DEFAULT, "{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1}",
     NO, NULL},
    {"and definitions", DEFAULT,
     "{\"$ref\":\"#/definitions/x\",\"definitions\":{\"x\":{\"const\":1}}}",
     "2", NO, NULL},
    {"and dependencies", DEFAULT, "{\"dependencies\":{\"a\":[\"b\"]}}",
     "{\"a\":1}", NO, NULL},
    {"and lists of items", DEFAULT, "{\"items\":[{\"const\":1}]}", "[2]", NO,
     NULL},
    {"and boolean bounds", DEFAULT, "{\"minimum\":3,\"exclusiveMinimum\":true}",
     "3", NO, NULL},
    {"1.0 is an integer", DEFAULT, "{\"type\":\"integer\"}", "1.0", YES, NULL},
    {"draft 4: not so", OPT(.draft = GRAM_DRAFT_4), "{\"type\":\"integer\"}",
     "1.0", NO, NULL},
    {"draft 6: no if", OPT(.draft = GRAM_DRAFT_6),
     "{\"if\":true,\"then\":false}", "1", YES,
     "annotation if /if not a keyword of this draft"},
    {"draft 7: if", OPT(.draft = GRAM_DRAFT_7),
     "{\"if\":true,\"then\":{\"const\":2}}", "1", NO, NULL},
    {"2019-09: siblings of $ref", OPT(.draft = GRAM_DRAFT_2019_09),
     "{\"$ref\":\"#/$defs/x\",\"const\":2,\"$defs\":{\"x\":true}}", "1", NO,
     NULL},
    {"draft 7: none", OPT(.draft = GRAM_DRAFT_7),
     "{\"$ref\":\"#/$defs/x\",\"const\":2,\"$defs\":{\"x\":true}}", "1", YES,
     "annotation const /const up to draft 7"},
    {"2020-12: prefixItems", OPT(.draft = GRAM_DRAFT_2020_12),
     "{\"prefixItems\":[{\"const\":1}]}", "[2]", NO, NULL},
    {"a document's own $schema wins", OPT(.draft = GRAM_DRAFT_4),
     "{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
     "\"type\":\"integer\"}",
     "1.0", YES, NULL},
    {"... whichever it is", OPT(.draft = GRAM_DRAFT_2020_12),
     "{\"$schema\":\"http://json-schema.org/draft-04/schema#\","
     "\"type\":\"integer\"}",
     "1.0", NO, NULL},
    {"a part's without $id is not read", DEFAULT,
     "{\"items\":{\"$schema\":\"http://json-schema.org/draft-04/schema#\","
     "\"type\":\"integer\"}}",
     "[1.0]", YES, "warning $schema /items/$schema not read"},
    {"... and nothing is said of the same draft", OPT(.draft = GRAM_DRAFT_7),
     "{\"items\":{\"$schema\":\"http://json-schema.org/draft-07/schema\"}}",
     "[1]", YES, NULL},
    /* unknown keywords and formats */
    {"unknown keyword", DEFAULT, "{\"foo\":1}", "1", YES,
     "annotation foo /foo unknown keyword"},
    {"an error", OPT(.unknown_keyword = GRAM_UNKNOWN_ERROR), "{\"foo\":1}", "1",
     BAD + GRAM_E_UNSUPPORTED, NULL},
    {"unknown format", DEFAULT, "{\"format\":\"foo\"}", "\"x\"", YES,
     "annotation format /format unknown format"},
    {"an error", OPT(.unknown_format = GRAM_UNKNOWN_ERROR),
     "{\"format\":\"foo\"}", "1", BAD + GRAM_E_UNSUPPORTED, NULL},
    /* formats that are known */
    {"format of this draft", DEFAULT, "{\"format\":\"date\"}", "\"x\"", NO,
     "enforced format /format"},
    {"... of a later one, in draft 4", OPT(.draft = GRAM_DRAFT_4),
     "{\"format\":\"uuid\"}", "\"x\"", NO, "enforced format /format"},
    {"... in 2019-09", OPT(.draft = GRAM_DRAFT_2019_09),
     "{\"format\":\"ipv4\"}", "\"x\"", NO, NULL},
    {"annotation", OPT(.formats = GRAM_FORMATS_ANNOTATE),
     "{\"format\":\"date\"}", "\"x\"", YES,
     "annotation format /format this format is not asserted"},
    {"of OpenAPI", DEFAULT, "{\"format\":\"byte\"}", "\"%\"", YES,
     "annotation format /format this format is not asserted"},
    {"asserted", OPT(.formats = GRAM_FORMATS_OPENAPI), "{\"format\":\"byte\"}",
     "\"%\"", NO, "enforced format /format"},
    {"asserted, a number", OPT(.formats = GRAM_FORMATS_OPENAPI),
     "{\"format\":\"int32\"}", "2147483648", NO, NULL},
    {"a vocabulary that asserts",
     OPT(.formats = GRAM_FORMATS_ANNOTATE, .documents = documents,
         .n_documents = 2),
     VOCAB, "\"x\"", NO, "enforced format /format"},
    /* patterns */
    {"Annex B", DEFAULT, "{\"pattern\":\"^\\\\-a$\"}", "\"-a\"", YES,
     "warning pattern /pattern not valid with the u flag"},
    {"Annex B in names", DEFAULT, "{\"patternProperties\":{\"\\\\-a\":false}}",
     "{\"-a\":1}", NO,
     "warning patternProperties /patternProperties not valid"},
    {"an error", OPT(.regex_flags = GRAM_REGEX_STRICT),
     "{\"pattern\":\"^\\\\-a$\"}", "1", BAD + GRAM_E_SYNTAX, NULL},
    /* references */
    {"outside", DEFAULT, "{\"$ref\":\"http://example.com/seven\"}", "7",
     BAD + GRAM_E_REFERENCE, NULL},
    {"a metaschema", DEFAULT,
     "{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}",
     "{\"type\":3}", NO, NULL},
    {"supplied", OPT(.documents = documents, .n_documents = 1),
     "{\"$ref\":\"http://example.com/seven\"}", "7", YES, NULL},
    {"supplied, and enforced", OPT(.documents = documents, .n_documents = 1),
     "{\"$ref\":\"http://example.com/seven\"}", "8", NO, NULL},
    {"found", OPT(.find_document = find, .find_ctx = &asked),
     "{\"$ref\":\"x:found\"}", "8", YES, NULL},
    {"found, and enforced", OPT(.find_document = find, .find_ctx = &asked),
     "{\"$ref\":\"x:found\"}", "7", NO, NULL},
    {"not found", OPT(.find_document = find, .find_ctx = &asked),
     "{\"$ref\":\"x:nowhere\"}", "7", BAD + GRAM_E_REFERENCE, NULL},
    /* the empty language */
    {"empty", DEFAULT, "{\"type\":\"string\",\"minLength\":3,\"maxLength\":2}",
     "1", BAD + GRAM_E_EMPTY, NULL},
    /* white space */
    {"white space", DEFAULT, ITEM, "[ \t\r\n1 ,1]", YES,
     "restricted whitespace  between tokens: at most 32 in a row"},
    {"32 of it", DEFAULT, ITEM, "[                                1]", YES,
     NULL},
    {"33 of it", DEFAULT, ITEM, "[                                 1]", NO,
     NULL},
    {"before", DEFAULT, ITEM, " [1]", NO, NULL},
    {"behind", DEFAULT, ITEM, "[1] ", NO, NULL},
    {"none", OPT(.whitespace = GRAM_WHITESPACE_NONE), ITEM, "[1]", YES,
     "restricted whitespace  none between tokens"},
    {"none, really", OPT(.whitespace = GRAM_WHITESPACE_NONE), ITEM, "[ 1]", NO,
     NULL},
    {"any", OPT(.whitespace = GRAM_WHITESPACE_ANY), ITEM,
     " \n[                                 1]\t", YES, NULL},
    {"a number", OPT(.whitespace_max = 2), ITEM, "[  1]", YES,
     "restricted whitespace  between tokens: at most 2 in a row"},
    {"a number, and no more", OPT(.whitespace_max = 2), ITEM, "[   1]", NO,
     NULL},
    {"an indent", OPT(.whitespace = GRAM_WHITESPACE_INDENT, .indent = 2), ITEM,
     "[\n  1\n]", YES,
     "restricted whitespace  members on lines of their own, 2 spaces a level"},
    {"another one", OPT(.whitespace = GRAM_WHITESPACE_INDENT, .indent = 1),
     ITEM, "[\n  1\n]", NO, NULL},
    {"line breaks alone", OPT(.whitespace = GRAM_WHITESPACE_INDENT), ITEM,
     "[\n1\n]", YES, NULL},
    /* keys */
    {"any order", DEFAULT, AB, "{\"b\":1,\"a\":1}", YES, NULL},
    {"that of the schema", OPT(.key_order = GRAM_KEY_ORDER_SCHEMA), AB,
     "{\"b\":1,\"a\":1}", NO,
     "restricted properties /properties keys in this order"},
    {"... is allowed", OPT(.key_order = GRAM_KEY_ORDER_SCHEMA), AB,
     "{\"a\":1,\"b\":1}", YES, NULL},
    {"duplicates", DEFAULT, "{}", "{\"a\":1,\"a\":1}", NO, NULL},
    {"spelled otherwise", DEFAULT, "{}", "{\"a\":1,\"\\u0061\":1}", NO, NULL},
    {"open objects", DEFAULT, AB, "{\"c\":1}", YES, NULL},
    {"closed", OPT(.additional = GRAM_ADDITIONAL_CLOSED), AB, "{\"c\":1}", NO,
     "restricted properties /properties no other properties"},
    {"not where something else is said",
     OPT(.additional = GRAM_ADDITIONAL_CLOSED), CLOSED, "{\"d\":1}", YES, NULL},
    /* strings and numbers */
    {"escapes", DEFAULT, "{}", "\"\\u0061\\/\"", YES, NULL},
    {"canonical", OPT(.escapes = GRAM_ESCAPES_CANONICAL), "{}", "\"\\u0061\"",
     NO, "restricted escapes  only the shortest spelling"},
    {"... what must be", OPT(.escapes = GRAM_ESCAPES_CANONICAL), "{}",
     "\"\\n\\\"\\u0001\"", YES, NULL},
    {"64 digits", DEFAULT, "{}", NINES "999999999999999999999999.5e+123", YES,
     "restricted numbers  digits in a row: at most 64, of an exponent: at "
     "most 3"},
    {"65 digits", DEFAULT, "{}", NINES "9999999999999999999999999", NO, NULL},
    {"65 behind the point", DEFAULT, "{}",
     "0." NINES "9999999999999999999999999", NO, NULL},
    {"exponents of 4", DEFAULT, "{}", "1e1234", NO, NULL},
    {"unbounded", OPT(.numbers = GRAM_NUMBERS_ANY), "{}", NINES NINES "e1234",
     YES, NULL},
    {"no exponent", OPT(.numbers = GRAM_NUMBERS_NO_EXPONENT), "{}", "1e1", NO,
     "restricted numbers  digits in a row: at most 64, no exponent"},
    {"3 digits", OPT(.number_digits = 3), "{}", "123.456e1", YES,
     "restricted numbers  digits in a row: at most 3"},
    {"4 digits", OPT(.number_digits = 3), "{}", "1234", NO, NULL},
    /* bounds */
    {"strings", OPT(.max_string = 2), "{}", "\"\\u00e9\xC3\xA9\"", YES,
     "restricted max-string  characters of a string: at most 2"},
    {"longer strings", OPT(.max_string = 2), "{}", "\"abc\"", NO, NULL},
    {"items", OPT(.max_items = 1), "{}", "[[1],1]", NO,
     "restricted max-items  items of an array: at most 1"},
    {"depth", OPT(.max_depth = 2), "{}", "[[[]]]", NO,
     "restricted max-depth  open arrays and objects: at most 2"},
    {"depth, its limit", DEFAULT, "{}", "[[[]]]", YES,
     "restricted max-depth  open arrays and objects: at most 9"},
    {"nullable", DEFAULT, "{\"type\":\"string\",\"nullable\":true}", "null", NO,
     "annotation nullable /nullable unknown keyword"},
    {"honoured", OPT(.nullable = 1), "{\"type\":\"string\",\"nullable\":true}",
     "null", YES, "enforced nullable /nullable"},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* --- looking -------------------------------------------------------------- */

static const char *const kinds[] = {"enforced", "annotation", "relaxed",
                                    "restricted", "warning"};

static bool reports(const gram_grammar *g, const char *wanted)
{
    for (size_t i = 0; i < gram_grammar_report_size(g); i++) {
        gram_report_entry e;
        char line[512];
        if (gram_grammar_report_get(g, i, &e) != GRAM_OK) return false;
        snprintf(line, sizeof line, "%s %s %s%s%s", kinds[e.kind], e.keyword,
                 e.pointer, e.note[0] ? " " : "", e.note);
        if (strncmp(line, wanted, strlen(wanted)) == 0) return true;
    }
    return false;
}

static int answer(gram_grammar *g, const char *text)
{
    gram_matcher *m;
    if (gram_matcher_new(g, &m, NULL) != GRAM_OK) return BAD;
    bool yes = gram_matcher_accept_bytes(m, text, strlen(text), NULL) ==
                   GRAM_OK &&
               gram_matcher_may_stop(m);
    gram_matcher_free(m);
    return yes ? YES : NO;
}

static void check(gram_vocab *v, const Row *r)
{
    gram_grammar *g;
    gram_error e;
    gram_status s = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, r->schema,
                                     strlen(r->schema), &r->opt, &g, &e);
    if (s != GRAM_OK) {
        T_OK(r->answer == BAD + (int)s, "%s: %s: status %d: %s", r->what,
             r->schema, s, e.message);
        T_OK(e.line > 0 && e.message[0] != 0, "%s: no place", r->what);
        return;
    }
    int got = answer(g, r->text);
    T_OK(got == r->answer, "%s: %s: %s: %d", r->what, r->schema, r->text, got);
    T_OK(r->report == NULL || reports(g, r->report), "%s: no report of \"%s\"",
         r->what, r->report);
    gram_grammar_free(g);
}

/* --- exact ---------------------------------------------------------------- */

/* From options that restrict everything, exact ones that restrict nothing
 * but depth, by the limit; formats stay. */
static void test_exact(gram_vocab *v)
{
    gram_options o = OPT(.whitespace = GRAM_WHITESPACE_INDENT, .indent = 4,
                         .key_order = GRAM_KEY_ORDER_SCHEMA,
                         .escapes = GRAM_ESCAPES_CANONICAL,
                         .additional = GRAM_ADDITIONAL_CLOSED,
                         .numbers = GRAM_NUMBERS_NO_EXPONENT,
                         .number_digits = 2, .max_string = 1, .max_items = 1,
                         .max_depth = 1, .formats = GRAM_FORMATS_ANNOTATE);
    static const char *const texts[] = {
        " {\"b\":[1,2,[[ ]]]\r, \"a\":\"\\u0061xyz\"} ", NINES NINES "e1234",
        "{\"c\":1e1}", "\t\"x\"\n"};
    const char *schema =
        "{\"properties\":{\"a\":{},\"b\":{}},\"format\":\"date\"}";
    gram_grammar *g;
    for (int exact = 0; exact < 2; exact++) {
        if (exact) gram_options_exact(&o);
        gram_status s = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schema,
                                         strlen(schema), &o, &g, NULL);
        T_EQ(s, GRAM_OK);
        if (s != GRAM_OK) return;
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            T_OK(answer(g, texts[i]) == (exact ? YES : NO), "exact %d: %s",
                 exact, texts[i]);
        size_t n = 0;
        for (size_t i = 0; i < gram_grammar_report_size(g); i++) {
            gram_report_entry e;
            T(gram_grammar_report_get(g, i, &e) == GRAM_OK);
            n += e.kind == GRAM_REPORT_RESTRICTED;
        }
        T_EQ(n, exact ? 1 : 8);
        T(reports(g, "restricted max-depth"));
        gram_grammar_free(g);
    }
    o.formats = GRAM_FORMATS_ASSERT;
    gram_options_exact(&o);
    T_EQ(o.formats, GRAM_FORMATS_ASSERT);
}

/* --- special tokens ------------------------------------------------------- */

/* No text of a schema has one, whatever their names spell. */
static void test_special(void)
{
    static const gram_token tokens[] = {{"\"", 1, GRAM_TOKEN_NORMAL},
                                        {"a", 1, GRAM_TOKEN_NORMAL},
                                        {"a", 1, GRAM_TOKEN_SPECIAL},
                                        {"\"", 1, GRAM_TOKEN_UNUSED},
                                        {"<end>", 5, GRAM_TOKEN_SPECIAL}};
    static const uint32_t end = 4, want[] = {1, 3, 3, 16};
    gram_vocab_options vo = {
        .size = sizeof vo, .end_ids = &end, .n_end_ids = 1};
    gram_vocab *v;
    gram_grammar *g;
    gram_matcher *m;
    T(gram_vocab_new(tokens, 5, &vo, &v, NULL) == GRAM_OK);
    T(gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, "{\"type\":\"string\"}", 17,
                       NULL, &g, NULL) == GRAM_OK);
    T(gram_matcher_new(g, &m, NULL) == GRAM_OK);
    for (int i = 0; i < 4; i++) {
        uint32_t mask;
        T(gram_matcher_mask(m, &mask, 1) == GRAM_OK);
        T_EQ(mask, want[i]);
        T_EQ(gram_matcher_check(m, 2), GRAM_E_REFUSED);
        if (i < 3) T_EQ(gram_matcher_accept(m, i == 1), GRAM_OK);
    }
    gram_matcher_free(m);
    gram_grammar_free(g);
    gram_vocab_free(v);
}

/* --- documents that are found --------------------------------------------- */

static void test_found(gram_vocab *v)
{
    gram_options o = OPT(.find_document = find, .find_ctx = &asked);
    const char *schema = "{\"items\":{\"$ref\":\"x:found\"}}";
    char path[] = "/tmp/api_policy.XXXXXX";
    gram_cache *c;
    gram_grammar *g;
    gram_error e;
    T(asked > 0);
    int fd = mkstemp(path);
    T(fd >= 0);
    if (fd < 0) return;
    gram_status s = gram_grammar_save(v, GRAM_KIND_JSON_SCHEMA, schema,
                                      strlen(schema), &o, path, 1, NULL, NULL,
                                      &e);
    T_OK(s == GRAM_OK, "saving: %s", e.message);
    /* the file has what was found: nobody is asked again */
    asked = 0;
    s = gram_grammar_load(v, path, 0, NULL, &g, &e);
    T_OK(s == GRAM_OK, "loading: %s", e.message);
    if (s == GRAM_OK) {
        T_EQ(answer(g, "[8,8]"), YES);
        T_EQ(answer(g, "[8,7]"), NO);
        gram_grammar_free(g);
    }
    T_EQ(asked, 0);
    remove(path);
    T(gram_cache_new(v, NULL, 0, &c, NULL) == GRAM_OK);
    T_EQ(gram_cache_get(c, GRAM_KIND_JSON_SCHEMA, schema, strlen(schema), &o,
                        &g, &e),
         GRAM_E_ARGUMENT);
    gram_cache_free(c);
}

/* Document i of a chain names the next one; the last is at *ctx. */
static const char *next_link(void *ctx, const char *uri, size_t *len)
{
    static char text[64];
    unsigned long i = strtoul(uri + strlen("x:/"), NULL, 10);
    snprintf(text, sizeof text, "{\"$id\":\"x:/%lu\",\"$ref\":\"%lu\"}", i,
             i + 1);
    if (i == *(unsigned long *)ctx) strcpy(text, "{\"const\":1}");
    *len = strlen(text);
    return text;
}

/* One of many is found as soon as one of few; of two with one URI the first. */
static void test_many(gram_vocab *v)
{
    static const gram_document twins[] = {{"x:a", "{\"const\":1}", 11},
                                          {"x:a#", "{\"const\":2}", 11}};
    const char *schemas[] = {"{\"$ref\":\"x:a\"}", "{\"$ref\":\"x:/1\"}"};
    unsigned long n = 8000;
    /* a hundred steps for each document */
    gram_options o = OPT(.documents = twins, .n_documents = 2,
                         .find_document = next_link, .find_ctx = &n,
                         .max_steps = 100 * n);
    for (int i = 0; i < 2; i++) {
        gram_grammar *g;
        gram_error e;
        gram_status s = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, schemas[i],
                                         strlen(schemas[i]), &o, &g, &e);
        T_OK(s == GRAM_OK, "%s: %s", schemas[i], e.message);
        if (s != GRAM_OK) continue;
        T_EQ(answer(g, "1"), YES);
        T_EQ(answer(g, "2"), NO);
        gram_grammar_free(g);
    }
}

/* The steps of the statistics tell what limit a text needs. */
static void test_steps(gram_vocab *v)
{
    static const struct {
        gram_kind kind;
        const char *text;
    } cases[] = {
        {GRAM_KIND_JSON_SCHEMA,
         "{\"properties\":{\"a\":{\"pattern\":\"^(ab|ac|cd){2,9}$\"},"
         "\"b\":{\"enum\":[1,2,3,\"four\",\"five\"]},\"c\":{\"$ref\":\"#\"}}}"},
        {GRAM_KIND_GBNF, "root ::= a | b root\na ::= \"x\" a | b\n"
                         "b ::= [a-c]{2,9} | \"y\"\n"}};
    for (size_t i = 0; i < 2; i++) {
        gram_options o = DEFAULT;
        gram_grammar_stats stats = {.size = sizeof stats};
        gram_grammar *g;
        size_t len = strlen(cases[i].text);
        for (int pass = 0; pass < 3; pass++) {
            gram_status s = gram_grammar_new(v, cases[i].kind, cases[i].text,
                                             len, &o, &g, NULL);
            T_EQ(s, pass < 2 ? GRAM_OK : GRAM_E_LIMIT);
            if (s != GRAM_OK) continue;
            gram_grammar_get_stats(g, &stats);
            gram_grammar_free(g);
            o.max_steps = pass == 0 ? stats.steps : stats.steps / 2;
        }
    }
}

/* Values that no option has. */
static void test_unknown(gram_vocab *v)
{
    static const gram_options bad[] = {
        OPT(.whitespace = (gram_whitespace)4),
        OPT(.whitespace = GRAM_WHITESPACE_INDENT, .indent = 65),
        OPT(.key_order = (gram_key_order)2),
        OPT(.escapes = (gram_escapes)2),
        OPT(.formats = (gram_formats)3),
        OPT(.unknown_format = (gram_unknown)2),
        OPT(.unknown_keyword = (gram_unknown)2),
        OPT(.additional = (gram_additional)2),
        OPT(.numbers = (gram_numbers)3),
        OPT(.draft = (gram_draft)6),
        OPT(.n_documents = 1)};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gram_grammar *g;
        gram_error e;
        gram_status s = gram_grammar_json(v, &bad[i], &g, &e);
        T_OK(s == GRAM_E_ARGUMENT && e.message[0] != 0, "option %zu: %d", i, s);
        if (s == GRAM_OK) gram_grammar_free(g);
    }
}

int main(void)
{
    gram_vocab *v;
    T(gram_vocab_default(NULL, &v, NULL) == GRAM_OK);
    for (int i = 0; i < N_ROWS; i++) check(v, &rows[i]);
    test_exact(v);
    test_special();
    test_found(v);
    test_many(v);
    test_steps(v);
    test_unknown(v);
    gram_vocab_free(v);
    return t_done();
}
