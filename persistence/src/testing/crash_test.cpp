// persistence/src/testing/crash_test.cpp - where power is lost, and the lives in between.
#include <stet/testing/crash_test.hpp>

#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "../faulty_engine.hpp"
#include "../memory_engine.hpp"

namespace stet::testing {
namespace detail {

using stet::detail::FaultControl;
using stet::detail::MemoryDisk;
using Left = MemoryDisk::NotYetDurable;

// Places are numbered through all lives of a run, two at each: the last commit is lost, or kept.
class CrashPlan {
 public:
  // Cut at this place only; with nothing, wherever chance says.
  CrashPlan(std::uint64_t seed, std::optional<std::size_t> place)
      : random_(seed), place_(place), one_in_(std::uint64_t{2} << (random_() % 6)) {}

  [[nodiscard]] std::mt19937_64& random() noexcept { return random_; }
  [[nodiscard]] const std::shared_ptr<MemoryDisk>& disk() const noexcept { return disk_; }
  [[nodiscard]] std::size_t places() const noexcept { return places_; }
  [[nodiscard]] std::size_t cuts() const noexcept { return cuts_; }
  [[nodiscard]] const std::string& story() const noexcept { return story_; }

  void begin_life(bool may_be_cut) noexcept {
    is_cut_ = !may_be_cut;
    ++lives_;
    calls_ = 0;
  }
  [[nodiscard]] bool is_cut() const noexcept { return is_cut_; }  // Or may not be.

  void pass_call(FaultControl::Call call) {
    if (call != FaultControl::Call::commit && call != FaultControl::Call::flush) return;
    ++calls_;
    pass((call == FaultControl::Call::commit ? "before a commit, call " : "before a flush, call ") +
         std::to_string(calls_));
  }
  void pass_end() { pass("at its end"); }

 private:
  void pass(const std::string& where) {
    if (is_cut_) return;
    const std::size_t here = places_;
    places_ += 2;
    if (place_) {
      if (*place_ != here && *place_ != here + 1) return;
    } else if (random_() % one_in_ != 0) {
      return;
    }
    const bool is_kept = place_ ? *place_ == here + 1 : random_() % 2 == 0;
    is_cut_ = true;
    ++cuts_;
    story_ += "; life " + std::to_string(lives_) + " lost its power " + where +
              ", its last commit " + (is_kept ? "kept" : "lost if it was not durable");
    disk_->lose_power(is_kept ? Left::kept : Left::lost);
  }

  std::mt19937_64 random_;
  const std::optional<std::size_t> place_;
  const std::uint64_t one_in_;  // Some are cut soon, and others get far.
  const std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  std::size_t places_ = 0;
  std::size_t lives_ = 0;
  std::size_t calls_ = 0;
  std::size_t cuts_ = 0;
  bool is_cut_ = false;
  std::string story_;
};

}  // namespace detail

using detail::CrashPlan;
using detail::FaultControl;

CrashTest::CrashTest(std::uint64_t seed, const CrashOptions& options,
                     std::unique_ptr<CrashPlan> plan)
    : seed_(seed), options_(options), plan_(std::move(plan)) {}

CrashTest::~CrashTest() = default;

std::size_t CrashTest::cuts() const noexcept { return plan_->cuts(); }

std::unique_ptr<Life> CrashTest::begin(bool may_fail) {
  plan_->begin_life(may_fail);
  auto engine = stet::detail::make_memory_engine(plan_->disk());
  if (!engine) return nullptr;
  const auto control = std::make_shared<FaultControl>(plan_->random()());
  if (may_fail) {
    plan_->disk()->set_successor_finds(plan_->random()() % 2 == 0 ? detail::Left::kept
                                                                  : detail::Left::lost);
    control->set_delay([plan = plan_.get()](FaultControl::Call call) { plan->pass_call(call); });
    control->fail_randomly(FaultControl::Call::commit, options_.full_permille, Errc::disk_full);
    control->fail_randomly(FaultControl::Call::flush, options_.poison_permille,
                           Errc::outcome_unknown);
  }
  auto test = std::make_unique<TestSystem>(plan_->random()());
  StoreOptions store = options_.store;
  store.engine =
      EngineChoice::given(stet::detail::make_faulty_engine(std::move(engine).value(), control));
  auto opened = Store::open(test->system(), std::move(store));
  if (!opened) return nullptr;
  return std::unique_ptr<Life>(new Life(std::move(test), std::move(opened).value()));
}

bool CrashTest::end(Life* life) {
  if (life == nullptr) throw_open_error();
  life->run_until_idle();
  // An orderly end flushes; this one may come before it.
  plan_->pass_end();
  const bool is_whole = !plan_->is_cut();
  life->test_.reset();
  return is_whole;
}

void CrashTest::throw_open_error() const {
  throw std::logic_error("a life began while another one was going on, or its store did not open");
}

namespace {

struct Run {
  std::string why;
  std::size_t places = 0;
};

Run run_once(std::uint64_t seed, std::optional<std::size_t> place,
             const std::function<std::string(CrashTest&)>& body, const CrashOptions& options) {
  auto plan = std::make_unique<CrashPlan>(seed, place);
  const CrashPlan& told = *plan;
  CrashTest test(seed, options, std::move(plan));
  Run run;
  try {
    run.why = body(test);
  } catch (const std::exception& error) {
    run.why = std::string("it threw: ") + error.what();
  }
  run.places = told.places();
  if (!run.why.empty()) run.why += told.story();
  return run;
}

}  // namespace

Exploration explore_crashes_in(std::size_t seeds,
                               const std::function<std::string(CrashTest&)>& body,
                               const CrashOptions& options) {
  const auto of_seed = [&](TestSystem& outer) -> std::string {
    const std::uint64_t seed = outer.seed();
    if (!options.every_point) return run_once(seed, std::nullopt, body, options).why;
    // The first run is not cut; each later one at one place.
    constexpr std::size_t nowhere = ~std::size_t{0};
    Run run = run_once(seed, nowhere, body, options);
    for (std::size_t place = 0; run.why.empty() && place < run.places; ++place) {
      if (place == CrashTest::points_max) return "more places than are tried: make it shorter";
      Run cut = run_once(seed, place, body, options);
      if (!cut.why.empty()) return cut.why;
    }
    return run.why;
  };
  return explore_seeds(seeds, of_seed,
                       {.first_seed = options.first_seed,
                        .out = options.out,
                        .seed_variable = options.seed_variable});
}

}  // namespace stet::testing
