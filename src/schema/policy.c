/* The options that a machine follows, and a report of those that keep some
 * texts out, though their values are valid: a limit is never silent, not even
 * one that nobody has set.
 *
 * Options are read once, with their defaults put in, so that states ask for one
 * number each.  They narrow texts (white space, escapes, digits of numbers) or
 * values (lengths, depth); the latter become part of the goals of values, never
 * of schemas (typed.c). */
#include "schema/machine.h"

#include <stdio.h>

/* 0 of an option is its default.  With a layout no white space is free:
 * layout.c writes it, and its runs have a length that depends on the depth,
 * which must therefore have a bound. */
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

static gram_status restricted(Sm *sm, GrReport *report, const char *option,
                              const char *note)
{
    return gr_report_add(sm->env, report, GRAM_REPORT_RESTRICTED, option, "",
                         note);
}

/* The option leaves at most n of something. */
static gram_status at_most(Sm *sm, GrReport *report, const char *option,
                           const char *what, uint32_t n)
{
    char note[96];
    snprintf(note, sizeof note, "%s: at most %u", what, n);
    return restricted(sm, report, option, note);
}

/* What is told is the one reason that holds: the policies exclude
 * each other. */
static gram_status report_space(Sm *sm, GrReport *report)
{
    const Policy *p = &sm->policy;
    char note[96];
    if (p->outer_space) return GRAM_OK;
    if (p->layout)
        snprintf(note, sizeof note,
                 "members on lines of their own, %u spaces a level", p->indent);
    else if (p->space_max == 0)
        snprintf(note, sizeof note, "none between tokens");
    else
        snprintf(note, sizeof note,
                 "between tokens: at most %u in a row, none at both ends",
                 p->space_max);
    return restricted(sm, report, "whitespace", note);
}

/* Without a bound of digits exponents have none either.  (GR_NUM_DIGITS_FAR,
 * beyond which digits are not counted, is not told.) */
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
    return restricted(sm, report, "numbers", note);
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
    GR_TRY(report_space(sm, report));
    if (p->escapes == GR_LEX_CANON)
        GR_TRY(restricted(sm, report, "escapes",
                          "only the shortest spelling of a string"));
    GR_TRY(report_numbers(sm, report));
    return at_most(sm, report, "max-depth", "open arrays and objects",
                   deep ? SM_MAX_DEPTH : p->max_depth);
}
