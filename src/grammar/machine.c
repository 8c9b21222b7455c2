/* Machine A: sets of stacks behind the waist.
 *
 * One byte on a set x of stacks:
 *
 *   1. every top moves on the byte, or calls what can begin with it; calls
 *      at the left form a partial order, so they are opened from the highest
 *      rank down, each once, over the union of all that may follow it;
 *   2. the result is closed: where a rule may be complete, the stack popped
 *      to what follows it is a member too;
 *   3. a member popped down to the hole makes the cell POP, with the whole
 *      set as verdict, and the frame below completes it: resume(d, v) is
 *      v over d, closed;
 *   4. else the set is divided: what all stacks share below their tops is
 *      pushed as one frame, the rest is the new local state.
 *
 * A return state that can only end is not pushed (a tail call), so right
 * recursion and lists keep the stack flat; equal star frames collapse.
 *
 * Every member of a set can be completed, because the network has no dead
 * ends: no cell leads to a dead end.  BOTTOM's frame is the pseudo state
 * END, which only the end of the text can leave.
 *
 * Tokens by id (pda.h) are one more way to move: TAKE is step 1 with token
 * terminals in the place of bytes.  BEGIN keeps the set and adds the pseudo
 * state INSIDE over what TAKE gives; INSIDE moves on every byte to itself,
 * and END takes it off.  So both meanings of a token, its id and its bytes,
 * are members of one set, and nothing else needs to know. */
#include "grammar/machine.h"

/* --- ids ------------------------------------------------------------------ */

static bool has_top(const MachineA *m, StackSet x, uint32_t symbol)
{
    uint32_t n;
    const StackTop *tops = gr_stacks_get(&m->stacks, x, &n, NULL);
    for (uint32_t i = 0; i < n && tops[i].symbol <= symbol; i++)
        if (tops[i].symbol == symbol) return true;
    return false;
}

/* Can a member take a token by its id? */
static bool takes(const MachineA *m, StackSet x)
{
    uint32_t n;
    const StackTop *tops = gr_stacks_get(&m->stacks, x, &n, NULL);
    if (m->rtn.tokens.n_classes == 0) return false;
    for (uint32_t i = 0; i < n && !(tops[i].symbol & GR_LEX_SYMBOL); i++)
        if (m->rtn.state.at[tops[i].symbol].takes) return true;
    return false;
}

static gram_status state_of(MachineA *m, StackSet x, StateId *out)
{
    uint32_t *known = gr_map_find(&m->state_ids, x.v), map, flags = 0;
    if (known != NULL) {
        out->v = *known;
        return GRAM_OK;
    }
    bool inside = has_top(m, x, RTN_INSIDE);
    if (inside)
        flags = GR_STATE_INSIDE;
    else if (takes(m, x))
        flags = GR_STATE_TAKES;
    GR_TRY(gr_partition_of(m, x, inside, &map));
    GR_TRY(gr_vec_reserve(m->env, &m->state_sets, 1));
    GR_TRY(gr_pda_state(m->pda, map, flags, out));
    m->state_sets.at[m->state_sets.n++] = x;
    return gr_map_put(m->env, &m->state_ids, x.v, out->v);
}

static gram_status frame_of(MachineA *m, StackSet d, FrameId *out)
{
    uint32_t *known = gr_map_find(&m->frame_ids, d.v);
    if (known != NULL) {
        out->v = *known;
        return GRAM_OK;
    }
    GR_TRY(gr_vec_reserve(m->env, &m->frame_sets, 1));
    GR_TRY(gr_pda_frame(m->pda, out));
    m->frame_sets.at[m->frame_sets.n++] = d;
    return gr_map_put(m->env, &m->frame_ids, d.v, out->v);
}

/* --- one byte ------------------------------------------------------------- */

/* Open `callee` later, over `back` over `rest`: a heap by rank, highest
 * first. */
