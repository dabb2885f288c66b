// persistence/src/store_reopener.cpp - one attempt, whatever comes of it.
#include "store_reopener.hpp"

#include <new>
#include <utility>

namespace stet::detail {
namespace {

Result<Successor> make_successor(Engine& engine, CommitNumber at_least) {
  try {
    return engine.make_successor(at_least);
  } catch (const std::bad_alloc&) {
    return Error(Errc::no_memory, "reopen: an allocation failed");
  }
}

}  // namespace

void StoreReopener::handle(MakeSuccessor message) {
  message.to.send(Reopened{make_successor(*message.engine, message.at_least)});
}

}  // namespace stet::detail
