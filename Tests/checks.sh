# Functions that the shell tests share. Each test ends with `finish`.

failures=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# check DESCRIPTION COMMAND... passes where COMMAND succeeds. Where it fails, its output is shown.
check() {
  local description=$1
  shift
  if "$@" > "$log" 2>&1; then
    echo "ok      $description"
  else
    echo "not ok  $description: $*"
    cat "$log"
    failures=$((failures + 1))
  fi
}

have() { # have COMMAND: succeeds where the command exists, else says that its checks are skipped
  command -v "$1" > /dev/null || { echo "        skipped: no $1"; return 1; }
}

finish() { [ $failures -eq 0 ]; }
