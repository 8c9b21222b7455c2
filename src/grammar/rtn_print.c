/* The network as text, and as a graph in the DOT language: a box for each
 * automaton, which calls to others name.
 *
 *     root#0                        rule and number of the automaton
 *       q2 22 -> q3; value#1 -> q4   a move on a byte class, a call
 *       q4 final ~ q9               `~`: goes on as from q9 (loose.c)
 *
 * For people: nothing reads it. */
#include "grammar/machine.h"

/* Bytes of the class as runs of hexadecimal numbers. */
static gram_status print_class(const GrRtn *t, uint32_t cls, GrText *out)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t e = b;
        if (t->classes[b] != cls) continue;
        while (e < 255 && t->classes[e + 1] == cls) e++;
        GR_TRY(
            gr_text_printf(t->env, out, e > b ? " %02x-%02x" : " %02x", b, e));
        b = e;
    }
    return GRAM_OK;
}

/* Moves, then calls in their order, on one line. */
static gram_status print_state(const GrRtn *t, const GrRules *r, uint32_t s,
                               GrText *out)
{
    const RtnState *q = &t->state.at[s];
    char name[100];
    GR_TRY(gr_text_printf(t->env, out, "  q%u%s", s, q->final ? " final" : ""));
    for (uint32_t i = 0; i < q->n_moves; i++) {
        RtnMove m = t->move.at[q->move + i];
        GR_TRY(print_class(t, m.cls, out));
        /* classes that lead to the same state share an arrow */
        bool more = i + 1 < q->n_moves &&
                    t->move.at[q->move + i + 1].to == m.to;
        if (!more) GR_TRY(gr_text_printf(t->env, out, " -> q%u;", m.to));
    }
    for (uint32_t i = 0; i < q->n_calls; i++) {
        RtnCall c = t->call.at[q->call + i];
        if (gr_label_kind(c.label) == LABEL_REGEX) {
            GR_TRY(gr_text_put(t->env, out, " /", 2));
            GR_TRY(gr_re_print(r->re, (ReId){gr_label_value(c.label)}, out));
            GR_TRY(gr_text_printf(t->env, out, "/ -> q%u;", c.back));
            continue;
        }
        uint32_t a = gr_label_value(c.label);
        if (gr_label_kind(c.label) == LABEL_TOKENS) {
            GR_TRY(
                gr_text_printf(t->env, out, " tokens#%u -> q%u;", a, c.back));
            continue;
        }
        uint32_t entry = t->automaton.at[a].entry;
        /* its return state does nothing: not worth printing */
        if (t->automaton.at[a].skips) {
            GR_TRY(gr_text_printf(t->env, out, " ~ q%u;", entry));
            continue;
        }
        gr_rules_spell(r, t->automaton.at[a].rule, name, sizeof name);
        GR_TRY(gr_text_printf(t->env, out, " %s#%u -> q%u;", name, a, c.back));
    }
    return gr_text_put(t->env, out, "\n", 1);
}

/* Automata in the order of their states; pseudo states are not shown. */
gram_status gr_rtn_print(const GrRtn *t, const GrRules *r, GrText *out)
{
    char name[100];
    for (uint32_t s = RTN_PSEUDO; s < t->state.n; s++) {
        uint32_t a = t->state.at[s].owner;
        if (t->automaton.at[a].entry == s) {
            gr_rules_spell(r, t->automaton.at[a].rule, name, sizeof name);
            GR_TRY(gr_text_printf(t->env, out, "%s#%u\n", name, a));
        }
        GR_TRY(print_state(t, r, s, out));
    }
    return GRAM_OK;
}

/* --- dot ------------------------------------------------------------------ */

/* A label may hold rule names (plain) and bytes as hexadecimal numbers. */
static gram_status draw_moves(const GrRtn *t, uint32_t s, GrText *out)
{
    const RtnState *q = &t->state.at[s];
    for (uint32_t i = 0; i < q->n_moves; i++) {
        RtnMove m = t->move.at[q->move + i];
        bool first = i == 0 || t->move.at[q->move + i - 1].to != m.to;
        bool last = i + 1 == q->n_moves ||
                    t->move.at[q->move + i + 1].to != m.to;
        if (first)
            GR_TRY(gr_text_printf(t->env, out, "    q%u -> q%u [label=\"", s,
                                  m.to));
        GR_TRY(print_class(t, m.cls, out));
        if (last) GR_TRY(gr_text_printf(t->env, out, "\"];\n"));
    }
    return GRAM_OK;
}

