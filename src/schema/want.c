/* Can these atoms hold, and those fail, in one completed container?
 *
 * The literals of a path are gathered into what they ask for together:
 *
 *     T (specs that hold)  N (specs to be broken)  keys that must come,
 *     sets that must stay incomplete, least..most members
 *
 *          -> each key to come has a value that all of T allow?
 *             each of N has a witness: a member that breaks it?
 *             enough members, not too many?
 *
 * Sets that must stay incomplete each give up one key; which one matters
 * only where a witness or a count lacks room then, so other choices are tried
 * only in that case: a search that is exponential at worst, counted in steps,
 * as is that for witnesses (witness.c). */
#include "schema/want.h"
#include "schema/layout.h"

uint64_t sm_add_cost(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* --- the joint child: all of `hold`, and not those of `fall` in `mask` ---- */

/* The value of an item or member that all of `hold` allow and that each of the
 * n conjs in `fall` refuses.  Where n is 0 it is one conj that must hold; else
 *
 *      roots  fall[n-1] ... fall[0] hold     goal  !0 & !1 & ... & hold
 *
 * so that the goal is a cube, which typed.c folds into one function. */
static gram_status joint_value(Search *s, ConjId hold, const ConjId *fall,
                               uint32_t n, ValueId *out)
{
    Sm *sm = s->sm;
    uint32_t room = sm_room_inside(sm, s->typed);
    if (n == 0) return sm_value_of(sm, hold, room, out);
    Bdd goal = gr_bdd_const(true), no = gr_bdd_const(false);
    size_t size = ((size_t)n + 1) * sizeof(ConjId);
    ConjId *root = gr_resize(sm->env, NULL, 0, size);
    if (root == NULL) return GRAM_E_MEMORY;
    /* the last one first: what is made of the others is known then */
    gram_status status = gr_bdd_make(&sm->bdd, n, no, goal, &goal);
    root[n] = hold;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++) {
        root[n - 1 - i] = fall[i];
        status = gr_bdd_make(&sm->bdd, n - 1 - i, goal, no, &goal);
    }
    if (status == GRAM_OK) status = sm_value(sm, root, n + 1, goal, room, out);
    gr_free(sm->env, root, size);
    return status;
}

gram_status sm_place_conj(Search *s, uint32_t spec, uint32_t place, ConjId *out)
{
    uint32_t n;
    if (s->u != NULL) return sm_key_conj(s->sm, s->u, spec, place, out);
    const uint32_t *prefix = sm_array_spec(s->sm, spec, &n);
    *out = (ConjId){prefix[place < n ? place : n]};
    return GRAM_OK;
}

/* Specs that must hold are marked with the number of the check, so that only
 * those need be looked at that say something about a key.  (An array has no
 * such walk, and few specs.) */
static gram_status hold_spec(Search *s, uint32_t spec)
{
    Sm *sm = s->sm;
    while (sm->hold_mark.n <= spec)
        GR_TRY(gr_vec_push(sm->env, &sm->hold_mark, 0));
    sm->hold_mark.at[spec] = s->stamp;
    return gr_vec_push(sm->env, &s->want.hold, spec);
}

/* A mark of an earlier check has a smaller stamp. */
static bool is_held(const Search *s, uint32_t spec)
{
    return spec < s->sm->hold_mark.n && s->sm->hold_mark.at[spec] == s->stamp;
}

/* The conjs of the held specs at a place, of those that ask for something. */
static gram_status add_held(Search *s, uint32_t spec, uint32_t place,
                            SmWords *conjs)
{
    ConjId one;
    GR_TRY(gr_step(s->sm->env, 1));
    GR_TRY(sm_place_conj(s, spec, place, &one));
    return one.v == CONJ_TRUE ? GRAM_OK : gr_vec_push(s->sm->env, conjs, one.v);
}

/* Whichever is shorter: all held specs, or those that speak of the key. */
static gram_status held_conjs(Search *s, uint32_t place, SmWords *conjs)
{
    const SmWords *hold = &s->want.hold;
    bool few = s->u == NULL || hold->n <= s->u->n_far;
    for (uint32_t i = 0; i < hold->n && few; i++)
        GR_TRY(add_held(s, hold->at[i], place, conjs));
    if (few) return GRAM_OK;
    SpecWalk w = sm_specs_of_key(s->u, place);
    for (uint32_t i; sm_next_spec(&w, &i);)
        if (is_held(s, s->u->specs[i]))
            GR_TRY(add_held(s, s->u->specs[i], place, conjs));
    return GRAM_OK;
}

