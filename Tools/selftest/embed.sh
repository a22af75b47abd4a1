#!/bin/sh
# Prints the C header that selftest.c includes, with the vectors whose digests are in a file as sha256sum writes them.
#
#   embed.sh Tests/Vectors/logits.sha256 Tests/Fixtures/models
set -eu
digests=$1 models=$2
folder=$(dirname "$digests")

bytes() { od -An -v -tu1 "$1" | sed 's/  *\([0-9][0-9]*\)/\1,/g'; }

while read -r _ logits; do
  name=${logits%.logits} identifier=$(echo "${logits%.logits}" | tr - _)
  echo "static const uint8_t ${identifier}_model[] = {"
  bytes "$models/$name.rn8"
  echo "}, ${identifier}_image[] = {"
  bytes "$folder/$name.image"
  echo '};'
done < "$digests"
echo 'static const vector vectors[] = {'
while read -r digest logits; do
  name=${logits%.logits} identifier=$(echo "${logits%.logits}" | tr - _)
  echo "  {\"$name\", ${identifier}_model, sizeof ${identifier}_model, ${identifier}_image, sizeof ${identifier}_image,"
  echo "   {$(echo "$digest" | sed 's/../0x&,/g')}},"
done < "$digests"
echo '};'
