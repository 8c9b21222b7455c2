/* Questions that go to the machine each time: what it costs to complete a text,
 * what plans may count on, how a state is printed, the report.
 *
 * Only plans, masks within a budget and dumps ask these, so none is kept here
 * (plans keep what they are told, known.c).  All run under the lock, each with
 * a step budget of its own; of a grammar that was read from a file the machine
 * is made first (gr_call_machine). */
#include "pda/pda_int.h"

/* Dumps may be the first to need the machine of a file. */
gram_status gr_pda_print(GrPda *p, StateId s, GrText *out)
{
    gr_pda_enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK) status = p->ops->print(p->machine, s, out);
    return gr_pda_leave(p, status);
}

/* An unknown stage is the caller's mistake and gets a message; to have stages
 * is optional. */
gram_status gr_pda_print_stage(GrPda *p, const char *stage, GrText *out)
{
    gr_pda_enter(p);
    gram_status status = gr_call_machine(p);
    if (status != GRAM_OK) return gr_pda_leave(p, status);
    status = GRAM_E_ARGUMENT;
    if (p->ops->print_stage != NULL)
        status = p->ops->print_stage(p->machine, stage, out);
    if (status == GRAM_E_ARGUMENT)
        gr_fail(p->env, status, GR_NOWHERE, "there is no stage \"%.40s\"",
                stage);
    return gr_pda_leave(p, status);
}

/* All or nothing: half of a report would say that the other half is
 * enforced. */
gram_status gr_pda_report(GrPda *p, GrReport *report)
{
    gram_status status = GRAM_OK;
    gr_pda_enter(p);
    if (!report->complete && p->ops->report != NULL)
        status = p->ops->report(p->machine, report);
    report->complete = status == GRAM_OK;
    if (!report->complete) gr_report_clear(p->env, report);
    return gr_pda_leave(p, status);
}

/* The env counts without a lock of its own, so giving back takes that of the
 * tables. */
void gr_pda_text_clear(GrPda *p, GrText *text)
{
    gr_pda_enter(p);
    gr_vec_clear(p->env, text);
    gr_pda_leave(p, GRAM_OK);
}

/* Saturating sum: UINT64_MAX stands for "over a limit". */
static uint64_t add_cost(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* A machine that never reads items has no such question. */
static void note_read(GrPda *p, bool *has_read)
{
    if (p->machine == NULL || p->ops->has_read == NULL) return;
    *has_read |= p->ops->has_read(p->machine);
}

/* The running level, by itself: plans add up levels of which most have not
 * changed since the byte before. */
gram_status gr_pda_level_cost(GrPda *p, const GrConfig *c, uint64_t *bytes,
                              const GrNode **rest, bool *has_read)
{
    gr_pda_enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK) status = p->ops->cost(p->machine, c, bytes, rest);
    note_read(p, has_read);
    return gr_pda_leave(p, status);
}

gram_status gr_pda_frame_cost(GrPda *p, const GrNode *n, uint64_t *bytes,
                              const GrNode **rest, bool *has_read)
{
    gr_pda_enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK)
        status = p->ops->frame_cost(p->machine, n, bytes, rest);
    note_read(p, has_read);
    return gr_pda_leave(p, status);
}

/* The whole stack under one lock.  A machine may cover several frames with one
 * estimate, hence `n` moves by more than one. */
gram_status gr_pda_cost(GrPda *p, const GrConfig *c, uint64_t *bytes)
{
    const GrNode *n = NULL;
    gr_pda_enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK) status = p->ops->cost(p->machine, c, bytes, &n);
    while (n != NULL && status == GRAM_OK) {
        uint64_t more;
        status = p->ops->frame_cost(p->machine, n, &more, &n);
        if (status == GRAM_OK) *bytes = add_cost(*bytes, more);
    }
    return gr_pda_leave(p, status);
}

/* No hint is an answer, too: a plan then searches. */
gram_status gr_pda_hint(GrPda *p, const GrConfig *c, GrHint *out)
{
    out->len = 0;
    out->sure = false;
    gr_pda_enter(p);
    gram_status status = gr_call_machine(p);
    if (status == GRAM_OK && p->ops->hint != NULL)
        status = p->ops->hint(p->machine, c, out);
    return gr_pda_leave(p, status);
}

gram_status gr_pda_is_sure(GrPda *p, bool *sure)
{
    gr_pda_enter(p);
    gram_status status = gr_call_machine(p);
    *sure = status == GRAM_OK && p->ops->sure;
    return gr_pda_leave(p, status);
}

bool gr_pda_is_plain(GrPda *p)
{
    gr_pda_enter(p);
    bool plain = p->machine != NULL && p->ops->plain;
    return gr_pda_leave(p, GRAM_OK) == GRAM_OK && plain;
}

bool gr_pda_covers(GrPda *p, StateId s, StateId t)
{
    gr_pda_enter(p);
    bool yes = p->machine != NULL && p->ops->covers != NULL &&
               p->ops->covers(p->machine, s, t);
    return gr_pda_leave(p, GRAM_OK) == GRAM_OK && yes;
}

gram_status gr_pda_has_idle(GrPda *p, bool *has)
{
    gr_pda_enter(p);
    gram_status status = gr_call_machine(p);
    *has = status == GRAM_OK && p->ops->is_idle != NULL;
    return gr_pda_leave(p, status);
}

gram_status gr_pda_is_idle(GrPda *p, StateId s, bool *idle)
{
    gr_pda_enter(p);
    gram_status status = gr_call_machine(p);
    *idle = status == GRAM_OK && p->ops->is_idle(p->machine, s);
    return gr_pda_leave(p, status);
}
