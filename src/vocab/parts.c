/* Splitters: the parts of a text become smaller parts.
 *
 * A part is a span of the section; a splitter finds delimiters in each part,
 * seen alone, and its behavior says where they go:
 *
 *     text        the-end          -  is the delimiter
 *     isolated    the | - | end    removed        the | end
 *     previous    the- | end       next           the | -end
 *     contiguous  as isolated, neighbouring delimiters being one
 *
 * Inverted, what is between delimiters is the delimiter. */
#include "vocab/encoder.h"

/* Where parts go while one part is being split. */
typedef struct Cutter {
    GrEncoder *e;
    GrSpans *out;
    const GrStep *step;
    uint32_t behavior;
    bool invert;
    bool open; /* the last part pushed may still grow */
} Cutter;

static gram_status push(Cutter *c, uint32_t at, uint32_t len)
{
    if (len == 0) return GRAM_OK;
    return gr_vec_push(&c->e->env, c->out, (GrSpan){at, len});
}

/* Make the last part longer, or begin one. */
static gram_status extend(Cutter *c, uint32_t at, uint32_t len, bool join)
{
    GrSpan *last = c->out->n ? &c->out->at[c->out->n - 1] : NULL;
    if (join && last && last->at + last->len == at) {
        last->len += len;
        return GRAM_OK;
    }
    return push(c, at, len);
}

/* One stretch of the part: a delimiter or what lies between two.  For
 * GR_SPLIT_WITH_PREVIOUS a delimiter joins text before it but not another
 * delimiter; `open` says whether the last part may be joined. */
static gram_status put(Cutter *c, uint32_t at, uint32_t len, bool delimiter)
{
    if (len == 0) return GRAM_OK;
    bool open = c->open;
    switch (c->behavior) {
    case GR_SPLIT_REMOVED: return delimiter ? GRAM_OK : push(c, at, len);
    case GR_SPLIT_WITH_PREVIOUS:
        c->open = !delimiter;
        return extend(c, at, len, delimiter && open);
    case GR_SPLIT_WITH_NEXT:
        c->open = delimiter;
        return extend(c, at, len, !delimiter && open);
    case GR_SPLIT_CONTIGUOUS:
        c->open = delimiter;
        return extend(c, at, len, delimiter && open);
    default: return push(c, at, len);
    }
}

/* Source: PCRE2 for patterns, a plain search for literals. */
static gram_status next_match(Cutter *c, const char *p, uint32_t n,
                              uint32_t from, GrSpan *out)
{
    const GrRecord *r = &c->step->r;
    if (r->op == GR_OP_SPLIT_REGEX)
        return gr_pattern_next(&c->e->env, c->step->pattern, p, n, from, out);
    *out = (GrSpan){n, 0};
    if (r->len == 0) return GRAM_OK;
    for (uint32_t i = from; r->len <= n && i <= n - r->len; i++) {
        const char *hit = memchr(p + i, r->p[0], n - r->len - i + 1);
        if (hit == NULL) return GRAM_OK;
        i = (uint32_t)(hit - p);
        if (memcmp(hit, r->p, r->len) != 0) continue;
        *out = (GrSpan){i, r->len};
        return GRAM_OK;
    }
    return GRAM_OK;
}

static gram_status split_one(Cutter *c, const char *text, GrSpan part)
{
    const char *p = text + part.at;
    c->open = false;
    for (uint32_t from = 0; from < part.len;) {
        GrSpan m;
        GR_TRY(next_match(c, p, part.len, from, &m));
        GR_TRY(put(c, part.at + from, m.at - from, c->invert));
        GR_TRY(put(c, part.at + m.at, m.len, !c->invert));
        from = m.at + m.len;
    }
    return GRAM_OK;
}

/* Splitters often leave a part as it is, and texts repeat their words: then
 * the pattern is not asked again. */
