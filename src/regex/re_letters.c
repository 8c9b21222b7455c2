/* Is an intersection empty for its letters alone?
 *
 * A date that holds an "a", a word of capitals that is all digits: such
 * intersections have no word, and a search finds that out only when it has seen
 * all states of the product, thousands for a date-time.  Here it is read off
 * the terms.  Every term has a set of letters that bounds those of its words,
 *
 *     date-time       [-+.:0-9TZtz]     x | y, x y    of both
 *     ~(all s all)    all but s         x & y         what both have
 *
 * and what cannot be spelled with the letters of the whole intersection is
 * dead: a set that has none of them, a concatenation with a dead part, a union
 * of dead ones.  One dead operand, and the intersection is empty.
 *
 * It is a test for what must be so: an intersection that passes may be empty
 * all the same.
 *
 * Operands are older than their term, and each is looked at once; a node waits
 * on an explicit stack until its operands are known.  The letters are kept by
 * the node; where sets of many ranges, as of all letters of host names, are
 * told exactly, apart from it.  Cost: linear in the terms below. */
#include "regex/re_pool.h"

/* Of longer lists it is not asked how they are spelled; of what has more ranges
 * not, which letters beyond ASCII it has. */
enum { WORDS_MOST = 64, BYTES_MOST = 512, RANGES_MOST = 32 };

/* What is too large to be reckoned with has all letters beyond ASCII. */
static gram_status small_set(GrRe *re, SetId *s)
{
    GrRange some[RANGES_MOST + 1];
    uint32_t n, k = 0;
    const GrRange *range = gr_set_get(re, *s, &n);
    if (n <= RANGES_MOST || re->exact) return GRAM_OK;
    while (k < RANGES_MOST && range[k].lo < 0x80) k++;
    if (k == RANGES_MOST) return *s = any_letter(re), GRAM_OK;
    memcpy(some, range, k * sizeof *range);
    some[k] = (GrRange){0x80, RE_MAX_CHAR};
    return gr_set_make(re, some, k + 1, s);
}

/* Is the list short enough to be read? */
static bool is_short(const GrRe *re, const ReNode *words)
{
    uint32_t sum = 0, len;
    if (words->hi - words->lo > WORDS_MOST) return false;
    for (uint32_t i = words->lo; i < words->hi && sum <= BYTES_MOST; i++) {
        gr_words_text(re, words, i, &len);
        sum += len;
    }
    return sum <= BYTES_MOST;
}

/* --- letters -------------------------------------------------------------- */

static gram_status of_words(GrRe *re, const ReNode *node, SetId *out)
{
    GrRange letter[BYTES_MOST];
    uint32_t n = 0, len, size;
    if (!is_short(re, node)) return *out = any_letter(re), GRAM_OK;
    for (uint32_t i = node->lo; i < node->hi; i++) {
        const char *text = gr_words_text(re, node, i, &len);
        for (; len > 0; text += size, len -= size, n++)
            letter[n].lo = letter[n].hi = gr_utf8_get(text, len, &size);
    }
    GR_TRY(gr_set_make(re, letter, n, out));
    return small_set(re, out);
}

static gram_status of_leap(GrRe *re, SetId *out)
{
    static const GrRange letter[] = {
        {'+', '+'}, {'-', '.'}, {'0', ':'}, {'Z', 'Z'}, {'z', 'z'}};
    return gr_set_make(re, letter, sizeof letter / sizeof *letter, out);
}

/* What s and t have in common, or both together; all letters are not looked
 * at. */
static gram_status join(GrRe *re, bool meet, SetId s, SetId t, SetId *out)
{
    uint32_t any = any_letter(re).v;
    *out = any_letter(re);
    if (s.v == t.v || (meet && t.v == any)) return *out = s, GRAM_OK;
    if (meet && s.v == any) return *out = t, GRAM_OK;
    if (s.v == any || t.v == any) return GRAM_OK;
    GR_TRY(meet ? gr_set_and(re, s, t, out) : gr_set_or(re, s, t, out));
    return small_set(re, out);
}

