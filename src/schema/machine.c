/* The machine's states, frames and its face towards the waist.
 *
 * A state is interned words, (kind, a, b): what they mean is told beside
 * StateKind.  The waist gives out the numbers by which states and frames are
 * known outside, so there is a list from words to number and one back.  Asked
 * for a cell, the machine turns the number into words again, and the kind says
 * who fills it:
 *
 *     S_TEXT, S_KEY   a class of the byte state        text.c, object.c
 *     S_NUMBER        a byte of a number's row         digits.c
 *     all others      a byte: white space first,       space.c, layout.c
 *                     then what begins with it         value.c, object.c,
 *                                                      array.c
 *
 * Compiling is: load, number the names, make all atoms in the order of the
 * schema, and prove that the root has a value.  Nothing else is built before
 * somebody asks for a cell. */
#include "schema/conflict.h"
#include "schema/layout.h"
#include "schema/machine.h"
#include "schema/schema.h"

/* --- byte classes outside of strings -------------------------------------- */

/* The bytes that some state of a kind takes: one class a byte, the white space
 * bytes share one, the first.  Class 0 is dead, so that most of what follows
 * in tokens is dead without a question.  In a layout a line break is another
 * thing than a space: the last class. */
static const char *const bytes_of[] = {[S_VALUE] = " \"{[-0123456789tfn",
                                       [S_LITERAL] = " ruelas",
                                       [S_NUMBER] = " 0123456789-+.eE",
                                       [S_OPEN] = " \"}",
                                       [S_AFTER] = " ,}",
                                       [S_WAIT] = " \"",
                                       [S_COLON] = " :",
                                       [S_FIRST] = " ]\"{[-0123456789tfn",
                                       [S_NEXT] = " ,]",
                                       [S_DONE] = " "};

/* A number has no break inside: what ends it is retried behind it. */
static bool has_break(const Sm *sm, uint32_t kind)
{
    return sm->policy.layout && kind != S_NUMBER;
}

/* One map for each kind, whatever the state: rows of equal maps can be compared
 * and shared. */
static gram_status map_of(Sm *sm, uint32_t kind, uint32_t *out)
{
    uint8_t map[256] = {0};
    uint32_t n = 1;
    if (sm->map_of[kind] == 0) {
        for (const char *p = bytes_of[kind]; *p; p++)
            map[(uint8_t)*p] = (uint8_t)n++;
        if (has_break(sm, kind))
            map['\n'] = (uint8_t)n++;
        else
            map['\t'] = map['\n'] = map['\r'] = 1;
        /* these end a number as white space does */
        if (kind == S_NUMBER) map[','] = map['}'] = map[']'] = 1;
        GR_TRY(gr_pda_map(sm->pda, map, n, out));
        sm->map_of[kind] = *out + 1;
    }
    *out = sm->map_of[kind] - 1;
    return GRAM_OK;
}

/* Of a class of such a state: its byte, ' ' for white space, and 0 for the end
 * of the text. */
static uint8_t byte_of(const Sm *sm, uint32_t kind, uint32_t cls)
{
    uint32_t n = (uint32_t)strlen(bytes_of[kind]);
    if (cls == n + 1 && has_break(sm, kind)) return '\n';
    return cls > n ? 0 : (uint8_t)bytes_of[kind][cls - 1];
}

/* --- states and frames ---------------------------------------------------- */

/* How the row of a state is laid out, and what kind of place it is in. */
static gram_status row_of(Sm *sm, uint32_t kind, uint32_t a, uint32_t *map,
                          uint32_t *flags)
{
    GrLexInfo info;
    *flags = 0;
    kind &= SPACE_BIT - 1;
    if (kind != S_TEXT && kind != S_KEY) return map_of(sm, kind, map);
    *flags = GR_STATE_QUOTED | (kind == S_KEY ? GR_STATE_KEY : 0);
    GR_TRY(gr_lex_info(sm->re, (LexId){a}, &info));
    return sm_lex_map(sm, &info, map);
}

