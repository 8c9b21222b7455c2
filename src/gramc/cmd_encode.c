/* encode, decode: one JSON string, or one array of ids, a line.
 *
 *     encode    "caf\u00e9"   ->  [66, 2001]
 *     decode    [66, 2001]    ->  "caf\u00e9" as UTF-8, or {"hex":...}
 *
 * Lines, so that a run over a large file needs the vocabulary once.  A line is
 * answered by a line, whose number is its own: so an empty one is bad, unless
 * nothing follows.  The first bad line ends it, with its number. */
#include "gramc/gramc.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* --- encode --------------------------------------------------------------- */

/* Lines count from 1; the command ends with the first bad one. */
static int bad_line(size_t line, const char *what)
{
    fprintf(stderr, "gramc: line %zu: %s\n", line, what);
    return BAD_INPUT;
}

/* What the library says of a line, whose place is the line's. */
static int report_line(size_t line, gram_status s, gram_error *e)
{
    char name[48];
    snprintf(name, sizeof name, "gramc: line %zu", line);
    e->line = 0;
    return report_error(name, s, e);
}

/* cJSON ends strings at NUL, so lines are decoded here.  Reads no further than
 * the zero at the line's end. */
static bool hex4(const char *p, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        /* strchr would find the zero that ends `digits` */
        const char *at = p[i] ? strchr(digits, p[i]) : NULL;
        if (at == NULL) return false;
        *out = *out << 4 | (unsigned)((at - digits) & 15);
    }
    return true;
}

/* At most four bytes, less than the escape that they come from. */
static size_t put_utf8(unsigned c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)((0xF00u >> n & 0xF0) | c);
    return n;
}

/* The escape at p (behind the backslash); its length, 0 if bad.  The first
 * half of a pair is refused without the second. */
static size_t unescape(const char *p, char *out, size_t *n)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at = *p ? strchr(from, *p) : NULL;
    unsigned c, low;
    if (at != NULL) {
        out[(*n)++] = to[at - from];
        return 1;
    }
    if (*p != 'u' || !hex4(p + 1, &c)) return 0;
    bool pair = c >= 0xD800 && c < 0xDC00;
    if (pair && (p[5] != '\\' || p[6] != 'u' || !hex4(p + 7, &low) ||
                 low < 0xDC00 || low > 0xDFFF))
        return 0;
    if (!pair && c >= 0xDC00 && c <= 0xDFFF) return 0; /* half a character */
    if (pair) c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    *n += put_utf8(c, out + *n);
    return pair ? 11 : 5;
}

/* Decode a JSON string in place of its line; false if it is none.  `out` has
 * the line's length: no escape is shorter than what it stands for. */
static bool decode_string(const char *p, char *out, size_t *n)
{
    *n = 0;
    while (*p == ' ' || *p == '\t') p++;
    if (*p++ != '"') return false;
    while (*p && *p != '"') {
        if ((unsigned char)*p < 0x20) return false; /* JSON escapes those */
        if (*p != '\\') {
            out[(*n)++] = *p++;
            continue;
        }
        size_t len = unescape(p + 1, out, n);
        if (len == 0) return false;
        p += 1 + len;
    }
    if (*p++ != '"') return false;
    while (*p == ' ' || *p == '\t' || *p == '\r') p++;
    return *p == 0;
}

/* Normalization may make a text longer, a token is hardly shorter than a byte:
 * where four ids a byte do not suffice the library says so. */
static int encode_text(const gram_vocab *v, size_t line, const char *text,
                       size_t len)
{
    gram_error e = {0};
    size_t n = 0, cap = 4 * len + 16;
    uint32_t *ids = malloc(cap * sizeof *ids);
    if (ids == NULL) return LIMIT;
    gram_status s = gram_vocab_encode(v, text, len, ids, cap, &n, &e);
    if (s == GRAM_OK) {
        putchar('[');
        for (size_t i = 0; i < n; i++) printf("%s%u", i ? "," : "", ids[i]);
        printf("]\n");
    }
    free(ids);
    return s == GRAM_OK ? DONE : report_line(line, s, &e);
}

/* Frees what it allocates, whatever comes of the line. */
static int encode_line(const gram_vocab *v, size_t line, const char *json)
{
    size_t n;
    char *text = malloc(strlen(json) + 1);
    if (text == NULL) return LIMIT;
    int rc = decode_string(json, text, &n)
                 ? encode_text(v, line, text, n)
                 : bad_line(line, "not a JSON string");
    free(text);
    return rc;
}

