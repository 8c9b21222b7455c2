/* Values listed one by one, whatever they are.
 *
 * Where some values of a few must be told apart or shared out (distinct.c),
 * they are listed: one is found, excluded, and the next one looked for among
 * the others,
 *
 *     v   v and not c1   v and not c1, c2   ...
 *
 * until enough are known or none is left; both are what is already asked of
 * any value, "is it alive?".  A scalar is found by its automaton.  A container
 * is alive because a search has found a way for it to hold: which members or
 * items come, and what each of them is, is noted by the same search
 * (sm_prove), and the example is made of examples of these.
 *
 *     {a, b?} alive as a has values       {"a": example of its value}
 *
 * No circle can arise where each proof uses only those that came before it:
 * containers are ranked in the order in which they were found alive, and the
 * search that explains one takes those of a higher rank for dead.
 *
 * What is listed stays listed, value by value, so that all positions and all
 * items of an array use the same list.  Work: each value more is one search;
 * nothing is listed that counting shows to be plenty. */
#include "schema/want.h"

typedef struct Request {
    ValueId v;
    uint32_t n; /* this many of its values are asked for */
} Request;

typedef struct Lister {
    Search *s; /* who asks */
    GrVec(Request) stack;
    uint32_t base; /* of the stack: requests that more are made for */
    bool stuck;    /* not now: s->blocked, or what is known is provisional */
} Lister;

static bool has_listed(const Sm *sm, ValueId v, uint32_t n)
{
    const Value *value = sm_value_at(sm, v);
    return value->n_listed >= n || value->complete;
}

/* Ask for n values of v first, if they are not listed; *all: they are.  Those
 * that wait beside it, and were not taken up yet, are asked for once more: it
 * may be made of them. */
static gram_status ask_for(Lister *l, ValueId v, uint32_t n, bool *all)
{
    Sm *sm = l->s->sm;
    if (has_listed(sm, v, n)) return GRAM_OK;
    *all = false;
    Value *value = sm_value_at(sm, v);
    /* it is made of itself: what it is found alive by is not known yet */
    l->stuck |= value->busy > 0 && value->busy <= l->base;
    if (value->busy > 0) return GRAM_OK;
    const Request *top = l->stack.n ? &l->stack.at[l->stack.n - 1] : NULL;
    if (top != NULL && top->v.v == v.v && top->n >= n) return GRAM_OK;
    return gr_vec_push(sm->env, &l->stack, ((Request){v, n}));
}

/* --- texts ---------------------------------------------------------------- */

/* Listed elements have a text. */
static gram_status put_element(Sm *sm, uint32_t element, GrText *out)
{
    const uint32_t *key = gr_map_find(&sm->texts, element);
    GrName text = sm->key.at[*key];
    GR_TRY(gr_step(sm->env, text.len / 16));
    return gr_text_put(sm->env, out, text.text, text.len);
}

/* The text is one more value of v.  As an element it is equal to any other
 * spelling of the value. */
static gram_status add_value(Sm *sm, ValueId v, const GrText *text)
{
    SmListed *new = gr_arena_take(sm->env, &sm->arena, sizeof *new);
    uint32_t key;
    bool known;
    if (new == NULL) return GRAM_E_MEMORY;
    *new = (SmListed){0};
    GR_TRY(sm_read_constant(sm, text->at, text->n, &new->element, &known));
    GR_TRY(sm_key(sm, text->at, text->n, &key));
    GR_TRY(gr_map_put(sm->env, &sm->texts, new->element, key));
    Value *value = sm_value_at(sm, v);
    if (value->last != NULL)
        value->last->next = new;
    else
        value->listed = new;
    value->last = new;
    value->n_listed++;
    return GRAM_OK;
}

/* --- scalars -------------------------------------------------------------- */

static gram_status bool_text(Sm *sm, TypedId id, GrText *out)
{
    Bdd all = sm_typed_at(sm, id)->all;
    bool yes = all.v < 2 || gr_bdd_is(gr_bdd_node(&sm->bdd, all).lo, false);
    return yes ? gr_text_put(sm->env, out, "true", 4)
               : gr_text_put(sm->env, out, "false", 5);
}