static gram_status pend(MachineA *m, uint32_t callee, uint32_t back,
                        StackSet rest)
{
    uint64_t key = gr_pair(m->rtn.automaton.at[callee].rank, callee);
    GR_TRY(gr_vec_push(m->env, &m->pending, (Pending){key, {0, 0}}));
    Pending *p = m->pending.at;
    uint32_t i = m->pending.n - 1;
    for (uint32_t up; i > 0 && p[up = (i - 1) / 2].key < key; i = up)
        p[i] = p[up];
    p[i] = (Pending){key, {back, rest.v}};
    return GRAM_OK;
}

static Pending pop_pending(MachineA *m)
{
    Pending *p = m->pending.at, top = p[0], last = p[--m->pending.n];
    uint32_t n = m->pending.n, i = 0;
    for (size_t kid; (kid = 2 * (size_t)i + 1) < n; i = (uint32_t)kid) {
        if (kid + 1 < n && p[kid].key < p[kid + 1].key) kid++;
        if (last.key >= p[kid].key) break;
        p[i] = p[kid];
    }
    p[i] = last;
    return top;
}

/* After a tail call there is nothing to do but what follows anyway. */
static bool is_tail(const MachineA *m, uint32_t back)
{
    const RtnState *q = &m->rtn.state.at[back];
    return q->final && !gr_rtn_is_open(q);
}

/* The call to open next, over all that may follow it; there is one. */
static gram_status next_call(MachineA *m, uint32_t *entry, StackSet *rest)
{
    uint64_t key = m->pending.at[0].key;
    m->rests.n = m->backs.n = 0;
    while (m->pending.n > 0 && m->pending.at[0].key == key) {
        StackTop x = pop_pending(m).top;
        if (is_tail(m, x.symbol))
            GR_TRY(gr_vec_push(m->env, &m->rests, x.rest));
        else
            GR_TRY(gr_vec_push(m->env, &m->backs, x));
    }
    GR_TRY(gr_rtn_make(&m->rtn, &m->left, (uint32_t)key));
    *entry = m->rtn.automaton.at[(uint32_t)key].entry;
    if (m->backs.n > 0) {
        GR_TRY(gr_stacks_gather(&m->stacks, &m->backs, rest));
        GR_TRY(gr_vec_push(m->env, &m->rests, rest->v));
    }
    return gr_stacks_join(&m->stacks, m->rests.at, m->rests.n, rest);
}

static gram_status add_top(MachineA *m, uint32_t symbol, StackSet rest)
{
    return gr_vec_push(m->env, &m->tops, (StackTop){symbol, rest.v});
}

/* Is there a string that completes the byte state? */
static gram_status lex_is_live(MachineA *m, LexId lex, bool *live)
{
    GrLexInfo info;
    GrRe *re = m->rules.re;
    const LexId *to = &lex;
    uint32_t n = 1;
    GR_TRY(gr_lex_info(re, lex, &info));
    if (!info.boundary) GR_TRY(gr_lex_targets(re, lex, &to, &n));
    *live = false;
    for (uint32_t i = 0; i < n && !*live; i++) {
        bool none;
        GR_TRY(gr_lex_info(re, to[i], &info));
        GR_TRY(gr_re_is_none(re, info.expr[0], &none));
        *live = !none;
    }
    return GRAM_OK;
}

/* `back`: what follows the lexer, unless that is nothing; UINT32_MAX: it is on
 * top of `rest` already.  A push is dear, and most bytes are dead. */
static gram_status step_lex(MachineA *m, LexId lex, uint8_t byte, uint32_t back,
                            StackSet rest)
{
    GrLexInfo info;
    bool whole, live;
    LexId to;
    GR_TRY(gr_lex_info(m->rules.re, lex, &info));
    if (info.classes[byte] == 0) return GRAM_OK;
    GR_TRY(gr_lex_move(m->rules.re, lex, info.classes[byte], &to, &whole));
    GR_TRY(lex_is_live(m, to, &live));
    if (!live) return GRAM_OK;
    if (back != UINT32_MAX && !is_tail(m, back))
        GR_TRY(gr_stacks_push(&m->stacks, back, rest, &rest));
    return add_top(m, to.v | GR_LEX_SYMBOL, rest);
}

