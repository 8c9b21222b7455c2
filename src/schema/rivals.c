/* Rivals: the objects among the items seen that one which is being written may
 * still become.
 *
 *     {"a":"x","b":1   {"a":"x","b":2   {"a":"y","b":1      seen
 *     {"b":1,"a":"x"                                        written so far
 *
 * The items that have a member are posted under it, as its key and value are
 * numbered among the canonical values; of the members written the one that
 * fewest have is looked up, and of each item found there whether it has the
 * others, too.  So what is written in any order finds its rivals without a
 * pass over all items; a member that none has, which most items soon have,
 * finds that there are none. */
#include "schema/want.h"

/* --- postings ------------------------------------------------------------- */

void sm_forget_posts(Sm *sm)
{
    gr_map_clear(sm->env, &sm->post_at);
    sm->post.n = sm->n_posted = 0;
}

/* The members of an item, as pairs of canonical ids; NULL: it is no object. */
static const uint32_t *members_of(const Sm *sm, uint32_t item, uint32_t *n)
{
    uint32_t element = sm->recent.at[item].element;
    *n = 0;
    if (element == UINT32_MAX) return NULL;
    const uint32_t *w = gr_intern_get(&sm->canon, element / 2, n);
    if (w[0] != GR_JSON_OBJECT) return NULL;
    *n = (*n - 1) / 2;
    return w + 1;
}

/* Hashes of digits; where one is that of something else, there is a rival more,
 * which does no harm. */
#define ZERO_HASH UINT64_C(0x9E3779B97F4A7C15)

static uint64_t first_hash(bool negative)
{
    return gr_mix(ZERO_HASH + 1 + negative);
}

static uint64_t next_hash(uint64_t hash, uint8_t digit)
{
    return gr_mix(hash + digit);
}

static uint64_t whole_hash(uint64_t hash)
{
    return gr_mix(hash ^ ZERO_HASH);
}

static gram_status post(Sm *sm, uint32_t item, uint64_t key)
{
    const uint32_t *last = gr_map_find(&sm->post_at, key);
    SmPost p = {item, UINT32_MAX, 1};
    if (last != NULL) {
        p.older = *last;
        p.n = sm->post.at[*last].n + 1;
    }
    GR_TRY(gr_vec_reserve(sm->env, &sm->post, 1));
    GR_TRY(gr_map_put(sm->env, &sm->post_at, key, sm->post.n));
    sm->post.at[sm->post.n++] = p;
    return GRAM_OK;
}

/* A number has the beginnings of its digits for members, each of them, and all
 * together. */
static gram_status post_number(Sm *sm, uint32_t item)
{
    uint32_t n, element = sm->recent.at[item].element;
    if (element == UINT32_MAX) return GRAM_OK;
    const uint32_t *w = gr_intern_get(&sm->canon, element / 2, &n);
    if (w[0] != GR_JSON_NUMBER) return GRAM_OK;
    uint64_t hash = first_hash(w[1]);
    uint32_t n_digits = w[4];
    if (n_digits == 0) hash = ZERO_HASH;
    GR_TRY(gr_step(sm->env, 1 + n_digits / 4));
    for (uint32_t i = 0; i < n_digits; i++) {
        w = gr_intern_get(&sm->canon, element / 2, NULL) + 5;
        hash = next_hash(hash, (uint8_t)(w[i / 4] >> 8 * (i % 4)));
        GR_TRY(post(sm, item, hash));
    }
    return post(sm, item, whole_hash(hash));
}

static gram_status post_item(Sm *sm, uint32_t item)
{
    uint32_t n;
    const uint32_t *pair = members_of(sm, item, &n);
    GR_TRY(gr_step(sm->env, 1 + n / 8));
    for (uint32_t i = 0; pair != NULL && i < n; i++, pair += 2)
        GR_TRY(post(sm, item, gr_pair(pair[0], pair[1])));
    return post_number(sm, item);
}

/* Those of the recent items that are not yet.  One that was posted in part
 * would be counted twice: then all begin anew. */
static gram_status post_items(Sm *sm)
{
    gram_status status = GRAM_OK;
    for (; sm->n_posted < sm->recent.n && status == GRAM_OK; sm->n_posted++)
        status = post_item(sm, sm->n_posted);
    if (status != GRAM_OK) sm_forget_posts(sm);
    return status;
}

