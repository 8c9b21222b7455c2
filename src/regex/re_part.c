/* Partitions of the code points: on each class a derivative is constant.
 *
 * A partition is an interned pair of arrays, where intervals start and which
 * class each belongs to.  Class 0 is dead: no word begins so, and there may be
 * no such character.  The others are numbered in order of their least member,
 * so that equal partitions are equal keys however they came about:
 *
 *     start   0    'a'  'b'  'c'            [ab]|c.  :  {a b} {c} {rest}
 *     class   0     1    1    2   0     (joined: 0, 'a', 'c', 'd')
 *
 * That of a term is the common refinement of those of the operands whose
 * first character matters (Owens, Reppy, Turon 2009, section 4.2), which
 * only refines more than needed, never less.  Global minterms of all sets of
 * the expression were rejected: they number 2^sets for wide patterns, while
 * a state sees few sets at once.
 *
 * What is dead tells operators apart:
 *
 *     x | y    dead in both          x & y    dead in either: one class then,
 *     ~x       nothing is                     however y cuts what x refuses
 *
 * so most bytes that are asked about in a string are refused without a
 * derivative, and an intersection has few classes.  There may be more that are
 * dead than class 0 says: ab & ac.
 *
 * Refinement is commutative, associative and canonical, so operands are
 * joined in a balanced tree over distinct partitions, and each pair once per
 * pool.  Cost: linear in the intervals of the pair; where these are many, in
 * the atoms (re_atoms.c). */
#include "regex/re_pool.h"

/* The scratch `key` holds n starts, `cut` their classes, numbered by first
 * appearance. */
static gram_status intern_part(GrRe *re, uint32_t n_classes, uint32_t *out)
{
    uint32_t n = re->key.n;
    bool is_new;
    GR_TRY(gr_vec_reserve(re->env, &re->key, n));
    memcpy(re->key.at + n, re->cut.at, n * sizeof *re->cut.at);
    GR_TRY(gr_step(re->env, n));
    GR_TRY(gr_re_intern(re->env, &re->parts, &re->part_info, re->key.at, 2 * n,
                        out, &is_new));
    if (!is_new) return GRAM_OK;
    RePart *p = gr_re_part_get(re, *out);
    p->start = gr_intern_get(&re->parts, *out, NULL);
    p->cls = p->start + n;
    p->n = n;
    p->n_classes = n_classes;
    return GRAM_OK;
}

static gram_status emit(GrRe *re, uint32_t start, uint32_t cls)
{
    GR_TRY(gr_vec_push(re->env, &re->key, start));
    return gr_vec_push(re->env, &re->cut, cls);
}

/* Where the next interval starts after one that ends at c: surrogates belong
 * to what stands before them. */
static uint32_t after(uint32_t c)
{
    return c + 1 == RE_SURROGATES ? RE_PAST : c + 1;
}

static gram_status part_of_set(GrRe *re, SetId s, uint32_t *out)
{
    uint32_t n, at = 0;
    const GrRange *r = gr_set_get(re, s, &n);
    re->key.n = re->cut.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (r[i].lo > at) GR_TRY(emit(re, at, 0));
        if (i == 0 || r[i].lo > at) GR_TRY(emit(re, r[i].lo, 1));
        at = after(r[i].hi);
    }
    if (at <= RE_MAX_CHAR) GR_TRY(emit(re, at, 0));
    return intern_part(re, 2, out);
}

/* One class for each first character; all others are dead. */
static gram_status cut_words(GrRe *re, const ReNode *node, uint32_t *out)
{
    uint32_t n_classes = 1, at = 0;
    uint32_t i = node->lo + node->nullable;
    re->key.n = re->cut.n = 0;
    while (i < node->hi || at <= RE_MAX_CHAR) {
        uint32_t c = RE_MAX_CHAR + 1;
        if (i < node->hi) i = gr_words_next(re, node, i, &c);
        if (c > at) GR_TRY(emit(re, at, 0));
        if (c <= RE_MAX_CHAR) GR_TRY(emit(re, c, n_classes++));
        at = after(c);
    }
    return intern_part(re, n_classes, out);
}

