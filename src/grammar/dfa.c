/* Automata to networks: subsets, then minimization.
 *
 * Subset construction (Rabin and Scott 1959) over byte classes, calls and
 * regexes as symbols, with a limit; an automaton over the limit is taken
 * through the same code with every target a set of its own, which only
 * removes the empty labels; and one for which that is too much is taken as it
 * is (loose.c).  Minimization is Moore's partition refinement, which is
 * bisimulation in the second case; it gives up, unminimized, when its rounds
 * cost too much.  Only small rules are worth it: the long ones are literals,
 * word lists and written-out repeats, and all that is lost is that two
 * situations with one future get two ids.
 *
 * Byte classes are the coarsest partition that no byte set of the grammar
 * cuts; class 0 holds the bytes that occur nowhere. */
#include "grammar/dfa.h"

enum {
    DFA_FACTOR = 8,       /* members of all subsets for each NFA state, */
    DFA_FREE = 1024,      /* and for free; */
    DFA_AGAIN = 4,        /* members of subsets that are found again */
    MOORE_VISITS = 40000, /* edge visits of all rounds of minimization */
};

/* --- byte classes --------------------------------------------------------- */

/* Split the classes by one set of bytes.  Class 0 gives up its members even
 * where all of it is taken: what stays there is in no set.  A class fits into a
 * byte: the sets hold bytes of UTF-8 only (utf8.c), so C0, C1 and F5 .. FF stay
 * in class 0. */
static void split_classes(GrRtn *t, const uint32_t *bytes)
{
    uint32_t in[256] = {0}, all[256] = {0}, fresh[256] = {0};
    for (uint32_t b = 0; b < 256; b++) {
        all[t->classes[b]]++;
        in[t->classes[b]] += gr_bit_get(bytes, b);
    }
    for (uint32_t c = 0, n = t->n_classes; c < n; c++) {
        fresh[c] = c;
        if (in[c] > 0 && (c == 0 || in[c] < all[c])) fresh[c] = t->n_classes++;
    }
    for (uint32_t b = 0; b < 256; b++)
        if (gr_bit_get(bytes, b)) t->classes[b] = (uint8_t)fresh[t->classes[b]];
}

static void make_classes(Dfa *d)
{
    d->t->n_classes = 1;
    for (uint32_t i = 0; i < d->n->byte_sets.n; i++)
        split_classes(d->t, gr_intern_get(&d->n->byte_sets, i, NULL));
}

/* Byte sets as sets of classes, which do not cut them: a label is then expanded
 * class by class. */
static gram_status make_masks(Dfa *d)
{
    const GrRtn *t = d->t;
    for (uint32_t i = 0; i < d->n->byte_sets.n; i++) {
        const uint32_t *bytes = gr_intern_get(&d->n->byte_sets, i, NULL);
        GR_TRY(gr_vec_reserve(d->env, &d->masks, 8));
        uint32_t *mask = d->masks.at + d->masks.n;
        memset(mask, 0, 8 * sizeof *mask);
        d->masks.n += 8;
        for (uint32_t b = 0; b < 256; b++)
            if (gr_bit_get(bytes, b)) gr_bit_set(mask, t->classes[b]);
    }
    return gr_step(d->env, 256 * (uint64_t)d->n->byte_sets.n);
}

/* --- subsets -------------------------------------------------------------- */

/* States without a labelled edge say nothing that their closure does not say;
 * leaving them out of subsets makes more of these equal. */
static void mark_solid(Dfa *d, const Automaton *a)
{
    for (uint32_t i = d->n->row[a->first]; i < d->n->row[a->end]; i++)
        if (gr_label_kind(d->n->edge.at[i].label) != LABEL_NONE)
            gr_bit_set(d->solid, d->n->edge.at[i].from);
    gr_bit_set(d->solid, a->exit);
}

/* The state of the network for the NFA states in d->list.  The list is closed,
 * cut down to what is solid, sorted and interned: equal subsets are one state.
 * It is final where the exit is among them. */
