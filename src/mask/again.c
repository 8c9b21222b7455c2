/* What is under a mark, stepped over again with the matcher's own rules.
 *
 * A hard mark's subtree is dead in the memoized mask: its tokens are set where
 * they are alive.  One that follows keys of the same walk is cleared and
 * walked again, where the keys matter.  Under an item's mark tokens are alive
 * if the item is a new one: those that may complete one that is there
 * (items.c) are tried, and cleared where they do.
 *
 *     mark         in the mask         what is done
 *     HARD         all dead            set what is alive
 *     AGAIN        as without keys     clear all, set what is alive
 *     ITEM         as for new items    clear what completes an old one
 *     END          as asked then       ask whether the text may end
 *
 * The rules of the matcher need the text: the walk writes the bytes of its
 * path behind the end of the log, which has room for the longest token.
 *
 * Cost: that of a walk over the subtree with whole steps, 100 ns a node; hence
 * the surveys before. */
#include "mask/marks.h"

/* --- walking again -------------------------------------------------------- */

/* From the beginning: what a token has before its rest is not in the trie of
 * rests.  The arena is given back, since a step may push frames. */
static gram_status try_token(Apply *a, Walk *k, uint32_t token)
{
    uint32_t len;
    bool dead;
    GrConfig c = *a->c;
    GrArenaMark mark = gr_arena_mark(&a->w->arena);
    const char *bytes = gr_vocab_bytes(a->w->m->v, token, &len);
    gram_status status = gr_walk_path(k, &c, bytes, len, &dead);
    gr_arena_release(a->w->env, &a->w->arena, mark);
    GR_TRY(status);
    return dead ? GRAM_OK : gr_row_put(a->w, token, true);
}

/* From c, which lies behind `from` bytes of the token. */
static gram_status try_rest(Apply *a, Walk *k, const GrConfig *from_c,
                            const char *bytes, uint32_t from, uint32_t len,
                            uint32_t token)
{
    bool dead;
    GrConfig c = *from_c;
    GrArenaMark mark = gr_arena_mark(&a->w->arena);
    gram_status status = gr_walk_on(k, &c, bytes, from, len, &dead);
    gr_arena_release(a->w->env, &a->w->arena, mark);
    GR_TRY(status);
    return dead ? GRAM_OK : gr_row_put(a->w, token, true);
}

/* Exits i .. end - 1 of the order by prefix, which have one prefix: it and the
 * quote are stepped over once, for it is there that items are compared. */
static gram_status try_prefix(Apply *a, Walk *k, const Rests *r,
                              const uint32_t *order, uint32_t n)
{
    uint32_t len, from;
    bool dead;
    GrConfig c = *a->c;
    const char *bytes =
        gr_vocab_bytes(a->w->m->v, r->exit[order[0]].token, &len);
    from = len - r->exit[order[0]].len + 1;
    GR_TRY(gr_walk_path(k, &c, bytes, from, &dead));
    for (uint32_t i = 0; i < n && !dead; i++) {
        uint32_t token = r->exit[order[i]].token;
        bytes = gr_vocab_bytes(a->w->m->v, token, &len);
        GR_TRY(try_rest(a, k, &c, bytes, from, len, token));
    }
    return GRAM_OK;
}

/* The same text before the quote, in the same spelling. */
static bool same_prefix(const GrVocab *v, const Exit *a, const Exit *b)
{
    uint32_t n_a, n_b;
    const char *p = gr_vocab_bytes(v, a->token, &n_a);
    const char *q = gr_vocab_bytes(v, b->token, &n_b);
    n_a -= a->len;
    n_b -= b->len;
    return n_a == n_b && memcmp(p, q, n_a) == 0;
}

