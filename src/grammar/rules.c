/* Rules and parts: storage, names, and the makers that simplify.
 *
 * Repeats of repeats fold where the counts reached are an interval: k times
 * X{a,b} is X{k a, k b}, and these meet from k = m on if they do at m:
 *
 *     (X{a,b}){m,n} = X{a m, b n}      m = n, or b m + 1 >= a (m + 1)
 *
 * so that stars over stars, however deep, are one star, and nobody counts
 * one thing in many ways.
 *
 * Names are interned as sequences of words; the id of a name is the number of
 * its rule, which is why a rule is added exactly when its name is new. */
#include "grammar/rules.h"

gram_status gr_rules_init(GrEnv *env, GrReport *report, GrRules *out)
{
    memset(out, 0, sizeof *out);
    out->env = env;
    out->report = report;
    out->start.v = GR_NO_RULE;
    gr_intern_init(&out->names);
    return gr_re_new(env, &out->re);
}

void gr_rules_clear(GrRules *r)
{
    gr_re_free(r->re);
    r->re = NULL;
    gr_vec_clear(r->env, &r->part);
    gr_vec_clear(r->env, &r->kid);
    gr_vec_clear(r->env, &r->text);
    gr_vec_clear(r->env, &r->rule);
    gr_intern_clear(r->env, &r->names);
}

/* --- names ---------------------------------------------------------------- */

/* A name as the words of an intern key, in the free end of the kid array,
 * which is scratch here. */
static gram_status name_key(GrRules *r, const char *name, size_t len)
{
    GR_TRY(gr_vec_reserve(r->env, &r->kid, len));
    for (size_t i = 0; i < len; i++) r->kid.at[r->kid.n + i] = (uint8_t)name[i];
    return GRAM_OK;
}

/* Does not make the rule: used where a name is only tried. */
gram_status gr_rules_find(GrRules *r, const char *name, size_t len, RuleId *out)
{
    GR_TRY(name_key(r, name, len));
    uint32_t *key = len ? r->kid.at + r->kid.n : NULL;
    out->v = gr_intern_find(&r->names, key, (uint32_t)len);
    return GRAM_OK;
}

/* Room for text and rule comes first: once the name is interned nothing can
 * fail, or names and rules would no longer have the same numbers. */
gram_status gr_rules_name(GrRules *r, const char *name, size_t len, uint32_t at,
                          RuleId *out)
{
    bool is_new;
    GR_TRY(name_key(r, name, len));
    GR_TRY(gr_vec_reserve(r->env, &r->rule, 1));
    GR_TRY(gr_vec_reserve(r->env, &r->text, len));
    GR_TRY(gr_intern(r->env, &r->names, r->kid.at + r->kid.n, (uint32_t)len,
                     &out->v, &is_new));
    if (!is_new) return GRAM_OK;
    Rule rule = {r->text.n, (uint32_t)len, at, false, {0}, 0};
    GR_TRY(gr_text_put(r->env, &r->text, name, len));
    return gr_vec_push(r->env, &r->rule, rule);
}

/* Into the caller's buffer, so that messages need no memory. */
const char *gr_rules_spell(const GrRules *r, RuleId rule, char *buf, size_t cap)
{
    const Rule *x = &r->rule.at[rule.v];
    size_t n = x->name_len < cap ? x->name_len : cap - 1;
    memcpy(buf, r->text.at + x->name, n);
    buf[n] = 0;
    return buf;
}

/* The place is that of the definition, or of the first use. */
gram_status gr_rules_fail(const GrRules *r, gram_status code, RuleId rule,
                          const char *what)
{
    char name[100];
    gr_rules_spell(r, rule, name, sizeof name);
    gr_fail(r->env, code, r->rule.at[rule.v].at, "rule \"%s\" %s", name, what);
    if (r->env->error != NULL)
        gr_rules_spell(r, rule, r->env->error->pointer,
                       sizeof r->env->error->pointer);
    return code;
}

/* --- parts ---------------------------------------------------------------- */

/* Parts are never changed or removed; one that was folded into another stays
 * and is referred to by nothing. */
static gram_status make(GrRules *r, Part p, PartId *out)
{
    GR_TRY(gr_step(r->env, 1));
    out->v = r->part.n;
    return gr_vec_push(r->env, &r->part, p);
}

gram_status gr_part_empty(GrRules *r, uint32_t at, PartId *out)
{
    return make(r, (Part){PART_EMPTY, 0, 0, 0, at}, out);
}

gram_status gr_part_set(GrRules *r, uint32_t at, SetId set, PartId *out)
{
    return make(r, (Part){PART_SET, set.v, 0, 0, at}, out);
}

