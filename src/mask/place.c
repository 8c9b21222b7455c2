/* Places: whole configurations as numbers, and what is known of each.
 *
 *      state, level, stack, what is written of the open key  -->  place
 *
 *      place  -->  mask
 *      place, token  -->  place
 *
 * A leaf of the memo holds for many configurations, and to find it frames,
 * registers and lists of keys are read.  Where a configuration was met before,
 * as it was, none of that is needed: equal ones are one place, and a text
 * that goes the way of another one goes on by numbers.
 *
 * A place is all that what follows depends on, but for the texts of items
 * that must differ: where such an item has begun on some level, there is
 * none; nor where lists of keys have no numbers, a token pushes very much, or
 * the share of the memory is used up.
 *
 * Stacks and lists of keys of places are objects that all matchers share, of
 * which there is one of a kind: they are compared by their addresses.
 *
 * Moves lie in a table of words, `from`, `token` and `to` in each, so that
 * they are read and written at once; of those that want the same sixteen
 * words some may be forgotten.  A table that has become too small is replaced,
 * as in base/index.h.
 *
 * Cost: of a move that is known one look-up, of its mask another one.  A
 * place takes 40 bytes, a move 8 or 16, a frame 56, each with an index.
 *
 * Rejected: to hash the configuration for each mask (as dear as the memo); to
 * replace places (others stand on them). */
#include "mask/mask_int.h"

enum {
    SHARE = 16, /* of the memory of the masks */
    ID_BITS = 21,
    TOKEN_BITS = 22,
    PLACES_MOST = (1 << ID_BITS) - 1,
    MOVES_LEAST = 64,
    LOOKS = 16,    /* words where a move may be */
    KEY_MOST = 64, /* bytes written of an open key */
    DEEP = 32      /* frames, or keys, that are made at once */
};

typedef struct Place {
    const uint32_t *_Atomic row; /* the mask's own, or NULL; */
    _Atomic uint32_t n;          /* then, how many tokens it allows */
    _Atomic uint32_t mask;       /* id, or 0 */
    uint32_t state, stack;       /* the number of its top node */
    uint32_t level;              /* index + 1; 0: nothing is counted */
    uint32_t key, key_len;       /* in texts */
} Place;

struct Moves {
    Moves *before;
    uint32_t n; /* a power of two */
    _Atomic uint64_t at[];
};

/* Elements never move: readers hold no lock. */
void gr_mask_places_init(Places *p)
{
    gr_store_init(&p->place, sizeof(Place));
    gr_store_init(&p->node, sizeof(GrNode));
    gr_store_init(&p->level, sizeof(GrLevel));
    gr_store_init(&p->seen, sizeof(GrSeen));
    gr_store_init(&p->text, 1);
}

static size_t size_of_moves(uint32_t n)
{
    return sizeof(Moves) + n * sizeof(uint64_t);
}

/* Tables of moves that were replaced are kept until now (base/index.h). */
void gr_mask_places_clear(GrEnv *env, Places *p)
{
    GrStore *stores[] = {&p->place, &p->node, &p->level, &p->seen, &p->text};
    GrIndex *indexes[] = {&p->by_place, &p->by_node, &p->by_level, &p->by_seen};
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
        gr_store_clear(env, stores[i]);
    for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++)
        gr_index_clear(env, indexes[i]);
    for (Moves *m = atomic_load(&p->moves), *before; m != NULL; m = before) {
        before = m->before;
        gr_free(env, m, size_of_moves(m->n));
    }
}

/* Is there room for `more` bytes?  Under the lock. */
static bool fits(const GrMasks *m, size_t more)
{
    const Places *p = &m->places;
    const GrStore *s[] = {&p->place, &p->node, &p->level, &p->seen, &p->text};
    const Moves *moves = atomic_load_explicit(&p->moves, memory_order_relaxed);
    size_t used = moves ? 2 * size_of_moves(moves->n) : 0;
    for (size_t i = 0; i < sizeof s / sizeof *s; i++)
        used += (size_t)s[i]->n * s[i]->elem;
    return used + more <= m->env.max_memory / SHARE && p->place.n < PLACES_MOST;
}

/* --- lists of keys -------------------------------------------------------- */

/* Lists are equal if their numbers are, these are of their texts. */
static uint64_t hash_of_seen(const void *p, uint32_t i)
{
    const GrSeen *s = gr_store_at(&((const Places *)p)->seen, i);
    return gr_mix(s->texts);
}

