// stet/persistence/detail/give_birth.hpp - the end of reading an actor's state: it begins, or not.
#pragma once

#include <cstddef>
#include <memory>
#include <tuple>
#include <utility>

#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/detail/turn_change.hpp>
#include <stet/runtime/nascent.hpp>

namespace stet::detail {

// What the actor's askers are told.
[[nodiscard]] Error hydration_error(const Error& why);

// In a turn of the actor to be, with all that it is made of.
template <class A, class Tuple, std::size_t... R, class... Loaded>
void give_birth(Nascent<A>& nascent, const std::shared_ptr<Unit>& unit, Tuple& args,
                std::index_sequence<R...>, Loaded&&... loaded) {
  TurnChange::begin_writer(unit);
  constexpr std::size_t rest = std::tuple_size_v<Tuple> - sizeof...(R);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    nascent.birth(std::forward<Loaded>(loaded)..., std::move(std::get<sizeof...(R) + I>(args))...);
  }(std::make_index_sequence<rest>{});
}
template <class A, class Tuple>
void refuse_birth(Nascent<A>& nascent, const Unit& unit, const Tuple& args, const Error& why) {
  unit.link()->tell_refused(std::get<0>(args).get_scope(), why);
  nascent.fail(hydration_error(why));
}

}  // namespace stet::detail
