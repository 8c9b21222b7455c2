/* The mask of a state by that of one without large counts (GrWide).
 *
 *     row of the wide state     many states have the same one
 *       - long tokens that die    stepped from the state itself
 *       + what met a limit        walked from there
 *
 * A token is long where the wide state is not sure of so many characters of
 * such letters; what stands behind the quote that ends the string does not
 * count.  Nearly none is: of 128,000 tokens some 1,300 have five characters,
 * one of them beyond ASCII, and all but a dozen are of one script; of ASCII ten
 * have more than 50.  A token of one kind of character alone, and too many of
 * them, is dead without a step: else each of 64 hyphens would make a state.
 *
 * The leaf depends on all that the one of the wide state depends on.  Its marks
 * are for what stands behind the string, and hold here as they do there; so do
 * those of a leaf below it (near.c).
 *
 * Cost: a look at each word of the row, some 300 instructions for a long token,
 * those of the machine for each that is stepped; 13 KB for the while. */
#include "mask/near.h"
#include "mask/zone.h"

/* --- what the wide state is sure of --------------------------------------- */

static bool has_char(const GrWideSet *s, uint32_t c)
{
    uint32_t lo = 0, hi = s->n;
    if (hi == 0 || s->ranges[2 * hi - 1] < c) return false;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->ranges[2 * mid + 1] < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return s->ranges[2 * lo] <= c;
}

/* The sets from the third on that have a character, as bits: those of the
 * characters below the ideographs are a table, since tokens have few others. */
enum { TABLED = 0x3400, TABLED_SETS = 2 };
typedef struct Long {
    Walk *k;
    const GrConfig *c;
    const GrWide *wide;
    uint8_t *sets; /* [TABLED] */
} Long;

static gram_status table_sets(Long *l)
{
    GrWork *w = l->k->w;
    uint32_t looked = TABLED;
    l->sets = gr_arena_take(w->env, &w->arena, TABLED);
    if (l->sets == NULL) return GRAM_E_MEMORY;
    memset(l->sets, 0, TABLED);
    for (uint32_t i = TABLED_SETS; i < l->wide->n; i++) {
        const GrWideSet *s = &l->wide->of[i];
        uint8_t bit = (uint8_t)(1u << (i - TABLED_SETS));
        for (uint32_t j = 0; j < s->n && s->ranges[2 * j] < TABLED; j++) {
            uint32_t lo = s->ranges[2 * j], hi = s->ranges[2 * j + 1];
            if (hi >= TABLED) hi = TABLED - 1;
            for (uint32_t c = lo; c <= hi; c++) l->sets[c] |= bit;
            looked += hi - lo;
        }
    }
    return gr_step(w->env, looked / 32);
}

static uint32_t sets_of_char(const Long *l, uint32_t c)
{
    uint32_t sets = 1;
    if (GR_LIKELY(c < TABLED)) return (uint32_t)l->sets[c] << TABLED_SETS | 1;
    for (uint32_t i = TABLED_SETS; i < l->wide->n; i++)
        sets |= (uint32_t)has_char(&l->wide->of[i], c) << i;
    return sets;
}

/* A character beyond ASCII; most have two bytes. */
static inline uint32_t get_char(const char *p, uint32_t len, uint32_t *size)
{
    uint8_t a = (uint8_t)p[0];
    if (a >= 0xE0 || a < 0xC2 || len < 2) return gr_utf8_get(p, len, size);
    *size = 2;
    return (a & 0x1Fu) << 6 | ((uint8_t)p[1] & 0x3Fu);
}

/* By how many characters is a token too long for the wide state to be sure of
 * it?  Each byte of an escape counts, and what it stands for may be in no set
 * but the first. */
static uint32_t excess(Long *l, const char *p, uint32_t len)
{
    const GrWide *wide = l->wide;
    uint32_t chars = 0, sets = (1u << wide->n) - 1, size;
    for (uint32_t i = 0; i < len && p[i] != '"'; i += size, chars++) {
        size = 1;
        if (GR_UNLIKELY(p[i] == '\\' && i + 1 < len)) {
            i++;
            chars++;
            sets = 1;
        } else if ((uint8_t)p[i] >= 0x80) {
            sets &= sets_of_char(l, get_char(p + i, len - i, &size));
        }
    }
    uint32_t least = chars;
    for (; sets != 0; sets &= sets - 1) {
        uint32_t most = wide->of[__builtin_ctz(sets)].chars;
        if (chars <= most) return 0;
        if (chars - most < least) least = chars - most;
    }
    return least;
}

/* Are there too many characters, all of that one set, and none in an escape? */
static bool is_over(const GrWide *wide, const char *p, uint32_t len)
{
    const GrWideSet *s = &wide->over;
    uint32_t chars = 0, size;
    if (s->n == 0) return false;
    for (uint32_t i = 0; i < len && p[i] != '"'; i += size, chars++)
        if (p[i] == '\\' || !has_char(s, gr_utf8_get(p + i, len - i, &size)))
            return false;
    return chars > s->chars;
}

/* --- tokens --------------------------------------------------------------- */

/* May the string end behind the token, by the wide state?  Where a limit is met
 * nobody can tell. */
static gram_status may_end(Long *l, const char *p, uint32_t len, bool *may)
{
    uint32_t count = 0;
    bool dead;
    Cell cell = {GR_CELL_DEAD};
    StateId s = l->wide->state;
    bool met = l->k->w->met_other;
    GR_TRY(gr_zone_run(l->k->w, &s, &count, p, len, &dead));
    l->k->w->met_other = met;
    if (!dead) GR_TRY(gr_cell_at(l->k->w, s, '"', &cell));
    *may = !dead && gr_cell_is_op(cell);
    return GRAM_OK;
}

