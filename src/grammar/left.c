/* Left recursion becomes loops: a left-corner transform on automata.
 *
 * A rule B is a *left corner* of A when A can begin with a call of B.  Where
 * this relation has a cycle, a recogniser that calls would never return.
 * Nullable rules have become skips by now, so hidden left recursion is plain
 * here, and one construction covers direct, indirect and hidden cases
 * (Rosenkrantz and Lewis 1970; Moore 2000; here on networks, after the
 * "left-corner closure" of Woods' augmented networks).
 *
 * For a component C of the relation and a goal A in it, the new automaton
 * reads a word of A from its leftmost leaf upwards:
 *
 *     entry'  --x-->  p      for every B in C that can begin with x, where
 *                            x is a byte or a call that leaves C
 *     exit B  ------> r      for every D in C that can begin with a call of
 *                            B and goes on in r: B was D's left corner
 *     exit A  ------> exit'  the goal itself is complete
 *
 * on a copy of the states of C.  What a copied state calls is not at the
 * left any more and stays a call.  So E -> E "+" T | T becomes T ("+" T)*.
 *
 * The copies are per goal; only rules that something calls from elsewhere
 * are goals (in a chain of operators each level is its own component, so
 * there is one).  Sharing the copies among goals, by letting a frame say
 * which goal it waits for, was rejected: a state would then be live for some
 * frames only.  But n rules that are each other's left corners and goals make
 * n copies of n rules: beyond a limit no copy is made before it is needed
 * (left.h), and compiling stays linear.
 *
 * In a copy, states that reach each other without a label become one (fold.c).
 * Goals whose exits are then one state are one language: rules that may all
 * be empty have one copy for all of them. */
#include "grammar/left.h"

#include "grammar/rtn.h"

enum {
    COPIES = 4,        /* states of all copies for each state copied, */
    COPIES_FREE = 4096 /* and for free */
};

/* Is the label a call that stays inside the component? */
static bool in_comp(const GrLeft *l, Label label, uint32_t comp)
{
    return gr_label_kind(label) == LABEL_CALL &&
           l->comp[gr_label_value(label)] == comp;
}

/* The states that the entry of automaton a reaches without a label. */
static gram_status first_states(GrLeft *l, uint32_t a)
{
    l->list.n = 0;
    GR_TRY(gr_vec_push(l->n->env, &l->list, l->n->automaton.at[a].entry));
    return gr_nfa_closure(l->n, &l->list, l->mark);
}

/* --- the relation --------------------------------------------------------- */

typedef struct Relation {
    GrVec(uint32_t) row, to;
} Relation;

/* Calls at the left of every automaton, as rows; parallel edges are
 * harmless. */
static gram_status left_calls(GrLeft *l, Relation *x)
{
    const GrNfa *n = l->n;
    for (uint32_t a = 0; a < n->automaton.n; a++) {
        GR_TRY(gr_vec_push(n->env, &x->row, x->to.n));
        GR_TRY(first_states(l, a));
        for (uint32_t i = 0; i < l->list.n; i++) {
            uint32_t s = l->list.at[i];
            for (uint32_t e = n->row[s]; e < n->row[s + 1]; e++) {
                Label label = n->edge.at[e].label;
                if (gr_label_kind(label) != LABEL_CALL) continue;
                uint32_t to = gr_label_value(label);
                GR_TRY(gr_vec_push(n->env, &x->to, to));
            }
        }
    }
    return gr_vec_push(n->env, &x->row, x->to.n);
}

/* Components, and which of them have a cycle. */
static gram_status components(GrLeft *l, uint32_t *n_comps)
{
    Relation x = {{0}, {0}};
    uint32_t n = l->n->automaton.n;
    gram_status status = left_calls(l, &x);
    if (status == GRAM_OK)
        status = gr_graph_components(l->n->env, n, x.row.at, x.to.at, l->comp,
                                     n_comps);
    for (uint32_t a = 0; status == GRAM_OK && a < n; a++)
        for (uint32_t i = x.row.at[a]; i < x.row.at[a + 1]; i++)
            if (l->comp[x.to.at[i]] == l->comp[a]) l->cyclic[l->comp[a]] = true;
    gr_vec_clear(l->n->env, &x.row);
    gr_vec_clear(l->n->env, &x.to);
    return status;
}

