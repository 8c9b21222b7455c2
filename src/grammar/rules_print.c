/* Printing rules so that gr_dialect_ir reads them again as they were, but for
 * regular expressions, intersections and complements, which only people read.
 *
 * A stack of pieces, parts and strings, replaces recursion; a piece carries
 * how tightly it is bound, which tells where parentheses are needed. */
#include "grammar/rules.h"

/* Where a part stands: an ALT needs parentheses in a sequence, a SEQ under a
 * postfix. */
typedef enum Tightness { LOOSE, IN_SEQUENCE, IN_POSTFIX } Tightness;

typedef struct Piece {
    const char *word; /* printed as it is; NULL: the part */
    PartId part;
    Tightness tight;
} Piece;

typedef struct Printer {
    const GrRules *r;
    GrText *out;
    GrVec(Piece) todo;
} Printer;

/* At once, where push_word is for when its turn comes. */
static gram_status put(Printer *p, const char *word)
{
    return gr_text_put(p->r->env, p->out, word, strlen(word));
}

/* `word` is a constant: pieces keep the pointer. */
static gram_status push_word(Printer *p, const char *word)
{
    return gr_vec_push(p->r->env, &p->todo, (Piece){word, {0}, LOOSE});
}

static gram_status push_part(Printer *p, uint32_t part, Tightness tight)
{
    return gr_vec_push(p->r->env, &p->todo, (Piece){NULL, {part}, tight});
}

/* A code point: itself if it is plain, else an escape of fixed length.  Fixed,
 * so that a digit that follows is not taken into it. */
static gram_status put_char(Printer *p, uint32_t c)
{
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                 (c >= 'A' && c <= 'Z') || c == ' ' || c == '_';
    if (plain) return gr_text_printf(p->r->env, p->out, "%c", (int)c);
    if (c > ' ' && c < 127 && strchr("\"\\[]-^", (int)c) == NULL)
        return gr_text_printf(p->r->env, p->out, "%c", (int)c);
    if (c < 0x10000) return gr_text_printf(p->r->env, p->out, "\\u%04x", c);
    return gr_text_printf(p->r->env, p->out, "\\U%08x", c);
}

/* By code points: literals are UTF-8. */
static gram_status put_text(Printer *p, const Part *x)
{
    const char *s = p->r->text.at + x->a;
    GR_TRY(put(p, "\""));
    for (uint32_t i = 0, n; i < x->b; i += n)
        GR_TRY(put_char(p, gr_utf8_get(s + i, x->b - i, &n)));
    return put(p, "\"");
}

/* The empty set is [], and so it is read (EMPTY_IS_SET). */
static gram_status put_set(Printer *p, SetId set)
{
    uint32_t n;
    const GrRange *range = gr_set_get(p->r->re, set, &n);
    GR_TRY(put(p, "["));
    for (uint32_t i = 0; i < n; i++) {
        GR_TRY(put_char(p, range[i].lo));
        if (range[i].hi > range[i].lo) {
            GR_TRY(put(p, "-"));
            GR_TRY(put_char(p, range[i].hi));
        }
    }
    return put(p, "]");
}

/* By number, also what was named by its text: the vocabulary is not asked. */
static gram_status put_tokens(Printer *p, const Part *x)
{
    GR_TRY(put(p, x->c ? "!<[" : "<["));
    for (uint32_t i = 0; i < x->b; i++)
        GR_TRY(gr_text_printf(p->r->env, p->out, i ? ",%u" : "%u",
                              p->r->kid.at[x->a + i]));
    return put(p, "]>");
}

static gram_status put_name(Printer *p, RuleId rule)
{
    const Rule *x = &p->r->rule.at[rule.v];
    return gr_text_put(p->r->env, p->out, p->r->text.at + x->name, x->name_len);
}

/* In the regex room's own notation, which no dialect reads. */
static gram_status put_regex(Printer *p, ReId expr)
{
    GR_TRY(put(p, "/"));
    GR_TRY(gr_re_print(p->r->re, expr, p->out));
    return put(p, "/");
}

/* The children of a SEQ or ALT, last first: the stack turns them round. */
static gram_status list(Printer *p, const Part *x, Tightness tight)
{
    bool alt = x->kind == PART_ALT,
         parens = tight > (alt ? LOOSE : IN_SEQUENCE);
    if (parens) {
        GR_TRY(put(p, "("));
        GR_TRY(push_word(p, ")"));
    }
    for (uint32_t i = x->b; i-- > 0;) {
        GR_TRY(push_part(p, p->r->kid.at[x->a + i], alt ? LOOSE : IN_POSTFIX));
        if (i > 0) GR_TRY(push_word(p, alt ? " | " : " "));
    }
    return GRAM_OK;
}

