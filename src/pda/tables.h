/* pda: the tables.  States, frames, verdicts, cells, and the machines that fill
 * them; see pda.h. */
#ifndef GR_PDA_TABLES_H
#define GR_PDA_TABLES_H

#include "base/base.h"
#include "base/image.h"
#include "base/report.h"
#include <pthread.h>
#include <stdatomic.h>

typedef struct StateId {
    uint32_t v;
} StateId;
typedef struct FrameId {
    uint32_t v;
} FrameId;
typedef struct Verdict {
    uint32_t v;
} Verdict;
typedef struct Cell {
    uint32_t v;
} Cell;

enum {
    GR_REGS = 5,        /* registers of a level */
    GR_REG_DEPTH = 7,   /* TEST only: frames on the stack */
    GR_FRAME_BOTTOM = 0 /* the frame under every stack */
};

/* --- levels, nodes, configurations ---------------------------------------- */

/* Keys already used in an object, or items of an array that the machine wants
 * to know (SEE_ITEM; texts as written): a persistent list, newest first. */
typedef struct GrSeen GrSeen;
struct GrSeen {
    const GrSeen *older;
    uint64_t hash;    /* of the decoded key */
    const char *text; /* decoded key; NULL inside a mask walk */
    uint32_t len;
    uint32_t count;  /* keys in this list */
    uint32_t named;  /* the machine's number of the key, or UINT32_MAX */
    bool is_item;    /* an item: its text matters to the machine */
    bool shared;     /* the one of a kind of many matchers (mask/place.c) */
    uint64_t serial; /* of an item that was read: two with one number are the
                        same, and so is all that is older; 0: not known */
    /* Numbers of the list (levels.c), 0: it has none.  Equal ones are of equal
     * lists: of the same `named`; and of the same texts, too. */
    uint32_t names, texts;
};

typedef struct GrLevel {
    uint32_t reg[GR_REGS];
    /* Where the level comes from, for memo keys (see GrTrace):
     * GR_ORIGIN_MATCH  made by the matcher
     * 0                made during the present walk
     * d >= 1           the d-th level from the top when the walk began */
    uint16_t origin;
    uint8_t was_set; /* bit r: register r was SET during the walk */
    uint8_t item;    /* the register that says where the item began that is
                        open; 0: none is */
    const GrSeen *seen;
} GrLevel;

enum { GR_ORIGIN_MATCH = 0xFFFF };

typedef struct GrNode GrNode;
struct GrNode {
    const GrNode *below; /* NULL under BOTTOM only */
    FrameId frame;
    uint32_t depth; /* frames below this one */
    GrLevel level;
    uint32_t number; /* of one that many matchers share, else 0 */
};

typedef struct GrConfig {
    StateId state;
    uint32_t depth; /* frames on the stack, BOTTOM included */
    const GrNode *stack;
    uint64_t key_at; /* in a key: log offset behind its opening quote */
    GrLevel level;
} GrConfig;

/* --- machines ------------------------------------------------------------- */

typedef struct GrPda GrPda;

#define GR_ANSWER_UNKNOWN (UINT32_MAX - 1)

/* A text that lies with the machine. */
typedef struct GrWordRef {
    const char *text;
    uint32_t len;
} GrWordRef;

enum { GR_LIKE_WORDS = 16 };

/* A state that does nearly what another one does: what is dead from it is
 * dead, and so much of a string as has at most of[i].chars characters, all of
 * them in of[i] or ASCII, goes on as from it, but for what meets a limit there.
 * The first set has all characters, the second none.  Lives as long as the
 * machine. */
enum { GR_WIDES = 9 };
typedef struct GrWideSet {
    const uint32_t *ranges; /* n pairs, as in GrLoop */
    uint32_t n, chars;
} GrWideSet;
typedef struct GrWide {
    StateId state;
    uint32_t near; /* where the string may end, so many more are sure */
    uint32_t n;
    GrWideSet of[GR_WIDES];
    GrWideSet over; /* what has more such characters, and no others, is dead */
} GrWide;

