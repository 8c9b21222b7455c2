/* What loading yields: sections, references, scopes, drafts, policies, the
 * report; every keyword of keywords.def; failing memory; small limits. */
#include "schema/load_in.h"
#include "tests/oracle/cases.h"
#include "tests/t.h"
#include "tests/tools/alloc.h"

typedef struct World {
    GrEnv env;
    GrArena arena;
    GrRe *re;
    GrLoaded *l;
    gram_error error;
    gram_status status;
} World;

static void open_world(World *w, const char *text, const gram_options *opt)
{
    memset(w, 0, sizeof *w);
    gr_env_init(&w->env, NULL, 0, 0);
    w->env.error = &w->error;
    w->status = gr_re_new(&w->env, &w->re);
    if (w->status == GRAM_OK)
        w->status = gr_load_schema(&w->env, &w->arena, w->re, text,
                                   strlen(text), opt, &w->l);
}

static const GrSchema *load(World *w, const char *text, const gram_options *opt)
{
    open_world(w, text, opt);
    T_OK(w->status == GRAM_OK, "%s: %s", text, w->error.message);
    static const GrSchema none;
    return w->status == GRAM_OK ? gr_schema_get(w->l, w->l->root) : &none;
}

static void close_world(World *w)
{
    gr_re_free(w->re);
    gr_arena_clear(&w->env, &w->arena);
    T_EQ(w->env.used, 0);
}

#define LOAD(text, opt)                                                        \
    World w;                                                                   \
    const GrSchema *s = load(&w, text, opt);                                   \
    if (w.status != GRAM_OK) {                                                 \
        close_world(&w);                                                       \
        return;                                                                \
    }

#define GET(id) gr_schema_get(w.l, (id))

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

/* Where a $ref (of the root's `properties` member "r") goes. */
static void ref_case(const char *text, const char *pointer)
{
    char buf[128];
    LOAD(text, NULL);
    const GrSchema *r = GET(s->object->properties[0].schema);
    T_EQ(r->logic->refs.n, 1);
    gr_schema_pointer(w.l, r->logic->refs.at[0], NULL, buf, sizeof buf);
    T_STR(buf, pointer);
    close_world(&w);
}

static void test_references(void)
{
    ref_case("{\"properties\":{\"r\":{\"$ref\":\"#\"}}}", "");
    ref_case("{\"properties\":{\"r\":{\"$ref\":\"#/a~1b/%22%25~0/1\"}},"
             "\"a/b\":{\"\\\"%~\":[0,{\"x\":1}]}}",
             "/a~1b/\"%~0/1");
    ref_case("{\"properties\":{\"r\":{\"$ref\":\"#n\"}},\"$defs\":{\"a\":"
             "{\"enum\":[{\"$anchor\":\"n\"}]},\"b\":{\"$anchor\":\"n\"}}}",
             "/$defs/b");
    ref_case("{\"$id\":\"http://h/d/root\",\"properties\":{\"r\":{\"$ref\":"
             "\"../e/x#/$defs/y\"}},\"$defs\":{\"a\":{\"$id\":\"/e/x\","
             "\"$defs\":{\"y\":{\"type\":\"null\"}}}}}",
             "/$defs/a/$defs/y");
    ref_case("{\"properties\":{\"r\":{\"$id\":\"http://deco/rative\","
             "\"$ref\":\"#/$defs/a\"}},\"$defs\":{\"a\":{\"const\":1}}}",
             "/$defs/a");
    ref_case("{\"$schema\":\"http://json-schema.org/draft-04/schema#\","
             "\"id\":\"http://h/\",\"properties\":{\"r\":{\"$ref\":\"#n\"}},"
             "\"definitions\":{\"a\":{\"id\":\"#n\",\"type\":\"null\"}}}",
             "/definitions/a");
    ref_case("{\"properties\":{\"r\":{\"$ref\":"
             "\"http://json-schema.org/draft-07/schema#/definitions/"
             "stringArray\"}}}",
             "http://json-schema.org/draft-07/schema#/definitions/"
             "stringArray");
}

