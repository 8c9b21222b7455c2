/* Estimates of the bytes that complete a level, and one-line descriptions.
 *
 * The estimate of a container is the cost of the witness that proves it alive
 * (live.c): every member that must still come, each with its own witness.
 *
 * Where what follows a value depends on its verdict (a vector frame), the two
 * are weighed together: a level yields one number of bytes for each verdict
 * that it may still end with (ends.c), and the frame adds to each what the
 * container then still needs, for each verdict of its own:
 *
 *     value   holds 1 byte, fails 4    rest of the object: 50, 1
 *                                      together: min(1 + 50, 4 + 1)
 *
 * so that a plan made along the estimates (pda/plan.c) steers to the value
 * that is wrong on purpose where one is needed.  Constant frames end this:
 * below them everything is a sum. */
#include "schema/cost.h"
#include "schema/layout.h"

#include <stdio.h>

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* A verdict that cannot be reached is no way: endless costs are left out. */
gram_status sm_ways_add(GrEnv *env, SmWays *w, Verdict v, uint64_t bytes)
{
    if (bytes == UINT64_MAX) return GRAM_OK;
    for (uint32_t i = 0; i < w->n; i++) {
        if (w->at[i].verdict.v != v.v) continue;
        if (bytes < w->at[i].bytes) w->at[i].bytes = bytes;
        return GRAM_OK;
    }
    return gr_vec_push(env, w, (SmWay){v, bytes});
}

static uint64_t cheapest(const SmWays *w)
{
    uint64_t best = UINT64_MAX;
    for (uint32_t i = 0; i < w->n; i++)
        if (w->at[i].bytes < best) best = w->at[i].bytes;
    return best;
}

/* Must items of some kind still come?  What is left of them decides what
 * they cost. */
static gram_status wants_matches(Sm *sm, TypedId t, bool *wants)
{
    *wants = false;
    GR_TRY(gr_bdd_reach(&sm->bdd, sm_typed_at(sm, t)->all));
    for (uint32_t i = 0; i < sm->bdd.reached.n && !*wants; i++) {
        Bdd f = {sm->bdd.reached.at[i]};
        *wants = sm_atom_of(sm, gr_bdd_node(&sm->bdd, f).var).kind ==
                 ATOM_CONTAINS;
    }
    return GRAM_OK;
}

/* Can the array be closed behind what is counted, and that be all there is to
 * say?  Then nothing that it has is asked about. */
static gram_status closes_now(Sm *sm, TypedId t, const Regs *regs, bool *now)
{
    const SmEnd *end;
    uint32_t n;
    Verdict v;
    GR_TRY(sm_must_differ(sm, t, now));
    if (!*now) return GRAM_OK;
    GR_TRY(sm_ends(sm, t, &end, &n));
    *now = n == 1;
    return *now ? sm_close_verdict(sm, t, regs, &v, now) : GRAM_OK;
}

/* The items of an array that tells them apart; only how many they are where
 * none of them matters before an item's end, or none has to follow.
 *
 * (Without items, `n_items` makes the questions blind, see Regs.)  That items
 * were read is noted: what was found out then holds for these items only. */
static gram_status take_items(Sm *sm, TypedId t, uint32_t pos,
                              const GrLevel *level, Regs *regs)
{
    bool unique, late, wants, closes;
    SmWords items = {0};
    GR_TRY(sm_is_unique(sm, t, &unique));
    if (!unique || level->seen == NULL) return GRAM_OK;
    regs->n_items = level->seen->count;
    GR_TRY(sm_all_late(sm, t, pos, regs->count, regs->n_items, &late));
    GR_TRY(wants_matches(sm, t, &wants));
    if (late && !wants) return GRAM_OK;
    GR_TRY(closes_now(sm, t, regs, &closes));
    if (closes) return GRAM_OK;
    sm->items_read = true;
    gram_status status = sm_read_items(sm, level->seen, &items);
    uint32_t n = items.n;
    if (status == GRAM_OK)
        status = wants ? sm_unseen(sm, items.at, n, &regs->unseen)
                       : sm_unseen_items(sm, t, pos, regs->count, &items,
                                         &regs->unseen);
    /* one more place, so that none is empty */
    uint32_t *copy = gr_zalloc(sm->env, (size_t)n + 1, sizeof *copy);
    if (copy == NULL) status = GRAM_E_MEMORY;
    if (copy != NULL && n > 0) memcpy(copy, items.at, n * sizeof *copy);
    gr_vec_clear(sm->env, &items);
    regs->items = copy;
    regs->n_items = n;
    return status;
}

