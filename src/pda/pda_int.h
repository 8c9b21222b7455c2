/* What the files of the pda room share: the tables, and the record of calls
 * to the machine. */
#ifndef GR_PDA_INT_H
#define GR_PDA_INT_H

#include "base/image.h"
#include "base/index.h"
#include "pda/run.h"

/* verdict << 32 | cell, 0 while empty: one word, so that both parts are
 * published at once. */
typedef struct Resumed {
    _Atomic uint64_t first;
} Resumed;

/* A call to the machine as words: its kind, what it is about, and for
 * questions about a level the level.  Bounds and dumps are not among them:
 * nobody asks for those while a grammar is being recorded. */
typedef enum CallKind {
    CALL_FILL = 1, /* state, class */
    CALL_RESUME,   /* frame, verdict */
    CALL_ANSWER,   /* question, answer */
    CALL_WORDS,    /* state */
    CALL_LOOP,     /* state */
    CALL_ASK       /* question, level */
} CallKind;

typedef GrVec(uint32_t) Words;

/* levels.c: lists of keys and items, and answers about levels. */
typedef struct GrLevels {
    GrStore links, texts, answers;
    GrIndex by_link, by_question;
} GrLevels;
void gr_levels_init(GrLevels *l);
void gr_levels_clear(GrEnv *env, GrLevels *l);

struct GrPda {
    GrPdaRows head;
    GrEnv *env;
    const GrMachineOps *ops;
    void *machine; /* NULL: to be restored from calls, on first need */
    StateId start;
    pthread_mutex_t lock;
    _Atomic uint64_t serials; /* given out so far */
    GrStore states, words, cells, frames, op;
    GrMap op_ids; /* gr_op_find */
    GrIntern maps;
    GrMap more;
    uint32_t n_states, n_frames;
    const GrTokenClass *token; /* owned by the machine */
    uint32_t n_tokens, n_token_classes, other_tokens;
    uint64_t n_cells, steps;
    GrMap dear;             /* see dear.c: key -> steps */
    _Atomic bool dear_pops; /* some of these are pops */
    gram_error error;
    /* recording: calls in order of first appearance; result: the answer of a
     * question, else whether the call succeeded */
    bool records;
    GrIntern calls;
    Words results;
    Words key; /* scratch */
    /* loaded: the calls as written, and the questions among them */
    const uint8_t *log;
    size_t log_len;
    GrIntern asked;
    const uint32_t *answers;
    GrPdaRestore *restore;
    void *restore_ctx;
    _Atomic bool *full; /* may be NULL */
    GrLevels levels;
};

/* Every question to the machine runs between these two, with a step budget
 * of its own, so that whether it is refused depends on nothing else. */
static inline void gr_pda_enter(GrPda *p)
{
    pthread_mutex_lock(&p->lock);
    p->env->error = &p->error;
    p->env->steps = 0;
    p->env->max_steps = GR_LIMIT_FILL_STEPS;
}

/* A budget is for one question, the count of steps for the report is over all.
 * Who watches the size of the tables is told here, the only way out. */
static inline gram_status gr_pda_leave(GrPda *p, gram_status status)
{
    if (GR_UNLIKELY(status == GRAM_E_MEMORY && p->full != NULL))
        atomic_store(p->full, true);
    p->steps += p->env->steps;
    p->env->error = NULL;
    pthread_mutex_unlock(&p->lock);
    return status;
}

/* Rows never move, so this may be taken before the lock and used behind it. */
static inline _Atomic uint32_t *gr_pda_cell_at(const GrPda *p, StateId s,
                                               uint32_t cls)
{
    const GrState *at = gr_store_at(&p->states, s.v);
    return gr_store_at(&p->cells, at->row + cls);
}

/* pda.c: the cell of what met a limit. */
gram_status gr_cell_limit(GrPda *p, Cell *out);

/* levels.c: what is known about a level; adding under the lock. */
bool gr_answer_find(const GrPda *p, uint32_t question, const GrLevel *level,
                    uint32_t *answer, _Atomic uint32_t **cell);
void gr_answer_add(GrPda *p, uint32_t question, const GrLevel *level,
                   uint32_t answer);

/* pda.c: the number of an operation; false: there is none yet, and its key in
 * op_ids will be *key. */
bool gr_op_find(const GrPda *p, const GrOp *op, uint32_t *id, uint64_t *key);
/* Under the lock, or where nobody else has the tables: the map as bytes,
 * and the number of its classes. */
const uint8_t *gr_pda_get_map(const GrPda *p, uint32_t map,
                              uint32_t *n_classes);
/* Cells of a state's row; the rows of states that came from a file */
uint32_t gr_pda_row_cells(const GrPda *p, uint32_t map, uint32_t flags);
gram_status gr_pda_set_rows(GrPda *p);

/* dear.c: the present question has been answered; under the lock, before
 * others can see the answer. */
gram_status gr_dear_cell(GrPda *p, StateId s, uint32_t cls);
/* Has it been dear, as far as it has come? */
bool gr_is_dear(const GrPda *p);
gram_status gr_dear_pop(GrPda *p, FrameId f, Verdict v);
/* A run has needed what follows a pop. */
gram_status gr_pay_pop(GrRun *run, FrameId f, Verdict v);

/* record.c, under the lock: the machine is made where there is none yet. */
gram_status gr_call_machine(GrPda *p);
/* Ask it.  *out is a Cell, a number or a GrLoop, by kind. */
gram_status gr_call(GrPda *p, CallKind kind, uint32_t a, uint32_t b,
                    const GrLevel *level, void *out);
/* Do both hold the same tables? */
bool gr_pda_same_tables(const GrPda *a, const GrPda *b);

/* trace.c: notes of a walk.  A register that held `start` was found inside or
 * outside of op's b..c, as `now`; a question was asked about a level that the
 * walk came to; a level at c as t sees it: those that the walk has not come to
 * are as they were. */
void gr_trace_test(GrTrace *t, uint16_t level, uint16_t reg, uint32_t start,
                   uint32_t now, const GrOp *op);
void gr_trace_asked(GrTrace *t, const GrLevel *l, uint32_t question,
                    uint32_t answer);
GrLevel gr_trace_copy(const GrTrace *t, const GrConfig *c, uint32_t level);

#endif
