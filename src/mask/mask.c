/* Asking for a mask: the memo, then the cheapest way to compute it.
 *
 *     gr_mask_get --- memo off, or deep -------------> compute_exact
 *         |                                                  ^
 *      by_leaf --- a leaf of the memo: look, apply marks     |
 *         |                                                  |
 *     gr_mask_leaf --- of a state that does the same         |
 *         |                                                  |
 *     compute_leaf --- near, zone, loop, chain, blocks ------+
 *                                              no room, or empty
 *
 * Whatever a way does, the row it leaves is the one that compute_exact would
 * have made; the tests ask both. */
#include "mask/near.h"
#include "mask/zone.h"

/* Cells for which a zone is looked for first: before a loop that a state is
 * near to, before a zone in which some die. */
enum { ZONE_FIRST = 256, ZONE_SOON = 32 };

/* --- life ----------------------------------------------------------------- */

/* Takes no memory, so that gr_masks_free may follow whatever fails first. */
static void init_stores(GrMasks *m)
{
    gr_store_init(&m->masks, sizeof(Mask));
    gr_store_init(&m->ids, sizeof(uint32_t));
    gr_store_init(&m->bases, sizeof(Base));
    gr_store_init(&m->leaves, sizeof(Leaf));
    gr_store_init(&m->boxes, sizeof(GrBox));
    gr_store_init(&m->asked, sizeof(GrAsked));
    gr_store_init(&m->marks, sizeof(Mark));
    gr_store_init(&m->over, sizeof(uint32_t));
    gr_store_init(&m->surveys, sizeof(Survey));
    gr_store_init(&m->closed, sizeof(uint64_t));
    gr_store_init(&m->groups, sizeof(uint32_t));
    gr_store_init(&m->zones, sizeof(KnownZone));
    gr_store_init(&m->headed, sizeof(Headed));
    gr_intern_init(&m->survey_ids);
    gr_store_init(&m->nodes, sizeof(MemoNode));
    gr_store_init(&m->roots, sizeof(_Atomic uint32_t));
    gr_store_init(&m->classes, sizeof(ClassRef *));
    gr_keyed_init(m);
    gr_mask_places_init(&m->places);
}

/* Index 0 of masks, nodes, classes and surveys is none of them. */
static gram_status add_zeroth(GrMasks *m)
{
    uint32_t at;
    GR_TRY(gr_store_add(&m->env, &m->masks, 1, &at));
    GR_TRY(gr_store_add(&m->env, &m->nodes, 1, &at));
    GR_TRY(gr_store_add(&m->env, &m->surveys, 1, &at));
    return gr_store_add(&m->env, &m->classes, 1, &at);
}

/* The steps of a mask are counted by who asks for it (GrWork.env): the cache's
 * own environment bounds memory alone. */
gram_status gr_masks_new(GrPda *pda, const GrVocab *v, const GrTables *t,
                         const GrMasksOptions *opt, GrMasks **out)
{
    GrEnv env;
    gr_env_init(&env, opt ? opt->alloc : NULL, opt ? opt->max_memory : 0, 0);
    GrMasks *m = gr_zalloc(&env, 1, sizeof *m);
    if (m == NULL) return GRAM_E_MEMORY;
    m->env = env;
    m->env.max_steps = UINT64_MAX;
    m->pda = pda;
    m->v = v;
    m->tables = t;
    m->flags = opt ? opt->flags : 0;
    m->full = opt ? opt->full : NULL;
    pthread_mutex_init(&m->lock, NULL);
    gr_shared_plan_init(&m->plan, &m->env);
    init_stores(m);
    gram_status status = add_zeroth(m);
    if (status == GRAM_OK)
        *out = m;
    else
        gr_masks_free(m);
    return status;
}

/* What the stores only point to.  Classes below CLASS_OWN and common ones lie
 * in the tables of the vocabulary, only their references here. */
