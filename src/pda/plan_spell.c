/* Plans where some byte is no token of its own.
 *
 * A plan that takes the best byte each time may come to one that no token
 * has, and then another way has to be found:
 *
 *     {"enum": ["x{y", "the"]}, no token with `{`
 *
 *       "  --x-->  {  nowhere
 *          --t-->  h --> e --> "  end
 *
 * So configurations are searched, those first that are near an end.  From each,
 * moves are tried in the order of plans until one gets nearer: where nothing is
 * missing this is the way that a plan takes, and no byte is tried that it does
 * not try.  A move is a byte that goes on with a row of tokens
 * (GrPlanTokens.spell), or, between two tokens, one that the grammar lets be
 * taken by its id.
 *
 *     queue     spots with moves left to try, by rank
 *     met       configurations that have been entered
 *
 * A shortest way opens no level within the same level, begun in the same state,
 * but for the sake of another verdict.  So levels are nested a few times at
 * most, or where nothing closes them a search would go deeper and deeper.
 *
 * The first search takes configurations for the same that differ in the texts
 * of keys and items alone; else, where a bracket is missing, it would try one
 * more key for ever.  If it finds nothing though a text or the nesting has
 * decided something, there is another one that tells all apart.
 *
 * A way that was found is a plan: it is remembered as others are, step by
 * step, with what it has read, and searches end where they meet it.  Where
 * none is found, nothing is alive, or PATIENCE looks in each order came no
 * nearer: for a token that leads there both are the same, it is not in the
 * mask.  So dead ends are
 * not allowed, and what is lost is what lies behind so long a search.
 *
 * A way that was searched for is no function of where it begins, so what one
 * text has promised another one that is alike in what was read need not keep.
 * Where the text is, what is known of others does not count: a way is searched
 * for again, and it and its bound are kept by all texts.
 *
 * Rejected: deciding in the front ends what is alive by such bytes: numbers by
 * some digits, objects without a colon, each with its own proof, when the
 * same vocabularies have tokens of many bytes that no such proof knows.
 *
 * Cost: as a plan's, and a step for each move that leads nowhere. */
#include "pda/plan_int.h"

enum { PATIENCE = 512, NESTED_ROUGH = 2, NESTED = 4 };
#define NO_SPOT UINT32_MAX

/* --- the queue ------------------------------------------------------------ */

/* Two orders take turns.  One goes on from what has come nearest to an end, and
 * finds detours, however many a way needs; but where it cannot be gone on from
 * there, it would try all that there is.  The other one goes by the length of
 * the whole way. */
enum { ORDERS = 2 };

static uint64_t length_of(const Spot *s)
{
    return s->bytes > UINT64_MAX - s->depth ? UINT64_MAX : s->bytes + s->depth;
}

/* Is spot a to be looked at before b? */
static bool is_before(const Search *s, uint32_t order, uint32_t a, uint32_t b)
{
    const Spot *x = &s->spots.at[a], *y = &s->spots.at[b];
    uint64_t i = length_of(x), j = length_of(y);
    if (order == 0 && x->least != y->least) return x->least < y->least;
    if (order == 0 && x->bytes != y->bytes) return x->bytes < y->bytes;
    return i < j || (i == j && a > b);
}

static gram_status queue_put(GrPlan *p, uint32_t order, uint32_t spot)
{
    Search *s = &p->search;
    GR_TRY(gr_vec_push(p->run.env, &s->queue[order], spot));
    uint32_t i = s->queue[order].n - 1, *at = s->queue[order].at;
    for (; i > 0; i = (i - 1) / 2) {
        if (!is_before(s, order, spot, at[(i - 1) / 2])) break;
        at[i] = at[(i - 1) / 2];
    }
    at[i] = spot;
    return GRAM_OK;
}

static uint32_t queue_take(Search *s, uint32_t order)
{
    uint32_t *at = s->queue[order].at, n = --s->queue[order].n;
    uint32_t first = at[0], last = at[n], i = 0;
    for (uint32_t child; (child = 2 * i + 1) < n; i = child) {
        bool right = child + 1 < n &&
                     is_before(s, order, at[child + 1], at[child]);
        child += right;
        if (!is_before(s, order, at[child], last)) break;
        at[i] = at[child];
    }
    at[i] = last;
    return first;
}

void gr_plan_search_clear(GrPlan *p)
{
    GrEnv *env = p->run.env;
    gr_vec_clear(env, &p->search.spots);
    for (uint32_t i = 0; i < ORDERS; i++)
        gr_vec_clear(env, &p->search.queue[i]);
    gr_vec_clear(env, &p->search.moves);
    gr_map_clear(env, &p->search.met);
}

