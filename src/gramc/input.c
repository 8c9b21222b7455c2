/* Files, vocabularies, grammars, and errors about them.
 *
 * Whatever a command needs is opened here, so that all of them take the same
 * operands and say the same of what is wrong.  Functions that return a code
 * have said why on stderr where it is not DONE, and then leave nothing to free.
 *
 *     FILE ---- ends in .gram, or begins with its magic ----> load
 *          `--- else: kind by --kind, by extension, JSON Schema ---->
 * compile */
#define _POSIX_C_SOURCE 200809L
#include "gramc/gramc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Right behind the call that failed: errno is read here. */
int io_error(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return IO;
}

/* False with errno of realloc, or where doubling would wrap. */
static bool grow(Text *t, size_t *cap)
{
    size_t bigger = *cap ? *cap * 2 : 65536;
    char *at = bigger > *cap ? realloc(t->at, bigger) : NULL;
    if (at == NULL) return false;
    t->at = at;
    *cap = bigger;
    return true;
}

/* By pieces, not by size: standard input and pipes have none. */
int read_file(const char *path, Text *out)
{
    bool in = strcmp(path, "-") == 0;
    FILE *f = in ? stdin : fopen(path, "rb");
    size_t cap = 0;
    *out = (Text){0};
    if (f == NULL) return io_error(path);
    /* a read that failed without a reason would show an older one */
    errno = 0;
    do {
        if (out->len == cap && !grow(out, &cap)) break;
        out->len += fread(out->at + out->len, 1, cap - out->len, f);
    } while (!feof(f) && !ferror(f));
    bool ok = feof(f) && !ferror(f);
    if (!in) fclose(f);
    if (ok) return DONE;
    free(out->at);
    *out = (Text){0};
    /* an endless file is too large, not unreadable */
    int rc = errno == ENOMEM ? LIMIT : IO;
    io_error(path);
    return rc;
}

/* Line and column where there are any, as compilers print them; the exit code
 * by who is to act: the caller, the limits, the disk, or the author of the
 * input. */
int report_error(const char *file, gram_status status, const gram_error *e)
{
    const char *message = e && e->message[0] ? e->message
                                             : gram_status_text(status);
    fprintf(stderr, "%s:", file ? file : "gramc");
    if (e && e->line) fprintf(stderr, "%u:%u:", e->line, e->column);
    if (e && e->pointer[0]) fprintf(stderr, " [%s]", e->pointer);
    fprintf(stderr, " %s\n", message);
    switch (status) {
    case GRAM_E_MEMORY:
    case GRAM_E_LIMIT: return LIMIT;
    case GRAM_E_IO: return IO;
    case GRAM_E_ARGUMENT: return USAGE;
    default: return BAD_INPUT;
    }
}

/* Case matters, as in the names themselves. */
static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* The name of a file from -o of `compile` ends in none of these: is_compiled is
 * asked first. */
static gram_kind kind_of(const Options *o)
{
    static const struct {
        const char *end;
        gram_kind kind;
    } ends[] = {
        {".json", GRAM_KIND_JSON_SCHEMA}, {".ebnf", GRAM_KIND_EBNF},
        {".gbnf", GRAM_KIND_GBNF},        {".lark", GRAM_KIND_LARK},
        {".regex", GRAM_KIND_REGEX},      {".stag", GRAM_KIND_STRUCTURAL_TAG}};
    if (o->kind) return o->kind;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(o->file, ends[i].end)) return ends[i].kind;
    return GRAM_KIND_JSON_SCHEMA;
}