/* All tokens that close the string. */
static gram_status try_closing(Apply *a, Walk *k, const Rests *r)
{
    const GrVocab *v = a->w->m->v;
    const uint32_t *order = a->w->m->tables->inside->by_prefix;
    for (uint32_t i = 0, n; i < r->n; i += n) {
        for (n = 1; i + n < r->n; n++)
            if (!same_prefix(v, &r->exit[order[i]], &r->exit[order[i + n]]))
                break;
        GrArenaMark mark = gr_arena_mark(&a->w->arena);
        gram_status status = try_prefix(a, k, r, order + i, n);
        gr_arena_release(a->w->env, &a->w->arena, mark);
        GR_TRY(status);
    }
    return GRAM_OK;
}

/* --- items ---------------------------------------------------------------- */

/* A token that is alive if the item that it completes is a new one. */
static gram_status try_item(Apply *a, Walk *k, const char *bytes, uint32_t len,
                            bool *dead)
{
    bool may;
    *dead = false;
    GR_TRY(gr_items_end(a->w, bytes, len, &may));
    if (!may) return GRAM_OK;
    GrConfig c = *a->c;
    GrArenaMark mark = gr_arena_mark(&a->w->arena);
    gram_status status = gr_walk_path(k, &c, bytes, len, dead);
    gr_arena_release(a->w->env, &a->w->arena, mark);
    return status;
}

/* What is dead already stays so. */
static gram_status try_item_token(Apply *a, Walk *k, uint32_t token)
{
    uint32_t len;
    bool dead;
    if (!gr_bit_get(a->w->row, token)) return GRAM_OK;
    const char *bytes = gr_vocab_bytes(a->w->m->v, token, &len);
    GR_TRY(try_item(a, k, bytes, len, &dead));
    if (!dead) return GRAM_OK;
    return gr_row_put(a->w, token, false);
}

/* All ids with these bytes. */
static gram_status try_item_node(Apply *a, Walk *k, uint32_t node)
{
    const GrVocab *v = a->w->m->v;
    uint32_t n;
    if (!(v->node[node].info & GR_TRIE_SHARED))
        return try_item_token(a, k, gr_trie_token(&v->node[node]));
    const uint32_t *ids = gr_vocab_same(v, node, &n);
    for (uint32_t i = 0; i < n; i++) GR_TRY(try_item_token(a, k, ids[i]));
    return GRAM_OK;
}

/* All tokens with that rest; what they have before it is theirs. */
static gram_status try_item_group(Apply *a, Walk *k, const Rests *r,
                                  uint32_t group)
{
    const Group *g = &r->group[group];
    for (uint32_t i = g->start; i < g->start + g->n; i++)
        GR_TRY(try_item_token(a, k, r->exit[i].token));
    return GRAM_OK;
}

/* Those of the row that begin as the node does: behind white space lie nearly
 * half of all nodes, and a few hundred tokens that are alive. */
static gram_status try_item_row(Apply *a, Walk *k, const Mark *mark)
{
    const GrVocab *v = a->w->m->v;
    uint32_t token, len, tried = 0;
    const char *path = gr_walk_bytes(k, mark->node, &token, &len);
    for (uint32_t w = 0; w < v->mask_words; w++)
        for (uint32_t bits = a->w->row[w]; bits != 0; bits &= bits - 1) {
            token = w * 32 + (uint32_t)__builtin_ctz(bits);
            const char *bytes = gr_vocab_bytes(v, token, &len);
            bool below = len >= mark->depth && gr_vocab_is_text(v, token) &&
                         memcmp(bytes, path, mark->depth) == 0;
            if (!below) continue;
            GR_TRY(try_item_token(a, k, token));
            tried++;
        }
    return gr_step(a->w->env, v->mask_words + tried);
}

/* Are the tokens of the row fewer than the nodes below the mark? */
static bool is_row_short(const GrWork *w, uint32_t nodes)
{
    return !w->loose && nodes > w->m->v->mask_words + w->n;
}

/* The tokens that complete an item were taken to complete a new one: those
 * that do not are dead. */