static void free_rows(GrMasks *m)
{
    size_t size = (size_t)m->v->mask_words * sizeof(uint32_t);
    for (uint32_t i = 1; i < m->masks.n; i++) {
        const Mask *k = mask_at(m, i);
        uint32_t *row = atomic_load(&k->row);
        if (row != NULL && !gr_mask_is_base(k)) gr_free(&m->env, row, size);
    }
    for (uint32_t i = CLASS_PLAIN; i < m->classes.n; i++) {
        ClassRef *r = class_at(m, i);
        Class *c = atomic_load(&r->cls);
        if (i >= CLASS_OWN && c != NULL && !c->common)
            gr_class_free(&m->env, c);
        gr_free(&m->env, r, sizeof *r);
    }
    for (uint32_t i = 0; i < m->bases.n; i++) {
        uint32_t *row = ((Base *)gr_store_at(&m->bases, i))->own;
        if (row != NULL) gr_free(&m->env, row, size);
    }
    gr_arena_clear(&m->env, &m->rests);
}

/* The environment is needed until its own struct is given back. */
void gr_masks_free(GrMasks *m)
{
    if (m == NULL) return;
    GrStore *stores[] = {&m->masks,  &m->ids,    &m->bases,   &m->leaves,
                         &m->boxes,  &m->asked,  &m->marks,   &m->over,
                         &m->nodes,  &m->roots,  &m->classes, &m->surveys,
                         &m->closed, &m->groups, &m->zones,   &m->headed};
    free_rows(m);
    gr_rows_clear(m);
    gr_keyed_clear(m);
    gr_mask_places_clear(&m->env, &m->places);
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
        gr_store_clear(&m->env, stores[i]);
    gr_intern_clear(&m->env, &m->survey_ids);
    gr_map_clear(&m->env, &m->by_sum);
    gr_map_clear(&m->env, &m->children);
    gr_map_clear(&m->env, &m->rest_roots);
    gr_map_clear(&m->env, &m->zone_of);
    gr_map_clear(&m->env, &m->deep_of);
    gr_map_clear(&m->env, &m->ended);
    pthread_mutex_destroy(&m->lock);
    gr_shared_plan_clear(&m->plan);
    GrEnv env = m->env;
    gr_free(&env, m, sizeof *m);
}

bool gr_masks_spell(const GrMasks *m)
{
    return m->v->spelling != NULL && !(m->flags & GR_MASK_BY_BYTES);
}

GrPda *gr_masks_pda(const GrMasks *m)
{
    return m->pda;
}
const GrVocab *gr_masks_vocab(const GrMasks *m)
{
    return m->v;
}

void gr_masks_stats(GrMasks *m, GrMasksStats *out)
{
    uint64_t plans = gr_shared_plan_memory(&m->plan);
    pthread_mutex_lock(&m->lock);
    *out = (GrMasksStats){
        .masks = m->masks.n - 1,
        .leaves = m->leaves.n,
        .mask_bytes = m->row_bytes + m->ids.n * sizeof(uint32_t) +
                      (uint64_t)m->masks.n * sizeof(Mask),
        .memory = m->env.used + plans,
        .steps = atomic_load(&m->steps),
    };
    pthread_mutex_unlock(&m->lock);
}

/* A lower limit throws nothing away: what is there stays until the part is
 * replaced (src/api/part.c), and nothing is added. */
void gr_masks_set_limit(GrMasks *m, size_t max_memory)
{
    pthread_mutex_lock(&m->lock);
    m->env.max_memory = max_memory;
    pthread_mutex_unlock(&m->lock);
}

/* --- work space ----------------------------------------------------------- */

uint32_t *gr_work_row(GrWork *w)
{
    size_t words = (size_t)w->m->v->mask_words + 1;
    return gr_zalloc(w->env, words, sizeof(uint32_t));
}

/* Only the row is made at once; the rest comes when a way needs it, for most
 * matchers never need most of it. */
