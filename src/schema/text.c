/* Strings: cells and loops.
 *
 * A state is (byte state of the tuple of all regions' expressions, typed
 * value); the length itself is register 0 of the string's level.  What the
 * regions are is told in text_spec.c, and at which lengths a state is alive in
 * text_live.c: that set is the guard of every move, so that no state without
 * completion is entered. */
#include "schema/cells.h"
#include "schema/text.h"

/* --- cells ---------------------------------------------------------------- */

/* A class map of the expressions' pool as one of the waist's; the quote gets a
 * class of its own, the last.  Most byte states have one of a few maps. */
gram_status sm_lex_map(Sm *sm, const GrLexInfo *info, uint32_t *map)
{
    SmWords *known = &sm->lex_maps;
    while (known->n <= info->map) GR_TRY(gr_vec_push(sm->env, known, 0));
    if (known->at[info->map] != 0) {
        *map = known->at[info->map] - 1;
        return GRAM_OK;
    }
    uint8_t classes[256];
    memcpy(classes, info->classes, sizeof classes);
    /* behind a backslash the quote is a character like others */
    if (classes['"'] == 0) classes['"'] = (uint8_t)info->n_classes;
    GR_TRY(gr_pda_map(sm->pda, classes, info->n_classes + 1, map));
    known->at[info->map] = *map + 1;
    return GRAM_OK;
}

/* The cell where the length lies in one of the intervals.  The chain is built
 * from its end, so that the lowest interval is asked first. */
static gram_status test_in(Sm *sm, const Intervals *v, Cell yes, Cell *out)
{
    if (v->n == 1 && v->at[0] == 0 && v->at[1] == UINT32_MAX) {
        *out = yes;
        return GRAM_OK;
    }
    Cell cell = gr_cell_dead();
    for (uint32_t i = v->n; i-- > 0;)
        GR_TRY(gr_cell_test(sm->pda, REG_LENGTH, v->at[2 * i], v->at[2 * i + 1],
                            yes, cell, &cell));
    *out = cell;
    return GRAM_OK;
}

/* The state is one of the first typed value of its shape: strings that must
 * hold the same share their states and masks. */
gram_status sm_text_start(Sm *sm, TypedId id, StateId *out)
{
    LexId lex;
    TypedId like;
    GR_TRY(sm_text_lex(sm, id, &lex));
    GR_TRY(sm_text_like(sm, id, &like));
    return sm_state(sm, S_TEXT, lex.v, like.v, out);
}

/* The closing quote in one region: the verdict, read off the tuple.  The
 * roots' functions were turned into expressions there, so the vector is
 * rebuilt from nullability, not from atoms. */
static gram_status close_region(Sm *sm, Typed *t, const GrLexInfo *info,
                                const Region *r, Cell *out)
{
    uint32_t words = gr_bit_words(t->n);
    uint32_t *vector = gr_zalloc(sm->env, words, sizeof *vector);
    if (vector == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < t->n; i++)
        if (gr_re_nullable(sm->re, info->expr[r->at[i]])) gr_bit_set(vector, i);
    Verdict v;
    bool ok;
    gram_status status = sm_verdict_of(sm, t, vector, &v, &ok);
    gr_free(sm->env, vector, words * sizeof *vector);
    GR_TRY(status);
    if (!ok) {
        *out = gr_cell_dead();
        return GRAM_OK;
    }
    return gr_cell_pop(sm->pda, v, false, out);
}

/* Regions are disjoint, so the order of the tests does not matter; one that is
 * refused needs none where nothing behind it is accepted. */
static gram_status close_cell(Sm *sm, TypedId id, const GrLexInfo *info,
                              Cell *out)
{
    Typed *t = sm_typed_at(sm, id);
    const TextSpec *spec;
    GR_TRY(sm_text_spec(sm, t, &spec));
    *out = gr_cell_dead();
    if (!info->boundary) return GRAM_OK;
    for (uint32_t i = spec->n_regions; i-- > 0;) {
        const Region *r = &spec->region[i];
        Cell yes;
        GR_TRY(close_region(sm, t, info, r, &yes));
        if (!spec->counted)
            *out = yes;
        else if (yes.v != out->v)
            GR_TRY(gr_cell_test(sm->pda, REG_LENGTH, r->lo, r->hi, yes, *out,
                                out));
    }
    return GRAM_OK;
}

