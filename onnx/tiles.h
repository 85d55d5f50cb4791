#ifndef ONNX_TILES_H
#define ONNX_TILES_H
/* Sums of products with weights that were packed when the model was loaded: lanes of outputs times a few positions of
   the input. tiles.c is compiled once per instruction set. */
#include <stdbool.h>
#include <stdint.h>

/* Until the scope ends, this thread takes numbers below the least exponent of floats for zero: many processors compute a
   hundred times as long with them, and GELU, softmax and sigmoid make whole planes of them. */
#ifdef __SSE2__
#include <xmmintrin.h>
static inline unsigned THOnnx_beginFlush(void)
{
  enum { FLUSH_RESULTS = 0x8000, FLUSH_OPERANDS = 0x40 };
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | FLUSH_RESULTS | FLUSH_OPERANDS);
  return before;
}
static inline void THOnnx_endFlush(const unsigned *before) { _mm_setcsr(*before); }
#define ONNX_FLUSH __attribute__((cleanup(THOnnx_endFlush))) const unsigned flush_before = THOnnx_beginFlush()
#else
#define ONNX_FLUSH (void)0
#endif

/* What is done with a sum before it is stored; s and t are its parameters. */
typedef enum OnnxTailKind {
  ONNX_TAIL_NONE, ONNX_TAIL_RELU, ONNX_TAIL_LEAKY, ONNX_TAIL_CLIP, ONNX_TAIL_HARDSIGMOID, ONNX_TAIL_HARDSWISH
} OnnxTailKind;
typedef struct OnnxTail {
  OnnxTailKind kind;
  float s, t;
} OnnxTail;

/* r[c][j] = tail(bias[c] + sum over k of w[k][c] * x[at[k] + j * step]) for up to two vectors of outputs c. */
typedef struct OnnxTile {
  int64_t k;
  const float *w;    /* k times the lanes of all vectors */
  int64_t wStep;     /* not 0: between those of one k and the next, for few outputs */
  const float *bias; /* of all lanes */
  const float *x;
  const int64_t *at;
  int64_t step;
  float *r;
  int64_t outputStep;   /* between outputs; positions are neighbours */
  int64_t positionStep; /* not 0: between positions, and outputs are neighbours */
  bool add;             /* to what is in r; with positionStep, or for few outputs, where it takes the place of the bias */
  int outputs;
  OnnxTail tail;
} OnnxTile;

/* Positions of the input laid side by side: to[segment.to + k * (two vectors) + i] = x[at[k] + segment.from + i * step]. A
   segment has at most one vector; what follows n is overwritten, and belongs to a later segment, a later k, or nobody. */
enum { ONNX_SEGMENTS = 64 };
typedef struct OnnxSegment {
  int64_t from, to;
  int n;
} OnnxSegment;
typedef struct OnnxPanel {
  int64_t k, step;
  const int64_t *at;
  const float *x;
  float *to;
  int nsegments;
  OnnxSegment segment[ONNX_SEGMENTS];
} OnnxPanel;

/* A plane made of one: r = tail(bias + correlation of x with `tall` x `wide` weights). */
typedef struct OnnxPlane {
  int64_t h, w, rows, columns; /* of x; of r */
  int64_t top, left;           /* padding */
  int tall, wide, down;        /* tall: 3 or 7; down: steps of rows, those of columns are 1 */
  const float *x, *weight, *zeros; /* w zeros */
  float bias, *r;
  OnnxTail tail;
} OnnxPlane;

/* The largest numbers of `tall` x `wide` windows of a plane, NaN where there is one, from every column on. */
enum { ONNX_WIDEST = 16 };
typedef struct OnnxPool {
  int64_t h, w, rows, columns, top, left; /* as in a plane */
  int tall, wide, down;                   /* wide: at most ONNX_WIDEST */
  const float *x;
  float *r;
} OnnxPool;

/* Rows of x (n x k, `step` apart) times a matrix of bytes: r[i][c] = scale[c] * (sum over l of x[i][l] * w[l][c]) + bias[c]. */
typedef struct OnnxByteTile {
  int64_t k;
  const int8_t *w;
  int64_t wStep; /* between rows of w */
  const float *scale, *bias; /* bias may be NULL */
  const float *x;
  int64_t step;
  float *r;
  int64_t rStep; /* between rows of r */
  int outputs;   /* at most two vectors */
} OnnxByteTile;

typedef struct OnnxTiles {
  int lanes, positions;                         /* of a vector; most of a call */
  void (*run)(const OnnxTile *t, int vectors, int n); /* n positions */
  /* The same with the roles exchanged, for few outputs (at most `positions`) and a step of 1: w is [k][output], bias one an
     output, and n at most two vectors of positions. With wStep, the two vectors of each k follow those of the one before, and
     all of them may be read; there is no `at`. */
  void (*few)(const OnnxTile *t, int n);
  void (*lay)(const OnnxPanel *p);
  void (*plane)(const OnnxPlane *p);
  void (*pool)(const OnnxPool *p);
  void (*bytes)(const OnnxByteTile *t, int n);        /* n rows of x */
} OnnxTiles;

/* NULL where the instruction set that TH has chosen has none. */
const OnnxTiles *THOnnx_tiles(void);
#endif
