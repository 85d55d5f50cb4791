#include "THFilePrivate.h"
#include "THHalf.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- state ---- */

void THFile_init(THFile *self, const THFileClass *class, bool readable, bool writable)
{
  *self = (THFile){.class = class,
                   .isOpened = true,
                   .isReadable = readable,
                   .isWritable = writable,
                   .isAutoSpacing = true,
                   .longSize = 8};
}

bool THFile_parseMode(const char *mode, bool *readable, bool *writable)
{
  *readable = mode[0] == 'r';
  *writable = mode[*readable] == 'w';
  return (*readable || *writable) && mode[*readable + *writable] == '\0';
}

#define FLAG(name)                                                                                 \
  int THFile_##name(THFile *self) { return self->name; }
FLAG(isOpened)
FLAG(isQuiet)
FLAG(isReadable)
FLAG(isWritable)
FLAG(isBinary)
FLAG(isAutoSpacing)
FLAG(hasError)
#undef FLAG

#define SET(function, field, value)                                                                \
  void THFile_##function(THFile *self)                                                             \
  {                                                                                                \
    THFile_checkOpened(self);                                                                      \
    self->field = value;                                                                           \
  }
SET(binary, isBinary, true)
SET(ascii, isBinary, false)
SET(autoSpacing, isAutoSpacing, true)
SET(noAutoSpacing, isAutoSpacing, false)
SET(quiet, isQuiet, true)
SET(pedantic, isQuiet, false)
SET(clearError, hasError, false)
#undef SET

const char *THFile_name(THFile *self) { return self->name; }
THFileKind THFile_kind(THFile *self) { return self->class->kind; }

void THFile_longSize(THFile *self, int size)
{
  THFile_checkOpened(self);
  THArgCheck(size == 0 || size == 4 || size == 8, 2, "longSize: must be 0, 4 or 8 bytes, got %d",
             size);
  self->longSize = size ? size : 8;
}
void THDiskFile_longSize(THFile *self, int size) { THFile_longSize(self, size); }
void THMemoryFile_longSize(THFile *self, int size) { THFile_longSize(self, size); }

/* ---- errors ---- */

void THFile_checkOpened(THFile *self)
{
  if (!self->isOpened) THError("attempt to use a closed file <%s>", self->name);
}

static void check_readable(THFile *self)
{
  THFile_checkOpened(self);
  if (!self->isReadable) THError("attempt to read in a write-only file <%s>", self->name);
}

static void check_writable(THFile *self)
{
  THFile_checkOpened(self);
  if (!self->isWritable) THError("attempt to write in a read-only file <%s>", self->name);
}

void THFile_fail(THFile *self, const char *fmt, ...)
{
  self->hasError = true;
  if (self->isQuiet) return;
  char what[256];
  va_list args;
  va_start(args, fmt);
  vsnprintf(what, sizeof what, fmt, args);
  va_end(args);
  int64_t at = self->isOpened ? self->class->position(self) : -1;
  char where[48] = "";
  if (at >= 0) snprintf(where, sizeof where, ", byte offset %" PRId64, at);
  const char *reason = self->cause ? strerror(self->cause) : NULL;
  THError("%s: file <%s>%s%s%s", what, self->name, where, reason ? ": " : "",
          reason ? reason : "");
}

static size_t short_read(THFile *self, size_t got, size_t n)
{
  if (got < n)
    THFile_fail(self, "read error: read %zu blocks instead of %zu%s", got, n,
                self->cause ? "" : self->isBinary ? " (end of file)" : " (end of file, or no number)");
  return got;
}

static size_t short_write(THFile *self, size_t put, size_t n)
{
  if (put < n) THFile_fail(self, "write error: wrote %zu blocks instead of %zu", put, n);
  return put;
}

/* ---- binary numbers ---- */

enum { CHUNK = 4096 };

