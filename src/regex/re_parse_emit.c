/* Ast -> program: a nondeterministic machine over strings, with assertions.
 *
 * In: a node.  Out: Machine.code.  What has no assertion inside stays whole:
 * one OP_EXPR for a run of neighbours.  Repeats of special bodies become
 * copies and a loop; after the optional copies an iteration that reads
 * nothing is forbidden where it could matter (ECMA-262 22.2.2.3.1 step 2.b):
 * when it would make groups undefined again.
 *
 * Items wait on a stack of their own; jumps go to labels, which become
 * instructions at the end.  Bodies of lookaheads are emitted behind the
 * program, each with an end of its own.
 *
 * What is pushed last is emitted first: functions that push read from the end
 * of the code to its beginning.
 *
 * `carries` (what must follow is part of the unknown) is set on all code inside
 * of a loop, and on all of a lookbehind: there, and only there, an assertion
 * must not become an intersection of unknowns (re_parse_look.c). */
#include "regex/re_parse_look.h"

/* The stack of what is still to be emitted, instead of recursion over the
 * Ast. */
static gram_status push(Machine *m, Item item)
{
    return gr_vec_push(m->env, &m->items, item);
}

static gram_status push_code(Machine *m, bool carries, Instr code)
{
    return push(m, (Item){.kind = ITEM_CODE, .carries = carries, .code = code});
}

static gram_status push_node(Machine *m, bool carries, AstId node)
{
    return push(m, (Item){.kind = ITEM_NODE, .carries = carries, .node = node});
}

/* A number for an instruction that is not there yet. */
static gram_status new_label(Machine *m, uint32_t *out)
{
    *out = m->labels.n;
    return gr_vec_push(m->env, &m->labels, 0);
}

static gram_status push_label(Machine *m, uint32_t label)
{
    return push(m, (Item){.kind = ITEM_LABEL, .a = label});
}

/* The limit is what makes x{1000} of something special an error and not a
 * program of a million instructions. */
static gram_status emit(Machine *m, Instr code)
{
    if (m->code.n >= LOOK_MAX_CODE) {
        return gr_fail(m->env, GRAM_E_LIMIT, code.at,
                       "too many copies of an assertion or reference");
    }
    return gr_vec_push(m->env, &m->code, code);
}

/* A plain expression, joined to one that stands directly before.  Not across a
 * label: what jumps there must not read the first part. */
static gram_status emit_expr(Machine *m, ReId e, uint32_t at, bool carries)
{
    uint32_t n = m->code.n;
    if (e.v == gr_re_eps(m->re).v) return GRAM_OK;
    if (n && m->last_label != n && m->code.at[n - 1].op == OP_EXPR) {
        Instr *last = m->code.at + n - 1;
        return gr_re_cat(m->re, last->expr, e, &last->expr);
    }
    return emit(
        m, (Instr){.op = OP_EXPR, .at = at, .expr = e, .carries = carries});
}

/* Kids of a CAT: special ones apart, runs of plain ones together. */
static gram_status emit_cat(Machine *m, const Item *it, const AstNode *n)
{
    for (uint32_t i = n->b; i > 0;) {
        AstId kid = gr_ast_kid(m->ast, n, i - 1);
        uint32_t end = i--;
        if (gr_ast_get(m->ast, kid)->special) {
            GR_TRY(push_node(m, it->carries, kid));
            continue;
        }
        while (i > 0 &&
               !gr_ast_get(m->ast, gr_ast_kid(m->ast, n, i - 1))->special) {
            i--;
        }
        GR_TRY(push(m, (Item){.kind = ITEM_SLICE,
                              .node = it->node,
                              .a = i,
                              .b = end,
                              .carries = it->carries}));
    }
    return GRAM_OK;
}

/* Two ways: `first`, then jump to `end`; or what is pushed before this. */
static gram_status push_choice(Machine *m, bool carries, AstId first,
                               uint32_t end, uint32_t at)
{
    uint32_t here, other;
    GR_TRY(new_label(m, &here));
    GR_TRY(new_label(m, &other));
    GR_TRY(push_label(m, other));
    GR_TRY(push_code(m, carries, (Instr){.op = OP_JUMP, .x = end, .at = at}));
    GR_TRY(push_node(m, carries, first));
    GR_TRY(push_label(m, here));
    return push_code(m, carries,
                     (Instr){.op = OP_SPLIT, .x = here, .y = other, .at = at});
}