static gram_status state_of_list(Dfa *d, uint32_t *out)
{
    bool is_new, final = false;
    GR_TRY(gr_nfa_closure(d->n, &d->list, d->mark));
    d->work += d->list.n;
    d->pairs.n = 0;
    for (uint32_t i = 0; i < d->list.n; i++)
        if (gr_bit_get(d->solid, d->list.at[i]))
            GR_TRY(gr_vec_push(d->env, &d->pairs, d->list.at[i]));
    gr_sort_words(d->pairs.at, d->pairs.n);
    d->words.n = 0;
    for (uint32_t i = 0; i < d->pairs.n; i++) {
        GR_TRY(gr_vec_push(d->env, &d->words, (uint32_t)d->pairs.at[i]));
        final |= d->pairs.at[i] == d->exit;
    }
    GR_TRY(gr_intern(d->env, &d->sets, d->words.at, d->words.n, out, &is_new));
    d->n_states = d->sets.n;
    return is_new ? gr_vec_push(d->env, &d->final, final) : GRAM_OK;
}

/* Sorted by symbol, then target: a group of one symbol is one edge of the
 * subset automaton. */
gram_status gr_dfa_pairs(Dfa *d, const uint32_t *set, uint32_t n, Pairs *out)
{
    out->n = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t e = d->n->row[set[i]]; e < d->n->row[set[i] + 1]; e++) {
            NfaEdge x = d->n->edge.at[e];
            if (gr_label_kind(x.label) == LABEL_NONE) continue;
            if (gr_label_kind(x.label) != LABEL_BYTES) {
                GR_TRY(gr_vec_push(d->env, out, gr_pair(x.label.v, x.to)));
                continue;
            }
            const uint32_t *mask = d->masks.at + 8 * gr_label_value(x.label);
            for (uint32_t c = 0; c < d->t->n_classes; c++)
                if (gr_bit_get(mask, c))
                    GR_TRY(gr_vec_push(d->env, out, gr_pair(c, x.to)));
        }
    gr_sort_words(out->at, out->n);
    return gr_step(d->env, 1 + 2 * (uint64_t)out->n); /* sorted, too */
}

/* Pairs i .. k-1 have one symbol; are their targets those of the group that
 * began at `before`?  Neighbouring classes mostly share them. */
static bool same_targets(const Pairs *p, uint32_t before, uint32_t i,
                         uint32_t k)
{
    if (k - i != i - before) return false;
    for (uint32_t j = 0; j < k - i; j++)
        if ((uint32_t)p->at[before + j] != (uint32_t)p->at[i + j]) return false;
    return true;
}

/* The edge of one symbol.  `before`: where the group of the edge added last
 * began, UINT32_MAX if there is none. */
static gram_status add_group(Dfa *d, uint32_t from, const Pairs *p, uint32_t i,
                             uint32_t k, uint32_t before)
{
    DEdge e = {from, (uint32_t)(p->at[i] >> 32), 0};
    if (before < i && same_targets(p, before, i, k)) {
        e.to = d->edge.at[d->edge.n - 1].to;
        return gr_vec_push(d->env, &d->edge, e);
    }
    d->list.n = 0;
    for (uint32_t j = i; j < k; j++)
        GR_TRY(gr_vec_push(d->env, &d->list, (uint32_t)p->at[j]));
    GR_TRY(state_of_list(d, &e.to));
    return gr_vec_push(d->env, &d->edge, e);
}

/* Members of subsets kept, and of all closures made: an automaton that finds
 * the same large subset again and again is too much as well. */
static bool is_over(const Dfa *d)
{
    return gr_intern_n_words(&d->sets) > d->limit ||
           d->work > d->limit * DFA_AGAIN;
}

/* The edges of one state, or some of them once that is too much.  With keep_nfa
 * a group is one pair, so that each target is a set of its own and several
 * edges may have one symbol. */
