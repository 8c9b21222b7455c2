#ifndef GR_GRAMMAR_H
#define GR_GRAMMAR_H

#include "base/base.h"
#include "base/report.h"
#include "pda/pda.h"

gram_status gr_grammar_compile(GrEnv *env, gram_kind kind, const char *text,
                               size_t len, const gram_options *opt, GrPda *pda,
                               GrReport *report);
/* In regex_flags: the pattern may match anywhere in the text (default: all
 * of it).  Outside of the public flags. */
#define GR_GRAMMAR_SEARCH 0x80000000u

gram_status gr_grammar_print(GrPda *pda, const char *stage, GrText *out);

#endif
