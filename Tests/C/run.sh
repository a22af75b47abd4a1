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

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
