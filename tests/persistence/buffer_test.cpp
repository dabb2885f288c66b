// tests/persistence/buffer_test.cpp
// Goal    A buffer keeps its bytes as it grows, its room as it is cleared, and refuses the
//         impossible.
// Method  Examples.
#include <stet/persistence/buffer.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace stet {
namespace {

TEST(Buffer, KeepsItsBytesAsItGrows) {
  Buffer buffer;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    buffer.append(std::to_string(i));
    expected.append(std::to_string(i));
  }
  EXPECT_EQ(buffer.view(), expected);
}

TEST(Buffer, ClearKeepsTheRoom) {
  Buffer buffer;
  buffer.append(std::string(1000, 'x'));
  const char* const before = buffer.data();
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
  buffer.append(std::string(1000, 'y'));
  EXPECT_EQ(buffer.data(), before);
}

TEST(Buffer, OnlyCommittedBytesCount) {
  Buffer buffer;
  buffer.append("ab");
  char* to = buffer.prepare(100);
  to[0] = 'c';
  buffer.commit(to + 1);
  EXPECT_EQ(buffer.view(), "abc");
  buffer.truncate(1);
  EXPECT_EQ(buffer.view(), "a");
}

TEST(Buffer, AMovedFromBufferIsEmptyAndUsable) {
  Buffer first;
  first.append("ab");
  Buffer second(std::move(first));
  EXPECT_EQ(second.view(), "ab");
  first.append("c");  // NOLINT(bugprone-use-after-move): that it may be used is the point.
  EXPECT_EQ(first.view(), "c");
  first = std::move(second);
  EXPECT_EQ(first.view(), "ab");
}

TEST(Buffer, AnImpossibleSizeIsBadAlloc) {
  Buffer buffer;
  buffer.append("ab");
  EXPECT_THROW(static_cast<void>(buffer.prepare(std::numeric_limits<std::size_t>::max())),
               std::bad_alloc);
  EXPECT_EQ(buffer.view(), "ab");
}

}  // namespace
}  // namespace stet
