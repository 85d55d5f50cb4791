#ifndef TH_FILE_PRIVATE_H
#define TH_FILE_PRIVATE_H
/* What a kind of file is: a stream of bytes. Numbers, text and errors are THFile.c's. None of these
   functions raises for a failed transfer: they set `cause` to an errno and say how far they got. */
#include "THFile.h"

typedef struct THFileClass {
  /* Makes up to `want` (at most TH_FILE_PEEK) bytes at the position visible; *have may be more, and
     is less only at the end of the file. The bytes stay until the next call on the file. */
  const char *(*peek)(THFile *self, size_t want, size_t *have);
  void (*skip)(THFile *self, size_t n); /* n at most what peek showed */
  size_t (*read)(THFile *self, char *data, size_t n);
  size_t (*write)(THFile *self, const char *data, size_t n);
  int64_t (*left)(THFile *self); /* bytes after the position; -1: unknown */
  bool (*flush)(THFile *self);
  bool (*seek)(THFile *self, int64_t position);
  bool (*seekEnd)(THFile *self);
  int64_t (*position)(THFile *self);
  bool (*close)(THFile *self);
  void (*free)(THFile *self);
  THFileKind kind;
} THFileClass;

enum { TH_FILE_PEEK = 512 };

struct THFile {
  const THFileClass *class;
  const char *name;
  bool isOpened, isQuiet, isReadable, isWritable, isBinary, isAutoSpacing, hasError;
  bool swap;    /* bytes in the other order than the processor's */
  int longSize; /* 4 or 8 */
  int cause;    /* errno of the last failure; 0: the end of the file */
};

void THFile_init(THFile *self, const THFileClass *class, bool readable, bool writable);
/* Sets hasError; raises unless quiet. */
void THFile_fail(THFile *self, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "r", "w", "rw"; false for anything else */
bool THFile_parseMode(const char *mode, bool *readable, bool *writable);
void THFile_checkOpened(THFile *self);
#endif
