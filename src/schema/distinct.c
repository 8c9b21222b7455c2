/* Items that must all differ, or not: are there enough values?
 *
 * The places of the items that must still come need values that differ from
 * each other and from the items seen: a system of distinct representatives
 * (Hall 1935).  A place with more values than there are items in all can
 * always be served last, and most places have endlessly many; the values of
 * the others are listed, and served by augmenting paths:
 *
 *     place 1   1 2          1 is seen: place 1 takes 2,
 *     place 2     2 3        place 2 takes 3
 *
 * The item that is about to begin is one of the places, but what it will be
 * is not known.  It may be no value without which the others cannot be
 * served, so values that others depend on are noted (sm->special), and the
 * caller asks for each of them what follows if the item has it.
 *
 * Two equal items: one that equals an item seen, or two places that have a
 * value in common.  Where a later place could equal the present item, that is
 * noted too (sm->same), as what the item would have to be.
 *
 * Whether a place has enough values is counted where that is simple (count.c),
 * and else listed, one value after the other (example.c): so every question
 * has an answer, whatever the values are. */
#include "schema/want.h"

/* --- plenty --------------------------------------------------------------- */

gram_status sm_fresh_value(Search *s, uint32_t place, ValueId *out)
{
    bool unique = s->want.unique;
    s->want.unique = false;
    gram_status status = sm_item_value(s, place, (ConjId){CONJ_TRUE}, out);
    s->want.unique = unique;
    return status;
}

static gram_status value_plenty(Search *s, ValueId v, uint32_t need,
                                bool *plenty)
{
    bool exact, before = s->blocked, provisional = s->sm->live_provisional;
    Value *value = sm_value_at(s->sm, v);
    uint32_t n, cap = need < 32 ? 64 : need > UINT32_MAX / 2 ? need : 2 * need;
    *plenty = value->has >= need;
    if (*plenty || value->asked >= need) return GRAM_OK;
    s->blocked = s->sm->live_provisional = false;
    GR_TRY(sm_count_values(s, v, cap, &n, &exact));
    *plenty = n >= need;
    value = sm_value_at(s->sm, v);
    if (!s->blocked && !s->sm->live_provisional && !sm_is_limited(s->sm)) {
        value->has = n;
        value->asked = cap;
    }
    s->blocked |= before;
    s->sm->live_provisional |= provisional;
    return GRAM_OK;
}

static bool is_blind(const Search *s)
{
    return s->regs->blind > 0 ||
           (s->regs->n_items > 0 && s->regs->items == NULL);
}

gram_status sm_is_plenty(Search *s, uint32_t place, uint32_t need, bool *plenty)
{
    ValueId v;
    uint64_t all = (uint64_t)need + s->regs->n_items;
    all += s->regs->blind;
    GR_TRY(sm_fresh_value(s, place, &v));
    return value_plenty(s, v, all < UINT32_MAX ? (uint32_t)all : UINT32_MAX,
                        plenty);
}

/* The same where what is not plenty is counted on all the same. */
static gram_status is_plenty_blindly(Search *s, uint32_t place, uint32_t need,
                                     bool *plenty)
{
    GR_TRY(sm_is_plenty(s, place, need, plenty));
    if (!is_blind(s)) return GRAM_OK;
    s->sm->few |= !*plenty;
    *plenty = true;
    return GRAM_OK;
}

gram_status sm_conj_plenty(Search *s, ConjId conj, uint32_t need, bool *plenty)
{
    ValueId v;
    GR_TRY(sm_value_of(s->sm, conj, sm_room_inside(s->sm, s->typed), &v));
    GR_TRY(value_plenty(s, v, need, plenty));
    *plenty &= !s->blocked;
    return GRAM_OK;
}

/* --- constants ------------------------------------------------------------ */

