/* Surveys: can the keys of an object matter below an opening quote?
 *
 * In: a mark, which is a trie node that opens a key, and the state behind
 * it.  Two things below the node depend on the keys that the object has: a
 * token that closes one of them, and a prefix from which fewer new words
 * come than the object has keys.  Tokens close few keys (`","`), and most
 * languages of keys are infinite, so nearly always the answer is no.  One
 * walk over the subtree, in the states of the key alone, finds the closed
 * keys and the smallest number of words.  It serves all marks with the same
 * node and state.
 *
 * Inside a key, any token may close it: a table of the vocabulary has what
 * tokens close.  There the walk stops at open states, from which no state
 * with finitely many words is reached: the loops of objects that take any
 * key.
 *
 * Where it says "maybe", marks.c looks closely. */
#include "mask/mask_int.h"

#include <stdlib.h>

/* --- open states ---------------------------------------------------------- */

enum {
    CLOSURE_MAX = 64,
    /* Nodes and cells that a survey from inside a key may look at: a few
     * times what the close look takes that it is to spare. */
    ROOT_LOOKS = 4096,
    FEW_KEYS = 16 /* that begin like the open one: these are followed */
};

typedef struct Closure {
    uint32_t state[CLOSURE_MAX];
    uint32_t n;
    bool open;
} Closure;

typedef struct Made {
    uint32_t longest, least;
    bool root;      /* from inside a key, over all tokens */
    uint32_t looks; /* of ROOT_LOOKS, those left */
    uint32_t shut;  /* the state + 1 met last that is not open */
    Closure open;   /* of the open state met last */
} Made;

/* More states than have room: taken for not open, which is always right. */
static void add_state(Closure *c, uint32_t state)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (c->state[i] == state) return;
    if (c->n == CLOSURE_MAX)
        c->open = false;
    else
        c->state[c->n++] = state;
}

/* Looks that are used up make the answer "maybe": no word is left. */
static bool look(Made *made, uint32_t n)
{
    if (made->looks > n)
        made->looks -= n;
    else
        made->looks = made->least = 0;
    return made->looks > 0;
}

/* The states behind s; not open where words come to an end, where the state is
 * none of a key, or where a byte but the quote does more than change it. */
static gram_status add_next(GrWork *w, Made *made, StateId s)
{
    Closure *c = &made->open;
    const GrState *state = gr_pda_get_state(w->m->pda, s);
    uint32_t n, words;
    const uint8_t *map = gr_pda_map_of(w->m->pda, s, &n);
    GR_TRY(gr_words_of(w, s, &words));
    c->open &= words == UINT32_MAX && (state->flags & GR_STATE_KEY);
    c->open &= look(made, n);
    for (uint32_t cls = 1; cls < n && c->open; cls++) {
        Cell cell;
        GR_TRY(gr_pda_cell_of(w->m->pda, s, cls, &cell));
        if (gr_cell_is_goto(cell))
            add_state(c, gr_cell_state(cell).v);
        else if (cell.v != GR_CELL_DEAD && cls != map['"'])
            c->open = false;
    }
    return gr_step(w->env, n);
}

/* What is reached from an open state is open too. */
static gram_status is_open(GrWork *w, Made *made, StateId s, bool *open)
{
    LoopRef loop;
    Closure *c = &made->open;
    *open = true;
    for (uint32_t i = 0; i < c->n && c->open; i++)
        if (c->state[i] == s.v) return GRAM_OK;
    *open = false;
    if (made->shut == s.v + 1) return GRAM_OK;
    made->shut = s.v + 1;
    GR_TRY(gr_loop_of(w, s, &loop));
    if (loop.cls == 0) return GRAM_OK; /* not worth the cells it needs */
    *c = (Closure){.state = {s.v}, .n = 1, .open = true};
    for (uint32_t i = 0; i < c->n && c->open; i++)
        GR_TRY(add_next(w, made, (StateId){c->state[i]}));
    *open = c->open;
    if (*open) made->shut = 0;
    return GRAM_OK;
}

/* --- making one ----------------------------------------------------------- */