/* Members of component c are member[row[c]] .. member[row[c + 1] - 1]. */
static void sort_by_component(GrLeft *l, uint32_t n_comps)
{
    uint32_t n = l->n->automaton.n;
    for (uint32_t a = 0; a < n; a++) l->row[l->comp[a] + 2]++;
    for (uint32_t c = 1; c < n_comps + 2; c++) l->row[c] += l->row[c - 1];
    for (uint32_t a = 0; a < n; a++) l->member[l->row[l->comp[a] + 1]++] = a;
}

/* --- one component -------------------------------------------------------- */

/* The first edges of all members: calls that stay in the component are corners,
 * all else are seeds.  Kept until another component is asked for, since a late
 * one is asked again for each of its goals. */
static gram_status split_first_edges(GrLeft *l, uint32_t comp)
{
    const GrNfa *n = l->n;
    if (l->split == comp + 1) return GRAM_OK;
    l->corners.n = l->seeds.n = l->split = 0;
    for (uint32_t m = l->row[comp]; m < l->row[comp + 1]; m++) {
        GR_TRY(first_states(l, l->member[m]));
        for (uint32_t i = 0; i < l->list.n; i++) {
            uint32_t s = l->list.at[i];
            for (uint32_t e = n->row[s]; e < n->row[s + 1]; e++) {
                NfaEdge x = n->edge.at[e];
                Corner c = {gr_label_value(x.label), x.to};
                if (in_comp(l, x.label, comp))
                    GR_TRY(gr_vec_push(n->env, &l->corners, c));
                else if (gr_label_kind(x.label) != LABEL_NONE)
                    GR_TRY(gr_vec_push(n->env, &l->seeds, x));
            }
        }
    }
    l->split = comp + 1;
    return GRAM_OK;
}

/* Once each, in the component at hand. */
static gram_status want_goal(GrLeft *l, uint32_t a)
{
    if (l->goal[a]) return GRAM_OK;
    l->goal[a] = true;
    return gr_vec_push(l->n->env, &l->todo, a);
}

static gram_status add_edge(GrLeft *l, uint32_t from, Label label, uint32_t to)
{
    GR_TRY(gr_step(l->n->env, 1));
    return gr_vec_push(l->n->env, &l->n->edge, (NfaEdge){from, label, to});
}

/* The new state for an old one; its edges follow when its turn comes. */
static gram_status copy_of(GrLeft *l, uint32_t old, uint32_t *out)
{
    uint32_t *known = gr_map_find(&l->copy, old);
    if (known != NULL) {
        *out = *known;
        return GRAM_OK;
    }
    *out = l->n->n_states++;
    GR_TRY(gr_vec_push(l->n->env, &l->fresh, old));
    return gr_map_put(l->n->env, &l->copy, old, *out);
}

/* The edges of one copied state; its calls into the component are goals.  A
 * state that the entry reaches without a label is copied only where something
 * leads back to it: its calls are not at the left then. */
static gram_status copy_edges(GrLeft *l, uint32_t old, uint32_t comp)
{
    uint32_t from, to;
    GR_TRY(copy_of(l, old, &from));
    for (uint32_t e = l->n->row[old]; e < l->n->row[old + 1]; e++) {
        NfaEdge x = l->n->edge.at[e];
        if (in_comp(l, x.label, comp))
            GR_TRY(want_goal(l, gr_label_value(x.label)));
        GR_TRY(copy_of(l, x.to, &to));
        GR_TRY(add_edge(l, from, x.label, to));
    }
    return GRAM_OK;
}

