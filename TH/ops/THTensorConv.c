#include "THTensorConv.h"
#include "THConv.h"
#include "THTensorConvTyped.h"
#include "core/THDevice.h"
#include "plan/THPlan.h"

typedef THConv Conv;

#define TH_GENERIC_FILE "ops/generic/THTensorConv.c"
#include "core/THGenerate.h"

/* What of t and k is multiplied with what. */
typedef enum Pairing { MUL, CMUL, MV, MM, GER, GERM, MAP } Pairing;
/* Dimensions before the volume itself, of t, k and r. */
static const int t_lead[] = {0, 1, 1, 2, 1, 2, 1}, k_lead[] = {0, 1, 2, 2, 1, 2, 1},
                 r_lead[] = {0, 1, 1, 2, 2, 2, 1};

typedef struct Mode {
  const char *op;
  int nd; /* 2 or 3 */
  Pairing pairing;
  int64_t stride[3];
  bool full, flip, reverse;
  int arg; /* number of argument t in the caller's call; k is next, of MAP the map then */
  THAnyTensor *map;
} Mode;

static void sizes_of(const Mode *mode, const THAnyTensor *x, int lead, int64_t *size)
{
  size[0] = 1;
  for (int d = 0; d < mode->nd; d++) size[3 - mode->nd + d] = x->size[lead + d];
}

static void check(const Mode *mode, const THAnyTensor *t, const THAnyTensor *k)
{
  Pairing p = mode->pairing;
  THArgCheck(t->nDimension == t_lead[p] + mode->nd, mode->arg,
             "%s: input: %dD tensor expected, got %s", mode->op, t_lead[p] + mode->nd,
             THAnyTensor_sizeDesc(t).str);
  THArgCheck(k->nDimension == k_lead[p] + mode->nd, mode->arg + 1,
             "%s: kernel: %dD tensor expected, got %s", mode->op, k_lead[p] + mode->nd,
             THAnyTensor_sizeDesc(k).str);
  for (int d = 0; d < 3; d++)
    THArgCheck(mode->stride[d] >= 1, mode->arg + 2 + (p == MAP),
               "%s: stride should be a positive integer", mode->op);
  if (p == CMUL || p == GERM)
    THArgCheck(t->size[0] == k->size[0], mode->arg + 1,
               "%s: invalid number of input planes, input %s, kernel %s", mode->op,
               THAnyTensor_sizeDesc(t).str, THAnyTensor_sizeDesc(k).str);
  if (p == MV || p == MM)
    THArgCheck(t->size[p == MM] == k->size[1], mode->arg + 1,
               "%s: invalid number of input planes, input %s, kernel %s", mode->op,
               THAnyTensor_sizeDesc(t).str, THAnyTensor_sizeDesc(k).str);
}

/* How a volume of size c->in meets a kernel of size c->ker. */
static void fill_way(Conv *c, const Mode *mode)
{
  c->full = mode->full;
  /* full mode scatters, which turns the kernel round */
  c->flip = mode->full ? !mode->flip : mode->flip;
  for (int d = 0; d < 3; d++) {
    int64_t s = mode->stride[d];
    c->out[d] = mode->full      ? (c->in[d] - 1) * s + c->ker[d]
                : mode->reverse ? c->in[d] - (c->ker[d] - 1) * s
                                : (c->in[d] - c->ker[d]) / s + 1;
    c->step[d] = mode->reverse ? 1 : s;
    c->spread[d] = mode->reverse ? s : 1;
  }
}

static void fill_sizes(Conv *c, const Mode *mode, const THAnyTensor *t, const THAnyTensor *k)
{
  sizes_of(mode, t, t_lead[mode->pairing], c->in);
  sizes_of(mode, k, k_lead[mode->pairing], c->ker);
  for (int d = 0; d < 3; d++) {
    int64_t reach = mode->reverse ? (c->ker[d] - 1) * mode->stride[d] + 1 : c->ker[d];
    THArgCheck(mode->full || c->in[d] >= reach, mode->arg + 1,
               "%s: Input image is smaller than kernel, input %s, kernel %s", mode->op,
               THAnyTensor_sizeDesc(t).str, THAnyTensor_sizeDesc(k).str);
  }
  fill_way(c, mode);
}

