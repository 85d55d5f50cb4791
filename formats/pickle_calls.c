/* The functions that a pickle may call, by name: those that files of plain values and PyTorch's tensors need. */
#include "pickle.h"
#include <stdio.h>

/* ---- arguments ---- */

static Pickled *argument(Pickle *p, const Pickled *list, int64_t i)
{
  if (i >= list->v.length) Pickle_fail(p, "a call with too few arguments");
  return Pickled_item(list, i);
}

static int64_t integer_of(Pickle *p, const Pickled *x)
{
  if (!Pickled_is(x, TH_FORMAT_INTEGER)) Pickle_fail(p, "an integer expected");
  return x->v.integer;
}

static double number_of(Pickle *p, const Pickled *x)
{
  if (Pickled_is(x, TH_FORMAT_NUMBER)) return x->v.number;
  return (double)integer_of(p, x);
}

static int integers_of(Pickle *p, const Pickled *list, int64_t *out)
{
  if (!Pickled_is(list, TH_FORMAT_LIST) || list->v.length > TH_MAX_DIMS) Pickle_fail(p, "a tuple of sizes expected");
  for (int64_t i = 0; i < list->v.length; i++) {
    out[i] = integer_of(p, Pickled_item(list, i));
    if (out[i] < 0) Pickle_fail(p, "a size below 0");
  }
  return (int)list->v.length;
}

static bool is_called(const Pickled *x, const char *name) { return x->form == FORM_GLOBAL && !strcmp(x->v.text, name); }

/* ---- types ---- */

typedef struct TypeName {
  const char *torch, *type;
} TypeName;

static const TypeName storages[] = {{"FloatStorage", "F32"}, {"DoubleStorage", "F64"}, {"HalfStorage", "F16"},
  {"BFloat16Storage", "BF16"}, {"LongStorage", "I64"}, {"IntStorage", "I32"}, {"ShortStorage", "I16"},
  {"CharStorage", "I8"}, {"ByteStorage", "U8"}, {"BoolStorage", "BOOL"}, {"ComplexFloatStorage", "C64"},
  {"ComplexDoubleStorage", "C128"}, {"QInt8Storage", "I8"}, {"QUInt8Storage", "U8"}, {"QInt32Storage", "I32"}};
static const TypeName dtypes[] = {{"float32", "F32"}, {"float64", "F64"}, {"float16", "F16"}, {"bfloat16", "BF16"},
  {"int64", "I64"}, {"int32", "I32"}, {"int16", "I16"}, {"int8", "I8"}, {"uint8", "U8"}, {"bool", "BOOL"},
  {"uint16", "U16"}, {"uint32", "U32"}, {"uint64", "U64"}, {"complex32", "C32"}, {"complex64", "C64"},
  {"complex128", "C128"}, {"float8_e4m3fn", "F8_E4M3"}, {"float8_e5m2", "F8_E5M2"},
  {"float8_e4m3fnuz", "F8_E4M3FNUZ"}, {"float8_e5m2fnuz", "F8_E5M2FNUZ"}, {"float8_e8m0fnu", "F8_E8M0"}};

/* Of "torch.float32", or of any module where that is where storages come from. */
static const FileType *type_called(const TypeName *list, size_t n, const char *name)
{
  const char *dot = strrchr(name, '.');
  if (strncmp(name, "torch.", 6) || !dot) return NULL;
  for (size_t i = 0; i < n; i++)
    if (!strcmp(list[i].torch, dot + 1)) return FileType_named(list[i].type);
  return NULL;
}

