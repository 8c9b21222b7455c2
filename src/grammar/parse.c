/* Rules and bodies: one parser for all dialects, with an explicit stack.
 *
 * A body is read left to right.  Each open group has its running sequence
 * and its finished alternatives on two shared stacks:
 *
 *     items   a b | c          groups  { items 0, alts 0 }   the body
 *             ^ group 0 ^ 1            { items 2, alts 0 }   ( c ...
 *
 * Where newlines mean nothing, a rule ends where the next `name ::=` begins,
 * which takes one look ahead at every name.
 *
 * A part is made when it is complete, and so after its children, which is the
 * order that GrRules promises.  A postfix, a - or an & takes the
 * finished part before it off the stacks.  Cost: linear, but for that look
 * ahead (a name, blanks and comments). */
#include "grammar/parse.h"

/* An error that is the text's, at an offset of it. */
static gram_status bad(Parser *p, size_t at, const char *what)
{
    return gr_fail(p->env, GRAM_E_SYNTAX, at, "%s", what);
}

/* There is always one while a body is read; it moves when groups are opened. */
static Group *top(Parser *p)
{
    return &p->groups.at[p->groups.n - 1];
}

/* --- groups and sequences ------------------------------------------------- */

/* `at` is for the error when it is never closed. */
gram_status gr_group_open(Parser *p, size_t at, bool lookahead)
{
    Group g = {.items = p->items.n,
               .alts = p->alts.n,
               .at = (uint32_t)at,
               .lookahead = lookahead};
    p->can_repeat = false;
    p->fresh = true;
    return gr_vec_push(p->env, &p->groups, g);
}

/* Both sides of an A - B are there: make it one item.  That waits until the
 * next element begins or the sequence ends, for a postfix binds tighter: A - B*
 * is A - (B*).  g->minus is the left side's place + 1, and thus the right
 * side's place. */
static gram_status settle(Parser *p)
{
    Group *g = top(p);
    PartId part;
    if (g->minus == 0) return GRAM_OK;
    if (p->items.n <= g->minus)
        return bad(p, p->at, "what follows - is missing");
    uint32_t *pair = p->items.at + g->minus - 1;
    GR_TRY(gr_part_except(p->r, p->r->part.at[pair[0]].at, (PartId){pair[0]},
                          (PartId){pair[1]}, &part));
    pair[0] = part.v;
    p->items.n--;
    g->minus = 0;
    return GRAM_OK;
}

/* The running sequence as one part, joined with what precedes an &. */
static gram_status sequence(Parser *p, PartId *part)
{
    Group *g = top(p);
    if (p->items.n == g->items && g->conj != 0)
        return bad(p, p->at, "what follows & is missing");
    GR_TRY(gr_part_list(p->r, (uint32_t)p->at, PART_SEQ, p->items.at + g->items,
                        p->items.n - g->items, part));
    p->items.n = g->items;
    uint32_t left = g->conj;
    g->conj = 0;
    if (left == 0) return GRAM_OK;
    return gr_part_and(p->r, p->r->part.at[left - 1].at, (PartId){left - 1},
                       *part, part);
}

/* The running sequence becomes an alternative.  A lookahead alone is no empty
 * alternative: it was written down. */
static gram_status close_sequence(Parser *p)
{
    PartId part;
    GR_TRY(settle(p));
    Group *g = top(p);
    if (p->items.n == g->items && !p->d->empty_alternative && !g->sealed)
        return bad(p, p->at, "an empty alternative; write \"\"");
    GR_TRY(sequence(p, &part));
    top(p)->sealed = false;
    return gr_vec_push(p->env, &p->alts, part.v);
}

/* & binds tighter than |, looser than a sequence: what stands left of it in
 * this alternative is its left side.  A & B & C is read from the left. */
gram_status gr_group_conjunct(Parser *p)
{
    PartId part;
    if (p->items.n == top(p)->items)
        return bad(p, p->at, "what precedes & is missing");
    GR_TRY(sequence(p, &part));
    top(p)->conj = part.v + 1;
    p->can_repeat = false;
    p->at++;
    return GRAM_OK;
}

