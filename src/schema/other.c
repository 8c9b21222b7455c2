/* Objects that must differ from the items seen, told apart when little of them
 * is left to be written.
 *
 * That an item is none of the values seen is part of what it must be
 * (unique.c), unless it can be made longer until its last byte (late.c).  An
 * object without further keys cannot; but most have a member with endlessly
 * many values.  As long as one of these is to come, or is being written and
 * can be made longer, there is another way to go on, whatever was seen:
 *
 *     {"b":1,"a":"item     a: string, b: of few values
 *
 * Such an object is written with an atom, OTHER, in the place of all values
 * seen: the same states for every list of them.  When the last of these
 * members is done, the rivals are looked up (rivals.c), the items seen that
 * have all members written; and the atom becomes "none of these":
 *
 *     {"a":"new"     no rival: nothing is left to be compared
 *     {"a":"old"     not {"a":"old","b":1}, and it is known that b or another
 *                    value of b can come; or the quote is refused
 *
 * A member of which some types are not like that (a number, null) is begun
 * with "none of those that have a value of these types there".
 *
 * The text is that of the item, which the waist has (PART).  A walk that does
 * not know it takes the item for one without rivals, as at an item's end.
 *
 * Spare members are sought in ways to hold that want nothing to fail, at most
 * WAYS_TRIED; an object without such a way is told apart from its first byte.
 * They need as many values as there are items, rounded up: it is the atom's
 * number. */
#include "schema/want.h"

enum { WAYS_TRIED = 16 };

/* --- the atom ------------------------------------------------------------- */

uint32_t sm_other_element(uint32_t types, uint32_t bound)
{
    return ELEM_OTHER + (types << 5) + (uint32_t)__builtin_ctz(bound);
}

gram_status sm_other_form(Sm *sm, uint32_t rest, uint32_t type, Bdd *f)
{
    *f = gr_bdd_const(true);
    if (!(rest >> 5 >> type & 1)) return GRAM_OK;
    return sm_atom(sm, ATOM_OTHER, type, 0, 1u << (rest & 31), f);
}

gram_status sm_other_var(Sm *sm, TypedId id, uint32_t *var)
{
    Typed *t = sm_typed_at(sm, id);
    uint32_t found = UINT32_MAX;
    for (uint32_t r = 0; r < t->n && t->other == 0; r++) {
        GR_TRY(gr_bdd_reach(&sm->bdd, (Bdd){t->root[r]}));
        for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
            uint32_t v = sm_var_of(sm, (Bdd){sm->bdd.reached.at[i]});
            if (sm_atom_of(sm, v).kind == ATOM_OTHER) found = v;
        }
    }
    if (t->other == 0) t->other = found == UINT32_MAX ? 1 : 2 + found;
    *var = t->other == 1 ? UINT32_MAX : t->other - 2;
    return GRAM_OK;
}

gram_status sm_is_other(Sm *sm, TypedId id, bool *other)
{
    uint32_t var;
    GR_TRY(sm_other_var(sm, id, &var));
    *other = var != UINT32_MAX;
    return GRAM_OK;
}

/* In every root the atom becomes a function. */
static gram_status put_roots(Sm *sm, uint32_t var, Bdd f, Bdd *root, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        Bdd hi, lo;
        GR_TRY(gr_bdd_restrict(&sm->bdd, root[i], var, true, &hi));
        GR_TRY(gr_bdd_restrict(&sm->bdd, root[i], var, false, &lo));
        GR_TRY(gr_bdd_ite(&sm->bdd, f, hi, lo, &root[i]));
    }
    return GRAM_OK;
}

gram_status sm_put_other(Sm *sm, TypedId id, Bdd f, TypedId *out)
{
    uint32_t var;
    GR_TRY(sm_other_var(sm, id, &var));
    Bdd *root = sm_take_roots(sm, id);
    if (root == NULL) return GRAM_E_MEMORY;
    gram_status status = put_roots(sm, var, f, root, sm_typed_at(sm, id)->n);
    if (status == GRAM_OK) status = sm_with_roots(sm, id, root, out);
    sm_drop_roots(sm, id, root);
    return status;
}

