/* Files opened and closed, their entries and their tensors. */
#include "format.h"
#include "parallel/THParallel.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- failing ---- */

static void set_error(THFormat *f, uint64_t at, const char *format, va_list args)
{
  int n = snprintf(f->error, sizeof f->error, "%s: ", f->path);
  if (n < 0 || n >= (int)sizeof f->error) n = 0;
  n += vsnprintf(f->error + n, sizeof f->error - (size_t)n, format, args);
  if (at != UINT64_MAX && n < (int)sizeof f->error)
    snprintf(f->error + n, sizeof f->error - (size_t)n, ", at byte %llu", (unsigned long long)at);
}

void Format_fail(THFormat *f, uint64_t at, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  set_error(f, at, format, args);
  va_end(args);
  longjmp(*f->failed, 1);
}

bool Format_tell(THFormat *f, uint64_t at, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  set_error(f, at, format, args);
  va_end(args);
  return false;
}

/* ---- the arena ---- */

typedef struct Chunk {
  struct Chunk *next;
  size_t used, size;
  _Alignas(16) char bytes[];
} Chunk;

/* What tables and values take is a small multiple of the bytes that they are read from. */
enum { BASE_BYTES = 1 << 20, BYTES_PER_BYTE = 64, CHUNK = 16 * 1024 };

static Chunk *new_chunk(THFormat *f, size_t bytes)
{
  size_t size = bytes > CHUNK / 4 ? bytes : CHUNK;
  Chunk *c = malloc(sizeof *c + size);
  if (!c) Format_fail(f, UINT64_MAX, "out of memory: %zu bytes", size);
  *c = (Chunk){f->arena, 0, size};
  if (f->arena && size != CHUNK) { /* a large one goes behind: what is left of the first stays in use */
    c->next = f->arena->next;
    f->arena->next = c;
  } else {
    f->arena = c;
  }
  return c;
}

void *Format_alloc(THFormat *f, size_t bytes)
{
  if (bytes > f->left) Format_fail(f, UINT64_MAX, "damaged: its tables would take more memory than such a file can need");
  bytes = (bytes + 15) & ~(size_t)15;
  f->left -= THMin(bytes, f->left);
  Chunk *c = f->arena;
  if (!c || bytes > c->size - c->used) c = new_chunk(f, bytes);
  void *p = c->bytes + c->used;
  c->used += bytes;
  return memset(p, 0, bytes);
}

char *Format_text(THFormat *f, const void *bytes, size_t n)
{
  char *text = Format_alloc(f, n + 1);
  if (n) memcpy(text, bytes, n);
  return text;
}

char *Format_print(THFormat *f, const char *format, ...)
{
  char text[1024];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return Format_text(f, text, n < 0 ? 0 : (size_t)THMin(n, (int)sizeof text - 1));
}

/* ---- bytes ---- */

const uint8_t *Span_at(THFormat *f, Span s, uint64_t from, uint64_t n, const char *what)
{
  if (from > s.size || n > s.size - from)
    Format_fail(f, s.at + from, "%s: %llu bytes expected where there are %llu", what, (unsigned long long)n,
                (unsigned long long)(from > s.size ? 0 : s.size - from));
  return s.data + from;
}

Span Span_part(THFormat *f, Span s, uint64_t from, uint64_t n, const char *what)
{
  return (Span){Span_at(f, s, from, n, what), n, s.at + from};
}

static int utf8_length(uint8_t c)
{
  return c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
}

bool Text_isUtf8(const uint8_t *p, size_t n)
{
  for (size_t i = 0; i < n;) {
    int length = utf8_length(p[i]);
    if (!length || (size_t)length > n - i) return false;
    for (int k = 1; k < length; k++)
      if ((p[i + (size_t)k] & 0xC0) != 0x80) return false;
    uint8_t a = p[i], b = length > 1 ? p[i + 1] : 0;
    if ((a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F) || (a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F))
      return false;
    i += (size_t)length;
  }
  return true;
}

