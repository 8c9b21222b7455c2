/* want.h - private to src/schema: questions about open containers, and what
 * the parts of a search share. */
#ifndef GR_SCHEMA_WANT_H
#define GR_SCHEMA_WANT_H

#include "schema/cells.h"

/* What a set of literals asks for (want.c). */
typedef struct Want {
    SmWords hold, fall;   /* specs */
    SmWords add;          /* keys that must still come */
    SmWords leave;        /* keys that must not come */
    SmWords open;         /* sets that must stay incomplete */
    SmWords match;        /* (conj, least, most) items that match it */
    uint32_t least, most; /* members in the end */
    bool unique, twice;   /* items all differ; some do not */
    bool late;            /* a key must come whose turn is over */
} Want;

/* Items to come are counted by whether they match a conj, or break a spec
 * (match.c). */
typedef struct Demand {
    uint32_t what; /* conj; or spec, if it is to be broken */
    bool breaks;
    uint32_t least, most;
} Demand;

enum { DEMANDS_MAX = 24, WITNESSES_MAX = 256 };
enum { PLACE_LITERALS_MAX = DEMANDS_MAX + WITNESSES_MAX };

/* A member that breaks a spec. */
typedef struct Witness {
    uint32_t next;        /* place to try next; not 0: it was tried */
    uint32_t place, slot; /* where it stands; slot: which key of a class */
    bool fresh;           /* it added a member */
} Witness;

/* A question about a container: can it be completed so that ...? */
typedef struct Search {
    Sm *sm;
    TypedId typed;
    const Regs *regs;
    const Universe *u; /* objects */
    uint32_t prefix;   /* arrays: longest */
    Want want;
    uint32_t stamp;  /* of the present check, for marked keys */
    SmWords lits;    /* var - ATOM_BASE, << 1, | value: those that
                                the path found needs */
    uint32_t extra;  /* objects: a key that must be among those to come, as
                       for sm_key_conj; or SM_NO_KEY */
    SmWords assumed; /* keys to come, ascending, that no literal asks for */
    bool careful;    /* gr_bdd_hopes tells where a path has no hope */
    bool humble;     /* of two sides that ask for something, the lower one */
    bool hasty;      /* why a long path was refused is not asked: `given_up` */
    bool given_up;
    const SmWords *given; /* literals of a case, ascending; or NULL */
    bool brief; /* a few paths only: that none is alive proves nothing */
    bool eager; /* objects: one way only, with as many keys as can be */
    const uint32_t *found; /* then: only keys not among these count (bits as
                              in sm_living_keys); NULL: all do */
    bool breaks;           /* and what names such a key is broken by it */
    uint32_t spare;        /* one that was added for their number */
    uint32_t members;      /* objects: in the completion found */
    GrVec(Witness) witness;
    uint32_t culprit; /* a spec that nothing can break, alone; or WANT_END */
    GrMap fall_at;    /* spec -> its place in want.fall */
    SmWords placed;   /* where it has witnesses */
    bool explain;     /* note what the completion consists of: ... */
    SmWords part;     /* ... (place, slot, value) of members or, one by
                            one, the values of items */
    uint32_t pair[2]; /* positions of items found equal */
    const Demand *demand; /* arrays that count matching items: by which ... */
    uint32_t n_demands;
    SmWords sign;     /* ... and which of them the items to come fulfil: bits */
    uint32_t others;  /* items to come that have no sign: plenty for each */
    bool blocked;     /* a child of unknown status was assumed alive */
    uint32_t height;  /* of the highest child looked at and alive */
    uint64_t dearest; /* cost of the dearest container among them */
    uint64_t cost;
} Search;

/* What the specs of want.hold say together about a place: a key of the
 * universe or, for arrays, a position; and what one spec says. */
gram_status sm_held_conj(Search *s, uint32_t place, ConjId *out);
gram_status sm_place_conj(Search *s, uint32_t spec, uint32_t place,
                          ConjId *out);