/* A run of whole characters on which a state returns to itself. */
typedef struct GrLoop {
    const uint32_t *ranges; /* n pairs lo, hi of code points, raw (written
                               as themselves, not escaped), ascending */
    uint32_t n;
    uint32_t reg;   /* register that counts characters, or GR_REGS */
    uint32_t limit; /* the loop's last character may leave reg at most
                            here; UINT32_MAX where nothing is counted */
    bool is_all;    /* beyond ASCII, no other raw character is alive; false
                       says nothing */
    /* `starts`: the state is no loop itself, but on every byte it does what
     * state `loop` does when reg is 0. */
    bool starts;
    StateId loop;
    /* Inside a JSON string, of which from here on every character goes on in
     * every spelling, whatever came before: nothing is dead but by the count.
     * `whole`: each of them leads back to the state.  In all states that
     * characters lead to nothing is dead that leaves reg at `sure` at most, and
     * all that leaves it above `most`; UINT32_MAX where nothing is counted. */
    bool open, whole;
    uint32_t sure, most;
    /* Where `open`, inside a key, and n_words > 0: all goes on as it does from
     * state `like`, but keys that end behind one of these decoded texts. */
    StateId like;
    uint32_t n_words;
    GrWordRef word[GR_LIKE_WORDS];
    const GrWide *wide; /* NULL: there is none */
    /* A state that others have as their wide one, and no loop: so many things
     * may follow that a walk of all tokens is best. */
    bool walked;
} GrLoop;

/* Bytes of a completion that come next.  `sure`: so many bytes nearer to its
 * end, and no others have to be looked at; else the first one probably is. */
typedef struct GrHint {
    char text[60];
    uint8_t len; /* 0: none is known */
    bool sure;
} GrHint;

/* What a machine answers.  All calls come under the lock of the GrPda. */
typedef struct GrMachineOps {
    const char *name;
    /* The cell of state s on class cls; cls == n_classes: end of input;
     * behind it the cells of tokens, as in the picture above. */
    gram_status (*fill)(void *m, StateId s, uint32_t cls, Cell *out);
    /* The cell with which frame f goes on after an inner verdict. */
    gram_status (*resume)(void *m, FrameId f, Verdict v, Cell *out);
    /* The answer to a question of this machine about a level, and the cell
     * behind an answer.  `ask` may be NULL where ASK is never used.
     * GR_ANSWER_UNKNOWN where it depends on an item whose text is not there;
     * but whether such an item was there before: it was not. */
    gram_status (*ask)(void *m, uint32_t question, const GrLevel *level,
                       uint32_t *answer);
    gram_status (*answer)(void *m, uint32_t question, uint32_t answer,
                          Cell *out);
    /* Number of key strings that can follow in a GR_STATE_KEY state, up to
     * their closing quote; UINT32_MAX: infinitely many (or too many). */
    gram_status (*key_words)(void *m, StateId s, uint32_t *n);
    /* Of the same: have all these a number, and had it already wherever in
     * this object a key could come?  NULL: not known of any. */
    gram_status (*key_named)(void *m, StateId s, bool *named);
    /* Where both stand on one stack: does s take all that t takes?  A false
     * answer says nothing.  NULL: never known. */
    bool (*covers)(void *m, StateId s, StateId t);
    /* Inside a string of JSON spellings, between characters: its rest is one
     * of these texts, ascending by bytes, and that is all that is asked of it.
     * Their number (0: not so), and they, if there are `room` at most.  They
     * lie with the machine.  NULL: not so in any state. */
    gram_status (*texts)(void *m, StateId s, GrWordRef *out, uint32_t room,
                         uint32_t *n);
    /* Self loop of a state, or n == 0. */
    gram_status (*loop)(void *m, StateId s, GrLoop *out);
    /* A character of ASCII that leads from s where each one beyond ASCII does,
     * with the same count; 0: none is known.  NULL: of no state. */
    uint8_t (*beyond)(void *m, StateId s);
    /* The characters that lead from s to t, and change the state alone: n
     * ascending pairs as in GrLoop, of which only those beyond ASCII count; 0:
     * not known.  NULL: of no states. */
    gram_status (*span)(void *m, StateId s, StateId t, const uint32_t **ranges,
                        uint32_t *n);
    /* An estimate of the bytes that complete the running level of c / the
     * level of a node whose frame resumes, together with the levels above
     * *rest, the first node that is not covered: what is cheapest may depend
     * on a verdict that the levels below have still to hear.  UINT64_MAX:
     * over a limit.  Where `sure`, some byte allowed next lowers it by one
     * at least; else plans (plan.c) are made along it. */
    gram_status (*cost)(void *m, const GrConfig *c, uint64_t *bytes,
                        const GrNode **rest);
    gram_status (*frame_cost)(void *m, const GrNode *n, uint64_t *bytes,
                              const GrNode **rest);
    bool sure;
    /* Levels hold registers alone, never keys or items. */
    bool plain;
    /* Have texts of items been looked at for an estimate since this was asked
     * last?  NULL: never. */
    bool (*has_read)(void *m);
    /* What a plan goes on with.  NULL: nothing is ever known. */
    gram_status (*hint)(void *m, const GrConfig *c, GrHint *out);
    /* In this state, is it all one to a plan, which takes no white space as
     * long as anything else is alive, what register 0 of the running level
     * holds, until it is set?  With this, that of a level whose frame resumes
     * is never looked at.  NULL: any may matter. */
    bool (*is_idle)(void *m, StateId s);
    /* Append a one-line description, for dumps. */
    gram_status (*print)(void *m, StateId s, GrText *out);
    gram_status (*print_frame)(void *m, FrameId f, GrText *out);
    /* Append a stage of the compilation that the machine knows by this name;
     * GRAM_E_ARGUMENT for others.  NULL: it knows none. */
    gram_status (*print_stage)(void *m, const char *stage, GrText *out);
    /* The same tables lie in another GrPda from now on. */
    void (*rebind)(void *m, GrPda *pda);
    /* Add what became of the source, if that was not done while compiling;
     * NULL: nothing. */
    gram_status (*report)(void *m, GrReport *report);
    void (*free)(void *m);
} GrMachineOps;

