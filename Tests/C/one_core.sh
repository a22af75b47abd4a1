#!/usr/bin/env bash
# Tests that resnet-quantize writes the same model with one core as with all, and on every run.
#
#   one_core.sh RESNET_QUANTIZE      (run from the repository's root)
set -euo pipefail
. Tests/checks.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder" "$log"' EXIT
mkdir "$folder/images"
cp Tests/Fixtures/images/{rgb-420,rgb-444,progressive,restart}.jpg "$folder/images"

quantize() { # quantize OUTPUT COMMAND...: runs resnet-quantize below COMMAND
  local output=$1
  shift
  "$@" Tests/Fixtures/reference/cifar-a-odd.pth --calibration "$folder/images" --input-size 18 \
    --output "$folder/$output" > "$folder/log" 2>&1
}

quantize all.rn8 "$1"
quantize again.rn8 "$1"
check "the same model on every run" cmp "$folder/all.rn8" "$folder/again.rn8"
if have taskset; then
  quantize one.rn8 taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" "$1"
  check "the same model with one core" cmp "$folder/all.rn8" "$folder/one.rn8"
fi
finish