/* The spot at which the level was opened that is the innermost one of `to`,
 * to which spot `from` leads; NO_SPOT: the search began in it. */
static uint32_t opened_by(const Search *s, uint32_t from, const Spot *to)
{
    uint32_t at = s->spots.at[from].opened;
    if (to->c.depth > s->spots.at[from].c.depth) return s->spots.n;
    while (at != NO_SPOT && s->spots.at[at].c.depth > to->c.depth)
        at = s->spots.at[s->spots.at[at].before].opened;
    return at;
}

static bool same_spelled(const Spelled *a, const Spelled *b)
{
    return a->ends == b->ends && a->n == b->n &&
           memcmp(a->at, b->at, a->n * sizeof *a->at) == 0;
}

static bool opens_alike(const Spot *a, const Spot *b)
{
    return a->c.state.v == b->c.state.v &&
           a->c.stack->frame.v == b->c.stack->frame.v &&
           same_spelled(&a->at, &b->at);
}

/* Would the move open a level that is open so often already? */
static bool is_nested(const Search *s, uint32_t from, const Spot *to)
{
    uint32_t at = s->spots.at[from].opened, n = 0;
    if (to->c.depth <= s->spots.at[from].c.depth) return false;
    for (; at != NO_SPOT; at = s->spots.at[s->spots.at[at].before].opened)
        n += opens_alike(&s->spots.at[at], to);
    return n >= (s->rough ? NESTED_ROUGH : NESTED);
}

/* --- what is met ---------------------------------------------------------- */

static uint64_t hash_level(const GrLevel *l, uint64_t h)
{
    for (uint32_t r = 0; r < GR_REGS; r++)
        if (r == 0 || r != l->item) h = gr_mix(h ^ l->reg[r]);
    for (const GrSeen *s = l->seen; s != NULL; s = s->older)
        if (!s->is_item && s->named != UINT32_MAX)
            h += gr_mix(s->named + UINT64_C(1));
    return h;
}

/* What is told apart: with or without texts. */
static uint64_t key_of(const GrPlan *p, const Spot *s, const PlanStep *step)
{
    Facts all = step->facts[SET_ITEMS + TEXTS];
    uint64_t h = gr_mix((uint64_t)s->c.state.v << 1 | s->at.ends);
    for (uint32_t i = 0; i < s->at.n; i++) h = gr_mix(h ^ s->at.at[i]);
    if (!p->search.rough) return gr_mix(h ^ gr_mix(all.a ^ gr_mix(all.b)));
    h = hash_level(&s->c.level, h);
    for (const GrNode *n = s->c.stack; n != NULL; n = n->below)
        h = hash_level(&n->level, gr_mix(h ^ n->frame.v));
    return h;
}

/* Is it there for the first time?  The log leads to it. */
static gram_status meet(GrPlan *p, const Spot *s, bool *is_new)
{
    PlanStep step;
    GR_TRY(gr_way_facts(p, &s->c, &step));
    uint64_t key = key_of(p, s, &step);
    if (s->depth == 0)
        p->run.own_key = step.in_key && !step.rival ? s->c.key_at + 1 : 0;
    *is_new = gr_map_find(&p->search.met, key) == NULL;
    return *is_new ? gr_map_put(p->run.env, &p->search.met, key, 0) : GRAM_OK;
}

/* A spot for where a move leads from spot `from`, if that is anywhere. */
static gram_status add_spot(GrPlan *p, uint32_t from, Spot *to, bool *dead)
{
    Search *s = &p->search;
    uint32_t len = p->log.n;
    to->c = s->spots.at[from].c;
    to->before = from;
    to->depth = s->spots.at[from].depth + 1;
    GR_TRY(gr_way_move(p, &to->c, to, dead));
    bool is_new = !*dead && !is_nested(s, from, to);
    s->doubted |= !*dead && !is_new;
    if (is_new) GR_TRY(meet(p, to, &is_new));
    if (is_new) GR_TRY(gr_plan_estimate(p, &to->c, &to->bytes));
    gr_way_cut(p, len);
    if (!is_new || to->bytes == UINT64_MAX) return GRAM_OK;
    uint64_t least = s->spots.at[from].least;
    to->least = to->bytes < least ? to->bytes : least;
    to->opened = opened_by(s, from, to);
    GR_TRY(gr_vec_push(p->run.env, &s->spots, *to));
    GR_TRY(queue_put(p, 0, s->spots.n - 1));
    return queue_put(p, 1, s->spots.n - 1);
}

