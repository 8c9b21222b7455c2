/* Members that break what must be broken.
 *
 * In an object a key that breaks many specs at once is looked for first, then
 * one for those that are left, ...: of a union told apart by a tag all
 * branches but one are broken by the tag, and each key is looked at once.
 *
 * Where that does not place them all, and in arrays, witnesses are placed by
 * backtracking: a place that breaks several specs has to do so jointly; each
 * spec is tried alone first, since a spec without any witness is the usual
 * reason for a "no".  This is exponential at worst, counted in steps. */
#include "schema/layout.h"
#include "schema/want.h"

/* --- witnesses ------------------------------------------------------------ */

/* Members that witnesses add: of class places, at slot 0, 1, ...  An extra
 * key of a class has slot 0. */
uint32_t sm_slots_used(const Search *s, const Witness *w, uint32_t n,
                       uint32_t place)
{
    uint32_t slots = s->extra == place;
    for (uint32_t i = 0; i < n; i++)
        if (w[i].place == place && w[i].slot >= slots) slots = w[i].slot + 1;
    return slots;
}

/* Where a key with a name may come: if it must, or still may. */
static uint32_t name_place(const Search *s, uint32_t key)
{
    return sm_must_come(s, key) ||
                   (sm_is_spare(s, key) && sm_in_order(s, 2 * key))
               ? 2 * key
               : WANT_SKIP;
}

/* The i-th place where a witness may stand: keys that must come, then other
 * names, then every class: at a key that another witness stands at already, or
 * at one more. n witnesses before this one take n slots of a class at most, so
 * n + 1 are tried. */
static uint32_t key_place(const Search *s, const Witness *w, uint32_t n,
                          uint32_t i, uint32_t *slot)
{
    const SmWords *add = &s->want.add;
    const Universe *u = s->u;
    *slot = 0;
    if (i < add->n) return 2 * add->at[i];
    i -= add->n;
    if (i < u->n_names)
        return sm_is_spare(s, u->names[i]) && sm_in_order(s, 2 * u->names[i])
                   ? 2 * u->names[i]
                   : WANT_SKIP;
    i -= u->n_names;
    uint32_t cls = i / (n + 1);
    *slot = i % (n + 1);
    if (cls >= u->n_classes) return WANT_END;
    return *slot <= sm_slots_used(s, w, n, 2 * cls + 1) &&
                   *slot < sm_class_left(s, &u->classes[cls])
               ? 2 * cls + 1
               : WANT_SKIP;
}

/* Positions: beyond the prefix as many as there are specs to break.  More could
 * not help: behind the prefix all positions are alike. */
static uint32_t item_place(const Search *s, uint32_t i)
{
    uint32_t at = s->regs->count + i, end = s->prefix;
    if (end < s->regs->count) end = s->regs->count;
    end += s->want.fall.n;
    return at < end && at < s->want.most ? at : WANT_END;
}

/* i itself among them, as the last one. */
static uint32_t same_place(const Witness *w, uint32_t i, uint32_t *which)
{
    uint32_t n = 0;
    for (uint32_t j = 0; j < i; j++)
        if (w[j].place == w[i].place && w[j].slot == w[i].slot) which[n++] = j;
    which[n++] = i;
    return n;
}

bool sm_extra_of_class(const Search *s)
{
    return s->extra != SM_NO_KEY && (s->extra & 1);
}

/* Members of the object with n witnesses. */
uint32_t sm_members(const Search *s, const Witness *w, uint32_t n)
{
    uint32_t m = s->regs->count + s->want.add.n + sm_extra_of_class(s);
    for (uint32_t i = 0; i < n; i++) m += w[i].fresh;
    return m;
}

/* --- many at one place ---------------------------------------------------- */

/* Does a witness at a place that had none add a member? */
static bool is_fresh(const Search *s, const Witness *w)
{
    if (w->place & 1) return w->slot > 0 || w->place != s->extra;
    return !sm_must_come(s, w->place / 2);
}

/* What was noted in the schema's order is left the other way round, as the
 * roots of a joint value are: so its atoms come in the schema's order, in
 * which decision diagrams of unions are small. */
static void turn_round(SmWords *w)
{
    for (uint32_t i = 0; i < w->n / 2; i++) {
        uint32_t x = w->at[i];
        w->at[i] = w->at[w->n - 1 - i];
        w->at[w->n - 1 - i] = x;
    }
}

/* A spec to be broken, if it has no place yet and says something there. */
static gram_status add_open(Search *s, uint32_t place, uint32_t at,
                            SmWords *out)
{
    ConjId conj;
    if (s->witness.at[at].next != 0) return GRAM_OK;
    GR_TRY(sm_key_conj(s->sm, s->u, s->want.fall.at[at], place, &conj));
    return conj.v != CONJ_TRUE ? gr_vec_push(s->sm->env, out, at) : GRAM_OK;
}

