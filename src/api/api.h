/* api: gram.h, behind the handles.
 *
 * It refuses to know how anything is done.  It checks arguments, copies
 * option structs by their size, drives a compilation from kind to front end,
 * counts owners, and turns rooms' objects into handles:
 *
 *     gram_vocab    GrVocab, GrTables (mask tables of the vocabulary), encoder
 *     gram_grammar  GrEnv, GrPda (which owns the machine), GrMasks, GrReport,
 *                   one more owner of its vocabulary
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

struct gram_grammar {
    GrEnv env;
    gram_vocab *vocab;
    GrPda *pda;
    GrMasks *masks;
    GrReport report;
    size_t max_memory; /* of a matcher; 0: the default */
    GrArtifact file;   /* where loaded from, and then: */
    GrSource source;   /* what it was compiled from */
    _Atomic uint32_t refs;
};

struct gram_matcher {
    GrMatcher *m;
    gram_grammar *g;
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
gram_status gr_report_take(GrEnv *env, GrImage *image, GrReport *r);

/* A grammar without a machine: env, pda, vocabulary.  gr_grammar_finish adds
 * the masks once the pda has its machine. */
gram_status gr_grammar_begin(gram_vocab *vocab, const gram_options *opt,
                             gram_error *error, gram_grammar **out);
gram_status gr_grammar_finish(gram_grammar *g, uint32_t mask_flags);

#endif
