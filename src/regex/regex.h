/* regex: languages of strings, exactly, under every Boolean operator.
 *
 * It refuses to know JSON Schema, tokens and the pushdown automaton.
 *
 *     text --parse--> expression --derive--> expression ... (lazy DFA)
 *                          |                      |
 *                     hash-consed            per-state classes
 *                          |                      |
 *                     formats.def            byte states (UTF-8 last,
 *                                            JSON escapes in front)
 *
 * An expression is an interned term over Unicode scalar values
 *
 *     none  eps  set  words  leap  cat  star/repeat  or  and  not
 *
 * kept in a normal form (flattened, sorted, deduplicated, identities
 * applied), so that the set of derivatives of every expression is finite and
 * small, and equal states have equal ids.  (Brzozowski 1964; Owens, Reppy,
 * Turon 2009, "Regular-expression derivatives re-examined".)
 *
 * Why derivatives: schemas ask for intersections (a pattern, a length and a
 * format at once), for complements (a key that no pattern takes, `not`) and
 * whether anything is left.  d(x & y) = d(x) & d(y) and d(~x) = ~d(x), so that
 * all operators cost alike, and only what is walked through is ever built.
 *
 *     pattern    re_parse*.c, re_ast.c    text to a flat tree; assertions and
 *                                         references to groups are equations,
 *                                         solved exactly
 *     term       re_expr.c, re_bool.c,    constructors that keep the normal
 *                re_words.c, re_leap.c    form; a list of words is one node,
 *                                         and so are leap seconds
 *     step       re_part.c, re_atoms.c,   a derivative is constant on classes
 *                re_derive.c              of code points: one for each class
 *     bytes      re_lex.c, re_lex_cut.c,  states inside of a character, escapes
 *                re_lex_map.c,            of JSON strings; classes of bytes
 *                re_ahead.c
 *     question   re_query.c, re_way.c,    empty?  how many words, how long, and
 *                re_count.c, re_walk.c,   which is the shortest, the longest?
 *                re_lengths.c,            of which characters?  what can be
 *                re_least.c, re_span.c,   left out?
 *                re_gaps.c,
 *                re_shortest.c,
 *                re_letters.c, re_ends.c,
 *                re_trim.c,
 *                re_widen.c, re_order.c,
 *                re_endures.c,
 *                re_reach.c
 *
 * Rejected: automata made ahead (intersections and complements multiply states
 * that nobody visits); bytes as the alphabet from the start (lengths count
 * characters, and the same term is read as UTF-8 and inside of JSON strings);
 * backtracking (decides about texts, not about languages).
 *
 * Invariants
 *   - equal terms have equal ids, and an operand a smaller id than its term.
 *   - a term is never changed; what is found out about it is added to its node.
 *   - sets and words hold scalar values: no surrogates, and valid UTF-8.
 *   - all lives as long as the pool.
 *
 * Cost: a derivative that is known is a look-up; a new one is O(n log n) in
 * the operands whose first character it looks at.  Questions search, and count
 * their steps.  Threads: one at a time, since scratch lies in the pool.
 */
#ifndef GR_REGEX_H
#define GR_REGEX_H

#include "base/base.h"

typedef struct ReId {
    uint32_t v;
} ReId; /* an expression */
typedef struct SetId {
    uint32_t v;
} SetId; /* a set of code points: sorted disjoint ranges */
typedef struct LexId {
    uint32_t v;
} LexId; /* a byte-level state */

typedef struct GrRange {
    uint32_t lo, hi; /* inclusive code points */
} GrRange;

/* The pool of one grammar: sets, expressions, derivatives, byte states. */
typedef struct GrRe GrRe;

gram_status gr_re_new(GrEnv *env, GrRe **out);
void gr_re_free(GrRe *re);

/* --- sets of code points (re_set.c) --------------------------------------- */

/* Intern ranges in any order, overlaps allowed; surrogates are dropped. */
gram_status gr_set_make(GrRe *re, const GrRange *ranges, uint32_t n,
                        SetId *out);
