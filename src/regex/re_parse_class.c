/* Character classes, in the notation of u and Annex B, and in that of v.
 *
 * In: the parser behind a "[".  Out: one term, a set, or, for a v class with
 * strings, an alternation of the strings and the set.
 *
 * With the flag i every part is closed under folding before anything is
 * done with it.  For u that is what ECMA-262 computes (a union of closures
 * is the closure of the union, and the complement is taken last); v folds
 * the parts first by definition.
 *
 * Nested v classes keep a stack of their own (Class); the strings of the open
 * ones lie on p->strings, each class's behind those of the one around it. */
#include "regex/re_parse.h"

/* One member of a u or Annex B class: a character or a set. */
typedef struct Member {
    bool is_set;
    uint32_t c;
    SetId set;
    size_t at;
} Member;

static gram_status unclosed(const Parser *p, size_t at)
{
    return gr_fail(p->env, GRAM_E_SYNTAX, at, "this class is not closed");
}

/* \b is a backspace here, and \p{...} and its kin are sets. */
static gram_status read_member(Parser *p, Member *m)
{
    m->at = p->pos;
    m->is_set = false;
    if (!gr_parse_take(p, '\\')) return gr_parse_char(p, &m->c);
    GR_TRY(gr_parse_set(p, &m->is_set, &m->set));
    if (m->is_set) return GRAM_OK;
    if (gr_parse_take(p, 'b')) {
        m->c = '\b';
        return GRAM_OK;
    }
    return gr_parse_escape(p, m->at, true, &m->c);
}

static gram_status add_range(Parser *p, uint32_t lo, uint32_t hi)
{
    return gr_vec_push(p->env, &p->ranges, (GrRange){lo, hi});
}

/* Ranges of all members are gathered, and made one set at the end. */
static gram_status add_set(Parser *p, SetId s)
{
    uint32_t n;
    const GrRange *r = gr_set_get(p->re, s, &n);
    for (uint32_t i = 0; i < n; i++) {
        GR_TRY(gr_vec_push(p->env, &p->ranges, r[i]));
    }
    return GRAM_OK;
}

static gram_status add_member(Parser *p, const Member *m)
{
    return m->is_set ? add_set(p, m->set) : add_range(p, m->c, m->c);
}

/* lo-hi; Annex B reads three members where an end is a set. */
static gram_status add_span(Parser *p, const Member *lo, const Member *hi)
{
    if (lo->is_set || hi->is_set) {
        if (p->unicode) {
            return gr_fail(p->env, GRAM_E_SYNTAX, lo->at,
                           "a range needs characters at both ends");
        }
        GR_TRY(add_member(p, lo));
        GR_TRY(add_range(p, '-', '-'));
        return add_member(p, hi);
    }
    if (lo->c > hi->c) {
        return gr_fail(p->env, GRAM_E_SYNTAX, lo->at,
                       "a range out of order in a class");
    }
    return add_range(p, lo->c, hi->c);
}

/* A - that comes last, or before the end of the pattern, is a member.  The
 * order of folding and complement is that of the head. */
gram_status gr_parse_class(Parser *p, size_t at)
{
    bool negated = gr_parse_take(p, '^');
    SetId set;
    p->ranges.n = 0;
    while (!gr_parse_take(p, ']')) {
        Member lo, hi;
        if (gr_parse_end(p)) return unclosed(p, at);
        GR_TRY(read_member(p, &lo));
        if (gr_parse_peek(p, 0) == '-' && gr_parse_peek(p, 1) != ']' &&
            gr_parse_peek(p, 1) >= 0) {
            p->pos++;
            GR_TRY(read_member(p, &hi));
            GR_TRY(add_span(p, &lo, &hi));
        } else {
            GR_TRY(add_member(p, &lo));
        }
    }
    GR_TRY(gr_set_make(p->re, p->ranges.at, p->ranges.n, &set));
    if (p->modes & GR_RE_IGNORE_CASE) {
        GR_TRY(gr_unicode_close(p->re, set, &set));
    }
    if (negated) GR_TRY(gr_set_not(p->re, set, &set));
    return gr_parse_push_set(p, set, at);
}