/* The last alternative is the other way of the last SPLIT: no choice left. */
static gram_status emit_or(Machine *m, const Item *it, const AstNode *n)
{
    uint32_t end;
    GR_TRY(new_label(m, &end));
    GR_TRY(push_label(m, end));
    GR_TRY(push_node(m, it->carries, gr_ast_kid(m->ast, n, n->b - 1)));
    for (uint32_t i = n->b - 1; i > 0; i--) {
        GR_TRY(push_choice(m, it->carries, gr_ast_kid(m->ast, n, i - 1), end,
                           n->at));
    }
    return GRAM_OK;
}

/* A new tracker, or the one there is.  Equal ones are shared; those of repeats
 * (`none`, which MARK sets going) are not, since each has a beginning of its
 * own. */
gram_status gr_look_tracker(Machine *m, ReId accepts, uint32_t at,
                            uint32_t *out)
{
    for (*out = 0; *out < m->trackers.n; ++*out) {
        if (accepts.v != gr_re_none(m->re).v &&
            m->trackers.at[*out].v == accepts.v) {
            return GRAM_OK;
        }
    }
    if (m->trackers.n == LOOK_MAX_TRACKERS) {
        return gr_fail(m->env, GRAM_E_LIMIT, at,
                       "too many different lookbehinds");
    }
    return gr_vec_push(m->env, &m->trackers, accepts);
}

/* --- repeats -------------------------------------------------------------- */

/* A TEST that something has been read since the MARK of this repeat: its
 * tracker starts as `eps` and then accepts the empty string only. */
static gram_status push_progress(Machine *m, Item *it, uint32_t at)
{
    Pair pair = {.when = false, .rest = gr_re_all(m->re)};
    Instr test = {.op = OP_TEST, .at = at, .x = m->tests.n};
    if (!it->tracker) {
        GR_TRY(gr_look_tracker(m, gr_re_none(m->re), at, &it->tracker));
        it->tracker++;
    }
    pair.tracker = it->tracker - 1;
    GR_TRY(gr_vec_push(m->env, &m->tests, (Test){m->pairs.n, 1, false}));
    GR_TRY(gr_vec_push(m->env, &m->pairs, pair));
    return push_code(m, it->carries, test);
}

/* One iteration; an optional one must read something.  Only where it could read
 * nothing and would reset groups: else an empty iteration changes nothing, and
 * leaving it out costs a test. */
static gram_status push_iteration(Machine *m, Item *it, AstId body,
                                  bool optional)
{
    uint64_t groups = m->n_groups ? m->inside.at[body.v] : 0;
    uint32_t at = gr_ast_get(m->ast, body)->at;
    bool progress = optional && groups && gr_bit_get(m->empties.at, body.v);
    if (progress) GR_TRY(push_progress(m, it, at));
    GR_TRY(push_node(m, it->carries, body));
    if (groups) {
        GR_TRY(push_code(m, it->carries,
                         (Instr){.op = OP_RESET, .mask = groups, .at = at}));
    }
    if (!progress) return GRAM_OK;
    return push_code(m, it->carries,
                     (Instr){.op = OP_MARK, .at = at, .x = it->tracker - 1});
}

/*     loop: split body, end
 *     body: one iteration
 *           jump loop
 *     end: */
static gram_status emit_star(Machine *m, Item *it, const AstNode *n)
{
    uint32_t loop, body, end;
    it->carries = true;
    GR_TRY(new_label(m, &loop));
    GR_TRY(new_label(m, &body));
    GR_TRY(new_label(m, &end));
    GR_TRY(push_label(m, end));
    GR_TRY(push_code(m, true, (Instr){.op = OP_JUMP, .x = loop, .at = n->at}));
    GR_TRY(push_iteration(m, it, n->kid, true));
    GR_TRY(push_label(m, body));
    GR_TRY(push_code(
        m, true, (Instr){.op = OP_SPLIT, .x = body, .y = end, .at = n->at}));
    return push_label(m, loop);
}

