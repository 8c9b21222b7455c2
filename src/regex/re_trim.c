/* What no word of an intersection can have.
 *
 * In: a term.  Out: one for the same language, mostly smaller.  The letters of
 * an intersection (re_letters.c) bound those of its words; what its operands
 * say of other characters does not matter:
 *
 *     date-time & ~(all a b all)     no date-time has an "a": ~(none)
 *     date-time &  (all a b all)     none
 *
 * Terms like these come of schemas with several formats and patterns for one
 * string.  As they stand, only a walk through thousands of derivatives tells
 * the lengths of the first; so that is tried where such a walk, or a search for
 * words, has begun.
 *
 * Rejected: as a law of the normal form (each derivative would ask again);
 * cutting sets down to the letters (terms that are shared now would differ).
 *
 * Cost: a few steps a term below; terms of more than MOST_LOOKS are left
 * alone. */
#include "regex/re_pool.h"

enum { MOST_LOOKS = 4096 };

typedef struct Trim {
    GrMap seen; /* term -> what it becomes */
    ReVec todo, kids;
    SetId letters; /* of all words */
    uint32_t looks;
} Trim;

/* The operands of a term, of a complement as well. */
static const uint32_t *operands(const GrRe *re, ReId a, uint32_t *n)
{
    const ReNode *node = gr_re_node(re, a);
    if (node->kind != RE_NOT) return gr_re_operands(re, a, n);
    *n = 1;
    return &node->a;
}

/* A term joins the list, once. */
static gram_status note(GrRe *re, Trim *t, uint32_t a)
{
    if (gr_map_find(&t->seen, a) != NULL) return GRAM_OK;
    GR_TRY(gr_map_put(re->env, &t->seen, a, 0));
    t->looks++;
    return gr_vec_push(re->env, &t->todo, a);
}

/* Is there a set in a without a letter of all? */
static gram_status has_dead(GrRe *re, Trim *t, ReId a, bool *dead)
{
    *dead = false;
    GR_TRY(note(re, t, a.v));
    while (t->todo.n > 0 && !*dead) {
        uint32_t n;
        ReId top = gr_re_id(t->todo.at[--t->todo.n]);
        const ReNode *node = gr_re_node(re, top);
        const uint32_t *kid = operands(re, top, &n);
        *dead = node->kind == RE_SET &&
                !gr_set_meets(re, (SetId){node->a}, t->letters);
        for (uint32_t i = 0; i < n; i++) GR_TRY(note(re, t, kid[i]));
        GR_TRY(gr_step(re->env, n + 1));
    }
    return GRAM_OK;
}

/* What became of operand i. */
static ReId became(const Trim *t, const uint32_t *kid, uint32_t i)
{
    return gr_re_id(*gr_map_find(&t->seen, kid[i]));
}

/* The term of trimmed operands; a itself where they are what they were. */
static gram_status remake(GrRe *re, Trim *t, ReId a, ReId *out)
{
    const ReNode *node = gr_re_node(re, a);
    uint32_t n, changed = 0;
    const uint32_t *kid = operands(re, a, &n);
    t->kids.n = 0;
    *out = a;
    for (uint32_t i = 0; i < n; i++) {
        GR_TRY(gr_vec_push(re->env, &t->kids, became(t, kid, i).v));
        changed += t->kids.at[i] != kid[i];
    }
    const ReId *x = (const ReId *)t->kids.at;
    if (node->kind == RE_SET && !gr_set_meets(re, (SetId){node->a}, t->letters))
        *out = gr_re_none(re);
    if (changed == 0) return GRAM_OK;
    switch ((ReKind)node->kind) {
    case RE_CAT: return gr_re_cat(re, x[0], x[1], out);
    case RE_REP: return gr_re_repeat(re, x[0], node->lo, node->hi, out);
    case RE_NOT: return gr_re_not(re, x[0], out);
    case RE_OR: return gr_re_or(re, x, n, out);
    default: return gr_re_and(re, x, n, out);
    }
}

/* On an explicit stack: a term waits below its operands. */
static gram_status trim(GrRe *re, Trim *t, ReId a)
{
    gr_map_clear(re->env, &t->seen);
    t->todo.n = 0;
    GR_TRY(gr_vec_push(re->env, &t->todo, a.v));
    while (t->todo.n > 0) {
        uint32_t before = t->todo.n, n;
        ReId top = gr_re_id(t->todo.at[before - 1]), out;
        const uint32_t *kid = operands(re, top, &n);
        for (uint32_t i = 0; i < n; i++)
            if (gr_map_find(&t->seen, kid[i]) == NULL)
                GR_TRY(gr_vec_push(re->env, &t->todo, kid[i]));
        GR_TRY(gr_step(re->env, n + 1));
        if (t->todo.n > before) continue;
        GR_TRY(remake(re, t, top, &out));
        GR_TRY(gr_map_put(re->env, &t->seen, top.v, out.v));
        t->todo.n--;
    }
    return GRAM_OK;
}

static gram_status trim_all(GrRe *re, Trim *t, ReId a, ReId *out)
{
    bool any, dead;
    GR_TRY(gr_re_letters(re, a, &t->letters, &any));
    if (any) return GRAM_OK;
    GR_TRY(has_dead(re, t, a, &dead));
    if (!dead || t->looks > MOST_LOOKS) return GRAM_OK;
    GR_TRY(trim(re, t, a));
    *out = became(t, &a.v, 0);
    return GRAM_OK;
}

/* What comes out is not tried again: nobody need ask for more than once. */
gram_status gr_re_trim(GrRe *re, ReId a, ReId *out)
{
    Trim t = {.looks = 0};
    ReNode *node = gr_re_node(re, a);
    *out = a;
    if (node->kind != RE_AND || node->trimmed) return GRAM_OK;
    gram_status st = trim_all(re, &t, a, out);
    gr_map_clear(re->env, &t.seen);
    gr_vec_clear(re->env, &t.todo);
    gr_vec_clear(re->env, &t.kids);
    if (st == GRAM_OK) gr_re_node(re, *out)->trimmed = true;
    return st;
}
