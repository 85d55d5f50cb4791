#define _GNU_SOURCE /* flock */
#include "THDiskFile.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the descriptor ---- */

/* One read, as much as there is; 0 at the end or after an error. */
static size_t read_some(THDiskFile *f, char *data, size_t n)
{
  enum { MOST = 1 << 30 };
  ssize_t got;
  do got = read(f->fd, data, THMin(n, (size_t)MOST));
  while (got < 0 && errno == EINTR);
  if (got < 0) f->base.cause = errno;
  if (got <= 0) return 0;
  f->offset += got;
  return (size_t)got;
}

static size_t write_all(THDiskFile *f, const char *data, size_t n)
{
  enum { MOST = 1 << 30 };
  size_t done = 0;
  while (done < n) {
    ssize_t put = write(f->fd, data + done, THMin(n - done, (size_t)MOST));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      f->base.cause = put < 0 ? errno : EIO;
      break;
    }
    f->offset += put;
    done += (size_t)put;
  }
  return done;
}

/* What could not be written is dropped: a second attempt would write it at the wrong place. */
bool THDiskFile_flush(THFile *self)
{
  THDiskFile *f = (THDiskFile *)self;
  size_t pending = f->pending;
  f->pending = 0;
  return pending == 0 || write_all(f, f->buffer, pending) == pending;
}

/* Forgets what was read ahead, so that the descriptor stands at the position. */
static bool drop_read_ahead(THDiskFile *f)
{
  int64_t ahead = (int64_t)(f->end - f->at);
  f->at = f->end = 0;
  if (ahead == 0) return true;
  if (lseek(f->fd, -(off_t)ahead, SEEK_CUR) < 0) {
    f->base.cause = errno;
    return false;
  }
  f->offset -= ahead;
  return true;
}

/* ---- reading ---- */

const char *THDiskFile_peek(THFile *self, size_t want, size_t *have)
{
  THDiskFile *f = (THDiskFile *)self;
  if (f->pending && !THDiskFile_flush(self)) {
    *have = 0;
    return f->buffer;
  }
  if (f->end - f->at < want) {
    memmove(f->buffer, f->buffer + f->at, f->end - f->at);
    f->end -= f->at;
    f->at = 0;
    while (f->end < want) {
      size_t room = f->buffered ? TH_DISK_BUFFER - f->end : want - f->end;
      size_t got = read_some(f, f->buffer + f->end, room);
      if (!got) break;
      f->end += got;
    }
  }
  *have = f->end - f->at;
  return f->buffer + f->at;
}

void THDiskFile_skip(THFile *self, size_t n) { ((THDiskFile *)self)->at += n; }

size_t THDiskFile_read(THFile *self, char *data, size_t n)
{
  THDiskFile *f = (THDiskFile *)self;
  if (f->pending && !THDiskFile_flush(self)) return 0;
  size_t done = 0;
  while (done < n) {
    size_t ready = THMin(f->end - f->at, n - done);
    if (ready) {
      memcpy(data + done, f->buffer + f->at, ready);
      f->at += ready;
      done += ready;
    } else if (n - done >= TH_DISK_BUFFER || !f->buffered) { /* past the buffer */
      size_t got = read_some(f, data + done, n - done);
      if (!got) break;
      done += got;
    } else {
      size_t have;
      THDiskFile_peek(self, 1, &have);
      if (!have) break;
    }
  }
  return done;
}

int64_t THDiskFile_left(THFile *self)
{
  THDiskFile *f = (THDiskFile *)self;
  struct stat st;
  if (!f->regular || fstat(f->fd, &st) != 0) return -1;
  return THMax((int64_t)st.st_size - THDiskFile_position(self), 0);
}

/* ---- writing ---- */

size_t THDiskFile_write(THFile *self, const char *data, size_t n)
{
  THDiskFile *f = (THDiskFile *)self;
  if (f->end && !drop_read_ahead(f)) return 0;
  if (f->pending + n <= TH_DISK_BUFFER && f->buffered) {
    memcpy(f->buffer + f->pending, data, n);
    f->pending += n;
    return n;
  }
  if (!THDiskFile_flush(self)) return 0;
  if (n >= TH_DISK_BUFFER || !f->buffered) return write_all(f, data, n);
  memcpy(f->buffer, data, n);
  f->pending = n;
  return n;
}

