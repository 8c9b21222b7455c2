/* pda: the waist.  Rows of moves between interned situations.
 *
 * Everything in front of it (JSON Schema, grammars, regexes) is a *machine*
 * that answers "what happens in situation s on a byte of class c"; everything
 * behind it (masks, matcher, artifact) sees only tables.  It refuses to know
 * what a state means.
 *
 *      machine B (schema)   machine A (grammar)
 *               \             /
 *          fill one cell, once, on first use
 *                  |
 *      states   row of cells, one per byte class + one for the end
 *      frames   where to resume when the inner part is done
 *                  |
 *        step, masks, matcher, artifact
 *
 * Configuration.  One generation is in one configuration: a state, the
 * registers of the running level, and a stack of frames, each with the
 * registers of its own level:
 *
 *      top      state   level{reg[], seen}
 *      stack -> frame   level{reg[], seen}      innermost first
 *               frame   level{reg[], seen}
 *               BOTTOM
 *
 * A *state* is an interned id of "what may follow here", independent of what
 * lies below.  A *frame* is an interned id of a resume function: verdict ->
 * cell.  A *verdict* is an id whose meaning is the machine's own (truth
 * vector of a value; the open stacks of an ambiguous grammar).  A *level* is
 * what is counted: numbers that change on every byte or item and matter only
 * through questions.  They live here, never inside an interned id.
 *
 * Cells.  A cell is 32 bits: a move, or an operation with cells behind it.
 *
 *      EMPTY            not asked yet
 *      DEAD             no completion exists after this byte
 *      GOTO s           stay on this level
 *      op i ->  PUSH    frame, state: open a level (registers 0)
 *               POP     verdict: close the level, resume the frame below;
 *                       `retry` runs the same byte again in the state
 *                       reached (a number ends at the byte after it)
 *               SET/ADD register, value, then another cell
 *               TEST    register in lo..hi ? cell : cell
 *               ASK     a question to the machine about the level; each
 *                       answer has a cell of its own, filled on first use
 *               SEE     a key is complete: remember it on this level, unless
 *                       it is there already (then dead), then another cell
 *               ITEM, SEE_ITEM  an item begins; it is complete: its text, as
 *                       written, joins what the level remembers (`differ`: the
 *                       question behind it is whether it was there before)
 *               PART    the question behind it is about the level below, as if
 *                       its open item were complete with what is written
 *               ACCEPT  the end: only behind the end class of a state
 *               LIMIT   filling this cell met a limit: GRAM_E_LIMIT
 *
 * A cell never leads to a state without completion ("live by construction"):
 * the machine's duty, which makes dead-end freedom local.
 *
 * Keys.  A state flagged GR_STATE_KEY is inside an object key (the bytes of
 * a JSON string literal after its opening quote); the object's level is the
 * frame below.  Duplicate keys are refused by SEE, and a key prefix is live
 * iff it can still become an unseen key: iff the machine's key language from
 * here has more words (gr_pda_key_words) than seen keys below that prefix.
 * Such keys depend on the text, so they are no part of ids or rows.
 *
 * Known levels.  A question costs a machine a microsecond, and a mask that is
 * remembered asks some to know whether it holds.  So the lists of keys and
 * items have numbers, equal for equal lists whoever made them, and answers are
 * kept by these and the registers (levels.c).
 *
 * Items.  Where items must differ, what follows one depends on its text.  A
 * walk takes it for a new one, and tells where it ended: whoever keeps what
 * the walk found tries there whether a token completes an item that is there.
 *
 * Tokens by id.  A machine may let a token be *taken*: by its id, whatever its
 * bytes are, and only as a whole.  It sorts ids into classes; a state flagged
 * GR_STATE_TAKES has cells behind its row for every class:
 *
 *      row   | byte classes | end | TAKE 0 .. k-1 | BEGIN 0 .. k-1 |
 *      inside| byte classes | end | END |
 *
 * TAKE is the whole token, and nothing else.  A token may also be text that
 * is allowed here for its bytes; then both meanings go on: BEGIN keeps what
 * bytes may do and adds "inside a token", which any byte leaves as it is,
 * the bytes follow, and END turns "inside" into what follows the token.
 *
 * Sources: lazy DFA rows as in RE2 / regex-automata's hybrid DFA; the stack
 * as a persistent list after the graph-structured stack (Tomita), restricted
 * to one branch because every set of stacks is interned above its dominating
 * frame.  Rejected: Earley items (origins make equal situations different);
 * 256-entry rows (1 KiB a state); guards inside ids (a state per count).
 *
 * Invariants
 *   - ids, rows, ops and answers are append-only; addresses never change.
 *   - a filled cell never changes, LIMIT included: a mask that could not look
 *     behind it and an accept that comes later, when more is known, agree.
 *     Only lack of memory leaves a cell empty.  Readers need no lock: cells
 *     are atomic and published after what they refer to.
 *   - register 0 is scratch for the machine's lexical use (white space run,
 *     string length): ASK never looks at it.
 *   - a stack always ends in the BOTTOM frame.
 *   - between two tokens no state is GR_STATE_INSIDE.
 *
 * Cost: a step on filled cells is a few loads.  Threads: any number of
 * readers; filling takes the lock of the GrPda.
 */
#ifndef GR_PDA_H
#define GR_PDA_H

#include "pda/run.h"
#include "pda/tables.h"

#endif
