/* A function over text atoms as one regular expression, node by node. */
#include "schema/machine.h"

static gram_status leaf_re(Sm *sm, uint32_t var, const ReId *bit, ReId *out)
{
    if (var < ATOM_BASE) {
        *out = bit[var];
        return GRAM_OK;
    }
    Atom atom = sm_atom_of(sm, var);
    *out = (ReId){atom.a};
    if (atom.kind != ATOM_COUNT) return GRAM_OK;
    SetId any;
    ReId one;
    GrRange range = {0, 0x10FFFF};
    GR_TRY(gr_set_make(sm->re, &range, 1, &any));
    GR_TRY(gr_re_set(sm->re, any, &one));
    return gr_re_repeat(sm->re, one, atom.b, GR_RE_INF, out);
}

/* if x then hi else lo, without the parts that monotony makes needless. */
static gram_status node_re(Sm *sm, BddNode n, ReId x, ReId lo, ReId hi,
                           ReId *out)
{
    bool up, down;
    GR_TRY(gr_bdd_implies(&sm->bdd, n.lo, n.hi, &up));
    GR_TRY(gr_bdd_implies(&sm->bdd, n.hi, n.lo, &down));
    ReId not_x, part[2] = {hi, lo};
    if (!down) {
        ReId both[2] = {x, hi};
        GR_TRY(gr_re_and(sm->re, both, 2, &part[0]));
    }
    if (!up) {
        GR_TRY(gr_re_not(sm->re, x, &not_x));
        ReId both[2] = {not_x, lo};
        GR_TRY(gr_re_and(sm->re, both, 2, &part[1]));
    }
    return gr_re_or(sm->re, part, 2, out);
}

static ReId image_re(const Sm *sm, Bdd f)
{
    if (f.v == GR_BDD_FALSE) return gr_re_none(sm->re);
    if (f.v == GR_BDD_TRUE) return gr_re_all(sm->re);
    return (ReId){sm->bdd.image.at[f.v]};
}

gram_status sm_to_re(Sm *sm, Bdd f, const ReId *bit, ReId *out)
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

gram_status sm_text_re(Sm *sm, ConjId conj, ReId *out)
{
    Bdd f;
    GR_TRY(sm_form(sm, conj, T_STRING, &f));
    return sm_to_re(sm, f, NULL, out);
}
