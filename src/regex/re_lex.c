/* Byte states: tuples of terms side by side, spelled out in bytes.
 *
 *               lead byte            continuation      (UTF-8)
 *     boundary ----------> CONT3, 2, 1 ----------> boundary
 *        |  ^
 *        |  +------ ASCII byte ------- boundary
 *        | '\'                                         (JSON)
 *        v          'u'          digit      digits
 *       ESC -----> ESC_U -----> HEX3, 2, 1 ------> boundary
 *        |           | 'D'
 *        v           v     8..B           '\' 'u' 'D' C..F
 *     boundary    ESC_UD ------> HIGH2, 1 ----> LOW_* ----> HEX2 ...
 *
 * Inside a character a state is the list of what is still possible: of the
 * 2^bits code points ahead, which go to which boundary (re_lex_cut.c),
 * relative to the first of them, so that the continuation of every uniform
 * stretch is one shared state; a byte takes a slice of the list.  Slicing by
 * targets (not by classes of the partition) is what makes it canonical.
 * Right after a backslash everything is possible; those three kinds (ESC,
 * ESC_U, ESC_UD) keep the boundary itself instead of a list, so that a wide
 * word list is not derived by all its characters for one backslash.
 *
 * Which bytes need not be told apart is found in re_lex_map.c.
 *
 * Cost: a known move is two look-ups; a new one a derivative and two
 * internings; `all` has one boundary and at most a dozen states. */
#include "regex/re_lex.h"

const LexShape gr_lex_shapes[] = {
    [CONT1] = {A_CONT, 64, 6, 0, BOUNDARY},
    [CONT2] = {A_CONT, 64, 12, 6, CONT1},
    [CONT3] = {A_CONT, 64, 18, 12, CONT2},
    [HEX1] = {A_HEX, 16, 4, 0, BOUNDARY},
    [HEX2] = {A_HEX, 16, 8, 4, HEX1},
    [HEX3] = {A_HEX, 16, 12, 8, HEX2},
    [LOWER1] = {A_LOWER, 16, 4, 0, BOUNDARY},
    [LOWER2] = {A_LOWER, 16, 8, 4, LOWER1},
    [LOWER3] = {A_LOWER, 16, 12, 8, LOWER2},
    [LOWER4] = {A_LOWER, 16, 16, 12, LOWER3},
    [HIGH1] = {A_HEX, 16, 14, 10, LOW_BS},
    [HIGH2] = {A_HEX, 16, 18, 14, HIGH1},
    [LOW_BS] = {A_BS, 1, 10, 10, LOW_U},
    [LOW_U] = {A_U, 1, 10, 10, LOW_D},
    [LOW_D] = {A_D, 1, 10, 10, LOW_CF},
    [LOW_CF] = {A_CF, 4, 10, 8, HEX2},
    [ESC] = {A_ESC, 9, 0, 0, ESC_U},
    [ESC_U] = {A_HEX, 16, 0, 0, HEX3},
    [ESC_UD] = {A_HEX, 12, 0, 0, HEX2},
    [CANON_ESC] = {A_CANON, 8, 0, 0, LOWER4},
};

const char gr_lex_letters[] = "\"/\\bfnrtu";
const char gr_lex_canon_letters[] = "\"\\bfnrtu";

/* --- bytes of a character ------------------------------------------------- */

/* -1: none. */
static int hex_digit(uint8_t b)
{
    if (b >= '0' && b <= '9') return b - '0';
    if (b >= 'A' && b <= 'F') return b - 'A' + 10;
    if (b >= 'a' && b <= 'f') return b - 'a' + 10;
    return -1;
}

static int letter(const char *letters, uint8_t b)
{
    int i = 0;
    while (letters[i] != 0 && (uint8_t)letters[i] != b) i++;
    return letters[i] != 0 ? i : -1;
}

