/* URI references: RFC 3986 sections 3 (parts), 5.2 (resolution), 6.2.2.1
 * (case of scheme and host).
 *
 * In: texts of $id, $ref and document names.  Out: absolute URIs that are
 * compared byte by byte.  Nothing is ever refused here: a text that is no
 * URI simply names nothing, and the reference to it fails with its spelling.
 * Percent-encoded octets are left as they stand in URIs (section 6.2.2.2 is
 * a *may*) and decoded in fragments, where JSON pointers and anchors need
 * their bytes. */
#include "schema/load_in.h"

typedef struct Parts {
    Str scheme, authority, path, query; /* at NULL: absent */
} Parts;

/* The first '#' ends the URI; a fragment that is empty is there all
 * the same. */
void gr_uri_split(Str text, Str *uri, Str *fragment)
{
    const char *hash = text.len ? memchr(text.at, '#', text.len) : NULL;
    *uri = text;
    *fragment = (Str){NULL, 0};
    if (hash == NULL) return;
    uri->len = (uint32_t)(hash - text.at);
    *fragment = (Str){hash + 1, text.len - uri->len - 1};
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), before a colon; 0 where
 * there is none: "a/b:c" has a slash before its colon. */
static uint32_t scheme_length(Str s)
{
    for (uint32_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        if (c == ':') return i;
        bool later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (!is_alpha(c) && !(later && i > 0)) return 0;
    }
    return 0;
}

static uint32_t until(Str s, const char *stops)
{
    uint32_t i = 0;
    size_t n = strlen(stops);
    while (i < s.len && memchr(stops, s.at[i], n) == NULL) i++;
    return i;
}

/* The first n bytes, which are cut off. */
static Str take(Str *s, uint32_t n)
{
    Str head = {s->at, n};
    s->at += n;
    s->len -= n;
    return head;
}

/* Section 3, without the fragment.  Every text has parts: what is no scheme and
 * no authority is path.  Parts that are there but empty ("//", "?") differ from
 * absent ones, which have no address. */
static Parts parse(Str s)
{
    Parts p;
    memset(&p, 0, sizeof p);
    if (s.at == NULL) s.at = "";
    uint32_t n = scheme_length(s);
    if (n > 0) {
        p.scheme = take(&s, n);
        take(&s, 1);
    }
    if (s.len >= 2 && s.at[0] == '/' && s.at[1] == '/') {
        take(&s, 2);
        p.authority = take(&s, until(s, "/?"));
    }
    p.path = take(&s, until(s, "?"));
    if (s.len > 0) {
        take(&s, 1);
        p.query = s;
    }
    return p;
}

/* --- writing; the buffer is large enough by construction ------------------ */

typedef struct Out {
    char *at;
    uint32_t n;
} Out;

static void put(Out *o, Str s)
{
    if (s.len) memcpy(o->at + o->n, s.at, s.len);
    o->n += s.len;
}

/* ASCII only: scheme and host have no other letters. */
static void put_lower(Out *o, Str s)
{
    for (uint32_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        bool upper = c >= 'A' && c <= 'Z';
        o->at[o->n++] = (char)(upper ? c - 'A' + 'a' : c);
    }
}

/* Section 5.2.4, in one pass: `.` segments are left out, `..` take the last
 * segment written with them.  `from` is where the path begins in o.  The path
 * can only become shorter, so it needs no room of its own.  A relative path,
 * of a document without a base, stays one: ./a and b/../a are a, not /a. */
static void put_path(Out *o, Str path)
{
    uint32_t from = o->n;
    bool relative = path.len > 0 && path.at[0] != '/';
    while (path.len > 0) {
        bool slash = path.at[0] == '/', bare = relative && o->n == from;
        Str rest = {path.at + slash, path.len - slash};
        uint32_t n = until(rest, "/");
        bool last = n == rest.len;
        bool dot = n == 1 && rest.at[0] == '.';
        bool dots = n == 2 && rest.at[0] == '.' && rest.at[1] == '.';
        if (dots) {
            while (o->n > from && o->at[o->n - 1] != '/') o->n--;
            if (o->n > from) o->n--;
        }
        if (!dot && !dots)
            put(o, bare ? (Str){rest.at, n} : (Str){path.at, slash + n});
        else if (last && slash && !(relative && o->n == from))
            put(o, (Str){"/", 1});
        path = (Str){rest.at + n, rest.len - n};
    }
}

/* Section 5.2.3: everything of the base's path up to its last slash, then the
 * reference's path.  Without a slash there nothing of it is kept. */
static void merge(Out *tmp, const Parts *base, Str path)
{
    uint32_t n = base->path.len;
    while (n > 0 && base->path.at[n - 1] != '/') n--;
    if (base->authority.at != NULL && base->path.len == 0)
        put(tmp, (Str){"/", 1});
    else
        put(tmp, (Str){base->path.at, n});
    put(tmp, path);
}

/* Section 5.2.2: which part comes from where.  A reference of nothing but a
 * query keeps the base's path.  `tmp` holds a merged path. */
static Parts choose(const Parts *base, const Parts *ref, Out *tmp)
{
    Parts t = *ref;
    if (ref->scheme.at != NULL) return t;
    t.scheme = base->scheme;
    if (ref->authority.at != NULL) return t;
    t.authority = base->authority;
    if (ref->path.len == 0) {
        t.path = base->path;
        if (ref->query.at == NULL) t.query = base->query;
    } else if (ref->path.at[0] != '/') {
        merge(tmp, base, ref->path);
        t.path = (Str){tmp->at, tmp->n};
    }
    return t;
}

/* Hierarchical paths are normalised, those of urn: and the like are not. */
static void write(Out *o, const Parts *t)
{
    bool flat = t->scheme.at != NULL && t->authority.at == NULL &&
                (t->path.len == 0 || t->path.at[0] != '/');
    if (t->scheme.at != NULL) {
        put_lower(o, t->scheme);
        put(o, (Str){":", 1});
    }
    if (t->authority.at != NULL) {
        put(o, (Str){"//", 2});
        put_lower(o, t->authority);
    }
    if (flat)
        put(o, t->path);
    else
        put_path(o, t->path);
    if (t->query.at != NULL) {
        put(o, (Str){"?", 1});
        put(o, t->query);
    }
}

/* The result has every byte of one reference and one base at most, and "://?"
 * between: `room` of each buffer. */
gram_status gr_uri_resolve(GrEnv *env, GrArena *arena, Str base, Str ref,
                           Str *out)
{
    size_t room = (size_t)base.len + ref.len + 8;
    char *p = gr_arena_take(env, arena, 2 * room);
    if (p == NULL) return GRAM_E_MEMORY;
    Parts b = parse(base), r = parse(ref);
    Out tmp = {p + room, 0}, o = {p, 0};
    Parts t = choose(&b, &r, &tmp);
    write(&o, &t);
    o.at[o.n] = 0;
    *out = (Str){o.at, o.n};
    return GRAM_OK;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* `out` has room for in.len bytes. */
bool gr_uri_unescape(Str in, char *out, uint32_t *out_len)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < in.len; i++) {
        char c = in.at[i];
        if (c == '%') {
            if (in.len - i < 3) return false;
            int hi = hex(in.at[i + 1]), lo = hex(in.at[i + 2]);
            if (hi < 0 || lo < 0) return false;
            c = (char)(hi * 16 + lo);
            i += 2;
        }
        out[n++] = c;
    }
    *out_len = n;
    return true;
}
