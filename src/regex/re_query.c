#include "regex/re_pool.h"
bool gr_re_nullable(const GrRe *re, ReId a)
{
    return gr_re_node(re, a)->nullable;
}
