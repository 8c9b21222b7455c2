/* Matcher handles.
 *
 * Every call first looks whether its part of the grammar has been replaced
 * (part.c): then the matcher moves.  A call for which the part has no room is
 * made again where there is more.
 *
 *     call --start--> part full? --> move to the present part
 *       |               ^
 *       +--again--------+  the call met the part's limit: make room, repeat
 *
 * Repeating is safe because a call that fails leaves everything as it was
 * (match.h); masks made meanwhile only stay in caches.
 *
 * Cost beside the call itself: two relaxed loads of the part. */
#include "api/api.h"

/* --- moving --------------------------------------------------------------- */

enum { TRIES_MOST = 16 };

/* Takes `to` over, one owner of it.  The text is run again from its start;
 * where that fails the matcher stays where it is, which is right but counts as
 * a try: its part remains full, and each call would try again for the cost of
 * the whole text. */
static void move(gram_matcher *h, GrPart *to)
{
    GrMatcher *m;
    if (gr_matcher_moved(h->m, to->masks, &m) != GRAM_OK) {
        h->stays++;
        gr_part_leave(to);
        return;
    }
    gr_matcher_free(h->m);
    gr_part_leave(h->part);
    h->m = m;
    h->part = to;
    atomic_fetch_add(&to->n_texts, 1);
}

/* Is anything else to be expected of the same call now? */
static bool find_room(gram_matcher *h)
{
    if (h->stays >= TRIES_MOST) return false;
    GrPart *next = gr_part_next(h->part);
    if (next == NULL) return false;
    if (next == h->part)
        gr_part_leave(next);
    else
        move(h, next);
    return true;
}

/* A hint: who misses it by a moment learns from the call's status. */
static bool is_full(const gram_matcher *h)
{
    return GR_UNLIKELY(
        atomic_load_explicit(&h->part->full, memory_order_relaxed));
}

/* Beside `full`: a part that has grown is not full any more, and a call that
 * failed before can succeed now. */
static uint32_t grown(const gram_matcher *h)
{
    return atomic_load_explicit(&h->part->grown, memory_order_relaxed);
}

/* Other threads may fill a new part at once, so one try may not do. */
typedef struct Tries {
    uint32_t n, grown;
    bool moved; /* to an other part, during the call */
} Tries;

/* A matcher that rests goes to the present part, as far as there is room. */
static gram_status wake(gram_matcher *h)
{
    GrMatcher *m;
    GrPart *p = gr_part_use(h->g), *next;
    gram_status status = gr_matcher_moved(h->m, p->masks, &m);
    for (uint32_t n = 0; status == GRAM_E_MEMORY && n < TRIES_MOST; n++) {
        next = gr_part_next(p);
        if (next == NULL) break;
        gr_part_leave(p);
        p = next;
        status = gr_matcher_moved(h->m, p->masks, &m);
    }
    if (status != GRAM_OK) {
        gr_part_leave(p);
        return status;
    }
    gr_matcher_free(h->m);
    h->m = m;
    h->part = p;
    atomic_fetch_add(&p->n_texts, 1);
    return GRAM_OK;
}

/* Every call that needs tables; those that only ask about the text do not. */
static gram_status awake(gram_matcher *h)
{
    return GR_LIKELY(h->part != NULL) ? GRAM_OK : wake(h);
}

/* Before a call. */
static gram_status start(gram_matcher *h, Tries *t)
{
    GR_TRY(awake(h));
    if (is_full(h)) find_room(h);
    *t = (Tries){0, grown(h), false};
    return GRAM_OK;
}

/* A part that this text alone has filled since the call began, with all the
 * room that there is: the next one would be no larger. */
static bool has_all(const gram_matcher *h, const Tries *t)
{
    return t->moved && atomic_load(&h->part->is_wide) &&
           atomic_load(&h->part->n_texts) <= 1;
}

/* It ends: at most TRIES_MOST repetitions, each after something has changed.
 * `grown` was read before the call, so that growth by another thread in between
 * is not missed. */
GR_APART static bool may_repeat(gram_matcher *h, Tries *t)
{
    if (++t->n > TRIES_MOST) return false;
    const GrPart *at = h->part;
    bool has_grown = t->grown != grown(h);
    if (!has_grown && (!is_full(h) || has_all(h, t) || !find_room(h)))
        return false;
    t->moved |= h->part != at;
    t->grown = grown(h);
    return true;
}

/* Behind it: is it to be made again? */
static bool again(gram_matcher *h, Tries *t, gram_status status)
{
    return GR_UNLIKELY(status == GRAM_E_MEMORY) && may_repeat(h, t);
}

/* An argument is wrong: where there is a matcher, its last error says so. */
GR_APART static gram_status misused(gram_matcher *h)
{
    return h ? gr_matcher_misused(h->m) : GRAM_E_ARGUMENT;
}

/* --- life ----------------------------------------------------------------- */