gram_status gr_work_new(GrMasks *m, GrEnv *env, GrWork **out)
{
    GrWork *w = gr_zalloc(env, 1, sizeof *w);
    if (w == NULL) return GRAM_E_MEMORY;
    w->m = m;
    w->env = env;
    w->number = (uint8_t)atomic_fetch_add(&m->n_works, 1);
    w->prefix_at = UINT64_MAX;
    atomic_fetch_add_explicit(&m->n_live, 1, memory_order_relaxed);
    w->row = gr_work_row(w);
    if (w->row == NULL) {
        gr_work_free(w);
        return GRAM_E_MEMORY;
    }
    gr_rows_borrow(w);
    *out = w;
    return GRAM_OK;
}

void gr_work_free(GrWork *w)
{
    if (w == NULL) return;
    GrEnv *env = w->env;
    size_t words = w->m->v->mask_words;
    gr_rows_publish(w);
    gr_rows_return(w);
    atomic_fetch_sub_explicit(&w->m->n_live, 1, memory_order_relaxed);
    if (w->touched != NULL) gr_free(env, w->touched, words * sizeof(uint32_t));
    gr_arena_clear(env, &w->arena);
    gr_vec_clear(env, &w->patch);
    gr_vec_clear(env, &w->levels);
    gr_vec_clear(env, &w->bases);
    gr_vec_clear(env, &w->pair_levels);
    gr_vec_clear(env, &w->pairs);
    gr_vec_clear(env, &w->marks);
    gr_vec_clear(env, &w->over);
    gr_vec_clear(env, &w->groups);
    gr_vec_clear(env, &w->text);
    gr_vec_clear(env, &w->prefix);
    gr_vec_clear(env, &w->follow);
    gr_vec_clear(env, &w->clear);
    gr_vec_clear(env, &w->closed);
    gr_map_clear(env, &w->paid);
    gr_vec_clear(env, &w->seen.at);
    gr_items_free(w);
    gr_free(env, w, sizeof *w);
}

/* The matcher has gone back or begun anew: what is remembered of the bytes
 * before, of what was answered last and of the items seen does not hold. */
void gr_work_forget(GrWork *w)
{
    w->seen.head = w->never = NULL;
    w->prefix_at = UINT64_MAX;
    memset(w->quiet, 0, sizeof w->quiet);
    gr_items_forget(w);
    memset(w->ask_ref, 0, sizeof w->ask_ref);
}

bool gr_work_is_new_key(const GrWork *w, const GrSeen *seen, uint64_t key_at)
{
    return seen == w->never && key_at == w->never_at;
}

/* --- computing ------------------------------------------------------------ */

/* May the text end here?  An answer that no condition of a leaf can hold, or
 * that meets a limit, becomes a mark: it is asked again whenever the leaf is
 * used. */
static gram_status put_traced_end(Walk *k, const GrConfig *c)
{
    bool may;
    GrTrace *t = k->run.trace;
    gram_status status = gr_run_end(&k->run, c, &may);
    if (status != GRAM_OK && status != GRAM_E_LIMIT) return status;
    if (t->is_volatile || status == GRAM_E_LIMIT) {
        t->is_volatile = false;
        return gr_vec_push(k->w->env, &k->w->marks,
                           (Mark){.node = GR_TRIE_NONE, .kind = MARK_END});
    }
    return gr_row_put_ends(k->w, may);
}

/* Inside a key, what may close it depends on the keys seen before, which no
 * leaf knows: a mark above all nodes follows their spellings. */
static gram_status add_root_mark(GrWork *w, StateId s)
{
    Mark mark = {.node = GR_TRIE_NONE, .state = s.v, .level = 2};
    if (!(gr_pda_get_state(w->m->pda, s)->flags & GR_STATE_KEY)) return GRAM_OK;
    return gr_vec_push(w->env, &w->marks, mark);
}

static bool takes(const GrWork *w, StateId s)
{
    return gr_state_takes(gr_pda_get_state(w->m->pda, s));
}

