/* The machine: what every opcode of the protocols 2 to 5 does. (Those of protocol 0 are text, which no file of tensors has.) */
#include "pickle.h"

void Pickle_fail(const Pickle *p, const char *what)
{
  Format_fail(p->f, p->s.at + p->i, "pickle: %s", what);
}

/* ---- bytes ---- */

static const uint8_t *take(Pickle *p, uint64_t n)
{
  const uint8_t *at = Span_at(p->f, p->s, p->i, n, "pickle");
  p->i += n;
  return at;
}

static uint64_t number(Pickle *p, int width)
{
  const uint8_t *at = take(p, (uint64_t)width);
  return width == 1 ? *at : width == 2 ? load16(at) : width == 4 ? load32(at) : load64(at);
}

static const char *line(Pickle *p)
{
  uint64_t first = p->i, end = first;
  while (end < p->s.size && p->s.data[end] != '\n') end++;
  if (end == p->s.size) Pickle_fail(p, "a line without end");
  p->i = end + 1;
  return Format_text(p->f, p->s.data + first, end - first);
}

/* ---- values ---- */

Pickled *Pickled_new(Pickle *p, Form form, THFormatKind kind)
{
  Pickled *x = Format_alloc(p->f, sizeof *x);
  x->form = form;
  x->v.kind = kind;
  x->at = p->s.at + p->i;
  return x;
}

Pickled *Pickled_text(Pickle *p, const void *bytes, size_t n)
{
  Pickled *x = Pickled_new(p, FORM_PLAIN, TH_FORMAT_TEXT);
  x->v.text = Format_text(p->f, bytes, n);
  x->v.length = (int64_t)n;
  return x;
}

static Pickled *integer(Pickle *p, int64_t v)
{
  Pickled *x = Pickled_new(p, FORM_PLAIN, TH_FORMAT_INTEGER);
  x->v.integer = v;
  return x;
}

static Pickled *boolean(Pickle *p, int v)
{
  Pickled *x = Pickled_new(p, FORM_PLAIN, TH_FORMAT_BOOLEAN);
  x->v.integer = v;
  return x;
}

static Pickled *real(Pickle *p, double v)
{
  Pickled *x = Pickled_new(p, FORM_PLAIN, TH_FORMAT_NUMBER);
  x->v.number = v;
  return x;
}

static Pickled *big_end_double(Pickle *p)
{
  const uint8_t *at = take(p, 8);
  uint64_t bits = 0;
  double v;
  for (int k = 0; k < 8; k++) bits = bits << 8 | at[k];
  memcpy(&v, &bits, sizeof v);
  return real(p, v);
}

/* Little end first, two's complement, of any length; beyond 64 bits the nearest double. */
static Pickled *long_integer(Pickle *p, uint64_t n)
{
  const uint8_t *at = take(p, n);
  bool negative = n && at[n - 1] & 128;
  if (n <= 8) {
    uint64_t v = negative ? ~(uint64_t)0 : 0;
    for (uint64_t k = n; k > 0; k--) v = v << 8 | at[k - 1];
    return integer(p, (int64_t)v);
  }
  double v = 0;
  for (uint64_t k = n; k > 0; k--) v = v * 256 + (negative ? 255 - at[k - 1] : at[k - 1]);
  return real(p, negative ? -v - 1 : v);
}

static Pickled *global(Pickle *p, const char *module, const char *name)
{
  /* torch.float32 and the like, by themselves, are as good as texts; classes are not */
  bool plain = !strcmp(module, "torch") && name[0] >= 'a' && name[0] <= 'z';
  Pickled *x = Pickled_new(p, FORM_GLOBAL, plain ? TH_FORMAT_TEXT : TH_FORMAT_REFUSED);
  x->v.text = Format_print(p->f, "%s.%s", module, name);
  x->v.length = (int64_t)strlen(x->v.text);
  return x;
}

/* ---- the stack and the memo ---- */

static void push(Pickle *p, Pickled *x)
{
  if (p->n == p->room) {
    int64_t room = p->room ? 2 * p->room : 64;
    Pickled **grown = Format_alloc(p->f, (size_t)room * sizeof *grown);
    if (p->n) memcpy(grown, p->stack, (size_t)p->n * sizeof *grown);
    p->stack = grown;
    p->room = room;
  }
  p->stack[p->n++] = x;
}