/* The element of a JSON text. */
gram_status sm_read_constant(Sm *sm, const char *text, uint32_t len,
                             uint32_t *element, bool *known)
{
    uint32_t key;
    GR_TRY(sm_key(sm, text, len, &key));
    const uint32_t *memo = gr_map_find(&sm->items, key);
    *known = true;
    if (memo != NULL) {
        *element = *memo;
        return GRAM_OK;
    }
    GrJson *json = gr_arena_take(sm->env, &sm->arena, sizeof *json);
    if (json == NULL) return GRAM_E_MEMORY;
    const GrName *kept = &sm->key.at[key];
    gram_status status = gr_json_read(sm->env, &sm->arena, kept->text,
                                      kept->len, GR_LIMIT_MATCH_DEPTH, 0, json);
    *known = status != GRAM_E_SYNTAX;
    if (!*known) return GRAM_OK;
    GR_TRY(status);
    GR_TRY(sm_constant(sm, json, 0, element));
    return gr_map_put(sm->env, &sm->items, key, *element);
}

/* The text and all that is read from it are given back. */
gram_status sm_find_constant(Sm *sm, const char *text, uint32_t len,
                             uint32_t *element)
{
    GrJson json;
    GrArena arena = {0};
    uint32_t id = UINT32_MAX;
    gram_status status = gr_json_read(sm->env, &arena, text, len,
                                      GR_LIMIT_MATCH_DEPTH, 0, &json);
    if (status == GRAM_OK)
        status = gr_json_find(sm->env, &sm->canon, &json, 0, &id);
    gr_arena_clear(sm->env, &arena);
    *element = id == UINT32_MAX ? UINT32_MAX : id * 2 + 1;
    return status == GRAM_E_SYNTAX ? GRAM_OK : status;
}

/* May the constant stand at the place? */
static gram_status belongs(Search *s, uint32_t place, uint32_t element,
                           bool *yes)
{
    ConjId one;
    ValueId v;
    uint64_t cost;
    GR_TRY(sm_conj(s->sm, &element, 1, &one));
    GR_TRY(sm_item_value(s, place, one, &v));
    return sm_child_check(s, v, yes, &cost);
}

enum { FEW_VALUES = 64 };

/* --- domains -------------------------------------------------------------- */

typedef struct Domain {
    uint32_t from, n; /* in the list of values */
    bool many;        /* enough for any number of others */
} Domain;

typedef struct Distinct {
    Search *s;
    SmWords values;
    Domain *place;
    uint32_t n_places;
    SmWords value; /* distinct ones; then: who has it + 1, who asked + 1 */
    SmWords owner, asked, queue, via;
} Distinct;

static bool is_seen(const Search *s, uint32_t element)
{
    for (uint32_t i = 0; i < s->regs->n_items; i++)
        if (s->regs->items[i] == element) return true;
    return false;
}

/* Listed values of v that no item seen has, up to `most`, behind *out. */
static gram_status unseen_values(Search *s, ValueId v, uint32_t most,
                                 SmWords *out)
{
    Sm *sm = s->sm;
    uint32_t n = 0;
    for (const SmListed *l = sm_value_at(sm, v)->listed; l && n < most;
         l = l->next) {
        GR_TRY(gr_step(sm->env, 1 + s->regs->n_items / 8));
        if (s->want.unique && is_seen(s, l->element)) continue;
        GR_TRY(gr_vec_push(sm->env, out, l->element));
        n++;
    }
    return GRAM_OK;
}

/* The seen ones of a value's own, which are all listed. */
static gram_status seen_of(Sm *sm, const Value *v, ConjId *unseen)
{
    uint32_t few[FEW_VALUES], n = 0, k;
    const uint32_t *element = gr_intern_get(&sm->conjs, unseen->v, &k);
    if (k != 1) return GRAM_OK;
    const uint32_t *seen = sm_set(sm, *element & ~ELEM_UNSEEN, &k);
    GR_TRY(gr_step(sm->env, 1 + v->n_listed));
    for (const SmListed *l = v->listed; l; l = l->next)
        if (sm_has_word(seen, k, l->element)) few[n++] = l->element;
    return sm_unseen(sm, few, n, unseen);
}