const GrRange *gr_set_get(const GrRe *re, SetId s, uint32_t *n);
gram_status gr_set_or(GrRe *re, SetId a, SetId b, SetId *out);
gram_status gr_set_and(GrRe *re, SetId a, SetId b, SetId *out);
gram_status gr_set_not(GrRe *re, SetId a, SetId *out);
gram_status gr_set_or_all(GrRe *re, const SetId *sets, uint32_t n, SetId *out);
bool gr_set_has(const GrRe *re, SetId s, uint32_t c);
bool gr_set_meets(const GrRe *re, SetId a, SetId b);  /* share they any? */
bool gr_set_within(const GrRe *re, SetId a, SetId b); /* is a part of b? */

/* --- expressions (re_expr.c) ---------------------------------------------- */

#define GR_RE_INF UINT32_MAX /* no upper bound of a repeat */

ReId gr_re_none(const GrRe *re); /* the empty language */
ReId gr_re_eps(const GrRe *re);  /* the empty string only */
ReId gr_re_all(const GrRe *re);  /* every string */
gram_status gr_re_set(GrRe *re, SetId s, ReId *out);
gram_status gr_re_cat(GrRe *re, ReId a, ReId b, ReId *out);
gram_status gr_re_or(GrRe *re, const ReId *a, uint32_t n, ReId *out);
gram_status gr_re_and(GrRe *re, const ReId *a, uint32_t n, ReId *out);
gram_status gr_re_not(GrRe *re, ReId a, ReId *out);
gram_status gr_re_repeat(GrRe *re, ReId a, uint32_t lo, uint32_t hi, ReId *out);
/* a[0] a[1] ... a[n-1], built from the right: linear, where a loop over
 * gr_re_cat from the left is quadratic. */
gram_status gr_re_seq(GrRe *re, const ReId *a, uint32_t n, ReId *out);
/* A literal: valid UTF-8. */
gram_status gr_re_text(GrRe *re, const char *text, size_t len, ReId *out);

/* A finite set of words (valid UTF-8, any order, duplicates allowed), one
 * node however many: a residual is a range of the sorted list, so that a
 * derivative costs a binary search and 100,000 words nothing more. */
typedef struct GrWord {
    const char *text;
    uint32_t len;
    uint32_t index; /* the caller's number; of equal words the least */
} GrWord;

/* The index of words that need no number.  A list of such words alone makes
 * smaller automata: its ends are one state. */
#define GR_RE_UNNUMBERED 0xFFFFFFFFu
gram_status gr_re_words(GrRe *re, const GrWord *words, uint32_t n, ReId *out);

/* The words of `a` where it is a list of them; 0 where it is something else.
 * The i-th, valid as long as the pool. */
uint32_t gr_re_n_words(const GrRe *re, ReId a);
const char *gr_re_word_text(const GrRe *re, ReId a, uint32_t i, uint32_t *len);

/* The caller's number of the word that has just been completed in `a`, which
 * is a words node or a residual of one; UINT32_MAX if none has. */
uint32_t gr_re_word(const GrRe *re, ReId a);

/* --- questions (re_query.c and others) ------------------------------------ */

bool gr_re_nullable(const GrRe *re, ReId a); /* does it hold ""? O(1) */

/* The derivative: { w : c w in a }.  Memoized per class of a. */
gram_status gr_re_derive(GrRe *re, ReId a, uint32_t c, ReId *out);

/* Is the language empty?  Decided by exploring derivatives, memoized for all
 * of them; GRAM_E_LIMIT over the step budget. */
gram_status gr_re_is_none(GrRe *re, ReId a, bool *out);

/* Is it seen by their letters that no word of a is one of b?  A false answer
 * says nothing. */
gram_status gr_re_apart(GrRe *re, ReId a, ReId b, bool *yes);

/* Is this text, n bytes of UTF-8, a word of a?  (re_holds.c)  Cheap for an
 * intersection of many parts, of which no product is made; gr_re_is_none of
 * what holds one needs no search. */
