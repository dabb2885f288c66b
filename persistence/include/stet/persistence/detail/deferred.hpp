// stet/persistence/detail/deferred.hpp - something to be done once a turn's change has been sent.
#pragma once

namespace stet::detail {

class Deferred {
 public:
  virtual ~Deferred() = default;
  virtual void run() = 0;
};

}  // namespace stet::detail
