/* What the files of budgeted masks share: budget.c asks where tokens lead,
 * budget_plain.c answers for many of them at once. */
#ifndef GR_MASK_BUDGET_H
#define GR_MASK_BUDGET_H

#include "mask/mask_int.h"

enum { LANDINGS = 64 };

/* Where tokens have landed, whatever they spell: a configuration that has
 * nothing of the walk's own but registers. */
typedef struct Landing {
    GrConfig c;
    bool used, cheap;
    bool brief; /* not for keys of GR_BRIEF bytes: those count */
} Landing;

/* The tokens of a walk: each, those of plain characters, or the others. */
typedef enum Part { PART_ALL, PART_PLAIN, PART_ROUGH } Part;

typedef struct Budget {
    GrPlan *plan;
    const GrConfig *from;
    uint64_t tokens;
    Part part;
    uint32_t before; /* bytes of tokens ahead of where a walk begins */
    Landing at[LANDINGS];
    /* The last of these, over the first base of the walk. */
    StateId last;
    bool is_last, last_cheap;
} Budget;

/* Is the token affordable that leads to c, the first `len` bytes of the path?
 * *kept (may be NULL): the landing, if all that land there have this answer. */
gram_status gr_budget_answer(Walk *k, const GrConfig *c, uint32_t len,
                             bool *cheap, const Landing **kept);
/* The same for this token alone. */
gram_status gr_budget_ask(Walk *k, const GrConfig *c, uint32_t len,
                          bool *cheap);
/* Is the key or item that is open at c one that its object or array may have
 * already?  What goes on from one that is not is none either. */
bool gr_budget_rival(const Walk *k, const GrConfig *c, uint32_t len);
/* Is it a key of GR_BRIEF bytes? */
bool gr_budget_brief(const Walk *k, const GrConfig *c, uint32_t len);

/* Load a row and set what is affordable among the plain tokens, inside a
 * string. */
gram_status gr_budget_plain(Walk *k, const GrConfig *c);

#endif
