/* Building a class: which tokens are made of its characters, and what
 * follows in those that are not.
 *
 * In: ranges of code points and a vocabulary.  Method: one walk over the
 * trie that decodes UTF-8 along the way and prunes where the first byte begins
 * no character of the class; elsewhere a character outside makes every token below
 * it an exit.  Exits are bucketed by the first byte of their rest, because a
 * state goes on with few of those; a bucket becomes a trie when first asked
 * for.  Cost: the nodes spelled in the class, plus the exits. */
#include "mask/mask_int.h"

#include <stdlib.h>

/* --- ranges ------------------------------------------------------------------- */

/* The i-th range without surrogates, where each of the n ranges given may
 * become two: pieces 2r and 2r + 1; empty ones are skipped by the callers. */
static bool piece(const uint32_t *ranges, uint32_t i, uint32_t *lo,
                  uint32_t *hi)
{
    *lo = ranges[i & ~1u];
    *hi = ranges[i | 1u];
    if (i & 1) {
        if (*lo < 0xE000) *lo = 0xE000;
    } else if (*hi > 0xD7FF) {
        *hi = 0xD7FF;
    }
    return *lo <= *hi;
}

bool gr_class_is(const uint32_t *own, uint32_t n_own, const uint32_t *ranges,
                 uint32_t n)
{
    uint32_t at = 0, lo, hi;
    for (uint32_t i = 0; i < 2 * n; i++) {
        if (!piece(ranges, i, &lo, &hi)) continue;
        if (at == n_own || own[2 * at] != lo || own[2 * at + 1] != hi)
            return false;
        at++;
    }
    return at == n_own;
}

static uint32_t lead_byte(uint32_t code)
{
    char utf8[4];
    gr_utf8_put(code, utf8);
    return (uint8_t)utf8[0];
}

static gram_status copy_ranges(GrEnv *env, Class *c, const uint32_t *ranges,
                               uint32_t n)
{
    c->ranges = gr_arena_take(env, &c->arena, (size_t)n * 4 * sizeof *ranges);
    if (c->ranges == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < 2 * n; i++)
        if (piece(ranges, i, &c->ranges[2 * c->n], &c->ranges[2 * c->n + 1]))
            c->n++;
    for (uint32_t i = 0; i < c->n; i++)
        gr_bit_fill(c->lead, lead_byte(c->ranges[2 * i]),
                    lead_byte(c->ranges[2 * i + 1]) + 1);
    return GRAM_OK;
}

static bool has(const Class *c, uint32_t code)
{
    uint32_t lo = 0, hi = c->n;
    if (code < 128) return gr_bit_get(c->lead, code);
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (code > c->ranges[2 * mid + 1])
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < c->n && code >= c->ranges[2 * lo] && code != UINT32_MAX;
}

/* --- scanning the trie -------------------------------------------------------- */

/* At the parent of the nodes before `end`: `chars` characters of the class
 * have been read, the next one begins at byte `at` of the path. */
typedef struct Depth {
    uint32_t end, chars, at;
    bool outside; /* that character is not of the class */
} Depth;

typedef struct Member {
    uint32_t token, chars;
} Member;

typedef struct Scan {
    GrEnv *env;
    const GrVocab *v;
    Class *c;
    GrVec(Depth) depth;
    GrVec(char) path;
    GrVec(Member) member;
    GrVec(Exit) exit;
} Scan;