/* t and k are contiguous; returns the number of output volumes, their leading sizes in lead. */
static int64_t fill_pairing(Conv *c, Pairing p, const THAnyTensor *t, const THAnyTensor *k,
                            int64_t *lead)
{
  int64_t tv = c->in[0] * c->in[1] * c->in[2], kv = c->ker[0] * c->ker[1] * c->ker[2];
  c->terms = c->inner_count = lead[0] = lead[1] = 1;
  switch (p) {
  case MUL: return 1;
  case MAP: return lead[0] = k->size[0];
  case CMUL:
    c->inner_count = lead[0] = t->size[0];
    c->t_inner = tv, c->k_inner = kv;
    return lead[0];
  case MV:
    c->inner_count = lead[0] = k->size[0];
    c->terms = k->size[1];
    c->t_term = tv, c->k_term = kv, c->k_inner = c->terms * kv;
    return lead[0];
  case MM:
    lead[0] = t->size[0];
    c->inner_count = lead[1] = k->size[0];
    c->terms = k->size[1];
    c->t_outer = c->terms * tv, c->t_term = tv, c->k_term = kv, c->k_inner = c->terms * kv;
    return lead[0] * lead[1];
  case GER:
    lead[0] = k->size[0];
    c->inner_count = lead[1] = t->size[0];
    c->k_outer = kv, c->t_inner = tv;
    return lead[0] * lead[1];
  case GERM:
    lead[0] = k->size[1];
    c->inner_count = lead[1] = t->size[1];
    c->terms = t->size[0];
    c->k_outer = kv, c->t_inner = tv;
    c->t_term = t->size[1] * tv, c->k_term = k->size[1] * kv;
    return lead[0] * lead[1];
  }
  return 0;
}

/* The map as positions: one row (from, to) for each kernel. */
static THAnyTensor *new_map(const Mode *mode, const THAnyTensor *t, const THAnyTensor *k)
{
  THAnyTensor *map = mode->map;
  THArgCheck(map->nDimension == 2 && map->size[0] == k->size[0] && map->size[1] == 2, mode->arg + 2,
             "%s: map: a row of two planes for each of the %lld kernels expected, got %s", mode->op,
             (long long)k->size[0], THAnyTensor_sizeDesc(map).str);
  TH_AUTO(THAnyTensor) rows = THAnyTensor_newWithSizeNd(TH_LONG, 2, map->size, NULL);
  THAnyTensor_copy(rows, map);
  const int64_t *row = THAnyTensor_data(rows);
  for (int64_t j = 0; j < k->size[0]; j++, row += 2)
    THArgCheck(row[0] >= 1 && row[0] <= t->size[0] && row[1] >= 1 && row[1] <= k->size[0],
               mode->arg + 2, "%s: map: row %lld, (%lld, %lld), is out of range of %lld input and %lld output planes",
               mode->op, (long long)j + 1, (long long)row[0], (long long)row[1],
               (long long)t->size[0], (long long)k->size[0]);
  return TH_RELEASE(rows);
}

static void (*const add_volumes[TH_NTYPES])(const Conv *, int64_t, int64_t) = TH_BY_TYPE(add_volumes);
static void (*const add_mapped[TH_NTYPES])(const Conv *, int64_t, int64_t) = TH_BY_TYPE(add_mapped);

static void add_piece(const void *arg, int64_t first, int64_t last, int worker)
{
  const Conv *c = arg;
  (void)worker;
  (c->map ? add_mapped : add_volumes)[c->type](c, first, last);
}

static void run(const Conv *c, int64_t volumes)
{
  if (THType_onDevice(c->type)) {
    TH_device->convolve(c, volumes);
    return;
  }
  int64_t work = c->terms * c->ker[0] * c->ker[1] * c->ker[2];
  for (int d = 0; d < 3; d++) work *= c->full ? c->in[d] : c->out[d];
  TH_parallel(volumes, TH_pieceFor(volumes, (double)work), add_piece, c);
}

/* The map where t lives. */
static THAnyTensor *new_beside(THAnyTensor *map, THType type)
{
  if (!THType_onDevice(type)) return THAnyTensor_newWithTensor(map);
  THAnyTensor *r = THAnyTensor_newWithSizeNd(THType_beside(TH_LONG, type), 2, map->size, NULL);
  THAnyTensor_copy(r, map);
  return r;
}

