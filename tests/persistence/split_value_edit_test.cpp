// tests/persistence/split_value_edit_test.cpp - edit(): one field is changed, and no other looked at.
#include <gtest/gtest.h>

#include <stdexcept>

#include <stet/persistence/spawn_persistent.hpp>

#include "split_value_rig.hpp"

namespace stet::test::split_value_edit_test {
namespace {

using namespace split_value;
struct SplitValueEdit : SplitValue {};

TEST_F(SplitValueEdit, EditLooksAtOneFieldAlone) {
  for (const bool is_large : {false, true}) {
    Held held = Held::load_or_default(repo()).value();
    EXPECT_TRUE(held.set(is_large ? large() : Customer{}).wait(1s));
    const Cost cost =
        cost_of([&] { held.edit<&Customer::name>([](std::string& name) { name = "Bob"; }); });
    EXPECT_EQ(cost.records, 1U);
    EXPECT_EQ(cost_of([&] { held.edit<&Customer::name>([](std::string&) {}); }).records, 0U);
    EXPECT_TRUE(held.edit<&Customer::address>([](Address2& a) { ++a.number; }).wait(1s));
    EXPECT_TRUE(held.edit<&Customer::tags>([](auto& tags) { tags.push_back("new"); }).wait(1s));
    EXPECT_EQ(repo().read().value(), held.get());
    EXPECT_EQ(held->name, "Bob");
    EXPECT_THROW(held.edit<&Customer::notes>([](std::string& notes) {
      notes = "half";
      throw std::runtime_error("on purpose");
    }),
                 std::runtime_error);
    EXPECT_EQ(held.edit<&Customer::notes>([](std::string&) {}).refused()->code, Errc::rolled_back);
    EXPECT_TRUE(held.reload());
    EXPECT_EQ(repo().read().value(), held.get());
    EXPECT_TRUE(held.clear().wait(1s));
  }
  // It grows over the bound, and shrinks below, by edits alone.
  Held held = Held::load_or_default(repo()).value();
  for (const std::size_t size : {10U, 9'000U, 9'001U, 10U, 9'000U}) {
    EXPECT_TRUE(held.edit<&Customer::notes>([size](auto& n) { n.resize(size, 'x'); }).wait(1s));
    EXPECT_EQ(is_split(), size > 10);
    EXPECT_EQ(repo().read().value(), held.get());
  }
}

TEST_F(SplitValueEdit, EditsAndMutatesOfOneTurnAreOneChangeOfWhatDiffers) {
  struct Edit {
    int how;
  };
  class Editor : public Actor<Editor> {
   public:
    explicit Editor(Held held) : held_(std::move(held)) {}
    void handle(Edit m) {
      held_.edit<&Customer::orders>([](std::int64_t& orders) { ++orders; });
      if (m.how > 0) held_.edit<&Customer::name>([](std::string& name) { name += "!"; });
      if (m.how > 1) held_.mutate([](Customer& c) { ++c.address.number; });
      if (m.how > 2) held_.edit<&Customer::tags>([](auto&) { throw std::runtime_error("oh"); });
    }

   private:
    Held held_;
  };
  {
    Held held = Held::load_or_default(repo()).value();
    EXPECT_TRUE(held.set(large()).wait(1s));
  }
  EXPECT_TRUE(rig->store->flush(1s));
  auto editor = spawn_persistent<Editor>(*rig->system, repo());
  rig->system->run_until_idle();
  for (const int how : {0, 1, 2}) {
    const Cost cost = cost_of([&] {
      editor.send<Edit>(how);
      rig->system->run_until_idle();
    });
    EXPECT_EQ(cost.records, static_cast<std::uint64_t>(how) + 1);
  }
  Customer expected = large();
  expected.orders += 3;
  expected.name = "Ann!!";
  ++expected.address.number;
  EXPECT_EQ(repo().read().value(), expected);
  editor.send<Edit>(3);
  rig->system->run_until_idle();
  EXPECT_FALSE(editor.is_alive());
  EXPECT_TRUE(rig->store->flush(1s));
  EXPECT_EQ(repo().read().value(), expected);
}

class Sealed {  // Not an aggregate: it names its fields.
 public:
  std::string text;
  std::string more;
  int scratch = 0;  // Not saved.
  Sealed() = default;
  static constexpr auto stet_fields =
      stet::fields(stet::field("t", &Sealed::text), stet::field("m", &Sealed::more));
};
static_assert(detail::is_field<Sealed, &Sealed::more>());
static_assert(!detail::is_field<Sealed, &Sealed::scratch>());

TEST_F(SplitValueEdit, EditFindsFieldsThatAreNamed) {
  const Repository<Sealed> sealed(rig->data->base("//sealed"));
  auto held = Persistable<Sealed>::load_or_default(sealed).value();
  EXPECT_TRUE(held.edit<&Sealed::text>([](auto& text) { text.assign(5'000, 'x'); }).wait(1s));
  const Cost cost = cost_of([&] { held.edit<&Sealed::more>([](auto& more) { more = "m"; }); });
  EXPECT_EQ(cost.records, 1U);
  EXPECT_EQ(sealed.read().value().more, "m");
  EXPECT_TRUE(rig->get(element_key("//sealed", KeyTag::field, "m")).has_value());
}

}  // namespace
}  // namespace stet::test::split_value_edit_test