/* Where the length does not matter, what lies ahead of a state inside a
 * character is not asked for again: some boundary is alive, or else the move
 * would not be made. */
static gram_status lengths_behind(Sm *sm, TypedId id, LexId to, bool whole,
                                  Intervals *live)
{
    if (whole || sm_typed_at(sm, id)->text->counted)
        return sm_text_lengths(sm, id, to, live);
    live->n = 1;
    return GRAM_OK;
}

/* What may not live is refused before the move is made: a derivative is dearer
 * than the look at where the byte leads. */
gram_status sm_text_fill(Sm *sm, LexId lex, TypedId id, uint32_t cls, Cell *out)
{
    GrLexInfo info;
    LexId to;
    bool whole, may;
    StateId next;
    Intervals live;
    *out = gr_cell_dead();
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    if (cls > info.n_classes) return GRAM_OK;
    if (cls == info.n_classes) return close_cell(sm, id, &info, out);
    GR_TRY(sm_text_may(sm, id, lex, cls, &may));
    if (!may) return GRAM_OK;
    GR_TRY(gr_lex_move(sm->re, lex, cls, &to, &whole));
    GR_TRY(lengths_behind(sm, id, to, whole, &live));
    if (live.n == 0) return GRAM_OK;
    GR_TRY(sm_state(sm, S_TEXT, to.v, id.v, &next));
    const TextSpec *spec = sm_typed_at(sm, id)->text;
    if (!spec->counted) {
        *out = gr_cell_goto(next);
        return GRAM_OK;
    }
    GR_TRY(test_in(sm, &live, gr_cell_goto(next), out));
    return whole ? gr_cell_add(sm->pda, REG_LENGTH, 1, *out, out) : GRAM_OK;
}

/* --- the self loop -------------------------------------------------------- */

/* Raw characters of a set: without what only an escape can spell. */
static gram_status raw_ranges(Sm *sm, const GrRange *range, uint32_t n,
                              GrLoop *out)
{
    static const GrRange raw[3] = {
        {0x20, 0x21}, {0x23, 0x5B}, {0x5D, 0x10FFFF}};
    uint32_t *w =
        gr_arena_take(sm->env, &sm->arena, ((size_t)n + 3) * 2 * sizeof *w);
    if (w == NULL) return GRAM_E_MEMORY;
    out->n = 0;
    for (uint32_t i = 0, j = 0; i < n && j < 3;) {
        uint32_t lo = range[i].lo > raw[j].lo ? range[i].lo : raw[j].lo;
        uint32_t hi = range[i].hi < raw[j].hi ? range[i].hi : raw[j].hi;
        if (lo <= hi) {
            w[2 * out->n] = lo;
            w[2 * out->n + 1] = hi;
            out->n++;
        }
        if (range[i].hi <= raw[j].hi)
            i++;
        else
            j++;
    }
    out->ranges = w;
    return GRAM_OK;
}

/* All code points, but perhaps for surrogates. */
static bool is_whole(const GrRange *range, uint32_t n)
{
    uint32_t last = n ? range[n - 1].hi : 0;
    return n > 0 && range[0].lo == 0 && last == 0x10FFFF &&
           (n == 1 ||
            (n == 2 && range[0].hi >= 0xD7FF && range[1].lo <= 0xE000));
}

/* Only between characters: the mask machinery takes whole characters of a set
 * at once. */
gram_status sm_lex_loop(Sm *sm, LexId lex, bool asked, GrLoop *out)
{
    GrLexInfo info;
    SetId set;
    uint32_t n;
    memset(out, 0, sizeof *out);
    out->reg = GR_REGS;
    out->limit = out->sure = out->most = UINT32_MAX;
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    if (!info.boundary || !asked) return GRAM_OK;
    GR_TRY(gr_lex_loop(sm->re, lex, &set));
    const GrRange *range = gr_set_get(sm->re, set, &n);
    out->whole = is_whole(range, n);
    out->is_all = gr_lex_loop_is_all(sm->re, lex);
    return raw_ranges(sm, range, n, out);
}

