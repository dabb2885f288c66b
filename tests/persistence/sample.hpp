// tests/persistence/sample.hpp - one type with every kind of field, and random values of it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <stet/persistence/fields.hpp>

namespace stet::test {

enum class Colour : std::uint8_t { red = 1, green = 2, blue = 200 };

struct CardNumber {  // A strong typedef.
  std::uint64_t value = 0;
  auto operator<=>(const CardNumber&) const = default;
};

struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;
  auto operator<=>(const Point&) const = default;
};

class Money {  // Not an aggregate: it names its fields.
 public:
  Money() = default;
  explicit Money(std::int64_t cents) : cents_(cents) {}
  bool operator==(const Money&) const = default;

 private:
  std::int64_t cents_ = 0;
  std::string currency_ = "EUR";

 public:
  static constexpr auto stet_fields = stet::fields(stet::field("cents", &Money::cents_),
                                                   stet::field("currency", &Money::currency_));
};

struct Everything {
  bool flag = false;
  std::int8_t i8 = 0;
  std::uint8_t u8 = 0;
  std::int16_t i16 = 0;
  std::uint16_t u16 = 0;
  std::int32_t i32 = 0;
  std::uint32_t u32 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  char letter = 'a';
  float f32 = 0;
  double f64 = 0;
  Colour colour = Colour::red;
  std::string text;
  std::vector<std::byte> blob;
  std::array<std::byte, 3> small_blob{};
  std::vector<std::int32_t> numbers;
  std::vector<std::uint8_t> octets;
  std::vector<bool> bits;
  std::vector<std::string> texts;
  std::vector<std::vector<double>> rows;
  std::deque<std::int64_t> queue;
  std::array<std::uint16_t, 4> fixed{};
  std::set<std::string> names;
  std::unordered_set<std::int32_t> ids;
  std::map<std::string, Point> points;
  std::unordered_map<std::uint64_t, std::string> by_id;
  std::map<CardNumber, Money> cards;
  std::pair<std::int32_t, std::string> pair;
  std::tuple<bool, double, std::string> tuple;
  std::optional<std::int32_t> maybe;
  std::optional<Point> maybe_point;
  std::variant<std::monostate, std::int64_t, std::string, Point> choice;
  std::chrono::milliseconds pause{};
  std::chrono::sys_time<std::chrono::nanoseconds> when{};
  Point point;
  Money money;
  CardNumber card;

  bool operator==(const Everything&) const = default;
};

// The integer limits come up often: they are where widths go wrong.
template <class T>
T random_integer(std::mt19937_64& random) {
  switch (random() % 4) {
    case 0: return std::numeric_limits<T>::min();
    case 1: return std::numeric_limits<T>::max();
    default: return static_cast<T>(random() >> (random() % 64));
  }
}

inline std::string random_text(std::mt19937_64& random) {
  constexpr std::size_t lengths[] = {0, 1, 15, 16, 17, 31, 32, 33, 200, 255, 256, 300};
  std::string text(lengths[random() % std::size(lengths)], '\0');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

inline Everything random_everything(std::mt19937_64& random) {
  Everything v;
  const auto count = [&random] { return random() % 20; };
  v.flag = random() % 2 == 0;
  v.i8 = random_integer<std::int8_t>(random);
  v.u8 = random_integer<std::uint8_t>(random);
  v.i16 = random_integer<std::int16_t>(random);
  v.u16 = random_integer<std::uint16_t>(random);
  v.i32 = random_integer<std::int32_t>(random);
  v.u32 = random_integer<std::uint32_t>(random);
  v.i64 = random_integer<std::int64_t>(random);
  v.u64 = random_integer<std::uint64_t>(random);
  v.letter = random_integer<char>(random);
  v.f32 = static_cast<float>(random()) / 3;
  v.f64 = -static_cast<double>(random()) / 7;
  v.colour = random() % 2 == 0 ? Colour::green : Colour::blue;
  v.text = random_text(random);
  v.blob.resize(count(), std::byte{0x5a});
  v.small_blob[1] = static_cast<std::byte>(random());
  for (auto n = count(); n > 0; --n) v.numbers.push_back(random_integer<std::int32_t>(random));
  for (auto n = count(); n > 0; --n) v.octets.push_back(random_integer<std::uint8_t>(random));
  for (auto n = count(); n > 0; --n) v.bits.push_back(random() % 2 == 0);
  for (auto n = count(); n > 0; --n) v.texts.push_back(random_text(random));
  for (auto n = count() / 4; n > 0; --n) v.rows.emplace_back(count(), 1.5);
  for (auto n = count(); n > 0; --n) v.queue.push_back(random_integer<std::int64_t>(random));
  for (auto& each : v.fixed) each = random_integer<std::uint16_t>(random);
  for (auto n = count(); n > 0; --n) v.names.insert(random_text(random));
  for (auto n = count(); n > 0; --n) v.ids.insert(random_integer<std::int32_t>(random));
  for (auto n = count(); n > 0; --n) v.points[random_text(random)] = {1, static_cast<int>(n)};
  for (auto n = count(); n > 0; --n) v.by_id[random()] = random_text(random);
  for (auto n = count(); n > 0; --n) v.cards[{random()}] = Money(static_cast<int>(n));
  v.pair = {random_integer<std::int32_t>(random), random_text(random)};
  v.tuple = {true, 0.1, random_text(random)};
  if (random() % 2 == 0) v.maybe = 0;
  if (random() % 2 == 0) v.maybe_point = Point{-1, 7};
  switch (random() % 4) {
    case 0: v.choice = random_integer<std::int64_t>(random); break;
    case 1: v.choice = random_text(random); break;
    case 2: v.choice = Point{3, 4}; break;
    default: break;
  }
  v.pause = std::chrono::milliseconds(random_integer<std::int32_t>(random));
  v.when = std::chrono::sys_time<std::chrono::nanoseconds>(
      std::chrono::nanoseconds(random_integer<std::int64_t>(random)));
  v.point = {random_integer<std::int32_t>(random), 2};
  v.money = Money(random_integer<std::int64_t>(random));
  v.card = {random()};
  return v;
}

// "\x01\x02" as "01 02", to compare bytes readably.
inline std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr char digits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (!out.empty()) out.push_back(' ');
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

}  // namespace stet::test
