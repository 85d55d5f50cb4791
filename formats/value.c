/* Plain values: made in the arena, looked up, printed. */
#include "format.h"
#include <stdarg.h>
#include <stdio.h>

THFormatValue *Value_new(THFormat *f, THFormatKind kind)
{
  THFormatValue *v = Format_alloc(f, sizeof *v);
  v->kind = kind;
  return v;
}

THFormatValue *Value_integer(THFormat *f, int64_t i)
{
  THFormatValue *v = Value_new(f, TH_FORMAT_INTEGER);
  v->integer = i;
  return v;
}

THFormatValue *Value_number(THFormat *f, double number)
{
  THFormatValue *v = Value_new(f, TH_FORMAT_NUMBER);
  v->number = number;
  return v;
}

THFormatValue *Value_text(THFormat *f, const void *bytes, size_t n)
{
  THFormatValue *v = Value_new(f, TH_FORMAT_TEXT);
  v->text = Format_text(f, bytes, n);
  v->length = (int64_t)n;
  return v;
}

static void push(THFormat *f, THFormatValue *v, int64_t used, THFormatValue *item)
{
  if ((uint64_t)used == v->room) {
    if (v->room > UINT32_MAX / 4) Format_fail(f, UINT64_MAX, "a list of too many values");
    uint32_t room = v->room ? 2 * v->room : 4;
    THFormatValue **grown = Format_alloc(f, room * sizeof *grown);
    if (used) memcpy(grown, v->item, (size_t)used * sizeof *grown);
    v->item = grown;
    v->room = room;
  }
  v->item[used] = item;
}

void Value_push(THFormat *f, THFormatValue *list, THFormatValue *item) { push(f, list, list->length++, item); }

void Value_put(THFormat *f, THFormatValue *table, THFormatValue *key, THFormatValue *item)
{
  push(f, table, 2 * table->length, key);
  push(f, table, 2 * table->length + 1, item);
  table->length++;
}

void Value_putText(THFormat *f, THFormatValue *table, const char *key, THFormatValue *item)
{
  Value_put(f, table, Value_text(f, key, strlen(key)), item);
}

const THFormatValue *THFormatValue_get(const THFormatValue *table, const char *key)
{
  if (!table || table->kind != TH_FORMAT_TABLE) return NULL;
  for (int64_t i = table->length - 1; i >= 0; i--) /* of equal keys the last counts */
    if (Value_isText(table->item[2 * i], key)) return table->item[2 * i + 1];
  return NULL;
}

/* ---- as text ---- */

typedef struct Text {
  char *at;
  size_t left; /* with the NUL */
} Text;

static void add(Text *t, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  int n = vsnprintf(t->at, t->left, format, args);
  va_end(args);
  size_t used = THMin((size_t)THMax(n, 0), t->left - 1);
  t->at += used;
  t->left -= used;
}

/* Bytes that would disturb a terminal are written as numbers. */
static void add_quoted(Text *t, const THFormatValue *v)
{
  add(t, "\"");
  for (int64_t i = 0; i < v->length && t->left > 1; i++) {
    uint8_t c = (uint8_t)v->text[i];
    if (c < 32 || c == 127) add(t, c == '\n' ? "\\n" : "\\%d", c);
    else add(t, c == '"' ? "\\\"" : "%c", c);
  }
  add(t, "\"");
}

static void add_value(Text *t, const THFormatValue *v, int depth);

static void add_items(Text *t, const THFormatValue *v, int depth)
{
  bool table = v->kind == TH_FORMAT_TABLE;
  add(t, table ? "{" : "[");
  for (int64_t i = 0; i < v->length && t->left > 1; i++) {
    if (i) add(t, ", ");
    add_value(t, v->item[table ? 2 * i : i], depth + 1);
    if (table) add(t, ": ");
    if (table) add_value(t, v->item[2 * i + 1], depth + 1);
  }
  add(t, table ? "}" : "]");
}

static void add_value(Text *t, const THFormatValue *v, int depth)
{
  if (t->left <= 1) return;
  switch (v->kind) {
  case TH_FORMAT_NONE: add(t, "none"); break;
  case TH_FORMAT_BOOLEAN: add(t, v->integer ? "true" : "false"); break;
  case TH_FORMAT_INTEGER: add(t, "%lld", (long long)v->integer); break;
  case TH_FORMAT_NUMBER: add(t, "%.9g", v->number); break;
  case TH_FORMAT_TEXT: add_quoted(t, v); break;
  case TH_FORMAT_TENSOR: add(t, "tensor %lld", (long long)v->integer + 1); break;
  case TH_FORMAT_REFUSED: add(t, "an object of %s", v->text); break;
  default:
    if (depth > 20) add(t, "...");
    else add_items(t, v, depth);
  }
}

void THFormatValue_text(const THFormatValue *value, char *text, size_t size)
{
  Text t = {text, size};
  if (!size) return;
  text[0] = '\0';
  add_value(&t, value, 0);
  if (t.left == 1 && size > 4) strcpy(text + size - 4, "...");
}
