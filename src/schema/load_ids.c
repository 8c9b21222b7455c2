/* What names the parts of a document: $id, $anchor and kin.
 *
 * In: a document's nodes.  Out: its resources as nested intervals of nodes,
 * in text order, each with base URI, draft and vocabularies; a table of
 * URIs; a table of anchors.
 *
 * Most schemas name nothing below their root.  One look at every node tells
 * (a string that reads `$id` with a string behind it, and the like), and the
 * document is then one resource.  Otherwise the places where subschemas can
 * lie are walked with an explicit stack: an `$id` in an enum, a const or an
 * unknown keyword is data, not an identifier.
 *
 * Errors in identifiers are not found here but when the schema that carries
 * them is read: what nobody reaches is nobody's error. */
#include "schema/load_in.h"

/* --- the tables ----------------------------------------------------------- */

/* Entries of one hash are chained, so that a collision costs time only. */
uint32_t gr_ids_find(const Loader *l, Str uri)
{
    uint32_t *first = gr_map_find(&l->uri_map, gr_hash(uri.at, uri.len, 0));
    uint32_t i = first ? *first : GR_NO_NODE;
    while (i != GR_NO_NODE && !gr_str_same(l->uris.at[i].uri, uri))
        i = l->uris.at[i].next;
    return i == GR_NO_NODE ? GR_NO_NODE : l->uris.at[i].resource;
}

/* Of two resources with one URI the first in the text keeps it. */
static gram_status add_uri(Loader *l, Str uri, uint32_t resource)
{
    if (gr_ids_find(l, uri) != GR_NO_NODE) return GRAM_OK;
    uint64_t hash = gr_hash(uri.at, uri.len, 0);
    uint32_t *first = gr_map_find(&l->uri_map, hash);
    UriEntry e = {uri, resource, first ? *first : GR_NO_NODE};
    GR_TRY(gr_vec_push(l->env, &l->uris, e));
    return gr_map_put(l->env, &l->uri_map, hash, l->uris.n - 1);
}

/* The resource is the seed of the hash: anchors of one name in many resources
 * are chains of their own. */
uint32_t gr_ids_anchor(const Loader *l, uint32_t resource, Str name,
                       bool dynamic)
{
    uint64_t hash = gr_hash(name.at, name.len, resource);
    uint32_t *first = gr_map_find(&l->anchor_map, hash);
    uint32_t i = first ? *first : GR_NO_NODE;
    for (; i != GR_NO_NODE; i = l->anchors.at[i].next) {
        const Anchor *a = &l->anchors.at[i];
        if (a->resource == resource && a->dynamic >= dynamic &&
            gr_str_same(a->name, name))
            return i;
    }
    return GR_NO_NODE;
}

/* The first of a name stays, but that a dynamic one may come after a plain one:
 * whoever asks for dynamic ones must find it. */
static gram_status add_anchor(Loader *l, uint32_t resource, uint32_t node,
                              Str name, bool dynamic)
{
    if (gr_ids_anchor(l, resource, name, dynamic) != GR_NO_NODE) return GRAM_OK;
    Anchor a = {.resource = resource, .node = node, .name = name};
    Resource *r = &l->resources.at[resource];
    a.dynamic = dynamic;
    if (dynamic) {
        GrName n;
        GR_TRY(gr_names_put(l->env, &l->dynamic_names, name, &n));
        a.name_id = n.id;
        a.next_dynamic = r->first_dynamic;
    }
    uint64_t hash = gr_hash(name.at, name.len, resource);
    uint32_t *first = gr_map_find(&l->anchor_map, hash);
    a.next = first ? *first : GR_NO_NODE;
    GR_TRY(gr_vec_push(l->env, &l->anchors, a));
    if (dynamic) r->first_dynamic = l->anchors.n - 1;
    return gr_map_put(l->env, &l->anchor_map, hash, l->anchors.n - 1);
}

/* --- scanning ------------------------------------------------------------- */

/* Resources are in text order and nested.  The last one that begins at or
 * before the node may have ended already: one of those around it has not. */
uint32_t gr_ids_resource(const Loader *l, uint32_t doc, uint32_t node)
{
    const Doc *d = &l->docs.at[doc];
    uint32_t lo = d->first_resource, hi = lo + d->n_resources;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (l->resources.at[mid].node <= node)
            lo = mid;
        else
            hi = mid;
    }
    while (node >= l->resources.at[lo].end) lo = l->resources.at[lo].parent;
    return lo;
}

