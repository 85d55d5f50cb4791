#ifndef TH_PROTOBUF_H
#define TH_PROTOBUF_H
/* Protocol buffers as they lie in memory: a reader of messages that stays inside them, whatever the bytes are. It neither
   copies nor allocates; what a field holds is a piece of the message.

     THProtobuf m = THProtobuf_of(data, bytes);
     THProtobufField f;
     while (THProtobuf_next(&m, &f))
       if (f.number == 1) name = f.piece;
     if (m.error) ... m.error, m.offset

   A message within a message is read by THProtobuf_within: its offsets count from the start of the file. */
#include "THGeneral.h"

typedef struct THProtobufPiece {
  const unsigned char *data;
  size_t size;
} THProtobufPiece;

typedef struct THProtobuf {
  const unsigned char *at, *end;
  const unsigned char *file; /* what offsets count from */
  const char *error;         /* NULL as long as all is well; then nothing more is read */
  size_t offset;             /* of the error */
} THProtobuf;

enum { TH_PROTOBUF_VARINT = 0, TH_PROTOBUF_FIXED64 = 1, TH_PROTOBUF_BYTES = 2, TH_PROTOBUF_FIXED32 = 5 };

typedef struct THProtobufField {
  int number;
  int wire;       /* TH_PROTOBUF_VARINT ... */
  uint64_t value; /* of a varint, or the bits of a fixed number */
  THProtobufPiece piece; /* of TH_PROTOBUF_BYTES */
} THProtobufField;

TH_API THProtobuf THProtobuf_of(const void *data, size_t size);
TH_API THProtobuf THProtobuf_within(const THProtobuf *outer, THProtobufPiece piece);
/* The next field, groups skipped; false at the end, and at an error. */
TH_API bool THProtobuf_next(THProtobuf *m, THProtobufField *field);
/* Says so in m, unless an error is there already, at that place of the file; returns false. */
TH_API bool THProtobuf_fail(THProtobuf *m, const unsigned char *at, const char *error);

/* Numbers of a repeated field come one by one or packed into a piece. f holds one or many: n of them, and their values. A
   packed field of broken varints counts as far as it goes and sets m's error. */
TH_API int64_t THProtobuf_count(THProtobuf *m, const THProtobufField *f, int wire);
/* A field of wire kind FIXED32, FIXED64 as a number. */
static inline float THProtobuf_float(const THProtobufField *f)
{
  uint32_t bits = (uint32_t)f->value;
  float r;
  memcpy(&r, &bits, sizeof r);
  return r;
}
static inline double THProtobuf_double(const THProtobufField *f)
{
  double r;
  memcpy(&r, &f->value, sizeof r);
  return r;
}
/* Takes one varint off the front of a piece; false at the end or when it is broken. */
TH_API bool THProtobuf_varint(THProtobufPiece *piece, uint64_t *value);
/* Whether the piece is that text. */
TH_API bool THProtobufPiece_is(THProtobufPiece piece, const char *text);

#endif
