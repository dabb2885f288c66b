// tests/faults/scenario.hpp - the life of a store in one process, and what it has promised.
//
// Create, write, fold and cut, read, reopen, write again, copy. The process says in shared memory
// what it asks for and what it is promised, so that another one can judge what is left.
#pragma once

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <new>
#include <optional>
#include <string>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/store.hpp>
#include <stet/persistence/store_care.hpp>
#include <stet/runtime/system.hpp>

#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "persistence/store_files.hpp"

namespace stet::test {

inline constexpr std::size_t scenario_keys = 5;

// Each key has versions 1, 2, 3; every fourth erases it.
inline bool is_erased(std::uint32_t version) { return version % 4 == 0; }

struct Ledger {
  struct Key {
    std::atomic<std::uint32_t> issued{0};
    std::atomic<std::uint32_t> acked{0};
    std::atomic<std::uint32_t> copied{0};  // What the copy must have at least.
  };
  Key keys[scenario_keys];
  std::atomic<bool> is_copied{false};
  std::atomic<std::uint32_t> refused{0};   // Writes that were answered with an error.
  std::atomic<std::uint32_t> failures{0};  // Other calls that were.
  std::atomic<std::uint32_t> alarms{0};    // Health states that are not ok.
  std::atomic<std::uint64_t> epochs{0};    // Times a store was reopened in use.
  std::atomic<bool> unheard{false};        // An error other than lateness, and no alarm before it.
};

template <class T>
class SharedValue {
 public:
  SharedValue()
      : memory_(
            ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    new (memory_) T;
  }
  ~SharedValue() { ::munmap(memory_, sizeof(T)); }
  SharedValue(const SharedValue&) = delete;
  SharedValue& operator=(const SharedValue&) = delete;
  T* operator->() const { return static_cast<T*>(memory_); }
  T& operator*() const { return *static_cast<T*>(memory_); }

 private:
  void* memory_;
};

inline std::string scenario_key(std::size_t key) { return "//key/" + std::to_string(key); }

// A whole record: a copy is verified.
inline std::string scenario_value(std::size_t key, std::uint32_t version) {
  // Now and then on an overflow page.
  return store_files::record(scenario_key(key), version, key == 0 && version % 3 == 0 ? 5000 : 300);
}

// Whether a key with this value is as it was after some version between the two.
inline bool is_possible(const std::optional<std::string>& found, std::size_t key,
                        std::uint32_t acked, std::uint32_t issued) {
  if (!found) {
    for (std::uint32_t version = acked; version <= issued; ++version) {
      if (version == 0 || is_erased(version)) return true;
    }
    return false;
  }
  const auto record = parse_record(scenario_key(key), *found);
  if (!record) return false;
  const auto version = static_cast<std::uint32_t>(record->header.revision);
  return version >= acked && version <= issued && version > 0 && !is_erased(version) &&
         *found == scenario_value(key, version);
}

class Scenario {
 public:
  // `patience`: how long a call is waited for; where all goes well a long one, where something fails
  // for ever about as long as a few commits take.
  Scenario(std::filesystem::path directory, StoreMode mode, std::chrono::milliseconds patience,
           Ledger& ledger, FailurePolicy policy = FailurePolicy::stop)
      : directory_(std::move(directory)),
        mode_(mode),
        patience_(patience),
        ledger_(ledger),
        policy_(policy) {}

  // In the child. What is wrong already there, empty: nothing.
  std::string run() {
    std::string wrong = session(24);
    if (wrong.empty()) wrong = session(8);
    if (!wrong.empty()) return wrong;
    for (Ledger::Key& key : ledger_.keys) key.copied = key.acked.load();
    ledger_.is_copied = copy_store(store(), copy()).has_value();
    if (!ledger_.is_copied) ++ledger_.failures;
    return {};
  }

  // In the parent, without faults: what is wrong with what is left.
  std::string judge() const {
    std::string wrong = judge_one(store(), false);
    if (wrong.empty() && ledger_.is_copied) wrong = judge_one(copy(), true);
    return wrong;
  }

 private:
  [[nodiscard]] std::filesystem::path store() const { return directory_ / "store"; }
  [[nodiscard]] std::filesystem::path copy() const { return directory_ / "copy"; }

  std::string session(int writes) {
    using namespace std::chrono_literals;
    System system({.workers = 1});
    StoreOptions options{.engine = EngineChoice::lmdb(store()),
                         .host_wait = 50ms,
                         .mode = mode_,
                         .journal_bytes = 6'000,
                         .map_bytes = std::size_t{64} << 20,
                         .retry_initial = 1ms,
                         .retry_max = 2ms,
                         .failure = policy_};
    options.on_health = [this](const StoreHealth& now) {
      if (now.state != StoreState::ok && now.state != StoreState::slow &&
          now.state != StoreState::closed) {
        ++ledger_.alarms;
      }
      if (now.state == StoreState::ok) ledger_.epochs = now.epoch;
    };
    const auto store = Store::open(system, std::move(options));
    if (!store) {
      ++ledger_.failures;
      return {};
    }
    const DataStore data{*store};
    int refused = 0;
    for (int i = 0; i < writes && refused < 2; ++i) {
      const std::size_t key = static_cast<std::size_t>(i) % scenario_keys;
      if (!write(data, key)) ++refused;
    }
    for (std::size_t key = 0; key < scenario_keys; ++key) {
      const auto found = data.base(scenario_key(key)).read(patience_);
      if (!found) {
        ++ledger_.failures;
        continue;
      }
      if (!is_possible(*found, key, ledger_.keys[key].acked, ledger_.keys[key].issued)) {
        return "the running store shows a wrong " + scenario_key(key);
      }
    }
    // Who is refused is not the only one to be told.
    if (ledger_.unheard) return "a write failed, and the health says ok";
    return {};
  }

