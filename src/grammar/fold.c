/* States that reach each other without a label become one.
 *
 * In a component of rules that are each other's left corners and may all be
 * empty, every state reaches every other one without a label.  Removing empty
 * labels would then give each state the edges of all; but all are one state.
 *
 * Cost: linear in the states and edges of the automaton. */
#include "grammar/left.h"

typedef struct Fold {
    GrNfa *n;
    uint32_t first, n_states, edge; /* of the automaton */
    uint32_t *row, *to;             /* empty labels, by state */
    uint32_t *comp, *rep;           /* of a state; of a component */
} Fold;

static bool is_empty(const NfaEdge *e)
{
    return gr_label_kind(e->label) == LABEL_NONE;
}

static void list_empty(Fold *f)
{
    const NfaEdge *e = f->n->edge.at + f->edge;
    uint32_t n = f->n->edge.n - f->edge;
    for (uint32_t i = 0; i < n; i++)
        if (is_empty(&e[i])) f->row[e[i].from - f->first + 2]++;
    for (uint32_t s = 2; s < f->n_states + 2; s++) f->row[s] += f->row[s - 1];
    for (uint32_t i = 0; i < n; i++)
        if (is_empty(&e[i]))
            f->to[f->row[e[i].from - f->first + 1]++] = e[i].to - f->first;
}

static uint32_t state(const Fold *f, uint32_t old)
{
    return f->rep[f->comp[old - f->first]];
}

static void replace(Fold *f)
{
    uint32_t kept = f->edge;
    for (uint32_t s = f->n_states; s-- > 0;) f->rep[f->comp[s]] = f->first + s;
    for (uint32_t i = f->edge; i < f->n->edge.n; i++) {
        NfaEdge e = f->n->edge.at[i];
        e.from = state(f, e.from);
        e.to = state(f, e.to);
        if (!is_empty(&e) || e.from != e.to) f->n->edge.at[kept++] = e;
    }
    f->n->edge.n = kept;
}

static gram_status fold(Fold *f, Automaton *a, uint32_t *states, uint32_t n)
{
    uint32_t n_comps;
    list_empty(f);
    GR_TRY(gr_step(f->n->env, f->n_states + 2 * (uint64_t)f->row[f->n_states]));
    GR_TRY(gr_graph_components(f->n->env, f->n_states, f->row, f->to, f->comp,
                               &n_comps));
    if (n_comps == f->n_states) return GRAM_OK;
    replace(f);
    a->entry = state(f, a->entry);
    a->exit = state(f, a->exit);
    for (uint32_t i = 0; i < n; i++) states[i] = state(f, states[i]);
    return GRAM_OK;
}

gram_status gr_nfa_fold(GrNfa *n, uint32_t first_edge, Automaton *a,
                        uint32_t *states, uint32_t n_states)
{
    Fold f = {.n = n, .first = a->first, .edge = first_edge};
    GrArena arena = {0};
    f.n_states = a->end - a->first;
    size_t bytes = (f.n_states + 2) * sizeof(uint32_t);
    f.row = gr_arena_take(n->env, &arena, bytes);
    f.to = gr_arena_take(n->env, &arena,
                         (n->edge.n - first_edge + 1) * sizeof(uint32_t));
    f.comp = gr_arena_take(n->env, &arena, bytes);
    f.rep = gr_arena_take(n->env, &arena, bytes);
    gram_status status = GRAM_E_MEMORY;
    if (f.row && f.to && f.comp && f.rep) {
        memset(f.row, 0, bytes);
        status = fold(&f, a, states, n_states);
    }
    gr_arena_clear(n->env, &arena);
    return status;
}
