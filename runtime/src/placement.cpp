// runtime/src/placement.cpp - pool, group, elastic threads, a thread of its own, the host's loop.
#include "placement.hpp"

#include "core.hpp"
#include "group.hpp"

namespace stet::detail {

Executor& place_actor(Core& core, const SpawnOptions* options) {
  if (core.stepper != nullptr) return *core.stepper;
  if (options != nullptr) {
    GroupQueue* const group = options->group.queue();
    STET_ASSERT(group == nullptr || &group->core() == &core);
    STET_ASSERT(group == nullptr || options->runs_on == RunsOn::pool);
    if (group != nullptr && core.pool != nullptr) return group->make_seat();
    if (options->runs_on == RunsOn::own_thread) return core.own_threads.add(core);
    if (options->runs_on == RunsOn::elastic) return core.elastic.make_seat();
  }
  if (core.host_loop != nullptr) return core.host_loop->make_seat();
  return *core.pool;
}

}  // namespace stet::detail
