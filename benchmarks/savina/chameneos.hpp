// benchmarks/savina/chameneos.hpp
// Question   What does a meeting cost that one actor arranges between two of a hundred?
// Measures   meetings/s; four messages each, two of them to the mall, all with an address inside.
// Expect     The mall is the bottleneck; it and the chameneos it wakes fit one core's cache.
#pragma once

#include <vector>

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Chameneos {
  static constexpr About about{"savina_chameneos",
                               "What does a meeting cost that one actor arranges for two?",
                               "meetings/s", Better::higher};

  enum class Color : std::uint8_t { yellow, blue, red };
  static Color complement(Color mine, Color other) noexcept {
    if (mine == other) return mine;
    return static_cast<Color>(3 - static_cast<int>(mine) - static_cast<int>(other));
  }

  class Chameneo;
  struct Begin {};
  struct Meet {  // To the mall, which hands it on to who came before.
    AddressOf<Kit, Chameneo> who;
    Color color;
  };
  struct Change {
    Color color;
  };
  struct Exit {};
  struct Met {
    std::uint64_t times;
  };

  class Mall : public ActorOf<Kit, Mall> {
   public:
    using Messages = Accepts<Meet, Met>;
    Mall(std::uint64_t meetings, std::uint64_t chameneos, std::uint64_t& met, Gate& done)
        : meetings_left_(meetings), chameneos_left_(chameneos), met_(met), done_(done) {}
    void handle(const Meet& message) {
      if (meetings_left_ == 0) {
        message.who.template send<Exit>();
      } else if (!waiting_) {
        waiting_ = message.who;
      } else {
        --meetings_left_;
        waiting_.template send<Meet>(message);
        waiting_ = AddressOf<Kit, Chameneo>();
      }
    }
    void handle(Met message) {
      met_ += message.times;
      if (--chameneos_left_ == 0) done_.pass();
    }

   private:
    AddressOf<Kit, Chameneo> waiting_{};
    std::uint64_t meetings_left_;
    std::uint64_t chameneos_left_;
    std::uint64_t& met_;
    Gate& done_;
  };

  class Chameneo : public ActorOf<Kit, Chameneo> {
   public:
    using Messages = Accepts<Begin, Meet, Change, Exit>;
    Chameneo(AddressOf<Kit, Mall> mall, Color color) : mall_(std::move(mall)), color_(color) {}
    void handle(Begin) { go(); }
    void handle(const Meet& other) {
      color_ = complement(color_, other.color);
      other.who.template send<Change>(color_);
      ++met_;
      go();
    }
    void handle(Change message) {
      color_ = message.color;
      ++met_;
      go();
    }
    void handle(Exit) { mall_.template send<Met>(met_); }

   private:
    void go() { mall_.template send<Meet>(this->self(), color_); }
    AddressOf<Kit, Mall> mall_;
    Color color_;
    std::uint64_t met_ = 0;
  };

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    constexpr std::uint64_t chameneos = 100;
    const std::uint64_t meetings = work.count(300'000, 40'000);
    std::uint64_t met = 0;
    Gate done;
    const auto mall = system.template spawn<Mall>(meetings, chameneos, met, done);
    std::vector<AddressOf<Kit, Chameneo>> all;
    for (std::uint64_t i = 0; i < chameneos; ++i) {
      all.push_back(system.template spawn<Chameneo>(mall, static_cast<Color>(i % 3)));
    }
    const std::uint64_t begin = now_ns();
    for (const auto& chameneo : all) chameneo.template send<Begin>();
    Kit::let_run(system);
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (met != 2 * meetings) return wrong("not everybody met as often as the mall says");
    return per_second(meetings, spent);
  }
};

}  // namespace stet::bench::savina