/* ---- entries ---- */

int64_t Format_product(THFormat *f, uint64_t at, int n, const int64_t *size)
{
  int64_t product = 1;
  for (int d = 0; d < n; d++)
    if (size[d] == 0) return 0;
  for (int d = 0; d < n; d++)
    if (size[d] < 0 || !TH_mulSize(product, size[d], &product)) Format_fail(f, at, "sizes that no file can hold");
  return product;
}

Blob *Format_blob(THFormat *f, const FileType *type, Span stored, int64_t count)
{
  Blob *b = Format_alloc(f, sizeof *b);
  int64_t blocks = count / type->values + (count % type->values != 0);
  *b = (Blob){.type = type, .stored = stored, .bytes = (uint64_t)blocks * (uint64_t)type->bytes, .count = count};
  if (count < 0 || (blocks && (uint64_t)blocks > stored.size / (uint64_t)type->bytes))
    Format_fail(f, stored.at, "%lld elements of type %s in %llu bytes", (long long)count, type->name,
                (unsigned long long)stored.size);
  return b;
}

/* Whether that is the file's memory still, and not a copy, or what a storage was resized to. */
static bool is_mapped(const Map *map, const void *p)
{
  return (uintptr_t)p >= (uintptr_t)map->data && (uintptr_t)p < (uintptr_t)map->data + map->size;
}

static bool is_direct(const THFormat *f, const Blob *b)
{
  bool aligned = (uintptr_t)b->stored.data % THType_size(b->type->element) == 0;
  return !b->read && !b->swap && !b->type->decode && aligned && is_mapped(f->map, b->stored.data);
}

/* inner: dimensions that tensors have besides, of the parts of complex numbers */
static Entry *new_entry(THFormat *f, const char *name, int n, const int64_t *size, int inner)
{
  if (n > TH_MAX_DIMS - inner) Format_fail(f, UINT64_MAX, "%s has %d dimensions, tensors %d at most", name, n, TH_MAX_DIMS - inner);
  if (f->n == f->room) {
    int64_t room = f->room ? 2 * f->room : 16;
    Entry **grown = Format_alloc(f, (size_t)room * sizeof *grown);
    if (f->n) memcpy(grown, f->entries, (size_t)f->n * sizeof *grown);
    f->entries = grown;
    f->room = room;
  }
  Entry *e = f->entries[f->n++] = Format_alloc(f, sizeof *e);
  int64_t *sizes = Format_alloc(f, (size_t)(n + 1) * sizeof *sizes);
  if (n) memcpy(sizes, size, (size_t)n * sizeof *sizes);
  e->shown = (THFormatEntry){.name = name, .element = TH_FLOAT, .nDimension = n, .size = sizes};
  return e;
}

/* The last value that a view reaches lies in the blob. */
static void check_reach(THFormat *f, const Entry *e, int64_t product)
{
  int64_t last = e->first;
  bool fits = e->first >= 0;
  for (int d = 0; fits && d < e->shown.nDimension; d++) {
    int64_t step = 0;
    fits = e->stride[d] >= 0 && TH_mulSize(e->shown.size[d] - 1, e->stride[d], &step) && TH_addSize(last, step, &last);
  }
  if (!fits || (product && last >= e->blob->count))
    Format_fail(f, e->blob->stored.at, "%s reaches beyond its %lld elements", e->shown.name,
                (long long)e->blob->count);
}

static void set_strides(THFormat *f, Entry *e, const int64_t *stride)
{
  int n = e->shown.nDimension;
  e->stride = Format_alloc(f, (size_t)(n + 1) * sizeof *e->stride);
  int64_t step = 1;
  for (int d = n - 1; d >= 0; d--) {
    e->stride[d] = stride ? stride[d] : step;
    step *= THMax(e->shown.size[d], 1);
  }
}

