/* Tokens of plain characters under a budget, inside a JSON string.
 *
 * In: a configuration.  Out: the row is loaded, and holds the affordable ones
 * of the tokens that are made of plain characters alone.  Where the state
 * returns to itself on these, all of them land alike:
 *
 *     nothing is counted      one plan answers for all
 *     characters are          one for each length
 *     a key, an item          the same, but what begins like one that is
 *                             there is asked about by itself
 *
 * A state that is no such loop is left behind by most first bytes: near the
 * root of the trie each node is tried for one, and a loop answers for all
 * below it.  What comes to no loop (a named key, a pattern) is walked.
 *
 * Cost: some plans where the state loops; 256 steps and some more where it is
 * near one. */
#include "mask/budget.h"

enum { DEEP = 3 };      /* bytes below which there is no more trying */
enum { LENGTHS = 256 }; /* characters of a token, at most */

static const Class *plain_of(const Walk *k)
{
    return k->w->m->tables->plain;
}

static bool is_plain(const Walk *k, uint32_t node)
{
    uint32_t token = gr_trie_token(&k->w->m->v->node[node]);
    return token != GR_TRIE_NONE && gr_bit_get(plain_of(k)->all.row, token);
}

/* A byte that no plain token has. */
static bool is_rough(const Walk *k, uint8_t byte)
{
    return byte < 128 && !gr_bit_get(plain_of(k)->ascii, byte);
}

/* Does the state that loops at c (`own` is of its class) take every plain
 * character, whatever keys there are? */
static bool is_loop(const Walk *k, const GrConfig *c, const LoopRef *own)
{
    uint32_t flags = gr_pda_get_state(k->run.pda, c->state)->flags;
    if (own->cls != CLASS_PLAIN && own->cls != CLASS_INSIDE) return false;
    return own->open || !(flags & GR_STATE_KEY);
}

/* --- what begins like something that is there ----------------------------- */

/* Ask about the plain tokens from node i to `end` that are rivals, all of
 * which land at c. */
static gram_status put_rivals(Walk *k, const GrConfig *c, uint32_t i)
{
    GrWork *w = k->w;
    const GrTrieNode *node = w->m->v->node;
    uint32_t end = node[i].next;
    w->levels.n = 0;
    GR_TRY(gr_vec_reserve(w->env, &w->levels, (uint64_t)w->m->v->longest + 2));
    w->levels.at[w->levels.n++].end = end;
    while (w->levels.n > 0) {
        uint32_t len = w->levels.n;
        bool cheap;
        if (i >= w->levels.at[len - 1].end) {
            w->levels.n--;
            continue;
        }
        uint8_t byte = gr_trie_byte(&node[i]);
        k->path[len - 1] = (char)byte;
        if (is_rough(k, byte) || !gr_budget_rival(k, c, len)) {
            i = node[i].next;
            continue;
        }
        if (is_plain(k, i)) {
            GR_TRY(gr_budget_ask(k, c, len, &cheap));
            GR_TRY(gr_row_put_node(w, i, cheap));
        }
        w->levels.at[w->levels.n++].end = node[i++].next;
    }
    return gr_step(w->env, 1);
}

static gram_status put_all_rivals(Walk *k, const GrConfig *c)
{
    const GrVocab *v = k->w->m->v;
    if (!gr_budget_rival(k, c, 0)) return GRAM_OK;
    for (uint32_t b = 0; b < 256; b++)
        if (v->root[b] != GR_TRIE_NONE) GR_TRY(put_rivals(k, c, v->root[b]));
    return GRAM_OK;
}

/* Two characters that are no rival: *len is 0 where none was found. */
static void find_other(const Walk *k, const GrConfig *c, uint32_t *len)
{
    *len = 2;
    for (char x = 'a'; x <= 'z'; x++) {
        k->path[0] = k->path[1] = x;
        if (!gr_budget_rival(k, c, 2)) return;
    }
    *len = 0;
}

/* --- a loop at the root --------------------------------------------------- */

static gram_status put_uncounted(Walk *k, const GrConfig *c, bool *done)
{
    const GrTables *t = k->w->m->tables;
    const Landing *kept;
    uint32_t len;
    bool cheap;
    if (k->w->m->v->longest < 2) return GRAM_OK;
    find_other(k, c, &len);
    if (len == 0) return GRAM_OK;
    GR_TRY(gr_budget_answer(k, c, len, &cheap, &kept));
    if (kept == NULL || (kept->brief && gr_budget_brief(k, c, 0)))
        return GRAM_OK;
    GR_TRY(gr_row_load_base(k->w, cheap ? t->all[CLASS_PLAIN] : BASE_EMPTY));
    *done = true;
    return put_all_rivals(k, c);
}

