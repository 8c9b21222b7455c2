/* Masks of a schema by brute force: see world.h. */
#include "oracle/world.h"

#include "api/api.h"
#include "grammar/grammar.h"
#include "oracle/mask_oracle.h"
#include "schema/schema.h"
#include "t.h"

/* The ways to compute a mask: what is left out, and the memory for what is
 * kept (0: enough; TINY: for next to nothing).  The one before the last has
 * masks made beforehand. */
enum { N_WAYS = 8, PRECOMPUTED = 6, TEXT_MAX = 600, TOKENS_MAX = 300 };
enum { TINY = 40000 };
static const struct {
    const char *name;
    uint32_t flags;
    size_t memory;
} ways[N_WAYS] = {
    {"all ways", 0, 0},
    {"no classes", GR_MASK_NO_CLASSES, 0},
    {"no near", GR_MASK_NO_NEAR, 0},
    {"no memo", GR_MASK_NO_MEMO, 0},
    {"no parts", GR_MASK_NO_PARTS, 0},
    {"walk alone", GR_MASK_NO_CLASSES | GR_MASK_NO_NEAR | GR_MASK_NO_PARTS, 0},
    {"precomputed", 0, 0},
    {"tiny cache", 0, TINY},
};

typedef struct Masks {
    World *w;
    Gen *g;
    const GrVocab *v;
    GrEnv env[N_WAYS];
    GrPda *pda[N_WAYS];
    GrMasks *masks[N_WAYS];
    GrMatcher *m[N_WAYS];
    MaskOracle oracle;
    bool has_oracle;
    GrMap met;       /* configurations that the oracle has judged */
    GrMatcher *twin; /* an older fork, left behind */
    GrText text;
    uint32_t len[TOKENS_MAX + 1]; /* of the text before each token */
    uint32_t n;
    uint32_t *row, *kept;
    bool limited; /* the last mask met a limit: that is no verdict */
    const char *schema;
} Masks;

static bool bad(Masks *k, const char *what, uint32_t token)
{
    uint32_t n = 0;
    const char *b = token < k->v->n_tokens && gr_vocab_is_text(k->v, token)
                        ? gr_vocab_bytes(k->v, token, &n)
                        : "";
    snprintf(k->w->why, WORLD_WHY, "%.2500s\n    %s at `%.*s`, token %u `%.*s`",
             k->schema, what, (int)(k->text.n > 700 ? 700 : k->text.n),
             k->text.at ? k->text.at : "", token, (int)n, b);
    return false;
}

static gram_status compile(Masks *k, int i)
{
    size_t len = strlen(k->schema);
    gram_kind kind = k->w->kind;
    gram_status s = gr_pda_new(&k->env[i], &k->pda[i]);
    if (s != GRAM_OK) return s;
    if (kind == 0 || kind == GRAM_KIND_JSON_SCHEMA)
        return gr_schema_compile(&k->env[i], k->schema, len, k->w->options,
                                 k->pda[i]);
    GrReport report = {0};
    s = gr_grammar_compile(&k->env[i], kind, k->schema, len, k->w->options,
                           k->pda[i], &report);
    gr_report_clear(&k->env[i], &report);
    return s;
}

/* *made: the schema compiles (where not, that is no matter of masks). */
static bool start(Masks *k, gram_vocab *v, bool *made)
{
    gram_error e = {0};
    *made = false;
    k->v = v->v;
    k->row = calloc(k->v->mask_words + 1u, 4);
    k->kept = calloc(k->v->mask_words + 1u, 4);
    if (k->row == NULL || k->kept == NULL) return bad(k, "memory", 0);
    for (int i = 0; i < N_WAYS; i++) {
        uint32_t flags = ways[i].flags | GR_MASK_BY_BYTES;
        GrMasksOptions mo = {NULL, ways[i].memory, flags, NULL};
        gr_env_init(&k->env[i], NULL, 0, 0);
        k->env[i].error = &e;
        if (compile(k, i) != GRAM_OK) return true;
        if (gr_masks_new(k->pda[i], k->v, v->tables, &mo, &k->masks[i]) !=
                GRAM_OK ||
            gr_matcher_new(k->masks[i], NULL, 0, &e, &k->m[i]) != GRAM_OK)
            return bad(k, "no masks", 0);
    }
    k->has_oracle = mask_oracle_init(&k->oracle, k->masks[0]) == GRAM_OK;
    *made = true;
    return k->has_oracle;
}

