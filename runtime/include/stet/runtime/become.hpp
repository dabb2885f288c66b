// stet/runtime/become.hpp - Behaviours: an actor that handles other messages at other times.
//
//   struct Push {};
//   struct Knock { using Reply = std::string; };
//
//   class Door;
//   struct Closed {
//     void handle(Door& door, Push);                       // With the actor, or without:
//     std::string handle(Knock) { return "who is there?"; }
//   };
//   struct Open {
//     explicit Open(int times) : times(times) {}
//     void handle(Door& door, Push);
//     int times;
//   };
//   class Door : public stet::Behaviours<Door, Closed, Open> {
//    public:
//     int opened = 0;
//   };
//   inline void Closed::handle(Door& door, Push) { door.become<Open>(++door.opened); }
//   inline void Open::handle(Door& door, Push) { door.become<Closed>(); }
//
//   const auto door = system.spawn<Door>();                // Closed: the first one.
//
// A behaviour is a plain struct with public handlers: handle(M), handle(A&, M), and for questions
// also handle(M, Promise<M>), handle(A&, M, Promise<M>). What at least one behaviour handles can be
// sent; anything else does not compile. What is to last longer than one behaviour lives in the
// actor, which may have handlers of its own for messages of all times: `using Behaviours::handle;`
// keeps the others visible beside them.
//
// Turns      become<B>(args...) constructs the new B at once; it handles the messages after the
//            current one. The old one is destroyed when its handler has returned, so handlers may
//            use their own members to the end. A second become() in one turn replaces the first.
//            From a continuation or hook: before the next message.
// Unhandled  A message that another behaviour handles but not the present one goes to
//            `void unhandled(M)` of the actor, if it has one that takes it. What it has not goes to
//            the dead letters with Errc::unsupported; who asked is told that in both cases.
// Threads    As any actor: only its own turns.
// Errors     What a constructor throws leaves become(): the present behaviour stays if the handler
//            catches it, else the actor stops as after any throw.
// Bounds     Holds room for two behaviours, the largest twice.
// Beware     A continuation may run when its behaviour is gone: let it capture the actor, not
//            `this` of the behaviour.
#pragma once

#include <concepts>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <stet/runtime/actor.hpp>
#include <stet/runtime/address.hpp>
#include <stet/runtime/detail/behaviour.hpp>
#include <stet/runtime/detail/dispatch.hpp>
#include <stet/runtime/detail/type_name.hpp>

namespace stet {

template <class Derived, class... Bs>
class Behaviours : public Actor<Derived> {
  static_assert(sizeof...(Bs) > 0, "stet: Behaviours needs at least one behaviour");
  static_assert((std::is_class_v<Bs> && ...), "stet: a behaviour is a struct with handlers");
  static_assert((!Access::generic<Bs> && ...),
                "stet: handle(auto) would accept every message: name the messages");

  template <class M>
  static constexpr bool some_takes = (detail::takes<Bs, Derived, M> || ...);
  template <class M>
  static constexpr bool some_defers = (detail::defers<Bs, Derived, M> || ...);

 public:
  // From the next message on, this actor behaves as B(args...).
  template <class B, class... Args>
  void become(Args&&... args) {
    static_assert((std::same_as<B, Bs> || ...),
                  "stet: become<B>() needs one of the behaviours that the actor lists");
    changes_ = false;  // Also if the constructor throws.
    slots_[1 - current_].template emplace<B>(std::forward<Args>(args)...);
    changes_ = true;
  }

  // Is B the present behaviour? Until a become() has taken effect it is the old one.
  template <class B>
  [[nodiscard]] bool is() const noexcept {
    static_assert((std::same_as<B, Bs> || ...),
                  "stet: is<B>() needs one of the behaviours that the actor lists");
    return std::holds_alternative<B>(slots_[current_]);
  }

  // Not for applications: what the runtime finds and calls. Those that take Exactly<M> only say
  // which messages there are.
  template <class M>
    requires(some_takes<M> && !some_defers<M>)
  typename detail::AnswerOf<M>::type handle(detail::Exactly<M>);
  template <class M>
    requires(some_defers<M>)
  void handle(detail::Exactly<M>, Promise<M>);