/* So the places of a tuple ask the same whatever was seen elsewhere: n items
 * make n values of them, not one for each place and item. */
gram_status sm_unseen_of(Search *s, ConjId conj, ConjId *unseen)
{
    ValueId id;
    GR_TRY(sm_value_of(s->sm, conj, sm_room_inside(s->sm, s->typed), &id));
    const Value *v = sm_value_at(s->sm, id);
    return v->complete && v->n_listed <= FEW_VALUES ? seen_of(s->sm, v, unseen)
                                                    : GRAM_OK;
}

/* Values that are still free at a place, listed behind *out: `need` of them,
 * or all.  *ok is false where they are only assumed to be enough. */
static gram_status list_left(Search *s, uint32_t place, uint32_t need,
                             SmWords *out, bool *ok)
{
    ValueId v;
    uint64_t cap = (uint64_t)need + s->regs->n_items;
    bool before = s->blocked;
    s->blocked = false;
    GR_TRY(sm_fresh_value(s, place, &v));
    GR_TRY(sm_list_values(s, v, cap < UINT32_MAX ? (uint32_t)cap : UINT32_MAX,
                          ok));
    *ok = !s->blocked;
    s->blocked |= before;
    return *ok ? unseen_values(s, v, need, out) : GRAM_OK;
}

/* The values of a place, if they are few.  `most`: others that they may be
 * taken by. */
static gram_status find_domain(Distinct *d, uint32_t place, uint32_t most,
                               Domain *out)
{
    bool ok;
    *out = (Domain){.from = d->values.n};
    GR_TRY(is_plenty_blindly(d->s, place, most + 1, &out->many));
    if (out->many) return GRAM_OK;
    GR_TRY(list_left(d->s, place, most + 1, &d->values, &ok));
    out->n = d->values.n - out->from;
    out->many = !ok || out->n > most;
    if (out->many) d->values.n = out->from;
    return GRAM_OK;
}

/* --- matching ------------------------------------------------------------- */

static gram_status number_values(Distinct *d)
{
    GrEnv *env = d->s->sm->env;
    for (uint32_t i = 0; i < d->values.n; i++) {
        uint32_t j = 0, element = d->values.at[i];
        while (j < d->value.n && d->value.at[j] != element) j++;
        GR_TRY(gr_step(env, 1 + j / 8));
        if (j == d->value.n) {
            GR_TRY(gr_vec_push(env, &d->value, element));
            GR_TRY(gr_vec_push(env, &d->owner, 0));
            GR_TRY(gr_vec_push(env, &d->asked, 0));
        }
        d->values.at[i] = j;
    }
    return GRAM_OK;
}

/* The place that `value` was asked for by takes it, and what it had goes to
 * the one before. */
static void hand_over(Distinct *d, uint32_t value)
{
    while (true) {
        uint32_t place = d->asked.at[value] - 1, had = d->via.at[place];
        d->owner.at[value] = place + 1;
        if (had == UINT32_MAX) return;
        value = had;
    }
}

/* A breadth-first search for a value that is free, from a place without. */
static gram_status serve(Distinct *d, uint32_t place, bool *ok)
{
    GrEnv *env = d->s->sm->env;
    *ok = false;
    d->queue.n = 0;
    for (uint32_t i = 0; i < d->asked.n; i++) d->asked.at[i] = 0;
    d->via.at[place] = UINT32_MAX;
    GR_TRY(gr_vec_push(env, &d->queue, place));
    for (uint32_t q = 0; q < d->queue.n; q++) {
        const Domain *p = &d->place[d->queue.at[q]];
        for (uint32_t i = 0; i < p->n; i++) {
            uint32_t v = d->values.at[p->from + i];
            GR_TRY(gr_step(env, 1));
            if (d->asked.at[v] != 0) continue;
            d->asked.at[v] = d->queue.at[q] + 1;
            if (d->owner.at[v] == 0) {
                *ok = true;
                hand_over(d, v);
                return GRAM_OK;
            }
            /* its owner looks for another one, and would give this up */
            d->via.at[d->owner.at[v] - 1] = v;
            GR_TRY(gr_vec_push(env, &d->queue, d->owner.at[v] - 1));
        }
    }
    return GRAM_OK;
}

