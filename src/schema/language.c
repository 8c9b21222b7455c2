/* The keys that may come in an object, and the states inside them.
 *
 *     residual, keys seen ---> names and classes that are alive
 *                                      |
 *                        one expression for all of them
 *                                      |
 *     S_KEY  (language, names, pattern 1, pattern 2, ...)  byte by byte
 *                |       |         `----------`-- which of them match
 *                |       `-- which name it is
 *                `-- may it go on
 *
 * A key language is interned by the residual and what is alive, so that states
 * inside keys are shared by all configurations that allow the same ones.  Where
 * all classes are alive, it is all keys but some words, and nothing inside such
 * a key is dead: its states are loops. */
#include "schema/layout.h"

/* --- key languages -------------------------------------------------------- */

/* The words of the names whose bit in `alive` is `bit`; without numbers where
 * only their complement is wanted. */
static gram_status names_re(Sm *sm, const Universe *u, const uint32_t *alive,
                            bool bit, ReId *out)
{
    size_t size = ((size_t)u->n_names + 1) * sizeof(GrWord);
    GrWord *word = gr_resize(sm->env, NULL, 0, size);
    uint32_t n = 0;
    if (word == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < u->n_names; i++) {
        const GrName *k = &sm->key.at[u->names[i]];
        if (gr_bit_get(alive, i) == bit)
            word[n++] =
                (GrWord){k->text, k->len, bit ? k->id : GR_RE_UNNUMBERED};
    }
    gram_status status = GRAM_OK;
    *out = gr_re_none(sm->re);
    if (n > 0) status = gr_re_words(sm->re, word, n, out);
    gr_free(sm->env, word, size);
    return status;
}

/* Names as one list of words, and classes as they are. */
static gram_status some_classes(Sm *sm, const Universe *u, Language *l)
{
    size_t size = ((size_t)u->n_classes + 1) * sizeof(ReId);
    ReId *part = gr_resize(sm->env, NULL, 0, size);
    uint32_t n = 1;
    if (part == NULL) return GRAM_E_MEMORY;
    gram_status status = names_re(sm, u, l->alive, true, &part[0]);
    for (uint32_t i = 0; i < u->n_classes; i++)
        if (gr_bit_get(l->alive, u->n_names + i)) part[n++] = u->classes[i].re;
    if (status == GRAM_OK) status = gr_re_or(sm->re, part, n, &l->re);
    gr_free(sm->env, part, size);
    return status;
}

/* All names and classes together are all keys: where all classes are alive, all
 * keys are but the names that are not, and inside such keys nothing is dead
 * (see sm_key_loop). */
static gram_status language_re(Sm *sm, const Universe *u, Language *l)
{
    bool all = true;
    for (uint32_t i = 0; i < u->n_names; i++)
        l->some |= gr_bit_get(l->alive, i);
    for (uint32_t i = 0; i < u->n_classes; i++) {
        bool alive = gr_bit_get(l->alive, u->n_names + i);
        l->some |= alive;
        l->endless |= alive && u->classes[i].count == UINT32_MAX;
        all &= alive;
    }
    if (!all) return some_classes(sm, u, l);
    GR_TRY(names_re(sm, u, l->alive, false, &l->re));
    return gr_re_not(sm->re, l->re, &l->re);
}

/* The byte state carries along which name it is and which patterns match: the
 * end of the key is then read off, whatever the language was. */
static gram_status language_start(Sm *sm, const Universe *u, Language *l)
{
    size_t n = (size_t)u->n_patterns + 2, size = n * sizeof(ReId);
    ReId *tuple = gr_resize(sm->env, NULL, 0, size);
    if (tuple == NULL) return GRAM_E_MEMORY;
    tuple[0] = l->re;
    tuple[1] = u->words;
    for (uint32_t i = 0; i < u->n_patterns; i++)
        tuple[i + 2] = (ReId){u->patterns[i]};
    gram_status status = gr_lex_start(sm->re, sm->policy.escapes, GR_NEED_FIRST,
                                      tuple, (uint32_t)n, &l->start);
    gr_free(sm->env, tuple, size);
    return status;
}

void sm_init_languages(Sm *sm)
{
    gr_store_init(&sm->language, sizeof(Language));
}

/* Intern the language of (typed, alive bits): last, so that a failure leaves no
 * id without a language. */
