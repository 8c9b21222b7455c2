/* An automaton as it is: for those whose empty labels are too many to remove.
 *
 * "a"? "b"? "c"? ... of n letters has n states, but n * n / 2 pairs of a
 * state and a letter that it can begin with.  Here it stays linear: an empty
 * label becomes a call, which the machine opens when a byte comes, each
 * callee once for all that lead to it.
 *
 *     s --empty--> t      s --call of "from t on"--> end
 *
 * "From t on" is an automaton that shares its states with this one: an entry
 * in the middle.  The call's return state has nothing to do, so that nothing
 * is pushed.  Whether the end can be reached without a byte is a flag of a
 * state, as elsewhere.  States that reach each other by empty labels are one
 * (components), so "begins with a call of" stays without a cycle, and states
 * that only lead on are left out.
 *
 * Cost: linear in states and edges, apart from sorting a state's edges. */
#include "grammar/dfa.h"

#define NO_STATE UINT32_MAX

typedef struct Loose {
    Dfa *d;
    const Automaton *a;
    uint32_t owner, base;
    uint32_t n;         /* states of the NFA, numbered from a->first */
    uint32_t n_comps;   /* what n_comps means as a component: the end */
    uint32_t *row, *to; /* empty labels */
    uint32_t n_to;
    uint32_t *comp;   /* of a state */
    uint32_t *at;     /* states of component c: state[at[c]] .. */
    uint32_t *state;  /* states of the NFA by component */
    uint32_t *rep;    /* the component that stands for another */
    uint32_t *id;     /* of a component, as state of the network */
    uint32_t *helper; /* automaton that begins at a component, + 1 */
    uint8_t *solid;   /* by component: has a labelled edge, */
    uint8_t *final;   /* reaches the end without one, */
    uint8_t *open;    /* can read something */
    StateList order;  /* components by id */
    GrVec(uint64_t) kids;
} Loose;

/* --- components ----------------------------------------------------------- */

/* Empty labels as rows, and their components: states that reach each other. */
static gram_status empty_graph(Loose *l)
{
    const GrNfa *n = l->d->n;
    for (uint32_t s = 0; s < l->n; s++) {
        uint32_t old = l->a->first + s;
        l->row[s] = l->n_to;
        for (uint32_t e = n->row[old]; e < n->row[old + 1]; e++)
            if (gr_label_kind(n->edge.at[e].label) == LABEL_NONE)
                l->to[l->n_to++] = n->edge.at[e].to - l->a->first;
    }
    l->row[l->n] = l->n_to;
    GR_TRY(gr_graph_components(l->d->env, l->n, l->row, l->to, l->comp,
                               &l->n_comps));
    return gr_step(l->d->env, l->n + (uint64_t)l->n_to);
}

/* States of component c are state[at[c]] .. state[at[c + 1] - 1]; c is solid if
 * one of them has a labelled edge. */
static void sort_by_component(Loose *l)
{
    const GrNfa *n = l->d->n;
    for (uint32_t s = 0; s < l->n; s++) l->at[l->comp[s] + 2]++;
    for (uint32_t c = 1; c < l->n_comps + 2; c++) l->at[c] += l->at[c - 1];
    for (uint32_t s = 0; s < l->n; s++) {
        uint32_t c = l->comp[s], old = l->a->first + s;
        l->state[l->at[c + 1]++] = s;
        for (uint32_t e = n->row[old]; e < n->row[old + 1]; e++)
            if (gr_label_kind(n->edge.at[e].label) != LABEL_NONE)
                l->solid[c] = 1;
    }
}

/* The other components that c leads to without a label, as they stand, each
 * once; but for the end. */
static gram_status list_kids(Loose *l, uint32_t c)
{
    uint32_t kept = 0;
    l->kids.n = 0;
    for (uint32_t i = l->at[c]; i < l->at[c + 1]; i++)
        for (uint32_t e = l->row[l->state[i]]; e < l->row[l->state[i] + 1];
             e++) {
            uint32_t kid = l->rep[l->comp[l->to[e]]];
            if (l->comp[l->to[e]] == c) continue;
            l->final[c] |= l->final[kid];
            if (kid != l->n_comps)
                GR_TRY(gr_vec_push(l->d->env, &l->kids, kid));
        }
    gr_sort_words(l->kids.at, l->kids.n);
    for (uint32_t i = 0; i < l->kids.n; i++)
        if (i == 0 || l->kids.at[i] != l->kids.at[i - 1])
            l->kids.at[kept++] = l->kids.at[i];
    l->kids.n = kept;
    return gr_step(l->d->env, 1 + kept);
}

/* What stands for each component; what it leads to comes before it. */
static gram_status represent(Loose *l)
{
    l->rep[l->n_comps] = l->n_comps;
    l->final[l->n_comps] = 1;
    l->final[l->comp[l->a->exit - l->a->first]] = 1;
    for (uint32_t c = 0; c < l->n_comps; c++) {
        GR_TRY(list_kids(l, c));
        l->open[c] = l->solid[c] || l->kids.n > 0;
        l->rep[c] = c;
        if (!l->open[c])
            l->rep[c] = l->n_comps;
        else if (!l->solid[c] && l->kids.n == 1 &&
                 l->final[c] == l->final[l->kids.at[0]])
            l->rep[c] = (uint32_t)l->kids.at[0];
    }
    return GRAM_OK;
}

/* --- states --------------------------------------------------------------- */

/* Numbered when first met, from the entry on: what is not met is not
 * written. */