/* A scalar of the value; no text where none is. */
static gram_status scalar_text(Sm *sm, ValueId v, GrText *out)
{
    for (uint32_t type = 0; type < T_ARRAY && out->n == 0; type++) {
        TypedId t;
        bool alive;
        GR_TRY(sm_value_typed(sm, v, type, &t));
        GR_TRY(sm_typed_live(sm, t, &alive));
        if (!alive) continue;
        if (type == T_NULL) GR_TRY(gr_text_put(sm->env, out, "null", 4));
        if (type == T_BOOL) GR_TRY(bool_text(sm, t, out));
        if (type == T_NUMBER) GR_TRY(sm_number_shortest(sm, t, out));
        if (type == T_STRING) GR_TRY(sm_text_shortest(sm, t, out));
    }
    return GRAM_OK;
}

/* --- containers ----------------------------------------------------------- */

/* A key of a class that is none of the n words before it.  The words are those
 * of members before it, of whatever class: keys differ. */
static gram_status class_key(Sm *sm, ReId cls, GrText *words, uint32_t n,
                             GrText *word)
{
    ReId both[2] = {cls, cls};
    GrVec(GrWord) list = {0};
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        status =
            gr_vec_push(sm->env, &list, ((GrWord){words[i].at, words[i].n, i}));
    if (status == GRAM_OK && n > 0)
        status = gr_re_words(sm->re, list.at, list.n, &both[1]);
    if (status == GRAM_OK && n > 0)
        status = gr_re_not(sm->re, both[1], &both[1]);
    if (status == GRAM_OK) status = gr_re_and(sm->re, both, 2, &both[0]);
    if (status == GRAM_OK) status = gr_re_shortest(sm->re, both[0], word);
    gr_vec_clear(sm->env, &list);
    return status;
}

/* The key of member i of the completion, after those before it. */
static gram_status member_key(const Search *p, GrText *words, uint32_t i,
                              GrText *word)
{
    Sm *sm = p->sm;
    uint32_t place = p->part.at[3 * i];
    if (place & 1)
        return class_key(sm, p->u->classes[place / 2].re, words, i, word);
    GrName name = sm->key.at[place / 2];
    return gr_text_put(sm->env, word, name.text, name.len);
}

static gram_status put_member(const Search *p, GrText *words, uint32_t i,
                              GrText *out)
{
    Sm *sm = p->sm;
    ValueId v = {p->part.at[3 * i + 2]};
    GR_TRY(gr_step(sm->env, 1 + i / 8));
    GR_TRY(gr_text_put(sm->env, out, i ? "," : "{", 1));
    GR_TRY(member_key(p, words, i, &words[i]));
    GR_TRY(gr_json_write_string(sm->env, out, words[i].at, words[i].n));
    GR_TRY(gr_text_put(sm->env, out, ":", 1));
    return put_element(sm, sm_value_at(sm, v)->listed->element, out);
}

static gram_status object_text(const Search *p, GrText *out)
{
    GrEnv *env = p->sm->env;
    uint32_t n = p->part.n / 3;
    GrText *words = gr_zalloc(env, (size_t)n + 1, sizeof *words);
    if (words == NULL) return GRAM_E_MEMORY;
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        status = put_member(p, words, i, out);
    if (status == GRAM_OK)
        status = gr_text_put(env, out, n ? "}" : "{}", n ? 1 : 2);
    for (uint32_t i = 0; i < n; i++) gr_vec_clear(env, &words[i]);
    gr_free(env, words, ((size_t)n + 1) * sizeof *words);
    return status;
}

static gram_status array_text(Sm *sm, const SmWords *items, GrText *out)
{
    GR_TRY(gr_text_put(sm->env, out, "[", 1));
    for (uint32_t i = 0; i < items->n; i++) {
        if (i > 0) GR_TRY(gr_text_put(sm->env, out, ",", 1));
        GR_TRY(put_element(sm, items->at[i], out));
    }
    return gr_text_put(sm->env, out, "]", 1);
}

