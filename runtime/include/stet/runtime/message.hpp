// stet/runtime/message.hpp - what can be sent: any struct that moves without throwing.
//
// A message that can be asked names its answer: `struct Balance { using Reply = std::int64_t; };`.
// Messages need no registration and no macro, and may be move-only.
#pragma once

#include <concepts>
#include <type_traits>

namespace stet {

template <class M>
concept Message = std::is_object_v<M> && std::same_as<M, std::remove_cv_t<M>> &&
                  std::is_nothrow_move_constructible_v<M> && std::is_nothrow_destructible_v<M>;

// A message with an answer.
template <class M>
concept Question = Message<M> && requires { typename M::Reply; };

template <Question M>
using ReplyOf = typename M::Reply;

}  // namespace stet
