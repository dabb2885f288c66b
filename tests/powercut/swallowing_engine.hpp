// tests/powercut/swallowing_engine.hpp - an engine that says all is well when a write has failed.
//
// A negative control: whoever checks that failed writes are reported, and lose nothing that was
// acknowledged, must notice it.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "persistence/src/engine.hpp"

namespace stet::test {

class SwallowingEngine final : public detail::Engine {
 public:
  explicit SwallowingEngine(std::unique_ptr<detail::Engine> inner) : inner_(std::move(inner)) {}

  Result<detail::CommitNumber> commit(std::span<const detail::Operation> operations,
                                      detail::Flush flush) override {
    if (!inner_->commit(operations, flush)) ++swallowed_;
    return committed_number();
  }
  Result<void> flush() override {
    if (const Result<void> done = inner_->flush(); !done) return {};  // That is the point.
    return {};
  }
  // As if nothing had failed.
  detail::CommitNumber durable_number() const noexcept override {
    return inner_->durable_number() + swallowed_;
  }
  detail::CommitNumber committed_number() const noexcept override {
    return inner_->committed_number() + swallowed_;
  }
  Result<std::unique_ptr<detail::View>> view() override { return inner_->view(); }
  detail::EngineLimits limits() const noexcept override { return inner_->limits(); }
  detail::EngineStats stats() const override { return inner_->stats(); }
  bool poisoned() const noexcept override { return false; }

 private:
  std::unique_ptr<detail::Engine> inner_;
  detail::CommitNumber swallowed_ = 0;
};

}  // namespace stet::test
