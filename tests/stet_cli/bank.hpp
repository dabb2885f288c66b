// tests/stet_cli/bank.hpp - stores made by actors, and the command run on them.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <stet/persistence/spawn_persistent.hpp>

#include "support/temp_dir.hpp"

namespace stet::test::cli {

struct Account {
  std::int64_t cents = 0;
  std::string owner;
};
struct Deposit {
  using Reply = std::int64_t;
  std::int64_t cents;
  std::string owner;
};

class Teller : public Actor<Teller> {
 public:
  explicit Teller(Persistable<Account> account) : account_(std::move(account)) {}
  std::int64_t handle(const Deposit& m) {
    account_.mutate([&m](Account& account) {
      account.cents += m.cents;
      account.owner = m.owner;
    });
    return account_->cents;
  }

 private:
  Persistable<Account> account_;
};

// A host that has the store open while it lives.
class Bank {
 public:
  explicit Bank(const std::filesystem::path& directory)
      : store_(Store::open(system_,
                           {.engine = EngineChoice::lmdb(directory.string()), .program = "bank 1"})
                   .value()) {}
  // "//bank/<name>" gets so many cents; the name is one segment whatever it holds.
  void deposit(const std::string& name, std::int64_t cents) {
    const Repository<Account> account(DataStore{store_}.base("//bank").scope_segment(name));
    const auto teller = spawn_persistent<Teller>(system_, account);
    ASSERT_TRUE(teller.ask<Deposit>(cents, "owner of " + name).get(std::chrono::seconds(60)));
  }
  void flush() { ASSERT_TRUE(store_.flush(std::chrono::seconds(60))); }
  [[nodiscard]] DataStore data() const { return DataStore{store_}; }

 private:
  System system_;
  Store store_;
};

// Accounts a0, a1, ... with 0, 1, ... cents.
inline void make_bank(const std::filesystem::path& directory, int accounts) {
  Bank bank(directory);
  for (int i = 0; i < accounts; ++i) bank.deposit("a" + std::to_string(i), i);
  bank.flush();
}

struct Ran {
  int code = -1;  // 128 and the signal, if one ended it.
  std::string out;
  std::string error;
};

// `arguments` as a shell has them; "{}" in it stands for the command itself.
inline Ran shell(std::string command) {
  const TempDir scratch;
  for (std::size_t at = 0; (at = command.find("{}", at)) != std::string::npos;) {
    command.replace(at, 2, STET_COMMAND);
  }
  std::ofstream(scratch / "script") << "set -o pipefail\n" << command << '\n';
  const std::string run = "timeout 120 bash '" + (scratch / "script").string() + "' >'" +
                          (scratch / "out").string() + "' 2>'" + (scratch / "error").string() +
                          "' </dev/null";
  const int status = std::system(run.c_str());
  const auto read = [&scratch](const char* name) {
    std::ifstream file(scratch / name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read("out"),
          read("error")};
}

inline std::string quoted(const std::filesystem::path& path) { return " '" + path.string() + "' "; }

inline std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

}  // namespace stet::test::cli
