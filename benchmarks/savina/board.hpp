// benchmarks/savina/board.hpp - a chess board with some rows of queens on it, for savina_queens.
//
// Threads    A plain value.
#pragma once

#include <cstdint>

namespace stet::bench::savina {

struct Board {
  std::uint32_t columns = 0;  // Taken, as bits.
  std::uint32_t left = 0;     // Columns of this row that a queen above reaches by a diagonal.
  std::uint32_t right = 0;
  std::uint32_t row = 0;

  // Calls f with every board that has a queen more, in this row.
  template <class F>
  void for_each_next(std::uint32_t size, const F& f) const {
    std::uint32_t free = ~(columns | left | right) & ((1U << size) - 1);
    while (free != 0) {
      const std::uint32_t queen = free & (~free + 1);
      free ^= queen;
      f(Board{columns | queen, (left | queen) << 1, (right | queen) >> 1, row + 1});
    }
  }

  // In how many ways the rows that are left can be filled.
  [[nodiscard]] std::uint64_t solutions(std::uint32_t size) const {
    if (row == size) return 1;
    std::uint64_t found = 0;
    for_each_next(size, [&](const Board& next) { found += next.solutions(size); });
    return found;
  }

  [[nodiscard]] static std::uint32_t size_for(bool quick) { return quick ? 8 : 13; }
  [[nodiscard]] static std::uint64_t solutions_known(std::uint32_t size) {
    return size == 8 ? 92 : 73'712;
  }
};

}  // namespace stet::bench::savina
