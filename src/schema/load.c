/* The work list: from one text to all schemas that it reaches.
 *
 * gr_load_want gives a number to a (node, scope, mode) and appends an empty
 * schema; the main loop reads the schemas in the order of their numbers.
 * Reading goes over the members of the object once to see which keywords
 * there are, and once more over those keywords: several of them need to know
 * of each other (minimum and exclusiveMinimum, if and then, items and
 * prefixItems), and looking up l->value[K] is how.
 *
 * In-place edges are collected on the way.  Numbers are given in order of
 * discovery, so an edge that does not go upwards is the only way to close a
 * cycle; where none exists, nothing is searched. */
#include "schema/load_in.h"

/* --- names ---------------------------------------------------------------- */

/* A 64-bit hash finds the name; texts are compared, and a collision moves on to
 * the next key.  The text is not copied: it lies in a document, which lives as
 * long as the result. */
gram_status gr_names_put(GrEnv *env, Names *names, Str text, GrName *out)
{
    uint64_t hash = gr_hash(text.at, text.len, 0);
    uint32_t *i;
    for (; (i = gr_map_find(&names->map, hash)) != NULL; hash++) {
        const GrName *n = &names->at.at[*i];
        if (n->len == text.len &&
            (n->len == 0 || memcmp(n->text, text.at, n->len) == 0)) {
            *out = *n;
            return GRAM_OK;
        }
    }
    *out = (GrName){text.at, text.len, names->at.n};
    GR_TRY(gr_vec_push(env, &names->at, *out));
    return gr_map_put(env, &names->map, hash, out->id);
}

/* --- numbering ------------------------------------------------------------ */

/* A schema that says nothing, and `false` once it has no types. */
static const GrSchema EMPTY = {.types = GR_TYPE_ALL,
                               .doc = 0,
                               .node = GR_NO_NODE,
                               .enum_at = GR_NO_NODE,
                               .const_at = GR_NO_NODE,
                               .number = &gr_no_number,
                               .string = &gr_no_string,
                               .array = &gr_no_array,
                               .object = &gr_no_object,
                               .logic = &gr_no_logic};

/* first_edge grows with the schemas; the entry is set when its schema is read,
 * and one more at the end closes the last list. */
static gram_status add_schema(Loader *l, GrSchema s, uint32_t *id)
{
    *id = l->schemas.n;
    GR_TRY(gr_vec_push(l->env, &l->first_edge, 0));
    return gr_vec_push(l->env, &l->schemas, s);
}

/* Where the number of (node, scope, mode) is kept: beside the node for the
 * only case that most schemas have. */
static uint32_t find_id(const Loader *l, const Doc *d, uint32_t node,
                        uint32_t scope, uint32_t mode)
{
    if (scope == 0 && mode == MODE_OPEN) return d->id_of[node];
    uint32_t *id = gr_map_find(
        &l->scoped, gr_pair(d->first_node + node, scope * MODES + mode));
    return id ? *id : 0;
}

/* Booleans and {} need no schema of their own.  Entering a resource may change
 * the scope, and with it the number: the same node is another schema where a
 * $dynamicRef below it leads elsewhere. */
gram_status gr_load_want(Loader *l, uint32_t doc, uint32_t node, uint32_t scope,
                         uint32_t mode, SchemaId *out)
{
    Doc *d = &l->docs.at[doc];
    const GrJsonNode *n = &d->d.json.node[node];
    out->v = n->type == GR_JSON_FALSE ? GR_SCHEMA_FALSE : GR_SCHEMA_TRUE;
    if (n->type == GR_JSON_TRUE || n->type == GR_JSON_FALSE) return GRAM_OK;
    if (n->type != GR_JSON_OBJECT)
        return gr_place_fail(l, doc, node, GRAM_E_SCHEMA,
                             "a schema is an object or a boolean, not %s",
                             gr_load_type_name(n->type));
    if (n->n == 0) return GRAM_OK;
    uint32_t resource = gr_ids_resource(l, doc, node);
    GR_TRY(gr_refs_enter(l, scope, resource, &scope));
    out->v = find_id(l, d, node, scope, mode);
    if (out->v != 0) return GRAM_OK;
    const Resource *r = &l->resources.at[resource];
    GrSchema s = EMPTY;
    s.doc = doc;
    s.node = node;
    s.resource = resource;
    s.scope = scope;
    s.mode = mode;
    s.draft = (uint8_t)r->draft;
    s.vocabularies = r->vocabularies;
    s.unknown_dialect = !r->known_schema;
    GR_TRY(add_schema(l, s, &out->v));
    if (scope == 0 && mode == MODE_OPEN) {
        d->id_of[node] = out->v;
        return GRAM_OK;
    }
    return gr_map_put(l->env, &l->scoped,
                      gr_pair(d->first_node + node, scope * MODES + mode),
                      out->v);
}

