/* Keys of an object to be completed: which must come, which must not, and is
 * there room?
 *
 * Sets that must stay incomplete each give up one key; which one matters
 * only where a witness or a count lacks room then, so other choices are tried
 * only in that case: a search that is exponential at worst, counted in steps,
 * as is that for witnesses (witness.c). */
#include "schema/want.h"
#include "schema/layout.h"

bool sm_has_seen(const Regs *regs, uint32_t key)
{
    return sm_has_word(regs->seen, regs->n_seen, key);
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

/* Can further members stand at a place, what is each of them, and what does it
 * cost?  Beyond those that are wanted, so that nothing need be broken there. */
static gram_status spare_member(Search *s, uint32_t place, ValueId *v,
                                bool *alive, uint64_t *cost)
{
    GR_TRY(sm_place_value(s, place, NULL, 0, v));
    GR_TRY(sm_child_check(s, *v, alive, cost));
    *cost += sm_key_cost(s, place);
    return GRAM_OK;
}

/* Keys with a name: one each. */
static gram_status spare_names(Search *s, const Witness *w, uint32_t *need)
{
    ValueId v;
    uint64_t cost;
    bool alive;
    for (uint32_t i = 0; i < s->u->n_names && *need != 0; i++) {
        uint32_t key = s->u->names[i];
        if (!sm_is_spare(s, key) || !sm_in_order(s, 2 * key) ||
            sm_slots_used(s, w, s->want.fall.n, 2 * key))
            continue;
        GR_TRY(spare_member(s, 2 * key, &v, &alive, &cost));
        if (!alive) continue;
        --*need;
        if (s->spare == SM_NO_KEY) s->spare = 2 * key;
        GR_TRY(note_members(s, 2 * key, 0, 1, v));
        s->cost = sm_add_cost(s->cost, cost);
    }
    return GRAM_OK;
}

/* Keys of a class, as many as it has left. */
static gram_status spare_classes(Search *s, const Witness *w, uint32_t *need)
{
    ValueId v;
    uint64_t cost;
    bool alive;
    for (uint32_t i = 0; i < s->u->n_classes && *need != 0; i++) {
        uint32_t left = sm_class_left(s, &s->u->classes[i]);
        uint32_t used = sm_slots_used(s, w, s->want.fall.n, 2 * i + 1);
        if (left <= used) continue;
        if (left != UINT32_MAX) left -= used;
        GR_TRY(spare_member(s, 2 * i + 1, &v, &alive, &cost));
        if (!alive) continue;
        uint32_t take = *need < left ? *need : left;
        *need -= take;
        GR_TRY(note_members(s, 2 * i + 1, used, take, v));
        s->cost = sm_add_cost(s->cost, take * cost);
    }
    return GRAM_OK;
}

/* `need` more keys, any: is there room?  Adds their cost.  Witnesses have used
 * up some.  In any order, not the cheapest first: the cost is that of some
 * completion, not of the least. */
static gram_status spare_keys(Search *s, const Witness *w, uint32_t need,
                              bool *ok)
{
    GR_TRY(spare_names(s, w, &need));
    GR_TRY(spare_classes(s, w, &need));
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
gram_status sm_object_path(Search *s, bool *ok)
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

/* --- keys that a literal asks for ---------------------------------------- */

/* A key whose turn is over makes the set incomplete for good. */
gram_status sm_want_keys(Search *s, const uint32_t *key, uint32_t n)
{
    GR_TRY(gr_step(s->sm->env, n));
    for (uint32_t i = 0; i < n; i++)
        if (!is_seen(s, key[i]) && !sm_in_order(s, 2 * key[i]))
            s->want.late = true;
        else if (sm_is_spare(s, key[i]))
            GR_TRY(mark_key(s, key[i], MARK_ADD, &s->want.add));
    return GRAM_OK;
}
