// benchmarks/baseline/raw_append.cpp - records of one size, one after the other.
#include "raw_append.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
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

}  // namespace

Result<std::unique_ptr<DurableStore>> open_raw_append(const std::filesystem::path& directory) {
  auto store = std::make_unique<RawAppend>(directory / "records");
  if (Result<void> done = store->open(); !done) return done.error();
  return std::unique_ptr<DurableStore>(std::move(store));
}

}  // namespace stet::bench