/* The value n places below the top, which is no mark. */
static Pickled *top(Pickle *p, int64_t n)
{
  if (n >= p->n || p->stack[p->n - 1 - n]->form == FORM_MARK) Pickle_fail(p, "a value is missing on its stack");
  return p->stack[p->n - 1 - n];
}

static Pickled *pop(Pickle *p)
{
  Pickled *x = top(p, 0);
  p->n--;
  return x;
}

/* Where the values behind the last mark begin. */
static int64_t marked(Pickle *p)
{
  int64_t i = p->n;
  while (i > 0 && p->stack[i - 1]->form != FORM_MARK) i--;
  if (!i) Pickle_fail(p, "a mark is missing on its stack");
  return i;
}

static void check_kind(Pickle *p, const Pickled *x, THFormatKind kind, const char *what)
{
  if (x->form == FORM_OBJECT || (x->form == FORM_PLAIN && x->v.kind == kind)) return;
  Pickle_fail(p, what);
}

/* What is put into an object of an unknown class, such as a list of its own kind, is forgotten. */
static void append(Pickle *p, Pickled *list, Pickled *item)
{
  check_kind(p, list, TH_FORMAT_LIST, "something is appended to what is no list");
  if (list->form == FORM_PLAIN) Value_push(p->f, &list->v, &item->v);
}

static void set_item(Pickle *p, Pickled *table, Pickled *key, Pickled *item)
{
  check_kind(p, table, TH_FORMAT_TABLE, "something is set in what is no dict");
  if (table->form == FORM_PLAIN) Value_put(p->f, &table->v, &key->v, &item->v);
}

/* The values from `first` on as a list, in their place; with the mark before them, if there is one. */
static void collect(Pickle *p, int64_t first, bool mark)
{
  if (first < 0) Pickle_fail(p, "a value is missing on its stack");
  Pickled *list = Pickled_new(p, FORM_PLAIN, TH_FORMAT_LIST);
  for (int64_t i = first; i < p->n; i++) append(p, list, p->stack[i]);
  p->n = first - mark;
  push(p, list);
}

static void collect_table(Pickle *p)
{
  int64_t first = marked(p);
  Pickled *table = Pickled_new(p, FORM_PLAIN, TH_FORMAT_TABLE);
  for (int64_t i = first; i + 1 < p->n; i += 2) set_item(p, table, p->stack[i], p->stack[i + 1]);
  p->n = first - 1;
  push(p, table);
}

static void append_many(Pickle *p)
{
  int64_t first = marked(p);
  if (first < 2) Pickle_fail(p, "a list is missing on its stack");
  for (int64_t i = first; i < p->n; i++) append(p, p->stack[first - 2], p->stack[i]);
  p->n = first - 1;
}

static void set_many(Pickle *p)
{
  int64_t first = marked(p);
  if (first < 2 || (p->n - first) % 2) Pickle_fail(p, "keys and values are missing on its stack");
  for (int64_t i = first; i < p->n; i += 2) set_item(p, p->stack[first - 2], p->stack[i], p->stack[i + 1]);
  p->n = first - 1;
}

static void put_memo(Pickle *p, uint64_t id)
{
  if (id > p->s.size) Pickle_fail(p, "a number of its memo that is too large");
  if ((int64_t)id >= p->memos) {
    int64_t room = THMax((int64_t)id + 1, 2 * p->memos);
    Pickled **grown = Format_alloc(p->f, (size_t)room * sizeof *grown);
    if (p->memos) memcpy(grown, p->memo, (size_t)p->memos * sizeof *grown);
    p->memo = grown;
    p->memos = room;
  }
  if (!p->memo[id]) p->memoized++; /* ids of the protocols from 4 on count up */
  p->memo[id] = top(p, 0);
}

static void get_memo(Pickle *p, uint64_t id)
{
  if (id >= (uint64_t)p->memos || !p->memo[id]) Pickle_fail(p, "nothing is in its memo there");
  push(p, p->memo[id]);
}

/* ---- calls ---- */

static void reduce(Pickle *p)
{
  Pickled *arguments = pop(p), *function = pop(p);
  push(p, Pickle_call(p, function, arguments));
}

static void new_object(Pickle *p, bool keywords)
{
  if (keywords) pop(p);
  reduce(p);
}

