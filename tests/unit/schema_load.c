/* What loading yields: sections, drafts, policies, the report, the listing;
 * every keyword of keywords.def.  (References: schema_load_refs.c.) */
#include "tests/tools/loaded.h"

static void test_booleans(void)
{
    LOAD("{\"properties\":{\"a\":true,\"b\":false,\"c\":{}}}", NULL);
    T_EQ(w.l->root.v, 2);
    T_EQ(s->object->n_properties, 3);
    T_EQ(s->object->properties[0].schema.v, GR_SCHEMA_TRUE);
    T_EQ(s->object->properties[1].schema.v, GR_SCHEMA_FALSE);
    T_EQ(s->object->properties[2].schema.v, GR_SCHEMA_TRUE);
    T_EQ(GET((SchemaId){GR_SCHEMA_FALSE})->types, 0);
    T_EQ(s->types, GR_TYPE_ALL);
    T_EQ(s->string->max_length, GR_NO_MAX);
    T_EQ(s->object->additional.v, GR_SCHEMA_TRUE);
    close_world(&w);
}

static void test_types(void)
{
    LOAD("{\"allOf\":[{\"type\":\"integer\"},{\"type\":[\"integer\","
         "\"number\",\"null\"]},{\"$ref\":\"#/$defs/four\"}],\"$defs\":"
         "{\"four\":{\"$id\":\"x:four\",\"id\":\"x:four\",\"$schema\":"
         "\"http://json-schema.org/draft-04/schema#\","
         "\"type\":\"integer\"}}}",
         NULL);
    const GrSchema *a = GET(s->logic->all_of.at[0]);
    const GrSchema *b = GET(s->logic->all_of.at[1]);
    const GrSchema *c = GET(GET(s->logic->all_of.at[2])->logic->refs.at[0]);
    T_EQ(a->types, GR_TYPE_NUMBER);
    T(a->integer && !a->integer_lexical);
    T_EQ(b->types, GR_TYPE_NUMBER | GR_TYPE_NULL);
    T(!b->integer);
    T(c->integer && c->integer_lexical);
    T_EQ(c->draft, GRAM_DRAFT_4);
    T_EQ(a->draft, GRAM_DRAFT_AUTO);
    close_world(&w);
}

static bool bound_is(const GrBound *b, const char *digits, int exp, bool open)
{
    return b->has && b->open == open && b->value.n == strlen(digits) &&
           memcmp(b->value.digits, digits, b->value.n) == 0 &&
           b->value.exp == exp;
}

static void test_numbers(void)
{
    LOAD("{\"allOf\":[{\"minimum\":1.50,\"exclusiveMinimum\":true,"
         "\"maximum\":20},{\"minimum\":3,\"exclusiveMinimum\":3.0,"
         "\"exclusiveMaximum\":7,\"maximum\":9,\"multipleOf\":0.01},"
         "{\"exclusiveMaximum\":true}]}",
         NULL);
    const GrNumberPart *a = GET(s->logic->all_of.at[0])->number;
    const GrNumberPart *b = GET(s->logic->all_of.at[1])->number;
    const GrNumberPart *c = GET(s->logic->all_of.at[2])->number;
    T(bound_is(&a->lower, "15", 1, true));
    T(bound_is(&a->upper, "2", 2, false));
    T(bound_is(&b->lower, "3", 1, true));
    T(bound_is(&b->upper, "7", 1, true));
    T(b->has_multiple_of && b->multiple_of.exp == -1);
    T(!c->upper.has && !c->lower.has);
    close_world(&w);
}

static void test_counts(void)
{
    LOAD("{\"minLength\":2.0,\"maxLength\":1e1,\"minItems\":99999999999,"
         "\"maxItems\":4294967295,\"minProperties\":0,\"pattern\":\"a\"}",
         NULL);
    T_EQ(s->string->min_length, 2);
    T_EQ(s->string->max_length, 10);
    T(s->string->has_pattern && !s->string->has_format);
    T_EQ(s->array->min_items, UINT32_MAX);
    T_EQ(s->array->max_items, GR_NO_MAX);
    T_EQ(s->object->min_properties, 0);
    T_EQ(s->object->max_properties, GR_NO_MAX);
    close_world(&w);
}