enum {
    GR_STATE_KEY = 1,    /* inside an object key */
    GR_STATE_QUOTED = 2, /* inside a JSON string literal (dense masks) */
    GR_STATE_TAKES = 4,  /* some tokens may be taken by id here */
    GR_STATE_INSIDE = 8  /* inside a token that is being taken */
};

/* What may be done with the id of a token: see "Tokens by id". */
typedef enum GrTake { GR_TAKE, GR_TAKE_BEGIN, GR_TAKE_END } GrTake;

/* An id and its class. */
typedef struct GrTokenClass {
    uint32_t id, cls;
} GrTokenClass;

#define GR_NO_CLASS UINT32_MAX

/* --- life ----------------------------------------------------------------- */

/* Machine and tables of one grammar.  Owns neither env nor, until
 * gr_pda_set_machine, the machine; frees the machine with itself. */
gram_status gr_pda_new(GrEnv *env, GrPda **out);
void gr_pda_free(GrPda *pda);
void gr_pda_set_machine(GrPda *pda, const GrMachineOps *ops, void *machine);
/* The work so far was compiling: for gr_pda_stats, since each call that follows
 * has a budget of its own. */
void gr_pda_count_compile(GrPda *pda);
void *gr_pda_machine(const GrPda *pda);
void gr_pda_set_start(GrPda *pda, StateId start);
GrEnv *gr_pda_env(GrPda *pda);
/* Classes of tokens, before any state is made: `list`, n ids ascending, lives
 * as long as the machine; `other` is the class of all text tokens that are
 * not listed, or GR_NO_CLASS. */
void gr_pda_set_tokens(GrPda *pda, const GrTokenClass *list, uint32_t n,
                       uint32_t n_classes, uint32_t other);

/* --- for machines: making states, frames and cells (pda.c) ---------------- */

/* Intern a class map: classes[byte] < n_classes <= 255; class 0 is dead. */
gram_status gr_pda_map(GrPda *pda, const uint8_t classes[256],
                       uint32_t n_classes, uint32_t *map);
/* A new state with an empty row.  The machine interns; ids are dense. */
gram_status gr_pda_state(GrPda *pda, uint32_t map, uint32_t flags,
                         StateId *out);
/* Of a state just made: this cell is dead. */
void gr_pda_refuse(GrPda *pda, StateId s, uint32_t cls);
/* What was found for one class holds for all whose bits are set: those of these
 * cells that are empty are `cell`, which the one at hand will be. */
void gr_pda_alike(GrPda *pda, StateId s, const uint32_t classes[8], Cell cell);
/* A new frame; ids are dense from 1 (0 is BOTTOM, whose resume the machine
 * answers like any other). */
