// tests/powercut/replay.cpp - the loop over crash images.
#include "replay.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <system_error>
#include <thread>

#include "support/seed.hpp"

extern char** environ;

namespace stet::test {
namespace {

constexpr std::size_t findings_max = 5;

struct Image {
  std::size_t number = 0;
  std::size_t events = 0;  // Played before the power goes.
};

std::string name_of(Cut cut) {
  switch (cut) {
    case Cut::after_all: return "after_all";
    case Cut::nothing: return "nothing";
    case Cut::prefix_torn: return "prefix_torn";
    case Cut::subset: return "subset";
    case Cut::sectors: return "sectors";
  }
  return "?";
}

class Replayer {
 public:
  explicit Replayer(const ReplayPlan& plan) : plan_(plan) {}

  ReplayReport run() {
    const unsigned workers = std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
    std::vector<std::thread> threads;
    for (unsigned worker = 0; worker < workers; ++worker) {
      threads.emplace_back([this, worker, workers] { work(worker, workers); });
    }
    for (std::thread& thread : threads) thread.join();
    return std::move(report_);
  }

 private:
  void work(unsigned worker, unsigned workers) {
    std::vector<Image> images;
    for (std::size_t number = worker; number < plan_.images; number += workers) {
      std::mt19937_64 random(Seed(plan_.image_seed).derive(number).value());
      images.push_back({number, random() % (plan_.events->size() + 1)});
    }
    // Unless one finding is enough, in the order of events: the disk is then played once.
    if (plan_.stop_at_first) {
      for (const Image& image : images) {
        DiskModel disk;
        play(disk, 0, image.events);
        if (!check(disk, image, worker)) return;
      }
      return;
    }
    std::sort(images.begin(), images.end(),
              [](const Image& left, const Image& right) { return left.events < right.events; });
    DiskModel disk;
    std::size_t played = 0;
    for (const Image& image : images) {
      play(disk, played, image.events);
      played = image.events;
      if (!check(disk, image, worker)) return;
    }
  }

  void play(DiskModel& disk, std::size_t from, std::size_t to) const {
    for (std::size_t i = from; i < to; ++i) disk.play((*plan_.events)[i]);
  }

  // False: enough.
  bool check(const DiskModel& disk, const Image& image, unsigned worker) {
    // relaxed: only says when to end.
    if (plan_.stop_at_first && found_.load(std::memory_order_relaxed)) return false;
    std::mt19937_64 random(Seed(plan_.image_seed ^ 1U).derive(image.number).value());
    const auto cut = static_cast<Cut>(random() % cut_count);
    const bool interrupted = image.events < plan_.events->size() && random() % 2 == 0;
    const Event* in_flight = interrupted ? &(*plan_.events)[image.events] : nullptr;

    const std::filesystem::path directory = plan_.scratch / ("image-" + std::to_string(worker));
    const std::filesystem::path output = plan_.scratch / ("output-" + std::to_string(worker));
    std::filesystem::remove_all(directory);
    std::filesystem::create_directory(directory);
    disk.write_image(directory, cut, in_flight, random);
    const int status = run_program(
        {plan_.check_program.string(), directory.string(), std::to_string(plan_.workload_seed),
         std::to_string(disk.acked()), std::to_string(disk.issued())},
        {}, output);
    std::filesystem::remove_all(directory);
    return note(image, cut, status, text_of(output));
  }

  bool note(const Image& image, Cut cut, int status, const std::string& output) {
    const std::lock_guard lock(mutex_);
    ++report_.images;
    ++report_.images_by_cut[static_cast<std::size_t>(cut)];
    if (status == 0) return true;
    ++report_.bad;
    if (WIFSIGNALED(status)) ++report_.killed;
    if (report_.findings.size() < findings_max) {
      report_.findings.push_back("image " + std::to_string(image.number) + ", power cut by '" +
                                 name_of(cut) + "' after event " + std::to_string(image.events) +
                                 " of " + std::to_string(plan_.events->size()) +
                                 (WIFSIGNALED(status)
                                      ? ", killed by signal " + std::to_string(WTERMSIG(status))
                                      : std::string()) +
                                 ": " + output);
    }
    found_.store(true, std::memory_order_relaxed);
    return !plan_.stop_at_first;
  }

  const ReplayPlan& plan_;
  std::atomic<bool> found_{false};
  std::mutex mutex_;
  ReplayReport report_;
};

}  // namespace

ReplayReport replay(const ReplayPlan& plan) { return Replayer(plan).run(); }

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

int run_program(const std::vector<std::string>& arguments,
                const std::vector<std::string>& more_environment,
                const std::filesystem::path& output) {
  std::vector<char*> argv;
  for (const std::string& each : arguments) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> environment;
  for (const std::string& each : more_environment) {
    environment.push_back(const_cast<char*>(each.c_str()));
  }
  for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
  environment.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int code = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) throw std::system_error(code, std::generic_category(), arguments[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace stet::test
