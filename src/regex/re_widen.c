/* Large counts left out: a language that holds the given one, with few states.
 *
 *     email & all date all     64 lengths of a name, 253 of a host and 63 of a
 *                              label, times the places in the pattern
 *     the same, widened        a few hundred terms
 *
 * A search for a word of an intersection makes a term for each combination of
 * places and counts, although large counts hardly ever decide.  So once it has
 * gone on for a while, the question is put to the term whose large counts are
 * endless:
 *
 *     a  --x{n,m} becomes x{n,}-->  w       a is a part of w
 *     w has no word                         nor has a
 *     a shortest word of w is one of a      a has a word
 *     otherwise                             the search goes on
 *
 * What is under a complement stays, since there less would be ruled out.  Terms
 * that differ in how much is left of a count become one, so that an answer for
 * w serves all of them.
 *
 * A mask asks more: which short texts tell a and w apart?  None of at most N
 * characters, where N is the least count that went: so short a text is no more
 * than N parts, whatever stands around them.  Members of a union that only
 * their counts told apart are one then, and do not make N small:
 *
 *     [a-z]{0,56} | [a-z\u0430-\u044F]{0,5} | ...   -->   [a-z\u0430-\u044F]*
 *
 * A word of letters a-z may have 56 here, by the first member; so there is an N
 * for each *alphabet*, the letters of such a member.  Letters of ASCII may come
 * besides, as in what ends a word: a member counts only if it has all of ASCII
 * that the whole run has.
 *
 * Rejected: counts of no end at both ends (a `minLength` would be lost, and
 * the word of w with it); the exact search over w with counts beside it (it is
 * what the terms are); alphabets as sets with ASCII in them (their unions and
 * intersections took longer than all else here).
 *
 * Cost: each term below is widened once, and remembers what it became; of each
 * alphabet what changed is looked at once more. */
#include "regex/re_search.h"

/* Of what is no single character a count is large from here on. */
enum { LARGE = 16 };
/* Beside the number of a term: what is asked of it; ASK_SURE + i: of words of
 * the i-th alphabet. */
enum {
    ASK_TERM,
    ASK_GONE,
    ASK_LEAST,
    ASK_ASCII,
    ASK_SURE,
    N_ASKS = ASK_SURE + WIDE_SETS
};

static uint64_t key_of(uint32_t large, uint32_t ask, uint32_t id)
{
    return gr_pair(N_ASKS * large + ask, id);
}

static const uint32_t *known(const GrRe *re, uint32_t large, uint32_t ask,
                             uint32_t id)
{
    return gr_map_find(&re->wider, key_of(large, ask, id));
}

static gram_status keep(GrRe *re, uint32_t large, uint32_t ask, uint32_t id,
                        uint32_t is)
{
    return gr_map_put(re->env, &re->wider, key_of(large, ask, id), is);
}

/* --- unions --------------------------------------------------------------- */

/* x{0,hi} or x{1,hi} of a set x. */
typedef struct Run {
    SetId set;
    uint32_t lo, hi;
} Run;

static bool is_run(const GrRe *re, uint32_t id, Run *out)
{
    const ReNode *node = gr_re_node(re, gr_re_id(id));
    if (node->kind != RE_REP || node->lo > 1) return false;
    const ReNode *x = gr_re_node(re, gr_re_id(node->a));
    *out = (Run){{x->a}, node->lo, node->hi};
    return x->kind == RE_SET;
}

static bool is_endless_run(const GrRe *re, uint32_t id, Run *out)
{
    return is_run(re, id, out) && out->hi == GR_RE_INF;
}

/* Two runs, at least, that have an end. */
static bool is_of_runs(const GrRe *re, ReId a)
{
    uint32_t n, runs = 0;
    Run run;
    if (gr_re_node(re, a)->kind != RE_OR) return false;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    for (uint32_t i = 0; i < n && runs < 2; i++)
        runs += is_run(re, kid[i], &run) && run.hi != GR_RE_INF;
    return runs == 2;
}

bool gr_re_may_widen(GrRe *re)
{
    for (; !re->has_runs && re->n_looked < re->nodes.n; re->n_looked++)
        re->has_runs = is_of_runs(re, gr_re_id(re->n_looked));
    return re->has_runs;
}

/* Are all words of a, by their letters, words of an endless run? */
static gram_status is_within(GrRe *re, ReId a, const Run *run, bool *yes)
{
    uint32_t low, most;
    *yes = false;
    GR_TRY(gr_re_bounds(re, a, &low, &most));
    return low < run->lo ? GRAM_OK : gr_re_inside(re, a, run->set, yes);
}

/* Words of such letters are worth a question of their own. */
static void add_alphabet(GrRe *re, SetId set)
{
    uint32_t i = 0;
    while (i < re->n_alphabets && re->alphabet[i].v != set.v) i++;
    if (i < WIDE_SETS) re->alphabet[i] = set;
    if (i == re->n_alphabets && i < WIDE_SETS) re->n_alphabets++;
}

