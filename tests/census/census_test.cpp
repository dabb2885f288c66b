// tests/census/census_test.cpp
// Goal    The program's promises but for being killed (kill_test.cpp): what it goes on with, exit
//         codes, what stands on stdout.
// Method  Runs stet-census on small and on seeded inputs.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/repository.hpp>
#include <stet/persistence/store.hpp>
#include <stet/runtime/system.hpp>

#include "census_program.hpp"
#include "support/scale.hpp"
#include "tools/examples/census/package.hpp"

namespace census {
namespace {

using stet::test::Seed;

using test::CensusProgram;
using test::Ended;
using test::numbers;
using test::random_input;
using test::spill;

TEST_F(CensusProgram, SaysThatItWaitsForRoomAndResumesWhenThereIsSome) {
  const Seed seed = Seed::from_environment_or_random();
  const std::filesystem::path input = directory_ / "input";
  spill(input, random_input(seed, 20'000));
  const Ended undisturbed =
      run({"--json", "--store", (directory_ / "other").string(), input.string()});
  ASSERT_EQ(undisturbed.exit_code(), 0) << seed << undisturbed.error;

  file_bytes_max_ = rlim_t{1} << 20;
  const Ended waiting =
      run({"--json", "--store", store(), input.string()}, {}, std::chrono::seconds(3));
  EXPECT_TRUE(WIFSIGNALED(waiting.status)) << seed << " it did not wait: " << waiting.error;
  EXPECT_NE(waiting.error.find("the store waits"), std::string::npos) << seed << waiting.error;

  file_bytes_max_ = RLIM_INFINITY;
  const Ended resumed = run({"--json", "--store", store(), input.string()});
  EXPECT_EQ(resumed.exit_code(), 0) << seed << resumed.error;
  EXPECT_EQ(numbers(resumed.out), numbers(undisturbed.out)) << seed;
}

TEST_F(CensusProgram, PrintsTheStoredResultOfAFinishedInput) {
  spill(directory_ / "input", "Package: a\nDepends: b\n");
  const std::string file = (directory_ / "input").string();
  const Ended first = run({"--json", "--store", store(), file});
  ASSERT_EQ(first.exit_code(), 0) << first.error;
  EXPECT_NE(first.out.find("\"resumed\": false"), std::string::npos);
  const Ended second = run({"--json", "--store", store(), file});
  ASSERT_EQ(second.exit_code(), 0) << second.error;
  EXPECT_EQ(numbers(second.out), numbers(first.out));
  EXPECT_NE(second.out.find("\"messages\": 0"), std::string::npos);
  EXPECT_NE(second.error.find("counted before"), std::string::npos);
  const Ended fresh = run({"--json", "--fresh", "--store", store(), file});
  EXPECT_EQ(numbers(fresh.out), numbers(first.out));
  EXPECT_NE(fresh.out.find("\"resumed\": false"), std::string::npos);
}

TEST_F(CensusProgram, GoesOnWithAnInputThatHasGrownAtAStanzasEnd) {
  const std::filesystem::path file = directory_ / "input";
  spill(file, "Package: a\nDepends: b\n");
  ASSERT_EQ(run({"--store", store(), file.string()}).exit_code(), 0);
  spill(file, "Package: a\nDepends: b\n\nPackage: b\nDepends: b\n");
  const Ended grown = run({"--json", "--verify", "--store", store(), "-"}, file);
  EXPECT_EQ(grown.exit_code(), 0) << grown.error;
  EXPECT_NE(grown.out.find("\"resumed\": true"), std::string::npos) << grown.out;
  EXPECT_NE(grown.out.find("\"edges\": 2"), std::string::npos) << grown.out;
  spill(file, "Package: a\nDepends: b\n\nPackage: b\nDepends: b\nPre-Depends: c\n");
  const Ended other = run({"--json", "--verify", "--store", store(), file.string()});
  EXPECT_EQ(other.exit_code(), 0) << other.error;
  EXPECT_NE(other.out.find("\"resumed\": false"), std::string::npos) << other.out;
  EXPECT_NE(other.out.find("\"edges\": 3"), std::string::npos) << other.out;
  EXPECT_NE(other.error.find("starting anew"), std::string::npos) << other.error;
}

TEST_F(CensusProgram, CountsBadStanzasThatWereAppended) {
  const std::filesystem::path file = directory_ / "input";
  spill(file, "Package: a\nDepends: b\n\n");
  ASSERT_EQ(run({"--store", store(), file.string()}).exit_code(), 0);
  spill(file, "Package: a\nDepends: b\n\nfoo: x\nbar\n");
  const Ended grown = run({"--json", "--verify", "--store", store(), file.string()});
  EXPECT_EQ(grown.exit_code(), 0) << grown.error;
  const Ended fresh = run({"--json", "--store", (directory_ / "other").string(), file.string()});
  EXPECT_EQ(numbers(grown.out), numbers(fresh.out)) << grown.error;
}

TEST_F(CensusProgram, AnotherInputWithTheSameBeginningIsCountedByItself) {
  const Seed seed = Seed::from_environment_or_random();
  const std::string text = random_input(seed, 20'000);
  const std::filesystem::path file = directory_ / "input";
  for (std::size_t round = 0; round < stet::test::scaled(5); ++round) {
    spill(file, text);
    // However long the test is: a run takes about half a second, and the tail comes at any eighth.
    run({"--store", store(), file.string()}, {}, std::chrono::milliseconds(40 + 90 * (round % 8)));
    const std::string tail = "Package: p1\nInstalled-Size: 7\nDepends: p1, p2\n\n";
    const std::size_t end = text.find("\n\n", text.size() / 8 * (round % 8)) + 2;
    spill(file, text.substr(0, end) + tail + tail);
    const Ended ended = run({"--json", "--verify", "--store", store(), file.string()});
    EXPECT_EQ(ended.exit_code(), 0) << seed << ", round " << round << "\n" << ended.error;
  }
}

TEST_F(CensusProgram, LongNamesAndOddBytesAreKept) {
  const std::string name(300'000, 'n');
  spill(directory_ / "input", "Package: " + name + "1\nSection: \xff\x80\nDepends: " + name +
                                  "2, " + name + "1, a.b+c-d\n");
  const Ended ended =
      run({"--json", "--verify", "--store", store(), (directory_ / "input").string()});
  EXPECT_EQ(ended.exit_code(), 0) << ended.error;
  EXPECT_NE(ended.out.find("\"packages\": 3"), std::string::npos);
}

TEST_F(CensusProgram, ExitCodesTellWhatWasWrong) {
  spill(directory_ / "input", "Package: a\nDepends: b\n");
  const std::string file = (directory_ / "input").string();
  EXPECT_EQ(run({"--nonsense"}).exit_code(), 2);
  EXPECT_EQ(run({"--stet.runtime.workers=x", file}).exit_code(), 2);
  EXPECT_EQ(run({"--store", store(), (directory_ / "missing").string()}).exit_code(), 3);
  EXPECT_EQ(run({"--store", store(), directory_.path().string()}).exit_code(), 3);
  EXPECT_EQ(run({"--store", store(), "-"}).exit_code(), 3) << "no stanza at all";
  EXPECT_EQ(run({"--store", file, file}).exit_code(), 3) << "the store is a file";
  EXPECT_EQ(run({"--store", store(), file}, {}, {}, "/dev/full").exit_code(), 3);
  EXPECT_EQ(run({"--help"}).exit_code(), 0);
  EXPECT_EQ(run({"--store", store(), file}).exit_code(), 0);
}

TEST_F(CensusProgram, VerifyFindsAStateThatWasChanged) {
  spill(directory_ / "input", "Package: a\nDepends: b\n");
  const std::string file = (directory_ / "input").string();
  ASSERT_EQ(run({"--store", store(), file}).exit_code(), 0);
  {
    stet::System system;
    stet::StoreOptions options;
    options.engine = stet::EngineChoice::lmdb(store());
    const stet::Result<stet::Store> opened = stet::Store::open(system, options);
    ASSERT_TRUE(opened.has_value()) << opened.error().text;
    const stet::Repository<PackageState> b(
        stet::DataStore(*opened).base("//census/package").scope("b"));
    PackageState state = b.read().value();
    ++state.dependants_kib;
    ASSERT_TRUE(b.write(state).has_value());
  }
  const Ended ended = run({"--verify", "--store", store(), file});
  EXPECT_EQ(ended.exit_code(), 1);
  EXPECT_NE(ended.error.find("b: counted"), std::string::npos) << ended.error;
}

}  // namespace
}  // namespace census
