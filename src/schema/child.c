/* The value below a key or an item, and the frame to resume in.
 *
 * Each UNIV atom says something else about the place, and each CONTAINS atom
 * counts something there; equal demands are one root.  What the parent wants
 * of their verdicts, the goal, is found in child_goal.c.  A goal that one
 * vector alone meets gives a constant frame; one that all achievable vectors
 * meet is free. */
#include "schema/child.h"

typedef SmWords Words;

/* The registers and the typed value are the caller's. */
static void clear(Child *c)
{
    gr_vec_clear(c->sm->env, &c->roots);
    gr_vec_clear(c->sm->env, &c->vars);
    gr_vec_clear(c->sm->env, &c->starts);
    gr_vec_clear(c->sm->env, &c->by_var);
}

/* What fails whatever the value is. */
static gram_status all_fall(Sm *sm, TypedId id, const Words *falling,
                            TypedId *out)
{
    *out = id;
    return falling->n ? sm_settle(sm, id, falling->at, false, out) : GRAM_OK;
}

/* --- roots ---------------------------------------------------------------- */

/* Group the variables by what their specs demand of the place.  falling: a
 * group of those that fall in any case. */
static gram_status add_demand(Child *c, Words *falling, uint32_t var,
                              ConjId conj)
{
    GrEnv *env = c->sm->env;
    if (conj.v == CONJ_TRUE) return GRAM_OK;
    if (conj.v == CONJ_FALSE) {
        if (falling->n == 0) GR_TRY(gr_vec_push(env, falling, 0));
        falling->at[0]++;
        return gr_vec_push(env, falling, var);
    }
    GR_TRY(gr_vec_push(env, &c->roots, conj.v));
    return gr_vec_push(env, &c->starts, var);
}

/* Which group each demand is of, in order of first appearance; their sizes
 * in c->vars for the time being. */
static gram_status number_groups(Child *c, GrMap *at, Words *of)
{
    GrEnv *env = c->sm->env;
    uint32_t n = c->roots.n;
    c->roots.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t conj = c->roots.at[i], k = c->roots.n;
        const uint32_t *known = gr_map_find(at, conj);
        GR_TRY(gr_vec_push(env, of, known ? *known : k));
        if (known == NULL) {
            GR_TRY(gr_map_put(env, at, conj, k));
            GR_TRY(gr_vec_push(env, &c->vars, 0));
            c->roots.at[c->roots.n++] = conj;
        }
        c->vars.at[of->at[i]]++;
    }
    return GRAM_OK;
}

/* c->vars holds the sizes of the groups; var[i] is of group of[i]. */
static gram_status fill_groups(Child *c, const Words *var, const Words *of)
{
    GrEnv *env = c->sm->env;
    uint32_t k = c->roots.n, end = 0;
    GR_TRY(gr_vec_reserve(env, &c->starts, k));
    for (uint32_t i = 0; i < k; i++) {
        c->starts.at[i] = end;
        end += 1 + c->vars.at[i];
    }
    c->starts.n = k;
    GR_TRY(gr_vec_reserve(env, &c->vars, end));
    memset(c->vars.at, 0, end * sizeof *c->vars.at);
    c->vars.n = end;
    for (uint32_t i = 0; i < of->n; i++) {
        uint32_t *group = &c->vars.at[c->starts.at[of->at[i]]];
        group[++group[0]] = var->at[i];
    }
    return GRAM_OK;
}

/* One demand or none. */
static gram_status only_group(Child *c)
{
    if (c->roots.n == 0) return GRAM_OK;
    GR_TRY(gr_vec_push(c->sm->env, &c->vars, 1));
    GR_TRY(gr_vec_push(c->sm->env, &c->vars, c->starts.at[0]));
    c->starts.at[0] = 0;
    return GRAM_OK;
}

/* roots and starts hold (conj, var) pairs: turn them into distinct roots with
 * groups of variables, in order of first appearance. */