static gram_status split_known(Cutter *c, const char *text, GrSpan part)
{
    GrWhole *all = c->step->whole, *w = NULL;
    const char *p = text + part.at;
    uint32_t before = c->out->n;
    if (all != NULL && part.len <= GR_WHOLE_BYTES)
        w = &all[gr_hash(p, part.len, 0) & (GR_WHOLE - 1)];
    if (w != NULL && w->len == part.len && memcmp(w->bytes, p, part.len) == 0)
        return push(c, part.at, part.len);
    GR_TRY(split_one(c, text, part));
    if (w == NULL || c->out->n != before + 1 ||
        c->out->at[before].len != part.len)
        return GRAM_OK;
    memcpy(w->bytes, p, part.len);
    w->len = (uint8_t)part.len;
    return GRAM_OK;
}

/* ▁ begins a part, with whatever follows it. */
static gram_status split_meta(GrEncoder *e, const char *text, GrSpan part)
{
    uint32_t from = part.at, end = part.at + part.len;
    for (uint32_t i = part.at + 1; i + 3 <= end; i++) {
        if (memcmp(text + i, "\xE2\x96\x81", 3) != 0) continue;
        GR_TRY(gr_vec_push(&e->env, &e->part[1], (GrSpan){from, i - from}));
        from = i;
    }
    return gr_vec_push(&e->env, &e->part[1], (GrSpan){from, end - from});
}

/* Append a part with ▁ for its spaces, and one in front of it if `prefix`
 * and there is none. */
static gram_status put_meta(GrEncoder *e, const char *p, uint32_t n,
                            bool prefix)
{
    GrText *t = &e->text[1];
    bool has = (n > 0 && p[0] == ' ') ||
               (n >= 3 && !memcmp(p, "\xE2\x96\x81", 3));
    if (prefix && !has) GR_TRY(gr_text_put(&e->env, t, "\xE2\x96\x81", 3));
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(p[i] == ' ' ? gr_text_put(&e->env, t, "\xE2\x96\x81", 3)
                           : gr_text_put(&e->env, t, p + i, 1));
    return GRAM_OK;
}

static gram_status put_prefixed(GrEncoder *e, const char *p, uint32_t n)
{
    if (n == 0 || p[0] != ' ')
        GR_TRY(gr_text_put(&e->env, &e->text[1], " ", 1));
    return gr_text_put(&e->env, &e->text[1], p, n);
}

/* Splitters that change the text: every part is written anew. */
static gram_status rewrite(GrEncoder *e, const GrRecord *r, GrBytes *text,
                           bool at_start)
{
    GrText *t = &e->text[1];
    t->n = 0;
    for (uint32_t i = 0; i < e->part[0].n; i++) {
        GrSpan *s = &e->part[0].at[i];
        const char *p = (const char *)text->p + s->at;
        uint32_t from = t->n;
        bool prefix = (r->flags & GR_META_ALWAYS) ||
                      ((r->flags & GR_META_FIRST) && at_start && i == 0);
        if (r->op == GR_OP_METASPACE)
            GR_TRY(put_meta(e, p, s->len, prefix));
        else
            GR_TRY(put_prefixed(e, p, s->len));
        *s = (GrSpan){from, t->n - from};
    }
    GrText swap = e->text[0];
    e->text[0] = e->text[1];
    e->text[1] = swap;
    *text = (GrBytes){e->text[0].at, e->text[0].n};
    return GRAM_OK;
}

gram_status gr_split_parts(GrEncoder *e, const GrStep *s, GrBytes *text,
                           bool at_start)
{
    Cutter c = {e,
                &e->part[1],
                s,
                s->r.flags & 7,
                (s->r.flags & GR_SPLIT_INVERT) != 0,
                false};
    bool meta = s->r.op == GR_OP_METASPACE;
    if (meta || s->r.op == GR_OP_PREFIX_SPACE)
        GR_TRY(rewrite(e, &s->r, text, at_start));
    if (s->r.op == GR_OP_PREFIX_SPACE) return GRAM_OK;
    if (meta && !(s->r.flags & GR_META_SPLIT)) return GRAM_OK;
    e->part[1].n = 0;
    for (uint32_t i = 0; i < e->part[0].n; i++)
        GR_TRY(meta ? split_meta(e, text->p, e->part[0].at[i])
                    : split_known(&c, text->p, e->part[0].at[i]));
    GrSpans swap = e->part[0];
    e->part[0] = e->part[1];
    e->part[1] = swap;
    return GRAM_OK;
}
