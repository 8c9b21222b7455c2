/* Crossing an expression: where does it take what is being tracked?
 *
 * In: an expression A and an unknown's key: what must follow, the trackers of
 * lookbehinds, the contents of groups.  Out: pieces A_i of A, each with the
 * key behind it, whose union is A without what cannot go on.
 *
 * Everything tracked is a language that is derived by every character read,
 * so a piece is A & D1 & D2 ..., where Dj are the strings that take one
 * tracked language to one derivative.  D is, in order of preference, the
 * language itself (the only derivative that accepts), its complement (the
 * only one that does not), or the solution of the equations of its
 * derivatives.  Which combinations occur is found by deriving A and all of
 * them side by side, or, when A is too long for that, all of them alone.
 *
 * While a group is open that something refers to, A is cut into its words,
 * because the group's contents are part of the key.
 *
 * Cost: the states crossed, limited by LOOK_MAX_STATES. */
#include "regex/re_parse_look.h"

/* No character changes it: such a one needs no place in a state. */
static bool is_still(const Machine *m, uint32_t v)
{
    return v == gr_re_none(m->re).v || v == gr_re_all(m->re).v;
}

/* What is not live at the pc is overwritten in `key` first: keys that differ in
 * nothing that will be asked are one unknown. */
gram_status gr_look_var(Machine *m, uint32_t *key, uint32_t *var)
{
    const Instr *c = m->code.at + key[0];
    uint32_t n = m->trackers.n;
    bool is_new;
    for (uint32_t i = 0; i < n; i++) {
        if (!(c->trackers >> i & 1)) key[2 + i] = gr_re_none(m->re).v;
    }
    for (uint32_t i = 0; i < m->n_groups; i++) {
        if (!(c->groups >> i & 1)) key[2 + n + i] = 0;
    }
    GR_TRY(gr_intern(m->env, &m->vars, key, gr_look_width(m), var, &is_new));
    if (!is_new) return GRAM_OK;
    /* never an approximation: the pattern is refused instead */
    if (*var >= LOOK_MAX_VARS) {
        return gr_fail(m->env, GRAM_E_LIMIT, c->at,
                       "assertions or references need too many states");
    }
    GR_TRY(gr_vec_push(m->env, &m->solved, 0));
    return gr_vec_push(m->env, &m->local, 0);
}

/* No string is read: no piece. */
static gram_status add_piece(Machine *m, ReId strings, uint32_t *key)
{
    LinTerm t = {.coef = strings};
    if (strings.v == gr_re_none(m->re).v) return GRAM_OK;
    GR_TRY(gr_look_var(m, key, &t.var));
    return gr_vec_push(m->env, &m->pieces, t);
}

/* --- one tracked language ------------------------------------------------- */

/* The derivatives of a language, numbered from itself. */
typedef struct States {
    GrVec(ReId) at;
    GrMap number; /* ReId -> index */
} States;

/* A limit rather than an approximation: the assertion's place is in the
 * error. */
static gram_status number_of(Machine *m, States *s, ReId a, uint32_t *out)
{
    uint32_t *known = gr_map_find(&s->number, a.v);
    *out = known ? *known : s->at.n;
    if (known) return GRAM_OK;
    if (s->at.n >= LOOK_MAX_STATES) {
        return gr_fail(m->env, GRAM_E_LIMIT, m->sys.at,
                       "an assertion needs too many states");
    }
    GR_TRY(gr_map_put(m->env, &s->number, a.v, s->at.n));
    return gr_vec_push(m->env, &s->at, a);
}

/* The classes of a, with a representative of each.  None is dead: where a text
 * stops to be in a is asked here, too. */
static gram_status part_of(GrRe *re, ReId a, RePart **out)
{
    uint32_t part;
    GR_TRY(gr_re_part(re, a, &part));
    GR_TRY(gr_re_refine(re, MEET_OR, PART_LIVE, part, &part));
    *out = gr_re_part_get(re, part);
    return gr_re_part_firsts(re, *out);
}

/* x_i = | sets . x_j, and the empty string where i is `target`; discovers
 * the derivatives as it goes. */
