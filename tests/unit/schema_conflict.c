/* An empty schema's error names keywords that leave no value, with their
 * pointers, the most telling first; and emptiness is proved, so that nothing
 * else is named than what is needed. */
#include "t.h"

#include <gram.h>

static const struct {
    const char *schema, *message, *pointer;
} cases[] = {
    {"{\"minimum\":5,\"maximum\":3,\"type\":\"number\"}",
     "/minimum, /maximum and /type exclude one another", "/minimum"},
    {"{\"type\":\"string\",\"title\":\"t\",\"enum\":[1,2]}",
     "/enum and /type exclude each other", "/enum"},
    {"{\"const\":1,\"type\":\"integer\",\"minimum\":0,\"multipleOf\":2}",
     "/const and /multipleOf exclude each other", "/const"},
    {"{\"type\":\"object\",\"required\":[\"a\"],"
     "\"properties\":{\"a\":false,\"b\":{\"type\":\"null\"}}}",
     "/properties/a, /required and /type exclude one another", "/properties/a"},
    {"{\"type\":\"object\",\"additionalProperties\":false,"
     "\"required\":[\"b\"],\"properties\":{\"a\":{}}}",
     "/additionalProperties, /required and /type exclude one another",
     "/additionalProperties"},
    {"{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":"
     "{\"type\":\"string\",\"minLength\":5,\"maxLength\":3}}}",
     "/properties/a/minLength, /properties/a/maxLength, /required, "
     "/properties/a/type, ... exclude one another",
     "/properties/a/minLength"},
    {"{\"type\":\"array\",\"minItems\":3,\"uniqueItems\":true,"
     "\"items\":{\"enum\":[1,2,1.0]}}",
     "/items/enum, /minItems, /uniqueItems and /type exclude one another",
     "/items/enum"},
    {"{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"type\":\"array\","
     "\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/a\"}}}}",
     "/$defs/a/items/$ref, /$defs/a/minItems, /$ref and /$defs/a/type "
     "exclude one another",
     "/$defs/a/items/$ref"},
    {"{\"allOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}",
     "/allOf/0/type and /allOf/1/type exclude each other", "/allOf/0/type"},
    {"{\"not\":{}}", "no value is valid: see /not", "/not"},
    {"false", "no value is valid", ""},
};

/* An option that takes the last value away is named, others are not. */
static void options(gram_vocab *v)
{
    static const struct {
        const char *schema;
        gram_options o;
        const char *end;
    } given[] = {
        {"{\"type\":\"string\",\"minLength\":5}",
         {.size = sizeof(gram_options), .max_string = 3, .max_items = 1},
         "exclude each other, with the option max-string"},
        {"{\"type\":\"array\",\"minItems\":3}",
         {.size = sizeof(gram_options), .max_items = 2},
         ", with the option max-items"},
        {"{\"const\":[[1]]}",
         {.size = sizeof(gram_options), .max_depth = 1},
         "see /const, with the option max-depth"},
        {"{\"type\":\"string\",\"minLength\":3,\"maxLength\":2}",
         {.size = sizeof(gram_options), .max_string = 5},
         "/maxLength and /type exclude one another"},
    };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        gram_grammar *g = NULL;
        gram_error e = {0};
        gram_status s =
            gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, given[i].schema,
                             strlen(given[i].schema), &given[i].o, &g, &e);
        size_t n = strlen(e.message), m = strlen(given[i].end);
        T_EQ(s, GRAM_E_EMPTY);
        T_OK(n >= m && strcmp(e.message + n - m, given[i].end) == 0, "%s: %s",
             given[i].schema, e.message);
    }
}

/* That there is no such number is seen in few steps, however many digits it may
 * have; by draft 4, where 1.0 is no integer, most of all. */
static void numbers(gram_vocab *v)
{
    static const char *const none[] = {
        "{\"type\":\"integer\",\"anyOf\":[{\"not\":{\"multipleOf\":0.25}}]}",
        "{\"type\":\"integer\",\"multipleOf\":0.1,"
        "\"oneOf\":[{},{\"multipleOf\":1}]}",
        "{\"type\":\"integer\",\"maximum\":1.5,"
        "\"not\":{\"multipleOf\":0.1}}"};
    for (size_t i = 0; i < 2 * (sizeof none / sizeof *none); i++) {
        gram_grammar *g = NULL;
        gram_options o = {.size = sizeof o, .max_steps = 50000};
        o.draft = i % 2 ? GRAM_DRAFT_4 : GRAM_DRAFT_2020_12;
        gram_options_exact(&o);
        gram_status s = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA, none[i / 2],
                                         strlen(none[i / 2]), &o, &g, NULL);
        T_OK(s == GRAM_E_EMPTY, "%s: status %d", none[i / 2], s);
    }
}

int main(void)
{
    const gram_token t = {"a", 1, 0};
    gram_vocab *v = NULL;
    gram_vocab_options o = {.size = sizeof o};
    T(gram_vocab_new(&t, 1, &o, &v, NULL) == GRAM_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gram_grammar *g = NULL;
        gram_error e = {0};
        gram_status s = gram_grammar_new(v, GRAM_KIND_JSON_SCHEMA,
                                         cases[i].schema,
                                         strlen(cases[i].schema), NULL, &g, &e);
        T_OK(s == GRAM_E_EMPTY, "%s: status %d", cases[i].schema, s);
        T_OK(strstr(e.message, cases[i].message) != NULL, "%s: %s",
             cases[i].schema, e.message);
        T_STR(e.pointer, cases[i].pointer);
    }
    options(v);
    numbers(v);
    gram_vocab_free(v);
    return t_done();
}
