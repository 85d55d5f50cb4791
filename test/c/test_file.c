/* Files and mapped storages from C: every type through every kind of file, exact positions, errors
   that leak nothing, saves that replace in one step. test/lua/test_files.lua goes into formats. */
#include "th_test.h"
#include "THMapAllocator.h"
#include "THFile.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/test_file_XXXXXX";
static char path[64], other[64];

static void set_up(void)
{
  memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
  ck_assert(mkdtemp(dir) != NULL);
  snprintf(path, sizeof path, "%s/x", dir);
  snprintf(other, sizeof other, "%s/y", dir);
}
static void tear_down(void)
{
  unlink(path);
  unlink(other);
  ck_assert_int_eq(rmdir(dir), 0); /* no temporary file is left */
}

static void spit(const char *text)
{
  FILE *f = fopen(path, "w");
  fputs(text, f);
  fclose(f);
}
static void has(const char *text)
{
  char got[256] = "";
  FILE *f = fopen(path, "r");
  ck_assert(f != NULL);
  size_t n = fread(got, 1, sizeof got - 1, f);
  fclose(f);
  got[n] = '\0';
  ck_assert_str_eq(got, text);
}

/* ---- every type ---- */

enum { MANY = 40000 }; /* more than the buffer holds */

/* v as elements of the type hold it. */
static double kept(THType type, double v)
{
  char element[8];
  THScalar_store(type, element, THScalar_fromDouble(v));
  return THScalar_load(type, element).d;
}