static gram_status make_language(Sm *sm, TypedId t, const Universe *u,
                                 uint32_t *key, uint32_t words, uint32_t *id)
{
    uint32_t at;
    key[words] = t.v;
    *id = gr_intern_find(&sm->languages, key, words + 1);
    if (*id != UINT32_MAX) return GRAM_OK;
    Language l = {.typed = t, .alive = key};
    GR_TRY(language_re(sm, u, &l));
    GR_TRY(language_start(sm, u, &l));
    if (sm->language.n == sm->languages.n)
        GR_TRY(gr_store_add(sm->env, &sm->language, 1, &at));
    GR_TRY(gr_intern(sm->env, &sm->languages, key, words + 1, id, NULL));
    l.alive = gr_intern_get(&sm->languages, *id, NULL);
    *(Language *)gr_store_at(&sm->language, *id) = l;
    return GRAM_OK;
}

gram_status sm_language_of(Sm *sm, TypedId t, const Regs *regs, uint32_t *id)
{
    const Universe *u;
    GR_TRY(sm_universe(sm, t, &u));
    if (regs == NULL && sm_typed_at(sm, t)->language != 0) {
        *id = sm_typed_at(sm, t)->language - 1;
        return GRAM_OK;
    }
    uint32_t words = gr_bit_words(u->n_names + u->n_classes);
    uint32_t *key = gr_zalloc(sm->env, (size_t)words + 1, sizeof *key);
    if (key == NULL) return GRAM_E_MEMORY;
    gram_status status = sm_living_keys(sm, t, regs, key);
    if (status == GRAM_OK) status = make_language(sm, t, u, key, words, id);
    gr_free(sm->env, key, ((size_t)words + 1) * sizeof *key);
    if (status == GRAM_OK && regs == NULL)
        sm_typed_at(sm, t)->language = *id + 1;
    return status;
}

const Language *sm_language_at(const Sm *sm, uint32_t id)
{
    return gr_store_at(&sm->language, id);
}

/* The states inside the key know nothing of the object, so that all objects
 * share them. */
gram_status sm_language_cell(Sm *sm, uint32_t language, Cell *out)
{
    const Language *l = sm_language_at(sm, language);
    uint32_t words[2] = {F_KEY, l->typed.v};
    FrameId frame;
    StateId state;
    GR_TRY(sm_frame(sm, words, 2, &frame));
    GR_TRY(sm_state(sm, S_KEY, l->start.v, 0, &state));
    GR_TRY(gr_cell_push(sm->pda, frame, state, out));
    return gr_cell_key(sm->pda, *out, out);
}

/* --- inside a key --------------------------------------------------------- */

/* Is some key of the language still possible behind a byte? */
static gram_status key_alive(Sm *sm, LexId lex, uint32_t cls, bool *alive)
{
    GrLexAhead ahead;
    LexId to;
    bool none = true, more = true;
    GR_TRY(gr_lex_ahead(sm->re, lex, cls, &ahead));
    while (none && more) {
        const ReId *expr;
        uint32_t n;
        GR_TRY(gr_lex_ahead_next(sm->re, &ahead, &to, &more));
        if (more && gr_lex_exprs(sm->re, to, &expr, &n))
            GR_TRY(gr_re_is_none(sm->re, expr[0], &none));
    }
    *alive = !none;
    return GRAM_OK;
}

/* The patterns that a key matches, interned with a word behind them, which
 * tells no pattern from nothing. */
static gram_status matched_of(Sm *sm, const GrLexInfo *info, uint32_t *id)
{
    uint32_t n = info->n - 2, words = gr_bit_words(n) + 1;
    uint32_t *bits = gr_zalloc(sm->env, words, sizeof *bits);
    if (bits == NULL) return GRAM_E_MEMORY;
    for (uint32_t j = 0; j < n; j++)
        if (gr_re_nullable(sm->re, info->expr[j + 2])) gr_bit_set(bits, j);
    gram_status status =
        gr_intern(sm->env, &sm->matched, bits, words, id, NULL);
    gr_free(sm->env, bits, words * sizeof *bits);
    return status;
}

