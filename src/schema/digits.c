/* Between typed values and the number automaton (number.h).
 *
 * The automaton knows neither variables nor roots.  It gets the number atoms of
 * a typed value as a tuple, and the goal over them, `all`, as nodes of its own:
 *
 *      variables of all roots, ascending     17     23     40
 *      position in the tuple                  0      1      2
 *      truth vector at an end                 1      0      1
 *                                              \     |     /
 *      roots, evaluated over it            verdict of the frame
 *
 * A truth vector has a bit for each atom, which is more than parents ask: from
 * it the roots are evaluated, and their bits are the verdict.  So two ends with
 * different vectors often have one verdict, and a state of the automaton beside
 * a typed value is one of the machine.
 *
 * What a prefix rules out for good is dropped from the function (narrow): with
 * an enum of a thousand numbers the states behind "12" would else all differ
 * from those that another parent with 12 alone has made. */
#include "schema/cells.h"

struct NumberSpec {
    GrNumSpecId id;
    uint32_t n;
    uint32_t *vars; /* position -> variable, ascending */
};

typedef GrVec(uint32_t) Words;

/* Of numbers alone: that a number is another one than those seen is none of
 * the automaton's business (other_number.c). */
static gram_status add_vars(Sm *sm, Bdd f, Words *vars)
{
    GR_TRY(gr_bdd_reach(&sm->bdd, f));
    for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
        BddNode n = gr_bdd_node(&sm->bdd, (Bdd){sm->bdd.reached.at[i]});
        if (sm_atom_of(sm, n.var).kind == ATOM_NUMBER)
            GR_TRY(gr_vec_push(sm->env, vars, n.var));
    }
    return GRAM_OK;
}

/* Variables of all roots, each once. */
static gram_status read_vars(Sm *sm, const Typed *t, Words *vars)
{
    for (uint32_t i = 0; i < t->n; i++)
        GR_TRY(add_vars(sm, (Bdd){t->root[i]}, vars));
    vars->n = sm_sort_unique(vars->at, vars->n);
    return GRAM_OK;
}

/* What a spec is made of, while it is made. */
typedef struct Parts {
    Words vars;
    GrVec(GrNumAtomId) atoms;
    GrVec(GrNumNode) nodes;
} Parts;

/* The goal as the automaton's own nodes: ids of reached nodes are ascending, so
 * a node's number is its place + 2.  Variables become positions, which keeps
 * their order: the automaton wants greater ones below. */
static gram_status read_nodes(Sm *sm, Bdd all, Parts *p, uint32_t *root)
{
    const uint32_t *id;
    GR_TRY(gr_bdd_reach(&sm->bdd, all));
    id = sm->bdd.reached.at;
    uint32_t n = sm->bdd.reached.n;
    for (uint32_t i = 0; i < n; i++) {
        BddNode node = gr_bdd_node(&sm->bdd, (Bdd){id[i]});
        uint32_t lo = node.lo.v, hi = node.hi.v;
        if (lo >= 2) lo = sm_find_word(id, n, 1, lo) + 2;
        if (hi >= 2) hi = sm_find_word(id, n, 1, hi) + 2;
        uint32_t var = sm_find_word(p->vars.at, p->vars.n, 1, node.var);
        GR_TRY(gr_vec_push(sm->env, &p->nodes, (GrNumNode){var, lo, hi}));
    }
    *root = all.v < 2 ? all.v : n + 1;
    return GRAM_OK;
}

static gram_status make_spec(Sm *sm, TypedId id, Parts *p, NumberSpec *spec)
{
    const Typed *t = sm_typed_at(sm, id);
    Bdd all = t->all;
    uint32_t root, other;
    GR_TRY(sm_other_var(sm, id, &other));
    if (other != UINT32_MAX)
        GR_TRY(gr_bdd_restrict(&sm->bdd, all, other, true, &all));
    GR_TRY(read_vars(sm, t, &p->vars));
    for (uint32_t i = 0; i < p->vars.n; i++) {
        GrNumAtomId atom = {sm_atom_of(sm, p->vars.at[i]).a};
        GR_TRY(gr_vec_push(sm->env, &p->atoms, atom));
    }
    GR_TRY(read_nodes(sm, all, p, &root));
    GR_TRY(gr_num_spec(sm->num, p->atoms.at, p->atoms.n, p->nodes.at,
                       p->nodes.n, root, &spec->id));
    spec->n = p->vars.n;
    spec->vars = (uint32_t *)gr_arena_copy(sm->env, &sm->arena, p->vars.at,
                                           p->vars.n * sizeof *spec->vars);
    return spec->vars ? GRAM_OK : GRAM_E_MEMORY;
}