/* Cells of a new state inside a string that are dead by the words left. */
static gram_status mark_dead(Sm *sm, uint32_t kind, uint32_t a, uint32_t b,
                             StateId s)
{
    GrLexInfo info;
    uint32_t live[9] = {0}, by = 0;
    bool words = kind == S_KEY;
    if (kind == S_TEXT) GR_TRY(sm_text_must(sm, (TypedId){b}, &by, &words));
    if (!words) return GRAM_OK;
    GR_TRY(gr_lex_info(sm->re, (LexId){a}, &info));
    if (!gr_lex_first(sm->re, (LexId){a}, by, live)) return GRAM_OK;
    if (gr_re_nullable(sm->re, info.expr[by])) gr_bit_set(live, info.n_classes);
    gr_pda_only(sm->pda, s, live);
    return gr_step(sm->env, 1);
}

/* In state_key: the rest is a byte state, not an id of `states`. */
#define KEY_BIT 0x80000000u

static gram_status new_state(Sm *sm, uint32_t kind, uint32_t a, uint32_t b,
                             uint32_t id, StateId *out)
{
    uint32_t map, flags;
    GR_TRY(row_of(sm, kind, a, &map, &flags));
    GR_TRY(gr_vec_reserve(sm->env, &sm->state_key, 1));
    GR_TRY(gr_pda_state(sm->pda, map, flags, out));
    if (flags != 0) GR_TRY(mark_dead(sm, kind, a, b, *out));
    /* ids of the waist may skip numbers: keep the two in step */
    while (sm->state_key.n < out->v)
        GR_TRY(gr_vec_push(sm->env, &sm->state_key, 0));
    return gr_vec_push(sm->env, &sm->state_key, id);
}

/* Those inside keys are half of all, and have their byte state as a number. */
static gram_status key_state(Sm *sm, uint32_t lex, StateId *out)
{
    while (sm->key_state.n <= lex)
        GR_TRY(gr_vec_push(sm->env, &sm->key_state, 0));
    uint32_t *known = &sm->key_state.at[lex];
    if (*known == 0) {
        GR_TRY(new_state(sm, S_KEY, lex, 0, KEY_BIT | lex, out));
        *known = out->v + 1;
    }
    out->v = *known - 1;
    return GRAM_OK;
}

/* The words are interned first: making the row may need other states, but never
 * this one. */
gram_status sm_state(Sm *sm, uint32_t kind, uint32_t a, uint32_t b,
                     StateId *out)
{
    uint32_t key[3] = {kind, a, b}, id;
    if (kind == S_KEY) return key_state(sm, a, out);
    GR_TRY(gr_intern(sm->env, &sm->states, key, 3, &id, NULL));
    while (sm->state_of.n <= id) GR_TRY(gr_vec_push(sm->env, &sm->state_of, 0));
    if (sm->state_of.at[id] == 0) {
        GR_TRY(new_state(sm, kind, a, b, id, out));
        sm->state_of.at[id] = out->v + 1;
    }
    out->v = sm->state_of.at[id] - 1;
    return GRAM_OK;
}

StateKey sm_state_key(const Sm *sm, StateId s)
{
    uint32_t id = sm->state_key.at[s.v];
    if (id & KEY_BIT) return (StateKey){S_KEY, id - KEY_BIT, 0, 0};
    const uint32_t *key = gr_intern_get(&sm->states, id, NULL);
    return (StateKey){key[0] & (SPACE_BIT - 1), key[1], key[2],
                      key[0] & SPACE_BIT};
}

/* Frame 0 is the waist's own, so that 0 in frame_of is "none yet". */
gram_status sm_frame(Sm *sm, const uint32_t *words, uint32_t n, FrameId *out)
{
    uint32_t id;
    GR_TRY(gr_intern(sm->env, &sm->frames, words, n, &id, NULL));
    while (sm->frame_of.n <= id) GR_TRY(gr_vec_push(sm->env, &sm->frame_of, 0));
    if (sm->frame_of.at[id] != 0) {
        out->v = sm->frame_of.at[id];
        return GRAM_OK;
    }
    GR_TRY(gr_pda_frame(sm->pda, out));
    while (sm->frame_key.n <= out->v)
        GR_TRY(gr_vec_push(sm->env, &sm->frame_key, 0));
    sm->frame_key.at[out->v] = id;
    sm->frame_of.at[id] = out->v;
    return GRAM_OK;
}

