#!/usr/bin/env bash
# The header compiles alone, in every C and C++ from C89 on, with every warning a compiler has. What is behind it does not
# compile for a big-endian processor.
#
#   header.sh OUTPUT_FOLDER      (from the repository's root)
set -uo pipefail
source Tests/checks.sh
source=$1/header
printf '#include "resnet_int8.h"\nextern resnet_int8_info header_test;\n' | tee "$source.c" > "$source.cpp"
gcc_warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wpadded -Wundef -Werror"
clang_warnings="-Weverything -Werror"

# compiles COMPILER SOURCE WARNINGS STANDARD: a standard may have an older name in an older compiler
compiles() {
  local name=$4
  echo | "$1" "-std=$name" -x "${5}" -fsyntax-only - 2> /dev/null || name=${name/c23/c2x}
  check "$1 -std=$name, every warning" "$1" "-std=$name" $3 -Iinclude -c -o /dev/null "$2"
}

for standard in c89 c99 c11 c17 c23; do
  ! have gcc || compiles gcc "$source.c" "$gcc_warnings -Wstrict-prototypes -Wc++-compat" $standard c
  ! have clang || compiles clang "$source.c" "$clang_warnings" $standard c
done
for standard in c++98 c++11 c++14 c++17 c++20; do
  ! have g++ || compiles g++ "$source.cpp" "$gcc_warnings" $standard c++
  ! have clang++ || compiles clang++ "$source.cpp" "$clang_warnings" $standard c++
done
# stops_big_endian COMMAND...: the compiler says why it stops
stops_big_endian() {
  ! "$@" > "$source.log" 2>&1 && grep -q 'a big-endian processor cannot run models' "$source.log"
}
kernels=Sources/Target/Kernels/Interface/include/CKernels.h
check "C code stops a big-endian build" stops_big_endian "${CC:-cc}" -U__BYTE_ORDER__ \
  -D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__ -fsyntax-only -x c $kernels
check "Swift code stops a big-endian build" stops_big_endian swiftc -frontend -typecheck -parse-stdlib -module-name M \
  -target s390x-unknown-linux-gnu Sources/Target/ModelFormat/Records.swift
lines=$(wc -l < include/resnet_int8.h)
check "the header has $lines lines, under 250" test "$lines" -lt 250
finish
