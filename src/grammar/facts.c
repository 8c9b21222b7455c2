/* Least fixed points over parts, and the plan of what to copy.
 *
 * Solving: every part has a count of children it still waits for (a SEQ all
 * of them, an ALT or REPEAT one); a part that becomes true tells its parent,
 * and the body of a rule tells all references to the rule.  Each part is
 * told at most as often as it has children: linear.
 *
 * The plan goes through rules in an order in which callees come first, and adds
 * up what the automaton of each part would have as states.  Copying is bought
 * from one purse that grows with the grammar: no nesting of repeats and small
 * rules makes compiling more than linear. */
#include "grammar/facts.h"

enum {
    INLINE_MAX = 64,    /* states of a rule without calls that is inlined, */
    INLINE_CALLS = 12,  /* and of one with calls */
    COPY_MAX = 2048,    /* states that one repeat may be written out to */
    CLASS_STATES = 8,   /* of a class beyond ASCII, besides its ranges */
    COUNT_MIN = 8,      /* repeats of something wide that are counted */
    WIDE_POINTS = 20,   /* characters of something wide */
    PAY_PER_PART = 16,  /* growth by inlining and copying, per part ... */
    PAY_FREE = 16384,   /* ... and for free */
    SIZE_MAX_ = 1 << 30 /* sizes saturate here */
};

/* --- fixed points --------------------------------------------------------- */

typedef struct Solver {
    GrEnv *env;
    const GrRules *r;
    uint32_t *parent;  /* of a part; UINT32_MAX at a body */
    uint32_t *owner;   /* the rule of a part */
    uint32_t *waits;   /* children missing */
    uint32_t *ref_row; /* references to rule i are ref[ref_row[i]].. */
    uint32_t *ref;
    uint32_t *truth; /* bits: the answer */
    GrVec(uint32_t) todo;
} Solver;

/* A part has one parent: the one that it tells when it becomes true.  Where
 * makers use a part twice (lark.c) that is below an A & B or a ~A, whose truth
 * does not come from children. */
static void set_parents(Solver *s)
{
    const GrRules *r = s->r;
    memset(s->parent, 0xFF, r->part.n * sizeof *s->parent);
    for (uint32_t i = 0; i < r->part.n; i++) {
        const Part *p = &r->part.at[i];
        if (p->kind == PART_REPEAT || gr_part_is_resolved(p))
            s->parent[p->a] = i;
        if (p->kind == PART_SEQ || p->kind == PART_ALT)
            for (uint32_t k = 0; k < p->b; k++)
                s->parent[r->kid.at[p->a + k]] = i;
    }
    memset(s->owner, 0xFF, r->part.n * sizeof *s->owner);
    for (uint32_t i = 0; i < r->rule.n; i++)
        for (uint32_t k = r->rule.at[i].first; k <= r->rule.at[i].body.v; k++)
            s->owner[k] = i;
}

/* Counting sort of the references by the rule that they name; afterwards each
 * row's end has become its begin, so the rows are moved up by one. */
static void set_refs(Solver *s)
{
    const GrRules *r = s->r;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < r->part.n; i++)
        if (r->part.at[i].kind == PART_REF) s->ref_row[r->part.at[i].a + 1]++;
    for (uint32_t i = 0; i <= r->rule.n; i++)
        s->ref_row[i] = sum += s->ref_row[i];
    for (uint32_t i = 0; i < r->part.n; i++)
        if (r->part.at[i].kind == PART_REF)
            s->ref[s->ref_row[r->part.at[i].a]++] = i;
    for (uint32_t i = r->rule.n; i > 0; i--) s->ref_row[i] = s->ref_row[i - 1];
    s->ref_row[0] = 0;
}

/* What both fixed points need: parents, owners, and references by rule. */
static gram_status solver_init(Solver *s, GrEnv *env, const GrRules *r)
{
    uint32_t n = r->part.n, m = r->rule.n;
    *s = (Solver){.env = env, .r = r};
    s->parent = gr_zalloc(env, n, sizeof *s->parent);
    s->owner = gr_zalloc(env, n, sizeof *s->owner);
    s->waits = gr_zalloc(env, n, sizeof *s->waits);
    s->ref = gr_zalloc(env, n, sizeof *s->ref);
    s->ref_row = gr_zalloc(env, m + 1, sizeof *s->ref_row);
    if (!s->parent || !s->owner || !s->waits || !s->ref || !s->ref_row)
        return GRAM_E_MEMORY;
    set_parents(s);
    set_refs(s);
    return gr_step(env, 2 * (uint64_t)n + m);
}