static void swap_bytes(void *data, size_t size, size_t n)
{
  char *p = data;
  for (size_t i = 0; i < n; i++, p += size)
    for (size_t a = 0, b = size - 1; a < b; a++, b--) {
      char t = p[a];
      p[a] = p[b];
      p[b] = t;
    }
}

/* Whole elements at the position, or as many as there are. */
static size_t read_bytes(THFile *self, void *data, size_t size, size_t n)
{
  size_t bytes = size * n;
  if (bytes <= 16) { /* single numbers: straight from the buffer */
    size_t have;
    const char *p = self->class->peek(self, bytes, &have);
    if (have >= bytes) {
      memcpy(data, p, bytes);
      self->class->skip(self, bytes);
      return n;
    }
  }
  return self->class->read(self, data, bytes) / size;
}

static size_t read_short_longs(THFile *self, int64_t *data, size_t n)
{
  int32_t chunk[CHUNK / sizeof(int32_t)];
  size_t done = 0;
  while (done < n) {
    size_t want = THMin(n - done, sizeof chunk / sizeof *chunk);
    size_t got = read_bytes(self, chunk, sizeof *chunk, want);
    if (self->swap) swap_bytes(chunk, sizeof *chunk, got);
    for (size_t i = 0; i < got; i++) data[done + i] = chunk[i];
    done += got;
    if (got < want) break;
  }
  return done;
}

static size_t read_binary(THFile *self, THType type, void *data, size_t n)
{
  size_t size = THType_size(type);
  if (type == TH_LONG && self->longSize == 4) return read_short_longs(self, data, n);
  size_t got = read_bytes(self, data, size, n);
  if (self->swap && size > 1) swap_bytes(data, size, got);
  return got;
}

static size_t write_short_longs(THFile *self, const int64_t *data, size_t n)
{
  int32_t chunk[CHUNK / sizeof(int32_t)];
  for (size_t i = 0; i < n; i++)
    if (data[i] != (int32_t)data[i])
      THError("write error: %" PRId64 " does not fit in a long of 4 bytes: file <%s>", data[i],
              self->name);
  size_t done = 0;
  while (done < n) {
    size_t want = THMin(n - done, sizeof chunk / sizeof *chunk);
    for (size_t i = 0; i < want; i++) chunk[i] = (int32_t)data[done + i];
    if (self->swap) swap_bytes(chunk, sizeof *chunk, want);
    size_t put = self->class->write(self, (char *)chunk, want * sizeof *chunk) / sizeof *chunk;
    done += put;
    if (put < want) break;
  }
  return done;
}

static size_t write_swapped(THFile *self, const char *data, size_t size, size_t n)
{
  char chunk[CHUNK];
  size_t done = 0;
  while (done < n) {
    size_t want = THMin(n - done, CHUNK / size);
    memcpy(chunk, data + done * size, want * size);
    swap_bytes(chunk, size, want);
    size_t put = self->class->write(self, chunk, want * size) / size;
    done += put;
    if (put < want) break;
  }
  return done;
}

static size_t write_binary(THFile *self, THType type, const void *data, size_t n)
{
  size_t size = THType_size(type);
  if (type == TH_LONG && self->longSize == 4) return write_short_longs(self, data, n);
  if (self->swap && size > 1) return write_swapped(self, data, size, n);
  return self->class->write(self, data, size * n) / size;
}

/* ---- numbers as text ---- */

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static void skip_spaces(THFile *self)
{
  for (;;) {
    size_t have, n = 0;
    const char *p = self->class->peek(self, 1, &have);
    while (n < have && is_space(p[n])) n++;
    self->class->skip(self, n);
    if (n < have || have == 0) return;
  }
}