/* --- decode --------------------------------------------------------------- */

/* The ids of an array; the caller frees them.  cJSON has numbers as doubles:
 * exact for ids, and whatever is not whole is refused.  `j` NULL: the line was
 * no JSON. */
static int read_ids(const gram_vocab *v, size_t line, const cJSON *j,
                    uint32_t **ids, size_t *n)
{
    *n = 0;
    if (!cJSON_IsArray(j)) return bad_line(line, "not an array of ids");
    *ids = malloc(((size_t)cJSON_GetArraySize(j) + 1) * sizeof **ids);
    if (*ids == NULL) return LIMIT;
    for (const cJSON *id = j->child; id; id = id->next) {
        double d = cJSON_IsNumber(id) ? id->valuedouble : -1;
        if (d < 0 || d >= gram_vocab_size(v) || d != (double)(uint32_t)d)
            return bad_line(line, "not a token id");
        (*ids)[(*n)++] = (uint32_t)d;
    }
    return DONE;
}

/* A line is a whole text.  The first call tells the length, and fails for want
 * of room; other errors come again with the second. */
static int decode_ids(const gram_vocab *v, size_t line, const uint32_t *ids,
                      size_t n)
{
    gram_error e = {0};
    size_t len = 0;
    gram_vocab_decode(v, ids, n, 0, NULL, 0, &len, NULL);
    char *text = malloc(len + 1);
    if (text == NULL) return LIMIT;
    gram_status s = gram_vocab_decode(v, ids, n, 0, text, len, &len, &e);
    if (s == GRAM_OK && !print_json_string(text, len)) {
        printf("{\"hex\":");
        print_hex(text, len);
        printf("}");
    }
    free(text);
    if (s != GRAM_OK) return report_line(line, s, &e);
    putchar('\n');
    return DONE;
}

/* cJSON frees what it made; `ids` may have been allocated although the line is
 * bad. */
static int decode_line(const gram_vocab *v, size_t line, const char *json)
{
    cJSON *j = cJSON_ParseWithOpts(json, NULL, true); /* nothing behind it */
    uint32_t *ids = NULL;
    size_t n;
    int rc = read_ids(v, line, j, &ids, &n);
    if (rc == DONE) rc = decode_ids(v, line, ids, n);
    free(ids);
    cJSON_Delete(j);
    return rc;
}

/* Is the line at p empty, and nothing behind it? */
static bool is_over(const char *p, const char *end)
{
    while (p < end && (*p == '\n' || *p == '\r')) p++;
    return p == end;
}

/* Ends at the first line that is bad: also one with a zero, which JSON has none
 * of, and behind which nobody would look. */
static int run_lines(const gram_vocab *v, Text *in,
                     int (*run)(const gram_vocab *v, size_t line,
                                const char *json))
{
    char *p = in->at, *past = in->at + in->len;
    int rc = DONE;
    for (size_t line = 1; rc == DONE && !is_over(p, past); line++) {
        if (ferror(stdout)) break; /* main says why */
        char *end = memchr(p, '\n', (size_t)(past - p));
        size_t len = (size_t)((end ? end : past) - p);
        p[len] = 0; /* there is a byte for it behind the last line too */
        if (len == 0 || *p == '\r')
            rc = bad_line(line, "empty");
        else
            rc = strlen(p) == len ? run(v, line, p)
                                  : bad_line(line, "a zero byte");
        p += len + (end != NULL);
    }
    return rc;
}

/* FILE stands for --vocab here.  The text gets a zero at its end, since cJSON
 * and the scanner above look for one. */
static int each_line(const Options *o,
                     int (*run)(const gram_vocab *v, size_t line,
                                const char *json))
{
    Text in = {0};
    gram_vocab *v;
    Options from = *o;
    if (from.file && !from.vocab) from.vocab = from.file;
    int rc = read_file(o->input ? o->input : "-", &in);
    if (rc != DONE) return rc;
    char *text = realloc(in.at, in.len + 1);
    if (text == NULL) {
        free(in.at);
        return LIMIT;
    }
    in.at = text;
    rc = open_vocab(&from, &v);
    if (rc == DONE) {
        rc = run_lines(v, &in, run);
        gram_vocab_free(v);
    }
    free(text);
    return rc;
}

int cmd_encode(const Options *o)
{
    return each_line(o, encode_line);
}
int cmd_decode(const Options *o)
{
    return each_line(o, decode_line);
}
