/* The loaded graph means what the text means: instances are judged on the
 * numbered schemas alone (no drafts, URIs or scopes are left in them), and
 * the verdicts compared with those of the official suite and of MaskBench.
 *
 * The evaluator is as plain as the oracle's, but reads GrSchema; strings go
 * through derivatives of the pool's expressions.  It recurses: hence the
 * larger stack. */
#include "schema/load.h"
#include "tests/oracle/cases.h"
#include "tests/t.h"

extern const unsigned t_stack_kib;
const unsigned t_stack_kib = 8192;

typedef struct Judge {
    GrEnv env;
    GrArena arena;
    GrRe *re;
    GrLoaded *l;
    gram_error error;
    GrIntern pool; /* canonical values */
    GrJson value;
    uint32_t depth;
    bool failed;
} Judge;

static bool holds(Judge *j, SchemaId id, uint32_t node, unsigned char *marks);

static unsigned char *new_marks(const GrJsonNode *v)
{
    unsigned char *m = calloc(1, v->type >= GR_JSON_ARRAY ? v->n + 1 : 1);
    if (m == NULL) abort();
    return m;
}

static bool is(Judge *j, gram_status s)
{
    j->failed |= s != GRAM_OK;
    return s == GRAM_OK;
}

static uint32_t canon(Judge *j, const GrJson *doc, uint32_t node)
{
    uint32_t id = 0;
    is(j, gr_json_canon(&j->env, &j->pool, doc, node, &id));
    return id;
}

/* Does the expression hold the string? */
static bool matches(Judge *j, ReId re, const GrJsonNode *text)
{
    for (uint32_t i = 0, n; i < text->n; i += n) {
        uint32_t c = gr_utf8_get(text->text + i, text->n - i, &n);
        if (!is(j, gr_re_derive(j->re, re, c, &re))) return false;
    }
    return gr_re_nullable(j->re, re);
}

static bool on_part(Judge *j, SchemaId id, uint32_t node)
{
    unsigned char *m = new_marks(&j->value.node[node]);
    bool ok = holds(j, id, node, m);
    free(m);
    return ok;
}

static bool in_place(Judge *j, SchemaId id, uint32_t node, unsigned char *marks)
{
    const GrJsonNode *v = &j->value.node[node];
    unsigned char *m = new_marks(v);
    bool ok = holds(j, id, node, m);
    for (uint32_t i = 0; ok && v->type >= GR_JSON_ARRAY && i < v->n; i++)
        marks[i] |= m[i];
    free(m);
    return ok;
}

static bool type_holds(Judge *j, const GrSchema *s, uint32_t node)
{
    static const uint8_t bits[] = {
        GR_TYPE_NULL,   GR_TYPE_BOOLEAN, GR_TYPE_BOOLEAN, GR_TYPE_NUMBER,
        GR_TYPE_STRING, GR_TYPE_ARRAY,   GR_TYPE_OBJECT};
    const GrJson *doc = &j->l->doc[s->doc].json;
    if (!(s->types & bits[j->value.node[node].type])) return false;
    if (s->const_at != GR_NO_NODE &&
        canon(j, doc, s->const_at) != canon(j, &j->value, node))
        return false;
    if (s->enum_at == GR_NO_NODE) return true;
    uint32_t want = canon(j, &j->value, node);
    for (uint32_t i = s->enum_at + 1; i < doc->node[s->enum_at].next;
         i = doc->node[i].next)
        if (canon(j, doc, i) == want) return true;
    return false;
}

static bool number_holds(Judge *j, const GrSchema *s, const GrJsonNode *v)
{
    const GrNumberPart *n = s->number;
    GrDecimal d;
    bool ok = true;
    if (!is(j, gr_decimal_read(&j->env, &j->arena, v->text, v->n, &d)))
        return false;
    if (s->integer && !gr_decimal_is_integer(&d)) return false;
    if (s->integer_lexical)
        for (uint32_t i = 0; i < v->n; i++)
            if (strchr(".eE", v->text[i]) != NULL) return false;
    int lo = n->lower.has ? gr_decimal_compare(&d, &n->lower.value) : 1;
    int hi = n->upper.has ? gr_decimal_compare(&d, &n->upper.value) : -1;
    if (lo < 0 || (lo == 0 && n->lower.open)) return false;
    if (hi > 0 || (hi == 0 && n->upper.open)) return false;
    if (n->has_multiple_of)
        is(j, gr_decimal_divisible(&j->env, &d, &n->multiple_of, &ok));
    return ok;
}

static bool string_holds(Judge *j, const GrStringPart *s, const GrJsonNode *v)
{
    uint32_t length = 0;
    for (uint32_t i = 0; i < v->n; i++)
        length += ((unsigned char)v->text[i] & 0xc0) != 0x80;
    if (length < s->min_length || length > s->max_length) return false;
    if (s->has_pattern && !matches(j, s->pattern, v)) return false;
    return !s->has_format || matches(j, s->format, v);
}