/* Members that without counts are words of the endless run i: bits of *gone. */
static gram_status leave_out(GrRe *re, const uint32_t *kid, const ReVec *wide,
                             uint32_t i, uint32_t *gone)
{
    Run run, was;
    if (*gone >> i & 1 || !is_endless_run(re, wide->at[i], &run))
        return GRAM_OK;
    for (uint32_t j = 0; j < wide->n; j++) {
        bool yes;
        if (j == i || *gone >> j & 1) continue;
        GR_TRY(is_within(re, gr_re_id(wide->at[j]), &run, &yes));
        if (yes) *gone |= 1u << j;
        if (yes) re->run = run.set.v + 1;
        if (yes && is_run(re, kid[j], &was)) add_alphabet(re, was.set);
    }
    return GRAM_OK;
}

/* Without the counts some members of a union are parts of others, from which
 * only the counts told them apart: they go. */
static gram_status of_union(GrRe *re, ReId a, uint32_t large, ReVec *wide,
                            ReId *out)
{
    uint32_t n, gone = 0, left = 0;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    for (uint32_t i = 0; i < n && n <= 32; i++)
        GR_TRY(leave_out(re, kid, wide, i, &gone));
    for (uint32_t i = 0; i < n; i++)
        if (i >= 32 || !(gone >> i & 1)) wide->at[left++] = wide->at[i];
    if (gone != 0) GR_TRY(keep(re, large, ASK_GONE, a.v, gone));
    return gr_re_or(re, (const ReId *)wide->at, left, out);
}

/* --- terms ---------------------------------------------------------------- */

/* Is it a count that goes?  Of what is no single character large ones alone:
 * others say how something is built. */
static bool is_count(const GrRe *re, const ReNode *node, uint32_t large)
{
    if (node->kind != RE_REP || node->hi == GR_RE_INF) return false;
    bool is_set = gr_re_node(re, gr_re_id(node->a))->kind == RE_SET;
    return node->hi >= (is_set ? large : LARGE);
}

/* The term of widened operands; a itself where they are what they were. */
static gram_status remake(GrRe *re, ReId a, uint32_t large, ReVec *wide,
                          ReId *out)
{
    const ReNode *node = gr_re_node(re, a);
    bool changed = is_count(re, node, large);
    uint32_t n, kind = node->kind, lo = node->lo;
    uint32_t hi = changed ? GR_RE_INF : node->hi;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    wide->n = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = *known(re, large, ASK_TERM, kid[i]);
        GR_TRY(gr_vec_push(re->env, wide, id));
        changed |= id != kid[i];
    }
    *out = a;
    if (!changed) return GRAM_OK;
    const ReId *x = (const ReId *)wide->at;
    if (kind == RE_OR) return of_union(re, a, large, wide, out);
    if (kind == RE_CAT) return gr_re_cat(re, x[0], x[1], out);
    if (kind == RE_REP) return gr_re_repeat(re, x[0], lo, hi, out);
    return gr_re_and(re, x, n, out);
}

/* What is widened has nothing large any more.  What was asked about itself
 * before keeps its own answer, which others rely on. */
static gram_status widen_one(GrRe *re, ReId a, uint32_t large, ReVec *wide)
{
    ReId out;
    GR_TRY(remake(re, a, large, wide, &out));
    if (known(re, large, ASK_TERM, out.v) == NULL)
        GR_TRY(keep(re, large, ASK_TERM, out.v, out.v));
    return keep(re, large, ASK_TERM, a.v, out.v);
}

/* --- how long words are that are sure ------------------------------------- */

/* Has the set all that the run has of ASCII? */
static bool has_ascii(const GrRe *re, SetId set, SetId run)
{
    uint32_t n, n_run, i = 0;
    const GrRange *r = gr_set_get(re, set, &n);
    const GrRange *x = gr_set_get(re, run, &n_run);
    for (uint32_t j = 0; j < n_run && x[j].lo < 0x80; j++) {
        uint32_t hi = x[j].hi < 0x80 ? x[j].hi : 0x7F;
        while (i < n && r[i].hi < x[j].lo) i++;
        if (i == n || r[i].lo > x[j].lo || r[i].hi < hi) return false;
    }
    return true;
}

/* Words of the alphabet and of ASCII that are such a run: as long as those of
 * the longest member of the union that has all of their letters. */
static void run_sure(const GrRe *re, ReId a, const Run *run, SetId set,
                     uint32_t *least)
{
    uint32_t n;
    Run was;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    for (uint32_t i = 0; i < n; i++)
        if (is_run(re, kid[i], &was) && was.hi > *least &&
            gr_set_within(re, set, was.set) && has_ascii(re, was.set, run->set))
            *least = was.hi;
}

