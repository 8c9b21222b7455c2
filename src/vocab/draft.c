/* Collecting tokens, and sealing them into a block.
 *
 * In: tokens in any order of ids, later ones replacing earlier ones.  Out:
 * the pack.  Cost: O(bytes); 128,000 tokens take about 15 ms.
 *
 * All sizes are known before the block is made.  Its front, the tokens by id,
 * is filled first; then what was collected goes back, and the block grows to
 * its whole size, out of the front or out of the recipe, whichever is larger.
 * So beside the block no more is held than the smaller of the two, the sorted
 * order (4 bytes a token) and the names; but where reading has held as much
 * already, the block is made whole, which saves fresh pages and a copy.
 *
 *     text, spans, kinds -> front | FLAG ... NAME_TEXT | recipe */
#include "vocab/draft.h"

void gr_draft_init(GrVocabDraft *d, const GrVocabOptions *o, size_t file_len,
                   gram_error *error)
{
    static const GrVocabOptions none;
    memset(d, 0, sizeof *d);
    d->options = o ? o : &none;
    gr_env_init(&d->env, d->options->alloc, d->options->max_memory,
                GR_LIMIT_VOCAB_STEPS + 16 * (uint64_t)file_len);
    d->env.error = error;
    size_t limit = 65536 + file_len / 8;
    d->id_limit = limit < GR_LIMIT_VOCAB_TOKENS ? (uint32_t)limit
                                                : GR_LIMIT_VOCAB_TOKENS - 1;
}

/* Also after a failure anywhere: vectors are valid at every moment. */
void gr_draft_clear(GrVocabDraft *d)
{
    gr_vec_clear(&d->env, &d->text);
    gr_vec_clear(&d->env, &d->span);
    gr_vec_clear(&d->env, &d->kind);
    gr_vec_clear(&d->env, &d->name);
    gr_vec_clear(&d->env, &d->end);
    gr_vec_clear(&d->env, &d->recipe);
}