int gr_lex_child_of(LexKind kind, uint8_t b)
{
    int x = -1;
    switch ((LexAlphabet)gr_lex_shapes[kind].alphabet) {
    case A_CONT: x = b >= 0x80 && b < 0xC0 ? b - 0x80 : -1; break;
    case A_HEX: x = hex_digit(b); break;
    case A_LOWER: x = b >= 'A' && b <= 'F' ? -1 : hex_digit(b); break;
    case A_BS: x = b == '\\' ? 0 : -1; break;
    case A_U: x = b == 'u' ? 0 : -1; break;
    case A_D: x = b == 'd' || b == 'D' ? 0 : -1; break;
    case A_CF: x = hex_digit(b) >= 12 ? hex_digit(b) - 12 : -1; break;
    case A_ESC: x = letter(gr_lex_letters, b); break;
    case A_CANON: x = letter(gr_lex_canon_letters, b); break;
    }
    return x < gr_lex_shapes[kind].children ? x : -1;
}

uint32_t gr_lex_escaped(uint8_t b)
{
    switch (b) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return b;
    }
}

LexLead gr_lex_lead_of(uint8_t b)
{
    if (b < 0xE0) {
        uint32_t base = (b & 0x1Fu) << 6;
        return (LexLead){CONT1, 0, base, base, base + 0x3F};
    }
    if (b < 0xF0) {
        uint32_t base = (b & 0xFu) << 12;
        return (LexLead){CONT2,
                         b == 0xE0   ? 1
                         : b == 0xED ? 2
                                     : 3,
                         base, b == 0xE0 ? 0x800 : base,
                         b == 0xED ? RE_SURROGATES - 1 : base + 0xFFF};
    }
    uint32_t base = (b & 7u) << 18;
    return (LexLead){CONT3,
                     b == 0xF0   ? 4
                     : b == 0xF4 ? 5
                                 : 6,
                     base, b == 0xF0 ? SUPPLEMENTARY : base,
                     b == 0xF4 ? RE_MAX_CHAR : base + 0x3FFFF};
}

/* --- states --------------------------------------------------------------- */

gram_status gr_lex_intern(GrRe *re, const uint32_t *key, uint32_t n,
                          uint32_t *id)
{
    bool is_new;
    GR_TRY(gr_re_intern(re->env, &re->lexes, &re->states, key, n, id, &is_new));
    if (!is_new) return GRAM_OK;
    LexState *s = state_at(re, *id);
    s->key = gr_intern_get(&re->lexes, *id, NULL);
    s->n_key = n;
    return gr_step(re->env, n);
}

/* Dead is what leaves nothing that is needed. */
static gram_status join_parts(GrRe *re, GrLexNeed need, uint32_t *part,
                              uint32_t n, uint32_t *out)
{
    bool first = need == GR_NEED_FIRST && n > 0;
    GR_TRY(gr_re_refine_all(re, MEET_OR, part + first, n - first, out));
    if (first) return gr_re_refine(re, MEET_FIRST, part[0], *out, out);
    if (need == GR_NEED_ANY) return GRAM_OK;
    return gr_re_refine(re, MEET_OR, PART_LIVE, *out, out);
}

gram_status gr_lex_ensure_part(GrRe *re, LexState *s)
{
    uint32_t n = s->n_key - 1, part = 0;
    if (s->part != 0) return GRAM_OK;
    re->segments.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->segments, n));
    for (uint32_t i = 0; i < n; i++)
        GR_TRY(gr_re_part(re, gr_re_id(s->key[1 + i]), &re->segments.at[i]));
    GR_TRY(join_parts(re, need_of(s), re->segments.at, n, &part));
    GR_TRY(gr_re_part_open(re, gr_re_part_get(re, part)));
    s->part = part + 1;
    return GRAM_OK;
}

