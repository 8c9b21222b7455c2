/* number_parts: what the files of the number automaton share.  Terms and
 * method are in number.h.
 *
 *     number.c        pool, atoms
 *     number_spec.c   atoms and goal -> two lines of classes
 *     number_line.c   (number_build.h)
 *     number_class.c
 *     number_reach.c  how many values complete a prefix: the arithmetic
 *     number_move.c   states and moves of the mantissa
 *     number_power.c  states and moves of the exponent
 *     number_narrow.c prefixes that have left constants behind
 *     number_ask.c    counts, vectors, shortest completions */
#ifndef GR_SCHEMA_NUMBER_PARTS_H
#define GR_SCHEMA_NUMBER_PARTS_H

#include "schema/number.h"

#define GR_NUM_NONE UINT32_MAX
/* Saturated widths: above 2^58, which bounds every divisor, and ten times as
 * much still fits int64_t. */
#define GR_NUM_MANY INT64_C(900000000000000000)
/* The largest exponent where exponents are unbounded: beyond any decimal. */
#define GR_NUM_EXPONENT_FAR INT64_C(20000000000)

enum { GR_NUM_DIVISORS = 30, GR_NUM_CUBES = 4096, GR_NUM_COLUMNS = 16 };

/* The internal kinds: equality is IN, integers are MULTIPLE. */
typedef enum NumKind {
    IN_LE,
    IN_LT,
    IN_GE,
    IN_GT,
    IN_SET,
    IN_MULTIPLE,
    IN_LEXICAL
} NumKind;

/* m * 10^place, m's last digit not 0, m = base^power * rest with base 2 or
 * 5 (power 0 where neither divides m), rest coprime to 10. */
typedef struct Divisor {
    uint64_t m, rest;
    int64_t place;
    uint32_t base, power;
} Divisor;

typedef struct Atom {
    NumKind kind;
    uint32_t n; /* decimals in d, ascending, distinct */
    const GrDecimal *d;
    Divisor by; /* IN_MULTIPLE */
} Atom;

/* Bit k of a mask is divisor k of the spec, or one of its lexical atoms. */
typedef struct Cube {
    uint32_t must, must_not;
} Cube;

/* What a finished number in a region has: known truths, and what its
 * divisibility must be for the goal. Class 0 is dead. */
typedef struct Class {
    const uint32_t *bits; /* truth vector without the cubes' part */
    const Cube *cube;
    uint32_t n_cubes;
} Class;

/* Digits of points, distinct, in order; those shorter continue with 0. */
typedef struct DigitString {
    const char *at;
    uint32_t n;
} DigitString;

typedef struct Point {
    int64_t exp;
    uint32_t rank; /* of its digits in `digits` */
    uint32_t class;
} Point;

typedef struct Line {
    Point *point; /* ascending by (exp, rank) */
    uint32_t n_points;
    uint32_t *gap; /* n_points + 1 classes */
    DigitString *digits;
    uint32_t n_digits;
} Line;

typedef struct Spec {
    const uint32_t *atom; /* ids */
    uint32_t n_atoms, words;
    Divisor *by;        /* n_bits of them */
    uint32_t *position; /* bit of a mask -> atom */
    uint32_t n_bits;    /* bits of a mask in use */
    uint32_t lexical;   /* those that are lexical atoms */
    uint64_t lcm;       /* of all m */
    uint32_t zero;      /* class of 0 */
    Line line[2];       /* above and below 0 */
    bool plain;         /* no points, no divisors, 0 like the rest */
    uint32_t start;     /* state + 1; 0 unknown; GR_NUM_NONE dead */
} Spec;

/* The significant digits read so far. */
typedef struct Lead {
    uint32_t lo, hi, len; /* digits[lo, hi) start with them; len digits;
                              lo == hi: between lo - 1 and lo, len is 0 */
    int64_t off;          /* decades: value in [1/10, 1) * 10^(off + s) */
    uint64_t rest;        /* digits up to the last nonzero one, mod lcm */
    uint32_t zeros;       /* zeros after it */
} Lead;

/* A family of completions (number.h, 2). */
typedef struct Shape {
    int64_t s_min, s_max;
    int64_t digits, lift; /* rho(s) = min(digits, s + lift) */
    bool lexical;         /* spelled as integers: else, or as one pleases */
} Shape;

typedef enum Phase {
    START,
    MINUS,
    ZERO,
    INT,
    DOT,
    FRAC,
    EXP,
    SIGN,
    DIGITS
} Phase;

/* A state; fields beyond what its phase uses, or no atom needs, are 0. */
typedef struct State {
    uint32_t spec;
    uint8_t phase, negative;
    uint8_t zero;         /* no nonzero digit yet */
    uint8_t e_negative;   /* SIGN, DIGITS */
    uint32_t count;       /* digits of this part */
    uint32_t lo, hi, len; /* as in Lead */
    uint32_t zeros;
    int32_t mag;      /* DOT, FRAC: value in [1/10, 1) * 10^(mag + e) */
    uint32_t profile; /* EXP and later */
    uint64_t rest;
    int64_t power;                /* DIGITS: the exponent's size so far */
    uint32_t vector;              /* id + 1 where the number may end */
    uint32_t cost;                /* bytes + 1; 0 unknown */
    uint32_t row[GR_NUM_COLUMNS]; /* 0 unknown, GR_NUM_NONE dead, id + 1 */
} State;

