// stet/runtime/topic.hpp - Topic<M>: to all who want to hear of it.
//
//   struct PriceChanged { std::string item; std::int64_t cents; };
//
//   class Till : public stet::Actor<Till> {
//    public:
//     explicit Till(const stet::Topic<PriceChanged>& prices)
//         : subscription_(prices.subscribe(self())) {}       // Ends with the actor.
//     void handle(const PriceChanged& change) { prices_[change.item] = change.cents; }
//     std::int64_t handle(const PriceOf& question) { return prices_[question.item]; }
//    private:
//     std::map<std::string, std::int64_t> prices_;
//     stet::Subscription subscription_;
//   };
//
//   stet::Topic<PriceChanged> prices;
//   const auto till = system.spawn<Till>(prices);
//   prices.publish("tea", 250);
//
// A Topic is a handle: its copies are the same topic. The host makes it and hands it out; it knows
// no System, and its subscribers may live in several.
//
// Who publishes sends to each subscriber itself, one after the other, through no actor and no lock.
// So a publication has the order of any other send: what one publisher publishes and sends arrives
// at each subscriber in that order. Two subscribers may see what different publishers published in
// different orders, and one may tell another of a publication that is still on its way to that one.
// Where all must see the same order, let one actor publish.
//
// Threads    All members: any, also inside handlers. A Subscription: one owner at a time.
// Progress   publish(): lock-free but for memory, as send() to each; a slow subscriber delays
//            nobody. subscribe() and the end of a subscription take a lock against each other,
//            never against publishers.
// Ownership  Keeps no subscriber alive. The last handle or Subscription frees the topic.
// Errors     A subscriber that has stopped is dropped. publish() throws what constructing or copying
//            the message throws; who came before in the list has got its copy then.
// Bounds     Memory. A change of the list copies it (16 bytes a subscriber): for thousands of
//            subscribers, not for millions.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <stet/runtime/detail/shared_list.hpp>
#include <stet/runtime/recipient.hpp>

namespace stet {

namespace detail {

// One subscription, as the list and its Subscription know it.
struct Subscriber {
  Atomic<bool> ended{false};

  [[nodiscard]] bool has_ended() const noexcept {
    // relaxed: a flag alone; who ended it before this call, in any order there is, is seen.
    return ended.load(std::memory_order_relaxed);
  }
  void end() noexcept {
    // relaxed: see has_ended().
    ended.store(true, std::memory_order_relaxed);
  }
};

class TopicBase {
 public:
  TopicBase() = default;
  TopicBase(const TopicBase&) = delete;
  TopicBase& operator=(const TopicBase&) = delete;
  virtual ~TopicBase() = default;
  // Takes the ended out of the list.
  virtual void drop_ended() = 0;
};

}  // namespace detail

// Holds one subscription; ends it when it is destroyed. Movable.
//
// A publish() that begins after the end sends nothing more. What was sent before still arrives.
class Subscription {
 public:
  Subscription() = default;  // Of nothing.
  Subscription(Subscription&& other) noexcept = default;
  Subscription& operator=(Subscription&& other) noexcept {
    if (this != &other) {
      end();
      topic_ = std::move(other.topic_);
      subscriber_ = std::move(other.subscriber_);
    }
    return *this;
  }
  ~Subscription() { end(); }

  void end() noexcept {
    if (subscriber_ == nullptr) return;
    subscriber_->end();
    subscriber_ = nullptr;
    try {
      topic_->drop_ended();
    } catch (const std::bad_alloc&) {
      // It is passed over from now on, and the next change of the list drops it.
    }
    topic_ = nullptr;
  }
  explicit operator bool() const noexcept { return subscriber_ != nullptr; }

  // Not for applications: made by Topic::subscribe().
  Subscription(std::shared_ptr<detail::TopicBase> topic,
               std::shared_ptr<detail::Subscriber> subscriber) noexcept
      : topic_(std::move(topic)), subscriber_(std::move(subscriber)) {}

 private:
  std::shared_ptr<detail::TopicBase> topic_;
  std::shared_ptr<detail::Subscriber> subscriber_;
};

template <Message M>
class Topic {
  static_assert(std::copy_constructible<M>,
                "stet: a topic gives each subscriber a copy: its message must be copyable");

 public:
  Topic() : state_(std::make_shared<State>()) {}

  // A publish() that begins after this has returned reaches `who`. Who subscribes twice gets two
  // copies.
  [[nodiscard]] Subscription subscribe(Recipient<M> who) const {
    auto subscriber = std::make_shared<Member>(std::move(who));
    state_->members.update([&](std::vector<std::shared_ptr<Member>>& all) {
      std::erase_if(all, &is_gone);
      all.push_back(subscriber);
    });
    return Subscription(state_, std::move(subscriber));
  }

  // Sends M(args...) to all who are subscribed now; answers to how many.
  template <class... Args>
  std::size_t publish(Args&&... args) const {
    const M message(std::forward<Args>(args)...);
    std::size_t sent = 0;
    bool some_gone = false;
    {
      const auto members = state_->members.read();
      for (const std::shared_ptr<Member>& member : *members) {
        if (is_gone(member)) {
          some_gone = true;
        } else {
          member->to.send(message);
          ++sent;
        }
      }
    }
    if (some_gone) state_->try_drop_ended();
    return sent;
  }

  // How many are subscribed; those who have just stopped may be among them.
  [[nodiscard]] std::size_t size() const noexcept { return state_->members.read()->size(); }

  friend bool operator==(const Topic& left, const Topic& right) noexcept {
    return left.state_ == right.state_;
  }

 private:
  struct Member : detail::Subscriber {
    explicit Member(Recipient<M> who) noexcept : to(std::move(who)) {}
    const Recipient<M> to;
  };
  static bool is_gone(const std::shared_ptr<Member>& member) noexcept {
    return member->has_ended() || !member->to.is_alive();
  }
  struct State final : detail::TopicBase {
    void drop_ended() override {
      members.update([](auto& all) { std::erase_if(all, &is_gone); });
    }
    // For publish(), which neither waits nor fails for a thing that can be done later.
    void try_drop_ended() noexcept {
      try {
        members.try_update([](auto& all) { std::erase_if(all, &is_gone); });
      } catch (const std::bad_alloc&) {
        // The next change or publication drops them.
      }
    }
    detail::SharedList<std::shared_ptr<Member>> members;
  };

  std::shared_ptr<State> state_;
};

}  // namespace stet