  // Late is not refused: an answer comes, unless there is an alarm. Bounded by the process's own end.
  void await_answer_or_alarm(const DataStore& data) const {
    using namespace std::chrono_literals;
    while (ledger_.alarms == 0 && data.flush(20ms).has_value() == false) {
    }
  }

  bool write(const DataStore& data, std::size_t key) {
    using namespace std::chrono_literals;
    const std::uint32_t version = ++ledger_.keys[key].issued;
    const DataStore scope = data.base(scenario_key(key));
    const auto done = is_erased(version) ? scope.erase(patience_)
                                         : scope.write(scenario_value(key, version), patience_);
    if (done) {
      ledger_.keys[key].acked = version;
    } else {
      ++ledger_.refused;
      if (done.error() != Errc::timed_out && ledger_.alarms == 0) ledger_.unheard = true;
      await_answer_or_alarm(data);
    }
    return done.has_value();
  }

  std::string judge_one(const std::filesystem::path& where, bool is_copy) const {
    const auto engine = detail::open_lmdb_engine({.directory = where,
                                                  .map_bytes = std::size_t{64} << 20,
                                                  .map_bytes_max = std::size_t{64} << 20,
                                                  .mode = mode_});
    if (!engine) return where.string() + " does not open: " + engine.error().message();
    const auto view = (*engine)->view();
    if (!view) return "no view: " + view.error().message();
    for (std::size_t key = 0; key < scenario_keys; ++key) {
      const auto found = (*view)->get(scenario_key(key));
      if (!found) return scenario_key(key) + " cannot be read: " + found.error().message();
      const Ledger::Key& promised = ledger_.keys[key];
      const std::uint32_t acked = is_copy ? promised.copied : promised.acked;
      const std::optional<std::string> value =
          found->has_value() ? std::optional<std::string>(**found) : std::nullopt;
      if (!is_possible(value, key, acked, promised.issued)) {
        return where.string() + ": " + scenario_key(key) + " is " +
               (value ? "a wrong record" : "absent") + ", acknowledged was " +
               std::to_string(acked) + ", issued " + std::to_string(promised.issued);
      }
    }
    return {};
  }

  const std::filesystem::path directory_;
  const StoreMode mode_;
  const std::chrono::milliseconds patience_;
  Ledger& ledger_;
  const FailurePolicy policy_;
};

// How a forked child that runs `body` ends; "" if well, else in words.
template <class Body>
std::string run_apart(const Body& body, unsigned seconds_max) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::alarm(seconds_max);
    const std::string wrong = body();
    if (::write(ends[1], wrong.data(), wrong.size()) < 0) ::_exit(2);
    ::_exit(wrong.empty() ? 0 : 1);
  }
  ::close(ends[1]);
  std::string wrong;
  char buffer[512];
  for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof(buffer))) > 0;) {
    wrong.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status == 0) return {};
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return wrong.empty() ? "it ended with " + std::to_string(WEXITSTATUS(status)) : wrong;
}

// So many processes at a time, for these wait more than they work: each does every nth of `count`
// pieces and says what it found wrong.
template <class Body>
std::string run_side_by_side(std::size_t count, const Body& body) {
  constexpr std::size_t processes = 4;
  std::string wrong;
  int ends[processes][2];
  pid_t children[processes];
  std::fflush(nullptr);
  for (std::size_t i = 0; i < processes; ++i) {
    if (::pipe(ends[i]) != 0) return "no pipe";
    children[i] = ::fork();
    if (children[i] == 0) {
      std::string found;
      // A few tell enough, and a pipe holds them.
      for (std::size_t n = i; n < count && found.size() < 2000; n += processes) found += body(n, i);
      if (::write(ends[i][1], found.data(), found.size()) < 0) ::_exit(2);
      ::_exit(0);
    }
    ::close(ends[i][1]);
  }
  for (std::size_t i = 0; i < processes; ++i) {
    char buffer[512];
    for (ssize_t n = 0; (n = ::read(ends[i][0], buffer, sizeof(buffer))) > 0;) {
      wrong.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(ends[i][0]);
    int status = 0;
    while (::waitpid(children[i], &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) wrong += "one of the processes ended with " + std::to_string(status);
  }
  return wrong;
}

}  // namespace stet::test