static void write_all(THFile *f)
{
#define X(Name, real, accreal, CODE)                                                               \
  {                                                                                                \
    real v[3];                                                                                     \
    for (int i = 0; i < 3; i++) THScalar_store(TH_##CODE, &v[i], THScalar_fromDouble(5 * i - 1));  \
    THFile_write##Name##Scalar(f, v[2]);                                                           \
    ck_assert_int_eq(THFile_write##Name##Raw(f, v, 3), 3);                                         \
    TH_AUTO(THAnyStorage) s = THAnyStorage_newWithSize(TH_##CODE, MANY);                           \
    for (int i = 0; i < MANY; i++) THAnyStorage_set(s, i, THScalar_fromDouble(i % 100));           \
    ck_assert_int_eq(THFile_write##Name(f, (TH##Name##Storage *)s), MANY);                         \
  }
  TH_ALL_TYPES(X)
#undef X
  THFile_writeStringRaw(f, "one\ntwo", 7);
}

static void read_all(THFile *f)
{
#define X(Name, real, accreal, CODE)                                                               \
  {                                                                                                \
    real v[3], one = THFile_read##Name##Scalar(f);                                                 \
    ck_assert(THScalar_load(TH_##CODE, &one).d == kept(TH_##CODE, 9));                                              \
    ck_assert_int_eq(THFile_read##Name##Raw(f, v, 3), 3);                                          \
    ck_assert(THScalar_load(TH_##CODE, &v[1]).d == kept(TH_##CODE, 4));                                             \
    TH_AUTO(THAnyStorage) s = THFile_newRead(f, TH_##CODE, MANY);                                  \
    ck_assert_int_eq(s->size, MANY);                                                               \
    for (int i = 0; i < MANY; i++) th_check(THAnyStorage_get(s, i).d == kept(TH_##CODE, i % 100));                  \
  }
  TH_ALL_TYPES(X)
#undef X
  TH_AUTO_MEM char *line = NULL;
  ck_assert_int_eq(THFile_readStringRaw(f, "*l", &line), 3);
  ck_assert_str_eq(line, "one");
  TH_AUTO_MEM char *rest = NULL;
  ck_assert_int_eq(THFile_readStringRaw(f, "*a", &rest), 3);
  ck_assert_str_eq(rest, "two");
}

static void configure(THFile *f, int i)
{
  if (i & 1) THFile_binary(f);
  if (i & 2) THFile_longSize(f, 4);
  if (i & 4 && THFile_kind(f) != TH_FILE_MEMORY) THDiskFile_bigEndianEncoding(f);
  if (i & 8 && THFile_kind(f) != TH_FILE_MEMORY) THDiskFile_noBuffer(f);
}

START_TEST(types)
{
  for (int i = 0; i < 16; i++) {
    TH_AUTO(THFile) w = THDiskFile_new(path, "w", 0);
    configure(w, i);
    write_all(w);
    THFile_close(w);
    TH_AUTO(THFile) r = THDiskFile_new(path, "r", 0);
    configure(r, i);
    read_all(r);
    TH_AUTO(THFile) m = THMemoryFile_new("rw");
    configure(m, i);
    write_all(m);
    THFile_seek(m, 0);
    read_all(m);
    char command[128];
    snprintf(command, sizeof command, "cat %s", path);
    TH_AUTO(THFile) p = THPipeFile_new(command, "r", 0);
    configure(p, i);
    read_all(p);
  }
}
END_TEST

/* ---- positions ---- */

START_TEST(positions)
{
  const size_t far = ((size_t)1 << 33) + 5;
  TH_AUTO(THFile) f = THDiskFile_new(path, "rw", 0);
  THFile_binary(f);
  THFile_seek(f, far);
  THFile_writeIntScalar(f, 42);
  ck_assert_uint_eq(THFile_position(f), far + 4);
  THFile_seek(f, far);
  ck_assert_int_eq(THFile_readIntScalar(f), 42);
  ck_assert_uint_eq(THFile_position(f), far + 4);
  THFile_seekEnd(f);
  ck_assert_uint_eq(THFile_position(f), far + 4);
  THFile_seek(f, 3);
  ck_assert_int_eq(THFile_remaining(f, TH_BYTE), (int64_t)far + 1);
  for (int i = 0; i < 30000; i++) { /* reading and writing by turns, across the buffer's end */
    THFile_seek(f, (size_t)i * 4);
    THFile_writeIntScalar(f, i);
    if (i % 7 == 0) {
      THFile_seek(f, (size_t)(i / 2) * 4);
      ck_assert_int_eq(THFile_readIntScalar(f), i / 2);
      ck_assert_uint_eq(THFile_position(f), (size_t)(i / 2) * 4 + 4);
    }
  }
}
END_TEST

/* ---- errors ---- */

static void read_int(void *f) { THFile_readIntScalar(f); }
static void write_int(void *f) { THFile_writeIntScalar(f, 1); }
static void close_file(void *f) { THFile_close(f); }
static void seek_far(void *f) { THFile_seek(f, 1000); }
static void read_huge(void *f) { THAnyStorage_free(THFile_newRead(f, TH_DOUBLE, INT64_MAX)); }
static void read_negative(void *f) { THAnyStorage_free(THFile_newRead(f, TH_DOUBLE, -1)); }
static void write_long(void *f) { THFile_writeLongScalar(f, (int64_t)1 << 31); }
static void write_much(void *f)
{
  TH_AUTO(THAnyStorage) s = THAnyStorage_newWithSize(TH_DOUBLE, 100000);
  THAnyStorage_fill(s, THScalar_fromDouble(0.1));
  THFile_writeStorage(f, s);
}
static void synchronize(void *f) { THFile_synchronize(f); }
static void open_missing(void *unused) { (void)unused, THDiskFile_new("/no/such", "r", 0); }
static void open_folder(void *unused) { (void)unused, THDiskFile_new(dir, "r", 0); }
static void open_mode(void *unused) { (void)unused, THDiskFile_new(path, "a", 0); }
static void map_missing(void *unused)
{
  (void)unused;
  THAnyStorage_newWithMapping(TH_FLOAT, "/no/such", 0, 0);
}

START_TEST(errors)
{
  th_raises(open_missing, NULL, "cannot open </no/such> in mode r: No such file");
  th_raises(open_folder, NULL, "Is a directory");
  th_raises(open_mode, NULL, "'r', 'w' or 'rw'");
  th_raises(map_missing, NULL, "No such file");
  ck_assert(THDiskFile_new("/no/such", "r", 1) == NULL);
  TH_AUTO(THFile) m = THMemoryFile_new("r");
  th_raises(read_int, m, "read 0 blocks instead of 1");
  th_raises(write_int, m, "read-only");
  th_raises(read_huge, m, "instead of 9223372036854775807");
  th_raises(read_negative, m, "-1 elements");
  th_raises(seek_far, m, "unable to seek");
  THFile_quiet(m);
  ck_assert_int_eq(THFile_readIntScalar(m), 0);
  ck_assert(THFile_hasError(m));
  THFile_close(m);
  th_raises(read_int, m, "closed file");
  th_raises(close_file, m, "closed file");
  TH_AUTO(THFile) w = THDiskFile_new(path, "w", 0);
  THFile_binary(w);
  THFile_longSize(w, 4);
  th_raises(write_long, w, "does not fit");
  th_raises(read_int, w, "write-only");
}
END_TEST

START_TEST(full)
{
  if (access("/dev/full", W_OK) != 0) {
    puts("skipped: no /dev/full");
    return;
  }
  TH_AUTO(THFile) a = THDiskFile_new("/dev/full", "w", 0);
  THFile_binary(a);
  write_int(a);
  th_raises(synchronize, a, "/dev/full>, byte offset 0: No space left");
  th_raises(write_much, a, "wrote 0 blocks instead of 100000");
  write_int(a);
  th_raises(close_file, a, "No space left");
  TH_AUTO(THFile) b = THDiskFile_newReplacing("/dev/full");
  write_int(b);
  th_raises((th_Fn)THDiskFile_commit, b, "No space left");
}
END_TEST

/* ---- replacing ---- */

START_TEST(replacing)
{
  spit("old");
  chmod(path, 0640);
  TH_AUTO(THFile) f = THDiskFile_newReplacing(path);
  THFile_writeIntScalar(f, 5);
  THFile_synchronize(f);
  has("old");
  THDiskFile_commit(f);
  has("5\n");
  struct stat st;
  stat(path, &st);
  ck_assert_int_eq(st.st_mode & 0777, 0640);
  TH_AUTO(THFile) g = THDiskFile_newReplacing(path);
  THFile_writeIntScalar(g, 6);
  THFile_close(g); /* without commit: nothing happened */
  has("5\n");
  ck_assert_int_eq(symlink(path, other), 0);
  TH_AUTO(THFile) h = THDiskFile_newReplacing(other);
  THFile_writeIntScalar(h, 7);
  THDiskFile_commit(h);
  has("7\n");
}
END_TEST

/* A process that saves until it reads a byte from `go`, or is killed: then NULL. */
static pid_t saver(int go)
{
  pid_t child = fork();
  if (child) return child;
  THFile *f = THDiskFile_newReplacing(path);
  for (int i = 0; i < 100000; i++) THFile_writeIntScalar(f, i);
  char byte;
  if (go < 0) raise(SIGKILL);
  if (read(go, &byte, 1) != 1) _exit(1);
  THDiskFile_commit(f);
  THFile_free(f);
  _exit(0);
}

static int count_temporaries(void)
{
  int n = 0;
  DIR *folder = opendir(dir);
  for (struct dirent *e; (e = readdir(folder));) n += !strncmp(e->d_name, ".torch-save-", 12);
  closedir(folder);
  return n;
}

static void wait_for_temporaries(int n)
{
  for (int k = 0; k < 6000 && count_temporaries() < n; k++) usleep(10000);
  ck_assert_int_eq(count_temporaries(), n);
}

static void save_number(int number)
{
  TH_AUTO(THFile) f = THDiskFile_newReplacing(path);
  ck_assert(!THDiskFile_isInPlace(f));
  THFile_writeIntScalar(f, number);
  THDiskFile_commit(f);
}

/* A save that is killed leaves the old file, and what it was writing until the next save. */
START_TEST(killed)
{
  int status, go[2];
  spit("old");
  for (int k = 0; k < 3; k++) {
    waitpid(saver(-1), &status, 0);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(count_temporaries(), 1);
  }
  has("old");
  save_number(1);
  has("1\n");
  ck_assert_int_eq(count_temporaries(), 0);
  /* what another process is still writing stays */
  ck_assert_int_eq(pipe(go), 0);
  pid_t other_saver = saver(go[0]);
  wait_for_temporaries(1);
  save_number(2);
  has("2\n");
  ck_assert_int_eq(count_temporaries(), 1);
  ck_assert_int_eq(write(go[1], "", 1), 1);
  waitpid(other_saver, &status, 0);
  ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  TH_AUTO(THFile) f = THDiskFile_new(path, "r", 0);
  for (int i = 0; i < 100000; i++) th_same(THFile_readIntScalar(f), i);
}
END_TEST

/* New files get the mode that the process makes files with, which no save may change. */
static void *save_often(void *number)
{
  char name[80];
  snprintf(name, sizeof name, "%s/%d", dir, *(int *)number);
  for (int k = 0; k < 100; k++) {
    TH_AUTO(THFile) f = THDiskFile_newReplacing(name);
    THDiskFile_commit(f);
    struct stat st;
    th_check(stat(name, &st) == 0 && (st.st_mode & 0777) == 0640);
    unlink(name);
  }
  return NULL;
}

START_TEST(modes)
{
  umask(027);
  pthread_t thread[2];
  int number[2] = {0, 1};
  for (int i = 0; i < 2; i++) pthread_create(&thread[i], NULL, save_often, &number[i]);
  for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
  ck_assert_int_eq(umask(022), 027);
}
END_TEST

/* The folder cannot be written, the file can. Root may write anywhere, so it becomes another user. */
static int save_in_place(void)
{
  if (geteuid() == 0 && setuid(65534) != 0) return 1;
  THFile *f = THDiskFile_newReplacing(path);
  if (!THDiskFile_isInPlace(f)) return 2;
  THFile_writeIntScalar(f, 5);
  THDiskFile_commit(f);
  THFile_free(f);
  return 0;
}

START_TEST(in_place)
{
  spit("something longer");
  chmod(path, 0666);
  chmod(dir, 0555);
  pid_t child = fork();
  if (child == 0) _exit(save_in_place());
  int status;
  waitpid(child, &status, 0);
  chmod(dir, 0700);
  ck_assert_int_eq(status, 0);
  has("5\n");
}
END_TEST

/* ---- pipes, memory, maps ---- */

START_TEST(pipes)
{
  TH_AUTO(THFile) gone = THPipeFile_new("true", "w", 0);
  usleep(50000);
  THFile_noAutoSpacing(gone);
  th_raises(write_much, gone, "Broken pipe"); /* and no SIGPIPE */
  TH_AUTO(THFile) failing = THPipeFile_new("exit 3", "w", 0);
  th_raises(close_file, failing, "closing failed");
  TH_AUTO(THFile) zeros = THPipeFile_new("head -c 100000 /dev/zero", "r", 0);
  THFile_binary(zeros);
  th_raises(read_huge, zeros, "read 12500 blocks");
}
END_TEST

START_TEST(memory)
{
  TH_AUTO(THFile) f = THMemoryFile_new("rw");
  THFile_binary(f);
  for (int i = 0; i < 1000; i++) THFile_writeIntScalar(f, i);
  ck_assert_int_eq(THMemoryFile_storage(f)->size, 4001);
  THAnyStorage_resize((THAnyStorage *)THMemoryFile_storage(f), 5); /* behind its back */
  ck_assert_uint_eq(THFile_position(f), 4);
  th_raises(read_int, f, "read 0 blocks");
  THAnyStorage_resize((THAnyStorage *)THMemoryFile_storage(f), 0);
  th_raises(read_int, f, "read 0 blocks");
  write_int(f);
  THFile_seek(f, 0);
  ck_assert_int_eq(THFile_readIntScalar(f), 1);
}
END_TEST

START_TEST(maps)
{
  TH_AUTO(THAnyStorage) a =
    THAnyStorage_newWithMapping(TH_INT, path, 10, TH_ALLOCATOR_MAPPED_SHARED);
  THAnyStorage_set(a, 3, THScalar_fromInt(7));
  TH_AUTO(THAnyStorage) b = THAnyStorage_newWithMapping(TH_INT, path, 0, 0);
  ck_assert_int_eq(b->size, 10);
  ck_assert_int_eq(THAnyStorage_get(b, 3).i, 7);
  THAnyStorage_set(b, 3, THScalar_fromInt(8)); /* private */
  ck_assert_int_eq(THAnyStorage_get(a, 3).i, 7);
  /* two users of one counted mapping; the last one removes the name */
  int flags = TH_ALLOCATOR_MAPPED_SHARED;
  THAnyStorage *c = THAnyStorage_newWithAllocator(TH_INT, 4, &THRefcountedMapAllocator,
                                                  THMapAllocatorContext_new(other, flags));
  THAnyStorage *d = THAnyStorage_newWithAllocator(TH_INT, 4, &THRefcountedMapAllocator,
                                                  THMapAllocatorContext_new(other, flags));
  THAnyStorage_set(c, 0, THScalar_fromInt(5));
  ck_assert_int_eq(THAnyStorage_get(d, 0).i, 5);
  THAnyStorage_free(c);
  ck_assert_int_eq(access(other, F_OK), 0);
  THAnyStorage_free(d);
  ck_assert_int_ne(access(other, F_OK), 0);
}
END_TEST

/* ---- memory that runs out ---- */

static void everything(void *unused)
{
  (void)unused;
  TH_AUTO(THFile) w = THDiskFile_newReplacing(path);
  write_much(w);
  THDiskFile_commit(w);
  TH_AUTO(THFile) m = THMemoryFile_new("rw");
  write_much(m);
  THFile_seek(m, 0);
  TH_AUTO(THAnyStorage) s = THFile_newRead(m, TH_DOUBLE, 100000);
  TH_AUTO(THFile) p = THPipeFile_new("seq 100000", "r", 0);
  TH_AUTO(THAnyStorage) t = THFile_newRead(p, TH_INT, 100000);
  TH_AUTO_MEM char *text = NULL;
  TH_AUTO(THFile) r = THDiskFile_new(path, "r", 0);
  THFile_readStringRaw(r, "*a", &text);
  TH_AUTO(THAnyStorage) map = THAnyStorage_newWithMapping(TH_BYTE, path, 0, 0);
}
START_TEST(exhaustion) { th_exhaust(everything, NULL); }
END_TEST

int main(void)
{
  const TTest *tests[] = {types, positions, errors, full,  replacing,
                          killed, modes, in_place, pipes,   memory, maps, exhaustion};
  Suite *s = suite_create("file");
  TCase *tc = tcase_create("file");
  tcase_set_timeout(tc, 0);
  tcase_add_checked_fixture(tc, set_up, tear_down);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tcase_add_test(tc, tests[i]);
  suite_add_tcase(s, tc);
  SRunner *sr = srunner_create(s);
  srunner_run_all(sr, CK_NORMAL);
  int failed = srunner_ntests_failed(sr);
  srunner_free(sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
