// tests/census/input_test.cpp
// Goal    Each source is opened, kept, rewound; what cannot be read is said in one sentence.
// Method  A planted apt-cache in a directory in front of PATH stands in for the real one.
#include "tools/examples/census/input.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_dir.hpp"
#include "text_input.hpp"

namespace census {
namespace {

using stet::Errc;
using stet::test::TempDir;
using test::read_all;

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// PATH is one directory with one apt-cache, as long as this lives.
class PlantedAptCache {
 public:
  explicit PlantedAptCache(const std::string& script) {
    if (!script.empty()) {
      write_file(directory_ / "apt-cache", "#!/bin/sh\n" + script + "\n");
      ::chmod((directory_ / "apt-cache").c_str(), 0755);
    }
    ::setenv("PATH", (directory_.path().string() + ":/usr/bin:/bin").c_str(), 1);
    if (script.empty()) ::setenv("PATH", directory_.path().c_str(), 1);
  }
  ~PlantedAptCache() { ::setenv("PATH", before_.c_str(), 1); }

 private:
  TempDir directory_;
  std::string before_ = ::getenv("PATH");
};

const bool has_status = std::filesystem::exists("/var/lib/dpkg/status");

TEST(Input, ReadsAFile) {
  TempDir directory;
  write_file(directory / "x", "Package: a\n");
  stet::Result<Input> input = Input::open((directory / "x").string());
  ASSERT_TRUE(input.has_value());
  EXPECT_EQ(input->bytes_estimated(), 11u);
  EXPECT_EQ(read_all(*input), "Package: a\n");
  EXPECT_TRUE(input->notice().empty());
  EXPECT_FALSE(input->is_apt_cache());
}

TEST(Input, SaysInOneSentenceWhyAFileCannotBeRead) {
  TempDir directory;
  const std::string missing = (directory / "missing").string();
  const stet::Result<Input> none = Input::open(missing);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, Errc::not_found);
  EXPECT_EQ(none.error().text, "cannot open " + missing + ": No such file or directory");

  const stet::Result<Input> folder = Input::open(directory.path().string());
  ASSERT_FALSE(folder.has_value());
  EXPECT_EQ(folder.error().code, Errc::invalid_argument);
  EXPECT_NE(folder.error().text.find("is a directory"), std::string::npos);
}

TEST(Input, AFileThatMayNotBeReadIsAnError) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  TempDir directory;
  write_file(directory / "secret", "x");
  ::chmod((directory / "secret").c_str(), 0);
  const stet::Result<Input> secret = Input::open((directory / "secret").string());
  ASSERT_FALSE(secret.has_value());
  EXPECT_EQ(secret.error().code, Errc::io);
}

TEST(Input, AptCacheIsTheDefault) {
  const PlantedAptCache planted("echo \"Package: $1\"");
  stet::Result<Input> input = Input::open("");
  ASSERT_TRUE(input.has_value());
  EXPECT_TRUE(input->is_apt_cache());
  EXPECT_TRUE(input->notice().empty());
  EXPECT_EQ(read_all(*input), "Package: dumpavail\n");
}

TEST(Input, TheStatusFileStandsInForAnAptCacheThatPrintsNothing) {
  if (!has_status) GTEST_SKIP() << "no /var/lib/dpkg/status here";
  for (const std::string script : {"", "exit 0", "exit 7", "kill -9 $$"}) {
    const PlantedAptCache planted(script);
    stet::Result<Input> input = Input::open("");
    ASSERT_TRUE(input.has_value()) << script;
    EXPECT_FALSE(input->is_apt_cache());
    EXPECT_NE(input->notice().find("/var/lib/dpkg/status"), std::string::npos) << input->notice();
    EXPECT_EQ(read_all(*input).find("<error"), std::string::npos);
  }
}

TEST(Input, AnAptCacheThatFailsLateIsAnErrorAtTheEnd) {
  const PlantedAptCache planted("echo 'Package: a'; exit 3");
  stet::Result<Input> input = Input::open("");
  ASSERT_TRUE(input.has_value());
  EXPECT_EQ(read_all(*input),
            "Package: a\n<error: apt-cache dumpavail ended with status 3 before its output was "
            "complete>");
}

TEST(Input, AnUnfinishedAptCacheIsEnded) {
  const PlantedAptCache planted("echo 'Package: a'; exec sleep 1000");
  const stet::Result<Input> input = Input::open("");
  EXPECT_TRUE(input.has_value());  // Its destructor must not wait for the sleep.
}

TEST(Input, AnyKeptInputIsRewound) {
  std::string text;
  for (int i = 0; i < 9000; ++i) text += std::to_string(i) + "\n";
  for (const bool pipe : {false, true}) {
    Input input = pipe ? test::pipe_input(text) : test::text_input(text);
    ASSERT_TRUE(input.keep());
    EXPECT_EQ(read_all(input), text);
    ASSERT_TRUE(input.rewind());
    EXPECT_EQ(read_all(input), text);
    ASSERT_TRUE(input.rewind());
    EXPECT_EQ(read_all(input), text) << "a third time";
  }
}

TEST(Input, APartIsReplayedAndTheRestFollows) {
  const std::string text(5000, 'x');
  for (const bool pipe : {false, true}) {
    Input input = pipe ? test::pipe_input(text + "end") : test::text_input(text + "end");
    ASSERT_TRUE(input.keep());
    std::array<char, 100> buffer{};
    for (int i = 0; i < 7; ++i) ASSERT_TRUE(input.read(buffer));
    ASSERT_TRUE(input.rewind());
    input.forget();
    EXPECT_EQ(read_all(input), text + "end");
  }
}

TEST(Input, AFileIsRewoundToWhereItStood) {
  TempDir directory;
  write_file(directory / "x", "skipped kept");
  const int descriptor = ::open((directory / "x").c_str(), O_RDONLY | O_CLOEXEC);
  ::lseek(descriptor, 8, SEEK_SET);
  Input input = Input::from_descriptor(descriptor, "x");
  EXPECT_EQ(input.bytes_estimated(), 4u);
  EXPECT_EQ(read_all(input), "kept");
  ASSERT_TRUE(input.keep());
  ASSERT_TRUE(input.rewind());
  EXPECT_EQ(read_all(input), "kept");
}

TEST(Input, NoPlaceForACopyIsAnError) {
  const char* before = ::getenv("TMPDIR");
  const std::string saved = before != nullptr ? before : "";
  ::setenv("TMPDIR", "/nonexistent", 1);
  Input input = test::pipe_input("x");
  const stet::Result<void> kept = input.keep();
  if (before != nullptr) {
    ::setenv("TMPDIR", saved.c_str(), 1);
  } else {
    ::unsetenv("TMPDIR");
  }
  ASSERT_FALSE(kept.has_value());
  EXPECT_NE(kept.error().text.find("/nonexistent"), std::string::npos);
}

}  // namespace
}  // namespace census