static gram_status serve_all(Distinct *d, bool *ok)
{
    GR_TRY(number_values(d));
    for (uint32_t i = 0; i < d->n_places; i++)
        GR_TRY(gr_vec_push(d->s->sm->env, &d->via, UINT32_MAX));
    for (uint32_t i = 0; i < d->n_places && *ok; i++)
        if (!d->place[i].many) GR_TRY(serve(d, i, ok));
    return GRAM_OK;
}

/* Values of later places that the present item might take away: none where
 * each of them has one more than could ever be needed. */
static gram_status note_special(Distinct *d, uint32_t first)
{
    GrEnv *env = d->s->sm->env;
    uint32_t few = 0;
    bool tight = false;
    for (uint32_t i = first; i < d->n_places; i++) few += !d->place[i].many;
    for (uint32_t i = first; i < d->n_places; i++)
        tight |= !d->place[i].many && d->place[i].n <= few;
    for (uint32_t i = first; i < d->n_places && tight; i++)
        for (uint32_t j = 0; j < d->place[i].n; j++)
            GR_TRY(gr_vec_push(env, &d->s->sm->special,
                               d->values.at[d->place[i].from + j]));
    return GRAM_OK;
}

/* --- all differ ----------------------------------------------------------- */

static gram_status take_places(Distinct *d)
{
    d->place = gr_zalloc(d->s->sm->env, d->n_places, sizeof *d->place);
    return d->place || d->n_places == 0 ? GRAM_OK : GRAM_E_MEMORY;
}

static void clear_distinct(Distinct *d)
{
    GrEnv *env = d->s->sm->env;
    if (d->place != NULL)
        gr_free(env, d->place, d->n_places * sizeof *d->place);
    SmWords *w[] = {&d->values, &d->value, &d->owner,
                    &d->asked,  &d->queue, &d->via};
    for (size_t i = 0; i < sizeof w / sizeof *w; i++) gr_vec_clear(env, w[i]);
}

/* Counted items that the place could have had do not count.  Of what is not
 * known yet it is assumed, as everywhere, that enough is left. */
static gram_status take_away(Search *s, uint32_t place, uint32_t *n)
{
    uint32_t taken = 0;
    bool yes = false, unique = s->want.unique, blocked = s->blocked;
    s->want.unique = false;
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < s->regs->n_items && status == GRAM_OK; i++) {
        s->blocked = false;
        status = belongs(s, place, s->regs->items[i], &yes);
        taken += yes && !s->blocked;
        blocked |= s->blocked;
    }
    s->want.unique = unique;
    s->blocked = blocked;
    *n = *n > taken ? *n - taken : 0;
    return status;
}

gram_status sm_count_left(Search *s, uint32_t place, uint32_t need, uint32_t *n)
{
    ValueId v;
    SmWords left = {0};
    uint64_t cap = (uint64_t)need + s->regs->n_items;
    bool exact, ok;
    *n = need;
    GR_TRY(is_plenty_blindly(s, place, need, &ok));
    if (ok) return GRAM_OK;
    GR_TRY(sm_fresh_value(s, place, &v));
    GR_TRY(sm_count_values(s, v, cap < UINT32_MAX ? (uint32_t)cap : UINT32_MAX,
                           n, &exact));
    if (exact) return take_away(s, place, n);
    gram_status status = list_left(s, place, need, &left, &ok);
    *n = ok ? left.n : need;
    gr_vec_clear(s->sm->env, &left);
    return status;
}

