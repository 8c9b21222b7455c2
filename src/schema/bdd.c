/* Reduced ordered decision diagrams; see bdd.h.
 *
 * Binary operations run on an explicit stack of pairs, memoized by pair;
 * unary ones are passes over the reachable nodes in ascending order, where
 * children always come first. */
#include "schema/bdd.h"
#include "schema/words.h"

/* Ids 0 and 1 are the constants and have no node. */
void gr_bdd_init(GrEnv *env, Bdds *b)
{
    memset(b, 0, sizeof *b);
    b->env = env;
    gr_bdd_begin(b);
}

void gr_bdd_begin(Bdds *b)
{
    b->most = b->nodes.n + GR_LIMIT_BDD_NODES;
}

void gr_bdd_clear(Bdds *b)
{
    gr_vec_clear(b->env, &b->nodes);
    gr_free(b->env, b->table, b->table_cap * sizeof *b->table);
    b->table = NULL;
    b->table_cap = 0;
    for (int op = 0; op < 3; op++) gr_map_clear(b->env, &b->memo[op]);
    gr_map_clear(b->env, &b->not_memo);
    gr_map_clear(b->env, &b->implies_memo);
    gr_vec_clear(b->env, &b->stamp);
    gr_vec_clear(b->env, &b->image);
    gr_vec_clear(b->env, &b->reached);
    gr_vec_clear(b->env, &b->todo);
    gr_vec_clear(b->env, &b->pairs);
    gr_vec_clear(b->env, &b->given);
}

/* Constants lie below all variables. */
static uint32_t var_of(const Bdds *b, uint32_t f)
{
    return f < 2 ? UINT32_MAX : gr_bdd_node(b, (Bdd){f}).var;
}

/* --- nodes ---------------------------------------------------------------- */

/* A node is read far oftener than made, by every pass, so nodes lie side by
 * side, and their table is one of ids alone: GrIntern, which keeps keys of any
 * length, takes twice the memory and three loads to come to a key.  Like there:
 * linear probing, three quarters full at most, nothing is deleted. */
static uint32_t *place(const Bdds *b, BddNode n)
{
    uint64_t hash = gr_mix(gr_pair(n.lo.v, n.hi.v) + gr_mix(n.var));
    uint32_t mask = b->table_cap - 1, i = (uint32_t)hash & mask;
    for (; b->table[i] != 0; i = (i + 1) & mask) {
        BddNode x = gr_bdd_node(b, (Bdd){b->table[i]});
        if (x.lo.v == n.lo.v && x.hi.v == n.hi.v && x.var == n.var) break;
    }
    return &b->table[i];
}

/* Twice as large, or the first one; the old one stays until all is there. */
static gram_status grow_table(Bdds *b)
{
    uint32_t *was = b->table, had = b->table_cap;
    uint32_t cap = had ? had * 2 : 8;
    if (cap == 0) return gr_step_fail(b->env);
    uint32_t *table = gr_zalloc(b->env, cap, sizeof *table);
    if (table == NULL) return GRAM_E_MEMORY;
    b->table = table;
    b->table_cap = cap;
    for (uint32_t i = 0; i < b->nodes.n; i++) *place(b, b->nodes.at[i]) = i + 2;
    gr_free(b->env, was, had * sizeof *was);
    return GRAM_OK;
}

/* The only place where nodes come to be, and both rules of reduction are here:
 * no node with equal children, no node twice.  Everything else keeps the order
 * of variables.  The children exist already, so their ids are smaller: what the
 * passes below rest on. */
gram_status gr_bdd_make(Bdds *b, uint32_t var, Bdd lo, Bdd hi, Bdd *out)
{
    BddNode node = {var, lo, hi};
    *out = lo;
    if (lo.v == hi.v) return GRAM_OK;
    GR_TRY(gr_step(b->env, 1));
    if (b->nodes.n >= gr_table_full(b->table_cap)) GR_TRY(grow_table(b));
    uint32_t *id = place(b, node);
    if (*id == 0) {
        GR_TRY(gr_vec_push(b->env, &b->nodes, node));
        *id = b->nodes.n + 1;
    }
    out->v = *id;
    if (*id - 2 < b->most) return GRAM_OK;
    return gr_fail(b->env, GRAM_E_LIMIT, GR_NOWHERE,
                   "conditions of a schema that take more than %d nodes "
                   "together",
                   GR_LIMIT_BDD_NODES);
}

gram_status gr_bdd_var(Bdds *b, uint32_t var, Bdd *out)
{
    return gr_bdd_make(b, var, gr_bdd_const(false), gr_bdd_const(true), out);
}

