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
 * Source: RFC 8259.
 *
 * The hard part is that a text may be a few bytes or millions of values, and
 * hostile.  Memory is bounded by nodes: folding (json.h) forgets the items of a
 * large container as they come, and where that is asked for, the nodes that
 * stay have a limit. */
#include "json/scan.h"

#define NONE UINT32_MAX
enum { NODES_AT_FIRST = 1 << 14, FOLDED_NODES = 1 << 16, ITEM_NODES = 4096 };

typedef GrJsonReading Reader;

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

static inline void skip_space(Reader *r)
{
    r->at = gr_json_space(r, r->at);
}

/* --- numbers and words ---------------------------------------------------- */

static inline bool is_digit(const Reader *r, uint32_t i)
{
    return i < r->len && r->text[i] - (unsigned)'0' < 10;
}

/* Step over one or more digits. */
static inline gram_status digits(Reader *r)
{
    uint32_t i = r->at;
    while (is_digit(r, i)) i++;
    if (i == r->at) return expected(r, "a digit");
    r->at = i;
    return GRAM_OK;
}

/* Only the grammar is looked at; the text is kept, and its value asked
 * later. */
static gram_status read_number(Reader *r)
{
    uint32_t start = r->at;
    r->at += r->text[r->at] == '-';
    if (peek(r) == '0' && is_digit(r, r->at + 1))
        return gr_json_bad(r, r->at + 1, "a number with a leading zero");
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
    return gr_json_add(r, GR_JSON_NUMBER, start, r->text + start,
                       r->at - start);
}

/* The error is at the first byte that differs. */
static gram_status read_word(Reader *r, const char *word, GrJsonType type)
{
    uint32_t start = r->at;
    for (; *word != 0; word++, r->at++)
        if (peek(r) != (unsigned char)*word)
            return expected(r, "true, false or null");
    return gr_json_add(r, type, start, NULL, 0);
}

/* --- containers ----------------------------------------------------------- */

/* Up to its colon, so that a value comes next. */
static gram_status read_key(Reader *r)
{
    skip_space(r);
    if (peek(r) != '"') return expected(r, "a key in quotes");
    GR_TRY(gr_json_read_string(r));
    skip_space(r);
    if (peek(r) != ':') return expected(r, "':' after a key");
    r->at++;
    return GRAM_OK;
}

/* Forget the items, so far, of an open container that has become large.  From
 * then on each further item is forgotten when the next one begins; c->n goes on
 * counting.  Folded containers may lie in folded ones. */
static inline bool fold(Reader *r)
{
    GrJsonNode *c = &r->nodes.at[r->open];
    if (!r->folds || c->n <= GR_JSON_FOLD_ITEMS) return false;
    if (c->n == GR_JSON_FOLD_ITEMS + 1) r->folded++;
    r->nodes.n = r->open + 1;
    return true;
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
    GR_TRY(gr_json_add(r, type, r->at, NULL, 0));
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
    case '"': return gr_json_read_string(r);
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
            *more = true;
            if (fold(r)) gr_json_skip_flat(r);
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
        return gr_json_bad(r, 0, "a byte order mark is not JSON");
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
    *more = true;
    if (first || !gr_json_step(r, &r->at, ',', &r->between)) {
        skip_space(r);
        *more = peek(r) != (object ? '}' : ']');
        if (!*more) return GRAM_OK;
        if (!first) return expected(r, "','");
    }
    if (!gr_json_read_flat(r, object)) {
        if (object) GR_TRY(read_key(r));
        GR_TRY(read_tree(r));
    }
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
        if (r->decoded) gr_arena_release(r->env, r->arena, mark);
        r->decoded = false;
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
    gram_status status = gr_vec_reserve(env, &r.nodes, GR_JSON_FLAT);
    if (status == GRAM_OK) status = visit_items(&r, visit, ctx);
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