/* ('storage', class, key, device, number of elements[, view]) */
Pickled *Pickle_persistent(Pickle *p, Pickled *id)
{
  if (!Pickled_is(id, TH_FORMAT_LIST) || id->v.length < 5 || !Value_isText(id->v.item[0], "storage"))
    Pickle_fail(p, "a storage expected as what is kept outside of it");
  const Pickled *class = Pickled_item(id, 1), *key = Pickled_item(id, 2);
  if (class->form != FORM_GLOBAL || !Pickled_is(key, TH_FORMAT_TEXT)) Pickle_fail(p, "a storage with a class and a key expected");
  Pickled *x = Pickled_new(p, FORM_STORAGE, TH_FORMAT_REFUSED);
  x->v.text = class->v.text;
  x->key = key->v.text;
  x->count = integer_of(p, Pickled_item(id, 4));
  x->type = type_called(storages, sizeof storages / sizeof *storages, class->v.text);
  if (!x->type && strcmp(class->v.text, "torch.storage.UntypedStorage"))
    Pickle_fail(p, Format_print(p->f, "elements of type %s, which are not read", class->v.text));
  return x;
}

/* ---- tensors ---- */

static Pickled *tensor_value(Pickle *p)
{
  Pickled *x = Pickled_new(p, FORM_PLAIN, TH_FORMAT_TENSOR);
  x->v.integer = p->f->n - 1;
  return x;
}

/* A last argument that says what PyTorch has put off: {'conj': True}. */
static void put_off(Pickle *p, Entry *e, const Pickled *flags)
{
  if (!Pickled_is(flags, TH_FORMAT_TABLE)) Pickle_fail(p, "what is known of a tensor is no dict");
  for (int64_t i = 0; i < flags->v.length; i++) {
    const THFormatValue *key = flags->v.item[2 * i], *v = flags->v.item[2 * i + 1];
    bool yes = v->kind == TH_FORMAT_BOOLEAN && v->integer;
    if (Value_isText(key, "conj")) e->conj = yes;
    else if (Value_isText(key, "neg")) e->negative = yes;
    else Pickle_fail(p, Format_print(p->f, "a tensor with a property that is not known, %s", key->kind == TH_FORMAT_TEXT ? key->text : "?"));
  }
  bool can = e->shown.element == TH_FLOAT || e->shown.element == TH_DOUBLE;
  if ((e->conj || e->negative) && !can) Pickle_fail(p, "a conjugate or negative of a type that has none");
  if (e->conj || e->negative) e->shown.mapped = false;
}

/* storage, offset, size, stride, ... read as the type; flags: the number of the argument with them */
static Entry *add_tensor(Pickle *p, Pickled *a, const FileType *type, int64_t flags)
{
  int64_t size[TH_MAX_DIMS], stride[TH_MAX_DIMS];
  Pickled *storage = argument(p, a, 0);
  if (storage->form != FORM_STORAGE) Pickle_fail(p, "a tensor of what is no storage");
  int n = integers_of(p, argument(p, a, 2), size);
  if (integers_of(p, argument(p, a, 3), stride) != n) Pickle_fail(p, "as many strides as sizes expected");
  Blob *blob = p->blob(p->f, p->how, storage, type);
  if (!blob) return NULL;
  Entry *e = Format_add(p->f, "", blob, n, size, stride, integer_of(p, argument(p, a, 1)));
  if (flags < a->v.length) put_off(p, e, Pickled_item(a, flags));
  return e;
}

static Pickled *rebuild(Pickle *p, Pickled *a, const FileType *type, int64_t flags)
{
  Entry *e = add_tensor(p, a, type, flags);
  return e ? tensor_value(p) : Pickled_new(p, FORM_PLAIN, TH_FORMAT_NONE);
}

static Pickled *rebuild_v2(Pickle *p, Pickled *a)
{
  const FileType *type = argument(p, a, 0)->type;
  if (!type) Pickle_fail(p, "a tensor without a type");
  return rebuild(p, a, type, 6);
}

/* What a type that is not read leaves of a tensor: what can be told of it. */
static Pickled *described(Pickle *p, const char *what, const Pickled *dtype, Pickled *size)
{
  if (dtype->form != FORM_GLOBAL) Pickle_fail(p, "a type of elements expected");
  Pickled *table = Pickled_new(p, FORM_PLAIN, TH_FORMAT_TABLE);
  Value_putText(p->f, &table->v, what, Value_text(p->f, dtype->v.text, strlen(dtype->v.text)));
  Value_putText(p->f, &table->v, "size", &size->v);
  return table;
}

