/* A state without large counts, with nearly the same masks.
 *
 *     email     [a-z]{0,57} | [\p{L}]{0,6} | ...    behind 6 characters
 *               [a-z]{0,56} | [\p{L}]{0,5} | ...    behind 7
 *     widened   [\p{L}]*                            behind any number
 *
 * The names of hosts have lengths that hold for labels and for all of it, other
 * ones for each script; so each character leads to a new expression, and the
 * mask there is a new walk over all tokens that no other one helps with.  But
 * tokens are short.  What the expression without counts (re_widen.c) takes of
 * a short text is what the exact one takes, if
 *
 *     chars of the text + chars of some word behind it <= N
 *
 * for then both texts are words of both.  So the walk is one in the wide state,
 * which is the same for all lengths, and who asks for a mask looks only at
 * tokens of more than N - `near` characters again.
 *
 * What is alive in the wide state must have a word of at most `near`
 * characters, of ASCII, since N depends on the letters.  Hence states of a
 * typed value of their own, in which what is alive, but not for so few
 * characters, is a limit: nobody can tell (text_live.c).  Its `order`, which
 * strings have no use for, is `near`.
 *
 * Only where members of a union become one is it worth it: else there is a
 * chain of states (mask/chain.c), or few.
 *
 * Rejected: registers that count beside an expression without counts (each
 * label has its own, and each script); a wide state wherever there is a count
 * (masks of `regex`, or of names with a look ahead, took 5 times as long: they
 * have other ways, and their N is small).
 *
 * Cost: to widen what is new of the expression, some 0.1 ms; once a state. */
#include "schema/cells.h"
#include "schema/text.h"

/* SURE_LEAST: characters that all tokens that are looked up may have. */
enum { NEAR_MOST = 4, SURE_LEAST = 3 };

/* The one expression that says all, at a boundary; false: there is none. */
static gram_status only_expr(Sm *sm, LexId lex, TypedId id, ReId *re, bool *one)
{
    const Typed *t = sm_typed_at(sm, id);
    GrLexInfo info;
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    *one = info.boundary && t->order == 0 && sm_text_holds(sm, t) &&
           !t->text->counted && t->text->n_regions == 1 && info.n == 1;
    if (!*one) return GRAM_OK;
    *re = info.expr[0];
    return gr_re_walks(sm->re, *re, one);
}

/* The typed value of strings that end soon. */
static gram_status near_typed(Sm *sm, TypedId id, uint32_t near, TypedId *out)
{
    const Typed *t = sm_typed_at(sm, id);
    GR_TRY(sm_typed(sm, T_STRING, (const Bdd *)t->root, t->n, t->goal, 0, near,
                    out));
    sm_typed_at(sm, *out)->text = t->text;
    return GRAM_OK;
}

/* How many characters of which sets are sure, with `near` more behind them. */
static gram_status put_sets(Sm *sm, ReId re, uint32_t near, GrWide *w)
{
    GrSure sure[GR_SURES];
    uint32_t n;
    GR_TRY(gr_re_widen_sure(sm->re, re, near + SURE_LEAST, sure, &n));
    w->n = 0;
    for (uint32_t i = 0; i < n && sure[0].most > near; i++) {
        GrWideSet *s = &w->of[w->n++];
        s->ranges = (const uint32_t *)gr_set_get(sm->re, sure[i].set, &s->n);
        s->chars = sure[i].most - near;
    }
    return GRAM_OK;
}

/* Labels have an end whatever the script is. */
static gram_status put_over(Sm *sm, ReId re, GrWideSet *s)
{
    SetId set;
    s->n = 0;
    if (!gr_re_widen_run(sm->re, &set)) return GRAM_OK;
    s->ranges = (const uint32_t *)gr_set_get(sm->re, set, &s->n);
    return gr_re_reach(sm->re, re, set, &s->chars);
}

/* The state of the wide expression. */
static gram_status put_state(Sm *sm, TypedId id, ReId wide, uint32_t near,
                             GrWide *w)
{
    LexId to;
    TypedId typed;
    GR_TRY(gr_lex_start(sm->re, sm->policy.escapes,
                        sm_typed_at(sm, id)->text->need, &wide, 1, &to));
    GR_TRY(near_typed(sm, id, near, &typed));
    return sm_state(sm, S_TEXT, to.v, typed.v, &w->state);
}

/* *out stays NULL where there is none.  Of the sets the first two say nothing
 * of members that became one. */
static gram_status find_wide(Sm *sm, LexId lex, TypedId id, const GrWide **out)
{
    ReId re = {0}, wide;
    uint32_t near;
    GrWide made;
    bool one;
    GR_TRY(only_expr(sm, lex, id, &re, &one));
    if (!one) return GRAM_OK;
    GR_TRY(gr_re_least(sm->re, re, &near));
    near = near < 2 ? 1 : near + 1;
    if (near > NEAR_MOST) return GRAM_OK;
    GR_TRY(gr_re_widen(sm->re, re, near + SURE_LEAST, &wide));
    if (wide.v == re.v) return GRAM_OK;
    made.near = near;
    GR_TRY(put_sets(sm, re, near, &made));
    if (made.n <= 2) return GRAM_OK;
    GR_TRY(put_over(sm, re, &made.over));
    GR_TRY(put_state(sm, id, wide, near, &made));
    *out = (const void *)gr_arena_copy(sm->env, &sm->arena, &made, sizeof made);
    return *out == NULL ? GRAM_E_MEMORY : GRAM_OK;
}

gram_status sm_text_wide(Sm *sm, LexId lex, TypedId id, const GrWide **out)
{
    uint64_t key = gr_pair(id.v, lex.v);
    const uint32_t *known = gr_map_find(&sm->wide_of, key);
    *out = NULL;
    if (!gr_re_may_widen(sm->re)) return GRAM_OK;
    if (known != NULL) {
        if (*known > 0) *out = sm->wides.at[*known - 1];
        return GRAM_OK;
    }
    gram_status status = find_wide(sm, lex, id, out);
    if (status == GRAM_E_LIMIT) *out = NULL; /* there is none, then */
    if (status != GRAM_E_LIMIT) GR_TRY(status);
    if (*out != NULL) GR_TRY(gr_vec_push(sm->env, &sm->wides, *out));
    return gr_map_put(sm->env, &sm->wide_of, key,
                      *out != NULL ? sm->wides.n : 0);
}
