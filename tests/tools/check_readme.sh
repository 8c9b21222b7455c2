#!/bin/sh
# check_readme.sh README ARCHIVE: every C block of the README that has a main
# compiles without a warning and ends with status 0; where a `text` block
# follows it directly, that is what it prints.
set -u
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
awk -v dir="$tmp" '
    /^```c$/          {n++; file = dir "/" n ".c"; next}
    /^```text$/ && after {file = dir "/" n ".txt"; next}
    /^```/            {after = file ~ /\.c$/; file = ""; next}
    file != ""        {print >file; next}
    /[^ ]/            {after = 0}
' "$1"
passed=0 failed=0
fail() { echo "$1"; failed=$((failed + 1)); }
for c in "$tmp"/*.c; do
    grep -qs '^int main' "$c" || continue
    name="C program $(basename "$c" .c) of $1"
    if ! ${CC:-cc} -std=c11 -Wall -Wextra -Werror -Iinclude "$c" "$2" \
        $LIBS -o "$tmp/program"; then
        fail "$name does not compile"
    elif ! "$tmp/program" >"$tmp/out" 2>&1 </dev/null; then
        fail "$name fails: $(head -c 2000 "$tmp/out")"
    elif [ -f "${c%.c}.txt" ] && ! diff "${c%.c}.txt" "$tmp/out"; then
        fail "$name prints something else than the README says"
    else
        passed=$((passed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