/* --- and, or, one --------------------------------------------------------- */

/* ONE adds up how many functions hold, in three values: FALSE is none, TRUE is
 * one, and MANY, a node that no function has otherwise, is more.  It has two
 * uses of a value less than two functions for "one" and "none": a union of n
 * branches takes n sums. */
typedef enum Op { OR, AND, ONE } Op;

enum { MANY_VAR = INT32_MAX }; /* below all others */

/* The result of AND, OR where no splitting is needed.  The unit of an operation
 * is its number, its negation absorbs.  f with its own negation is not seen
 * here; it comes out at the leaves. */
static bool trivial_logic(uint32_t f, uint32_t g, uint32_t unit, Bdd *out)
{
    if (f == g || g == unit)
        out->v = f;
    else if (f == unit)
        out->v = g;
    else if (f == 1 - unit || g == 1 - unit)
        out->v = 1 - unit;
    else
        return false;
    return true;
}

static bool trivial_sum(const Bdds *b, uint32_t f, uint32_t g, Bdd *out)
{
    bool many = f == b->many.v || g == b->many.v;
    if (f == GR_BDD_FALSE || g == GR_BDD_FALSE)
        out->v = f + g;
    else if (many || (f == GR_BDD_TRUE && g == GR_BDD_TRUE))
        *out = b->many;
    else
        return false;
    return true;
}

/* All operations are commutative: one memo entry for f, g and g, f. */
static uint64_t pair_key(uint32_t f, uint32_t g)
{
    return f < g ? gr_pair(f, g) : gr_pair(g, f);
}

static bool known(const Bdds *b, Op op, uint32_t f, uint32_t g, Bdd *out)
{
    if (op == ONE ? trivial_sum(b, f, g, out) : trivial_logic(f, g, op, out))
        return true;
    const uint32_t *v = gr_map_find(&b->memo[op], pair_key(f, g));
    if (v != NULL) out->v = *v;
    return v != NULL;
}

/* f where `var` = value.  var is at or above f's own variable, so f is itself
 * where it does not begin with it. */
static uint32_t child(const Bdds *b, uint32_t f, uint32_t var, bool value)
{
    if (f < 2) return f;
    BddNode n = gr_bdd_node(b, (Bdd){f});
    if (n.var != var) return f;
    return value ? n.hi.v : n.lo.v;
}

static gram_status push_pair(Bdds *b, uint32_t f, uint32_t g)
{
    uint32_t vf = var_of(b, f), vg = var_of(b, g);
    return gr_vec_push(b->env, &b->pairs,
                       (BddPair){f, g, vf < vg ? vf : vg, 0, {0}});
}

/* Shannon's expansion: both sides are split by the smaller of their variables,
 * the halves are combined, and a node joins the results.
 *
 * A pair on the stack waits for its low half (phase 0), then for its high one
 * (phase 1); a half that is not known yet is pushed and looked up when the pair
 * comes to the top again.  There is no other channel for results: the memo is
 * what carries them, so an entry must be made before the pair is popped.  `p`
 * is read anew each time: a push may move the stack. */
static gram_status combine(Bdds *b, Op op, Bdd f, Bdd g, Bdd *out)
{
    if (known(b, op, f.v, g.v, out)) return GRAM_OK;
    b->pairs.n = 0;
    GR_TRY(push_pair(b, f.v, g.v));
    while (b->pairs.n > 0) {
        BddPair *p = &b->pairs.at[b->pairs.n - 1];
        Bdd r;
        uint32_t x = child(b, p->f, p->var, p->phase);
        uint32_t y = child(b, p->g, p->var, p->phase);
        GR_TRY(gr_step(b->env, 1));
        if (!known(b, op, x, y, &r)) {
            GR_TRY(push_pair(b, x, y));
            continue;
        }
        if (p->phase++ == 0) {
            p->lo = r;
            continue;
        }
        GR_TRY(gr_bdd_make(b, p->var, p->lo, r, out));
        GR_TRY(gr_map_put(b->env, &b->memo[op], pair_key(p->f, p->g), out->v));
        b->pairs.n--;
    }
    return GRAM_OK;
}

gram_status gr_bdd_and(Bdds *b, Bdd f, Bdd g, Bdd *out)
{
    return combine(b, AND, f, g, out);
}

gram_status gr_bdd_or(Bdds *b, Bdd f, Bdd g, Bdd *out)
{
    return combine(b, OR, f, g, out);
}

