/* Why is a schema empty?  A smallest set of its keywords that is.
 *
 * That no value is valid has been proved when this is asked.  Keywords, and
 * schemas below keys and positions, are then left out, half of them, quarters,
 * ... single ones, as long as what is left is still empty: no part of what
 * remains can go (Zeller and Hildebrandt's delta debugging, 2002; as
 * search.c minimises what it has refuted).  What merely leads to a keyword
 * that remains (the properties above a bound) is not named.
 *
 * Each try is a compilation, so they are few and small: where their number or
 * work is used up, the set is not a smallest one, but empty all the same. */
#include "schema/conflict.h"
#include "schema/load_in.h"
#include "schema/words.h"

#include <stdio.h>
enum { TRIES = 300, STEPS = 200000, NAMED = 4, POINTER_BYTES = 64 };

typedef GrVec(uint32_t) Nodes;

typedef struct Conflict {
    GrEnv *env;
    const GrLoaded *l;
    const char *text;
    size_t len;
    const gram_options *opt;
    Nodes left;     /* that may still be needed, ascending */
    uint32_t *away; /* bits: those left out */
    uint32_t *seen; /* bits: those noted */
    size_t words;
    uint32_t tries;
    uint64_t steps;   /* of all tries */
    gram_status last; /* of the last one */
} Conflict;

/* --- what can be left out ------------------------------------------------- */

/* The same schema may be loaded for several scopes: its keywords count once. */
static gram_status note(Conflict *c, uint32_t node)
{
    if (gr_bit_get(c->seen, node)) return GRAM_OK;
    gr_bit_set(c->seen, node);
    return gr_vec_push(c->env, &c->left, node);
}

/* The schemas in a list or, one by one, under names. */
static gram_status note_members(Conflict *c, uint32_t at)
{
    const GrJsonNode *n = c->l->doc[0].json.node;
    bool object = n[at].type == GR_JSON_OBJECT;
    for (uint32_t i = at + 1; i < n[at].next; i = n[i + object].next)
        GR_TRY(note(c, i + object));
    return GRAM_OK;
}

/* Identifiers and annotations take no value away. */
static gram_status note_keyword(Conflict *c, const GrSchema *s, uint32_t key)
{
    const GrJsonNode *n = c->l->doc[0].json.node;
    Keyword k = gr_keyword_find(n[key].text, n[key].n);
    bool list = n[key + 1].type == GR_JSON_ARRAY;
    if (k == K_NONE || !gr_keyword_is_on(k, s->draft, s->vocabularies))
        return GRAM_OK;
    const char *what = gr_keyword_get(k)->what;
    if (strcmp(what, "identifier") == 0 || strcmp(what, "annotation") == 0)
        return GRAM_OK;
    /* without these, what applies to the others would apply to theirs */
    if (k == K_PROPERTIES || k == K_PATTERN_PROPERTIES || k == K_PREFIX_ITEMS ||
        (k == K_ITEMS && list))
        return note_members(c, key + 1);
    return note(c, key);
}

/* Of the text that was given; what other documents say is taken as it is. */
static gram_status note_schema(Conflict *c, const GrSchema *s)
{
    const GrJsonNode *n = c->l->doc[0].json.node;
    if (s->node == GR_NO_NODE || s->doc != 0 ||
        n[s->node].type != GR_JSON_OBJECT)
        return GRAM_OK;
    for (uint32_t k = s->node + 1; k < n[s->node].next; k = n[k + 1].next)
        GR_TRY(note_keyword(c, s, k));
    return gr_step(c->env, 1 + n[s->node].n);
}

/* --- leaving out ---------------------------------------------------------- */

/* The error and the budget of the caller are put aside: a try that does not end
 * with "empty", but by a limit, says that the parts are needed. */