/* All of them: only those are looked at that speak of the key, or that are to
 * be broken, whichever are fewer.  Both are in the schema's order. */
static gram_status open_at(Search *s, uint32_t place, SmWords *out)
{
    SpecWalk w = sm_specs_of_key(s->u, place);
    uint32_t n = s->want.fall.n;
    bool few = n < w.n_far + w.n_near;
    out->n = 0;
    GR_TRY(gr_step(s->sm->env, few ? n : w.n_far + w.n_near));
    for (uint32_t i = 0; i < n && few; i++) GR_TRY(add_open(s, place, i, out));
    for (uint32_t i; !few && sm_next_spec(&w, &i);) {
        const uint32_t *at = gr_map_find(&s->fall_at, s->u->specs[i]);
        if (at != NULL) GR_TRY(add_open(s, place, *at, out));
    }
    turn_round(out);
    return GRAM_OK;
}

/* A witness costs what its member costs more than without it, breaking the
 * specs which[0..n) only; a member that it adds, all. */
static gram_status add_cost(Search *s, const Witness *w, const uint32_t *which,
                            uint32_t n, uint64_t cost)
{
    uint64_t before = 0;
    bool alive;
    if (w->fresh)
        cost = sm_add_cost(cost, sm_key_cost(s, w->place));
    else
        GR_TRY(sm_place_live(s, w->place, which, n, &alive, &before));
    if (cost > before) s->cost = sm_add_cost(s->cost, cost - before);
    return GRAM_OK;
}

/* All of `which` broken by one member. */
static gram_status break_together(Search *s, Witness here, const SmWords *which,
                                  uint32_t *n_members)
{
    uint64_t cost;
    bool fits;
    here.fresh = is_fresh(s, &here);
    if (which->n == 0 || *n_members + here.fresh > s->want.most) return GRAM_OK;
    GR_TRY(sm_place_live(s, here.place, which->at, which->n, &fits, &cost));
    if (!fits) return GRAM_OK;
    *n_members += here.fresh;
    GR_TRY(add_cost(s, &here, NULL, 0, cost));
    for (uint32_t i = 0; i < which->n; i++) {
        s->witness.at[which->at[i]] = here;
        here.fresh = false;
    }
    return GRAM_OK;
}

/* The keys that the specs to be broken name, ascending.  *only: they speak of
 * no others, and are fewer than all keys. */
static gram_status named_keys(Search *s, SmWords *out, bool *only)
{
    const SmWords *fall = &s->want.fall;
    out->n = 0;
    *only = true;
    for (uint32_t i = 0; i < fall->n && *only; i++) {
        ObjectSpec o = sm_object_spec(s->sm, fall->at[i]);
        *only = !sm_speaks_of_all(s->sm, &o) &&
                o.n_names < s->u->n_names - out->n;
        for (uint32_t j = 0; j < o.n_names && *only; j++)
            GR_TRY(gr_vec_push(s->sm->env, out, o.names[2 * j]));
    }
    out->n = *only ? sm_sort_unique(out->at, out->n) : 0;
    return gr_step(s->sm->env, 1 + out->n / 8);
}

/* The i-th place, of keys that must come and of these, or of all. */
static uint32_t place_among(const Search *s, const SmWords *keys, bool only,
                            uint32_t i, uint32_t *slot)
{
    uint32_t n = s->want.add.n;
    if (!only || i < n) return key_place(s, NULL, 0, i, slot);
    *slot = 0;
    if (i - n >= keys->n) return WANT_END;
    uint32_t key = keys->at[i - n];
    return sm_must_come(s, key) ? WANT_SKIP : name_place(s, key);
}

/* Does what must hold allow no member there?  Asked where that is less work
 * than to ask what is to be broken: a closed object allows few keys. */
static gram_status is_barred(Search *s, uint32_t place, bool *yes)
{
    SpecWalk w = sm_specs_of_key(s->u, place);
    uint32_t n = s->want.fall.n, speak = w.n_far + w.n_near;
    ConjId held = {CONJ_TRUE};
    if ((n < speak ? n : speak) > s->want.hold.n)
        GR_TRY(sm_held_conj(s, place, &held));
    *yes = held.v == CONJ_FALSE;
    return GRAM_OK;
}

