/* Objects: cells between the braces, key languages, and questions.
 *
 *     {  OPEN --"--> KEY ... "--> COLON --:--> VALUE ... --> AFTER
 *         |                                                  |  |
 *         }                                    WAIT <---,----+  }
 *
 * Where the residual is plain (monotone, no counts) everything but "may it
 * close" is the same whatever keys were seen, and the cells are plain moves.
 * Otherwise a cell asks, and the machine answers from the level: how many
 * keys, which named ones.  Answers are memoized by what they depend on.
 *
 * Which keys may come is a language (language.c). */
#include "schema/layout.h"

typedef enum Question {
    Q_CLOSE, /* verdict + 1, or 0 */
    Q_MORE,  /* may another member come? */
    Q_KEYS,  /* language + 1, or 0 */
    Q_CHILD, /* outcome of a key: frame, value */
    Q_BREAK, /* as Q_CLOSE, for the line break of a layout before it */
    Q_SPARE, /* behind a member of an item: see other.c */
    Q_MEMBER /* the same at the colon of a key */
} Question;

/* --- registers ------------------------------------------------------------ */

/* The residual changes as members come, and with it the universe: a key seen
 * earlier may be no name any more. */
static bool is_name(const Universe *u, uint32_t key)
{
    return sm_has_word(u->names, u->n_names, key);
}

/* The class of the keys that match just these patterns. */
static uint32_t class_of(const Universe *u, const uint32_t *bits)
{
    size_t size = gr_bit_words(u->n_patterns) * sizeof *bits;
    uint32_t i = 0;
    while (i < u->n_classes && size > 0 &&
           memcmp(u->classes[i].bits, bits, size) != 0)
        i++;
    return i;
}

gram_status sm_key_read(Sm *sm, TypedId t, Verdict v, uint32_t *key)
{
    const Universe *u;
    uint32_t n;
    *key = SM_NO_KEY;
    GR_TRY(sm_universe(sm, t, &u));
    if (!(v.v & 1)) {
        if (is_name(u, v.v / 2)) *key = v.v;
        return GRAM_OK;
    }
    if (v.v / 2 >= sm->matched.n) return GRAM_OK;
    const uint32_t *bits = gr_intern_get(&sm->matched, v.v / 2, &n);
    uint32_t cls = n == gr_bit_words(u->n_patterns) + 1 ? class_of(u, bits)
                                                        : u->n_classes;
    if (cls < u->n_classes) *key = 2 * cls + 1;
    return GRAM_OK;
}

/* Is this the list that was read last?  Estimates read one for many bytes. */
static bool is_read(const Sm *sm, TypedId t, const GrSeen *s)
{
    uint32_t i = 0;
    if (sm->read_by != t.v + 1) return false;
    for (; s != NULL && i < sm->read.n; s = s->older, i++)
        if (sm->read.at[i] != s->named) return false;
    return s == NULL && i == sm->read.n;
}

/* One walk over the seen keys, newest first.  What comes out is sorted, so that
 * answers can be kept by it: the order in which keys came does not matter, but
 * for the highest rank. */
static gram_status read_list(Sm *sm, TypedId t, const GrSeen *s)
{
    const Universe *u;
    GR_TRY(sm_universe(sm, t, &u));
    sm->read_by = sm->read_last = 0;
    sm->seen.n = sm->read.n = 0;
    for (; s != NULL; s = s->older) {
        bool named = s->named != UINT32_MAX;
        uint32_t rank = sm_rank(sm, t, named ? 2 * s->named : 1);
        if (rank > sm->read_last) sm->read_last = rank;
        if (named && is_name(u, s->named))
            GR_TRY(gr_vec_push(sm->env, &sm->seen, s->named));
        GR_TRY(gr_vec_push(sm->env, &sm->read, s->named));
    }
    sm_sort_words(sm->seen.at, sm->seen.n);
    sm->read_by = t.v + 1;
    return GRAM_OK;
}

gram_status sm_read_regs(Sm *sm, TypedId t, const GrLevel *level, Regs *out)
{
    if (!is_read(sm, t, level->seen)) GR_TRY(read_list(sm, t, level->seen));
    *out = (Regs){.count = level->seen ? level->seen->count : 0,
                  .n_seen = sm->seen.n,
                  .seen = sm->seen.at,
                  .last = sm->read_last};
    return GRAM_OK;
}