const uint32_t *sm_frame_key(const Sm *sm, FrameId f, uint32_t *n)
{
    return gr_intern_get(&sm->frames, sm->frame_key.at[f.v], n);
}

/* --- cells ---------------------------------------------------------------- */

/* What a cell is, those of all these bytes are. */
static void spread(Sm *sm, StateId s, const char *bytes, Cell cell)
{
    uint32_t alike[8] = {0};
    const uint8_t *map;
    gr_pda_row(sm->pda, s, &map);
    for (; *bytes != 0; bytes++) gr_bit_set(alike, map[(uint8_t)*bytes]);
    gr_pda_alike(sm->pda, s, alike, cell);
}

/* Digits that a number's residues cannot tell apart, and the two spellings of
 * an exponent, are asked about once. */
static gram_status number_cell(Sm *sm, StateId s, const StateKey *k,
                               uint32_t cls, Cell *out)
{
    uint8_t byte = byte_of(sm, S_NUMBER, cls);
    TypedId t = {k->b};
    bool even = false;
    if (byte == ' ') byte = 0;
    GR_TRY(sm_number_fill(sm, k->a, t, byte, out));
    if (byte >= '1' && byte <= '9')
        GR_TRY(sm_number_is_even(sm, t, k->a, &even));
    if (even) spread(sm, s, "123456789", *out);
    if (byte == 'e' || byte == 'E') spread(sm, s, "eE", *out);
    return GRAM_OK;
}

gram_status sm_token_fill(Sm *sm, const StateKey *k, uint8_t byte, Cell *out)
{
    TypedId t = {k->a};
    *out = gr_cell_dead();
    switch (k->kind) {
    case S_VALUE:
        return sm_value_fill(sm, (ValueId){k->a}, (FrameId){k->b}, byte, out);
    case S_LITERAL:
        return sm_literal_fill(sm, k->a, (Verdict){k->b}, byte, out);
    case S_FIRST: return sm_array_fill(sm, true, t, 0, byte, out);
    case S_NEXT: return sm_array_fill(sm, false, t, k->b, byte, out);
    case S_DONE: return GRAM_OK;
    default: return sm_object_fill(sm, k->kind, k->a, k->b, byte, out);
    }
}

static gram_status value_alike(Sm *sm, StateId s, const StateKey *k,
                               uint8_t byte, Cell cell)
{
    const char *bytes;
    GR_TRY(sm_value_alike(sm, (ValueId){k->a}, byte, &bytes));
    if (*bytes != 0) spread(sm, s, bytes, cell);
    return GRAM_OK;
}

static gram_status struct_cell(Sm *sm, StateId s, const StateKey *k,
                               uint32_t cls, Cell *out)
{
    uint8_t byte = byte_of(sm, k->kind, cls);
    *out = gr_cell_dead();
    if (byte == 0)
        return k->kind == S_DONE ? gr_cell_accept(sm->pda, out) : GRAM_OK;
    if (sm->policy.layout) return sm_layout_fill(sm, k, byte, out);
    if (byte == ' ') return sm_space_fill(sm, s, k, out);
    GR_TRY(sm_token_fill(sm, k, byte, out));
    return k->kind == S_VALUE ? value_alike(sm, s, k, byte, *out) : GRAM_OK;
}

/* The character that is dead here stands for a class of characters, which up
 * to eight classes of bytes begin (ASCII, and the forms of lead bytes): none of
 * them has to be asked about again. */
static void spread_dead(Sm *sm, StateId s, LexId lex, uint32_t cls, Cell cell)
{
    uint32_t alike[8] = {0};
    if (cell.v == gr_cell_dead().v && gr_lex_alike(sm->re, lex, cls, alike))
        gr_pda_dead(sm->pda, s, alike);
}

