// tests/stet_cli/store_read_test.cpp - get, scan and stat: what they show, beside a host and alone.
#include <unistd.h>

#include <stet/persistence/persistent_log.hpp>

#include "bank.hpp"

namespace stet::test::cli {
namespace {

TEST(StetStore, GetPrintsAValueAsJson) {
  const TempDir directory;
  make_bank(directory / "s", 3);
  const Ran value = shell("{} store get" + quoted(directory / "s") + "//bank/a2");
  EXPECT_EQ(value.code, 0) << value.error;
  EXPECT_EQ(value.out, "{\"cents\":2,\"owner\":\"owner of a2\"}\n");

  const Ran record = shell("{} store get --record" + quoted(directory / "s") + "//bank/a2");
  const auto json = nlohmann::json::parse(record.out);
  EXPECT_EQ(json["key"], "//bank/a2");
  EXPECT_EQ(json["program"], "bank 1");
  EXPECT_EQ(json["value"]["cents"], 2);
  EXPECT_GT(json["revision"], 0u);
}

TEST(StetStore, ALogsItemsAreShownWithTheirNumbers) {
  const TempDir directory;
  {
    Bank bank(directory / "s");
    using Lines = PersistentLog<std::string>;
    const Repository<Lines> repo(bank.data().base("//log"));
    Lines log = Lines::load(repo).value();
    log.append("a");
    log.append("b");
    log.cut_before(1);
    bank.flush();
  }
  const auto lines = json_lines(shell("{} store scan" + quoted(directory / "s") + "//log").out);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["key"], "//log");
  EXPECT_FALSE(lines[0].contains("item"));
  EXPECT_EQ(lines[0]["value"], nlohmann::json::parse(R"(["log", 1])"));
  EXPECT_EQ(lines[1]["item"], 1);
  EXPECT_EQ(lines[1]["value"], "b");
}

TEST(StetStore, WhatIsNotThereIsAFinding) {
  const TempDir directory;
  make_bank(directory / "s", 1);
  const Ran none = shell("{} store get" + quoted(directory / "s") + "//bank/nobody");
  EXPECT_EQ(none.code, 1);
  EXPECT_EQ(none.out, "");
  EXPECT_EQ(none.error, "stet: there is no record at //bank/nobody\n");
}

TEST(StetStore, ScanPrintsRecordsInKeyOrder) {
  const TempDir directory;
  {
    Bank bank(directory / "s");
    for (const char* name : {"b", "a", "c"}) bank.deposit(name, 1);
    bank.flush();
  }
  const auto all = json_lines(shell("{} store scan" + quoted(directory / "s")).out);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0]["key"], "//bank/a");
  EXPECT_EQ(all[1]["key"], "//bank/b");
  EXPECT_EQ(all[2]["value"]["owner"], "owner of c");

  EXPECT_EQ(json_lines(shell("{} store scan" + quoted(directory / "s") + "//bank/b").out).size(),
            1u);
  EXPECT_EQ(json_lines(shell("{} store scan --limit 2" + quoted(directory / "s")).out).size(), 2u);
  const Ran nothing = shell("{} store scan" + quoted(directory / "s") + "//ban");
  EXPECT_EQ(nothing.code, 0);
  EXPECT_EQ(nothing.out, "") << "a scope is no prefix of letters";
}

TEST(StetStore, ReadsBesideAHostThatHasItOpen) {
  const TempDir directory;
  Bank bank(directory / "s");
  bank.deposit("a", 1);
  bank.flush();
  EXPECT_EQ(json_lines(shell("{} store scan" + quoted(directory / "s")).out).size(), 1u);
  const auto stat = nlohmann::json::parse(shell("{} store stat" + quoted(directory / "s")).out);
  EXPECT_EQ(stat["open_in"], ::getpid());

  bank.deposit("b", 2);  // The host goes on, and what it writes is seen.
  bank.flush();
  EXPECT_EQ(json_lines(shell("{} store scan" + quoted(directory / "s")).out).size(), 2u);
  EXPECT_EQ(shell("{} store verify" + quoted(directory / "s")).code, 0);
}

