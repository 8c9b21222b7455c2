/* ECMA-262 pattern text -> Ast: alternatives, groups, quantifiers.
 *
 * In: bytes.  Out: the nodes of re_ast.h, or an error with the byte offset
 * of what cannot be read.  Grammar: ECMA-262 (2025) section 22.2.1 for the
 * flags u and v; Annex B.1.2 where the pattern is none of those.  Both are
 * one parser: Annex B differs in what it does instead of failing, at a dozen
 * places that ask p->unicode.
 *
 * Annex B decides only what the text means.  What it matches are code points
 * in either case: JSON strings are sequences of Unicode characters, and the
 * UTF-16 code units that a pattern without u counts do not exist here.  The
 * flag i is the folding of u for the same reason.
 *
 * A pattern is first read as u; when that fails on syntax, by Annex B; when
 * that fails too, Annex B's error is the one reported, because it names the
 * fault that no reading forgives.
 *
 * Cost: linear.  Nesting costs a Frame of 40 bytes a level and no C stack. */
#include "regex/re_parse.h"

/* Patterns are UTF-8: a byte that is not is an error in both readings. */
gram_status gr_parse_char(Parser *p, uint32_t *c)
{
    uint32_t n;
    if (gr_parse_end(p))
        return gr_fail(p->env, GRAM_E_SYNTAX, p->pos,
                       "the pattern ends where a character is missing");
    *c = gr_utf8_get(p->text + p->pos, p->len - p->pos, &n);
    if (*c == UINT32_MAX) {
        return gr_fail(p->env, GRAM_E_SYNTAX, p->pos,
                       "the pattern is not UTF-8");
    }
    p->pos += n;
    return GRAM_OK;
}

/* Every term is a node on p->terms until its alternative ends. */
gram_status gr_parse_push(Parser *p, AstNode node)
{
    AstId id;
    GR_TRY(gr_ast_add(p->env, p->ast, node, &id));
    return gr_vec_push(p->env, &p->terms, id.v);
}

gram_status gr_parse_push_set(Parser *p, SetId s, size_t at)
{
    return gr_parse_push(
        p, (AstNode){.kind = AST_SET, .at = (uint32_t)at, .a = s.v});
}

/* A set where folding makes other characters equal, so that the flag is gone
 * from what follows: later stages know no case. */
gram_status gr_parse_push_char(Parser *p, uint32_t c, size_t at)
{
    const uint32_t *same;
    uint32_t n = p->modes & GR_RE_IGNORE_CASE ? gr_unicode_folds(c, &same) : 1;
    SetId s;
    if (n == 1) {
        return gr_parse_push(
            p, (AstNode){.kind = AST_CHAR, .at = (uint32_t)at, .a = c});
    }
    p->ranges.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        GR_TRY(gr_vec_push(p->env, &p->ranges, (GrRange){same[i], same[i]}));
    }
    GR_TRY(gr_set_make(p->re, p->ranges.at, n, &s));
    return gr_parse_push_set(p, s, at);
}

/* --- groups --------------------------------------------------------------- */

/* Remember where the stacks stand, and the flags that hold outside. */
static gram_status open_frame(Parser *p, Frame f)
{
    f.terms = p->terms.n;
    f.alts = p->alts.n;
    f.names = f.alt_names = p->names.n;
    f.modes = p->modes;
    return gr_vec_push(p->env, &p->frames, f);
}

/* Moves when groups are opened. */
static Frame *top(Parser *p)
{
    return p->frames.at + p->frames.n - 1;
}

/* Join the terms of the alternative that ends here.  Names of other
 * alternatives may be used again in the next one: they are no longer active
 * until the group ends (gr_parse_declare). */
static gram_status end_alternative(Parser *p)
{
    Frame *f = top(p);
    AstId id;
    GR_TRY(gr_ast_add_many(p->env, p->ast, AST_CAT, p->terms.at + f->terms,
                           p->terms.n - f->terms, f->at, &id));
    p->terms.n = f->terms;
    for (uint32_t i = f->alt_names; i < p->names.n; i++) {
        p->names.at[i].active = false;
    }
    f->alt_names = p->names.n;
    return gr_vec_push(p->env, &p->alts, id.v);
}

/* The node of the group whose frame is on top; pops the frame.  Seen from
 * outside all names of the group stand beside what follows, so all are active
 * again; flags set inside are gone. */
