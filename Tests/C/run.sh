#!/usr/bin/env bash
# Runs the C tests that `make test` has built, and prints at the end how many passed, failed and were skipped.
#
#   run.sh MODEL...      (run from the repository's root; models are files in build/tests)
set -uo pipefail
tests=build/tests
logs=$tests/logs
emulated=
rm -rf $logs && mkdir -p $logs

# run NAME COMMAND... runs a test, which passes where COMMAND succeeds. Where it fails, its output is shown. As many
# tests run at the same time as there are cores.
run() {
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
  run_alone "$@" &
}

run_alone() {
  local name=$1 log=$logs/$BASHPID.$RANDOM start=$SECONDS
  shift
  if "$@" > "$log" 2>&1; then
    echo "pass  $name ($(grep -c '^ok' "$log") checks, $((SECONDS - start)) s)"
    grep skipped "$log"
    mv "$log" "$log.passed"
  else
    echo "FAIL  $name: $*"
    cat "$log"
    mv "$log" "$log.failed"
  fi
}

skip() {
  echo "skip  $1"
  touch "$logs/${1//\//-}.skipped"
}

count() { find $logs -name "*.$1" | wc -l; } # count passed|failed|skipped

# Some tests run a model tens of thousands of times. They take the small models only, which are enough: there is one of
# every structure.
is_small() { [ "$(wc -c < "$1")" -le 100000 ]; }

# Each damage is tried on the smallest models, and one in three on the others.
is_smallest() { [ "$(wc -c < "$1")" -le 25000 ]; }

# Tests that an emulated processor uses the kernel sets KERNELS and computes the same logits as this machine.
same_logits() { # same_logits KERNELS MODEL WORKERS COMMAND...
  local kernels=$1 model=$2 workers=$3 here there
  shift 3
  here=$("$tests/kernels" "$model" 1) && there=$("$@" "$model" "$workers") || { echo "$there"; return 1; }
  echo "$there"
  [ "$(tail -n 1 <<< "$here")" = "$(tail -n 1 <<< "$there")" ] || { echo "here: $here"; return 1; }
  [ "$(sed -n 's/^ok *\(.*\) are in use$/\1/p' <<< "$there" | xargs)" = "$kernels" ]
}

# Tests that an emulated processor prepares pictures as this one does.
same_prepared() { # same_prepared MODEL COMMAND...
  local model=$1 there
  shift
  there=$("$@" "$model") && echo "$there" || { echo "$there"; return 1; }
  [ "$("$tests/prepare" "$model" | tail -n 1)" = "$(tail -n 1 <<< "$there")" ]
}

# A model that an earlier version wrote gives the logits that it gave then.
kept_logits() { # kept_logits MODEL COMMAND...: COMMAND prints them for a model
  local model=$1 logits
  shift
  logits=$("$@" "$model" 1 | tail -n 1)
  echo "ok      $logits"
  [ "$logits" = "$(cat "${model%.rn8}.logits")" ]
}

# Tests that an emulated processor computes the same logits as this one from models made at random.
same_generated() { # same_generated COMMAND...
  local there
  there=$("$@" --count 100) && echo "$there" || { echo "$there"; return 1; }
  [ "$("$tests/generator" --count 100 | sed 's/.*; //')" = "${there##*; }" ]
}

# Tests that an emulated microcontroller computes the same logits as this machine. QEMU prints what it says on the error stream.
same_on_board() { # same_on_board TARGET MODEL
  local there
  there=$(timeout 900 Tools/firmware/emulate.sh "$1" "$tests/embedded/$1/$(basename "$2" .rn8).elf" 2>&1) || { echo "$there"; return 1; }
  echo "ok      $there"
  [ "$("$tests/embedded/host" "$2" | tail -n 1)" = "$(tail -n 1 <<< "$there")" ]
}

