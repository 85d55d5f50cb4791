#ifndef TH_FORMAT_SAVE_H
#define TH_FORMAT_SAVE_H
/* What the writers share: a file that replaces another at the end, text that grows, zip files. */
#include "format.h"

typedef struct SavedEntry {
  char *name;
  uint64_t at, bytes;
  uint32_t crc;
} SavedEntry;

typedef struct Save {
  THFile *file; /* NULL: bytes are only counted and summed up */
  uint64_t at;
  uint32_t crc; /* of all so far, where there is no file */
  SavedEntry *entries; /* of a zip file */
  int64_t n, room;
} Save;

void Save_autofree(Save **s);
void Save_begin(Save *s, const char *path);
void Save_end(Save *s);
void Save_bytes(Save *s, const void *bytes, size_t n);
void Save_number(Save *s, uint64_t v, int width); /* little end first */
void Save_elements(Save *s, THAnyTensor *t);      /* row by row */
int64_t Save_size(const THAnyTensor *t);          /* bytes of those */
void Save_checkTensor(const THAnyTensor *t, int argument);

/* An entry, stored, whose bytes `put` writes: twice, for its checksum comes first. align: of the first of them. */
typedef void (*SavePut)(Save *s, const void *what);
void Save_zipEntry(Save *s, const char *name, unsigned align, SavePut put, const void *what);
void Save_zipEnd(Save *s);

typedef struct SaveText {
  char *bytes;
  size_t n, room;
} SaveText;
static inline void SaveText_autofree(SaveText **t) { THFree((*t)->bytes); }
void Text_add(SaveText *t, const void *bytes, size_t n);
void Text_put(SaveText *t, const char *text);
void Text_integer(SaveText *t, int64_t v);
#endif
