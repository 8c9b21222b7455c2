/* Keywords of the oracle.
 *
 * check(schema, value, scope, marks) says whether the value holds and, if so,
 * sets a flag for every member or item that the schema evaluated.  Flags of
 * subschemas that fail are thrown away, as the specification asks. */
#include "tests/oracle/validate_in.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH = 2000, STACK_BYTES = 64 << 20 };

typedef struct Call { /* one schema object against one value */
    Oracle *o;
    const GrJson *sj; /* the schema's document */
    uint32_t doc;
    const GrJsonNode *s; /* the schema */
    uint32_t schema;     /* its node */
    const GrJsonNode *v; /* the value: v[0], its parts behind it */
    uint32_t value;      /* its node */
    ResourceInfo r;
    Scope scope;
    unsigned char *marks; /* one per member or item of the value */
} Call;

static bool check(Oracle *o, Place schema, uint32_t value, const Scope *outer,
                  unsigned char *marks);

static unsigned char *new_marks(const GrJsonNode *v)
{
    bool parts = v->type == GR_JSON_ARRAY || v->type == GR_JSON_OBJECT;
    unsigned char *m = calloc(1, parts ? v->n + 1 : 1);
    if (m == NULL) abort();
    return m;
}

/* The value of a keyword, or NULL where it is absent, belongs to another
 * draft, or is the fault to be made. */
static const GrJsonNode *keyword(const Call *c, const char *name)
{
    uint32_t i = gr_json_member(c->sj, c->schema, name, strlen(name));
    if (i == UINT32_MAX) return NULL;
    if (c->o->ignore && strcmp(c->o->ignore, name) == 0) return NULL;
    return &c->sj->node[i];
}

/* Is the draft one of those in [from, to]?  No $schema is all of them. */
static bool since(const Call *c, gram_draft from)
{
    return c->r.draft == GRAM_DRAFT_AUTO || c->r.draft >= from;
}

static bool until(const Call *c, gram_draft to)
{
    return c->r.draft == GRAM_DRAFT_AUTO || c->r.draft <= to;
}

static uint32_t index_of(const Call *c, const GrJsonNode *n)
{
    return (uint32_t)(n - c->sj->node);
}

/* Subschema `s` in place: its marks count if it holds. */
static bool in_place(Call *c, const GrJsonNode *s)
{
    unsigned char *m = new_marks(c->v);
    bool ok =
        check(c->o, (Place){c->doc, index_of(c, s)}, c->value, &c->scope, m);
    for (uint32_t i = 0; ok && i < c->v->n; i++)
        if (c->v->type >= GR_JSON_ARRAY) c->marks[i] |= m[i];
    free(m);
    return ok;
}

/* Subschema `s` for a part of the value. */
static bool part(Call *c, const GrJsonNode *s, uint32_t value)
{
    unsigned char *m = new_marks(&c->o->value.node[value]);
    bool ok = check(c->o, (Place){c->doc, index_of(c, s)}, value, &c->scope, m);
    free(m);
    return ok;
}

/* --- any type ------------------------------------------------------------- */

static bool is_integer(const Call *c)
{
    if (c->v->type != GR_JSON_NUMBER) return false;
    if (c->r.draft == GRAM_DRAFT_4) {
        for (uint32_t i = 0; i < c->v->n; i++)
            if (strchr(".eE", c->v->text[i]) != NULL) return false;
        return true;
    }
    GrDecimal d = oracle_number(c->o, c->v);
    return gr_decimal_is_integer(&d);
}

static bool has_type(const Call *c, const GrJsonNode *t)
{
    uint32_t v = c->v->type;
    if (oracle_is(t, "null")) return v == GR_JSON_NULL;
    if (oracle_is(t, "boolean")) return v == GR_JSON_TRUE || v == GR_JSON_FALSE;
    if (oracle_is(t, "number")) return v == GR_JSON_NUMBER;
    if (oracle_is(t, "integer")) return is_integer(c);
    if (oracle_is(t, "string")) return v == GR_JSON_STRING;
    if (oracle_is(t, "array")) return v == GR_JSON_ARRAY;
    if (oracle_is(t, "object")) return v == GR_JSON_OBJECT;
    oracle_fail(c->o, "type %.*s", (int)t->n, t->text);
    return false;
}