static void test_siblings(void)
{
    LOAD("{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
         "\"$ref\":\"#/definitions/a\",\"type\":\"oops\",\"definitions\":"
         "{\"a\":{\"type\":\"null\"}}}",
         NULL);
    T(s->types == GR_TYPE_ALL && s->logic->refs.n == 1);
    close_world(&w);
}

/* Without $schema a $ref and its siblings both count. */
static void test_siblings_without_schema(void)
{
    LOAD("{\"$ref\":\"#/definitions/a\",\"type\":\"null\",\"definitions\":"
         "{\"a\":{\"type\":\"null\"}}}",
         NULL);
    T(s->types == GR_TYPE_NULL && s->logic->refs.n == 1);
    close_world(&w);
}

static void test_dynamic(void)
{
    /* the tree of the specification: extended by a strict one */
    gram_document tree = {
        .uri = "http://h/tree",
        .text = "{\"$id\":\"http://h/tree\",\"$dynamicAnchor\":\"node\","
                "\"properties\":{\"data\":true,\"children\":{\"items\":"
                "{\"$dynamicRef\":\"#node\"}}}}",
    };
    tree.len = strlen(tree.text);
    gram_options opt = {.documents = &tree, .n_documents = 1};
    LOAD("{\"$id\":\"http://h/strict\",\"$dynamicAnchor\":\"node\","
         "\"$ref\":\"tree\",\"unevaluatedProperties\":false}",
         &opt);
    const GrSchema *t = GET(s->logic->refs.at[0]);
    const GrSchema *c = GET(t->object->properties[1].schema);
    const GrSchema *i = GET(c->array->items);
    T_EQ(i->logic->refs.at[0].v, w.l->root.v);
    T_EQ(w.l->n_docs, 2);
    close_world(&w);
    opt.n_documents = 1;
    s = load(&w, "{\"$ref\":\"http://h/tree\"}", &opt);
    t = GET(s->logic->refs.at[0]);
    i = GET(GET(t->object->properties[1].schema)->array->items);
    T_EQ(i->logic->refs.at[0].v, s->logic->refs.at[0].v);
    close_world(&w);
}

