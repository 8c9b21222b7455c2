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
 * Where it says "maybe", marks.c looks closely. */
#include "mask/mask_int.h"

#include <stdlib.h>

typedef struct Made {
    uint32_t longest, least;
} Made;

/* --- making one --------------------------------------------------------------- */

static gram_status note_words(GrWork *w, Made *made, uint32_t state)
{
    uint32_t words;
    GR_TRY(gr_words_of(w, (StateId){state}, &words));
    if (words < made->least) made->least = words;
    return GRAM_OK;
}

static gram_status note_closed(GrWork *w, Made *made)
{
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
    *down = true;
    return note_words(w, made, f->state);
}

static gram_status walk(GrWork *w, const Trie *trie, const Mark *mark,
                        Made *made)
{
    uint32_t i = mark->node + 1;
    Follow from = {.end = trie->node[mark->node].next, .state = mark->state};
    w->follow.n = w->closed.n = w->text.n = 0;
    GR_TRY(note_words(w, made, mark->state));
    GR_TRY(gr_vec_push(w->env, &w->follow, from));
    while (w->follow.n > 0) {
        Follow f = w->follow.at[w->follow.n - 1];
        bool down;
        if (i >= f.end) {
            w->follow.n--;
            continue;
        }
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

static int compare(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return a < b ? -1 : a > b;
}

/* --- keeping ------------------------------------------------------------------ */

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

static uint32_t find(GrMasks *m, const Mark *mark)
{
    uint32_t key[4];
    mark_key(mark, key);
    uint32_t id = gr_intern_find(&m->survey_ids, key, 4);
    if (id == UINT32_MAX || id + 1 >= m->surveys.n) return 0;
    const Survey *s = gr_store_at(&m->surveys, id + 1);
    return s->made ? id + 1 : 0;
}

static gram_status make(GrWork *w, const Mark *mark, uint32_t *index)
{
    GrMasks *m = w->m;
    Made made = {0, UINT32_MAX};
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

/* --- asking -------------------------------------------------------------------- */

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

static bool is_closed(const GrMasks *m, const Survey *s, uint64_t hash)
{
    const uint64_t *at = gr_store_at(&m->closed, s->closed);
    uint32_t lo = 0, hi = s->n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (at[mid] < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->n && at[lo] == hash;
}

gram_status gr_survey_matters(GrWork *w, Mark *mark, const GrSeen *seen,
                              bool *matters)
{
    const Survey *s;
    uint32_t count = mark->added + (seen ? seen->count : 0);
    GR_TRY(get(w, mark, &s));
    *matters = s == NULL || count >= s->least || (s->n > 0 && mark->added > 0);
    if (*matters || s->n == 0) return GRAM_OK;
    for (; seen != NULL && !*matters; seen = seen->older)
        *matters = seen->len <= s->longest && is_closed(w->m, s, seen->hash);
    return GRAM_OK;
}
