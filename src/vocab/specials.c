/* Side files: special tokens, end ids, patterns.
 *
 * Rank files and vocab.json say nothing of special tokens, and tokenizer.json
 * says nothing of what ends a generation; models say that in up to four other
 * files.  An end id that is missed lets a generation run on, so the union of
 * all places is taken: an id too many costs one token that a mask leaves to
 * the moment where the document may end.
 *
 * They are small, but read by src/json like everything else: two JSON
 * readers with different ideas of a string would be one too many. */
#include "vocab/readers.h"

/* --- json ----------------------------------------------------------------- */

/* Absent and "no object" are one answer: files leave parts out as they like. */
uint32_t gr_js_get(const GrJson *j, uint32_t o, const char *key)
{
    if (!gr_js_is(j, o, GR_JSON_OBJECT)) return UINT32_MAX;
    return gr_json_member(j, o, key, strlen(key));
}

bool gr_js_is(const GrJson *j, uint32_t i, GrJsonType type)
{
    return i < j->n && j->node[i].type == (uint32_t)type;
}

bool gr_js_true(const GrJson *j, uint32_t o, const char *key, bool absent)
{
    uint32_t i = gr_js_get(j, o, key);
    if (gr_js_is(j, i, GR_JSON_TRUE)) return true;
    return gr_js_is(j, i, GR_JSON_FALSE) ? false : absent;
}

bool gr_js_equals(const GrJson *j, uint32_t i, const char *text)
{
    return gr_js_is(j, i, GR_JSON_STRING) && j->node[i].n == strlen(text) &&
           memcmp(j->node[i].text, text, j->node[i].n) == 0;
}

/* 15 digits fit a double, which is what other readers make of an id. */
bool gr_js_u64(const GrJson *j, uint32_t i, uint64_t *out)
{
    if (!gr_js_is(j, i, GR_JSON_NUMBER)) return false;
    const GrJsonNode *n = &j->node[i];
    const char *text = n->text, *end = text + n->n;
    uint64_t x = 0;
    if (n->n == 0 || n->n > 15) return false;
    for (unsigned digit; text < end; text++) {
        digit = (unsigned char)*text - (unsigned)'0';
        if (digit > 9) return false;
        x = x * 10 + digit;
    }
    *out = x;
    return true;
}

/* The list is read from the text again, since the document is folded. */
gram_status gr_js_each(GrVocabDraft *d, GrBytes file, const GrJson *j,
                       uint32_t i, GrJsonVisit *visit, void *ctx)
{
    return gr_json_each(&d->env, file.p, file.n, j->node[i].at, visit, ctx);
}

/* What is walked node by node must not be folded: half of a pipeline would be
 * another tokenizer. */
gram_status gr_js_whole(GrEnv *env, const GrJson *j, uint32_t i)
{
    uint32_t end = i < j->n ? j->node[i].next : i;
    for (; i < end; i++) {
        const GrJsonNode *n = &j->node[i];
        if (n->type >= GR_JSON_ARRAY && n->n > GR_JSON_FOLD_ITEMS)
            return gr_fail(env, GRAM_E_LIMIT, n->at, "more than %d items here",
                           GR_JSON_FOLD_ITEMS);
    }
    return GRAM_OK;
}

/* Mark errors of side files: their offsets do not belong to the main file. */
static gram_status in_side(GrVocabDraft *d, gram_status s, const char *what)
{
    gram_error *e = d->env.error;
    if (s == GRAM_OK || s == GRAM_E_MEMORY || e == NULL) return s;
    char text[160];
    size_t n = 0;
    while (n < sizeof text - 1 && e->message[n]) n++;
    memcpy(text, e->message, n);
    text[n] = 0;
    return gr_fail(&d->env, s, GR_NOWHERE, "%s, byte %zu: %s", what, e->offset,
                   text);
}

typedef gram_status UseJson(GrVocabDraft *d, const GrJson *j, void *ctx);

