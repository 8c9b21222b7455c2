/* Ways that were found: where bytes are missing (plan_spell.c), what a plan is.
 *
 *     a way         spot --move--> spot --move--> ... an end, or what is known
 *     the path      step           step               step   known steps
 *
 * A move is a byte that goes on with a row of tokens, or a token taken by its
 * id.  A way is gone again from its start: what its steps read is what has to
 * be so for it to be one.  Of a step it is known how many tokens follow if one
 * begins there; inside of a token mostly none does, and nothing is known.
 *
 * Cost: a step of the machine, and the facts of a configuration, for each. */
#include "pda/plan_int.h"

/* What stands in the log for a token that was taken by its id: in no text. */
static const char taken = (char)0xFF;

/* --- rows of tokens ------------------------------------------------------- */

static void spell_from(const GrPlan *p, uint32_t from, uint8_t byte,
                       Spelled *to)
{
    bool ends;
    uint32_t at = p->tokens.spell(p->tokens.ctx, from, byte, &ends);
    to->ends |= ends;
    if (at != 0 && to->n < SPELLED_MOST) to->at[to->n++] = at;
}

/* false where no row of tokens goes on so. */
bool gr_way_spell(const GrPlan *p, const Spelled *at, uint8_t byte, Spelled *to)
{
    *to = (Spelled){0};
    if (at->ends) spell_from(p, 0, byte, to);
    for (uint32_t i = 0; i < at->n; i++) spell_from(p, at->at[i], byte, to);
    return to->ends || to->n > 0;
}

/* --- moves ---------------------------------------------------------------- */

/* The log as it is at a spot, behind `base` bytes of it. */
gram_status gr_way_write(GrPlan *p, uint64_t base, uint32_t spot)
{
    const Spot *spots = p->search.spots.at, *s = &spots[spot];
    p->log.n = (uint32_t)base;
    GR_TRY(gr_vec_reserve(p->run.env, &p->log, s->depth + 1));
    p->log.n += s->depth;
    for (char *at = p->log.at + p->log.n; s->depth > 0; s = &spots[s->before])
        *--at = s->take ? taken : (char)s->byte;
    p->run.log = p->log.at;
    p->run.log_len = p->log.n;
    return GRAM_OK;
}

void gr_way_cut(GrPlan *p, uint32_t len)
{
    p->log.n = len;
    p->run.log = p->log.at;
    p->run.log_len = len;
}

/* A token of the class that a mask may have: those that the grammar lists, or
 * any other text.  false: there is none. */
static bool token_of(const GrPlan *p, uint32_t cls, const char **text,
                     uint32_t *len)
{
    uint32_t n, other;
    const GrPlanTokens *v = &p->tokens;
    const GrTokenClass *list = gr_pda_tokens(p->run.pda, &n, &other);
    for (uint32_t i = 0; i < n; i++)
        if (list[i].cls == cls && v->text(v->ctx, list[i].id, text, len))
            return true;
    for (uint32_t id = 0; cls == other && id < v->n; id++)
        if (gr_pda_token_class(p->run.pda, id, true) == other &&
            v->text(v->ctx, id, text, len) && *text != NULL)
            return true;
    return false;
}

/* As the matcher takes one: for text both meanings go on. */
static gram_status run_token(GrPlan *p, GrConfig *c, uint32_t cls,
                             const char *text, uint32_t len, bool *dead)
{
    if (text == NULL) return gr_run_take(&p->run, c, GR_TAKE, cls);
    GR_TRY(gr_run_take(&p->run, c, GR_TAKE_BEGIN, cls));
    for (uint32_t i = 0; i < len && !*dead; i++)
        GR_TRY(gr_plan_step(p, c, (uint8_t)text[i], dead));
    return *dead ? GRAM_OK : gr_run_take(&p->run, c, GR_TAKE_END, cls);
}

static gram_status take(GrPlan *p, GrConfig *c, uint32_t cls, bool *dead)
{
    const char *text;
    uint32_t len, before = p->log.n;
    *dead = !token_of(p, cls, &text, &len);
    if (*dead) return GRAM_OK;
    gram_status status = run_token(p, c, cls, text, len, dead);
    gr_way_cut(p, before);
    GR_TRY(gr_vec_push(p->run.env, &p->log, taken));
    gr_way_cut(p, p->log.n);
    *dead |= status == GRAM_E_REFUSED;
    return *dead ? GRAM_OK : status;
}

gram_status gr_way_move(GrPlan *p, GrConfig *c, const Spot *s, bool *dead)
{
    if (s->take != 0) return take(p, c, s->take - 1, dead);
    return gr_plan_step(p, c, s->byte, dead);
}

/* --- what is known -------------------------------------------------------- */

/* Facts of c, which the log leads to, for what begins with a token there. */
gram_status gr_way_facts(const GrPlan *p, const GrConfig *c, PlanStep *out)
{
    *out = (PlanStep){.ahead = {.tokens = NO_PLAN}};
    return gr_plan_facts(p, c, out);
}

/* What is known there, if it is a way to an end; *dead: there is none.  `own`:
 * of this text. */