/* The vocabulary copies what it needs of --specials, so that text ends here. */
int open_vocab(const Options *o, gram_vocab **out)
{
    gram_vocab_options v = {.size = sizeof v, .width = (uint32_t)o->width};
    gram_error e = {0};
    Text specials = {0};
    if (o->width > UINT32_MAX) {
        fprintf(stderr, "gramc: --width %lu is too large\n", o->width);
        return USAGE;
    }
    if (o->specials) {
        int rc = read_file(o->specials, &specials);
        if (rc != DONE) return rc;
        v.specials = specials.at;
        v.specials_len = specials.len;
    }
    gram_status s = o->vocab ? gram_vocab_load_file(o->vocab, &v, out, &e)
                             : gram_vocab_default(&v, out, &e);
    free(specials.at);
    return s == GRAM_OK
               ? DONE
               : report_error(o->vocab ? o->vocab : "(embedded)", s, &e);
}

uint32_t mask_ids(const gram_vocab *v)
{
    uint32_t n = gram_vocab_size(v), bits = 32 * gram_vocab_mask_words(v);
    return n < bits ? n : bits;
}

/* A regex file is one line: its last newline is not part of the pattern.
 * Editors end files with one; a pattern that ends with it would match nothing
 * of what its author means. */
static size_t text_len(const Text *t, gram_kind kind)
{
    size_t n = t->len;
    if (kind == GRAM_KIND_REGEX && n > 0 && t->at[n - 1] == '\n') n--;
    if (kind == GRAM_KIND_REGEX && n > 0 && t->at[n - 1] == '\r') n--;
    return n;
}

/* By its name, or because it begins like one.  The magic is repeated, since the
 * command knows gram.h alone; with --kind FILE is taken for what it says. */
static bool is_compiled(const Options *o, const Text *t)
{
    static const char magic[] = "gramART\n";
    if (o->kind) return false;
    return ends_with(o->file, ".gram") ||
           (t->len >= 8 && memcmp(t->at, magic, 8) == 0);
}

/* Microseconds since some moment: for differences only. */
double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* No FILE is no standard input: that must be asked for, by "-". */
int read_grammar(const Options *o, Text *out)
{
    if (o->file != NULL) return read_file(o->file, out);
    fprintf(stderr, "gramc: no file given (try gramc help)\n");
    return USAGE;
}

/* "-" would read as a flag in front of a message. */
static const char *shown_name(const Options *o)
{
    return strcmp(o->file, "-") ? o->file : "(stdin)";
}

/* Rules have names in grammars alone. */
static bool has_no_start(const Options *o, gram_kind kind)
{
    bool rules = kind == GRAM_KIND_EBNF || kind == GRAM_KIND_GBNF ||
                 kind == GRAM_KIND_LARK;
    if (o->grammar.start == NULL || rules) return false;
    fprintf(stderr, "%s: --start is for a grammar with rules\n", shown_name(o));
    return true;
}

/* An error of writing is one of OUT, all others are of FILE. */
int save_grammar(const Options *o, gram_progress *progress, void *ctx)
{
    gram_vocab *v;
    gram_error e = {0};
    Text text;
    int rc = read_grammar(o, &text);
    if (rc != DONE) return rc;
    if (is_compiled(o, &text)) {
        fprintf(stderr, "%s: compiled already: -o needs its source\n",
                shown_name(o));
        free(text.at);
        return USAGE;
    }
    gram_kind kind = kind_of(o);
    rc = has_no_start(o, kind) ? USAGE : open_vocab(o, &v);
    if (rc == DONE) {
        gram_status s = gram_grammar_save(
            v, kind, text.at, text_len(&text, kind), &o->grammar, o->out,
            o->mask_bytes, progress, ctx, &e);
        if (s != GRAM_OK)
            rc = report_error(s == GRAM_E_IO ? o->out : shown_name(o), s, &e);
        gram_vocab_free(v);
    }
    free(text.at);
    return rc;
}

/* What was decided when it was compiled cannot be chosen now, and to go on as
 * if would be a silent answer to another question. */
static bool reads_source(const Options *o, const Text *t)
{
    if (o->policy == NULL || !is_compiled(o, t)) return false;
    fprintf(stderr, "%s: compiled already: %s needs its source\n",
            shown_name(o), o->policy);
    return true;
}

/* *g is set with DONE only.  The time is that of the library's call alone,
 * without reading the file. */
