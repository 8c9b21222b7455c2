/* The main of every unit program: the test's own main, in a thread whose
 * stack is 64 KiB.
 *
 * The library promises not to recurse over input-shaped data; on a small
 * stack a broken promise is a crash on a modest input instead of a slow page
 * fault on a huge one.  (The Makefile renames the test's main to t_main.)
 *
 * A program whose own oracle needs more states it:
 *
 *     extern const unsigned t_stack_kib;
 *     const unsigned t_stack_kib = 1024;
 *
 * Sanitizers enlarge each frame (redzones) and call reporting code that is
 * not frugal: under them the stack is eight times as large. */
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

extern const unsigned t_stack_kib __attribute__((weak));
int t_main(int argc, char **argv);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FACTOR = 8 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { FACTOR = 8 };
#else
enum { FACTOR = 1 };
#endif
#else
enum { FACTOR = 1 };
#endif

typedef struct Call {
    int argc, result;
    char **argv;
} Call;

static void *run(void *p)
{
    Call *c = p;
    c->result = t_main(c->argc, c->argv);
    return NULL;
}

int main(int argc, char **argv)
{
    Call c = {argc, 1, argv};
    size_t kib = &t_stack_kib ? t_stack_kib : 64;
    pthread_attr_t attr;
    pthread_t thread;
    if (pthread_attr_init(&attr) != 0 ||
        pthread_attr_setstacksize(&attr, kib * FACTOR << 10) != 0 ||
        pthread_create(&thread, &attr, run, &c) != 0) {
        fprintf(stderr, "no thread with a stack of %zu KiB\n", kib * FACTOR);
        return 1;
    }
    pthread_join(thread, NULL);
    return c.result;
}
