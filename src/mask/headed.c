/* Tokens that one byte heads, before characters of a class.
 *
 *      .com  .org  .example ...      a label behind the dot of a host name
 *      -bar  -based ...              and behind its hyphen
 *
 * Where a chain (chain.c) is left by a byte, tokens that begin with the byte
 * are not among its rests: they are a subtree of the trie, and that of a dot
 * has 18,000 nodes.  But behind the byte there is mostly a chain again.  For a
 * class and a byte the nodes made of class characters alone are the same for
 * each mask, and so are those where the class is left:
 *
 *      .  c o m        a row, where the chain behind the dot is long enough
 *              "       left: walked from the third state of that chain, unless
 *                      it does not take the byte
 *
 * so a mask sets the row and looks at the latter.  They are found once for a
 * grammar, and for letters and digits with the vocabulary: most classes are
 * these and some punctuation, and add what lies behind that.  Classes have
 * ASCII alone, as those of chains.
 *
 * Some characters are odd behind the byte and none later: an "x" may begin
 * "xn--" there.  They are not left out of the class, with which each word that
 * has an x would leave it: tokens that have one first are walked.
 *
 * And some letters may lead aside, all of them to one place, from which no
 * letter leads back: the last label of a name has small letters, those before
 * it any.  Then there are two states behind n characters, and what is left is
 * walked from the one that its own characters lead to:
 *
 *      s0 -[a-z]-> s1 -[a-z]-> s2 ...
 *         -[A-Z]-> t1 -[a-zA-Z]-> t2 ...
 *
 * Cost: 3 ns a node to find them; then 1 ns for 32 tokens, 5 ns a node that
 * leaves.  In memory a row, and 8 bytes for each such node. */
#include "mask/chain.h"

enum {
    HEADED_LEAST = 1024, /* nodes of a subtree; with fewer a walk is as fast */
    HEADED_MOST = 16,    /* kept for one grammar */
    ODD_SHARE = 8,       /* of a subtree that may be odd */
    EXIT_NODES = 1 << 14 /* below exits; with more all is walked by shapes */
};

/* --- finding them --------------------------------------------------------- */

typedef struct Finder {
    GrEnv *env;
    const GrVocab *v;
    const uint32_t *ascii;
    uint32_t *row;
    Base all;
    GrVec(HeadedExit) exit;
    uint32_t longest;
    uint64_t visited;
} Finder;

/* Nearly all have one token, or none. */
static inline void put_node(Finder *f, uint32_t node)
{
    uint32_t info = f->v->node[node].info, n = 1;
    uint32_t id = info >> GR_TRIE_TOKEN_SHIFT;
    const uint32_t *ids = &id;
    if (!(info & GR_TRIE_HAS)) return;
    if (info & GR_TRIE_SHARED) ids = gr_vocab_same(f->v, node, &n);
    f->all.n += n;
    for (uint32_t i = 0; i < n; i++) {
        gr_bit_set(f->row, ids[i]);
        f->all.sum += token_hash(ids[i]);
    }
}

/* Nodes i .. end - 1, of which the first has `depth` bytes before it.  ends[d]:
 * the node behind the subtree of the node at depth d on the way. */
static gram_status find_range(Finder *f, uint32_t i, uint32_t end,
                              uint32_t depth)
{
    uint32_t ends[HEADED_CHARS + 3];
    f->visited += end - i;
    ends[depth] = end;
    while (i < end) {
        const GrTrieNode *n = &f->v->node[i];
        uint32_t byte = gr_trie_byte(n);
        while (i >= ends[depth]) depth--;
        bool in = byte < 128 && gr_bit_get(f->ascii, byte);
        if (!in || depth > HEADED_CHARS) {
            GR_TRY(gr_vec_push(f->env, &f->exit, (HeadedExit){i, depth + 1}));
            i = n->next;
            continue;
        }
        put_node(f, i);
        if (depth > f->longest) f->longest = depth;
        ends[++depth] = n->next;
        i++;
    }
    return GRAM_OK;
}

/* What is found with a part of the class holds for all of it, but where that
 * part is left by others of the class. */