/* All their elements in one conj.  They are appended behind the conjs, in the
 * same scratch. */
static gram_status join_conjs(Sm *sm, SmWords *conjs, ConjId *out)
{
    uint32_t k = conjs->n, n;
    out->v = k ? conjs->at[0] : CONJ_TRUE;
    if (k < 2) return GRAM_OK;
    for (uint32_t i = 0; i < k; i++) {
        const uint32_t *element = gr_intern_get(&sm->conjs, conjs->at[i], &n);
        for (uint32_t j = 0; j < n; j++)
            GR_TRY(gr_vec_push(sm->env, conjs, element[j]));
    }
    return sm_conj(sm, conjs->at + k, conjs->n - k, out);
}

gram_status sm_held_conj(Search *s, uint32_t place, ConjId *out)
{
    SmWords *conjs = &s->sm->parts;
    conjs->n = 0;
    GR_TRY(held_conjs(s, place, conjs));
    GR_TRY(join_conjs(s->sm, conjs, out));
    if (!s->want.unique || s->regs->unseen.v == CONJ_TRUE) return GRAM_OK;
    ConjId unseen = s->regs->unseen;
    GR_TRY(sm_unseen_of(s, *out, &unseen));
    return sm_conj_and(s->sm, *out, unseen, out);
}

/* Bits by demand of the item that match.c has chosen for a place to come. */
static bool sign_of(const Search *s, uint32_t place, uint32_t *bits)
{
    uint32_t i = place - s->regs->count;
    if (place < s->regs->count || i >= s->sign.n) return false;
    *bits = s->sign.at[i];
    return true;
}

/* What an item is asked for comes from three sides: specs that hold, witnesses
 * that stand there, and the signs that match.c has chosen. */
gram_status sm_place_literals(Search *s, uint32_t place, ConjId *hold,
                              ConjId *fall, uint32_t *n)
{
    ConjId one;
    uint32_t bits;
    GR_TRY(sm_held_conj(s, place, &one));
    GR_TRY(sm_conj_and(s->sm, *hold, one, hold));
    for (uint32_t i = 0; i < s->placed.n; i++)
        if (s->placed.at[i] == place)
            GR_TRY(sm_place_conj(s, s->want.fall.at[i], place, &fall[(*n)++]));
    if (!sign_of(s, place, &bits)) return GRAM_OK;
    for (uint32_t i = 0; i < s->n_demands; i++) {
        const Demand *d = &s->demand[i];
        one = (ConjId){d->what};
        if (d->breaks) GR_TRY(sm_place_conj(s, d->what, place, &one));
        if ((bits >> i & 1) != d->breaks)
            GR_TRY(sm_conj_and(s->sm, *hold, one, hold));
        else
            fall[(*n)++] = one;
    }
    return GRAM_OK;
}

/* `extra` is what is asked beside: the value found must have it too. */
gram_status sm_item_value(Search *s, uint32_t place, ConjId extra, ValueId *out)
{
    ConjId fall[PLACE_LITERALS_MAX];
    uint32_t n = 0;
    GR_TRY(sm_place_literals(s, place, &extra, fall, &n));
    return joint_value(s, extra, fall, n, out);
}

/* At p and q the same value can stand iff one value is what both ask for. */
gram_status sm_common_value(Search *s, uint32_t p, uint32_t q, ValueId *out)
{
    ConjId hold = {CONJ_TRUE}, fall[2 * PLACE_LITERALS_MAX];
    uint32_t n = 0;
    GR_TRY(sm_place_literals(s, p, &hold, fall, &n));
    GR_TRY(sm_place_literals(s, q, &hold, fall, &n));
    return joint_value(s, hold, fall, n, out);
}