/* The document lives as long as `use` runs; names are copied by then. */
static gram_status with_json(GrVocabDraft *d, GrSide side, const char *what,
                             UseJson *use, void *ctx)
{
    GrBytes b = d->options->side[side];
    GrArena arena = {NULL};
    GrJson j;
    if (b.p == NULL) return GRAM_OK;
    gram_status s =
        gr_json_read(&d->env, &arena, b.p, b.n, 0, GR_JSON_FOLD, &j);
    if (s == GRAM_OK && j.node[0].n > GR_JSON_FOLD_ITEMS)
        s = gr_js_whole(&d->env, &j, 0);
    if (s == GRAM_OK) s = use(d, &j, ctx);
    gr_arena_clear(&d->env, &arena);
    return in_side(d, s, what);
}

/* --- NAME.specials.json --------------------------------------------------- */

/* {"name": id} */
static gram_status set_special(void *ctx, const GrJson *item)
{
    GrVocabDraft *d = ctx;
    const GrJsonNode *key = &item->node[0];
    uint64_t id;
    if (!gr_js_u64(item, 1, &id))
        return gr_fail(&d->env, GRAM_E_VOCAB, item->node[1].at,
                       "the id of a special token is no whole number");
    return gr_draft_set(d, id, GR_TOKEN_SPECIAL, key->text, key->n, key->at);
}

/* Ends may lie beyond the tokens of the file, up to the model's width. */
static gram_status add_end(GrVocabDraft *d, const GrJson *j, uint32_t i)
{
    uint64_t id;
    if (!gr_js_u64(j, i, &id) || id >= GR_LIMIT_VOCAB_TOKENS)
        return gr_fail(&d->env, GRAM_E_VOCAB, j->node[i].at,
                       "an end id is no token id");
    return gr_draft_end(d, (uint32_t)id);
}

/* A number or an array of numbers; anything else names no id. */
static gram_status add_ends(GrVocabDraft *d, const GrJson *j, uint32_t i)
{
    if (gr_js_is(j, i, GR_JSON_NUMBER)) return add_end(d, j, i);
    if (!gr_js_is(j, i, GR_JSON_ARRAY)) return GRAM_OK;
    GR_TRY(gr_js_whole(&d->env, j, i));
    for (uint32_t k = i + 1; k < j->node[i].next; k = j->node[k].next)
        GR_TRY(add_end(d, j, k));
    return GRAM_OK;
}

/* Absent, null, or of the type that it must have. */
static gram_status check_member(GrVocabDraft *d, const GrJson *j,
                                const char *key, GrJsonType type,
                                GrJsonType other)
{
    uint32_t i = gr_js_get(j, 0, key);
    if (i == UINT32_MAX || gr_js_is(j, i, GR_JSON_NULL) ||
        gr_js_is(j, i, type) || gr_js_is(j, i, other))
        return GRAM_OK;
    return gr_fail(&d->env, GRAM_E_VOCAB, j->node[i].at,
                   "a value of the wrong type for %s", key);
}

/* All members are optional; what is there must be right: an end id that is
 * passed over would let every generation run on. */
static gram_status check_specials(GrVocabDraft *d, const GrJson *j)
{
    static const struct {
        const char *key;
        GrJsonType type, other;
    } members[] = {{"special_tokens", GR_JSON_OBJECT, GR_JSON_OBJECT},
                   {"eos_id", GR_JSON_NUMBER, GR_JSON_ARRAY},
                   {"eos_ids", GR_JSON_NUMBER, GR_JSON_ARRAY},
                   {"pattern", GR_JSON_STRING, GR_JSON_STRING}};
    if (!gr_js_is(j, 0, GR_JSON_OBJECT))
        return gr_fail(&d->env, GRAM_E_VOCAB, 0,
                       "the special tokens are not a JSON object");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        GR_TRY(check_member(d, j, members[i].key, members[i].type,
                            members[i].other));
    return GRAM_OK;
}

