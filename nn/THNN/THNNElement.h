#ifndef THNN_ELEMENT_H
#define THNN_ELEMENT_H
/* What the kernels of elements/element_list.h are given beside their arrays, and how they are run on the GPU. Of the arrays
   of each, the headers in elements/ tell; data is contiguous. */
#include "core/THDevice.h"
#include "window.h"

/* A recurrent cell's state has n elements a row. */
typedef struct THNN_Cell {
  int64_t n;
} THNN_Cell;

/* A step of a sequence: rows of n; `next` is how far apart the rows are in which an output lies beside the next input. */
typedef struct THNN_Step {
  int64_t n, next;
  bool afterProduct; /* of a GRU: the reset gate comes after the product */
} THNN_Step;

/* How an axis maps (axisrule.h), and its numbers a and b. */
typedef enum THNN_RuleKind {
  RULE_SAME,
  RULE_REPEAT,    /* a times */
  RULE_LINEAR,    /* between the nearest two, corners on corners; b: output o lies at (o + a / 2) in / out - a / 2 */
  RULE_REFLECT,   /* pads before and after, by the mirror image; negative ones crop */
  RULE_REPLICATE, /* by the border */
  RULE_ADAPTIVE,  /* averages of floor(o in / out) up to ceil((o + 1) in / out) */
  RULE_WINDOW     /* sums of size a, step b */
} THNN_RuleKind;
typedef struct THNN_Rule {
  THNN_RuleKind kind;
  int64_t a, b;
  int64_t in, out;
} THNN_Rule;

/* Planes mapped along T, H, W. */
typedef struct THNN_Resample {
  THNN_Rule rules[3];
} THNN_Resample;

/* Element i belongs to channel i / inner % count. */
typedef struct THNN_Channels {
  int64_t inner, count;
} THNN_Channels;

/* Greatest elements of windows of planes: adaptive ones, or of `pool` elements at pseudorandom places; order: which of the
   plane's `samples` random numbers belongs to an axis, -1: none. */
typedef struct THNN_Windows {
  int64_t in[3], out[3], pool[3];
  int order[3], samples;
  bool adaptive;
} THNN_Windows;

/* Norms over `width` features, every `stride`; `inner` elements of a feature lie side by side. */
typedef struct THNN_FeatureNorm {
  int64_t features, inner, out, width, stride;
  double power;
} THNN_FeatureNorm;

/* Windows of k frames, every d, of sequences. */
typedef struct THNN_Frames {
  int64_t in, out, frame, k, d;
} THNN_Frames;

typedef struct THNN_Grid {
  int64_t planes, ih, iw, oh, ow;
} THNN_Grid;

/* Multi-class margins; scale: of the gradient. */
typedef struct THNN_Margin {
  int64_t classes;
  int p;
  double margin, scale;
} THNN_Margin;

/* Convolutions between single planes: `planes` of the result are made of `sources` a sample. Connections come as a list, or,
   with each > 0, every one of `in` input planes has `each` outputs of its own. back: the result are input planes. */
typedef struct THNN_Map {
  THNN_Window g;
  int64_t planes, sources, each, in;
  bool back;
} THNN_Map;

/* A kernel per position; n samples. */
typedef struct THNN_Local {
  THNN_Window g;
  int64_t n;
  double scale;
} THNN_Local;

/* n rows of `columns` elements that belong to `rows` rows of a table, by index. */
typedef struct THNN_Lookup {
  int64_t n, columns, rows, padding;
  bool byFrequency;
  double scale, maxNorm, normType;
} THNN_Lookup;

/* n elements of a sparse matrix, as (sample, feature, value), from 1. They are taken by `key`, 0: by sample, 1: by feature;
   row r of the result and of the source begins at r * step, and its elements are `next` apart. */
typedef struct THNN_Sparse {
  int64_t n, out, limit[2];
  int key;
  int64_t step, next, sourceStep, sourceNext;
  double scale;
} THNN_Sparse;

/* n occurrences of features in samples, rows of a weight with `stride` columns, `lead` of them before the outputs: the
   largest absolute value seen in training, its inverse, a factor of the learning rate, and what is added to the value. */
enum { FEATURE_MAX, FEATURE_INVERSE, FEATURE_RATE, FEATURE_BIAS, FEATURE_COLUMNS };
typedef struct THNN_Features {
  int64_t n, out, stride, lead, samples;
  bool train;
  double scale, decay;
} THNN_Features;

typedef enum THNNElement {
#define ELEMENT(name, Arguments) THNN_##name,
#include "elements/element_list.h"
  THNN_ELEMENT_COUNT
} THNNElement;

/* Kernels that add up: SUM lines of the same list. */
typedef enum THNNSum {
#define SUM(name, Arguments) THNN_##name,
#include "elements/element_list.h"
  THNN_SUM_COUNT
} THNNSum;

enum { THNN_ELEMENT_ARRAYS = 8 };

/* Elements 0 .. n-1 of a kernel, on the GPU; a: its arguments; the arrays follow, of elements of t's type. */
#define THNN_EACH(name, t, n, a, ...)                                                                                \
  THNN_device->each((THType)(t)->type, THNN_##name, n, a, (void *[THNN_ELEMENT_ARRAYS]){__VA_ARGS__})
/* The same for a kernel that adds up: the first array, of `segments` elements, += scale * sums of `count` terms. */
#define THNN_SUM_EACH(name, t, segments, count, scale, a, ...)                                                       \
  THNN_device->sumEach((THType)(t)->type, THNN_##name, segments, count, a,                                           \
                       (void *[THNN_ELEMENT_ARRAYS]){__VA_ARGS__}, scale)

#endif
