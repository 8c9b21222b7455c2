/* api: gram.h, behind the handles.
 *
 * It refuses to know how anything is done.  It checks arguments, copies
 * option structs by their size, drives a compilation from kind to front end,
 * counts owners, and turns rooms' objects into handles:
 *
 *     gram_vocab    GrVocab, GrTables (mask tables of the vocabulary), encoder
 *     gram_grammar  source, and parts made from it (part.c): GrEnv, GrPda
 *                   (which owns the machine), GrMasks; one more owner of its
 *                   vocabulary
 *     gram_matcher  GrMatcher, one more owner of its grammar
 *
 * compile.c and names.c are all that knows the front ends; without them, and
 * without cache.c, which calls them, the room is libgram-run.a, which loads
 * compiled grammars.
 *
 * Each handle has an env of its own, so that what one pays does not depend
 * on another; a grammar's limit is divided between its machine, which is
 * filled on demand, and its masks.
 *
 * Rejected: one lock and one env for a grammar (masks would wait for cells);
 * matchers inside the grammar's env (their threads would share a counter).
 *
 * Invariants: a handle is freed by its last owner; objects are freed in the
 * order matcher, grammar, vocabulary whatever order the caller chose.
 */
#ifndef GR_API_H
#define GR_API_H

#include "artifact/artifact.h"
#include "base/base.h"
#include "base/report.h"
#include "grammar/grammar.h"
#include "mask/mask.h"
#include "match/match.h"
#include "pda/pda.h"
#include "vocab/vocab.h"

struct gram_vocab {
    GrEnv env;
    GrVocab *v;
    GrTables *tables;
    GrEncoder *encoder;   /* made on first use */
    pthread_mutex_t lock; /* of the encoder */
    _Atomic uint32_t refs;
};

/* What a grammar is compiled from; text and strings belong to the caller or
 * lie in a file. */
typedef struct GrSource {
    gram_kind kind;
    const char *text;
    size_t len;
    gram_options options;
    gram_document *documents; /* owned: of options, where read from a file */
    size_t n_documents;
} GrSource;

/* What a source was compiled to, and what has become known since. */
typedef struct GrPart GrPart;
struct GrPart {
    gram_grammar *g; /* no owner of it */
    GrEnv env;       /* of the machine */
    GrPda *pda;
    GrMasks *masks;
    GrReport report;
    size_t birth; /* bytes that making it took */
    size_t share; /* bytes that it may hold */
    /* Its masks have the ids first_id + 1 ..; those from n_ids on have none */
    uint32_t first_id;
    _Atomic uint32_t n_ids;
    _Atomic bool full;      /* it has met its limit, or been replaced */
    _Atomic uint32_t grown; /* times that it got more room */
    /* One text alone filled it; texts that it has had. */
    _Atomic bool is_wide;
    _Atomic uint32_t n_texts;
    uint32_t refs; /* matchers, and the grammar while it is the present */
    GrPart *older; /* in the list of all */
};

struct gram_grammar {
    GrEnv env; /* of source, report and file */
    gram_vocab *vocab;
    GrReport report;   /* complete once it has been asked for */
    size_t max_memory; /* of a matcher; 0: the default */
    size_t budget;     /* bytes of all parts */
    uint64_t max_steps;
    GrArtifact file;                /* where loaded from */
    GrText image;                   /* else a copy of the source */
    GrSource source;                /* lies in either */
    GrPart *parts;                  /* newest first */
    GrPart *now;                    /* the newest */
    uint32_t scale;                 /* see part.c */
    pthread_mutex_t lock, renewing; /* of parts; held while one is made */
    _Atomic uint32_t refs;
};

struct gram_matcher {
    GrMatcher *m;
    gram_grammar *g;
    GrPart *part; /* NULL: it rests */
    /* Times that it could not move, until it is reset: its text needs more
     * than there is, or others are faster. */
    uint32_t stays;
    GrMaskView view; /* of the last mask; row NULL: none yet, or it failed */
    bool unchanged;  /* it is the one before */
};

/* Copy a caller's struct that begins with its size into *to of `size` bytes:
 * shorter ones leave zeros; false where it has a tail that is not zero and
 * that this version does not know. */
bool gr_struct_read(void *to, size_t size, const void *from);

/* The tokens of `v` as a grammar asks for them; no longer than `v` lives. */
GrTokenNames gr_vocab_token_names(const gram_vocab *v);

/* grammar.c: arguments.  gr_source_init fills and checks a source. */
gram_status gr_api_argument(gram_error *error, const char *why);
gram_status gr_api_options(const gram_options *opt, gram_error *error,
                           gram_options *to);
gram_status gr_source_init(gram_vocab *vocab, gram_kind kind, const char *text,
                           size_t len, const gram_options *opt,
                           gram_error *error, GrSource *out);
bool gr_source_is_valid(const GrSource *s);
/* Errors at a byte offset get line and column. */
gram_status gr_api_located(gram_status status, gram_error *error,
                           const GrSource *s);
/* `report` is filled; the pda is fresh. */
gram_status gr_source_compile(const gram_vocab *v, GrEnv *env,
                              const GrSource *s, GrPda *pda, GrReport *report);

/* source.c: images of sources and reports (base/image.h).  What is taken
 * lies in the image. */
gram_status gr_source_put(GrEnv *env, GrText *image, const GrSource *s);
gram_status gr_source_take(GrEnv *env, GrImage *image, GrSource *s);
void gr_source_clear(GrEnv *env, GrSource *s);
gram_status gr_report_put(GrEnv *env, GrText *image, const GrReport *r);
gram_status gr_report_copy(GrEnv *env, const GrReport *from, GrReport *to);
gram_status gr_report_take(GrEnv *env, GrImage *image, GrReport *r);

/* A grammar without a machine: env, a part, vocabulary.  gr_grammar_finish
 * adds the masks once the pda has its machine. */
gram_status gr_grammar_begin(gram_vocab *vocab, const gram_options *opt,
                             gram_error *error, gram_grammar **out);
gram_status gr_grammar_finish(gram_grammar *g, uint32_t mask_flags);

/* part.c: a part that may hold `room` bytes; its masks, once the pda has its
 * machine. */
gram_status gr_part_new(gram_grammar *g, size_t room, gram_error *error,
                        GrPart **out);
gram_status gr_part_finish(GrPart *p, size_t room, uint32_t mask_flags);
void gr_part_free(GrPart *p);
/* The present part; one more owner of it, or of p; one less. */
GrPart *gr_part_use(gram_grammar *g);
GrPart *gr_part_share(GrPart *p);
void gr_part_leave(GrPart *p);
/* p is full: the part that is to be used from now on (with one more owner),
 * which is p itself where it may grow; NULL: there is no room for any. */
GrPart *gr_part_next(GrPart *p);
/* Facts of the present part; memory is that of all. */
void gr_parts_stats(gram_grammar *g, GrPdaStats *pda, GrMasksStats *masks);

#endif