/* Made at the first byte of a number, kept in the typed value. */
static gram_status get_spec(Sm *sm, TypedId id, const NumberSpec **out)
{
    Typed *t = sm_typed_at(sm, id);
    if (t->number == NULL) {
        Parts p = {0};
        NumberSpec *spec = gr_arena_take(sm->env, &sm->arena, sizeof *spec);
        if (spec == NULL) return GRAM_E_MEMORY;
        gram_status status = make_spec(sm, id, &p, spec);
        gr_vec_clear(sm->env, &p.vars);
        gr_vec_clear(sm->env, &p.atoms);
        gr_vec_clear(sm->env, &p.nodes);
        GR_TRY(status);
        t->number = spec;
    }
    *out = t->number;
    return GRAM_OK;
}

/* Of a number without bounds nearly all that is asked for are its digits, and
 * they lead to one state: equal languages behind them, whatever the automaton
 * calls them. */
gram_status sm_number_is_even(Sm *sm, TypedId id, uint32_t state, bool *even)
{
    const NumberSpec *spec;
    GR_TRY(get_spec(sm, id, &spec));
    *even = spec->n == 0 || state == NUMBER_FIRST ||
            !gr_num_in_exponent(sm->num, (GrNumStateId){state});
    for (uint32_t i = 0; i < spec->n && *even; i++) {
        GrNumAtomId atom = {sm_atom_of(sm, spec->vars[i]).a};
        *even = gr_num_is_even(sm->num, atom);
    }
    return GRAM_OK;
}

/* A state is given out only if it is alive, so `dead` is the answer.  The cost
 * of a dead one means nothing. */
gram_status sm_number_live(Sm *sm, TypedId id, bool *alive, uint64_t *cost)
{
    const NumberSpec *spec;
    GrNumStateId start;
    bool dead;
    uint32_t bytes = 1;
    GR_TRY(get_spec(sm, id, &spec));
    GR_TRY(gr_num_start(sm->num, spec->id, &start, &dead));
    if (!dead) GR_TRY(gr_num_cost(sm->num, start, &bytes));
    *alive = !dead;
    *cost = bytes;
    return GRAM_OK;
}

gram_status sm_number_shortest(Sm *sm, TypedId id, GrText *out)
{
    const NumberSpec *spec;
    GR_TRY(get_spec(sm, id, &spec));
    return gr_num_shortest(sm->num, spec->id, out);
}

/* Values, not spellings.  "Any number" needs no automaton to be asked. */
gram_status sm_number_count(Sm *sm, TypedId id, uint32_t cap, uint32_t *n)
{
    const NumberSpec *spec;
    *n = cap;
    if (gr_bdd_is(sm_typed_at(sm, id)->all, true)) return GRAM_OK;
    GR_TRY(get_spec(sm, id, &spec));
    return gr_num_count(sm->num, spec->id, cap, n);
}

/* In every root one equality gives way to the one that is left of it, as in "1
 * or 12 or 7" -> "1 or 12" behind a digit 1.  The new variable may lie anywhere
 * in the order: hence ite, not a renaming. */
static gram_status replace(Sm *sm, Bdd *root, uint32_t n, uint32_t var,
                           Bdd other)
{
    for (uint32_t i = 0; i < n; i++) {
        Bdd hi, lo;
        GR_TRY(gr_bdd_restrict(&sm->bdd, root[i], var, true, &hi));
        GR_TRY(gr_bdd_restrict(&sm->bdd, root[i], var, false, &lo));
        GR_TRY(gr_bdd_ite(&sm->bdd, other, hi, lo, &root[i]));
    }
    return GRAM_OK;
}

