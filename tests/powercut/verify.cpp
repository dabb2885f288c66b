// tests/powercut/verify.cpp - opens what a crash left and checks it against the workload.
//
//   powercut_verify DIR SEED ACKED ISSUED      see check_image.hpp
//
// Exit 0; 1: a sentence on stderr says what is wrong. Ends itself (SIGALRM) after 20 seconds.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "check_image.hpp"

int main(int count, char** arguments) {
  if (count != 5) {
    std::fprintf(stderr, "usage: powercut_verify DIR SEED ACKED ISSUED\n");
    return 2;
  }
  alarm(20);
  const stet::test::Workload workload(std::strtoull(arguments[2], nullptr, 10));
  const std::string wrong =
      stet::test::check_image(arguments[1], workload, std::strtoull(arguments[3], nullptr, 10),
                              std::strtoull(arguments[4], nullptr, 10));
  if (wrong.empty()) return 0;
  std::fprintf(stderr, "%s\n", wrong.c_str());
  return 1;
}
