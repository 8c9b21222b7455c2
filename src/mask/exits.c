/* What follows in tokens behind their characters of a class.
 *
 * In: a class and a byte.  Out: all tokens of which the first character
 * outside of the class begins with the byte, what they have from there on
 * (their rests), and a trie of the distinct rests.  Three ways to find them:
 *
 *   - the class is a part of the plain characters of strings, and the byte
 *     begins none of those it lacks (a closing quote): they are among the
 *     rests of the plain class, which are sorted already, and complete;
 *   - few tokens have a character with that byte: those are looked at, which
 *     the tables list where they are really few;
 *   - few tokens are of the class, or many bytes were asked for: one sweep
 *     through the trie of tokens, along the class, has found where it is left,
 *     by every byte.
 *
 * The latter two leave out tokens that begin with the byte: a walk from the
 * state itself meets those at once.
 *
 * Cost: 10-40 us for the scan of signatures, some 10 ns a candidate, a sort
 * of what was found.  A byte beyond the sweep costs what it has. */
#include "mask/kernels.h"
#include "mask/mask_int.h"

/* --- the trie of rests ---------------------------------------------------- */

/* Exits stand at ids, which are filled with 0 .. n - 1 first. */
static gram_status sort_ids(GrEnv *env, const GrVocab *v, const Exits *exits,
                            GrSpan *span, uint32_t *ids)
{
    for (uint32_t i = 0; i < exits->n; i++) {
        const Exit *e = &exits->at[i];
        span[i] = (GrSpan){(uint32_t)(e->rest - v->bytes), e->len};
        ids[i] = i;
    }
    return gr_span_sort(env, v->bytes, span, ids, exits->n);
}

static void reorder(const Exits *exits, const uint32_t *ids, Exit *out)
{
    for (uint32_t i = 0; i < exits->n; i++) out[i] = exits->at[ids[i]];
}

/* The exits by their rests, in the arena.  Sorting spans instead of exits lets
 * the sort of the vocabulary do it. */
static gram_status sort_exits(GrEnv *env, GrArena *arena, const GrVocab *v,
                              const Exits *exits, Exit **out)
{
    size_t n = exits->n;
    *out = gr_arena_take(env, arena, n * sizeof **out + 1);
    GrSpan *span = gr_zalloc(env, n + 1, sizeof *span);
    uint32_t *ids = gr_zalloc(env, n + 1, sizeof *ids);
    gram_status status = GRAM_E_MEMORY;
    if (*out != NULL && span != NULL && ids != NULL)
        status = sort_ids(env, v, exits, span, ids);
    if (status == GRAM_OK) reorder(exits, ids, *out);
    if (span != NULL) gr_free(env, span, (n + 1) * sizeof *span);
    if (ids != NULL) gr_free(env, ids, (n + 1) * sizeof *ids);
    return status;
}

/* Bytes that both rests begin with. */
static uint32_t common(const Exit *a, const Exit *b)
{
    uint32_t n = 0;
    while (n < a->len && n < b->len && a->rest[n] == b->rest[n]) n++;
    return n;
}

/* The nodes of exit i that its predecessor does not have, which begins with
 * `same` of its bytes; `path` holds the node of each byte of that one. */
static void add_nodes(Rests *r, uint32_t i, uint32_t same, GrTrieNode *node,
                      uint32_t *path)
{
    const Exit *e = &r->exit[i];
    uint32_t before = i ? r->exit[i - 1].len : 0;
    for (uint32_t d = same; d < before; d++) node[path[d]].next = r->n_nodes;
    for (uint32_t d = same; d < e->len; d++) {
        path[d] = r->n_nodes;
        node[r->n_nodes++] = (GrTrieNode){(uint8_t)e->rest[d], 0};
    }
}

/* Groups of equal rests, and the trie over them. */
static void fill_trie(Rests *r, const uint32_t *same, GrTrieNode *node,
                      uint32_t *path)
{
    r->n_nodes = r->n_groups = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        add_nodes(r, i, same[i], node, path);
        if (i == 0 || same[i] < r->exit[i].len) {
            node[path[r->exit[i].len - 1]].info |=
                GR_TRIE_HAS | r->n_groups << GR_TRIE_TOKEN_SHIFT;
            r->group[r->n_groups++] = (Group){i, 0, 0};
        }
        r->group[r->n_groups - 1].n++;
        r->group[r->n_groups - 1].sum += token_hash(r->exit[i].token);
    }
    for (uint32_t d = 0; d < r->exit[r->n - 1].len; d++)
        node[path[d]].next = r->n_nodes;
    r->node = node;
}