/* The items of the completion, all different where they must be. */
static gram_status choose_items(Lister *l, Search *p, SmWords *items)
{
    Sm *sm = p->sm;
    bool ok = true;
    if (p->want.unique) {
        GR_TRY(sm_choose(p, p->part.at, p->part.n, items, &ok));
        l->stuck |= !ok;
        return GRAM_OK;
    }
    for (uint32_t i = 0; i < p->part.n; i++) {
        ValueId v = {p->part.at[i]};
        GR_TRY(
            gr_vec_push(sm->env, items, sm_value_at(sm, v)->listed->element));
    }
    return GRAM_OK;
}

/* All parts of the completion that the search has found have an example, or
 * are asked for. */
static gram_status ask_parts(Lister *l, const Search *p, bool *all)
{
    bool array = p->u == NULL;
    l->base = l->stack.n;
    uint32_t n = array && p->want.unique ? p->part.n : 1;
    for (uint32_t i = array ? 0 : 2; i < p->part.n; i += array ? 1 : 3) {
        ValueId v = {p->part.at[i]};
        GR_TRY(ask_for(l, v, n, all));
        /* it is alive: an empty list is not known to be all */
        l->stuck |= *all && sm_value_at(p->sm, v)->n_listed == 0;
        if (l->stuck) return GRAM_OK;
    }
    return GRAM_OK;
}

/* No text and not stuck: parts were asked for, and it is taken up again. */
static gram_status explain(Lister *l, Search *p, GrText *out)
{
    SmWords items = {0};
    bool alive, all = true;
    GR_TRY(sm_prove(p, &alive));
    l->stuck |= !alive;
    if (l->stuck) return GRAM_OK;
    GR_TRY(ask_parts(l, p, &all));
    if (!all || l->stuck) return GRAM_OK;
    if (p->u != NULL) return object_text(p, out);
    gram_status status = choose_items(l, p, &items);
    if (status == GRAM_OK && !l->stuck) status = array_text(p->sm, &items, out);
    gr_vec_clear(p->sm->env, &items);
    return status;
}

/* A container of the value, which has one; no text where its parts have to be
 * found first.  Of the two types the one whose proof came first. */
static gram_status container_text(Lister *l, ValueId v, GrText *out)
{
    Sm *sm = l->s->sm;
    Search p = {.sm = sm};
    uint32_t rank = UINT32_MAX;
    for (uint32_t type = T_ARRAY; type < N_TYPES; type++) {
        TypedId t;
        GR_TRY(sm_value_typed(sm, v, type, &t));
        if (!sm_known_alive(sm, t) || sm_typed_at(sm, t)->rank >= rank)
            continue;
        rank = sm_typed_at(sm, t)->rank;
        p.typed = t;
    }
    l->stuck |= rank == UINT32_MAX;
    if (l->stuck) return GRAM_OK;
    gram_status status = explain(l, &p, out);
    sm_want_clear(&p);
    gr_vec_clear(sm->env, &p.lits);
    return status;
}

/* --- the list ------------------------------------------------------------- */

/* Values of v that are not listed.  One root more, that must hold: "none
 * of these". */