gram_status gr_re_holds(GrRe *re, ReId a, const char *text, uint32_t n,
                        bool *yes);

/* Can every beginning of a word go on for ever, each with a choice of words
 * without end?  *out is false, too, where the automaton has more than a few
 * hundred states. */
gram_status gr_re_endless(GrRe *re, ReId a, bool *out);

/* Is a word left whatever is read?  (re_endures.c)  Then `more` characters
 * behind it are enough, and any number beyond.  Told by the look of the term:
 * where it says no, it may be so all the same. */
typedef struct GrEndures {
    bool yes;
    uint32_t more;
} GrEndures;
gram_status gr_re_endures(GrRe *re, ReId a, GrEndures *out);

/* a with its counts of characters from `large` on endless, but for those under
 * a complement: *out holds all words of a, and those that are short enough no
 * others.  (re_widen.c) */
gram_status gr_re_widen(GrRe *re, ReId a, uint32_t large, ReId *out);
/* May it make members of some union one?  Asked of the whole pool. */
bool gr_re_may_widen(GrRe *re);
/* How short?  Words of these letters, and of ASCII, of at most so many
 * characters; the first set has all letters, the second none (ASCII alone).  At
 * most GR_SURES; most GR_RE_INF: there was no count.
 * Only of a that was widened. */
typedef struct GrSure {
    SetId set;
    uint32_t most;
} GrSure;
enum { GR_SURES = 9 };
gram_status gr_re_widen_sure(GrRe *re, ReId a, uint32_t large, GrSure *out,
                             uint32_t *n);
/* The letters of the last union of which runs, that only counts told apart,
 * became one; false: there was none. */
bool gr_re_widen_run(const GrRe *re, SetId *out);

/* No word of a begins with more characters of this set; read off the term, so
 * not the closest bound.  GR_RE_INF: none is known. */
gram_status gr_re_reach(GrRe *re, ReId a, SetId set, uint32_t *most);
/* Have all words of a letters of this set alone, as the term says? */
gram_status gr_re_inside(GrRe *re, ReId a, SetId set, bool *yes);

/* Number of words, at most `cap`; *out == cap also stands for "cap or more"
 * (infinite languages included). */
gram_status gr_re_count(GrRe *re, ReId a, uint32_t cap, uint32_t *out);

/* The lengths (in code points) of the words of a: an ultimately periodic set.
 *
 *   none        there are no words; all else is then 0
 *   least/most  the least and greatest length; most UINT32_MAX: unbounded
 *   contiguous  every length from least to most is present; `bits` is then
 *               NULL and size and period are 0, however large the interval
 *   bits        else: length n is present iff bit n is set, for n < size; for
 *               n >= size iff bit (size - period + (n - size) % period) is
 *               set; period 0: none are.  Lives as long as re.
 *
 * Memoized. */
typedef struct GrLengths {
    const uint32_t *bits;
    uint32_t size, period;
    uint32_t least, most;
    bool contiguous, none;
} GrLengths;
bool gr_lengths_has(const GrLengths *l, uint64_t n);
/* Is there a length from lo to hi (GR_RE_INF: unbounded)? */
bool gr_lengths_meet(const GrLengths *l, uint32_t lo, uint32_t hi);
gram_status gr_re_lengths(GrRe *re, ReId a, GrLengths *out);
/* The same for somebody who asks of `width` lengths in a row at least whether
 * one of them is there (GR_RE_INF: of all from one on): gaps that are no wider
 * may count as lengths.  Of a term with intersections that takes a fraction of
 * the work.  Not memoized, but what it is made of is. */
gram_status gr_re_lengths_within(GrRe *re, ReId a, uint32_t width,
                                 GrLengths *out);

/* The length of some word of lo to hi characters, mostly of a shortest one;
 * GR_RE_INF: there is none.  Where it is n + 1, it is at most n for some
 * derivative and lo - 1, hi - 1. */
gram_status gr_re_some_length(GrRe *re, ReId a, uint32_t lo, uint32_t hi,
                              uint32_t *out);

