#ifndef TH_FORMAT_H
#define TH_FORMAT_H
/* What the readers share. A reader is a function that looks at the bytes of a file and adds entries and values. It
   ends by Format_fail when the file is not what it should be: all that it has allocated is the arena's. */
#include "THFormats.h"
#include <setjmp.h>

/* Bytes of the file; `at` is where they begin in it. */
typedef struct Span {
  const uint8_t *data;
  uint64_t size, at;
} Span;

/* How elements lie in a file. Values are read in blocks: `bytes` bytes hold `values` of them. */
typedef struct FileType {
  const char *name;
  THType element;
  int values, bytes;
  int parts; /* numbers of TH per value: 2 for complex ones */
  /* n blocks to elements; NULL: they lie as TH has them. False: a value has no place in the element type. */
  bool (*decode)(const uint8_t *in, int64_t n, void *out);
  const char *note;
  unsigned swap; /* bytes of a number whose order may be the other one; 0: of one byte */
} FileType;

typedef struct Blob Blob;
/* Fills `out` with all bytes of a blob; false with the text set. */
typedef bool (*BlobRead)(THFormat *f, const Blob *blob, uint8_t *out);

/* Elements that lie in one piece: a storage, once it is asked for. */
struct Blob {
  const FileType *type;
  Span stored;     /* the bytes in the file */
  uint64_t bytes;  /* of the elements, unpacked */
  uint64_t skip;   /* unpacked bytes before them */
  int64_t count;   /* values */
  BlobRead read;   /* NULL: they lie in the file as they are */
  const void *how; /* for read */
  bool swap;       /* the other byte order */
  THAnyStorage *storage;
};

typedef struct Entry {
  THFormatEntry shown;
  Blob *blob;      /* NULL: nothing is there */
  int64_t first;   /* value of the blob */
  int64_t *stride; /* in values; NULL: contiguous */
  bool conj, negative;
  double scale, zero; /* of quantised integers; scale 0: none */
} Entry;

typedef struct Map { /* of a whole file; counted, for storages hold it */
  uint8_t *data;
  uint64_t size;
  int refcount;
} Map;

struct THFormat {
  const char *kind;
  char *path;
  int flags;
  Map *map;
  Span file;
  struct Chunk *arena;
  size_t left; /* bytes that may still be allocated */
  Entry **entries;
  int64_t n, room;
  int32_t *hash; /* of names: number + 1; 0: free. Made at the first search */
  int64_t hashed;
  THFormatValue *value;
  jmp_buf *failed; /* while a file is being opened */
  char error[TH_FORMAT_ERROR];
};

/* ---- failing ---- */
void Format_fail(THFormat *f, uint64_t at, const char *format, ...)
  __attribute__((noreturn, format(printf, 3, 4)));
/* The same where nothing jumps: sets the text and returns false. */
bool Format_tell(THFormat *f, uint64_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- memory: zeroed, of the arena, bounded by the size of the file ---- */
void *Format_alloc(THFormat *f, size_t bytes);
char *Format_text(THFormat *f, const void *bytes, size_t n); /* a copy with a NUL */
char *Format_print(THFormat *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- bytes ---- */
static inline uint16_t load16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static inline uint32_t load32(const uint8_t *p) { return load16(p) | (uint32_t)load16(p + 2) << 16; }
static inline uint64_t load64(const uint8_t *p) { return load32(p) | (uint64_t)load32(p + 4) << 32; }
/* n bytes of a span from `from` on, or a failure that calls them `what`. */
const uint8_t *Span_at(THFormat *f, Span s, uint64_t from, uint64_t n, const char *what);
Span Span_part(THFormat *f, Span s, uint64_t from, uint64_t n, const char *what);
bool Text_isUtf8(const uint8_t *p, size_t n);

/* ---- entries ---- */
const FileType *FileType_named(const char *name); /* by the names of safetensors; NULL */
const FileType *FileType_numpy(const char *name); /* "f8", "float64"; NULL */
/* An entry over a blob, its sizes copied; what it needs of the blob is checked. stride NULL: contiguous. */
Entry *Format_add(THFormat *f, const char *name, Blob *blob, int n, const int64_t *size, const int64_t *stride,
                  int64_t first);
/* One that can be listed only. */
Entry *Format_addRefused(THFormat *f, const char *name, const char *type, const char *why, int n,
                         const int64_t *size);
Blob *Format_blob(THFormat *f, const FileType *type, Span stored, int64_t count);
/* Product of sizes; fails where it does not fit. */
int64_t Format_product(THFormat *f, uint64_t at, int n, const int64_t *size);

/* ---- values ---- */
THFormatValue *Value_new(THFormat *f, THFormatKind kind);
THFormatValue *Value_integer(THFormat *f, int64_t v);
THFormatValue *Value_number(THFormat *f, double v);
THFormatValue *Value_text(THFormat *f, const void *bytes, size_t n);
void Value_push(THFormat *f, THFormatValue *list, THFormatValue *item);
void Value_put(THFormat *f, THFormatValue *table, THFormatValue *key, THFormatValue *item);
void Value_putText(THFormat *f, THFormatValue *table, const char *key, THFormatValue *item);
static inline bool Value_isText(const THFormatValue *v, const char *text)
{
  return v->kind == TH_FORMAT_TEXT && (size_t)v->length == strlen(text) && !memcmp(v->text, text, (size_t)v->length);
}

/* JSON: objects are tables in which a key may come more than once. */
THFormatValue *Json_read(THFormat *f, Span s);

/* ---- zip ---- */
typedef struct ZipEntry {
  const char *name;
  Span stored; /* packed bytes */
  uint64_t bytes;
  uint32_t crc;
  bool deflated;
  Blob *blob; /* for a reader that makes one of the entry */
} ZipEntry;
typedef struct Zip {
  int64_t n;
  ZipEntry *entry;
  ZipEntry **by_name;
} Zip;
Zip Zip_read(THFormat *f, Span file);
const ZipEntry *Zip_find(const Zip *zip, const char *name);
/* The first n bytes of an entry (all: n = bytes), in the file or unpacked. */
const uint8_t *Zip_bytes(THFormat *f, const ZipEntry *e, uint64_t n);
/* A blob of an entry's bytes from `skip` on. */
Blob *Zip_blob(THFormat *f, const ZipEntry *e, uint64_t skip, const FileType *type, int64_t count);
/* Unpacks n bytes after `skip` of them. wrapped: by zlib's header. crc: NULL, or where that of all bytes goes. NULL, or
   what is wrong. */
const char *Inflate_bytes(Span packed, bool wrapped, uint64_t skip, uint8_t *out, uint64_t n, uint32_t *crc);
uint32_t Crc32_of(uint32_t crc, const uint8_t *p, uint64_t n); /* crc: of the bytes before, 0 */
/* Whether so many packed bytes can become that many. */
static inline bool Inflate_canBe(uint64_t packed, uint64_t bytes) { return bytes / 1040 <= packed; }

/* ---- readers ---- */
void Npy_open(THFormat *f);
void Npz_open(THFormat *f, Zip zip);
void SafeTensors_open(THFormat *f);
bool Torch_isZip(const Zip *zip);
void Torch_openZip(THFormat *f, Zip zip);
void Torch_openLegacy(THFormat *f);
void Gguf_open(THFormat *f);
void Hdf5_open(THFormat *f);
void Caffe_open(THFormat *f);
void Hdf5_read(THFormat *f, Span s);
void Keras_openZip(THFormat *f, Zip zip);

#endif