/* () is the empty string in every dialect; an empty body only where there are
 * empty alternatives. */
gram_status gr_group_close(Parser *p, PartId *out)
{
    Group *g = top(p);
    bool blank = p->items.n == g->items && p->alts.n == g->alts && !g->sealed &&
                 g->conj == 0;
    if (blank && p->groups.n > 1 && g->minus == 0) {
        GR_TRY(gr_part_empty(p->r, g->at, out));
    } else {
        GR_TRY(close_sequence(p));
        g = top(p);
        GR_TRY(gr_part_list(p->r, g->at, PART_ALT, p->alts.at + g->alts,
                            p->alts.n - g->alts, out));
    }
    p->alts.n = g->alts;
    p->groups.n--;
    return GRAM_OK;
}

/* Take a part as the next item of the running sequence. */
gram_status gr_group_add(Parser *p, PartId part)
{
    p->can_repeat = true;
    p->fresh = false;
    return gr_vec_push(p->env, &p->items, part.v);
}

/* --- elements ------------------------------------------------------------- */

/* What comes next must not be taken into an A - B that is complete. */
static gram_status before_element(Parser *p)
{
    if (top(p)->sealed)
        return bad(p, p->at, "a lookahead must end its alternative");
    Group *g = top(p);
    return p->items.n > g->minus ? settle(p) : GRAM_OK;
}

/* Names that XGrammar gives a meaning when a ( follows. */
static bool is_macro(const char *name, size_t n)
{
    static const char *const macros[] = {"TagDispatch", "TokenTagDispatch",
                                         "Regex",       "Substring",
                                         "Token",       "ExcludeToken"};
    for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
        if (strlen(macros[i]) == n && memcmp(macros[i], name, n) == 0)
            return true;
    return false;
}

/* The rule need not be defined yet: check_defined looks at the end.  In
 * XGrammar true and false are no names. */
static gram_status reference(Parser *p, PartId *out)
{
    size_t from = p->at, n = gr_scan_name(p, from);
    const char *name = p->text + from;
    RuleId rule;
    p->at += n;
    if (p->d->macros && is_macro(name, n)) {
        GR_TRY(gr_scan_space(p, true));
        if (gr_peek(p, 0) == '(')
            return gr_fail(p->env, GRAM_E_UNSUPPORTED, from,
                           "not taken: the macro %.*s(...)", (int)n, name);
        /* a rule may be called like a macro, as long as no ( follows */
        p->at = from + n;
    }
    if (p->d->macros && ((n == 4 && memcmp(name, "true", 4) == 0) ||
                         (n == 5 && memcmp(name, "false", 5) == 0)))
        return bad(p, from, "a boolean where an element is expected");
    GR_TRY(gr_rules_name(p->r, name, n, (uint32_t)from, &rule));
    return gr_part_ref(p->r, (uint32_t)from, rule, out);
}

/* The part of a lookahead stays behind unused; the report says so. */
static gram_status close_paren(Parser *p)
{
    PartId part;
    bool lookahead = top(p)->lookahead;
    if (p->groups.n == 1) return bad(p, p->at, "a ) that closes nothing");
    GR_TRY(gr_group_close(p, &part));
    p->at++;
    if (!lookahead) return gr_group_add(p, part);
    top(p)->sealed = true;
    p->can_repeat = p->fresh = false;
    char name[100];
    return gr_report_add(p->env, p->r->report, GRAM_REPORT_ANNOTATION,
                         "lookahead",
                         gr_rules_spell(p->r, p->rule, name, sizeof name),
                         "(=...) does not constrain the text");
}

/* (= opens a lookahead, where there are any. */
static gram_status open_paren(Parser *p)
{
    size_t from = p->at++;
    bool lookahead = p->d->lookahead && gr_peek(p, 0) == '=';
    if (lookahead) p->at++;
    return gr_group_open(p, from, lookahead);
}

