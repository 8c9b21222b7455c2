/* The directives of a Lark grammar: %ignore, %import, options; see lark.h.
 *
 * Each is one statement that begins with a percent sign.  %ignore makes a rule
 * of its own for what it names, and `.skip` takes any of these any number of
 * times: its body is known when the last statement has been read.  %import
 * defines a terminal as if its body stood here; modules other than `common`
 * would be files, which a grammar engine does not open.  What changes the
 * grammar of another file (%override, %extend) or names terminals that only
 * Lark's own caller has (%declare) is refused by its name. */
#include "grammar/lark.h"

/* No name of the text begins with a dot, so these never meet one. */
gram_status gr_lark_dotted(Lark *l, const char *name, RuleId *out)
{
    return gr_rules_name(l->p->r, name, strlen(name), (uint32_t)l->p->at, out);
}

/* A rule of its own for each %ignore.  The number is in the name, its digits
 * backwards, which does no harm: names need only differ. */
static gram_status ignore(Lark *l)
{
    Parser *p = l->p;
    PartId body;
    char name[24] = ".ignore";
    uint32_t i = 7, n = l->ignored.n;
    do name[i++] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    GR_TRY(gr_lark_dotted(l, name, &p->rule));
    uint32_t first = p->r->part.n;
    size_t from = p->at;
    l->terminal = true;
    GR_TRY(gr_lark_body(l, &body));
    if (p->r->part.at[body.v].kind == PART_EMPTY)
        return gr_lark_fail(l, from, "what is ignored is missing");
    l->terminal = false;
    GR_TRY(gr_lark_finish(l, p->rule, first, body));
    return gr_vec_push(p->env, &l->ignored, p->rule.v);
}

/* The body of `.skip` once all are known: any of them, any number of times. */
gram_status gr_lark_define_skip(Lark *l)
{
    Parser *p = l->p;
    PartId body;
    if (l->skip.v == GR_NO_RULE) return GRAM_OK;
    uint32_t first = p->r->part.n;
    p->items.n = 0;
    for (uint32_t i = 0; i < l->ignored.n; i++) {
        RuleId one = {l->ignored.at[i]};
        GR_TRY(gr_part_ref(p->r, 0, one, &body));
        GR_TRY(gr_vec_push(p->env, &p->items, body.v));
    }
    GR_TRY(gr_part_list(p->r, 0, PART_ALT, p->items.at, p->items.n, &body));
    GR_TRY(gr_part_repeat(p->r, 0, body, 0, GR_RE_INF, &body));
    l->terminal = false;
    return gr_lark_finish(l, l->skip, first, body);
}

/* NAME, or NAME -> OTHER where `renamed` is allowed.  As if the terminal were
 * defined here, under its name or its new one. */
static gram_status import_one(Lark *l, bool renamed)
{
    Parser *p = l->p;
    bool terminal, found;
    PartId body;
    size_t at = p->at, n = gr_lark_name(l, at, &terminal), as = at, as_n = n;
    if (n == 0)
        return gr_lark_fail(l, at, "the name of a terminal is expected");
    p->at += n;
    GR_TRY(gr_lark_space(l));
    if (renamed && gr_scan_is(p, "->")) {
        p->at += 2;
        GR_TRY(gr_lark_space(l));
        as = p->at;
        as_n = gr_lark_name(l, as, &terminal);
        if (as_n == 0)
            return gr_lark_fail(l, as, "the name of a terminal is expected");
        p->at += as_n;
    }
    GR_TRY(gr_rules_name(p->r, p->text + as, as_n, (uint32_t)as, &p->rule));
    GR_TRY(gr_rule_define(p, p->rule, as));
    uint32_t first = p->r->part.n;
    GR_TRY(gr_lark_common(l, p->text + at, n, at, &body, &found));
    if (!found)
        return gr_fail(p->env, GRAM_E_REFERENCE, at,
                       "the module common has no terminal %.*s", (int)n,
                       p->text + at);
    l->terminal = true;
    return gr_lark_finish(l, p->rule, first, body);
}

/* (A, B, C); no new names here. */
static gram_status import_list(Lark *l)
{
    Parser *p = l->p;
    do {
        p->at++;
        GR_TRY(gr_lark_space(l));
        GR_TRY(import_one(l, false));
        GR_TRY(gr_lark_space(l));
    } while (gr_peek(p, 0) == ',');
    if (gr_peek(p, 0) != ')') return gr_lark_fail(l, p->at, "a ) is expected");
    p->at++;
    return gr_lark_end_line(l);
}

/* common.NAME or common (A, B); other modules would be files. */
static gram_status import(Lark *l)
{
    Parser *p = l->p;
    bool terminal;
    GR_TRY(gr_lark_space(l));
    size_t from = p->at, n = gr_lark_name(l, from, &terminal);
    if (n == 0)
        return gr_lark_fail(l, from, "the name of a module is expected");
    if (n != 6 || memcmp(p->text + from, "common", 6) != 0)
        return gr_lark_unsupported(l, from, "a module other than common");
    p->at += n;
    GR_TRY(gr_lark_space(l));
    if (gr_peek(p, 0) == '(') return import_list(l);
    if (gr_peek(p, 0) != '.') return gr_lark_fail(l, p->at, "a . is expected");
    p->at++;
    GR_TRY(import_one(l, true));
    return gr_lark_end_line(l);
}

/* {"allow_initial_skip": true}, the one option that means something here. */
static gram_status options(Lark *l)
{
    static const char name[] = "\"allow_initial_skip\"";
    Parser *p = l->p;
    GR_TRY(gr_lark_space(l));
    if (gr_peek(p, 0) != '{') return gr_lark_fail(l, p->at, "a { is expected");
    p->at++;
    GR_TRY(gr_lark_space(l));
    if (!gr_scan_is(p, name))
        return gr_lark_unsupported(l, p->at, "this option");
    p->at += sizeof name - 1;
    GR_TRY(gr_lark_space(l));
    if (gr_peek(p, 0) != ':') return gr_lark_fail(l, p->at, "a : is expected");
    p->at++;
    GR_TRY(gr_lark_space(l));
    l->initial_skip = gr_scan_is(p, "true");
    if (!l->initial_skip && !gr_scan_is(p, "false"))
        return gr_lark_fail(l, p->at, "true or false is expected");
    p->at += l->initial_skip ? 4 : 5;
    GR_TRY(gr_lark_space(l));
    if (gr_peek(p, 0) != '}') return gr_lark_fail(l, p->at, "a } is expected");
    p->at++;
    return gr_lark_end_line(l);
}

/* %ignored is not %ignore.  Those that Lark has and that are not taken are
 * named. */
gram_status gr_lark_directive(Lark *l)
{
    static const struct {
        const char *word;
        gram_status (*read)(Lark *l);
    } known[] = {{"%ignore", ignore},
                 {"%import", import},
                 {"%grammar_options", options},
                 {"%llguidance", options},
                 {"%declare", NULL},
                 {"%override", NULL},
                 {"%extend", NULL}};
    Parser *p = l->p;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].word);
        if (!gr_scan_is(p, known[i].word) || gr_lark_is_word(gr_peek(p, n)))
            continue;
        if (known[i].read == NULL)
            return gr_lark_unsupported(l, p->at, known[i].word);
        p->at += n;
        return known[i].read(l);
    }
    return gr_lark_fail(l, p->at, "a directive that Lark does not have");
}
