/* From a text to machine A: the order of the stages, and the report.
 *
 *     parse -> facts -> nfa -> left corners -> rtn -> start state
 *
 * Only rules, network and stacks live on; the stages between are freed.
 *
 * Late automata (left.h) are the exception: while there are any, the automata
 * stay too, to make loops of when they are called.  The caller's text and
 * options need not outlive the call; tokens are asked about only during it. */
#include "grammar/grammar.h"

#include "grammar/machine.h"

/* EBNF is two notations under one name. */
static const Dialect *dialect_of(gram_kind kind, const char *text, size_t len)
{
    if (kind == GRAM_KIND_GBNF) return &gr_dialect_gbnf;
    if (kind == GRAM_KIND_LARK) return &gr_dialect_lark;
    return gr_dialect_of_ebnf(text, len);
}

/* A bare regex is a grammar of one rule with one terminal.  The whole text must
 * match unless searching was asked for; flags that are for this room's tests
 * are no regex flags. */
static gram_status read_regex(GrRules *r, const char *text, size_t len,
                              uint32_t flags)
{
    ReId expr;
    PartId part;
    /* annex_b: the pattern is not one of Unicode mode, and was read as old
     * engines read it */
    bool none, annex_b = false;
    flags &= ~(GR_GRAMMAR_LOOSE | GR_GRAMMAR_LISTS);
    flags = flags & GR_GRAMMAR_SEARCH ? flags & ~GR_GRAMMAR_SEARCH
                                      : flags | GR_RE_WHOLE;
    GR_TRY(gr_re_parse(r->re, text, len, flags, &expr, &annex_b));
    GR_TRY(gr_re_is_none(r->re, expr, &none));
    if (none)
        return gr_fail(r->env, GRAM_E_EMPTY, 0,
                       "no string matches the whole pattern");
    if (annex_b)
        GR_TRY(gr_report_add(r->env, r->report, GRAM_REPORT_ANNOTATION, "regex",
                             "", "not valid with the u flag; read by Annex B"));
    GR_TRY(gr_rules_name(r, "regex", 5, 0, &r->start));
    GR_TRY(gr_part_regex(r, 0, expr, &part));
    Rule *rule = &r->rule.at[r->start.v];
    rule->defined = true;
    rule->body = part;
    rule->first = part.v;
    return GRAM_OK;
}

/* The report says which EBNF it was: where it was not the one meant, this is
 * where one would look. */
static gram_status read_rules(GrRules *r, gram_kind kind, const char *text,
                              size_t len, const gram_options *opt)
{
    const Dialect *d = dialect_of(kind, text, len);
    if (kind == GRAM_KIND_REGEX)
        return read_regex(r, text, len, opt ? opt->regex_flags : 0);
    if (kind == GRAM_KIND_EBNF)
        GR_TRY(gr_report_add(r->env, r->report, GRAM_REPORT_ANNOTATION,
                             "dialect", "", d->name));
    return gr_rules_parse(r, d, text, len, opt ? opt->start : NULL);
}

/* Warnings, not errors: grammars in use have such rules, and they change
 * nothing. */
static gram_status report_useless(const GrRules *r, const GrFacts *f)
{
    char name[100];
    for (uint32_t i = 0; i < r->rule.n; i++) {
        uint32_t body = r->rule.at[i].body.v;
        bool dead = !gr_bit_get(f->productive, body);
        if (!dead && f->rule[i].reachable) continue;
        gr_rules_spell(r, (RuleId){i}, name, sizeof name);
        GR_TRY(gr_report_add(r->env, r->report, GRAM_REPORT_WARNING, "rule",
                             name,
                             dead ? "derives no string; left out"
                                  : "is not reachable from the start rule"));
    }
    return GRAM_OK;
}

/* The last point at which the language may be found empty; everything behind it
 * can reach an end. */
static gram_status build_network(MachineA *m, const GrFacts *f, bool loose)
{
    uint32_t body = m->rules.rule.at[m->rules.start.v].body.v;
    GR_TRY(report_useless(&m->rules, f));
    if (!gr_bit_get(f->productive, body))
        return gr_rules_fail(&m->rules, GRAM_E_EMPTY, m->rules.start,
                             "derives no string");
    GR_TRY(gr_nfa_build(m->env, &m->rules, f, &m->nfa));
    GR_TRY(gr_left_init(&m->nfa, loose, &m->left));
    gram_status status = gr_rtn_build(m->env, &m->left, loose, &m->rtn);
    m->nfa.f = NULL; /* which ends here */
    if (status != GRAM_OK || m->left.any_late) return status;
    gr_left_clear(&m->left);
    gr_nfa_clear(&m->nfa);
    return GRAM_OK;
}

/* `facts` refer to the rules and end here. */
static gram_status build_machine(MachineA *m, gram_kind kind, const char *text,
                                 size_t len, const gram_options *opt,
                                 GrPda *pda)
{
    GrFacts facts;
    GR_TRY(read_rules(&m->rules, kind, text, len, opt));
    gram_status status = gr_facts_init(m->env, &m->rules, &facts);
    bool loose = opt && opt->regex_flags & GR_GRAMMAR_LOOSE;
    if (status == GRAM_OK) status = build_network(m, &facts, loose);
    gr_facts_clear(&facts);
    GR_TRY(status);
    GR_TRY(gr_stacks_init(m->env, &m->rtn, m->rules.re, &m->stacks));
    if (opt && opt->regex_flags & GR_GRAMMAR_LISTS) m->stacks.allowance = 0;
    return gr_machine_start(m, pda);
}

/* The machine is one block with everything in it, and belongs to the pda once
 * all has gone well; before that it is freed here, and what it told the pda of
 * tokens is taken back. */
gram_status gr_grammar_compile_for(GrEnv *env, gram_kind kind, const char *text,
                                   size_t len, const gram_options *opt,
                                   const GrTokenNames *tokens, GrPda *pda,
                                   GrReport *report)
{
    if (kind != GRAM_KIND_EBNF && kind != GRAM_KIND_GBNF &&
        kind != GRAM_KIND_LARK && kind != GRAM_KIND_REGEX)
        return gr_fail(env, GRAM_E_UNSUPPORTED, GR_NOWHERE,
                       "a kind of grammar that is not read yet");
    MachineA *m = gr_zalloc(env, 1, sizeof *m);
    if (m == NULL) return GRAM_E_MEMORY;
    m->env = m->rtn.env = m->stacks.env = m->nfa.env = env;
    gram_status status = gr_rules_init(env, report, &m->rules);
    m->rules.tokens = tokens;
    if (status == GRAM_OK) status = build_machine(m, kind, text, len, opt, pda);
    m->rules.tokens = NULL;
    if (status == GRAM_OK) {
        gr_pda_set_machine(pda, &gr_machine_a, m);
        return GRAM_OK;
    }
    gr_pda_set_tokens(pda, NULL, 0, 0, GR_NO_CLASS);
    gr_machine_free(m);
    return status;
}

gram_status gr_grammar_compile(GrEnv *env, gram_kind kind, const char *text,
                               size_t len, const gram_options *opt, GrPda *pda,
                               GrReport *report)
{
    return gr_grammar_compile_for(env, kind, text, len, opt, NULL, pda, report);
}

gram_status gr_grammar_print(GrPda *pda, const char *stage, GrText *out)
{
    return gr_pda_print_stage(pda, stage, out);
}
