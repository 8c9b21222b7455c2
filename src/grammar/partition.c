/* Which bytes a set of stacks tells apart: the classes of its row.
 *
 * What a byte does depends on its class in the network, on what regexes begin
 * with it that can be called, and on the classes of the lexers on top:
 *
 *     network       a  bcd  xyz           'd' and 'z' are one class of the
 *     regexes begin  abcd   xyz           set if they are of one class in
 *     lexer on top  ab  cdxyz             each of these
 *
 * Without regexes the network's classes are those of every set.  Else a set has
 * the common refinement of what its members tell apart; classes of the network
 * on which none of them does anything are one: in the middle of a keyword which
 * may be a name as well there are "the next letter" and "others of names".
 * Which regexes can be called is not looked at: those of all are few classes
 * more.  Sets with the same lexers and classes have the same map.
 *
 * Rejected: each byte by itself.  A set of a programming language has 3 to 40
 * classes, and had 243 cells to fill, each of some thousand instructions.
 *
 * Cost: 3,000 instructions for each lexer of a list that is new, once the first
 * bytes of all regexes are known. */
#include "grammar/machine.h"

enum { PARTITIONS = 4096, PAIRS = 512, KEY_HEAD = 1 + 8 };

static bool is_utf8(uint32_t b)
{
    return b < 0xC0 || (b >= 0xC2 && b <= 0xF4);
}

/* --- the common refinement ------------------------------------------------ */

/* Classes of two maps at once.  0 is what is dead in both; bytes that are not
 * are 243 at most, those of UTF-8. */
static void refine(uint8_t cls[256], uint32_t *n, const uint8_t *by)
{
    uint32_t place[PAIRS] = {0};
    *n = 1;
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t pair = (uint32_t)cls[b] << 8 | by[b];
        uint32_t i = (pair * 0x9E3779B1u) >> 23;
        if (pair == 0) continue;
        while (place[i] != 0 && place[i] >> 8 != pair) i = (i + 1) % PAIRS;
        if (place[i] == 0) place[i] = pair << 8 | (*n)++;
        cls[b] = (uint8_t)place[i];
    }
}

/* Asked at each byte for each regex that can be called. */
gram_status gr_partition_lexer(MachineA *m, ReId expr, LexId *out)
{
    const uint32_t *known = gr_map_find(&m->lexer_of, expr.v);
    if (known != NULL) return out->v = *known, GRAM_OK;
    GR_TRY(
        gr_lex_start(m->rules.re, GR_LEX_UTF8, GR_NEED_FIRST, &expr, 1, out));
    return gr_map_put(m->env, &m->lexer_of, expr.v, out->v);
}

static gram_status add_regex(MachineA *m, ReId expr)
{
    LexId lex;
    GrLexInfo info;
    GR_TRY(gr_partition_lexer(m, expr, &lex));
    GR_TRY(gr_lex_info(m->rules.re, lex, &info));
    for (uint32_t i = 0; i < m->lexers.n; i++)
        if (m->lexers.at[i] == info.map) return GRAM_OK;
    GR_TRY(gr_vec_push(m->env, &m->lexers, info.map));
    refine(m->first, &m->n_first, info.classes);
    return gr_step(m->env, 256);
}

/* Of the rules, not of the network: automata may be made later. */
static gram_status add_regexes(MachineA *m)
{
    const GrRules *r = &m->rules;
    for (uint32_t b = 0; b < 256; b++)
        m->first[b] = is_utf8(b) ? m->rtn.classes[b] : 0;
    m->n_first = m->rtn.n_classes;
    m->lexers.n = 0;
    for (uint32_t i = 0; i < r->part.n; i++) {
        const Part *p = &r->part.at[i];
        if (gr_part_is_regex(p)) GR_TRY(add_regex(m, gr_part_expr(p)));
    }
    return GRAM_OK;
}

/* A regex that is over a limit is no error before it is needed. */
static gram_status find_first(MachineA *m)
{
    gram_status status = add_regexes(m);
    if (status == GRAM_OK && m->n_first > 1) return GRAM_OK;
    m->n_first = 1;
    return status == GRAM_E_LIMIT ? GRAM_OK : status;
}

/* --- of a set ------------------------------------------------------------- */

/* Into its place, if it is new. */
static gram_status add_lexer(MachineA *m, uint32_t map)
{
    uint32_t i = m->lexers.n;
    while (i > KEY_HEAD && m->lexers.at[i - 1] > map) i--;
    if (i > KEY_HEAD && m->lexers.at[i - 1] == map) return GRAM_OK;
    GR_TRY(gr_vec_push(m->env, &m->lexers, map));
    for (uint32_t k = m->lexers.n - 1; k > i; k--)
        m->lexers.at[k] = m->lexers.at[k - 1];
    m->lexers.at[i] = map;
    return GRAM_OK;
}

/* What a state of the network can do: a bit for each class on which it moves,
 * or that can begin what it calls. */
static void add_state(MachineA *m, uint32_t symbol)
{
    const GrRtn *t = &m->rtn;
    const RtnState *q = &t->state.at[symbol];
    uint32_t *key = m->lexers.at;
    for (uint32_t i = 0; i < q->n_moves; i++)
        gr_bit_set(key + 1, t->move.at[q->move + i].cls);
    for (uint32_t i = 0; i < q->n_calls; i++) {
        Label l = t->call.at[q->call + i].label;
        key[0] |= gr_label_kind(l) == LABEL_REGEX;
        if (gr_label_kind(l) != LABEL_CALL) continue;
        const RtnAuto *a = &t->automaton.at[gr_label_value(l)];
        key[0] |= a->has_regex_first;
        for (uint32_t w = 0; w < 8; w++) key[1 + w] |= a->first[w];
    }
}

