/* From parts to automata (after Thompson 1968), without recursion.
 *
 * A task says "put this part between these two states".  A composite part
 * becomes tasks for its children, so nesting costs memory, not stack.  What
 * derives nothing is left out here, which is all that pruning takes.
 *
 * Long repeats.  X{m,n} that is too long to write out is built from powers,
 * automata P(k) that call P(k-1) twice, so that P(k) is X 2^k times:
 *
 *     m times    one call of P(k) for each bit k of m
 *     0..N more  N + 1 = 2^a + 2^b + ... , a > b > ...
 *
 *       . --P(a)--> . --P(b)--> .          having done all of 2^a, go on
 *        \           \                     with 0 .. 2^b - 1, and so on
 *         (P(a-1))?   (P(b-1))?
 *          ... (P(0))? ... (P(0))?  --> exit      0 .. 2^a - 1 in binary
 *
 * Every count has exactly one path: an unambiguous X stays so.  Counting is
 * then done by the stack, like an odometer: a register counts one thing for
 * all stacks of a set, and an ambiguous X counts differently on each.  Where
 * that cannot happen count.c counts in a register after all; for its sake a
 * long repeat of something wide is an automaton of its own, which knows what
 * it repeats.  Powers call X as non-empty, so a nullable X needs no lower
 * bound.  P(k) is written out while it is small. */
#include "grammar/nfa.h"

typedef struct Task {
    uint32_t part, from, to;
} Task;

/* What an automaton is made of: a part, 2^k times; or, k being COUNTED, the
 * non-empty words of a repeat. */
typedef struct Source {
    uint32_t part, k;
} Source;

enum { COUNTED = 99 };

/* A class is worked out once (utf8.c) and then put in place by copying
 * edges. */
typedef struct Template {
    uint32_t first, n, n_locals; /* edges of a class */
} Template;

typedef struct Builder {
    GrNfa *n;
    GrVec(Task) todo;
    GrVec(Source) source; /* by automaton */
    uint32_t *of_rule;    /* automaton + 1 of a rule; 0: none yet */
    GrMap powers;         /* (part, k) -> automaton */
    GrMap classes;        /* SetId -> template */
    GrVec(Template) templates;
    ClassEdges class_edges;
    GrVec(uint32_t) locals; /* states of a class being put in place */
    GrVec(uint64_t) sorted; /* ids of tokens */
    RuleId rule;            /* of the automaton being built */
} Builder;

enum { WRITE_OUT = 64 }; /* states of a power that is written out */

/* --- states and edges ----------------------------------------------------- */

static uint32_t new_state(Builder *b)
{
    return b->n->n_states++;
}

static gram_status edge(Builder *b, uint32_t from, Label label, uint32_t to)
{
    GR_TRY(gr_step(b->n->env, 1));
    return gr_vec_push(b->n->env, &b->n->edge, (NfaEdge){from, label, to});
}

/* An edge without a label. */
static gram_status skip(Builder *b, uint32_t from, uint32_t to)
{
    return edge(b, from, (Label){0}, to);
}

/* Put `part` between two states, later: tasks wait in a list. */
static gram_status task(Builder *b, uint32_t part, uint32_t from, uint32_t to)
{
    return gr_vec_push(b->n->env, &b->todo, (Task){part, from, to});
}

static bool is_nullable(const Builder *b, uint32_t part)
{
    return gr_bit_get(b->n->f->nullable, part);
}

static bool is_productive(const Builder *b, uint32_t part)
{
    return gr_bit_get(b->n->f->productive, part);
}

/* --- automata on demand --------------------------------------------------- */

/* Numbered now, built when its turn comes (build).  Powers and counted repeats
 * are called as non-empty, whatever they repeat. */
static gram_status add_automaton(Builder *b, RuleId rule, Source source,
                                 uint32_t *out)
{
    Automaton a = {.rule = rule};
    a.nullable = source.k == 0 && is_nullable(b, source.part);
    *out = b->n->automaton.n;
    if (*out >> LABEL_BITS != 0)
        return gr_fail(b->n->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "more than 2^29 automata");
    GR_TRY(gr_vec_push(b->n->env, &b->n->automaton, a));
    return gr_vec_push(b->n->env, &b->source, source);
}

