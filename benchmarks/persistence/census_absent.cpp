// benchmarks/persistence/census_absent.cpp - stands in for census_bench.cpp where no stet-census is
// built.
#include "../questions.hpp"

namespace stet::bench {

Question package_census() {
  const std::string missing = "no stet-census was built";
  return {"census",
          "How long does the census of this machine's package index take, all of it durable?",
          "s",
          Better::lower,
          {{"stet", "", {}, missing}, {"raw", "stet", {}, missing}}};
}

}  // namespace stet::bench