/* --- questions ------------------------------------------------------------ */

static gram_status question_id(Sm *sm, Question kind, TypedId t, uint32_t key,
                               uint32_t *id)
{
    uint32_t words[3] = {kind, t.v, key};
    return gr_intern(sm->env, &sm->questions, words, 3, id, NULL);
}

/* A cell that the registers decide: the waist comes back with the level when
 * somebody stands there. */
static gram_status question(Sm *sm, Question kind, TypedId t, uint32_t key,
                            Cell *out)
{
    uint32_t id;
    GR_TRY(question_id(sm, kind, t, key, &id));
    return gr_cell_ask(sm->pda, id, out);
}

/* The atoms as they are when the object closes now: universals that have not
 * fallen hold, what is wanted further never came. */
static bool pick_open(void *ctx, const Atom *a)
{
    const Regs *regs = ((void **)ctx)[0];
    const Sm *sm = ((void **)ctx)[1];
    uint32_t n;
    if (a->kind == ATOM_UNIV || a->kind == ATOM_UNIQUE || a->kind == ATOM_OTHER)
        return true;
    if (a->kind == ATOM_CONTAINS) return false;
    if (a->kind == ATOM_COUNT) return regs->count >= a->b;
    const uint32_t *key = sm_set(sm, a->a, &n);
    if (n > regs->n_seen) return false;
    for (uint32_t i = 0; i < n; i++)
        if (!sm_has_word(regs->seen, regs->n_seen, key[i])) return false;
    return true;
}

gram_status sm_close_verdict(Sm *sm, TypedId t, const Regs *regs, Verdict *v,
                             bool *may)
{
    const void *ctx[2] = {regs, sm};
    return sm_verdict(sm, t, pick_open, ctx, v, may);
}

gram_status sm_may_close(Sm *sm, TypedId t, const Regs *regs, bool *may)
{
    Verdict v;
    return sm_close_verdict(sm, t, regs, &v, may);
}

static gram_status ask_close(Sm *sm, TypedId t, const Regs *regs,
                             uint32_t *answer)
{
    Verdict v;
    bool ok;
    GR_TRY(sm_close_verdict(sm, t, regs, &v, &ok));
    *answer = ok ? v.v + 1 : 0;
    return GRAM_OK;
}

/* Is there a key of the language that is not seen? */
static gram_status ask_more(Sm *sm, const Language *l, const Universe *u,
                            const Regs *regs, const GrLevel *level,
                            uint32_t *answer)
{
    *answer = l->endless;
    for (uint32_t i = 0; i < u->n_names && !*answer; i++)
        *answer = gr_bit_get(l->alive, i) &&
                  !sm_has_word(regs->seen, regs->n_seen, u->names[i]);
    for (uint32_t i = 0; i < u->n_classes && !*answer; i++) {
        uint32_t used = 0, len;
        if (!gr_bit_get(l->alive, u->n_names + i)) continue;
        for (const GrSeen *s = level->seen; s != NULL; s = s->older) {
            ReId re = u->classes[i].re;
            for (uint32_t j = 0; s->text && j < s->len; j += len)
                GR_TRY(gr_re_derive(sm->re, re,
                                    gr_utf8_get(s->text + j, s->len - j, &len),
                                    &re));
            if (s->named == UINT32_MAX || !is_name(u, s->named))
                used += s->text == NULL || gr_re_nullable(sm->re, re);
        }
        *answer = u->classes[i].count > used;
    }
    return GRAM_OK;
}

/* The state in which the value of a member begins: + 1, or 0 where the key is
 * not to be had. */
static gram_status ask_child(Sm *sm, TypedId t, uint32_t key, const Regs *regs,
                             uint32_t *answer)
{
    Outcome o;
    StateId s;
    ValueId value;
    GR_TRY(sm_object_child(sm, t, key, regs, &o));
    *answer = 0;
    if (!o.alive) return GRAM_OK;
    GR_TRY(sm_value_like(sm, o.value, &value));
    GR_TRY(sm_state(sm, S_VALUE, value.v, o.frame.v, &s));
    *answer = s.v + 1;
    return GRAM_OK;
}

/* The answer where finding out met a limit: one like others, so that it is
 * not asked again with another outcome. */
#define ANSWER_LIMIT UINT32_MAX