static uint32_t char_bytes(uint8_t lead)
{
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Advance over the byte at the end of the path. */
static void advance(const Scan *s, Depth *d)
{
    const char *p = s->path.at + d->at;
    uint32_t have = s->path.n - d->at, need = char_bytes((uint8_t)p[0]), len;
    if (d->outside) return;
    if (need != 0 && have < need) return;
    uint32_t code = need ? gr_utf8_get(p, have, &len) : UINT32_MAX;
    d->outside = !has(s->c, code);
    if (d->outside) return;
    d->chars++;
    d->at = s->path.n;
}

static gram_status add_id(Scan *s, const Depth *d, uint32_t token)
{
    if (d->at == s->path.n)
        return gr_vec_push(s->env, &s->member, (Member){token, d->chars});
    uint32_t len;
    const char *bytes = gr_vocab_bytes(s->v, token, &len);
    return gr_vec_push(s->env, &s->exit,
                       (Exit){bytes + d->at, len - d->at, token, d->chars});
}

/* The token of a node, and its equals. */
static gram_status add_token(Scan *s, const Depth *d, uint32_t node)
{
    uint32_t info = s->v->node[node].info, n;
    if (!(info & GR_TRIE_HAS)) return GRAM_OK;
    if (!(info & GR_TRIE_SHARED))
        return add_id(s, d, info >> GR_TRIE_TOKEN_SHIFT);
    const uint32_t *ids = gr_vocab_same(s->v, node, &n);
    for (uint32_t i = 0; i < n; i++) GR_TRY(add_id(s, d, ids[i]));
    return GRAM_OK;
}

static gram_status scan(Scan *s)
{
    const GrTrieNode *node = s->v->node;
    uint32_t i = 0;
    GR_TRY(gr_vec_push(s->env, &s->depth, (Depth){.end = s->v->n_nodes}));
    while (s->depth.n > 0) {
        Depth d = s->depth.at[s->depth.n - 1];
        if (i >= d.end) {
            s->depth.n--;
            continue;
        }
        s->path.n = s->depth.n - 1;
        uint8_t byte = gr_trie_byte(&node[i]);
        if (s->path.n == 0 && !gr_bit_get(s->c->lead, byte)) {
            i = node[i].next;
            continue;
        }
        GR_TRY(gr_vec_push(s->env, &s->path, (char)byte));
        advance(s, &d);
        GR_TRY(add_token(s, &d, i));
        d.end = node[i].next;
        if (++i < d.end) GR_TRY(gr_vec_push(s->env, &s->depth, d));
    }
    return GRAM_OK;
}

/* --- slices --------------------------------------------------------------------- */

static uint32_t *new_row(const Scan *s)
{
    size_t size = (size_t)s->v->mask_words * sizeof(uint32_t);
    uint32_t *row = gr_arena_take(s->env, &s->c->arena, size ? size : 1);
    if (row != NULL) memset(row, 0, size);
    return row;
}

static void set_token(Base *b, uint32_t *row, uint32_t token)
{
    gr_bit_set(row, token);
    b->sum += token_hash(token);
    b->n++;
}

/* Counting sort of the members by their characters. */
static gram_status sort_members(Scan *s)
{
    Class *c = s->c;
    for (uint32_t i = 0; i < s->member.n; i++)
        if (s->member.at[i].chars > c->longest)
            c->longest = s->member.at[i].chars;
    size_t n = (size_t)c->longest + 2;
    c->chars_at = gr_arena_take(s->env, &c->arena, n * sizeof(uint32_t));
    c->by_chars = gr_arena_take(s->env, &c->arena,
                                (size_t)s->member.n * sizeof(uint32_t));
    if (c->chars_at == NULL || c->by_chars == NULL) return GRAM_E_MEMORY;
    memset(c->chars_at, 0, n * sizeof(uint32_t));
    for (uint32_t i = 0; i < s->member.n; i++)
        c->chars_at[s->member.at[i].chars]++;
    for (uint32_t k = 1; k <= c->longest; k++)
        c->chars_at[k] += c->chars_at[k - 1];
    for (uint32_t i = s->member.n; i-- > 0;)
        c->by_chars[--c->chars_at[s->member.at[i].chars]] =
            s->member.at[i].token;
    /* chars_at[k] is now the first with k; make it the first with more */
    for (uint32_t k = 0; k < c->longest; k++)
        c->chars_at[k] = c->chars_at[k + 1];
    c->chars_at[c->longest] = s->member.n;
    return GRAM_OK;
}

static gram_status make_rows(Scan *s, bool keep_rows)
{
    Class *c = s->c;
    uint32_t *row = new_row(s), done = 0;
    if (row == NULL) return GRAM_E_MEMORY;
    for (uint32_t k = 0; k < LENGTH_ROWS && k < c->longest && keep_rows; k++) {
        for (; done < c->chars_at[k]; done++)
            set_token(&c->all, row, c->by_chars[done]);
        uint32_t *few = new_row(s);
        if (few == NULL) return GRAM_E_MEMORY;
        memcpy(few, row, (size_t)s->v->mask_words * sizeof(uint32_t));
        c->few[k] = (Base){few, c->all.sum, c->all.n};
    }
    for (; done < s->member.n; done++)
        set_token(&c->all, row, c->by_chars[done]);
    c->all.row = row;
    return GRAM_OK;
}

/* --- exits ------------------------------------------------------------------------ */

static gram_status bucket_exits(Scan *s)
{
    Class *c = s->c;
    Exit *all =
        gr_arena_take(s->env, &c->arena, (size_t)s->exit.n * sizeof *all);
    if (all == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < s->exit.n; i++)
        c->rests[(uint8_t)s->exit.at[i].rest[0]].n++;
    for (uint32_t b = 0; b < 256; b++) {
        c->rests[b].exit = all;
        all += c->rests[b].n;
        c->rests[b].n = 0;
    }
    for (uint32_t i = 0; i < s->exit.n; i++) {
        Rests *r = &c->rests[(uint8_t)s->exit.at[i].rest[0]];
        r->exit[r->n++] = s->exit.at[i];
        if (s->exit.at[i].chars > r->most_chars)
            r->most_chars = s->exit.at[i].chars;
    }
    return GRAM_OK;
}

static int compare_exits(const void *x, const void *y)
{
    const Exit *a = x, *b = y;
    uint32_t n = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->rest, b->rest, n);
    if (order != 0) return order;
    if (a->len != b->len) return a->len < b->len ? -1 : 1;
    return a->token < b->token ? -1 : a->token > b->token;
}

static uint32_t common(const Exit *a, const Exit *b)
{
    uint32_t n = 0;
    while (n < a->len && n < b->len && a->rest[n] == b->rest[n]) n++;
    return n;
}

/* The nodes of exit i that its predecessor does not have; `path` holds the
 * node of each byte of the predecessor. */