static bool unique(Judge *j, uint32_t node)
{
    const GrJsonNode *n = j->value.node;
    for (uint32_t a = node + 1; a < n[node].next; a = n[a].next)
        for (uint32_t b = n[a].next; b < n[node].next; b = n[b].next)
            if (canon(j, &j->value, a) == canon(j, &j->value, b)) return false;
    return true;
}

static bool array_holds(Judge *j, const GrArrayPart *a, uint32_t node,
                        unsigned char *marks)
{
    const GrJsonNode *v = &j->value.node[node];
    uint32_t found = 0, x = node + 1;
    if (v->n < a->min_items || v->n > a->max_items) return false;
    if (a->unique && !unique(j, node)) return false;
    for (uint32_t i = 0; i < v->n; i++, x = j->value.node[x].next) {
        bool tuple = i < a->n_prefix;
        if (!on_part(j, tuple ? a->prefix[i] : a->items, x)) return false;
        marks[i] |= tuple || a->has_items;
        if (!a->has_contains || !on_part(j, a->contains, x)) continue;
        found++;
        marks[i] |= a->contains_evaluates;
    }
    return !a->has_contains ||
           (found >= a->min_contains && found <= a->max_contains);
}

static bool has_member(const Judge *j, uint32_t node, const GrName *name)
{
    return gr_json_member(&j->value, node, name->text, name->len) != UINT32_MAX;
}

static bool has_all(const Judge *j, uint32_t node, const GrName *names,
                    uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!has_member(j, node, &names[i])) return false;
    return true;
}

static bool member_holds(Judge *j, const GrObjectPart *o, uint32_t key,
                         unsigned char *mark)
{
    const GrJsonNode *k = &j->value.node[key];
    bool matched = false;
    for (uint32_t i = 0; i < o->n_properties; i++) {
        const GrName *name = &o->properties[i].name;
        if (name->len != k->n ||
            (k->n && memcmp(name->text, k->text, k->n) != 0))
            continue;
        matched = true;
        if (!on_part(j, o->properties[i].schema, key + 1)) return false;
    }
    for (uint32_t i = 0; i < o->n_patterns; i++) {
        if (!matches(j, o->patterns[i].re, k)) continue;
        matched = true;
        if (!on_part(j, o->patterns[i].schema, key + 1)) return false;
    }
    if (!matched && !on_part(j, o->additional, key + 1)) return false;
    *mark |= matched || o->has_additional;
    return !o->has_property_names || on_part(j, o->property_names, key);
}

static bool object_holds(Judge *j, const GrObjectPart *o, uint32_t node,
                         unsigned char *marks)
{
    const GrJsonNode *v = &j->value.node[node];
    uint32_t k = node + 1;
    if (v->n < o->min_properties || v->n > o->max_properties) return false;
    if (!has_all(j, node, o->required, o->n_required)) return false;
    for (uint32_t i = 0; i < o->n_dependent_required; i++) {
        const GrDependentRequired *d = &o->dependent_required[i];
        if (has_member(j, node, &d->name) &&
            !has_all(j, node, d->required, d->n))
            return false;
    }
    for (uint32_t i = 0; i < o->n_dependent_schemas; i++)
        if (has_member(j, node, &o->dependent_schemas[i].name) &&
            !in_place(j, o->dependent_schemas[i].schema, node, marks))
            return false;
    for (uint32_t i = 0; i < v->n; i++, k = j->value.node[k + 1].next)
        if (!member_holds(j, o, k, &marks[i])) return false;
    return true;
}

static uint32_t count(Judge *j, GrSchemaList list, uint32_t node,
                      unsigned char *marks)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < list.n; i++)
        n += in_place(j, list.at[i], node, marks);
    return n;
}

static bool logic_holds(Judge *j, const GrLogicPart *g, uint32_t node,
                        unsigned char *marks)
{
    if (count(j, g->refs, node, marks) < g->refs.n) return false;
    if (count(j, g->all_of, node, marks) < g->all_of.n) return false;
    if (g->any_of.n && count(j, g->any_of, node, marks) == 0) return false;
    if (g->one_of.n && count(j, g->one_of, node, marks) != 1) return false;
    if (g->has_not && on_part(j, g->not_, node)) return false;
    if (!g->has_if) return true;
    bool test = in_place(j, g->if_, node, marks);
    return in_place(j, test ? g->then_ : g->else_, node, marks);
}

static bool unevaluated_holds(Judge *j, const GrSchema *s, uint32_t node,
                              unsigned char *marks)
{
    const GrJsonNode *v = &j->value.node[node];
    bool object = v->type == GR_JSON_OBJECT;
    bool has = object ? s->object->has_unevaluated : s->array->has_unevaluated;
    SchemaId id = object ? s->object->unevaluated : s->array->unevaluated;
    uint32_t x = node + 1;
    if (!has) return true;
    for (uint32_t i = 0; i < v->n; i++, x = j->value.node[x].next) {
        x += object;
        if (!marks[i] && !on_part(j, id, x)) return false;
        marks[i] = 1;
    }
    return true;
}