/* Up to which length are all strings of this region alive, whatever they are?
 */
static gram_status region_endures(Sm *sm, const Region *r, ReId re, GrLoop *out)
{
    GrEndures e;
    uint32_t sure = UINT32_MAX;
    GR_TRY(gr_re_endures(sm->re, re, &e));
    if (r->hi < UINT32_MAX) {
        if (!e.yes || e.more > r->hi) return GRAM_OK;
        sure = r->hi - e.more;
    }
    if (e.yes && (!out->open || sure > out->sure)) out->sure = sure;
    out->open |= e.yes;
    return GRAM_OK;
}

/* Is there a region in which a word is left whatever is read, and how far does
 * that go? */
static gram_status find_open(Sm *sm, Typed *t, LexId lex, GrLoop *out)
{
    GrLexInfo info;
    out->most = 0;
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    if (!info.boundary || sm->policy.escapes != GR_LEX_JSON || t->order > 0)
        return GRAM_OK;
    for (uint32_t i = 0; i < t->text->n_regions; i++) {
        const Region *r = &t->text->region[i];
        ReId re;
        GR_TRY(sm_text_rest(sm, t, t->goal, r, info.expr, &re));
        if (re.v == gr_re_none(sm->re).v) continue;
        if (r->hi > out->most) out->most = r->hi;
        GR_TRY(region_endures(sm, r, re, out));
    }
    return GRAM_OK;
}

/* A wide state in which many lead bytes do other things than their neighbours:
 * that of a host in all scripts.  Its loop would take a derivative for each of
 * its classes of characters, and leave most of the work undone. */
static gram_status is_walked(Sm *sm, const Typed *t, LexId lex, bool *walked)
{
    enum { MANY = 32 };
    GrLexInfo info;
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    *walked = t->order > 0 && info.boundary && info.n_classes >= MANY;
    return GRAM_OK;
}

/* The loop is bounded by a length where all below it are alive, too; else there
 * is none, and the walk goes character by character. */
gram_status sm_text_loop(Sm *sm, LexId lex, TypedId id, GrLoop *out)
{
    Typed *t = sm_typed_at(sm, id);
    Intervals live;
    const GrWide *wide = NULL;
    bool walked;
    GR_TRY(sm_text_wide(sm, lex, id, &wide));
    GR_TRY(is_walked(sm, t, lex, &walked));
    GR_TRY(sm_lex_loop(sm, lex, wide == NULL && !walked, out));
    out->wide = wide;
    out->walked = walked;
    GR_TRY(find_open(sm, t, lex, out));
    if (!t->text->counted) return GRAM_OK;
    GR_TRY(sm_text_lengths(sm, id, lex, &live));
    bool contiguous = live.n == 1 && live.at[0] == 0;
    out->reg = REG_LENGTH;
    out->limit = live.n > 0 ? live.at[1] : 0;
    out->open &= contiguous;
    if (!contiguous) out->n = 0;
    return GRAM_OK;
}

/* --- words ---------------------------------------------------------------- */

/* A list that must hold says all, where no length does. */
gram_status sm_text_words(Sm *sm, LexId lex, TypedId id, GrWordRef *out,
                          uint32_t room, uint32_t *n)
{
    Typed *t = sm_typed_at(sm, id);
    const TextSpec *spec;
    GrLexInfo info;
    *n = 0;
    if (sm->policy.escapes != GR_LEX_JSON || !sm_text_holds(sm, t))
        return GRAM_OK;
    GR_TRY(sm_text_spec(sm, t, &spec));
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    if (!info.boundary || spec->counted || spec->n_regions != 1) return GRAM_OK;
    ReId words = info.expr[spec->region[0].at[0]];
    *n = gr_re_n_words(sm->re, words);
    for (uint32_t i = 0; i < *n && *n <= room; i++)
        out[i].text = gr_re_word_text(sm->re, words, i, &out[i].len);
    return GRAM_OK;
}