/* "exit B --> r" of the head, on the copies. */
static gram_status add_corners(GrLeft *l)
{
    for (uint32_t i = 0; i < l->corners.n; i++) {
        Corner c = l->corners.at[i];
        uint32_t from, to;
        GR_TRY(copy_of(l, l->n->automaton.at[c.member].exit, &from));
        GR_TRY(copy_of(l, c.back, &to));
        GR_TRY(add_edge(l, from, (Label){0}, to));
    }
    return GRAM_OK;
}

/* All members that end where the goal ends are the same goal. */
static gram_status fold(GrLeft *l, uint32_t goal, uint32_t comp,
                        uint32_t first_edge, Automaton *a)
{
    const Automaton *all = l->n->automaton.at;
    uint32_t at = 0, row = l->row[comp], to, n = l->row[comp + 1] - row;
    l->exits.n = l->equal.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t m = l->member[row + i];
        uint32_t *copy = gr_map_find(&l->copy, all[m].exit);
        to = copy ? *copy : a->entry; /* at which nothing ends */
        if (m == goal) at = i;
        GR_TRY(gr_vec_push(l->n->env, &l->exits, to));
    }
    GR_TRY(gr_nfa_fold(l->n, first_edge, a, l->exits.at, n));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t m = l->member[row + i];
        if (l->exits.at[i] == l->exits.at[at] &&
            all[m].nullable == all[goal].nullable)
            GR_TRY(gr_vec_push(l->n->env, &l->equal, m));
    }
    return gr_step(l->n->env, n);
}

/* Needs the corners and seeds of the component. */
static gram_status build_goal(GrLeft *l, uint32_t goal, uint32_t comp,
                              Automaton *out)
{
    Automaton a = l->n->automaton.at[goal];
    uint32_t entry = l->n->n_states++, exit = l->n->n_states++, to;
    uint32_t first = l->n->edge.n;
    gr_map_clear(l->n->env, &l->copy);
    l->fresh.n = 0;
    if (a.nullable) GR_TRY(add_edge(l, entry, (Label){0}, exit));
    for (uint32_t i = 0; i < l->seeds.n; i++) {
        GR_TRY(copy_of(l, l->seeds.at[i].to, &to));
        GR_TRY(add_edge(l, entry, l->seeds.at[i].label, to));
    }
    GR_TRY(add_corners(l));
    GR_TRY(copy_of(l, a.exit, &to));
    GR_TRY(add_edge(l, to, (Label){0}, exit));
    while (l->fresh.n > 0)
        GR_TRY(copy_edges(l, l->fresh.at[--l->fresh.n], comp));
    a.entry = a.first = entry;
    a.exit = exit;
    a.end = l->n->n_states;
    *out = a;
    return fold(l, goal, comp, first, out);
}

/* The new automata take the place of the old ones. */
static void replace(GrLeft *l, uint32_t comp)
{
    for (uint32_t m = l->row[comp]; m < l->row[comp + 1]; m++)
        l->n->automaton.at[l->member[m]].dropped = true;
    for (uint32_t i = 0; i < l->built.n; i++)
        l->n->automaton.at[l->built.at[i].id] = l->built.at[i].automaton;
}

/* In proportion to the component, so that compiling stays linear. */
static uint64_t most_states(const GrLeft *l, uint32_t comp)
{
    uint64_t n = COPIES_FREE;
    for (uint32_t m = l->row[comp]; m < l->row[comp + 1]; m++) {
        const Automaton *a = &l->n->automaton.at[l->member[m]];
        n += COPIES * (uint64_t)(a->end - a->first);
    }
    return n;
}

/* The goal built last is also that of the automata in l->equal. */
static gram_status add_goal(GrLeft *l, Goal g)
{
    GR_TRY(gr_vec_push(l->n->env, &l->built, g));
    for (uint32_t i = 0; i < l->equal.n; i++)
        l->same[l->equal.at[i]] = l->built.n;
    return GRAM_OK;
}

/* Nothing is built where an equal goal has been: the automaton is the same but
 * for its rule. */
