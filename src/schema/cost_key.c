/* Estimates inside and behind object keys: which names a byte state can still
 * become, and what follows them.
 *
 * An object whose members are still required has a completion (the one that
 * its search has found, cost_open.c), and that begins with some key; where
 * the bytes so far can become this key it is the one that is weighed, and no
 * other.  Only where they lead elsewhere, or nothing has to come, the names
 * that they can become are tried, the nearest first.  So a plan asks for one
 * search a byte, not for one search a name.
 *
 * Names that fit are a function of the byte state and the object, and are
 * kept for both. */
#include "schema/cost.h"
#include "schema/layout.h"

#include <stdlib.h>

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* --- the end of a character ----------------------------------------------- */

typedef GrVec(LexEnd) Ends;

static bool has_lex(const Ends *v, uint32_t from, LexId lex)
{
    for (uint32_t i = from; i < v->n; i++)
        if (v->at[i].lex.v == lex.v) return true;
    return false;
}

/* Breadth first over the bytes of one character: `open` grows level by
 * level, so the first time a state is met is the nearest.  A boundary is not
 * gone beyond: there the character ends.  Class 0 is skipped, whose bytes
 * lead nowhere. */
static gram_status find_ends(Sm *sm, LexId lex, Ends *open, Ends *out)
{
    GR_TRY(gr_vec_push(sm->env, open, (LexEnd){lex, 0}));
    for (uint32_t i = 0; i < open->n; i++) {
        LexEnd at = open->at[i];
        GrLexInfo info;
        GR_TRY(gr_step(sm->env, 1));
        GR_TRY(gr_lex_info(sm->re, at.lex, &info));
        if (info.boundary) {
            GR_TRY(gr_vec_push(sm->env, out, at));
            continue;
        }
        for (uint32_t c = 1; c < info.n_classes; c++) {
            LexEnd next = {at.lex, at.bytes + 1};
            bool whole;
            GR_TRY(gr_lex_move(sm->re, at.lex, c, &next.lex, &whole));
            if (!has_lex(open, 0, next.lex))
                GR_TRY(gr_vec_push(sm->env, open, next));
        }
    }
    return GRAM_OK;
}

/* A function of the byte state alone, so kept for good. */
gram_status sm_lex_ends(Sm *sm, LexId lex, const LexEnd **end, uint32_t *n)
{
    const uint32_t *memo = gr_map_find(&sm->lex_ends, lex.v);
    if (memo == NULL) {
        Ends open = {0}, out = {0};
        LexEnds e = {NULL, 0};
        gram_status status = find_ends(sm, lex, &open, &out);
        if (status == GRAM_OK) {
            e.n = out.n;
            e.at = (const LexEnd *)gr_arena_copy(sm->env, &sm->arena, out.at,
                                                 out.n * sizeof *out.at);
            if (e.at == NULL) status = GRAM_E_MEMORY;
        }
        gr_vec_clear(sm->env, &open);
        gr_vec_clear(sm->env, &out);
        GR_TRY(status);
        GR_TRY(gr_vec_push(sm->env, &sm->ends, e));
        GR_TRY(gr_map_put(sm->env, &sm->lex_ends, lex.v, sm->ends.n - 1));
        memo = gr_map_find(&sm->lex_ends, lex.v);
    }
    *end = sm->ends.at[*memo].at;
    *n = sm->ends.at[*memo].n;
    return GRAM_OK;
}

/* --- keys ----------------------------------------------------------------- */

/* A key's frame holds its object. */
TypedId sm_key_object(const Sm *sm, const GrNode *n)
{
    uint32_t len;
    return (TypedId){sm_frame_key(sm, n->frame, &len)[1]};
}

/* What follows a key that is not among the seen ones yet.  It is put into the
 * list of those seen and taken out again: the copy that regs point to has one
 * place more (sm_take_regs). */
static gram_status after_key(Sm *sm, TypedId t, uint32_t key, const Regs *regs,
                             uint64_t more, SmWays *out)
{
    Regs with = *regs;
    uint32_t *seen = (uint32_t *)regs->seen, at = regs->n_seen;
    with.count++;
    if (sm_rank(sm, t, key) > with.last) with.last = sm_rank(sm, t, key);
    if (!(key & 1)) {
        for (; at > 0 && seen[at - 1] > key / 2; at--) seen[at] = seen[at - 1];
        seen[at] = key / 2;
        with.n_seen++;
    }
    gram_status status = sm_child_ways(sm, t, key, &with, more, out);
    if (!(key & 1))
        memmove(seen + at, seen + at + 1, (regs->n_seen - at) * sizeof *seen);
    return status;
}