/* Without the lock: what the index names is complete. */
static const GrSeen *find_seen(const Places *p, uint32_t texts)
{
    GrProbe q = gr_index_probe(&p->by_seen, gr_mix(texts));
    for (uint32_t i; gr_index_next(&q, &i);) {
        const GrSeen *s = gr_store_at(&p->seen, i);
        if (s->texts == texts) return s;
    }
    return NULL;
}

/* Under the lock, as all that adds. */
static gram_status add_seen(GrMasks *m, const GrSeen *s, const GrSeen *older,
                            const GrSeen **out)
{
    Places *p = &m->places;
    uint32_t at, text;
    *out = find_seen(p, s->texts);
    if (*out != NULL) return GRAM_OK;
    if (!fits(m, sizeof *s + s->len + 1)) return GRAM_E_LIMIT;
    GR_TRY(gr_store_add(&m->env, &p->text, s->len + 1, &text));
    GR_TRY(gr_store_add(&m->env, &p->seen, 1, &at));
    char *copy = gr_store_at(&p->text, text);
    if (s->len > 0) memcpy(copy, s->text, s->len);
    GrSeen *made = gr_store_at(&p->seen, at);
    *made = *s;
    made->older = older;
    made->text = copy;
    made->shared = true;
    *out = made;
    return gr_index_add(&m->env, &p->by_seen, gr_mix(s->texts), at,
                        hash_of_seen, p);
}

/* A list becomes the shared one that is equal; false where there is none. */
static bool share_seen(GrMasks *m, const GrSeen **list)
{
    const GrSeen *own[DEEP], *s = *list, *shared = NULL;
    uint32_t n = 0;
    for (; s != NULL && !s->shared; s = s->older) {
        if (s->texts == 0 || s->text == NULL || s->is_item) return false;
        shared = find_seen(&m->places, s->texts);
        if (shared != NULL) break;
        if (n == DEEP) return false;
        own[n++] = s;
    }
    if (shared == NULL) shared = s;
    while (n-- > 0) {
        pthread_mutex_lock(&m->lock);
        gram_status status = add_seen(m, own[n], shared, &shared);
        pthread_mutex_unlock(&m->lock);
        if (status != GRAM_OK) return false;
    }
    *list = shared;
    return true;
}

/* --- levels --------------------------------------------------------------- */

static uint64_t level_hash(const GrLevel *l)
{
    uint64_t h = l->seen ? l->seen->texts : 0;
    for (uint32_t r = 0; r < GR_REGS; r++)
        h = l->reg[r] ? gr_mix(h + gr_pair(r + 1, l->reg[r])) : h;
    return h;
}

/* Of shared lists. */
static bool same_level(const GrLevel *a, const GrLevel *b)
{
    return a->seen == b->seen && memcmp(a->reg, b->reg, sizeof a->reg) == 0;
}

/* A level that counts nothing and has seen nothing takes no room. */
static bool is_empty(const GrLevel *l)
{
    uint32_t any = 0;
    for (uint32_t r = 0; r < GR_REGS; r++) any |= l->reg[r];
    return any == 0 && l->seen == NULL;
}

/* What of a level matters in a matcher. */
static GrLevel plain_level(const GrLevel *l)
{
    GrLevel plain = *l;
    plain.origin = GR_ORIGIN_MATCH;
    plain.was_set = 0;
    return plain;
}

/* A level on which an item has begun depends on the text of that item. */
static bool share_level(GrMasks *m, GrLevel *l)
{
    return l->item == 0 && share_seen(m, &l->seen);
}

static uint64_t hash_of_level(const void *p, uint32_t i)
{
    return gr_mix(level_hash(gr_store_at(&((const Places *)p)->level, i)));
}

/* index + 1, or 0. */
static uint32_t find_level(const Places *p, const GrLevel *l, uint64_t hash)
{
    GrProbe q = gr_index_probe(&p->by_level, hash);
    for (uint32_t i; gr_index_next(&q, &i);)
        if (same_level(gr_store_at(&p->level, i), l)) return i + 1;
    return 0;
}

/* Looked for again under the lock: another thread may have been first. */
static gram_status add_level(GrMasks *m, const GrLevel *l, uint64_t hash,
                             uint32_t *out)
{
    Places *p = &m->places;
    uint32_t at;
    *out = find_level(p, l, hash);
    if (*out != 0) return GRAM_OK;
    if (!fits(m, sizeof *l)) return GRAM_E_LIMIT;
    GR_TRY(gr_store_add(&m->env, &p->level, 1, &at));
    *(GrLevel *)gr_store_at(&p->level, at) = plain_level(l);
    *out = at + 1;
    return gr_index_add(&m->env, &p->by_level, hash, at, hash_of_level, p);
}

