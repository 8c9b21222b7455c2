/* machine.h - private to src/schema: the joint-residual machine.
 *
 * What a value must be is built in four layers, each interned, each lazy:
 *
 *   element   one schema, or one constant value of enum/const
 *   conj      a sorted set of elements that must all hold
 *   value     goal over the verdicts of some conjs ("value" below)
 *   typed     the same after the type is known: Boolean functions over
 *             atoms of that type, and the goal
 *
 *       schema --form--> function over atoms         (form.c, atoms.c)
 *       value  --type--> typed                       (typed.c)
 *       typed  --------> string / number states      (text.c, number.c)
 *                        object / array states       (object.c, array.c)
 *       live?  satisfiability of goal over functions (live.c)
 *
 * Atoms of a container are of these kinds, and their variables are in order
 * of first appearance in the schema, so that decision diagrams ask for what
 * belongs together, "if this key is there then ...", at neighbouring levels
 * (by kind first, n dependencies are a diagram of 2^n nodes):
 *
 *   UNIV      every key (item) seen so far holds what this schema object says
 *             about it.  True until some child's verdict makes it fall.
 *   CONTAINS  at least n of the items to come match a conj
 *   COUNT     at least n keys (items, characters)
 *   REQ       all keys of a set are there
 *
 * Only UNIV and CONTAINS atoms are resolved into the function as the text goes
 * on.  UNIV falls; CONTAINS counts down, "n more" becomes "n - 1 more" at an
 * item that matches, and vanishes at 0: usually there is one state before the
 * item was found and one after it.  (A register for each count was rejected:
 * a level has five, schemas may count by more; a plain contains would ask at
 * every comma, and whether the items left suffice is no interval of one
 * register.  The price is a state for each number still missing.)  The others
 * are read against the registers of the level when a question needs it, so
 * that no state exists per set of keys or per length.
 *
 * The goal.  A child is pushed together with the set of verdict vectors that
 * keep its parent alive.  Where only one vector does (nearly always), the
 * child's functions are folded into one that must hold, and the frame is a
 * constant: "then go on in state P'".  That is what makes frames equal for
 * all the properties of an object, and masks shared between them.
 */
#ifndef GR_SCHEMA_MACHINE_H
#define GR_SCHEMA_MACHINE_H

#include "json/json.h"
#include "pda/pda.h"
#include "regex/regex.h"
#include "schema/bdd.h"
#include "schema/load.h"
#include "schema/number.h"
#include "schema/words.h"

enum { T_NULL, T_BOOL, T_NUMBER, T_STRING, T_ARRAY, T_OBJECT, N_TYPES };

typedef struct ConjId {
    uint32_t v;
} ConjId; /* 0: nothing required; 1: impossible */
typedef struct ValueId {
    uint32_t v;
} ValueId;
typedef struct TypedId {
    uint32_t v;
} TypedId;

enum { CONJ_TRUE = 0, CONJ_FALSE = 1 };

/* --- elements ------------------------------------------------------------- */

/* An element is 2 * schema id, or 2 * constant id + 1, or ELEM_UNSEEN + a set
 * of constant elements, "none of these", or ELEM_ANY + a set of schema
 * elements, "one of these at least". */
#define ELEM_UNSEEN 0x80000000u
#define ELEM_ANY    0x40000000u
typedef struct Constant {
    const GrJson *json;
    uint32_t node;
} Constant;

/* --- atoms ---------------------------------------------------------------- */

typedef enum AtomKind {
    ATOM_TRUE,     /* boolean: the value is true */
    ATOM_NUMBER,   /* a: number atom of the number pool */
    ATOM_TEXT,     /* a: ReId that the string belongs to */
    ATOM_UNIV,     /* a: spec of an object or array; b: see sm_order_of */
    ATOM_UNIQUE,   /* no two items are equal; falls like UNIV */
    ATOM_CONTAINS, /* a: conj, b: at least this many more */
    ATOM_COUNT,    /* b: at least this many keys, items, characters */
    ATOM_REQ       /* a: key set */
} AtomKind;

typedef struct Atom {
    uint32_t kind, type, a, b;
} Atom;