gram_status gr_pda_frame(GrPda *pda, FrameId *out);

Cell gr_cell_dead(void);
gram_status gr_cell_push(GrPda *pda, FrameId f, StateId s, Cell *out);
gram_status gr_cell_pop(GrPda *pda, Verdict v, bool retry, Cell *out);
gram_status gr_cell_set(GrPda *pda, uint32_t reg, uint32_t value, Cell next,
                        Cell *out);
gram_status gr_cell_add(GrPda *pda, uint32_t reg, uint32_t value, Cell next,
                        Cell *out);
gram_status gr_cell_test(GrPda *pda, uint32_t reg, uint32_t lo, uint32_t hi,
                         Cell yes, Cell no, Cell *out);
gram_status gr_cell_ask(GrPda *pda, uint32_t question, Cell *out);
/* Mark the start of a key (before PUSH of the key's level). */
gram_status gr_cell_key(GrPda *pda, Cell next, Cell *out);
gram_status gr_cell_see(GrPda *pda, uint32_t named, Cell next, Cell *out);
/* Mark the byte just run as the first one of an item of this level (before
 * PUSH); `reg` keeps where.  And remember its text, at its end. */
gram_status gr_cell_item(GrPda *pda, uint32_t reg, Cell next, Cell *out);
gram_status gr_cell_see_item(GrPda *pda, uint32_t reg, bool differ, Cell next,
                             Cell *out);
/* Ask about the level below, of which the item that is noted in `reg` is open:
 * its text up to here is the newest item of the level that is asked about. */
gram_status gr_cell_part(GrPda *pda, uint32_t reg, Cell ask, Cell *out);
gram_status gr_cell_accept(GrPda *pda, Cell *out);

/* --- reading the tables --------------------------------------------------- */

typedef enum GrOpKind {
    GR_OP_PUSH = 1,
    GR_OP_POP,
    GR_OP_SET,
    GR_OP_ADD,
    GR_OP_TEST,
    GR_OP_ASK,
    GR_OP_KEY,
    GR_OP_SEE,
    GR_OP_ITEM,     /* a: register */
    GR_OP_SEE_ITEM, /* a: register, b: differ */
    GR_OP_PART,     /* a: register; `yes` is an ASK */
    GR_OP_ACCEPT,
    GR_OP_LIMIT
} GrOpKind;

typedef struct GrOp {
    uint32_t kind;
    uint32_t a, b, c; /* PUSH frame state; POP verdict retry; SET/ADD reg
                            value; TEST reg lo hi; ASK question; SEE named */
    Cell yes, no;     /* `yes`: the next cell of SET ADD KEY SEE TEST */
} GrOp;

typedef struct GrState {
    uint32_t row; /* first cell */
    uint16_t map;
    uint16_t flags; /* GR_STATE_* */
} GrState;

/* The top two bits tell the kind: 2 goto, 3 op; below that EMPTY and DEAD. */
enum { GR_CELL_EMPTY = 0, GR_CELL_DEAD = 1 };
static inline bool gr_cell_is_goto(Cell c)
{
    return c.v >> 30 == 2;
}
static inline Cell gr_cell_goto(StateId s)
{
    return (Cell){2u << 30 | s.v};
}
static inline bool gr_cell_is_op(Cell c)
{
    return c.v >> 30 == 3;
}
static inline StateId gr_cell_state(Cell c)
{
    return (StateId){c.v & 0x3FFFFFFF};
}

uint32_t gr_pda_n_states(const GrPda *pda);
uint32_t gr_pda_n_frames(const GrPda *pda);
StateId gr_pda_start(const GrPda *pda);
const GrState *gr_pda_get_state(const GrPda *pda, StateId s);
const GrOp *gr_pda_get_op(const GrPda *pda, Cell c);

/* A state as it is read at every byte: where its cells and its map lie. */
typedef struct GrRow {
    const _Atomic uint32_t *cell;
    const uint8_t *map;
    uint32_t flags;
    _Atomic bool dear; /* some cell took many steps: gr_pay_cell */
} GrRow;