/* The longest number at the position, as scanf would take it. */
static bool read_number(THFile *self, THType type, void *data)
{
  char text[TH_FILE_PEEK], *end;
  size_t have, n;
  skip_spaces(self);
  const char *p = self->class->peek(self, 1, &have);
  for (n = 0; n < have && n < sizeof text && p[n] && !is_space(p[n]); n++) {}
  if (n == have) { /* maybe cut by the end of the buffer */
    p = self->class->peek(self, sizeof text, &have);
    for (; n < have && n < sizeof text && p[n] && !is_space(p[n]); n++) {}
  }
  if (n == sizeof text) return false;
  memcpy(text, p, n);
  text[n] = '\0';
  switch (type) {
  case TH_FLOAT: *(float *)data = strtof(text, &end); break;
  case TH_DOUBLE: *(double *)data = strtod(text, &end); break;
  case TH_HALF: *(THHalf *)data = TH_float2half(strtof(text, &end)); break;
  case TH_BFLOAT16: *(THBFloat16 *)data = TH_float2bfloat(strtof(text, &end)); break;
  default: { /* the 32-bit types wrap as scanf's do */
    int64_t v = strtoll(text, &end, 10);
    THScalar_store(type, data, THScalar_fromInt(v));
  }
  }
  self->class->skip(self, (size_t)(end - text));
  return end > text;
}

/* One newline, if it is next. */
static void skip_newline(THFile *self)
{
  size_t have;
  const char *p = self->class->peek(self, 1, &have);
  if (have && *p == '\n') self->class->skip(self, 1);
}

static size_t read_ascii(THFile *self, THType type, void *data, size_t n)
{
  size_t got = 0, size = THType_size(type);
  if (size == 1) {
    got = self->class->read(self, data, n);
  } else {
    while (got < n && read_number(self, type, (char *)data + got * size)) got++;
  }
  if (self->isAutoSpacing) skip_newline(self);
  return got;
}

static int print_number(char *text, size_t room, THType type, const void *p)
{
  switch (type) {
  case TH_FLOAT: return snprintf(text, room, "%.9g", *(const float *)p);
  case TH_DOUBLE: return snprintf(text, room, "%.17g", *(const double *)p);
  case TH_HALF: return snprintf(text, room, "%.9g", TH_half2float(*(const THHalf *)p));
  case TH_BFLOAT16: return snprintf(text, room, "%.9g", TH_bfloat2float(*(const THBFloat16 *)p));
  default: return snprintf(text, room, "%" PRId64, THScalar_load(type, p).i);
  }
}

static size_t write_ascii(THFile *self, THType type, const void *data, size_t n)
{
  char text[64];
  size_t put = 0, size = THType_size(type);
  if (size == 1) {
    put = self->class->write(self, data, n);
  } else {
    for (; put < n; put++) {
      int length = print_number(text, sizeof text - 1, type, (const char *)data + put * size);
      if (self->isAutoSpacing && put + 1 < n) text[length++] = ' ';
      if (self->class->write(self, text, (size_t)length) < (size_t)length) break;
    }
  }
  if (put == n && self->isAutoSpacing && self->class->write(self, "\n", 1) < 1) put--;
  return put;
}

/* ---- reading and writing ---- */

size_t THFile_readRaw(THFile *self, THType type, void *data, size_t n)
{
  check_readable(self);
  if (n == 0) return 0;
  self->cause = 0;
  size_t got = self->isBinary ? read_binary(self, type, data, n) : read_ascii(self, type, data, n);
  if (type == TH_BOOL)
    for (size_t i = 0; i < got; i++) ((THBool *)data)[i] = ((THBool *)data)[i] != 0;
  return got < n ? short_read(self, got, n) : n;
}

size_t THFile_writeRaw(THFile *self, THType type, const void *data, size_t n)
{
  check_writable(self);
  if (n == 0) return 0;
  self->cause = 0;
  size_t put =
    self->isBinary ? write_binary(self, type, data, n) : write_ascii(self, type, data, n);
  return put < n ? short_write(self, put, n) : n;
}

