/* cells.h - private to src/schema: the machine while a text goes on.
 *
 * machine.h is what a value must be; this is what stands on the stack, and what
 * a byte does to it:
 *
 *     universe   the keys that a residual tells apart
 *     Regs       what the registers of an open container say
 *     live       can it be completed?               (live.c, search.c, ways.c)
 *     child      the value at a key or an item, its goal, its frame
 *     cells      objects, arrays, items that must differ, values, white space
 *     states     interned words, numbered by the waist
 *     costs      how far is the end?
 *
 * Who only makes functions out of schemas needs none of it. */
#ifndef GR_SCHEMA_CELLS_H
#define GR_SCHEMA_CELLS_H

#include "schema/machine.h"

/* --- keys: universe.c, key_classes.c -------------------------------------- */

/* All keys an object may have, as its residual can tell them apart: the
 * named ones, and classes of others by the set of patterns they match. */
typedef struct KeyClass {
    ReId re;              /* the keys of the class */
    const uint32_t *bits; /* patterns matched */
    uint32_t count;       /* of them; UINT32_MAX: (nearly) endless */
} KeyClass;

/* A key, or what all keys of a pattern begin with, maybe nothing (a lead).
 * NULL: not known. */
typedef struct KeyText {
    const char *at;
    uint32_t n;
} KeyText;

struct Universe {
    uint32_t n_names, n_patterns, n_classes, n_specs;
    const uint32_t *names;    /* key ids, ascending */
    const uint32_t *patterns; /* ReIds, ascending */
    const uint32_t *specs;    /* of the UNIV atoms */
    const uint32_t *vars;     /* their variables */
    const KeyText *leads;     /* by pattern */
    KeyClass *classes;
    ReId words; /* of the names, numbered by key id */
    /* indexes of specs, ascending: those that say something about keys that
     * they do not name; and by name, `mention` from mention_at[i], the others
     * that name it */
    const uint32_t *far, *mention, *mention_at;
    uint32_t n_far;
};

/* The specs that say something about a key, as for sm_key_conj, in order. */
typedef struct SpecWalk {
    const uint32_t *far, *near;
    uint32_t n_far, n_near;
} SpecWalk;
SpecWalk sm_specs_of_key(const Universe *u, uint32_t key);
/* Its index among the universe's. */
bool sm_next_spec(SpecWalk *w, uint32_t *i);

/* Does a spec say something about keys that it does not name? */
bool sm_speaks_of_all(const Sm *sm, const ObjectSpec *s);

/* Where a key id is among the names, or UINT32_MAX. */
uint32_t sm_name_index(const Universe *u, uint32_t key);

/* The universe of the UNIV and REQ atoms in the support of an object's
 * roots; memoized in the typed value. */
gram_status sm_universe(Sm *sm, TypedId t, const Universe **out);

/* A key for the purposes of a universe: 2 * key id, or 2 * class + 1.  What
 * one spec says about it: */
gram_status sm_key_conj(Sm *sm, const Universe *u, uint32_t spec, uint32_t key,
                        ConjId *out);
/* Does it match an expression of the universe's patterns? */
gram_status sm_key_matches(Sm *sm, const Universe *u, uint32_t re, uint32_t key,
                           bool *yes);
/* Part all keys: `words` and `classes` of a universe whose names and patterns
 * are given, ascending. */
gram_status sm_part_keys(Sm *sm, Universe *u);
/* Is the key text in the language? */
gram_status sm_key_in(Sm *sm, ReId re, uint32_t key, bool *in);

/* order.c: ranks of keys where the policy orders them. */
#define RANK_OTHER UINT32_MAX
gram_status sm_order_of(Sm *sm, const GrSchema *s, uint32_t *order);
/* The order of a new object with these functions. */
gram_status sm_order_of_roots(Sm *sm, const Bdd *root, uint32_t n,
                              uint32_t *order);
/* From 1; RANK_OTHER: may always come, but only others after it. */
uint32_t sm_rank(const Sm *sm, TypedId t, uint32_t key);

/* Does only a part of what is alive count as alive now? */
static inline bool sm_is_limited(const Sm *sm)
{
    return sm->live_limit > 0 || sm->costing;
}

/* --- live.c --------------------------------------------------------------- */