/* The registers of a container's level, copied: nested questions use the same
 * scratch.  pos: of the next item of an array.  Freed with sm_drop_regs. */
gram_status sm_take_regs(Sm *sm, TypedId t, uint32_t pos, const GrLevel *level,
                         Regs *regs)
{
    if (sm_typed_at(sm, t)->type != T_OBJECT)
        return take_items(sm, t, pos, level, regs);
    GR_TRY(sm_read_regs(sm, t, level, regs));
    /* one more place: room for the key that a caller may add */
    uint32_t *copy = gr_zalloc(sm->env, (size_t)regs->n_seen + 1, sizeof *copy);
    if (copy == NULL) {
        regs->seen = NULL; /* the machine's own: not to be dropped */
        return GRAM_E_MEMORY;
    }
    if (regs->n_seen) memcpy(copy, regs->seen, regs->n_seen * sizeof *copy);
    regs->seen = copy;
    return GRAM_OK;
}

/* Sizes are those that sm_take_regs took: n_seen and n_items must be
 * unchanged. */
void sm_drop_regs(Sm *sm, Regs *regs)
{
    if (regs->seen != NULL)
        gr_free(sm->env, (void *)regs->seen,
                ((size_t)regs->n_seen + 1) * sizeof *regs->seen);
    if (regs->items != NULL)
        gr_free(sm->env, (void *)regs->items,
                ((size_t)regs->n_items + 1) * sizeof *regs->items);
}

/* --- values and open containers ------------------------------------------- */

/* The rest of an open container: everything up to its closing bracket. */
static gram_status open_ways(Sm *sm, TypedId t, const Regs *regs, uint64_t more,
                             SmWays *out)
{
    const SmEnd *end;
    uint32_t n;
    GR_TRY(sm_ends(sm, t, &end, &n));
    for (uint32_t i = 0; i < n; i++) {
        OpenCost c;
        GR_TRY(sm_open_cost(sm, end[i].typed, regs, &c));
        if (c.alive)
            GR_TRY(
                sm_ways_add(sm->env, out, end[i].verdict, add(c.bytes, more)));
    }
    return GRAM_OK;
}

/* A value that nothing is written of.  Of each type that is alive, for each
 * verdict, the cost of the instance that proved it alive. */
static gram_status find_value_ways(Sm *sm, ValueId v, SmWays *out)
{
    for (uint32_t type = 0; type < N_TYPES; type++) {
        const SmEnd *end;
        uint32_t n;
        TypedId t;
        bool alive;
        uint64_t bytes;
        GR_TRY(sm_value_typed(sm, v, type, &t));
        GR_TRY(sm_typed_live(sm, t, &alive));
        if (!alive) continue;
        GR_TRY(sm_ends(sm, t, &end, &n));
        for (uint32_t i = 0; i < n; i++) {
            GR_TRY(sm_typed_live(sm, end[i].typed, &alive));
            if (!alive) continue;
            GR_TRY(sm_new_cost(sm, end[i].typed, &bytes));
            GR_TRY(sm_ways_add(sm->env, out, end[i].verdict, bytes));
        }
    }
    return GRAM_OK;
}

/* It depends on nothing else, and is asked for behind each key that is
 * tried. */
gram_status sm_value_ways(Sm *sm, ValueId v, SmWays *out)
{
    KeptWays kept;
    SmWays found = {0};
    if (!sm_ways_kept(sm, &sm->value_ways, v.v, &kept)) {
        gram_status status = find_value_ways(sm, v, &found);
        if (status == GRAM_OK)
            status = sm_ways_keep(sm, &sm->value_ways, v.v, &found);
        gr_vec_clear(sm->env, &found);
        GR_TRY(status);
        sm_ways_kept(sm, &sm->value_ways, v.v, &kept);
    }
    for (uint32_t i = 0; i < kept.n; i++)
        GR_TRY(sm_ways_add(sm->env, out, kept.at[i].verdict, kept.at[i].bytes));
    return GRAM_OK;
}