gram_status sm_put_rivals(Sm *sm, TypedId id, const SmWords *rivals,
                          bool beside, TypedId *out)
{
    ConjId unseen;
    Bdd f, atom;
    uint32_t var;
    GR_TRY(sm_other_var(sm, id, &var));
    GR_TRY(sm_unseen(sm, rivals->at, rivals->n, &unseen));
    GR_TRY(sm_form(sm, unseen, sm_typed_at(sm, id)->type, &f));
    if (beside) {
        GR_TRY(gr_bdd_var(&sm->bdd, var, &atom));
        GR_TRY(gr_bdd_and(&sm->bdd, f, atom, &f));
    }
    return sm_put_other(sm, id, f, out);
}

/* --- spare members -------------------------------------------------------- */

/* One of the ways for a function to hold; bit after bit of `turns` tells
 * whether it goes by a side that asks for more.  *n counts the places where it
 * may; it is no way where something has to fail. */
static gram_status find_way(Sm *sm, Bdd all, uint32_t turns, SmWords *vars,
                            uint32_t *n, bool *is)
{
    Bdd f = all;
    vars->n = *n = 0;
    while (f.v >= 2) {
        BddNode node = gr_bdd_node(&sm->bdd, f);
        bool less, more = !gr_bdd_is(node.hi, false);
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(gr_bdd_implies(&sm->bdd, node.lo, node.hi, &less));
        less = less && !gr_bdd_is(node.lo, false);
        if (less && more && (*n)++ < 31) {
            more = turns & 1;
            turns >>= 1;
        }
        if (more) GR_TRY(gr_vec_push(sm->env, vars, node.var));
        f = more ? node.hi : less ? node.lo : gr_bdd_const(false);
    }
    *is = gr_bdd_is(f, true);
    return GRAM_OK;
}

/* An object that holds in that way. */
static gram_status way_typed(Sm *sm, TypedId id, const SmWords *vars,
                             TypedId *out)
{
    const Typed *t = sm_typed_at(sm, id);
    Bdd cube = {GR_BDD_TRUE}, no = {GR_BDD_FALSE}, goal;
    for (uint32_t i = vars->n; i-- > 0;)
        GR_TRY(gr_bdd_make(&sm->bdd, vars->at[i], no, cube, &cube));
    GR_TRY(gr_bdd_var(&sm->bdd, 0, &goal));
    return sm_typed(sm, t->type, &cube, 1, goal, t->room, t->order, out);
}

/* Has a key that is not there enough values, whatever the others are? */
static gram_status has_spare(Sm *sm, TypedId id, const Regs *regs,
                             uint32_t need, bool *has)
{
    const Universe *u;
    uint64_t cost;
    Search s = {.sm = sm, .typed = id, .regs = &sm_no_regs};
    GR_TRY(sm_open_live(sm, id, regs, has, &cost));
    if (!*has) return GRAM_OK;
    *has = false;
    GR_TRY(sm_universe(sm, id, &u));
    for (uint32_t i = 0; i < u->n_names && !*has; i++) {
        ConjId conj;
        uint32_t key = u->names[i];
        if (sm_has_word(regs->seen, regs->n_seen, key)) continue;
        GR_TRY(sm_all_specs(sm, id, u, 2 * key, &conj));
        GR_TRY(sm_conj_plenty(&s, conj, need, has));
    }
    return GRAM_OK;
}

/* Are there more values than items, if only one member that is to come is
 * changed? */
static gram_status is_rich(Sm *sm, TypedId id, const Regs *regs, bool *rich)
{
    Bdd all = sm_typed_at(sm, id)->all;
    SmWords vars = {0};
    uint32_t var, n = 0;
    gram_status status = sm_other_var(sm, id, &var);
    *rich = false;
    if (status != GRAM_OK || var == UINT32_MAX) return status;
    uint32_t need = sm_atom_of(sm, var).b;
    for (uint32_t i = 0; i < WAYS_TRIED && i >> n == 0 && !*rich; i++) {
        bool is;
        TypedId way = id;
        status = find_way(sm, all, i, &vars, &n, &is);
        if (status == GRAM_OK && is) status = way_typed(sm, id, &vars, &way);
        if (status == GRAM_OK && is)
            status = has_spare(sm, way, regs, need, rich);
        if (status != GRAM_OK) break;
    }
    gr_vec_clear(sm->env, &vars);
    return status;
}

