#!/usr/bin/env bash
# Tests what `resnet-quantize emit-c` makes of models: with this machine's compilers, and on an emulated Cortex-M4.
#
#   firmware.sh OUTPUT_FOLDER RESNET_QUANTIZE MODEL...      (from the repository's root)
set -uo pipefail
source Tests/checks.sh
output=$(realpath "$1")/firmware quantize=$2 board=cortex-m4
shift 2
rm -rf "$output" && mkdir -p "$output"
strict="-Wall -Wextra -Werror"
library=build/lib/libresnet_int8.a

# builds PROGRAM COMPILER... compiles the model and main.c of a folder for this machine, and links them.
builds() {
  local program=$1 folder=$2
  shift 2
  "$@" $strict -Iinclude -I"$folder" -o "$program" "$folder"/*.c "$folder"/*_model.S $library
}

# As C++, which is told so of each file.
builds_as_cpp() {
  local program=$1 folder=$2 compiler=$3
  "$compiler" $strict -std=c++11 -Iinclude -I"$folder" -o "$program" -x c++ "$folder"/*.c \
    -x assembler-with-cpp "$folder"/*_model.S -x none $library
}

# builds_for_board PROGRAM FOLDER SOURCE... links it with the start-up of Tools/firmware.
builds_for_board() {
  local program=$1 folder=$2
  shift 2
  arm-none-eabi-gcc $strict -mthumb -mcpu=$board -O2 -std=c11 -ffreestanding -fno-tree-loop-distribute-patterns -nostdlib \
    -ITools/firmware -Ibuild/$board/include -I"$folder" -T Tools/firmware/cortex-m.ld -Wl,--gc-sections -z noexecstack \
    -o "$program" "$@" "$folder"/*_model.S Tools/firmware/{cortex-m,semihosting,number,memory,stack}.c \
    build/$board/lib/libresnet_int8.a -lgcc
}

prints_the_same() { diff "$1" "$2"; }

# configures FOLDER ARGUMENT... builds a folder with CMake.
configures() {
  local folder=$1
  shift
  cmake -S "$folder" -B "$output/cmake" "$@" && cmake --build "$output/cmake"
}

refuses_without_library() {
  rm -rf "$output/cmake-refused" && ! cmake -S "$1" -B "$output/cmake-refused" > "$output/refusal" 2>&1 && grep -q "RESNET_INT8_ROOT is ''" "$output/refusal"
}

for model in "$@"; do
  name=$(basename "$model" .rn8)
  identifier=${name//-/_} folder=$output/$name
  check "emit-c, $name" "$quantize" emit-c "$model" --output "$folder"
  check "its bytes, $name" cmp "$model" "$folder/$identifier.rn8"
  for compiler in gcc clang; do
    have $compiler || continue
    check "$compiler, $name" builds "$folder.$compiler" "$folder" $compiler -std=c11
    check "runs" sh -c "'$folder.$compiler' | tee '$folder.class'"
  done
  for compiler in g++ clang++; do
    have $compiler || continue
    check "$compiler, $name" builds_as_cpp "$folder.$compiler" "$folder" $compiler
    check "runs, and prints the same" sh -c "'$folder.$compiler' | diff '$folder.class' -"
  done
  check "it is the class of a black image" grep -qE '^(class )?[0-9]' "$folder.class"

  if have arm-none-eabi-gcc && have qemu-system-arm; then
    check "$board, $name" builds_for_board "$folder.elf" "$folder" "$folder"/*.c -fno-short-enums
    Tools/firmware/emulate.sh $board "$folder.elf" > "$folder.board" 2>&1
    check "prints the same" prints_the_same "$folder.class" "$folder.board"
    check "$board, floats in registers and short enumerations" builds_for_board "$folder.elf" "$folder" "$folder"/*.c \
      -mfpu=fpv4-sp-d16 -mfloat-abi=hard
    Tools/firmware/emulate.sh $board "$folder.elf" > "$folder.board" 2>&1
    check "prints the same" prints_the_same "$folder.class" "$folder.board"
  fi
  if have cmake; then
    rm -rf "$output/cmake"
    check "CMake, $name" configures "$folder" -DRESNET_INT8_ROOT="$PWD/build"
    check "runs, and prints the same" sh -c "'$output/cmake/${identifier}_main' | diff '$folder.class' -"
    if have arm-none-eabi-gcc; then
      rm -rf "$output/cmake"
      check "CMake for $board" configures "$folder" -DRESNET_INT8_ROOT="$PWD/build/$board" \
        -DCMAKE_TOOLCHAIN_FILE="$PWD/Tools/firmware/arm-none-eabi.cmake"
    fi
    check "CMake without the library says what is missing" refuses_without_library "$folder"
  fi
done

# A class name that C would read otherwise: the compilers would warn of an escape or a trigraph, or print something else.
mkdir "$output/images" && cp Tests/Fixtures/images/rgb-444.jpg "$output/images"
printf '%s\n' 'say "hi"\n' '??=é0' '100 %s*/' > "$output/labels.txt"
check "a model with odd labels" "$quantize" Tests/Fixtures/reference/cifar-a-odd.pth --calibration "$output/images" \
  --output "$output/odd.rn8" --input-size 18 --labels "$output/labels.txt"
check "emit-c, odd labels" "$quantize" emit-c "$output/odd.rn8" --output "$output/odd"
check "compiles" builds "$output/odd.program" "$output/odd" cc -std=c11
check "prints a label" sh -c "'$output/odd.program' | grep -xF -f '$output/labels.txt'"

# The example, on this machine and on a board.
mkdir "$output/example" && cp "$1" "$output/example/network.rn8"
check "emit-c for the example" "$quantize" emit-c "$output/example/network.rn8" --output "$output/example/network"
check "the example" cc $strict -std=c11 -Iinclude -ITools/firmware -I"$output/example/network" -o "$output/example/here" \
  Tools/firmware/main.c Tools/firmware/number.c Tests/Embedded/host.c "$output/example/network/"network{.c,_model.S} $library
"$output/example/here" | head -n 1 > "$output/example/class"
check "it prints a class" grep -qE '^class [0-9]' "$output/example/class"
if have arm-none-eabi-gcc && have qemu-system-arm; then
  check "the example, $board" builds_for_board "$output/example/elf" "$output/example/network" Tools/firmware/main.c \
    "$output/example/network/network.c"
  Tools/firmware/emulate.sh $board "$output/example/elf" 2>&1 | tee "$output/example/board.log" | head -n 1 > "$output/example/board"
  check "prints the same" prints_the_same "$output/example/class" "$output/example/board"
fi

# What the platforms' files name is there.
kconfig_targets() { sed -n 's/.*default "\(.*\)" if .*/\1/p' Tools/firmware/zephyr/Kconfig | sort; }
check "Kconfig has each target" diff <(kconfig_targets) <(make -s embedded-targets | xargs -n 1 | sort)
check "Arduino's version is the Makefile's" grep -qx "version=$(sed -n 's/^VERSION := //p' Makefile)" \
  Tools/firmware/arduino/library.properties

# The commands of the page that compile a model.
if have arm-none-eabi-gcc && have cmake; then
  mkdir "$output/page" && cp "$1" "$output/page/model.rn8" && ln -s "$PWD/build" "$PWD/Tools" "$output/page"
  sed -n '/^\(resnet-quantize emit-c\|arm-none-eabi-gcc\|cmake\) /p' docs/microcontrollers.md > "$output/commands"
  check "the page has 4 commands" test "$(wc -l < "$output/commands")" = 4
  while read -r command; do
    check "$command" env PATH="$(dirname "$(realpath "$quantize")"):$PATH" sh -ec "cd '$output/page' && $command"
  done < "$output/commands"
fi

if have arm-none-eabi-gcc && have qemu-system-arm; then
  calls_no_function_of_floats() { ! arm-none-eabi-nm -u build/$board/lib/libresnet_int8.a | grep ' U ' | grep -v __aeabi_; }
  check "$board calls the compiler's run-time by Arm's names alone" calls_no_function_of_floats
  # What other tests use meanwhile is not built again.
  make_firmware() {
    env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory -o build/bin/resnet-quantize -o build/$board/lib/libresnet_int8.a \
      firmware "$@"
  }
  make_says() {
    local message=$1
    shift
    ! make_firmware "$@" > "$output/refusal" 2>&1 && grep -qF "$message" "$output/refusal"
  }
  make_firmware MODEL="$1" > "$output/made" 2>&1
  check "make firmware prints the class" grep -xF "$(cat "$output/example/class")" "$output/made"
  check "make firmware without a model" make_says "no model none.rn8: run \`make demo\` first" MODEL=none.rn8
  check "make firmware for another processor" make_says "no target 'z80'; give one" MODEL="$1" TARGET=z80
  check "make firmware without a compiler" make_says \
    "missing: gcc-arm-none-eabi. Install with \`apt-get install gcc-arm-none-eabi\`." MODEL="$1" BOARD_CC_$board=no-such-gcc
fi
finish