/* *level 0 is the level that has nothing; false where there is no room. */
static bool level_of(GrMasks *m, const GrLevel *l, uint32_t *level)
{
    *level = 0;
    if (is_empty(l)) return true;
    uint64_t hash = gr_mix(level_hash(l));
    *level = find_level(&m->places, l, hash);
    if (*level != 0) return true;
    pthread_mutex_lock(&m->lock);
    gram_status status = add_level(m, l, hash, level);
    pthread_mutex_unlock(&m->lock);
    return status == GRAM_OK;
}

/* --- stacks --------------------------------------------------------------- */

/* 0 is the empty stack, and one that is not shared. */
static uint32_t number_of(const GrNode *n)
{
    return n ? n->number : 0;
}

/* What is below is one number, since it is shared already: O(1) a frame,
 * however deep. */
static uint64_t node_hash(const GrNode *n, const GrNode *below)
{
    return gr_mix(gr_pair(number_of(below), n->frame.v) +
                  level_hash(&n->level));
}

static uint64_t hash_of_node(const void *p, uint32_t i)
{
    const GrNode *n = gr_store_at(&((const Places *)p)->node, i);
    return node_hash(n, n->below);
}

static const GrNode *find_node(const Places *p, const GrNode *n,
                               const GrNode *below, uint64_t hash)
{
    GrProbe q = gr_index_probe(&p->by_node, hash);
    for (uint32_t i; gr_index_next(&q, &i);) {
        const GrNode *at = gr_store_at(&p->node, i);
        if (at->below == below && at->frame.v == n->frame.v &&
            same_level(&at->level, &n->level))
            return at;
    }
    return NULL;
}

static gram_status add_node(GrMasks *m, const GrNode *n, const GrNode *below,
                            uint64_t hash, const GrNode **out)
{
    Places *p = &m->places;
    uint32_t at;
    *out = find_node(p, n, below, hash);
    if (*out != NULL) return GRAM_OK;
    if (!fits(m, sizeof *n)) return GRAM_E_LIMIT;
    GR_TRY(gr_store_add(&m->env, &p->node, 1, &at));
    GrNode *made = gr_store_at(&p->node, at);
    *made = *n;
    made->below = below;
    made->level = plain_level(&n->level);
    made->number = at + 1;
    *out = made;
    return gr_index_add(&m->env, &p->by_node, hash, at, hash_of_node, p);
}

/* *below becomes the shared node on top of it. */
static bool share_node(GrMasks *m, const GrNode *own, const GrNode **below)
{
    GrNode n = *own;
    if (!share_level(m, &n.level)) return false;
    uint64_t hash = node_hash(&n, *below);
    const GrNode *shared = find_node(&m->places, &n, *below, hash);
    if (shared == NULL) {
        pthread_mutex_lock(&m->lock);
        gram_status status = add_node(m, &n, *below, hash, &shared);
        pthread_mutex_unlock(&m->lock);
        if (status != GRAM_OK) return false;
    }
    *below = shared;
    return true;
}

/* From the deepest frame that is not shared up; mostly the frames of one
 * token. */
static bool share_stack(GrMasks *m, const GrNode **stack)
{
    const GrNode *own[DEEP], *n = *stack;
    uint32_t n_own = 0;
    for (; n != NULL && n->number == 0; n = n->below) {
        if (n_own == DEEP) return false;
        own[n_own++] = n;
    }
    while (n_own-- > 0)
        if (!share_node(m, own[n_own], &n)) return false;
    *stack = n;
    return true;
}

/* --- places --------------------------------------------------------------- */

/* Numbers count from 1. */
static Place *place_at(const Places *p, PlaceId id)
{
    return gr_store_at(&p->place, id.v - 1);
}

/* A place, and the text of its key, which may not be the table's. */
typedef struct Want {
    Place place;
    const char *key;
    uint64_t hash;
} Want;

static uint64_t place_hash(const Place *p, const char *key)
{
    uint64_t h = gr_mix(gr_pair(p->state, p->stack)) + p->level;
    return gr_mix(p->key_len ? h ^ gr_hash(key, p->key_len, 4) : h);
}

static const char *key_of(const Places *p, const Place *at)
{
    return at->key_len ? gr_store_at(&p->text, at->key) : NULL;
}

static uint64_t hash_of_place(const void *p, uint32_t i)
{
    const Place *at = gr_store_at(&((const Places *)p)->place, i);
    return place_hash(at, key_of(p, at));
}