/* Q_KEYS or Q_CHILD. */
static gram_status find_answer(Sm *sm, const uint32_t *q, const Regs *regs,
                               uint32_t *answer)
{
    uint32_t language = 0;
    gram_status status = GRAM_OK;
    if (q[0] == Q_CHILD) {
        status = ask_child(sm, (TypedId){q[1]}, q[2], regs, answer);
    } else {
        status = sm_language_of(sm, (TypedId){q[1]}, regs, &language);
        *answer = language + 1;
    }
    if (status != GRAM_E_LIMIT) return status;
    *answer = ANSWER_LIMIT;
    return GRAM_OK;
}

/* Room first: a key without an answer would get that of "dead". */
gram_status sm_remember(Sm *sm, const uint32_t *key, uint32_t n,
                        uint32_t answer)
{
    uint32_t at;
    GR_TRY(gr_vec_reserve(sm->env, &sm->answer, 1));
    GR_TRY(gr_intern(sm->env, &sm->answers, key, n, &at, NULL));
    if (at == sm->answer.n) sm->answer.n++;
    sm->answer.at[at] = answer;
    return GRAM_OK;
}

/* Answers are memoized by what of the registers they can depend on (matter.c).
 * The key holds a copy: nested questions overwrite what regs.seen is. */
static gram_status ask_memo(Sm *sm, uint32_t id, const uint32_t *q,
                            const Regs *all, uint32_t *answer)
{
    Regs regs;
    uint32_t present = q[0] == Q_CHILD ? q[2] : SM_NO_KEY;
    GR_TRY(sm_what_matters(sm, (TypedId){q[1]}, present, all, &regs));
    uint32_t n = regs.n_seen + 3, at;
    uint32_t *key = gr_zalloc(sm->env, n, sizeof *key);
    if (key == NULL) return GRAM_E_MEMORY;
    key[0] = id;
    key[1] = regs.count;
    key[2] = regs.last;
    if (regs.n_seen) memcpy(key + 3, regs.seen, regs.n_seen * sizeof *key);
    regs.seen = key + 3;
    at = gr_intern_find(&sm->answers, key, n);
    gram_status status = GRAM_OK;
    if (at == UINT32_MAX) {
        status = find_answer(sm, q, sm_or_no_regs(&regs), answer);
        if (status == GRAM_OK) status = sm_remember(sm, key, n, *answer);
    } else {
        *answer = sm->answer.at[at];
    }
    gr_free(sm->env, key, n * sizeof *key);
    return status;
}

static gram_status met_limit(Sm *sm)
{
    return gr_fail(sm->env, GRAM_E_LIMIT, GR_NOWHERE,
                   "too much work to find out which members may follow");
}

/* The language of the keys that may come now. */
static gram_status keys_now(Sm *sm, TypedId t, const Regs *regs,
                            uint32_t *language)
{
    bool plain;
    uint32_t id, answer;
    GR_TRY(sm_is_plain(sm, t, &plain));
    if (plain) return sm_language_of(sm, t, NULL, language);
    GR_TRY(question_id(sm, Q_KEYS, t, 0, &id));
    const uint32_t *q = gr_intern_get(&sm->questions, id, NULL);
    GR_TRY(ask_memo(sm, id, q, regs, &answer));
    *language = answer - 1;
    return answer == ANSWER_LIMIT ? met_limit(sm) : GRAM_OK;
}

gram_status sm_find_language(Sm *sm, TypedId t, const Regs *regs, LexId *start)
{
    uint32_t id;
    GR_TRY(keys_now(sm, t, regs, &id));
    *start = sm_language_at(sm, id)->start;
    return GRAM_OK;
}

/* Closing is a look at the registers, whether one more member may come depends
 * on the texts of the keys that were seen, and what an item may still be on
 * those of its members: none of these answers is kept. */