/* A key that may name something; `id` and `$id` only before a string. */
static bool may_name(const GrJsonNode *n)
{
    if (n->type != GR_JSON_STRING || n->n < 2 || n->n > 16) return false;
    if (n->text[0] != '$' && n->text[0] != 'i') return false;
    Str s = gr_str_of(n);
    bool text = n[1].type == GR_JSON_STRING;
    return (text && (gr_str_is(s, "id") || gr_str_is(s, "$id") ||
                     gr_str_is(s, "$schema"))) ||
           gr_str_is(s, "$anchor") || gr_str_is(s, "$dynamicAnchor") ||
           gr_str_is(s, "$recursiveAnchor");
}

/* A key of the root that root_resource has dealt with: no anchor (the others
 * are longer than $anchor), and no $id that a fragment makes one. */
static bool is_settled(const GrJsonNode *n)
{
    Str s = gr_str_of(n), uri, fragment;
    if (!may_name(n) || s.at[1] == 'a' || s.len > 7) return false;
    if (gr_str_is(s, "$schema")) return true;
    gr_uri_split(gr_str_of(n + 1), &uri, &fragment);
    return fragment.len == 0;
}

/* Does anything but the root's own $id and $schema name something?  Keys and
 * strings are looked at wherever they stand, in an enum too: a false alarm
 * costs the walk, no more. */
static bool names_parts(const GrJson *j)
{
    int found = 0;
    for (uint32_t i = 1; i + 1 < j->n; i++) found += may_name(&j->node[i]);
    if (found == 0 || j->node[0].type != GR_JSON_OBJECT) return false;
    for (uint32_t k = 1; k < j->n; k = j->node[k + 1].next)
        found -= is_settled(&j->node[k]);
    return found != 0;
}

/* What one schema object says about its identity: nodes of the values. */
typedef struct Identity {
    uint32_t id, anchor, dynamic, recursive;
    bool is_ref;
} Identity;

/* False as well for GR_NO_NODE. */
static bool is_string(const GrJson *j, uint32_t node)
{
    return node != GR_NO_NODE && j->node[node].type == GR_JSON_STRING;
}

/* The base of a new resource, from its $id without the fragment.  A $id is
 * relative to the base around it; without any URI, references by anchor and
 * pointer still work. */
static gram_status add_resource(Loader *l, uint32_t doc, uint32_t node,
                                uint32_t parent, Str id, Dialect dialect,
                                uint32_t *out)
{
    Doc *d = &l->docs.at[doc];
    Resource r = {.doc = doc, .node = node, .parent = parent};
    Str base = {d->d.uri, (uint32_t)strlen(d->d.uri)};
    if (parent != GR_NO_NODE) base = l->resources.at[parent].uri;
    r.end = d->d.json.node[node].next;
    r.draft = dialect.draft;
    r.vocabularies = dialect.vocabularies;
    r.known_schema = dialect.known;
    r.first_dynamic = GR_NO_NODE;
    r.uri = base;
    if (id.len > 0) GR_TRY(gr_uri_resolve(l->env, l->arena, base, id, &r.uri));
    GR_TRY(gr_vec_push(l->env, &l->resources, r));
    d->n_resources++;
    *out = l->resources.n - 1;
    return r.uri.len ? add_uri(l, r.uri, *out) : GRAM_OK;
}

/* $id with its fragment: a new resource, an anchor (up to draft 7), both. */
static gram_status apply_id(Loader *l, uint32_t doc, uint32_t node, Str id,
                            Dialect dialect, uint32_t *resource)
{
    Str uri, fragment;
    gr_uri_split(id, &uri, &fragment);
    if (uri.len > 0 && node != 0)
        GR_TRY(add_resource(l, doc, node, *resource, uri, dialect, resource));
    bool old = dialect.draft <= GRAM_DRAFT_7;
    if (fragment.len > 0 && fragment.at[0] != '/' && old)
        GR_TRY(add_anchor(l, *resource, node, fragment, false));
    return GRAM_OK;
}

