/* See json_strict.h.  Recursion is bounded by STRICT_DEPTH. */
#include "fuzz/json_strict.h"

#include <string.h>

static int peek(const Strict *s)
{
    return s->at < s->len ? s->text[s->at] : -1;
}

static bool eat(Strict *s, int c)
{
    if (peek(s) != c) return false;
    s->at++;
    return true;
}

static void blanks(Strict *s)
{
    while (eat(s, ' ') || eat(s, '\t') || eat(s, '\n') || eat(s, '\r'))
        ;
}

static StrictValue *add(Strict *s, StrictKind kind)
{
    StrictValue *v = &s->value[s->n_values++];
    *v = (StrictValue){.kind = kind, .at = s->at};
    return v;
}

/* --- scalars -------------------------------------------------------------- */

static bool word(Strict *s, const char *w, StrictKind kind)
{
    StrictValue *v = add(s, kind);
    for (; *w; w++)
        if (!eat(s, (uint8_t)*w)) return false;
    v->len = s->at - v->at;
    return true;
}

static bool digits(Strict *s)
{
    size_t from = s->at;
    while (peek(s) >= '0' && peek(s) <= '9') s->at++;
    return s->at > from;
}

static bool number(Strict *s)
{
    StrictValue *v = add(s, STRICT_NUMBER);
    eat(s, '-');
    if (!eat(s, '0') && !digits(s)) return false;
    if (eat(s, '.') && !digits(s)) return false;
    if (eat(s, 'e') || eat(s, 'E')) {
        if (!eat(s, '+')) eat(s, '-');
        if (!digits(s)) return false;
    }
    v->len = s->at - v->at;
    return true;
}

/* --- strings -------------------------------------------------------------- */

static void emit(Strict *s, uint32_t byte)
{
    if (s->n_decoded < STRICT_TEXT) s->decoded[s->n_decoded++] = (uint8_t)byte;
}

static void emit_code_point(Strict *s, uint32_t c)
{
    if (c < 0x80) {
        emit(s, c);
    } else if (c < 0x800) {
        emit(s, 0xC0 | c >> 6);
        emit(s, 0x80 | (c & 63));
    } else if (c < 0x10000) {
        emit(s, 0xE0 | c >> 12);
        emit(s, 0x80 | (c >> 6 & 63));
        emit(s, 0x80 | (c & 63));
    } else {
        emit(s, 0xF0 | c >> 18);
        emit(s, 0x80 | (c >> 12 & 63));
        emit(s, 0x80 | (c >> 6 & 63));
        emit(s, 0x80 | (c & 63));
    }
}

static bool hex4(Strict *s, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        int c = peek(s);
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (d < 0) return false;
        *out = *out * 16 + (uint32_t)d;
        s->at++;
    }
    return true;
}

static bool unicode(Strict *s)
{
    uint32_t c, low;
    if (!hex4(s, &c)) return false;
    bool high = c >= 0xD800 && c < 0xDC00;
    if (s->fault == 2 && c >= 0xD800 && c < 0xE000) return true;
    if (c >= 0xDC00 && c < 0xE000) return false;
    if (high) {
        if (!eat(s, '\\') || !eat(s, 'u') || !hex4(s, &low)) return false;
        if (low < 0xDC00 || low > 0xDFFF) return false;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    emit_code_point(s, c);
    return true;
}

static bool escape(Strict *s)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    int c = peek(s);
    if (eat(s, 'u')) return unicode(s);
    const char *p = c > 0 ? strchr(from, c) : NULL;
    if (p == NULL) return false;
    s->at++;
    emit(s, (uint8_t)to[p - from]);
    return true;
}

/* One character that is no escape: well-formed UTF-8 (Unicode, table 3-7). */
static bool raw(Strict *s)
{
    uint32_t c = (uint32_t)peek(s);
    uint32_t n = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    uint32_t lo = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    uint32_t hi = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (c < 0x20 || (c > 0x7F && c < 0xC2) || c > 0xF4) return false;
    emit(s, c);
    s->at++;
    for (; n > 0; n--, lo = 0x80, hi = 0xBF) {
        int next = peek(s);
        if (next < (int)lo || next > (int)hi) return false;
        emit(s, (uint32_t)next);
        s->at++;
    }
    return true;
}

static bool string(Strict *s)
{
    StrictValue *v = add(s, STRICT_STRING);
    v->decoded = s->n_decoded;
    if (!eat(s, '"')) return false;
    while (!eat(s, '"')) {
        if (peek(s) < 0) return false;
        if (!(eat(s, '\\') ? escape(s) : raw(s))) return false;
    }
    v->len = s->at - v->at;
    v->decoded_len = s->n_decoded - v->decoded;
    return true;
}

/* --- containers ----------------------------------------------------------- */

static bool value(Strict *s, int depth);

static bool member(Strict *s, int depth)
{
    if (!string(s)) return false;
    blanks(s);
    return eat(s, ':') && value(s, depth);
}

/* `value` has been asked for behind its opening bracket. */
static bool container(Strict *s, bool object, int depth)
{
    StrictValue *v = add(s, object ? STRICT_OBJECT : STRICT_ARRAY);
    int close = object ? '}' : ']';
    s->at++;
    if (depth == 0) {
        s->too_deep = true;
        return false;
    }
    blanks(s);
    if (!eat(s, close)) {
        do {
            blanks(s);
            if (s->fault == 1 && v->n > 0 && peek(s) == close) break;
            if (!(object ? member(s, depth - 1) : value(s, depth - 1)))
                return false;
            v->n++;
            blanks(s);
        } while (eat(s, ','));
        if (!eat(s, close)) return false;
    }
    v->len = s->at - v->at;
    return true;
}

static bool value(Strict *s, int depth)
{
    blanks(s);
    switch (peek(s)) {
    case '{': return container(s, true, depth);
    case '[': return container(s, false, depth);
    case '"': return string(s);
    case 'n': return word(s, "null", STRICT_NULL);
    case 't': return word(s, "true", STRICT_TRUE);
    case 'f': return word(s, "false", STRICT_FALSE);
    default: return number(s);
    }
}

bool strict_read(Strict *s, const uint8_t *text, size_t len, int fault)
{
    s->text = text;
    s->len = len;
    s->at = s->n_values = s->n_decoded = 0;
    s->too_deep = false;
    s->fault = fault;
    if (!value(s, STRICT_DEPTH)) return false;
    blanks(s);
    return s->at == s->len;
}
