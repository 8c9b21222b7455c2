/* Tokens are copied; what stands between them is made anew. */
#include "oracle/layout.h"

#include "t.h"

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

static Out start(void)
{
    Out o = {0};
    put(&o, 0);
    o.n = 0;
    return o;
}

static void put_all(Out *o, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) put(o, text[i]);
}

static size_t string_end(const char *text, size_t len, size_t i)
{
    for (i++; i < len && text[i] != '"'; i++)
        if (text[i] == '\\') i++;
    return i < len ? i + 1 : len;
}

/* Behind a string, or one byte of anything else. */
static size_t piece_end(const char *text, size_t len, size_t i)
{
    return text[i] == '"' ? string_end(text, len, i) : i + 1;
}

static size_t skip(const char *text, size_t len, size_t i)
{
    while (i < len && text[i] && strchr(" \t\n\r", text[i])) i++;
    return i;
}

static bool is_open(char c)
{
    return c == '{' || c == '[';
}

static bool is_close(char c)
{
    return c == '}' || c == ']';
}

/* --- lines ---------------------------------------------------------------- */

static void new_line(Out *o, unsigned spaces)
{
    put(o, '\n');
    while (spaces-- > 0) put(o, ' ');
}

char *layout_print(const char *text, size_t len, unsigned indent)
{
    Out o = start();
    unsigned depth = 0;
    for (size_t i = skip(text, len, 0); i < len; i = skip(text, len, i)) {
        char c = text[i], before = o.n > 0 ? o.at[o.n - 1] : 0;
        size_t end = piece_end(text, len, i);
        if (is_close(c) && depth > 0) depth--;
        if (is_close(c) && !is_open(before)) new_line(&o, depth * indent);
        put_all(&o, text + i, end - i);
        i = skip(text, len, end);
        depth += is_open(c);
        if (is_open(c) && i < len && !is_close(text[i]))
            new_line(&o, depth * indent);
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

static void put_line(Out *o, const char *text, size_t len, bool spaced)
{
    for (size_t i = skip(text, len, 0); i < len; i = skip(text, len, i)) {
        size_t end = piece_end(text, len, i);
        put_all(o, text + i, end - i);
        if (spaced && (text[i] == ',' || text[i] == ':')) put(o, ' ');
        i = end;
    }
}

char *layout_line(const char *text, size_t len, bool spaced)
{
    Out o = start();
    put_line(&o, text, len, spaced);
    return o.at;
}

/* --- members -------------------------------------------------------------- */

/* Behind the item or member that begins here: at its comma, or the bracket. */
static size_t member_end(const char *text, size_t len, size_t i)
{
    int depth = 0;
    for (; i < len; i = piece_end(text, len, i)) {
        char c = text[i];
        if (depth == 0 && (c == ',' || is_close(c))) return i;
        depth += is_open(c) - is_close(c);
    }
    return len;
}

static void put_value(Out *o, const char *text, size_t len, uint64_t *seed);

/* A member's key and colon, and its value; an item has neither. */
static void put_member(Out *o, const char *text, size_t len, uint64_t *seed)
{
    size_t i = skip(text, len, 0), key = i;
    if (i < len && text[i] == '"')
        key = skip(text, len, string_end(text, len, i));
    if (key < len && text[key] == ':') {
        put_line(o, text, key + 1, false);
        i = key + 1;
    }
    put_value(o, text + i, len - i, seed);
}

/* All members of the container that begins here, drawn one by one. */
static void put_members(Out *o, const char *text, size_t len, bool mixed,
                        uint64_t *seed)
{
    size_t n = 0, cap = 8, (*at)[2] = malloc(cap * sizeof *at);
    for (size_t i = 1, end; at != NULL; i = end + 1, n++) {
        end = member_end(text, len, i);
        if (n == cap) at = realloc(at, (cap *= 2) * sizeof *at);
        if (at == NULL) abort();
        at[n][0] = i;
        at[n][1] = end;
        if (end >= len || text[end] != ',') break;
    }
    for (size_t left = n + 1, first = 0; left > 0; left--, first++) {
        size_t k = first + (mixed ? t_random(seed) % left : 0);
        size_t from = at[k][0], end = at[k][1];
        at[k][0] = at[first][0];
        at[k][1] = at[first][1];
        if (first > 0) put(o, ',');
        put_member(o, text + from, end - from, seed);
    }
    free(at);
}

static void put_value(Out *o, const char *text, size_t len, uint64_t *seed)
{
    size_t i = skip(text, len, 0);
    if (i == len || !is_open(text[i])) {
        put_line(o, text + i, len - i, false);
        return;
    }
    put(o, text[i]);
    put_members(o, text + i, len - i, text[i] == '{', seed);
    put(o, (char)(text[i] + 2));
}

char *layout_shuffle(const char *text, size_t len, uint64_t *seed)
{
    Out o = start();
    put_value(&o, text, len, seed);
    return o.at;
}