/* Dashed: what lies between is another box. */
static gram_status draw_calls(const GrRtn *t, const GrRules *r, uint32_t s,
                              GrText *out)
{
    const RtnState *q = &t->state.at[s];
    for (uint32_t i = 0; i < q->n_calls; i++) {
        char name[100];
        RtnCall c = t->call.at[q->call + i];
        uint32_t a = gr_label_value(c.label);
        if (gr_label_kind(c.label) == LABEL_CALL)
            gr_rules_spell(r, t->automaton.at[a].rule, name, sizeof name);
        else
            strcpy(name,
                   gr_label_kind(c.label) == LABEL_REGEX ? "regex" : "tokens");
        GR_TRY(gr_text_printf(
            t->env, out, "    q%u -> q%u [label=\"%s#%u\", style=dashed];\n", s,
            c.back, name, a));
    }
    return GRAM_OK;
}

/* States of an automaton lie together, from its entry on: a box opens with the
 * first and closes behind the last. */
static gram_status draw_state(const GrRtn *t, const GrRules *r, uint32_t s,
                              GrText *out)
{
    const RtnState *q = &t->state.at[s];
    const RtnAuto *a = &t->automaton.at[q->owner];
    char name[100];
    gr_rules_spell(r, a->rule, name, sizeof name);
    if (a->entry == s)
        GR_TRY(gr_text_printf(t->env, out,
                              "  subgraph cluster%u {\n"
                              "    label=\"%s#%u\";\n",
                              q->owner, name, q->owner));
    GR_TRY(gr_text_printf(t->env, out, "    q%u [shape=%s];\n", s,
                          q->final ? "doublecircle" : "circle"));
    GR_TRY(draw_moves(t, s, out));
    GR_TRY(draw_calls(t, r, s, out));
    bool last = s + 1 == t->state.n || t->state.at[s + 1].owner != q->owner;
    return last ? gr_text_printf(t->env, out, "  }\n") : GRAM_OK;
}

/* One graph; the start rule's entry has an arrow from nowhere. */
static gram_status draw(const GrRtn *t, const GrRules *r, GrText *out)
{
    GR_TRY(gr_text_printf(t->env, out,
                          "digraph network {\n  rankdir=LR;\n"
                          "  start [shape=point];\n  start -> q%u;\n",
                          t->automaton.at[0].entry));
    for (uint32_t s = RTN_PSEUDO; s < t->state.n; s++)
        GR_TRY(draw_state(t, r, s, out));
    return gr_text_printf(t->env, out, "}\n");
}

/* The terminals that are regexes: their expressions or their automata. */
static gram_status print_regexes(const GrRules *r, bool states, GrText *out)
{
    /* their automata are built as they are asked, and may have no end */
    enum { MOST_STATES = 1000 };
    for (uint32_t i = 0; i < r->part.n; i++) {
        ReId a = {r->part.at[i].a};
        if (r->part.at[i].kind != PART_REGEX) continue;
        if (states) {
            GR_TRY(gr_re_print_states(r->re, a, MOST_STATES, out));
        } else {
            GR_TRY(gr_re_print(r->re, a, out));
            GR_TRY(gr_text_printf(r->env, out, "\n"));
        }
    }
    return GRAM_OK;
}

/* GRAM_E_ARGUMENT: not a stage of this machine, which the caller may know
 * otherwise (the tables' "pda" and "dot", api/grammar.c). */
gram_status gr_machine_print_stage(void *machine, const char *stage,
                                   GrText *out)
{
    MachineA *m = machine;
    bool dfa = strcmp(stage, "dfa") == 0;
    if (dfa || strcmp(stage, "regex") == 0)
        return print_regexes(&m->rules, dfa, out);
    if (strcmp(stage, "rules") == 0) return gr_rules_print(&m->rules, out);
    if (strcmp(stage, "rtn") == 0) return gr_rtn_print(&m->rtn, &m->rules, out);
    return strcmp(stage, "dot") == 0 ? draw(&m->rtn, &m->rules, out)
                                     : GRAM_E_ARGUMENT;
}
