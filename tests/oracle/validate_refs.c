/* Documents, base URIs, anchors and references of the oracle.
 *
 * Every document is walked once from its root through all places where a
 * subschema can stand; each schema met is marked with its resource.  A schema
 * that is reached by a pointer through something else gets the resource of
 * the nearest marked node before it that contains it. */
#include "tests/oracle/validate_in.h"

#include <stdio.h>
#include <stdlib.h>

int oracle_fail(Oracle *o, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (!o->failed) vsnprintf(o->error, sizeof o->error, fmt, args);
    va_end(args);
    o->failed = true;
    return 0;
}

bool oracle_is(const GrJsonNode *n, const char *text)
{
    return n->n == strlen(text) && memcmp(n->text, text, n->n) == 0;
}

static char *copy(Oracle *o, const char *p, size_t n)
{
    char *q = gr_arena_copy(&o->env, &o->arena, p, n);
    if (q == NULL) abort();
    return q;
}

/* --- URIs: enough of RFC 3986 --------------------------------------------- */

static size_t scheme(const char *u)
{
    size_t n = strspn(u, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789+-.");
    return n > 0 && u[n] == ':' ? n + 1 : 0;
}

/* Take "x/.." and "." out of a path, again and again. */
static void shorten(char *path)
{
    char *p;
    while ((p = strstr(path, "/./")) != NULL) memmove(p, p + 2, strlen(p) - 1);
    while ((p = strstr(path, "/../")) != NULL) {
        char *q = p;
        while (q > path && q[-1] != '/') q--;
        if (q == path && *path == '/') q = p;
        memmove(q, p + 4 - (q == p), strlen(p + 4 - (q == p)) + 1);
    }
}

static char *resolve(Oracle *o, const char *base, const char *ref)
{
    size_t n = strlen(base) + strlen(ref) + 3;
    char *buf = malloc(n), *out;
    size_t s = scheme(base), path = s;
    if (base[s] == '/' && base[s + 1] == '/')
        path = s + 2 + strcspn(base + s + 2, "/?");
    size_t keep = strlen(base);
    if (scheme(ref))
        keep = 0;
    else if (ref[0] == '/' && ref[1] == '/')
        keep = s;
    else if (ref[0] == '/')
        keep = path;
    else if (ref[0] != 0 && ref[0] != '?') {
        while (keep > path && base[keep - 1] != '/') keep--;
    }
    memcpy(buf, base, keep);
    size_t at = keep;
    if (keep == path && path > s && ref[0] != '/' && ref[0] != 0 && keep > 0)
        buf[at++] = '/';
    strcpy(buf + at, ref);
    shorten(buf + (keep ? path : 0));
    out = copy(o, buf, strlen(buf));
    free(buf);
    return out;
}

static char *without_fragment(Oracle *o, const char *p, size_t n)
{
    const char *hash = memchr(p, '#', n);
    return copy(o, p, hash ? (size_t)(hash - p) : n);
}

/* --- dialects ------------------------------------------------------------- */

static gram_draft draft_of(const GrJsonNode *s, gram_draft other)
{
    static const struct {
        const char *part;
        gram_draft draft;
    } all[] = {{"draft-04/schema", GRAM_DRAFT_4},
               {"draft-06/schema", GRAM_DRAFT_6},
               {"draft-07/schema", GRAM_DRAFT_7},
               {"draft/2019-09/schema", GRAM_DRAFT_2019_09},
               {"draft/2020-12/schema", GRAM_DRAFT_2020_12}};
    char text[128] = {0};
    if (s == NULL || s->type != GR_JSON_STRING) return other;
    memcpy(text, s->text, s->n < 127 ? s->n : 127);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strstr(text, all[i].part) != NULL &&
            strstr(text, "json-schema.org/") != NULL)
            return all[i].draft;
    return GRAM_DRAFT_AUTO;
}

static uint32_t find_supplied(const Oracle *o, const char *uri)
{
    for (uint32_t i = 0; i < o->opt.n_documents; i++)
        if (strcmp(o->opt.documents[i].uri, uri) == 0) return i;
    return NOWHERE;
}

static bool ends_with(const GrJsonNode *n, const char *end)
{
    size_t k = strlen(end);
    return n->n >= k && memcmp(n->text + n->n - k, end, k) == 0;
}