/* Counted first, so that the arena holds no more than there is.  `scratch` has
 * room for a number for each exit and each byte of the longest. */
static gram_status make_trie(GrEnv *env, GrArena *arena, uint32_t *scratch,
                             Rests *r)
{
    uint32_t n_groups = 0, n_nodes = 0, *same = scratch;
    for (uint32_t i = 0; i < r->n; i++) {
        const Exit *e = &r->exit[i];
        same[i] = i ? common(e - 1, e) : 0;
        n_nodes += e->len - same[i];
        n_groups += i == 0 || same[i] < e->len;
        if (e->chars > r->most_chars) r->most_chars = e->chars;
    }
    GrTrieNode *node = gr_arena_take(env, arena, n_nodes * sizeof *node);
    r->group = gr_arena_take(env, arena, (size_t)n_groups * sizeof *r->group);
    if (node == NULL || r->group == NULL) return GRAM_E_MEMORY;
    fill_trie(r, same, node, scratch + r->n);
    return gr_step(env, n_nodes);
}

/* Rests from exits that are sorted, in the arena. */
static gram_status make_rests(GrEnv *env, GrArena *arena, Exit *exit,
                              uint32_t n, bool whole, Rests *r)
{
    size_t size = n;
    *r = (Rests){.exit = exit, .n = n, .whole = whole};
    if (n == 0) return GRAM_OK;
    for (uint32_t i = 0; i < n; i++)
        if (exit[i].len > size - n) size = (size_t)n + exit[i].len;
    uint32_t *scratch = gr_resize(env, NULL, 0, size * sizeof *scratch);
    if (scratch == NULL) return GRAM_E_MEMORY;
    gram_status status = make_trie(env, arena, scratch, r);
    gr_free(env, scratch, size * sizeof *scratch);
    return status;
}

/* --- from the plain class ------------------------------------------------- */

/* The rests of the plain class whose characters are all of this one, in the
 * arena, in their order. */
static gram_status filter_rests(GrEnv *env, GrArena *arena, const Rests *from,
                                const uint32_t *within, Exit **to, uint32_t *n)
{
    *n = 0;
    for (uint32_t i = 0; i < from->n; i++)
        *n += gr_bit_get(within, from->exit[i].prefix);
    *to = gr_arena_take(env, arena, *n * sizeof **to + 1);
    if (*to == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0, at = 0; i < from->n; i++)
        if (gr_bit_get(within, from->exit[i].prefix))
            (*to)[at++] = from->exit[i];
    return gr_step(env, from->n);
}

/* In the order of the plain class's, so nothing is sorted. */
static gram_status part_rests(GrEnv *env, GrArena *arena, const Class *c,
                              const Class *plain, uint8_t byte, Rests *out)
{
    Exit *exit;
    uint32_t n;
    const Rests *from = &plain->rests[byte];
    GR_TRY(filter_rests(env, arena, from, c->within, &exit, &n));
    return make_rests(env, arena, exit, n, true, out);
}

/* --- by signs ------------------------------------------------------------- */

/* At least one character of the class, then the byte: else it is no exit by
 * this one.  Most candidates do not have the byte at all, and of those that do
 * most have another one before it; an ASCII byte is no part of a character. */
static gram_status try_exit(GrEnv *env, const GrVocab *v, const Class *c,
                            uint32_t token, uint8_t byte, Exits *to)
{
    uint32_t len, chars, at = 0;
    const char *p = gr_vocab_bytes(v, token, &len), *found;
    if ((found = memchr(p, byte, len)) == NULL) return GRAM_OK;
    uint32_t first = (uint32_t)(found - p);
    while (at < first && (uint8_t)p[at] < 128 &&
           gr_bit_get(c->ascii, (uint8_t)p[at]))
        at++;
    if (at < first && (uint8_t)p[at] < 128) return GRAM_OK;
    chars = at;
    if (at < first || byte >= 128) at = gr_class_split(c, p, len, &chars);
    if (chars == 0 || at == len || (uint8_t)p[at] != byte) return GRAM_OK;
    return gr_vec_push(env, to, (Exit){p + at, len - at, token, chars, 0});
}

