// runtime/src/thread_start.hpp - a thread with a guest's manners: named, deaf to signals.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <thread>
#include <utility>

namespace stet::detail {

// The name is cut at 15 bytes by the system. Throws std::system_error.
template <class Function>
[[nodiscard]] std::thread start_thread(const char* name, Function function) {
  // The new thread inherits the mask, so there is no moment in which it takes the host's signals.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  struct Restore {
    const sigset_t* mask;
    ~Restore() { pthread_sigmask(SIG_SETMASK, mask, nullptr); }
  } const restore{&before};
  std::thread thread(std::move(function));
  pthread_setname_np(thread.native_handle(), name);
  return thread;
}

}  // namespace stet::detail
