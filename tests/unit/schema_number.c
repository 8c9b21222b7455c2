/* The number automaton against brute force: for many random specs and small
 * policies, every permitted text is spelled out, and at every prefix the
 * automaton must agree on: dead or live, end or not, the truth vector, the
 * length of the shortest completion; and over all: vectors and values. */
#include "schema/number.h"
#include "t.h"

__extension__ typedef __int128 Wide;

/* --- the oracle: values as whole * 10^place ------------------------------- */

typedef struct Value {
    int negative;
    long whole; /* no zero at its end; 0 for 0 */
    int place;
} Value;

static Value normal(int negative, long whole, int place)
{
    if (whole == 0) return (Value){0, 0, 0};
    for (; whole % 10 == 0; place++) whole /= 10;
    return (Value){negative, whole, place};
}

static int width(long w)
{
    int n = 0;
    for (; w > 0; w /= 10) n++;
    return n;
}

/* Compare sizes: first by the number of digits before the point, then with
 * both scaled to the same place. */
static int compare_size(Value a, Value b)
{
    if (a.whole == 0 || b.whole == 0) return (a.whole != 0) - (b.whole != 0);
    int x = width(a.whole) + a.place, y = width(b.whole) + b.place;
    if (x != y) return x < y ? -1 : 1;
    Wide p = a.whole, q = b.whole;
    for (int i = b.place; i < a.place; i++) p *= 10;
    for (int i = a.place; i < b.place; i++) q *= 10;
    return (p > q) - (p < q);
}

static int compare(Value a, Value b)
{
    if (a.negative != b.negative) return a.negative ? -1 : 1;
    return a.negative ? -compare_size(a, b) : compare_size(a, b);
}

static int divides(Value d, Value v)
{
    if (v.whole == 0) return 1;
    if (v.place < d.place) return 0;
    Wide w = v.whole;
    for (int i = 0; i < v.place - d.place && i < 20; i++) w *= 10;
    return w % d.whole == 0;
}

/* --- specs ---------------------------------------------------------------- */

enum { MAX_ATOMS = 5, IN_KIND = 8, MAX_SET = 6 };

typedef struct Case {
    int n, kind[MAX_ATOMS], n_set[MAX_ATOMS];
    Value d[MAX_ATOMS][MAX_SET];
    uint8_t goal[1 << MAX_ATOMS]; /* by truth vector */
    GrNumNode nodes[1 << MAX_ATOMS];
    uint32_t n_nodes, root;
} Case;

static const char *const kind_name[] = {
    "<=", "<", ">=", ">", "==", "%", "integer", "lex", "in"};

static unsigned truths(const Case *c, Value v, int lexical)
{
    unsigned bits = 0;
    for (int i = 0; i < c->n; i++) {
        int cmp = compare(v, c->d[i][0]), yes = 0;
        switch (c->kind[i]) {
        case GR_NUM_LE: yes = cmp <= 0; break;
        case GR_NUM_LT: yes = cmp < 0; break;
        case GR_NUM_GE: yes = cmp >= 0; break;
        case GR_NUM_GT: yes = cmp > 0; break;
        case GR_NUM_EQ: yes = cmp == 0; break;
        case GR_NUM_MULTIPLE: yes = divides(c->d[i][0], v); break;
        case GR_NUM_INTEGER: yes = v.place >= 0; break;
        case GR_NUM_LEXICAL_INTEGER: yes = lexical; break;
        default:
            for (int k = 0; k < c->n_set[i]; k++)
                yes |= compare(v, c->d[i][k]) == 0;
        }
        bits |= (unsigned)yes << i;
    }
    return bits;
}

/* The diagram of the goal from atom `var` on, `bits` known before it. */
static uint32_t diagram(Case *c, int var, unsigned bits)
{
    if (var == c->n) return c->goal[bits];
    uint32_t lo = diagram(c, var + 1, bits);
    uint32_t hi = diagram(c, var + 1, bits | 1u << var);
    if (lo == hi) return lo;
    for (uint32_t i = 0; i < c->n_nodes; i++)
        if (c->nodes[i].var == (uint32_t)var && c->nodes[i].lo == lo &&
            c->nodes[i].hi == hi)
            return i + 2;
    c->nodes[c->n_nodes++] = (GrNumNode){(uint32_t)var, lo, hi};
    return c->n_nodes + 1;
}

/* Mostly near 1, and now and then where the policy's digits run out. */
static int random_place(uint64_t r, int far)
{
    int x = (int)(r >> 8 & 255);
    if (r % 8 != 0) return x % 5 - 2;
    return (r & 16 ? 1 : -1) * (far - 4 + x % 7);
}

