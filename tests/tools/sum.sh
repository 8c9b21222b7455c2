#!/bin/sh
# sum.sh FILE...: add up all `N passed, N failed[, N skipped]` lines; print
# the sum in the same form and exit non-zero when anything failed.
awk '/^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ {
         passed += $1; failed += $3; skipped += $5
     }
     END {
         if (skipped) printf "%d skipped\n", skipped
         printf "%d passed, %d failed\n", passed, failed
         exit failed > 0 || passed == 0
     }' "$@"