static gram_status path_system(Machine *m, States *s, ReId target, Linear *sys)
{
    for (uint32_t i = 0; i < s->at.n; i++) {
        ReId a = s->at.at[i], b, set;
        LinEq eq = {.first = sys->terms.n};
        LinTerm t;
        RePart *p;
        SetId chars;
        GR_TRY(part_of(m->re, a, &p));
        for (uint32_t c = 1; c < p->n_classes; c++) {
            GR_TRY(gr_step(m->env, 1));
            GR_TRY(gr_re_derive(m->re, a, p->first[c], &b));
            GR_TRY(number_of(m, s, b, &t.var));
            GR_TRY(gr_re_part_set(m->re, p, c, &chars));
            GR_TRY(gr_re_set(m->re, chars, &set));
            t.coef = set;
            GR_TRY(gr_vec_push(m->env, &sys->terms, t));
        }
        eq.n = sys->terms.n - eq.first;
        eq.b = a.v == target.v ? gr_re_eps(m->re) : gr_re_none(m->re);
        GR_TRY(gr_vec_push(m->env, &sys->eqs, eq));
    }
    return GRAM_OK;
}

/* Is `target` alone among the states in being nullable (or not)?  Then the
 * strings that take `from` there are those in `from` itself, or all others. */
static bool is_alone(const Machine *m, const States *s, ReId target)
{
    bool nullable = gr_re_nullable(m->re, target);
    for (uint32_t i = 0; i < s->at.n; i++) {
        if (s->at.at[i].v != target.v &&
            gr_re_nullable(m->re, s->at.at[i]) == nullable) {
            return false;
        }
    }
    return true;
}

/* The system is made in any case: it is what finds the states. */
static gram_status find_path(Machine *m, States *s, Linear *sys, ReId from,
                             ReId to, ReId *out)
{
    uint32_t first;
    GR_TRY(number_of(m, s, from, &first));
    GR_TRY(path_system(m, s, to, sys));
    if (is_alone(m, s, to)) {
        *out = from;
        return gr_re_nullable(m->re, to) ? GRAM_OK
                                         : gr_re_not(m->re, from, out);
    }
    ReId *value = gr_zalloc(m->env, sys->eqs.n, sizeof *value);
    if (!value) return GRAM_E_MEMORY;
    sys->at = m->sys.at;
    gram_status st = gr_linear_solve(m->re, sys, value);
    *out = value[first];
    gr_free(m->env, value, sys->eqs.n * sizeof *value);
    return st;
}

/* The strings that take `from` to its derivative `to`.  Kept for the whole
 * pattern, since each lookbehind crosses many expressions in the same few
 * states. */
static gram_status path(Machine *m, ReId from, ReId to, ReId *out)
{
    uint64_t key = gr_pair(from.v, to.v);
    uint32_t *known = gr_map_find(&m->paths, key);
    States s = {0};
    Linear sys = {0};
    if (known) {
        out->v = *known;
        return GRAM_OK;
    }
    gram_status st = find_path(m, &s, &sys, from, to, out);
    gr_linear_clear(m->env, &sys);
    gr_vec_clear(m->env, &s.at);
    gr_map_clear(m->env, &s.number);
    return st == GRAM_OK ? gr_map_put(m->env, &m->paths, key, out->v) : st;
}

/* --- side by side --------------------------------------------------------- */

/* States: [A or all, tracked ...], with the still ones left out. */
typedef struct Crossing {
    Machine *m;
    uint32_t *key; /* with the pc behind */
    ReVec slot;    /* places in the key of what moves */
    GrIntern states, targets;
    ReVec from, next; /* scratch */
    ReVec parts;
    bool lost; /* some string cannot go on */
} Crossing;

/* The class representatives of a state.  Of all that moves together: refined
 * until each derivative is constant. */
static gram_status joint_part(Crossing *x, RePart **out)
{
    GrRe *re = x->m->re;
    uint32_t part;
    x->parts.n = 0;
    GR_TRY(gr_vec_push(x->m->env, &x->parts, PART_LIVE));
    for (uint32_t i = 0; i < x->from.n; i++) {
        GR_TRY(gr_re_part(re, (ReId){x->from.at[i]}, &part));
        GR_TRY(gr_vec_push(x->m->env, &x->parts, part));
    }
    GR_TRY(gr_re_refine_all(re, MEET_OR, x->parts.at, x->parts.n, &part));
    *out = gr_re_part_get(re, part);
    return gr_re_part_firsts(re, *out);
}

/* Derive all of x->from by c into x->next; *dead if what must be read or what
 * must follow becomes impossible.  What must follow is the slot of place 1:
 * `none` there ends the text.  A tracker that becomes `none` goes on, never to
 * accept. */