static gram_status find_more(Finder *f, const Headed *part)
{
    f->all = part->all;
    f->longest = part->longest;
    f->visited += part->n_exits;
    for (uint32_t i = 0; i < part->n_exits; i++) {
        HeadedExit e = part->exit[i];
        uint32_t byte = gr_trie_byte(&f->v->node[e.node]);
        if (byte >= 128 || !gr_bit_get(f->ascii, byte))
            GR_TRY(gr_vec_push(f->env, &f->exit, e));
        else
            GR_TRY(find_range(f, e.node, f->v->node[e.node].next, e.depth - 1));
    }
    return GRAM_OK;
}

static gram_status find_below(Finder *f, uint32_t root)
{
    put_node(f, root);
    return find_range(f, root + 1, f->v->node[root].next, 1);
}

/* Of the same root; `part` may be NULL. */
static gram_status build(GrEnv *env, GrArena *arena, const GrVocab *v,
                         const Headed *part, Headed *out)
{
    size_t size = (size_t)v->mask_words * sizeof(uint32_t) + 1;
    Finder f = {.env = env, .v = v, .ascii = out->ascii};
    f.row = gr_arena_take(env, arena, size);
    if (f.row == NULL) return GRAM_E_MEMORY;
    memset(f.row, 0, size);
    if (part != NULL) memcpy(f.row, part->all.row, size - 1);
    gram_status status = part != NULL ? find_more(&f, part)
                                      : find_below(&f, out->root);
    out->longest = f.longest;
    out->all = f.all;
    out->all.row = f.row;
    out->n_exits = f.exit.n;
    out->exit = (const HeadedExit *)gr_arena_copy(env, arena, f.exit.at,
                                                  f.exit.n * sizeof *f.exit.at);
    gr_vec_clear(env, &f.exit);
    if (status == GRAM_OK && out->exit == NULL) status = GRAM_E_MEMORY;
    return status == GRAM_OK ? gr_step(env, f.visited) : status;
}

/* --- letters and digits --------------------------------------------------- */

/* Bits of 0-9, A-Z and a-z. */
static const uint32_t words[4] = {0, 0x03FF0000, 0x07FFFFFE, 0x07FFFFFE};

bool gr_chain_has(const uint32_t ascii[4], const uint32_t part[4])
{
    bool all = true;
    for (uint32_t i = 0; i < 4; i++) all = all && !(part[i] & ~ascii[i]);
    return all;
}

bool gr_chain_has_words(const uint32_t ascii[4])
{
    return gr_chain_has(ascii, words);
}

static bool is_headed(const GrVocab *v, const uint32_t ascii[4], uint32_t byte)
{
    uint32_t root = v->root[byte];
    return root != GR_TRIE_NONE && !gr_bit_get(ascii, byte) &&
           v->node[root].next - root >= HEADED_LEAST;
}

gram_status gr_headed_tables(GrEnv *env, GrTables *t)
{
    const GrVocab *v = t->v;
    Headed h = {.longest = 0};
    uint32_t n = 0;
    memcpy(h.ascii, words, sizeof words);
    for (uint32_t b = 0; b < 128; b++) n += is_headed(v, h.ascii, b);
    t->headed = gr_arena_take(env, &t->arena, n * sizeof h + 1);
    if (t->headed == NULL) return GRAM_E_MEMORY;
    for (uint32_t b = 0; b < 128; b++) {
        if (!is_headed(v, h.ascii, b)) continue;
        h.root = v->root[b];
        GR_TRY(build(env, &t->arena, v, NULL, &h));
        t->headed[t->n_headed++] = h;
    }
    return GRAM_OK;
}

/* NULL: the class lacks one of those. */
static const Headed *of_words(const GrTables *t, const uint32_t ascii[4],
                              uint32_t root)
{
    const Headed *h = t->headed;
    for (uint32_t i = 0; i < t->n_headed; i++, h++)
        if (h->root == root) return gr_chain_has(ascii, h->ascii) ? h : NULL;
    return NULL;
}

/* --- those of a grammar --------------------------------------------------- */

static bool is_same(const Headed *h, const uint32_t ascii[4], uint32_t root)
{
    return h->root == root && memcmp(h->ascii, ascii, sizeof h->ascii) == 0;
}

