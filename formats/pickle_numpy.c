/* Arrays and numbers of NumPy in a pickle. */
#include "pickle.h"
#include <stdio.h>

/* dtype('f8', False, True) */
static Pickled *new_dtype(Pickle *p, Pickled *a)
{
  if (!a->v.length || !Pickled_is(Pickled_item(a, 0), TH_FORMAT_TEXT)) Pickle_fail(p, "a type of NumPy without a name");
  Pickled *x = Pickled_new(p, FORM_DTYPE, TH_FORMAT_TEXT);
  x->v = Pickled_item(a, 0)->v;
  return x;
}

/* scalar(dtype, bytes) */
static Pickled *scalar(Pickle *p, Pickled *a)
{
  if (a->v.length != 2 || Pickled_item(a, 0)->form != FORM_DTYPE || !Pickled_is(Pickled_item(a, 1), TH_FORMAT_TEXT))
    Pickle_fail(p, "a number of NumPy without a type");
  const Pickled *dtype = Pickled_item(a, 0), *bytes = Pickled_item(a, 1);
  const FileType *type = FileType_numpy(dtype->v.text);
  if (!type || type->bytes != bytes->v.length || type->parts > 1 || dtype->swap) Pickle_fail(p, "a number of NumPy of a type that is not read");
  _Alignas(8) uint8_t element[8], raw[8];
  memcpy(raw, bytes->v.text, (size_t)type->bytes);
  if (!type->decode) memcpy(element, raw, (size_t)type->bytes);
  else if (!type->decode(raw, 1, element)) Pickle_fail(p, "a number of NumPy that is too large");
  THScalar v = THScalar_load(type->element, element);
  bool whole = !(TH_FLOATING_BITS >> type->element & 1) && type->element != TH_HALF && type->element != TH_BFLOAT16;
  Pickled *x = Pickled_new(p, FORM_PLAIN, whole ? TH_FORMAT_INTEGER : TH_FORMAT_NUMBER);
  if (whole) x->v.integer = v.i;
  else x->v.number = v.d;
  return x;
}

Pickled *Pickle_numpyCall(Pickle *p, const char *function, Pickled *arguments)
{
  if (strncmp(function, "numpy.", 6)) return NULL;
  const char *name = strrchr(function, '.') + 1;
  if (!strcmp(function, "numpy.dtype")) return new_dtype(p, arguments);
  if (strcmp(function, "numpy.core.multiarray._reconstruct") && strcmp(function, "numpy._core.multiarray._reconstruct"))
    return !strcmp(name, "scalar") ? scalar(p, arguments) : NULL;
  Pickled *x = Pickled_new(p, FORM_ARRAY, TH_FORMAT_REFUSED);
  x->v.text = "numpy.ndarray";
  return x;
}

/* (version, shape, dtype, fortran order, bytes) */
static void build_array(Pickle *p, Pickled *x, const Pickled *state)
{
  int64_t size[TH_MAX_DIMS], stride[TH_MAX_DIMS], step = 1;
  if (!Pickled_is(state, TH_FORMAT_LIST) || state->v.length != 5) Pickle_fail(p, "an array of NumPy in an unknown form");
  const Pickled *shape = Pickled_item(state, 1), *dtype = Pickled_item(state, 2), *bytes = Pickled_item(state, 4);
  if (!Pickled_is(shape, TH_FORMAT_LIST) || shape->v.length > TH_MAX_DIMS || dtype->form != FORM_DTYPE || !Pickled_is(bytes, TH_FORMAT_TEXT))
    Pickle_fail(p, "an array of NumPy in an unknown form");
  for (int64_t d = 0; d < shape->v.length; d++) {
    if (shape->v.item[d]->kind != TH_FORMAT_INTEGER) Pickle_fail(p, "an array of NumPy in an unknown form");
    size[d] = shape->v.item[d]->integer;
    stride[d] = step;
    step = (int64_t)((uint64_t)step * (uint64_t)THMax(size[d], 1)); /* checked below, by the product */
  }
  const FileType *type = FileType_numpy(dtype->v.text);
  if (!type) return; /* it stays what it is: an object that is not read */
  int n = (int)shape->v.length;
  bool fortran = state->v.item[3]->kind == TH_FORMAT_BOOLEAN && state->v.item[3]->integer;
  Span span = {(const uint8_t *)bytes->v.text, (uint64_t)bytes->v.length, bytes->at};
  Blob *blob = Format_blob(p->f, type, span, Format_product(p->f, x->at, n, size));
  blob->swap = dtype->swap && type->swap;
  Format_add(p->f, "", blob, n, size, fortran ? stride : NULL, 0);
  x->form = FORM_PLAIN;
  x->v = (THFormatValue){.kind = TH_FORMAT_TENSOR, .integer = p->f->n - 1};
}

/* A type's state: (version, byte order, ...) */
void Pickle_numpyBuild(Pickle *p, Pickled *x, Pickled *state)
{
  if (x->form == FORM_ARRAY) build_array(p, x, state);
  else x->swap = Pickled_is(state, TH_FORMAT_LIST) && state->v.length > 1 && Value_isText(state->v.item[1], ">");
}
