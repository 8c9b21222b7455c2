/* Terms: the pool, and the constructors that keep the normal form.
 *
 * The laws applied here (x, y any terms; n, m counts; s a set):
 *
 *     none x = x none = none      eps x = x eps = x     (x y) z = x (y z)
 *     x{n,m} x{k,l} = x{n+k,m+l}                        x x = x{2,2}
 *     ALL x = x ALL = ALL  if x is nullable
 *     x{n,m} s{k,} = x{n,n} s{k,}   if x has no characters but those of s, and
 *     s{k,} x{n,m} = s{k,} x{n,n}   likewise: [a-z]+[a-z0-9]* is one loop
 *     x{1,1} = x   x{n,0} = eps   eps{n,m} = eps   none{0,m} = eps
 *     x{n,m} = x{0,m}  if x is nullable;   (eps | x){0,m} = x{0,m}
 *     x{n,m}{k,l} = x{nk,ml}  where the intervals nk..mk, n(k+1)..m(k+1), ...
 *                             leave no gap
 *
 * A counted repeat is one node: its derivative lowers the numbers, so that
 * copies are made one at a time and only where somebody walks.  Sums and
 * products that leave 32 bits are simply not joined.  Unions, intersections
 * and complements are in re_bool.c.
 *
 * Cost: O(1) per node, except that a concatenation whose left part is itself
 * one re-hangs that part's heads: build long ones from the right, or with
 * gr_re_seq. */
#include "regex/re_pool.h"

static void init_tables(GrRe *re)
{
    gr_intern_init(&re->sets);
    gr_intern_init(&re->dicts);
    gr_intern_init(&re->terms);
    gr_intern_init(&re->parts);
    gr_intern_init(&re->maps);
    gr_intern_init(&re->lexes);
    gr_intern_init(&re->cuts);
    gr_intern_init(&re->merges);
    for (uint32_t i = 0; i < 2; i++) {
        gr_intern_init(&re->joins[i]);
        gr_store_init(&re->join_result[i], sizeof(uint32_t));
    }
    gr_store_init(&re->nodes, sizeof(ReNode));
    gr_store_init(&re->part_info, sizeof(RePart));
    gr_store_init(&re->map_info, sizeof(LexMap));
    gr_store_init(&re->states, sizeof(LexState));
    gr_store_init(&re->lengths, sizeof(GrLengths));
    gr_store_init(&re->cut_info, sizeof(LexCut));
    gr_store_init(&re->merged, sizeof(uint32_t));
    gr_store_init(&re->stretches, sizeof(LexRange));
}

/* PART_DEAD and PART_LIVE. */
static gram_status make_parts(GrRe *re)
{
    for (uint32_t cls = 0; cls < 2; cls++) {
        uint32_t whole[2] = {0, cls}, part;
        GR_TRY(gr_re_intern(re->env, &re->parts, &re->part_info, whole, 2,
                            &part, NULL));
        RePart *p = gr_re_part_get(re, part);
        p->start = gr_intern_get(&re->parts, part, NULL);
        p->cls = p->start + 1;
        p->n = 1;
        p->n_classes = cls + 1;
    }
    return GRAM_OK;
}

/* none, eps and all get the ids 0, 1 and 2. */
static gram_status make_constants(GrRe *re)
{
    ReId id;
    SetId any;
    GR_TRY(make_parts(re));
    GR_TRY(gr_re_make(re, RE_NONE, 0, 0, 0, 0, &id));
    GR_TRY(gr_re_make(re, RE_EPS, 0, 0, 0, 0, &id));
    GR_TRY(gr_re_make(re, RE_ALL, 0, 0, 0, 0, &id));
    GR_TRY(gr_set_make(re, &(GrRange){0, RE_MAX_CHAR}, 1, &any));
    GR_TRY(gr_re_make(re, RE_SET, any.v, 0, 0, 0, &id));
    re->any = id.v;
    return GRAM_OK;
}

gram_status gr_re_new(GrEnv *env, GrRe **out)
{
    GrRe *re = gr_zalloc(env, 1, sizeof *re);
    if (re == NULL) return GRAM_E_MEMORY;
    re->env = env;
    init_tables(re);
    gram_status st = make_constants(re);
    if (st != GRAM_OK) {
        gr_re_free(re);
        return st;
    }
    *out = re;
    return GRAM_OK;
}

