/* What of a path of a search cannot hold together, and is remembered.
 *
 * In: a path that was refused (search.c).  Out: a small part of its literals
 * that is refused as well, found by leaving out half of them, quarters, single
 * ones; it rules out all paths that have it.  One that was found before
 * anything is written, and for certain, is a lemma, and holds for every
 * residual over the same atoms:
 *
 *     a and not b and c and d        refused
 *     a and not b                    refused: kept
 *
 * Cost: some checks (want.c) for each literal that is left; a look at each
 * lemma for a path. */
#include "schema/want.h"

static uint32_t atom_number(uint32_t lit)
{
    return lit >> 1 & ((1u << ATOM_NUMBER_BITS) - 1);
}

static gram_status mark_lits(Search *s)
{
    Sm *sm = s->sm;
    sm->lit_stamp++;
    while (sm->lit_mark.n < sm->atom_at.n)
        GR_TRY(gr_vec_push(sm->env, &sm->lit_mark, 0));
    for (uint32_t i = 0; i < s->lits.n; i++)
        sm->lit_mark.at[atom_number(s->lits.at[i])] = sm->lit_stamp * 2 +
                                                      (s->lits.at[i] & 1);
    return GRAM_OK;
}

/* A lemma that the path violates: its place in sm->lemmas, or UINT32_MAX. */
gram_status sm_find_lemma(Search *s, uint32_t *at)
{
    Sm *sm = s->sm;
    GR_TRY(mark_lits(s));
    for (*at = 0; *at < sm->lemmas.n; *at += 1 + sm->lemmas.at[*at]) {
        const uint32_t *w = &sm->lemmas.at[*at];
        uint32_t i = 1;
        GR_TRY(gr_step(sm->env, 1));
        while (i <= w[0] && sm->lit_mark.at[atom_number(w[i])] ==
                                sm->lit_stamp * 2 + (w[i] & 1))
            i++;
        if (i > w[0]) return GRAM_OK;
    }
    *at = UINT32_MAX;
    return GRAM_OK;
}

static gram_status add_lemma(Search *s)
{
    Sm *sm = s->sm;
    GR_TRY(gr_vec_reserve(sm->env, &sm->lemmas, (uint64_t)s->lits.n + 1));
    sm->lemmas.at[sm->lemmas.n++] = s->lits.n;
    for (uint32_t i = 0; i < s->lits.n; i++)
        sm->lemmas.at[sm->lemmas.n++] = s->lits.at[i];
    return GRAM_OK;
}

/* Are these n of the literals still refused, for certain?  Then they are
 * all. */
static gram_status try_part(Search *s, const uint32_t *part, uint32_t n,
                            bool *refused)
{
    bool ok, unsure = s->sm->live_unsure;
    s->sm->live_unsure = false;
    GR_TRY(sm_want_check(s, part, n, &ok));
    *refused = !ok && !s->sm->live_unsure;
    s->sm->live_unsure = unsure;
    if (!*refused) return GRAM_OK;
    memcpy(s->lits.at, part, n * sizeof *part);
    s->lits.n = n;
    return GRAM_OK;
}

/* Is the literal one that a case decides? */
static bool is_given(const Search *s, uint32_t lit)
{
    return s->given != NULL && sm_has_word(s->given->at, s->given->n, lit);
}

static uint32_t count_free(const Search *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->lits.n; i++) n += !is_given(s, s->lits.at[i]);
    return n;
}

/* The literals without [at, at + n) of those that are not given. */
static gram_status try_without(Search *s, uint32_t *rest, uint32_t at,
                               uint32_t n, bool *refused)
{
    uint32_t kept = 0, place = 0;
    for (uint32_t i = 0; i < s->lits.n; i++) {
        bool given = is_given(s, s->lits.at[i]);
        if (given || place < at || place >= at + n)
            rest[kept++] = s->lits.at[i];
        place += !given;
    }
    return try_part(s, rest, kept, refused);
}

/* Where a spec was found that nothing breaks, what else was to be broken is
 * left out at once: mostly it has no part in it. */
static gram_status blame_culprit(Search *s, uint32_t *rest)
{
    uint32_t n = 0;
    bool refused;
    if (s->culprit == WANT_END) return GRAM_OK;
    for (uint32_t i = 0; i < s->lits.n; i++) {
        Atom a = sm_atom_of(s->sm, s->lits.at[i] >> 1 | ATOM_BASE);
        bool breaks = a.kind == ATOM_UNIV && !(s->lits.at[i] & 1);
        if (!breaks || a.a == s->culprit) rest[n++] = s->lits.at[i];
    }
    return n < s->lits.n ? try_part(s, rest, n, &refused) : GRAM_OK;
}

/* Reduce refused literals to a part of them that is refused, by leaving out
 * half of them, quarters, ... single ones.  Those that a case decides stay: a
 * value of a tag fails n - 1 of n conditions, and none could be left out. */
static gram_status minimise(Search *s, uint32_t *rest)
{
    uint32_t left = count_free(s);
    for (uint32_t size = (left + 1) / 2; size > 0;
         size = size > 1 ? (size + 1) / 2 : 0)
        for (uint32_t i = 0; i < left;) {
            uint32_t n = left - i < size ? left - i : size;
            bool refused;
            GR_TRY(try_without(s, rest, i, n, &refused));
            if (refused) left -= n;
            if (!refused) i += n;
        }
    return GRAM_OK;
}

/* "Few matching items" speaks of those to come only (settle.c counts down):
 * what it excludes in an empty array it need not in one half full. */
static bool counts_the_rest(const Search *s)
{
    bool some = false;
    for (uint32_t i = 0; i < s->lits.n && !some; i++)
        some = !(s->lits.at[i] & 1) &&
               sm_atom_of(s->sm, s->lits.at[i] >> 1 | ATOM_BASE).kind ==
                   ATOM_CONTAINS;
    return some;
}

/* The refused path in s->lits becomes a small part of it.  *lasting: it is a
 * lemma. */
gram_status sm_learn(Search *s, bool *lasting)
{
    Sm *sm = s->sm;
    size_t size = ((size_t)s->lits.n + 1) * sizeof(uint32_t);
    uint32_t *rest = gr_resize(sm->env, NULL, 0, size);
    if (rest == NULL) return GRAM_E_MEMORY;
    gram_status status = blame_culprit(s, rest);
    if (status == GRAM_OK) status = minimise(s, rest);
    gr_free(sm->env, rest, size);
    GR_TRY(status);
    *lasting = s->regs == &sm_no_regs && s->extra == SM_NO_KEY &&
               s->given == NULL && !sm_is_limited(sm) &&
               !sm->live_provisional && !sm->live_unsure &&
               sm_typed_at(sm, s->typed)->room == ROOM_ANY &&
               !counts_the_rest(s);
    return *lasting ? add_lemma(s) : GRAM_OK;
}
