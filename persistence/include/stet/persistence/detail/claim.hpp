// stet/persistence/detail/claim.hpp - the right to be the only writer of one scope.
//
// Made by the store, in its answer to Acquire. Given back when it is destroyed, after the writer's
// last change, so also when an answer finds nobody.
//
// Threads    One owner at a time; may move between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace stet::detail {

struct StoreLink;

class Claim {
 public:
  Claim() = default;
  Claim(std::shared_ptr<StoreLink> link, std::string scope, std::uint64_t owner_id) noexcept
      : link_(std::move(link)), scope_(std::move(scope)), owner_id_(owner_id) {}
  Claim(Claim&&) noexcept = default;
  Claim& operator=(Claim&& other) noexcept {
    std::swap(link_, other.link_);
    std::swap(scope_, other.scope_);
    std::swap(owner_id_, other.owner_id_);
    return *this;
  }
  ~Claim() {
    if (link_ != nullptr) give_back();
  }

  [[nodiscard]] const std::string& scope() const noexcept { return scope_; }
  // From now on another writer's, before his next change.
  void hand_over(std::uint64_t owner_id);

 private:
  void give_back() noexcept;

  std::shared_ptr<StoreLink> link_;
  std::string scope_;
  std::uint64_t owner_id_ = 0;
};

}  // namespace stet::detail