/* Under the lock; NULL where no more are kept. */
static gram_status get(GrMasks *m, const uint32_t ascii[4], uint32_t root,
                       const Headed **out)
{
    const Headed *part = of_words(m->tables, ascii, root);
    uint32_t at;
    *out = part;
    if (part != NULL && is_same(part, ascii, root)) return GRAM_OK;
    for (uint32_t i = 0; i < m->headed.n; i++) {
        *out = gr_store_at(&m->headed, i);
        if (is_same(*out, ascii, root)) return GRAM_OK;
    }
    *out = NULL;
    if (m->headed.n >= HEADED_MOST) return GRAM_OK;
    Headed made = {.root = root};
    memcpy(made.ascii, ascii, sizeof made.ascii);
    GR_TRY(build(&m->env, &m->rests, m->v, part, &made));
    GR_TRY(gr_store_add(&m->env, &m->headed, 1, &at));
    *(Headed *)gr_store_at(&m->headed, at) = made;
    *out = gr_store_at(&m->headed, at);
    return GRAM_OK;
}

/* No room for them: a walk needs none. */
static const Headed *headed_of(GrMasks *m, const uint32_t ascii[4],
                               uint32_t root)
{
    const Headed *h = NULL;
    pthread_mutex_lock(&m->lock);
    gram_status status = get(m, ascii, root, &h);
    pthread_mutex_unlock(&m->lock);
    return status == GRAM_OK ? h : NULL;
}

/* --- the chain behind the byte -------------------------------------------- */

typedef struct Line {
    Chain ch;
    const Headed *h; /* NULL: there is none */
    uint32_t root;
    bool may_walk; /* all below it by shapes */
    bool any_odd;
    uint32_t odd[4]; /* of the class, but not in the first state */
    /* Letters that lead aside, and where they are behind n characters, from 1
     * on; n_aside 0: there are none. */
    uint32_t aside[8], n_aside;
    StateId to[HEADED_CHARS + 2];
} Line;

/* It counts if the byte is counted, and then one more; *found is false, too,
 * where there was room for less than that. */
static gram_status start_behind(Walk *k, const GrConfig *c, uint32_t root,
                                Chain *ch, bool *found)
{
    Cell cell;
    Step step;
    *found = false;
    GR_TRY(
        gr_cell_at(k->w, c->state, gr_trie_byte(&k->trie.node[root]), &cell));
    if (!gr_read_step(k->w->m->pda, cell, &step)) return GRAM_OK;
    GR_TRY(gr_chain_start(k->w, step.to, ch, found));
    *found = *found && step.reg == ch->reg;
    if (!*found || step.reg >= GR_REGS) return GRAM_OK;
    uint32_t count = c->level.reg[step.reg];
    *found = step.whole && count < step.hi;
    ch->count = count + 1;
    ch->highest = step.hi;
    return GRAM_OK;
}

/* Nodes of the tokens with an odd character behind the byte. */
static uint32_t count_odd(const GrTrieNode *node, const Line *l)
{
    uint32_t n = 0, next;
    for (uint32_t i = l->root + 1; i < node[l->root].next; i = next) {
        uint32_t byte = gr_trie_byte(&node[i]);
        next = node[i].next;
        if (byte < 128 && gr_bit_get(l->odd, byte)) n += next - i;
    }
    return n;
}

/* Odd are few of the tokens, or all that they are is walked. */
static gram_status widen(Walk *k, Line *l)
{
    const GrTrieNode *node = k->trie.node;
    Chain wide;
    bool found;
    GR_TRY(gr_chain_widen(k->w, &l->ch, &wide, l->odd, &found));
    if (!found ||
        count_odd(node, l) > (node[l->root].next - l->root) / ODD_SHARE)
        return GRAM_OK;
    GR_TRY(gr_chain_follow(k->w, &wide, HEADED_CHARS, &found));
    if (!found) return GRAM_OK;
    l->ch = wide;
    l->any_odd = true;
    return GRAM_OK;
}

/* Where all of these bytes lead from s, by one step that counts nothing. */
static gram_status step_all(GrWork *w, ByteClasses *own,
                            const uint32_t bytes[8], StateId s, StateId *to,
                            bool *one)
{
    Cell cell = {GR_CELL_DEAD};
    Step step;
    GR_TRY(gr_chain_cell(w, own, bytes, s, &cell));
    *one = gr_read_step(w->m->pda, cell, &step) && step.reg >= GR_REGS;
    *to = step.to;
    return GRAM_OK;
}

/* Of all letters and what else the class has; *found: those that it lacks lead
 * aside, as far as tokens go. */
