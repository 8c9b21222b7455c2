/* Making and joining sets of stacks.
 *
 * All operations recurse over rests; here that is a list of pairs still to
 * do: the last pair is tried, and what it misses is put behind it.  Each
 * pair is tried at most twice.
 *
 * A join of rests may go down through everything below, and where thousands
 * of ways to have read the text differ in depth, does so for every pair of
 * them.  So it has an allowance; what is over it stays a list (stacks.h,
 * "Loose"). */
#include "grammar/stacks.h"

enum {
    JOIN_STEPS = 1 << 14, /* of all joins for one move, at first; a move that
                             needs more leaves half of it for others, but */
    JOIN_LEAST = 1 << 10  /* this much */
};

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

gram_status gr_stacks_init(GrEnv *env, GrRtn *t, GrRe *re, GrStacks *out)
{
    StackSet x;
    memset(out, 0, sizeof *out);
    out->env = env;
    out->t = t;
    out->re = re;
    out->allowance = out->credit = JOIN_STEPS;
    gr_intern_init(&out->sets);
    gr_store_init(&out->facts, sizeof(StackFact));
    gr_store_init(&out->lex, sizeof(LexFact));
    GR_TRY(gr_stacks_make(out, false, NULL, 0, &x));
    return gr_stacks_make(out, true, NULL, 0, &x);
}

void gr_stacks_clear(GrStacks *s)
{
    gr_intern_clear(s->env, &s->sets);
    gr_store_clear(s->env, &s->facts);
    gr_store_clear(s->env, &s->lex);
    gr_map_clear(s->env, &s->unions);
    gr_map_clear(s->env, &s->over);
    gr_vec_clear(s->env, &s->todo);
    gr_vec_clear(s->env, &s->build);
    gr_vec_clear(s->env, &s->row);
    gr_vec_clear(s->env, &s->list);
    gr_vec_clear(s->env, &s->sorted);
    gr_vec_clear(s->env, &s->halves);
    gr_vec_clear(s->env, &s->flat);
    gr_vec_clear(s->env, &s->under);
    gr_vec_clear(s->env, &s->parts);
    gr_vec_clear(s->env, &s->stamp);
    gr_vec_clear(s->env, &s->any);
    gr_vec_clear(s->env, &s->front);
}

const StackTop *gr_stacks_get(const GrStacks *s, StackSet x, uint32_t *n,
                              bool *hole)
{
    uint32_t words;
    const uint32_t *w = gr_intern_get(&s->sets, x.v, &words);
    *n = words / 2;
    if (hole != NULL) *hole = w[0] != 0;
    return (const StackTop *)(w + 1);
}

const StackFact *gr_stacks_fact(const GrStacks *s, StackSet x)
{
    return gr_store_at(&s->facts, x.v);
}

/* --- symbols -------------------------------------------------------------- */

/* Bytes of some short word of a, 4 for each character; UINT64_MAX if there
 * is no word. */
static gram_status word_cost(GrStacks *s, ReId a, uint64_t *out)
{
    bool none;
    uint32_t least;
    *out = UINT64_MAX;
    GR_TRY(gr_re_is_none(s->re, a, &none));
    if (none) return GRAM_OK;
    GR_TRY(gr_re_least(s->re, a, &least));
    *out = 4 * (uint64_t)least;
    return GRAM_OK;
}

/* Bytes from a byte state to an end of its language.  Inside a character one
 * more than from the best state behind the next byte, so that some byte
 * always lowers it; a character has at most three such states in a row, which
 * is how deep this and gr_stacks_lex_fact call each other. */
static gram_status lex_cost(GrStacks *s, LexId lex, const GrLexInfo *info,
                            uint64_t *out)
{
    if (info->boundary) return word_cost(s, info->expr[0], out);
    uint64_t best = UINT64_MAX;
    for (uint32_t cls = 1; cls < info->n_classes; cls++) {
        const LexFact *f;
        LexId to;
        bool whole;
        GR_TRY(gr_lex_move(s->re, lex, cls, &to, &whole));
        GR_TRY(gr_stacks_lex_fact(s, GR_LEX_SYMBOL | to.v, &f));
        if (f->cost < best) best = f->cost;
    }
    *out = plus(best, 1);
    return GRAM_OK;
}