/* --- frames --------------------------------------------------------------- */

/* The residual behind a verdict.  A plan asks for those of the same frames at
 * each byte above them. */
static gram_status typed_after(Sm *sm, FrameId f, Verdict v, TypedId *t)
{
    uint64_t key = gr_pair(f.v, v.v);
    const uint32_t *known = gr_map_find(&sm->typed_after, key);
    uint32_t pos;
    if (known != NULL) t->v = *known;
    if (known != NULL) return GRAM_OK;
    GR_TRY(sm_frame_after(sm, f, v, t, &pos));
    return gr_map_put(sm->env, &sm->typed_after, key, t->v);
}

/* What comes behind a value that ends in these ways.  Behind a constant frame
 * the value's verdict says nothing: its cheapest way will do. */
gram_status sm_resumed_ways(Sm *sm, FrameId f, const SmWays *value,
                            const Regs *regs, SmWays *out)
{
    uint32_t n;
    const uint32_t *w = sm_frame_key(sm, f, &n);
    TypedId t = {w[1]};
    uint64_t one = cheapest(value);
    if (one == UINT64_MAX) return GRAM_OK;
    if (w[0] == F_CONST) return open_ways(sm, t, regs, one, out);
    for (uint32_t i = 0; i < value->n; i++) {
        GR_TRY(typed_after(sm, f, value->at[i].verdict, &t));
        GR_TRY(open_ways(sm, t, regs, value->at[i].bytes, out));
    }
    return GRAM_OK;
}

/* The registers of a container when the value above it is complete.  The item
 * that is being written is not counted yet, and what it will be is open: the
 * best is assumed. */
static gram_status frame_regs(Sm *sm, const uint32_t *w, const GrLevel *level,
                              Regs *regs)
{
    TypedId t = {w[1]};
    bool counted, object = sm_typed_at(sm, t)->type == T_OBJECT;
    *regs = (Regs){0};
    if (object) return sm_take_regs(sm, t, 0, level, regs);
    GR_TRY(sm_is_counted(sm, t, &counted));
    /* a counting level gets its item when the frame resumes */
    regs->count = counted ? level->reg[REG_INDEX] + 1 : w[2];
    regs->current = regs->guess = regs->count > 0;
    regs->begun = true;
    return sm_take_regs(sm, t, w[2], level, regs);
}

/* From the ways of the value above a node to those of the node's container. */
static gram_status node_ways(Sm *sm, const GrNode *n, const SmWays *value,
                             SmWays *out)
{
    uint32_t len;
    const uint32_t *w = sm_frame_key(sm, n->frame, &len);
    Regs regs;
    gram_status status = frame_regs(sm, w, &n->level, &regs);
    if (status == GRAM_OK)
        status = sm_resumed_ways(sm, n->frame, value, &regs, out);
    sm_drop_regs(sm, &regs);
    return status;
}

/* Down the stack as long as verdicts matter: to a constant frame, or the end.
 * The nodes below are left to the caller, in *rest: their costs are sums, which
 * a plan keeps. */
static gram_status fold(Sm *sm, SmWays *ways, const GrNode *n, uint64_t *bytes,
                        const GrNode **rest)
{
    for (; n->frame.v != GR_FRAME_BOTTOM; n = n->below) {
        uint32_t len;
        SmWays next = {0};
        if (sm_frame_key(sm, n->frame, &len)[0] != F_VECTOR) break;
        gram_status status = node_ways(sm, n, ways, &next);
        gr_vec_clear(sm->env, ways);
        *ways = next;
        GR_TRY(status);
    }
    *bytes = cheapest(ways);
    *rest = n;
    return GRAM_OK;
}

/* What a node still costs once the value above it is complete, whose verdict is
 * taken to be 0. */
gram_status sm_frame_cost(Sm *sm, const GrNode *n, uint64_t *bytes,
                          const GrNode **rest)
{
    SmWays none = {0}, ways = {0};
    uint32_t len;
    *bytes = 0;
    *rest = n->below;
    if (n->frame.v == GR_FRAME_BOTTOM) return GRAM_OK;
    if (sm_frame_key(sm, n->frame, &len)[0] == F_DONE) return GRAM_OK;
    gram_status status = sm_ways_add(sm->env, &none, (Verdict){0}, 0);
    if (status == GRAM_OK) status = node_ways(sm, n, &none, &ways);
    gr_vec_clear(sm->env, &none);
    if (status == GRAM_OK) status = fold(sm, &ways, n->below, bytes, rest);
    gr_vec_clear(sm->env, &ways);
    return status;
}