static void solver_clear(Solver *s)
{
    uint32_t n = s->r->part.n, m = s->r->rule.n;
    gr_free(s->env, s->parent, n * sizeof *s->parent);
    gr_free(s->env, s->owner, n * sizeof *s->owner);
    gr_free(s->env, s->waits, n * sizeof *s->waits);
    gr_free(s->env, s->ref, n * sizeof *s->ref);
    gr_free(s->env, s->ref_row, (m + 1) * sizeof *s->ref_row);
    gr_vec_clear(s->env, &s->todo);
}

/* Each part enters the list once, which is what makes solving linear. */
static gram_status make_true(Solver *s, uint32_t part)
{
    if (gr_bit_get(s->truth, part)) return GRAM_OK;
    gr_bit_set(s->truth, part);
    return gr_vec_push(s->env, &s->todo, part);
}

/* A child of `part`, or the body it refers to, has become true.  Of A - B and
 * the like the children decide nothing: the expression does. */
static gram_status tell(Solver *s, uint32_t part)
{
    GR_TRY(gr_step(s->env, 1));
    if (gr_part_is_resolved(&s->r->part.at[part])) return GRAM_OK;
    if (s->waits[part] > 1) {
        s->waits[part]--;
        return GRAM_OK;
    }
    return make_true(s, part);
}

/* Until nothing new follows: the least fixed point. */
static gram_status propagate(Solver *s)
{
    while (s->todo.n > 0) {
        uint32_t part = s->todo.at[--s->todo.n], rule = s->owner[part];
        if (s->parent[part] != UINT32_MAX) GR_TRY(tell(s, s->parent[part]));
        if (rule == UINT32_MAX || s->r->rule.at[rule].body.v != part) continue;
        for (uint32_t i = s->ref_row[rule]; i < s->ref_row[rule + 1]; i++)
            GR_TRY(tell(s, s->ref[i]));
    }
    return GRAM_OK;
}

/* productive(p) of a part without looking at children or references.  Only
 * X{0,...} and leaves are true by themselves. */
static bool is_productive(const GrRules *r, const Part *p)
{
    uint32_t n = 0;
    switch ((PartKind)p->kind) {
    case PART_EMPTY:
    case PART_TEXT: return true;
    case PART_TOKENS: return p->b > 0 || p->c;
    case PART_SET: gr_set_get(r->re, (SetId){p->a}, &n); return n > 0;
    case PART_REPEAT: return p->b == 0;
    case PART_REGEX: return p->a != gr_re_none(r->re).v;
    case PART_EXCEPT:
    case PART_AND:
    case PART_NOT: return p->c != gr_re_none(r->re).v;
    default: return false;
    }
}

/* The same for nullable(p); a text is never empty, a token consumes. */
static bool is_nullable(const GrRules *r, const Part *p)
{
    switch ((PartKind)p->kind) {
    case PART_EMPTY: return true;
    case PART_REPEAT: return p->b == 0;
    case PART_REGEX: return gr_re_nullable(r->re, (ReId){p->a});
    case PART_EXCEPT:
    case PART_AND:
    case PART_NOT: return gr_re_nullable(r->re, (ReId){p->c});
    default: return false;
    }
}

/* `base` is the truth without looking further.  A SEQ waits for all children,
 * ALT and REPEAT and references for one. */
static gram_status solve(Solver *s, uint32_t *truth,
                         bool (*base)(const GrRules *, const Part *))
{
    s->truth = truth;
    s->todo.n = 0;
    for (uint32_t i = 0; i < s->r->part.n; i++) {
        const Part *p = &s->r->part.at[i];
        s->waits[i] = p->kind == PART_SEQ ? p->b : 1;
        if (base(s->r, p)) GR_TRY(make_true(s, i));
    }
    return propagate(s);
}

