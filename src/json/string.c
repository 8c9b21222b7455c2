/* What is between quotes: checked, and decoded where it has escapes.
 *
 * Strings are scanned a block at a time for what may end them; UTF-8 is
 * looked at behind that, and only where a byte is beyond ASCII.  A string with
 * escapes is scanned once to check it and once to decode it, so that the block
 * it needs is known.  Source: RFC 8259; RFC 3629 for UTF-8. */
#include "json/scan.h"

typedef GrJsonReading Reader;

/* Unsigned differences: what lies before '0' or 'a' becomes large. */
static int hex_digit(unsigned c)
{
    if (c - '0' < 10) return (int)(c - '0');
    c |= 0x20;
    return c - 'a' < 6 ? (int)(c - 'a' + 10) : -1;
}

/* The value of the escape \uXXXX that starts at `i`, or -1. */
static int32_t unit_at(const Reader *r, uint32_t i)
{
    if (r->len - i < 6 || r->text[i] != '\\' || r->text[i + 1] != 'u')
        return -1;
    int32_t v = 0;
    for (uint32_t k = 2; k < 6; k++) {
        int d = hex_digit(r->text[i + k]);
        if (d < 0) return -1;
        v = v << 4 | d;
    }
    return v;
}

/* Is v in the half of the surrogates that starts at `first`? */
static bool is_half(int32_t v, int32_t first)
{
    return v >= first && v < first + 0x400;
}

/* Check \uXXXX, or a pair of them, at *i and step over it. */
static gram_status check_unit(const Reader *r, uint32_t *i)
{
    int32_t v = unit_at(r, *i);
    if (v < 0) {
        uint32_t k = *i + 2;
        while (k < r->len && k < *i + 6 && hex_digit(r->text[k]) >= 0) k++;
        return gr_json_bad(r, k, "\\u takes four hexadecimal digits");
    }
    if (is_half(v, 0xDC00))
        return gr_json_bad(r, *i,
                           "a low surrogate without a high one before it");
    uint32_t len = 6;
    if (is_half(v, 0xD800)) {
        if (!is_half(unit_at(r, *i + 6), 0xDC00))
            return gr_json_bad(r, *i,
                               "a high surrogate without a low one after it");
        len = 12;
    }
    *i += len;
    return GRAM_OK;
}

/* *i is at the backslash, and behind the escape afterwards. */
static gram_status check_escape(const Reader *r, uint32_t *i)
{
    unsigned c = *i + 1 < r->len ? r->text[*i + 1] : 0;
    if (c == 'u') return check_unit(r, i);
    if (*i + 1 >= r->len)
        return gr_json_bad(r, r->len, "the text ends in a string");
    if (c == 0 || strchr("\"\\/bfnrt", (int)c) == NULL)
        return gr_json_bad(r, *i, "an escape that JSON does not have");
    *i += 2;
    return GRAM_OK;
}

/* The end of a string that has been checked before. */
static uint32_t end_of_string(const Reader *r, uint32_t i, bool *escaped)
{
    *escaped = false;
    for (;;) {
        i = gr_json_quote(r, i);
        if (i >= r->len || r->text[i] == '"') return i;
        *escaped = true;
        i += 2;
    }
}

/* Check the string whose content starts at `i`: *end is its closing quote. */
static gram_status check_string(const Reader *r, uint32_t i, uint32_t *end,
                                bool *escaped)
{
    GrScanned odd;
    *escaped = false;
    for (uint32_t from = i;; from = i) {
        i = gr_json_run(r, i, &odd);
        size_t n = i - from, valid = odd ? gr_utf8_valid(r->text + from, n) : n;
        if (valid < n)
            return gr_json_bad(r, from + (uint32_t)valid,
                               "bytes that are not UTF-8");
        if (i >= r->len)
            return gr_json_bad(r, r->len, "the text ends in a string");
        if (r->text[i] == '"') break;
        if (r->text[i] != '\\')
            return gr_json_bad(r, i, "a control character in a string");
        *escaped = true;
        GR_TRY(check_escape(r, &i));
    }
    *end = i;
    return GRAM_OK;
}

/* Decode the escape at i, already checked; returns the bytes read. */
static uint32_t decode_escape(const Reader *r, uint32_t i, char *out,
                              uint32_t *n)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    unsigned c = r->text[i + 1];
    if (c != 'u') {
        out[(*n)++] = to[strchr(from, (int)c) - from];
        return 2;
    }
    uint32_t v = (uint32_t)unit_at(r, i), len = 6;
    if (is_half((int32_t)v, 0xD800)) {
        uint32_t low = (uint32_t)unit_at(r, i + 6);
        v = 0x10000 + ((v - 0xD800) << 10) + (low - 0xDC00);
        len = 12;
    }
    *n += gr_utf8_put(v, out + *n);
    return len;
}

/* Every escape is at least as long as what it stands for. */
static gram_status decode_string(Reader *r, uint32_t i, uint32_t end,
                                 const unsigned char **text, uint32_t *n)
{
    char *out = gr_arena_take(r->env, r->arena, end - i);
    if (out == NULL) return GRAM_E_MEMORY;
    *text = (unsigned char *)out;
    *n = 0;
    r->decoded = true;
    while (i < end) {
        if (r->text[i] == '\\') {
            i += decode_escape(r, i, out, n);
        } else {
            out[(*n)++] = (char)r->text[i++];
        }
    }
    return GRAM_OK;
}

/* A string without escapes stays in the text and costs no memory. */
gram_status gr_json_read_string(GrJsonReading *r)
{
    uint32_t start = r->at + 1, end = start;
    bool escaped = false;
    if (r->trusted)
        end = end_of_string(r, start, &escaped);
    else
        GR_TRY(check_string(r, start, &end, &escaped));
    const unsigned char *text = r->text + start;
    uint32_t n = end - start;
    /* what is forgotten at once need not be decoded */
    if (escaped && r->folded == 0)
        GR_TRY(decode_string(r, start, end, &text, &n));
    GR_TRY(gr_json_add(r, GR_JSON_STRING, r->at, text, n));
    r->at = end + 1;
    return GRAM_OK;
}