static gram_status inside_cell(Sm *sm, StateId s, const StateKey *k,
                               uint32_t cls, Cell *out)
{
    LexId lex = {k->a};
    if (k->kind == S_TEXT)
        GR_TRY(sm_text_fill(sm, lex, (TypedId){k->b}, cls, out));
    else
        GR_TRY(sm_key_fill(sm, lex, cls, out));
    spread_dead(sm, s, lex, cls, *out);
    return GRAM_OK;
}

/* Class 0 is the bytes that no state of this row takes. */
static gram_status fill(void *m, StateId s, uint32_t cls, Cell *out)
{
    Sm *sm = m;
    StateKey k = sm_state_key(sm, s);
    gr_bdd_begin(&sm->bdd);
    *out = gr_cell_dead();
    if (cls == 0) return GRAM_OK;
    switch (k.kind) {
    case S_TEXT:
    case S_KEY: return inside_cell(sm, s, &k, cls, out);
    case S_NUMBER: return number_cell(sm, s, &k, cls, out);
    default: return struct_cell(sm, s, &k, cls, out);
    }
}

/* A key was read: remember it, go on behind it. */
static gram_status resume_key(Sm *sm, TypedId t, Verdict v, Cell *out)
{
    StateId s;
    uint32_t key;
    /* the verdict may come from a file (pda.h) */
    GR_TRY(sm_key_read(sm, t, v, &key));
    if (key == SM_NO_KEY)
        return gr_fail(sm->env, GRAM_E_ARTIFACT, GR_NOWHERE,
                       "a key that the object does not have");
    GR_TRY(sm_colon_state(sm, t, key, &s));
    return gr_cell_see(sm->pda, key & 1 ? UINT32_MAX : key >> 1,
                       gr_cell_goto(s), out);
}

/* Behind an item the registers say what is new: which item it was, where that
 * matters, and that there is one more. */
static gram_status resume(void *m, FrameId f, Verdict v, Cell *out)
{
    Sm *sm = m;
    uint32_t n, pos;
    const uint32_t *w = sm_frame_key(sm, f, &n);
    TypedId t;
    StateId s;
    bool counted, unique, differ;
    gr_bdd_begin(&sm->bdd);
    if (w[0] == F_KEY) return resume_key(sm, (TypedId){w[1]}, v, out);
    if (w[0] == F_DONE) {
        GR_TRY(sm_state(sm, S_DONE, 0, 0, &s));
        *out = gr_cell_goto(s);
        return GRAM_OK;
    }
    GR_TRY(sm_frame_after(sm, f, v, &t, &pos));
    bool object = sm_typed_at(sm, t)->type == T_OBJECT;
    GR_TRY(sm_state(sm, object ? S_AFTER : S_NEXT, t.v, pos, &s));
    *out = gr_cell_goto(s);
    if (object) return GRAM_OK;
    GR_TRY(sm_is_unique(sm, t, &unique));
    GR_TRY(sm_must_differ(sm, t, &differ));
    if (differ) GR_TRY(sm_twice_cell(sm, t, s, out));
    if (unique) GR_TRY(gr_cell_see_item(sm->pda, REG_ITEM, differ, *out, out));
    GR_TRY(sm_is_counted(sm, t, &counted));
    return counted ? gr_cell_add(sm->pda, REG_INDEX, 1, *out, out) : GRAM_OK;
}

static gram_status ask(void *m, uint32_t question, const GrLevel *level,
                       uint32_t *answer)
{
    Sm *sm = m;
    const uint32_t *q = gr_intern_get(&sm->questions, question, NULL);
    gr_bdd_begin(&sm->bdd);
    return q[0] >= Q_ITEM ? sm_item_ask(sm, question, level, answer)
                          : sm_object_ask(sm, question, level, answer);
}

static gram_status answer(void *m, uint32_t question, uint32_t value, Cell *out)
{
    Sm *sm = m;
    gr_bdd_begin(&sm->bdd);
    return sm_object_answer(sm, question, value, out);
}

static gram_status key_words(void *m, StateId s, uint32_t *n)
{
    StateKey k = sm_state_key(m, s);
    *n = 0;
    return k.kind == S_KEY ? sm_key_words(m, (LexId){k.a}, n) : GRAM_OK;
}