/* The byte is tried only if no other of its class was that is like it: see
 * plan.c.  Both must be between two tokens behind it, since others go on with
 * tokens of their own. */
static gram_status try_byte(GrPlan *p, uint32_t from, uint8_t byte, bool alone)
{
    Spot *s = &p->search.spots.at[from], to = {.byte = byte};
    const uint8_t *map;
    bool dead;
    gr_pda_row(p->run.pda, s->c.state, &map);
    uint8_t cls = map[byte];
    uint64_t *tried = &s->tried[cls >> 6], bit = UINT64_C(1) << (cls & 63);
    if (cls == 0 || !gr_way_spell(p, &s->at, byte, &to.at)) return GRAM_OK;
    bool between = gr_spelled_between(&to.at);
    if (*tried & bit && !alone && between) return GRAM_OK;
    uint32_t flags = gr_pda_get_state(p->run.pda, s->c.state)->flags &
                     (GR_STATE_QUOTED | GR_STATE_KEY);
    GrConfig c = s->c;
    GR_TRY(add_spot(p, from, &to, &dead));
    bool as_all = dead ? flags == GR_STATE_QUOTED
                       : between && !gr_plan_begins_taken(p, &c, byte);
    if (as_all) p->search.spots.at[from].tried[cls >> 6] |= bit;
    return GRAM_OK;
}

/* The hint, then all bytes in the order of plans, then classes of tokens. */
static gram_status try_next(GrPlan *p, uint32_t from, uint32_t i, bool quoted)
{
    const Spot *s = &p->search.spots.at[from];
    if (i == 0) {
        GrHint hint;
        GR_TRY(gr_pda_hint(p->run.pda, &s->c, &hint));
        if (hint.len == 0) return GRAM_OK;
        return try_byte(p, from, (uint8_t)hint.text[0], true);
    }
    if (i <= GR_PLAN_TRIES) {
        uint32_t turn = gr_plan_turn(&s->c);
        uint8_t byte = gr_plan_nth_byte(i - 1, quoted, turn);
        return try_byte(p, from, byte, i <= GR_PLAN_FIRST && !quoted);
    }
    bool dead;
    Spot to = {.take = i - GR_PLAN_TRIES, .at = {.ends = true}};
    return add_spot(p, from, &to, &dead);
}

static uint32_t tries_from(const GrPlan *p, const Spot *s)
{
    const GrState *state = gr_pda_get_state(p->run.pda, s->c.state);
    bool takes = gr_state_takes(state) && s->at.ends;
    uint32_t n = takes ? gr_pda_n_token_classes(p->run.pda) : 0;
    return 1 + GR_PLAN_TRIES + n;
}

/* Until a move gets nearer, or all have been tried. */
static gram_status try_moves(GrPlan *p, uint32_t order, uint32_t at)
{
    Search *s = &p->search;
    uint32_t n = tries_from(p, &s->spots.at[at]), i = s->spots.at[at].next;
    uint64_t now = s->spots.at[at].bytes;
    StateId state = s->spots.at[at].c.state;
    bool quoted = gr_pda_get_state(p->run.pda, state)->flags & GR_STATE_QUOTED;
    for (bool nearer = false; i < n && !nearer; i++) {
        uint32_t before = s->spots.n;
        GR_TRY(try_next(p, at, i, quoted));
        nearer = s->spots.n > before && s->spots.at[before].bytes < now;
    }
    s->spots.at[at].next = i;
    s->spots.at[at].done = i == n;
    return i < n ? queue_put(p, order, at) : GRAM_OK;
}

/* --- ways ----------------------------------------------------------------- */

/* First time at a spot: *end where a way ends there, *dead where there is
 * nothing to be tried. */
static gram_status enter(GrPlan *p, uint32_t at, uint64_t most, bool *end,
                         bool *dead)
{
    PlanStep step;
    Spot *s = &p->search.spots.at[at];
    s->entered = true;
    *end = false;
    *dead = s->depth >= most;
    if (*dead) return GRAM_OK;
    if (s->at.ends) GR_TRY(gr_run_end(&p->run, &s->c, end));
    if (*end) return GRAM_OK;
    GR_TRY(gr_way_facts(p, &s->c, &step));
    bool own = s->depth == 0 && p->search.here;
    *end = gr_way_known(p, &step, &s->at, most - s->depth, own, dead) != NULL;
    return GRAM_OK;
}