/* A variable is ATOM_BASE + slot; slots have gaps, so that an atom made late
 * can stand beside those it belongs to; goal variables (verdict bits) lie below
 * ATOM_BASE. */
enum { ATOM_BASE = 1 << 28, ATOM_NUMBER_BITS = 24, ATOM_GAP = 8 };

/* --- specs: what a schema object says about keys and items ---------------- */

/* Interned words:  object  n_names (key conj)*  n_patterns (re conj)*
 *                          additional  names
 *                  array   n_prefix conj*  items
 * `names` is the expression every key must belong to (propertyNames). */
typedef struct ObjectSpec {
    uint32_t n_names, n_patterns;
    const uint32_t *names, *patterns; /* pairs; names ascend by key */
    ConjId additional;
    ReId key_text;
} ObjectSpec;

/* --- values and typed values ---------------------------------------------- */

/* How many containers may stand inside one another, the value itself
 * included: where the policy bounds the depth, a value that needs more is
 * dead like any other that cannot be completed. */
#define ROOM_ANY UINT32_MAX

typedef struct SmListed {
    uint32_t element; /* a constant */
    struct SmListed *next;
} SmListed;

typedef struct Value {
    uint32_t n;              /* roots */
    const uint32_t *root;    /* ConjIds */
    Bdd goal;                /* over root numbers */
    uint32_t room;           /* see ROOM_ANY */
    TypedId typed[N_TYPES];  /* + 1; 0: not made yet */
    uint8_t status;          /* see live.c */
    bool costed;             /* the next three are known */
    uint64_t cost;           /* bytes of an instance: see low.c */
    uint64_t lines;          /* line breaks in it: see count_lines */
    uint32_t low;            /* and containers in it, one inside another */
    uint32_t height;         /* the same of the one that proved it alive */
    uint32_t has, asked;     /* values it has, counted up to `asked` */
    SmListed *listed, *last; /* values it has, see example.c; NULL: none */
    uint32_t n_listed;
    bool complete; /* these are all */
    uint32_t busy; /* 1 + place among those that more are listed of */
} Value;

typedef struct LexEnds {
    const struct LexEnd *at;
    uint32_t n;
} LexEnds;

/* A name that a byte state of a key can still become. */
typedef struct KeyRest {
    uint32_t index; /* among the names of the universe */
    uint32_t bytes; /* still to come, the closing quote included */
} KeyRest;
typedef struct KeyRests {
    const KeyRest *at;
    uint32_t n;
} KeyRests;

typedef struct Intervals { /* of lengths; sorted, disjoint */
    uint32_t n;
    const uint32_t *at; /* pairs lo, hi inclusive */
} Intervals;

typedef struct TextSpec TextSpec;
typedef struct NumberSpec NumberSpec;
typedef struct Universe Universe;
typedef struct ArrayShape ArrayShape;

typedef struct Typed {
    uint32_t type;
    uint32_t n;
    const uint32_t *root; /* Bdds over atoms */
    Bdd goal;             /* over root numbers */
    uint32_t room;        /* containers: see ROOM_ANY */
    uint32_t order;       /* objects: of their keys; see order.c */
    Bdd all;              /* goal over roots: what must come true */
    Bdd pruned;           /* containers: `all` and the lemmas that its
                                searches have met (search.c) */
    TextSpec *text;       /* strings, on first use */
    Universe *universe;   /* objects, on first use */
    ArrayShape *shape;    /* arrays, on first use */
    uint32_t language;    /* plain objects: key language + 1 */
    uint32_t like;        /* strings: 1 + the first of its shape (text.h) */
    NumberSpec *number;   /* numbers, on first use */
    uint8_t known, alive; /* scalars: memo of liveness */
    uint8_t status;       /* containers: see live.c */
    uint32_t round;       /* in which a provisional status was found */
    uint32_t rank;        /* of the live ones, in the order of their proofs */
    uint8_t unique;       /* arrays: 1 + "has a UNIQUE atom" */
    uint8_t differ;       /* arrays: 1 + "no two items may be equal" */
    uint8_t late;         /* 1 + "may be refused late", see late.c */
    uint8_t plain;        /* containers: 1 + "liveness needs no register" */
    uint8_t deep;         /* bounded containers: see live.c */
    uint32_t free;        /* and 1 + the same one with room for anything */
    uint32_t height;      /* as in Value, or more */
    uint32_t low;         /* as in Value; containers: 0 where not known, */
    uint32_t tried, up;   /* but more than `tried`, and at most `up`, if any */
    uint8_t tight;        /* bounded containers: see low.c */
    uint64_t cost, lines; /* of the lowest one */
    const struct SmEnd *ends; /* see sm_ends */
    uint32_t n_ends;
} Typed;