gram_status sm_object_ask(Sm *sm, uint32_t id, const GrLevel *level,
                          uint32_t *answer)
{
    const uint32_t *q = gr_intern_get(&sm->questions, id, NULL);
    TypedId t = {q[1]};
    const Universe *u;
    uint32_t language;
    Regs regs;
    GR_TRY(sm_universe(sm, t, &u));
    GR_TRY(sm_read_regs(sm, t, level, &regs));
    if (q[0] == Q_CLOSE || q[0] == Q_BREAK)
        return ask_close(sm, t, &regs, answer);
    if (q[0] == Q_MORE) {
        GR_TRY(keys_now(sm, t, &regs, &language));
        return ask_more(sm, sm_language_at(sm, language), u, &regs, level,
                        answer);
    }
    if (q[0] == Q_SPARE) return sm_ask_spare(sm, t, &regs, answer);
    if (q[0] == Q_MEMBER) return sm_ask_member(sm, t, q[2], &regs, answer);
    GR_TRY(ask_memo(sm, id, q, &regs, answer));
    if (q[0] == Q_KEYS && *answer != ANSWER_LIMIT &&
        !sm_language_at(sm, *answer - 1)->some)
        *answer = 0;
    return GRAM_OK;
}

gram_status sm_object_answer(Sm *sm, uint32_t id, uint32_t answer, Cell *out)
{
    const uint32_t *q = gr_intern_get(&sm->questions, id, NULL);
    StateId s;
    *out = gr_cell_dead();
    if (answer == 0) return GRAM_OK;
    if (answer == ANSWER_LIMIT) return met_limit(sm);
    if (q[0] == Q_FIRST) return sm_first_answer(sm, q, answer, out);
    switch ((Question)q[0]) {
    case Q_CLOSE:
        return gr_cell_pop(sm->pda, (Verdict){answer - 1}, false, out);
    case Q_MORE:
        GR_TRY(sm_state(sm, S_WAIT, q[1], 0, &s));
        *out = gr_cell_goto(s);
        return GRAM_OK;
    case Q_KEYS: return sm_language_cell(sm, answer - 1, out);
    case Q_BREAK: return sm_layout_break(sm, S_AFTER, (TypedId){q[1]}, 0, out);
    case Q_SPARE: return sm_spare_cell(sm, (TypedId){q[1]}, answer, out);
    case Q_MEMBER: return sm_member_cell(sm, answer, out);
    default: *out = gr_cell_goto((StateId){answer - 1}); return GRAM_OK;
    }
}

/* --- cells ---------------------------------------------------------------- */

/* Only UNIV atoms: the verdict at the end is known. */
static gram_status closes_alike(Sm *sm, TypedId id, bool *alike)
{
    const Typed *t = sm_typed_at(sm, id);
    *alike = true;
    for (uint32_t r = 0; r < t->n; r++) {
        GR_TRY(gr_bdd_reach(&sm->bdd, (Bdd){t->root[r]}));
        for (uint32_t i = 0; i < sm->bdd.reached.n; i++) {
            Bdd f = {sm->bdd.reached.at[i]};
            uint32_t var = gr_bdd_node(&sm->bdd, f).var;
            *alike = *alike && sm_atom_of(sm, var).kind == ATOM_UNIV;
        }
    }
    return GRAM_OK;
}

/* At the start nothing was seen: no need to ask. */
static gram_status close_cell(Sm *sm, TypedId t, bool at_start, Cell *out)
{
    bool alike;
    static const Regs empty;
    GR_TRY(closes_alike(sm, t, &alike));
    if (!alike && !at_start) return question(sm, Q_CLOSE, t, 0, out);
    uint32_t answer;
    GR_TRY(ask_close(sm, t, &empty, &answer));
    *out = gr_cell_dead();
    return answer ? gr_cell_pop(sm->pda, (Verdict){answer - 1}, false, out)
                  : GRAM_OK;
}

/* The keys of a plain object are the same all the time. */
static gram_status key_cell(Sm *sm, TypedId t, bool at_start, Cell *out)
{
    bool plain;
    uint32_t language;
    GR_TRY(sm_is_plain(sm, t, &plain));
    if (!plain && !at_start) return question(sm, Q_KEYS, t, 0, out);
    GR_TRY(keys_now(sm, t, &sm_no_regs, &language));
    *out = gr_cell_dead();
    return sm_language_at(sm, language)->some
               ? sm_language_cell(sm, language, out)
               : GRAM_OK;
}

/* The line break of a layout: behind the brace a member comes, behind a
 * member the brace. */
