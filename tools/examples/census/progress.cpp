// tools/examples/census/progress.cpp - draws one line over and over.
#include "progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace census {

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string progress_line(std::uint64_t bytes, std::uint64_t bytes_total, std::uint64_t messages,
                          std::chrono::nanoseconds elapsed) {
  constexpr std::size_t width = 24;
  const double seconds = std::max(std::chrono::duration<double>(elapsed).count(), 1e-3);
  const std::string rate =
      with_commas(static_cast<std::uint64_t>(static_cast<double>(messages) / seconds)) +
      " messages/s";
  if (bytes_total == 0) return with_commas(bytes >> 20) + " MiB  " + rate;
  // An estimated total may be too small: 99 % and no time left until the end really comes.
  const double share =
      std::min(static_cast<double>(bytes) / static_cast<double>(bytes_total), 0.99);
  std::string line = "[";
  const std::size_t filled = static_cast<std::size_t>(share * static_cast<double>(width));
  line.append(filled, '#').append(width - filled, ' ').append("] ");
  const std::string percent = std::to_string(static_cast<int>(share * 100.0));
  line.append(3 - percent.size(), ' ').append(percent).append(" %  ").append(rate);
  if (bytes == 0 || bytes >= bytes_total) return line;
  const double left = std::min(
      seconds * static_cast<double>(bytes_total - bytes) / static_cast<double>(bytes), 1e6);
  return line.append("  ").append(with_commas(static_cast<std::uint64_t>(std::llround(left)))) +
         " s left";
}

Progress::Progress(std::FILE* out) noexcept : out_(::isatty(::fileno(out)) == 1 ? out : nullptr) {}

Progress::~Progress() { clear(); }

void Progress::update(std::uint64_t bytes, std::uint64_t bytes_total, std::uint64_t messages) {
  if (out_ == nullptr) return;
  const Clock::time_point now = Clock::now();
  if (visible_ && now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  visible_ = true;
  // \x1b[K erases what a longer line left behind.
  std::fprintf(out_, "\r%s\x1b[K",
               progress_line(bytes, bytes_total, messages, now - started_).c_str());
  std::fflush(out_);
}

void Progress::clear() noexcept {
  if (out_ == nullptr || !visible_) return;
  std::fputs("\r\x1b[K", out_);
  std::fflush(out_);
  visible_ = false;
}

}  // namespace census