/* A verdict, and the typed value that only it meets. */
typedef struct SmEnd {
    Verdict verdict;
    TypedId typed;
} SmEnd;

/* --- policies ------------------------------------------------------------- */

typedef struct Policy {
    uint32_t space_max; /* white space run; UINT32_MAX: unbounded */
    bool outer_space;   /* also before the first and after the last */
    bool layout;        /* white space is what layout.c says; then max_depth
                           is not 0 */
    uint32_t indent;    /* spaces a level of it */
    GrLexMode escapes;
    bool key_order;                            /* as in the schema */
    uint32_t max_string, max_items, max_depth; /* 0: none */
    GrNumPolicy numbers;
} Policy;

/* An item of an array. */
typedef struct SmItem {
    uint64_t serial; /* see GrSeen; 0: not known */
    uint32_t element;
} SmItem;

/* Is a container so high at most? */
typedef struct SmLow {
    TypedId typed;
    uint32_t high;
} SmLow;

/* A growing list of words, freed as a whole. */
typedef GrVec(uint32_t) SmWords;

/* --- the machine ---------------------------------------------------------- */

typedef struct Sm {
    GrEnv *env;
    GrArena arena;
    GrRe *re;
    GrNum *num;
    GrPda *pda;
    GrLoaded *loaded;
    Policy policy;
    Bdds bdd;

    GrIntern canon; /* constant values */
    GrVec(Constant) constants;
    GrIntern conjs, atoms, specs, sets, values, typeds, verdicts;
    GrIntern orders, ranks;
    GrVec(uint32_t) atom_at; /* slot -> atom + 1, or 0 */
    GrVec(uint32_t) slot_of; /* atom -> slot */
    GrIntern keys;           /* key texts as words */
    GrVec(GrName) key;       /* by key id; the loader's names come first */
    GrStore value, typed;    /* Value, Typed */
    TypedId never[N_TYPES];  /* + 1: what nothing is, once it was asked for */
    GrMap forms;             /* (element, type) -> Bdd */
    GrMap conj_forms;        /* (conj, type) -> Bdd */

    GrIntern states;           /* (kind, a, b, c) */
    GrVec(uint32_t) state_of;  /* intern id -> StateId + 1 */
    GrVec(uint32_t) key_state; /* S_KEY: lex -> StateId + 1 */
    GrVec(uint32_t) state_key; /* StateId -> intern id, or its KEY_BIT */
    GrIntern frames;
    GrVec(uint32_t) frame_of, frame_key;
    GrIntern questions, languages, answers, sames;
    GrIntern matched;       /* sets of patterns, see sm_key_read */
    GrIntern shapes;        /* of strings, see text_spec.c */
    GrVec(uint32_t) like;   /* shape -> typed + 1 */
    GrVec(uint32_t) answer; /* by id of `answers` */
    GrStore language;       /* Language, see object.c */
    GrVec(uint32_t) seen;   /* scratch of sm_read_regs: the names read last, */
    GrVec(uint32_t) read;   /* the list they come from, newest first, */
    uint32_t read_by;       /* the typed value that it was read for, + 1, */
    uint32_t read_last;     /* and Regs.last */
    GrMap items;            /* key of an item's text -> constant element */
    GrMap texts;            /* element -> key of its text, see example.c */
    GrVec(SmItem) recent;   /* see unique.c */
    bool items_read;        /* for an estimate; GrMachineOps.has_read */
    GrMap recent_at;        /* element -> a place in it, its first one */
    GrMap key_in;           /* (expression, key) -> is it a member */
    GrMap number_ways;      /* (state, typed) -> index in `near` */
    GrMap value_ways;       /* value -> the same, see cost.c */
    GrMap typed_after;      /* (frame, verdict) -> typed: of costs */
    GrStore near;           /* KeptWays, see digits.c */
    GrMap lex_ends;         /* see sm_lex_ends: index in `ends` */
    GrVec(LexEnds) ends;
    SmWords lex_maps;    /* class map of a lexeme -> pda map + 1 */
    uint32_t map_of[16]; /* by kind of state: of its bytes, + 1 */
    GrMap text_live;     /* (typed, lex) -> see text_live.c */
    GrVec(Intervals) intervals;
    SmWords lengths[2]; /* scratch of sm_text_lengths, and below */
    GrVec(uint32_t) live_stack, live_needs, live_maybe;
    uint32_t live_round, live_rank;
    uint32_t live_limit; /* only those of a lower rank count as alive; 0: off */
    bool costing;        /* what costs is told: see low.c; then only those */
    uint32_t live_low;   /* that are lower count, 0: all, */
    uint64_t live_below; /* and that cost less, 0: all */
    GrVec(SmLow) low_stack;
    bool live_changed, live_provisional;
    bool live_unsure; /* a way to hold was given up without proof */
    GrVec(uint32_t) special, same; /* see distinct.c */
    bool few; /* asked blindly, what was seen has turned out to matter */
    GrVec(uint32_t) work;      /* scratch of form.c */
    SmWords parts;             /* of want_place.c */
    GrVec(uint32_t) key_mark;  /* by key id, see want_object.c */
    GrVec(uint32_t) hold_mark; /* by spec id, the same */
    uint32_t key_stamp;
    uint32_t wanted;  /* a key of the way that the last search found, as for
                        sm_key_conj, or SM_NO_KEY */
    uint32_t height;  /* of what stands inside of the container there */
    uint64_t dearest; /* and the most that a container of it costs */
    bool count_lines; /* costs are line breaks, not bytes (live.c) */
    struct OpenKnown *open_known; /* see cost_open.c */
    struct RestKnown *rest_known; /* see cost_key.c */
    GrMap key_rests;              /* (lex, typed) -> index in `rests` */
    GrVec(KeyRests) rests;
    GrVec(uint32_t) lemmas; /* see search.c */
    GrVec(uint32_t) lit_mark;
    uint32_t lit_stamp;
} Sm;

