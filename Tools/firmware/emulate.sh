#!/bin/sh
# Runs a program on the board that QEMU has of a processor.
#
#   emulate.sh TARGET PROGRAM [OPTION...]     (a target of `make embedded`; options are QEMU's)
set -eu
target=$1 program=$2
shift 2
case $target in
  cortex-m0plus | cortex-m3) board=mps2-an385 ;; # a Cortex-M3, which knows all of the smaller one's instructions
  cortex-m4) board=mps2-an386 ;;
  cortex-m7) board=mps2-an500 ;;
  cortex-m33) board=mps2-an505 ;;
  cortex-m55) board=mps3-an547 ;;
  riscv32) exec qemu-system-riscv32 -M virt -bios none -nographic -semihosting -kernel "$program" "$@" ;;
  *) echo "emulate.sh: no board for '$target'" >&2; exit 1 ;;
esac
exec qemu-system-arm -M "$board" -nographic -monitor none -serial none -semihosting -kernel "$program" "$@"
