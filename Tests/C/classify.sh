#!/usr/bin/env bash
# Tests what classify.c prints of a model and a picture that do not change.
#
#   classify.sh PROGRAM      (run from the repository's root)
set -uo pipefail
diff <("$1" Tests/Fixtures/models/basic.rn8 Tests/Fixtures/images/rgb-444.jpg) - << 'LINES' && echo 'ok      classify.c'
 30.4 %  class 8
 15.8 %  class 6
 12.1 %  class 4
 11.0 %  class 1
 10.6 %  class 2
LINES
