/* What the files of plans share: plan.c makes them, plan_spell.c and plan_way.c
 * do where not all texts are rows of tokens, plan_cost.c says how far an end
 * is, known.c remembers. */
#ifndef GR_PLAN_INT_H
#define GR_PLAN_INT_H

#include "pda/run.h"

/* A set of facts, by two sums of hashes: order does not matter. */
typedef struct Facts {
    uint64_t a, b;
} Facts;

/* Tokens of a plan are at most so long, so what follows a configuration says
 * no more about it than the next PLAN_TOKEN bytes and what is known there.
 * Where bytes are missing, longer ones may be all there is. */
enum { PLAN_TOKEN = 16, SPELL_TOKEN = 32 };
#define NO_PLAN UINT32_MAX

/* Kinds of facts, known.c; and sets of them, under which something may be
 * known of a configuration. */
enum {
    PLAIN,
    BRIEF,
    KEYS,
    TEXTS,
    ITEM_KINDS,
    ITEMS = ITEM_KINDS,
    PLACE,
    FACT_KINDS
};
enum { SET_ITEMS = ITEM_KINDS, SET_PLACE = 2 * ITEM_KINDS, SETS };

/* What is known of a configuration.  next: the byte of the plan, 0 at its
 * end; bytes: of all of it; tokens: that spell them, NO_PLAN where there is
 * none of `most` bytes. */
typedef struct Ahead {
    uint32_t tokens, bytes, most;
    uint8_t next;
    /* GR_READ_*, from here to the end: it decides under which facts this is
     * known; and what the end of the open key read, which only matters before
     * the key, and that of the open string which is an item. */
    uint8_t read, read_key, read_item;
    bool used;
} Ahead;

typedef struct Known {
    Facts facts;
    Ahead ahead;
} Known;

/* Where a text may be in a row of tokens: between two of them, and inside of
 * some (GrPlanTokens.spell).  A text that is in more of them at once than there
 * is room for is not followed in all. */
enum { SPELLED_MOST = 4 };
typedef struct Spelled {
    bool ends;
    uint8_t n;
    uint32_t at[SPELLED_MOST];
} Spelled;

static inline bool gr_spelled_between(const Spelled *s)
{
    return s->ends && s->n == 0;
}

/* A configuration that a search for a plan has come to. */
typedef struct Spot {
    GrConfig c;
    Spelled at;
    uint64_t bytes, least; /* estimate; the least one on the way */
    uint64_t tried[4];     /* classes of bytes that are alike */
    uint32_t before;    /* the spot that led here, and the one at which the */
    uint32_t opened;    /* innermost level was opened, if the search did that */
    uint32_t depth;     /* moves from the start */
    uint32_t next;      /* moves tried from here */
    uint32_t take;      /* the class + 1 of the token taken to come here; */
    uint8_t byte;       /* 0: the byte was this one */
    bool entered, done; /* nothing is left to be tried from here */
} Spot;

typedef struct Search {
    GrVec(Spot) spots;
    GrVec(uint32_t) queue[2]; /* heaps of spots, each in an order of its own */
    GrVec(uint32_t) moves;    /* the spots of the way that was found */
    GrMap met;                /* configurations */
    bool rough;   /* texts of keys and items do not tell them apart */
    bool doubted; /* it may have left out what leads to an end */
    bool here;    /* for where the text is, of which only its own ways count */
} Search;

/* A configuration that a plan has come to. */
typedef struct PlanStep {
    Facts facts[SETS];
    Ahead ahead; /* until the plan is complete: of this byte alone */
    bool known;
    bool in_item;
    /* rival: an other key, or another item, begins like the open one */
    bool in_key, in_string, rival;
    bool is_long; /* in a key longer than GR_BRIEF */
    bool takes;   /* a token by its id: the byte behind it stands for that */
} PlanStep;

/* A level of the configuration that the plans began with. */
typedef struct Old {
    const GrNode *node;     /* NULL for the running level */
    Facts seen[ITEM_KINDS]; /* its keys and items */
    Facts all[ITEM_KINDS];  /* of this node and all below it */
    uint64_t item; /* where the outermost open item of these began; 0 */
    uint64_t sum;  /* 1 + estimate from its frame on; 0: unknown */
} Old;