/* What did not change is sure. */
static uint32_t sure_of(const GrRe *re, uint32_t large, uint32_t ask,
                        uint32_t id)
{
    bool same = *known(re, large, ASK_TERM, id) == id;
    return same ? GR_RE_INF : *known(re, large, ask, id);
}

static uint32_t union_sure(const GrRe *re, ReId a, uint32_t large, uint32_t ask,
                           SetId set)
{
    uint32_t n, least = GR_RE_INF;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    const uint32_t *gone = known(re, large, ASK_GONE, a.v);
    for (uint32_t i = 0; i < n; i++) {
        Run run;
        uint32_t one = sure_of(re, large, ask, kid[i]);
        if (gone != NULL && *gone >> i & 1) continue;
        if (one < GR_RE_INF &&
            is_endless_run(re, *known(re, large, ASK_TERM, kid[i]), &run))
            run_sure(re, a, &run, set, &one);
        if (one < least) least = one;
    }
    return least;
}

/* The least count that went, of those that words of the alphabet meet. */
static gram_status sure_one(GrRe *re, ReId a, uint32_t large, uint32_t ask,
                            SetId set)
{
    const ReNode *node = gr_re_node(re, a);
    uint32_t n, least = GR_RE_INF;
    const uint32_t *kid = gr_re_operands(re, a, &n);
    if (node->kind == RE_OR)
        return keep(re, large, ask, a.v, union_sure(re, a, large, ask, set));
    if (is_count(re, node, large)) least = node->hi;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t one = sure_of(re, large, ask, kid[i]);
        if (one < least) least = one;
    }
    return keep(re, large, ask, a.v, least);
}

/* --- the way through a term ----------------------------------------------- */

/* Is it known, or known not to matter? */
static bool is_told(const GrRe *re, uint32_t large, uint32_t ask, uint32_t id)
{
    const uint32_t *wide = known(re, large, ASK_TERM, id);
    if (ask == ASK_TERM || *wide == id) return wide != NULL;
    return known(re, large, ask, id) != NULL;
}

/* On an explicit stack: a term waits above its operands. */
static gram_status ask_all(GrRe *re, ReId a, uint32_t large, uint32_t ask,
                           SetId set, ReVec *todo, ReVec *wide)
{
    GR_TRY(gr_vec_push(re->env, todo, a.v));
    while (todo->n > 0) {
        uint32_t before = todo->n, n;
        ReId top = gr_re_id(todo->at[before - 1]);
        const uint32_t *kid = gr_re_operands(re, top, &n);
        for (uint32_t i = 0; i < n; i++)
            if (!is_told(re, large, ask, kid[i]))
                GR_TRY(gr_vec_push(re->env, todo, kid[i]));
        GR_TRY(gr_step(re->env, n + 1));
        if (todo->n > before) continue;
        GR_TRY(ask == ASK_TERM ? widen_one(re, top, large, wide)
                               : sure_one(re, top, large, ask, set));
        todo->n--;
    }
    return GRAM_OK;
}

static gram_status answer(GrRe *re, ReId a, uint32_t large, uint32_t ask,
                          SetId set, uint32_t *out)
{
    ReVec todo = {0}, wide = {0};
    gram_status st = GRAM_OK;
    if (known(re, large, ask, a.v) == NULL)
        st = ask_all(re, a, large, ask, set, &todo, &wide);
    gr_vec_clear(re->env, &todo);
    gr_vec_clear(re->env, &wide);
    if (st == GRAM_OK) *out = *known(re, large, ask, a.v);
    return st;
}

gram_status gr_re_widen(GrRe *re, ReId a, uint32_t large, ReId *out)
{
    return answer(re, a, large, ASK_TERM, (SetId){0}, &out->v);
}

bool gr_re_widen_run(const GrRe *re, SetId *out)
{
    out->v = re->run - 1;
    return re->run > 0;
}

gram_status gr_re_widen_sure(GrRe *re, ReId a, uint32_t large, GrSure *out,
                             uint32_t *n)
{
    const GrRange any = {0, RE_MAX_CHAR};
    GR_TRY(gr_set_make(re, &any, 1, &out[0].set));
    GR_TRY(gr_set_make(re, &any, 0, &out[1].set));
    GR_TRY(answer(re, a, large, ASK_LEAST, out[0].set, &out[0].most));
    GR_TRY(answer(re, a, large, ASK_ASCII, out[1].set, &out[1].most));
    *n = 2;
    for (uint32_t i = 0; i < re->n_alphabets; i++) {
        GrSure one = {.set = re->alphabet[i]};
        GR_TRY(answer(re, a, large, ASK_SURE + i, one.set, &one.most));
        if (one.most > out[0].most) out[(*n)++] = one;
    }
    return GRAM_OK;
}