/* The shortest spelling that all counts have one of. */
static gram_status put_counts(Printer *p, uint32_t lo, uint32_t hi)
{
    GrEnv *env = p->r->env;
    if (hi == GR_RE_INF && lo <= 1) return put(p, lo ? "+" : "*");
    if (lo == 0 && hi == 1) return put(p, "?");
    if (hi == GR_RE_INF) return gr_text_printf(env, p->out, "{%u,}", lo);
    return gr_text_printf(env, p->out, "{%u,%u}", lo, hi);
}

/* The counts follow what is repeated: a piece whose word is empty marks
 * them, the part is then the repeat itself. */
static gram_status repeat(Printer *p, PartId id)
{
    const Part *x = &p->r->part.at[id.v];
    GR_TRY(gr_vec_push(p->r->env, &p->todo, (Piece){"", id, LOOSE}));
    bool nested = p->r->part.at[x->a].kind == PART_REPEAT;
    if (nested) GR_TRY(push_word(p, ")"));
    if (nested) GR_TRY(put(p, "("));
    return push_part(p, x->a, IN_POSTFIX);
}

/* Always in parentheses: no precedence to remember. */
static gram_status pair(Printer *p, const Part *x, const char *between)
{
    GR_TRY(put(p, "("));
    GR_TRY(push_word(p, ")"));
    GR_TRY(push_part(p, x->b, IN_POSTFIX));
    GR_TRY(push_word(p, between));
    return push_part(p, x->a, IN_POSTFIX);
}

/* An ALT needs no parentheses of its own inside of these. */
static gram_status complement(Printer *p, const Part *x)
{
    GR_TRY(put(p, "~("));
    GR_TRY(push_word(p, ")"));
    return push_part(p, x->a, LOOSE);
}

/* One piece off the stack: a word, counts, or a part that puts its own
 * pieces. */
static gram_status print_piece(Printer *p, Piece piece)
{
    const Part *x = &p->r->part.at[piece.part.v];
    GR_TRY(gr_step(p->r->env, 1));
    if (piece.word != NULL && *piece.word) return put(p, piece.word);
    if (piece.word != NULL) return put_counts(p, x->b, x->c);
    switch ((PartKind)x->kind) {
    case PART_EMPTY: return put(p, "\"\"");
    case PART_SET: return put_set(p, (SetId){x->a});
    case PART_TEXT: return put_text(p, x);
    case PART_SEQ:
    case PART_ALT: return list(p, x, piece.tight);
    case PART_REF: return put_name(p, (RuleId){x->a});
    case PART_REPEAT: return repeat(p, piece.part);
    case PART_TOKENS: return put_tokens(p, x);
    case PART_REGEX: return put_regex(p, (ReId){x->a});
    case PART_EXCEPT: return pair(p, x, " - ");
    case PART_AND: return pair(p, x, " & ");
    case PART_NOT: return complement(p, x);
    }
    return GRAM_OK;
}

/* Steps are pieces; the stack is as deep as the part is nested. */
gram_status gr_part_print(const GrRules *r, PartId part, GrText *out)
{
    Printer p = {.r = r, .out = out};
    gram_status status = push_part(&p, part.v, LOOSE);
    while (status == GRAM_OK && p.todo.n > 0)
        status = print_piece(&p, p.todo.at[--p.todo.n]);
    gr_vec_clear(r->env, &p.todo);
    return status;
}

static gram_status print_rule(const GrRules *r, RuleId rule, GrText *out)
{
    const Rule *x = &r->rule.at[rule.v];
    GR_TRY(gr_text_put(r->env, out, r->text.at + x->name, x->name_len));
    GR_TRY(gr_text_put(r->env, out, " ::= ", 5));
    GR_TRY(gr_part_print(r, x->body, out));
    return gr_text_put(r->env, out, "\n", 1);
}

/* The start rule first: that is how the dialect knows it. */
gram_status gr_rules_print(const GrRules *r, GrText *out)
{
    GR_TRY(print_rule(r, r->start, out));
    for (uint32_t i = 0; i < r->rule.n; i++)
        if (i != r->start.v) GR_TRY(print_rule(r, (RuleId){i}, out));
    return GRAM_OK;
}
