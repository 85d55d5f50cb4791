/* PyTorch's files: a zip file with a pickle and a file for every storage; before 2020, pickles and storages one after the
   other. TorchScript's programs are zip files, too: their tensors can be listed. */
#include "pickle.h"
#include <stdio.h>

/* ---- zip ---- */

typedef struct Archive {
  Zip zip;
  const char *prefix; /* "model/" */
  size_t length;
  bool swap;
} Archive;

static Blob *zip_blob(THFormat *f, void *how, const Pickled *storage, const FileType *type)
{
  Archive *a = how;
  const char *name = Format_print(f, "%.*sdata/%s", (int)a->length, a->prefix, storage->key);
  ZipEntry *e = (ZipEntry *)Zip_find(&a->zip, name);
  if (!e) Format_fail(f, storage->at, "damaged: there is no %s", name);
  if (e->blob && e->blob->type == type) return e->blob;
  int64_t count = storage->type ? storage->count : storage->count / type->bytes;
  e->blob = Zip_blob(f, e, 0, type, count);
  e->blob->swap = a->swap && type->swap;
  return e->blob;
}

static const ZipEntry *find_pickle(const Zip *zip)
{
  for (int64_t i = 0; i < zip->n; i++) {
    const char *name = zip->entry[i].name, *slash = strrchr(name, '/');
    if (!strcmp(slash ? slash + 1 : name, "data.pkl")) return &zip->entry[i];
  }
  return NULL;
}

bool Torch_isZip(const Zip *zip) { return find_pickle(zip) != NULL; }

static bool other_order(THFormat *f, const Archive *a)
{
  const ZipEntry *e = Zip_find(&a->zip, Format_print(f, "%.*sbyteorder", (int)a->length, a->prefix));
  return e && e->bytes == 3 && !memcmp(Zip_bytes(f, e, 3), "big", 3);
}

void Torch_openZip(THFormat *f, Zip zip)
{
  const ZipEntry *e = find_pickle(&zip);
  Archive a = {zip, e->name, strlen(e->name) - strlen("data.pkl"), false};
  a.swap = other_order(f, &a);
  Pickle p = {.f = f, .s = {Zip_bytes(f, e, e->bytes), e->bytes, e->stored.at}, .blob = zip_blob, .how = &a};
  Pickled *root = Pickle_run(&p);
  Pickle_name(&p, root);
  f->value = &root->v;
}

/* ---- one after the other ---- */

/* Pickles of a number, a version, what is said of the machine, the object, the keys of its storages; then each storage:
   its length in 8 bytes, its elements. The object is run twice, for only behind it are the storages' places known. */
typedef struct Found {
  const char *key;
  const FileType *type;
  int64_t count;
  Span stored;
  Blob *blob;
} Found;

typedef struct Legacy {
  THFormat *f;
  Found *found;
  int64_t n, room;
  bool placed;
} Legacy;

static Found *find_storage(Legacy *l, const char *key)
{
  for (int64_t i = 0; i < l->n; i++)
    if (!strcmp(l->found[i].key, key)) return &l->found[i];
  return NULL;
}

static void note_storage(Legacy *l, const Pickled *storage)
{
  if (find_storage(l, storage->key)) return;
  if (l->n == l->room) {
    int64_t room = 2 * l->room + 16;
    Found *grown = Format_alloc(l->f, (size_t)room * sizeof *grown);
    if (l->n) memcpy(grown, l->found, (size_t)l->n * sizeof *grown);
    l->found = grown;
    l->room = room;
  }
  l->found[l->n++] = (Found){.key = storage->key, .type = storage->type, .count = storage->count};
}

static Blob *legacy_blob(THFormat *f, void *how, const Pickled *storage, const FileType *type)
{
  Legacy *l = how;
  if (!l->placed) {
    note_storage(l, storage);
    return NULL;
  }
  Found *found = find_storage(l, storage->key);
  if (!found || !found->stored.data) Format_fail(f, storage->at, "damaged: storage %s is not there", storage->key);
  if (found->blob && found->blob->type == type) return found->blob;
  int64_t count = storage->type ? storage->count : storage->count / type->bytes;
  return found->blob = Format_blob(f, type, found->stored, count);
}

static void place_storages(Pickle *p, Legacy *l, const Pickled *keys)
{
  if (!Pickled_is(keys, TH_FORMAT_LIST)) Pickle_fail(p, "a list of storages expected");
  uint64_t at = p->i;
  for (int64_t i = 0; i < keys->v.length; i++) {
    const THFormatValue *key = keys->v.item[i];
    Found *found = key->kind == TH_FORMAT_TEXT ? find_storage(l, key->text) : NULL;
    uint64_t count = load64(Span_at(p->f, p->s, at, 8, "the length of a storage"));
    uint64_t width = found && found->type ? (uint64_t)found->type->bytes : 1, bytes;
    if (!found) Format_fail(p->f, p->s.at + at, "damaged: a storage that no tensor has");
    if (__builtin_mul_overflow(count, width, &bytes)) Format_fail(p->f, p->s.at + at, "damaged: a storage of %llu elements", (unsigned long long)count);
    found->stored = Span_part(p->f, p->s, at + 8, bytes, "a storage");
    at += 8 + bytes;
  }
}

static bool is_magic(const Pickled *x)
{
  static const double magic = 119547037146038801333356.0; /* 0x1950a86a20f9469cfc6c */
  return Pickled_is(x, TH_FORMAT_NUMBER) && x->v.number == magic;
}

void Torch_openLegacy(THFormat *f)
{
  Legacy l = {.f = f};
  Pickle p = {.f = f, .s = f->file, .blob = legacy_blob, .how = &l};
  Pickled *first = Pickle_run(&p);
  if (!is_magic(first)) { /* any other pickle: an object by itself */
    Pickle_name(&p, first);
    f->value = &first->v;
    return;
  }
  Pickle_run(&p);
  Pickle_run(&p);
  uint64_t object = p.i;
  Pickle_run(&p);
  Pickled *keys = Pickle_run(&p);
  place_storages(&p, &l, keys);
  l.placed = true;
  f->n = 0;
  p.i = object;
  Pickled *root = Pickle_run(&p);
  Pickle_name(&p, root);
  f->value = &root->v;
}