static gram_status end_group(Parser *p, AstId *out)
{
    GR_TRY(end_alternative(p));
    Frame f = *top(p);
    GR_TRY(gr_ast_add_many(p->env, p->ast, AST_OR, p->alts.at + f.alts,
                           p->alts.n - f.alts, f.at, out));
    p->alts.n = f.alts;
    p->frames.n--;
    p->modes = f.modes;
    for (uint32_t i = f.names; i < p->names.n; i++) {
        p->names.at[i].active = true;
    }
    return GRAM_OK;
}

/* A plain group leaves no node of its own.  A lookaround may be repeated in
 * Annex B only, and there only a lookahead. */
static gram_status close_group(Parser *p, bool *quantifiable)
{
    Frame f = *top(p);
    AstId id;
    AstNode n = {.kind = f.kind, .flags = f.flags, .at = f.at, .a = f.number};
    if (p->frames.n == 1) {
        return gr_fail(p->env, GRAM_E_SYNTAX, p->pos, "unmatched )");
    }
    p->pos++;
    GR_TRY(end_group(p, &id));
    n.kid = id;
    *quantifiable = f.kind != AST_LOOK ||
                    (!p->unicode && !(f.flags & AST_BEHIND));
    if (f.kind == AST_EMPTY) return gr_vec_push(p->env, &p->terms, id.v);
    return gr_parse_push(p, n);
}

/* 0: no flag. */
static uint32_t mode_of(int c)
{
    return c == 'i'   ? GR_RE_IGNORE_CASE
           : c == 'm' ? GR_RE_MULTILINE
           : c == 's' ? GR_RE_DOT_ALL
                      : 0;
}

/* "ims-ims:" after "(?"; every flag at most once.  Or "ims-ims)": such flags
 * hold until the group around them ends.  ECMA-262 has not got these, but
 * schemas written for the engines of Go, Python or Java begin with (?i), which
 * nobody can mean otherwise; they are read beside Annex B. */
static gram_status read_modifiers(Parser *p, uint32_t *modes, bool *alone)
{
    uint32_t seen = 0, on = 0;
    bool minus = false;
    size_t start = p->pos;
    for (;; p->pos++) {
        int c = gr_parse_peek(p, 0);
        uint32_t mode = mode_of(c);
        if (c == '-' && !minus) {
            minus = true;
        } else if (mode && !(seen & mode)) {
            seen |= mode;
            if (!minus) on |= mode;
        } else {
            break;
        }
    }
    *alone = !p->unicode && seen && gr_parse_peek(p, 0) == ')';
    if ((gr_parse_peek(p, 0) != ':' && !*alone) || (minus && !seen)) {
        return gr_fail(p->env, GRAM_E_SYNTAX, start, "invalid group");
    }
    p->pos++;
    *modes = (*modes & ~seen) | on;
    return GRAM_OK;
}

/* Numbers count opening parentheses from 1, named or not. */
static gram_status open_capture(Parser *p, size_t at, bool named)
{
    uint32_t text = 0, len = 0, number = ++p->seen_groups;
    size_t name_at = p->pos;
    if (named) {
        GR_TRY(gr_parse_name(p, &text, &len));
        GR_TRY(gr_parse_declare(p, text, len, number, name_at));
    }
    return open_frame(
        p, (Frame){.kind = AST_GROUP, .at = (uint32_t)at, .number = number});
}

/* `skip` bytes of what opens it are left, behind (?. */
static gram_status open_look(Parser *p, size_t at, uint32_t skip, uint8_t flags)
{
    p->pos += skip;
    return open_frame(p, (Frame){.kind = AST_LOOK,
                                 .flags = flags,
                                 .at = (uint32_t)at,
                                 .number = p->ast->n_looks++});
}

/* The order matters: (?<= and (?<! are no names. */
static gram_status open_group(Parser *p)
{
    size_t at = p->pos++;
    uint32_t modes = p->modes;
    bool alone;
    if (gr_parse_peek(p, 0) != '?') return open_capture(p, at, false);
    p->pos++;
    int c = gr_parse_peek(p, 0), d = gr_parse_peek(p, 1);
    if (c == '=') return open_look(p, at, 1, 0);
    if (c == '!') return open_look(p, at, 1, AST_NEGATED);
    if (c == '<' && d == '=') return open_look(p, at, 2, AST_BEHIND);
    if (c == '<' && d == '!') {
        return open_look(p, at, 2, AST_BEHIND | AST_NEGATED);
    }
    if (c == '<') {
        p->pos++;
        return open_capture(p, at, true);
    }
    GR_TRY(read_modifiers(p, &modes, &alone));
    if (!alone)
        GR_TRY(open_frame(p, (Frame){.kind = AST_EMPTY, .at = (uint32_t)at}));
    p->modes = modes;
    return GRAM_OK;
}