static PlaceId find_place(const Places *p, const Want *w)
{
    GrProbe q = gr_index_probe(&p->by_place, w->hash);
    for (uint32_t i; gr_index_next(&q, &i);) {
        const Place *at = gr_store_at(&p->place, i);
        if (at->state == w->place.state && at->stack == w->place.stack &&
            at->level == w->place.level && at->key_len == w->place.key_len &&
            (at->key_len == 0 ||
             memcmp(key_of(p, at), w->key, at->key_len) == 0))
            return (PlaceId){i + 1};
    }
    return (PlaceId){0};
}

/* The key's text is copied: the log belongs to a matcher. */
static gram_status add_place(GrMasks *m, const Want *w, PlaceId *out)
{
    Places *p = &m->places;
    uint32_t at, key = 0, len = w->place.key_len;
    *out = find_place(p, w);
    if (out->v != 0) return GRAM_OK;
    if (!fits(m, sizeof(Place) + len)) return GRAM_E_LIMIT;
    if (len > 0) GR_TRY(gr_store_add(&m->env, &p->text, len, &key));
    if (len > 0) memcpy(gr_store_at(&p->text, key), w->key, len);
    GR_TRY(gr_store_add(&m->env, &p->place, 1, &at));
    Place *made = gr_store_at(&p->place, at);
    made->state = w->place.state;
    made->stack = w->place.stack;
    made->level = w->place.level;
    made->key = key;
    made->key_len = len;
    *out = (PlaceId){at + 1};
    return gr_index_add(&m->env, &p->by_place, w->hash, at, hash_of_place, p);
}

/* What is written of the open key; false where that is too much. */
static bool set_key(GrMasks *m, const GrConfig *c, const GrText *log, Want *w)
{
    if (!(gr_pda_row_at(m->pda, c->state)->flags & GR_STATE_KEY)) return true;
    uint64_t len = log->n - c->key_at;
    w->key = log->at + c->key_at;
    w->place.key_len = (uint32_t)len;
    return len <= KEY_MOST;
}

/* What was shared stays so where there is no place in the end: other
 * configurations may have these lists and frames. */
PlaceId gr_place_of(GrMasks *m, GrConfig *c, const GrText *log)
{
    Want w = {.place = {.state = c->state.v}};
    PlaceId none = {0}, found;
    if (m->flags & GR_MASK_NO_MEMO) return none;
    if (!share_level(m, &c->level) || !share_stack(m, &c->stack) ||
        !level_of(m, &c->level, &w.place.level) || !set_key(m, c, log, &w))
        return none;
    w.place.stack = number_of(c->stack);
    w.hash = place_hash(&w.place, w.key);
    found = find_place(&m->places, &w);
    if (found.v != 0) return found;
    pthread_mutex_lock(&m->lock);
    gram_status status = add_place(m, &w, &found);
    pthread_mutex_unlock(&m->lock);
    return status == GRAM_OK ? found : none;
}

void gr_place_config(const GrMasks *m, PlaceId id, uint64_t log_len,
                     GrConfig *out)
{
    const Places *p = &m->places;
    const Place *at = place_at(p, id);
    *out = (GrConfig){.state = {at->state}};
    if (at->stack != 0) out->stack = gr_store_at(&p->node, at->stack - 1);
    out->depth = out->stack ? out->stack->depth + 1 : 0;
    out->key_at = log_len - at->key_len;
    out->level.origin = GR_ORIGIN_MATCH;
    if (at->level != 0)
        out->level = *(GrLevel *)gr_store_at(&p->level, at->level - 1);
}

/* --- masks of places ------------------------------------------------------ */

/* One load behind the other is what it takes, so that the place itself says
 * what would be two further ones away. */
void gr_place_look(const GrMasks *m, PlaceId id, GrMaskView *out)
{
    const Place *p = place_at(&m->places, id);
    out->row = atomic_load_explicit(&p->row, memory_order_acquire);
    out->id = atomic_load_explicit(&p->mask, memory_order_acquire);
    out->n = atomic_load_explicit(&p->n, memory_order_relaxed);
}

/* All threads that come here write the same, so that none needs the lock. */
void gr_place_set_row(GrMasks *m, PlaceId id, uint32_t mask)
{
    Place *p = place_at(&m->places, id);
    const Mask *k = mask_at(m, mask);
    const uint32_t *row = atomic_load_explicit(&k->row, memory_order_acquire);
    if (GR_LIKELY(row == NULL)) return;
    atomic_store_explicit(&p->n, k->n, memory_order_relaxed);
    atomic_store_explicit(&p->row, row, memory_order_release);
}

