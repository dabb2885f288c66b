# shellcheck shell=bash
# tools/layering.sh - who may include and call what; sourced by tools/check.
#
# layering DIRECTORY prints one line per violation below the directory and succeeds if there is none.
# Text is searched, not the compiler asked: LMDB's header lies in /usr/include, where every target
# sees it.

# rule SENTENCE PATTERN PLACE... [-- EXCEPTION...]: no source below PLACE contains the pattern, save
# those whose path begins with an exception.
rule() {
  local sentence=$1 pattern=$2 place exception file line
  shift 2
  local places=() exceptions=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    places+=("$1")
    shift
  done
  [ $# -eq 0 ] || exceptions=("${@:2}")
  for place in "${places[@]}"; do
    [ -d "$place" ] || continue
    while IFS=: read -r file line _; do
      for exception in "${exceptions[@]}"; do
        [[ $file != "$exception"* ]] || continue 2
      done
      echo "$file:$line: $sentence"
    done < <(grep -rnE --include='*.hpp' --include='*.cpp' "$pattern" "$place" |
      grep -vE '^[^:]+:[0-9]+:[[:space:]]*//' || true)  # A comment may name it.
  done
}

# include NAMES: a pattern for an #include whose name begins with one of these.
include() {
  echo "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($1)"
}

layering_rules() {
  local libraries=(runtime persistence)
  local all=(runtime persistence tools tests benchmarks)
  rule "runtime must not know persistence" "$(include '(\.\./)*(stet/)?persistence/')" runtime
  rule "persistence may use only the public headers of runtime" \
    "$(include '(\.\./)*runtime/')" persistence
  rule "a library must not include tools, tests or benchmarks" \
    "$(include '(\.\./)*(tools|tests|benchmarks|support)/|gtest/|benchmark/|relacy/')" \
    "${libraries[@]}"
  rule "only persistence/src/lmdb may include LMDB" "$(include 'lmdb\.h')" \
    "${libraries[@]}" tools -- persistence/src/lmdb/
  rule "moodycamel stands behind one header in runtime" "$(include '[a-z/]*concurrentqueue')" \
    persistence tools
  rule "only one source may include toml++" "$(include 'toml(\+\+/|\.hpp)')" "${all[@]}" \
    -- runtime/src/config/toml_file.cpp
  rule "nothing includes Boost" "$(include boost/)" "${all[@]}"
  rule "a public header must not include msgpack or xxhash" "$(include '(msgpack|xxhash)')" \
    runtime persistence/include
  rule "only tools may include CLI11 and nlohmann-json" "$(include '(CLI/|nlohmann/)')" \
    "${libraries[@]}" benchmarks
  # stet::testing speaks to who runs a test; it is not shipped with a host. A child process of the
  # library's own must end without the host's exit handlers.
  rule "a library must not print, end the process or read its environment" \
    '(^|[^[:alnum:]_:.>])(std::|::)?(cout|cerr|clog|printf|fprintf|puts|exit|_exit|_Exit|quick_exit|abort|getenv)( <<|\()' \
    "${libraries[@]}" -- runtime/src/result.cpp runtime/src/testing/ \
    persistence/src/care/contained.cpp
  rule "no stand-alone fence: ThreadSanitizer cannot see it" \
    'atomic_(thread|signal)_fence' "${libraries[@]}" tools
  rule "no std semaphore: libstdc++ 12 can lose a wake-up" \
    '(counting|binary)_semaphore' "${all[@]}"
  rule "no coroutine: g++ 12 miscompiles some" '(^|[^[:alnum:]_])co_(await|return|yield)' "${all[@]}"

  local users
  users=$({ grep -rlE "$(include '[a-z/]*concurrentqueue')" runtime || true; } | wc -l)
  [ "$users" -le 1 ] || echo "runtime: moodycamel stands behind one header, not $users"
}

layering() {
  local found
  found=$(cd "$1" && layering_rules)
  [ -z "$found" ] && return 0
  echo "$found"
  return 1
}

# plant FILE LINE: writes a file that breaks a rule.
plant() {
  mkdir -p "$(dirname "$1")"
  echo "$2" >>"$1"
}

# A check that cannot fail is worth nothing: each rule must be seen to fail on a planted file, and one
# tree that keeps them all must pass. Takes an empty directory.
layering_control() (
  cd "$1" || exit
  mkdir good bad
  (
    cd good || exit
    plant runtime/src/queue.hpp '#include <concurrentqueue/concurrentqueue.h>'
    plant persistence/src/lmdb/environment.cpp '#include <lmdb.h>'
    plant persistence/src/store.cpp '#include <stet/runtime/system.hpp>'
    plant runtime/src/config/toml_file.cpp '#include <toml++/toml.h>'
    plant persistence/src/store.cpp '  // Never calls std::abort().'
    plant persistence/src/store.cpp 'auto n = snprintf(text, 3, "x"); on_exit_(1); log.printf("x");'
    plant tools/main.cpp '#include <CLI/CLI.hpp>'
  )
  layering good >/dev/null || {
    echo "the layering rules refuse a tree that keeps them"
    exit 1
  }
  local broken=0 file line expected=0
  while read -r file line; do
    expected=$((expected + 1))
    mkdir "bad/$expected"
    (cd "bad/$expected" && plant runtime/src/empty.cpp '' && plant "$file" "$line")
    if layering "bad/$expected" >/dev/null; then
      echo "the layering rules miss '$line' in $file"
      broken=1
    fi
  done <<'PLANTED'
runtime/src/a.cpp #include <stet/persistence/store.hpp>
runtime/src/a.cpp #include "../../persistence/src/batch.hpp"
persistence/src/a.cpp #include "runtime/src/worker.hpp"
persistence/src/a.cpp #include <gtest/gtest.h>
persistence/src/a.cpp #include <lmdb.h>
persistence/include/stet/persistence/a.hpp #include <msgpack.hpp>
persistence/include/stet/persistence/a.hpp #include <xxhash.h>
persistence/src/a.cpp #include <concurrentqueue/concurrentqueue.h>
tests/a_test.cpp #include <boost/optional.hpp>
runtime/src/a.cpp #include <nlohmann/json.hpp>
runtime/src/config/config.cpp #include <toml++/toml.h>
runtime/src/a.cpp std::fprintf(stderr, "x");
persistence/src/a.cpp   std::cerr << "x";
persistence/src/a.cpp   if (bad) abort();
runtime/src/a.cpp std::atomic_thread_fence(std::memory_order_seq_cst);
tests/a_test.cpp std::counting_semaphore<1> gate(0);
tools/a.cpp co_return;
PLANTED
  mkdir bad/two
  (
    cd bad/two || exit
    plant runtime/src/a.hpp '#include <concurrentqueue/concurrentqueue.h>'
    plant runtime/src/b.hpp '#include <concurrentqueue/concurrentqueue.h>'
  )
  if layering bad/two >/dev/null; then
    echo "the layering rules miss a second user of moodycamel"
    broken=1
  fi
  return $broken
)