/* Only in the text that was given: what other documents say stays
 * (conflict.c). */
static bool is_left_out(const Loader *l, uint32_t node)
{
    return l->without != NULL && l->cur.doc == 0 &&
           gr_bit_get(l->without, node);
}

gram_status gr_load_child(Loader *l, uint32_t node, SchemaId *out)
{
    *out = (SchemaId){GR_SCHEMA_TRUE};
    if (is_left_out(l, node)) return GRAM_OK;
    return gr_load_want(l, l->cur.doc, node, l->cur.scope,
                        gr_closed_mode(l, l->keyword), out);
}

/* Edges go to higher numbers where a schema is met for the first time.  A cycle
 * has an edge that goes down or to itself, so without one nothing is searched;
 * the converse does not hold: two references to one definition make such an
 * edge too. */
gram_status gr_load_edge(Loader *l, uint32_t node, SchemaId to)
{
    if (to.v <= l->cur_id && to.v > GR_SCHEMA_FALSE) l->may_cycle = true;
    return gr_vec_push(l->env, &l->edges, (Edge){to.v, node});
}

gram_status gr_load_in_place(Loader *l, uint32_t node, SchemaId *out)
{
    GR_TRY(gr_load_child(l, node, out));
    return gr_load_edge(l, node, *out);
}

/* The schema is complete when it is made; what is left for its turn is to note
 * its edges (read_union). */
gram_status gr_load_union(Loader *l, GrSchemaList arms, SchemaId *out)
{
    GrSchema s = EMPTY;
    GrLogicPart *g = gr_arena_take(l->env, l->arena, sizeof *g);
    if (g == NULL) return GRAM_E_MEMORY;
    *g = gr_no_logic;
    g->any_of = arms;
    s.logic = g;
    s.doc = l->cur.doc;
    s.mode = l->cur.mode;
    GR_TRY(add_schema(l, s, &out->v));
    return gr_load_edge(l, l->value[l->keyword], *out);
}

/* --- reading one schema --------------------------------------------------- */

/* Unknown to this draft and these vocabularies: an error by option only. */
static gram_status unknown_keyword(const Loader *l, uint32_t key)
{
    const GrJsonNode *n = gr_load_node(l, l->cur.doc, key);
    if (l->opt.unknown_keyword != GRAM_UNKNOWN_ERROR) return GRAM_OK;
    return gr_place_fail(l, l->cur.doc, key, GRAM_E_UNSUPPORTED,
                         "unknown keyword \"%.*s\"",
                         (int)(n->n < 60 ? n->n : 60), n->text);
}

/* Fill l->value and the list of keywords that are there.  Keys of an object are
 * distinct, as the reader refuses others: K_N places suffice.  The values of a
 * schema read before are gone again (read_schema). */
static gram_status collect(Loader *l, uint8_t *seen, uint32_t *n_seen)
{
    const GrJsonNode *n = l->docs.at[l->cur.doc].d.json.node;
    uint32_t end = n[l->cur.node].next;
    *n_seen = 0;
    for (uint32_t k = l->cur.node + 1; k < end; k = n[k + 1].next) {
        if (is_left_out(l, k)) continue;
        Keyword w = gr_keyword_find(n[k].text, n[k].n);
        bool on = gr_keyword_is_on(w, l->cur.draft, l->cur.vocabularies) &&
                  (w != K_NULLABLE || l->opt.nullable);
        if (!on) {
            GR_TRY(unknown_keyword(l, k));
            continue;
        }
        seen[(*n_seen)++] = (uint8_t)w;
        l->value[w] = k + 1;
    }
    return gr_step(l->env, 1 + n[l->cur.node].n);
}

/* Up to draft 7 a $ref hides everything beside it. */
static bool ref_hides(const Loader *l)
{
    return l->value[K_REF] != GR_NO_NODE && l->cur.draft >= GRAM_DRAFT_4 &&
           l->cur.draft <= GRAM_DRAFT_7;
}

/* In the order of the text, which is that of numbering.  No keyword depends on
 * it: whoever needs another one looks into l->value. */
