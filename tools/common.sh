# shellcheck shell=bash
# tools/common.sh - what the commands beside it share; sourced, never run.
#
# Exit codes: 1 the checked thing is not fine, 2 usage, 3 this machine or source tree cannot do it.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tool=tools/$(basename "$0")
jobs=$(nproc)

say() {
  echo "$tool: $*" >&2
}

# die STATUS SENTENCE...
die() {
  local status=$1
  shift
  say "$*"
  exit "$status"
}

# with_log FILE COMMAND...: on a terminal the command shows its progress; elsewhere its output goes to
# the file, and only a failure shows the end of it. Never a word on stdout.
with_log() {
  local log=$1
  shift
  if [ -t 2 ]; then
    "$@" >&2
    return
  fi
  "$@" >"$log" 2>&1 && return 0
  tail -n 60 "$log" >&2
  return 1
}

# configure PRESET CMAKE_ARGUMENTS...: configures build/PRESET, quietly.
configure() {
  local preset=$1 directory=$root/build/$1
  shift
  mkdir -p "$directory"
  (cd "$root" && cmake --preset "$preset" "$@") >"$directory/configure.log" 2>&1 && return 0
  tail -n 30 "$directory/configure.log" >&2
  die 3 "build/$preset could not be configured; the reason is above and in build/$preset/configure.log"
}

# has_target PRESET TARGET: does the configured build know the target?
has_target() {
  # Not grep -q: it would close the pipe early, and pipefail would call that a failure.
  ninja -C "$root/build/$1" -t targets all | grep "^$2: " >/dev/null
}

# build PRESET TARGETS...: builds them in the configured build/PRESET.
build() {
  local preset=$1 directory=$root/build/$1
  shift
  local target
  for target in "$@"; do
    has_target "$preset" "$target" || die 3 "this source tree has no $target"
  done
  say "building $* (build/$preset)"
  with_log "$directory/build.log" cmake --build "$directory" -j "$jobs" --target "$@" ||
    die 1 "build/$preset could not be built; the reason is above"
}
