/* Text -> nodes, in one pass.
 *
 * In goes any run of bytes; out comes the flat array of json.h, or the first
 * offence with its byte.  The stack of open containers lies in the nodes
 * themselves: `next` of an open container is its parent's index until the
 * container closes.  So depth costs nothing but a counter, and there is no
 * recursion.
 *
 *     value ---scalar---------------> after
 *       |  ^                          |  |
 *       |  +------ ',' (key ':') -----+  +-- ']' '}' --> after (the parent)
 *       +--'[' '{' push ------------> value, or after where it is empty
 *
 * Strings are scanned eight bytes at a time while they are plain ASCII; a
 * string with escapes is scanned once to check it and once to decode it, so
 * that the block it needs is known.  Source: RFC 8259; RFC 3629 for UTF-8.
 *
 * The hard part is that a text may be a few bytes or millions of values, and
 * hostile.  Memory is bounded by nodes: folding (json.h) forgets the items of a
 * large container as they come, and where that is asked for, the nodes that
 * stay have a limit. */
#include "json/keys.h"

#define NONE UINT32_MAX
enum { NODES_AT_FIRST = 1 << 14, FOLDED_NODES = 1 << 16, ITEM_NODES = 4096 };

typedef struct Reader {
    GrEnv *env;
    GrArena *arena;
    const unsigned char *text;
    uint32_t len, at;
    uint32_t open; /* innermost open container, or NONE */
    uint32_t depth, max_depth;
    uint32_t max_nodes;
    uint32_t folded; /* open containers whose items are forgotten */
    bool keep_duplicates, folds;
    bool trusted; /* the text was read before: it is valid */
    GrVec(GrJsonNode) nodes;
    GrKeyScratch keys;
} Reader;

static gram_status bad(const Reader *r, uint32_t at, const char *what)
{
    return gr_fail(r->env, GRAM_E_SYNTAX, at, "%s", what);
}

/* The byte at the reading position, or 0 at the end of the text (a NUL byte
 * in the text is refused wherever this is asked, like the end). */
static inline unsigned char peek(const Reader *r)
{
    return r->at < r->len ? r->text[r->at] : 0;
}

/* `what` was expected here: say what there is instead. */
static gram_status expected(const Reader *r, const char *what)
{
    if (r->at >= r->len)
        return gr_fail(r->env, GRAM_E_SYNTAX, r->len,
                       "the text ends where %s is expected", what);
    unsigned c = r->text[r->at];
    if (c > 0x20 && c < 0x7F)
        return gr_fail(r->env, GRAM_E_SYNTAX, r->at, "expected %s, not '%c'",
                       what, (int)c);
    return gr_fail(r->env, GRAM_E_SYNTAX, r->at, "expected %s, not byte 0x%02X",
                   what, c);
}

/* The first byte at or behind i that is no space: an indentation at once. */
static inline uint32_t skip_indent(const Reader *r, uint32_t i)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t spaces = 0x2020202020202020u;
    for (uint64_t w; r->len - i >= 8; i += 8) {
        memcpy(&w, r->text + i, 8);
        if (w != spaces)
            return i + (uint32_t)(__builtin_ctzll(w ^ spaces) >> 3);
    }
#endif
    while (i < r->len && r->text[i] == ' ') i++;
    return i;
}

/* The four of RFC 8259; behind a newline mostly an indentation follows. */
static inline void skip_space(Reader *r)
{
    uint32_t i = r->at;
    while (i < r->len) {
        unsigned c = r->text[i];
        if (c > ' ' || (c != ' ' && c != '\n' && c != '\r' && c != '\t')) break;
        i = c == '\n' ? skip_indent(r, i + 1) : i + 1;
    }
    r->at = i;
}