/* By halves: in whatever order the variables of the parts come, a part is
 * passed over once for each halving.  One after the other instead, a long
 * enum's parts would each be passed over by all that follow: n^2. */
static gram_status fold(Bdds *b, Op op, Bdd *part, uint32_t n, Bdd *out)
{
    Bdd unit = gr_bdd_const(op == AND);
    for (; n > 1; n = (n + 1) / 2)
        for (uint32_t i = 0; i < n; i += 2) {
            Bdd next = i + 1 < n ? part[i + 1] : unit;
            GR_TRY(combine(b, op, part[i], next, &part[i / 2]));
        }
    *out = n ? part[0] : unit;
    return GRAM_OK;
}

gram_status gr_bdd_all(Bdds *b, Bdd *part, uint32_t n, Bdd *out)
{
    return fold(b, AND, part, n, out);
}

gram_status gr_bdd_any(Bdds *b, Bdd *part, uint32_t n, Bdd *out)
{
    return fold(b, OR, part, n, out);
}

/* More than one is as bad as none.  Sums are of no use to anybody else: they
 * are forgotten. */
gram_status gr_bdd_one(Bdds *b, Bdd *part, uint32_t n, Bdd *out)
{
    GR_TRY(gr_bdd_var(b, MANY_VAR, &b->many));
    gram_status status = fold(b, ONE, part, n, out);
    gr_map_clear(b->env, &b->memo[ONE]);
    GR_TRY(status);
    return gr_bdd_restrict(b, *out, MANY_VAR, false, out);
}

/* --- implication ---------------------------------------------------------- */

/* Where no splitting is needed.  A function that is not FALSE holds somewhere,
 * one that is not TRUE fails somewhere. */
static bool implies_evidently(uint32_t f, uint32_t g, bool *yes)
{
    *yes = f == GR_BDD_FALSE || g == GR_BDD_TRUE || f == g;
    return *yes || f == GR_BDD_TRUE || g == GR_BDD_FALSE;
}

static bool implies_known(const Bdds *b, uint32_t f, uint32_t g, bool *yes)
{
    if (implies_evidently(f, g, yes)) return true;
    const uint32_t *v = gr_map_find(&b->implies_memo, gr_pair(f, g));
    if (v != NULL) *yes = *v;
    return v != NULL;
}

static gram_status keep_implies(Bdds *b, bool yes)
{
    BddPair p = b->pairs.at[--b->pairs.n];
    return gr_map_put(b->env, &b->implies_memo, gr_pair(p.f, p.g), yes);
}

/* f implies g iff both its halves do.  Nothing is made: "f and g is f" would
 * leave the nodes of a conjunction.  The first place where it fails is the
 * end, for all pairs on the way there. */
gram_status gr_bdd_implies(Bdds *b, Bdd f, Bdd g, bool *out)
{
    bool yes;
    if (implies_known(b, f.v, g.v, out)) return GRAM_OK;
    b->pairs.n = 0;
    GR_TRY(push_pair(b, f.v, g.v));
    *out = true;
    while (b->pairs.n > 0) {
        BddPair *p = &b->pairs.at[b->pairs.n - 1];
        if (!*out || p->phase == 2) {
            GR_TRY(keep_implies(b, *out));
            continue;
        }
        uint32_t x = child(b, p->f, p->var, p->phase);
        uint32_t y = child(b, p->g, p->var, p->phase);
        GR_TRY(gr_step(b->env, 1));
        p->phase++;
        if (implies_known(b, x, y, &yes))
            *out = yes;
        else
            GR_TRY(push_pair(b, x, y));
    }
    return GRAM_OK;
}

/* --- passes --------------------------------------------------------------- */

/* Stamps instead of a cleared array: a pass costs what it reaches, not what
 * there is.  b->pass says that a node is done, one less that it is begun. */
static gram_status begin_pass(Bdds *b)
{
    uint32_t n = b->nodes.n + 2;
    if (b->stamp.n < n) {
        GR_TRY(gr_vec_reserve(b->env, &b->stamp, n - b->stamp.n));
        GR_TRY(gr_vec_reserve(b->env, &b->image, n - b->image.n));
        while (b->stamp.n < n) b->stamp.at[b->stamp.n++] = 0;
        b->image.n = n;
    }
    b->pass += 2;
    b->reached.n = b->todo.n = 0;
    return GRAM_OK;
}

static gram_status visit(Bdds *b, Bdd f)
{
    if (f.v < 2 || b->stamp.at[f.v] == b->pass) return GRAM_OK;
    b->stamp.at[f.v] = b->pass;
    GR_TRY(gr_vec_push(b->env, &b->reached, f.v));
    return gr_vec_push(b->env, &b->todo, f.v);
}