/* Applied to the last item, which gr_part_repeat may fold into. */
gram_status gr_group_postfix(Parser *p)
{
    static const struct {
        char c;
        uint32_t lo, hi;
    } simple[] = {{'*', 0, GR_RE_INF}, {'+', 1, GR_RE_INF}, {'?', 0, 1}};
    size_t from = p->at;
    uint32_t lo = 0, hi = 0;
    PartId part;
    if (!p->can_repeat)
        return bad(p, from, "a repeat that has nothing to repeat");
    if (gr_peek(p, 0) == '{') {
        GR_TRY(gr_scan_counts(p, &lo, &hi));
    } else {
        for (int i = 0; i < 3; i++) {
            if (simple[i].c != gr_peek(p, 0)) continue;
            lo = simple[i].lo;
            hi = simple[i].hi;
        }
        p->at++;
    }
    uint32_t *last = p->items.at + p->items.n - 1;
    GR_TRY(
        gr_part_repeat(p->r, (uint32_t)from, (PartId){*last}, lo, hi, &part));
    *last = part.v;
    p->can_repeat = p->d->stacking;
    return GRAM_OK;
}

/* A - B - C is (A - B) - C. */
static gram_status minus(Parser *p)
{
    GR_TRY(before_element(p));
    GR_TRY(settle(p));
    if (p->items.n == top(p)->items)
        return bad(p, p->at, "what precedes - is missing");
    top(p)->minus = p->items.n;
    p->can_repeat = false;
    p->at++;
    return GRAM_OK;
}

/* What begins with its first character; false if nothing does. */
static bool is_element(const Parser *p)
{
    int c = gr_peek(p, 0), next = gr_peek(p, 1);
    const Dialect *d = p->d;
    return c == '"' || (c == '\'' && d->quote) || c == '[' ||
           (c == '.' && d->dot) || (c == '#' && d->code_point && next == 'x') ||
           (d->tokens && (c == '<' || (c == '!' && next == '<'))) ||
           gr_scan_name(p, p->at) > 0;
}

/* Asks for the first character once more, since not all of them lead to one
 * scanner in all dialects. */
static gram_status element(Parser *p)
{
    PartId part;
    int c = gr_peek(p, 0);
    GR_TRY(before_element(p));
    if (c == '"' || c == '\'')
        GR_TRY(gr_scan_literal(p, &part));
    else if (c == '[')
        GR_TRY(gr_scan_class(p, &part));
    else if (c == '.' && p->d->dot)
        GR_TRY(gr_scan_any(p, &part));
    else if (c == '#')
        GR_TRY(gr_scan_code_point(p, &part));
    else if (c == '<' || c == '!')
        GR_TRY(gr_scan_tokens(p, &part));
    else
        GR_TRY(reference(p, &part));
    return gr_group_add(p, part);
}

gram_status gr_group_alternative(Parser *p)
{
    GR_TRY(close_sequence(p));
    p->can_repeat = false;
    p->fresh = true;
    p->at++;
    return GRAM_OK;
}

/* One element or operator; blanks have been skipped. */
static gram_status step(Parser *p)
{
    GR_TRY(gr_step(p->env, 1));
    int c = gr_peek(p, 0);
    /* where names may begin with -, a lone one is still the operator */
    if (c == '-' && p->d->exception && gr_scan_name(p, p->at) <= 1)
        return minus(p);
    switch (c) {
    case '(': GR_TRY(before_element(p)); return open_paren(p);
    case ')': return close_paren(p);
    case '|': return gr_group_alternative(p);
    case '*':
    case '+':
    case '?':
    case '{': return gr_group_postfix(p);
    default: break;
    }
    if (is_element(p)) return element(p);
    if (c > ' ' && c < 127)
        return gr_fail(p->env, GRAM_E_SYNTAX, p->at,
                       "the character '%c' begins nothing in %s", c,
                       p->d->name);
    return gr_fail(p->env, GRAM_E_SYNTAX, p->at,
                   "the byte 0x%02X begins nothing in %s", c & 0xFF,
                   p->d->name);
}

/* --- where a rule ends ---------------------------------------------------- */

/* Is `name ::=`, or `name[options] ::=`, at offset `at`?  Nothing is read:
 * p->at is as before. */
