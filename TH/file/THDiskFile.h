#ifndef TH_DISK_FILE_H
#define TH_DISK_FILE_H
/* The buffered file descriptor that disk files and pipes share. */
#include "THFilePrivate.h"

enum { TH_DISK_BUFFER = 64 * 1024 };

/* The buffer holds either bytes read ahead, [at, end), or bytes to be written, [0, pending); never
   both. offset is where the descriptor stands in the file. */
typedef struct THDiskFile {
  THFile base;
  int fd;
  bool buffered, regular;
  int64_t offset;
  size_t at, end, pending;
  char *buffer;
  void *stream; /* pipes: the FILE * of popen */
  char *name;
  char *target, *temporary; /* newReplacing: where the bytes go at commit, and where they are now */
} THDiskFile;

THDiskFile *THDiskFile_alloc(const THFileClass *class, const char *name, bool readable,
                             bool writable);
const char *THDiskFile_peek(THFile *self, size_t want, size_t *have);
void THDiskFile_skip(THFile *self, size_t n);
size_t THDiskFile_read(THFile *self, char *data, size_t n);
size_t THDiskFile_write(THFile *self, const char *data, size_t n);
int64_t THDiskFile_left(THFile *self);
bool THDiskFile_flush(THFile *self);
bool THDiskFile_seek(THFile *self, int64_t position);
bool THDiskFile_seekEnd(THFile *self);
int64_t THDiskFile_position(THFile *self);
void THDiskFile_freeStruct(THFile *self);
#endif
