/* Lists of a hundred thousand strings and numbers, at a glance.
 *
 * Most of a tokenizer file are items of three shapes, which are read here in
 * one loop that keeps nothing and asks nothing of the reader's state:
 *
 *     "token": 17        "left right"        ["left", "right"]
 *
 * An item is flat if it is a string, a number, or an array of a few of these.
 * Whatever is not (an escape, an exponent, a byte that does not belong there)
 * is left to the reader, from the item's beginning: so no error is found here,
 * and all are found where and as they always are.
 *
 * Cost: two fifths of what the reader takes for the same. */
#include "json/scan.h"

typedef GrJsonReading Reader;

/* A place in the text that moves on, and the nodes of what was read. */
typedef struct Glance {
    uint32_t at, n;
    GrJsonNode *node; /* NULL: they are counted only */
} Glance;

/* Is the byte there c? */
static inline bool meets(const Reader *r, const Glance *g, unsigned c)
{
    return g->at < r->len && r->text[g->at] == c;
}

static inline void add(const Reader *r, Glance *g, GrJsonType type,
                       uint32_t from, uint32_t to)
{
    if (g->node != NULL)
        g->node[g->n] = (GrJsonNode){(uint32_t)type, g->at, g->n + 1, to - from,
                                     (const char *)r->text + from};
    g->n++;
}

/* A string without escapes. */
static inline bool see_string(const Reader *r, Glance *g)
{
    uint32_t from = g->at + 1, to;
    GrScanned odd = 0;
    to = r->trusted ? gr_json_quote(r, from) : gr_json_run(r, from, &odd);
    if (to >= r->len || r->text[to] != '"') return false;
    if (odd != 0 && gr_utf8_valid(r->text + from, to - from) < to - from)
        return false;
    add(r, g, GR_JSON_STRING, from, to);
    g->at = to + 1;
    return true;
}

/* Past the digits at i.  The top bits of `other` are of bytes that are none: of
 * a word xor "00..", those above 9.  A carry comes only from such a byte. */
static inline uint32_t past_digits(const Reader *r, uint32_t i)
{
    for (; r->len - i >= 8; i += 8) {
        uint64_t w = gr_load_u64(r->text + i) ^ GR_ONES * '0';
        uint64_t other = (w | (w + GR_ONES * 0x76)) & GR_TOPS;
        if (other != 0) return i + (uint32_t)__builtin_ctzll(other) / 8;
    }
    while (i < r->len && r->text[i] - (unsigned)'0' < 10) i++;
    return i;
}

/* A number without an exponent. */
static inline bool see_number(const Reader *r, Glance *g)
{
    uint32_t from = g->at, i = from + (r->text[from] == '-');
    uint32_t end = past_digits(r, i);
    if (end == i || (r->text[i] == '0' && end > i + 1)) return false;
    if (end < r->len && r->text[end] == '.') {
        i = end + 1;
        end = past_digits(r, i);
        if (end == i) return false;
    }
    if (end < r->len && (r->text[end] | 0x20) == 'e') return false;
    add(r, g, GR_JSON_NUMBER, from, end);
    g->at = end;
    return true;
}

static inline bool see_scalar(const Reader *r, Glance *g)
{
    g->at = gr_json_space(r, g->at);
    if (g->at >= r->len || g->n == GR_JSON_FLAT) return false;
    return r->text[g->at] == '"' ? see_string(r, g) : see_number(r, g);
}

static inline bool see_array(Reader *r, Glance *g)
{
    const uint32_t i = g->n++, at = g->at++;
    uint32_t n = 0;
    do {
        n++;
        if (!see_scalar(r, g)) return false;
    } while (gr_json_step(r, &g->at, ',', &r->inside));
    g->at = gr_json_space(r, g->at);
    if (!meets(r, g, ']')) return false;
    g->at++;
    if (g->node != NULL)
        g->node[i] = (GrJsonNode){GR_JSON_ARRAY, at, g->n, n, NULL};
    return true;
}

/* The item that begins at or behind g->at. */
static inline bool see_item(Reader *r, Glance *g, bool object)
{
    g->at = gr_json_space(r, g->at);
    if (object && (!meets(r, g, '"') || !see_string(r, g) ||
                   !gr_json_step(r, &g->at, ':', &r->colon)))
        return false;
    return meets(r, g, '[') ? see_array(r, g) : see_scalar(r, g);
}

/* The bytes of it that count: all, or the first s->n. */
static void keep_seam(const Reader *r, uint32_t from, GrJsonSeam *s)
{
    for (uint32_t k = 0; k < 2; k++) {
        uint32_t n = s->n > 8 * k ? s->n - 8 * k : 0;
        s->mask[k] = n >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * n) - 1;
        s->bytes[k] = gr_load_u64(r->text + from + 8 * k);
    }
}

/* A longer one is stepped over each time, and so is what is not far enough from
 * the end of the text. */
bool gr_json_new_seam(const Reader *r, uint32_t *i, unsigned mark,
                      GrJsonSeam *s)
{
    const uint32_t from = *i, at = gr_json_space(r, from);
    if (at >= r->len || r->text[at] != mark) return false;
    *i = gr_json_space(r, at + 1);
    s->n = 0;
    if (*i - from > sizeof s->bytes || r->len - from < sizeof s->bytes)
        return true;
    s->n = *i - from;
    keep_seam(r, from, s);
    return true;
}

void gr_json_skip_flat(GrJsonReading *r)
{
    GrJsonNode *c = &r->nodes.at[r->open];
    const bool object = c->type == GR_JSON_OBJECT;
    /* these limits are the reader's to tell */
    if (r->depth >= r->max_depth || r->max_nodes - r->nodes.n < GR_JSON_FLAT)
        return;
    Glance g = {r->at, 0, NULL};
    while (see_item(r, &g, object) &&
           gr_json_step(r, &g.at, ',', &r->between)) {
        r->at = g.at;
        g.n = 0;
        c->n++;
    }
}

bool gr_json_read_flat(GrJsonReading *r, bool object)
{
    Glance g = {r->at, 0, r->nodes.at};
    if (!see_item(r, &g, object)) return false;
    r->nodes.n = g.n;
    r->at = g.at;
    return true;
}