/* --- v -------------------------------------------------------------------- */

/* One level of a v class has unions only, or one operator throughout: [a&&b--c]
 * is an error, not a matter of precedence. */
typedef enum ClassOp { OP_NONE, OP_UNION, OP_AND, OP_MINUS } ClassOp;

typedef struct Class {
    ClassOp op;          /* NONE until a second operand or a range */
    bool negated, wants; /* wants: an operator waits for its operand */
    bool may;            /* MayContainStrings of what has been read */
    bool any;            /* an operand has been read */
    size_t at;
    SetId set;
    uint32_t strings; /* where its own begin */
} Class;

typedef struct Classes {
    GrVec(Class) open;
    ReVec word; /* the string of \q{} being read */
} Classes;

/* Of ASCII; -1, the end of the pattern, is in no list. */
static bool is_one_of(int c, const char *list)
{
    return c > 0 && c < 128 && strchr(list, c) != NULL;
}

/* ClassSetCharacter.  Doubled punctuation is kept free for operators to come,
 * and so refused. */
static gram_status read_set_char(Parser *p, uint32_t *c)
{
    size_t at = p->pos;
    int x = gr_parse_peek(p, 0), y = gr_parse_peek(p, 1);
    if (x == '\\' && is_one_of(y, "&-!#%,:;<=>@`~b")) {
        *c = y == 'b' ? '\b' : (uint32_t)y;
        p->pos += 2;
        return GRAM_OK;
    }
    if (gr_parse_take(p, '\\')) return gr_parse_escape(p, at, false, c);
    if (is_one_of(x, "()[]{}/-|") ||
        (x == y && is_one_of(x, "&!#$%*+,.:;<=>?@^`~"))) {
        return gr_fail(p->env, GRAM_E_SYNTAX, at,
                       "%c must be escaped in a class with flag v", x);
    }
    return gr_parse_char(p, c);
}

/* Closed before any operation: that is v's definition. */
static gram_status fold_set(Parser *p, SetId *s)
{
    return p->modes & GR_RE_IGNORE_CASE ? gr_unicode_close(p->re, *s, s)
                                        : GRAM_OK;
}

static gram_status range_set(Parser *p, uint32_t lo, uint32_t hi, SetId *out)
{
    GrRange r = {lo, hi};
    GR_TRY(gr_set_make(p->re, &r, 1, out));
    return fold_set(p, out);
}

/* Strings are numbers of p->words, so equal ones are equal numbers.  Lists are
 * short: filter_strings counts the product as work. */
static bool has_string(const Parser *p, uint32_t from, uint32_t to,
                       uint32_t word)
{
    for (uint32_t i = from; i < to; i++) {
        if (p->strings.at[i] == word) return true;
    }
    return false;
}

/* Keep of the strings of `c` those that are (not) among the operand's, which
 * begin at `from`. */
static gram_status filter_strings(Parser *p, const Class *c, uint32_t from,
                                  bool keep_common)
{
    uint32_t n = c->strings;
    GR_TRY(gr_step(p->env, (uint64_t)(from - n) * (p->strings.n - from)));
    for (uint32_t i = n; i < from; i++) {
        uint32_t word = p->strings.at[i];
        if (has_string(p, from, p->strings.n, word) == keep_common) {
            p->strings.at[n++] = word;
        }
    }
    p->strings.n = n;
    return GRAM_OK;
}

/* Join an operand to the class; its strings begin at `from`.  MayContainStrings
 * follows the specification: of a union if one may, of an intersection if both
 * may, of a difference if the left side may, whatever strings are left in the
 * end. */
static gram_status join(Parser *p, Class *c, SetId set, uint32_t from, bool may)
{
    bool first = !c->any;
    /* the first operand is joined to the empty set */
    c->any = true;
    c->wants = false;
    if (!first && c->op == OP_NONE) c->op = OP_UNION;
    if (first || c->op == OP_UNION) {
        c->may |= may;
        return gr_set_or(p->re, c->set, set, &c->set);
    }
    if (c->op == OP_AND) {
        c->may &= may;
        GR_TRY(filter_strings(p, c, from, true));
        return gr_set_and(p->re, c->set, set, &c->set);
    }
    GR_TRY(filter_strings(p, c, from, false));
    GR_TRY(gr_set_not(p->re, set, &set));
    return gr_set_and(p->re, c->set, set, &c->set);
}