/* Bytes of completions by the verdict they end with; each verdict once. */
typedef struct SmWay {
    Verdict verdict;
    uint64_t bytes;
} SmWay;
typedef GrVec(SmWay) SmWays;
gram_status sm_ways_add(GrEnv *env, SmWays *w, Verdict v, uint64_t bytes);
/* Ways that are asked for again and again (digits.c). */
typedef struct KeptWays {
    const SmWay *at;
    uint32_t n;
} KeptWays;
gram_status sm_ways_keep(Sm *sm, GrMap *by, uint64_t key, const SmWays *found);
bool sm_ways_kept(const Sm *sm, const GrMap *by, uint64_t key, KeptWays *out);

/* policy.c: the options that a machine follows, and what they keep out. */
void sm_read_policy(Policy *p, const gram_options *opt);
gram_status sm_report_policy(Sm *sm, GrReport *report);
/* Containers that a text may have open at once. */
enum { SM_MAX_DEPTH = GR_LIMIT_MATCH_DEPTH - 8 };

/* atoms.c */
gram_status sm_conj(Sm *sm, const uint32_t *elements, uint32_t n, ConjId *out);
gram_status sm_conj_of(Sm *sm, uint32_t element, uint32_t *conj);
gram_status sm_conj_and(Sm *sm, ConjId a, ConjId b, ConjId *out);
/* "One of these schema elements at least"; sorts them. */
gram_status sm_any(Sm *sm, uint32_t *elements, uint32_t n, ConjId *out);
gram_status sm_atom(Sm *sm, AtomKind kind, uint32_t type, uint32_t a,
                    uint32_t b, Bdd *out);
/* The same; a new one stands behind this variable, if there is room. */
gram_status sm_atom_near(Sm *sm, AtomKind kind, uint32_t type, uint32_t a,
                         uint32_t b, uint32_t near, Bdd *out);
