#!/usr/bin/env bash
# Tests what classify.c prints of models and a picture that do not change, and that resnet-quantize prints the same.
#
#   classify.sh CLASSIFY RESNET_QUANTIZE      (run from the repository's root)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
photo=Tests/Fixtures/images/rgb-444.jpg

diff <("$1" Tests/Fixtures/models/basic.rn8 $photo) - << 'LINES'
 25.6 %  class 8
 17.0 %  class 6
 15.4 %  class 2
 11.9 %  class 1
  9.9 %  class 4
LINES

# Both prepare pictures alike. The tool prints another decimal, which is rounded away.
for name in grey rgb-420 progressive restart; do
  photo=Tests/Fixtures/images/$name.jpg
  "$2" classify Tests/Fixtures/models/basic.rn8 $photo | tail -n +2 | awk '{ printf "%5.1f %%  class %s\n", $1, $NF }' > "$folder/tool"
  diff <("$1" Tests/Fixtures/models/basic.rn8 $photo) "$folder/tool"
done

# A network of three classes has no five most likely ones.
mkdir "$folder/images" && cp $photo "$folder/images"
printf '%s\n' shoe shirt bag > "$folder/labels.txt"
"$2" Tests/Fixtures/reference/cifar-a-odd.pth --calibration "$folder/images" --output "$folder/three.rn8" --input-size 18 \
  --labels "$folder/labels.txt" > "$folder/log"
"$1" "$folder/three.rn8" $photo > "$folder/lines"
diff <(cut -c 10- "$folder/lines" | sort) <(sort "$folder/labels.txt")
echo 'ok      classify.c'