/* The next spot of an order. */
static gram_status look_at(GrPlan *p, uint32_t order, uint64_t base,
                           uint64_t most, uint32_t *at, bool *end)
{
    Search *s = &p->search;
    bool dead = false;
    *end = false;
    *at = queue_take(s, order);
    Spot *spot = &s->spots.at[*at];
    if (spot->done) return GRAM_OK;
    GR_TRY(gr_way_write(p, base, *at));
    if (!spot->entered) GR_TRY(enter(p, *at, most, end, &dead));
    spot->done = dead;
    return *end || dead ? GRAM_OK : try_moves(p, order, *at);
}

/* *at becomes the spot at the end of a way; NO_SPOT: none was found. */
static gram_status find_way(GrPlan *p, uint64_t base, uint64_t most,
                            uint32_t *at)
{
    Search *s = &p->search;
    uint64_t left = PATIENCE * ORDERS, nearest = s->spots.at[0].bytes;
    for (uint32_t turn = 0; left > 0; left--, turn++) {
        bool end;
        uint32_t order = s->queue[turn % ORDERS].n > 0 ? turn % ORDERS : 0;
        if (s->queue[order].n == 0) break;
        GR_TRY(look_at(p, order, base, most, at, &end));
        if (end) return GRAM_OK;
        if (s->spots.at[*at].bytes >= nearest) continue;
        nearest = s->spots.at[*at].bytes;
        left = PATIENCE * ORDERS;
    }
    *at = NO_SPOT;
    return GRAM_OK;
}

/* *at: as for find_way. */
static gram_status search_as(GrPlan *p, const GrConfig *from, uint64_t most,
                             bool rough, uint32_t *at)
{
    bool is_new;
    Search *s = &p->search;
    uint32_t base = p->log.n;
    Spot start = {
        .c = *from, .at = {.ends = true}, .before = NO_SPOT, .opened = NO_SPOT};
    gr_way_begin(p);
    GR_TRY(gr_plan_estimate(p, from, &start.bytes));
    start.least = start.bytes;
    s->rough = rough;
    s->doubted = false;
    s->spots.n = s->moves.n = 0;
    for (uint32_t i = 0; i < ORDERS; i++) s->queue[i].n = 0;
    gr_map_clear(p->run.env, &s->met);
    GR_TRY(meet(p, &start, &is_new));
    GR_TRY(gr_vec_push(p->run.env, &s->spots, start));
    for (uint32_t i = 0; i < ORDERS; i++) GR_TRY(queue_put(p, i, 0));
    GR_TRY(find_way(p, base, most, at));
    s->doubted |= (p->run.read | p->run.read_key | p->run.read_item) != 0;
    s->doubted = s->queue[0].n > 0 || (rough && s->doubted);
    gr_way_cut(p, base);
    return GRAM_OK;
}

/* No way was found again from where the text is: *at is the start if one is
 * known of others.  A mask has counted on that. */
static gram_status look_elsewhere(GrPlan *p, const GrConfig *from,
                                  uint64_t most, uint32_t *at)
{
    PlanStep step;
    bool dead;
    Spelled between = {.ends = true};
    p->search.here = false;
    GR_TRY(gr_way_facts(p, from, &step));
    if (gr_way_known(p, &step, &between, most, false, &dead) != NULL) *at = 0;
    return GRAM_OK;
}

static gram_status search(GrPlan *p, const GrConfig *from, uint64_t most,
                          bool *found)
{
    Search *s = &p->search;
    uint32_t base = p->log.n, at;
    GR_TRY(search_as(p, from, most, true, &at));
    if (at == NO_SPOT && s->doubted)
        GR_TRY(search_as(p, from, most, false, &at));
    if (at == NO_SPOT && s->here) GR_TRY(look_elsewhere(p, from, most, &at));
    *found = at != NO_SPOT;
    if (!*found) return gr_way_put_none(p, base, most);
    for (; at != 0; at = s->spots.at[at].before)
        GR_TRY(gr_vec_push(p->run.env, &s->moves, at));
    return gr_way_put(p, from, most);
}

/* What is looked for on the way is a fact from the beginning on: see plan.c. */
gram_status gr_plan_search(GrPlan *p, const GrConfig *c, uint64_t most,
                           bool *found)
{
    uint32_t n_sought, base = p->log.n;
    do {
        n_sought = p->sought.n;
        gr_way_cut(p, base);
        p->path.n = 0;
        GR_TRY(search(p, c, most, found));
        if (p->sought.n > n_sought) gr_plan_retell(p);
    } while (p->sought.n > n_sought);
    return GRAM_OK;
}
