// benchmarks/savina/queens.hpp
// Question   How long does a search take whose parts are spread over twenty actors?
// Measures   ms for all 73,712 ways to place 13 queens; boards with fewer than four rows go back to
//            the master, who hands them round, deeper ones are searched on the spot.
// Floor      the same search as a plain recursive function, on one thread.
// Expect     Two workers take half of the floor's time and a little: ratios above 1.
#pragma once

#include <cstddef>
#include <vector>

#include "board.hpp"
#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Queens {
  static constexpr About about{"savina_queens",
                               "How long does a search take that is spread over twenty actors?",
                               "ms", Better::lower};

  class Worker;
  struct Begin {
    std::vector<AddressOf<Kit, Worker>> workers;
  };
  struct Task {
    Board board;
  };
  struct Finished {
    std::uint64_t solutions;
  };

  class Master : public ActorOf<Kit, Master> {
   public:
    using Messages = Accepts<Begin, Task, Finished>;
    Master(std::uint64_t& solutions, Gate& done) : solutions_(solutions), done_(done) {}
    void handle(const Begin& message) {
      workers_ = message.workers;
      hand_out(Board{});
    }
    void handle(const Task& task) { hand_out(task.board); }
    void handle(Finished task) {
      solutions_ += task.solutions;
      if (--under_way_ == 0) done_.pass();  // Its parts came before it did.
    }

   private:
    void hand_out(const Board& board) {
      ++under_way_;
      workers_[next_].template send<Task>(board);
      next_ = (next_ + 1) % workers_.size();
    }
    std::vector<AddressOf<Kit, Worker>> workers_{};
    std::size_t next_ = 0;
    std::uint64_t under_way_ = 0;
    std::uint64_t& solutions_;
    Gate& done_;
  };

  class Worker : public ActorOf<Kit, Worker> {
   public:
    using Messages = Accepts<Task>;
    Worker(AddressOf<Kit, Master> master, std::uint32_t size)
        : master_(std::move(master)), size_(size) {}
    void handle(const Task& task) {
      if (task.board.row >= 4) {
        master_.template send<Finished>(task.board.solutions(size_));
        return;
      }
      task.board.for_each_next(size_,
                               [this](const Board& next) { master_.template send<Task>(next); });
      master_.template send<Finished>(std::uint64_t{0});
    }

   private:
    AddressOf<Kit, Master> master_;
    std::uint32_t size_;
  };

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    const std::uint32_t size = Board::size_for(work.quick);
    std::uint64_t solutions = 0;
    Gate done;
    const auto master = system.template spawn<Master>(solutions, done);
    std::vector<AddressOf<Kit, Worker>> workers;
    for (int i = 0; i < 20; ++i) workers.push_back(system.template spawn<Worker>(master, size));
    const std::uint64_t begin = now_ns();
    master.template send<Begin>(workers);
    Kit::let_run(system);
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (solutions != Board::solutions_known(size)) return wrong("a solution was lost or repeated");
    return milliseconds(spent);
  }

  static Result<Measurement> plainly(bool quick) {
    const std::uint32_t size = Board::size_for(quick);
    const std::uint64_t begin = now_ns();
    const std::uint64_t solutions = Board{}.solutions(size);
    const std::uint64_t spent = now_ns() - begin;
    if (solutions != Board::solutions_known(size)) return wrong("a wrong number of solutions");
    return milliseconds(spent);
  }
};

}  // namespace stet::bench::savina
