// tests/runtime/mailbox_test.cpp
// Goal    The words of the mailbox's contract, one by one; interleavings are the model's business.
// Method  One thread, nodes of the test's own.
#include <gtest/gtest.h>

#include <stet/runtime/mailbox.hpp>

#include <array>

namespace stet::detail::mailbox_test {

struct Node {
  Node* next = nullptr;
};
using Box = BasicMailbox<Node>;
using Pushed = Box::Pushed;

TEST(Mailbox, IsOwnedByWhoeverMakesIt) {
  Box box;
  Node node;
  EXPECT_TRUE(box.seems_empty());
  EXPECT_EQ(box.push(&node), Pushed::queued);
  EXPECT_FALSE(box.try_park());
  EXPECT_EQ(box.take_all(), &node);
  EXPECT_TRUE(box.try_park());
}

TEST(Mailbox, TellsOnlyTheFirstSenderToAParkedActorToScheduleIt) {
  Box box;
  std::array<Node, 3> nodes;
  ASSERT_TRUE(box.try_park());
  EXPECT_EQ(box.push(&nodes[0]), Pushed::must_schedule);
  EXPECT_EQ(box.push(&nodes[1]), Pushed::queued);
  EXPECT_EQ(box.push(&nodes[2]), Pushed::queued);
  Node* chain = reverse_chain(box.take_all());
  for (Node& node : nodes) {
    ASSERT_EQ(chain, &node);
    chain = chain->next;
  }
  EXPECT_EQ(chain, nullptr);
}

TEST(Mailbox, RingsAParkedActorOnce) {
  Box box;
  ASSERT_TRUE(box.try_park());
  EXPECT_EQ(box.ring(), Pushed::must_schedule);
  EXPECT_EQ(box.take_all(), nullptr);
  EXPECT_TRUE(box.try_park());
}

TEST(Mailbox, CannotBeParkedBetweenARingAndTheNextTake) {
  Box box;
  EXPECT_EQ(box.ring(), Pushed::queued);
  EXPECT_FALSE(box.seems_empty());
  EXPECT_FALSE(box.try_park());
  EXPECT_EQ(box.ring(), Pushed::queued);
  EXPECT_EQ(box.take_all(), nullptr);
  EXPECT_TRUE(box.try_park());
}

TEST(Mailbox, KeepsMailThatMeetsARing) {
  Box box;
  std::array<Node, 2> nodes;
  EXPECT_EQ(box.ring(), Pushed::queued);
  EXPECT_EQ(box.push(&nodes[0]), Pushed::queued);
  EXPECT_EQ(box.ring(), Pushed::queued);
  EXPECT_EQ(box.push(&nodes[1]), Pushed::queued);
  Node* chain = box.take_all();
  EXPECT_EQ(chain, &nodes[1]);
  EXPECT_EQ(chain->next, &nodes[0]);
  EXPECT_EQ(chain->next->next, nullptr);
}

TEST(Mailbox, ShowsOneMessageAloneAndParksBehindIt) {
  Box box;
  std::array<Node, 2> nodes;
  EXPECT_EQ(box.peek_only(), nullptr);
  ASSERT_TRUE(box.try_park());
  EXPECT_EQ(box.push(&nodes[0]), Pushed::must_schedule);
  EXPECT_EQ(box.peek_only(), &nodes[0]);
  EXPECT_FALSE(box.seems_empty());
  EXPECT_TRUE(box.seems_empty(&nodes[0]));
  EXPECT_TRUE(box.try_park_after(&nodes[0]));
  EXPECT_EQ(box.push(&nodes[1]), Pushed::must_schedule);
  EXPECT_EQ(box.take_all(), &nodes[1]);
}

TEST(Mailbox, GivesWhatHasComeSinceAMessageWasShown) {
  Box box;
  std::array<Node, 3> nodes;
  EXPECT_EQ(box.push(&nodes[0]), Pushed::queued);
  Node* const only = box.peek_only();
  EXPECT_EQ(box.push(&nodes[1]), Pushed::queued);
  EXPECT_EQ(box.push(&nodes[2]), Pushed::queued);
  EXPECT_EQ(box.peek_only(), nullptr);
  EXPECT_FALSE(box.seems_empty(only));
  EXPECT_FALSE(box.try_park_after(only));
  Node* const rest = box.take_rest(only);
  EXPECT_EQ(rest, &nodes[2]);
  EXPECT_EQ(rest->next, &nodes[1]);
  EXPECT_EQ(rest->next->next, nullptr);
  EXPECT_TRUE(box.try_park());
}

TEST(Mailbox, IsNotParkedBehindAMessageWhereABellHasRung) {
  Box box;
  std::array<Node, 2> nodes;
  EXPECT_EQ(box.push(&nodes[0]), Pushed::queued);
  Node* const only = box.peek_only();
  EXPECT_EQ(box.ring(), Pushed::queued);
  EXPECT_EQ(box.peek(), &nodes[0]);
  EXPECT_EQ(box.peek_only(), nullptr);
  EXPECT_FALSE(box.try_park_after(only));
  EXPECT_EQ(box.take_rest(only), nullptr);
  EXPECT_EQ(box.push(&nodes[0]), Pushed::queued);
  EXPECT_EQ(box.ring(), Pushed::queued);
  EXPECT_EQ(box.close(), &nodes[0]);
}

TEST(Mailbox, LeavesTheNodeWithTheSenderOnceItIsClosed) {
  Box box;
  std::array<Node, 2> nodes;
  EXPECT_EQ(box.push(&nodes[0]), Pushed::queued);
  EXPECT_FALSE(box.is_closed());
  EXPECT_EQ(box.close(), &nodes[0]);
  EXPECT_TRUE(box.is_closed());
  EXPECT_EQ(box.push(&nodes[1]), Pushed::closed);
  EXPECT_EQ(box.ring(), Pushed::closed);
}

TEST(Mailbox, HasNoMailWhenItIsClosedAfterARing) {
  Box box;
  EXPECT_EQ(box.ring(), Pushed::queued);
  EXPECT_EQ(box.close(), nullptr);
}

TEST(Mailbox, TurnsAnEmptyChainIntoAnEmptyChain) {
  EXPECT_EQ(reverse_chain<Node>(nullptr), nullptr);
}

}  // namespace stet::detail::mailbox_test
