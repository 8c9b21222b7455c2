/* What a matcher is; private to the room. */
#ifndef GR_MATCH_MATCH_INT_H
#define GR_MATCH_MATCH_INT_H

#include "match/match.h"

/* A token as it was before it was taken.  Most texts lead from place to place
 * (mask/place.c), and then a number is all there is to go back to. */
typedef struct Record {
    PlaceId place; /* before the token; 0: its configuration is saved */
    uint32_t log_len;
    uint32_t n_taken;
} Record;

/* The configuration of a record, and the arena before its token; there is one
 * where the place before or behind the token has no number. */
typedef struct Saved {
    GrConfig config;
    GrArenaMark mark;
    uint32_t record;
} Saved;

/* A token taken by id, whose bytes, if it has any, are the log's from at on. */
typedef struct Taken {
    uint32_t at, token;
} Taken;

struct GrMatcher {
    /* What a text reads that goes the way of others comes first: two lines of
     * 64 bytes. */
    GrMaskView known; /* what was known here of the mask (gr_place_look) */
    PlaceId place;    /* 0: unknown; then config is there */
    bool is_there;    /* the configuration: else it is that of the place */
    bool terminated;  /* by an end token */
    bool spells;      /* gr_masks_spell */
    bool failed;      /* the error's code may be another one than GRAM_OK */
    GrMasks *masks;   /* NULL while it rests */
    const GrVocab *v;
    GrWork *work;
    GrText log; /* every byte accepted: keys, items, moves read it */
    GrVec(Record) records;
    GrVec(Taken) taken;
    GrEnv env;
    gram_error error;
    GrPlan *plan; /* NULL until a bound is asked for, or it is shared */
    GrRun run;
    GrArena arena; /* of nodes and seen keys that no place has */
    GrVec(Saved) saved;
    Saved start; /* before the first byte (in a fork: of the grammar) */
    PlaceId start_place;
    GrConfig config; /* where it is there */
};

/* match.c: every call begins and ends with these: a step budget of its own,
 * and an error that says why it failed. */
void gr_match_begin(GrMatcher *m);
gram_status gr_match_end(GrMatcher *m, gram_status status);
/* Find the place where the configuration was changed. */
void gr_match_find_place(GrMatcher *m);

/* The present configuration, for all that does not go by places. */
GrConfig *gr_match_config(GrMatcher *m);
/* An end token has been taken: all but asking is an error. */
gram_status gr_match_over(GrMatcher *m);

/* Where a token is taken, or tried. */
typedef struct Before {
    Record record;
    Saved saved;
} Before;

/* Behind it everything that keeping the token needs is there. */
gram_status gr_match_start_token(GrMatcher *m, Before *b);

/* Bytes that are no token yet.  *done: how many were fine, if keys are not left
 * to the end. */
gram_status gr_match_bytes(GrMatcher *m, const char *bytes, size_t len,
                           bool keys_later, size_t *done);
/* The class by which the token can be taken by its id here, or GR_NO_CLASS; and
 * taking it so.  Text may be allowed for its bytes as well: both meanings go
 * on. */
gram_status gr_match_class(GrMatcher *m, uint32_t token, bool is_text,
                           uint32_t *cls);
gram_status gr_match_take(GrMatcher *m, uint32_t token, uint32_t cls,
                          const char *bytes, uint32_t len);

/* May the text end here? */
gram_status gr_match_may_end(GrMatcher *m, bool *may);

/* bound.c: GRAM_E_REFUSED where no way to an end was found that tokens can
 * spell; and the mask of the tokens behind which there is one. */
gram_status gr_match_alive(GrMatcher *m);
gram_status gr_match_spelled(GrMatcher *m, GrMaskView *out);

#endif
