// tests/persistence/lying_engine.hpp - an engine that says all is well and forgets some commits, or
// calls durable what is only committed.
//
// A negative control: whoever checks that acknowledged changes survive must notice it.
#pragma once

#include <memory>
#include <random>
#include <span>
#include <utility>

#include "persistence/src/engine.hpp"

namespace stet::test {

class LyingEngine final : public detail::Engine {
 public:
  enum class Lie : std::uint8_t {
    forgets,   // One commit in three.
    is_early,  // Calls a commit durable at its return.
  };

  LyingEngine(std::unique_ptr<detail::Engine> inner, std::uint64_t seed, Lie lie)
      : inner_(std::move(inner)), random_(seed), lie_(lie) {}

  Result<detail::CommitNumber> commit(std::span<const detail::Operation> operations,
                                      detail::Flush flush) override {
    if (lie_ == Lie::forgets && random_() % 3 == 0) return inner_->committed_number();
    return inner_->commit(operations, flush);
  }
  Result<void> flush() override { return inner_->flush(); }
  detail::CommitNumber durable_number() const noexcept override {
    return lie_ == Lie::is_early ? inner_->committed_number() : inner_->durable_number();
  }
  detail::CommitNumber committed_number() const noexcept override {
    return inner_->committed_number();
  }
  Result<std::unique_ptr<detail::View>> view() override { return inner_->view(); }
  detail::EngineLimits limits() const noexcept override { return inner_->limits(); }
  detail::EngineStats stats() const override { return inner_->stats(); }
  bool poisoned() const noexcept override { return inner_->poisoned(); }

 private:
  std::unique_ptr<detail::Engine> inner_;
  std::mt19937_64 random_;
  Lie lie_;
};

}  // namespace stet::test
