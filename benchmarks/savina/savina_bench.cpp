// benchmarks/savina/savina_bench.cpp - the Savina set as questions: stet, CAF and the floor.
//
// What each asks stands at the head of its program. The thread ring and ping-pong of the set are
// `ring` and `ping_pong`.
#include <utility>

#include "../questions.hpp"
#include "../rivals/caf_savina.hpp"
#include "../rivals/erlang_rival.hpp"
#include "../support/runtime_subjects.hpp"
#include "programs.hpp"
#include "raw_kit.hpp"
#include "stet_kit.hpp"

namespace stet::bench {
namespace {

using namespace savina;

template <template <class> class P>
Result<Measurement> floor_of(const Setting& setting) {
  if constexpr (requires { P<RawKit>::plainly(setting.quick); }) {
    return P<RawKit>::plainly(setting.quick);  // Computes: a plain function is the floor.
  } else {
    RawKit::System system;
    return P<RawKit>::run(system, Work{setting.quick, false});
  }
}

template <template <class> class P>
Question question_of() {
  const auto ours = [](const Setting& setting, unsigned workers) {
    return on_stet(workers, [&](System& system) {
      return P<StetKit>::run(system, Work{setting.quick, false});
    });
  };
  const auto caf = [](const Setting& setting, unsigned workers) {
    return caf_rival::savina(P<StetKit>::about.key, workers, setting.quick);
  };
  return {P<StetKit>::about.key, P<StetKit>::about.text, P<StetKit>::about.unit,
          P<StetKit>::about.better,
          runtime_subjects(ours, caf, floor_of<P>, erlang_rival::savina(P<StetKit>::about.key))};
}

// The memory that skynet took at most, instead of its time.
Run peak_of(Run skynet) {
  return [skynet = std::move(skynet)](const Setting& setting) -> Result<Measurement> {
    Result<Measurement> measured = skynet(setting);
    if (!measured) return measured;
    for (const auto& [name, value] : measured->details) {
      if (name == Skynet<StetKit>::peak_detail) return Measurement{value};
    }
    return wrong("the run does not say what it took");
  };
}

}  // namespace

std::vector<Question> savina_set() {
  std::vector<Question> all;
  for_each_program(
      [&all]<template <class> class P>(ProgramTag<P>) { all.push_back(question_of<P>()); });
  Question peak = question_of<Skynet>();
  peak.key = "skynet_peak";
  peak.text = "How much memory does a tree of a million actors take at most?";
  peak.unit = "MB";
  for (Subject& subject : peak.subjects) subject.run = peak_of(std::move(subject.run));
  all.push_back(std::move(peak));
  return all;
}

}  // namespace stet::bench