static gram_status automaton_of_rule(Builder *b, uint32_t rule, uint32_t *out)
{
    if (b->of_rule[rule] == 0) {
        Source source = {b->n->r->rule.at[rule].body.v, 0};
        GR_TRY(add_automaton(b, (RuleId){rule}, source, out));
        b->of_rule[rule] = *out + 1;
    }
    *out = b->of_rule[rule] - 1;
    return GRAM_OK;
}

/* P(k) of a part, made on first use; P(0) of a reference is the rule itself. */
static gram_status power(Builder *b, uint32_t part, uint32_t k, uint32_t *out)
{
    const Part *p = &b->n->r->part.at[part];
    if (k == 0 && p->kind == PART_REF) return automaton_of_rule(b, p->a, out);
    uint32_t *known = gr_map_find(&b->powers, gr_pair(part, k));
    if (known != NULL) {
        *out = *known;
        return GRAM_OK;
    }
    GR_TRY(add_automaton(b, b->rule, (Source){part, k}, out));
    return gr_map_put(b->n->env, &b->powers, gr_pair(part, k), *out);
}

/* An edge that calls P(k) of a part. */
static gram_status call_power(Builder *b, uint32_t from, uint32_t part,
                              uint32_t k, uint32_t to)
{
    uint32_t a;
    GR_TRY(power(b, part, k, &a));
    return edge(b, from, gr_label(LABEL_CALL, a), to);
}

/* --- classes and literals ------------------------------------------------- */

/* Sets are interned, so each is spelled out in bytes once for the grammar. */
static gram_status class_template(Builder *b, SetId set, Template *out)
{
    uint32_t *known = gr_map_find(&b->classes, set.v), n;
    if (known != NULL) {
        *out = b->templates.at[*known];
        return GRAM_OK;
    }
    const GrRange *range = gr_set_get(b->n->r->re, set, &n);
    Template t = {b->class_edges.n, 0, 0};
    GR_TRY(gr_class_edges(b->n->env, &b->n->byte_sets, range, n,
                          &b->class_edges, &t.n_locals));
    t.n = b->class_edges.n - t.first;
    GR_TRY(gr_map_put(b->n->env, &b->classes, set.v, b->templates.n));
    *out = t;
    return gr_vec_push(b->n->env, &b->templates, t);
}

/* Local state 0 is `from`, 1 is `to`, the others are new. */
static gram_status put_class(Builder *b, SetId set, uint32_t from, uint32_t to)
{
    Template t;
    GR_TRY(class_template(b, set, &t));
    b->locals.n = 0;
    GR_TRY(gr_vec_reserve(b->n->env, &b->locals, t.n_locals));
    for (uint32_t i = 0; i < t.n_locals; i++)
        b->locals.at[i] = i == 0 ? from : i == 1 ? to : new_state(b);
    for (uint32_t i = t.first; i < t.first + t.n; i++) {
        ClassEdge e = b->class_edges.at[i];
        GR_TRY(edge(b, b->locals.at[e.from], gr_label(LABEL_BYTES, e.bytes),
                    b->locals.at[e.to]));
    }
    return GRAM_OK;
}

/* A chain: equal beginnings of alternatives are joined by dfa.c. */
static gram_status put_text(Builder *b, const Part *p, uint32_t from,
                            uint32_t to)
{
    for (uint32_t i = 0; i < p->b; i++) {
        uint32_t bytes[8] = {0}, set;
        uint32_t next = i + 1 < p->b ? new_state(b) : to;
        gr_bit_set(bytes, (uint8_t)b->n->r->text.at[p->a + i]);
        GR_TRY(gr_intern(b->n->env, &b->n->byte_sets, bytes, 8, &set, NULL));
        GR_TRY(edge(b, from, gr_label(LABEL_BYTES, set), next));
        from = next;
    }
    return GRAM_OK;
}

