/* A - B of W3C grammars, A & B and ~A of Lark terminals.
 *
 * Context-free languages are not closed under these, regular ones are: both
 * sides become expressions of the regex room, where difference is intersection
 * with a complement.  A side that is recursive is refused.
 *
 *     rule D = . . [A] . [B] [A - B] . body      parts, children first
 *                   \    /      |
 *                   found backwards from it, then given expressions forwards
 *
 * Parts of a rule lie children first, so one pass over a rule's parts gives
 * every part its expression, provided that the rules it names have theirs: an
 * explicit stack of rules sees to that, and meets a rule that is still open
 * exactly when it is recursive.  Cost: every part that a side needs, once for a
 * rule that is named, and once more for each part with sides. */
#include "grammar/rules.h"

typedef enum Progress { UNSEEN, OPEN, DONE } Progress;

typedef struct Except {
    GrRules *r;
    uint32_t *expr; /* of each part of a finished rule */
    uint8_t *rule;  /* Progress of each rule */
    GrVec(uint32_t) stack;
    GrVec(ReId) list; /* scratch */
} Except;

/* Of a part that has been finished. */
static ReId expr_of(const Except *x, uint32_t part)
{
    return (ReId){x->expr[part]};
}

/* From the last child on: the regex room keeps concatenations as nested pairs
 * that lean to the right. */
static gram_status of_list(Except *x, const Part *p, ReId *out)
{
    const uint32_t *kid = x->r->kid.at + p->a;
    x->list.n = 0;
    *out = gr_re_eps(x->r->re);
    for (uint32_t i = p->b; i-- > 0;) {
        ReId e = expr_of(x, kid[i]);
        if (p->kind == PART_ALT)
            GR_TRY(gr_vec_push(x->r->env, &x->list, e));
        else
            GR_TRY(gr_re_cat(x->r->re, e, *out, out));
    }
    if (p->kind == PART_SEQ) return GRAM_OK;
    return gr_re_or(x->r->re, x->list.at, x->list.n, out);
}

/* p->c is what nfa.c takes for the part.  Whether it is empty is asked here
 * once, so that later stages can tell by comparing with "none". */
static gram_status combine(Except *x, Part *p, ReId *out)
{
    ReId pair[2] = {expr_of(x, p->a)};
    if (p->kind == PART_NOT) {
        GR_TRY(gr_re_not(x->r->re, pair[0], out));
    } else {
        pair[1] = expr_of(x, p->b);
        if (p->kind == PART_EXCEPT)
            GR_TRY(gr_re_not(x->r->re, pair[1], &pair[1]));
        GR_TRY(gr_re_and(x->r->re, pair, 2, out));
    }
    bool none;
    GR_TRY(gr_re_is_none(x->r->re, *out, &none));
    if (none) *out = gr_re_none(x->r->re);
    p->c = out->v;
    return GRAM_OK;
}

/* The switch is total: what stands for one token by its id is no set of texts,
 * and is refused. */
static gram_status of_part(Except *x, uint32_t id, ReId *out)
{
    Part *p = &x->r->part.at[id];
    GrRe *re = x->r->re;
    GR_TRY(gr_step(x->r->env, 1));
    switch ((PartKind)p->kind) {
    case PART_EMPTY: *out = gr_re_eps(re); return GRAM_OK;
    case PART_SET: return gr_re_set(re, (SetId){p->a}, out);
    case PART_TEXT: return gr_re_text(re, x->r->text.at + p->a, p->b, out);
    case PART_SEQ:
    case PART_ALT: return of_list(x, p, out);
    case PART_REF:
        *out = expr_of(x, x->r->rule.at[p->a].body.v);
        return GRAM_OK;
    case PART_REPEAT:
        return gr_re_repeat(re, expr_of(x, p->a), p->b, p->c, out);
    case PART_REGEX: *out = (ReId){p->a}; return GRAM_OK;
    case PART_EXCEPT:
    case PART_AND:
    case PART_NOT: return combine(x, p, out);
    case PART_TOKENS: break;
    }
    return gr_fail(x->r->env, GRAM_E_UNSUPPORTED, p->at,
                   "not taken: a token inside of A - B, A & B or ~A");
}

/* The rule that a reference names must be done first: push it, unless it is.
 * Open means that it is waiting for the one that refers to it now. */
static gram_status want_rule(Except *x, const Part *p)
{
    uint8_t *state = &x->rule[p->a];
    if (*state == DONE) return GRAM_OK;
    if (*state == OPEN)
        return gr_fail(x->r->env, GRAM_E_UNSUPPORTED, p->at,
                       "not taken: a side of A - B, A & B or ~A that is "
                       "recursive");
    return gr_vec_push(x->r->env, &x->stack, p->a);
}

/* All references of a rule, also those beside a difference: the whole rule is
 * what was named. */
