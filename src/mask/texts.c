/* A walk where the rest of a string is one of some texts.
 *
 * In: a configuration inside a string, and the first bytes to take.  Out: the
 * tokens that are alive into the row.  A list of a thousand texts has a state
 * for each of their beginnings, and a walk of tokens would make those of all
 * that are tokens, at some thousand instructions each, of which the text goes
 * on to a few.  But what is alive is known without states: as tokens and texts
 * are both in order, they are merged.
 *
 *     texts   Ada | Alloy | Awk       a level for each byte of a token that is
 *     tokens  A Ad All Alt Aw         alive: the texts that begin like it
 *
 * A quote ends one of the texts, and what follows it is no string; a backslash
 * begins another spelling.  There the states on the way are made, and the walk
 * goes on as any does.
 *
 * Cost: some 20 instructions a node next to one that is alive, or a text. */
#include "mask/mask_int.h"

/* The texts first .. hi - 1 begin with the bytes that have been read; those
 * below lo have a lower byte next than what is left of the nodes. */
typedef struct TextLevel {
    uint32_t end; /* node behind the subtree */
    uint32_t first, lo, hi;
} TextLevel;

typedef struct SlowText {
    uint32_t node, depth; /* bytes in front of it */
} SlowText;

typedef struct Texts {
    Walk *k;
    const GrConfig *from;
    GrWordRef *text;
    TextLevel *level;
    uint32_t n; /* texts */
    uint64_t visited;
    GrVec(SlowText) slow; /* in the order of nodes */
} Texts;

/* t->n stays 0 where there are none. */
static gram_status find_texts(Texts *t)
{
    GrWork *w = t->k->w;
    StateId s = t->from->state;
    size_t levels = (size_t)w->m->v->longest + 2;
    uint32_t n;
    GR_TRY(gr_pda_texts(w->m->pda, s, NULL, 0, &n));
    if (n == 0) return GRAM_OK;
    t->text = gr_arena_take(w->env, &w->arena, n * sizeof *t->text);
    t->level = gr_arena_take(w->env, &w->arena, levels * sizeof *t->level);
    if (t->text == NULL || t->level == NULL) return GRAM_E_MEMORY;
    GR_TRY(gr_pda_texts(w->m->pda, s, t->text, n, &t->n));
    return gr_step(w->env, n);
}

/* --- nodes ---------------------------------------------------------------- */

/* The texts of a level that have this byte next.  One that ends comes before
 * those that begin like it. */
static TextLevel with_byte(Texts *t, TextLevel *l, uint32_t depth, uint8_t byte)
{
    uint32_t i = l->lo;
    for (; i < l->hi; i++) {
        const GrWordRef *r = &t->text[i];
        if (r->len > depth && (uint8_t)r->text[depth] >= byte) break;
    }
    l->lo = i;
    while (i < l->hi && (uint8_t)t->text[i].text[depth] == byte) i++;
    t->visited += i - l->lo;
    return (TextLevel){0, l->lo, l->lo, i};
}

/* A quote ends a text, a backslash begins a byte of one; controls are never
 * written as they are. */
static gram_status try_odd(Texts *t, const TextLevel *l, uint32_t depth,
                           uint32_t node)
{
    uint8_t byte = gr_trie_byte(&t->k->trie.node[node]);
    bool ends = t->text[l->first].len == depth;
    bool more = t->text[l->hi - 1].len > depth;
    if (!(byte == '"' ? ends : byte == '\\' && more)) return GRAM_OK;
    return gr_vec_push(t->k->w->env, &t->slow, (SlowText){node, depth});
}

static bool is_odd(uint8_t byte)
{
    return byte < ' ' || byte == '"' || byte == '\\';
}

/* The nodes of a root. */
static gram_status walk_root(Texts *t, uint32_t root)
{
    const GrTrieNode *node = t->k->trie.node;
    TextLevel *first = t->level, *l = first, below;
    *l = (TextLevel){node[root].next, 0, 0, t->n};
    for (uint32_t i = root; i < first->end;) {
        while (i >= l->end) l--;
        uint8_t byte = gr_trie_byte(&node[i]);
        uint32_t next = node[i].next, depth = (uint32_t)(l - first);
        t->visited++;
        if (is_odd(byte)) {
            GR_TRY(try_odd(t, l, depth, i));
            i = next;
            continue;
        }
        below = with_byte(t, l, depth, byte);
        below.end = next;
        if (below.lo == below.hi) {
            i = next;
            continue;
        }
        if (node[i].info & GR_TRIE_HAS)
            GR_TRY(gr_row_put_node(t->k->w, i, true));
        if (++i < next) *++l = below;
    }
    return GRAM_OK;
}

/* --- where states are needed ---------------------------------------------- */

/* A limit on the way makes what is below the node hard, as in any walk. */
static gram_status walk_slow(Texts *t, const SlowText *s)
{
    GrConfig c = *t->from;
    uint32_t token, len;
    const char *p = gr_walk_bytes(t->k, s->node, &token, &len);
    bool dead = false;
    for (uint32_t i = 0; i < s->depth && !dead; i++)
        GR_TRY(gr_walk_step(t->k, &c, (uint8_t)p[i], s->node, s->depth + 1,
                            &dead));
    return dead ? GRAM_OK : gr_walk_node(t->k, &c, s->node, s->depth + 1);
}

static gram_status walk_texts(Texts *t, const uint32_t roots[8])
{
    for (uint32_t b = 0; b < 256; b++)
        if (gr_bit_get(roots, b)) GR_TRY(walk_root(t, t->k->trie.root[b]));
    for (uint32_t i = 0; i < t->slow.n; i++)
        GR_TRY(walk_slow(t, &t->slow.at[i]));
    return gr_step(t->k->w->env, t->visited);
}

gram_status gr_texts_walk(Walk *k, const GrConfig *c, const uint32_t roots[8],
                          bool *done)
{
    Texts t = {.k = k, .from = c};
    *done = false;
    if (k->emit != gr_walk_put || k->path != NULL ||
        k->trie.node != k->w->m->v->node)
        return GRAM_OK;
    GR_TRY(find_texts(&t));
    if (t.n == 0) return GRAM_OK;
    *done = true;
    gram_status status = walk_texts(&t, roots);
    gr_vec_clear(k->w->env, &t.slow);
    return status;
}
