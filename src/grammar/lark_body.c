/* Expansions of Lark: what stands behind the colon.
 *
 * An expansion ends with its line, unless the next one begins with |.  After
 * each terminal of a rule stands what is ignored; a terminal has no such
 * places inside.
 *
 * Groups and their stacks are those of parse.c; only the elements, the operator
 * ~ and the end of an expansion are Lark's own. */
#include "grammar/lark.h"

/* Moves when a group is opened: not to be kept across that. */
static Group *top(Lark *l)
{
    return &l->p->groups.at[l->p->groups.n - 1];
}

/* `part`, followed by the rule `.skip`, if the grammar ignores anything. */
gram_status gr_lark_skip(Lark *l, PartId part, PartId *out)
{
    GrRules *r = l->p->r;
    uint32_t at = r->part.at[part.v].at;
    PartId pair[2] = {part};
    *out = part;
    if (l->skip.v == GR_NO_RULE) return GRAM_OK;
    GR_TRY(gr_part_ref(r, at, l->skip, &pair[1]));
    return gr_part_list(r, at, PART_SEQ, &pair[0].v, 2, out);
}

/* Take a part, complemented where a ~ precedes it; `solid`: it is a terminal,
 * behind which, in a rule, text may be ignored. */
static gram_status take(Lark *l, PartId part, bool negated, bool solid)
{
    Parser *p = l->p;
    uint32_t at = p->r->part.at[part.v].at;
    if (negated) GR_TRY(gr_part_not(p->r, at, part, &part));
    if (solid && !l->terminal) GR_TRY(gr_lark_skip(l, part, &part));
    return gr_group_add(p, part);
}

/* --- elements ------------------------------------------------------------- */

/* A { behind a name is a count or the arguments of a template, which its first
 * character tells. */
static gram_status reference(Lark *l, bool negated)
{
    Parser *p = l->p;
    bool terminal;
    size_t from = p->at, n = gr_lark_name(l, from, &terminal);
    RuleId rule;
    PartId part;
    if (l->terminal && !terminal)
        return gr_lark_fail(l, from, "a terminal that refers to a rule");
    p->at += n;
    if (gr_scan_is(p, "::"))
        return gr_lark_unsupported(l, from, "a parametric rule");
    if (gr_peek(p, 0) == '{') {
        int c = gr_peek(p, 1);
        if (c != ',' && c != ' ' && (c < '0' || c > '9'))
            return gr_lark_unsupported(l, from, "a template");
    }
    GR_TRY(gr_rules_name(p->r, p->text + from, n, (uint32_t)from, &rule));
    GR_TRY(gr_part_ref(p->r, (uint32_t)from, rule, &part));
    return take(l, part, negated, terminal);
}

/* [ ... ] is ( ... )?.  What is ignored stands inside already. */
static gram_status close(Lark *l, int c)
{
    Parser *p = l->p;
    PartId part;
    Group g = *top(l);
    if (p->groups.n == 1 || g.optional != (c == ']'))
        return gr_lark_fail(l, p->at,
                            c == ']' ? "a ] that closes nothing"
                                     : "a ) that closes nothing");
    GR_TRY(gr_group_close(p, &part));
    p->at++;
    if (g.optional) GR_TRY(gr_part_repeat(p->r, g.at, part, 0, 1, &part));
    return take(l, part, g.negated, false);
}

/* A ~ in front of it waits in the group until it closes. */
static gram_status open(Lark *l, bool negated)
{
    Parser *p = l->p;
    /* one stack for both: [ ( ] ) is found where it closes */
    bool optional = gr_peek(p, 0) == '[';
    GR_TRY(gr_group_open(p, p->at, false));
    p->at++;
    top(l)->optional = optional;
    top(l)->negated = negated;
    return GRAM_OK;
}

/* Directives and names that stand for whole grammars.  Named as what they are,
 * since a plain "begins nothing" would look like a fault of the text. */