/* --- the object that is written ------------------------------------------- */

/* `open`: behind the colon of a member, which has no value yet. */
static gram_status read_json(Sm *sm, const GrSeen *s, bool open, SmPart *p)
{
    const char *end = open ? "null}" : "}";
    GR_TRY(gr_text_put(sm->env, &p->text, s->text, s->len));
    GR_TRY(gr_text_put(sm->env, &p->text, end, strlen(end)));
    return gr_json_read(sm->env, &p->arena, p->text.at, p->text.n,
                        GR_LIMIT_MATCH_DEPTH, 0, &p->json);
}

static gram_status find_id(Sm *sm, const SmPart *p, uint32_t node, uint32_t *id)
{
    return gr_json_find(sm->env, &sm->canon, &p->json, node, id);
}

/* One whose key or value no item has ever had makes the object a new one. */
static gram_status read_member(Sm *sm, SmPart *p, uint32_t node, bool open)
{
    const GrJsonNode *name = &p->json.node[node];
    uint32_t key, id[2];
    GR_TRY(sm_key(sm, name->text, name->n, &key));
    GR_TRY(gr_vec_push(sm->env, &p->keys, key));
    GR_TRY(find_id(sm, p, node, &id[0]));
    if (open) {
        p->open = id[0];
        p->is_new |= id[0] == UINT32_MAX;
        return GRAM_OK;
    }
    GR_TRY(find_id(sm, p, node + 1, &id[1]));
    p->is_new |= id[0] == UINT32_MAX || id[1] == UINT32_MAX;
    return gr_vec_push(sm->env, &p->pairs, gr_pair(id[0], id[1]));
}

gram_status sm_part_read(Sm *sm, const GrSeen *s, bool open, SmPart *p)
{
    GR_TRY(read_json(sm, s, open, p));
    const GrJsonNode *node = p->json.node;
    p->open = UINT32_MAX;
    for (uint32_t i = 1; i < node[0].next; i = node[i + 1].next)
        GR_TRY(read_member(sm, p, i, open && node[i + 1].next == node[0].next));
    sm_sort_words(p->keys.at, p->keys.n);
    return GRAM_OK;
}

void sm_part_clear(Sm *sm, SmPart *p)
{
    gr_arena_clear(sm->env, &p->arena);
    gr_vec_clear(sm->env, &p->text);
    gr_vec_clear(sm->env, &p->pairs);
    gr_vec_clear(sm->env, &p->keys);
}

/* --- rivals --------------------------------------------------------------- */

static uint32_t value_type(const Sm *sm, uint32_t id)
{
    static const uint8_t type[] = {T_NULL,   T_BOOL,  T_BOOL,  T_NUMBER,
                                   T_STRING, T_ARRAY, T_OBJECT};
    uint32_t n;
    return type[gr_intern_get(&sm->canon, id, &n)[0]];
}