Atom sm_atom_of(const Sm *sm, uint32_t var);
/* names, patterns: pairs (key or expression, conj); the names get sorted.
 * near: as for sm_atom_near, or 0. */
gram_status sm_object_atom(Sm *sm, SmWords *names, const SmWords *patterns,
                           ConjId additional, ReId key_text, uint32_t near,
                           Bdd *out);
/* prefix: a word to be overwritten, then conjs. */
gram_status sm_array_atom(Sm *sm, SmWords *prefix, ConjId items, uint32_t near,
                          Bdd *out);
gram_status sm_req_atom(Sm *sm, const GrName *name, uint32_t n, Bdd *out);
/* near: as for sm_atom_near. */
gram_status sm_req_atom_near(Sm *sm, const GrName *name, uint32_t n,
                             uint32_t near, Bdd *out);
/* f and (least <= count <= most). */
gram_status sm_count_atoms(Sm *sm, uint32_t type, uint32_t least, uint32_t most,
                           Bdd *f);
gram_status sm_key(Sm *sm, const char *text, uint32_t len, uint32_t *key);
ObjectSpec sm_object_spec(const Sm *sm, uint32_t spec);
const uint32_t *sm_array_spec(const Sm *sm, uint32_t spec, uint32_t *n_prefix);
/* Sets of words; making one sorts them. */
gram_status sm_set_of(Sm *sm, uint32_t *w, uint32_t n, uint32_t *set);
const uint32_t *sm_set(const Sm *sm, uint32_t set, uint32_t *n);

/* form.c */
gram_status sm_form(Sm *sm, ConjId conj, uint32_t type, Bdd *out);
/* Does `type` of one of its schemas say that it is false for this one? */
bool sm_is_never(const Sm *sm, ConjId conj, uint32_t type);
/* The function of a schema that already has one: of those in place. */
Bdd sm_ready(const Sm *sm, SchemaId s, uint32_t type);
/* f and what the schema itself says about arrays, objects. */
gram_status sm_array_form(Sm *sm, const GrSchema *s, Bdd *f);
gram_status sm_object_form(Sm *sm, const GrSchema *s, Bdd *f);
/* appear.c: the atoms of containers, in an order that is the schema's. */
gram_status sm_make_atoms(Sm *sm);

/* constant.c */
uint32_t sm_type_of_json(const GrJson *j, uint32_t node);
gram_status sm_constant(Sm *sm, const GrJson *json, uint32_t node,
                        uint32_t *element);
/* Number the keys of all objects in a value. */
gram_status sm_constant_names(Sm *sm, const GrJson *json, uint32_t node);
gram_status sm_constant_form(Sm *sm, uint32_t constant, uint32_t type, Bdd *f);
/* The enum at a node. */
gram_status sm_enum_form(Sm *sm, const GrJson *j, uint32_t at, uint32_t type,
                         Bdd *f);
/* "None of these constant elements." */
gram_status sm_unseen(Sm *sm, const uint32_t *constants, uint32_t n,
                      ConjId *out);
gram_status sm_unseen_form(Sm *sm, uint32_t set, uint32_t type, Bdd *f);

/* evaluated.c: f and what unevaluatedProperties / unevaluatedItems of the
 * schema say. */
gram_status sm_unevaluated(Sm *sm, SchemaId schema, uint32_t type, Bdd *f);

/* typed.c */
gram_status sm_value(Sm *sm, const ConjId *root, uint32_t n, Bdd goal,
                     uint32_t room, ValueId *out);
/* The value that one conj makes: it must hold. */
gram_status sm_value_of(Sm *sm, ConjId conj, uint32_t room, ValueId *out);
/* The room of a container's members. */
uint32_t sm_room_inside(const Sm *sm, TypedId t);
Value *sm_value_at(const Sm *sm, ValueId v);
Typed *sm_typed_at(const Sm *sm, TypedId t);
gram_status sm_typed(Sm *sm, uint32_t type, const Bdd *root, uint32_t n,
                     Bdd goal, uint32_t room, uint32_t order, TypedId *out);