static gram_status still_empty(Conflict *c, bool *empty)
{
    GrEnv *env = c->env;
    gram_error *error = env->error;
    uint64_t steps = env->steps, most = env->max_steps;
    c->tries++;
    env->error = NULL;
    env->steps = 0;
    env->max_steps = STEPS;
    gram_status status = gr_schema_try(env, c->text, c->len, c->opt, c->away);
    c->steps += env->steps;
    env->error = error;
    env->steps = steps;
    env->max_steps = most;
    c->last = status;
    *empty = status == GRAM_E_EMPTY;
    return status == GRAM_E_MEMORY ? status : GRAM_OK;
}

/* Leave out left[at, at + n) if the rest is empty without them.  Where they are
 * needed they are put back. */
static gram_status try_without(Conflict *c, uint32_t at, uint32_t n, bool *gone)
{
    for (uint32_t i = 0; i < n; i++) gr_bit_set(c->away, c->left.at[at + i]);
    GR_TRY(still_empty(c, gone));
    if (*gone) {
        memmove(c->left.at + at, c->left.at + at + n,
                (c->left.n - at - n) * sizeof *c->left.at);
        c->left.n -= n;
        return GRAM_OK;
    }
    for (uint32_t i = 0; i < n; i++) gr_bit_clear(c->away, c->left.at[at + i]);
    return GRAM_OK;
}

/* Halves first, so that what has nothing to do with it goes in few tries. */
static gram_status minimise(Conflict *c)
{
    for (uint32_t size = (c->left.n + 1) / 2; size > 0;
         size = size > 1 ? (size + 1) / 2 : 0)
        for (uint32_t i = 0;
             i < c->left.n && c->tries < TRIES && c->steps < STEPS;) {
            uint32_t n = c->left.n - i < size ? c->left.n - i : size;
            bool gone;
            GR_TRY(try_without(c, i, n, &gone));
            if (!gone) i += n;
        }
    return GRAM_OK;
}

/* --- options -------------------------------------------------------------- */

/* The options that keep values out, as the report names them. */
static const char *const options[] = {"max-string", "max-items", "max-depth",
                                      "numbers", "additional"};
enum { N_OPTIONS = sizeof options / sizeof *options };

/* As if it had not been given; false: it was not. */
static bool lift(gram_options *o, uint32_t which)
{
    gram_options was = *o;
    switch (which) {
    case 0: o->max_string = 0; break;
    case 1: o->max_items = 0; break;
    case 2: o->max_depth = 0; break;
    case 3: o->numbers = GRAM_NUMBERS_ANY; break;
    default: o->additional = GRAM_ADDITIONAL_OPEN; break;
    }
    return o->max_string != was.max_string || o->max_items != was.max_items ||
           o->max_depth != was.max_depth || o->numbers != was.numbers ||
           o->additional != was.additional;
}

/* ", with the option max-string": those without which what is left of the
 * schema would have a value.  There may be none at all. */
static gram_status put_options(Conflict *c, char *list, size_t cap)
{
    const gram_options *given = c->opt;
    gram_status status = GRAM_OK;
    size_t len = 0;
    list[0] = 0;
    for (uint32_t i = 0; given && i < N_OPTIONS && status == GRAM_OK; i++) {
        gram_options o = *given;
        bool empty;
        if (!lift(&o, i)) continue;
        c->opt = &o;
        status = still_empty(c, &empty);
        if (c->last != GRAM_OK) continue;
        int n = snprintf(list + len, cap - len, "%s%s",
                         len ? " and " : ", with the option ", options[i]);
        if (n > 0 && (size_t)n < cap - len) len += (size_t)n;
    }
    c->opt = given;
    return status;
}

/* --- saying it ------------------------------------------------------------ */

/* Does the part contain another that is named?  `left` ascends, so the next
 * node tells. */
static bool only_leads(const Conflict *c, uint32_t i)
{
    const GrJsonNode *n = c->l->doc[0].json.node;
    uint32_t at = c->left.at[i];
    uint32_t end = n[at].type == GR_JSON_STRING ? n[at + 1].next : n[at].next;
    return i + 1 < c->left.n && c->left.at[i + 1] < end;
}

/* The most telling first: deep ones, and `type` last.  A pointer has fewer
 * slashes than POINTER_BYTES, so that `type` comes behind all others. */
