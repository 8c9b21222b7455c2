/* References: $ref, $dynamicRef, $recursiveRef -> the node they name, and
 * the dynamic scopes that decide the last two.
 *
 * Static part (RFC 3986, RFC 6901, JSON Schema 2020-12 core section 8.2):
 * what precedes '#' is resolved against the base URI of the resource that
 * the reference stands in and names a resource; what follows is nothing (its
 * root), a JSON pointer from there, or an anchor.  A pointer or anchor that
 * an embedded resource does not have is tried from the root of the document:
 * many schemas in the field carry decorative $ids.
 *
 * Dynamic part: a scope is the list of (anchor name, outermost resource
 * entered so far that has it), sorted by name and interned; a dynamic
 * reference whose static target is a dynamic anchor of that name goes to the
 * outermost resource's.  Entering the same resource again changes nothing,
 * so a walk meets finitely many scopes.
 *
 * Cost: a pointer costs its text; objects of more than 16 members are
 * indexed the first time a pointer passes through them. */
#include "schema/load_in.h"
#include "schema/words.h"

enum { SMALL = 16 };

/* --- JSON pointers -------------------------------------------------------- */

/* By hash of the key, seeded with the object: one table for all objects. */
static gram_status index_members(Loader *l, uint32_t doc, uint32_t node)
{
    const Doc *d = &l->docs.at[doc];
    const GrJsonNode *n = d->d.json.node;
    uint64_t seed = (uint64_t)d->first_node + node;
    if (gr_map_find(&l->indexed, seed) != NULL) return GRAM_OK;
    GR_TRY(gr_step(l->env, n[node].n));
    for (uint32_t k = node + 1; k < n[node].next; k = n[k + 1].next)
        GR_TRY(gr_map_put(l->env, &l->members, gr_hash(n[k].text, n[k].n, seed),
                          k));
    return gr_map_put(l->env, &l->indexed, seed, 1);
}

/* The value of a member, or GR_NO_NODE.  Where two members share a hash the
 * table holds one of them, and the other is looked for in the object. */
static gram_status find_member(Loader *l, uint32_t doc, uint32_t node, Str key,
                               uint32_t *out)
{
    const GrJson *j = &l->docs.at[doc].d.json;
    if (j->node[node].n > SMALL) {
        GR_TRY(index_members(l, doc, node));
        uint64_t seed = (uint64_t)l->docs.at[doc].first_node + node;
        uint32_t *k = gr_map_find(&l->members, gr_hash(key.at, key.len, seed));
        *out = GR_NO_NODE;
        if (k == NULL) return GRAM_OK;
        const GrJsonNode *n = &j->node[*k];
        if (n->n == key.len && memcmp(n->text, key.at, key.len) == 0) {
            *out = *k + 1;
            return GRAM_OK;
        }
    }
    *out = gr_json_member(j, node, key.at, key.len);
    return gr_step(l->env, 1 + j->node[node].n / 8);
}

/* RFC 6901 section 4: digits without a leading zero. */
static gram_status find_item(Loader *l, uint32_t doc, uint32_t node, Str key,
                             uint32_t *out)
{
    const GrJsonNode *n = l->docs.at[doc].d.json.node;
    uint64_t index = 0;
    *out = GR_NO_NODE;
    if (key.len == 0 || key.len > 9) return GRAM_OK;
    if (key.at[0] == '0' && key.len > 1) return GRAM_OK;
    for (uint32_t i = 0; i < key.len; i++) {
        if (key.at[i] < '0' || key.at[i] > '9') return GRAM_OK;
        index = index * 10 + (uint64_t)(key.at[i] - '0');
    }
    if (index >= n[node].n) return GRAM_OK;
    GR_TRY(gr_step(l->env, 1 + index / 8));
    *out = node + 1;
    while (index-- > 0) *out = n[*out].next;
    return GRAM_OK;
}

/* ~0 and ~1, in place; false for any other ~. */
static bool unescape_segment(char *p, uint32_t *len)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < *len; i++) {
        char c = p[i];
        if (c == '~') {
            char d = i + 1 < *len ? p[++i] : 0;
            if (d != '0' && d != '1') return false;
            c = d == '0' ? '~' : '/';
        }
        p[n++] = c;
    }
    *len = n;
    return true;
}

/* Follow the pointer of len bytes at p (which this call consumes).  A text that
 * goes on where there is neither object nor array names nothing.  No step looks
 * at keywords: a pointer may lead through an enum, or anything. */