Entry *Format_add(THFormat *f, const char *name, Blob *blob, int n, const int64_t *size, const int64_t *stride,
                  int64_t first)
{
  Entry *e = new_entry(f, name, n, size, blob->type->parts > 1);
  int64_t product = Format_product(f, blob->stored.at, n, size);
  e->blob = blob;
  e->first = first;
  if (product) {
    set_strides(f, e, stride);
    check_reach(f, e, product);
  }
  e->shown.type = blob->type->name;
  e->shown.note = blob->type->note;
  e->shown.element = blob->type->element;
  e->shown.mapped = is_direct(f, blob);
  e->shown.offset = blob->stored.at;
  e->shown.bytes = blob->stored.size;
  return e;
}

Entry *Format_addRefused(THFormat *f, const char *name, const char *type, const char *why, int n, const int64_t *size)
{
  Entry *e = new_entry(f, name, n, size, 0);
  e->shown.type = type;
  e->shown.refused = why;
  return e;
}

int64_t THFormat_count(const THFormat *self) { return self->n; }
const char *THFormat_kind(const THFormat *self) { return self->kind; }
const char *THFormat_error(const THFormat *self) { return self->error; }
const THFormatValue *THFormat_value(const THFormat *self) { return self->value; }

const THFormatEntry *THFormat_entry(const THFormat *self, int64_t i)
{
  return i >= 0 && i < self->n ? &self->entries[i]->shown : NULL;
}

static uint64_t hash_of(const char *text)
{
  uint64_t h = 14695981039346656037u;
  for (; *text; text++) h = (h ^ (uint8_t)*text) * 1099511628211u;
  return h ^ h >> 29;
}

static void make_hash(THFormat *f)
{
  int64_t slots = 16;
  while (slots < 2 * f->n) slots *= 2;
  f->hash = calloc((size_t)slots, sizeof *f->hash);
  if (!f->hash) THError("%s: out of memory", f->path);
  f->hashed = slots;
  for (int64_t i = 0; i < f->n; i++) {
    uint64_t h = hash_of(f->entries[i]->shown.name);
    while (f->hash[h & (uint64_t)(slots - 1)]) h++;
    f->hash[h & (uint64_t)(slots - 1)] = (int32_t)(i + 1);
  }
}

int64_t THFormat_find(const THFormat *self, const char *name)
{
  THFormat *f = (THFormat *)self; /* the index is made when it is first needed */
  if (!f->hash) make_hash(f);
  for (uint64_t h = hash_of(name);; h++) {
    int32_t i = f->hash[h & (uint64_t)(f->hashed - 1)];
    if (!i) return -1;
    if (!strcmp(f->entries[i - 1]->shown.name, name)) return i - 1;
  }
}

/* ---- tensors ---- */

static void map_unuse(Map *map)
{
  if (__atomic_sub_fetch(&map->refcount, 1, __ATOMIC_ACQ_REL) > 0) return;
  if (map->data) munmap(map->data, map->size);
  free(map);
}

static void *mapped_malloc(void *map, ptrdiff_t size)
{
  (void)map;
  return THAlloc(size);
}
static void *mapped_realloc(void *context, void *p, ptrdiff_t size)
{
  Map *map = context;
  if (!is_mapped(map, p)) return THRealloc(p, size);
  void *copy = THAlloc(size);
  size_t behind = (size_t)(map->data + map->size - (uint8_t *)p);
  if (size) memcpy(copy, p, THMin((size_t)size, behind));
  return copy;
}
static void mapped_free(void *map, void *p)
{
  if (!is_mapped(map, p)) THFree(p);
  map_unuse(map);
}
static THAllocator mapped = {mapped_malloc, mapped_realloc, mapped_free};

static THAnyStorage *map_storage(THFormat *f, const Blob *b)
{
  THAnyStorage *s = THAnyStorage_newWithDataAndAllocator(b->type->element, (void *)b->stored.data,
                                                         b->count * b->type->parts, &mapped, f->map);
  __atomic_add_fetch(&f->map->refcount, 1, __ATOMIC_RELAXED);
  return s;
}