static gram_status group(Child *c)
{
    GrEnv *env = c->sm->env;
    Words var = c->starts, of = {0};
    GrMap at = {0};
    if (c->roots.n < 2) return only_group(c);
    c->starts = (Words){0};
    gram_status status = number_groups(c, &at, &of);
    if (status == GRAM_OK) status = fill_groups(c, &var, &of);
    gr_vec_clear(env, &var);
    gr_vec_clear(env, &of);
    gr_map_clear(env, &at);
    return status;
}

/* --- frames --------------------------------------------------------------- */

/* What comes next is known now: the verdict only says that the child is done.
 * Children of different members then share their states, frame included. */
static gram_status const_frame(Child *c, const uint32_t *vector, uint32_t pos,
                               FrameId *out)
{
    TypedId after;
    GR_TRY(sm_settle_all(c->sm, c->typed, c->vars.at, c->roots.n, sm_vector_bit,
                         vector, &after));
    uint32_t words[3] = {F_CONST, after.v, pos};
    return sm_frame(c->sm, words, 3, out);
}

/* The groups are written into the frame, so that the verdict can be settled
 * without asking again what the roots were. */
static gram_status vector_frame(Child *c, uint32_t pos, FrameId *out)
{
    GrEnv *env = c->sm->env;
    Words w = {0};
    gram_status status = gr_vec_reserve(env, &w, 4 + c->vars.n);
    if (status == GRAM_OK) {
        uint32_t head[4] = {F_VECTOR, c->typed.v, pos, c->roots.n};
        memcpy(w.at, head, sizeof head);
        memcpy(w.at + 4, c->vars.at, c->vars.n * sizeof *w.at);
        status = sm_frame(c->sm, w.at, 4 + c->vars.n, out);
    }
    gr_vec_clear(env, &w);
    return status;
}

static gram_status make_frame(Child *c, Bdd goal, uint32_t pos, FrameId *out)
{
    uint32_t words = gr_bit_words(c->roots.n) + 1;
    uint32_t *vector = gr_zalloc(c->sm->env, words, sizeof *vector);
    if (vector == NULL) return GRAM_E_MEMORY;
    gram_status status = sm_goal_is_cube(c->sm, goal, c->roots.n, vector)
                             ? const_frame(c, vector, pos, out)
                             : vector_frame(c, pos, out);
    gr_free(c->sm->env, vector, words * sizeof *vector);
    return status;
}

/* at: place of an item; pos: of the next one. */
static gram_status finish(Child *c, const Words *falling, uint32_t at,
                          uint32_t pos, Outcome *out)
{
    Bdd goal;
    memset(out, 0, sizeof *out);
    GR_TRY(all_fall(c->sm, c->typed, falling, &c->typed));
    if (gr_bdd_is(sm_typed_at(c->sm, c->typed)->all, false)) return GRAM_OK;
    GR_TRY(group(c));
    sm_forget_values(c->sm);
    GR_TRY(sm_child_goal(c, &goal));
    if (c->unique) GR_TRY(sm_refine_goal(c, at, &goal));
    if (gr_bdd_is(goal, false)) return GRAM_OK;
    GR_TRY(sm_value(c->sm, (const ConjId *)c->roots.at, c->roots.n, goal,
                    sm_room_inside(c->sm, c->typed), &out->value));
    GR_TRY(sm_item_live(c, at, out->value, &out->alive));
    return out->alive ? make_frame(c, goal, pos, &out->frame) : GRAM_OK;
}

/* Only the specs that say something about the key are looked at: a schema of a
 * thousand branches has few that do. */
static gram_status object_demands(Child *c, uint32_t key, Words *falling)
{
    const Universe *u;
    GR_TRY(sm_universe(c->sm, c->typed, &u));
    SpecWalk w = sm_specs_of_key(u, key);
    for (uint32_t i; sm_next_spec(&w, &i);) {
        ConjId conj;
        GR_TRY(gr_step(c->sm->env, 1));
        GR_TRY(sm_key_conj(c->sm, u, u->specs[i], key, &conj));
        GR_TRY(add_demand(c, falling, u->vars[i], conj));
    }
    return GRAM_OK;
}