static gram_status follow(Loader *l, uint32_t doc, uint32_t node, char *p,
                          uint32_t len, uint32_t *out)
{
    uint32_t at = 0;
    *out = GR_NO_NODE;
    while (at < len) {
        uint32_t end = ++at;
        while (end < len && p[end] != '/') end++;
        Str key = {p + at, end - at};
        if (!unescape_segment(p + at, &key.len)) return GRAM_OK;
        uint32_t type = gr_load_node(l, doc, node)->type;
        uint32_t next = GR_NO_NODE;
        if (type == GR_JSON_OBJECT)
            GR_TRY(find_member(l, doc, node, key, &next));
        else if (type == GR_JSON_ARRAY)
            GR_TRY(find_item(l, doc, node, key, &next));
        if (next == GR_NO_NODE) return GRAM_OK;
        node = next;
        at = end;
    }
    *out = node;
    return GRAM_OK;
}

/* --- fragments ------------------------------------------------------------ */

/* The fragment, percent-decoded, in l->text. */
static gram_status decode(Loader *l, Str fragment, Str *out, bool *ok)
{
    l->text.n = 0;
    GR_TRY(gr_vec_reserve(l->env, &l->text, (uint64_t)fragment.len + 1));
    *ok = gr_uri_unescape(fragment, l->text.at, &out->len);
    out->at = l->text.at;
    return GRAM_OK;
}

/* A fragment seen from one resource.  Where a dynamic anchor is preferred, a
 * plain one will do: then the reference is an ordinary one (redirect). */
static gram_status find_from(Loader *l, uint32_t resource, Str fragment,
                             bool dynamic, uint32_t *out)
{
    const Resource *r = &l->resources.at[resource];
    uint32_t doc = r->doc, node = r->node;
    Str f;
    bool ok;
    *out = node;
    if (fragment.len == 0) return GRAM_OK;
    GR_TRY(decode(l, fragment, &f, &ok));
    *out = GR_NO_NODE;
    if (!ok) return GRAM_OK;
    if (f.at[0] == '/') return follow(l, doc, node, l->text.at, f.len, out);
    uint32_t a = gr_ids_anchor(l, resource, f, dynamic);
    if (a == GR_NO_NODE) a = gr_ids_anchor(l, resource, f, false);
    if (a != GR_NO_NODE) *out = l->anchors.at[a].node;
    return GRAM_OK;
}

/* --- resources ------------------------------------------------------------ */

/* First among what has been read, then under the URI of a document, and last
 * under an $id inside of any document that was supplied: only that reads texts
 * which may turn out not to be needed. */
static gram_status open_resource(Loader *l, Str uri, uint32_t *out)
{
    uint32_t doc;
    *out = gr_ids_find(l, uri);
    if (*out != GR_NO_NODE) return GRAM_OK;
    GR_TRY(gr_docs_find(l, uri, &doc));
    if (doc != GR_NO_NODE) {
        GR_TRY(gr_ids_scan(l, doc));
        *out = l->docs.at[doc].first_resource;
        return GRAM_OK;
    }
    GR_TRY(gr_docs_scan_supplied(l));
    *out = gr_ids_find(l, uri);
    return GRAM_OK;
}

static int shown(Str s)
{
    return (int)(s.len < 120 ? s.len : 120);
}

static gram_status find_resource(Loader *l, uint32_t node, Str uri,
                                 uint32_t *out)
{
    Str absolute;
    *out = l->cur.resource;
    if (uri.len == 0) return GRAM_OK;
    GR_TRY(gr_uri_resolve(l->env, l->arena, l->resources.at[*out].uri, uri,
                          &absolute));
    GR_TRY(open_resource(l, absolute, out));
    if (*out != GR_NO_NODE) return GRAM_OK;
    return gr_place_fail(l, l->cur.doc, node, GRAM_E_REFERENCE,
                         "no document \"%.*s\" was supplied", shown(absolute),
                         absolute.at);
}

/* --- dynamic scopes ------------------------------------------------------- */

static bool is_bound(const uint32_t *scope, uint32_t n, uint32_t name)
{
    return sm_find_word(scope, n / 2, 2, name) != UINT32_MAX;
}

/* The names that `resource` has and `scope` does not bind, ascending, in
 * l->scratch.  Anchors are linked from last to first and names are numbered
 * as they are met, so a resource's own names need no more than reversing. */
static gram_status new_names(Loader *l, const uint32_t *scope, uint32_t n,
                             uint32_t resource)
{
    uint32_t a = l->resources.at[resource].first_dynamic;
    l->scratch.n = 0;
    for (; a != GR_NO_NODE; a = l->anchors.at[a].next_dynamic)
        if (!is_bound(scope, n, l->anchors.at[a].name_id))
            GR_TRY(gr_vec_push(l->env, &l->scratch, l->anchors.at[a].name_id));
    uint32_t *p = l->scratch.at, count = l->scratch.n;
    GR_TRY(gr_step(l->env, 1 + count));
    for (uint32_t i = 0; i < count / 2; i++) {
        uint32_t t = p[i];
        p[i] = p[count - 1 - i];
        p[count - 1 - i] = t;
    }
    for (uint32_t i = 1; i < count; i++) {
        uint32_t name = p[i], k = i;
        for (; k > 0 && p[k - 1] > name; k--) p[k] = p[k - 1];
        p[k] = name;
        GR_TRY(gr_step(l->env, (i - k) / 8));
    }
    return GRAM_OK;
}

