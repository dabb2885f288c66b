// benchmarks/baseline/raw_append.cpp - records of one size, one after the other.
#include "raw_append.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

namespace stet::bench {
namespace {

constexpr std::size_t key_bytes = 16;
constexpr std::size_t record_bytes = key_bytes + 100;

class RawAppend final : public DurableStore {
 public:
  explicit RawAppend(std::filesystem::path file) : file_(std::move(file)) {}
  ~RawAppend() override {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  Result<void> open() {
    descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor_ < 0) return Error(Errc::io, "open " + file_.string(), errno);
    return {};
  }

  Result<void> put(std::span<const DurableRecord> batch) override {
    bytes_.clear();
    for (const DurableRecord& record : batch) {
      if (record.key.size() + record.value.size() != record_bytes) {
        return Error(Errc::invalid_argument, "a record of another size");
      }
      bytes_ += record.key;
      bytes_ += record.value;
    }
    std::size_t done = 0;
    while (done < bytes_.size()) {
      const ssize_t step = ::write(descriptor_, bytes_.data() + done, bytes_.size() - done);
      if (step < 0 && errno == EINTR) continue;
      if (step <= 0) return Error(Errc::io, "write", errno);
      done += static_cast<std::size_t>(step);
    }
    if (::fdatasync(descriptor_) != 0) return Error(Errc::io, "fdatasync", errno);
    return {};
  }

  // Reads all records: the last one of a key counts.
  Result<void> reopen() override {
    std::ifstream in(file_, std::ios::binary);
    std::string record(record_bytes, '\0');
    while (in.read(record.data(), record_bytes)) {
      found_[record.substr(0, key_bytes)] = record.substr(key_bytes);
    }
    if (in.gcount() != 0) return Error(Errc::corrupt, "the file ends in the middle of a record");
    return {};
  }

  Result<std::string> get(std::string_view key) override {
    const auto place = found_.find(std::string(key));
    if (place == found_.end()) return Error(Errc::not_found, std::string(key));
    return place->second;
  }

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
  std::string bytes_{};
  std::unordered_map<std::string, std::string> found_{};
};

// Half of 64 MiB of journal in batches of 1000 records, and the leaves of a million records of
// which a fold of so many touches nearly all.
constexpr unsigned fold_batches = 270;
constexpr std::uint64_t fold_pages = 34'000;

class RawAppendBeside final : public DurableStore {
 public:
  explicit RawAppendBeside(std::filesystem::path directory)
      : pages_file_(directory / "pages"), append_(directory / "records") {}
  ~RawAppendBeside() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    due_.notify_one();
    if (folder_.joinable()) folder_.join();
    if (pages_ >= 0) ::close(pages_);
  }

  Result<void> open() {
    pages_ = ::open(pages_file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (pages_ < 0) return Error(Errc::io, "open " + pages_file_.string(), errno);
    if (int code = write_pages(0)) return Error(Errc::io, "write", code);
    folder_ = std::thread([this] { run(); });
    return append_.open();
  }
  Result<void> put(std::span<const DurableRecord> batch) override {
    if (++batches_ % fold_batches == 0) {
      {
        const std::lock_guard lock(mutex_);
        is_due_ = true;  // One that is still under way goes on.
      }
      due_.notify_one();
    }
    return append_.put(batch);
  }
  Result<void> reopen() override { return append_.reopen(); }
  Result<std::string> get(std::string_view key) override { return append_.get(key); }

 private:
  int write_pages(unsigned round) const {
    std::array<char, 4096> page{};
    for (std::uint64_t i = 0; i < fold_pages; ++i) {
      page[0] = static_cast<char>(round);
      // A page size of steps through the whole file: each once, none beside the one before.
      const std::uint64_t place = i * 7'919 % fold_pages;
      if (::pwrite(pages_, page.data(), page.size(), static_cast<off_t>(place * page.size())) < 0) {
        return errno;
      }
    }
    return ::fdatasync(pages_) == 0 ? 0 : errno;
  }
  void run() {
    std::unique_lock lock(mutex_);
    for (unsigned round = 1;; ++round) {
      due_.wait(lock, [this] { return is_due_ || stop_; });
      if (stop_) return;
      is_due_ = false;
      lock.unlock();
      static_cast<void>(write_pages(round));
      lock.lock();
    }
  }

  const std::filesystem::path pages_file_;
  RawAppend append_;
  int pages_ = -1;
  std::uint64_t batches_ = 0;
  std::mutex mutex_;
  std::condition_variable due_;
  bool is_due_ = false;
  bool stop_ = false;
  std::thread folder_;
};

}  // namespace

Result<std::unique_ptr<DurableStore>> open_raw_append_beside(
    const std::filesystem::path& directory) {
  auto store = std::make_unique<RawAppendBeside>(directory);
  if (Result<void> done = store->open(); !done) return done.error();
  return std::unique_ptr<DurableStore>(std::move(store));
}

Result<std::unique_ptr<DurableStore>> open_raw_append(const std::filesystem::path& directory) {
  auto store = std::make_unique<RawAppend>(directory / "records");
  if (Result<void> done = store->open(); !done) return done.error();
  return std::unique_ptr<DurableStore>(std::move(store));
}

}  // namespace stet::bench
