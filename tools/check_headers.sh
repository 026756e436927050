#!/bin/bash
# Every header of include/ and src/ compiles alone, as C17 and as C++17.
set -u
cd "${1:-.}" || exit 2

c_compiler=$(command -v gcc || command -v clang || command -v cc)
cxx_compiler=$(command -v g++ || command -v clang++ || command -v c++)
[ -n "$c_compiler" ] || { echo "no C compiler found"; exit 77; }
[ -n "$cxx_compiler" ] || { echo "no C++ compiler found"; exit 77; }

count=0 failed=0
while IFS= read -r header; do
  count=$((count + 1))
  for way in "$c_compiler -x c -std=c17" "$cxx_compiler -x c++ -std=c++17"; do
    # Through a one-line file, so that the header is not the main file (#pragma once, unused statics).
    if ! printf '#include "%s"\n' "$header" |
      $way -fsyntax-only -D_GNU_SOURCE -Wall -Wextra -Werror -I. -Isrc -Iinclude -; then
      echo "FAILED: $header with $way"
      failed=$((failed + 1))
    fi
  done
done < <(find include src -name '*.h' | LC_ALL=C sort)

echo "$count headers, $failed failures"
[ "$failed" -eq 0 ] && [ "$count" -gt 0 ]
