#!/bin/sh
# check_format.sh [--fix]: the sources are as clang-format leaves them, and no
# line has more than 80 columns (it breaks code, and leaves comments alone).
#
# Versions of clang-format disagree about corner cases, so the check is made
# with the version that .clang-format was written for, and skipped elsewhere.
set -u
want=14
tool=clang-format-$want
command -v $tool >/dev/null 2>&1 || tool=clang-format
if ! $tool --version 2>/dev/null | grep -q "version $want\."; then
    echo "skipped: format-check takes clang-format $want"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
# shellcheck disable=SC2046  # no name in this repository has a space
set -- "${1:-}" $(find include src tests fuzz -name '*.[ch]' \
    ! -name default_vocab.c ! -path '*/tables/*' | sort)
fix=$1
shift
[ "$fix" = --fix ] && exec $tool -i "$@"
bad=0
for f in "$@"; do
    long=$(awk 'length($0) > 80 {print NR; exit}' "$f")
    case $f in */metaschemas.c) long= ;; esac # written by embed.sh
    [ -n "$long" ] && echo "$f:$long: more than 80 columns"
    $tool --dry-run -Werror "$f" >/dev/null 2>&1 && [ -z "$long" ] && continue
    echo "not formatted: $f   (make format)"
    bad=$((bad + 1))
done
echo "$(($# - bad)) passed, $bad failed"
[ $bad -eq 0 ]