/* So many nodes are looked at in less time than it takes to sort one that is
 * reached. */
enum { SCANNED = 16 };

/* By number: children first.  None is above the one that the pass began at. */
static void sort_reached(Bdds *b, Bdd f)
{
    uint32_t n = 0, first = f.v, *at = b->reached.at;
    for (uint32_t i = 0; i < b->reached.n; i++)
        if (at[i] < first) first = at[i];
    if (f.v - first >= SCANNED * (uint64_t)b->reached.n) {
        sm_sort_words(at, b->reached.n);
        return;
    }
    for (uint32_t i = first; n < b->reached.n; i++)
        if (b->stamp.at[i] == b->pass) at[n++] = i;
}

/* `image` is as long as `stamp`, but what a pass has not written there is
 * rubbish: passes read images of reached nodes only. */
gram_status gr_bdd_reach(Bdds *b, Bdd f)
{
    GR_TRY(begin_pass(b));
    GR_TRY(visit(b, f));
    while (b->todo.n > 0) {
        BddNode node = gr_bdd_node(b, (Bdd){b->todo.at[--b->todo.n]});
        GR_TRY(gr_step(b->env, 1));
        GR_TRY(visit(b, node.lo));
        GR_TRY(visit(b, node.hi));
    }
    sort_reached(b, f);
    return GRAM_OK;
}

/* The image of a node that comes before the present one in the pass. */
static Bdd image(const Bdds *b, Bdd f)
{
    return f.v < 2 ? f : (Bdd){b->image.at[f.v]};
}

/* The negation's shape is the function's: linear, and known in both
 * directions afterwards. */
gram_status gr_bdd_not(Bdds *b, Bdd f, Bdd *out)
{
    if (f.v < 2) {
        out->v = 1 - f.v;
        return GRAM_OK;
    }
    const uint32_t *memo = gr_map_find(&b->not_memo, f.v);
    if (memo != NULL) {
        out->v = *memo;
        return GRAM_OK;
    }
    GR_TRY(gr_bdd_reach(b, f));
    for (uint32_t i = 0; i < b->reached.n; i++) {
        BddNode n = gr_bdd_node(b, (Bdd){b->reached.at[i]});
        Bdd lo = n.lo.v < 2 ? (Bdd){1 - n.lo.v} : image(b, n.lo);
        Bdd hi = n.hi.v < 2 ? (Bdd){1 - n.hi.v} : image(b, n.hi);
        GR_TRY(gr_bdd_make(b, n.var, lo, hi, out));
        b->image.at[b->reached.at[i]] = out->v;
    }
    GR_TRY(gr_map_put(b->env, &b->not_memo, f.v, out->v));
    return gr_map_put(b->env, &b->not_memo, out->v, f.v);
}

/* (c and f) or (not c and g): three operations that are memoized, where a
 * ternary one would need a memo of its own. */
gram_status gr_bdd_ite(Bdds *b, Bdd c, Bdd f, Bdd g, Bdd *out)
{
    Bdd no, yes;
    if (f.v == g.v || c.v < 2) {
        *out = c.v == 0 ? g : f;
        return GRAM_OK;
    }
    GR_TRY(gr_bdd_and(b, c, f, &yes));
    GR_TRY(gr_bdd_not(b, c, &no));
    GR_TRY(gr_bdd_and(b, no, g, &no));
    return gr_bdd_or(b, yes, no, out);
}

/* --- variables that are given values -------------------------------------- */

/* Which they are, ascending: variables that are false; or, with `lits`, twice
 * their distance from `base`, and the value. */
typedef struct Given {
    const uint32_t *at;
    uint32_t n, base; /* n: one at least */
    bool lits;
} Given;

static uint32_t given_var(const Given *g, uint32_t i)
{
    return g->lits ? g->base + (g->at[i] >> 1) : g->at[i];
}

/* In b->given, one bit or two for each variable from the first to the last:
 * 1, it is false, or 3, it is true.  Each node asks, so that a search of the
 * list would be half of the work.  All is 0 again afterwards. */
static gram_status mark_given(Bdds *b, const Given *g)
{
    uint32_t first = given_var(g, 0), last = given_var(g, g->n - 1);
    uint32_t words = gr_bit_words(2 * (last - first + 1));
    GR_TRY(gr_step(b->env, words / 32));
    while (b->given.n < words) GR_TRY(gr_vec_push(b->env, &b->given, 0));
    b->first = first;
    b->last = last;
    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t bit = 2 * (given_var(g, i) - first);
        gr_bit_set(b->given.at, bit);
        if (g->lits && g->at[i] & 1) gr_bit_set(b->given.at, bit + 1);
    }
    return GRAM_OK;
}