/* What is known of an open container when a question is asked. */
typedef struct Regs {
    uint32_t count; /* keys or items so far */
    uint32_t n_seen;
    const uint32_t *seen; /* named keys seen, ascending */
    uint32_t last;        /* highest rank of a key seen; see order.c */
    /* arrays with a UNIQUE atom: the elements of the items seen; `current`:
     * the last one counted is not among them, as it has yet to be written;
     * `same`: it is known to be this (id + 1 of sm->sames: what it is, and
     * what it is not); `guess`: let it be what is best */
    const uint32_t *items;
    uint32_t n_items;
    ConjId unseen; /* none of them */
    bool current, guess;
    bool begun; /* arrays: an item is there (for what a layout costs) */
    uint32_t same;
    uint32_t other; /* the item need differ from them only as this ELEM_OTHER
                       says; 0: there is none */
    uint32_t blind; /* which items were seen is not known, but that they are
                       fewer; 0: it is.  So it is where they are not given,
                       but their number */
} Regs;

/* Nothing was seen. */
extern const Regs sm_no_regs;
/* matter.c: of the registers of an object that is not plain, what can matter to
 * its liveness and to that of all residuals of it, and whether `key` was seen,
 * as for sm_key_conj, or SM_NO_KEY; out->seen is valid until the next call. */
gram_status sm_what_matters(Sm *sm, TypedId t, uint32_t key, const Regs *regs,
                            Regs *out);
/* Where nothing of it was seen: sm_no_regs itself, for which much is known. */
const Regs *sm_or_no_regs(const Regs *regs);

#define SM_NO_KEY UINT32_MAX

uint64_t sm_add_cost(uint64_t a, uint64_t b);

/* search.c: is there a way for the container to hold, as far as is known?
 * Children that have to be decided first are left in sm->live_needs. */
gram_status sm_search(Sm *sm, TypedId t, const Regs *regs, bool *alive,
                      bool *blocked, uint64_t *cost);
/* The keys that can come next in an open object, bits over the names and then
 * the classes of its universe.  regs NULL: nothing was seen. */
gram_status sm_living_keys(Sm *sm, TypedId t, const Regs *regs, uint32_t *bits);
/* Decide the children noted by a blocked search (live.c). */
gram_status sm_decide_needs(Sm *sm);

/* Does some instance meet the value's goal? */
gram_status sm_value_live(Sm *sm, ValueId v, bool *alive);
/* ... some instance of this type, nothing of it being written yet? */
gram_status sm_typed_live(Sm *sm, TypedId t, bool *alive);
/* Can the open container be completed?  *cost: bytes of a completion. */
gram_status sm_open_live(Sm *sm, TypedId t, const Regs *regs, bool *alive,
                         uint64_t *cost);
/* The goal of a child, as the union of the ways in which its parent can
 * hold: each asks for some bits.  No way may want one to fail.  regs NULL:
 * where plain.  bit_of: the bit that the atom of a variable hangs on, or
 * UINT32_MAX.  *done is false where there are too many ways. */
typedef uint32_t SmBit(void *ctx, uint32_t var);
gram_status sm_ways_goal(Sm *sm, TypedId t, const Regs *regs, SmBit *bit_of,
                         void *ctx, Bdd *goal, bool *done);
/* direct.c: the same, whatever the ways want, told from the function once the
 * present member is done; *done is false where that does not tell.  cases: by
 * those of a key to come that tells branches apart, or not at all. */
gram_status sm_direct_goal(Sm *sm, TypedId t, const Regs *regs, SmBit *bit_of,
                           void *ctx, bool cases, Bdd *goal, bool *done);
/* Can liveness be told without registers?  (Functions that are monotone in
 * all atoms, and no counts.) */
gram_status sm_is_plain(Sm *sm, TypedId t, bool *plain);

/* evident.c: is there a value, as is seen without a search?  With so many
 * containers inside one another.  Not *yes says nothing. */
gram_status sm_is_evident(Sm *sm, ValueId v, uint32_t *height, bool *yes);
/* Append an empty container that is one, if that is seen. */
gram_status sm_empty_text(Sm *sm, ValueId v, GrText *out);

/* --- vectors.c ------------------------------------------------------------ */

/* All verdict vectors that a value can have for these conjs, gr_bit_words(n)
 * words each, appended to *out; some of them may have no value.  *done is
 * false where they are too many to be read off. */
