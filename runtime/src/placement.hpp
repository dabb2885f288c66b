// runtime/src/placement.hpp - who runs an actor.
#pragma once

#include <stet/runtime/detail/birth.hpp>
#include <stet/runtime/detail/cell.hpp>

namespace stet::detail {

// What the executor has made for this actor alone goes with its cell: so this is the last step of
// making one that may fail. Throws std::bad_alloc and std::system_error. In a stepped system: the
// stepper, for all.
[[nodiscard]] Executor& place_actor(Core& core, const SpawnOptions* options);

}  // namespace stet::detail