static void unmark_given(Bdds *b, const Given *g)
{
    for (uint32_t i = 0; i < g->n; i++)
        b->given.at[2 * (given_var(g, i) - b->first) / 32] = 0;
}

/* 2: none. */
static uint32_t value_of(const Bdds *b, uint32_t var)
{
    if (var < b->first) return 2;
    uint32_t bit = 2 * (var - b->first), w = b->given.at[bit / 32] >> bit % 32;
    return w & 1 ? w >> 1 & 1 : 2;
}

static gram_status look_below(Bdds *b, Bdd f)
{
    if (f.v < 2 || b->stamp.at[f.v] == b->pass) return GRAM_OK;
    return gr_vec_push(b->env, &b->todo, f.v);
}

/* The image of a node whose children are done. */
static gram_status assign_node(Bdds *b, BddNode n, uint32_t value, Bdd *out)
{
    *out = image(b, value == 1 ? n.hi : n.lo);
    return value == 2 ? gr_bdd_make(b, n.var, *out, image(b, n.hi), out)
                      : GRAM_OK;
}

/* What comes before the node on top of the stack, which is put off until then;
 * its image is the value of its variable so far. */
static gram_status assign_below(Bdds *b, uint32_t f, BddNode node)
{
    uint32_t value = value_of(b, node.var);
    b->stamp.at[f] = b->pass - 1;
    b->image.at[f] = value;
    GR_TRY(gr_step(b->env, 1));
    if (value != 1) GR_TRY(look_below(b, node.lo));
    return value != 0 ? look_below(b, node.hi) : GRAM_OK;
}

/* The node on top of the stack is done, or its children come first.  What has
 * only greater variables is its own image. */
static gram_status assign_top(Bdds *b)
{
    uint32_t f = b->todo.at[b->todo.n - 1];
    Bdd to = {f};
    BddNode node = gr_bdd_node(b, to);
    bool above = node.var <= b->last;
    if (above && b->stamp.at[f] < b->pass - 1) return assign_below(b, f, node);
    b->todo.n--;
    if (b->stamp.at[f] == b->pass) return GRAM_OK;
    if (above) GR_TRY(assign_node(b, node, b->image.at[f], &to));
    b->stamp.at[f] = b->pass;
    b->image.at[f] = to.v;
    return GRAM_OK;
}

/* All at once, and without ever looking at what lies behind an edge that is not
 * chosen (a wide oneOf has a branch per variable, of which one is left), or
 * behind the last variable.  Children first, each node that comes to lie
 * above changed ones is made anew. */
static gram_status assign(Bdds *b, Bdd f, const Given *g, Bdd *out)
{
    *out = f;
    if (f.v < 2 || g->n == 0) return GRAM_OK;
    GR_TRY(begin_pass(b));
    GR_TRY(mark_given(b, g));
    gram_status status = look_below(b, f);
    while (status == GRAM_OK && b->todo.n > 0) status = assign_top(b);
    unmark_given(b, g);
    *out = image(b, f);
    return status;
}

gram_status gr_bdd_restrict(Bdds *b, Bdd f, uint32_t var, bool value, Bdd *out)
{
    uint32_t lit = value;
    return assign(b, f, &(Given){&lit, 1, var, true}, out);
}

gram_status gr_bdd_fall(Bdds *b, Bdd f, const uint32_t *var, uint32_t n,
                        Bdd *out)
{
    return assign(b, f, &(Given){var, n, 0, false}, out);
}

gram_status gr_bdd_assign(Bdds *b, Bdd f, const uint32_t *lit, uint32_t n,
                          uint32_t base, Bdd *out)
{
    return assign(b, f, &(Given){lit, n, base, true}, out);
}

/* One pass, children first.  A variable that is true already leaves a node the
 * hope of its high side alone. */
gram_status gr_bdd_hopes(Bdds *b, Bdd f, GrBddMet *met, const void *ctx)
{
    GR_TRY(gr_bdd_reach(b, f));
    for (uint32_t i = 0; i < b->reached.n; i++) {
        BddNode node = gr_bdd_node(b, (Bdd){b->reached.at[i]});
        bool hope = gr_bdd_has_hope(b, node.hi) ||
                    (gr_bdd_has_hope(b, node.lo) && !met(ctx, node.var));
        b->image.at[b->reached.at[i]] = hope;
    }
    return GRAM_OK;
}