static gram_status expand(Dfa *d, uint32_t from, Pairs *p)
{
    uint32_t n, before = UINT32_MAX;
    const uint32_t *set = gr_intern_get(&d->sets, from, &n);
    GR_TRY(gr_dfa_pairs(d, set, n, p));
    GR_TRY(gr_vec_push(d->env, &d->row, d->edge.n));
    for (uint32_t i = 0, k; i < p->n && !is_over(d); i = k) {
        for (k = i + 1; k < p->n; k++) {
            bool same = d->keep_nfa ? p->at[k] == p->at[i]
                                    : p->at[k] >> 32 == p->at[i] >> 32;
            if (!same) break;
        }
        GR_TRY(add_group(d, from, p, i, k, before));
        before = i;
    }
    return GRAM_OK;
}

/* Build the subsets of one automaton; *fits: within the limit, which counts
 * members, so that neither many subsets nor large ones go far. */
static gram_status subsets(Dfa *d, const Automaton *a, Pairs *p, bool *fits)
{
    uint32_t start;
    gr_intern_reset(d->env, &d->sets);
    d->edge.n = d->final.n = d->row.n = 0;
    d->work = 0;
    d->exit = a->exit;
    d->list.n = 0;
    *fits = true;
    GR_TRY(gr_vec_push(d->env, &d->list, a->entry));
    GR_TRY(state_of_list(d, &start));
    for (uint32_t s = 0; s < d->n_states; s++) {
        GR_TRY(expand(d, s, p));
        *fits = !is_over(d);
        if (!*fits) return GRAM_OK;
    }
    return gr_vec_push(d->env, &d->row, d->edge.n);
}

/* --- minimization --------------------------------------------------------- */

/* The signature of a state: its block, and its edges' symbols and blocks. */
static gram_status signature(Dfa *d, uint32_t s)
{
    d->pairs.n = d->words.n = 0;
    for (uint32_t e = d->row.at[s]; e < d->row.at[s + 1]; e++) {
        DEdge x = d->edge.at[e];
        GR_TRY(gr_vec_push(d->env, &d->pairs,
                           gr_pair(x.symbol, d->block.at[x.to])));
    }
    gr_sort_words(d->pairs.at, d->pairs.n);
    GR_TRY(gr_vec_push(d->env, &d->words, d->block.at[s]));
    for (uint32_t i = 0; i < d->pairs.n; i++) {
        if (i > 0 && d->pairs.at[i] == d->pairs.at[i - 1]) continue;
        uint32_t hi = (uint32_t)(d->pairs.at[i] >> 32);
        GR_TRY(gr_vec_push(d->env, &d->words, hi));
        GR_TRY(gr_vec_push(d->env, &d->words, (uint32_t)d->pairs.at[i]));
    }
    return GRAM_OK;
}

/* Blocks by signature.  That names the old block, so blocks only split. */
static gram_status refine_once(Dfa *d, uint32_t *next, uint32_t *n_blocks)
{
    gr_intern_reset(d->env, &d->blocks);
    for (uint32_t s = 0; s < d->n_states; s++) {
        GR_TRY(signature(d, s));
        GR_TRY(gr_intern(d->env, &d->blocks, d->words.at, d->words.n, &next[s],
                         NULL));
    }
    *n_blocks = d->blocks.n;
    return GRAM_OK;
}

/* Moore: from "final or not" on, until a round splits nothing, or every state
 * is alone.  Giving up is no error: unequal ids for equal states cost memory,
 * not truth. */
static gram_status refine(Dfa *d, uint32_t *next)
{
    uint64_t budget = MOORE_VISITS;
    uint32_t n = d->n_states, n_blocks = 0, before;
    for (uint32_t s = 0; s < n; s++) d->block.at[s] = d->final.at[s];
    do {
        before = n_blocks;
        uint64_t round = n + d->edge.n;
        GR_TRY(gr_step(d->env, round));
        if (round > budget) { /* give up: every state is its own block */
            for (uint32_t s = 0; s < n; s++) d->block.at[s] = s;
            return GRAM_OK;
        }
        budget -= round;
        GR_TRY(refine_once(d, next, &n_blocks));
        memcpy(d->block.at, next, n * sizeof *next);
    } while (n_blocks != before && n_blocks < n);
    return GRAM_OK;
}