/* The edge is taken by non-empty words (as all calls are); the empty one is an
 * edge of its own. */
static gram_status put_regex(Builder *b, uint32_t part, ReId expr,
                             uint32_t from, uint32_t to)
{
    if (is_nullable(b, part)) GR_TRY(skip(b, from, to));
    return edge(b, from, gr_label(LABEL_REGEX, expr.v), to);
}

/* The key of a token set in `locals`: negated or not, then the ids, ascending
 * and each once, so that equal sets are one. */
static gram_status sort_ids(Builder *b, const Part *p)
{
    const uint32_t *ids = b->n->r->kid.at + p->a;
    b->sorted.n = 0;
    for (uint32_t i = 0; i < p->b; i++)
        GR_TRY(gr_vec_push(b->n->env, &b->sorted, ids[i]));
    gr_sort_words(b->sorted.at, b->sorted.n);
    b->locals.n = 0;
    GR_TRY(gr_vec_push(b->n->env, &b->locals, p->c));
    for (uint32_t i = 0; i < b->sorted.n; i++) {
        uint32_t id = (uint32_t)b->sorted.at[i];
        if (i > 0 && b->sorted.at[i - 1] == id) continue;
        GR_TRY(gr_vec_push(b->n->env, &b->locals, id));
    }
    return GRAM_OK;
}

/* One edge for the whole set: which classes of ids it has is found later. */
static gram_status put_tokens(Builder *b, const Part *p, uint32_t from,
                              uint32_t to)
{
    uint32_t set;
    GR_TRY(sort_ids(b, p));
    GR_TRY(gr_intern(b->n->env, &b->n->token_sets, b->locals.at, b->locals.n,
                     &set, NULL));
    return edge(b, from, gr_label(LABEL_TOKENS, set), to);
}

/* --- repeats -------------------------------------------------------------- */

/* A loop between from and to; a call of P(0) when kid is not written out. */
static gram_status put_star(Builder *b, uint32_t kid, bool written,
                            uint32_t from, uint32_t to)
{
    uint32_t s = new_state(b);
    GR_TRY(skip(b, from, s));
    GR_TRY(skip(b, s, to));
    return written ? task(b, kid, s, s) : call_power(b, s, kid, 0, s);
}

/* Once or more, without a copy. */
static gram_status put_plus(Builder *b, uint32_t kid, uint32_t from,
                            uint32_t to)
{
    uint32_t s = new_state(b), end = new_state(b);
    GR_TRY(skip(b, from, s));
    GR_TRY(skip(b, end, s));
    GR_TRY(skip(b, end, to));
    return task(b, kid, s, end);
}

/* X{m,n} as n copies, from each of which behind the m-th on one may skip to the
 * end; X{m,} as m - 1 copies and X+. */
static gram_status put_copies(Builder *b, const Part *p, uint32_t from,
                              uint32_t to)
{
    bool open = p->c == GR_RE_INF;
    uint32_t n = open ? (p->b > 0 ? p->b - 1 : 0) : p->c;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t next = !open && i + 1 == n ? to : new_state(b);
        GR_TRY(task(b, p->a, from, next));
        if (!open && i >= p->b) GR_TRY(skip(b, from, to));
        from = next;
    }
    if (!open) return GRAM_OK;
    return p->b > 0 ? put_plus(b, p->a, from, to)
                    : put_star(b, p->a, true, from, to);
}

/* 0 .. 2^k - 1 times, in binary. */
static gram_status put_below_power(Builder *b, uint32_t kid, uint32_t k,
                                   uint32_t from, uint32_t to)
{
    while (k-- > 0) {
        uint32_t next = new_state(b);
        GR_TRY(skip(b, from, next));
        GR_TRY(call_power(b, from, kid, k, next));
        from = next;
    }
    return skip(b, from, to);
}

/* The lower part of the picture in the head: the bits of most + 1 from the
 * highest down. */