/* What a GrPda begins with, so that reading a row is no call. */
typedef struct GrPdaRows {
    GrStore rows;      /* GrRow, by state */
    _Atomic bool dear; /* some row is */
} GrPdaRows;
/* As gr_store_at, for elements whose size is known. */
static inline const GrRow *gr_pda_row_at(const GrPda *pda, StateId s)
{
    const GrStore *rows = &((const GrPdaRows *)pda)->rows;
    uint32_t j = s.v + (1u << GR_STORE_FIRST_LOG);
    int log = 31 - __builtin_clz(j);
    const GrRow *chunk = rows->chunk[log - GR_STORE_FIRST_LOG];
    return chunk + (j - (1u << log));
}
/* Row and class map of a state, for loops that read cells themselves:
 * row[map[byte]], loaded with acquire, is the cell, or EMPTY (then ask
 * gr_pda_cell).  map[byte] == 0 is dead whatever the row says. */
static inline const _Atomic uint32_t *gr_pda_row(const GrPda *pda, StateId s,
                                                 const uint8_t **map)
{
    const GrRow *row = gr_pda_row_at(pda, s);
    *map = row->map;
    return row->cell;
}

/* The class map of a state, and how many classes it has: their number lies
 * behind it. */
static inline const uint8_t *gr_pda_map_of(const GrPda *pda, StateId s,
                                           uint32_t *n_classes)
{
    const uint8_t *map = gr_pda_row_at(pda, s)->map;
    memcpy(n_classes, map + 256, sizeof *n_classes);
    return map;
}

/* The cell of (s, byte) / (s, class) / (frame, verdict) / (question, answer),
 * filled if need be.  Never EMPTY on success. */
gram_status gr_pda_cell_of(GrPda *pda, StateId s, uint32_t cls, Cell *out);
/* Did some cell take so many steps that who needs it has to pay for it?  Ask
 * again behind a cell that was empty. */
static inline bool gr_pda_is_dear(const GrPda *pda)
{
    const GrPdaRows *head = (const GrPdaRows *)pda;
    return atomic_load_explicit(&head->dear, memory_order_relaxed);
}
/* Is some cell of this state so? */
static inline bool gr_state_is_dear(const GrPda *pda, StateId s)
{
    return atomic_load_explicit(&gr_pda_row_at(pda, s)->dear,
                                memory_order_relaxed);
}
static inline gram_status gr_pda_cell(GrPda *pda, StateId s, uint8_t byte,
                                      Cell *out)
{
    const GrRow *row = gr_pda_row_at(pda, s);
    uint32_t cls = row->map[byte];
    out->v = cls == 0
                 ? GR_CELL_DEAD
                 : atomic_load_explicit(&row->cell[cls], memory_order_acquire);
    if (GR_LIKELY(out->v != GR_CELL_EMPTY)) return GRAM_OK;
    return gr_pda_cell_of(pda, s, cls, out);
}
gram_status gr_pda_resume(GrPda *pda, FrameId f, Verdict v, Cell *out);
gram_status gr_pda_answer(GrPda *pda, Cell ask, uint32_t answer, Cell *out);
gram_status gr_pda_ask(GrPda *pda, uint32_t question, const GrLevel *level,
                       uint32_t *answer);
/* Both in one; GRAM_E_REFUSED where the answer is GR_ANSWER_UNKNOWN. */
gram_status gr_pda_ask_cell(GrPda *pda, Cell ask, const GrLevel *level,
                            uint32_t *answer, Cell *out);
/* Set the numbers of a list whose other fields are there. */
void gr_seen_number(GrPda *pda, GrSeen *s);
/* A number for GrSeen.serial. */
uint64_t gr_pda_serial(GrPda *pda);
gram_status gr_pda_key_words(GrPda *pda, StateId s, uint32_t *n);
gram_status gr_pda_key_named(GrPda *pda, StateId s, bool *named);
gram_status gr_pda_beyond(GrPda *pda, StateId s, uint8_t *ascii);
/* Cells say the same; so there are none where the machine is not at hand, nor
 * where what it says is recorded. */
gram_status gr_pda_texts(GrPda *pda, StateId s, GrWordRef *out, uint32_t room,
                         uint32_t *n);
gram_status gr_pda_span(GrPda *pda, StateId s, StateId t,
                        const uint32_t **ranges, uint32_t *n);
