/* driver.h: what a fuzz target is.
 *
 * A target is one file fuzz_<target>.c that states one property and defines
 * LLVMFuzzerTestOneInput, which calls abort() when the property is broken.
 * It runs in two ways: under libFuzzer (clang), and linked with driver.c as a
 * plain program that replays files (any compiler).
 *
 * A target with an oracle proves that the oracle sees something: it defines
 *
 *     const int fuzz_faults = 2;    the number of faults it can inject
 *     int fuzz_fault;               0: none; 1, 2: the fault injected now
 *
 * and `make fuzz-selftest` wants each of them to end in abort() on one of the
 * committed inputs.
 *
 * Targets that build what they test (schemas, grammars, vocabularies) read
 * their input as choices: see input.h. */
#ifndef GR_FUZZ_DRIVER_H
#define GR_FUZZ_DRIVER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Say what does not hold, and abort. */
void fuzz_must(int holds, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

extern const int fuzz_faults __attribute__((weak));
extern int fuzz_fault __attribute__((weak));

#endif