static Value random_value(uint64_t *seed, int far)
{
    static const long some[] = {0,  1,  1,  2,  3,  5,   7,   9,   10,
                                12, 15, 25, 64, 99, 101, 125, 999, 1024};
    uint64_t r = t_random(seed);
    long w = r % 3 ? some[r / 3 % 18] : (long)(r / 3 % 1200);
    return normal((int)(r >> 40 & 1), w, random_place(r >> 32, far));
}

static Case random_case(uint64_t *seed, int far)
{
    Case c = {0};
    c.n = (int)(t_random(seed) % (MAX_ATOMS + 1));
    for (int i = 0; i < c.n; i++) {
        static const int kinds[] = {0, 1, 2, 3, 4, 5, 5, 5, 6, 6, 7, 8};
        c.kind[i] = kinds[t_random(seed) % 12];
        c.n_set[i] = c.kind[i] == IN_KIND ? (int)(t_random(seed) % MAX_SET) : 1;
        for (int k = 0; k < c.n_set[i]; k++)
            c.d[i][k] = random_value(seed, far);
        if (c.kind[i] == GR_NUM_MULTIPLE) {
            c.d[i][0].negative = 0;
            if (c.d[i][0].whole == 0) c.d[i][0] = (Value){0, 3, -1};
        }
    }
    unsigned all = (1u << c.n) - 1, form = (unsigned)(t_random(seed) % 6);
    for (unsigned b = 0; b <= all; b++)
        c.goal[b] = form < 3    ? b == all
                    : form == 3 ? (b & (b - 1)) == 0 && b != 0
                    : form == 4 ? b == (unsigned)(t_random(seed) & all)
                                : (t_random(seed) & 1) != 0;
    c.root = diagram(&c, 0, 0);
    return c;
}

static void print_case(const Case *c)
{
    for (int i = 0; i < c->n; i++) {
        fprintf(stderr, "  atom %d: %s", i, kind_name[c->kind[i]]);
        for (int k = 0; k < c->n_set[i]; k++)
            fprintf(stderr, " %s%lde%d", c->d[i][k].negative ? "-" : "",
                    c->d[i][k].whole, c->d[i][k].place);
        fprintf(stderr, "\n");
    }
    fprintf(stderr, "  goal:");
    for (unsigned b = 0; b < 1u << c->n; b++)
        if (c->goal[b]) fprintf(stderr, " %u", b);
    fprintf(stderr, "\n");
}

static GrEnv env;
static GrArena arena;

static GrDecimal decimal(Value v)
{
    char text[64];
    GrDecimal d = {0};
    sprintf(text, "%s%lde%d", v.negative ? "-" : "", v.whole, v.place);
    char *kept = gr_arena_copy(&env, &arena, text, strlen(text));
    T(gr_decimal_read(&env, &arena, kept, strlen(kept), &d) == GRAM_OK);
    return d;
}

static gram_status make_spec(GrNum *num, const Case *c, GrNumSpecId *spec)
{
    GrNumAtomId atoms[MAX_ATOMS];
    for (int i = 0; i < c->n; i++) {
        GrDecimal d[MAX_SET];
        for (int k = 0; k < c->n_set[i]; k++) d[k] = decimal(c->d[i][k]);
        if (c->kind[i] == IN_KIND)
            GR_TRY(gr_num_atom_in(num, d, (uint32_t)c->n_set[i], &atoms[i]));
        else
            GR_TRY(gr_num_atom(num, (GrNumKind)c->kind[i], d, &atoms[i]));
    }
    return gr_num_spec(num, atoms, (uint32_t)c->n, c->nodes, c->n_nodes,
                       c->root, spec);
}

/* --- the walk over all texts ---------------------------------------------- */

typedef struct Walk {
    GrNum *num;
    const Case *c;
    GrNumPolicy policy;
    char text[64];
    int n;
    int wrong, with_cost;
    long n_texts, n_live;
    uint8_t vectors[1 << MAX_ATOMS];
    Value *values;
    size_t n_values, cap_values;
} Walk;

enum { NEVER = 1000000 };

static void complain(Walk *w, const char *what, long want, long got)
{
    if (w->wrong++ == 0) {
        fprintf(stderr, "after <%.*s>: %s is %ld, not %ld (policy %u %u %d)\n",
                w->n, w->text, what, got, want, w->policy.max_digits,
                w->policy.max_exponent_digits, w->policy.no_exponent);
        print_case(w->c);
    }
}

