// tests/runtime/must_not_compile/topic_move_only.cpp - messages that cannot be copied for each.
#include <memory>

#include <stet/runtime/router.hpp>
#include <stet/runtime/topic.hpp>

struct Parcel {
#if FAULT != 0
  std::unique_ptr<int> content;
#endif
};

#if FAULT == 2
void use(const stet::Broadcast<Parcel>& all) { all.send(); }
#else
void use(const stet::Topic<Parcel>& topic) { topic.publish(); }
#endif