  template <class M>
    requires(Message<M> && some_takes<M> && !some_defers<M>)
  typename detail::AnswerOf<M>::type handle(M&& message) {
    const Call current(*this);
    if constexpr (Question<M>) {
      Result<ReplyOf<M>> answer = Errc::unsupported;
      if (!dispatch<M>([&](auto& behaviour) {
            answer = detail::call_behaviour(behaviour, derived(), message);
          })) {
        answer = unhandled_error<M>();
        leave(message);
      }
      return answer;
    } else {
      if (!dispatch<M>(
              [&](auto& behaviour) { detail::call_behaviour(behaviour, derived(), message); })) {
        leave(message);
      }
    }
  }
  template <class M>
    requires(Message<M> && some_defers<M>)
  void handle(M&& message, Promise<M> promise) {
    const Call current(*this);
    if (!dispatch<M>([&](auto& behaviour) {
          detail::call_behaviour_later(behaviour, derived(), message, promise);
        })) {
      promise.fail(unhandled_error<M>());
      leave(message);
    }
  }

 protected:
  // Begins as the first behaviour, or as another: Behaviours(std::in_place_type<Open>, args...).
  Behaviours()
    requires std::default_initializable<std::tuple_element_t<0, std::tuple<Bs...>>>
  {
    slots_[0].template emplace<1>();
  }
  template <class B, class... Args>
  explicit Behaviours(std::in_place_type_t<B>, Args&&... args) {
    slots_[0].template emplace<B>(std::forward<Args>(args)...);
  }
  ~Behaviours() = default;

 private:
  using Slot = std::variant<std::monostate, Bs...>;

  Derived& derived() noexcept { return static_cast<Derived&>(*this); }

  // One call of a handler. Around the outermost what become() asked for takes effect: a handler that
  // calls handle() itself must not lose the behaviour that it is a member of.
  class Call {
   public:
    explicit Call(Behaviours& all) noexcept : all_(all), outer_(std::exchange(all.in_call_, true)) {
      if (!outer_) all_.settle();
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() {
      all_.in_call_ = outer_;
      if (!outer_) all_.settle();
    }

   private:
    Behaviours& all_;
    const bool outer_;
  };
  void settle() noexcept {
    if (!changes_) return;
    changes_ = false;
    current_ = static_cast<unsigned char>(1 - current_);
    Slot& old = slots_[1 - current_];
    // Not emplace(), which is not noexcept whatever it emplaces.
    std::destroy_at(&old);
    ::new (static_cast<void*>(&old)) Slot();
  }

  // Calls `call` with the present behaviour. False: it has no handler for M.
  template <class M, class Function>
  bool dispatch(Function&& call) {
    Slot& slot = slots_[current_];
    const auto call_if = [&]<class B>(std::in_place_type_t<B>) {
      if constexpr (detail::takes<B, Derived, M>) {
        if (B* behaviour = std::get_if<B>(&slot)) {
          call(*behaviour);
          return true;
        }
      }
      return false;
    };
    return (call_if(std::in_place_type<Bs>) || ...);
  }

  template <class M>
  void leave(M& message) {
    if constexpr (requires { derived().unhandled(std::move(message)); }) {
      derived().unhandled(std::move(message));
    } else {
      detail::Cell& cell = this->cell();
      detail::undeliverable(
          cell,
          detail::make_envelope<M>(cell.core(), &detail::Dispatch<Derived, M>::ops,
                                   std::move(message)),
          Error(Errc::unsupported));
    }
  }
  template <class M>
  [[nodiscard]] Error unhandled_error() const {
    std::string text(detail::type_name<Derived>());
    text.append(" does not handle ").append(detail::type_name<M>());
    const auto name_if = [&]<class B>(std::in_place_type_t<B>) {
      if (is<B>()) text.append(" while it behaves as ").append(detail::type_name<B>());
    };
    (name_if(std::in_place_type<Bs>), ...);
    return Error(Errc::unsupported, std::move(text));
  }

  Slot slots_[2];  // The present behaviour, and the next one while it waits for the turn's end.
  unsigned char current_ = 0;
  bool changes_ = false;
  bool in_call_ = false;
};

}  // namespace stet