gram_status gr_stacks_lex_fact(GrStacks *s, uint32_t symbol,
                               const LexFact **out)
{
    uint32_t id = symbol & ~GR_LEX_SYMBOL, at;
    while (s->lex.n <= id) GR_TRY(gr_store_add(s->env, &s->lex, 1, &at));
    LexFact *f = gr_store_at(&s->lex, id);
    *out = f;
    if (f->known) return GRAM_OK;
    GrLexInfo info;
    GR_TRY(gr_lex_info(s->re, (LexId){id}, &info));
    f->final = info.boundary && gr_re_nullable(s->re, info.expr[0]);
    f->open = !info.boundary || info.expr[0].v != gr_re_eps(s->re).v;
    GR_TRY(lex_cost(s, (LexId){id}, &info, &f->cost));
    f->known = true;
    return GRAM_OK;
}

gram_status gr_stacks_look(GrStacks *s, uint32_t symbol, StackSymbol *out)
{
    if (symbol == GR_ANY_SYMBOL) {
        *out = (StackSymbol){true, false, 0};
        return GRAM_OK;
    }
    if (symbol & GR_LEX_SYMBOL) {
        const LexFact *f;
        GR_TRY(gr_stacks_lex_fact(s, symbol, &f));
        *out = (StackSymbol){f->final, f->open, f->cost};
        return GRAM_OK;
    }
    const RtnState *q = &s->t->state.at[symbol];
    bool open = symbol < RTN_PSEUDO || gr_rtn_is_open(q);
    *out = (StackSymbol){q->final, open, q->cost};
    return GRAM_OK;
}

/* --- making --------------------------------------------------------------- */

static gram_status add_fact(GrStacks *s, bool hole, const StackTop *tops,
                            uint32_t n)
{
    StackFact f = {.cost = hole ? 0 : UINT64_MAX};
    uint32_t at;
    for (uint32_t i = 0; i < n; i++) {
        StackSymbol x;
        const StackFact *rest = gr_store_at(&s->facts, tops[i].rest);
        GR_TRY(gr_stacks_look(s, tops[i].symbol, &x));
        uint64_t cost = plus(x.cost, rest->cost);
        if (cost < f.cost) f.cost = cost;
        if (rest->height >= f.height) f.height = rest->height + 1;
        if (tops[i].symbol == GR_ANY_SYMBOL || rest->is_loose)
            f.is_loose = true;
    }
    GR_TRY(gr_store_add(s->env, &s->facts, 1, &at));
    *(StackFact *)gr_store_at(&s->facts, at) = f;
    return GRAM_OK;
}

/* What a new set takes in memory and in tables counts as well. */
static uint64_t steps_of(uint32_t n, bool is_new)
{
    return is_new ? 8 + (uint64_t)n : 1 + n / 4;
}

/* Intern a set; tops are sorted and distinct.  Facts are made
 * first, so that a set whose facts failed does not exist. */
gram_status gr_stacks_make(GrStacks *s, bool hole, const StackTop *tops,
                           uint32_t n, StackSet *out)
{
    uint32_t few[17], *words = few, id;
    if (n > 8) {
        words = gr_zalloc(s->env, 1 + 2 * (size_t)n, sizeof *words);
        if (words == NULL) return GRAM_E_MEMORY;
    }
    words[0] = hole;
    if (n) memcpy(words + 1, tops, n * sizeof *tops);
    id = gr_intern_find(&s->sets, words, 1 + 2 * n);
    gram_status status = gr_step(s->env, steps_of(n, id == UINT32_MAX));
    if (id == UINT32_MAX && status == GRAM_OK) {
        if (s->facts.n == s->sets.n) status = add_fact(s, hole, tops, n);
        if (status == GRAM_OK)
            status = gr_intern(s->env, &s->sets, words, 1 + 2 * n, &id, NULL);
        /* a fact that belongs to no set is the next set's place */
        if (status != GRAM_OK && s->facts.n > s->sets.n) s->facts.n--;
    }
    if (words != few)
        gr_free(s->env, words, (1 + 2 * (size_t)n) * sizeof *words);
    out->v = id;
    return status;
}