static gram_status put_at_most(Builder *b, uint32_t kid, uint32_t most,
                               uint32_t from, uint32_t to)
{
    uint64_t left = (uint64_t)most + 1;
    for (uint32_t k = 33; k-- > 0;) {
        if (!(left >> k & 1)) continue;
        left &= ~((uint64_t)1 << k);
        GR_TRY(put_below_power(b, kid, k, from, to));
        if (left == 0) break;
        uint32_t next = new_state(b);
        GR_TRY(call_power(b, from, kid, k, next));
        from = next;
    }
    return GRAM_OK;
}

/* A nullable X: m times X is then 0 .. m times X as non-empty, so lo is 0. */
static gram_status put_powers(Builder *b, const Part *p, uint32_t from,
                              uint32_t to)
{
    uint32_t lo = is_nullable(b, p->a) ? 0 : p->b;
    for (uint32_t k = 32; k-- > 0;) {
        if (!(lo >> k & 1)) continue;
        uint32_t next = new_state(b);
        GR_TRY(call_power(b, from, p->a, k, next));
        from = next;
    }
    if (p->c == GR_RE_INF) return put_star(b, p->a, false, from, to);
    return put_at_most(b, p->a, p->c - lo, from, to);
}

/* A call of the repeat as an automaton of its own.  Each part once, however
 * often its rule is inlined.  `item` is what one count is: X as an
 * automaton. */
static gram_status call_counted(Builder *b, uint32_t part, uint32_t from,
                                uint32_t to)
{
    const Part *p = &b->n->r->part.at[part];
    uint32_t a, item;
    if (p->b == 0) GR_TRY(skip(b, from, to));
    uint32_t *known = gr_map_find(&b->powers, gr_pair(part, COUNTED));
    if (known != NULL) return edge(b, from, gr_label(LABEL_CALL, *known), to);
    GR_TRY(power(b, p->a, 0, &item));
    GR_TRY(add_automaton(b, b->rule, (Source){part, COUNTED}, &a));
    Automaton *x = &b->n->automaton.at[a];
    x->item = item + 1;
    x->lo = p->b;
    x->hi = p->c;
    GR_TRY(gr_map_put(b->n->env, &b->powers, gr_pair(part, COUNTED), a));
    return edge(b, from, gr_label(LABEL_CALL, a), to);
}

/* Nothing times: the empty string (a repeat that is not nullable is not
 * productive then, and never gets here). */
static gram_status put_repeat(Builder *b, uint32_t part, uint32_t from,
                              uint32_t to)
{
    const Part *p = &b->n->r->part.at[part];
    if (!is_productive(b, p->a)) return skip(b, from, to);
    if (gr_bit_get(b->n->f->counted, part))
        return call_counted(b, part, from, to);
    if (gr_bit_get(b->n->f->copied, part)) return put_copies(b, p, from, to);
    return put_powers(b, p, from, to);
}

/* --- parts ---------------------------------------------------------------- */

/* Children of a SEQ all derive something, or the SEQ does not and is left out;
 * of an ALT those that do not are left out here. */
static gram_status put_list(Builder *b, const Part *p, uint32_t from,
                            uint32_t to)
{
    const uint32_t *kid = b->n->r->kid.at + p->a;
    for (uint32_t i = 0; i < p->b; i++) {
        if (p->kind == PART_ALT) {
            if (is_productive(b, kid[i])) GR_TRY(task(b, kid[i], from, to));
            continue;
        }
        uint32_t next = i + 1 < p->b ? new_state(b) : to;
        GR_TRY(task(b, kid[i], from, next));
        from = next;
    }
    return GRAM_OK;
}

/* In place, or as a call.  The call stands for the non-empty words. */
static gram_status put_ref(Builder *b, uint32_t part, uint32_t rule,
                           uint32_t from, uint32_t to)
{
    uint32_t a;
    if (b->n->f->rule[rule].inlined)
        return task(b, b->n->r->rule.at[rule].body.v, from, to);
    if (is_nullable(b, part)) GR_TRY(skip(b, from, to));
    GR_TRY(automaton_of_rule(b, rule, &a));
    return edge(b, from, gr_label(LABEL_CALL, a), to);
}