/* --- quantifiers ---------------------------------------------------------- */

/* Decimal digits at *pos, saturated below GR_RE_INF; false if none.  Larger
 * counts than that make no difference that a string could show. */
static bool read_number(const Parser *p, size_t *pos, uint32_t *out)
{
    size_t start = *pos;
    uint64_t n = 0;
    for (; *pos < p->len; ++*pos) {
        char c = p->text[*pos];
        if (c < '0' || c > '9') break;
        n = n * 10 + (uint64_t)(c - '0');
        if (n >= GR_RE_INF) n = GR_RE_INF - 1;
    }
    *out = (uint32_t)n;
    return *pos > start;
}

/* {n} {n,} {n,m}, or *, + and ?; false, nothing read, if none is here.  In
 * Annex B a { that is no count is a character; under u the caller refuses
 * it. */
static bool read_quantifier(Parser *p, uint32_t *lo, uint32_t *hi)
{
    size_t pos = p->pos + 1;
    int c = gr_parse_peek(p, 0);
    if (c == '*' || c == '+' || c == '?') {
        *lo = c == '+';
        *hi = c == '?' ? 1 : GR_RE_INF;
        p->pos++;
        return true;
    }
    if (c != '{' || !read_number(p, &pos, lo)) return false;
    *hi = *lo;
    if (pos < p->len && p->text[pos] == ',') {
        pos++;
        if (!read_number(p, &pos, hi)) *hi = GR_RE_INF;
    }
    if (pos >= p->len || p->text[pos] != '}') return false;
    p->pos = pos + 1;
    return true;
}

/* One quantifier behind the last term.  A second one finds nothing to repeat,
 * as in a**, since the first has been read. */
static gram_status quantify(Parser *p)
{
    size_t at = p->pos;
    uint32_t lo, hi;
    if (!read_quantifier(p, &lo, &hi)) return GRAM_OK;
    if (lo > hi) {
        return gr_fail(p->env, GRAM_E_SYNTAX, at,
                       "numbers out of order in a quantifier");
    }
    gr_parse_take(p, '?'); /* lazy: the same language */
    uint32_t *term = p->terms.at + p->terms.n - 1;
    AstNode n = {.kind = AST_REPEAT,
                 .at = (uint32_t)at,
                 .a = lo,
                 .b = hi,
                 .kid = {*term}};
    AstId id;
    if (lo == 1 && hi == 1) return GRAM_OK;
    if (hi == 0) n = (AstNode){.kind = AST_EMPTY, .at = (uint32_t)at};
    GR_TRY(gr_ast_add(p->env, p->ast, n, &id));
    p->terms.at[p->terms.n - 1] = id.v;
    return GRAM_OK;
}

/* --- terms ---------------------------------------------------------------- */

/* Line terminators of ECMA-262 12.3, unless s is on.  Both sets are made once a
 * pattern. */