/* --- union ---------------------------------------------------------------- */

static uint64_t union_key(uint32_t a, uint32_t b)
{
    return a < b ? gr_pair(a, b) : gr_pair(b, a);
}

/* The union if it is known or trivial. */
static bool known_union(const GrStacks *s, uint32_t a, uint32_t b,
                        uint32_t *out)
{
    if (a == b || b == STACKS_NONE || a == STACKS_NONE) {
        *out = a == STACKS_NONE ? b : a;
        return true;
    }
    uint32_t *known = gr_map_find(&s->unions, union_key(a, b));
    if (known != NULL) *out = *known;
    return known != NULL;
}

static bool is_loose(const GrStacks *s, uint32_t x)
{
    return gr_stacks_fact(s, (StackSet){x})->is_loose;
}

/* Merge the tops of a and b, neither loose, into s->build; what is missing
 * is put on the list of pairs to do. */
static gram_status merge(GrStacks *s, uint32_t a, uint32_t b, bool *complete)
{
    uint32_t n, m, i = 0, k = 0, rest;
    const StackTop *x = gr_stacks_get(s, (StackSet){a}, &n, NULL);
    const StackTop *y = gr_stacks_get(s, (StackSet){b}, &m, NULL);
    *complete = true;
    s->build.n = 0;
    while (i < n || k < m) {
        if (k == m || (i < n && x[i].symbol < y[k].symbol)) {
            GR_TRY(gr_vec_push(s->env, &s->build, x[i++]));
        } else if (i == n || y[k].symbol < x[i].symbol) {
            GR_TRY(gr_vec_push(s->env, &s->build, y[k++]));
        } else {
            StackTop top = {x[i].symbol, 0};
            if (known_union(s, x[i].rest, y[k].rest, &rest)) {
                top.rest = rest;
                GR_TRY(gr_vec_push(s->env, &s->build, top));
            } else {
                *complete = false;
                uint64_t key = union_key(x[i].rest, y[k].rest);
                GR_TRY(gr_vec_push(s->env, &s->todo, key));
            }
            i++;
            k++;
        }
    }
    return GRAM_OK;
}

static gram_status try_union(GrStacks *s, uint32_t a, uint32_t b)
{
    bool complete, hole_a, hole_b;
    uint32_t n, m, known;
    StackSet out;
    if (known_union(s, a, b, &known)) {
        s->todo.n--;
        return GRAM_OK;
    }
    gr_stacks_get(s, (StackSet){a}, &n, &hole_a);
    gr_stacks_get(s, (StackSet){b}, &m, &hole_b);
    uint64_t steps = 1 + ((uint64_t)n + m) / 4;
    s->credit = s->credit > steps ? s->credit - steps : 0;
    GR_TRY(gr_step(s->env, steps));
    GR_TRY(merge(s, a, b, &complete));
    if (!complete) return GRAM_OK;
    GR_TRY(gr_stacks_make(s, hole_a || hole_b, s->build.at, s->build.n, &out));
    GR_TRY(gr_map_put(s->env, &s->unions, union_key(a, b), out.v));
    s->todo.n--;
    return GRAM_OK;
}

static void give_up(GrStacks *s)
{
    s->gave_up = true;
    if (s->allowance > JOIN_LEAST) s->allowance /= 2;
}

