/* pda: what is done with the tables.  Stepping over bytes and tokens, what a
 * walk has read of where it began, plans for a text that is to end, and keys;
 * see pda.h. */
#ifndef GR_PDA_RUN_H
#define GR_PDA_RUN_H

#include "pda/tables.h"

/* --- tracing: what a walk has read (trace.c) ------------------------------ */

/* While a mask is computed, the walk records which frames it looked at and
 * which outcomes it met, so that the mask can be memoized by exactly that.
 * Levels are numbered from the top: 1 is the running level when the walk
 * began, 1 + d the level of the d-th frame below it. */
enum { GR_TRACE_BOXES = 16, GR_TRACE_ASKS = 16, GR_TRACE_ITEMS = 2 };

typedef struct GrBox {
    uint16_t level; /* 0 for GR_REG_DEPTH */
    uint16_t reg;
    uint32_t lo, hi; /* the mask holds while the register at the start of
                            the walk lies here */
} GrBox;

/* A question about a level as the walk had changed it: registers set or
 * increased, keys added (known by their number alone).  The same changes are
 * made to a level when the condition is checked, and it is asked again. */
enum { GR_ASKED_KEYS = 3 };
typedef struct GrAsked {
    uint16_t level;
    uint8_t was_set; /* bit r: reg[r] replaces, else it is added */
    uint8_t n_keys;
    uint32_t question, answer;
    uint32_t reg[GR_REGS];         /* [0] is not part of a question */
    uint32_t named[GR_ASKED_KEYS]; /* the oldest first */
} GrAsked;

/* An item that the byte just run completes, taken for another one than all
 * before it: of the level, by its number, where `reg` tells where it began. */
typedef struct GrTraceItem {
    uint16_t level;
    uint8_t reg;
    bool inside; /* it began in the walk, or others came before it there */
} GrTraceItem;

typedef struct GrTrace {
    const GrConfig *from; /* where the walk began */
    uint32_t frames_read;
    uint32_t n_boxes, n_asked;
    GrBox box[GR_TRACE_BOXES];
    GrAsked asked[GR_TRACE_ASKS];
    bool is_volatile; /* something was read that no key can hold */
    /* Added to by SEE_ITEM, cleared by the walker. */
    GrTraceItem item[GR_TRACE_ITEMS];
    uint32_t n_items;
    /* Set by the KEY cell, cleared by the walker: a key of the object at the
     * stack's top level begins behind the byte just run. */
    bool key_entered;
} GrTrace;

/* Begin a walk at `from` (which must outlive it); *walk is the copy to run. */
void gr_trace_start(GrTrace *t, const GrConfig *from, GrConfig *walk);
/* The two kinds of conditions of a trace, besides the frames read (compared
 * by the caller, who keeps them as a tree): do the registers of c lie in the
 * boxes; and the answer that a question has at c, to be compared. */
bool gr_trace_fits(const GrConfig *c, const GrBox *box, uint32_t n_boxes);
gram_status gr_trace_ask(GrPda *pda, const GrConfig *c, const GrAsked *asked,
                         uint32_t *answer);
/* Walk t has come to c, and what lies behind c is known already, from a walk
 * of its own that began at a configuration with the same top: its conditions
 * become conditions of t. */
void gr_trace_inherit(GrTrace *t, const GrConfig *c, uint32_t frames_read,
                      const GrBox *box, uint32_t n_boxes, const GrAsked *asked,
                      uint32_t n_asked);
/* The number in t of the level numbered `level` at c; 0: made by the walk. */
uint16_t gr_trace_level(const GrTrace *t, const GrConfig *c, uint32_t level);
/* The level numbered `level` (>= 1) of a configuration; NULL below BOTTOM. */
const GrLevel *gr_config_level(const GrConfig *c, uint32_t level);

/* --- running (run.c) ------------------------------------------------------ */

/* Texts that were read to know whether a key or an item is new: no key longer
 * than GR_BRIEF bytes was among those that were looked for; only such as are
 * in GrSought; items; what depended on how long the text is; any keys. */
