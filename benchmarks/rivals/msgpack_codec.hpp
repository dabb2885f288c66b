// benchmarks/rivals/msgpack_codec.hpp - msgpack-cxx, encoding the sample record.
//
// In a file of its own because msgpack-cxx must be told about a struct, and compiles slowly.
//
// Threads    Any; no state is shared.
// Errors     decode() throws what msgpack-cxx throws.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "../baseline/sample_record.hpp"

namespace stet::bench::msgpack_rival {

// Encodes into a buffer that is used again, as everybody does here.
class Encoder {
 public:
  Encoder();
  ~Encoder();
  [[nodiscard]] std::string_view encode(const SampleRecord& record);

 private:
  struct Buffer;
  std::unique_ptr<Buffer> buffer_;
};

void decode(std::string_view bytes, SampleRecord& record);

// "4.1.3"
[[nodiscard]] std::string version();

}  // namespace stet::bench::msgpack_rival