/* The ASCII character with which all words begin that are not finished, or
 * UINT32_MAX. */
static uint32_t only_first(const GrRe *re, const ReNode *node)
{
    uint32_t i = node->lo + node->nullable, len, c = UINT32_MAX;
    if (i == node->hi) return c;
    const char *p = gr_words_text(re, node, i, &len);
    if ((uint8_t)*p >= 128) return c;
    if (i + 1 < node->hi && gr_words_next(re, node, i, &c) < node->hi)
        return UINT32_MAX;
    return (uint8_t)*p;
}

/* Most residuals are of one word, and few characters are all they are made
 * of. */
static gram_status part_of_words(GrRe *re, const ReNode *node, uint32_t *out)
{
    uint32_t c = only_first(re, node);
    if (c == UINT32_MAX) return cut_words(re, node, out);
    if (re->char_part[c] == 0) {
        GR_TRY(cut_words(re, node, out));
        re->char_part[c] = *out + 1;
    }
    *out = re->char_part[c] - 1;
    return GRAM_OK;
}

static gram_status part_of_leap(GrRe *re, const ReNode *node, uint32_t *out)
{
    uint32_t n_classes = 1, at = 0;
    re->key.n = re->cut.n = 0;
    for (const char *p = gr_leap_ahead(node); *p != 0; p += 2) {
        if ((uint8_t)p[0] > at) GR_TRY(emit(re, at, 0));
        GR_TRY(emit(re, (uint8_t)p[0], n_classes++));
        at = (uint8_t)p[1] + 1u;
    }
    GR_TRY(emit(re, at, 0));
    return intern_part(re, n_classes, out);
}

/* Cut both partitions into common intervals: starts to `key`, rows (class in
 * p, class in q, a free word) to `cut`.  What is dead is class 0 of both, in
 * intervals as long as can be. */
static gram_status overlay(GrRe *re, ReMeet how, const RePart *p,
                           const RePart *q)
{
    uint32_t i = 0, j = 0, at = 0, n = 0;
    bool was = false;
    uint64_t most = (uint64_t)p->n + q->n;
    re->key.n = re->cut.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->key, 2 * most));
    GR_TRY(gr_vec_reserve(re->env, &re->cut, 6 * most));
    GR_TRY(gr_step(re->env, p->n + q->n));
    while (at <= RE_MAX_CHAR) {
        uint32_t *row = re->cut.at + 3 * (size_t)n;
        bool dead = gr_re_meet_dead(how, p->cls[i], q->cls[j]);
        row[0] = dead ? 0 : p->cls[i];
        row[1] = dead ? 0 : q->cls[j];
        re->key.at[n] = at;
        n += !dead || !was;
        was = dead;
        uint32_t pe = gr_re_part_end(p, i), qe = gr_re_part_end(q, j);
        at = (pe < qe ? pe : qe) + 1;
        i += at > pe;
        j += at > qe;
    }
    re->key.n = n;
    return GRAM_OK;
}

/* Thread the rows of each class of p, ascending, through their free words;
 * head[class] is the first, + 1. */
static void thread_rows(GrRe *re, uint32_t *head)
{
    for (uint32_t i = re->key.n; i-- > 0;) {
        uint32_t *row = re->cut.at + 3 * (size_t)i;
        row[2] = head[row[0]];
        head[row[0]] = i + 1;
    }
}

/* Number the classes of the overlay: along the thread of a class of p, rows
 * of one class of q have one leader, the first of them; a walk over all
 * intervals then numbers the leaders, but for the dead one.  Returns the number
 * of classes. */
