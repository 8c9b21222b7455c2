/* A function over text atoms as one regular expression, node by node.
 *
 * Expressions have all Boolean operators, so a node is "x and hi, or not x and
 * lo", and the derivatives do the rest: the pattern, the format, the enum and
 * what `not` says of them run as one automaton.  What matters is to write as
 * few complements as possible: each makes an expression whose emptiness has to
 * be searched for.  Where a side implies the other, the test is left out on
 * that side (node_re), and rows of plain alternatives or conditions, which is
 * what most functions are, never become nodes at all (sm_to_re). */
#include "schema/machine.h"

gram_status sm_any_text(Sm *sm, uint32_t low, uint32_t most, ReId *out)
{
    SetId any;
    ReId one;
    GrRange range = {0, 0x10FFFF};
    GR_TRY(gr_set_make(sm->re, &range, 1, &any));
    GR_TRY(gr_re_set(sm->re, any, &one));
    return gr_re_repeat(sm->re, one, low, most, out);
}

/* A goal variable (below ATOM_BASE) stands for what bit[] says; "at least n
 * characters" is any{n,}. */
static gram_status leaf_re(Sm *sm, uint32_t var, const ReId *bit, ReId *out)
{
    if (var < ATOM_BASE) {
        *out = bit[var];
        return GRAM_OK;
    }
    Atom atom = sm_atom_of(sm, var);
    *out = (ReId){atom.a};
    return atom.kind == ATOM_COUNT ? sm_any_text(sm, atom.b, GR_RE_INF, out)
                                   : GRAM_OK;
}

/* a without b; they may have nothing in common.  So of two formats exactly one
 * of which must hold neither is complemented, and of a uuid that is no email
 * the email is not asked for. */
static gram_status without(Sm *sm, ReId a, ReId b, ReId *out)
{
    ReId part[2] = {a, b};
    bool apart;
    *out = a;
    GR_TRY(gr_re_apart(sm->re, a, b, &apart));
    if (apart) return GRAM_OK;
    GR_TRY(gr_re_not(sm->re, b, &part[1]));
    return gr_re_and(sm->re, part, 2, out);
}

/* if x then hi else lo, without the parts that monotony makes needless. */
static gram_status node_re(Sm *sm, BddNode n, ReId x, ReId lo, ReId hi,
                           ReId *out)
{
    bool up, down;
    GR_TRY(gr_bdd_implies(&sm->bdd, n.lo, n.hi, &up));
    GR_TRY(gr_bdd_implies(&sm->bdd, n.hi, n.lo, &down));
    ReId not_hi, part[2] = {hi, lo};
    if (!down && !up) {
        GR_TRY(gr_re_not(sm->re, hi, &not_hi));
        GR_TRY(without(sm, x, not_hi, &part[0]));
    } else if (!down) {
        GR_TRY(gr_re_and(sm->re, (ReId[]){x, hi}, 2, &part[0]));
    }
    if (!up) GR_TRY(without(sm, lo, x, &part[1]));
    return gr_re_or(sm->re, part, 2, out);
}

/* Of a node that was reached before: children come first. */
static ReId image_re(const Sm *sm, Bdd f)
{
    if (f.v == GR_BDD_FALSE) return gr_re_none(sm->re);
    if (f.v == GR_BDD_TRUE) return gr_re_all(sm->re);
    return (ReId){sm->bdd.image.at[f.v]};
}

/* By ascending ids, which is children first.  The images are kept in the
 * diagram's own scratch, so nothing in the loop may begin another pass. */
static gram_status nodes_re(Sm *sm, Bdd f, const ReId *bit, ReId *out)
{
    Bdds *b = &sm->bdd;
    GR_TRY(gr_bdd_reach(b, f));
    for (uint32_t i = 0; i < b->reached.n; i++) {
        uint32_t id = b->reached.at[i];
        BddNode n = gr_bdd_node(b, (Bdd){id});
        ReId x, r;
        GR_TRY(leaf_re(sm, n.var, bit, &x));
        GR_TRY(node_re(sm, n, x, image_re(sm, n.lo), image_re(sm, n.hi), &r));
        b->image.at[id] = r.v;
    }
    *out = image_re(sm, f);
    return GRAM_OK;
}

/* x1 | x2 | ... rest, or x1 & !y1 & ... rest: the conditions that are asked
 * for, those that are ruled out, and the node behind them. */
typedef struct Run {
    GrVec(ReId) yes, no;
    Bdd rest;
} Run;

/* Is the top of the rest one more alternative (or, if not `any`, one more
 * condition)?  Then it goes to one of the lists. */
static gram_status next_of_run(Sm *sm, const ReId *bit, bool any, Run *r,
                               bool *more)
{
    BddNode n = {0};
    ReId x;
    if (r->rest.v >= 2) n = gr_bdd_node(&sm->bdd, r->rest);
    bool yes = gr_bdd_is(any ? n.hi : n.lo, any);
    bool no = !any && gr_bdd_is(n.hi, false);
    *more = r->rest.v >= 2 && (yes || no);
    if (!*more) return GRAM_OK;
    GR_TRY(leaf_re(sm, n.var, bit, &x));
    r->rest = yes == any ? n.lo : n.hi;
    return yes ? gr_vec_push(sm->env, &r->yes, x)
               : gr_vec_push(sm->env, &r->no, x);
}

/* Those ruled out are complemented together: one complement, not one each. */
static gram_status join_run(Sm *sm, const ReId *bit, bool any, Run *r,
                            ReId *out)
{
    ReId rest, none;
    GR_TRY(nodes_re(sm, r->rest, bit, &rest));
    GR_TRY(gr_vec_push(sm->env, &r->yes, rest));
    if (any) return gr_re_or(sm->re, r->yes.at, r->yes.n, out);
    if (r->no.n > 0) {
        GR_TRY(gr_re_or(sm->re, r->no.at, r->no.n, &none));
        GR_TRY(gr_re_not(sm->re, none, &none));
        GR_TRY(gr_vec_push(sm->env, &r->yes, none));
    }
    return gr_re_and(sm->re, r->yes.at, r->yes.n, out);
}

/* A row of alternatives, or of conditions, is made at once: one by one, an
 * expression is made of each beginning of it. */
gram_status sm_to_re(Sm *sm, Bdd f, const ReId *bit, ReId *out)
{
    Run r = {.rest = f};
    bool any = f.v >= 2 && gr_bdd_is(gr_bdd_node(&sm->bdd, f).hi, true);
    bool more = true;
    gram_status status = GRAM_OK;
    while (status == GRAM_OK && more)
        status = next_of_run(sm, bit, any, &r, &more);
    if (status == GRAM_OK) status = join_run(sm, bit, any, &r, out);
    gr_vec_clear(sm->env, &r.yes);
    gr_vec_clear(sm->env, &r.no);
    return status;
}

gram_status sm_text_re(Sm *sm, ConjId conj, ReId *out)
{
    Bdd f;
    GR_TRY(sm_form(sm, conj, T_STRING, &f));
    return sm_to_re(sm, f, NULL, out);
}
