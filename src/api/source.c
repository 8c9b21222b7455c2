/* A source as an image: what gram_grammar_new was given, so that a compiled
 * grammar can be compiled again.
 *
 *     kind and options as numbers | text | start rule | documents
 *
 * Allocator and memory limit are not part of it: they belong to who loads.
 *
 *     SourceHead, 64-bit aligned
 *     length, bytes, 0      text
 *     length, bytes, 0      start rule with its own zero; length 0: none
 *     (length, bytes, 0     URI
 *      length, bytes, 0) *  document
 *
 * The same bytes serve as the key of the cache (cache.c), so that equal sources
 * must give equal images: all fields are set, none depends on an address.  When
 * read, texts lie in the image and are not copied; only the list of documents
 * is. */
#include "api/api.h"

/* Numbers of fixed width, in no order that matters; `unused` keeps the last
 * field aligned and is 0. */
typedef struct SourceHead {
    uint32_t kind, max_depth, draft, whitespace, whitespace_max, key_order;
    uint32_t escapes, formats, unknown_format, unknown_keyword, additional;
    uint32_t numbers, number_digits, max_string, max_items, nullable;
    uint32_t regex_flags, n_documents, indent, unused;
    uint64_t max_steps;
} SourceHead;

/* --- writing -------------------------------------------------------------- */

static gram_status put_bytes(GrEnv *env, GrText *t, const char *p, size_t n)
{
    uint64_t len = n;
    GR_TRY(gr_image_put(env, t, &len, sizeof len));
    GR_TRY(gr_image_put(env, t, p, n));
    return gr_image_put(env, t, "", 1); /* strings end with a zero */
}

/* Every option that a front end reads, but for the callback: the documents that
 * it found are in the list by now (compile.c). */
static SourceHead head_of(gram_kind kind, const gram_options *o)
{
    return (SourceHead){.kind = kind,
                        .max_depth = o->max_depth,
                        .draft = o->draft,
                        .whitespace = o->whitespace,
                        .whitespace_max = o->whitespace_max,
                        .key_order = o->key_order,
                        .escapes = o->escapes,
                        .formats = o->formats,
                        .unknown_format = o->unknown_format,
                        .unknown_keyword = o->unknown_keyword,
                        .additional = o->additional,
                        .numbers = o->numbers,
                        .number_digits = o->number_digits,
                        .max_string = o->max_string,
                        .max_items = o->max_items,
                        .nullable = o->nullable != 0,
                        .regex_flags = o->regex_flags,
                        .n_documents = (uint32_t)o->n_documents,
                        .indent = o->indent,
                        .max_steps = o->max_steps};
}

/* No start rule and an empty one differ: the latter has the length 1. */
gram_status gr_source_put(GrEnv *env, GrText *image, const GrSource *s)
{
    const gram_options *o = &s->options;
    SourceHead head = head_of(s->kind, o);
    const char *start = o->start ? o->start : "";
    GR_TRY(gr_image_put(env, image, &head, sizeof head));
    GR_TRY(put_bytes(env, image, s->text, s->len));
    GR_TRY(put_bytes(env, image, start, o->start ? strlen(start) + 1 : 0));
    for (size_t i = 0; i < o->n_documents; i++) {
        const gram_document *d = &o->documents[i];
        GR_TRY(put_bytes(env, image, d->uri, strlen(d->uri)));
        GR_TRY(put_bytes(env, image, d->text, d->len));
    }
    return GRAM_OK;
}

/* --- reading -------------------------------------------------------------- */

/* A string in place; it ends with a zero wherever it lies. "" with img->bad
 * where it does not: callers go on, and look once. */
static const char *take_bytes(GrImage *img, size_t *n)
{
    const uint64_t *len = gr_image_take(img, sizeof *len);
    *n = 0;
    if (len == NULL || *len > img->len) {
        img->bad = true;
        return "";
    }
    const char *p = gr_image_take(img, (size_t)*len);
    const char *zero = gr_image_take(img, 1);
    if (zero == NULL || *zero != 0) {
        img->bad = true;
        return "";
    }
    *n = (size_t)*len;
    return p;
}

