#!/usr/bin/env bash
# Tests that `make` installs what it should and nothing else: neither packages nor tools of another architecture.
#
#   install.sh OUTPUT_FOLDER      (run from the repository's root, after `make`)
set -uo pipefail
source Tests/checks.sh
output=$(realpath "$1")/install
rm -rf "$output" && mkdir -p "$output/bin"
run_make() { env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory "$@"; }
files() { (cd "$1" && find . ! -type d | sort | xargs); }
holds() { # holds FOLDER FILE...: succeeds where the folder has these files and no others
  local folder=$1 found
  shift
  found=$(files "$folder")
  [ "$found" = "$*" ] || { echo "found: $found"; return 1; }
}

version=$(sed -n 's/^VERSION := //p' Makefile)
shared=libresnet_int8.so
library="./usr/include/resnet_int8.h ./usr/lib/libresnet_int8.a ./usr/lib/$shared ./usr/lib/$shared.${version%%.*} \
./usr/lib/$shared.$version ./usr/lib/pkgconfig/resnet_int8.pc"
check "make install-library" run_make install-library DESTDIR="$output/a" PREFIX=/usr
check "installs the library alone" holds "$output/a" $library
check "make install" run_make install DESTDIR="$output/b" PREFIX=/usr
check "installs the tools too" holds "$output/b" ./usr/bin/resnet-bench ./usr/bin/resnet-quantize $library
check "the tool has the version of the shared library" test "$("$output/b/usr/bin/resnet-quantize" --version)" = "$version"
check "make uninstall" run_make uninstall DESTDIR="$output/b" PREFIX=/usr
check "leaves nothing" holds "$output/b"

check "make install-library, LIBDIR" run_make install-library PREFIX="$output/c" LIBDIR="$output/c/lib64"
export PKG_CONFIG_PATH=$output/c/lib64/pkgconfig
if have pkg-config; then
  check "a program finds the shared library through pkg-config" cc -o "$output/shared" Tests/C/link.c \
    $(pkg-config --cflags --libs resnet_int8)
  check "and the archive" cc -static -o "$output/static" Tests/C/link.c $(pkg-config --cflags --libs resnet_int8)
  check "it looks for the versioned name" bash -c "objdump -p '$output/shared' | grep -q 'NEEDED *$shared.${version%%.*}\$'"
  check "and runs with it" env LD_LIBRARY_PATH="$output/c/lib64" "$output/shared" build/tests/basic.rn8
fi

if [ -d build/aarch64 ] && [ "$(uname -m)" != aarch64 ]; then
  check "make install, another architecture" run_make install ARCH=aarch64 DESTDIR="$output/d" PREFIX=/usr
  check "installs no tools" holds "$output/d" $library
fi

# A compiler without headers stands in for a machine without libjpeg-dev and libpng-dev. A script that leaves a mark stands in for
# Debian's apt-get.
printf '#!/bin/sh\ntouch %s/called\n' "$output" > "$output/bin/apt-get" && chmod +x "$output/bin/apt-get"
refuses() { ! PATH="$output/bin:$PATH" run_make tools CC='cc -nostdinc' > "$output/refusal" 2>&1; }
check "make without libjpeg and libpng refuses" refuses
check "names the packages" grep -q '^missing: libjpeg-dev libpng-dev. Install with `apt-get install libjpeg-dev libpng-dev`' \
  "$output/refusal"
check "and installs nothing" test ! -e "$output/called"
finish