static void test_unreached(void)
{
    LOAD("{\"type\":\"null\",\"$defs\":{\"a\":{\"type\":\"no such\"},"
         "\"b\":{\"$ref\":\"http://nowhere/\"}},\"x-other\":{\"type\":5}}",
         NULL);
    T_EQ(s->types, GR_TYPE_NULL);
    T_EQ(w.l->n, 3);
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

/* The bundled texts are the files beside them. */
static void test_metaschemas(void)
{
    static const char *const uris[] = {
        "http://json-schema.org/draft-04/schema",
        "http://json-schema.org/draft-06/schema",
        "http://json-schema.org/draft-07/schema",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema"};
    for (size_t i = 0; i < 5; i++) {
        char text[128];
        snprintf(text, sizeof text, "{\"$ref\":\"%s\"}", uris[i]);
        World w;
        const GrSchema *s = load(&w, text, NULL);
        if (w.status == GRAM_OK) {
            T_EQ(s->logic->refs.n, 1);
            T_OK(w.l->n > 30, "%s: %u schemas", uris[i], w.l->n);
        }
        close_world(&w);
    }
}

/* The bundled texts are the files beside them but for indentation. */
static void squeeze(char *text)
{
    char *q = text;
    bool quoted = false;
    for (char *p = text; *p != 0; p++) {
        if (*p == '"' && (p == text || p[-1] != '\\')) quoted = !quoted;
        if (quoted || strchr(" \r\n\t", *p) == NULL) *q++ = *p;
    }
    *q = 0;
}

static void test_metaschema_files(void)
{
    CaseDocs docs = {NULL, 0};
    uint32_t n = 0;
    cases_add_metaschemas(&docs);
    for (size_t i = 0; i < docs.n; i++) {
        const Metaschema *m = gr_metaschemas;
        while (m->uri != NULL && strcmp(m->uri, docs.at[i].uri) != 0) m++;
        if (m->uri == NULL) continue; /* the script beside them */
        char *text = calloc(1, docs.at[i].len + 1000), *p = text;
        for (const char *const *s = m->text; *s != NULL; s++)
            p += sprintf(p, "%s", *s);
        char *file = (char *)docs.at[i].text;
        squeeze(file);
        squeeze(text);
        T_OK(strcmp(file, text) == 0, "%s: not the file (run embed.sh)",
             m->uri);
        free(text);
        n++;
    }
    T_EQ(n, 19);
    cases_free_docs(&docs);
}

/* --- failing memory, small limits ----------------------------------------- */

static const char RICH[] =
    "{\"$id\":\"http://h/r\",\"$schema\":\"https://json-schema.org/draft/"
    "2020-12/schema\",\"$dynamicAnchor\":\"n\",\"properties\":{\"a\":{\"$ref\""
    ":\"#/$defs/x\"},\"b\":{\"$dynamicRef\":\"#n\"},\"c\":{\"pattern\":"
    "\"^[a-z]{2}$\",\"minimum\":1.5,\"format\":\"date\"},\"d\":{\"$ref\":"
    "\"sub\"}},\"$defs\":{\"x\":{\"items\":{\"$ref\":\"#/$defs/x\"},"
    "\"dependentSchemas\":{\"q\":{\"required\":[\"r\",\"s\"]}}},\"y\":"
    "{\"$id\":\"sub\",\"$anchor\":\"k\",\"$dynamicAnchor\":\"n\",\"oneOf\":["
    "{\"$dynamicRef\":\"#n\"},{\"properties\":{\"z\":{\"$ref\":\"#k\"}}}]}},"
    "\"patternProperties\":{\"^x-\":{\"$ref\":\"https://json-schema.org/draft/"
    "2020-12/meta/core\"}}}";

static gram_status try_load(const gram_allocator *a, size_t memory,
                            uint64_t steps, const gram_options *opt)
{
    GrEnv env;
    GrArena arena = {0};
    GrRe *re = NULL;
    GrLoaded *l = NULL;
    GrReport r = {0};
    gram_error e;
    gr_env_init(&env, a, memory, steps);
    env.error = &e;
    gram_status s = gr_re_new(&env, &re);
    if (s == GRAM_OK)
        s = gr_load_schema(&env, &arena, re, RICH, strlen(RICH), opt, &l);
    if (s == GRAM_OK) s = gr_load_report(&env, l, &r);
    gr_report_clear(&env, &r);
    gr_re_free(re);
    gr_arena_clear(&env, &arena);
    T_EQ(env.used, 0);
    return s;
}

static void test_failing_memory(void)
{
    gram_options opt = {.additional = GRAM_ADDITIONAL_CLOSED};
    gram_status s = GRAM_E_MEMORY;
    long k = 0;
    for (; s != GRAM_OK && k < 100000; k++) {
        TestAlloc f = {.fail_at = (unsigned long)k + 1, .fail_on = 1};
        gram_allocator a = test_alloc(&f);
        s = try_load(&a, 0, 0, &opt);
        T_OK(s == GRAM_OK || s == GRAM_E_MEMORY, "allocation %ld: %d", k, s);
    }
    T_OK(k > 30, "only %ld allocations", k);
}

static void test_limits(void)
{
    for (size_t m = 1000; m < 400000; m += 7000) {
        gram_status s = try_load(NULL, m, 0, NULL);
        T(s == GRAM_OK || s == GRAM_E_MEMORY);
    }
    bool limited = false;
    for (uint64_t n = 1; n < 3000; n += 37) {
        gram_status s = try_load(NULL, 0, n, NULL);
        T(s == GRAM_OK || s == GRAM_E_LIMIT);
        limited |= s == GRAM_E_LIMIT;
    }
    T(limited);
}

/* Bytes of a rich schema replaced, doubled or left out at random: an error
 * with a place, or a schema; never a crash, never a leak. */
static void test_mutations(void)
{
    static const char bytes[] = "{}[]\",:0-1e.#/~%$\\u \n";
    uint64_t seed = t_seed();
    int loaded = 0;
    for (int i = 0; i < 4000; i++) {
        char text[sizeof RICH + 8];
        size_t n = sizeof RICH - 1;
        memcpy(text, RICH, n);
        for (uint64_t k = t_random(&seed) % 3 + 1; k > 0; k--) {
            size_t at = t_random(&seed) % n, from = t_random(&seed) % n;
            switch (t_random(&seed) % 3) {
            case 0:
                text[at] = bytes[t_random(&seed) % (sizeof bytes - 1)];
                break;
            case 1: text[at] = text[from]; break;
            default: memmove(text + at, text + at + 1, --n - at); break;
            }
        }
        text[n] = 0;
        World w;
        open_world(&w, text, NULL);
        T_OK(w.status == GRAM_OK || w.error.message[0] != 0, "%s", text);
        T(w.status == GRAM_OK || w.error.offset <= n);
        loaded += w.status == GRAM_OK;
        close_world(&w);
    }
    T_OK(loaded > 40 && loaded < 3960, "%d of 4000 load", loaded);
}

/* Loading is linear: a wide and a deep schema, a chain of references. */
static uint64_t steps_of(const char *item, const char *join, uint32_t n,
                         const char *before, const char *after)
{
    size_t cap = (strlen(item) + strlen(join) + 32) * (size_t)n +
                 strlen(before) + strlen(after) + 1;
    char *text = malloc(cap), *p = text;
    p += sprintf(p, "%s", before);
    for (uint32_t i = 0; i < n; i++) {
        p += sprintf(p, "%s", i ? join : "");
        for (const char *q = item; *q != 0; q++)
            p += *q == '@'   ? sprintf(p, "%u", i)
                 : *q == '+' ? sprintf(p, "%u", (i + 1) % n)
                             : sprintf(p, "%c", *q);
    }
    strcpy(p, after);
    World w;
    open_world(&w, text, NULL);
    T_OK(w.status == GRAM_OK, "%.60s: %s", text, w.error.message);
    uint64_t steps = w.env.steps;
    close_world(&w);
    free(text);
    return steps;
}

static void test_linear(void)
{
    static const struct {
        const char *item, *join, *before, *after;
    } families[] = {
        {"\"p@\":{\"type\":\"string\"}", ",", "{\"properties\":{", "}}"},
        {"\"d@\":{\"items\":{\"$ref\":\"#/$defs/d+\"}}", ",",
         "{\"$ref\":\"#/$defs/d0\",\"$defs\":{", "}}"},
        {"{\"const\":@}", ",", "{\"anyOf\":[", "]}"},
        {"\"d@\":{\"$id\":\"u@\",\"items\":{\"$ref\":\"u+\"}}", ",",
         "{\"$ref\":\"u0\",\"$defs\":{", "}}"},
        {"\"d@\":{\"$dynamicAnchor\":\"a@\",\"items\":{\"$dynamicRef\":"
         "\"#a+\"}}",
         ",", "{\"$ref\":\"#a0\",\"$defs\":{", "}}"},
        {"\"r@\"", ",", "{\"required\":[", "]}"},
    };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        uint64_t a = steps_of(families[i].item, families[i].join, 2000,
                              families[i].before, families[i].after);
        uint64_t b = steps_of(families[i].item, families[i].join, 4000,
                              families[i].before, families[i].after);
        T_OK(b <= a * 5 / 2, "family %zu: %llu then %llu steps", i,
             (unsigned long long)a, (unsigned long long)b);
    }
}

static void test_deep(void)
{
    enum { DEPTH = 4000 };
    static char text[DEPTH * 9 + 16];
    char *p = text;
    for (int i = 0; i < DEPTH; i++) p += sprintf(p, "{\"not\":");
    p += sprintf(p, "true");
    for (int i = 0; i < DEPTH; i++) *p++ = '}';
    *p = 0;
    LOAD(text, NULL);
    T_EQ(w.l->n, DEPTH + 2);
    T(s->logic->has_not);
    char buf[64];
    gr_schema_pointer(w.l, (SchemaId){DEPTH}, "x", buf, sizeof buf);
    T_EQ(strlen(buf), 63);
    T_STR(buf + 60, "...");
    close_world(&w);
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
    test_references();
    test_siblings();
    test_siblings_without_schema();
    test_dynamic();
    test_unreached();
    test_nullable();
    test_formats();
    test_vocabulary();
    test_closed();
    test_report();
    test_print();
    test_keywords();
    test_metaschemas();
    test_metaschema_files();
    test_failing_memory();
    test_limits();
    test_mutations();
    test_linear();
    test_deep();
    return t_done();
}