/* A leaf, whose subtree ends behind it; containers change that. */
static inline gram_status add_node(Reader *r, GrJsonType type, uint32_t at,
                                   const unsigned char *text, uint32_t n)
{
    if (GR_UNLIKELY(r->nodes.n >= r->max_nodes))
        return gr_fail(r->env, GRAM_E_LIMIT, at, "more than %u values here",
                       r->max_nodes);
    GR_TRY(gr_vec_reserve(r->env, &r->nodes, 1));
    uint32_t i = r->nodes.n++;
    r->nodes.at[i] =
        (GrJsonNode){(uint32_t)type, at, i + 1, n, (const char *)text};
    return GRAM_OK;
}

/* --- strings -------------------------------------------------------------- */

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
        return bad(r, k, "\\u takes four hexadecimal digits");
    }
    if (is_half(v, 0xDC00))
        return bad(r, *i, "a low surrogate without a high one before it");
    uint32_t len = 6;
    if (is_half(v, 0xD800)) {
        if (!is_half(unit_at(r, *i + 6), 0xDC00))
            return bad(r, *i, "a high surrogate without a low one after it");
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
    if (*i + 1 >= r->len) return bad(r, r->len, "the text ends in a string");
    if (c == 0 || strchr("\"\\/bfnrt", (int)c) == NULL)
        return bad(r, *i, "an escape that JSON does not have");
    *i += 2;
    return GRAM_OK;
}

/* The top bit of every byte of w that is '"' or '\'.  (x - 0x01..) & ~x
 * finds zero bytes; a borrow can only mark bytes above a true hit, and the
 * lowest hit is all that is used. */
static inline uint64_t quote_bytes(uint64_t w)
{
    const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
    uint64_t quote = w ^ ones * '"', back = w ^ ones * '\\';
    return (((quote - ones) & ~quote) | ((back - ones) & ~back)) & tops;
}

/* The same of every byte that may end a plain run: also those below 0x20 or
 * above 0x7F. */
static inline uint64_t special_bytes(uint64_t w)
{
    const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
    return quote_bytes(w) | ((((w - ones * 0x20) & ~w) | w) & tops);
}

/* The first byte at or after i that is not plain ASCII string content. */
static inline uint32_t skip_plain(const Reader *r, uint32_t i)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while (r->len - i >= 8) {
        uint64_t w;
        memcpy(&w, r->text + i, 8);
        uint64_t hit = special_bytes(w);
        if (hit != 0) return i + (uint32_t)(__builtin_ctzll(hit) >> 3);
        i += 8;
    }
#endif
    for (; i < r->len; i++) {
        unsigned c = r->text[i];
        if (c < 0x20 || c > 0x7F || c == '"' || c == '\\') break;
    }
    return i;
}

/* The first '"' or '\' at or after i. */
static inline uint32_t skip_to_quote(const Reader *r, uint32_t i)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (uint64_t w; r->len - i >= 8; i += 8) {
        memcpy(&w, r->text + i, 8);
        uint64_t hit = quote_bytes(w);
        if (hit != 0) return i + (uint32_t)(__builtin_ctzll(hit) >> 3);
    }
#endif
    while (i < r->len && r->text[i] != '"' && r->text[i] != '\\') i++;
    return i;
}

/* The end of a string that has been checked before. */
static uint32_t end_of_string(const Reader *r, uint32_t i, bool *escaped)
{
    *escaped = false;
    for (;;) {
        i = skip_to_quote(r, i);
        if (i >= r->len || r->text[i] == '"') return i;
        *escaped = true;
        i += 2;
    }
}

/* Step over one UTF-8 sequence. */
static gram_status check_utf8(const Reader *r, uint32_t *i)
{
    uint32_t n;
    if (GR_LIKELY(r->len - *i > 1 && r->text[*i] - 0xC2u < 0x1E &&
                  (r->text[*i + 1] & 0xC0) == 0x80)) {
        *i += 2; /* Latin, Greek, and the byte alphabet of tokenizers */
        return GRAM_OK;
    }
    if (gr_utf8_get(r->text + *i, r->len - *i, &n) == UINT32_MAX)
        return bad(r, *i, "bytes that are not UTF-8");
    *i += n;
    return GRAM_OK;
}