enum {
    GR_READ_BRIEF = 1,
    GR_READ_KEYS = 2,
    GR_READ_ITEMS = 4,
    GR_READ_PLACE = 8,
    GR_READ_TEXTS = 16
};
enum { GR_BRIEF = 1 };

/* What plans have looked for among the keys there: a key, or all that begin
 * like this.  By hashes of these texts and of all that they begin with. */
typedef enum GrSoughtAs { GR_SOUGHT_KEY = 1, GR_SOUGHT_BEGIN = 2 } GrSoughtAs;
typedef struct GrSought {
    GrMap at;             /* hash -> GrSoughtAs, both, or 0 */
    uint32_t n;           /* texts */
    uint32_t longest;     /* in bytes */
    uint32_t least, most; /* bytes of GR_SOUGHT_BEGIN; most 0: there is none */
} GrSought;
enum { GR_SOUGHT_MOST = 1024 };

/* Who steps: the matcher (nodes live in its arena, keys are read from its
 * log), or a mask walk (trace != NULL: duplicate keys are not looked at, the
 * caller patches them: gr_key_live). */
typedef struct GrRun {
    GrPda *pda;
    GrEnv *env; /* pays for nodes and seen keys */
    GrArena *arena;
    GrTrace *trace;   /* NULL in a matcher */
    const char *log;  /* all bytes accepted so far, the present one last */
    uint64_t log_len; /* including the present byte */
    bool keys_later;  /* gr_run_byte leaves gr_run_key to its caller */
    GrMap *paid;      /* dear answers that this call has paid for; NULL: it
                         pays for none */
    /* GR_READ_*, for plans, which clear them: of what was read to know whether
     * there is another key or item; whether the key that ended is new; and
     * whether an item is that is a string. */
    uint8_t read, read_key, read_item;
    bool plans; /* these are wanted exactly, and the machine may be asked */
    GrSought *sought; /* of plans: what is looked for joins it, */
    uint64_t own_key; /* but the key that began here, counted from 1 */
    /* The item that began at this byte of the log, counted from 1, is known to
     * differ from those before it, however it goes on; 0: none is. */
    uint64_t fresh;
} GrRun;

/* The configuration before the first byte. */
gram_status gr_run_start(GrRun *run, GrConfig *out);
/* Step over one byte.  GRAM_E_REFUSED where it is dead; *c is then unusable
 * (copy it before).  Other errors: resources. */
gram_status gr_run_byte(GrRun *run, GrConfig *c, uint8_t byte);
/* As gr_run_byte, but *again where the byte, which has closed a level, is still
 * to be run in the state reached; nothing is asked about keys. */
gram_status gr_run_once(GrRun *run, GrConfig *c, uint8_t byte, bool *again);
/* In a key of an object that has keys already: can it still be a new one?
 * What a key that cannot goes on to cannot either, so that of several bytes
 * one has to ask behind the last one only. */
gram_status gr_run_key(GrRun *run, const GrConfig *c);
/* Take, begin or end a token of a class.  GRAM_E_REFUSED as above; END where
 * no token was begun leaves *c as it is. */
gram_status gr_run_take(GrRun *run, GrConfig *c, GrTake how, uint32_t cls);
/* Whoever looks at cells itself pays for them, where gr_pda_is_dear: the steps
 * of (s, class) go to the run's env, once for a call (dear.c). */
gram_status gr_pay_cell(GrRun *run, StateId s, uint32_t cls);
/* Follow a cell while it does nothing but add to register 0 and test it, for
 * level l with *add more in it; the first cell of another kind. */
Cell gr_run_count(const GrRun *run, const GrLevel *l, Cell cell, uint32_t *add);
/* May the text end here?  Works on a copy. */
gram_status gr_run_end(GrRun *run, const GrConfig *c, bool *may);

/* --- plans (plan.c, known.c) ---------------------------------------------- */

/* The completions that a text gets when it is to end soon. */
typedef struct GrPlan GrPlan;
enum { GR_PLAN_MOST = 1 << 16 }; /* bytes of a plan */