static gram_status is_head(Parser *p, size_t at, bool *is)
{
    size_t here = p->at, n = gr_scan_name(p, at);
    *is = false;
    if (n == 0) return GRAM_OK;
    p->at = at + n;
    if (p->d->macros && gr_peek(p, 0) == '[')
        while (gr_peek(p, 0) > 0 && gr_peek(p, 0) != '\n' &&
               p->text[p->at++] != ']')
            continue;
    gram_status status = gr_scan_space(p, !p->d->line_rules);
    *is = gr_scan_is(p, "::=");
    p->at = here;
    return status;
}

/* The [12] that some W3C grammars write before a rule: its length. */
static size_t label(const Parser *p)
{
    size_t i = p->at + 1;
    if (!p->d->code_point || gr_peek(p, 0) != '[') return 0;
    while (i < p->len && ((p->text[i] >= '0' && p->text[i] <= '9') ||
                          (p->text[i] >= 'a' && p->text[i] <= 'z')))
        i++;
    return i > p->at + 1 && i < p->len && p->text[i] == ']' ? i + 1 - p->at : 0;
}

/* Is there nothing but blanks between the start of the line and here?  A head
 * elsewhere is a mistake where rules end with their lines. */
static bool first_on_line(const Parser *p)
{
    size_t i = p->at;
    while (i > 0 && (p->text[i - 1] == ' ' || p->text[i - 1] == '\t')) i--;
    return i == 0 || p->text[i - 1] == '\n' || p->text[i - 1] == '\r';
}

/* At a newline of a dialect whose newlines end rules: a line that begins
 * with | goes on; *ends otherwise. */
static gram_status ends_line(Parser *p, bool *ends)
{
    size_t here = p->at;
    GR_TRY(gr_scan_space(p, true));
    *ends = gr_peek(p, 0) != '|';
    if (*ends) p->at = here;
    return GRAM_OK;
}

/* Does the body end here?  With line rules at a newline, or, right behind ::=
 * or |, where a new rule's head begins the line (the body is empty then); else
 * wherever a head begins. */
static gram_status at_end(Parser *p, bool *ends)
{
    int c = gr_peek(p, 0);
    *ends = p->at == p->len;
    if (*ends) return GRAM_OK;
    if (p->d->line_rules) {
        if (c == '\n' || c == '\r') return ends_line(p, ends);
        /* in the middle of a line, or of an expression, no rule begins */
        if (!p->fresh || p->groups.n > 1 || !first_on_line(p)) return GRAM_OK;
    }
    size_t skip = label(p), at = p->at + skip;
    while (skip > 0 && at < p->len &&
           (p->text[at] == ' ' || p->text[at] == '\t'))
        at++;
    return is_head(p, at, ends);
}

/* Newlines are blanks inside of parentheses, and where something must
 * follow. */
static gram_status body(Parser *p, PartId *out)
{
    p->items.n = p->alts.n = p->groups.n = 0;
    GR_TRY(gr_group_open(p, p->at, false));
    for (;;) {
        bool ends;
        GR_TRY(
            gr_scan_space(p, !p->d->line_rules || p->groups.n > 1 || p->fresh));
        GR_TRY(at_end(p, &ends));
        if (ends) break;
        GR_TRY(step(p));
    }
    /* the innermost one, at its parenthesis */
    if (p->groups.n > 1) return bad(p, top(p)->at, "a ( that is not closed");
    return gr_group_close(p, out);
}

/* --- rules ---------------------------------------------------------------- */

/* The position is that of the definition from now on, also in errors. */
gram_status gr_rule_define(Parser *p, RuleId rule, size_t at)
{
    Rule *x = &p->r->rule.at[rule.v];
    x->at = (uint32_t)at;
    if (x->defined && !p->d->last_wins)
        return gr_rules_fail(p->r, GRAM_E_SYNTAX, rule, "is defined twice");
    char name[100];
    if (x->defined)
        return gr_report_add(p->env, p->r->report, GRAM_REPORT_WARNING, "rule",
                             gr_rules_spell(p->r, rule, name, sizeof name),
                             "defined twice; the last definition holds");
    x->defined = true;
    return GRAM_OK;
}

