/* Which token ids the token terminals of a grammar tell apart.
 *
 * In: the token sets of the automata, as lists of ids, some of them negated.
 * Out: the coarsest partition that no set cuts, and every set as bits of
 * classes.  A negated set holds text tokens only: what is no text (the end
 * of a generation, the start of a message) is allowed where it is named and
 * nowhere else.  So ids start in two classes, text and not, and each set
 * splits the classes that it lists a part of.
 *
 * Cost: the ids of all sets together, and classes times sets for the bits. */
#include "grammar/rtn.h"

/* Each set has a bit for every class: a bound on what that takes. */
enum { MAX_CLASSES = 4096 };

typedef struct Tokens {
    GrRtn *t;
    const GrNfa *n;
    GrVec(uint64_t) sorted; /* ids of all sets */
    GrVec(uint32_t) cls;    /* by place in t->tokens.list; the last is that
                               of all text tokens that are not listed */
    uint32_t n_classes;
    GrMap map; /* scratch: old class -> new */
} Tokens;

/* Without a vocabulary every id is (grammar.h). */
static bool is_text(const Tokens *x, uint32_t id)
{
    const GrTokenNames *names = x->n->r->tokens;
    bool text = true;
    if (names != NULL) names->exists(names->ctx, id, &text);
    return text;
}

/* All ids that occur, ascending; at first class 0 is text and 1 is not. */
static gram_status list_ids(Tokens *x)
{
    GrEnv *env = x->t->env;
    for (uint32_t s = 0; s < x->n->token_sets.n; s++) {
        uint32_t n;
        const uint32_t *w = gr_intern_get(&x->n->token_sets, s, &n);
        for (uint32_t i = 1; i < n; i++)
            GR_TRY(gr_vec_push(env, &x->sorted, w[i]));
    }
    gr_sort_words(x->sorted.at, x->sorted.n);
    for (uint32_t i = 0; i < x->sorted.n; i++) {
        GrTokenClass c = {(uint32_t)x->sorted.at[i], 0};
        if (i > 0 && x->sorted.at[i - 1] == c.id) continue;
        c.cls = !is_text(x, c.id);
        GR_TRY(gr_vec_push(env, &x->cls, c.cls));
        GR_TRY(gr_vec_push(env, &x->t->tokens.list, c));
    }
    x->n_classes = 2;
    return gr_vec_push(env, &x->cls, 0);
}

/* Of an id that is in the list; by halves. */
static uint32_t place_of(const Tokens *x, uint32_t id)
{
    const GrTokenClass *list = x->t->tokens.list.at;
    uint32_t lo = 0, hi = x->t->tokens.list.n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (list[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The new class of what a map has not seen; else the one it has.  The map lives
 * for one pass, so that equal old classes get equal new ones. */
static gram_status renamed(Tokens *x, uint32_t old, uint32_t *fresh,
                           uint32_t *out)
{
    uint32_t *known = gr_map_find(&x->map, old);
    if (known != NULL) {
        *out = *known;
        return GRAM_OK;
    }
    *out = (*fresh)++;
    return gr_map_put(x->t->env, &x->map, old, *out);
}

/* Members of the set leave their classes, those of one class together. */
static gram_status split(Tokens *x, uint32_t s)
{
    uint32_t n;
    const uint32_t *w = gr_intern_get(&x->n->token_sets, s, &n);
    gr_map_clear(x->t->env, &x->map);
    for (uint32_t i = 1; i < n; i++) {
        uint32_t *cls = &x->cls.at[place_of(x, w[i])];
        GR_TRY(renamed(x, *cls, &x->n_classes, cls));
    }
    return gr_step(x->t->env, n);
}

/* Classes that are left, numbered from 0; without a negated set nothing asks
 * for what is not listed. */
static gram_status number(Tokens *x)
{
    RtnTokens *out = &x->t->tokens;
    bool negated = false;
    for (uint32_t s = 0; s < x->n->token_sets.n; s++)
        negated |= gr_intern_get(&x->n->token_sets, s, NULL)[0] != 0;
    gr_map_clear(x->t->env, &x->map);
    for (uint32_t i = 0; i < out->list.n; i++)
        GR_TRY(renamed(x, x->cls.at[i], &out->n_classes, &out->list.at[i].cls));
    out->other = GR_NO_CLASS;
    if (negated)
        GR_TRY(
            renamed(x, x->cls.at[out->list.n], &out->n_classes, &out->other));
    if (out->n_classes <= MAX_CLASSES) return GRAM_OK;
    return gr_fail(x->t->env, GRAM_E_LIMIT, GR_NOWHERE,
                   "more than %d kinds of tokens told apart", MAX_CLASSES);
}

/* Members of a class are alike: all are text or none, and a set lists all or
 * none.  So one of them speaks for its class. */
static gram_status put_bits(Tokens *x, uint32_t s)
{
    RtnTokens *out = &x->t->tokens;
    uint32_t n;
    const uint32_t *w = gr_intern_get(&x->n->token_sets, s, &n);
    uint32_t *bits = out->bits.at + (size_t)s * out->words;
    if (w[0] != 0) {
        for (uint32_t i = 0; i < out->list.n; i++)
            if (is_text(x, out->list.at[i].id))
                gr_bit_set(bits, out->list.at[i].cls);
        gr_bit_set(bits, out->other);
    }
    for (uint32_t i = 1; i < n; i++) {
        uint32_t cls = out->list.at[place_of(x, w[i])].cls;
        if (w[0] != 0)
            gr_bit_clear(bits, cls);
        else
            gr_bit_set(bits, cls);
    }
    return gr_step(x->t->env, n + (w[0] ? out->list.n : 0));
}

/* Split by every set, number what is left, and write the sets anew. */
static gram_status classify(Tokens *x)
{
    RtnTokens *out = &x->t->tokens;
    GR_TRY(list_ids(x));
    for (uint32_t s = 0; s < x->n->token_sets.n; s++) GR_TRY(split(x, s));
    GR_TRY(number(x));
    out->words = gr_bit_words(out->n_classes);
    uint64_t n = (uint64_t)out->words * x->n->token_sets.n;
    GR_TRY(gr_vec_reserve(x->t->env, &out->bits, n));
    memset(out->bits.at, 0, n * sizeof *out->bits.at);
    out->bits.n = (uint32_t)n;
    for (uint32_t s = 0; s < x->n->token_sets.n; s++) GR_TRY(put_bits(x, s));
    return GRAM_OK;
}

gram_status gr_rtn_classify_tokens(GrRtn *t, const GrNfa *n)
{
    Tokens x = {.t = t, .n = n};
    t->tokens.other = GR_NO_CLASS;
    if (n->token_sets.n == 0) return GRAM_OK;
    gram_status status = classify(&x);
    gr_vec_clear(t->env, &x.sorted);
    gr_vec_clear(t->env, &x.cls);
    gr_map_clear(t->env, &x.map);
    return status;
}