static gram_status key_named(void *m, StateId s, bool *named)
{
    StateKey k = sm_state_key(m, s);
    *named = false;
    return k.kind == S_KEY ? sm_key_named(m, (LexId){k.a}, named) : GRAM_OK;
}

static gram_status loop(void *m, StateId s, GrLoop *out)
{
    StateKey k = sm_state_key(m, s);
    memset(out, 0, sizeof *out);
    if (k.kind == S_KEY) return sm_key_loop(m, (LexId){k.a}, out);
    return k.kind == S_TEXT ? sm_text_loop(m, (LexId){k.a}, (TypedId){k.b}, out)
                            : sm_space_loop(m, s, &k, out);
}

static gram_status cost(void *m, const GrConfig *c, uint64_t *bytes,
                        const GrNode **rest)
{
    Sm *sm = m;
    gr_bdd_begin(&sm->bdd);
    return sm_cost(sm, c, bytes, rest);
}

static gram_status frame_cost(void *m, const GrNode *n, uint64_t *bytes,
                              const GrNode **rest)
{
    Sm *sm = m;
    gr_bdd_begin(&sm->bdd);
    return sm_frame_cost(sm, n, bytes, rest);
}

static bool has_read(void *m)
{
    Sm *sm = m;
    bool has = sm->items_read;
    sm->items_read = false;
    return has;
}

static gram_status hint(void *m, const GrConfig *c, GrHint *out)
{
    Sm *sm = m;
    gr_bdd_begin(&sm->bdd);
    return sm_hint(sm, c, out);
}

static gram_status print(void *m, StateId s, GrText *out)
{
    return sm_print(m, s, out);
}

static gram_status print_frame(void *m, FrameId f, GrText *out)
{
    return sm_print_frame(m, f, out);
}

static void rebind(void *m, GrPda *pda)
{
    Sm *sm = m;
    sm->pda = pda;
}

enum { N_INTERNS = 19 };

static void list_interns(Sm *sm, GrIntern *out[N_INTERNS])
{
    GrIntern *all[N_INTERNS] = {
        &sm->canon, &sm->conjs,     &sm->atoms,   &sm->specs,
        &sm->sets,  &sm->values,    &sm->typeds,  &sm->verdicts,
        &sm->keys,  &sm->states,    &sm->frames,  &sm->questions,
        &sm->sames, &sm->languages, &sm->answers, &sm->orders,
        &sm->ranks, &sm->shapes,    &sm->matched};
    memcpy(out, all, sizeof all);
}

/* What is interned, and what is known of it. */
static void clear_pools(Sm *sm)
{
    GrEnv *env = sm->env;
    GrIntern *interns[N_INTERNS];
    GrMap *maps[] = {&sm->forms,     &sm->conj_forms, &sm->key_in,
                     &sm->text_live, &sm->lex_ends,   &sm->number_ways,
                     &sm->items,     &sm->texts,      &sm->key_rests,
                     &sm->recent_at, &sm->value_ways, &sm->typed_after,
                     &sm->colon_of};
    list_interns(sm, interns);
    for (size_t i = 0; i < N_INTERNS; i++) gr_intern_clear(env, interns[i]);
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        gr_map_clear(env, maps[i]);
    gr_store_clear(env, &sm->value);
    gr_store_clear(env, &sm->typed);
    gr_store_clear(env, &sm->language);
    gr_store_clear(env, &sm->near);
}

/* Lists by the numbers of what is interned. */
static void clear_lists(Sm *sm)
{
    GrEnv *env = sm->env;
    gr_vec_clear(env, &sm->constants);
    gr_vec_clear(env, &sm->atom_at);
    gr_vec_clear(env, &sm->slot_of);
    gr_vec_clear(env, &sm->key);
    gr_vec_clear(env, &sm->state_of);
    gr_vec_clear(env, &sm->key_state);
    gr_vec_clear(env, &sm->state_key);
    gr_vec_clear(env, &sm->frame_of);
    gr_vec_clear(env, &sm->frame_key);
    gr_vec_clear(env, &sm->answer);
    gr_vec_clear(env, &sm->like);
    gr_vec_clear(env, &sm->recent);
    gr_vec_clear(env, &sm->lex_maps);
    gr_vec_clear(env, &sm->intervals);
    gr_vec_clear(env, &sm->ends);
    gr_vec_clear(env, &sm->rests);
}

