// stet/persistence/buffer.hpp - bytes that grow at the end.
//
// What encoders write into. Unlike std::string it can grow without first filling the new bytes, and
// it keeps its room when cleared, so that a buffer in use again allocates nothing.
//
// Threads    A plain value: one thread at a time.
// Ownership  Owns its bytes. view() is valid until the next call that may grow, or the end.
// Errors     std::bad_alloc, also for a size that no allocation could have.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include <stet/runtime/detail/assert.hpp>

namespace stet {

class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        room_(std::exchange(other.room_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    room_ = std::exchange(other.room_, 0);
    return *this;
  }
  Buffer(const Buffer&) = delete;  // Copies would be large and silent: append(other.view()).

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] const char* data() const noexcept { return data_.get(); }
  [[nodiscard]] char* data() noexcept { return data_.get(); }
  [[nodiscard]] std::string_view view() const noexcept { return {data_.get(), size_}; }

  void clear() noexcept { size_ = 0; }  // Keeps the room.

  void append(std::string_view bytes) {
    char* to = prepare(bytes.size());
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  // Room for `bytes` more, uninitialised; commit() what was written of it.
  [[nodiscard]] char* prepare(std::size_t bytes) {
    if (room_ - size_ < bytes) [[unlikely]]
      grow(bytes);
    return data_.get() + size_;
  }
  // Requires end to lie within what the last prepare() gave.
  void commit(const char* end) noexcept {
    STET_ASSERT(end >= data_.get() + size_ && end <= data_.get() + room_);
    size_ = static_cast<std::size_t>(end - data_.get());
  }
  // Requires size <= size().
  void truncate(std::size_t size) noexcept {
    STET_ASSERT(size <= size_);
    size_ = size;
  }

 private:
  static constexpr std::size_t first_bytes = 256;  // A small record with its key, in one step.

  void grow(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(-1) / 4 - size_) throw std::bad_alloc();
    const std::size_t wanted = size_ + bytes;
    std::size_t room = room_ == 0 ? first_bytes : 2 * room_;
    if (room < wanted) room = wanted;
    std::unique_ptr<char[]> larger(new char[room]);  // Not make_unique: it would fill with zeros.
    if (size_ != 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    room_ = room;
  }

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

}  // namespace stet
