/* The mask of a state inside a string that no ordinary character can spoil.
 *
 *              [^0-9]           any
 *            +-------+        +-----+
 *            v       |        v     |
 *       -->  s0 -----+  0-9   s1 ---+        the pattern [0-9], searched for
 *                s0 --------> s1
 *                              "
 *
 * No class of characters loops in s0 but "no digit", and walking all tokens
 * with a digit costs milliseconds.  But wherever plain characters lead from
 * s0, none of them is ever dead: s0 is in a *zone*.  The tokens of plain
 * characters are then alive, and they are a slice of the vocabulary; only
 * what follows a quote or a backslash depends on the state that the
 * characters before it have led to.
 *
 *   - Tokens are spaces and then at most one word, but for the few that
 *     tables.c calls odd.  So only such texts have to be alive in a zone:
 *     (\S+\s+){0,49}\S+ counts words, and each of its states is in a zone
 *     but those of the last word.
 *   - Characters beyond ASCII may be dead, or lead out of the states that
 *     ASCII leads to.  They are taken out of the class.
 *   - Odd tokens and those with a character that was taken out are stepped
 *     one by one.
 *   - The characters before rests are a trie of some hundreds of nodes: one
 *     walk over it gives the state before each rest.  The rests are walked
 *     once from each of these states.
 *
 * Some machines promise more (GrLoop.open): then nothing is looked for, and
 * inside.c has the slice and what closes.
 *
 * What a state of a zone leads to by such texts is in the zone as well, as a
 * *place*: the state, in front of the word or in it.  So a search ends where it
 * comes to a place of a zone that is known.  A pattern that counts words or
 * characters has a state for each count, and each of them is a look at its own
 * moves.
 *
 * Where the string's length is counted, moves of a zone may end at different
 * counts (the digit is still to come): tokens shorter than the least are
 * alive, longer than the greatest are dead, and what lies between is stepped,
 * unless it is so much that a walk takes less.
 *
 * Rejected: zones of other classes (they would need rests of their own, and
 * those are loops and chains nearly always); zones closed under all texts
 * (they end where words are counted).
 *
 * Cost: a zone some cells a state, which may have to be filled; a mask some
 * microseconds, and one walk of the rests a state. */
#include "mask/zone.h"

enum {
    PLACE_LOOKS = 12, /* of each, for characters beyond ASCII */
    COMES_LEAST = 64, /* fewer tokens are stepped */
    COUNTS_MOST = 6,  /* places that do nothing but count characters */
    /* In programs nearly all is alive inside of comments and names, but the
     * states behind beginnings of words are no end, and dear: a zone that is
     * one is found with a hundred looks, or a walk takes less. */
    GRAMMAR_LOOKS = 768
};

/* --- finding a zone: ASCII ------------------------------------------------ */

/* Under the lock: the zone that a place is in, or 0.  In front of a word all
 * is alive that is so in it. */
static uint32_t zone_at(const GrMasks *m, uint32_t state, bool word)
{
    const uint32_t *at = gr_map_find(&m->zone_of, gr_pair(state, false));
    if (word && (at == NULL || *at == 0))
        at = gr_map_find(&m->zone_of, gr_pair(state, true));
    return at != NULL ? *at : 0;
}

/* Where a place is listed, or is to be: slots are never full. */
static uint32_t slot_of(const ZoneSearch *s, uint32_t state, bool word)
{
    uint32_t i = (state * 2 + word) * 0x9E3779B1u >> 22; /* of ZONE_SLOTS */
    for (;; i = (i + 1) % ZONE_SLOTS) {
        if (s->slot[i] == 0) return i;
        const Place *p = &s->place[s->slot[i] - 1];
        if (p->state == state && p->word == word) return i;
    }
}

uint32_t gr_zone_place(const ZoneSearch *s, uint32_t state, bool word)
{
    uint32_t i = s->slot[slot_of(s, state, word)] - 1u;
    return i < s->n ? i : ZONE_NOWHERE; /* not of those left out at the end */
}

/* In either place: behind spaces or in a word; no farther than the next
 * character, where depths tell. */