gram_status sm_vectors(Sm *sm, const ConjId *root, uint32_t n, SmWords *out,
                       bool *done);

/* --- child.c (child.h): the value below a key or an item ------------------ */

/* The value that may stand here and the frame to resume in. */
typedef struct Outcome {
    bool alive;
    ValueId value;
    FrameId frame;
} Outcome;

/* key: as for sm_key_conj.  regs: after the key; NULL where plain. */
gram_status sm_object_child(Sm *sm, TypedId t, uint32_t key, const Regs *regs,
                            Outcome *out);
/* regs: before the item; pos: its index, cut at the longest prefix. */
gram_status sm_array_child(Sm *sm, TypedId t, uint32_t pos, const Regs *regs,
                           Outcome *out);
typedef enum FrameKind {
    F_DONE = 1, /* the text is complete */
    F_KEY,      /* typed: a key was read */
    F_CONST,    /* typed, position: go on there, whatever comes */
    F_VECTOR    /* typed, position, k, k * (n, variables): those
                            variables fall where the verdict's bit is 0 */
} FrameKind;

/* settle.c: groups of variables are laid out as n, variables, and one behind
 * the other. */
static inline bool sm_is_contains(const Sm *sm, uint32_t var)
{
    return sm_atom_of(sm, var).kind == ATOM_CONTAINS;
}
/* Does a root that holds count anything? */
bool sm_counts(const Sm *sm, const uint32_t *group);
/* The typed value behind the verdict of the root that a group hangs on. */
gram_status sm_settle(Sm *sm, TypedId id, const uint32_t *group, bool bit,
                      TypedId *out);
/* Behind those of k roots; `bit`: the verdict of root i. */
typedef bool SmBitOf(const void *ctx, uint32_t i);
gram_status sm_settle_all(Sm *sm, TypedId id, const uint32_t *group, uint32_t k,
                          SmBitOf *bit, const void *ctx, TypedId *out);

gram_status sm_frame(Sm *sm, const uint32_t *words, uint32_t n, FrameId *out);
const uint32_t *sm_frame_key(const Sm *sm, FrameId f, uint32_t *n);
/* The residual after an inner verdict, and the position of the next item. */
gram_status sm_frame_after(Sm *sm, FrameId f, Verdict v, TypedId *t,
                           uint32_t *pos);
/* Do the roots have a count? */
gram_status sm_is_counted(Sm *sm, TypedId t, bool *counted);

/* --- object.c, array.c: cells of containers ------------------------------- */

/* May the container close now? */
gram_status sm_may_close(Sm *sm, TypedId t, const Regs *regs, bool *may);
/* ... and with which verdict? */
gram_status sm_close_verdict(Sm *sm, TypedId t, const Regs *regs, Verdict *v,
                             bool *may);
/* What the level of an object says; `seen` goes into the arena's scratch
 * vector of the machine, valid until the next call. */
gram_status sm_read_regs(Sm *sm, TypedId t, const GrLevel *level, Regs *out);
/* The key that was read, as for sm_key_conj, or SM_NO_KEY.  Byte states of
 * keys are shared by all objects: their verdicts are names, 2 * key id, or
 * what the key matches, 2 * set of the universe's patterns + 1. */
gram_status sm_key_read(Sm *sm, TypedId t, Verdict v, uint32_t *key);
/* The state behind a key. */
gram_status sm_colon_state(Sm *sm, TypedId t, uint32_t key, StateId *out);
gram_status sm_object_fill(Sm *sm, uint32_t kind, uint32_t a, uint32_t b,
                           uint8_t byte, Cell *out);
/* The byte state before the first byte of the keys that may come now. */
gram_status sm_find_language(Sm *sm, TypedId t, const Regs *regs, LexId *start);
gram_status sm_object_ask(Sm *sm, uint32_t question, const GrLevel *level,
                          uint32_t *answer);
gram_status sm_object_answer(Sm *sm, uint32_t question, uint32_t answer,
                             Cell *out);
gram_status sm_array_fill(Sm *sm, bool first, TypedId t, uint32_t pos,
                          uint8_t byte, Cell *out);
/* How many items there are, as far as it matters. */
gram_status sm_item_index(Sm *sm, TypedId t, uint32_t pos, uint32_t count,
                          uint32_t *index);