/* Those that the number cannot equal any more fall, all at once: a wide enum
 * has a root and a constant for each of its members.  One restriction for each
 * would pass over all roots as often. */
static gram_status drop_others(Sm *sm, GrNumStateId at, const NumberSpec *spec,
                               Words *gone, Bdd *root, uint32_t n)
{
    for (uint32_t i = 0; i < spec->n; i++) {
        GrNumAtomId atom = {sm_atom_of(sm, spec->vars[i]).a}, to;
        bool none;
        GR_TRY(gr_num_narrow(sm->num, at, atom, &to, &none));
        if (none) GR_TRY(gr_vec_push(sm->env, gone, spec->vars[i]));
    }
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(gr_bdd_fall(&sm->bdd, root[i], gone->at, gone->n, &root[i]));
    return GRAM_OK;
}

/* Equalities that are out fall first, which leaves few roots to be gone over
 * for those that only shrink.  The new atom stands beside the old one, so that
 * the order stays what it was. */
static gram_status narrow_roots(Sm *sm, GrNumStateId at, const NumberSpec *spec,
                                Bdd *root, uint32_t n)
{
    Words gone = {0};
    gram_status status = drop_others(sm, at, spec, &gone, root, n);
    gr_vec_clear(sm->env, &gone);
    for (uint32_t i = 0; i < spec->n && status == GRAM_OK; i++) {
        GrNumAtomId atom = {sm_atom_of(sm, spec->vars[i]).a}, to;
        bool none;
        Bdd other;
        status = gr_num_narrow(sm->num, at, atom, &to, &none);
        if (status != GRAM_OK || none || to.v == atom.v) continue;
        status = sm_atom_near(sm, ATOM_NUMBER, T_NUMBER, to.v, 0, spec->vars[i],
                              &other);
        if (status == GRAM_OK)
            status = replace(sm, root, n, spec->vars[i], other);
    }
    return status;
}

/* The typed value with those constants alone that the number can still equal.
 * The same id where nothing has changed. */
static gram_status narrow(Sm *sm, GrNumStateId at, TypedId id, TypedId *out)
{
    const Typed *t = sm_typed_at(sm, id);
    const NumberSpec *spec;
    GR_TRY(get_spec(sm, id, &spec));
    *out = id;
    if (spec->n == 0) return GRAM_OK;
    Bdd *root = sm_take_roots(sm, id);
    if (root == NULL) return GRAM_E_MEMORY;
    gram_status status = narrow_roots(sm, at, spec, root, t->n);
    bool same = memcmp(root, t->root, t->n * sizeof *root) == 0;
    if (status == GRAM_OK && !same) status = sm_with_roots(sm, id, root, out);
    sm_drop_roots(sm, id, root);
    return status;
}

/* The state behind a digit, in terms of the narrowest function that says the
 * same.  Where the automaton cannot tell the prefix's state under the narrower
 * spec, both stay as they are: correct, only less shared. */
static gram_status number_state(Sm *sm, GrNumStateId at, TypedId id,
                                StateId *out)
{
    TypedId less = id;
    if (gr_num_may_narrow(sm->num, at)) GR_TRY(narrow(sm, at, id, &less));
    if (less.v != id.v) {
        const NumberSpec *spec;
        GrNumStateId to;
        bool is;
        GR_TRY(get_spec(sm, less, &spec));
        GR_TRY(gr_num_carry(sm->num, at, spec->id, &to, &is));
        if (is) return sm_state(sm, S_NUMBER, to.v, less.v, out);
    }
    return sm_state(sm, S_NUMBER, at.v, id.v, out);
}

/* The start state itself is none of the machine's: a number's level begins with
 * its first byte. */
gram_status sm_number_first(Sm *sm, TypedId id, uint8_t byte, StateId *out,
                            bool *alive)
{
    const NumberSpec *spec;
    GrNumStateId at;
    bool dead;
    GR_TRY(get_spec(sm, id, &spec));
    GR_TRY(gr_num_start(sm->num, spec->id, &at, &dead));
    if (!dead) GR_TRY(gr_num_move(sm->num, at, byte, &at, &dead));
    *alive = !dead;
    return dead ? GRAM_OK : number_state(sm, at, id, out);
}

