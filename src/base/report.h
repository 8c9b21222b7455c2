/* report: what became of the parts of a source.
 *
 * A front end adds an entry for each keyword or construct that is enforced,
 * an annotation, restricted or relaxed; gram_grammar_report_get hands them
 * out.  Strings are copied into the report's own arena, so the source may go
 * away.  The owner zero-initialises a GrReport and clears it; entries keep
 * the order of adding.  Cost: O(length) an entry. */
#ifndef GR_REPORT_H
#define GR_REPORT_H

#include "base/base.h"

typedef struct GrReport {
    GrArena arena;
    GrVec(gram_report_entry) entries;
    bool complete; /* set by the owner: nothing more will be added */
} GrReport;

/* Zero-terminated strings; NULL means "". */
gram_status gr_report_add(GrEnv *env, GrReport *report, gram_report_kind kind,
                          const char *keyword, const char *pointer,
                          const char *note);
void gr_report_clear(GrEnv *env, GrReport *report);

#endif