static gram_status read_dot(Parser *p)
{
    static const GrRange lines[] = {
        {'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
    bool all = p->modes & GR_RE_DOT_ALL;
    SetId *s = p->common + all;
    if (!(p->has_common >> all & 1)) {
        GR_TRY(gr_set_make(p->re, lines, all ? 0 : 3, s));
        GR_TRY(gr_set_not(p->re, *s, s));
        p->has_common |= 1u << all;
    }
    return gr_parse_push_set(p, *s, p->pos++);
}

/* ^ and $ take no quantifier: what comes next is read as a term and fails. */
static gram_status read_edge(Parser *p, AstKind kind)
{
    uint8_t flags = p->modes & GR_RE_MULTILINE ? AST_MULTILINE : 0;
    return gr_parse_push(p, (AstNode){.kind = (uint8_t)kind,
                                      .flags = flags,
                                      .at = (uint32_t)p->pos++});
}

/* What a quantifier would be is an error, not a literal, in both readings; {, }
 * and ] stand for themselves in Annex B. */
static gram_status read_literal(Parser *p)
{
    size_t at = p->pos;
    int byte = gr_parse_peek(p, 0);
    uint32_t c, lo, hi;
    if (byte == '{' ? read_quantifier(p, &lo, &hi)
                    : byte == '*' || byte == '+' || byte == '?') {
        return gr_fail(p->env, GRAM_E_SYNTAX, at, "nothing to repeat");
    }
    if (p->unicode && (byte == '{' || byte == '}' || byte == ']')) {
        return gr_fail(p->env, GRAM_E_SYNTAX, at,
                       "%c stands for itself only when escaped", byte);
    }
    GR_TRY(gr_parse_char(p, &c));
    return gr_parse_push_char(p, c, at);
}

/* One term, or what stands between terms. */
static gram_status read_term(Parser *p)
{
    size_t at = p->pos;
    bool quantifiable = true;
    switch (p->text[at]) {
    case '|': p->pos++; return end_alternative(p);
    case '(': return open_group(p);
    case '^': return read_edge(p, AST_BOL);
    case '$': return read_edge(p, AST_EOL);
    case ')': GR_TRY(close_group(p, &quantifiable)); break;
    case '.': GR_TRY(read_dot(p)); break;
    case '[':
        p->pos++;
        GR_TRY(p->modes & GR_RE_SETS ? gr_parse_class_sets(p, at)
                                     : gr_parse_class(p, at));
        break;
    case '\\':
        p->pos++;
        GR_TRY(gr_parse_atom_escape(p, at, &quantifiable));
        break;
    default: GR_TRY(read_literal(p)); break;
    }
    return quantifiable ? quantify(p) : GRAM_OK;
}

/* Count the groups, so that a reference to a later one can be told from an
 * octal escape; see whether any has a name.  Classes are skipped; that those of
 * v nest does not matter, since v has every parenthesis in a class escaped. */
static void look_ahead(Parser *p)
{
    bool in_class = false;
    for (size_t i = 0; i < p->len; i++) {
        char c = p->text[i], d = i + 1 < p->len ? p->text[i + 1] : 0;
        char e = i + 2 < p->len ? p->text[i + 2] : 0;
        char f = i + 3 < p->len ? p->text[i + 3] : 0;
        if (c == '\\')
            i++;
        else if (c == '[')
            in_class = true;
        else if (c == ']')
            in_class = false;
        else if (c == '(' && !in_class) {
            bool named = d == '?' && e == '<' && f != '=' && f != '!';
            p->has_names |= named;
            p->n_groups += d != '?' || named;
        }
    }
}

/* The pattern is a group without parentheses: frame 0. */
static gram_status read_all(Parser *p)
{
    GR_TRY(open_frame(p, (Frame){.kind = AST_EMPTY}));
    while (!gr_parse_end(p)) {
        GR_TRY(gr_step(p->env, 1));
        GR_TRY(read_term(p));
    }
    if (p->frames.n > 1) {
        return gr_fail(p->env, GRAM_E_SYNTAX, top(p)->at,
                       "this group is not closed");
    }
    GR_TRY(end_group(p, &p->ast->root));
    p->ast->n_groups = p->n_groups;
    GR_TRY(gr_parse_resolve(p));
    return gr_ast_mark(p->env, p->ast);
}

/* On failure *out holds what was made so far, for the caller to clear. */
gram_status gr_ast_parse(GrRe *re, const char *text, size_t len, uint32_t flags,
                         bool unicode, Ast *out)
{
    Parser p = {.re = re,
                .env = re->env,
                .text = text,
                .len = len,
                .modes = flags,
                .unicode = unicode,
                .ast = out};
    if (len >= UINT32_MAX / 4) {
        return gr_fail(re->env, GRAM_E_LIMIT, GR_NOWHERE,
                       "the pattern is too long");
    }
    gr_intern_init(&p.words);
    look_ahead(&p);
    gram_status s = read_all(&p);
    gr_vec_clear(p.env, &p.terms);
    gr_vec_clear(p.env, &p.alts);
    gr_vec_clear(p.env, &p.frames);
    gr_vec_clear(p.env, &p.names);
    gr_vec_clear(p.env, &p.name_refs);
    gr_map_clear(p.env, &p.name_map);
    gr_vec_clear(p.env, &p.spelled);
    gr_vec_clear(p.env, &p.ranges);
    gr_intern_clear(p.env, &p.words);
    gr_vec_clear(p.env, &p.strings);
    return s;
}