/* The union with its rests joined; false where it is not worth it. */
static gram_status join_two(GrStacks *s, uint32_t a, uint32_t b, uint32_t *out,
                            bool *did)
{
    *did = known_union(s, a, b, out);
    if (*did || s->credit == 0 || is_loose(s, a) || is_loose(s, b))
        return GRAM_OK;
    uint32_t base = s->todo.n;
    gram_status status = gr_vec_push(s->env, &s->todo, union_key(a, b));
    while (status == GRAM_OK && s->todo.n > base && s->credit > 0) {
        uint64_t pair = s->todo.at[s->todo.n - 1];
        status = try_union(s, (uint32_t)(pair >> 32), (uint32_t)pair);
    }
    s->todo.n = base;
    if (s->credit == 0) give_up(s);
    if (status == GRAM_OK) *did = known_union(s, a, b, out);
    return status;
}

/* The union of n sets by halves; false where some join is not worth it. */
static gram_status join_all(GrStacks *s, const uint64_t *sets, uint32_t n,
                            uint32_t *out, bool *did)
{
    *did = true;
    *out = n > 0 ? (uint32_t)sets[0] : STACKS_NONE;
    if (n <= 1) return GRAM_OK;
    s->halves.n = 0;
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(gr_vec_push(s->env, &s->halves, (uint32_t)sets[i]));
    gr_sort_words(s->halves.at, n);
    for (uint32_t half; n > 1; n = half) {
        half = 0;
        for (uint32_t i = 0; i < n && *did; i += 2) {
            uint32_t sum = (uint32_t)s->halves.at[i];
            if (i + 1 < n)
                GR_TRY(
                    join_two(s, sum, (uint32_t)s->halves.at[i + 1], &sum, did));
            s->halves.at[half++] = sum;
        }
        if (!*did) return GRAM_OK;
    }
    *out = (uint32_t)s->halves.at[0];
    return GRAM_OK;
}

gram_status gr_stacks_walk(GrStacks *s)
{
    uint32_t n = s->stamp.n, more = s->sets.n - n;
    if (more > 0) {
        GR_TRY(gr_vec_reserve(s->env, &s->stamp, more));
        memset(s->stamp.at + n, 0, more * sizeof *s->stamp.at);
        s->stamp.n += more;
    }
    if (++s->now == 0) { /* after 2^32 walks all stamps are old */
        memset(s->stamp.at, 0, s->stamp.n * sizeof *s->stamp.at);
        s->now = 1;
    }
    return GRAM_OK;
}

/* A list is sorted, and ANY is the largest symbol. */
static bool is_list(const GrStacks *s, uint32_t x)
{
    uint32_t n;
    bool hole;
    const StackTop *tops = gr_stacks_get(s, (StackSet){x}, &n, &hole);
    return n > 0 && !hole && tops[0].symbol == GR_ANY_SYMBOL;
}

/* A set, or those of a list, behind s->parts where they are new. */
static gram_status add_parts(GrStacks *s, uint32_t x)
{
    uint32_t n;
    if (!gr_stacks_is_new(s, x)) return GRAM_OK;
    if (!is_list(s, x)) return gr_vec_push(s->env, &s->parts, x);
    const StackTop *tops = gr_stacks_get(s, (StackSet){x}, &n, NULL);
    for (uint32_t i = 0; i < n; i++)
        if (gr_stacks_is_new(s, tops[i].rest))
            GR_TRY(gr_vec_push(s->env, &s->parts, tops[i].rest));
    return gr_step(s->env, 1 + n / 8);
}

/* The union of sets, given in the low halves of words, as a list. */
static gram_status list_of(GrStacks *s, const uint64_t *sets, uint32_t n,
                           uint32_t *out)
{
    StackSet list;
    s->parts.n = s->any.n = 0;
    GR_TRY(gr_stacks_walk(s));
    for (uint32_t i = 0; i < n; i++) GR_TRY(add_parts(s, (uint32_t)sets[i]));
    GR_TRY(gr_step(s->env, 1 + n / 8 + s->parts.n)); /* sorted, too */
    gr_sort_words(s->parts.at, s->parts.n);
    for (uint32_t i = 0; i < s->parts.n; i++) {
        StackTop top = {GR_ANY_SYMBOL, (uint32_t)s->parts.at[i]};
        GR_TRY(gr_vec_push(s->env, &s->any, top));
    }
    *out = s->any.at[0].rest;
    if (s->any.n == 1) return GRAM_OK;
    GR_TRY(gr_stacks_make(s, false, s->any.at, s->any.n, &list));
    *out = list.v;
    return GRAM_OK;
}