/* Merge `scope` with what `resource` binds and nothing bound before: the
 * words of the new scope, in l->scratch behind the new names. */
static gram_status extend(Loader *l, uint32_t scope, uint32_t resource,
                          uint32_t *first)
{
    uint32_t n, i = 0, k = 0;
    const uint32_t *old = gr_intern_get(&l->scopes, scope, &n);
    GR_TRY(new_names(l, old, n, resource));
    uint32_t count = l->scratch.n;
    GR_TRY(gr_vec_reserve(l->env, &l->scratch, (uint64_t)n + 2 * count));
    uint32_t *p = l->scratch.at, *out = p + count;
    while (i < n || k < count) {
        bool from_old = k == count || (i < n && old[i] < p[k]);
        *out++ = from_old ? old[i] : p[k];
        *out++ = from_old ? old[i + 1] : resource;
        i += from_old ? 2 : 0;
        k += !from_old;
    }
    *first = count;
    l->scratch.n = (uint32_t)(out - p);
    return gr_step(l->env, 1 + n / 8);
}

/* Entering costs a look-up but for the first time: every subschema asks. */
gram_status gr_refs_enter(Loader *l, uint32_t scope, uint32_t resource,
                          uint32_t *out)
{
    *out = scope;
    if (l->resources.at[resource].first_dynamic == GR_NO_NODE) return GRAM_OK;
    const uint32_t *known = gr_map_find(&l->entered, gr_pair(scope, resource));
    if (known != NULL) {
        *out = *known;
        return GRAM_OK;
    }
    if (l->scopes.n == 0) { /* scope 0 is the empty one */
        uint32_t empty;
        GR_TRY(gr_intern(l->env, &l->scopes, &resource, 0, &empty, NULL));
    }
    uint32_t first;
    GR_TRY(extend(l, scope, resource, &first));
    GR_TRY(gr_intern(l->env, &l->scopes, l->scratch.at + first,
                     l->scratch.n - first, out, NULL));
    return gr_map_put(l->env, &l->entered, gr_pair(scope, resource), *out);
}

/* The outermost resource of the current scope with that dynamic anchor. */
static uint32_t outermost(const Loader *l, uint32_t name)
{
    uint32_t n = 0;
    if (l->cur.scope == 0) return GR_NO_NODE;
    const uint32_t *w = gr_intern_get(&l->scopes, l->cur.scope, &n);
    for (uint32_t i = 0; i < n; i += 2)
        if (w[i] == name) return w[i + 1];
    return GR_NO_NODE;
}

/* Replace (resource, *target) by the outermost anchor of the same name, if
 * the target is itself a dynamic anchor of that name. */
static void redirect(Loader *l, uint32_t *resource, Str name, uint32_t *target)
{
    uint32_t a = gr_ids_anchor(l, *resource, name, true);
    if (a == GR_NO_NODE || l->anchors.at[a].node != *target) return;
    uint32_t r = outermost(l, l->anchors.at[a].name_id);
    if (r == GR_NO_NODE) return;
    *resource = r;
    *target = l->anchors.at[gr_ids_anchor(l, r, name, true)].node;
}

/* The second try, from the document's own root, is for pointers and anchors
 * that are written as if an $id on the way were not there. */
gram_status gr_refs_find(Loader *l, Keyword k, uint32_t node, uint32_t *doc,
                         uint32_t *target)
{
    const GrJsonNode *n = gr_load_node(l, l->cur.doc, node);
    Str text = {n->text, n->n}, uri, fragment;
    uint32_t resource;
    gr_uri_split(text, &uri, &fragment);
    GR_TRY(find_resource(l, node, uri, &resource));
    GR_TRY(find_from(l, resource, fragment, k == K_DYNAMIC_REF, target));
    if (*target == GR_NO_NODE) {
        resource = l->docs.at[l->resources.at[resource].doc].first_resource;
        GR_TRY(find_from(l, resource, fragment, k == K_DYNAMIC_REF, target));
    }
    if (*target == GR_NO_NODE)
        return gr_place_fail(l, l->cur.doc, node, GRAM_E_REFERENCE,
                             "\"%.*s\" names nothing", shown(text), text.at);
    bool plain = fragment.len > 0 && fragment.at[0] != '/';
    if (k == K_DYNAMIC_REF && plain) redirect(l, &resource, fragment, target);
    if (k == K_RECURSIVE_REF) redirect(l, &resource, (Str){"", 0}, target);
    *doc = l->resources.at[resource].doc;
    return GRAM_OK;
}