static gram_status push_named(Except *x, const Rule *rule)
{
    for (uint32_t i = rule->first; i <= rule->body.v; i++)
        if (x->r->part.at[i].kind == PART_REF)
            GR_TRY(want_rule(x, &x->r->part.at[i]));
    return GRAM_OK;
}

/* Rules that these parts name are done. */
static gram_status finish_parts(Except *x, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i <= to; i++) {
        ReId e;
        GR_TRY(of_part(x, i, &e));
        x->expr[i] = e.v;
    }
    return GRAM_OK;
}

/* Give expressions to all parts of the rules on the stack.  A rule is looked at
 * twice: first its references are pushed, then, once these have come off again,
 * its parts are finished. */
static gram_status run(Except *x)
{
    while (x->stack.n > 0) {
        uint32_t id = x->stack.at[x->stack.n - 1], before = x->stack.n;
        const Rule *rule = &x->r->rule.at[id];
        if (x->rule[id] == UNSEEN) {
            x->rule[id] = OPEN;
            GR_TRY(push_named(x, rule));
            if (x->stack.n > before) continue;
        }
        if (x->rule[id] == OPEN)
            GR_TRY(finish_parts(x, rule->first, rule->body.v));
        x->rule[id] = DONE;
        x->stack.n--;
    }
    return GRAM_OK;
}

/* The parts below `id`, inside its rule, come right before it: mark them
 * backwards in `expr` (1: wanted) and push the rules that they name. */
static gram_status resolve_part(Except *x, const Rule *rule, uint32_t id)
{
    const GrRules *r = x->r;
    GR_TRY(gr_step(r->env, id + 1 - rule->first));
    memset(x->expr + rule->first, 0, (id + 1 - rule->first) * sizeof *x->expr);
    x->expr[id] = 1;
    uint32_t least = id;
    for (uint32_t i = id + 1; i-- > rule->first;) {
        const Part *p = &r->part.at[i];
        if (x->expr[i] != 1) continue;
        least = i;
        if (p->kind == PART_REF) GR_TRY(want_rule(x, p));
        if (p->kind == PART_REPEAT || gr_part_is_resolved(p)) x->expr[p->a] = 1;
        if (p->kind == PART_EXCEPT || p->kind == PART_AND) x->expr[p->b] = 1;
        if (p->kind != PART_SEQ && p->kind != PART_ALT) continue;
        for (uint32_t k = 0; k < p->b; k++) x->expr[r->kid.at[p->a + k]] = 1;
    }
    /* `expr` is needed for the answers; the marks must survive until they
     * come */
    uint8_t *wanted = gr_zalloc(r->env, id + 1 - least, 1);
    if (wanted == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = least; i <= id; i++) wanted[i - least] = x->expr[i] == 1;
    gram_status status = run(x);
    for (uint32_t i = least; i <= id && status == GRAM_OK; i++) {
        ReId e;
        if (!wanted[i - least]) continue;
        status = of_part(x, i, &e);
        x->expr[i] = e.v;
    }
    gr_free(r->env, wanted, id + 1 - least);
    return status;
}

/* From the last part back: a difference inside of a side is then resolved with
 * the outer one.  The rule itself is open meanwhile, so that a side which names
 * it is found to be recursive; it is not done by this, for other parts of it
 * may well name rules that are recursive. */
static gram_status resolve_rule(Except *x, uint32_t id)
{
    const Rule *rule = &x->r->rule.at[id];
    if (x->rule[id] == DONE || !rule->defined) return GRAM_OK;
    for (uint32_t i = rule->body.v + 1; i-- > rule->first;) {
        const Part *p = &x->r->part.at[i];
        if (!gr_part_is_resolved(p) || p->c != gr_re_none(x->r->re).v) continue;
        x->rule[id] = OPEN;
        x->stack.n = 0;
        GR_TRY(resolve_part(x, rule, i));
        if (x->rule[id] == OPEN) x->rule[id] = UNSEEN;
    }
    return GRAM_OK;
}

/* Grammars without any pay one look at each part. */
gram_status gr_rules_resolve(GrRules *r)
{
    bool any = false;
    for (uint32_t i = 0; i < r->part.n; i++)
        any |= gr_part_is_resolved(&r->part.at[i]);
    if (!any) return GRAM_OK;
    Except x = {.r = r};
    gram_status status = GRAM_E_MEMORY;
    x.expr = gr_zalloc(r->env, r->part.n, sizeof *x.expr);
    x.rule = gr_zalloc(r->env, r->rule.n, 1);
    if (x.expr != NULL && x.rule != NULL) status = GRAM_OK;
    for (uint32_t i = 0; i < r->rule.n && status == GRAM_OK; i++)
        status = resolve_rule(&x, i);
    gr_free(r->env, x.expr, r->part.n * sizeof *x.expr);
    gr_free(r->env, x.rule, r->rule.n);
    gr_vec_clear(r->env, &x.stack);
    gr_vec_clear(r->env, &x.list);
    return status;
}