TEST(StetStore, StatNamesTypesFieldsAndCounts) {
  const TempDir directory;
  make_bank(directory / "s", 4);
  const Ran ran = shell("{} store stat" + quoted(directory / "s"));
  ASSERT_EQ(ran.code, 0) << ran.error;
  const auto stat = nlohmann::json::parse(ran.out);
  EXPECT_EQ(stat["open_in"], nullptr);
  EXPECT_EQ(stat["format"], 1);
  EXPECT_EQ(stat["sessions"], 1);
  EXPECT_EQ(stat["records"], 4 + 3) << "and meta, session and catalogue";
  EXPECT_EQ(stat["id"].get<std::string>().size(), 32u);
  ASSERT_EQ(stat["types"].size(), 1u);
  EXPECT_EQ(stat["types"][0]["pattern"], "//bank/{}");
  EXPECT_EQ(stat["types"][0]["fields"][0]["name"], "cents");
  EXPECT_EQ(stat["types"][0]["fields"][0]["kind"], "i64");
}

TEST(StetStore, ReadingMakesAndChangesNothing) {
  const TempDir directory;
  make_bank(directory / "s", 2);
  std::filesystem::remove(directory / "s/1/state/lock.mdb");
  const auto listing = [&directory] {
    return shell("cd" + quoted(directory.path()) +
                 "&& find . -type f | sort | xargs sha256sum && find . -type d | sort")
        .out;
  };
  const std::string before = listing();
  for (const char* verb : {"scan", "stat", "verify", "dump"}) {
    EXPECT_EQ(shell(std::string("{} store ") + verb + quoted(directory / "s")).code, 0) << verb;
    const Ran missing = shell(std::string("{} store ") + verb + quoted(directory / "none"));
    EXPECT_EQ(missing.code, 3) << verb;
    EXPECT_NE(missing.error.find("there is no directory"), std::string::npos) << missing.error;
    EXPECT_EQ(shell(std::string("{} store ") + verb + quoted(directory.path())).code, 3) << verb;
  }
  EXPECT_EQ(listing(), before);
}

TEST(StetStore, WhoStopsReadingIsNoFailure) {
  const TempDir directory;
  make_bank(directory / "s", 2000);  // More than a pipe and the buffers hold.
  for (const char* verb : {"scan", "dump"}) {
    const Ran ran =
        shell(std::string("{} store ") + verb + quoted(directory / "s") + "| head -n 1");
    EXPECT_EQ(ran.code, 0) << verb << ran.error;
    EXPECT_EQ(json_lines(ran.out).size(), 1u);
    EXPECT_EQ(ran.error, "");
    const Ran full =
        shell(std::string("{} store ") + verb + quoted(directory / "s") + ">/dev/full");
    EXPECT_EQ(full.code, 3) << verb;
    EXPECT_NE(full.error.find("standard output"), std::string::npos) << full.error;
  }
}

TEST(StetStore, WrongUsageExitsWithTwoAndASentence) {
  const TempDir directory;
  make_bank(directory / "s", 1);
  const std::string store = quoted(directory / "s");
  for (const std::string& arguments :
       std::vector<std::string>{"", "nonsense", "store", "store nonsense", "store get",
                                "store get" + store, "store get" + store + "bank",
                                "store get" + store + "'//bank\\q'", "store get" + store + "''",
                                "store scan" + store + "bank", "store scan" + store + "//bank/",
                                "store scan --limit 0" + store, "store scan --limit x" + store,
                                "store stat ''", "store stat" + store + "more", "--nonsense"}) {
    const Ran ran = shell("{} " + arguments);
    EXPECT_EQ(ran.code, 2) << arguments;
    EXPECT_EQ(ran.out, "") << arguments;
    EXPECT_EQ(ran.error.find("stet: "), 0u) << ran.error;
  }
}

TEST(StetStore, HelpAndVersionAreFine) {
  EXPECT_EQ(shell("{} --version").out.find("stet "), 0u);
  for (const char* arguments : {"--help", "store --help", "store load --help"}) {
    const Ran ran = shell(std::string("{} ") + arguments);
    EXPECT_EQ(ran.code, 0) << arguments;
    EXPECT_NE(ran.out.find("Exit: 0 fine"), std::string::npos) << ran.out;
    EXPECT_TRUE(ran.out.ends_with('\n'));
  }
}

}  // namespace
}  // namespace stet::test::cli
