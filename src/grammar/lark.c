/* Lark grammars: rules and terminals; see lark.h for what they
 * mean here.
 *
 * Every statement is one rule of the IR.  Names that no Lark grammar can
 * have, because they begin with a dot, stand for what is ignored and for the
 * start with its initial skip.
 *
 * Statements are read in one pass, so that what is only known at the end is a
 * rule with a name and gets its body then: `.skip` for all that is ignored.
 * What changes the tree that Lark builds and not the language (priorities,
 * aliases, captures) is read over, and the report says so. */
#include "grammar/facts.h"
#include "grammar/lark.h"

gram_status gr_lark_fail(Lark *l, size_t at, const char *what)
{
    return gr_fail(l->p->env, GRAM_E_SYNTAX, at, "%s", what);
}

gram_status gr_lark_unsupported(Lark *l, size_t at, const char *what)
{
    return gr_fail(l->p->env, GRAM_E_UNSUPPORTED, at, "not taken: %s", what);
}

/* --- blanks and names ----------------------------------------------------- */

/* A backslash at the end of a line joins it to the next. */
gram_status gr_lark_space(Lark *l)
{
    Parser *p = l->p;
    for (;;) {
        int c = gr_peek(p, 0), next = gr_peek(p, 1);
        if (c == ' ' || c == '\t' || c == '\f') {
            p->at++;
        } else if (c == '\\' && (next == '\n' || next == '\r')) {
            p->at += next == '\r' && gr_peek(p, 2) == '\n' ? 3 : 2;
        } else if (c == '#' || (c == '/' && next == '/')) {
            while (p->at < p->len && p->text[p->at] != '\n') p->at++;
        } else {
            return GRAM_OK;
        }
    }
}