bool gr_zone_has_state(const ZoneSearch *s, uint32_t state)
{
    for (uint32_t word = 0; word < 2; word++) {
        uint32_t i = gr_zone_place(s, state, word);
        if (i != ZONE_NOWHERE &&
            (s->deepest == 0 || s->depth[i] <= s->from + 1))
            return true;
    }
    if (s->joined == 0) return false;
    pthread_mutex_lock(&s->w->m->lock);
    bool in = zone_at(s->w->m, state, true) == s->joined;
    pthread_mutex_unlock(&s->w->m->lock);
    return in;
}

/* What holds for all places of a zone holds for some of them: characters that
 * it has taken out are out, counts have its bounds.  It stands for one move,
 * counted if its moves are. */
static void join(ZoneSearch *s, const KnownZone *k)
{
    Zone *z = &s->zone;
    bool counts = k->zone.reg < GR_REGS;
    s->chars++;
    s->counted += counts;
    s->is_one &= !counts || z->reg == GR_REGS || z->reg == k->zone.reg;
    if (counts) z->reg = k->zone.reg;
    if (k->zone.least < z->least) z->least = k->zone.least;
    if (k->zone.most > z->most) z->most = k->zone.most;
    z->alive |= k->zone.alive;
    for (uint32_t i = 0; i < k->n_out; i++)
        gr_zone_take_out(s, k->out[2 * i],
                         k->out[2 * i + 1] - k->out[2 * i] + 1);
}

/* They are counted from 1: 0 is none, and few grammars have one. */
static KnownZone *known_zone(const GrMasks *m, uint32_t index)
{
    return gr_store_at(&m->zones, index - 1);
}

/* Is it a place of the zone at hand, or of the first one that is met? */
static bool is_joined(ZoneSearch *s, uint32_t state, bool word)
{
    GrMasks *m = s->w->m;
    KnownZone known = {.n_out = 0};
    pthread_mutex_lock(&m->lock);
    uint32_t at = s->mortal ? 0 : zone_at(m, state, word);
    bool is_new = at != 0 && s->joined == 0;
    if (is_new) known = *known_zone(m, at);
    pthread_mutex_unlock(&m->lock);
    if (is_new) {
        s->joined = at;
        join(s, &known);
    }
    return at != 0 && at == s->joined;
}

/* What follows is dead, or too much: no zone, or none from here on. */
static void end(ZoneSearch *s)
{
    if (s->deepest > 0)
        s->ended = true;
    else
        s->is_one = false;
}

/* Its index; ZONE_NOWHERE where it is joined.  More than there is room for: no
 * zone. */
static uint32_t add_place(ZoneSearch *s, uint32_t state, bool word)
{
    uint32_t slot = slot_of(s, state, word);
    if (s->slot[slot] != 0) return s->slot[slot] - 1u;
    if (is_joined(s, state, word)) return ZONE_NOWHERE;
    if (s->n == 2 * ZONE_MOST) end(s);
    if (!s->is_one || s->ended) return ZONE_NOWHERE;
    s->place[s->n] = (Place){state, word};
    s->depth[s->n] = (uint8_t)(s->from + 1);
    s->slot[slot] = (uint16_t)++s->n;
    return s->n - 1;
}

/* Bounds are kept as those of the count behind the character. */
void gr_zone_note(ZoneSearch *s, const Step *step, bool ends)
{
    Zone *z = &s->zone;
    uint32_t hi = step->hi;
    bool counts = step->reg < GR_REGS;
    if (counts && !step->whole && hi < UINT32_MAX) hi++;
    s->chars += ends;
    s->counted += step->whole;
    s->is_one &= ends || !step->whole;
    if (counts && z->reg == GR_REGS) z->reg = step->reg;
    s->is_one &= !counts || z->reg == step->reg;
    if (hi < z->least) z->least = hi;
    if (hi > z->most) z->most = hi;
}

/* Before each cell: more of them than the answer is worth are not read. */
void gr_zone_look(ZoneSearch *s)
{
    s->cut = ++s->looks > s->most.looks ||
             s->w->filled - s->filled > s->most.fills;
    if (s->cut) end(s);
}

