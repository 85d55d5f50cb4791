/* All operators: the rows of the families. */
#include "graph.h"

#define FAMILIES(X) X(elementwise) X(shape) X(gather) X(reduce) X(matmul) X(conv) X(pool) X(resize) X(rnn) X(control) X(quant) X(ml) X(attention) X(sample)
#define X(family) extern const OnnxOp THOnnx_##family##Ops[];
FAMILIES(X)
#undef X

static const OnnxOp *const family[] = {
#define X(family) THOnnx_##family##Ops,
  FAMILIES(X)
#undef X
};

const OnnxOp *THOnnx_findOp(const char *domain, const char *type, int version)
{
  for (size_t f = 0; f < sizeof family / sizeof *family; f++)
    for (const OnnxOp *op = family[f]; op->name; op++)
      if (!strcmp(op->name, type) && !strcmp(op->domain ? op->domain : "", domain) && version >= op->since &&
          (!op->last || version <= op->last))
        return op;
  return NULL;
}
