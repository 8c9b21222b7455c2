/* Canonical values, and strings as JSON.
 *
 * A value becomes a key of words whose first word is its kind:
 *
 *     null false true      [type]
 *     number               [type, negative, exp lo, exp hi, n, digits]
 *     string               [type, n, bytes]
 *     array                [type, id of item 0, id of item 1, ...]
 *     object               [type, key id, value id, ...]  sorted by key id
 *
 * Digits and bytes are packed four to a word.  Children come after their
 * parent in the node array, so one walk from the last node to the first has
 * every child's id ready: no recursion, O(nodes + text), and O(m log m) for
 * an object of m members.  With GR_JSON_KEEP_DUPLICATES an object is the
 * multiset of its members. */
#include "json/order.h"

typedef struct Canon {
    GrEnv *env;
    const GrIntern *pool;
    GrIntern *add; /* the same; NULL: values are only looked for */
    const GrJson *j;
    uint32_t root;
    uint32_t *id;         /* id[i - root] of node i */
    GrVec(uint32_t) word; /* the key being built */
    GrVec(GrOrdered) pair;
    GrArena arena; /* digits of numbers with a point */
} Canon;

/* Append n bytes, zero-padded to words.  The number of bytes stands in the key,
 * so the padding tells nothing; least byte first on every machine. */
static gram_status pack(Canon *c, const char *bytes, uint32_t n)
{
    uint32_t words = n / 4 + (n % 4 != 0);
    GR_TRY(gr_vec_reserve(c->env, &c->word, words));
    for (uint32_t i = 0; i < words; i++) {
        uint32_t w = 0;
        for (uint32_t k = 4; k-- > 0;)
            w = w << 8 | (4 * i + k < n ? (unsigned char)bytes[4 * i + k] : 0);
        c->word.at[c->word.n++] = w;
    }
    return GRAM_OK;
}

/* By value: 1, 1.0 and 10e-1 are one; true is another kind. */
static gram_status number_key(Canon *c, const GrJsonNode *node)
{
    GrDecimal d;
    GR_TRY(gr_decimal_read(c->env, &c->arena, node->text, node->n, &d));
    GR_TRY(gr_vec_push(c->env, &c->word, d.negative));
    GR_TRY(gr_vec_push(c->env, &c->word, (uint32_t)d.exp));
    GR_TRY(gr_vec_push(c->env, &c->word, (uint32_t)(d.exp >> 32)));
    GR_TRY(gr_vec_push(c->env, &c->word, d.n));
    return pack(c, d.digits, d.n);
}

static gram_status array_key(Canon *c, uint32_t i)
{
    const GrJsonNode *node = c->j->node;
    GR_TRY(gr_vec_reserve(c->env, &c->word, node[i].n));
    for (uint32_t k = i + 1; k < node[i].next; k = node[k].next)
        c->word.at[c->word.n++] = c->id[k - c->root];
    return GRAM_OK;
}

/* A pair is ranked by its two ids together.  Ids, not names, decide the order:
 * any order will do that depends on the members alone. */
static gram_status object_key(Canon *c, uint32_t i)
{
    const GrJsonNode *node = c->j->node;
    uint32_t n = node[i].n, m = 0;
    if (n == 0) return GRAM_OK;
    c->pair.n = 0;
    GR_TRY(gr_vec_reserve(c->env, &c->pair, 2 * (uint64_t)n));
    GR_TRY(gr_vec_reserve(c->env, &c->word, 2 * (uint64_t)n));
    GrOrdered *pair = c->pair.at;
    for (uint32_t k = i + 1; k < node[i].next; k = node[k + 1].next) {
        const uint32_t *id = c->id + (k - c->root);
        pair[m++] = (GrOrdered){gr_pair(id[0], id[1]), k};
    }
    gr_order_sort(pair, pair + n, n, NULL);
    for (uint32_t k = 0; k < n; k++) {
        c->word.at[c->word.n++] = (uint32_t)(pair[k].rank >> 32);
        c->word.at[c->word.n++] = (uint32_t)pair[k].rank;
    }
    return GRAM_OK;
}

/* The key of node i, whose children have their ids; the names of members are
 * children like others. */