static void convolve(const Mode *mode, THAnyTensor *r_, THScalar beta, THScalar alpha,
                     THAnyTensor *t_, THAnyTensor *k_)
{
  TH_checkAlike(mode->op, "tensors of one arithmetic type", THType_onDevice((THType)r_->type) || r_->type < TH_NMATH, 3,
                (THAnyTensor *[]){r_, t_, k_});
  check(mode, t_, k_);
  Conv c = {.alpha = alpha, .beta = beta};
  fill_sizes(&c, mode, t_, k_);
  TH_AUTO(THAnyTensor) t = THAnyTensor_newContiguous(t_);
  TH_AUTO(THAnyTensor) k = THAnyTensor_newContiguous(k_);
  TH_AUTO(THAnyTensor) rows = mode->pairing == MAP ? new_map(mode, t, k) : NULL;
  TH_AUTO(THAnyTensor) map = rows ? new_beside(rows, (THType)t->type) : NULL;
  if (map) c.map = THAnyTensor_data(map), c.kernels = k->size[0];
  int64_t size[5], lead[2];
  int64_t volumes = fill_pairing(&c, mode->pairing, t, k, lead);
  int n = r_lead[mode->pairing];
  memcpy(size, lead, (size_t)n * sizeof *size);
  memcpy(size + n, c.out + 3 - mode->nd, (size_t)mode->nd * sizeof *size);
  n += mode->nd;
  TH_AUTO(THAnyTensor) r = THAnyTensor_newWithSizeNd((THType)r_->type, n, size, NULL);
  c.clear = beta.d == 0 || THAnyTensor_nElement(r_) != THAnyTensor_nElement(r);
  if (!c.clear) THAnyTensor_copy(r, r_);
  c.r = THAnyTensor_data(r);
  c.t = THAnyTensor_data(t);
  c.k = THAnyTensor_data(k);
  c.type = (THType)r->type;
  run(&c, volumes);
  THAnyTensor_resizeAs(r_, r);
  THAnyTensor_copy(r_, r);
}

/* ---- public names ---- */

/* arg: the number of vf; xc is next. */
static Mode mode_of(const char *op, int nd, Pairing pairing, const char *vf, const char *xc, int arg)
{
  THArgCheck(vf[0] == 'V' || vf[0] == 'F', arg, "%s: type of convolution can be 'V' or 'F'", op);
  THArgCheck(xc[0] == 'X' || xc[0] == 'C', arg + 1, "%s: type of convolution can be 'X' or 'C'", op);
  return (Mode){op, nd, pairing, {1, 1, 1}, vf[0] == 'F', xc[0] == 'C', false, 4, NULL};
}

