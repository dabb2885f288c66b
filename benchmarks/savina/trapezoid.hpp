// benchmarks/savina/trapezoid.hpp
// Question   How long does an integral take whose parts are spread over a hundred actors?
// Measures   ms for a million trapezoids of sin(x^3 - 1) / (x + 1) * sqrt(1 + exp(sqrt(2 x))) from
//            1 to 5; a handler runs for half a millisecond.
// Floor      the same sum in a plain loop, on one thread.
// Expect     Two workers take half of the floor's time: ratios near 2.
#pragma once

#include <cmath>
#include <vector>

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Trapezoid {
  static constexpr About about{"savina_trapezoid",
                               "How long does an integral take that is spread over 100 actors?",
                               "ms", Better::lower};

  static constexpr double from = 1;
  static constexpr double to = 5;
  static constexpr std::uint64_t parts = 100;

  static double height(double x) {
    return std::sin(x * x * x - 1) / (x + 1) * std::sqrt(1 + std::exp(std::sqrt(2 * x)));
  }
  // Pieces [first, last) of so many.
  static double area(std::uint64_t first, std::uint64_t last, std::uint64_t pieces) {
    const double width = (to - from) / static_cast<double>(pieces);
    double sum = 0;
    for (std::uint64_t i = first; i < last; ++i) {
      const double x = from + static_cast<double>(i) * width;
      sum += (height(x) + height(x + width)) / 2 * width;
    }
    return sum;
  }

  struct Part {
    std::uint64_t first;
    std::uint64_t last;
    std::uint64_t pieces;
  };
  struct Area {
    double value;
  };

  class Master : public ActorOf<Kit, Master> {
   public:
    using Messages = Accepts<Area>;
    Master(double& sum, Gate& done) : sum_(sum), done_(done) {}
    void handle(Area part) {
      sum_ += part.value;
      if (--left_ == 0) done_.pass();
    }

   private:
    std::uint64_t left_ = parts;
    double& sum_;
    Gate& done_;
  };

  class Worker : public ActorOf<Kit, Worker> {
   public:
    using Messages = Accepts<Part>;
    explicit Worker(AddressOf<Kit, Master> master) : master_(std::move(master)) {}
    void handle(Part part) {
      master_.template send<Area>(area(part.first, part.last, part.pieces));
    }

   private:
    AddressOf<Kit, Master> master_;
  };

  // Every grid of at least a thousand pieces is that near to the integral.
  static bool is_right(double sum) { return std::abs(sum - integral) < 2e-5; }
  static constexpr double integral = 0.271081;

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    const std::uint64_t pieces = work.count(1'000'000, 1'000'000);
    double sum = 0;
    Gate done;
    const auto master = system.template spawn<Master>(sum, done);
    std::vector<AddressOf<Kit, Worker>> workers;
    for (std::uint64_t i = 0; i < parts; ++i) {
      workers.push_back(system.template spawn<Worker>(master));
    }
    const std::uint64_t begin = now_ns();
    for (std::uint64_t i = 0; i < parts; ++i) {
      workers[i].template send<Part>(i * pieces / parts, (i + 1) * pieces / parts, pieces);
    }
    Kit::let_run(system);
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (!is_right(sum)) return wrong("a part is missing or counted twice");
    return milliseconds(spent);
  }

  static Result<Measurement> plainly(bool quick) {
    const std::uint64_t pieces = Work{quick, false}.count(1'000'000, 1'000'000);
    const std::uint64_t begin = now_ns();
    const double sum = area(0, pieces, pieces);
    const std::uint64_t spent = now_ns() - begin;
    if (!is_right(sum)) return wrong("a wrong integral");
    return milliseconds(spent);
  }
};

}  // namespace stet::bench::savina