static gram_status id_of(Loose *l, uint32_t c, uint32_t *out)
{
    if (l->id[c] == NO_STATE) {
        l->id[c] = l->order.n;
        GR_TRY(gr_vec_push(l->d->env, &l->order, c));
    }
    *out = l->id[c];
    return GRAM_OK;
}

static gram_status add_edge(Loose *l, uint32_t from, uint32_t symbol,
                            uint32_t comp)
{
    DEdge e = {from, symbol, 0};
    GR_TRY(id_of(l, comp, &e.to));
    return gr_vec_push(l->d->env, &l->d->edge, e);
}

/* A call of what begins at component c. */
static gram_status add_skip(Loose *l, uint32_t from, uint32_t c)
{
    RtnAuto x = {.rule = l->a->rule, .skips = true};
    if (l->helper[c] == 0) {
        uint32_t entry;
        GR_TRY(id_of(l, c, &entry));
        x.entry = l->base + entry;
        if (l->d->t->automaton.n >> LABEL_BITS != 0)
            return gr_fail(l->d->env, GRAM_E_LIMIT, GR_NOWHERE,
                           "more than 2^29 automata");
        GR_TRY(gr_vec_push(l->d->env, &l->d->t->automaton, x));
        l->helper[c] = l->d->t->automaton.n;
    }
    uint32_t symbol = gr_label(LABEL_CALL, l->helper[c] - 1).v;
    return add_edge(l, from, symbol, l->n_comps);
}

/* Labelled edges of all its members, then a call for each component that it
 * leads to without a label.  The end has neither. */
static gram_status add_state(Loose *l, uint32_t s, Pairs *p)
{
    Dfa *d = l->d;
    uint32_t c = l->order.at[s];
    GR_TRY(gr_vec_push(d->env, &d->row, d->edge.n));
    GR_TRY(gr_vec_push(d->env, &d->final, l->final[c]));
    if (c == l->n_comps) return GRAM_OK;
    d->words.n = 0;
    for (uint32_t i = l->at[c]; i < l->at[c + 1]; i++)
        GR_TRY(gr_vec_push(d->env, &d->words, l->a->first + l->state[i]));
    GR_TRY(gr_dfa_pairs(d, d->words.at, d->words.n, p));
    for (uint32_t i = 0; i < p->n; i++) {
        uint32_t to = l->comp[(uint32_t)p->at[i] - l->a->first];
        GR_TRY(add_edge(l, s, (uint32_t)(p->at[i] >> 32), l->rep[to]));
    }
    GR_TRY(list_kids(l, c));
    for (uint32_t i = 0; i < l->kids.n; i++)
        GR_TRY(add_skip(l, s, (uint32_t)l->kids.at[i]));
    return GRAM_OK;
}

/* States are numbered as they are reached, and written in that order; new ones
 * come behind, until none is left. */
static gram_status build(Loose *l, Pairs *p)
{
    Dfa *d = l->d;
    uint32_t entry;
    GR_TRY(empty_graph(l));
    sort_by_component(l);
    GR_TRY(represent(l));
    memset(l->id, 0xFF, (l->n + 1) * sizeof *l->id);
    d->edge.n = d->final.n = d->row.n = 0;
    GR_TRY(id_of(l, l->rep[l->comp[l->a->entry - l->a->first]], &entry));
    for (uint32_t s = 0; s < l->order.n; s++) GR_TRY(add_state(l, s, p));
    d->n_states = l->order.n;
    return gr_vec_push(d->env, &d->row, d->edge.n);
}

static uint32_t count_empty(const Dfa *d, const Automaton *a)
{
    uint32_t n = 0;
    for (uint32_t e = d->n->row[a->first]; e < d->n->row[a->end]; e++)
        n += gr_label_kind(d->n->edge.at[e].label) == LABEL_NONE;
    return n;
}

/* Scratch in one arena, gone when the Dfa is filled. */
gram_status gr_dfa_loosen(Dfa *d, const Automaton *a, uint32_t owner,
                          uint32_t base, Pairs *p)
{
    GrArena arena = {0};
    Loose l = {.d = d, .a = a, .owner = owner, .base = base};
    l.n = a->end - a->first;
    size_t n = l.n + 2, w = n * sizeof(uint32_t);
    l.row = gr_arena_take(d->env, &arena, w);
    l.to = gr_arena_take(d->env, &arena,
                         (count_empty(d, a) + 1) * sizeof(uint32_t));
    l.comp = gr_arena_take(d->env, &arena, w);
    l.at = gr_arena_take(d->env, &arena, w);
    l.state = gr_arena_take(d->env, &arena, w);
    l.rep = gr_arena_take(d->env, &arena, w);
    l.id = gr_arena_take(d->env, &arena, w);
    l.helper = gr_arena_take(d->env, &arena, w);
    l.solid = gr_arena_take(d->env, &arena, 3 * n);
    gram_status status = GRAM_E_MEMORY;
    if (l.row && l.to && l.comp && l.at && l.state && l.rep && l.id &&
        l.helper && l.solid) {
        memset(l.at, 0, w);
        memset(l.helper, 0, w);
        memset(l.solid, 0, 3 * n);
        l.final = l.solid + n;
        l.open = l.final + n;
        status = build(&l, p);
    }
    gr_arena_clear(d->env, &arena);
    gr_vec_clear(d->env, &l.order);
    gr_vec_clear(d->env, &l.kids);
    return status;
}
