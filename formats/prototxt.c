/* Protocol buffers as text: name: value, name { ... }, comments from # on. */
#include "caffe.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

enum { MOST_DEPTH = 100 };

typedef struct Proto {
  THFormat *f;
  Span s;
  uint64_t i;
} Proto;

static void __attribute__((noreturn)) fail(Proto *p, const char *what) { Format_fail(p->f, p->s.at + p->i, "prototxt: %s", what); }

static int peek(const Proto *p) { return p->i < p->s.size ? p->s.data[p->i] : -1; }

static int next_token(Proto *p)
{
  for (;; p->i++) {
    int c = peek(p);
    if (c == '#')
      while (peek(p) != '\n' && peek(p) != -1) p->i++;
    else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return c;
    if (peek(p) == -1) return -1;
  }
}

static bool take(Proto *p, int c)
{
  if (next_token(p) != c) return false;
  p->i++;
  return true;
}

static bool is_word(int c) { return c != -1 && (isalnum(c) || c == '_' || c == '.' || c == '-' || c == '+'); }

static THFormatValue *word(Proto *p)
{
  uint64_t first = p->i;
  while (is_word(peek(p))) p->i++;
  if (p->i == first) fail(p, "a name or a value expected");
  return Value_text(p->f, p->s.data + first, p->i - first);
}

static THFormatValue *joined(Proto *p, const THFormatValue *a, const THFormatValue *b)
{
  size_t n = (size_t)a->length, k = (size_t)b->length;
  char *text = Format_alloc(p->f, n + k + 1);
  memcpy(text, a->text, n);
  memcpy(text + n, b->text, k);
  return Value_text(p->f, text, n + k);
}

/* Pieces of a text that follow each other are one. Escapes stay as they are: names and paths have none. */
static THFormatValue *quoted(Proto *p)
{
  THFormatValue *all = NULL;
  for (int quote = next_token(p); quote == '"' || quote == '\''; quote = next_token(p)) {
    uint64_t first = ++p->i;
    for (; peek(p) != quote; p->i++)
      if (peek(p) == -1 || peek(p) == '\n') fail(p, "a text without end");
    THFormatValue *part = Value_text(p->f, p->s.data + first, p->i++ - first);
    all = all ? joined(p, all, part) : part;
  }
  return all;
}

/* true, false, numbers, and names such as MAX. */
static THFormatValue *plain(Proto *p)
{
  THFormatValue *v = word(p);
  char *end;
  if (Value_isText(v, "true") || Value_isText(v, "false")) {
    int yes = v->text[0] == 't';
    v->kind = TH_FORMAT_BOOLEAN;
    v->integer = yes;
    return v;
  }
  const char *text = v->text;
  if (!isdigit((unsigned char)text[text[0] == '-' || text[0] == '.'])) return v;
  errno = 0;
  int64_t whole = strtoll(text, &end, 0);
  if (!*end && errno != ERANGE) return Value_integer(p->f, whole);
  double number = strtod(text, &end);
  return *end && strcmp(end, "f") ? v : Value_number(p->f, number);
}

static THFormatValue *message(Proto *p, int close, int depth);

static THFormatValue *value(Proto *p, int depth)
{
  int c = next_token(p);
  if (c == '"' || c == '\'') return quoted(p);
  if (take(p, '{')) return message(p, '}', depth);
  if (take(p, '<')) return message(p, '>', depth);
  return plain(p);
}

/* The list of what a field holds, so far. */
static THFormatValue *values_of(Proto *p, THFormatValue *table, THFormatValue *key)
{
  for (int64_t i = 0; i < table->length; i++)
    if (Value_isText(table->item[2 * i], key->text)) return table->item[2 * i + 1];
  THFormatValue *list = Value_new(p->f, TH_FORMAT_LIST);
  Value_put(p->f, table, key, list);
  return list;
}

static void read_field(Proto *p, THFormatValue *table, int depth)
{
  THFormatValue *key = word(p), *list = values_of(p, table, key);
  bool colon = take(p, ':');
  int c = next_token(p);
  if (!colon && c != '{' && c != '<') fail(p, "a colon expected");
  if (!take(p, '[')) {
    Value_push(p->f, list, value(p, depth + 1));
  } else if (!take(p, ']')) {
    do Value_push(p->f, list, value(p, depth + 1));
    while (take(p, ','));
    if (!take(p, ']')) fail(p, "] expected");
  }
  if (!take(p, ',')) take(p, ';');
}

static THFormatValue *message(Proto *p, int close, int depth)
{
  THFormatValue *table = Value_new(p->f, TH_FORMAT_TABLE);
  if (depth > MOST_DEPTH) fail(p, "nested too deep");
  while (next_token(p) != close) {
    if (peek(p) == -1) fail(p, "it ends in the middle");
    read_field(p, table, depth);
  }
  if (close != -1) p->i++;
  for (int64_t i = 0; i < table->length; i++) /* what comes once stands by itself */
    if (table->item[2 * i + 1]->length == 1) table->item[2 * i + 1] = table->item[2 * i + 1]->item[0];
  return table;
}

THFormatValue *Prototxt_read(THFormat *f, Span s)
{
  Proto p = {f, s, 0};
  return message(&p, -1, 0);
}