/* ---- the position ---- */

int64_t THDiskFile_position(THFile *self)
{
  THDiskFile *f = (THDiskFile *)self;
  return f->offset - (int64_t)(f->end - f->at) + (int64_t)f->pending;
}

static bool seek_to(THDiskFile *f, off_t position, int whence)
{
  if (!THDiskFile_flush(&f->base)) return false;
  off_t at = lseek(f->fd, position, whence);
  if (at < 0) {
    f->base.cause = errno;
    return false;
  }
  f->at = f->end = 0;
  f->offset = at;
  return true;
}

bool THDiskFile_seek(THFile *self, int64_t position)
{
  THDiskFile *f = (THDiskFile *)self;
  int64_t first = f->offset - (int64_t)f->end; /* of the buffer */
  if (f->end && position >= first && position <= f->offset) {
    f->at = (size_t)(position - first);
    return true;
  }
  return seek_to(f, position, SEEK_SET);
}

bool THDiskFile_seekEnd(THFile *self) { return seek_to((THDiskFile *)self, 0, SEEK_END); }

/* ---- the end ---- */

static void discard_temporary(THDiskFile *f)
{
  if (!f->temporary) return;
  unlink(f->temporary);
  THFree(f->temporary);
  f->temporary = NULL;
}

static bool disk_close(THFile *self)
{
  THDiskFile *f = (THDiskFile *)self;
  bool ok = f->temporary ? true : THDiskFile_flush(self); /* not committed: nobody wants it */
  if (close(f->fd) != 0 && ok) {
    self->cause = errno;
    ok = false;
  }
  f->fd = -1;
  discard_temporary(f);
  return ok;
}

void THDiskFile_freeStruct(THFile *self)
{
  THDiskFile *f = (THDiskFile *)self;
  THFree(f->buffer);
  THFree(f->name);
  THFree(f->target);
  THFree(f);
}

static const THFileClass disk = {THDiskFile_peek,  THDiskFile_skip,    THDiskFile_read,
                                 THDiskFile_write, THDiskFile_left,    THDiskFile_flush,
                                 THDiskFile_seek,  THDiskFile_seekEnd, THDiskFile_position,
                                 disk_close,       THDiskFile_freeStruct, TH_FILE_DISK};

/* ---- opening ---- */

static char *copy_string(const char *s)
{
  size_t n = strlen(s) + 1;
  char *copy = THAlloc((ptrdiff_t)n);
  return memcpy(copy, s, n);
}

static void abandon(THDiskFile *f)
{
  if (f->fd >= 0) close(f->fd);
  discard_temporary(f);
  THDiskFile_freeStruct(&f->base);
}

static void disk_autofree(THDiskFile **f)
{
  if (*f) abandon(*f);
}
#define AUTO_DISK __attribute__((cleanup(disk_autofree))) THDiskFile *

THDiskFile *THDiskFile_alloc(const THFileClass *class, const char *name, bool readable,
                             bool writable)
{
  AUTO_DISK f = THAlloc(sizeof *f);
  memset(f, 0, sizeof *f);
  f->fd = -1;
  f->buffered = true;
  f->buffer = THAlloc(TH_DISK_BUFFER);
  f->name = copy_string(name);
  THFile_init(&f->base, class, readable, writable);
  f->base.name = f->name;
  THDiskFile *result = f;
  f = NULL;
  return result;
}

/* Opens; 0 or an errno. Folders are refused here, not at the first read. */
static int open_descriptor(THDiskFile *f, const char *path, int flags, mode_t mode)
{
  struct stat st;
  do f->fd = open(path, flags | O_CLOEXEC, mode);
  while (f->fd < 0 && errno == EINTR);
  if (f->fd < 0) return errno;
  if (fstat(f->fd, &st) != 0) return errno;
  if (S_ISDIR(st.st_mode)) return EISDIR;
  f->regular = S_ISREG(st.st_mode);
  return 0;
}

