/* A fixed layout of white space; see layout.c. */
#ifndef GR_SCHEMA_LAYOUT_H
#define GR_SCHEMA_LAYOUT_H

#include "schema/cells.h"

/* Bytes of white space, 0 where there is no layout: before the bracket that
 * closes a container behind a member, and between a colon and its value. */
uint64_t sm_close_space(const Sm *sm, TypedId t);
uint64_t sm_colon_space(const Sm *sm);
/* A comma, and the white space before the next member. */
uint64_t sm_comma_cost(const Sm *sm, TypedId t);
/* Bytes of what takes `cost` where nothing is open and has so many lines:
 * deeper, as t or `inside` levels below it. */
uint64_t sm_cost_at(const Sm *sm, uint64_t cost, uint64_t lines, TypedId t,
                    uint32_t inside);
/* Those that a state still asks for, whatever comes next. */
uint64_t sm_missing_space(const Sm *sm, const StateKey *k,
                          const GrLevel *level);

/* The line break of this state has been written: go on inside of its run. */
gram_status sm_layout_break(Sm *sm, uint32_t kind, TypedId t, uint32_t b,
                            Cell *out);
gram_status sm_layout_fill(Sm *sm, const StateKey *k, uint8_t byte, Cell *out);
/* The white space that comes next, or that may; 0: a token must. */
uint8_t sm_layout_hint(const Sm *sm, const StateKey *k, const GrLevel *level);

#endif