/* n numbers of `width` bytes, their order turned round. */
static void swap_bytes(uint8_t *p, uint64_t n, unsigned width)
{
  for (; n; n--, p += width)
    for (unsigned k = 0; k < width / 2; k++) {
      uint8_t t = p[k];
      p[k] = p[width - 1 - k];
      p[width - 1 - k] = t;
    }
}

/* The bytes of a blob to where they are wanted. */
static bool fetch(THFormat *f, const Blob *b, uint8_t *out)
{
  if (!b->read) memcpy(out, b->stored.data, b->bytes);
  else if (!b->read(f, b, out)) return false;
  if (b->swap) swap_bytes(out, b->bytes / b->type->swap, b->type->swap);
  return true;
}

static THAnyStorage *new_storage(const Blob *b)
{
  int64_t values = (int64_t)(b->bytes / (uint64_t)b->type->bytes) * b->type->values;
  return THAnyStorage_newWithSize(b->type->element, values * b->type->parts);
}

static THAnyStorage *copy_storage(THFormat *f, const Blob *b)
{
  TH_AUTO(THAnyStorage) s = new_storage(b);
  return fetch(f, b, s->data) ? TH_RELEASE(s) : NULL;
}

typedef struct Decoding {
  const FileType *type;
  const uint8_t *in;
  char *out;
  int failed;
} Decoding;

static void decode_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  Decoding *d = (Decoding *)arg;
  const FileType *t = d->type;
  (void)worker;
  char *out = d->out + first * t->values * t->parts * (int64_t)THType_size(t->element);
  if (!t->decode(d->in + first * t->bytes, last - first, out)) __atomic_store_n(&d->failed, 1, __ATOMIC_RELAXED);
}

static bool decode(const Blob *b, const uint8_t *in, void *out)
{
  Decoding d = {b->type, in, out, 0};
  int64_t blocks = (int64_t)(b->bytes / (uint64_t)b->type->bytes);
  TH_parallel(blocks, THMax(1, 65536 / b->type->values), decode_piece, &d);
  return !d.failed;
}

static THAnyStorage *convert_storage(THFormat *f, const Blob *b)
{
  bool own = b->read || b->swap;
  TH_AUTO_MEM uint8_t *bytes = own ? THAlloc((ptrdiff_t)b->bytes) : NULL;
  if (own && !fetch(f, b, bytes)) return NULL;
  TH_AUTO(THAnyStorage) s = new_storage(b);
  if (decode(b, own ? bytes : b->stored.data, s->data)) return TH_RELEASE(s);
  Format_tell(f, b->stored.at, "a value of type %s that a %sTensor cannot hold", b->type->name, THType_name(b->type->element));
  return NULL;
}

static THAnyStorage *storage_of(THFormat *f, Blob *b)
{
  if (!b->storage) b->storage = is_direct(f, b) ? map_storage(f, b) : b->type->decode ? convert_storage(f, b) : copy_storage(f, b);
  return b->storage;
}

static THAnyTensor *view_of(const Entry *e, THAnyStorage *s)
{
  int64_t size[TH_MAX_DIMS], stride[TH_MAX_DIMS];
  int n = e->shown.nDimension, parts = e->blob->type->parts;
  for (int d = 0; d < n; d++) {
    size[d] = e->shown.size[d];
    stride[d] = e->stride[d] * parts;
  }
  if (parts > 1 || n == 0) { /* a single number is a vector of one */
    size[n] = parts;
    stride[n++] = 1;
  }
  return THAnyTensor_newWithStorageNd((THType)s->type, s, e->first * parts, n, size, stride);
}