#define CONV2D(name, pairing)                                                                      \
  void THAnyTensor_conv2D##name(THAnyTensor *r_, THScalar beta, THScalar alpha, THAnyTensor *t,    \
                                THAnyTensor *k, int64_t srow, int64_t scol, const char *vf,        \
                                const char *xc)                                                    \
  {                                                                                                \
    Mode mode = mode_of("conv2D" #name, 2, pairing, vf, xc, 8);                                       \
    mode.stride[1] = srow, mode.stride[2] = scol;                                                  \
    convolve(&mode, r_, beta, alpha, t, k);                                                        \
  }
#define CONV3D(name, pairing)                                                                      \
  void THAnyTensor_conv3D##name(THAnyTensor *r_, THScalar beta, THScalar alpha, THAnyTensor *t,    \
                                THAnyTensor *k, int64_t sdepth, int64_t srow, int64_t scol,        \
                                const char *vf, const char *xc)                                    \
  {                                                                                                \
    Mode mode = mode_of("conv3D" #name, 3, pairing, vf, xc, 9);                                       \
    mode.stride[0] = sdepth, mode.stride[1] = srow, mode.stride[2] = scol;                         \
    convolve(&mode, r_, beta, alpha, t, k);                                                        \
  }
CONV2D(mul, MUL)
CONV2D(cmul, CMUL)
CONV2D(mv, MV)
CONV2D(mm, MM)
CONV2D(ger, GER)
CONV3D(mul, MUL)
CONV3D(cmul, CMUL)
CONV3D(mv, MV)
CONV3D(ger, GER)

void THAnyTensor_conv2DRevger(THAnyTensor *r_, THScalar beta, THScalar alpha, THAnyTensor *t,
                              THAnyTensor *k, int64_t srow, int64_t scol)
{
  Mode mode = {"conv2DRevger", 2, GER, {1, srow, scol}, false, false, true, 4, NULL};
  convolve(&mode, r_, beta, alpha, t, k);
}
void THAnyTensor_conv2DRevgerm(THAnyTensor *r_, THScalar beta, THScalar alpha, THAnyTensor *t,
                               THAnyTensor *k, int64_t srow, int64_t scol)
{
  Mode mode = {"conv2DRevgerm", 2, GERM, {1, srow, scol}, false, false, true, 4, NULL};
  convolve(&mode, r_, beta, alpha, t, k);
}
void THAnyTensor_conv3DRevger(THAnyTensor *r_, THScalar beta, THScalar alpha, THAnyTensor *t,
                              THAnyTensor *k, int64_t sdepth, int64_t srow, int64_t scol)
{
  Mode mode = {"conv3DRevger", 3, GER, {sdepth, srow, scol}, false, false, true, 4, NULL};
  convolve(&mode, r_, beta, alpha, t, k);
}

void THAnyTensor_conv2Dmap(THAnyTensor *r_, THScalar beta, THScalar alpha, THAnyTensor *t,
                           THAnyTensor *k, THAnyTensor *map, int64_t srow, int64_t scol,
                           const char *vf, const char *xc)
{
  Mode mode = mode_of("conv2Dmap", 2, MAP, vf, xc, 9);
  mode.stride[1] = srow, mode.stride[2] = scol;
  mode.map = map;
  convolve(&mode, r_, beta, alpha, t, k);
}
void THAnyTensor_conv3Dmap(THAnyTensor *r_, THScalar beta, THScalar alpha, THAnyTensor *t,
                           THAnyTensor *k, THAnyTensor *map, int64_t sdepth, int64_t srow,
                           int64_t scol, const char *vf, const char *xc)
{
  Mode mode = mode_of("conv3Dmap", 3, MAP, vf, xc, 10);
  mode.stride[0] = sdepth, mode.stride[1] = srow, mode.stride[2] = scol;
  mode.map = map;
  convolve(&mode, r_, beta, alpha, t, k);
}

/* The dimensions of t and k say which of the pairings is meant. */
static void simple(const char *op, int nd, bool flip, THAnyTensor *r_, THAnyTensor *t,
                   THAnyTensor *k, const char *vf)
{
  int dt = t->nDimension - nd, dk = k->nDimension - nd;
  THArgCheck((dt == 0 && dk == 0) || (dt == 1 && (dk == 1 || dk == 2)), dt == 0 || dt == 1 ? 3 : 2,
             "%s: expected tensors of %dD and %dD, %dD and %dD, or %dD and %dD, got %s and %s", op, nd, nd, nd + 1,
             nd + 1, nd + 1, nd + 2, THAnyTensor_sizeDesc(t).str, THAnyTensor_sizeDesc(k).str);
  Mode mode = mode_of(op, nd, dt == 0 ? MUL : dk == 1 ? CMUL : MV, vf, flip ? "C" : "X", 4);
  mode.arg = 2;
  convolve(&mode, r_, THScalar_fromInt(0), THScalar_fromInt(1), t, k);
}

void THAnyTensor_conv2(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *k, const char *vf)
{
  simple("conv2", 2, true, r_, t, k, vf);
}
void THAnyTensor_xcorr2(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *k, const char *vf)
{
  simple("xcorr2", 2, false, r_, t, k, vf);
}
void THAnyTensor_conv3(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *k, const char *vf)
{
  simple("conv3", 3, true, r_, t, k, vf);
}
void THAnyTensor_xcorr3(THAnyTensor *r_, THAnyTensor *t, THAnyTensor *k, const char *vf)
{
  simple("xcorr3", 3, false, r_, t, k, vf);
}

/* ---- typed names ---- */

static inline THAnyTensor *any(void *tensor) { return (THAnyTensor *)tensor; }
#define VOLUME(depth, rows, cols) ((const int64_t[]){depth, rows, cols})
#define number(value) THScalar_load(TH_CODE, &(value))

#define TH_GENERIC_FILE "ops/generic/THTensorConvTyped.c"
#include "core/THGenerate.h"