/* Behind [: an item may begin at once. */
gram_status sm_first_item(Sm *sm, TypedId t, Outcome *out);

/* --- language.c: the keys that may come, and the states inside them ------- */

typedef struct Language {
    TypedId typed;
    ReId re;
    LexId start;
    bool some;             /* not empty */
    bool endless;          /* some class of it is endless */
    const uint32_t *alive; /* bits: names, then classes */
} Language;

void sm_init_languages(Sm *sm);
/* The keys that may come; regs NULL where the residual is plain. */
gram_status sm_language_of(Sm *sm, TypedId t, const Regs *regs, uint32_t *id);
const Language *sm_language_at(const Sm *sm, uint32_t id);
/* The cell of the quote in front of such a key: the object waits on the
 * stack. */
gram_status sm_language_cell(Sm *sm, uint32_t language, Cell *out);
gram_status sm_key_fill(Sm *sm, LexId lex, uint32_t cls, Cell *out);
gram_status sm_key_words(Sm *sm, LexId lex, uint32_t *n);
gram_status sm_key_named(Sm *sm, LexId lex, bool *named);
gram_status sm_key_loop(Sm *sm, LexId lex, GrLoop *out);

/* unique.c */
enum {
    Q_ITEM = 16, /* questions (see object.c): typed, position */
    Q_TWICE,     /* typed, state */
    Q_REST,      /* typed, state: see other.c */
    Q_INTO,      /* typed, state, key, types */
    Q_DIGITS,    /* typed, state, state, values: see other_number.c */
    Q_FIRST      /* typed, byte, frame, values */
};
enum { REG_ITEM = 2 }; /* of arrays: where the present item began */
gram_status sm_is_unique(Sm *sm, TypedId t, bool *unique);
/* The cell behind an item that may have been there before. */
gram_status sm_twice_cell(Sm *sm, TypedId t, StateId next, Cell *out);
/* What of the items seen the next one must be told apart from while it is
 * written: see late.c. */
gram_status sm_unseen_items(Sm *sm, TypedId t, uint32_t pos, uint32_t count,
                            const SmWords *items, ConjId *out);

/* Is that nothing, whatever was seen? */
gram_status sm_all_late(Sm *sm, TypedId t, uint32_t pos, uint32_t count,
                        uint32_t n_items, bool *all);

/* late.c: types, as bits, of which an item that was there before may be
 * refused when it is complete, where fewer than `blind` were seen; *next: the
 * item if it is of them, or has to differ from none. */
enum { LATE_ALL = (1 << N_TYPES) - 1 };
/* Of these, behind the others: types that have ATOM_OTHER for it. */
static inline uint32_t sm_late_other(uint32_t types)
{
    return types >> N_TYPES & LATE_ALL;
}
/* And of strings that have a greatest length, whether one of so many bytes is
 * short of it. */
enum { LATE_LENGTH = 2 * N_TYPES };
static inline bool sm_late_string(uint32_t types, uint64_t n)
{
    return n + 2 <= types >> LATE_LENGTH;
}
gram_status sm_late_types(Sm *sm, TypedId t, uint32_t pos, uint32_t index,
                          uint32_t blind, uint32_t *types, Outcome *next);
/* Must no two items be equal? */
gram_status sm_must_differ(Sm *sm, TypedId t, bool *must);
gram_status sm_type_is_late(Sm *sm, ValueId v, uint32_t type, bool *late);
/* The elements of the items up to the newest one given, the oldest first. */
gram_status sm_read_items(Sm *sm, const GrSeen *newest, SmWords *w);
gram_status sm_item_cell(Sm *sm, TypedId t, uint32_t pos, Cell *out);
/* object.c: keep the answer to these words. */
gram_status sm_remember(Sm *sm, const uint32_t *key, uint32_t n,
                        uint32_t answer);
gram_status sm_item_ask(Sm *sm, uint32_t question, const GrLevel *level,
                        uint32_t *answer);

/* other.c: the types of a value with ATOM_OTHER that have enough others to be
 * told apart from the items seen later than at their first byte. */