/* All places alike: counting is enough. */
static gram_status alike_differ(Search *s, uint32_t from, uint32_t end,
                                bool *ok)
{
    uint32_t n;
    GR_TRY(sm_count_left(s, from, end - from, &n));
    *ok = n >= end - from;
    return GRAM_OK;
}

/* Behind the prefix places are alike, if no spec is to be broken there. */
static bool is_as_before(const Search *s, uint32_t place)
{
    return place > s->prefix && s->want.fall.n == 0;
}

static gram_status places_differ(Distinct *d, uint32_t from, bool *ok)
{
    Search *s = d->s;
    for (uint32_t i = 0; i < d->n_places; i++) {
        GR_TRY(gr_step(s->sm->env, 1));
        if (i > 0 && is_as_before(s, from + i))
            d->place[i] = d->place[i - 1];
        else
            GR_TRY(find_domain(d, from + i, d->n_places, &d->place[i]));
    }
    if (s->regs->current) GR_TRY(note_special(d, 1));
    return serve_all(d, ok);
}

/* Places behind the prefix can be served last where they have plenty. */
static gram_status drop_tail(Search *s, uint32_t from, uint32_t *end)
{
    uint32_t tail = from > s->prefix ? from : s->prefix;
    bool plenty = false;
    if (s->want.fall.n > 0 || *end <= tail) return GRAM_OK;
    GR_TRY(sm_is_plenty(s, tail, *end - from, &plenty));
    if (plenty) *end = tail;
    return GRAM_OK;
}

/* `end` items that all differ, from the present one on. */
gram_status sm_all_differ(Search *s, uint32_t end, bool *ok)
{
    uint32_t from = s->regs->count - s->regs->current;
    if (end < 2 || s->regs->count >= end) return GRAM_OK;
    if (from >= s->prefix && s->want.fall.n == 0)
        return alike_differ(s, from, end, ok);
    GR_TRY(drop_tail(s, from, &end));
    if (end <= from) return GRAM_OK;
    Distinct d = {.s = s, .n_places = end - from};
    gram_status status = take_places(&d);
    if (status == GRAM_OK) status = places_differ(&d, from, ok);
    clear_distinct(&d);
    return status;
}

/* --- some are equal ------------------------------------------------------- */

static gram_status equals_item(Search *s, uint32_t place, bool *ok)
{
    for (uint32_t i = 0; i < s->regs->n_items && !*ok; i++)
        GR_TRY(belongs(s, place, s->regs->items[i], ok));
    return GRAM_OK;
}

/* Can the items at two places be the same? */
static gram_status have_common(Search *s, uint32_t p, uint32_t q, bool *yes)
{
    ValueId v;
    uint64_t cost;
    GR_TRY(sm_common_value(s, p, q, &v));
    return sm_child_check(s, v, yes, &cost);
}

/* Can the present item, which is not known, be as the one at q?  It can
 * where it is what q is: noted for the caller to ask. */
static gram_status equals_present(Search *s, uint32_t q, bool *ok)
{
    Sm *sm = s->sm;
    bool yes;
    uint32_t n = 0, id;
    ConjId is[1 + PLACE_LITERALS_MAX] = {{CONJ_TRUE}};
    GR_TRY(have_common(s, s->regs->count - 1, q, &yes));
    if (!yes) return GRAM_OK;
    GR_TRY(sm_place_literals(s, q, &is[0], is + 1, &n));
    GR_TRY(gr_intern(sm->env, &sm->sames, &is[0].v, n + 1, &id, NULL));
    *ok = s->regs->guess || s->regs->same == id + 1;
    return *ok ? GRAM_OK : gr_vec_push(sm->env, &sm->same, id);
}

/* Can the item at q equal one before it? */
static gram_status equals_earlier(Search *s, uint32_t q, bool *ok)
{
    GR_TRY(equals_item(s, q, ok));
    for (uint32_t p = s->regs->count; p < q && !*ok; p++) {
        s->pair[0] = p;
        s->pair[1] = q;
        GR_TRY(have_common(s, p, q, ok));
    }
    return *ok || !s->regs->current ? GRAM_OK : equals_present(s, q, ok);
}