typedef struct EndCtx {
    const NumberSpec *spec;
    const Sm *sm;
    const uint32_t *vector;
} EndCtx;

/* Atoms are looked up by their automaton id: positions hold each once.  That is
 * linear in the atoms, but done only at an end. */
static bool pick_atom(void *ctx, const Atom *a)
{
    const EndCtx *c = ctx;
    if (a->kind == ATOM_OTHER) return true;
    for (uint32_t i = 0; i < c->spec->n; i++)
        if (sm_atom_of(c->sm, c->spec->vars[i]).a == a->a)
            return gr_bit_get(c->vector, i);
    return false;
}

/* The number ends: close the level and run the byte again.  A number has no
 * closing mark: its last digit is known to be that by what follows, which
 * belongs to the level below. */
static gram_status end_cell(Sm *sm, uint32_t state, TypedId id, Cell *out)
{
    const NumberSpec *spec;
    Verdict v;
    bool ok;
    GR_TRY(get_spec(sm, id, &spec));
    *out = gr_cell_dead();
    const uint32_t *vector = gr_num_end(sm->num, (GrNumStateId){state}, NULL);
    if (vector == NULL) return GRAM_OK;
    EndCtx ctx = {spec, sm, vector};
    GR_TRY(sm_verdict(sm, id, pick_atom, &ctx, &v, &ok));
    return ok ? gr_cell_pop(sm->pda, v, true, out) : GRAM_OK;
}

/* `id` stays that of the state the byte is read in; narrowing comes after the
 * move, as it asks about the digits read. */
gram_status sm_number_fill(Sm *sm, uint32_t state, TypedId id, uint8_t byte,
                           Cell *out)
{
    GrNumStateId to;
    StateId next;
    bool dead;
    if (byte == 0) return end_cell(sm, state, id, out);
    GR_TRY(gr_num_move(sm->num, (GrNumStateId){state}, byte, &to, &dead));
    *out = gr_cell_dead();
    if (dead) return GRAM_OK;
    GR_TRY(number_state(sm, to, id, &next));
    return sm_digit_cell(sm, id, to, next, out);
}

gram_status sm_number_replay(Sm *sm, TypedId id, const char *text, uint32_t len,
                             uint32_t *state)
{
    const NumberSpec *spec;
    GrNumStateId at;
    bool dead;
    GR_TRY(get_spec(sm, id, &spec));
    GR_TRY(gr_num_start(sm->num, spec->id, &at, &dead));
    for (uint32_t i = 0; i < len && !dead; i++)
        GR_TRY(gr_num_move(sm->num, at, (uint8_t)text[i], &at, &dead));
    *state = dead ? 0 : at.v + 1;
    return GRAM_OK;
}

/* --- how far the ends are ------------------------------------------------- */

/* States looked at for one question.  A verdict whose nearest end lies behind
 * more of them gets no way: *nearest of sm_number_ways still has the true
 * distance to any end. */
enum { STATES_TRIED = 256 };
/* E moves like e. */
static const char digits[] = "0123456789.-+e";

typedef struct Near {
    uint32_t state, bytes;
} Near;
typedef GrVec(Near) Nears;

/* What the number would end with here; not *ok: it may not. */
static gram_status number_verdict(Sm *sm, uint32_t state, TypedId id,
                                  Verdict *v, bool *ok)
{
    const NumberSpec *spec;
    GR_TRY(get_spec(sm, id, &spec));
    const uint32_t *vector = gr_num_end(sm->num, (GrNumStateId){state}, NULL);
    *ok = vector != NULL;
    if (!*ok) return GRAM_OK;
    EndCtx ctx = {spec, sm, vector};
    return sm_verdict(sm, id, pick_atom, &ctx, v, ok);
}