static uint32_t number_classes(GrRe *re, const RePart *p, const RePart *q)
{
    uint32_t n = re->key.n, n_classes = 1, *cls = re->key.at + n;
    uint32_t *head = re->cut.at + 3 * (size_t)n, *leader = head + p->n_classes;
    uint32_t *owner = leader + q->n_classes;
    memset(head, 0, p->n_classes * sizeof *head);
    memset(owner, 0, q->n_classes * sizeof *owner);
    thread_rows(re, head);
    for (uint32_t c = 0; c < p->n_classes; c++) {
        for (uint32_t i = head[c]; i > 0;) {
            const uint32_t *row = re->cut.at + 3 * (size_t)(i - 1);
            if (owner[row[1]] != c + 1) leader[row[1]] = i - 1;
            owner[row[1]] = c + 1;
            cls[i - 1] = leader[row[1]];
            i = row[2];
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t *row = re->cut.at + 3 * (size_t)i;
        if (row[0] == 0 && row[1] == 0)
            cls[i] = 0;
        else
            cls[i] = cls[i] == i ? n_classes++ : cls[cls[i]];
    }
    memcpy(re->cut.at, cls, n * sizeof *cls);
    return n_classes;
}

/* The two that need no look at what they cut: PART_DEAD and PART_LIVE. */
static bool meet_plain(ReMeet how, uint32_t p, uint32_t q, uint32_t *out)
{
    *out = p;
    if (p == q || (p == PART_DEAD && how != MEET_OR)) return true;
    if (q <= PART_LIVE && how == MEET_FIRST) return true;
    if (q == PART_LIVE && how == MEET_AND) return true;
    *out = q;
    if (p == PART_LIVE && how == MEET_AND) return true;
    return (p == PART_DEAD && how == MEET_OR) ||
           (q == PART_DEAD && how == MEET_AND);
}

static gram_status refine_intervals(GrRe *re, ReMeet how, RePart *p, RePart *q,
                                    uint32_t *out)
{
    GR_TRY(gr_re_part_open(re, p));
    GR_TRY(gr_re_part_open(re, q));
    GR_TRY(overlay(re, how, p, q));
    return intern_part(re, number_classes(re, p, q), out);
}

gram_status gr_re_refine(GrRe *re, ReMeet how, uint32_t p, uint32_t q,
                         uint32_t *out)
{
    if (p > q && how != MEET_FIRST) return gr_re_refine(re, how, q, p, out);
    if (meet_plain(how, p, q, out)) return GRAM_OK;
    GrMap *known = &re->refined[how];
    uint32_t *at = gr_map_find(known, gr_pair(p, q));
    if (at != NULL) return *out = *at, GRAM_OK;
    RePart *a = gr_re_part_get(re, p), *b = gr_re_part_get(re, q);
    bool done = false;
    if (gr_atoms_wide(a) || gr_atoms_wide(b))
        GR_TRY(gr_atoms_refine(re, how, a, b, out, &done));
    if (!done) GR_TRY(refine_intervals(re, how, a, b, out));
    return gr_map_put(re->env, known, gr_pair(p, q), *out);
}

gram_status gr_re_refine_all(GrRe *re, ReMeet how, uint32_t *list, uint32_t n,
                             uint32_t *out)
{
    uint32_t kept = 0;
    if (n == 1) return *out = list[0], GRAM_OK;
    if (n == 2) return gr_re_refine(re, how, list[0], list[1], out);
    gr_re_sort(list, n, 1);
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || list[kept - 1] != list[i]) list[kept++] = list[i];
    for (n = kept; n > 1; n = (n + 1) / 2) {
        for (uint32_t i = 0; i < n / 2; i++)
            GR_TRY(
                gr_re_refine(re, how, list[2 * i], list[2 * i + 1], &list[i]));
        if (n % 2) list[n / 2] = list[n - 1];
    }
    *out = n ? list[0] : PART_DEAD;
    return GRAM_OK;
}

const uint32_t *gr_re_heads(const GrRe *re, ReId a, uint32_t *n)
{
    const ReNode *node = gr_re_node(re, a);
    const uint32_t *key = gr_intern_get(&re->terms, a.v, NULL);
    *n = 0;
    switch ((ReKind)node->kind) {
    case RE_CAT: *n = gr_re_nullable(re, gr_re_id(node->a)) ? 2 : 1; break;
    case RE_REP:
    case RE_NOT: *n = 1; break;
    case RE_OR:
    case RE_AND: *n = node->lo; break;
    default: break;
    }
    return key + 1;
}

/* The partition of a node whose heads have theirs; *ready false and the
 * missing heads on part_todo otherwise. */
