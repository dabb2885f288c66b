// tests/stet_cli/store_damage_test.cpp - a damaged file is a finding, never a crash.
#include "bank.hpp"

namespace stet::test::cli {
namespace {

// Flips a bit behind each place in the file where the text stands; how many there were.
int flip_behind(const std::filesystem::path& file, const std::string& text) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(stream), {});
  int found = 0;
  for (std::size_t at = 0; (at = bytes.find(text, at)) != std::string::npos; at += text.size()) {
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(text[0] ^ 1));
    ++found;
  }
  return found;
}

TEST(StetStoreDamage, AChangedByteIsFoundByItsKey) {
  const TempDir directory;
  make_bank(directory / "s", 9);
  EXPECT_EQ(shell("{} store verify" + quoted(directory / "s")).code, 0);
  ASSERT_GT(flip_behind(directory / "s/1/state/data.mdb", "owner of a5"), 0);

  const Ran verify = shell("{} store verify" + quoted(directory / "s"));
  EXPECT_EQ(verify.code, 1);
  const auto lines = json_lines(verify.out);
  ASSERT_EQ(lines.size(), 2u) << verify.out;
  EXPECT_EQ(lines[0]["key"], "//bank/a5");
  EXPECT_NE(lines[0]["problem"].get<std::string>().find("checksum"), std::string::npos);
  EXPECT_EQ(lines[1]["problems"], 1);
  EXPECT_EQ(lines[1]["records"], 9 + 3);

  const Ran scan = shell("{} store scan" + quoted(directory / "s"));
  EXPECT_EQ(scan.code, 1);
  EXPECT_EQ(json_lines(scan.out).size(), 9u) << "the others are shown";
  EXPECT_EQ(shell("{} store get" + quoted(directory / "s") + "//bank/a5").code, 1);
  EXPECT_EQ(shell("{} store get" + quoted(directory / "s") + "//bank/a6").code, 0);

  const Ran moved =
      shell("{} store dump" + quoted(directory / "s") + ">" + quoted(directory / "dump") +
            "; code=$?; {} store load" + quoted(directory / "new") + quoted(directory / "dump") +
            "; echo $code $?");
  EXPECT_EQ(moved.out, "1 3\n") << moved.error;
  EXPECT_FALSE(std::filesystem::exists(directory / "new"));
}

TEST(StetStoreDamage, AFileThatIsCutShortEndsNoCommandInACrash) {
  const TempDir directory;
  make_bank(directory / "s", 200);
  const std::filesystem::path file = directory / "s/1/state/data.mdb";
  const auto bytes = std::filesystem::file_size(file);
  bool found = false;
  for (std::uintmax_t keep = bytes; keep > 0;) {
    keep = keep > 8192 ? keep - 8192 : keep - 1 - keep / 2;
    std::filesystem::resize_file(file, keep);
    const Ran verify = shell("{} store verify" + quoted(directory / "s"));
    EXPECT_TRUE(verify.code == 1 || (verify.code == 0 && !found)) << keep << verify.error;
    found = found || verify.code == 1;
    for (const char* verb : {"scan", "stat", "dump"}) {
      const Ran ran = shell(std::string("{} store ") + verb + quoted(directory / "s"));
      EXPECT_TRUE(ran.code == 0 || ran.code == 1 || ran.code == 3) << verb << keep << ran.error;
    }
    if (keep < 4) break;
  }
  EXPECT_TRUE(found);
}

TEST(StetStoreDamage, AFileThatIsNoStoreIsRefused) {
  const TempDir directory;
  make_bank(directory / "s", 1);
  std::ofstream(directory / "s/1/state/data.mdb") << std::string(8192, 'x');
  EXPECT_EQ(shell("{} store verify" + quoted(directory / "s")).code, 1);
  std::filesystem::remove(directory / "s/1/state/data.mdb");
  EXPECT_EQ(shell("{} store verify" + quoted(directory / "s")).code, 1);
}

}  // namespace
}  // namespace stet::test::cli
