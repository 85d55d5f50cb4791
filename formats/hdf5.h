#ifndef TH_FORMAT_HDF5_H
#define TH_FORMAT_HDF5_H
/* HDF5, as far as files of arrays go that h5py, Keras and PyTables write. The file is read in place, without libhdf5:
   its arrays stay mapped, files within a zip file (.keras) need no copy, and every address is checked. */
#include "format.h"

typedef struct Hdf5 {
  THFormat *f;
  Span s;
  int64_t objects; /* that may still be visited: links may form rings */
} Hdf5;

static inline bool Hdf5_isAddress(uint64_t a) { return a != UINT64_MAX; }

typedef struct Message {
  unsigned type;
  Span data;
} Message;

/* What a header says of an object. */
typedef struct Header {
  Span space, type, layout, filters, fill, table, dense; /* data NULL: it is not there. dense: of links in a heap */
  Message *links, *attributes; /* lists of any length, ended by no data */
} Header;

typedef struct Space {
  int n;
  int64_t size[TH_MAX_DIMS];
  bool none; /* no elements at all */
} Space;

/* An element. */
typedef struct Element {
  const FileType *file; /* NULL: why it is not read */
  const char *why, *name;
  bool swap, text, variable, opaque;
  uint32_t size;
} Element;

Space Hdf5_space(Hdf5 *h, Span s);
Element Hdf5_element(Hdf5 *h, Span s);
/* An attribute: its name, and its value, if that is numbers or texts. */
const char *Hdf5_attribute(Hdf5 *h, Span s, THFormatValue **value);
/* Links in a heap, up to one without data. */
Message *Hdf5_denseLinks(Hdf5 *h, Span info);
/* A data set becomes an entry. */
void Hdf5_addSet(Hdf5 *h, const char *path, const Header *x, const char *dtype);

#endif
