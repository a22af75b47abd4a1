#!/usr/bin/env bash
# Tests that a second checkout gives the same archive, byte for byte, and that a change of a C header changes the
# archive.
#
#   checkout.sh ARCHIVE      (run from the repository's root)
set -uo pipefail
source Tests/checks.sh
archive=$1
checkout=$(mktemp -d)
trap 'rm -rf "$checkout" "$log"' EXIT
git ls-files -z --cached --others --exclude-standard -- Package.swift Makefile Sources include Tools 'Tests/*.mk' |
  xargs -0 cp --parents --no-dereference -t "$checkout"

build() { # build ARCHIVE: makes the library in the checkout and copies its archive
  env -u MAKEFLAGS -u MAKELEVEL make -C "$checkout" library && cp "$checkout/build/lib/libresnet_int8.a" "$checkout/$1"
}
changed() { # changed HEADER FROM TO ARCHIVE: replaces FROM by TO in the header; succeeds where that changes the archive
  local former=$checkout/build/lib/libresnet_int8.a.former
  cp "$checkout/build/lib/libresnet_int8.a" "$former"
  grep -q "$2" "$checkout/$1" || { echo "no $2 in $1"; return 1; }
  sed -i "s/$2/$3/" "$checkout/$1"
  build "$4" && ! cmp "$former" "$checkout/$4"
}

check "a second checkout builds the library" build first.a
check "its archive has the same bytes" cmp "$archive" "$checkout/first.a"
check "a change of the public header reaches the archive" \
  changed include/resnet_int8.h 'RESNET_INT8_NULL_POINTER,' 'RESNET_INT8_NULL_POINTER = 99,' second.a
check "a change of a kernel's C header reaches the archive" \
  changed Sources/Target/Kernels/Intrinsics/include/Vectors.h 'multiplier << 16 >> 16' 'multiplier << 16 >> 15' third.a
finish