static gram_status try_zone(Walk *k, const LoopRef *own, const GrConfig *c,
                            uint32_t fills, ZoneAnswer *answer, bool *done)
{
    Zone zone;
    ZoneMost most = {GR_ZONE_LOOKS, fills};
    GR_TRY(gr_zone_of(k->w, c->state, own, most, &zone, answer));
    return *answer == ZONE_FOUND ? gr_zone_mask(k, &zone, c, done) : GRAM_OK;
}

/* A large zone takes a millisecond to be searched; if it may be one in which
 * some die, what is met first will do.  The cells are there for the next mask,
 * which goes on with them.  A chain needs few of them, and what it has found
 * out where there is none is little. */
static gram_status try_zones(Walk *k, const LoopRef *own, const GrConfig *c,
                             bool *done)
{
    ZoneAnswer answer = ZONE_UNKNOWN;
    bool deep = gr_zone_was_deep(k->w->m, c->state);
    if (!deep) GR_TRY(try_zone(k, own, c, ZONE_SOON, &answer, done));
    if (*done) return GRAM_OK;
    GR_TRY(gr_zone_deep(k, own, c, done));
    if (!*done && own->cls == 0) GR_TRY(gr_chain_mask(k, c, done));
    if (!*done) GR_TRY(gr_zone_mortal(k, own, c, done));
    if (*done || answer != ZONE_UNKNOWN) return GRAM_OK;
    return try_zone(k, own, c, GR_ZONE_LOOKS, &answer, done);
}

/* From the most to the least that is known before a token is looked at: a zone
 * has rows for whole groups of tokens, a loop for all that stay in its class,
 * a chain for those of its first bytes; blocks know a byte at a time.  The two
 * classes that every vocabulary has made already need no zone. */
static gram_status compute_own(Walk *k, const GrConfig *c)
{
    LoopRef own;
    bool done = false;
    GR_TRY(gr_loop_of(k->w, c->state, &own));
    if (own.walked) {
        GR_TRY(gr_row_load_base(k->w, BASE_EMPTY));
        return gr_walk_all(k, c);
    }
    if (own.cls != CLASS_PLAIN && own.cls != CLASS_INSIDE)
        GR_TRY(try_zones(k, &own, c, &done));
    if (done) return GRAM_OK;
    return own.cls != 0 ? gr_loop_mask(k, &own, c) : gr_blocks_mask(k, c);
}

/* Fill the row by one of the five ways; *leaf gets what `near` needs. */
static gram_status compute(Walk *k, const GrConfig *c, StateId loop,
                           const GrWide *wide, const Leaf *below, Leaf *leaf)
{
    const Leaf *marked = NULL;
    bool done = false;
    GR_TRY(add_root_mark(k->w, c->state));
    if (wide != NULL) GR_TRY(gr_wide_mask(k, c, wide, below, &done));
    if (done) leaf->below = below->below;
    if (wide == NULL && below != NULL &&
        gr_near_marked(k->w->m, below, &marked))
        GR_TRY(gr_near_mask(k, c, loop, below, &done));
    if (done && marked != NULL) leaf->below = marked->self + 1;
    if (!done) GR_TRY(compute_own(k, c));
    GR_TRY(put_traced_end(k, c));
    if (!takes(k->w, c->state)) return GRAM_OK;
    /* marks are answered by walking bytes alone */
    k->w->too_many |= k->w->marks.n > 0;
    return gr_row_put_taken(k, c, NULL);
}

/* Compute, and keep what was read on the way as the conditions under which the
 * leaf holds.  *out is NULL where it holds for this configuration only. */
