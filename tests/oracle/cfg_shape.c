/* Which hard shapes a plain grammar has: closures of small relations. */
#include "tests/oracle/earley.h"

#include <string.h>

typedef bool Relation[CFG_RULES][CFG_RULES];

typedef struct Shape {
    const Cfg *g;
    bool nullable[CFG_RULES], reachable[CFG_RULES];
    Relation plain;  /* A -> B ... */
    Relation hidden; /* A -> N B ..., N nullable */
    Relation unit;   /* A -> B */
    Relation around; /* A -> N B M, N and M nullable */
} Shape;

/* Alternatives that some derivation can use. */
static bool is_live(const Shape *s, const CfgAlt *x)
{
    for (int k = 0; k < x->n; k++) {
        int symbol = s->g->symbol[x->first + k];
        if (symbol >= 0 && !s->g->productive[symbol]) return false;
    }
    return s->reachable[x->rule];
}

static bool is_nullable(const Shape *s, int symbol)
{
    return symbol >= 0 && s->nullable[symbol];
}

static void fixed_points(Shape *s)
{
    s->reachable[0] = true;
    for (bool changed = true; changed;) {
        changed = false;
        for (int a = 0; a < s->g->n_alts; a++) {
            const CfgAlt *x = &s->g->alt[a];
            bool all = true;
            for (int k = 0; k < x->n; k++) {
                int symbol = s->g->symbol[x->first + k];
                all &= is_nullable(s, symbol);
                if (symbol < 0 || s->reachable[symbol] || !is_live(s, x))
                    continue;
                changed = s->reachable[symbol] = true;
            }
            if (!all || s->nullable[x->rule]) continue;
            changed = s->nullable[x->rule] = true;
        }
    }
}

static void relate(Shape *s, const CfgAlt *x)
{
    int n_solid = 0;
    for (int k = 0; k < x->n; k++)
        n_solid += !is_nullable(s, s->g->symbol[x->first + k]);
    bool before = true;
    for (int k = 0; k < x->n; k++) {
        int symbol = s->g->symbol[x->first + k];
        bool null = is_nullable(s, symbol);
        if (symbol >= 0 && before)
            (k == 0 ? s->plain : s->hidden)[x->rule][symbol] = true;
        if (symbol >= 0 && n_solid - !null == 0)
            (x->n == 1 ? s->unit : s->around)[x->rule][symbol] = true;
        before &= null;
    }
}

/* The union of two relations, closed. */
static void close_both(const Shape *s, Relation a, Relation b, Relation out)
{
    int n = s->g->n_rules;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) out[i][j] = a[i][j] || b[i][j];
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) out[i][j] |= out[i][k] && out[k][j];
}

static uint32_t find_cycles(Shape *s)
{
    Relation left, any_left, unit, any_unit;
    uint32_t out = 0;
    close_both(s, s->plain, s->plain, left);
    close_both(s, s->plain, s->hidden, any_left);
    close_both(s, s->unit, s->unit, unit);
    close_both(s, s->unit, s->around, any_unit);
    for (int i = 0; i < s->g->n_rules; i++) {
        if (s->plain[i][i])
            out |= CFG_LEFT_DIRECT;
        else if (left[i][i])
            out |= CFG_LEFT_INDIRECT;
        else if (any_left[i][i])
            out |= CFG_LEFT_HIDDEN;
        if (unit[i][i])
            out |= CFG_UNIT_CYCLE;
        else if (any_unit[i][i])
            out |= CFG_NULLABLE_CYCLE;
    }
    return out;
}

uint32_t cfg_shape(const Cfg *g)
{
    Shape s = {.g = g};
    fixed_points(&s);
    for (int a = 0; a < g->n_alts; a++)
        if (is_live(&s, &g->alt[a])) relate(&s, &g->alt[a]);
    return find_cycles(&s);
}
