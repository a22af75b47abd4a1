/* Makes random models that the library must accept, and compares what it computes from them (comparison.h).
 *
 *   generator SECONDS [SEED]
 *   generator --count COUNT [SEED]
 *   generator --write FOLDER COUNT [SEED]     writes the models into files, and runs none
 *
 * Model number i is made from SEED + i, so that `generator --count 1 SEED` makes one of them again. The status is 1
 * where a model was refused. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "comparison.h"
#include "file.h"

enum { MODEL_BYTES = 8 << 20 };

static uint8_t bytes[MODEL_BYTES];
static uint64_t current_seed;

/* Makes a model. Most are small, so that there are many of them; a few are as large as layers can be. */
static size_t make_model(uint64_t seed, random_state *random) {
  *random = (random_state){seed};
  size_t size = 0;
  while (size == 0) {
    uint64_t work = one_in(random, 1000) ? 30000000 : one_in(random, 16) ? 1000000 : 120000;
    graph graph = choose_graph(random, work);
    place_tensors(&graph, random);
    size = write_model(&graph, random, bytes, sizeof bytes);
  }
  return size;
}

static void name_seed(int number) {
  char line[80];
  int length = snprintf(line, sizeof line, "signal %d: generator --count 1 %llu\n", number,
                        (unsigned long long)current_seed);
  if (write(STDERR_FILENO, line, (size_t)length) != length) _exit(2);
  _exit(1);
}

static double seconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static int compare_models(double seconds, uint64_t count, uint64_t seed) {
  struct timespec start;
  clock_gettime(CLOCK_MONOTONIC, &start);
  static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGALRM};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; ++i) signal(signals[i], name_seed);
  for (uint64_t i = 0; i < count && seconds_since(&start) < seconds; ++i) {
    random_state random;
    current_seed = seed + i;
    size_t size = make_model(current_seed, &random);
    alarm(60);
    resnet_int8_status status = compare(bytes, size, ALL_COUNTS, random_bits(&random), UINT64_MAX);
    if (status != RESNET_INT8_OK)
      printf("not ok  refused: generator --count 1 %llu: %s\n", (unsigned long long)current_seed,
             resnet_int8_status_string(status));
  }
  bool holds = total.models > 0 && total.accepted == total.models;
  printf("%s seed %llu, %.0f models/s: ", holds ? "ok     " : "not ok ", (unsigned long long)seed,
         (double)total.models / seconds_since(&start));
  print_totals();
  return !holds;
}

static int write_models(const char *folder, uint64_t count, uint64_t seed) {
  for (uint64_t i = 0; i < count; ++i) {
    random_state random;
    size_t size = make_model(seed + i, &random);
    char path[4096];
    snprintf(path, sizeof path, "%s/%llu.rn8", folder, (unsigned long long)(seed + i));
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
      perror(path);
      return 1;
    }
  }
  return 0;
}

/* Returns the number that an argument is; 1, the seed, where it is not given. */
static uint64_t number(const char *argument) { return argument ? strtoull(argument, NULL, 10) : 1; }

int main(int count, char **arguments) {
  if ((count == 4 || count == 5) && !strcmp(arguments[1], "--write"))
    return write_models(arguments[2], number(arguments[3]), number(arguments[4]));
  if ((count == 3 || count == 4) && !strcmp(arguments[1], "--count"))
    return compare_models(1e9, number(arguments[2]), number(arguments[3]));
  if (count == 2 || count == 3) return compare_models(atof(arguments[1]), UINT64_MAX, number(arguments[2]));
  fprintf(stderr, "usage: generator SECONDS [SEED] | --count COUNT [SEED] | --write FOLDER COUNT [SEED]\n");
  return 2;
}