/* The part derives something: what does not was left out by put_list, or by
 * build_network if it is the start rule (grammar.c). */
static gram_status put_part(Builder *b, Task t)
{
    const Part *p = &b->n->r->part.at[t.part];
    GR_TRY(gr_step(b->n->env, 1));
    switch ((PartKind)p->kind) {
    case PART_EMPTY: return skip(b, t.from, t.to);
    case PART_SET: return put_class(b, (SetId){p->a}, t.from, t.to);
    case PART_TEXT: return put_text(b, p, t.from, t.to);
    case PART_SEQ:
    case PART_ALT: return put_list(b, p, t.from, t.to);
    case PART_REF: return put_ref(b, t.part, p->a, t.from, t.to);
    case PART_REPEAT: return put_repeat(b, t.part, t.from, t.to);
    case PART_REGEX:
    case PART_EXCEPT:
    case PART_AND:
    case PART_NOT: return put_regex(b, t.part, gr_part_expr(p), t.from, t.to);
    case PART_TOKENS: return put_tokens(b, p, t.from, t.to);
    }
    return GRAM_OK;
}

/* --- automata ------------------------------------------------------------- */

/* What stands between entry and exit of an automaton of its own. */
static gram_status put_source(Builder *b, Source s, uint32_t entry,
                              uint32_t exit)
{
    if (s.k == 0) return task(b, s.part, entry, exit);
    if (s.k == COUNTED) {
        Part p = b->n->r->part.at[s.part];
        if (p.b == 0) p.b = 1;
        return gr_bit_get(b->n->f->copied, s.part)
                   ? put_copies(b, &p, entry, exit)
                   : put_powers(b, &p, entry, exit);
    }
    uint64_t written = (uint64_t)b->n->f->size[s.part] << s.k;
    if (s.k < 7 && written <= WRITE_OUT && !is_nullable(b, s.part)) {
        Part copies = {PART_REPEAT, s.part, 1u << s.k, 1u << s.k, 0};
        return put_copies(b, &copies, entry, exit);
    }
    uint32_t middle = new_state(b);
    GR_TRY(call_power(b, entry, s.part, s.k - 1, middle));
    return call_power(b, middle, s.part, s.k - 1, exit);
}

/* One automaton at a time, so that its states lie together.  It may add others
 * at the end of the list, whose turn comes. */
static gram_status build_automaton(Builder *b, uint32_t i)
{
    GrNfa *n = b->n;
    uint32_t entry = new_state(b), exit = new_state(b);
    b->rule = n->automaton.at[i].rule;
    GR_TRY(put_source(b, b->source.at[i], entry, exit));
    while (b->todo.n > 0) {
        GR_TRY(put_part(b, b->todo.at[--b->todo.n]));
        if (n->n_states >= UINT32_MAX / 4)
            return gr_fail(n->env, GRAM_E_LIMIT, GR_NOWHERE,
                           "more than 2^30 states");
    }
    Automaton *a = &n->automaton.at[i];
    a->entry = a->first = entry;
    a->exit = exit;
    a->end = n->n_states;
    return GRAM_OK;
}

/* Automata that are met on the way come behind; the loop ends with the last. */
static gram_status build(Builder *b)
{
    uint32_t start;
    GR_TRY(automaton_of_rule(b, b->n->r->start.v, &start));
    for (uint32_t i = 0; i < b->n->automaton.n; i++)
        GR_TRY(build_automaton(b, i));
    return gr_nfa_index(b->n);
}

