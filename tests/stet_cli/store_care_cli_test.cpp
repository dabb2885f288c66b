// tests/stet_cli/store_care_cli_test.cpp - copy and salvage: stores that are used afterwards.
#include "bank.hpp"

namespace stet::test::cli {
namespace {

TEST(StetStoreCopy, BesideAHostItMakesAStoreThatIsUsed) {
  const TempDir directory;
  Bank bank(directory / "s");
  for (const char* name : {"a", "b", "c"}) bank.deposit(name, 7);
  bank.flush();
  const Ran copied =
      shell("{} store copy" + quoted(directory / "s") + quoted(directory / "copy") +
            "&& {} store copy --compact" + quoted(directory / "s") + quoted(directory / "small"));
  ASSERT_EQ(copied.code, 0) << copied.error;
  EXPECT_NE(copied.error.find("copied and checked"), std::string::npos);
  bank.deposit("d", 1);  // The host goes on.
  bank.flush();
  for (const char* name : {"copy", "small"}) {
    EXPECT_EQ(shell("{} store verify" + quoted(directory / name)).code, 0) << name;
    Bank restored(directory / name);
    restored.deposit("a", 2);
    restored.flush();
    EXPECT_EQ(shell("{} store get" + quoted(directory / name) + "//bank/a").out,
              "{\"cents\":9,\"owner\":\"owner of a\"}\n");
  }
  const Ran again = shell("{} store copy" + quoted(directory / "s") + quoted(directory / "copy"));
  EXPECT_EQ(again.code, 3);
  EXPECT_NE(again.error.find("is there already"), std::string::npos) << again.error;
  const Ran held = shell("{} store salvage" + quoted(directory / "s") + quoted(directory / "new"));
  EXPECT_EQ(held.code, 3);
  EXPECT_NE(held.error.find("is open in process"), std::string::npos) << held.error;
  EXPECT_EQ(shell("ls -A" + quoted(directory.path())).out, "copy\ns\nsmall\n");
}

TEST(StetStoreSalvage, WhatIsNotDamagedIsInTheNewStore) {
  const TempDir directory;
  make_bank(directory / "s", 9);
  const Ran whole = shell("{} store salvage" + quoted(directory / "s") + quoted(directory / "w"));
  EXPECT_EQ(whole.code, 0) << whole.error;
  const std::filesystem::path file = directory / "s/1/state/data.mdb";
  ASSERT_EQ(shell("LC_ALL=C sed -i 's/owner of a5/owner of x5/g'" + quoted(file)).code, 0);

  const Ran copied = shell("{} store copy" + quoted(directory / "s") + quoted(directory / "copy"));
  EXPECT_EQ(copied.code, 1);
  EXPECT_NE(copied.error.find("was not copied"), std::string::npos) << copied.error;
  const Ran ran = shell("{} store salvage" + quoted(directory / "s") + quoted(directory / "new"));
  EXPECT_EQ(ran.code, 1) << ran.error;
  const auto lines = json_lines(ran.out);
  ASSERT_GE(lines.size(), 2u) << ran.out;
  EXPECT_EQ(lines[0]["key"], "//bank/a5") << ran.out;
  EXPECT_EQ(lines.back()["records_lost"], 1) << ran.out;
  EXPECT_EQ(json_lines(shell("{} store scan" + quoted(directory / "new")).out).size(), 8u);
  EXPECT_EQ(shell("{} store verify" + quoted(directory / "new")).code, 0);
  EXPECT_EQ(shell("ls -A" + quoted(directory.path())).out, "new\ns\nw\n");
}

TEST(StetStoreSalvage, WrongUsageExitsWithTwo) {
  const TempDir directory;
  make_bank(directory / "s", 1);
  for (const char* verb : {"copy", "salvage"}) {
    const std::string store = std::string("{} store ") + verb + quoted(directory / "s");
    EXPECT_EQ(shell(store).code, 2);
    EXPECT_EQ(shell(store + "''").code, 2);
    EXPECT_EQ(shell(std::string("{} store ") + verb + quoted(directory / "none") +
                    quoted(directory / "new"))
                  .code,
              3);
  }
}

}  // namespace
}  // namespace stet::test::cli
