/* Counting repeats in a register where that is exact.
 *
 * X{m,n} is an automaton of its own (nfa.c), which counts by its states or
 * by the stack.  That is right beside any other stacks, but every count is a
 * situation of its own, and so is its mask.  Where a set is one stack alone
 * and the end of the repeat is plain, a level of the waist counts instead:
 *
 *     { q over R }   q only calls X{m,n}, going on in b (and, m being 0,
 *                    does what b does)
 *
 *     push frame { b over R }, state (X{m,n}, entry of X), register 0
 *
 *     entry:  a byte of X, register < n    on in X; its end adds one
 *             another byte, register >= m  pop, and the byte again in b
 *
 * Plain means: X's automaton is deterministic, calls nothing, and is left
 * where a word is complete, so that its words are told apart without looking
 * ahead; b is not final, and begins with no byte that X begins with.  Then
 * every byte decides alone between the two lines, and the language is the
 * same.  All counts share one state, whose loop counts characters, so masks
 * are slices (mask.h) that differ near the bounds only.
 *
 * Bounds are m and n as written: the register is the number of words read. */
#include "grammar/machine.h"

enum { ITEM_STATES = 512, REG = 0 };

/* --- may it be counted? --------------------------------------------------- */

/* X deterministic, without calls, final only where nothing follows; its
 * states lie together, from the entry on. */
static bool is_plain_item(const GrRtn *t, uint32_t a)
{
    uint32_t s = t->automaton.at[a].entry, n = 0;
    if (t->state.at[s].final || t->state.at[s].owner != a) return false;
    for (; s < t->state.n && t->state.at[s].owner == a; s++, n++) {
        const RtnState *q = &t->state.at[s];
        const RtnMove *move = t->move.at + q->move;
        if (n == ITEM_STATES || q->n_calls > 0) return false;
        if (q->final && q->n_moves > 0) return false;
        for (uint32_t i = 1; i < q->n_moves; i++)
            if (move[i].cls == move[i - 1].cls) return false;
    }
    return true;
}

/* Can state b begin with a byte on which q has a move? */
static bool begins_like(const GrRtn *t, const RtnState *b, const RtnState *q)
{
    for (uint32_t i = 0; i < q->n_moves; i++) {
        uint32_t cls = t->move.at[q->move + i].cls;
        for (uint32_t k = 0; k < b->n_moves; k++)
            if (t->move.at[b->move + k].cls == cls) return true;
        for (uint32_t k = 0; k < b->n_calls; k++) {
            Label l = t->call.at[b->call + k].label;
            if (gr_label_kind(l) != LABEL_CALL) return true;
            const RtnAuto *a = &t->automaton.at[gr_label_value(l)];
            if (a->has_regex_first || gr_bit_get(a->first, cls)) return true;
        }
    }
    return false;
}

/* Beside call `c`, does q do what b does, or nothing where m > 0? */
static bool adds_nothing(const GrRtn *t, const RtnState *q, uint32_t c,
                         const RtnState *b, bool empty)
{
    const RtnMove *qm = t->move.at + q->move, *bm = t->move.at + b->move;
    const RtnCall *qc = t->call.at + q->call, *bc = t->call.at + b->call;
    if (!empty) return q->n_moves == 0 && q->n_calls == 1;
    if (q->n_moves != b->n_moves || q->n_calls != b->n_calls + 1) return false;
    for (uint32_t i = 0; i < q->n_moves; i++)
        if (qm[i].cls != bm[i].cls || qm[i].to != bm[i].to) return false;
    for (uint32_t i = 0, k = 0; i < q->n_calls; i++) {
        if (i == c) continue;
        if (qc[i].label.v != bc[k].label.v || qc[i].back != bc[k].back)
            return false;
        k++;
    }
    return true;
}

/* The conditions of the head for call i of q: b is not final and takes no token
 * (a token would end the repeat without a byte), q does nothing else, X is
 * plain, and b and X do not begin alike. */