/* Anchors belong to the resource that the same object's $id begins.  Up to
 * draft 7 a $ref hides the $id beside it.  $recursiveAnchor counts at the root
 * of a resource only (2019-09 core). */
static gram_status apply_identity(Loader *l, uint32_t doc, uint32_t node,
                                  const Identity *id, Dialect dialect,
                                  uint32_t *resource)
{
    const GrJson *j = &l->docs.at[doc].d.json;
    const GrJsonNode *n = j->node;
    bool hidden = id->is_ref && dialect.draft >= GRAM_DRAFT_4 &&
                  dialect.draft <= GRAM_DRAFT_7;
    if (is_string(j, id->id) && !hidden)
        GR_TRY(
            apply_id(l, doc, node, gr_str_of(&n[id->id]), dialect, resource));
    if (is_string(j, id->anchor))
        GR_TRY(
            add_anchor(l, *resource, node, gr_str_of(&n[id->anchor]), false));
    if (is_string(j, id->dynamic))
        GR_TRY(
            add_anchor(l, *resource, node, gr_str_of(&n[id->dynamic]), true));
    bool root = l->resources.at[*resource].node == node;
    if (id->recursive != GR_NO_NODE && root &&
        n[id->recursive].type == GR_JSON_TRUE)
        GR_TRY(add_anchor(l, *resource, node, (Str){"", 0}, true));
    return GRAM_OK;
}

/* The stack holds pairs (node, resource) in l->scratch.  The resource is filled
 * in later (reverse_pairs). */
static gram_status push(Loader *l, uint32_t node)
{
    GR_TRY(gr_vec_push(l->env, &l->scratch, node));
    return gr_vec_push(l->env, &l->scratch, 0);
}

/* step 1: items, each behind the one before; 2: values of members, with a
 * key between. */
static gram_status push_members(Loader *l, const GrJsonNode *n, uint32_t node,
                                uint32_t step)
{
    for (uint32_t i = node + step; i < n[node].next; i = n[i].next + step - 1)
        GR_TRY(push(l, i));
    return GRAM_OK;
}

/* What a value of the wrong type holds is not looked at; that it is wrong is an
 * error of whoever reads the schema. */
static gram_status push_children(Loader *l, const GrJsonNode *n, SubKind sub,
                                 uint32_t node)
{
    bool object = n[node].type == GR_JSON_OBJECT;
    bool array = n[node].type == GR_JSON_ARRAY;
    switch (sub) {
    case SUB_NONE: return GRAM_OK;
    case SUB_ONE: return push(l, node);
    case SUB_LIST: return array ? push_members(l, n, node, 1) : GRAM_OK;
    case SUB_EITHER: return array ? push_members(l, n, node, 1) : push(l, node);
    case SUB_MAP:
    case SUB_MIXED: return object ? push_members(l, n, node, 2) : GRAM_OK;
    }
    return GRAM_OK;
}

/* Later siblings must come off the stack later, so that resources are found
 * in text order. */
static void reverse_pairs(uint32_t *p, uint32_t n, uint32_t resource)
{
    for (uint32_t i = 0, k = n; i < k; i += 2) {
        k -= 2;
        uint32_t t = p[i];
        p[i] = p[k];
        p[k] = t;
        p[i + 1] = p[k + 1] = resource;
    }
}

/* A subschema with an identifier of its own may also have its own $schema.
 * Without one it is no resource, its $schema must not be there (2020-12 core,
 * 8.1.1) and is not read; validators disagree about it where a $ref leads to
 * it or into it.  The report says so (load_report.c). */
static gram_status own_dialect(Loader *l, uint32_t doc, uint32_t node,
                               uint32_t resource, Dialect *out)
{
    const Resource *r = &l->resources.at[resource];
    *out = (Dialect){r->draft, r->vocabularies, r->known_schema};
    const GrJson *j = &l->docs.at[doc].d.json;
    uint32_t s = gr_json_member(j, node, "$schema", 7);
    if (node == 0 || !is_string(j, s)) return GRAM_OK;
    Dialect own;
    GR_TRY(gr_dialect_find(l, &j->node[s], &own));
    j = &l->docs.at[doc].d.json;
    const char *key = own.draft == GRAM_DRAFT_4 ? "id" : "$id";
    if (is_string(j, gr_json_member(j, node, key, strlen(key)))) *out = own;
    return GRAM_OK;
}

