/* The part of the trie of tokens that leads to those which are not plain.
 *
 * In: the trie, and the row of the tokens that are made of plain characters of
 * JSON strings alone.  Out: a trie of the others, a twentieth of it.  Where all
 * plain tokens have one answer, this one is what is left to be walked.
 *
 *     all      a  ab  abc  ab"  b  bc         ids
 *     rough    a  ab       ab"                nodes, with places of their own
 *
 * Method: one pass in depth-first order.  The path to the node at hand is a
 * stack, and what of it leads to a token that is not plain is copied when the
 * first such token is met.
 *
 * Cost: some 2 ns a node. */
#include "mask/mask_int.h"

/* A node on the path; `to` its copy, GR_TRIE_NONE: it has none yet. */
typedef struct Open {
    uint32_t from, to;
} Open;

typedef struct Copy {
    GrEnv *env;
    const GrVocab *v;
    GrVec(GrTrieNode) node;
    GrVec(uint32_t) from;
    GrVec(Open) path;
} Copy;

/* The nodes of the path that end before node i are left. */
static void leave(Copy *c, uint32_t i)
{
    while (c->path.n > 0) {
        Open *o = &c->path.at[c->path.n - 1];
        if (c->v->node[o->from].next > i) return;
        if (o->to != GR_TRIE_NONE) c->node.at[o->to].next = c->node.n;
        c->path.n--;
    }
}

/* A plain token that others go on from is none here. */
static gram_status copy_path(Copy *c, const uint32_t *plain)
{
    uint32_t i = c->path.n;
    while (i > 0 && c->path.at[i - 1].to == GR_TRIE_NONE) i--;
    for (; i < c->path.n; i++) {
        Open *o = &c->path.at[i];
        GrTrieNode n = c->v->node[o->from];
        uint32_t token = gr_trie_token(&n);
        if (token == GR_TRIE_NONE || gr_bit_get(plain, token))
            n.info = gr_trie_byte(&n);
        o->to = c->node.n;
        GR_TRY(gr_vec_push(c->env, &c->node, n));
        GR_TRY(gr_vec_push(c->env, &c->from, o->from));
    }
    return GRAM_OK;
}

static gram_status copy_all(Copy *c, const uint32_t *plain)
{
    for (uint32_t i = 0; i < c->v->n_nodes; i++) {
        uint32_t token = gr_trie_token(&c->v->node[i]);
        leave(c, i);
        GR_TRY(gr_vec_push(c->env, &c->path, (Open){i, GR_TRIE_NONE}));
        if (token != GR_TRIE_NONE && !gr_bit_get(plain, token))
            GR_TRY(copy_path(c, plain));
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