/* --- recursion, reach, sizes ---------------------------------------------- */

typedef struct Plan {
    GrFacts *f;
    const GrRules *r;
    uint32_t *row, *to, *comp, *by_comp;
    uint64_t pay; /* growth that is still paid for */
} Plan;

/* References between rules as a graph in rows; self references are marked. */
static void reference_graph(Plan *x)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->r->rule.n; i++) {
        const Rule *rule = &x->r->rule.at[i];
        x->row[i] = n;
        for (uint32_t k = rule->first; k <= rule->body.v; k++) {
            const Part *p = &x->r->part.at[k];
            if (p->kind != PART_REF) continue;
            x->to[n++] = p->a;
            x->f->rule[p->a].n_refs++;
            if (p->a == i) x->f->rule[i].recursive = true;
        }
    }
    x->row[x->r->rule.n] = n;
}

/* by_comp[c] counts the rules of component c; more than one is a cycle. */
static void mark_recursive(Plan *x)
{
    uint32_t n = x->r->rule.n;
    for (uint32_t i = 0; i < n; i++) x->by_comp[x->comp[i]]++;
    for (uint32_t i = 0; i < n; i++)
        if (x->by_comp[x->comp[i]] > 1) x->f->rule[i].recursive = true;
}

/* From the start rule, through what it refers to; on an explicit stack. */
static gram_status mark_reachable(Plan *x)
{
    GrVec(uint32_t) todo = {0};
    GrEnv *env = x->f->env;
    x->f->rule[x->r->start.v].reachable = true;
    gram_status status = gr_vec_push(env, &todo, x->r->start.v);
    while (status == GRAM_OK && todo.n > 0) {
        uint32_t v = todo.at[--todo.n];
        for (uint32_t i = x->row[v]; i < x->row[v + 1]; i++) {
            RuleFacts *to = &x->f->rule[x->to[i]];
            if (to->reachable || status != GRAM_OK) continue;
            to->reachable = true;
            status = gr_vec_push(env, &todo, x->to[i]);
        }
    }
    gr_vec_clear(env, &todo);
    return status;
}

static uint32_t saturate(uint64_t n)
{
    return n < SIZE_MAX_ ? (uint32_t)n : SIZE_MAX_;
}

/* First come, first served, in the order of the components: deterministic. */
static bool afford(Plan *x, uint64_t cost)
{
    if (cost > x->pay) return false;
    x->pay -= cost;
    return true;
}

/* Is the automaton of what a repeat repeats flat?  That of a rule that is
 * too large to be inlined is the rule's own. */
static bool is_flat_item(const Plan *x, uint32_t id)
{
    const Part *p = &x->r->part.at[id];
    if (p->kind != PART_REF) return gr_bit_get(x->f->flat, id);
    return !x->f->rule[p->a].recursive &&
           gr_bit_get(x->f->flat, x->r->rule.at[p->a].body.v);
}

/* Write the repeat out if that is small and paid for.  X*, X+ and X? take one
 * copy, which costs nothing extra; an open end counts as what must be there.
 * Not copied, it takes a few states for each bit of its counts: 64 is about
 * that. */
static uint32_t size_of_repeat(Plan *x, uint32_t id, const Part *p)
{
    GrFacts *f = x->f;
    uint64_t one = f->size[p->a] + 1;
    uint64_t times = p->c != GR_RE_INF ? p->c : p->b > 0 ? p->b : 1;
    bool copied = times == 1 ||
                  (one * times <= COPY_MAX && afford(x, one * times));
    if (copied) gr_bit_set(f->copied, id);
    bool many = !copied || (times >= COUNT_MIN && gr_bit_get(f->wide, p->a));
    if (many && is_flat_item(x, p->a) && !gr_bit_get(f->nullable, p->a)) {
        gr_bit_set(f->counted, id);
        return 2;
    }
    return copied ? saturate(one * times) : 64;
}

/* Are all (or, if `any`, is one) of a part's children in a set of bits? */
static bool kids_in(const Plan *x, const Part *p, const uint32_t *bits,
                    bool any)
{
    for (uint32_t k = 0; k < p->b; k++)
        if (gr_bit_get(bits, x->r->kid.at[p->a + k]) == any) return any;
    return !any;
}

