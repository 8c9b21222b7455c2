/* kept.h - private to src/mask: what is kept of the masks of a grammar.  The
 * masks, the memo that finds them, rows, and the classes of its loops. */
#ifndef GR_MASK_KEPT_H
#define GR_MASK_KEPT_H

#include "base/index.h"
#include "mask/tables_int.h"

/* --- stored masks --------------------------------------------------------- */

#define BASE_EMPTY 0u
#define BASE_NONE  UINT32_MAX

typedef struct Mask {
    uint64_t sum;
    uint32_t n;             /* tokens */
    uint32_t base;          /* BASE_NONE: `row` is all there is */
    uint32_t ids, n_ids;    /* toggles of the base, in GrMasks.ids */
    uint32_t same_sum;      /* an older mask with this sum, or 0 */
    _Atomic uint32_t asked; /* decides whether a row is worth it (store.c) */
    uint32_t *_Atomic row;  /* all bits, or NULL; see gr_mask_is_base */
} Mask;

/* --- memo ----------------------------------------------------------------- */

enum {
    MARK_KEY,   /* follow the spellings of seen keys */
    MARK_AGAIN, /* a key that follows others of the same walk: walk again,
                   exactly, where the survey does not rule it out */
    MARK_HARD,  /* walk again, exactly */
    MARK_ITEM,  /* try again, exactly, what may complete an item seen */
    MARK_END    /* ask again whether the text may end */
};

typedef struct Mark {
    uint32_t node;  /* of the trie; GR_TRIE_NONE: above all nodes */
    uint32_t depth; /* bytes up to and including node */
    uint32_t state; /* KEY, AGAIN: the state behind the opening quote;
                       ITEM: the register that says where the item began */
    uint32_t added; /* AGAIN: keys added before it in the walk; ITEM: not 0
                       where the item began in the walk */
    uint16_t level; /* of the object, or array; AGAIN: 0 where the walk
                       opened it */
    uint8_t kind;
    uint8_t byte; /* if cls: of the rests that node is one of */
    uint32_t cls; /* class index + 1; 0: node is of the trie of tokens */
    _Atomic uint32_t survey; /* index, 0: not made */
} Mark;

/* Others may be storing the survey of `from`. */
static inline void gr_mark_copy(Mark *to, Mark *from)
{
    *to = (Mark){from->node,
                 from->depth,
                 from->state,
                 from->added,
                 from->level,
                 from->kind,
                 from->byte,
                 from->cls,
                 atomic_load_explicit(&from->survey, memory_order_acquire)};
}

/* Which keys an object must have for anything below an opening quote to be
 * dead: one of those that tokens close there, or at least `least` of them. */
typedef struct Survey {
    uint32_t closed, n; /* hashes of keys closed below, ascending */
    uint32_t longest;   /* bytes of the longest of them */
    uint32_t least;     /* words of the state with the fewest */
    bool made;
} Survey;

typedef struct Leaf {
    uint32_t self; /* index of this leaf */
    uint32_t next; /* leaf + 1 */
    uint32_t mask; /* id */
    uint32_t boxes, n_boxes, asked, n_asked;
    uint32_t frames; /* read */
    uint32_t marks, n_marks;
    uint32_t below; /* leaf + 1 whose marks come first, or 0 (near.c) */
    uint32_t groups, n_groups; /* of rests that are alive (rests.c) */
    uint32_t over, n_over; /* nodes alive, whatever the marks of `below` say */
} Leaf;

typedef struct MemoNode {
    _Atomic uint32_t leaf;  /* leaf + 1 */
    _Atomic uint32_t frame; /* the first child's frame + 1 */
    _Atomic uint32_t child; /* and the child */
    _Atomic uint32_t more;  /* there are others, in GrMasks.children */
    uint32_t n_leaves;
} MemoNode;

/* place.c */
typedef struct Moves Moves;
typedef struct Places {
    GrStore place, node, level, seen, text;
    GrIndex by_place, by_node, by_level, by_seen;
    Moves *_Atomic moves;
    _Atomic uint32_t n_moves; /* noted so far, some of them again */
} Places;
void gr_mask_places_init(Places *p);
void gr_mask_places_clear(GrEnv *env, Places *p);

