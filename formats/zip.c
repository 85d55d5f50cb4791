/* Zip files: the directory at their end, zip64 included, and entries that are stored or deflated. */
#include "format.h"
#include <stdlib.h>
#ifdef TH_HAVE_ZLIB
#include <zlib.h>
#endif

enum { END = 22, END64 = 56, LOCATOR = 20, CENTRAL = 46, LOCAL = 30, DEFLATED = 8, ENCRYPTED = 1 };

/* ---- zlib ---- */

#ifdef TH_HAVE_ZLIB
static const char damaged[] = "damaged: packed bytes that cannot be unpacked";

typedef struct Unpacking {
  z_stream z;
  const uint8_t *in;
  uint64_t left;
} Unpacking;

/* n bytes more; false when there are not so many. */
static bool unpack(Unpacking *u, uint8_t *out, uint64_t n)
{
  while (n) {
    if (!u->z.avail_in && u->left) {
      uInt piece = (uInt)THMin(u->left, 1u << 30);
      u->z.next_in = (Bytef *)u->in;
      u->z.avail_in = piece;
      u->in += piece;
      u->left -= piece;
    }
    uInt room = (uInt)THMin(n, 1u << 30);
    u->z.next_out = out;
    u->z.avail_out = room;
    int code = inflate(&u->z, Z_NO_FLUSH);
    uint64_t got = room - u->z.avail_out;
    out += got;
    n -= got;
    if (n && (code != Z_OK || (!got && !u->z.avail_in && !u->left))) return false;
  }
  return true;
}

const char *Inflate_bytes(Span packed, bool wrapped, uint64_t skip, uint8_t *out, uint64_t n, uint32_t *crc)
{
  uint8_t before[4096];
  Unpacking u = {.in = packed.data, .left = packed.size};
  if (inflateInit2(&u.z, wrapped ? 15 : -15) != Z_OK) return "zlib does not start";
  bool ok = true;
  uint32_t sum = 0;
  while (ok && skip) {
    uint64_t piece = THMin(skip, sizeof before);
    ok = unpack(&u, before, piece);
    if (ok && crc) sum = Crc32_of(sum, before, piece);
    skip -= piece;
  }
  ok = ok && unpack(&u, out, n);
  if (ok && crc) *crc = Crc32_of(sum, out, n);
  inflateEnd(&u.z);
  return ok ? NULL : damaged;
}

uint32_t Crc32_of(uint32_t crc, const uint8_t *p, uint64_t n)
{
  for (; n; ) {
    uInt piece = (uInt)THMin(n, 1u << 30);
    crc = (uint32_t)crc32(crc, p, piece);
    p += piece;
    n -= piece;
  }
  return crc;
}
#else
const char *Inflate_bytes(Span packed, bool wrapped, uint64_t skip, uint8_t *out, uint64_t n, uint32_t *crc)
{
  (void)packed, (void)wrapped, (void)skip, (void)out, (void)n, (void)crc;
  return "compressed, and this build is without zlib (Debian: zlib1g-dev)";
}

uint32_t Crc32_of(uint32_t crc, const uint8_t *p, uint64_t n)
{
  uint32_t table[256];
  for (uint32_t i = 0; i < 256; i++) {
    table[i] = i;
    for (int k = 0; k < 8; k++) table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xEDB88320u : 0);
  }
  crc = ~crc;
  for (uint64_t i = 0; i < n; i++) crc = crc >> 8 ^ table[(crc ^ p[i]) & 255];
  return ~crc;
}
#endif

/* ---- the directory ---- */

typedef struct Directory {
  uint64_t n, bytes, from;
} Directory;

static uint64_t find_end(THFormat *f, Span s)
{
  if (s.size >= END)
    for (uint64_t i = s.size - END, k = 0; k <= 65535 + 1; i--, k++) {
      if (load32(s.data + i) == 0x06054b50 && load16(s.data + i + 20) <= s.size - i - END) return i;
      if (!i) break;
    }
  Format_fail(f, s.at + s.size, "damaged zip file: no directory at its end; is it cut short?");
}

static Directory read_end(THFormat *f, Span s)
{
  uint64_t end = find_end(f, s);
  const uint8_t *p = s.data + end;
  Directory d = {load16(p + 10), load32(p + 12), load32(p + 16)};
  if (end >= LOCATOR && load32(p - LOCATOR) == 0x07064b50) {
    uint64_t at = load64(p - LOCATOR + 8);
    p = Span_at(f, s, at, END64, "zip64: the directory's place");
    if (load32(p) != 0x06064b50) Format_fail(f, s.at + at, "damaged zip file: no zip64 record");
    d = (Directory){load64(p + 32), load64(p + 40), load64(p + 48)};
  }
  if (d.from > end || d.bytes > end - d.from || d.n > d.bytes / CENTRAL)
    Format_fail(f, s.at + end, "damaged zip file: a directory of %llu entries in %llu bytes", (unsigned long long)d.n,
                (unsigned long long)d.bytes);
  return d;
}

/* Sizes and place of 32 bits that are all ones stand in the extra field of zip64, in this order. */
static void read_zip64(THFormat *f, Span extra, uint64_t *value[3])
{
  for (uint64_t i = 0; i + 4 <= extra.size;) {
    uint64_t length = load16(extra.data + i + 2), at = i + 4;
    if (load16(extra.data + i) == 1) {
      Span part = Span_part(f, extra, at, length, "zip64: sizes");
      uint64_t used = 0;
      for (int k = 0; k < 3; k++)
        if (*value[k] == UINT32_MAX) {
          *value[k] = load64(Span_at(f, part, used, 8, "zip64: a size"));
          used += 8;
        }
      return;
    }
    i = at + length;
  }
}

