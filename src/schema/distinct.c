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
 * Values of containers are listed only where an enum or const does.  Where
 * a list would be needed that cannot be had, the way to hold counts as none
 * and sm->live_unsure is set: if no other is found the answer is an error. */
#include "schema/want.h"

enum { PLACES_MAX = 256, LISTED_MAX = 256 };

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
    bool exact, before = s->blocked;
    Value *value = sm_value_at(s->sm, v);
    uint32_t n, cap = need < 32 ? 64 : need > UINT32_MAX / 2 ? need : 2 * need;
    *plenty = value->has >= need;
    if (*plenty || value->asked >= need) return GRAM_OK;
    s->blocked = false;
    GR_TRY(sm_count_values(s, v, cap, &n, &exact));
    *plenty = n >= need;
    value = sm_value_at(s->sm, v);
    if (!s->blocked) {
        value->has = n;
        value->asked = cap;
    }
    s->blocked |= before;
    return GRAM_OK;
}

gram_status sm_is_plenty(Search *s, uint32_t place, uint32_t need, bool *plenty)
{
    ValueId v;
    uint64_t all = (uint64_t)need + s->regs->n_items;
    GR_TRY(sm_fresh_value(s, place, &v));
    return value_plenty(s, v, all < UINT32_MAX ? (uint32_t)all : UINT32_MAX,
                        plenty);
}

gram_status sm_conj_plenty(Search *s, ConjId conj, uint32_t need, bool *plenty)
{
    ValueId v;
    GR_TRY(sm_value_of(s->sm, conj, sm_room_inside(s->sm, s->typed), &v));
    GR_TRY(value_plenty(s, v, need, plenty));
    *plenty &= !s->blocked;
    return GRAM_OK;
}

/* --- listing -------------------------------------------------------------- */

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

static gram_status add_text(Sm *sm, const GrText *text, SmWords *out)
{
    uint32_t element;
    bool known;
    GR_TRY(sm_read_constant(sm, text->at, text->n, &element, &known));
    return known ? gr_vec_push(sm->env, out, element) : GRAM_OK;
}

static gram_status add_literal(Sm *sm, const char *word, SmWords *out)
{
    uint32_t element;
    bool known;
    GR_TRY(
        sm_read_constant(sm, word, (uint32_t)strlen(word), &element, &known));
    return gr_vec_push(sm->env, out, element);
}

/* A shortest string or number of the type; *some is false where none is. */
static gram_status shortest(Sm *sm, TypedId t, GrText *text, bool *some)
{
    GR_TRY(sm_typed_live(sm, t, some));
    if (!*some) return GRAM_OK;
    return sm_typed_at(sm, t)->type == T_STRING
               ? sm_text_shortest(sm, t, text)
               : sm_number_shortest(sm, t, text);
}

/* All values of a type, one by one: each is excluded once it is known. */
static gram_status list_type(Search *s, uint32_t place, uint32_t type,
                             SmWords *out)
{
    Sm *sm = s->sm;
    uint32_t from = out->n;
    bool some = true;
    while (some) {
        ConjId others;
        ValueId v;
        TypedId t;
        GrText text = {0};
        GR_TRY(sm_unseen(sm, out->at ? out->at + from : NULL, out->n - from,
                         &others));
        GR_TRY(sm_item_value(s, place, others, &v));
        GR_TRY(sm_value_typed(sm, v, type, &t));
        gram_status status = shortest(sm, t, &text, &some);
        if (status == GRAM_OK && some) status = add_text(sm, &text, out);
        gr_vec_clear(sm->env, &text);
        GR_TRY(status);
    }
    return GRAM_OK;
}