THFile *THDiskFile_new(const char *name, const char *mode, int isQuiet)
{
  bool readable, writable;
  THArgCheck(THFile_parseMode(mode, &readable, &writable), 2,
             "file mode should be 'r', 'w' or 'rw', got '%s'", mode);
  AUTO_DISK f = THDiskFile_alloc(&disk, name, readable, writable);
  int flags = readable && writable ? O_RDWR | O_CREAT
              : writable           ? O_WRONLY | O_CREAT | O_TRUNC
                                   : O_RDONLY;
  int cause = open_descriptor(f, name, flags, 0666);
  if (cause && isQuiet) return NULL;
  if (cause)
    THError("cannot open <%s> in mode %s: %s", name, !writable ? "r" : readable ? "rw" : "w", strerror(cause));
  f->base.isQuiet = isQuiet;
  THFile *result = &f->base;
  f = NULL;
  return result;
}

/* ---- replacing a file in one step ---- */

static size_t folder_length(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? (size_t)(slash - path) + 1 : 0;
}

static const char prefix[] = ".torch-save-";
enum { SUFFIX = 40 }; /* room for two numbers */

/* Opens the name in f->temporary, which must be new. 0 or an errno; EEXIST: another name. */
static int create_temporary(THDiskFile *f, mode_t mode)
{
  do f->fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  while (f->fd < 0 && errno == EINTR);
  if (f->fd < 0) return errno;
  struct stat st;
  flock(f->fd, LOCK_EX); /* whoever cleans up (below) may have been quicker, and taken the name away */
  if (fstat(f->fd, &st) == 0 && st.st_nlink > 0) return 0;
  close(f->fd);
  f->fd = -1;
  return EEXIST;
}

/* A new file beside the target, with the mode bits (and the owner, when we may) of `old`. It stays
   locked as long as it is open. */
static int open_temporary(THDiskFile *f, const struct stat *old)
{
  static int serial;
  size_t n = folder_length(f->target), room = n + sizeof prefix + SUFFIX;
  f->temporary = THAlloc((ptrdiff_t)room);
  int cause;
  do {
    snprintf(f->temporary, room, "%.*s%s%ld-%d", (int)n, f->target, prefix, (long)getpid(),
             __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED));
    cause = create_temporary(f, old ? 0600 : 0666);
  } while (cause == EEXIST);
  if (cause) {
    THFree(f->temporary);
    f->temporary = NULL;
    return cause;
  }
  f->regular = true;
  if (!old) return 0;
  mode_t mode = old->st_mode & 07777;
  if (fchown(f->fd, old->st_uid, old->st_gid) != 0) mode &= 0777; /* not ours: no setuid bits */
  return fchmod(f->fd, mode) != 0 ? errno : 0;
}

/* ---- what killed saves have left ---- */

/* Removes a temporary of ours that no process has open. */
static void remove_if_left(int folder, const char *name)
{
  int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat st;
  if (fd < 0) return;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0)
    unlinkat(folder, name, 0);
  close(fd);
}

/* In the folder of the target. What cannot be read or removed is somebody else's. */
static void remove_left_behind(const char *target)
{
  size_t n = folder_length(target);
  TH_AUTO_MEM char *path = THAlloc((ptrdiff_t)n + 2);
  snprintf(path, n + 2, "%.*s", (int)THMax(n, 1), n ? target : ".");
  DIR *folder = opendir(path);
  if (!folder) return;
  for (struct dirent *entry; (entry = readdir(folder));)
    if (!strncmp(entry->d_name, prefix, sizeof prefix - 1)) remove_if_left(dirfd(folder), entry->d_name);
  closedir(folder);
}

/* ---- opening for a replacement ---- */

/* Follows links, so that the file they name is replaced and not the link. */
static char *resolve(const char *name)
{
  char *path = realpath(name, NULL); /* malloc's own: THFree takes it */
  return path ? path : copy_string(name);
}

