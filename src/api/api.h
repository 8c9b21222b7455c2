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

struct gram_grammar {
    GrEnv env;
    gram_vocab *vocab;
    GrPda *pda;
    GrMasks *masks;
    GrReport report;
    size_t max_memory; /* of a matcher; 0: the default */
    _Atomic uint32_t refs;
};

struct gram_matcher {
    GrMatcher *m;
    gram_grammar *g;
};

/* Copy a caller's struct that begins with its size into *to of `size` bytes:
 * shorter ones leave zeros; false where it has a tail that is not zero and
 * that this version does not know. */
bool gr_struct_read(void *to, size_t size, const void *from);

/* The tokens of `v` as a grammar asks for them; no longer than `v` lives. */
GrTokenNames gr_vocab_token_names(const gram_vocab *v);

/* A grammar without a machine: env, pda, vocabulary.  gr_grammar_finish adds
 * the masks once the pda has its machine. */
gram_status gr_grammar_begin(gram_vocab *vocab, const gram_options *opt,
                             gram_error *error, gram_grammar **out);
gram_status gr_grammar_finish(gram_grammar *g, uint32_t mask_flags);

#endif
