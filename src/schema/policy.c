/* The options that a machine follows, and a report of those that keep some
 * values out: a limit is never silent, not even the one that nobody set. */
#include "schema/machine.h"

#include <stdio.h>

void sm_read_policy(Policy *p, const gram_options *opt)
{
    gram_options defaults = {0};
    if (opt == NULL) opt = &defaults;
    p->space_max = opt->whitespace_max ? opt->whitespace_max : 32;
    if (opt->whitespace == GRAM_WHITESPACE_NONE) p->space_max = 0;
    if (opt->whitespace == GRAM_WHITESPACE_ANY) p->space_max = UINT32_MAX;
    p->outer_space = opt->whitespace == GRAM_WHITESPACE_ANY;
    p->layout = opt->whitespace == GRAM_WHITESPACE_INDENT;
    p->indent = opt->indent;
    if (p->layout) p->space_max = 0;
    p->escapes = opt->escapes == GRAM_ESCAPES_CANONICAL ? GR_LEX_CANON
                                                        : GR_LEX_JSON;
    p->key_order = opt->key_order == GRAM_KEY_ORDER_SCHEMA;
    p->max_string = opt->max_string;
    p->max_items = opt->max_items;
    p->max_depth = opt->max_depth;
    if (p->layout && (p->max_depth == 0 || p->max_depth > SM_MAX_DEPTH))
        p->max_depth = SM_MAX_DEPTH;
    p->numbers = (GrNumPolicy){64, 3, false};
    if (opt->number_digits) p->numbers.max_digits = opt->number_digits;
    if (opt->numbers == GRAM_NUMBERS_ANY)
        p->numbers.max_digits = p->numbers.max_exponent_digits = 0;
    if (opt->numbers == GRAM_NUMBERS_NO_EXPONENT) p->numbers.no_exponent = true;
}

/* --- what is kept out ----------------------------------------------------- */

/* The option `name` leaves at most n of something. */
static gram_status at_most(Sm *sm, GrReport *report, const char *name,
                           const char *what, uint32_t n)
{
    char note[96];
    snprintf(note, sizeof note, "%s: at most %u", what, n);
    return gr_report_add(sm->env, report, GRAM_REPORT_RESTRICTED, name, "",
                         note);
}

static gram_status report_numbers(Sm *sm, GrReport *report)
{
    const GrNumPolicy *n = &sm->policy.numbers;
    char note[96], exponent[40] = "";
    if (n->max_digits == 0) return GRAM_OK;
    if (n->no_exponent)
        snprintf(exponent, sizeof exponent, ", no exponent");
    else if (n->max_exponent_digits > 0)
        snprintf(exponent, sizeof exponent, ", of an exponent: at most %u",
                 n->max_exponent_digits);
    snprintf(note, sizeof note, "digits in a row: at most %u%s", n->max_digits,
             exponent);
    return gr_report_add(sm->env, report, GRAM_REPORT_RESTRICTED, "numbers", "",
                         note);
}

gram_status sm_report_policy(Sm *sm, GrReport *report)
{
    const Policy *p = &sm->policy;
    bool deep = p->max_depth == 0 || p->max_depth > SM_MAX_DEPTH;
    if (p->max_string)
        GR_TRY(at_most(sm, report, "max-string", "characters of a string",
                       p->max_string));
    if (p->max_items)
        GR_TRY(at_most(sm, report, "max-items", "items of an array",
                       p->max_items));
    GR_TRY(report_numbers(sm, report));
    return at_most(sm, report, "max-depth", "open arrays and objects",
                   deep ? SM_MAX_DEPTH : p->max_depth);
}
