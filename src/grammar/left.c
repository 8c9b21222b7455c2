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
 * frames only. */
#include "grammar/nfa.h"

typedef struct Corner {
    uint32_t member, back; /* the call at the left, and where it returns */
} Corner;

typedef struct Left {
    GrNfa *n;
    uint32_t *mark; /* a bit per state: gr_nfa_closure's */
    uint32_t n_mark;
    StateList list;
    uint32_t *comp; /* component of an automaton */
    uint32_t *row;  /* automata by component */
    uint32_t *member;
    bool *cyclic;          /* by component */
    bool *goal;            /* by automaton */
    GrVec(uint32_t) todo;  /* goals to build */
    GrVec(Corner) corners; /* of the component */
    GrVec(NfaEdge) seeds;  /* first edges that leave the component */
    GrMap copy;            /* old state -> new state, of the goal being built */
    GrVec(uint32_t) fresh; /* old states whose edges are to be copied */
} Left;

static bool in_comp(const Left *l, Label label, uint32_t comp)
{
    return gr_label_kind(label) == LABEL_CALL &&
           l->comp[gr_label_value(label)] == comp;
}

/* The states that the entry of automaton a reaches without a label. */
static gram_status first_states(Left *l, uint32_t a)
{
    l->list.n = 0;
    GR_TRY(gr_vec_push(l->n->env, &l->list, l->n->automaton.at[a].entry));
    return gr_nfa_closure(l->n, &l->list, l->mark);
}

/* --- the relation -------------------------------------------------------- */

typedef struct Relation {
    GrVec(uint32_t) row, to;
} Relation;

static gram_status left_calls(Left *l, Relation *x)
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
static gram_status components(Left *l, uint32_t *n_comps)
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

static void sort_by_component(Left *l, uint32_t n_comps)
{
    uint32_t n = l->n->automaton.n;
    for (uint32_t a = 0; a < n; a++) l->row[l->comp[a] + 2]++;
    for (uint32_t c = 1; c < n_comps + 2; c++) l->row[c] += l->row[c - 1];
    for (uint32_t a = 0; a < n; a++) l->member[l->row[l->comp[a] + 1]++] = a;
}

/* --- one component ------------------------------------------------------- */

static gram_status split_first_edges(Left *l, uint32_t comp)
{
    const GrNfa *n = l->n;
    l->corners.n = l->seeds.n = 0;
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
    return GRAM_OK;
}

static gram_status want_goal(Left *l, uint32_t a)
{
    if (l->goal[a]) return GRAM_OK;
    l->goal[a] = true;
    return gr_vec_push(l->n->env, &l->todo, a);
}

static gram_status add_edge(Left *l, uint32_t from, Label label, uint32_t to)
{
    GR_TRY(gr_step(l->n->env, 1));
    return gr_vec_push(l->n->env, &l->n->edge, (NfaEdge){from, label, to});
}

static gram_status copy_of(Left *l, uint32_t old, uint32_t *out)
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

/* The edges of one copied state; its calls into the component are goals. */
static gram_status copy_edges(Left *l, uint32_t old, uint32_t comp)
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

static gram_status add_corners(Left *l)
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

static gram_status build_goal(Left *l, uint32_t goal, uint32_t comp)
{
    Automaton a = l->n->automaton.at[goal];
    uint32_t entry = l->n->n_states++, exit = l->n->n_states++, to;
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
    /* the old automaton is still read by the other goals of the component:
     * the new one is put in place by replace() */
    l->n->automaton.at[goal].first = l->n->automaton.n;
    return gr_vec_push(l->n->env, &l->n->automaton, a);
}

/* New automata were appended behind `n_old`; move them over the old ones. */
static void replace(Left *l, uint32_t comp, uint32_t n_old)
{
    for (uint32_t m = l->row[comp]; m < l->row[comp + 1]; m++) {
        Automaton *a = &l->n->automaton.at[l->member[m]];
        if (l->goal[l->member[m]])
            *a = l->n->automaton.at[a->first];
        else
            a->dropped = true;
    }
    l->n->automaton.n = n_old;
}

static gram_status unroll(Left *l, uint32_t comp)
{
    uint32_t n_old = l->n->automaton.n;
    GR_TRY(split_first_edges(l, comp));
    l->todo.n = 0;
    for (uint32_t m = l->row[comp]; m < l->row[comp + 1]; m++)
        if (l->goal[l->member[m]])
            GR_TRY(gr_vec_push(l->n->env, &l->todo, l->member[m]));
    while (l->todo.n > 0) GR_TRY(build_goal(l, l->todo.at[--l->todo.n], comp));
    replace(l, comp, n_old);
    return GRAM_OK;
}

/* What is called from outside of its own component is a goal there. */
static void mark_goals(Left *l)
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

static gram_status run(Left *l)
{
    uint32_t n_comps;
    bool any = false;
    GR_TRY(components(l, &n_comps));
    sort_by_component(l, n_comps);
    mark_goals(l);
    for (uint32_t c = 0; c < n_comps; c++) {
        if (!l->cyclic[c]) continue;
        any = true;
        GR_TRY(unroll(l, c));
    }
    return any ? gr_nfa_index(l->n) : GRAM_OK;
}

gram_status gr_nfa_unroll_left(GrNfa *n)
{
    GrEnv *env = n->env;
    uint32_t m = n->automaton.n, words = gr_bit_words(n->n_states);
    Left l = {.n = n};
    l.mark = gr_zalloc(env, words, sizeof *l.mark);
    l.comp = gr_zalloc(env, m, sizeof *l.comp);
    l.row = gr_zalloc(env, m + 2, sizeof *l.row);
    l.member = gr_zalloc(env, m, sizeof *l.member);
    l.cyclic = gr_zalloc(env, m, sizeof *l.cyclic);
    l.goal = gr_zalloc(env, m, sizeof *l.goal);
    bool all = l.mark && l.comp && l.row && l.member && l.cyclic && l.goal;
    gram_status status = all ? run(&l) : GRAM_E_MEMORY;
    gr_free(env, l.mark, words * sizeof *l.mark);
    gr_free(env, l.comp, m * sizeof *l.comp);
    gr_free(env, l.row, (m + 2) * sizeof *l.row);
    gr_free(env, l.member, m * sizeof *l.member);
    gr_free(env, l.cyclic, m * sizeof *l.cyclic);
    gr_free(env, l.goal, m * sizeof *l.goal);
    gr_vec_clear(env, &l.list);
    gr_vec_clear(env, &l.todo);
    gr_vec_clear(env, &l.corners);
    gr_vec_clear(env, &l.seeds);
    gr_vec_clear(env, &l.seeds);
    gr_map_clear(env, &l.copy);
    gr_vec_clear(env, &l.fresh);
    return status;
}
