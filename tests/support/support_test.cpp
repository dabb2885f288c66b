// tests/support/support_test.cpp
// Goal    What all tests rely on holds: seeds repeat, counts scale, directories vanish.
// Method  The environment is set and restored around each check; one thread.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test {
namespace {

// Sets a variable for one scope; nullptr removes it.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }

 private:
  void set(const char* value) {
    if (value != nullptr) {
      ::setenv(name_, value, 1);
    } else {
      ::unsetenv(name_);
    }
  }

  const char* name_;
  std::optional<std::string> old_;
};

TEST(Scale, IsAPercentageThatNeverReachesZero) {
  {
    const Variable none("STET_TEST_SCALE", nullptr);
    EXPECT_EQ(scaled(200), 200U);
  }
  {
    const Variable tenth("STET_TEST_SCALE", "10");
    EXPECT_EQ(scaled(200), 20U);
    EXPECT_EQ(scaled(3), 1U);
  }
  const Variable hundredfold("STET_TEST_SCALE", "10000");
  EXPECT_EQ(scaled(200), 20'000U);
}

TEST(ScaleDeathTest, RefusesWhatIsNoPercentage) {
  const Variable wrong("STET_TEST_SCALE", "10%");
  EXPECT_EXIT(scaled(1), ::testing::ExitedWithCode(2), "STET_TEST_SCALE=10%");
}

TEST(Seed, ComesFromTheEnvironmentWhenItIsSet) {
  const Variable variable("STET_TEST_SEED", "18446744073709551615");
  const Seed seed = Seed::from_environment_or_random();
  EXPECT_EQ(seed.value(), 18446744073709551615U);
  std::ostringstream shown;
  shown << seed;
  EXPECT_EQ(shown.str(), "STET_TEST_SEED=18446744073709551615");
}

TEST(Seed, DiffersFromRunToRunOtherwise) {
  const Variable variable("STET_TEST_SEED", nullptr);
  EXPECT_NE(Seed::from_environment_or_random().value(), Seed::from_environment_or_random().value());
}

TEST(Seed, DerivesUnrelatedSeedsThatRepeat) {
  const Seed seed(1);
  EXPECT_EQ(seed.derive(7).value(), Seed(1).derive(7).value());
  EXPECT_NE(seed.derive(0).value(), seed.derive(1).value());
  EXPECT_NE(seed.derive(0).value(), seed.value());
}

TEST(SeedDeathTest, RefusesWhatIsNoNumber) {
  const Variable wrong("STET_TEST_SEED", "0x12");
  EXPECT_EXIT((void)Seed::from_environment_or_random(), ::testing::ExitedWithCode(2),
              "STET_TEST_SEED=0x12");
}

TEST(TempDir, VanishesWithAllBelowIt) {
  std::filesystem::path path;
  {
    TempDir directory;
    path = directory.path();
    std::filesystem::create_directories(directory / "a/b");
    std::ofstream(directory / "a/b/file") << "text";
    const TempDir moved = std::move(directory);
    EXPECT_TRUE(std::filesystem::exists(path / "a/b/file"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TempDir, EachIsAnother) {
  const TempDir one = TempDir::in_memory();
  const TempDir two = TempDir::in_memory();
  EXPECT_NE(one.path(), two.path());
}

}  // namespace
}  // namespace stet::test
