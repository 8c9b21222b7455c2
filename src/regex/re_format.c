/* Formats: names -> expressions, from formats.def.
 *
 * A format is compiled when it is first asked for, by the parser that reads
 * every other pattern; nothing is built ahead.  Equal formats of one pool are
 * one expression by hash-consing. */
#include "regex/re_ast.h"

typedef struct Format {
    const char *name, *pattern, *time; /* time: behind the pattern, or NULL */
    GrFormatKind kind;
    uint32_t flags;
} Format;

static const Format FORMATS[] = {
#define GR_FORMAT(name, kind, flags, pattern)                                  \
    {name, pattern, NULL, GR_FORMAT_##kind, flags},
#define GR_TIME(name, kind, before, pattern)                                   \
    {name, before, pattern, GR_FORMAT_##kind, 0},
#include "regex/formats.def"
#undef GR_TIME
#undef GR_FORMAT
};

enum { N_FORMATS = sizeof FORMATS / sizeof FORMATS[0] };

/* The name need not end in a zero byte.  Some dozens of names, asked for once a
 * keyword: a loop will do. */
static const Format *find(const char *name, size_t len)
{
    for (uint32_t i = 0; i < N_FORMATS; i++) {
        const char *known = FORMATS[i].name;
        if (strncmp(known, name, len) == 0 && known[len] == 0) {
            return FORMATS + i;
        }
    }
    return NULL;
}

GrFormatKind gr_format_kind(const char *name, size_t len)
{
    const Format *f = find(name, len);
    return f ? f->kind : GR_FORMAT_UNKNOWN;
}

/* Whole: a format describes the string, it is not looked for in it.  Strict:
 * the table is ours, and Annex B would hide a mistake in it. */
static gram_status read_pattern(GrRe *re, const char *pattern, uint32_t flags,
                                ReId *out)
{
    return gr_re_parse(re, pattern, strlen(pattern),
                       flags | GR_RE_WHOLE | GR_RE_STRICT | RE_FORMAT, out,
                       NULL);
}

/* A time as the pattern has it, or a leap second. */
static gram_status add_time(GrRe *re, const Format *f, ReId *out)
{
    ReId time[2];
    GR_TRY(read_pattern(re, f->time, f->flags, &time[0]));
    GR_TRY(gr_leap_start(re, &time[1]));
    GR_TRY(gr_re_or(re, time, 2, &time[0]));
    return gr_re_cat(re, *out, time[0], out);
}

gram_status gr_re_format(GrRe *re, const char *name, size_t len, ReId *out)
{
    const Format *f = find(name, len);
    if (!f || !f->pattern) {
        return gr_fail(re->env, GRAM_E_UNSUPPORTED, GR_NOWHERE,
                       "no format of strings has this name");
    }
    GR_TRY(read_pattern(re, f->pattern, f->flags, out));
    return f->time != NULL ? add_time(re, f, out) : GRAM_OK;
}

const char *gr_format_name(uint32_t i, GrFormatKind *kind)
{
    if (i >= N_FORMATS) return NULL;
    if (kind) *kind = FORMATS[i].kind;
    return FORMATS[i].name;
}