static gram_status step_call(MachineA *m, RtnCall c, uint8_t byte,
                             StackSet rest)
{
    uint32_t value = gr_label_value(c.label), cls = m->rtn.classes[byte];
    LexId lex;
    if (gr_label_kind(c.label) == LABEL_TOKENS) return GRAM_OK;
    if (gr_label_kind(c.label) == LABEL_REGEX) {
        GR_TRY(gr_partition_lexer(m, (ReId){value}, &lex));
        return step_lex(m, lex, byte, c.back, rest);
    }
    const RtnAuto *a = &m->rtn.automaton.at[value];
    if (!a->has_regex_first && !gr_bit_get(a->first, cls)) return GRAM_OK;
    return pend(m, value, c.back, rest);
}

static gram_status step_state(MachineA *m, uint32_t symbol, uint8_t byte,
                              StackSet rest)
{
    const RtnState *q = &m->rtn.state.at[symbol];
    const RtnMove *move = q->n_moves ? &m->rtn.move.at[q->move] : NULL;
    uint32_t cls = m->rtn.classes[byte], lo = 0, hi = q->n_moves;
    GR_TRY(gr_step(m->env, 1 + q->n_calls));
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (move[mid].cls < cls)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < q->n_moves && move[lo].cls == cls; lo++)
        GR_TRY(add_top(m, move[lo].to, rest));
    for (uint32_t i = 0; i < q->n_calls; i++)
        GR_TRY(step_call(m, m->rtn.call.at[q->call + i], byte, rest));
    return GRAM_OK;
}

static gram_status step_tops(MachineA *m, StackSet x, uint8_t byte)
{
    uint32_t n;
    const StackTop *tops = gr_stacks_get(&m->stacks, x, &n, NULL);
    m->tops.n = m->pending.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        StackSet rest = {tops[i].rest};
        LexId lex = {tops[i].symbol & ~GR_LEX_SYMBOL};
        if (tops[i].symbol & GR_LEX_SYMBOL)
            GR_TRY(step_lex(m, lex, byte, UINT32_MAX, rest));
        else if (tops[i].symbol == RTN_INSIDE)
            GR_TRY(add_top(m, RTN_INSIDE, rest));
        else
            GR_TRY(step_state(m, tops[i].symbol, byte, rest));
    }
    while (m->pending.n > 0) {
        uint32_t entry;
        StackSet rest;
        GR_TRY(next_call(m, &entry, &rest));
        GR_TRY(step_state(m, entry, byte, rest));
    }
    return GRAM_OK;
}

static gram_status move(MachineA *m, StackSet x, uint8_t byte, StackSet *out)
{
    GR_TRY(step_tops(m, x, byte));
    GR_TRY(gr_stacks_gather(&m->stacks, &m->tops, out));
    return gr_stacks_close(&m->stacks, *out, out);
}

gram_status gr_machine_move(MachineA *m, StackSet x, uint8_t byte,
                            StackSet *out)
{
    uint32_t cls = m->rtn.has_regex ? byte + 256u : m->rtn.classes[byte];
    uint32_t *known = gr_map_find(&m->moves, gr_pair(x.v, cls));
    if (known != NULL) {
        out->v = *known;
        return GRAM_OK;
    }
    gr_stacks_allow(&m->stacks, x);
    GR_TRY(move(m, x, byte, out));
    /* then without joins, instead of with the sum of some of them under each
     * symbol */
    if (gr_stacks_gave_up(&m->stacks)) GR_TRY(move(m, x, byte, out));
    return gr_map_put(m->env, &m->moves, gr_pair(x.v, cls), out->v);
}

/* --- tokens by id --------------------------------------------------------- */

static gram_status take_state(MachineA *m, uint32_t symbol, uint32_t cls,
                              StackSet rest)
{
    const RtnState *q = &m->rtn.state.at[symbol];
    GR_TRY(gr_step(m->env, 1 + q->n_calls));
    for (uint32_t i = 0; q->takes && i < q->n_calls; i++) {
        RtnCall c = m->rtn.call.at[q->call + i];
        uint32_t value = gr_label_value(c.label);
        if (gr_label_kind(c.label) == LABEL_TOKENS &&
            gr_rtn_has_class(&m->rtn, c.label, cls))
            GR_TRY(add_top(m, c.back, rest));
        if (gr_label_kind(c.label) == LABEL_CALL &&
            m->rtn.automaton.at[value].takes)
            GR_TRY(pend(m, value, c.back, rest));
    }
    return GRAM_OK;
}

