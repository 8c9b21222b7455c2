/* Values that are the same to the oracle: numbers by what they are, objects in
 * any order.  It recurses, as the rest of the oracle does. */
#include "tests/oracle/validate_in.h"

GrDecimal oracle_number(Oracle *o, const GrJsonNode *n)
{
    GrDecimal d = {0};
    if (gr_decimal_read(&o->env, &o->arena, n->text, n->n, &d) != GRAM_OK)
        oracle_fail(o, "number %.*s", (int)(n->n < 40 ? n->n : 40), n->text);
    return d;
}

static const GrJson *json_of(const Oracle *o, const GrJsonNode *n)
{
    if (n >= o->value.node && n < o->value.node + o->value.n) return &o->value;
    for (uint32_t i = 0; i < o->docs.n; i++) {
        const GrJson *j = &o->docs.at[i].json;
        if (n >= j->node && n < j->node + j->n) return j;
    }
    return NULL;
}

static bool equal_arrays(Oracle *o, const GrJsonNode *a, const GrJsonNode *b)
{
    const GrJson *ja = json_of(o, a), *jb = json_of(o, b);
    const GrJsonNode *x = a + 1, *y = b + 1;
    for (uint32_t i = 0; i < a->n; i++) {
        if (!oracle_equal(o, x, y)) return false;
        x = oracle_after(x, ja);
        y = oracle_after(y, jb);
    }
    return true;
}

static bool equal_objects(Oracle *o, const GrJsonNode *a, const GrJsonNode *b)
{
    const GrJson *ja = json_of(o, a), *jb = json_of(o, b);
    const GrJsonNode *k = a + 1;
    for (uint32_t i = 0; i < a->n; i++) {
        uint32_t m =
            gr_json_member(jb, (uint32_t)(b - jb->node), k->text, k->n);
        if (m == UINT32_MAX || !oracle_equal(o, k + 1, &jb->node[m]))
            return false;
        k = oracle_after(k + 1, ja);
    }
    return true;
}

bool oracle_equal(Oracle *o, const GrJsonNode *a, const GrJsonNode *b)
{
    if (a->type != b->type) return false;
    switch (a->type) {
    case GR_JSON_NUMBER: {
        GrDecimal x = oracle_number(o, a), y = oracle_number(o, b);
        return gr_decimal_compare(&x, &y) == 0;
    }
    case GR_JSON_STRING:
        return a->n == b->n &&
               (a->n == 0 || memcmp(a->text, b->text, a->n) == 0);
    case GR_JSON_ARRAY: return a->n == b->n && equal_arrays(o, a, b);
    case GR_JSON_OBJECT: return a->n == b->n && equal_objects(o, a, b);
    default: return true;
    }
}