void gr_place_set_mask(GrMasks *m, PlaceId id, uint32_t mask)
{
    if (mask != 0)
        atomic_store_explicit(&place_at(&m->places, id)->mask, mask,
                              memory_order_release);
}

/* --- moves ---------------------------------------------------------------- */

/* 43 bits, which leaves 21 for where it leads. */
static uint64_t move_key(PlaceId from, uint32_t token)
{
    return (uint64_t)from.v << TOKEN_BITS | token;
}

/* Fibonacci hashing: the high half of a product. */
static uint32_t move_hash(uint64_t key)
{
    return (uint32_t)(key * 0x9e3779b97f4a7c15u >> 32);
}

/* The words where it is looked for, one after the other: those of one block of
 * LOOKS, from any of them on.  Were blocks smaller ones entered at their first
 * word, half of the moves would have another one before them. */
static _Atomic uint64_t *move_at(Moves *t, uint64_t key, uint32_t i)
{
    uint32_t first = move_hash(key) & (t->n - 1);
    return &t->at[first ^ i];
}

static uint64_t read_move(const _Atomic uint64_t *at)
{
    return atomic_load_explicit(at, memory_order_acquire);
}

/* Where one with this key is, else one that is free, else one to give up; so
 * may be one that another thread puts there at the same time. */
static void put_move(Moves *t, uint64_t move)
{
    uint64_t key = move >> ID_BITS;
    uint32_t i = 0;
    for (; i < LOOKS; i++) {
        uint64_t was = read_move(move_at(t, key, i));
        if (was == 0 || was >> ID_BITS == key) break;
    }
    if (i == LOOKS) i = move_hash(key) >> 28;
    atomic_store_explicit(move_at(t, key, i), move, memory_order_release);
}

PlaceId gr_place_next(const GrMasks *m, PlaceId from, uint32_t token)
{
    Moves *t = atomic_load_explicit(&m->places.moves, memory_order_acquire);
    uint64_t key = move_key(from, token);
    if (t == NULL || token >> TOKEN_BITS != 0) return (PlaceId){0};
    /* a place that is found here was complete before the move was noted */
    uint64_t move = 1;
    for (uint32_t i = 0; i < LOOKS && move != 0; i++) {
        move = read_move(move_at(t, key, i));
        if (move >> ID_BITS == key)
            return (PlaceId){(uint32_t)move & PLACES_MOST};
    }
    return (PlaceId){0};
}

/* Half full: one in 1000 of those noted then finds all of its words taken. */
static bool has_room(Places *p, const Moves *t)
{
    return t != NULL &&
           atomic_load_explicit(&p->n_moves, memory_order_relaxed) < t->n / 2;
}

/* A larger table, unless another thread has made one, or there is no room:
 * then the old one is filled again before the next try.  Under the lock. */
static gram_status make_room(GrMasks *m)
{
    Places *p = &m->places;
    Moves *old = atomic_load_explicit(&p->moves, memory_order_relaxed);
    uint32_t n = old ? old->n * 2 : MOVES_LEAST;
    if (has_room(p, old)) return GRAM_OK;
    if (!fits(m, size_of_moves(2 * n))) {
        atomic_store_explicit(&p->n_moves, 0, memory_order_relaxed);
        return GRAM_OK;
    }
    Moves *made = gr_zalloc(&m->env, 1, size_of_moves(n));
    if (made == NULL) return GRAM_E_MEMORY;
    made->before = old;
    made->n = n;
    for (uint32_t i = 0; old != NULL && i < old->n; i++) {
        uint64_t move = read_move(&old->at[i]);
        if (move != 0) put_move(made, move);
    }
    atomic_store_explicit(&p->moves, made, memory_order_release);
    return GRAM_OK;
}

void gr_place_note(GrMasks *m, PlaceId from, uint32_t token, PlaceId to)
{
    Places *p = &m->places;
    Moves *t = atomic_load_explicit(&p->moves, memory_order_acquire);
    if (token >> TOKEN_BITS != 0) return;
    if (!has_room(p, t)) {
        pthread_mutex_lock(&m->lock);
        (void)make_room(m); /* where there is no memory, the old one stays */
        t = atomic_load_explicit(&p->moves, memory_order_relaxed);
        pthread_mutex_unlock(&m->lock);
    }
    if (t == NULL) return;
    atomic_fetch_add_explicit(&p->n_moves, 1, memory_order_relaxed);
    put_move(t, move_key(from, token) << ID_BITS | to.v);
}
