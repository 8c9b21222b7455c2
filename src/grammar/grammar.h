/* grammar: machine A, context-free grammars behind the waist.
 *
 * It refuses to know tokens, masks and JSON Schema.  A text in one of the
 * dialects becomes a machine that answers the waist's questions:
 *
 *     GBNF   XGrammar EBNF   W3C EBNF   Lark    regex
 *        \         |         /            |        |
 *      parse.c, scan.c, a row of         lark*.c  |
 *      dialect.c                           |      |      rules.h  parts of
 *                  \                      /       |               rules
 *                   GrRules  <------------'-------'
 *                  | facts.c    productive? nullable? recursive? small?
 *                  | nfa.c      automata with calls; powers for long repeats
 *                  | left.c     left recursion becomes loops, late if many;
 *                  |              fold.c what has become one state
 *                  | dfa.c      subsets, minimization; loose.c without
 *                GrRtn                             rtn.h     the network
 *                  | stacks.c   canonical sets of stacks      stacks.h
 *                  | machine.c  cells: goto, push, pop
 *                  | count.c    and the register that counts a repeat
 *               the waist
 *
 * The idea.  A recogniser of an ambiguous grammar is in several stacks at
 * once.  Earley items and graph-structured stacks remember how they came
 * about, so two equal situations are two objects.  Here a situation is a
 * *set of stacks*, stored as the minimal acyclic automaton of its stacks and
 * hash-consed, so that it is one integer, and what is known about it (a
 * cell, a mask, a cost) is known for ever.  Two things keep sets small:
 *
 *   division     what all stacks of a set share below their tops is pushed
 *                as a frame of the waist; only the part above is the local
 *                state.  Deterministic grammars have one stack in a set, and
 *                the machine is an ordinary pushdown automaton; the same
 *                cells serve every depth of nesting.
 *   subsumption  of two equal frames in a row that stand for a loop, one is
 *                enough: S -> S S | "a" and E -> E "+" E | ... stay in a
 *                handful of states for texts of any length.
 *
 * Where a grammar is so ambiguous that canonical sets are too much work, they
 * fall back to lists, and cost what a graph-structured stack costs (stacks.h).
 *
 * Popping is eager: where a rule may be complete, its continuation is in the
 * set already.  So a state knows by itself what may come next, a cell POP
 * carries a finished set as its verdict, and a byte is never run twice.  The
 * alternative, popping without consuming and trying the byte again, gives
 * fewer states where one byte decides, but cannot tell when both sides want
 * the byte without looking below the hole.
 *
 * Left recursion, direct, indirect or hidden behind nullable rules, is
 * removed by a left-corner transform on automata (left.c), which waits for the
 * first call of a rule where a component is large; repeats up to
 * 2^32 - 2 cost the logarithm of their counts (nfa.c), or a register where the
 * end of the repeat is plain (count.c); nothing recurses over the input, in
 * any stage.
 *
 * Dead ends.  Parts that derive nothing are left out when automata are
 * built, so every state of the network can reach the end of its rule, and
 * every stack the end of the text.  That is the whole argument: there is no
 * separate test of liveness.
 *
 * Rejected: Earley with origins (above); GLR tables (built at compile time
 * for the whole grammar, and they resolve nothing that a set does not); CNF
 * and CYK (lose the shape of the rules); registers for all repeats (they
 * count one thing for all stacks of a set: count.c uses one where a set is a
 * single stack).
 *
 * Invariants
 *   - in a network, "begins with a call of" has no cycle;
 *   - a call consumes at least a byte; what may be empty is skipped instead;
 *   - a set is sorted, its tops distinct, its rests sets made before it;
 *   - a local state never holds the hole; a verdict always does;
 *   - END, the pseudo state under every stack, is left only by the end of
 *     the text.
 *
 * Cost.  Compiling is linear in the text for all families that were thought
 * of (tests/unit/grammar_hard.c), about 0.2 ms for a grammar of JSON.  A
 * byte on filled cells costs what the waist costs.  A new cell costs the
 * tops of its set, the calls that can begin with the byte, and the nodes
 * above the division.  Texts under which many stacks of different depth stay
 * alive (the second half of a palindrome) pay for the whole difference at
 * each byte.
 *
 * Token terminals, <[7]> or <think>, match one token by its id whatever its
 * bytes are, and only as a whole; their negations match one other token that
 * is text.  They are edges of the automata like calls (tokens.c), and ways
 * to move that the waist knows (pda.h, "Tokens by id").
 */
#ifndef GR_GRAMMAR_H
#define GR_GRAMMAR_H

#include "base/base.h"
#include "base/report.h"
#include "pda/pda.h"

/* In regex_flags: the pattern may match anywhere in the text (default: all
 * of it).  Outside of the public flags. */
#define GR_GRAMMAR_SEARCH 0x80000000u
/* In regex_flags, for tests: no automaton is determinized, as if each were
 * too large for it (loose.c). */
#define GR_GRAMMAR_LOOSE 0x40000000u
/* In regex_flags, for tests: no rests are joined, as if each join were too
 * much work (stacks.h, "Loose"). */
#define GR_GRAMMAR_LISTS 0x20000000u

/* What a grammar asks about the tokens that it names.  Without one (NULL)
 * every id stands for a token that is text, and tokens have no names. */
typedef struct GrTokenNames {
    const void *ctx;
    uint32_t n_text; /* tokens that are text */
    /* Is there such a token, and is it text? */
    bool (*exists)(const void *ctx, uint32_t id, bool *is_text);
    /* The token that spells `text`, special ones first; UINT32_MAX: there is
     * none, or it takes several. */
    gram_status (*find)(const void *ctx, GrEnv *env, const char *text,
                        size_t len, uint32_t *id);
} GrTokenNames;

/* Compile a text of kind EBNF, GBNF, LARK or REGEX into the machine of `pda`,
 * which then owns it; the start state is set.
 *
 *   opt      `start` and `regex_flags` are read; NULL: defaults.  EBNF is
 *            XGrammar's, or W3C's where only W3C's can be meant; the report
 *            says which.
 *   report   [in, out] useless rules, rules defined twice, lookaheads.
 *   returns  GRAM_OK; E_SYNTAX, E_REFERENCE, E_UNSUPPORTED at a byte offset;
 *            E_EMPTY where the start rule derives no string; E_LIMIT,
 *            E_MEMORY.  On failure `pda` is as before, without a machine. */
gram_status gr_grammar_compile(GrEnv *env, gram_kind kind, const char *text,
                               size_t len, const gram_options *opt, GrPda *pda,
                               GrReport *report);

/* The same for a grammar that may name tokens of a vocabulary. */
gram_status gr_grammar_compile_for(GrEnv *env, gram_kind kind, const char *text,
                                   size_t len, const gram_options *opt,
                                   const GrTokenNames *tokens, GrPda *pda,
                                   GrReport *report);

/* Append a stage of the machine of `pda`, which gr_grammar_compile made:
 * "rules" (reads back), "rtn", "dot", or of its regexes "regex" and "dfa".
 * E_ARGUMENT for other names. */
gram_status gr_grammar_print(GrPda *pda, const char *stage, GrText *out);

#endif