static void test_arrays(void)
{
    LOAD("{\"allOf\":[{\"items\":[{\"type\":\"null\"},true],"
         "\"additionalItems\":false},{\"prefixItems\":[false],\"items\":"
         "{\"type\":\"null\"}},{\"contains\":{\"const\":1},\"minContains\":0,"
         "\"maxContains\":3,\"uniqueItems\":true},{\"items\":true,"
         "\"additionalItems\":false,\"maxContains\":1}]}",
         NULL);
    const SchemaId *all = s->logic->all_of.at;
    const GrArrayPart *a = GET(all[0])->array, *b = GET(all[1])->array;
    const GrArrayPart *c = GET(all[2])->array, *d = GET(all[3])->array;
    T_EQ(a->n_prefix, 2);
    T(a->has_items && a->items.v == GR_SCHEMA_FALSE);
    T(b->n_prefix == 1 && b->prefix[0].v == GR_SCHEMA_FALSE && b->has_items);
    T_EQ(GET(b->items)->types, GR_TYPE_NULL);
    T(c->has_contains && c->unique && c->contains_evaluates);
    T(c->min_contains == 0 && c->max_contains == 3);
    T(d->has_items && d->items.v == GR_SCHEMA_TRUE && !d->has_contains);
    T_EQ(d->max_contains, GR_NO_MAX);
    close_world(&w);
}

static void test_objects(void)
{
    LOAD("{\"properties\":{\"b\":{},\"a\":{}},\"required\":[\"a\",\"c\","
         "\"a\"],\"patternProperties\":{\"^x\":false},"
         "\"additionalProperties\":false,\"propertyNames\":{\"maxLength\":3},"
         "\"dependencies\":{\"a\":[\"b\"],\"c\":{\"minProperties\":2}},"
         "\"dependentRequired\":{\"d\":[]},\"dependentSchemas\":{\"e\":true},"
         "\"unevaluatedProperties\":{\"type\":\"null\"}}",
         NULL);
    const GrObjectPart *o = s->object;
    T(o->n_properties == 2 && o->has_properties);
    T(memcmp(o->properties[0].name.text, "b", 1) == 0);
    T_EQ(o->n_required, 2);
    T_EQ(o->required[0].id, o->properties[1].name.id);
    T(o->required[1].id != o->required[0].id);
    T(o->n_patterns == 1 && o->patterns[0].schema.v == GR_SCHEMA_FALSE);
    T(o->has_additional && o->additional.v == GR_SCHEMA_FALSE);
    T(o->has_property_names && o->has_unevaluated && !o->closed);
    T_EQ(o->n_dependent_required, 2);
    T_EQ(o->dependent_required[0].n, 1);
    T_EQ(o->dependent_required[1].n, 0);
    T_EQ(o->n_dependent_schemas, 2);
    T_EQ(GET(o->dependent_schemas[0].schema)->object->min_properties, 2);
    T_EQ(w.l->n_names, 5);
    close_world(&w);
}

static void test_logic(void)
{
    LOAD("{\"if\":{\"const\":1},\"then\":{\"const\":2},\"not\":false,"
         "\"anyOf\":[true,{\"const\":3}],\"oneOf\":[{\"enum\":[]}]}",
         NULL);
    const GrLogicPart *g = s->logic;
    T(g->has_if && g->has_not && g->not_.v == GR_SCHEMA_FALSE);
    T_EQ(g->else_.v, GR_SCHEMA_TRUE);
    T(GET(g->then_)->const_at != GR_NO_NODE);
    T(g->any_of.n == 2 && g->one_of.n == 1 && g->all_of.n == 0);
    const GrSchema *e = GET(g->one_of.at[0]);
    T_EQ(w.l->doc[e->doc].json.node[e->enum_at].n, 0);
    close_world(&w);
}