static Pickled *rebuild_v3(Pickle *p, Pickled *a)
{
  const Pickled *dtype = argument(p, a, 6);
  if (dtype->form != FORM_GLOBAL) Pickle_fail(p, "a type of elements expected");
  const FileType *type = type_called(dtypes, sizeof dtypes / sizeof *dtypes, dtype->v.text);
  if (!type) return described(p, "type that is not read", dtype, argument(p, a, 2));
  return rebuild(p, a, type, 7);
}

/* (dtype, size, stride, requires_grad): a tensor that has no elements anywhere */
static Pickled *rebuild_meta(Pickle *p, Pickled *a)
{
  return described(p, "tensor without elements", argument(p, a, 0), argument(p, a, 1));
}

/* storage, offset, size, stride, (scheme, scale, zero point), ...: the numbers that the integers stand for */
static Pickled *rebuild_quantised(Pickle *p, Pickled *a)
{
  Pickled *how = argument(p, a, 4);
  const FileType *type = argument(p, a, 0)->type;
  if (!type || !Pickled_is(how, TH_FORMAT_LIST) || !how->v.length) Pickle_fail(p, "quantised elements without type or scheme");
  if (!is_called(Pickled_item(how, 0), "torch.per_tensor_affine"))
    return described(p, "quantised in a way that is not read", Pickled_item(how, 0), argument(p, a, 2));
  Entry *e = add_tensor(p, a, type, 99);
  if (!e) return Pickled_new(p, FORM_PLAIN, TH_FORMAT_NONE);
  e->scale = number_of(p, argument(p, how, 1));
  e->zero = number_of(p, argument(p, how, 2));
  e->shown.element = TH_FLOAT;
  e->shown.mapped = false;
  e->shown.note = "quantised; read as the numbers meant";
  return tensor_value(p);
}

static void put_part(Pickle *p, Pickled *table, const char *key, const Pickled *list, int64_t i)
{
  if (i < list->v.length) Value_putText(p->f, &table->v, key, list->v.item[i]);
}

/* layout, its parts: a table of them */
static Pickled *rebuild_sparse(Pickle *p, Pickled *a)
{
  const Pickled *layout = argument(p, a, 0), *parts = argument(p, a, 1);
  if (!Pickled_is(parts, TH_FORMAT_LIST) || !Pickled_is(layout, TH_FORMAT_TEXT)) Pickle_fail(p, "a sparse tensor without layout or parts");
  bool coo = !strcmp(layout->v.text, "torch.sparse_coo");
  Pickled *table = Pickled_new(p, FORM_PLAIN, TH_FORMAT_TABLE);
  put_part(p, table, "layout", a, 0);
  put_part(p, table, coo ? "indices" : "compressed_indices", parts, 0);
  if (!coo) put_part(p, table, "plain_indices", parts, 1);
  put_part(p, table, "values", parts, coo ? 1 : 2);
  put_part(p, table, "size", parts, coo ? 2 : 3);
  return table;
}

static Pickled *first_argument(Pickle *p, Pickled *a) { return argument(p, a, 0); }

/* function, type, arguments, state of attributes */
static Pickled *rebuild_from_type(Pickle *p, Pickled *a)
{
  Pickled *function = argument(p, a, 0), *arguments = argument(p, a, 2);
  if (is_called(function, "torch._tensor._rebuild_from_type_v2")) Pickle_fail(p, "a tensor of a tensor of a tensor");
  return Pickle_call(p, function, arguments);
}

/* ---- plain values ---- */

static Pickled *list_of(Pickle *p, Pickled *a)
{
  if (!a->v.length) return Pickled_new(p, FORM_PLAIN, TH_FORMAT_LIST);
  Pickled *x = Pickled_item(a, 0);
  if (!Pickled_is(x, TH_FORMAT_LIST)) Pickle_fail(p, "a list expected");
  return x;
}