static bool can_count_call(const GrRtn *t, const RtnState *q, uint32_t i)
{
    RtnCall c = t->call.at[q->call + i];
    if (gr_label_kind(c.label) != LABEL_CALL) return false;
    const RtnAuto *a = &t->automaton.at[gr_label_value(c.label)];
    if (a->item == 0) return false;
    const RtnState *b = &t->state.at[c.back];
    const RtnState *x = &t->state.at[t->automaton.at[a->item - 1].entry];
    return !b->final && !b->takes && adds_nothing(t, q, i, b, a->lo == 0) &&
           is_plain_item(t, a->item - 1) && !begins_like(t, b, x);
}

/* The call of q that can be counted, + 1; 0: none.  Asked once per state. */
static gram_status countable(GrRtn *t, uint32_t symbol, uint32_t *out)
{
    RtnState *q = &t->state.at[symbol];
    if (q->count == 0) {
        q->count = 1;
        /* one byte keeps the answer: i + 2 */
        for (uint32_t i = 0; i < q->n_calls && i < 200 && !q->final; i++)
            if (can_count_call(t, q, i)) q->count = (uint8_t)(i + 2);
        GR_TRY(gr_step(t->env, 1 + q->n_calls));
    }
    *out = q->count - 1u;
    return GRAM_OK;
}

/* --- states --------------------------------------------------------------- */

/* The state of the waist for a place inside of X; `self` is its set, by
 * number. */
static gram_status state_of(MachineA *m, uint32_t automaton, uint32_t symbol,
                            StateId *out)
{
    uint64_t key = gr_pair(automaton, symbol);
    uint32_t *known = gr_map_find(&m->counter_ids, key);
    if (known != NULL) {
        out->v = *known;
        return GRAM_OK;
    }
    uint32_t map = m->rtn.has_regex ? m->byte_map : m->map;
    StackSet self = {GR_COUNTER | m->counters.n};
    Counter c = {automaton, symbol};
    GR_TRY(gr_vec_reserve(m->env, &m->state_sets, 1));
    GR_TRY(gr_vec_push(m->env, &m->counters, c));
    GR_TRY(gr_pda_state(m->pda, map, 0, out));
    m->state_sets.at[m->state_sets.n++] = self;
    return gr_map_put(m->env, &m->counter_ids, key, out->v);
}

gram_status gr_count_enter(MachineA *m, StackSet x, FrameOf frame_of, bool *did,
                           Cell *out)
{
    uint32_t n, call;
    bool hole;
    /* two stacks, or one that may end here, would each need a count */
    const StackTop *top = gr_stacks_get(&m->stacks, x, &n, &hole);
    *did = false;
    if (n != 1 || hole || top->symbol & GR_LEX_SYMBOL ||
        top->symbol < RTN_PSEUDO)
        return GRAM_OK;
    StackSet rest = {top->rest}, below;
    uint32_t symbol = top->symbol;
    GR_TRY(countable(&m->rtn, symbol, &call));
    if (call == 0) return GRAM_OK;
    RtnCall c = m->rtn.call.at[m->rtn.state.at[symbol].call + call - 1];
    uint32_t a = gr_label_value(c.label);
    uint32_t item = m->rtn.automaton.at[a].item - 1;
    FrameId frame;
    StateId state;
    GR_TRY(gr_stacks_push(&m->stacks, c.back, rest, &below));
    GR_TRY(frame_of(m, below, &frame));
    GR_TRY(state_of(m, a, m->rtn.automaton.at[item].entry, &state));
    *did = true;
    return gr_cell_push(m->pda, frame, state, out);
}

/* --- cells ---------------------------------------------------------------- */

static const Counter *counter_at(const MachineA *m, StackSet x)
{
    return &m->counters.at[x.v & ~GR_COUNTER];
}

static const RtnAuto *automaton_of(const MachineA *m, const Counter *c)
{
    return &m->rtn.automaton.at[c->automaton];
}