/* Signs of which a token with a character of the class has one. */
static uint64_t signs_inside(const Class *c)
{
    return ~c->outside & (GR_SIG_BIT(GR_SIG_GROUPS) - 1);
}

/* Tokens of which the first character outside of the class may begin with the
 * byte, and that have a sign of the class, too: how many are to be looked at.
 * Where it begins none it may be in any that is no whole characters.
 * `scratch` is a row, too. */
static uint32_t candidates(const GrTables *t, const Class *c, uint8_t byte,
                           uint32_t *restrict row, uint32_t *restrict scratch)
{
    uint32_t words = t->v->mask_words, lo, hi;
    if (byte >= 128 && gr_lead_codes(byte, &lo, &hi))
        return gr_beyond_leaving(t, c, byte, row);
    uint32_t sign = byte < 128 ? gr_sig_group(byte) : GR_SIG_CUT;
    const uint32_t *has = gr_vocab_signed(t->v, sign);
    gr_sign_union(t->v, c->kernels, signs_inside(c), scratch);
    for (uint32_t w = 0; w < words; w++)
        row[w] = has[w] & scratch[w] & ~c->all.row[w];
    return gr_bit_count(row, words);
}

/* Signs promise nothing: each candidate is split. */
static gram_status try_all(GrEnv *env, const GrVocab *v, const Class *c,
                           uint8_t byte, const uint32_t *row, Exits *to)
{
    for (uint32_t w = 0; w < v->mask_words; w++)
        for (uint32_t bits = row[w]; bits != 0; bits &= bits - 1) {
            uint32_t token = w * 32 + (uint32_t)__builtin_ctz(bits);
            if (gr_vocab_is_text(v, token))
                GR_TRY(try_exit(env, v, c, token, byte, to));
        }
    return GRAM_OK;
}

/* --- all bytes at once ---------------------------------------------------- */

/* A node of the trie of tokens at which the first character outside of the
 * class is told, behind some inside; `byte` begins it. */
typedef struct Leaving {
    uint32_t node; /* and ONLY where the characters below may be others */
    uint8_t byte;
} Leaving;

#define ONLY 0x80000000u

enum { RUN = 64 /* nodes for which room is made at once */ };

typedef GrVec(Leaving) Leavings;

/* What the parent of the nodes before `end` has read: n bytes of a character
 * that is not complete, and one of the class before it where `behind`. */
typedef struct Region {
    uint32_t end, n;
    bool behind;
    char part[4];
} Region;

typedef struct Scan {
    GrEnv *env;
    const GrVocab *v;
    const Class *c;
    Leavings *to;
    GrVec(Region) region; /* the innermost last */
    uint64_t visited;
} Scan;

