/* machine.h - private to src/schema: the joint-residual machine; what a value
 * must be.  What happens while a text goes on is in cells.h.
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
 * elements, "one of these at least", or ELEM_OTHER + types << 5 + the
 * logarithm of a bound, "if of these types, none of the items seen, which are
 * fewer". */
#define ELEM_OTHER  0xC0000000u
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
    ATOM_REQ,      /* a: key set */
    ATOM_OTHER     /* objects, numbers: none of the items seen, which are fewer
                        than b; true until it is looked at (other.c) */
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
    uint32_t like;           /* see sm_value_like: + 1; 0: not asked for yet */
    TypedId typed[N_TYPES];  /* + 1; 0: not made yet */
    uint8_t status;          /* see live.c */
    bool costed;             /* the next three are known */
    uint64_t cost;           /* bytes of an instance: see low.c */
    uint64_t lines;          /* line breaks in it: see count_lines */
    uint32_t low;            /* and containers in it, one inside another */
    uint32_t height;         /* the same of the one that proved it alive */
    uint32_t evident;        /* 2 + that of one that is seen, 1: none is, 0:
                                nobody has looked (evident.c) */
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
    const uint32_t *root;        /* Bdds over atoms */
    Bdd goal;                    /* over root numbers */
    uint32_t room;               /* containers: see ROOM_ANY */
    uint32_t order;              /* objects: of their keys; see order.c.
                                    strings: see text_wide.c */
    Bdd all;                     /* goal over roots: what must come true */
    Bdd pruned;                  /* containers: `all` and the lemmas that its
                                searches have met (search.c) */
    TextSpec *text;              /* strings, on first use */
    Universe *universe;          /* objects, on first use */
    const struct Matter *matter; /* the same, see matter.c */
    ArrayShape *shape;           /* arrays, on first use */
    uint32_t language;           /* plain objects: key language + 1 */
    uint32_t like;        /* strings: 1 + the first of its shape (text.h) */
    NumberSpec *number;   /* numbers, on first use */
    uint8_t known, alive; /* scalars: memo of liveness */
    uint8_t status;       /* containers: see live.c */
    uint8_t refused;      /* paths, up to a few: see search.c */
    uint32_t round;       /* in which a provisional status was found */
    uint32_t rank;        /* of the live ones, in the order of their proofs */
    uint8_t unique;       /* arrays: 1 + "has a UNIQUE atom" */
    uint8_t differ;       /* arrays: 1 + "no two items may be equal" */
    uint8_t late;         /* 1 + "may be refused late", see late.c */
    uint32_t other;       /* 2 + the variable of ATOM_OTHER, or 1: none */
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

/* An item that has a member; see rivals.c. */
typedef struct SmPost {
    uint32_t item;     /* a place among the recent ones */
    uint32_t older, n; /* another one, or UINT32_MAX; and how many there are */
} SmPost;

/* What a schema allows for certain; see evident.c.  Of eight values, one bit
 * each: those that are valid, and not. */