static gram_status break_cell(Sm *sm, TypedId t, bool at_start, Cell *out)
{
    bool alike;
    if (at_start) {
        GR_TRY(key_cell(sm, t, true, out));
    } else {
        GR_TRY(closes_alike(sm, t, &alike));
        if (!alike) return question(sm, Q_BREAK, t, 0, out);
        GR_TRY(close_cell(sm, t, false, out));
    }
    return out->v == GR_CELL_DEAD
               ? GRAM_OK
               : sm_layout_break(sm, at_start ? S_OPEN : S_AFTER, t, 0, out);
}

/* A comma promises another key.  Where a class of keys has no end there always
 * is one; else those seen may have used them up. */
static gram_status comma_cell(Sm *sm, TypedId t, Cell *out)
{
    bool plain;
    uint32_t language;
    StateId wait;
    GR_TRY(sm_is_plain(sm, t, &plain));
    if (!plain) return question(sm, Q_MORE, t, 0, out);
    GR_TRY(sm_language_of(sm, t, NULL, &language));
    const Language *l = sm_language_at(sm, language);
    *out = gr_cell_dead();
    if (!l->some) return GRAM_OK;
    if (!l->endless) return question(sm, Q_MORE, t, 0, out);
    GR_TRY(sm_state(sm, S_WAIT, t.v, 0, &wait));
    *out = gr_cell_goto(wait);
    return GRAM_OK;
}

gram_status sm_after_member(Sm *sm, TypedId t, Cell *out)
{
    return question(sm, Q_SPARE, t, 0, out);
}

/* Only here it matters which key it was; the value begins behind the colon. */
static gram_status colon_cell(Sm *sm, TypedId t, uint32_t key, Cell *out)
{
    bool plain, other;
    uint32_t state;
    GR_TRY(sm_is_other(sm, t, &other));
    if (other) return question(sm, Q_MEMBER, t, key, out);
    GR_TRY(sm_is_plain(sm, t, &plain));
    if (!plain) return question(sm, Q_CHILD, t, key, out);
    GR_TRY(ask_child(sm, t, key, NULL, &state));
    *out = state ? gr_cell_goto((StateId){state - 1}) : gr_cell_dead();
    return GRAM_OK;
}

/* The state behind the first key of which the value begins in the same state.
 * Of its row the colon is known. */
static gram_status plain_colon(Sm *sm, TypedId t, uint32_t key, StateId *out)
{
    uint32_t state, *first;
    const uint8_t *map;
    uint32_t colon[8] = {0};
    GR_TRY(ask_child(sm, t, key, NULL, &state));
    if (state == 0) return sm_state(sm, S_COLON, t.v, key, out);
    first = gr_map_find(&sm->colon_of, gr_pair(t.v, state));
    if (first != NULL) return sm_state(sm, S_COLON, t.v, *first, out);
    GR_TRY(gr_map_put(sm->env, &sm->colon_of, gr_pair(t.v, state), key));
    GR_TRY(sm_state(sm, S_COLON, t.v, key, out));
    gr_pda_row(sm->pda, *out, &map);
    gr_bit_set(colon, map[':']);
    gr_pda_alike(sm->pda, *out, colon, gr_cell_goto((StateId){state - 1}));
    return GRAM_OK;
}

/* Members whose values are alike go on alike where it matters no more which
 * they were: what masks learn behind one of them holds behind all. */
gram_status sm_colon_state(Sm *sm, TypedId t, uint32_t key, StateId *out)
{
    bool plain, other;
    GR_TRY(sm_is_plain(sm, t, &plain));
    GR_TRY(sm_is_other(sm, t, &other));
    return plain && !other ? plain_colon(sm, t, key, out)
                           : sm_state(sm, S_COLON, t.v, key, out);
}

gram_status sm_object_fill(Sm *sm, uint32_t kind, uint32_t a, uint32_t b,
                           uint8_t byte, Cell *out)
{
    TypedId t = {a};
    *out = gr_cell_dead();
    if (kind == S_COLON)
        return byte == ':' ? colon_cell(sm, t, b, out) : GRAM_OK;
    if (byte == '\n') return break_cell(sm, t, kind == S_OPEN, out);
    if (byte == '"' && kind != S_AFTER)
        return key_cell(sm, t, kind == S_OPEN, out);
    if (byte == '}' && kind != S_WAIT)
        return close_cell(sm, t, kind == S_OPEN, out);
    if (byte == ',' && kind == S_AFTER) return comma_cell(sm, t, out);
    return GRAM_OK;
}