/* At least it->a more times, at most it->b.  x{2,4} is x x (x (x)?)?: what is
 * optional skips to the end of all. */
static gram_status emit_repeat(Machine *m, Item *it)
{
    const AstNode *n = gr_ast_get(m->ast, it->node);
    Item rest = *it;
    uint32_t body, end, waits = m->items.n;
    if (rest.b != GR_RE_INF) rest.b--;
    if (it->a > 0) {
        rest.a--;
        GR_TRY(push(m, rest));
        return push_iteration(m, it, n->kid, false);
    }
    if (it->b == GR_RE_INF) return emit_star(m, it, n);
    if (it->b == 0) return GRAM_OK;
    GR_TRY(new_label(m, &body));
    GR_TRY(new_label(m, &end));
    GR_TRY(push_label(m, end));
    GR_TRY(push(m, rest));
    GR_TRY(push_iteration(m, it, n->kid, true));
    m->items.at[waits + 1].tracker = it->tracker; /* sequential: one serves */
    GR_TRY(push_label(m, body));
    return push_code(m, it->carries,
                     (Instr){.op = OP_SPLIT, .x = body, .y = end, .at = n->at});
}

static bool is_place(const AstNode *n)
{
    return n->kind == AST_BOL || n->kind == AST_EOL || n->kind == AST_WORD ||
           n->kind == AST_LOOK;
}

/* An assertion repeated is itself, or nothing where it may be left out: (?=x)*
 * holds everywhere. */
static gram_status emit_counted(Machine *m, const Item *it, const AstNode *n)
{
    Item copy = *it;
    copy.kind = ITEM_REPEAT;
    copy.a = n->a;
    copy.b = n->b;
    copy.tracker = 0;
    if (!is_place(gr_ast_get(m->ast, n->kid))) return push(m, copy);
    /* An assertion holds twice where it holds once. */
    return n->a ? push_node(m, it->carries, n->kid) : GRAM_OK;
}

/* --- assertions ----------------------------------------------------------- */