static gram_status derive_all(Crossing *x, uint32_t c, bool *dead)
{
    ReId none = gr_re_none(x->m->re), to;
    *dead = false;
    x->next.n = 0;
    for (uint32_t i = 0; i < x->from.n; i++) {
        GR_TRY(gr_re_derive(x->m->re, (ReId){x->from.at[i]}, c, &to));
        if (to.v == none.v && i == 0) *dead = true;
        if (to.v == none.v && i > 0 && x->slot.at[i - 1] == 1) {
            *dead = x->lost = true;
        }
        GR_TRY(gr_vec_push(x->m->env, &x->next, to.v));
    }
    return GRAM_OK;
}

/* A copy, since states are added while it is used. */
static gram_status load(Crossing *x, uint32_t state)
{
    uint32_t n;
    const uint32_t *words = gr_intern_get(&x->states, state, &n);
    x->from.n = 0;
    GR_TRY(gr_vec_reserve(x->m->env, &x->from, n));
    memcpy(x->from.at, words, n * sizeof *words);
    x->from.n = n;
    return GRAM_OK;
}

/* All states from `a` and the key on; *fits is false when there are more
 * than `limit`. */
static gram_status explore(Crossing *x, ReId a, uint32_t limit, bool *fits)
{
    Machine *m = x->m;
    uint32_t id;
    bool dead;
    x->from.n = 0;
    GR_TRY(gr_vec_push(m->env, &x->from, a.v));
    for (uint32_t i = 0; i < x->slot.n; i++) {
        GR_TRY(gr_vec_push(m->env, &x->from, x->key[x->slot.at[i]]));
    }
    GR_TRY(gr_intern(m->env, &x->states, x->from.at, x->from.n, &id, NULL));
    for (uint32_t s = 0; s < x->states.n; s++) {
        RePart *p;
        *fits = x->states.n <= limit;
        if (!*fits) return GRAM_OK;
        GR_TRY(load(x, s));
        GR_TRY(joint_part(x, &p));
        for (uint32_t c = 1; c < p->n_classes; c++) {
            GR_TRY(gr_step(m->env, x->from.n));
            GR_TRY(derive_all(x, p->first[c], &dead));
            if (dead) continue;
            GR_TRY(gr_intern(m->env, &x->states, x->next.at, x->next.n, &id,
                             NULL));
        }
    }
    return GRAM_OK;
}

/* The distinct ends of whole strings of A. */
static gram_status find_targets(Crossing *x)
{
    uint32_t id;
    for (uint32_t s = 0; s < x->states.n; s++) {
        GR_TRY(load(x, s));
        if (!gr_re_nullable(x->m->re, (ReId){x->from.at[0]})) continue;
        GR_TRY(gr_intern(x->m->env, &x->targets, x->from.at + 1, x->from.n - 1,
                         &id, NULL));
    }
    return GRAM_OK;
}

/* A & the strings that take each tracked language to its target.  With one
 * target and nothing lost that is all of A. */
static gram_status add_target(Crossing *x, ReId a, uint32_t target)
{
    Machine *m = x->m;
    const uint32_t *to = gr_intern_get(&x->targets, target, NULL);
    bool alone = x->targets.n == 1 && !x->lost;
    uint32_t width = gr_look_width(m);
    ReId two[2] = {a};
    m->other.n = 0;
    GR_TRY(gr_vec_reserve(m->env, &m->other, width));
    memcpy(m->other.at, x->key, width * sizeof *x->key);
    for (uint32_t i = 0; i < x->slot.n; i++) {
        uint32_t *place = m->other.at + x->slot.at[i];
        if (!alone) {
            GR_TRY(path(m, (ReId){*place}, (ReId){to[i]}, two + 1));
            GR_TRY(gr_re_and(m->re, two, 2, two));
        }
        *place = to[i];
    }
    return add_piece(m, two[0], m->other.at);
}

/* A and the tracked side by side: exact, and small where A is.  Else the
 * tracked alone, through all states that any text leads to, by which A is then
 * cut. */
static gram_status cross(Crossing *x, ReId a)
{
    bool fits;
    GR_TRY(explore(x, a, LOOK_MAX_STATES / 4, &fits));
    /* A is too long for it; what is tracked may not be */
    if (!fits) {
        gr_intern_clear(x->m->env, &x->states);
        gr_intern_init(&x->states);
        GR_TRY(explore(x, gr_re_all(x->m->re), LOOK_MAX_STATES, &fits));
        if (!fits) {
            return gr_fail(x->m->env, GRAM_E_LIMIT, x->m->sys.at,
                           "assertions need too many states");
        }
    }
    GR_TRY(find_targets(x));
    if (!x->lost) x->m->whole = a;
    for (uint32_t t = 0; t < x->targets.n; t++) GR_TRY(add_target(x, a, t));
    return GRAM_OK;
}