/* What follows a token of the class, not closed. */
static gram_status take(MachineA *m, StackSet x, uint32_t cls, StackSet *out)
{
    uint32_t n;
    const StackTop *tops = gr_stacks_get(&m->stacks, x, &n, NULL);
    m->tops.n = m->pending.n = 0;
    for (uint32_t i = 0; i < n && !(tops[i].symbol & GR_LEX_SYMBOL); i++)
        GR_TRY(take_state(m, tops[i].symbol, cls, (StackSet){tops[i].rest}));
    while (m->pending.n > 0) {
        uint32_t entry;
        StackSet rest;
        GR_TRY(next_call(m, &entry, &rest));
        GR_TRY(take_state(m, entry, cls, rest));
    }
    return gr_stacks_gather(&m->stacks, &m->tops, out);
}

static gram_status begin_token(MachineA *m, StackSet x, uint32_t cls,
                               StackSet *out)
{
    StackSet after, inside;
    GR_TRY(take(m, x, cls, &after));
    *out = x;
    if (after.v == STACKS_NONE) return GRAM_OK;
    GR_TRY(gr_stacks_push(&m->stacks, RTN_INSIDE, after, &inside));
    return gr_stacks_union(&m->stacks, x, inside, out);
}

static gram_status end_token(MachineA *m, StackSet x, StackSet *out)
{
    uint32_t n;
    StackSet after = {STACKS_NONE};
    const StackTop *tops = gr_stacks_get(&m->stacks, x, &n, NULL);
    m->tops.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (tops[i].symbol == RTN_INSIDE) /* which is there once */
            after.v = tops[i].rest;
        else
            GR_TRY(add_top(m, tops[i].symbol, (StackSet){tops[i].rest}));
    }
    GR_TRY(gr_stacks_gather(&m->stacks, &m->tops, out));
    return gr_stacks_union(&m->stacks, *out, after, out);
}

/* --- cells ---------------------------------------------------------------- */

/* Is a regex in the middle of a character? */
static gram_status is_inside_char(MachineA *m, StackSet x, bool *yes)
{
    uint32_t n;
    const StackTop *tops = gr_stacks_get(&m->stacks, x, &n, NULL);
    *yes = false;
    for (uint32_t i = 0; i < n && !*yes; i++) {
        GrLexInfo info;
        if (!(tops[i].symbol & GR_LEX_SYMBOL)) continue;
        GR_TRY(gr_lex_info(m->rules.re,
                           (LexId){tops[i].symbol & ~GR_LEX_SYMBOL}, &info));
        *yes = !info.boundary;
    }
    return GRAM_OK;
}

/* What lies below a character is not pushed and popped for each of them: whole
 * characters only change the state, and so are loops and zones. */
static gram_status divide(MachineA *m, StackSet x, StackSet *u, StackSet *d)
{
    bool inside;
    *u = x;
    d->v = STACKS_HOLE;
    GR_TRY(is_inside_char(m, x, &inside));
    return inside ? GRAM_OK : gr_stacks_divide(&m->stacks, x, u, d);
}

/* The cell that leads to a closed set. */
static gram_status cell_to(MachineA *m, StackSet x, Cell *out)
{
    uint32_t n;
    bool hole;
    StackSet u, d;
    StateId state;
    FrameId frame;
    gr_stacks_get(&m->stacks, x, &n, &hole);
    *out = gr_cell_dead();
    if (x.v == STACKS_NONE) return GRAM_OK;
    if (hole) return gr_cell_pop(m->pda, (Verdict){x.v}, false, out);
    bool counts;
    GR_TRY(gr_count_enter(m, x, frame_of, &counts, out));
    if (counts) return GRAM_OK;
    GR_TRY(divide(m, x, &u, &d));
    GR_TRY(state_of(m, u, &state));
    *out = gr_cell_goto(state);
    if (d.v == STACKS_HOLE) return GRAM_OK;
    GR_TRY(frame_of(m, d, &frame));
    return gr_cell_push(m->pda, frame, state, out);
}