/* ECMA-262 12.3. */
static gram_status line_set(GrRe *re, SetId *out)
{
    static const GrRange lines[] = {
        {'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
    return gr_set_make(re, lines, 3, out);
}

/* "" or a string that starts (ends, if !starts) with a member of s. */
static gram_status bordered(GrRe *re, SetId s, bool starts, bool or_empty,
                            ReId *out)
{
    ReId two[2] = {gr_re_eps(re)}, one;
    GR_TRY(gr_re_set(re, s, &one));
    GR_TRY(starts ? gr_re_cat(re, one, gr_re_all(re), two + 1)
                  : gr_re_cat(re, gr_re_all(re), one, two + 1));
    *out = two[1];
    return or_empty ? gr_re_or(re, two, 2, out) : GRAM_OK;
}

static gram_status add_pair(Machine *m, uint32_t tracker, bool when, ReId rest)
{
    return gr_vec_push(m->env, &m->pairs, (Pair){tracker, when, rest});
}

/* ^: the string before is empty or (m) ends with a line terminator. */
static gram_status test_start(Machine *m, const AstNode *n)
{
    ReId before = gr_re_eps(m->re);
    SetId lines;
    uint32_t tracker;
    if (n->flags & AST_MULTILINE) {
        GR_TRY(line_set(m->re, &lines));
        GR_TRY(bordered(m->re, lines, false, true, &before));
    }
    GR_TRY(gr_look_tracker(m, before, n->at, &tracker));
    return add_pair(m, tracker, true, gr_re_all(m->re));
}

/* $: the rest is empty or (m) begins with a line terminator.  Nothing before it
 * matters, so no tracker. */
static gram_status test_end(Machine *m, const AstNode *n)
{
    ReId after = gr_re_eps(m->re);
    SetId lines;
    if (n->flags & AST_MULTILINE) {
        GR_TRY(line_set(m->re, &lines));
        GR_TRY(bordered(m->re, lines, true, true, &after));
    }
    return add_pair(m, LOOK_ALWAYS, true, after);
}

/* \b: a word character on one side only; \B: on both or none. */
static gram_status test_word(Machine *m, const AstNode *n)
{
    SetId word, other;
    ReId before, in, out;
    uint32_t tracker;
    bool both = n->flags & AST_NEGATED;
    GR_TRY(gr_unicode_class(m->re, 'w', n->flags & AST_FOLD, &word));
    GR_TRY(gr_set_not(m->re, word, &other));
    GR_TRY(bordered(m->re, word, false, false, &before));
    GR_TRY(bordered(m->re, word, true, false, &in));
    GR_TRY(bordered(m->re, other, true, true, &out));
    GR_TRY(gr_look_tracker(m, before, n->at, &tracker));
    GR_TRY(add_pair(m, tracker, true, both ? in : out));
    return add_pair(m, tracker, false, both ? out : in);
}

/* Each place is a test of its own: pairs that begin at test.first.  Those of
 * lookbehinds have been made before the program (look_behind). */
static gram_status emit_test(Machine *m, const Item *it, const AstNode *n)
{
    Instr code = {
        .op = OP_TEST, .at = n->at, .carries = it->carries, .x = m->tests.n};
    Test test = {.first = m->pairs.n};
    if (n->kind == AST_LOOK) {
        code.x = m->look_tests.at[n->a];
        return emit(m, code);
    }
    GR_TRY(n->kind == AST_BOL   ? test_start(m, n)
           : n->kind == AST_EOL ? test_end(m, n)
                                : test_word(m, n));
    test.n = m->pairs.n - test.first;
    GR_TRY(gr_vec_push(m->env, &m->tests, test));
    return emit(m, code);
}

/* The body comes later; c->x is filled when it does. */
static gram_status emit_ahead(Machine *m, const Item *it, const AstNode *n)
{
    GR_TRY(gr_vec_push(m->env, &m->bodies, gr_pair(m->code.n, n->kid.v)));
    return emit(m, (Instr){.op = OP_LOOK,
                           .at = n->at,
                           .carries = it->carries,
                           .negated = n->flags & AST_NEGATED});
}

/* --- the whole ------------------------------------------------------------ */

/* Its contents are of interest only if something refers to it. */
static gram_status emit_group(Machine *m, const Item *it, const AstNode *n)
{
    uint32_t bit = m->group_bit.at[n->a];
    bool needed = bit != GR_RE_INF;
    Instr code = {.op = OP_CLOSE, .x = bit, .at = n->at};
    if (needed) GR_TRY(push_code(m, it->carries, code));
    GR_TRY(push_node(m, it->carries, n->kid));
    code.op = OP_OPEN;
    return needed ? push_code(m, it->carries, code) : GRAM_OK;
}

/* A plain node is its expression; a special one what stands for it, which may
 * push its kids. */
static gram_status emit_node(Machine *m, const Item *it)
{
    const AstNode *n = gr_ast_get(m->ast, it->node);
    if (!n->special) {
        return emit_expr(m, m->plain[it->node.v], n->at, it->carries);
    }
    switch ((AstKind)n->kind) {
    case AST_CAT: return emit_cat(m, it, n);
    case AST_OR: return emit_or(m, it, n);
    case AST_REPEAT: return emit_counted(m, it, n);
    case AST_GROUP: return emit_group(m, it, n);
    case AST_BACK:
        return emit(m, (Instr){.op = OP_BACK,
                               .x = it->node.v,
                               .at = n->at,
                               .carries = it->carries});
    case AST_LOOK:
        if (!(n->flags & AST_BEHIND)) return emit_ahead(m, it, n);
        return emit_test(m, it, n);
    default: return emit_test(m, it, n);
    }
}

/* What has waited on the stack is emitted now, at m->code.n. */
static gram_status emit_item(Machine *m, Item it)
{
    ReId e;
    switch (it.kind) {
    case ITEM_NODE: return emit_node(m, &it);
    case ITEM_REPEAT: return emit_repeat(m, &it);
    case ITEM_SLICE: {
        const AstNode *n = gr_ast_get(m->ast, it.node);
        GR_TRY(gr_ast_lower_slice(m->re, m->ast, n, it.a, it.b, m->plain,
                                  &m->text, &e));
        return emit_expr(m, e, n->at, it.carries);
    }
    case ITEM_LABEL:
        m->labels.at[it.a] = m->last_label = m->code.n;
        return GRAM_OK;
    default: it.code.carries = it.carries; return emit(m, it.code);
    }
}

/* Steps are items: copies of repeats cost what they are. */
static gram_status emit_items(Machine *m)
{
    while (m->items.n) {
        GR_TRY(gr_step(m->env, 1));
        GR_TRY(emit_item(m, m->items.at[--m->items.n]));
    }
    return GRAM_OK;
}

/* Behind emission, since labels may lie ahead of their jumps. */
static void resolve_labels(Machine *m)
{
    for (uint32_t i = 0; i < m->code.n; i++) {
        Instr *c = m->code.at + i;
        if (c->op != OP_SPLIT && c->op != OP_JUMP) continue;
        c->x = m->labels.at[c->x];
        if (c->op == OP_SPLIT) c->y = m->labels.at[c->y];
    }
}

/* Those that a test asks, as bits. */
static uint64_t test_trackers(const Machine *m, const Test *t)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t tracker = m->pairs.at[t->first + i].tracker;
        if (tracker != LOOK_ALWAYS) bits |= (uint64_t)1 << tracker;
    }
    return bits;
}

