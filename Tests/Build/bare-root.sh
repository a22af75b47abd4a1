#!/usr/bin/env bash
# Tests that resnet-quantize runs where there is no Swift toolchain. Its root folder there has only the tool, its input
# and the C libraries that it names. It must make the same model.
#
#   bare-root.sh TOOL MODEL CHECKPOINT CALIBRATION OPTION...      (the options are those that MODEL was made with)
set -uo pipefail
source Tests/checks.sh
tool=$1 model=$2 checkpoint=$3 calibration=$4
shift 4
root=$(mktemp -d)
trap 'rm -rf "$root" "$log"' EXIT

libraries=$(ldd "$tool" | grep -oE '/[^ ]+')
check "the tool needs no library of Swift's" bash -c "! ldd '$tool' | grep -iE 'swift|foundation|dispatch'"
cp --parents --dereference -t "$root" $libraries
cp "$tool" "$root/tool"
cp "$checkpoint" "$root/checkpoint.pth"
cp -r "$calibration" "$root/calibration"

# Swift takes a program's arguments from /proc, so that the root needs it. Only this command sees the mount, which ends
# with it.
mkdir "$root/proc"
as_root=$([ "$(id -u)" = 0 ] || echo --map-root-user)
in_root() { # in_root COMMAND...
  unshare $as_root --mount sh -c 'mount --rbind /proc "$1/proc" && root=$1 && shift && exec chroot "$root" "$@"' sh "$root" "$@"
}
if unshare $as_root --mount true 2> /dev/null; then
  check "it runs in a bare root" in_root /tool --version
  check "it quantizes there" \
    in_root /tool /checkpoint.pth --calibration /calibration "$@" --output /model.rn8
  check "the model has the same bytes" cmp "$model" "$root/model.rn8"
else
  echo "        skipped: this user may not change the root folder"
fi
finish