static gram_status make_goal(GrLeft *l, uint32_t id, uint32_t comp)
{
    Goal g = {.id = id};
    if (l->same[id] != 0) {
        const Goal *known = &l->built.at[l->same[id] - 1];
        g.automaton = known->automaton;
        g.automaton.rule = l->n->automaton.at[id].rule;
        g.automaton.same = known->id + 1;
        return gr_vec_push(l->n->env, &l->built, g);
    }
    GR_TRY(build_goal(l, id, comp, &g.automaton));
    return add_goal(l, g);
}

/* All goals of a component, unless they become too large.  Then all that was
 * built is forgotten, and the component is late: its old automata stay in place
 * for gr_left_goal to copy. */
static gram_status unroll(GrLeft *l, uint32_t comp)
{
    GrNfa *n = l->n;
    uint32_t n_states = n->n_states, n_edges = n->edge.n;
    uint64_t most = n_states + most_states(l, comp);
    GR_TRY(split_first_edges(l, comp));
    l->todo.n = l->built.n = 0;
    for (uint32_t m = l->row[comp]; m < l->row[comp + 1]; m++)
        if (l->goal[l->member[m]])
            GR_TRY(gr_vec_push(n->env, &l->todo, l->member[m]));
    while (l->todo.n > 0 && n->n_states <= most) {
        uint32_t id = l->todo.at[--l->todo.n];
        GR_TRY(make_goal(l, id, comp));
    }
    if (n->n_states <= most) {
        replace(l, comp);
        return GRAM_OK;
    }
    l->late[comp] = l->any_late = true;
    n->n_states = n_states;
    n->edge.n = n_edges;
    return GRAM_OK;
}

/* What is called from outside of its own component is a goal there. */
static void mark_goals(GrLeft *l)
{
    const GrNfa *n = l->n;
    l->goal[0] = true;
    for (uint32_t a = 0; a < n->automaton.n; a++)
        for (uint32_t e = n->row[n->automaton.at[a].first];
             e < n->row[n->automaton.at[a].end]; e++) {
            Label label = n->edge.at[e].label;
            if (gr_label_kind(label) == LABEL_CALL &&
                !in_comp(l, label, l->comp[a]))
                l->goal[gr_label_value(label)] = true;
        }
}

/* The shortest word of every automaton. */
static gram_status find_least(GrLeft *l, CostEdge *edge, uint64_t *cost)
{
    const GrNfa *n = l->n;
    uint32_t n_edges = 0;
    memset(cost, 0xFF, n->n_states * sizeof *cost);
    for (uint32_t a = 0; a < n->automaton.n; a++)
        cost[n->automaton.at[a].exit] = 0;
    for (uint32_t i = 0; i < n->edge.n; i++) {
        NfaEdge x = n->edge.at[i];
        CostEdge e = {x.from, x.to, GR_NO_CALLEE, 0};
        if (gr_label_kind(x.label) == LABEL_CALL)
            e.callee = n->automaton.at[gr_label_value(x.label)].entry;
        else
            GR_TRY(gr_label_cost(n->r->re, x.label, &e.weight));
        if (e.weight != GR_COST_NONE) edge[n_edges++] = e;
    }
    GR_TRY(gr_least_costs(n->env, n->n_states, edge, n_edges, cost));
    for (uint32_t a = 0; a < n->automaton.n; a++)
        l->least[a] = cost[n->automaton.at[a].entry];
    return GRAM_OK;
}

/* For late automata: their callers' costs are needed before they are made. */
static gram_status least(GrLeft *l)
{
    GrEnv *env = l->n->env;
    uint32_t n_edges = l->n->edge.n, n_states = l->n->n_states;
    CostEdge *edge = gr_zalloc(env, n_edges, sizeof *edge);
    uint64_t *cost = gr_zalloc(env, n_states, sizeof *cost);
    gram_status status = GRAM_E_MEMORY;
    if (edge && cost) status = find_least(l, edge, cost);
    gr_free(env, edge, n_edges * sizeof *edge);
    gr_free(env, cost, n_states * sizeof *cost);
    return status;
}