static gram_status apply(Loader *l, const uint8_t *seen, uint32_t n_seen)
{
    l->keyword = K_REF;
    if (ref_hides(l)) return gr_load_part(l, K_REF, l->value[K_REF]);
    for (uint32_t i = 0; i < n_seen; i++) {
        l->keyword = (Keyword)seen[i];
        GR_TRY(gr_load_value(l, l->keyword, l->value[seen[i]]));
    }
    return GRAM_OK;
}

/* The edges of a schema that a policy made. */
static gram_status read_union(Loader *l)
{
    GrSchemaList arms = l->cur.logic->any_of;
    for (uint32_t i = 0; i < arms.n; i++)
        GR_TRY(gr_load_edge(l, 0, arms.at[i]));
    return GRAM_OK;
}

/* l->cur is a copy: the list may move while the schema's own subschemas are
 * added to it. */
static gram_status read_schema(Loader *l, uint32_t id)
{
    uint8_t seen[K_N];
    uint32_t n_seen;
    l->cur = l->schemas.at[id];
    l->cur_id = id;
    l->first_edge.at[id] = l->edges.n;
    l->number = NULL;
    l->string = NULL;
    l->array = NULL;
    l->object = NULL;
    l->logic = NULL;
    l->dependents_done = false;
    if (l->cur.node == GR_NO_NODE) return read_union(l);
    GR_TRY(collect(l, seen, &n_seen));
    GR_TRY(apply(l, seen, n_seen));
    for (uint32_t i = 0; i < n_seen; i++) l->value[seen[i]] = GR_NO_NODE;
    l->schemas.at[id] = l->cur;
    return GRAM_OK;
}

/* --- reference cycles ----------------------------------------------------- */

static gram_status cycle_error(const Loader *l, uint32_t from, uint32_t edge)
{
    return gr_place_fail(l, l->schemas.at[from].doc, l->edges.at[edge].node,
                         GRAM_E_SCHEMA,
                         "a cycle of references that never goes into the "
                         "value: it has no instance");
}

/* Depth-first with an explicit stack of (schema, next edge); `color` 1 is on
 * the stack, 2 is done.  l->scratch is the stack.  Each edge is followed once,
 * over all calls.  An edge to one on the stack closes a cycle, and is the place
 * that the error names. */
static gram_status search_from(Loader *l, uint32_t id, uint8_t *color)
{
    l->scratch.n = 0;
    color[id] = 1;
    GR_TRY(gr_vec_push(l->env, &l->scratch, id));
    GR_TRY(gr_vec_push(l->env, &l->scratch, l->first_edge.at[id]));
    while (l->scratch.n > 0) {
        uint32_t from = l->scratch.at[l->scratch.n - 2];
        uint32_t edge = l->scratch.at[l->scratch.n - 1]++;
        if (edge == l->first_edge.at[from + 1]) {
            color[from] = 2;
            l->scratch.n -= 2;
            continue;
        }
        uint32_t to = l->edges.at[edge].to;
        if (color[to] == 1) return cycle_error(l, from, edge);
        if (color[to] == 2) continue;
        color[to] = 1;
        GR_TRY(gr_vec_push(l->env, &l->scratch, to));
        GR_TRY(gr_vec_push(l->env, &l->scratch, l->first_edge.at[to]));
    }
    return GRAM_OK;
}

/* Each schema is a start unless a search has met it: linear in the edges. */
static gram_status refuse_cycles(Loader *l)
{
    uint32_t n = l->schemas.n;
    if (!l->may_cycle) return GRAM_OK;
    uint8_t *color = gr_arena_take(l->env, l->arena, n);
    if (color == NULL) return GRAM_E_MEMORY;
    memset(color, 0, n);
    GR_TRY(gr_step(l->env, l->edges.n));
    for (uint32_t i = 0; i < n; i++)
        if (color[i] == 0) GR_TRY(search_from(l, i, color));
    return GRAM_OK;
}

/* --- the whole ------------------------------------------------------------ */

/* `true` and `false` come first, so that their numbers are those of booleans
 * everywhere.  The loop's bound grows as schemas are read. */
