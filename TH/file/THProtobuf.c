/* The wire format of protocol buffers: a key of field number and kind, then a varint, four or eight bytes, or a length and
   that many bytes. Groups, long out of use, are skipped. */
#include "file/THProtobuf.h"

enum { START_GROUP = 3, END_GROUP = 4, MAX_GROUPS = 64 };

THProtobuf THProtobuf_of(const void *data, size_t size)
{
  const unsigned char *at = data;
  return (THProtobuf){at, at + size, at, NULL, 0};
}

THProtobuf THProtobuf_within(const THProtobuf *outer, THProtobufPiece piece)
{
  return (THProtobuf){piece.data, piece.data + piece.size, outer->file, NULL, 0};
}

bool THProtobuf_fail(THProtobuf *m, const unsigned char *at, const char *error)
{
  if (m->error) return false;
  m->error = error;
  m->offset = (size_t)(at - m->file);
  m->at = m->end;
  return false;
}

bool THProtobuf_varint(THProtobufPiece *piece, uint64_t *value)
{
  uint64_t v = 0;
  for (size_t i = 0; i < piece->size && i < 10; i++) {
    const uint64_t byte = piece->data[i];
    if (i == 9 && byte > 1) return false; /* more than 64 bits */
    v |= (byte & 0x7F) << 7 * i;
    if (byte & 0x80) continue;
    piece->data += i + 1;
    piece->size -= i + 1;
    *value = v;
    return true;
  }
  return false;
}

static bool take_varint(THProtobuf *m, uint64_t *value)
{
  THProtobufPiece rest = {m->at, (size_t)(m->end - m->at)};
  if (!THProtobuf_varint(&rest, value)) return THProtobuf_fail(m, m->at, "number cut short or too long");
  m->at = rest.data;
  return true;
}

static bool take_fixed(THProtobuf *m, int bytes, uint64_t *value)
{
  if (m->end - m->at < bytes) return THProtobuf_fail(m, m->at, "number cut short");
  *value = 0;
  for (int i = 0; i < bytes; i++) *value |= (uint64_t)m->at[i] << 8 * i;
  m->at += bytes;
  return true;
}

static bool take_bytes(THProtobuf *m, THProtobufPiece *piece)
{
  const unsigned char *start = m->at;
  uint64_t size;
  if (!take_varint(m, &size)) return false;
  if (size > (uint64_t)(m->end - m->at)) return THProtobuf_fail(m, start, "field reaches beyond its message");
  *piece = (THProtobufPiece){m->at, (size_t)size};
  m->at += size;
  return true;
}

static bool take_content(THProtobuf *m, THProtobufField *f)
{
  switch (f->wire) {
  case TH_PROTOBUF_VARINT: return take_varint(m, &f->value);
  case TH_PROTOBUF_FIXED64: return take_fixed(m, 8, &f->value);
  case TH_PROTOBUF_FIXED32: return take_fixed(m, 4, &f->value);
  case TH_PROTOBUF_BYTES: return take_bytes(m, &f->piece);
  default: return true; /* groups have none */
  }
}

static bool take_key(THProtobuf *m, THProtobufField *f)
{
  const unsigned char *start = m->at;
  uint64_t key;
  if (!take_varint(m, &key)) return false;
  if (key >> 3 == 0 || key >> 3 > 0x1FFFFFFF) return THProtobuf_fail(m, start, "field number out of range");
  f->number = (int)(key >> 3);
  f->wire = (int)(key & 7);
  if (f->wire > TH_PROTOBUF_FIXED32) return THProtobuf_fail(m, start, "unknown kind of field");
  return true;
}

bool THProtobuf_next(THProtobuf *m, THProtobufField *f)
{
  for (int depth = 0; m->at < m->end;) {
    const unsigned char *start = m->at;
    *f = (THProtobufField){.piece = {m->at, 0}};
    if (!take_key(m, f) || !take_content(m, f)) return false;
    if (f->wire == START_GROUP) {
      if (++depth > MAX_GROUPS) return THProtobuf_fail(m, start, "groups too deep");
    } else if (f->wire == END_GROUP) {
      if (--depth < 0) return THProtobuf_fail(m, start, "end of a group that did not start");
    } else if (!depth) {
      return true;
    }
  }
  return false;
}

static int64_t count_varints(THProtobuf *m, THProtobufPiece piece)
{
  uint64_t value;
  int64_t n = 0;
  while (piece.size && THProtobuf_varint(&piece, &value)) n++;
  if (piece.size) THProtobuf_fail(m, piece.data, "number cut short or too long");
  return n;
}

int64_t THProtobuf_count(THProtobuf *m, const THProtobufField *f, int wire)
{
  if (f->wire == wire) return 1;
  if (f->wire != TH_PROTOBUF_BYTES) {
    THProtobuf_fail(m, f->piece.data, "number of another kind");
    return 0;
  }
  if (wire == TH_PROTOBUF_VARINT) return count_varints(m, f->piece);
  const size_t width = wire == TH_PROTOBUF_FIXED32 ? 4 : 8;
  if (f->piece.size % width) THProtobuf_fail(m, f->piece.data, "packed numbers cut short");
  return (int64_t)(f->piece.size / width);
}

bool THProtobufPiece_is(THProtobufPiece piece, const char *text)
{
  return piece.size == strlen(text) && !memcmp(piece.data, text, piece.size);
}