/* What lies in the file unfinished: conjugated and negated numbers, integers that stand for others. */
static THAnyTensor *finish(const Entry *e, THAnyTensor *view)
{
  if (!e->conj && !e->negative && !e->scale) return view;
  TH_AUTO(THAnyTensor) raw = view;
  TH_AUTO(THAnyTensor) whole = THAnyTensor_newWithSizeNd(e->shown.element, view->nDimension, view->size, NULL);
  int64_t n = THAnyTensor_nElement(view);
  THAnyTensor_copy(whole, raw);
  float *single = THAnyTensor_data(whole);
  double *twice = THAnyTensor_data(whole);
  for (int64_t i = 0; i < n; i++) {
    double sign = (e->negative ? -1 : 1) * (e->conj && i % 2 ? -1 : 1);
    double scale = e->scale ? e->scale : sign, zero = e->scale ? e->zero : 0;
    if (whole->type == TH_FLOAT) single[i] = (float)(scale * ((double)single[i] - zero));
    else twice[i] = scale * (twice[i] - zero);
  }
  return TH_RELEASE(whole);
}

THAnyTensor *THFormat_newTensor(THFormat *self, int64_t i)
{
  self->error[0] = '\0';
  if (i < 0 || i >= self->n) {
    Format_tell(self, UINT64_MAX, "there is no tensor number %lld", (long long)i);
    return NULL;
  }
  const Entry *e = self->entries[i];
  if (e->shown.refused) {
    Format_tell(self, UINT64_MAX, "%s: %s", e->shown.name, e->shown.refused);
    return NULL;
  }
  if (!e->stride) return THAnyTensor_new(e->shown.element); /* without elements */
  THAnyStorage *s = storage_of(self, e->blob);
  return s ? finish(e, view_of(e, s)) : NULL;
}

/* ---- opening ---- */

static bool has_ending(const char *path, const char *ending)
{
  size_t n = strlen(path), k = strlen(ending);
  if (n < k) return false;
  for (size_t i = 0; i < k; i++)
    if (tolower((unsigned char)path[n - k + i]) != ending[i]) return false;
  return true;
}

static bool starts(const uint8_t *p, size_t n, const char *with, size_t k) { return n >= k && !memcmp(p, with, k); }

/* A length of 8 bytes, then an object of JSON, perhaps after blanks. */
static bool looks_like_safetensors(const uint8_t *p, size_t n)
{
  if (n < 10 || load64(p) < 2 || load64(p) > 100000000) return false;
  size_t i = 8;
  while (i < n && i < 16 && isspace(p[i])) i++;
  return i < n && p[i] == '{' && (load64(p) > 8 || p[9] == '}' || isspace(p[9]) || p[9] == '"');
}

static const char *zip_kind(const char *path)
{
  return has_ending(path, ".npz") ? "npz" : has_ending(path, ".keras") ? "keras" : "zip";
}

const char *THFormat_guess(const char *path, const void *bytes, size_t n)
{
  const uint8_t *p = bytes;
  if (has_ending(path, ".t7")) return "t7";
  if (starts(p, n, "\223NUMPY", 6)) return "npy";
  if (starts(p, n, "PK\3\4", 4) || starts(p, n, "PK\5\6", 4) || starts(p, n, "PK\6\6", 4)) return zip_kind(path); /* the last two: empty */
  if (starts(p, n, "GGUF", 4)) return "gguf";
  if (starts(p, n, "\211HDF\r\n\032\n", 8)) return "hdf5";
  if (looks_like_safetensors(p, n) || has_ending(path, ".safetensors")) return "safetensors";
  if (n > 2 && p[0] == 0x80 && p[1] >= 2 && p[1] <= 5) return "legacy";
  if (has_ending(path, ".caffemodel") || has_ending(path, ".prototxt")) return "caffe";
  return NULL;
}

typedef struct Reader {
  const char *name, *kind;
  void (*open)(THFormat *f);
} Reader;

/* A zip file: by what it holds. */
static void Zip_open(THFormat *f)
{
  Zip zip = Zip_read(f, f->file);
  if (Torch_isZip(&zip)) {
    f->kind = "pytorch";
    Torch_openZip(f, zip);
  } else if (Zip_find(&zip, "model.weights.h5")) {
    f->kind = "keras";
    Keras_openZip(f, zip);
  } else {
    f->kind = "npz";
    Npz_open(f, zip);
  }
}

