// benchmarks/support/micro.cpp - one Google Benchmark run, its figure caught instead of printed.
#include "micro.hpp"

namespace stet::bench {
namespace {

class Catcher : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<benchmark::BenchmarkReporter::Run>& runs) override {
    for (const auto& run : runs) {
      if (run.error_occurred) {
        error_ = run.error_message;
      } else {
        measured_.value = run.GetAdjustedRealTime();
        measured_.details.clear();
        for (const auto& [name, counter] : run.counters) {
          measured_.details.emplace_back(name, counter.value);
        }
      }
    }
  }

  [[nodiscard]] Result<Measurement> result() const {
    if (!error_.empty()) return Error(Errc::corrupt, error_);
    return measured_;
  }

 private:
  Measurement measured_;
  std::string error_;
};

}  // namespace

Result<Measurement> measure_micro(const Setting& setting, MicroLoop loop) {
  benchmark::ClearRegisteredBenchmarks();
  auto* registered = benchmark::RegisterBenchmark("loop", loop);
  if (setting.quick) {
    registered->Iterations(1000);
  } else {
    registered->MinTime(0.2);
  }
  Catcher catcher;
  if (benchmark::RunSpecifiedBenchmarks(&catcher, "loop") != 1) {
    return Error(Errc::io, "Google Benchmark did not run the loop");
  }
  return catcher.result();
}

}  // namespace stet::bench