/* Between statements: blanks, comments and empty lines. */
static gram_status skip_lines(Lark *l)
{
    do {
        GR_TRY(gr_lark_space(l));
        if (gr_peek(l->p, 0) != '\n' && gr_peek(l->p, 0) != '\r')
            return GRAM_OK;
        l->p->at++;
    } while (true);
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool gr_lark_is_word(int c)
{
    return is_letter(c) || c == '_' || (c >= '0' && c <= '9');
}

/* Underscores, a letter whose case decides what it names, and then letters,
 * digits, _ and - between these. */
size_t gr_lark_name(const Lark *l, size_t from, bool *is_terminal)
{
    const char *s = l->p->text + from;
    size_t n = l->p->len - from, i = 0;
    /* _NAME is a terminal, __rule a rule */
    while (i < n && s[i] == '_') i++;
    if (i == n || !is_letter(s[i])) return 0;
    *is_terminal = s[i] <= 'Z';
    while (i < n && (gr_lark_is_word(s[i]) ||
                     (s[i] == '-' && i + 1 < n && gr_lark_is_word(s[i + 1]))))
        i++;
    return i;
}

/* The rest of the line must be empty. */
gram_status gr_lark_end_line(Lark *l)
{
    GR_TRY(gr_lark_space(l));
    int c = gr_peek(l->p, 0);
    if (c == -1 || c == '\n' || c == '\r') return GRAM_OK;
    return gr_lark_fail(l, l->p->at, "the end of the line is expected");
}

/* The report's entry for what is read over. */
static gram_status annotate(Lark *l, RuleId rule, const char *what,
                            const char *note)
{
    char name[100];
    Parser *p = l->p;
    return gr_report_add(p->env, p->r->report, GRAM_REPORT_ANNOTATION, what,
                         gr_rules_spell(p->r, rule, name, sizeof name), note);
}

/* --- rules and terminals -------------------------------------------------- */

/* The parts from `first` to `body` are the rule's.  Terminals are noted, to be
 * looked at together (check_terminals). */
gram_status gr_lark_finish(Lark *l, RuleId rule, uint32_t first, PartId body)
{
    Rule *x = &l->p->r->rule.at[rule.v];
    x->defined = true;
    x->body = body;
    x->first = first;
    if (!l->terminal) return GRAM_OK;
    return gr_vec_push(l->p->env, &l->terminals, rule.v);
}

/* .5 or .-5: which of two matches Lark prefers. */
static gram_status priority(Lark *l, RuleId rule)
{
    Parser *p = l->p;
    if (gr_peek(p, 0) != '.') return GRAM_OK;
    p->at++;
    if (gr_peek(p, 0) == '-') p->at++;
    size_t from = p->at;
    while (gr_peek(p, 0) >= '0' && gr_peek(p, 0) <= '9') p->at++;
    if (p->at == from) return gr_lark_fail(l, from, "a priority is expected");
    return annotate(l, rule, "priority", "does not change the language");
}

/* The value behind = of an attribute.  Numbers begin with a digit or a dot;
 * which other values there are does not matter, since nothing is done with
 * them. */
static gram_status value(Lark *l, bool number)
{
    Parser *p = l->p;
    PartId unused;
    GR_TRY(gr_lark_space(l));
    if (!number && gr_peek(p, 0) == '"') return gr_scan_literal(p, &unused);
    size_t from = p->at;
    while (gr_lark_is_word(gr_peek(p, 0)) || gr_peek(p, 0) == '.') p->at++;
    int c = from < p->len ? p->text[from] : 0;
    bool is_number = (c >= '0' && c <= '9') || c == '.';
    if (p->at > from && is_number == number) return GRAM_OK;
    return gr_lark_fail(l, from, "a value that the attribute cannot have");
}

/* stop= and suffix=: a string, a pattern or a terminal, not empty.  An end that
 * may be empty would end the rule at once.  A terminal by name is not looked
 * into: it may be defined later. */
static gram_status marker(Lark *l)
{
    Parser *p = l->p;
    bool terminal = false;
    RuleId rule;
    GR_TRY(gr_lark_space(l));
    size_t from = p->at, n = gr_lark_name(l, from, &terminal);
    if (terminal) {
        GR_TRY(gr_rules_name(p->r, p->text + from, n, (uint32_t)from, &rule));
        p->at += n;
        return gr_part_ref(p->r, (uint32_t)from, rule, &l->marker);
    }
    if (gr_peek(p, 0) == '"')
        GR_TRY(gr_lark_string(l, &l->marker));
    else if (gr_peek(p, 0) == '/')
        GR_TRY(gr_lark_pattern(l, &l->marker));
    else
        return gr_lark_fail(l, from, "a string or a pattern is expected");
    const Part *x = &p->r->part.at[l->marker.v];
    bool empty =
        x->kind == PART_EMPTY ||
        (x->kind == PART_REGEX && gr_re_nullable(p->r->re, (ReId){x->a}));
    if (!empty) return GRAM_OK;
    return gr_lark_unsupported(l, from, "an end that may be empty");
}

/* In the order of attribute_names; those from MAX_TOKENS on limit the text by
 * what has no place in a grammar, and are refused. */
typedef enum Attribute {
    CAPTURE,
    STOP_CAPTURE,
    TEMPERATURE,
    LAZY,
    STOP,
    SUFFIX,
    MAX_TOKENS,
    MAX_CHARS,
    N_ATTRIBUTES
} Attribute;

static const char *const attribute_names[] = {
    "capture", "stop_capture", "temperature", "lazy",
    "stop",    "suffix",       "max_tokens",  "max_chars"};

/* stop, suffix and temperature need a value, lazy has none, the others may have
 * one.  Only those that cut the rule are kept. */
static gram_status attribute_value(Lark *l, RuleId rule, Attribute a, bool has)
{
    bool needs = a == STOP || a == SUFFIX || a == TEMPERATURE;
    if (has != needs && (needs || a == LAZY))
        return gr_lark_fail(l, l->p->at,
                            needs ? "a value is missing"
                                  : "a value that means nothing");
    if (a == STOP || a == SUFFIX) return marker(l);
    if (a == LAZY) {
        l->lazy = true;
        return GRAM_OK;
    }
    if (has) GR_TRY(value(l, a == TEMPERATURE));
    return annotate(l, rule, attribute_names[a],
                    "does not change the language");
}

/* Each once; stop and suffix exclude each other. */
static gram_status attribute(Lark *l, RuleId rule)
{
    Parser *p = l->p;
    bool terminal;
    size_t from = p->at, n = gr_lark_name(l, from, &terminal);
    uint32_t i = 0;
    while (i < N_ATTRIBUTES &&
           (strlen(attribute_names[i]) != n ||
            memcmp(attribute_names[i], p->text + from, n) != 0))
        i++;
    if (i == N_ATTRIBUTES)
        return gr_lark_fail(l, from, "an attribute is expected");
    if (l->given >> i & 1 || (i == SUFFIX && l->given >> STOP & 1) ||
        (i == STOP && l->given >> SUFFIX & 1))
        return gr_lark_fail(l, from, "an attribute that is there already");
    if (i >= MAX_TOKENS)
        return gr_lark_unsupported(l, from, attribute_names[i]);
    l->given |= 1u << i;
    p->at += n;
    GR_TRY(gr_lark_space(l));
    bool has = gr_peek(p, 0) == '=';
    if (has) p->at++;
    return attribute_value(l, rule, (Attribute)i, has);
}

/* [capture, lazy, stop="!"] */
static gram_status attributes(Lark *l, RuleId rule)
{
    Parser *p = l->p;
    if (gr_peek(p, 0) != '[') return GRAM_OK;
    if (l->terminal) return gr_lark_fail(l, p->at, "attributes of a terminal");
    do {
        p->at++;
        GR_TRY(gr_lark_space(l));
        GR_TRY(attribute(l, rule));
        GR_TRY(gr_lark_space(l));
    } while (gr_peek(p, 0) == ',');
    if (gr_peek(p, 0) != ']') return gr_lark_fail(l, p->at, "a ] is expected");
    p->at++;
    return GRAM_OK;
}

/* name{x}: and name:: are Lark's and llguidance's ways to give rules arguments:
 * whoever uses them must not get another language without a word. */
static gram_status colon(Lark *l, size_t from)
{
    Parser *p = l->p;
    GR_TRY(gr_lark_space(l));
    if (gr_peek(p, 0) == '{') return gr_lark_unsupported(l, from, "a template");
    if (gr_peek(p, 0) != ':') return gr_lark_fail(l, p->at, "a : is expected");
    p->at++;
    if (gr_peek(p, 0) == ':')
        return gr_lark_unsupported(l, from, "a parametric rule");
    return GRAM_OK;
}

/* Any text of at least `lo` characters. */
static gram_status any(Lark *l, uint32_t at, uint32_t lo, PartId *out)
{
    SetId all;
    GrRules *r = l->p->r;
    GR_TRY(gr_set_make(r->re, &(GrRange){0, 0x10FFFF}, 1, &all));
    GR_TRY(gr_part_set(r, at, all, out));
    return gr_part_repeat(r, at, *out, lo, GR_RE_INF, out);
}

/* What of `whole` has no proper beginning in early[0] .. early[n - 1].  whole &
 * ~(early any+).  Both operands are regular, which is checked when they are
 * resolved (except.c). */
static gram_status shortest(Lark *l, uint32_t at, PartId whole,
                            const PartId *early, uint32_t n, PartId *out)
{
    GrRules *r = l->p->r;
    PartId list[3];
    memcpy(list, early, n * sizeof *early);
    GR_TRY(any(l, at, 1, &list[n]));
    GR_TRY(gr_part_list(r, at, PART_SEQ, &list[0].v, n + 1, out));
    GR_TRY(gr_part_not(r, at, *out, out));
    return gr_part_and(r, at, whole, *out, out);
}

/* lazy: the shortest words; stop and suffix: up to the first marker.  The
 * marker must end the first match: nothing of the form any marker any+. Lazy:
 * no word of the language begins another. */
static gram_status cut(Lark *l, uint32_t at, PartId body, PartId *out)
{
    GrRules *r = l->p->r;
    PartId pair[2] = {body, l->marker}, whole;
    *out = body;
    if (l->marker.v != GR_NO_RULE) {
        GR_TRY(gr_part_list(r, at, PART_SEQ, &pair[0].v, 2, &whole));
        GR_TRY(any(l, at, 0, &pair[0]));
        GR_TRY(shortest(l, at, whole, pair, 2, out));
    }
    return l->lazy ? shortest(l, at, *out, out, 1, out) : GRAM_OK;
}

/* A rule that is cut short is regular: it is read as a terminal.  What is
 * ignored may follow it as a whole, but not inside of it. */
static gram_status rule_body(Lark *l, size_t from)
{
    PartId body;
    bool cuts = l->lazy || l->marker.v != GR_NO_RULE, terminal = l->terminal;
    l->terminal |= cuts;
    GR_TRY(gr_lark_body(l, &body));
    if (cuts) GR_TRY(cut(l, (uint32_t)from, body, &body));
    if (cuts && !terminal) GR_TRY(gr_lark_skip(l, body, &body));
    l->terminal = terminal;
    return gr_lark_finish(l, l->p->rule, l->first, body);
}

/* Everything about one rule is reset here, since attributes come before the
 * colon. */
static gram_status rule(Lark *l)
{
    Parser *p = l->p;
    bool maybe = false; /* a tree has no node for it where it has one child */
    for (; gr_peek(p, 0) == '?' || gr_peek(p, 0) == '!'; p->at++)
        maybe |= gr_peek(p, 0) == '?';
    size_t from = p->at, n = gr_lark_name(l, from, &l->terminal);
    if (n == 0) return gr_lark_fail(l, from, "the name of a rule is expected");
    /* Lark itself refuses that */
    if (maybe && p->text[from] == '_' && !l->terminal)
        return gr_lark_fail(l, from, "a rule with _ never has a node: no ?");
    GR_TRY(gr_rules_name(p->r, p->text + from, n, (uint32_t)from, &p->rule));
    p->at += n;
    l->lazy = false;
    l->given = 0;
    l->marker.v = GR_NO_RULE;
    l->first = p->r->part.n;
    GR_TRY(priority(l, p->rule));
    GR_TRY(gr_lark_space(l));
    GR_TRY(attributes(l, p->rule));
    GR_TRY(colon(l, from));
    GR_TRY(gr_rule_define(p, p->rule, from));
    return rule_body(l, from);
}

/* --- the whole ------------------------------------------------------------ */

/* Does a line of the text begin with %ignore?  Whether terminals are followed
 * by something must be known before the first of them. */
static bool has_ignore(const Parser *p)
{
    static const char word[] = "%ignore";
    bool fresh = true;
    for (size_t i = 0; i + sizeof word - 1 <= p->len; i++) {
        if (fresh && memcmp(p->text + i, word, sizeof word - 1) == 0)
            return true;
        char c = p->text[i];
        fresh = c == '\n' || c == '\r' || (fresh && (c == ' ' || c == '\t'));
    }
    return false;
}

/* Terminals must not reach themselves.  A graph of the references between
 * terminals; an edge inside of a component closes a cycle.  (Rules may refer to
 * themselves.) */
static gram_status check_terminals(Lark *l)
{
    GrRules *r = l->p->r;
    GrVec(uint32_t) to = {0}, row = {0};
    uint32_t *comp = gr_zalloc(r->env, r->rule.n + 1, sizeof *comp), n;
    uint8_t *is = gr_zalloc(r->env, r->rule.n + 1, 1);
    gram_status status = comp && is ? GRAM_OK : GRAM_E_MEMORY;
    for (uint32_t i = 0; i < l->terminals.n && status == GRAM_OK; i++)
        is[l->terminals.at[i]] = 1;
    for (uint32_t i = 0; i <= r->rule.n && status == GRAM_OK; i++) {
        status = gr_vec_push(r->env, &row, to.n);
        if (i == r->rule.n || !is[i]) continue;
        for (uint32_t k = r->rule.at[i].first; k <= r->rule.at[i].body.v; k++)
            if (r->part.at[k].kind == PART_REF && status == GRAM_OK)
                status = gr_vec_push(r->env, &to, r->part.at[k].a);
    }
    if (status == GRAM_OK)
        status =
            gr_graph_components(r->env, r->rule.n, row.at, to.at, comp, &n);
    for (uint32_t i = 0; i < r->rule.n && status == GRAM_OK; i++)
        for (uint32_t k = row.at[i]; k < row.at[i + 1]; k++)
            if (comp[to.at[k]] == comp[i] && status == GRAM_OK)
                status = gr_rules_fail(r, GRAM_E_UNSUPPORTED, (RuleId){i},
                                       "is a terminal that refers to itself");
    gr_free(r->env, comp, (r->rule.n + 1) * sizeof *comp);
    gr_free(r->env, is, r->rule.n + 1);
    gr_vec_clear(r->env, &to);
    gr_vec_clear(r->env, &row);
    return status;
}

/* `.skip` is made first, since rules refer to it as they are read; its body
 * comes last. */
static gram_status statements(Lark *l)
{
    Parser *p = l->p;
    if (has_ignore(p)) GR_TRY(gr_lark_dotted(l, ".skip", &l->skip));
    for (;;) {
        GR_TRY(skip_lines(l));
        if (p->at == p->len) break;
        l->terminal = false;
        GR_TRY(gr_peek(p, 0) == '%' ? gr_lark_directive(l) : rule(l));
    }
    GR_TRY(gr_lark_define_skip(l));
    return check_terminals(l);
}

/* p->initial_skip is for gr_lark_start, once the start rule is known. */
gram_status gr_lark_rules(Parser *p)
{
    Lark l = {.p = p, .skip = {GR_NO_RULE}};
    gram_status status = statements(&l);
    p->initial_skip = status == GRAM_OK && l.initial_skip ? l.skip.v + 1 : 0;
    gr_vec_clear(p->env, &l.ignored);
    gr_vec_clear(p->env, &l.terminals);
    gr_vec_clear(p->env, &l.pattern);
    return status;
}

/* The start rule behind what may come first: `.start` is .skip, then it. */
gram_status gr_lark_start(Parser *p)
{
    PartId pair[2], body;
    RuleId start, skip = {p->initial_skip - 1};
    if (p->initial_skip == 0) return GRAM_OK;
    GR_TRY(gr_rules_name(p->r, ".start", 6, 0, &start));
    uint32_t first = p->r->part.n;
    GR_TRY(gr_part_ref(p->r, 0, skip, &pair[0]));
    GR_TRY(gr_part_ref(p->r, 0, p->r->start, &pair[1]));
    GR_TRY(gr_part_list(p->r, 0, PART_SEQ, &pair[0].v, 2, &body));
    Rule *x = &p->r->rule.at[start.v];
    *x = (Rule){x->name, x->name_len, 0, true, body, first};
    p->r->start = start;
    return GRAM_OK;
}
