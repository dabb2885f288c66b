// tests/support/no_new_threads.hpp - no thread can be started while one of these is there.
//
// Threads that start meanwhile want more stack than there are addresses, so pthread_create() says
// EAGAIN, as where the number of threads is limited.
//
// Threads    One of these at a time; it holds for the whole process.
#pragma once

#include <pthread.h>

#include <gtest/gtest.h>

#include <cstddef>

namespace stet::test {

class NoNewThreads {
 public:
  NoNewThreads() {
    pthread_attr_t wanted;
    EXPECT_EQ(pthread_getattr_default_np(&before_), 0);
    EXPECT_EQ(pthread_getattr_default_np(&wanted), 0);
    EXPECT_EQ(pthread_attr_setstacksize(&wanted, std::size_t{1} << 47), 0);
    EXPECT_EQ(pthread_setattr_default_np(&wanted), 0);
    pthread_attr_destroy(&wanted);
  }
  ~NoNewThreads() {
    EXPECT_EQ(pthread_setattr_default_np(&before_), 0);
    pthread_attr_destroy(&before_);
  }
  NoNewThreads(const NoNewThreads&) = delete;
  NoNewThreads& operator=(const NoNewThreads&) = delete;

 private:
  pthread_attr_t before_{};
};

}  // namespace stet::test
