/* What references lead to when a schema is loaded: identifiers, anchors and
 * pointers, siblings of $ref, dynamic scopes, the bundled metaschemas. */
#include "tests/oracle/cases.h"
#include "tests/tools/loaded.h"

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

/* Without a base relative names stay so, however they are spelled. */
static void test_relative(void)
{
    static const char *const names[] = {"a.json", "./a.json", "../a.json",
                                        "b/../a.json", "./b/.././a.json"};
    char text[128];
    for (size_t i = 0; i < 25; i++) {
        snprintf(text, sizeof text,
                 "{\"properties\":{\"r\":{\"$ref\":\"%s\"}},"
                 "\"$defs\":{\"x\":{\"$id\":\"%s\"}}}",
                 names[i / 5], names[i % 5]);
        ref_case(text, "/$defs/x");
    }
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

int main(void)
{
    test_references();
    test_relative();
    test_siblings();
    test_siblings_without_schema();
    test_dynamic();
    test_unreached();
    test_metaschemas();
    test_metaschema_files();
    return t_done();
}
