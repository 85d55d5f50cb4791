#define _GNU_SOURCE
#include "THCores.h"
#include "THGeneral.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

static int count_affinity(void)
{
#ifdef __linux__
  /* more processors than a cpu_set_t holds: ask with a larger set */
  for (int bits = CPU_SETSIZE; bits <= 1 << 20; bits *= 2) {
    cpu_set_t *set = CPU_ALLOC((size_t)bits);
    if (!set) break;
    size_t size = CPU_ALLOC_SIZE((size_t)bits);
    int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (count > 0) return count;
  }
#endif
  return (int)THMax(sysconf(_SC_NPROCESSORS_ONLN), 1);
}

#ifdef __linux__
/* Two numbers of a file of one line, `max` counting as no limit; 0: no such file. */
static int read_numbers(const char *path, double *first, double *second)
{
  FILE *f = fopen(path, "re");
  if (!f) return 0;
  char word[32];
  int n = 0;
  if (fscanf(f, "%31s", word) == 1) {
    *first = strcmp(word, "max") == 0 ? INFINITY : strtod(word, NULL);
    n = 1 + (fscanf(f, "%lf", second) == 1);
  }
  fclose(f);
  return n;
}

/* Quota of the folder `group` of control groups, version 2 (cpu.max) or 1; processors. */
static double group_quota(const char *mount, const char *group)
{
  char path[2 * PATH_MAX];
  double quota, period;
  snprintf(path, sizeof path, "%s%s/cpu.max", mount, group);
  if (read_numbers(path, &quota, &period) == 2 && period > 0) return quota / period;
  snprintf(path, sizeof path, "%s%s/cpu.cfs_quota_us", mount, group);
  if (read_numbers(path, &quota, &period) < 1 || quota <= 0) return INFINITY;
  snprintf(path, sizeof path, "%s%s/cpu.cfs_period_us", mount, group);
  return read_numbers(path, &period, &quota) >= 1 && period > 0 ? quota / period : INFINITY;
}
#endif

/* The least quota of the process's group and those above it. In a container the group's own folder
   is often mounted as the root. */
static double count_quota(void)
{
  double least = INFINITY;
#ifdef __linux__
  char line[PATH_MAX];
  FILE *f = fopen("/proc/self/cgroup", "re");
  while (f && fgets(line, sizeof line, f)) {
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) continue;
    *group++ = 0;
    group[strcspn(group, "\n")] = 0;
    bool unified = controllers[1] == 0;
    if (!unified && !strstr(controllers, "cpu")) continue;
    const char *mount = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
    for (;;) {
      char *slash = strrchr(group, '/');
      double quota = group_quota(mount, strcmp(group, "/") ? group : "");
      least = THMin(least, quota);
      if (!slash || slash == group) break;
      *slash = 0;
    }
    least = THMin(least, group_quota(mount, ""));
  }
  if (f) fclose(f);
#endif
  return least;
}

int TH_countCores(void)
{
  double cores = THMin((double)count_affinity(), ceil(count_quota()));
  return cores >= 1 ? (int)cores : 1;
}
