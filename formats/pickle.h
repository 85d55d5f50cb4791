#ifndef TH_FORMAT_PICKLE_H
#define TH_FORMAT_PICKLE_H
/* Python's pickles, interpreted without Python: a stack machine whose values are plain. A call of a name that it knows
   (pickle_calls.c) gives a value; any other gives an object that only remembers its class and state. Nothing else
   can happen. */
#include "format.h"

typedef enum Form {
  FORM_PLAIN,   /* what its kind says; tuples and sets are lists */
  FORM_MARK,
  FORM_GLOBAL,  /* text: "torch.FloatStorage" */
  FORM_OBJECT,  /* of a class that is not known: text; state */
  FORM_STORAGE, /* type, key, count */
  FORM_DTYPE,   /* of NumPy: text, such as "f8"; swap */
  FORM_ARRAY    /* of NumPy, before its state is there */
} Form;

typedef struct Pickled {
  THFormatValue v; /* first: values are cast to and fro */
  Form form;
  bool named, swap;
  const struct Pickled *state;
  const FileType *type; /* of a storage; NULL: bytes */
  const char *key;
  int64_t count;
  uint64_t at; /* where it was made */
} Pickled;

/* Elements of a storage, read as the given type. NULL where tensors are not wanted yet. */
typedef Blob *(*StorageBlob)(THFormat *f, void *how, const Pickled *storage, const FileType *type);

typedef struct Pickle {
  THFormat *f;
  Span s;
  uint64_t i;
  Pickled **stack, **memo;
  int64_t n, room, memos;
  uint64_t memoized;
  StorageBlob blob;
  void *how;
} Pickle;

void __attribute__((noreturn)) Pickle_fail(const Pickle *p, const char *what);
Pickled *Pickled_new(Pickle *p, Form form, THFormatKind kind);
Pickled *Pickled_text(Pickle *p, const void *bytes, size_t n);
static inline Pickled *Pickled_item(const Pickled *list, int64_t i) { return (Pickled *)list->v.item[i]; }
static inline bool Pickled_is(const Pickled *x, THFormatKind kind) { return x->form == FORM_PLAIN && x->v.kind == kind; }

/* One pickle from p->i on, which is left behind it. */
Pickled *Pickle_run(Pickle *p);
/* function(*arguments) */
Pickled *Pickle_call(Pickle *p, Pickled *function, Pickled *arguments);
/* object.__setstate__(state) */
void Pickle_build(Pickle *p, Pickled *object, Pickled *state);
Pickled *Pickle_persistent(Pickle *p, Pickled *id);
/* Arrays and numbers of NumPy (pickle_numpy.c); NULL for another function. */
Pickled *Pickle_numpyCall(Pickle *p, const char *function, Pickled *arguments);
void Pickle_numpyBuild(Pickle *p, Pickled *object, Pickled *state);
/* Names of all tensors of a value, by their way through it. */
void Pickle_name(Pickle *p, Pickled *root);

#endif
