#!/bin/sh
# deps.sh GROUP...: install what a group needs and this machine lacks.
#
# A line of the table is: group, Debian package, and a command that succeeds
# where the package is not needed.  Nothing is asked of apt when every
# command succeeds, so the usual run takes a few milliseconds.
set -u

header() { printf '#include <stddef.h>\n%s\n' "$1" | cc -E - >/dev/null 2>&1; }
tool() { command -v "$1" >/dev/null 2>&1; }
fuzzer() {
    echo 'int LLVMFuzzerTestOneInput(void){return 0;}' |
        clang -x c -fsanitize=fuzzer,address -o /dev/null - >/dev/null 2>&1
}
pcre='#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>'

missing=
need() { # package command...
    package=$1
    shift
    "$@" || missing="$missing $package"
}
for group in "$@"; do
    case $group in
    build)
        need gcc tool cc
        need libc6-dev header '#include <stdio.h>'
        need binutils tool objcopy
        need libpcre2-dev header "$pcre"
        need libcjson-dev header '#include <cjson/cJSON.h>'
        need libutf8proc-dev header '#include <utf8proc.h>'
        need xz-utils tool xz ;;
    fuzz)
        need clang-format tool clang-format
        need clang tool clang
        need libclang-rt-dev fuzzer ;;
    arm)
        need gcc-aarch64-linux-gnu tool aarch64-linux-gnu-gcc
        need libc6-dev-arm64-cross test -d /usr/aarch64-linux-gnu/include
        need qemu-user tool qemu-aarch64 ;;
    esac
done
[ -z "$missing" ] && exit 0

# Where clang's run-time library is a package of its own, it is the one that
# belongs to the installed clang; elsewhere it comes with clang.
runtime() {
    major=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
    echo "libclang-rt-${major:-14}-dev"
}
sudo=
[ "$(id -u)" = 0 ] || sudo="sudo -n"
if ! tool apt-get || { [ -n "$sudo" ] && ! $sudo true 2>/dev/null; }; then
    echo "deps: missing:$missing" >&2
    echo "deps: install these packages; it takes apt-get and root or sudo" >&2
    exit 1
fi
echo "deps: installing$missing"
export DEBIAN_FRONTEND=noninteractive
plain=$(echo "$missing" | sed 's/libclang-rt-dev//')
log=$(mktemp) && trap 'rm -f "$log"' EXIT
get() {
    $sudo apt-get install -y --no-install-recommends "$@" >"$log" 2>&1
}
$sudo apt-get update >"$log" 2>&1 || cat "$log" >&2
# shellcheck disable=SC2086  # a list of package names
[ -z "${plain# }" ] || get $plain || { cat "$log" >&2; exit 1; }
case $missing in
*libclang-rt-dev*) fuzzer || get "$(runtime)" || { cat "$log" >&2; exit 1; } ;;
esac