int compile_grammar(const Options *o, const Text *text, gram_vocab *v,
                    gram_grammar **g, Made *made)
{
    gram_error e = {0};
    gram_kind kind = kind_of(o);
    if (reads_source(o, text) || has_no_start(o, kind)) return USAGE;
    double start = now_us();
    made->status = is_compiled(o, text)
                       ? gram_grammar_load_memory(v, text->at, text->len, 0,
                                                  &o->grammar, g, &e)
                       : gram_grammar_new(v, kind, text->at,
                                          text_len(text, kind), &o->grammar, g,
                                          &e);
    made->us = now_us() - start;
    return made->status == GRAM_OK
               ? DONE
               : report_error(shown_name(o), made->status, &e);
}

/* made->status is GRAM_OK also where it was not the grammar that failed; who
 * asks for it looks for one status only. */
int open_made(const Options *o, gram_vocab **v, gram_grammar **g, Made *made)
{
    Text text = {0};
    *made = (Made){GRAM_OK, 0};
    int rc = read_grammar(o, &text);
    if (rc != DONE) return rc;
    rc = open_vocab(o, v);
    if (rc == DONE) {
        rc = compile_grammar(o, &text, *v, g, made);
        if (rc != DONE) gram_vocab_free(*v);
    }
    free(text.at);
    return rc;
}

int open_grammar(const Options *o, gram_vocab **v, gram_grammar **g)
{
    Made made;
    return open_made(o, v, g, &made);
}

/* The length of the UTF-8 character at s, or 0: RFC 3629.  Table 3-7 of
 * Unicode: the second byte's range excludes overlong forms, surrogates and what
 * lies behind 10FFFF. */
static size_t utf8_length(const unsigned char *s, size_t n)
{
    static const struct {
        unsigned char lo, hi, more, second_lo, second_hi;
    } rows[] = {{0x00, 0x7F, 0, 0, 0},       {0xC2, 0xDF, 1, 0x80, 0xBF},
                {0xE0, 0xE0, 2, 0xA0, 0xBF}, {0xE1, 0xEC, 2, 0x80, 0xBF},
                {0xED, 0xED, 2, 0x80, 0x9F}, {0xEE, 0xEF, 2, 0x80, 0xBF},
                {0xF0, 0xF0, 3, 0x90, 0xBF}, {0xF1, 0xF3, 3, 0x80, 0xBF},
                {0xF4, 0xF4, 3, 0x80, 0x8F}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (s[0] < rows[i].lo || s[0] > rows[i].hi) continue;
        if (n <= rows[i].more) return 0;
        for (size_t j = 1; j <= rows[i].more; j++)
            if (j == 1 ? s[1] < rows[i].second_lo || s[1] > rows[i].second_hi
                       : (s[j] & 0xC0) != 0x80)
                return 0;
        return 1u + rows[i].more;
    }
    return 0;
}

/* All of it; the command knows libgram by gram.h alone, hence its own check. */
bool is_utf8(const char *bytes, size_t len)
{
    const unsigned char *s = (const unsigned char *)bytes;
    for (size_t i = 0, n; i < len; i += n)
        if ((n = utf8_length(s + i, len - i)) == 0) return false;
    return true;
}

/* Control characters are escaped, DEL too, which terminals act on; all else is
 * written as it is. */
bool print_json_string(const char *bytes, size_t len)
{
    const unsigned char *s = (const unsigned char *)bytes;
    if (!is_utf8(bytes, len)) return false;
    putchar('"');
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '"' || s[i] == '\\')
            printf("\\%c", s[i]);
        else if (s[i] < 0x20 || s[i] == 0x7F)
            printf("\\u%04x", s[i]);
        else
            putchar(s[i]);
    }
    putchar('"');
    return true;
}

/* As a JSON string too, for what cannot be one as it is. */
void print_hex(const char *bytes, size_t len)
{
    putchar('"');
    for (size_t i = 0; i < len; i++) printf("%02x", (unsigned char)bytes[i]);
    putchar('"');
}