/* Any number may stand there: gr_source_is_valid refuses unknown ones. */
static void read_head(const SourceHead *h, gram_options *o)
{
    o->size = sizeof *o;
    o->max_depth = h->max_depth;
    o->draft = (gram_draft)h->draft;
    o->whitespace = (gram_whitespace)h->whitespace;
    o->whitespace_max = h->whitespace_max;
    o->key_order = (gram_key_order)h->key_order;
    o->escapes = (gram_escapes)h->escapes;
    o->formats = (gram_formats)h->formats;
    o->unknown_format = (gram_unknown)h->unknown_format;
    o->unknown_keyword = (gram_unknown)h->unknown_keyword;
    o->additional = (gram_additional)h->additional;
    o->numbers = (gram_numbers)h->numbers;
    o->number_digits = h->number_digits;
    o->max_string = h->max_string;
    o->max_items = h->max_items;
    o->nullable = (int)h->nullable;
    o->regex_flags = h->regex_flags;
    o->indent = h->indent;
    o->max_steps = h->max_steps;
}

/* A URI is used as a string: no zero may lie inside of it, or the rest would be
 * lost without a word. A forged count is refused before it is allocated for:
 * each document takes bytes of the image. */
static gram_status take_documents(GrEnv *env, GrImage *img, uint32_t n,
                                  GrSource *s)
{
    if (n > img->len) img->bad = true;
    if (n == 0 || img->bad) return GRAM_OK;
    s->documents = gr_zalloc(env, n, sizeof *s->documents);
    if (s->documents == NULL) return GRAM_E_MEMORY;
    s->n_documents = n;
    for (uint32_t i = 0; i < n; i++) {
        size_t len;
        s->documents[i].uri = take_bytes(img, &len);
        img->bad |= memchr(s->documents[i].uri, 0, len) != NULL;
        s->documents[i].text = take_bytes(img, &s->documents[i].len);
    }
    s->options.documents = s->documents;
    s->options.n_documents = n;
    return GRAM_OK;
}

/* GRAM_OK with img->bad where the bytes are none; s may then be cleared as
 * ever. */
gram_status gr_source_take(GrEnv *env, GrImage *img, GrSource *s)
{
    size_t start_len;
    const SourceHead *head = gr_image_take(img, sizeof *head);
    memset(s, 0, sizeof *s);
    if (head == NULL) return GRAM_OK;
    s->kind = (gram_kind)head->kind;
    read_head(head, &s->options);
    s->text = take_bytes(img, &s->len);
    const char *start = take_bytes(img, &start_len);
    if (start_len > 0) s->options.start = start;
    img->bad |= start_len > 0 && start[start_len - 1] != 0;
    return take_documents(env, img, head->n_documents, s);
}

void gr_source_clear(GrEnv *env, GrSource *s)
{
    gr_free(env, s->documents, s->n_documents * sizeof *s->documents);
    memset(s, 0, sizeof *s);
}

/* --- reports -------------------------------------------------------------- */

/* A count, and for each entry a number and three strings. */
gram_status gr_report_put(GrEnv *env, GrText *image, const GrReport *r)
{
    uint64_t n = r->entries.n;
    GR_TRY(gr_image_put(env, image, &n, sizeof n));
    for (uint32_t i = 0; i < r->entries.n; i++) {
        const gram_report_entry *e = &r->entries.at[i];
        uint64_t kind = e->kind;
        GR_TRY(gr_image_put(env, image, &kind, sizeof kind));
        GR_TRY(put_bytes(env, image, e->keyword, strlen(e->keyword)));
        GR_TRY(put_bytes(env, image, e->pointer, strlen(e->pointer)));
        GR_TRY(put_bytes(env, image, e->note, strlen(e->note)));
    }
    return GRAM_OK;
}

/* The count is not trusted: a loop ends with the bytes. */
gram_status gr_report_take(GrEnv *env, GrImage *img, GrReport *r)
{
    const uint64_t *n = gr_image_take(img, sizeof *n);
    for (uint64_t i = 0; n != NULL && i < *n && !img->bad; i++) {
        const uint64_t *kind = gr_image_take(img, sizeof *kind);
        size_t len;
        const char *keyword = take_bytes(img, &len);
        const char *pointer = take_bytes(img, &len);
        const char *note = take_bytes(img, &len);
        img->bad |= kind == NULL || *kind > GRAM_REPORT_WARNING;
        if (img->bad) break;
        GR_TRY(gr_report_add(env, r, (gram_report_kind)*kind, keyword, pointer,
                             note));
    }
    r->complete = true;
    return GRAM_OK;
}

/* All or nothing, so that a report that exists is complete. */
gram_status gr_report_copy(GrEnv *env, const GrReport *from, GrReport *to)
{
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < from->entries.n && status == GRAM_OK; i++) {
        const gram_report_entry *e = &from->entries.at[i];
        status =
            gr_report_add(env, to, e->kind, e->keyword, e->pointer, e->note);
    }
    to->complete = status == GRAM_OK;
    if (!to->complete) gr_report_clear(env, to);
    return status;
}
