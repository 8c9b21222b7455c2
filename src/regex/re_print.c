/* Printing terms for people: dumps and error messages.
 *
 *     none  eps  all  [a-z]  [^\u{A}]  {foo|bar|...}
 *     x y  x{2,5}  x*  (x|y)  (x&y)  ~x
 *
 * Terms nest without bound, so the walk keeps its own stack, of terms and of
 * the text that follows them.  The output is cut after a few thousand bytes:
 * a term is a DAG and its full spelling may be exponentially longer than
 * itself. */
#include "regex/re_pool.h"

#include <stdio.h>

enum { CUT = 4096, WORDS_SHOWN = 8, RANGES_SHOWN = 16 };

/* Texts are short enough to lie in it: signs, and counts of two numbers. */
typedef struct Piece {
    uint32_t term; /* UINT32_MAX: text */
    char text[28];
} Piece;

typedef struct Printer {
    GrRe *re;
    GrText *out;
    GrVec(Piece) todo; /* the last is next */
} Printer;

/* Each counted as a step: printing ends like everything else. */
static gram_status put(Printer *p, const char *text, size_t n)
{
    GR_TRY(gr_vec_reserve(p->re->env, p->out, n));
    if (n) memcpy(p->out->at + p->out->n, text, n);
    p->out->n += (uint32_t)n;
    return gr_step(p->re->env, 1);
}

static gram_status put_text(Printer *p, const char *text)
{
    return put(p, text, strlen(text));
}

/* To be printed when the stack comes to it: what is pushed last is next. */
static gram_status later_text(Printer *p, const char *text)
{
    Piece piece = {UINT32_MAX, {0}};
    snprintf(piece.text, sizeof piece.text, "%s", text);
    return gr_vec_push(p->re->env, &p->todo, piece);
}

static gram_status later_term(Printer *p, uint32_t term)
{
    return gr_vec_push(p->re->env, &p->todo, (Piece){term, {0}});
}

/* Plain where it cannot be taken for a sign of this notation. */
static gram_status put_char(Printer *p, uint32_t c)
{
    char text[16];
    bool plain = c > ' ' && c < 0x7F && strchr("\\[](){}|&~*-", (int)c) == NULL;
    snprintf(text, sizeof text, plain ? "%c" : "\\u{%X}", c);
    return put_text(p, text);
}

/* One character is no range. */
static gram_status put_range(Printer *p, uint32_t lo, uint32_t hi)
{
    GR_TRY(put_char(p, lo));
    if (hi == lo) return GRAM_OK;
    GR_TRY(put_text(p, "-"));
    return put_char(p, hi);
}

/* A set that reaches both ends as [^ and its gaps.  The surrogates, which no
 * set holds, are no gap to show. */
static gram_status put_set(Printer *p, SetId s)
{
    uint32_t n, shown = 0;
    const GrRange *r = gr_set_get(p->re, s, &n);
    bool gaps = r[0].lo == 0 && r[n - 1].hi == RE_MAX_CHAR;
    /* a literal reads better without brackets */
    if (n == 1 && r[0].lo == r[0].hi) return put_char(p, r[0].lo);
    GR_TRY(put_text(p, gaps ? "[^" : "["));
    for (uint32_t i = 0; i < n - gaps && shown < RANGES_SHOWN; i++) {
        uint32_t lo = gaps ? r[i].hi + 1 : r[i].lo;
        uint32_t hi = gaps ? r[i + 1].lo - 1 : r[i].hi;
        if (lo == RE_SURROGATES && hi == RE_PAST - 1) continue;
        GR_TRY(put_range(p, lo, hi));
        shown++;
    }
    return put_text(p, shown == RANGES_SHOWN ? "...]" : "]");
}

/* The first few, in their order; long ones are cut. */
static gram_status put_words(Printer *p, const ReNode *node)
{
    uint32_t n = node->hi - node->lo;
    GR_TRY(put_text(p, "{"));
    for (uint32_t i = 0; i < n && i < WORDS_SHOWN; i++) {
        uint32_t len;
        const char *text = gr_words_text(p->re, node, node->lo + i, &len);
        if (i > 0) GR_TRY(put_text(p, "|"));
        GR_TRY(put(p, text, len < CUT ? len : CUT));
    }
    return put_text(p, n > WORDS_SHOWN ? "|...}" : "}");
}