static void test_nullable(void)
{
    gram_options opt = {.nullable = 1};
    LOAD("{\"nullable\":true,\"type\":\"string\"}", &opt);
    T_EQ(s->types, GR_TYPE_STRING | GR_TYPE_NULL);
    close_world(&w);
    s = load(&w, "{\"nullable\":true,\"type\":\"string\"}", NULL);
    T_EQ(s->types, GR_TYPE_STRING);
    close_world(&w);
}

static void test_formats(void)
{
    gram_options opt = {.formats = GRAM_FORMATS_OPENAPI};
    const char *text = "{\"allOf\":[{\"format\":\"date\"},{\"format\":"
                       "\"int32\"},{\"format\":\"colour\"}]}";
    LOAD(text, &opt);
    const SchemaId *all = s->logic->all_of.at;
    T(GET(all[0])->string->has_format);
    T(GET(all[1])->integer);
    T(bound_is(&GET(all[1])->number->upper, "2147483647", 10, false));
    T(!GET(all[2])->string->has_format);
    close_world(&w);
    s = load(&w, text, NULL);
    all = s->logic->all_of.at;
    T(GET(all[0])->string->has_format && !GET(all[1])->integer);
    close_world(&w);
    opt.formats = GRAM_FORMATS_ANNOTATE;
    s = load(&w, text, &opt);
    T(!GET(s->logic->all_of.at[0])->string->has_format);
    close_world(&w);
}

static void test_vocabulary(void)
{
    gram_document meta = {
        .uri = "http://h/meta",
        .text = "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema"
                "\",\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/"
                "vocab/core\":true,\"https://json-schema.org/draft/2020-12/"
                "vocab/format-assertion\":false,\"http://h/mine\":false}}",
    };
    meta.len = strlen(meta.text);
    gram_options opt = {
        .documents = &meta, .n_documents = 1, .formats = GRAM_FORMATS_ANNOTATE};
    LOAD("{\"$schema\":\"http://h/meta\",\"type\":\"null\",\"format\":"
         "\"date\"}",
         &opt);
    T_EQ(s->types, GR_TYPE_ALL); /* no validation vocabulary */
    T(s->string->has_format);
    T_EQ(s->draft, GRAM_DRAFT_2020_12);
    close_world(&w);
    meta.text = "{\"$vocabulary\":{\"http://h/mine\":true}}";
    meta.len = strlen(meta.text);
    open_world(&w, "{\"$schema\":\"http://h/meta\"}", &opt);
    T_EQ(w.status, GRAM_E_UNSUPPORTED);
    close_world(&w);
}

/* --- closing -------------------------------------------------------------- */

static void test_closed(void)
{
    gram_options opt = {.additional = GRAM_ADDITIONAL_CLOSED};
    LOAD("{\"properties\":{\"a\":{\"properties\":{}},\"b\":{\"properties\":"
         "{},\"patternProperties\":{}, \"additionalProperties\":true}},"
         "\"not\":{\"properties\":{\"c\":true}},\"if\":{\"properties\":{}}}",
         &opt);
    const GrProperty *p = s->object->properties;
    T(s->object->closed && s->object->has_unevaluated);
    T(GET(p[0].schema)->object->closed);
    T_EQ(GET(p[0].schema)->object->additional.v, GR_SCHEMA_FALSE);
    T(!GET(p[1].schema)->object->closed);
    T(!GET(s->logic->not_)->object->closed);
    T(!GET(s->logic->if_)->object->closed);
    close_world(&w);
    s = load(&w, "{\"oneOf\":[{\"properties\":{\"a\":true}}]}", &opt);
    T(!GET(s->logic->one_of.at[0])->object->closed);
    T_EQ(s->logic->refs.n, 1);
    const GrSchema *u = GET(s->logic->refs.at[0]);
    T(GET(u->logic->any_of.at[0])->object->closed);
    close_world(&w);
    s = load(&w,
             "{\"allOf\":[{\"properties\":{\"a\":true}},"
             "{\"properties\":{\"b\":true}}]}",
             &opt);
    T(s->object->closed && s->object->has_unevaluated);
    T(!GET(s->logic->all_of.at[0])->object->closed);
    close_world(&w);
    s = load(&w,
             "{\"allOf\":[{\"properties\":{\"a\":true}},"
             "{\"additionalProperties\":true}]}",
             &opt);
    T(!s->object->closed);
    close_world(&w);
}

