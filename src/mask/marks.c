/* Marks: what the text decides, put right on top of a memoized mask.
 *
 * A key mark stands where an object's next key begins (or goes on).  The
 * spellings of the keys that the object has are followed through the trie,
 * with and without escapes; off those paths nothing can be a duplicate.  On
 * them, closing a key that is there clears what lies below, and so does a
 * prefix from which no new key can come.  A survey (survey.c) tells at once
 * where none of that can be.
 *
 * A hard mark's subtree is walked with the matcher's own stepping; its
 * tokens are unset in the memoized mask.
 *
 * Cost: the trie nodes that spell prefixes of seen keys, and a look at their
 * siblings. */
#include "mask/mask_int.h"

#include <stdlib.h>

typedef struct Apply {
    GrWork *w;
    const Leaf *leaf; /* the outermost: its mask is put right */
    const GrConfig *c;
    GrText *log;
    bool loaded;   /* the row holds the mask, as put right so far */
    bool followed; /* keys were followed */
    bool exact;    /* more than the keys was asked about */
} Apply;

static gram_status load(Apply *a)
{
    if (a->loaded) return GRAM_OK;
    a->loaded = true;
    return gr_row_load(a->w, a->leaf->mask);
}

/* --- clearing ------------------------------------------------------------- */

static gram_status clear_group(Apply *a, const Rests *r, uint32_t group)
{
    const Group *g = &r->group[group];
    for (uint32_t i = g->start; i < g->start + g->n; i++)
        GR_TRY(gr_row_put(a->w, r->exit[i].token, false));
    return GRAM_OK;
}

static gram_status clear_node(Apply *a, const Trie *trie, const Rests *r,
                              uint32_t node)
{
    uint32_t token = gr_trie_token(&trie->node[node]);
    if (token == GR_TRIE_NONE) return GRAM_OK;
    return r ? clear_group(a, r, token) : gr_row_put_node(a->w, node, false);
}

static gram_status clear_below(Apply *a, const Trie *trie, const Rests *r,
                               uint32_t node)
{
    uint32_t end = trie->node[node].next;
    GR_TRY(load(a));
    for (uint32_t i = node; i < end; i++) GR_TRY(clear_node(a, trie, r, i));
    return gr_step(a->w->env, end - node);
}

/* The cell behind which a node lies, which is one of a key that goes on from
 * state l->state; EMPTY where it is not known. */
static Cell cell_at(const GrWork *w, const ClearLevel *l, uint8_t byte)
{
    const uint8_t *map;
    const _Atomic uint32_t *row =
        gr_pda_row(w->m->pda, (StateId){l->state}, &map);
    if (map[byte] == 0) return gr_cell_dead();
    return (Cell){atomic_load_explicit(&row[map[byte]], memory_order_acquire)};
}

/* Clear a node and what is set below it, where a key has come to `state`:
 * the walk that set it has filled the cells on its way. */
static gram_status clear_key(Apply *a, const Trie *trie, const Rests *r,
                             uint32_t node, uint32_t state)
{
    GrWork *w = a->w;
    const GrTrieNode *at = trie->node;
    uint32_t i = node + 1;
    GR_TRY(load(a));
    GR_TRY(clear_node(a, trie, r, node));
    w->clear.n = 0;
    GR_TRY(gr_vec_push(w->env, &w->clear, (ClearLevel){at[node].next, state}));
    while (w->clear.n > 0) {
        ClearLevel l = w->clear.at[w->clear.n - 1];
        if (i >= l.end) {
            w->clear.n--;
            continue;
        }
        Cell cell = cell_at(w, &l, gr_trie_byte(&at[i]));
        GR_TRY(gr_step(w->env, 1));
        if (gr_cell_is_goto(cell)) {
            GR_TRY(clear_node(a, trie, r, i));
            l = (ClearLevel){at[i].next, gr_cell_state(cell).v};
            GR_TRY(gr_vec_push(w->env, &w->clear, l));
            i++;
            continue;
        }
        if (cell.v != GR_CELL_DEAD) GR_TRY(clear_below(a, trie, r, i));
        i = at[i].next;
    }
    return GRAM_OK;
}