/* Blocks of equal states; a loose automaton keeps its states, which helpers
 * name already. */
static gram_status minimize(Dfa *d, bool merge)
{
    uint32_t n = d->n_states;
    d->block.n = 0;
    GR_TRY(gr_vec_reserve(d->env, &d->block, n));
    d->block.n = n;
    for (uint32_t s = 0; s < n; s++) d->block.at[s] = s;
    if (!merge) return GRAM_OK;
    uint32_t *next = gr_zalloc(d->env, n, sizeof *next);
    if (next == NULL) return GRAM_E_MEMORY;
    gram_status status = refine(d, next);
    gr_free(d->env, next, n * sizeof *next);
    return status;
}

/* --- writing the network -------------------------------------------------- */

/* State s stands for its block: their edges lead to the same blocks.  Symbols
 * below 256 are classes; labels lie above 2^29. */
static gram_status emit_state(Dfa *d, uint32_t s, uint32_t base, uint32_t owner)
{
    GrRtn *t = d->t;
    RtnState q = {.move = t->move.n, .call = t->call.n, .owner = owner};
    q.final = d->final.at[s];
    d->pairs.n = 0;
    for (uint32_t e = d->row.at[s]; e < d->row.at[s + 1]; e++) {
        DEdge x = d->edge.at[e];
        GR_TRY(gr_vec_push(d->env, &d->pairs,
                           gr_pair(x.symbol, base + d->block.at[x.to])));
    }
    gr_sort_words(d->pairs.at, d->pairs.n);
    for (uint32_t i = 0; i < d->pairs.n; i++) {
        uint32_t symbol = (uint32_t)(d->pairs.at[i] >> 32);
        uint32_t to = (uint32_t)d->pairs.at[i];
        if (i > 0 && d->pairs.at[i] == d->pairs.at[i - 1]) continue;
        if (symbol < 256)
            GR_TRY(gr_vec_push(d->env, &t->move, (RtnMove){symbol, to}));
        else
            GR_TRY(gr_vec_push(d->env, &t->call, (RtnCall){{symbol}, to}));
    }
    q.n_moves = t->move.n - q.move;
    q.n_calls = t->call.n - q.call;
    return gr_vec_push(d->env, &t->state, q);
}

/* Blocks in order of first appearance become states base, base + 1, ...  State
 * 0, the entry, is in the first block, so that `base` is the entry. */
static gram_status emit(Dfa *d, uint32_t owner)
{
    uint32_t base = d->t->state.n, n_blocks = 0, n = d->n_states;
    uint32_t *seen = gr_zalloc(d->env, n, sizeof *seen);
    if (seen == NULL) return GRAM_E_MEMORY;
    for (uint32_t s = 0; s < n; s++) {
        uint32_t *b = &d->block.at[s];
        if (seen[*b] == 0) seen[*b] = ++n_blocks;
        *b = seen[*b] - 1;
    }
    gr_free(d->env, seen, n * sizeof *seen);
    for (uint32_t s = 0, next = 0; s < n; s++)
        if (d->block.at[s] == next) {
            GR_TRY(emit_state(d, s, base, owner));
            next++;
        }
    return GRAM_OK;
}

/* All of them before any is built: edges name automata by number, also those
 * that come later. */
static gram_status add_automata(Dfa *d, const GrLeft *l)
{
    for (uint32_t i = 0; i < d->n->automaton.n; i++) {
        const Automaton *a = &d->n->automaton.at[i];
        RtnAuto x = {.rule = a->rule, .dropped = a->dropped};
        x.item = a->item;
        x.lo = a->lo;
        x.hi = a->hi;
        x.late = gr_left_is_late(l, i);
        if (x.late) x.leader = l->member[l->row[l->comp[i]]];
        if (x.late) x.least = l->least[i];
        GR_TRY(gr_vec_push(d->env, &d->t->automaton, x));
    }
    return GRAM_OK;
}

