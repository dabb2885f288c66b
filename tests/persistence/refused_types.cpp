// tests/persistence/refused_types.cpp - declarations that must not compile, one for each CASE.
//
// Each is compiled by a test of its own, which looks for the sentence that the compiler must say
// (refused_types.cmake). Without a CASE the file compiles, so that it is the case that is refused.
#include <cstdint>
#include <string>

#include <stet/persistence/persistable.hpp>

namespace {

using stet::OldFields;
using stet::Result;

struct Good {
  int a = 0;
  static constexpr std::uint16_t stet_version = 2;
  static constexpr auto stet_before = stet::before(stet::renamed(1, "b", "a"));
  static Result<void> stet_migrate(std::uint16_t, Good&, OldFields&) { return {}; }
};

#ifndef CASE
using Case = Good;
#elif CASE == 1
struct Case {
  int* a = nullptr;
};
#elif CASE == 2
struct Case {
  int a = 0;
  static constexpr int stet_version = 70'000;
};
#elif CASE == 3
struct Case {
  int a = 0;
  inline static std::uint16_t stet_version = 2;
};
#elif CASE == 4
struct Case {
  int a = 0;
  static constexpr std::uint16_t stet_version = 0;
};
#elif CASE == 5
struct Case {
  int a = 0;
  static constexpr std::uint16_t stet_version = 2;
  static constexpr auto stet_before = stet::renamed(1, "b", "a");
};
#elif CASE == 6
struct Case {
  int a = 0;
  static constexpr std::uint16_t stet_version = 2;
  static constexpr auto stet_before = stet::before(stet::renamed(2, "b", "a"));
};
#elif CASE == 7
struct Case {
  int a = 0;
  static constexpr std::uint16_t stet_version = 2;
  static constexpr auto stet_before = stet::before(stet::renamed(1, "a", "b"));
};
#elif CASE == 8
struct Case {
  int a = 0;
  static constexpr std::uint16_t stet_version = 2;
  static void stet_migrate(std::uint16_t, Case&, OldFields&) {}
};
#elif CASE == 9
struct Case {
  int a = 0;
  static Result<void> stet_migrate(std::uint16_t, Case&, OldFields&) { return {}; }
};
#elif CASE == 10
class Case {
 public:
  int a = 0;
  int b = 0;
  static constexpr auto stet_fields = stet::fields(stet::field("a", &Case::a));
};
[[maybe_unused]] void edit(stet::Persistable<Case>& held) {
  held.edit<&Case::b>([](int& b) { ++b; });
}
#elif CASE == 11
struct Case {
  int a = 0;
};
[[maybe_unused]] void edit(stet::Persistable<Case>& held) {
  held.edit<&Case::a>([](std::string& a) { a.clear(); });
}
#endif

static_assert(stet::is_saveable<Case>);

}  // namespace
