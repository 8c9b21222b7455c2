/* Documents: the schema's own, those that the caller supplies, those that the
 * library brings along, those that the caller is asked for.
 *
 * In: a text, or the URI of one.  Out: the number of a document, whose nodes
 * have numbers of their own.
 *
 *     gr_docs_find(uri)  the caller's list, then the bundled metaschemas,
 *                        then the caller's function; the first that has it
 *
 * Each is read when it is first asked for, and once: most schemas name
 * no other document but by $schema, and reading the metaschemas would cost
 * them more than their own text.  What a document names is load_ids.c's. */
#include "schema/load_in.h"

/* Errors of other documents keep their position as words: the offset of an
 * error belongs to the caller's text. */
static gram_status reword(Loader *l, Str uri, gram_status code)
{
    gram_error *e = l->env->error;
    if (e == NULL || uri.len == 0 || code == GRAM_E_MEMORY) return code;
    char message[sizeof e->message];
    memcpy(message, e->message, sizeof message);
    message[sizeof message - 1] = 0;
    return gr_fail(l->env, code, GR_NOWHERE, "in %.*s at byte %zu: %s",
                   (int)(uri.len < 100 ? uri.len : 100), uri.at, e->offset,
                   message);
}

/* Text and URI are copied: the result must not point into what the caller may
 * free.  first_node numbers the nodes of all documents in one row, so that maps
 * over nodes need no document beside them. */
gram_status gr_docs_open(Loader *l, Str uri, const char *text, size_t len,
                         uint32_t *doc)
{
    Doc d;
    memset(&d, 0, sizeof d);
    d.d.uri = gr_arena_copy(l->env, l->arena, uri.at, uri.len);
    d.d.text = gr_arena_copy(l->env, l->arena, text, len);
    d.d.len = len;
    d.first_node = l->n_nodes;
    if (d.d.uri == NULL || d.d.text == NULL) return GRAM_E_MEMORY;
    gram_status s =
        gr_json_read(l->env, l->arena, d.d.text, len, 0, 0, &d.d.json);
    if (s != GRAM_OK) return reword(l, uri, s);
    size_t bytes = (size_t)d.d.json.n * sizeof *d.id_of;
    d.id_of = gr_arena_take(l->env, l->arena, bytes);
    if (d.id_of == NULL) return GRAM_E_MEMORY;
    memset(d.id_of, 0, bytes);
    if (d.d.json.n > UINT32_MAX - 1 - l->n_nodes)
        return gr_fail(l->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "documents of more than 2^32 values");
    l->n_nodes += d.d.json.n;
    *doc = l->docs.n;
    return gr_vec_push(l->env, &l->docs, d);
}

/* The source of a URI, or NULL.  Hashes that are taken give way to the next
 * number; *hash is the one to put it at. */
static uint32_t *known_source(const Loader *l, Str uri, uint64_t *hash)
{
    uint32_t *i;
    *hash = gr_hash(uri.at, uri.len, 0);
    for (; (i = gr_map_find(&l->source_map, *hash)) != NULL; ++*hash)
        if (gr_str_same(l->sources.at[*i].uri, uri)) break;
    return i;
}

/* Of two with one URI the first is found. */
static gram_status put_source(Loader *l, const Source *source)
{
    uint64_t hash;
    bool known = known_source(l, source->uri, &hash) != NULL;
    GR_TRY(gr_vec_push(l->env, &l->sources, *source));
    if (known) return GRAM_OK;
    return gr_map_put(l->env, &l->source_map, hash, l->sources.n - 1);
}

/* Documents are compared by normalised URI, without fragment, like the
 * references that ask for them. */
static gram_status add_source(Loader *l, const char *uri, Source source)
{
    Str text = {uri, (uint32_t)strlen(uri)}, fragment;
    gr_uri_split(text, &text, &fragment);
    GR_TRY(gr_uri_resolve(l->env, l->arena, (Str){"", 0}, text, &source.uri));
    source.doc = GR_NO_NODE;
    return put_source(l, &source);
}