static gram_status fill_end(MachineA *m, StackSet x, Cell *out)
{
    uint32_t n;
    *out = gr_cell_dead();
    if (x.v & GR_COUNTER) return GRAM_OK; /* what follows is not empty */
    const StackTop *tops = gr_stacks_get(&m->stacks, x, &n, NULL);
    /* tops are sorted, and END is the smallest symbol */
    if (n == 0 || tops[0].symbol != RTN_END) return GRAM_OK;
    return gr_cell_accept(m->pda, out);
}

/* The cells behind that of the end: see "Tokens by id" in pda.h. */
static gram_status fill_token(MachineA *m, StackSet x, uint32_t i, Cell *out)
{
    uint32_t n = m->rtn.tokens.n_classes;
    gr_stacks_allow(&m->stacks, x);
    if (has_top(m, x, RTN_INSIDE))
        GR_TRY(end_token(m, x, &x));
    else if (i < n)
        GR_TRY(take(m, x, i, &x));
    else
        GR_TRY(begin_token(m, x, i - n, &x));
    GR_TRY(gr_stacks_close(&m->stacks, x, &x));
    return cell_to(m, x, out);
}

static gram_status fill(void *machine, StateId s, uint32_t cls, Cell *out)
{
    MachineA *m = machine;
    StackSet x = m->state_sets.at[s.v];
    uint32_t n_classes, byte = 0;
    const uint8_t *classes = gr_pda_map_of(m->pda, s, &n_classes);
    if (cls == n_classes) return fill_end(m, x, out);
    if (cls > n_classes) return fill_token(m, x, cls - n_classes - 1, out);
    *out = gr_cell_dead();
    if (cls == 0) return GRAM_OK;
    bool counter = x.v & GR_COUNTER;
    if (gr_pda_get_state(m->pda, s)->map == m->map)
        byte = m->byte_of[cls];
    else
        while (byte < 255 && classes[byte] != cls) byte++;
    if (counter) return gr_count_fill(m, x, (uint8_t)byte, out);
    GR_TRY(gr_machine_move(m, x, (uint8_t)byte, &x));
    return cell_to(m, x, out);
}

static gram_status resume(void *machine, FrameId f, Verdict v, Cell *out)
{
    MachineA *m = machine;
    StackSet x = {v.v}, d = m->frame_sets.at[f.v];
    gr_stacks_allow(&m->stacks, x);
    GR_TRY(gr_stacks_over(&m->stacks, x, d, &x));
    GR_TRY(gr_stacks_close(&m->stacks, x, &x));
    return cell_to(m, x, out);
}

static gram_status cost(void *machine, const GrConfig *c, uint64_t *bytes,
                        const GrNode **rest)
{
    MachineA *m = machine;
    StackSet x = m->state_sets.at[c->state.v];
    *bytes = x.v & GR_COUNTER ? gr_count_cost(m, x, &c->level)
                              : gr_stacks_fact(&m->stacks, x)->cost;
    *rest = c->stack;
    return GRAM_OK;
}

static gram_status frame_cost(void *machine, const GrNode *n, uint64_t *bytes,
                              const GrNode **rest)
{
    MachineA *m = machine;
    *bytes = gr_stacks_fact(&m->stacks, m->frame_sets.at[n->frame.v])->cost;
    *rest = n->below;
    return GRAM_OK;
}

/* More stacks take more texts.  Members are told apart by their ids; the hole
 * is none of a state's. */
