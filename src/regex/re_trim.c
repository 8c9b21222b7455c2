/* What no word of an intersection can have.
 *
 * In: a term.  Out: one for the same language, mostly smaller.  Each operand of
 * an intersection says which characters its words may have; what the others
 * say of further ones does not matter:
 *
 *     date-time & ~(all a all)     no date-time has an "a": ~(none)
 *     date-time &  (all a all)     none
 *
 * Terms like these come of schemas with several formats and patterns for one
 * string.  As they stand, only a walk through thousands of derivatives tells
 * that the second is empty, and all lengths of the first; so that is tried
 * where such a walk has begun.
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
    ReVec todo, sets;
    uint32_t ascii[4]; /* letters of lists of words */
    SetId letters;     /* of all words */
    uint32_t looks;
} Trim;

/* The operands of a term of any kind. */
static const uint32_t *operands(const GrRe *re, ReId a, uint32_t *n)
{
    const ReNode *node = gr_re_node(re, a);
    *n = node->kind == RE_CAT                           ? 2
         : node->kind == RE_REP || node->kind == RE_NOT ? 1
                                                        : 0;
    return node->kind == RE_OR || node->kind == RE_AND ? gr_re_kids(re, a, n)
                                                       : &node->a;
}

/* --- letters -------------------------------------------------------------- */

/* Below an intersection any operand bounds the letters: the first that is no
 * complement is taken. */
static uint32_t bounding(const GrRe *re, ReId a)
{
    uint32_t n, i = 0;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    while (i + 1 < n && gr_re_node(re, gr_re_id(kid[i]))->kind == RE_NOT) i++;
    return kid[i];
}

/* A term joins the list, once. */
static gram_status note(GrRe *re, Trim *t, uint32_t a)
{
    if (gr_map_find(&t->seen, a) != NULL) return GRAM_OK;
    GR_TRY(gr_map_put(re->env, &t->seen, a, 0));
    t->looks++;
    return gr_vec_push(re->env, &t->todo, a);
}

/* Those of a list of words; *known is false where they are not ASCII. */
static gram_status look_at_words(GrRe *re, Trim *t, const ReNode *node,
                                 bool *known)
{
    for (uint32_t i = node->lo; i < node->hi && *known; i++) {
        uint32_t len;
        const char *p = gr_words_text(re, node, i, &len);
        GR_TRY(gr_step(re->env, len + 1));
        for (uint32_t k = 0; k < len && *known; k++) {
            *known = (uint8_t)p[k] < 0x80;
            if (*known) gr_bit_set(t->ascii, (uint8_t)p[k]);
        }
    }
    t->looks += node->hi - node->lo;
    return GRAM_OK;
}

/* The sets of one term and its operands; *known is false where its words may
 * have any character. */
static gram_status look(GrRe *re, Trim *t, ReId a, bool *known)
{
    SetId leap;
    uint32_t n;
    const ReNode *node = gr_re_node(re, a);
    const uint32_t *kid = operands(re, a, &n);
    switch ((ReKind)node->kind) {
    case RE_NONE:
    case RE_EPS: return GRAM_OK;
    case RE_SET: return gr_vec_push(re->env, &t->sets, node->a);
    case RE_WORDS: return look_at_words(re, t, node, known);
    case RE_LEAP:
        GR_TRY(gr_leap_letters(re, &leap));
        return gr_vec_push(re->env, &t->sets, leap.v);
    case RE_AND: return note(re, t, bounding(re, a));
    case RE_CAT:
    case RE_REP:
    case RE_OR:
        for (uint32_t i = 0; i < n; i++) GR_TRY(note(re, t, kid[i]));
        return GRAM_OK;
    default: return *known = false, GRAM_OK;
    }
}

/* The characters of words as one more set. */
static gram_status put_ascii(GrRe *re, Trim *t)
{
    GrRange of[64];
    uint32_t n = 0;
    SetId set;
    for (uint32_t c = 0; c < 128; c++) {
        if (!gr_bit_get(t->ascii, c)) continue;
        if (n == 0 || of[n - 1].hi + 1 != c) of[n++].lo = c;
        of[n - 1].hi = c;
    }
    GR_TRY(gr_set_make(re, of, n, &set));
    return gr_vec_push(re->env, &t->sets, set.v);
}

/* All characters that words of a may have. */
static gram_status letters_of(GrRe *re, Trim *t, ReId a, SetId *out,
                              bool *known)
{
    gr_map_clear(re->env, &t->seen);
    t->todo.n = t->sets.n = 0;
    memset(t->ascii, 0, sizeof t->ascii);
    *known = true;
    GR_TRY(note(re, t, a.v));
    while (t->todo.n > 0 && *known) {
        GR_TRY(look(re, t, gr_re_id(t->todo.at[--t->todo.n]), known));
        *known = *known && t->looks <= MOST_LOOKS;
        GR_TRY(gr_step(re->env, 1));
    }
    if (!*known) return GRAM_OK;
    GR_TRY(put_ascii(re, t));
    return gr_set_or_all(re, (const SetId *)t->sets.at, t->sets.n, out);
}

/* Of all operands; *known is false where none of them says anything. */
static gram_status letters_of_all(GrRe *re, Trim *t, const uint32_t *kid,
                                  uint32_t n, bool *known)
{
    *known = false;
    for (uint32_t i = 0; i < n; i++) {
        SetId one;
        bool some;
        GR_TRY(letters_of(re, t, gr_re_id(kid[i]), &one, &some));
        if (some && *known)
            GR_TRY(gr_set_and(re, t->letters, one, &t->letters));
        else if (some)
            t->letters = one;
        *known |= some;
    }
    return GRAM_OK;
}

/* --- trimming ------------------------------------------------------------- */

/* Is there a set in a without a letter of all? */
static gram_status has_dead(GrRe *re, Trim *t, ReId a, bool *dead)
{
    gr_map_clear(re->env, &t->seen);
    t->todo.n = 0;
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
    t->sets.n = 0;
    *out = a;
    for (uint32_t i = 0; i < n; i++) {
        GR_TRY(gr_vec_push(re->env, &t->sets, became(t, kid, i).v));
        changed += t->sets.at[i] != kid[i];
    }
    const ReId *x = (const ReId *)t->sets.at;
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
    uint32_t n;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    bool known, dead;
    GR_TRY(letters_of_all(re, t, kid, n, &known));
    if (!known) return GRAM_OK;
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
    gr_vec_clear(re->env, &t.sets);
    if (st == GRAM_OK) gr_re_node(re, *out)->trimmed = true;
    return st;
}
