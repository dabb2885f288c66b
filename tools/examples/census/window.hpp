// tools/examples/census/window.hpp - some stanzas in hand, read before any of them is sent.
//
// The store is told up to where the packages may know the input before they are told: so a window
// is read whole, announced, and only then sent.
//
// Bounds     Ends with the stanza that reaches messages_max or the time, whichever comes first.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "line_reader.hpp"
#include "stanza_parser.hpp"

namespace census {

class Window {
 public:
  static constexpr std::size_t messages_max = 8192;
  static constexpr std::chrono::milliseconds time_max{250};

  struct Item {
    std::uint64_t number = 0;
    std::uint64_t installed_size_kib = 0;
    std::string_view name, section;
    bool has_section = false;
    std::size_t dependencies = 0;  // That many of dependencies(), in order.
  };

  // Reads until the window is full or the input ends; what was in it before is gone.
  [[nodiscard]] stet::Result<void> read(StanzaParser& parser, LineReader& reader);

  // Forgets the stanzas, also in the middle of read(): who waits for the input may send what is here.
  void clear() noexcept;

  [[nodiscard]] const std::vector<Item>& items() const noexcept { return items_; }
  [[nodiscard]] const std::vector<std::string_view>& dependencies() const noexcept {
    return dependencies_;
  }
  [[nodiscard]] bool is_last() const noexcept { return last_; }            // The input has ended.
  [[nodiscard]] const Position& end() const noexcept { return end_; }      // Of the last stanza.
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }  // Up to end().

 private:
  std::vector<Item> items_;
  std::vector<std::string_view> dependencies_;
  std::vector<std::string> texts_;  // One a stanza: what the views above point into.
  Position end_;
  Counts counts_;
  bool last_ = false;
};

}  // namespace census