/* Of tops i .. k-1 of one symbol, sorted words: one over a list, behind
 * `row`; those that are a list's stay as they are. */
static gram_status list_symbol(GrStacks *s, const uint64_t *word, uint32_t i,
                               uint32_t k, TopList *row)
{
    StackTop top = {(uint32_t)(word[i] >> 32), (uint32_t)word[i]};
    if (top.symbol != GR_ANY_SYMBOL) {
        GR_TRY(list_of(s, word + i, k - i, &top.rest));
        return gr_vec_push(s->env, row, top);
    }
    for (uint32_t j = i; j < k; j++) {
        top.rest = (uint32_t)word[j];
        if (j == i || word[j] != word[j - 1])
            GR_TRY(gr_vec_push(s->env, row, top));
    }
    return GRAM_OK;
}

/* Behind the words from i on that have its symbol. */
static uint32_t same_symbol(const uint64_t *word, uint32_t i, uint32_t n)
{
    uint32_t k = i + 1;
    while (k < n && word[k] >> 32 == word[i] >> 32) k++;
    return k;
}

/* The set of s->flat: tops as words, in any order and more than once. */
static gram_status make_flat(GrStacks *s, bool hole, StackSet *out)
{
    uint32_t n = s->flat.n;
    GR_TRY(gr_step(s->env, 1 + 2 * (uint64_t)n)); /* sorted, too */
    gr_sort_words(s->flat.at, n);
    s->build.n = 0;
    for (uint32_t i = 0, k; i < n; i = k) {
        k = same_symbol(s->flat.at, i, n);
        GR_TRY(list_symbol(s, s->flat.at, i, k, &s->build));
    }
    return gr_stacks_make(s, hole, s->build.at, s->build.n, out);
}

/* The union of n sets without joins. */
static gram_status list_all(GrStacks *s, const uint64_t *sets, uint32_t n,
                            StackSet *out)
{
    bool any = false, hole;
    s->flat.n = 0;
    GR_TRY(gr_stacks_walk(s));
    GR_TRY(gr_step(s->env, 1 + n / 8));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t m;
        StackSet x = {(uint32_t)sets[i]};
        if (!gr_stacks_is_new(s, x.v)) continue;
        const StackTop *tops = gr_stacks_get(s, x, &m, &hole);
        any |= hole;
        for (uint32_t k = 0; k < m; k++)
            GR_TRY(gr_vec_push(s->env, &s->flat,
                               gr_pair(tops[k].symbol, tops[k].rest)));
    }
    return make_flat(s, any, out);
}

gram_status gr_stacks_join(GrStacks *s, const uint64_t *sets, uint32_t n,
                           StackSet *out)
{
    bool did;
    GR_TRY(join_all(s, sets, n, &out->v, &did));
    return did ? GRAM_OK : list_all(s, sets, n, out);
}

gram_status gr_stacks_union(GrStacks *s, StackSet a, StackSet b, StackSet *out)
{
    uint64_t both[2] = {a.v, b.v};
    if (known_union(s, a.v, b.v, &out->v)) return GRAM_OK;
    return gr_stacks_join(s, both, 2, out);
}

void gr_stacks_allow(GrStacks *s, StackSet x)
{
    s->gave_up = false;
    s->credit = is_loose(s, x.v) ? 0 : s->allowance;
}

/* --- push ----------------------------------------------------------------- */

/* x without its stacks topped by `symbol`, behind s->under, with what lies
 * below those; *any: there are some. */