/* The caller's documents come first: they may replace a bundled one. */
static gram_status list_sources(Loader *l)
{
    if (l->sources.n > 0) return GRAM_OK;
    for (size_t i = 0; i < l->opt.n_documents; i++) {
        const gram_document *d = &l->opt.documents[i];
        GR_TRY(add_source(l, d->uri ? d->uri : "", (Source){.supplied = d}));
    }
    for (uint32_t i = 0; gr_metaschemas[i].uri != NULL; i++)
        GR_TRY(add_source(l, gr_metaschemas[i].uri, (Source){.bundled = i}));
    return GRAM_OK;
}

/* C compilers need not take long string literals: the texts come in pieces. */
static gram_status open_bundled(Loader *l, Str uri, uint32_t i, uint32_t *doc)
{
    l->text.n = 0;
    for (const char *const *p = gr_metaschemas[i].text; *p != NULL; p++) {
        uint32_t n = (uint32_t)strlen(*p);
        GR_TRY(gr_vec_reserve(l->env, &l->text, n));
        memcpy(l->text.at + l->text.n, *p, n);
        l->text.n += n;
    }
    return gr_docs_open(l, uri, l->text.at, l->text.n, doc);
}

/* Read when it is first asked for: the metaschemas are many, and most schemas
 * name none of them but by $schema. */
static gram_status open_source(Loader *l, uint32_t i)
{
    Source s = l->sources.at[i];
    if (s.doc != GR_NO_NODE) return GRAM_OK;
    if (s.supplied != NULL)
        GR_TRY(
            gr_docs_open(l, s.uri, s.supplied->text, s.supplied->len, &s.doc));
    else
        GR_TRY(open_bundled(l, s.uri, s.bundled, &s.doc));
    l->sources.at[i].doc = s.doc;
    return GRAM_OK;
}

/* Ask the caller for a document; what is found is a source like others, so that
 * a text that has it supplied is read in the same order.  One that is not found
 * is asked for again by the next reference to it; a URI with a NUL cannot be
 * told to the caller. */
static gram_status find_source(Loader *l, Str uri, uint32_t *doc)
{
    size_t len = 0;
    if (l->opt.find_document == NULL || memchr(uri.at, 0, uri.len) != NULL)
        return GRAM_OK;
    char *name = gr_arena_take(l->env, l->arena, (size_t)uri.len + 1);
    if (name == NULL) return GRAM_E_MEMORY;
    memcpy(name, uri.at, uri.len);
    name[uri.len] = 0;
    const char *text = l->opt.find_document(l->opt.find_ctx, name, &len);
    if (text == NULL) return GRAM_OK;
    GR_TRY(gr_docs_open(l, uri, text, len, doc));
    return put_source(l, &(Source){.uri = {name, uri.len}, .doc = *doc});
}

/* By its hash: a server may supply thousands. */
gram_status gr_docs_find(Loader *l, Str uri, uint32_t *doc)
{
    uint64_t hash;
    *doc = GR_NO_NODE;
    GR_TRY(list_sources(l));
    GR_TRY(gr_step(l->env, 1 + uri.len / 8));
    const uint32_t *known = known_source(l, uri, &hash);
    if (known == NULL) return find_source(l, uri, doc);
    uint32_t i = *known;
    GR_TRY(open_source(l, i));
    *doc = l->sources.at[i].doc;
    return GRAM_OK;
}

/* Bundled documents lie where they say: they need not be opened for this. */
gram_status gr_docs_scan_supplied(Loader *l)
{
    GR_TRY(list_sources(l));
    for (uint32_t i = 0; i < l->sources.n; i++) {
        if (l->sources.at[i].supplied == NULL) continue;
        GR_TRY(open_source(l, i));
        GR_TRY(gr_ids_scan(l, l->sources.at[i].doc));
    }
    return GRAM_OK;
}