static gram_status follow_aside(GrWork *w, Line *l, const uint32_t all[8],
                                uint32_t most, bool *found)
{
    ByteClasses few = {.map = NULL}, any = {.map = NULL};
    StateId back;
    GR_TRY(gr_chain_follow(w, &l->ch, most, found));
    *found = *found && l->ch.left >= most;
    for (uint32_t n = 0; n < most && *found; n++) {
        GR_TRY(
            step_all(w, &few, l->aside, l->ch.state[n], &l->to[n + 1], found));
        if (n == 0 || !*found) continue;
        GR_TRY(step_all(w, &any, all, l->to[n], &back, found));
        *found = *found && back.v == l->to[n + 1].v;
    }
    if (*found) l->n_aside = most;
    return GRAM_OK;
}

/* A class without some letters may have them all the same. */
static gram_status try_aside(Walk *k, Line *l)
{
    uint32_t all[8] = {0};
    bool found;
    if (l->ch.reg < GR_REGS) return GRAM_OK;
    memcpy(all, words, sizeof words);
    for (uint32_t i = 0; i < 4; i++) {
        l->aside[i] = all[i] & ~l->ch.ascii[i];
        all[i] |= l->ch.ascii[i];
    }
    const Headed *h = headed_of(k->w->m, all, l->root);
    if (h == NULL) return GRAM_OK;
    GR_TRY(follow_aside(k->w, l, all, h->longest, &found));
    if (found) l->h = h;
    return GRAM_OK;
}

/* --- is it worth it? ------------------------------------------------------ */

/* The state behind so many characters, those before a node. */
static StateId state_behind(const Walk *k, const Line *l, uint32_t node,
                            uint32_t chars)
{
    uint32_t token, len;
    if (l->n_aside == 0) return l->ch.state[chars];
    const char *p = gr_walk_bytes(k, node, &token, &len);
    for (uint32_t i = 1; i <= chars; i++)
        if (gr_bit_get(l->aside, (uint8_t)p[i])) return l->to[chars];
    return l->ch.state[chars];
}

/* Is the byte of a node dead in that state? */
static gram_status is_dead(const Walk *k, const Line *l, uint32_t node,
                           uint32_t chars, StateId *at, bool *dead)
{
    Cell cell;
    *at = state_behind(k, l, node, chars);
    GR_TRY(gr_cell_at(k->w, *at, gr_trie_byte(&k->trie.node[node]), &cell));
    *dead = cell.v == GR_CELL_DEAD;
    return GRAM_OK;
}

/* Right behind the byte, is more to be walked out of the class than a walk of
 * shapes takes?  Then it need not be found where else the class is left. */
static gram_status begins_dear(const Walk *k, const Line *l, bool *dear)
{
    const GrTrieNode *node = k->trie.node;
    uint32_t n = 0, end = node[l->root].next, next;
    for (uint32_t i = l->root + 1; i < end; i = next) {
        uint32_t byte = gr_trie_byte(&node[i]);
        StateId at;
        bool dead;
        next = node[i].next;
        if (byte < 128 && gr_bit_get(l->ch.ascii, byte)) continue;
        GR_TRY(is_dead(k, l, i, 0, &at, &dead));
        if (!dead) n += next - i;
    }
    *dear = n > EXIT_NODES;
    return GRAM_OK;
}

/* The same behind all of them. */
static gram_status exits_are_dear(const Walk *k, const Line *l, bool *dear)
{
    const GrTrieNode *node = k->trie.node;
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->h->n_exits && n <= EXIT_NODES; i++) {
        HeadedExit e = l->h->exit[i];
        StateId at;
        bool dead;
        GR_TRY(is_dead(k, l, e.node, e.depth - 2, &at, &dead));
        if (!dead) n += node[e.node].next - e.node;
    }
    *dear = n > EXIT_NODES;
    return gr_step(k->w->env, l->h->n_exits);
}

/* --- finding the line ----------------------------------------------------- */

/* As long as the tokens need it; one that ends before is left to the walk. */
static gram_status find_line(Walk *k, const GrConfig *c, Line *l)
{
    const GrMasks *m = k->w->m;
    bool found, dear = false;
    GR_TRY(start_behind(k, c, l->root, &l->ch, &found));
    if (found && l->may_walk) GR_TRY(begins_dear(k, l, &dear));
    if (!found || dear) return GRAM_OK;
    if (of_words(m->tables, l->ch.ascii, l->root) == NULL) GR_TRY(widen(k, l));
    if (!gr_chain_has_words(l->ch.ascii)) GR_TRY(try_aside(k, l));
    if (l->h != NULL) return GRAM_OK;
    const Headed *all = headed_of(k->w->m, l->ch.ascii, l->root);
    if (all == NULL) return GRAM_OK;
    if (l->ch.left == UINT32_MAX)
        GR_TRY(gr_chain_follow(k->w, &l->ch, all->longest, &found));
    if (found && l->ch.left >= all->longest) l->h = all;
    return GRAM_OK;
}

