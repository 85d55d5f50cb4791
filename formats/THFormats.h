#ifndef TH_FORMATS_H
#define TH_FORMATS_H
/* Files of other programs as tensors: NumPy's .npy and .npz, safetensors, PyTorch's .pt, GGUF, HDF5 with Keras's
   use of it, Caffe's models. No Lua is needed.

     char why[TH_FORMAT_ERROR];
     THFormat *f = THFormat_open("model.safetensors", 0, why);
     if (!f) fprintf(stderr, "%s\n", why);
     int64_t i = THFormat_find(f, "layer.0.weight");
     THAnyTensor *w = i < 0 ? NULL : THFormat_newTensor(f, i);    (NULL: THFormat_error tells why)

   A file is mapped, not read: opening looks at its tables alone. Nothing in a file is ever executed, and nothing is
   allocated by a size that its bytes could not hold. A tensor whose elements lie in the file as TH has them shows the
   mapped bytes, which change in memory only; others are converted. It keeps the mapping, and so outlives the THFormat.
   As with every mapping, a file that another program shortens meanwhile ends this one.

   One thread at a time may use a THFormat. Readers return NULL or -1 and keep a text; they raise (THError) only when
   memory runs out. Writers raise, like all of TH's files. */
#include "TH.h"

enum { TH_FORMAT_ERROR = 512 };

typedef struct THFormat THFormat;

/* A tensor in a file. */
typedef struct THFormatEntry {
  const char *name;
  const char *type;    /* as the file has it: "F8_E4M3", "<f4", "Q4_K" */
  const char *note;    /* NULL, or what becomes of it, such as "pairs of real and imaginary part" */
  const char *refused; /* NULL, or why it can be listed only */
  THType element;      /* of the tensor that newTensor makes */
  bool mapped;         /* whether that shows the file's bytes */
  int nDimension;      /* 0: a single number */
  const int64_t *size; /* as in the file, the slowest dimension first; with sizes 0, too */
  uint64_t offset;     /* of its first byte in the file; that of the packed bytes where they are compressed */
  uint64_t bytes;      /* that it takes there */
} THFormatEntry;

/* What else a file holds: a tree of plain values. Lists and tables may occur in it more than once, and within
   themselves. */
typedef enum THFormatKind {
  TH_FORMAT_NONE,
  TH_FORMAT_BOOLEAN,
  TH_FORMAT_INTEGER,
  TH_FORMAT_NUMBER,
  TH_FORMAT_TEXT,
  TH_FORMAT_LIST,
  TH_FORMAT_TABLE,
  TH_FORMAT_TENSOR, /* integer: its number */
  TH_FORMAT_REFUSED /* text: the class of an object that is none of these */
} THFormatKind;

typedef struct THFormatValue {
  THFormatKind kind;
  uint32_t room;  /* internal */
  int64_t length; /* bytes of a text (a NUL follows), values of a list, pairs of a table */
  __extension__ union {
    int64_t integer; /* booleans, too */
    double number;
    const char *text;
    struct THFormatValue **item; /* of a table: key, value, key, value... */
  };
} THFormatValue;

enum { TH_FORMAT_V2_BFLOAT16 = 1 /* elements that .npy calls V2, raw bytes, are BFloat16 */ };

/* Tells the format by the content, and by the ending where that leaves doubt. error: room for TH_FORMAT_ERROR bytes,
   filled when the result is NULL, with the place in the file. */
TH_API THFormat *THFormat_open(const char *path, int flags, char *error);
TH_API void THFormat_free(THFormat *self); /* NULL is ignored */
static inline void THFormat_autofree(THFormat **self) { THFormat_free(*self); }

/* "npy", "npz", "safetensors", "pytorch", "gguf", "hdf5", "keras", "caffe" */
TH_API const char *THFormat_kind(const THFormat *self);
/* The format of a file with these first bytes and that name, NULL for none; "t7" for Torch's own. */
TH_API const char *THFormat_guess(const char *path, const void *bytes, size_t n);

TH_API int64_t THFormat_count(const THFormat *self);
TH_API const THFormatEntry *THFormat_entry(const THFormat *self, int64_t i);
TH_API int64_t THFormat_find(const THFormat *self, const char *name); /* -1: none */
/* A new tensor; entries that share their elements in the file share a storage. A single number becomes a vector of
   one, sizes with a 0 an empty tensor, complex numbers pairs along a last dimension. NULL: see THFormat_error. */
TH_API THAnyTensor *THFormat_newTensor(THFormat *self, int64_t i);
TH_API const char *THFormat_error(const THFormat *self);

/* A matrix used where it lies in the file: rows of floats, or quantised ones, which stay as they are (GGUF: an eighth of the
   memory, and of the time to read it). False: see THFormat_error; wrong tensors raise. */
/* r = x W' for matrix W, number i: a vector, or one for each row of x; floats both, r contiguous, resized. */
TH_API bool THFormat_product(THFormat *self, int64_t i, THAnyTensor *x, THAnyTensor *r);
/* r: the rows of these numbers, longs from 0, as floats. */
TH_API bool THFormat_rows(THFormat *self, int64_t i, THAnyTensor *index, THAnyTensor *r);

/* What the file is made of: PyTorch's object; elsewhere a table of descriptions (metadata) by name. Never NULL. */
TH_API const THFormatValue *THFormat_value(const THFormat *self);
/* The value of a text key in a table; NULL when it is none or has no such key. */
TH_API const THFormatValue *THFormatValue_get(const THFormatValue *table, const char *key);
/* A value in at most size - 1 bytes of text, cut with "..." where it is longer. */
TH_API void THFormatValue_text(const THFormatValue *value, char *text, size_t size);

/* ---- writing ----
   The file appears, or takes an earlier one's place, when it is complete. Tensors may lie in memory in any way and
   are written row by row; an empty one has the size 0. */
TH_API void THFormat_saveNpy(const char *path, THAnyTensor *tensor);
TH_API void THFormat_saveNpz(const char *path, int64_t n, const char *const *names, THAnyTensor *const *tensors);
/* metadata: a table of texts by texts, or NULL. */
TH_API void THFormat_saveSafetensors(const char *path, int64_t n, const char *const *names,
                                     THAnyTensor *const *tensors, const THFormatValue *metadata);
/* HDF5: a name such as "layer/0/weight" is a data set within groups. */
TH_API void THFormat_saveHdf5(const char *path, int64_t n, const char *const *names, THAnyTensor *const *tensors);
/* PyTorch's zip file of an object, which torch.load(weights_only=True) reads: a tree of values whose tensors are
   those numbers in the list. Tensors with one storage share it there. */
TH_API void THFormat_savePyTorch(const char *path, const THFormatValue *object, THAnyTensor *const *tensors);

#endif
