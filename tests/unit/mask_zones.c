/* Masks of strings that words are searched for in: where one must occur and no
 * other may, and where none may.  They are those of a walk through all tokens,
 * and the first of them looks at the states behind the first letters of the
 * words alone, not at the hundreds that lie behind these. */
#include "tests/t.h"
#include "ways.h"

#define ONE_OF                                                                 \
    "{\"oneOf\":[{\"pattern\":\"customer\"},{\"pattern\":\"maker\"},"          \
    "{\"pattern\":\"operator\"},{\"pattern\":\"admin\"},"                      \
    "{\"pattern\":\"designer\"}],\"type\":\"string\"}"
#define NO_WORD                                                                \
    "{\"not\":{\"pattern\":\"internal server error|admin|root|shutdown\"},"    \
    "\"type\":\"string\"}"

static void same_mask(const GrVocab *v, Way *a, Way *b, const char *text)
{
    GrMaskView x, y;
    size_t at;
    Way *way[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        gr_matcher_free(way[i]->m);
        T(gr_matcher_new(way[i]->masks, NULL, 0, &way[i]->error, &way[i]->m) ==
          GRAM_OK);
        T(gr_matcher_accept_bytes(way[i]->m, text, strlen(text), &at) ==
          GRAM_OK);
    }
    T(gr_matcher_mask(a->m, &x) == GRAM_OK);
    T(gr_matcher_mask(b->m, &y) == GRAM_OK);
    T_OK(memcmp(x.row, y.row, v->mask_words * sizeof *x.row) == 0, "%s", text);
}

/* States that are there behind the first mask. */
static uint32_t states_behind(const GrVocab *v, const GrTables *t,
                              const char *schema)
{
    Way way;
    GrMaskView view;
    size_t at;
    way_start(&way, v, t, schema, 0);
    T(gr_matcher_accept_bytes(way.m, "\"", 1, &at) == GRAM_OK);
    T(gr_matcher_mask(way.m, &view) == GRAM_OK);
    uint32_t n = gr_pda_n_states(gr_masks_pda(way.masks));
    way_stop(&way);
    return n;
}

int main(void)
{
    static const char *const text[] = {"\"",         "\"x",      "\"cust",
                                       "\"customer", "\"makers", "\"the ma"};
    enum { MOST_STATES = 60 };
    GrEnv env;
    GrVocab *v;
    GrTables *t;
    gram_error e;
    GrVocabOptions o = {0};
    gr_env_init(&env, NULL, 0, 0);
    if (gr_vocab_from_default(&o, &e, &v) != GRAM_OK) return 1;
    T_EQ(gr_tables_new(&env, v, &t), GRAM_OK);
    for (int i = 0; i < 2; i++) {
        const char *schema = i ? NO_WORD : ONE_OF;
        Way a, b;
        way_start(&a, v, t, schema, 0);
        way_start(&b, v, t, schema, GR_MASK_NO_CLASSES);
        for (size_t k = 0; k < sizeof text / sizeof *text; k++)
            same_mask(v, &a, &b, text[k]);
        way_stop(&a);
        way_stop(&b);
        uint32_t n = states_behind(v, t, schema);
        T_OK(n < MOST_STATES, "%s: %u states", schema, n);
    }
    gr_tables_free(t);
    gr_vocab_free(v);
    return t_done();
}