/* Indexed again, since new edges lie behind the old ones. */
static gram_status run(GrLeft *l, bool all_late)
{
    uint32_t n_comps;
    bool any = false;
    GR_TRY(components(l, &n_comps));
    sort_by_component(l, n_comps);
    mark_goals(l);
    for (uint32_t c = 0; c < n_comps; c++) {
        if (!l->cyclic[c]) continue;
        any = true;
        if (all_late)
            l->late[c] = l->any_late = true;
        else
            GR_TRY(unroll(l, c));
    }
    if (any) GR_TRY(gr_nfa_index(l->n));
    l->n_states = l->n->n_states;
    return l->any_late ? least(l) : GRAM_OK;
}

/* On failure the caller clears what there is. */
gram_status gr_left_init(GrNfa *n, bool all_late, GrLeft *out)
{
    GrEnv *env = n->env;
    uint32_t m = n->automaton.n, words = gr_bit_words(n->n_states);
    GrLeft *l = out;
    *l = (GrLeft){.n = n, .n_old = n->n_states, .n_autos = m};
    l->mark = gr_zalloc(env, words, sizeof *l->mark);
    l->comp = gr_zalloc(env, m, sizeof *l->comp);
    l->row = gr_zalloc(env, m + 2, sizeof *l->row);
    l->member = gr_zalloc(env, m, sizeof *l->member);
    l->cyclic = gr_zalloc(env, m, sizeof *l->cyclic);
    l->late = gr_zalloc(env, m, sizeof *l->late);
    l->goal = gr_zalloc(env, m, sizeof *l->goal);
    l->same = gr_zalloc(env, m, sizeof *l->same);
    l->least = gr_zalloc(env, m, sizeof *l->least);
    bool all = l->mark && l->comp && l->row && l->member && l->cyclic &&
               l->late && l->goal && l->same && l->least;
    return all ? run(l, all_late) : GRAM_E_MEMORY;
}

void gr_left_clear(GrLeft *l)
{
    if (l->n == NULL) return;
    GrEnv *env = l->n->env;
    uint32_t m = l->n_autos;
    gr_free(env, l->mark, gr_bit_words(l->n_old) * sizeof *l->mark);
    gr_free(env, l->comp, m * sizeof *l->comp);
    gr_free(env, l->row, (m + 2) * sizeof *l->row);
    gr_free(env, l->member, m * sizeof *l->member);
    gr_free(env, l->cyclic, m * sizeof *l->cyclic);
    gr_free(env, l->late, m * sizeof *l->late);
    gr_free(env, l->goal, m * sizeof *l->goal);
    gr_free(env, l->same, m * sizeof *l->same);
    gr_free(env, l->least, m * sizeof *l->least);
    gr_vec_clear(env, &l->list);
    gr_vec_clear(env, &l->todo);
    gr_vec_clear(env, &l->built);
    gr_vec_clear(env, &l->corners);
    gr_vec_clear(env, &l->seeds);
    gr_map_clear(env, &l->copy);
    gr_vec_clear(env, &l->fresh);
    gr_vec_clear(env, &l->exits);
    gr_vec_clear(env, &l->equal);
    *l = (GrLeft){.n = NULL};
}

/* --- late ----------------------------------------------------------------- */

gram_status gr_left_seeds(GrLeft *l, uint32_t automaton)
{
    return split_first_edges(l, l->comp[automaton]);
}

/* `n_states` is where the new states begin; edges of the old ones keep their
 * places, so that only what is new is indexed. */
gram_status gr_left_goal(GrLeft *l, uint32_t automaton, Automaton *out)
{
    uint32_t n_edges = l->n->edge.n;
    l->todo.n = 0;
    GR_TRY(gr_left_seeds(l, automaton));
    GR_TRY(build_goal(l, automaton, l->comp[automaton], out));
    return gr_nfa_index_from(l->n, l->n_states, n_edges);
}

/* Also after a goal that failed half way: row[n_states] is where the edges of
 * the old states end. */
void gr_left_drop(GrLeft *l)
{
    l->n->edge.n = l->n->row[l->n_states];
    l->n->n_states = l->n_states;
}
