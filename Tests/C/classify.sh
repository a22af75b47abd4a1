#!/usr/bin/env bash
# Tests what classify.c prints of models and a picture that do not change.
#
#   classify.sh CLASSIFY RESNET_QUANTIZE      (run from the repository's root)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
photo=Tests/Fixtures/images/rgb-444.jpg

diff <("$1" Tests/Fixtures/models/basic.rn8 $photo) - << 'LINES'
 30.4 %  class 8
 15.8 %  class 6
 12.1 %  class 4
 11.0 %  class 1
 10.6 %  class 2
LINES

# A network of three classes has no five most likely ones.
mkdir "$folder/images" && cp $photo "$folder/images"
printf '%s\n' shoe shirt bag > "$folder/labels.txt"
"$2" Tests/Fixtures/reference/cifar-a-odd.pth --calibration "$folder/images" --output "$folder/three.rn8" --input-size 18 \
  --labels "$folder/labels.txt" > "$folder/log"
"$1" "$folder/three.rn8" $photo > "$folder/lines"
diff <(cut -c 10- "$folder/lines" | sort) <(sort "$folder/labels.txt")
echo 'ok      classify.c'