/* The length (code points) of some word: a shortest one where the term has
 * neither `and` nor `not`, else an upper bound of that, mostly equal.
 * GRAM_E_EMPTY where there is no word; UINT32_MAX - 1 where words are longer.
 * Linear in the term but where all of it is an `and` or `not`. */
gram_status gr_re_least(GrRe *re, ReId a, uint32_t *out);
/* The length of a shortest word, exactly: read off the term where that is
 * possible, else searched. */
gram_status gr_re_least_exact(GrRe *re, ReId a, uint32_t *out);
/* All words have low..most characters (most GR_RE_INF: no bound is known).
 * Read off the term, so not the closest bounds. */
gram_status gr_re_bounds(GrRe *re, ReId a, uint32_t *low, uint32_t *most);
/* a is *out, but for words of more than *most characters: what a set repeats at
 * the end, and no other part, says how long they are.  *out is a where it is
 * not so, or where the lengths are few. */
gram_status gr_re_unbound(GrRe *re, ReId a, ReId *out, uint32_t *most);
/* Must gr_re_lengths search, for an intersection or a complement? */
gram_status gr_re_walks(GrRe *re, ReId a, bool *walks);

/* Append one shortest word of a (least code points, then least spelling) as
 * UTF-8.  GRAM_E_EMPTY where there is none. */
gram_status gr_re_shortest(GrRe *re, ReId a, GrText *out);

/* Append a readable spelling (for dumps and errors). */
gram_status gr_re_print(GrRe *re, ReId a, GrText *out);
/* Append the first `most` states of its automaton (re_dump.c). */
gram_status gr_re_print_states(GrRe *re, ReId a, uint32_t most, GrText *out);

/* --- byte states (re_lex.c) ----------------------------------------------- */

/* A byte state runs a tuple of expressions side by side over bytes.
 *
 * GR_LEX_UTF8      the bytes are the UTF-8 of the string
 * GR_LEX_JSON      the bytes are the inside of a JSON string literal: every
 *                  valid spelling of the decoded string (RFC 8259 section 7);
 *                  lone surrogate escapes are dead; the quote and the control
 *                  bytes are dead
 * GR_LEX_CANON     as JSON, only the shortest spelling: \" \\ \b \f \n \r \t,
 *                  \u00xx (lower case) for other controls, all else raw
 *
 * Between characters a state is a *boundary*: expr[i] is then what remains of
 * the i-th expression.  Inside a character (UTF-8 continuation, escape) it is
 * a canonical map from the bytes still possible to boundaries: two prefixes
 * with the same future are one state.
 *
 * Whether a state is worth visiting is the owner's question, who asks about the
 * boundaries (see gr_lex_targets).  What is seen without a search is told by
 * the state itself: a byte is of class 0, dead, where each character of it
 * leaves `none` of what the owner needs.
 *
 * GR_NEED_FIRST    the first expression
 * GR_NEED_ANY      some expression
 * GR_NEED_NOTHING  a tuple of `none` alone is an ordinary state */
typedef enum GrLexMode { GR_LEX_UTF8, GR_LEX_JSON, GR_LEX_CANON } GrLexMode;
typedef enum GrLexNeed {
    GR_NEED_NOTHING,
    GR_NEED_FIRST,
    GR_NEED_ANY
} GrLexNeed;

typedef struct GrLexInfo {
    bool boundary;
    uint32_t n;             /* expressions of the tuple */
    const ReId *expr;       /* at a boundary; NULL inside a character */
    const uint8_t *classes; /* [256]: byte -> class; interned maps, so equal
                                maps have equal addresses */
    uint32_t map;           /* dense number of that map */
    uint32_t n_classes;     /* class 0 is dead: no character goes on so */
} GrLexInfo;

gram_status gr_lex_start(GrRe *re, GrLexMode mode, GrLexNeed need,
                         const ReId *expr, uint32_t n, LexId *out);
