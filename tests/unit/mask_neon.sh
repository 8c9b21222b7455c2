#!/bin/sh
# mask_neon.sh: the kernels of 64-bit ARM, by Debian's cross compiler and in
# an emulator: tests/unit/mask_kernels.c as it is.  Packages
# gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user; skipped where
# one is missing.
#
# Only what the test reaches is linked, so no library of the target is needed.
set -u
cc=${ARM_CC:-aarch64-linux-gnu-gcc}
run=$(command -v qemu-aarch64 || command -v qemu-aarch64-static)
out=build/arm
skip() {
    echo "skipped: $1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}
command -v "$cc" >/dev/null || skip "no $cc"
[ -n "$run" ] || skip "no qemu-aarch64"
mkdir -p $out
echo '#include <stdlib.h>' | $cc -E - >/dev/null 2>&1 ||
    skip "no C library for $cc"
$cc -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -Wall -Wextra -Werror -static \
    -ffunction-sections -fdata-sections -Wl,--gc-sections \
    -Iinclude -Isrc -Itests src/mask/kernels.c src/mask/apply.c \
    src/api/matcher.c tests/unit/mask_kernels.c -o $out/mask_kernels || {
    echo "0 passed, 1 failed"
    exit 1
}
# the variant is there, or its checks would be none
grep -q apply_16_neon $out/mask_kernels || {
    echo "no NEON kernels were compiled" >&2
    echo "0 passed, 1 failed"
    exit 1
}
"$run" $out/mask_kernels