static gram_status foreign(Lark *l)
{
    static const char *const words[] = {"%json", "%regex", "%lark", "%if", "@"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (gr_scan_is(l->p, words[i]))
            return gr_lark_unsupported(l, l->p->at, words[i]);
    int c = gr_peek(l->p, 0);
    if (c > ' ' && c < 127)
        return gr_fail(l->p->env, GRAM_E_SYNTAX, l->p->at,
                       "the character '%c' begins nothing in Lark", c);
    return gr_fail(l->p->env, GRAM_E_SYNTAX, l->p->at,
                   "the byte 0x%02X begins nothing in Lark", c & 0xFF);
}

/* A token terminal is matched by its id and has no text, so no terminal can
 * hold one; behind it text may be ignored like behind others. */
static gram_status element(Lark *l, bool negated)
{
    Parser *p = l->p;
    PartId part;
    bool terminal;
    int c = gr_peek(p, 0);
    if (c == '(' || c == '[') return open(l, negated);
    if (gr_lark_name(l, p->at, &terminal) > 0) return reference(l, negated);
    if (c == '"') {
        GR_TRY(gr_lark_string(l, &part));
    } else if (c == '/') {
        GR_TRY(gr_lark_pattern(l, &part));
    } else if (c == '<') {
        if (l->terminal)
            return gr_lark_fail(l, p->at, "a token inside of a terminal");
        GR_TRY(gr_scan_tokens(p, &part));
    } else {
        return foreign(l);
    }
    return take(l, part, negated, true);
}

/* --- operators ------------------------------------------------------------ */

/* ~n or ~m..n behind an element. */
static gram_status times(Lark *l)
{
    Parser *p = l->p;
    size_t from = p->at++;
    uint32_t lo, hi;
    PartId part;
    GR_TRY(gr_lark_space(l));
    GR_TRY(gr_scan_number(p, &lo));
    hi = lo;
    size_t here = p->at;
    GR_TRY(gr_lark_space(l));
    if (gr_scan_is(p, "..")) {
        p->at += 2;
        GR_TRY(gr_lark_space(l));
        GR_TRY(gr_scan_number(p, &hi));
    } else {
        p->at = here;
    }
    if (lo > hi)
        return gr_lark_fail(l, from, "a repeat whose ends are reversed");
    uint32_t *last = p->items.at + p->items.n - 1;
    GR_TRY(
        gr_part_repeat(p->r, (uint32_t)from, (PartId){*last}, lo, hi, &part));
    /* asked for again, in case making the part has moved the list */
    last = p->items.at + p->items.n - 1;
    *last = part.v;
    p->can_repeat = false;
    return GRAM_OK;
}

/* ~ is a repeat behind an element and before a digit, else a complement.  Only
 * of what is regular: in a rule ~ would be the complement of anything.  Two of
 * them cancel out. */
static gram_status tilde(Lark *l)
{
    Parser *p = l->p;
    size_t i = 1;
    while (gr_peek(p, i) == ' ' || gr_peek(p, i) == '\t') i++;
    int c = gr_peek(p, i);
    /* "a" ~3 */
    if (p->can_repeat && c >= '0' && c <= '9') return times(l);
    if (!l->terminal)
        return gr_lark_unsupported(l, p->at, "~ outside of a terminal");
    bool negated = false;
    for (; gr_peek(p, 0) == '~'; p->at++) {
        negated = !negated;
        while (gr_peek(p, 1) == ' ') p->at++;
    }
    return element(l, negated);
}

/* Only at the end of an alternative of the whole body: in Lark it names a node
 * of the tree. */
static gram_status alias(Lark *l)
{
    Parser *p = l->p;
    bool terminal;
    if (p->groups.n > 1 || l->terminal)
        return gr_lark_fail(l, p->at, "an alias here");
    p->at += 2;
    GR_TRY(gr_lark_space(l));
    size_t n = gr_lark_name(l, p->at, &terminal);
    if (n == 0)
        return gr_lark_fail(l, p->at, "the name of an alias is expected");
    p->at += n;
    l->aliased = true;
    p->can_repeat = false;
    return GRAM_OK;
}

/* One element or operator at p->at, which is no blank. */
static gram_status step(Lark *l)
{
    Parser *p = l->p;
    GR_TRY(gr_step(p->env, 1));
    int c = gr_peek(p, 0);
    if (l->aliased && c != '|')
        return gr_lark_fail(l, p->at, "an alias must end its alternative");
    switch (c) {
    case ')':
    case ']': return close(l, c);
    case '|': l->aliased = false; return gr_group_alternative(p);
    case '*':
    case '+':
    case '?':
    case '{': return gr_group_postfix(p);
    case '~': return tilde(l);
    case '&':
        if (!l->terminal)
            return gr_lark_unsupported(l, p->at, "& outside of a terminal");
        return gr_group_conjunct(p);
    default: return gr_scan_is(p, "->") ? alias(l) : element(l, false);
    }
}

/* --- where it ends -------------------------------------------------------- */

/* At a newline: does the next line that has something begin with |?  If not,
 * *ends, and the newline is still to be read. */
static gram_status at_end(Lark *l, bool *ends)
{
    Parser *p = l->p;
    size_t here = p->at;
    *ends = p->at == p->len;
    int c = gr_peek(p, 0);
    if (*ends || (c != '\n' && c != '\r')) return GRAM_OK;
    while (c == '\n' || c == '\r') {
        p->at++;
        GR_TRY(gr_lark_space(l));
        c = gr_peek(p, 0);
    }
    *ends = c != '|';
    if (!*ends) return GRAM_OK;
    p->at = here;
    if (p->groups.n > 1)
        return gr_lark_fail(l, here, "a newline inside of a group");
    return GRAM_OK;
}

/* p->can_repeat and the groups are the parser's; l->terminal tells whether this
 * is a terminal's. */
gram_status gr_lark_body(Lark *l, PartId *out)
{
    Parser *p = l->p;
    bool ends;
    p->items.n = p->alts.n = p->groups.n = 0;
    l->aliased = false;
    GR_TRY(gr_group_open(p, p->at, false));
    for (;;) {
        GR_TRY(gr_lark_space(l));
        GR_TRY(at_end(l, &ends));
        if (ends) break;
        GR_TRY(step(l));
    }
    if (p->groups.n > 1)
        return gr_lark_fail(l, top(l)->at, "a group that is not closed");
    return gr_group_close(p, out);
}
