/* The core of src/regex when allocations fail and budgets run out: no leak,
 * no crash, the error that is documented, and a pool that goes on. */
#include "regex/regex.h"
#include "tests/t.h"
#include "tests/tools/alloc.h"

/* What a run finds out, to be compared between runs. */
typedef struct Answers {
    uint32_t count, word, least, most, state_classes, targets, ranges;
    bool none, accepts;
    char shortest[32], print[64];
} Answers;

static gram_status build(GrRe *re, ReId *x, ReId *words)
{
    static const char *const key[] = {
        "name", "names",           "size", "\xC3\xA9t\xC3\xA9", "nam",
        "",     "\xF0\x9F\x98\x80"};
    GrWord w[7];
    ReId a, b, c, part[3];
    SetId s, t;
    for (uint32_t i = 0; i < 7; i++)
        w[i] = (GrWord){key[i], (uint32_t)strlen(key[i]), i};
    GR_TRY(gr_re_words(re, w, 7, words));
    GR_TRY(gr_set_make(re, (GrRange[]){{'a', 'f'}, {0xE0, 0x1F6FF}}, 2, &s));
    GR_TRY(gr_set_not(re, s, &t));
    GR_TRY(gr_set_and(re, s, t, &t));
    GR_TRY(gr_set_or(re, s, t, &s));
    GR_TRY(gr_re_set(re, s, &a));
    GR_TRY(gr_re_text(re, "\"b\\", 3, &b));
    GR_TRY(gr_re_repeat(re, a, 2, 9, &c));
    GR_TRY(gr_re_seq(re, (ReId[]){a, b, c}, 3, &part[0]));
    GR_TRY(gr_re_repeat(re, part[0], 1, 3, &part[0]));
    GR_TRY(gr_re_or(re, (ReId[]){b, *words, c}, 3, &part[1]));
    GR_TRY(gr_re_cat(re, part[1], part[0], &part[1]));
    GR_TRY(gr_re_not(re, part[1], &part[2]));
    GR_TRY(gr_re_and(re, (ReId[]){part[2], part[0]}, 2, &c));
    return gr_re_or(re, (ReId[]){c, *words}, 2, x);
}

static gram_status run_text(GrRe *re, const ReId *tuple, uint32_t n,
                            const char *p, Answers *out)
{
    LexId s;
    GrLexInfo info;
    const LexId *to;
    SetId loop;
    bool whole;
    out->targets = 0;
    GR_TRY(gr_lex_start(re, GR_LEX_JSON, GR_NEED_ANY, tuple, n, &s));
    for (; *p; p++) {
        uint32_t n_to;
        GR_TRY(gr_lex_info(re, s, &info));
        uint8_t cls = info.classes[(unsigned char)*p];
        GR_TRY(gr_lex_targets(re, s, &to, &n_to));
        out->targets += n_to;
        if (cls == 0) return GRAM_OK;
        GR_TRY(gr_lex_move(re, s, cls, &s, &whole));
    }
    GR_TRY(gr_lex_info(re, s, &info));
    GR_TRY(gr_lex_loop(re, s, &loop));
    gr_set_get(re, loop, &out->ranges);
    out->state_classes = info.n_classes;
    out->accepts = info.boundary && gr_re_nullable(re, info.expr[0]);
    out->word = info.n > 1 ? gr_re_word(re, info.expr[1]) : 0;
    return GRAM_OK;
}

static gram_status take(GrEnv *env, gram_status st, GrText *text, char *out,
                        size_t room)
{
    size_t n = text->n < room - 1 ? text->n : room - 1;
    if (n) memcpy(out, text->at, n);
    gr_vec_clear(env, text);
    return st;
}

