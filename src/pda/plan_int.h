/* What the files of plans share: plan.c makes them, known.c remembers. */
#ifndef GR_PLAN_INT_H
#define GR_PLAN_INT_H

#include "pda/pda.h"

/* A set of facts, by two sums of hashes: order does not matter. */
typedef struct Facts {
    uint64_t a, b;
} Facts;

/* Tokens of a plan are at most so long, so what follows a configuration says
 * no more about it than the next PLAN_TOKEN bytes and what is known there. */
enum { PLAN_TOKEN = 16 };
#define NO_PLAN UINT32_MAX

/* What is known of a configuration with these facts.  next: the byte of the
 * plan, 0 at its end; tokens: that spell it, NO_PLAN where there is none of
 * `most` bytes. */
typedef struct Known {
    Facts facts;
    uint32_t tokens, most;
    uint8_t next;
    bool used;
    uint8_t read; /* which decides what texts are among the facts */
} Known;

/* A configuration that a plan has come to. */
typedef struct PlanStep {
    Facts facts[3];  /* plain; with texts of keys; with the whole text */
    uint32_t tokens; /* from here on, if known; NO_PLAN */
    uint8_t next;
    uint8_t read; /* GR_READ_*, for this byte */
    bool known;
} PlanStep;

/* A level of the configuration that the plans began with. */
typedef struct Old {
    const GrNode *node;          /* NULL for the running level */
    Facts seen_plain, seen_text; /* its keys and items */
    Facts plain, text;           /* of this node and all below it */
    uint64_t sum; /* 1 + estimate from its frame on; 0: unknown */
} Old;

struct GrPlan {
    GrRun run;
    GrArena arena;
    GrText log;
    uint64_t base; /* bytes of the log before `from` */
    uint64_t roll; /* hash of them */
    bool has_items;
    GrConfig from;
    GrVec(Old) olds; /* by depth; the running level is the last */
    Old *old;
    Known *known;
    uint32_t n_known, n_used; /* places, and those that are taken */
    GrTokenLengths *lengths;
    const void *ctx;
    GrVec(PlanStep) path; /* by bytes from the start of the plan */
    GrVec(const GrNode *) nodes;
};

/* Does the node lie on the stack of `from`? */
static inline bool gr_plan_is_old(const GrPlan *p, const GrNode *n)
{
    return n != NULL && n->depth < p->from.depth && p->old[n->depth].node == n;
}

/* The plan begins behind these bytes. */
gram_status gr_plan_text(GrPlan *p, const char *text, size_t len);
/* Tell a configuration apart, which the log leads to. */
gram_status gr_plan_facts(const GrPlan *p, const GrConfig *c, Facts facts[3]);
const Known *gr_plan_find(const GrPlan *p, const PlanStep *at, uint64_t most);
/* Tokens are settled all along the path, or it has no end within `most`. */
void gr_plan_keep(GrPlan *p, uint64_t most);

#endif