static gram_status list_words(Search *s, uint32_t place, SmWords *out)
{
    Sm *sm = s->sm;
    ValueId v;
    TypedId t;
    bool alive;
    GR_TRY(sm_item_value(s, place, (ConjId){CONJ_TRUE}, &v));
    GR_TRY(sm_value_typed(sm, v, T_NULL, &t));
    GR_TRY(sm_typed_live(sm, t, &alive));
    if (alive) GR_TRY(add_literal(sm, "null", out));
    GR_TRY(sm_value_typed(sm, v, T_BOOL, &t));
    Bdd all = sm_typed_at(sm, t)->all;
    bool inner = all.v >= 2;
    BddNode n = inner ? gr_bdd_node(&sm->bdd, all) : (BddNode){0, all, all};
    if (!gr_bdd_is(n.lo, false)) GR_TRY(add_literal(sm, "false", out));
    if (!gr_bdd_is(n.hi, false)) GR_TRY(add_literal(sm, "true", out));
    return GRAM_OK;
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

static gram_status add_container(Search *s, uint32_t place, const GrJson *j,
                                 uint32_t node, SmWords *out)
{
    uint32_t element;
    bool yes;
    if (j->node[node].type != GR_JSON_ARRAY &&
        j->node[node].type != GR_JSON_OBJECT)
        return GRAM_OK;
    GR_TRY(sm_constant(s->sm, j, node, &element));
    GR_TRY(belongs(s, place, element, &yes));
    for (uint32_t i = 0; i < out->n && yes; i++) yes = out->at[i] != element;
    return yes ? gr_vec_push(s->sm->env, out, element) : GRAM_OK;
}

/* Containers that an element of the conj lists; *listed: one does. */
static gram_status list_containers(Search *s, uint32_t place, SmWords *out,
                                   bool *listed)
{
    Sm *sm = s->sm;
    uint32_t n = 0;
    ConjId conj = {CONJ_TRUE}, fall[PLACE_LITERALS_MAX];
    GR_TRY(sm_place_literals(s, place, &conj, fall, &n));
    const uint32_t *element = gr_intern_get(&sm->conjs, conj.v, &n);
    *listed = false;
    for (uint32_t i = 0; i < n && !*listed; i++) {
        uint32_t e = element[i];
        *listed = e < ELEM_ANY && (e & 1);
        if (*listed) {
            Constant c = sm->constants.at[e / 2];
            return add_container(s, place, c.json, c.node, out);
        }
        if (e >= ELEM_ANY || e / 2 < 2) continue;
        const GrSchema *g = gr_schema_get(sm->loaded, (SchemaId){e / 2});
        const GrJson *j = &sm->loaded->doc[g->doc].json;
        *listed = g->const_at != GR_NO_NODE || g->enum_at != GR_NO_NODE;
        if (g->const_at != GR_NO_NODE)
            return add_container(s, place, j, g->const_at, out);
        for (uint32_t k = g->enum_at + 1;
             *listed && k < j->node[g->enum_at].next; k = j->node[k].next)
            GR_TRY(add_container(s, place, j, k, out));
    }
    return GRAM_OK;
}

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

static gram_status list_domain(Distinct *d, uint32_t place, bool *listed)
{
    GR_TRY(list_words(d->s, place, &d->values));
    GR_TRY(list_type(d->s, place, T_NUMBER, &d->values));
    GR_TRY(list_type(d->s, place, T_STRING, &d->values));
    return list_containers(d->s, place, &d->values, listed);
}

/* The values of a place, if they are few.  `most`: others that they may be
 * taken by. */
static gram_status find_domain(Distinct *d, uint32_t place, uint32_t most,
                               Domain *out, bool *ok)
{
    Search *s = d->s;
    ValueId v;
    uint32_t n;
    bool exact, containers, listed;
    *out = (Domain){.from = d->values.n};
    GR_TRY(sm_is_plenty(s, place, most + 1, &out->many));
    if (out->many) return GRAM_OK;
    GR_TRY(sm_item_value(s, place, (ConjId){CONJ_TRUE}, &v));
    GR_TRY(sm_count_values(s, v, most + 1, &n, &exact));
    out->many = n > most;
    if (out->many) return GRAM_OK;
    containers = !exact;
    *ok = n <= LISTED_MAX;
    if (*ok) GR_TRY(list_domain(d, place, &listed));
    *ok = *ok && (listed || !containers);
    if (!*ok) s->sm->live_unsure = true;
    out->n = d->values.n - out->from;
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

static void clear_distinct(Distinct *d)
{
    GrEnv *env = d->s->sm->env;
    SmWords *w[] = {&d->values, &d->value, &d->owner,
                    &d->asked,  &d->queue, &d->via};
    for (size_t i = 0; i < sizeof w / sizeof *w; i++) gr_vec_clear(env, w[i]);
}

/* The same where a list says it all. */
static gram_status count_by_list(Search *s, uint32_t place, uint32_t *n,
                                 bool *exact)
{
    Distinct d = {.s = s};
    gram_status status = list_domain(&d, place, exact);
    if (status == GRAM_OK && *exact) *n = d.values.n;
    clear_distinct(&d);
    return status;
}

/* Values of a place that no item seen has: of those that it has at all, or
 * by themselves. */
static gram_status count_left(Search *s, uint32_t place, uint32_t need,
                              uint32_t *n, bool *exact)
{
    ValueId v;
    uint64_t cap = (uint64_t)need + s->regs->n_items;
    uint32_t taken = 0;
    GR_TRY(sm_fresh_value(s, place, &v));
    GR_TRY(sm_count_values(s, v, cap < UINT32_MAX ? (uint32_t)cap : UINT32_MAX,
                           n, exact));
    if (!*exact) {
        GR_TRY(sm_item_value(s, place, (ConjId){CONJ_TRUE}, &v));
        GR_TRY(sm_count_values(s, v, need, n, exact));
        return *exact || *n >= need ? GRAM_OK
                                    : count_by_list(s, place, n, exact);
    }
    bool unique = s->want.unique;
    s->want.unique = false;
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < s->regs->n_items && status == GRAM_OK; i++) {
        bool yes;
        status = belongs(s, place, s->regs->items[i], &yes);
        taken += yes;
    }
    s->want.unique = unique;
    *n = *n > taken ? *n - taken : 0;
    return status;
}

/* All places alike: counting is enough. */
static gram_status alike_differ(Search *s, uint32_t from, uint32_t end,
                                bool *ok)
{
    uint32_t n;
    bool exact;
    GR_TRY(sm_is_plenty(s, from, end - from, ok));
    if (*ok) return GRAM_OK;
    GR_TRY(count_left(s, from, end - from, &n, &exact));
    *ok = n >= end - from;
    if (!*ok && !exact) s->sm->live_unsure = true;
    return GRAM_OK;
}

static gram_status places_differ(Distinct *d, uint32_t from, uint32_t end,
                                 bool *ok)
{
    Search *s = d->s;
    d->n_places = end - from;
    for (uint32_t i = 0; i < d->n_places && *ok; i++)
        GR_TRY(find_domain(d, from + i, end - from, &d->place[i], ok));
    if (!*ok) return GRAM_OK;
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
    if (end - from > PLACES_MAX) {
        *ok = false;
        s->sm->live_unsure = true;
        return GRAM_OK;
    }
    Domain place[PLACES_MAX];
    Distinct d = {.s = s, .place = place};
    gram_status status = places_differ(&d, from, end, ok);
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
    for (uint32_t p = s->regs->count; p < q && !*ok; p++)
        GR_TRY(have_common(s, p, q, ok));
    return *ok || !s->regs->current ? GRAM_OK : equals_present(s, q, ok);
}

/* Is one of the items to come, up to `last`, equal to one before it?  *end
 * is behind it. */
static gram_status find_equal(Search *s, uint32_t last, uint32_t *end, bool *ok)
{
    uint32_t q = s->regs->count;
    *ok = false;
    for (; q <= last && q < s->want.most && !*ok; q++) {
        if (q - s->regs->count > PLACES_MAX) break;
        GR_TRY(gr_step(s->sm->env, 1));
        GR_TRY(equals_earlier(s, q, ok));
    }
    *end = q;
    if (!*ok && q - s->regs->count > PLACES_MAX) s->sm->live_unsure = true;
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

static gram_status count_listed(Distinct *d, uint32_t place, uint32_t *n)
{
    bool listed;
    GR_TRY(list_domain(d, place, &listed));
    if (listed)
        *n = d->values.n;
    else
        d->s->sm->live_unsure = true;
    return GRAM_OK;
}

gram_status sm_sign_count(Search *s, uint32_t place, uint32_t cap, uint32_t *n)
{
    ValueId v;
    bool exact;
    Distinct d = {.s = s};
    GR_TRY(sm_item_value(s, place, (ConjId){CONJ_TRUE}, &v));
    GR_TRY(sm_count_values(s, v, cap, n, &exact));
    if (exact || *n >= cap || *n > LISTED_MAX) return GRAM_OK;
    gram_status status = count_listed(&d, place, n);
    clear_distinct(&d);
    return status;
}

/* Behind the prefix places of one sign are alike. */
static gram_status sign_domains(Distinct *d, bool *ok)
{
    Search *s = d->s;
    const uint32_t *sign = s->sign.at;
    for (uint32_t i = 0; i < d->n_places && *ok; i++) {
        uint32_t place = s->regs->count + i;
        if (i > 0 && place > s->prefix && sign[i] == sign[i - 1])
            d->place[i] = d->place[i - 1];
        else
            GR_TRY(find_domain(d, place, d->n_places, &d->place[i], ok));
    }
    return GRAM_OK;
}

/* The present item is none of the places: what it might take is asked for. */
static gram_status signs_differ(Distinct *d, bool *ok)
{
    GR_TRY(sign_domains(d, ok));
    if (*ok && d->s->regs->current) GR_TRY(note_special(d, 0));
    return *ok ? serve_all(d, ok) : GRAM_OK;
}

gram_status sm_signs_differ(Search *s, bool *ok)
{
    Domain place[PLACES_MAX];
    Distinct d = {.s = s, .place = place, .n_places = s->sign.n};
    *ok = s->sign.n <= PLACES_MAX;
    if (!*ok) s->sm->live_unsure = true;
    if (!*ok) return GRAM_OK;
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

void sm_forget_values(Sm *sm)
{
    sm->special.n = sm->same.n = 0;
}