gram_status sm_place_value(Search *s, uint32_t place, const uint32_t *which,
                           uint32_t n, ValueId *out)
{
    ConjId hold, *fall = NULL;
    size_t size = n * sizeof *fall;
    GR_TRY(sm_held_conj(s, place, &hold));
    if (n > 0) {
        fall = gr_resize(s->sm->env, NULL, 0, size);
        if (fall == NULL) return GRAM_E_MEMORY;
    }
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        status = sm_place_conj(s, s->want.fall.at[which[i]], place, &fall[i]);
    if (status == GRAM_OK) status = joint_value(s, hold, fall, n, out);
    if (n > 0) gr_free(s->sm->env, fall, size);
    return status;
}

/* Can a member stand at `place` that all of hold allow and that breaks the
 * specs fall[which[0..n)]? */
gram_status sm_place_live(Search *s, uint32_t place, const uint32_t *which,
                          uint32_t n, bool *alive, uint64_t *cost)
{
    ValueId v;
    GR_TRY(sm_place_value(s, place, which, n, &v));
    return sm_child_check(s, v, alive, cost);
}

/* --- objects -------------------------------------------------------------- */

bool sm_has_sorted(const uint32_t *at, uint32_t n, uint32_t x)
{
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (at[mid] < x)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && at[lo] == x;
}

bool sm_has_seen(const Regs *regs, uint32_t key)
{
    return sm_has_sorted(regs->seen, regs->n_seen, key);
}

static bool is_seen(const Search *s, uint32_t key)
{
    return sm_has_seen(s->regs, key);
}

static uint64_t comma_cost(const Search *s)
{
    return sm_comma_cost(s->sm, s->typed);
}

/* Bytes that a member takes beside its value: quotes, colon, comma and the key,
 * at most six bytes a byte of it.  Of a class, whose key is not known, sixteen
 * bytes that are all escaped: a guess. */
uint64_t sm_key_cost(const Search *s, uint32_t place)
{
    uint64_t n = 3 + sm_colon_space(s->sm) + comma_cost(s);
    if (s->sm->count_lines) return comma_cost(s);
    if (place & 1) return n + 6 * 16;
    const GrName *k = &s->sm->key.at[place >> 1];
    for (uint32_t i = 0; i < k->len; i++) {
        unsigned char c = (unsigned char)k->text[i];
        n += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
    }
    return n;
}

/* Keys that must come, or must not, are marked with the number of the check,
 * so that asking is one load however many there are. */
enum { MARK_ADD, MARK_LEAVE };

static gram_status mark_key(Search *s, uint32_t key, uint32_t mark,
                            SmWords *list)
{
    Sm *sm = s->sm;
    while (sm->key_mark.n <= key)
        GR_TRY(gr_vec_push(sm->env, &sm->key_mark, 0));
    sm->key_mark.at[key] = s->stamp * 2 + mark;
    return gr_vec_push(sm->env, list, key);
}

/* A key has one mark: what must come never stays away. */
static bool has_mark(const Search *s, uint32_t key, uint32_t mark)
{
    return key < s->sm->key_mark.n &&
           s->sm->key_mark.at[key] == s->stamp * 2 + mark;
}

bool sm_must_come(const Search *s, uint32_t key)
{
    return has_mark(s, key, MARK_ADD);
}

/* May this key of the universe still be added, beyond those that must?  One
 * that was seen is in the object already, whatever the path asks. */
bool sm_is_spare(const Search *s, uint32_t key)
{
    return !is_seen(s, key) && !has_mark(s, key, MARK_ADD) &&
           !has_mark(s, key, MARK_LEAVE);
}

/* May it come in the order of the schema, after those that have?  An extra key
 * comes before all others that are looked for.  RANK_OTHER may come at any
 * time, but only others after it: that shows in `last`. */
bool sm_in_order(const Search *s, uint32_t place)
{
    const Sm *sm = s->sm;
    uint32_t rank, last = s->regs->last;
    if (sm_typed_at(sm, s->typed)->order == 0) return true;
    rank = sm_rank(sm, s->typed, place);
    if (s->extra != SM_NO_KEY && s->extra != place &&
        sm_rank(sm, s->typed, s->extra) > last)
        last = sm_rank(sm, s->typed, s->extra);
    return rank == RANK_OTHER || rank > last;
}

/* How many keys of a class may still come: at most all seen keys without a
 * name are of it. */
uint32_t sm_class_left(const Search *s, const KeyClass *c)
{
    uint32_t others = s->regs->count - s->regs->n_seen;
    if (c->count == UINT32_MAX) return UINT32_MAX;
    return c->count > others ? c->count - others : 0;
}