/* flat(p): only what becomes states and edges in place.  Counted repeats are
 * calls by themselves; REGEX and what is resolved are labels that the machine
 * opens like a call. */
static bool is_flat(const Plan *x, uint32_t id)
{
    const Part *p = &x->r->part.at[id];
    switch ((PartKind)p->kind) {
    case PART_EMPTY:
    case PART_SET:
    case PART_TEXT: return true;
    case PART_SEQ:
    case PART_ALT: return kids_in(x, p, x->f->flat, false);
    case PART_REF:
        return x->f->rule[p->a].inlined &&
               gr_bit_get(x->f->flat, x->r->rule.at[p->a].body.v);
    case PART_REPEAT:
        return gr_bit_get(x->f->copied, id) && !gr_bit_get(x->f->counted, id) &&
               gr_bit_get(x->f->flat, p->a);
    default: return false;
    }
}

/* wide(p) looks at the first character only, and not into sequences: [a-z] and
 * alternatives of such, for which a count in states would make masks of their
 * own for every count. */
static bool is_wide(const Plan *x, uint32_t id)
{
    const Part *p = &x->r->part.at[id];
    uint32_t n, points = 0;
    const GrRange *range;
    switch ((PartKind)p->kind) {
    case PART_SET:
        range = gr_set_get(x->r->re, (SetId){p->a}, &n);
        for (uint32_t i = 0; i < n && points < WIDE_POINTS; i++)
            points += range[i].hi - range[i].lo + 1;
        return points >= WIDE_POINTS;
    case PART_ALT: return kids_in(x, p, x->f->wide, true);
    case PART_REF: return gr_bit_get(x->f->wide, x->r->rule.at[p->a].body.v);
    default: return false;
    }
}

/* About as many states as nfa.c makes; off by a factor is no harm, since limits
 * leave room for it. */
static uint32_t size_of(Plan *x, uint32_t id)
{
    const Part *p = &x->r->part.at[id];
    uint64_t sum = 1;
    uint32_t n;
    switch ((PartKind)p->kind) {
    case PART_SET:
        gr_set_get(x->r->re, (SetId){p->a}, &n);
        return n + CLASS_STATES;
    case PART_TEXT: return p->b;
    case PART_SEQ:
    case PART_ALT:
        for (uint32_t k = 0; k < p->b; k++)
            sum += x->f->size[x->r->kid.at[p->a + k]];
        return saturate(sum);
    case PART_REF: return x->f->rule[p->a].inlined ? x->f->rule[p->a].size : 2;
    case PART_REPEAT: return size_of_repeat(x, id, p);
    default: return 2;
    }
}

/* Rules in the order of their components: what a rule refers to is known
 * before it, unless it is recursive. */
static gram_status measure(Plan *x, uint32_t rule)
{
    const Rule *source = &x->r->rule.at[rule];
    RuleFacts *f = &x->f->rule[rule];
    for (uint32_t k = source->first; k <= source->body.v; k++) {
        x->f->size[k] = size_of(x, k);
        if (is_flat(x, k)) gr_bit_set(x->f->flat, k);
        if (is_wide(x, k)) gr_bit_set(x->f->wide, k);
    }
    f->size = x->f->size[source->body.v];
    bool calls = false;
    for (uint32_t k = source->first; k <= source->body.v && !calls; k++) {
        const Part *p = &x->r->part.at[k];
        calls = p->kind == PART_REF &&
                (!x->f->rule[p->a].inlined || x->f->rule[p->a].calls);
    }
    f->calls = calls;
    /* each reference takes one body; without calls it may be larger, since then
     * it makes flat what it is put into */
    f->inlined = !f->recursive &&
                 f->size <= (calls ? INLINE_CALLS : INLINE_MAX) &&
                 afford(x, (uint64_t)f->n_refs * f->size);
    return gr_step(x->f->env, source->body.v - source->first + 1);
}