/* "*", "+", "?", "{n}" or "{n,m}" */
static void spell_counts(uint32_t lo, uint32_t hi, char text[28])
{
    if (hi == GR_RE_INF && lo <= 1)
        snprintf(text, 28, "%s", lo ? "+" : "*");
    else if (hi == GR_RE_INF)
        snprintf(text, 28, "{%u,}", lo);
    else if (lo == 0 && hi == 1)
        snprintf(text, 28, "?");
    else if (lo == hi)
        snprintf(text, 28, "{%u}", lo);
    else
        snprintf(text, 28, "{%u,%u}", lo, hi);
}

/* Needs no parentheses under * or ~; unions and intersections bring theirs. */
static bool is_atom(const GrRe *re, uint32_t term)
{
    ReKind k = gr_re_node(re, gr_re_id(term))->kind;
    return k != RE_CAT && k != RE_REP && k != RE_NOT;
}

/* x, in parentheses unless it is an atom; what follows it is pushed first. */
static gram_status later_operand(Printer *p, uint32_t term)
{
    bool atom = is_atom(p->re, term);
    if (!atom) GR_TRY(later_text(p, ")"));
    GR_TRY(later_term(p, term));
    return atom ? GRAM_OK : later_text(p, "(");
}

/* Not more kids than bytes that will be printed. */
static gram_status later_many(Printer *p, ReId a, const char *sign)
{
    uint32_t n;
    const uint32_t *kid = gr_re_kids(p->re, a, &n);
    GR_TRY(later_text(p, ")"));
    for (uint32_t i = n < CUT ? n : CUT; i-- > 0;) {
        GR_TRY(later_term(p, kid[i]));
        if (i > 0) GR_TRY(later_text(p, sign));
    }
    return later_text(p, "(");
}

/* One term: its text, or its pieces in reverse order. */
static gram_status print_term(Printer *p, ReId a)
{
    const ReNode *n = gr_re_node(p->re, a);
    char counts[28];
    switch ((ReKind)n->kind) {
    case RE_NONE: return put_text(p, "none");
    case RE_EPS: return put_text(p, "eps");
    case RE_ALL: return put_text(p, "all");
    case RE_SET: return put_set(p, (SetId){n->a});
    case RE_WORDS: return put_words(p, n);
    case RE_LEAP:
        return gr_text_printf(p->re->env, p->out, "leap(%u %u:%u)", n->a, n->b,
                              n->lo);
    case RE_OR: return later_many(p, a, "|");
    case RE_AND: return later_many(p, a, "&");
    case RE_CAT:
        GR_TRY(later_term(p, n->b));
        GR_TRY(later_text(p, " "));
        return later_term(p, n->a);
    case RE_REP:
        spell_counts(n->lo, n->hi, counts);
        GR_TRY(later_text(p, counts));
        return later_operand(p, n->a);
    case RE_NOT: GR_TRY(later_operand(p, n->a)); return later_text(p, "~");
    }
    return GRAM_OK;
}

/* The cut is looked at between pieces: a piece more, at most, is printed. */
static gram_status run(Printer *p, ReId a)
{
    uint32_t start = p->out->n;
    GR_TRY(later_term(p, a.v));
    while (p->todo.n > 0) {
        Piece piece = p->todo.at[--p->todo.n];
        if (p->out->n - start > CUT) return put_text(p, "...");
        GR_TRY(piece.term == UINT32_MAX ? put_text(p, piece.text)
                                        : print_term(p, gr_re_id(piece.term)));
    }
    return GRAM_OK;
}

/* For people: nothing reads it, and what is cut says so. */
gram_status gr_re_print(GrRe *re, ReId a, GrText *out)
{
    Printer p = {.re = re, .out = out};
    gram_status st = run(&p, a);
    gr_vec_clear(re->env, &p.todo);
    return st;
}
