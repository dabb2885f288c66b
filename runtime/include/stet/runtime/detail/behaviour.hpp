// stet/runtime/detail/behaviour.hpp - how the handlers of a behaviour are found and called.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <stet/runtime/actor.hpp>
#include <stet/runtime/detail/dispatch.hpp>

namespace stet::detail {

// The four forms of a handler of behaviour B of actor A: with or without the actor, with or without
// a Promise.
template <class B, class A, class M>
concept HandlesPlain = requires(B& behaviour) { behaviour.handle(Exactly<M>{}); };
template <class B, class A, class M>
concept HandlesWithActor =
    requires(B& behaviour, A& actor) { behaviour.handle(actor, Exactly<M>{}); };
template <class B, class A, class M>
concept HandlesLater = Question<M> && requires(B& behaviour, Promise<M> promise) {
  behaviour.handle(Exactly<M>{}, std::move(promise));
};
template <class B, class A, class M>
concept HandlesLaterWithActor =
    Question<M> && requires(B& behaviour, A& actor, Promise<M> promise) {
      behaviour.handle(actor, Exactly<M>{}, std::move(promise));
    };

template <class B, class A, class M>
inline constexpr bool defers = [] {
  if constexpr (Question<M>) {
    return HandlesLater<B, A, M> || HandlesLaterWithActor<B, A, M>;
  } else {
    return false;
  }
}();
template <class B, class A, class M>
inline constexpr bool takes = HandlesPlain<B, A, M> || HandlesWithActor<B, A, M> || defers<B, A, M>;

template <class M>
struct AnswerOf {
  using type = void;
};
template <Question M>
struct AnswerOf<M> {
  using type = Result<ReplyOf<M>>;
};

// Calls a handler without a Promise.
template <class B, class A, class M>
typename AnswerOf<M>::type call_behaviour(B& behaviour, A& actor, M& message) {
  const auto call = [&]() -> decltype(auto) {
    if constexpr (HandlesWithActor<B, A, M>) {
      return behaviour.handle(actor, std::move(message));
    } else {
      return behaviour.handle(std::move(message));
    }
  };
  if constexpr (Question<M>) {
    using Returned = decltype(call());
    static_assert(
        std::is_convertible_v<Returned, ReplyOf<M>> ||
            std::is_convertible_v<Returned, Result<ReplyOf<M>>>,
        "stet: a handler must return its message's Reply, a Result of it, or take a Promise");
    return Result<ReplyOf<M>>(call());
  } else {
    call();
  }
}

// Calls whichever handler there is, for a question that some other behaviour answers later. What a
// handler returns leaves after the turn's participants have been told, as in Dispatch.
template <class B, class A, class M>
void call_behaviour_later(B& behaviour, A& actor, M& message, Promise<M>& promise) {
  if constexpr (HandlesLaterWithActor<B, A, M>) {
    behaviour.handle(actor, std::move(message), std::move(promise));
  } else if constexpr (HandlesLater<B, A, M>) {
    behaviour.handle(std::move(message), std::move(promise));
  } else {
    auto result = call_behaviour<B, A, M>(behaviour, actor, message);
    end_turn_before(result);
    promise.set(std::move(result));
  }
}

}  // namespace stet::detail