/* One string of \q{...}: a single character joins the set.  No character at all
 * is a string too: the empty one. */
static gram_status end_string(Parser *p, const ReVec *word, SetId *set,
                              bool *may)
{
    uint32_t id;
    SetId one;
    if (word->n == 1) {
        GR_TRY(range_set(p, word->at[0], word->at[0], &one));
        return gr_set_or(p->re, *set, one, set);
    }
    *may = true;
    GR_TRY(gr_intern(p->env, &p->words, word->at, word->n, &id, NULL));
    return gr_vec_push(p->env, &p->strings, id);
}

/* \q{a|bc|...} from the q on.  With the flag i strings are kept by a
 * representative of each character, so that equal ones are found; push_class
 * gives them back their cases. */
static gram_status read_strings(Parser *p, ReVec *word, SetId *set, bool *may)
{
    size_t at = p->pos - 1;
    p->pos += 2;
    word->n = 0;
    for (;;) {
        uint32_t c;
        const uint32_t *same;
        if (gr_parse_end(p)) return unclosed(p, at);
        bool last = gr_parse_take(p, '}');
        if (last || gr_parse_take(p, '|')) {
            GR_TRY(end_string(p, word, set, may));
            word->n = 0;
            if (last) return GRAM_OK;
            continue;
        }
        GR_TRY(read_set_char(p, &c));
        if (p->modes & GR_RE_IGNORE_CASE && gr_unicode_folds(c, &same) > 1) {
            c = same[0];
        }
        GR_TRY(gr_vec_push(p->env, word, c));
    }
}

/* A character or a range of them.  A range makes the class a union: [a-z&&b] is
 * an error in v. */
static gram_status read_span(Parser *p, Class *c, SetId *out)
{
    size_t at = p->pos;
    uint32_t lo, hi;
    GR_TRY(read_set_char(p, &lo));
    hi = lo;
    if (gr_parse_peek(p, 0) == '-' && gr_parse_peek(p, 1) != '-') {
        if (c->op > OP_UNION) {
            return gr_fail(p->env, GRAM_E_SYNTAX, at,
                           "a range cannot be an operand here");
        }
        c->op = OP_UNION;
        p->pos++;
        GR_TRY(read_set_char(p, &hi));
    }
    if (lo > hi) {
        return gr_fail(p->env, GRAM_E_SYNTAX, at,
                       "a range out of order in a class");
    }
    return range_set(p, lo, hi, out);
}

/* What follows a backslash may be a set, \q{...} or a character; the last wants
 * its backslash back. */
static gram_status read_operand(Parser *p, Classes *cs)
{
    Class *c = cs->open.at + cs->open.n - 1;
    uint32_t from = p->strings.n;
    bool is_set = false, may = false;
    SetId set = {0};
    if (gr_parse_peek(p, 0) == '\\') {
        p->pos++;
        GR_TRY(gr_parse_set(p, &is_set, &set));
        if (!is_set && gr_parse_peek(p, 0) == 'q' &&
            gr_parse_peek(p, 1) == '{') {
            is_set = true;
            GR_TRY(gr_set_make(p->re, NULL, 0, &set));
            GR_TRY(read_strings(p, &cs->word, &set, &may));
        }
        if (!is_set) p->pos--;
    }
    if (!is_set) GR_TRY(read_span(p, c, &set));
    return join(p, c, set, from, may);
}

/* Between two operands, and the same as before.  &&& is refused, as the grammar
 * has it, for its third & could be either side's. */