/* All that say something there and have no place yet, or none of them. */
static gram_status take_place(Search *s, Witness here, SmWords *which,
                              uint32_t *n_members, uint32_t *left)
{
    bool barred;
    GR_TRY(is_barred(s, here.place, &barred));
    if (barred) return GRAM_OK;
    GR_TRY(open_at(s, here.place, which));
    GR_TRY(break_together(s, here, which, n_members));
    if (which->n > 0 && s->witness.at[which->at[0]].next != 0)
        *left -= which->n;
    return GRAM_OK;
}

/* Greedy: nothing is taken back. */
static gram_status place_together(Search *s, const SmWords *keys, bool only,
                                  SmWords *which, bool *ok)
{
    uint32_t left = s->want.fall.n, n_members = sm_members(s, NULL, 0);
    for (uint32_t i = 0; left > 0; i++) {
        Witness here = {.next = 1};
        here.place = place_among(s, keys, only, i, &here.slot);
        if (here.place == WANT_END) break;
        if (here.place == WANT_SKIP) continue;
        GR_TRY(take_place(s, here, which, &n_members, &left));
    }
    *ok = left == 0;
    return GRAM_OK;
}

/* Where each spec to be broken is in want.fall. */
static gram_status index_fall(Search *s)
{
    const SmWords *fall = &s->want.fall;
    gr_map_clear(s->sm->env, &s->fall_at);
    for (uint32_t i = 0; i < fall->n; i++)
        GR_TRY(gr_map_put(s->sm->env, &s->fall_at, fall->at[i], i));
    return gr_step(s->sm->env, fall->n / 16);
}

/* *ok is false where it does not come out so, which proves nothing. */
static gram_status try_together(Search *s, bool *ok)
{
    SmWords which = {0}, keys = {0};
    uint64_t cost = s->cost;
    bool only;
    GR_TRY(index_fall(s));
    gram_status status = named_keys(s, &keys, &only);
    if (status == GRAM_OK) status = place_together(s, &keys, only, &which, ok);
    gr_vec_clear(s->sm->env, &which);
    gr_vec_clear(s->sm->env, &keys);
    if (!*ok) s->cost = cost;
    return status;
}

/* --- one by one ----------------------------------------------------------- */

/* Does witness i, at its place, break its spec there, together with the others
 * that stand there? */
static gram_status try_here(Search *s, Witness *w, uint32_t i, bool *fits)
{
    uint32_t which[WITNESSES_MAX], m;
    uint64_t cost;
    ConjId conj;
    *fits = false;
    GR_TRY(gr_step(s->sm->env, 1));
    if (w[i].place >= WANT_SKIP) return GRAM_OK;
    GR_TRY(sm_place_conj(s, s->want.fall.at[i], w[i].place, &conj));
    if (conj.v == CONJ_TRUE) return GRAM_OK; /* nothing to break there */
    m = same_place(w, i, which);
    w[i].fresh = s->u != NULL && m == 1 && is_fresh(s, &w[i]);
    if (s->u != NULL && sm_members(s, w, i + 1) > s->want.most) return GRAM_OK;
    GR_TRY(sm_place_live(s, w[i].place, which, m, fits, &cost));
    return *fits ? add_cost(s, &w[i], which, m - 1, cost) : GRAM_OK;
}

/* At the next place. */
static gram_status try_place(Search *s, Witness *w, uint32_t i, bool *fits)
{
    w[i].place = s->u ? key_place(s, w, i, w[i].next++, &w[i].slot)
                      : item_place(s, w[i].next++);
    return try_here(s, w, i, fits);
}

/* Only a key that the spec names can break it. */
static gram_status try_names(Search *s, const ObjectSpec *o, Witness *w,
                             bool *ok)
{
    for (uint32_t i = 0; i < o->n_names && !*ok; i++) {
        w->place = name_place(s, o->names[2 * i]);
        GR_TRY(try_here(s, w, 0, ok));
    }
    return GRAM_OK;
}

/* Has the first spec a witness, were it the only one? */
static gram_status try_first(Search *s, bool *ok)
{
    Witness w = {0};
    *ok = false;
    if (s->u != NULL) {
        ObjectSpec o = sm_object_spec(s->sm, s->want.fall.at[0]);
        if (!sm_speaks_of_all(s->sm, &o)) return try_names(s, &o, &w, ok);
    }
    do GR_TRY(try_place(s, &w, 0, ok));
    while (!*ok && w.place != WANT_END);
    return GRAM_OK;
}

/* Spec i?  Its cost is not kept: what is wanted is the answer. */
static gram_status try_alone(Search *s, uint32_t i, bool *ok)
{
    uint64_t cost = s->cost;
    uint32_t *fall = s->want.fall.at, first = fall[0];
    fall[0] = fall[i];
    gram_status status = try_first(s, ok);
    fall[0] = first;
    s->cost = cost;
    return status;
}

