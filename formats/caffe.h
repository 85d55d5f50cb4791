#ifndef TH_FORMAT_CAFFE_H
#define TH_FORMAT_CAFFE_H
#include "format.h"
/* Protocol buffers as text: a message is a table; a field that comes more than once is a list of what it holds. */
THFormatValue *Prototxt_read(THFormat *f, Span s);
#endif
