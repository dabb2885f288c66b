// benchmarks/savina/bank.hpp
// Question   What does a transfer between two of a thousand accounts cost, each an actor?
// Measures   transfers/s; five messages each: teller, source, target, source, teller. At most 1000
//            are under way.
// Expect     Every message meets an actor that has not run for a while.
#pragma once

#include <cstddef>
#include <vector>

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Bank {
  static constexpr About about{"savina_bank",
                               "What does a transfer between two of a thousand accounts cost?",
                               "transfers/s", Better::higher};

  static constexpr std::uint64_t accounts = 1000;
  static constexpr std::uint64_t under_way_max = 1000;
  static constexpr std::int64_t cents_at_first = 1'000'000;

  class Account;
  struct Begin {
    std::vector<AddressOf<Kit, Account>> accounts;
  };
  struct Transfer {  // Teller to source.
    AddressOf<Kit, Account> target;
    std::int64_t cents;
  };
  struct Deposit {  // Source to target.
    AddressOf<Kit, Account> source;
    std::int64_t cents;
  };
  struct Deposited {};  // Target to source.
  struct Done {};       // Source to teller.
  struct Read {};
  struct Balance {
    std::int64_t cents;
  };

  struct Outcome {
    std::int64_t cents = 0;
    std::uint64_t transfers = 0;
  };

  class Teller : public ActorOf<Kit, Teller> {
   public:
    using Messages = Accepts<Begin, Done, Balance>;
    Teller(std::uint64_t transfers, Outcome& outcome, Gate& done)
        : left_(transfers), outcome_(outcome), done_(done) {}
    void handle(const Begin& message) {
      accounts_ = message.accounts;
      for (std::uint64_t i = 0; i < under_way_max && left_ > 0; ++i) transfer();
    }
    void handle(Done) {
      ++outcome_.transfers;
      --under_way_;
      if (left_ > 0) {
        transfer();
      } else if (under_way_ == 0) {
        for (const auto& account : accounts_) account.template send<Read>();
      }
    }
    void handle(Balance account) {
      outcome_.cents += account.cents;
      if (++read_ == accounts_.size()) done_.pass();
    }

   private:
    void transfer() {
      --left_;
      ++under_way_;
      random_ = stir(random_);
      const std::uint64_t from = (random_ >> 8) % accounts_.size();
      const std::uint64_t to = (from + 1 + (random_ >> 32) % (accounts_.size() - 1)) % accounts;
      accounts_[from].template send<Transfer>(accounts_[to],
                                              static_cast<std::int64_t>(random_ % 100));
    }
    std::vector<AddressOf<Kit, Account>> accounts_{};
    std::uint64_t random_ = seed_of(0);
    std::uint64_t left_;
    std::uint64_t under_way_ = 0;
    std::size_t read_ = 0;
    Outcome& outcome_;
    Gate& done_;
  };

  class Account : public ActorOf<Kit, Account> {
   public:
    using Messages = Accepts<Transfer, Deposit, Deposited, Read>;
    explicit Account(AddressOf<Kit, Teller> teller) : teller_(std::move(teller)) {}
    void handle(const Transfer& message) {
      cents_ -= message.cents;
      message.target.template send<Deposit>(this->self(), message.cents);
    }
    void handle(const Deposit& message) {
      cents_ += message.cents;
      message.source.template send<Deposited>();
    }
    void handle(Deposited) { teller_.template send<Done>(); }
    void handle(Read) { teller_.template send<Balance>(cents_); }

   private:
    AddressOf<Kit, Teller> teller_;
    std::int64_t cents_ = cents_at_first;
  };

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    const std::uint64_t transfers = work.count(300'000, 40'000);
    Outcome outcome;
    Gate done;
    const auto teller = system.template spawn<Teller>(transfers, outcome, done);
    std::vector<AddressOf<Kit, Account>> all;
    for (std::uint64_t i = 0; i < accounts; ++i) {
      all.push_back(system.template spawn<Account>(teller));
    }
    const std::uint64_t begin = now_ns();
    teller.template send<Begin>(all);
    Kit::let_run(system);
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (outcome.transfers != transfers) return wrong("a transfer was lost or made twice");
    if (outcome.cents != cents_at_first * static_cast<std::int64_t>(accounts)) {
      return wrong("money was made or lost");
    }
    return per_second(transfers, spent);
  }
};

}  // namespace stet::bench::savina