/* --- objects, once the keys are known ------------------------------------- */

/* To explain: n more members at a place, from a slot of it on.  Triples: place,
 * slot, value. */
static gram_status note_members(Search *s, uint32_t place, uint32_t slot,
                                uint32_t n, ValueId v)
{
    for (; n > 0 && s->explain; n--, slot++) {
        GR_TRY(gr_step(s->sm->env, 1));
        GR_TRY(gr_vec_push(s->sm->env, &s->part, place));
        GR_TRY(gr_vec_push(s->sm->env, &s->part, slot));
        GR_TRY(gr_vec_push(s->sm->env, &s->part, v.v));
    }
    return GRAM_OK;
}

/* The member at a slot of a place, with all witnesses that stand there. */
static gram_status note_member(Search *s, uint32_t place, uint32_t slot)
{
    const Witness *w = s->witness.at;
    SmWords which = {0};
    ValueId v;
    gram_status status = gr_step(s->sm->env, 1 + s->want.fall.n / 8);
    for (uint32_t i = 0; i < s->want.fall.n && status == GRAM_OK; i++)
        if (w[i].place == place && w[i].slot == slot)
            status = gr_vec_push(s->sm->env, &which, i);
    if (status == GRAM_OK)
        status = sm_place_value(s, place, which.at, which.n, &v);
    gr_vec_clear(s->sm->env, &which);
    GR_TRY(status);
    return note_members(s, place, slot, 1, v);
}

/* Keys that must come, and members that witnesses add.  In the order of keys
 * that must come, then of those that witnesses brought. */
static gram_status note_wanted(Search *s)
{
    const Want *want = &s->want;
    s->part.n = 0;
    for (uint32_t i = 0; i < want->add.n && s->explain; i++)
        GR_TRY(note_member(s, 2 * want->add.at[i], 0));
    for (uint32_t i = 0; i < want->fall.n && s->explain; i++) {
        const Witness *w = &s->witness.at[i];
        if (w->fresh) GR_TRY(note_member(s, w->place, w->slot));
    }
    return GRAM_OK;
}

/* `need` more keys, any: is there room?  Adds their cost.  Witnesses have used
 * up some.  In any order, not the cheapest first: the cost is that of some
 * completion, not of the least. */
static gram_status spare_keys(Search *s, const Witness *w, uint32_t need,
                              bool *ok)
{
    const Universe *u = s->u;
    ValueId v;
    uint64_t cost;
    bool alive;
    for (uint32_t i = 0; i < u->n_names && need > 0; i++) {
        if (!sm_is_spare(s, u->names[i]) || !sm_in_order(s, 2 * u->names[i]) ||
            sm_slots_used(s, w, s->want.fall.n, 2 * u->names[i]))
            continue;
        GR_TRY(sm_place_value(s, 2 * u->names[i], NULL, 0, &v));
        GR_TRY(sm_child_check(s, v, &alive, &cost));
        if (!alive) continue;
        need--;
        if (s->spare == SM_NO_KEY) s->spare = 2 * u->names[i];
        GR_TRY(note_members(s, 2 * u->names[i], 0, 1, v));
        s->cost = sm_add_cost(s->cost, cost + sm_key_cost(s, 2 * u->names[i]));
    }
    for (uint32_t i = 0; i < u->n_classes && need > 0; i++) {
        uint32_t left = sm_class_left(s, &u->classes[i]);
        uint32_t used = sm_slots_used(s, w, s->want.fall.n, 2 * i + 1);
        if (left <= used) continue;
        if (left != UINT32_MAX) left -= used;
        GR_TRY(sm_place_value(s, 2 * i + 1, NULL, 0, &v));
        GR_TRY(sm_child_check(s, v, &alive, &cost));
        if (!alive) continue;
        uint32_t take = need < left ? need : left;
        need -= take;
        GR_TRY(note_members(s, 2 * i + 1, used, take, v));
        s->cost =
            sm_add_cost(s->cost, take * (cost + sm_key_cost(s, 2 * i + 1)));
    }
    *ok = need == 0;
    return GRAM_OK;
}

/* Can the extra key come at all?  One that has a name joins those that must
 * come; one of a class is counted as a member (sm_members). */
