/* JSON, as RFC 8259 has it. */
#include "format.h"
#include <errno.h>
#include <stdlib.h>

enum { MOST_DEPTH = 120 };

typedef struct Json {
  THFormat *f;
  Span s;
  uint64_t i;
} Json;

static void __attribute__((noreturn)) fail(Json *j, const char *what)
{
  Format_fail(j->f, j->s.at + j->i, "not JSON: %s", what);
}

static int peek(const Json *j) { return j->i < j->s.size ? j->s.data[j->i] : -1; }

static int next_token(Json *j)
{
  int c = peek(j);
  while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
    j->i++;
    c = peek(j);
  }
  return c;
}

static void expect(Json *j, char c, const char *what)
{
  if (next_token(j) != c) fail(j, what);
  j->i++;
}

static int hex_digit(int c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static uint32_t hex4(Json *j)
{
  uint32_t v = 0;
  for (int k = 0; k < 4; k++, j->i++) {
    int digit = hex_digit(peek(j));
    if (digit < 0) fail(j, "four hexadecimal digits expected behind \\u");
    v = v << 4 | (uint32_t)digit;
  }
  return v;
}

static char *put_utf8(char *out, uint32_t c)
{
  if (c < 0x80) {
    *out++ = (char)c;
  } else if (c < 0x800) {
    *out++ = (char)(0xC0 | c >> 6);
    *out++ = (char)(0x80 | (c & 63));
  } else {
    if (c < 0x10000) {
      *out++ = (char)(0xE0 | c >> 12);
    } else {
      *out++ = (char)(0xF0 | c >> 18);
      *out++ = (char)(0x80 | (c >> 12 & 63));
    }
    *out++ = (char)(0x80 | (c >> 6 & 63));
    *out++ = (char)(0x80 | (c & 63));
  }
  return out;
}

static uint32_t escaped_character(Json *j)
{
  uint32_t c = hex4(j);
  if (c >= 0xDC00 && c < 0xE000) fail(j, "half of a pair of surrogates");
  if (c < 0xD800 || c >= 0xE000) return c;
  if (peek(j) != '\\') fail(j, "half of a pair of surrogates");
  j->i++;
  if (peek(j) != 'u') fail(j, "half of a pair of surrogates");
  j->i++;
  uint32_t low = hex4(j);
  if (low < 0xDC00 || low >= 0xE000) fail(j, "half of a pair of surrogates");
  return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
}

static char *put_escape(Json *j, char *out)
{
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  int c = peek(j);
  j->i++;
  if (c == 'u') return put_utf8(out, escaped_character(j));
  const char *at = c > 0 ? strchr(from, c) : NULL;
  if (!at) fail(j, "an escape that there is not");
  *out++ = to[at - from];
  return out;
}

/* Where the text that begins here ends. */
static uint64_t text_end(Json *j)
{
  for (uint64_t i = j->i; i < j->s.size; i++) {
    if (j->s.data[i] == '"') return i;
    if (j->s.data[i] == '\\') i++;
  }
  fail(j, "a text without end");
}

static THFormatValue *read_text(Json *j)
{
  expect(j, '"', "a text expected");
  uint64_t end = text_end(j);
  char *text = Format_alloc(j->f, end - j->i + 1), *out = text;
  while (j->i < end) {
    uint8_t c = j->s.data[j->i++];
    if (c < 32) fail(j, "a control character in a text");
    if (c == '\\') out = put_escape(j, out);
    else *out++ = (char)c;
  }
  j->i = end + 1;
  THFormatValue *v = Value_new(j->f, TH_FORMAT_TEXT);
  v->text = text;
  v->length = out - text;
  return v;
}

static uint64_t digits(Json *j, uint64_t i)
{
  uint64_t first = i;
  while (i < j->s.size && j->s.data[i] >= '0' && j->s.data[i] <= '9') i++;
  if (i == first) fail(j, "a digit expected");
  return i;
}

static THFormatValue *read_number(Json *j)
{
  uint64_t first = j->i, i = first + (peek(j) == '-');
  bool zero = i < j->s.size && j->s.data[i] == '0', whole = true;
  i = zero ? i + 1 : digits(j, i);
  if (i < j->s.size && j->s.data[i] == '.') {
    i = digits(j, i + 1);
    whole = false;
  }
  if (i < j->s.size && (j->s.data[i] | 32) == 'e') {
    i++;
    if (i < j->s.size && (j->s.data[i] == '+' || j->s.data[i] == '-')) i++;
    i = digits(j, i);
    whole = false;
  }
  char text[64];
  if (i - first >= sizeof text) fail(j, "a number of more than 63 digits");
  memcpy(text, j->s.data + first, i - first);
  text[i - first] = '\0';
  j->i = i;
  errno = 0;
  int64_t integer = whole ? strtoll(text, NULL, 10) : 0;
  if (whole && errno != ERANGE) return Value_integer(j->f, integer);
  return Value_number(j->f, strtod(text, NULL));
}

static THFormatValue *read_value(Json *j, int depth);

static THFormatValue *read_list(Json *j, int depth)
{
  THFormatValue *list = Value_new(j->f, TH_FORMAT_LIST);
  j->i++;
  if (next_token(j) == ']') {
    j->i++;
    return list;
  }
  for (;;) {
    Value_push(j->f, list, read_value(j, depth + 1));
    if (next_token(j) == ']') break;
    expect(j, ',', "a comma or ] expected");
  }
  j->i++;
  return list;
}

static THFormatValue *read_table(Json *j, int depth)
{
  THFormatValue *table = Value_new(j->f, TH_FORMAT_TABLE);
  j->i++;
  if (next_token(j) == '}') {
    j->i++;
    return table;
  }
  for (;;) {
    next_token(j);
    THFormatValue *key = read_text(j);
    expect(j, ':', "a colon expected");
    Value_put(j->f, table, key, read_value(j, depth + 1));
    if (next_token(j) == '}') break;
    expect(j, ',', "a comma or } expected");
  }
  j->i++;
  return table;
}

static THFormatValue *read_word(Json *j)
{
  static const struct {
    const char *word;
    THFormatKind kind;
    int value;
  } words[] = {{"true", TH_FORMAT_BOOLEAN, 1}, {"false", TH_FORMAT_BOOLEAN, 0}, {"null", TH_FORMAT_NONE, 0}};
  for (int k = 0; k < 3; k++) {
    size_t n = strlen(words[k].word);
    if (j->s.size - j->i < n || memcmp(j->s.data + j->i, words[k].word, n)) continue;
    j->i += n;
    THFormatValue *v = Value_new(j->f, words[k].kind);
    v->integer = words[k].value;
    return v;
  }
  fail(j, "a value expected");
}

static THFormatValue *read_value(Json *j, int depth)
{
  if (depth > MOST_DEPTH) fail(j, "nested too deep");
  switch (next_token(j)) {
  case '{': return read_table(j, depth);
  case '[': return read_list(j, depth);
  case '"': return read_text(j);
  case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
    return read_number(j);
  case -1: fail(j, "it ends in the middle");
  default: return read_word(j);
  }
}

THFormatValue *Json_read(THFormat *f, Span s)
{
  Json j = {f, s, 0};
  if (!Text_isUtf8(s.data, s.size)) Format_fail(f, s.at, "not JSON: the text is not UTF-8");
  THFormatValue *v = read_value(&j, 0);
  if (next_token(&j) != -1) fail(&j, "something behind the end");
  return v;
}
