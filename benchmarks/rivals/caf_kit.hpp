// benchmarks/rivals/caf_kit.hpp - benchmarks/savina's programs on CAF; included by caf_savina.cpp.
//
// An actor of a program lives in an event-based actor of CAF whose behaviour has a handler for each
// of its messages. What an actor sends and spawns goes through that actor, so that CAF's scheduler
// keeps it near, as it would in a program written for CAF.
//
// Threads    As CAF.
// Ownership  The System is left alone at the end: it waits for actors that have no reason to quit.
#pragma once

#include <caf/all.hpp>
#include <cstddef>
#include <utility>

#include "../savina/work.hpp"

namespace stet::bench::savina {

// A message in transit: CAF wants to be told about each type of message, and this is all of them.
template <class M>
struct CafBox {
  M message;
};

class CafKit {
  // The actor whose turn this thread runs, or whose constructor.
  static inline thread_local caf::event_based_actor* current_ = nullptr;

  class Entered {
   public:
    explicit Entered(caf::event_based_actor* actor) : before_(std::exchange(current_, actor)) {}
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;
    ~Entered() { current_ = before_; }

   private:
    caf::event_based_actor* before_;
  };

 public:
  template <class A>
  class Address {
   public:
    Address() = default;
    explicit Address(caf::actor actor) : actor_(std::move(actor)) {}
    template <class M, class... Args>
    void send(Args&&... args) const {
      CafBox<M> box{M(std::forward<Args>(args)...)};
      if (current_ != nullptr) {
        current_->send(actor_, std::move(box));
      } else {
        caf::anon_send(actor_, std::move(box));
      }
    }
    explicit operator bool() const noexcept { return static_cast<bool>(actor_); }

   private:
    caf::actor actor_{};
  };

  template <class A>
  class Actor {
   public:
    Actor() : host_(current_) {}

   protected:
    [[nodiscard]] Address<A> self() { return Address<A>(caf::actor_cast<caf::actor>(host_)); }
    void stop() { host_->quit(); }

   private:
    caf::event_based_actor* host_;
  };

 private:
  template <class A>
  class Host : public caf::event_based_actor {
   public:
    template <class... Args>
    explicit Host(caf::actor_config& config, Args&&... args)
        : caf::event_based_actor(config), entered_(this), actor_(std::forward<Args>(args)...) {
      current_ = entered_.before;
    }
    caf::behavior make_behavior() override { return handlers(typename A::Messages{}); }

   private:
    // Entered while actor_ is made.
    struct Birth {
      explicit Birth(caf::event_based_actor* actor) : before(std::exchange(current_, actor)) {}
      caf::event_based_actor* before;
    };

    template <class... Messages>
    caf::behavior handlers(Accepts<Messages...>) {
      return {[this](const CafBox<Messages>& box) {
        const Entered entered(this);
        actor_.handle(box.message);
      }...};
    }
    Birth entered_;
    A actor_;
  };

 public:
  class System {
   public:
    explicit System(unsigned workers) : config_(config_for(workers)), system_(config_) {}

    template <class A, class... Args>
    Address<A> spawn(Args&&... args) {
      if (current_ != nullptr) {
        return Address<A>(current_->spawn<Host<A>>(std::forward<Args>(args)...));
      }
      return Address<A>(system_.spawn<Host<A>>(std::forward<Args>(args)...));
    }

   private:
    static caf::actor_system_config config_for(unsigned workers) {
      caf::actor_system_config config;
      config.set("scheduler.max-threads", static_cast<std::size_t>(workers));
      return config;
    }
    caf::actor_system_config config_;
    caf::actor_system system_;
  };

  static void let_run(System&) {}       // Workers run by themselves.
  static void newest_first(System&) {}  // They choose the order themselves, too.
};

}  // namespace stet::bench::savina

template <class M>
struct caf::allowed_unsafe_message_type<stet::bench::savina::CafBox<M>> : std::true_type {};
