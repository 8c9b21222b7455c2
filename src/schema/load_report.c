/* What became of every keyword of the schemas that were reached.
 *
 * Nothing of it is recorded while loading: a schema knows its node, and the
 * node has all keywords, so the report is derived when somebody asks for it
 * and a compilation without one pays nothing.  A schema that was loaded for
 * several dynamic scopes is reported once. */
#include "schema/load_in.h"

typedef struct Verdict {
    gram_report_kind kind;
    const char *note;
    bool silent; /* identifiers say nothing about values */
} Verdict;

typedef struct Reporter {
    GrEnv *env;
    const GrLoaded *l;
    GrReport *report;
    const GrSchema *s; /* the schema at hand, and its document */
    const GrLoadedDoc *d;
    GrPlaces places; /* of that document */
} Reporter;

enum { POINTER_BYTES = 1024, KEYWORD_BYTES = 128 };

static const Verdict ENFORCED = {GRAM_REPORT_ENFORCED, "", false};
static const Verdict SILENT = {GRAM_REPORT_ENFORCED, "", true};

static Verdict annotation(const char *note)
{
    return (Verdict){GRAM_REPORT_ANNOTATION, note, false};
}

/* Of the schema at hand, whether the draft knows the keyword or not. */
static bool has(const Reporter *r, const char *keyword)
{
    return gr_json_member(&r->d->json, r->s->node, keyword, strlen(keyword)) !=
           UINT32_MAX;
}

/* Is `items` a list, so that there are items behind it to speak of? */
static bool has_tuple(const Reporter *r)
{
    uint32_t v = gr_json_member(&r->d->json, r->s->node, "items", 5);
    return v != UINT32_MAX && r->d->json.node[v].type == GR_JSON_ARRAY;
}

/* The same question that loading has asked, so that the report
 * cannot differ. */
static Verdict format_verdict(const Reporter *r, const GrJsonNode *v)
{
    switch (
        gr_load_format_use(v->text, v->n, r->l->formats, r->s->vocabularies)) {
    case FORMAT_UNKNOWN: return annotation("unknown format");
    case FORMAT_ANNOTATES: return annotation("this format is not asserted");
    case FORMAT_STRING:
    case FORMAT_NUMBER: break;
    }
    return ENFORCED;
}

/* Only a document and a part with its own $id have a dialect: what another part
 * says is read by nobody, which matters where it names another draft. */
static Verdict dialect_verdict(const Reporter *r, const GrJsonNode *v)
{
    const char *id = r->s->draft == GRAM_DRAFT_4 ? "id" : "$id";
    uint32_t draft = r->s->draft;
    if (r->s->node != 0 && !has(r, id) && v->type == GR_JSON_STRING &&
        gr_dialect_standard((Str){v->text, v->n}, &draft) &&
        draft != r->s->draft)
        return (Verdict){GRAM_REPORT_WARNING,
                         "not read: there is no identifier beside it", false};
    if (!r->s->unknown_dialect) return SILENT;
    return (Verdict){GRAM_REPORT_WARNING,
                     "not a metaschema that is known: read as 2020-12", false};
}

/* `key` is the key's node; its value follows.  Keywords that assert nothing
 * without another one are reported as annotations, so that nobody takes them
 * for enforced. */
static Verdict known_verdict(const Reporter *r, Keyword k,
                             const GrJsonNode *key)
{
    switch (k) {
    case K_FORMAT: return format_verdict(r, key + 1);
    case K_NULLABLE:
        if (has(r, "type")) return ENFORCED;
        return annotation("nullable says nothing without type");
    case K_THEN:
    case K_ELSE:
        if (has(r, "if")) return ENFORCED;
        return annotation("this keyword says nothing without if");
    case K_ADDITIONAL_ITEMS:
        if (has_tuple(r)) return ENFORCED;
        return annotation("this keyword says nothing without a list of items");
    case K_MIN_CONTAINS:
    case K_MAX_CONTAINS:
        if (has(r, "contains")) return ENFORCED;
        return annotation("this keyword says nothing without contains");
    case K_SCHEMA: return dialect_verdict(r, key + 1);
    case K_ID4:
        if (key[1].type == GR_JSON_STRING) return SILENT;
        return (Verdict){GRAM_REPORT_WARNING, "id is not a string", false};
    default: break;
    }
    const char *what = gr_keyword_get(k)->what;
    if (strcmp(what, "identifier") == 0) return SILENT;
    return strcmp(what, "annotation") == 0 ? annotation("") : ENFORCED;
}

/* The order decides which of several reasons is given: beside an old $ref even
 * an unknown keyword is reported as hidden.  $ref itself, and identifiers, are
 * never hidden. */