/* What searches leave behind. */
static void clear_scratch(Sm *sm)
{
    GrEnv *env = sm->env;
    gr_vec_clear(env, &sm->seen);
    gr_vec_clear(env, &sm->read);
    gr_vec_clear(env, &sm->lengths[0]);
    gr_vec_clear(env, &sm->lengths[1]);
    gr_vec_clear(env, &sm->live_stack);
    gr_vec_clear(env, &sm->live_needs);
    gr_vec_clear(env, &sm->low_stack);
    gr_vec_clear(env, &sm->live_maybe);
    gr_vec_clear(env, &sm->work);
    gr_vec_clear(env, &sm->key_mark);
    gr_vec_clear(env, &sm->hold_mark);
    gr_vec_clear(env, &sm->parts);
    gr_vec_clear(env, &sm->lemmas);
    gr_vec_clear(env, &sm->lit_mark);
    gr_vec_clear(env, &sm->special);
    gr_vec_clear(env, &sm->same);
}

/* A machine that was never finished has parts that are all zeros. */
static void free_machine(void *m)
{
    Sm *sm = m;
    GrEnv *env = sm->env;
    clear_pools(sm);
    clear_lists(sm);
    clear_scratch(sm);
    sm_forget_open(sm);
    sm_forget_rests(sm);
    sm_forget_children(sm);
    gr_bdd_clear(&sm->bdd);
    gr_num_free(sm->num);
    gr_re_free(sm->re);
    gr_arena_clear(env, &sm->arena);
    gr_free(env, sm, sizeof *sm);
}

/* Most callers never look: derived when somebody does. */
static gram_status report_all(void *m, GrReport *report)
{
    Sm *sm = m;
    GR_TRY(gr_load_report(sm->env, sm->loaded, report));
    return sm_report_policy(sm, report);
}

/* It counts characters inside of strings, and white space inside of a run: how
 * much of it there was matters to a layout alone. */
static bool is_idle(void *m, StateId s)
{
    const Sm *sm = m;
    StateKey k = sm_state_key(sm, s);
    return k.kind != S_TEXT && !(sm->policy.layout && k.space);
}

static const GrMachineOps machine_ops = {
    .name = "schema",
    .fill = fill,
    .resume = resume,
    .ask = ask,
    .answer = answer,
    .key_words = key_words,
    .key_named = key_named,
    .loop = loop,
    .cost = cost,
    .frame_cost = frame_cost,
    .has_read = has_read,
    .hint = hint,
    .is_idle = is_idle,
    .print = print,
    .print_frame = print_frame,
    .rebind = rebind,
    .report = report_all,
    .free = free_machine,
};

/* --- compiling ------------------------------------------------------------ */

static void init(Sm *sm, GrEnv *env, GrPda *pda)
{
    GrIntern *interns[N_INTERNS];
    list_interns(sm, interns);
    sm->env = env;
    sm->pda = pda;
    for (size_t i = 0; i < N_INTERNS; i++) gr_intern_init(interns[i]);
    gr_bdd_init(env, &sm->bdd);
}

static gram_status make_pools(Sm *sm)
{
    gr_store_init(&sm->value, sizeof(Value));
    gr_store_init(&sm->typed, sizeof(Typed));
    sm_init_near(sm);
    sm_init_languages(sm);
    GR_TRY(gr_re_new(sm->env, &sm->re));
    return gr_num_new(sm->env, &sm->policy.numbers, &sm->num);
}

/* Keys of constants are no names of the loader.  They are numbered here, as the
 * numbers are the order in which completions have them. */