gram_status gr_apply_item(Apply *a, const Mark *mark)
{
    GrWork *w = a->w;
    const Rests *r = NULL;
    const GrTrieNode *node = w->m->v->node;
    Walk k;
    bool any;
    GR_TRY(gr_items_left(w, a->c, a->log, mark, &any));
    if (!any) return GRAM_OK;
    a->exact = true;
    GR_TRY(gr_apply_load(a));
    GR_TRY(gr_walk_exact(&k, w, a->log));
    if (mark->cls != 0) {
        GR_TRY(gr_mark_rests(w, mark, &r));
        node = r->node;
    }
    uint32_t end = node[mark->node].next;
    if (r == NULL && is_row_short(w, end - mark->node))
        return try_item_row(a, &k, mark);
    for (uint32_t i = mark->node; i < end; i++) {
        uint32_t at = gr_trie_token(&node[i]);
        if (at == GR_TRIE_NONE) continue;
        GR_TRY(r ? try_item_group(a, &k, r, at) : try_item_node(a, &k, i));
    }
    return gr_step(w->env, end - mark->node);
}

/* --- marks of subtrees ---------------------------------------------------- */

/* Tokens of one rest are told apart by what is before it, which their trie
 * does not have: so each is stepped over whole.  A mark at the root of what
 * closes strings is about all of them. */
static gram_status apply_hard_rests(Apply *a, Walk *k, const Mark *mark)
{
    const Rests *r;
    GR_TRY(gr_mark_rests(a->w, mark, &r));
    if (mark->cls == CLASS_INSIDE && mark->node == 0)
        return try_closing(a, k, r);
    for (uint32_t i = mark->node; i < r->node[mark->node].next; i++) {
        uint32_t group = gr_trie_token(&r->node[i]);
        if (group == GR_TRIE_NONE) continue;
        const Group *g = &r->group[group];
        for (uint32_t j = g->start; j < g->start + g->n; j++)
            GR_TRY(try_token(a, k, r->exit[j].token));
    }
    return GRAM_OK;
}

/* A walk over the subtree, from its parent, where the bytes of any token below
 * lead. */
gram_status gr_apply_hard(Apply *a, const Mark *mark)
{
    Walk k;
    uint32_t token, len;
    bool dead;
    GrConfig c = *a->c;
    GR_TRY(gr_apply_load(a));
    GR_TRY(gr_walk_exact(&k, a->w, a->log));
    if (mark->cls != 0) return apply_hard_rests(a, &k, mark);
    const char *bytes = gr_walk_bytes(&k, mark->node, &token, &len);
    GrArenaMark arena = gr_arena_mark(&a->w->arena);
    gram_status status = gr_walk_path(&k, &c, bytes, mark->depth - 1, &dead);
    if (status == GRAM_OK && !dead)
        status = gr_walk_node(&k, &c, mark->node, mark->depth);
    gr_arena_release(a->w->env, &a->w->arena, arena);
    return status;
}

/* Keys that the walk added before this one are known by their texts now.  It
 * depends on nothing else that conditions of a leaf do not hold. */
gram_status gr_apply_again(Apply *a, Mark *mark)
{
    const GrLevel *object = NULL;
    const Rests *r = NULL;
    bool matters;
    Trie trie = {a->w->m->v->node, a->w->m->v->root};
    if (mark->level != 0) object = gr_config_level(a->c, mark->level);
    GR_TRY(
        gr_survey_matters(a->w, mark, object ? object->seen : NULL, &matters));
    if (!matters) return GRAM_OK;
    a->followed = true;
    if (mark->cls != 0) {
        GR_TRY(gr_mark_rests(a->w, mark, &r));
        trie.node = r->node;
    }
    GR_TRY(gr_clear_below(a, &trie, r, mark->node));
    return gr_apply_hard(a, mark);
}

/* Of whatever the end depended on, the log has the truth. */
gram_status gr_apply_end(Apply *a)
{
    GrRun run = {.pda = a->w->m->pda,
                 .env = a->w->env,
                 .arena = &a->w->arena,
                 .log = a->log->at,
                 .log_len = a->log->n};
    bool may;
    a->exact = true;
    GR_TRY(gr_apply_load(a));
    GR_TRY(gr_run_end(&run, a->c, &may));
    return gr_row_put_ends(a->w, may);
}
