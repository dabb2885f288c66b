// benchmarks/rivals/caf_absent.cpp - stands in for caf_rival.cpp and caf_savina.cpp where CAF is not
// installed.
#include "caf_rival.hpp"
#include "caf_savina.hpp"

namespace stet::bench::caf_rival {
namespace {

Result<Measurement> absent() { return Error(Errc::unsupported, "CAF is not installed"); }

}  // namespace

std::string version() { return {}; }
Result<Measurement> ring(unsigned, std::uint64_t, std::uint64_t) { return absent(); }
Result<Measurement> fan_in(unsigned, std::uint64_t, std::uint64_t) { return absent(); }
Result<Measurement> spawn(unsigned, std::uint64_t) { return absent(); }
Result<Measurement> idle_bytes(unsigned, std::uint64_t) { return absent(); }
Result<Measurement> idle_switches(unsigned, double) { return absent(); }
Result<Measurement> wake(unsigned, std::uint64_t) { return absent(); }
Result<Measurement> ask_host(unsigned, std::uint64_t) { return absent(); }
Result<Measurement> savina(std::string_view, unsigned, bool) { return absent(); }
Result<Measurement> growth(std::uint64_t, unsigned, bool) { return absent(); }
Result<Measurement> pairs(unsigned, bool) { return absent(); }
Result<Measurement> ask_actor(unsigned, std::uint64_t) { return absent(); }
Result<Measurement> queued_bytes(unsigned, std::uint64_t) { return absent(); }

}  // namespace stet::bench::caf_rival
