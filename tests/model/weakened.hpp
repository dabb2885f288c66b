// tests/model/weakened.hpp - one memory order of a shipped header, weakened in a run of its model.
//
// STET_MODEL_WEAKEN="runtime/src/timers.hpp:100:seq_cst:relaxed" turns every seq_cst named in that
// line into relaxed. The model then explores what must be clean only, and its exit code says
// whether it noticed: exit_caught, exit_not_reached (no exploration came by), else 0. The script
// `weaken` asks this of every order of a header.
//
// Included by model.hpp, after relacy.
#pragma once

namespace stet::model {

inline constexpr int exit_caught = 3;
inline constexpr int exit_not_reached = 4;

struct Weakening {
  bool wanted = false;
  bool reached = false;
  std::string file;
  int line = 0;
  rl::memory_order from = rl::mo_relaxed;
  rl::memory_order to = rl::mo_relaxed;
};

inline rl::memory_order order_called(const std::string& name) {
  if (name == "relaxed") return rl::mo_relaxed;
  if (name == "acquire") return rl::mo_acquire;
  if (name == "release") return rl::mo_release;
  if (name == "acq_rel") return rl::mo_acq_rel;
  if (name == "seq_cst") return rl::mo_seq_cst;
  std::printf("STET_MODEL_WEAKEN: no order '%s'\n", name.c_str());
  std::exit(2);
}

inline Weakening weakening_from_environment() {
  const char* text = std::getenv("STET_MODEL_WEAKEN");
  if (text == nullptr || *text == 0) return {};
  std::vector<std::string> parts(1);
  for (; *text != 0; ++text) {
    if (*text == ':') {
      parts.emplace_back();
    } else {
      parts.back() += *text;
    }
  }
  if (parts.size() != 4) {
    std::printf("STET_MODEL_WEAKEN: wanted is FILE:LINE:ORDER:ORDER\n");
    std::exit(2);
  }
  return {true,
          false,
          "/" + parts[0],
          std::atoi(parts[1].c_str()),
          order_called(parts[2]),
          order_called(parts[3])};
}

// Read before main(): relacy's own allocator is in charge of what is asked for later.
inline Weakening the_weakening = weakening_from_environment();
inline Weakening& weakening() { return the_weakening; }

inline rl::memory_order order_at(rl::memory_order order, const char* file, int line) {
  Weakening& one = the_weakening;
  if (line != one.line || order != one.from) return order;
  const std::size_t length = std::strlen(file);
  if (length < one.file.size() || one.file != file + (length - one.file.size())) return order;
  one.reached = true;
  return one.to;
}

}  // namespace stet::model

namespace std {
using stet::model::order_at;
}  // namespace std

#undef memory_order_relaxed
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
#define memory_order_relaxed order_at(rl::mo_relaxed, __FILE__, __LINE__), $
#define memory_order_acquire order_at(rl::mo_acquire, __FILE__, __LINE__), $
#define memory_order_release order_at(rl::mo_release, __FILE__, __LINE__), $
#define memory_order_acq_rel order_at(rl::mo_acq_rel, __FILE__, __LINE__), $
#define memory_order_seq_cst order_at(rl::mo_seq_cst, __FILE__, __LINE__), $