uint32_t sm_other_element(uint32_t types, uint32_t bound);
gram_status sm_may_wait(Sm *sm, ValueId v, uint32_t *types);
gram_status sm_is_other(Sm *sm, TypedId t, bool *other);
/* Its variable, or UINT32_MAX. */
gram_status sm_other_var(Sm *sm, TypedId t, uint32_t *var);
/* A function, or "none of these" alone, or beside it, in its place. */
gram_status sm_put_other(Sm *sm, TypedId t, Bdd f, TypedId *out);
gram_status sm_put_rivals(Sm *sm, TypedId t, const SmWords *rivals, bool beside,
                          TypedId *out);
/* The cell that asks about the item as it is written. */
gram_status sm_part_cell(Sm *sm, const uint32_t *question, uint32_t n,
                         Cell *out);
/* Of such an object: what follows behind a member, and at the colon of one,
 * by the keys; and by the text. */
gram_status sm_ask_spare(Sm *sm, TypedId t, const Regs *regs, uint32_t *answer);
gram_status sm_spare_cell(Sm *sm, TypedId t, uint32_t answer, Cell *out);
gram_status sm_ask_member(Sm *sm, TypedId t, uint32_t key, const Regs *regs,
                          uint32_t *answer);
gram_status sm_member_cell(Sm *sm, uint32_t answer, Cell *out);
gram_status sm_part_ask(Sm *sm, const uint32_t *q, const GrLevel *level,
                        uint32_t *answer);
/* The cell behind a member: it asks. */
gram_status sm_after_member(Sm *sm, TypedId t, Cell *out);

/* other_number.c: has a number so many values, or a thousand? */
gram_status sm_number_waits(Sm *sm, TypedId t, uint32_t need, bool *waits);
/* Where the first byte of an item that is a number has to be
 * asked about: *asks, and its cell. */
gram_status sm_first_cell(Sm *sm, ValueId v, FrameId f, uint8_t byte,
                          bool *asks, Cell *out);
/* What follows its answer. */
gram_status sm_first_answer(Sm *sm, const uint32_t *q, uint32_t answer,
                            Cell *out);
/* The cell of a digit that leads to a state of t, or asks first. */
gram_status sm_digit_cell(Sm *sm, TypedId t, GrNumStateId at, StateId next,
                          Cell *out);
gram_status sm_digits_ask(Sm *sm, const uint32_t *q, const GrLevel *level,
                          uint32_t *answer);
gram_status sm_first_ask(Sm *sm, const uint32_t *q, const GrLevel *level,
                         uint32_t *answer);
/* digits.c: the state of a number whose text up to here is known, + 1; 0: it is
 * none. */
gram_status sm_number_replay(Sm *sm, TypedId t, const char *text, uint32_t len,
                             uint32_t *state);

/* rivals.c: an object that is an item, as far as it is written. */
typedef struct SmPart {
    GrText text; /* of `json`, with an end */
    GrArena arena;
    GrJson json;
    GrVec(uint64_t) pairs; /* its members, as canonical ids of key and value */
    SmWords keys;          /* all of them, ascending; and of these */
    uint32_t open;         /* the one without a value, a canonical id, or
                              UINT32_MAX */
    bool is_new;           /* it has what no item has */
} SmPart;
/* `open`: behind the colon of a member.  What the recent items do not have is
 * not known to any.  To be cleared in any case. */
gram_status sm_part_read(Sm *sm, const GrSeen *s, bool open, SmPart *p);
void sm_part_clear(Sm *sm, SmPart *p);
/* The recent items that have its members, and the open one with a value of
 * these types: their elements, behind *out. */
gram_status sm_rivals(Sm *sm, const SmPart *p, uint32_t types, SmWords *out);
/* The same of a number that is written so far, or more; first how many. */
typedef struct SmDigits {
    uint64_t hash, whole; /* of its digits; without zeros at the end */
    bool some, exponent;  /* it has digits that count; an exponent, or all
                             that it can have */
} SmDigits;
SmDigits sm_read_digits(const char *text, uint32_t len);
/* left: values that are not 0 and may still come; where there is none, 0 alone
 * is meant by no digits. */
gram_status sm_count_numbers(Sm *sm, const GrSeen *seen, SmDigits *d,
                             uint32_t left, uint32_t *n);
gram_status sm_rival_numbers(Sm *sm, const SmDigits *d, SmWords *out);
void sm_forget_posts(Sm *sm);
/* unique.c: make the items of the list the recent ones. */
gram_status sm_recall_items(Sm *sm, const GrSeen *seen);

