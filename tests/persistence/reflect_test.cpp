// tests/persistence/reflect_test.cpp
// Goal    Fields and names are found without help, and what stands in the way has a name.
// Method  Constant expressions: a wrong answer does not compile.
#include <stet/persistence/detail/reflect.hpp>

#include <gtest/gtest.h>

#include "persistence/sample.hpp"

namespace stet::detail {

struct InNamespace {
  std::int32_t first;
  std::string second_one;
};

namespace {

template <class T>
struct Generic {
  T value;
  std::vector<T> many;
};
struct Reference {
  std::int32_t& r;
};
struct ConstReference {
  const std::int32_t& r;
};
struct CArray {
  std::int32_t a;
  std::int32_t b[3];
  std::int32_t c;
};
struct CArrayOfTexts {
  std::string b[2];
};
struct Base {
  std::int32_t x;
};
struct Derived : Base {
  std::int32_t y;
};
struct EmptyBase {};
struct DerivedFromEmpty : EmptyBase {
  std::int32_t y;
};
struct NoDefault {
  explicit NoDefault(std::int32_t);
};
struct HoldsNoDefault {
  NoDefault member;
};
struct Ten {
  std::int32_t a, b, c, d, e, f, g, h, i, j;
};
struct TooMany {
  std::int32_t a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0,
      c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, e0, e1, e2, e3,
      e4, e5, e6, e7, e8, e9, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, g0, g1, g2, g3, g4;
};

static_assert(field_count<InNamespace> == 2);
static_assert(field_name<InNamespace, 1> == "second_one");
static_assert(field_count<EmptyBase> == 0);
static_assert(field_count<Base> == 1);
static_assert(field_count<Ten> == 10);
static_assert(field_count<Generic<Ten>> == 2);
static_assert(field_name<Generic<std::string>, 1> == "many");
static_assert(std::is_same_v<FieldType<Generic<Ten>, 0>, Ten>);
static_assert(field_count<test::Money> == 2);
static_assert(field_name<test::Money, 0> == "cents");
static_assert(field_count<test::Everything> == 38);

static_assert(fields_fault<Reference>() == FieldsFault::no_default);
static_assert(fields_fault<ConstReference>() == FieldsFault::no_default);
static_assert(fields_fault<HoldsNoDefault>() == FieldsFault::no_default);
static_assert(fields_fault<CArray>() == FieldsFault::c_array);
static_assert(fields_fault<CArrayOfTexts>() == FieldsFault::c_array);
static_assert(fields_fault<Derived>() == FieldsFault::base_class);
static_assert(fields_fault<DerivedFromEmpty>() == FieldsFault::base_class);
static_assert(fields_fault<TooMany>() == FieldsFault::too_many);
static_assert(fields_fault<NoDefault>() == FieldsFault::not_aggregate);
static_assert(fields_fault<std::string>() == FieldsFault::not_aggregate);
static_assert(fields_fault<std::int32_t>() == FieldsFault::not_aggregate);

template <class T>
std::vector<std::string_view> names() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return std::vector<std::string_view>{field_name<T, I>...};
  }(std::make_index_sequence<field_count<T>>{});
}

TEST(Reflect, NamesAreFoundForEveryKindOfMember) {
  const std::vector<std::string_view> found = names<test::Everything>();
  const std::vector<std::string_view> expected{
      "flag",    "i8",     "u8",    "i16",   "u16",    "i32",   "u32",   "i64",
      "u64",     "letter", "f32",   "f64",   "colour", "text",  "blob",  "small_blob",
      "numbers", "octets", "bits",  "texts", "rows",   "queue", "fixed", "names",
      "ids",     "points", "by_id", "cards", "pair",   "tuple", "maybe", "maybe_point",
      "choice",  "pause",  "when",  "point", "money",  "card"};
  EXPECT_EQ(found, expected);
}

TEST(Reflect, FieldsAreReferencesToTheMembers) {
  struct Local {
    std::int32_t a = 1;
    std::string b = "b";
  };
  Local local;
  std::get<0>(tie_fields(local)) = 2;
  std::get<1>(tie_fields(local)) = "c";
  EXPECT_EQ(local.a, 2);
  EXPECT_EQ(local.b, "c");
  const Local& constant = local;
  static_assert(
      std::is_same_v<std::tuple_element_t<0, decltype(tie_fields(constant))>, const std::int32_t&>);
  const std::vector<std::string_view> expected{"a", "b"};
  EXPECT_EQ(names<Local>(), expected);
}

}  // namespace
}  // namespace stet::detail