/* Arrays: what an item at a place must be, is added to *hold, and what it
 * must not be to fall[*n ..), PLACE_LITERALS_MAX of them at most: what holds
 * for all, the specs to be broken there, and its sign. */
gram_status sm_place_literals(Search *s, uint32_t place, ConjId *hold,
                              ConjId *fall, uint32_t *n);
/* What may stand there, if it is `extra` as well; what at both places. */
gram_status sm_common_value(Search *s, uint32_t p, uint32_t q, ValueId *out);
gram_status sm_item_value(Search *s, uint32_t place, ConjId extra,
                          ValueId *out);
/* match.c: can an array be completed so that want.match holds, and a witness
 * stands for each of want.fall?  Adds its cost. */
gram_status sm_find_matches(Search *s, bool *ok);
/* apart.c: the same where many are counted, by an item for each; not *ok: that
 * does not tell. */
gram_status sm_meet_apart(Search *s, bool *ok);
/* Can the literals hold together?  s->cost: bytes of such a completion.
 * Children not known yet are assumed alive: s->blocked. */
gram_status sm_want_check(Search *s, const uint32_t *lits, uint32_t n,
                          bool *ok);
/* After a check that went well: is this key, as for sm_key_conj, one of the
 * completion found, or may it be added? */
gram_status sm_want_spare(Search *s, uint32_t key, bool *ok);
void sm_want_clear(Search *s);
gram_status sm_child_check(Search *s, ValueId v, bool *alive, uint64_t *cost);
/* The same for one container type. */
gram_status sm_container_check(Search *s, TypedId t, bool *alive);

/* A vector of verdicts that may come. */
typedef struct SmVector {
    const uint32_t *bits;
    TypedId after; /* the residual behind it */
    bool alive;    /* it keeps the parent alive */
} SmVector;

/* settle.c: find the residual behind each of n vectors of k verdicts; group i
 * begins at group[start[i]].  A variable with SM_COMES comes true, where others
 * fall. */
#define SM_COMES (1u << 31)
gram_status sm_settle_each(Sm *sm, TypedId id, const uint32_t *group,
                           const uint32_t *start, uint32_t k, SmVector *vector,
                           uint32_t n);
/* behind.c: the residuals behind each of n keys, as for sm_key_conj, names
 * first, ascending.  A guess leaves sets of keys incomplete that have a key
 * which is not `known`. */
typedef struct SmBehind {
    const uint32_t *key;
    uint32_t n, n_named;
    const SmWords *known; /* keys of a completion, ascending; NULL: no guess */
    SmWords group, start; /* facts, as for sm_settle_each, */
    SmWords base, others; /* where they are not so: bits, and pairs (row, fact)
                             that are otherwise */
    SmWords sets;         /* left incomplete: pairs (key, set) */
    SmWords came;         /* scratch */
    SmWords after;        /* by key: TypedIds */
} SmBehind;
static inline TypedId sm_behind(const SmBehind *b, uint32_t i)
{
    return (TypedId){b->after.at[i]};
}
gram_status sm_settle_behind(const Search *s, TypedId id, SmBehind *b);
/* After a search that went well: does it hold for all that is there? */
gram_status sm_guess_is_right(const Search *s, SmBehind *b, bool *yes);
/* ... but not for this key, if it joins the completion? */
bool sm_guess_excludes(const Search *s, const SmBehind *b, uint32_t key);
/* The keys that its completion adds, ascending. */
gram_status sm_keys_of_way(const Search *s, SmWords *out);
void sm_clear_behind(GrEnv *env, SmBehind *b);

/* cubes.c: a function that tells the living of n different vectors from the
 * others; they are left in another order. */
gram_status sm_cubes(Sm *sm, SmVector *vector, uint32_t n, uint32_t n_bits,
                     Bdd *out);