/* OrderedDict(), or OrderedDict([[key, value], ...]) */
static Pickled *ordered_dict(Pickle *p, Pickled *a)
{
  Pickled *table = Pickled_new(p, FORM_PLAIN, TH_FORMAT_TABLE), *pairs = list_of(p, a);
  for (int64_t i = 0; i < pairs->v.length; i++) {
    const THFormatValue *pair = pairs->v.item[i];
    if (pair->kind != TH_FORMAT_LIST || pair->length != 2) Pickle_fail(p, "pairs expected in a dict");
    Value_put(p->f, &table->v, pair->item[0], pair->item[1]);
  }
  return table;
}

static Pickled *empty_table(Pickle *p, Pickled *a)
{
  (void)a; /* a defaultdict's factory */
  return Pickled_new(p, FORM_PLAIN, TH_FORMAT_TABLE);
}

/* encode(text, 'latin1'): bytes, each a character of the text, those from 128 on two bytes of UTF-8 */
static Pickled *encode(Pickle *p, Pickled *a)
{
  const Pickled *text = argument(p, a, 0);
  if (!Pickled_is(text, TH_FORMAT_TEXT)) Pickle_fail(p, "a text expected for encode");
  char *bytes = Format_alloc(p->f, (size_t)text->v.length + 1), *out = bytes;
  for (int64_t i = 0; i < text->v.length; i++) {
    uint8_t c = (uint8_t)text->v.text[i];
    if (c < 0x80) {
      *out++ = (char)c;
    } else {
      if ((c & 0xFC) != 0xC0 || ++i == text->v.length) Pickle_fail(p, "a text that is not Latin-1");
      *out++ = (char)(c << 6 | (text->v.text[i] & 63));
    }
  }
  Pickled *x = Pickled_new(p, FORM_PLAIN, TH_FORMAT_TEXT);
  x->v.text = bytes;
  x->v.length = out - bytes;
  return x;
}

static Pickled *arguments_themselves(Pickle *p, Pickled *a)
{
  (void)p;
  return a;
}

typedef struct Call {
  const char *name;
  Pickled *(*call)(Pickle *p, Pickled *arguments);
} Call;

static const Call calls[] = {
    {"torch._utils._rebuild_tensor", rebuild_v2},
    {"torch._utils._rebuild_tensor_v2", rebuild_v2},
    {"torch._utils._rebuild_tensor_v3", rebuild_v3},
    {"torch._utils._rebuild_parameter", first_argument},
    {"torch._utils._rebuild_parameter_with_state", first_argument},
    {"torch._utils._rebuild_qtensor", rebuild_quantised},
    {"torch._utils._rebuild_sparse_tensor", rebuild_sparse},
    {"torch._utils._rebuild_meta_tensor_no_storage", rebuild_meta},
    {"torch._utils._rebuild_nested_tensor", arguments_themselves},
    {"torch._tensor._rebuild_from_type_v2", rebuild_from_type},
    {"torch.nn.parameter.Parameter", first_argument},
    {"torch.serialization._get_layout", first_argument},
    {"torch.Size", list_of},
    {"torch.device", first_argument},
    {"collections.OrderedDict", ordered_dict},
    {"collections.defaultdict", empty_table},
    {"collections.Counter", empty_table},
    {"_codecs.encode", encode},
    {"__builtin__.set", list_of},
    {"builtins.set", list_of},
    {"__builtin__.frozenset", list_of},
    {"builtins.frozenset", list_of},
    {"__builtin__.slice", arguments_themselves},
    {"builtins.slice", arguments_themselves},
    {"__builtin__.complex", arguments_themselves},
    {"builtins.complex", arguments_themselves},
    {"__builtin__.xrange", arguments_themselves},
    {"builtins.range", arguments_themselves},
    {"__builtin__.bytearray", first_argument},
    {"builtins.bytearray", first_argument},
};

