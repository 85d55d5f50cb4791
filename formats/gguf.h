#ifndef TH_FORMAT_GGUF_H
#define TH_FORMAT_GGUF_H
#include "format.h"

/* Quantised types by the file's number; the last one has no name. */
typedef struct GgufBlocks {
  uint32_t number;
  FileType type;
} GgufBlocks;
extern const GgufBlocks Blocks_base[], Blocks_avx2[], Blocks_avx512[];

/* By the file's number; NULL for one that is not read. */
const FileType *Gguf_type(uint32_t number);
const char *Gguf_typeName(THFormat *f, uint32_t number);
#endif