/* --- distinct.c, count.c ------------------------------------------------- */

/* Values, at most cap; *exact: so many, else at least. */
gram_status sm_count_values(Search *s, ValueId v, uint32_t cap, uint32_t *n,
                            bool *exact);
/* distinct.c: what of "none of the items seen" matters to a conj: less, where
 * all its values are known. */
gram_status sm_unseen_of(Search *s, ConjId conj, ConjId *unseen);
/* What may stand at a place were no item there yet. */
gram_status sm_fresh_value(Search *s, uint32_t place, ValueId *out);
/* Are there so many of these that `need` remain, whichever the items seen
 * are?  Nearly always; and it depends on nothing that changes from item to
 * item. */
gram_status sm_is_plenty(Search *s, uint32_t place, uint32_t need,
                         bool *plenty);
/* Outside of searches: has a conj so many values? */
gram_status sm_conj_plenty(Search *s, ConjId conj, uint32_t need, bool *plenty);
/* Can the first `end` items all differ, those to come among them?
 * Are two of all items equal (*end: of so many)? */
gram_status sm_all_differ(Search *s, uint32_t end, bool *ok);
gram_status sm_some_equal(Search *s, uint32_t *end, bool *ok);
/* The same where the items to come are those of s->sign, and only they. */
gram_status sm_signs_differ(Search *s, bool *ok);
gram_status sm_signs_equal(Search *s, bool *ok);
/* Values that an item at a place can have that no item seen has: `need` of
 * them, or how many there are.  Asked blindly: enough (sm->few). */
gram_status sm_count_left(Search *s, uint32_t place, uint32_t need,
                          uint32_t *n);
/* Listed values, one of each of v[0..n), all different, as elements. */
gram_status sm_choose(Search *s, const uint32_t *v, uint32_t n, SmWords *out,
                      bool *ok);

/* --- search.c, example.c -------------------------------------------------- */

uint32_t sm_var_of(const Sm *sm, Bdd f);
/* A path of g, which implies f: the literals that f needs along it, added to
 * s->lits. */
gram_status sm_add_path(Search *s, Bdd f, Bdd g);
/* Is the path in s->lits alive?  If not, it is ruled out of g. */
gram_status sm_try_path(Search *s, Bdd *g, bool *alive);
/* The same, once its children are decided (ways.c). */
gram_status sm_settle_path(Search *s, Bdd *g, bool *alive);
/* lemmas.c: one that the path violates: its place in sm->lemmas, or UINT32_MAX.
 * The path, which was refused, becomes a small part of it; *lasting: that is a
 * lemma. */
gram_status sm_find_lemma(Search *s, uint32_t *at);
gram_status sm_learn(Search *s, bool *lasting);
/* Is any? */
gram_status sm_try_paths(Search *s, bool *alive);
/* Does the atom of a variable hold whatever comes? */
bool sm_is_met(const Search *s, uint32_t var);
/* g and not all of these literals (ascending by variable). */
gram_status sm_exclude(Sm *sm, const uint32_t *lits, uint32_t n, Bdd *g);
void sm_clear_search(Search *s);
/* ways.c: the ways in which a container can hold, as far as they differ in
 * their bits (see sm_ways_goal); s->lits and the last check are of the one
 * found.  *all is false where there are too many, by clauses more than so many
 * tries. */
typedef gram_status SmFound(Search *s, void *ctx);
gram_status sm_each_way(Search *s, SmBit *bit_of, SmFound *found, void *ctx,
                        uint32_t tries, bool *all);

/* cases.c: a key to come whose value decides many variables of a function at
 * once.  A case is a vector of verdicts of what they say of it. */
typedef struct SmCases {
    uint32_t key, n, words; /* cases; words of a vector */
    SmWords uses;           /* pairs: variable, root */
    SmWords roots, vectors;
} SmCases;
/* A key of which alone so many different things are said; *some: there is
 * one. */