/* The smallest number of words on the way. */
static gram_status note_words(GrWork *w, Made *made, uint32_t state)
{
    uint32_t words;
    GR_TRY(gr_words_of(w, (StateId){state}, &words));
    if (words < made->least) made->least = words;
    return GRAM_OK;
}

/* Of an open key the tables have what closes it. */
static gram_status note_closed(GrWork *w, Made *made)
{
    if (made->root) return GRAM_OK;
    if (w->text.n > made->longest) made->longest = w->text.n;
    return gr_vec_push(w->env, &w->closed, gr_hash(w->text.at, w->text.n, 0));
}

/* Step over the byte of a node; *down: its children are to be looked at. */
static gram_status survey_byte(GrWork *w, Made *made, Follow *f, uint8_t byte,
                               bool *down)
{
    char out[4];
    Cell cell;
    *down = false;
    GR_TRY(gr_pda_cell(w->m->pda, (StateId){f->state}, byte, &cell));
    if (cell.v == GR_CELL_DEAD) return GRAM_OK;
    w->text.n = f->len;
    if (byte == '"' && gr_unescape_between(&f->u)) return note_closed(w, made);
    uint32_t n = gr_unescape(&f->u, byte, out);
    if (n > sizeof out) return GRAM_OK;
    if (!gr_cell_is_goto(cell)) {
        made->least = 0; /* not a step inside a key: look closely */
        return GRAM_OK;
    }
    GR_TRY(gr_text_put(w->env, &w->text, out, n));
    f->len = w->text.n;
    f->state = gr_cell_state(cell).v;
    GR_TRY(note_words(w, made, f->state));
    bool open = false;
    if (made->root) GR_TRY(is_open(w, made, (StateId){f->state}, &open));
    *down = !open;
    return GRAM_OK;
}

/* From inside a key an open state needs no walk: nothing is ever dead there
 * but a duplicate. */
static gram_status walk(GrWork *w, const Trie *trie, const Mark *mark,
                        Made *made)
{
    uint32_t i = made->root ? 0 : mark->node + 1;
    Follow from = {.state = mark->state};
    from.end = made->root ? w->m->v->n_nodes : trie->node[mark->node].next;
    bool open = false;
    w->follow.n = w->closed.n = w->text.n = 0;
    GR_TRY(note_words(w, made, mark->state));
    if (made->root) GR_TRY(is_open(w, made, (StateId){mark->state}, &open));
    if (open) return GRAM_OK;
    GR_TRY(gr_vec_push(w->env, &w->follow, from));
    while (w->follow.n > 0) {
        Follow f = w->follow.at[w->follow.n - 1];
        bool down;
        if (i >= f.end) {
            w->follow.n--;
            continue;
        }
        if (made->root && !look(made, 1)) return GRAM_OK;
        GR_TRY(survey_byte(w, made, &f, gr_trie_byte(&trie->node[i]), &down));
        GR_TRY(gr_step(w->env, 1));
        f.end = trie->node[i].next;
        if (!down)
            i = f.end;
        else if (++i < f.end)
            GR_TRY(gr_vec_push(w->env, &w->follow, f));
    }
    return GRAM_OK;
}

/* Ascending, for is_closed to search. */
static int compare(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return a < b ? -1 : a > b;
}

/* --- keeping -------------------------------------------------------------- */

/* Marks of one key have one survey, whatever their level. */
static void mark_key(const Mark *mark, uint32_t key[4])
{
    key[0] = mark->cls;
    key[1] = mark->byte;
    key[2] = mark->node;
    key[3] = mark->state;
}

/* Surveys lie behind the zeroth in the order of their ids; one that a call
 * without memory left out is made later.  Under the lock. */
