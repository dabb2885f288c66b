// benchmarks/persistence/codec_bench.cpp
// Question   What does it cost to turn a small struct into bytes, and back into a fresh object?
// Measures   ns for {u64, i32, double, string of 20, vector of 8 i32}; encoding into a buffer that
//            is used again. "bytes" is a detail.
// Leaves out the record around it (checksum, header), the store.
// Floor      memcpy of as many bytes.
// Rivals     baseline/hand_codec.hpp: no names, no evolution; msgpack-cxx with names.
// Expect     Twice the hand-written code at most: names and lookup have their price.
#include <stet/persistence/codec.hpp>

#include "../baseline/hand_codec.hpp"
#include "../questions.hpp"
#include "../rivals/msgpack_codec.hpp"
#include "../support/micro.hpp"

namespace stet::bench {
namespace {

void check(benchmark::State& state, const SampleRecord& found) {
  if (!(found == sample_record())) state.SkipWithError("what was decoded is not what was encoded");
}

void note_bytes(benchmark::State& state, std::size_t bytes) {
  state.counters["bytes"] = static_cast<double>(bytes);
}

void stet_encode(benchmark::State& state) {
  const SampleRecord record = sample_record();
  Buffer out;
  for (auto _ : state) {
    out.clear();
    stet::encode(record, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  SampleRecord found;
  if (!stet::decode(out.view(), found)) state.SkipWithError("cannot be decoded");
  check(state, found);
  note_bytes(state, out.size());
}

void stet_decode(benchmark::State& state) {
  Buffer bytes;
  stet::encode(sample_record(), bytes);
  bool right = true;
  for (auto _ : state) {
    SampleRecord fresh;
    right = stet::decode(bytes.view(), fresh).has_value() && right;
    benchmark::DoNotOptimize(fresh);
  }
  SampleRecord found;
  right = stet::decode(bytes.view(), found).has_value() && right;
  if (!right) state.SkipWithError("cannot be decoded");
  check(state, found);
}

void hand_encode(benchmark::State& state) {
  const SampleRecord record = sample_record();
  std::string out;
  for (auto _ : state) {
    out.clear();
    hand::encode(record, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  SampleRecord found;
  if (!hand::decode(out, found)) state.SkipWithError("cannot be decoded");
  check(state, found);
  note_bytes(state, out.size());
}

void hand_decode(benchmark::State& state) {
  std::string bytes;
  hand::encode(sample_record(), bytes);
  bool right = true;
  for (auto _ : state) {
    SampleRecord fresh;
    right = right && hand::decode(bytes, fresh);
    benchmark::DoNotOptimize(fresh);
  }
  SampleRecord found;
  right = right && hand::decode(bytes, found);
  if (!right) state.SkipWithError("cannot be decoded");
  check(state, found);
}

void msgpack_encode(benchmark::State& state) {
  const SampleRecord record = sample_record();
  msgpack_rival::Encoder encoder;
  std::string_view out;
  for (auto _ : state) {
    out = encoder.encode(record);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  SampleRecord found;
  msgpack_rival::decode(out, found);
  check(state, found);
  note_bytes(state, out.size());
}

void msgpack_decode(benchmark::State& state) {
  msgpack_rival::Encoder encoder;
  const std::string bytes(encoder.encode(sample_record()));
  for (auto _ : state) {
    SampleRecord fresh;
    msgpack_rival::decode(bytes, fresh);
    benchmark::DoNotOptimize(fresh);
  }
  SampleRecord found;
  msgpack_rival::decode(bytes, found);
  check(state, found);
}

// The bytes of the hand-written form, copied: less cannot be done with them.
void copy_bytes(benchmark::State& state) {
  std::string from;
  hand::encode(sample_record(), from);
  std::string to(from.size(), '\0');
  for (auto _ : state) {
    benchmark::DoNotOptimize(from.data());
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  if (to != from) state.SkipWithError("a copy that differs");
  note_bytes(state, to.size());
}

}  // namespace

Question encode() {
  return {
      "encode",
      "What does it cost to turn a small struct into bytes?",
      "ns",
      Better::lower,
      {micro_subject("stet", "", stet_encode), micro_subject("hand", "stet", hand_encode),
       micro_subject("msgpack", "stet", msgpack_encode), micro_subject("raw", "stet", copy_bytes)}};
}

Question decode() {
  return {
      "decode",
      "What does it cost to turn bytes into a fresh small struct?",
      "ns",
      Better::lower,
      {micro_subject("stet", "", stet_decode), micro_subject("hand", "stet", hand_decode),
       micro_subject("msgpack", "stet", msgpack_decode), micro_subject("raw", "stet", copy_bytes)}};
}

}  // namespace stet::bench