/* The pairs of an item ascend: where one is, or n. */
static uint32_t find_pair(const uint32_t *pair, uint32_t n, uint64_t want)
{
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (gr_pair(pair[2 * mid], pair[2 * mid + 1]) < want)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Does the item have the members written, and the open one with a value of
 * these types? */
static gram_status agrees(Sm *sm, const SmPart *p, uint32_t types,
                          uint32_t item, bool *yes)
{
    uint32_t n, i;
    const uint32_t *pair = members_of(sm, item, &n);
    *yes = pair != NULL && n >= p->keys.n;
    for (uint32_t k = 0; k < p->pairs.n && *yes; k++) {
        i = find_pair(pair, n, p->pairs.at[k]);
        *yes = i < n && gr_pair(pair[2 * i], pair[2 * i + 1]) == p->pairs.at[k];
    }
    if (*yes && p->open != UINT32_MAX) {
        i = find_pair(pair, n, gr_pair(p->open, 0));
        *yes = i < n && pair[2 * i] == p->open &&
               types >> value_type(sm, pair[2 * i + 1]) & 1;
    }
    return gr_step(sm->env, 1 + p->pairs.n);
}

static gram_status add_rival(Sm *sm, const SmPart *p, uint32_t types,
                             uint32_t item, SmWords *out)
{
    bool yes;
    GR_TRY(agrees(sm, p, types, item, &yes));
    if (!yes) return GRAM_OK;
    return gr_vec_push(sm->env, out, sm->recent.at[item].element);
}

/* The newest post of the member that fewest items have; *none: it has none. */
static uint32_t rarest(const Sm *sm, const SmPart *p, bool *none)
{
    uint32_t best = UINT32_MAX;
    *none = p->is_new;
    for (uint32_t i = 0; i < p->pairs.n && !*none; i++) {
        const uint32_t *last = gr_map_find(&sm->post_at, p->pairs.at[i]);
        *none = last == NULL;
        if (!*none &&
            (best == UINT32_MAX || sm->post.at[*last].n < sm->post.at[best].n))
            best = *last;
    }
    return best;
}

gram_status sm_rivals(Sm *sm, const SmPart *p, uint32_t types, SmWords *out)
{
    bool none;
    GR_TRY(post_items(sm));
    uint32_t at = rarest(sm, p, &none);
    if (none) return GRAM_OK;
    for (uint32_t i = 0; p->pairs.n == 0 && i < sm->recent.n; i++)
        GR_TRY(add_rival(sm, p, types, i, out));
    for (; at != UINT32_MAX; at = sm->post.at[at].older)
        GR_TRY(add_rival(sm, p, types, sm->post.at[at].item, out));
    return GRAM_OK;
}

/* --- numbers -------------------------------------------------------------- */

SmDigits sm_read_digits(const char *text, uint32_t len)
{
    SmDigits d = {.hash = first_hash(len > 0 && text[0] == '-')};
    for (uint32_t i = 0; i < len && !d.exponent; i++) {
        d.exponent = text[i] == 'e' || text[i] == 'E';
        if (text[i] < '0' || text[i] > '9' || (!d.some && text[i] == '0'))
            continue;
        d.some = true;
        d.hash = next_hash(d.hash, (uint8_t)text[i]);
        if (text[i] != '0') d.whole = whole_hash(d.hash);
    }
    if (!d.some) d.whole = whole_hash(ZERO_HASH);
    return d;
}

static uint32_t newest(const Sm *sm, uint64_t key, uint32_t *n)
{
    const uint32_t *last = gr_map_find(&sm->post_at, key);
    *n += last ? sm->post.at[*last].n : 0;
    return last ? *last : UINT32_MAX;
}

/* Behind an exponent all digits are there; before a digit that counts there may
 * be any, behind an exponent that is still to come. */
gram_status sm_count_numbers(Sm *sm, const GrSeen *seen, SmDigits *d,
                             uint32_t left, uint32_t *n)
{
    d->exponent |= left == 0;
    GR_TRY(sm_recall_items(sm, seen));
    GR_TRY(post_items(sm));
    *n = 0;
    newest(sm, d->whole, n);
    if (d->some && !d->exponent) newest(sm, d->hash, n);
    if (!d->some && !d->exponent) *n = sm->recent.n;
    return GRAM_OK;
}

static gram_status add_posts(Sm *sm, uint64_t key, SmWords *out)
{
    uint32_t n = 0, at = newest(sm, key, &n);
    GR_TRY(gr_step(sm->env, 1 + n / 8));
    for (; at != UINT32_MAX; at = sm->post.at[at].older) {
        uint32_t element = sm->recent.at[sm->post.at[at].item].element;
        GR_TRY(gr_vec_push(sm->env, out, element));
    }
    return GRAM_OK;
}

gram_status sm_rival_numbers(Sm *sm, const SmDigits *d, SmWords *out)
{
    bool any = !d->some && !d->exponent;
    GR_TRY(add_posts(sm, d->whole, out));
    if (d->some && !d->exponent) GR_TRY(add_posts(sm, d->hash, out));
    GR_TRY(gr_step(sm->env, any ? sm->recent.n / 8 : 0));
    for (uint32_t i = 0; any && i < sm->recent.n; i++)
        if (sm->recent.at[i].element != UINT32_MAX)
            GR_TRY(gr_vec_push(sm->env, out, sm->recent.at[i].element));
    return GRAM_OK;
}