gram_status gr_pda_loop(GrPda *pda, StateId s, GrLoop *out);
/* The machine's estimate of the bytes that complete the configuration, and
 * its parts: the running level with those above *rest, and the same for a
 * node whose frame resumes; *has_read is set if texts of items were. */
gram_status gr_pda_cost(GrPda *pda, const GrConfig *c, uint64_t *bytes);
gram_status gr_pda_level_cost(GrPda *pda, const GrConfig *c, uint64_t *bytes,
                              const GrNode **rest, bool *has_read);
gram_status gr_pda_frame_cost(GrPda *pda, const GrNode *n, uint64_t *bytes,
                              const GrNode **rest, bool *has_read);
gram_status gr_pda_is_sure(GrPda *pda, bool *sure);
/* GrMachineOps.covers; false, too, where the machine is not there by now. */
bool gr_pda_covers(GrPda *pda, StateId s, StateId t);
/* GrMachineOps.plain; false, too, where the machine is not there by now. */
bool gr_pda_is_plain(GrPda *pda);
/* Does the machine tell where register 0 is idle?  If so: is it here? */
gram_status gr_pda_has_idle(GrPda *pda, bool *has);
gram_status gr_pda_is_idle(GrPda *pda, StateId s, bool *idle);
gram_status gr_pda_hint(GrPda *pda, const GrConfig *c, GrHint *out);
gram_status gr_pda_print(GrPda *pda, StateId s, GrText *out);
gram_status gr_pda_print_stage(GrPda *pda, const char *stage, GrText *out);
/* What these two wrote is paid for by the pda's env. */
void gr_pda_text_clear(GrPda *pda, GrText *text);
/* Fill cells from the start on, up to some hundred states, and append all
 * states with their cells, as lines or as a graph for dot. */
gram_status gr_pda_dump(GrPda *pda, GrEnv *env, bool dot, GrText *out);
/* The classes of tokens: their number (0: nothing is taken by id), the ids
 * listed, the class of an id, and the cell of a state that is TAKES, for
 * GR_TAKE_END INSIDE. */
uint32_t gr_pda_n_token_classes(const GrPda *pda);
const GrTokenClass *gr_pda_tokens(const GrPda *pda, uint32_t *n,
                                  uint32_t *other);
uint32_t gr_pda_token_class(const GrPda *pda, uint32_t id, bool is_text);
gram_status gr_pda_take(GrPda *pda, StateId s, GrTake how, uint32_t cls,
                        Cell *out);
static inline bool gr_state_takes(const GrState *s)
{
    return s->flags & GR_STATE_TAKES;
}
/* What made the last filling fail (its status came back from the call). */
void gr_pda_last_error(GrPda *pda, gram_error *out);

/* Complete a report, once: it is as it was where that fails. */
gram_status gr_pda_report(GrPda *pda, GrReport *report);

typedef struct GrPdaStats {
    uint64_t states, frames, cells, ops, steps, memory;
} GrPdaStats;
void gr_pda_stats(GrPda *pda, GrPdaStats *out);
/* Bytes that the tables and the machine may hold from now on. */
void gr_pda_set_limit(GrPda *pda, size_t max_memory);
/* *full is set whenever they would need more. */
void gr_pda_set_full(GrPda *pda, _Atomic bool *full);

/* --- keeping and restoring (record.c, image.c) ---------------------------- */

/* Tables can be written and used again without their machine.  A machine is
 * a function of its source and of the calls it has had, in order; so the
 * calls are written beside the tables, and the first one that the tables
 * have no answer for compiles the source again and repeats them.  The tables
 * that come out must be those of the file, or the file is not intact.
 *
 * (Writing the machine itself was rejected: it would need a format for every
 * structure of every front end, and a check of each.) */

/* Compile the same source into `pda`, which is fresh; under the lock. */
typedef gram_status GrPdaRestore(void *ctx, GrPda *pda);

/* From now on note the calls to the machine; before the first one. */
void gr_pda_record(GrPda *pda);
/* Append the tables and the calls of a recorded pda; `env` pays. */
gram_status gr_pda_save(GrPda *pda, GrEnv *env, GrText *image);
/* Into a fresh pda.  With `check` every id in it is looked at, so that no
 * bytes lead a reader outside of the tables. */
gram_status gr_pda_load(GrPda *pda, GrImage *image, bool check,
                        GrPdaRestore *restore, void *ctx);

#endif