static gram_status read_all(Loader *l, const char *text, size_t len,
                            SchemaId *root)
{
    uint32_t doc, id;
    bool closed = l->opt.additional == GRAM_ADDITIONAL_CLOSED;
    GrSchema nothing = EMPTY;
    nothing.types = 0;
    GR_TRY(gr_vec_reserve(l->env, &l->schemas, 32));
    GR_TRY(gr_vec_reserve(l->env, &l->first_edge, 32));
    GR_TRY(add_schema(l, EMPTY, &id));
    GR_TRY(add_schema(l, nothing, &id));
    GR_TRY(gr_docs_open(l, (Str){"", 0}, text, len, &doc));
    GR_TRY(gr_ids_scan(l, doc));
    GR_TRY(gr_load_want(l, doc, 0, 0, closed ? MODE_VALUE : MODE_OPEN, root));
    for (id = GR_SCHEMA_FALSE + 1; id < l->schemas.n; id++)
        GR_TRY(read_schema(l, id));
    GR_TRY(gr_vec_push(l->env, &l->first_edge, l->edges.n));
    GR_TRY(refuse_cycles(l));
    return closed ? gr_closed_finish(l) : GRAM_OK;
}

/* The result has arrays of its own in the arena; everything else of the loader
 * is freed. */
static gram_status copy_out(Loader *l, SchemaId root, GrLoaded **out)
{
    GrLoaded *r = gr_arena_take(l->env, l->arena, sizeof *r);
    GrSchema *s = gr_arena_take(l->env, l->arena, l->schemas.n * sizeof *s);
    GrLoadedDoc *d = gr_arena_take(l->env, l->arena, l->docs.n * sizeof *d);
    GrName *names =
        gr_arena_take(l->env, l->arena, l->names.at.n * sizeof *names);
    if (r == NULL || s == NULL || d == NULL || names == NULL)
        return GRAM_E_MEMORY;
    memcpy(s, l->schemas.at, l->schemas.n * sizeof *s);
    for (uint32_t i = 0; i < l->docs.n; i++) d[i] = l->docs.at[i].d;
    if (l->names.at.n > 0)
        memcpy(names, l->names.at.at, l->names.at.n * sizeof *names);
    *r = (GrLoaded){.schema = s,
                    .n = l->schemas.n,
                    .root = root,
                    .doc = d,
                    .n_docs = l->docs.n,
                    .name = names,
                    .n_names = l->names.at.n};
    r->formats = l->opt.formats;
    r->nullable = l->opt.nullable != 0;
    r->key_order = l->opt.key_order == GRAM_KEY_ORDER_SCHEMA;
    *out = r;
    return GRAM_OK;
}

static void clear_names(GrEnv *env, Names *names)
{
    gr_map_clear(env, &names->map);
    gr_vec_clear(env, &names->at);
}

static void clear(Loader *l)
{
    GrEnv *env = l->env;
    gr_vec_clear(env, &l->schemas);
    gr_vec_clear(env, &l->first_edge);
    gr_vec_clear(env, &l->edges);
    gr_vec_clear(env, &l->docs);
    gr_vec_clear(env, &l->resources);
    gr_vec_clear(env, &l->anchors);
    gr_vec_clear(env, &l->uris);
    gr_vec_clear(env, &l->sources);
    gr_map_clear(env, &l->source_map);
    gr_map_clear(env, &l->uri_map);
    gr_map_clear(env, &l->anchor_map);
    gr_map_clear(env, &l->scoped);
    gr_map_clear(env, &l->members);
    gr_map_clear(env, &l->indexed);
    gr_intern_clear(env, &l->scopes);
    gr_map_clear(env, &l->entered);
    clear_names(env, &l->dynamic_names);
    clear_names(env, &l->names);
    gr_vec_clear(env, &l->stamp);
    gr_vec_clear(env, &l->patterns);
    gr_map_clear(env, &l->pattern_map);
    gr_vec_clear(env, &l->scratch);
    gr_vec_clear(env, &l->text);
}

gram_status gr_load_schema(GrEnv *env, GrArena *arena, GrRe *re,
                           const char *text, size_t len,
                           const gram_options *opt, GrLoaded **out)
{
    return gr_load_schema_without(env, arena, re, text, len, opt, NULL, out);
}

gram_status gr_load_schema_without(GrEnv *env, GrArena *arena, GrRe *re,
                                   const char *text, size_t len,
                                   const gram_options *opt,
                                   const uint32_t *without, GrLoaded **out)
{
    Loader l;
    SchemaId root = {GR_SCHEMA_TRUE};
    memset(&l, 0, sizeof l);
    l.env = env;
    l.arena = arena;
    l.re = re;
    if (opt != NULL) l.opt = *opt;
    l.without = without;
    gr_intern_init(&l.scopes);
    for (uint32_t k = 0; k < K_N; k++) l.value[k] = GR_NO_NODE;
    gram_status s = read_all(&l, text, len, &root);
    if (s == GRAM_OK) s = copy_out(&l, root, out);
    clear(&l);
    return s;
}