/* Which lengths are affordable: bit n of *cheap.  *done is false where a plan
 * depends on what is spelled. */
static gram_status try_lengths(Walk *k, const GrConfig *from,
                               const LoopRef *own, uint32_t *cheap, bool *done)
{
    const Class *plain = plain_of(k);
    GrConfig c = *from;
    uint32_t *reg = &c.level.reg[own->reg];
    memset(k->path, 'a', k->w->m->v->longest);
    for (uint32_t n = 1; n <= plain->longest; n++) {
        const Landing *kept;
        bool yes;
        if (plain->chars_at[n] == plain->chars_at[n - 1]) continue;
        if (*reg + n > own->limit || *reg + n < n) return GRAM_OK;
        *reg += n;
        GR_TRY(gr_budget_answer(k, &c, n, &yes, &kept));
        *reg -= n;
        *done = kept != NULL;
        if (!*done) return GRAM_OK;
        if (yes) gr_bit_set(cheap, n);
    }
    return GRAM_OK;
}

/* The row of the lengths up to the first that is too dear, and then those
 * that differ from it. */
static gram_status put_lengths(Walk *k, const uint32_t *cheap)
{
    const GrTables *t = k->w->m->tables;
    const Class *plain = plain_of(k);
    const uint32_t *at = plain->chars_at;
    uint32_t most = 0, base = t->all[CLASS_PLAIN];
    for (uint32_t n = 1; n <= plain->longest; n++) {
        if (at[n] > at[n - 1] && !gr_bit_get(cheap, n)) break;
        most = n;
    }
    if (most < plain->n_few)
        base = t->few[CLASS_PLAIN] + most;
    else
        most = plain->longest;
    GR_TRY(gr_row_load_base(k->w, base));
    for (uint32_t n = 1; n <= plain->longest; n++) {
        bool has = n <= most, want = gr_bit_get(cheap, n);
        for (uint32_t i = at[n - 1]; i < at[n] && has != want; i++)
            if (gr_bit_get(plain->all.row, plain->by_chars[i]))
                GR_TRY(gr_row_put(k->w, plain->by_chars[i], want));
    }
    return gr_step(k->w->env, plain->longest);
}

static gram_status put_counted(Walk *k, const GrConfig *c, const LoopRef *own,
                               bool *done)
{
    uint32_t cheap[LENGTHS / 32] = {0};
    uint32_t flags = gr_pda_get_state(k->run.pda, c->state)->flags;
    if (flags & GR_STATE_KEY || gr_budget_rival(k, c, 0) ||
        plain_of(k)->longest >= LENGTHS)
        return GRAM_OK;
    *done = true;
    GR_TRY(try_lengths(k, c, own, cheap, done));
    return *done ? put_lengths(k, cheap) : GRAM_OK;
}

static gram_status put_loop(Walk *k, const GrConfig *from, bool *done)
{
    LoopRef own;
    GrConfig c = *from;
    GR_TRY(gr_loop_of(k->w, c.state, &own));
    if (!is_loop(k, &c, &own)) return GRAM_OK;
    if (own.as != c.state.v && own.reg < GR_REGS) c.level.reg[own.reg] = 0;
    c.state.v = own.as;
    return own.reg < GR_REGS ? put_counted(k, &c, &own, done)
                             : put_uncounted(k, &c, done);
}

/* --- loops below the root ------------------------------------------------- */

static gram_status put_below(Walk *k, uint32_t node)
{
    const GrTrieNode *at = k->w->m->v->node;
    for (uint32_t i = node + 1; i < at[node].next; i++)
        if (is_plain(k, i)) GR_TRY(gr_row_put_node(k->w, i, true));
    return gr_step(k->w->env, (at[node].next - node) / 8);
}

/* All that is below the node lands at c; the path tells what of it was spelled,
 * `len` bytes. */
static gram_status try_loop(Walk *k, const GrConfig *c, uint32_t node,
                            uint32_t len, bool *done)
{
    LoopRef own;
    const Landing *kept;
    bool cheap;
    GR_TRY(gr_loop_of(k->w, c->state, &own));
    if (!is_loop(k, c, &own) || own.as != c->state.v || own.reg < GR_REGS)
        return GRAM_OK;
    GR_TRY(gr_budget_answer(k, c, len, &cheap, &kept));
    *done = kept != NULL;
    return *done && cheap ? put_below(k, node) : GRAM_OK;
}