/* Check the string whose content starts at `i`: *end is its closing quote. */
static gram_status check_string(const Reader *r, uint32_t i, uint32_t *end,
                                bool *escaped)
{
    *escaped = false;
    for (;;) {
        i = skip_plain(r, i);
        if (i >= r->len) return bad(r, r->len, "the text ends in a string");
        unsigned c = r->text[i];
        if (c == '"') break;
        if (c == '\\') {
            *escaped = true;
            GR_TRY(check_escape(r, &i));
        } else if (c < 0x20) {
            return bad(r, i, "a control character in a string");
        } else {
            GR_TRY(check_utf8(r, &i));
        }
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
static gram_status decode_string(const Reader *r, uint32_t i, uint32_t end,
                                 const unsigned char **text, uint32_t *n)
{
    char *out = gr_arena_take(r->env, r->arena, end - i);
    if (out == NULL) return GRAM_E_MEMORY;
    *text = (unsigned char *)out;
    *n = 0;
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
static gram_status read_string(Reader *r)
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
    GR_TRY(add_node(r, GR_JSON_STRING, r->at, text, n));
    r->at = end + 1;
    return GRAM_OK;
}

/* --- numbers and words ---------------------------------------------------- */

static inline bool is_digit(const Reader *r, uint32_t i)
{
    return i < r->len && r->text[i] - (unsigned)'0' < 10;
}

/* Step over one or more digits. */
static gram_status digits(Reader *r)
{
    if (!is_digit(r, r->at)) return expected(r, "a digit");
    do r->at++;
    while (is_digit(r, r->at));
    return GRAM_OK;
}

/* Only the grammar is looked at; the text is kept, and its value asked
 * later. */
static gram_status read_number(Reader *r)
{
    uint32_t start = r->at;
    r->at += r->text[r->at] == '-';
    if (peek(r) == '0' && is_digit(r, r->at + 1))
        return bad(r, r->at + 1, "a number with a leading zero");
    GR_TRY(digits(r));
    if (peek(r) == '.') {
        r->at++;
        GR_TRY(digits(r));
    }
    if ((peek(r) | 0x20) == 'e') {
        r->at++;
        r->at += peek(r) == '+' || peek(r) == '-';
        GR_TRY(digits(r));
    }
    return add_node(r, GR_JSON_NUMBER, start, r->text + start, r->at - start);
}

/* The error is at the first byte that differs. */
static gram_status read_word(Reader *r, const char *word, GrJsonType type)
{
    uint32_t start = r->at;
    for (; *word != 0; word++, r->at++)
        if (peek(r) != (unsigned char)*word)
            return expected(r, "true, false or null");
    return add_node(r, type, start, NULL, 0);
}

/* --- containers ----------------------------------------------------------- */

/* Up to its colon, so that a value comes next. */
static gram_status read_key(Reader *r)
{
    skip_space(r);
    if (peek(r) != '"') return expected(r, "a key in quotes");
    GR_TRY(read_string(r));
    skip_space(r);
    if (peek(r) != ':') return expected(r, "':' after a key");
    r->at++;
    return GRAM_OK;
}

/* Forget the items, so far, of an open container that has become large.  From
 * then on each further item is forgotten when the next one begins; c->n goes on
 * counting.  Folded containers may lie in folded ones. */
static inline void fold(Reader *r)
{
    GrJsonNode *c = &r->nodes.at[r->open];
    if (!r->folds || c->n <= GR_JSON_FOLD_ITEMS) return;
    if (c->n == GR_JSON_FOLD_ITEMS + 1) r->folded++;
    r->nodes.n = r->open + 1;
}

/* When the object closes: see keys.h.  One member is its own. */
static gram_status check_keys(Reader *r, uint32_t object)
{
    if (r->nodes.at[object].n < 2 || r->keep_duplicates) return GRAM_OK;
    GrMembers m = {r->env, r->text, r->len, r->nodes.n, r->nodes.at};
    return gr_members_check(&m, object, &r->keys);
}

/* The last item of a folded one is forgotten here; `next` was the parent. */
static gram_status close_container(Reader *r)
{
    uint32_t i = r->open;
    if (r->folds && r->nodes.at[i].n > GR_JSON_FOLD_ITEMS) {
        r->nodes.n = i + 1;
        r->folded--;
    }
    if (r->nodes.at[i].type == GR_JSON_OBJECT) GR_TRY(check_keys(r, i));
    r->open = r->nodes.at[i].next;
    r->nodes.at[i].next = r->nodes.n;
    r->depth--;
    r->at++;
    return GRAM_OK;
}

/* Open a container; *more tells whether a value comes next. */
static gram_status open_container(Reader *r, GrJsonType type, bool *more)
{
    if (r->depth >= r->max_depth)
        return gr_fail(r->env, GRAM_E_LIMIT, r->at, "nested deeper than %u",
                       r->max_depth);
    GR_TRY(add_node(r, type, r->at, NULL, 0));
    uint32_t i = r->nodes.n - 1;
    r->nodes.at[i].next = r->open;
    r->open = i;
    r->depth++;
    r->at++;
    skip_space(r);
    *more = peek(r) != (type == GR_JSON_OBJECT ? '}' : ']');
    /* [] and {} close at once; else there is a first item */
    if (!*more) return close_container(r);
    r->nodes.at[i].n = 1;
    return type == GR_JSON_OBJECT ? read_key(r) : GRAM_OK;
}

/* Read one value, or the opening of one; *more as in open_container. */
static gram_status read_value(Reader *r, bool *more)
{
    skip_space(r);
    *more = false;
    switch (peek(r)) {
    case '"': return read_string(r);
    case '{': return open_container(r, GR_JSON_OBJECT, more);
    case '[': return open_container(r, GR_JSON_ARRAY, more);
    case 't': return read_word(r, "true", GR_JSON_TRUE);
    case 'f': return read_word(r, "false", GR_JSON_FALSE);
    case 'n': return read_word(r, "null", GR_JSON_NULL);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return read_number(r);
    default: return expected(r, "a value");
    }
}

/* After a value: step over the comma (and the next key), or close what ends
 * here; *more is false only at the end of the document's value. */
static gram_status after_value(Reader *r, bool *more)
{
    *more = false;
    while (r->open != NONE) {
        skip_space(r);
        GrJsonNode *c = &r->nodes.at[r->open];
        bool object = c->type == GR_JSON_OBJECT;
        if (peek(r) == ',') {
            r->at++;
            c->n++;
            fold(r);
            *more = true;
            return object ? read_key(r) : GRAM_OK;
        }
        if (peek(r) != (object ? '}' : ']'))
            return expected(r, object ? "',' or '}'" : "',' or ']'");
        GR_TRY(close_container(r));
    }
    return GRAM_OK;
}

/* Read one value whole.  Two states take turns: a value is due, or one has just
 * ended. */
static gram_status read_tree(Reader *r)
{
    bool more = true;
    while (more) {
        GR_TRY(read_value(r, &more));
        if (!more) GR_TRY(after_value(r, &more));
    }
    return GRAM_OK;
}

/* A byte order mark would be taken by some readers and refused by others: RFC
 * 8259 section 8.1 has none written. */
static gram_status read_document(Reader *r)
{
    if (r->len >= 3 && memcmp(r->text, "\xEF\xBB\xBF", 3) == 0)
        return bad(r, 0, "a byte order mark is not JSON");
    GR_TRY(read_tree(r));
    skip_space(r);
    return r->at == r->len ? GRAM_OK : expected(r, "the end of the text");
}

/* The nodes grow in a vector, where growing frees the old block, and move
 * into the arena once their number is known. */
static gram_status keep_nodes(Reader *r, GrJson *out)
{
    size_t bytes = (size_t)r->nodes.n * sizeof *r->nodes.at;
    GrJsonNode *node = gr_arena_take(r->env, r->arena, bytes);
    if (node == NULL) return GRAM_E_MEMORY;
    memcpy(node, r->nodes.at, bytes);
    *out = (GrJson){node, r->nodes.n};
    return GRAM_OK;
}

gram_status gr_json_read(GrEnv *env, GrArena *arena, const char *text,
                         size_t len, uint32_t max_depth, uint32_t flags,
                         GrJson *out)
{
    if (len >= UINT32_MAX)
        return gr_fail(env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a document of 4 GiB or more");
    GR_TRY(gr_step(env, len / 8 + 1));
    Reader r = {
        .env = env,
        .arena = arena,
        .text = (const unsigned char *)text,
        .len = (uint32_t)len,
        .open = NONE,
        .max_depth = max_depth ? max_depth : GR_LIMIT_JSON_DEPTH,
        .max_nodes = NONE,
        .keep_duplicates = flags & (GR_JSON_KEEP_DUPLICATES | GR_JSON_FOLD),
        .folds = flags & GR_JSON_FOLD,
    };
    if (r.folds) r.max_nodes = FOLDED_NODES + r.len / 64;
    /* a value takes 12 bytes or so; a short text needs no growing */
    size_t guess = len / 12 + 4;
    if (guess > NODES_AT_FIRST) guess = NODES_AT_FIRST;
    gram_status status = gr_vec_reserve(env, &r.nodes, guess);
    if (status == GRAM_OK) status = read_document(&r);
    if (status == GRAM_OK) status = keep_nodes(&r, out);
    gr_vec_clear(env, &r.nodes);
    gr_members_clear(env, &r.keys);
    return status;
}

/* --- items of one container ----------------------------------------------- */

/* The item at r->at; false in *more where the container ends instead. */
static gram_status read_item(Reader *r, bool object, bool first, bool *more)
{
    uint32_t start = r->at;
    r->nodes.n = 0;
    skip_space(r);
    *more = peek(r) != (object ? '}' : ']');
    if (!*more) return GRAM_OK;
    if (!first && peek(r) != ',') return expected(r, "','");
    r->at += !first;
    if (object) GR_TRY(read_key(r));
    GR_TRY(read_tree(r));
    return gr_step(r->env, (r->at - start) / 8 + 1);
}

static gram_status visit_items(Reader *r, GrJsonVisit *visit, void *ctx)
{
    bool object = r->text[r->at++] == '{', first = true, more = true;
    /* a block before the mark keeps the chunk from one item to the next */
    if (gr_arena_take(r->env, r->arena, 1) == NULL) return GRAM_E_MEMORY;
    const GrArenaMark mark = gr_arena_mark(r->arena);
    while (more) {
        GR_TRY(read_item(r, object, first, &more));
        const GrJson item = {r->nodes.at, r->nodes.n};
        if (more) GR_TRY(visit(ctx, &item));
        gr_arena_release(r->env, r->arena, mark);
        first = false;
    }
    return GRAM_OK;
}

/* The text has been read before: strings and duplicate keys are not checked
 * again. */
gram_status gr_json_each(GrEnv *env, const char *text, size_t len, uint32_t at,
                         GrJsonVisit *visit, void *ctx)
{
    GrArena strings = {NULL};
    Reader r = {
        .env = env,
        .arena = &strings,
        .text = (const unsigned char *)text,
        .len = (uint32_t)len,
        .at = at,
        .open = NONE,
        .max_depth = GR_LIMIT_JSON_DEPTH,
        .max_nodes = ITEM_NODES,
        .keep_duplicates = true,
        .trusted = true,
    };
    gram_status status = visit_items(&r, visit, ctx);
    gr_vec_clear(env, &r.nodes);
    gr_arena_clear(env, &strings);
    return status;
}

/* A key's value is the node behind it; the next key is behind the value. */
uint32_t gr_json_member(const GrJson *j, uint32_t object, const char *key,
                        size_t key_len)
{
    const GrJsonNode *o = &j->node[object];
    if (o->type != GR_JSON_OBJECT) return UINT32_MAX;
    for (uint32_t k = object + 1; k < o->next; k = j->node[k + 1].next) {
        const GrJsonNode *s = &j->node[k];
        if (s->n == key_len &&
            (key_len == 0 || memcmp(s->text, key, key_len) == 0))
            return k + 1;
    }
    return UINT32_MAX;
}