/* --- states --------------------------------------------------------------- */

/* A value that nothing is written of has no level of its own yet: its frame
 * is known, and the running level is the container's. */
static gram_status value_frame(Sm *sm, FrameId f, const GrLevel *level,
                               SmWays *ways)
{
    GrNode n = {.frame = f, .level = *level};
    SmWays value = *ways;
    uint32_t len;
    if (sm_frame_key(sm, n.frame, &len)[0] == F_DONE) return GRAM_OK;
    memset(ways, 0, sizeof *ways);
    gram_status status = node_ways(sm, &n, &value, ways);
    gr_vec_clear(sm->env, &value);
    return status;
}

/* The first item of an array, and the rest. */
static gram_status first_ways(Sm *sm, TypedId t, const GrLevel *level,
                              SmWays *out)
{
    Outcome o;
    GR_TRY(sm_first_item(sm, t, &o));
    if (!o.alive) return GRAM_OK;
    GR_TRY(sm_value_ways(sm, o.value, out));
    return value_frame(sm, o.frame, level, out);
}

/* Inside of the run of white space before a bracket or an item of a layout,
 * what comes next is settled. */
static gram_status settled_ways(Sm *sm, const StateKey *k, const GrLevel *level,
                                const Regs *regs, SmWays *out)
{
    TypedId t = {k->a};
    Verdict v;
    bool may;
    switch (k->kind) {
    case S_OPEN: return sm_wait_ways(sm, t, regs, out);
    case S_FIRST: return first_ways(sm, t, level, out);
    default:
        GR_TRY(sm_close_verdict(sm, t, regs, &v, &may));
        return may ? sm_ways_add(sm->env, out, v, 1) : GRAM_OK;
    }
}

static bool is_settled(const Sm *sm, const StateKey *k)
{
    return sm->policy.layout && k->space;
}

/* Of a key the object is that of the node below, and `level` that node's. */
static gram_status object_ways(Sm *sm, const StateKey *k, TypedId t,
                               const GrLevel *level, SmWays *out)
{
    Regs regs = {0};
    GR_TRY(sm_take_regs(sm, t, 0, level, &regs));
    gram_status status = GRAM_OK;
    switch (k->kind) {
    case S_KEY: status = sm_key_ways(sm, (LexId){k->a}, t, &regs, out); break;
    case S_COLON: status = sm_child_ways(sm, t, k->b, &regs, 0, out); break;
    case S_WAIT: status = sm_wait_ways(sm, t, &regs, out); break;
    default:
        status = is_settled(sm, k) ? settled_ways(sm, k, level, &regs, out)
                                   : open_ways(sm, t, &regs, 0, out);
    }
    sm_drop_regs(sm, &regs);
    return status;
}

/* Where items are not counted the position tells how many there are, up to the
 * prefix; beyond that it does not matter. */
static gram_status array_ways(Sm *sm, const StateKey *k, const GrLevel *level,
                              SmWays *out)
{
    TypedId t = {k->a};
    uint32_t pos = k->kind == S_FIRST ? 0 : k->b;
    Regs regs = {.count = pos, .begun = k->kind == S_NEXT};
    bool counted;
    GR_TRY(sm_is_counted(sm, t, &counted));
    if (counted) regs.count = level->reg[REG_INDEX];
    gram_status status = sm_take_regs(sm, t, pos, level, &regs);
    if (status == GRAM_OK)
        status = is_settled(sm, k) ? settled_ways(sm, k, level, &regs, out)
                                   : open_ways(sm, t, &regs, 0, out);
    sm_drop_regs(sm, &regs);
    return status;
}