/* The value of the text so far, a whole number text. */
static Value value_of(const char *s, int n, int *lexical)
{
    long whole = 0;
    int i = n > 0 && s[0] == '-', negative = i, point = 0, place = 0, e = 0;
    *lexical = 1;
    for (; i < n && s[i] != 'e'; i++) {
        if (s[i] == '.') {
            point = 1;
            *lexical = 0;
        } else {
            whole = whole * 10 + (s[i] - '0');
            place -= point;
        }
    }
    if (i < n) {
        int minus = s[++i] == '-';
        *lexical = 0;
        i += s[i] == '-' || s[i] == '+';
        for (; i < n; i++) e = e * 10 + (s[i] - '0');
        if (minus) e = -e;
    }
    return normal(negative, whole, place + e);
}

static void keep_value(Walk *w, Value v)
{
    if (w->n_values == w->cap_values) {
        w->cap_values = w->cap_values ? 2 * w->cap_values : 1024;
        w->values = realloc(w->values, w->cap_values * sizeof v);
    }
    w->values[w->n_values++] = v;
}

/* Does the text end well here?  Compare the automaton's answer. */
static int check_end(Walk *w, GrNumStateId state, int alive, int complete)
{
    int lexical, good = 0;
    unsigned want = 0;
    if (complete) {
        Value v = value_of(w->text, w->n, &lexical);
        want = truths(w->c, v, lexical);
        good = w->c->goal[want];
        w->n_texts++;
        if (good) {
            w->vectors[want] = 1;
            keep_value(w, v);
        }
    }
    if (!alive) return good;
    const uint32_t *bits = gr_num_end(w->num, state, NULL);
    if ((bits != NULL) != good)
        complain(w, "the end", good, bits != NULL);
    else if (good && bits[0] != want)
        complain(w, "vector", want, bits[0]);
    return good;
}

typedef enum Place {
    P_START,
    P_MINUS,
    P_ZERO,
    P_INT,
    P_DOT,
    P_FRAC,
    P_EXP,
    P_SIGN,
    P_DIGITS
} Place;

static int walk(Walk *w, Place place, int used, GrNumStateId state, int alive);

static int follow(Walk *w, Place to, int used, char byte, GrNumStateId from,
                  int alive)
{
    GrNumStateId next = {0};
    bool dead = true;
    if (alive && gr_num_move(w->num, from, (uint8_t)byte, &next, &dead))
        complain(w, "the status of a move", 0, 1);
    w->text[w->n++] = byte;
    int cost = walk(w, to, used, next, !dead);
    w->n--;
    return cost;
}

static void least(int *best, int more)
{
    if (more + 1 < *best) *best = more + 1;
}

static int walk_digits(Walk *w, Place place, int used, GrNumStateId s,
                       int alive)
{
    int best = NEVER, most = (int)w->policy.max_digits;
    int most_e = (int)w->policy.max_exponent_digits;
    for (char d = '0'; d <= '9'; d++) {
        Place to = place == P_START || place == P_MINUS
                       ? (d == '0' ? P_ZERO : P_INT)
                   : place == P_INT                    ? P_INT
                   : place == P_DOT || place == P_FRAC ? P_FRAC
                                                       : P_DIGITS;
        int n = to == place ? used + 1 : 1;
        if (place == P_ZERO || n > (to == P_DIGITS ? most_e : most)) continue;
        least(&best, follow(w, to, n, d, s, alive));
    }
    return best;
}

/* All texts that start with the present one; the length of the shortest
 * accepted completion. */
static int walk(Walk *w, Place place, int used, GrNumStateId s, int alive)
{
    int complete = place == P_ZERO || place == P_INT || place == P_FRAC ||
                   place == P_DIGITS;
    int best = check_end(w, s, alive, complete) ? 0 : NEVER;
    int more = walk_digits(w, place, used, s, alive);
    if (more < best) best = more;
    if (place == P_START) least(&best, follow(w, P_MINUS, 0, '-', s, alive));
    if (place == P_ZERO || place == P_INT)
        least(&best, follow(w, P_DOT, 0, '.', s, alive));
    if (complete && place != P_DIGITS && !w->policy.no_exponent)
        least(&best, follow(w, P_EXP, 0, 'e', s, alive));
    if (place == P_EXP) {
        least(&best, follow(w, P_SIGN, 0, '+', s, alive));
        least(&best, follow(w, P_SIGN, 0, '-', s, alive));
    }
    if ((best < NEVER) != alive) complain(w, "live", best < NEVER, alive);
    w->n_live += alive;
    uint32_t cost;
    if (alive && w->with_cost &&
        (gr_num_cost(w->num, s, &cost) || (int)cost != best))
        complain(w, "cost", best, (long)cost);
    return best;
}

