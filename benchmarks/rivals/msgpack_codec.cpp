// benchmarks/rivals/msgpack_codec.cpp - a map with field names, as stet stores it.
#include "msgpack_codec.hpp"

#include <msgpack.hpp>

namespace {

// What the macro needs, kept out of the shared struct.
struct Packed {
  std::uint64_t id;
  std::int32_t kind;
  double score;
  std::string name;
  std::vector<std::int32_t> values;
  MSGPACK_DEFINE_MAP(id, kind, score, name, values)
};

}  // namespace

namespace stet::bench::msgpack_rival {

struct Encoder::Buffer {
  msgpack::sbuffer bytes;
};

Encoder::Encoder() : buffer_(std::make_unique<Buffer>()) {}
Encoder::~Encoder() = default;

std::string_view Encoder::encode(const SampleRecord& record) {
  buffer_->bytes.clear();
  msgpack::packer<msgpack::sbuffer> packer(buffer_->bytes);
  // By hand, since the record is not Packed: the calls that MSGPACK_DEFINE_MAP would make.
  packer.pack_map(5);
  packer.pack("id");
  packer.pack(record.id);
  packer.pack("kind");
  packer.pack(record.kind);
  packer.pack("score");
  packer.pack(record.score);
  packer.pack("name");
  packer.pack(record.name);
  packer.pack("values");
  packer.pack(record.values);
  return {buffer_->bytes.data(), buffer_->bytes.size()};
}

void decode(std::string_view bytes, SampleRecord& record) {
  const msgpack::object_handle handle = msgpack::unpack(bytes.data(), bytes.size());
  Packed packed{};
  handle.get().convert(packed);
  record = {packed.id, packed.kind, packed.score, std::move(packed.name), std::move(packed.values)};
}

std::string version() { return msgpack_version(); }

}  // namespace stet::bench::msgpack_rival