static Verdict verdict(const Reporter *r, const GrJsonNode *key)
{
    Keyword k = gr_keyword_find(key->text, key->n);
    uint32_t draft = r->s->draft;
    bool old = draft >= GRAM_DRAFT_4 && draft <= GRAM_DRAFT_7;
    bool on = gr_keyword_is_on(k, draft, r->s->vocabularies);
    if (on && strcmp(gr_keyword_get(k)->what, "identifier") == 0)
        return known_verdict(r, k, key);
    if (old && k != K_REF && has(r, "$ref"))
        return annotation("up to draft 7 nothing counts beside $ref");
    if (k == K_NONE || (k == K_NULLABLE && !r->l->nullable))
        return annotation("unknown keyword");
    if (!on) return annotation("not a keyword of this draft or vocabulary");
    return known_verdict(r, k, key);
}

/* With the pointer of a node, from the document's places. */
static gram_status add(Reporter *r, gram_report_kind kind, uint32_t node,
                       const char *keyword, const char *note)
{
    char pointer[POINTER_BYTES];
    GR_TRY(gr_places_pointer(r->env, r->d, &r->places, node, pointer,
                             sizeof pointer));
    return gr_report_add(r->env, r->report, kind, keyword, pointer, note);
}

/* The same for a keyword of the schema. */
static gram_status add_to(Reporter *r, gram_report_kind kind,
                          const char *keyword, const char *note)
{
    uint32_t value =
        gr_json_member(&r->d->json, r->s->node, keyword, strlen(keyword));
    return add(r, kind, value == UINT32_MAX ? r->s->node : value - 1, keyword,
               note);
}

/* A keyword's text is cut, not refused: it may be any key. */
static gram_status report_member(Reporter *r, uint32_t key)
{
    const GrJsonNode *n = &r->d->json.node[key];
    Verdict v = verdict(r, n);
    char keyword[KEYWORD_BYTES];
    uint32_t len = n->n < sizeof keyword - 1 ? n->n : sizeof keyword - 1;
    if (v.silent) return GRAM_OK;
    if (len) memcpy(keyword, n->text, len);
    keyword[len] = 0;
    return add(r, v.kind, key, keyword, v.note);
}

/* First its keywords, in the order of the text, then what policies and Annex B
 * have made of it. */
static gram_status report_schema(Reporter *r)
{
    const GrJsonNode *n = r->d->json.node;
    uint32_t end = n[r->s->node].next;
    GR_TRY(gr_step(r->env, 1 + n[r->s->node].n));
    for (uint32_t k = r->s->node + 1; k < end; k = n[k + 1].next)
        GR_TRY(report_member(r, k));
    if (r->s->annex_b)
        GR_TRY(
            add_to(r, GRAM_REPORT_WARNING,
                   has(r, "pattern") ? "pattern" : "patternProperties",
                   "not valid with the u flag: read by Annex B of ECMA-262"));
    if (r->s->object->closed)
        GR_TRY(add_to(r, GRAM_REPORT_RESTRICTED, "properties",
                      "no other properties, by the option to close objects"));
    if (r->l->key_order && r->s->object->n_properties > 0)
        GR_TRY(add_to(r, GRAM_REPORT_RESTRICTED, "properties",
                      "keys in this order, others after them, by option"));
    return GRAM_OK;
}

/* The same place again is left out: another scope, or another mode of closing
 * that came to the same.  Where one was closed and one not, both are told. */
static gram_status report_next(Reporter *r, GrMap *done, const GrSchema *s)
{
    uint64_t place = gr_pair(s->doc, s->node) << 1 | s->object->closed;
    const GrLoadedDoc *d = &r->l->doc[s->doc];
    if (s->node == GR_NO_NODE || gr_map_find(done, place)) return GRAM_OK;
    if (r->d != d) GR_TRY(gr_places_read(r->env, &d->json, &r->places));
    r->s = s;
    r->d = d;
    GR_TRY(gr_map_put(r->env, done, place, 1));
    return report_schema(r);
}

/* Document by document, so that each has its places read once. */
gram_status gr_load_report(GrEnv *env, const GrLoaded *l, GrReport *report)
{
    Reporter r = {.env = env, .l = l, .report = report};
    GrMap done = {0};
    gram_status status = GRAM_OK;
    for (uint32_t doc = 0; doc < l->n_docs; doc++)
        for (uint32_t i = GR_SCHEMA_FALSE + 1; i < l->n; i++)
            if (l->schema[i].doc == doc && status == GRAM_OK)
                status = report_next(&r, &done, &l->schema[i]);
    gr_places_clear(env, &r.places);
    gr_map_clear(env, &done);
    return status;
}
