// tests/census/terminal_test.cpp
// Goal    On a terminal the program shows a bar with rate and time left, and removes it; elsewhere
//         it is silent.
// Method  Runs stet-census with a pseudo terminal as its stderr, and with a file.
#include <pty.h>

#include <array>
#include <cerrno>

#include "census_program.hpp"

namespace census::test {
namespace {

class CensusOnATerminal : public CensusProgram {
 protected:
  // What the terminal got in `error`.
  Ended run_on_terminal(const std::filesystem::path& input) {
    const std::string out = (directory_ / "out").string();
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
      ::alarm(120);  // Should the parent be gone.
      ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
      ::execl(STET_CENSUS, "stet-census", "--json", "--store", store().c_str(), input.c_str(),
              nullptr);
      ::_exit(127);
    }
    Ended ended;
    std::array<char, 4096> buffer{};
    for (;;) {  // Until the other end is closed: EIO.
      const ssize_t count = ::read(terminal, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      ended.error.append(buffer.data(), static_cast<std::size_t>(count));
    }
    ::waitpid(child, &ended.status, 0);
    ::close(terminal);
    ended.out = slurp(out);
    return ended;
  }
};

TEST_F(CensusOnATerminal, ShowsABarWithRateAndTimeLeft) {
  const stet::test::Seed seed = stet::test::Seed::from_environment_or_random();
  const std::filesystem::path input = directory_ / "input";
  spill(input, random_input(seed, 20'000));
  const Ended ended = run_on_terminal(input);
  ASSERT_EQ(ended.exit_code(), 0) << ended.error;
  EXPECT_NE(ended.error.find("\r["), std::string::npos) << ended.error;
  EXPECT_NE(ended.error.find(" %  "), std::string::npos) << ended.error;
  EXPECT_NE(ended.error.find(" messages/s  "), std::string::npos) << ended.error;
  EXPECT_NE(ended.error.find(" s left\x1b[K"), std::string::npos) << ended.error;
  // Bad input may be reported behind the bar, never on top of it.
  const std::size_t last_bar = ended.error.rfind(" messages/s");
  EXPECT_NE(ended.error.find("\r\x1b[K", last_bar), std::string::npos) << ended.error;
  EXPECT_EQ(ended.out.find("messages/s"), std::string::npos) << "the bar is on stdout";
}

TEST_F(CensusOnATerminal, IsSilentWhereStderrIsNone) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += "Package: p" + std::to_string(i) + "\nDepends: p" + std::to_string(i / 2) + "\n\n";
  }
  spill(directory_ / "input", text);
  const Ended ended = run({"--json", "--store", store(), (directory_ / "input").string()});
  ASSERT_EQ(ended.exit_code(), 0) << ended.error;
  EXPECT_EQ(ended.error, "");
}

}  // namespace
}  // namespace census::test
