/* Tokens by their shapes.
 *
 * In: the trie of tokens.  Out: a trie of what is left of them when the bytes
 * that patterns seldom tell apart are one symbol, with the tokens of each
 * shape.
 *
 *     Hello World ok ab-1 cd-2        A a a a a     Hello World
 *                                     a a           ok
 *                                         - 9       ab-1 cd-2
 *
 * A letter's symbol is that of its kind, a digit's that of digits; what has a
 * meaning of its own in patterns (marks, white space) is its own symbol; bytes
 * beyond ASCII are told apart as far as UTF-8 does, the lines that no `.`
 * takes, and the spaces that `\s` does.  128,000 tokens with 275,000 nodes have
 * 12,000 shapes with 23,000.  Where a state does the same with all bytes of a
 * symbol, one step answers for all tokens that have come so far.
 *
 * Nodes lie in depth-first order, and the tokens in that of the nodes: those
 * below a node are one part of the list.  A node's own are in ascending order,
 * written as differences, seven bits to a byte, the last byte below 128:
 *
 *     node     next  at             list   300  7  12 | 4  9000 | ...
 *
 * A shape is plain where it has no byte that JSON strings spell otherwise.
 * Strings take nearly all of these; patterns often none behind a space, or
 * beyond ASCII, or none but these: so there is a row for each of three parts.
 *
 * Rejected: letters of hexadecimal numbers as a symbol (51,000 nodes); four
 * bytes for each token (three times the memory of all of it).
 *
 * Cost: 10 ns a node of the trie of tokens, 1.3 bytes a token and 9 a shape;
 * three rows of bits. */
#include "mask/mask_int.h"

const uint16_t gr_symbol_first[GR_SYMBOLS + 1] = {
    0x00, '\t', '\n', 0x0B, '\r', 0x0E, ' ',  '!',  '"',  '#',  '$',
    '%',  '&',  '\'', '(',  ')',  '*',  '+',  ',',  '-',  '.',  '/',
    '0',  ':',  ';',  '<',  '=',  '>',  '?',  '@',  'A',  '[',  '\\',
    ']',  '^',  '_',  '`',  'a',  '{',  '|',  '}',  '~',  0x7F, 0x80,
    0x81, 0x90, 0xA0, 0xC0, 0xC2, 0xC3, 0xE0, 0xE1, 0xE2, 0xE3, 0xED,
    0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0x100};

/* --- the trie, as it grows ------------------------------------------------ */

/* Node 0 is above all others; children are linked, the newest first.  `last` is
 * the one that was asked for last: bytes of one symbol come in a row. */
typedef struct Grown {
    uint32_t child, sibling, last;
    uint32_t place; /* in depth-first order */
    uint32_t n;     /* tokens of its own, then where they end */
    uint8_t symbol;
} Grown;

/* A node of the trie of tokens on the path to the one at hand, or one of those
 * that have grown, while they are put in order. */
typedef struct Above {
    uint32_t node, grown;
} Above;

typedef struct Growth {
    GrEnv *env;
    const GrVocab *v;
    Shapes *out;
    GrVec(Grown) at;
    GrVec(Above) path;
    uint32_t *of, *sorted; /* by token; tokens by shape */
    GrText list;
} Growth;

static gram_status child_of(Growth *g, uint32_t *at, uint8_t symbol)
{
    const Grown *all = g->at.at;
    uint32_t up = *at, i = all[up].last;
    if (i == 0 || all[i].symbol != symbol)
        for (i = all[up].child; i != 0 && all[i].symbol != symbol;)
            i = all[i].sibling;
    *at = i != 0 ? i : g->at.n;
    g->at.at[up].last = *at;
    if (i != 0) return GRAM_OK;
    Grown made = {.sibling = all[up].child, .symbol = symbol};
    g->at.at[up].child = *at;
    return gr_vec_push(g->env, &g->at, made);
}

static void note_tokens(Growth *g, uint32_t node, uint32_t grown)
{
    uint32_t n = 1, token = gr_trie_token(&g->v->node[node]);
    const uint32_t *ids = &token;
    if (token == GR_TRIE_NONE) return;
    if (g->v->node[node].info & GR_TRIE_SHARED)
        ids = gr_vocab_same(g->v, node, &n);
    for (uint32_t i = 0; i < n; i++) g->of[ids[i]] = grown;
    g->at.at[grown].n += n;
}