/* Where all bytes go on that may follow `before` inside a character; DEAD where
 * they part, or one does not go on: plain tokens have such a character, too. */
static gram_status inner_byte(Walk *k, StateId s, uint8_t before, Cell *to)
{
    const uint8_t *map;
    uint32_t last = UINT32_MAX;
    uint32_t lo = before == 0xE0 ? 0xA0 : before == 0xF0 ? 0x90 : 0x80;
    uint32_t hi = before == 0xED ? 0x9F : before == 0xF4 ? 0x8F : 0xBF;
    to->v = GR_CELL_DEAD;
    gr_pda_row(k->run.pda, s, &map);
    for (uint32_t byte = lo; byte <= hi; byte++) {
        Cell cell;
        if (map[byte] == last) continue;
        GR_TRY(gr_cell_at(k->w, s, (uint8_t)byte, &cell)); /* limit: EMPTY */
        bool parts = last != UINT32_MAX && cell.v != to->v;
        to->v = parts || !gr_cell_is_goto(cell) ? GR_CELL_DEAD : cell.v;
        if (to->v == GR_CELL_DEAD) return GRAM_OK;
        last = map[byte];
    }
    return gr_step(k->w->env, 8);
}

/* c stands behind the first byte of a character, and all those that it begins
 * may lead to one loop.  A key of one of them is not brief. */
static gram_status try_lead(Walk *k, const GrConfig *c, uint32_t node,
                            uint8_t byte, bool *done)
{
    GrConfig behind = *c;
    uint32_t left = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    if (gr_budget_rival(k, c, 1)) return GRAM_OK;
    for (uint32_t i = 0; i < left; i++) {
        Cell to;
        GR_TRY(inner_byte(k, behind.state, i == 0 ? byte : 0, &to));
        if (to.v == GR_CELL_DEAD) return GRAM_OK;
        behind.state = gr_cell_state(to);
        k->path[i + 1] = (char)0x80;
    }
    return try_loop(k, &behind, node, left + 1, done);
}

static gram_status walk_below(Walk *k, const GrConfig *c, uint32_t node,
                              uint32_t depth)
{
    Budget *b = k->ctx;
    b->before = depth;
    b->is_last = false;
    return gr_walk_below(k, c, node, depth);
}

/* One node, and what is below it; c stands above it, behind `depth` bytes.
 * Calls itself DEEP times at most. */
static gram_status try_node(Walk *k, GrConfig c, uint32_t node, uint32_t depth)
{
    const GrTrieNode *at = k->w->m->v->node;
    uint8_t byte = gr_trie_byte(&at[node]);
    bool dead, cheap = false, done = false;
    const Landing *kept;
    if (is_rough(k, byte)) return GRAM_OK;
    GR_TRY(gr_walk_step(k, &c, byte, node, ++depth, &dead));
    if (dead) return GRAM_OK;
    if (is_plain(k, node))
        GR_TRY(gr_budget_answer(k, &c, depth, &cheap, &kept));
    if (cheap) GR_TRY(gr_row_put_node(k->w, node, true));
    if (node + 1 == at[node].next) return GRAM_OK;
    GR_TRY(depth == 1 && byte >= 0xC2 ? try_lead(k, &c, node, byte, &done)
                                      : try_loop(k, &c, node, depth, &done));
    if (done) return GRAM_OK;
    if (depth == DEEP) return walk_below(k, &c, node, depth);
    for (uint32_t i = node + 1; i < at[node].next; i = at[i].next)
        GR_TRY(try_node(k, c, i, depth));
    return GRAM_OK;
}

static gram_status try_roots(Walk *k, const GrConfig *c)
{
    const GrVocab *v = k->w->m->v;
    gram_status status = gr_row_load_base(k->w, BASE_EMPTY);
    GrArenaMark mark = gr_arena_mark(&k->w->arena);
    for (uint32_t b = 0; b < 256 && status == GRAM_OK; b++)
        if (v->root[b] != GR_TRIE_NONE) status = try_node(k, *c, v->root[b], 0);
    gr_arena_release(k->w->env, &k->w->arena, mark);
    return status;
}

gram_status gr_budget_plain(Walk *k, const GrConfig *c)
{
    bool done = false;
    GR_TRY(put_loop(k, c, &done));
    return done ? GRAM_OK : try_roots(k, c);
}
