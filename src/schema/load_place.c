/* Places: the JSON pointer of a node, and errors that carry it.
 *
 * Nodes know no parents: the pointer of an error is found from the root by
 * stepping over siblings until one contains the node, which is linear in the
 * document.  A report asks for so many that their containers are written
 * down first. */
#include "schema/load_in.h"

#include <stdio.h>

/* A text of bounded length: what does not fit is dropped, and noted. */
typedef struct Out {
    char *at;
    size_t n, cap; /* cap excludes the terminator */
    bool cut;
} Out;

static void put(Out *o, const char *p, size_t n)
{
    if (n > o->cap - o->n) {
        n = o->cap - o->n;
        o->cut = true;
    }
    if (n) memcpy(o->at + o->n, p, n);
    o->n += n;
}

/* RFC 6901 section 3.  A NUL cannot stand in a C string: it is shown as the
 * replacement character. */
static void put_segment(Out *o, const char *p, size_t n)
{
    put(o, "/", 1);
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '~')
            put(o, "~0", 2);
        else if (p[i] == '/')
            put(o, "~1", 2);
        else if (p[i] == 0)
            put(o, "\xef\xbf\xbd", 3);
        else
            put(o, p + i, 1);
    }
}

/* End the text; one that was cut ends in "..." after a whole character. */
static void finish(Out *o)
{
    if (o->cut && o->cap >= 3) {
        size_t n = o->cap - 3;
        while (n > 0 && ((unsigned char)o->at[n] & 0xc0) == 0x80) n--;
        memcpy(o->at + n, "...", 3);
        o->n = n + 3;
    }
    o->at[o->n] = 0;
}

/* One step down from an object towards a node inside of it.  Returns the node
 * that the step leads to: the value, or the key itself if it was asked for
 * (both have the same pointer). */
static uint32_t put_member(Out *o, const GrJsonNode *n, uint32_t object,
                           uint32_t node)
{
    uint32_t k = object + 1;
    while (n[k + 1].next <= node) k = n[k + 1].next;
    put_segment(o, n[k].text, n[k].n);
    return node == k ? node : k + 1;
}

static void put_index(Out *o, uint32_t index)
{
    char number[12];
    int len = snprintf(number, sizeof number, "%u", index);
    put_segment(o, number, (size_t)len);
}

/* The same from an array.  `next` of a node is the first one behind all that it
 * contains, so a sibling whose `next` is not beyond the node is passed by. */
static uint32_t put_item(Out *o, const GrJsonNode *n, uint32_t array,
                         uint32_t node)
{
    uint32_t index = 0, i = array + 1;
    for (; n[i].next <= node; i = n[i].next) index++;
    put_index(o, index);
    return i;
}

static void put_pointer(Out *o, const GrJsonNode *n, uint32_t node)
{
    uint32_t at = 0;
    while (at != node)
        at = n[at].type == GR_JSON_OBJECT ? put_member(o, n, at, node)
                                          : put_item(o, n, at, node);
}

/* The schema's own text has no URI in its pointers. */
static void put_uri(Out *o, const GrLoadedDoc *d)
{
    if (d->uri[0] == 0) return;
    put(o, d->uri, strlen(d->uri));
    put(o, "#", 1);
}

void gr_place_pointer(const GrLoadedDoc *d, uint32_t node, const char *keyword,
                      char *buf, size_t cap)
{
    if (cap == 0) return;
    Out o = {buf, 0, cap - 1, false};
    put_uri(&o, d);
    put_pointer(&o, d->json.node, node);
    if (keyword != NULL) put_segment(&o, keyword, strlen(keyword));
    finish(&o);
}

/* --- many places ---------------------------------------------------------- */

/* Two passes, each linear: nodes are in text order, so the container of a node
 * is the last one begun that has not ended; and whatever follows a node inside
 * of the same container has the next index. */
gram_status gr_places_read(GrEnv *env, const GrJson *json, GrPlaces *p)
{
    const GrJsonNode *n = json->node;
    p->up.n = p->index.n = 0;
    GR_TRY(gr_vec_reserve(env, &p->up, json->n));
    GR_TRY(gr_vec_reserve(env, &p->index, json->n));
    GR_TRY(gr_step(env, json->n));
    p->up.n = p->index.n = json->n;
    for (uint32_t i = 0, in = 0; i < json->n; i++) {
        while (i >= n[in].next) in = p->up.at[in];
        p->up.at[i] = in;
        p->index.at[i] = 0;
        if (n[i].type >= GR_JSON_ARRAY) in = i;
    }
    for (uint32_t i = 0; i < json->n; i++) {
        uint32_t next = n[i].next;
        if (next < json->n && p->up.at[next] == p->up.at[i])
            p->index.at[next] = p->index.at[i] + 1;
    }
    return GRAM_OK;
}

void gr_places_clear(GrEnv *env, GrPlaces *p)
{
    gr_vec_clear(env, &p->up);
    gr_vec_clear(env, &p->index);
    gr_vec_clear(env, &p->path);
}

/* Nodes of an object alternate: keys stand before values.  So an odd index is a
 * value's, and the key is the node before it.  The path is collected upwards
 * and written downwards. */