static void clear_scratch(GrRe *re)
{
    GrEnv *env = re->env;
    gr_vec_clear(env, &re->key);
    gr_vec_clear(env, &re->ranges);
    gr_vec_clear(env, &re->items);
    gr_vec_clear(env, &re->spine);
    gr_vec_clear(env, &re->kids);
    gr_vec_clear(env, &re->shared);
    gr_vec_clear(env, &re->denied);
    gr_vec_clear(env, &re->powers);
    gr_vec_clear(env, &re->part_todo);
    gr_vec_clear(env, &re->part_list);
    gr_vec_clear(env, &re->cut);
    gr_vec_clear(env, &re->pieces);
    gr_vec_clear(env, &re->images);
    gr_vec_clear(env, &re->tasks);
    gr_vec_clear(env, &re->derived);
    gr_vec_clear(env, &re->tuple);
    gr_vec_clear(env, &re->segments);
    gr_vec_clear(env, &re->way);
    gr_vec_clear(env, &re->way_todo);
    gr_vec_clear(env, &re->ending);
}

void gr_re_free(GrRe *re)
{
    if (re == NULL) return;
    GrEnv *env = re->env;
    clear_scratch(re);
    gr_intern_clear(env, &re->sets);
    gr_intern_clear(env, &re->dicts);
    gr_intern_clear(env, &re->terms);
    gr_intern_clear(env, &re->parts);
    gr_intern_clear(env, &re->maps);
    gr_intern_clear(env, &re->lexes);
    gr_intern_clear(env, &re->cuts);
    gr_intern_clear(env, &re->merges);
    gr_store_clear(env, &re->nodes);
    gr_store_clear(env, &re->part_info);
    gr_store_clear(env, &re->map_info);
    gr_store_clear(env, &re->states);
    gr_store_clear(env, &re->lengths);
    gr_store_clear(env, &re->cut_info);
    gr_store_clear(env, &re->merged);
    gr_store_clear(env, &re->stretches);
    for (uint32_t i = 0; i < 2; i++) {
        gr_intern_clear(env, &re->joins[i]);
        gr_store_clear(env, &re->join_result[i]);
    }
    for (uint32_t i = 0; i < 3; i++) gr_map_clear(env, &re->refined[i]);
    gr_map_clear(env, &re->range_of);
    gr_map_clear(env, &re->wider);
    gr_map_clear(env, &re->reach);
    gr_map_clear(env, &re->letters);
    for (uint32_t i = 0; i < 2; i++) {
        gr_map_clear(env, &re->spans[i].of);
        gr_vec_clear(env, &re->spans[i].at);
    }
    gr_vec_clear(env, &re->gaps);
    gr_vec_clear(env, &re->atom_start);
    gr_vec_clear(env, &re->atom_of);
    gr_vec_clear(env, &re->atoms);
    gr_vec_clear(env, &re->atom_order);
    gr_arena_clear(env, &re->arena);
    gr_free(env, re, sizeof *re);
}

ReId gr_re_none(const GrRe *re)
{
    (void)re;
    return gr_re_id(RE_NONE);
}

ReId gr_re_eps(const GrRe *re)
{
    (void)re;
    return gr_re_id(RE_EPS);
}

ReId gr_re_all(const GrRe *re)
{
    (void)re;
    return gr_re_id(RE_ALL);
}

/* --- nodes ---------------------------------------------------------------- */

/* The parts have their answers: no recursion. */
static bool holds_empty(const GrRe *re, const ReNode *n)
{
    switch ((ReKind)n->kind) {
    case RE_EPS:
    case RE_ALL: return true;
    case RE_WORDS: return gr_words_nullable(re, n);
    case RE_CAT:
        return gr_re_nullable(re, gr_re_id(n->a)) &&
               gr_re_nullable(re, gr_re_id(n->b));
    case RE_REP: return n->lo == 0;
    case RE_NOT: return !gr_re_nullable(re, gr_re_id(n->a));
    default: return false;
    }
}

/* RE_SOME where the language is plainly not empty: a nullable term, a set,
 * words, a leap second, and what is built of such without intersection or
 * complement. */
