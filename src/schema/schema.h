/* schema: JSON Schema -> machine B.
 *
 * It refuses to know vocabularies and masks, and offers one function.  The
 * loader (load.h) turns text into a graph of schemas without drafts; the
 * machine (machine.h) answers for it, byte by byte:
 *
 *     text --load--> schemas --form--> functions over typed atoms
 *                                          |
 *                    states, frames  <-- residual, goal, liveness
 *
 * A JSON document is a nested word: one deterministic stack serves every
 * subschema at once, and Boolean combinations are functions over what is
 * still undecided.  The schema is never rewritten into a grammar: that is
 * where not, oneOf, allOf, if, counts and key order get lost.
 *
 * After compiling every reachable keyword has been checked and the root is
 * known to be satisfiable; automata are built by the first byte that needs
 * them.
 *
 * Rejected: product of one automaton per subschema (a state per combination
 * of registers); rewriting to disjunctive normal form (exponential before the
 * first byte); an and/or graph as residual (see bdd.h).
 *
 * Invariants: from every state that a cell leads to, the level can be
 * completed and its verdict meets the goal it was pushed with; so dead-end
 * freedom is local.  Nothing on a level's registers is part of an id.
 */
#ifndef GR_SCHEMA_H
#define GR_SCHEMA_H

#include "pda/pda.h"

/* Compile a schema into `pda` (fresh), which owns the machine afterwards and
 * tells what became of the schema's parts (gr_pda_report).
 *
 *   env      the env of the pda.
 *   returns  GRAM_OK; GRAM_E_EMPTY where no instance is valid; the loader's
 *            errors; GRAM_E_UNSUPPORTED, GRAM_E_MEMORY, GRAM_E_LIMIT. */
gram_status gr_schema_compile(GrEnv *env, const char *text, size_t len,
                              const gram_options *opt, GrPda *pda);

/* The i-th keyword of keywords.def with its drafts (1 << gram_draft) and what
 * it is ("assertion", ...); NULL past the end. */
const char *gr_schema_keyword(uint32_t i, uint32_t *drafts, const char **what);

#endif
