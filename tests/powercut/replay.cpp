// tests/powercut/replay.cpp - the loop over crash images.
#include "replay.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "support/seed.hpp"

extern char** environ;

namespace stet::test {
namespace {

constexpr std::size_t findings_max = 5;
// Should a check hang; a thousand times what it takes.
constexpr unsigned check_seconds_max = 20;

struct Image {
  std::size_t number = 0;
  std::size_t events = 0;  // Played before the power goes.
  std::string what;        // "image 12", "a cut of the recovery of image 12".
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

// What all processes of one replay share.
struct Shared {
  std::atomic<bool> found{false};
  std::atomic<std::size_t> images{0};
  std::atomic<std::size_t> recovered{0};
  std::atomic<std::size_t> bad{0};
  std::atomic<std::size_t> killed{0};
  std::atomic<std::size_t> first_bad{0};
};
// relaxed, everywhere: counts; waiting for the processes orders them.
constexpr auto relaxed = std::memory_order_relaxed;

class SharedMemory {
 public:
  SharedMemory()
      : memory_(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    new (memory_) Shared;
  }
  ~SharedMemory() { ::munmap(memory_, sizeof(Shared)); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  [[nodiscard]] Shared& operator*() const { return *static_cast<Shared*>(memory_); }

 private:
  void* memory_;
};

// One process's part.
class Worker {
 public:
  Worker(const ReplayPlan& plan, Shared& shared, unsigned number)
      : plan_(plan), shared_(shared), name_(std::to_string(number)) {}

  void run(unsigned number, unsigned workers) {
    std::vector<Image> images;
    for (std::size_t image = number; image < plan_.images; image += workers) {
      std::mt19937_64 random(Seed(plan_.image_seed).derive(image).value());
      images.push_back(
          {image, random() % (plan_.events->size() + 1), "image " + std::to_string(image)});
    }
    // Unless one finding is enough, in the order of events: the disk is then played once.
    if (!plan_.stop_at_first) {
      std::sort(images.begin(), images.end(),
                [](const Image& left, const Image& right) { return left.events < right.events; });
    }
    DiskModel disk;
    std::size_t played = 0;
    for (const Image& image : images) {
      if (image.events < played) {
        disk = DiskModel();
        played = 0;
      }
      play(disk, *plan_.events, played, image.events);
      played = image.events;
      if (!check(disk, *plan_.events, image)) return;
      const bool recovers = plan_.recovery_every > 0 && image.number % plan_.recovery_every == 0;
      if (recovers && !recover(disk, image)) return;
    }
  }

 private:
  static void play(DiskModel& disk, const std::vector<Event>& events, std::size_t from,
                   std::size_t to) {
    for (std::size_t i = from; i < to; ++i) disk.play(events[i]);
  }

  // What is left of `disk` at that image, in `directory`.
  Cut write(const DiskModel& disk, const std::vector<Event>& events, const Image& image,
            const std::filesystem::path& directory) const {
    std::mt19937_64 random(Seed(plan_.image_seed ^ 1U).derive(image.number).value());
    const auto cut = static_cast<Cut>(random() % cut_count);
    const bool interrupted = image.events < events.size() && random() % 2 == 0;
    std::filesystem::remove_all(directory);
    std::filesystem::create_directory(directory);
    disk.write_image(directory, cut, interrupted ? &events[image.events] : nullptr, random);
    return cut;
  }

  // The image is opened and written to under the recorder, and that is cut. False: enough.
  bool recover(const DiskModel& disk, const Image& image) {
    const std::filesystem::path directory = plan_.scratch / ("recovery-" + name_);
    write(disk, *plan_.events, image, directory);
    // What the first cut left is on the disk for good.
    DiskModel left;
    left.load(directory, disk.acked(), disk.issued());
    const std::vector<Event> events = plan_.recover(directory);
    for (std::size_t i = 0; i < plan_.cuts_of_a_recovery; ++i) {
      Image again{(image.number + 1) * 1000 + i, 0, "a cut of the recovery of " + image.what};
      again.events = std::mt19937_64(Seed(plan_.image_seed ^ 2U).derive(again.number).value())() %
                     (events.size() + 1);
      DiskModel played = left;
      play(played, events, 0, again.events);
      shared_.recovered.fetch_add(1, relaxed);
      if (!check(played, events, again)) return false;
    }
    return true;
  }

  // False: enough.
  bool check(const DiskModel& disk, const std::vector<Event>& events, const Image& image) {
    if (plan_.stop_at_first && shared_.found.load(relaxed)) return false;
    const std::filesystem::path directory = plan_.scratch / ("image-" + name_);
    const std::filesystem::path output = plan_.scratch / ("output-" + name_);
    const Cut cut = write(disk, events, image, directory);
    const int status = check_apart(directory, disk, output);
    const std::size_t count = shared_.images.fetch_add(1, relaxed) + 1;
    if (status == 0) return true;
    std::size_t none = 0;
    shared_.first_bad.compare_exchange_strong(none, count, relaxed);
    shared_.bad.fetch_add(1, relaxed);
    if (WIFSIGNALED(status)) shared_.killed.fetch_add(1, relaxed);
    shared_.found.store(true, relaxed);
    if (findings_++ < findings_max) {
      std::ofstream(plan_.scratch / ("findings-" + name_), std::ios::app)
          << image.what << ", power cut by '" << name_of(cut) << "' after event " << image.events
          << " of " << events.size()
          << (WIFSIGNALED(status) ? ", killed by signal " + std::to_string(WTERMSIG(status)) : "")
          << ": " << text_of(output) << '\n';
    }
    return !plan_.stop_at_first;
  }

  // The wait status of a process that checks; `output` gets its words.
  int check_apart(const std::filesystem::path& directory, const DiskModel& disk,
                  const std::filesystem::path& output) const {
    std::filesystem::remove(output);
    const pid_t child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
      ::alarm(check_seconds_max);
      const int fd = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      ::dup2(fd, STDERR_FILENO);  // LMDB's last words too.
      const std::string wrong = plan_.check(directory, disk.acked(), disk.issued());
      if (::write(fd, wrong.data(), wrong.size()) < 0) ::_exit(2);
      ::_exit(wrong.empty() ? 0 : 1);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

  const ReplayPlan& plan_;
  Shared& shared_;
  const std::string name_;
  std::size_t findings_ = 0;
};

}  // namespace

ReplayReport replay(const ReplayPlan& plan) {
  const unsigned workers = std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
  // LMDB takes two megabytes of zeros for each environment and uses little of them. From the kernel
  // they cost nothing; glibc would soon take them from its heap, and write them.
  ::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  const SharedMemory memory;
  Shared& shared = *memory;
  std::vector<pid_t> children;
  std::fflush(nullptr);
  for (unsigned number = 0; number < workers; ++number) {
    const pid_t child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) {
      try {
        Worker(plan, shared, number).run(number, workers);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "replay: %s\n", error.what());
        ::_exit(1);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  bool all_ended = true;
  for (const pid_t child : children) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    all_ended = all_ended && status == 0;
  }
  ReplayReport report{.images = shared.images.load(relaxed),
                      .recovered = shared.recovered.load(relaxed),
                      .bad = shared.bad.load(relaxed),
                      .killed = shared.killed.load(relaxed),
                      .first_bad = shared.first_bad.load(relaxed),
                      .findings = {}};
  for (unsigned number = 0; number < workers; ++number) {
    const std::string found = text_of(plan.scratch / ("findings-" + std::to_string(number)));
    if (!found.empty()) report.findings.push_back(found);
  }
  if (!all_ended) throw std::runtime_error("a process that cuts the power did not end well");
  return report;
}

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