static gram_status compute_leaf(GrWork *w, const GrConfig *c, StateId loop,
                                const GrWide *wide, const Leaf *below,
                                const Leaf **out)
{
    GrTrace trace;
    GrConfig copy;
    Walk k;
    Leaf leaf = {0};
    uint64_t before = w->env->steps;
    w->marks.n = w->over.n = 0;
    w->too_many = false;
    gr_trace_start(&trace, c, &copy);
    gr_walk_init(&k, w, &trace);
    GrArenaMark mark = gr_arena_mark(&w->arena);
    gram_status status = compute(&k, &copy, loop, wide, below, &leaf);
    gr_arena_release(w->env, &w->arena, mark);
    atomic_fetch_add_explicit(&w->m->steps, w->env->steps - before,
                              memory_order_relaxed);
    *out = NULL;
    if (status != GRAM_OK || w->too_many || trace.is_volatile) return status;
    return gr_memo_add(w, &trace, leaf, out);
}

/* The mask is that of another state, with register `reg` at 0, if it is one. */
static gram_status alias(GrWork *w, const GrConfig *c, uint32_t state,
                         uint32_t reg, const Leaf **out)
{
    const Leaf *leaf;
    GrConfig other = *c;
    other.state.v = state;
    if (reg < GR_REGS) other.level.reg[reg] = 0;
    GR_TRY(gr_mask_leaf(w, &other, &leaf));
    *out = leaf;
    if (leaf == NULL) return GRAM_OK;
    GR_TRY(gr_memo_add_alias(w, c, leaf, reg, out));
    if (*out == NULL) *out = leaf;
    return GRAM_OK;
}

/* The leaf of the loop that the state nearly is; NULL, and *loop the state
 * itself, where there is none.  One that is not there yet may take as long as
 * a zone does, and then what is between them: not where the state is in one. */
static gram_status find_below(GrWork *w, const GrConfig *c, const LoopRef *own,
                              StateId *loop, const Leaf **below)
{
    GrConfig at_loop = *c;
    LoopRef far;
    Zone zone;
    ZoneAnswer answer = ZONE_NONE;
    bool vain = false;
    *below = NULL;
    GR_TRY(gr_near_find(w, c->state, own, loop));
    if (takes(w, c->state) || takes(w, *loop)) *loop = c->state;
    if (loop->v == c->state.v) return GRAM_OK;
    at_loop.state = *loop;
    GR_TRY(gr_memo_find(w, &at_loop, below));
    if (*below != NULL) return GRAM_OK;
    GR_TRY(gr_loop_of(w, *loop, &far));
    if (far.cls >= CLASS_OWN)
        GR_TRY(gr_zone_of(w, c->state, own, (ZoneMost){ZONE_FIRST, ZONE_FIRST},
                          &zone, &answer));
    if (far.cls >= CLASS_OWN && answer != ZONE_FOUND)
        GR_TRY(gr_near_is_vain(w, c, &at_loop, &far, &vain));
    if (answer != ZONE_FOUND && !vain) return gr_mask_leaf(w, &at_loop, below);
    *loop = c->state;
    return GRAM_OK;
}

/* By the mask of the state without large counts. */
static gram_status by_wide(GrWork *w, const GrConfig *c, const LoopRef *own,
                           const Leaf **out)
{
    const Leaf *below;
    GrConfig other = *c;
    other.state = own->wide->state;
    GR_TRY(gr_mask_leaf(w, &other, &below));
    if (below == NULL) return GRAM_OK;
    return compute_leaf(w, c, other.state, own->wide, below, out);
}

/* A state outside loops may do nearly what a loop does that it leads to (the
 * `"` that opens a string, and the string): then that one's leaf comes first
 * and this one is a patch of it.  States with tokens of their own are left out:
 * those are put behind the bytes' and are not part of a leaf below. */
gram_status gr_mask_leaf(GrWork *w, const GrConfig *c, const Leaf **out)
{
    StateId loop = c->state;
    LoopRef own;
    const Leaf *below = NULL;
    GR_TRY(gr_memo_find(w, c, out));
    if (*out != NULL) return GRAM_OK;
    GR_TRY(gr_loop_of(w, c->state, &own));
    /* the loop that it is at count 0 does what it does */
    if (own.cls != 0 && own.as != c->state.v)
        return alias(w, c, own.as, own.reg, out);
    if (own.like != c->state.v) return alias(w, c, own.like, GR_REGS, out);
    if (own.wide != NULL) GR_TRY(by_wide(w, c, &own, out));
    if (*out != NULL) return GRAM_OK;
    GR_TRY(gr_mask_by_name(w, c, &own, out));
    if (*out != NULL) return GRAM_OK;
    if (!own.walked && !own.open && (own.cls == 0 || own.cls >= CLASS_OWN))
        GR_TRY(find_below(w, c, &own, &loop, &below));
    return compute_leaf(w, c, loop, NULL, below, out);
}