/* Is one of the items to come, up to `last`, equal to one before it?  *end
 * is behind it. */
static gram_status find_equal(Search *s, uint32_t last, uint32_t *end, bool *ok)
{
    uint32_t q = s->regs->count;
    *ok = false;
    for (; q <= last && q < s->want.most && !*ok; q++) {
        GR_TRY(gr_step(s->sm->env, 1));
        GR_TRY(equals_earlier(s, q, ok));
    }
    *end = q;
    return GRAM_OK;
}

/* Behind the prefixes and the items that break a spec, which may stand there,
 * two are enough. */
gram_status sm_some_equal(Search *s, uint32_t *end, bool *ok)
{
    uint32_t last = s->prefix > s->regs->count ? s->prefix : s->regs->count;
    for (uint32_t i = 0; i < s->placed.n; i++)
        if (s->placed.at[i] >= last) last = s->placed.at[i] + 1;
    return find_equal(s, last + 1, end, ok);
}

/* --- with signs ----------------------------------------------------------- */

/* Behind the prefix places of one sign are alike. */
static gram_status sign_domains(Distinct *d)
{
    Search *s = d->s;
    const uint32_t *sign = s->sign.at;
    uint32_t most = d->n_places + s->others;
    for (uint32_t i = 0; i < d->n_places; i++) {
        uint32_t place = s->regs->count + i;
        GR_TRY(gr_step(s->sm->env, 1));
        if (i > 0 && place > s->prefix && sign[i] == sign[i - 1])
            d->place[i] = d->place[i - 1];
        else
            GR_TRY(find_domain(d, place, most, &d->place[i]));
    }
    return GRAM_OK;
}

/* The present item is none of the places: what it might take is asked for. */
static gram_status signs_differ(Distinct *d, bool *ok)
{
    GR_TRY(take_places(d));
    GR_TRY(sign_domains(d));
    if (d->s->regs->current) GR_TRY(note_special(d, 0));
    return serve_all(d, ok);
}

gram_status sm_signs_differ(Search *s, bool *ok)
{
    Distinct d = {.s = s, .n_places = s->sign.n};
    *ok = true;
    gram_status status = signs_differ(&d, ok);
    clear_distinct(&d);
    return status;
}

gram_status sm_signs_equal(Search *s, bool *ok)
{
    uint32_t end;
    *ok = false;
    return s->sign.n ? find_equal(s, s->regs->count + s->sign.n - 1, &end, ok)
                     : GRAM_OK;
}

/* --- one of each ---------------------------------------------------------- */

static gram_status choose(Distinct *d, const uint32_t *v, SmWords *out,
                          bool *ok)
{
    GR_TRY(take_places(d));
    for (uint32_t i = 0; i < d->n_places; i++) {
        uint32_t from = d->values.n;
        GR_TRY(unseen_values(d->s, (ValueId){v[i]}, d->n_places, &d->values));
        d->place[i] = (Domain){from, d->values.n - from, false};
    }
    GR_TRY(serve_all(d, ok));
    GR_TRY(gr_vec_reserve(d->s->sm->env, out, d->n_places));
    out->n = d->n_places;
    for (uint32_t i = 0; i < d->owner.n; i++)
        if (d->owner.at[i] != 0) out->at[d->owner.at[i] - 1] = d->value.at[i];
    return GRAM_OK;
}

gram_status sm_choose(Search *s, const uint32_t *v, uint32_t n, SmWords *out,
                      bool *ok)
{
    Distinct d = {.s = s, .n_places = n};
    *ok = true;
    gram_status status = choose(&d, v, out, ok);
    clear_distinct(&d);
    return status;
}

void sm_forget_values(Sm *sm)
{
    sm->special.n = sm->same.n = 0;
    sm->few = false;
}
