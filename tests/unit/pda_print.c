/* The machine as text and as a graph: every state that a cell leads to is
 * listed, braces and quotes pair up, a failing allocator is survived. */
#include "oracle/toy.h"
#include "t.h"

static const ToyOptions options = {2, 5, 2, {"id", "name"}, false, true, false};

/* Every "-> sN" has a line "sN: " (or, in a graph, "sN ["). */
static void check_targets(const char *text, const char *define)
{
    char wanted[32];
    int n = 0;
    for (const char *s = strstr(text, "-> s"); s; s = strstr(s + 4, "-> s")) {
        int id = atoi(s + 4);
        snprintf(wanted, sizeof wanted, define, id);
        T_OK(strstr(text, wanted) != NULL, "s%d is not there", id);
        n++;
    }
    T(n > 10);
}

static int count(const char *text, char c)
{
    int n = 0;
    for (; *text; text++) n += *text == c && (c != '"' || text[-1] != '\\');
    return n;
}

static void check_dump(GrEnv *env, GrPda *pda)
{
    GrText text = {0};
    T(gr_pda_dump(pda, env, false, &text) == GRAM_OK);
    T(gr_vec_push(env, &text, 0) == GRAM_OK);
    T(strncmp(text.at, "s0: ", 4) == 0 && strstr(text.at, "accept") != NULL);
    T(strstr(text.at, "push f") && strstr(text.at, "pop verdict"));
    check_targets(text.at, "\ns%d: ");
    gr_vec_clear(env, &text);
    T(gr_pda_dump(pda, env, true, &text) == GRAM_OK);
    T(gr_vec_push(env, &text, 0) == GRAM_OK);
    T(strncmp(text.at, "digraph", 7) == 0);
    T_EQ(count(text.at, '{') > 0, true);
    T_EQ(count(text.at, '"') % 2, 0);
    check_targets(text.at, "  s%d [");
    gr_vec_clear(env, &text);
}

int main(void)
{
    GrEnv env;
    GrPda *pda;
    gram_error error;
    GrText text = {0};
    gr_env_init(&env, NULL, 0, 0);
    env.error = &error;
    T(gr_pda_new(&env, &pda) == GRAM_OK);
    T(toy_compile(&env, &options, pda) == GRAM_OK);
    check_dump(&env, pda);
    T(gr_pda_print_stage(pda, "rules", &text) == GRAM_E_ARGUMENT);
    for (size_t limit = 1 << 10; limit < 1 << 22; limit *= 2) {
        GrEnv small;
        gr_env_init(&small, NULL, limit, 0);
        gram_status status = gr_pda_dump(pda, &small, true, &text);
        T(status == GRAM_OK || status == GRAM_E_MEMORY);
        gr_vec_clear(&small, &text);
        T_EQ(small.used, 0);
    }
    gr_pda_free(pda);
    T_EQ(env.used, 0);
    return t_done();
}
