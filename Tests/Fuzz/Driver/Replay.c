// Without libFuzzer a fuzz target is given files that were found before, as `make test` does:
//
//   TARGET FILE...
//
// Each file has a process of its own, so that one that crashes, hangs or takes too much memory is named and the others
// still run. The status is 1 where one of them did.
#ifndef RESNET_INT8_FUZZ
#include "FuzzDriver.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 5, MEGABYTES = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static _Noreturn void stop(const char *path) {
  fprintf(stderr, "%s: %s\n", path, strerror(errno));
  _exit(2);
}

// Gives the target one file, within the limits. They are those of processor time and of address space.
static void replay(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) stop(path);
  size_t size = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(size ? size : 1);
  if (!bytes || fread(bytes, 1, size, file) != size) stop(path);
  fclose(file);
  setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS, SECONDS + 1});
  setrlimit(RLIMIT_AS, &(struct rlimit){(rlim_t)MEGABYTES << 20, (rlim_t)MEGABYTES << 20});
  LLVMFuzzerTestOneInput(bytes, size);
  free(bytes);
}

int fuzz_main(int count, char **paths) {
  int failures = 0;
  for (int i = 1; i < count; i++) {
    pid_t child = fork();
    if (child == 0) {
      replay(paths[i]);
      _exit(0);
    }
    int status = 0;
    if (child > 0 && waitpid(child, &status, 0) == child && status == 0) continue;
    printf("FAIL    %s: %s\n", paths[i], WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "not read");
    failures++;
  }
  printf("%s %d of %d inputs end within %d s and %d MB\n", failures ? "FAIL   " : "ok     ", count - 1 - failures,
         count - 1, SECONDS, MEGABYTES);
  return failures > 0 || count < 2;
}
#endif