static gram_status ask(GrEnv *env, GrRe *re, Answers *out)
{
    ReId tuple[2];
    GrLengths l;
    GrText text = {0};
    memset(out, 0, sizeof *out);
    GR_TRY(build(re, &tuple[0], &tuple[1]));
    GR_TRY(gr_re_count(re, tuple[0], 200, &out->count));
    GR_TRY(gr_re_is_none(re, tuple[0], &out->none));
    GR_TRY(gr_re_lengths(re, tuple[0], &l));
    out->least = l.least;
    out->most = l.most;
    gram_status st = gr_re_shortest(re, tuple[0], &text);
    GR_TRY(take(env, st, &text, out->shortest, sizeof out->shortest));
    st = gr_re_print_states(re, tuple[1], 3, &text);
    text.n = 0;
    if (st == GRAM_OK) st = gr_re_print(re, tuple[0], &text);
    GR_TRY(take(env, st, &text, out->print, sizeof out->print));
    GR_TRY(run_text(re, tuple, 2, "\\u00e9t\xC3\xA9", out));
    uint32_t word = out->word;
    GR_TRY(run_text(re, tuple, 2, "\\ud83d\\uDE00", out));
    out->word += 16 * word;
    return GRAM_OK;
}

static void test_answers(void)
{
    GrEnv env;
    GrRe *re;
    Answers a;
    gr_env_init(&env, NULL, 0, 0);
    T(gr_re_new(&env, &re) == GRAM_OK);
    T(ask(&env, re, &a) == GRAM_OK);
    T(!a.none && a.accepts && a.least == 0);
    T_EQ(a.word, 16 * 3 + 6);
    T_STR(a.shortest, "");
    gr_re_free(re);
}

static void test_allocations(void)
{
    bool done = false;
    unsigned long k = 1;
    for (; !done; k++) {
        TestAlloc alloc = {0};
        gram_allocator g = test_alloc(&alloc);
        GrEnv env;
        GrRe *re;
        Answers first, again;
        alloc.fail_at = k;
        alloc.fail_on = k % 2;
        gr_env_init(&env, &g, 0, 0);
        gram_status st = gr_re_new(&env, &re);
        if (st == GRAM_OK) {
            st = ask(&env, re, &first);
            done = alloc.calls < k;
            T_EQ(st, done ? GRAM_OK : GRAM_E_MEMORY);
            /* memory is back: the same pool answers as if nothing had been */
            alloc.fail_at = 0;
            T(ask(&env, re, &again) == GRAM_OK);
            T_EQ(again.word, 16 * 3 + 6);
            if (done) T(memcmp(&first, &again, sizeof first) == 0);
            gr_re_free(re);
        } else {
            T_EQ(st, GRAM_E_MEMORY);
        }
        T_EQ(alloc.live, 0);
        T_EQ(alloc.wrong, 0);
        T_EQ(env.used, 0);
    }
    T(k > 50);
}

/* Try again and again, with `allowance` more steps each time. */
static void with_steps(uint64_t allowance, const Answers *want)
{
    GrEnv env;
    GrRe *re;
    Answers a;
    gram_status st = GRAM_E_LIMIT;
    gr_env_init(&env, NULL, 0, 0);
    T(gr_re_new(&env, &re) == GRAM_OK);
    for (int i = 0; i < 100000 && st == GRAM_E_LIMIT; i++) {
        env.steps = 0;
        env.max_steps = allowance * (uint64_t)(i + 1);
        st = ask(&env, re, &a);
    }
    T_EQ(st, GRAM_OK);
    T(memcmp(&a, want, sizeof a) == 0);
    gr_re_free(re);
    T_EQ(env.used, 0);
}

static void test_steps(void)
{
    GrEnv env;
    GrRe *re;
    Answers want;
    gr_env_init(&env, NULL, 0, 0);
    T(gr_re_new(&env, &re) == GRAM_OK);
    T(ask(&env, re, &want) == GRAM_OK);
    gr_re_free(re);
    for (uint64_t allowance = 1; allowance < 40; allowance++)
        with_steps(allowance, &want);
    gr_env_init(&env, NULL, 0, 3);
    T_EQ(gr_re_new(&env, &re), GRAM_E_LIMIT);
    T_EQ(env.used, 0);
}

int main(void)
{
    test_answers();
    test_allocations();
    test_steps();
    return t_done();
}
