/* The automaton of a term as text, for `dump --stage=dfa`:
 *
 *     s0  a b{2} (a|c)          the state and what must follow
 *         a -> s1               characters, and where they lead
 *     s4 final  eps
 *
 * Breadth first from the term; a state is a derivative, the empty one is left
 * out.  All characters that lead to one state are one line. */
#include "regex/re_pool.h"

typedef struct Dump {
    GrRe *re;
    GrText *out;
    ReVec order;  /* states, as ReIds */
    GrMap number; /* ReId -> place in `order` */
    ReVec to;     /* [classes] of the state at hand: ReIds */
} Dump;

static gram_status number_of(Dump *d, ReId a, uint32_t *out)
{
    uint32_t *known = gr_map_find(&d->number, a.v);
    *out = known ? *known : d->order.n;
    if (known) return GRAM_OK;
    GR_TRY(gr_map_put(d->re->env, &d->number, a.v, d->order.n));
    return gr_vec_push(d->re->env, &d->order, a.v);
}

/* The characters of all classes from `cls` on that lead where it does; those
 * classes are then done. */
static gram_status take_chars(Dump *d, RePart *p, uint32_t cls, ReId *out)
{
    uint32_t to = d->to.at[cls], n = 0;
    ReVec sets = {0};
    SetId all;
    gram_status s = gr_vec_reserve(d->re->env, &sets, p->n_classes);
    for (uint32_t c = cls; c < p->n_classes && s == GRAM_OK; c++) {
        SetId one;
        if (d->to.at[c] != to) continue;
        d->to.at[c] = RE_NONE;
        s = gr_re_part_set(d->re, p, c, &one);
        sets.at[n++] = one.v;
    }
    if (s == GRAM_OK) s = gr_set_or_all(d->re, (const SetId *)sets.at, n, &all);
    gr_vec_clear(d->re->env, &sets);
    return s == GRAM_OK ? gr_re_set(d->re, all, out) : s;
}

static gram_status print_moves(Dump *d, RePart *p)
{
    for (uint32_t c = 1; c < p->n_classes; c++) {
        ReId to = {d->to.at[c]}, chars;
        uint32_t number;
        if (to.v == RE_NONE) continue;
        GR_TRY(number_of(d, to, &number));
        GR_TRY(take_chars(d, p, c, &chars));
        GR_TRY(gr_text_printf(d->re->env, d->out, "    "));
        GR_TRY(gr_re_print(d->re, chars, d->out));
        GR_TRY(gr_text_printf(d->re->env, d->out, " -> s%u\n", number));
    }
    return GRAM_OK;
}

static gram_status print_state(Dump *d, uint32_t i)
{
    ReId a = {d->order.at[i]}, to;
    uint32_t part;
    const char *final = gr_re_nullable(d->re, a) ? " final" : "";
    GR_TRY(gr_text_printf(d->re->env, d->out, "s%u%s  ", i, final));
    GR_TRY(gr_re_print(d->re, a, d->out));
    GR_TRY(gr_text_printf(d->re->env, d->out, "\n"));
    GR_TRY(gr_re_part(d->re, a, &part));
    RePart *p = gr_re_part_get(d->re, part);
    GR_TRY(gr_re_part_firsts(d->re, p));
    d->to.n = 0;
    GR_TRY(gr_vec_push(d->re->env, &d->to, RE_NONE));
    for (uint32_t c = 1; c < p->n_classes; c++) {
        bool none;
        GR_TRY(gr_re_derive(d->re, a, p->first[c], &to));
        GR_TRY(gr_re_is_none(d->re, to, &none));
        GR_TRY(gr_vec_push(d->re->env, &d->to, none ? RE_NONE : to.v));
    }
    return print_moves(d, p);
}

static gram_status run(Dump *d, ReId a, uint32_t most)
{
    uint32_t first, i;
    GR_TRY(number_of(d, a, &first));
    for (i = 0; i < d->order.n && i < most; i++) GR_TRY(print_state(d, i));
    if (i == d->order.n) return GRAM_OK;
    return gr_text_printf(d->re->env, d->out, "... at least %u more states\n",
                          d->order.n - i);
}

gram_status gr_re_print_states(GrRe *re, ReId a, uint32_t most, GrText *out)
{
    Dump d = {.re = re, .out = out};
    gram_status s = run(&d, a, most);
    gr_vec_clear(re->env, &d.order);
    gr_vec_clear(re->env, &d.to);
    gr_map_clear(re->env, &d.number);
    return s;
}