static bool covers(void *machine, StateId s, StateId t)
{
    const MachineA *m = machine;
    StackSet x = m->state_sets.at[s.v], y = m->state_sets.at[t.v];
    uint32_t n, k, i = 0;
    if (x.v == y.v || (x.v | y.v) & GR_COUNTER) return x.v == y.v;
    const StackTop *more = gr_stacks_get(&m->stacks, x, &n, NULL);
    const StackTop *less = gr_stacks_get(&m->stacks, y, &k, NULL);
    for (uint32_t j = 0; j < k; j++, i++) {
        while (i < n && more[i].symbol < less[j].symbol) i++;
        while (i < n && more[i].symbol == less[j].symbol &&
               more[i].rest != less[j].rest)
            i++;
        if (i == n || more[i].symbol != less[j].symbol) return false;
    }
    return true;
}

static gram_status print(void *machine, StateId s, GrText *out)
{
    MachineA *m = machine;
    StackSet x = m->state_sets.at[s.v];
    if (x.v & GR_COUNTER) return gr_count_print(m, x, out);
    return gr_stacks_print(&m->stacks, &m->rules, x, out);
}

static gram_status print_frame(void *machine, FrameId f, GrText *out)
{
    MachineA *m = machine;
    return gr_stacks_print(&m->stacks, &m->rules, m->frame_sets.at[f.v], out);
}

static void rebind(void *machine, GrPda *pda)
{
    MachineA *m = machine;
    m->pda = pda;
}

const GrMachineOps gr_machine_a = {
    .name = "grammar",
    .fill = fill,
    .resume = resume,
    .covers = covers,
    .loop = gr_machine_loop,
    .cost = cost,
    .frame_cost = frame_cost,
    .sure = true,
    .plain = true,
    .print = print,
    .print_frame = print_frame,
    .print_stage = gr_machine_print_stage,
    .rebind = rebind,
    .free = gr_machine_free,
};

/* --- life ----------------------------------------------------------------- */

gram_status gr_machine_start(MachineA *m, GrPda *pda)
{
    StackSet end, x;
    StateId start;
    uint32_t n;
    bool hole;
    m->pda = pda;
    GR_TRY(gr_partition_start(m));
    GR_TRY(gr_rtn_make(&m->rtn, &m->left, 0));
    GR_TRY(gr_stacks_push(&m->stacks, RTN_END, (StackSet){STACKS_HOLE}, &end));
    GR_TRY(gr_vec_push(m->env, &m->frame_sets, end));
    /* pushed again where a text that was complete goes on */
    GR_TRY(gr_map_put(m->env, &m->frame_ids, end.v, GR_FRAME_BOTTOM));
    GR_TRY(gr_stacks_push(&m->stacks, m->rtn.automaton.at[0].entry,
                          (StackSet){STACKS_HOLE}, &x));
    GR_TRY(gr_stacks_close(&m->stacks, x, &x));
    gr_stacks_get(&m->stacks, x, &n, &hole);
    /* the empty text is complete: the start state sees the end itself */
    if (hole) GR_TRY(gr_stacks_over(&m->stacks, x, end, &x));
    GR_TRY(state_of(m, x, &start));
    gr_pda_set_start(pda, start);
    return GRAM_OK;
}

void gr_machine_free(void *machine)
{
    MachineA *m = machine;
    GrEnv *env = m->env;
    gr_stacks_clear(&m->stacks);
    gr_left_clear(&m->left);
    gr_nfa_clear(&m->nfa);
    gr_rtn_clear(&m->rtn);
    gr_rules_clear(&m->rules);
    gr_map_clear(env, &m->state_ids);
    gr_map_clear(env, &m->frame_ids);
    gr_vec_clear(env, &m->state_sets);
    gr_map_clear(env, &m->counter_ids);
    gr_vec_clear(env, &m->counters);
    gr_vec_clear(env, &m->frame_sets);
    gr_map_clear(env, &m->moves);
    gr_vec_clear(env, &m->pending);
    gr_vec_clear(env, &m->rests);
    gr_vec_clear(env, &m->backs);
    gr_vec_clear(env, &m->tops);
    gr_map_clear(env, &m->loop_ids);
    gr_vec_clear(env, &m->loops);
    gr_partition_clear(m);
    gr_arena_clear(env, &m->arena);
    gr_free(env, m, sizeof *m);
}