/* Without memo and marks: every token by the matcher's own stepping. */
static gram_status compute_exact(GrWork *w, const GrConfig *c, GrText *log,
                                 GrMaskView *out)
{
    Walk k;
    bool may;
    GR_TRY(gr_walk_exact(&k, w, log));
    GR_TRY(gr_row_load_base(w, BASE_EMPTY));
    GR_TRY(gr_walk_all(&k, c));
    k.run.log_len = log->n;
    GR_TRY(gr_run_end(&k.run, c, &may));
    GR_TRY(gr_row_put_ends(w, may));
    GR_TRY(gr_row_put_taken(&k, c, NULL));
    gr_row_settle(w);
    *out = (GrMaskView){w->row, 0, w->n};
    if (w->n == 0 && w->limited)
        return gr_fail(w->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "every continuation meets a limit");
    return GRAM_OK;
}

/* So deep that a token may meet the limit of open levels, which no
 * condition of a leaf holds. */
static bool is_deep(const GrMasks *m, const GrConfig *c)
{
    return c->depth + (uint64_t)m->v->longest >= GR_LIMIT_MATCH_DEPTH;
}

/* *done: by a leaf, found or made.  Something can always follow, so that a mask
 * of nothing is one of limits, which leaves take for dead: not done. */
static gram_status by_leaf(GrWork *w, const GrConfig *c, GrText *log,
                           GrMaskView *out, bool *done)
{
    const Leaf *leaf;
    *done = false;
    GR_TRY(gr_mask_leaf(w, c, &leaf));
    if (leaf == NULL) return GRAM_OK;
    if ((leaf->n_marks | leaf->below) == 0)
        GR_TRY(gr_mask_view(w, leaf->mask, out));
    else
        GR_TRY(gr_marks_apply(w, leaf, c, log, out));
    *done = out->n > 0;
    return GRAM_OK;
}

void gr_masks_lack(GrMasks *m)
{
    if (m->full != NULL) atomic_store(m->full, true);
}

/* Where there is no room for it, it is made again. */
gram_status gr_mask_keep_exact(GrWork *w, GrMaskView *out)
{
    pthread_mutex_lock(&w->m->lock);
    gram_status status = gr_mask_keep(w, &out->id);
    pthread_mutex_unlock(&w->m->lock);
    if (status == GRAM_OK) return status;
    out->id = 0;
    if (status == GRAM_E_MEMORY) gr_masks_lack(w->m);
    return GRAM_OK;
}

/* A cache that is full must not be noticed: what it takes to make a leaf may
 * not fit, and then the mask is made without. */
gram_status gr_mask_get(GrMasks *m, GrWork *w, const GrConfig *c, GrText *log,
                        GrMaskView *out)
{
    gram_status status = GRAM_OK;
    bool done = false;
    gr_work_begin(w);
    if (GR_LIKELY(!(m->flags & GR_MASK_NO_MEMO) && !is_deep(m, c)))
        status = by_leaf(w, c, log, out, &done);
    if (status == GRAM_E_MEMORY) {
        gr_masks_lack(m);
        return compute_exact(w, c, log, out);
    }
    if (done || status != GRAM_OK) return status;
    GR_TRY(compute_exact(w, c, log, out));
    /* Behind the whole text there is nothing, where no id ends it: that is
     * kept, so that the place knows it. */
    if (m->flags & GR_MASK_NO_MEMO || out->n > 0) return GRAM_OK;
    return gr_mask_keep_exact(w, out);
}