/* The children are pushed before it is known in which resource they lie: the
 * object's $id may come last.  So their resource is filled in afterwards. */
static gram_status visit(Loader *l, uint32_t doc, uint32_t node,
                         uint32_t resource)
{
    const GrJsonNode *n = l->docs.at[doc].d.json.node;
    if (n[node].type != GR_JSON_OBJECT) return GRAM_OK;
    GR_TRY(gr_step(l->env, 1 + n[node].n));
    Dialect dialect;
    GR_TRY(own_dialect(l, doc, node, resource, &dialect));
    Identity id = {GR_NO_NODE, GR_NO_NODE, GR_NO_NODE, GR_NO_NODE, false};
    uint32_t base = l->scratch.n;
    for (uint32_t k = node + 1; k < n[node].next; k = n[k + 1].next) {
        Keyword w = gr_keyword_find(n[k].text, n[k].n);
        if (!gr_keyword_is_on(w, dialect.draft, dialect.vocabularies)) continue;
        if (w == K_ID || w == K_ID4) id.id = k + 1;
        if (w == K_ANCHOR) id.anchor = k + 1;
        if (w == K_DYNAMIC_ANCHOR) id.dynamic = k + 1;
        if (w == K_RECURSIVE_ANCHOR) id.recursive = k + 1;
        if (w == K_REF) id.is_ref = true;
        GR_TRY(push_children(l, n, gr_keyword_sub(w), k + 1));
    }
    GR_TRY(apply_identity(l, doc, node, &id, dialect, &resource));
    reverse_pairs(l->scratch.at + base, l->scratch.n - base, resource);
    return GRAM_OK;
}

/* Depth first over an explicit stack: the depth of a document is input. */
static gram_status walk(Loader *l, uint32_t doc, uint32_t resource)
{
    l->scratch.n = 0;
    GR_TRY(push(l, 0));
    l->scratch.at[1] = resource;
    while (l->scratch.n > 0) {
        l->scratch.n -= 2;
        uint32_t *top = l->scratch.at + l->scratch.n;
        GR_TRY(visit(l, doc, top[0], top[1]));
    }
    return GRAM_OK;
}

/* The root's resource is there in any case, with or without $id.  Its dialect
 * is found first: whether `id` or `$id` names it depends on the draft. */
static gram_status root_resource(Loader *l, uint32_t doc, uint32_t *out)
{
    const GrJson *j = &l->docs.at[doc].d.json;
    Dialect dialect;
    Str id = {"", 0}, fragment;
    bool object = j->node[0].type == GR_JSON_OBJECT;
    uint32_t s = object ? gr_json_member(j, 0, "$schema", 7) : UINT32_MAX;
    GR_TRY(gr_dialect_find(l, s == UINT32_MAX ? NULL : &j->node[s], &dialect));
    j = &l->docs.at[doc].d.json;
    const char *key = dialect.draft == GRAM_DRAFT_4 ? "id" : "$id";
    uint32_t v = object ? gr_json_member(j, 0, key, strlen(key)) : UINT32_MAX;
    bool hidden = object && dialect.draft >= GRAM_DRAFT_4 &&
                  dialect.draft <= GRAM_DRAFT_7 &&
                  gr_json_member(j, 0, "$ref", 4) != UINT32_MAX;
    if (is_string(j, v) && !hidden)
        gr_uri_split(gr_str_of(&j->node[v]), &id, &fragment);
    l->docs.at[doc].first_resource = l->resources.n;
    return add_resource(l, doc, 0, GR_NO_NODE, id, dialect, out);
}

/* The root has also the URI it was found under, which need not be its $id. */
gram_status gr_ids_scan(Loader *l, uint32_t doc)
{
    uint32_t root;
    if (l->docs.at[doc].n_resources > 0) return GRAM_OK;
    GR_TRY(root_resource(l, doc, &root));
    const char *uri = l->docs.at[doc].d.uri;
    Str found = {uri, (uint32_t)strlen(uri)};
    if (found.len > 0) GR_TRY(add_uri(l, found, root));
    GR_TRY(gr_step(l->env, l->docs.at[doc].d.json.n / 8));
    if (!names_parts(&l->docs.at[doc].d.json)) return GRAM_OK;
    return walk(l, doc, root);
}
