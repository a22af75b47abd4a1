#!/usr/bin/env bash
# What the library's binaries hold: symbols, size, instructions.
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
check "$text bytes of code, under 200,000" "$([ "$text" -lt 200000 ] || echo "too many")"
# Embedded Swift leaves the box that stands for all empty boxes in every object; nothing refers to it.
# Weak, unique, common and small ones are variables too; AArch64's $d marks constants among instructions.
check "no variables" "$(nm "$archive" | awk '$2 ~ /^[BbCDdGgSsuV]$/ && $3 !~ /_emptyBoxStorage|^\$d/ { print $3 }')"

# An older processor runs all but the kernels of later ones: their instructions belong there alone.
matches() { # matches PATTERN OBJECT...: instructions
  local pattern=$1
  shift
  for object in "$@"; do "$objdump" --disassemble --no-show-raw-insn "$objects/$object.o"; done | grep -cE "$pattern" || true
}
only() { # only PATTERN KERNELS...: no other object has such instructions
  local pattern=$1 all own
  shift
  all=$(matches "$pattern" resnet_int8) own=$(matches "$pattern" "${@/#/Kernels}")
  check "$own instructions with $pattern, all in the kernels $*" \
    "$([ "$own" -gt 0 ] && [ "$all" = "$own" ] || echo "$all in the library")"
}
case $architecture in
  x86_64)
    only '%ymm' AVX2 AVXVNNI AVX512VNNI AMX
    only '%zmm|%k[0-7]' AVX512VNNI AMX
    only '%tmm' AMX
    only vpdpbusd AVXVNNI AVX512VNNI AMX
    ;;
  aarch64) only 'sdot' NEONDotProduct ;;
esac
[ $failures -eq 0 ]
