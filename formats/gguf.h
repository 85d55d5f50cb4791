#ifndef TH_FORMAT_GGUF_H
#define TH_FORMAT_GGUF_H
#include "format.h"
/* By the file's number; NULL for one that is not read. */
const FileType *Gguf_type(uint32_t number);
const char *Gguf_typeName(THFormat *f, uint32_t number);
#endif
