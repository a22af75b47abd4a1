#!/usr/bin/env bash
# Tests docs/security.md's commands, and that signed-model.c opens a model only where its vendor signed it.
#
#   signed.sh MODEL      (run from the repository's root)
set -uo pipefail
source Tests/checks.sh
model=$1 root=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder" "$log"' EXIT
cp "$model" "$folder/model.rn8"
cp -r Tools/signed-model/signed-model.c include "$folder"
mkdir -p "$folder/build/lib" && cp build/lib/libresnet_int8.a "$folder/build/lib"
sed -n '/^```sh$/,/^```$/ { /^```/d; p }' docs/security.md > "$folder/commands"
cd "$folder" || exit 1

check "the page has 5 commands" test "$(wc -l < commands)" = 5
while read -r command; do check "$command" sh -ec "$command"; done < commands

printf '\1' | dd of=model.rn8 bs=1 seek=201 conv=notrunc 2> /dev/null
refused() { ! ./signed-model "$@" && grep -q 'not signed by the owner' "$log"; }
check "a changed model is refused" refused model.rn8 model.sig vendor.key
cp "$root/$model" model.rn8
openssl genpkey -algorithm ed25519 2> /dev/null | openssl pkey -pubout -outform DER | tail -c 32 > other.key
check "the key of another vendor is refused" refused model.rn8 model.sig other.key
finish