static gram_status rest_of(Sm *sm, ValueId v, ValueId *out)
{
    const Value *value = sm_value_at(sm, v);
    SmWords words = {0}, roots = {0};
    ConjId unseen;
    Bdd goal = value->goal, no = {GR_BDD_FALSE}, yes = {GR_BDD_TRUE}, bit;
    uint32_t n = value->n, room = value->room;
    *out = v;
    if (value->listed == NULL) return GRAM_OK;
    gram_status status = gr_vec_reserve(sm->env, &words, value->n_listed);
    for (SmListed *i = value->listed; i && status == GRAM_OK; i = i->next)
        words.at[words.n++] = i->element;
    if (status == GRAM_OK) status = gr_step(sm->env, 1 + words.n / 8);
    if (status == GRAM_OK) status = sm_unseen(sm, words.at, words.n, &unseen);
    if (status == GRAM_OK) status = gr_vec_reserve(sm->env, &roots, n + 1);
    for (uint32_t i = 0; i < n && status == GRAM_OK; i++)
        roots.at[i] = value->root[i];
    if (status == GRAM_OK) roots.at[n] = unseen.v;
    if (status == GRAM_OK) status = gr_bdd_make(&sm->bdd, n, no, yes, &bit);
    if (status == GRAM_OK) status = gr_bdd_and(&sm->bdd, goal, bit, &goal);
    if (status == GRAM_OK)
        status = sm_value(sm, (const ConjId *)roots.at, n + 1, goal, room, out);
    gr_vec_clear(sm->env, &words);
    gr_vec_clear(sm->env, &roots);
    return status;
}

/* Is there one more?  *known: and that is no guess. */
static gram_status rest_lives(Lister *l, ValueId rest, bool *alive, bool *known)
{
    Sm *sm = l->s->sm;
    uint64_t cost;
    bool blocked = l->s->blocked, provisional = sm->live_provisional;
    l->s->blocked = sm->live_provisional = false;
    gram_status status = sm_child_check(l->s, rest, alive, &cost);
    *known = !l->s->blocked && (*alive || !sm->live_provisional);
    l->s->blocked |= blocked;
    sm->live_provisional |= provisional;
    return status;
}

/* One more value for the request on top, or what is needed for it. */
static gram_status list_one(Lister *l, ValueId v)
{
    Sm *sm = l->s->sm;
    ValueId rest;
    GrText text = {0};
    bool alive, known;
    GR_TRY(gr_step(sm->env, 1));
    GR_TRY(rest_of(sm, v, &rest));
    GR_TRY(rest_lives(l, rest, &alive, &known));
    l->stuck |= !known;
    if (!known) return GRAM_OK;
    if (!alive) {
        sm_value_at(sm, v)->complete = true;
        return GRAM_OK;
    }
    gram_status status = scalar_text(sm, rest, &text);
    if (status == GRAM_OK && text.n == 0)
        status = sm_empty_text(sm, rest, &text);
    if (status == GRAM_OK && text.n == 0)
        status = container_text(l, rest, &text);
    if (status == GRAM_OK && text.n > 0) status = add_value(sm, v, &text);
    gr_vec_clear(sm->env, &text);
    return status;
}

static gram_status run(Lister *l)
{
    Sm *sm = l->s->sm;
    while (l->stack.n > 0 && !l->stuck) {
        Request r = l->stack.at[l->stack.n - 1];
        if (!has_listed(sm, r.v, r.n)) {
            sm_value_at(sm, r.v)->busy = l->stack.n;
            GR_TRY(list_one(l, r.v));
        } else {
            sm_value_at(sm, r.v)->busy = 0;
            l->stack.n--;
        }
    }
    return GRAM_OK;
}

gram_status sm_list_values(Search *s, ValueId v, uint32_t n, bool *ok)
{
    Sm *sm = s->sm;
    Lister l = {.s = s};
    *ok = true;
    /* what explains a proof was listed when it was found */
    if (has_listed(sm, v, n) || sm->live_limit > 0) return GRAM_OK;
    /* values are facts, whatever they cost */
    bool costing = sm->costing;
    sm->costing = false;
    gram_status status = ask_for(&l, v, n, ok);
    if (status == GRAM_OK) status = run(&l);
    sm->costing = costing;
    for (uint32_t i = 0; i < l.stack.n; i++)
        sm_value_at(sm, l.stack.at[i].v)->busy = 0;
    *ok = !l.stuck;
    /* a "no" that this leads to is not for good, or none */
    if (l.stuck && !s->blocked && !sm->live_provisional) sm->live_unsure = true;
    gr_vec_clear(sm->env, &l.stack);
    return status;
}