static gram_status add_extra(Search *s, bool *ok)
{
    uint64_t cost;
    *ok = true;
    if (s->extra == SM_NO_KEY) return GRAM_OK;
    if (sm_extra_of_class(s)) {
        *ok = sm_class_left(s, &s->u->classes[s->extra / 2]) > 0;
        return *ok ? sm_place_live(s, s->extra, NULL, 0, ok, &cost) : GRAM_OK;
    }
    *ok = !is_seen(s, s->extra / 2) && sm_in_order(s, s->extra);
    return *ok && sm_is_spare(s, s->extra / 2)
               ? mark_key(s, s->extra / 2, MARK_ADD, &s->want.add)
               : GRAM_OK;
}

/* Do the keys that must come have values?  The counts are compared first: no
 * value is asked for in vain. */
static gram_status add_keys(Search *s, bool *ok)
{
    Want *w = &s->want;
    uint64_t cost;
    GR_TRY(add_extra(s, ok));
    *ok = *ok && !w->late && sm_members(s, NULL, 0) <= w->most &&
          w->least <= w->most;
    for (uint32_t i = 0; i < w->add.n && *ok; i++) {
        GR_TRY(sm_place_live(s, 2 * w->add.at[i], NULL, 0, ok, &cost));
        s->cost = sm_add_cost(s->cost, cost + sm_key_cost(s, 2 * w->add.at[i]));
    }
    return GRAM_OK;
}

/* s->placed, and what was noted, are of the completion found; a failure leaves
 * the cost as it was, for the next choice. */
static gram_status object_room(Search *s, bool *ok)
{
    Want *w = &s->want;
    uint64_t cost = s->cost;
    s->spare = SM_NO_KEY;
    GR_TRY(sm_find_witnesses(s, ok));
    const Witness *witness = s->witness.at;
    uint32_t n = sm_members(s, witness, *ok ? w->fall.n : 0);
    if (*ok) GR_TRY(note_wanted(s));
    if (*ok && n < w->least) GR_TRY(spare_keys(s, witness, w->least - n, ok));
    if (!*ok) s->cost = cost;
    s->members = n;
    s->placed.n = 0;
    for (uint32_t i = 0; i < w->fall.n && *ok; i++)
        GR_TRY(gr_vec_push(s->sm->env, &s->placed, witness[i].place));
    return GRAM_OK;
}

/* --- sets that must stay incomplete --------------------------------------- */

/* The i-th key that a set can give up, counted from `from`; *left says that
 * one of its keys stays away already. */
static uint32_t key_to_leave(const Search *s, uint32_t set, uint32_t i,
                             bool *left)
{
    uint32_t n, found = WANT_END;
    const uint32_t *key = sm_set(s->sm, set, &n);
    *left = false;
    for (uint32_t j = 0; j < n; j++) {
        *left |= has_mark(s, key[j], MARK_LEAVE) ||
                 (!is_seen(s, key[j]) && !sm_in_order(s, 2 * key[j]));
        if (sm_is_spare(s, key[j]) && i-- == 0) found = key[j];
    }
    return found;
}

/* Back to the first n keys that stay away.  Mark 0 is of no check. */
static void unmark(Search *s, uint32_t n)
{
    while (s->want.leave.n > n)
        s->sm->key_mark.at[s->want.leave.at[--s->want.leave.n]] = 0;
}

typedef struct Choice {
    uint32_t next;   /* key of the set to try next */
    uint32_t before; /* keys that stayed away before */
} Choice;

/* One more key away for set i.  *more is false where none is left to try.  A
 * set that has lost a key already needs none, and is passed once. */
static gram_status leave_next(Search *s, Choice *c, uint32_t set, bool *more)
{
    bool left;
    GR_TRY(gr_step(s->sm->env, 1));
    unmark(s, c->before);
    uint32_t key = key_to_leave(s, set, c->next, &left);
    *more = left ? c->next == 0 : key != WANT_END;
    c->next++;
    return *more && !left ? mark_key(s, key, MARK_LEAVE, &s->want.leave)
                          : GRAM_OK;
}

/* Would there be room if no key had to stay away? */
static gram_status room_for_all(Search *s, bool *ok)
{
    uint64_t cost = s->cost;
    unmark(s, 0);
    GR_TRY(object_room(s, ok));
    s->cost = cost;
    return GRAM_OK;
}

