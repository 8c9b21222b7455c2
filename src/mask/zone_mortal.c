/* Finding a zone in which some characters are dead.
 *
 * In: a state.  Out: the places of its zone that were looked at, and the grams
 * of which each token that leaves them has one (zone_dead.c).  The search is
 * that of other zones (zone.c), but the place that most tokens come to is the
 * next, and it ends where so few come to all others that they had better be
 * stepped: behind the second letter of a word, mostly.  The grams are read off
 * the moves between the places, backwards from each byte that leads out:
 *
 *      place 3  --a-->  place 7  --d-->  place 9  --m-->  out         "adm"
 *
 * Bytes are kept by kinds, eight of them, so that what one kind has in one
 * place goes with the same kind in the next alone.  Zones whose grams are in
 * too many tokens are left to a walk.
 *
 * Cost: the search; then a step for each byte of each place. */
#include "mask/zone.h"

/* Cells that a walk of all tokens is worth; and those to be filled from a state
 * that nothing loops in: it may be any, and most are in no zone. */
enum { MORTAL_LOOKS = 896, MORTAL_FILLS = 72 };

bool gr_zone_has(const Place *place, uint32_t n, Place p)
{
    for (uint32_t i = 0; i < n; i++)
        if (place[i].state == p.state && (p.word || !place[i].word))
            return true;
    return false;
}

/* Where each character of ASCII leads from each place: a state + 1, or what
 * follows; and, as a map, kinds of grams (tables_int.h) by state. */
static const uint32_t NO_CHAR = 0, LEADS_OUT = UINT32_MAX;

typedef struct Moves {
    ZoneSearch *s;
    uint32_t (*to)[128];
    GrMap kinds[2];
} Moves;

/* Is it a place?  That of the byte before, mostly. */
static bool is_place(const ZoneSearch *s, Place to, Place *last)
{
    if (to.state == last->state && to.word == last->word) return true;
    if (!gr_zone_has(s->place, s->n, to)) return false;
    *last = to;
    return true;
}

/* What leads out is dead, or was not looked at. */
static gram_status find_moves(ZoneSearch *s, Place p, uint32_t to[128])
{
    Place last = {UINT32_MAX, false};
    for (uint32_t c = 0; c < 128; c++) to[c] = NO_CHAR;
    for (uint32_t c = p.word ? '!' : ' '; c < 128; c++) {
        Step step;
        bool is_step;
        if (c == '"' || c == '\\') continue;
        GR_TRY(
            gr_step_of(s->w, (StateId){p.state}, (uint8_t)c, &step, &is_step));
        Place next = {step.to.v, p.word || c != ' '};
        bool stays = is_step && is_place(s, next, &last);
        to[c] = stays ? step.to.v + 1 : LEADS_OUT;
    }
    return GRAM_OK;
}

static gram_status add_kinds(GrEnv *env, GrMap *map, uint32_t state,
                             uint32_t kinds)
{
    const uint32_t *known = gr_map_find(map, state);
    if (known != NULL && (*known & kinds) == kinds) return GRAM_OK;
    return gr_map_put(env, map, state, kinds | (known ? *known : 0));
}

/* The last bytes of grams: those that lead out of one place are of one kind. */
static gram_status find_last(Moves *m, uint8_t at[256])
{
    ZoneSearch *s = m->s;
    for (uint32_t i = 0, n = 0; i < s->n; i++) {
        uint32_t kind = 1u << n % 8, any = 0;
        GR_TRY(find_moves(s, s->place[i], m->to[i]));
        for (uint32_t c = 0; c < 128; c++) {
            if (m->to[i][c] != LEADS_OUT) continue;
            at[c] |= (uint8_t)kind;
            any = kind;
        }
        if (any == 0) continue;
        GR_TRY(add_kinds(s->w->env, &m->kinds[0], s->place[i].state, any));
        n++;
    }
    return GRAM_OK;
}

static uint32_t kinds_at(const GrMap *map, uint32_t state)
{
    const uint32_t *kinds = gr_map_find(map, state);
    return kinds != NULL ? *kinds : 0;
}

/* The bytes before: what leads to a state whose kinds are known; those of the
 * states that they lead from become known.  *wide: kinds that characters beyond
 * ASCII lead to. */
static gram_status find_before(Moves *m, uint32_t level, uint8_t at[256],
                               uint32_t *wide)
{
    ZoneSearch *s = m->s;
    const GrMap *known = &m->kinds[level];
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t state = s->place[i].state, all = 0, last = NO_CHAR, kinds = 0;
        if (gr_map_find(&s->wide, state) != NULL)
            *wide |= kinds_at(known, state);
        for (uint32_t c = ' '; c < 128; c++) {
            uint32_t to = m->to[i][c];
            if (to == NO_CHAR || to == LEADS_OUT) continue;
            if (to != last) kinds = kinds_at(known, to - 1);
            last = to;
            at[c] |= (uint8_t)kinds;
            all |= kinds;
        }
        if (all != 0 && level == 0)
            GR_TRY(add_kinds(s->w->env, &m->kinds[1], state, all));
    }
    for (uint32_t c = 128; c < 256; c++) at[c] |= (uint8_t)*wide;
    return GRAM_OK;
}

/* About so many tokens have three bytes of one kind, as often as each byte is
 * in tokens. */