/* `name[lazy] ::=`: generation options, which have no meaning here yet. */
static gram_status refuse_options(Parser *p)
{
    if (!p->d->macros || gr_peek(p, 0) != '[') return GRAM_OK;
    return gr_fail(p->env, GRAM_E_UNSUPPORTED, p->at,
                   "not taken: rule options in brackets");
}

/* Parts first .. body are those of this rule and of no other. */
static gram_status rule(Parser *p)
{
    PartId part;
    if (!first_on_line(p))
        return bad(p, p->at, "a rule that does not begin its line");
    p->at += label(p);
    GR_TRY(gr_scan_space(p, false));
    size_t from = p->at, n = gr_scan_name(p, from);
    if (n == 0) return bad(p, from, "the name of a rule is expected");
    p->at += n;
    GR_TRY(refuse_options(p));
    GR_TRY(gr_scan_space(p, !p->d->line_rules));
    if (!gr_scan_is(p, "::=")) {
        bool iso = gr_peek(p, 0) == '=';
        return bad(p, p->at,
                   iso ? "::= is expected (ISO 14977 is not read)"
                       : "::= is expected");
    }
    GR_TRY(gr_rules_name(p->r, p->text + from, n, (uint32_t)from, &p->rule));
    GR_TRY(gr_rule_define(p, p->rule, from));
    p->at += 3;
    uint32_t first = p->r->part.n;
    GR_TRY(body(p, &part));
    Rule *x = &p->r->rule.at[p->rule.v];
    x->body = part;
    x->first = first;
    return GRAM_OK;
}

/* A text without rules is refused by find_start: there is none to start
 * from. */
static gram_status all_rules(Parser *p)
{
    for (;;) {
        GR_TRY(gr_scan_space(p, true));
        if (p->at == p->len) return GRAM_OK;
        GR_TRY(rule(p));
    }
}

/* The option's name, the dialect's, or the first rule of the text. */
static gram_status find_start(Parser *p, const char *start)
{
    GrRules *r = p->r;
    if (start == NULL) start = p->d->start;
    if (start == NULL && r->rule.n > 0) {
        /* rules are numbered by first mention: the first definition */
        uint32_t best = 0;
        for (uint32_t i = 1; i < r->rule.n; i++)
            if (r->rule.at[i].at < r->rule.at[best].at) best = i;
        r->start.v = best;
        return GRAM_OK;
    }
    if (start != NULL)
        GR_TRY(gr_rules_find(r, start, strlen(start), &r->start));
    if (r->start.v == GR_NO_RULE)
        return gr_fail(p->env, GRAM_E_REFERENCE, 0,
                       "there is no rule named \"%.100s\" to start from",
                       start ? start : "root");
    return GRAM_OK;
}

/* The first one in the order of their numbers, which is that of mention. */
static gram_status check_defined(GrRules *r)
{
    for (uint32_t i = 0; i < r->rule.n; i++)
        if (!r->rule.at[i].defined)
            return gr_rules_fail(r, GRAM_E_REFERENCE, (RuleId){i},
                                 "is used but not defined");
    return GRAM_OK;
}

/* Offsets are 32-bit numbers, with room for marks such as "+ 1". */
gram_status gr_rules_parse(GrRules *r, const Dialect *d, const char *text,
                           size_t len, const char *start)
{
    if (len >= UINT32_MAX / 4)
        return gr_fail(r->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "a grammar text of a gigabyte or more");
    Parser p = {.env = r->env, .r = r, .d = d, .text = text, .len = len};
    gram_status status = d->lark ? gr_lark_rules(&p) : all_rules(&p);
    if (status == GRAM_OK) status = find_start(&p, start);
    if (status == GRAM_OK) status = check_defined(r);
    if (status == GRAM_OK) status = gr_lark_start(&p);
    if (status == GRAM_OK) status = gr_rules_resolve(r);
    gr_vec_clear(r->env, &p.items);
    gr_vec_clear(r->env, &p.alts);
    gr_vec_clear(r->env, &p.groups);
    gr_vec_clear(r->env, &p.word);
    gr_vec_clear(r->env, &p.ranges);
    return status;
}