/* --- report and listing --------------------------------------------------- */

static bool is_reported(const GrReport *r, const char *pointer,
                        gram_report_kind kind)
{
    for (uint32_t i = 0; i < r->entries.n; i++)
        if (strcmp(r->entries.at[i].pointer, pointer) == 0 &&
            r->entries.at[i].kind == kind)
            return true;
    return false;
}

static void expect(const GrReport *r, const char *pointer,
                   gram_report_kind kind)
{
    T_OK(is_reported(r, pointer, kind), "%s: not reported as %d", pointer,
         kind);
}

static void test_report(void)
{
    GrReport r = {0};
    gram_options opt = {.additional = GRAM_ADDITIONAL_CLOSED};
    LOAD("{\"$schema\":\"http://h/unknown\",\"title\":\"t\",\"x\":1,"
         "\"format\":\"colour\",\"pattern\":\"a\",\"then\":{},"
         "\"properties\":{\"a\":{\"$ref\":\"#/$defs/d\"}},\"$defs\":{\"d\":"
         "{\"minimum\":1,\"nullable\":true}}}",
         &opt);
    (void)s;
    T_EQ(gr_load_report(&w.env, w.l, &r), GRAM_OK);
    expect(&r, "/$schema", GRAM_REPORT_WARNING);
    expect(&r, "/title", GRAM_REPORT_ANNOTATION);
    expect(&r, "/x", GRAM_REPORT_ANNOTATION);
    expect(&r, "/format", GRAM_REPORT_ANNOTATION);
    expect(&r, "/then", GRAM_REPORT_ANNOTATION);
    expect(&r, "/pattern", GRAM_REPORT_ENFORCED);
    expect(&r, "/properties", GRAM_REPORT_RESTRICTED);
    expect(&r, "/properties/a/$ref", GRAM_REPORT_ENFORCED);
    expect(&r, "/$defs/d/minimum", GRAM_REPORT_ENFORCED);
    expect(&r, "/$defs/d/nullable", GRAM_REPORT_ANNOTATION);
    for (int kind = GRAM_REPORT_ENFORCED; kind <= GRAM_REPORT_WARNING; kind++)
        T(!is_reported(&r, "/$defs", (gram_report_kind)kind));
    gr_report_clear(&w.env, &r);
    close_world(&w);
}

static void test_print(void)
{
    GrText text = {0};
    LOAD("{\"type\":[\"string\",\"array\"],\"maxLength\":3,\"items\":"
         "{\"minimum\":-0.5},\"required\":[\"q\\\"\"],\"not\":false}",
         NULL);
    (void)s;
    T_EQ(gr_load_print(&w.env, w.l, &text), GRAM_OK);
    T_EQ(gr_vec_push(&w.env, &text, 0), GRAM_OK);
    T_STR(text.at ? text.at : "",
          " root #2\n"
          "#2 (root)  string, array\n    length 0..3\n    items 0.. each #3\n"
          "    properties 0.. required \"q\\\"\"\n    not false\n"
          "#3 /items\n    >= -0.5\n");
    gr_vec_clear(&w.env, &text);
    close_world(&w);
}

/* --- keywords.def --------------------------------------------------------- */

static void test_keywords(void)
{
    const GrKeyword *k, *last = NULL;
    uint32_t n = 0;
    for (; (k = gr_keyword_get(n)) != NULL; n++, last = k) {
        T_EQ(strlen(k->text), k->len);
        T_OK(last == NULL || last->len <= k->len, "%s: out of order", k->text);
        T_OK(k->drafts != 0 && k->drafts < 64, "%s: drafts", k->text);
    }
    T(n > 55);
}

int main(void)
{
    test_booleans();
    test_types();
    test_numbers();
    test_counts();
    test_arrays();
    test_objects();
    test_logic();
    test_nullable();
    test_formats();
    test_vocabulary();
    test_closed();
    test_report();
    test_print();
    test_keywords();
    return t_done();
}