static gram_status use_specials(GrVocabDraft *d, const GrJson *j, void *ctx)
{
    GrSpan *pattern = ctx;
    GR_TRY(check_specials(d, j));
    uint32_t map = gr_js_get(j, 0, "special_tokens");
    if (gr_js_is(j, map, GR_JSON_OBJECT))
        GR_TRY(gr_js_each(d, d->options->side[GR_SIDE_SPECIALS], j, map,
                          set_special, d));
    GR_TRY(add_ends(d, j, gr_js_get(j, 0, "eos_id")));
    GR_TRY(add_ends(d, j, gr_js_get(j, 0, "eos_ids")));
    uint32_t p = gr_js_get(j, 0, "pattern");
    if (!gr_js_is(j, p, GR_JSON_STRING)) return GRAM_OK;
    return gr_draft_text(d, j->node[p].text, j->node[p].n, pattern);
}

gram_status gr_read_specials(GrVocabDraft *d, GrSpan *pattern)
{
    *pattern = (GrSpan){0, 0};
    /* the ids of a file that the caller trusts may leave larger gaps */
    GrBytes b = d->options->side[GR_SIDE_SPECIALS];
    if (b.p == NULL) return GRAM_OK;
    return with_json(d, GR_SIDE_SPECIALS, "special tokens", use_specials,
                     pattern);
}

/* --- tokenizer_config.json and its neighbours ----------------------------- */

/* Names of this file first; a normal token may end a generation too. */
static uint32_t find_name(const GrVocabDraft *d, const GrKeys *keys,
                          const char *p, uint32_t n)
{
    for (uint32_t i = 0; i < d->name.n; i++) {
        GrSpan s = d->name.at[i].span;
        if (s.len == n && memcmp(gr_draft_at(d, s), p, n) == 0)
            return d->name.at[i].id;
    }
    if (keys == NULL) return UINT32_MAX;
    GrKeys now = *keys; /* the draft's text may have moved since */
    now.text = d->text.at;
    return gr_keys_find(&now, p, n);
}

/* "eos_token": "</s>" or {"content": "</s>", ...} */
static gram_status add_named_end(GrVocabDraft *d, const GrKeys *keys,
                                 const GrJson *j, uint32_t i)
{
    if (gr_js_is(j, i, GR_JSON_OBJECT)) i = gr_js_get(j, i, "content");
    if (!gr_js_is(j, i, GR_JSON_STRING)) return GRAM_OK;
    uint32_t id = find_name(d, keys, j->node[i].text, j->node[i].n);
    if (id == UINT32_MAX) return GRAM_OK; /* it names no token of this one */
    if (id < d->kind.n && d->kind.at[id] < GR_TOKEN_USER)
        GR_TRY(gr_draft_name(d, id, j->node[i].text, j->node[i].n));
    return gr_draft_end(d, id);
}

/* One reader for all: members that a file does not have are absent. */
static gram_status use_config(GrVocabDraft *d, const GrJson *j, void *ctx)
{
    GR_TRY(add_named_end(d, ctx, j, gr_js_get(j, 0, "eos_token")));
    GR_TRY(add_ends(d, j, gr_js_get(j, 0, "eos_token_id")));
    uint64_t width;
    uint32_t i = gr_js_get(j, 0, "vocab_size");
    if (gr_js_u64(j, i, &width) && width < GR_LIMIT_VOCAB_TOKENS)
        d->width = (uint32_t)width;
    uint32_t text = gr_js_get(j, 0, "text_config");
    return add_ends(d, j, gr_js_get(j, text, "eos_token_id"));
}

gram_status gr_read_side_ends(GrVocabDraft *d, const GrKeys *keys)
{
    static const struct {
        GrSide side;
        const char *what;
    } files[] = {{GR_SIDE_TOKENIZER_CONFIG, "tokenizer_config.json"},
                 {GR_SIDE_SPECIAL_TOKENS, "special_tokens_map.json"},
                 {GR_SIDE_GENERATION_CONFIG, "generation_config.json"},
                 {GR_SIDE_CONFIG, "config.json"}};
    union {
        const GrKeys *from;
        void *to;
    } ctx = {keys};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        GR_TRY(with_json(d, files[i].side, files[i].what, use_config, ctx.to));
    return GRAM_OK;
}