/* What decides the classes of a set: can it call a regex (then all classes of
 * the network are told apart), else which of them do something; the lexers on
 * top. */
static gram_status list(MachineA *m, StackSet x)
{
    uint32_t n;
    const StackTop *tops = gr_stacks_get(&m->stacks, x, &n, NULL);
    m->lexers.n = 0;
    for (uint32_t i = 0; i < KEY_HEAD; i++)
        GR_TRY(gr_vec_push(m->env, &m->lexers, 0));
    for (uint32_t i = 0; i < n; i++) {
        GrLexInfo info;
        LexId lex = {tops[i].symbol & ~GR_LEX_SYMBOL};
        if (!(tops[i].symbol & GR_LEX_SYMBOL)) {
            add_state(m, tops[i].symbol);
            continue;
        }
        GR_TRY(gr_lex_info(m->rules.re, lex, &info));
        GR_TRY(add_lexer(m, info.map));
    }
    if (m->lexers.at[0]) memset(m->lexers.at + 1, 0, 8 * sizeof(uint32_t));
    return gr_step(m->env, n);
}

/* Of the network, those that do something. */
static void network_classes(const MachineA *m, uint8_t cls[256])
{
    for (uint32_t b = 0; b < 256; b++) {
        uint8_t own = m->rtn.classes[b];
        bool does = is_utf8(b) && gr_bit_get(m->lexers.at + 1, own);
        cls[b] = does ? own : 0;
    }
}

/* Of a list that is new; its lexers' classes are found by the tops again. */
static gram_status make(MachineA *m, StackSet x, uint32_t *map)
{
    uint8_t cls[256] = {0}, network[256];
    uint32_t n, n_classes, done = UINT32_MAX;
    const StackTop *tops = gr_stacks_get(&m->stacks, x, &n, NULL);
    network_classes(m, network);
    refine(cls, &n_classes, m->lexers.at[0] ? m->first : network);
    for (uint32_t i = 0; i < n; i++) {
        GrLexInfo info;
        LexId lex = {tops[i].symbol & ~GR_LEX_SYMBOL};
        if (!(tops[i].symbol & GR_LEX_SYMBOL)) continue;
        GR_TRY(gr_lex_info(m->rules.re, lex, &info));
        if (info.map == done) continue;
        refine(cls, &n_classes, info.classes);
        done = info.map;
        GR_TRY(gr_step(m->env, 256));
    }
    return gr_pda_map(m->pda, cls, n_classes, map);
}

gram_status gr_partition_of(MachineA *m, StackSet x, bool inside, uint32_t *map)
{
    uint32_t id;
    bool is_new;
    *map = m->map;
    if (inside && m->rtn.has_regex) *map = m->inside_byte_map;
    if (inside && !m->rtn.has_regex) *map = m->inside_map;
    if (inside || !m->rtn.has_regex) return GRAM_OK;
    if (m->n_first == 0) GR_TRY(find_first(m));
    *map = m->byte_map;
    if (m->n_first == 1 || m->partitions.n > PARTITIONS) return GRAM_OK;
    GR_TRY(list(m, x));
    GR_TRY(gr_vec_reserve(m->env, &m->partition_map, 1));
    GR_TRY(gr_intern(m->env, &m->partitions, m->lexers.at, m->lexers.n, &id,
                     &is_new));
    if (!is_new) return *map = m->partition_map.at[id], GRAM_OK;
    m->partition_map.at[m->partition_map.n++] = *map;
    GR_TRY(make(m, x, map));
    m->partition_map.at[id] = *map;
    return GRAM_OK;
}

/* --- life ----------------------------------------------------------------- */

/* The map whose classes are one higher, so that none is dead. */
static gram_status map_inside(MachineA *m, const uint8_t classes[256],
                              uint32_t n, uint32_t *map)
{
    uint8_t up[256];
    for (uint32_t b = 0; b < 256; b++) up[b] = (uint8_t)(classes[b] + 1);
    return gr_pda_map(m->pda, up, n + 1, map);
}

/* Sets inside of tokens by id, where there are such. */
static gram_status make_inside_maps(MachineA *m, const uint8_t alone[256],
                                    uint32_t n)
{
    const RtnTokens *t = &m->rtn.tokens;
    if (t->n_classes == 0) return GRAM_OK;
    gr_pda_set_tokens(m->pda, t->list.at, t->list.n, t->n_classes, t->other);
    GR_TRY(map_inside(m, m->rtn.classes, m->rtn.n_classes, &m->inside_map));
    return map_inside(m, alone, n, &m->inside_byte_map);
}

gram_status gr_partition_start(MachineA *m)
{
    uint8_t alone[256] = {0};
    uint32_t n = 1;
    gr_intern_init(&m->partitions);
    for (uint32_t b = 0; b < 256; b++)
        if (is_utf8(b)) alone[b] = (uint8_t)n++;
    for (uint32_t b = 256; b-- > 0;) m->byte_of[m->rtn.classes[b]] = (uint8_t)b;
    GR_TRY(gr_pda_map(m->pda, m->rtn.classes, m->rtn.n_classes, &m->map));
    m->byte_map = m->map;
    GR_TRY(make_inside_maps(m, alone, n));
    return m->rtn.has_regex ? gr_pda_map(m->pda, alone, n, &m->byte_map)
                            : GRAM_OK;
}

void gr_partition_clear(MachineA *m)
{
    gr_map_clear(m->env, &m->lexer_of);
    gr_intern_clear(m->env, &m->partitions);
    gr_vec_clear(m->env, &m->partition_map);
    gr_vec_clear(m->env, &m->lexers);
}