static bool check_type(const Call *c)
{
    const GrJsonNode *t = keyword(c, "type");
    if (t == NULL) return true;
    if (t->type == GR_JSON_STRING) return has_type(c, t);
    for (uint32_t i = 1; i <= t->n; i++)
        if (has_type(c, t + i)) return true;
    return false;
}

static bool check_enum(const Call *c)
{
    const GrJsonNode *e = keyword(c, "enum"), *k = keyword(c, "const");
    if (k != NULL && since(c, GRAM_DRAFT_6) && !oracle_equal(c->o, k, c->v))
        return false;
    if (e == NULL) return true;
    const GrJsonNode *x = e + 1;
    for (uint32_t i = 0; i < e->n; i++, x = oracle_after(x, c->sj))
        if (oracle_equal(c->o, x, c->v)) return true;
    return false;
}

/* --- numbers and strings -------------------------------------------------- */

static int compare(const Call *c, const GrJsonNode *bound)
{
    GrDecimal a = oracle_number(c->o, c->v), b = oracle_number(c->o, bound);
    return gr_decimal_compare(&a, &b);
}

static bool is_true(const GrJsonNode *n)
{
    return n != NULL && n->type == GR_JSON_TRUE;
}

static bool is_number(const GrJsonNode *n)
{
    return n != NULL && n->type == GR_JSON_NUMBER;
}

static bool check_number(const Call *c)
{
    const GrJsonNode *k;
    const GrJsonNode *xmin = keyword(c, "exclusiveMinimum");
    const GrJsonNode *xmax = keyword(c, "exclusiveMaximum");
    if (c->v->type != GR_JSON_NUMBER) return true;
    if ((k = keyword(c, "minimum")) != NULL &&
        compare(c, k) < (is_true(xmin) ? 1 : 0))
        return false;
    if ((k = keyword(c, "maximum")) != NULL &&
        compare(c, k) > (is_true(xmax) ? -1 : 0))
        return false;
    if (is_number(xmin) && compare(c, xmin) <= 0) return false;
    if (is_number(xmax) && compare(c, xmax) >= 0) return false;
    if ((k = keyword(c, "multipleOf")) != NULL) {
        GrDecimal a = oracle_number(c->o, c->v), b = oracle_number(c->o, k);
        bool ok = false;
        if (gr_decimal_divisible(&c->o->env, &a, &b, &ok) != GRAM_OK)
            oracle_fail(c->o, "multipleOf");
        return ok;
    }
    return true;
}

/* A bound of a length or count against what is there. */
static bool at_least(const Call *c, const char *name, uint64_t have)
{
    const GrJsonNode *k = keyword(c, name);
    int64_t n = 0;
    if (k == NULL) return true;
    GrDecimal d = oracle_number(c->o, k);
    return gr_decimal_to_int64(&d, &n) && (int64_t)have >= n;
}

static bool at_most(const Call *c, const char *name, uint64_t have)
{
    const GrJsonNode *k = keyword(c, name);
    int64_t n = 0;
    if (k == NULL) return true;
    GrDecimal d = oracle_number(c->o, k);
    return !gr_decimal_to_int64(&d, &n) || (int64_t)have <= n;
}

static bool check_string(const Call *c)
{
    const GrJsonNode *k;
    uint64_t length = 0;
    if (c->v->type != GR_JSON_STRING) return true;
    for (uint32_t i = 0; i < c->v->n; i++)
        length += ((unsigned char)c->v->text[i] & 0xc0) != 0x80;
    if (!at_least(c, "minLength", length) || !at_most(c, "maxLength", length))
        return false;
    k = keyword(c, "pattern");
    if (k != NULL && !oracle_pattern(c->o, k, c->v)) return false;
    k = keyword(c, "format");
    bool asserted = c->o->opt.formats || c->r.asserts_format;
    if (k != NULL && asserted && !c->r.no_format)
        return oracle_format(c->o, k, c->v);
    return true;
}

/* --- arrays --------------------------------------------------------------- */

static const GrJsonNode *tuple(const Call *c)
{
    const GrJsonNode *k = keyword(c, "prefixItems");
    if (k != NULL && since(c, GRAM_DRAFT_2020_12)) return k;
    k = keyword(c, "items");
    bool array = k != NULL && k->type == GR_JSON_ARRAY;
    return array && until(c, GRAM_DRAFT_2019_09) ? k : NULL;
}