/* Spans are 32 bits, and half of that keeps sums of two from wrapping. */
gram_status gr_draft_text(GrVocabDraft *d, const void *p, size_t len,
                          GrSpan *out)
{
    if (len > UINT32_MAX / 2 - d->text.n)
        return gr_fail(&d->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than 2 GiB of token text");
    GR_TRY(gr_vec_reserve(&d->env, &d->text, len));
    *out = (GrSpan){d->text.n, (uint32_t)len};
    if (len) memcpy(d->text.at + d->text.n, p, len);
    d->text.n += (uint32_t)len;
    return GRAM_OK;
}

/* The limit is what keeps `{"a":4000000}` from costing 36 MB: an id must be
 * paid for by the bytes of its file. */
gram_status gr_draft_extend(GrVocabDraft *d, uint64_t id, size_t at)
{
    if (id < d->span.n) return GRAM_OK;
    if (id >= d->id_limit)
        return gr_fail(&d->env, GRAM_E_VOCAB, at,
                       "token id %llu is too large for this file (at most "
                       "%u)",
                       (unsigned long long)id, d->id_limit - 1);
    uint32_t more = (uint32_t)id + 1 - d->span.n;
    GR_TRY(gr_vec_reserve(&d->env, &d->span, more));
    GR_TRY(gr_vec_reserve(&d->env, &d->kind, more));
    if (more > 1) { /* mostly it is the next one: two stores, not two calls */
        memset(d->span.at + d->span.n, 0, (more - 1) * sizeof *d->span.at);
        memset(d->kind.at + d->kind.n, GR_TOKEN_GAP, more - 1);
    }
    d->span.at[id] = (GrSpan){0, 0};
    d->kind.at[id] = GR_TOKEN_GAP;
    d->span.n = d->kind.n = (uint32_t)id + 1;
    return GRAM_OK;
}

/* Names are kept in order of appearance; sealing takes the last of an id. */
gram_status gr_draft_name(GrVocabDraft *d, uint32_t id, const void *name,
                          size_t len)
{
    GrDraftName n = {{0, 0}, id};
    GR_TRY(gr_draft_text(d, name, len, &n.span));
    return gr_vec_push(&d->env, &d->name, n);
}

static gram_status check_len(GrVocabDraft *d, uint64_t id, size_t len,
                             size_t at)
{
    if (len <= GR_LIMIT_TOKEN_BYTES) return GRAM_OK;
    return gr_fail(&d->env, GRAM_E_VOCAB, at,
                   "token %llu is longer than %d bytes", (unsigned long long)id,
                   GR_LIMIT_TOKEN_BYTES);
}

/* Setting an id again replaces it, so that readers can lay added tokens over
 * the model's; its old bytes stay in the text, unused. */
gram_status gr_draft_set(GrVocabDraft *d, uint64_t id, GrTokenKind kind,
                         const void *bytes, size_t len, size_t at)
{
    GR_TRY(check_len(d, id, len, at));
    GR_TRY(gr_draft_extend(d, id, at));
    d->kind.at[id] = (uint8_t)kind;
    d->span.at[id] = (GrSpan){0, 0};
    if (kind <= GR_TOKEN_USER)
        GR_TRY(gr_draft_text(d, bytes, len, &d->span.at[id]));
    if (kind < GR_TOKEN_USER || kind == GR_TOKEN_GAP) return GRAM_OK;
    return gr_draft_name(d, (uint32_t)id, bytes, len);
}

gram_status gr_draft_take(GrVocabDraft *d, uint64_t id, size_t len, size_t at)
{
    GR_TRY(check_len(d, id, len, at));
    GR_TRY(gr_draft_extend(d, id, at));
    d->kind.at[id] = GR_TOKEN_NORMAL;
    d->span.at[id] = (GrSpan){d->text.n, (uint32_t)len};
    d->text.n += (uint32_t)len;
    return GRAM_OK;
}

/* Ids are sorted, and repeats dropped, when the draft is sealed. */
gram_status gr_draft_end(GrVocabDraft *d, uint32_t id)
{
    return gr_vec_push(&d->env, &d->end, id);
}

/* --- sealing -------------------------------------------------------------- */

/* What is computed before the block can be allocated. */
typedef struct Plan {
    GrVocabDraft *d;
    GrEnv *env;
    uint32_t n, width;
    GrVec(uint32_t) text_ids; /* sorted by bytes */
    GrVec(uint32_t) empty;
    GrSpan *name; /* of ids name_from ..; {0, 0}: none */
    uint32_t name_from, n_name;
    GrVec(uint32_t) named;    /* ids behind name_from, sorted by name; from
                                  keep_names on ids */
    GrVec(uint32_t) name_off; /* their names, */
    GrText name_text;         /* kept when the text goes */
    GrTrieSize trie;
    uint32_t longest;
    uint64_t n_bytes, name_bytes;
} Plan;

static void plan_clear(Plan *p)
{
    gr_vec_clear(p->env, &p->text_ids);
    gr_vec_clear(p->env, &p->empty);
    gr_vec_clear(p->env, &p->named);
    gr_vec_clear(p->env, &p->name_off);
    gr_vec_clear(p->env, &p->name_text);
    gr_free(p->env, p->name, (size_t)p->n_name * sizeof *p->name);
}

/* Tables are as wide as the model: a small file that states a large width
 * may not take more memory than this many ids do. */
enum { STATED_WIDTH = 1 << 18 };

static gram_status check_stated_width(const Plan *p)
{
    const GrVocabDraft *d = p->d;
    if (d->options->width > 0 || d->width <= STATED_WIDTH ||
        d->width <= d->id_limit || d->width <= p->n)
        return GRAM_OK;
    return gr_fail(p->env, GRAM_E_VOCAB, GR_NOWHERE,
                   "a stated width of %u for %u tokens (state it as an option)",
                   d->width, p->n);
}

/* What the caller states wins over the file, and the file over the number of
 * tokens: models are often wider than their tokenizers, for alignment. */
static gram_status plan_width(Plan *p)
{
    GrVocabDraft *d = p->d;
    p->n = d->span.n;
    GR_TRY(check_stated_width(p));
    p->width = d->options->width ? d->options->width
               : d->width > p->n ? d->width
                                 : p->n;
    if (p->n == 0)
        return gr_fail(p->env, GRAM_E_VOCAB, GR_NOWHERE,
                       "a vocabulary without tokens");
    if (p->n >= GR_LIMIT_VOCAB_TOKENS || p->width >= GR_LIMIT_VOCAB_TOKENS)
        return gr_fail(p->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a vocabulary of %u tokens and width %u; at most %d",
                       p->n, p->width, GR_LIMIT_VOCAB_TOKENS - 1);
    return GRAM_OK;
}

/* Sort and deduplicate end ids.  There are a handful, or, in a hostile file,
 * as many as tokens: so through a bit set. */
static gram_status plan_ends(Plan *p)
{
    GrVocabDraft *d = p->d;
    for (uint32_t i = 0; i < d->options->n_end_ids; i++) {
        uint32_t id = d->options->end_ids[i];
        if (id >= p->width)
            return gr_fail(p->env, GRAM_E_ARGUMENT, GR_NOWHERE,
                           "end id %u is not below the width %u", id, p->width);
        GR_TRY(gr_draft_end(d, id));
    }
    uint32_t words = gr_bit_words(p->width), n = 0;
    uint32_t *set = gr_zalloc(p->env, words, sizeof *set);
    if (set == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < d->end.n; i++)
        if (d->end.at[i] < p->width) gr_bit_set(set, d->end.at[i]);
    for (uint32_t id = 0; id < p->width && d->end.n > 0; id++)
        if (gr_bit_get(set, id)) d->end.at[n++] = id;
    d->end.n = n;
    gr_free(p->env, set, words * sizeof *set);
    return GRAM_OK;
}

/* Text ids in the order of their bytes, and what their trie will need. */
static gram_status plan_texts(Plan *p)
{
    GrVocabDraft *d = p->d;
    GR_TRY(gr_vec_reserve(p->env, &p->text_ids, p->n));
    for (uint32_t id = 0, e = 0; id < p->n; id++) {
        uint32_t len = d->span.at[id].len;
        bool is_end = e < d->end.n && d->end.at[e] == id;
        e += is_end;
        p->n_bytes += len;
        if (d->kind.at[id] > GR_TOKEN_USER || id >= p->width) continue;
        if (len == 0) {
            GR_TRY(gr_vec_push(p->env, &p->empty, id));
        } else if (!is_end) {
            p->text_ids.at[p->text_ids.n++] = id;
            if (len > p->longest) p->longest = len;
        }
    }
    GR_TRY(gr_span_sort(p->env, d->text.at, d->span.at, p->text_ids.at,
                        p->text_ids.n));
    const GrTrieText texts = {.at = d->text.at,
                              .len = d->text.n,
                              .span = d->span.at,
                              .ids = p->text_ids.at,
                              .n = p->text_ids.n};
    return gr_trie_measure(p->env, &texts, &p->trie);
}

/* The list is sorted by then. */
static bool is_end(const GrVocabDraft *d, uint32_t id)
{
    uint32_t lo = 0, hi = d->end.n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (d->end.at[mid] < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < d->end.n && d->end.at[lo] == id;
}

/* Names by id, over the stretch of ids that have some: mostly a few hundred
 * in one place. */
static gram_status spread_names(Plan *p)
{
    const GrDraftName *name = p->d->name.at;
    uint32_t n = p->d->name.n, first = UINT32_MAX, last = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (name[i].id < first) first = name[i].id;
        if (name[i].id > last) last = name[i].id;
    }
    uint32_t range = n ? last - first + 1 : 0;
    p->name = gr_zalloc(p->env, range, sizeof *p->name);
    if (p->name == NULL) return GRAM_E_MEMORY;
    p->name_from = first;
    p->n_name = range;
    for (uint32_t i = 0; i < n; i++) p->name[name[i].id - first] = name[i].span;
    return GRAM_OK;
}

/* The last name given to an id stays, where its kind can have one. */
static gram_status plan_names(Plan *p)
{
    GrVocabDraft *d = p->d;
    GR_TRY(spread_names(p));
    for (uint32_t i = 0; i < p->n_name; i++) {
        uint32_t id = p->name_from + i, kind = d->kind.at[id];
        if (p->name[i].len == 0 || kind == GR_TOKEN_GAP) continue;
        if (kind < GR_TOKEN_USER && !is_end(d, id)) continue;
        GR_TRY(gr_vec_push(p->env, &p->named, i));
        p->name_bytes += p->name[i].len;
    }
    return gr_span_sort(p->env, d->text.at, p->name, p->named.at, p->named.n);
}

/* The order matters: ends are no text ids, and names need the ends. */
static gram_status plan_make(Plan *p)
{
    GR_TRY(plan_width(p));
    GR_TRY(plan_ends(p));
    GR_TRY(plan_texts(p));
    return plan_names(p);
}

/* Head and places of all sections; *total is the block's size. */
static gram_status plan_layout(const Plan *p, GrPackHead *h)
{
    const GrVocabDraft *d = p->d;
    const uint64_t n = p->n, row = 4u * (uint64_t)gr_bit_words(p->width);
    const uint64_t len[GR_PACK_SECTIONS] = {
        [GR_PACK_BYTES] = p->n_bytes,
        [GR_PACK_OFF] = (n + 1) * 4,
        [GR_PACK_KIND] = n,
        [GR_PACK_FLAG] = n,
        [GR_PACK_CHARS] = n,
        [GR_PACK_SIG] = row * GR_SIGS,
        [GR_PACK_NODE] = (uint64_t)p->trie.n_nodes * sizeof(GrTrieNode),
        [GR_PACK_ROOT] = 256 * 4,
        [GR_PACK_SAME] = (uint64_t)p->trie.n_same * sizeof(GrSame),
        [GR_PACK_SAME_IDS] = (uint64_t)p->trie.n_same_ids * 4,
        [GR_PACK_END] = (uint64_t)d->end.n * 4,
        [GR_PACK_EMPTY] = (uint64_t)p->empty.n * 4,
        [GR_PACK_NAME_ID] = (uint64_t)p->named.n * 4,
        [GR_PACK_NAME_OFF] = ((uint64_t)p->named.n + 1) * 4,
        [GR_PACK_NAME_TEXT] = p->name_bytes,
        [GR_PACK_RECIPE] = d->recipe.n};
    memset(h, 0, sizeof *h);
    h->n_tokens = p->n;
    h->width = p->width;
    h->longest = p->longest;
    h->n_text = p->text_ids.n;
    if (gr_pack_layout(h, len) == 0)
        return gr_fail(p->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a vocabulary of more than 4 GiB");
    return GRAM_OK;
}

/* Sections without bytes have no place in the block to copy to. */
static void copy(uint8_t *block, const GrPackHead *h, int section,
                 const void *from)
{
    if (h->section[section].len > 0)
        memcpy(block + h->section[section].at, from, h->section[section].len);
}

/* --- the front: tokens by id ---------------------------------------------- */

/* The sections of which it consists are the first of the block. */
static size_t front_size(const GrPackHead *h)
{
    return h->section[GR_PACK_FLAG].at;
}

/* Tokens mostly lie one behind the other in the text too: such a row is copied
 * as one. */
static void fill_front(const Plan *p, const GrPackHead *h, uint8_t *block)
{
    const GrVocabDraft *d = p->d;
    char *bytes = (char *)block + h->section[GR_PACK_BYTES].at;
    uint32_t *off = (uint32_t *)(block + h->section[GR_PACK_OFF].at), at = 0;
    GrSpan row = {0, 0};
    for (uint32_t id = 0; id < p->n; id++) {
        GrSpan s = d->span.at[id];
        off[id] = at;
        at += s.len;
        if (s.at != row.at + row.len && s.len > 0) {
            if (row.len > 0) memcpy(bytes, d->text.at + row.at, row.len);
            bytes += row.len;
            row = (GrSpan){s.at, 0};
        }
        row.len += s.len;
    }
    if (row.len > 0) memcpy(bytes, d->text.at + row.at, row.len);
    off[p->n] = at;
    copy(block, h, GR_PACK_KIND, d->kind.at);
}

/* Names in sorted order, so that looking one up is a binary search. */
static gram_status keep_names(Plan *p)
{
    GR_TRY(gr_vec_reserve(p->env, &p->name_off, (uint64_t)p->named.n + 1));
    GR_TRY(gr_vec_reserve(p->env, &p->name_text, p->name_bytes));
    for (uint32_t i = 0; i < p->named.n; i++) {
        GrSpan s = p->name[p->named.at[i]];
        p->name_off.at[p->name_off.n++] = p->name_text.n;
        GR_TRY(gr_text_put(p->env, &p->name_text, p->d->text.at + s.at, s.len));
        p->named.at[i] += p->name_from;
    }
    p->name_off.at[p->name_off.n++] = p->name_text.n;
    return GRAM_OK;
}

static void free_texts(Plan *p)
{
    gr_vec_clear(p->env, &p->d->text);
    gr_vec_clear(p->env, &p->d->span);
    gr_vec_clear(p->env, &p->d->kind);
    gr_vec_clear(p->env, &p->d->name);
    gr_free(p->env, p->name, (size_t)p->n_name * sizeof *p->name);
    p->name = NULL;
    p->n_name = 0;
}

/* --- the rest, with the tokens read from the front ------------------------ */

/* Into the rows of its signs, which are clear.  Four at a time, the last one
 * again where there are fewer: no processor guesses how many a token has. */
static void put_signs(uint32_t *sig, uint32_t words, uint32_t id,
                      uint64_t signs)
{
    for (uint64_t rest = signs; rest != 0;)
        for (int k = 0; k < 4; k++) {
            gr_bit_set(sig + (size_t)__builtin_ctzll(signs) * words, id);
            rest = signs & (signs - 1);
            signs = rest ? rest : signs;
        }
}

/* What the bytes say, in the order of ids. */
static void fill_facts(const Plan *p, const GrPackHead *h, uint8_t *block)
{
    const char *bytes = (const char *)block + h->section[GR_PACK_BYTES].at;
    const uint32_t *off =
        (const uint32_t *)(block + h->section[GR_PACK_OFF].at);
    uint8_t *flag = block + h->section[GR_PACK_FLAG].at;
    uint8_t *chars = block + h->section[GR_PACK_CHARS].at;
    uint32_t *sig = (uint32_t *)(block + h->section[GR_PACK_SIG].at);
    uint32_t words = h->section[GR_PACK_SIG].len / (4 * GR_SIGS);
    uint32_t *not_text = sig + (size_t)GR_SIG_NOT_TEXT * words;
    memset(sig, 0, h->section[GR_PACK_SIG].len);
    memset(not_text, 0xFF, words * sizeof *not_text);
    for (uint32_t i = 0; i < p->text_ids.n; i++)
        gr_bit_clear(not_text, p->text_ids.at[i]);
    for (uint32_t id = 0; id < p->n; id++) {
        GrTokenFacts f = gr_token_facts(bytes + off[id], off[id + 1] - off[id]);
        bool is_text = id < words * 32 && !gr_bit_get(not_text, id);
        if (is_text) put_signs(sig, words, id, f.sig);
        flag[id] = (uint8_t)(f.flag | (is_text ? GR_TOKEN_TEXT : 0));
        chars[id] = f.chars;
    }
}

/* Which bytes are tokens of their own: where one is not, a text can be alive
 * byte by byte and still not be reachable by tokens. */
static void fill_alone(const Plan *p, GrPackHead *h, const GrTrieText *texts)
{
    for (uint32_t i = 0; i < p->text_ids.n; i++) {
        GrSpan s = gr_trie_span(texts, p->text_ids.at[i]);
        if (s.len == 1) gr_bit_set(h->alone, (uint8_t)texts->at[s.at]);
    }
}

/* Every byte of every section is written here; the gaps are clear.  The front
 * and the recipe are there. */
static gram_status fill(const Plan *p, uint8_t *block)
{
    GrPackHead *h = (GrPackHead *)block;
    size_t n_open = (size_t)p->longest + GR_TRIE_STRIDE;
    uint32_t *open = gr_zalloc(p->env, n_open, sizeof *open);
    if (open == NULL) return GRAM_E_MEMORY;
    const GrTrieText texts = {
        .at = (const char *)block + h->section[GR_PACK_BYTES].at,
        .len = h->section[GR_PACK_BYTES].len,
        .off = (const uint32_t *)(block + h->section[GR_PACK_OFF].at),
        .ids = p->text_ids.at,
        .n = p->text_ids.n};
    gr_trie_build(&texts, &p->trie,
                  (GrTrieNode *)(block + h->section[GR_PACK_NODE].at),
                  (uint32_t *)(block + h->section[GR_PACK_ROOT].at),
                  (GrSame *)(block + h->section[GR_PACK_SAME].at),
                  (uint32_t *)(block + h->section[GR_PACK_SAME_IDS].at), open);
    gr_free(p->env, open, n_open * sizeof *open);
    copy(block, h, GR_PACK_END, p->d->end.at);
    copy(block, h, GR_PACK_EMPTY, p->empty.at);
    copy(block, h, GR_PACK_NAME_ID, p->named.at);
    copy(block, h, GR_PACK_NAME_OFF, p->name_off.at);
    copy(block, h, GR_PACK_NAME_TEXT, p->name_text.at);
    fill_facts(p, h, block);
    fill_alone(p, h, &texts);
    gr_pack_close(block);
    return GRAM_OK;
}

/* Vectors grow by doubling; what they have to spare goes back before the
 * block is made. */
static void trim(GrEnv *env, void **at, uint32_t n, uint32_t *cap, size_t elem)
{
    void *p = n > 0 && n < *cap ? gr_resize(env, *at, *cap * elem, n * elem)
                                : NULL;
    if (p == NULL) return;
    *at = p;
    *cap = n;
}
#define TRIM(env, v)                                                           \
    trim((env), (void **)&(v)->at, (v)->n, &(v)->cap, sizeof *(v)->at)

/* The front grows, and the recipe is copied behind it. */
static gram_status grow_front(Plan *p, const GrPackHead *h, uint8_t **block)
{
    uint8_t *all = gr_resize(p->env, *block, front_size(h), h->total);
    if (all == NULL) return GRAM_E_MEMORY;
    *block = all;
    copy(all, h, GR_PACK_RECIPE, p->d->recipe.at);
    gr_vec_clear(p->env, &p->d->recipe);
    return GRAM_OK;
}

/* The recipe grows and moves to its place, the last; the front is copied. */
static gram_status grow_recipe(Plan *p, const GrPackHead *h, uint8_t **block)
{
    GrText *r = &p->d->recipe;
    uint8_t *all = gr_resize(p->env, r->at, r->cap, h->total);
    if (all == NULL) return GRAM_E_MEMORY;
    memmove(all + h->section[GR_PACK_RECIPE].at, all, r->n);
    memcpy(all, *block, front_size(h));
    gr_free(p->env, *block, front_size(h));
    *block = all;
    memset(r, 0, sizeof *r);
    return GRAM_OK;
}

/* *len is how much of *block there is, also after a failure. */
static gram_status make_in_parts(Plan *p, const GrPackHead *h, uint8_t **block,
                                 size_t *len)
{
    *block = gr_resize(p->env, NULL, 0, front_size(h));
    if (*block == NULL) return GRAM_E_MEMORY;
    *len = front_size(h);
    fill_front(p, h, *block);
    GR_TRY(keep_names(p));
    free_texts(p);
    GR_TRY(p->d->recipe.n > *len ? grow_recipe(p, h, block)
                                 : grow_front(p, h, block));
    *len = h->total;
    return GRAM_OK;
}

/* Where the whole block beside the texts is no more than was held before, the
 * front goes where it stays. */
static gram_status make_at_once(Plan *p, const GrPackHead *h, uint8_t **block,
                                size_t *len)
{
    GrText *r = &p->d->recipe;
    uint8_t *all = gr_resize(p->env, r->at, r->cap, h->total);
    if (all == NULL) return GRAM_E_MEMORY;
    memmove(all + h->section[GR_PACK_RECIPE].at, all, r->n);
    memset(r, 0, sizeof *r);
    *block = all;
    *len = h->total;
    fill_front(p, h, all);
    GR_TRY(keep_names(p));
    free_texts(p);
    return GRAM_OK;
}

static gram_status make_block(Plan *p, uint8_t **block, size_t *len)
{
    GrPackHead h;
    GR_TRY(plan_layout(p, &h));
    bool fits = h.total <= p->env->peak - p->env->used + p->d->recipe.cap;
    GR_TRY(fits ? make_at_once(p, &h, block, len)
                : make_in_parts(p, &h, block, len));
    memcpy(*block, &h, sizeof h);
    gr_pack_clear_gaps(*block);
    return fill(p, *block);
}

/* The block is made last, when scratch has been given back. */
static gram_status build(Plan *p, uint8_t **block, size_t *len)
{
    TRIM(p->env, &p->d->text);
    TRIM(p->env, &p->d->span);
    TRIM(p->env, &p->d->kind);
    TRIM(p->env, &p->d->recipe);
    GR_TRY(plan_make(p));
    TRIM(p->env, &p->text_ids);
    return make_block(p, block, len);
}

/* The draft's memory goes back before the vocabulary is opened, and in any
 * case: a reader has nothing to clear after this. */
gram_status gr_draft_seal(GrVocabDraft *d, GrVocab **out)
{
    Plan p = {.d = d, .env = &d->env};
    uint8_t *block = NULL;
    size_t len = 0;
    gram_status status = build(&p, &block, &len);
    plan_clear(&p);
    gr_draft_clear(d);
    if (status == GRAM_OK)
        return gr_pack_open(&d->env, block, len, GR_STORAGE_HEAP, GR_PACK_TRUST,
                            out);
    gr_free(&d->env, block, len);
    return status;
}
