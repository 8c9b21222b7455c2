/* Keys that an object has already, followed through the tries.
 *
 * The spellings of seen keys are followed, with and without escapes; off those
 * paths nothing can be a duplicate.  On them, closing a key that is there
 * clears what lies below, and so does a prefix from which no new key can come.
 *
 *     seen: "id", "ip"
 *
 *         +- i -+- d -+- "      cleared, with all below: "id" is there
 *         |     |     `- x      left alone: "idx" is a new key
 *         |     `- p --- "      cleared: "ip" is there
 *         +- n                  left alone, with all below
 *         `- \u0069 - d - "     cleared: "id" in another spelling
 *
 * Inside an open key where there are always other keys, only what closes a
 * seen one is dead: a table of the vocabulary has these tokens.  A survey
 * (survey.c) tells at once where none of that can be.
 *
 * At a depth of the trie the seen keys that have been spelled so far are a
 * stretch of their sorted list, which narrows as bytes are read.
 *
 * Cost: the trie nodes that spell prefixes of seen keys, and a look at their
 * siblings; of the table a look-up for each key that begins like the open one.
 */
#include "mask/marks.h"

#include <stdlib.h>

/* --- clearing ------------------------------------------------------------- */

/* In a trie of rests a node stands for all tokens with that rest. */
static gram_status clear_group(Apply *a, const Rests *r, uint32_t group)
{
    const Group *g = &r->group[group];
    for (uint32_t i = g->start; i < g->start + g->n; i++)
        GR_TRY(gr_row_put(a->w, r->exit[i].token, false));
    return GRAM_OK;
}

/* `r` NULL: of the trie of tokens. */
static gram_status clear_node(Apply *a, const Trie *trie, const Rests *r,
                              uint32_t node)
{
    uint32_t token = gr_trie_token(&trie->node[node]);
    if (token == GR_TRIE_NONE) return GRAM_OK;
    return r ? clear_group(a, r, token) : gr_row_put_node(a->w, node, false);
}

/* Without a look at what is set: bits that are clear stay so. */
gram_status gr_clear_below(Apply *a, const Trie *trie, const Rests *r,
                           uint32_t node)
{
    uint32_t end = trie->node[node].next;
    GR_TRY(gr_apply_load(a));
    for (uint32_t i = node; i < end; i++) GR_TRY(clear_node(a, trie, r, i));
    return gr_step(a->w->env, end - node);
}

/* The cell behind which a node lies, which is one of a key that goes on;
 * EMPTY where it is not known. */
static Cell cell_at(const ClearLevel *l, uint8_t byte)
{
    uint32_t cls = l->map[byte];
    if (cls == 0) return gr_cell_dead();
    return (Cell){atomic_load_explicit(&l->row[cls], memory_order_acquire)};
}

/* What lies below a node up to `end` is to be looked at from this state. */
static gram_status push_clear(GrWork *w, uint32_t end, StateId s)
{
    ClearLevel l = {.end = end};
    l.row = gr_pda_row(w->m->pda, s, &l.map);
    return gr_vec_push(w->env, &w->clear, l);
}

/* Clear a node and what is set below it, where a key has come to `state`:
 * the walk that set it has filled the cells on its way. */
static gram_status clear_key(Apply *a, const Trie *trie, const Rests *r,
                             uint32_t node, uint32_t state)
{
    GrWork *w = a->w;
    const GrTrieNode *at = trie->node;
    uint32_t i = node + 1;
    uint64_t n_steps = 0;
    GR_TRY(gr_apply_load(a));
    GR_TRY(clear_node(a, trie, r, node));
    w->clear.n = 0;
    GR_TRY(push_clear(w, at[node].next, (StateId){state}));
    while (w->clear.n > 0) {
        const ClearLevel *l = &w->clear.at[w->clear.n - 1];
        Cell cell = {GR_CELL_DEAD};
        uint32_t from = i;
        for (; i < l->end && cell.v == GR_CELL_DEAD; i = at[i].next) {
            from = i;
            cell = cell_at(l, gr_trie_byte(&at[i]));
            n_steps++;
        }
        if (gr_cell_is_goto(cell)) {
            GR_TRY(clear_node(a, trie, r, from));
            GR_TRY(push_clear(w, at[from].next, gr_cell_state(cell)));
            i = from + 1;
        } else if (cell.v != GR_CELL_DEAD) {
            GR_TRY(gr_clear_below(a, trie, r, from));
        } else {
            w->clear.n--;
        }
    }
    return gr_step(w->env, n_steps);
}

/* --- seen keys, sorted ---------------------------------------------------- */

/* Bytes, a key before those that it begins: all with one prefix stand
 * together, the prefix itself first. */
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

/* A generation adds one key at a time, and asks in between. */
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

/* How many keys can follow in a state; UINT32_MAX: no end of them.  Asked of
 * the machine, and kept at hand for a few states. */
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

/* The next sibling whose byte may matter, from i on. */
static uint32_t next_wanted(const Trie *trie, const Follow *f, uint32_t i)
{
    while (i < f->end && !gr_bit_get(f->want, gr_trie_byte(&trie->node[i])))
        i = trie->node[i].next;
    return i;
}

/* The same among the first bytes of tokens, which have an index. */
static uint32_t next_root(const Trie *trie, const Follow *f, uint32_t i)
{
    for (uint32_t k = 0; k < 8; k++)
        for (uint32_t bits = f->want[k]; bits != 0; bits &= bits - 1) {
            uint32_t node = trie->root[32 * k + __builtin_ctz(bits)];
            if (node != GR_TRIE_NONE && node >= i) return node;
        }
    return f->end;
}

/* `first`: the first node behind `from`; 0: all tokens. */
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
        i = first == 0 && w->follow.n == 1 ? next_root(trie, top, i)
                                           : next_wanted(trie, top, i);
        if (i >= top->end) {
            w->follow.n--;
            continue;
        }
        Follow f = *top;
        GR_TRY(follow_byte(w, &run, &f, gr_trie_byte(&trie->node[i]), &what));
        GR_TRY(gr_step(w->env, 1));
        f.end = trie->node[i].next;
        if (what == CLEAR) GR_TRY(gr_clear_below(a, trie, r, i));
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
    GR_TRY(gr_apply_load(a));
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
gram_status gr_root_matter(Apply *a, Mark *mark, const GrSeen *seen,
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

/* The mark of the open key: where in the log it began is known, so what of it
 * was read narrows the list first. */
static gram_status apply_root(Apply *a, Mark *mark, const GrSeen *seen)
{
    GrWork *w = a->w;
    Trie trie = {w->m->v->node, w->m->v->root};
    Follow f = {.state = mark->state};
    RootMatter what;
    GR_TRY(gr_root_matter(a, mark, seen, &what));
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

/* An object without keys has nothing to be repeated.  A mark above all nodes
 * is that of the key which is open. */
gram_status gr_apply_key(Apply *a, Mark *mark)
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
