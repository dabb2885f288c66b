// benchmarks/persistence/durable_run.hpp - a store and a job for it become a subject's run.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "../baseline/durable_store.hpp"

namespace stet::bench {

using OpenDurable =
    std::function<Result<std::unique_ptr<DurableStore>>(const std::filesystem::path& directory)>;

[[nodiscard]] inline Run durable_run(OpenDurable open, const DurableJob& job,
                                     DurableFigure figure = DurableFigure::puts_a_second) {
  return [open = std::move(open), job, figure](const Setting& setting) -> Result<Measurement> {
    Result<std::unique_ptr<DurableStore>> store = open(setting.directory);
    if (!store) return store.error();
    return measure_durable(**store, setting, job, figure);
  };
}

}  // namespace stet::bench
