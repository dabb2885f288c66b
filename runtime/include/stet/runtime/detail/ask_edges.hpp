// stet/runtime/detail/ask_edges.hpp - who waits for whom, so that exclusive questions in a cycle
// are found.
//
// An actor with an exclusive question open handles no user message, so a question to it waits. Each
// such question is an edge from who asks to who has it; who asks publishes the edge first and then
// walks on from the receiver: a way back is a cycle, of which nobody could ever answer.
//
// Threads    claim(): the actor's own. set(), clear(): whoever holds the question. Walks: any.
// Ownership  An edge that points somewhere is its question's, else its actor's. Edges go with the
//            actor's cell, never before.
// Memory     Every edge is stored, and first read, in the single order of seq_cst; each publishes
//            before it walks. In a cycle whose questions all stay open, one edge was the last to be
//            stored: who stored it reads all others as they are, and so finds the cycle. So of those
//            that ask at the same moment one at least is told; all may be.
// Memory     What is found was there: an edge of the way back is read twice, after all others were
//            read once. As the serial says that it was the same question both times, all of them
//            were open at one moment between. Without that a walk could put together edges of which
//            one had gone before the next came. Acquire and release are enough: of two questions on
//            the way, let x have ended before y began. The walk has read y's serial, or a later one,
//            before it reads x's edge again (set(), acquire), so it finds that x has ended.
// Lifetime   A walk may read an edge just before its question is answered and its receiver is gone.
//            The memory of a cell stays one of a cell as long as its System's core lives, and all
//            cells of a walk are of one System. So the walk tries to count itself among the
//            addresses. It may get another actor, made of the same memory: then the edge that led
//            there does not stand when it is read again; who has an edge keeps the cell that it leads
//            to until after clear(), or after set() to another.
// Bounds     A walk goes over `actors_max` actors at a time and reads `looks_max` edges at most;
//            a cycle beyond that is not found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

template <class Cell>
class BasicAskEdges {
 public:
  struct Edge {
    Atomic<Cell*> to{nullptr};
    Atomic<std::uint32_t> serial{0};

    void set(Cell& receiver) noexcept {
      // relaxed load: only who holds the edge changes it. release: pairs with BasicAskWalk, see
      // Memory.
      serial.store(serial.load(std::memory_order_relaxed) + 1, std::memory_order_release);
      // seq_cst: see Memory; as release it pairs with stands(), which so finds no older serial.
      to.store(&receiver, std::memory_order_seq_cst);
    }
    void clear() noexcept {
      // release: pairs with claim(). Whose question is answered may ask back at once, and does not
      // find this edge: the answer comes after it.
      to.store(nullptr, std::memory_order_release);
    }
  };

 private:
  struct Chunk {
    std::array<Edge, 2> edges;
    Atomic<Chunk*> next{nullptr};
  };

 public:
  BasicAskEdges() = default;
  BasicAskEdges(const BasicAskEdges&) = delete;
  BasicAskEdges& operator=(const BasicAskEdges&) = delete;
  ~BasicAskEdges() {
    // relaxed: nobody else is left.
    Chunk* chunk = first_.next.load(std::memory_order_relaxed);
    while (chunk != nullptr) {
      Chunk* const next = chunk->next.load(std::memory_order_relaxed);
      delete chunk;
      chunk = next;
    }
  }

  // An edge that points nowhere; set() makes it the question's. Throws std::bad_alloc. Bounded by
  // the most questions that the actor ever had open.
  [[nodiscard]] Edge& claim() {
    Chunk* chunk = &first_;
    for (;;) {
      for (Edge& edge : chunk->edges) {
        // acquire: pairs with clear(): who held the question last has changed the serial.
        if (edge.to.load(std::memory_order_acquire) == nullptr) return edge;
      }
      // relaxed: only this thread adds chunks.
      Chunk* const next = chunk->next.load(std::memory_order_relaxed);
      if (next == nullptr) break;
      chunk = next;
    }
    auto* const more = new Chunk;
    // seq_cst: who reads an edge that is stored after this must get there, see Memory.
    chunk->next.store(more, std::memory_order_seq_cst);
    return more->edges[0];
  }