static gram_status add_moves(Sm *sm, Near from, Nears *open)
{
    for (uint32_t i = 0; digits[i] && open->n < STATES_TRIED; i++) {
        GrNumStateId to;
        bool dead;
        uint32_t j = 0;
        GR_TRY(gr_num_move(sm->num, (GrNumStateId){from.state},
                           (uint8_t)digits[i], &to, &dead));
        if (dead) continue;
        while (j < open->n && open->at[j].state != to.v) j++;
        if (j == open->n)
            GR_TRY(gr_vec_push(sm->env, open, (Near){to.v, from.bytes + 1}));
    }
    return GRAM_OK;
}

/* Breadth first, so that the first end of a verdict is its nearest.  It stops
 * when each verdict that can occur at all has been met. */
static gram_status find_near(Sm *sm, TypedId id, Nears *open, SmWays *out)
{
    const SmEnd *end;
    uint32_t n;
    GR_TRY(sm_ends(sm, id, &end, &n));
    for (uint32_t i = 0; i < open->n && out->n < n; i++) {
        Verdict v;
        bool ok;
        Near at = open->at[i];
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(number_verdict(sm, at.state, id, &v, &ok));
        if (ok) GR_TRY(sm_ways_add(sm->env, out, v, at.bytes));
        GR_TRY(add_moves(sm, at, open));
    }
    return GRAM_OK;
}

void sm_init_near(Sm *sm)
{
    gr_store_init(&sm->near, sizeof(KeptWays));
}

gram_status sm_ways_keep(Sm *sm, GrMap *by, uint64_t key, const SmWays *found)
{
    uint32_t at;
    size_t size = found->n * sizeof *found->at;
    SmWay *copy = gr_arena_take(sm->env, &sm->arena, size);
    if (copy == NULL) return GRAM_E_MEMORY;
    if (size) memcpy(copy, found->at, size);
    GR_TRY(gr_store_add(sm->env, &sm->near, 1, &at));
    *(KeptWays *)gr_store_at(&sm->near, at) = (KeptWays){copy, found->n};
    return gr_map_put(sm->env, by, key, at);
}

bool sm_ways_kept(const Sm *sm, const GrMap *by, uint64_t key, KeptWays *out)
{
    const uint32_t *at = gr_map_find(by, key);
    *out = (KeptWays){NULL, 0};
    if (at != NULL) *out = *(const KeptWays *)gr_store_at(&sm->near, *at);
    return at != NULL;
}

static gram_status find_ways(Sm *sm, uint32_t state, TypedId id, SmWays *found)
{
    Nears open = {0};
    gram_status status = gr_vec_push(sm->env, &open, (Near){state, 0});
    if (status == GRAM_OK) status = find_near(sm, id, &open, found);
    gr_vec_clear(sm->env, &open);
    return status;
}

/* A budgeted mask asks at every node of a trie. */
static gram_status kept_ways(Sm *sm, uint32_t state, TypedId id, KeptWays *out)
{
    uint64_t key = gr_pair(state, id.v);
    SmWays found = {0};
    if (sm_ways_kept(sm, &sm->number_ways, key, out)) return GRAM_OK;
    gram_status status = find_ways(sm, state, id, &found);
    if (status == GRAM_OK)
        status = sm_ways_keep(sm, &sm->number_ways, key, &found);
    gr_vec_clear(sm->env, &found);
    GR_TRY(status);
    sm_ways_kept(sm, &sm->number_ways, key, out);
    return GRAM_OK;
}

/* With one verdict, as for nearly every number, the automaton's own cost is the
 * answer and nothing is searched. */
gram_status sm_number_ways(Sm *sm, uint32_t state, TypedId id, SmWays *out,
                           uint64_t *nearest)
{
    uint32_t n;
    const SmEnd *end;
    KeptWays kept;
    GR_TRY(gr_num_cost(sm->num, (GrNumStateId){state}, &n));
    *nearest = n;
    GR_TRY(sm_ends(sm, id, &end, &n));
    if (n == 1) return sm_ways_add(sm->env, out, end->verdict, *nearest);
    GR_TRY(kept_ways(sm, state, id, &kept));
    for (uint32_t i = 0; i < kept.n; i++)
        GR_TRY(sm_ways_add(sm->env, out, kept.at[i].verdict, kept.at[i].bytes));
    return GRAM_OK;
}