static void stop(Masks *k)
{
    if (k->has_oracle) mask_oracle_clear(&k->oracle);
    gr_matcher_free(k->twin);
    gr_vec_clear(&k->env[0], &k->text);
    gr_map_clear(&k->oracle.env, &k->met);
    for (int i = 0; i < N_WAYS; i++) {
        gr_matcher_free(k->m[i]);
        gr_masks_free(k->masks[i]);
        gr_pda_free(k->pda[i]);
    }
    free(k->row);
    free(k->kept);
}

/* A few hundred configurations are enough. */
static int some(void *ctx, uint64_t masks, uint64_t bytes)
{
    int *left = ctx;
    (void)masks;
    (void)bytes;
    return (*left)-- > 0;
}

static bool precompute(Masks *k)
{
    int left = 4;
    GrEnv env;
    GrWork *work;
    uint64_t n;
    gr_env_init(&env, NULL, 0, 0);
    if (gr_work_new(k->masks[PRECOMPUTED], &env, &work) != GRAM_OK)
        return bad(k, "no work space", 0);
    gram_status s = gr_masks_precompute(k->masks[PRECOMPUTED], work, 1 << 15,
                                        some, &left, &n);
    gr_work_free(work);
    return s == GRAM_OK || s == GRAM_E_LIMIT || bad(k, "precompute", 0);
}

static uint32_t first_difference(const uint32_t *a, const uint32_t *b)
{
    uint32_t t = 0;
    while (gr_bit_get(a, t) == gr_bit_get(b, t)) t++;
    return t;
}

static uint64_t level_hash(const GrLevel *l)
{
    uint64_t h = 0;
    for (int i = 0; i < GR_REGS; i++) h = gr_mix(h ^ l->reg[i]);
    for (const GrSeen *s = l->seen; s != NULL; s = s->older) h += s->hash;
    return gr_mix(h);
}

/* Count the configuration, if it is a new one of this grammar. */
static void note(Masks *k)
{
    const GrConfig *c = gr_matcher_config(k->m[0]);
    uint64_t h = gr_mix(c->state.v) ^ level_hash(&c->level);
    for (const GrNode *n = c->stack; n != NULL; n = n->below)
        h = gr_mix(h ^ n->frame.v) ^ level_hash(&n->level);
    if (gr_map_find(&k->met, h) == NULL &&
        gr_map_put(&k->oracle.env, &k->met, h, 1) == GRAM_OK)
        k->w->masks++;
}

static bool mask(Masks *k, int way, GrMaskView *view)
{
    gram_status s = gr_matcher_mask(k->m[way], view);
    k->limited = s == GRAM_E_LIMIT;
    return s == GRAM_OK || bad(k, gr_matcher_error(k->m[way])->message, 0);
}

/* The row of way 0 into k->row; all other ways and the oracle agree. */
static bool same_rows(Masks *k)
{
    GrMaskView view;
    size_t size = (size_t)k->v->mask_words * 4;
    uint32_t first = 0;
    if (!mask(k, 0, &view)) return false;
    memcpy(k->row, view.row, size);
    if (k->w->fault == WORLD_FAULT_MASK && k->n == 2) k->row[0] ^= 4;
    for (int i = 1; i < N_WAYS; i++) {
        if (!mask(k, i, &view)) return false;
        if (memcmp(k->row, view.row, size) != 0)
            return bad(k, ways[i].name, first_difference(k->row, view.row));
    }
    if (mask_oracle_compare(&k->oracle, gr_matcher_config(k->m[0]), k->text.at,
                            k->text.n, k->row, &first) != 0)
        return bad(k, "brute force", first);
    note(k);
    return true;
}

/* The public face says the same, for some tokens. */
static bool same_checks(Masks *k)
{
    for (int i = 0; i < 8; i++) {
        uint32_t t = gen_below(k->g, k->v->n_tokens);
        gram_status s = gr_matcher_check(k->m[0], t);
        if ((s == GRAM_OK) != gr_bit_get(k->row, t)) return bad(k, "check", t);
    }
    return true;
}

