#ifndef ONNX_FUSE_H
#define ONNX_FUSE_H
/* What the joining of nodes shares: who makes and who reads the values of a graph. */
#include "graph.h"

typedef struct OnnxUses {
  OnnxGraph *graph;
  int *count;      /* of readers, by slot; outputs of the graph count as well */
  OnnxNode **last; /* one of the readers */
  OnnxNode **maker;
  OnnxNode *node;
} OnnxUses;

/* The constant that the node reads as input i; NULL: it is none, or left out. */
static inline OnnxValue *THOnnx_constantIn(const OnnxGraph *g, const OnnxNode *n, int i)
{
  return i < n->nin && n->inSlot[i] >= 0 ? g->constant[n->inSlot[i]] : NULL;
}
static inline bool THOnnx_isFloats(const OnnxValue *v) { return v && v->kind == ONNX_TENSOR && v->type == THONNX_FLOAT; }
static inline bool THOnnx_isOp(const OnnxNode *n, const char *type) { return n->op && !n->op->domain && !strcmp(n->op->name, type); }

/* The only reader of n's first output, which is all that n gives; NULL: there is none, or a graph inside reads it. */
OnnxNode *THOnnx_follower(const OnnxUses *u, const OnnxNode *n);
/* n gives what `next` gave, which is no more. */
void THOnnx_join(OnnxNode *n, OnnxNode *next);
/* The node reads these slots from now on. */
void THOnnx_readInstead(OnnxNode *n, int count, const int *slots);
/* The float attribute, or what it is without one; false where it is of another kind. */
bool THOnnx_floatAttribute(const OnnxNode *n, const char *name, float otherwise, float *v);
/* The node is an activation that kernels apply to what they store. */
bool THOnnx_tailOf(const OnnxGraph *g, const OnnxNode *n, OnnxTail *tail);
/* A convolution takes another one, or the maxima of windows, that alone reads its results upon itself (bands.c). */
void THOnnx_joinWindows(const OnnxUses *u, OnnxNode *n);
/* Formulas that have an operator of their own become a node of it (formulas.c). */
void THOnnx_findFormulas(OnnxUses *u);
#endif