struct GrNum {
    GrEnv *env;
    GrNumPolicy policy;
    int64_t digits;   /* D */
    int64_t exponent; /* X' */
    GrArena arena;
    GrIntern atom_ids, spec_ids, state_ids, functions, class_ids, vectors,
        profiles;
    GrStore atoms, specs, states, classes;
    uint32_t builds;       /* specs tried: parts their classes' keys */
    GrVec(char) spare;     /* digits of a candidate */
    GrVec(uint32_t) words; /* a key being built */
    GrVec(uint32_t) parts; /* a profile being built */
    GrVec(int64_t) cuts;
};

static inline const Spec *spec_at(const GrNum *num, uint32_t spec)
{
    return gr_store_at(&num->specs, spec);
}
static inline const Class *class_at(const GrNum *num, uint32_t c)
{
    return gr_store_at(&num->classes, c);
}
static inline State *state_at(const GrNum *num, uint32_t state)
{
    return gr_store_at(&num->states, state);
}

/* number.c */
void gr_num_divisor(uint64_t m, int64_t place, Divisor *out);
/* What must divide w for w * 10^k (k >= 0) to be a multiple of d.m. */
uint64_t gr_num_reduced(const Divisor *d, int64_t k);
bool gr_num_lcm(uint64_t a, uint64_t b, uint64_t *out);
uint64_t gr_num_mul(uint64_t a, uint64_t b, uint64_t m);
uint64_t gr_num_ten(uint64_t k, uint64_t m); /* 10^k mod m */
/* Is w * 10^place a multiple of d?  For w whose last digit is not 0 a
 * remainder of w modulo a multiple of d.m will do; `word` has all of w. */
bool gr_num_rest_divides(const Divisor *d, uint64_t rest, int64_t place);
bool gr_num_word_divides(const Divisor *d, uint64_t word, int64_t place);

/* number_line.c: the first point at or after (exp, rank); n_points: none. */
uint32_t gr_num_find_point(const Line *line, int64_t exp, uint32_t rank);
/* The class of a finished number. */
void gr_num_region(const Line *line, int64_t exp, uint32_t lo, bool exact,
                   uint32_t *class);

/* number_reach.c */
/* How many values of `shape` after `lead` meet the goal, up to cap.  Where
 * `only` is not NULL: of that class, at points or in gaps, under that cube
 * instead of its own. */
typedef struct Only {
    uint32_t class;
    bool points;
    Cube cube;
} Only;
gram_status gr_num_reach(GrNum *num, const Spec *spec, const Line *line,
                         const Lead *lead, const Shape *shape, const Only *only,
                         uint64_t cap, uint64_t *n);
void gr_num_lead_digit(const Line *line, const Spec *spec, Lead *lead,
                       uint32_t digit);
/* The lead that is one nonzero digit. */
Lead gr_num_lead_first(const Line *line, const Spec *spec, uint32_t digit);
bool gr_num_accepts(const Class *c, uint32_t mask);
/* Can the value 0 be reached by spellings that are lexical, or not? */
bool gr_num_zero(const GrNum *num, const Spec *spec, bool lexical);

/* number_move.c */
Lead gr_num_lead(const State *s);
Shape gr_num_shape_int(const GrNum *num, int64_t i);
Shape gr_num_shape_lexical(const GrNum *num, int64_t i);
Shape gr_num_shape_frac(const GrNum *num, int64_t j);
Shape gr_num_shape_zeros(const GrNum *num, int64_t j);
Shape gr_num_shape_first(const GrNum *num); /* any number but 0, unread */
Shape gr_num_shape_first_lexical(const GrNum *num);
/* The id of a state, put into normal form, or NONE where it is dead. */
gram_status gr_num_intern_state(GrNum *num, State *s, uint32_t *id);
/* The state's own move, by column: digits 0-9, then these. */
enum { COLUMN_MINUS = 10, COLUMN_PLUS, COLUMN_POINT, COLUMN_E, N_COLUMNS };
gram_status gr_num_move_column(GrNum *num, uint32_t from, uint32_t column,
                               uint32_t *to); /* GR_NUM_NONE: dead */
/* The vector of a finished number, id + 1, or 0 where the goal refuses. */
gram_status gr_num_verdict(GrNum *num, const Spec *spec, uint32_t class,
                           uint32_t mask, uint32_t *vector);
/* Divisibility of a lead at a place of its last digit. */
uint32_t gr_num_mask(const Spec *spec, uint64_t rest, int64_t place);

/* number_power.c */
gram_status gr_num_profile(GrNum *num, const State *s, uint32_t *profile);
/* Put a state after `e` into normal form. */
void gr_num_power_reduce(const GrNum *num, State *s);
bool gr_num_power_digit(const GrNum *num, State *s, uint32_t digit);
bool gr_num_power_live(const GrNum *num, const State *s);
/* id + 1, or 0 */
uint32_t gr_num_power_vector(const GrNum *num, const State *s);
uint32_t gr_num_power_cost(const GrNum *num, const State *s);

#endif