/* Those whose contents a reference reads, as bits. */
static uint64_t back_groups(const Machine *m, const Instr *c)
{
    const AstNode *n = gr_ast_get(m->ast, (AstId){c->x});
    uint64_t bits = 0;
    for (uint32_t i = 0; i < n->b; i++) {
        bits |= (uint64_t)1 << m->group_bit.at[m->ast->refs.at[n->a + i]];
    }
    return bits;
}

/* What is live before instruction i, from what is live behind it. */
static void live_before(Machine *m, uint32_t i, uint64_t *trackers,
                        uint64_t *groups)
{
    const Instr *c = m->code.at + i, *next = c + 1;
    bool ends = c->op >= OP_REST;
    if (c->op == OP_JUMP || c->op == OP_SPLIT) next = m->code.at + c->x;
    *trackers = ends ? 0 : next->trackers;
    *groups = ends ? 0 : next->groups;
    if (c->op == OP_SPLIT || c->op == OP_LOOK) {
        next = m->code.at + (c->op == OP_SPLIT ? c->y : c->x);
        *trackers |= next->trackers;
        *groups |= next->groups;
    }
    if (c->op == OP_MARK) *trackers &= ~((uint64_t)1 << c->x);
    if (c->op == OP_TEST) *trackers |= test_trackers(m, m->tests.at + c->x);
    if (c->op == OP_RESET) *groups &= ~c->mask;
    if (c->op == OP_BACK) *groups |= back_groups(m, c);
}

/* The least fixed point, backwards, so that one pass and one more to see it are
 * enough without loops.  What is not live is cut off the unknowns, which is
 * what keeps them few. */
static gram_status find_live(Machine *m)
{
    for (bool changed = true; changed;) {
        changed = false;
        GR_TRY(gr_step(m->env, m->code.n));
        for (uint32_t i = m->code.n; i > 0; i--) {
            Instr *c = m->code.at + i - 1;
            uint64_t trackers, groups;
            live_before(m, i - 1, &trackers, &groups);
            changed |= trackers != c->trackers || groups != c->groups;
            c->trackers = trackers;
            c->groups = groups;
        }
    }
    return GRAM_OK;
}

/* A body may have lookaheads of its own: m->bodies grows while it is gone
 * through. */
gram_status gr_look_emit(Machine *m, AstId root, Op end, bool search)
{
    bool keep = end == OP_KEEP;
    m->code.n = m->labels.n = m->bodies.n = m->items.n = 0;
    m->last_label = GR_RE_INF;
    if (search) GR_TRY(emit_expr(m, gr_re_all(m->re), 0, keep));
    GR_TRY(push_node(m, keep, root));
    GR_TRY(emit_items(m));
    GR_TRY(emit(m, (Instr){.op = (uint8_t)end, .carries = keep}));
    for (uint32_t i = 0; i < m->bodies.n; i++) {
        uint64_t body = m->bodies.at[i];
        m->code.at[body >> 32].x = m->last_label = m->code.n;
        GR_TRY(push_node(m, false, (AstId){(uint32_t)body}));
        GR_TRY(emit_items(m));
        GR_TRY(emit(m, (Instr){.op = OP_REST}));
    }
    resolve_labels(m);
    return find_live(m);
}
