/* number: machine B's automaton over the text of JSON numbers.
 *
 * Room-internal to src/schema.  It refuses to know schemas: it is given
 * *atoms* (one numeric assertion each), tuples of atoms with a *goal* (which
 * truth vectors are acceptable), and answers byte by byte which prefixes can
 * still become a number whose truth vector meets the goal.
 *
 *     -?  ( 0 | 1-9 0-9* )  ( . 0-9+ )?  ( [eE] [+-]? 0-9+ )?
 *     MINUS ZERO  INT        DOT FRAC      EXP  SIGN  DIGITS
 *
 * A permitted text obeys the policy: at most D digits in the integer part
 * and in the fraction, at most X in the exponent.  A move is dead exactly if
 * no permitted continuation meets the goal.
 *
 * 1. The number line.  All decimals that atoms compare with cut the line of
 * each sign into points and open gaps.  In one region every comparison is
 * constant, so the goal's decision diagram shrinks there to a function of
 * divisibility alone, listed as *cubes* (must divide, must not divide):
 *
 *     0 --gap0-- p0 --gap1-- p1 --gap2-- ... oo     one class per region
 *
 * Neighbouring regions of one class are merged.  A point's divisibility is
 * known, so points are simply in or out.
 *
 * 2. What a prefix means.  Let P be the significant digits read so far.  Any
 * completion is P followed by digits, shifted by a power of ten.  The values
 * that complete it are, for every s in an interval [s_min, s_max], the
 * multiples of 10^(s - rho(s)) in [P, P + 1) * 10^s, where
 *
 *     in the integer part, i digits read   -X' <= s <= X' + D - i,
 *                              rho(s) = min(2 D - i, s + X' + D)
 *     in the fraction, j digits read       -X' - j <= s <= X' - j,
 *                              rho(s) = D - j
 *     before the first nonzero digit       the like, over P = 1 .. 9
 *
 * with X' = 10^X - 1, or 0 without exponents.  (The more digits are used at
 * one s, the finer the multiples, and coarser ones are among them: appending
 * a zero changes no value.)  So liveness is arithmetic, not search: P's
 * interval lies in one gap except where its decade holds a point that starts
 * with P, and then only digits of that point are needed.  A cube asks for a
 * multiple of some G in an interval, avoiding multiples of others: one
 * remainder of P, kept in the state, decides it.  For s beyond the reach of
 * every divisor the answer no longer changes, so few s are tried.
 *
 * 3. The state keeps: phase and sign; digits read in this part; the place of
 * P among the points' digit strings (a range of those that start with P, or
 * the gap it fell into); the last nonzero digit's place and the remainder of
 * the digits up to there modulo the lcm of all divisors.  Whatever no atom
 * needs is 0: a plain number has one state per digit the policy counts.
 *
 * 4. After `e` the mantissa is fixed and every atom is a step function of
 * the exponent; the state is the interned list of live intervals of the
 * exponent with their truth vectors, and the exponent read so far, cut where
 * nothing changes any more.
 *
 * Rejected: doubles (0.1 is no multiple of 0.01); one state per residue and
 * a search for an accepting one (2^53 + 1 has too many); a product of
 * automata per atom (the shared exponent makes it a product of counters).
 *
 * Limits, as GRAM_E_LIMIT: divisors whose digits, or their lcm, reach 2^58;
 * more than 30 divisors or 4096 cubes in one spec; the step budget.
 *
 * Invariants: every state that gr_num_start and gr_num_move give out is
 * live.  Equal prefixes have equal states; ids depend only on the order of
 * calls.  Costs and verdicts are functions of the state alone.
 *
 * Cost: a known move is one table load; a new one a few hundred nanoseconds
 * without divisors.  128 bytes a state.
 */
#ifndef GR_SCHEMA_NUMBER_H
#define GR_SCHEMA_NUMBER_H

#include "json/json.h"

typedef enum GrNumKind {
    GR_NUM_LE, /* value <= d */
    GR_NUM_LT,
    GR_NUM_GE,
    GR_NUM_GT,
    GR_NUM_EQ,
    GR_NUM_MULTIPLE,       /* value is an integer times d, d > 0 */
    GR_NUM_INTEGER,        /* 1.0 and 1e2 are integers */
    GR_NUM_LEXICAL_INTEGER /* spelled without fraction and exponent */
} GrNumKind;

typedef struct GrNumPolicy {
    uint32_t max_digits;          /* a run of digits; 0: unbounded, which
                                     means GR_NUM_DIGITS_FAR where digits are
                                     counted at all */
    uint32_t max_exponent_digits; /* 1..9, leading zeros count; 0: unbounded */
    bool no_exponent;
} GrNumPolicy;

enum { GR_NUM_DIGITS_FAR = 100000 };

/* The defaults of design.md section 9: 64 digits a run, 3 in exponents. */
#define GR_NUM_POLICY_DEFAULT ((GrNumPolicy){64, 3, false})

typedef struct GrNum GrNum;

typedef struct GrNumAtomId {
    uint32_t v;
} GrNumAtomId;
typedef struct GrNumSpecId {
    uint32_t v;
} GrNumSpecId;
typedef struct GrNumStateId {
    uint32_t v;
} GrNumStateId;

