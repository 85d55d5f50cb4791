/* Forms that sources for Torch7 use, as C and as C++: headers by either name, macros, fields, handlers. */
#include "THGeneral.h"
#include <TH/THTensor.h>
#include "THStorage.h"
#include <TH/THVector.h>
#include <TH/THBlas.h>
#include "THFile.h"
#include "THMemoryFile.h"
#include "THDiskFile.h"
#include "THTensorDimApply.h"
#include "THTensorMacros.h"
#include "THMath.h"
#include "THRandom.h"
#include "THLapack.h"
#include "THLogAdd.h"
#include "THAtomic.h"
#include "THAllocator.h"
#include "THHalf.h"
#include "THSize.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define old_(NAME) TH_CONCAT_3(old_, Real, NAME)
#define expect(cond) ((cond) ? (void)0 : (printf("FAIL line %d: %s\n", __LINE__, #cond), exit(1)))

static jmp_buf back;
static int argument;
static char text[200];

static void on_error(const char *message, void *data)
{
  expect(data == (void *)&back);
  argument = -1;
  strncpy(text, message, sizeof(text) - 1);
  longjmp(back, 1);
}
static void on_arg_error(int n, const char *message, void *data)
{
  on_error((argument = n, message), data);
}

static void errors(void)
{
  char *volatile block = (char *)THAlloc(10);
  int volatile step = 0;
  THSetErrorHandler(on_error, &back);
  THSetArgErrorHandler(on_arg_error, &back);
  if (setjmp(back) == 0) THError("%d and %s", 3, "four");
  expect(strstr(text, "3 and four"));
  if (setjmp(back) == 0) THArgCheckWithCleanup(step == 1, THCleanup(THFree(block); block = NULL;), 2, "step %d", step);
  expect(!block && strstr(text, "step 0"));
  if (setjmp(back) == 0) THAssert(step == 1);
  expect(strstr(text, "step == 1"));
  if (setjmp(back) == 0) THAssertMsg(step == 1, "it is %d", step);
  expect(strstr(text, "it is 0"));
  if (setjmp(back) == 0) THLapackCheckWithCleanup("Lapack Error %s : U(%d,%d) is zero", THCleanup(step = 5;), "getrf", 2, 2);
  expect(step == 5 && strstr(text, "U(2,2)"));
  THArgCheck(step == 5, 1, "fine");
  THSetErrorHandler(NULL, NULL);
  THSetArgErrorHandler(NULL, NULL);
}

#include "old_generic.c"
#include "THGenerateAllTypes.h"

static void bytes(void)
{
  THFile *file = THMemoryFile_new("rw");
  THCharTensor *word = THCharTensor_newWithSize1d(3);
  char *data = THCharTensor_data(word), *line;
  memcpy(data, "abc", 3);
  THFile_noAutoSpacing(file);
  THFile_writeCharRaw(file, word->storage->data, word->storage->size);
  THFile_seek(file, 0);
  expect(THFile_readStringRaw(file, "*a", &line) == 3 && memcmp(line, "abc", 3) == 0);
  THFree(line);
  THFile_free(file);
  THCharTensor_free(word);
}

int main(void)
{
  long size[] = {2, 3};
  THLongStorage *s = THLongStorage_newWithSize(2);
  memcpy(s->data, size, sizeof(size));
  THDoubleTensor *x = THDoubleTensor_newWithSize(s, NULL);
  long *sizes = x->size, *strides = x->stride;
  expect(sizes[1] == 3 && strides[0] == 3 && x->nDimension == 2 && x->storageOffset == 0 && x->refcount == 1);
  expect(x->storage->size == 6 && x->storage->refcount == 1 && (x->storage->flag & TH_STORAGE_RESIZABLE) && (x->flag & TH_TENSOR_REFCOUNTED));
  THDoubleVector_fill(x->storage->data, 2, 6);
  expect(THDoubleBlas_dot(6, x->storage->data, 1, THDoubleTensor_data(x), 1) == 24);
  expect(TH_sigmoid(0) == 0.5 && TH_fracf(1.5f) == 0.5f && THMax(1, 2) == 2);
  expect(strcmp(TH_CONCAT_STRING_2(torch., Tensor), "torch.Tensor") == 0);
  THDoubleTensor_free(x);
  THLongStorage_free(s);
  errors();
  bytes();
  old_ByteLoops(), old_CharLoops(), old_ShortLoops(), old_IntLoops(), old_LongLoops(), old_FloatLoops(), old_DoubleLoops();
  printf("ok\n");
  return 0;
}