/* Subsets; if they are too many, each target alone; if that is too much as
 * well, loose.  The states follow each other from the present end of t->state
 * on. */
static gram_status one_automaton(Dfa *d, const Automaton *a, uint32_t id,
                                 Pairs *p)
{
    RtnAuto *x = &d->t->automaton.at[id];
    uint32_t base = d->t->state.n;
    bool fits = false;
    mark_solid(d, a);
    if (!x->late) x->entry = base; /* which a helper of its own may name */
    for (int keep = 0; keep < 2 && !fits && !(d->loose && !x->late); keep++) {
        d->keep_nfa = keep;
        d->limit = (uint64_t)(a->end - a->first) * DFA_FACTOR + DFA_FREE;
        /* helpers would come too late for an order of calls */
        if (keep && x->late) d->limit = UINT64_MAX / DFA_AGAIN;
        GR_TRY(subsets(d, a, p, &fits));
        x = &d->t->automaton.at[id];
    }
    if (!fits) GR_TRY(gr_dfa_loosen(d, a, id, base, p));
    GR_TRY(minimize(d, fits));
    return emit(d, id);
}

/* What the leader of a late component begins with, each label once. */
static gram_status add_seeds(Dfa *d, GrLeft *l, uint32_t id)
{
    uint32_t classes[8] = {0};
    RtnAuto *x = &d->t->automaton.at[id];
    GR_TRY(gr_left_seeds(l, id));
    x->seed = d->t->seed.n;
    for (uint32_t i = 0; i < l->seeds.n; i++) {
        Label label = l->seeds.at[i].label;
        if (gr_label_kind(label) != LABEL_BYTES) {
            GR_TRY(gr_vec_push(d->env, &d->t->seed, label));
            continue;
        }
        const uint32_t *mask = d->masks.at + 8 * gr_label_value(label);
        for (int w = 0; w < 8; w++) classes[w] |= mask[w];
    }
    for (uint32_t c = 0; c < d->t->n_classes; c++)
        if (gr_bit_get(classes, c))
            GR_TRY(gr_vec_push(d->env, &d->t->seed, gr_label(LABEL_BYTES, c)));
    x->n_seeds = d->t->seed.n - x->seed;
    return GRAM_OK;
}

/* First all networks, then the entries of those that share one. */
static gram_status all_automata(Dfa *d, GrLeft *l, Pairs *p)
{
    GR_TRY(add_automata(d, l));
    for (uint32_t i = 0; i < d->n->automaton.n; i++) {
        const RtnAuto *x = &d->t->automaton.at[i];
        if (x->late && x->leader == i) GR_TRY(add_seeds(d, l, i));
        if (gr_rtn_is_made(d->t, i) && d->n->automaton.at[i].same == 0)
            GR_TRY(one_automaton(d, &d->n->automaton.at[i], i, p));
    }
    for (uint32_t i = 0; i < d->n->automaton.n; i++) {
        uint32_t same = d->n->automaton.at[i].same;
        RtnAuto *all = d->t->automaton.at;
        if (same != 0) all[i].entry = all[same - 1].entry;
    }
    return GRAM_OK;
}

/* --- life ----------------------------------------------------------------- */

/* Scratch by NFA state; the rest of a Dfa grows as it is used. */
static gram_status open(Dfa *d)
{
    uint32_t words = gr_bit_words(d->n->n_states);
    gr_intern_init(&d->sets);
    gr_intern_init(&d->blocks);
    d->mark = gr_zalloc(d->env, words, sizeof *d->mark);
    d->solid = gr_zalloc(d->env, words, sizeof *d->solid);
    return d->mark && d->solid ? GRAM_OK : GRAM_E_MEMORY;
}