/* Neighbours are often equal (`none`, mostly): they are derived once. */
static gram_status derive_tuple(GrRe *re, const LexState *s, uint32_t c,
                                uint32_t *to)
{
    re->tuple.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->tuple, s->n_key));
    re->tuple.at[0] = s->key[0];
    for (uint32_t i = 1; i < s->n_key; i++) {
        ReId d = {re->tuple.at[i - 1]};
        if (i == 1 || s->key[i] != s->key[i - 1])
            GR_TRY(gr_re_derive(re, gr_re_id(s->key[i]), c, &d));
        re->tuple.at[i] = d.v;
    }
    return gr_lex_intern(re, re->tuple.at, s->n_key, to);
}

gram_status gr_lex_target_of(GrRe *re, LexState *s, uint32_t k, uint32_t c,
                             uint32_t *to)
{
    if (k == 0) return *to = DEAD, GRAM_OK;
    if (s->target == NULL) {
        size_t size = part_of(re, s)->n_classes * sizeof *s->target;
        uint32_t *row = gr_arena_take(re->env, &re->arena, size);
        if (row == NULL) return GRAM_E_MEMORY;
        s->target = memset(row, 0, size);
    }
    if (s->target[k] == 0) {
        GR_TRY(derive_tuple(re, s, c, to));
        s->target[k] = *to + 1;
    }
    *to = s->target[k] - 1;
    return GRAM_OK;
}

/* By the class of c in the boundary's partition. */
static gram_status target_by(GrRe *re, LexState *s, uint32_t c, uint32_t *to)
{
    const RePart *p = part_of(re, s);
    return gr_lex_target_of(re, s, p->cls[gr_re_part_at(p, c)], c, to);
}

/* --- escapes -------------------------------------------------------------- */

LexLead gr_lex_hex_lead(LexKind kind, uint32_t x)
{
    uint32_t base = x << 12;
    if (kind == ESC_U) return (LexLead){HEX3, 0, base, base, base + 0xFFF};
    base = 0xD000 + (x << 8);
    if (x < 8) return (LexLead){HEX2, 0, base, base, base + 0xFF};
    base = SUPPLEMENTARY + ((x - 8) << 18);
    return (LexLead){HIGH2, 1, base, base, base + 0x3FFFF};
}

/* \u00xx of the controls that have no short escape. */
static gram_status canon_hex(GrRe *re, LexState *b, uint32_t *to)
{
    GR_TRY(gr_segments_open(re, LOWER4));
    GR_TRY(gr_segments_put_range(re, b, 0, 0, 7));
    GR_TRY(gr_segments_put(re, 8, DEAD));
    GR_TRY(gr_segments_put_range(re, b, 0, 0xB, 0xB));
    GR_TRY(gr_segments_put(re, 0xC, DEAD));
    GR_TRY(gr_segments_put_range(re, b, 0, 0xE, CONTROLS - 1));
    GR_TRY(gr_segments_put(re, CONTROLS, DEAD));
    return gr_segments_state(re, to);
}

/* A letter is a character at once; u goes on with digits, of which the first
 * tells whether a pair of surrogates comes: \uD8.. to \uDB.. */
static gram_status move_escape(GrRe *re, const LexState *s, uint8_t byte,
                               uint32_t *to, bool *whole)
{
    LexKind kind = kind_of(s);
    LexState *b = state_at(re, s->key[1]);
    uint32_t x = (uint32_t)gr_lex_child_of(kind, byte);
    if ((kind == ESC || kind == CANON_ESC) && byte != 'u') {
        *whole = true;
        return target_by(re, b, gr_lex_escaped(byte), to);
    }
    if (kind == CANON_ESC) return canon_hex(re, b, to);
    if (kind == ESC || (kind == ESC_U && x == 13)) {
        uint32_t key[2] = {kind == ESC ? ESC_U : ESC_UD, s->key[1]};
        return gr_lex_intern(re, key, 2, to);
    }
    LexLead l = gr_lex_hex_lead(kind, x);
    return gr_lex_open(re, b, &l, to);
}