/* What plans ask of a vocabulary. */
typedef struct GrPlanTokens {
    const void *ctx;
    uint32_t n; /* ids */
    /* Bit i: the first i + 1 bytes of `text` are a token. */
    uint32_t (*lengths)(const void *ctx, const char *text, size_t len);
    /* Which texts are rows of tokens, byte by byte: where a byte leads from
     * (0: a token begins), 0: nowhere; *ends: a token may end behind it.
     * NULL: all are. */
    uint32_t (*spell)(const void *ctx, uint32_t from, uint8_t byte, bool *ends);
    /* May a mask have the token?  Its bytes: NULL if it is no text. */
    bool (*text)(const void *ctx, uint32_t id, const char **text,
                 uint32_t *len);
} GrPlanTokens;

/* It outlives the texts it is used for, and remembers.  To be freed even if
 * making it fails, unless *out is NULL. */
gram_status gr_plan_new(GrPda *pda, GrEnv *env, const GrPlanTokens *tokens,
                        GrPlan **out);
void gr_plan_free(GrPlan *p);
/* From now on plans are for configurations reached from `from`, whose text is
 * run->log up to run->log_len; `from` and its stack stay until the next
 * call. */
gram_status gr_plan_begin(GrPlan *p, const GrRun *run, const GrConfig *from);
/* The fewest tokens that spell the plan of c, which `text` leads to;
 * UINT64_MAX where there is none of at most `most` (and GR_PLAN_MOST bytes), or
 * none was found that can be spelled.  Machines whose estimates are sure have
 * no plans where all can: the bytes they say. */
gram_status gr_plan_tokens(GrPlan *p, const GrConfig *c, const char *text,
                           size_t len, uint64_t most, uint64_t *tokens);
/* Did the last answer depend on what keys or items spell, other than named
 * keys?  GR_READ_*. */
uint8_t gr_plan_read(const GrPlan *p);
/* May a key that begins with what these bytes of a literal spell be one that
 * has been looked for?  An answer that has read GR_READ_KEYS, and no other
 * texts of keys, is one for all that may not. */
bool gr_plan_seeks(const GrPlan *p, const char *raw, size_t len);

/* --- keys (key.c) --------------------------------------------------------- */

/* Decoding of a JSON string literal's inside, byte by byte. */
typedef struct GrUnescape {
    uint32_t acc;  /* hex digits so far */
    uint32_t high; /* pending high surrogate, or 0 */
    uint8_t mode;  /* 0 plain, 1 after \, 2..5 hex digits left + 1 */
} GrUnescape;

/* Step; writes 0-4 decoded bytes to out and returns how many; a malformed
 * byte returns UINT32_MAX.  Zero-initialise. */
uint32_t gr_unescape(GrUnescape *u, uint8_t byte, char out[4]);
static inline bool gr_unescape_between(const GrUnescape *u)
{
    return u->mode == 0 && u->high == 0;
}

/* Is the decoded key in the list? */
bool gr_seen_has(const GrSeen *seen, const char *key, size_t len);

/* Has it a key without a number? */
bool gr_seen_other(const GrSeen *seen);
/* Does a key in it begin with what these bytes of a literal spell?  One with a
 * number does, too: a key that is named where it came may be any later on.
 * `true` where they end inside of an escape. */
bool gr_seen_rival(const GrSeen *seen, const char *raw, size_t len);
/* May an item in it be a string that begins like this, from its quote on? */
bool gr_seen_string(const GrSeen *seen, const char *raw, size_t len);
/* A text joins the others; *full where there is no more room. */
gram_status gr_sought_add(GrEnv *env, GrSought *s, const char *text, size_t len,
                          GrSoughtAs as, bool *full);
/* Is the key one of these?  May one be that begins like this literal? */
bool gr_sought_has(const GrSought *s, const GrSeen *key);
bool gr_sought_begins(const GrSought *s, const char *raw, size_t len);
/* May a literal that begins like this spell a key of at most GR_BRIEF bytes? */
bool gr_key_is_brief(const char *raw, size_t len);

/* A key prefix is live iff the state's key language has a word that is not
 * seen.  `prefix` is the decoded text so far, `u` what is pending behind it.
 * Exact; cheap where the language is infinite. */
gram_status gr_key_live(GrRun *run, StateId s, const GrSeen *seen,
                        const char *prefix, size_t len, const GrUnescape *u,
                        bool *live);

#endif
