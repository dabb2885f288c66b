// tests/runtime/attachment_test.cpp
// Goal    What a library attaches to an actor is found again by its key, stays through turns that
//         fail, belongs to that actor alone, and goes when the actor ends, after its object.
// Method  A stepped system; attachments and objects write down their end.
#include <gtest/gtest.h>

#include <stet/runtime/turn.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::attachment_test {

using Ends = std::vector<std::string>;

class Note : public ActorAttachment {
 public:
  Note(Ends& ends, std::string what) : name(std::move(what)), ends_(ends) {}
  ~Note() override { ends_.push_back(name); }
  const std::string name;

 private:
  Ends& ends_;
};

struct Attach {
  const void* key;
  std::string name;
  bool throws = false;
};
struct Find {
  using Reply = std::string;
  const void* key;
};

class Host : public Actor<Host> {
 public:
  explicit Host(Ends& ends) : ends_(ends) {}
  ~Host() { ends_.push_back("object"); }
  void handle(const Attach& message) {
    Turn::attach(message.key, std::make_unique<Note>(ends_, message.name));
    if (message.throws) throw std::runtime_error("after attaching");
  }
  std::string handle(Find message) {
    auto* const found = static_cast<Note*>(Turn::attachment(message.key));
    return found == nullptr ? "none" : found->name;
  }

 private:
  Ends& ends_;
};

constexpr char key_a = 0;
constexpr char key_b = 0;

TEST(Attachment, IsFoundByItsKeyAndByItsActorOnly) {
  Ends ends;
  System system(stepped(1));
  const auto one = system.spawn<Host>(ends);
  const auto other = system.spawn<Host>(ends);
  one.send<Attach>(&key_a, "a");
  one.send<Attach>(&key_b, "b");
  EXPECT_EQ(one.ask<Find>(&key_a).get(std::chrono::seconds(1)).value(), "a");
  EXPECT_EQ(one.ask<Find>(&key_b).get(std::chrono::seconds(1)).value(), "b");
  EXPECT_EQ(one.ask<Find>(&ends).get(std::chrono::seconds(1)).value(), "none");
  EXPECT_EQ(other.ask<Find>(&key_a).get(std::chrono::seconds(1)).value(), "none");
}

TEST(Attachment, GoesWithItsActorAfterTheObject) {
  Ends ends;
  System system(stepped(1));
  const auto one = system.spawn<Host>(ends);  // The kept address keeps no attachment.
  one.send<Attach>(&key_a, "a");
  one.send<Attach>(&key_b, "b");
  one.stop();
  system.run_until_idle();
  EXPECT_FALSE(one.is_alive());
  ASSERT_EQ(ends.size(), 3U);
  EXPECT_EQ(ends.front(), "object");
}

TEST(Attachment, OfATurnThatThrewIsDestroyedToo) {
  Ends ends;
  System system(stepped(1));
  const auto one = system.spawn<Host>(ends);
  one.send<Attach>(&key_a, "a", true);
  system.run_until_idle();
  EXPECT_EQ(ends, (Ends{"object", "a"}));
}

}  // namespace stet::test::attachment_test