/* A single character: one piece for each class. */
static gram_status cross_set(Crossing *x, SetId set)
{
    Machine *m = x->m;
    RePart *p;
    bool dead;
    x->from.n = 0;
    for (uint32_t i = 0; i < x->slot.n; i++) {
        GR_TRY(gr_vec_push(m->env, &x->from, x->key[x->slot.at[i]]));
    }
    GR_TRY(joint_part(x, &p));
    for (uint32_t c = 1; c < p->n_classes; c++) {
        SetId chars;
        ReId piece, to;
        GR_TRY(gr_step(m->env, 1));
        GR_TRY(gr_re_part_set(m->re, p, c, &chars));
        GR_TRY(gr_set_and(m->re, chars, set, &chars));
        GR_TRY(gr_re_set(m->re, chars, &piece));
        if (piece.v == gr_re_none(m->re).v) continue;
        m->other.n = 0;
        GR_TRY(gr_vec_reserve(m->env, &m->other, gr_look_width(m)));
        memcpy(m->other.at, x->key, gr_look_width(m) * sizeof *x->key);
        dead = false;
        for (uint32_t i = 0; i < x->slot.n; i++) {
            uint32_t slot = x->slot.at[i];
            GR_TRY(
                gr_re_derive(m->re, (ReId){x->from.at[i]}, p->first[c], &to));
            m->other.at[slot] = to.v;
            dead |= slot == 1 && to.v == gr_re_none(m->re).v;
        }
        if (!dead) GR_TRY(add_piece(m, piece, m->other.at));
    }
    return GRAM_OK;
}

/* Without anything that moves A is one piece. */
static gram_status cross_all(Machine *m, ReId a, uint32_t *key)
{
    Crossing x = {.m = m, .key = key};
    const ReNode *node = gr_re_node(m->re, a);
    gram_status s = GRAM_OK;
    gr_intern_init(&x.states);
    gr_intern_init(&x.targets);
    for (uint32_t i = 1; s == GRAM_OK && i < 2 + m->trackers.n; i++) {
        if (!is_still(m, key[i])) s = gr_vec_push(m->env, &x.slot, i);
    }
    if (s == GRAM_OK && x.slot.n == 0)
        s = add_piece(m, a, key);
    else if (s == GRAM_OK && node->kind == RE_SET) {
        s = cross_set(&x, (SetId){node->a});
    } else if (s == GRAM_OK) {
        s = cross(&x, a);
    }
    gr_intern_clear(m->env, &x.states);
    gr_intern_clear(m->env, &x.targets);
    gr_vec_clear(m->env, &x.slot);
    gr_vec_clear(m->env, &x.from);
    gr_vec_clear(m->env, &x.next);
    gr_vec_clear(m->env, &x.parts);
    return s;
}

/* --- words ---------------------------------------------------------------- */

/* The contents of an open group with one character more. */
static gram_status append_char(Machine *m, uint32_t *group, uint32_t c)
{
    uint32_t n, id;
    const uint32_t *old = gr_intern_get(&m->words, *group >> 1, &n);
    ReVec word = {0};
    gram_status s = gr_vec_reserve(m->env, &word, n + 1);
    if (s == GRAM_OK) {
        if (n) memcpy(word.at, old, n * sizeof *old);
        word.at[n] = c;
        s = gr_intern(m->env, &m->words, word.at, n + 1, &id, NULL);
    }
    if (s == GRAM_OK) *group = id << 1 | 1;
    gr_vec_clear(m->env, &word);
    return s;
}

/* One character, in all that a key keeps. */
static gram_status read_char(Machine *m, uint32_t *key, uint32_t c)
{
    uint32_t n = 2 + m->trackers.n;
    ReId to;
    for (uint32_t i = 1; i < n; i++) {
        GR_TRY(gr_re_derive(m->re, (ReId){key[i]}, c, &to));
        key[i] = to.v;
    }
    for (uint32_t i = n; i < n + m->n_groups; i++) {
        if (key[i] & 1) GR_TRY(append_char(m, key + i, c));
    }
    return GRAM_OK;
}

/* Nothing is added where what must follow forbids the word. */
gram_status gr_look_word(Machine *m, const uint32_t *word, uint32_t n,
                         const uint32_t *key, uint32_t pc)
{
    uint32_t width = gr_look_width(m);
    ReId text;
    m->other.n = m->text.n = 0;
    GR_TRY(gr_vec_reserve(m->env, &m->other, width));
    memcpy(m->other.at, key, width * sizeof *key);
    m->other.at[0] = pc;
    for (uint32_t i = 0; i < n; i++) {
        GR_TRY(gr_step(m->env, 1));
        GR_TRY(read_char(m, m->other.at, word[i]));
        GR_TRY(gr_vec_reserve(m->env, &m->text, 4));
        m->text.n += gr_utf8_put(word[i], m->text.at + m->text.n);
    }
    if (m->other.at[1] == gr_re_none(m->re).v) return GRAM_OK;
    GR_TRY(gr_re_text(m->re, m->text.at, m->text.n, &text));
    return add_piece(m, text, m->other.at);
}

