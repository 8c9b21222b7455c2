/* machine: what stands behind the waist's questions; private to the room. */
#ifndef GR_GRAMMAR_MACHINE_H
#define GR_GRAMMAR_MACHINE_H

#include "grammar/left.h"
#include "grammar/stacks.h"
#include "pda/pda.h"

/* A call that a byte may go into, over where it returns to. */
typedef struct Pending {
    uint64_t key; /* rank << 32 | callee */
    StackTop top;
} Pending;

typedef struct Loop {
    const uint32_t *ranges;
    uint32_t n, reg, limit;
} Loop;

/* A state of count.c: inside the repeat, at a state of what it repeats. */
typedef struct Counter {
    uint32_t automaton, symbol;
} Counter;

/* In state_sets: the rest is an index of counters. */
#define GR_COUNTER 0x80000000u

typedef struct MachineA {
    GrEnv *env;
    GrPda *pda;
    GrRules rules;
    GrNfa nfa; /* these two while some automata are late */
    GrLeft left;
    GrRtn rtn;
    GrStacks stacks;
    uint32_t map;        /* the network's byte classes */
    uint32_t byte_map;   /* each byte of UTF-8 alone */
    uint32_t inside_map; /* the same for sets inside of a token, where no */
    uint32_t inside_byte_map; /* byte is dead */
    uint8_t byte_of[256];     /* a byte of each class of the network */
    uint8_t first[256];  /* classes of the network and of all that regexes */
    uint32_t n_first;    /* begin with; 0: not known yet, 1: too much work */
    GrMap lexer_of;      /* where the lexer of a regex begins, by ReId */
    GrIntern partitions; /* maps of lexers, behind whether states are there */
    GrVec(uint32_t) partition_map; /* its row map */
    GrVec(uint32_t) lexers;        /* scratch: one of these */
    GrMap state_ids, frame_ids;    /* StackSet -> id */
    GrVec(StackSet) state_sets;    /* by StateId; or GR_COUNTER */
    GrMap counter_ids;             /* (automaton, symbol) -> id */
    GrVec(Counter) counters;
    GrVec(StackSet) frame_sets; /* by FrameId; BOTTOM's is the end */
    GrMap moves;                /* (set, byte) -> set, closed */
    GrVec(Pending) pending;     /* a heap */
    GrVec(uint64_t) rests;      /* of calls that are opened together: what */
    TopList backs;              /* is below tail calls, and the others' tops */
    TopList tops;
    GrMap loop_ids; /* StateId -> index into loops */
    GrVec(Loop) loops;
    GrArena arena; /* the loops' ranges */
} MachineA;

extern const GrMachineOps gr_machine_a;

/* The network is built: make the start state. */
gram_status gr_machine_start(MachineA *m, GrPda *pda);
void gr_machine_free(void *machine);

/* partition.c: the row map of a set, of whose tops one is INSIDE or none. */
gram_status gr_partition_start(MachineA *m);
gram_status gr_partition_of(MachineA *m, StackSet x, bool inside,
                            uint32_t *map);
gram_status gr_partition_lexer(MachineA *m, ReId expr, LexId *out);
void gr_partition_clear(MachineA *m);

/* The closed set of stacks behind x and a byte. */
gram_status gr_machine_move(MachineA *m, StackSet x, uint8_t byte,
                            StackSet *out);
/* count.c: the cell that begins to count, where x lets it; and what is to be
 * known of a counting state.  Its loop is what comes from *from to the hole
 * (STACKS_NONE: it has none). */
typedef gram_status (*FrameOf)(MachineA *m, StackSet d, FrameId *out);
gram_status gr_count_enter(MachineA *m, StackSet x, FrameOf frame_of, bool *did,
                           Cell *out);
gram_status gr_count_fill(MachineA *m, StackSet x, uint8_t byte, Cell *out);
uint64_t gr_count_cost(const MachineA *m, StackSet x, const GrLevel *level);
gram_status gr_count_loop(MachineA *m, StackSet x, StackSet *from,
                          uint32_t *reg, uint32_t *limit);
gram_status gr_count_print(const MachineA *m, StackSet x, GrText *out);
/* rtn_print.c: "rules", "rtn", "dot", "regex", "dfa". */
gram_status gr_machine_print_stage(void *machine, const char *stage,
                                   GrText *out);
/* loop.c */
gram_status gr_machine_loop(void *machine, StateId s, GrLoop *out);

#endif