/* No env counts the handle once it is made: it goes back to the allocator. */
gram_status gram_matcher_new(gram_grammar *g, gram_matcher **out,
                             gram_error *error)
{
    GrEnv env = {.error = error};
    if (g == NULL || out == NULL)
        return gr_fail(&env, GRAM_E_ARGUMENT, GR_NOWHERE, "a pointer is NULL");
    gr_env_init(&env, &g->env.alloc, g->max_memory, 0);
    env.error = error;
    gram_matcher *h = gr_zalloc(&env, 1, sizeof *h);
    if (h == NULL) return GRAM_E_MEMORY;
    h->part = gr_part_use(g);
    gram_status status =
        gr_matcher_new(h->part->masks, &env.alloc, g->max_memory, error, &h->m);
    if (status != GRAM_OK) {
        gr_part_leave(h->part);
        gr_free(&env, h, sizeof *h);
        return status;
    }
    atomic_fetch_add(&h->part->n_texts, 1);
    h->g = gram_grammar_share(g);
    *out = h;
    return GRAM_OK;
}

/* The grammar last: it may end with this matcher. */
void gram_matcher_free(gram_matcher *h)
{
    if (h == NULL) return;
    gram_grammar *g = h->g;
    gr_matcher_free(h->m);
    if (h->part != NULL) gr_part_leave(h->part);
    g->env.alloc.resize(g->env.alloc.ctx, h, sizeof *h, 0);
    gram_grammar_free(g);
}

void gram_matcher_reset(gram_matcher *h)
{
    if (h == NULL) return;
    gr_matcher_reset(h->m);
    h->stays = 0;
    if (h->part == NULL) return;
    /* what it was widened for is done */
    if (GR_UNLIKELY(atomic_load(&h->part->is_wide)))
        atomic_store(&h->part->full, true);
    atomic_fetch_add(&h->part->n_texts, 1);
    if (is_full(h)) find_room(h);
}

/* What is left is the text and the tokens taken by id; the part may be freed. A
 * row that was handed out is no longer valid, so neither is `view`. */
void gram_matcher_rest(gram_matcher *h)
{
    if (h == NULL || h->part == NULL) return;
    gr_matcher_rest(h->m);
    gr_part_leave(h->part);
    h->part = NULL;
    h->view = (GrMaskView){0};
    h->unchanged = false;
}

/* The copy is an owner of the part like the original: parts are not per
 * thread. */
gram_status gram_matcher_fork(const gram_matcher *h, gram_matcher **out)
{
    if (h == NULL || out == NULL) return GRAM_E_ARGUMENT;
    /* to the caller it is the same */
    GR_TRY(awake((gram_matcher *)(uintptr_t)h));
    gram_allocator *alloc = &h->g->env.alloc;
    gram_matcher *copy = alloc->resize(alloc->ctx, NULL, 0, sizeof *copy);
    if (copy == NULL) return GRAM_E_MEMORY;
    *copy = (gram_matcher){.g = h->g, .stays = h->stays};
    gram_status status = gr_matcher_fork(h->m, &copy->m);
    if (status != GRAM_OK) {
        alloc->resize(alloc->ctx, copy, sizeof *copy, 0);
        return status;
    }
    copy->part = gr_part_share(h->part);
    gram_grammar_share(copy->g);
    *out = copy;
    return GRAM_OK;
}

/* --- masks ---------------------------------------------------------------- */

/* Words of 32 bits; a caller's row may be longer, and gets zeros there. */
static size_t row_words(const gram_matcher *h)
{
    return h->g->vocab->v->mask_words;
}

/* The id that a mask of the part has for the grammar. 0: it has none, for it
 * was made after the part's ids had been counted (part.c), or none are left. */
static uint32_t id_of(const gram_matcher *h, uint32_t id)
{
    const GrPart *p = h->part;
    uint32_t n = atomic_load_explicit(&p->n_ids, memory_order_relaxed);
    bool none = id == 0 || id >= n || id > UINT32_MAX - p->first_id;
    return none ? 0 : p->first_id + id;
}

/* Masks without an id are taken for new. Equal ids are equal masks, in all
 * parts; the converse does not hold, so "unchanged" may be missed and is never
 * wrong. */
static gram_status get_mask(gram_matcher *h)
{
    uint32_t before = h->view.id;
    h->view = (GrMaskView){0};
    h->unchanged = false;
    Tries t;
    gram_status status;
    GR_TRY(start(h, &t));
    do status = gr_matcher_mask(h->m, &h->view);
    while (again(h, &t, status));
    h->view.id = id_of(h, h->view.id);
    if (status != GRAM_OK)
        h->view = (GrMaskView){0};
    else
        h->unchanged = before != 0 && h->view.id == before;
    return status;
}

gram_status gram_matcher_mask(gram_matcher *h, uint32_t *mask, size_t words)
{
    if (h == NULL || mask == NULL || words < row_words(h)) return misused(h);
    GR_TRY(get_mask(h));
    memcpy(mask, h->view.row, row_words(h) * sizeof *mask);
    memset(mask + row_words(h), 0, (words - row_words(h)) * sizeof *mask);
    return GRAM_OK;
}