gram_status sm_find_cases(Search *s, Bdd f, uint32_t fewest, SmCases *c,
                          bool *some);
/* The literals that case i decides, ascending. */
gram_status sm_case_lits(Sm *sm, const SmCases *c, uint32_t i, SmWords *out);
gram_status sm_cube_of(Sm *sm, const SmWords *lits, Bdd *out);
void sm_clear_cases(Sm *sm, SmCases *c);
/* Does the spec of an object speak of one key alone? */
bool sm_is_of_key(const Sm *sm, uint32_t spec);

/* Why is a container alive, nothing being written yet?  s->part; by children
 * only whose proofs came before its own. */
gram_status sm_prove(Search *s, bool *alive);
/* Has a proof been found?  That there is none? */
bool sm_known_alive(const Sm *sm, TypedId t);
bool sm_known_dead(const Sm *sm, TypedId t);
/* The same container with room for anything. */
gram_status sm_unbounded(Sm *sm, TypedId t, TypedId *out);

/* low.c: a container as a member where costs are told (sm->costing). */
gram_status sm_low_check(Sm *sm, TypedId t, bool *alive, bool *unknown);
/* As sm_decide_needs, then. */
gram_status sm_decide_low(Sm *sm);
/* Of a live container's lowest instance. */
gram_status sm_low_cost(Sm *sm, TypedId t, uint64_t *cost);
/* Have n values of v listed (Value.listed), or all; constants.  *ok is false
 * where that cannot be done yet: s->blocked, or provisional. */
gram_status sm_list_values(Search *s, ValueId v, uint32_t n, bool *ok);

/* --- want.c, want_place.c, want_object.c, witness.c ----------------------- */

/* The spec must hold: sm_held_conj counts it in. */
gram_status sm_hold_spec(Search *s, uint32_t spec);
/* The keys must come, but for those seen. */
gram_status sm_want_keys(Search *s, const uint32_t *key, uint32_t n);
/* Can the object be completed with what s->want asks for? */
gram_status sm_object_path(Search *s, bool *ok);

/* Of places: there are no more; this one is not to be had. */
#define WANT_END  UINT32_MAX
#define WANT_SKIP (UINT32_MAX - 1)

/* Can a member stand at `place` that all of want.hold allow and that breaks
 * the specs want.fall[which[0..n)]? */
gram_status sm_place_live(Search *s, uint32_t place, const uint32_t *which,
                          uint32_t n, bool *alive, uint64_t *cost);
/* What it is. */
gram_status sm_place_value(Search *s, uint32_t place, const uint32_t *which,
                           uint32_t n, ValueId *out);
/* To explain: the first `end` items are those of the way found. */
gram_status sm_note_items(Search *s, uint32_t end);
/* Bytes that a member takes beside its value. */
uint64_t sm_key_cost(const Search *s, uint32_t place);
bool sm_has_seen(const Regs *regs, uint32_t key);
/* Is the key among those that must come?  May it be added to them? */
bool sm_must_come(const Search *s, uint32_t key);
bool sm_is_spare(const Search *s, uint32_t key);
/* May it come in the order of the schema, after those that have? */
bool sm_in_order(const Search *s, uint32_t place);
/* How many keys of a class may still come. */
uint32_t sm_class_left(const Search *s, const KeyClass *c);

/* Witnesses for all of want.fall, in s->witness. */
gram_status sm_find_witnesses(Search *s, bool *ok);
bool sm_extra_of_class(const Search *s);
/* Members of the object with n witnesses. */
uint32_t sm_members(const Search *s, const Witness *w, uint32_t n);
/* Members that n witnesses add at a place of a class. */
uint32_t sm_slots_used(const Search *s, const Witness *w, uint32_t n,
                       uint32_t place);
/* Are the items that must come, witnesses among them, enough and different
 * enough? */
gram_status sm_items_fit(Search *s, const Witness *w, bool *ok);

#endif