gram_status sm_value_typed(Sm *sm, ValueId v, uint32_t type, TypedId *out);
/* The verdict of a typed value when its atoms have the truth values that
 * `pick` gives; *ok: it meets the goal. */
typedef bool SmPick(void *ctx, const Atom *atom);
gram_status sm_verdict(Sm *sm, TypedId t, SmPick *pick, void *ctx, Verdict *out,
                       bool *ok);
/* The same from the roots' truth values. */
gram_status sm_verdict_of(Sm *sm, const Typed *t, const uint32_t *vector,
                          Verdict *out, bool *ok);
bool sm_verdict_bit(const Sm *sm, Verdict v, uint32_t bit);
/* Does only one verdict vector meet the goal?  Its bits in *vector. */
bool sm_goal_is_cube(const Sm *sm, Bdd goal, uint32_t n, uint32_t *vector);

/* Must every variable of f come true? */
bool sm_is_cube(const Sm *sm, Bdd f);

/* ends.c: the verdicts that a typed value may end with. */
gram_status sm_ends(Sm *sm, TypedId t, const SmEnd **end, uint32_t *n);

/* text.c, text_spec.c, text_live.c */
gram_status sm_text_live(Sm *sm, TypedId t, bool *alive, uint64_t *cost);
/* Append a shortest string, as JSON. */
gram_status sm_text_shortest(Sm *sm, TypedId t, GrText *out);
gram_status sm_text_count(Sm *sm, TypedId t, uint32_t cap, uint32_t *n);
/* Is a string of it just what one expression of its tuple takes, but for a
 * length?  Which one. */
gram_status sm_text_must(Sm *sm, TypedId id, uint32_t *by, bool *yes);
gram_status sm_text_start(Sm *sm, TypedId t, StateId *out);
gram_status sm_text_fill(Sm *sm, LexId lex, TypedId t, uint32_t cls, Cell *out);
gram_status sm_text_loop(Sm *sm, LexId lex, TypedId t, GrLoop *out);
/* The raw characters on which a byte state returns to itself. */
gram_status sm_lex_loop(Sm *sm, LexId lex, GrLoop *out);
/* goal: that of t, or a part of it. */
gram_status sm_text_cost(Sm *sm, LexId lex, TypedId t, Bdd goal,
                         const GrLevel *level, uint64_t *bytes);
/* text_re.c: the strings for which f comes true; bit[i] is the meaning of
 * goal variable i. */
gram_status sm_to_re(Sm *sm, Bdd f, const ReId *bit, ReId *out);
/* The expression of the strings of a conj, lengths included. */
gram_status sm_text_re(Sm *sm, ConjId conj, ReId *out);
gram_status sm_lex_map(Sm *sm, const GrLexInfo *info, uint32_t *map);
/* The boundaries that a byte state can end its character in, each with the
 * fewest bytes to there; of a boundary, itself with 0.  Memoized (cost.c). */
typedef struct LexEnd {
    LexId lex;
    uint32_t bytes;
} LexEnd;
gram_status sm_lex_ends(Sm *sm, LexId lex, const LexEnd **end, uint32_t *n);

/* digits.c: between typed values and the number automaton */
gram_status sm_number_live(Sm *sm, TypedId t, bool *alive, uint64_t *cost);
/* Append a shortest number. */
gram_status sm_number_shortest(Sm *sm, TypedId t, GrText *out);
gram_status sm_number_count(Sm *sm, TypedId t, uint32_t cap, uint32_t *n);
gram_status sm_number_first(Sm *sm, TypedId t, uint8_t byte, StateId *out,
                            bool *alive);
/* byte 0: whatever ends a number. */
gram_status sm_number_fill(Sm *sm, uint32_t state, TypedId t, uint8_t byte,
                           Cell *out);
/* Does the number go on with the digits 1 to 9 alike, or begin with them? */
#define NUMBER_FIRST UINT32_MAX
gram_status sm_number_is_even(Sm *sm, TypedId t, uint32_t state, bool *even);
/* Bytes to the nearest ends of a number, one for each verdict that is met
 * before too many states are; `nearest`: to any. */