typedef struct Truth {
    uint8_t yes, no;
} Truth;
typedef struct SmEvident {
    uint8_t state;
    Truth truth;
    uint8_t may;      /* types, GR_TYPE_*: a value may have no other */
    uint8_t some;     /* of these, there is one for certain, and */
    uint32_t high[2]; /* an array, object of so many containers */
} SmEvident;

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
    GrIntern shapes;        /* of strings, see text_spec.c, and of values, see
                               typed.c: those have six words */
    GrVec(uint32_t) like;   /* shape -> typed + 1, or value + 1 */
    GrVec(uint32_t) answer; /* by id of `answers` */
    GrStore language;       /* Language, see language.c */
    GrVec(uint32_t) seen;   /* scratch of sm_read_regs: the names read last, */
    GrVec(uint32_t) read;   /* the list they come from, newest first, */
    uint32_t read_by;       /* the typed value that it was read for, + 1, */
    uint32_t read_last;     /* and Regs.last */
    GrMap items;            /* key of an item's text -> constant element */
    GrMap texts;            /* element -> key of its text, see example.c */
    GrVec(SmItem) recent;   /* see unique.c */
    SmWords mattering;      /* scratch of sm_what_matters */
    bool items_read;        /* for an estimate; GrMachineOps.has_read */
    GrMap recent_at;        /* element -> a place in it, its first one */
    GrMap post_at;          /* member -> its newest post, see rivals.c */
    GrVec(SmPost) post;     /* of the members of recent items, and */
    uint32_t n_posted;      /* of how many of these */
    GrMap key_in;           /* (expression, key) -> is it a member */
    GrMap number_ways;      /* (state, typed) -> index in `near` */
    GrMap value_ways;       /* value -> the same, see cost.c */
    GrMap typed_after;      /* (frame, verdict) -> typed: of costs */
    GrStore near;           /* KeptWays, see digits.c */
    GrMap colon_of;         /* (typed, value's state) -> key, object.c */
    GrMap lex_ends;         /* see sm_lex_ends: index in `ends` */
    GrVec(LexEnds) ends;
    SmWords lex_maps;    /* class map of a lexeme -> pda map + 1 */
    uint32_t map_of[16]; /* by kind of state: of its bytes, + 1 */
    GrMap text_live;     /* (typed, lex) -> see text_live.c */
    GrMap wide_of;       /* (typed, lex) -> index in `wides` + 1, or 0 */
    GrVec(const GrWide *) wides;
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
    struct OpenKnown *open_known;   /* see cost_open.c */
    struct RestKnown *rest_known;   /* see cost_key.c */
    struct ChildKnown *child_known; /* see cost_child.c */
    GrMap key_rests;                /* (lex, typed) -> index in `rests` */
    GrVec(KeyRests) rests;
    GrVec(uint32_t) lemmas; /* see search.c */
    GrVec(uint32_t) lit_mark;
    uint32_t lit_stamp;
    GrVec(SmEvident) evident; /* by schema, see evident.c, and then: */
    bool unique_items;        /* some schema asks for them */
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
/* other.c: the rest of an ELEM_OTHER. */
gram_status sm_other_form(Sm *sm, uint32_t rest, uint32_t type, Bdd *f);

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
/* Its functions, to be changed; NULL where there is no memory. */
Bdd *sm_take_roots(Sm *sm, TypedId t);
void sm_drop_roots(Sm *sm, TypedId t, Bdd *root);
/* The typed value that differs from another one in its functions. */
gram_status sm_with_roots(Sm *sm, TypedId t, const Bdd *root, TypedId *out);
gram_status sm_value_typed(Sm *sm, ValueId v, uint32_t type, TypedId *out);
/* The first of the values that are this one to whoever stands before them. */
gram_status sm_value_like(Sm *sm, ValueId v, ValueId *out);
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

/* ends.c: the verdicts that a typed value may end with; where there are as many
 * as SM_ENDS_MAX, maybe not all. */
enum { SM_ENDS_MAX = 64 };
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
/* The texts that GrMachineOps.texts is about. */
gram_status sm_text_words(Sm *sm, LexId lex, TypedId t, GrWordRef *out,
                          uint32_t room, uint32_t *n);
/* The raw characters on which a byte state returns to itself; none, unless they
 * are asked for. */
gram_status sm_lex_loop(Sm *sm, LexId lex, bool asked, GrLoop *out);
/* goal: that of t, or a part of it. */
gram_status sm_text_cost(Sm *sm, LexId lex, TypedId t, Bdd goal,
                         const GrLevel *level, uint64_t *bytes);
/* text_re.c: the strings for which f comes true; bit[i] is the meaning of
 * goal variable i. */
gram_status sm_to_re(Sm *sm, Bdd f, const ReId *bit, ReId *out);
/* All strings of low to most characters. */
gram_status sm_any_text(Sm *sm, uint32_t low, uint32_t most, ReId *out);
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

#endif