/* A metaschema of one's own: follow its $schema, and read $vocabulary. */
static void custom(Oracle *o, const GrJsonNode *s, ResourceInfo *r)
{
    uint32_t i = find_supplied(o, without_fragment(o, s->text, s->n));
    GrJson j;
    if (i == NOWHERE ||
        gr_json_read(&o->env, &o->arena, o->opt.documents[i].text,
                     o->opt.documents[i].len, 0, 0, &j) != GRAM_OK)
        return;
    uint32_t up = gr_json_member(&j, 0, "$schema", 7);
    if (up != UINT32_MAX) r->draft = draft_of(&j.node[up], r->draft);
    uint32_t v = gr_json_member(&j, 0, "$vocabulary", 11);
    if (v == UINT32_MAX) return;
    r->no_validation = r->no_format = true;
    for (uint32_t k = v + 1; k < j.node[v].next; k += 2) {
        if (ends_with(&j.node[k], "/validation")) r->no_validation = false;
        if (ends_with(&j.node[k], "/format")) {
            r->no_format = false;
            r->asserts_format = j.node[k + 1].type == GR_JSON_TRUE;
        }
        if (ends_with(&j.node[k], "/format-annotation")) r->no_format = false;
        if (ends_with(&j.node[k], "/format-assertion")) {
            r->no_format = false;
            r->asserts_format = true;
        }
    }
}

static void set_dialect(Oracle *o, const GrJson *j, uint32_t node,
                        ResourceInfo *r)
{
    uint32_t s = gr_json_member(j, node, "$schema", 7);
    if (s == UINT32_MAX) return;
    r->no_validation = r->no_format = r->asserts_format = false;
    r->draft = draft_of(&j->node[s], r->draft);
    if (r->draft == GRAM_DRAFT_AUTO) custom(o, &j->node[s], r);
}

/* --- indexing ------------------------------------------------------------- */

static bool in_list(const GrJsonNode *key, const char *const *list)
{
    for (; *list != NULL; list++)
        if (oracle_is(key, *list)) return true;
    return false;
}

static void add_anchor(Oracle *o, uint32_t resource, const char *name,
                       uint32_t len, Place p, bool dynamic)
{
    AnchorInfo a = {resource, name, len, p, dynamic};
    if (gr_vec_push(&o->env, &o->anchors, a) != GRAM_OK) abort();
}

static const GrJsonNode *string_member(const GrJson *j, uint32_t node,
                                       const char *key)
{
    uint32_t v = gr_json_member(j, node, key, strlen(key));
    return v != UINT32_MAX && j->node[v].type == GR_JSON_STRING ? &j->node[v]
                                                                : NULL;
}

static uint32_t add_resource(Oracle *o, char *uri, Place p,
                             const ResourceInfo *like)
{
    ResourceInfo r = *like;
    r.uri = uri;
    r.root = p;
    if (gr_vec_push(&o->env, &o->resources, r) != GRAM_OK) abort();
    return o->resources.n - 1;
}

/* $id (or id): the resource of the schema at p. */
static uint32_t identify(Oracle *o, Place p, uint32_t resource)
{
    const GrJson *j = &o->docs.at[p.doc].json;
    ResourceInfo r = o->resources.at[resource];
    if (p.node != 0) {
        ResourceInfo own = r;
        set_dialect(o, j, p.node, &own);
        const char *k = own.draft == GRAM_DRAFT_4 ? "id" : "$id";
        if (string_member(j, p.node, k) != NULL) r = own;
    }
    bool old = r.draft >= GRAM_DRAFT_4 && r.draft <= GRAM_DRAFT_7;
    const GrJsonNode *id =
        string_member(j, p.node, r.draft == GRAM_DRAFT_4 ? "id" : "$id");
    if (old && string_member(j, p.node, "$ref") != NULL) id = NULL;
    if (id != NULL) {
        char *uri = without_fragment(o, id->text, id->n);
        const char *hash = memchr(id->text, '#', id->n);
        if (*uri != 0 && p.node == 0)
            o->resources.at[resource].uri =
                resolve(o, o->resources.at[resource].uri, uri);
        else if (*uri != 0)
            resource = add_resource(o, resolve(o, r.uri, uri), p, &r);
        uint32_t n = hash ? (uint32_t)(id->text + id->n - hash - 1) : 0;
        if (n > 0) add_anchor(o, resource, hash + 1, n, p, false);
    }
    const GrJsonNode *a = string_member(j, p.node, "$anchor");
    const GrJsonNode *d = string_member(j, p.node, "$dynamicAnchor");
    if (a != NULL && (r.draft == 0 || r.draft >= GRAM_DRAFT_2019_09))
        add_anchor(o, resource, a->text, a->n, p, false);
    if (d != NULL && (r.draft == 0 || r.draft >= GRAM_DRAFT_2020_12))
        add_anchor(o, resource, d->text, d->n, p, true);
    uint32_t ra = gr_json_member(j, p.node, "$recursiveAnchor", 16);
    if (ra != UINT32_MAX && j->node[ra].type == GR_JSON_TRUE)
        add_anchor(o, resource, "", 0, p, true);
    return resource;
}