void sm_init_near(Sm *sm);
gram_status sm_number_ways(Sm *sm, uint32_t state, TypedId t, SmWays *out,
                           uint64_t *nearest);

/* --- keys: universe.c ----------------------------------------------------- */

/* All keys an object may have, as its residual can tell them apart: the
 * named ones, and classes of others by the set of patterns they match. */
typedef struct KeyClass {
    ReId re;              /* the keys of the class */
    const uint32_t *bits; /* patterns matched */
    uint32_t count;       /* of them; UINT32_MAX: (nearly) endless */
} KeyClass;

struct Universe {
    uint32_t n_names, n_patterns, n_classes, n_specs;
    const uint32_t *names;    /* key ids, ascending */
    const uint32_t *patterns; /* ReIds, ascending */
    const uint32_t *specs;    /* of the UNIV atoms */
    const uint32_t *vars;     /* their variables */
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
    uint32_t blind; /* which items were seen is not known, but that they are
                       fewer; 0: it is.  So it is where they are not given,
                       but their number */
} Regs;

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
/* direct.c: the same for an object, told from its function alone, once the
 * present member is done; *done is false where that does not tell. */
gram_status sm_direct_goal(Sm *sm, TypedId t, const Regs *regs, SmBit *bit_of,
                           void *ctx, Bdd *goal, bool *done);
/* Can liveness be told without registers?  (Functions that are monotone in
 * all atoms, and no counts.) */
gram_status sm_is_plain(Sm *sm, TypedId t, bool *plain);

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
/* The typed value once the atoms that a key refutes at once have fallen. */
gram_status sm_after_key(Sm *sm, TypedId t, uint32_t key, TypedId *out);
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
gram_status sm_object_fill(Sm *sm, uint32_t kind, uint32_t a, uint32_t b,
                           uint8_t byte, Cell *out);
gram_status sm_key_fill(Sm *sm, LexId lex, uint32_t cls, Cell *out);
gram_status sm_key_words(Sm *sm, LexId lex, uint32_t *n);
gram_status sm_key_named(Sm *sm, LexId lex, bool *named);
gram_status sm_key_loop(Sm *sm, LexId lex, GrLoop *out);
void sm_init_languages(Sm *sm);
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

/* unique.c */
enum {
    Q_ITEM = 16,
    Q_TWICE
};                     /* questions: typed, position; typed, state;
                                  see object.c */
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
gram_status sm_late_types(Sm *sm, TypedId t, uint32_t pos, uint32_t index,
                          uint32_t blind, uint32_t *types, Outcome *next);
/* Must no two items be equal? */
gram_status sm_must_differ(Sm *sm, TypedId t, bool *must);
/* The elements of a level's items, the oldest first. */
gram_status sm_read_items(Sm *sm, const GrLevel *level, SmWords *w);
gram_status sm_item_cell(Sm *sm, TypedId t, uint32_t pos, Cell *out);
gram_status sm_item_ask(Sm *sm, uint32_t question, const GrLevel *level,
                        uint32_t *answer);

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

/* space.c: the cell of white space, and the loop of a run of it */
gram_status sm_space_fill(Sm *sm, StateId self, const StateKey *k, Cell *out);
gram_status sm_space_loop(Sm *sm, StateId self, const StateKey *k, GrLoop *out);
/* The cell of any other byte, white space being no matter. */
gram_status sm_token_fill(Sm *sm, const StateKey *k, uint8_t byte, Cell *out);

/* --- cost.c, cost_key.c, cost_open.c -------------------------------------- */

gram_status sm_cost(Sm *sm, const GrConfig *c, uint64_t *bytes,
                    const GrNode **rest);
gram_status sm_frame_cost(Sm *sm, const GrNode *n, uint64_t *bytes,
                          const GrNode **rest);
/* In a key and before one: the rest of one that must still come. */
gram_status sm_hint(Sm *sm, const GrConfig *c, GrHint *out);
void sm_forget_open(Sm *sm);
void sm_forget_rests(Sm *sm);
gram_status sm_print(Sm *sm, StateId s, GrText *out);
gram_status sm_print_frame(Sm *sm, FrameId f, GrText *out);

#endif
