/* The machine's face towards the waist, its life, and compiling.
 *
 *     states.c   what states and frames are, and the numbers they have
 *     cells.c    what a state does on a byte; what follows an inner value
 *
 * Compiling is: load, number the names, make all atoms in the order of the
 * schema, and prove that the root has a value.  Nothing else is built before
 * somebody asks for a cell. */
#include "schema/conflict.h"
#include "schema/layout.h"
#include "schema/machine.h"
#include "schema/schema.h"
#include "schema/text.h"

/* --- life ----------------------------------------------------------------- */

enum { N_INTERNS = 19 };

/* One list for making and for clearing, so that none is forgotten in either. */
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
                     &sm->colon_of,  &sm->post_at,    &sm->wide_of};
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
    gr_vec_clear(env, &sm->post);
    gr_vec_clear(env, &sm->lex_maps);
    gr_vec_clear(env, &sm->wides);
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
    gr_vec_clear(env, &sm->mattering);
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
    gr_vec_clear(env, &sm->evident);
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

/* --- the face ------------------------------------------------------------- */

/* Whatever makes conditions begins with gr_bdd_begin: their limit is one of a
 * question, not of a grammar's lifetime. */
static gram_status fill(void *m, StateId s, uint32_t cls, Cell *out)
{
    return sm_fill(m, s, cls, out);
}

static gram_status resume(void *m, FrameId f, Verdict v, Cell *out)
{
    return sm_resume(m, f, v, out);
}

/* The first word of a question says which of two families it is of. */
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

/* Only states inside of keys have words to run out of. */
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

static gram_status texts(void *m, StateId s, GrWordRef *out, uint32_t room,
                         uint32_t *n)
{
    StateKey k = sm_state_key(m, s);
    *n = 0;
    return k.kind == S_TEXT
               ? sm_text_words(m, (LexId){k.a}, (TypedId){k.b}, out, room, n)
               : GRAM_OK;
}

static gram_status loop(void *m, StateId s, GrLoop *out)
{
    StateKey k = sm_state_key(m, s);
    memset(out, 0, sizeof *out);
    if (k.kind == S_KEY) return sm_key_loop(m, (LexId){k.a}, out);
    return k.kind == S_TEXT ? sm_text_loop(m, (LexId){k.a}, (TypedId){k.b}, out)
                            : sm_space_loop(m, s, &k, out);
}

static uint8_t beyond(void *m, StateId s)
{
    const Sm *sm = m;
    StateKey k = sm_state_key(m, s);
    bool is_text = k.kind == S_KEY || k.kind == S_TEXT;
    return is_text ? gr_lex_beyond(sm->re, (LexId){k.a}) : 0;
}

/* A character that is counted does more than to change the state.  That none
 * beyond ASCII leads there is known, too: some of ASCII stand for it. */
static gram_status span(void *m, StateId s, StateId t, const uint32_t **ranges,
                        uint32_t *n)
{
    static const uint32_t ascii[] = {0, 0x7F};
    const ReId *expr;
    uint32_t n_exprs;
    Sm *sm = m;
    StateKey k = sm_state_key(sm, s), to = sm_state_key(sm, t);
    bool is_key = k.kind == S_KEY;
    const TextSpec *spec = NULL;
    SetId set;
    *n = 0;
    if (k.kind != to.kind || k.b != to.b || !(is_key || k.kind == S_TEXT))
        return GRAM_OK;
    if (!is_key)
        GR_TRY(sm_text_spec(sm, sm_typed_at(sm, (TypedId){k.b}), &spec));
    if (spec != NULL && spec->counted) return GRAM_OK;
    GR_TRY(gr_lex_span(sm->re, (LexId){k.a}, (LexId){to.a}, 128, &set));
    *ranges = (const uint32_t *)gr_set_get(sm->re, set, n);
    if (*n > 0 || !gr_lex_exprs(sm->re, (LexId){k.a}, &expr, &n_exprs))
        return GRAM_OK;
    *ranges = ascii;
    *n = 1;
    return GRAM_OK;
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

/* Told once: the next question begins afresh. */
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
    .texts = texts,
    .loop = loop,
    .beyond = beyond,
    .span = span,
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

/* All is empty from here on, so that it can be freed at any moment. */
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