/* On failure the caller clears what there is. */
gram_status gr_nfa_build(GrEnv *env, const GrRules *r, const GrFacts *f,
                         GrNfa *out)
{
    *out = (GrNfa){.env = env, .r = r, .f = f};
    gr_intern_init(&out->byte_sets);
    gr_intern_init(&out->token_sets);
    Builder b = {.n = out};
    b.of_rule = gr_zalloc(env, r->rule.n, sizeof *b.of_rule);
    gram_status status = b.of_rule ? build(&b) : GRAM_E_MEMORY;
    gr_vec_clear(env, &b.todo);
    gr_vec_clear(env, &b.source);
    gr_free(env, b.of_rule, r->rule.n * sizeof *b.of_rule);
    gr_map_clear(env, &b.powers);
    gr_map_clear(env, &b.classes);
    gr_vec_clear(env, &b.templates);
    gr_vec_clear(env, &b.class_edges);
    gr_vec_clear(env, &b.locals);
    gr_vec_clear(env, &b.sorted);
    return status;
}

void gr_nfa_clear(GrNfa *n)
{
    gr_vec_clear(n->env, &n->edge);
    gr_vec_clear(n->env, &n->automaton);
    gr_intern_clear(n->env, &n->byte_sets);
    gr_intern_clear(n->env, &n->token_sets);
    gr_free(n->env, n->row, (size_t)n->row_cap * sizeof *n->row);
    n->row = NULL;
    n->row_cap = 0;
}

/* Counting sort by `from`; the order of a state's edges is kept.  Edges of
 * state s are then edge[row[s]] .. edge[row[s + 1] - 1].  O(states and edges
 * from there on). */
gram_status gr_nfa_index_from(GrNfa *n, uint32_t from, uint32_t first)
{
    uint32_t cap = n->n_states + 2, added = n->edge.n - first;
    if (cap > n->row_cap) {
        size_t old = (size_t)n->row_cap * sizeof *n->row;
        uint32_t *row = gr_resize(n->env, n->row, old, cap * sizeof *row);
        if (row == NULL) return GRAM_E_MEMORY;
        n->row = row;
        n->row_cap = cap;
    }
    memset(n->row + from, 0, (cap - from) * sizeof *n->row);
    n->row[from] = n->row[from + 1] = first;
    NfaEdge *copy = gr_zalloc(n->env, added, sizeof *copy);
    if (copy == NULL) return GRAM_E_MEMORY;
    if (added) memcpy(copy, n->edge.at + first, added * sizeof *copy);
    for (uint32_t i = 0; i < added; i++) n->row[copy[i].from + 2]++;
    for (uint32_t i = from + 2; i < cap; i++) n->row[i] += n->row[i - 1];
    for (uint32_t i = 0; i < added; i++)
        n->edge.at[n->row[copy[i].from + 1]++] = copy[i];
    gr_free(n->env, copy, added * sizeof *copy);
    return gr_step(n->env, n->n_states - from + added);
}

gram_status gr_nfa_index(GrNfa *n)
{
    return gr_nfa_index_from(n, 0, 0);
}

/* Duplicates in the list go first.  The list is its own queue; the bits set are
 * those of its members, so clearing them costs no more than it has. */
gram_status gr_nfa_closure(const GrNfa *n, StateList *states, uint32_t *mark)
{
    gram_status status = GRAM_OK;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < states->n; i++) {
        uint32_t s = states->at[i];
        if (gr_bit_get(mark, s)) continue;
        gr_bit_set(mark, s);
        states->at[kept++] = s;
    }
    states->n = kept;
    for (uint32_t i = 0; i < states->n && status == GRAM_OK; i++)
        for (uint32_t e = n->row[states->at[i]];
             e < n->row[states->at[i] + 1] && status == GRAM_OK; e++) {
            uint32_t to = n->edge.at[e].to;
            if (gr_label_kind(n->edge.at[e].label) != LABEL_NONE) continue;
            if (gr_bit_get(mark, to)) continue;
            gr_bit_set(mark, to);
            status = gr_vec_push(n->env, states, to);
        }
    for (uint32_t i = 0; i < states->n; i++) gr_bit_clear(mark, states->at[i]);
    return status == GRAM_OK ? gr_step(n->env, states->n) : status;
}
