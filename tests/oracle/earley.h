/* earley: a recogniser that is slow and obviously right.
 *
 * It reads the plainest grammar notation (`cfg`): a rule a line,
 *
 *     root ::= A "b" | "" | root root
 *
 * names, one-character strings, "" and |.  It shares no code and no idea
 * with the library: derivation is the least fixed point of its definition,
 * computed by going round until nothing changes, so left recursion, nullable
 * cycles and ambiguity need no thought at all.
 *
 *     D(A, i)  the set of all j such that A derives text[i .. j)
 *     L(A, i)  text[i .. n) is a prefix of some string that A derives
 *
 * A text may also be a row of tokens: `token[i]` then says which token begins
 * at position i, and <[7]> or !<[7]> are symbols that match one token as a
 * whole.  A token that is no text occupies one position, which no byte
 * matches.
 *
 * (The definitions are those of Earley 1970, without the bookkeeping that
 * makes his algorithm fast.)  Cost: cubic, times the rounds. */
#ifndef ORACLE_EARLEY_H
#define ORACLE_EARLEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CFG_RULES = 48, CFG_ALTS = 256, CFG_SYMBOLS = 1024, CFG_TEXT = 63 };

typedef struct CfgAlt {
    int rule, first, n; /* symbol[first .. first + n) */
} CfgAlt;

typedef struct CfgToken {
    int len; /* positions; 0: no token begins here */
    int id;
    bool is_text; /* else no negation matches it */
} CfgToken;

typedef struct Cfg {
    char name[CFG_RULES][16];
    int n_rules; /* rule 0 is the start */
    CfgAlt alt[CFG_ALTS];
    int n_alts;
    int symbol[CFG_SYMBOLS]; /* >= 0: a rule; -1 - byte; below that,
                                -1000 - 2 id - negated: a token */
    CfgToken token[CFG_TEXT + 1];
    int n_symbols;
    bool productive[CFG_RULES];
    bool fault; /* answer wrongly, to see that it is noticed:
                            nullable rules are taken for non-nullable */
} Cfg;

/* Read a grammar; rule `start` becomes rule 0.  false: not this notation. */
bool cfg_read(Cfg *g, const char *text, const char *start);
/* Is text in the language?  len <= CFG_TEXT. */
bool cfg_accepts(const Cfg *g, const char *text, size_t len);
/* Is it a prefix of a string of the language? */
bool cfg_is_prefix(const Cfg *g, const char *text, size_t len);

/* How many of the start rule's alternatives derive the text; two or more are
 * a proof that the grammar is ambiguous. */
int cfg_ways(const Cfg *g, const char *text, size_t len);

/* cfg_shape.c: what some reachable rule is, in the first way that fits. */
enum {
    CFG_LEFT_DIRECT = 1,    /* A -> A ... */
    CFG_LEFT_INDIRECT = 2,  /* A -> B ..., B -> A ... */
    CFG_LEFT_HIDDEN = 4,    /* A -> N A ..., N nullable */
    CFG_UNIT_CYCLE = 8,     /* A -> B, B -> A */
    CFG_NULLABLE_CYCLE = 16 /* A -> N A M, both nullable */
};
uint32_t cfg_shape(const Cfg *g);

#endif