static uint32_t choose(Masks *k)
{
    uint32_t n = k->v->n_tokens, from = gen_below(k->g, n), found = UINT32_MAX;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t t = (from + i) % n, len;
        if (!gr_bit_get(k->row, t) || gr_vocab_is_end(k->v, t)) continue;
        gr_vocab_bytes(k->v, t, &len);
        if (found == UINT32_MAX) found = t;
        /* bytes are the boring ones */
        if (len > 1) return t;
        if (gen_below(k->g, 3) == 0) return found;
    }
    return found;
}

static bool forward(Masks *k, uint32_t token)
{
    uint32_t n;
    const char *b = gr_vocab_bytes(k->v, token, &n);
    for (int i = 0; i < N_WAYS; i++)
        if (gr_matcher_accept(k->m[i], token) != GRAM_OK)
            return bad(k, "refused", token);
    k->len[k->n++] = k->text.n;
    return gr_text_put(&k->env[0], &k->text, b, n) == GRAM_OK;
}

/* Go back, look at the mask there, come again: the same as before. */
static bool back_and_forth(Masks *k)
{
    GrMaskView view;
    uint32_t n = 1 + gen_below(k->g, k->n < 6 ? k->n : 6);
    for (int i = 0; i < N_WAYS; i++)
        if (gr_matcher_rollback(k->m[i], n) != GRAM_OK)
            return bad(k, "rollback", 0);
    k->n -= n;
    k->text.n = k->len[k->n];
    if (gr_matcher_mask(k->m[0], &view) != GRAM_OK) return bad(k, "mask", 0);
    return true;
}

/* A matcher from the start that reads the same text has the same mask, and so
 * has a fork; the fork stays behind and must not notice what follows. */
static bool replay_and_fork(Masks *k)
{
    GrMaskView view;
    GrMatcher *fresh = NULL;
    gram_error e;
    size_t at, size = (size_t)k->v->mask_words * 4;
    if (k->twin != NULL) {
        if (gr_matcher_mask(k->twin, &view) != GRAM_OK ||
            memcmp(k->kept, view.row, size) != 0)
            return bad(k, "an old fork has changed",
                       first_difference(k->kept, view.row));
        gr_matcher_free(k->twin);
        k->twin = NULL;
    }
    memcpy(k->kept, k->row, size);
    if (gr_matcher_fork(k->m[0], &k->twin) != GRAM_OK) return bad(k, "fork", 0);
    if (gr_matcher_new(k->masks[0], NULL, 0, &e, &fresh) != GRAM_OK)
        return bad(k, "new", 0);
    bool ok = gr_matcher_accept_bytes(fresh, k->text.at ? k->text.at : "",
                                      k->text.n, &at) == GRAM_OK &&
              gr_matcher_mask(fresh, &view) == GRAM_OK;
    ok = ok ? memcmp(k->row, view.row, size) == 0 ||
                  bad(k, "replay", first_difference(k->row, view.row))
            : bad(k, "replay refused", 0);
    gr_matcher_free(fresh);
    return ok;
}

static void restart(Masks *k)
{
    for (int i = 0; i < N_WAYS; i++) gr_matcher_reset(k->m[i]);
    k->n = k->text.n = 0;
}

static bool step(Masks *k)
{
    if (!same_rows(k) || !same_checks(k)) return false;
    if (gen_below(k->g, 8) == 1 && !replay_and_fork(k)) return false;
    uint32_t t = choose(k);
    if (t == UINT32_MAX || k->text.n > TEXT_MAX || k->n >= TOKENS_MAX)
        restart(k);
    else if (!forward(k, t))
        return false;
    return k->n == 0 || gen_below(k->g, 6) != 1 || back_and_forth(k);
}

bool world_masks(World *w, Gen *g, gram_vocab *v, const char *schema, int steps)
{
    Masks *k = calloc(1, sizeof *k);
    bool made = false, ok = k != NULL;
    if (k == NULL) return false;
    k->w = w;
    k->g = g;
    k->schema = schema;
    ok = start(k, v, &made);
    w->compiled += ok && made;
    if (ok && made) ok = precompute(k);
    for (int i = 0; i < steps && ok && made; i++) ok = step(k);
    w->limits += !ok && k->limited;
    ok |= k->limited;
    stop(k);
    free(k);
    return ok;
}
