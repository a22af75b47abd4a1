#!/usr/bin/env bash
# Tests what the library's binaries contain: their symbols, their size and their instructions.
#
#   symbols.sh HEADER ARCHIVE SHARED_LIBRARY OBJECT_FOLDER [ARCHITECTURE OBJDUMP]
set -euo pipefail
header=$1 archive=$2 shared=$3 objects=$4 architecture=${5:-$(uname -m)} objdump=${6:-objdump}
failures=0

check() { # check DESCRIPTION PROBLEMS: passes where PROBLEMS is empty
  if [ -z "$2" ]; then
    echo "ok      $1"
  else
    echo "not ok  $1: $(echo $2)"
    failures=$((failures + 1))
  fi
}

declared=$(grep -oE '\bresnet_int8_[a-z_0-9]+\(' "$header" | tr -d '(' | sort -u)
differences() { diff <(echo "$declared") <(sort -u) | grep '^[<>]' || true; }

check "the archive needs memcpy, memmove, memset at most" \
  "$(nm --undefined-only "$archive" | awk 'NF == 2 { print $2 }' |
    grep -vxE 'memcpy|memmove|memset|__stack_chk_(fail|guard)' || true)"
check "the archive defines the header's functions and no other global symbol" \
  "$(nm --defined-only --extern-only "$archive" | awk 'NF == 3 { print $3 }' | differences)"
check "the shared library exports the header's functions and no other symbol" \
  "$(nm --dynamic --defined-only "$shared" | awk 'NF == 3 { print $3 }' | differences)"

text=$(size -A "$archive" | awk '$1 ~ /^\.text/ { sum += $2 } END { print sum }')
check "$text bytes of code, under 300,000" "$([ "$text" -lt 300000 ] || echo "too many")"
# A letter of nm's in this list means a variable; weak, unique, common and small ones count too. Two symbols do not
# count: _emptyBoxStorage, which Embedded Swift leaves in every object although nothing refers to it, and $d, which
# marks constants among AArch64's instructions.
check "no variables" "$(nm "$archive" | awk '$2 ~ /^[BbCDdGgSsuV]$/ && $3 !~ /_emptyBoxStorage|^\$d/ { print $3 }')"

# An older processor runs everything but the kernels for later processors. The later instructions may appear in those
# kernels only.
matches() { # matches PATTERN OBJECT...: prints the number of such instructions
  local pattern=$1
  shift
  for object in "$@"; do "$objdump" --disassemble --no-show-raw-insn "$objects/$object.o"; done | grep -cE "$pattern" || true
}
only() { # only PATTERN KERNELS...: passes where no other object has such instructions
  local pattern=$1 all own
  shift
  all=$(matches "$pattern" resnet_int8) own=$(matches "$pattern" "${@/#/Kernels}")
  check "$own instructions with $pattern, all in the kernels $*" \
    "$([ "$own" -gt 0 ] && [ "$all" = "$own" ] || echo "$all in the library")"
}
case $architecture in
  x86_64)
    only '%ymm' AVX2 AVXVNNI AVX512 AVX512VNNI AMX
    only '%zmm|%k[0-7]' AVX512 AVX512VNNI AMX
    only '%tmm' AMX
    only vpdpbusd AVXVNNI AVX512VNNI AMX
    ;;
  aarch64) only 'sdot' NEONDotProduct ;;
esac
[ $failures -eq 0 ]