gram_status gram_matcher_mask_view(gram_matcher *h, const uint32_t **row,
                                   uint32_t *id)
{
    if (h == NULL || row == NULL) return misused(h);
    GR_TRY(get_mask(h));
    *row = h->view.row;
    if (id != NULL) *id = h->view.id;
    return GRAM_OK;
}

/* All that the model has: not where its logits go on behind the tokens. */
uint32_t gram_matcher_mask_facts(const gram_matcher *h, uint32_t *count)
{
    bool known = h != NULL && h->view.row != NULL;
    if (count != NULL) *count = known ? h->view.n : 0;
    if (!known) return 0;
    uint32_t facts = h->unchanged ? GRAM_MASK_UNCHANGED : 0;
    if (h->view.n == h->g->vocab->v->width) facts |= GRAM_MASK_ALL;
    return facts;
}

/* Into the caller's row, without an id: what it holds is not kept. */
gram_status gram_matcher_mask_budget(gram_matcher *h, uint64_t budget,
                                     uint32_t *mask, size_t words)
{
    if (h == NULL || mask == NULL || words < row_words(h)) return misused(h);
    Tries t;
    gram_status status;
    GR_TRY(start(h, &t));
    do status = gr_matcher_mask_budget(h->m, budget, mask);
    while (again(h, &t, status));
    GR_TRY(status);
    memset(mask + row_words(h), 0, (words - row_words(h)) * sizeof *mask);
    return GRAM_OK;
}

/* Rows are independent.  With no words at all every logit is beyond the mask;
 * `masks` is not moved then, since it may be NULL. */
gram_status gram_apply_mask(void *logits, gram_logits type, size_t width,
                            size_t rows, size_t stride, const uint32_t *masks,
                            size_t words)
{
    size_t each = type == GRAM_LOGITS_F32 ? 4 : 2;
    if (stride == 0) stride = width;
    if (rows == 0 || width == 0) return GRAM_OK;
    if (logits == NULL || (masks == NULL && words > 0) || stride < width ||
        (uint32_t)type > GRAM_LOGITS_BF16 || words > UINT32_MAX)
        return GRAM_E_ARGUMENT;
    for (size_t r = 0; r < rows; r++)
        gr_mask_apply(NULL, (char *)logits + r * stride * each, type, width,
                      words ? masks + r * words : masks, (uint32_t)words);
    return GRAM_OK;
}

/* --- accepting ------------------------------------------------------------ */

gram_status gram_matcher_accept(gram_matcher *h, uint32_t token)
{
    if (h == NULL) return GRAM_E_ARGUMENT;
    Tries t;
    gram_status status;
    GR_TRY(start(h, &t));
    do status = gr_matcher_accept(h->m, token);
    while (again(h, &t, status));
    return status;
}

gram_status gram_matcher_check(gram_matcher *h, uint32_t token)
{
    if (h == NULL) return GRAM_E_ARGUMENT;
    Tries t;
    gram_status status;
    GR_TRY(start(h, &t));
    do status = gr_matcher_check(h->m, token);
    while (again(h, &t, status));
    return status;
}

/* All of them or none.  Half of 4 GiB at once is the most. */
gram_status gram_matcher_accept_bytes(gram_matcher *h, const char *bytes,
                                      size_t len, size_t *refused_at)
{
    if (h == NULL || (bytes == NULL && len > 0) || len > UINT32_MAX / 2)
        return misused(h);
    if (bytes == NULL) bytes = "";
    Tries t;
    gram_status status;
    GR_TRY(start(h, &t));
    do status = gr_matcher_accept_bytes(h->m, bytes, len, refused_at);
    while (again(h, &t, status));
    return status;
}

/* On failure 0, the safe answer; gram_matcher_error tells why. */
int gram_matcher_may_stop(gram_matcher *h)
{
    bool may = false;
    if (h == NULL) return 0;
    Tries t;
    gram_status status = start(h, &t);
    if (GR_UNLIKELY(status != GRAM_OK)) return 0;
    do status = gr_matcher_may_stop(h->m, &may);
    while (again(h, &t, status));
    return status == GRAM_OK && may;
}

int gram_matcher_is_terminated(const gram_matcher *h)
{
    return h != NULL && gr_matcher_is_terminated(h->m);
}

/* Wakes a matcher that rests: records name places of the part's tables. */
gram_status gram_matcher_rollback(gram_matcher *h, size_t n)
{
    if (h == NULL) return GRAM_E_ARGUMENT;
    GR_TRY(awake(h));
    return gr_matcher_rollback(h->m, n);
}

size_t gram_matcher_n_accepted(const gram_matcher *h)
{
    return h ? gr_matcher_n_accepted(h->m) : 0;
}

gram_status gram_matcher_completion_bound(gram_matcher *h, uint64_t *tokens)
{
    if (h == NULL || tokens == NULL) return misused(h);
    Tries t;
    gram_status status;
    GR_TRY(start(h, &t));
    do status = gr_matcher_bound(h->m, tokens);
    while (again(h, &t, status));
    return status;
}

const gram_error *gram_matcher_error(const gram_matcher *h)
{
    return h ? gr_matcher_error(h->m) : NULL;
}