static gram_status node_id(Canon *c, uint32_t i)
{
    const GrJsonNode *node = &c->j->node[i];
    c->word.n = 0;
    GR_TRY(gr_vec_push(c->env, &c->word, node->type));
    GR_TRY(gr_step(c->env, node->n / 8 + 1));
    switch ((GrJsonType)node->type) {
    case GR_JSON_NULL:
    case GR_JSON_FALSE:
    case GR_JSON_TRUE: break;
    case GR_JSON_NUMBER: GR_TRY(number_key(c, node)); break;
    case GR_JSON_STRING:
        GR_TRY(gr_vec_push(c->env, &c->word, node->n));
        GR_TRY(pack(c, node->text, node->n));
        break;
    case GR_JSON_ARRAY: GR_TRY(array_key(c, i)); break;
    case GR_JSON_OBJECT: GR_TRY(object_key(c, i)); break;
    }
    uint32_t *id = &c->id[i - c->root];
    if (c->add != NULL)
        return gr_intern(c->env, c->add, c->word.at, c->word.n, id, NULL);
    *id = gr_intern_find(c->pool, c->word.at, c->word.n);
    return GRAM_OK;
}

/* From the last node to the first, or to one whose value is not there. */
static gram_status root_id(Canon *c, uint32_t n, uint32_t *id)
{
    uint32_t k = n;
    *id = 0;
    while (k > 0 && *id != UINT32_MAX) {
        GR_TRY(node_id(c, c->root + --k));
        *id = c->id[k];
    }
    return GRAM_OK;
}

/* Scratch is freed on each way out; what has been interned stays, and does no
 * harm. */
static gram_status find_id(Canon *c, uint32_t *id)
{
    GrEnv *env = c->env;
    uint32_t n = c->j->node[c->root].next - c->root, at;
    c->id = gr_zalloc(env, n, sizeof *c->id);
    if (c->id == NULL) return GRAM_E_MEMORY;
    gram_status status = root_id(c, n, &at);
    if (status == GRAM_OK) *id = at;
    gr_free(env, c->id, (size_t)n * sizeof *c->id);
    gr_vec_clear(env, &c->word);
    gr_vec_clear(env, &c->pair);
    gr_arena_clear(env, &c->arena);
    return status;
}

gram_status gr_json_canon(GrEnv *env, GrIntern *pool, const GrJson *j,
                          uint32_t i, uint32_t *id)
{
    Canon c = {.env = env, .pool = pool, .add = pool, .j = j, .root = i};
    return find_id(&c, id);
}

gram_status gr_json_find(GrEnv *env, const GrIntern *pool, const GrJson *j,
                         uint32_t i, uint32_t *id)
{
    Canon c = {.env = env, .pool = pool, .j = j, .root = i};
    return find_id(&c, id);
}

/* --- writer --------------------------------------------------------------- */

/* The letter of the two-character escape of c, or 0. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

/* Room for six bytes is there. */
static void write_byte(GrText *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char letter = short_escape(c), *p = out->at + out->n;
    if (letter != 0) {
        p[0] = '\\';
        p[1] = letter;
        out->n += 2;
    } else if (c < 0x20) {
        memcpy(p, "\\u00", 4);
        p[4] = hex[c >> 4];
        p[5] = hex[c & 15];
        out->n += 6;
    } else {
        p[0] = (char)c;
        out->n++;
    }
}

/* What is no escape goes out as it is, characters beyond ASCII too.  On failure
 * nothing has been appended. */
gram_status gr_json_write_string(GrEnv *env, GrText *out, const char *bytes,
                                 size_t n)
{
    size_t valid = gr_utf8_valid(bytes, n);
    if (valid < n)
        return gr_fail(env, GRAM_E_SYNTAX, valid, "bytes that are not UTF-8");
    uint32_t before = out->n;
    gram_status status = gr_vec_push(env, out, '"');
    for (size_t i = 0; status == GRAM_OK && i < n; i++) {
        status = gr_vec_reserve(env, out, 6);
        if (status == GRAM_OK) write_byte(out, (unsigned char)bytes[i]);
    }
    if (status == GRAM_OK) status = gr_vec_push(env, out, '"');
    if (status != GRAM_OK) out->n = before;
    return status;
}
