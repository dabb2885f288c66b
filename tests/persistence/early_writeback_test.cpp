// tests/persistence/early_writeback_test.cpp
// Goal    It changes nothing in a file, and ends with its scope, also where there is nothing to write to.
// Leaves  That pages are written early: what that is worth is measured (benchmarks/README.md).
#include "persistence/src/lmdb/early_writeback.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "persistence/store_files.hpp"
#include "support/temp_dir.hpp"

namespace stet::test {
namespace {

TEST(EarlyWriteback, LeavesTheFileAsItWasWritten) {
  const TempDir directory;
  const std::string file = directory / "pages";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(descriptor, 0);
  std::string expected;
  for (int round = 0; round < 20; ++round) {
    const detail::EarlyWriteback early(descriptor);
    const std::string page(4096, static_cast<char>('a' + round));
    for (int i = 0; i < 50; ++i) {
      ASSERT_EQ(::write(descriptor, page.data(), page.size()), 4096);
      expected += page;
    }
  }
  ::close(descriptor);
  EXPECT_TRUE(store_files::read_file(file) == expected);
}

TEST(EarlyWriteback, EndsWhereThereIsNothingToWriteTo) {
  std::optional<detail::EarlyWriteback> early(std::in_place, -1);
  early.reset();
}

}  // namespace
}  // namespace stet::test