static int open_replacing(THDiskFile *f, const char *name)
{
  struct stat st;
  f->target = resolve(name);
  bool exists = stat(f->target, &st) == 0;
  if (exists && S_ISDIR(st.st_mode)) return EISDIR;
  if (exists && access(f->target, W_OK) != 0) return errno;
  if (exists && !S_ISREG(st.st_mode)) return open_descriptor(f, f->target, O_WRONLY, 0);
  size_t length = strlen(f->target);
  if (length == 0) return ENOENT;
  if (f->target[length - 1] == '/') return EISDIR;
  if (length - folder_length(f->target) > 255) return ENAMETOOLONG;
  remove_left_behind(f->target);
  int cause = open_temporary(f, exists ? &st : NULL);
  bool locked = !f->temporary && (cause == EACCES || cause == EPERM || cause == EROFS);
  if (!exists || !locked) return cause;
  return open_descriptor(f, f->target, O_WRONLY | O_TRUNC, 0);
}

int THDiskFile_isInPlace(THFile *self)
{
  THDiskFile *f = (THDiskFile *)self;
  return self->class == &disk && f->target && f->regular && !f->temporary;
}

THFile *THDiskFile_newReplacing(const char *name)
{
  AUTO_DISK f = THDiskFile_alloc(&disk, name, false, true);
  int cause = open_replacing(f, name);
  if (cause) THError("cannot open <%s> in mode w: %s", name, strerror(cause));
  THFile *result = &f->base;
  f = NULL;
  return result;
}

/* Makes a rename last over a power failure. Folders that cannot be synced are none of our business:
   the file is in place. */
static void sync_folder(char *target)
{
  size_t n = folder_length(target);
  char cut = target[n];
  target[n] = '\0';
  int fd = open(n ? target : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  target[n] = cut;
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

static bool commit(THDiskFile *f)
{
  if (!THDiskFile_flush(&f->base)) return false;
  bool done = !f->regular || fsync(f->fd) == 0;
  if (done && f->temporary) done = rename(f->temporary, f->target) == 0;
  if (!done) f->base.cause = errno;
  if (!done || !f->temporary) return done;
  THFree(f->temporary);
  f->temporary = NULL;
  sync_folder(f->target);
  return true;
}

void THDiskFile_commit(THFile *self)
{
  THFile_checkOpened(self);
  THArgCheck(self->class == &disk && ((THDiskFile *)self)->target, 1,
             "commit: <%s> was not opened by newReplacing", self->name);
  self->cause = 0;
  if (!commit((THDiskFile *)self)) {
    int cause = self->cause;
    self->class->close(self);
    self->isOpened = false;
    self->cause = cause;
    THFile_fail(self, "write error: cannot save");
  } else {
    THFile_close(self);
  }
}

/* ---- disk files only ---- */

static THDiskFile *check_disk(THFile *self)
{
  THFile_checkOpened(self);
  THArgCheck(self->class->kind != TH_FILE_MEMORY, 1, "a DiskFile or PipeFile is expected");
  return (THDiskFile *)self;
}

const char *THDiskFile_name(THFile *self) { return self->name; }

int THDiskFile_isLittleEndianCPU(void)
{
  const int one = 1;
  return *(const char *)&one;
}
int THDiskFile_isBigEndianCPU(void) { return !THDiskFile_isLittleEndianCPU(); }

void THDiskFile_nativeEndianEncoding(THFile *self) { check_disk(self)->base.swap = false; }
void THDiskFile_littleEndianEncoding(THFile *self)
{
  check_disk(self)->base.swap = THDiskFile_isBigEndianCPU();
}
void THDiskFile_bigEndianEncoding(THFile *self)
{
  check_disk(self)->base.swap = THDiskFile_isLittleEndianCPU();
}

void THDiskFile_noBuffer(THFile *self)
{
  THDiskFile *f = check_disk(self);
  self->cause = 0;
  f->buffered = false;
  if (!THDiskFile_flush(self)) THFile_fail(self, "write error: unable to synchronize");
}