gram_status gr_part_text(GrRules *r, uint32_t at, const char *text, size_t n,
                         PartId *out)
{
    if (n == 0) return gr_part_empty(r, at, out);
    uint32_t off = r->text.n;
    GR_TRY(gr_text_put(r->env, &r->text, text, n));
    return make(r, (Part){PART_TEXT, off, (uint32_t)n, 0, at}, out);
}

gram_status gr_part_ref(GrRules *r, uint32_t at, RuleId rule, PartId *out)
{
    return make(r, (Part){PART_REF, rule.v, 0, 0, at}, out);
}

gram_status gr_part_regex(GrRules *r, uint32_t at, ReId expr, PartId *out)
{
    return make(r, (Part){PART_REGEX, expr.v, 0, 0, at}, out);
}

/* "None" means that the expression is not known yet (except.c). */
gram_status gr_part_except(GrRules *r, uint32_t at, PartId a, PartId b,
                           PartId *out)
{
    return make(r, (Part){PART_EXCEPT, a.v, b.v, gr_re_none(r->re).v, at}, out);
}

gram_status gr_part_and(GrRules *r, uint32_t at, PartId a, PartId b,
                        PartId *out)
{
    return make(r, (Part){PART_AND, a.v, b.v, gr_re_none(r->re).v, at}, out);
}

gram_status gr_part_not(GrRules *r, uint32_t at, PartId a, PartId *out)
{
    return make(r, (Part){PART_NOT, a.v, 0, gr_re_none(r->re).v, at}, out);
}

/* The ids one after the other, behind all that are there. */
static gram_status add_kids(GrRules *r, const uint32_t *ids, uint32_t n,
                            uint32_t *first)
{
    *first = r->kid.n;
    GR_TRY(gr_vec_reserve(r->env, &r->kid, n));
    if (n) memcpy(r->kid.at + r->kid.n, ids, n * sizeof *ids);
    r->kid.n += n;
    return GRAM_OK;
}

/* Lists of one are that one, or groups in parentheses would be nested parts. */
gram_status gr_part_list(GrRules *r, uint32_t at, PartKind kind,
                         const uint32_t *parts, uint32_t n, PartId *out)
{
    uint32_t first;
    if (n == 0) return gr_part_empty(r, at, out);
    if (n == 1) {
        out->v = parts[0];
        return GRAM_OK;
    }
    GR_TRY(add_kids(r, parts, n, &first));
    return make(r, (Part){kind, first, n, 0, at}, out);
}

gram_status gr_part_tokens(GrRules *r, uint32_t at, const uint32_t *ids,
                           uint32_t n, bool negated, PartId *out)
{
    uint32_t first;
    GR_TRY(add_kids(r, ids, n, &first));
    return make(r, (Part){PART_TOKENS, first, n, negated, at}, out);
}

/* a * b, where GR_RE_INF is no end; as is what no text is long enough for. */
static uint32_t times(uint32_t a, uint32_t b)
{
    uint64_t n = (uint64_t)a * b;
    if (a == 0 || b == 0) return 0;
    return a == GR_RE_INF || b == GR_RE_INF || n > GR_RE_INF ? GR_RE_INF
                                                             : (uint32_t)n;
}

/* Fold lo..hi times X{x->b, x->c}; false where the counts have holes.  The
 * theorem of the head, with m = *lo, and with one case more: where b m is no
 * end already, every count from a m on is reached. */
static bool fold(const Part *x, uint32_t *lo, uint32_t *hi)
{
    uint64_t least = (uint64_t)x->b * *lo;
    uint64_t end = times(x->c, *lo), next = (uint64_t)x->b * (*lo + 1ull);
    bool open = end == GR_RE_INF;
    if (least >= GR_RE_INF || (*lo < *hi && !open && end + 1 < next))
        return false;
    *lo = (uint32_t)least;
    *hi = times(x->c, *hi);
    return true;
}

/* X{0,0} and repeats of "" are "". */
gram_status gr_part_repeat(GrRules *r, uint32_t at, PartId kid, uint32_t lo,
                           uint32_t hi, PartId *out)
{
    const Part *x = &r->part.at[kid.v];
    if (hi == 0 || x->kind == PART_EMPTY) return gr_part_empty(r, at, out);
    if (x->kind == PART_REPEAT && fold(x, &lo, &hi)) {
        kid.v = x->a;
        if (lo == 1 && hi == 1) {
            *out = kid;
            return GRAM_OK;
        }
    }
    if (lo == 1 && hi == 1) {
        *out = kid;
        return GRAM_OK;
    }
    return make(r, (Part){PART_REPEAT, kid.v, lo, hi, at}, out);
}