/* --- the interface -------------------------------------------------------- */

/* Mode and need are in the kind's word: the same terms as UTF-8 and inside a
 * JSON string are two states. */
gram_status gr_lex_start(GrRe *re, GrLexMode mode, GrLexNeed need,
                         const ReId *expr, uint32_t n, LexId *out)
{
    re->tuple.n = 0;
    GR_TRY(gr_vec_reserve(re->env, &re->tuple, (uint64_t)n + 1));
    re->tuple.at[0] = BOUNDARY | (uint32_t)mode << 8 | (uint32_t)need << 16;
    if (n != 0) memcpy(re->tuple.at + 1, expr, n * sizeof *expr);
    return gr_lex_intern(re, re->tuple.at, n + 1, &out->v);
}

gram_status gr_lex_info(GrRe *re, LexId id, GrLexInfo *out)
{
    LexState *s = state_at(re, id.v);
    if (s->classes == NULL) GR_TRY(gr_lex_prepare(re, s));
    out->boundary = kind_of(s) == BOUNDARY;
    out->n = out->boundary ? s->n_key - 1 : 0;
    out->expr = out->n ? (const ReId *)(s->key + 1) : NULL;
    out->classes = s->classes;
    out->map = s->map;
    out->n_classes = s->n_classes;
    return GRAM_OK;
}

bool gr_lex_exprs(const GrRe *re, LexId id, const ReId **expr, uint32_t *n)
{
    const LexState *s = state_at(re, id.v);
    *expr = (const ReId *)(s->key + 1);
    *n = s->n_key - 1;
    return kind_of(s) == BOUNDARY;
}

/* ASCII is a character; a lead byte opens one; the backslash keeps the
 * boundary. */
static gram_status move_boundary(GrRe *re, LexState *s, uint32_t id,
                                 uint8_t byte, uint32_t *to, bool *whole)
{
    GrLexMode mode = mode_of(s);
    if (byte == '\\' && mode != GR_LEX_UTF8) {
        uint32_t key[2] = {mode == GR_LEX_JSON ? ESC : CANON_ESC, id};
        return gr_lex_intern(re, key, 2, to);
    }
    *whole = byte < 0x80;
    if (*whole) return target_by(re, s, byte, to);
    LexLead l = gr_lex_lead_of(byte);
    return gr_lex_open(re, s, &l, to);
}

/* All bytes of a class do what its least one does. */
static gram_status move_new(GrRe *re, LexState *s, uint32_t id, uint32_t cls,
                            LexId *to, bool *whole)
{
    if (s->classes == NULL) GR_TRY(gr_lex_prepare(re, s));
    if (cls == 0 || cls >= s->n_classes)
        return gr_fail(re->env, GRAM_E_ARGUMENT, GR_NOWHERE,
                       "no such class of bytes");
    const LexMap *m = gr_store_at(&re->map_info, s->map);
    uint8_t byte = m->first[cls];
    LexKind kind = kind_of(s);
    *whole = false;
    if (kind == BOUNDARY)
        GR_TRY(move_boundary(re, s, id, byte, &to->v, whole));
    else if (kind >= ESC)
        GR_TRY(move_escape(re, s, byte, &to->v, whole));
    else
        GR_TRY(gr_lex_slice(re, s, (uint32_t)gr_lex_child_of(kind, byte),
                            &to->v, whole));
    s->move[cls] = (to->v + 1) << 1 | *whole;
    return GRAM_OK;
}

/* A cell is (state + 1) << 1, and whether a character is complete. */
gram_status gr_lex_move(GrRe *re, LexId id, uint32_t cls, LexId *to,
                        bool *whole)
{
    LexState *s = state_at(re, id.v);
    uint32_t cell = cls < s->n_classes ? s->move[cls] : 0;
    if (GR_UNLIKELY(cell == 0)) return move_new(re, s, id.v, cls, to, whole);
    to->v = (cell >> 1) - 1;
    *whole = cell & 1;
    return GRAM_OK;
}