# Runs the suite on an emulated processor. Since that is slow, only some of the damages to small models are tried, and
# large models run with few workers.
emulate() { # emulate EMULATOR PROCESSOR FOLDER KERNELS: the programs lie in FOLDER
  local emulator=$1 processor=$2 programs=$3 kernels=$4
  if ! command -v "$emulator" > /dev/null || ! [ -x "$programs/kernels" ]; then
    skip "$processor: no $emulator, or no compiler for it"
    return
  fi
  emulated="$emulated $kernels "
  emulator="$emulator -cpu $processor"
  run "workers on $processor" $emulator "$programs/workers" "${models[0]}" 100
  run "published vectors on $processor" $emulator "$programs/selftest"
  run "models made at random on $processor" same_generated $emulator "$programs/generator"
  run "random models equal the reference on $processor" Tests/Oracle/oracle.sh --count 30 --seed 1 \
    --program "$emulator $programs/logits"
  run "pictures on $processor" same_prepared "${models[0]}" $emulator "$programs/prepare"
  run "older and newer programs on $processor" $emulator "$programs/older" "${models[0]}"
  for model in "${kept_models[@]}"; do
    run "kept logits on $processor, $(basename "$model" .rn8)" kept_logits "$model" $emulator "$programs/kernels"
  done
  for model in "${models[@]}"; do
    name=$(basename "$model" .rn8)
    run "stack on $processor, $name" $emulator "$programs/stack" "$model"
    run "heap on $processor, $name" $emulator "$programs/heap" "$model"
    if is_small "$model"; then
      run "kernels on $processor, $name" same_logits "$kernels" "$model" 8 $emulator "$programs/kernels"
      run "hostile on $processor, $name" $emulator "$programs/hostile" "$model" 401
    else
      run "kernels on $processor, $name" same_logits "$kernels" "$model" 2 $emulator "$programs/kernels"
    fi
  done
}

# Runs a program without address randomization where that is possible. The thread sanitizer stops before it starts where
# addresses are random in more bits than its runtime knows.
under_thread_sanitizer() {
  local program=$tests/thread-sanitized/$1
  shift
  if setarch -R true 2> /dev/null; then setarch -R "$program" "$@"; else "$program" "$@"; fi
}

# Tests that the sanitizer reports two runs of one network at once, also inside the kernels. This shows that it watches
# them.
race_is_seen() {
  local report
  report=$(under_thread_sanitizer race "$1" 2>&1) && { echo 'no report'; return 1; }
  grep -q 'data race' <<< "$report" && grep -q 'Kernels' <<< "$report" || { echo "$report"; return 1; }
}

run "a second checkout, a changed header" Tests/Build/checkout.sh build/lib/libresnet_int8.a
run symbols Tests/C/symbols.sh include/resnet_int8.h build/lib/libresnet_int8.a build/lib/libresnet_int8.so build/objects
if [ -d build/aarch64 ] && command -v aarch64-linux-gnu-objdump > /dev/null; then
  run "symbols, AArch64" Tests/C/symbols.sh include/resnet_int8.h build/aarch64/lib/libresnet_int8.{a,so} \
    build/aarch64/objects aarch64 aarch64-linux-gnu-objdump
fi
run header Tests/C/header.sh "$tests"
run link Tests/C/link.sh "$1" "$tests"
run "older and newer programs" "$tests/older" "$1"
run "printed outputs of the documents" Tests/Build/readme.py
run "examples of docs/evaluation.md" Tests/Build/evaluation.py "$tests/resnet20-fashion-mnist.rn8" \
  Tests/Fixtures/fashion-mnist/resnet20-fashion-mnist.pth build/fashion-mnist/test "$tests/dask/bin/python"
run "random models equal the reference" Tests/Oracle/oracle.sh --count 100 --seed 1
run "mutants apply" python3 Tools/scripts/mutants/mutants.py --check
run "pages of benchmarks" python3 Tools/bench-peers/test_pages.py
run "comparison of quantizers" python3 Tools/compare-quantizers/test_comparison.py
if command -v openssl > /dev/null && printf '#include <sodium.h>\n' | cc -E - > /dev/null 2>&1; then
  run "signed models" Tests/Build/signed.sh "$1"
else
  skip "signed models: no openssl, or no libsodium"
