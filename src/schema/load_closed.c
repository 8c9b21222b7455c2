/* GRAM_ADDITIONAL_CLOSED: objects whose `properties` stands alone take no
 * other properties.
 *
 * Closing may only take values away.  Under `not`, in the test of an `if`,
 * in `contains` and among the arms of `oneOf` a narrower schema would let
 * values in, so schemas are loaded in modes, and one node may be loaded in
 * two of them:
 *
 *   MODE_OPEN   as written: everything under such a keyword
 *   MODE_VALUE  describes a value on its own: may be closed
 *   MODE_PLACE  describes a value together with another schema that is
 *               MODE_VALUE: that one is closed for all
 *
 *   keyword of a schema that is not OPEN      its subschemas
 *   properties, items, ... (inside the value) VALUE
 *   $ref, anyOf, then, else where nothing     VALUE
 *     else stands beside them
 *   $ref, allOf, anyOf, then, ... otherwise   PLACE
 *   oneOf                                     OPEN, and beside it an anyOf of
 *                                             the same arms as for anyOf
 *   not, if, contains, propertyNames          OPEN
 *
 * A VALUE schema is closed if it or a PLACE schema in it has `properties`,
 * and none of them says anything about further ones (patternProperties,
 * additionalProperties, unevaluatedProperties): by additionalProperties
 * where it has `properties` and nothing in place, by unevaluatedProperties
 * where several schemas describe the object together. */
#include "schema/load_in.h"

static bool has(const Loader *l, Keyword k)
{
    return l->value[k] != GR_NO_NODE;
}

/* Does the current schema pass its value on to one group of subschemas and
 * say nothing itself about members? */
static bool passes_on(const Loader *l)
{
    static const Keyword groups[] = {K_REF,    K_DYNAMIC_REF, K_RECURSIVE_REF,
                                     K_ANY_OF, K_ONE_OF,      K_IF,
                                     K_ALL_OF};
    static const Keyword members[] = {K_PROPERTIES,
                                      K_PATTERN_PROPERTIES,
                                      K_ADDITIONAL_PROPERTIES,
                                      K_UNEVALUATED_PROPERTIES,
                                      K_DEPENDENT_SCHEMAS,
                                      K_DEPENDENCIES};
    int n = 0;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        n += has(l, groups[i]);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (has(l, members[i])) return false;
    uint32_t all = l->value[K_ALL_OF];
    if (all != GR_NO_NODE && gr_load_node(l, l->cur.doc, all)->n > 1)
        return false;
    return n == 1;
}

uint32_t gr_closed_mode(const Loader *l, Keyword k)
{
    if (l->cur.mode == MODE_OPEN) return MODE_OPEN;
    switch (k) {
    case K_NOT:
    case K_IF:
    case K_ONE_OF:
    case K_CONTAINS:
    case K_PROPERTY_NAMES: return MODE_OPEN;
    case K_REF:
    case K_DYNAMIC_REF:
    case K_RECURSIVE_REF:
    case K_ALL_OF:
    case K_ANY_OF:
    case K_THEN:
    case K_ELSE:
        return l->cur.mode == MODE_VALUE && passes_on(l) ? MODE_VALUE
                                                         : MODE_PLACE;
    case K_DEPENDENCIES:
    case K_DEPENDENT_SCHEMAS: return MODE_PLACE;
    default: return MODE_VALUE;
    }
}

/* --- after loading -------------------------------------------------------- */

typedef struct Found {
    bool properties, others; /* `others`: speaks of further properties */
} Found;

static void look(const GrSchema *s, Found *f)
{
    const GrObjectPart *o = s->object;
    f->properties |= o->has_properties;
    f->others |= o->has_additional || o->has_unevaluated || o->n_patterns > 0;
}

/* Look at a schema and at all PLACE schemas in it; `seen` holds the number
 * of the last search that met a schema. */
static gram_status search(Loader *l, uint32_t id, uint32_t *seen, Found *f)
{
    l->scratch.n = 0;
    GR_TRY(gr_vec_push(l->env, &l->scratch, id));
    seen[id] = id;
    while (l->scratch.n > 0) {
        uint32_t s = l->scratch.at[--l->scratch.n];
        look(&l->schemas.at[s], f);
        uint32_t end = l->first_edge.at[s + 1];
        GR_TRY(gr_step(l->env, 1));
        for (uint32_t e = l->first_edge.at[s]; e < end; e++) {
            uint32_t to = l->edges.at[e].to;
            if (l->schemas.at[to].mode != MODE_PLACE || seen[to] == id)
                continue;
            seen[to] = id;
            GR_TRY(gr_vec_push(l->env, &l->scratch, to));
        }
    }
    return GRAM_OK;
}

static gram_status close_schema(Loader *l, uint32_t id, bool alone)
{
    GrSchema *s = &l->schemas.at[id];
    GrObjectPart *o = gr_arena_take(l->env, l->arena, sizeof *o);
    if (o == NULL) return GRAM_E_MEMORY;
    *o = *s->object;
    o->closed = true;
    if (alone) {
        o->has_additional = true;
        o->additional = (SchemaId){GR_SCHEMA_FALSE};
    } else {
        o->has_unevaluated = true;
        o->unevaluated = (SchemaId){GR_SCHEMA_FALSE};
    }
    s->object = o;
    return GRAM_OK;
}

gram_status gr_closed_finish(Loader *l)
{
    uint32_t n = l->schemas.n;
    uint32_t *seen = gr_arena_take(l->env, l->arena, n * sizeof *seen);
    if (seen == NULL) return GRAM_E_MEMORY;
    memset(seen, 0, n * sizeof *seen);
    for (uint32_t id = GR_SCHEMA_FALSE + 1; id < n; id++) {
        Found f = {false, false};
        if (l->schemas.at[id].mode != MODE_VALUE) continue;
        GR_TRY(search(l, id, seen, &f));
        if (!f.properties || f.others) continue;
        bool alone = l->first_edge.at[id] == l->first_edge.at[id + 1];
        GR_TRY(close_schema(l, id, alone));
    }
    return GRAM_OK;
}
