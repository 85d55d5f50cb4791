/* Ranks of one machine share its processors. */
#define _GNU_SOURCE
#include "engine.h"
#include <sched.h>
#include <unistd.h>

enum { PROCESSORS = 8 * sizeof((THDistPeer *)0)->processors };

static bool bound(const THDistPeer *peer, int processor) { return peer->processors[processor / 8] >> processor % 8 & 1; }

void THDist_describe(THDistPeer *peer)
{
  gethostname(peer->host, sizeof peer->host - 1);
  peer->process = (int32_t)getpid();
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set)) return;
  for (int i = 0; i < THMin(PROCESSORS, CPU_SETSIZE); i++)
    if (CPU_ISSET(i, &set)) peer->processors[i / 8] |= (unsigned char)(1 << i % 8);
#endif
}

/* A processor that k ranks of the machine are bound to is a k-th for each. A control group's quota (which
   THGetNumCores knows of) is shared alike. */
double THDist_share(const THDistPeer *peers, int size, int rank)
{
  double share = 0;
  int all = 0, ranks = 0;
  for (int i = 0; i < size; i++) ranks += !strcmp(peers[i].host, peers[rank].host);
  for (int p = 0; p < PROCESSORS; p++) {
    int users = 0;
    if (!bound(&peers[rank], p)) continue;
    for (int i = 0; i < size; i++) users += !strcmp(peers[i].host, peers[rank].host) && bound(&peers[i], p);
    share += 1.0 / users;
    all++;
  }
  int cores = THGetNumCores();
  if (cores < all || !all) share = THMin(share, (double)cores / ranks);
  return share + 1e-9;
}