/* --- names ---------------------------------------------------------------- */

/* Of a character in a JSON string, at most: \u00XX, a backslash and itself, or
 * its UTF-8. */
static uint64_t char_bytes(uint32_t c, uint32_t len)
{
    return c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : len;
}

/* Does a byte state lead to this name by its text from `at` on, and may that
 * come?  *bytes: of that, the closing quote included; 0 if not.  The byte state
 * knows, of what may follow, `all` keys and the `words` among them.  First the
 * word must be reached, then the keys must allow it. */
static gram_status rest_from(Sm *sm, const GrLexInfo *info, const GrName *name,
                             uint32_t at, uint64_t *bytes)
{
    ReId all = info->expr[0], words = info->expr[1];
    uint32_t len;
    uint64_t n = 1;
    *bytes = 0;
    for (uint32_t i = at; i < name->len; i += len) {
        uint32_t c = gr_utf8_get(name->text + i, name->len - i, &len);
        n += char_bytes(c, len);
        GR_TRY(gr_re_derive(sm->re, words, c, &words));
        if (words.v == gr_re_none(sm->re).v) return GRAM_OK;
    }
    if (gr_re_word(sm->re, words) != name->id) return GRAM_OK;
    for (uint32_t i = at; i < name->len; i += len) {
        uint32_t c = gr_utf8_get(name->text + i, name->len - i, &len);
        GR_TRY(gr_re_derive(sm->re, all, c, &all));
    }
    if (gr_re_nullable(sm->re, all)) *bytes = n;
    return GRAM_OK;
}

/* The rest of a name that can follow: its place in the text, and bytes as
 * above.  The state does not say how much of a name was written, only what may
 * follow: so each place of the name is tried as the one where it goes on.  A
 * place that fits by chance does no harm: where the rest leads is the name by
 * its number. */
static gram_status name_rest(Sm *sm, const GrLexInfo *info, const GrName *name,
                             uint32_t *at, uint64_t *bytes)
{
    uint32_t len = 0;
    *bytes = 0;
    GR_TRY(gr_step(sm->env, 1));
    for (*at = 0; *at <= name->len; *at += len) {
        GR_TRY(rest_from(sm, info, name, *at, bytes));
        if (*bytes > 0 || *at == name->len) return GRAM_OK;
        gr_utf8_get(name->text + *at, name->len - *at, &len);
    }
    return GRAM_OK;
}

/* The nearest names of a byte state at a boundary: so many are kept.  Once so
 * many of them were tried the first that lives is the last one tried. */
enum { NAMES_KEPT = 64, NAMES_TRIED = 8 };

