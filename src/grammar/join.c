/* Joining sets of stacks.
 *
 * The union of sets has the tops of all of them, and under each top the union
 * of its rests: a join of fewer symbols, down to the ground.
 *
 *     join { a R, b S }  { a T, c U }  =  { a join{R, T},  b S,  c U }
 *
 * A join is an interned list of sets, with its result and its *cost*: one, and
 * the costs of the joins that it needs, each of which is counted again by
 * every other that needs it.  So a cost is a property of the sets alone,
 * whatever has been joined before, and what costs too much does so in every
 * order of events: the sets that a text leads to do not depend on what others
 * have asked.  (Rejected: an allowance of steps for each move, since a set was
 * then a list or none depending on the past; and joins by pairs, since their
 * costs depend on which are taken first.)
 *
 * All is iterative: the last join to do is tried, and what it misses is put
 * behind it.  Each is tried at most twice, so the number of tries tells that a
 * cost is too high before it is known.  Cost in steps: a fourth of the tops
 * that come together. */
#include "grammar/facts.h"
#include "grammar/stacks.h"

#define DEAR UINT32_MAX

/* A cost of 0: not known yet. */
static Joined *joined_at(const GrStacks *s, uint32_t join)
{
    return gr_store_at(&s->joined, join);
}

/* --- names ---------------------------------------------------------------- */

/* The join of the sets in s->words, ascending and two or more. */
static gram_status name_of(GrStacks *s, uint32_t *join)
{
    uint32_t at;
    GR_TRY(gr_intern(s->env, &s->joins, s->words.at, s->words.n, join, NULL));
    while (s->joined.n <= *join)
        GR_TRY(gr_store_add(s->env, &s->joined, 1, &at));
    return GRAM_OK;
}

/* Low halves of sorted words, each once; no set is no member. */
static gram_status distinct(GrStacks *s, const uint64_t *word, uint32_t n)
{
    s->words.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t x = (uint32_t)word[i];
        if (x == STACKS_NONE || (i > 0 && x == (uint32_t)word[i - 1])) continue;
        GR_TRY(gr_vec_push(s->env, &s->words, x));
    }
    return GRAM_OK;
}

/* --- one join ------------------------------------------------------------- */

/* The tops of all members, as words in s->flat, sorted. */
static gram_status collect(GrStacks *s, uint32_t join, bool *hole)
{
    uint32_t n, m;
    bool has;
    const uint32_t *set = gr_intern_get(&s->joins, join, &n);
    s->flat.n = 0;
    *hole = false;
    for (uint32_t i = 0; i < n; i++) {
        const StackTop *tops = gr_stacks_get(s, (StackSet){set[i]}, &m, &has);
        *hole |= has;
        for (uint32_t k = 0; k < m; k++)
            GR_TRY(gr_vec_push(s->env, &s->flat,
                               gr_pair(tops[k].symbol, tops[k].rest)));
    }
    gr_sort_words(s->flat.at, s->flat.n);
    return GRAM_OK;
}

/* What a join needs: is all of it known, and what does it cost? */
typedef struct Needs {
    uint64_t cost;
    bool complete, dear;
} Needs;

/* The join of s->words is needed: it adds to the cost, once. */
static gram_status need(GrStacks *s, Needs *needs, uint32_t *rest)
{
    uint32_t join;
    GR_TRY(name_of(s, &join));
    const Joined *j = joined_at(s, join);
    *rest = j->set;
    for (uint32_t i = 0; i < s->kids.n; i++)
        if (s->kids.at[i] == join) return GRAM_OK;
    GR_TRY(gr_vec_push(s->env, &s->kids, join));
    needs->cost += j->cost;
    needs->dear |= j->set == DEAR;
    if (j->cost != 0) return GRAM_OK;
    needs->complete = false;
    return gr_vec_push(s->env, &s->todo, join);
}

/* The tops i .. k-1 of s->flat have one symbol. */
static gram_status join_symbol(GrStacks *s, uint32_t i, uint32_t k,
                               Needs *needs)
{
    StackTop top = {(uint32_t)(s->flat.at[i] >> 32), (uint32_t)s->flat.at[i]};
    if (k > i + 1) {
        GR_TRY(distinct(s, s->flat.at + i, k - i));
        if (s->words.n > 1) GR_TRY(need(s, needs, &top.rest));
    }
    return gr_vec_push(s->env, &s->build, top);
}

static gram_status join_tops(GrStacks *s, Needs *needs)
{
    uint32_t n = s->flat.n;
    s->build.n = s->kids.n = 0;
    for (uint32_t i = 0, k; i < n; i = k) {
        k = i + 1;
        while (k < n && s->flat.at[k] >> 32 == s->flat.at[i] >> 32) k++;
        GR_TRY(join_symbol(s, i, k, needs));
    }
    return GRAM_OK;
}

static void settle(GrStacks *s, uint32_t join, uint32_t set, uint64_t cost)
{
    *joined_at(s, join) = (Joined){set, set == DEAR ? 1 : (uint32_t)cost};
}

/* Where all that it needs is known: its result, or that it is dear. */
static gram_status try_join(GrStacks *s, uint32_t join)
{
    bool hole;
    StackSet sum = {DEAR};
    Needs needs = {1, true, false};
    uint32_t behind = s->todo.n;
    GR_TRY(collect(s, join, &hole));
    GR_TRY(gr_step(s->env, 1 + s->flat.n / 4));
    GR_TRY(join_tops(s, &needs));
    if (!needs.complete && !needs.dear) return GRAM_OK;
    s->todo.n = behind;
    if (needs.cost > s->join_most) needs.dear = true;
    if (!needs.dear)
        GR_TRY(gr_stacks_make(s, hole, s->build.at, s->build.n, &sum));
    settle(s, join, sum.v, needs.cost);
    return GRAM_OK;
}

/* --- all of them ---------------------------------------------------------- */

static gram_status run(GrStacks *s, uint32_t join)
{
    uint32_t base = s->todo.n, tries = 0;
    gram_status status = gr_vec_push(s->env, &s->todo, join);
    while (status == GRAM_OK && s->todo.n > base && tries <= 2 * s->join_most) {
        uint32_t last = (uint32_t)s->todo.at[s->todo.n - 1];
        if (joined_at(s, last)->cost != 0) {
            s->todo.n--;
        } else {
            status = try_join(s, last);
            tries++;
        }
    }
    s->todo.n = base;
    if (status == GRAM_OK && joined_at(s, join)->cost == 0)
        settle(s, join, DEAR, 0);
    return status;
}

static bool has_loose(const GrStacks *s, const uint64_t *sets, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (gr_stacks_fact(s, (StackSet){(uint32_t)sets[i]})->is_loose)
            return true;
    return false;
}

gram_status gr_stacks_try_join(GrStacks *s, const uint64_t *sets, uint32_t n,
                               uint32_t *out, bool *did)
{
    uint32_t join;
    s->flat.n = 0;
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(gr_vec_push(s->env, &s->flat, (uint32_t)sets[i]));
    gr_sort_words(s->flat.at, n);
    GR_TRY(distinct(s, s->flat.at, n));
    *did = true;
    *out = s->words.n > 0 ? s->words.at[0] : STACKS_NONE;
    if (s->words.n <= 1) return GRAM_OK;
    *did = s->join_most > 0 && !s->apart && !has_loose(s, sets, n);
    if (!*did) return GRAM_OK;
    GR_TRY(name_of(s, &join));
    if (joined_at(s, join)->cost == 0) GR_TRY(run(s, join));
    *out = joined_at(s, join)->set;
    *did = *out != DEAR;
    return GRAM_OK;
}
