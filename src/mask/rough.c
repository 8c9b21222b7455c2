/* The part of the trie of tokens that leads to those which are not plain.
 *
 * In: the trie, and the row of the tokens that are made of plain characters of
 * JSON strings alone.  Out: a trie of the others, a twentieth of it.  Where all
 * plain tokens have one answer, this one is what is left to be walked.
 *
 *     all      a  ab  abc  ab"  b  bc         ids
 *     rough    a  ab       ab"                nodes, with places of their own
 *
 * Method: one pass in depth-first order.  The path to the last token that is
 * not plain is a stack; what of the next one's is not on it yet is looked for
 * among the children of its end, and copied.  Subtrees of plain tokens are
 * stepped over.
 *
 * Cost: some 2 ns a node. */
#include "mask/mask_int.h"

/* A node on the path, and its copy. */
typedef struct Open {
    uint32_t from, to;
} Open;

typedef struct Copy {
    GrEnv *env;
    const GrVocab *v;
    GrVec(GrTrieNode) node;
    GrVec(uint32_t) from;
    GrVec(Open) path;
    uint32_t at; /* no node before it will be on the path */
} Copy;

/* The nodes of the path that end before node i are left. */
static void leave(Copy *c, uint32_t i)
{
    for (; c->path.n > 0; c->path.n--) {
        Open o = c->path.at[c->path.n - 1];
        uint32_t end = c->v->node[o.from].next;
        if (end > i) return;
        c->node.at[o.to].next = c->node.n;
        c->at = end;
    }
}

/* A plain token that others go on from is none here. */
static gram_status copy(Copy *c, uint32_t i, const uint32_t *plain)
{
    GrTrieNode n = c->v->node[i];
    uint32_t token = gr_trie_token(&n);
    if (token == GR_TRIE_NONE || gr_bit_get(plain, token))
        n.info = gr_trie_byte(&n);
    GR_TRY(gr_vec_push(c->env, &c->path, (Open){i, c->node.n}));
    GR_TRY(gr_vec_push(c->env, &c->from, i));
    return gr_vec_push(c->env, &c->node, n);
}

/* The path to node i. */
static gram_status go_to(Copy *c, uint32_t i, const uint32_t *plain)
{
    const GrTrieNode *node = c->v->node;
    leave(c, i);
    while (c->at <= i) {
        while (node[c->at].next <= i) c->at = node[c->at].next;
        GR_TRY(copy(c, c->at++, plain));
    }
    return GRAM_OK;
}

static gram_status copy_all(Copy *c, const uint32_t *plain)
{
    for (uint32_t i = 0; i < c->v->n_nodes; i++) {
        uint32_t token = gr_trie_token(&c->v->node[i]);
        if (token != GR_TRIE_NONE && !gr_bit_get(plain, token))
            GR_TRY(go_to(c, i, plain));
    }
    leave(c, c->v->n_nodes);
    return gr_step(c->env, c->v->n_nodes / 8);
}

static gram_status keep(const Copy *c, GrArena *arena, Rough *out)
{
    uint32_t n = c->node.n;
    out->n_nodes = n;
    out->node = gr_arena_take(c->env, arena, n * sizeof *out->node + 1);
    out->from = gr_arena_take(c->env, arena, n * sizeof *out->from + 1);
    if (out->node == NULL || out->from == NULL) return GRAM_E_MEMORY;
    if (n > 0) memcpy(out->node, c->node.at, n * sizeof *out->node);
    if (n > 0) memcpy(out->from, c->from.at, n * sizeof *out->from);
    for (uint32_t b = 0; b < 256; b++) out->root[b] = GR_TRIE_NONE;
    for (uint32_t i = 0; i < n; i = out->node[i].next)
        out->root[gr_trie_byte(&out->node[i])] = i;
    return GRAM_OK;
}

gram_status gr_rough_build(GrEnv *env, GrArena *arena, const GrVocab *v,
                           const uint32_t *plain, Rough *out)
{
    Copy c = {.env = env, .v = v};
    gram_status status = copy_all(&c, plain);
    if (status == GRAM_OK) status = keep(&c, arena, out);
    gr_vec_clear(env, &c.node);
    gr_vec_clear(env, &c.from);
    gr_vec_clear(env, &c.path);
    return status;
}
