/* The reader of protocol buffers: every kind of field, and messages that end where they should not. */
#include "th_test.h"
#include "file/THProtobuf.h"

#define MESSAGE(...)                                                                               \
  static const unsigned char bytes[] = {__VA_ARGS__};                                              \
  THProtobuf m = THProtobuf_of(bytes, sizeof bytes);                                               \
  THProtobufField f

START_TEST(every_kind)
{
  MESSAGE(0x08, 0x96, 0x01, 0x12, 2, 'h', 'i', 0x1D, 0, 0, 0x80, 0x3F, 0x21, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F);
  ck_assert(THProtobuf_next(&m, &f) && f.number == 1 && f.value == 150);
  ck_assert(THProtobuf_next(&m, &f) && f.number == 2 && THProtobufPiece_is(f.piece, "hi"));
  ck_assert(THProtobuf_next(&m, &f) && f.number == 3 && THProtobuf_float(&f) == 1.0f);
  ck_assert(THProtobuf_next(&m, &f) && f.number == 4 && THProtobuf_double(&f) == 1.0);
  ck_assert(!THProtobuf_next(&m, &f) && !m.error);
}
END_TEST

START_TEST(negative_numbers_take_ten_bytes)
{
  MESSAGE(0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01);
  ck_assert(THProtobuf_next(&m, &f) && (int64_t)f.value == -1);
}
END_TEST

START_TEST(packed_numbers)
{
  MESSAGE(0x0A, 4, 1, 0x80, 0x01, 2, 0x12, 8, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0x1A, 3, 0, 0, 0);
  ck_assert(THProtobuf_next(&m, &f));
  ck_assert_int_eq(THProtobuf_count(&m, &f, TH_PROTOBUF_VARINT), 3);
  uint64_t v;
  ck_assert(THProtobuf_varint(&f.piece, &v) && v == 1 && THProtobuf_varint(&f.piece, &v) && v == 128);
  ck_assert(THProtobuf_next(&m, &f));
  ck_assert_int_eq(THProtobuf_count(&m, &f, TH_PROTOBUF_FIXED32), 2);
  ck_assert(THProtobuf_next(&m, &f));
  THProtobuf_count(&m, &f, TH_PROTOBUF_FIXED32);
  ck_assert_str_eq(m.error, "packed numbers cut short");
}
END_TEST

START_TEST(groups_are_skipped)
{
  MESSAGE(0x0B, 0x10, 5, 0x13, 0x14, 0x0C, 0x18, 7);
  ck_assert(THProtobuf_next(&m, &f) && f.number == 3 && f.value == 7);
}
END_TEST

START_TEST(inner_messages_count_offsets_from_the_file)
{
  MESSAGE(0x08, 1, 0x12, 3, 0x0A, 9, 0);
  ck_assert(THProtobuf_next(&m, &f) && THProtobuf_next(&m, &f));
  THProtobuf inner = THProtobuf_within(&m, f.piece);
  ck_assert(!THProtobuf_next(&inner, &f));
  ck_assert_str_eq(inner.error, "field reaches beyond its message");
  ck_assert_uint_eq(inner.offset, 5);
}
END_TEST

#define REFUSES(text, ...)                                                                         \
  do {                                                                                             \
    MESSAGE(__VA_ARGS__);                                                                          \
    while (THProtobuf_next(&m, &f)) continue;                                                      \
    ck_assert_ptr_ne(m.error, NULL);                                                               \
    ck_assert_str_eq(m.error, text);                                                               \
    ck_assert(!THProtobuf_next(&m, &f)); /* and stays so */                                        \
  } while (0)

START_TEST(broken_messages)
{
  REFUSES("number cut short or too long", 0x08, 0x80);
  REFUSES("number cut short or too long", 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02);
  REFUSES("number cut short", 0x0D, 0, 0, 0);
  REFUSES("field reaches beyond its message", 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01);
  REFUSES("field number out of range", 0x00, 0x00);
  REFUSES("unknown kind of field", 0x0E);
  REFUSES("end of a group that did not start", 0x0C);
}
END_TEST

int main(void)
{
  const TTest *tests[] = {every_kind, negative_numbers_take_ten_bytes, packed_numbers, groups_are_skipped,
                          inner_messages_count_offsets_from_the_file, broken_messages};
  Suite *s = suite_create("protobuf");
  TCase *tc = tcase_create("protobuf");
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tcase_add_test(tc, tests[i]);
  suite_add_tcase(s, tc);
  SRunner *sr = srunner_create(s);
  srunner_run_all(sr, CK_NORMAL);
  int failed = srunner_ntests_failed(sr);
  srunner_free(sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