static const GrJsonNode *rest(const Call *c)
{
    const GrJsonNode *k = keyword(c, "items");
    if (k != NULL && k->type != GR_JSON_ARRAY) return k;
    return k != NULL && until(c, GRAM_DRAFT_2019_09)
               ? keyword(c, "additionalItems")
               : NULL;
}

static bool check_items(Call *c)
{
    const GrJsonNode *t = tuple(c), *more = rest(c);
    const GrJsonNode *s = t ? t + 1 : NULL;
    uint32_t n = t ? t->n : 0, x = c->value + 1;
    for (uint32_t i = 0; i < c->v->n; i++, x = c->o->value.node[x].next) {
        const GrJsonNode *use = i < n ? s : more;
        if (i < n) s = oracle_after(s, c->sj);
        if (use == NULL) continue;
        if (!part(c, use, x)) return false;
        c->marks[i] = 1;
    }
    return true;
}

static bool check_contains(Call *c)
{
    const GrJsonNode *k = keyword(c, "contains");
    if (k == NULL || !since(c, GRAM_DRAFT_6)) return true;
    uint32_t x = c->value + 1, count = 0;
    for (uint32_t i = 0; i < c->v->n; i++, x = c->o->value.node[x].next) {
        if (!part(c, k, x)) continue;
        count++;
        if (c->r.draft != GRAM_DRAFT_2019_09) c->marks[i] = 1;
    }
    if (!since(c, GRAM_DRAFT_2019_09)) return count > 0;
    bool least = keyword(c, "minContains") != NULL;
    return at_least(c, "minContains", count) && (least || count > 0) &&
           at_most(c, "maxContains", count);
}

static bool check_unique(const Call *c)
{
    if (!is_true(keyword(c, "uniqueItems"))) return true;
    const GrJsonNode *n = c->o->value.node;
    for (uint32_t i = c->value + 1; i < c->v->next; i = n[i].next)
        for (uint32_t k = n[i].next; k < c->v->next; k = n[k].next)
            if (oracle_equal(c->o, &n[i], &n[k])) return false;
    return true;
}

static bool check_array(Call *c)
{
    if (c->v->type != GR_JSON_ARRAY) return true;
    return at_least(c, "minItems", c->v->n) &&
           at_most(c, "maxItems", c->v->n) && check_unique(c) &&
           check_items(c) && check_contains(c);
}

/* --- objects -------------------------------------------------------------- */

static const GrJsonNode *member(const Call *c, const GrJsonNode *name)
{
    uint32_t i = gr_json_member(&c->o->value, c->value, name->text, name->n);
    return i == UINT32_MAX ? NULL : &c->o->value.node[i];
}

static bool all_present(const Call *c, const GrJsonNode *names)
{
    for (uint32_t i = 1; i <= names->n; i++)
        if (member(c, names + i) == NULL) return false;
    return true;
}

/* properties, patternProperties, additionalProperties for one member. */
static bool check_member(Call *c, const GrJsonNode *key, uint32_t index)
{
    const GrJsonNode *p = keyword(c, "properties");
    const GrJsonNode *q = keyword(c, "patternProperties");
    const GrJsonNode *a = keyword(c, "additionalProperties");
    uint32_t value = (uint32_t)(key + 1 - c->o->value.node);
    bool matched = false;
    if (p != NULL) {
        uint32_t s = gr_json_member(c->sj, index_of(c, p), key->text, key->n);
        if (s != UINT32_MAX) {
            matched = true;
            if (!part(c, &c->sj->node[s], value)) return false;
        }
    }
    const GrJsonNode *k = q ? q + 1 : NULL;
    for (uint32_t i = 0; q && i < q->n; i++, k = oracle_after(k + 1, c->sj)) {
        if (!oracle_pattern(c->o, k, key)) continue;
        matched = true;
        if (!part(c, k + 1, value)) return false;
    }
    if (!matched && a != NULL) {
        matched = true;
        if (!part(c, a, value)) return false;
    }
    if (matched) c->marks[index] = 1;
    return true;
}

static bool check_members(Call *c)
{
    const GrJsonNode *names = keyword(c, "propertyNames");
    const GrJsonNode *key = c->v + 1;
    if (!since(c, GRAM_DRAFT_6)) names = NULL;
    for (uint32_t i = 0; i < c->v->n; i++) {
        uint32_t k = (uint32_t)(key - c->o->value.node);
        if (names != NULL && !part(c, names, k)) return false;
        if (!check_member(c, key, i)) return false;
        key = oracle_after(key + 1, &c->o->value);
    }
    return true;
}