static Span packed_bytes(THFormat *f, Span s, uint64_t local, uint64_t packed)
{
  const uint8_t *p = Span_at(f, s, local, LOCAL, "zip: an entry");
  if (load32(p) != 0x04034b50) Format_fail(f, s.at + local, "damaged zip file: an entry expected");
  return Span_part(f, s, local + LOCAL + load16(p + 26) + load16(p + 28), packed, "zip: an entry's bytes");
}

static uint64_t read_entry(THFormat *f, Span s, Span dir, uint64_t i, ZipEntry *e)
{
  const uint8_t *p = Span_at(f, dir, i, CENTRAL, "zip: the directory");
  if (load32(p) != 0x02014b50) Format_fail(f, dir.at + i, "damaged zip file: an entry of the directory expected");
  unsigned name = load16(p + 28), extra = load16(p + 30), comment = load16(p + 32), method = load16(p + 10);
  uint64_t bytes = load32(p + 24), packed = load32(p + 20), local = load32(p + 42);
  e->name = Format_text(f, Span_at(f, dir, i + CENTRAL, name, "zip: a name"), name);
  read_zip64(f, Span_part(f, dir, i + CENTRAL + name, extra, "zip: an extra field"), (uint64_t *[]){&bytes, &packed, &local});
  if (load16(p + 8) & ENCRYPTED) Format_fail(f, dir.at + i, "%s is encrypted", e->name);
  if (method != 0 && method != DEFLATED) Format_fail(f, dir.at + i, "%s is compressed in a way that is not read (%u)", e->name, method);
  e->deflated = method == DEFLATED;
  e->stored = packed_bytes(f, s, local, packed);
  e->bytes = bytes;
  e->crc = load32(p + 16);
  if (e->deflated ? !Inflate_canBe(packed, bytes) : bytes != packed)
    Format_fail(f, dir.at + i, "damaged zip file: %s has %llu bytes, packed in %llu", e->name, (unsigned long long)bytes,
                (unsigned long long)packed);
  return i + CENTRAL + name + extra + comment;
}

static int by_name(const void *a, const void *b)
{
  const ZipEntry *p = *(ZipEntry *const *)a, *q = *(ZipEntry *const *)b;
  return strcmp(p->name, q->name);
}

Zip Zip_read(THFormat *f, Span file)
{
  Directory d = read_end(f, file);
  Span dir = Span_part(f, file, d.from, d.bytes, "zip: the directory");
  Zip zip = {(int64_t)d.n, Format_alloc(f, d.n * sizeof(ZipEntry)), Format_alloc(f, d.n * sizeof(ZipEntry *))};
  uint64_t at = 0;
  for (uint64_t k = 0; k < d.n; k++) {
    at = read_entry(f, file, dir, at, &zip.entry[k]);
    zip.by_name[k] = &zip.entry[k];
  }
  if (d.n) qsort(zip.by_name, d.n, sizeof *zip.by_name, by_name);
  return zip;
}

const ZipEntry *Zip_find(const Zip *zip, const char *name)
{
  ZipEntry wanted = {.name = name}, *key = &wanted;
  if (!zip->n) return NULL;
  ZipEntry **found = bsearch(&key, zip->by_name, (size_t)zip->n, sizeof *zip->by_name, by_name);
  return found ? *found : NULL;
}

/* ---- bytes of entries ---- */

const uint8_t *Zip_bytes(THFormat *f, const ZipEntry *e, uint64_t n)
{
  if (!e->deflated) return Span_at(f, e->stored, 0, n, e->name);
  uint8_t *out = Format_alloc(f, n);
  uint32_t crc = e->crc;
  const char *wrong = Inflate_bytes(e->stored, false, 0, out, n, n == e->bytes && e->crc ? &crc : NULL);
  if (wrong) Format_fail(f, e->stored.at, "%s: %s", e->name, wrong);
  if (crc != e->crc) Format_fail(f, e->stored.at, "%s: damaged: its checksum is another", e->name);
  return out;
}

static bool read_deflated(THFormat *f, const Blob *b, uint8_t *out)
{
  const ZipEntry *e = b->how;
  uint32_t crc = e->crc;
  const char *wrong = Inflate_bytes(b->stored, false, b->skip, out, b->bytes, b->skip + b->bytes == e->bytes && e->crc ? &crc : NULL);
  if (wrong) return Format_tell(f, b->stored.at, "%s: %s", e->name, wrong);
  return crc == e->crc || Format_tell(f, b->stored.at, "%s: damaged: its checksum is another", e->name);
}

Blob *Zip_blob(THFormat *f, const ZipEntry *e, uint64_t skip, const FileType *type, int64_t count)
{
  if (skip > e->bytes) Format_fail(f, e->stored.at, "%s: it is cut short", e->name);
  if (!e->deflated) return Format_blob(f, type, Span_part(f, e->stored, skip, e->bytes - skip, e->name), count);
  Span unpacked = {NULL, e->bytes - skip, e->stored.at};
  Blob *b = Format_blob(f, type, unpacked, count);
  b->stored = e->stored;
  b->read = read_deflated;
  b->skip = skip;
  b->how = e;
  return b;
}