static gram_status grow(Growth *g)
{
    const GrTrieNode *node = g->v->node;
    GR_TRY(gr_vec_push(g->env, &g->at, (Grown){0}));
    for (uint32_t i = 0; i < g->v->n_nodes; i++) {
        uint32_t n = g->path.n, at = 0;
        while (n > 0 && node[g->path.at[n - 1].node].next <= i) n--;
        if (n > 0) at = g->path.at[n - 1].grown;
        g->path.n = n;
        GR_TRY(child_of(g, &at, g->out->of[gr_trie_byte(&node[i])]));
        if (node[i].next > i + 1)
            GR_TRY(gr_vec_push(g->env, &g->path, (Above){i, at}));
        note_tokens(g, i, at);
    }
    return gr_step(g->env, g->v->n_nodes / 8);
}

/* --- in order ------------------------------------------------------------- */

static gram_status visit(Growth *g, uint32_t grown)
{
    uint32_t place = g->out->n_nodes++;
    g->at.at[grown].place = place;
    g->out->symbol[place] = g->at.at[grown].symbol;
    return gr_vec_push(g->env, &g->path, (Above){place, grown});
}

/* Down to the first child, or on to the next sibling of the last node that has
 * one; what is left ends where the next begins. */
static gram_status put_in_order(Growth *g)
{
    uint32_t next = g->at.at[0].child;
    g->path.n = 0;
    while (next != 0) {
        GR_TRY(visit(g, next));
        next = g->at.at[next].child;
        while (next == 0 && g->path.n > 0) {
            Above up = g->path.at[--g->path.n];
            g->out->node[up.node].next = g->out->n_nodes;
            next = g->at.at[up.grown].sibling;
        }
    }
    return GRAM_OK;
}

/* A counting sort by place, in which tokens stay ascending. */
static gram_status sort_tokens(Growth *g, uint32_t *end)
{
    uint32_t n = g->out->n_nodes;
    memset(end, 0, ((size_t)n + 1) * sizeof *end);
    for (uint32_t i = 1; i < g->at.n; i++)
        end[g->at.at[i].place + 1] = g->at.at[i].n;
    for (uint32_t i = 0; i < n; i++) end[i + 1] += end[i];
    for (uint32_t t = 0; t < g->v->n_tokens; t++)
        if (g->of[t] != 0) g->sorted[end[g->at.at[g->of[t]].place]++] = t;
    return gr_step(g->env, g->v->n_tokens / 8);
}

static gram_status put_token(Growth *g, uint32_t more)
{
    uint8_t bytes[5];
    uint32_t n = 0;
    for (; more >= 128; more >>= 7) bytes[n++] = (uint8_t)(more | 128);
    bytes[n++] = (uint8_t)more;
    return gr_text_put(g->env, &g->list, bytes, n);
}

/* end[i] is where the tokens of node i end by now. */
static gram_status write_lists(Growth *g, const uint32_t *end)
{
    ShapeNode *node = g->out->node;
    uint32_t from = 0;
    for (uint32_t i = 0; i < g->out->n_nodes; i++) {
        uint32_t last = 0;
        node[i].list = g->list.n;
        for (; from < end[i]; last = g->sorted[from++])
            GR_TRY(put_token(g, g->sorted[from] - last));
    }
    node[g->out->n_nodes] = (ShapeNode){g->out->n_nodes, g->list.n};
    return GRAM_OK;
}

