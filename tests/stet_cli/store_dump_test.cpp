// tests/stet_cli/store_dump_test.cpp - what is dumped and loaded is the same, or nothing is there.
#include "bank.hpp"

namespace stet::test::cli {
namespace {

class StetDump : public ::testing::Test {
 protected:
  void SetUp() override {
    {
      Bank bank(directory_ / "s");
      for (const char* name : {"b", "a", "c/d%", "\x01\\ \xc3\xa9"}) bank.deposit(name, 7);
      bank.flush();
    }
    const Ran dumped =
        shell("{} store dump" + quoted(directory_ / "s") + ">" + quoted(directory_ / "dump"));
    ASSERT_EQ(dumped.code, 0) << dumped.error;
  }

  // The dump, changed by sed, is refused with this text, and leaves nothing.
  void expect_refused(const std::string& edit, const std::string& why) {
    const Ran ran = shell("sed '" + edit + "'" + quoted(directory_ / "dump") + "| {} store load" +
                          quoted(directory_ / "new"));
    EXPECT_EQ(ran.code, 3) << edit;
    EXPECT_NE(ran.error.find(why), std::string::npos) << edit << ": " << ran.error;
    EXPECT_EQ(shell("ls -A" + quoted(directory_.path())).out, "dump\ns\n") << edit;
  }

  TempDir directory_;
};

TEST_F(StetDump, DumpedAndLoadedIsTheSameAgain) {
  const Ran loaded =
      shell("{} store load" + quoted(directory_ / "new") + "- <" + quoted(directory_ / "dump"));
  EXPECT_EQ(loaded.code, 0) << loaded.error;
  EXPECT_EQ(
      shell("{} store dump" + quoted(directory_ / "new") + "| cmp -" + quoted(directory_ / "dump"))
          .code,
      0);
  EXPECT_EQ(shell("{} store verify" + quoted(directory_ / "new")).code, 0);
  EXPECT_EQ(shell("ls -A" + quoted(directory_.path())).out, "dump\nnew\ns\n");

  Bank bank(directory_ / "new");  // And a host goes on with it.
  bank.deposit("a", 1);
  bank.flush();
  EXPECT_EQ(shell("{} store get" + quoted(directory_ / "new") + "//bank/a").out,
            "{\"cents\":8,\"owner\":\"owner of a\"}\n");
}

TEST_F(StetDump, AnEmptyDirectoryIsTakenAFullOneIsNot) {
  std::filesystem::create_directory(directory_ / "new");
  const std::string load =
      "{} store load" + quoted(directory_ / "new/") + quoted(directory_ / "dump");
  EXPECT_EQ(shell(load).code, 0);
  const Ran again = shell(load);
  EXPECT_EQ(again.code, 3);
  EXPECT_NE(again.error.find("is there already"), std::string::npos) << again.error;
  EXPECT_EQ(shell("{} store load" + quoted(directory_ / "dump") + quoted(directory_ / "dump")).code,
            3);
  EXPECT_EQ(shell("{} store load" + quoted(directory_ / "x/y") + quoted(directory_ / "dump")).code,
            3);
}

TEST_F(StetDump, AStoreThatIsOpenIsNeverLoadedInto) {
  Bank bank(directory_ / "s");
  const Ran ran = shell("{} store load" + quoted(directory_ / "s") + quoted(directory_ / "dump"));
  EXPECT_EQ(ran.code, 3);
  EXPECT_NE(ran.error.find("is open in process " + std::to_string(::getpid())), std::string::npos)
      << ran.error;
  bank.deposit("a", 1);
  bank.flush();
}

TEST_F(StetDump, ADumpThatIsNotWholeIsRefusedAndLeavesNothing) {
  expect_refused("$d", "cut short");
  expect_refused("1d", "line 1 of the dump");
  expect_refused("3d", "counts other");
  expect_refused("$p", "follows the end");
  expect_refused("2p", "does not follow");
  expect_refused("s/^/x/", "line 1");
  EXPECT_EQ(shell("{} store load" + quoted(directory_ / "new")).code, 3) << "nothing at all";
}

TEST_F(StetDump, ALineWhoseTextAndBytesDifferIsRefused) {
  expect_refused("s/\"cents\":7/\"cents\":8/", "is not what the bytes");
  expect_refused("s/bank.a\"/bank\\/aa\"/", "checksum");
  expect_refused("s/\"}$/ff\"}/", "line 2");
  expect_refused("s/\"record\":\"../\"record\":\"zz/", "hexadecimal");
}

}  // namespace
}  // namespace stet::test::cli