/* A node of a goal, a decision diagram over positions in the spec's atoms:
 * node i of the array is number i + 2; 0 is "refused", 1 is "accepted".
 * Children have smaller numbers and, along every path, larger `var`. */
typedef struct GrNumNode {
    uint32_t var, lo, hi; /* atom position; where it fails; where it holds */
} GrNumNode;

/* A pool: atoms, specs, states.  `env` outlives it. */
gram_status gr_num_new(GrEnv *env, const GrNumPolicy *policy, GrNum **out);
void gr_num_free(GrNum *num);

/* Intern an atom; `d` is copied (NULL for the two integer kinds).  Equal
 * assertions get equal ids: INTEGER is MULTIPLE of 1, EQ a set of one. */
gram_status gr_num_atom(GrNum *num, GrNumKind kind, const GrDecimal *d,
                        GrNumAtomId *id);

/* "The value is one of d[0..n)", any order, repeats allowed: an enum. */
gram_status gr_num_atom_in(GrNum *num, const GrDecimal *d, uint32_t n,
                           GrNumAtomId *id);

/* The values of an equality, ascending; NULL of any other atom. */
const GrDecimal *gr_num_listed(const GrNum *num, GrNumAtomId id, uint32_t *n);
/* Is it told by where a number lies on the line?  Not so where it divides or
 * is a spelling. */
bool gr_num_is_placed(const GrNum *num, GrNumAtomId id);
/* Do the digits 1 to 9 mean the same to it, those of an exponent aside?  So
 * they do to a spelling, and where it is about the places of a number's digits
 * alone: an integer. */
bool gr_num_is_even(const GrNum *num, GrNumAtomId id);
/* The truths of n atoms, by position, in every region of the line that they
 * cut; of those that are not placed they say nothing. */
typedef gram_status GrNumTruths(void *ctx, const uint32_t *bits);
gram_status gr_num_each_region(GrNum *num, const GrNumAtomId *atoms, uint32_t n,
                               GrNumTruths *each, void *ctx);
/* Intern a tuple of atoms with its goal; `root` is a node number. */
gram_status gr_num_spec(GrNum *num, const GrNumAtomId *atoms, uint32_t n,
                        const GrNumNode *nodes, uint32_t n_nodes, uint32_t root,
                        GrNumSpecId *spec);

/* Does any permitted number meet the goal? */
gram_status gr_num_satisfiable(GrNum *num, GrNumSpecId spec, bool *out);

/* The state before the first byte; *dead where the spec is unsatisfiable. */
gram_status gr_num_start(GrNum *num, GrNumSpecId spec, GrNumStateId *state,
                         bool *dead);

/* The state after `byte`; *to is written only where *dead comes out false. */
gram_status gr_num_move(GrNum *num, GrNumStateId from, uint8_t byte,
                        GrNumStateId *to, bool *dead);

/* An equality with some decimals is down to those that begin with the digits
 * read so far: in the picture below, from 12 on, to two of four.
 *
 *     5   123   17   120.5
 *
 * gr_num_may_narrow tells of a state whether its digits count; then, of an
 * atom of the state's spec, *to is the equality that is left, or *none.
 * gr_num_carry gives the state the same prefix has in a spec all of whose
 * atoms were replaced so; *is: false where that cannot be told. */
bool gr_num_may_narrow(const GrNum *num, GrNumStateId state);
gram_status gr_num_narrow(GrNum *num, GrNumStateId state, GrNumAtomId atom,
                          GrNumAtomId *to, bool *none);
gram_status gr_num_carry(GrNum *num, GrNumStateId state, GrNumSpecId spec,
                         GrNumStateId *to, bool *is);

/* Is the exponent being read? */
bool gr_num_in_exponent(const GrNum *num, GrNumStateId state);

/* May the number end here?  Then the words of its truth vector, bit i for
 * atom i of the spec, owned by the pool; else NULL.  *id (may be NULL) is
 * the vector's interned id. */
const uint32_t *gr_num_end(const GrNum *num, GrNumStateId state, uint32_t *id);

/* The words of a vector by id. */
const uint32_t *gr_num_vector(const GrNum *num, uint32_t id);

/* The ids of all achievable truth vectors that meet the goal, at most `cap`
 * of them in ids[], their number in *n; *more tells that there are others. */
gram_status gr_num_vectors(GrNum *num, GrNumSpecId spec, uint32_t cap,
                           uint32_t *ids, uint32_t *n, bool *more);

/* How many distinct values (not spellings) meet the goal: *n, at most `cap`
 * ("cap or more").  Exact, except that it is a lower bound where the goal
 * takes some values only as lexical integers and others only otherwise. */
gram_status gr_num_count(GrNum *num, GrNumSpecId spec, uint32_t cap,
                         uint32_t *n);

/* How many values that are not 0 a prefix may still have, at least, up to
 * `cap`; behind an e none is counted. */
gram_status gr_num_left(GrNum *num, GrNumStateId state, uint32_t cap,
                        uint32_t *n);

/* The number of bytes of a shortest completion. */
gram_status gr_num_cost(GrNum *num, GrNumStateId state, uint32_t *bytes);

/* Append a shortest number of the spec; GRAM_E_EMPTY where there is none. */
gram_status gr_num_shortest(GrNum *num, GrNumSpecId spec, GrText *out);

/* States made so far, for reports. */
uint32_t gr_num_states(const GrNum *num);

#endif
