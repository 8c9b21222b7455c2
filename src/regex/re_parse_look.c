/* Assertions and backreferences. */
#include "regex/re_ast.h"

gram_status gr_ast_solve(GrRe *re, const Ast *ast, const ReId *plain,
                         uint32_t flags, ReId *out)
{
    uint32_t i = 0;
    (void)plain, (void)flags, (void)out;
    while (i + 1 < ast->nodes.n && !ast->nodes.at[i].special) i++;
    return gr_fail(re->env, GRAM_E_UNSUPPORTED, ast->nodes.at[i].at,
                   "an assertion or reference inside the pattern");
}