/* The target of every class that is alive, for class 0 none, to re->segments
 * as pairs of a class and its target. */
static gram_status targets_of_all(GrRe *re, LexState *s)
{
    uint32_t to;
    GR_TRY(gr_lex_ensure_part(re, s));
    RePart *p = part_of(re, s);
    GR_TRY(gr_re_part_firsts(re, p));
    GR_TRY(gr_segments_open(re, BOUNDARY));
    GR_TRY(gr_step(re->env, p->n_classes));
    for (uint32_t k = 1; k < p->n_classes; k++) {
        GR_TRY(gr_lex_target_of(re, s, k, p->first[k], &to));
        GR_TRY(gr_vec_push(re->env, &re->segments, k));
        GR_TRY(gr_vec_push(re->env, &re->segments, to));
    }
    return GRAM_OK;
}

/* The boundaries ahead, as pairs in re->segments: any character may come, but
 * behind a D few of those below the surrogates. */
static gram_status reach_escape(GrRe *re, const LexState *s)
{
    LexKind kind = kind_of(s);
    LexState *b = state_at(re, s->key[1]);
    GR_TRY(gr_segments_open(re, kind));
    if (kind == CANON_ESC) {
        GR_TRY(gr_segments_put_range(re, b, 0, 0, CONTROLS - 1));
        GR_TRY(gr_segments_put_range(re, b, 0, '"', '"'));
        return gr_segments_put_range(re, b, 0, '\\', '\\');
    }
    if (kind != ESC_UD) return targets_of_all(re, b);
    GR_TRY(gr_segments_put_range(re, b, 0, 0xD000, RE_SURROGATES - 1));
    return gr_segments_put_range(re, b, 0, SUPPLEMENTARY, RE_MAX_CHAR);
}

/* Of pairs the targets, each once. */
static gram_status keep_reach(GrRe *re, LexState *s, const uint32_t *pair,
                              uint32_t n)
{
    uint32_t count = 0, *out;
    out = gr_arena_take(re->env, &re->arena, (n + 1) * sizeof *out);
    if (out == NULL) return GRAM_E_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t to = pair[2 * i + 1];
        /* stretches of two classes alternate: most are the last but one */
        bool seen = (count > 0 && out[count - 1] == to) ||
                    (count > 1 && out[count - 2] == to);
        if (to != DEAD && !seen) out[count++] = to;
    }
    gr_re_sort(out, count, 1);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || out[i] != out[s->n_reach - 1]) out[s->n_reach++] = out[i];
    s->reach = (const LexId *)out;
    return gr_step(re->env, n);
}

static gram_status find_reach(GrRe *re, LexState *s, uint32_t id)
{
    uint32_t self[2] = {0, id};
    if (kind_of(s) == BOUNDARY) return keep_reach(re, s, self, 1);
    if (kind_of(s) >= ESC) {
        GR_TRY(reach_escape(re, s));
    } else {
        GR_TRY(gr_segments_open(re, kind_of(s)));
        for (uint32_t i = 2; i < s->n_key; i++)
            GR_TRY(gr_segments_put(re, i, s->key[i]));
    }
    return keep_reach(re, s, re->segments.at + 1, re->segments.n / 2);
}

/* Found once: both liveness and costs ask for them at every state. */
gram_status gr_lex_targets(GrRe *re, LexId id, const LexId **to, uint32_t *n)
{
    LexState *s = state_at(re, id.v);
    if (s->reach == NULL) GR_TRY(find_reach(re, s, id.v));
    *to = s->reach;
    *n = s->n_reach;
    return GRAM_OK;
}

/* What has a longest word never derives to itself, nor does a list of words: no
 * need to try the characters. */