/* a = all s all?  Then s. */
static bool holds_letter(const GrRe *re, uint32_t a, SetId *s)
{
    const ReNode *n = gr_re_node(re, gr_re_id(a));
    if (n->kind != RE_CAT || n->a != RE_ALL) return false;
    n = gr_re_node(re, gr_re_id(n->b));
    if (n->kind != RE_CAT || n->b != RE_ALL) return false;
    const ReNode *set = gr_re_node(re, gr_re_id(n->a));
    *s = (SetId){set->a};
    return set->kind == RE_SET;
}

/* Of ~a: all but those that no word may hold. */
static gram_status of_complement(GrRe *re, uint32_t a, SetId *out)
{
    uint32_t n = 1;
    const uint32_t *kid = &a;
    SetId s;
    if (gr_re_node(re, gr_re_id(a))->kind == RE_OR)
        kid = gr_re_kids(re, gr_re_id(a), &n);
    *out = any_letter(re);
    for (uint32_t i = 0; i < n; i++) {
        if (!holds_letter(re, kid[i], &s)) continue;
        GR_TRY(gr_set_not(re, s, &s));
        GR_TRY(small_set(re, &s));
        GR_TRY(join(re, true, *out, s, out));
    }
    return gr_step(re->env, n);
}

/* What is known of a term: a SetId + 1, or 0. */
static uint32_t known_letters(const GrRe *re, uint32_t a)
{
    const uint32_t *exact = gr_map_find(&re->letters, a);
    if (re->exact) return exact != NULL ? *exact : 0;
    return gr_re_node(re, gr_re_id(a))->letters;
}

static gram_status keep_letters(GrRe *re, uint32_t a, SetId s)
{
    if (re->exact) return gr_map_put(re->env, &re->letters, a, s.v + 1);
    gr_re_node(re, gr_re_id(a))->letters = s.v + 1;
    return GRAM_OK;
}

static gram_status of_operands(GrRe *re, ReId a, bool meet, SetId *out)
{
    uint32_t n;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    for (uint32_t i = 0; i < n; i++) {
        SetId s = {known_letters(re, kid[i]) - 1};
        if (i == 0) *out = s;
        GR_TRY(join(re, meet, *out, s, out));
    }
    return GRAM_OK;
}

/* The letters of a, those of its operands being known. */
static gram_status letters_of(GrRe *re, ReId a, SetId *out)
{
    const ReNode *node = gr_re_node(re, a);
    switch ((ReKind)node->kind) {
    case RE_NONE:
    case RE_EPS: return gr_set_make(re, NULL, 0, out);
    case RE_ALL: break;
    case RE_SET: out->v = node->a; return small_set(re, out);
    case RE_WORDS: return of_words(re, node, out);
    case RE_LEAP: return of_leap(re, out);
    case RE_NOT: return of_complement(re, node->a, out);
    case RE_CAT:
    case RE_REP:
    case RE_OR:
    case RE_AND: return of_operands(re, a, node->kind == RE_AND, out);
    }
    *out = any_letter(re);
    return GRAM_OK;
}

static gram_status find_letters(GrRe *re, ReId a, ReVec *todo)
{
    GR_TRY(gr_vec_push(re->env, todo, a.v));
    while (todo->n > 0) {
        uint32_t before = todo->n, n;
        ReId top = gr_re_id(todo->at[before - 1]);
        const uint32_t *kid = gr_re_operands(re, top, &n);
        SetId s;
        GR_TRY(gr_step(re->env, 1));
        if (known_letters(re, top.v) != 0) n = 0;
        for (uint32_t i = 0; i < n; i++)
            if (known_letters(re, kid[i]) == 0)
                GR_TRY(gr_vec_push(re->env, todo, kid[i]));
        if (todo->n > before) continue;
        GR_TRY(letters_of(re, top, &s));
        GR_TRY(keep_letters(re, top.v, s));
        todo->n--;
    }
    return GRAM_OK;
}