static bool check_dependents(Call *c, const char *name)
{
    const GrJsonNode *d = keyword(c, name);
    if (d == NULL) return true;
    const GrJsonNode *k = d + 1;
    for (uint32_t i = 0; i < d->n; i++, k = oracle_after(k + 1, c->sj)) {
        if (member(c, k) == NULL) continue;
        if (k[1].type == GR_JSON_ARRAY ? !all_present(c, k + 1)
                                       : !in_place(c, k + 1))
            return false;
    }
    return true;
}

static bool check_object(Call *c)
{
    const GrJsonNode *k;
    if (c->v->type != GR_JSON_OBJECT) return true;
    if (!at_least(c, "minProperties", c->v->n) ||
        !at_most(c, "maxProperties", c->v->n))
        return false;
    if ((k = keyword(c, "required")) != NULL && !all_present(c, k))
        return false;
    if (since(c, GRAM_DRAFT_2019_09) &&
        (!check_dependents(c, "dependentRequired") ||
         !check_dependents(c, "dependentSchemas")))
        return false;
    return check_dependents(c, "dependencies") && check_members(c);
}

/* --- logic ---------------------------------------------------------------- */

/* How many of a list of subschemas hold; all are tried, for their marks. */
static uint32_t count_holding(Call *c, const GrJsonNode *list)
{
    const GrJsonNode *s = list + 1;
    uint32_t n = 0;
    for (uint32_t i = 0; i < list->n; i++, s = oracle_after(s, c->sj))
        n += in_place(c, s);
    return n;
}

static bool check_if(Call *c)
{
    const GrJsonNode *k = keyword(c, "if");
    if (k == NULL || !since(c, GRAM_DRAFT_7)) return true;
    const GrJsonNode *next = keyword(c, in_place(c, k) ? "then" : "else");
    return next == NULL || in_place(c, next);
}

static bool check_logic(Call *c)
{
    const GrJsonNode *k;
    if ((k = keyword(c, "allOf")) != NULL && count_holding(c, k) < k->n)
        return false;
    if ((k = keyword(c, "anyOf")) != NULL && count_holding(c, k) == 0)
        return false;
    if ((k = keyword(c, "oneOf")) != NULL && count_holding(c, k) != 1)
        return false;
    if ((k = keyword(c, "not")) != NULL && part(c, k, c->value)) return false;
    return check_if(c);
}

static bool check_ref(Call *c, const char *name)
{
    const GrJsonNode *ref = keyword(c, name);
    Place target;
    if (ref == NULL) return true;
    if (!oracle_resolve(c->o, oracle_resource(c->o, (Place){c->doc, c->schema}),
                        ref, name, &c->scope, &target))
        return false;
    unsigned char *m = new_marks(c->v);
    bool ok = check(c->o, target, c->value, &c->scope, m);
    for (uint32_t i = 0; ok && c->v->type >= GR_JSON_ARRAY && i < c->v->n; i++)
        c->marks[i] |= m[i];
    free(m);
    return ok;
}

static bool check_refs(Call *c)
{
    if (!check_ref(c, "$ref")) return false;
    if (since(c, GRAM_DRAFT_2020_12) && !check_ref(c, "$dynamicRef"))
        return false;
    bool recursive = c->r.draft == GRAM_DRAFT_2019_09 ||
                     c->r.draft == GRAM_DRAFT_AUTO;
    return !recursive || check_ref(c, "$recursiveRef");
}

static bool check_unevaluated(Call *c)
{
    bool object = c->v->type == GR_JSON_OBJECT;
    if (!object && c->v->type != GR_JSON_ARRAY) return true;
    const GrJsonNode *k =
        keyword(c, object ? "unevaluatedProperties" : "unevaluatedItems");
    if (k == NULL || !since(c, GRAM_DRAFT_2019_09)) return true;
    uint32_t x = c->value + 1;
    for (uint32_t i = 0; i < c->v->n; i++, x = c->o->value.node[x].next) {
        x += object;
        if (c->marks[i]) continue;
        if (!part(c, k, x)) return false;
        c->marks[i] = 1;
    }
    return true;
}