static gram_status read_operator(Parser *p, Class *c, ClassOp op)
{
    size_t at = p->pos;
    p->pos += 2;
    if (!c->any || c->wants || (c->op != OP_NONE && c->op != op) ||
        (op == OP_AND && gr_parse_peek(p, 0) == '&')) {
        return gr_fail(p->env, GRAM_E_SYNTAX, at,
                       "set operators of a class cannot be mixed");
    }
    c->op = op;
    c->wants = true;
    return GRAM_OK;
}

static gram_status open_class(Parser *p, Classes *cs, size_t at)
{
    Class c = {.at = at, .strings = p->strings.n};
    c.negated = gr_parse_take(p, '^');
    GR_TRY(gr_set_make(p->re, NULL, 0, &c.set));
    return gr_vec_push(p->env, &cs->open, c);
}

/* *done is the class; an inner one becomes an operand of the one around it. */
static gram_status close_class(Parser *p, Classes *cs, Class *done)
{
    *done = cs->open.at[--cs->open.n];
    if (done->wants) {
        return gr_fail(p->env, GRAM_E_SYNTAX, p->pos,
                       "a set operator without its operand");
    }
    if (done->negated && done->may) {
        return gr_fail(p->env, GRAM_E_SYNTAX, done->at,
                       "a negated class may not contain strings");
    }
    p->pos++;
    if (done->negated) GR_TRY(gr_set_not(p->re, done->set, &done->set));
    if (cs->open.n == 0) return GRAM_OK;
    return join(p, cs->open.at + cs->open.n - 1, done->set, done->strings,
                done->may);
}

/* The next piece of the innermost class. */
static gram_status read_piece(Parser *p, Classes *cs, Class *done)
{
    Class *c = cs->open.at + cs->open.n - 1;
    int x = gr_parse_peek(p, 0), y = gr_parse_peek(p, 1);
    if (x < 0) return unclosed(p, c->at);
    if (x == ']') return close_class(p, cs, done);
    if (x == '&' && y == '&') return read_operator(p, c, OP_AND);
    if (x == '-' && y == '-') return read_operator(p, c, OP_MINUS);
    if (c->op > OP_UNION && !c->wants) {
        return gr_fail(p->env, GRAM_E_SYNTAX, p->pos,
                       "set operators of a class cannot be mixed");
    }
    if (x == '[') {
        p->pos++;
        return open_class(p, cs, p->pos - 1);
    }
    return read_operand(p, cs);
}

/* The term of a finished class: its strings, its set, or both.  Longer strings
 * are tried first by ECMA, which matters to what is captured and not to what
 * matches: any order will do. */
static gram_status push_class(Parser *p, const Class *c)
{
    uint32_t alts = p->terms.n, at = (uint32_t)c->at;
    AstId id;
    for (uint32_t i = c->strings; i < p->strings.n; i++) {
        uint32_t n, first = p->terms.n;
        const uint32_t *word = gr_intern_get(&p->words, p->strings.at[i], &n);
        for (uint32_t k = 0; k < n; k++) {
            GR_TRY(gr_parse_push_char(p, word[k], at));
        }
        GR_TRY(gr_ast_add_many(p->env, p->ast, AST_CAT, p->terms.at + first, n,
                               at, &id));
        p->terms.n = first;
        GR_TRY(gr_vec_push(p->env, &p->terms, id.v));
    }
    GR_TRY(gr_parse_push_set(p, c->set, at));
    GR_TRY(gr_ast_add_many(p->env, p->ast, AST_OR, p->terms.at + alts,
                           p->terms.n - alts, at, &id));
    p->terms.n = alts;
    return gr_vec_push(p->env, &p->terms, id.v);
}

/* From [ to its ], with all classes inside; one piece at a time. */
gram_status gr_parse_class_sets(Parser *p, size_t at)
{
    Classes cs = {0};
    Class done = {0};
    p->strings.n = 0;
    gram_status s = open_class(p, &cs, at);
    while (s == GRAM_OK && cs.open.n) {
        s = gr_step(p->env, 1);
        if (s == GRAM_OK) s = read_piece(p, &cs, &done);
    }
    if (s == GRAM_OK) s = push_class(p, &done);
    gr_vec_clear(p->env, &cs.open);
    gr_vec_clear(p->env, &cs.word);
    return s;
}