/* --- the tokens ----------------------------------------------------------- */

/* From there. */
static gram_status walk_behind(Walk *k, const Line *l, const GrConfig *c,
                               uint32_t node, uint32_t chars)
{
    const Chain *ch = &l->ch;
    GrConfig at = *c;
    bool dead;
    GR_TRY(is_dead(k, l, node, chars, &at.state, &dead));
    if (ch->reg < GR_REGS) at.level.reg[ch->reg] = ch->count + chars;
    return dead ? GRAM_OK : gr_walk_node(k, &at, node, chars + 2);
}

/* Walk on where the class is left, from exit *i on up to a node. */
static gram_status walk_exits(Walk *k, const Line *l, const GrConfig *c,
                              uint32_t *i, uint32_t end)
{
    const Headed *h = l->h;
    uint32_t from = *i;
    for (; *i < h->n_exits && h->exit[*i].node < end; ++*i)
        GR_TRY(walk_behind(k, l, c, h->exit[*i].node, h->exit[*i].depth - 2));
    return gr_step(k->w->env, *i - from);
}

/* What the row says of a token with an odd character is not so. */
static gram_status walk_odd(Walk *k, const Line *l, const GrConfig *c,
                            uint32_t node, uint32_t *i)
{
    uint32_t end = k->trie.node[node].next;
    GR_TRY(gr_row_clear_below(k->w, node));
    while (*i < l->h->n_exits && l->h->exit[*i].node < end) ++*i;
    return walk_behind(k, l, c, node, 0);
}

/* Many that leave it at letters (the class has small ones alone) are as many
 * tokens: see run_loose in walk.c. */
static void loosen(GrWork *w, const GrTrieNode *node, const Headed *h)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < h->n_exits; i++)
        n += node[h->exit[i].node].next - h->exit[i].node;
    if (gr_row_may_loosen(w, n)) gr_row_loosen(w);
}

static gram_status walk_line(Walk *k, const Line *l, const GrConfig *c)
{
    const GrTrieNode *node = k->trie.node;
    uint32_t end = node[l->root].next, i = 0;
    for (uint32_t at = l->root + 1; at < end && l->any_odd;
         at = node[at].next) {
        uint32_t byte = gr_trie_byte(&node[at]);
        if (byte >= 128 || !gr_bit_get(l->odd, byte)) continue;
        GR_TRY(walk_exits(k, l, c, &i, at));
        GR_TRY(walk_odd(k, l, c, at, &i));
    }
    return walk_exits(k, l, c, &i, end);
}

/* *done is false where there is no such line, or a walk is better. */
static gram_status put_headed(Walk *k, const GrConfig *c, uint32_t root,
                              bool *done)
{
    const GrTrieNode *node = k->trie.node;
    Line l = {.root = root};
    bool dear;
    l.may_walk = gr_dense_may(k, node[root].next - root);
    if (node[root].next - root >= HEADED_LEAST) GR_TRY(find_line(k, c, &l));
    *done = l.h != NULL;
    if (*done && l.may_walk) {
        GR_TRY(exits_are_dear(k, &l, &dear));
        *done = !dear;
    }
    if (!*done) return GRAM_OK;
    if (l.ch.reg < GR_REGS && l.ch.highest < UINT32_MAX)
        gr_trace_note(k->run.trace, 1, l.ch.reg, 0, l.ch.highest - 1);
    GR_TRY(gr_row_add(k->w, &l.h->all));
    loosen(k->w, node, l.h);
    return walk_line(k, &l, c);
}

/* The others are walked together. */
gram_status gr_headed_walk(Walk *k, const GrConfig *c, const uint32_t bytes[8])
{
    uint32_t others[8] = {0};
    for (uint32_t b = 0; b < 256; b++) {
        bool done;
        if (!gr_bit_get(bytes, b)) continue;
        GR_TRY(put_headed(k, c, k->trie.root[b], &done));
        if (!done) gr_bit_set(others, b);
    }
    return gr_walk_roots(k, c, others);
}