static ReLife plain_life(const GrRe *re, const ReNode *n)
{
    if (n->nullable || n->kind == RE_SET || n->kind == RE_WORDS ||
        n->kind == RE_LEAP)
        return RE_SOME;
    if (n->kind == RE_NONE) return RE_EMPTY;
    if (n->kind == RE_REP) return gr_re_node(re, gr_re_id(n->a))->life;
    if (n->kind != RE_CAT) return RE_UNSURE;
    ReLife a = gr_re_node(re, gr_re_id(n->a))->life;
    ReLife b = gr_re_node(re, gr_re_id(n->b))->life;
    if (a == RE_EMPTY || b == RE_EMPTY) return RE_EMPTY;
    return a == RE_SOME && b == RE_SOME ? RE_SOME : RE_UNSURE;
}

/* The key has only the words that the kind uses.  Whether "" belongs to the
 * term, and whether it plainly has a word, is known from its parts. */
gram_status gr_re_make(GrRe *re, ReKind kind, uint32_t a, uint32_t b,
                       uint32_t lo, uint32_t hi, ReId *out)
{
    uint32_t key[5] = {kind, a, b, lo, hi};
    uint32_t n = kind == RE_CAT ? 3 : kind == RE_SET || kind == RE_NOT ? 2 : 5;
    bool is_new;
    GR_TRY(gr_step(re->env, 1));
    GR_TRY(gr_re_intern(re->env, &re->terms, &re->nodes, key, n, &out->v,
                        &is_new));
    if (!is_new) return GRAM_OK;
    ReNode *node = gr_re_node(re, *out);
    node->kind = (uint8_t)kind;
    node->a = a;
    node->b = b;
    node->lo = lo;
    node->hi = hi;
    node->nullable = holds_empty(re, node);
    node->life = (uint8_t)plain_life(re, node);
    return GRAM_OK;
}

/* key[1..n]: the parts, sorted, each once; key[0] is free for the kind. */
gram_status gr_re_make_many(GrRe *re, ReKind kind, uint32_t *key, uint32_t n,
                            ReId *out)
{
    bool is_new, any = false, every = true, some = false;
    key[0] = kind;
    GR_TRY(gr_step(re->env, n));
    GR_TRY(gr_re_intern(re->env, &re->terms, &re->nodes, key, n + 1, &out->v,
                        &is_new));
    if (!is_new) return GRAM_OK;
    for (uint32_t i = 1; i <= n; i++) {
        const ReNode *kid = gr_re_node(re, gr_re_id(key[i]));
        any |= kid->nullable;
        every &= kid->nullable;
        some |= kid->life == RE_SOME;
    }
    ReNode *node = gr_re_node(re, *out);
    node->kind = (uint8_t)kind;
    node->lo = n;
    node->nullable = kind == RE_OR ? any : every;
    node->life = node->nullable || (kind == RE_OR && some) ? RE_SOME
                                                           : RE_UNSURE;
    return GRAM_OK;
}

const uint32_t *gr_re_operands(const GrRe *re, ReId a, uint32_t *n)
{
    const ReNode *node = gr_re_node(re, a);
    *n = node->kind == RE_CAT ? 2 : node->kind == RE_REP;
    return node->kind == RE_OR || node->kind == RE_AND ? gr_re_kids(re, a, n)
                                                       : &node->a;
}

/* Every term as a power, so that x x* and x{2} x{3} are joined by one rule. */
RePower gr_re_power(const GrRe *re, ReId a)
{
    const ReNode *n = gr_re_node(re, a);
    if (n->kind == RE_REP) return (RePower){0, n->a, n->lo, n->hi, a.v};
    if (n->kind == RE_ALL) return (RePower){0, re->any, 0, GR_RE_INF, a.v};
    return (RePower){0, a.v, 1, 1, a.v};
}

gram_status gr_re_set(GrRe *re, SetId s, ReId *out)
{
    uint32_t n;
    gr_set_get(re, s, &n);
    *out = gr_re_none(re);
    return n == 0 ? GRAM_OK : gr_re_make(re, RE_SET, s.v, 0, 0, 0, out);
}

/* --- concatenation -------------------------------------------------------- */

/* a + b where GR_RE_INF is infinite; false where a finite sum leaves the
 * range. */