static void add_nodes(Rests *r, uint32_t i, GrTrieNode *node, uint32_t *path)
{
    const Exit *e = &r->exit[i];
    uint32_t same = i ? common(&r->exit[i - 1], e) : 0;
    uint32_t before = i ? r->exit[i - 1].len : 0;
    for (uint32_t d = same; d < before; d++) node[path[d]].next = r->n_nodes;
    for (uint32_t d = same; d < e->len; d++) {
        path[d] = r->n_nodes;
        node[r->n_nodes++] = (GrTrieNode){(uint8_t)e->rest[d], 0};
    }
}

/* Groups of equal rests, and the trie over them. */
static gram_status fill_rests(GrEnv *env, Class *c, Rests *r, uint32_t *path)
{
    uint32_t n_groups = 0, n_nodes = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t same = i ? common(&r->exit[i - 1], &r->exit[i]) : 0;
        n_nodes += r->exit[i].len - same;
        n_groups += i == 0 || same < r->exit[i].len;
    }
    GrTrieNode *node = gr_arena_take(env, &c->arena, n_nodes * sizeof *node);
    r->group =
        gr_arena_take(env, &c->arena, (size_t)n_groups * sizeof *r->group);
    if (node == NULL || r->group == NULL) return GRAM_E_MEMORY;
    r->n_nodes = n_groups = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        bool is_new = i == 0 ||
                      common(&r->exit[i - 1], &r->exit[i]) < r->exit[i].len;
        add_nodes(r, i, node, path);
        if (is_new) {
            node[path[r->exit[i].len - 1]].info |=
                GR_TRIE_HAS | n_groups << GR_TRIE_TOKEN_SHIFT;
            r->group[n_groups++] = (Group){i, 0};
        }
        r->group[n_groups - 1].n++;
    }
    for (uint32_t d = 0; d < r->exit[r->n - 1].len; d++)
        node[path[d]].next = r->n_nodes;
    r->node = node;
    return GRAM_OK;
}

gram_status gr_rests_build(GrEnv *env, Class *c, uint8_t byte)
{
    Rests *r = &c->rests[byte];
    uint32_t longest = 0;
    if (r->n == 0 || r->node != NULL) return GRAM_OK;
    qsort(r->exit, r->n, sizeof *r->exit, compare_exits);
    for (uint32_t i = 0; i < r->n; i++)
        if (r->exit[i].len > longest) longest = r->exit[i].len;
    size_t size = (size_t)longest * sizeof(uint32_t);
    uint32_t *path = gr_resize(env, NULL, 0, size);
    if (path == NULL) return GRAM_E_MEMORY;
    gram_status status = fill_rests(env, c, r, path);
    gr_free(env, path, size);
    return status;
}

/* --- building ---------------------------------------------------------------------- */

static gram_status build(Scan *s, const uint32_t *ranges, uint32_t n,
                         bool keep_rows)
{
    GR_TRY(copy_ranges(s->env, s->c, ranges, n));
    GR_TRY(scan(s));
    GR_TRY(sort_members(s));
    GR_TRY(make_rows(s, keep_rows));
    GR_TRY(bucket_exits(s));
    for (uint32_t b = 0; b < 256 && keep_rows; b++)
        GR_TRY(gr_rests_build(s->env, s->c, (uint8_t)b));
    return GRAM_OK;
}

gram_status gr_class_build(GrEnv *env, const GrVocab *v, const uint32_t *ranges,
                           uint32_t n, bool keep_rows, Class **out)
{
    Scan s = {.env = env, .v = v};
    s.c = gr_zalloc(env, 1, sizeof *s.c);
    if (s.c == NULL) return GRAM_E_MEMORY;
    gram_status status = build(&s, ranges, n, keep_rows);
    gr_vec_clear(env, &s.depth);
    gr_vec_clear(env, &s.path);
    gr_vec_clear(env, &s.member);
    gr_vec_clear(env, &s.exit);
    if (status == GRAM_OK)
        *out = s.c;
    else
        gr_class_free(env, s.c);
    return status;
}

void gr_class_free(GrEnv *env, Class *c)
{
    if (c == NULL) return;
    gr_arena_clear(env, &c->arena);
    gr_free(env, c, sizeof *c);
}

/* --- the tables of a vocabulary ------------------------------------------------------ */

static const uint32_t plain_ranges[] = {0x20, 0x21, 0x23, 0x5B, 0x5D, 0x10FFFF};

gram_status gr_tables_new(GrEnv *env, const GrVocab *v, GrTables **out)
{
    GrTables *t = gr_zalloc(env, 1, sizeof *t);
    if (t == NULL) return GRAM_E_MEMORY;
    t->env = env;
    t->v = v;
    gram_status status =
        gr_class_build(env, v, plain_ranges, 3, true, &t->plain);
    if (status == GRAM_OK)
        *out = t;
    else
        gr_tables_free(t);
    return status;
}

void gr_tables_free(GrTables *t)
{
    if (t == NULL) return;
    gr_class_free(t->env, t->plain);
    gr_free(t->env, t, sizeof *t);
}
