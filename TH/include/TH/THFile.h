#ifndef TH_FILE_H
#define TH_FILE_H
/* Files: numbers in binary or as text, on disk, through a pipe, or in memory.

   A file is text (ascii) until THFile_binary. Text separates numbers by a space and ends each write
   call by a newline (autospacing, on by default); bytes and chars are raw in both modes.
   A short read or write sets hasError and, unless the file is quiet, raises an error that names the
   file, the byte offset and the cause. Positions are byte offsets from 0.

   Reading never allocates by a size it was told: THFile_newRead looks at what the file has left. */
#include "THAnyStorage.h"

typedef struct THFile THFile;

TH_API int THFile_isOpened(THFile *self);
TH_API int THFile_isQuiet(THFile *self);
TH_API int THFile_isReadable(THFile *self);
TH_API int THFile_isWritable(THFile *self);
TH_API int THFile_isBinary(THFile *self);
TH_API int THFile_isAutoSpacing(THFile *self);
TH_API int THFile_hasError(THFile *self);
TH_API void THFile_binary(THFile *self);
TH_API void THFile_ascii(THFile *self);
TH_API void THFile_autoSpacing(THFile *self);
TH_API void THFile_noAutoSpacing(THFile *self);
TH_API void THFile_quiet(THFile *self);
TH_API void THFile_pedantic(THFile *self);
TH_API void THFile_clearError(THFile *self);

/* What the file is called in messages: the path, the command, or "memory". */
TH_API const char *THFile_name(THFile *self);

/* n elements; the result is how many were transferred. Scalars: 0 after a quiet failure. */
#define X(Name, real, accreal, CODE)                                                               \
  TH_API real THFile_read##Name##Scalar(THFile *self);                                             \
  TH_API void THFile_write##Name##Scalar(THFile *self, real scalar);                               \
  TH_API size_t THFile_read##Name(THFile *self, TH##Name##Storage *storage);                       \
  TH_API size_t THFile_write##Name(THFile *self, TH##Name##Storage *storage);                      \
  TH_API size_t THFile_read##Name##Raw(THFile *self, real *data, size_t n);                        \
  TH_API size_t THFile_write##Name##Raw(THFile *self, const real *data, size_t n);
TH_ALL_TYPES(X)
#undef X
TH_API size_t THFile_readRaw(THFile *self, THType type, void *data, size_t n);
TH_API size_t THFile_writeRaw(THFile *self, THType type, const void *data, size_t n);
TH_API size_t THFile_readStorage(THFile *self, THAnyStorage *storage);
TH_API size_t THFile_writeStorage(THFile *self, THAnyStorage *storage);

/* A storage of n elements read from the file; fewer after a quiet short read. */
TH_API THAnyStorage *THFile_newRead(THFile *self, THType type, int64_t n);
/* Upper bound of the elements of that type that the rest of the file can hold; -1 when only reading
   can tell (pipes, devices). */
TH_API int64_t THFile_remaining(THFile *self, THType type);

/* "*l": a line without its newline; "*a": all the rest. *str_ is the caller's to THFree. */
TH_API size_t THFile_readStringRaw(THFile *self, const char *format, char **str_);
TH_API size_t THFile_writeStringRaw(THFile *self, const char *str, size_t size);

TH_API void THFile_synchronize(THFile *self); /* hands everything to the system */
TH_API void THFile_seek(THFile *self, size_t position);
TH_API void THFile_seekEnd(THFile *self);
TH_API size_t THFile_position(THFile *self);
/* Raises when pending data cannot be written; the file is closed nevertheless. */
TH_API void THFile_close(THFile *self);
/* Closes first. Never raises: data that cannot be written is reported on stderr. */
TH_API void THFile_free(THFile *self);
static inline void THFile_autofree(THFile **self)
{
  if (*self) THFile_free(*self);
}

/* Longs of 4 or 8 bytes in binary files; 0: native, which is 8. Writing a long that does not fit
   raises. On disk files, pipes and memory files alike. */
TH_API void THFile_longSize(THFile *self, int size);

/* ---- disk and pipe ----
   Modes "r", "w" (created or emptied) and, on disk, "rw" (created when missing, kept otherwise).
   Failure raises, or with isQuiet gives NULL. */
TH_API THFile *THDiskFile_new(const char *name, const char *mode, int isQuiet);
/* command is run by the shell. Closing a pipe that was written raises when the command failed. */
TH_API THFile *THPipeFile_new(const char *command, const char *mode, int isQuiet);
/* A file for writing that takes the place of `name` in one step at THDiskFile_commit, after its
   bytes are on the disk; until then, and for ever when freed or closed without commit, an earlier
   file of that name stays as it was. The mode bits of an earlier file are kept. Symbolic links are
   followed; devices and pipes are written directly. What killed programs have left in the folder
   is removed. Where the folder is not writable but the file is, the file is emptied and written in
   place, which isInPlace tells: then it is lost when the program ends before the commit. */
TH_API THFile *THDiskFile_newReplacing(const char *name);
TH_API int THDiskFile_isInPlace(THFile *self);
TH_API void THDiskFile_commit(THFile *self);
TH_API const char *THDiskFile_name(THFile *self);
TH_API int THDiskFile_isLittleEndianCPU(void);
TH_API int THDiskFile_isBigEndianCPU(void);
TH_API void THDiskFile_nativeEndianEncoding(THFile *self);
TH_API void THDiskFile_littleEndianEncoding(THFile *self);
TH_API void THDiskFile_bigEndianEncoding(THFile *self);
TH_API void THDiskFile_longSize(THFile *self, int size);
TH_API void THDiskFile_noBuffer(THFile *self);

/* ---- memory ----
   The bytes live in a CharStorage that ends in a NUL, which is not part of the content. */
TH_API THFile *THMemoryFile_newWithStorage(THCharStorage *storage, const char *mode);
TH_API THFile *THMemoryFile_new(const char *mode);
/* Borrowed; exactly the content and the NUL. */
TH_API THCharStorage *THMemoryFile_storage(THFile *self);
TH_API void THMemoryFile_longSize(THFile *self, int size);

/* ---- one object's worth of helpers for language bindings ---- */
typedef enum THFileKind { TH_FILE_DISK, TH_FILE_PIPE, TH_FILE_MEMORY } THFileKind;
TH_API THFileKind THFile_kind(THFile *self);
#endif