static bool holds(Judge *j, SchemaId id, uint32_t node, unsigned char *marks)
{
    const GrSchema *s = gr_schema_get(j->l, id);
    const GrJsonNode *v = &j->value.node[node];
    if (j->failed || ++j->depth > 2000) return j->failed = true, false;
    bool ok = type_holds(j, s, node);
    if (ok && v->type == GR_JSON_NUMBER) ok = number_holds(j, s, v);
    if (ok && v->type == GR_JSON_STRING) ok = string_holds(j, s->string, v);
    if (ok && v->type == GR_JSON_ARRAY)
        ok = array_holds(j, s->array, node, marks);
    if (ok && v->type == GR_JSON_OBJECT)
        ok = object_holds(j, s->object, node, marks);
    ok = ok && logic_holds(j, s->logic, node, marks);
    if (ok && v->type >= GR_JSON_ARRAY)
        ok = unevaluated_holds(j, s, node, marks);
    j->depth--;
    return ok;
}

/* --- the data ------------------------------------------------------------- */

typedef struct Score {
    long right, wrong, unread;
} Score;

static void judge_test(Judge *j, const Case *c, uint32_t i, Score *score)
{
    const CaseTest *t = &c->test[i];
    j->failed = false;
    j->depth = 0;
    if (gr_json_read(&j->env, &j->arena, t->text, t->len, 0, 0, &j->value) !=
        GRAM_OK) {
        T_OK(0, "%s [%u]: not JSON", c->id, i);
        return;
    }
    bool ok = on_part(j, j->l->root, 0);
    bool right = !j->failed && ok == t->valid;
    score->right += right;
    score->wrong += !right;
    if (!right)
        fprintf(stderr, "%s [%u]: %s\n", c->id, i,
                j->failed ? j->error.message
                : ok      ? "valid"
                          : "invalid");
}

static void judge_case(const Case *c, const gram_options *opt, Score *score)
{
    Judge j;
    memset(&j, 0, sizeof j);
    gr_env_init(&j.env, NULL, 0, 0);
    j.env.error = &j.error;
    gr_intern_init(&j.pool);
    gram_status s = gr_re_new(&j.env, &j.re);
    if (s == GRAM_OK)
        s = gr_load_schema(&j.env, &j.arena, j.re, c->schema, c->schema_len,
                           opt, &j.l);
    score->unread += s != GRAM_OK;
    for (uint32_t i = 0; s == GRAM_OK && i < c->n_tests; i++)
        judge_test(&j, c, i, score);
    gr_intern_clear(&j.env, &j.pool);
    gr_re_free(j.re);
    gr_arena_clear(&j.env, &j.arena);
}

static void test_suite(void)
{
    const char *path = cases_path("json-schema-test-suite.jsonl.xz");
    CaseDocs docs = {NULL, 0};
    Score score = {0, 0, 0};
    char data[512];
    if (path == NULL) {
        T_SKIP("no official suite beside the repository");
        return;
    }
    snprintf(data, sizeof data, "%s", path);
    const char *tar = cases_path("json-schema-test-suite.tar.xz");
    T(tar != NULL && cases_add_remotes(&docs, tar));
    Cases *in = cases_open(data);
    for (Case c; in != NULL && cases_next(in, &c);) {
        gram_options opt = {.draft = cases_draft(c.id),
                            .formats = GRAM_FORMATS_ANNOTATE};
        opt.documents = docs.at;
        opt.n_documents = docs.n;
        if (strstr(c.id, "/optional/") == NULL) judge_case(&c, &opt, &score);
    }
    if (in != NULL) cases_close(in);
    cases_free_docs(&docs);
    printf("suite: %ld right, %ld wrong, %ld not loaded\n", score.right,
           score.wrong, score.unread);
    T(score.right > 4000 && score.wrong == 0 && score.unread == 0);
}

/* Every fifth schema, formats asserted as by default. */
static void test_maskbench(void)
{
    const char *path = cases_path("maskbench-public.jsonl.xz");
    Score score = {0, 0, 0};
    if (path == NULL) {
        T_SKIP("no MaskBench beside the repository");
        return;
    }
    Cases *in = cases_open(path);
    long n = 0;
    for (Case c; in != NULL && cases_next(in, &c); n++)
        if (n % 5 == 0) judge_case(&c, NULL, &score);
    if (in != NULL) cases_close(in);
    printf("MaskBench: %ld right, %ld wrong, %ld not loaded\n", score.right,
           score.wrong, score.unread);
    T(score.right > 4000 && score.wrong == 0 && score.unread <= 1);
}

int main(void)
{
    test_suite();
    test_maskbench();
    return t_done();
}