gram_status sm_object_child(Sm *sm, TypedId t, uint32_t key, const Regs *regs,
                            Outcome *out)
{
    Child c = {.sm = sm, .typed = t, .regs = regs, .plain = regs == NULL};
    Words falling = {0};
    gram_status status = object_demands(&c, key, &falling);
    if (status == GRAM_OK) status = finish(&c, &falling, 0, 0, out);
    gr_vec_clear(sm->env, &falling);
    clear(&c);
    return status;
}

/* The variables of an array's functions, ascending, each once. */
static gram_status array_vars(Sm *sm, TypedId id, Words *vars)
{
    const Typed *t = sm_typed_at(sm, id);
    Bdds *b = &sm->bdd;
    for (uint32_t r = 0; r < t->n; r++) {
        GR_TRY(gr_bdd_reach(b, (Bdd){t->root[r]}));
        GR_TRY(gr_step(sm->env, b->reached.n));
        GR_TRY(gr_vec_reserve(sm->env, vars, b->reached.n));
        for (uint32_t i = 0; i < b->reached.n; i++)
            vars->at[vars->n++] = gr_bdd_node(b, (Bdd){b->reached.at[i]}).var;
    }
    vars->n = sm_sort_unique(vars->at, vars->n);
    return GRAM_OK;
}

/* What an item that must differ from those seen is told of them. */
static gram_status unseen_conj(const Child *c, ConjId *out)
{
    ConjId other;
    *out = c->regs->unseen;
    if (c->regs->other == 0) return GRAM_OK;
    GR_TRY(sm_conj(c->sm, &c->regs->other, 1, &other));
    return sm_conj_and(c->sm, *out, other, out);
}

/* What the atom of a variable demands of the item at a place. */
static gram_status array_demand(Child *c, uint32_t var, uint32_t pos,
                                Words *falling)
{
    Atom a = sm_atom_of(c->sm, var);
    ConjId conj = {a.a};
    uint32_t n;
    if (a.kind == ATOM_COUNT) return GRAM_OK;
    if (a.kind == ATOM_UNIQUE) GR_TRY(unseen_conj(c, &conj));
    if (a.kind == ATOM_UNIV) {
        const uint32_t *prefix = sm_array_spec(c->sm, a.a, &n);
        conj.v = prefix[pos < n ? pos : n];
    }
    return add_demand(c, falling, var, conj);
}

static gram_status array_demands(Child *c, uint32_t pos, Words *falling)
{
    Words vars = {0};
    gram_status status = array_vars(c->sm, c->typed, &vars);
    for (uint32_t i = 0; i < vars.n && status == GRAM_OK; i++)
        status = array_demand(c, vars.at[i], pos, falling);
    gr_vec_clear(c->sm->env, &vars);
    return status;
}

/* Behind the longest prefix all positions are one.  The registers are those
 * behind the item, which is what the goal is about. */
gram_status sm_array_child(Sm *sm, TypedId t, uint32_t pos, const Regs *before,
                           Outcome *out)
{
    uint32_t prefix;
    Regs regs = *before;
    GR_TRY(sm_array_prefix(sm, t, &prefix));
    Child c = {.sm = sm, .typed = t, .regs = &regs};
    GR_TRY(sm_is_unique(sm, t, &c.unique));
    regs.count++;
    regs.current = c.unique;
    Words falling = {0};
    gram_status status = array_demands(&c, pos, &falling);
    if (status == GRAM_OK)
        status =
            finish(&c, &falling, pos, pos < prefix ? pos + 1 : prefix, out);
    gr_vec_clear(sm->env, &falling);
    clear(&c);
    return status;
}