static const Reader readers[] = {
    {"npy", "npy", Npy_open},
    {"npz", NULL, Zip_open},
    {"zip", NULL, Zip_open},
    {"safetensors", "safetensors", SafeTensors_open},
    {"legacy", "pytorch", Torch_openLegacy},
    {"gguf", "gguf", Gguf_open},
    {"hdf5", "hdf5", Hdf5_open},
    {"caffe", "caffe", Caffe_open},
    {"keras", NULL, Zip_open},
};

static const Reader *reader_of(THFormat *f)
{
  const char *kind = THFormat_guess(f->path, f->file.data, f->file.size);
  if (kind && !strcmp(kind, "t7")) Format_fail(f, UINT64_MAX, "Torch's own format; torch.load reads it");
  for (size_t i = 0; kind && i < sizeof readers / sizeof *readers; i++)
    if (!strcmp(readers[i].name, kind)) return &readers[i];
  Format_fail(f, 0, kind ? "files of the kind %s are not read by this build" : "not a file of a format that is known", kind);
}

static void map_file(THFormat *f, int fd)
{
  struct stat st;
  if (fstat(fd, &st) != 0) Format_fail(f, UINT64_MAX, "%s", strerror(errno));
  if (S_ISDIR(st.st_mode)) Format_fail(f, UINT64_MAX, "%s", strerror(EISDIR));
  if (!S_ISREG(st.st_mode)) Format_fail(f, UINT64_MAX, "no file on a disk, which can be mapped");
  f->map->size = (uint64_t)st.st_size;
  if (!st.st_size) Format_fail(f, UINT64_MAX, "the file is empty");
  /* written to, a page is the program's own; what nobody touches takes no memory */
  void *p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
  if (p == MAP_FAILED) Format_fail(f, UINT64_MAX, "cannot be mapped: %s", strerror(errno));
  f->map->data = p;
  f->file = (Span){p, f->map->size, 0};
}

static void read_file(THFormat *f, int fd)
{
  map_file(f, fd);
  f->left = BASE_BYTES + BYTES_PER_BYTE * (size_t)THMin(f->file.size, SIZE_MAX / BYTES_PER_BYTE / 2);
  f->value = Value_new(f, TH_FORMAT_TABLE);
  const Reader *reader = reader_of(f);
  f->kind = reader->kind;
  reader->open(f);
}

static THFormat *new_format(const char *path, int flags)
{
  THFormat *f = calloc(1, sizeof *f);
  if (!f) return NULL;
  f->path = strdup(path);
  f->map = calloc(1, sizeof *f->map);
  f->flags = flags;
  if (f->map) f->map->refcount = 1;
  if (f->path && f->map) return f;
  THFormat_free(f);
  return NULL;
}

static bool try_reading(THFormat *f, int fd)
{
  jmp_buf failed;
  if (setjmp(failed)) return false;
  f->failed = &failed;
  read_file(f, fd);
  f->failed = NULL;
  return true;
}

THFormat *THFormat_open(const char *path, int flags, char *error)
{
  THFormat *f = new_format(path, flags);
  if (!f) THError("%s: out of memory", path);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* of a pipe: no wait for a writer */
  bool ok = fd >= 0 ? try_reading(f, fd) : Format_tell(f, UINT64_MAX, "%s", strerror(errno));
  if (fd >= 0) close(fd);
  if (ok) return f;
  snprintf(error, TH_FORMAT_ERROR, "%s", f->error);
  THFormat_free(f);
  return NULL;
}

void THFormat_free(THFormat *self)
{
  if (!self) return;
  for (int64_t i = 0; i < self->n; i++) {
    Blob *b = self->entries[i]->blob;
    if (b) THAnyStorage_free(b->storage);
    if (b) b->storage = NULL;
  }
  for (Chunk *c = self->arena, *next; c; c = next) {
    next = c->next;
    free(c);
  }
  if (self->map) map_unuse(self->map);
  free(self->hash);
  free(self->path);
  free(self);
}
