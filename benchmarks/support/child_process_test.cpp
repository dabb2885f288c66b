// benchmarks/support/child_process_test.cpp
// Goal    A program's end is told as it was, whatever it was, and nobody waits for it forever.
// Method  Small shell scripts.
#include "child_process.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include <string>

#include "../rivals/erlang_rival.hpp"

namespace stet::bench::child_process_test {

namespace fs = std::filesystem;

class ChildProcess : public testing::Test {
 protected:
  ChildProcess() { fs::create_directories(folder_); }
  ~ChildProcess() override { fs::remove_all(folder_); }
  [[nodiscard]] Result<void> run(const std::string& script, int seconds_max = 60) const {
    return run_program({"sh", "-c", script}, output_, seconds_max);
  }

  const fs::path folder_ =
      fs::temp_directory_path() / ("stet-child-process-" + std::to_string(::getpid()));
  const ChildOutput output_{folder_ / "out", folder_ / "error"};
};

TEST_F(ChildProcess, LeavesWhatItSaidInFiles) {
  const Result<void> ran = run("echo figure; echo complaint >&2; cat");
  ASSERT_TRUE(ran) << ran.error().message();
  EXPECT_EQ(text_of(output_.out), "figure\n") << "there is nothing to read for it";
  EXPECT_EQ(text_of(output_.error), "complaint\n");
}

TEST_F(ChildProcess, ThatFailsIsAnErrorWithItsCodeAndItsFirstLine) {
  const Result<void> ran = run("echo no luck >&2; echo more >&2; exit 3");
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().native, 3);
  EXPECT_EQ(ran.error().text, "sh ended with 3: no luck");
  const Result<void> crashed = run("kill -9 $$");
  ASSERT_FALSE(crashed);
  EXPECT_NE(crashed.error().text.find("signal"), std::string::npos) << crashed.error().text;
}

TEST_F(ChildProcess, ThatIsNotInstalledIsAnErrorAndKnownBefore) {
  EXPECT_TRUE(is_installed("sh"));
  EXPECT_FALSE(is_installed("no-such-program-of-ours"));
  EXPECT_FALSE(run_program({"no-such-program-of-ours"}, output_, 60));
}

TEST_F(ChildProcess, IsKilledAtItsDeadline) {
  const Result<void> ran = run("exec sleep 600", 1);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error(), Errc::timed_out);
}

TEST_F(ChildProcess, ErlangThatDoesNotWorkHereIsNoFailure) {
  // An erlc that fails, found before any other.
  const fs::path broken = folder_ / "erlc";
  ASSERT_TRUE(run("echo '#!/bin/sh' >" + broken.string() + "; echo 'exit 1' >>" + broken.string() +
                  "; chmod +x " + broken.string()));
  const std::string path = std::getenv("PATH");
  ASSERT_EQ(::setenv("PATH", (folder_.string() + ':' + path).c_str(), 1), 0);
  Setting setting{true, folder_ / "run"};
  fs::create_directories(setting.directory);
  const bench::Run ring = erlang_rival::program("ring", [](const Setting&) {
    return std::vector<std::uint64_t>{2, 9};
  });
  const Result<Measurement> measured = ring(setting);
  ASSERT_EQ(::setenv("PATH", path.c_str(), 1), 0);
  ASSERT_FALSE(measured);
  EXPECT_EQ(measured.error(), Errc::unsupported) << measured.error().message();
}

}  // namespace stet::bench::child_process_test