static void build(Pickle *p)
{
  Pickled *state = pop(p);
  Pickle_build(p, top(p, 0), state);
}

static void stack_global(Pickle *p)
{
  Pickled *name = pop(p), *module = pop(p);
  if (!Pickled_is(name, TH_FORMAT_TEXT) || !Pickled_is(module, TH_FORMAT_TEXT)) Pickle_fail(p, "a name that is no text");
  push(p, global(p, module->v.text, name->v.text));
}

static void text_of(Pickle *p, int width)
{
  uint64_t n = number(p, width);
  push(p, Pickled_text(p, take(p, n), n));
}

static void text_global(Pickle *p)
{
  const char *module = line(p);
  push(p, global(p, module, line(p)));
}

/* Opcodes that push a constant or a text. */
static bool constant(Pickle *p, uint8_t op)
{
  switch (op) {
  case 'N': push(p, Pickled_new(p, FORM_PLAIN, TH_FORMAT_NONE)); return true;
  case 0x88: push(p, boolean(p, 1)); return true;
  case 0x89: push(p, boolean(p, 0)); return true;
  case 'J': push(p, integer(p, (int32_t)number(p, 4))); return true;
  case 'K': push(p, integer(p, (int64_t)number(p, 1))); return true;
  case 'M': push(p, integer(p, (int64_t)number(p, 2))); return true;
  case 0x8a: push(p, long_integer(p, number(p, 1))); return true;
  case 0x8b: push(p, long_integer(p, number(p, 4))); return true;
  case 'G': push(p, big_end_double(p)); return true;
  case 'U': case 'C': case 0x8c: text_of(p, 1); return true;
  case 'T': case 'B': case 'X': text_of(p, 4); return true;
  case 0x8d: case 0x8e: case 0x96: text_of(p, 8); return true;
  case 'c': text_global(p); return true;
  case 0x93: stack_global(p); return true;
  }
  return false;
}

static bool container(Pickle *p, uint8_t op)
{
  switch (op) {
  case ']': case ')': case 0x8f: push(p, Pickled_new(p, FORM_PLAIN, TH_FORMAT_LIST)); return true;
  case '}': push(p, Pickled_new(p, FORM_PLAIN, TH_FORMAT_TABLE)); return true;
  case '(': push(p, Pickled_new(p, FORM_MARK, TH_FORMAT_NONE)); return true;
  case 't': case 'l': case 0x91: collect(p, marked(p), true); return true;
  case 0x85: case 0x86: case 0x87: top(p, op - 0x85); collect(p, p->n - (op - 0x84), false); return true;
  case 'd': collect_table(p); return true;
  case 'a': {
    Pickled *item = pop(p);
    append(p, top(p, 0), item);
    return true;
  }
  case 'e': case 0x90: append_many(p); return true;
  case 's': {
    Pickled *item = pop(p), *key = pop(p);
    set_item(p, top(p, 0), key, item);
    return true;
  }
  case 'u': set_many(p); return true;
  }
  return false;
}

static bool other(Pickle *p, uint8_t op)
{
  switch (op) {
  case 0x80: take(p, 1); return true;
  case 0x95: take(p, 8); return true;
  case '0': pop(p); return true;
  case '1': p->n = marked(p) - 1; return true;
  case '2': push(p, top(p, 0)); return true;
  case 'h': get_memo(p, number(p, 1)); return true;
  case 'j': get_memo(p, number(p, 4)); return true;
  case 'q': put_memo(p, number(p, 1)); return true;
  case 'r': put_memo(p, number(p, 4)); return true;
  case 0x94: put_memo(p, p->memoized); return true;
  case 'R': reduce(p); return true;
  case 0x81: new_object(p, false); return true;
  case 0x92: new_object(p, true); return true;
  case 'b': build(p); return true;
  case 'Q': push(p, Pickle_persistent(p, pop(p))); return true;
  }
  return false;
}

Pickled *Pickle_run(Pickle *p)
{
  p->n = 0;
  p->memos = 0;
  p->memoized = 0; /* each pickle has a memo of its own */
  for (;;) {
    uint8_t op = *take(p, 1);
    if (op == '.') return pop(p);
    if (constant(p, op) || container(p, op) || other(p, op)) continue;
    p->i--;
    Pickle_fail(p, Format_print(p->f, "an opcode that is not known, %d", op));
  }
}