/* 0: no character begins so. */
static uint32_t char_bytes(uint8_t lead)
{
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

typedef enum Told { TOLD_NOT, TOLD_INSIDE, TOLD_OUTSIDE } Told;

/* Of n bytes of a character: is it of the class? */
static Told tell(const Class *c, const char *p, uint32_t n)
{
    uint32_t need = char_bytes((uint8_t)p[0]), len;
    if (n < need) return TOLD_NOT;
    uint32_t code = need ? gr_utf8_get(p, n, &len) : UINT32_MAX;
    return gr_class_has(c, code) ? TOLD_INSIDE : TOLD_OUTSIDE;
}

/* Nodes from *i to `end`, as long as they are ASCII, RUN of them at most.
 * Nearly all are, and no branch depends on whether one leaves. */
static gram_status run_ascii(Scan *s, uint32_t *i, uint32_t end, bool *more)
{
    const GrTrieNode *node = s->v->node;
    const uint32_t *ascii = s->c->ascii;
    uint32_t at = *i, n = 0, byte = 0, left = 0;
    GR_TRY(gr_vec_reserve(s->env, s->to, RUN));
    Leaving *to = s->to->at + s->to->n;
    for (; n < RUN && at < end; n++) {
        byte = gr_trie_byte(&node[at]);
        if (byte >= 0x80) break;
        bool in = gr_bit_get(ascii, byte);
        to[left] = (Leaving){at, (uint8_t)byte};
        left += !in;
        at = in ? at + 1 : node[at].next;
    }
    s->to->n += left;
    s->visited += n;
    *i = at;
    *more = n == RUN;
    return GRAM_OK;
}

static gram_status walk_ascii(Scan *s, uint32_t *i, uint32_t end)
{
    bool more = true;
    while (more) GR_TRY(run_ascii(s, i, end, &more));
    return GRAM_OK;
}

/* A node of a longer character; its children are a region of their own. */
static gram_status visit(Scan *s, uint32_t *i)
{
    const GrTrieNode *node = &s->v->node[*i];
    Region r = s->region.at[s->region.n - 1];
    r.part[r.n++] = (char)gr_trie_byte(node);
    r.end = node->next;
    Told told = tell(s->c, r.part, r.n);
    bool ends = told == TOLD_NOT && node->info & GR_TRIE_HAS;
    Leaving l = {*i | (ends ? ONLY : 0), (uint8_t)r.part[0]};
    s->visited++;
    if (r.behind && (ends || told == TOLD_OUTSIDE))
        GR_TRY(gr_vec_push(s->env, s->to, l));
    *i = told == TOLD_OUTSIDE ? node->next : *i + 1;
    if (*i == node->next) return GRAM_OK;
    if (told == TOLD_INSIDE) {
        r.n = 0;
        r.behind = true;
    }
    return gr_vec_push(s->env, &s->region, r);
}

/* Along the characters of the class, from a root; what lies behind another
 * one is left alone. */
static gram_status walk_root(Scan *s, uint32_t i)
{
    Region all = {.end = s->v->node[i].next};
    uint8_t byte = gr_trie_byte(&s->v->node[i]);
    if (byte < 0x80) {
        if (!gr_bit_get(s->c->ascii, byte)) return GRAM_OK;
        all.behind = true;
        i++;
    }
    GR_TRY(gr_vec_push(s->env, &s->region, all));
    while (s->region.n > 0) {
        Region r = s->region.at[s->region.n - 1];
        if (r.n == 0) GR_TRY(walk_ascii(s, &i, r.end));
        if (i < r.end)
            GR_TRY(visit(s, &i));
        else
            s->region.n--;
    }
    return GRAM_OK;
}

/* Every root by itself: a byte that is no character leads nowhere, and behind
 * others a class of ASCII is left before it has been entered. */
static gram_status find_leaving(GrEnv *env, const GrVocab *v, const Class *c,
                                Leavings *to)
{
    Scan s = {.env = env, .v = v, .c = c, .to = to};
    gram_status status = GRAM_OK;
    uint32_t end = c->n > 0 && c->ranges[2 * c->n - 1] >= 128 ? 256 : 128;
    for (uint32_t b = 0; b < end && status == GRAM_OK; b++)
        if (v->root[b] != GR_TRIE_NONE) status = walk_root(&s, v->root[b]);
    gr_vec_clear(env, &s.region);
    return status == GRAM_OK ? gr_step(env, s.visited) : status;
}

/* A counting sort by the byte: at[b] moves on from the first node of byte b
 * to that of the next. */
static gram_status sort_leaving(GrEnv *env, GrArena *arena, const Leavings *by,
                                Sweep *s)
{
    uint32_t n = 0, *at = gr_arena_take(env, arena, 256 * sizeof *at);
    s->node = gr_arena_take(env, arena, by->n * sizeof *s->node + 1);
    if (at == NULL || s->node == NULL) return GRAM_E_MEMORY;
    memset(at, 0, 256 * sizeof *at);
    for (uint32_t i = 0; i < by->n; i++) at[by->at[i].byte]++;
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t here = at[b];
        at[b] = n;
        n += here;
    }
    for (uint32_t i = 0; i < by->n; i++)
        s->node[at[by->at[i].byte]++] = by->at[i].node;
    s->at = at;
    return GRAM_OK;
}

/* The list of nodes by the order of the trie is scratch. */
static gram_status make_sweep(GrEnv *env, GrArena *arena, const GrVocab *v,
                              const Class *c, Sweep *s)
{
    Leavings by = {0};
    gram_status status = find_leaving(env, v, c, &by);
    if (status == GRAM_OK) status = sort_leaving(env, arena, &by, s);
    gr_vec_clear(env, &by);
    return status;
}

