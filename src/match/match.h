/* match: one generation.
 *
 * It refuses to know vocabularies beyond "the bytes of token t" and masks
 * beyond "the row for this configuration".  It keeps the configuration, what
 * is needed to go back, and the bytes themselves:
 *
 *     place      number of the present configuration, where it has one
 *     known      its mask, where that has an id, and a row that all share
 *     config     state, registers, stack     made of the place when needed
 *     records    place before each token     rollback is one assignment
 *     saved      configurations that are no places, by record
 *     log        all bytes accepted          keys are decoded from it
 *     arena      stack nodes and seen keys of configurations without a place
 *
 * Where a text goes the way of another one, accepting is a look-up of (place,
 * token) and the log (mask/place.c); what the next mask is, is looked
 * up beside that, for it waits for memory as the bytes do.  Else the token's
 * bytes are run on the configuration, and its place is found.  Stack and seen
 * keys are persistent lists, so saving a configuration is a plain copy.
 * Accepting is transactional: on refusal what was before is restored.
 *
 * mask == accept holds because both come down to gr_run_byte: masks are the
 * same steps over all tokens at once (mask.h).
 *
 * Where the vocabulary lacks single bytes, a token is taken only if tokens lead
 * on to an end behind it, and masks are made accordingly (bound.c): places and
 * their moves then know what is so.
 *
 * Tables and masks may be replaced by others of the same source: then the
 * text is run again (gr_matcher_moved).  Tokens taken by id are no text and
 * are noted beside the log.
 *
 * Rejected: replaying the text on rollback (cost of the whole text); a
 * journal of undo operations (as large as the records, and slower).
 *
 * Invariants
 *   - records[i].log_len is the log before token i, and ascends.
 *   - saved has an entry for record i where the place before or behind token
 *     i is not known: the configuration and the arena before it, ascending.
 *   - a configuration with a place needs nothing of the arena.
 *   - after a call that fails everything is as before it.
 *   - terminated: the last record belongs to an end token, which has no
 *     bytes.
 *
 * Cost: accept some ns a byte, rollback O(1) and freeing, fork O(open levels
 * and their keys) and a copy of the text.
 * Threads: one at a time.
 */
#ifndef GR_MATCH_H
#define GR_MATCH_H

#include "base/base.h"
#include "mask/mask.h"

typedef struct GrMatcher GrMatcher;

/* A matcher at the start; `m` must outlive it.  max_memory 0: the default. */
gram_status gr_matcher_new(GrMasks *m, const gram_allocator *alloc,
                           size_t max_memory, gram_error *error,
                           GrMatcher **out);
void gr_matcher_free(GrMatcher *m);
void gr_matcher_reset(GrMatcher *m);
/* A copy that begins with nothing accepted: it cannot go back behind here. */
gram_status gr_matcher_fork(GrMatcher *m, GrMatcher **out);

/* What m is, over other tables and masks of the same source.  Where that
 * fails m is as it was, but for its error. */
gram_status gr_matcher_moved(GrMatcher *m, GrMasks *to, GrMatcher **out);
/* Give back all but the text.  Until it has been moved there are left:
 * resetting, freeing, its numbers and its error; its masks may be gone. */
void gr_matcher_rest(GrMatcher *m);

/* GRAM_E_STATE once terminated. */
gram_status gr_matcher_mask(GrMatcher *m, GrMaskView *out);
gram_status gr_matcher_mask_budget(GrMatcher *m, uint64_t budget,
                                   uint32_t *row);
/* GRAM_E_REFUSED where the grammar says no; nothing has changed then. */
gram_status gr_matcher_accept(GrMatcher *m, uint32_t token);
gram_status gr_matcher_check(GrMatcher *m, uint32_t token);
/* *refused_at: index of the first byte refused. */
gram_status gr_matcher_accept_bytes(GrMatcher *m, const char *bytes, size_t len,
                                    size_t *refused_at);
gram_status gr_matcher_may_stop(GrMatcher *m, bool *may);
bool gr_matcher_is_terminated(const GrMatcher *m);
/* GRAM_E_ARGUMENT where fewer than n tokens have been accepted. */
gram_status gr_matcher_rollback(GrMatcher *m, size_t n);
size_t gr_matcher_n_accepted(const GrMatcher *m);
/* Upper bound of the tokens that complete the text. */
gram_status gr_matcher_bound(GrMatcher *m, uint64_t *tokens);
/* Where the vocabulary lacks single bytes: GRAM_E_EMPTY if no tokens were found
 * that lead to an end.  So do masks and bounds where accepted bytes, which need
 * be no tokens, have led there. */
gram_status gr_matcher_is_stuck(GrMatcher *m);

const GrConfig *gr_matcher_config(GrMatcher *m);
/* The last error; its code is GRAM_OK after a call that succeeded. */
const gram_error *gr_matcher_error(const GrMatcher *m);
/* Notes a call that was wrong before it came here: E_ARGUMENT. */
gram_status gr_matcher_misused(GrMatcher *m);
uint64_t gr_matcher_memory(const GrMatcher *m);

#endif