static gram_status keep(Growth *g, GrArena *arena)
{
    Shapes *s = g->out;
    uint32_t most = g->at.n;
    size_t size = (size_t)most * sizeof(uint32_t);
    s->node = gr_arena_take(g->env, arena, most * sizeof *s->node);
    s->symbol = gr_arena_take(g->env, arena, most);
    if (s->node == NULL || s->symbol == NULL) return GRAM_E_MEMORY;
    GR_TRY(put_in_order(g));
    uint32_t *end = gr_resize(g->env, NULL, 0, size);
    if (end == NULL) return GRAM_E_MEMORY;
    gram_status status = sort_tokens(g, end);
    if (status == GRAM_OK) status = write_lists(g, end);
    gr_free(g->env, end, size);
    GR_TRY(status);
    s->list = gr_arena_take(g->env, arena, g->list.n + (size_t)1);
    if (s->list == NULL) return GRAM_E_MEMORY;
    if (g->list.n > 0) memcpy(s->list, g->list.at, g->list.n);
    return GRAM_OK;
}

/* --- plain ones ----------------------------------------------------------- */

/* What a JSON string has in other spellings alone. */
static bool is_odd(uint32_t symbol)
{
    uint32_t byte = gr_symbol_first[symbol];
    return byte < ' ' || byte == '"' || byte == '\\';
}

static void mark(const Shapes *s, uint32_t i, ShapePart *p)
{
    const uint8_t *list = s->list + s->node[i].list;
    const uint8_t *end = s->list + s->node[i + 1].list;
    gr_bit_set(p->nodes, i);
    p->len += (uint32_t)(end - list);
    for (uint32_t id = 0; list < end;) {
        id = gr_shape_token(&list, id);
        gr_bit_set(p->row, id);
    }
}

/* What is below an odd symbol is odd, and below one beyond ASCII beyond. */
static void mark_plain(Shapes *s)
{
    uint32_t root = 0, beyond = 0; /* where these subtrees end */
    bool spaced = false;
    for (uint32_t i = 0; i < s->n_nodes;) {
        uint32_t byte = gr_symbol_first[s->symbol[i]], end = s->node[i].next;
        bool odd = is_odd(s->symbol[i]);
        if (i >= root) {
            root = end;
            spaced = byte == ' ';
        }
        if (i >= beyond && byte >= 0x80) beyond = end;
        ShapePart *p = &s->part[spaced ? SHAPES_SPACE : SHAPES_ASCII];
        if (!odd) mark(s, i, i < beyond ? &s->part[SHAPES_BEYOND] : p);
        i = odd ? end : i + 1;
    }
}

static gram_status find_plain(Growth *g, GrArena *arena)
{
    Shapes *s = g->out;
    size_t nodes = (s->n_nodes / 32 + (size_t)1) * sizeof(uint32_t);
    size_t row = (size_t)g->v->mask_words * sizeof(uint32_t);
    for (uint32_t i = 0; i < SHAPES_PARTS; i++) {
        ShapePart *p = &s->part[i];
        *p = (ShapePart){gr_arena_take(g->env, arena, nodes),
                         gr_arena_take(g->env, arena, row), 0};
        if (p->nodes == NULL || p->row == NULL) return GRAM_E_MEMORY;
        memset(p->nodes, 0, nodes);
        memset(p->row, 0, row);
    }
    mark_plain(s);
    return GRAM_OK;
}

/* --- making --------------------------------------------------------------- */

gram_status gr_shapes_build(GrEnv *env, const GrVocab *v, GrArena *arena,
                            Shapes *out)
{
    Growth g = {.env = env, .v = v, .out = out};
    size_t n = v->n_tokens;
    for (uint32_t k = 0; k < GR_SYMBOLS; k++)
        for (uint32_t b = gr_symbol_first[k]; b < gr_symbol_first[k + 1]; b++)
            out->of[b] = (uint8_t)k;
    g.of = gr_zalloc(env, n + 1, sizeof *g.of);
    g.sorted = gr_zalloc(env, n + 1, sizeof *g.sorted);
    gram_status status = GRAM_E_MEMORY;
    if (g.of != NULL && g.sorted != NULL) status = grow(&g);
    if (status == GRAM_OK) status = keep(&g, arena);
    if (status == GRAM_OK) status = find_plain(&g, arena);
    gr_free(env, g.of, (n + 1) * sizeof *g.of);
    gr_free(env, g.sorted, (n + 1) * sizeof *g.sorted);
    gr_vec_clear(env, &g.at);
    gr_vec_clear(env, &g.path);
    gr_vec_clear(env, &g.list);
    return status;
}