/* --- seen keys, sorted ---------------------------------------------------- */

static int compare_keys(const GrSeen *a, const GrSeen *b)
{
    uint32_t n = a->len < b->len ? a->len : b->len;
    int order = n ? memcmp(a->text, b->text, n) : 0;
    if (order != 0) return order;
    return a->len < b->len ? -1 : a->len > b->len;
}

static int compare_seen(const void *x, const void *y)
{
    return compare_keys(*(const GrSeen *const *)x, *(const GrSeen *const *)y);
}

static gram_status insert_seen(GrWork *w, const GrSeen *key)
{
    SeenSorted *s = &w->seen;
    uint32_t lo = 0, hi = s->at.n;
    GR_TRY(gr_vec_push(w->env, &s->at, key));
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (compare_keys(s->at.at[mid], key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    memmove(s->at.at + lo + 1, s->at.at + lo,
            (s->at.n - 1 - lo) * sizeof *s->at.at);
    s->at.at[lo] = key;
    return GRAM_OK;
}

/* w->seen becomes the sorted list: by one insertion where one key is new. */
static gram_status sort_seen(GrWork *w, const GrSeen *seen)
{
    SeenSorted *s = &w->seen;
    if (s->head == seen) return GRAM_OK;
    bool one = s->head != NULL && seen->older == s->head;
    s->head = NULL;
    if (one) {
        GR_TRY(insert_seen(w, seen));
    } else {
        s->at.n = 0;
        for (const GrSeen *k = seen; k != NULL; k = k->older)
            GR_TRY(gr_vec_push(w->env, &s->at, k));
        qsort(s->at.at, s->at.n, sizeof *s->at.at, compare_seen);
    }
    s->head = seen;
    return gr_step(w->env, one ? 1 : s->at.n);
}

/* The first of sorted[lo .. hi) whose byte at `at` is >= b; keys that end
 * there come first. */
static uint32_t lower(const SeenSorted *s, uint32_t lo, uint32_t hi,
                      uint32_t at, uint32_t b)
{
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        const GrSeen *k = s->at.at[mid];
        if (k->len <= at || (uint8_t)k->text[at] < b)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Keep the keys that go on with these bytes. */
static gram_status narrow(GrWork *w, Follow *f, const char *bytes, uint32_t n)
{
    w->text.n = f->len;
    for (uint32_t i = 0; i < n && f->lo < f->hi; i++) {
        uint32_t b = (uint8_t)bytes[i];
        f->lo = lower(&w->seen, f->lo, f->hi, f->len, b);
        f->hi = lower(&w->seen, f->lo, f->hi, f->len, b + 1);
        GR_TRY(gr_vec_push(w->env, &w->text, bytes[i]));
        f->len++;
    }
    return GRAM_OK;
}

/* --- following spellings -------------------------------------------------- */

gram_status gr_words_of(GrWork *w, StateId s, uint32_t *words)
{
    WordsRef *r = &w->words_ref[s.v % N_WORDS_REFS];
    if (r->state != s.v + 1) {
        r->state = 0;
        GR_TRY(gr_pda_key_words(w->m->pda, s, &r->words));
        r->state = s.v + 1;
    }
    *words = r->words;
    return GRAM_OK;
}

/* `f->words` is that of the byte before, where a new word was left: if no
 * word went with the byte, the same one is left. */
static gram_status is_live(GrWork *w, GrRun *run, Follow *f, bool *live)
{
    uint32_t before = f->words;
    StateId s = {f->state};
    *live = true;
    GR_TRY(gr_words_of(w, s, &f->words));
    if (f->words > w->seen.head->count || f->words == before) return GRAM_OK;
    return gr_key_live(run, s, w->seen.head, w->text.at, f->len, &f->u, live);
}

/* The bytes that go on along a key, or close or escape one. */
static void set_want(const SeenSorted *s, Follow *f)
{
    uint32_t at = f->lo;
    if (!gr_unescape_between(&f->u)) {
        memset(f->want, 0xFF, sizeof f->want);
        return;
    }
    memset(f->want, 0, sizeof f->want);
    gr_bit_set(f->want, '"');
    gr_bit_set(f->want, '\\');
    if (at < f->hi && s->at.at[at]->len == f->len) at++;
    while (at < f->hi) {
        uint32_t b = (uint8_t)s->at.at[at]->text[f->len];
        gr_bit_set(f->want, b);
        at = lower(s, at, f->hi, f->len, b + 1);
    }
}

enum { LEAVE, DOWN, CLEAR, CLEAR_KEY };

/* What a byte behind f means for the tokens below it. */
static gram_status follow_byte(GrWork *w, GrRun *run, Follow *f, uint8_t byte,
                               int *what)
{
    char out[4];
    Cell cell;
    bool live;
    *what = LEAVE;
    if (byte == '"' && gr_unescape_between(&f->u)) {
        if (w->seen.at.at[f->lo]->len == f->len) *what = CLEAR;
        return GRAM_OK;
    }
    uint32_t n = gr_unescape(&f->u, byte, out);
    if (n > sizeof out) return GRAM_OK;
    GR_TRY(narrow(w, f, out, n));
    if (f->lo == f->hi) return GRAM_OK;
    GR_TRY(gr_pda_cell(w->m->pda, (StateId){f->state}, byte, &cell));
    if (!gr_cell_is_goto(cell)) return GRAM_OK;
    f->state = gr_cell_state(cell).v;
    GR_TRY(is_live(w, run, f, &live));
    *what = live ? DOWN : CLEAR_KEY;
    return GRAM_OK;
}

static uint32_t next_wanted(const Trie *trie, const Follow *f, uint32_t i)
{
    while (i < f->end && !gr_bit_get(f->want, gr_trie_byte(&trie->node[i])))
        i = trie->node[i].next;
    return i;
}

static gram_status follow(Apply *a, const Trie *trie, const Rests *r,
                          Follow from, uint32_t first)
{
    GrWork *w = a->w;
    GrRun run = {.pda = w->m->pda, .env = w->env, .arena = &w->arena};
    uint32_t i = first;
    w->follow.n = 0;
    set_want(&w->seen, &from);
    GR_TRY(gr_vec_push(w->env, &w->follow, from));
    while (w->follow.n > 0) {
        const Follow *top = &w->follow.at[w->follow.n - 1];
        int what;
        i = next_wanted(trie, top, i);
        if (i >= top->end) {
            w->follow.n--;
            continue;
        }
        Follow f = *top;
        GR_TRY(follow_byte(w, &run, &f, gr_trie_byte(&trie->node[i]), &what));
        GR_TRY(gr_step(w->env, 1));
        f.end = trie->node[i].next;
        if (what == CLEAR) GR_TRY(clear_below(a, trie, r, i));
        if (what == CLEAR_KEY) GR_TRY(clear_key(a, trie, r, i, f.state));
        if (what != DOWN) {
            i = f.end;
        } else if (++i < f.end) {
            set_want(&w->seen, &f);
            GR_TRY(gr_vec_push(w->env, &w->follow, f));
        }
    }
    return GRAM_OK;
}

/* The key read so far, decoded, into w->prefix: on from where it was read to
 * when this was done last. */
static gram_status read_prefix(Apply *a)
{
    GrWork *w = a->w;
    char out[4];
    if (w->prefix_at != a->c->key_at || w->prefix_to > a->log->n) {
        w->prefix_at = w->prefix_to = a->c->key_at;
        w->prefix_u = (GrUnescape){0};
        w->prefix.n = 0;
    }
    uint64_t from = w->prefix_to;
    for (; w->prefix_to < a->log->n; w->prefix_to++) {
        uint8_t byte = (uint8_t)a->log->at[w->prefix_to];
        uint32_t n = gr_unescape(&w->prefix_u, byte, out);
        if (n > sizeof out) n = 0; /* the matcher has refused such a byte */
        GR_TRY(gr_text_put(w->env, &w->prefix, out, n));
    }
    return gr_step(w->env, w->prefix_to - from);
}

/* Is this what the token has, decoded, before its first quote? */
static bool closes_by(const GrVocab *v, uint32_t token, const char *text,
                      uint32_t n)
{
    uint32_t len, at = 0;
    const char *p = gr_vocab_bytes(v, token, &len);
    GrUnescape u = {0};
    char out[4];
    for (uint32_t i = 0; i < len; i++) {
        if (p[i] == '"' && gr_unescape_between(&u)) return at == n;
        uint32_t k = gr_unescape(&u, (uint8_t)p[i], out);
        if (k > sizeof out || k > n - at || memcmp(text + at, out, k) != 0)
            return false;
        at += k;
    }
    return false;
}

/* Clear what closes a seen key. */
static gram_status clear_ends(Apply *a, const GrSeen *seen)
{
    const GrText *prefix = &a->w->prefix;
    const GrMasks *m = a->w->m;
    GR_TRY(load(a));
    for (; seen != NULL; seen = seen->older) {
        uint32_t n, left = seen->len - prefix->n;
        if (seen->len < prefix->n ||
            (prefix->n > 0 && memcmp(seen->text, prefix->at, prefix->n) != 0))
            continue;
        const char *rest = seen->text + prefix->n;
        const uint32_t *token =
            gr_tables_close(m->tables, gr_hash(rest, left, 0), &n);
        for (uint32_t i = 0; token != NULL && i < n; i++)
            if (closes_by(m->v, token[i], rest, left))
                GR_TRY(gr_row_put(a->w, token[i], false));
        GR_TRY(gr_step(a->w->env, 1));
    }
    return GRAM_OK;
}

/* From inside a key: only seen keys that begin like it matter. */
static gram_status root_matter(Apply *a, Mark *mark, const GrSeen *seen,
                               RootMatter *what)
{
    GrWork *w = a->w;
    *what = ROOT_NEVER;
    if (seen == NULL || (seen == w->never && a->c->key_at == w->never_at))
        return GRAM_OK;
    GR_TRY(read_prefix(a));
    GR_TRY(gr_survey_root(w, mark, &w->prefix,
                          gr_unescape_between(&w->prefix_u), seen, what));
    if (*what != ROOT_NEVER) return GRAM_OK;
    w->never = seen;
    w->never_at = a->c->key_at;
    return GRAM_OK;
}

static gram_status apply_root(Apply *a, Mark *mark, const GrSeen *seen)
{
    GrWork *w = a->w;
    Trie trie = {w->m->v->node, w->m->v->root};
    Follow f = {.state = mark->state};
    RootMatter what;
    GR_TRY(root_matter(a, mark, seen, &what));
    if (what <= ROOT_NOTHING) return GRAM_OK;
    a->followed = true;
    if (what == ROOT_ENDS) return clear_ends(a, seen);
    GR_TRY(gr_words_of(w, (StateId){mark->state}, &f.words));
    GR_TRY(sort_seen(w, seen));
    f.u = w->prefix_u;
    f.hi = w->seen.at.n;
    GR_TRY(narrow(w, &f, w->prefix.at, w->prefix.n));
    f.end = w->m->v->n_nodes;
    return follow(a, &trie, NULL, f, 0);
}

/* From a key's opening quote, which may itself be dead: no key is left. */
static gram_status follow_from(Apply *a, const Trie *trie, const Rests *r,
                               Follow f, uint32_t node)
{
    GrRun run = {.pda = a->w->m->pda, .env = a->w->env, .arena = &a->w->arena};
    bool live;
    f.hi = a->w->seen.at.n;
    f.end = trie->node[node].next;
    GR_TRY(is_live(a->w, &run, &f, &live));
    return live ? follow(a, trie, r, f, node + 1)
                : clear_key(a, trie, r, node, f.state);
}

static gram_status apply_key(Apply *a, Mark *mark)
{
    GrWork *w = a->w;
    const GrLevel *object = gr_config_level(a->c, mark->level);
    const Rests *r = NULL;
    Trie trie = {w->m->v->node, w->m->v->root};
    Follow f = {.state = mark->state};
    bool matters;
    if (object == NULL || object->seen == NULL) return GRAM_OK;
    if (mark->node == GR_TRIE_NONE) return apply_root(a, mark, object->seen);
    GR_TRY(gr_survey_matters(w, mark, object->seen, &matters));
    if (!matters) return GRAM_OK;
    a->followed = true;
    GR_TRY(sort_seen(w, object->seen));
    if (mark->cls != 0) {
        GR_TRY(gr_mark_rests(w, mark, &r));
        trie.node = r->node;
    }
    return follow_from(a, &trie, r, f, mark->node);
}

/* --- walking again -------------------------------------------------------- */

static gram_status try_token(Apply *a, Walk *k, uint32_t token)
{
    uint32_t len;
    bool dead;
    GrConfig c = *a->c;
    GrArenaMark mark = gr_arena_mark(&a->w->arena);
    const char *bytes = gr_vocab_bytes(a->w->m->v, token, &len);
    gram_status status = gr_walk_path(k, &c, bytes, len, &dead);
    gr_arena_release(a->w->env, &a->w->arena, mark);
    GR_TRY(status);
    return dead ? GRAM_OK : gr_row_put(a->w, token, true);
}

/* From c, which lies behind `from` bytes of the token. */
static gram_status try_rest(Apply *a, Walk *k, const GrConfig *from_c,
                            const char *bytes, uint32_t from, uint32_t len,
                            uint32_t token)
{
    bool dead;
    GrConfig c = *from_c;
    GrArenaMark mark = gr_arena_mark(&a->w->arena);
    gram_status status = gr_walk_on(k, &c, bytes, from, len, &dead);
    gr_arena_release(a->w->env, &a->w->arena, mark);
    GR_TRY(status);
    return dead ? GRAM_OK : gr_row_put(a->w, token, true);
}

/* Exits i .. end - 1 of the order by prefix, which have one prefix: it and the
 * quote are stepped over once, for it is there that items are compared. */
static gram_status try_prefix(Apply *a, Walk *k, const Rests *r,
                              const uint32_t *order, uint32_t n)
{
    uint32_t len, from;
    bool dead;
    GrConfig c = *a->c;
    const char *bytes =
        gr_vocab_bytes(a->w->m->v, r->exit[order[0]].token, &len);
    from = len - r->exit[order[0]].len + 1;
    GR_TRY(gr_walk_path(k, &c, bytes, from, &dead));
    for (uint32_t i = 0; i < n && !dead; i++) {
        uint32_t token = r->exit[order[i]].token;
        bytes = gr_vocab_bytes(a->w->m->v, token, &len);
        GR_TRY(try_rest(a, k, &c, bytes, from, len, token));
    }
    return GRAM_OK;
}

/* The same text before the quote, in the same spelling. */
static bool same_prefix(const GrVocab *v, const Exit *a, const Exit *b)
{
    uint32_t n_a, n_b;
    const char *p = gr_vocab_bytes(v, a->token, &n_a);
    const char *q = gr_vocab_bytes(v, b->token, &n_b);
    n_a -= a->len;
    n_b -= b->len;
    return n_a == n_b && memcmp(p, q, n_a) == 0;
}

/* All tokens that close the string. */
static gram_status try_closing(Apply *a, Walk *k, const Rests *r)
{
    const GrVocab *v = a->w->m->v;
    const uint32_t *order = a->w->m->tables->inside->by_prefix;
    for (uint32_t i = 0, n; i < r->n; i += n) {
        for (n = 1; i + n < r->n; n++)
            if (!same_prefix(v, &r->exit[order[i]], &r->exit[order[i + n]]))
                break;
        GrArenaMark mark = gr_arena_mark(&a->w->arena);
        gram_status status = try_prefix(a, k, r, order + i, n);
        gr_arena_release(a->w->env, &a->w->arena, mark);
        GR_TRY(status);
    }
    return GRAM_OK;
}

/* --- items ---------------------------------------------------------------- */

/* A token that is alive if the item that it completes is a new one. */
static gram_status try_item(Apply *a, Walk *k, const char *bytes, uint32_t len,
                            bool *dead)
{
    bool may;
    *dead = false;
    GR_TRY(gr_items_end(a->w, bytes, len, &may));
    if (!may) return GRAM_OK;
    GrConfig c = *a->c;
    GrArenaMark mark = gr_arena_mark(&a->w->arena);
    gram_status status = gr_walk_path(k, &c, bytes, len, dead);
    gr_arena_release(a->w->env, &a->w->arena, mark);
    return status;
}

static gram_status try_item_token(Apply *a, Walk *k, uint32_t token)
{
    uint32_t len;
    bool dead;
    if (!gr_bit_get(a->w->row, token)) return GRAM_OK;
    const char *bytes = gr_vocab_bytes(a->w->m->v, token, &len);
    GR_TRY(try_item(a, k, bytes, len, &dead));
    if (!dead) return GRAM_OK;
    return gr_row_put(a->w, token, false);
}

static gram_status try_item_node(Apply *a, Walk *k, uint32_t node)
{
    const GrVocab *v = a->w->m->v;
    uint32_t n;
    if (!(v->node[node].info & GR_TRIE_SHARED))
        return try_item_token(a, k, gr_trie_token(&v->node[node]));
    const uint32_t *ids = gr_vocab_same(v, node, &n);
    for (uint32_t i = 0; i < n; i++) GR_TRY(try_item_token(a, k, ids[i]));
    return GRAM_OK;
}

static gram_status try_item_group(Apply *a, Walk *k, const Rests *r,
                                  uint32_t group)
{
    const Group *g = &r->group[group];
    for (uint32_t i = g->start; i < g->start + g->n; i++)
        GR_TRY(try_item_token(a, k, r->exit[i].token));
    return GRAM_OK;
}

/* The tokens that complete an item were taken to complete a new one: those
 * that do not are dead. */
static gram_status apply_item(Apply *a, const Mark *mark)
{
    GrWork *w = a->w;
    const Rests *r = NULL;
    const GrTrieNode *node = w->m->v->node;
    Walk k;
    bool any;
    GR_TRY(gr_items_left(w, a->c, a->log, mark, &any));
    if (!any) return GRAM_OK;
    a->exact = true;
    GR_TRY(load(a));
    GR_TRY(gr_walk_exact(&k, w, a->log));
    if (mark->cls != 0) {
        GR_TRY(gr_mark_rests(w, mark, &r));
        node = r->node;
    }
    for (uint32_t i = mark->node; i < node[mark->node].next; i++) {
        uint32_t at = gr_trie_token(&node[i]);
        if (at == GR_TRIE_NONE) continue;
        GR_TRY(r ? try_item_group(a, &k, r, at) : try_item_node(a, &k, i));
    }
    return gr_step(w->env, node[mark->node].next - mark->node);
}

/* --- walking again, rests ------------------------------------------------- */

static gram_status apply_hard_rests(Apply *a, Walk *k, const Mark *mark)
{
    const Rests *r;
    GR_TRY(gr_mark_rests(a->w, mark, &r));
    if (mark->cls == CLASS_INSIDE && mark->node == 0)
        return try_closing(a, k, r);
    for (uint32_t i = mark->node; i < r->node[mark->node].next; i++) {
        uint32_t group = gr_trie_token(&r->node[i]);
        if (group == GR_TRIE_NONE) continue;
        const Group *g = &r->group[group];
        for (uint32_t j = g->start; j < g->start + g->n; j++)
            GR_TRY(try_token(a, k, r->exit[j].token));
    }
    return GRAM_OK;
}

static gram_status apply_hard(Apply *a, const Mark *mark)
{
    Walk k;
    uint32_t token, len;
    bool dead;
    GrConfig c = *a->c;
    GR_TRY(load(a));
    GR_TRY(gr_walk_exact(&k, a->w, a->log));
    if (mark->cls != 0) return apply_hard_rests(a, &k, mark);
    const char *bytes = gr_walk_bytes(&k, mark->node, &token, &len);
    GrArenaMark arena = gr_arena_mark(&a->w->arena);
    gram_status status = gr_walk_path(&k, &c, bytes, mark->depth - 1, &dead);
    if (status == GRAM_OK && !dead)
        status = gr_walk_node(&k, &c, mark->node, mark->depth);
    gr_arena_release(a->w->env, &a->w->arena, arena);
    return status;
}

/* Keys that the walk added before this one are known by their texts now.  It
 * depends on nothing else that conditions of a leaf do not hold. */
static gram_status apply_again(Apply *a, Mark *mark)
{
    const GrLevel *object = NULL;
    const Rests *r = NULL;
    bool matters;
    Trie trie = {a->w->m->v->node, a->w->m->v->root};
    if (mark->level != 0) object = gr_config_level(a->c, mark->level);
    GR_TRY(
        gr_survey_matters(a->w, mark, object ? object->seen : NULL, &matters));
    if (!matters) return GRAM_OK;
    a->followed = true;
    if (mark->cls != 0) {
        GR_TRY(gr_mark_rests(a->w, mark, &r));
        trie.node = r->node;
    }
    GR_TRY(clear_below(a, &trie, r, mark->node));
    return apply_hard(a, mark);
}

static gram_status apply_end(Apply *a)
{
    GrRun run = {.pda = a->w->m->pda,
                 .env = a->w->env,
                 .arena = &a->w->arena,
                 .log = a->log->at,
                 .log_len = a->log->n};
    bool may;
    a->exact = true;
    GR_TRY(load(a));
    GR_TRY(gr_run_end(&run, a->c, &may));
    return gr_row_put_ends(a->w, may);
}

/* --- a leaf --------------------------------------------------------------- */

/* Hard marks first: key marks may clear what they set. */
static gram_status apply_marks(Apply *a, const Leaf *leaf, bool outer)
{
    Mark *mark = array_at(&a->w->m->marks, leaf->marks, leaf->n_marks);
    for (uint32_t i = 0; i < leaf->n_marks; i++) {
        a->exact |= mark[i].kind == MARK_HARD;
        if (mark[i].kind == MARK_HARD) GR_TRY(apply_hard(a, &mark[i]));
        if (mark[i].kind == MARK_AGAIN) GR_TRY(apply_again(a, &mark[i]));
    }
    for (uint32_t i = 0; i < leaf->n_marks; i++)
        if (mark[i].kind == MARK_ITEM) GR_TRY(apply_item(a, &mark[i]));
    for (uint32_t i = 0; i < leaf->n_marks; i++) {
        if (!outer && mark[i].node == GR_TRIE_NONE) continue;
        if (mark[i].kind == MARK_KEY) GR_TRY(apply_key(a, &mark[i]));
        if (mark[i].kind == MARK_END) GR_TRY(apply_end(a));
    }
    return GRAM_OK;
}

static gram_status apply_below(Apply *a, const Leaf *leaf)
{
    const uint32_t *over = array_at(&a->w->m->over, leaf->over, leaf->n_over);
    GR_TRY(apply_marks(a, leaf_at(a->w->m, leaf->below - 1), false));
    if (!a->loaded) return GRAM_OK;
    for (uint32_t i = 0; i < leaf->n_over; i++)
        GR_TRY(gr_row_put_node(a->w, over[i], true));
    return GRAM_OK;
}

/* The leaf's place among those that are known to be quiet. */
static Quiet *quiet_at(GrWork *w, const Leaf *leaf)
{
    Quiet *q = &w->quiet[leaf->self % N_QUIET];
    if (q->leaf == leaf->self + 1) return q;
    *q = (Quiet){.leaf = leaf->self + 1, .levels = gr_keyed_levels(w->m, leaf)};
    return q;
}

/* The keys of the levels of the leaf's marks; false: those are too many. */
static bool seen_of(uint32_t levels, const GrConfig *c, const GrSeen *seen[2])
{
    uint32_t n = 0;
    seen[0] = seen[1] = NULL;
    for (uint32_t l = levels & ~LEVELS_OPEN_KEY; l != 0; l &= l - 1) {
        const GrLevel *level =
            gr_config_level(c, 1 + (uint32_t)__builtin_ctz(l));
        if (n == 2) return false;
        seen[n++] = level ? level->seen : NULL;
    }
    return levels != 0;
}

static bool is_quiet(const Quiet *q, const GrConfig *c)
{
    const GrSeen *seen[2];
    return q->known && seen_of(q->levels, c, seen) && q->seen[0] == seen[0] &&
           q->seen[1] == seen[1];
}

/* May the marks of keys, but for that of the open one, do anything? */
static gram_status keys_matter(Apply *a, const Leaf *leaf, bool *any)
{
    Mark *mark = array_at(&a->w->m->marks, leaf->marks, leaf->n_marks);
    for (uint32_t i = 0; i < leaf->n_marks && !*any; i++) {
        const GrLevel *object = NULL;
        if (mark[i].node == GR_TRIE_NONE) continue;
        if (mark[i].level > 0) object = gr_config_level(a->c, mark[i].level);
        const GrSeen *seen = object ? object->seen : NULL;
        if (mark[i].kind == MARK_AGAIN || seen != NULL)
            GR_TRY(gr_survey_matters(a->w, &mark[i], seen, any));
    }
    return GRAM_OK;
}

/* The mark of the open key is the first of a leaf. */
static gram_status is_root_idle(Apply *a, bool *idle)
{
    RootMatter what = ROOT_NEVER;
    Mark *mark = gr_store_at(&a->w->m->marks, a->leaf->marks);
    const GrLevel *object = gr_config_level(a->c, 2);
    bool is_first = a->leaf->n_marks > 0 && mark->node == GR_TRIE_NONE &&
                    mark->kind == MARK_KEY && object != NULL;
    if (is_first) GR_TRY(root_matter(a, mark, object->seen, &what));
    *idle = is_first && what <= ROOT_NOTHING;
    return GRAM_OK;
}

/* Do the marks do nothing? */
static gram_status is_idle(Apply *a, Quiet *q, bool *idle)
{
    const Leaf *leaf = a->leaf;
    bool any = false;
    *idle = false;
    if (q->levels == 0) return GRAM_OK;
    if (!is_quiet(q, a->c)) {
        GR_TRY(keys_matter(a, leaf, &any));
        if (leaf->below != 0)
            GR_TRY(keys_matter(a, leaf_at(a->w->m, leaf->below - 1), &any));
        if (any) return GRAM_OK;
        q->known = seen_of(q->levels, a->c, q->seen);
    }
    *idle = true;
    return q->levels & LEVELS_OPEN_KEY ? is_root_idle(a, idle) : GRAM_OK;
}

gram_status gr_marks_apply(GrWork *w, const Leaf *leaf, const GrConfig *c,
                           GrText *log, GrMaskView *out)
{
    Apply a = {.w = w, .leaf = leaf, .c = c, .log = log};
    Quiet *q = quiet_at(w, leaf);
    uint32_t mask = 0;
    bool idle;
    GR_TRY(is_idle(&a, q, &idle));
    if (idle) return gr_mask_view(w, leaf->mask, out);
    if (gr_keyed_find(w, leaf, q->levels, c, log, &mask))
        return gr_mask_view(w, mask, out);
    if (leaf->below != 0) GR_TRY(apply_below(&a, leaf));
    GR_TRY(apply_marks(&a, leaf, true));
    if (!a.loaded || w->held_mask == leaf->mask) mask = leaf->mask;
    if (a.followed && !a.exact)
        GR_TRY(gr_keyed_add(w, leaf, q->levels, c, log, &mask));
    if (mask != 0) return gr_mask_view(w, mask, out);
    *out = (GrMaskView){w->row, 0, w->n};
    return GRAM_OK;
}