/* Behind a character that is no space the word has begun. */
static gram_status try_char(ZoneSearch *s, Place p, uint8_t b, uint32_t *at)
{
    Step step;
    Cell cell;
    bool is_step;
    *at = ZONE_NOWHERE;
    gr_zone_look(s);
    if (s->cut) return GRAM_OK;
    GR_TRY(gr_step_of(s->w, (StateId){p.state}, b, &step, &is_step));
    if (is_step) {
        gr_zone_note(s, &step, true);
        *at = add_place(s, step.to.v, p.word || b != ' ');
        return GRAM_OK;
    }
    GR_TRY(gr_cell_at(s->w, (StateId){p.state}, b, &cell));
    if (cell.v != GR_CELL_DEAD)
        s->is_one = false;
    else if (!s->mortal)
        end(s);
    s->some_dead = true;
    return GRAM_OK;
}

/* A space is no part of a word, and has its own look. */
static void list_bytes(const ZoneSearch *s, const uint8_t *map, ZoneBytes *out)
{
    uint8_t index[256] = {0}; /* of a class, + 1 */
    out->map = map;
    out->n = 0;
    for (uint32_t b = '!'; b < 0x80; b++) {
        if (b == '"' || b == '\\') continue;
        if (index[map[b]] == 0) {
            out->byte[out->n] = (uint8_t)b;
            out->often[out->n] = 0;
            index[map[b]] = (uint8_t)++out->n;
        }
        out->often[index[map[b]] - 1] += s->w->m->tables->inner[b];
    }
}

/* Tokens come from place i to another one as often as these bytes are in
 * tokens. */
static void lead_on(ZoneSearch *s, uint32_t i, uint32_t to, uint32_t often)
{
    s->comes_back |= to <= i;
    if (to != ZONE_NOWHERE && to != i)
        s->comes[to] += s->comes[i] * often / s->all;
}

/* Each class of bytes once. */
static gram_status try_ascii(ZoneSearch *s, uint32_t i)
{
    Place p = s->place[i];
    ZoneBytes *by = &s->bytes;
    uint32_t to;
    WalkLevel at;
    row_ref(s->w, (StateId){p.state}, &at);
    if (at.map != by->map) list_bytes(s, at.map, by);
    if (!p.word) {
        GR_TRY(try_char(s, p, ' ', &to));
        if (to != ZONE_NOWHERE && to != i) s->comes[to] += s->comes[i];
    }
    for (uint32_t k = 0; k < by->n && s->is_one && !s->ended; k++) {
        GR_TRY(try_char(s, p, by->byte[k], &to));
        if (s->mortal) lead_on(s, i, to, by->often[k]);
    }
    return GRAM_OK;
}

static void swap_places(ZoneSearch *s, uint32_t i, uint32_t j)
{
    Place p = s->place[i], q = s->place[j];
    uint64_t comes = s->comes[i];
    uint16_t *slot = &s->slot[slot_of(s, p.state, p.word)];
    s->slot[slot_of(s, q.state, q.word)] = (uint16_t)(i + 1);
    *slot = (uint16_t)(j + 1);
    s->place[i] = q;
    s->comes[i] = s->comes[j];
    s->place[j] = p;
    s->comes[j] = comes;
}

/* Is place i to be looked at, which is then the one of the others that most
 * tokens come to?  Of a mortal zone those that many come to are enough. */
static bool has_next(ZoneSearch *s, uint32_t i)
{
    uint32_t best = i;
    if (!s->mortal || i >= s->n) return i < s->n;
    for (uint32_t j = i + 1; j < s->n; j++)
        if (s->comes[j] > s->comes[best]) best = j;
    swap_places(s, i, best);
    if (i < MORTAL_MOST && s->comes[i] >= COMES_LEAST &&
        s->looks + PLACE_LOOKS * (i + 2) <= s->most.looks)
        return true;
    s->some_dead = true;
    s->n = i;
    return false;
}