static gram_status part_of_heads(GrRe *re, ReId a, bool *ready, uint32_t *out)
{
    uint32_t n, before = re->part_todo.n;
    const uint32_t *head = gr_re_heads(re, a, &n);
    re->part_list.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->part_list, n));
    GR_TRY(gr_step(re->env, n));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t part = gr_re_node(re, gr_re_id(head[i]))->part;
        if (part == 0) GR_TRY(gr_vec_push(re->env, &re->part_todo, head[i]));
        re->part_list.at[i] = part - 1;
    }
    *ready = re->part_todo.n == before;
    if (!*ready) return GRAM_OK;
    ReKind kind = (ReKind)gr_re_node(re, a)->kind;
    if (kind == RE_NOT)
        return gr_re_refine(re, MEET_OR, PART_LIVE, re->part_list.at[0], out);
    return gr_re_refine_all(re, kind == RE_AND ? MEET_AND : MEET_OR,
                            re->part_list.at, n, out);
}

static gram_status part_of_node(GrRe *re, ReId a, bool *ready, uint32_t *out)
{
    const ReNode *node = gr_re_node(re, a);
    *ready = true;
    if (node->kind == RE_SET) return part_of_set(re, (SetId){node->a}, out);
    if (node->kind == RE_WORDS) return part_of_words(re, node, out);
    if (node->kind == RE_LEAP) return part_of_leap(re, node, out);
    if (node->kind == RE_ALL) return *out = PART_LIVE, GRAM_OK;
    return part_of_heads(re, a, ready, out);
}

gram_status gr_re_part(GrRe *re, ReId a, uint32_t *part)
{
    ReNode *root = gr_re_node(re, a);
    if (root->part != 0) return *part = root->part - 1, GRAM_OK;
    re->part_todo.n = 0;
    GR_TRY(gr_vec_push(re->env, &re->part_todo, a.v));
    while (re->part_todo.n > 0) {
        uint32_t top = re->part_todo.at[re->part_todo.n - 1], id;
        ReNode *node = gr_re_node(re, gr_re_id(top));
        bool ready = true;
        if (node->part == 0) {
            GR_TRY(part_of_node(re, gr_re_id(top), &ready, &id));
            if (ready) node->part = id + 1;
        }
        if (ready) re->part_todo.n--;
    }
    *part = root->part - 1;
    return GRAM_OK;
}

uint32_t gr_re_part_at(const RePart *p, uint32_t c)
{
    uint32_t lo = 0;
    /* no branch: which half it is nobody can predict */
    for (uint32_t n = p->n; n > 1;) {
        uint32_t half = n / 2;
        lo += p->start[lo + half] <= c ? half : 0;
        n -= half;
    }
    return lo;
}

uint32_t gr_re_part_class(GrRe *re, const RePart *p, uint32_t c)
{
    return p->start == NULL ? gr_atoms_class(re, p, c)
                            : p->cls[gr_re_part_at(p, c)];
}

gram_status gr_re_part_open(GrRe *re, RePart *p)
{
    return p->start == NULL ? gr_atoms_open(re, p) : GRAM_OK;
}

gram_status gr_re_part_set(GrRe *re, RePart *p, uint32_t cls, SetId *out)
{
    GR_TRY(gr_re_part_open(re, p));
    re->key.n = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        if (p->cls[i] != cls) continue;
        GR_TRY(gr_vec_push(re->env, &re->key, p->start[i]));
        GR_TRY(gr_vec_push(re->env, &re->key, gr_re_part_end(p, i)));
    }
    return gr_set_make(re, (const GrRange *)re->key.at, re->key.n / 2, out);
}

gram_status gr_re_part_firsts(GrRe *re, RePart *p)
{
    if (p->first != NULL) return GRAM_OK;
    uint32_t *first =
        gr_arena_take(re->env, &re->arena, p->n_classes * sizeof *first);
    if (first == NULL) return GRAM_E_MEMORY;
    if (p->of_atom != NULL)
        gr_atoms_firsts(re, p, first);
    else
        for (uint32_t i = p->n; i-- > 0;) first[p->cls[i]] = p->start[i];
    p->first = first;
    return GRAM_OK;
}