static uint32_t rank_of(const Conflict *c, uint32_t node, const char *pointer)
{
    const GrJsonNode *n = &c->l->doc[0].json.node[node];
    bool type = n->type == GR_JSON_STRING && n->n == 4 &&
                memcmp(n->text, "type", 4) == 0;
    uint32_t depth = 0;
    for (; *pointer; pointer++) depth += *pointer == '/';
    return (type ? 2 * POINTER_BYTES : POINTER_BYTES) - depth;
}

/* Pairs (rank, node) of what is named. */
static gram_status pick(Conflict *c, Nodes *out)
{
    char pointer[POINTER_BYTES];
    sm_sort_words(c->left.at, c->left.n);
    for (uint32_t i = 0; i < c->left.n; i++) {
        uint32_t node = c->left.at[i];
        if (only_leads(c, i)) continue;
        gr_place_pointer(&c->l->doc[0], node, NULL, pointer, sizeof pointer);
        GR_TRY(gr_vec_push(c->env, out, rank_of(c, node, pointer)));
        GR_TRY(gr_vec_push(c->env, out, node));
    }
    sm_sort_pairs(out->at, out->n / 2);
    return GRAM_OK;
}

/* "/a, /b and /c"; *named: how many of them fit. */
static void put_list(const Conflict *c, const Nodes *parts, char *list,
                     size_t cap, uint32_t *named)
{
    size_t len = 0;
    char pointer[POINTER_BYTES];
    for (*named = 0; 2 * *named < parts->n && *named < NAMED; ++*named) {
        bool last = 2 * *named + 2 == parts->n;
        const char *between = *named == 0 ? "" : last ? " and " : ", ";
        gr_place_pointer(&c->l->doc[0], parts->at[2 * *named + 1], NULL,
                         pointer, sizeof pointer);
        int n = snprintf(list + len, cap - len, "%s%s", between, pointer);
        if (n < 0 || len + (size_t)n >= cap) break;
        len += (size_t)n;
    }
    list[len] = 0;
}

/* One keyword alone is no conflict with another: its own value leaves nothing,
 * or what is around it is not named. */
static gram_status say(Conflict *c)
{
    char list[160] = "", with[80];
    uint32_t named;
    Nodes parts = {0};
    GR_TRY(put_options(c, with, sizeof with));
    gram_status status = pick(c, &parts);
    put_list(c, &parts, list, sizeof list, &named);
    uint32_t n = parts.n / 2, first = n > 0 ? parts.at[1] : 0;
    gr_vec_clear(c->env, &parts);
    GR_TRY(status);
    const char *more = n > named ? ", ..." : "";
    const char *end = n == 2  ? " exclude each other"
                      : n > 2 ? " exclude one another"
                              : "";
    const char *colon = n == 0 ? "" : n == 1 ? ": see " : ": ";
    return gr_node_fail(c->env, c->l, first, GRAM_E_EMPTY,
                        "no value is valid%s%s%s%s%s", colon, list, more, end,
                        with);
}

static gram_status explain(Conflict *c)
{
    c->away = gr_zalloc(c->env, c->words, sizeof *c->away);
    c->seen = gr_zalloc(c->env, c->words, sizeof *c->seen);
    if (c->away == NULL || c->seen == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 2; i < c->l->n; i++)
        GR_TRY(note_schema(c, &c->l->schema[i]));
    GR_TRY(minimise(c));
    return say(c);
}

gram_status gr_explain_empty(GrEnv *env, const GrLoaded *l, const char *text,
                             size_t len, const gram_options *opt)
{
    Conflict c = {.env = env, .l = l, .text = text, .len = len, .opt = opt};
    c.words = gr_bit_words(l->doc[0].json.n);
    gram_status status = explain(&c);
    gr_vec_clear(env, &c.left);
    if (c.away) gr_free(env, c.away, c.words * sizeof *c.away);
    if (c.seen) gr_free(env, c.seen, c.words * sizeof *c.seen);
    return status;
}
