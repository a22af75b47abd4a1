#!/usr/bin/env bash
# Runs the C tests that `make test` has built, and ends with their count.
#
#   run.sh MODEL...      (from the repository's root; models are files of build/tests)
set -uo pipefail
tests=build/tests
passed=0 failed=0 skipped=0

run() { # run NAME COMMAND...: passes where COMMAND succeeds, and shows what it printed where it fails
  local name=$1 start=$SECONDS
  shift
  if "$@" > "$tests/output.log" 2>&1; then
    passed=$((passed + 1))
    echo "pass  $name ($(grep -c '^ok' "$tests/output.log") checks, $((SECONDS - start)) s)"
    grep skipped "$tests/output.log"
  else
    failed=$((failed + 1))
    echo "FAIL  $name: $*"
    cat "$tests/output.log"
  fi
}

skip() {
  skipped=$((skipped + 1))
  echo "skip  $1"
}

# A processor without AVX runs the same program to the same logits, and says that it has no AVX-512 kernels.
same_on_nehalem() {
  local here there
  here=$("$tests/kernels" "$1" 1) && there=$(qemu-x86_64 -cpu Nehalem "$tests/kernels" "$1" 2) || { echo "$there"; return 1; }
  echo "$there"
  [ "$(tail -n 1 <<< "$here")" = "$(tail -n 1 <<< "$there")" ] && grep -q 'avx512vnni: this processor lacks' <<< "$there"
}

# Where addresses are random in more bits than its runtime knows of, the thread sanitizer stops before it starts.
under_thread_sanitizer() {
  local program=$tests/thread-sanitized/$1
  shift
  if setarch -R true 2> /dev/null; then setarch -R "$program" "$@"; else "$program" "$@"; fi
}

# Two runs of one network at once are reported, in the kernels too: so they are watched.
race_is_seen() {
  local report
  report=$(under_thread_sanitizer race "$1" 2>&1) && { echo 'no report'; return 1; }
  grep -q 'data race' <<< "$report" && grep -q 'Kernels' <<< "$report" || { echo "$report"; return 1; }
}

run symbols Tests/C/symbols.sh include/resnet_int8.h build/lib/libresnet_int8.a build/lib/libresnet_int8.so build/objects
run link Tests/C/link.sh "$1" "$tests"

for model in "$@"; do
  name=$(basename "$model" .rn8)
  run "heap, $name" "$tests/heap" "$model"
  run "kernels, $name" "$tests/kernels" "$model"
  # Runs the model tens of thousands of times: the small ones, of every structure, are enough.
  [ "$(wc -c < "$model")" -gt 100000 ] || run "hostile, $name" "$tests/hostile" "$model"
  if command -v qemu-x86_64 > /dev/null; then
    run "kernels on Nehalem, $name" same_on_nehalem "$model"
    run "heap on Nehalem, $name" qemu-x86_64 -cpu Nehalem "$tests/heap" "$model"
  else
    skip "Nehalem, $name: no qemu-x86_64"
  fi
done

if [ -x "$tests/hostile-sanitized" ]; then
  run "hostile under the address sanitizer" "$tests/hostile-sanitized" "$1"
else
  skip "hostile under the address sanitizer: the compiler has none"
fi

run "workers, 10,000 runs" "$tests/workers" "$1" 10000
run "threads.c" build/bin/threads "$1" 3 50
# A small model whose head has work for several workers.
model=$tests/resnext-4.rn8
if [ -x "$tests/thread-sanitized/workers" ]; then
  run "workers under the thread sanitizer" under_thread_sanitizer workers "$model" 50
  run "threads.c under the thread sanitizer" under_thread_sanitizer threads "$model" 3 50
  run "the thread sanitizer sees a race" race_is_seen "$model"
else
  skip "workers under the thread sanitizer: the compiler has none"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