static int by_rest(const void *a, const void *b)
{
    const KeyRest *x = a, *y = b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

typedef GrVec(KeyRest) Rests;

/* Linear in the names, once for a byte state and an object. */
static gram_status find_rests(Sm *sm, const Universe *u, const GrLexInfo *info,
                              Rests *out)
{
    for (uint32_t i = 0; i < u->n_names; i++) {
        uint64_t bytes;
        uint32_t at;
        GR_TRY(name_rest(sm, info, &sm->key.at[u->names[i]], &at, &bytes));
        if (bytes > 0)
            GR_TRY(gr_vec_push(sm->env, out, (KeyRest){i, (uint32_t)bytes}));
    }
    if (out->n > 1) qsort(out->at, out->n, sizeof *out->at, by_rest);
    if (out->n > NAMES_KEPT) out->n = NAMES_KEPT;
    return GRAM_OK;
}

static gram_status keep_rests(Sm *sm, uint64_t key, const Rests *found)
{
    KeyRests kept = {NULL, found->n};
    kept.at = (const KeyRest *)gr_arena_copy(sm->env, &sm->arena, found->at,
                                             found->n * sizeof *found->at);
    if (kept.at == NULL) return GRAM_E_MEMORY;
    GR_TRY(gr_vec_push(sm->env, &sm->rests, kept));
    return gr_map_put(sm->env, &sm->key_rests, key, sm->rests.n - 1);
}

/* A place where keys go on: an object and what is known there. */
typedef struct KeyPlace {
    TypedId t;
    LexId lex;
    const Regs *regs;
    const GrLexInfo *info; /* of lex: a boundary */
    uint64_t more;         /* bytes before it */
} KeyPlace;

static gram_status rests_of(Sm *sm, const KeyPlace *k, const Universe *u,
                            KeyRests *out)
{
    uint64_t key = gr_pair(k->lex.v, k->t.v);
    const uint32_t *memo = gr_map_find(&sm->key_rests, key);
    if (memo == NULL) {
        Rests found = {0};
        gram_status status = find_rests(sm, u, k->info, &found);
        if (status == GRAM_OK) status = keep_rests(sm, key, &found);
        gr_vec_clear(sm->env, &found);
        GR_TRY(status);
        memo = gr_map_find(&sm->key_rests, key);
    }
    *out = sm->rests.at[*memo];
    return GRAM_OK;
}

static bool is_seen(const Regs *regs, uint32_t name)
{
    for (uint32_t j = 0; j < regs->n_seen; j++)
        if (regs->seen[j] == name) return true;
    return false;
}

/* The nearest first.  A name that was seen cannot come again. */
static gram_status name_ways(Sm *sm, const KeyPlace *k, SmWays *out)
{
    const Universe *u;
    KeyRests rests;
    uint32_t tried = 0;
    GR_TRY(sm_universe(sm, k->t, &u));
    GR_TRY(rests_of(sm, k, u, &rests));
    for (uint32_t i = 0; i < rests.n; i++) {
        uint32_t name = u->names[rests.at[i].index];
        if (is_seen(k->regs, name)) continue;
        GR_TRY(after_key(sm, k->t, 2 * name, k->regs,
                         add(rests.at[i].bytes, k->more), out));
        if (++tried >= NAMES_TRIED && out->n > 0) break;
    }
    return GRAM_OK;
}

/* --- the key of a completion ---------------------------------------------- */

/* What is left of a name behind a byte state is asked at each byte, for the
 * same name: the newest answers. */
enum { RESTS_KNOWN = 512 };

struct RestKnown {
    uint32_t lex, key; /* of the question; key + 1, 0: there is none */
    uint32_t at;
    uint64_t bytes;
};

static gram_status known_rest(Sm *sm, const KeyPlace *k, uint32_t key,
                              const struct RestKnown **out)
{
    if (sm->rest_known == NULL)
        sm->rest_known =
            gr_zalloc(sm->env, RESTS_KNOWN, sizeof *sm->rest_known);
    if (sm->rest_known == NULL) return GRAM_E_MEMORY;
    uint64_t hash = gr_mix(gr_pair(k->lex.v, key));
    struct RestKnown *r = &sm->rest_known[hash % RESTS_KNOWN];
    *out = r;
    if (r->lex == k->lex.v && r->key == key + 1) return GRAM_OK;
    struct RestKnown found = {.lex = k->lex.v, .key = key + 1};
    GR_TRY(name_rest(sm, k->info, &sm->key.at[key], &found.at, &found.bytes));
    *r = found;
    return GRAM_OK;
}

void sm_forget_rests(Sm *sm)
{
    if (sm->rest_known != NULL)
        gr_free(sm->env, sm->rest_known, RESTS_KNOWN * sizeof *sm->rest_known);
    sm->rest_known = NULL;
}

/* The rest of the key that some completion has; 0 bytes if the text leads
 * elsewhere, or the key is any of a class. */
static gram_status wanted_rest(Sm *sm, const KeyPlace *k, uint32_t key,
                               uint32_t *at, uint64_t *bytes)
{
    const struct RestKnown *r;
    *bytes = 0;
    if (key == SM_NO_KEY || (key & 1)) return GRAM_OK;
    GR_TRY(known_rest(sm, k, key / 2, &r));
    *at = r->at;
    *bytes = r->bytes;
    return GRAM_OK;
}

/* The ways through the keys that the object's completions have, one for each of
 * its verdicts; *all is false where one of them has none that fits.  Verdicts
 * that have the same key in a row are tried with it once. */
static gram_status wanted_ways(Sm *sm, const KeyPlace *k, SmWays *out,
                               bool *all)
{
    const SmEnd *end;
    uint32_t n, at, last = SM_NO_KEY;
    GR_TRY(sm_ends(sm, k->t, &end, &n));
    *all = n > 0;
    for (uint32_t i = 0; i < n; i++) {
        OpenCost c;
        uint64_t bytes;
        GR_TRY(sm_open_cost(sm, end[i].typed, k->regs, &c));
        if (!c.alive || (c.key == last && last != SM_NO_KEY)) continue;
        GR_TRY(wanted_rest(sm, k, c.key, &at, &bytes));
        *all = *all && bytes > 0;
        if (bytes == 0) continue;
        last = c.key;
        GR_TRY(after_key(sm, k->t, last, k->regs, add(bytes, k->more), out));
    }
    *all = *all && out->n > 0;
    return GRAM_OK;
}

/* --- classes of keys ------------------------------------------------------ */

/* The keys of a class that are left: none of the names, all of its patterns
 * and none of the others. */
static gram_status class_rest(Sm *sm, const Universe *u, const KeyClass *c,
                              const GrLexInfo *info, ReId *out)
{
    size_t n = (size_t)u->n_patterns + 2, size = n * sizeof(ReId);
    ReId *part = gr_resize(sm->env, NULL, 0, size);
    if (part == NULL) return GRAM_E_MEMORY;
    part[0] = info->expr[0];
    gram_status status = gr_re_not(sm->re, info->expr[1], &part[1]);
    for (uint32_t i = 0; i < u->n_patterns && status == GRAM_OK; i++) {
        part[i + 2] = info->expr[i + 2];
        if (!gr_bit_get(c->bits, i))
            status = gr_re_not(sm->re, part[i + 2], &part[i + 2]);
    }
    if (status == GRAM_OK) status = gr_re_and(sm->re, part, (uint32_t)n, out);
    gr_free(sm->env, part, size);
    return status;
}

/* The ways behind a key of class i, put to those in `out` if there is such a
 * key.  What a key costs is an upper bound: its characters, escaped.  Where
 * letters do not tell that there is none, what comes behind is asked first:
 * a name that propertyNames forbids may be long to look for. */
static gram_status one_class_ways(Sm *sm, const KeyPlace *k, const Universe *u,
                                  uint32_t i, SmWays *behind, SmWays *out)
{
    ReId re;
    uint32_t least;
    bool none;
    GR_TRY(class_rest(sm, u, &u->classes[i], k->info, &re));
    GR_TRY(gr_re_apart(sm->re, re, gr_re_all(sm->re), &none));
    if (none) return GRAM_OK;
    behind->n = 0;
    GR_TRY(after_key(sm, k->t, 2 * i + 1, k->regs, add(1, k->more), behind));
    if (behind->n == 0) return GRAM_OK;
    GR_TRY(gr_re_is_none(sm->re, re, &none));
    if (none) return GRAM_OK;
    GR_TRY(gr_re_least_exact(sm->re, re, &least));
    for (uint32_t j = 0; j < behind->n; j++)
        GR_TRY(sm_ways_add(sm->env, out, behind->at[j].verdict,
                           add((uint64_t)6 * least, behind->at[j].bytes)));
    return GRAM_OK;
}

static gram_status class_ways(Sm *sm, const KeyPlace *k, SmWays *out)
{
    const Universe *u;
    SmWays behind = {0};
    GR_TRY(sm_universe(sm, k->t, &u));
    gram_status status = GRAM_OK;
    for (uint32_t i = 0; i < u->n_classes && status == GRAM_OK; i++)
        status = one_class_ways(sm, k, u, i, &behind, out);
    gr_vec_clear(sm->env, &behind);
    return status;
}

/* --- keys ----------------------------------------------------------------- */

/* Fewest searches first: if the completions known begin with keys that fit, no
 * others are looked at. */
static gram_status place_ways(Sm *sm, const KeyPlace *k, SmWays *out)
{
    bool all;
    GR_TRY(wanted_ways(sm, k, out, &all));
    if (all) return GRAM_OK;
    GR_TRY(name_ways(sm, k, out));
    return class_ways(sm, k, out);
}

/* Inside of a character: each way to end it, then as at a boundary. */
gram_status sm_key_ways(Sm *sm, LexId lex, TypedId t, const Regs *regs,
                        SmWays *out)
{
    KeyPlace k = {.t = t, .regs = regs};
    const LexEnd *end;
    uint32_t n;
    GR_TRY(sm_lex_ends(sm, lex, &end, &n));
    for (uint32_t i = 0; i < n; i++) {
        GrLexInfo info;
        GR_TRY(gr_lex_info(sm->re, end[i].lex, &info));
        k.lex = end[i].lex;
        k.info = &info;
        k.more = end[i].bytes;
        GR_TRY(place_ways(sm, &k, out));
    }
    return GRAM_OK;
}

/* The quote that begins the key is one byte more. */
gram_status sm_wait_ways(Sm *sm, TypedId t, const Regs *regs, SmWays *out)
{
    LexId start;
    GR_TRY(sm_find_language(sm, t, regs, &start));
    GR_TRY(sm_key_ways(sm, start, t, regs, out));
    for (uint32_t i = 0; i < out->n; i++)
        out->at[i].bytes = add(out->at[i].bytes, 1);
    return GRAM_OK;
}

/* --- hints ---------------------------------------------------------------- */

static void put(GrHint *out, char c)
{
    if (out->len < sizeof out->text) out->text[out->len++] = c;
}

/* The rest of a name and what follows it, as far as there is room; up to a
 * character that is escaped: its backslash, if nothing comes before it.  A hint
 * that is cut is one all the same: whoever follows it asks again. */
static void put_rest(const GrName *name, uint32_t at, bool colon, GrHint *out)
{
    for (; at < name->len; at++) {
        uint8_t c = (uint8_t)name->text[at];
        bool escaped = c < 0x20 || c == '"' || c == '\\';
        if (!escaped || out->len == 0) put(out, escaped ? '\\' : (char)c);
        if (escaped) return;
    }
    put(out, '"');
    if (colon) put(out, ':');
}

/* A key that the object's completion has, for sure where what it must be is one
 * thing.  With several verdicts any completion's key will do, but others might
 * be better. */
static gram_status wanted_key(Sm *sm, TypedId t, const Regs *regs,
                              uint32_t *key, bool *sure)
{
    const SmEnd *end;
    uint32_t n;
    OpenCost c;
    GR_TRY(sm_ends(sm, t, &end, &n));
    *sure = n == 1;
    GR_TRY(sm_open_cost(sm, *sure ? end[0].typed : t, regs, &c));
    *key = c.alive && c.key != SM_NO_KEY && !(c.key & 1) ? c.key : SM_NO_KEY;
    return GRAM_OK;
}

/* What is left of the key that the object's completion has. */
static gram_status rest_of_key(Sm *sm, const KeyPlace *k, GrHint *out)
{
    uint32_t key, at;
    uint64_t bytes;
    GR_TRY(wanted_key(sm, k->t, k->regs, &key, &out->sure));
    GR_TRY(wanted_rest(sm, k, key, &at, &bytes));
    if (bytes > 0) put_rest(&sm->key.at[key / 2], at, !sm->policy.layout, out);
    return GRAM_OK;
}

/* Inside of a character there is none. */
static gram_status key_hint(Sm *sm, const StateKey *s, const GrConfig *c,
                            GrHint *out)
{
    KeyPlace k = {.lex = {s->a}};
    Regs regs = {0};
    GrLexInfo info;
    GR_TRY(gr_lex_info(sm->re, k.lex, &info));
    if (!info.boundary) return GRAM_OK;
    k.info = &info;
    k.regs = &regs;
    k.t = sm_key_object(sm, c->stack);
    GR_TRY(sm_take_regs(sm, k.t, 0, &c->stack->level, &regs));
    gram_status status = rest_of_key(sm, &k, out);
    sm_drop_regs(sm, &regs);
    return status;
}

/* Before a key: what begins it, and all of it.  Behind a member that is a
 * comma first. */
static gram_status member_hint(Sm *sm, const StateKey *s, const GrConfig *c,
                               GrHint *out)
{
    TypedId t = {s->a};
    Regs regs = {0};
    uint32_t key = SM_NO_KEY;
    GR_TRY(sm_take_regs(sm, t, 0, &c->level, &regs));
    gram_status status = wanted_key(sm, t, &regs, &key, &out->sure);
    sm_drop_regs(sm, &regs);
    if (status != GRAM_OK || key == SM_NO_KEY) return status;
    if (s->kind == S_AFTER) put(out, ',');
    put(out, '"');
    put_rest(&sm->key.at[key / 2], 0, true, out);
    return GRAM_OK;
}

static gram_status layout_hint(Sm *sm, const StateKey *s, const GrConfig *c,
                               GrHint *out)
{
    out->text[0] = (char)sm_layout_hint(sm, s, &c->level);
    out->len = out->text[0] != 0;
    return GRAM_OK;
}

/* No hint is no error: out->len stays 0. */
gram_status sm_hint(Sm *sm, const GrConfig *c, GrHint *out)
{
    StateKey s = sm_state_key(sm, c->state);
    if (s.kind == S_KEY) return key_hint(sm, &s, c, out);
    if (sm->policy.layout) return layout_hint(sm, &s, c, out);
    switch (s.kind) {
    case S_OPEN:
    case S_AFTER:
    case S_WAIT: return member_hint(sm, &s, c, out);
    case S_COLON:
        put(out, ':');
        out->sure = true;
        return GRAM_OK;
    default: return GRAM_OK;
    }
}
