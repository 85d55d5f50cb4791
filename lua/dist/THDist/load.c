/* Which engine: that of the launcher whose variables are in the environment. */
#define _GNU_SOURCE /* dladdr */
#include "engine.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/* Variables that a launcher gives to every process. PMIx (srun --mpi=pmix, and Open MPI's own) comes last: MPICH's mpirun
   sets none of it. */
static const struct {
  const char *variable, *mpi;
} launchers[] = {{"OMPI_COMM_WORLD_SIZE", "openmpi"}, {"PMI_RANK", "mpich"}, {"PMI_SIZE", "mpich"}, {"PMI_FD", "mpich"},
                 {"PMIX_RANK", "openmpi"}};

static const char *launcher(void)
{
  for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++)
    if (getenv(launchers[i].variable)) return launchers[i].mpi;
  return "none";
}

/* libTHDist_<mpi>.so lies beside this library. */
static void *open_plugin(const char *mpi)
{
  Dl_info self;
  char path[4096];
  if (!dladdr((void *)THDist_load, &self)) return NULL;
  const char *slash = strrchr(self.dli_fname, '/');
  int folder = slash ? (int)(slash - self.dli_fname) + 1 : 0;
  snprintf(path, sizeof path, "%.*slibTHDist_%s.so", folder, self.dli_fname, mpi);
  return dlopen(path, RTLD_NOW | RTLD_GLOBAL); /* components of Open MPI look its names up in the process */
}

static _Noreturn void refuse(const char *mpi, bool asked)
{
  const char *reason = dlerror();
  char text[512];
  snprintf(text, sizeof text, "%s", reason ? reason : "its library is of another version");
  THError("init: %s %s, and that MPI is not there: %s. Install it (Debian: %s) and build again, start the program with the mpirun of "
          "another MPI, or set DIST_MPI=none for processes that are alone",
          asked ? "DIST_MPI asks for" : "this process was started by the mpirun of", mpi, text,
          strcmp(mpi, "mpich") ? "libopenmpi-dev" : "libmpich-dev");
}

const THDistEngine *THDist_load(void)
{
  const char *asked = getenv("DIST_MPI"), *mpi = asked && *asked ? asked : launcher();
  if (!strcmp(mpi, "none")) return &THDist_single;
  if (strcmp(mpi, "openmpi") && strcmp(mpi, "mpich")) THError("init: DIST_MPI is '%s'; openmpi, mpich or none expected", mpi);
  /* MPICH's UCX would take the place of handlers of faults that are there already, such as that of simulated GPUs */
  setenv("UCX_ERROR_SIGNALS", "", 0);
  void *library = open_plugin(mpi);
  const THDistEngine *engine = library ? dlsym(library, "THDist_plugin") : NULL;
  if (!engine || engine->version != THDIST_ENGINE_VERSION) refuse(mpi, asked && *asked);
  return engine;
}

const THDistGpu *THDist_loadGpu(const char *name)
{
  void *library = open_plugin(name);
  const THDistGpu *gpu = library ? dlsym(library, "THDist_gpuPlugin") : NULL;
  return gpu && gpu->engine.version == THDIST_ENGINE_VERSION ? gpu : NULL;
}