static void index_schema(Oracle *o, Place p, uint32_t resource);

static void index_members(Oracle *o, Place p, uint32_t resource, bool object)
{
    const GrJsonNode *n = o->docs.at[p.doc].json.node;
    uint32_t i = p.node + 1;
    for (; i < n[p.node].next; i = n[i].next) {
        i += object;
        index_schema(o, (Place){p.doc, i}, resource);
    }
}

static void index_schema(Oracle *o, Place p, uint32_t resource)
{
    static const char *const one[] = {"not",
                                      "if",
                                      "then",
                                      "else",
                                      "items",
                                      "additionalItems",
                                      "contains",
                                      "additionalProperties",
                                      "propertyNames",
                                      "unevaluatedItems",
                                      "unevaluatedProperties",
                                      "contentSchema",
                                      NULL};
    static const char *const list[] = {"allOf", "anyOf",       "oneOf",
                                       "items", "prefixItems", NULL};
    static const char *const map[] = {"$defs",
                                      "definitions",
                                      "properties",
                                      "patternProperties",
                                      "dependentSchemas",
                                      "dependencies",
                                      NULL};
    const GrJsonNode *n = o->docs.at[p.doc].json.node;
    if (n[p.node].type != GR_JSON_OBJECT) return;
    resource = identify(o, p, resource);
    o->docs.at[p.doc].resource[p.node] = resource;
    for (uint32_t k = p.node + 1; k < n[p.node].next; k = n[k + 1].next) {
        Place v = {p.doc, k + 1};
        uint32_t type = n[k + 1].type;
        if (in_list(&n[k], one) && type == GR_JSON_OBJECT)
            index_schema(o, v, resource);
        if (in_list(&n[k], list) && type == GR_JSON_ARRAY)
            index_members(o, v, resource, false);
        if (in_list(&n[k], map) && type == GR_JSON_OBJECT)
            index_members(o, v, resource, true);
    }
}

uint32_t oracle_open(Oracle *o, const char *uri, const char *text, size_t len)
{
    OracleDoc d = {.uri = copy(o, uri, strlen(uri))};
    if (gr_json_read(&o->env, &o->arena, copy(o, text, len), len, 0, 0,
                     &d.json) != GRAM_OK)
        return NOWHERE;
    d.resource = gr_arena_take(&o->env, &o->arena, d.json.n * 4);
    if (d.resource == NULL) abort();
    memset(d.resource, 0xff, d.json.n * 4);
    if (gr_vec_push(&o->env, &o->docs, d) != GRAM_OK) abort();
    ResourceInfo r = {.draft = o->opt.draft};
    if (d.json.node[0].type == GR_JSON_OBJECT) set_dialect(o, &d.json, 0, &r);
    uint32_t doc = o->docs.n - 1;
    uint32_t first = add_resource(o, d.uri, (Place){doc, 0}, &r);
    d.resource[0] = first;
    index_schema(o, (Place){doc, 0}, first);
    return doc;
}

uint32_t oracle_resource(Oracle *o, Place p)
{
    const OracleDoc *d = &o->docs.at[p.doc];
    for (uint32_t i = p.node;; i--)
        if (d->resource[i] != NOWHERE && d->json.node[i].next > p.node)
            return d->resource[i];
}

/* --- references ----------------------------------------------------------- */

static bool find_anchor(Oracle *o, uint32_t resource, const char *name,
                        bool dynamic, Place *out)
{
    for (uint32_t i = 0; i < o->anchors.n; i++) {
        const AnchorInfo *a = &o->anchors.at[i];
        if (a->resource != resource || a->dynamic < dynamic ||
            a->len != strlen(name) || memcmp(a->name, name, a->len) != 0)
            continue;
        *out = a->place;
        return true;
    }
    return false;
}