static Pickled *object_of(Pickle *p, const Pickled *class, const Pickled *arguments)
{
  Pickled *x = Pickled_new(p, FORM_OBJECT, TH_FORMAT_REFUSED);
  x->v.text = class->v.text;
  x->v.length = class->v.length;
  x->state = arguments;
  return x;
}

Pickled *Pickle_call(Pickle *p, Pickled *function, Pickled *arguments)
{
  if (function->form != FORM_GLOBAL) {
    if (function->form == FORM_OBJECT) return object_of(p, function, arguments);
    Pickle_fail(p, "a call of what is no function");
  }
  if (!Pickled_is(arguments, TH_FORMAT_LIST)) Pickle_fail(p, "a call without a tuple of arguments");
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (!strcmp(calls[i].name, function->v.text)) return calls[i].call(p, arguments);
  Pickled *x = Pickle_numpyCall(p, function->v.text, arguments);
  return x ? x : object_of(p, function, arguments);
}

/* Attributes of dicts and tensors are left out; an object's are looked through for tensors. */
void Pickle_build(Pickle *p, Pickled *object, Pickled *state)
{
  if (object->form == FORM_OBJECT) object->state = state;
  else if (object->form == FORM_DTYPE || object->form == FORM_ARRAY) Pickle_numpyBuild(p, object, state);
  else if (object->form != FORM_PLAIN) Pickle_fail(p, "a state for what has none");
}

/* ---- names ---- */

enum { MOST_DEPTH = 200 };

/* The parts of a module of nn are in tables that no name needs. */
static bool is_nameless(const char *key)
{
  return !strcmp(key, "_parameters") || !strcmp(key, "_modules") || !strcmp(key, "_buffers");
}

static const char *joined(Pickle *p, const char *path, const Pickled *key, int64_t i)
{
  char digits[24];
  const char *last = digits;
  if (!key || Pickled_is(key, TH_FORMAT_INTEGER)) snprintf(digits, sizeof digits, "%lld", (long long)(key ? key->v.integer : i));
  else if (key->v.kind == TH_FORMAT_TEXT) last = key->v.text;
  else strcpy(digits, "?");
  if (is_nameless(last)) return path;
  return path[0] ? Format_print(p->f, "%s.%s", path, last) : Format_print(p->f, "%s", last);
}

static void name_tensor(Pickle *p, Pickled *x, const char *path)
{
  Entry *e = p->f->entries[x->v.integer];
  if (!x->named) {
    e->shown.name = path[0] ? path : "tensor";
  } else { /* the same tensor by another name */
    Entry *again = Format_addRefused(p->f, path, e->shown.type, NULL, 0, NULL);
    *again = *e;
    again->shown.name = path;
  }
  x->named = true;
}

static void name_within(Pickle *p, Pickled *x, const char *path, int depth)
{
  if (depth > MOST_DEPTH) return;
  if (Pickled_is(x, TH_FORMAT_TENSOR)) {
    name_tensor(p, x, path);
    return;
  }
  if (x->named) return;
  x->named = true;
  if (x->form == FORM_OBJECT && x->state) name_within(p, (Pickled *)x->state, path, depth + 1);
  if (x->form != FORM_PLAIN) return;
  bool table = x->v.kind == TH_FORMAT_TABLE;
  if (!table && x->v.kind != TH_FORMAT_LIST) return;
  for (int64_t i = 0; i < x->v.length; i++) {
    Pickled *item = Pickled_item(x, table ? 2 * i + 1 : i);
    THFormatKind kind = item->v.kind;
    if (kind < TH_FORMAT_LIST) continue;
    name_within(p, item, joined(p, path, table ? Pickled_item(x, 2 * i) : NULL, i), depth + 1);
  }
}

void Pickle_name(Pickle *p, Pickled *root)
{
  name_within(p, root, "", 0);
  for (int64_t i = 0; i < p->f->n; i++)
    if (!p->f->entries[i]->shown.name[0]) p->f->entries[i]->shown.name = Format_print(p->f, "tensor %lld", (long long)i + 1);
}
