// stet/runtime/detail/watch.hpp - one actor that waits for the end of another. See src/monitor.cpp.
#pragma once

namespace stet::detail {

struct Watch;
void retain(Watch& watch) noexcept;
void release(Watch& watch) noexcept;
void cancel(Watch& watch) noexcept;

}  // namespace stet::detail