static void close(Dfa *d)
{
    size_t bits = gr_bit_words(d->n->n_states) * sizeof(uint32_t);
    gr_free(d->env, d->mark, bits);
    gr_free(d->env, d->solid, bits);
    gr_intern_clear(d->env, &d->sets);
    gr_intern_clear(d->env, &d->blocks);
    gr_vec_clear(d->env, &d->masks);
    gr_vec_clear(d->env, &d->edge);
    gr_vec_clear(d->env, &d->final);
    gr_vec_clear(d->env, &d->row);
    gr_vec_clear(d->env, &d->block);
    gr_vec_clear(d->env, &d->pairs);
    gr_vec_clear(d->env, &d->words);
    gr_vec_clear(d->env, &d->list);
}

/* Classes must be complete before the first edge is written; pseudo states have
 * the lowest numbers. */
static gram_status build(Dfa *d, GrLeft *l)
{
    Pairs p = {0};
    RtnState pseudo = {.owner = 0};
    make_classes(d);
    GR_TRY(make_masks(d));
    GR_TRY(gr_rtn_classify_tokens(d->t, d->n));
    for (int i = 0; i < RTN_PSEUDO; i++)
        GR_TRY(gr_vec_push(d->env, &d->t->state, pseudo));
    gram_status status = all_automata(d, l, &p);
    gr_vec_clear(d->env, &p);
    return status;
}

/* On failure the caller clears what there is of `out`. */
gram_status gr_rtn_build(GrEnv *env, GrLeft *l, bool loose, GrRtn *out)
{
    *out = (GrRtn){.env = env};
    Dfa d = {.env = env, .n = l->n, .t = out, .loose = loose};
    gram_status status = open(&d);
    if (status == GRAM_OK) status = build(&d, l);
    close(&d);
    return status == GRAM_OK ? gr_rtn_annotate(out, l->n->r->re) : status;
}

/* The network grows behind what is there: nothing that is known of other states
 * changes.  `first`, `rank` and `least` of the automaton were known before,
 * from the seeds (rtn.c). */
static gram_status make_late(Dfa *d, const GrLeft *l, const Automaton *a,
                             uint32_t id)
{
    Pairs p = {0};
    GrRtn *t = d->t;
    uint32_t base = t->state.n;
    gram_status status = make_masks(d);
    if (status == GRAM_OK) status = one_automaton(d, a, id, &p);
    gr_vec_clear(d->env, &p);
    GR_TRY(status);
    GR_TRY(gr_rtn_annotate_late(t, d->n->r->re, base));
    for (uint32_t i = 0; i < l->equal.n; i++) {
        RtnAuto *x = &t->automaton.at[l->equal.at[i]];
        x->entry = base;
        x->made = true;
    }
    return GRAM_OK;
}

/* On failure the network is as before, and the automaton may be asked for
 * again.  The cost falls where the rule is first called, not on compiling. */
gram_status gr_rtn_make(GrRtn *t, GrLeft *l, uint32_t id)
{
    if (gr_rtn_is_made(t, id)) return GRAM_OK;
    Automaton a;
    Dfa d = {.env = t->env, .n = l->n, .t = t};
    uint32_t states = t->state.n, moves = t->move.n, calls = t->call.n;
    gram_status status = gr_left_goal(l, id, &a);
    if (status == GRAM_OK) {
        status = open(&d);
        if (status == GRAM_OK) status = make_late(&d, l, &a, id);
        close(&d);
    }
    gr_left_drop(l);
    if (status == GRAM_OK) return GRAM_OK;
    t->state.n = states;
    t->move.n = moves;
    t->call.n = calls;
    return status;
}

void gr_rtn_clear(GrRtn *t)
{
    gr_vec_clear(t->env, &t->state);
    gr_vec_clear(t->env, &t->move);
    gr_vec_clear(t->env, &t->call);
    gr_vec_clear(t->env, &t->automaton);
    gr_vec_clear(t->env, &t->seed);
    gr_vec_clear(t->env, &t->tokens.list);
    gr_vec_clear(t->env, &t->tokens.bits);
}