/* count.c: what all specs of a container, with one way to hold, say about a
 * place; u NULL: of an array. */
gram_status sm_all_specs(Sm *sm, TypedId id, const Universe *u, uint32_t place,
                         ConjId *out);
/* What distinct.c has noted for child_value.c is forgotten. */
void sm_forget_values(Sm *sm);
/* The constant element of a JSON text; *known is false where it is none. */
gram_status sm_read_constant(Sm *sm, const char *text, uint32_t len,
                             uint32_t *element, bool *known);
/* The same, but nothing is kept; UINT32_MAX where it is none that was read. */
gram_status sm_find_constant(Sm *sm, const char *text, uint32_t len,
                             uint32_t *element);

/* value.c: the first byte of a value, the rest of a literal */
extern const char *const sm_literals[3];
/* The type of a value that begins so; N_TYPES: none does. */
uint32_t sm_type_of_byte(uint8_t byte);
gram_status sm_literal_fill(Sm *sm, uint32_t at, Verdict v, uint8_t byte,
                            Cell *out);
gram_status sm_value_fill(Sm *sm, ValueId v, FrameId f, uint8_t byte,
                          Cell *out);
/* The bytes, this one among them, of which its cell is that of all; "" where
 * that is not known. */
gram_status sm_value_alike(Sm *sm, ValueId v, uint8_t byte, const char **bytes);

enum { REG_INDEX = 1 }; /* of arrays: items so far, where counted */
/* Longest prefix among the array's specs: positions beyond are alike. */
gram_status sm_array_prefix(Sm *sm, TypedId t, uint32_t *n);

/* --- states --------------------------------------------------------------- */
typedef enum StateKind {
    S_VALUE,   /* value, frame */
    S_LITERAL, /* word << 8 | position, verdict */
    S_TEXT,    /* lex, typed */
    S_NUMBER,  /* state, typed */
    S_OPEN,    /* typed: behind { */
    S_AFTER,   /* typed: behind a member */
    S_WAIT,    /* typed: behind the comma */
    S_KEY,     /* lex; the object is the frame's */
    S_COLON,   /* typed, key class */
    S_FIRST,   /* typed: behind [ */
    S_NEXT,    /* typed, position: behind an item */
    S_DONE
} StateKind;

enum { SPACE_BIT = 0x100 }; /* in the kind: inside a white space run */

typedef struct StateKey {
    uint32_t kind, a, b, space;
} StateKey;

gram_status sm_state(Sm *sm, uint32_t kind, uint32_t a, uint32_t b,
                     StateId *out);
StateKey sm_state_key(const Sm *sm, StateId s);
/* Of a class of a state outside of strings: its byte, ' ' for white space, and
 * 0 for the end of the text. */
uint8_t sm_byte_of(const Sm *sm, uint32_t kind, uint32_t cls);
/* cells.c: what the machine answers the waist (GrMachineOps). */
gram_status sm_fill(Sm *sm, StateId s, uint32_t cls, Cell *out);
gram_status sm_resume(Sm *sm, FrameId f, Verdict v, Cell *out);

/* space.c: the cell of white space, and the loop of a run of it */
gram_status sm_space_fill(Sm *sm, StateId self, const StateKey *k, Cell *out);
gram_status sm_space_loop(Sm *sm, StateId self, const StateKey *k, GrLoop *out);
/* The cell of any other byte, white space being no matter. */
gram_status sm_token_fill(Sm *sm, const StateKey *k, uint8_t byte, Cell *out);

/* --- cost.c, cost_key.c, cost_child.c, cost_open.c ------------------------ */

gram_status sm_cost(Sm *sm, const GrConfig *c, uint64_t *bytes,
                    const GrNode **rest);
gram_status sm_frame_cost(Sm *sm, const GrNode *n, uint64_t *bytes,
                          const GrNode **rest);
/* In a key and before one: the rest of one that must still come. */
gram_status sm_hint(Sm *sm, const GrConfig *c, GrHint *out);
void sm_forget_open(Sm *sm);
void sm_forget_rests(Sm *sm);
void sm_forget_children(Sm *sm);
gram_status sm_print(Sm *sm, StateId s, GrText *out);
gram_status sm_print_frame(Sm *sm, FrameId f, GrText *out);

#endif