struct GrPlan {
    GrRun run;
    GrSought sought;
    GrArena arena;
    GrText log;
    uint64_t base;   /* bytes of the log before `from` */
    uint64_t looked; /* at bytes of items, for run.fresh */
    uint64_t roll;   /* hash of them from the outermost open item on */
    GrConfig from;
    bool idles;      /* the machine tells where register 0 is idle */
    GrVec(Old) olds; /* by depth; the running level is the last */
    Old *old;
    Known *known;
    uint32_t n_known, n_used; /* places, and those that are taken */
    GrPlanTokens tokens;
    Search search;
    GrVec(PlanStep) path; /* by bytes from the start of the plan */
    GrHint hint;          /* of which `hinted` bytes are on it */
    uint32_t hinted;
    GrVec(const GrNode *) nodes;
};

/* Does the node lie on the stack of `from`? */
static inline bool gr_plan_is_old(const GrPlan *p, const GrNode *n)
{
    return n != NULL && n->depth < p->from.depth && p->old[n->depth].node == n;
}

/* Step `c` over a byte, which joins the log; *dead: or over a limit. */
gram_status gr_plan_step(GrPlan *p, GrConfig *c, uint8_t byte, bool *dead);
/* The bytes in the order in which plans try them: the i-th, of so many. */
enum { GR_PLAN_TRIES = 280, GR_PLAN_FIRST = 24 };
uint32_t gr_plan_turn(const GrConfig *c);
uint8_t gr_plan_nth_byte(uint32_t i, bool quoted, uint32_t turn);
/* plan_way.c: ways of a search.  Where a byte leads in rows of tokens; false:
 * nowhere. */
bool gr_way_spell(const GrPlan *p, const Spelled *at, uint8_t byte,
                  Spelled *to);
/* The log as it is at a spot, behind `base` bytes of it; as it was before. */
gram_status gr_way_write(GrPlan *p, uint64_t base, uint32_t spot);
void gr_way_cut(GrPlan *p, uint32_t len);
/* Where the move leads that leads to a spot; *dead: nowhere. */
gram_status gr_way_move(GrPlan *p, GrConfig *c, const Spot *s, bool *dead);
/* Of a configuration, for what begins with a token there; and what is known of
 * it, if that is a way to an end.  *dead: there is none.  `own`: known of this
 * text alone. */
gram_status gr_way_facts(const GrPlan *p, const GrConfig *c, PlanStep *out);
const Ahead *gr_way_known(const GrPlan *p, const PlanStep *step,
                          const Spelled *at, uint64_t most, bool own,
                          bool *dead);
/* What is read from now on is a step's. */
void gr_way_begin(GrPlan *p);
/* The moves that were found become the path; or that there are none. */
gram_status gr_way_put(GrPlan *p, const GrConfig *from, uint64_t most);
gram_status gr_way_put_none(GrPlan *p, uint64_t base, uint64_t most);

/* plan_spell.c: a plan of at most `most` bytes that can be spelled becomes the
 * path. */
gram_status gr_plan_search(GrPlan *p, const GrConfig *c, uint64_t most,
                           bool *found);
void gr_plan_search_clear(GrPlan *p);

/* About how many bytes c is from an end; UINT64_MAX: there is none. */
gram_status gr_plan_estimate(GrPlan *p, const GrConfig *c, uint64_t *bytes);
/* Is the key that a byte begins taken? */
bool gr_plan_begins_taken(GrPlan *p, const GrConfig *c, uint8_t byte);

/* Texts are facts as far as they are sought, so with more of that the old
 * levels are told anew. */
void gr_plan_retell(GrPlan *p);
/* The plan begins behind these bytes. */
gram_status gr_plan_text(GrPlan *p, const char *text, size_t len);
/* Tell a configuration apart, which the log leads to. */
gram_status gr_plan_facts(const GrPlan *p, const GrConfig *c, PlanStep *out);
const Ahead *gr_plan_find(const GrPlan *p, const PlanStep *at, uint64_t most);
/* The same of this text alone. */
const Ahead *gr_plan_find_text(const GrPlan *p, const PlanStep *at,
                               uint64_t most);
/* Tokens are settled all along the path, or it has no end within `most`. */
void gr_plan_keep(GrPlan *p, uint64_t most);

#endif