/* A set without a key to give up has none whatever the others give up, and
 * what has no room when nothing stays away has none at all: only otherwise
 * are other choices tried. */
static gram_status choose_leaves(Search *s, Choice *c, bool *ok)
{
    uint32_t n = s->want.open.n, i = 0;
    bool more, hopeful = false;
    if (n == 0) return object_room(s, ok);
    *ok = false;
    c[0] = (Choice){0, 0};
    while (!*ok) {
        GR_TRY(leave_next(s, &c[i], s->want.open.at[i], &more));
        if (!more) {
            if (c[i].next == 1 || i-- == 0) return GRAM_OK;
        } else if (++i < n) {
            c[i] = (Choice){0, s->want.leave.n};
        } else {
            GR_TRY(object_room(s, ok));
            i--;
            if (*ok || hopeful) continue;
            GR_TRY(room_for_all(s, &hopeful));
            if (!hopeful) return GRAM_OK;
            i = 0;
            c[0] = (Choice){0, 0};
        }
    }
    return GRAM_OK;
}

/* Cost 1 is the closing bracket. */
static gram_status object_path(Search *s, bool *ok)
{
    s->cost = 1;
    GR_TRY(add_keys(s, ok));
    if (!*ok) return GRAM_OK;
    size_t size = ((size_t)s->want.open.n + 1) * sizeof(Choice);
    Choice *c = gr_resize(s->sm->env, NULL, 0, size);
    if (c == NULL) return GRAM_E_MEMORY;
    gram_status status = choose_leaves(s, c, ok);
    gr_free(s->sm->env, c, size);
    return status;
}

/* --- arrays --------------------------------------------------------------- */

/* The first position where no item can stand ends the array.  Beyond the
 * prefix one position stands for all.  Costs of items that must come are added
 * on the way. */
static gram_status find_wall(Search *s)
{
    uint32_t end = s->prefix > s->regs->count ? s->prefix : s->regs->count;
    uint64_t cost;
    bool alive = true;
    for (uint32_t p = s->regs->count; p <= end && p < s->want.most; p++) {
        GR_TRY(sm_place_live(s, p, NULL, 0, &alive, &cost));
        if (!alive) s->want.most = p;
        /* beyond the prefixes all items are alike */
        uint64_t times = 0;
        if (p < s->want.least) times = p < s->prefix ? 1 : s->want.least - p;
        cost = sm_add_cost(cost, comma_cost(s));
        if (times > 0 && cost > UINT64_MAX / (times + 1))
            cost = UINT64_MAX / (times + 1);
        s->cost = sm_add_cost(s->cost, times * cost);
    }
    return GRAM_OK;
}

/* Cost 1 is the bracket.  Without counts of matching items only witnesses need
 * be placed; all other items may be the cheapest. */
static gram_status array_path(Search *s, bool *ok)
{
    Want *w = &s->want;
    s->cost = 1;
    s->placed.n = 0;
    GR_TRY(sm_array_prefix(s->sm, s->typed, &s->prefix));
    /* with counts of matching items all items are chosen together */
    if (w->match.n > 0) return sm_find_matches(s, ok);
    GR_TRY(find_wall(s));
    *ok = s->regs->count <= w->most && w->least <= w->most;
    if (!*ok) return GRAM_OK;
    return w->fall.n > 0 ? sm_find_witnesses(s, ok) : sm_items_fit(s, NULL, ok);
}

/* --- literals ------------------------------------------------------------- */

/* A key whose turn is over makes the set incomplete for good. */
static gram_status want_keys(Search *s, const uint32_t *key, uint32_t n)
{
    GR_TRY(gr_step(s->sm->env, n));
    for (uint32_t i = 0; i < n; i++)
        if (!is_seen(s, key[i]) && !sm_in_order(s, 2 * key[i]))
            s->want.late = true;
        else if (sm_is_spare(s, key[i]))
            GR_TRY(mark_key(s, key[i], MARK_ADD, &s->want.add));
    return GRAM_OK;
}