/* --- rows (rows.c) -------------------------------------------------------- */

typedef GrVec(uint32_t) Ids;

/* Ids of a mask: the toggles of its base. */
typedef struct Patch {
    const uint32_t *ids;
    uint32_t n;
} Patch;

/* A row as GrWork has one, put aside.  Inside and outside of strings masks are
 * patches of different bases: going back and forth need not copy rows. */
typedef struct Held {
    uint32_t *row;
    Patch on;
    uint32_t mask;
    uint32_t turn; /* when it was asked for last */
    Ids ids;       /* toggles, if `shown` is false */
    uint64_t sum;
    uint32_t n;
    bool shown; /* it is the mask: base and `on`; and sum and n are its */
} Held;
enum { N_HELD = 16, MANY_HELD = 2, N_DUE = 32, N_ROW_HINTS = 64 };

/* A base that texts of the grammar came to, and a row that is this base, where
 * one is kept that no work space has. */
typedef struct Wanted {
    uint32_t base;
    uint32_t idle; /* so many texts since have not come to it */
    uint32_t *row;
} Wanted;

/* In GrMasks.groups. */
typedef struct GroupList {
    uint32_t at, n;
} GroupList;
enum { LAST_GROUPS = 4 };

/* The plans of all matchers where bytes are missing (shared_plan.c). */
typedef struct SharedPlan {
    pthread_mutex_t lock; /* of all of it */
    GrEnv env;
    GrPlan *plan; /* NULL: not made yet */
} SharedPlan;

struct GrMasks {
    GrPda *pda;
    const GrVocab *v;
    const GrTables *tables;
    uint32_t flags;
    GrEnv env;
    SharedPlan plan;
    pthread_mutex_t lock; /* of everything below */
    GrStore masks, ids, leaves, boxes, asked, marks, over, nodes, roots;
    GrStore bases; /* behind those of the tables */
    uint32_t n_derived;
    GrStore surveys, closed, groups;
    GroupList last_groups[LAST_GROUPS];
    uint32_t n_group_lists;
    GrStore zones;
    GrMap zone_of;       /* place (zone.c) -> zone, or 0 */
    GrMap deep_of;       /* states that were met in a deep one (zone_deep.c) */
    GrMap ended;         /* (frame, state behind a key) -> state, mask.c */
    GrMap rest_roots;    /* (class, byte, state) -> node */
    GrIntern survey_ids; /* cls, byte, node, state */
    /* keyed.c: entries, and what they are found by */
    GrStore key_entries, key_texts;
    GrIndex keyed;
    _Atomic uint32_t n_roots;
    GrMap by_sum, children;
    GrStore classes; /* ClassRef *, from 1 */
    GrArena rests;   /* of this grammar's own */
    GrStore headed;  /* Headed; their rows are in `rests` */
    Places places;
    uint64_t row_bytes;
    Wanted wanted[N_HELD];      /* the last ones come first */
    uint32_t n_wanted, n_spare; /* all of them, those with a row */
    _Atomic uint32_t n_works;   /* made so far */
    _Atomic uint32_t n_live;    /* of them there are now */
    _Atomic uint64_t steps;
    _Atomic bool *full; /* may be NULL */
};

/* A class in use by a grammar; those before CLASS_OWN are the vocabulary's. */
typedef struct RestsPage {
    const Rests *_Atomic of[16]; /* NULL: not made yet */
} RestsPage;

typedef struct ClassRef {
    Class *_Atomic cls;     /* NULL: not built yet */
    const uint32_t *ranges; /* of it, but for the vocabulary's */
    uint32_t n_ranges;
    uint32_t all; /* base index of cls->all; 0: not built yet */
    /* Of cls->few, or made from the plain class's; 0: not there. */
    _Atomic uint32_t few[LENGTH_ROWS];
    _Atomic bool counted; /* characters, that is */
    /* Rests that the class itself does not have, by halves of their first
     * byte; few first bytes occur. */
    RestsPage *_Atomic page[16];
    Sweep sweep; /* under the lock */
} ClassRef;

enum { LEAVES_MAX = 256 }; /* of one memo node; more are not kept */
enum { MARKS_MAX = 4096 }; /* of one mask; a mask with more is not kept */

#endif