/* Each verdict by the part of the goal that it meets. */
static gram_status text_ways(Sm *sm, const StateKey *k, const GrLevel *level,
                             SmWays *out)
{
    TypedId t = {k->b};
    const SmEnd *end;
    uint32_t n;
    GR_TRY(sm_ends(sm, t, &end, &n));
    for (uint32_t i = 0; i < n; i++) {
        uint64_t bytes;
        GR_TRY(sm_text_cost(sm, (LexId){k->a}, t,
                            sm_typed_at(sm, end[i].typed)->goal, level,
                            &bytes));
        GR_TRY(sm_ways_add(sm->env, out, end[i].verdict, bytes));
    }
    return GRAM_OK;
}

/* Where no end was among the states tried, all verdicts are guessed to be as
 * near as the nearest end. */
static gram_status number_ways(Sm *sm, const StateKey *k, SmWays *out)
{
    TypedId t = {k->b};
    const SmEnd *end;
    uint32_t n;
    uint64_t nearest;
    GR_TRY(sm_number_ways(sm, k->a, t, out, &nearest));
    GR_TRY(sm_ends(sm, t, &end, &n));
    uint32_t found = out->n;
    for (uint32_t i = 0; i < n && found == 0; i++)
        GR_TRY(sm_ways_add(sm->env, out, end[i].verdict, nearest));
    return GRAM_OK;
}

static gram_status state_ways(Sm *sm, const StateKey *k, const GrLevel *level,
                              SmWays *out)
{
    switch (k->kind) {
    case S_VALUE: return sm_value_ways(sm, (ValueId){k->a}, out);
    case S_LITERAL:
        return sm_ways_add(sm->env, out, (Verdict){k->b},
                           strlen(sm_literals[k->a >> 8]) - (k->a & 255));
    case S_TEXT: return text_ways(sm, k, level, out);
    case S_NUMBER: return number_ways(sm, k, out);
    case S_FIRST:
    case S_NEXT: return array_ways(sm, k, level, out);
    default: return object_ways(sm, k, (TypedId){k->a}, level, out);
    }
}

/* *rest NULL: the text is complete.  A key's node is the object's own, and part
 * of what was weighed: the fold begins below it. */
gram_status sm_cost(Sm *sm, const GrConfig *c, uint64_t *bytes,
                    const GrNode **rest)
{
    StateKey k = sm_state_key(sm, c->state);
    SmWays ways = {0};
    const GrNode *n = c->stack;
    bool key = k.kind == S_KEY;
    *bytes = 0;
    *rest = NULL;
    if (k.kind == S_DONE) return GRAM_OK;
    gram_status status =
        key ? object_ways(sm, &k, sm_key_object(sm, n), &n->level, &ways)
            : state_ways(sm, &k, &c->level, &ways);
    if (status == GRAM_OK && k.kind == S_VALUE)
        status = value_frame(sm, (FrameId){k.b}, &c->level, &ways);
    uint64_t space = sm_missing_space(sm, &k, &c->level);
    for (uint32_t i = 0; i < ways.n; i++)
        ways.at[i].bytes = add(ways.at[i].bytes, space);
    if (status == GRAM_OK)
        status = fold(sm, &ways, key ? n->below : n, bytes, rest);
    gr_vec_clear(sm->env, &ways);
    return status;
}

/* --- dumps ---------------------------------------------------------------- */

static const char *const state_names[] = {
    "value",       "literal",      "string",      "number",
    "object-open", "object-after", "object-wait", "key",
    "colon",       "array-first",  "array-next",  "done"};

static gram_status append(Sm *sm, GrText *out, const char *text)
{
    for (; *text; text++) GR_TRY(gr_vec_push(sm->env, out, *text));
    return GRAM_OK;
}

gram_status sm_print(Sm *sm, StateId s, GrText *out)
{
    StateKey k = sm_state_key(sm, s);
    char line[96];
    snprintf(line, sizeof line, "%s %u %u%s", state_names[k.kind], k.a, k.b,
             k.space ? " in white space" : "");
    return append(sm, out, line);
}

gram_status sm_print_frame(Sm *sm, FrameId f, GrText *out)
{
    static const char *const names[] = {"", "done", "key", "then", "verdict"};
    uint32_t n;
    const uint32_t *w = sm_frame_key(sm, f, &n);
    GR_TRY(append(sm, out, names[w[0]]));
    for (uint32_t i = 1; i < n; i++) {
        char word[16];
        snprintf(word, sizeof word, " %u", w[i]);
        GR_TRY(append(sm, out, word));
    }
    return GRAM_OK;
}