static gram_status type_waits(Sm *sm, ValueId v, uint32_t type, bool *waits)
{
    TypedId t;
    uint32_t var;
    GR_TRY(sm_value_typed(sm, v, type, &t));
    GR_TRY(sm_typed_live(sm, t, waits));
    *waits = *waits && sm_typed_at(sm, t)->order == 0;
    GR_TRY(sm_other_var(sm, t, &var));
    *waits = *waits && var != UINT32_MAX;
    if (!*waits) return GRAM_OK;
    return type == T_OBJECT
               ? is_rich(sm, t, &sm_no_regs, waits)
               : sm_number_waits(sm, t, sm_atom_of(sm, var).b, waits);
}

gram_status sm_may_wait(Sm *sm, ValueId v, uint32_t *types)
{
    bool object, number;
    GR_TRY(type_waits(sm, v, T_OBJECT, &object));
    GR_TRY(type_waits(sm, v, T_NUMBER, &number));
    *types = (uint32_t)object << T_OBJECT | (uint32_t)number << T_NUMBER;
    return GRAM_OK;
}

/* --- questions ------------------------------------------------------------ */

/* Behind a member. */
enum { GO_ON = 1, LOOK_UP = 2 };

gram_status sm_ask_spare(Sm *sm, TypedId t, const Regs *regs, uint32_t *answer)
{
    bool rich;
    GR_TRY(is_rich(sm, t, regs, &rich));
    *answer = rich ? GO_ON : LOOK_UP;
    return GRAM_OK;
}

/* Is there plenty behind a value of this type, however it ends? */
static gram_status leaves_spare(Sm *sm, const Outcome *o, TypedId inner,
                                const Regs *regs, bool *yes)
{
    const SmEnd *end;
    uint32_t n, pos;
    TypedId after;
    GR_TRY(sm_ends(sm, inner, &end, &n));
    *yes = n > 0 && n < SM_ENDS_MAX;
    for (uint32_t i = 0; i < n && *yes; i++) {
        GR_TRY(sm_frame_after(sm, o->frame, end[i].verdict, &after, &pos));
        GR_TRY(is_rich(sm, after, regs, yes));
    }
    return GRAM_OK;
}

/* The types of which a member must be told apart while it is written. */
static gram_status early_types(Sm *sm, const Outcome *o, const Regs *regs,
                               uint32_t *types)
{
    *types = 0;
    for (uint32_t type = 0; type < N_TYPES; type++) {
        TypedId inner;
        bool fine;
        GR_TRY(sm_type_is_late(sm, o->value, type, &fine));
        if (fine) continue;
        GR_TRY(sm_value_typed(sm, o->value, type, &inner));
        GR_TRY(leaves_spare(sm, o, inner, regs, &fine));
        if (!fine) *types |= 1u << type;
    }
    return GRAM_OK;
}

/* 0: the key is not to be had; odd: the state of the value; even: the question
 * of those for which rivals have to be looked up. */
gram_status sm_ask_member(Sm *sm, TypedId t, uint32_t key, const Regs *regs,
                          uint32_t *answer)
{
    Outcome o;
    StateId s;
    bool plain;
    uint32_t types, id;
    *answer = 0;
    GR_TRY(sm_is_plain(sm, t, &plain));
    GR_TRY(sm_object_child(sm, t, key, plain ? NULL : regs, &o));
    if (!o.alive) return GRAM_OK;
    GR_TRY(early_types(sm, &o, regs, &types));
    GR_TRY(sm_state(sm, S_VALUE, o.value.v, o.frame.v, &s));
    *answer = 2 * s.v + 1;
    if (types == 0) return GRAM_OK;
    uint32_t q[5] = {Q_INTO, t.v, s.v, key, types};
    GR_TRY(gr_intern(sm->env, &sm->questions, q, 5, &id, NULL));
    *answer = 2 * id;
    return GRAM_OK;
}

/* --- with the text -------------------------------------------------------- */

/* What is written, as registers; `seen` holds the names among its keys. */
static gram_status part_regs(Sm *sm, TypedId t, const SmPart *p, SmWords *seen,
                             Regs *out)
{
    const Universe *u;
    GR_TRY(sm_universe(sm, t, &u));
    seen->n = 0;
    for (uint32_t i = 0; i < p->keys.n; i++)
        if (sm_has_word(u->names, u->n_names, p->keys.at[i]))
            GR_TRY(gr_vec_push(sm->env, seen, p->keys.at[i]));
    *out = (Regs){.count = p->keys.n, .n_seen = seen->n, .seen = seen->at};
    return GRAM_OK;
}