/* All bytes of tokens come to the place that a search begins with. */
static void start(ZoneSearch *s, StateId from)
{
    s->is_one = true;
    s->filled = s->w->filled;
    s->zone = (Zone){.base = CLASS_PLAIN,
                     .reg = GR_REGS,
                     .least = UINT32_MAX,
                     .deep = UINT32_MAX};
    (void)add_place(s, from.v, false);
    s->depth[0] = 0;
    s->all = 1; /* no division by 0 */
    for (uint32_t b = 0; b < 256; b++) s->all += s->w->m->tables->inner[b];
    s->comes[0] = s->all;
}

bool gr_zone_is_narrow(const GrTables *t, uint32_t least, uint32_t most)
{
    const Class *plain = t->plain;
    if (least > plain->longest) least = plain->longest;
    if (most > plain->longest) most = plain->longest;
    return least > most ||
           plain->chars_at[most] - plain->chars_at[least] <= GR_ZONE_BETWEEN;
}

/* Lengths without an upper bound, of which some are dead: too many tokens are
 * longer than the least one, and where some is counted, more. */
static bool is_wide(const ZoneSearch *s)
{
    const GrTables *t = s->w->m->tables;
    const Zone *z = &s->zone;
    return z->reg < GR_REGS && z->most >= t->plain->longest &&
           !gr_zone_is_narrow(t, z->least, z->most);
}

/* States that count characters lead from each to the next, and to none that was
 * looked at: no end of them is near. */
static bool only_counts(const ZoneSearch *s, uint32_t i)
{
    return s->mortal && i == COUNTS_MOST && !s->comes_back;
}

/* The list of places grows while it is read, by depth: a closure, or as much of
 * it as is asked for.  All that is nearer than the place at which that ends has
 * been looked at. */
static gram_status close(ZoneSearch *s)
{
    uint32_t i = 0;
    for (; s->is_one && !s->ended && has_next(s, i); i++) {
        s->from = s->depth[i];
        if (s->deepest > 0 && s->from == s->deepest) break;
        GR_TRY(try_ascii(s, i));
        s->is_one &= !is_wide(s) && !only_counts(s, i);
    }
    s->deep = s->ended || i < s->n ? s->from : UINT32_MAX;
    s->ended = false;
    return GRAM_OK;
}

gram_status gr_zone_search(ZoneSearch *s, StateId from)
{
    start(s, from);
    GR_TRY(close(s));
    if (s->deepest > 0) s->is_one &= gr_zone_is_deep(s->w->m->tables, s->deep);
    if (s->is_one) GR_TRY(gr_zone_beyond(s));
    /* tokens with characters that are taken out are stepped; but in a grammar
     * anything may be done behind these */
    s->is_one &= !s->grammar || !s->zone.alive;
    /* all characters are counted, or none of them */
    s->is_one &= s->counted == (s->zone.reg < GR_REGS ? s->chars : 0);
    if (s->is_one) GR_TRY(gr_zone_class(s));
    return gr_step(s->w->env, s->looks);
}

/* --- keeping it ----------------------------------------------------------- */

/* Is a known zone told by all that this one is? */
static bool is_same(const KnownZone *k, const ZoneSearch *s)
{
    const Zone *a = &k->zone, *b = &s->zone;
    return a->cls == b->cls && a->reg == b->reg && a->least == b->least &&
           a->most == b->most && a->alive == b->alive &&
           a->parted == b->parted && k->n_out == s->n_out;
}

/* The zone that was joined has grown, or there is one more. */
static gram_status add_zone(GrMasks *m, const ZoneSearch *s, uint32_t *index)
{
    *index = s->joined;
    if (*index != 0 && is_same(known_zone(m, *index), s)) return GRAM_OK;
    GR_TRY(gr_store_add(&m->env, &m->zones, 1, index));
    KnownZone *k = known_zone(m, ++*index);
    *k = (KnownZone){.zone = s->zone, .n_out = s->n_out};
    memcpy(k->out, s->out, sizeof k->out);
    return GRAM_OK;
}