static gram_status measure_all(Plan *x, uint32_t n_comps)
{
    /* counting sort of the rules by component, in `row`, whose graph has
     * served, and in `by_comp` */
    uint32_t n = x->r->rule.n, sum = 0;
    for (uint32_t c = 0; c < n_comps; c++) {
        uint32_t here = x->by_comp[c];
        x->by_comp[c] = sum;
        sum += here;
    }
    for (uint32_t i = 0; i < n; i++) x->row[x->by_comp[x->comp[i]]++] = i;
    for (uint32_t i = 0; i < n; i++) GR_TRY(measure(x, x->row[i]));
    return GRAM_OK;
}

/* In order of need: recursion before sizes, since what is recursive is never
 * inlined. */
static gram_status plan(Plan *x)
{
    uint32_t n_comps;
    reference_graph(x);
    GR_TRY(gr_graph_components(x->f->env, x->r->rule.n, x->row, x->to, x->comp,
                               &n_comps));
    mark_recursive(x);
    GR_TRY(mark_reachable(x));
    return measure_all(x, n_comps);
}

/* The purse: so much for each part, and something for small grammars. */
static gram_status make_plan(GrFacts *f, const GrRules *r)
{
    GrEnv *env = f->env;
    uint32_t n = r->rule.n, m = r->part.n;
    Plan x = {.f = f, .r = r};
    x.pay = (uint64_t)m * PAY_PER_PART + PAY_FREE;
    x.row = gr_zalloc(env, n + 1, sizeof *x.row);
    x.to = gr_zalloc(env, m, sizeof *x.to);
    x.comp = gr_zalloc(env, n, sizeof *x.comp);
    x.by_comp = gr_zalloc(env, n, sizeof *x.by_comp);
    gram_status status = GRAM_E_MEMORY;
    if (x.row && x.to && x.comp && x.by_comp) status = plan(&x);
    gr_free(env, x.row, (n + 1) * sizeof *x.row);
    gr_free(env, x.to, m * sizeof *x.to);
    gr_free(env, x.comp, n * sizeof *x.comp);
    gr_free(env, x.by_comp, n * sizeof *x.by_comp);
    return status;
}

/* --- life ----------------------------------------------------------------- */

static gram_status allocate(GrFacts *f)
{
    uint32_t words = gr_bit_words(f->n_parts);
    f->productive = gr_zalloc(f->env, words, sizeof(uint32_t));
    f->nullable = gr_zalloc(f->env, words, sizeof(uint32_t));
    f->copied = gr_zalloc(f->env, words, sizeof(uint32_t));
    f->flat = gr_zalloc(f->env, words, sizeof(uint32_t));
    f->wide = gr_zalloc(f->env, words, sizeof(uint32_t));
    f->counted = gr_zalloc(f->env, words, sizeof(uint32_t));
    f->size = gr_zalloc(f->env, f->n_parts, sizeof(uint32_t));
    f->rule = gr_zalloc(f->env, f->n_rules, sizeof *f->rule);
    bool all = f->productive && f->nullable && f->copied && f->flat &&
               f->wide && f->counted && f->size && f->rule;
    return all ? GRAM_OK : GRAM_E_MEMORY;
}

/* The plan needs both fixed points.  On failure the caller clears what there
 * is. */
gram_status gr_facts_init(GrEnv *env, const GrRules *r, GrFacts *out)
{
    Solver s;
    *out = (GrFacts){.env = env, .n_parts = r->part.n, .n_rules = r->rule.n};
    GR_TRY(allocate(out));
    gram_status status = solver_init(&s, env, r);
    if (status == GRAM_OK) status = solve(&s, out->productive, is_productive);
    if (status == GRAM_OK) status = solve(&s, out->nullable, is_nullable);
    solver_clear(&s);
    return status == GRAM_OK ? make_plan(out, r) : status;
}

void gr_facts_clear(GrFacts *f)
{
    size_t words = gr_bit_words(f->n_parts) * sizeof(uint32_t);
    gr_free(f->env, f->productive, words);
    gr_free(f->env, f->nullable, words);
    gr_free(f->env, f->copied, words);
    gr_free(f->env, f->flat, words);
    gr_free(f->env, f->wide, words);
    gr_free(f->env, f->counted, words);
    gr_free(f->env, f->size, f->n_parts * sizeof(uint32_t));
    gr_free(f->env, f->rule, f->n_rules * sizeof *f->rule);
    memset(f, 0, sizeof *f);
}