/* A depth-first walk through all words: what is left, and how long the word
 * is. */
typedef struct Branch {
    ReId rest;
    uint32_t depth, c; /* c: the character that led here, if depth > 0 */
} Branch;
typedef struct Speller {
    GrVec(Branch) todo;
    ReVec word;
} Speller;

/* Push a branch for every character on which `a` goes on. */
static gram_status branch(Machine *m, Speller *sp, ReId a, uint32_t depth)
{
    RePart *p;
    GR_TRY(part_of(m->re, a, &p));
    GR_TRY(gr_re_part_open(m->re, p));
    for (uint32_t i = 0; i < p->n; i++) {
        ReId to;
        bool none;
        GR_TRY(gr_re_derive(m->re, a, p->start[i], &to));
        GR_TRY(gr_re_is_none(m->re, to, &none));
        for (uint32_t c = p->start[i]; !none && c <= gr_re_part_end(p, i);
             c++) {
            Branch b = {to, depth + 1, c};
            GR_TRY(gr_step(m->env, 1));
            /* they belong to the interval before them and are no characters */
            if (c >= RE_SURROGATES && c < RE_PAST) continue;
            GR_TRY(gr_vec_push(m->env, &sp->todo, b));
        }
    }
    return GRAM_OK;
}

/* The word's beginning, up to depth - 1, is that of the branch before it. */
static gram_status spell(Machine *m, Speller *sp, ReId a, const uint32_t *key,
                         uint32_t pc)
{
    GR_TRY(gr_vec_push(m->env, &sp->todo, (Branch){a, 0, 0}));
    while (sp->todo.n) {
        Branch b = sp->todo.at[--sp->todo.n];
        if (b.depth) {
            sp->word.n = b.depth - 1;
            GR_TRY(gr_vec_push(m->env, &sp->word, b.c));
        }
        if (gr_re_nullable(m->re, b.rest)) {
            GR_TRY(gr_look_word(m, sp->word.at, b.depth, key, pc));
        }
        GR_TRY(branch(m, sp, b.rest, b.depth));
    }
    return GRAM_OK;
}

/* Counted before they are spelled: an infinite group is refused, not walked. */
static gram_status spell_all(Machine *m, ReId a, const uint32_t *key,
                             uint32_t pc, uint32_t at)
{
    Speller sp = {0};
    uint32_t n;
    GR_TRY(gr_re_count(m->re, a, LOOK_MAX_WORDS + 1, &n));
    if (n > LOOK_MAX_WORDS) {
        return gr_fail(m->env, GRAM_E_UNSUPPORTED, at,
                       "a reference to a group with more than %d contents",
                       (int)LOOK_MAX_WORDS);
    }
    gram_status s = spell(m, &sp, a, key, pc);
    gr_vec_clear(m->env, &sp.todo);
    gr_vec_clear(m->env, &sp.word);
    return s;
}

/* Trackers and groups that nobody asks behind A are dropped before it is
 * crossed, or they would cut it for nothing. */
gram_status gr_look_split(Machine *m, ReId a, const uint32_t *key, uint32_t pc,
                          uint32_t at)
{
    const Instr *next = m->code.at + pc;
    uint32_t width = gr_look_width(m), n = m->trackers.n;
    bool open = false;
    m->sys.at = at;
    m->whole = gr_re_none(m->re);
    if (a.v == gr_re_none(m->re).v) return GRAM_OK;
    m->key.n = 0;
    GR_TRY(gr_vec_reserve(m->env, &m->key, width));
    memcpy(m->key.at, key, width * sizeof *key);
    m->key.at[0] = pc;
    for (uint32_t i = 0; i < n; i++) {
        if (!(next->trackers >> i & 1)) m->key.at[2 + i] = 0;
    }
    for (uint32_t i = 0; i < m->n_groups; i++) {
        if (!(next->groups >> i & 1)) m->key.at[2 + n + i] = 0;
        open |= m->key.at[2 + n + i] & 1;
    }
    if (open) return spell_all(m, a, m->key.at, pc, at);
    return cross_all(m, a, m->key.at);
}