static bool check_all(Call *c)
{
    bool old = c->r.draft >= GRAM_DRAFT_4 && c->r.draft <= GRAM_DRAFT_7;
    if (old && gr_json_member(c->sj, c->schema, "$ref", 4) != UINT32_MAX)
        return check_ref(c, "$ref");
    if (!c->r.no_validation &&
        !(check_type(c) && check_enum(c) && check_number(c)))
        return false;
    return check_string(c) && check_array(c) && check_object(c) &&
           check_logic(c) && check_refs(c) && check_unevaluated(c);
}

static bool check(Oracle *o, Place schema, uint32_t value, const Scope *outer,
                  unsigned char *marks)
{
    const GrJson *j = &o->docs.at[schema.doc].json;
    const GrJsonNode *s = &j->node[schema.node];
    if (o->failed) return false;
    if (s->type == GR_JSON_TRUE) return true;
    if (s->type == GR_JSON_FALSE) return false;
    if (s->type != GR_JSON_OBJECT) return oracle_fail(o, "not a schema");
    if (o->depth > DEPTH) return oracle_fail(o, "endless recursion");
    uint32_t resource = oracle_resource(o, schema);
    Call c = {.o = o,
              .sj = j,
              .doc = schema.doc,
              .s = s,
              .schema = schema.node,
              .v = &o->value.node[value],
              .value = value,
              .r = o->resources.at[resource],
              .scope = {outer, resource},
              .marks = marks};
    /* documents may be opened below: the array of them can move */
    GrJson stable = *j;
    c.sj = &stable;
    o->depth++;
    bool ok = check_all(&c);
    o->depth--;
    return ok;
}

/* --- the interface -------------------------------------------------------- */

/* Tests run on a small stack, and this recurses: work is done in a thread
 * with a large one. */
typedef struct Job {
    Oracle *o;
    const char *text;
    size_t len;
    int result;
} Job;

static void run(void *(*work)(void *), Job *job)
{
    pthread_attr_t attr;
    pthread_t thread;
    if (pthread_attr_init(&attr) != 0 ||
        pthread_attr_setstacksize(&attr, STACK_BYTES) != 0 ||
        pthread_create(&thread, &attr, work, job) != 0)
        abort();
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
}

static void *open_work(void *arg)
{
    Job *job = arg;
    job->result = oracle_open(job->o, "", job->text, job->len) != NOWHERE;
    return NULL;
}

static void *check_work(void *arg)
{
    Job *job = arg;
    Oracle *o = job->o;
    char *text = gr_arena_copy(&o->env, &o->arena, job->text, job->len);
    job->result = ORACLE_ERROR;
    if (text == NULL || gr_json_read(&o->env, &o->arena, text, job->len, 0, 0,
                                     &o->value) != GRAM_OK) {
        oracle_fail(o, "the value is not JSON");
        return NULL;
    }
    unsigned char *marks = new_marks(&o->value.node[0]);
    bool ok = check(o, (Place){0, 0}, 0, NULL, marks);
    free(marks);
    if (!o->failed) job->result = ok ? ORACLE_VALID : ORACLE_INVALID;
    return NULL;
}

Oracle *oracle_new(const char *schema, size_t len, const OracleOptions *opt)
{
    Oracle *o = calloc(1, sizeof *o);
    if (o == NULL) abort();
    gr_env_init(&o->env, NULL, (size_t)4 << 30, UINT64_MAX);
    o->env.error = &o->status;
    if (opt != NULL) o->opt = *opt;
    if (o->opt.ignore != NULL)
        o->ignore = gr_arena_copy(&o->env, &o->arena, o->opt.ignore,
                                  strlen(o->opt.ignore));
    Job job = {o, schema, len, 0};
    run(open_work, &job);
    if (job.result) return o;
    oracle_free(o);
    return NULL;
}

void oracle_free(Oracle *o)
{
    if (o == NULL) return;
    gr_vec_clear(&o->env, &o->docs);
    gr_vec_clear(&o->env, &o->resources);
    gr_vec_clear(&o->env, &o->anchors);
    gr_arena_clear(&o->env, &o->arena);
    free(o);
}

int oracle_check(Oracle *o, const char *value, size_t len)
{
    Job job = {o, value, len, 0};
    o->failed = false;
    o->depth = 0;
    run(check_work, &job);
    return job.result;
}

const char *oracle_error(const Oracle *o)
{
    return o->failed ? o->error : "";
}
