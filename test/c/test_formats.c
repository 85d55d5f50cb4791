/* Files of other programs, from C: what is written is read again, bytes are mapped, nothing leaks, whatever fails.
   test/lua/test_formats.lua goes into the formats. */
#include "th_test.h"
#include "THFormats.h"
#include <unistd.h>

static char dir[] = "/tmp/test_formats_XXXXXX";
static char path[64];

static void set_up(const char *name)
{
  memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
  ck_assert(mkdtemp(dir) != NULL);
  snprintf(path, sizeof path, "%s/%s", dir, name);
}
static void tear_down(void)
{
  unlink(path);
  ck_assert_int_eq(rmdir(dir), 0); /* no temporary file is left */
}

static void save(void *kind)
{
  static const char *const names[] = {"a", "b"};
  TH_AUTO(THAnyTensor) a = th_new(TH_FLOAT, 2, 3, 4);
  TH_AUTO(THAnyTensor) b = th_new(TH_SHORT, 1, 5);
  THAnyTensor *tensors[] = {a, b};
  th_fill(a, -5, 20);
  th_fill(b, -5, 20);
  THAnyTensor_transpose(a, NULL, 0, 1);
  if (!strcmp(kind, "npy")) THFormat_saveNpy(path, a);
  if (!strcmp(kind, "npz")) THFormat_saveNpz(path, 2, names, tensors);
  if (!strcmp(kind, "pt")) {
    THFormatValue key = {.kind = TH_FORMAT_TEXT, .length = 1, .text = "a"}, first = {.kind = TH_FORMAT_TENSOR, .integer = 0},
                  second = {.kind = TH_FORMAT_TENSOR, .integer = 1};
    THFormatValue *items[] = {&key, &first, &key, &second};
    THFormatValue table = {.kind = TH_FORMAT_TABLE, .length = 2, .item = items};
    THFormat_savePyTorch(path, &table, tensors);
  }
  if (!strcmp(kind, "hdf5")) THFormat_saveHdf5(path, 2, names, tensors);
  if (!strcmp(kind, "safetensors")) THFormat_saveSafetensors(path, 2, names, tensors, NULL);
}

static void read_all(void *arg)
{
  char why[TH_FORMAT_ERROR];
  (void)arg;
  TH_AUTO(THFormat) f = THFormat_open(path, 0, why);
  if (!f) return;
  for (int64_t i = 0; i < THFormat_count(f); i++) {
    TH_AUTO(THAnyTensor) t = THFormat_newTensor(f, i);
    if (!t) ck_assert(THFormat_error(f)[0] != '\0');
  }
}

START_TEST(round_trips)
{
  static char *kinds[] = {"npy", "npz", "safetensors", "hdf5"};
  for (int k = 0; k < 4; k++) {
    char name[32], why[TH_FORMAT_ERROR];
    snprintf(name, sizeof name, "x.%s", kinds[k]);
    set_up(name);
    save(kinds[k]);
    TH_AUTO(THFormat) f = THFormat_open(path, 0, why);
    ck_assert_msg(f != NULL, "%s", why);
    ck_assert_str_eq(THFormat_kind(f), kinds[k]);
    ck_assert_int_eq(THFormat_count(f), k ? 2 : 1);
    const THFormatEntry *e = THFormat_entry(f, 0);
    ck_assert(e->mapped && e->element == TH_FLOAT && e->nDimension == 2 && e->size[0] == 4 && e->size[1] == 3);
    ck_assert_int_eq(THFormat_find(f, "nothing"), -1);
    TH_AUTO(THAnyTensor) t = THFormat_newTensor(f, 0);
    ck_assert(THAnyTensor_isContiguous(t) && THAnyTensor_nElement(t) == 12);
    ck_assert(THFormat_newTensor(f, 7) == NULL && strstr(THFormat_error(f), "no tensor number 7"));
    THFormat_free(f);
    f = NULL;
    th_set(t, 0, 77); /* the mapping lives on, and is this tensor's own */
    ck_assert(th_get(t, 0) == 77);
    THAnyTensor_resizeNd(t, 1, (int64_t[]){100}, NULL);
    ck_assert(th_get(t, 0) == 77);
    tear_down();
  }
}
END_TEST

START_TEST(without_memory)
{
  static char *kinds[] = {"npy", "npz", "safetensors", "pt", "hdf5"};
  for (int k = 0; k < 5; k++) {
    char name[32];
    snprintf(name, sizeof name, "x.%s", kinds[k]);
    set_up(name);
    th_exhaust(save, kinds[k]);
    th_exhaust(read_all, NULL);
    tear_down();
  }
}
END_TEST

START_TEST(damaged)
{
  static char *kinds[] = {"npy", "npz", "safetensors", "pt", "hdf5"};
  for (int k = 0; k < 5; k++) {
    char name[32], bytes[4096];
    snprintf(name, sizeof name, "x.%s", kinds[k]);
    set_up(name);
    save(kinds[k]);
    FILE *in = fopen(path, "r");
    size_t n = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    int64_t objects = THAllocator_stats().objects;
    for (size_t i = 0; i < n; i++) {
      FILE *out = fopen(path, "w");
      char kept = bytes[i];
      bytes[i] = (char)th_random();
      fwrite(bytes, 1, i % 3 ? n : i, out);
      bytes[i] = kept;
      fclose(out);
      read_all(NULL);
      ck_assert_int_eq(THAllocator_stats().objects, objects);
    }
    tear_down();
  }
}
END_TEST

static void save_into_nowhere(void *tensor) { THFormat_saveNpy("/nonexistent/x.npy", tensor); }
static void save_bfloat16(void *tensor) { THFormat_saveNpy("/tmp/never.npy", tensor); }

START_TEST(refused)
{
  TH_AUTO(THAnyTensor) t = th_new(TH_FLOAT, 1, 3);
  TH_AUTO(THAnyTensor) b = th_new(TH_BFLOAT16, 1, 3);
  char why[TH_FORMAT_ERROR];
  th_raises(save_into_nowhere, t, "nonexistent");
  th_raises(save_bfloat16, b, "BFloat16");
  ck_assert(THFormat_open("/nonexistent/x.npy", 0, why) == NULL && strstr(why, "/nonexistent/x.npy: "));
  ck_assert(THFormat_open("/dev/null", 0, why) == NULL);
  ck_assert_str_eq(THFormat_guess("x", "\223NUMPY\1", 7), "npy");
  ck_assert(THFormat_guess("x", "", 0) == NULL);
}
END_TEST

TH_MAIN("formats", round_trips, without_memory, damaged, refused)