static bool add_count(uint32_t a, uint32_t b, uint32_t *sum)
{
    bool inf = a == GR_RE_INF || b == GR_RE_INF;
    if (!inf && a >= GR_RE_INF - b) return false;
    *sum = inf ? GR_RE_INF : a + b;
    return true;
}

/* The power of x{n,m} x{k,l}; false if the bases differ. */
static bool join_powers(const RePower *x, const RePower *y, RePower *out)
{
    *out = *x;
    return x->base == y->base && add_count(x->lo, y->lo, &out->lo) &&
           add_count(x->hi, y->hi, &out->hi);
}

/* Is every word of x one of characters of s?  Asked of sets alone, and where s
 * is all. */
static bool is_spelled(const GrRe *re, uint32_t x, uint32_t s)
{
    const ReNode *a = gr_re_node(re, gr_re_id(x));
    const ReNode *b = gr_re_node(re, gr_re_id(s));
    if (s == re->any) return true;
    return a->kind == RE_SET && b->kind == RE_SET &&
           gr_set_within(re, (SetId){a->a}, (SetId){b->a});
}

/* Does a loop s{k,} take what x has more than it must?  What x must have stands
 * as it is where it is no concatenation. */
static bool takes_rest(const GrRe *re, const RePower *s, const RePower *x)
{
    bool alone = x->lo != 1 ||
                 gr_re_node(re, gr_re_id(x->base))->kind != RE_CAT;
    return s->hi == GR_RE_INF && x->lo < x->hi && alone &&
           is_spelled(re, x->base, s->base);
}

/* Where head, which is x, or the first part of tail, which is y, is a loop that
 * takes what the other has more than it must, the other is cut down. */
static gram_status absorb(GrRe *re, const RePower *x, const RePower *y,
                          ReId *head, ReId *tail, bool *changed)
{
    const ReNode *t = gr_re_node(re, *tail);
    bool chain = t->kind == RE_CAT;
    ReId must;
    *changed = true;
    if (takes_rest(re, y, x))
        return gr_re_repeat(re, gr_re_id(x->base), x->lo, x->lo, head);
    *changed = takes_rest(re, x, y);
    if (!*changed) return GRAM_OK;
    GR_TRY(gr_re_repeat(re, gr_re_id(y->base), y->lo, y->lo, &must));
    if (chain && must.v != RE_EPS)
        return gr_re_make(re, RE_CAT, must.v, t->b, 0, 0, tail);
    *tail = chain ? gr_re_id(t->b) : must;
    return GRAM_OK;
}

/* head tail, where head is no concatenation.  Each round shortens tail, or a
 * count. */
static gram_status cat_one(GrRe *re, ReId head, ReId tail, ReId *out)
{
    const ReId all = gr_re_all(re), eps = gr_re_eps(re);
    for (bool changed;;) {
        if (tail.v == eps.v) return *out = head, GRAM_OK;
        if (head.v == eps.v) return *out = tail, GRAM_OK;
        if ((tail.v == all.v && gr_re_nullable(re, head)) ||
            (head.v == all.v && gr_re_nullable(re, tail)))
            return *out = all, GRAM_OK;
        const ReNode *t = gr_re_node(re, tail);
        bool chain = t->kind == RE_CAT;
        RePower x = gr_re_power(re, head), p;
        RePower y = gr_re_power(re, chain ? gr_re_id(t->a) : tail);
        GR_TRY(absorb(re, &x, &y, &head, &tail, &changed));
        if (changed) continue;
        if (!join_powers(&x, &y, &p))
            return gr_re_make(re, RE_CAT, head.v, tail.v, 0, 0, out);
        GR_TRY(gr_re_repeat(re, gr_re_id(p.base), p.lo, p.hi, &head));
        tail = chain ? gr_re_id(t->b) : eps;
    }
}

/* The left spine is taken apart and hung onto b from its end: concatenations
 * lean to the right, so that equal ones are equal terms. */
