#!/usr/bin/env bash
# Tests that resnet-quantize makes the same bytes of a PNG as resnet_int8_prepare of its pixels.
#
#   prepare.sh TESTS RESNET_QUANTIZE      (run from the repository's root; TESTS has the program `prepare` and models)
set -euo pipefail
source Tests/checks.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder" "$log"' EXIT

# Writes noise, as a PNG and as its pixels.
make_picture() { # make_picture NAME WIDTH HEIGHT
  python3 - "$folder/$1" "$2" "$3" << 'PYTHON'
import random, struct, sys, zlib
path, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
pixels = random.Random(width * 1000 + height).randbytes(width * height * 3)
rows = b"".join(b"\0" + pixels[y * width * 3:(y + 1) * width * 3] for y in range(height))
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
open(path + ".png", "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
                                + chunk(b"IEND", b""))
open(path + ".rgb", "wb").write(pixels)
PYTHON
}

equal() { # equal MODEL NAME WIDTH HEIGHT
  "$quantize" prepare "$1" "$folder/$2.png" > "$folder/tool"
  "$tests/prepare" "$1" "$3" "$4" 0 < "$folder/$2.rgb" > "$folder/library"
  cmp "$folder/tool" "$folder/library"
}

tests=$1 quantize=$2
make_picture wide 300 90
make_picture tall 50 400
make_picture small 7 5
for model in "$tests"/{basic,basic-grey,cifar-b-odd}.rn8 Tests/Fixtures/models/*.rn8; do
  check "$(basename "$model" .rn8), wide" equal "$model" wide 300 90
  check "$(basename "$model" .rn8), tall" equal "$model" tall 50 400
  check "$(basename "$model" .rn8), small" equal "$model" small 7 5
done
finish
