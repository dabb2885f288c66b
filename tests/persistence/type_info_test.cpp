// tests/persistence/type_info_test.cpp
// Goal    The catalogue tells what a program saves, in words another program can read.
// Method  Examples; an entry there and back through the codec.
#include <stet/persistence/type_info.hpp>

#include <gtest/gtest.h>

#include "persistence/sample.hpp"

namespace bank {
enum class Kind : std::uint8_t { open };
struct Account {
  std::int64_t cents = 0;
  std::string owner;
  std::map<std::string, std::vector<std::uint32_t>> limits;
  std::optional<Kind> kind;
};
struct Versioned {
  static constexpr std::uint16_t stet_version = 7;
  static constexpr std::string_view stet_name = "Old::Name";
  bool flag = false;
};
}  // namespace bank

namespace stet {
namespace {

TEST(TypeInfo, AnEntryNamesTypeVersionAndFields) {
  const CatalogueEntry entry = catalogue_entry<bank::Account>("//bank/{}");
  EXPECT_EQ(entry.pattern, "//bank/{}");
  EXPECT_EQ(entry.type, "bank::Account");
  EXPECT_EQ(entry.version, 1);
  const std::vector<FieldInfo> expected{{"cents", "i64"},
                                        {"owner", "text"},
                                        {"limits", "map<text, list<u32>>"},
                                        {"kind", "optional<enum bank::Kind>"}};
  EXPECT_EQ(entry.fields, expected);
}

TEST(TypeInfo, ATypeMayChooseItsNameAndVersion) {
  const CatalogueEntry entry = catalogue_entry<bank::Versioned>("//v");
  EXPECT_EQ(entry.type, "Old::Name");
  EXPECT_EQ(entry.version, 7);
  ASSERT_EQ(entry.fields.size(), 1u);
  EXPECT_EQ(entry.fields[0].name, "flag");
}

TEST(TypeInfo, EveryKindHasAName) {
  EXPECT_EQ(kind_name<bool>(), "bool");
  EXPECT_EQ(kind_name<std::uint8_t>(), "u8");
  EXPECT_EQ(kind_name<float>(), "f32");
  EXPECT_EQ(kind_name<std::vector<std::byte>>(), "bytes");
  EXPECT_EQ((kind_name<std::array<std::int16_t, 3>>()), "array<i16, 3>");
  EXPECT_EQ((kind_name<std::variant<std::monostate, double>>()), "variant<nothing, f64>");
  EXPECT_EQ((kind_name<std::tuple<bool, std::set<std::string>>>()), "tuple<bool, set<text>>");
  EXPECT_EQ(kind_name<std::chrono::milliseconds>(), "duration 1/1000 s");
  EXPECT_EQ(kind_name<std::chrono::sys_seconds>(), "time in duration 1/1 s");
  EXPECT_EQ(kind_name<std::vector<bank::Account>>(), "list<bank::Account>");
  EXPECT_TRUE(catalogue_entry<std::int32_t>("//n").fields.empty());
}

TEST(TypeInfo, AnEntryIsSavedByTheCodec) {
  const CatalogueEntry entry = catalogue_entry<bank::Account>("//bank/{}");
  Buffer buffer;
  encode(entry, buffer);
  CatalogueEntry read;
  ASSERT_TRUE(decode(buffer.view(), read));
  EXPECT_EQ(read, entry);
}

}  // namespace
}  // namespace stet