static gram_status without_top(GrStacks *s, uint32_t symbol, uint32_t x,
                               bool *any)
{
    uint32_t n, m = s->under.n;
    bool hole;
    StackSet others = {x};
    const StackTop *tops = gr_stacks_get(s, others, &n, &hole);
    s->build.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (tops[i].symbol != symbol)
            GR_TRY(gr_vec_push(s->env, &s->build, tops[i]));
        else
            GR_TRY(gr_vec_push(s->env, &s->under, tops[i].rest));
    }
    *any |= s->under.n > m;
    if (s->under.n > m)
        GR_TRY(gr_stacks_make(s, hole, s->build.at, s->build.n, &others));
    return gr_vec_push(s->env, &s->under, others.v);
}

/* What is below a top of this symbol: of two equal stars one is dropped. */
static gram_status subsume(GrStacks *s, uint32_t symbol, uint32_t *rest)
{
    bool star = false, any = false, did;
    if (!(symbol & GR_LEX_SYMBOL) && symbol >= RTN_PSEUDO)
        GR_TRY(gr_rtn_is_star(s->t, symbol, &star));
    if (!star) return GRAM_OK;
    s->under.n = s->parts.n = 0;
    GR_TRY(gr_stacks_walk(s));
    GR_TRY(add_parts(s, *rest));
    for (uint32_t i = 0; i < s->parts.n; i++)
        GR_TRY(without_top(s, symbol, (uint32_t)s->parts.at[i], &any));
    if (!any) return GRAM_OK;
    GR_TRY(join_all(s, s->under.at, s->under.n, rest, &did));
    return did ? GRAM_OK : list_of(s, s->under.at, s->under.n, rest);
}

gram_status gr_stacks_push(GrStacks *s, uint32_t symbol, StackSet rest,
                           StackSet *out)
{
    StackTop top = {symbol, rest.v};
    GR_TRY(subsume(s, symbol, &top.rest));
    return gr_stacks_make(s, false, &top, 1, out);
}

/* The tops i .. k-1 of s->sorted have one symbol: one over the union of
 * their rests. */
static gram_status gather_symbol(GrStacks *s, uint32_t i, uint32_t k)
{
    StackTop top = {(uint32_t)(s->sorted.at[i] >> 32), 0};
    bool did = false;
    if (k == i + 1) { /* as most are */
        top.rest = (uint32_t)s->sorted.at[i];
        return gr_vec_push(s->env, &s->row, top);
    }
    s->under.n = 0;
    for (uint32_t j = i; j < k; j++)
        GR_TRY(gr_vec_push(s->env, &s->under, (uint32_t)s->sorted.at[j]));
    if (top.symbol != GR_ANY_SYMBOL)
        GR_TRY(join_all(s, s->under.at, k - i, &top.rest, &did));
    return did ? gr_vec_push(s->env, &s->row, top)
               : list_symbol(s, s->sorted.at, i, k, &s->row);
}

/* Sort by symbol; equal symbols join their rests. */
gram_status gr_stacks_gather(GrStacks *s, TopList *tops, StackSet *out)
{
    s->sorted.n = s->row.n = 0;
    for (uint32_t i = 0; i < tops->n; i++) {
        StackTop top = tops->at[i];
        GR_TRY(subsume(s, top.symbol, &top.rest));
        GR_TRY(gr_vec_push(s->env, &s->sorted, gr_pair(top.symbol, top.rest)));
    }
    tops->n = 0;
    gr_sort_words(s->sorted.at, s->sorted.n);
    for (uint32_t i = 0, k; i < s->sorted.n; i = k) {
        k = same_symbol(s->sorted.at, i, s->sorted.n);
        GR_TRY(gather_symbol(s, i, k));
    }
    out->v = s->row.n > 0 ? s->row.at[0].rest : STACKS_NONE;
    if (s->row.n == 1 && s->row.at[0].symbol == GR_ANY_SYMBOL) return GRAM_OK;
    return gr_stacks_make(s, false, s->row.at, s->row.n, out);
}