static gram_status keep(GrWork *w, const Mark *mark, const Made *made,
                        uint32_t *index)
{
    GrMasks *m = w->m;
    uint32_t key[4], id, at, first = 0, n = w->closed.n;
    mark_key(mark, key);
    GR_TRY(gr_intern(&m->env, &m->survey_ids, key, 4, &id, NULL));
    while (m->surveys.n <= id + 1)
        GR_TRY(gr_store_add(&m->env, &m->surveys, 1, &at));
    Survey *s = gr_store_at(&m->surveys, id + 1);
    *index = id + 1;
    if (s->made) return GRAM_OK;
    if (n > 0) {
        GR_TRY(gr_store_add(&m->env, &m->closed, n, &first));
        memcpy(gr_store_at(&m->closed, first), w->closed.at,
               n * sizeof(uint64_t));
    }
    *s = (Survey){first, n, made->longest, made->least, true};
    return GRAM_OK;
}

/* Under the lock. */
static uint32_t find(GrMasks *m, const Mark *mark)
{
    uint32_t key[4];
    mark_key(mark, key);
    uint32_t id = gr_intern_find(&m->survey_ids, key, 4);
    if (id == UINT32_MAX || id + 1 >= m->surveys.n) return 0;
    const Survey *s = gr_store_at(&m->surveys, id + 1);
    return s->made ? id + 1 : 0;
}

/* Walked without the lock; two threads may make the same. */
static gram_status make(GrWork *w, const Mark *mark, uint32_t *index)
{
    GrMasks *m = w->m;
    Made made = {.least = UINT32_MAX, .root = mark->node == GR_TRIE_NONE};
    made.looks = ROOT_LOOKS;
    const Rests *r;
    Trie trie = {m->v->node, m->v->root};
    if (mark->cls != 0) {
        GR_TRY(gr_mark_rests(w, mark, &r));
        trie.node = r->node;
    }
    GR_TRY(walk(w, &trie, mark, &made));
    if (w->closed.n > 1)
        qsort(w->closed.at, w->closed.n, sizeof *w->closed.at, compare);
    pthread_mutex_lock(&m->lock);
    gram_status status = keep(w, mark, &made, index);
    pthread_mutex_unlock(&m->lock);
    if (status == GRAM_OK) return GRAM_OK;
    *index = 0; /* the cache is full: every mark is looked at closely */
    return GRAM_OK;
}

/* --- asking --------------------------------------------------------------- */

/* *out NULL: it cannot be kept. */
static gram_status get(GrWork *w, Mark *mark, const Survey **out)
{
    GrMasks *m = w->m;
    uint32_t at = atomic_load_explicit(&mark->survey, memory_order_acquire);
    *out = NULL;
    if (at == 0) {
        pthread_mutex_lock(&m->lock);
        at = find(m, mark);
        pthread_mutex_unlock(&m->lock);
        if (at == 0) GR_TRY(make(w, mark, &at));
        if (at == 0) return GRAM_OK;
        atomic_store_explicit(&mark->survey, at, memory_order_release);
    }
    *out = gr_store_at(&m->surveys, at);
    return GRAM_OK;
}

