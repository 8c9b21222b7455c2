/* Tokens are copied; what stands between them is made anew. */
#include "oracle/layout.h"

#include <stdlib.h>
#include <string.h>

typedef struct Out {
    char *at;
    size_t n, cap;
} Out;

static void put(Out *o, char c)
{
    if (o->n + 2 > o->cap) {
        size_t cap = o->cap ? 2 * o->cap : 256;
        char *p = realloc(o->at, cap);
        if (p == NULL) abort();
        o->at = p;
        o->cap = cap;
    }
    o->at[o->n++] = c;
    o->at[o->n] = 0;
}

static void new_line(Out *o, unsigned spaces)
{
    put(o, '\n');
    while (spaces-- > 0) put(o, ' ');
}

static size_t string_end(const char *text, size_t len, size_t i)
{
    for (i++; i < len && text[i] != '"'; i++)
        if (text[i] == '\\') i++;
    return i < len ? i + 1 : len;
}

static size_t skip(const char *text, size_t len, size_t i)
{
    while (i < len && strchr(" \t\n\r", text[i]) && text[i]) i++;
    return i;
}

char *layout_print(const char *text, size_t len, unsigned indent)
{
    Out o = {0};
    unsigned depth = 0;
    put(&o, 0);
    o.n = 0;
    for (size_t i = skip(text, len, 0); i < len; i = skip(text, len, i)) {
        char c = text[i];
        size_t end = c == '"' ? string_end(text, len, i) : i + 1;
        bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
        if (closes && depth > 0) depth--;
        if (closes && o.n > 0 && o.at[o.n - 1] != c - 2)
            new_line(&o, depth * indent);
        for (; i < end; i++) put(&o, text[i]);
        if (opens) {
            char next = (i = skip(text, len, i)) < len ? text[i] : 0;
            depth++;
            if (next != '}' && next != ']') new_line(&o, depth * indent);
        }
        if (c == ',') new_line(&o, depth * indent);
        if (c == ':') put(&o, ' ');
    }
    return o.at;
}

bool layout_is(const char *text, size_t len, unsigned indent)
{
    char *want = layout_print(text, len, indent);
    bool same = strlen(want) == len && memcmp(want, text, len) == 0;
    free(want);
    return same;
}