gram_status gr_re_letters(GrRe *re, ReId a, SetId *out, bool *any)
{
    ReVec todo = {0};
    gram_status st = find_letters(re, a, &todo);
    gr_vec_clear(re->env, &todo);
    *out = (SetId){known_letters(re, a.v) - 1};
    *any = out->v == any_letter(re).v;
    return st;
}

gram_status gr_re_exact_letters(GrRe *re, ReId a, SetId *out, bool *any)
{
    re->exact = true;
    gram_status st = gr_re_letters(re, a, out, any);
    re->exact = false;
    return st;
}

/* --- what can be spelled -------------------------------------------------- */

static bool is_spelled(const GrRe *re, const char *text, uint32_t len, SetId s)
{
    for (uint32_t size; len > 0; text += size, len -= size)
        if (!gr_set_has(re, s, gr_utf8_get(text, len, &size))) return false;
    return true;
}

static bool some_spelled(const GrRe *re, const ReNode *words, SetId s)
{
    bool yes = !is_short(re, words);
    for (uint32_t i = words->lo; i < words->hi && !yes; i++) {
        uint32_t len;
        const char *text = gr_words_text(re, words, i, &len);
        yes = is_spelled(re, text, len, s);
    }
    return yes;
}

enum { DEAD = 1, ALIVE };

/* With the letters of s, can a be alive, as its operands are? */
static bool is_alive(const GrRe *re, ReId a, SetId s, const GrMap *known)
{
    const ReNode *node = gr_re_node(re, a);
    uint32_t n, alive = 0;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    if (node->kind == RE_NONE) return false;
    if (node->nullable) return true;
    if (node->kind == RE_SET) return gr_set_meets(re, (SetId){node->a}, s);
    if (node->kind == RE_WORDS) return some_spelled(re, node, s);
    for (uint32_t i = 0; i < n; i++)
        alive += *gr_map_find(known, kid[i]) == ALIVE;
    return node->kind == RE_OR ? alive > 0 : alive == n;
}

/* Those below nullable terms are not asked for. */
static gram_status try_letters(GrRe *re, ReId a, SetId s, ReVec *todo,
                               GrMap *known)
{
    GR_TRY(gr_vec_push(re->env, todo, a.v));
    while (todo->n > 0) {
        uint32_t before = todo->n, n;
        ReId top = gr_re_id(todo->at[before - 1]);
        const uint32_t *kid = gr_re_operands(re, top, &n);
        GR_TRY(gr_step(re->env, 1));
        if (gr_re_nullable(re, top)) n = 0;
        for (uint32_t i = 0; i < n; i++)
            if (gr_map_find(known, kid[i]) == NULL)
                GR_TRY(gr_vec_push(re->env, todo, kid[i]));
        if (todo->n > before) continue;
        if (gr_map_find(known, top.v) == NULL)
            GR_TRY(gr_map_put(re->env, known, top.v,
                              is_alive(re, top, s, known) ? ALIVE : DEAD));
        todo->n--;
    }
    return GRAM_OK;
}

gram_status gr_re_none_by_letters(GrRe *re, ReId a, bool *none)
{
    ReVec todo = {0};
    GrMap known = {0};
    SetId s;
    bool any;
    *none = false;
    if (gr_re_has_word(gr_re_node(re, a))) return GRAM_OK;
    GR_TRY(gr_re_letters(re, a, &s, &any));
    if (any) return GRAM_OK;
    gram_status st = try_letters(re, a, s, &todo, &known);
    if (st == GRAM_OK) *none = *gr_map_find(&known, a.v) == DEAD;
    gr_vec_clear(re->env, &todo);
    gr_map_clear(re->env, &known);
    return st;
}