static gram_status constant_names(Sm *sm)
{
    for (uint32_t i = 2; i < sm->loaded->n; i++) {
        const GrSchema *s = &sm->loaded->schema[i];
        const GrJson *j = &sm->loaded->doc[s->doc].json;
        if (s->enum_at != GR_NO_NODE)
            GR_TRY(sm_constant_names(sm, j, s->enum_at));
        if (s->const_at != GR_NO_NODE)
            GR_TRY(sm_constant_names(sm, j, s->const_at));
    }
    return GRAM_OK;
}

/* The loader's names first: their ids are its own. */
static gram_status intern_names(Sm *sm)
{
    ConjId none, never;
    uint32_t key, no = GR_SCHEMA_FALSE * 2;
    /* conj 0 and 1 are fixed */
    GR_TRY(sm_conj(sm, NULL, 0, &none));
    GR_TRY(gr_intern(sm->env, &sm->conjs, &no, 1, &never.v, NULL));
    for (uint32_t i = 0; i < sm->loaded->n_names; i++) {
        const GrName *n = &sm->loaded->name[i];
        GR_TRY(sm_key(sm, n->text, n->len, &key));
    }
    return constant_names(sm);
}

/* A schema without a value is refused here, by proof; from the start on every
 * state can be completed. */
static gram_status make_start(Sm *sm)
{
    ConjId conj;
    ValueId value;
    FrameId frame;
    StateId start;
    bool alive;
    uint32_t element = sm->loaded->root.v * 2, done = F_DONE;
    GR_TRY(sm_conj(sm, &element, 1, &conj));
    GR_TRY(sm_value_of(sm, conj,
                       sm->policy.max_depth ? sm->policy.max_depth : ROOM_ANY,
                       &value));
    GR_TRY(sm_value_live(sm, value, &alive));
    if (!alive)
        return gr_schema_fail(sm->env, sm->loaded, sm->loaded->root, NULL,
                              GRAM_E_EMPTY,
                              "no value is valid: the language is empty");
    GR_TRY(sm_frame(sm, &done, 1, &frame));
    GR_TRY(sm_state(sm, S_VALUE, value.v, frame.v, &start));
    gr_pda_set_start(sm->pda, start);
    return GRAM_OK;
}

static gram_status compile(Sm *sm, const char *text, size_t len,
                           const gram_options *opt, const uint32_t *without)
{
    sm_read_policy(&sm->policy, opt);
    GR_TRY(make_pools(sm));
    GR_TRY(gr_load_schema_without(sm->env, &sm->arena, sm->re, text, len, opt,
                                  without, &sm->loaded));
    GR_TRY(intern_names(sm));
    GR_TRY(sm_make_atoms(sm));
    return make_start(sm);
}

/* The pda frees the machine, also where compiling fails half way. */
gram_status gr_schema_compile(GrEnv *env, const char *text, size_t len,
                              const gram_options *opt, GrPda *pda)
{
    Sm *sm = gr_zalloc(env, 1, sizeof *sm);
    if (sm == NULL) return GRAM_E_MEMORY;
    init(sm, env, pda);
    gr_pda_set_machine(pda, &machine_ops, sm);
    gram_status status = compile(sm, text, len, opt, NULL);
    return status == GRAM_E_EMPTY
               ? gr_explain_empty(env, sm->loaded, text, len, opt)
               : status;
}

/* Does it compile without some of its keywords?  For messages (conflict.c). */
gram_status gr_schema_try(GrEnv *env, const char *text, size_t len,
                          const gram_options *opt, const uint32_t *without)
{
    GrPda *pda;
    gram_status status;
    GR_TRY(gr_pda_new(env, &pda));
    Sm *sm = gr_zalloc(env, 1, sizeof *sm);
    if (sm != NULL) {
        init(sm, env, pda);
        gr_pda_set_machine(pda, &machine_ops, sm);
        status = compile(sm, text, len, opt, without);
    } else {
        status = GRAM_E_MEMORY;
    }
    gr_pda_free(pda);
    return status;
}

const char *gr_schema_keyword(uint32_t i, uint32_t *drafts, const char **what)
{
    const GrKeyword *k = gr_keyword_get(i);
    if (k == NULL) return NULL;
    *drafts = k->drafts;
    *what = k->what;
    return k->text;
}
