/* Dialects: which draft and which vocabularies a $schema stands for.
 *
 * In: the value of $schema.  Out: a draft, the bits of the vocabularies that
 * are on, and whether anybody knows that metaschema.
 *
 * The standard metaschemas are known by name.  Any other is a document: its
 * own $schema leads on to a standard one, which tells the draft, and its own
 * $vocabulary, which says what of the draft is on (2019-09 and later; core
 * specification, section 8.1).  What else a metaschema says is not looked at:
 * it constrains schemas, not instances. */
#include "schema/load_in.h"

/* http and https, a trailing '#' or '/' are all the same: schemas in the field
 * spell them in every way. */
bool gr_dialect_standard(Str uri, uint32_t *draft)
{
    static const struct {
        const char *uri;
        gram_draft draft;
    } known[] = {
        {"json-schema.org/draft-04/schema", GRAM_DRAFT_4},
        {"json-schema.org/draft-06/schema", GRAM_DRAFT_6},
        {"json-schema.org/draft-07/schema", GRAM_DRAFT_7},
        {"json-schema.org/draft/2019-09/schema", GRAM_DRAFT_2019_09},
        {"json-schema.org/draft/2020-12/schema", GRAM_DRAFT_2020_12},
        {"json-schema.org/schema", GRAM_DRAFT_AUTO},
    };
    if (uri.len > 7 && memcmp(uri.at, "http://", 7) == 0)
        uri.at += 7, uri.len -= 7;
    else if (uri.len > 8 && memcmp(uri.at, "https://", 8) == 0)
        uri.at += 8, uri.len -= 8;
    while (uri.len &&
           (uri.at[uri.len - 1] == '#' || uri.at[uri.len - 1] == '/'))
        uri.len--;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!gr_str_is(uri, known[i].uri)) continue;
        *draft = known[i].draft;
        return true;
    }
    return false;
}

/* The bits of a vocabulary's URI; 0 for others.  2019-09 has unevaluated* in
 * its applicator vocabulary, 2020-12 apart from it. */
static uint32_t vocabulary_bit(Str uri)
{
    static const struct {
        const char *name;
        uint32_t bits;
    } known[] = {
        {"2019-09/vocab/core", VOCABULARY_CORE},
        {"2019-09/vocab/applicator",
         VOCABULARY_APPLICATOR | VOCABULARY_UNEVALUATED},
        {"2019-09/vocab/validation", VOCABULARY_VALIDATION},
        {"2019-09/vocab/meta-data", VOCABULARY_METADATA},
        {"2019-09/vocab/format", VOCABULARY_FORMAT},
        {"2019-09/vocab/content", VOCABULARY_CONTENT},
        {"2020-12/vocab/core", VOCABULARY_CORE},
        {"2020-12/vocab/applicator", VOCABULARY_APPLICATOR},
        {"2020-12/vocab/unevaluated", VOCABULARY_UNEVALUATED},
        {"2020-12/vocab/validation", VOCABULARY_VALIDATION},
        {"2020-12/vocab/meta-data", VOCABULARY_METADATA},
        {"2020-12/vocab/format-annotation", VOCABULARY_FORMAT},
        {"2020-12/vocab/format-assertion",
         VOCABULARY_FORMAT | VOCABULARY_ASSERTS_FORMAT},
        {"2020-12/vocab/content", VOCABULARY_CONTENT},
    };
    static const char prefix[] = "https://json-schema.org/draft/";
    uint32_t n = sizeof prefix - 1;
    if (uri.len < n || memcmp(uri.at, prefix, n) != 0) return 0;
    Str name = {uri.at + n, uri.len - n};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (gr_str_is(name, known[i].name)) return known[i].bits;
    return 0;
}

/* 2019-09 asserts formats where its format vocabulary is *required*, 2020-12
 * where the format-assertion vocabulary is named at all.  What is not named is
 * off, but for the core.  An unknown one that is not required may be ignored
 * (core specification, section 8.1.2). */
static gram_status read_vocabularies(Loader *l, uint32_t doc, uint32_t node,
                                     uint32_t *bits)
{
    const GrJsonNode *v = gr_load_node(l, doc, node);
    if (v->type != GR_JSON_OBJECT)
        return gr_place_fail(l, doc, node, GRAM_E_SCHEMA,
                             "$vocabulary must be an object");
    *bits = VOCABULARY_CORE;
    for (uint32_t k = node + 1; k < v->next;) {
        const GrJsonNode *key = gr_load_node(l, doc, k);
        bool required = key[1].type == GR_JSON_TRUE;
        uint32_t bit = vocabulary_bit(gr_str_of(key));
        if (bit == 0 && required)
            return gr_place_fail(l, doc, k, GRAM_E_UNSUPPORTED,
                                 "the metaschema requires a vocabulary that "
                                 "is not known");
        *bits |= bit;
        if (bit == VOCABULARY_FORMAT && required &&
            memcmp(key->text + key->n - 7, "/format", 7) == 0)
            *bits |= VOCABULARY_ASSERTS_FORMAT;
        k = key[1].next;
    }
    return GRAM_OK;
}

/* What a custom metaschema says: its own $vocabulary, and the draft of the
 * standard metaschema that it is (however indirectly) written in.  A metaschema
 * that cannot be found leaves the standard vocabularies on, and is not `known`:
 * a warning, no error.  HOPS ends a circle of $schema; looking further tells
 * nothing new in practice. */
static gram_status custom_dialect(Loader *l, Str uri, Dialect *out)
{
    enum { HOPS = 8 };
    for (int hop = 0; hop < HOPS; hop++) {
        Str fragment;
        uint32_t doc;
        gr_uri_split(uri, &uri, &fragment);
        GR_TRY(gr_uri_resolve(l->env, l->arena, (Str){"", 0}, uri, &uri));
        GR_TRY(gr_docs_find(l, uri, &doc));
        if (doc == GR_NO_NODE) return GRAM_OK;
        const GrJson *j = &l->docs.at[doc].d.json;
        if (j->node[0].type != GR_JSON_OBJECT) return GRAM_OK;
        out->known = true;
        uint32_t v = gr_json_member(j, 0, "$vocabulary", 11);
        if (hop == 0 && v != UINT32_MAX)
            GR_TRY(read_vocabularies(l, doc, v, &out->vocabularies));
        j = &l->docs.at[doc].d.json;
        uint32_t s = gr_json_member(j, 0, "$schema", 7);
        if (s == UINT32_MAX || j->node[s].type != GR_JSON_STRING)
            return GRAM_OK;
        uri = gr_str_of(&j->node[s]);
        if (gr_dialect_standard(uri, &out->draft)) return GRAM_OK;
    }
    return GRAM_OK;
}

/* `schema` is the value of $schema, or NULL.  Documents may be opened on the
 * way: pointers to nodes must be read anew afterwards. */
gram_status gr_dialect_find(Loader *l, const GrJsonNode *schema, Dialect *out)
{
    *out = (Dialect){l->opt.draft, VOCABULARY_STANDARD, true};
    if (schema == NULL || schema->type != GR_JSON_STRING) return GRAM_OK;
    if (gr_dialect_standard(gr_str_of(schema), &out->draft)) return GRAM_OK;
    out->known = false;
    out->draft = GRAM_DRAFT_AUTO;
    return custom_dialect(l, gr_str_of(schema), out);
}
