#define _GNU_SOURCE /* dladdr */
#include "THBlasThread.h"
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

const THBlasTable *TH_blas;

/* ---- threads ---- */

/* What openblas_get_parallel returns. ORDER OPENBLAS */
enum { SEQUENTIAL, PTHREADS, OPENMP };
static int kind = PTHREADS;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* The thread that held the lock is not in the child. */
static void in_child(void) { pthread_mutex_init(&turn, NULL); }

static void ask_blas(const THBlasTable *b)
{
  if (b->openblas_get_parallel) kind = b->openblas_get_parallel();
  if (kind == OPENMP && (!b->omp_get_max_threads || !b->omp_set_num_threads)) kind = PTHREADS;
  if (kind == SEQUENTIAL) pthread_atfork(NULL, NULL, in_child);
  if (kind == PTHREADS && b->openblas_set_num_threads) b->openblas_set_num_threads(1);
}

int TH_blasEnter(void)
{
  TH_blasLoad();
  if (kind == SEQUENTIAL) pthread_mutex_lock(&turn);
  if (kind != OPENMP) return 1;
  int before = TH_blas->omp_get_max_threads();
  if (before != 1) TH_blas->omp_set_num_threads(1);
  return before;
}

void TH_blasLeave(const int *before)
{
  if (kind == SEQUENTIAL) pthread_mutex_unlock(&turn);
  if (*before != 1) TH_blas->omp_set_num_threads(*before);
}

/* ---- loading ---- */

enum { PATH = 4096 };
static char failure[PATH + 1024]; /* why it cannot be loaded */

#ifdef TH_BLAS_LAZY
#define PLUGIN "libTHblas.so"

/* The file of that name beside libTH. */
static void plugin_path(char *path)
{
  Dl_info self;
  const char *slash = NULL;
  if (dladdr((void *)TH_blasLoad, &self) && self.dli_fname) slash = strrchr(self.dli_fname, '/');
  if (slash) snprintf(path, PATH, "%.*s/" PLUGIN, (int)(slash - self.dli_fname), self.dli_fname);
  else strcpy(path, PLUGIN);
}

/* Lazily: of OpenBLAS's names only those that are called are looked up. By the name alone where the path that libTH was
   loaded by is relative and means nothing any more: the loader keeps the folder for libTH's RUNPATH. */
static void *open_plugin(const char *path)
{
  void *plugin = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  if (plugin) return plugin;
  snprintf(failure, sizeof failure, "%s", dlerror());
  return path[0] == '/' ? NULL : dlopen(PLUGIN, RTLD_LAZY | RTLD_LOCAL);
}

/* NULL, and `failure` tells why. */
static const THBlasTable *find_table(void)
{
  char path[PATH], reason[1024];
  plugin_path(path);
  void *plugin = open_plugin(path);
  const THBlasTable *table = plugin ? dlsym(plugin, "TH_blasPlugin") : NULL;
  if (table && table->size == sizeof *table) return table;
  snprintf(reason, sizeof reason, "%.1000s", plugin ? "it is of another version than libTH" : failure);
  snprintf(failure, sizeof failure,
           "products of matrices and LAPACK need %s, which cannot be loaded (%s); install that file again, or the BLAS "
           "that it names", path, reason);
  return NULL;
}

/* OpenBLAS takes some 130 MB of addresses for each of its threads as it is loaded, and where there is a limit to them
   (ulimit -v) asks for ever: so whether they are to be had is tried before. */
static void check_addresses(void)
{
  enum { MEGABYTE = 1 << 20, FOR_ALL = 170, FOR_EACH = 130, MOST_THREADS = 128 };
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY) return;
  const char *told = getenv("OMP_NUM_THREADS");
  int threads = told ? atoi(told) : 0;
  if (threads < 1) threads = THGetNumCores();
  size_t need = (size_t)(FOR_ALL + FOR_EACH * THMin(threads, MOST_THREADS)) * MEGABYTE;
  void *room = mmap(NULL, need, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED)
    THError("LAPACK and products by the BLAS need %d MB of addresses, more than the limit (ulimit -v) leaves; raise it, or run "
            "with fewer threads (OMP_NUM_THREADS=1)", (int)(need / MEGABYTE));
  munmap(room, need);
}
#else
extern const THBlasTable TH_blasPlugin;
static const THBlasTable *find_table(void) { return &TH_blasPlugin; }
#endif

/* OpenBLAS starts threads as it is loaded: signals are not for them. */
static void load(void)
{
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const THBlasTable *table = find_table();
  if (table) ask_blas(table);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  __atomic_store_n(&TH_blas, table, __ATOMIC_RELEASE);
}

const THBlasTable *TH_blasLoad(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  const THBlasTable *table = __atomic_load_n(&TH_blas, __ATOMIC_ACQUIRE);
  if (table) return table;
#ifdef TH_BLAS_LAZY
  check_addresses();
#endif
  pthread_once(&once, load);
  if (!TH_blas) THError("%s", failure);
  return TH_blas;
}

/* ---- what it is ---- */

const char *THGetBLAS(void)
{
  const THBlasTable *b = TH_blasLoad();
  return b->openblas_get_corename ? b->openblas_get_corename() : "unknown";
}
const char *THGetBLASConfig(void)
{
  const THBlasTable *b = TH_blasLoad();
  return b->openblas_get_config ? b->openblas_get_config() : "unknown";
}
