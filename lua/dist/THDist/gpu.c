/* What carries tensors of GPUs: NCCL, where every rank of a group has a GPU to itself and the library; else the host's memory
   and MPI, as in the simulator. Which one is agreed on by the ranks of a group in their first operation that all take part in. */
#include "engine.h"
#include "core/THDevice.h"
#include <stdio.h>
#include <stdlib.h>

enum { HAS_NCCL, NOT_WANTED, SIMULATED, NO_LIBRARY, NO_GPU };
static const char *const reasons[] = {
  [NOT_WANTED] = "DIST_GPU=host is in its environment",
  [SIMULATED] = "its GPU is simulated",
  [NO_LIBRARY] = "it has no libTHDist_nccl.so, which a build for CUDA makes where nccl.h is, or no libnccl.so.2",
  [NO_GPU] = "its GPU does not tell which one it is",
};

/* What a rank tells the others. */
typedef struct Card {
  int32_t state;
  unsigned char gpu[THDIST_GPU_NAME];
} Card;

static bool asks_for(const char *way)
{
  const char *asked = getenv("DIST_GPU");
  return asked && !strcmp(asked, way);
}

static const THDistGpu *nccl; /* NULL: not loaded */

static int own_state(void)
{
  if (asks_for("host")) return NOT_WANTED;
  bool simulated = strcmp(TH_device->name, "CUDA");
  if (!nccl) nccl = THDist_loadGpu(simulated ? "nccl_simt" : "nccl"); /* of the tests alone */
  return nccl ? HAS_NCCL : simulated ? SIMULATED : NO_LIBRARY;
}

static void exchange(THDistWork work, THDistGroup *group)
{
  work.comm = group->comm;
  THDist_exchange(THDist_job()->engine, work);
}

static const char *name_of(const THDistGroup *group, int i) { return THDist_name(group->ranks ? group->ranks[i] : i); }

/* Whether all can; else `why` says who cannot. */
static bool all_can(const Card *cards, const THDistGroup *group, char *why, size_t room)
{
  for (int i = 0; i < group->size; i++) {
    if (cards[i].state != HAS_NCCL) {
      snprintf(why, room, "%s: %s", name_of(group, i), reasons[cards[i].state]);
      return false;
    }
    for (int k = 0; k < i; k++) {
      if (memcmp(cards[i].gpu, cards[k].gpu, sizeof cards[i].gpu)) continue;
      snprintf(why, room, "ranks %d and %d share a GPU; cutorch.setDevice(dist.localRank() + 1) gives each its own", k, i);
      return false;
    }
  }
  return true;
}

/* The first of the group makes a name for it, by which the others find each other. */
static void join(THDistGroup *group)
{
  unsigned char id[THDIST_GPU_ID] = {0};
  if (group->rank == 0 && !nccl->newId(id)) THError("NCCL: %s", nccl->engine.why());
  exchange((THDistWork){.kind = THDIST_BROADCAST, .type = TH_BYTE, .into = id, .n = sizeof id}, group);
  if (!nccl->join(&group->gpu, id, group->rank, group->size, THDist_anyFailed)) THError("NCCL: %s", nccl->engine.why());
}

static void agree(THDistGroup *group, const void *memory)
{
  char why[256] = "";
  Card own = {.state = own_state()};
  if (own.state == HAS_NCCL && !nccl->describe(own.gpu, memory)) own.state = NO_GPU;
  TH_AUTO(THAnyTensor) all = THAnyTensor_newWithSizeNd(TH_BYTE, 1, (int64_t[]){group->size * (int64_t)sizeof own}, NULL);
  Card *cards = THAnyTensor_data(all);
  exchange((THDistWork){.kind = THDIST_ALL_GATHER, .type = TH_BYTE, .from = &own, .into = cards, .n = sizeof own}, group);
  bool can = all_can(cards, group, why, sizeof why);
  if (!can && asks_for("nccl")) THError("DIST_GPU=nccl asks for NCCL, which cannot be: %s", why);
  if (can) join(group);
  group->agreed = true;
}

/* NCCL has no Shorts: bytes will do where nothing is added. */
static bool carries(THDistKind kind, THType type)
{
  if (kind == THDIST_BARRIER || kind >= THDIST_SEND) return false;
  return THType_element(type) != TH_SHORT || kind == THDIST_BROADCAST || kind == THDIST_ALL_GATHER;
}

const THDistEngine *THDist_carrier(const THAnyTensor *t, THDistKind kind, THDistGroup *group)
{
  THDistJob *job = THDist_job();
  if (!group) group = &job->all;
  if (!THType_onDevice(t->type) || group->size == 1 || !carries(kind, (THType)t->type) || !THAnyTensor_nElement(t)) return job->engine;
  if (!group->agreed) agree(group, THAnyTensor_data((THAnyTensor *)t));
  return group->gpu ? &nccl->engine : job->engine;
}

void THDist_releaseGpu(THDistGroup *group)
{
  if (group->gpu) nccl->engine.release(group->gpu);
}