gram_status gr_re_cat(GrRe *re, ReId a, ReId b, ReId *out)
{
    const ReId none = gr_re_none(re);
    if (a.v == none.v || b.v == none.v) return *out = none, GRAM_OK;
    if (a.v == RE_EPS || gr_words_done(re, a)) return *out = b, GRAM_OK;
    if (b.v == RE_EPS || gr_words_done(re, b)) return *out = a, GRAM_OK;
    re->spine.n = 0;
    for (const ReNode *n = gr_re_node(re, a); n->kind == RE_CAT;
         n = gr_re_node(re, a)) {
        GR_TRY(gr_vec_push(re->env, &re->spine, n->a));
        a = gr_re_id(n->b);
    }
    GR_TRY(cat_one(re, a, b, out));
    GR_TRY(gr_step(re->env, re->spine.n));
    for (uint32_t i = re->spine.n; i-- > 0;)
        GR_TRY(cat_one(re, gr_re_id(re->spine.at[i]), *out, out));
    return GRAM_OK;
}

gram_status gr_re_seq(GrRe *re, const ReId *a, uint32_t n, ReId *out)
{
    *out = gr_re_eps(re);
    while (n-- > 0) GR_TRY(gr_re_cat(re, a[n], *out, out));
    return GRAM_OK;
}

/* --- repeats -------------------------------------------------------------- */

/* a * b, infinite if one is and the other is not 0. */
static bool mul_count(uint32_t a, uint32_t b, uint32_t *product)
{
    bool inf = a == GR_RE_INF || b == GR_RE_INF;
    uint64_t p = (uint64_t)a * b;
    if (!inf && p >= GR_RE_INF) return false;
    *product = p == 0 ? 0 : inf ? GR_RE_INF : (uint32_t)p;
    return true;
}

/* x{n,m}{lo,hi} -> x{n lo, m hi}, if the union over k in lo..hi of nk..mk
 * has no gap.  n(k+1) <= mk + 1 holds for all larger k once it holds for one
 * k >= 1; at k = 0 it asks for n <= 1, after which k = 1 holds too. */
static bool flatten_repeat(const ReNode *x, uint32_t *lo, uint32_t *hi)
{
    uint64_t n = x->lo, m = x->hi, k = *lo;
    bool touch = k == 0 ? n <= 1 : m == GR_RE_INF || n * (k + 1) <= m * k + 1;
    uint32_t new_lo, new_hi;
    if (*lo != *hi && !touch) return false;
    if (!mul_count(x->lo, *lo, &new_lo) || !mul_count(x->hi, *hi, &new_hi))
        return false;
    *lo = new_lo;
    *hi = new_hi;
    return true;
}

/* A nullable union without its eps. */
static gram_status without_eps(GrRe *re, ReId a, ReId *out)
{
    uint32_t n;
    const uint32_t *kid = gr_re_kids(re, a, &n);
    *out = a;
    re->key.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->key, n + 1));
    re->key.n = 1;
    for (uint32_t i = 0; i < n; i++)
        if (kid[i] != RE_EPS) re->key.at[re->key.n++] = kid[i];
    if (re->key.n == n + 1) return GRAM_OK;
    if (n == 2) return out->v = re->key.at[1], GRAM_OK;
    return gr_re_make_many(re, RE_OR, re->key.at, n - 1, out);
}

/* Each round takes off a layer: a repeat in a repeat, or an eps in a union,
 * until there is none. */
gram_status gr_re_repeat(GrRe *re, ReId a, uint32_t lo, uint32_t hi, ReId *out)
{
    *out = gr_re_none(re);
    if (lo > hi) return GRAM_OK;
    for (;;) {
        const ReNode *n = gr_re_node(re, a);
        if (n->kind == RE_NONE || n->kind == RE_EPS || hi == 0 ||
            gr_words_done(re, a)) {
            *out = lo == 0 || n->kind != RE_NONE ? gr_re_eps(re) : a;
            return GRAM_OK;
        }
        if ((lo == 1 && hi == 1) || n->kind == RE_ALL) return *out = a, GRAM_OK;
        if (n->nullable) lo = 0;
        if (lo == GR_RE_INF) return GRAM_OK; /* no word is that long */
        ReId base = a;
        if (n->kind == RE_REP && flatten_repeat(n, &lo, &hi))
            base = gr_re_id(n->a);
        else if (n->kind == RE_OR && n->nullable)
            GR_TRY(without_eps(re, a, &base));
        if (base.v == a.v) break;
        a = base;
    }
    if (a.v == re->any && lo == 0 && hi == GR_RE_INF)
        return *out = gr_re_all(re), GRAM_OK;
    return gr_re_make(re, RE_REP, a.v, 0, lo, hi, out);
}