size_t THFile_readStorage(THFile *self, THAnyStorage *storage)
{
  THArgCheck(!storage->device, 2, "read error: a %sStorage cannot be read into directly",
             THType_name((THType)storage->type));
  return THFile_readRaw(self, (THType)storage->type, storage->data, (size_t)storage->size);
}
size_t THFile_writeStorage(THFile *self, THAnyStorage *storage)
{
  THType element = THType_element((THType)storage->type);
  TH_AUTO(THAnyStorage) host = NULL;
  if (storage->device) {
    host = THAnyStorage_newWithSize(element, storage->size);
    THAnyStorage_copy(host, storage);
    storage = host;
  }
  return THFile_writeRaw(self, element, storage->data, (size_t)storage->size);
}

#define X(Name, real, accreal, CODE)                                                               \
  real THFile_read##Name##Scalar(THFile *self)                                                     \
  {                                                                                                \
    real scalar;                                                                                   \
    if (THFile_readRaw(self, TH_##CODE, &scalar, 1) < 1) memset(&scalar, 0, sizeof scalar);        \
    return scalar;                                                                                 \
  }                                                                                                \
  void THFile_write##Name##Scalar(THFile *self, real scalar)                                       \
  {                                                                                                \
    THFile_writeRaw(self, TH_##CODE, &scalar, 1);                                                  \
  }                                                                                                \
  size_t THFile_read##Name(THFile *self, TH##Name##Storage *storage)                               \
  {                                                                                                \
    return THFile_readRaw(self, TH_##CODE, storage->data, (size_t)storage->size);                  \
  }                                                                                                \
  size_t THFile_write##Name(THFile *self, TH##Name##Storage *storage)                              \
  {                                                                                                \
    return THFile_writeRaw(self, TH_##CODE, storage->data, (size_t)storage->size);                 \
  }                                                                                                \
  size_t THFile_read##Name##Raw(THFile *self, real *data, size_t n)                                \
  {                                                                                                \
    return THFile_readRaw(self, TH_##CODE, data, n);                                               \
  }                                                                                                \
  size_t THFile_write##Name##Raw(THFile *self, const real *data, size_t n)                         \
  {                                                                                                \
    return THFile_writeRaw(self, TH_##CODE, data, n);                                              \
  }
TH_ALL_TYPES(X)
#undef X

/* ---- reads whose size comes from outside ---- */

int64_t THFile_remaining(THFile *self, THType type)
{
  check_readable(self);
  int64_t left = self->class->left(self);
  if (left < 0) return -1;
  int64_t size = (int64_t)THType_size(type);
  if (size > 1 && !self->isBinary) return (left + 1) / 2; /* a digit and a space, but the last */
  return left / (type == TH_LONG ? self->longSize : size);
}

/* Pipes: in pieces, each no larger than what came before. */
static void read_growing(THFile *self, THAnyStorage *r_, int64_t n)
{
  THType type = (THType)r_->type;
  int64_t done = 0, piece = 64 * 1024;
  bool spacing = self->isAutoSpacing; /* the newline belongs to the last piece */
  self->cause = 0;
  for (; done < n; piece = done) {
    int64_t want = THMin(piece, n - done);
    THAnyStorage_resize(r_, done + want);
    char *p = (char *)r_->data + (size_t)done * THType_size(type);
    self->isAutoSpacing = spacing && done + want == n;
    size_t got = self->isBinary ? read_binary(self, type, p, (size_t)want)
                                : read_ascii(self, type, p, (size_t)want);
    done += (int64_t)got;
    if ((int64_t)got < want) break;
  }
  self->isAutoSpacing = spacing;
  if (done < n) {
    short_read(self, (size_t)done, (size_t)n);
    THAnyStorage_resize(r_, done);
  }
}

THAnyStorage *THFile_newRead(THFile *self, THType type, int64_t n)
{
  THArgCheck(n >= 0, 2, "read error: %" PRId64 " elements asked for: file <%s>", n, self->name);
  int64_t left = THFile_remaining(self, type);
  TH_AUTO(THAnyStorage) r = THAnyStorage_newWithSize(type, left >= 0 && n <= left ? n : 0);
  if (r->size == n) {
    int64_t got = (int64_t)THFile_readStorage(self, r);
    if (got < n) THAnyStorage_resize(r, got);
  } else if (left >= 0) { /* quiet: what there is */
    self->cause = 0;
    short_read(self, (size_t)left, (size_t)n);
    THAnyStorage_resize(r, left);
    THAnyStorage_resize(r, (ptrdiff_t)THFile_readStorage(self, r));
  } else {
    read_growing(self, r, n);
  }
  THAnyStorage *result = r;
  r = NULL;
  return result;
}

/* ---- strings ---- */

typedef struct Text {
  char *data;
  size_t size, room;
} Text;

static void text_append(Text *t, const char *p, size_t n)
{
  if (t->size + n + 1 > t->room) {
    t->room = THMax(2 * t->room, t->size + n + 64);
    t->data = THRealloc(t->data, (ptrdiff_t)t->room);
  }
  memcpy(t->data + t->size, p, n);
  t->size += n;
  t->data[t->size] = '\0';
}

static void text_autofree(Text *t) { THFree(t->data); }

size_t THFile_readStringRaw(THFile *self, const char *format, char **str_)
{
  bool line = !strcmp(format, "*l");
  THArgCheck(line || !strcmp(format, "*a"), 2, "format must be '*a' or '*l', got '%s'", format);
  check_readable(self);
  self->cause = 0;
  __attribute__((cleanup(text_autofree))) Text text = {0};
  bool any = false, more = true;
  while (more) {
    size_t have;
    const char *p = self->class->peek(self, 1, &have);
    if (!have) break;
    const char *end = line ? memchr(p, '\n', have) : NULL;
    size_t n = end ? (size_t)(end - p) : have;
    text_append(&text, p, n);
    self->class->skip(self, n + (end != NULL));
    any = true;
    more = !end;
  }
  *str_ = NULL;
  if (self->cause || !any) THFile_fail(self, "read error: read 0 blocks instead of 1");
  size_t size = text.size;
  *str_ = text.data;
  text.data = NULL;
  return size;
}

size_t THFile_writeStringRaw(THFile *self, const char *str, size_t size)
{
  check_writable(self);
  self->cause = 0;
  return short_write(self, self->class->write(self, str, size), size);
}

/* ---- the position ---- */

void THFile_synchronize(THFile *self)
{
  THFile_checkOpened(self);
  self->cause = 0;
  if (!self->class->flush(self)) THFile_fail(self, "write error: unable to synchronize");
}

void THFile_seek(THFile *self, size_t position)
{
  THFile_checkOpened(self);
  self->cause = 0;
  if (position > INT64_MAX || !self->class->seek(self, (int64_t)position))
    THFile_fail(self, "unable to seek to byte offset %zu", position);
}

void THFile_seekEnd(THFile *self)
{
  THFile_checkOpened(self);
  self->cause = 0;
  if (!self->class->seekEnd(self)) THFile_fail(self, "unable to seek to the end");
}

size_t THFile_position(THFile *self)
{
  THFile_checkOpened(self);
  return (size_t)self->class->position(self);
}

/* ---- the end ---- */

void THFile_close(THFile *self)
{
  THFile_checkOpened(self);
  self->cause = 0;
  bool ok = self->class->close(self);
  self->isOpened = false;
  if (!ok) THFile_fail(self, "write error: closing failed");
}

void THFile_free(THFile *self)
{
  if (!self) return;
  if (self->isOpened && !self->class->close(self))
    fprintf(stderr, "$ Warning: file <%s>: data was lost on closing: %s\n", self->name,
            strerror(self->cause));
  self->isOpened = false;
  self->class->free(self);
}