/* The closing quote: which key was it?  The frame below knows the object. */
static gram_status key_end(Sm *sm, const GrLexInfo *info, Cell *out)
{
    uint32_t id;
    *out = gr_cell_dead();
    if (!info->boundary || !gr_re_nullable(sm->re, info->expr[0]))
        return GRAM_OK;
    if (gr_re_nullable(sm->re, info->expr[1])) {
        uint32_t key = gr_re_word(sm->re, info->expr[1]);
        return gr_cell_pop(sm->pda, (Verdict){2 * key}, false, out);
    }
    GR_TRY(matched_of(sm, info, &id));
    return gr_cell_pop(sm->pda, (Verdict){2 * id + 1}, false, out);
}

/* As for strings (text.c), but without lengths: a byte is dead iff no key of
 * the language can still come. */
gram_status sm_key_fill(Sm *sm, LexId lex, uint32_t cls, Cell *out)
{
    GrLexInfo info;
    LexId to;
    StateId next;
    bool whole, alive;
    *out = gr_cell_dead();
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    if (cls > info.n_classes) return GRAM_OK;
    if (cls == info.n_classes) return key_end(sm, &info, out);
    GR_TRY(key_alive(sm, lex, cls, &alive));
    if (!alive) return GRAM_OK;
    GR_TRY(gr_lex_move(sm->re, lex, cls, &to, &whole));
    GR_TRY(sm_state(sm, S_KEY, to.v, 0, &next));
    *out = gr_cell_goto(next);
    return GRAM_OK;
}

/* Beyond the cap nobody walks them one by one. */
gram_status sm_key_words(Sm *sm, LexId lex, uint32_t *n)
{
    enum { CAP = 1 << 20 };
    GR_TRY(gr_lex_count(sm->re, lex, 0, CAP, n));
    if (*n == CAP) *n = UINT32_MAX;
    return GRAM_OK;
}

/* What an object names it named from its beginning on: atoms fall, and none
 * comes.  Inside of a character nothing is known. */
gram_status sm_key_named(Sm *sm, LexId lex, bool *named)
{
    GrLexInfo info;
    ReId part[2], rest;
    *named = false;
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    if (!info.boundary) return GRAM_OK;
    part[0] = info.expr[0];
    GR_TRY(gr_re_not(sm->re, info.expr[1], &part[1]));
    GR_TRY(gr_re_and(sm->re, part, 2, &rest));
    return gr_re_is_none(sm->re, rest, named);
}

/* Where every key may come the names matter at their ends alone: elsewhere the
 * state does what the one does from which none of them is left. */
static gram_status key_like(Sm *sm, const GrLexInfo *info, GrLoop *out)
{
    ReId rest[2] = {gr_re_all(sm->re), gr_re_none(sm->re)};
    uint32_t n = gr_re_n_words(sm->re, info->expr[1]);
    LexId lex;
    if (info->n != 2 || n == 0 || n > GR_LIKE_WORDS) return GRAM_OK;
    GR_TRY(
        gr_lex_start(sm->re, sm->policy.escapes, GR_NEED_FIRST, rest, 2, &lex));
    GR_TRY(sm_state(sm, S_KEY, lex.v, 0, &out->like));
    for (uint32_t i = 0; i < n; i++)
        out->word[i].text =
            gr_re_word_text(sm->re, info->expr[1], i, &out->word[i].len);
    out->n_words = n;
    return GRAM_OK;
}

/* Every key, but for some words? */
static gram_status lacks_few(Sm *sm, ReId keys, bool *few)
{
    ReId words;
    GR_TRY(gr_re_not(sm->re, keys, &words));
    *few = words.v == gr_re_none(sm->re).v || words.v == gr_re_eps(sm->re).v ||
           gr_re_n_words(sm->re, words) > 0;
    return GRAM_OK;
}

/* A key that may not come is a name (language_re); longer ones may.  What a
 * pattern that is looked for takes is found behind any characters: keys of such
 * a language do not come to an end, whichever are taken. */
gram_status sm_key_loop(Sm *sm, LexId lex, GrLoop *out)
{
    GrLexInfo info;
    GR_TRY(sm_lex_loop(sm, lex, true, out));
    GR_TRY(gr_lex_info(sm->re, lex, &info));
    if (!info.boundary || sm->policy.escapes != GR_LEX_JSON) return GRAM_OK;
    GR_TRY(lacks_few(sm, info.expr[0], &out->open));
    if (out->open) return key_like(sm, &info, out);
    GrEndures e;
    GR_TRY(gr_re_endures(sm->re, info.expr[0], &e));
    out->open = e.yes;
    return GRAM_OK;
}