gram_status gr_places_pointer(GrEnv *env, const GrLoadedDoc *d, GrPlaces *p,
                              uint32_t node, char *buf, size_t cap)
{
    const GrJsonNode *n = d->json.node;
    Out o = {buf, 0, cap - 1, false};
    p->path.n = 0;
    for (; node != 0; node = p->up.at[node])
        GR_TRY(gr_vec_push(env, &p->path, node));
    put_uri(&o, d);
    for (uint32_t i = p->path.n; i-- > 0;) {
        uint32_t at = p->path.at[i];
        uint32_t key = at - (p->index.at[at] & 1);
        if (n[p->up.at[at]].type == GR_JSON_ARRAY)
            put_index(&o, p->index.at[at]);
        else
            put_segment(&o, n[key].text, n[key].n);
    }
    finish(&o);
    return gr_step(env, p->path.n + 1);
}

void gr_schema_pointer(const GrLoaded *l, SchemaId id, const char *keyword,
                       char *buf, size_t cap)
{
    const GrSchema *s = gr_schema_get(l, id);
    if (cap > 0) buf[0] = 0;
    if (s->node != GR_NO_NODE)
        gr_place_pointer(&l->doc[s->doc], s->node, keyword, buf, cap);
}

/* --- errors --------------------------------------------------------------- */

/* The offset is that of the keyword, if it is there; in another document it
 * would point into the wrong text, and only the pointer says where.  `args` is
 * used up. */
static gram_status fail_at(GrEnv *env, const GrLoadedDoc *d, bool main_text,
                           uint32_t node, const char *keyword, gram_status code,
                           const char *fmt, va_list args)
{
    char message[256];
    uint32_t place = node;
    vsnprintf(message, sizeof message, fmt, args);
    const GrJson *j = &d->json;
    if (keyword != NULL && j->node[node].type == GR_JSON_OBJECT) {
        uint32_t v = gr_json_member(j, node, keyword, strlen(keyword));
        if (v != UINT32_MAX) place = v;
    }
    gr_fail(env, code, main_text ? j->node[place].at : GR_NOWHERE, "%s",
            message);
    if (env->error != NULL)
        gr_place_pointer(d, node, keyword, env->error->pointer,
                         sizeof env->error->pointer);
    return code;
}

gram_status gr_place_fail(const Loader *l, uint32_t doc, uint32_t node,
                          gram_status code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_at(l->env, &l->docs.at[doc].d, doc == 0, node, NULL, code, fmt, args);
    va_end(args);
    return code;
}

/* A schema that a policy has made has no place: the root's is given. */
gram_status gr_schema_fail(GrEnv *env, const GrLoaded *l, SchemaId id,
                           const char *keyword, gram_status code,
                           const char *fmt, ...)
{
    const GrSchema *s = gr_schema_get(l, id);
    uint32_t doc = s->node == GR_NO_NODE ? 0 : s->doc;
    va_list args;
    va_start(args, fmt);
    fail_at(env, &l->doc[doc], doc == 0, s->node == GR_NO_NODE ? 0 : s->node,
            keyword, code, fmt, args);
    va_end(args);
    return code;
}

gram_status gr_node_fail(GrEnv *env, const GrLoaded *l, uint32_t node,
                         gram_status code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_at(env, &l->doc[0], true, node, NULL, code, fmt, args);
    va_end(args);
    return code;
}

/* The place of decoded byte `want` inside the literal that begins at `at`:
 * every escape stands for 1 to 4 bytes of the decoded string.  A surrogate pair
 * is two escapes and one character.  Raw bytes are themselves.  The literal is
 * known to be well-formed. */
static size_t literal_offset(const char *text, size_t at, size_t want)
{
    size_t i = at + 1, done = 0;
    while (done < want && text[i] != '"') {
        size_t width = 1, bytes = 1;
        if (text[i] == '\\' && text[i + 1] == 'u') {
            char hex[5] = {0};
            memcpy(hex, text + i + 2, 4);
            unsigned c = 0;
            sscanf(hex, "%x", &c);
            bool pair = c >= 0xd800 && c < 0xdc00;
            width = pair ? 12 : 6;
            bytes = pair ? 4 : c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
        } else if (text[i] == '\\') {
            width = 2;
        }
        if (done + bytes > want) break;
        i += width;
        done += bytes;
    }
    return i;
}

/* Where e->line is not 0 the offset means something; line and column are worked
 * out from it later, by whoever has the text.  So it stays 0 for an error in
 * another document: its offset belongs to no text of the caller's. */
gram_status gr_place_move(const Loader *l, uint32_t doc, uint32_t node,
                          gram_status code)
{
    gram_error *e = l->env->error;
    if (e == NULL || code == GRAM_E_MEMORY) return code;
    const GrLoadedDoc *d = &l->docs.at[doc].d;
    size_t at = d->json.node[node].at;
    e->offset = e->line ? literal_offset(d->text, at, e->offset) : at;
    e->line = doc == 0;
    e->column = 0;
    gr_place_pointer(d, node, NULL, e->pointer, sizeof e->pointer);
    return code;
}