/* At least n items match the conj, or fewer. */
static gram_status want_matches(Search *s, uint32_t conj, uint32_t n,
                                bool value)
{
    SmWords *m = &s->want.match;
    uint32_t i = 0;
    while (i < m->n && m->at[i] != conj) i += 3;
    if (i == m->n) {
        GR_TRY(gr_vec_reserve(s->sm->env, m, 3));
        m->n += 3;
        m->at[i] = conj;
        m->at[i + 1] = 0;
        m->at[i + 2] = UINT32_MAX;
    }
    if (value && n > m->at[i + 1]) m->at[i + 1] = n;
    if (!value && n - 1 < m->at[i + 2]) m->at[i + 2] = n - 1;
    return GRAM_OK;
}

/* A COUNT that fails is a maximum: "fewer than b".  Atoms of scalars do
 * not occur. */
static gram_status read_literal(Search *s, const Atom *a, bool value)
{
    Want *w = &s->want;
    const uint32_t *key;
    uint32_t n;
    switch ((AtomKind)a->kind) {
    case ATOM_UNIV:
        return value ? hold_spec(s, a->a)
                     : gr_vec_push(s->sm->env, &w->fall, a->a);
    case ATOM_UNIQUE:
        if (value)
            w->unique = true;
        else
            w->twice = true;
        return GRAM_OK;
    case ATOM_COUNT:
        if (value && a->b > w->least) w->least = a->b;
        if (!value && a->b - 1 < w->most) w->most = a->b - 1;
        return GRAM_OK;
    case ATOM_CONTAINS: return want_matches(s, a->a, a->b, value);
    case ATOM_REQ:
        if (!value) return gr_vec_push(s->sm->env, &w->open, a->a);
        key = sm_set(s->sm, a->a, &n);
        return want_keys(s, key, n);
    default: return GRAM_OK;
    }
}

/* The stamp makes all marks of earlier checks void at once. */
gram_status sm_want_check(Search *s, const uint32_t *lits, uint32_t n, bool *ok)
{
    Want *w = &s->want;
    w->hold.n = w->fall.n = w->add.n = w->leave.n = w->open.n = 0;
    w->match.n = 0;
    s->sign.n = s->n_demands = 0;
    w->least = 0;
    w->most = UINT32_MAX;
    w->unique = w->twice = w->late = false;
    s->dearest = 0; /* what a refused path asked for depends on lemmas */
    s->stamp = ++s->sm->key_stamp;
    for (uint32_t i = 0; i < n; i++) {
        Atom a = sm_atom_of(s->sm, lits[i] >> 1 | ATOM_BASE);
        GR_TRY(gr_step(s->sm->env, 1));
        GR_TRY(read_literal(s, &a, lits[i] & 1));
    }
    GR_TRY(want_keys(s, s->assumed.at, s->assumed.n));
    return s->u != NULL ? object_path(s, ok) : array_path(s, ok);
}

/* Sufficient only: what is said "no" to may be part of another completion. */
gram_status sm_want_spare(Search *s, uint32_t key, bool *ok)
{
    uint64_t cost;
    *ok = !(key & 1) && has_mark(s, key / 2, MARK_ADD);
    for (uint32_t i = 0; i < s->placed.n && !*ok; i++)
        *ok = s->placed.at[i] == key;
    /* in an order, what may be added depends on what is added besides */
    if (sm_typed_at(s->sm, s->typed)->order != 0) *ok = false;
    if (*ok || sm_typed_at(s->sm, s->typed)->order != 0) return GRAM_OK;
    if (s->members >= s->want.most) return GRAM_OK;
    bool free = key & 1 ? sm_class_left(s, &s->u->classes[key / 2]) > 0
                        : sm_is_spare(s, key / 2);
    return free ? sm_place_live(s, key, NULL, 0, ok, &cost) : GRAM_OK;
}

void sm_want_clear(Search *s)
{
    GrEnv *env = s->sm->env;
    gr_vec_clear(env, &s->want.hold);
    gr_vec_clear(env, &s->want.fall);
    gr_vec_clear(env, &s->want.add);
    gr_vec_clear(env, &s->want.leave);
    gr_vec_clear(env, &s->want.open);
    gr_vec_clear(env, &s->want.match);
    gr_vec_clear(env, &s->assumed);
    gr_vec_clear(env, &s->placed);
    gr_vec_clear(env, &s->part);
    gr_vec_clear(env, &s->witness);
    gr_map_clear(env, &s->falling);
    gr_vec_clear(env, &s->sign);
}