static gram_status decide(Long *l, uint32_t token)
{
    Walk *k = l->k;
    uint32_t len, count = 0;
    bool dead, may = false;
    StateId s = l->c->state;
    const char *p = gr_vocab_bytes(k->w->m->v, token, &len);
    uint32_t more = excess(l, p, len);
    if (more > 0 && more <= l->wide->near) GR_TRY(may_end(l, p, len, &may));
    if (more == 0 || may) return GRAM_OK;
    if (is_over(l->wide, p, len)) return gr_row_put(k->w, token, false);
    GR_TRY(gr_zone_run(k->w, &s, &count, p, len, &dead));
    return dead ? gr_row_put(k->w, token, false) : GRAM_OK;
}

/* Tokens of word w of the row that are longer than so many characters. */
static gram_status decide_word(Long *l, uint32_t w, uint32_t bits,
                               uint32_t most)
{
    const GrVocab *v = l->k->w->m->v;
    for (; bits != 0; bits &= bits - 1) {
        uint32_t token = w * 32 + (uint32_t)__builtin_ctz(bits);
        if (v->chars[token] > most && gr_vocab_is_text(v, token))
            GR_TRY(decide(l, token));
    }
    return GRAM_OK;
}

/* Of ASCII few are so long: those of plain characters are a list.  In others
 * there may be an escape. */
static gram_status decide_all(Long *l)
{
    const GrVocab *v = l->k->w->m->v;
    const Class *plain = l->k->w->m->tables->plain;
    const uint32_t *beyond = gr_vocab_signed(v, GR_SIG_BEYOND);
    const uint32_t *cut = gr_vocab_signed(v, GR_SIG_CUT);
    uint32_t most = l->wide->of[0].chars, ascii = l->wide->of[1].chars;
    uint32_t at = ascii < plain->longest ? ascii : plain->longest;
    const uint32_t *few = most < plain->n_few ? plain->few[most].row : NULL;
    const GrWork *work = l->k->w;
    for (uint32_t w = 0; w < v->mask_words; w++) {
        uint32_t more = beyond[w] | cut[w], short_w = few ? few[w] : 0;
        uint32_t odd = (more & ~short_w) | ~(plain->all.row[w] | more);
        odd &= work->row[w];
        if (odd != 0) GR_TRY(decide_word(l, w, odd, most));
    }
    for (uint32_t i = plain->chars_at[at]; i < plain->chars_at[plain->longest];
         i++) {
        uint32_t w = plain->by_chars[i] / 32;
        uint32_t bit = 1u << plain->by_chars[i] % 32;
        GR_TRY(decide_word(l, w, bit & work->row[w], ascii));
    }
    return gr_step(l->k->w->env, v->mask_words);
}

/* Tokens that are longer than what the other state is sure of. */
static gram_status decide_long(Walk *k, const GrConfig *c, const GrWide *wide)
{
    Long l = {.k = k, .c = c, .wide = wide};
    GrArenaMark mark = gr_arena_mark(&k->w->arena);
    gram_status status = table_sets(&l);
    if (status == GRAM_OK) status = decide_all(&l);
    gr_arena_release(k->w->env, &k->w->arena, mark);
    return status;
}

/* --- marks ---------------------------------------------------------------- */

/* Tokens that met a limit there: they are dead in the row, and walked here. */
static gram_status walk_hard(Walk *k, const GrConfig *from, const Mark *mark)
{
    uint32_t token, len;
    bool dead;
    GrConfig c = *from;
    const char *bytes = gr_walk_bytes(k, mark->node, &token, &len);
    GrArenaMark arena = gr_arena_mark(&k->w->arena);
    gram_status status = gr_walk_path(k, &c, bytes, mark->depth - 1, &dead);
    if (status == GRAM_OK && !dead)
        status = gr_walk_node(k, &c, mark->node, mark->depth);
    gr_arena_release(k->w->env, &k->w->arena, arena);
    return status;
}

/* That of the end is asked again by whoever makes the leaf.  Limits are walked
 * at once, where no marks below may clear what is found. */
static gram_status take_marks(Walk *k, const GrConfig *c, const Leaf *of)
{
    GrWork *w = k->w;
    for (uint32_t i = 0; i < of->n_marks; i++) {
        Mark *mark = gr_store_at(&w->m->marks, of->marks + i), copy;
        if (mark->kind == MARK_END) continue;
        if (mark->kind == MARK_HARD && mark->cls == 0 && of->below == 0) {
            GR_TRY(walk_hard(k, c, mark));
            continue;
        }
        gr_mark_copy(&copy, mark);
        GR_TRY(gr_vec_push(w->env, &w->marks, copy));
    }
    return GRAM_OK;
}

/* Not done where a long token leads out of the string. */
gram_status gr_wide_mask(Walk *k, const GrConfig *c, const GrWide *wide,
                         const Leaf *of, bool *done)
{
    GrWork *w = k->w;
    uint32_t marks = w->marks.n;
    *done = false;
    if (of->n_over > 0) return GRAM_OK;
    gr_near_conditions(k->run.trace, w->m, of);
    if (k->run.trace->is_volatile) return GRAM_OK;
    GR_TRY(gr_row_load(w, of->mask));
    w->met_other = false;
    GR_TRY(decide_long(k, c, wide));
    GR_TRY(take_marks(k, c, of));
    *done = !w->met_other;
    if (!*done) w->marks.n = marks;
    return GRAM_OK;
}