static int order(const void *a, const void *b)
{
    return compare(*(const Value *)a, *(const Value *)b);
}

static uint32_t distinct(Walk *w)
{
    uint32_t n = 0;
    if (w->n_values == 0) return 0;
    qsort(w->values, w->n_values, sizeof *w->values, order);
    for (size_t i = 0; i < w->n_values; i++)
        n += i == 0 || compare(w->values[i - 1], w->values[i]) != 0;
    return n;
}

static int has_lexical(const Case *c)
{
    for (int i = 0; i < c->n; i++)
        if (c->kind[i] == GR_NUM_LEXICAL_INTEGER) return 1;
    return 0;
}

static void check_totals(Walk *w, GrNumSpecId spec, uint32_t cap)
{
    uint32_t n, ids[1 << MAX_ATOMS], want = 0, values = distinct(w);
    bool more, yes;
    if (gr_num_count(w->num, spec, cap, &n)) complain(w, "count", 0, -1);
    if (values > cap) values = cap;
    if (has_lexical(w->c) ? n > values || (n == 0) != (values == 0)
                          : n != values)
        complain(w, "the number of values", values, n);
    if (gr_num_satisfiable(w->num, spec, &yes) || yes != (values > 0))
        complain(w, "satisfiable", values > 0, yes);
    if (gr_num_vectors(w->num, spec, 1 << MAX_ATOMS, ids, &n, &more) || more)
        complain(w, "vectors", 0, -1);
    for (int v = 0; v < 1 << MAX_ATOMS; v++) want += w->vectors[v];
    if (n != want) complain(w, "the number of vectors", want, n);
    for (uint32_t i = 0; i < n; i++)
        if (!w->vectors[gr_num_vector(w->num, ids[i])[0]])
            complain(w, "a vector", 0, gr_num_vector(w->num, ids[i])[0]);
    if (want > 1 && (gr_num_vectors(w->num, spec, want - 1, ids, &n, &more) ||
                     !more || n != want - 1))
        complain(w, "the vectors under a cap", want - 1, n);
}

static int check_case(GrNum *num, GrNumPolicy policy, const Case *c,
                      int with_cost)
{
    Walk w = {.num = num, .c = c, .policy = policy, .with_cost = with_cost};
    GrNumSpecId spec;
    GrNumStateId start = {0};
    bool dead = true;
    if (make_spec(num, c, &spec) || gr_num_start(num, spec, &start, &dead)) {
        fprintf(stderr, "no spec\n");
        print_case(c);
        return 1;
    }
    walk(&w, P_START, 0, start, !dead);
    check_totals(&w, spec, 7);
    check_totals(&w, spec, UINT32_MAX);
    free(w.values);
    return w.wrong != 0;
}

static void brute(uint64_t *seed, GrNumPolicy policy, int rounds, int with_cost)
{
    GrNum *num;
    int wrong = 0, far = (int)policy.max_digits;
    if (!policy.no_exponent) far += policy.max_exponent_digits == 1 ? 9 : 99;
    T(gr_num_new(&env, &policy, &num) == GRAM_OK);
    for (int i = 0; i < rounds && wrong < 3; i++) {
        Case c = random_case(seed, far);
        wrong += check_case(num, policy, &c, with_cost);
        if (gr_num_states(num) > 200000) {
            gr_num_free(num);
            T(gr_num_new(&env, &policy, &num) == GRAM_OK);
        }
    }
    T_OK(wrong == 0, "policy %u digits, %u exponent digits, no exponent %d",
         policy.max_digits, policy.max_exponent_digits, policy.no_exponent);
    gr_num_free(num);
}

int main(int argc, char **argv)
{
    uint64_t seed = t_seed();
    int scale = argc > 1 ? atoi(argv[1]) : 1;
    gr_env_init(&env, NULL, 0, UINT64_MAX);
    brute(&seed, (GrNumPolicy){1, 1, false}, 400 * scale, 1);
    brute(&seed, (GrNumPolicy){2, 1, true}, 200 * scale, 1);
    brute(&seed, (GrNumPolicy){1, 2, false}, 25 * scale, 1);
    brute(&seed, (GrNumPolicy){2, 1, false}, 6 * scale, 1);
    brute(&seed, (GrNumPolicy){3, 1, true}, 3 * scale, 1);
    gr_arena_clear(&env, &arena);
    T(env.used == 0);
    return t_done();
}