const Ahead *gr_way_known(const GrPlan *p, const PlanStep *step,
                          const Spelled *at, uint64_t most, bool own,
                          bool *dead)
{
    *dead = false;
    if (!at->ends) return NULL;
    const Ahead *a = own ? gr_plan_find_text(p, step, most)
                         : gr_plan_find(p, step, most);
    bool none = a != NULL && a->tokens == NO_PLAN;
    *dead = none && at->n == 0;
    return a == NULL || none || a->bytes > most ? NULL : a;
}

/* The next byte of what is known joins the path; *known: it is, behind it. */
static gram_status put_next(GrPlan *p, GrConfig *c, Spelled *at, uint64_t most,
                            bool *known)
{
    PlanStep step = {0};
    bool dead;
    Spelled to;
    uint8_t byte = p->path.at[p->path.n - 1].ahead.next;
    *known = gr_way_spell(p, at, byte, &to);
    if (!*known) return GRAM_OK;
    *at = to;
    GR_TRY(gr_plan_step(p, c, byte, &dead));
    if (!dead) GR_TRY(gr_way_facts(p, c, &step));
    const Ahead *a = dead ? NULL : gr_plan_find(p, &step, most);
    *known = step.known = a != NULL;
    if (a == NULL) gr_way_cut(p, p->log.n - 1);
    if (a == NULL) return GRAM_OK;
    step.ahead = *a;
    return gr_vec_push(p->run.env, &p->path, step);
}

/* From the last step of the path on, which is known: tokens that begin before
 * it may end as far behind it as the way is known, too.  (A token that is taken
 * by its id ends it.) */
static gram_status put_known(GrPlan *p, const GrConfig *from, uint64_t most)
{
    GrConfig c = *from;
    Spelled at = {.ends = true};
    bool known = true;
    for (uint32_t i = 1; i < SPELL_TOKEN && known; i++) {
        if (p->path.at[p->path.n - 1].ahead.next == 0) break;
        GR_TRY(put_next(p, &c, &at, most, &known));
    }
    return GRAM_OK;
}

/* --- the path ------------------------------------------------------------- */

void gr_way_begin(GrPlan *p)
{
    p->run.read = p->run.read_key = p->run.read_item = 0;
}

static void end_step(const GrPlan *p, PlanStep *step)
{
    step->ahead.read = p->run.read;
    step->ahead.read_key = p->run.read_key;
    step->ahead.read_item = p->run.read_item;
}

/* The last step of a way: the text may end, or more is known. */
static gram_status put_last(GrPlan *p, const GrConfig *c, const Spelled *at,
                            uint64_t most)
{
    PlanStep step;
    bool end = false, dead;
    GR_TRY(gr_way_facts(p, c, &step));
    gr_way_begin(p);
    if (at->ends) GR_TRY(gr_run_end(&p->run, c, &end));
    if (end) step.ahead.tokens = 0;
    end_step(p, &step);
    bool own = p->search.here && p->search.moves.n == 0;
    const Ahead *a = end ? NULL : gr_way_known(p, &step, at, most, own, &dead);
    step.known = a != NULL;
    if (a != NULL) step.ahead = *a;
    GR_TRY(gr_vec_push(p->run.env, &p->path, step));
    return a != NULL ? put_known(p, c, most) : GRAM_OK;
}

/* The way is gone again from the start: what its steps read is what has to
 * be so for it to be one. */
gram_status gr_way_put(GrPlan *p, const GrConfig *from, uint64_t most)
{
    GrConfig c = *from;
    Spelled at = {.ends = true};
    const Search *s = &p->search;
    for (uint32_t i = s->moves.n; i-- > 0;) {
        PlanStep step;
        bool dead;
        const Spot *to = &s->spots.at[s->moves.at[i]];
        GR_TRY(gr_way_facts(p, &c, &step));
        gr_way_begin(p);
        GR_TRY(gr_way_move(p, &c, to, &dead));
        end_step(p, &step);
        step.takes = to->take != 0;
        step.ahead.next = step.takes ? 0 : to->byte;
        at = to->at;
        GR_TRY(gr_vec_push(p->run.env, &p->path, step));
    }
    return put_last(p, &c, &at, most - s->moves.n);
}

/* That none was found is known of these texts alone: of where the search began,
 * and if it has tried everything, of all that it has come to between tokens. */
gram_status gr_way_put_none(GrPlan *p, uint64_t base, uint64_t most)
{
    Search *s = &p->search;
    for (uint32_t i = s->doubted ? 1 : s->spots.n; i-- > 0;) {
        PlanStep step;
        const Spot *at = &s->spots.at[i];
        if (!at->entered || !at->at.ends) continue;
        GR_TRY(gr_way_write(p, base, i));
        GR_TRY(gr_way_facts(p, &at->c, &step));
        step.ahead.read = GR_READ_TEXTS | GR_READ_ITEMS;
        p->path.n = 0;
        GR_TRY(gr_vec_push(p->run.env, &p->path, step));
        if (i > 0) gr_plan_keep(p, most);
    }
    return GRAM_OK;
}