/* The tokens of a node, which are split like `as`. */
static gram_status add_node(GrEnv *env, const GrVocab *v, uint32_t node,
                            Exit as, uint32_t at, Exits *to)
{
    uint32_t info = v->node[node].info, n = 1, len;
    uint32_t token = info >> GR_TRIE_TOKEN_SHIFT;
    const uint32_t *ids = &token;
    if (!(info & GR_TRIE_HAS)) return GRAM_OK;
    if (info & GR_TRIE_SHARED) ids = gr_vocab_same(v, node, &n);
    for (uint32_t i = 0; i < n; i++) {
        const char *p = gr_vocab_bytes(v, ids[i], &len);
        as.rest = p + at;
        as.len = len - at;
        as.token = ids[i];
        GR_TRY(gr_vec_push(env, to, as));
    }
    return GRAM_OK;
}

/* In order of their bytes, for each node of the sweep. */
static gram_status swept_exits(GrEnv *env, const GrVocab *v, const Class *c,
                               uint8_t byte, const Sweep *s, Exits *to)
{
    uint32_t from = byte ? s->at[byte - 1] : 0, end = s->at[byte];
    for (uint32_t i = from; i < end; i++) {
        uint32_t node = s->node[i] & ~ONLY, len;
        uint32_t last = s->node[i] & ONLY ? node + 1 : v->node[node].next;
        while (!(v->node[node].info & GR_TRIE_HAS)) node++;
        const char *p = gr_vocab_bytes(v, gr_trie_token(&v->node[node]), &len);
        Exit as = {0};
        uint32_t at = gr_class_split(c, p, len, &as.chars);
        for (; node < last; node++) GR_TRY(add_node(env, v, node, as, at, to));
    }
    return gr_step(env, end - from);
}

/* --- one byte ------------------------------------------------------------- */

/* Of a part of the plain class: are its rests with this byte among those of
 * the plain one?  They are where both or none have each of the characters
 * that the byte begins. */
bool gr_class_same(const Class *c, const Class *plain, uint8_t byte)
{
    uint32_t lo, hi;
    if (!gr_lead_codes(byte, &lo, &hi)) return true;
    return gr_class_overlap(c, lo, hi) == gr_class_overlap(plain, lo, hi);
}

/* What a sweep costs, in looks at tokens: it meets each token of the class, and
 * where it is left. */
static uint32_t sweep_cost(const Class *c)
{
    return 2 * c->all.n + 256;
}

/* The tokens that have the byte behind another, where they are listed.  The
 * first character outside of the class begins with an ASCII byte where the
 * token has that byte first, so that no other place has to be listed. */
static gram_status listed_exits(GrEnv *env, const GrTables *t, const Class *c,
                                uint8_t byte, Exits *to)
{
    const Inner *in = &t->first_inner;
    for (uint32_t i = in->at[byte]; i < in->at[byte + 1]; i++)
        GR_TRY(try_exit(env, t->v, c, in->token[i], byte, to));
    return gr_step(env, in->at[byte + 1] - in->at[byte]);
}

static bool is_listed(const GrTables *t, uint8_t byte)
{
    return byte < 128 && !gr_bit_get(t->first_inner.often, byte);
}

/* About so many tokens have a sign of it, or a character that it begins. */
static uint32_t looks_for(const GrTables *t, uint8_t byte)
{
    uint32_t lo, hi;
    if (byte < 128) return t->v->n_tokens / 5;
    return gr_lead_codes(byte, &lo, &hi) ? gr_beyond_count(&t->beyond, lo, hi)
                                         : 0;
}

void gr_sweep_expect(const GrTables *t, const Class *c, const uint32_t bytes[8],
                     Sweep *sweep)
{
    uint32_t looks = 0;
    for (uint32_t w = 0; w < 8; w++)
        for (uint32_t bits = bytes[w]; bits != 0; bits &= bits - 1) {
            uint8_t b = (uint8_t)(w * 32 + (uint32_t)__builtin_ctz(bits));
            bool has = is_listed(t, b) ||
                       (c->part && gr_class_same(c, t->plain, b));
            looks += has ? 0 : looks_for(t, b);
        }
    if (looks >= sweep_cost(c)) sweep->spent = sweep_cost(c);
}

/* A union costs about as much as a look for each 256 tokens.  Searching byte by
 * byte ends when it would have cost as much as a sweep.  `row` is two. */
