/* The texts of the statuses, from the table in gram.h.  The switch is made from
 * the table that makes the enum; a number from elsewhere still has a text. */
#include "base/base.h"

const char *gram_status_text(gram_status status)
{
    switch (status) {
#define STATUS_CASE(name, number, text)                                        \
    case GRAM_##name: return text;
        GRAM_STATUS_TABLE(STATUS_CASE)
#undef STATUS_CASE
    }
    return "unknown status";
}