static uint32_t entry_of(const MachineA *m, const Counter *c)
{
    return m->rtn.automaton.at[automaton_of(m, c)->item - 1].entry;
}

/* A byte of X: the test comes with its first one, the count with its last. */
static gram_status advance(MachineA *m, const Counter *at, uint32_t to,
                           Cell *out)
{
    Counter c = *at; /* making states moves the list */
    const RtnAuto *a = automaton_of(m, &c);
    uint32_t entry = entry_of(m, &c);
    bool ends = m->rtn.state.at[to].final;
    StateId state;
    GR_TRY(state_of(m, c.automaton, ends ? entry : to, &state));
    *out = gr_cell_goto(state);
    if (ends) GR_TRY(gr_cell_add(m->pda, REG, 1, *out, out));
    if (c.symbol != entry || a->hi == GR_RE_INF) return GRAM_OK;
    return gr_cell_test(m->pda, REG, 0, a->hi - 1, *out, gr_cell_dead(), out);
}

/* The two lines of the head: a byte of X, else the end of the repeat, where a
 * word is complete and there have been `lo`.  The byte that ends it is not
 * consumed: it is the first of what follows. */
gram_status gr_count_fill(MachineA *m, StackSet x, uint8_t byte, Cell *out)
{
    const Counter *c = counter_at(m, x);
    const RtnState *q = &m->rtn.state.at[c->symbol];
    uint32_t cls = m->rtn.classes[byte], lo = automaton_of(m, c)->lo;
    bool boundary = c->symbol == entry_of(m, c);
    for (uint32_t i = 0; i < q->n_moves; i++) {
        RtnMove move = m->rtn.move.at[q->move + i];
        if (move.cls == cls) return advance(m, c, move.to, out);
    }
    *out = gr_cell_dead();
    if (!boundary) return GRAM_OK;
    GR_TRY(gr_cell_pop(m->pda, (Verdict){STACKS_HOLE}, true, out));
    if (lo == 0) return GRAM_OK;
    return gr_cell_test(m->pda, REG, lo, UINT32_MAX, *out, gr_cell_dead(), out);
}

/* --- facts ---------------------------------------------------------------- */

static uint64_t times(uint64_t a, uint64_t b)
{
    return a != 0 && b > UINT64_MAX / 2 / a ? UINT64_MAX / 2 : a * b;
}

/* The words that are still missing, each as short as it can be, and what is
 * left of the one being read. */
uint64_t gr_count_cost(const MachineA *m, StackSet x, const GrLevel *level)
{
    const Counter *c = counter_at(m, x);
    uint32_t entry = entry_of(m, c), lo = automaton_of(m, c)->lo;
    uint64_t left = lo > level->reg[REG] ? lo - level->reg[REG] : 0;
    uint64_t one = m->rtn.state.at[entry].cost;
    if (c->symbol == entry) return times(left, one);
    return m->rtn.state.at[c->symbol].cost + times(left ? left - 1 : 0, one);
}

/* Between two words X starts over: that is the loop whose turns are counted. */
gram_status gr_count_loop(MachineA *m, StackSet x, StackSet *from,
                          uint32_t *reg, uint32_t *limit)
{
    const Counter *c = counter_at(m, x);
    *from = (StackSet){STACKS_NONE};
    *reg = REG;
    *limit = automaton_of(m, c)->hi;
    if (c->symbol != entry_of(m, c)) return GRAM_OK;
    return gr_stacks_push(&m->stacks, c->symbol, (StackSet){STACKS_HOLE}, from);
}

gram_status gr_count_print(const MachineA *m, StackSet x, GrText *out)
{
    const Counter *c = counter_at(m, x);
    const RtnAuto *a = automaton_of(m, c);
    char name[60];
    gr_rules_spell(&m->rules, a->rule, name, sizeof name);
    return gr_text_printf(m->env, out, "%s, r%u of %u..%u, .%u", name, REG,
                          a->lo, a->hi, c->symbol - entry_of(m, c));
}