/* Is it among n hashes, ascending? */
static bool has_hash(const uint64_t *at, uint32_t n, uint64_t hash)
{
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (at[mid] < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && at[lo] == hash;
}

/* By hash alone: two texts of one would make the answer "maybe" where it is
 * "no". */
static bool is_closed(const GrMasks *m, const Survey *s, const GrSeen *key)
{
    return key->len <= s->longest &&
           has_hash(gr_store_at(&m->closed, s->closed), s->n, key->hash);
}

/* Keys that the walk itself added are not known here; where tokens close
 * anything, they may be the same. */
gram_status gr_survey_matters(GrWork *w, Mark *mark, const GrSeen *seen,
                              bool *matters)
{
    const Survey *s;
    uint32_t count = mark->added + (seen ? seen->count : 0);
    GR_TRY(get(w, mark, &s));
    *matters = s == NULL || count >= s->least || (s->n > 0 && mark->added > 0);
    if (*matters || s->n == 0) return GRAM_OK;
    for (; seen != NULL && !*matters; seen = seen->older)
        *matters = is_closed(w->m, s, seen);
    return GRAM_OK;
}

/* Does some token close the key by what is left of it behind `len` bytes? */
static bool can_close(const GrTables *t, const GrSeen *key, uint32_t len)
{
    uint32_t n, left = key->len - len;
    if (left > t->longest_closer) return false;
    uint64_t hash = len ? gr_hash(key->text + len, left, 0) : key->hash;
    return gr_tables_close(t, hash, &n) != NULL;
}

/* Has the key the open one's text at its start? */
static bool begins(const GrSeen *key, const GrText *prefix)
{
    return key->len >= prefix->n &&
           (prefix->n == 0 || memcmp(key->text, prefix->at, prefix->n) == 0);
}

/* Seen keys that begin like the open one. */
typedef struct LikeKeys {
    const GrSeen *key[FEW_KEYS];
    uint32_t n, from; /* all of them; bytes that are read */
} LikeKeys;

/* Is a state with no more words than were seen on the way of this key?  Where
 * the way is dead there is none; a character that has to be escaped is not
 * followed: then there may be. */
static gram_status ends_along(GrWork *w, uint32_t state, const GrSeen *key,
                              uint32_t from, uint32_t count, bool *may)
{
    *may = true;
    for (uint32_t i = from; i < key->len; i++) {
        Cell cell;
        uint32_t words;
        uint8_t byte = (uint8_t)key->text[i];
        if (byte < ' ' || byte == '"' || byte == '\\') return GRAM_OK;
        GR_TRY(gr_pda_cell(w->m->pda, (StateId){state}, byte, &cell));
        if (cell.v == GR_CELL_DEAD) break;
        if (!gr_cell_is_goto(cell)) return GRAM_OK;
        state = gr_cell_state(cell).v;
        GR_TRY(gr_words_of(w, (StateId){state}, &words));
        if (words <= count) return GRAM_OK;
    }
    *may = false;
    return gr_step(w->env, key->len - from);
}

/* May the words come to an end?  Where no more are left than keys were seen,
 * all of them are such keys: so that is a state on the way of one, as it is
 * spelled without escapes.  (Inside of an escape there are all words of the
 * character, and perhaps more.)  A few keys are followed; for many there is the
 * survey, which is made once for a state. */
static gram_status may_end(GrWork *w, Mark *mark, const LikeKeys *like,
                           uint32_t count, bool *may)
{
    const Survey *s;
    *may = false;
    for (uint32_t i = 0; i < like->n && like->n <= FEW_KEYS && !*may; i++)
        GR_TRY(
            ends_along(w, mark->state, like->key[i], like->from, count, may));
    if (like->n <= FEW_KEYS) return GRAM_OK;
    GR_TRY(get(w, mark, &s));
    *may = s == NULL || count >= s->least;
    return GRAM_OK;
}

/* Three questions in the order of their costs: does a seen key begin like it,
 * does a token close one, may the words come to an end? */
gram_status gr_survey_root(GrWork *w, Mark *mark, const GrText *prefix,
                           bool between, const GrSeen *seen, RootMatter *out)
{
    LoopRef own;
    LikeKeys like = {.from = prefix->n};
    uint32_t count = n_keys(seen), words;
    bool closes = false, may;
    *out = ROOT_NEVER;
    for (; seen != NULL && !(closes && like.n > FEW_KEYS); seen = seen->older) {
        if (!begins(seen, prefix)) continue;
        if (like.n < FEW_KEYS) like.key[like.n] = seen;
        like.n++;
        if (!closes) closes = can_close(w->m->tables, seen, prefix->n);
    }
    if (like.n == 0) return GRAM_OK;
    *out = ROOT_KEYS;
    if (!between) return GRAM_OK;
    GR_TRY(gr_loop_of(w, (StateId){mark->state}, &own));
    if (!own.open) { /* else there are always other keys */
        /* some token leaves one of a list of keys, which is looked at */
        GR_TRY(gr_words_of(w, (StateId){mark->state}, &words));
        if (words < UINT32_MAX) return GRAM_OK;
        GR_TRY(may_end(w, mark, &like, count, &may));
        if (may) return GRAM_OK;
    }
    *out = closes ? ROOT_ENDS : ROOT_NOTHING;
    return GRAM_OK;
}
