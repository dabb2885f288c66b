// tests/consumer/main.cpp - a small host: links what is installed, spawns, stores, reads again.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include <stet/persistence/spawn_persistent.hpp>
#include <stet/persistence/store.hpp>
#ifdef CONSUMER_HAS_CONFIG
#include <stet/config/config.hpp>
#endif

namespace {

using namespace std::chrono_literals;

struct Account {
  std::int64_t cents = 0;
  std::string owner;
};
struct Deposit {
  std::int64_t cents;
};
struct Balance {
  using Reply = std::int64_t;
};

class Teller : public stet::Actor<Teller> {
 public:
  explicit Teller(stet::Persistable<Account> account) : account_(std::move(account)) {}
  void handle(Deposit message) {
    account_.mutate([&](Account& account) { account.cents += message.cents; });
  }
  std::int64_t handle(Balance) { return account_->cents; }

 private:
  stet::Persistable<Account> account_;
};

// The balance after one deposit of 100 more; negative: something failed.
std::int64_t deposit(const std::filesystem::path& directory) {
  stet::System system;
  auto store = stet::Store::open(system, {.engine = stet::EngineChoice::lmdb(directory)});
  if (!store) {
    std::fprintf(stderr, "consumer: %s\n", store.error().message().c_str());
    return -1;
  }
  stet::DataStore data{*store};
  auto repository = stet::Repository<Account>{data.base("//bank").scope("alice")};
  auto alice = stet::spawn_persistent<Teller>(system, repository);
  alice.send<Deposit>(100);
  auto cents = alice.ask<Balance>().get(10s);
  if (!cents || !store->flush(10s) || !system.shutdown(10s)) return -2;
  return *cents;
}

// Does a value from the environment arrive?
bool configured() {
#ifdef CONSUMER_HAS_CONFIG
  stet::Options options{stet::runtime_options, stet::store_options};
  const char* const environment[] = {"STET_RUNTIME_WORKERS=2", nullptr};
  if (!stet::read_config(options, {.environment = environment}).empty()) return false;
  if (stet::SystemOptions::from(options).workers != 2) return false;
  std::puts("consumer: has stet::config");
#endif
  return true;
}

}  // namespace

int main() {
  if (!configured()) return 2;
  std::string name = (std::filesystem::temp_directory_path() / "stet-consumer-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return 3;
  const std::int64_t first = deposit(name);
  const std::int64_t second = deposit(name);
  std::filesystem::remove_all(name);
  if (first != 100 || second != 200) {
    std::fprintf(stderr, "consumer: %lld, then %lld cents\n", static_cast<long long>(first),
                 static_cast<long long>(second));
    return 1;
  }
  std::puts("consumer: fine");
  return 0;
}
