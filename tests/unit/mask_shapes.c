/* The tokens by shapes (shapes.c): each text token is in one list, that of the
 * shape that its bytes have; lists ascend; and of real vocabularies the shapes
 * are a fraction of the nodes. */
#include "t.h"

#include "mask/mask_int.h"

/* The shapes, as symbols, of the nodes on the path to the one at hand. */
typedef struct Path {
    uint8_t symbol[4096];
    uint32_t end[4096], n;
} Path;

static void descend(Path *p, const Shapes *s, uint32_t i)
{
    while (p->n > 0 && p->end[p->n - 1] <= i) p->n--;
    T(p->n == 0 || s->node[i].next <= p->end[p->n - 1]);
    T(s->node[i].next > i && s->node[i].next <= s->n_nodes);
    p->symbol[p->n] = s->symbol[i];
    p->end[p->n++] = s->node[i].next;
}

static bool has_shape(const GrVocab *v, const Shapes *s, uint32_t token,
                      const Path *p)
{
    uint32_t len;
    const char *bytes = gr_vocab_bytes(v, token, &len);
    bool same = len == p->n;
    for (uint32_t k = 0; k < len && same; k++)
        same = s->of[(uint8_t)bytes[k]] == p->symbol[k];
    return same;
}

/* How many tokens a list has; each is marked. */
static uint32_t read_list(const GrVocab *v, const Shapes *s, uint32_t i,
                          const Path *p, uint8_t *met)
{
    const uint8_t *at = s->list + s->node[i].list;
    const uint8_t *end = s->list + s->node[i + 1].list;
    uint32_t n = 0;
    for (uint32_t id = 0, last = 0; at < end; last = id, n++) {
        id = gr_shape_token(&at, id);
        T_OK(id < v->n_tokens && !met[id] && (n == 0 || id > last),
             "token %u of node %u", id, i);
        if (id >= v->n_tokens) break;
        met[id] = 1;
        T_OK(has_shape(v, s, id, p), "token %u of node %u", id, i);
    }
    T(at == end);
    return n;
}

/* The part of what JSON strings take as it is; SHAPES_PARTS: it is none. */
static uint32_t part_of(const uint8_t *bytes, uint32_t len)
{
    uint32_t part = len > 0 && bytes[0] == ' ' ? SHAPES_SPACE : SHAPES_ASCII;
    for (uint32_t k = 0; k < len; k++) {
        if (bytes[k] < 0x20 || bytes[k] == '"' || bytes[k] == '\\')
            return SHAPES_PARTS;
        if (bytes[k] >= 0x80) part = SHAPES_BEYOND;
    }
    return len > 0 ? part : SHAPES_PARTS;
}

static uint32_t part_of_shape(const Path *p)
{
    uint8_t bytes[4096];
    for (uint32_t k = 0; k < p->n; k++)
        bytes[k] = (uint8_t)gr_symbol_first[p->symbol[k]];
    return part_of(bytes, p->n);
}

/* Each is in its part and in no other, tokens as well; lists are as long as is
 * told. */
static void check_parts(const GrVocab *v, const Shapes *s)
{
    Path *p = calloc(1, sizeof *p);
    uint32_t len[SHAPES_PARTS + 1] = {0};
    if (p == NULL) abort();
    for (uint32_t i = 0; i < s->n_nodes; i++) {
        descend(p, s, i);
        uint32_t part = part_of_shape(p);
        len[part] += s->node[i + 1].list - s->node[i].list;
        for (uint32_t k = 0; k < SHAPES_PARTS; k++)
            T_EQ(gr_bit_get(s->part[k].nodes, i), k == part);
    }
    for (uint32_t k = 0; k < SHAPES_PARTS; k++) T_EQ(len[k], s->part[k].len);
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        uint32_t n, part = SHAPES_PARTS;
        const char *bytes = gr_vocab_bytes(v, t, &n);
        if (gr_vocab_is_text(v, t)) part = part_of((const uint8_t *)bytes, n);
        for (uint32_t k = 0; k < SHAPES_PARTS; k++)
            T_OK(gr_bit_get(s->part[k].row, t) == (k == part), "token %u", t);
    }
    free(p);
}

static void check(const GrVocab *v, const Shapes *s)
{
    Path *p = calloc(1, sizeof *p);
    uint8_t *met = calloc(v->n_tokens + 1, 1);
    uint32_t n = 0, empty = 0;
    if (p == NULL || met == NULL) abort();
    for (uint32_t i = 0; i < s->n_nodes; i++) {
        descend(p, s, i);
        n += read_list(v, s, i, p, met);
    }
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        bool text = gr_vocab_is_text(v, t);
        empty += text && v->off[t + 1] == v->off[t];
        T_OK(!met[t] || text, "token %u", t);
    }
    T_EQ(n + empty, v->n_text);
    free(met);
    free(p);
}

static void check_vocab(const GrVocab *v, uint32_t fraction)
{
    GrEnv env;
    GrTables *t;
    gr_env_init(&env, NULL, 0, 0);
    T_EQ(gr_tables_new(&env, v, &t), GRAM_OK);
    check(v, &t->shapes);
    check_parts(v, &t->shapes);
    T(t->shapes.n_nodes <= v->n_nodes / fraction);
    gr_tables_free(t);
    T_EQ(env.used, 0);
}

/* Every byte has one symbol, in order, of at most GR_SYMBOL_BYTES bytes. */
static void check_symbols(void)
{
    for (uint32_t k = 0; k < GR_SYMBOLS; k++)
        T_OK(gr_symbol_first[k] < gr_symbol_first[k + 1] &&
                 gr_symbol_size(k) <= GR_SYMBOL_BYTES,
             "symbol %u", k);
    T_EQ(gr_symbol_first[0], 0);
    T_EQ(gr_symbol_first[GR_SYMBOLS], 256);
}

int main(void)
{
    /* ids far apart, bytes of each kind */
    static const char few[] =
        "{\"a\":0,\"b\":1,\"ab\":200,\"A1\":2,\"Z9\":60000,\"\xC3\xA9\":3}";
    GrVocab *v;
    gram_error e;
    GrVocabOptions o = {0};
    check_symbols();
    if (gr_vocab_from_default(&o, &e, &v) != GRAM_OK) return 1;
    check_vocab(v, 5);
    gr_vocab_free(v);
    T_OK(gr_vocab_from_memory(&o, few, sizeof few - 1, &e, &v) == GRAM_OK, "%s",
         e.message);
    check_vocab(v, 1);
    gr_vocab_free(v);
    return t_done();
}