static gram_status search_exits(GrEnv *env, GrArena *arena, const GrTables *t,
                                const Class *c, uint8_t byte, Sweep *sweep,
                                uint32_t *row, Exits *to)
{
    const GrVocab *v = t->v;
    uint32_t n = v->n_tokens / 256, sweeping = sweep_cost(c);
    if (sweep->spent + n < sweeping) {
        n += candidates(t, c, byte, row, row + v->mask_words);
        GR_TRY(gr_step(env, v->mask_words));
    }
    sweep->spent += n;
    if (sweep->spent >= sweeping) {
        GR_TRY(make_sweep(env, arena, v, c, sweep));
        return swept_exits(env, v, c, byte, sweep, to);
    }
    GR_TRY(gr_step(env, n));
    return try_all(env, v, c, byte, row, to);
}

static gram_status find_exits(GrEnv *env, GrArena *arena, const GrTables *t,
                              const Class *c, uint8_t byte, Sweep *sweep,
                              Exits *to)
{
    const GrVocab *v = t->v;
    if (sweep->at != NULL) return swept_exits(env, v, c, byte, sweep, to);
    if (is_listed(t, byte)) return listed_exits(env, t, c, byte, to);
    size_t n = 2 * (size_t)v->mask_words + 1;
    uint32_t *rows = gr_resize(env, NULL, 0, n * sizeof *rows);
    if (rows == NULL) return GRAM_E_MEMORY;
    gram_status status = search_exits(env, arena, t, c, byte, sweep, rows, to);
    gr_free(env, rows, n * sizeof *rows);
    return status;
}

/* `whole`: are tokens without a character of the class among them? */
gram_status gr_rests_make(GrEnv *env, GrArena *arena, const GrVocab *v,
                          const Exits *exits, bool whole, Rests *out)
{
    Exit *sorted;
    GR_TRY(sort_exits(env, arena, v, exits, &sorted));
    return make_rests(env, arena, sorted, exits->n, whole, out);
}

gram_status gr_rests_build(GrEnv *env, GrArena *arena, const GrTables *t,
                           const Class *c, uint8_t byte, Sweep *sweep,
                           Rests *out)
{
    Exits exits = {0};
    if (c->part && gr_class_same(c, t->plain, byte))
        return part_rests(env, arena, c, t->plain, byte, out);
    gram_status status = find_exits(env, arena, t, c, byte, sweep, &exits);
    if (status == GRAM_OK)
        status = gr_rests_make(env, arena, t->v, &exits, false, out);
    gr_vec_clear(env, &exits);
    return status;
}

/* --- all rests of a table ------------------------------------------------- */

/* By every byte that the table is to have. */
static gram_status all_exits(GrEnv *env, const GrVocab *v, const Class *c,
                             Exits *to)
{
    for (uint32_t t = 0; t < v->n_tokens; t++) {
        uint32_t len, chars;
        if (!gr_vocab_is_text(v, t) || gr_bit_get(c->all.row, t)) continue;
        const char *p = gr_vocab_bytes(v, t, &len);
        uint32_t at = gr_class_split(c, p, len, &chars);
        if (at < len && gr_bit_get(c->complete, (uint8_t)p[at]))
            GR_TRY(gr_vec_push(env, to, (Exit){p + at, len - at, t, chars, 0}));
    }
    return GRAM_OK;
}

/* Sorted once; the rests of one byte are a stretch of it. */
static gram_status make_all_rests(GrEnv *env, const GrVocab *v, Class *c,
                                  const Exits *exits)
{
    Exit *e;
    GR_TRY(sort_exits(env, c->arena, v, exits, &e));
    for (uint32_t i = 0, n; i < exits->n; i += n) {
        uint8_t byte = (uint8_t)e[i].rest[0];
        for (n = 1; i + n < exits->n; n++)
            if ((uint8_t)e[i + n].rest[0] != byte) break;
        GR_TRY(make_rests(env, c->arena, &e[i], n, true, &c->rests[byte]));
    }
    return GRAM_OK;
}

gram_status gr_rests_build_all(GrEnv *env, const GrVocab *v, Class *c)
{
    Exits exits = {0};
    gram_status status = all_exits(env, v, c, &exits);
    if (status == GRAM_OK) status = make_all_rests(env, v, c, &exits);
    gr_vec_clear(env, &exits);
    return status;
}