/* Under the lock.  Places that another zone has stay with it. */
static gram_status keep(GrMasks *m, const ZoneSearch *s, StateId from)
{
    uint32_t index;
    if (!s->is_one)
        return gr_map_put(&m->env, &m->zone_of, gr_pair(from.v, false), 0);
    GR_TRY(add_zone(m, s, &index));
    for (uint32_t i = 0; i < s->n; i++) {
        uint64_t key = gr_pair(s->place[i].state, s->place[i].word);
        const uint32_t *at = gr_map_find(&m->zone_of, key);
        if (at == NULL || (*at == 0 && i == 0))
            GR_TRY(gr_map_put(&m->env, &m->zone_of, key, index));
    }
    return GRAM_OK;
}

/* Also that a state is in none. */
static bool known(GrMasks *m, StateId s, Zone *out, ZoneAnswer *answer)
{
    pthread_mutex_lock(&m->lock);
    const uint32_t *at = gr_map_find(&m->zone_of, gr_pair(s.v, false));
    bool is_one = at != NULL && *at != 0;
    *answer = is_one ? ZONE_FOUND : ZONE_NONE;
    if (is_one) *out = known_zone(m, *at)->zone;
    pthread_mutex_unlock(&m->lock);
    return at != NULL;
}

/* Searched without the lock; the search is too large for a stack.  That a
 * search was cut short says nothing of the state, unless none is longer. */
static gram_status find(GrWork *w, StateId s, ZoneMost most, Zone *out,
                        ZoneAnswer *answer)
{
    GrMasks *m = w->m;
    GrArenaMark mark = gr_arena_mark(&w->arena);
    ZoneSearch *at = gr_arena_take(w->env, &w->arena, sizeof *at);
    if (at == NULL) return GRAM_E_MEMORY;
    memset(at, 0, sizeof *at);
    at->w = w;
    at->grammar = gr_pda_is_plain(m->pda);
    uint32_t all = at->grammar ? GRAMMAR_LOOKS : GR_ZONE_LOOKS;
    at->most = most;
    if (most.looks > all) at->most.looks = all;
    gram_status status = gr_zone_search(at, s);
    gr_map_clear(w->env, &at->inside);
    at->is_one &= at->zone.cls != 0;
    *answer = at->is_one                    ? ZONE_FOUND
              : at->cut && at->looks <= all ? ZONE_UNKNOWN
                                            : ZONE_NONE;
    *out = at->zone;
    if (status == GRAM_OK && *answer != ZONE_UNKNOWN) {
        pthread_mutex_lock(&m->lock);
        (void)keep(m, at, s); /* no room for it: found again */
        pthread_mutex_unlock(&m->lock);
    }
    gr_arena_release(w->env, &w->arena, mark);
    return status;
}

/* --- asking --------------------------------------------------------------- */

/* Most states are none, which a letter or a space tells. */
gram_status gr_zone_may_be(GrWork *w, StateId s, bool *may)
{
    static const uint8_t tries[] = "e 0";
    *may = !(w->m->flags & GR_MASK_NO_CLASSES);
    for (uint32_t i = 0; i + 1 < sizeof tries && *may; i++) {
        Step step;
        GR_TRY(gr_step_of(w, s, tries[i], &step, may));
    }
    return GRAM_OK;
}

/* Where the machine promises that nothing is dead, that is the zone. */
gram_status gr_zone_of(GrWork *w, StateId s, const LoopRef *own, ZoneMost most,
                       Zone *out, ZoneAnswer *answer)
{
    bool may;
    *answer = ZONE_FOUND;
    if (own->open) {
        *out = (Zone){.base = CLASS_INSIDE,
                      .cls = CLASS_INSIDE,
                      .reg = own->reg,
                      .least = own->sure,
                      .most = own->most,
                      .deep = UINT32_MAX};
        return GRAM_OK;
    }
    *answer = ZONE_NONE;
    GR_TRY(gr_zone_may_be(w, s, &may));
    if (!may || known(w->m, s, out, answer)) return GRAM_OK;
    GR_TRY(gr_table_classes(w->m, &may));
    return may ? find(w, s, most, out, answer) : GRAM_OK;
}