static gram_status never_loops(GrRe *re, const LexState *s, bool *never)
{
    *never = kind_of(s) != BOUNDARY;
    for (uint32_t i = 1; i < s->n_key && !*never; i++) {
        ReId a = {s->key[i]};
        uint32_t low, most;
        *never = gr_re_node(re, a)->kind == RE_WORDS;
        if (a.v == RE_NONE || *never) continue;
        GR_TRY(gr_re_bounds(re, a, &low, &most));
        *never = most < GR_RE_INF;
    }
    return GRAM_OK;
}

/* The targets of the classes with a code point from `first` on, which is in
 * interval `at`: the others cost derivatives that nobody may ask for. */
static gram_status targets_from(GrRe *re, LexState *s, uint32_t at,
                                uint32_t first)
{
    const RePart *p = part_of(re, s);
    uint32_t to;
    for (uint32_t i = at; i < p->n; i++)
        GR_TRY(gr_lex_target_of(re, s, p->cls[i], i == at ? first : p->start[i],
                                &to));
    return gr_step(re->env, p->n - at);
}

gram_status gr_lex_span(GrRe *re, LexId from, LexId to, uint32_t first,
                        SetId *out)
{
    LexState *s = state_at(re, from.v);
    if (kind_of(s) != BOUNDARY) return gr_set_make(re, NULL, 0, out);
    GR_TRY(gr_lex_ensure_part(re, s));
    const RePart *p = part_of(re, s);
    uint32_t at = gr_re_part_at(p, first);
    GR_TRY(targets_from(re, s, at, first)); /* which may use the list itself */
    re->key.n = 0;
    for (uint32_t i = at; i < p->n; i++) {
        uint32_t k = p->cls[i];
        if (k == 0 || s->target[k] != to.v + 1) continue;
        GR_TRY(gr_vec_push(re->env, &re->key, i == at ? first : p->start[i]));
        GR_TRY(gr_vec_push(re->env, &re->key, gr_re_part_end(p, i)));
    }
    return gr_set_make(re, (const GrRange *)re->key.at, re->key.n / 2, out);
}

gram_status gr_lex_loop(GrRe *re, LexId id, SetId *out)
{
    LexState *s = state_at(re, id.v);
    if (s->loop == 0) {
        bool never;
        GR_TRY(never_loops(re, s, &never));
        if (never)
            GR_TRY(gr_set_make(re, NULL, 0, out));
        else
            GR_TRY(gr_lex_span(re, id, id, 0, out));
        s->loop = out->v + 1;
    }
    out->v = s->loop - 1;
    return GRAM_OK;
}

/* All targets have been asked for, or the loop was told without them. */
bool gr_lex_loop_is_all(const GrRe *re, LexId id)
{
    const LexState *s = state_at(re, id.v);
    if (kind_of(s) != BOUNDARY || s->loop == 0 || s->target == NULL)
        return false;
    const RePart *p = part_of(re, s);
    for (uint32_t i = gr_re_part_at(p, BEYOND); i < p->n; i++) {
        uint32_t k = p->cls[i];
        if (k != 0 && s->target[k] != id.v + 1) return false;
    }
    return true;
}

/* By the classes of the partition: the target of one is not asked for.  No text
 * has surrogates. */
uint8_t gr_lex_beyond(const GrRe *re, LexId id)
{
    const LexState *s = state_at(re, id.v);
    if (kind_of(s) != BOUNDARY || s->part == 0) return 0;
    const RePart *p = part_of(re, s);
    uint32_t first = gr_re_part_at(p, BEYOND), byte = CONTROLS;
    for (uint32_t i = first; i < p->n; i++)
        if (p->cls[i] != p->cls[first] &&
            (p->start[i] < RE_SURROGATES || gr_re_part_end(p, i) >= RE_PAST))
            return 0;
    while (byte < BEYOND && p->cls[gr_re_part_at(p, byte)] != p->cls[first])
        byte++;
    return byte < BEYOND ? (uint8_t)byte : 0;
}