static bool pointer(Oracle *o, Place from, char *p, Place *out)
{
    const GrJson *j = &o->docs.at[from.doc].json;
    uint32_t node = from.node;
    while (*p == '/') {
        char key[512];
        size_t n = 0;
        for (p++; *p != 0 && *p != '/' && n < 511; p++) {
            key[n++] = *p;
            if (*p == '~') key[n - 1] = *++p == '0' ? '~' : '/';
        }
        uint32_t next = UINT32_MAX;
        if (j->node[node].type == GR_JSON_OBJECT)
            next = gr_json_member(j, node, key, n);
        key[n] = 0;
        if (j->node[node].type == GR_JSON_ARRAY && n > 0 &&
            strspn(key, "0123456789") == n) {
            unsigned long i = strtoul(key, NULL, 10);
            if (i < j->node[node].n)
                for (next = node + 1; i > 0; i--) next = j->node[next].next;
        }
        if (next == UINT32_MAX) return false;
        node = next;
    }
    *out = (Place){from.doc, node};
    return *p == 0;
}

static void percent(char *p)
{
    char *q = p;
    for (; *p != 0; p++, q++) {
        unsigned c;
        if (*p == '%' && sscanf(p + 1, "%2x", &c) == 1) {
            *q = (char)c;
            p += 2;
        } else {
            *q = *p;
        }
    }
    *q = 0;
}

static bool find_in(Oracle *o, uint32_t resource, char *fragment, bool dynamic,
                    Place *out)
{
    Place root = o->resources.at[resource].root;
    *out = root;
    if (*fragment == 0) return true;
    if (*fragment == '/') return pointer(o, root, fragment, out);
    return (dynamic && find_anchor(o, resource, fragment, true, out)) ||
           find_anchor(o, resource, fragment, false, out);
}

static uint32_t find_uri(Oracle *o, const char *uri)
{
    for (uint32_t i = 0; i < o->resources.n; i++)
        if (strcmp(o->resources.at[i].uri, uri) == 0) return i;
    for (uint32_t i = 0; i < o->docs.n; i++)
        if (*uri != 0 && strcmp(o->docs.at[i].uri, uri) == 0)
            return o->docs.at[i].resource[0];
    uint32_t s = find_supplied(o, uri);
    if (s == NOWHERE) return NOWHERE;
    uint32_t d =
        oracle_open(o, uri, o->opt.documents[s].text, o->opt.documents[s].len);
    return d == NOWHERE ? NOWHERE : o->docs.at[d].resource[0];
}

/* The outermost resource on the stack with that dynamic anchor. */
static void redirect(Oracle *o, uint32_t resource, const char *name,
                     const Scope *scope, Place *out)
{
    Place p;
    if (!find_anchor(o, resource, name, true, &p) || p.node != out->node ||
        p.doc != out->doc)
        return;
    for (const Scope *s = scope; s != NULL; s = s->outer)
        if (find_anchor(o, s->resource, name, true, &p)) *out = p;
}

bool oracle_resolve(Oracle *o, uint32_t resource, const GrJsonNode *ref,
                    const char *keyword, const Scope *scope, Place *out)
{
    bool dynamic = strcmp(keyword, "$dynamicRef") == 0;
    char *uri = without_fragment(o, ref->text, ref->n);
    const char *hash = memchr(ref->text, '#', ref->n);
    size_t n = hash ? (size_t)(ref->text + ref->n - hash - 1) : 0;
    char *fragment = copy(o, hash ? hash + 1 : "", n);
    percent(fragment);
    uint32_t r = resource;
    if (*uri != 0)
        r = find_uri(o, resolve(o, o->resources.at[resource].uri, uri));
    if (r == NOWHERE)
        return oracle_fail(o, "no document for %.*s", (int)ref->n, ref->text);
    if (!find_in(o, r, copy(o, fragment, n), dynamic, out)) {
        r = o->docs.at[o->resources.at[r].root.doc].resource[0];
        if (!find_in(o, r, fragment, dynamic, out))
            return oracle_fail(o, "%.*s names nothing", (int)ref->n, ref->text);
    }
    if (dynamic && *fragment != '/' && *fragment != 0)
        redirect(o, r, fragment, scope, out);
    if (strcmp(keyword, "$recursiveRef") == 0) redirect(o, r, "", scope, out);
    return true;
}
