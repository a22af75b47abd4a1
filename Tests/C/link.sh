#!/usr/bin/env bash
# Tests that programs compile and link with the header and the libraries: with each compiler, as C11 and C++17, with the
# static and the shared library. It also compiles classify.c.
#
#   link.sh MODEL OUTPUT_FOLDER      (run from the repository's root)
set -euo pipefail
model=$1 output=$2
strict="-O2 -Wall -Wextra -pedantic -Werror -Iinclude"
source Tests/checks.sh

library() { # library COMPILER LINKER LANGUAGE_FLAGS...
  local compiler=$1 linker=$2
  shift 2
  have "$compiler" || return 0
  check "$compiler $* compiles" "$compiler" "$@" $strict -c -o "$output/link.o" Tests/C/link.c
  check "$compiler $* links the archive" "$linker" -o "$output/link" "$output/link.o" build/lib/libresnet_int8.a
  check "$compiler $* runs with the archive" "$output/link" "$model"
  check "$compiler $* links the shared library" \
    "$linker" -o "$output/link" "$output/link.o" -Lbuild/lib -lresnet_int8 -Wl,-rpath,"$PWD/build/lib"
  check "$compiler $* runs with the shared library" "$output/link" "$model"
}

# C++ objects are linked by the C compiler, since neither the header nor the library needs a C++ runtime.
library cc cc -std=c11
library clang clang -std=c11
library g++ cc -std=c++17 -x c++
library clang++ clang -std=c++17 -x c++

for compiler in cc clang; do
  have $compiler || continue
  check "$compiler compiles classify.c" $compiler -std=c11 $strict -c -o "$output/classify.o" Tools/classify/classify.c
done
lines=$(wc -l < Tools/classify/classify.c)
check "classify.c has $lines lines, under 200" test "$lines" -lt 200
finish