static uint64_t expect_grams(const GrTables *t, const Grams *g)
{
    uint64_t all = 1, n = 0; /* 1: no division by 0 */
    for (uint32_t c = 0; c < 256; c++) all += t->inner[c];
    for (uint32_t kind = 1; kind < 256; kind *= 2) {
        uint64_t sum[3] = {0};
        for (uint32_t c = 0; c < 256; c++)
            for (uint32_t i = 0; i < 3; i++)
                if (g->at[i][c] & kind) sum[i] += t->inner[c];
        n += sum[0] * sum[1] / all * sum[2] / all;
    }
    return n;
}

/* Nodes below the first bytes that lead out of the first place. */
static uint64_t expect_first(const GrVocab *v, const uint32_t to[128])
{
    uint64_t n = 0;
    for (uint32_t c = 0; c < 128; c++)
        if (to[c] == LEADS_OUT && v->root[c] != GR_TRIE_NONE)
            n += v->node[v->root[c]].next - v->root[c];
    return n;
}

/* Not of so many tokens that a walk takes less. */
static bool is_little(const Moves *m, const Grams *g)
{
    const GrTables *t = m->s->w->m->tables;
    return expect_first(t->v, m->to[0]) + expect_grams(t, g) <= STEPPED_MOST;
}

/* A byte that leads out, and the two before it.  What leads to a state beyond
 * ASCII is not told, so that nothing is asked of what comes before that. */
static gram_status find_grams(ZoneSearch *s, Grams *g)
{
    uint32_t wide = 0, before = 0;
    Moves m = {.s = s};
    memset(g, 0, sizeof *g);
    m.to = gr_arena_take(s->w->env, &s->w->arena, s->n * sizeof *m.to);
    if (m.to == NULL) return GRAM_E_MEMORY;
    gram_status status = find_last(&m, g->at[2]);
    if (status == GRAM_OK) status = find_before(&m, 0, g->at[1], &wide);
    if (status == GRAM_OK) status = find_before(&m, 1, g->at[0], &before);
    for (uint32_t c = 0; c < 256; c++) g->at[0][c] |= (uint8_t)wide;
    for (uint32_t i = 0; i < 2; i++) gr_map_clear(s->w->env, &m.kinds[i]);
    s->is_one &= is_little(&m, g);
    return status == GRAM_OK ? gr_step(s->w->env, s->n * 4) : status;
}

/* Nodes below the first bytes that are dead.  The cells are those that a search
 * begins with. */
static gram_status is_alive(GrWork *w, StateId s, bool *alive)
{
    const GrVocab *v = w->m->v;
    uint64_t dead = 0;
    for (uint32_t b = ' '; b < 128; b++) {
        Step step;
        bool is_step;
        if (b == '"' || b == '\\' || v->root[b] == GR_TRIE_NONE) continue;
        GR_TRY(gr_step_of(w, s, (uint8_t)b, &step, &is_step));
        if (!is_step) dead += v->node[v->root[b]].next - v->root[b];
    }
    *alive = dead <= STEPPED_MOST;
    return gr_step(w->env, 1);
}

/* Where so few tokens come to the first place that they had better be stepped,
 * none was looked at. */
static gram_status search_mortal(ZoneSearch *s, StateId from, bool loops,
                                 Mortal *m)
{
    s->mortal = true;
    s->most = (ZoneMost){MORTAL_LOOKS, loops ? MORTAL_LOOKS : MORTAL_FILLS};
    gram_status status = gr_zone_search(s, from);
    s->is_one &= s->n > 0 && s->zone.cls != 0 && s->some_dead;
    if (status == GRAM_OK && s->is_one) status = find_grams(s, &m->grams);
    for (uint32_t i = 0; i < s->n && i < MORTAL_MOST; i++)
        m->place[m->n++] = s->place[i];
    gr_map_clear(s->w->env, &s->inside);
    gr_map_clear(s->w->env, &s->wide);
    return status;
}

/* Is it in one?  m is lent to the zone. */
static gram_status find(GrWork *w, StateId s, bool loops, Zone *out, Mortal *m,
                        bool *is_one)
{
    GrArenaMark mark = gr_arena_mark(&w->arena);
    ZoneSearch *at = gr_arena_take(w->env, &w->arena, sizeof *at);
    if (at == NULL) return GRAM_E_MEMORY;
    memset(at, 0, sizeof *at);
    at->w = w;
    m->n = 0;
    gram_status status = search_mortal(at, s, loops, m);
    *is_one = status == GRAM_OK && at->is_one;
    *out = at->zone;
    out->mortal = m;
    gr_arena_release(w->env, &w->arena, mark);
    return status;
}

/* A loop that few characters lead out of has rests for them, which are there
 * for the masks of all its states.  Where there is none (what must not begin
 * with a word) a walk is all that is left. */
gram_status gr_zone_mortal(Walk *k, const LoopRef *own, const GrConfig *c,
                           bool *done)
{
    const GrState *s = gr_pda_get_state(k->w->m->pda, c->state);
    Zone zone;
    Mortal mortal;
    bool may = s->flags & GR_STATE_QUOTED;
    *done = false;
    if (own->cls != 0)
        may &= own->cls >= CLASS_OWN && gr_exits_are_many(k->w, own->cls);
    else if (may)
        GR_TRY(gr_zone_may_be(k->w, c->state, &may));
    if (may) GR_TRY(is_alive(k->w, c->state, done));
    if (*done)
        GR_TRY(find(k->w, c->state, own->cls != 0, &zone, &mortal, done));
    return *done ? gr_zone_mask(k, &zone, c, done) : GRAM_OK;
}