/* state + 1 behind a member that was just written, or 0. */
static gram_status go_behind(Sm *sm, TypedId t, const SmPart *p, SmWords *seen,
                             uint32_t *answer)
{
    Regs regs;
    StateId s;
    bool alive;
    uint64_t cost;
    GR_TRY(part_regs(sm, t, p, seen, &regs));
    GR_TRY(sm_open_live(sm, t, &regs, &alive, &cost));
    *answer = 0;
    if (!alive) return GRAM_OK;
    GR_TRY(sm_state(sm, S_AFTER, t.v, 0, &s));
    *answer = s.v + 1;
    return GRAM_OK;
}

/* The same for the value of one. */
static gram_status go_into(Sm *sm, TypedId t, uint32_t key, const SmPart *p,
                           SmWords *seen, uint32_t *answer)
{
    Regs regs;
    StateId s;
    bool plain;
    Outcome o;
    GR_TRY(part_regs(sm, t, p, seen, &regs));
    GR_TRY(sm_is_plain(sm, t, &plain));
    GR_TRY(sm_object_child(sm, t, key, plain ? NULL : &regs, &o));
    *answer = 0;
    if (!o.alive) return GRAM_OK;
    GR_TRY(sm_state(sm, S_VALUE, o.value.v, o.frame.v, &s));
    *answer = s.v + 1;
    return GRAM_OK;
}

/* q: Q_REST or Q_INTO, typed, the state that follows where there is no rival;
 * and of Q_INTO key, types. */
static gram_status ask_part(Sm *sm, const uint32_t *q, const GrSeen *s,
                            SmPart *p, SmWords *words, uint32_t *answer)
{
    TypedId t = {q[1]};
    bool into = q[0] == Q_INTO;
    *answer = q[2] + 1;
    if (s->text == NULL || s->len == 0) return GRAM_OK;
    GR_TRY(sm_recall_items(sm, s->older));
    gram_status status = sm_part_read(sm, s, into, p);
    /* whether the text may end is tried behind an open number, too */
    if (status == GRAM_E_SYNTAX) return GRAM_OK;
    GR_TRY(status);
    GR_TRY(sm_rivals(sm, p, into ? q[4] : 0, words));
    if (words->n == 0) return GRAM_OK;
    GR_TRY(sm_put_rivals(sm, t, words, into, &t));
    return into ? go_into(sm, t, q[3], p, words, answer)
                : go_behind(sm, t, p, words, answer);
}

gram_status sm_part_ask(Sm *sm, const uint32_t *q, const GrLevel *level,
                        uint32_t *answer)
{
    SmPart p = {.open = UINT32_MAX};
    SmWords words = {0};
    if (q[0] == Q_DIGITS) return sm_digits_ask(sm, q, level, answer);
    if (q[0] == Q_FIRST) return sm_first_ask(sm, q, level, answer);
    gram_status status = ask_part(sm, q, level->seen, &p, &words, answer);
    gr_vec_clear(sm->env, &words);
    sm_part_clear(sm, &p);
    return status;
}

gram_status sm_part_cell(Sm *sm, const uint32_t *question, uint32_t n,
                         Cell *out)
{
    uint32_t id;
    GR_TRY(gr_intern(sm->env, &sm->questions, question, n, &id, NULL));
    GR_TRY(gr_cell_ask(sm->pda, id, out));
    return gr_cell_part(sm->pda, REG_ITEM, *out, out);
}

/* The cell behind an answer of sm_ask_spare, of sm_ask_member. */
gram_status sm_spare_cell(Sm *sm, TypedId t, uint32_t answer, Cell *out)
{
    StateId s;
    TypedId alone;
    GR_TRY(sm_state(sm, S_AFTER, t.v, 0, &s));
    *out = gr_cell_goto(s);
    if (answer != LOOK_UP) return GRAM_OK;
    GR_TRY(sm_put_other(sm, t, gr_bdd_const(true), &alone));
    GR_TRY(sm_state(sm, S_AFTER, alone.v, 0, &s));
    uint32_t q[3] = {Q_REST, t.v, s.v};
    return sm_part_cell(sm, q, 3, out);
}

gram_status sm_member_cell(Sm *sm, uint32_t answer, Cell *out)
{
    uint32_t n;
    const uint32_t *q;
    *out = gr_cell_goto((StateId){answer / 2});
    if (answer & 1) return GRAM_OK;
    q = gr_intern_get(&sm->questions, answer / 2, &n);
    return sm_part_cell(sm, q, n, out);
}