/* Cheap; memoized.  May build the class map of a state on first use. */
gram_status gr_lex_info(GrRe *re, LexId s, GrLexInfo *out);
/* Is it a boundary?  Then its expressions, as in GrLexInfo; builds nothing. */
bool gr_lex_exprs(const GrRe *re, LexId s, const ReId **expr, uint32_t *n);
/* The state after a byte of class cls >= 1; *whole tells whether the byte
 * completed a character (the target is then a boundary). */
gram_status gr_lex_move(GrRe *re, LexId s, uint32_t cls, LexId *to,
                        bool *whole);
/* The boundaries to which a byte of class cls can lead with its character, one
 * by one; some may come twice.  Unlike gr_lex_move it makes no state inside of
 * the character.  *more: false where there is none left, *to is then as it
 * was.  (re_ahead.c) */
typedef struct GrLexAhead {
    LexId from;       /* whose code points, or segments, at..end are ahead */
    uint32_t at, end; /* (made: its targets from `at` on) */
    uint32_t last[2]; /* classes that came last */
    bool slice, made;
} GrLexAhead;
gram_status gr_lex_ahead(GrRe *re, LexId s, uint32_t cls, GrLexAhead *out);
gram_status gr_lex_ahead_next(GrRe *re, GrLexAhead *a, LexId *to, bool *more);
/* The boundaries that a state inside a character can still reach with its
 * current character (each once, ascending); stable array. */
gram_status gr_lex_targets(GrRe *re, LexId s, const LexId **to, uint32_t *n);
/* Words of expression `by` of the tuple that can follow, each once however it
 * may be spelled; inside a character as many as its end leaves.  *n == cap as
 * for gr_re_count. */
gram_status gr_lex_count(GrRe *re, LexId s, uint32_t by, uint32_t cap,
                         uint32_t *n);
/* The code points on which a boundary goes to itself. */
gram_status gr_lex_loop(GrRe *re, LexId s, SetId *out);
/* Behind that: are all other characters beyond ASCII dead?  A false answer says
 * nothing. */
bool gr_lex_loop_is_all(const GrRe *re, LexId s);
/* Those from `first` on, on which it goes to another one. */
gram_status gr_lex_span(GrRe *re, LexId from, LexId to, uint32_t first,
                        SetId *out);
/* A character of ASCII that takes a boundary where all beyond ASCII do; 0: none
 * is known, as long as no byte has been asked for. */
uint8_t gr_lex_beyond(const GrRe *re, LexId s);

/* --- patterns (re_parse.c) and formats (re_format.c) ---------------------- */

enum {
    GR_RE_IGNORE_CASE = 1, /* i */
    GR_RE_DOT_ALL = 2,     /* s */
    GR_RE_MULTILINE = 4,   /* m */
    GR_RE_SETS = 8,        /* v */
    GR_RE_WHOLE = 16,      /* the whole string must match (default: search) */
    GR_RE_STRICT = 32      /* no Annex B fallback */
};

/* ECMA-262 pattern text -> expression.  Errors carry the byte offset into
 * `text`.  *annex_b (may be NULL) tells whether the pattern is not valid
 * under `u` and was read by Annex B. */
gram_status gr_re_parse(GrRe *re, const char *text, size_t len, uint32_t flags,
                        ReId *out, bool *annex_b);

typedef enum GrFormatKind {
    GR_FORMAT_UNKNOWN,
    GR_FORMAT_JSON_SCHEMA, /* in the list of some draft: asserted */
    GR_FORMAT_OPENAPI,     /* an annotation unless asked for */
    GR_FORMAT_NUMBER       /* OpenAPI formats of numbers: int32, ... */
} GrFormatKind;

GrFormatKind gr_format_kind(const char *name, size_t len);
/* The expression of a string format; GRAM_E_UNSUPPORTED for other names. */
gram_status gr_re_format(GrRe *re, const char *name, size_t len, ReId *out);
/* The i-th known format's name, or NULL past the end. */
const char *gr_format_name(uint32_t i, GrFormatKind *kind);

#endif