/* Items from..to-1, before the last witness, that are no witness and not among
 * the least cost something too. */
static gram_status fill_up(Search *s, uint32_t from, uint32_t to)
{
    uint64_t cost;
    bool alive;
    for (uint32_t p = from; p < to; p++) {
        GR_TRY(sm_place_live(s, p, NULL, 0, &alive, &cost));
        cost = sm_add_cost(cost, sm_comma_cost(s->sm, s->typed));
        s->cost = sm_add_cost(s->cost, cost);
    }
    return GRAM_OK;
}

/* Two equal items, and those before them. */
static gram_status equal_pair(Search *s, uint32_t *end, bool *ok)
{
    uint32_t from = *end, pair;
    GR_TRY(sm_some_equal(s, &pair, ok));
    if (!*ok || pair <= from) return GRAM_OK;
    *end = pair;
    return fill_up(s, from, pair);
}

gram_status sm_note_items(Search *s, uint32_t end)
{
    ValueId v;
    s->part.n = 0;
    for (uint32_t p = 0; p < end; p++) {
        bool twice = s->want.twice && (p == s->pair[0] || p == s->pair[1]);
        GR_TRY(gr_step(s->sm->env, 1));
        GR_TRY(twice ? sm_common_value(s, s->pair[0], s->pair[1], &v)
                     : sm_item_value(s, p, (ConjId){CONJ_TRUE}, &v));
        GR_TRY(gr_vec_push(s->sm->env, &s->part, v.v));
    }
    return GRAM_OK;
}

/* Are the items that must come, witnesses among them, enough and different
 * enough? w has a witness for each of want.fall; NULL where there is none to
 * be broken. */
gram_status sm_items_fit(Search *s, const Witness *w, bool *ok)
{
    const Want *want = &s->want;
    uint64_t cost = s->cost;
    uint32_t from = s->regs->count, end;
    if (want->least > from) from = want->least;
    end = from;
    s->placed.n = 0;
    for (uint32_t i = 0; i < want->fall.n; i++) {
        GR_TRY(gr_vec_push(s->sm->env, &s->placed, w[i].place));
        if (w[i].place >= end) end = w[i].place + 1;
    }
    *ok = true;
    GR_TRY(fill_up(s, from, end));
    if (want->unique) GR_TRY(sm_all_differ(s, end, ok));
    if (*ok && want->twice) GR_TRY(equal_pair(s, &end, ok));
    if (!*ok) s->cost = cost;
    return *ok && s->explain ? sm_note_items(s, end) : GRAM_OK;
}

static gram_status all_placed(Search *s, const Witness *w, bool *ok)
{
    *ok = true;
    return s->u != NULL ? GRAM_OK : sm_items_fit(s, w, ok);
}

/* Backtracking.  A witness that is placed anew begins with its first place; one
 * that has no place left sends the one before it on. */
static gram_status place_all(Search *s, Witness *w, uint32_t n, bool *ok)
{
    uint32_t i = 0;
    *ok = n == 0;
    while (!*ok) {
        bool fits;
        GR_TRY(try_place(s, w, i, &fits));
        if (w[i].place == WANT_END) {
            if (i-- == 0) return GRAM_OK;
        } else if (fits) {
            if (++i < n)
                memset(&w[i], 0, sizeof *w);
            else
                GR_TRY(all_placed(s, w, ok));
            if (i == n) i--;
        }
    }
    return GRAM_OK;
}

/* The quick way may fail without proof, and each spec alone may say "no" for
 * good (that the first one does shows when all are placed); only then all are
 * placed by trying. */
gram_status sm_find_witnesses(Search *s, bool *ok)
{
    uint32_t n = s->want.fall.n;
    *ok = n == 0;
    s->witness.n = 0;
    if (n == 0) return GRAM_OK;
    GR_TRY(gr_vec_reserve(s->sm->env, &s->witness, n));
    Witness *w = s->witness.at;
    memset(w, 0, n * sizeof *w);
    if (s->u != NULL) GR_TRY(try_together(s, ok));
    if (*ok) return GRAM_OK;
    *ok = true;
    for (uint32_t i = n <= WITNESSES_MAX; i < n && *ok; i++) {
        GR_TRY(try_alone(s, i, ok));
        if (!*ok) s->culprit = s->want.fall.at[i];
    }
    if (!*ok) return GRAM_OK;
    if (n > WITNESSES_MAX)
        return gr_fail(s->sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than %d constraints to be broken at once",
                       WITNESSES_MAX);
    memset(w, 0, sizeof *w);
    return place_all(s, w, n, ok);
}
