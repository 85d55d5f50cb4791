#include "THDiskFile.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

/* A reader that went away must be an error of the write, not the end of the process: SIGPIPE is held
   back in this thread meanwhile, and taken off the queue if the write caused it. */
typedef struct Guard {
  sigset_t pipe, before;
  bool was_pending;
} Guard;

static void guard_begin(Guard *g)
{
  sigset_t pending;
  sigpending(&pending);
  g->was_pending = sigismember(&pending, SIGPIPE);
  sigemptyset(&g->pipe);
  sigaddset(&g->pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &g->pipe, &g->before);
}

static void guard_end(Guard *g, int cause)
{
  const struct timespec now = {0, 0};
  if (cause == EPIPE && !g->was_pending) sigtimedwait(&g->pipe, NULL, &now);
  pthread_sigmask(SIG_SETMASK, &g->before, NULL);
}

static size_t pipe_write(THFile *self, const char *data, size_t n)
{
  Guard guard;
  guard_begin(&guard);
  size_t put = THDiskFile_write(self, data, n);
  guard_end(&guard, self->cause);
  return put;
}

static bool pipe_flush(THFile *self)
{
  Guard guard;
  guard_begin(&guard);
  bool ok = THDiskFile_flush(self);
  guard_end(&guard, self->cause);
  return ok;
}

static int64_t pipe_left(THFile *self)
{
  (void)self;
  return -1;
}

/* The status of a command that is read means whatever it means (grep finds nothing: 1); one that is
   written and fails has lost our data. */
static bool pipe_close(THFile *self)
{
  THDiskFile *f = (THDiskFile *)self;
  bool ok = pipe_flush(self);
  int status = pclose(f->stream);
  f->stream = NULL;
  if (!ok || !self->isWritable || status == 0) return ok;
  self->cause = status < 0 ? errno : EPIPE;
  return false;
}

static const THFileClass pipe_class = {THDiskFile_peek, THDiskFile_skip,       THDiskFile_read,
                                       pipe_write,      pipe_left,             pipe_flush,
                                       THDiskFile_seek, THDiskFile_seekEnd,    THDiskFile_position,
                                       pipe_close,      THDiskFile_freeStruct, TH_FILE_PIPE};

THFile *THPipeFile_new(const char *command, const char *mode, int isQuiet)
{
  bool readable, writable;
  THArgCheck(THFile_parseMode(mode, &readable, &writable) && readable != writable, 2,
             "file mode should be 'r' or 'w', got '%s'", mode);
  THDiskFile *f = THDiskFile_alloc(&pipe_class, command, readable, writable);
  f->stream = popen(command, readable ? "re" : "we");
  if (!f->stream) {
    int cause = errno;
    THDiskFile_freeStruct(&f->base);
    if (isQuiet) return NULL;
    THError("cannot open pipe <%s> in mode %s: %s", command, readable ? "r" : "w", strerror(cause));
  }
  f->fd = fileno(f->stream);
  f->base.isQuiet = isQuiet;
  return &f->base;
}