fi
run "resnet-quantize without a toolchain" Tests/Build/bare-root.sh build/bin/resnet-quantize "$tests/basic.rn8" \
  Tests/Fixtures/reference/basic.pth build/fashion-mnist/calibration --samples 16 --input-size 32

for program in build/fuzz/replay-*; do
  target=${program#build/fuzz/replay-}
  run "fuzz inputs, $target" "$program" $(find Tests/Fuzz/*/"$target" -type f)
done

run "models made at random" "$tests/generator" 10
run "published vectors" "$tests/selftest"
for model in "$tests"/basic.rn8 "$tests"/basic-grey.rn8; do
  run "pictures, $(basename "$model" .rn8)" "$tests/prepare" "$model"
done
run "pictures from C and from resnet-quantize" Tests/C/prepare.sh "$tests" build/bin/resnet-quantize
run "hostile, version 1" "$tests/hostile" Tests/Fixtures/models/cifar-b-odd.rn8 7
run "classify.c" Tests/C/classify.sh "$tests/classify" build/bin/resnet-quantize
run "resnet-quantize on one core" Tests/C/one_core.sh build/bin/resnet-quantize
for model in "$@"; do
  name=$(basename "$model" .rn8)
  run "heap, $name" "$tests/heap" "$model"
  run "kernels, $name" "$tests/kernels" "$model"
  run "stack, $name" "$tests/stack" "$model"
  ! is_small "$model" || run "hostile, $name" "$tests/hostile" "$model" "$(is_smallest "$model" && echo 1 || echo 3)"
done

models=("$@") kept_models=(Tests/Fixtures/models/*.rn8)
for model in "${kept_models[@]}"; do
  run "kept logits, $(basename "$model" .rn8)" kept_logits "$model" "$tests/kernels"
done
if [ "$(uname -m)" = x86_64 ]; then
  emulate qemu-x86_64 Nehalem "$tests" portable
  emulate qemu-x86_64 Haswell "$tests" "avx2 portable"
  emulate qemu-aarch64 cortex-a53 "$tests/aarch64" "neon portable"
  emulate qemu-aarch64 max "$tests/aarch64" "neondot neon portable"
else
  skip "emulated processors: not on this one"
fi
for target in $(make -s embedded-targets); do
  programs=$tests/embedded/$target
  if ! [ -d "$programs" ]; then
    skip "logits on $target: no compiler for it"
    continue
  fi
  for model in "${models[@]}"; do
    run "logits on $target, $(basename "$model" .rn8)" same_on_board "$target" "$model"
  done
done
run "what emit-c makes" Tests/Embedded/firmware.sh "$tests" build/bin/resnet-quantize "$tests/basic.rn8" \
  "$tests/resnet20-fashion-mnist.rn8"
for set in $("$tests/kernels" "$1" 1 | sed -n 's/^ok *\(.*\) are refused: this processor lacks them$/\1/p'); do
  [[ $emulated == *" $set "* ]] || skip "kernels $set: no processor here has them"
done

if [ -x "$tests/hostile-sanitized" ]; then
  run "hostile under the address sanitizer" "$tests/hostile-sanitized" "$1"
else
  skip "hostile under the address sanitizer: the compiler has none"
fi

run "threads.c" build/bin/threads "$1" 3 50
# This is a small model whose head has work for several workers.
model=$tests/resnext-4.rn8
if [ -x "$tests/thread-sanitized/workers" ]; then
  run "workers under the thread sanitizer" under_thread_sanitizer workers "$model" 50
  run "threads.c under the thread sanitizer" under_thread_sanitizer threads "$model" 3 50
  run "the thread sanitizer sees a race" race_is_seen "$model"
else
  skip "workers under the thread sanitizer: the compiler has none"
fi

# These run alone: workers that wait for a core would wait for the other tests too, and reach their time limit on a busy
# machine; install makes the library again, whose objects other tests read.
wait
run_alone "workers, 10,000 runs" "$tests/workers" "$1" 10000
run install Tests/Build/install.sh "$tests"
wait
echo "$(count passed) passed, $(count failed) failed, $(count skipped) skipped"
[ "$(count failed)" -eq 0 ]