  // All edges, one after the other.
  class Cursor {
   public:
    Cursor() = default;
    explicit Cursor(BasicAskEdges* edges) noexcept
        : chunk_(edges == nullptr ? nullptr : &edges->first_) {}
    [[nodiscard]] Edge* next() noexcept {
      if (chunk_ != nullptr && at_ == chunk_->edges.size()) {
        // seq_cst: pairs with claim().
        chunk_ = chunk_->next.load(std::memory_order_seq_cst);
        at_ = 0;
      }
      return chunk_ == nullptr ? nullptr : &chunk_->edges[at_++];
    }

   private:
    friend BasicAskEdges;
    typename BasicAskEdges::Chunk* chunk_ = nullptr;
    std::size_t at_ = 0;
  };

  std::uint32_t open = 0;  // Owner only: exclusive questions without an answer.
  std::uint32_t life = 0;  // Owner only: raised when those that were open are forgotten.

 private:
  Chunk first_;
};

// Looks for a way from a receiver back to who asks. Graph has static `bool try_retain(Cell&)`,
// `void release(Cell&)` and `BasicAskEdges<Cell>* edges(Cell&)`. A template so that models
// can use cells of their own.
template <class Cell, class Graph>
class BasicAskWalk {
  using Edges = BasicAskEdges<Cell>;
  using Edge = typename Edges::Edge;

 public:
  static constexpr std::size_t actors_max = 64;
  static constexpr std::size_t looks_max = 4096;

  BasicAskWalk() = default;
  BasicAskWalk(const BasicAskWalk&) = delete;
  BasicAskWalk& operator=(const BasicAskWalk&) = delete;
  ~BasicAskWalk() {
    while (depth_ != 0) pop();
  }

  // True: asker waits for receiver, and that one, over actor(1) and so on, for asker. The asker's
  // edge is published. Requires that the caller keeps both cells. Once.
  [[nodiscard]] bool find(Cell& asker, Cell& receiver) noexcept {
    push(receiver);
    if (&asker == &receiver) return true;
    for (std::size_t looks = 0; depth_ != 0 && looks < looks_max;) {
      Step& top = path_[depth_ - 1];
      Edge* const edge = top.rest.next();
      if (edge == nullptr) {
        pop();
        continue;
      }
      ++looks;
      top.edge = edge;
      // seq_cst: see Memory.
      top.to = edge->to.load(std::memory_order_seq_cst);
      if (top.to == nullptr) continue;
      // acquire: pairs with set(), see Memory. Of a question that stays open nothing changes.
      top.serial = edge->serial.load(std::memory_order_acquire);
      if (top.to == &asker) {
        if (all_stand()) return true;
        continue;
      }
      // A cycle of others is theirs to find.
      if (depth_ == actors_max || on_path(*top.to)) continue;
      if (!Graph::try_retain(*top.to)) continue;
      push(*top.to);
    }
    return false;
  }

  // After find() said true: how many actors there are on the way from the receiver to the last
  // before the asker, and each of them, kept as long as this.
  [[nodiscard]] std::size_t actors() const noexcept { return depth_; }
  [[nodiscard]] const Cell& actor(std::size_t index) const noexcept { return *path_[index].cell; }

 private:
  struct Step {
    Cell* cell;
    typename Edges::Cursor rest;
    Edge* edge;  // By which the path goes on, as it was read.
    Cell* to;
    std::uint32_t serial;
  };

  void push(Cell& cell) noexcept {
    path_[depth_++] = Step{&cell, typename Edges::Cursor(Graph::edges(cell)), nullptr, nullptr, 0};
  }
  void pop() noexcept {
    --depth_;
    if (depth_ != 0) Graph::release(*path_[depth_].cell);  // The first is the caller's.
  }
  [[nodiscard]] bool on_path(const Cell& cell) const noexcept {
    for (std::size_t i = 0; i < depth_; ++i) {
      if (path_[i].cell == &cell) return true;
    }
    return false;
  }
  [[nodiscard]] static bool stands(const Step& step) noexcept {
    // acquire: pairs with set(), so the serial is that of this question, or newer. relaxed: then
    // the question was another when it was read first, or it has ended.
    return step.edge->to.load(std::memory_order_acquire) == step.to &&
           step.edge->serial.load(std::memory_order_relaxed) == step.serial;
  }
  [[nodiscard]] bool all_stand() const noexcept {
    for (std::size_t i = 0; i < depth_; ++i) {
      if (!stands(path_[i])) return false;
    }
    return true;
  }

  std::array<Step, actors_max> path_;
  std::size_t depth_ = 0;
};

struct Cell;
using AskEdges = BasicAskEdges<Cell>;

}  // namespace stet::detail
