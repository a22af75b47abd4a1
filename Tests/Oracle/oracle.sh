#!/bin/sh
# Runs oracle.py with a Python that has numpy. Debian's numpy is Debian's Python's, which need not be the first in the path.
for python in python3 /usr/bin/python3; do
  ! "$python" -c 'import numpy' 2> /dev/null || exec "$python" "$(dirname "$0")/oracle.py" "$@"
done
echo "no Python here has numpy" >&2
exit 1
